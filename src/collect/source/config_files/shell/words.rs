//! The words of a script, quotes undone.

use std::ops::Range;

use crate::{
    collect::source::{
        config_files::references::{inside, value_of},
        origins::Value,
    },
    evidence::Origin,
};

/// So many brackets may be without end.
const MOST_UNENDED: usize = 1_000;
/// More words in one command are data.
const MOST_WORDS: usize = 2_000;

/// A part of a word: what is written, and what it comes to.
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) value: Value,
}

/// One word, quotes undone.
pub(super) struct Word {
    pub(super) pieces: Vec<Piece>,
    pub(super) text: String,
    pub(super) range: Range<usize>,
}

impl Word {
    /// What comes after so many bytes of the text.
    pub(super) fn from(&self, skipped: usize) -> (String, Value) {
        let mut left = skipped;
        let mut parts = Vec::new();
        for piece in &self.pieces {
            match piece.text.get(left..) {
                Some(rest) if left > 0 && !rest.is_empty() => parts.push(Value::Written(rest.to_owned())),
                Some(_) if left == 0 => parts.push(piece.value.clone()),
                _ => {}
            }
            left = left.saturating_sub(piece.text.len());
        }
        // What a command gives is not what stands in it.
        let plain = |piece: &&Piece| !(piece.text.starts_with("$(") || piece.text.starts_with('`'));
        let is_plain = self.pieces.iter().all(|piece| plain(&piece));
        let text = if is_plain { self.text.get(skipped..).unwrap_or("").to_owned() } else { self.plain_from(skipped, plain) };
        let value = match parts.as_slice() {
            [Value::Written(written)] => value_of(written),
            [only] => only.clone(),
            _ => Value::Joined(parts),
        };
        (text, value)
    }

    /// What of the pieces of a kind comes after so many bytes.
    fn plain_from(&self, skipped: usize, is_one: impl Fn(&&Piece) -> bool) -> String {
        let starts = self.pieces.iter().scan(0, |end, piece| Some(std::mem::replace(end, *end + piece.text.len())));
        let pieces = self.pieces.iter().zip(starts).filter(|(piece, _)| is_one(piece));
        pieces.filter_map(|(piece, start)| piece.text.get(skipped.saturating_sub(start)..)).collect()
    }
}

pub(super) struct Words<'t> {
    text: &'t str,
    pub(super) at: usize,
    pub(super) end: usize,
    /// How many more brackets that never close are looked through.
    unended: usize,
    /// Where the commands stand that give parts of the words read so far.
    pub(super) inner_commands: Vec<Range<usize>>,
}

