//! Known weaknesses of TLS servers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::Reading;

/// Whether a server has one weakness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Weakness {
    /// Which.
    pub id: WeaknessId,
    /// Whether it is vulnerable.
    pub vulnerable: Reading<bool>,
    /// What was seen, in words, or why nobody can say; absent where there is nothing to add.
    pub reason: Option<String>,
}

/// A known weakness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WeaknessId {
    /// A heartbeat answers with memory (CVE-2014-0160).
    Heartbleed,
    /// An early `ChangeCipherSpec` is accepted (CVE-2014-0224).
    CcsInjection,
    /// The padding of an RSA key exchange shows (Return Of Bleichenbacher's Oracle Threat, CVE-2017-13099 and others).
    Robot,
    /// SSL 2.0 decrypts TLS (CVE-2016-0800); as far as this host tells.
    Drown,
    /// CBC padding in SSL 3.0 (CVE-2014-3566).
    Poodle,
    /// CBC padding that is not checked in TLS (CVE-2014-8730).
    PoodleTls,
    /// A wrong CBC padding is told from a wrong MAC (CVE-2019-5592, CVE-2019-6593).
    ZombiePoodle,
    /// A right CBC padding with a wrong MAC is told from others (CVE-2019-6593).
    Goldendoodle,
    /// An empty CBC record shows the padding (CVE-2019-1559).
    ZeroLengthPadding,
    /// AES-NI padding oracle of OpenSSL (CVE-2016-2107).
    OpensslPadding,
    /// A session ticket answers with memory (CVE-2016-9244).
    Ticketbleed,
    /// RSA export suites (CVE-2015-0204).
    Freak,
    /// Diffie-Hellman export suites, or primes below 1024 bits (CVE-2015-4000).
    Logjam,
    /// Diffie-Hellman primes below 2048 bits.
    WeakDh,
    /// Ciphers with blocks of 64 bits (CVE-2016-2183).
    Sweet32,
    /// RC4 (CVE-2013-2566, RFC 7465).
    Rc4,
    /// CBC in SSL 3.0 and TLS 1.0 (CVE-2011-3389).
    Beast,
    /// Timing of CBC in TLS (CVE-2013-0169): suites that could show it are offered.
    Lucky13,
    /// Compression of TLS (CVE-2012-4929).
    Crime,
    /// Compression of HTTP (CVE-2013-3587): its precondition.
    Breach,
    /// Renegotiation that lets another one's request go first (CVE-2009-3555).
    InsecureRenegotiation,
}

impl WeaknessId {
    /// All of them, in the order of reports: what gives away memory or keys first.
    pub const ALL: [Self; 21] = [
        Self::Heartbleed,
        Self::CcsInjection,
        Self::Robot,
        Self::Drown,
        Self::Poodle,
        Self::PoodleTls,
        Self::ZombiePoodle,
        Self::Goldendoodle,
        Self::ZeroLengthPadding,
        Self::OpensslPadding,
        Self::Ticketbleed,
        Self::Freak,
        Self::Logjam,
        Self::WeakDh,
        Self::Sweet32,
        Self::Rc4,
        Self::Beast,
        Self::Lucky13,
        Self::Crime,
        Self::Breach,
        Self::InsecureRenegotiation,
    ];

    /// The name people use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Heartbleed => "Heartbleed",
            Self::CcsInjection => "CCS injection",
            Self::Robot => "ROBOT",
            Self::Drown => "DROWN",
            Self::Poodle => "POODLE",
            Self::PoodleTls => "POODLE against TLS",
            Self::ZombiePoodle => "Zombie POODLE",
            Self::Goldendoodle => "GOLDENDOODLE",
            Self::ZeroLengthPadding => "0-length padding oracle",
            Self::OpensslPadding => "OpenSSL padding oracle",
            Self::Ticketbleed => "Ticketbleed",
            Self::Freak => "FREAK",
            Self::Logjam => "Logjam",
            Self::WeakDh => "Weak Diffie-Hellman",
            Self::Sweet32 => "Sweet32",
            Self::Rc4 => "RC4",
            Self::Beast => "BEAST",
            Self::Lucky13 => "Lucky Thirteen",
            Self::Crime => "CRIME",
            Self::Breach => "BREACH",
            Self::InsecureRenegotiation => "Insecure renegotiation",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_weakness_is_listed_once() {
        let schema = schemars::schema_for!(WeaknessId).to_value();
        let words = schema["oneOf"].as_array().expect("a word for each").len();
        let listed: std::collections::BTreeSet<WeaknessId> = WeaknessId::ALL.into_iter().collect();
        assert_eq!((listed.len(), words), (WeaknessId::ALL.len(), WeaknessId::ALL.len()));
    }
}
