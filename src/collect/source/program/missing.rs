//! Switches that something should have, and has not.

use std::{collections::BTreeMap, ops::Range};

use super::{
    Argument, Assignment, Call, Expression, Field, Form, Statement,
    bindings::{SetMember, is_own},
    known,
    places::{Finder, most_specific, owned},
};
use crate::{
    collect::source::{document::Place, names::segments, origins::Value},
    evidence::FactKind,
};

/// Where settings may stand in a call, after a name and a value, from 0.
const FIRST_SETTINGS: usize = 2;
/// How the members are called that say when a cookie ends.
const ENDS: [&str; 5] = ["expires", "expire", "expiry", "maxage", "max_age"];
/// How far a chain of calls is looked at, in characters.
const LONGEST_CHAIN: usize = 800;
/// What ended before this year is over, whatever the time is.
const LONG_AGO: u16 = 2015;
/// A longer expression is no time.
const LONGEST_TIME: usize = 120;

impl<'a> Finder<'a, '_> {
    /// Members that are set anywhere in the file, as long as a rule asks for what is missing.
    pub(super) fn collect_what_is_set(&mut self) {
        if !self.document.watch.missing.is_empty() {
            collect_set_members(&self.unit.body, &mut self.set_later);
        }
    }

    /// A switch that what is called or created should have, and has not.
    pub(super) fn missing(&mut self, call: &'a Call, whole: &'a Expression, spellings: &[Vec<String>], range: &Range<usize>) {
        let watch = self.document.watch;
        if !spellings.iter().filter_map(|path| path.last()).any(|last| watch.lacking.know(last)) {
            return;
        }
        for (names, missing) in &watch.missing {
            let Some((sink, _)) = most_specific(names, spellings).filter(|(_, found)| found.exact) else { continue };
            if self.is_set(call, whole, &missing.setting)
                || self.is_taken_away(call, whole)
                || is_of_a_client(call)
                || is_token_of_parts(call)
                || self.is_declared(call)
            {
                continue;
            }
            let watched = missing.watched();
            let value = Value::From(crate::evidence::Origin::Absent);
            let place = Place::new(FactKind::Setting, format!("{sink}.{}", missing.setting), &watched, range.clone(), value);
            let more = self.more(self.believed(call, whole));
            self.reading.add(Place { more, ..place });
        }
    }

    /// The same of what is put under a key: `Response.Cookies["name"].Value = value`.
    pub(super) fn missing_under_key(&mut self, assignment: &'a Assignment) {
        let watch = self.document.watch;
        let (Some(value), Some((of, key))) = (&assignment.value, put_under(&assignment.target)) else { return };
        let path = of.path().filter(|path| path.last().is_some_and(|last| watch.lacking.know(last)));
        let (Some(path), Some(key)) = (path, name_of_key(key)) else { return };
        let is_gone = is_nothing(&value.form) || ENDS.iter().any(|end| self.set_under(key, end).any(|value| self.is_over_then(end, value)));
        let spelling = [owned(&path)];
        for (names, missing) in watch.missing.iter().filter(|_| !is_gone) {
            let Some((sink, _)) = most_specific(names, &spelling).filter(|(_, found)| found.exact) else { continue };
            if self.set_under(key, &missing.setting).next().is_none() {
                let absent = Value::From(crate::evidence::Origin::Absent);
                let sink = format!("{sink}.{}", missing.setting);
                self.reading.add(Place::new(FactKind::Setting, sink, &missing.watched(), assignment.range.clone(), absent));
            }
        }
    }

    /// What a member of that which stands under a key is set to.
    fn set_under(&self, key: &str, member: &str) -> impl Iterator<Item = &'a Expression> {
        let set = self.set_later.get(&member.to_lowercase()).map_or(&[][..], Vec::as_slice).iter();
        set.filter(move |set| set.variable == key).map(|set| set.value)
    }

    /// Whether a call is of a method of the very type around, which is declared here and is looked into itself: `$this->setCookie(…)`.
    fn is_declared(&self, call: &Call) -> bool {
        let Form::Member(of, name) = &call.callee.form else { return false };
        is_own(of) && !self.bindings.parameters_of(name, call.arguments.len()).is_empty()
    }

    /// Whether a call sets a switch: by name, in an object that is passed, or later on the variable that holds the outcome. Something that is passed and
    /// that cannot be looked into may set it too.
    fn is_set(&self, call: &'a Call, whole: &'a Expression, setting: &str) -> bool {
        let same = |name: &str| name.eq_ignore_ascii_case(setting);
        let passes = call.arguments.iter().enumerate().any(|(position, argument)| match (&argument.name, &argument.value.form) {
            // `**options` brings arguments that stand elsewhere.
            (Some(name), _) if name.is_empty() => self.brings(&argument.value, setting),
            (Some(name), _) => same(name),
            (None, Form::Object(fields)) => self.has_field(fields, setting),
            (None, Form::Name(_) | Form::Member(..) | Form::Index(..) | Form::Call(_)) => match self.object_of(&argument.value) {
                Some(fields) => self.has_field(fields, setting) || self.is_set_on(&argument.value, setting),
                None => self.may_hold_settings(&argument.value) || self.may_be_settings(call, position),
            },
            (None, Form::Function(scope)) => sets_member(&scope.body, setting),
            (None, Form::AnyOf(_)) => true,
            _ => false,
        });
        let callee = call.callee.path().unwrap_or_default();
        let by_position = |(position, name): &(usize, &str)| same(name) && call.arguments.len() > *position;
        passes
            || self.is_set_in_chain(call, whole, setting)
            || self.has_field(&call.fields, setting)
            || self.set_on_holder(whole, setting).next().is_some()
            || known::positions(&callee).iter().any(by_position)
    }

    /// Whether a chain of calls goes on here and sets a switch, or goes on elsewhere: `ResponseCookie.from(name, value).httpOnly(true).build()`.
    fn is_set_in_chain(&self, call: &Call, whole: &Expression, setting: &str) -> bool {
        let begins = call.callee.path().is_some_and(|path| matches!(path.last(), Some(&("from" | "builder"))));
        let rest = self.document.text.get(whole.range.end..).unwrap_or("").trim_start();
        let chain: String =
            rest.chars().take(LONGEST_CHAIN).take_while(|character| *character != ';').flat_map(char::to_lowercase).collect();
        rest.starts_with('.') && (chain.contains(&format!(".{}(", setting.to_lowercase())) || (begins && !chain.contains(".build(")))
    }

    /// Whether an object has a field, or is made of something that may have it.
    fn has_field(&self, fields: &'a [Field], setting: &str) -> bool {
        let is_one = |field: &'a Field| match segments(&field.name).last() {
            Some(name) => name.eq_ignore_ascii_case(setting),
            None => self.brings(&field.value, setting),
        };
        fields.iter().any(is_one)
    }

    /// Whether what is spread out into an object has a field; what cannot be looked into may have it.
    fn brings(&self, spread: &'a Expression, setting: &str) -> bool {
        let fields = match &spread.form {
            Form::Object(fields) => Some(fields.as_slice()),
            _ => self.object_of(spread),
        };
        fields.is_none_or(|fields| fields.iter().any(|field| field.name.is_empty() || field.name.eq_ignore_ascii_case(setting)))
    }

    /// Whether something that is passed may be an object of settings, by its name or its type.
    fn may_hold_settings(&self, expression: &Expression) -> bool {
        let path = expression.path().unwrap_or_default();
        let of_type = match path.as_slice() {
            [name] => self.bindings.find(name, expression.range.start).and_then(|binding| binding.of_type.as_ref()?.last()),
            _ => None,
        };
        path.last().into_iter().chain(of_type).any(|name| {
            let name = name.to_lowercase();
            ["option", "setting", "config", "param", "attribute", "flags"].iter().any(|part| name.contains(part))
        })
    }

    /// Whether what is passed at a place may be an object of settings, by the place: name and value come before it. What cannot be looked into is
    /// unknown, and so nothing is missing.
    fn may_be_settings(&self, call: &'a Call, position: usize) -> bool {
        let callee = call.callee.path().and_then(|path| path.last().map(|name| name.to_lowercase())).unwrap_or_default();
        let Some(argument) = call.arguments.get(position).filter(|_| position >= FIRST_SETTINGS && !call.creates) else { return false };
        match callee.as_str() {
            // Its settings are arguments of their own.
            "set_cookie" => false,
            // With more arguments than three, or with a time, the third says when the cookie ends.
            "setcookie" | "setrawcookie" => call.arguments.len() == FIRST_SETTINGS + 1 && !self.is_time(&argument.value),
            _ => !self.is_plain_value(&argument.value),
        }
    }

    /// Whether a variable only ever holds plain values.
    fn is_plain_value(&self, expression: &'a Expression) -> bool {
        let Form::Name(name) = &expression.form else { return false };
        let is_plain = |value: &&Expression| {
            matches!(
                value.form,
                Form::Text(_) | Form::Number(_) | Form::Truth(_) | Form::Nothing | Form::Joined(_) | Form::Not(_) | Form::Other(_)
            )
        };
        let binding = self.bindings.find(name, expression.range.start);
        binding.is_some_and(|binding| !binding.values.is_empty() && binding.values.iter().all(is_plain))
    }

    /// Whether something is a point in time, by its name or by what it is worked out from.
    fn is_time(&self, expression: &'a Expression) -> bool {
        let name = expression.path().and_then(|path| path.last().map(|name| name.to_lowercase())).unwrap_or_default();
        ["time", "expir", "ttl", "duration", "seconds", "days", "age", "intval"].iter().any(|part| name.contains(part))
            || self.is_plain_value(expression)
    }

    fn object_of(&self, expression: &'a Expression) -> Option<&'a [Field]> {
        let Form::Name(name) = &expression.form else { return None };
        match self.bindings.find(name, expression.range.start)?.values.as_slice() {
            [Expression { form: Form::Object(fields), .. }] => Some(fields),
            _ => None,
        }
    }

    /// What a member of the variable that holds this expression's outcome is set to.
    fn set_on_holder(&self, whole: &'a Expression, setting: &str) -> impl Iterator<Item = &'a Expression> {
        let set = self.set_later.get(&setting.to_lowercase()).map_or(&[][..], Vec::as_slice).iter();
        let holds = |set: &&SetMember<'a>| {
            let binding = self.bindings.find(set.variable, set.offset);
            binding.is_some_and(|binding| binding.values.iter().any(|value| value.range == whole.range))
        };
        set.filter(holds).map(|set| set.value)
    }

    /// Whether a member of this very variable is set.
    fn is_set_on(&self, variable: &Expression, setting: &str) -> bool {
        let Form::Name(name) = &variable.form else { return false };
        let declared = self.bindings.find(name, variable.range.start).map(|binding| binding.offset);
        let set = self.set_later.get(&setting.to_lowercase()).map_or(&[][..], Vec::as_slice);
        set.iter().any(|set| set.variable == name && self.bindings.find(name, set.offset).map(|binding| binding.offset) == declared)
    }

    /// Whether no cookie is set: there is no value, or the end is over, which takes a cookie away.
    fn is_taken_away(&self, call: &'a Call, whole: &'a Expression) -> bool {
        let name = call.callee.path().and_then(|path| path.last().map(|name| name.to_lowercase())).unwrap_or_default();
        // A cookie that is made elsewhere, as when a jar keeps one, or a name alone.
        if let (
            []
            | [Argument { name: None, value: Expression { form: Form::Name(_) | Form::Call(_) | Form::Member(..) | Form::Text(_), .. } }],
            false,
        ) = (call.arguments.as_slice(), call.creates)
            && ["setcookie", "set_cookie", "cookie", "cookies", "append", "set"].contains(&name.as_str())
        {
            return true;
        }
        // A jar takes in a cookie that came with an answer.
        let is_made =
            |made: &Call| made.callee.path().is_some_and(|path| path.last().is_some_and(|last| last.to_lowercase().contains("cookie")));
        if let Some(Argument { name: None, value: Expression { form: Form::Call(made), .. } }) = call.arguments.first()
            && is_made(made)
        {
            return true;
        }
        let is_end = |name: &str| ENDS.iter().any(|end| name.eq_ignore_ascii_case(end));
        let in_fields = |fields: &[Field]| fields.iter().any(|field| is_end(&field.name) && self.is_over_then(&field.name, &field.value));
        let is_over = call.arguments.iter().enumerate().any(|(position, argument)| match (&argument.name, &argument.value.form) {
            (Some(name), _) => is_end(name) && self.is_over_then(name, &argument.value),
            (None, Form::Object(fields)) => in_fields(fields),
            (None, _) => position >= FIRST_SETTINGS && self.is_over_then("", &argument.value),
        });
        is_emptied(call)
            || is_over
            || self.is_sent_by_visitor(whole)
            || in_fields(&call.fields)
            || ENDS.iter().any(|end| self.set_on_holder(whole, end).any(|value| self.is_over_then(end, value)))
    }

    /// Whether something is a member of a cookie that is taken away, of which no flag matters.
    pub(super) fn is_of_gone_cookie(&self, member: &Expression) -> bool {
        let Form::Member(of, name) = &member.form else { return false };
        let Form::Name(variable) = &of.form else { return false };
        let name = known::without_setter(name);
        let is_flag = ["httponly", "secure"].iter().any(|flag| name.eq_ignore_ascii_case(flag));
        let declared = self.bindings.find(variable, of.range.start).map(|binding| binding.offset);
        let ends = |end: &str| {
            let set = self.set_later.get(end).map_or(&[][..], Vec::as_slice).iter();
            let same =
                set.filter(|set| set.variable == variable && self.bindings.find(variable, set.offset).map(|of| of.offset) == declared);
            let mut values = same.map(|set| set.value).peekable();
            values.peek().is_some() && values.all(|value| self.is_over_then(end, value))
        };
        is_flag && ENDS.iter().any(|end| ends(end))
    }

    /// Whether a cookie is put among those that came with the request, and so is not sent to anybody.
    fn is_sent_by_visitor(&self, whole: &Expression) -> bool {
        let before = self.document.text.as_bytes().get(..whole.range.start).unwrap_or(&[]).trim_ascii_end();
        let ends = |end: &&[u8]| before.get(before.len().saturating_sub(end.len())..).is_some_and(|tail| tail.eq_ignore_ascii_case(end));
        [&b"request.cookies.add("[..], b"request.cookies.set("].iter().any(ends)
    }

    /// Whether a time is over, or an age none: `time() - 3600`, `DateTime.Now.AddDays(-1)`, `new Date(0)`, `maxAge: 0`.
    fn is_over_then(&self, name: &str, expression: &Expression) -> bool {
        let text = self.document.text.get(expression.range.clone()).unwrap_or("").chars().take(LONGEST_TIME);
        let text: String = text.filter(|character| !character.is_whitespace()).flat_map(char::to_lowercase).collect();
        // An end of 0 is none: the cookie then lasts as long as the browser runs.
        let is_no_age = name.to_lowercase().contains("age") && matches!(text.as_str(), "0" | "1" | "timespan.zero" | "duration.zero");
        let is_start = ["date(0)", "date(1)", "minvalue", "unixepoch", "1970"].iter().any(|part| text.contains(part));
        let year = text.split("datetime(").nth(1).and_then(|date| date.get(..4)?.parse().ok());
        let is_long_ago = year.is_some_and(|year: u16| year < LONG_AGO);
        let is_before = ["time()-", "now()-", "(-", "=-"].iter().any(|part| text.contains(part));
        is_no_age || is_start || is_before || is_long_ago
    }
}

