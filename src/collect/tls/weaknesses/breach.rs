//! Whether responses over HTTPS are compressed, without which BREACH cannot be (CVE-2013-3587).

use url::Url;

use super::{absent, present, unknown};
use crate::evidence::{Endpoint, Response, Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::Breach;

/// The encodings that compress, by every name they go by (RFC 9110, section 8.4.1, RFC 7932, RFC 8878).
const COMPRESSING: [&str; 7] = ["gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress"];

/// From how many bytes on a body that was sent plain speaks for all: servers and content networks leave bodies of less than about 1 KiB alone.
const TELLING_BYTES: u64 = 1024;

/// What was seen before the web was.
pub(super) fn unseen() -> Weakness {
    unknown(ID, "whether responses over HTTP are compressed was not looked at")
}

/// Judges every server by the responses that it gave over https, whichever URL they belong to.
///
/// The visits offer compression. What is compressed shows in `Content-Encoding`; that nothing is takes a body long enough, of a kind that servers
/// compress: a short page or an image says nothing of the others.
pub(in crate::collect) fn fill(endpoints: &mut [Endpoint]) {
    let places: Vec<(String, u16)> = endpoints.iter().map(|endpoint| (endpoint.host.clone(), endpoint.port)).collect();
    let visited = endpoints.iter().any(|endpoint| endpoint.visit.is_some());
    let verdicts: Vec<Weakness> = places
        .iter()
        .map(|(host, port)| {
            let responses = endpoints.iter().flat_map(|endpoint| &endpoint.responses);
            judge(&responses.filter(|response| is_secure_and_of(response, host, *port)).collect::<Vec<_>>(), visited)
        })
        .collect();
    for (endpoint, verdict) in endpoints.iter_mut().zip(verdicts) {
        let tls = endpoint.addresses.iter_mut().filter_map(|address| address.tls.as_mut());
        for weakness in tls.flat_map(|tls| &mut tls.weaknesses).filter(|weakness| weakness.id == ID) {
            weakness.clone_from(&verdict);
        }
    }
}

fn judge(responses: &[&Response], visited: bool) -> Weakness {
    let telling = |response: &&&Response| response.body_bytes >= TELLING_BYTES && is_compressible(response);
    if let Some(response) = responses.iter().find(|response| compression(response).is_some()) {
        let encoding = compression(response).unwrap_or_default();
        let words =
            format!("responses over HTTPS are compressed ({encoding}): a page that repeats input beside a secret gives the secret away");
        return present(ID, &words);
    }
    if !visited {
        return unknown(ID, "whether responses over HTTPS are compressed was not looked at: the web was left out of the run");
    }
    if responses.is_empty() {
        return unknown(ID, "no response over HTTPS was read, so nobody can say whether they are compressed");
    }
    match responses.iter().find(telling) {
        Some(response) => absent(ID, &format!("{} bytes came plain, though compression was offered", response.body_bytes)),
        None => unknown(ID, "no response had a text of 1 KiB or more, and shorter ones are sent plain by servers that compress too"),
    }
}

/// The first encoding that compresses, over all lines.
fn compression(response: &Response) -> Option<String> {
    let lines = response.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Content-Encoding"));
    let mut encodings = lines.flat_map(|(_, value)| value.split(',')).map(|encoding| encoding.trim().to_ascii_lowercase());
    encodings.find(|encoding| COMPRESSING.contains(&encoding.as_str()))
}

/// Whether the media type is one that servers compress.
fn is_compressible(response: &Response) -> bool {
    let types = response.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Content-Type"));
    types
        .map(|(_, value)| value.trim().to_ascii_lowercase())
        .any(|value| value.starts_with("text/") || ["json", "javascript", "xml"].iter().any(|kind| value.contains(kind)))
}

fn is_secure_and_of(response: &Response, host: &str, port: u16) -> bool {
    Url::parse(&response.url).is_ok_and(|url| {
        let bare = |name: &str| name.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
        url.scheme() == "https" && url.port_or_known_default() == Some(port) && url.host_str().is_some_and(|name| bare(name) == bare(host))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Reading;

    fn response(bytes: u64, headers: &[(&str, &str)]) -> Response {
        Response {
            url: "https://app.example:8443/".into(),
            ip: "192.0.2.1".into(),
            status: 200,
            location: None,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body_sha256: None,
            body_bytes: bytes,
            body_truncated: false,
            ..Response::default()
        }
    }

    fn verdict(responses: &[Response]) -> Reading<bool> {
        judge(&responses.iter().collect::<Vec<_>>(), true).vulnerable
    }

    #[test]
    fn one_compressed_response_is_enough_however_short_it_is_and_however_it_is_written() {
        let plain = response(9000, &[("Content-Type", "text/html")]);
        for value in ["gzip", "GZIP", "x-gzip", "identity, br", "deflate", "zstd"] {
            let compressed = response(20, &[("content-encoding", value)]);
            assert_eq!(verdict(&[plain.clone(), compressed]), Reading::Observed(true), "{value}");
        }
        let twice = response(20, &[("Content-Encoding", "identity"), ("Content-Encoding", "br")]);
        assert_eq!(verdict(&[twice]), Reading::Observed(true));
    }

    #[test]
    fn only_a_long_text_that_came_plain_shows_that_nothing_is_compressed() {
        for (bytes, kind, expected) in [
            (1024, "text/html; charset=utf-8", Reading::Observed(false)),
            (5000, "Application/JSON", Reading::Observed(false)),
            (1023, "text/html", Reading::Unknown),
            (90_000, "image/png", Reading::Unknown),
        ] {
            assert_eq!(verdict(&[response(bytes, &[("Content-Type", kind)])]), expected, "{bytes} {kind}");
        }
        assert_eq!(verdict(&[response(0, &[("Content-Encoding", "identity")])]), Reading::Unknown);
        assert_eq!(verdict(&[]), Reading::Unknown);
    }

    #[test]
    fn without_a_visit_the_reason_names_the_web() {
        let weakness = judge(&[], false);
        assert!(weakness.vulnerable == Reading::Unknown && weakness.reason.unwrap().contains("left out"));
    }

    #[test]
    fn a_response_counts_for_its_own_host_and_port_over_https_alone() {
        let response = response(0, &[]);
        assert!(is_secure_and_of(&response, "App.Example", 8443));
        assert!(!is_secure_and_of(&response, "app.example", 443) && !is_secure_and_of(&response, "example", 8443));
        let plain = Response { url: "http://app.example:8443/".into(), ..response.clone() };
        assert!(!is_secure_and_of(&plain, "app.example", 8443));
        let literal = Response { url: "https://[::1]/".into(), ..response };
        assert!(is_secure_and_of(&literal, "::1", 443));
    }
}
