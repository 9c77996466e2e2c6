//! What may be written down of a URL or a header line: everything but the secrets in it.
//!
//! A secret becomes `<masked N>`, N being its length in bytes. It is known by the name of its parameter, or by its own shape.

/// The longest value that is recorded; what goes beyond is cut.
const VALUE_LIMIT: usize = 16 * 1024;

/// Parameters that carry a secret by exactly this name, in lower case without `-` and `_`.
const SECRET_NAMES: [&str; 25] = [
    "apikey",
    "auth",
    "authcode",
    "authorization",
    "authorizationcode",
    "code",
    "codeverifier",
    "credential",
    "devicecode",
    "key",
    "nonce",
    "otp",
    "passcode",
    "pin",
    "pwd",
    "sessionid",
    "sid",
    "sig",
    "signature",
    "state",
    "subscriptionkey",
    "usec",
    "usercode",
    "wresult",
    "xapikey",
];

/// A parameter with one of these in its name carries a secret.
const SECRET_WORDS: [&str; 8] = ["token", "secret", "passw", "ticket", "assertion", "saml", "jwt", "privatekey"];

/// A parameter whose name ends so only speaks about a secret.
const HARMLESS_ENDINGS: [&str; 5] = ["type", "typehint", "endpoint", "uri", "url"];

/// What may follow a cookie; anything else in its place may be a part of its value.
const COOKIE_ATTRIBUTES: [&str; 10] =
    ["domain", "expires", "httponly", "max-age", "partitioned", "path", "priority", "samesite", "secure", "version"];

/// How JSON Web Tokens and SuperOffice's tickets and access tokens begin.
const SECRET_BEGINNINGS: [&str; 4] = ["eyJ", "7T", "7A", "8A"];

/// A token is at least this long behind its beginning.
const TOKEN_LENGTH: usize = 8;

/// How a masked secret begins.
const MASK: &str = "<masked ";

/// How often text may be percent-encoded over and over for its secrets to be seen.
const ENCODINGS: u8 = 4;

/// A URL, whole or relative, as it may be written down.
pub(super) fn url(raw: &str) -> String {
    shown(raw, Syntax::Url)
}

/// Text that may hold URLs and parameters, as it may be written down.
pub(super) fn text(raw: &str) -> String {
    shown(raw, Syntax::Text)
}

/// The first [`VALUE_LIMIT`] bytes, masked and visible; what is cut off leaves an ellipsis.
fn shown(raw: &str, syntax: Syntax) -> String {
    let (kept, beyond) = raw.split_at(raw.floor_char_boundary(VALUE_LIMIT));
    let mut shown = visible(&masked(&without_credentials(kept, syntax), syntax, ENCODINGS));
    if !beyond.is_empty() {
        shown.push('…');
    }
    shown
}

/// The value of a header line, as it may be written down.
pub(super) fn header(name: &str, value: &[u8]) -> String {
    let value = String::from_utf8_lossy(value);
    match name.to_ascii_lowercase().as_str() {
        "set-cookie" | "set-cookie2" => set_cookie(&value),
        "location" | "content-location" | "refresh" => url(&value),
        name if is_secret_name(name) => mask(&value),
        _ => text(&value),
    }
}

/// `<masked N>`.
fn mask(secret: &str) -> String {
    format!("{MASK}{}>", secret.len())
}

/// A `Set-Cookie` line without the cookie's value, or what spills over from it into the attributes: half of a quoted value, or a second cookie.
fn set_cookie(line: &str) -> String {
    let mut parts = line.split(';');
    let pair = parts.next().unwrap_or_default();
    let (name, value) = pair.split_once('=').map_or(("", pair), |(name, value)| (name, value));
    let equals = if pair.contains('=') { "=" } else { "" };
    let mut out = format!("{}{equals}{}", text(name), mask(value.trim_ascii()));
    for part in parts {
        out.push(';');
        out.push_str(&cookie_part(part));
    }
    out
}

