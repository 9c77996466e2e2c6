//! What stands before and after a name, byte by byte: enough to tell an assignment, a call or a key from a mere mention.

use std::ops::Range;

use crate::collect::source::program::STORES;

/// No watched name is longer.
pub(super) const LONGEST_NAME: usize = 200;
/// How far after a name it shows what is done with it, in bytes: quotes, brackets, blanks, a type.
pub(super) const NEXT: usize = 120;
/// How far before an argument the function is looked for to which it is passed.
pub(super) const CALL: usize = 600;
/// How long a value is followed, in bytes.
pub(super) const LONGEST: usize = 1_000;
/// A word of so many letters stands in others by chance.
const SHORT: usize = 4;
/// No value has more words.
pub(super) const SENTENCE: usize = 4;

/// Whether a byte may be part of a name.
pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

/// The name that a needle is part of. A needle with a hyphen or a dot is part of one with such.
pub(super) fn name(bytes: &[u8], needle: &Range<usize>) -> Range<usize> {
    let text = bytes.get(needle.clone()).unwrap_or(&[]);
    // A needle may end in what follows the name.
    let text = text.get(..text.iter().rposition(|byte| is_name(*byte)).map_or(0, |last| last + 1)).unwrap_or(&[]);
    let joins: &[u8] = if text.contains(&b'-') { b"-" } else { b"." };
    let joins = if text.iter().any(|byte| joins.contains(byte)) { joins } else { b"" };
    let inside = |byte: &&u8| is_name(**byte) || joins.contains(byte);
    let needle = needle.start..needle.start.saturating_add(text.len());
    let before = bytes.get(..needle.start).unwrap_or(&[]).iter().rev().take(LONGEST_NAME).take_while(inside).count();
    let after = bytes.get(needle.end..).unwrap_or(&[]).iter().take(LONGEST_NAME).take_while(inside).count();
    needle.start.saturating_sub(before)..needle.end.saturating_add(after)
}

/// Whether nothing before or after a name is part of it.
pub(super) fn is_whole(bytes: &[u8], name: &Range<usize>) -> bool {
    let part = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(|byte| is_name(*byte));
    !part(name.start.checked_sub(1)) && !part(Some(name.end))
}

/// The same, but for what marks the scope of a name: `_auth`, `m_auth`, `$auth`.
pub(super) fn is_segment(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = bytes.get(..name.start).unwrap_or(&[]);
    let marks = before.iter().rev().take_while(|byte| matches!(byte, b'_' | b'$')).count();
    let bare = before.get(..before.len().saturating_sub(marks)).unwrap_or(&[]);
    let bare = bare.strip_suffix(b"m").or_else(|| bare.strip_suffix(b"s")).filter(|_| marks > 0).unwrap_or(bare);
    !bytes.get(name.end).is_some_and(|byte| is_name(*byte)) && !bare.last().is_some_and(|byte| is_name(*byte))
}

/// A name with the sign before it by which a language marks a variable.
pub(super) fn with_mark(bytes: &[u8], name: Range<usize>) -> Range<usize> {
    let mark = name.start.checked_sub(1).filter(|at| bytes.get(*at) == Some(&b'$'));
    mark.unwrap_or(name.start)..name.end
}

/// What is done with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is given a value, which begins here: `=`, `:`, `=>`, `:=`, `+=`.
    Value(usize),
    /// It is called; its arguments begin here.
    Arguments(usize),
    /// It is text, and the next argument or element begins here.
    Comma(usize),
    /// A block follows, the accessors of a property or an initialiser.
    Block(usize),
    /// Text follows without any sign, as in a command line.
    Text(usize),
    /// Some name follows, as after a type.
    Name(usize),
    Nothing,
}