impl<'t> Words<'t> {
    pub(super) fn new(text: &'t str, range: Range<usize>) -> Self {
        Self { text, at: range.start, end: range.end, unended: MOST_UNENDED, inner_commands: Vec::new() }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..self.end).unwrap_or("")
    }

    /// The words up to the end of a command, and the comment that ends it. A backslash, or a caret in a batch file, takes it over the line.
    pub(super) fn command(&mut self) -> (Vec<Word>, Option<Range<usize>>) {
        let mut words = Vec::new();
        loop {
            let rest = self.rest();
            let Some(first) = rest.chars().next() else { return (words, None) };
            let is_rem = words.is_empty() && (rest.starts_with("::") || rest.get(..4).is_some_and(|rem| rem.eq_ignore_ascii_case("rem ")));
            if first == '#' || is_rem {
                let length = rest.find('\n').unwrap_or(rest.len());
                let marks =
                    if is_rem { rest.find([' ', '\t']).unwrap_or(2).min(length) } else { rest.len() - rest.trim_start_matches('#').len() };
                let inside = self.at + marks.min(length)..self.at + length;
                self.at = (self.at + length + 1).min(self.end);
                return (words, Some(inside));
            }
            let continued = ["\\\r\n", "\\\n", "^\r\n", "^\n", "`\n", "`\r\n"].iter().find(|mark| rest.starts_with(**mark));
            if let Some(mark) = continued {
                self.at += mark.len();
            } else if ends_command(first) {
                self.at += 1;
                // An empty command is none; nor need a list be without end.
                if !words.is_empty() || self.at >= self.end {
                    return (words, None);
                }
            } else if first.is_whitespace() || first == '@' && words.is_empty() {
                self.at += first.len_utf8();
            } else {
                let word = self.word();
                if words.len() < MOST_WORDS {
                    words.push(word);
                }
            }
        }
    }

    /// One word; takes at least one character.
    fn word(&mut self) -> Word {
        let start = self.at;
        let mut pieces: Vec<Piece> = Vec::new();
        let mut quote = None;
        while let Some(first) = self.rest().chars().next() {
            let rest = self.rest();
            let length = match (quote, first) {
                (None, _) if self.at > start && (first.is_whitespace() || ends_command(first)) => break,
                (None, '"' | '\'') if closes(rest, first) => {
                    quote = Some(first);
                    1
                }
                (Some(mark), _) if mark == first => {
                    quote = None;
                    1
                }
                (None | Some('"'), '\\') => escaped(rest, &mut pieces),
                (None | Some('"'), '$' | '`') => self.reference(rest, &mut pieces),
                _ => {
                    write(&mut pieces, first);
                    first.len_utf8()
                }
            };
            self.at += length;
        }
        let text = pieces.iter().map(|piece| piece.text.as_str()).collect();
        Word { pieces, text, range: start..self.at }
    }

    /// `$NAME`, `${NAME:-default}`, `$(command)`.
    fn reference(&mut self, rest: &str, pieces: &mut Vec<Piece>) -> usize {
        let length = match rest.as_bytes().get(1) {
            _ if rest.starts_with('`') => rest.get(1..).and_then(|inside| inside.find('`')).map_or(1, |length| length + 2),
            Some(b'{' | b'(') if self.unended == 0 => 1,
            Some(b'{') => balanced(rest, '{', '}'),
            Some(b'(') => balanced(rest, '(', ')'),
            _ => 1 + rest.get(1..).map_or(0, |name| name.find(|next: char| !next.is_alphanumeric() && next != '_').unwrap_or(name.len())),
        };
        let written = rest.get(..length).unwrap_or("$");
        if length == 1 {
            self.unended = self.unended.saturating_sub(1);
            write(pieces, rest.chars().next().unwrap_or('$'));
            return 1;
        }
        if let Some(inner) = inside(written, "$(", ")").or_else(|| inside(written, "`", "`")) {
            let start = self.at + if written.starts_with('`') { 1 } else { 2 };
            self.inner_commands.push(start..start + inner.len());
        }
        let value = match value_of(written) {
            Value::Written(_) => Value::From(Origin::Environment),
            other => other,
        };
        pieces.push(Piece { text: written.to_owned(), value });
        length
    }
}

/// What a backslash makes of the character behind it, and how many bytes both have.
fn escaped(rest: &str, pieces: &mut Vec<Piece>) -> usize {
    let next = rest.chars().nth(1);
    match next {
        Some('\n') => {}
        // In batch files a backslash is one of a path.
        Some(next) if next.is_alphanumeric() => {
            write(pieces, '\\');
            return 1;
        }
        Some(next) => write(pieces, next),
        None => return 1,
    }
    1 + next.map_or(0, char::len_utf8)
}

fn ends_command(character: char) -> bool {
    matches!(character, '\n' | ';' | '|' | '&' | '(' | ')' | '<' | '>')
}

/// Whether quotes close again, not too far away.
fn closes(text: &str, quote: char) -> bool {
    const FAR: usize = 64 * 1024;
    text.bytes().skip(1).take(FAR).any(|byte| char::from(byte) == quote)
}

/// How long a stretch in brackets is; of one that never closes, one character.
fn balanced(text: &str, open: char, close: char) -> usize {
    const FAR: usize = 4 * 1024;
    let mut depth = 0_usize;
    for (offset, character) in text.char_indices().take(FAR) {
        if character == open {
            depth += 1;
        } else if character == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return offset + 1;
            }
        }
    }
    1
}

fn write(pieces: &mut Vec<Piece>, character: char) {
    if let Some(Piece { text, value: Value::Written(written) }) = pieces.last_mut() {
        text.push(character);
        written.push(character);
    } else {
        pieces.push(Piece { text: character.to_string(), value: Value::Written(character.to_string()) });
    }
}
