//! JSON that shows what it holds.

use std::fmt::Write as _;

use crate::wording::is_deceptive;

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

    proptest! {
        #[test]
        fn json_keeps_its_value(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            let shown = json_visible(&json);
            prop_assert!(!shown.chars().any(|character| !character.is_ascii() && is_deceptive(character)));
            prop_assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
        }
    }
}
