//! What a key exchange and the protection after it are made of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ProtocolId;
use crate::evidence::Reading;

/// A cipher suite that the server chose in one version (IANA's TLS Cipher Suites registry; for SSL 2.0 a cipher kind of its draft).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CipherSuite {
    /// The version in which it was chosen.
    pub protocol: ProtocolId,
    /// Its number, as in `0xC02F`, or `0x010080` for SSL 2.0.
    pub code: String,
    /// IANA's name, or the name of the draft that had it.
    pub name: String,
    /// Effective strength of the cipher in bits: 0 for none, 40 for export, 112 for three-key Triple DES.
    pub strength_bits: u32,
    /// `ECDHE`, `DHE`, `RSA`, `ECDH`, `DH`, `PSK`, `ECDHE_PSK`, `SRP`, `KRB5`, `GOST` …; `any` in TLS 1.3, which negotiates it apart.
    pub key_exchange: String,
    /// `RSA`, `ECDSA`, `DSS`, `PSK`, `GOST` …; `anonymous` for none, and `any` in TLS 1.3.
    pub authentication: String,
    /// The cipher with its key size, as in `AES-128`, `3DES`, `RC4-128`, `ChaCha20`; `NULL` for none.
    pub cipher: String,
    /// How the cipher is used: `GCM`, `CCM`, `CCM-8`, `CBC`, `Poly1305`, `stream`, `CTR`; empty where there is no cipher.
    pub mode: String,
    /// Whether it encrypts and authenticates in one (AEAD, RFC 5116).
    pub aead: bool,
    /// Whether a key that is stolen later cannot decrypt what was sent before.
    pub forward_secrecy: bool,
    /// Whether it was weakened for export.
    pub export: bool,
}

/// A group for key exchange (IANA's TLS Supported Groups registry).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Group {
    /// Its number, as in `0x11EC`.
    pub code: String,
    /// IANA's name.
    pub name: String,
    /// What it is made of.
    pub kind: GroupKind,
    /// Size of the curve or of the prime in bits; absent where post-quantum cryptography takes part, whose sizes do not compare.
    pub bits: Option<u32>,
    /// The versions in which it was chosen: one or both of TLS 1.3 and the newest older one.
    pub protocols: Vec<ProtocolId>,
}

/// In which order a server chooses among its groups in one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GroupOrder {
    /// Whether by its own order rather than the client's; unknown with fewer than two.
    pub by_server: Reading<bool>,
    /// The numbers of the version's groups, as in `0x001D`; in the server's order where it has one of its own.
    pub codes: Vec<String>,
}

/// What a group is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GroupKind {
    /// Points on a curve.
    EllipticCurve,
    /// Numbers modulo a prime (RFC 7919).
    FiniteField,
    /// A post-quantum mechanism together with a curve.
    Hybrid,
    /// A post-quantum mechanism alone.
    PostQuantum,
}

/// Diffie-Hellman parameters as a server sent them up to TLS 1.2 (RFC 5246, section 7.4.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DhParameters {
    /// Size of the prime in bits.
    pub bits: u32,
    /// The standard or product that the prime is known from, as in `RFC 7919 ffdhe2048`; absent for one of the server's own.
    pub known_as: Option<String>,
    /// SHA-256 of the prime, lowercase hexadecimal.
    pub prime_sha256: String,
    /// Why they protect nothing whatever their size, in words, as in `the modulus is even`; absent where nothing shows that they do not.
    #[serde(default)]
    pub flaw: Option<String>,
    /// Whether they were sent for an export suite.
    pub export: bool,
    /// The versions in which they were sent.
    pub protocols: Vec<ProtocolId>,
}

/// A signature algorithm (IANA's TLS `SignatureScheme` registry).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignatureAlgorithm {
    /// Its number, as in `0x0804`.
    pub code: String,
    /// IANA's name, as in `rsa_pss_rsae_sha256`.
    pub name: String,
    /// The versions in which it was used.
    pub protocols: Vec<ProtocolId>,
}
