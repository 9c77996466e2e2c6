//! Reports that the service itself published: the same facts, the same letter.

use redflag::evidence::{
    Reading::{Observed, Unknown},
    WeaknessId,
};

use super::sites::{Site, Ssl2, Ssl3, Tls10, Tls12, Tls13};

fn caps(site: &Site) -> Vec<(String, Option<String>)> {
    site.rating().reasons.into_iter().map(|reason| (reason.id, reason.cap)).collect()
}

/// 13 June 2025: overall F, although the certificate is not trusted and is for another host.
#[test]
fn mail_giordano_com_sg() {
    let suites: &[&str] = &["0x0005", "0x0035", "0x002F", "0x000A"];
    let site = Site::best()
        .offer(&[(Ssl2, &["0x010080"]), (Ssl3, suites), (Tls10, suites)])
        .vulnerable(WeaknessId::InsecureRenegotiation, Observed(true))
        .vulnerable(WeaknessId::Drown, Observed(true))
        .chain(|chain| {
            chain.trusted = Observed(false);
            chain.host_matches = Observed(false);
        })
        .hsts(Observed(None));
    assert_eq!(site.letter(), "F");
    let reasons = caps(&site);
    for (id, cap) in [
        ("ssl2-offered", "F"),
        ("insecure-renegotiation", "F"),
        ("untrusted", "T"),
        ("wrong-host", "M"),
        ("tls12-missing", "C"),
        ("ssl3-offered", "B"),
        ("rc4-offered", "B"),
        ("no-forward-secrecy", "B"),
        ("no-aead", "B"),
        ("old-tls-offered", "B"),
    ] {
        assert!(reasons.contains(&(id.into(), Some(cap.into()))), "{id}: {reasons:?}");
    }
    assert!(!reasons.iter().any(|(id, _)| id == "rc4-with-modern-clients"), "RC4 goes with older versions only: {reasons:?}");
}

/// 24 October 2025: T; if trust is ignored B, for want of forward secrecy. The name does not match either, and M is not shown.
#[test]
fn pop_sis_uk_net() {
    let site = Site::best()
        .offer(&[(Tls12, &["0xC030", "0x009D", "0x0035"]), (Tls13, &["0x1302"])])
        .chain(|chain| {
            chain.trusted = Observed(false);
            chain.host_matches = Observed(false);
        })
        .hsts(Observed(None));
    let rating = site.rating();
    assert_eq!((rating.grade, rating.grade_if_trusted), (Observed("T".into()), Observed("B".into())));
    assert!(caps(&site).contains(&("no-forward-secrecy".into(), Some("B".into()))));
}

/// 12 September 2025: T; if trust is ignored A, although the chain is incomplete and HSTS is long.
#[test]
fn uat_zapto_org() {
    let site = Site::best().chain(|chain| {
        chain.trusted = Observed(false);
        chain.complete = Observed(false);
        chain.host_matches = Observed(false);
    });
    let rating = site.rating();
    assert_eq!((rating.grade, rating.grade_if_trusted), (Observed("T".into()), Observed("A".into())));
    assert!(caps(&site).contains(&("incomplete-chain".into(), Some("B".into()))));
}

/// October 2019: one suite without forward secrecy behind the others gives B, because Internet Explorer on Windows 7 ends with it.
#[test]
fn one_suite_too_many_costs_forward_secrecy() {
    let of = |suites: &[&str]| Site::best().offer(&[(Tls12, suites), (Tls13, &["0x1302"])]);
    assert_eq!(of(&["0xC030", "0xC02F", "0x009D"]).letter(), "B");
    assert_eq!(of(&["0xC030", "0xC02F"]).letter(), "A+", "without it, that browser just does not connect");
    assert_eq!(of(&["0xC030", "0xC02F", "0xC027", "0x009D"]).letter(), "A+", "and with one more it is served well");
}

/// August 2017: TLS 1.0 to 1.2, RSA 2048, ciphers from 256 bits down to Triple DES: 95, 90 and 90.
#[test]
fn a_known_set_of_bars() {
    let suites: &[&str] = &["0xC030", "0xC014", "0xC013", "0x000A"];
    let old: &[&str] = &["0xC014", "0xC013", "0x000A"];
    let site = Site::best().offer(&[(Tls10, old), (Tls12, suites)]);
    let rating = site.rating();
    let scores = rating.scores.expect("all is known");
    assert_eq!((scores.protocol, scores.key_exchange, scores.cipher_strength), (95, 90, 90));
    assert_eq!(rating.score, Observed(91));
    assert_eq!(scores.certificate, 100);
}

#[test]
fn everything_at_its_best_scores_a_hundred() {
    let mut site = Site::best().offer(&[(Tls12, &["0xC030"]), (Tls13, &["0x1302"])]).leaf("RSA", 4096, "sha256WithRSAEncryption");
    site.tls.groups.retain(|group| group.name == "secp384r1");
    let rating = site.rating();
    assert_eq!(rating.score, Observed(100));
    assert_eq!(rating.grade, Observed("A+".into()));
}

