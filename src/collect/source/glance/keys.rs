//! Names as keys of files that configure something.

use std::ops::Range;

use super::{
    around::{LONGEST_NAME, Next, follows_word, is_element, is_name, is_option, next},
    markup,
};

/// Whether a name stands as a key: something follows that is or may hold a value, on the same line or the next.
pub(super) fn is_key(bytes: &[u8], name: &Range<usize>) -> bool {
    match next(bytes, name) {
        Next::Value(_) | Next::Comma(_) | Next::Text(_) | Next::Arguments(_) | Next::Block(_) => true,
        Next::Name(at) => {
            let word = bytes.get(at..at.saturating_add(5)).unwrap_or(&[]);
            word.eq_ignore_ascii_case(b"value")
                || follows_word(bytes, name, &[b"env", b"arg", b"set", b"setx", b"export"])
                || is_option(bytes, name)
                || is_element(bytes, name)
                || is_label(bytes, name)
                || (first_of_line(bytes, name) && !markup::is_markup(bytes))
        }
        // The last option of a command is a switch that is set.
        Next::Nothing => {
            let before = bytes.get(..name.start).unwrap_or(&[]);
            matches!(before, [.., b' ', b'-']) || is_element(bytes, name) || markup::names_next(bytes, name)
        }
    }
}

/// Whether a name stands in the attribute of an element that says what the element is called: `<setting name="…" serializeAs="String">`.
fn is_label(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = bytes.get(name.start.saturating_sub(LONGEST_NAME)..name.start).unwrap_or(&[]);
    let path = before.iter().rev().take_while(|byte| is_name(**byte) || b".:-/".contains(byte)).count();
    let before = before.get(..before.len().saturating_sub(path)).unwrap_or(&[]);
    let Some(before) = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")) else { return false };
    let before = before.trim_ascii_end().strip_suffix(b"=").unwrap_or(&[]).trim_ascii_end();
    let ends = |end: &&[u8]| before.get(before.len().saturating_sub(end.len())..).is_some_and(|tail| tail.eq_ignore_ascii_case(end));
    [&b"name"[..], b"key"].iter().any(ends)
}

/// Whether nothing but blanks and marks of comments and lists stands before a name on its line.
fn first_of_line(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = bytes.get(..name.start).unwrap_or(&[]).iter().rev().take(LONGEST_NAME).take_while(|byte| **byte != b'\n');
    let mut before = before.filter(|byte| !b" \t#-;/*".contains(byte));
    before.next().is_none()
}
