//! Certificates and what is wrong with them.

use super::*;

/// Checks a modern nginx that presents an identity.
fn chain_of(identity: Identity) -> Option<Run> {
    let server = or_left_out(Nginx { identity, ..Nginx::modern() }.start())?;
    Some(Run::of(check_on(&server, "/home")))
}

/// One fact of the chain differs from what a good one shows, and the rule about it fails.
#[track_caller]
fn assert_flaw(identity: Identity, flaws: &[(&str, bool)], rule: &str) {
    let good = [
        ("trusted", true),
        ("complete", true),
        ("order_ok", true),
        ("host_matches", true),
        ("expired", false),
        ("not_yet_valid", false),
        ("self_signed", false),
    ];
    let Some(run) = chain_of(identity) else { return };
    let chain = run.chain();
    for (fact, usual) in good {
        let expected = flaws.iter().find(|(flawed, _)| *flawed == fact).map_or(usual, |(_, value)| *value);
        assert_eq!(chain[fact], expected, "{identity:?}: {fact} in {chain:#}");
    }
    assert!(run.failed_rules().iter().any(|failed| failed == rule), "{rule} is not among {:?}", run.failed_rules());
    assert_eq!(run.code, Some(RED_FLAGS), "{run}");
}

#[test]
fn a_good_chain_is_reported_as_good_and_as_sent() {
    let Some(run) = chain_of(Identity::Good) else { return };
    let certificates = run.address()["tls"]["certificates"].as_array().cloned().unwrap_or_default();
    let keys: Vec<&str> = certificates.iter().filter_map(|certificate| certificate["key"].as_str()).collect();
    assert_eq!(keys, ["RSA 2048", "RSA 2048"], "{run}");
    assert_eq!(certificates[0]["sans"].as_array().map(Vec::len), Some(4), "{run}");
    assert_eq!(run.chain()["trusted"], true, "{run}");
    assert_eq!(run.failed_rules(), [""; 0], "{run}");
}

#[test]
fn an_expired_certificate_is_a_red_flag() {
    assert_flaw(Identity::Expired, &[("expired", true)], "superoffice.certificates.expired");
}

#[test]
fn a_certificate_of_the_future_is_a_red_flag() {
    assert_flaw(Identity::NotYetValid, &[("not_yet_valid", true)], "superoffice.certificates.not-yet-valid");
}

#[test]
fn a_certificate_for_another_host_is_a_red_flag() {
    assert_flaw(Identity::OtherHost, &[("host_matches", false)], "superoffice.certificates.wrong-host");
}

#[test]
fn a_self_signed_certificate_is_a_red_flag() {
    let Some(run) = chain_of(Identity::SelfSigned) else { return };
    assert_eq!(run.chain()["self_signed"], true, "{run}");
    assert_eq!(run.chain()["trusted"], false, "{run}");
    assert!(run.failed_rules().contains(&"superoffice.certificates.untrusted".to_owned()), "{run}");
}

#[test]
fn a_chain_without_its_intermediate_is_a_red_flag() {
    let Some(run) = chain_of(Identity::WithoutIntermediate) else { return };
    assert_eq!(run.chain()["complete"], false, "{run}");
    assert_eq!(run.code, Some(RED_FLAGS), "{run}");
}

#[test]
fn an_authority_is_trusted_only_when_it_is_named() {
    let Some(server) = or_left_out(Nginx::modern().start()) else { return };
    let run = Run::of(check(&server.url("/home")));
    assert_eq!(run.chain()["trusted"], false, "{run}");
    assert_eq!(run.failed_rules(), ["superoffice.certificates.untrusted", "superoffice.tls.ssl-labs-failed"], "{run}");
    assert_eq!(run.code, Some(RED_FLAGS), "{run}");
}

// Redirects and cookies
