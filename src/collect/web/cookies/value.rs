//! What the value of a cookie is made of, seen through the codings that frameworks wrap around it. The value itself is never kept.

use std::sync::LazyLock;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD_INDIFFERENT, URL_SAFE_NO_PAD_INDIFFERENT},
};
use regex::Regex;
use serde_json::Value;

use crate::evidence::CookieValue;

/// How many codings are taken off, one after the other.
const LAYERS: u8 = 4;

/// As much of a value is looked at, in bytes: browsers take no more than 4096.
const LOOKED_AT: usize = 16 * 1024;

/// Shorter text is hardly coded.
const SHORTEST_CODED: usize = 8;

/// Shorter text is not called Base64, because every word would be.
const SHORTEST_BASE64: usize = 16;

/// Three parts of URL-safe Base64, the first of them a JSON object (RFC 7515, section 3.1).
static JWT: LazyLock<Regex> = LazyLock::new(|| pattern(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"));

/// Tickets and access tokens of the platform by their beginnings, and credentials of an `Authorization` line.
static TOKEN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:^|[^A-Za-z0-9])(?:(?:7T|7A|8A):[A-Za-z0-9_.~+/=-]{8,}|(?i:bearer)[ +][A-Za-z0-9_.~+/=:-]{8,})"));

/// Credentials by the name in front of them: long ones for tokens, since short ones are rather settings.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)(?:^|[^a-z0-9])(?:(?:access|refresh|id)[_-]?token|client[_-]?secret|api[_-]?key|app(?:lication)?[_-]?token|usec)["']?\s*[:=]\s*["']?[a-z0-9_.~+/=:-]{16,}"#,
    )
});

/// Passwords by the name in front of them.
static PASSWORD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)(?:^|[^a-z0-9_-])(?:password|passwd|pwd)["']?\s*[:=]\s*["']?[^"'&;,\s]{4,}"#));

/// An e-mail address.
static EMAIL: LazyLock<Regex> = LazyLock::new(|| pattern(r"[A-Za-z0-9][A-Za-z0-9._%+'-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"));

/// Data of a person by the name in front of them.
static PERSONAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)["'](?:first|last|full|given|family|sur|display)[_-]?name["']\s*:\s*["'][^"']+["']|["'](?:phone|mobile|birth|date[_-]?of[_-]?birth|ssn)[a-z_-]*["']\s*:\s*["'][^"']+["']"#,
    )
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a regular expression")
}

/// What a value is made of; the name tells what an opaque value is.
pub(super) fn classify(name: &str, value: &[u8]) -> CookieValue {
    let kept = value.get(..LOOKED_AT).unwrap_or(value);
    let Ok(text) = std::str::from_utf8(kept).map(unquoted) else { return CookieValue::Other };
    if text.is_empty() {
        return CookieValue::Empty;
    }
    let layers = layers(text);
    let says = |told: &dyn Fn(&str) -> bool| layers.iter().any(|layer| told(layer));
    let named = format!("{name}={text}");
    if says(&holds_jwt) {
        CookieValue::Jwt
    } else if says(&holds_credential) || NAMED.is_match(&named) || PASSWORD.is_match(&named) {
        CookieValue::Credential
    } else if says(&|layer| EMAIL.is_match(layer) || PERSONAL.is_match(layer)) {
        CookieValue::Personal
    } else {
        shape(&percent_decoded(text).unwrap_or_else(|| text.to_owned()))
    }
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}

fn holds_credential(layer: &str) -> bool {
    TOKEN.is_match(layer) || NAMED.is_match(layer) || PASSWORD.is_match(layer)
}

/// Whether a signed token stands in it. An encrypted one (RFC 7516) shows nothing and is none here.
fn holds_jwt(layer: &str) -> bool {
    JWT.find_iter(layer).any(|token| {
        let mut parts = token.as_str().split('.').map(json);
        let header = parts.next().flatten();
        let is_signed = header.is_some_and(|header| header.get("alg").is_some() && header.get("enc").is_none());
        is_signed && parts.next().flatten().is_some_and(|claims| claims.is_object())
    })
}

