//! Cookies of which no flag matters: those that are taken away, and those that no server sets.
//!
//! One that guards forms and that a script reads is none of them: the requirement says all cookies.

use super::{Call, Expression, Field, Form, known, places::Finder};
use crate::collect::source::names::{Match, segments, squeezed};

/// How many calls around a flag are looked at.
const MOST_CALLS: usize = 4;

impl Finder<'_, '_> {
    /// Whether a switch is a flag of a cookie that is being taken away.
    pub(super) fn is_idle_flag(&self, found: &Match<'_>) -> bool {
        // What else is done in a function that is passed concerns its cookies no more.
        let takes_away =
            |(call, functions): &(&Call, usize)| *functions == self.functions && known::takes_cookies_away(last_name(&call.callee));
        is_flag(found) && (self.takes_away || self.calls.iter().rev().take(MOST_CALLS).any(takes_away))
    }

    /// Whether a function without a name of its own is there to take cookies away, by what it is assigned to: `const clearCookies = res => …`.
    pub(super) fn is_there_to_take_away(target: &Expression, value: &Expression) -> bool {
        matches!(value.form, Form::Function(_)) && known::takes_cookies_away(last_name(target))
    }

    /// Whether an object is what a cookie begins as, without a name: `{ name: "", value: "", httpOnly: false }`.
    pub(super) fn is_of_no_cookie(fields: &[Field], found: &Match<'_>) -> bool {
        let is_empty = |value: &Expression| matches!(value.form, Form::Nothing) || value.text().is_some_and(str::is_empty);
        let is_name = |field: &Field| ["key", "name"].iter().any(|name| field.name.eq_ignore_ascii_case(name));
        fields.iter().any(|field| is_name(field) && is_empty(&field.value)) && is_flag(found)
    }
}

/// Whether a switch is a flag of a cookie that keeps others from it.
fn is_flag(found: &Match<'_>) -> bool {
    segments(found.entry).last().is_some_and(|last| ["httponly", "secure"].contains(&squeezed(last).as_str()))
}

/// The last name of a path; empty where there is none.
fn last_name(expression: &Expression) -> &str {
    match &expression.form {
        Form::Name(name) | Form::Member(_, name) => name,
        _ => "",
    }
}
