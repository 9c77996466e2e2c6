//! Which lines browsers reject as a whole (RFC 6265bis, section 5.7), and why.

use url::{Host, Url};

use super::{
    line::{Attributes, Line},
    prefix,
    reach::scope,
};
use crate::evidence::{CookiePrefix, CookieScope, SameSite};

/// The most bytes that name and value may have together.
const SIZE_LIMIT: usize = 4096;

/// Why browsers reject a line that `url` sent; absent when they take it. Without a URL, only the line itself is judged.
pub(super) fn reason(line: &Line<'_>, url: Option<&Url>) -> Option<String> {
    malformed(line)
        .or_else(|| insecure(&line.attributes, url))
        .or_else(|| foreign(&line.attributes, url))
        .or_else(|| broken_promise(line, url))
}

/// What no cookie may be, whoever sets it.
fn malformed(line: &Line<'_>) -> Option<String> {
    let size = line.name.len().saturating_add(line.value.len());
    if line.has_control {
        Some("a control character stands in the line".into())
    } else if size == 0 {
        Some("it has neither a name nor a value".into())
    } else if size > SIZE_LIMIT {
        Some(format!("name and value have {size} bytes; browsers take {SIZE_LIMIT}"))
    } else {
        None
    }
}

/// What needs `Secure`, and what `Secure` needs.
fn insecure(attributes: &Attributes, url: Option<&Url>) -> Option<String> {
    if attributes.secure {
        return url.filter(|url| !is_trustworthy(url)).map(|_| "`Secure` over plain http".into());
    }
    if attributes.same_site == Some(SameSite::None) {
        return Some("`SameSite=None` without `Secure`".into());
    }
    attributes.partitioned.then(|| "`Partitioned` without `Secure`".into())
}

/// Whether browsers take a cookie with `Secure` from it: https, or the same machine.
fn is_trustworthy(url: &Url) -> bool {
    url.scheme() == "https"
        || match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}

/// A domain that the host has no right to.
fn foreign(attributes: &Attributes, url: Option<&Url>) -> Option<String> {
    let domain = attributes.domain.as_deref()?;
    if !domain.is_ascii() {
        return Some("the domain has letters beyond ASCII".into());
    }
    let host = url?.host_str()?;
    if scope(Some(domain), host) != CookieScope::Foreign {
        return None;
    }
    let is_suffix = super::reach::is_public_suffix(domain) && super::reach::domain_covers(domain, host);
    Some(if is_suffix { "the domain is a public suffix".into() } else { "the domain does not cover the host that sets it".into() })
}

/// What the prefix of the name promises, and the line does not keep. A nameless cookie must not look as if it had a prefix.
fn broken_promise(line: &Line<'_>, url: Option<&Url>) -> Option<String> {
    if line.name.is_empty() {
        return prefix(&String::from_utf8_lossy(line.value)).map(|_| "it has no name, and a value that begins like a prefixed name".into());
    }
    let attributes = &line.attributes;
    let promise = prefix(&String::from_utf8_lossy(line.name))?;
    let (word, broken) = match promise {
        CookiePrefix::Host if attributes.domain.is_some() => ("__Host-", "has a `Domain`"),
        CookiePrefix::Host if attributes.path.as_deref() != Some("/") => ("__Host-", "has no `Path=/`"),
        CookiePrefix::Host if !attributes.secure => ("__Host-", "has no `Secure`"),
        CookiePrefix::Secure if !attributes.secure => ("__Secure-", "has no `Secure`"),
        CookiePrefix::Host if is_in_clear(url) => ("__Host-", "comes over plain http"),
        CookiePrefix::Secure if is_in_clear(url) => ("__Secure-", "comes over plain http"),
        CookiePrefix::Host | CookiePrefix::Secure => return None,
    };
    Some(format!("the name begins with `{word}`, and the line {broken}"))
}

