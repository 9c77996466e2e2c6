//! Stapled responses, each fault by itself.

use proptest::prelude::*;
use rcgen::{CustomExtension, ExtendedKeyUsagePurpose};
use time::Duration;

use super::{
    NOW,
    ocsp::Script,
    pki::{Authority, BEGIN, END},
};
use crate::{
    collect::tls::certificates::{
        chain::{Served, judge},
        describe,
    },
    evidence::{
        Chain,
        Reading::{Observed, Unknown},
        RevocationStatus,
    },
};

const SERIAL: u64 = 0x8765_4321;

/// What a chain with a stapled response amounts to.
fn judged(root: &Authority, response: &[u8]) -> Chain {
    let leaf = root.extended_leaf(SERIAL, vec![]);
    let served = Served { certificates: &[leaf.der], stapled: Some(response), timestamps: None };
    judge(&served, "app.example.com", &root.trust(), NOW)
}

/// The reason for which a response is not believed; the chain then says nothing of revocation.
fn refused(root: &Authority, response: &[u8]) -> String {
    let chain = judged(root, response);
    let stapled = chain.stapled.unwrap();
    assert_eq!((stapled.valid, chain.revoked), (Observed(false), Unknown), "{stapled:?}");
    stapled.reason.unwrap()
}

#[test]
fn a_good_response_of_the_issuer_is_believed() {
    let root = Authority::root("Test root");
    for by_key in [false, true] {
        let chain = judged(&root, &Script { by_key, ..Script::good(&root, SERIAL) }.response());
        let stapled = chain.stapled.unwrap();
        assert_eq!((stapled.status, stapled.valid, stapled.reason), (RevocationStatus::Good, Observed(true), None));
        assert_eq!(stapled.this_update.as_deref(), Some("2026-05-31T12:00:00Z"));
        assert_eq!(stapled.next_update.as_deref(), Some("2026-06-02T12:00:00Z"));
        assert_eq!(chain.revoked, Observed(false));
        assert!(chain.revocation.unwrap().contains("stapled"));
    }
}

#[test]
fn a_revoked_certificate_is_revoked() {
    let root = Authority::root("Test root");
    let chain = judged(&root, &Script { is_revoked: true, ..Script::good(&root, SERIAL) }.response());
    assert_eq!((chain.revoked, chain.trusted), (Observed(true), Observed(true)));
    assert_eq!(chain.stapled.unwrap().status, RevocationStatus::Revoked);
}

#[test]
fn a_responder_is_believed_that_the_issuer_certified_for_it() {
    let root = Authority::root("Test root");
    let responder = root.responder(ExtendedKeyUsagePurpose::OcspSigning, (BEGIN, END));
    let chain = judged(&root, &Script { signer: &responder, ..Script::good(&root, SERIAL) }.response());
    assert_eq!((chain.stapled.unwrap().valid, chain.revoked), (Observed(true), Observed(false)));
}

#[test]
fn a_responder_is_refused_that_the_issuer_did_not_certify_for_it_or_not_now() {
    let (root, stranger) = (Authority::root("Test root"), Authority::root("Stranger"));
    let namesake = Authority::root("Test root");
    for (signer, words) in [
        (root.responder(ExtendedKeyUsagePurpose::ServerAuth, (BEGIN, END)), "does not permit it"),
        (root.responder(ExtendedKeyUsagePurpose::OcspSigning, (BEGIN, NOW - Duration::DAY)), "is not valid now"),
        (stranger.responder(ExtendedKeyUsagePurpose::OcspSigning, (BEGIN, END)), "did not certify"),
        (namesake.responder(ExtendedKeyUsagePurpose::OcspSigning, (BEGIN, END)), "did not certify"),
        (namesake, "its signature is wrong"),
    ] {
        let reason = refused(&root, &Script { signer: &signer, ..Script::good(&root, SERIAL) }.response());
        assert!(reason.contains(words), "{reason}");
    }
}

#[test]
fn a_response_about_another_certificate_is_refused() {
    let (root, other) = (Authority::root("Test root"), Authority::root("Other root"));
    for script in [Script::good(&root, 5), Script { issuer: &other, ..Script::good(&root, SERIAL) }] {
        assert_eq!(refused(&root, &script.response()), "the response says nothing of this certificate");
    }
}

#[test]
fn a_response_holds_from_its_beginning_to_its_end() {
    let root = Authority::root("Test root");
    let good = || Script::good(&root, SERIAL);
    for (script, words) in [
        (Script { next_update: Some(NOW - Duration::SECOND), ..good() }, "out of date"),
        (Script { this_update: NOW + Duration::DAY, next_update: Some(NOW + Duration::WEEK), ..good() }, "from the future"),
        (Script { this_update: NOW - Duration::days(2), next_update: None, ..good() }, "out of date"),
    ] {
        let reason = refused(&root, &script.response());
        assert!(reason.contains(words), "{reason}");
    }
    let fresh = Script { this_update: NOW - Duration::HOUR, next_update: None, ..good() };
    assert_eq!(judged(&root, &fresh.response()).revoked, Observed(false));
}

#[test]
fn a_responder_that_gives_no_answer_is_quoted() {
    let root = Authority::root("Test root");
    assert_eq!(refused(&root, &[0x30, 3, 0x0a, 1, 3]), "the responder gave no answer: try later");
    assert!(refused(&root, b"rubbish").starts_with("not a readable OCSP response"));
    assert!(refused(&root, b"").starts_with("not a readable OCSP response"));
}

#[test]
fn without_the_issuer_nobody_can_say_whether_a_response_is_valid() {
    let root = Authority::root("Test root");
    let intermediate = root.intermediate("Test intermediate", (BEGIN, END));
    let leaf = intermediate.extended_leaf(SERIAL, vec![]);
    let response = Script { is_revoked: true, ..Script::good(&intermediate, SERIAL) }.response();
    let served = Served { certificates: &[leaf.der], stapled: Some(&response), timestamps: None };
    let chain = judge(&served, "app.example.com", &root.trust(), NOW);
    assert_eq!((chain.stapled.unwrap().valid, chain.revoked), (Unknown, Unknown));
}

#[test]
fn must_staple_is_read() {
    let root = Authority::root("Test root");
    for (features, expected) in
        [(&[0x30, 3, 2, 1, 5][..], true), (&[0x30, 6, 2, 1, 17, 2, 1, 5], true), (&[0x30, 3, 2, 1, 17], false), (&[5], false)]
    {
        let extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 24], features.to_vec());
        let leaf = root.extended_leaf(1, vec![extension]);
        assert_eq!(describe(0, &leaf.der).must_staple, Observed(expected), "{features:?}");
    }
    assert_eq!(describe(0, &root.extended_leaf(1, vec![]).der).must_staple, Observed(false));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn one_bit_of_a_response_changed_never_turns_revoked_into_good(place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let root = Authority::root("Test root");
        let mut response = Script { is_revoked: true, ..Script::good(&root, SERIAL) }.response();
        let place = place.index(response.len());
        response[place] ^= 1 << bit;
        prop_assert_ne!(judged(&root, &response).revoked, Observed(false));
    }

    #[test]
    fn no_response_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let root = Authority::root("Test root");
        prop_assert_eq!(judged(&root, &bytes).revoked, Unknown);
    }
}
