//! What calls are passed: by name, by position, in pairs of name and value.

use super::{
    Argument, Call, Expression, Field, Form,
    evaluate::FIELD,
    known,
    places::{Finder, MOST_ARGUMENTS, most_specific, owned, pair_kind},
};
use crate::{
    collect::source::{
        document::{Counts, Passed},
        names::{segments, squeezed},
        origins::Value,
        sinks,
    },
    evidence::{FactKind, Origin},
};

/// What is passed where there is something: `token ?? ''` passes the token.
fn without_nothing(value: &Expression) -> &Expression {
    let is_nothing = |part: &Expression| matches!(part.form, Form::Nothing) || part.text() == Some("");
    match &value.form {
        Form::AnyOf(parts) => match parts.as_slice() {
            [given, otherwise] if is_nothing(otherwise) => given,
            _ => value,
        },
        _ => value,
    }
}

/// How many names and encodings may stand between a call and the name and password that it is passed.
const STEPS_TO_PAIR: usize = 5;

impl<'a> Finder<'a, '_> {
    /// The name of a variable that says which secret it is, where what it was taken from does not: `clientSecret` after `clientSecret = field.value`.
    pub(super) fn says_secret(&self, value: &Expression) -> Option<String> {
        if let Some(object) = self.object_in_text(value) {
            return self.secret_member(object);
        }
        let Form::Name(name) = &value.form else { return None };
        let [taken_from] = self.bindings.find(name, value.range.start)?.values.as_slice() else { return None };
        let found = self.document.watch.logged.matching(&[name.as_str()]).filter(|found| found.exact && !found.entry.starts_with('*'))?;
        let is_taken = matches!(taken_from.form, Form::Member(..) | Form::Index(..));
        (is_taken && !["token", "ticket"].contains(&found.entry)).then(|| name.clone())
    }

    /// Whether the last of some names is that of a secret: `answer.access_token`, but not `data.access`.
    pub(super) fn is_called_secret(&self, names: &str) -> bool {
        let last = segments(names).last();
        last.is_some_and(|last| {
            self.document.watch.logged.matching(&[last]).is_some_and(|found| found.exact && !found.entry.starts_with('*'))
        })
    }

    /// The object that is turned into a text, as it is written or as a variable holds it: `JSON.stringify({ token })`.
    fn object_in_text<'e>(&'e self, value: &'e Expression) -> Option<&'e [Field]> {
        let Form::Call(call) = &value.form else { return None };
        let first = call.arguments.first().filter(|_| known::turns_into_text(&call.callee.path().unwrap_or_default()))?;
        let made_of = match &first.value.form {
            Form::Name(name) => match self.bindings.find(name, value.range.start)?.values.as_slice() {
                [only] => *only,
                _ => return None,
            },
            _ => &first.value,
        };
        if let Form::Object(fields) = &made_of.form { Some(fields) } else { None }
    }

    /// The name of the member that holds a secret which something else gives.
    fn secret_member(&self, fields: &[Field]) -> Option<String> {
        let is_given = |value: &Expression| matches!(value.form, Form::Name(_) | Form::Member(..) | Form::Index(..));
        let is_secret = |name: &str| self.document.watch.logged.matching(&[name]).is_some_and(|found| found.exact);
        fields.iter().find(|field| is_given(&field.value) && is_secret(&field.name)).map(|field| field.name.clone())
    }

    /// What is passed, with what may be told of it.
    pub(super) fn passed(&self, name: Option<&str>, position: usize, value: &'a Expression) -> Passed {
        let mut evaluator = self.evaluator();
        let plain = evaluator.plain(without_nothing(value));
        let holder = encoded(value).unwrap_or(value);
        let holder = self.password_of_pair(holder).unwrap_or(holder);
        let held_in = holder.path().filter(|_| holder.is_of_names()).and_then(|path| path.last().map(|last| sinks::segment(last)));
        let (value, field) = match evaluator.value(value) {
            // Where it is passed on matters here, not which object held it.
            Value::Via(inner, step) if step.what.starts_with(FIELD) => (*inner, Some(step)),
            value => (value, None),
        };
        Passed { name: name.map(sinks::segment), position, held_in, field, plain: self.told(plain, &value), value }
    }

    /// The password where a name and a password are put together of what is held elsewhere: `$"{User}:{Password}"`, as text, encoded or in a variable.
    fn password_of_pair(&self, holder: &'a Expression) -> Option<&'a Expression> {
        let mut pair = holder;
        for _ in 0..STEPS_TO_PAIR {
            pair = match &pair.form {
                Form::Joined(parts) => {
                    let parts: Vec<&Expression> = parts.iter().filter(|part| part.text() != Some("")).collect();
                    return match parts.as_slice() {
                        [_, between, password] if between.text() == Some(":") && password.is_of_names() => Some(password),
                        _ => None,
                    };
                }
                Form::Name(name) => match self.bindings.find(name, pair.range.start)?.values.as_slice() {
                    [only] => only,
                    _ => return None,
                },
                Form::Call(call) if call.callee.path().is_some_and(|path| path.last().is_some_and(|last| known::converts(last))) => {
                    &call.arguments.first()?.value
                }
                _ => encoded(pair)?,
            };
        }
        None
    }

    /// `name: value`, `name=value` in a call.
    pub(super) fn named_arguments(&mut self, call: &'a Call, path: &[&'a str]) {
        let filled = filled_in(call);
        let path = filled.as_deref().unwrap_or(path);
        for argument in &call.arguments {
            let Some(name) = argument.name.as_deref().filter(|name| self.document.watch.named.know(name)) else { continue };
            let spelling = vec![owned(&path.iter().copied().chain([name]).collect::<Vec<_>>())];
            let range = argument.value.range.clone();
            if let Some((sink, found)) = most_specific(&self.document.watch.setting, &spelling).filter(|(_, found)| found.exact) {
                self.add_setting(sink, found, range.clone(), &argument.value);
            }
            self.name_and_password(name, &argument.value);
            if matches!(argument.value.form, Form::Object(_) | Form::Function(_)) {
                continue;
            }
            let found = most_specific(&self.document.watch.argument, &spelling);
            if let Some((sink, found)) = found.or_else(|| most_specific(&self.document.watch.assignment, &spelling)) {
                self.add(FactKind::Argument, sink, found, range, &argument.value, Counts::Always);
            }
        }
    }

    /// The function that a call asks for by its name, as clients of SOAP do: `$client->__soapCall("Name", …)` is `$client->Name(…)`; and as programs do that
    /// have the script of a page run: `InvokeVoidAsync("localStorage.setItem", …)` is `localStorage.setItem(…)`.
    pub(super) fn by_name(&self, call: &Call, path: &[&'a str]) -> Option<Vec<Vec<String>>> {
        let first = call.arguments.first();
        if let Some(script) = first.filter(|_| known::runs_script(path)).and_then(|first| first.value.text()) {
            return Some(vec![script.split('.').map(str::to_owned).collect()]).filter(|spellings| self.names_called(spellings));
        }
        let ([of @ .., "__soapCall" | "call"], Some(first)) = (path, first) else { return None };
        let name = first.value.text().filter(|name| !of.is_empty() && self.document.watch.call.know(name))?;
        Some(vec![owned(&of.iter().copied().chain([name]).collect::<Vec<_>>())])
    }

    fn names_called(&self, spellings: &[Vec<String>]) -> bool {
        spellings.iter().filter_map(|path| path.last()).any(|last| self.document.watch.call.know(last))
    }

    /// `auth=("name", "password")`, as clients of HTTP take them.
    pub(super) fn name_and_password(&mut self, name: &str, value: &'a Expression) {
        let Form::List(parts) = &value.form else { return };
        let ("auth", [_, password]) = (name, parts.as_slice()) else { return };
        let spelling = vec![vec![name.to_owned(), "password".to_owned()]];
        if let Some((sink, found)) = most_specific(&self.document.watch.assignment, &spelling) {
            self.add(FactKind::Argument, sink, found, password.range.clone(), password, Counts::IfWritten);
        }
    }

    /// `add("SO-AppToken", value)`, `curl_setopt(handle, CURLOPT_SSL_VERIFYPEER, false)`.
    pub(super) fn pairs(&mut self, call: &'a Call, path: &[&'a str]) {
        let callee = path.last().copied().unwrap_or("");
        if !known::stores_pairs(callee) && !call.creates && !known::has_default(path) {
            return;
        }
        // In what a switch is to be when the environment is silent, nothing is switched.
        let asks = known::has_default(path) && !known::stores_pairs(callee);
        if names_section(call, callee, asks) {
            return;
        }
        let (mut is_value, mut is_after_user) = (false, false);
        for (first, second) in call.arguments.iter().zip(call.arguments.iter().skip(1)).take(MOST_ARGUMENTS) {
            // Three stand-ins by position: `NetworkCredential("username", "password", "domain")`.
            if std::mem::replace(&mut is_after_user, first.value.text().is_some_and(names_user)) {
                continue;
            }
            let is_reversed = second.name.as_deref().is_some_and(known::names_key);
            let (key, value) = if is_reversed { (second, first) } else { (first, second) };
            // What was the value of a pair is no key.
            if std::mem::take(&mut is_value) || (key.name.is_some() && !is_reversed) || value.name.is_some() {
                continue;
            }
            let Some(name) = self.key_text(&key.value) else { continue };
            let range = first.value.range.start..second.value.range.end;
            let spelling = vec![segments(sinks::tail(&name)).map(str::to_owned).collect::<Vec<String>>()];
            let setting = most_specific(&self.document.watch.setting, &spelling).filter(|(_, found)| found.exact && !asks);
            if let Some((sink, found)) = setting {
                self.add_setting(sink, found, range.clone(), &value.value);
            }
            if let Some(found) = self.document.watch.of_key(&name) {
                self.add(pair_kind(&name), sinks::segment(&name), found, range, &value.value, Counts::Always);
                is_value = true;
            }
        }
    }

    /// What an option of the command line is in want of: `add_argument("--client-secret", default="value")`, `.option("--client-secret <secret>", text, "value")`.
    pub(super) fn option(&mut self, call: &'a Call, path: &[&'a str]) {
        let texts = || call.arguments.iter().filter(|argument| argument.name.is_none()).filter_map(|argument| argument.value.text());
        let is_option = path.last().is_some_and(|last| *last == "option");
        let Some(name) = texts().find_map(named_option).or_else(|| texts().next().filter(|_| is_option)) else { return };
        let Some(found) = self.document.watch.of_key(name) else { return };
        let named = call.arguments.iter().find(|argument| argument.name.as_deref().is_some_and(known::names_default));
        let field = || match call.arguments.last().map(|last| &last.value.form) {
            Some(Form::Object(fields)) => fields.iter().find(|field| known::names_default(&field.name)).map(|field| &field.value),
            _ => None,
        };
        let third = || call.arguments.get(2).filter(|third| third.name.is_none() && is_option);
        let Some(value) = named.map(|argument| &argument.value).or_else(field).or_else(|| third().map(|third| &third.value)) else {
            return;
        };
        self.add(FactKind::Argument, sinks::segment(name), found, value.range.clone(), value, Counts::IfWritten);
    }

    /// What stands in for something that is looked up by its name: `Environment.GetEnvironmentVariable("NAME") ?? "value"`.
    pub(super) fn stand_ins(&mut self, parts: &'a [Expression], whole: &Expression) {
        let Some((looked_up, rest)) = parts.split_first() else { return };
        // Under a name of its own it is told already.
        let Some(name) = looked_up_name(looked_up).filter(|_| !self.reading.tells_of(&whole.range)) else { return };
        let found = self.document.watch.of_key(name);
        if let (Some(found), Some(value)) = (found, rest.iter().find(|part| part.text().is_some())) {
            self.add(FactKind::Argument, sinks::segment(name), found, whole.range.clone(), value, Counts::IfWritten);
        }
    }

    /// The text of a key, or the name of the constant that holds one.
    fn key_text(&self, key: &'a Expression) -> Option<String> {
        if let Some(text) = key.text() {
            return Some(text.to_owned());
        }
        let mut value = self.evaluator().value(key);
        while let Value::Via(inner, _) = value {
            value = *inner;
        }
        match value {
            Value::Written(text) => Some(text),
            _ => key.path()?.last().filter(|name| name.chars().any(char::is_uppercase)).map(|name| known::without_role(name).to_owned()),
        }
    }

    /// What an object holds that a variable of its own stands for, under the names that a rule asks for of the call alone:
    /// `const settings = { secret: "…" }; app.use(session(settings))`. That says more of it than its own name does.
    pub(super) fn handed_on(&mut self, call: &'a Call, path: &[&'a str]) {
        for argument in call.arguments.iter().take(MOST_ARGUMENTS) {
            let Form::Name(variable) = &argument.value.form else { continue };
            let Some([only]) = self.bindings.find(variable, argument.value.range.start).map(|binding| binding.values.as_slice()) else {
                continue;
            };
            let Form::Object(fields) = &only.form else { continue };
            for field in fields.iter().filter(|field| self.document.watch.named.know(&field.name)) {
                let spelling = [owned(&path.iter().copied().chain([field.name.as_str()]).collect::<Vec<_>>())];
                let found = most_specific(&self.document.watch.assignment, &spelling);
                if let Some((sink, found)) = found.filter(|(_, found)| found.entry.contains('.'))
                    && self.reading.make_way(&field.range, found.entry)
                {
                    self.add(FactKind::Assignment, sink, found, field.range.clone(), &field.value, Counts::Always);
                }
            }
        }
    }

    /// Arguments by position, where the function is declared in the same file.
    pub(super) fn by_position(&mut self, call: &'a Call, path: &[&'a str]) {
        let Some(name) = path.last().filter(|_| !is_of_base(&call.callee)) else { return };
        let parameters = self.bindings.parameters_of(name, call.arguments.len());
        for (parameter, argument) in parameters.iter().zip(&call.arguments) {
            let spelling = [*name, *parameter];
            if argument.name.is_none()
                && let Some(found) = self.document.watch.argument.matching(&spelling)
            {
                self.add(
                    FactKind::Argument,
                    sinks::dotted(&spelling),
                    found,
                    argument.value.range.clone(),
                    &argument.value,
                    Counts::Always,
                );
            }
        }
    }

    /// Switches that a well-known function takes by position.
    pub(super) fn switches_by_position(&mut self, call: &'a Call, path: &[&'a str]) {
        let Some(callee) = path.last() else { return };
        for (position, name) in known::positions(path) {
            let Some(Argument { name: None, value }) = call.arguments.get(*position) else { continue };
            let path = if name.is_empty() { vec![*callee] } else { vec![*callee, *name] };
            if let Some(found) = self.document.watch.setting.matching(&path).filter(|found| found.exact) {
                self.add_setting(sinks::dotted(&path), found, value.range.clone(), value);
            }
        }
    }

    /// `x.setClientSecret(value)`, `.clientSecret(value)`: what a builder is told is as good as assigned.
    pub(super) fn by_setter(&mut self, call: &'a Call, whole: &'a Expression, spellings: &[Vec<String>]) {
        let (Form::Member(_, method), [Argument { name: None, value }], false) =
            (&call.callee.form, call.arguments.as_slice(), call.creates)
        else {
            return;
        };
        let bare = known::without_setter(method);
        let renamed = |path: &Vec<String>| path.iter().rev().skip(1).rev().cloned().chain([bare.to_owned()]).collect();
        let spellings: Vec<Vec<String>> = spellings.iter().map(renamed).collect();
        let is_switch = bare != method || matches!(value.form, Form::Truth(_) | Form::Function(_));
        let setting = most_specific(&self.document.watch.setting, &spellings);
        if let Some((sink, found)) = setting.filter(|(_, found)| found.exact && is_switch && !self.is_of_gone_cookie(&call.callee)) {
            self.add_setting(sink, found, self.place_of(call, whole), value);
        }
        if matches!(value.form, Form::Object(_) | Form::Function(_)) {
            return;
        }
        if let Some((sink, found)) = most_specific(&self.document.watch.assignment, &spellings) {
            self.add(FactKind::Assignment, sink, found, self.place_of(call, whole), value, Counts::IfWritten);
        } else if let Some((sink, found)) = most_specific(&self.document.watch.argument, &spellings) {
            self.add(pair_kind(&sink), sink, found, self.place_of(call, whole), value, Counts::IfWritten);
        }
    }

    /// Whether a call puts its second argument under the first: `cookies.Add(name, new HttpCookie(name, value))`.
    pub(super) fn keeps_under_key(call: &Call, path: &[&str]) -> bool {
        let keeps = matches!(path.last(), Some(&("Add" | "TryAdd" | "put" | "set")));
        keeps
            && matches!(
                call.arguments.as_slice(),
                [Argument { name: None, value: Expression { form: Form::Name(_) | Form::Text(_) | Form::Member(..), .. } }, _]
            )
    }
}

