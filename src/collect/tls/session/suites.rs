//! The cipher suites that a session can be completed in.

use super::hash::Hash;

/// How both sides come to a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collect::tls) enum Exchange {
    /// The client encrypts it to the key of the certificate.
    Rsa,
    /// Finite-field Diffie-Hellman.
    Dhe,
    /// Diffie-Hellman on a named curve.
    Ecdhe,
}

/// What protects the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cipher {
    Aes128Cbc,
    Aes256Cbc,
    TripleDesCbc,
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
}

impl Cipher {
    /// Length of the key, in bytes.
    pub(super) fn key_length(self) -> usize {
        match self {
            Self::Aes128Cbc | Self::Aes128Gcm => 16,
            Self::TripleDesCbc => 24,
            Self::Aes256Cbc | Self::Aes256Gcm | Self::ChaCha20Poly1305 => 32,
        }
    }

    /// Length of a block, in bytes; absent where the cipher is not in CBC mode.
    pub(super) fn block_length(self) -> Option<usize> {
        match self {
            Self::Aes128Cbc | Self::Aes256Cbc => Some(16),
            Self::TripleDesCbc => Some(8),
            _ => None,
        }
    }

    /// Length of the part of the nonce, or of the first vector, that comes of the key block (RFC 5246, section 6.3; RFC 5288; RFC 7905).
    pub(super) fn vector_length(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes256Gcm => 4,
            Self::ChaCha20Poly1305 => 12,
            _ => self.block_length().unwrap_or_default(),
        }
    }
}

/// A suite taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collect::tls) struct Suite {
    pub(in crate::collect::tls) code: u16,
    pub(in crate::collect::tls) exchange: Exchange,
    pub(super) cipher: Cipher,
    /// What authenticates a record in CBC mode, and nothing elsewhere.
    pub(super) mac: Hash,
    /// What TLS 1.2 derives its keys with.
    pub(super) prf: Hash,
}

impl Suite {
    /// The suite by its number; absent where no session of ours can use it.
    pub(in crate::collect::tls) fn find(code: u16) -> Option<Self> {
        SUITES.iter().find(|suite| suite.code == code).copied()
    }

    /// Whether it is AES in CBC mode with HMAC-SHA-1.
    pub(in crate::collect::tls) fn is_aes_with_sha1(self) -> bool {
        matches!((self.cipher, self.mac), (Cipher::Aes128Cbc | Cipher::Aes256Cbc, Hash::Sha1))
    }

    /// Length of a block, in bytes; absent where the suite is not in CBC mode.
    pub(in crate::collect::tls) fn block_length(self) -> Option<usize> {
        self.cipher.block_length()
    }

    /// Whether it is in CBC mode, with a MAC before the padding.
    pub(in crate::collect::tls) fn is_cbc(self) -> bool {
        self.cipher.block_length().is_some()
    }
}

const fn suite(code: u16, exchange: Exchange, cipher: Cipher, mac: Hash, prf: Hash) -> Suite {
    Suite { code, exchange, cipher, mac, prf }
}

use Cipher::{Aes128Cbc, Aes128Gcm, Aes256Cbc, Aes256Gcm, ChaCha20Poly1305, TripleDesCbc};
use Exchange::{Dhe, Ecdhe, Rsa};
use Hash::{Sha1, Sha256, Sha384};

/// Cheap key exchanges first.
#[rustfmt::skip]
const SUITES: [Suite; 45] = [
    suite(0xc02f, Ecdhe, Aes128Gcm, Sha256, Sha256), suite(0xc02b, Ecdhe, Aes128Gcm, Sha256, Sha256),
    suite(0xc030, Ecdhe, Aes256Gcm, Sha384, Sha384), suite(0xc02c, Ecdhe, Aes256Gcm, Sha384, Sha384),
    suite(0xcca8, Ecdhe, ChaCha20Poly1305, Sha256, Sha256), suite(0xcca9, Ecdhe, ChaCha20Poly1305, Sha256, Sha256),
    suite(0x009c, Rsa, Aes128Gcm, Sha256, Sha256), suite(0x009d, Rsa, Aes256Gcm, Sha384, Sha384),
    suite(0xc013, Ecdhe, Aes128Cbc, Sha1, Sha256), suite(0xc009, Ecdhe, Aes128Cbc, Sha1, Sha256),
    suite(0xc014, Ecdhe, Aes256Cbc, Sha1, Sha256), suite(0xc00a, Ecdhe, Aes256Cbc, Sha1, Sha256),
    suite(0x002f, Rsa, Aes128Cbc, Sha1, Sha256), suite(0x0035, Rsa, Aes256Cbc, Sha1, Sha256),
    suite(0xc027, Ecdhe, Aes128Cbc, Sha256, Sha256), suite(0xc023, Ecdhe, Aes128Cbc, Sha256, Sha256),
    suite(0xc028, Ecdhe, Aes256Cbc, Sha384, Sha384), suite(0xc024, Ecdhe, Aes256Cbc, Sha384, Sha384),
    suite(0x003c, Rsa, Aes128Cbc, Sha256, Sha256), suite(0x003d, Rsa, Aes256Cbc, Sha256, Sha256),
    suite(0xc012, Ecdhe, TripleDesCbc, Sha1, Sha256), suite(0xc008, Ecdhe, TripleDesCbc, Sha1, Sha256),
    suite(0x000a, Rsa, TripleDesCbc, Sha1, Sha256),
    suite(0x009e, Dhe, Aes128Gcm, Sha256, Sha256), suite(0x009f, Dhe, Aes256Gcm, Sha384, Sha384),
    suite(0xccaa, Dhe, ChaCha20Poly1305, Sha256, Sha256),
    suite(0x00a2, Dhe, Aes128Gcm, Sha256, Sha256), suite(0x00a3, Dhe, Aes256Gcm, Sha384, Sha384),
    suite(0x0033, Dhe, Aes128Cbc, Sha1, Sha256), suite(0x0039, Dhe, Aes256Cbc, Sha1, Sha256),
    suite(0x0032, Dhe, Aes128Cbc, Sha1, Sha256), suite(0x0038, Dhe, Aes256Cbc, Sha1, Sha256),
    suite(0x0067, Dhe, Aes128Cbc, Sha256, Sha256), suite(0x006b, Dhe, Aes256Cbc, Sha256, Sha256),
    suite(0x0040, Dhe, Aes128Cbc, Sha256, Sha256), suite(0x006a, Dhe, Aes256Cbc, Sha256, Sha256),
    suite(0x0016, Dhe, TripleDesCbc, Sha1, Sha256), suite(0x0013, Dhe, TripleDesCbc, Sha1, Sha256),
    // Anonymous: the exchange is the same, without a signature.
    suite(0x00a6, Dhe, Aes128Gcm, Sha256, Sha256), suite(0x00a7, Dhe, Aes256Gcm, Sha384, Sha384),
    suite(0xc018, Ecdhe, Aes128Cbc, Sha1, Sha256), suite(0xc019, Ecdhe, Aes256Cbc, Sha1, Sha256),
    suite(0x0034, Dhe, Aes128Cbc, Sha1, Sha256), suite(0x003a, Dhe, Aes256Cbc, Sha1, Sha256),
    suite(0x001b, Dhe, TripleDesCbc, Sha1, Sha256),
];

/// The suites of a list that a session can use, the cheapest key exchange first.
pub(in crate::collect::tls) fn usable(offered: &[u16], wanted: impl Fn(Suite) -> bool) -> Vec<u16> {
    SUITES.iter().filter(|suite| offered.contains(&suite.code) && wanted(**suite)).map(|suite| suite.code).collect()
}