/// What follows a name, past the quotes, brackets and blanks that close it.
pub(super) fn next(bytes: &[u8], name: &Range<usize>) -> Next {
    let at = |offset: usize| bytes.get(offset).copied().unwrap_or(0);
    // It ends a text, or is a constant that stands for one: `'session.name', value`, `CURLOPT_NAME, value`.
    let is_text = is_quote(at(name.end)) || (at(name.end) == b'\\' && is_quote(at(name.end + 1)));
    let is_constant = || bytes.get(name.clone()).is_some_and(|name| name.contains(&b'_') && !name.iter().any(u8::is_ascii_lowercase));
    let mut offset = name.end;
    let mut blank = false;
    let end = name.end.saturating_add(NEXT);
    while offset < end {
        let (byte, following) = (at(offset), at(offset + 1));
        if let Some(length) = assigns(bytes.get(offset..).unwrap_or(&[])) {
            return Next::Value(offset + length);
        }
        match byte {
            b'/' if following == b'*' => offset = comment_end(bytes, offset).unwrap_or(end),
            b')' if is_text && is_set_by_name(bytes, offset) => {}
            b' ' | b'\t' | b'\r' | b'\n' => blank = true,
            b'\\' if is_quote(following) => {}
            _ if is_quote(byte) && blank => return Next::Text(offset),
            _ if is_quote(byte) => {}
            b']' | b'!' | b'?' if following != b'.' && following != b'?' && !(byte == b'!' && following == b'=') => {}
            // The text of an element.
            b'>' => return if is_text || is_element(bytes, name) { Next::Text(offset + 1) } else { Next::Nothing },
            b'(' => return Next::Arguments(offset + 1),
            b'<' => match generic_end(bytes, offset) {
                Some(after) => offset = after - 1,
                None => return Next::Nothing,
            },
            b',' if is_text || is_constant() => return Next::Comma(offset + 1),
            b'{' => return Next::Block(offset + 1),
            _ if is_name(byte) && blank => return value_after_type(bytes, offset).map_or(Next::Name(offset), Next::Value),
            _ => return Next::Nothing,
        }
        offset += 1;
    }
    Next::Nothing
}

/// Where the last byte stands of a comment that begins here.
fn comment_end(bytes: &[u8], open: usize) -> Option<usize> {
    let inside = bytes.get(open + 2..open.saturating_add(NEXT).min(bytes.len()))?;
    memchr::memmem::find(inside, b"*/").map(|length| open + length + 3)
}

/// Whether something looked up in round brackets, as Visual Basic does, is given a value: `form("name") = value`.
fn is_set_by_name(bytes: &[u8], close: usize) -> bool {
    let rest = bytes.get(close + 1..close.saturating_add(NEXT).min(bytes.len())).unwrap_or(&[]).trim_ascii_start();
    rest.strip_prefix(b"=").is_some_and(|given| !given.starts_with(b"=") && !given.starts_with(b">"))
}

/// Where the value begins of a name whose type is written after it in a word: `password As String = "…"`.
fn value_after_type(bytes: &[u8], word: usize) -> Option<usize> {
    let line = bytes.get(word..word.saturating_add(NEXT).min(bytes.len()))?.split(|byte| *byte == b'\n').next()?;
    let is_typed = line.get(..2)?.eq_ignore_ascii_case(b"as") && line.get(2)?.is_ascii_whitespace();
    let sign = memchr::memchr2(b'=', b'"', line).filter(|sign| is_typed && line.get(*sign) == Some(&b'='))?;
    Some(word.saturating_add(sign).saturating_add(1))
}

/// How long the sign is that gives a name its value; absent for a comparison or a scope.
fn assigns(rest: &[u8]) -> Option<usize> {
    const SIGNS: [&[u8]; 9] = [b"=>", b"??=", b"||=", b":=", b"+=", b"|=", b"?=", b"=", b":"];
    let is_other = rest.starts_with(b"==") || rest.starts_with(b"::");
    SIGNS.iter().find(|sign| !is_other && rest.starts_with(sign)).map(|sign| sign.len())
}

