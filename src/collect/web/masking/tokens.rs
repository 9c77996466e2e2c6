//! Secrets known by their own shape, wherever they stand.

use super::mask;

/// How JSON Web Tokens and SuperOffice's tickets and access tokens begin.
const SECRET_BEGINNINGS: [&str; 4] = ["eyJ", "7T", "7A", "8A"];

/// Authentication schemes whose credentials follow them (RFC 6750, RFC 7617, RFC 9449), in lower case.
const SCHEMES: [&str; 3] = ["bearer", "basic", "dpop"];

/// A token is at least this long behind its beginning.
const TOKEN_LENGTH: usize = 8;

/// Masks what has the shape of a token, wherever it stands.
pub(super) fn masked(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(letter) = rest.chars().next() {
        if !out.ends_with(|letter: char| letter.is_ascii_alphanumeric())
            && let Some((scheme, credentials, tail)) = credentials(rest)
        {
            out.push_str(scheme);
            out.push_str(&mask(credentials));
            rest = tail;
            continue;
        }
        let length = token_length(rest).unwrap_or(0);
        let (token, tail) = rest.split_at(length.max(letter.len_utf8()));
        out.push_str(&if length > 0 { mask(token) } else { token.to_owned() });
        rest = tail;
    }
    out
}

/// A scheme with its blanks, the credentials behind it, and what follows; absent where it is no scheme, or has parameters: `Bearer realm="x"`.
fn credentials(text: &str) -> Option<(&str, &str, &str)> {
    let is_scheme = |scheme: &&str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let scheme = SCHEMES.into_iter().find(is_scheme)?;
    let behind = text.get(scheme.len()..)?;
    let blanks = behind.len().saturating_sub(behind.trim_start_matches([' ', '\t', '+']).len());
    let (shown, rest) = text.split_at(scheme.len().saturating_add(blanks));
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_.~+/%".contains(letter);
    let token = rest.trim_start_matches(is_part);
    let tail = token.trim_start_matches('=');
    let is_parameter = token.len() > tail.len() && tail.starts_with(|letter: char| is_part(letter) || "\"' ".contains(letter));
    let (credentials, tail) = rest.split_at(rest.len().saturating_sub(tail.len()));
    (blanks > 0 && !credentials.is_empty() && !is_parameter).then_some((shown, credentials, tail))
}

/// The length of the token that text starts with; absent when it starts with none.
fn token_length(text: &str) -> Option<usize> {
    let beginning = SECRET_BEGINNINGS.iter().find(|beginning| text.starts_with(**beginning))?;
    let mut rest = text.strip_prefix(beginning)?;
    if *beginning != "eyJ" {
        rest = behind_colon(rest)?;
    }
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_.~+/=%".contains(letter);
    let tail = rest.trim_start_matches(is_part);
    let length = rest.len().saturating_sub(tail.len());
    (length >= TOKEN_LENGTH).then(|| text.len().saturating_sub(tail.len()))
}

/// What follows a colon, percent-encoded any number of times or not at all.
fn behind_colon(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix(':') {
        return Some(rest);
    }
    let encoded = text.strip_prefix('%')?.trim_start_matches("25");
    encoded.strip_prefix("3A").or_else(|| encoded.strip_prefix("3a"))
}
