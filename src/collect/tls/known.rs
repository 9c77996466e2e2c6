//! What the survey of versions found, as far as the questions after it need it.

use super::{
    certificates::{Key, parse},
    exchange::{Flight, Shown},
    server::Server,
    wire::{Offer, RENEGOTIATION_SCSV, Version},
};
use crate::evidence::ProtocolId;

/// A version that the server agreed to.
#[derive(Clone, Debug)]
pub(super) struct Greeting {
    pub protocol: ProtocolId,
    pub version: Version,
    /// What it sent to the survey's hello.
    pub flight: Flight,
}

/// Every version from SSL 3.0 on that the server agreed to, newest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    greetings: Vec<Greeting>,
    /// The versions of which nobody can say whether they are offered, and why.
    undecided: Vec<(ProtocolId, String)>,
}

/// The versions whose handshake is in clear text, from SSL 3.0 on.
pub(super) const IN_CLEAR: [ProtocolId; 4] = [ProtocolId::Ssl3, ProtocolId::Tls10, ProtocolId::Tls11, ProtocolId::Tls12];

const FROM_SSL3: [ProtocolId; 5] = [ProtocolId::Ssl3, ProtocolId::Tls10, ProtocolId::Tls11, ProtocolId::Tls12, ProtocolId::Tls13];

/// Why most questions have no answer where SSL 2.0 is all there is.
const NO_VERSION: &str = "no version from SSL 3.0 on is offered";

impl Known {
    /// From the answers of the survey, in any order.
    pub(super) fn new(flights: impl IntoIterator<Item = (ProtocolId, Flight)>) -> Self {
        let mut greetings: Vec<Greeting> =
            flights.into_iter().map(|(protocol, flight)| Greeting { protocol, version: flight.hello.version(), flight }).collect();
        greetings.sort_by_key(|greeting| std::cmp::Reverse(greeting.version));
        greetings.dedup_by_key(|greeting| greeting.version);
        Self { greetings, undecided: vec![] }
    }

    /// With the versions of which nobody can say whether they are offered, and why.
    pub(super) fn but_for(self, undecided: Vec<(ProtocolId, String)>) -> Self {
        Self { undecided, ..self }
    }

    /// Why nobody can say whether one of these versions is offered; absent where that is known of all.
    pub(super) fn doubt(&self, versions: &[ProtocolId]) -> Option<String> {
        let (id, why) = self.undecided.iter().rev().find(|(id, _)| versions.contains(id))?;
        Some(format!("whether {} is offered is unknown: {why}", id.name()))
    }

    /// Why there is no version to ask a question in.
    pub(super) fn no_version(&self) -> String {
        self.doubt(&FROM_SSL3).unwrap_or_else(|| NO_VERSION.into())
    }

    /// Every version, newest first.
    pub(super) fn all(&self) -> &[Greeting] {
        &self.greetings
    }

    /// The newest version.
    pub(super) fn newest(&self) -> Option<&Greeting> {
        self.greetings.first()
    }

    /// TLS 1.3.
    pub(super) fn tls13(&self) -> Option<&Greeting> {
        self.newest().filter(|greeting| greeting.version == Version::TLS13)
    }

    /// The newest version whose handshake is in clear text.
    pub(super) fn clear(&self) -> Option<&Greeting> {
        self.greetings.iter().find(|greeting| greeting.version <= Version::TLS12)
    }

    /// The newest version that is in clear text and has extensions.
    pub(super) fn extensible(&self) -> Option<&Greeting> {
        self.clear().filter(|greeting| greeting.version >= Version::TLS10)
    }

    /// The key of the first certificate that was seen.
    pub(super) fn key(&self) -> Option<Key> {
        self.leaf().and_then(|der| parse(der).ok().map(|certificate| Key::of(certificate.public_key())))
    }

    /// The chain that the newest version showed which showed one.
    pub(super) fn chain(&self) -> Option<&[Vec<u8>]> {
        self.greetings.iter().find_map(|greeting| match &greeting.flight.shown {
            Shown::Chain(chain) => Some(chain.as_slice()),
            _ => None,
        })
    }

    /// The leaf of that chain.
    fn leaf(&self) -> Option<&[u8]> {
        self.chain()?.first().map(Vec::as_slice)
    }
}

impl Greeting {
    /// An offer of this version with the one suite that the survey saw chosen, which leaves room for whatever is asked.
    pub(super) fn narrow(&self, server: &Server<'_>) -> Offer {
        let chosen = self.flight.hello.cipher_suite;
        let signal = (self.version == Version::SSL3).then_some(RENEGOTIATION_SCSV);
        self.widest(server).with_suites(&[chosen].into_iter().chain(signal).collect::<Vec<_>>())
    }

    /// An offer of this version with all that a server may insist on.
    pub(super) fn widest(&self, server: &Server<'_>) -> Offer {
        server.offer(self.version)
    }
}