/// Where the brackets around the arguments of a type end.
fn generic_end(bytes: &[u8], open: usize) -> Option<usize> {
    let inside = bytes.get(open + 1..)?.iter().take(NEXT);
    let length = inside.take_while(|byte| is_name(**byte) || b"., <[]?".contains(byte)).count();
    let close = open.saturating_add(1).saturating_add(length);
    (length > 0 && bytes.get(close) == Some(&b'>')).then_some(close + 1)
}

pub(super) fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// Whether a name is given a value of any kind.
pub(super) fn is_set(bytes: &[u8], name: &Range<usize>) -> bool {
    match next(bytes, name) {
        Next::Value(_) | Next::Comma(_) | Next::Text(_) => true,
        Next::Block(at) => value_after_block(bytes, at).is_some(),
        // A switch of a command is set by being named.
        Next::Name(_) | Next::Nothing => is_option(bytes, name),
        Next::Arguments(_) => false,
    }
}

/// Whether a name is that of an option on a command line: `-Name value`, `/Name value`.
pub(super) fn is_option(bytes: &[u8], name: &Range<usize>) -> bool {
    match bytes.get(..name.start).unwrap_or(&[]) {
        [.., b'-'] => true,
        // Not one of several words: `user/password`.
        [before @ .., b'/'] => !before.last().is_some_and(|byte| is_name(*byte)),
        _ => false,
    }
}

/// Whether a variable is declared as something or made of it, with a word for what that is: `Cookie c`, `c = new Cookie()`, `c: Cookie`,
/// `with Cookie() as c`.
pub(super) fn is_made_of(bytes: &[u8], variable: &Range<usize>, word: &[u8]) -> bool {
    let says = |part: &[u8]| has_word(part, &part.to_ascii_lowercase(), word);
    let before = bytes.get(variable.start.saturating_sub(LONGEST_NAME)..variable.start).unwrap_or(&[]);
    let of_type = before.rsplit(|byte| !is_name(*byte) && !b" .<>?[]:\\".contains(byte)).next().unwrap_or(&[]);
    (of_type.ends_with(b" ") && says(of_type)) || says(given(bytes, variable)) || (before.ends_with(b" as ") && says(before))
}

/// Whether a word stands in what is also given in lower case; a short one does not where its letters go on, as `rsa` in `universal`.
pub(super) fn has_word(bytes: &[u8], lower: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find_iter(lower, word).any(|at| word.len() > SHORT || ends_a_word(bytes, at.saturating_add(word.len())))
}

/// Whether a word ends here: `RSA` in `RSAProvider`, and not in `universal`.
fn ends_a_word(bytes: &[u8], end: usize) -> bool {
    let at = |offset: Option<usize>| offset.and_then(|offset| bytes.get(offset)).copied().unwrap_or(0);
    let (last, next) = (at(end.checked_sub(1)), at(Some(end)));
    let goes_on = next.is_ascii_lowercase() && last.is_ascii_lowercase()
        || next.is_ascii_uppercase() && last.is_ascii_uppercase() && !at(end.checked_add(1)).is_ascii_lowercase();
    !goes_on
}

/// The last name of what a variable has its value from: `open_cookie` of `c = self.open_cookie()`.
pub(super) fn given_by<'b>(bytes: &'b [u8], variable: &Range<usize>) -> Option<&'b [u8]> {
    let given = given(bytes, variable).trim_ascii_start();
    let given = given.strip_prefix(b"await ").or_else(|| given.strip_prefix(b"new ")).unwrap_or(given);
    let path = given.get(..given.iter().take_while(|byte| is_name(**byte) || b".->".contains(byte)).count())?;
    path.rsplit(|byte| !is_name(*byte)).next().filter(|name| !name.is_empty())
}

/// Whether a function of this name is written here.
pub(super) fn is_definition_of(bytes: &[u8], name: &Range<usize>) -> bool {
    bytes.get(name.end) == Some(&b'(') && is_definition(bytes, name.end.saturating_add(1))
}