/// Members of variables that are set anywhere, so that `cookie.HttpOnly = true` counts for `var cookie = new HttpCookie(…)`.
fn collect_set_members<'a>(statements: &'a [Statement], set: &mut BTreeMap<String, Vec<SetMember<'a>>>) {
    let mut add = |found: Option<(&'a str, &'a str, &'a Expression)>, offset: usize| {
        if let Some((variable, member, value)) = found {
            set.entry(member.to_lowercase()).or_default().push(SetMember { variable, value, offset });
        }
    };
    for statement in statements {
        match statement {
            Statement::Assign(assignment) => add(set_member(assignment), assignment.range.start),
            Statement::Evaluate(Expression { form: Form::Assigned(assignment), .. }) => add(set_member(assignment), assignment.range.start),
            // `cookie.setHttpOnly(true)`
            Statement::Evaluate(Expression { form: Form::Call(call), range }) => add(set_by_method(call), range.start),
            _ => {}
        }
    }
    for statement in statements {
        if let Statement::Scope(scope) = statement {
            collect_set_members(&scope.body, set);
        }
    }
}

/// Whether a name is given no value, which takes away what it had: `setcookie("session", "", …)`.
fn is_emptied(call: &Call) -> bool {
    call.arguments.get(1).filter(|argument| argument.name.is_none()).is_some_and(|argument| is_nothing(&argument.value.form))
}