#[test]
fn a_zero_in_one_category_makes_the_whole_zero() {
    let rating = Site::best().offer(&[(Tls12, &["0xC030", "0xC027", "0x0034"]), (Tls13, &["0x1302"])]).rating();
    assert_eq!(rating.score, Observed(0));
    assert_eq!(rating.grade, Observed("F".into()));
    assert!(rating.reasons.iter().any(|reason| reason.id == "score"), "{:#?}", rating.reasons);
}

#[test]
fn reasons_name_what_was_seen_and_advice_what_to_change() {
    let site = Site::best().offer(&[(Tls10, &["0xC014"]), (Tls12, &["0xC030", "0xC014", "0x000A"]), (Tls13, &["0x1302"])]);
    let rating = site.leaf("RSA", 1024, "sha256WithRSAEncryption").rating();
    assert_eq!(rating.grade, Observed("B".into()));
    let because: Vec<&str> = rating.reasons.iter().map(|reason| reason.because.as_str()).collect();
    assert!(because.iter().any(|text| text.contains("TLS 1.0")), "{because:?}");
    assert!(because.iter().any(|text| text.contains("RSA 1024")), "{because:?}");
    assert!(rating.advice.iter().any(|text| text.contains("Turn TLS 1.0 off")), "{:?}", rating.advice);
    assert!(rating.advice.iter().any(|text| text.contains("RSA 2048")), "{:?}", rating.advice);
    assert_eq!(rating.advice.len(), 2, "only what keeps it from the next letter: {:?}", rating.advice);
}

#[test]
fn what_counts_later_is_said_too_and_each_change_once() {
    let offered = [(Ssl2, &["0x010080"][..]), (Ssl3, &["0x0003"]), (Tls12, &["0xC030", "0x0003"]), (Tls13, &["0x1302"])];
    let rating =
        Site::best().offer(&offered).chain(|chain| chain.expired = Observed(true)).vulnerable(WeaknessId::Drown, Observed(true)).rating();
    assert_eq!(rating.grade, Observed("F".into()));
    let all: Vec<&String> = rating.advice.iter().chain(&rating.advice_after).collect();
    let place = |words: &str| all.iter().position(|text| text.contains(words)).unwrap_or_else(|| panic!("{words}: {all:?}"));
    assert!(place("SSL 2.0") < rating.advice.len() && rating.advice.len() <= place("Renew the certificate"), "{rating:#?}");
    assert!(place("Renew the certificate") < place("SSL 3.0"), "{all:?}");
    let distinct: std::collections::BTreeSet<&&String> = all.iter().collect();
    assert_eq!(distinct.len(), all.len(), "{all:?}");
    assert_eq!(all.iter().filter(|text| text.contains("SSL 2.0")).count(), 1, "{all:?}");
}

#[test]
fn a_score_of_nothing_asks_for_no_more_than_the_rule_behind_it() {
    let rating = Site::best().offer(&[(Tls12, &["0xC030", "0xC027", "0x0034"]), (Tls13, &["0x1302"])]).rating();
    assert_eq!(rating.advice.len(), 1, "{:?}", rating.advice);
    assert!(rating.advice.iter().all(|text| text.contains("anon")), "{:?}", rating.advice);
}

#[test]
fn the_heaviest_reason_comes_first() {
    let rating = Site::best()
        .offer(&[(Tls10, &["0xC014"]), (Tls12, &["0xC030", "0xC027", "0x0003"])])
        .chain(|chain| chain.expired = Observed(true))
        .rating();
    let caps: Vec<_> = rating.reasons.iter().filter_map(|reason| reason.cap.as_deref()).collect();
    let firsts: Vec<_> = caps.iter().take_while(|cap| **cap == "F").collect();
    assert!(!firsts.is_empty() && caps[firsts.len()] == "T", "{caps:?}");
    assert_eq!(caps.last(), Some(&"A-"));
}

#[test]
fn doubts_of_the_guide_name_the_other_letter() {
    let rating = Site::best().offer(&[(Tls13, &["0x1302"])]).rating();
    assert_eq!((rating.grade, rating.grade_may_be), (Observed("A".into()), vec!["A+".to_owned()]));
    let rating = Site::best().chain(|chain| chain.host_matches = Observed(false)).rating();
    assert_eq!((rating.grade, rating.grade_may_be), (Observed("M".into()), vec!["T".to_owned()]));
    assert!(rating.reasons.iter().any(|reason| reason.doubt.is_some()));
    assert_eq!(Site::best().rating().grade_may_be, Vec::<String>::new());
}

#[test]
fn revocation_that_nobody_asked_about_costs_no_letter_and_is_said() {
    let rating = Site::best().chain(|chain| chain.revoked = Unknown).rating();
    assert_eq!((rating.grade, rating.grade_if_trusted), (Observed("A+".into()), Observed("A+".into())));
    assert!(rating.reasons.iter().any(|reason| reason.id == "revoked" && reason.cap.is_none()));
}
