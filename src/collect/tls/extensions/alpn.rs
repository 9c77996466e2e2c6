//! Which application protocols a server agrees on (RFC 7301).

use std::sync::Arc;

use rustls::version::TLS13;
use tokio::join;

use crate::{
    collect::tls::{
        handshake::{Handshake, complete},
        known::Known,
        question::put,
        recorder,
        server::Server,
        wire::Extension,
    },
    evidence::{Extensions, ProtocolId, Reading},
};

/// What HTTP needs; HTTP/3 does not run over TCP.
const PROTOCOLS: [&str; 2] = ["h2", "http/1.1"];

/// The answer for each protocol.
pub(super) struct Agreed([(&'static str, Result<bool, String>); 2]);

/// Offers each protocol alone, because a server picks one of those it is offered.
pub(super) async fn ask(server: &Server<'_>, known: &Known) -> Agreed {
    let [first, second] = PROTOCOLS;
    let answers = join!(agrees(server, known, first), agrees(server, known, second));
    Agreed([(first, answers.0), (second, answers.1)])
}

async fn agrees(server: &Server<'_>, known: &Known, protocol: &str) -> Result<bool, String> {
    if let Some(greeting) = known.extensible() {
        let offer = greeting.narrow(server).with(Extension::ALPN, list(protocol));
        let agreed = put(server, &offer).await.read(|flight| flight.application_protocol() == Some(protocol.as_bytes()));
        return agreed.map(|agreed| agreed.unwrap_or(false));
    }
    if known.tls13().is_none() {
        return if known.clear().is_some() { known.doubt(&[ProtocolId::Tls13]).map_or(Ok(false), Err) } else { Err(known.no_version()) };
    }
    let (config, recorder) = recorder::client(&[&TLS13], &[protocol.as_bytes()]);
    match complete(server, &Arc::new(config), &recorder).await {
        Handshake::Finished(finished) => Ok(finished.application_protocol.as_deref() == Some(protocol.as_bytes())),
        Handshake::Refused(_) if recorder.certificates().is_empty() => Ok(false),
        Handshake::Refused(why) | Handshake::Failed(why) => Err(why),
    }
}

/// RFC 7301, section 3.1: a list of one name.
fn list(protocol: &str) -> Vec<u8> {
    let length = u8::try_from(protocol.len()).expect("the names are short");
    [&[0, length + 1, length], protocol.as_bytes()].concat()
}

impl Agreed {
    pub(super) fn record(self, extensions: &mut Extensions) {
        let mut reason = None;
        for (protocol, agreed) in self.0 {
            match agreed {
                Ok(true) => extensions.alpn.push(protocol.into()),
                Ok(false) => {}
                Err(why) => reason = Some(why),
            }
        }
        extensions.alpn_complete = if reason.is_none() { Reading::Observed(true) } else { Reading::Unknown };
        extensions.reasons.extend(reason.map(|why| ("alpn_complete".into(), why)));
    }
}
