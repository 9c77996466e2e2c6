//! Values that only hold the place of a real one, wherever they stand: their forms and their words. And how a real one may be shown.

/// Shorter values show no character at all: five of eleven would be too many.
const MASK_FROM: usize = 12;

/// Words that say that a value is none.
const STAND_INS: [&str; 27] = [
    "change",
    "changeme",
    "dummy",
    "enter",
    "env",
    "example",
    "fake",
    "fixme",
    "generate",
    "hidden",
    "insert",
    "invalid",
    "masked",
    "mock",
    "none",
    "null",
    "openssl",
    "placeholder",
    "redacted",
    "removed",
    "replace",
    "sample",
    "test",
    "testing",
    "todo",
    "undefined",
    "your",
];

/// Words that surround the names of credentials; a value of these alone is a name.
const NAMING: [&str; 11] = ["a", "api", "id", "is", "key", "my", "password", "secret", "the", "this", "value"];

/// Whether a word, in lower case, says that a value is none.
pub(super) fn says_none(word: &str) -> bool {
    STAND_INS.contains(&word)
}

/// Whether a word, in lower case, is one of those that surround the names of credentials.
pub(super) fn is_naming(word: &str) -> bool {
    NAMING.contains(&word)
}

/// The first three and the last two characters and the length, as in `09d…c1(32)`; of a short value the length alone.
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

/// Characters left out: dots, asterisks, a run of `x`. Letters of both cases are no run: chance puts them into tokens.
pub(super) fn is_elided(value: &str) -> bool {
    ["...", "…", "***", "•••", "xxxx", "XXXX"].iter().any(|run| value.contains(run)) || is_cut_short(value)
}

/// Whether a value is its beginning alone, with two asterisks for the rest: `Sy**`. After more than a few letters they are signs of a password.
fn is_cut_short(value: &str) -> bool {
    const LONGEST_BEGINNING: usize = 3;
    let beginning = value.strip_suffix("**");
    beginning.is_some_and(|beginning| beginning.len() <= LONGEST_BEGINNING && beginning.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// One character over and over, punctuation aside: `00000000-0000-0000-0000-000000000000`.
pub(super) fn is_one_character(value: &str) -> bool {
    let mut characters = value.chars().filter(|character| character.is_alphanumeric());
    let first = characters.next();
    characters.all(|character| Some(character) == first)
}

/// Characters counted up or down, punctuation aside: `1234567-1234-9876`, `0123456789abcdef`. With letters, digits and a sign as those who choose a
/// password are asked for, it is one: `123@123a`.
pub(super) fn is_counted(value: &str) -> bool {
    let has = |accepts: fn(char) -> bool| value.chars().any(accepts);
    if value.contains(['@', '!', '#', '$', '%', '&']) && has(|one| one.is_ascii_alphabetic()) && has(|one| one.is_ascii_digit()) {
        return false;
    }
    let next = |one: u8, other: u8| other == one.saturating_add(1) || (one == b'9' && matches!(other, b'0' | b'a' | b'A'));
    let groups: Vec<&[u8]> = value.as_bytes().split(|byte| !byte.is_ascii_alphanumeric()).filter(|group| !group.is_empty()).collect();
    let steps: Vec<bool> = groups
        .iter()
        .flat_map(|group| group.windows(2))
        .map(|pair| matches!(pair, [one, other] if next(*one, *other) || next(*other, *one)))
        .collect();
    let counted = steps.iter().filter(|step| **step).count();
    // Starting over breaks the count once in ten characters; random characters follow each other once in ten.
    steps.len() >= 5 && counted.saturating_mul(10) >= steps.len().saturating_mul(8) && value.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_with_two_asterisks_is_no_value() {
        for value in ["Sy**", "f**", "**", "ab***"] {
            assert!(is_elided(value), "{value}");
        }
        for value in ["kvist7041**", "a*b*", "Sy*", "**Sy"] {
            assert!(!is_elided(value), "{value}");
        }
    }
}
