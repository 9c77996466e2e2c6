//! The groups for key exchange: IANA's, and the drafts that servers have really used.

use std::sync::LazyLock;

use super::csv;
use crate::evidence::{self, GroupKind, ProtocolId};

/// A group for key exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collect) struct Group {
    /// Its number.
    pub code: u16,
    /// IANA's name, or the draft's.
    pub name: &'static str,
    /// What it is made of.
    pub kind: GroupKind,
    /// Size of the curve or of the prime in bits; absent where post-quantum cryptography takes part.
    pub bits: Option<u32>,
}

impl Group {
    fn read(code: u16, name: &'static str) -> Self {
        let kind = kind(name);
        let classic = matches!(kind, GroupKind::EllipticCurve | GroupKind::FiniteField);
        Self { code, name, kind, bits: classic.then(|| bits(name)).flatten() }
    }

    /// Whether a server may choose it in this version (RFC 8446, section 4.2.7; RFC 8422, section 5.1.1).
    #[cfg(test)]
    pub(in crate::collect) fn is_for(&self, version: ProtocolId) -> bool {
        let classic = matches!(self.kind, GroupKind::EllipticCurve | GroupKind::FiniteField);
        match version {
            ProtocolId::Ssl2 => false,
            // The numbers below 0x0017 and brainpool's first ones are obsolete in TLS 1.3.
            ProtocolId::Tls13 => self.code >= 0x0017 && !(0x001A..=0x001C).contains(&self.code),
            // Brainpool's second ones (RFC 8734) and SM2 (RFC 8998) are of TLS 1.3 alone.
            _ => classic && !matches!(self.code, 0x001F..=0x0021 | 0x0029),
        }
    }

    /// As evidence that a server chose it in these versions.
    pub(in crate::collect) fn evidence(&self, protocols: Vec<ProtocolId>) -> evidence::Group {
        evidence::Group { code: format!("0x{:04X}", self.code), name: self.name.to_owned(), kind: self.kind, bits: self.bits, protocols }
    }
}

fn kind(name: &str) -> GroupKind {
    let post_quantum = ["MLKEM", "Kyber", "CECPQ"].iter().any(|part| name.contains(part));
    if name.starts_with("ffdhe") {
        GroupKind::FiniteField
    } else if !post_quantum {
        GroupKind::EllipticCurve
    } else if name.starts_with("MLKEM") {
        GroupKind::PostQuantum
    } else {
        GroupKind::Hybrid
    }
}

/// The first number in a name, but for those that do not say their size.
fn bits(name: &str) -> Option<u32> {
    match name {
        "x25519" => Some(255),
        "curveSM2" => Some(256),
        _ => name.split(|character: char| !character.is_ascii_digit()).find(|digits| !digits.is_empty())?.parse().ok(),
    }
}

/// Every group, the most popular first. Without the two numbers by which a client allows explicit curves: they are no groups.
#[cfg(test)]
pub(in crate::collect) fn groups() -> &'static [Group] {
    &GROUPS
}

/// The group of a number.
pub(in crate::collect) fn group(code: u16) -> Option<&'static Group> {
    GROUPS.iter().find(|group| group.code == code)
}

static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| {
    let assigned = csv::assignments(include_str!("tls-parameters-8.csv"))
        .filter(|(_, name)| !name.starts_with("arbitrary_explicit"))
        .filter_map(|(value, name)| Some((csv::number(value)?, name.strip_suffix(" (OBSOLETE)").unwrap_or(name))));
    let mut groups: Vec<Group> = assigned.chain(BEYOND_IANA.iter().copied()).map(|(code, name)| Group::read(code, name)).collect();
    groups.sort_by_key(|group| POPULAR.iter().position(|code| *code == group.code).unwrap_or(POPULAR.len()));
    groups
});

const BEYOND_IANA: &[(u16, &str)] = &[
    // draft-yang-tls-hybrid-sm2-mlkem, in OpenSSL 3.6.
    (0x11EE, "curveSM2MLKEM768"),
    // BoringSSL, Google's and Cloudflare's servers.
    (0x4138, "CECPQ2"),
    (0xFE30, "X25519Kyber512Draft00"),
    (0xFE31, "X25519Kyber768Draft00Old"),
    (0xFE32, "P256Kyber768Draft00"),
];

const POPULAR: &[u16] = &[
    0x11EC, 0x001D, 0x0017, 0x0018, 0x0019, 0x001E, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104, 0x11EB, 0x11ED, 0x0201, 0x0202, 0x0200, 0x001A,
    0x001B, 0x001C, 0x0016, 0x000E, 0x000D, 0x000B, 0x000C, 0x0009, 0x000A, 0x0015, 0x0013, 0x001F, 0x0020, 0x0021, 0x6399,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_kinds_are_those_of_the_standards() {
        let truths = [
            (0x0001, "sect163k1", GroupKind::EllipticCurve, Some(163)),
            (0x0015, "secp224r1", GroupKind::EllipticCurve, Some(224)),
            (0x0017, "secp256r1", GroupKind::EllipticCurve, Some(256)),
            (0x0019, "secp521r1", GroupKind::EllipticCurve, Some(521)),
            (0x001C, "brainpoolP512r1", GroupKind::EllipticCurve, Some(512)),
            (0x001D, "x25519", GroupKind::EllipticCurve, Some(255)),
            (0x001E, "x448", GroupKind::EllipticCurve, Some(448)),
            (0x001F, "brainpoolP256r1tls13", GroupKind::EllipticCurve, Some(256)),
            (0x0022, "GC256A", GroupKind::EllipticCurve, Some(256)),
            (0x0029, "curveSM2", GroupKind::EllipticCurve, Some(256)),
            (0x0104, "ffdhe8192", GroupKind::FiniteField, Some(8192)),
            (0x0201, "MLKEM768", GroupKind::PostQuantum, None),
            (0x11EB, "SecP256r1MLKEM768", GroupKind::Hybrid, None),
            (0x11EC, "X25519MLKEM768", GroupKind::Hybrid, None),
            (0x11ED, "SecP384r1MLKEM1024", GroupKind::Hybrid, None),
            (0x6399, "X25519Kyber768Draft00", GroupKind::Hybrid, None),
            (0xFE32, "P256Kyber768Draft00", GroupKind::Hybrid, None),
        ];
        for (code, name, kind, bits) in truths {
            assert_eq!(group(code), Some(&Group { code, name, kind, bits }));
        }
    }

    #[test]
    fn every_popular_group_exists_and_every_classic_one_has_a_size() {
        assert!(POPULAR.iter().all(|code| group(*code).is_some()));
        let classic = groups().iter().filter(|group| matches!(group.kind, GroupKind::EllipticCurve | GroupKind::FiniteField));
        let sizeless: Vec<&str> = classic.filter(|group| group.bits.is_none()).map(|group| group.name).collect();
        assert!(sizeless.is_empty(), "{sizeless:?}");
    }

    #[test]
    fn post_quantum_groups_are_of_tls_1_3_alone_and_old_curves_never() {
        let of = |code: u16, version| group(code).unwrap().is_for(version);
        assert!(of(0x11EC, ProtocolId::Tls13) && !of(0x11EC, ProtocolId::Tls12));
        assert!(of(0x0001, ProtocolId::Tls12) && !of(0x0001, ProtocolId::Tls13));
        assert!(of(0x001D, ProtocolId::Tls12) && of(0x001D, ProtocolId::Tls13));
        assert!(of(0x001F, ProtocolId::Tls13) && !of(0x001F, ProtocolId::Tls10));
    }
}
