//! The cipher suites: IANA's, and those that servers have really used beyond.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{
    EMPTY_RENEGOTIATION_INFO_SCSV, FALLBACK_SCSV,
    cipher::{Authentication, Cipher, Hash, KeyExchange, Mac, Mode},
    csv, name,
};
use crate::evidence::{CipherSuite, ProtocolId};

/// A cipher suite of SSL 3.0 to TLS 1.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collect) struct Suite {
    /// Its number.
    pub code: u16,
    /// IANA's name, or the name of the draft or product that had it.
    pub name: &'static str,
    /// How the two sides agree on a secret.
    pub key_exchange: KeyExchange,
    /// How the server proves who it is.
    pub authentication: Authentication,
    /// The cipher with its key size.
    pub cipher: Cipher,
    /// How the cipher is used.
    pub mode: Mode,
    /// What protects records against change.
    pub mac: Mac,
    /// The hash that the name ends with: that of the MAC, of the PRF of TLS 1.2, or of HKDF.
    pub hash: Hash,
    /// Effective strength of the cipher in bits.
    pub strength_bits: u32,
    /// Whether it encrypts and authenticates in one.
    pub aead: bool,
    /// Whether a key that is stolen later cannot decrypt what was sent before; never where nothing is encrypted.
    pub forward_secrecy: bool,
    /// Whether it was weakened for export.
    pub export: bool,
}

impl Suite {
    fn read(code: u16, name: &'static str) -> Option<Self> {
        let parts = name::parts(name)?;
        Some(Self {
            code,
            name,
            key_exchange: parts.key_exchange,
            authentication: parts.authentication,
            cipher: parts.cipher,
            mode: parts.mode,
            mac: parts.mac,
            hash: parts.hash,
            strength_bits: parts.cipher.strength_bits(),
            aead: parts.mode.is_aead(),
            forward_secrecy: parts.key_exchange.is_ephemeral() && parts.cipher != Cipher::Null,
            export: parts.export,
        })
    }

    /// Whether a server may choose it in this version, be it against the letter of a standard, as old servers do.
    ///
    /// Export suites and single DES live on in TLS 1.1 and 1.2 with JSSE and OpenSSL; curves need no extension, so SSL 3.0 can have them.
    pub(in crate::collect) fn is_for(&self, version: ProtocolId) -> bool {
        match version {
            ProtocolId::Ssl2 => false,
            ProtocolId::Tls13 => self.key_exchange == KeyExchange::Any,
            ProtocolId::Tls12 => !self.is_for_tls13_alone() && !self.is_for_ssl3_alone(),
            ProtocolId::Tls10 | ProtocolId::Tls11 => {
                !self.is_for_tls13_alone()
                    && !self.is_for_ssl3_alone()
                    && (!self.needs_tls12() || self.key_exchange.needs_psk() && !self.aead)
            }
            ProtocolId::Ssl3 => !self.is_for_tls13_alone() && !self.needs_tls12(),
        }
    }

    fn is_for_tls13_alone(&self) -> bool {
        self.key_exchange == KeyExchange::Any
    }

    fn is_for_ssl3_alone(&self) -> bool {
        self.key_exchange == KeyExchange::Kea
    }

    /// RFC 5246, appendix A.5; RFC 5487 lets its CBC suites into older versions, and OpenSSL does so for every suite with a known key.
    fn needs_tls12(&self) -> bool {
        self.aead || self.mode == Mode::Ctr || matches!(self.hash, Hash::Sha256 | Hash::Sha384 | Hash::Sha512) && self.mac != Mac::None
    }

    /// Bytes of a block where the suite chains blocks.
    pub(in crate::collect) fn cbc_block_bytes(&self) -> Option<usize> {
        self.cipher.block_bytes().filter(|_| self.mode == Mode::Cbc)
    }

    /// The hash of its pseudorandom function in TLS 1.2 (RFC 5246, section 5), or of HKDF in TLS 1.3.
    pub(in crate::collect) fn prf_hash(&self) -> Hash {
        match self.hash {
            Hash::Md5 | Hash::Sha1 | Hash::Ripemd160 => Hash::Sha256,
            other => other,
        }
    }

    /// As evidence that a server chose it in a version.
    pub(in crate::collect) fn evidence(&self, protocol: ProtocolId) -> CipherSuite {
        CipherSuite {
            protocol,
            code: format!("0x{:04X}", self.code),
            name: self.name.to_owned(),
            strength_bits: self.strength_bits,
            key_exchange: self.key_exchange.name().to_owned(),
            authentication: self.authentication.name().to_owned(),
            cipher: self.cipher.name().to_owned(),
            mode: self.mode.name().to_owned(),
            aead: self.aead,
            forward_secrecy: self.forward_secrecy,
            export: self.export,
        }
    }
}

/// Every suite, by number.
pub(in crate::collect) fn suites() -> &'static [Suite] {
    &SUITES
}

