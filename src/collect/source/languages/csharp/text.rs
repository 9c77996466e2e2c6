//! The values of C# string literals (C# language specification, section 6.4.5.6).

use tree_sitter::Node;

use crate::collect::source::languages::csharp::tree::{children, text_of};

/// The value of a literal in any of the forms without holes; absent for anything else.
pub(super) fn literal(node: Node<'_>, text: &str) -> Option<String> {
    match node.kind() {
        "string_literal" => Some(pieces(node, text)),
        "verbatim_string_literal" => {
            let written = text_of(node, text).trim_end_matches("u8");
            let inside = written.strip_prefix("@\"").and_then(|rest| rest.strip_suffix('"'))?;
            Some(inside.replace("\"\"", "\""))
        }
        "raw_string_literal" => {
            let content = children(node).into_iter().find(|child| child.kind() == "raw_string_content");
            Some(content.map_or(String::new(), |content| unindented(text_of(content, text))))
        }
        _ => None,
    }
}

/// The contents and escapes of a regular string, one after the other.
fn pieces(node: Node<'_>, text: &str) -> String {
    let piece = |child: Node<'_>| match child.kind() {
        "string_literal_content" => text_of(child, text).to_owned(),
        "escape_sequence" => unescaped(text_of(child, text)),
        _ => String::new(),
    };
    children(node).into_iter().map(piece).collect()
}

/// One escape sequence as the characters it stands for.
pub(super) fn unescaped(escape: &str) -> String {
    let mut characters = escape.chars();
    characters.next();
    let Some(first) = characters.next() else { return String::new() };
    let character = match first {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'e' => '\u{1b}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        'x' | 'u' | 'U' => {
            u32::from_str_radix(characters.as_str(), 16).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        other => other,
    };
    character.to_string()
}

/// A raw string over several lines loses its first and last line break and the common indentation.
fn unindented(content: &str) -> String {
    if !content.contains('\n') {
        return content.to_owned();
    }
    let lines: Vec<&str> = content.lines().map(str::trim).collect();
    lines.join("\n").trim().to_owned()
}
