//! A small client of our own for SSL 3.0 to TLS 1.2, for evidence only: it completes handshakes where rustls cannot or must not, and then sends
//! records that no honest client sends.
//!
//! It checks no certificate and no signature of the server, so nothing that must be trusted may travel over it. What it checks is the server's
//! `Finished`, which proves that both sides hold the same keys.

mod channel;
mod ciphers;
mod handshake;
mod hash;
mod key_exchange;
mod protection;
mod suites;
#[cfg(test)]
mod tests;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use handshake::Request;
use tokio::sync::Semaphore;

pub(in crate::collect::tls) use channel::{Channel, Heard};
pub(in crate::collect::tls) use handshake::{Greeting, Message};
pub(in crate::collect::tls) use key_exchange::{RsaKey, padded, premaster, rsa_body};
pub(in crate::collect::tls) use suites::{Suite, usable};

use super::{
    server::{Server, Unreached, entropy},
    wire::{Alert, ContentType, Extension, Offer, RENEGOTIATION_SCSV, ServerHello, Version},
};

/// The groups that a session can agree on.
pub(in crate::collect::tls) const GROUPS: [u16; 4] = [0x1d, 0x17, 0x18, 0x19];

/// Why a handshake was not completed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::collect::tls) enum SessionError {
    /// There was no connection.
    #[error("{0}")]
    Unreached(#[from] Unreached),
    /// The server ended the handshake in words.
    #[error("the server ended the handshake with the alert `{0}`")]
    Refused(Alert),
    /// It ended it without a word.
    #[error("the server closed the connection during the handshake")]
    Closed,
    /// It did not go on.
    #[error("{0}")]
    Silence(String),
    /// It sent what cannot be read.
    #[error("{0}")]
    Garbage(String),
    /// It sent what makes no sense here.
    #[error("{0}")]
    Malformed(&'static str),
    /// It chose a version or a suite in which we complete no handshake.
    #[error("the server chose version 0x{:04x} with suite 0x{suite:04x}, in which we complete no handshake", version.0)]
    Unsupported {
        /// The version.
        version: Version,
        /// The suite.
        suite: u16,
    },
    /// Its `Finished` is not what the handshake amounts to.
    #[error("the server's `Finished` does not fit the handshake")]
    WrongFinished,
}

/// What a later handshake can resume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect::tls) struct Resumption {
    /// The id that the server gave the session; empty where it gave none.
    pub(in crate::collect::tls) session_id: Vec<u8>,
    /// The ticket (RFC 5077); absent where none came.
    pub(in crate::collect::tls) ticket: Option<Vec<u8>>,
    pub(super) suite: u16,
    pub(super) version: Version,
    secret: Vec<u8>,
}

/// A connection whose handshake is complete.
pub(in crate::collect::tls) struct Session {
    /// Where its records travel.
    pub(in crate::collect::tls) channel: Channel,
    /// The server's hello.
    pub(in crate::collect::tls) hello: ServerHello,
    /// What can be resumed later.
    pub(in crate::collect::tls) resumption: Resumption,
    /// How long a first flight of the server takes.
    pub(in crate::collect::tls) took: Duration,
    offer: Offer,
    client_finished: Vec<u8>,
}

/// What came of a renegotiation that the client began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect::tls) enum Renegotiated {
    /// The second handshake was completed.
    Completed,
    /// The server refused, in words or by closing the connection, or answered the application instead.
    Refused(String),
    /// Neither.
    Unclear(String),
}

/// The way to a server: how many sessions with it there may be at once.
#[derive(Debug)]
pub(in crate::collect::tls) struct Line<'a> {
    /// The server.
    pub(in crate::collect::tls) server: &'a Server<'a>,
    turns: Arc<Semaphore>,
    /// The shortest first flight, in microseconds: that of one who had to wait for its turn at the server tells nothing of the way there.
    quickest: AtomicU64,
}

impl<'a> Line<'a> {
    /// As many as the network lets through.
    pub(in crate::collect::tls) fn at_once(server: &'a Server<'a>) -> Self {
        Self { server, turns: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)), quickest: AtomicU64::new(u64::MAX) }
    }

    /// One after the other, for servers that serve no two connections at once.
    pub(in crate::collect::tls) fn in_turn(server: &'a Server<'a>) -> Self {
        Self { server, turns: Arc::new(Semaphore::new(1)), quickest: AtomicU64::new(u64::MAX) }
    }
}

