//! The cipher suites that a session can be completed in: those of the registry whose every part we have.

use super::{
    super::registry::{self, Cipher, KeyExchange, Mac, Mode},
    ciphers::{aead_cipher, block_cipher},
    hash::Hash,
};

/// More suites than this do not go into one hello: old servers fail on long ones.
const LIMIT: usize = 64;

/// A suite that a session can be completed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collect::tls) struct Suite {
    /// What it is made of.
    pub(in crate::collect::tls) parts: &'static registry::Suite,
    /// What authenticates a record; absent where the cipher does.
    pub(super) mac: Option<Hash>,
    /// What TLS 1.2 derives its keys with.
    pub(super) prf: Hash,
}

impl Suite {
    /// The suite by its number; absent where no session of ours can use it.
    pub(in crate::collect::tls) fn find(code: u16) -> Option<Self> {
        let parts = registry::suite(code)?;
        let mac = match parts.mac {
            Mac::Aead => None,
            Mac::Hmac(hash) => Some(Hash::find(hash)?),
            _ => return None,
        };
        let is_ours = !parts.export && has_exchange(parts) && has_cipher(parts);
        Some(Self { parts, mac, prf: Hash::find(parts.prf_hash())? }).filter(|_| is_ours)
    }

    /// Length of the part of the nonce, or of the first vector, that comes of the key block (RFC 5246, section 6.3; RFC 5288; RFC 7905).
    pub(super) fn vector_length(self) -> usize {
        match self.parts.mode {
            Mode::Gcm | Mode::Ccm | Mode::Ccm8 => 4,
            Mode::Poly1305 => 12,
            _ => self.parts.cbc_block_bytes().unwrap_or_default(),
        }
    }
}

fn has_exchange(suite: &registry::Suite) -> bool {
    matches!(suite.key_exchange, KeyExchange::Rsa | KeyExchange::Dhe | KeyExchange::Ecdhe)
}

fn has_cipher(suite: &registry::Suite) -> bool {
    match suite.mode {
        Mode::None => suite.cipher == Cipher::Null,
        Mode::Stream => suite.cipher == Cipher::Rc4_128,
        Mode::Cbc => block_cipher(suite.cipher).is_some(),
        // The drafts of ChaCha20 made their nonces in another way.
        mode => aead_cipher(suite.cipher, mode).is_some() && !suite.name.ends_with("_OLD"),
    }
}

/// The suites of a list that a session can use, the cheapest key exchange first and, in it, the modern ones.
pub(in crate::collect::tls) fn usable(offered: &[u16], wanted: impl Fn(&registry::Suite) -> bool) -> Vec<u16> {
    let known = offered.iter().filter_map(|&code| Suite::find(code));
    let mut suites: Vec<&registry::Suite> = known.map(|suite| suite.parts).filter(|suite| wanted(suite)).collect();
    suites.sort_by_key(|suite| (suite.key_exchange == KeyExchange::Dhe, !suite.aead));
    suites.iter().map(|suite| suite.code).take(LIMIT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_that_servers_without_a_shared_key_offer_is_ours_save_for_a_few() {
        let by_certificate = registry::suites().iter().filter(|suite| has_exchange(suite) && !suite.export);
        let missing: Vec<&str> = by_certificate.filter(|suite| Suite::find(suite.code).is_none()).map(|suite| suite.name).collect();
        let expected = |name: &str| ["_RMD", "_OLD", "GOST", "SM4", "SEED", "KRB5"].iter().any(|part| name.contains(part));
        assert!(missing.iter().all(|name| expected(name)), "{missing:#?}");
    }

    #[test]
    fn the_cheapest_exchange_comes_first() {
        assert_eq!(usable(&[0x0033, 0x009e, 0x002f, 0xc02f, 0x0081], |_| true), [0xc02f, 0x002f, 0x009e, 0x0033]);
    }
}
