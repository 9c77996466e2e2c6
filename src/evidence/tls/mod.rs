//! What one address of a host showed on its port: how it answers, which TLS versions and cipher suites it offers, which certificates it
//! sends, how it behaves, which weaknesses it has; and the rating that comes of all that.

mod certificates;
mod extensions;
mod rating;
mod suites;
mod weaknesses;

use std::{collections::BTreeMap, net::IpAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Reading;

pub use certificates::{Certificate, CertificateTimestamp, Chain, OtherChain, RevocationStatus, StapledResponse, TimestampSource};
pub use extensions::{ClientCertificate, Extensions};
pub use rating::{CategoryScores, Client, Rating, RatingReason};
pub use suites::{CipherSuite, DhParameters, Group, GroupKind, GroupOrder, SignatureAlgorithm};
pub use weaknesses::{Weakness, WeaknessId};

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
    /// Every cipher suite of every version, oldest version first; within a version in the server's order where it has one of its own.
    #[serde(default)]
    pub cipher_suites: Vec<CipherSuite>,
    /// Whether `cipher_suites` holds all suites of all versions; unknown where one of the questions was not answered.
    #[serde(default)]
    pub cipher_suites_complete: Reading<bool>,
    /// For each version with at least two suites: whether the server chooses by its own order rather than the client's.
    #[serde(default)]
    pub server_preference: BTreeMap<ProtocolId, Reading<bool>>,
    /// Every group for key exchange, in the server's order where it has one of its own: that of TLS 1.3 first, then what only older versions have.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// Whether `groups` holds all of them; unknown where one of the questions was not answered.
    #[serde(default)]
    pub groups_complete: Reading<bool>,
    /// Whether the server chooses the group by its own order rather than the client's, in the newest version that has groups; unknown with fewer
    /// than two.
    #[serde(default)]
    pub group_preference: Reading<bool>,
    /// The groups of TLS 1.3, and of the newest older version, each in the order of that version; empty where nobody asked by version.
    #[serde(default)]
    pub group_orders: BTreeMap<ProtocolId, GroupOrder>,
    /// The smallest prime, in bits, of the Diffie-Hellman parameters seen; absent where no suite uses them.
    #[serde(default)]
    pub dh_bits: Option<u32>,
    /// Every set of Diffie-Hellman parameters seen.
    #[serde(default)]
    pub dh_parameters: Vec<DhParameters>,
    /// The algorithms with which the server signs its key exchange in TLS 1.2 and 1.3.
    #[serde(default)]
    pub signature_algorithms: Vec<SignatureAlgorithm>,
    /// The certificates as sent to a client of today that names the host, leaf first as the server ordered them.
    pub certificates: Vec<Certificate>,
    /// What the certificates amount to; absent when the server sent none.
    pub chain: Option<Chain>,
    /// What the server sends to others: for another kind of key, or to a client that names no host.
    #[serde(default)]
    pub other_chains: Vec<OtherChain>,
    /// Extensions and behaviour.
    #[serde(default)]
    pub extensions: Extensions,
    /// One entry for each known weakness.
    #[serde(default)]
    pub weaknesses: Vec<Weakness>,
    /// Why something is unknown that has no field of its own for the reason.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// Answers that differ between connections, as those of servers that stand behind one load balancer; in words.
    #[serde(default)]
    pub contradictions: Vec<String>,
    /// What the reference clients of the rating guide would negotiate, computed from the facts above.
    #[serde(default)]
    pub clients: Vec<Client>,
    /// The rating, computed from the facts above; absent in evidence that nobody has rated.
    #[serde(default)]
    pub rating: Option<Rating>,
    /// What the probes cost. Not part of a report that must be the same byte for byte.
    pub statistics: Statistics,
}

impl Tls {
    /// The order of the groups in a version. Of the versions before TLS 1.3 the newest speaks for all, for they share their lists.
    #[must_use]
    pub fn group_order(&self, protocol: ProtocolId) -> Option<&GroupOrder> {
        let is_new = |id: ProtocolId| id == ProtocolId::Tls13;
        self.group_orders.iter().rev().find(|(id, _)| is_new(**id) == is_new(protocol)).map(|(_, order)| order)
    }

    /// A port of which nothing has been asked yet.
    #[must_use]
    pub fn unasked() -> Self {
        Self {
            reached: false,
            answer: Answer::NoAnswer,
            error: None,
            protocols: vec![],
            cipher_suites: vec![],
            cipher_suites_complete: Reading::Unknown,
            server_preference: BTreeMap::new(),
            groups: vec![],
            groups_complete: Reading::Unknown,
            group_preference: Reading::Unknown,
            group_orders: BTreeMap::new(),
            dh_bits: None,
            dh_parameters: vec![],
            signature_algorithms: vec![],
            certificates: vec![],
            chain: None,
            other_chains: vec![],
            extensions: Extensions::default(),
            weaknesses: vec![],
            gaps: vec![],
            contradictions: vec![],
            clients: vec![],
            rating: None,
            statistics: Statistics::default(),
        }
    }
}

/// A question that was not answered, or not to the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// The field of [`Tls`] that is not complete, as in `cipher_suites`.
    pub field: String,
    /// The version it was asked for; absent where it concerns all.
    pub protocol: Option<ProtocolId>,
    /// Why nobody can say.
    pub reason: String,
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

/// What the probes of one address cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statistics {
    /// TCP connections opened.
    pub connections: u32,
    /// Wall time in milliseconds.
    pub milliseconds: u64,
}
