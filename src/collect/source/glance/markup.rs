//! Names in markup.

use std::ops::Range;

use super::around::{CALL, LONGEST_NAME, NEXT, is_name, is_quote};

/// Whether a name is the text of an element that another follows, which may hold its value: `<key>NAME</key> <string>…`.
pub(super) fn names_next(bytes: &[u8], name: &Range<usize>) -> bool {
    let rest = bytes.get(name.end..name.end.saturating_add(NEXT).min(bytes.len())).unwrap_or(&[]);
    let after = rest.strip_prefix(b"</").and_then(|rest| rest.get(memchr::memchr(b'>', rest)? + 1..)).unwrap_or(&[]).trim_ascii_start();
    after.first() == Some(&b'<') && after.get(1).is_some_and(u8::is_ascii_alphabetic)
}

/// Whether a name is the end of what the documentation of a program calls a member: `"P:System.Net.Cookie.Secure"`, `cref="Cookie.Secure"`.
pub(super) fn is_documented(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = bytes.get(name.start.saturating_sub(LONGEST_NAME)..name.start).unwrap_or(&[]);
    let Some(open) = before.iter().rposition(|byte| is_quote(*byte)) else { return false };
    let (attribute, inside) = before.split_at(open);
    let inside = inside.get(1..).unwrap_or(&[]);
    let is_member =
        matches!(inside, [kind, b':', rest @ ..] if b"EFMNPT!".contains(kind) && rest.first().is_some_and(u8::is_ascii_alphabetic));
    let is_path = inside.iter().all(|byte| is_name(*byte) || b".:`!".contains(byte));
    is_path && (is_member || attribute.ends_with(b"cref="))
}

/// Whether a file is markup.
pub(super) fn is_markup(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().first() == Some(&b'<')
}

/// Whether an element gives a value before it says by this name what it is the value of: `<add value="…" key="name" />`.
pub(super) fn follows_value(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = bytes.get(name.start.saturating_sub(CALL)..name.start).unwrap_or(&[]);
    let Some(inside) = memchr::memrchr(b'<', before).and_then(|open| before.get(open..)) else { return false };
    let ends = bytes.get(name.end).is_some_and(|byte| is_quote(*byte));
    let given = || [&b" value="[..], b" Value="].into_iter().any(|value| memchr::memmem::find(inside, value).is_some());
    ends && !inside.contains(&b'>') && given()
}