fn json(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD_INDIFFERENT.decode(part).ok()?).ok()
}

/// The text, and every text that its codings give.
fn layers(text: &str) -> Vec<String> {
    let mut layers = vec![text.to_owned()];
    let mut last = vec![text.to_owned()];
    for _ in 0..LAYERS {
        last = last.iter().flat_map(|layer| unwrapped(layer)).filter(|layer| !layers.contains(layer)).collect();
        layers.extend(last.iter().cloned());
    }
    layers
}

/// What one coding less gives: percent-encoding, and Base64 of the whole or of the parts between dots, as signed cookies have them.
fn unwrapped(layer: &str) -> Vec<String> {
    let mut found: Vec<String> = percent_decoded(layer).into_iter().collect();
    let signed = layer.strip_prefix("s:").unwrap_or(layer);
    let parts = std::iter::once(signed).chain(signed.split(['.', '|']).filter(|part| part.len() < signed.len()).take(8));
    found.extend(parts.filter_map(base64_decoded));
    found
}

fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        let decoded = tail.split_at_checked(2).filter(|_| *byte == b'%').and_then(|(digits, tail)| Some((octet(digits)?, tail)));
        let (byte, tail) = decoded.unwrap_or((*byte, tail));
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8(bytes).ok().filter(|decoded| decoded != text)
}

fn octet(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

/// The text behind Base64 in either alphabet; absent when it is none, or no text.
fn base64_decoded(text: &str) -> Option<String> {
    if text.len() < SHORTEST_CODED {
        return None;
    }
    let bytes = base64_bytes(text)?;
    let decoded = String::from_utf8(bytes).ok()?;
    let is_text = decoded.chars().all(|letter| !letter.is_control() || letter.is_ascii_whitespace());
    (is_text && !decoded.is_empty()).then_some(decoded)
}

fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD_INDIFFERENT.decode(text).or_else(|_| URL_SAFE_NO_PAD_INDIFFERENT.decode(text)).ok()
}

/// The kind of letters that a value consists of.
fn shape(text: &str) -> CookieValue {
    let all = |is: &dyn Fn(char) -> bool| text.chars().all(is);
    if all(&|letter| letter.is_ascii_digit()) {
        CookieValue::Number
    } else if is_uuid(text) {
        CookieValue::Uuid
    } else if text.len() >= SHORTEST_CODED && all(&|letter| letter.is_ascii_hexdigit()) {
        CookieValue::Hexadecimal
    } else if is_base64(text) {
        CookieValue::Base64
    } else {
        CookieValue::Other
    }
}

