//! The line on which something stands, as it may be shown: what is or could be a secret is masked.

use crate::collect::source::{
    names::{Watch, squeezed},
    sinks,
    values::{is_placeholder, masked},
};

/// A longer line is not shown, in characters.
const LONGEST: usize = 200;
/// Strings as short as this are no secrets: a separator, a number of a port.
const SHORT: usize = 3;

/// A line without its secrets; none when it is too long. `secrets` are those of the file, `known` is text that is shown anyway.
pub(super) fn excerpt(line: &str, secrets: &[String], known: &str, watch: &Watch) -> Option<String> {
    let line = line.trim_end_matches(['\r', '\n']);
    if line.chars().nth(LONGEST).is_some() {
        return None;
    }
    let mut shown = String::new();
    let mut rest = line;
    while let Some((before, secret, after)) = first_secret(rest, secrets) {
        shown.push_str(&without_strings(before, known, watch));
        shown.push_str(&masked(secret));
        rest = after;
    }
    shown.push_str(&without_strings(rest, known, watch));
    let shown: String = shown.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    Some(shown.trim().to_owned())
}

/// What stands before the first of the secrets, the secret, and what stands after.
fn first_secret<'a>(text: &'a str, secrets: &[String]) -> Option<(&'a str, &'a str, &'a str)> {
    let places =
        secrets.iter().filter(|secret| !secret.is_empty()).filter_map(|secret| text.find(secret.as_str()).map(|at| (at, secret.len())));
    let (at, length) = places.min_by_key(|(at, length)| (*at, usize::MAX - length))?;
    Some((text.get(..at)?, text.get(at..at + length)?, text.get(at + length..)?))
}

/// With the contents of strings masked, and what follows a mark of equality.
fn without_strings(text: &str, known: &str, watch: &Watch) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'', '`']) {
        let (before, here) = rest.split_at(at);
        shown.push_str(&without_words(before, known, watch));
        let quote = here.chars().next().unwrap_or('"');
        let inside = here.get(1..).unwrap_or("");
        // An apostrophe is no quote.
        let length = inside.find(quote).unwrap_or(inside.len());
        let (content, after) = inside.split_at(length);
        shown.push(quote);
        shown.push_str(&may_show(content, known, watch));
        if let Some(after) = after.strip_prefix(quote) {
            shown.push(quote);
            rest = after;
        } else {
            rest = after;
        }
    }
    shown.push_str(&without_words(rest, known, watch));
    shown
}

/// Outside of strings: words that a person did not make up, and what a name without quotes is set to.
fn without_words(text: &str, known: &str, watch: &Watch) -> String {
    let mut shown = String::new();
    let mut is_value = false;
    for part in text.split_inclusive([' ', '\t', '=', ':', ';', '&', '<', '>', ',', '@', '?']) {
        let mark = part.chars().next_back().filter(|mark| " \t=:;&<>,@?".contains(*mark));
        let word = mark.map_or(part, |mark| part.strip_suffix(mark).unwrap_or(part));
        // What follows the scheme of an address is masked, and not that an address follows.
        let word = word.strip_prefix("//").inspect(|_| shown.push_str("//")).unwrap_or(word);
        shown.push_str(&if is_value && !word.is_empty() { may_show(word, known, watch) } else { masked_if_random(word) });
        shown.extend(mark);
        is_value = match mark {
            Some('=' | ':') => true,
            Some(' ' | '\t') if word.is_empty() => is_value,
            _ => false,
        };
    }
    shown
}

/// The text itself, if it is a stand-in, a switch, code or part of what is shown anyway; otherwise its length.
fn may_show(text: &str, known: &str, watch: &Watch) -> String {
    let bare = text.trim();
    let is_short = bare.chars().count() <= SHORT;
    let is_switch = ["true", "false", "null", "none"].contains(&bare.to_lowercase().as_str());
    let is_known = !squeezed(bare).is_empty() && squeezed(known).contains(&squeezed(bare));
    // A name of the language, called or looked into.
    let is_code = bare.contains(['(', ')', '[', ']', '{', '}']) && !bare.chars().any(|character| character.is_ascii_digit());
    let is_stand_in = !bare.contains(char::is_whitespace) && is_placeholder(bare, watch);
    if is_short || is_switch || is_known || is_code || is_stand_in { text.to_owned() } else { format!("({})", text.chars().count()) }
}

/// A run of characters that a machine made is masked whatever is around it.
fn masked_if_random(word: &str) -> String {
    let shown = sinks::segment(word);
    let runs = word.chars().filter(char::is_ascii_digit).count();
    if runs >= 2 && word.chars().count() >= 8 && word.chars().any(char::is_alphabetic) {
        format!("({})", word.chars().count())
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evidence::Vocabulary;

    fn watch() -> Watch {
        Watch::new(&Vocabulary { assignment: vec!["ClientSecret".to_owned()], ..Vocabulary::default() })
    }

    #[test]
    fn a_line_keeps_its_names_and_loses_its_values() {
        let secrets = ["09d5a1b2c3d4e5f60718293a4b5c6dc1".to_owned()];
        for (line, expected) in [
            ("  options.ClientSecret = \"09d5a1b2c3d4e5f60718293a4b5c6dc1\";", "options.ClientSecret = \"09d…c1(32)\";"),
            (
                "<add key=\"ClientSecret\" value=\"09d5a1b2c3d4e5f60718293a4b5c6dc1\" />",
                "<add key=\"ClientSecret\" value=\"09d…c1(32)\" />",
            ),
            ("CLIENT_SECRET=hunter2hunter2", "CLIENT_SECRET=(14)"),
            ("password: \"correct horse\"", "password: \"(13)\""),
            ("requireSsl: false", "requireSsl: false"),
            ("https://admin:tiger42@host/", "https://(5):(7)@host/"),
        ] {
            assert_eq!(excerpt(line, &secrets, "options.ClientSecret", &watch()).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_long_line_is_not_shown() {
        assert_eq!(excerpt(&"a ".repeat(200), &[], "", &watch()), None);
    }

    proptest! {
        #[test]
        fn a_known_secret_is_never_shown(secret in "[A-Za-z0-9!?_/+-]{6,60}", before in "[a-zA-Z =:\"'<>]{0,30}", after in "[a-zA-Z =:\"'<>]{0,30}") {
            let line = format!("{before}{secret}{after}");
            let shown = excerpt(&line, std::slice::from_ref(&secret), "", &watch()).unwrap_or_default();
            prop_assert!(!shown.contains(&secret) || before.contains(&secret) || after.contains(&secret), "{shown}");
        }

        #[test]
        fn what_is_quoted_is_never_shown(secret in "[a-z]{4,12}[0-9]{3,8}[a-z]{2,4}", name in "[a-z]{3,8}") {
            let line = format!("{name} = \"{secret}\"");
            prop_assert!(!excerpt(&line, &[], &name, &watch()).unwrap_or_default().contains(&secret));
        }
    }
}