/// Whether a value is one by which what was there is taken away.
fn is_nothing(value: &Form) -> bool {
    match value {
        Form::Text(text) => text.is_empty() || text == "deleted",
        Form::Nothing | Form::Truth(false) => true,
        // `String.Empty`
        Form::Member(_, name) => name == "Empty",
        _ => false,
    }
}

/// What a value is put under, and the key: of `of["key"].Value` and of `of["key"]["part"]`; in Visual Basic `of("key")` alone may
/// stand for its value.
fn put_under(target: &Expression) -> Option<(&Expression, &Expression)> {
    match &target.form {
        Form::Member(of, name) if name.eq_ignore_ascii_case("value") => under(of),
        Form::Index(of, _) => under(of).or_else(|| under(target)),
        _ => None,
    }
}

/// What stands under a key: of what, and which.
fn under(expression: &Expression) -> Option<(&Expression, &Expression)> {
    match &expression.form {
        Form::Index(of, key) => Some((of, key)),
        Form::Call(call) if !call.creates => match call.arguments.as_slice() {
            [Argument { name: None, value }] => Some((&call.callee, value)),
            _ => None,
        },
        _ => None,
    }
}

/// What a key goes by: itself where it is written, or else the name of what holds it.
fn name_of_key(key: &Expression) -> Option<&str> {
    key.text().or_else(|| key.path()?.last().copied())
}

