//! What holds for every evidence: no panic, and nothing bad ever improves a letter.

use proptest::{prelude::*, sample::select};
use redflag::{
    evidence::{
        ProtocolId,
        Reading::{self, Observed, Unknown},
        WeaknessId,
    },
    rating::Guide,
};

use super::sites::{Site, WEAKNESSES, suite};

const NUMBERS: [&str; 21] = [
    "0xC02F", "0xC030", "0xC02B", "0xC013", "0xC014", "0xC027", "0x009E", "0x0033", "0x009C", "0x009D", "0x002F", "0x0035", "0x000A",
    "0xC012", "0x0005", "0xC011", "0x0009", "0x0003", "0x0002", "0x0034", "0x010080",
];
const NEW_NUMBERS: [&str; 3] = ["0x1301", "0x1302", "0x1303"];
const ORDER: [&str; 10] = ["A+", "A", "A-", "B", "C", "D", "E", "M", "T", "F"];

fn reading() -> impl Strategy<Value = Reading<bool>> {
    select(vec![Observed(true), Observed(false), Unknown])
}

/// The suites of every version that is offered.
fn suites() -> impl Strategy<Value = Vec<(ProtocolId, &'static str)>> {
    let old = (select(ProtocolId::ALL[..5].to_vec()), select(NUMBERS.to_vec()));
    let new = (Just(ProtocolId::Tls13), select(NEW_NUMBERS.to_vec()));
    (prop::collection::vec(old, 0..12), prop::collection::vec(new, 0..3)).prop_map(|(old, new)| [old, new].concat())
}

prop_compose! {
    fn site()(
        suites in suites(),
        versions in prop::collection::vec(reading(), 6),
        order in reading(),
        lists in (reading(), reading()),
        weaknesses in prop::collection::vec(reading(), WEAKNESSES.len()),
        chain in prop::collection::vec(reading(), 7),
        behaviour in prop::collection::vec(reading(), 4),
        key in (select(vec!["RSA", "ECDSA", "Ed25519", "DSA", "?"]), any::<Option<u16>>()),
        signature in select(vec!["sha256WithRSAEncryption", "sha1WithRSAEncryption", "md5WithRSAEncryption", "", "?"]),
        dh in any::<Option<u16>>(),
        hsts in prop::option::of(prop::option::of(any::<u64>())),
        sent in any::<bool>(),
    ) -> Site {
        let mut site = Site::best().leaf(key.0, 256, signature);
        site.tls.certificates[0].key_bits = key.1.map(u32::from).into();
        for (protocol, offered) in site.tls.protocols.iter_mut().zip(versions) {
            protocol.offered = offered;
        }
        site.tls.cipher_suites = suites.into_iter().map(|(protocol, number)| suite(protocol, number)).collect();
        site.tls.server_preference = ProtocolId::ALL.iter().map(|protocol| (*protocol, order)).collect();
        (site.tls.cipher_suites_complete, site.tls.groups_complete) = lists;
        for (weakness, vulnerable) in site.tls.weaknesses.iter_mut().zip(weaknesses) {
            weakness.vulnerable = vulnerable;
        }
        site.tls.dh_bits = dh.map(u32::from);
        site.hsts = hsts.into();
        let mut site = site.chain(|known| {
            (known.trusted, known.complete, known.host_matches, known.expired) = (chain[0], chain[1], chain[2], chain[3]);
            (known.not_yet_valid, known.self_signed, known.revoked) = (chain[4], chain[5], chain[6]);
        }).extensions(|known| {
            (known.secure_renegotiation, known.fallback_scsv) = (behaviour[0], behaviour[1]);
            (known.sni_required, known.insecure_renegotiation) = (behaviour[2], behaviour[3]);
        });
        if !sent {
            site.tls.chain = None;
            site.tls.certificates.clear();
        }
        site
    }
}

/// The best and the worst letter that a rating leaves possible, as places in the order.
fn range(site: &Site) -> (usize, usize) {
    let rating = site.rating();
    let place = |letter: &str| ORDER.iter().position(|one| *one == letter).expect("a letter of the guide");
    let letters: Vec<usize> = match rating.grade.observed() {
        Some(letter) => vec![place(letter)],
        None => rating.grade_may_be.iter().map(|letter| place(letter)).collect(),
    };
    (*letters.iter().min().expect("at least one"), *letters.iter().max().expect("at least one"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_evidence_has_a_letter_or_a_reason(site in site()) {
        let rating = site.rating();
        prop_assert_eq!(rating.grade.observed().is_none(), rating.error.is_some());
        prop_assert_eq!(&rating, &site.rating(), "the same facts, the same rating");
        let clients = Guide::shipped().simulate(&site.tls);
        prop_assert!(clients.iter().all(|client| client.error.is_some() || client.cipher_suite.is_some()));
        if rating.grade.observed().is_none() {
            prop_assert!(rating.grade_may_be.len() > 1, "{:?}", rating.grade_may_be);
        }
    }

    #[test]
    fn a_weakness_more_never_improves_a_letter(site in site(), id in select(WEAKNESSES.to_vec())) {
        let without = range(&site.clone().vulnerable(id, Observed(false)));
        let with = range(&site.vulnerable(id, Observed(true)));
        prop_assert!(with.0 >= without.0 && with.1 >= without.1, "{:?}: {} to {}", id, ORDER[without.0], ORDER[with.0]);
    }

    #[test]
    fn knowing_more_never_leaves_the_range(site in site(), id in select(WEAKNESSES.to_vec()), vulnerable in any::<bool>()) {
        let unknown = range(&site.clone().vulnerable(id, Unknown));
        let known = range(&site.vulnerable(id, Observed(vulnerable)));
        prop_assert!(unknown.0 <= known.0 && known.1 <= unknown.1);
    }

    #[test]
    fn a_chain_with_a_flaw_more_never_improves_a_letter(site in site()) {
        let mut sound = site.clone();
        if let Some(chain) = sound.tls.chain.as_mut() { chain.expired = Observed(false); }
        let mut expired = site;
        if let Some(chain) = expired.tls.chain.as_mut() { chain.expired = Observed(true); }
        prop_assert!(range(&expired).0 >= range(&sound).0);
    }

    #[test]
    fn a_weaker_version_more_never_improves_a_letter(site in site(), id in select(vec![ProtocolId::Ssl2, ProtocolId::Ssl3])) {
        let with = |offered: bool| {
            let mut site = site.clone();
            site.tls.protocols.iter_mut().filter(|one| one.id == id).for_each(|one| one.offered = Observed(offered));
            site.tls.cipher_suites.retain(|suite| suite.protocol != id);
            range(&site)
        };
        prop_assume!(site.tls.protocols.iter().any(|one| one.id != id && one.offered == Observed(true)));
        prop_assert!(with(true).0 >= with(false).0);
    }

    #[test]
    fn longer_hsts_never_harms(site in site(), seconds in any::<u64>(), more in any::<u64>()) {
        let shorter = range(&site.clone().hsts(Observed(Some(seconds))));
        let longer = range(&site.hsts(Observed(Some(seconds.saturating_add(more)))));
        prop_assert!(longer.0 <= shorter.0);
    }
}

#[test]
fn the_list_of_weaknesses_is_whole() {
    let known: std::collections::BTreeSet<WeaknessId> = WEAKNESSES.into_iter().collect();
    assert_eq!(known.len(), WEAKNESSES.len());
}
