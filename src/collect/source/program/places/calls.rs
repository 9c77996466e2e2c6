//! What is called, with what is passed: arguments by name, by position and in pairs, and secrets that are handed to a logger.

use super::{Finder, most_specific, owned, pair_kind};
use crate::{
    collect::source::{
        document::{Counts, More, Passed, Place},
        names::{Match, Names, segments},
        origins::Value,
        program::{Argument, Call, Expression, Form, known},
        sinks,
    },
    evidence::FactKind,
};

/// More arguments are data.
const MOST_ARGUMENTS: usize = 16;

impl<'a> Finder<'a, '_> {
    pub(super) fn call(&mut self, call: &'a Call, whole: &'a Expression, within: &[&'a str]) {
        let path: Vec<&'a str> = call.callee.path().unwrap_or_default();
        let spellings = self.spellings(&call.callee);
        self.expression(&call.callee, within);
        self.called(call, whole, &spellings);
        self.named_arguments(call, &path);
        self.pairs(call, whole, &path);
        self.by_position(call, &path);
        self.by_setter(call, whole, &spellings);
        self.logged(call, whole, &path);
        self.missing(call, whole, &spellings);
        for argument in &call.arguments {
            let inside: Vec<&'a str> = path.iter().copied().chain(argument.name.as_deref()).collect();
            self.expression(&argument.value, &inside);
        }
        self.fields(&call.fields, &path);
    }

    /// A function that a rule asks for, with everything that is passed.
    fn called(&mut self, call: &'a Call, whole: &'a Expression, spellings: &[Vec<String>]) {
        let Some((sink, found)) = most_specific(&self.document.watch.call, spellings).filter(|(_, found)| found.exact) else { return };
        let mut arguments = Vec::new();
        for (position, argument) in call.arguments.iter().enumerate().take(MOST_ARGUMENTS) {
            arguments.push(self.passed(argument.name.as_deref(), position, &argument.value));
            if let Form::Object(fields) = &argument.value.form {
                arguments.extend(fields.iter().take(MOST_ARGUMENTS).map(|field| self.passed(Some(&field.name), position, &field.value)));
            }
        }
        arguments.extend(call.fields.iter().take(MOST_ARGUMENTS).map(|field| self.passed(Some(&field.name), MOST_ARGUMENTS, &field.value)));
        let place = Place::new(FactKind::Call, sink, found.entry, whole.range.clone(), Value::From(crate::evidence::Origin::Unknown));
        let more = More { arguments, ..self.more(None) };
        self.reading.add(Place { more, ..place });
    }

    fn passed(&self, name: Option<&str>, position: usize, value: &'a Expression) -> Passed {
        let mut evaluator = self.evaluator();
        Passed { name: name.map(sinks::segment), position, plain: evaluator.plain(value), value: evaluator.value(value) }
    }

    /// `name: value`, `name=value` in a call.
    fn named_arguments(&mut self, call: &'a Call, path: &[&'a str]) {
        for argument in &call.arguments {
            let Some(name) = argument.name.as_deref() else { continue };
            let spelling = vec![owned(&path.iter().copied().chain([name]).collect::<Vec<_>>())];
            let range = argument.value.range.clone();
            if let Some((sink, found)) = most_specific(&self.document.watch.setting, &spelling).filter(|(_, found)| found.exact) {
                self.add_setting(sink, found, range.clone(), &argument.value);
            }
            if matches!(argument.value.form, Form::Object(_) | Form::Function(_)) {
                continue;
            }
            let found = most_specific(&self.document.watch.argument, &spelling);
            if let Some((sink, found)) = found.or_else(|| most_specific(&self.document.watch.assignment, &spelling)) {
                self.add(FactKind::Argument, sink, found, range, &argument.value, Counts::Always);
            }
        }
    }

    /// `add("SO-AppToken", value)`, `curl_setopt(handle, CURLOPT_SSL_VERIFYPEER, false)`.
    fn pairs(&mut self, call: &'a Call, whole: &'a Expression, path: &[&'a str]) {
        let callee = path.last().copied().unwrap_or("");
        if !known::stores_pairs(callee) && !call.creates {
            return;
        }
        for (key, value) in call.arguments.iter().zip(call.arguments.iter().skip(1)).take(MOST_ARGUMENTS) {
            if key.name.is_some() || value.name.is_some() {
                continue;
            }
            let Some(name) = self.key_text(&key.value) else { continue };
            let spelling = vec![segments(sinks::tail(&name)).map(str::to_owned).collect::<Vec<String>>()];
            if let Some((sink, found)) = most_specific(&self.document.watch.setting, &spelling).filter(|(_, found)| found.exact) {
                self.add_setting(sink, found, whole.range.clone(), &value.value);
            }
            let found = most_specific(&self.document.watch.argument, &spelling)
                .or_else(|| most_specific(&self.document.watch.assignment, &spelling));
            if let Some((_, found)) = found {
                return self.add(pair_kind(&name), sinks::segment(&name), found, whole.range.clone(), &value.value, Counts::Always);
            }
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
            _ => key.path().and_then(|path| path.last().map(ToString::to_string)).filter(|name| name.chars().any(char::is_uppercase)),
        }
    }

    /// Arguments by position, where the function is declared in the same file.
    fn by_position(&mut self, call: &'a Call, path: &[&'a str]) {
        let Some(name) = path.last() else { return };
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

    /// `x.setClientSecret(value)`, `.clientSecret(value)`: what a builder is told is as good as assigned.
    fn by_setter(&mut self, call: &'a Call, whole: &'a Expression, spellings: &[Vec<String>]) {
        let (Form::Member(_, method), [Argument { name: None, value }], false) =
            (&call.callee.form, call.arguments.as_slice(), call.creates)
        else {
            return;
        };
        let bare = known::without_setter(method);
        let renamed = |path: &Vec<String>| path.iter().rev().skip(1).rev().cloned().chain([bare.to_owned()]).collect();
        let spellings: Vec<Vec<String>> = spellings.iter().map(renamed).collect();
        let is_switch = bare != method || matches!(value.form, Form::Truth(_));
        let setting = most_specific(&self.document.watch.setting, &spellings);
        if let Some((sink, found)) = setting.filter(|(_, found)| found.exact && is_switch) {
            self.add_setting(sink, found, whole.range.clone(), value);
        }
        if matches!(value.form, Form::Object(_) | Form::Function(_)) {
            return;
        }
        if let Some((sink, found)) = most_specific(&self.document.watch.assignment, &spellings) {
            self.add(FactKind::Assignment, sink, found, whole.range.clone(), value, Counts::IfWritten);
        } else if let Some((sink, found)) = most_specific(&self.document.watch.argument, &spellings) {
            self.add(pair_kind(&sink), sink, found, whole.range.clone(), value, Counts::IfWritten);
        }
    }

    /// A secret that is handed to a logger, by its name.
    fn logged(&mut self, call: &'a Call, whole: &'a Expression, path: &[&'a str]) {
        if call.creates || !known::logs(path) {
            return;
        }
        let logged = &self.document.watch.logged;
        let found = call.arguments.iter().find_map(|argument| secret_in(&argument.value, logged, 0));
        if let Some((name, found)) = found {
            let value = self.evaluator().value(name);
            let entry = found.entry.to_owned();
            let place = Place::new(FactKind::Log, sinks::dotted(path), &entry, whole.range.clone(), value);
            let plain = name.path().map(|path| sinks::dotted(&path));
            let more = self.more(plain);
            self.reading.add(Place { more, ..place });
        }
    }
}

/// The name of something that must not be logged, unless it is hidden on the way.
fn secret_in<'a, 'w>(expression: &'a Expression, logged: &'w Names, depth: usize) -> Option<(&'a Expression, Match<'w>)> {
    let depth = depth + 1;
    if depth > 12 {
        return None;
    }
    match &expression.form {
        Form::Name(_) | Form::Member(..) | Form::Index(..) => {
            let path = expression.path()?;
            logged.matching(&path).map(|found| (expression, found))
        }
        Form::Call(call) => {
            let path = call.callee.path().unwrap_or_default();
            if path.iter().any(|name| known::hides(name)) {
                return None;
            }
            if let Form::Member(of, _) = &call.callee.form
                && let Some(found) = secret_in(of, logged, depth)
            {
                return Some(found);
            }
            call.arguments.iter().find_map(|argument| secret_in(&argument.value, logged, depth))
        }
        Form::Joined(parts) | Form::AnyOf(parts) | Form::List(parts) | Form::Other(parts) => {
            parts.iter().find_map(|part| secret_in(part, logged, depth))
        }
        Form::Object(fields) => fields.iter().find_map(|field| secret_in(&field.value, logged, depth)),
        _ => None,
    }
}