/// The suite of a number. `0x001E` is Kerberos' here, as IANA has it; SSL 3.0 used the number for Fortezza before.
pub(in crate::collect) fn suite(code: u16) -> Option<&'static Suite> {
    let at = SUITES.binary_search_by_key(&code, |suite| suite.code).ok()?;
    SUITES.get(at)
}

static SUITES: LazyLock<Vec<Suite>> = LazyLock::new(|| {
    let names: BTreeMap<u16, &'static str> = BEYOND_IANA.iter().copied().chain(assigned()).collect();
    names.into_iter().filter_map(|(code, name)| Suite::read(code, name)).collect()
});

/// What IANA assigns, without the signals that are no suites.
fn assigned() -> impl Iterator<Item = (u16, &'static str)> {
    csv::assignments(include_str!("tls-parameters-4.csv"))
        .filter_map(|(value, name)| Some((csv::number(value)?, name)))
        .filter(|(code, _)| ![EMPTY_RENEGOTIATION_INFO_SCSV, FALLBACK_SCSV].contains(code))
}

const BEYOND_IANA: &[(u16, &str)] = &[
    // The SSL 3.0 protocol (RFC 6101, appendix A.6).
    (0x001C, "SSL_FORTEZZA_KEA_WITH_NULL_SHA"),
    (0x001D, "SSL_FORTEZZA_KEA_WITH_FORTEZZA_CBC_SHA"),
    // draft-ietf-tls-56-bit-ciphersuites, and what OpenSSL added to it.
    (0x0060, "TLS_RSA_EXPORT1024_WITH_RC4_56_MD5"),
    (0x0061, "TLS_RSA_EXPORT1024_WITH_RC2_CBC_56_MD5"),
    (0x0062, "TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA"),
    (0x0063, "TLS_DHE_DSS_EXPORT1024_WITH_DES_CBC_SHA"),
    (0x0064, "TLS_RSA_EXPORT1024_WITH_RC4_56_SHA"),
    (0x0065, "TLS_DHE_DSS_EXPORT1024_WITH_RC4_56_SHA"),
    (0x0066, "TLS_DHE_DSS_WITH_RC4_128_SHA"),
    // draft-ietf-tls-openpgp-keys, in old GnuTLS.
    (0x0072, "TLS_DHE_DSS_WITH_3DES_EDE_CBC_RMD"),
    (0x0073, "TLS_DHE_DSS_WITH_AES_128_CBC_RMD"),
    (0x0074, "TLS_DHE_DSS_WITH_AES_256_CBC_RMD"),
    (0x0077, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_RMD"),
    (0x0078, "TLS_DHE_RSA_WITH_AES_128_CBC_RMD"),
    (0x0079, "TLS_DHE_RSA_WITH_AES_256_CBC_RMD"),
    (0x007C, "TLS_RSA_WITH_3DES_EDE_CBC_RMD"),
    (0x007D, "TLS_RSA_WITH_AES_128_CBC_RMD"),
    (0x007E, "TLS_RSA_WITH_AES_256_CBC_RMD"),
    // draft-chudov-cryptopro-cptls, in OpenSSL's GOST engine and CryptoPro.
    (0x0080, "TLS_GOSTR341094_WITH_28147_CNT_IMIT"),
    (0x0081, "TLS_GOSTR341001_WITH_28147_CNT_IMIT"),
    (0x0082, "TLS_GOSTR341094_WITH_NULL_GOSTR3411"),
    (0x0083, "TLS_GOSTR341001_WITH_NULL_GOSTR3411"),
    // BoringSSL and Google's servers in 2016.
    (0x16B7, "TLS_CECPQ1_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0x16B8, "TLS_CECPQ1_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0x16B9, "TLS_CECPQ1_RSA_WITH_AES_256_GCM_SHA384"),
    (0x16BA, "TLS_CECPQ1_ECDSA_WITH_AES_256_GCM_SHA384"),
    // draft-agl-tls-chacha20poly1305, before RFC 7905 changed the nonce.
    (0xCC13, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256_OLD"),
    (0xCC14, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256_OLD"),
    (0xCC15, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256_OLD"),
    // Netscape's for FIPS 140.
    (0xFEFE, "SSL_RSA_FIPS_WITH_DES_CBC_SHA"),
    (0xFEFF, "SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA"),
    (0xFFE0, "SSL_RSA_OLDFIPS_WITH_3DES_EDE_CBC_SHA"),
    (0xFFE1, "SSL_RSA_OLDFIPS_WITH_DES_CBC_SHA"),
    // OpenSSL's GOST engine, of private use.
    (0xFF00, "TLS_GOSTR341094_RSA_WITH_28147_CNT_MD5"),
    (0xFF01, "TLS_RSA_WITH_28147_CNT_GOST94"),
    (0xFF85, "TLS_GOSTR341112_256_WITH_28147_CNT_IMIT_OLD"),
    (0xFF87, "TLS_GOSTR341112_256_WITH_NULL_GOSTR3411"),
];

#[cfg(test)]
#[path = "suite_tests.rs"]
mod tests;