/// What stands on the line, or up to the end of the statement, where a variable is given its value or its type.
fn given<'b>(bytes: &'b [u8], variable: &Range<usize>) -> &'b [u8] {
    let given = match next(bytes, variable) {
        Next::Value(at) | Next::Name(at) => bytes.get(at..at.saturating_add(LONGEST_NAME).min(bytes.len())).unwrap_or(&[]),
        _ => &[],
    };
    given.split(|byte| matches!(byte, b';' | b'\n')).next().unwrap_or(&[])
}

/// Whether a name is called, created or filled: `name(`, `new name {`, `name<T>(`, `name value` in a language without brackets.
pub(super) fn is_called(bytes: &[u8], name: &Range<usize>) -> bool {
    match next(bytes, name) {
        Next::Arguments(_) | Next::Block(_) => true,
        Next::Text(at) if bytes.get(at).copied().is_some_and(is_quote) => true,
        // A variable of the type, or what a module gives.
        Next::Name(_) | Next::Value(_) | Next::Comma(_) | Next::Text(_) | Next::Nothing => {
            follows_word(bytes, name, &[b"new", b"import", b"as", b"use", b"using"])
                || is_declared(bytes, name)
                || is_invoked(bytes, name)
                || is_filled(bytes, name)
                || is_only_one(bytes, name)
        }
    }
}

/// Whether the only one of a type is taken: `Name.INSTANCE`.
fn is_only_one(bytes: &[u8], name: &Range<usize>) -> bool {
    let rest = bytes.get(name.end..name.end.saturating_add(NEXT).min(bytes.len())).unwrap_or(&[]).trim_ascii_start();
    rest.strip_prefix(b".").is_some_and(|member| member.trim_ascii_start().starts_with(b"INSTANCE"))
}

/// Whether something is put under a key of what has a name: `Name["key"].Value = value`, `Name["key"]["part"] = value`.
fn is_filled(bytes: &[u8], name: &Range<usize>) -> bool {
    let rest = bytes.get(name.end..name.end.saturating_add(NEXT).min(bytes.len())).unwrap_or(&[]);
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
    let after = |close: usize| line.get(close.saturating_add(1)..).unwrap_or(&[]);
    line.first() == Some(&b'[')
        && memchr::memchr_iter(b']', line).any(|close| after(close).starts_with(b".Value") || after(close).first() == Some(&b'['))
}

/// Whether a page is asked for what a text names, from a program that runs beside it: `InvokeVoidAsync("localStorage.setItem", …)`.
fn is_invoked(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = bytes.get(name.start.saturating_sub(NEXT)..name.start).unwrap_or(&[]);
    let Some(quote) = memchr::memrchr(b'"', before) else { return false };
    before.get(..quote).is_some_and(|before| before.trim_ascii_end().ends_with(b"Async("))
}

/// Whether a value of the type is made beside its name: `Name x = new()`.
fn is_declared(bytes: &[u8], name: &Range<usize>) -> bool {
    let Next::Name(at) = next(bytes, name) else { return false };
    let line = bytes.get(at..at.saturating_add(NEXT).min(bytes.len())).unwrap_or(&[]);
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
    memchr::memmem::find(line, b"new").is_some()
}

/// Whether one of some words stands right before a name.
pub(super) fn follows_word(bytes: &[u8], name: &Range<usize>, wanted: &[&[u8]]) -> bool {
    let before = bytes.get(..name.start).unwrap_or(&[]);
    let blanks = before.iter().rev().take(NEXT).take_while(|byte| byte.is_ascii_whitespace()).count();
    let before = before.get(..before.len().saturating_sub(blanks)).unwrap_or(&[]);
    let length = before.iter().rev().take(LONGEST_NAME).take_while(|byte| is_name(**byte)).count();
    let word = before.get(before.len().saturating_sub(length)..).unwrap_or(&[]);
    blanks > 0 && wanted.iter().any(|wanted| word.eq_ignore_ascii_case(wanted))
}

