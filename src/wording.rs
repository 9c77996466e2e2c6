//! How things are put for people to read: untrusted text made safe to look at, the word that was probably meant, bytes as digits.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};

/// The longest word for which another is suggested, in characters.
const LONGEST_WORD: usize = 400;

/// Whether a character is invisible, moves the cursor, or changes the direction of the text around it.
///
/// Controls (ANSI escapes begin with one), the bidirectional controls of Unicode UAX #9 ("Trojan Source", CVE-2021-42574), line separators, zero-width
/// characters and tags.
#[must_use]
pub fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with every deceptive character written as Rust writes it: `\n`, `\u{1b}`, `\u{202e}`.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_deceptive(character) { shown.extend(character.escape_default()) } else { shown.push(character) }
    }
    shown
}

/// [`visible`], and no longer than `most` characters; what was cut is counted.
#[must_use]
pub fn visible_within(text: &str, most: usize) -> String {
    let Some((cut, _)) = text.char_indices().nth(most) else { return visible(text) };
    let (kept, rest) = text.split_at(cut);
    format!("{}… ({} more characters)", visible(kept), rest.chars().count())
}

/// The candidate that a mistyped word was probably meant to be: at most one slip in three letters.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length > LONGEST_WORD {
        return None;
    }
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= length.max(candidate.chars().count()).div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A number with the words for one or for many.
#[must_use]
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Bytes in lowercase hexadecimal.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut digits, byte| {
        write!(digits, "{byte:02x}").expect("writing to a string never fails");
        digits
    })
}

/// The SHA-256 of bytes (FIPS 180-4), in lowercase hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(digest(&SHA256, bytes).as_ref())
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

    #[test]
    fn the_nearest_word_is_one_slip_away() {
        assert_eq!(nearest("offred", ["id", "offered", "reason"]), Some("offered"));
        assert_eq!(nearest("xyz", ["id", "offered", "reason"]), None);
    }

    #[test]
    fn the_hash_is_the_one_of_fips_180() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    proptest! {
        #[test]
        fn nothing_deceptive_is_left(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(is_deceptive));
        }
    }
}
