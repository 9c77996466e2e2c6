//! What a text says, and what is filled into it.

use std::ops::Range;

use crate::collect::source::{
    languages::{
        lexed::{hole, unescaped},
        lowering,
    },
    program::{Expression, Form},
};

/// A text into which nothing is filled.
pub(super) fn plain(written: &str, _: usize) -> Form {
    match bare(written) {
        (inside, true) => Form::Text(inside.to_owned()),
        (inside, false) => Form::Text(unescaped(inside)),
    }
}

/// A text in which a quote is written twice.
pub(super) fn doubled(written: &str, _: usize) -> Form {
    Form::Text(bare(written).0.replace("''", "'"))
}

/// `$name`, `${…}`; nothing in single quotes.
pub(super) fn with_dollars(written: &str, start: usize) -> Form {
    if is_single(written) { plain(written, start) } else { with_dollars_in_any(written, start) }
}

/// The same in any quotes.
pub(super) fn with_dollars_in_any(written: &str, start: usize) -> Form {
    filled(written, start, |rest| {
        let inside = rest.strip_prefix('$')?;
        if let Some(inside) = inside.strip_prefix('{') {
            return inside.split_once('}').map(|(hole, _)| (hole.len() + 3, hole));
        }
        let length = inside.find(|character: char| !(character.is_alphanumeric() || character == '_')).unwrap_or(inside.len());
        let begins = inside.starts_with(|character: char| character.is_alphabetic() || character == '_');
        Some((length + 1, inside.get(..length)?)).filter(|_| begins)
    })
}

/// `\(…)`.
pub(super) fn with_backslashes(written: &str, start: usize) -> Form {
    filled(written, start, |rest| {
        let inside = rest.strip_prefix("\\(")?;
        inside.split_once(')').map(|(hole, _)| (hole.len() + 3, hole))
    })
}

/// `#{…}`; nothing in single quotes.
pub(super) fn with_hashes(written: &str, start: usize) -> Form {
    if is_single(written) {
        return plain(written, start);
    }
    filled(written, start, |rest| {
        let inside = rest.strip_prefix("#{")?;
        inside.split_once('}').map(|(hole, _)| (hole.len() + 3, hole))
    })
}

/// What stands between the quotes, and whether everything in it is meant as it is written.
fn bare(written: &str) -> (&str, bool) {
    let inside = written.trim_start_matches(|character: char| character.is_ascii_alphabetic() || character == '@');
    for (open, close) in [("\"\"\"", "\"\"\""), ("'''", "'''"), ("[[", "]]"), ("`", "`")] {
        if let Some(inside) = inside.strip_prefix(open) {
            return (inside.strip_suffix(close).unwrap_or(inside), true);
        }
    }
    let quote = if inside.starts_with('\'') { '\'' } else { '"' };
    let inside = inside.strip_prefix(quote).unwrap_or(inside);
    (inside.strip_suffix(quote).unwrap_or(inside), false)
}

fn is_single(written: &str) -> bool {
    written.starts_with('\'') && !written.starts_with("'''")
}

/// A text with holes, each told by its length and by what stands in it.
fn filled(written: &str, start: usize, hole_at: fn(&str) -> Option<(usize, &str)>) -> Form {
    if let Some(symbol) = written.strip_prefix(':') {
        // A word that stands for itself, and so for no secret.
        return Form::Name(symbol.to_owned());
    }
    let range: Range<usize> = start..start.saturating_add(written.len());
    let (inside, is_raw) = bare(written);
    let said = |text: &str| if is_raw { text.to_owned() } else { unescaped(text) };
    let text = |text: &str| Expression::new(Form::Text(said(text)), range.clone());
    let (mut parts, mut from, mut at) = (Vec::new(), 0, 0);
    while let Some(rest) = inside.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some((length, inner)) = hole_at(rest) {
            parts.push(text(inside.get(from..at).unwrap_or("")));
            parts.push(hole(inner, range.clone()));
            at += length;
            from = at;
        } else {
            let is_escape = rest.starts_with('\\') && !is_raw;
            at += rest.chars().take(if is_escape { 2 } else { 1 }).map(char::len_utf8).sum::<usize>();
        }
    }
    parts.push(text(inside.get(from..).unwrap_or("")));
    lowering::joined(parts.into_iter().filter(|part| part.text() != Some("")).collect())
}