/// Whether a name is that of an element or attribute that something is done with.
pub(super) fn is_element(bytes: &[u8], name: &Range<usize>) -> bool {
    name.start.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'<')
}

/// Whether an attribute before a property gives it a default: `[DefaultSettingValue("…")]`.
pub(super) fn has_default(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = bytes.get(name.start.saturating_sub(CALL)..name.start).unwrap_or(&[]);
    [&b"DefaultSettingValue"[..], b"DefaultValue"].iter().any(|attribute| memchr::memmem::find(before, attribute).is_some())
}

/// Whether a path goes on from a name with the segment that is wanted; absent where it does not go on at all.
pub(super) fn leads_to(bytes: &[u8], name: &Range<usize>, wanted: &str) -> Option<bool> {
    let rest = bytes.get(name.end..).unwrap_or(&[]);
    let joint = [&b"?."[..], b"->", b"::", b"."].into_iter().find(|joint| rest.starts_with(joint))?;
    let next = rest.get(joint.len()..).unwrap_or(&[]);
    let length = next.iter().take_while(|byte| is_name(**byte)).count();
    Some(next.get(..length).is_some_and(|next| next.eq_ignore_ascii_case(wanted.as_bytes())))
}

/// Whether something is done with a name, or it is taken from a module.
pub(super) fn is_used(bytes: &[u8], name: &Range<usize>) -> bool {
    !matches!(next(bytes, name), Next::Nothing | Next::Name(_)) || is_imported(bytes, name)
}

/// The variable that a name is a member of.
pub(super) fn owner<'b>(bytes: &'b [u8], name: &Range<usize>) -> Option<&'b [u8]> {
    let before = bytes.get(name.start.saturating_sub(LONGEST_NAME)..name.start)?;
    let joint = before.iter().rev().take_while(|byte| b".?>-:".contains(byte)).count();
    let before = before.get(..before.len().checked_sub(joint)?).filter(|_| joint > 0)?;
    let length = before.iter().rev().take_while(|byte| is_name(**byte)).count();
    before.get(before.len().checked_sub(length)?..).filter(|owner| !owner.is_empty())
}

/// Whether a name is that of a type that is declared or made here, as in `new Name {` and `class Name {`.
pub(super) fn is_of_type(bytes: &[u8], name: &Range<usize>) -> bool {
    follows_word(bytes, name, &[b"new", b"class", b"struct", b"interface", b"enum", b"record", b"namespace", b"trait"])
}

/// Whether a name stands on a line of a comment.
pub(super) fn is_in_comment(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = bytes.get(name.start.saturating_sub(CALL)..name.start).unwrap_or(&[]);
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or(&[]);
    let text = line.trim_ascii_start();
    text.starts_with(b"*") || text.starts_with(b"#") || memchr::memmem::find(line, b"//").is_some()
}

/// Whether a name stands on a line that is nothing but a comment. Of a long line it cannot be told.
pub(super) fn begins_in_comment(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = bytes.get(name.start.saturating_sub(CALL)..name.start).unwrap_or(&[]);
    let is_whole = before.len() == name.start || before.contains(&b'\n');
    let text = before.rsplit(|byte| *byte == b'\n').next().unwrap_or(&[]).trim_ascii_start();
    is_whole && [&b"//"[..], b"* ", b"# "].iter().any(|mark| text.starts_with(mark))
}

/// The line around an offset, as far as it is near.
pub(super) fn line(bytes: &[u8], offset: usize) -> &[u8] {
    let before = bytes.get(offset.saturating_sub(LONGEST_NAME)..offset).unwrap_or(&[]);
    let after = bytes.get(offset..offset.saturating_add(LONGEST_NAME).min(bytes.len())).unwrap_or(&[]);
    let start = offset.saturating_sub(memchr::memrchr(b'\n', before).map_or(before.len(), |at| before.len() - at));
    let end = offset.saturating_add(memchr::memchr(b'\n', after).unwrap_or(after.len()));
    bytes.get(start..end).unwrap_or(&[])
}

