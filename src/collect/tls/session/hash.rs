//! Hashes, MACs and the derivation of secrets (RFC 5246, section 5; RFC 4346, section 5; for SSL 3.0 RFC 6101, sections 5.2.3.1 and 6).

use aws_lc_rs::{digest, hmac};
use md5::{Digest as _, Md5};

use super::super::{registry, wire::Version};

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Md5,
    Sha1,
    Sha256,
    Sha384,
}

impl Hash {
    /// As the registry has it; absent where we have it not.
    pub(super) fn find(hash: registry::Hash) -> Option<Self> {
        Some(match hash {
            registry::Hash::Md5 => Self::Md5,
            registry::Hash::Sha1 => Self::Sha1,
            registry::Hash::Sha256 => Self::Sha256,
            registry::Hash::Sha384 => Self::Sha384,
            _ => return None,
        })
    }

    pub(super) fn of(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Md5 => return Md5::digest(bytes).to_vec(),
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }

    /// HMAC (RFC 2104).
    pub(super) fn mac(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Md5 => return mac_md5(key, message),
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
        };
        hmac::sign(&hmac::Key::new(algorithm, key), message).as_ref().to_vec()
    }

    /// What SSL 3.0 has in place of HMAC (RFC 6101, section 5.2.3.1): the key and its padding before the message, twice.
    pub(super) fn mac_of_ssl3(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        let [inner, outer] = self.pads();
        self.of(&[key, &outer, &self.of(&[key, &inner, message].concat())].concat())
    }

    /// The paddings of SSL 3.0.
    fn pads(self) -> [Vec<u8>; 2] {
        let length = if self == Self::Md5 { 48 } else { 40 };
        [vec![0x36; length], vec![0x5c; length]]
    }

    /// `P_hash` (RFC 5246, section 5).
    fn expand(self, secret: &[u8], seed: &[u8], length: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut step = self.mac(secret, seed);
        while out.len() < length {
            out.extend(self.mac(secret, &[&step, seed].concat()));
            step = self.mac(secret, &step);
        }
        out.truncate(length);
        out
    }
}

fn mac_md5(key: &[u8], message: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 64;
    let mut key = if key.len() > BLOCK { Hash::Md5.of(key) } else { key.to_vec() };
    key.resize(BLOCK, 0);
    let masked = |mask: u8| key.iter().map(|byte| byte ^ mask).collect::<Vec<u8>>();
    let inner = Hash::Md5.of(&[&masked(0x36), message].concat());
    Hash::Md5.of(&[masked(0x5c), inner].concat())
}

/// The pseudo-random function of a version; from TLS 1.2 on the suite names its hash, and SSL 3.0 knows no labels.
pub(super) fn derive(version: Version, hash: Hash, secret: &[u8], label: &str, seed: &[u8], length: usize) -> Vec<u8> {
    if version <= Version::SSL3 {
        return derive_in_ssl3(secret, seed, length);
    }
    let seed = [label.as_bytes(), seed].concat();
    if version >= Version::TLS12 {
        return hash.expand(secret, &seed, length);
    }
    // The halves share the middle byte of a secret of odd length.
    let half = secret.len().div_ceil(2);
    let (first, second) = (secret.get(..half).unwrap_or_default(), secret.get(secret.len() - half..).unwrap_or_default());
    let [md5, sha1] = [Hash::Md5.expand(first, &seed, length), Hash::Sha1.expand(second, &seed, length)];
    md5.iter().zip(sha1).map(|(one, other)| one ^ other).collect()
}

/// `A`, `BB`, `CCC` and so on before the secret (RFC 6101, sections 6.1 and 6.2.2).
fn derive_in_ssl3(secret: &[u8], seed: &[u8], length: usize) -> Vec<u8> {
    let step = |(letter, times)| Hash::Md5.of(&[secret, &Hash::Sha1.of(&[&vec![letter; times], secret, seed].concat())].concat());
    (b'A'..=b'Z').zip(1..).flat_map(step).take(length).collect()
}

/// Whose `Finished` it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

/// What a `Finished` holds (RFC 5246, section 7.4.9; RFC 6101, section 5.6.9).
pub(super) fn finished(version: Version, hash: Hash, master: &[u8], side: Side, messages: &[u8]) -> Vec<u8> {
    const LENGTH: usize = 12;
    let (label, sender) = match side {
        Side::Client => ("client finished", b"CLNT"),
        Side::Server => ("server finished", b"SRVR"),
    };
    if version <= Version::SSL3 {
        let half = |hash: Hash| {
            let [inner, outer] = hash.pads();
            hash.of(&[master, &outer, &hash.of(&[messages, sender, master, &inner].concat())].concat())
        };
        return [half(Hash::Md5), half(Hash::Sha1)].concat();
    }
    derive(version, hash, master, label, &summary(version, hash, messages), LENGTH)
}

/// What stands for all messages so far (RFC 5246, section 7.4.9; RFC 4346, section 7.4.9).
pub(super) fn summary(version: Version, hash: Hash, messages: &[u8]) -> Vec<u8> {
    if version >= Version::TLS12 { hash.of(messages) } else { [Hash::Md5.of(messages), Hash::Sha1.of(messages)].concat() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }

    #[test]
    fn the_mac_with_md5_is_that_of_rfc_2202() {
        assert_eq!(hex(&Hash::Md5.mac(&[0x0b; 16], b"Hi There")), "9294727a3638bb1c13f48ef8158bfc9d");
        let long = "Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(hex(&Hash::Md5.mac(&[0xaa; 80], long.as_bytes())), "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
    }

    #[test]
    fn the_derivation_of_tls_1_2_is_that_of_the_published_vector() {
        // The test vector for P_SHA256 that the TLS working group published.
        let secret = [0x9b, 0xbe, 0x43, 0x6b, 0xa9, 0x40, 0xf0, 0x17, 0xb1, 0x76, 0x52, 0x84, 0x9a, 0x71, 0xdb, 0x35];
        let seed = [0xa0, 0xba, 0x9f, 0x93, 0x6c, 0xda, 0x31, 0x18, 0x27, 0xa6, 0xf7, 0x96, 0xff, 0xd5, 0x19, 0x8c];
        let out = derive(Version::TLS12, Hash::Sha256, &secret, "test label", &seed, 100);
        assert!(hex(&out).starts_with("e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"));
        assert_eq!(out.len(), 100);
    }
}
