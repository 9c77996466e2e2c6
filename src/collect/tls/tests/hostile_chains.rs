//! Chains that nobody sends in earnest: shuffled, doubled, made to cost time.

use std::time::{Duration as Wall, Instant};

use proptest::prelude::*;
use rcgen::{BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P384_SHA384};

use super::{
    NOW,
    pki::{Authority, BEGIN, END, mozilla, self_signed},
};
use crate::{
    collect::tls::certificates::{
        chain::{Served, judge},
        describe,
    },
    evidence::{
        Chain,
        Reading::{self, Observed, Unknown},
    },
};

const HOST: &str = "app.example.com";

fn judged(root: &Authority, certificates: &[Vec<u8>]) -> Chain {
    judge(&Served::certificates(certificates), HOST, &root.trust(), NOW)
}

#[test]
fn a_certificate_sent_twice_is_superfluous_once() {
    let root = Authority::root("Test root");
    let intermediate = root.intermediate("Test intermediate", (BEGIN, END));
    let leaf = intermediate.leaf(&[HOST], (BEGIN, END)).der;
    let chain = judged(&root, &[leaf.clone(), leaf.clone(), intermediate.der.clone(), intermediate.der, root.der.clone()]);
    assert_eq!((chain.trusted, chain.superfluous, chain.root_sent), (Observed(true), vec![1, 3], Observed(true)));
}

#[test]
fn a_root_of_another_is_superfluous_and_a_root_sent() {
    let (root, other) = (Authority::root("Test root"), Authority::root("Other root"));
    let chain = judged(&root, &[root.leaf(&[HOST], (BEGIN, END)).der, other.der]);
    assert_eq!((chain.superfluous, chain.root_sent, chain.complete), (vec![1], Observed(true), Observed(true)));
}

#[test]
fn a_missing_issuer_is_named_with_the_address_where_it_can_be_had() {
    let root = Authority::root("Test root");
    let intermediate = root.intermediate("Test intermediate", (BEGIN, END));
    let url = b"http://ca.example/\x1b[2J";
    let method = [&[6, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2, 0x86, u8::try_from(url.len()).unwrap()][..], url].concat();
    let nested = |content: &[u8]| [&[0x30, u8::try_from(content.len()).unwrap()][..], content].concat();
    let access = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], nested(&nested(&method)));
    let leaf = intermediate.extended_leaf(1, vec![access]).der;
    let chain = judged(&root, std::slice::from_ref(&leaf));
    assert_eq!(chain.missing_issuer.as_deref(), Some("CN=Test intermediate"));
    assert_eq!(chain.missing_issuer_url.as_deref(), Some(r"http://ca.example/\u{1b}[2J"));
    let chain = judged(&root, &[leaf, intermediate.der]);
    assert_eq!((chain.missing_issuer, chain.missing_issuer_url), (None, None));
}

#[test]
fn trust_by_the_system_is_a_fact_of_its_own() {
    let (root, local) = (Authority::root("Test root"), Authority::root("Local root"));
    let trust = root.trust().with_system(Ok(std::slice::from_ref(&local.der)));
    for (authority, by_mozilla, by_system) in [(&root, true, false), (&local, false, true)] {
        let leaf = authority.leaf(&[HOST], (BEGIN, END)).der;
        let chain = judge(&Served::certificates(&[leaf]), HOST, &trust, NOW);
        assert_eq!((chain.trusted, chain.trusted_by_system), (Observed(by_mozilla), Observed(by_system)));
        assert_eq!((chain.complete, chain.system_error), (Observed(true), None));
        assert_eq!(chain.error.is_some_and(|error| error.contains("this machine's system only")), by_system);
    }
}

#[test]
fn roots_of_the_system_that_cannot_be_read_leave_its_trust_unknown() {
    let root = Authority::root("Test root");
    let trust = root.trust().with_system(Err("no store".into()));
    let chain = judge(&Served::certificates(&[root.leaf(&[HOST], (BEGIN, END)).der]), HOST, &trust, NOW);
    assert_eq!((chain.trusted, chain.trusted_by_system, chain.system_error.as_deref()), (Observed(true), Unknown, Some("no store")));
}

#[test]
fn what_the_system_trusts_is_what_its_own_store_says() {
    // Whether there is a store is the machine's business; where there is one, it does not know a root that was made a moment ago.
    let root = Authority::root("Test root");
    let chain = judge(&Served::certificates(&[root.leaf(&[HOST], (BEGIN, END)).der]), HOST, &crate::collect::TrustStore::mozilla(), NOW);
    assert_ne!(chain.trusted_by_system, Observed(true));
    assert_eq!(chain.system_error.is_some(), chain.trusted_by_system == Unknown);
}

#[test]
fn validity_is_counted_in_days_with_both_ends() {
    let root = Authority::root("Test root");
    for (until, days) in
        [(BEGIN + time::Duration::days(90) - time::Duration::SECOND, 90), (BEGIN + time::Duration::days(90), 91), (BEGIN, 1)]
    {
        assert_eq!(describe(0, &root.leaf(&[HOST], (BEGIN, until)).der).validity_days, Observed(days));
    }
}

#[test]
fn an_authority_says_so_and_an_rsa_key_tells_its_exponent() {
    let root = Authority::root("Test root");
    assert_eq!(describe(0, &root.der).authority, Observed(true));
    let leaf = describe(0, &root.leaf(&[HOST], (BEGIN, END)).der);
    assert_eq!((leaf.authority, leaf.rsa_exponent), (Observed(false), None));
    let rsa = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let der = CertificateParams::new(vec![HOST.to_owned()]).unwrap().self_signed(&rsa).unwrap().der().to_vec();
    assert_eq!(describe(0, &der).rsa_exponent.as_deref(), Some("65537"));
}