/// A value that begins here, up to what parts it from the next or ends the statement.
pub(super) fn value(bytes: &[u8], from: usize) -> &[u8] {
    let rest = bytes.get(from..from.saturating_add(LONGEST).min(bytes.len())).unwrap_or(&[]);
    let (mut depth, mut last) = (0_usize, b' ');
    let end = rest.iter().enumerate().position(|(at, byte)| {
        let ends = match byte {
            b';' => true,
            b'(' | b'[' | b'{' => {
                depth += 1;
                false
            }
            b')' | b']' | b'}' if depth > 0 => {
                depth -= 1;
                false
            }
            b')' | b']' | b'}' | b',' => depth == 0,
            b'\n' => depth == 0 && ends_line(bytes, from.saturating_add(at), last),
            _ => false,
        };
        if !byte.is_ascii_whitespace() {
            last = *byte;
        }
        ends
    });
    rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest)
}

/// Whether a line that ends here ends the statement: nothing that asks for more stands before it or after.
pub(super) fn ends_line(bytes: &[u8], offset: usize, last: u8) -> bool {
    const OPEN: &[u8] = b" =+(,?:|&.\\{[<>_-*";
    let next = bytes.get(offset..).unwrap_or(&[]).iter().take(LONGEST).find(|byte| !byte.is_ascii_whitespace());
    !OPEN.contains(&last) && next.is_none_or(|next| !b"+.?:|&\"'`".contains(next))
}

/// Whether words begin here that stand side by side as in no program.
pub(super) fn is_sentence(bytes: &[u8], offset: usize) -> bool {
    const BETWEEN: [&[u8]; 12] = [b"and", b"as", b"await", b"else", b"for", b"from", b"if", b"in", b"is", b"new", b"not", b"or"];
    let rest = bytes.get(offset..offset.saturating_add(CALL).min(bytes.len())).unwrap_or(&[]);
    let words = rest.split(|byte| *byte == b' ').take(SENTENCE + 1);
    words.filter(|word| !word.is_empty() && word.iter().all(|byte| is_name(*byte)) && !BETWEEN.contains(word)).count() > SENTENCE
}

/// Whether the bracket that is open at an offset is that of a function that is written here, and not called.
pub(super) fn is_definition(bytes: &[u8], offset: usize) -> bool {
    let mut open = 0_usize;
    let rest = bytes.get(offset..offset.saturating_add(CALL).min(bytes.len())).unwrap_or(&[]);
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            b'(' => open += 1,
            b')' if open > 0 => open -= 1,
            b')' => {
                let after = rest.get(at + 1..).unwrap_or(&[]).trim_ascii_start();
                return [&b"{"[..], b"=>", b"->", b":", b"throws", b"As ", b"where"].iter().any(|sign| after.starts_with(sign));
            }
            b';' => return false,
            _ => {}
        }
    }
    false
}

/// Whether a name is that of a type, a module or an object with members that is declared here.
pub(super) fn is_declaration(bytes: &[u8], name: &Range<usize>) -> bool {
    const WORDS: [&[u8]; 10] =
        [b"class", b"struct", b"structure", b"interface", b"enum", b"record", b"module", b"object", b"trait", b"namespace"];
    follows_word(bytes, name, &WORDS)
        || match next(bytes, name) {
            Next::Block(_) => true,
            Next::Value(at) => holds_members(bytes, at),
            _ => false,
        }
}