fn cookie_part(part: &str) -> String {
    let (name, value) = part.split_once('=').map_or((part, None), |(name, value)| (name, Some(value)));
    let plain = name.trim_ascii().to_ascii_lowercase();
    if !plain.is_empty() && !COOKIE_ATTRIBUTES.contains(&plain.as_str()) {
        return format!(" {}", mask(part.trim_ascii()));
    }
    value.map_or_else(|| text(name), |value| format!("{}={}", text(name), attribute(value)))
}

/// The value of a cookie's attribute: none has an equals sign, unless another cookie follows in the same line.
pub(super) fn attribute(value: &str) -> String {
    match value.split_once('=') {
        Some((start, beyond)) => format!("{}={}", text(start), mask(beyond)),
        None => text(value),
    }
}

/// What a parameter's value ends at.
#[derive(Clone, Copy)]
enum Syntax {
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

    fn ends_piece(self, letter: char) -> bool {
        self.ends_value(letter) || matches!(letter, '=' | '?' | '/' | ':' | ';' | ' ')
    }
}

/// Masks piece by piece: the value of a secret parameter, or whatever looks like a secret itself.
fn masked(raw: &str, syntax: Syntax, encodings: u8) -> String {
    let raw = tokens_masked(raw);
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw.as_str();
    while !rest.is_empty() {
        let (piece, tail) = rest.split_at(rest.find(|letter| syntax.ends_piece(letter)).unwrap_or(rest.len()));
        out.push_str(&if hides_secret(piece, encodings) { mask(piece) } else { piece.to_owned() });
        let mut letters = tail.chars();
        let Some(end) = letters.next() else { break };
        rest = letters.as_str();
        let name = match end {
            '=' => last_name(&out),
            ':' => last_name(out.strip_suffix('"').unwrap_or_default()),
            _ => "",
        };
        let is_secret = is_secret_name(name) && !syntax.starts_list(rest);
        out.push(end);
        if is_secret {
            let (blanks, value) = syntax.split_blanks(rest);
            out.push_str(blanks);
            rest = value;
            let (value, tail) = split_value(rest, syntax);
            out.push_str(&if is_masked(value) { value.to_owned() } else { mask(value) });
            rest = tail;
        }
    }
    out
}

/// Whether something comes to light when a piece is percent-decoded.
fn hides_secret(piece: &str, encodings: u8) -> bool {
    if encodings == 0 || !piece.contains('%') {
        return false;
    }
    let plain = percent_decoded(piece);
    plain != piece && masked(&plain, Syntax::Url, encodings.saturating_sub(1)) != plain
}

