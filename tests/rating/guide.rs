//! The guide's data: every number and rule has its place and its source.

use std::collections::BTreeSet;

use redflag::{
    evidence::ProtocolId,
    rating::{Guide, Letter},
};

const RATING: &str = include_str!("../../rules/ssl-labs/rating.yaml");
const CLIENTS: &str = include_str!("../../rules/ssl-labs/clients.yaml");

/// What is wrong with the shipped guide after one change.
fn problems(part: &str, replacement: &str) -> Vec<String> {
    assert!(RATING.contains(part), "{part}");
    let changed = RATING.replacen(part, replacement, 1);
    match Guide::load(("rating.yaml", &changed), ("clients.yaml", CLIENTS)) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn weights_are_the_whole() {
    let weights = Guide::shipped().weights.value;
    assert_eq!((weights.protocol, weights.key_exchange, weights.cipher_strength), (30, 30, 40));
    assert!(problems("cipher-strength: 40 }", "cipher-strength: 41 }").join("\n").contains("add up to 101"));
}

#[test]
fn every_rule_has_a_source_and_a_date() {
    let bare: Vec<&str> = Guide::shipped()
        .rules
        .iter()
        .filter(|rule| rule.source.trim().is_empty() || !rule.since.contains("20"))
        .filter(|rule| !rule.since.contains("1.20"))
        .map(|rule| rule.id.value.as_str())
        .collect();
    assert!(bare.is_empty(), "{bare:?}");
}

#[test]
fn every_rule_says_what_to_do() {
    let silent: Vec<&str> = Guide::shipped()
        .rules
        .iter()
        .filter(|rule| !rule.advice.ends_with('.') && !rule.advice.ends_with(')') || rule.because.value.ends_with('.'))
        .map(|rule| rule.id.value.as_str())
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn the_letters_of_the_table_hold() {
    let letters: Vec<(u32, Letter)> = Guide::shipped().letters.iter().map(|step| (step.from, step.letter)).collect();
    assert_eq!(letters, [(80, Letter::A), (65, Letter::B), (50, Letter::C), (35, Letter::D), (20, Letter::E), (0, Letter::F)]);
}

#[test]
fn the_numbers_of_the_tables_hold() {
    let guide = Guide::shipped();
    assert_eq!(ProtocolId::ALL.map(|one| guide.protocols.score(one)), [0, 80, 90, 95, 100, 100]);
    let key = |bits| guide.key_exchange.sizes.score(bits);
    assert_eq!([511, 512, 1023, 1024, 2047, 2048, 4095, 4096].map(key), [20, 40, 40, 80, 80, 90, 90, 100]);
    let cipher = |bits| guide.cipher_strength.score(bits);
    assert_eq!([0, 40, 111, 112, 128, 255, 256].map(cipher), [0, 20, 20, 80, 80, 80, 100]);
    let curve = |bits| guide.key_exchange.curve(bits);
    assert_eq!([0, 163, 192, 224, 253, 256, 384, 521].map(curve), [0, 1024, 1024, 2048, 3072, 3072, 7680, 15360]);
}

#[test]
fn mistakes_in_a_guide_are_refused_with_their_place() {
    assert!(problems("id: expired", "id: wrong-host")[0].contains("stands twice"));
    assert!(problems("{ offers: [ssl2] }", "{ ofers: [ssl2] }")[0].contains("did you mean `offers`"));
    assert!(problems("no-forward-secrecy\n  cap", "no-foward-secrecy\n  cap")[0].contains("did you mean `no-forward-secrecy`"));
    assert!(problems("[poodle]", "[pooodle]")[0].contains("did you mean `poodle`"));
    assert!(problems("- { from: 65, letter: B }\n", "").is_empty(), "a guide may have fewer letters");
    assert!(problems("- { from: 0, letter: F }\n", "").join("\n").contains("letters"));
    assert!(problems("  - { score: 100 }\n", "").join("\n").contains("table"));
    assert!(problems("{ below: 512, score: 20 }", "{ below: 512, score: 120 }").join("\n").contains("more than 100"));
    assert!(problems("client-certificate: required", "client-certificate: maybe").join("\n").contains("maybe"));
    let twice = problems("if-unknown: withheld", "if-unknown: withheld\n  passed-by-if: { client-certificate: required }");
    assert!(twice.join("\n").contains("passed-by-if"), "{twice:?}");
    assert!(problems("RC4 is all that is offered", "RC4 is all {sen}").join("\n").contains("{seen}"));
    assert!(problems("  doubt: Letter and date are known from secondary sources only.\n", "  may-be: C\n").join("\n").contains("doubt"));
}

#[test]
fn there_are_about_thirty_clients_of_every_kind() {
    let clients = &Guide::shipped().clients;
    assert!((30..=50).contains(&clients.len()), "{}", clients.len());
    let names: BTreeSet<&str> = clients.iter().map(|client| client.name.as_str()).collect();
    assert_eq!(names.len(), clients.len(), "a name stands twice");
    for kind in ["Android", "Chrome", "Edge", "Firefox", "IE", "Safari", "iOS", "Java", "OpenSSL", "curl", ".NET"] {
        assert!(names.iter().any(|name| name.contains(kind)), "{kind}");
    }
    let reference: Vec<_> = clients.iter().filter(|client| client.reference).collect();
    for kind in ["Chrome", "Firefox", "IE 11 / Windows 7", "Safari"] {
        assert!(reference.iter().any(|client| client.name.contains(kind)), "{kind} is a reference client");
    }
}

#[test]
fn clients_that_offer_elliptic_curves_name_them() {
    let culprits: Vec<&str> = Guide::shipped()
        .clients
        .iter()
        .filter(|client| {
            client.suites.iter().any(|suite| suite.starts_with("0xC0") || suite.starts_with("0x13")) == client.groups.is_empty()
        })
        .map(|client| client.name.as_str())
        .collect();
    assert!(culprits.is_empty(), "{culprits:?}");
}

#[test]
fn clients_offer_the_suites_of_their_newest_version() {
    let culprits: Vec<&str> = Guide::shipped()
        .clients
        .iter()
        .filter(|client| (client.versions.newest == ProtocolId::Tls13) != client.suites.iter().any(|suite| suite.starts_with("0x13")))
        .map(|client| client.name.as_str())
        .collect();
    assert!(culprits.is_empty(), "{culprits:?}");
}

#[test]
fn mistakes_in_clients_are_refused_with_their_place() {
    let refused = |part: &str, replacement: &str| {
        assert!(CLIENTS.contains(part), "{part}");
        let changed = CLIENTS.replacen(part, replacement, 1);
        Guide::load(("rating.yaml", RATING), ("clients.yaml", &changed)).err().map(|problems| problems[0].to_string()).unwrap_or_default()
    };
    assert!(refused("source: hello", "source: hearsay").contains("sources"));
    assert!(refused("C030 C02C", "C030 C0").contains("four hexadecimal digits"));
    assert!(refused("C030 C02C", "C030 C030").contains("twice"));
    assert!(refused("oldest: ssl3, newest: tls1.2", "oldest: tls1.2, newest: ssl3").contains("newer"));
}
