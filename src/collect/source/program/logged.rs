//! Secrets that are handed to a logger.

use super::{Call, Expression, Form, known, places::Finder};
use crate::{
    collect::source::{
        document::Place,
        names::{Match, Names, squeezed},
        sinks,
    },
    evidence::FactKind,
};

/// How deep within what is logged a name is looked for.
const DEEPEST: usize = 12;

/// Members that are all of what they are members of.
const WHOLES: [&str; 7] = ["value", "Value", "Json", "Raw", "RawData", "EncodedToken", "EncodedPayload"];
/// How far before a log the words are looked for that say which tokens a function is about, in bytes.
const NEAR: usize = 3_000;
/// How the field of a form begins.
const FIELDS: [&str; 2] = ["<input ", "value=\""];
/// What gives the folder that a program runs in, in small letters: `pwd` is short for that, too.
const FOLDERS: [&str; 7] = ["cwd", "getcwd", "getwd", "pwd", "currentdir", "currentdirectory", "getcurrentdirectory"];
/// What tokens are called around, in small letters, that are words of a text and no secrets.
const OF_A_TEXT: [&str; 11] = [
    "lexer",
    "tokeniz",
    "tokenis",
    "scantokens",
    "tokenkind",
    "tokenstream",
    "tokentype.",
    "nexttoken",
    "currenttoken",
    "peektoken",
    "strtok",
];

impl<'a> Finder<'a, '_> {
    /// A secret that is handed to a logger, by its name.
    pub(super) fn logged(&mut self, call: &'a Call, whole: &'a Expression, path: &[&'a str]) {
        if call.creates || !known::logs(path) {
            return;
        }
        let logged = &self.document.watch.logged;
        let found = call.arguments.iter().find_map(|argument| secret_in(&argument.value, logged, 0));
        if let Some((name, found)) = found
            && !(found.entry == "token" && self.reads_a_text(whole))
            && !self.is_folder(name)
            && !self.fills_in_field(call, whole, path)
        {
            let value = self.evaluator().value(name);
            let entry = found.entry.to_owned();
            let place = Place::new(FactKind::Log, sinks::dotted(path), &entry, self.place_of(call, whole), value);
            let plain = name.path().map(|path| sinks::dotted(&path));
            let more = self.more(plain);
            self.reading.add(Place { more, ..place });
        }
    }
}

impl Finder<'_, '_> {
    /// Whether a variable holds a folder, whatever else its name may be short for.
    fn is_folder(&self, name: &Expression) -> bool {
        let Form::Name(variable) = &name.form else { return false };
        let Some(binding) = self.bindings.find(variable, name.range.start) else { return false };
        let gives_one = |value: &Expression| {
            let given = if let Form::Call(call) = &value.form { &call.callee } else { value };
            given.path().and_then(|path| path.last().map(|last| squeezed(last))).is_some_and(|last| FOLDERS.contains(&last.as_str()))
        };
        !binding.values.is_empty() && binding.values.iter().all(|value| gives_one(value))
    }

    /// Whether a page writes the value into a field of a form, where whoever may see the settings sees it: `<input value="<?php echo $secret ?>">`.
    fn fills_in_field(&self, call: &Call, whole: &Expression, path: &[&str]) -> bool {
        if !matches!(path, ["echo" | "print" | "printf"]) {
            return false;
        }
        let text = self.document.text;
        let before = text.get(text.floor_char_boundary(whole.range.start.saturating_sub(NEAR))..whole.range.start).unwrap_or("");
        let markup = before.rfind("<?").and_then(|opened| before.get(..opened)).unwrap_or("").trim_end();
        let begins = |text: &str| FIELDS.iter().any(|begun| text.contains(begun));
        let written = call.arguments.iter().any(|argument| texts_in(&argument.value, &begins, 0));
        written || ["value=\"", "value='", "value="].iter().any(|value| markup.ends_with(value))
    }

    /// Whether the tokens of a function are those of a text that it reads, by the words before a log in it.
    fn reads_a_text(&self, log: &Expression) -> bool {
        let from = self.function.as_ref().map_or(0, |function| function.start).max(log.range.start.saturating_sub(NEAR));
        let text = self.document.text;
        let near = text.get(text.floor_char_boundary(from)..log.range.end).unwrap_or("").to_lowercase();
        OF_A_TEXT.iter().any(|word| near.contains(word))
    }
}

/// Whether a text among what is put together is one that is looked for.
fn texts_in(expression: &Expression, is_one: &dyn Fn(&str) -> bool, depth: usize) -> bool {
    match &expression.form {
        Form::Text(text) => is_one(text),
        Form::Joined(parts) | Form::AnyOf(parts) | Form::List(parts) | Form::Other(parts) if depth < DEEPEST => {
            parts.iter().any(|part| texts_in(part, is_one, depth + 1))
        }
        _ => false,
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
            let whole =
                path.split_last().filter(|(last, of)| WHOLES.contains(last) && !of.is_empty()).map_or(path.as_slice(), |(_, of)| of);
            logged.matching(whole).map(|found| (expression, found))
        }
        Form::Call(call) => in_call(call, logged, depth),
        // `$secret -replace '.', '*'`
        Form::Other(parts) if parts.len() > 1 && parts.last().is_some_and(ends_in_mark) => None,
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
    if path.iter().any(|name| known::hides(name)) || paints_over(call) {
        return None;
    }
    let is_asked = call.arguments.is_empty() && !call.creates;
    let getter = path.split_last().and_then(|(name, of)| Some((known::without_getter(name)?, of)));
    let found = match getter {
        Some((name, of)) if is_asked => logged.matching(&of.iter().copied().chain([name]).collect::<Vec<_>>()),
        // A name that only ends so may be any parser's: `nextToken()`.
        None if is_asked => logged.matching(&path).filter(|found| !found.entry.starts_with('*')),
        _ => None,
    };
    // `token.getType()` tells of the token, and not the token.
    let owner = || if let (Form::Member(of, _), None) = (&call.callee.form, getter) { secret_in(of, logged, depth) } else { None };
    let passed = || call.arguments.iter().find_map(|argument| secret_in(&argument.value, logged, depth));
    found.map(|found| (&call.callee, found)).or_else(owner).or_else(passed)
}

/// Whether a call puts one mark in the place of what it replaces: `secret.replace(/./g, '*')`.
fn paints_over(call: &Call) -> bool {
    let replaces = call.callee.path().and_then(|path| path.last().map(|name| squeezed(name))).is_some_and(|name| name.contains("replace"));
    replaces && call.arguments.iter().filter_map(|argument| argument.value.text()).any(is_mark)
}

/// Whether something is a mark, or a row that ends in one.
fn ends_in_mark(expression: &Expression) -> bool {
    let last = match &expression.form {
        Form::List(parts) => parts.last(),
        _ => Some(expression),
    };
    last.and_then(Expression::text).is_some_and(is_mark)
}

fn is_mark(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|character| "*•.xX#-".contains(character))
}