/// The value at the start of `rest`, what is masked of it already included, and what follows.
fn split_value(rest: &str, syntax: Syntax) -> (&str, &str) {
    let is_quote = |letter: &char| matches!((syntax, letter), (Syntax::Text, '"' | '\''));
    let start = rest.strip_prefix(MASK).and_then(|rest| rest.find('>')).map_or(0, |at| MASK.len().saturating_add(at).saturating_add(1));
    let (_, plain) = rest.split_at(start);
    let length = match plain.chars().next().filter(is_quote) {
        Some(quote) => plain.match_indices(quote).nth(1).map(|(at, _)| at.saturating_add(1)),
        None => plain.find(|letter| syntax.ends_value(letter)),
    };
    rest.split_at(start.saturating_add(length.unwrap_or(plain.len())))
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
fn is_secret_name(name: &str) -> bool {
    let name = percent_decoded(name).to_lowercase().replace(['-', '_'], "");
    let is_exact = name.split(|letter: char| !letter.is_alphanumeric()).any(|part| SECRET_NAMES.contains(&part));
    let has_word = SECRET_WORDS.iter().any(|word| name.contains(word));
    is_exact || (has_word && !HARMLESS_ENDINGS.iter().any(|ending| name.ends_with(ending)))
}

/// Masks what has the shape of a token, wherever it stands.
fn tokens_masked(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(letter) = rest.chars().next() {
        let length = token_length(rest).unwrap_or(0);
        let (token, tail) = rest.split_at(length.max(letter.len_utf8()));
        out.push_str(&if length > 0 { mask(token) } else { token.to_owned() });
        rest = tail;
    }
    out
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

/// Masks the user name and password before a host, wherever a URL with them starts.
fn without_credentials(raw: &str, syntax: Syntax) -> String {
    let (scheme, mut rest) = raw.split_at(scheme_length(raw, syntax));
    let mut out = scheme.to_owned();
    // Browsers read `https:user@host` as if it had its slashes.
    let mut is_authority = !scheme.is_empty();
    while !rest.is_empty() {
        let (slashes, after) = split_before(rest, |letter| !is_slash(letter));
        is_authority |= slashes.len() > 1;
        let (authority, _) = split_before(after, |letter| is_slash(letter) || letter.is_whitespace() || "?#\"'<>".contains(letter));
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

fn is_slash(letter: char) -> bool {
    matches!(letter, '/' | '\\')
}

fn split_before(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
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

/// Text with its control and direction characters written as escapes.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        {
            out.extend(letter.escape_default());
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_in_urls_are_masked_and_the_rest_stays() {
        for (raw, expected) in [
            ("https://a.example/cb?code=abcdef&x=1", "https://a.example/cb?code=<masked 6>&x=1"),
            ("https://a.example/cb#id_token=abc&session_state=x", "https://a.example/cb#id_token=<masked 3>&session_state=x"),
            ("/cb?Refresh-Token=a=b?c&y", "/cb?Refresh-Token=<masked 5>&y"),
            ("/cb?c%6fde=abc", "/cb?c%6fde=<masked 3>"),
            ("/cb?response_type=code&token_type=Bearer", "/cb?response_type=code&token_type=Bearer"),
            ("/login?url=https://b.example/?ticket=t1&z=2", "/login?url=https://b.example/?ticket=<masked 2>&z=2"),
            ("/login?next=https%3A%2F%2Fb.example%2F%3Fcode%3Dabc&z=2", "/login?next=<masked 39>&z=2"),
            ("https://user:pw@a.example/@me", "https://<masked 7>@a.example/@me"),
            ("//user:pw@a.example/", "//<masked 7>@a.example/"),
            ("https:user:pw@a.example/", "https:<masked 7>@a.example/"),
            ("/users/a@b.example?x=//c", "/users/a@b.example?x=//c"),
            ("/p/8A%3aCust12345.abcdef", "/p/<masked 21>"),
            ("/p?v=7T:QUJDREVGR0g=", "/p?v=<masked 15>"),
            ("/p?auth[code]=abc&user.state='a'b&error_code=5", "/p?auth[code]=<masked 3>&user.state=<masked 4>&error_code=5"),
            ("/p?code=eyJabcdefghij!rest&b", "/p?code=<masked 16>&b"),
            ("/p?token=7T:QUJDREVGR0g=&b", "/p?token=<masked 15>&b"),
            ("/p?usid=5&uctx=Cust26759&usec=abc", "/p?usid=5&uctx=Cust26759&usec=<masked 3>"),
        ] {
            assert_eq!(url(raw), expected, "{raw}");
        }
    }

    #[test]
    fn other_headers_keep_their_meaning() {
        for plain in [
            "default-src 'self'; frame-ancestors https://online.superoffice.com 'nonce-r4nd0m'; report-uri https://r.example/?a=b",
            "max-age=31536000; includeSubDomains; preload",
            "h3=\":443\"; ma=86400",
            "text/html; charset=utf-8",
            "Sat, 21 Nov 2026 03:40:58 GMT",
            "00:1B:7A:8A:11:22",
            "private-state-token-issuance=(self), camera=(), otp-credentials=*",
        ] {
            assert_eq!(text(plain), plain);
        }
        assert_eq!(
            header("Content-Security-Policy", b"report-uri https://r.example/?token=abc; frame-ancestors 'none'"),
            "report-uri https://r.example/?token=<masked 3>; frame-ancestors 'none'"
        );
        assert_eq!(header("WWW-Authenticate", b"Bearer nonce=\"a b\", realm=\"x\""), "Bearer nonce=<masked 5>, realm=\"x\"");
        assert_eq!(header("X-Paging", br#"{"nextToken": "a b", "size": 3}"#), r#"{"nextToken": <masked 5>, "size": 3}"#);
        assert_eq!(header("X-Any", b"token = \"a b\", x = y"), "token = <masked 5>, x = y");
        assert_eq!(header("Access-Control-Allow-Credentials", b"true"), "true");
        assert_eq!(header("SO-AppToken", b"0123456789"), "<masked 10>");
    }

    #[test]
    fn a_cookie_line_keeps_everything_but_the_value() {
        for (raw, expected) in [
            ("a=b; Path=/; HttpOnly", "a=<masked 1>; Path=/; HttpOnly"),
            ("a = b=c ;Secure", "a =<masked 3>;Secure"),
            ("nameless; Secure", "<masked 8>; Secure"),
            ("=x", "=<masked 1>"),
            ("a=\"b;c=d\"; Path=/; Odd; ;", "a=<masked 2>; <masked 4>; Path=/; <masked 3>; ;"),
            ("a=b; Path=/, sid=cdef; Max-Age=0", "a=<masked 1>; Path=/, sid=<masked 4>; Max-Age=0"),
        ] {
            assert_eq!(header("set-COOKIE", raw.as_bytes()), expected);
        }
    }

    #[test]
    fn control_and_direction_characters_become_visible() {
        assert_eq!(text("a\u{1b}[31m\tb\u{202e}c\u{0}"), "a\\u{1b}[31m\\tb\\u{202e}c\\u{0}");
    }

    #[test]
    fn the_longest_and_most_nested_value_is_masked_in_no_time() {
        for unit in ["=%3D", "%253D", "=code", "//@", "eyJ", "8A%2525", "?a=%3F", "\""] {
            let bomb = unit.repeat(VALUE_LIMIT);
            let started = std::time::Instant::now();
            assert!(url(&bomb).len() + text(&bomb).len() < 32 * VALUE_LIMIT, "{unit}");
            assert!(started.elapsed().as_secs() < 2, "{unit}: {:?}", started.elapsed());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_masked_without_a_panic(raw in ".*", value: Vec<u8>) {
            let _ = (url(&raw), text(&raw), header("Set-Cookie", &value), header("Location", &value), header("X", &value));
        }

        #[test]
        fn a_secret_planted_in_a_parameter_never_shows(
            secret in "Q[A-Za-z0-9+/=._~%-]{14,40}Z",
            name in "(code|id_token|access_token|refresh_token|token|ticket|usec|client_secret|secret|password|jwt|SAMLResponse|assertion|state|nonce|X-Api-Key|logout.token\\[\\])",
            around in "(/cb\\?a=1&|https://a\\.example/\\?|#|\\?|/x\\?next=https://b\\.example/\\?y=z&)",
            after in "(|&b=2|#frag)",
        ) {
            let raw = format!("{around}{name}={secret}{after}");
            prop_assert!(!url(&raw).contains(&secret), "{}", url(&raw));
            for header_name in ["Location", "Link", "Refresh", "X-Any"] {
                let recorded = header(header_name, format!("0; url={raw}").as_bytes());
                prop_assert!(!recorded.contains(&secret), "{}", recorded);
            }
            let encoded: String = raw.bytes().map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect();
            let letters: String = secret.chars().take_while(char::is_ascii_alphanumeric).collect();
            let nested = url(&format!("/login?next={encoded}"));
            prop_assert!(letters.len() < 6 || !nested.contains(&letters), "{}", nested);
        }

        #[test]
        fn a_token_planted_anywhere_never_shows(
            beginning in "(eyJ[A-Za-z0-9_-]{20,30}\\.[A-Za-z0-9_-]{10,20}\\.|(7T|8A|7A)(:|%3A|%3a|%253A)[A-Za-z0-9+/.]{16,40})",
            core in "Q[A-Za-z0-9]{8}",
            padding in "={0,2}",
            before in "[ -~&&[^%]]{0,12}[ /=,\"]",
            after in "(|[ \",;].{0,9})",
        ) {
            let raw = format!("{before}{beginning}{core}{padding}{after}");
            for recorded in [url(&raw), text(&raw), header("Set-Cookie", format!("a=b; {raw}").as_bytes()), header("Any", raw.as_bytes())] {
                prop_assert!(!recorded.contains(&core), "{}", recorded);
            }
        }
    }
}
