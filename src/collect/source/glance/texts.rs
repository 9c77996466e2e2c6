//! Names within texts.

use std::ops::Range;

use super::around::{CALL, LONGEST_NAME, NEXT, is_name, is_quote};
use crate::collect::source::program::ANDS;

/// How far back a line is looked at for the quotes in it, in bytes: past a certificate or a picture that is written out.
const LONGEST_LINE: usize = 16 * 1024;

/// The quote of the text that a name is in, unless the name is all of it. Told from the line alone, so that an apostrophe may mislead it.
pub(super) fn quote_around(bytes: &[u8], name: &Range<usize>) -> Option<u8> {
    let line = bytes.get(name.start.saturating_sub(LONGEST_LINE)..name.start)?;
    let line = line.get(memchr::memrchr(b'\n', line).map_or(0, |end| end + 1)..)?;
    let (mut open, mut escaped) = (None, false);
    for byte in line {
        match open {
            _ if escaped => escaped = false,
            Some(_) if *byte == b'\\' => escaped = true,
            Some(quote) if *byte == quote => open = None,
            None if is_quote(*byte) => open = Some(*byte),
            _ => {}
        }
    }
    let is_all = |quote: u8| line.last() == Some(&quote) && bytes.get(name.end) == Some(&quote);
    open.filter(|quote| !is_all(*quote))
}

/// Whether a text ends with a name.
pub(super) fn ends_text(bytes: &[u8], name: &Range<usize>) -> bool {
    bytes.get(name.end).is_some_and(|byte| is_quote(*byte))
}

/// Whether a name within a text is one whose value is put there: `{name}`, `$name`, `#{name}`.
pub(super) fn is_filled_in(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = bytes.get(name.start.saturating_sub(LONGEST_NAME)..name.start).unwrap_or(&[]);
    let path = before.iter().rev().take_while(|byte| is_name(**byte) || b".?>-[".contains(byte)).count();
    let is_marked = before.len().checked_sub(path + 1).and_then(|at| before.get(at)).is_some_and(|byte| matches!(byte, b'{' | b'('));
    is_marked || before.iter().rev().take(path).any(|byte| *byte == b'$') || bytes.get(name.start) == Some(&b'$')
}

/// Whether a name within a text says what stands after it: `token: {0}`, `token received is: {0}`, `"token response", x`.
pub(super) fn is_a_label(bytes: &[u8], name: &Range<usize>) -> bool {
    let after = bytes.get(name.end..name.end.saturating_add(NEXT).min(bytes.len())).unwrap_or(&[]);
    let words = after.iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b' ').count();
    let rest = after.get(words..).unwrap_or(&[]);
    match rest.first() {
        Some(b':' | b'=' | b'{' | b'%') => true,
        // The end of the text; something else follows.
        Some(quote) if is_quote(*quote) => {
            rest.get(1..).unwrap_or(&[]).trim_ascii_start().first().is_some_and(|next| b",+.&".contains(next))
        }
        _ => false,
    }
}

/// Whether a name is that of an element with a word that has a digit or a sign in it, as credentials have, wherever the element stands: `<name>…</name>`.
pub(super) fn is_filled_element(bytes: &[u8], name: &Range<usize>) -> bool {
    let after = bytes.get(name.end..name.end.saturating_add(LONGEST_NAME).min(bytes.len())).unwrap_or(&[]);
    let Some(rest) = after.strip_prefix(b">") else { return false };
    let Some((text, close)) = memchr::memchr(b'<', rest).and_then(|end| rest.split_at_checked(end)) else { return false };
    let is_template = text.iter().any(|byte| byte.is_ascii_whitespace() || b"{}$%+\"'`".contains(byte));
    !is_template && close.starts_with(b"</") && text.iter().any(|byte| byte.is_ascii_digit() || byte.is_ascii_punctuation())
}

/// Whether the state of a component has a name and begins with a text: `[name, setName] = useState("…")`.
pub(super) fn is_initial_state(bytes: &[u8], name: &Range<usize>) -> bool {
    let is_first = bytes.get(..name.start).is_some_and(|before| before.trim_ascii_end().ends_with(b"["));
    let line = bytes.get(name.end..name.end.saturating_add(LONGEST_NAME).min(bytes.len())).unwrap_or(&[]);
    let given = line.strip_prefix(b",").filter(|_| is_first).and_then(|rest| rest.split(|byte| *byte == b'(').nth(1));
    given.is_some_and(|given| given.first().is_some_and(|first| is_quote(*first)) && given.get(1) != given.first())
}

