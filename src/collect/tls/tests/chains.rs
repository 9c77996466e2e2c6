//! Each fault of a chain by itself.

use proptest::prelude::*;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_ED25519, PKCS_RSA_SHA256};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use time::{Duration, OffsetDateTime, macros::datetime};

use super::{
    NOW,
    pki::{Authority, BEGIN, END, mozilla, self_signed},
};
use crate::{
    collect::tls::{
        TrustStore,
        certificates::{
            chain::{self, Served},
            describe,
        },
    },
    evidence::{
        Chain,
        Reading::{Observed, Unknown},
    },
};

const HOST: &str = "app.example.com";

/// Judges certificates alone.
fn judge(certificates: &[Vec<u8>], host: &str, trust: &TrustStore, now: OffsetDateTime) -> Chain {
    chain::judge(&Served::certificates(certificates), host, trust, now)
}

/// The readings of a chain without fault, whose root this machine's system does not know, and whose authority was not asked.
fn sound() -> Chain {
    Chain {
        trusted: Observed(true),
        complete: Observed(true),
        order_ok: Observed(true),
        host_matches: Observed(true),
        expired: Observed(false),
        not_yet_valid: Observed(false),
        self_signed: Observed(false),
        trusted_by_system: Observed(false),
        name_in_subject_only: Observed(false),
        root_sent: Observed(false),
        revocation: Some("it was not asked for; `--revocation` asks the authorities".into()),
        ..Chain::default()
    }
}

struct Pki {
    root: Authority,
    intermediate: Authority,
}

fn pki() -> Pki {
    let root = Authority::root("Test root");
    let intermediate = root.intermediate("Test intermediate", (BEGIN, END));
    Pki { root, intermediate }
}

impl Pki {
    fn leaf(&self) -> Vec<u8> {
        self.intermediate.leaf(&[HOST], (BEGIN, END)).der
    }

    fn judge(&self, chain: &[Vec<u8>]) -> Chain {
        judge(chain, HOST, &self.root.trust(), NOW)
    }
}

#[test]
fn a_chain_without_fault_has_none() {
    let pki = pki();
    assert_eq!(pki.judge(&[pki.leaf(), pki.intermediate.der.clone()]), sound());
}

#[test]
fn a_sent_root_is_no_fault() {
    let pki = pki();
    let chain = pki.judge(&[pki.leaf(), pki.intermediate.der.clone(), pki.root.der.clone()]);
    assert_eq!(chain, Chain { root_sent: Observed(true), ..sound() });
}

#[test]
fn an_expired_certificate_is_trusted_and_expired() {
    let pki = pki();
    let leaf = pki.intermediate.leaf(&[HOST], (BEGIN, NOW - Duration::DAY));
    assert_eq!(pki.judge(&[leaf.der, pki.intermediate.der.clone()]), Chain { expired: Observed(true), ..sound() });
}

#[test]
fn a_certificate_of_the_future_is_trusted_and_not_yet_valid() {
    let pki = pki();
    let leaf = pki.intermediate.leaf(&[HOST], (NOW + Duration::DAY, END));
    assert_eq!(pki.judge(&[leaf.der, pki.intermediate.der.clone()]), Chain { not_yet_valid: Observed(true), ..sound() });
}

#[test]
fn an_expired_intermediate_makes_the_chain_expired() {
    let pki = pki();
    let old = pki.root.intermediate("Old", (BEGIN, NOW - Duration::DAY));
    let leaf = old.leaf(&[HOST], (BEGIN, END));
    assert_eq!(pki.judge(&[leaf.der, old.der]), Chain { expired: Observed(true), ..sound() });
}

#[test]
fn an_expired_certificate_that_no_path_needs_is_no_fault_of_dates() {
    let pki = pki();
    let unneeded = pki.root.intermediate("Unneeded", (BEGIN, NOW - Duration::DAY));
    let chain = pki.judge(&[pki.leaf(), pki.intermediate.der.clone(), unneeded.der]);
    assert_eq!(chain, Chain { order_ok: Observed(false), superfluous: vec![2], ..sound() });
}

