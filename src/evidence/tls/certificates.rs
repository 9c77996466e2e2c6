//! Certificates as sent, and what they amount to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::Reading;

/// One certificate as sent (RFC 5280).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// Its place in the server's message; 0 is the leaf.
    pub position: u32,
    /// Distinguished name of the subject.
    pub subject: String,
    /// Distinguished name of the issuer.
    pub issuer: String,
    /// DNS names and IP addresses of the subject alternative name extension.
    pub sans: Vec<String>,
    /// Start of validity, RFC 3339.
    pub not_before: String,
    /// End of validity, RFC 3339.
    pub not_after: String,
    /// Algorithm and size in words, as in `RSA 2048` or `ECDSA P-256`.
    pub key: String,
    /// The algorithm alone: `RSA`, `ECDSA`, `Ed25519`, `DSA` …
    pub key_algorithm: String,
    /// The size of the modulus or the curve, in bits.
    pub key_bits: Reading<u32>,
    /// The public exponent of an RSA key in decimal digits, or its size, and whether it is even, where it does not fit into 64 bits; absent for other keys.
    #[serde(default)]
    pub rsa_exponent: Option<String>,
    /// The signature algorithm, as in `sha256WithRSAEncryption`.
    pub signature_algorithm: String,
    /// Serial number in hexadecimal.
    pub serial: String,
    /// Whether subject and issuer are equal and its own key made the signature.
    pub self_signed: bool,
    /// SHA-256 of the DER bytes, lowercase hexadecimal.
    pub sha256: String,
    /// Whether it demands that every handshake staples an OCSP response (RFC 7633).
    #[serde(default)]
    pub must_staple: Reading<bool>,
    /// Days of validity, both ends included as RFC 5280 counts them.
    #[serde(default)]
    pub validity_days: Reading<u32>,
    /// Whether it says that it is an authority's, so that it may issue others (RFC 5280, section 4.2.1.9).
    #[serde(default)]
    pub authority: Reading<bool>,
    /// Why the certificate could not be read; absent when it could. The other fields but `position` and `sha256` are then empty.
    pub error: Option<String>,
}

/// What the certificates of one address amount to at the time of the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Chain {
    /// Whether a path leads to one of Mozilla's roots or to a root given with `--ca`, dates and names left aside.
    pub trusted: Reading<bool>,
    /// Whether the server sent every certificate that the path needs, the root excepted.
    pub complete: Reading<bool>,
    /// Whether each certificate is followed by its issuer.
    pub order_ok: Reading<bool>,
    /// Whether the leaf is valid for the host that was asked for (RFC 9525).
    pub host_matches: Reading<bool>,
    /// Whether the leaf, or a certificate that the path needs, is past its end.
    pub expired: Reading<bool>,
    /// Whether the validity of the leaf, or of a certificate that the path needs, lies in the future.
    pub not_yet_valid: Reading<bool>,
    /// Whether the leaf is its own issuer.
    pub self_signed: Reading<bool>,
    /// Whether a path leads to a root that this machine's system trusts, dates and names left aside.
    #[serde(default)]
    pub trusted_by_system: Reading<bool>,
    /// Why nobody can say whether the system trusts it; absent when that is known.
    #[serde(default)]
    pub system_error: Option<String>,
    /// Whether only the subject's common name is that of the host, which no client of today reads (RFC 9525, section 6.3).
    #[serde(default)]
    pub name_in_subject_only: Reading<bool>,
    /// Positions of certificates that no path needs, a root left aside.
    #[serde(default)]
    pub superfluous: Vec<u32>,
    /// Whether a root was sent, which no client needs.
    #[serde(default)]
    pub root_sent: Reading<bool>,
    /// The issuer whose certificate is missing; absent when the chain is complete.
    #[serde(default)]
    pub missing_issuer: Option<String>,
    /// Where that certificate can be had, by the word of the last one sent (RFC 5280, section 4.2.2.1); absent when it does not say.
    #[serde(default)]
    pub missing_issuer_url: Option<String>,
    /// Whether the leaf, or a certificate that the path needs, was revoked; unknown unless a stapled response or `--revocation` told.
    #[serde(default)]
    pub revoked: Reading<bool>,
    /// How that is known, or why not.
    #[serde(default)]
    pub revocation: Option<String>,
    /// The stapled OCSP response (RFC 6960); absent when none was sent.
    #[serde(default)]
    pub stapled: Option<StapledResponse>,
    /// Signed certificate timestamps (RFC 6962), from wherever they came.
    #[serde(default)]
    pub timestamps: Vec<CertificateTimestamp>,
    /// In words, why the chain is not trusted or could not be judged; absent when it is.
    pub error: Option<String>,
}

/// An OCSP response that the server sent along (RFC 6960).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StapledResponse {
    /// What it says of the leaf.
    pub status: RevocationStatus,
    /// When the responder looked, RFC 3339; absent when the response says nothing of the leaf.
    pub this_update: Option<String>,
    /// Until when it holds, RFC 3339; absent when it does not say.
    pub next_update: Option<String>,
    /// Whether the issuer or one it delegated to signed it, and it holds now; unknown when that cannot be checked.
    pub valid: Reading<bool>,
    /// Why it is not valid, or why nobody can say; absent when it is.
    pub reason: Option<String>,
}

/// What an authority says of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationStatus {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked,
    /// It does not know the certificate, or would not answer.
    Unknown,
}

/// A log's promise to publish a certificate (RFC 6962, section 3.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CertificateTimestamp {
    /// The log's name; absent for one that we do not know.
    pub log: Option<String>,
    /// SHA-256 of the log's key, lowercase hexadecimal.
    pub log_id: String,
    /// How it came.
    pub source: TimestampSource,
    /// When it was made, RFC 3339.
    pub at: String,
    /// Whether the log signed it for this certificate; unknown for a log that we do not know.
    pub valid: Reading<bool>,
    /// Why it is not valid, or why nobody can say; absent when it is.
    pub reason: Option<String>,
}

/// How a signed certificate timestamp came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TimestampSource {
    /// In the certificate.
    Certificate,
    /// In the TLS extension.
    TlsExtension,
    /// In the stapled OCSP response.
    StapledResponse,
}

/// A chain beside the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OtherChain {
    /// Who is sent it, in words, as in `clients that name no host` or `clients that take RSA keys only`.
    pub sent_to: String,
    /// The certificates as sent, leaf first as the server ordered them.
    pub certificates: Vec<Certificate>,
    /// What they amount to.
    pub chain: Chain,
}
