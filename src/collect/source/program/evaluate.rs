//! What an expression comes to, as far as it can be told from the file it stands in.

use super::{
    Argument, Call, Expression, Field, Form, Unit,
    answers::{answer, refuses},
    bindings::{Binding, Bindings, Kind, is_own},
    guards::in_production,
    known,
};
use crate::{
    collect::source::{
        decode::Lines,
        names::squeezed,
        origins::{Reference, Step, Value},
        sinks,
    },
    evidence::Origin,
};

/// How many expressions are looked at for one value, and how deep.
const STEPS: usize = 400;
const DEPTH: usize = 32;
/// How many parts of one value are looked at.
const MOST_PARTS: usize = 1_000;
/// A longer word is no setting's.
const LONGEST_PLAIN: usize = 60;
/// What a switch is said to be when its value stands in the very token that it is to check.
const FROM_TOKEN: &str = "from the token";
/// The schemes of a header that says who sends it (RFC 9110, section 11.1).
const SCHEMES: [&str; 5] = ["Basic", "Bearer", "Negotiate", "NTLM", "Digest"];
/// How deep the parts of one header are looked at.
const SHALLOW: usize = 8;
/// How many names and texts of one header are looked at.
const MOST_TEXTS: usize = 64;
/// What a cookie is said to be that is over.
pub(super) const TAKEN_AWAY: &str = "taken away";
/// What the step to a field of an object is called, before its name.
pub(super) const FIELD: &str = "field ";

/// Whether a header and its scheme may stand in one text: `"Authorization: Basic "`.
pub(in crate::collect::source) fn has_scheme(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| text.contains(&format!(": {scheme} ")))
}

