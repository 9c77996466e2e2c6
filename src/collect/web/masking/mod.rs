//! What may be written down of a URL or a header line: everything but the secrets in it.
//!
//! A secret becomes `<masked N>`, N being its length in bytes. It is known by the name of its parameter, or by its own shape.

mod credentials;
mod parameters;
mod shapes;
mod tokens;

use parameters::{Syntax, is_secret_name};

use crate::wording::visible;

/// The longest value that is recorded; what goes beyond is cut.
const VALUE_LIMIT: usize = 16 * 1024;

/// What may follow a cookie; anything else in its place may be a part of its value.
const COOKIE_ATTRIBUTES: [&str; 10] =
    ["domain", "expires", "httponly", "max-age", "partitioned", "path", "priority", "samesite", "secure", "version"];

/// How a masked secret begins.
const MASK: &str = "<masked ";

/// A URL, whole or relative, as it may be written down.
pub(in crate::collect) fn url(raw: &str) -> String {
    shown(raw, Syntax::Url)
}

/// Text that may hold URLs and parameters, as it may be written down.
pub(super) fn text(raw: &str) -> String {
    shown(raw, Syntax::Text)
}

/// The first [`VALUE_LIMIT`] bytes, masked and visible; what is cut off leaves an ellipsis.
fn shown(raw: &str, syntax: Syntax) -> String {
    let (kept, beyond) = raw.split_at(raw.floor_char_boundary(VALUE_LIMIT));
    let mut shown = visible(&parameters::masked(&credentials::masked(kept, syntax), syntax));
    if !beyond.is_empty() {
        shown.push('…');
    }
    shown
}

