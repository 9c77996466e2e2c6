//! With which algorithms a server signs its key exchange.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::join_all;
use rustls::version::TLS13;

use super::{
    certificates::Key,
    handshake::{Handshake, complete},
    known::{Greeting, Known},
    other_chains::KeyKind,
    question::{key_exchange, put},
    recorder,
    registry::signature_scheme,
    server::Server,
    wire::{Offer, SIGNATURE_ALGORITHMS, Version},
};
use crate::evidence::{Gap, ProtocolId, SignatureAlgorithm};

/// The algorithms of the certificates' own signatures (RFC 8446, section 4.2.3), so that a server does not hold back a chain
/// that is signed with an algorithm that the question leaves out.
const CERTIFICATE_ALGORITHMS: u16 = 50;

/// How many algorithms of a kind are common enough to be asked for alone before anything is known.
const COMMON: usize = 7;

/// The algorithms seen, and why some may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Signed {
    /// Each with the versions in which it was used, oldest first.
    pub algorithms: BTreeMap<u16, Vec<ProtocolId>>,
    pub gaps: Vec<Gap>,
}

/// Takes one algorithm per connection, of the kind of the server's first key at once, and of its other keys as soon as they are known.
pub(super) async fn probe(server: &Server<'_>, known: &Known, others: impl Future<Output = Vec<KeyKind>>) -> Signed {
    let key = known.key();
    let first = key.as_ref().and_then(KeyKind::of);
    let later = async {
        let kinds: Vec<KeyKind> = others.await.into_iter().filter(|kind| Some(*kind) != first).collect();
        join_all(kinds.into_iter().map(|kind| of_kind(server, known, kind, None))).await
    };
    let at_once = async {
        match first {
            Some(kind) => of_kind(server, known, kind, key.as_ref()).await,
            None => Signed::default(),
        }
    };
    let (first, later) = tokio::join!(at_once, later);
    later.into_iter().fold(first, Signed::and)
}

impl Signed {
    fn and(mut self, other: Self) -> Self {
        for (algorithm, protocols) in other.algorithms {
            for protocol in protocols {
                self.add(algorithm, protocol);
            }
        }
        self.gaps.extend(other.gaps);
        self
    }

    /// Writes down that an algorithm was used.
    pub(super) fn add(&mut self, algorithm: u16, protocol: ProtocolId) {
        let protocols = self.algorithms.entry(algorithm).or_default();
        if !protocols.contains(&protocol) {
            protocols.push(protocol);
            protocols.sort_unstable();
        }
    }

    /// As evidence.
    pub(super) fn evidence(&self) -> Vec<SignatureAlgorithm> {
        self.algorithms.iter().map(|(code, protocols)| evidence(*code, protocols)).collect()
    }

