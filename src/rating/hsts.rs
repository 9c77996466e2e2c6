//! How long browsers would insist on https (HTTP Strict Transport Security, RFC 6797), by what the host's answers tell them.

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

/// What a response tells; absent where it tells nothing that browsers can read. Whether they trust the certificate is for the grade to say.
fn policy(response: &Response) -> Option<u64> {
    response.transport_security.as_ref()?.max_age
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{EndpointKind, TransportSecurity, Visit};

    fn response(url: &str, max_age: Option<u64>) -> Response {
        let told = TransportSecurity { max_age, ..TransportSecurity::default() };
        Response { url: url.into(), status: 200, transport_security: Some(told), ..Response::default() }
    }

    fn silent(url: &str) -> Response {
        Response { url: url.into(), status: 200, ..Response::default() }
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

    fn told(max_age: Option<u64>) -> Reading<Option<u64>> {
        max_age_of(vec![response("https://app.example.com/", max_age)])
    }

    fn max_age_of(responses: Vec<Response>) -> Reading<Option<u64>> {
        max_age(&endpoint("app.example.com", true, responses))
    }

    #[test]
    fn what_is_told_is_remembered_and_what_is_broken_or_missing_is_not() {
        assert_eq!(told(Some(31_536_000)), Observed(Some(31_536_000)));
        assert_eq!(told(Some(0)), Observed(None));
        assert_eq!(told(None), Observed(None));
        assert_eq!(max_age_of(vec![silent("https://app.example.com/")]), Observed(None));
    }

    #[test]
    fn other_hosts_and_plain_http_do_not_count() {
        let elsewhere = vec![response("https://login.example.org/", Some(9)), response("http://app.example.com/", Some(9))];
        assert_eq!(max_age(&endpoint("app.example.com", true, elsewhere.clone())), Unknown);
        let both = [elsewhere, vec![response("https://APP.example.com:8443/", Some(3))]].concat();
        assert_eq!(max_age(&endpoint("app.example.com", true, both)), Observed(Some(3)));
    }

    #[test]
    fn a_later_response_takes_it_back() {
        let responses = vec![response("https://app.example.com/", Some(9)), response("https://app.example.com/b", Some(0))];
        assert_eq!(max_age(&endpoint("app.example.com", true, responses)), Observed(None));
    }

    #[test]
    fn a_visit_that_broke_off_leaves_it_unknown() {
        assert_eq!(max_age(&endpoint("app.example.com", false, vec![silent("https://app.example.com/")])), Unknown);
        assert_eq!(max_age(&endpoint("app.example.com", true, Vec::new())), Unknown);
    }

    #[test]
    fn an_address_is_never_remembered() {
        let sent = vec![response("https://192.0.2.1/", Some(9))];
        assert_eq!(max_age(&endpoint("192.0.2.1", true, sent)), Observed(None));
    }
}
