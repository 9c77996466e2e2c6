//! Cipher suites by what they are made of.

use serde::Deserialize;

use crate::evidence::{CipherSuite, ProtocolId, Reading::Observed, Tls};

/// Which cipher suites a rule is about: those of which all that is said here is true.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SuiteSelector {
    /// Less than this many bits of strength.
    pub weaker_than: Option<u32>,
    /// Weakened for export, or not.
    pub export: Option<bool>,
    /// Encrypting and authenticating in one, or not.
    pub aead: Option<bool>,
    /// One of these ciphers, whatever the key size.
    pub ciphers: Vec<String>,
    /// One of these modes.
    pub modes: Vec<String>,
    /// One of these ways to exchange keys.
    pub key_exchanges: Vec<String>,
    /// One of these ways to prove who the server is.
    pub authentication: Vec<String>,
    /// In one of these versions.
    pub protocols: Vec<ProtocolId>,
}

impl SuiteSelector {
    pub(super) fn matches(&self, suite: &CipherSuite) -> bool {
        self.weaker_than.is_none_or(|bits| suite.strength_bits < bits)
            && self.export.is_none_or(|export| suite.export == export)
            && self.aead.is_none_or(|aead| suite.aead == aead)
            && (self.ciphers.is_empty() || self.ciphers.iter().any(|cipher| is_cipher(&suite.cipher, cipher)))
            && is_among(&suite.mode, &self.modes)
            && is_among(&suite.key_exchange, &self.key_exchanges)
            && is_among(&suite.authentication, &self.authentication)
            && (self.protocols.is_empty() || self.protocols.contains(&suite.protocol))
    }
}

fn is_among(word: &str, words: &[String]) -> bool {
    words.is_empty() || words.iter().any(|one| one.eq_ignore_ascii_case(word))
}

/// Whether a cipher with its key size, as in `AES-128`, is of a family, as in `AES`.
fn is_cipher(cipher: &str, family: &str) -> bool {
    cipher.split('-').next().is_some_and(|name| name.eq_ignore_ascii_case(family))
}

/// Whether every suite of one version is known.
pub(super) fn complete_in(tls: &Tls, protocol: ProtocolId) -> bool {
    let mut gaps = tls.gaps.iter().filter(|gap| gap.field == "cipher_suites").peekable();
    let elsewhere = gaps.peek().is_some() && gaps.all(|gap| gap.protocol.is_some_and(|other| other != protocol));
    tls.cipher_suites_complete == Observed(true) || elsewhere
}

/// The names of suites, each once, the first few of them.
pub(super) fn names<'a>(suites: impl IntoIterator<Item = &'a CipherSuite>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for suite in suites {
        if !names.contains(&suite.name.as_str()) {
            names.push(&suite.name);
        }
    }
    join(&names)
}

/// How many names stand in one sentence.
const MOST_NAMES: usize = 4;

/// Names in a sentence.
pub(super) fn join<Name: AsRef<str>>(names: &[Name]) -> String {
    let shown: Vec<&str> = names.iter().take(MOST_NAMES).map(AsRef::as_ref).collect();
    match (names.len().saturating_sub(MOST_NAMES), shown.as_slice()) {
        (0, [others @ .., last]) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        (0, shown) => shown.concat(),
        (more, shown) => format!("{} and {more} more", shown.join(", ")),
    }
}
