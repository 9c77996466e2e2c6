//! What the header lines of one answer tell a browser to do. Pure: a head and its circumstances in, facts out.

mod banners;
mod framing;
mod lines;
mod policy;
mod sources;

use std::collections::BTreeSet;

use url::Url;

use super::{headers::Head, masking, transport_security::transport_security};
use crate::{
    evidence::{CacheControl, CrossOrigin, EnvironmentName, HeaderFacts, HopTls, Platform},
    wording::visible_within,
};

/// The longest value that is written down whole, in characters.
const VALUE_LENGTH: usize = 2000;

/// The words of `Referrer-Policy`, and whether each keeps the query of a URL from other sites (Referrer Policy, section 3).
const REFERRER_POLICIES: [(&str, bool); 8] = [
    ("no-referrer", true),
    ("no-referrer-when-downgrade", false),
    ("same-origin", true),
    ("origin", true),
    ("strict-origin", true),
    ("origin-when-cross-origin", true),
    ("strict-origin-when-cross-origin", true),
    ("unsafe-url", false),
];

/// What browsers do where no policy is set.
const DEFAULT_REFERRER_POLICY: &str = "strict-origin-when-cross-origin";

/// What the lines are read against.
pub(in crate::collect) struct Circumstances<'a> {
    /// The URL that was asked.
    pub(in crate::collect) url: &'a Url,
    /// The hosts that the manifest names as the app's, in lower case.
    pub(in crate::collect) own_hosts: &'a BTreeSet<String>,
    /// Whose pages frame the app.
    pub(in crate::collect) platform: &'a Platform,
    /// The platform's environments that the app uses; empty when nobody says.
    pub(in crate::collect) environments: &'a [EnvironmentName],
    /// The TLS connection that the answer came over; absent over plain http.
    pub(in crate::collect) tls: Option<&'a HopTls>,
    /// The `Origin` that was sent; absent when none was.
    pub(in crate::collect) origin: Option<&'a str>,
    /// The Content Security Policies that the page states in itself.
    pub(in crate::collect) stated: &'a [String],
}

/// Reads the security-relevant lines as browsers read them.
pub(in crate::collect::web) fn header_facts(head: &Head, circumstances: &Circumstances<'_>) -> HeaderFacts {
    let enforced = policy::Enforced::read(head, circumstances.stated);
    let referrer_policy = referrer_policy(head);
    HeaderFacts {
        content_type: content_type(head),
        content_security_policy: enforced.together(head),
        report_only_policy: head.values("Content-Security-Policy-Report-Only").next().is_some(),
        framing: framing::framing(head, &enforced, circumstances),
        nosniff: lines::split(head, "X-Content-Type-Options").first().is_some_and(|first| first.eq_ignore_ascii_case("nosniff")),
        referrer_is_private: is_private(referrer_policy.unwrap_or(DEFAULT_REFERRER_POLICY)),
        referrer_policy: referrer_policy.map(ToOwned::to_owned),
        permissions_policy: lines::joined(head, "Permissions-Policy").map(|value| shown(&value)),
        cache: cache_control(head),
        cross_origin: cross_origin(head, circumstances.origin),
        opener_policy: item(head, "Cross-Origin-Opener-Policy"),
        resource_policy: lines::joined(head, "Cross-Origin-Resource-Policy").map(|value| shown(&value)),
        embedder_policy: item(head, "Cross-Origin-Embedder-Policy"),
        transport_security: transport_security(head, circumstances.tls),
        banners: banners::banners(head),
    }
}

/// The last line that names a media type counts (Fetch, section 2.2.2, "extract a MIME type").
pub(in crate::collect::web) fn content_type(head: &Head) -> Option<String> {
    let mut essences = lines::split(head, "Content-Type").into_iter().map(|value| {
        let essence = value.split(';').next().unwrap_or_default();
        essence.trim_ascii().to_ascii_lowercase()
    });
    let is_type = |essence: &String| essence.split_once('/').is_some_and(|(kind, detail)| !kind.is_empty() && !detail.is_empty());
    essences.rfind(|essence| is_type(essence) && essence != "*/*").map(|essence| shown(&essence))
}

