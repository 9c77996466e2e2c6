//! A question in the form of an offer, and what the answer amounts to.

use super::{
    exchange::{Answered, CUT, Flight},
    families::{is_dhe, is_ecdhe},
    registry,
    server::{Outcome, Server},
    wire::{Alert, KeyExchangeKind, Offer, ServerKeyExchange},
};

/// What a server makes of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It agrees.
    Agreed(Box<Flight>),
    /// It refuses, with an alert or by closing the connection.
    Refused(Option<Alert>),
    /// Nobody can say, for the reason in words.
    Unknown(String),
}

impl Verdict {
    /// What the flight says; absent when the server refuses, and the reason when nobody can say.
    pub(super) fn read<T>(self, reading: impl FnOnce(&Flight) -> T) -> Result<Option<T>, String> {
        match self {
            Self::Agreed(flight) => Ok(Some(reading(&flight))),
            Self::Refused(_) => Ok(None),
            Self::Unknown(why) => Err(why),
        }
    }
}

/// How often an offer is repeated whose answer was cut off behind the server's hello.
const INSISTENCE: usize = 2;

/// Makes an offer, again where the connection failed rather than the offer.
pub(super) async fn put(server: &Server<'_>, offer: &Offer) -> Verdict {
    let (mut first, _) = server.ask(offer).await;
    for _ in 0..INSISTENCE {
        if !first.is_cut_short() {
            break;
        }
        first = server.ask(offer).await.0;
    }
    if !server.may_be_passing(&first) {
        return verdict(server, first);
    }
    server.pause().await;
    verdict(server, server.ask(offer).await.0)
}

fn verdict(server: &Server<'_>, outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Unreached(unreached) => Verdict::Unknown(unreached.error),
        Outcome::Answered(answered) => match answered {
            Answered::Hello(flight) => Verdict::Agreed(flight),
            Answered::Alert(alert) => Verdict::Refused(Some(alert)),
            Answered::Closed => Verdict::Refused(None),
            Answered::Cut => Verdict::Unknown(CUT.into()),
            Answered::Silence => Verdict::Unknown(server.silence()),
            Answered::Slow => Verdict::Unknown(server.slowness()),
            Answered::Garbage(what) => Verdict::Unknown(format!("the answer makes no sense: {what}")),
            Answered::PlainHttp => Verdict::Unknown("the answer is plain HTTP".into()),
            Answered::Ssl2Hello(_) | Answered::Ssl2Error(_) => Verdict::Unknown("the answer is in SSL 2.0".into()),
        },
    }
}

/// What a flight up to TLS 1.2 brings to an ephemeral key exchange; absent where its suite has none, or nothing of sense came.
pub(super) fn key_exchange(flight: &Flight) -> Option<ServerKeyExchange> {
    let suite = registry::suite(flight.hello.cipher_suite)?;
    let kind = match suite {
        suite if is_ecdhe(suite) => KeyExchangeKind::Ecdhe,
        suite if is_dhe(suite) => KeyExchangeKind::Dhe,
        _ => return None,
    };
    ServerKeyExchange::parse(flight.key_exchange.as_deref()?, kind, false, flight.hello.version()).ok()
}
