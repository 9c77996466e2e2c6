//! Every rule of the guide is proved by a site of its own, and is silent on the best one.

use std::collections::BTreeSet;

use redflag::{
    evidence::{
        ProtocolId,
        Reading::{self, Observed},
        WeaknessId,
    },
    rating::{Guide, Letter},
};

use super::sites::{Site, Ssl2, Ssl3, Tls10, Tls11, Tls12, Tls13};

const YES: Reading<bool> = Observed(true);
const NO: Reading<bool> = Observed(false);
const NEW: (ProtocolId, &[&str]) = (Tls13, &["0x1302"]);

/// The best site with one more suite in TLS 1.2, in front or at the end.
fn with_suite(number: &str, first: bool) -> Site {
    let usual = ["0xC030", "0xC02F", "0xC027", "0xC014"].as_slice();
    let suites = if first { [&[number], usual].concat() } else { [usual, &[number]].concat() };
    Site::best().offer(&[(Tls12, &suites), NEW]).dh(2048)
}

/// A site with a weakness, and with everything that it needs.
fn with_weakness(id: WeaknessId) -> Site {
    let suites: &[&str] = &["0xC030", "0xC027", "0xC014", "0x0033", "0x0035", "0x0003"];
    let site = Site::best().offer(&[(Ssl2, &["0x010080"]), (Ssl3, &["0x0035"]), (Tls12, suites), NEW]);
    site.dh(2048).vulnerable(id, YES)
}

/// A site whose RSA key has this exponent.
fn with_exponent(exponent: &str) -> Site {
    let mut site = Site::best().leaf("RSA", 2048, "sha256WithRSAEncryption");
    for certificate in &mut site.tls.certificates {
        certificate.rsa_exponent = Some(exponent.into());
    }
    site
}

#[test]
fn an_rsa_exponent_that_is_even_or_below_three_leaves_f_and_no_other_does() {
    for (exponent, letter) in [("0", "F"), ("1", "F"), ("2", "F"), ("3", "A+"), ("65536", "F"), ("65537", "A+")] {
        assert_eq!(with_exponent(exponent).letter(), letter, "{exponent}");
    }
    assert_eq!(with_exponent("an even number of 70 bits").letter(), "F");
    assert_eq!(with_exponent("a number of 70 bits").letter(), "A+");
}

