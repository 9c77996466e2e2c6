//! What one address of a host showed on its port: how it answers, which TLS versions it offers, which certificates it sends.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Reading;

/// One address of an endpoint's host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Address {
    /// The address, IPv4 or IPv6.
    #[schemars(with = "String")]
    pub ip: IpAddr,
    /// Whether a TCP connection was accepted.
    pub reached: bool,
    /// How the TCP connection went.
    pub contact: Contact,
    /// Why the address could not be reached; absent when it was.
    pub error: Option<String>,
    /// What TLS showed; absent when TLS was left out of the run, or the endpoint is plain http.
    pub tls: Option<Tls>,
}

/// How a TCP connection to an address went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Contact {
    /// Accepted.
    Accepted,
    /// Refused: nothing listens there.
    Refused,
    /// No answer within the timeout.
    NoAnswer,
    /// The network has no way there.
    Unreachable,
    /// Not tried: the address is private and `--allow-private` was not given.
    Forbidden,
    /// Not tried: the host has more addresses than are looked at.
    NotTried,
}

/// What the TLS probes of one address showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tls {
    /// Whether the port answered at least one hello with TLS or SSL.
    pub reached: bool,
    /// What kind of answer the port gave.
    pub answer: Answer,
    /// Why TLS was not reached; absent when it was.
    pub error: Option<String>,
    /// One entry for each version from SSL 2.0 to TLS 1.3, oldest first.
    pub protocols: Vec<Protocol>,
    /// The certificates as sent, leaf first as the server ordered them.
    pub certificates: Vec<Certificate>,
    /// What the certificates amount to; absent when the server sent none.
    pub chain: Option<Chain>,
    /// What the probes cost. Not part of a report that must be the same byte for byte.
    pub statistics: Statistics,
}

/// What a port answers to a TLS hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A TLS or SSL record: a server hello or an alert.
    Tls,
    /// An HTTP response in clear text.
    PlainHttp,
    /// Bytes that are neither.
    Garbage,
    /// The connection was closed without a byte.
    Closed,
    /// Nothing within the timeout.
    NoAnswer,
}

/// Whether one protocol version is offered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Protocol {
    /// The version.
    pub id: ProtocolId,
    /// Whether the server agreed to speak it.
    pub offered: Reading<bool>,
    /// Why nobody can say; absent when it is known.
    pub reason: Option<String>,
}

/// A version of SSL or TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ProtocolId {
    /// SSL 2.0 (forbidden by RFC 6176).
    #[serde(rename = "ssl2")]
    Ssl2,
    /// SSL 3.0 (RFC 6101; forbidden by RFC 7568).
    #[serde(rename = "ssl3")]
    Ssl3,
    /// TLS 1.0 (RFC 2246; deprecated by RFC 8996).
    #[serde(rename = "tls1.0")]
    Tls10,
    /// TLS 1.1 (RFC 4346; deprecated by RFC 8996).
    #[serde(rename = "tls1.1")]
    Tls11,
    /// TLS 1.2 (RFC 5246).
    #[serde(rename = "tls1.2")]
    Tls12,
    /// TLS 1.3 (RFC 8446).
    #[serde(rename = "tls1.3")]
    Tls13,
}

impl ProtocolId {
    /// All versions, oldest first.
    pub const ALL: [Self; 6] = [Self::Ssl2, Self::Ssl3, Self::Tls10, Self::Tls11, Self::Tls12, Self::Tls13];

    /// The name people use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ssl2 => "SSL 2.0",
            Self::Ssl3 => "SSL 3.0",
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }
}

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
    /// The signature algorithm, as in `sha256WithRSAEncryption`.
    pub signature_algorithm: String,
    /// Serial number in hexadecimal.
    pub serial: String,
    /// Whether subject and issuer are equal and its own key made the signature.
    pub self_signed: bool,
    /// SHA-256 of the DER bytes, lowercase hexadecimal.
    pub sha256: String,
    /// Why the certificate could not be read; absent when it could. The other fields but `position` and `sha256` are then empty.
    pub error: Option<String>,
}

/// What the certificates of one address amount to at the time of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// In words, why the chain is not trusted or could not be judged; absent when it is.
    pub error: Option<String>,
}

/// What the probes of one address cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statistics {
    /// TCP connections opened.
    pub connections: u32,
    /// Wall time in milliseconds.
    pub milliseconds: u64,
}
