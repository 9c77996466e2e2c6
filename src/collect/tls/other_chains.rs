//! Which chains a server keeps for clients that want another kind of key.

use std::sync::Arc;

use futures_util::future::join_all;
use rustls::version::TLS13;

use super::{
    certificates::Key,
    exchange::Shown,
    families::{is_ecdhe, is_signed_dhe, suites},
    handshake::{Handshake, complete},
    known::{Greeting, Known},
    question::put,
    recorder,
    registry::{Authentication, KeyExchange, Suite},
    server::Server,
    wire::{Offer, Version},
};
use crate::evidence::{Gap, ProtocolId};

/// A kind of key that a server may prove itself with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyKind {
    Rsa,
    Ecdsa,
    EdDsa,
    Dsa,
}

impl KeyKind {
    const ALL: [Self; 4] = [Self::Rsa, Self::Ecdsa, Self::EdDsa, Self::Dsa];

    /// The kind of a certificate's key; absent for one that no suite of ours uses.
    pub(super) fn of(key: &Key) -> Option<Self> {
        match key.algorithm.as_str() {
            "RSA" => Some(Self::Rsa),
            "ECDSA" => Some(Self::Ecdsa),
            "Ed25519" | "Ed448" => Some(Self::EdDsa),
            "DSA" => Some(Self::Dsa),
            _ => None,
        }
    }

    /// The signature algorithms of such keys, most common first.
    pub(super) fn signature_algorithms(self) -> &'static [u16] {
        match self {
            Self::Rsa => &[0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0201, 0x0301, 0x0809, 0x080a, 0x080b, 0x0101],
            Self::Ecdsa => &[0x0403, 0x0503, 0x0603, 0x0203, 0x0303, 0x081a, 0x081b, 0x081c],
            Self::EdDsa => &[0x0807, 0x0808],
            Self::Dsa => &[0x0402, 0x0202, 0x0302, 0x0502, 0x0602],
        }
    }

    /// The suites with which such keys sign the key exchange.
    pub(super) fn signing_suites(self, protocol: ProtocolId) -> Vec<u16> {
        suites(protocol, |suite| suite.authentication == self.authentication() && (is_ecdhe(suite) || is_signed_dhe(suite)))
    }

    /// The suites with which such keys sign the key exchange, or take part in it themselves.
    fn suites(self, protocol: ProtocolId) -> Vec<u16> {
        let takes_part = |suite: &Suite| is_ecdhe(suite) || is_signed_dhe(suite) || suite.key_exchange == KeyExchange::Rsa;
        suites(protocol, |suite| suite.authentication == self.authentication() && takes_part(suite))
    }

    fn authentication(self) -> Authentication {
        match self {
            Self::Rsa => Authentication::Rsa,
            Self::Ecdsa | Self::EdDsa => Authentication::Ecdsa,
            Self::Dsa => Authentication::Dss,
        }
    }

    fn clients(self) -> &'static str {
        match self {
            Self::Rsa => "clients that take RSA keys only",
            Self::Ecdsa => "clients that take ECDSA keys only",
            Self::EdDsa => "clients that take Ed25519 and Ed448 keys only",
            Self::Dsa => "clients that take DSA keys only",
        }
    }
}

/// A chain beside the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SentChain {
    /// Who is sent it, in words.
    pub sent_to: String,
    /// DER, leaf first as sent.
    pub certificates: Vec<Vec<u8>>,
    /// The kind of key it was sent for; absent for clients that name no host.
    pub kind: Option<KeyKind>,
}

/// The other chains, and why some may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SentChains {
    pub chains: Vec<SentChain>,
    pub gaps: Vec<Gap>,
}

/// Asks as clients that take one other kind of key only.
pub(super) async fn probe(server: &Server<'_>, known: &Known) -> SentChains {
    let first = known.key().as_ref().and_then(KeyKind::of);
    let kinds = KeyKind::ALL.into_iter().filter(|kind| Some(*kind) != first);
    let answers = join_all(kinds.map(|kind| async move { (kind, shown(server, known, kind).await) })).await;
    let mut all = SentChains::default();
    for (kind, answer) in answers {
        match answer {
            Ok(Some(certificates)) => all.add(known, SentChain { sent_to: kind.clients().into(), certificates, kind: Some(kind) }),
            Ok(None) => {}
            Err(reason) => {
                let reason = format!("{}: {reason}", kind.clients());
                all.gaps.push(Gap { field: "other_chains".into(), protocol: None, reason });
            }
        }
    }
    all
}

impl SentChains {
    /// Keeps what is neither the first chain nor known already.
    pub(super) fn add(&mut self, known: &Known, chain: SentChain) {
        let is_known =
            known.chain() == Some(&chain.certificates) || self.chains.iter().any(|other| other.certificates == chain.certificates);
        if !is_known && !chain.certificates.is_empty() {
            self.chains.push(chain);
        }
    }

    /// What is shown to clients that name no host.
    pub(super) fn add_nameless(&mut self, known: &Known, shown: Option<Shown>) {
        if let Some(Shown::Chain(certificates)) = shown {
            self.add(known, SentChain { sent_to: "clients that name no host".into(), certificates, kind: None });
        }
    }

    /// The kinds of keys that the server has beside that of its first chain.
    pub(super) fn kinds(&self) -> Vec<KeyKind> {
        self.chains.iter().filter_map(|chain| chain.kind).collect()
    }
}

async fn shown(server: &Server<'_>, known: &Known, kind: KeyKind) -> Result<Option<Vec<Vec<u8>>>, String> {
    if let Some(greeting) = known.clear() {
        // Before TLS 1.2 no key of the kind could sign.
        if kind == KeyKind::EdDsa && greeting.version < Version::TLS12 {
            return Ok(None);
        }
        return put(server, &offer(server, greeting, kind))
            .await
            .read(|flight| match &flight.shown {
                Shown::Chain(chain) => chain.clone(),
                _ => vec![],
            })
            .map(|chain| chain.filter(|chain| !chain.is_empty()));
    }
    if known.tls13().is_none() || kind == KeyKind::Dsa {
        return Ok(None);
    }
    let (config, recorder) = recorder::client_taking(kind.signature_algorithms(), &[&TLS13], &[]);
    let handshake = complete(server, &Arc::new(config), &recorder).await;
    let chain: Vec<Vec<u8>> = recorder.certificates().iter().map(|der| der.to_vec()).collect();
    match handshake {
        _ if !chain.is_empty() => Ok(Some(chain)),
        Handshake::Finished(_) | Handshake::Refused(_) => Ok(None),
        Handshake::Failed(why) => Err(why),
    }
}

fn offer(server: &Server<'_>, greeting: &Greeting, kind: KeyKind) -> Offer {
    let offer = greeting.widest(server).with_suites(&kind.suites(greeting.protocol));
    Offer { signature_algorithms: kind.signature_algorithms().to_vec(), ..offer }
}
