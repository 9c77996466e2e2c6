//! One site for each row of the guide's table, and one for each known mistake of those who rate by it.

use redflag::evidence::{
    Reading::{Observed, Unknown},
    WeaknessId,
};

use super::sites::{HALF_A_YEAR, Site, Ssl2, Ssl3, Tls10, Tls11, Tls12, Tls13, certificate};

const NEW: (redflag::evidence::ProtocolId, &[&str]) = (Tls13, &["0x1302", "0x1301"]);

fn culprits(expectations: Vec<(&str, &str, Site)>) -> Vec<String> {
    let wrong = |(name, expected, site): (&str, &str, Site)| {
        let rating = site.rating();
        let letter = rating.grade.observed().map_or("?", String::as_str);
        (letter != expected).then(|| format!("{name}: {letter} and not {expected}: {:#?} {:?}", rating.reasons, rating.error))
    };
    expectations.into_iter().filter_map(wrong).collect()
}

#[test]
fn versions_have_the_letters_of_the_guide() {
    let old: &[&str] = &["0xC014", "0xC013"];
    let new: &[&str] = &["0xC030", "0xC02F", "0xC027", "0xC014"];
    let wrong = culprits(vec![
        ("the best", "A+", Site::best()),
        ("SSL 2.0", "F", Site::best().offer(&[(Ssl2, &["0x010080"]), (Tls12, new), NEW])),
        ("SSL 2.0 without suites", "F", Site::best().offer(&[(Ssl2, &[]), (Tls12, new), NEW])),
        ("SSL 3.0", "B", Site::best().offer(&[(Ssl3, &["0x0005"]), (Tls12, new), NEW])),
        ("SSL 3.0 and POODLE", "C", Site::best().offer(&[(Ssl3, old), (Tls12, new), NEW]).vulnerable(WeaknessId::Poodle, Observed(true))),
        ("SSL 3.0 as the best", "F", Site::best().offer(&[(Ssl3, old)])),
        ("TLS 1.0 alone", "C", Site::best().offer(&[(Tls10, old)])),
        ("TLS 1.1 as the best", "C", Site::best().offer(&[(Tls10, old), (Tls11, old)])),
        ("TLS 1.0", "B", Site::best().offer(&[(Tls10, old), (Tls12, new), NEW])),
        ("TLS 1.1", "B", Site::best().offer(&[(Tls11, old), (Tls12, new), NEW])),
        ("no TLS 1.3", "A-", Site::best().offer(&[(Tls12, new)])),
        ("TLS 1.3 alone", "A", Site::best().offer(&[NEW])),
    ]);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn suites_have_the_letters_of_the_guide() {
    let with = |numbers: &[&str]| Site::best().offer(&[(Tls12, &[&["0xC030", "0xC02F", "0xC027", "0xC014"], numbers].concat()), NEW]);
    let wrong = culprits(vec![
        ("DES", "F", with(&["0x0009"])),
        ("export", "F", with(&["0x0003"])),
        ("NULL", "F", with(&["0x0002"])),
        ("anonymous", "F", with(&["0x0034"])),
        ("RC4 at the end", "B", with(&["0xC011"])),
        ("RC4 first", "C", Site::best().offer(&[(Tls12, &["0xC011", "0xC030", "0xC027"]), NEW])),
        ("RC4 alone", "F", Site::best().offer(&[(Tls12, &["0xC011", "0x0005"])])),
        ("no AEAD", "B", Site::best().offer(&[(Tls12, &["0xC014", "0xC013"])])),
        ("no forward secrecy", "B", Site::best().offer(&[(Tls12, &["0x009D", "0x0035"])])),
        ("Triple DES at the end", "A+", with(&["0xC012"])),
        ("Triple DES first", "C", Site::best().offer(&[(Tls12, &["0xC012", "0xC030", "0xC027"]), NEW])),
        ("Triple DES at the end, the client chooses", "A+", with(&["0xC012"]).no_preference()),
    ]);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn keys_and_parameters_have_the_letters_of_the_guide() {
    let dhe = |bits| Site::best().offer(&[(Tls12, &["0xC030", "0xC027", "0x009E"]), NEW]).dh(bits);
    let wrong = culprits(vec![
        ("RSA 1024", "B", Site::best().leaf("RSA", 1024, "sha256WithRSAEncryption")),
        ("RSA 2047", "B", Site::best().leaf("RSA", 2047, "sha256WithRSAEncryption")),
        ("RSA 1023", "F", Site::best().leaf("RSA", 1023, "sha256WithRSAEncryption")),
        ("RSA 4096", "A+", Site::best().leaf("RSA", 4096, "sha256WithRSAEncryption")),
        ("MD5", "F", Site::best().leaf("RSA", 2048, "md5WithRSAEncryption")),
        ("MD2", "F", Site::best().leaf("RSA", 2048, "md2WithRSAEncryption")),
        ("SHA-1", "T", Site::best().leaf("RSA", 2048, "sha1WithRSAEncryption")),
        ("SHA-1 and ECDSA", "T", Site::best().leaf("RSA", 2048, "ecdsa-with-SHA1")),
        ("DH 1023", "F", dhe(1023)),
        ("DH 1024", "B", dhe(1024)),
        ("DH 2048", "A+", dhe(2048)),
    ]);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn numbers_of_diffie_hellman_that_protect_nothing_leave_f_whatever_their_size() {
    let mut site = Site::best().offer(&[(Tls12, &["0xC030", "0x009E"]), (Tls13, &["0x1302"])]).dh(2048);
    assert_ne!(site.letter(), "F");
    site.tls.dh_parameters[0].flaw = Some("the modulus is even, and so no prime".into());
    assert_eq!(site.letter(), "F");
}

#[test]
fn a_curve_counts_as_an_rsa_key_of_its_strength() {
    let ecdsa = |bits| {
        let site = Site::best().offer(&[(Tls12, &["0xC02B"]), NEW]).leaf("ECDSA", bits, "ecdsa-with-SHA256");
        (site.letter(), site.rating().scores.map(|scores| scores.key_exchange))
    };
    assert_eq!(ecdsa(256), ("A+".into(), Some(90)));
    assert_eq!(ecdsa(384), ("A+".into(), Some(90)), "the group is still one of 256 bits");
    assert_eq!(ecdsa(192), ("B".into(), Some(80)));
    assert_eq!(ecdsa(112).0, "F");
}

#[test]
fn weaknesses_have_the_letters_of_the_guide() {
    let old = || {
        Site::best().offer(&[(Ssl2, &["0x010080"]), (Ssl3, &["0x0035"]), (Tls12, &["0xC030", "0xC014", "0x0033", "0x0035", "0x0003"]), NEW])
    };
    let modern = || Site::best().offer(&[(Tls12, &["0xC030", "0xC027", "0xC014", "0x0033", "0x0035"]), NEW]).dh(2048);
    assert_eq!(old().letter(), "F");
    for (id, expected) in [
        (WeaknessId::Heartbleed, "F"),
        (WeaknessId::CcsInjection, "F"),
        (WeaknessId::Robot, "F"),
        (WeaknessId::PoodleTls, "F"),
        (WeaknessId::ZombiePoodle, "F"),
        (WeaknessId::Goldendoodle, "F"),
        (WeaknessId::ZeroLengthPadding, "F"),
        (WeaknessId::OpensslPadding, "F"),
        (WeaknessId::Ticketbleed, "F"),
        (WeaknessId::InsecureRenegotiation, "F"),
        (WeaknessId::Logjam, "F"),
        (WeaknessId::Crime, "C"),
        (WeaknessId::Beast, "A+"),
        (WeaknessId::Lucky13, "A+"),
        (WeaknessId::Breach, "A+"),
    ] {
        assert_eq!(modern().vulnerable(id, Observed(true)).letter(), expected, "{id:?}");
    }
}

#[test]
fn certificates_have_the_letters_of_the_guide() {
    let wrong = culprits(vec![
        ("expired", "T", Site::best().chain(|chain| chain.expired = Observed(true))),
        ("not yet valid", "T", Site::best().chain(|chain| chain.not_yet_valid = Observed(true))),
        ("revoked", "T", Site::best().chain(|chain| chain.revoked = Observed(true))),
        ("unknown root", "T", Site::best().chain(|chain| chain.trusted = Observed(false))),
        (
            "self-signed",
            "T",
            Site::best().chain(|chain| {
                chain.self_signed = Observed(true);
                chain.trusted = Observed(false);
            }),
        ),
        ("another host", "M", Site::best().chain(|chain| chain.host_matches = Observed(false))),
        (
            "another host and an unknown root",
            "T",
            Site::best().chain(|chain| {
                chain.host_matches = Observed(false);
                chain.trusted = Observed(false);
            }),
        ),
        (
            "incomplete",
            "B",
            Site::best().chain(|chain| {
                chain.complete = Observed(false);
                chain.trusted = Observed(false);
                chain.missing_issuer_url = Some("http://authority.example/issuer.der".into());
            }),
        ),
        (
            "incomplete, and it does not say where the rest can be found",
            "T",
            Site::best().chain(|chain| {
                chain.complete = Observed(false);
                chain.trusted = Observed(false);
            }),
        ),
    ]);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_signature_that_nobody_checks_does_not_count() {
    let mut site = Site::best();
    let root = |position, signature| redflag::evidence::Certificate { self_signed: true, ..certificate(position, "RSA", 2048, signature) };
    site.tls.certificates.push(root(2, "md5WithRSAEncryption"));
    assert_eq!(site.letter(), "A+", "the root's own signature");
    site.tls.certificates.push(certificate(3, "RSA", 1024, "sha1WithRSAEncryption"));
    assert_eq!(site.letter(), "T");
    assert_eq!(site.chain(|chain| chain.superfluous = vec![3]).letter(), "A+", "a certificate that no path needs");
}

#[test]
fn a_plus_asks_for_everything() {
    let wrong = culprits(vec![
        ("exactly half a year", "A+", Site::best().hsts(Observed(Some(HALF_A_YEAR)))),
        ("a second less", "A", Site::best().hsts(Observed(Some(HALF_A_YEAR - 1)))),
        ("no HSTS", "A", Site::best().hsts(Observed(None))),
        ("no TLS_FALLBACK_SCSV", "A", Site::best().extensions(|known| known.fallback_scsv = Observed(false))),
        ("no secure renegotiation", "A-", Site::best().extensions(|known| known.secure_renegotiation = Observed(false))),
    ]);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn hsts_that_nobody_looked_at_leaves_an_a_that_may_be_better() {
    let rating = Site::best().hsts(Unknown).rating();
    assert_eq!(rating.grade, Observed("A".into()));
    assert_eq!(rating.grade_may_be, ["A+"]);
    assert!(rating.reasons.iter().any(|reason| reason.because.contains("Strict-Transport-Security")), "{:#?}", rating.reasons);
    let worse = Site::best().offer(&[(Tls12, &["0xC030", "0xC027"])]).hsts(Unknown).rating();
    assert_eq!((worse.grade, worse.grade_may_be), (Observed("A-".into()), Vec::new()));
}

/// What testssl.sh gives instead, for each site, stands behind it.
#[test]
fn the_known_mistakes_of_others_are_not_made() {
    let wrong = culprits(vec![
        ("no HSTS (A+)", "A", Site::best().hsts(Observed(None))),
        ("DH 1024 (A-)", "B", Site::best().offer(&[(Tls12, &["0xC030", "0xC027", "0x0033"])]).dh(1024)),
        ("DH 512 (B)", "F", Site::best().offer(&[(Tls12, &["0xC030", "0xC027", "0x0033"])]).dh(512)),
        ("CBC only (A-)", "B", Site::best().offer(&[(Tls12, &["0xC014", "0xC013"])])),
        ("TLS 1.3 only (A+)", "A", Site::best().offer(&[NEW])),
        ("insecure renegotiation (A-)", "F", Site::best().vulnerable(WeaknessId::InsecureRenegotiation, Observed(true))),
        ("HSTS too short (A-)", "A", Site::best().hsts(Observed(Some(3600)))),
        ("TLS 1.2 with Triple DES only (B)", "C", Site::best().offer(&[(Tls12, &["0x000A"])])),
        (
            "Triple DES at the end, TLS 1.1 offered (C)",
            "B",
            Site::best().offer(&[(Tls11, &["0xC014", "0xC012"]), (Tls12, &["0xC030", "0xC027", "0xC012"]), NEW]),
        ),
        ("forward secrecy for some only (A+)", "B", Site::best().offer(&[(Tls12, &["0xC030", "0x009D"]), NEW])),
        (
            "SSL 3.0 with CBC, not vulnerable (C)",
            "B",
            Site::best().offer(&[(Ssl3, &["0x0035"]), (Tls12, &["0xC030", "0xC027", "0xC014"]), NEW]),
        ),
        ("CVE-2016-2107 (not looked at)", "F", Site::best().vulnerable(WeaknessId::OpensslPadding, Observed(true))),
        ("POODLE in TLS (not looked at)", "F", Site::best().vulnerable(WeaknessId::PoodleTls, Observed(true))),
        ("GOLDENDOODLE (not looked at)", "F", Site::best().vulnerable(WeaknessId::Goldendoodle, Observed(true))),
    ]);
    assert!(wrong.is_empty(), "{wrong:#?}");
    let untrusted = Site::best().chain(|chain| chain.expired = Observed(true)).rating();
    assert_eq!(untrusted.grade_if_trusted, Observed("A".into()), "the grade without regard to trust is told (not told)");
}
