//! What the rules look at.

use super::{simulate::Handshake, tables::KeyExchange};
use crate::evidence::{
    Certificate, Chain,
    Reading::{self, Observed, Unknown},
    Tls,
};

/// The facts of one address, and what follows from them for the reference clients.
pub(super) struct Facts<'a> {
    pub(super) tls: &'a Tls,
    pub(super) handshakes: &'a [Handshake<'a>],
    /// The `max-age` in seconds that browsers remember.
    pub(super) hsts: Reading<Option<u64>>,
    pub(super) keys: &'a KeyExchange,
}

/// Whether a rule applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// It does; with what was seen, in words that fit into its sentence.
    Present(String),
    /// It does not.
    Absent,
    /// Nobody can say; with what one would have to know.
    Unknown(String),
}

impl Finding {
    /// A reading of which `true` is the fault.
    pub(super) fn of(fault: Reading<bool>, seen: impl FnOnce() -> String, missing: impl FnOnce() -> String) -> Self {
        match fault {
            Observed(true) => Self::Present(seen()),
            Observed(false) => Self::Absent,
            Unknown => Self::Unknown(missing()),
        }
    }

    /// Present if one of them is; absent if all are.
    pub(super) fn any(findings: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::Absent;
        for finding in findings {
            match (&result, &finding) {
                (Self::Present(_), _) => return result,
                (Self::Absent, _) | (_, Self::Present(_)) => result = finding,
                (Self::Unknown(_), _) => {}
            }
        }
        result
    }
}

impl<'a> Facts<'a> {
    /// The chains by which the server answers for this host: the first, and every other that names it. What the server sends for other
    /// names says nothing about this one.
    pub(super) fn chains(&self) -> impl Iterator<Item = (&'a [Certificate], &'a Chain)> {
        let first = self.tls.chain.as_ref().map(|chain| (self.tls.certificates.as_slice(), chain));
        let others = self.tls.other_chains.iter().filter(|other| other.chain.host_matches == Observed(true));
        first.into_iter().chain(others.map(|other| (other.certificates.as_slice(), &other.chain)))
    }

    /// The certificates that stand for the server itself.
    pub(super) fn leaves(&self) -> impl Iterator<Item = &'a Certificate> {
        self.chains().filter_map(|(certificates, _)| certificates.first())
    }

    /// How strong the key of a certificate is, in bits of an RSA key.
    pub(super) fn strength(&self, certificate: &Certificate) -> Reading<u32> {
        match certificate.key_bits {
            Observed(bits) if certificate.error.is_none() => Observed(self.keys.key(&certificate.key_algorithm, bits)),
            _ => Unknown,
        }
    }

    pub(super) fn suites_complete(&self) -> bool {
        self.tls.cipher_suites_complete == Observed(true)
    }
}