/// Whether what is called is what a type builds on has under this name: `parent::__construct(…)`.
fn is_of_base(callee: &Expression) -> bool {
    let is_base = |name: &str| ["parent", "super", "base"].contains(&name);
    match &callee.form {
        Form::Member(of, _) => match &of.form {
            Form::Name(name) => is_base(name),
            Form::Call(call) => matches!(&call.callee.form, Form::Name(name) if is_base(name)),
            _ => false,
        },
        _ => false,
    }
}

/// Whether the first two arguments of a call name a section of settings and an option in it, which the third sets or stands in for:
/// `config.set("password", "length", "8")`, `config.getint("password", "length", default=0)`.
fn names_section(call: &Call, callee: &str, asks: bool) -> bool {
    let [Argument { name: None, value: section }, Argument { name: None, value: option }, third] = call.arguments.as_slice() else {
        return false;
    };
    let is_name = |value: &Expression| {
        value.text().is_some_and(|text| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'))
    };
    let is_third = match third.name.as_deref() {
        Some(name) => asks && ["default", "fallback"].contains(&name),
        None => callee == "set" && third.value.text().is_some(),
    };
    is_third && is_name(section) && is_name(option)
}

/// Whether a text stands for the name of whoever signs in.
fn names_user(text: &str) -> bool {
    ["user", "username", "userid", "login", "email"].contains(&squeezed(text).as_str())
}

/// What an encoding makes bytes of: `Encoding.UTF8.GetBytes(x)`.
fn encoded(expression: &Expression) -> Option<&Expression> {
    let Form::Call(call) = &expression.form else { return None };
    let path = call.callee.path()?;
    let is_encoding = path.last().is_some_and(|name| *name == "GetBytes") && path.iter().any(|name| name.ends_with("Encoding"));
    call.arguments.first().filter(|_| is_encoding).map(|argument| &argument.value)
}

/// The name in what describes an option of the command line: `app-token` of `-t, --app-token <token>`.
fn named_option(text: &str) -> Option<&str> {
    let (before, option) = text.split_once("--")?;
    let is_short = before.len() <= 4 && (before.is_empty() || before.starts_with('-'));
    let name = option.split([' ', '=', ',', '<', '[']).next().filter(|name| is_short && !name.is_empty())?;
    name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_').then_some(name)
}

/// The name by which something is looked up in the environment or in configuration.
fn looked_up_name(expression: &Expression) -> Option<&str> {
    let is_outside = |origin: Option<Origin>| matches!(origin, Some(Origin::Environment | Origin::Configuration | Origin::SecretStore));
    match &expression.form {
        Form::Call(call) => {
            let name = call.arguments.first().filter(|argument| argument.name.is_none())?.value.text()?;
            is_outside(known::origin_of_call(&call.callee.path()?)).then_some(name)
        }
        Form::Index(of, key) => {
            let (name, path) = (key.text()?, of.path()?);
            is_outside(known::origin(&path.into_iter().chain([name]).collect::<Vec<_>>())).then_some(name)
        }
        Form::Member(_, name) => matches!(known::origin(&expression.path()?), Some(Origin::Environment)).then_some(name),
        _ => None,
    }
}

/// What a call has some arguments of filled in, which are given here: `get` of `partial(session.get, verify=False)`.
fn filled_in(call: &Call) -> Option<Vec<&str>> {
    let is_partial = call.callee.path()?.last().is_some_and(|name| *name == "partial");
    call.arguments.first().filter(|first| is_partial && first.name.is_none())?.value.path()
}