/// Whether a word is the scheme of a header that says who sends it.
pub(super) fn is_scheme(word: &str) -> bool {
    SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Evaluates the expressions of one file.
pub(super) struct Evaluator<'a> {
    unit: &'a Unit,
    bindings: &'a Bindings<'a>,
    lines: &'a Lines<'a>,
    steps: usize,
    depth: usize,
    /// Declarations whose values are being worked out, so that `x = x.trim()` ends.
    open: Vec<usize>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(unit: &'a Unit, bindings: &'a Bindings<'a>, lines: &'a Lines<'a>) -> Self {
        Self { unit, bindings, lines, steps: STEPS, depth: DEPTH, open: Vec::new() }
    }

    /// What an expression comes to.
    pub(super) fn value(&mut self, expression: &'a Expression) -> Value {
        self.evaluate(expression).unwrap_or(Value::From(Origin::Unknown))
    }

    /// What a member comes to: any of its values, without the step from name to value.
    pub(super) fn of_binding(&mut self, binding: &Binding<'a>) -> Value {
        self.any_of(binding.values.iter().copied()).unwrap_or(Value::From(Origin::Unknown))
    }

    /// Absent for a variable within its own definition.
    fn evaluate(&mut self, expression: &'a Expression) -> Option<Value> {
        let (Some(steps), Some(depth)) = (self.steps.checked_sub(1), self.depth.checked_sub(1)) else {
            return Some(Value::From(Origin::Unknown));
        };
        (self.steps, self.depth) = (steps, depth);
        let value = self.form(expression);
        self.depth += 1;
        value
    }

    fn form(&mut self, expression: &'a Expression) -> Option<Value> {
        match &expression.form {
            Form::Text(text) | Form::Number(text) => Some(Value::Written(text.clone())),
            Form::Nothing => Some(Value::From(Origin::Placeholder)),
            Form::Name(name) => self.name(name, expression),
            Form::Member(of, name) => self.member(of, name, expression),
            Form::Index(of, key) => self.looked_up(of, key, expression),
            Form::Call(call) => self.call(call, expression),
            Form::Joined(parts) => Some(Value::Joined(parts.iter().take(MOST_PARTS).map(|part| self.value(part)).collect())),
            Form::AnyOf(parts) | Form::List(parts) => self.any_of(parts.iter().take(MOST_PARTS)),
            Form::Assigned(assignment) => self.evaluate(assignment.value.as_ref()?),
            Form::Truth(_) | Form::Object(_) | Form::Function(_) | Form::Compared(_) | Form::Not(_) | Form::Other(_) => {
                Some(Value::From(Origin::Unknown))
            }
        }
    }

    fn any_of(&mut self, parts: impl Iterator<Item = &'a Expression>) -> Option<Value> {
        let mut values = Vec::new();
        for part in parts {
            let ends = self.steps == 0;
            values.extend(self.evaluate(part));
            // All that follows would be unknown, too: of a variable that is set ten thousand times.
            if ends {
                break;
            }
        }
        // What a table holds may be kept until every file was read.
        values.shrink_to_fit();
        if values.len() > 1 { Some(Value::AnyOf(values)) } else { values.pop() }
    }

    fn name(&mut self, name: &'a str, expression: &Expression) -> Option<Value> {
        match self.bindings.find(name, expression.range.start) {
            Some(binding) => self.bound(binding),
            None => Some(self.named(&[name], expression.range.start)),
        }
    }

    /// The value of a variable, parameter or member of this file.
    fn bound(&mut self, binding: &'a Binding<'a>) -> Option<Value> {
        if self.open.contains(&binding.offset) {
            return None;
        }
        self.open.push(binding.offset);
        let end = self.bindings.end_of_chain(binding);
        let value = self.any_of(end.values.iter().copied());
        let written = value.map(|value| if end.offset == binding.offset { value } else { value.via(self.step(end)) });
        self.open.pop();
        if binding.kind == Kind::Parameter {
            let default = written.map(|value| value.via(self.step(binding)));
            return Some(Value::AnyOf(std::iter::once(Value::From(given(binding))).chain(default).collect()));
        }
        let value = match written {
            Some(value) => value,
            // Set elsewhere, if at all: in another file, by a framework.
            None if binding.values.is_empty() => Value::From(Origin::Unknown),
            None => return None,
        };
        Some(value.via(self.step(binding)))
    }

    pub(super) fn step(&self, binding: &Binding<'_>) -> Step {
        let owner = binding.owner.last().map_or(String::new(), |of| format!("{}.", sinks::segment(of)));
        Step { line: self.lines.line(binding.offset), what: format!("{} {owner}{}", binding.kind.word(), sinks::segment(binding.name)) }
    }

    fn member(&mut self, of: &'a Expression, name: &'a str, whole: &'a Expression) -> Option<Value> {
        let offset = whole.range.start;
        if is_own(of) {
            return match self.bindings.find_member(name, offset) {
                Some(binding) => self.bound(binding),
                None => Some(self.named(&[name], offset)),
            };
        }
        if let Some(value) = self.field_of(of, name) {
            let step = Step { line: self.lines.line(value.range.start), what: format!("{FIELD}{}", sinks::segment(name)) };
            return Some(Value::Via(Box::new(self.evaluate(value)?), step));
        }
        // In some languages a call needs no brackets: `'text'.freeze`.
        if of.text().is_some() && known::keeps(name) {
            return self.evaluate(of);
        }
        let path = whole.path()?;
        let is_known = self.bindings.find(path.first()?, offset).is_some_and(|binding| binding.kind != Kind::Parameter);
        match known::origin(&path).filter(|origin| !is_known && *origin != Origin::Configuration) {
            Some(origin) => Some(Value::From(origin)),
            None => Some(self.named(&path, offset)),
        }
    }

    /// The field of an object of this file: `config.secret` where `const config = { secret: "…" }`.
    fn field_of(&self, of: &'a Expression, name: &str) -> Option<&'a Expression> {
        let mut object = of;
        for _ in 0..DEPTH {
            match &object.form {
                Form::Object(fields) => return fields.iter().find(|field| field.name == name).map(|field| &field.value),
                Form::Name(variable) => {
                    let binding = self.bindings.find(variable, object.range.start)?;
                    object = match binding.values.as_slice() {
                        [only] => only,
                        _ => return None,
                    };
                }
                Form::Member(outer, inner) => object = self.field_of_shallow(outer, inner)?,
                Form::Call(call) if known::converts(call.callee.path()?.last()?) => object = &call.arguments.first()?.value,
                _ => return None,
            }
        }
        None
    }

    /// One step of a path of fields, without going around in circles.
    fn field_of_shallow(&self, of: &'a Expression, name: &str) -> Option<&'a Expression> {
        let Form::Name(variable) = &of.form else { return None };
        let binding = self.bindings.find(variable, of.range.start)?;
        match binding.values.as_slice() {
            [Expression { form: Form::Object(fields), .. }] => {
                fields.iter().find(|field| field.name == name).map(|field: &Field| &field.value)
            }
            _ => None,
        }
    }

    /// A member that is defined elsewhere: every path it may have.
    fn named(&self, path: &[&str], offset: usize) -> Value {
        let owned = |path: &[&str]| path.iter().map(ToString::to_string).collect::<Vec<String>>();
        let Some((head, rest)) = path.split_first() else { return Value::From(Origin::Unknown) };
        let binding = self.bindings.find(head, offset);
        let otherwise = match binding {
            Some(binding) if binding.kind == Kind::Parameter => given(binding),
            _ => known::origin(path).unwrap_or(Origin::Unknown),
        };
        let mut candidates = Vec::new();
        if let Some(alias) = self.bindings.alias(head) {
            candidates.push(alias.iter().cloned().chain(owned(rest)).collect());
        } else if let Some(of_type) = binding.and_then(|binding| binding.of_type.as_deref()) {
            candidates.push(owned(of_type).into_iter().chain(owned(rest)).collect());
        } else if rest.is_empty() {
            for (types, bases) in self.bindings.types_around(offset) {
                candidates.push([owned(types), owned(path)].concat());
                candidates.extend(bases.iter().map(|base| [base.clone(), owned(path)].concat()));
            }
            candidates.extend(self.unit.has_globals.then(|| vec![GLOBAL.to_owned(), (*head).to_owned()]));
        } else if binding.is_none_or(|binding| binding.kind.is_member()) {
            candidates.push(owned(path));
        }
        Value::Named(Reference { candidates, otherwise })
    }

    /// `configuration["key"]`, `process.env["key"]`: the literal is a key, not a value.
    fn looked_up(&mut self, of: &'a Expression, key: &'a Expression, whole: &'a Expression) -> Option<Value> {
        if let Some(value) = key.text().and_then(|key| self.field_of(of, key)) {
            return self.evaluate(value);
        }
        let mut path = of.path().unwrap_or_default();
        path.push(key.text().unwrap_or(""));
        if let Some(origin) = known::origin(&path) {
            return Some(Value::From(origin));
        }
        if whole.is_of_names() {
            return Some(self.named(&whole.path()?, whole.range.start));
        }
        let origin = self.evaluate(of).and_then(|value| read_from(&value));
        Some(Value::From(origin.unwrap_or(Origin::Unknown)))
    }

    fn call(&mut self, call: &'a Call, whole: &'a Expression) -> Option<Value> {
        let path = call.callee.path().unwrap_or_default();
        let name = path.last().copied().unwrap_or(match &call.callee.form {
            Form::Member(_, name) => name,
            _ => "",
        });
        if call.creates {
            // `new Secret("…")` holds its only argument.
            return match call.arguments.as_slice() {
                [only] if !known::is_of_file(name) => self.evaluate(&only.value),
                _ => Some(Value::From(Origin::Unknown)),
            };
        }
        if let Form::Member(of, _) = &call.callee.form
            && known::falls_back(name)
        {
            let fallback = call.arguments.last().map(|argument| &argument.value);
            return self.any_of(std::iter::once(of.as_ref()).chain(fallback));
        }
        if let Form::Member(of, _) = &call.callee.form
            && (of.text().is_some() || known::keeps(name))
        {
            // `text.getBytes(charset)` and `encoding.GetBytes(text)` are both written so.
            let converts = known::converts(name) || (known::is_codec(name) && is_encoder(of));
            let given = call.arguments.first().filter(|_| converts && of.text().is_none()).map(|argument| &argument.value);
            // What an encoding makes bytes of is the text alone: the encoding is no value that could have been meant.
            if let Some(text) = given.filter(|_| path.iter().any(|name| name.ends_with("Encoding"))) {
                return self.evaluate(text);
            }
            return self.any_of(std::iter::once(of.as_ref()).chain(given));
        }
        match call.arguments.as_slice() {
            [only] if known::converts(name) => return self.evaluate(&only.value),
            // The hash of a password that is written is that password.
            [Argument { value: password @ Expression { form: Form::Text(_), .. }, .. }, ..] if known::hashes_passwords(&path) => {
                return self.evaluate(password);
            }
            // `Buffer.from(text, "base64")`
            [text, Argument { value: Expression { form: Form::Text(_), .. }, .. }] if matches!(path.as_slice(), ["Buffer", "from"]) => {
                return self.evaluate(&text.value);
            }
            _ => {}
        }
        let local = self.bindings.find(path.first().copied().unwrap_or(""), whole.range.start);
        if let (Some(binding), [_]) = (local, path.as_slice())
            && binding.kind == Kind::Function
        {
            return self.given_back(binding, call);
        }
        if let Some(origin) = known::origin_of_call(&path) {
            // The second argument of a look-up is its default, unless the first names a section: `config.get('django', 'secret')`.
            let text = |at: usize| call.arguments.get(at).and_then(|argument| argument.value.text());
            let default = call.arguments.get(1).filter(|_| !known::is_within_section(text(0), text(1)));
            let default = default.and_then(|default| self.evaluate(&default.value));
            return Some(Value::AnyOf(std::iter::once(Value::From(origin)).chain(default).collect()));
        }
        if path.is_empty() {
            return Some(Value::From(Origin::Unknown));
        }
        Some(self.named(&path, whole.range.start))
    }

    /// What a function of the file gives back, with what it was given where it gives back that: `read('SECRET', 'value')` of
    /// `read = (key, otherwise) => settings[key] || otherwise`.
    fn given_back(&mut self, function: &'a Binding<'a>, call: &'a Call) -> Option<Value> {
        let is_given = |parameter: &str, value: &Expression| match &value.form {
            Form::Name(name) => name == parameter,
            Form::AnyOf(parts) => parts.last().is_some_and(|last| matches!(&last.form, Form::Name(name) if name == parameter)),
            _ => false,
        };
        let parameters = self.bindings.parameters_of(function.name, call.arguments.len());
        let given = parameters
            .iter()
            .zip(&call.arguments)
            .filter(|(parameter, argument)| argument.name.is_none() && function.values.iter().any(|value| is_given(parameter, value)));
        let mut values: Vec<Value> = self.bound(function).into_iter().collect();
        for (_, argument) in given {
            values.extend(self.evaluate(&argument.value));
        }
        if values.len() > 1 { Some(Value::AnyOf(values)) } else { values.pop() }
    }

    /// What a switch is set to, in clear: a boolean, a number, the names at the end of a path, a short word. Through a variable of one value, too.
    pub(super) fn plain(&self, expression: &'a Expression) -> Option<String> {
        let mut expression = expression;
        for _ in 0..DEPTH {
            match &expression.form {
                Form::Truth(truth) => return Some(truth.to_string()),
                Form::Number(number) => return Some(number.chars().take(LONGEST_PLAIN).collect()),
                Form::Nothing => return Some("null".to_owned()),
                Form::Text(text) if is_plain(text) => return Some(text.clone()),
                Form::Text(text) if takes_away(text) => return Some(TAKEN_AWAY.to_owned()),
                Form::Joined(parts) if parts.iter().filter_map(Expression::text).any(takes_away) => return Some(TAKEN_AWAY.to_owned()),
                Form::List(parts) | Form::Other(parts) if !parts.is_empty() => {
                    return self.plain_words(parts.iter());
                }
                Form::Name(name) => match self.bindings.find(name, expression.range.start) {
                    Some(function) if self.refuses(function) => return self.plain_word(expression),
                    Some(Binding { kind, values, .. }) if *kind != Kind::Parameter && values.len() == 1 => expression = values.first()?,
                    Some(function) if function.kind == Kind::Function => {
                        return same_truth(function.values.iter().copied()).map(|truth| truth.to_string());
                    }
                    _ => return self.plain_word(expression),
                },
                Form::Compared(_) | Form::Not(_) if in_production(expression).is_some() => {
                    return in_production(expression).map(|holds| holds.to_string());
                }
                Form::Not(denied) => match &denied.form {
                    Form::Truth(truth) => return Some((!truth).to_string()),
                    _ => return self.plain_word(denied),
                },
                // Whatever is asked, the answer is the same: `isDevelopment ? false : false`.
                Form::AnyOf(parts) if same_truth(parts.iter()).is_some() => return same_truth(parts.iter()).map(|truth| truth.to_string()),
                // A function of one's own, through the object: `this.Accept`.
                Form::Member(of, name) if is_own(of) => match self.bindings.find(name, expression.range.start) {
                    Some(function) if self.refuses(function) => return self.plain_word(expression),
                    Some(function) if function.kind == Kind::Function => {
                        return same_truth(function.values.iter().copied()).map(|truth| truth.to_string());
                    }
                    _ => return self.plain_word(expression),
                },
                Form::Function(scope) => return answer(scope, self.lines.part(scope.range.clone())),
                // `$secure = false` among arguments passes what it sets.
                Form::Assigned(assignment) => expression = assignment.value.as_ref()?,
                // In want of what is looked up, its default is in force.
                Form::Call(call) if !call.creates && call.arguments.len() == 2 && known::has_default(&call.callee.path()?) => {
                    expression = &call.arguments.get(1)?.value;
                }
                // What a class of one's own decides shows in its name alone.
                Form::Call(call) if call.creates && call.fields.is_empty() && call.arguments.is_empty() => {
                    return self.plain_word(&call.callee);
                }
                // A delegate of its own type: `new Callback(AcceptAll)`.
                Form::Call(call) if call.creates && call.fields.is_empty() && call.arguments.len() == 1 => {
                    expression = &call.arguments.first()?.value;
                }
                _ => return self.plain_word(expression),
            }
        }
        None
    }

    /// Whether something is a function of the file that refuses by throwing.
    fn refuses(&self, function: &Binding<'a>) -> bool {
        function.kind == Kind::Function && self.bindings.body_at(function.offset).is_some_and(|body| refuses(self.lines.part(body)))
    }

    /// The words that a switch is put together of, with the mark between those of which each may hold: `Tls11 | Tls12`.
    pub(super) fn plain_words<'e>(&self, parts: impl Iterator<Item = &'e Expression>) -> Option<String> {
        let mut words = String::new();
        let mut end = None;
        for (part, word) in parts.take(16).filter_map(|part| Some((part, self.plain_word(part)?))) {
            words.push_str(match end.map_or("", |end| self.lines.part(end..part.range.start)).trim() {
                _ if words.is_empty() => "",
                "|" | "Or" | "or" | "-bor" => " | ",
                _ => " ",
            });
            words.push_str(&word);
            end = Some(part.range.end);
        }
        (!words.is_empty()).then_some(words)
    }

    /// Which of the attributes that protect a cookie its header has (RFC 6265, section 4.1); absent where that cannot be told. Of several cookies, the
    /// one that has the fewest.
    pub(super) fn cookie(&self, expression: &'a Expression) -> Option<String> {
        if let Form::List(cookies) = &expression.form {
            return cookies.iter().take(16).filter_map(|cookie| self.cookie(cookie)).min_by_key(String::len);
        }
        let mut text = String::new();
        for part in self.texts(expression) {
            match part {
                Some(part) => text.push_str(part),
                // After the value, it may be any attribute.
                None if text.contains(';') => return None,
                None => text.push('?'),
            }
        }
        let (cookie, attributes) = text.split_once(';')?;
        if takes_away(attributes) || !cookie.contains('=') || cookie.ends_with('=') {
            return None;
        }
        let attributes = attributes.to_lowercase();
        let has = |name: &str| attributes.split(';').any(|attribute| attribute.trim() == name);
        let flags: Vec<&str> =
            [("httponly", "HttpOnly"), ("secure", "Secure")].iter().filter(|(name, _)| has(name)).map(|(_, flag)| *flag).collect();
        Some(if flags.is_empty() { "bare".to_owned() } else { flags.join(" ") })
    }

    /// The texts that a value is put together from, in order, and where something stands among them that is no text.
    fn texts(&self, expression: &'a Expression) -> Vec<Option<&'a str>> {
        let (mut found, mut open) = (Vec::new(), vec![expression]);
        // Names that stand for sums of names would double with each.
        for _ in 0..MOST_TEXTS {
            let Some(expression) = open.pop() else { return found };
            match &expression.form {
                Form::Text(text) => found.push(Some(text.as_str())),
                Form::Joined(parts) => open.extend(parts.iter().take(MOST_TEXTS).rev()),
                Form::Name(name) => match self.bindings.find(name, expression.range.start).map(|of| of.values.as_slice()) {
                    Some([only]) => open.push(only),
                    _ => found.push(None),
                },
                _ => found.push(None),
            }
        }
        found.push(None);
        found
    }

    /// How a header says who sends it: `Basic`, `Bearer`; and whether that is the app itself rather than a person. The scheme may stand before the value.
    pub(super) fn scheme(&self, before: &str, expression: &'a Expression) -> Option<String> {
        let (mut first, mut names) = (before.to_owned(), Vec::new());
        self.header_parts(expression, &mut first, &mut names, 0);
        let scheme = first.split_whitespace().next().filter(|word| is_scheme(word))?;
        let is_app = names.iter().any(|name| ["client", "appid", "apptoken", "secret"].iter().any(|part| squeezed(name).contains(part)));
        Some(if is_app { format!("{scheme} of the app") } else { scheme.to_owned() })
    }

    /// The text that a value begins with, and the names in it.
    fn header_parts(&self, expression: &'a Expression, first: &mut String, names: &mut Vec<&'a str>, depth: usize) {
        if depth > SHALLOW || names.len() > MOST_TEXTS {
            return;
        }
        let depth = depth + 1;
        names.extend(expression.path().unwrap_or_default());
        match &expression.form {
            Form::Text(text) if first.is_empty() => first.push_str(text),
            Form::Joined(parts) | Form::AnyOf(parts) | Form::List(parts) => {
                parts.iter().take(16).for_each(|part| self.header_parts(part, first, names, depth));
            }
            Form::Call(call) => {
                if let Form::Member(of, _) = &call.callee.form {
                    self.header_parts(of, first, names, depth);
                }
                call.arguments.iter().take(4).for_each(|argument| self.header_parts(&argument.value, first, names, depth));
            }
            Form::Name(name) => {
                if let Some([only]) = self.bindings.find(name, expression.range.start).map(|binding| binding.values.as_slice()) {
                    self.header_parts(only, first, names, depth);
                }
            }
            _ => {}
        }
    }

    fn plain_word(&self, expression: &Expression) -> Option<String> {
        match &expression.form {
            Form::Truth(truth) => Some(truth.to_string()),
            Form::Number(number) | Form::Text(number) if is_plain(number) => Some(number.clone()),
            _ => {
                let path = expression.path()?;
                if self.is_read_from_token(&path, expression.range.start) {
                    return Some(FROM_TOKEN.to_owned());
                }
                let tail = path.get(path.len().saturating_sub(2)..).unwrap_or(&path);
                let shown = sinks::dotted(tail);
                (shown.chars().count() <= LONGEST_PLAIN * 2).then_some(shown)
            }
        }
    }

    /// Whether a path begins with something that was read out of a token: `parsed.Issuer` after `parsed = handler.ReadJwtToken(token)`.
    fn is_read_from_token(&self, path: &[&str], offset: usize) -> bool {
        let reads = |path: &[&str]| path.iter().any(|name| known::reads_token(name));
        let head = path.first().and_then(|head| self.bindings.find(head, offset));
        let given = head.into_iter().flat_map(|binding| binding.values.iter()).filter_map(|value| value.path());
        reads(path) || given.take(4).any(|path| reads(&path))
    }
}

/// What all of several values are, where each is true or each is false.
fn same_truth<'e>(mut parts: impl Iterator<Item = &'e Expression>) -> Option<bool> {
    let truth = |part: &Expression| if let Form::Truth(truth) = part.form { Some(truth) } else { None };
    let first = truth(parts.next()?)?;
    parts.all(|part| truth(part) == Some(first)).then_some(first)
}

/// Whether the text of a cookie says that it is over, which takes it away (RFC 6265, section 4.1.2).
fn takes_away(text: &str) -> bool {
    let text: String = text.chars().filter(|character| !character.is_whitespace()).flat_map(char::to_lowercase).collect();
    let ends = |age: &str| text.split_once(age).is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with([';', '-']));
    ends("max-age=0") || ends("max-age=") && text.contains("max-age=-") || (text.contains("expires=") && text.contains("1970"))
}

