//! Comments and texts, as families of languages write them.

use crate::collect::source::languages::lexed::tokens::{Kind, Lexeme, line, past, quoted, run};

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// `//`, `/* */`, and texts in any quotes; in three, they go over lines.
pub(super) fn slashes(rest: &str, starts_line: bool) -> Option<Lexeme> {
    let mut characters = rest.chars();
    let (first, second) = (characters.next()?, characters.next().unwrap_or(' '));
    Some(match first {
        '/' if second == '/' => Lexeme::Comment(line(rest)),
        '/' if second == '*' => Lexeme::Comment(past(rest, 2, "*/")),
        '`' => Lexeme::Token(Kind::Text, past(rest, 1, "`")),
        // Before a text, a letter that says how it is written.
        '@' | 'L' | 'b' | 'r' | 's' if second == '"' => Lexeme::Token(Kind::Text, quoted(rest, 2, '"', Some('\\'), false, false)),
        // A directive is a statement: `#define NAME "value"`.
        '#' if starts_line => Lexeme::Nothing(1),
        ';' => Lexeme::Token(Kind::End, 1),
        _ => return text(rest),
    })
}

/// The same where a hole of a text may hold texts: `"${of("x")}"`, `"\(of["x"])"`.
pub(super) fn with_holes(rest: &str, starts_line: bool) -> Option<Lexeme> {
    let is_plain = !rest.starts_with('"') || rest.starts_with("\"\"\"");
    let end = if is_plain { None } else { past_holes(rest) };
    end.map_or_else(|| slashes(rest, starts_line), |length| Some(Lexeme::Token(Kind::Text, length)))
}

/// Where a text with a hole ends on its line, texts in the hole left out; absent where it has none.
fn past_holes(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let (mut at, mut open, mut inner, mut has_hole) = (1, Vec::new(), false, false);
    while let Some(byte) = bytes.get(at).filter(|byte| **byte != b'\n') {
        let next = bytes.get(at + 1).copied().unwrap_or(0);
        let opens = !inner && matches!((byte, next), (b'$', b'{') | (b'\\', b'('));
        match byte {
            _ if opens => {
                open.push(if next == b'{' { b'}' } else { b')' });
                (has_hole, at) = (true, at + 1);
            }
            b'\\' => at += 1,
            b'"' if open.is_empty() => return has_hole.then_some(at + 1),
            b'"' => inner = !inner,
            b'{' if !inner && !open.is_empty() => open.push(b'}'),
            b'(' if !inner && !open.is_empty() => open.push(b')'),
            _ if !inner && open.last() == Some(byte) => drop(open.pop()),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The same where `'a` is no text, and a call may have a mark: `println!(…)`. Tests stand at the end of a file.
pub(super) fn with_lifetimes(rest: &str, starts_line: bool) -> Option<Lexeme> {
    if starts_line && rest.starts_with("#[cfg(") && rest.get(..line(rest)).is_some_and(|line| line.contains("test)")) {
        return Some(Lexeme::Nothing(rest.len()));
    }
    if rest.starts_with("!(") {
        return Some(Lexeme::Nothing(1));
    }
    let Some(inside) = rest.strip_prefix('\'') else { return slashes(rest, starts_line) };
    let length = run(inside, is_of_name);
    let is_lifetime = length > 0 && !inside.get(length..).is_some_and(|after| after.starts_with('\''));
    if is_lifetime { Some(Lexeme::Nothing(1 + length)) } else { slashes(rest, starts_line) }
}

/// `#`, and texts in any quotes; names with a mark, and the words that begin with a colon.
pub(super) fn hashes(rest: &str, starts_line: bool) -> Option<Lexeme> {
    let mut characters = rest.chars();
    let (first, second) = (characters.next()?, characters.next().unwrap_or(' '));
    let begins_name = second.is_alphabetic() || second == '_';
    let name = || 1 + run(rest.get(1..).unwrap_or(""), is_of_name);
    Some(match first {
        '#' => Lexeme::Comment(line(rest)),
        '=' if starts_line && rest.starts_with("=begin") => Lexeme::Comment(past(rest, 6, "\n=end")),
        '=' if starts_line && second.is_alphabetic() => Lexeme::Comment(past(rest, 2, "\n=cut")),
        '`' => Lexeme::Token(Kind::Text, past(rest, 1, "`")),
        '$' | '@' if begins_name => Lexeme::Token(Kind::Variable, name()),
        '@' if second == '@' => Lexeme::Nothing(1),
        ':' if begins_name => Lexeme::Token(Kind::Text, name()),
        ';' => Lexeme::Token(Kind::End, 1),
        _ => return text(rest),
    })
}

/// `--`, `--[[ ]]`.
pub(super) fn dashes(rest: &str, _: bool) -> Option<Lexeme> {
    Some(match rest.chars().next()? {
        '-' if rest.starts_with("--[[") => Lexeme::Comment(past(rest, 4, "]]")),
        '-' if rest.starts_with("--") => Lexeme::Comment(line(rest)),
        '[' if rest.starts_with("[[") => Lexeme::Token(Kind::Text, past(rest, 2, "]]")),
        ';' => Lexeme::Token(Kind::End, 1),
        _ => return text(rest),
    })
}

/// `//`, `{ }`, `(* *)`; a quote in a text is written twice, and a character as `#13`.
pub(super) fn pascal(rest: &str, _: bool) -> Option<Lexeme> {
    Some(match rest.chars().next()? {
        '/' if rest.starts_with("//") => Lexeme::Comment(line(rest)),
        '{' => Lexeme::Comment(past(rest, 1, "}")),
        '(' if rest.starts_with("(*") => Lexeme::Comment(past(rest, 2, "*)")),
        '\'' => Lexeme::Token(Kind::Text, quoted(rest, 1, '\'', None, true, false)),
        '#' => Lexeme::Nothing(1 + run(rest.get(1..).unwrap_or(""), is_of_name)),
        ';' => Lexeme::Token(Kind::End, 1),
        _ => return None,
    })
}

/// A text in double or single quotes, or in three of them.
fn text(rest: &str) -> Option<Lexeme> {
    let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let three: String = [quote; 3].iter().collect();
    let length = if rest.starts_with(&three) { past(rest, 3, &three) } else { quoted(rest, 1, quote, Some('\\'), false, false) };
    Some(Lexeme::Token(Kind::Text, length))
}
