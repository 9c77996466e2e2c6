//! How a member path or key path is shown. It comes from outside like any value: it may be long, and part of it may be a secret.

use crate::collect::source::values::masked;

/// Longer segments and paths are cut, in characters. A path keeps more of its end, which says what it is.
const LONGEST_SEGMENT: usize = 80;
const LONGEST: usize = 400;
const HEAD: usize = 100;
/// No more of a segment is looked at, in characters, or kept for matching, in bytes; no watched name is that long.
const LOOKED_AT: usize = 400;
/// A shorter run of characters is no secret.
const SECRET_FROM: usize = 16;
/// So many changes between letters and digits no name has.
const DIGIT_CHANGES: usize = 4;

/// The segments of a path, as they are shown, with points between them.
pub(super) fn dotted(path: &[impl AsRef<str>]) -> String {
    path.iter().map(|part| segment(part.as_ref())).collect::<Vec<_>>().join(".")
}

/// One segment, cut, and what looks like a secret masked.
pub(super) fn segment(text: &str) -> String {
    if text.contains("PRIVATE KEY") || text.contains("<RSAKeyValue>") {
        return masked(text);
    }
    let mut shown = String::new();
    let mut run = String::new();
    for character in text.chars().take(LOOKED_AT) {
        if character.is_alphanumeric() || "+/=_-~".contains(character) {
            run.push(character);
        } else {
            shown.push_str(&masked_if_secret(&run));
            run.clear();
            shown.push(character);
        }
    }
    shown.push_str(&masked_if_secret(&run));
    let is_whole = text.char_indices().nth(LOOKED_AT).is_none();
    match shown.char_indices().nth(LONGEST_SEGMENT - 1) {
        Some((end, last)) if !is_whole || shown.len() > end + last.len_utf8() => format!("{}…", shown.get(..end).unwrap_or("")),
        _ => shown,
    }
}

/// A whole path, short enough to be kept for every place.
pub(super) fn shortened(path: String) -> String {
    let length = path.chars().count();
    if length <= LONGEST {
        return path;
    }
    let (head, tail) = (path.chars().take(HEAD), path.chars().skip(length.saturating_sub(LONGEST - HEAD - 1)));
    head.chain(['…']).chain(tail).collect()
}

/// The end of a name, which is what decides whether it is watched.
pub(super) fn tail(name: &str) -> &str {
    let from = name.len().saturating_sub(LOOKED_AT);
    (from..name.len()).find_map(|start| name.get(start..)).unwrap_or(name)
}

fn masked_if_secret(run: &str) -> String {
    if is_secret(run) { masked(run) } else { run.to_owned() }
}

/// Whether a run of characters is one that a machine made: hexadecimal, or letters of both cases and digits in no order.
fn is_secret(run: &str) -> bool {
    if run.chars().nth(SECRET_FROM - 1).is_none() {
        return false;
    }
    let is_hex = run.chars().all(|character| character.is_ascii_hexdigit() || character == '-');
    let pairs = || run.as_bytes().windows(2).filter_map(|pair| Some((class(*pair.first()?)?, class(*pair.last()?)?)));
    let digit_changes = pairs().filter(|(one, other)| one != other && (*one == Class::Digit || *other == Class::Digit)).count();
    let changes = pairs().filter(|(one, other)| one != other).count();
    is_hex || digit_changes >= DIGIT_CHANGES || changes.saturating_mul(2) >= run.len()
}

#[derive(PartialEq, Eq)]
enum Class {
    Lower,
    Upper,
    Digit,
}

fn class(byte: u8) -> Option<Class> {
    match byte {
        b'a'..=b'z' => Some(Class::Lower),
        b'A'..=b'Z' => Some(Class::Upper),
        b'0'..=b'9' => Some(Class::Digit),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_masked_and_a_name_is_not() {
        for secret in [
            "09d5a1b2c3d4e5f60718293a4b5c6dc1",
            "deadbeefdeadbeefdeadbeef",
            "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            "SoCust-7kQ2mX9vB4nR8tL1",
            "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9",
            "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC/Kc+wgg==",
            "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B",
        ] {
            for around in [secret.to_owned(), format!("Key {secret}"), format!("[@key='{secret}']")] {
                assert!(!segment(&around).contains(secret.get(..10).unwrap()), "{around}: {}", segment(&around));
            }
        }
        for name in [
            "environmentVariables",
            "SuperOffice__ClientSecret",
            "ConfigFile",
            "SuperOfficeSoAppToken",
            "OAuth2ClientSecret1",
            "SO-AppToken-2024-01-15",
        ] {
            assert_eq!(segment(name), name);
        }
    }

    #[test]
    fn the_end_of_a_long_path_is_kept() {
        let path = format!("{}.ClientSecret", "a".repeat(100_000));
        assert!(shortened(path.clone()).ends_with(".ClientSecret"));
        assert!(tail(&path).ends_with(".ClientSecret"));
    }

    proptest! {
        #[test]
        fn whatever_is_shown_is_short(text in "\\PC{0,900}") {
            prop_assert!(segment(&text).chars().count() <= LONGEST_SEGMENT);
            prop_assert!(shortened(text.clone()).chars().count() <= LONGEST);
            prop_assert!(text.ends_with(tail(&text)) && tail(&text).len() <= LOOKED_AT);
        }
    }
}
