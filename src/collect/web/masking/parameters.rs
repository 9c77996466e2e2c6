//! Secrets known by the name of their parameter, `name=value`, also where the text is percent-encoded.

use super::{MASK, mask, shapes, split_before, tokens};

/// Parameters that carry a secret by exactly this name, in lower case without `-` and `_`.
const SECRET_NAMES: [&str; 33] = [
    "accesskey",
    "apikey",
    "aspxauth",
    "auth",
    "authcode",
    "authorization",
    "authorizationcode",
    "cnonce",
    "code",
    "codeverifier",
    "credential",
    "credentials",
    "devicecode",
    "key",
    "nextnonce",
    "nonce",
    "otp",
    "passcode",
    "pin",
    "proxyauthorization",
    "pwd",
    "rspauth",
    "sid",
    "sig",
    "signature",
    "state",
    "subscriptionkey",
    "usec",
    "usercode",
    "wresult",
    "xapikey",
    "xauth",
    "xauthorization",
];

/// A parameter with one of these in its name carries a secret.
const SECRET_WORDS: [&str; 12] =
    ["token", "secret", "passw", "ticket", "assertion", "saml", "jwt", "privatekey", "sess", "bearer", "csrf", "xsrf"];

/// Words that have a secret one in them by chance.
const HARMLESS_WORDS: [&str; 3] = ["assess", "possess", "obsess"];

/// A parameter whose name ends so only speaks about a secret.
const HARMLESS_ENDINGS: [&str; 5] = ["type", "typehint", "endpoint", "uri", "url"];

/// How often text may be percent-encoded over and over for its secrets to be seen.
const ENCODINGS: u8 = 4;

/// What a parameter's value ends at.
#[derive(Clone, Copy)]
pub(super) enum Syntax {
    /// In a URL: at the next parameter.
    Url,
    /// Elsewhere: also at whitespace and punctuation.
    Text,
}

impl Syntax {
    fn ends_value(self, letter: char) -> bool {
        match self {
            Self::Url => matches!(letter, '&' | '#'),
            Self::Text => letter.is_whitespace() || matches!(letter, '&' | '#' | ';' | ',' | '"' | '\'' | '<' | '>'),
        }
    }

    /// Whether an allow-list follows, as in `Permissions-Policy: private-state-token-issuance=(self)`.
    fn starts_list(self, rest: &str) -> bool {
        matches!(self, Self::Text) && rest.starts_with(['(', '*'])
    }

    /// The blanks that stand before a value without belonging to it.
    fn split_blanks(self, rest: &str) -> (&str, &str) {
        match self {
            Self::Url => ("", rest),
            Self::Text => split_before(rest, |letter| letter != ' '),
        }
    }

    /// Whether a path segment or a value begins behind `before`, and no host. Outside of URLs only paths count: entity tags and hashes are
    /// no secrets.
    fn starts_segment(self, before: &str) -> bool {
        let in_path = before.ends_with('/') && !before.ends_with("//");
        match self {
            Self::Url => in_path || before.is_empty() || before.ends_with(['=', '?']),
            Self::Text => in_path && ends_in_url(before),
        }
    }

    /// Whether the value of a URL's parameter begins behind `before`.
    fn starts_value(self, before: &str) -> bool {
        before.ends_with('=')
            && match self {
                Self::Url => true,
                Self::Text => {
                    before.rsplit(|letter: char| letter.is_whitespace() || "\"'<>;,".contains(letter)).next().is_some_and(in_query)
                }
            }
    }

    fn ends_piece(self, letter: char) -> bool {
        self.ends_value(letter) || matches!(letter, '=' | '?' | '/' | ':' | ';' | ' ')
    }
}

/// Masks piece by piece: the value of a secret parameter, or whatever looks like a secret itself.
pub(super) fn masked(raw: &str, syntax: Syntax) -> String {
    masked_through(raw, syntax, ENCODINGS)
}

/// Looks through at most so many percent-encodings.
fn masked_through(raw: &str, syntax: Syntax, encodings: u8) -> String {
    let raw = tokens::masked(raw);
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw.as_str();
    let mut in_query = false;
    while !rest.is_empty() {
        let (piece, tail) = rest.split_at(rest.find(|letter| syntax.ends_piece(letter)).unwrap_or(rest.len()));
        out.push_str(&if looks_secret(&out, piece, syntax) || hides_secret(piece, encodings) { mask(piece) } else { piece.to_owned() });
        let mut letters = tail.chars();
        let Some(end) = letters.next() else { break };
        rest = letters.as_str();
        let name = match end {
            '=' => last_name(&out),
            ':' => last_name(out.strip_suffix('"').unwrap_or_default()),
            _ => "",
        };
        let is_secret = is_secret_name(name) && !syntax.starts_list(rest);
        let in_path = matches!(syntax, Syntax::Url) && !in_query && out.strip_suffix(name).is_some_and(|before| before.ends_with(';'));
        out.push(end);
        in_query |= matches!(end, '?' | '#');
        if is_secret {
            let (blanks, value) = syntax.split_blanks(rest);
            out.push_str(blanks);
            rest = value;
            let (value, tail) = if in_path { split_before(rest, ends_segment) } else { split_value(rest, syntax) };
            out.push_str(&if is_masked(value) { value.to_owned() } else { mask(value) });
            rest = tail;
        }
    }
    out
}