/// Whether a value that begins here, or after its type, has members of its own: `{`, `[`, `Object.freeze({`, `array(`, `Keys = {`.
fn holds_members(bytes: &[u8], from: usize) -> bool {
    let rest = bytes.get(from..from.saturating_add(NEXT).min(bytes.len())).unwrap_or(&[]);
    let typed = memchr::memmem::find(rest, b" = ").and_then(|at| rest.get(at + 3..));
    [Some(rest), typed].into_iter().flatten().any(|value| {
        let value = value.trim_ascii_start();
        let maker = value.iter().take_while(|byte| is_name(**byte) || b". ".contains(byte)).count();
        let (maker, rest) = value.split_at(maker);
        let inner = rest.strip_prefix(b"(").map(<[u8]>::trim_ascii_start);
        maker.eq_ignore_ascii_case(b"array") || inner.unwrap_or(rest).first().is_some_and(|open| matches!(open, b'{' | b'[' | b'@'))
    })
}

/// Whether a name is that of a module or type that the file takes in.
pub(super) fn is_imported(bytes: &[u8], name: &Range<usize>) -> bool {
    follows_word(bytes, name, &[b"import", b"from", b"as", b"use", b"using", b"static"])
}

/// The bracket within which a name stands, not far before it.
pub(super) fn open_before(bytes: &[u8], offset: usize) -> Option<usize> {
    let mut closed = 0_usize;
    for at in (offset.saturating_sub(CALL)..offset).rev() {
        match bytes.get(at).copied()? {
            b')' => closed += 1,
            b'(' if closed > 0 => closed -= 1,
            b'(' => return Some(at),
            b';' | b'{' | b'}' => return None,
            _ => {}
        }
    }
    None
}

/// The variable of the object that a field stands in, not far before it: `data` of `data = { field: x`.
pub(super) fn holder(bytes: &[u8], field: usize) -> Option<&[u8]> {
    let from = field.saturating_sub(CALL);
    let (mut closed, before) = (0_usize, bytes.get(from..field)?);
    let open = before.iter().rposition(|byte| {
        match byte {
            b'}' | b']' | b')' => closed += 1,
            b'{' | b'[' | b'(' if closed > 0 => closed -= 1,
            b'{' | b'[' | b'(' => return true,
            _ => {}
        }
        false
    })?;
    let before = before.get(..open)?.trim_ascii_end();
    let maker = [&b"new"[..], b"array", b"dict"].into_iter().find_map(|maker| before.strip_suffix(maker)).unwrap_or(before);
    let before = maker.trim_ascii_end().strip_suffix(b"=")?.trim_ascii_end();
    let length = before.iter().rev().take_while(|byte| is_name(**byte)).count();
    before.get(before.len().checked_sub(length)?..).filter(|name| !name.is_empty())
}

/// Where the value begins that follows the accessors of a property; absent where none does.
pub(super) fn value_after_block(bytes: &[u8], open: usize) -> Option<usize> {
    let block = bytes.get(open..open.saturating_add(CALL).min(bytes.len()))?;
    let close = block.iter().position(|byte| *byte == b'}')?;
    let inner = block.get(..close)?;
    let after = open.saturating_add(close).saturating_add(1);
    let rest = bytes.get(after..).unwrap_or(&[]);
    let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let is_assigned = rest.get(blanks) == Some(&b'=') && rest.get(blanks + 1) != Some(&b'=');
    if is_assigned {
        return Some(after.saturating_add(blanks).saturating_add(1));
    }
    // An accessor with a body, an initialiser.
    inner.iter().any(|byte| is_quote(*byte) || *byte == b'=' || *byte == b'{').then_some(open)
}

/// Whether a name is passed to a function that `is_one` knows by the names on the way to it, directly or within what is passed.
pub(super) fn is_passed(bytes: &[u8], name: &Range<usize>, is_one: impl Fn(&[&str]) -> bool) -> bool {
    let floor = name.start.saturating_sub(CALL);
    let mut closed = 0_usize;
    let mut offset = name.start;
    while offset > floor {
        offset -= 1;
        match bytes.get(offset).copied().unwrap_or(0) {
            b')' => closed += 1,
            b'(' if closed > 0 => closed -= 1,
            b'(' if is_one(&path_before(bytes, offset).iter().map(String::as_str).collect::<Vec<_>>()) => return true,
            b';' if bytes.get(offset + 1).is_none_or(|byte| matches!(byte, b'\n' | b'\r')) => break,
            _ => {}
        }
    }
    is_one(&[&first_word(bytes, name.start)])
}

