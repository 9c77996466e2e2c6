//! Tokens: names, texts, numbers and marks, in one pass over the text.

use std::ops::Range;

use super::Dialect;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// A name that its language marks: `$x`.
    Variable,
    /// The name of what is passed: `-Name`.
    Parameter,
    Text,
    Number,
    Mark,
    /// Where a statement ends.
    End,
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    start: u32,
    end: u32,
    /// Whether a blank stands before it.
    pub(super) is_spaced: bool,
}

impl Token {
    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether it may be the name of a member.
    pub(super) fn is_name(self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Variable | Kind::Text)
    }

    /// Whether it may be an operator.
    pub(super) fn is_operator(self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Parameter | Kind::Mark)
    }
}

/// What stands at a place, and its length in bytes.
pub(super) enum Lexeme {
    Token(Kind, usize),
    Comment(usize),
    /// Nothing that counts: a directive, the mark of a continued line.
    Nothing(usize),
}

/// The tokens of a text, and where its comments stand.
pub(super) fn scan(text: &str, dialect: &Dialect) -> (Vec<Token>, Vec<Range<usize>>) {
    let (mut tokens, mut comments): (Vec<Token>, Vec<Range<usize>>) = (Vec::new(), Vec::new());
    let (mut at, mut is_spaced, mut starts_line) = (0, false, true);
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or("");
        if character == '\n' {
            let last = tokens.last().map_or("", |token| text.get(token.range()).unwrap_or(""));
            let is_open = dialect.continues.is_none_or(|marks| marks.iter().any(|mark| mark.eq_ignore_ascii_case(last)));
            let continued = is_open || (dialect.chains && begins_with_member(rest));
            if !continued {
                push(&mut tokens, Kind::End, at, 1, is_spaced);
            }
            (at, is_spaced, starts_line) = (at + 1, true, true);
            continue;
        }
        if character.is_whitespace() || character == '\u{feff}' {
            (at, is_spaced) = (at + character.len_utf8(), true);
            continue;
        }
        let length = match (dialect.lex)(rest, starts_line).unwrap_or_else(|| plain(rest, dialect.marks)) {
            Lexeme::Token(kind, length) => {
                push(&mut tokens, kind, at, length, is_spaced);
                is_spaced = false;
                length
            }
            Lexeme::Comment(length) => {
                comments.push(at..at + length);
                is_spaced = true;
                length
            }
            Lexeme::Nothing(length) => {
                is_spaced = true;
                length
            }
        };
        starts_line = false;
        at += length.max(1);
        while !text.is_char_boundary(at) && at < text.len() {
            at += 1;
        }
    }
    (tokens, comments)
}

/// How far the next line is looked for, in bytes: blank lines must not be gone through again and again.
const INDENTED: usize = 200;

/// Whether the next line that holds anything begins with a member of what stands before it.
fn begins_with_member(rest: &str) -> bool {
    let line = rest.get(..rest.floor_char_boundary(INDENTED)).unwrap_or(rest).trim_start();
    let member = line.strip_prefix('?').unwrap_or(line).strip_prefix('.');
    member.is_some_and(|name| name.starts_with(|first: char| first.is_alphabetic() || first == '_'))
}

fn push(tokens: &mut Vec<Token>, kind: Kind, at: usize, length: usize, is_spaced: bool) {
    if let (Ok(start), Ok(end)) = (u32::try_from(at), u32::try_from(at.saturating_add(length))) {
        tokens.push(Token { kind, start, end, is_spaced });
    }
}

/// A word, a number or a mark, as most languages write them.
fn plain(rest: &str, marks: &[&str]) -> Lexeme {
    let first = rest.chars().next().unwrap_or(' ');
    if first.is_ascii_digit() {
        return Lexeme::Token(
            Kind::Number,
            run(rest, |character| character.is_ascii_alphanumeric() || character == '.' || character == '_'),
        );
    }
    if first.is_alphabetic() || first == '_' {
        return Lexeme::Token(Kind::Word, run(rest, |character| character.is_alphanumeric() || character == '_'));
    }
    let long = marks.iter().find(|mark| rest.starts_with(**mark)).map(|mark| mark.len());
    Lexeme::Token(Kind::Mark, long.unwrap_or(first.len_utf8()))
}

/// How long a text goes on with such characters, in bytes.
pub(super) fn run(rest: &str, goes_on: impl Fn(char) -> bool) -> usize {
    rest.find(|character| !goes_on(character)).unwrap_or(rest.len())
}

/// Up to the end of the line.
pub(super) fn line(rest: &str) -> usize {
    let length = rest.find('\n').unwrap_or(rest.len());
    if rest.get(..length).is_some_and(|line| line.ends_with('\r')) { length - 1 } else { length }
}

/// Past a closing mark, or to the end.
pub(super) fn past(rest: &str, from: usize, close: &str) -> usize {
    rest.get(from..).and_then(|inside| inside.find(close)).map_or(rest.len(), |length| from + length + close.len())
}

/// Past the quote that closes a text, where a quote in it is written twice or after an escape. Without one, to the end of the line, or of the text where
/// texts go over lines.
pub(super) fn quoted(rest: &str, from: usize, quote: char, escape: Option<char>, is_doubled: bool, over_lines: bool) -> usize {
    let mut characters = rest.get(from..).unwrap_or("").char_indices().peekable();
    while let Some((offset, character)) = characters.next() {
        if Some(character) == escape {
            characters.next();
        } else if character == quote {
            if is_doubled && characters.peek().is_some_and(|(_, next)| *next == quote) {
                characters.next();
            } else {
                return from + offset + quote.len_utf8();
            }
        } else if character == '\n' && !over_lines {
            return from + offset;
        }
    }
    rest.len()
}
