//! Which versions of SSL and TLS a server offers.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt as _, Shared, join_all};
use rustls::version::TLS13;
use tokio::time::{Instant, timeout, timeout_at};

use super::{
    exchange::{Answered, CUT, Flight, Shown},
    handshake::{Handshake, complete},
    known::Known,
    recorder,
    server::{Outcome, Server, Unreached},
    wire::{Alert, Version},
};
use crate::evidence::{Answer, Contact, Protocol, ProtocolId, Reading};

/// The answer to one hello, and when the time for it is over; asked once, whoever waits for it.
pub(super) type Hello<'a> = Shared<BoxFuture<'a, (Outcome, Instant)>>;

/// One hello for each version, with everything that a server may insist on.
pub(super) struct Hellos<'a>([(ProtocolId, Hello<'a>); 6]);

impl<'a> Hellos<'a> {
    /// Offers one version per connection, because a server reveals only the one it picks.
    pub(super) fn new(server: &'a Server<'a>) -> Self {
        let hello = |id| async move { server.ask(&server.offer(wire_version(id))).await }.boxed().shared();
        Self(ProtocolId::ALL.map(|id| (id, hello(id))))
    }

    /// The hello of one version.
    pub(super) fn of(&self, id: ProtocolId) -> Hello<'a> {
        let found = self.0.iter().find(|(of, _)| *of == id);
        found.map(|(_, hello)| hello.clone()).expect("there is a hello for every version")
    }
}

/// What each version's probe came to, oldest version first.
#[derive(Clone, Debug)]
pub(super) struct Survey(Vec<(ProtocolId, Outcome)>);

/// Waits for all hellos at once, because a silent one costs a whole timeout.
pub(super) async fn survey(server: &Server<'_>, hellos: &Hellos<'_>) -> Survey {
    // TLS 1.2 goes first: where connections are rationed, its answer tells most about the port.
    let tls12 = hellos.of(ProtocolId::Tls12).map(|(outcome, _)| outcome).shared();
    let tls13 = async {
        let (outcome, deadline) = hellos.of(ProtocolId::Tls13).await;
        with_certificates(server, outcome, deadline, tls12.clone()).await
    };
    let older = [ProtocolId::Tls11, ProtocolId::Tls10, ProtocolId::Ssl3, ProtocolId::Ssl2].map(|id| hellos.of(id));
    let (tls12, tls13, older) = tokio::join!(tls12.clone(), tls13.boxed(), join_all(older));
    let oldest_first = older.into_iter().rev().map(|(outcome, _)| outcome).chain([tls12, tls13]);
    Survey(ProtocolId::ALL.into_iter().zip(oldest_first).collect())
}

/// Completes a TLS 1.3 answer with the certificates, which only a whole handshake shows, unless TLS 1.2 has shown them in clear text.
async fn with_certificates(server: &Server<'_>, tls13: Outcome, deadline: Instant, tls12: impl Future<Output = Outcome>) -> Outcome {
    let Outcome::Answered(Answered::Hello(mut flight)) = tls13 else { return tls13 };
    if flight.hello.version() != Version::TLS13 {
        return Outcome::Answered(Answered::Hello(flight));
    }
    // A firewall that swallows TLS 1.2 must not keep the certificates from view.
    let seen = timeout(server.timeout() / 4, tls12).await;
    if let Ok(Outcome::Answered(answered)) = seen
        && matches!(answered.shown(), Some(Shown::Chain(_)))
    {
        return Outcome::Answered(Answered::Hello(flight));
    }
    let deadline = deadline.max(Instant::now() + server.timeout() / 4);
    flight.shown = handshake(server, deadline)
        .await
        .map_or_else(|problem| Shown::Unseen(format!("the handshake that shows the certificates failed: {problem}")), Shown::Chain);
    Outcome::Answered(Answered::Hello(flight))
}

/// The chain that a TLS 1.3 handshake shows, even when the server then falls silent, or demands a certificate of ours and ends it.
async fn handshake(server: &Server<'_>, deadline: Instant) -> Result<Vec<Vec<u8>>, String> {
    let (config, recorder) = recorder::client(&[&TLS13], &[]);
    let problem = match timeout_at(deadline, complete(server, &Arc::new(config), &recorder)).await {
        Ok(Handshake::Finished(_)) => "it showed none".into(),
        Ok(Handshake::Refused(problem) | Handshake::Failed(problem)) => problem,
        Err(_) => "it did not end in time".into(),
    };
    let chain: Vec<Vec<u8>> = recorder.certificates().iter().map(|certificate| certificate.to_vec()).collect();
    if chain.is_empty() { Err(problem) } else { Ok(chain) }
}