/// The value of a header line, as it may be written down.
pub(super) fn header(name: &str, value: &[u8]) -> String {
    let value = String::from_utf8_lossy(value);
    match name.to_ascii_lowercase().as_str() {
        name if name.contains("set-cookie") => set_cookie(&value),
        name if name.contains("cookie") => mask(&value),
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

/// Text up to where the first letter of a kind stands, and from there on.
fn split_before(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_in_urls_are_masked_and_the_rest_stays() {
        for (raw, expected) in [
            ("https://a.example/cb?code=abcdef&x=1", "https://a.example/cb?code=<masked 6>&x=1"),
            ("https://a.example/cb#id_token=abc&session_state=x", "https://a.example/cb#id_token=<masked 3>&session_state=<masked 1>"),
            ("/cb?Refresh-Token=a=b?c&y", "/cb?Refresh-Token=<masked 5>&y"),
            ("/cb?c%6fde=abc", "/cb?c%6fde=<masked 3>"),
            ("/cb?response_type=code&token_type=Bearer", "/cb?response_type=code&token_type=Bearer"),
            ("/login?url=https://b.example/?ticket=t1&z=2", "/login?url=https://b.example/?ticket=<masked 2>&z=2"),
            ("/login?next=https%3A%2F%2Fb.example%2F%3Fcode%3Dabc&z=2", "/login?next=<masked 39>&z=2"),
            ("https://user:pw@a.example/@me", "https://<masked 7>@a.example/@me"),
            ("https://user:p w\"@a.example/", "https://<masked 9>@a.example/"),
            ("//user:pw@a.example/", "//<masked 7>@a.example/"),
            ("https:user:pw@a.example/", "https:<masked 7>@a.example/"),
            ("/users/a@b.example?x=//c", "/users/a@b.example?x=//c"),
            ("/p/8A%3aCust12345.abcdef", "/p/<masked 21>"),
            ("/p?v=7T:QUJDREVGR0g=", "/p?v=<masked 15>"),
            ("/p?auth[code]=abc&user.state='a'b&error_code=5", "/p?auth[code]=<masked 3>&user.state=<masked 4>&error_code=5"),
            ("/p?code=eyJabcdefghij!rest&b", "/p?code=<masked 16>&b"),
            ("/p?token=7T:QUJDREVGR0g=&b", "/p?token=<masked 15>&b"),
            ("/p?usid=5&uctx=Cust26759&usec=abc", "/p?usid=5&uctx=Cust26759&usec=<masked 3>"),
            (
                "/cb;jsessionid=0A1B?session=a&sess=b&PHPSESSID=c",
                "/cb;jsessionid=<masked 4>?session=<masked 1>&sess=<masked 1>&PHPSESSID=<masked 1>",
            ),
            ("/a;jsessionid=0A1B/b;v=1?x=y", "/a;jsessionid=<masked 4>/b;v=1?x=y"),
            ("/p?x=1;token=a/b?c", "/p?x=1;token=<masked 5>"),
            (
                "/p?ASP.NET_SessionId=a&connect.sid=b&X-XSRF=c&_csrf=d&bearer=e",
                "/p?ASP.NET_SessionId=<masked 1>&connect.sid=<masked 1>&X-XSRF=<masked 1>&_csrf=<masked 1>&bearer=<masked 1>",
            ),
            ("/app/(S(lit3py55t21z5v55vlm25s55))/a.aspx", "/app/<masked 29>/a.aspx"),
            ("/app/(A(abc)S(def))/(home)/f(x)", "/app/<masked 14>/(home)/f(x)"),
            ("/app/%28S%28lit3py55%29%29/a", "/app/<masked 21>/a"),
            ("https://a.example/reset/S3CR3TVALUE9x8y7zQ2w?a=b", "https://a.example/reset/<masked 20>?a=b"),
            ("/reset/9f86d081884c7d65?a=b", "/reset/<masked 16>?a=b"),
            ("/items/3f2504e0-4f89-11d3-9a0c-0305e82c3301/edit", "/items/<masked 36>/edit"),
            ("/cb?x=Zq7SECRETzz&uctx=Cust26759", "/cb?x=<masked 11>&uctx=Cust26759"),
            ("/cb#id=xK9mPq2LwZ", "/cb#id=<masked 10>"),
            ("/cb?s=QwErTyUiOpAsDfGhJkLzXc", "/cb?s=<masked 22>"),
            (
                "/cb?to=returnToTheStartPageOfTheApp&mode=signInWithEmail&v=Version20261121&at=20261121T120000Z",
                "/cb?to=returnToTheStartPageOfTheApp&mode=signInWithEmail&v=Version20261121&at=20261121T120000Z",
            ),
            ("/verify?t=aZ3-x9Qk_71bVd0Lm4Yp2", "/verify?t=<masked 21>"),
            ("/cb?h=Bearer%20abcdef&x=1", "/cb?h=<masked 15>&x=1"),
        ] {
            assert_eq!(url(raw), expected, "{raw}");
        }
    }

    #[test]
    fn ordinary_urls_stay_readable() {
        for plain in [
            "https://d111111abcdef8a9b7c6d5.cloudfront.net:8443/index.html",
            "https://app-7f3a9b2c4d5e6f.azurewebsites.net/login",
            "//app-7f3a9b2c4d5e6f1.azurewebsites.net/",
            "/blog/2024-11-21-top-10-tips-for-crm-users-in-2025",
            "/downloads/windows-10-x64-v2-h264-mp3-setup.exe",
            "/static/js/jquery-3.6.0.min.js?v=20241121",
            "/caf%C3%A9/%E4%B8%AD%E6%96%87%E4%B8%AD%E6%96%87%E4%B8%AD",
            "/api/v1/GetCustomerAccountDetailsAndContacts",
            "/orders/12345678901234567890123",
            "/exports/20241121T100000Z/a",
            "/risk?assessment=5&possession=2&process=a",
            "/p?response_type=code&token_type=Bearer&x=Basic",
        ] {
            assert_eq!(url(plain), plain);
        }
    }

    #[test]
    fn headers_that_carry_sessions_and_credentials_are_masked() {
        for name in [
            "X-Session",
            "X-Session-Id",
            "X-Csrf",
            "X-CSRF-Token",
            "X-XSRF",
            "X-Bearer",
            "Cookie",
            "Cookie2",
            "Proxy-Authorization",
            "X-Auth",
        ] {
            assert_eq!(header(name, b"abc def"), "<masked 7>", "{name}");
        }
        for name in ["Set-Cookie2", "Set-Cookie3", "X-Set-Cookie"] {
            assert_eq!(header(name, b"a=bcd; Path=/"), "a=<masked 3>; Path=/", "{name}");
        }
        for (raw, expected) in [
            ("Bearer abc.def", "Bearer <masked 7>"),
            ("bearer  YWJj==, Basic dXNlcjpwdw==", "bearer  <masked 6>, Basic <masked 12>"),
            ("Bearer realm=\"x\", error=\"invalid\"", "Bearer realm=\"x\", error=\"invalid\""),
            ("Basic realm=x", "Basic realm=x"),
            ("forbearer abc", "forbearer abc"),
            (r#"{"session": "a\"b c", "size": 3}"#, r#"{"session": <masked 8>, "size": 3}"#),
            ("nextnonce=\"abc\", qop=auth", "nextnonce=<masked 5>, qop=auth"),
            ("</reset/S3CR3TVALUE9x8y7zQ2w>; rel=next", "</reset/<masked 20>>; rel=next"),
            ("\"33a64df551425fcc55e4d42a148795d9f25f90d4\"", "\"33a64df551425fcc55e4d42a148795d9f25f90d4\""),
            (
                "script-src 'sha256-RFWPLDbv2BY/rCkDzsE0fr8ylGr2R3faWMhq4lfEQc='",
                "script-src 'sha256-RFWPLDbv2BY/rCkDzsE0fr8ylGr2R3faWMhq4lfEQc='",
            ),
        ] {
            assert_eq!(header("X-Any", raw.as_bytes()), expected);
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
        assert_eq!(header("Link", b"<https://a.example/?v=xK9mPq2LwZ>; rel=next"), "<https://a.example/?v=<masked 10>>; rel=next");
        assert_eq!(header("ETag", b"W/\"v=xK9mPq2LwZ\""), "W/\"v=xK9mPq2LwZ\"");
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
        for unit in [
            "=%3D",
            "%253D",
            "=code",
            "//@",
            "eyJ",
            "Bearer+",
            "a1/",
            "(S(",
            "/a1b2c3d4e5f6a7b8c9d0",
            ";sess=",
            "\\\"",
            "8A%2525",
            "?a=%3F",
            "\"",
        ] {
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
            name in "(code|id_token|access_token|refresh_token|token|ticket|usec|client_secret|secret|password|jwt|SAMLResponse|assertion|state|nonce|X-Api-Key|session|sess|PHPSESSID|ASP\\.NET_SessionId|connect\\.sid|bearer|_csrf|xsrf|logout.token\\[\\])",
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
