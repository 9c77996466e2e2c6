//! Text in messages: SARIF gives brackets and braces a meaning, and text from outside must not use it.

use serde_sarif::sarif;

use crate::wording::visible_within;

/// Characters of a message that are kept.
const MOST_CHARACTERS: usize = 4_000;

/// The one text of a message with nothing to be read into it.
pub(super) fn message(text: &str) -> sarif::Message {
    sarif::Message { text: Some(literal(text)), ..sarif::Message::default() }
}

/// The same for the texts of a rule.
pub(super) fn multiformat(text: &str) -> sarif::MultiformatMessageString {
    sarif::MultiformatMessageString::builder().text(not_empty(literal(text))).build()
}

/// Placeholders are `{0}` (SARIF 2.1.0, section 3.11.5) and links `[words](target)` (section 3.11.6): what only looks like one is escaped.
pub(super) fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    for character in visible_within(text, MOST_CHARACTERS).chars() {
        match character {
            '{' => literal.push_str("{{"),
            '}' => literal.push_str("}}"),
            '[' | ']' | '\\' => literal.extend(['\\', character]),
            other => literal.push(other),
        }
    }
    literal
}

/// Consumers refuse an empty text.
pub(super) fn not_empty(text: String) -> String {
    if text.is_empty() { "(no text)".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_makes_no_link_and_no_placeholder() {
        assert_eq!(literal("[click](https://evil.example) {0}"), r"\[click\](https://evil.example) {{0}}");
    }
}
