//! Whether a written value only holds the place of a real one, and how a real one may be shown.

pub(super) use crate::collect::stand_ins::masked;
use crate::collect::stand_ins::{self, is_counted, is_elided, is_one_character};

/// More words that say that a value is none.
const STAND_INS: [&str; 4] = ["here", "missing", "process", "required"];

/// More words that surround the names of credentials.
const NAMING: [&str; 13] =
    ["access", "app", "application", "auth", "bearer", "client", "code", "header", "jwt", "name", "refresh", "ticket", "token"];

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

/// Whether a word says that a value is none.
fn says_none(word: &str) -> bool {
    stand_ins::says_none(word) || STAND_INS.contains(&word)
}

/// Whether a word is one of those that surround the names of credentials.
fn is_naming(word: &str) -> bool {
    stand_ins::is_naming(word) || NAMING.contains(&word)
}

/// Whether its words say that it is a stand-in, or are those of a name.
fn speaks(value: &str) -> bool {
    if value.starts_with("eyJ") {
        return false;
    }
    let words = words(value);
    let random = value.split(|character: char| !character.is_ascii_alphanumeric()).any(is_random);
    let names = words.iter().all(|word| is_naming(word) || says_none(word));
    let stands_in = words.iter().any(|word| says_none(word));
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