/// Whether a cookie is one that a program sends, as those are made of a name, a domain and a path, and those that a server sets of a name and a value.
fn is_of_a_client(call: &Call) -> bool {
    let is_named = |name: &str| call.creates && call.callee.path().is_some_and(|path| path.last() == Some(&name));
    // What is made of the line that an answer came with is kept in a jar.
    is_named("SetCookie") || (is_named("HttpCookie") && call.arguments.len() > FIRST_SETTINGS)
}

/// Whether a token is made of its parts, to be sent, and not read from its text.
fn is_token_of_parts(call: &Call) -> bool {
    let is_token = call.creates && call.callee.path().is_some_and(|path| path.last().is_some_and(|name| known::is_token_type(name)));
    let is_text = |argument: &Argument| argument.name.as_deref().is_none_or(|name| name == "jwtEncodedString");
    is_token && !matches!(call.arguments.as_slice(), [only] if is_text(only))
}

fn set_member(assignment: &Assignment) -> Option<(&str, &str, &Expression)> {
    let value = assignment.value.as_ref()?;
    match &assignment.target.form {
        Form::Member(of, member) => match &of.form {
            Form::Name(variable) => Some((variable, member, value)),
            _ => Some((name_of_key(under(of)?.1)?, member, value)),
        },
        // `$options['httponly'] = true`
        Form::Index(of, key) => match &of.form {
            Form::Name(variable) => Some((variable, key.text()?, value)),
            _ => None,
        },
        _ => None,
    }
}

fn set_by_method(call: &Call) -> Option<(&str, &str, &Expression)> {
    match &call.callee.form {
        Form::Member(of, method) => match (&of.form, method.strip_prefix("set")) {
            (Form::Name(variable), Some(member)) => Some((variable, member, &call.arguments.first()?.value)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether statements set a member of that name on anything.
fn sets_member(statements: &[Statement], setting: &str) -> bool {
    statements.iter().any(|statement| match statement {
        Statement::Assign(Assignment { target, .. }) => {
            target.path().and_then(|path| path.last().copied()).is_some_and(|name| name.eq_ignore_ascii_case(setting))
        }
        Statement::Scope(scope) => sets_member(&scope.body, setting),
        _ => false,
    })
}
