//! The rating on its way through the program: filled in before the rules run, and shown to people.

use assert_cmd::cargo::cargo_bin_cmd;
use redflag::{
    assess::{Standard, judge},
    decisions::Decisions,
    evidence::{Address, Contact, Endpoint, EndpointKind, Evidence, Profile, Reading::Observed, Response, Tls, TransportSecurity, Visit},
    manifest::Manifest,
    rating::{Guide, Letter},
    rules::load,
};
use time::OffsetDateTime;

use super::sites::Site;

fn address(ip: &str, tls: Option<Tls>) -> Address {
    Address { ip: ip.parse().expect("an address"), reached: true, contact: Contact::Accepted, error: None, tls }
}

/// An endpoint that answers with long HSTS.
fn endpoint(addresses: Vec<Address>) -> Endpoint {
    let response = Response {
        url: "https://app.example.com/callback".into(),
        ip: "192.0.2.1".into(),
        status: 200,
        location: None,
        headers: vec![("Strict-Transport-Security".into(), "max-age=31536000".into())],
        transport_security: Some(TransportSecurity { max_age: Some(31_536_000), ..TransportSecurity::default() }),
        body_sha256: None,
        body_bytes: 0,
        body_truncated: false,
        ..Response::default()
    };
    Endpoint {
        id: "redirect".into(),
        url: response.url.clone(),
        scheme: "https".into(),
        host: "app.example.com".into(),
        port: 443,
        kind: EndpointKind::Redirect,
        error: None,
        addresses,
        visit: Some(Visit { reached: true, complete: true, error: None, ..Visit::default() }),
        responses: vec![response],
        cookies: Vec::new(),
        ..Endpoint::default()
    }
}

fn judged(endpoint: Endpoint) -> Evidence {
    let standard = Standard {
        pack: load("superoffice", &[]).unwrap_or_else(|error| panic!("{error}")),
        decisions: Decisions::default(),
        profile: Profile::Standard,
        today: OffsetDateTime::UNIX_EPOCH.date(),
    };
    let evidence = Evidence { observed_at: "2026-11-21T12:00:00Z".into(), endpoints: vec![endpoint], ..Evidence::default() };
    judge(&Manifest::default(), evidence, &standard, OffsetDateTime::UNIX_EPOCH).evidence
}

#[test]
fn every_address_that_speaks_tls_is_rated_and_no_other() {
    let silent = Tls { reached: false, ..Site::best().tls };
    let addresses = vec![address("192.0.2.1", Some(Site::best().tls)), address("192.0.2.2", Some(silent)), address("192.0.2.3", None)];
    let evidence = judged(endpoint(addresses));
    let letters: Vec<_> = evidence.endpoints[0]
        .addresses
        .iter()
        .map(|address| address.tls.as_ref().and_then(|tls| tls.rating.as_ref()).map(|rating| rating.grade.clone()))
        .collect();
    assert_eq!(letters, [Some(Observed("A+".to_owned())), None, None]);
    let clients = evidence.endpoints[0].addresses[0].tls.as_ref().map(|tls| tls.clients.len());
    assert_eq!(clients, Some(Guide::shipped().clients.len()));
}

#[test]
fn saved_evidence_is_rated_anew_and_the_same_again() {
    let once = judged(endpoint(vec![address("192.0.2.1", Some(Site::best().tls))]));
    let mut stale = once.clone();
    let tls = stale.endpoints[0].addresses[0].tls.as_mut().expect("it has one");
    tls.rating.as_mut().expect("it is rated").grade = Observed("F".into());
    tls.clients.clear();
    assert_eq!(judged(stale.endpoints.remove(0)), once);
}

#[test]
fn explain_grade_shows_the_whole_guide() {
    let shown = cargo_bin_cmd!("redflag").args(["explain", "grade"]).assert().success();
    let text = String::from_utf8_lossy(&shown.get_output().stdout).into_owned();
    let guide = Guide::shipped();
    let rules = guide.rules.iter().flat_map(|rule| [rule.id.value.as_str(), rule.since.as_str(), rule.source.as_str()]);
    let doubts = guide.doubts.iter().chain(guide.rules.iter().filter_map(|rule| rule.doubt.as_ref())).map(String::as_str);
    let clients = guide.clients.iter().map(|client| client.name.as_str());
    let rest = [guide.edition.as_str(), &guide.date, &guide.source, "30 %", "40 %", Letter::APlus.name()];
    let missing: Vec<&str> = rules.chain(doubts).chain(clients).chain(rest).filter(|part| !text.contains(part)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(!text.contains("{seen}"), "{text}");
}

#[test]
fn a_slip_in_the_word_is_met_with_a_suggestion() {
    let refused = cargo_bin_cmd!("redflag").args(["explain", "grad"]).assert().code(2);
    let text = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(text.contains("did you mean `grade`?"), "{text}");
}