/// Whether a text that is but a name is compared with something: `kind === 'password'`, `case "password":`.
pub(super) fn is_compared(bytes: &[u8], name: &Range<usize>) -> bool {
    let ends = bytes.get(name.end).copied().unwrap_or(0);
    let before = bytes.get(..name.start).unwrap_or(&[]);
    let Some((_, before)) = before.split_last().filter(|(quote, _)| is_quote(**quote) && **quote == ends) else { return false };
    let before = before.trim_ascii_end();
    let is_word = |word: &[u8]| before.strip_suffix(word).is_some_and(|rest| rest.last().is_none_or(u8::is_ascii_whitespace));
    before.ends_with(b"==") || before.ends_with(b"!=") || [&b"case"[..], b"-eq", b"-ne"].into_iter().any(is_word)
}

/// Whether what has a name is compared with a text that has a digit in it, as credentials have: `password === "…"`, `$_POST['password'] == '…'`.
pub(super) fn is_asked_for(bytes: &[u8], name: &Range<usize>) -> bool {
    const SIGNS: [&[u8]; 6] = [b"==", b"!=", b"-eq", b".equals(", b".Equals(", b".equalsIgnoreCase("];
    let after = bytes.get(name.end..name.end.saturating_add(LONGEST_NAME).min(bytes.len())).unwrap_or(&[]);
    let closed = after.iter().take_while(|byte| b"\"'])? ".contains(byte)).count();
    let rest = after.get(closed..).unwrap_or(&[]);
    let typed = after_what_was_typed(rest);
    // Visual Basic compares with one sign, too.
    let is_compared = || typed.strip_prefix(b"=").filter(|_| typed.len() < rest.trim_ascii_start().len());
    let rest = typed;
    let is_passed = || rest.strip_prefix(b",").filter(|_| is_first_of_equals(bytes, name));
    let Some(given) = SIGNS.iter().find_map(|sign| rest.strip_prefix(*sign)).or_else(is_passed).or_else(is_compared) else { return false };
    let given = given.strip_prefix(b"=").unwrap_or(given).trim_ascii_start();
    let Some((quote, text)) = given.split_first().filter(|(quote, _)| is_quote(**quote)) else { return false };
    text.iter().take_while(|byte| *byte != quote && **byte != b'\n').any(u8::is_ascii_digit) || is_one_of_two(bytes, name)
}

/// Whether what has a name is the first of two that are asked whether they are the same: `string.Equals(user.Password, "…")`.
fn is_first_of_equals(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = bytes.get(name.start.saturating_sub(CALL)..name.start).unwrap_or(&[]);
    let path = before.iter().rev().take_while(|byte| is_name(**byte) || b".?![]\"'".contains(byte)).count();
    before.get(..before.len().saturating_sub(path)).is_some_and(|before| before.ends_with(b"Equals("))
}

/// Whether a name stands on a line that asks for two things: somebody may sign in with a word, too.
fn is_one_of_two(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = bytes.get(name.start.saturating_sub(CALL)..name.start).unwrap_or(&[]);
    let after = bytes.get(name.end..name.end.saturating_add(CALL).min(bytes.len())).unwrap_or(&[]);
    let of_line = |part: &[u8]| ANDS.iter().any(|and| memchr::memmem::find(part, and.as_bytes()).is_some());
    before.rsplit(|byte| *byte == b'\n').next().is_some_and(of_line) || after.split(|byte| *byte == b'\n').next().is_some_and(of_line)
}

/// What stands behind the text of a field that is named: ` == "…"` of `.Text.Trim() == "…"`.
fn after_what_was_typed(mut rest: &[u8]) -> &[u8] {
    const TYPED: [&[u8]; 6] = [b".Text", b".text", b".Value", b".value", b".Trim()", b".trim()"];
    while let Some(behind) = TYPED.iter().find_map(|typed| rest.strip_prefix(*typed)) {
        rest = behind;
    }
    rest.trim_ascii_start()
}