#[test]
fn certificates_that_were_never_valid_together_are_not_judged() {
    let pki = pki();
    let old = pki.root.intermediate("Old", (BEGIN, datetime!(2026-02-01 0:00 UTC)));
    let leaf = old.leaf(&[HOST], (datetime!(2026-03-01 0:00 UTC), END));
    assert_eq!(pki.judge(&[leaf.der, old.der]).trusted, Unknown);
}

#[test]
fn another_name_does_not_match_and_stays_trusted() {
    let pki = pki();
    let leaf = pki.intermediate.leaf(&["other.example.com"], (BEGIN, END));
    assert_eq!(pki.judge(&[leaf.der, pki.intermediate.der.clone()]), Chain { host_matches: Observed(false), ..sound() });
}

#[test]
fn names_match_as_rfc_9525_says() {
    let root = Authority::root("Test root");
    for (name, host, expected) in [
        ("app.example.com", "APP.example.com", true),
        ("app.example.com", "app.example.com.", true),
        ("*.example.com", "app.example.com", true),
        ("*.example.com", "a.b.example.com", false),
        ("*.example.com", "example.com", false),
        ("a*.example.com", "app.example.com", false),
        ("*.*.com", "app.example.com", false),
        ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false),
        ("2001:db8::1", "2001:db8:0::1", true),
        ("*.0.2.1", "192.0.2.1", false),
        ("*.com", "example.com", false),
        ("*.example.com", "xn--bcher-kva.example.com", true),
        ("XN--bcher-kva.example.com", "xn--BCHER-kva.example.com", true),
        ("A server", "A server", true),
    ] {
        let leaf = root.leaf(&[name], (BEGIN, END));
        assert_eq!(judge(&[leaf.der], host, &root.trust(), NOW).host_matches, Observed(expected), "{name} for {host}");
    }
}

#[test]
fn a_common_name_alone_names_nobody() {
    let root = Authority::root("Test root");
    let leaf = root.leaf(&[], (BEGIN, END));
    for (host, is_in_subject) in [("a SERVER", true), ("a server.", true), ("B server", false)] {
        let chain = judge(std::slice::from_ref(&leaf.der), host, &root.trust(), NOW);
        assert_eq!((chain.host_matches, chain.name_in_subject_only), (Observed(false), Observed(is_in_subject)), "{host}");
    }
}

#[test]
fn a_missing_intermediate_is_incomplete_and_named() {
    let pki = pki();
    let chain = pki.judge(&[pki.leaf()]);
    assert_eq!((chain.trusted, chain.complete), (Observed(false), Observed(false)));
    assert!(chain.error.as_ref().is_some_and(|error| error.contains("Test intermediate")), "{chain:?}");
}

#[test]
fn a_wrong_order_is_trusted_and_told() {
    let pki = pki();
    let second = pki.intermediate.intermediate("Second", (BEGIN, END));
    let leaf = second.leaf(&[HOST], (BEGIN, END)).der;
    let chain = pki.judge(&[leaf, pki.intermediate.der.clone(), second.der]);
    assert_eq!(chain, Chain { order_ok: Observed(false), ..sound() });
}

#[test]
fn a_self_signed_certificate_is_not_trusted() {
    let chain = judge(&[self_signed(&[HOST]).der], HOST, &mozilla(), NOW);
    assert_eq!((chain.trusted, chain.self_signed, chain.complete), (Observed(false), Observed(true), Observed(true)));
}

#[test]
fn a_self_signed_certificate_given_by_the_user_is_trusted() {
    let leaf = self_signed(&[HOST]);
    let mut trust = mozilla();
    trust.add_pem(&leaf.der).unwrap();
    assert_eq!(judge(&[leaf.der], HOST, &trust, NOW), Chain { self_signed: Observed(true), ..sound() });
}

