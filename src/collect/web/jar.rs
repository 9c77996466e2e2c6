//! The cookies of one walk, kept in memory only and given back as a browser does (RFC 6265, sections 5.3 and 5.4).

use std::collections::BTreeMap;

use time::OffsetDateTime;
use url::Url;

use super::{cookies, headers::Head, request::host};
use crate::evidence::Cookie;

/// The most cookies that are kept: what browsers keep of one site.
const COOKIES_LIMIT: usize = 180;

/// The longest pair of name and value that browsers take, in bytes.
const PAIR_LIMIT: usize = 4096;

/// The cookies of one walk.
// No `Debug`: their values stand in it.
#[derive(Default)]
pub(super) struct Jar {
    /// By name, domain and path, which is what makes a cookie the same one.
    cookies: BTreeMap<(Vec<u8>, String, String), Kept>,
}

struct Kept {
    pair: Vec<u8>,
    is_secure: bool,
    is_for_host_only: bool,
}

impl Jar {
    /// Keeps what a response of `url` sets, and drops what it deletes.
    pub(super) fn take(&mut self, url: &Url, head: &Head, now: OffsetDateTime) {
        for line in head.values("Set-Cookie") {
            if let Some(cookie) = cookies::parse(line, "", now) {
                self.keep(url, line, &cookie);
            }
        }
    }

    /// The `Cookie` line for a request; absent where none is sent.
    pub(super) fn line(&self, url: &Url) -> Option<String> {
        let host = host(url)?;
        let sent = self.cookies.iter().filter(|((_, domain, path), kept)| {
            let is_for_host = if kept.is_for_host_only { host == *domain } else { is_within(&host, domain) };
            is_for_host && is_on_path(url.path(), path) && (!kept.is_secure || url.scheme() == "https")
        });
        let mut sent: Vec<_> = sent.map(|((_, _, path), kept)| (path.len(), kept)).collect();
        sent.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
        let pairs: Vec<_> = sent.iter().map(|(_, kept)| String::from_utf8_lossy(&kept.pair)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    fn keep(&mut self, url: &Url, line: &[u8], cookie: &Cookie) {
        let Some(host) = host(url) else { return };
        let pair = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii().to_vec();
        let wanted =
            cookie.domain.as_deref().map(|domain| domain.trim_start_matches('.').to_ascii_lowercase()).filter(|domain| !domain.is_empty());
        let domain = match wanted {
            Some(domain) if domain != host && (!is_within(&host, &domain) || is_public_suffix(&domain)) => return,
            Some(domain) if !is_public_suffix(&domain) => Some(domain),
            _ => None,
        };
        let path = cookie.path.clone().filter(|path| path.starts_with('/')).unwrap_or_else(|| default_path(url));
        let is_refused = cookie.rejected_because.is_some() || (cookie.secure && url.scheme() != "https") || pair.len() > PAIR_LIMIT;
        let is_for_host_only = domain.is_none();
        let key = (name, domain.unwrap_or(host), path);
        if cookie.deletion {
            self.cookies.remove(&key);
        } else if !is_refused && self.cookies.len() < COOKIES_LIMIT {
            self.cookies.insert(key, Kept { pair: pair.to_vec(), is_secure: cookie.secure, is_for_host_only });
        }
    }
}

/// Whether a host is a domain or below it (RFC 6265, section 5.1.3); an address is below none.
fn is_within(host: &str, domain: &str) -> bool {
    let is_name = host.parse::<std::net::IpAddr>().is_err();
    host == domain || (is_name && host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
}

fn is_public_suffix(domain: &str) -> bool {
    psl::suffix_str(domain) == Some(domain)
}

/// RFC 6265, section 5.1.4.
fn is_on_path(asked: &str, path: &str) -> bool {
    asked.strip_prefix(path).is_some_and(|rest| rest.is_empty() || path.ends_with('/') || rest.starts_with('/'))
}

/// The folder of the URL (RFC 6265, section 5.1.4).
fn default_path(url: &Url) -> String {
    match url.path().rsplit_once('/') {
        Some((folder, _)) if !folder.is_empty() => folder.to_owned(),
        _ => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;
    use crate::collect::web::headers::HeadReader;

    fn jar(url: &str, lines: &[&str]) -> Jar {
        let mut jar = Jar::default();
        add(&mut jar, url, lines);
        jar
    }

    fn add(jar: &mut Jar, url: &str, lines: &[&str]) {
        let lines: String = lines.iter().map(|line| format!("Set-Cookie: {line}\r\n")).collect();
        let head = HeadReader::default().push(format!("HTTP/1.1 200 OK\r\n{lines}\r\n").as_bytes()).unwrap().unwrap();
        jar.take(&url.parse().unwrap(), &head, datetime!(2026-11-21 12:00 UTC));
    }

    fn sent(jar: &Jar, url: &str) -> String {
        jar.line(&url.parse().unwrap()).unwrap_or_default()
    }

    #[test]
    fn a_cookie_goes_back_to_where_it_belongs_and_nowhere_else() {
        let jar = jar(
            "https://app.example.com/a/b",
            &[
                "host=1",
                "wide=2; Domain=.Example.com; Path=/",
                "secure=3; Secure; Path=/",
                "deep=4; Path=/a/b",
                "foreign=5; Domain=other.example",
                "suffix=6; Domain=com",
            ],
        );
        for (url, expected) in [
            ("https://app.example.com/a/b", "deep=4; host=1; secure=3; wide=2"),
            ("https://app.example.com/a/bc", "host=1; secure=3; wide=2"),
            ("https://app.example.com/ab", "secure=3; wide=2"),
            ("http://app.example.com/", "wide=2"),
            ("https://www.example.com/a/", "wide=2"),
            ("https://badexample.com/", ""),
            ("https://example.org/", ""),
        ] {
            assert_eq!(sent(&jar, url), expected, "{url}");
        }
    }

    #[test]
    fn the_same_cookie_is_replaced_and_deleted() {
        let mut jar = jar("https://app.example/", &["a=1", "a=2", "b=3"]);
        assert_eq!(sent(&jar, "https://app.example/"), "a=2; b=3");
        add(&mut jar, "https://app.example/", &["a=; Max-Age=0"]);
        assert_eq!(sent(&jar, "https://app.example/"), "b=3");
    }

    #[test]
    fn a_hundred_thousand_cookies_do_not_fill_the_memory() {
        let mut jar = Jar::default();
        for start in 0..250 {
            let lines: Vec<String> = (0..400).map(|number| format!("c{}={}", start * 400 + number, "x".repeat(100))).collect();
            add(&mut jar, "https://app.example/", &lines.iter().map(String::as_str).collect::<Vec<_>>());
        }
        assert_eq!(jar.cookies.len(), COOKIES_LIMIT);
    }

    proptest! {
        #[test]
        fn any_line_is_kept_or_not_without_a_panic(line in "[ -~\t]{0,60}", path in "(/[a-z]{0,3}){0,4}") {
            let url = format!("https://app.example.com{path}");
            let jar = jar(&url, &[&line]);
            let _ = sent(&jar, &url);
        }
    }
}
