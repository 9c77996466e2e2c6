//! What a server makes of a client that names no host (RFC 6066, section 3).

use std::sync::Arc;

use rustls::version::TLS13;

use crate::{
    collect::tls::{
        exchange::Shown,
        handshake::{Handshake, complete},
        known::Known,
        question::{Verdict, put},
        recorder,
        server::Server,
        wire::Offer,
    },
    evidence::Extensions,
};

/// How a server treats clients without a name.
pub(super) struct Names {
    pub required: Result<bool, String>,
    /// What it shows to them; absent when it does not greet them.
    pub shown: Option<Shown>,
}

/// Offers the newest version in clear text without a name, or goes through a handshake of TLS 1.3 without one.
pub(super) async fn ask(server: &Server<'_>, known: &Known) -> Names {
    let unknown = |why: String| Names { required: Err(why), shown: None };
    if server.name().is_none() {
        return unknown("the host is an IP address, and no client sends that as a name".into());
    }
    if let Some(greeting) = known.extensible() {
        return match put(server, &nameless(greeting.widest(server))).await {
            Verdict::Agreed(flight) => Names { required: Ok(false), shown: Some(flight.shown) },
            Verdict::Refused(_) => Names { required: Ok(true), shown: None },
            Verdict::Unknown(why) => unknown(why),
        };
    }
    if known.tls13().is_none() {
        return if known.clear().is_some() { Names { required: Ok(false), shown: None } } else { unknown(known.no_version()) };
    }
    let (mut config, recorder) = recorder::client(&[&TLS13], &[]);
    config.enable_sni = false;
    let handshake = complete(server, &Arc::new(config), &recorder).await;
    let chain: Vec<Vec<u8>> = recorder.certificates().iter().map(|der| der.to_vec()).collect();
    match handshake {
        // A server that shows its certificates has greeted the client, whatever comes afterwards.
        _ if !chain.is_empty() => Names { required: Ok(false), shown: Some(Shown::Chain(chain)) },
        Handshake::Finished(_) => Names { required: Ok(false), shown: None },
        Handshake::Refused(_) => Names { required: Ok(true), shown: None },
        Handshake::Failed(why) => unknown(why),
    }
}

pub(super) fn record(names: &Names, extensions: &mut Extensions) {
    extensions.note("sni_required", names.required.clone(), |extensions| &mut extensions.sni_required);
}

/// The same offer to whoever answers.
fn nameless(offer: Offer) -> Offer {
    Offer { server_name: None, ..offer }
}
