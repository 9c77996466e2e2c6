//! How long browsers would insist on https (HTTP Strict Transport Security, RFC 6797), as they read it from what the host sent.

use std::net::IpAddr;

use url::Url;

use crate::evidence::{
    Endpoint,
    Reading::{self, Observed, Unknown},
    Response,
};

/// The `max-age` in seconds that a browser remembers after the visit; absent when it remembers nothing.
#[must_use]
pub fn max_age(endpoint: &Endpoint) -> Reading<Option<u64>> {
    if endpoint.host.parse::<IpAddr>().is_ok() {
        return Observed(None); // RFC 6797, section 8.1.1: an address is never remembered.
    }
    let own = || endpoint.responses.iter().filter(|response| is_secure_and_of(response, &endpoint.host));
    let remembered = own().filter_map(policy).next_back();
    let complete = endpoint.visit.as_ref().is_some_and(|visit| visit.complete);
    match remembered {
        Some(0) => Observed(None),
        Some(seconds) => Observed(Some(seconds)),
        None if complete && own().next().is_some() => Observed(None),
        None => Unknown,
    }
}

fn is_secure_and_of(response: &Response, host: &str) -> bool {
    Url::parse(&response.url).is_ok_and(|url| {
        let same = |name: &str| name.trim_end_matches('.').eq_ignore_ascii_case(host.trim_end_matches('.'));
        url.scheme() == "https" && url.host_str().is_some_and(same)
    })
}

/// What the first line of a response says; absent where there is none that browsers obey. Further lines are not read (section 8.1).
fn policy(response: &Response) -> Option<u64> {
    let (_, value) = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Strict-Transport-Security"))?;
    parse(value)
}

/// The `max-age` of a header value (RFC 6797, section 6.1); absent where the value breaks the grammar, so that browsers pass it over.
fn parse(value: &str) -> Option<u64> {
    let mut seen: Vec<String> = Vec::new();
    let mut seconds = None;
    for directive in value.split(';').map(str::trim).filter(|directive| !directive.is_empty()) {
        let (name, argument) = directive.split_once('=').map_or((directive, None), |(name, argument)| (name, Some(argument)));
        let name = name.trim().to_ascii_lowercase();
        if seen.contains(&name) {
            return None;
        }
        if name == "max-age" {
            seconds = Some(number(argument?.trim())?);
        }
        seen.push(name);
    }
    seconds
}

/// Digits, in quotes or not. More than fit are the most that fit.
fn number(text: &str) -> Option<u64> {
    let digits = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evidence::{EndpointKind, Visit};

    fn response(url: &str, lines: &[&str]) -> Response {
        Response {
            url: url.into(),
            ip: "192.0.2.1".into(),
            status: 200,
            location: None,
            headers: lines.iter().map(|line| ("strict-transport-security".into(), (*line).into())).collect(),
            body_sha256: None,
            body_bytes: 0,
            body_truncated: false,
            ..Response::default()
        }
    }

    fn endpoint(host: &str, complete: bool, responses: Vec<Response>) -> Endpoint {
        Endpoint {
            id: "redirect".into(),
            url: format!("https://{host}/"),
            scheme: "https".into(),
            host: host.into(),
            port: 443,
            kind: EndpointKind::Redirect,
            error: None,
            addresses: Vec::new(),
            visit: Some(Visit { reached: true, complete, error: None, ..Visit::default() }),
            responses,
            cookies: Vec::new(),
            ..Endpoint::default()
        }
    }

    fn read(lines: &[&str]) -> Reading<Option<u64>> {
        max_age(&endpoint("app.example.com", true, vec![response("https://app.example.com/", lines)]))
    }

    #[test]
    fn a_header_is_read_as_browsers_read_it() {
        for (value, expected) in [
            ("max-age=31536000", Some(31_536_000)),
            ("includeSubDomains; Max-Age = \"15552000\" ; preload;", Some(15_552_000)),
            ("max-age=99999999999999999999999", Some(u64::MAX)),
            ("max-age=0", None),
            ("includeSubDomains", None),
            ("max-age", None),
            ("max-age=", None),
            ("max-age=-1", None),
            ("max-age=1; max-age=2", None),
            ("max-age=1, max-age=2", None),
            ("", None),
        ] {
            assert_eq!(read(&[value]), Observed(expected), "{value}");
        }
    }

    #[test]
    fn only_the_first_line_counts() {
        assert_eq!(read(&["max-age=1", "max-age=2"]), Observed(Some(1)));
        assert_eq!(read(&["nonsense", "max-age=2"]), Observed(None));
        assert_eq!(read(&[]), Observed(None));
    }

    #[test]
    fn other_hosts_and_plain_http_do_not_count() {
        let elsewhere = vec![response("https://login.example.org/", &["max-age=9"]), response("http://app.example.com/", &["max-age=9"])];
        assert_eq!(max_age(&endpoint("app.example.com", true, elsewhere.clone())), Unknown);
        let both = [elsewhere, vec![response("https://APP.example.com:8443/", &["max-age=3"])]].concat();
        assert_eq!(max_age(&endpoint("app.example.com", true, both)), Observed(Some(3)));
    }

    #[test]
    fn a_later_response_takes_it_back() {
        let responses = vec![response("https://app.example.com/", &["max-age=9"]), response("https://app.example.com/b", &["max-age=0"])];
        assert_eq!(max_age(&endpoint("app.example.com", true, responses)), Observed(None));
    }

    #[test]
    fn a_visit_that_broke_off_leaves_it_unknown() {
        assert_eq!(max_age(&endpoint("app.example.com", false, vec![response("https://app.example.com/", &[])])), Unknown);
        assert_eq!(max_age(&endpoint("app.example.com", true, Vec::new())), Unknown);
    }

    #[test]
    fn an_address_is_never_remembered() {
        let sent = vec![response("https://192.0.2.1/", &["max-age=9"])];
        assert_eq!(max_age(&endpoint("192.0.2.1", true, sent)), Observed(None));
    }

    proptest! {
        #[test]
        fn no_header_is_too_strange(value in any::<String>()) {
            let _ = parse(&value);
        }
    }
}
