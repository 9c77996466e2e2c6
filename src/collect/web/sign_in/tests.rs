use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::{
    collect::web::{pages::Reader, platform_hosts::sample},
    evidence::EnvironmentName,
};

static PLATFORM: LazyLock<Platform> = LazyLock::new(sample);
static READER: LazyLock<Reader<'static>> = LazyLock::new(|| Reader::new(&PLATFORM));

fn url(text: &str) -> Url {
    Url::parse("https://app.vendor.no/panel").unwrap().join(text).unwrap()
}

fn hop(at: &str, status: u16, location: Option<&str>) -> Hop {
    Hop { url: url(at), status, location: location.map(url) }
}

fn judged(hops: &[Hop], html: Option<&str>) -> SignIn {
    let platform = sample();
    let page = html.map(|html| READER.read(html.as_bytes(), Some("text/html"), &hops.last().unwrap().url, false).unwrap());
    let walk = Walk { hops, error: None, passed: None, page: page.as_ref() };
    sign_in(&walk, None, &Registration { platform: &platform, environments: &[], redirect_urls: &[], holds_records: true })
}

fn outcome(hops: &[Hop], html: Option<&str>) -> Option<SignInOutcome> {
    judged(hops, html).outcome.observed().copied()
}

const AUTHORIZE: &str = "https://online.platform.example/login/Cust00000/oauth/authorize?client_id=abc&response_type=code&scope=openid%20x&redirect_uri=https%3A%2F%2Fapp.vendor.no%2Fcb&state=0123456789abcdefgh&code_challenge=x&client_secret=hunter2";

#[test]
fn every_way_of_treating_a_stranger_is_told_apart() {
    use SignInOutcome::*;
    for (status, location, html, expected) in [
        (302, Some(AUTHORIZE), None, Some(PlatformSignIn)),
        (302, Some("https://sod.platform.example/login/?app_id=1"), None, Some(PlatformSignIn)),
        (302, Some("https://id.platform.example/x"), None, Some(PlatformSignIn)),
        (302, Some("https://acme.eu.auth0.com/authorize?client_id=1"), None, Some(OtherSignIn)),
        (302, Some("https://id.acme.no/realms/x/protocol/openid-connect/auth?client_id=1"), None, Some(OtherSignIn)),
        (302, Some("https://sso.acme.no/start?client_id=1&redirect_uri=x"), None, Some(OtherSignIn)),
        (302, Some("https://elsewhere.no/"), None, None),
        (302, Some("https://online.platform.example/"), None, None),
        (401, None, Some(""), Some(TurnedAway)),
        (403, None, Some("<h1>Forbidden</h1>"), Some(TurnedAway)),
        (401, None, Some("<input type=password>"), Some(PasswordForm)),
        (404, None, Some("<h1>Not found</h1>"), Some(Refused)),
        (500, None, Some("oops"), Some(Failed)),
        (429, None, Some(""), None),
        (200, None, Some("<form><input type=password></form>"), Some(PasswordForm)),
        (200, None, Some("<dl><dt>Name<dd>Kari Nordmann<dt>Phone<dd>+47 912 34 567</dl>"), Some(ShowsData)),
        (200, None, Some("<p>Sign in first</p><button onclick=\"window.open('/login')\">Sign in</button>"), Some(Shell)),
        (
            200,
            None,
            Some("<script>location.href='https://sod.platform.example/login/common/oauth/authorize?client_id=1'</script>"),
            Some(PlatformSignIn),
        ),
        (200, None, Some("<meta http-equiv=refresh content='0;url=https://acme.auth0.com/authorize'>"), Some(OtherSignIn)),
        (200, None, Some("<div id=root></div><script src=main.js></script>"), None),
        (200, None, Some("<h1>Welcome</h1><p>Our product helps you. Mail support@vendor.no.</p>"), Some(PublicPage)),
        (200, None, None, None),
    ] {
        assert_eq!(outcome(&[hop("/panel", status, location)], html), expected, "{status} {location:?} {html:?}");
    }
}

#[test]
fn routes_in_between_are_named() {
    let found = judged(&[hop("/panel", 302, Some("/login")), hop("/login", 302, Some(AUTHORIZE))], None);
    assert!(found.reason.contains("`online.platform.example`") && found.reason.contains("by way of `/login`"), "{}", found.reason);
}

