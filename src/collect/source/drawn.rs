//! Values that a machine drew at random, told from the words that people write.

use crate::collect::{
    source::forms::is_template,
    stand_ins::{is_counted, is_elided, is_one_character},
};

/// A shorter value is too short to look random.
pub(super) const RANDOM_FROM: usize = 16;
/// The same of one whose end alone says it.
const DRAWN_FROM: usize = 12;

/// Fewer letters may be an abbreviation or two.
const SHORTEST_LETTERS: usize = 10;

/// Whether a value looks like one that a machine made: a long run of letters and digits, as secrets and tokens have it.
pub(super) fn looks_random(value: &str) -> bool {
    let is_random = |run: &str| {
        let digits = run.chars().filter(char::is_ascii_digit).count();
        run.len() >= 10 && digits >= 2 && run.len().saturating_sub(digits) >= 2
    };
    let made_up = is_elided(value) || is_one_character(value) || is_counted(value) || is_template(value);
    value.len() >= RANDOM_FROM
        && !made_up
        && !value.contains("://")
        && value.split(|character: char| !character.is_ascii_alphanumeric()).any(is_random)
}

/// Whether letters are such as a machine draws: capitals stand in them as in no words that are joined, `kWqZaLpVxZ` and not `TestMobileApp`.
pub(super) fn are_drawn_letters(run: &str) -> bool {
    // A word is a capital at most, and small letters after it.
    let mut words: Vec<usize> = Vec::new();
    let (mut capitals, mut small) = (0, 0);
    let is_odd = |capitals: usize, small: usize| capitals > 1 || small < 2;
    for byte in run.bytes() {
        if byte.is_ascii_uppercase() && small > 0 {
            words.extend(is_odd(capitals, small).then_some(capitals));
            (capitals, small) = (0, 0);
        }
        if byte.is_ascii_uppercase() { capitals += 1 } else { small += 1 }
    }
    words.extend(is_odd(capitals, small).then_some(capitals));
    run.len() >= SHORTEST_LETTERS && run.bytes().all(|byte| byte.is_ascii_alphabetic()) && words.len() >= 2
}

/// Whether the last part of a value was drawn by a machine, short as it is: in `Contoso Sync-kWqZaLpVxZ` digits, small and capital letters take turns
/// more often than in words.
pub(super) fn ends_drawn(value: &str) -> bool {
    let is_token = |character: char| character.is_ascii_alphanumeric() || "-_ .+=".contains(character);
    let run = value.trim_end_matches('=').rsplit(|character: char| !character.is_ascii_alphanumeric()).next().unwrap_or("");
    let kind = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
    // A capital before a small letter begins a word.
    let is_turn =
        |pair: &[u8]| matches!(pair, [one, next] if kind(*one) != kind(*next) && !(one.is_ascii_uppercase() && next.is_ascii_lowercase()));
    let turns = run.as_bytes().windows(2).filter(|pair| is_turn(pair)).count();
    value.len() >= DRAWN_FROM
        && run.len() >= 8
        && (turns * 4 >= run.len() || are_drawn_letters(run))
        && value.chars().all(is_token)
        && !is_counted(run)
        && !is_elided(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_that_was_drawn_is_told_from_words() {
        for value in [
            "NodeSync-82hq1kdm",
            "Contoso Sync-kWqZaLpVxZ",
            "Portal-3c1f0a9b",
            "dev_x7SetQm2Lp",
            "Kundeportal Test-GcrdmABRcG",
            "Nord Sync-SWGSrnAEpH",
        ] {
            assert!(ends_drawn(value), "{value}");
        }
        for value in [
            "client_secret_post",
            "Contoso:ClientSecret",
            "OAuth2ClientSecret",
            "SuperOffice.Base64Url",
            "app-token-version2",
            "https://a.example/x7SetQm2Lp",
            "secrets/82hq1kdm9",
            "Sync-12345678",
            "iOSApplication2024",
            "Contoso-TestMobileApp",
            "Contoso-OurAPIServer",
            "Contoso-applicationtoken",
            "Contoso-APPLICATION",
        ] {
            assert!(!ends_drawn(value), "{value}");
        }
    }
}
