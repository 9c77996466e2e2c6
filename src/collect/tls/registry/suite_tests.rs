use std::collections::BTreeSet;

use super::*;

#[test]
fn every_suite_of_iana_is_understood() {
    let unknown: Vec<_> = assigned().filter(|(code, name)| suite(*code).is_none_or(|suite| suite.name != *name)).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    let rows = csv::assignments(include_str!("tls-parameters-4.csv")).count();
    assert_eq!(assigned().count(), rows - 2, "all but the two signals");
}

#[test]
fn every_suite_beyond_iana_is_understood_and_takes_no_number_of_iana() {
    let taken: BTreeSet<u16> = assigned().map(|(code, _)| code).collect();
    for (code, name) in BEYOND_IANA {
        assert_eq!(suite(*code).map(|suite| suite.name), Some(*name));
        assert!(!taken.contains(code), "{name}");
    }
}

/// Code, key exchange, authentication, cipher, mode, bits, then whether AEAD, forward secret, export.
type Truth = (u16, &'static str, &'static str, &'static str, &'static str, u32, bool, bool, bool);

const TRUTHS: &[Truth] = &[
    (0x0000, "NULL", "anonymous", "NULL", "", 0, false, false, false),
    (0x0001, "RSA", "RSA", "NULL", "", 0, false, false, false),
    (0x0003, "RSA", "RSA", "RC4-40", "stream", 40, false, false, true),
    (0x0004, "RSA", "RSA", "RC4-128", "stream", 128, false, false, false),
    (0x0006, "RSA", "RSA", "RC2-40", "CBC", 40, false, false, true),
    (0x0007, "RSA", "RSA", "IDEA", "CBC", 128, false, false, false),
    (0x0009, "RSA", "RSA", "DES", "CBC", 56, false, false, false),
    (0x000A, "RSA", "RSA", "3DES", "CBC", 112, false, false, false),
    (0x000D, "DH", "DSS", "3DES", "CBC", 112, false, false, false),
    (0x0014, "DHE", "RSA", "DES-40", "CBC", 40, false, true, true),
    (0x0016, "DHE", "RSA", "3DES", "CBC", 112, false, true, false),
    (0x0018, "DHE", "anonymous", "RC4-128", "stream", 128, false, true, false),
    (0x001D, "KEA", "FORTEZZA", "SKIPJACK", "CBC", 80, false, false, false),
    (0x0026, "KRB5", "KRB5", "DES-40", "CBC", 40, false, false, true),
    (0x002F, "RSA", "RSA", "AES-128", "CBC", 128, false, false, false),
    (0x0035, "RSA", "RSA", "AES-256", "CBC", 256, false, false, false),
    (0x0062, "RSA", "RSA", "DES", "CBC", 56, false, false, true),
    (0x0064, "RSA", "RSA", "RC4-56", "stream", 56, false, false, true),
    (0x0081, "GOST", "GOST", "GOST-28147", "CNT", 256, false, false, false),
    (0x008C, "PSK", "PSK", "AES-128", "CBC", 128, false, false, false),
    (0x0096, "RSA", "RSA", "SEED", "CBC", 128, false, false, false),
    (0x009C, "RSA", "RSA", "AES-128", "GCM", 128, true, false, false),
    (0x009F, "DHE", "RSA", "AES-256", "GCM", 256, true, true, false),
    (0x00AC, "RSA_PSK", "RSA", "AES-128", "GCM", 128, true, false, false),
    (0x00C6, "any", "any", "SM4", "GCM", 128, true, true, false),
    (0x1301, "any", "any", "AES-128", "GCM", 128, true, true, false),
    (0x1303, "any", "any", "ChaCha20", "Poly1305", 256, true, true, false),
    (0x1305, "any", "any", "AES-128", "CCM-8", 128, true, true, false),
    (0xC004, "ECDH", "ECDSA", "AES-128", "CBC", 128, false, false, false),
    (0xC010, "ECDHE", "RSA", "NULL", "", 0, false, false, false),
    (0xC018, "ECDHE", "anonymous", "AES-128", "CBC", 128, false, true, false),
    (0xC01E, "SRP", "RSA", "AES-128", "CBC", 128, false, true, false),
    (0xC02F, "ECDHE", "RSA", "AES-128", "GCM", 128, true, true, false),
    (0xC05C, "ECDHE", "ECDSA", "ARIA-128", "GCM", 128, true, true, false),
    (0xC09C, "RSA", "RSA", "AES-128", "CCM", 128, true, false, false),
    (0xC0AA, "DHE_PSK", "PSK", "AES-128", "CCM-8", 128, true, true, false),
    (0xC0B4, "any", "any", "NULL", "", 0, false, false, false),
    (0xC100, "GOST", "GOST", "KUZNYECHIK", "CTR", 256, false, false, false),
    (0xC103, "any", "any", "KUZNYECHIK", "MGM", 256, true, true, false),
    (0xCC13, "ECDHE", "RSA", "ChaCha20", "Poly1305", 256, true, true, false),
    (0xCCA9, "ECDHE", "ECDSA", "ChaCha20", "Poly1305", 256, true, true, false),
    (0xD001, "ECDHE_PSK", "PSK", "AES-128", "GCM", 128, true, true, false),
    (0xFEFF, "RSA", "RSA", "3DES", "CBC", 112, false, false, false),
];

#[test]
fn suites_are_what_their_standards_say() {
    for truth in TRUTHS {
        let suite = suite(truth.0).unwrap();
        let read = suite.evidence(ProtocolId::Tls12);
        let parts = (&*read.key_exchange, &*read.authentication, &*read.cipher, &*read.mode);
        assert_eq!(parts, (truth.1, truth.2, truth.3, truth.4), "{}", suite.name);
        let rest = (read.strength_bits, read.aead, read.forward_secrecy, read.export);
        assert_eq!(rest, (truth.5, truth.6, truth.7, truth.8), "{}", suite.name);
    }
}

#[test]
fn suites_belong_to_their_versions() {
    let versions = |code: u16| -> Vec<ProtocolId> {
        let suite = suite(code).unwrap();
        ProtocolId::ALL.into_iter().filter(|version| suite.is_for(*version)).collect()
    };
    let old = vec![ProtocolId::Ssl3, ProtocolId::Tls10, ProtocolId::Tls11, ProtocolId::Tls12];
    assert_eq!(versions(0x1301), [ProtocolId::Tls13]);
    assert_eq!(versions(0xC103), [ProtocolId::Tls13]);
    assert_eq!(versions(0xC02F), [ProtocolId::Tls12]);
    assert_eq!(versions(0x003C), [ProtocolId::Tls12]);
    assert_eq!(versions(0xC014), old);
    assert_eq!(versions(0x0003), old);
    assert_eq!(versions(0x0000), old);
    assert_eq!(versions(0x001C), [ProtocolId::Ssl3]);
    assert_eq!(versions(0x00AE), [ProtocolId::Tls10, ProtocolId::Tls11, ProtocolId::Tls12]);
}
