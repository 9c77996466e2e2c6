//! User names and passwords before the host of a URL.

use super::{mask, parameters::Syntax, split_before};

/// Masks the user name and password before a host, wherever a URL with them starts.
pub(super) fn masked(raw: &str, syntax: Syntax) -> String {
    let (scheme, mut rest) = raw.split_at(scheme_length(raw, syntax));
    let mut out = scheme.to_owned();
    // Browsers read `https:user@host` as if it had its slashes.
    let mut is_authority = !scheme.is_empty();
    while !rest.is_empty() {
        let (slashes, after) = split_before(rest, |letter| !is_slash(letter));
        is_authority |= slashes.len() > 1;
        let (authority, _) = split_before(after, |letter| ends_authority(letter, syntax));
        let (credentials, after) = after.split_at(authority.rfind('@').filter(|_| is_authority).unwrap_or(0));
        let (host, tail) = split_before(after, is_slash);
        out.push_str(slashes);
        out.push_str(&if credentials.is_empty() { String::new() } else { mask(credentials) });
        out.push_str(host);
        is_authority = false;
        rest = tail;
    }
    out
}

/// The length of the scheme that a URL starts with, its colon included.
fn scheme_length(raw: &str, syntax: Syntax) -> usize {
    match (syntax, raw.split_once(':')) {
        (Syntax::Url, Some((scheme, _))) if scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter)) => {
            scheme.len().saturating_add(1)
        }
        _ => 0,
    }
}

/// In a URL of its own, quotes and blanks may belong to a password.
fn ends_authority(letter: char, syntax: Syntax) -> bool {
    let ends_text = matches!(syntax, Syntax::Text) && (letter.is_whitespace() || "\"'<>".contains(letter));
    is_slash(letter) || "?#".contains(letter) || ends_text
}

fn is_slash(letter: char) -> bool {
    matches!(letter, '/' | '\\')
}