#[test]
fn an_unknown_root_is_not_trusted_and_named() {
    let pki = pki();
    let chain = [pki.leaf(), pki.intermediate.der.clone(), pki.root.der.clone()];
    let chain = judge(&chain, HOST, &mozilla(), NOW);
    assert_eq!((chain.trusted, chain.complete), (Observed(false), Observed(true)));
    assert!(chain.error.as_ref().is_some_and(|error| error.contains("Test root")), "{chain:?}");
}

#[test]
fn an_unknown_issuer_of_an_intermediate_may_be_a_root_so_nobody_knows_what_is_missing() {
    let pki = pki();
    let chain = judge(&[pki.leaf(), pki.intermediate.der.clone()], HOST, &mozilla(), NOW);
    assert_eq!((chain.trusted, chain.complete), (Observed(false), Unknown));
}

#[test]
fn a_root_that_only_borrows_a_name_gives_no_trust() {
    let (pki, impostor) = (pki(), Authority::root("Test root"));
    let leaf = impostor.leaf(&[HOST], (BEGIN, END));
    let chain = pki.judge(&[leaf.der, impostor.der]);
    assert_eq!(chain.trusted, Observed(false));
    assert!(chain.error.is_some());
}

#[test]
fn a_certificate_for_clients_is_not_trusted_for_a_server() {
    let root = Authority::root("Test root");
    let chain = judge(&[root.client_only(&[HOST]).der], HOST, &root.trust(), NOW);
    assert_eq!(chain.trusted, Observed(false));
    assert!(chain.error.as_ref().is_some_and(|error| error.contains("not meant for servers")), "{chain:?}");
}

/// The chain in a PEM file, judged by one who trusts `Weak root`. What made it: P-256 root, RSA intermediate, P-256 leaf, all valid through 2026.
fn judge_weak(pem: &str) -> Chain {
    let mut trust = mozilla();
    trust.add_pem(include_bytes!("weak/root.pem")).unwrap();
    judge(&ders(pem), HOST, &trust, NOW)
}

fn ders(pem: &str) -> Vec<Vec<u8>> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).map(|der| der.unwrap().to_vec()).collect()
}

#[test]
fn a_weak_signature_or_key_on_the_way_to_a_root_is_no_lack_of_trust() {
    for pem in [include_str!("weak/sha1.pem"), include_str!("weak/small-key.pem")] {
        assert_eq!(judge_weak(pem), sound());
    }
}

#[test]
fn a_weak_signature_that_is_wrong_gives_no_trust() {
    let mut chain = ders(include_str!("weak/sha1.pem"));
    *chain[0].last_mut().unwrap() ^= 1;
    let mut trust = mozilla();
    trust.add_pem(include_bytes!("weak/root.pem")).unwrap();
    assert_eq!(judge(&chain, HOST, &trust, NOW).trusted, Observed(false));
}

#[test]
fn a_weak_signature_under_an_unknown_root_gives_no_trust() {
    for pem in [include_str!("weak/sha1.pem"), include_str!("weak/md5.pem"), include_str!("weak/small-key.pem")] {
        assert_eq!(judge(&ders(pem), HOST, &mozilla(), NOW).trusted, Observed(false));
    }
}

#[test]
fn a_signature_that_nobody_checks_any_more_leaves_trust_unknown() {
    let chain = judge_weak(include_str!("weak/md5.pem"));
    assert_eq!((chain.trusted, chain.complete), (Unknown, Observed(true)));
    assert!(chain.error.unwrap().contains("MD5"));
}

#[test]
fn an_unreadable_leaf_leaves_everything_unknown() {
    let pki = pki();
    let chain = pki.judge(&[b"rubbish".to_vec(), pki.intermediate.der.clone()]);
    assert_eq!((chain.trusted, chain.host_matches, chain.expired), (Unknown, Unknown, Unknown));
    assert!(chain.error.is_some());
}

#[test]
fn an_unreadable_certificate_behind_the_leaf_hides_only_what_needs_it() {
    let pki = pki();
    let leaf = pki.intermediate.leaf(&[HOST], (BEGIN, NOW - Duration::DAY));
    let chain = pki.judge(&[leaf.der, b"rubbish".to_vec()]);
    assert_eq!((chain.trusted, chain.host_matches, chain.expired), (Unknown, Observed(true), Observed(true)));
}