fn is_in_clear(url: Option<&Url>) -> bool {
    url.is_some_and(|url| url.scheme() != "https")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rejected(url: &str, line: &str) -> Option<String> {
        reason(&Line::split(line.as_bytes()), Url::parse(url).ok().as_ref())
    }

    const HTTPS: &str = "https://app.example.com/callback";
    const HTTP: &str = "http://app.example.com/callback";

    #[test]
    fn what_browsers_take_is_not_rejected() {
        for (url, line) in [
            (HTTPS, "a=b"),
            (HTTPS, "a=b; SameSite=None; Secure; Partitioned"),
            (HTTPS, "__Host-a=b; Secure; Path=/"),
            (HTTPS, "__Host-a=b; Secure; Path=/x; Path=/; Domain="),
            (HTTPS, "__Secure-a=b; Secure; Domain=example.com"),
            (HTTPS, "a=b; Domain=.example.com"),
            (HTTPS, "a=b; Domain=APP.EXAMPLE.COM"),
            (HTTPS, "alone"),
            (HTTP, "a=b"),
            (HTTP, "a=b; SameSite=Lax"),
            ("http://localhost:3000/", "a=b; Secure"),
            ("http://127.0.0.2/", "a=b; Secure"),
            ("http://[::1]/", "a=b; Secure"),
            ("https://app.azurewebsites.net/", "a=b; Domain=app.azurewebsites.net"),
            ("https://azurewebsites.net/", "a=b; Domain=azurewebsites.net"),
            ("", "a=b; Domain=anything.example"),
        ] {
            assert_eq!(rejected(url, line), None, "{url}: {line}");
        }
    }

    #[test]
    fn what_browsers_reject_is_rejected_with_its_reason() {
        for (url, line, why) in [
            (HTTPS, "=", "neither a name nor a value"),
            (HTTPS, "; Secure", "neither a name nor a value"),
            (HTTPS, "a=b\u{1}c", "control character"),
            (HTTPS, "a=b; Path=/\r", "control character"),
            (HTTPS, "a=b; SameSite=None", "`SameSite=None` without `Secure`"),
            (HTTPS, "a=b; Partitioned", "`Partitioned` without `Secure`"),
            (HTTP, "a=b; Secure", "`Secure` over plain http"),
            (HTTP, "a=b; Secure; SameSite=None", "`Secure` over plain http"),
            (HTTPS, "a=b; Domain=other.example", "does not cover"),
            (HTTPS, "a=b; Domain=x.app.example.com", "does not cover"),
            (HTTPS, "a=b; Domain=com", "public suffix"),
            ("https://app.azurewebsites.net/", "a=b; Domain=azurewebsites.net", "public suffix"),
            ("https://10.0.0.1/", "a=b; Domain=0.0.1", "does not cover"),
            (HTTPS, "a=b; Domain=exämple.com", "beyond ASCII"),
            (HTTPS, "__Host-a=b; Secure; Path=/; Domain=app.example.com", "has a `Domain`"),
            (HTTPS, "__Host-a=b; Secure", "has no `Path=/`"),
            (HTTPS, "__Host-a=b; Secure; Path=/app", "has no `Path=/`"),
            (HTTPS, "__Host-a=b; Path=/", "has no `Secure`"),
            (HTTPS, "__hOsT-a=b; Path=/", "has no `Secure`"),
            (HTTPS, "__Secure-a=b", "has no `Secure`"),
            (HTTPS, "__SECURE-a=b", "has no `Secure`"),
            ("http://localhost/", "__Secure-a=b; Secure", "plain http"),
            (HTTPS, "__Host-x", "no name"),
            (HTTPS, "=__Secure-x=y", "no name"),
        ] {
            let told = rejected(url, line);
            assert!(told.as_deref().is_some_and(|told| told.contains(why)), "{url}: {line}: {told:?}");
        }
    }

    proptest! {
        #[test]
        fn the_size_of_name_and_value_together_decides(name in 1_usize..3000, value in 0_usize..3000) {
            let line = format!("{}={}; Path=/", "n".repeat(name), "v".repeat(value));
            prop_assert_eq!(rejected(HTTPS, &line).is_some(), name + value > 4096);
        }

        #[test]
        fn any_line_is_judged_without_a_panic(line: Vec<u8>, url in "https?://[a-z.]{1,12}/") {
            let _ = reason(&Line::split(&line), Url::parse(&url).ok().as_ref());
        }
    }
}
