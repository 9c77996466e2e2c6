//! What a function always does, as far as it shows.

use super::{Assignment, Call, DEPTH, Expression, Form, Scope, ScopeKind, Statement, known};
use crate::collect::source::sinks;

/// What a function is said to do that does nothing.
const NOTHING: &str = "nothing";
/// How many statements of one function are looked at.
const MOST_PARTS: usize = 1_000;
/// How a function refuses other than by what it gives back.
const THROWS: [&str; 2] = ["throw", "raise"];
/// What is thrown where a caller made a mistake, which refuses nothing.
const MISTAKES: [&str; 4] = ["Argument", "NullPointer", "NullReference", "ObjectDisposed"];

/// Whether a function refuses something by throwing, by its text. What is only thrown on does not count, nor what tells a caller of a mistake.
pub(super) fn refuses(text: &str) -> bool {
    let is_thrown = |at: usize, word: &str| {
        let (before, after) = (text.get(..at).unwrap_or(""), text.get(at.saturating_add(word.len())..).unwrap_or(""));
        let line = before.rsplit('\n').next().unwrap_or("");
        let what = after.split([';', '\n', '}']).next().unwrap_or("");
        let is_word = !before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_') && after.starts_with([' ', '(']);
        let is_remark = line.contains("//") || line.trim_start().starts_with(['*', '#', '\'']);
        is_word && !is_remark && !what.trim().is_empty() && !MISTAKES.iter().any(|mistake| what.contains(mistake))
    };
    THROWS.iter().any(|word| text.match_indices(word).any(|(at, word)| is_thrown(at, word)))
}

/// What a function always does by its statements and its text: `always true`, `nothing`, `gives back token`.
pub(super) fn answer(scope: &Scope, text: &str) -> Option<String> {
    if scope.body.is_empty() {
        return Some(NOTHING.to_owned());
    }
    let mut returned = Vec::new();
    collect_returned(&scope.body, &mut returned, 0);
    // In some languages the last expression is what a function gives back.
    if let ([], [Statement::Evaluate(only)]) = (returned.as_slice(), scope.body.as_slice()) {
        returned.push(only);
    }
    let given = |value: &Expression| match &value.form {
        Form::Truth(truth) => Some(format!("always {truth}")),
        Form::Nothing => Some(NOTHING.to_owned()),
        Form::Name(name) if name == "undefined" => Some(NOTHING.to_owned()),
        Form::Name(name) if is_parameter(scope, name) => Some(format!("gives back {}", sinks::segment(name))),
        Form::Call(call) if call.creates => match call.arguments.first().map(|argument| &argument.value.form) {
            Some(Form::Name(name)) if is_parameter(scope, name) => Some(format!("gives back {}", sinks::segment(name))),
            _ => None,
        },
        // What only reads a token gives back what it was given.
        Form::Call(call) if callee_name(call).is_some_and(known::reads_token) => {
            match call.arguments.first().map(|argument| &argument.value.form) {
                Some(Form::Name(name)) if is_parameter(scope, name) => Some(format!("gives back {}", sinks::segment(name))),
                _ => None,
            }
        }
        _ => None,
    };
    // A variable of the function's own is what it was given.
    let held = |value: &'_ Expression| match &value.form {
        Form::Name(name) if !is_parameter(scope, name) => only_value(scope, name).and_then(given),
        _ => None,
    };
    let mut answers = returned.into_iter().map(|value| given(value).or_else(|| held(value)));
    let first = answers.next()??;
    let is_one = answers.all(|answer| answer.as_ref() == Some(&first));
    (is_one && !refuses(text)).then_some(first)
}

/// The last name of what is called.
fn callee_name(call: &Call) -> Option<&str> {
    match &call.callee.form {
        Form::Member(_, name) | Form::Name(name) => Some(name),
        _ => None,
    }
}

/// The only value that a function gives a variable of its own, at its top.
fn only_value<'s>(scope: &'s Scope, name: &str) -> Option<&'s Expression> {
    let of_name = |statement: &'s Statement| match statement {
        Statement::Assign(Assignment { target: Expression { form: Form::Name(own), .. }, value, .. }) if own == name => value.as_ref(),
        _ => None,
    };
    let mut values = scope.body.iter().filter_map(of_name);
    let first = values.next()?;
    values.next().is_none().then_some(first)
}

fn is_parameter(scope: &Scope, name: &str) -> bool {
    scope.parameters.iter().any(|parameter| matches!(&parameter.target.form, Form::Name(own) if own == name))
}

/// What statements give back, those of functions within left out.
fn collect_returned<'s>(statements: &'s [Statement], returned: &mut Vec<&'s Expression>, depth: usize) {
    for statement in statements.iter().take(MOST_PARTS) {
        match statement {
            Statement::Return(value) => returned.push(value),
            Statement::Scope(scope) if scope.kind == ScopeKind::Block && depth < DEPTH => {
                collect_returned(&scope.body, returned, depth + 1);
            }
            _ => {}
        }
    }
}
