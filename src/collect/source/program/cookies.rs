//! Cookies of which no flag matters: those that are taken away, those that no server sets, and those that a script has to read.

use super::{Argument, Call, Expression, Field, Form, known, places::Finder};
use crate::collect::source::names::{Match, segments, squeezed};

/// What the names around a cookie hold that guards the forms of a page, in small letters: a script reads it and sends it back.
const GUARDING_FORMS: [&str; 3] = ["antiforg", "csrf", "xsrf"];
/// Only the first arguments of a call name a cookie.
const NAMING: usize = 2;
/// How many calls around a flag are looked at.
const MOST_CALLS: usize = 4;

/// The flags of a cookie that keep others from it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flag {
    HttpOnly,
    Secure,
}

impl Finder<'_, '_> {
    /// Whether a switch is a flag of a cookie that is being taken away, or keeps scripts from one that they have to read.
    pub(super) fn is_idle_flag(&self, found: &Match<'_>) -> bool {
        let Some(flag) = flag(found) else { return false };
        let is_idle = |(call, functions): &(&Call, usize)| {
            let name = last_name(&call.callee);
            // What else is done in a function that is passed concerns it no more than its name does.
            let is_passed = *functions == self.functions;
            (is_passed && known::takes_cookies_away(name))
                || (flag == Flag::HttpOnly && (guards_forms(name) || (is_passed && names_guard_of_forms(call))))
        };
        self.takes_away
            || self.calls.iter().rev().take(MOST_CALLS).any(is_idle)
            || (flag == Flag::HttpOnly && self.set_for.is_some_and(|target| self.is_for_forms(target)))
    }

    /// Whether an object is what a cookie begins as, without a name: `{ name: "", value: "", httpOnly: false }`.
    pub(super) fn is_of_no_cookie(fields: &[Field], found: &Match<'_>) -> bool {
        let is_empty = |value: &Expression| matches!(value.form, Form::Nothing) || value.text().is_some_and(str::is_empty);
        let is_name = |field: &Field| ["key", "name"].iter().any(|name| field.name.eq_ignore_ascii_case(name));
        fields.iter().any(|field| is_name(field) && is_empty(&field.value)) && flag(found).is_some()
    }

    /// Whether settings that a variable holds are passed on for cookies alone that guard forms.
    fn is_for_forms(&self, target: &Expression) -> bool {
        let Form::Name(variable) = &target.form else { return false };
        let function = self.function.clone().and_then(|function| self.document.text.get(function)).unwrap_or("");
        let written = [(", ", ")"), (", ", ","), ("(", ")"), ("(", ",")].map(|(before, after)| format!("{before}{variable}{after}"));
        let passes = |line: &&str| written.iter().any(|written| line.contains(written));
        let mut lines = function.lines().filter(passes).peekable();
        lines.peek().is_some() && lines.all(guards_forms)
    }
}

fn flag(found: &Match<'_>) -> Option<Flag> {
    match squeezed(segments(found.entry).last()?).as_str() {
        "httponly" => Some(Flag::HttpOnly),
        "secure" => Some(Flag::Secure),
        _ => None,
    }
}

/// Whether the names that come first in a call are those of a cookie that guards forms: `cookie("XSRF-TOKEN", …)`.
fn names_guard_of_forms(call: &Call) -> bool {
    let named = |argument: &Argument| guards_forms(argument.value.text().unwrap_or_else(|| last_name(&argument.value)));
    call.arguments.iter().take(NAMING).any(named)
}

/// The last name of a path; empty where there is none.
fn last_name(expression: &Expression) -> &str {
    match &expression.form {
        Form::Name(name) | Form::Member(_, name) => name,
        _ => "",
    }
}

fn guards_forms(text: &str) -> bool {
    let text = squeezed(text);
    GUARDING_FORMS.iter().any(|guarding| text.contains(guarding))
}