#[test]
fn every_field_of_a_certificate_is_read() {
    let leaf = self_signed(&[HOST, "*.example.com", "192.0.2.1"]);
    let certificate = describe(0, &leaf.der);
    assert_eq!(certificate.subject, "CN=Myself");
    assert_eq!(certificate.issuer, "CN=Myself");
    assert_eq!(certificate.sans, [HOST, "*.example.com", "192.0.2.1"]);
    assert_eq!(certificate.not_before, "2026-01-01T00:00:00Z");
    assert_eq!(certificate.not_after, "2027-01-01T00:00:00Z");
    assert_eq!((certificate.key.as_str(), certificate.key_algorithm.as_str()), ("ECDSA P-256", "ECDSA"));
    assert_eq!(certificate.key_bits, Observed(256));
    assert_eq!(certificate.signature_algorithm, "ecdsa-with-SHA256");
    assert_eq!(certificate.sha256.len(), 64);
    assert!(!certificate.serial.is_empty());
    assert!(certificate.self_signed);
    assert_eq!(certificate.error, None);
}

#[test]
fn keys_are_named_with_their_size_and_their_own_signatures_recognised() {
    for (algorithm, key, bits, signature) in [
        (&PKCS_RSA_SHA256, "RSA 2048", 2048, "sha256WithRSAEncryption"),
        (&PKCS_ECDSA_P384_SHA384, "ECDSA P-384", 384, "ecdsa-with-SHA384"),
        (&PKCS_ECDSA_P521_SHA512, "ECDSA P-521", 521, "ecdsa-with-SHA512"),
        (&PKCS_ED25519, "Ed25519", 256, "ed25519"),
    ] {
        let pair = KeyPair::generate_for(algorithm).unwrap();
        let der = CertificateParams::new(vec![HOST.to_owned()]).unwrap().self_signed(&pair).unwrap().der().to_vec();
        let certificate = describe(0, &der);
        assert_eq!((certificate.key.as_str(), certificate.key_bits), (key, Observed(bits)));
        assert_eq!(certificate.signature_algorithm, signature);
        assert!(certificate.self_signed, "{key}");
    }
}

#[test]
fn equal_names_do_not_make_a_certificate_self_signed() {
    let root = Authority::root("A server");
    let leaf = root.leaf(&[HOST], (BEGIN, END));
    let certificate = describe(0, &leaf.der);
    assert_eq!((certificate.subject, certificate.self_signed), (certificate.issuer, false));
}

#[test]
fn a_name_cannot_steer_a_terminal() {
    let root = Authority::root("Evil\u{1b}[2J\r\n\u{202e}root");
    assert_eq!(describe(0, &root.der).subject, r"CN=Evil\u{1b}[2J\r\n\u{202e}root");
}

fn moments() -> impl Strategy<Value = OffsetDateTime> {
    (0..730_i64).prop_map(|days| BEGIN - Duration::days(180) + Duration::days(days))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn bytes_of_any_kind_are_described_and_judged_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(describe(0, &bytes).error.is_some());
        let _ = judge(&[bytes], HOST, &mozilla(), NOW);
    }

    #[test]
    fn a_certificate_with_a_flipped_bit_is_described_and_judged_without_panic(place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let mut der = self_signed(&[HOST]).der;
        let place = place.index(der.len());
        der[place] ^= 1 << bit;
        let _ = (describe(0, &der), judge(&[der], HOST, &mozilla(), NOW));
    }

    #[test]
    fn trust_does_not_depend_on_the_moment(moment in moments()) {
        let pki = pki();
        let chain = judge(&[pki.leaf(), pki.intermediate.der.clone()], HOST, &pki.root.trust(), moment);
        prop_assert_eq!(chain.trusted, Observed(true));
        prop_assert_eq!((chain.not_yet_valid, chain.expired), (Observed(moment < BEGIN), Observed(moment > END)));
    }
}
