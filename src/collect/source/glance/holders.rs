//! What a name is taken out of, and what that is made of: the names that stand around it.

use std::ops::Range;

use super::around::{LONGEST_NAME, NEXT, Next, is_name, is_quote, next};

/// The names of what a variable has its value from, or of what that is made of: `axios` and `get` of `axios.get(address, body)`, `text` of `parse(text)`.
pub(super) fn names_given_by<'b>(bytes: &'b [u8], variable: &Range<usize>) -> Vec<&'b [u8]> {
    let Next::Value(at) = next(bytes, variable) else { return Vec::new() };
    let given = bytes.get(at..at.saturating_add(NEXT).min(bytes.len())).unwrap_or(&[]);
    let statement = given.split(|byte| matches!(byte, b';' | b'\n' | b',')).next().unwrap_or(&[]);
    names(statement)
}

/// The variable that is given what a name stands in: `data` of `data = name.body`.
pub(super) fn given_to<'b>(bytes: &'b [u8], name: &Range<usize>) -> Option<&'b [u8]> {
    let before = bytes.get(name.start.saturating_sub(LONGEST_NAME)..name.start)?.rsplit(|byte| *byte == b'\n').next()?;
    let target = before.get(..memchr::memrchr(b'=', before)?)?.trim_ascii_end();
    let length = target.iter().rev().take_while(|byte| is_name(**byte)).count();
    target.get(target.len().checked_sub(length)?..).filter(|name| !name.is_empty())
}

/// The names that a statement begins with which gives what a name stands anywhere in, as in a text that is put together of it: `body` of
/// `body = "…&password=" + name`.
pub(super) fn begun_with<'b>(bytes: &'b [u8], name: &Range<usize>) -> Vec<&'b [u8]> {
    const MOST: usize = 3;
    let before = bytes.get(name.start.saturating_sub(NEXT)..name.start).unwrap_or(&[]);
    let statement = before.rsplit(|byte| matches!(byte, b'\n' | b';')).next().unwrap_or(&[]);
    let target = memchr::memchr(b'=', statement).and_then(|sign| statement.get(..sign)).unwrap_or(&[]);
    names(target).into_iter().rev().take(MOST).collect()
}

/// The name that a line gives to the text in which something stands: `KEY` of `const KEY = "client_secret"`.
pub(in crate::collect::source) fn name_of_text(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let before = bytes.get(at.saturating_sub(LONGEST_NAME)..at)?.rsplit(|byte| *byte == b'\n').next()?;
    let given = before.get(..before.iter().rposition(|byte| is_quote(*byte))?)?;
    let length = given.iter().rposition(|byte| !byte.is_ascii_whitespace() && !b"=:>([@$".contains(byte))? + 1;
    let (target, sign) = given.split_at_checked(length)?;
    // `public string Key { get; } = "…"`
    let target = if target.ends_with(b"}") { target.get(..memchr::memrchr(b'{', target)?)?.trim_ascii_end() } else { target };
    let is_given = sign.contains(&b'=') || sign.contains(&b':');
    target.rsplit(|byte| !is_name(*byte)).next().filter(|name| is_given && !name.is_empty())
}

/// Whether a function gives back what a name stands in: `return name.body`.
pub(super) fn is_given_back(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = bytes.get(name.start.saturating_sub(LONGEST_NAME)..name.start).unwrap_or(&[]);
    let line = before.rsplit(|byte| matches!(byte, b'\n' | b';' | b'{')).next().unwrap_or(&[]);
    line.trim_ascii_start().starts_with(b"return ")
}

/// The names of what one is taken out of: those on the way to it, or those of what is taken apart.
pub(super) fn holders<'b>(bytes: &'b [u8], name: &Range<usize>) -> Vec<&'b [u8]> {
    let at = |offset: Option<usize>| offset.and_then(|offset| bytes.get(offset)).copied().unwrap_or(0);
    let before = at(name.start.checked_sub(1));
    let is_key = is_quote(before) && at(Some(name.end)) == before && matches!(at(name.start.checked_sub(2)), b'[' | b'(');
    if is_key || matches!(before, b'.' | b'>') {
        let before = bytes.get(name.start.saturating_sub(LONGEST_NAME)..name.start).unwrap_or(&[]);
        let path = before.iter().rev().take_while(|byte| is_name(**byte) || b".?!->:[]()'\"".contains(byte)).count();
        return names(before.get(before.len().saturating_sub(path)..).unwrap_or(&[]));
    }
    // `const { name, other: x } = holder`
    let rest = bytes.get(name.end..name.end.saturating_add(NEXT).min(bytes.len())).unwrap_or(&[]);
    let inside = rest.iter().take_while(|byte| is_name(**byte) || byte.is_ascii_whitespace() || b",:=".contains(byte)).count();
    let after = rest.get(inside..).and_then(|rest| rest.strip_prefix(b"}")).unwrap_or(&[]).trim_ascii_start();
    after.strip_prefix(b"=").map_or_else(Vec::new, |given| names(given.split(|byte| *byte == b'\n').next().unwrap_or(&[])))
}

/// The names in a stretch of a program, its common words left out.
fn names(part: &[u8]) -> Vec<&[u8]> {
    const WORDS: [&[u8]; 15] = [
        b"await", b"const", b"else", b"final", b"for", b"if", b"let", b"new", b"return", b"self", b"string", b"this", b"$this", b"var",
        b"String",
    ];
    let names = part.split(|byte| !is_name(*byte));
    names.filter(|name| name.first().is_some_and(|first| !first.is_ascii_digit()) && !WORDS.contains(name)).collect()
}