/// The last word that browsers know (Referrer Policy, section 8.1).
fn referrer_policy(head: &Head) -> Option<&'static str> {
    let words = lines::split(head, "Referrer-Policy");
    words.iter().rev().find_map(|word| REFERRER_POLICIES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word))).map(|(name, _)| *name)
}

fn is_private(policy: &str) -> bool {
    REFERRER_POLICIES.iter().any(|(name, is_private)| *name == policy && *is_private)
}

fn cache_control(head: &Head) -> CacheControl {
    let directives: Vec<String> = lines::split(head, "Cache-Control").iter().map(|directive| directive.to_ascii_lowercase()).collect();
    // `private="field"` is about that field alone (RFC 9111, section 5.2.2.7).
    let has = |name: &str| directives.iter().any(|directive| directive == name);
    CacheControl {
        value: lines::joined(head, "Cache-Control").map(|value| shown(&value.to_ascii_lowercase())),
        no_store: has("no-store"),
        private: has("private"),
    }
}

/// Browsers compare both values byte by byte (Fetch, section 4.9, "CORS check").
fn cross_origin(head: &Head, origin: Option<&str>) -> Option<CrossOrigin> {
    let allow_origin = lines::joined(head, "Access-Control-Allow-Origin");
    let credentials = lines::joined(head, "Access-Control-Allow-Credentials");
    (allow_origin.is_some() || credentials.is_some()).then(|| CrossOrigin {
        reflects: origin.is_some() && allow_origin.as_deref() == origin,
        allow_credentials: credentials.as_deref() == Some("true"),
        allow_origin: allow_origin.map(|value| shown(&value)),
    })
}

/// The value of a line that is one item with parameters (RFC 9651, section 3.3), without them.
fn item(head: &Head, name: &str) -> Option<String> {
    let value = lines::joined(head, name)?;
    Some(shown(value.split(';').next().unwrap_or_default().trim_ascii()))
}

fn shown(value: &str) -> String {
    visible_within(&masking::text(value), VALUE_LENGTH)
}

