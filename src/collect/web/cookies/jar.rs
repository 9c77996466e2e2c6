//! A browser's cookie jar in miniature (RFC 6265bis, sections 5.7 and 5.8): enough to go on from one answer of a server to the next request.

use time::OffsetDateTime;
use url::Url;

use super::{
    line::Line,
    reach::{default_path, domain_covers, is_address, is_public_suffix, path_covers},
    rejection,
};

/// The most cookies that are kept, as browsers do for one site.
const COOKIES_LIMIT: usize = 180;

/// The cookies that a browser would hold.
// No `Debug`: values stand in it.
#[derive(Clone, Default)]
pub(in crate::collect::web) struct Jar {
    cookies: Vec<Held>,
}

#[derive(Clone)]
struct Held {
    name: Vec<u8>,
    value: Vec<u8>,
    domain: String,
    host_only: bool,
    path: String,
    secure: bool,
}

impl Held {
    fn is_same(&self, other: &Self) -> bool {
        (&self.name, &self.domain, self.host_only, &self.path) == (&other.name, &other.domain, other.host_only, &other.path)
    }

    fn goes_to(&self, url: &Url, host: &str) -> bool {
        let is_host = if self.host_only { self.domain == host } else { domain_covers(&self.domain, host) };
        is_host && path_covers(&self.path, url.path()) && (!self.secure || url.scheme() == "https" || is_loopback(host))
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Jar {
    /// Takes a line as a browser does: what is rejected changes nothing, and a deletion takes away.
    ///
    /// Whether a cookie that lives on was set.
    pub(in crate::collect::web) fn take(&mut self, line: &[u8], url: &Url, now: OffsetDateTime) -> bool {
        let parts = Line::split(line);
        let Some(host) = url.host_str().filter(|_| rejection::reason(&parts, Some(url)).is_none()) else { return false };
        let attributes = &parts.attributes;
        let domain = attributes.domain.as_deref().filter(|domain| !is_public_suffix(domain) && !is_address(domain));
        let path = attributes.path.as_deref().filter(|path| path.starts_with('/')).unwrap_or_else(|| default_path(url.path()));
        let held = Held {
            name: parts.name.to_vec(),
            value: parts.value.to_vec(),
            domain: domain.unwrap_or(host).to_owned(),
            host_only: domain.is_none(),
            path: path.to_owned(),
            secure: attributes.secure,
        };
        self.cookies.retain(|cookie| !cookie.is_same(&held));
        let lives = !attributes.delete(now) && self.cookies.len() < COOKIES_LIMIT;
        if lives {
            self.cookies.push(held);
        }
        lives
    }

    /// The `Cookie` line for a request; absent when none goes there. Longer paths first (section 5.8.3).
    pub(in crate::collect::web) fn line(&self, url: &Url) -> Option<String> {
        let host = url.host_str()?;
        let mut going: Vec<&Held> = self.cookies.iter().filter(|cookie| cookie.goes_to(url, host)).collect();
        going.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs = going.iter().map(|cookie| {
            let value = String::from_utf8_lossy(&cookie.value);
            if cookie.name.is_empty() { value.into_owned() } else { format!("{}={value}", String::from_utf8_lossy(&cookie.name)) }
        });
        let line = pairs.collect::<Vec<_>>().join("; ");
        (!line.is_empty()).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-21 12:00 UTC);

    /// What a browser sends to `to` after `from` set these lines.
    fn sent(from: &str, lines: &[&str], to: &str) -> String {
        let mut jar = Jar::default();
        for line in lines {
            jar.take(line.as_bytes(), &from.parse().unwrap(), NOW);
        }
        jar.line(&to.parse().unwrap()).unwrap_or_default()
    }

    /// The shapes of the suite for RFC 6265: what is set, and what comes back. The cases are our own.
    #[test]
    fn cookies_come_back_as_browsers_send_them() {
        const HERE: &str = "https://home.example.org/tests/reflect";
        for (lines, expected) in [
            (&["a=1"][..], "a=1"),
            (&["a=1; Expires=Fri, 07 Aug 2199 08:04:19 GMT"], "a=1"),
            (&["a=1; Expires=Fri, 07 Aug 2007 08:04:19 GMT"], ""),
            (&["a=1", "a=2; Expires=Fri, 07 Aug 2007 08:04:19 GMT"], ""),
            (&["a=1", "a=2"], "a=2"),
            (&["a=1", "b=2"], "a=1; b=2"),
            (&["a=1; Max-Age=0"], ""),
            (&["a=1; Max-Age=-5; Expires=Fri, 07 Aug 2199 08:04:19 GMT"], ""),
            (&["a=1; Max-Age=5; Expires=Fri, 07 Aug 2007 08:04:19 GMT"], "a=1"),
            (&["a=1; Max-Age=soon"], "a=1"),
            (&["a"], "a"),
            (&["=a"], "a"),
            (&["a="], "a="),
            (&["a=\"b c\""], "a=\"b c\""),
            (&["a = b ; path=/"], "a=b"),
            (&["a=b=c"], "a=b=c"),
            (&["a=1; path=/elsewhere"], ""),
            (&["a=1; path=/tests"], "a=1"),
            (&["a=1; path=/test"], ""),
            (&["a=1; path=tests"], "a=1"),
            (&["a=1; path="], "a=1"),
            (&["a=1; path=/", "b=2; path=/tests"], "b=2; a=1"),
            (&["a=1; path=/", "a=2; path=/tests"], "a=2; a=1"),
            (&["a=1; domain=example.org"], "a=1"),
            (&["a=1; domain=.home.example.org"], "a=1"),
            (&["a=1; domain=sibling.example.org"], ""),
            (&["a=1; domain=org"], ""),
            (&["a=1; domain=example.org; domain=sibling.example.org"], ""),
            (&["a=1; domain=sibling.example.org; domain=example.org"], "a=1"),
            (&["a=1; domain="], "a=1"),
            (&["a=1; secure"], "a=1"),
            (&["a=1; samesite=none"], ""),
            (&["__Host-a=1; secure; path=/"], "__Host-a=1"),
            (&["__Host-a=1; secure"], ""),
            (&["a=1\tb"], "a=1\tb"),
            (&["a=1\u{1}b"], ""),
            (&["", ";", "=", " ; secure"], ""),
        ] {
            assert_eq!(sent(HERE, lines, HERE), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_cookie_goes_where_its_domain_its_path_and_its_scheme_let_it() {
        for (line, to, goes) in [
            ("a=1", "https://app.example.org/", true),
            ("a=1", "https://www.app.example.org/", false),
            ("a=1; domain=app.example.org", "https://www.app.example.org/", true),
            ("a=1; domain=example.org", "https://other.example.org/", true),
            ("a=1; domain=example.org", "https://example.com/", false),
            ("a=1; secure", "http://app.example.org/", false),
            ("a=1", "http://app.example.org/", true),
            ("a=1; path=/in", "https://app.example.org/in/side", true),
            ("a=1; path=/in", "https://app.example.org/inside", false),
        ] {
            assert_eq!(!sent("https://app.example.org/", &[line], to).is_empty(), goes, "{line} {to}");
        }
    }

    proptest! {
        #[test]
        fn a_flood_of_cookies_stays_bounded(count in 0_usize..600) {
            let mut jar = Jar::default();
            let url: Url = "https://app.example.org/".parse().unwrap();
            for number in 0..count {
                jar.take(format!("c{number}=1").as_bytes(), &url, NOW);
            }
            prop_assert_eq!(jar.cookies.len(), count.min(COOKIES_LIMIT));
        }

        #[test]
        fn any_line_is_taken_without_a_panic(lines: Vec<Vec<u8>>) {
            let mut jar = Jar::default();
            let url: Url = "https://app.example.org/a".parse().unwrap();
            for line in &lines {
                jar.take(line, &url, NOW);
            }
            let _ = jar.line(&url);
        }
    }
}
