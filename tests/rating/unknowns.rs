//! No check, no letter; but where nothing unknown can change it, the letter stands.

use redflag::evidence::{
    ClientCertificate,
    Reading::{Observed, Unknown},
    WeaknessId,
};

use super::sites::{Site, Ssl2, Ssl3, Tls10, Tls12, Tls13, WEAKNESSES};

#[test]
fn an_unknown_that_could_lower_the_letter_leaves_none() {
    let mut suites = Site::best();
    suites.tls.cipher_suites_complete = Unknown;
    let mut key = Site::best();
    key.tls.certificates[0].key_bits = Unknown;
    let mut unreadable = Site::best();
    unreadable.tls.certificates[1].error = Some("the bytes are no certificate".into());
    let mut none = Site::best();
    none.tls.chain = None;
    none.tls.certificates.clear();
    for (name, site, missing) in [
        ("version", Site::best().unsure_of(Ssl3), "SSL 3.0 (no answer)"),
        ("suites", suites, "cipher suites"),
        ("weakness", Site::best().vulnerable(WeaknessId::Heartbleed, Unknown), "heartbleed"),
        ("trust", Site::best().chain(|chain| chain.trusted = Unknown), "trusted root"),
        ("name", Site::best().chain(|chain| chain.host_matches = Unknown), "this host"),
        ("key", key, "key"),
        ("signature", unreadable, "certificate 1"),
        ("certificates", none, "none was seen"),
        ("parameters", Site::best().offer(&[(Tls12, &["0xC030", "0xC027", "0x009E"]), (Tls13, &["0x1302"])]), "Diffie-Hellman"),
        ("renegotiation", Site::best().extensions(|known| known.secure_renegotiation = Unknown), "5746"),
    ] {
        let rating = site.rating();
        assert_eq!(rating.grade, Unknown, "{name}");
        assert!(rating.error.as_ref().is_some_and(|error| error.contains(missing)), "{name}: {:?}", rating.error);
        assert!(rating.grade_may_be.len() > 1, "{name}: {:?}", rating.grade_may_be);
    }
}

#[test]
fn a_known_f_is_an_f_whatever_else_is_unknown() {
    let mut site = Site::best().offer(&[(Ssl2, &["0x010080"]), (Tls12, &["0xC030", "0xC014"])]);
    site.tls.cipher_suites_complete = Unknown;
    site.tls.groups_complete = Unknown;
    site.tls.chain = None;
    site.tls.weaknesses.clear();
    let rating = site.unsure_of(Tls13).unsure_of(Tls10).hsts(Unknown).rating();
    assert_eq!((rating.grade, rating.error), (Observed("F".into()), None));
}

#[test]
fn an_unknown_that_could_do_no_more_harm_leaves_the_letter() {
    let site = || Site::best().offer(&[(Tls10, &["0xC014"]), (Tls12, &["0xC030", "0xC027"]), (Tls13, &["0x1302"])]);
    assert_eq!(site().letter(), "B");
    assert_eq!(site().extensions(|known| known.secure_renegotiation = Unknown).letter(), "B", "A- is better than B");
    assert_eq!(site().hsts(Unknown).rating().grade_may_be, Vec::<String>::new());
    assert_eq!(site().vulnerable(WeaknessId::Crime, Unknown).letter(), "?", "C is worse than B");
}

#[test]
fn the_range_of_an_unknown_letter_is_named() {
    let rating = Site::best().vulnerable(WeaknessId::Crime, Unknown).rating();
    assert_eq!((rating.grade, rating.grade_may_be), (Unknown, vec!["A+".to_owned(), "C".to_owned()]));
    let rating = Site::best().chain(|chain| chain.trusted = Unknown).rating();
    assert_eq!(rating.grade_may_be, ["A+", "T"]);
    assert_eq!(rating.grade_if_trusted, Observed("A".into()), "A+ goes to the trusted alone");
}

#[test]
fn weaknesses_that_the_guide_does_not_grade_do_not_matter() {
    for id in [WeaknessId::Beast, WeaknessId::Lucky13, WeaknessId::Breach, WeaknessId::WeakDh, WeaknessId::Sweet32, WeaknessId::Rc4] {
        assert_eq!(Site::best().vulnerable(id, Unknown).letter(), "A+", "{id:?}");
        assert_eq!(Site::best().vulnerable(id, Observed(true)).letter(), "A+", "{id:?}");
    }
}