impl Line<'_> {
    /// Takes in how long a flight took; gives the shortest so far.
    fn quickest(&self, took: Duration) -> Duration {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.quickest.fetch_min(took, Relaxed).min(took))
    }
}

/// An offer to the server that a session can go through with.
pub(in crate::collect::tls) fn offer(line: &Line<'_>, version: Version, suites: &[u16]) -> Offer {
    line.server.offer(version).with_suites(suites).with_groups(&GROUPS)
}

/// Greets the server on a connection of its own, up to the end of its first flight.
pub(in crate::collect::tls) async fn greet(line: &Line<'_>, offer: &Offer) -> Result<(Channel, Greeting), SessionError> {
    let turn = Arc::clone(&line.turns).acquire_owned().await.expect("the semaphore is never closed");
    let (connection, in_flight) = line.server.dial().await?;
    let mut channel = Channel::new(connection, in_flight, turn);
    let mut greeting = handshake::greet(&mut channel, offer, &line.server.silence()).await?;
    greeting.took = line.quickest(greeting.took);
    Ok((channel, greeting))
}

impl Session {
    /// Completes a handshake on a connection of its own.
    pub(in crate::collect::tls) async fn establish(line: &Line<'_>, offer: &Offer) -> Result<Self, SessionError> {
        let (channel, greeting) = greet(line, offer).await?;
        Self::complete(channel, greeting, offer, None).await
    }

    /// Goes through with a handshake after the server's first flight.
    pub(in crate::collect::tls) async fn complete(
        mut channel: Channel,
        greeting: Greeting,
        offer: &Offer,
        old: Option<&Resumption>,
    ) -> Result<Self, SessionError> {
        let took = greeting.took;
        let completed = handshake::complete(&mut channel, greeting, old).await?;
        Ok(Self {
            channel,
            resumption: Resumption {
                session_id: completed.hello.session_id.clone(),
                ticket: completed.ticket,
                suite: completed.hello.cipher_suite,
                version: completed.hello.version(),
                secret: completed.secret,
            },
            hello: completed.hello,
            took,
            offer: offer.clone(),
            client_finished: completed.client_finished,
        })
    }

    /// Begins a second handshake, safely where the first one agreed on RFC 5746; the request follows where the server keeps silent.
    pub(in crate::collect::tls) async fn renegotiate(mut self, request: &[u8]) -> Renegotiated {
        let safe = self.hello.extension(Extension::RENEGOTIATION_INFO).is_some();
        let mut offer = Offer { session_id: None, ..self.offer.clone() };
        offer.cipher_suites.retain(|&suite| suite != RENEGOTIATION_SCSV);
        if safe {
            let length = u8::try_from(self.client_finished.len()).unwrap_or_default();
            offer = offer.with(Extension::RENEGOTIATION_INFO, [&[length][..], &self.client_finished].concat());
        } else {
            offer.without.push(Extension::RENEGOTIATION_INFO);
        }
        let hello = offer.hello(&entropy());
        let request = Request { content: request, after: patience(self.took) };
        let first = self.channel.record(ContentType::Handshake, &hello.message());
        self.channel.send_raw(&first).await;
        match handshake::hear_greeting(&mut self.channel, hello.message(), offer.version, Some(request)).await {
            Err(error) => refusal(error),
            Ok(greeting) => match handshake::complete(&mut self.channel, greeting, None).await {
                Ok(_) => Renegotiated::Completed,
                Err(error) => refusal(error),
            },
        }
    }
}

/// How long a server may take over an answer before it counts as silent, by how long it took over its first flight.
pub(in crate::collect::tls) fn patience(took: Duration) -> Duration {
    const LEAST: Duration = Duration::from_millis(300);
    took.saturating_mul(4).max(LEAST)
}

fn refusal(error: SessionError) -> Renegotiated {
    match error {
        SessionError::Refused(alert) => Renegotiated::Refused(format!("it answered with the alert `{alert}`")),
        SessionError::Closed => Renegotiated::Refused("it closed the connection".into()),
        SessionError::Malformed(handshake::ANSWERED_APPLICATION) => Renegotiated::Refused("it went on with the session that stood".into()),
        error => Renegotiated::Unclear(error.to_string()),
    }
}