#[test]
fn names_that_cannot_be_read_leave_open_whether_the_certificate_is_for_the_host() {
    let key = KeyPair::generate().unwrap();
    for names in [&[0x30, 0x80][..], b"", &[0x30, 5, 0x82, 9, b'a'], &[4, 1, 0]] {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.custom_extensions.push(rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 17], names.to_vec()));
        let chain = judge(&Served::certificates(&[params.self_signed(&key).unwrap().der().to_vec()]), HOST, &mozilla(), NOW);
        assert_eq!((chain.host_matches, chain.name_in_subject_only), (Unknown, Unknown), "{names:?}");
        assert!(chain.error.is_some());
    }
}

#[test]
fn a_name_that_is_no_text_is_shown_with_its_bytes_escaped() {
    let mut params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Caf? & Co");
    params.distinguished_name.push(DnType::CommonName, HOST);
    let mut der = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec();
    let places: Vec<usize> = (0..der.len()).filter(|place| der[*place..].starts_with(b"Caf?")).collect();
    for place in places {
        der[place + 3] = 0xe9;
    }
    assert_eq!(describe(0, &der).subject, format!(r"O=Caf\xe9 & Co, CN={HOST}"));
}

/// Authorities that share one name and one key, so that each issued all, and each of other dates, so that no two are alike.
fn namesakes(count: i64, root: Option<&Authority>) -> Vec<Vec<u8>> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    let params = |number: i64| {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "Namesake");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        (params.not_before, params.not_after) = (BEGIN + time::Duration::minutes(number), END);
        params
    };
    let issuer = Issuer::new(params(0), &key);
    let mut leaf = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    (leaf.not_before, leaf.not_after) = (BEGIN, END);
    let leaf = leaf.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap().der().to_vec();
    let mut chain = vec![leaf];
    chain.extend((0..count).map(|number| params(number).signed_by(&key, &issuer).unwrap().der().to_vec()));
    chain.extend(root.map(|root| params(count).signed_by(&key, &root.issuer).unwrap().der().to_vec()));
    chain
}

#[test]
fn many_authorities_of_one_name_cost_little_time() {
    let root = Authority::root("Test root");
    let to_nowhere = namesakes(30, None);
    let named_as_root = Authority::root("Namesake");
    for (chain, trust, trusted) in [
        (&namesakes(30, Some(&root)), root.trust(), [Observed(true), Observed(true)]),
        (&to_nowhere, root.trust(), [Observed(false), Observed(false)]),
        (&to_nowhere, named_as_root.trust(), [Observed(false), Unknown]),
    ] {
        let began = Instant::now();
        let verdict = judge(&Served::certificates(chain), HOST, &trust, NOW);
        let cost = began.elapsed();
        assert!(trusted.contains(&verdict.trusted), "{verdict:?}");
        // In a build without optimisation, on a busy machine; it was minutes.
        assert!(cost < Wall::from_secs(4), "{cost:?} for {:?}", verdict.trusted);
    }
}

fn facts(chain: &Chain) -> [Reading<bool>; 5] {
    [chain.trusted, chain.complete, chain.host_matches, chain.expired, chain.root_sent]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_order_behind_the_leaf_changes_nothing_but_order(
        depth in 1..4_usize,
        order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle(),
        missing in proptest::option::of(0..3_usize),
        known in any::<bool>(),
    ) {
        let root = Authority::root("Test root");
        let mut authorities = vec![root.intermediate("Authority 0", (BEGIN, END))];
        for level in 1..depth {
            let next = authorities[level - 1].intermediate(&format!("Authority {level}"), (BEGIN, END));
            authorities.push(next);
        }
        let leaf = authorities.last().unwrap().leaf(&[HOST], (BEGIN, END)).der;
        let mut others: Vec<Vec<u8>> = authorities.into_iter().rev().map(|one| one.der).chain([root.der.clone()]).collect();
        if let Some(missing) = missing.filter(|missing| *missing < depth) {
            others.remove(missing);
        }
        let shuffled = order.iter().filter_map(|place| others.get(*place)).cloned();
        let shuffled: Vec<Vec<u8>> = [leaf.clone()].into_iter().chain(shuffled).collect();
        let ordered: Vec<Vec<u8>> = [leaf].into_iter().chain(others).collect();
        let trust = if known { root.trust() } else { mozilla() };
        let judged = |chain: &[Vec<u8>]| judge(&Served::certificates(chain), HOST, &trust, NOW);
        let (one, other) = (judged(&ordered), judged(&shuffled));
        prop_assert_eq!(one.superfluous.len(), other.superfluous.len());
        prop_assert_eq!(&one.missing_issuer, &other.missing_issuer);
        if missing.is_none_or(|missing| missing >= depth) {
            prop_assert_eq!((one.trusted, one.complete), (Observed(known), Observed(true)));
        }
        prop_assert_eq!(facts(&one), facts(&other));
    }

    #[test]
    fn bits_changed_anywhere_in_a_chain_are_judged_without_panic(which in 0..2_usize, place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let root = Authority::root("Test root");
        let mut chain = vec![root.leaf(&[HOST], (BEGIN, END)).der, self_signed(&["other.example"]).der];
        let place = place.index(chain[which].len());
        chain[which][place] ^= 1 << bit;
        let _ = (describe(which, &chain[which]), judged(&root, &chain));
    }
}