#[test]
fn a_weakness_that_cannot_be_there_need_not_be_looked_for() {
    let aead_only = || Site::best().offer(&[(Tls12, &["0xC030", "0xC02F"]), (Tls13, &["0x1302"])]);
    for id in [WeaknessId::Poodle, WeaknessId::PoodleTls, WeaknessId::Goldendoodle, WeaknessId::Robot, WeaknessId::Drown, WeaknessId::Freak]
    {
        assert_eq!(aead_only().vulnerable(id, Unknown).letter(), "A+", "{id:?}");
    }
    let mut new = Site::best().offer(&[(Tls13, &["0x1302"])]);
    new.tls.weaknesses.retain(|weakness| weakness.id == WeaknessId::Heartbleed);
    assert_eq!(new.letter(), "A", "TLS 1.3 alone has none of the old ones");
}

#[test]
fn groups_that_nobody_could_list_cost_nothing_where_all_groups_would_do() {
    let mut site = Site::best();
    site.tls.groups_complete = Unknown;
    let rating = site.rating();
    assert_eq!(rating.grade, Observed("A+".into()));
    assert_eq!((rating.score, rating.scores), (Unknown, None), "the bar itself is not known");
}

#[test]
fn evidence_of_nothing_has_no_letter() {
    let mut site = Site::best();
    site.tls.protocols.clear();
    site.tls.cipher_suites.clear();
    site.tls.cipher_suites_complete = Unknown;
    site.tls.weaknesses.clear();
    site.tls.extensions = redflag::evidence::Extensions::default();
    assert_eq!(site.rating().grade, Unknown);
}

#[test]
fn each_weakness_of_the_guide_is_needed() {
    let site = || Site::best().offer(&[(Tls12, &["0xC030", "0xC014", "0x0035", "0x0033"]), (Tls13, &["0x1302"])]).dh(2048);
    let ungraded = [
        WeaknessId::Beast,
        WeaknessId::Lucky13,
        WeaknessId::Breach,
        WeaknessId::WeakDh,
        WeaknessId::Sweet32,
        WeaknessId::Rc4,
        // Not possible with what is offered.
        WeaknessId::Poodle,
        WeaknessId::Drown,
        WeaknessId::Freak,
    ];
    for id in WEAKNESSES.into_iter().filter(|id| !ungraded.contains(id)) {
        assert_eq!(site().vulnerable(id, Unknown).letter(), "?", "{id:?}");
    }
}

/// What takes a completed handshake, which a client without a certificate cannot have.
const BEHIND_THE_HANDSHAKE: [WeaknessId; 7] = [
    WeaknessId::Ticketbleed,
    WeaknessId::InsecureRenegotiation,
    WeaknessId::PoodleTls,
    WeaknessId::ZombiePoodle,
    WeaknessId::Goldendoodle,
    WeaknessId::ZeroLengthPadding,
    WeaknessId::OpensslPadding,
];

fn asking_for_certificates(seen: ClientCertificate) -> Site {
    let site = Site::best().offer(&[(Tls12, &["0xC030", "0xC014"]), (Tls13, &["0x1302"])]);
    site.extensions(|known| known.client_certificate = Observed(seen))
}

#[test]
fn what_hides_behind_a_required_client_certificate_is_passed_by_and_named() {
    for id in BEHIND_THE_HANDSHAKE {
        let rating = asking_for_certificates(ClientCertificate::Required).vulnerable(id, Unknown).rating();
        assert_eq!((rating.grade, rating.error), (Observed("A+".into()), None), "{id:?}");
        assert_eq!(rating.grade_may_be, ["F"], "{id:?}");
        assert!(rating.reasons.iter().any(|reason| reason.cap.is_none() && reason.because.contains("only to clients with a certificate")));
    }
}

#[test]
fn a_client_certificate_excuses_nothing_that_was_seen_and_nothing_where_it_is_not_required() {
    for id in BEHIND_THE_HANDSHAKE {
        assert_eq!(asking_for_certificates(ClientCertificate::Required).vulnerable(id, Observed(true)).letter(), "F", "{id:?}");
        assert_eq!(asking_for_certificates(ClientCertificate::Requested).vulnerable(id, Unknown).letter(), "?", "{id:?}");
    }
    assert_eq!(asking_for_certificates(ClientCertificate::Required).vulnerable(WeaknessId::Heartbleed, Unknown).letter(), "?");
}