fn examples() -> Vec<(&'static str, Site)> {
    let sha256 = "sha256WithRSAEncryption";
    vec![
        ("wrong-host", Site::best().chain(|chain| chain.host_matches = NO)),
        ("expired", Site::best().chain(|chain| chain.expired = YES)),
        ("not-yet-valid", Site::best().chain(|chain| chain.not_yet_valid = YES)),
        ("self-signed", Site::best().chain(|chain| (chain.self_signed, chain.trusted) = (YES, NO))),
        ("untrusted", Site::best().chain(|chain| chain.trusted = NO)),
        ("revoked", Site::best().chain(|chain| chain.revoked = YES)),
        ("sha1-signature", Site::best().leaf("RSA", 2048, "sha1WithRSAEncryption")),
        ("md5-signature", Site::best().leaf("RSA", 2048, "md5WithRSAEncryption")),
        ("key-insecure", Site::best().leaf("RSA", 512, sha256)),
        ("rsa-exponent", with_exponent("1")),
        ("ssl2-offered", Site::best().offer(&[(Ssl2, &[]), (Tls12, &["0xC030"]), NEW])),
        ("ssl3-best", Site::best().offer(&[(Ssl3, &["0x0035"])])),
        ("insecure-renegotiation", with_weakness(WeaknessId::InsecureRenegotiation)),
        ("weak-suites", with_suite("0x0009", false)),
        ("export-suites", with_suite("0x0003", false)),
        ("anonymous-suites", with_suite("0x0034", false)),
        ("dh-insecure", with_suite("0x009E", false).dh(768)),
        ("rc4-only", Site::best().offer(&[(Tls12, &["0x0005"])])),
        ("heartbleed", with_weakness(WeaknessId::Heartbleed)),
        ("ccs-injection", with_weakness(WeaknessId::CcsInjection)),
        ("poodle-tls", with_weakness(WeaknessId::PoodleTls)),
        ("freak", with_weakness(WeaknessId::Freak)),
        ("logjam", with_weakness(WeaknessId::Logjam)),
        ("drown", with_weakness(WeaknessId::Drown)),
        ("openssl-padding", with_weakness(WeaknessId::OpensslPadding)),
        ("ticketbleed", with_weakness(WeaknessId::Ticketbleed)),
        ("robot", with_weakness(WeaknessId::Robot)),
        ("zombie-poodle", with_weakness(WeaknessId::ZombiePoodle)),
        ("goldendoodle", with_weakness(WeaknessId::Goldendoodle)),
        ("zero-length-padding", with_weakness(WeaknessId::ZeroLengthPadding)),
        ("tls12-missing", Site::best().offer(&[(Tls11, &["0xC014"])])),
        ("poodle", with_weakness(WeaknessId::Poodle)),
        ("rc4-with-modern-clients", with_suite("0xC011", true)),
        ("small-blocks", with_suite("0xC012", true)),
        ("compression", with_weakness(WeaknessId::Crime)),
        ("ssl3-offered", Site::best().offer(&[(Ssl3, &["0x0035"]), (Tls12, &["0xC030"]), NEW])),
        ("old-tls-offered", Site::best().offer(&[(Tls10, &["0xC014"]), (Tls12, &["0xC030"]), NEW])),
        ("key-weak", Site::best().leaf("RSA", 1024, sha256)),
        ("incomplete-chain", Site::best().chain(|chain| (chain.complete, chain.trusted) = (NO, NO))),
        ("rc4-offered", with_suite("0xC011", false)),
        ("dh-weak", with_suite("0x009E", false).dh(1024)),
        ("no-forward-secrecy", Site::best().offer(&[(Tls12, &["0x009D"])])),
        ("no-aead", Site::best().offer(&[(Tls12, &["0xC014"])])),
        ("no-tls13", Site::best().offer(&[(Tls12, &["0xC030"])])),
        ("no-secure-renegotiation", Site::best().extensions(|known| known.secure_renegotiation = NO)),
        ("no-long-hsts", Site::best().hsts(Observed(Some(1)))),
        ("no-fallback-signal", Site::best().extensions(|known| known.fallback_scsv = NO)),
        ("tls13-only", Site::best().offer(&[NEW])),
    ]
}

#[test]
fn every_rule_has_a_site_that_proves_it() {
    let rules: BTreeSet<&str> = Guide::shipped().rules.iter().map(|rule| rule.id.value.as_str()).collect();
    let proved: BTreeSet<&str> = examples().into_iter().map(|(id, _)| id).collect();
    assert_eq!(rules, proved);
}

#[test]
fn every_rule_applies_to_its_site_with_its_cap_and_is_no_better_than_the_letter() {
    let mut culprits = Vec::new();
    for (id, site) in examples() {
        let rating = site.rating();
        let rule = Guide::shipped().rules.iter().find(|rule| rule.id.value == id).expect("the sites prove rules of the guide");
        let cap = (rule.cap != Letter::A).then(|| rule.cap.name().to_owned());
        let shown = rating.reasons.iter().any(|reason| reason.id == id && reason.cap == cap && !reason.because.contains('{'));
        let order = ["A+", "A", "A-", "B", "C", "D", "E", "M", "T", "F"];
        let place = |letter: &str| order.iter().position(|one| *one == letter);
        let kept = rating.grade.observed().is_some_and(|letter| place(letter) >= place(rule.cap.name()));
        if !shown || !kept {
            culprits.push(format!("{id}: {:?} {:?} {:?}", rating.grade, rating.error, rating.reasons));
        }
    }
    assert!(culprits.is_empty(), "{culprits:#?}");
}

#[test]
fn every_rule_is_silent_on_the_best_site() {
    let reasons = Site::best().chain(|chain| chain.revoked = NO).rating().reasons;
    assert!(reasons.is_empty(), "{reasons:#?}");
}

#[test]
fn a_letter_that_is_held_back_says_what_to_change() {
    let silent: Vec<&str> = examples().into_iter().filter(|(_, site)| site.rating().advice.is_empty()).map(|(id, _)| id).collect();
    assert!(silent.is_empty(), "{silent:?}");
    assert!(Site::best().rating().advice.is_empty(), "nothing is better than A+");
}