/// Whether something turns texts into another form by what it is called: Base64, the encoder of passwords.
fn is_encoder(of: &Expression) -> bool {
    let path = match &of.form {
        Form::Call(call) => call.callee.path(),
        _ => of.path(),
    };
    path.is_some_and(|path| path.iter().any(|name| squeezed(name).contains("base64") || squeezed(name).ends_with("encoder")))
}

/// What global names belong to, in languages that have them: a constant made by `define` in PHP.
pub(in crate::collect::source) const GLOBAL: &str = "<global>";

/// Where a parameter has its value from.
fn given(binding: &Binding<'_>) -> Origin {
    let of_type = binding.of_type.as_deref().unwrap_or(&[]);
    let path: Vec<&str> = of_type.iter().copied().chain([binding.name, ""]).collect();
    match known::origin(&path) {
        Some(origin @ (Origin::Configuration | Origin::Environment | Origin::SecretStore)) => origin,
        _ => Origin::Parameter,
    }
}

/// Whether a text may be shown as the value of a setting: one short word that no machine made.
pub(in crate::collect::source) fn is_plain(text: &str) -> bool {
    let is_word = |character: char| character.is_ascii_alphanumeric() || "_-.:,*'/ ".contains(character);
    text.chars().count() <= LONGEST_PLAIN && text.chars().all(is_word) && sinks::segment(text) == text && !text.contains("://")
}

fn read_from(value: &Value) -> Option<Origin> {
    match value {
        Value::From(origin @ (Origin::Configuration | Origin::Environment | Origin::SecretStore)) => Some(*origin),
        Value::Named(reference) if reference.otherwise == Origin::Configuration => Some(Origin::Configuration),
        Value::Via(inner, _) => read_from(inner),
        _ => None,
    }
}
