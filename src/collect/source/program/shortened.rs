//! What shows little or nothing of a secret: a few characters, by which two are told apart, and marks in place of it.

use super::{Call, Expression, Form};
use crate::collect::source::names::squeezed;

/// So many characters of a secret give nothing away.
const FEW: i64 = 8;
/// What gives a part of a text, by its name, in small letters.
const PARTS: [&str; 8] = ["left", "mbsubstr", "right", "slice", "substr", "substring", "take", "truncate"];

/// Whether a call gives a few characters of a text: `token.substring(0, 4)`, `token.slice(-4)`, `substr($token, 0, 4)`, but not `token.slice(4)`.
pub(super) fn gives_short_part(call: &Call) -> bool {
    let path = call.callee.path().unwrap_or_default();
    let Some(name) = path.last().map(|name| squeezed(name)).filter(|name| PARTS.contains(&name.as_str())) else { return false };
    let numbers: Vec<i64> = call.arguments.iter().filter_map(|argument| number(&argument.value)).collect();
    match numbers.as_slice() {
        [only] if ["left", "right", "take", "truncate"].contains(&name.as_str()) => *only <= FEW,
        [only] => (-FEW..0).contains(only),
        [from, to] => (0..=FEW).contains(to) && *from <= *to || (-FEW..0).contains(from),
        _ => false,
    }
}

/// Whether a few characters are cut out of a text: `token[:4]`, `token[-4:]`, `token[..4]`.
pub(super) fn is_short_stretch(expression: &Expression) -> bool {
    let Form::Index(_, key) = &expression.form else { return false };
    let Form::Other(parts) = &key.form else { return false };
    let ends = |part: &Expression| key.range.start < part.range.start;
    match parts.as_slice() {
        [only] => number(only).is_some_and(|number| if ends(only) { (0..=FEW).contains(&number) } else { (-FEW..0).contains(&number) }),
        [from, to] => matches!((number(from), number(to)), (Some(from @ 0..), Some(to)) if (from..=from.saturating_add(FEW)).contains(&to)),
        _ => false,
    }
}

/// A whole number, as it is written; what is taken from nothing is below it.
fn number(expression: &Expression) -> Option<i64> {
    match &expression.form {
        Form::Number(number) => number.parse().ok(),
        Form::Other(parts) => match parts.as_slice() {
            [only] if only.range.start == expression.range.start + 1 => number(only).map(|number| -number),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a call puts one mark in the place of what it replaces: `secret.replace(/./g, '*')`.
pub(super) fn paints_over(call: &Call) -> bool {
    let replaces = call.callee.path().and_then(|path| path.last().map(|name| squeezed(name))).is_some_and(|name| name.contains("replace"));
    replaces && call.arguments.iter().filter_map(|argument| argument.value.text()).any(is_mark)
}

/// Whether something is a mark, or a row that ends in one.
pub(super) fn ends_in_mark(expression: &Expression) -> bool {
    let last = match &expression.form {
        Form::List(parts) => parts.last(),
        _ => Some(expression),
    };
    last.and_then(Expression::text).is_some_and(is_mark)
}

fn is_mark(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|character| "*•.xX#-".contains(character))
}