impl Survey {
    /// The cipher kinds of SSL 2.0 that the server has, as it listed them.
    pub(super) fn ssl2_kinds(&self) -> Vec<u32> {
        let Some(Answered::Ssl2Hello(hello)) = self.outcome(ProtocolId::Ssl2).and_then(Outcome::answered) else { return vec![] };
        let (kinds, _) = hello.cipher_kinds.as_chunks();
        kinds.iter().map(|&[high, middle, low]| u32::from_be_bytes([0, high, middle, low])).collect()
    }

    /// What the hello of a version came to.
    pub(super) fn outcome(&self, id: ProtocolId) -> Option<&Outcome> {
        self.0.iter().find(|(of, _)| *of == id).map(|(_, outcome)| outcome)
    }

    /// Replaces what the hello of a version came to by an agreement to a shorter one: some servers cannot read long hellos.
    pub(super) fn correct(&mut self, id: ProtocolId, flight: Flight) {
        if let Some((_, outcome)) = self.0.iter_mut().find(|(of, _)| *of == id) {
            *outcome = Outcome::Answered(Answered::Hello(Box::new(flight)));
        }
    }

    fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.0.iter().map(|(_, outcome)| outcome)
    }

    fn answers(&self) -> impl Iterator<Item = &Answered> {
        self.outcomes().filter_map(Outcome::answered)
    }

    /// How the connections went: one accepted connection is enough.
    pub(super) fn contact(&self) -> Contact {
        self.refusal().map_or(Contact::Accepted, |unreached| unreached.contact)
    }

    /// Why no connection was accepted; absent when one was.
    pub(super) fn refusal(&self) -> Option<&Unreached> {
        let mut refusal = None;
        for outcome in self.outcomes() {
            match outcome {
                Outcome::Answered(_) => return None,
                // The newest version was asked first, and its refusal is the least likely to be an echo of another's.
                Outcome::Unreached(unreached) => refusal = Some(unreached),
            }
        }
        refusal
    }

    /// The kind of answer the port gives: one in TLS outweighs all others.
    pub(super) fn answer(&self) -> Answer {
        let kind = |answered: &Answered| match answered {
            Answered::Hello(_) | Answered::Ssl2Hello(_) | Answered::Alert(_) | Answered::Ssl2Error(_) => Answer::Tls,
            Answered::PlainHttp => Answer::PlainHttp,
            Answered::Garbage(_) => Answer::Garbage,
            Answered::Closed | Answered::Cut => Answer::Closed,
            Answered::Silence | Answered::Slow => Answer::NoAnswer,
        };
        let seen = |wanted: &Answer| self.answers().any(|answered| kind(answered) == *wanted);
        [Answer::Tls, Answer::PlainHttp, Answer::Garbage, Answer::Closed].into_iter().find(seen).unwrap_or(Answer::NoAnswer)
    }

    /// Why TLS was not reached; absent when it was.
    pub(super) fn error(&self, server: &Server<'_>) -> Option<String> {
        if let Some(unreached) = self.refusal() {
            return Some(unreached.error.clone());
        }
        match self.answer() {
            Answer::Tls => None,
            Answer::PlainHttp => Some("the port speaks plain HTTP, not TLS".into()),
            Answer::Garbage => Some("the port answers, but not in TLS".into()),
            Answer::Closed => Some(self.closed().into()),
            Answer::NoAnswer if self.answers().any(|answered| *answered == Answered::Slow) => Some(server.slowness()),
            Answer::NoAnswer => Some(server.silence()),
        }
    }

    /// One entry for each version, oldest first.
    pub(super) fn protocols(&self, server: &Server<'_>) -> Vec<Protocol> {
        let judge = |(id, outcome): &(ProtocolId, Outcome)| match self.is_offered(*id, outcome, server) {
            Ok(offered) => Protocol { id: *id, offered: Reading::Observed(offered), reason: None },
            Err(reason) => Protocol { id: *id, offered: Reading::Unknown, reason: Some(reason) },
        };
        self.0.iter().map(judge).collect()
    }

    /// A refusal is an answer once the port is known to speak TLS; silence never is.
    fn is_offered(&self, id: ProtocolId, outcome: &Outcome, server: &Server<'_>) -> Result<bool, String> {
        let answered = match outcome {
            Outcome::Unreached(unreached) => return Err(unreached.error.clone()),
            Outcome::Answered(_) if self.answer() == Answer::PlainHttp => return Ok(false),
            Outcome::Answered(answered) => answered,
        };
        match answered {
            Answered::Hello(_) | Answered::Ssl2Hello(_) => self.agreed_to(id, answered.version()),
            Answered::Alert(alert) => self.refused_by(id, *alert),
            Answered::Ssl2Error(_) | Answered::PlainHttp => Ok(false),
            // What speaks TLS and has no answer to SSL 2.0 does not speak SSL 2.0.
            Answered::Closed if self.greeted() || (id == ProtocolId::Ssl2 && self.answer() == Answer::Tls) => Ok(false),
            Answered::Closed => Err(self.closed().into()),
            Answered::Garbage(what) => Err(format!("the answer makes no sense: {what}")),
            Answered::Cut => Err(CUT.into()),
            Answered::Silence => Err(server.silence()),
            Answered::Slow => Err(server.slowness()),
        }
    }

    /// A server may answer with an older version than it was asked for; with one that nobody asked for it says nothing that makes sense.
    fn agreed_to(&self, id: ProtocolId, version: Option<Version>) -> Result<bool, String> {
        match version {
            Some(version) if version == wire_version(id) => Ok(true),
            Some(version) if version < wire_version(id) && self.greeted() => Ok(false),
            _ => Err("the server agreed to a version that it was not asked for".into()),
        }
    }

    fn closed(&self) -> &'static str {
        if self.answers().all(|answered| *answered == Answered::Closed) {
            "the server closed every connection without an answer"
        } else {
            "the server closed the connection without an answer"
        }
    }

    /// An alert refuses the version, unless it says as much of the host name, or of every hello.
    fn refused_by(&self, id: ProtocolId, alert: Alert) -> Result<bool, String> {
        match alert.description {
            // What speaks SSL 2.0 would not answer it in TLS.
            _ if id == ProtocolId::Ssl2 => Ok(false),
            Alert::UNRECOGNIZED_NAME => Err("the server does not know the host name (alert `unrecognized_name`)".into()),
            Alert::PROTOCOL_VERSION => Ok(false),
            // No other alert speaks of the version; where another version is agreed on, the version is what is left to refuse.
            _ if self.greeted() => Ok(false),
            _ => Err(format!("the server agrees to no hello at all (alert `{alert}`); it may want another host name")),
        }
    }

    /// Whether any version was agreed on that the server was asked for.
    fn greeted(&self) -> bool {
        self.0.iter().any(|(id, outcome)| outcome.version() == Some(wire_version(*id)))
    }

    /// The certificates; those of TLS 1.2 and 1.3 outweigh those of older versions, and what was not seen outweighs that nothing was there.
    pub(super) fn shown(&self) -> Shown {
        let [ssl2, ssl3, tls10, tls11, tls12, tls13] = ProtocolId::ALL.map(|id| self.shown_by(id));
        let seen: Vec<Shown> = [tls12, tls13, tls11, tls10, ssl3, ssl2].into_iter().flatten().collect();
        let chain = seen.iter().find(|shown| matches!(shown, Shown::Chain(_)));
        let unseen = || seen.iter().find(|shown| matches!(shown, Shown::Unseen(_)));
        let none = || Shown::Unseen("no handshake came as far as the certificates".into());
        chain.or_else(unseen).or(seen.first()).map_or_else(none, Shown::clone)
    }

    /// What the questions after the survey build on.
    pub(super) fn known(&self, server: &Server<'_>) -> Known {
        let undecided = self.0.iter().filter_map(|(id, outcome)| Some((*id, self.is_offered(*id, outcome, server).err()?))).collect();
        Known::new(self.0.iter().filter_map(|(id, outcome)| match outcome {
            Outcome::Answered(Answered::Hello(flight)) if flight.hello.version() == wire_version(*id) => Some((*id, (**flight).clone())),
            _ => None,
        }))
        .but_for(undecided)
    }

    fn shown_by(&self, id: ProtocolId) -> Option<Shown> {
        self.outcome(id)?.answered()?.shown()
    }
}

/// The version as it stands on the wire.
pub(super) fn wire_version(id: ProtocolId) -> Version {
    match id {
        ProtocolId::Ssl2 => Version::SSL2,
        ProtocolId::Ssl3 => Version::SSL3,
        ProtocolId::Tls10 => Version::TLS10,
        ProtocolId::Tls11 => Version::TLS11,
        ProtocolId::Tls12 => Version::TLS12,
        ProtocolId::Tls13 => Version::TLS13,
    }
}
