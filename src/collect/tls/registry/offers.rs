//! In which order to offer the suites: first what servers accept and prefer most often.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{
    cipher::Authentication,
    suite::{Suite, suites},
};
use crate::evidence::ProtocolId;

/// The suites of a version, the most popular first: a good guess of a server's own order, too. None for SSL 2.0, which has kinds instead.
pub(in crate::collect) fn offers(version: ProtocolId) -> &'static [u16] {
    OFFERS.get(&version).map_or(&[], Vec::as_slice)
}

static OFFERS: LazyLock<BTreeMap<ProtocolId, Vec<u16>>> = LazyLock::new(|| {
    let mut all: Vec<&Suite> = suites().iter().collect();
    all.sort_by_key(|suite| (popularity(suite), rarity(suite)));
    let of = |version| all.iter().filter(|suite| suite.is_for(version)).map(|suite| suite.code).collect();
    ProtocolId::ALL.into_iter().map(|version| (version, of(version))).collect()
});

fn popularity(suite: &Suite) -> usize {
    POPULAR.iter().position(|code| *code == suite.code).unwrap_or(POPULAR.len())
}

/// Servers with a certificate of the common kinds come before those that need something agreed beforehand.
fn rarity(suite: &Suite) -> u8 {
    match suite.authentication {
        Authentication::Any | Authentication::Rsa | Authentication::Ecdsa if !suite.key_exchange.needs_psk() => 0,
        Authentication::Dss => 1,
        Authentication::Anonymous => 2,
        _ => 3,
    }
}

/// OpenSSL's default order, which nginx, Apache and most others leave as it is, then what older ones had.
const POPULAR: &[u16] = &[
    0x1302, 0x1303, 0x1301, // TLS 1.3: AES-256-GCM, ChaCha20, AES-128-GCM
    0xC02C, 0xC030, 0x009F, // (EC)DHE with AES-256-GCM: ECDSA, RSA, DHE
    0xCCA9, 0xCCA8, 0xCCAA, // ChaCha20
    0xC02B, 0xC02F, 0x009E, // AES-128-GCM
    0xC024, 0xC028, 0x006B, // AES-256-CBC with SHA-2
    0xC023, 0xC027, 0x0067, // AES-128-CBC with SHA-2
    0xC00A, 0xC014, 0x0039, // AES-256-CBC with SHA-1
    0xC009, 0xC013, 0x0033, // AES-128-CBC with SHA-1
    0x009D, 0x009C, 0x003D, 0x003C, 0x0035, 0x002F, // RSA: GCM, CBC with SHA-2, CBC with SHA-1
    0xC008, 0xC012, 0x0016, 0x000A, // Triple DES
    0xC007, 0xC011, 0x0005, 0x0004, // RC4
    0x0088, 0x0045, 0x0084, 0x0041, // Camellia
    0xC0AD, 0xC0AC, 0xC09F, 0xC09E, 0xC09D, 0xC09C, 0x1304, 0x1305, // CCM
    0xC0AF, 0xC0AE, 0xC0A3, 0xC0A2, 0xC0A1, 0xC0A0, // CCM-8
    0xC061, 0xC060, 0xC05D, 0xC05C, 0xC053, 0xC052, 0xC051, 0xC050, // ARIA
    0xC077, 0xC076, 0xC073, 0xC072, 0x00C4, 0x00BE, 0x00C0, 0x00BA, // Camellia with SHA-2
    0xCC14, 0xCC13, 0xCC15, // ChaCha20 of the draft
    0x009A, 0x0096, 0x0007, 0x0015, 0x0009, // SEED, IDEA, DES
    0x0014, 0x0008, 0x0006, 0x0003, 0x0064, 0x0062, // export
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_suite_is_offered_in_some_version() {
        let offered: BTreeSet<u16> = ProtocolId::ALL.into_iter().flat_map(offers).copied().collect();
        let left_out: Vec<&str> = suites().iter().filter(|suite| !offered.contains(&suite.code)).map(|suite| suite.name).collect();
        assert!(left_out.is_empty(), "{left_out:#?}");
    }

    #[test]
    fn no_suite_is_offered_twice_in_a_version() {
        for version in ProtocolId::ALL {
            let offered = offers(version);
            assert_eq!(offered.iter().collect::<BTreeSet<_>>().len(), offered.len(), "{version:?}");
        }
    }

    #[test]
    fn every_popular_suite_exists() {
        let unknown: Vec<&u16> = POPULAR.iter().filter(|code| super::super::suite(**code).is_none()).collect();
        assert!(unknown.is_empty(), "{unknown:04X?}");
    }

    #[test]
    fn the_most_popular_come_first() {
        assert_eq!(offers(ProtocolId::Tls13).first(), Some(&0x1302));
        assert_eq!(offers(ProtocolId::Tls12).first(), Some(&0xC02C));
        assert_eq!(offers(ProtocolId::Ssl3).first(), Some(&0xC00A));
        assert!(offers(ProtocolId::Ssl2).is_empty());
    }
}