#[test]
fn silence_is_unknown() {
    let platform = sample();
    let walk = Walk { hops: &[], error: Some("no address".into()), passed: None, page: None };
    let found = sign_in(&walk, None, &Registration { platform: &platform, environments: &[], redirect_urls: &[], holds_records: true });
    assert!(found.outcome.observed().is_none() && found.reason.contains("no address"));
}

fn request(first: &str, second: Option<&str>, environments: &[AppEnvironment], redirect_urls: &[Url]) -> crate::evidence::AuthorizeRequest {
    let platform = sample();
    let (first, second) = (url(first), second.map(url));
    authorize_request(&first, second.as_ref(), &Registration { platform: &platform, environments, redirect_urls, holds_records: true })
}

fn environment(client_id: &str, redirect_uris: &[&str]) -> AppEnvironment {
    AppEnvironment {
        name: EnvironmentName::Production,
        client_id: Some(client_id.into()),
        redirect_uris: redirect_uris.iter().map(ToString::to_string).collect(),
        cors_origins: Vec::new(),
    }
}

#[test]
fn the_request_is_read_and_its_secrets_are_named_and_masked() {
    let found = request(AUTHORIZE, None, &[], &[]);
    assert_eq!((found.environment, found.data_host, found.legacy, found.secure), (Some(EnvironmentName::Production), false, false, true));
    assert_eq!(found.tenant.as_deref(), Some("Cust00000"));
    assert_eq!(found.scope, ["openid", "x"]);
    assert_eq!((found.state.present, found.state.length, found.nonce.present), (true, 18, false));
    assert_eq!((found.code_challenge, found.code_challenge_method), (true, None));
    assert_eq!(found.secrets, ["client_secret"]);
    assert!(!found.url.contains("hunter2") && !found.url.contains("0123456789abcdefgh"), "{}", found.url);
    assert_eq!((found.client_id_matches, found.redirect_uri_matches), (None, None));
    let numbered = request("https://online3.platform.example/login/common/oauth/authorize?acr_values=tenant:Cust1234%20x", None, &[], &[]);
    assert!(numbered.data_host && numbered.tenant.as_deref() == Some("Cust1234"));
}

#[test]
fn what_is_registered_is_compared_exactly() {
    let matches = |uris: &[&str], endpoints: &[Url]| request(AUTHORIZE, None, &[environment("abc", uris)], endpoints).redirect_uri_matches;
    assert_eq!(matches(&["https://app.vendor.no/cb"], &[]), Some(true));
    assert_eq!(matches(&["https://app.vendor.no/cb/"], &[]), Some(false));
    assert_eq!(matches(&["https://app.vendor.no/CB"], &[]), Some(false));
    assert_eq!(matches(&["^https://[a-z]+\\.vendor\\.no/cb$"], &[]), Some(true));
    assert_eq!(matches(&["^https://other"], &[]), Some(false));
    assert_eq!(matches(&["^(["], &[]), None);
    assert_eq!(matches(&[], &[url("/cb")]), Some(true));
    assert_eq!(request(AUTHORIZE, None, &[environment("abc", &[])], &[]).client_id_matches, Some(true));
    assert_eq!(request(AUTHORIZE, None, &[environment("other", &[])], &[]).client_id_matches, Some(false));
}

#[test]
fn two_requests_tell_whether_a_value_is_new_each_time() {
    let again = AUTHORIZE.replace("0123456789abcdefgh", "hgfedcba9876543210");
    assert_eq!(request(AUTHORIZE, Some(&again), &[], &[]).state.differs, Reading::Observed(true));
    assert_eq!(request(AUTHORIZE, Some(AUTHORIZE), &[], &[]).state.differs, Reading::Observed(false));
    assert_eq!(request(AUTHORIZE, None, &[], &[]).state.differs, Reading::Unknown);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_query_is_read(query in any::<String>(), status in 100_u16..600) {
        let mut target = url("https://online.platform.example/login/common/oauth/authorize");
        target.set_query(Some(&query));
        judged(&[Hop { url: url("/"), status, location: Some(target) }], Some("x"));
    }
}
