//! Text from outside, made safe to look at: what a reader cannot see, or what turns the words around it, is written out.

use std::fmt::Write as _;

/// Whether a character is invisible, moves the cursor, or changes the direction of the text around it.
///
/// Controls (ANSI escapes begin with one), the bidirectional controls of Unicode UAX #9 ("Trojan Source", CVE-2021-42574), line separators, zero-width
/// characters and tags.
pub(super) fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with every deceptive character written as Rust writes it: `\n`, `\u{1b}`, `\u{202e}`.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_deceptive(character) { shown.extend(character.escape_default()) } else { shown.push(character) }
    }
    shown
}

/// [`visible`], and no longer than `most` characters; what was cut is counted.
pub(super) fn visible_within(text: &str, most: usize) -> String {
    let Some((cut, _)) = text.char_indices().nth(most) else { return visible(text) };
    let (kept, rest) = text.split_at(cut);
    format!("{}… ({} more characters)", visible(kept), rest.chars().count())
}

/// JSON text with every deceptive character outside ASCII written as `\uXXXX`; the value stays the same.
///
/// In JSON such a character can stand only inside a string, so the text as a whole can be treated.
pub(super) fn json_visible(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() || !is_deceptive(character) {
            shown.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            write!(shown, "\\u{unit:04x}").expect("writing to a string never fails");
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_and_bidi_overrides_are_written_out() {
        assert_eq!(visible("\u{1b}[31mred\u{202e}der\r\n"), "\\u{1b}[31mred\\u{202e}der\\r\\n");
    }

    #[test]
    fn ordinary_text_of_any_script_stays_as_it_is() {
        for text in ["naïve – “quoted”", "Ærlig talt, åpne døra", "日本語", "שלום", "✓"] {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(visible_within("abcdef", 3), "abc… (3 more characters)");
        assert_eq!(visible_within("abc", 3), "abc");
    }

    proptest! {
        #[test]
        fn nothing_deceptive_is_left(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(is_deceptive));
        }

        #[test]
        fn json_keeps_its_value(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(&json_visible(&json)).unwrap(), text);
        }
    }
}
