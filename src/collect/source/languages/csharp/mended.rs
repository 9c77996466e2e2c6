//! C# that the grammar does not understand for reasons of form: branches of the preprocessor within an expression, marks of a merge, brackets that nobody closes.

use std::ops::Range;

use tree_sitter::Tree;

use super::tree::{Outline, Walk};
use crate::collect::source::{decode::Lines, document::Document, glance, languages::parsing};

/// More open brackets than this are no program.
const DEEPEST: usize = 500;
/// How far around what was not understood a statement is looked for, in bytes.
const NEAR: usize = 400;

/// The text with what disturbs the grammar blanked out and open brackets closed behind its end, so that all offsets stay; and its tree.
pub(super) struct Mended {
    pub(super) text: String,
    pub(super) tree: Tree,
    /// The branches that were blanked out, to be read by themselves.
    pub(super) left_out: Vec<Range<usize>>,
}

/// A mended text, if a watched name stands where the grammar did not understand the file, and mending makes more of it understood.
pub(super) fn mended(document: &Document<'_>, tree: &Tree) -> Option<Mended> {
    let errors = if tree.root_node().has_error() { Outline::of(&Walk::of(tree.root_node())).errors } else { Vec::new() };
    let is_watched = |range: &Range<usize>| glance::tells(document.watch, statement(document.text, range));
    if !errors.iter().any(is_watched) {
        return None;
    }
    let (text, left_out) = one_branch(document.text);
    let text = closed(text);
    if text == document.text {
        return None;
    }
    let behind = document.text.len()..text.len();
    let parts: Vec<Range<usize>> = document.parts.iter().cloned().chain((!document.parts.is_empty()).then_some(behind)).collect();
    let own = Document { text: &text, parts: &parts, lines: Lines::new(""), ..*document };
    let tree = parsing::parse_all_lines(&own, &tree_sitter_c_sharp::LANGUAGE.into())?;
    let length = |errors: &[Range<usize>]| errors.iter().map(Range::len).sum::<usize>();
    let is_better = length(&Outline::of(&Walk::of(tree.root_node())).errors) < length(&errors);
    is_better.then_some(Mended { text, tree, left_out })
}

/// What stands around a range, as far as it is near: a name before it may have lost its value to it.
fn statement<'t>(text: &'t str, range: &Range<usize>) -> &'t str {
    let from = text.floor_char_boundary(range.start.saturating_sub(NEAR));
    let to = text.floor_char_boundary(range.end.saturating_add(NEAR));
    let before = text.get(from..range.start).unwrap_or("");
    let after = text.get(range.end..to).unwrap_or("");
    let start = before.rfind([';', '{', '}']).map_or(from, |at| from + at + 1);
    let end = after.find(';').map_or(to, |at| range.end + at + 1);
    text.get(start..end).unwrap_or("")
}

/// The first branch of every condition of the preprocessor, and one side of every merge that was left undone; everything else of them blank.
fn one_branch(text: &str) -> (String, Vec<Range<usize>>) {
    let (mut kept, mut left_out) = (String::with_capacity(text.len()), Vec::new());
    // Whether the branch that is open, on each level, is one that is left out.
    let mut levels: Vec<bool> = Vec::new();
    for line in text.split_inclusive('\n') {
        let start = kept.len();
        let directive: String = line.trim_start().chars().filter(|character| !character.is_whitespace()).take(8).collect();
        let is_directive = if directive.starts_with("#if") || line.starts_with("<<<<<<< ") {
            levels.push(levels.last().copied().unwrap_or(false));
            true
        } else if directive.starts_with("#el") || (line.starts_with("=======") && !levels.is_empty()) {
            levels.pop();
            levels.push(true);
            true
        } else if directive.starts_with("#endif") || line.starts_with(">>>>>>> ") {
            levels.pop();
            true
        } else {
            false
        };
        let is_out = levels.last().copied().unwrap_or(false);
        if is_directive || is_out {
            kept.push_str(&blank(line));
        } else {
            kept.push_str(line);
        }
        if is_out && !is_directive {
            left_out.push(start..kept.len());
        }
    }
    (kept, left_out)
}

/// As many blanks as a line has bytes, and its end.
fn blank(line: &str) -> String {
    line.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' }).collect()
}

/// The text with a closing bracket behind its end for every one that is open there.
fn closed(mut text: String) -> String {
    let mut open = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'(' | b'[' | b'{' => open.push(*byte),
            b')' | b']' | b'}' => {
                open.pop();
            }
            b'/' if matches!(bytes.get(at + 1), Some(b'/' | b'*')) => at = comment_end(bytes, at),
            b'"' | b'\'' => at = text_end(bytes, at),
            _ => {}
        }
        at += 1;
    }
    if open.len() > DEEPEST {
        return text;
    }
    while let Some(bracket) = open.pop() {
        let within_braces = open.last().is_none_or(|outer| *outer == b'{');
        text.push_str(match bracket {
            b'(' if within_braces => ");",
            b'(' => ")",
            b'[' => "]",
            _ => "}",
        });
    }
    text
}

/// The last byte of a comment that begins here.
fn comment_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or(&[]);
    let length = if rest.starts_with(b"//") {
        memchr::memchr(b'\n', rest)
    } else {
        rest.get(2..).and_then(|inside| memchr::memmem::find(inside, b"*/")).map(|length| length + 3)
    };
    at.saturating_add(length.unwrap_or(rest.len()))
}

/// The last byte of a text or character that begins here: a regular one, `@"…"`, `"""…"""`.
fn text_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or(&[]);
    if rest.starts_with(b"\"\"\"") {
        let length = rest.get(3..).and_then(|inside| memchr::memmem::find(inside, b"\"\"\""));
        return at.saturating_add(length.map_or(rest.len(), |length| length + 5));
    }
    let quote = rest.first().copied().unwrap_or(b'"');
    let before = bytes.get(at.saturating_sub(2)..at).unwrap_or(&[]);
    let is_verbatim = quote == b'"' && before.contains(&b'@');
    let mut offset = 1;
    while let Some(byte) = rest.get(offset) {
        match byte {
            b'\\' if !is_verbatim => offset += 1,
            b'\n' if !is_verbatim => break,
            byte if *byte == quote => {
                if !(is_verbatim && rest.get(offset + 1) == Some(&quote)) {
                    break;
                }
                offset += 1;
            }
            _ => {}
        }
        offset += 1;
    }
    at.saturating_add(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_stay_whatever_is_blanked_out() {
        let text = "a(\r\n#if DEBUG\n  x = \"é\"\n#else\n  y\n#endif\n);";
        let (kept, left_out) = one_branch(text);
        assert_eq!(kept.len(), text.len());
        assert_eq!(kept.find("é"), text.find("é"));
        assert_eq!(left_out.iter().filter_map(|range| text.get(range.clone())).collect::<String>(), "  y\n");
    }

    #[test]
    fn every_open_bracket_is_closed_and_texts_and_comments_hold_none() {
        for (text, behind) in [
            ("a(b => { x = 1;", "});"),
            ("class A { int x = '(' + \"{\" + @\"\\\";", "}"),
            ("// (\nclass A { /* { */ string s = \"\"\"{\"\"\"; ", "}"),
            ("class A {}", ""),
        ] {
            assert_eq!(closed(text.to_owned()).get(text.len()..), Some(behind), "{text}");
        }
    }
}