/// Whether what stands here is given to a command that comes after it on the line, as in `$ticket | Out-File ticket.txt`.
pub(super) fn is_piped(bytes: &[u8], name: &Range<usize>, is_one: impl Fn(&[&str]) -> bool) -> bool {
    let rest = bytes.get(name.end..name.end.saturating_add(CALL).min(bytes.len())).unwrap_or(&[]);
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
    line.split(|byte| *byte == b'|').skip(1).any(|command| {
        let command = command.trim_ascii_start();
        let length = command.iter().take_while(|byte| is_name(**byte) || **byte == b'-').count();
        is_one(&[&String::from_utf8_lossy(command.get(..length).unwrap_or(&[]))])
    })
}

/// Whether a value is kept by this name in a store: `localStorage.name = value`, `localStorage["name"] = value`.
pub(super) fn is_kept(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = bytes.get(name.start.saturating_sub(LONGEST_NAME)..name.start).unwrap_or(&[]);
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or(&[]);
    STORES.iter().any(|storage| memchr::memmem::find(line, storage.as_bytes()).is_some())
}

/// The names on the way to what is called with the bracket that opens here.
pub(super) fn path_before(bytes: &[u8], open: usize) -> Vec<String> {
    names_of(callee_before(bytes, open))
}

/// The same as it is written.
pub(super) fn callee_before(bytes: &[u8], open: usize) -> &[u8] {
    let before = bytes.get(open.saturating_sub(LONGEST_NAME)..open).unwrap_or(&[]).trim_ascii_end();
    let inside = |byte: &&u8| is_name(**byte) || b".?->:!\\".contains(byte);
    let length = before.iter().rev().take_while(inside).count();
    before.get(before.len().saturating_sub(length)..).unwrap_or(&[])
}

/// The names on the way to what is called so.
pub(super) fn names_of(callee: &[u8]) -> Vec<String> {
    let names = callee.split(|byte| !is_name(*byte)).filter(|name| !name.is_empty());
    names.map(|name| String::from_utf8_lossy(name).into_owned()).collect()
}

/// The first word of the line, where a command stands in a language without brackets; in a file of keys, what stands under one: `- run: echo "…"`.
pub(super) fn first_word(bytes: &[u8], offset: usize) -> String {
    let before = bytes.get(..offset).unwrap_or(&[]);
    let line = before.iter().rev().take(CALL).take_while(|byte| **byte != b'\n').count();
    let line = before.get(before.len().saturating_sub(line)..).unwrap_or(&[]).trim_ascii_start();
    let line = line.strip_prefix(b"<?php").or_else(|| line.strip_prefix(b"<?=")).unwrap_or(line).trim_ascii_start();
    let line = line.strip_prefix(b"- ").unwrap_or(line).trim_ascii_start();
    let key = line.iter().take_while(|byte| is_name(**byte)).count();
    let line = line.get(key..).and_then(|rest| rest.strip_prefix(b": ")).unwrap_or(line).trim_ascii_start();
    let line = line.strip_prefix(b"'").or_else(|| line.strip_prefix(b"\"")).unwrap_or(line);
    let length = line.iter().take_while(|byte| is_name(**byte) || **byte == b'-').count();
    String::from_utf8_lossy(line.get(..length).unwrap_or(&[])).into_owned()
}

/// Whether what follows a name is its type as Visual Basic writes it: `name As String`.
pub(super) fn is_of_basic(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..at.saturating_add(3)).is_some_and(|word| word.eq_ignore_ascii_case(b"as "))
}