/// Hexadecimal digits in groups of 8, 4, 4, 4 and 12 (RFC 9562, section 4), in braces or without.
fn is_uuid(text: &str) -> bool {
    let text = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// Large, small and digits together, in parts between dots: words in a row are none of it.
fn is_base64(text: &str) -> bool {
    let is_mixed = [char::is_uppercase, char::is_lowercase, char::is_numeric].iter().all(|kind| text.chars().any(kind));
    text.len() >= SHORTEST_BASE64 && is_mixed && text.split('.').all(|part| part.is_empty() || is_base64_alphabet(part))
}

fn is_base64_alphabet(part: &str) -> bool {
    part.trim_end_matches('=').chars().all(|letter| letter.is_ascii_alphanumeric() || "+/-_".contains(letter))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    fn class(value: &str) -> CookieValue {
        classify("c", value.as_bytes())
    }

    fn jwt(header: &str, claims: &str) -> String {
        format!("{}.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    }

    /// A value as it is, and as frameworks wrap it.
    fn wrapped(value: &str) -> Vec<String> {
        let percent = value.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"));
        let json = format!(r#"{{"user":1,"value":"{value}"}}"#);
        let signed = format!("{}.c2lnbmF0dXJl", STANDARD.encode(&json));
        vec![
            value.to_owned(),
            format!("\"{value}\""),
            percent.clone(),
            percent.replace('%', "%25"),
            STANDARD.encode(value),
            URL_SAFE_NO_PAD.encode(value),
            STANDARD.encode(value).replace('=', "%3D"),
            STANDARD.encode(STANDARD.encode(&json)),
            signed,
            format!("j%3A{}", json.replace('"', "%22")),
        ]
    }

    #[test]
    fn tokens_tickets_and_persons_are_seen_through_every_wrapping() {
        let token = jwt(r#"{"alg":"RS256","typ":"JWT"}"#, r#"{"sub":"1"}"#);
        for (value, expected) in [
            (token.as_str(), CookieValue::Jwt),
            ("7T:MQAxADEANQA5ADkAMQA=", CookieValue::Credential),
            ("8A:Cust12345.AbCdEfGhIjKlMn==", CookieValue::Credential),
            ("7A:Cust12345.AbCdEfGhIjKlMn==", CookieValue::Credential),
            ("Bearer abcdefgh1234", CookieValue::Credential),
            ("access_token=abcdefghijklmnop1234", CookieValue::Credential),
            ("kari.nordmann@customer.example", CookieValue::Personal),
        ] {
            for written in wrapped(value) {
                assert_eq!(class(&written), expected, "{value} as {written}");
            }
        }
    }

    #[test]
    fn an_encrypted_token_is_no_token_in_clear() {
        let encrypted = format!("{}..aXY.Y2lwaGVydGV4dA.dGFn", URL_SAFE_NO_PAD.encode(r#"{"alg":"dir","enc":"A256GCM"}"#));
        assert_eq!(class(&encrypted), CookieValue::Base64);
        let claims = "not json at all";
        assert_ne!(class(&jwt(r#"{"alg":"RS256"}"#, claims)), CookieValue::Jwt);
    }

    #[test]
    fn the_shape_of_everything_else_is_told() {
        for (value, expected) in [
            ("", CookieValue::Empty),
            ("\"\"", CookieValue::Empty),
            ("1", CookieValue::Number),
            ("1699999999", CookieValue::Number),
            ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", CookieValue::Uuid),
            ("%7B3f2504e0-4f89-11d3-9a0c-0305e82c3301%7D", CookieValue::Uuid),
            ("9f86d081884c7d659a2feaa0c55ad015", CookieValue::Hexadecimal),
            ("CfDJ8Mz5Ot1qN2pXyZ-_abc", CookieValue::Base64),
            ("CfDJ8Mz5Ot1qN2pXyZ%2Babc%3D%3D", CookieValue::Base64),
            ("dark", CookieValue::Other),
            ("en-US", CookieValue::Other),
            ("deadbee", CookieValue::Other),
            ("necessary_analytics_marketing", CookieValue::Other),
            ("GA1.2.1234567890.1699999999", CookieValue::Other),
            ("forgot_password=true", CookieValue::Other),
            ("version@2", CookieValue::Other),
        ] {
            assert_eq!(class(value), expected, "{value}");
        }
    }

    #[test]
    fn a_name_tells_what_an_opaque_value_is() {
        let opaque = b"Q3rT8sAe0zXv6bNm1kJh5gFd2pLo9iUy";
        assert_eq!(classify("refresh_token", opaque), CookieValue::Credential);
        assert_eq!(classify("client-secret", opaque), CookieValue::Credential);
        assert_eq!(classify("pwd", b"hunter2"), CookieValue::Credential);
        assert_eq!(classify("refresh_token", b"deleted"), CookieValue::Other);
        assert_eq!(classify("session", opaque), CookieValue::Base64);
    }

    proptest! {
        #[test]
        fn any_value_is_judged_without_a_panic(value: Vec<u8>, name in ".{0,8}") {
            let _ = classify(&name, &value);
        }

        #[test]
        fn random_bytes_in_base64_are_neither_token_nor_person(bytes in proptest::collection::vec(0x80_u8.., 16..200)) {
            let class = class(&STANDARD.encode(bytes));
            prop_assert!(matches!(class, CookieValue::Base64 | CookieValue::Other | CookieValue::Hexadecimal), "{class:?}");
        }
    }
}