#[cfg(test)]
pub(in crate::collect::web) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{collect::web::headers::HeadReader, evidence::PlatformEnvironment};

    /// A head with these lines.
    pub(in crate::collect::web) fn head(lines: &[(&str, &str)]) -> Head {
        let lines = lines.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
        let latin: Vec<u8> = format!("HTTP/1.1 200 OK\r\n{lines}\r\n").chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect();
        HeadReader::default().push(&latin).unwrap().unwrap()
    }

    /// A platform of two environments.
    pub(in crate::collect::web) fn platform() -> Platform {
        let environment = |name, sign_in: &str, hosts: &[&str]| PlatformEnvironment {
            name,
            sign_in_host: sign_in.to_owned(),
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            issuer: format!("https://{sign_in}"),
        };
        Platform {
            environments: vec![
                environment(EnvironmentName::Development, "sod.platform.example", &["sod#.platform.example"]),
                environment(EnvironmentName::Production, "online.platform.example", &["online#.platform.example"]),
            ],
            ..Platform::default()
        }
    }

    fn facts_for(lines: &[(&str, &str)], origin: Option<&str>) -> HeaderFacts {
        let circumstances = Circumstances {
            url: &Url::parse("https://app.example/").unwrap(),
            own_hosts: &BTreeSet::new(),
            platform: &platform(),
            environments: &[],
            tls: None,
            origin,
            stated: &[],
        };
        header_facts(&head(lines), &circumstances)
    }

    fn facts(lines: &[(&str, &str)]) -> HeaderFacts {
        facts_for(lines, None)
    }

    #[test]
    fn only_the_first_value_can_be_nosniff() {
        for (values, expected) in [
            (&["NoSniff"][..], true),
            (&["nosniff, no"], true),
            (&["no", "nosniff"], false),
            (&["", "nosniff"], false),
            (&["\"nosniff\""], false),
        ] {
            let lines: Vec<(&str, &str)> = values.iter().map(|value| ("X-Content-Type-Options", *value)).collect();
            assert_eq!(facts(&lines).nosniff, expected, "{values:?}");
        }
    }

    #[test]
    fn the_last_known_referrer_policy_of_all_lines_counts() {
        for (values, expected, private) in [
            (&["no-referrer, strict-origin"][..], Some("strict-origin"), true),
            (&["No-Referrer", "unsafe-url"], Some("unsafe-url"), false),
            (&["same-origin", "some-future-word"], Some("same-origin"), true),
            (&["no-referrer-when-downgrade"], Some("no-referrer-when-downgrade"), false),
            (&["nonsense"], None, true),
            (&[], None, true),
        ] {
            let lines: Vec<(&str, &str)> = values.iter().map(|value| ("Referrer-Policy", *value)).collect();
            let facts = facts(&lines);
            assert_eq!((facts.referrer_policy.as_deref(), facts.referrer_is_private), (expected, private), "{values:?}");
        }
    }

    #[test]
    fn caches_are_told_by_all_lines_together() {
        let cache = facts(&[("Cache-Control", "Private, max-age=0"), ("cache-control", "No-Store")]).cache;
        assert_eq!((cache.no_store, cache.private, cache.value.as_deref()), (true, true, Some("private, max-age=0, no-store")));
        assert!(!facts(&[("Cache-Control", "private=\"x, no-store\"")]).cache.private);
        assert!(!facts(&[("Cache-Control", "private=\"x, no-store\"")]).cache.no_store);
        assert_eq!(facts(&[]).cache, CacheControl::default());
    }

    #[test]
    fn a_reflected_origin_is_the_very_one_that_was_sent() {
        let cors = |allowed, origin| facts_for(&[("Access-Control-Allow-Origin", allowed)], origin).cross_origin.unwrap().reflects;
        assert!(cors("https://evil.example", Some("https://evil.example")));
        assert!(cors("null", Some("null")));
        assert!(!cors("*", Some("https://evil.example")));
        assert!(!cors("https://EVIL.example", Some("https://evil.example")));
        assert!(!cors("https://evil.example", None));
        let credentials = |value| facts(&[("Access-Control-Allow-Credentials", value)]).cross_origin.unwrap().allow_credentials;
        assert!(credentials("true") && !credentials("TRUE"));
        assert_eq!(facts(&[]).cross_origin, None);
    }

    #[test]
    fn the_media_type_is_the_last_that_is_one() {
        assert_eq!(facts(&[("Content-Type", "Text/HTML; charset=utf-8")]).content_type.as_deref(), Some("text/html"));
        assert_eq!(facts(&[("Content-Type", "text/plain"), ("Content-Type", "nonsense")]).content_type.as_deref(), Some("text/plain"));
        assert_eq!(facts(&[("Content-Type", "")]).content_type, None);
    }

    #[test]
    fn isolation_policies_lose_their_parameters() {
        let facts =
            facts(&[("Cross-Origin-Opener-Policy", "same-origin; report-to=\"x\""), ("Cross-Origin-Resource-Policy", "cross-origin")]);
        assert_eq!(
            (facts.opener_policy.as_deref(), facts.resource_policy.as_deref(), facts.embedder_policy),
            (Some("same-origin"), Some("cross-origin"), None)
        );
    }

    proptest! {
        #[test]
        fn any_lines_are_read_without_a_panic(lines in proptest::collection::vec(("(Content-Security-Policy|X-Frame-Options|Strict-Transport-Security|Server|Via|Cache-Control|Referrer-Policy|Content-Type)", "[ -~]{0,80}"), 0..6)) {
            let lines: Vec<(&str, &str)> = lines.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let _ = facts(&lines);
        }
    }
}
