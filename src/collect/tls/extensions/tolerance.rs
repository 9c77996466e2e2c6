//! Whether a server fails on what it does not know yet, or on a hello that is long.

use futures_util::future::join_all;

use crate::{
    collect::tls::{
        known::Known,
        question::{Verdict, put},
        server::{Server, entropy},
        wire::{Extension, Offer, Version},
    },
    evidence::Extensions,
};

/// Versions that do not exist: the one that TLS 1.3 would have had, and one far away.
const FUTURE_VERSIONS: [Version; 2] = [Version(0x0304), Version(0x03ff)];

/// Values kept free for this purpose (RFC 8701, section 2).
const GREASE: [u16; 5] = [0x0a0a, 0x2a2a, 0x4a4a, 0x6a6a, 0x8a8a];

/// No standard names this one, so no server has it.
const UNKNOWN_EXTENSION: u16 = 0xfafa;

/// Lengths of a hello: just above what old load balancers took (RFC 7685, section 1), and that of a client with post-quantum shares.
const LENGTHS: [usize; 2] = [600, 1800];

/// Does nothing (RFC 7685).
const PADDING: u16 = 21;

/// Whether a server fails on each.
pub(super) struct Intolerance {
    version: Result<bool, String>,
    extension: Result<bool, String>,
    long_hello: Result<bool, String>,
}

pub(super) async fn ask(server: &Server<'_>, known: &Known) -> Intolerance {
    let (version, extension, long_hello) = tokio::join!(
        fails_on_any(server, known, future_versions(server, known)),
        fails_on_any(server, known, unknown_values(server, known)),
        fails_on_any(server, known, long_hellos(server, known)),
    );
    Intolerance { version, extension, long_hello }
}

/// Whether any of the offers is refused; the survey saw each agreed to without its peculiarity.
async fn fails_on_any(server: &Server<'_>, known: &Known, offers: Vec<Offer>) -> Result<bool, String> {
    if offers.is_empty() {
        return Err(known.no_version());
    }
    let verdicts = join_all(offers.iter().map(|offer| refuses(server, offer))).await;
    if verdicts.contains(&Ok(true)) {
        return Ok(true);
    }
    verdicts.into_iter().find(Result::is_err).unwrap_or(Ok(false))
}

/// A refusal is put to the test once more: it must not be one in passing.
async fn refuses(server: &Server<'_>, offer: &Offer) -> Result<bool, String> {
    let mut verdict = put(server, offer).await;
    if matches!(verdict, Verdict::Refused(_)) {
        verdict = put(server, offer).await;
    }
    match verdict {
        Verdict::Agreed(_) => Ok(false),
        Verdict::Refused(_) => Ok(true),
        Verdict::Unknown(why) => Err(why),
    }
}

/// In the old way, in the version field of the hello, and in the way of TLS 1.3, in its list.
fn future_versions(server: &Server<'_>, known: &Known) -> Vec<Offer> {
    let old = known
        .clear()
        .into_iter()
        .flat_map(|greeting| FUTURE_VERSIONS.map(|version| Offer { legacy_version: Some(version), ..greeting.narrow(server) }));
    let [unknown, ..] = GREASE;
    let list = [&[6][..], &unknown.to_be_bytes(), &[3, 5, 3, 4]].concat();
    let new = known.tls13().map(|greeting| greeting.narrow(server).with(Extension::SUPPORTED_VERSIONS, list));
    old.chain(new).collect()
}

/// An unknown suite, group, signature algorithm and extension, each in the place where clients of today put it.
fn unknown_values(server: &Server<'_>, known: &Known) -> Vec<Offer> {
    let newest = known.tls13().into_iter().chain(known.clear());
    newest
        .map(|greeting| {
            let [suite, group, signature, empty, _] = GREASE;
            let mut offer = greeting.narrow(server);
            offer.cipher_suites.insert(0, suite);
            if greeting.version == Version::SSL3 {
                return offer;
            }
            offer.groups.insert(0, group);
            offer.signature_algorithms.insert(0, signature);
            offer.with(empty, vec![]).with(UNKNOWN_EXTENSION, vec![0; 32])
        })
        .collect()
}

/// The newest version that has extensions, padded.
fn long_hellos(server: &Server<'_>, known: &Known) -> Vec<Offer> {
    let Some(greeting) = known.tls13().or_else(|| known.extensible()) else { return vec![] };
    let offer = greeting.narrow(server);
    let length = offer.write(&entropy()).len();
    LENGTHS.into_iter().map(|wanted| offer.clone().with(PADDING, vec![0; wanted.saturating_sub(length)])).collect()
}

impl Intolerance {
    pub(super) fn record(self, extensions: &mut Extensions) {
        extensions.note("version_intolerance", self.version, |extensions| &mut extensions.version_intolerance);
        extensions.note("extension_intolerance", self.extension, |extensions| &mut extensions.extension_intolerance);
        extensions.note("long_hello_intolerance", self.long_hello, |extensions| &mut extensions.long_hello_intolerance);
    }
}