/// Whether the last word of a text is a URL or a path.
fn ends_in_url(before: &str) -> bool {
    let start = before.rfind(|letter: char| letter.is_whitespace() || "\"'<>;,=".contains(letter));
    let word = start.map_or(before, |at| before.get(at..).unwrap_or_default());
    let word = word.trim_start_matches(|letter: char| letter.is_whitespace() || "\"'<>;,=".contains(letter));
    word.starts_with('/') || word.contains("://")
}

/// Whether a word is a URL up to somewhere in its query.
fn in_query(word: &str) -> bool {
    (word.starts_with('/') || word.contains("://")) && word.contains(['?', '#'])
}

/// What ends a path parameter, as in `/page;jsessionid=id/next?a=b`.
fn ends_segment(letter: char) -> bool {
    matches!(letter, '/' | '?' | ';' | '&' | '#')
}

/// Whether a piece that follows `before` has the shape of a secret.
fn looks_secret(before: &str, piece: &str, syntax: Syntax) -> bool {
    shapes::is_cookieless_session(piece)
        || (shapes::is_random(piece) && syntax.starts_segment(before))
        || ((shapes::is_unspeakable(piece) || shapes::is_random(piece)) && syntax.starts_value(before))
}

/// Whether something comes to light when a piece is percent-decoded.
fn hides_secret(piece: &str, encodings: u8) -> bool {
    if encodings == 0 || !piece.contains('%') {
        return false;
    }
    let plain = percent_decoded(piece);
    plain != piece && masked_through(&plain, Syntax::Url, encodings.saturating_sub(1)) != plain
}

/// The value at the start of `rest`, what is masked of it already included, and what follows.
fn split_value(rest: &str, syntax: Syntax) -> (&str, &str) {
    let is_quote = |letter: &char| matches!((syntax, letter), (Syntax::Text, '"' | '\''));
    let start = rest.strip_prefix(MASK).and_then(|rest| rest.find('>')).map_or(0, |at| MASK.len().saturating_add(at).saturating_add(1));
    let (_, plain) = rest.split_at(start);
    let length = match plain.chars().next().filter(is_quote) {
        Some(quote) => quoted_length(plain, quote),
        None => plain.find(|letter| syntax.ends_value(letter)),
    };
    rest.split_at(start.saturating_add(length.unwrap_or(plain.len())))
}

/// The length of the quoted text at the start, its quotes included; absent where it does not end. A backslash takes the quote behind it along.
fn quoted_length(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    let ends = |(_, letter): &(usize, char)| {
        let ends = *letter == quote && !is_escaped;
        is_escaped = *letter == '\\' && !is_escaped;
        ends
    };
    text.char_indices().skip(1).find(ends).map(|(at, _)| at.saturating_add(1))
}

/// Whether all of a value is masked.
fn is_masked(value: &str) -> bool {
    value.starts_with(MASK) && value.find('>') == value.len().checked_sub(1)
}

/// The parameter name at the end of `text`.
fn last_name(text: &str) -> &str {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_-.%[]$".contains(letter);
    let name = text.trim_end().trim_end_matches(is_part).len();
    text.get(name..).unwrap_or_default().trim_end()
}

/// Whether a name, or a part of one like `auth[code]`, is that of a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name = percent_decoded(name).to_lowercase().replace(['-', '_'], "");
    let is_exact = name.split(|letter: char| !letter.is_alphanumeric()).any(|part| SECRET_NAMES.contains(&part));
    let rest = HARMLESS_WORDS.iter().fold(name.clone(), |name, word| name.replace(word, ""));
    let has_word = SECRET_WORDS.iter().any(|word| rest.contains(word));
    is_exact || (has_word && !HARMLESS_ENDINGS.iter().any(|ending| name.ends_with(ending)))
}

/// Percent-decoding (RFC 3986, section 2.1); what is no UTF-8 or no escape stays recognisable.
fn percent_decoded(text: &str) -> String {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let Some((first, rest)) = bytes.split_first() {
        let digits = rest.get(..2).filter(|digits| *first == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        let escaped = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        plain.push(escaped.unwrap_or(*first));
        bytes = if escaped.is_some() { rest.get(2..).unwrap_or_default() } else { rest };
    }
    String::from_utf8_lossy(&plain).into_owned()
}
