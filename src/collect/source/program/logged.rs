//! Secrets that are handed to a logger.

use super::{Call, Expression, Form, known, places::Finder};
use crate::{
    collect::source::{
        document::Place,
        names::{Match, Names},
        sinks,
    },
    evidence::FactKind,
};

/// How deep within what is logged a name is looked for.
const DEEPEST: usize = 12;

impl<'a> Finder<'a, '_> {
    /// A secret that is handed to a logger, by its name.
    pub(super) fn logged(&mut self, call: &'a Call, whole: &'a Expression, path: &[&'a str]) {
        if call.creates || !known::logs(path) {
            return;
        }
        let logged = &self.document.watch.logged;
        let found = call.arguments.iter().find_map(|argument| secret_in(&argument.value, logged, 0));
        if let Some((name, found)) = found {
            let value = self.evaluator().value(name);
            let entry = found.entry.to_owned();
            let place = Place::new(FactKind::Log, sinks::dotted(path), &entry, self.place_of(call, whole), value);
            let plain = name.path().map(|path| sinks::dotted(&path));
            let more = self.more(plain);
            self.reading.add(Place { more, ..place });
        }
    }
}

/// The name of something that must not be logged, unless it is hidden on the way.
fn secret_in<'a, 'w>(expression: &'a Expression, logged: &'w Names, depth: usize) -> Option<(&'a Expression, Match<'w>)> {
    let depth = depth + 1;
    if depth > DEEPEST {
        return None;
    }
    match &expression.form {
        Form::Name(_) | Form::Member(..) | Form::Index(..) => {
            let path = expression.path()?;
            // `token.value` is the token.
            let path = path.strip_suffix(&["value"]).or(path.strip_suffix(&["Value"])).filter(|path| !path.is_empty()).unwrap_or(&path);
            logged.matching(path).map(|found| (expression, found))
        }
        Form::Call(call) => in_call(call, logged, depth),
        Form::Joined(parts) | Form::AnyOf(parts) | Form::List(parts) | Form::Other(parts) => {
            parts.iter().find_map(|part| secret_in(part, logged, depth))
        }
        Form::Object(fields) => fields.iter().find_map(|field| secret_in(&field.value, logged, depth)),
        _ => None,
    }
}

/// What a call gives back, what it is called on, or what is passed to it.
fn in_call<'a, 'w>(call: &'a Call, logged: &'w Names, depth: usize) -> Option<(&'a Expression, Match<'w>)> {
    let path = call.callee.path().unwrap_or_default();
    if path.iter().any(|name| known::hides(name)) {
        return None;
    }
    let is_asked = call.arguments.is_empty() && !call.creates;
    let getter = path.split_last().filter(|_| is_asked).and_then(|(name, of)| Some((known::without_getter(name)?, of)));
    let found = match getter {
        Some((name, of)) => logged.matching(&of.iter().copied().chain([name]).collect::<Vec<_>>()),
        // A name that only ends so may be any parser's: `nextToken()`.
        None if is_asked => logged.matching(&path).filter(|found| !found.entry.starts_with('*')),
        None => None,
    };
    // `token.getType()` tells of the token, and not the token.
    let owner = || if let (Form::Member(of, _), None) = (&call.callee.form, getter) { secret_in(of, logged, depth) } else { None };
    let passed = || call.arguments.iter().find_map(|argument| secret_in(&argument.value, logged, depth));
    found.map(|found| (&call.callee, found)).or_else(owner).or_else(passed)
}
