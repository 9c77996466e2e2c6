//! Names of pairs.

use std::ops::Range;

use super::around::{NEXT, Next, next};

/// Whether a name is that of a pair: `name: value`, `"name" => value`, `("name", value)`, `form["name"] = value`, `{ name, other }`.
pub(super) fn is_paired(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = || bytes.get(name.start.saturating_sub(NEXT)..name.start).unwrap_or(&[]).trim_ascii_end().last();
    let after = || bytes.get(name.end..name.end.saturating_add(NEXT).min(bytes.len())).unwrap_or(&[]).trim_ascii_start().first();
    matches!(next(bytes, name), Next::Value(_) | Next::Comma(_))
        || (matches!(before(), Some(b'{' | b',')) && matches!(after(), Some(b'}' | b',')))
}

/// Whether a name is that of a parameter in a text whose value comes next: `"&client_secret="`, `$"client_secret={secret}"`. Where the mark of a query
/// stands before it in the text, that tells by itself.
pub(super) fn is_parameter(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = name.start.checked_sub(1).and_then(|at| bytes.get(at));
    let after = bytes.get(name.end..).and_then(|after| after.strip_prefix(b"=")?.first());
    before.is_some_and(|byte| b"\"'`&?".contains(byte)) && after.is_some_and(|byte| b"\"'`{$".contains(byte))
}
