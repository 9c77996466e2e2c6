//! Whether a written value only holds the place of a real one, and how a real one may be shown.

use crate::collect::stand_ins::{is_counted, is_elided, is_one_character};

/// Shorter values show no character at all.
const MASK_FROM: usize = 12;

/// Words that say that a value is none.
const STAND_INS: [&str; 29] = [
    "your",
    "example",
    "sample",
    "dummy",
    "placeholder",
    "change",
    "changeme",
    "replace",
    "insert",
    "enter",
    "todo",
    "fixme",
    "redacted",
    "removed",
    "hidden",
    "masked",
    "null",
    "undefined",
    "none",
    "test",
    "testing",
    "mock",
    "fake",
    "env",
    "process",
    "required",
    "invalid",
    "missing",
    "here",
];

/// Words that surround the names of credentials; a value of these alone is a name.
const NAMING: [&str; 24] = [
    "a",
    "access",
    "api",
    "app",
    "application",
    "auth",
    "bearer",
    "client",
    "code",
    "header",
    "id",
    "is",
    "jwt",
    "key",
    "my",
    "name",
    "password",
    "refresh",
    "secret",
    "the",
    "this",
    "ticket",
    "token",
    "value",
];

/// The first three and the last two characters and the length; of a short value the length alone.
pub(super) fn masked(value: &str) -> String {
    let characters: Vec<char> = value.chars().map(|character| if character.is_control() { '·' } else { character }).collect();
    let length = characters.len();
    match (characters.first_chunk::<3>(), characters.last_chunk::<2>()) {
        (Some(first), Some(last)) if length >= MASK_FROM => {
            format!("{}…{}({length})", first.iter().collect::<String>(), last.iter().collect::<String>())
        }
        _ => format!("({length})"),
    }
}

/// Whether a value is a stand-in, a name, a sentence or a variable. A doubtful value counts as real.
pub(super) fn is_stand_in(value: &str) -> bool {
    if value.contains("PRIVATE KEY-----") {
        return value.contains("...");
    }
    is_elided(value) || is_one_character(value) || is_counted(value) || is_variable(value) || speaks(value)
}

/// What a template engine, a deployment tool or a script fills in.
fn is_variable(value: &str) -> bool {
    const PAIRS: [(&str, &str); 8] =
        [("${", "}"), ("#{", "}"), ("{{", "}}"), ("$(", ")"), ("<%", "%>"), ("<", ">"), ("{", "}"), ("__", "__")];
    let around = |open: &str, close: &str| {
        let (before, rest) = value.split_once(open)?;
        let (_, after) = rest.split_once(close)?;
        Some(before.chars().chain(after.chars()).filter(|character| character.is_alphanumeric()).count())
    };
    PAIRS.iter().any(|(open, close)| around(open, close).is_some_and(|left| left < 8)) || (value.starts_with('%') && value.ends_with('%'))
}

/// Whether its words say that it is a stand-in, or are those of a name.
fn speaks(value: &str) -> bool {
    if value.starts_with("eyJ") {
        return false;
    }
    let words = words(value);
    let random = value.split(|character: char| !character.is_ascii_alphanumeric()).any(is_random);
    let names = words.iter().all(|word| NAMING.contains(&word.as_str()) || STAND_INS.contains(&word.as_str()));
    let stands_in = words.iter().any(|word| STAND_INS.contains(&word.as_str()));
    names || (stands_in && !random)
}

/// A run that mixes digits and letters as machines do.
fn is_random(run: &str) -> bool {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    run.len() >= 10 && digits >= 2 && run.len().saturating_sub(digits) >= 2
}

/// The words of a value, in lower case: divided at punctuation and at capitals after small letters.
fn words(value: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for character in value.chars() {
        let starts = !character.is_alphabetic() || (small && character.is_uppercase());
        if starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphabetic()) {
            word.extend(character.to_lowercase());
        }
        small = character.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_and_real_values_are_told_apart() {
        for value in [
            "YOUR_CLIENT_SECRET",
            "your-secret-here",
            "xxxxxxxxxxxx",
            "************",
            "${token}",
            "{{ secret }}",
            "__SECRET__",
            "%SECRET%",
            "clientSecret",
            "0123456789abcdef",
            "00000000-0000-0000-0000-000000000000",
            "09d5c1...",
            "access_token",
            "test-token-value",
            "<secret>",
        ] {
            assert!(is_stand_in(value), "{value}");
        }
        for value in [
            "09d5a1b2c3d4e5f60718293a4b5c6dc1",
            "Zx7Q2mLp9Rt4Vw8Kb3Nc",
            "hunter2hunter2",
            "7T:MQA2ADMAOAA0ADEAMAAxAA==",
            "Sample Sync-Ab3dEf9hIj",
            "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlc2lnbmF0dXJl",
        ] {
            assert!(!is_stand_in(value), "{value}");
        }
        assert_eq!(masked("09d5a1b2c3d4e5f60718293a4b5c6dc1"), "09d…c1(32)");
        assert_eq!(masked("hunter22"), "(8)");
    }
}