    fn gap(&mut self, protocol: ProtocolId, reason: String) {
        let gap = Gap { field: "signature_algorithms".into(), protocol: Some(protocol), reason };
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    fn take(&mut self, protocol: ProtocolId, answers: Vec<Result<Option<u16>, String>>) {
        for answer in answers {
            match answer {
                Ok(Some(algorithm)) => self.add(algorithm, protocol),
                Ok(None) => {}
                Err(reason) => self.gap(protocol, reason),
            }
        }
    }
}

fn evidence(code: u16, protocols: &[ProtocolId]) -> SignatureAlgorithm {
    let protocols = protocols.to_vec();
    match signature_scheme(code) {
        Some(scheme) => scheme.evidence(protocols),
        None => SignatureAlgorithm { code: format!("0x{code:04X}"), name: "unknown".into(), protocols },
    }
}

async fn of_kind(server: &Server<'_>, known: &Known, kind: KeyKind, key: Option<&Key>) -> Signed {
    let clear = known.clear().filter(|greeting| greeting.version == Version::TLS12);
    let in_clear = async {
        match clear {
            Some(greeting) => in_tls12(server, greeting, kind).await,
            None => Signed::default(),
        }
    };
    let encrypted = async { if known.tls13().is_some() { in_tls13(server, kind, key).await } else { Signed::default() } };
    let (clear, encrypted) = tokio::join!(in_clear, encrypted);
    clear.and(encrypted)
}

/// The common ones alone and the others together; where that is answered, they alone, too.
async fn in_tls12(server: &Server<'_>, greeting: &Greeting, kind: KeyKind) -> Signed {
    let all = kind.signature_algorithms();
    let (common, rest) = all.split_at_checked(COMMON).unwrap_or((all, &[]));
    let mut signed = Signed::default();
    let rest_at_once = async { if rest.is_empty() { Ok(None) } else { uses(server, greeting, kind, rest).await } };
    let (common, together) =
        tokio::join!(join_all(common.iter().map(|one| uses(server, greeting, kind, std::slice::from_ref(one)))), rest_at_once);
    let met = together.as_ref().is_ok_and(Option::is_some);
    signed.take(ProtocolId::Tls12, common);
    signed.take(ProtocolId::Tls12, vec![together]);
    if met {
        let left = rest.iter().filter(|one| !signed.algorithms.contains_key(one));
        let alone = join_all(left.map(|one| uses(server, greeting, kind, std::slice::from_ref(one)))).await;
        signed.take(ProtocolId::Tls12, alone);
    }
    signed
}

/// What a server signs with that is offered these; one that does not look at the list uses another one, which is as true.
async fn uses(server: &Server<'_>, greeting: &Greeting, kind: KeyKind, algorithms: &[u16]) -> Result<Option<u16>, String> {
    let offer =
        greeting.widest(server).with_suites(&kind.signing_suites(greeting.protocol)).with(CERTIFICATE_ALGORITHMS, every_algorithm());
    let offer = Offer { signature_algorithms: algorithms.to_vec(), ..offer };
    let signed = put(server, &offer).await.read(|flight| key_exchange(flight).and_then(|sent| sent.signature_algorithm))?;
    Ok(signed.flatten())
}

fn every_algorithm() -> Vec<u8> {
    let list: Vec<u8> = SIGNATURE_ALGORITHMS.iter().flat_map(|algorithm| algorithm.to_be_bytes()).collect();
    let length = u16::try_from(list.len()).expect("the list is short");
    [&length.to_be_bytes()[..], &list].concat()
}

/// A handshake for each algorithm that a key can be used with in TLS 1.3.
async fn in_tls13(server: &Server<'_>, kind: KeyKind, key: Option<&Key>) -> Signed {
    let mut signed = Signed::default();
    let answers = join_all(tls13_algorithms(kind, key).iter().map(|algorithm| handshake_with(server, *algorithm))).await;
    signed.take(ProtocolId::Tls13, answers);
    signed
}

/// In TLS 1.3 a curve has one hash (RFC 8446, section 4.2.3).
fn tls13_algorithms(kind: KeyKind, key: Option<&Key>) -> &'static [u16] {
    match (kind, key.map_or("", |key| key.name.as_str())) {
        (KeyKind::Rsa, _) => &[0x0804, 0x0805, 0x0806],
        (_, "ECDSA P-256") => &[0x0403],
        (_, "ECDSA P-384") => &[0x0503],
        (_, "ECDSA P-521") => &[0x0603],
        (_, "ECDSA brainpoolP256r1") => &[0x081a],
        (_, "ECDSA brainpoolP384r1") => &[0x081b],
        (_, "ECDSA brainpoolP512r1") => &[0x081c],
        (KeyKind::Ecdsa, _) => &[0x0403, 0x0503, 0x0603],
        (_, "Ed25519") => &[0x0807],
        (_, "Ed448") => &[0x0808],
        (KeyKind::EdDsa, _) => &[0x0807, 0x0808],
        (KeyKind::Dsa, _) => &[],
    }
}

async fn handshake_with(server: &Server<'_>, algorithm: u16) -> Result<Option<u16>, String> {
    // TLS 1.3 signs no handshake with these, but a chain may be signed with them.
    let algorithms = [algorithm, 0x0401, 0x0501, 0x0601, 0x0201];
    let (config, recorder) = recorder::client_taking(&algorithms, &[&TLS13], &[]);
    let handshake = complete(server, &Arc::new(config), &recorder).await;
    match (recorder.signed_with(), handshake) {
        (Some(signed), _) => Ok(Some(signed)),
        (None, Handshake::Finished(_) | Handshake::Refused(_)) => Ok(None),
        (None, Handshake::Failed(why)) => Err(why),
    }
}
