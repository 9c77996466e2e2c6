//! What is left of the text of a key when the marks of the language around it are taken away.

use std::borrow::Cow;

use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Lenient engines: what people paste lacks its padding, or has bits left over.
const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true);
const ORDINARY: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
const FOR_URLS: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, CONFIG);

/// Ways in which languages write a character otherwise, and what it is.
const ESCAPES: [(&str, &str); 30] = [
    ("\\\\r", "\n"),
    ("\\\\n", "\n"),
    ("\\\\t", " "),
    ("\\r", "\n"),
    ("\\n", "\n"),
    ("\\t", " "),
    ("\\/", "/"),
    ("\\\"", "\""),
    ("\\u000a", "\n"),
    ("\\u000A", "\n"),
    ("\\u000d", "\n"),
    ("\\u000D", "\n"),
    ("\\u002b", "+"),
    ("\\u002B", "+"),
    ("\\u003c", "<"),
    ("\\u003C", "<"),
    ("\\u003e", ">"),
    ("\\u003E", ">"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&#10;", "\n"),
    ("&#13;", "\n"),
    ("&#xA;", "\n"),
    ("&#xa;", "\n"),
    ("&#xD;", "\n"),
    ("&#43;", "+"),
    ("%0A", "\n"),
    ("%2B", "+"),
    ("%2F", "/"),
    ("%3D", "="),
];

/// The text with escapes read, once over.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['\\', '&', '%']) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '&', '%']) {
        let (before, here) = rest.split_at(at);
        plain.push_str(before);
        let known = ESCAPES.iter().find(|(written, _)| here.starts_with(written));
        let length = known.map_or(1, |(written, _)| written.len());
        plain.push_str(known.map_or(here.get(..1).unwrap_or(""), |(_, meant)| meant));
        rest = here.get(length..).unwrap_or("");
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// What is written inside the strings of a text that begins inside of one: joined lines, pieces of a sum, elements of a list.
pub(super) fn inside_strings(text: &str) -> Cow<'_, str> {
    match text.find(['"', '\'', '`']).and_then(|at| text.get(at..)).and_then(|rest| rest.chars().next()) {
        Some(quote) => Cow::Owned(text.split(quote).step_by(2).collect()),
        None => Cow::Borrowed(text),
    }
}

/// The characters of base64 alone, whatever stands between its lines: blanks, marks of comments, of continued lines, of quoted text.
pub(super) fn digits(text: &str) -> String {
    let is_digit = |character: char| character.is_ascii_alphanumeric() || "+/=-_".contains(character);
    let is_mark = |part: &&str| {
        part.is_empty() || part.chars().all(|character| "/+-=_".contains(character)) && part.len() < 4 && !part.starts_with('=')
    };
    text.split(|character| !is_digit(character)).filter(|part| !is_mark(part)).collect()
}

/// What base64 in either alphabet stands for; none when it is none.
pub(super) fn decoded(digits: &str) -> Option<Vec<u8>> {
    let digits: String = digits.chars().filter(|digit| !digit.is_whitespace()).collect();
    // A lone digit at the end stands for nothing.
    let whole = digits.trim_end_matches('=');
    let engine = if whole.contains(['-', '_']) { FOR_URLS } else { ORDINARY };
    engine.decode(whole).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_lines_of_a_key_come_out_of_any_wrapping() {
        for wrapped in [
            "\nMIIEpAIB\nAAKCAQEA+/\n",
            "\\nMIIEpAIB\\nAAKCAQEA+/\\n",
            "\\\\nMIIEpAIB\\\\r\\\\nAAKCAQEA+\\/\\\\n",
            "\\n\" +\n    \"MIIEpAIB\\n\" +\n    \"AAKCAQEA+/\\n\" +\n   \"",
            "',\n  'MIIEpAIB',\n  'AAKCAQEA+/',\n  '",
            "\n// MIIEpAIB\n// AAKCAQEA+/\n// ",
            "\n   # MIIEpAIB\n   # AAKCAQEA+/\n",
            "&#10;MIIEpAIB&#xA;AAKCAQEA&#43;/&#10;",
            "\\u000aMIIEpAIB\\u000aAAKCAQEA\\u002b/",
            " MIIEpAIB AAKCAQEA+/ ",
        ] {
            assert_eq!(digits(&inside_strings(&unescaped(wrapped))), "MIIEpAIBAAKCAQEA+/", "{wrapped}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[\\\\nru0&#1;%2BAa'\" +/=é-]{0,80}") {
            let plain = unescaped(&text);
            prop_assert!(plain.len() <= text.len());
            let _ = decoded(&digits(&inside_strings(&plain)));
        }
    }
}
