//! Why there is no response.

use std::{error::Error, iter, net::IpAddr, sync::Arc};

use super::{
    headers::HeadError,
    patience::GivenUp,
    time_left::{Late, OutOfTime},
};
use crate::collect::network::ConnectError;

/// Why there is no response.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// The URL is none that a request can be sent to.
    #[error("not a URL to visit; use http or https")]
    Url,
    /// The host has no address.
    #[error("no address to connect to")]
    NoAddress,
    /// No address could be connected to.
    #[error("{}", each(.0))]
    Connect(Vec<(IpAddr, Arc<ConnectError>)>),
    /// The TLS handshake failed.
    #[error("TLS: {0}")]
    Tls(String),
    /// The answer has no head that can be read.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The connection failed before the head.
    #[error("{0}")]
    Broken(String),
    /// It took too long.
    #[error(transparent)]
    Late(#[from] Late),
    /// Nothing more is asked of the server.
    #[error(transparent)]
    GivenUp(#[from] GivenUp),
}

impl From<OutOfTime> for FetchError {
    fn from(error: OutOfTime) -> Self {
        Self::Late(error.into())
    }
}

impl FetchError {
    /// Whether it is only that time ran out.
    pub(super) fn is_late(&self) -> bool {
        matches!(self, Self::Late(_))
    }

    /// Whether the time of one walk ran out, which says nothing to others.
    pub(super) fn is_of_one_walk(&self) -> bool {
        matches!(self, Self::Late(Late::OutOfTime(_)))
    }

    /// The address behind the guard of private ones that a connection was wanted to; absent for any other failure.
    pub(super) fn forbidden(&self) -> Option<IpAddr> {
        let Self::Connect(failures) = self else { return None };
        failures.iter().find(|(_, problem)| matches!(**problem, ConnectError::Forbidden(_))).map(|(address, _)| *address)
    }
}

fn each(failures: &[(IpAddr, Arc<ConnectError>)]) -> String {
    failures.iter().map(|(address, problem)| format!("`{address}`: {problem}")).collect::<Vec<_>>().join(", ")
}

/// A request that got no head, and what may be done about it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what may be done about a failure are that many questions")]
pub(super) struct Failure {
    pub(super) error: FetchError,
    /// Whether the connection ended without a byte of answer: one that was kept may have been closed meanwhile.
    pub(super) unheard: bool,
    /// Whether the server said that it did nothing about the request, so that any may be sent again (RFC 9113, section 8.7).
    pub(super) refused: bool,
    /// Whether the connection takes no more requests, though it may still be open.
    pub(super) spent: bool,
    /// Whether the server wants HTTP/1.1 for it (RFC 9113, section 7).
    pub(super) wants_http1: bool,
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self { error, unheard: false, refused: false, spent: false, wants_http1: false }
    }
}

/// An error with its causes, in one line.
pub(super) fn causes(error: &dyn Error) -> String {
    let causes = iter::successors(Some(error), |error: &&dyn Error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What ended a stream or a connection of HTTP/2, in words.
pub(super) fn of_http2(error: &h2::Error) -> String {
    let reason = error.reason().map(|reason| format!("{} ({reason:?})", reason.description()));
    match reason {
        Some(reason) if error.is_remote() && error.is_reset() => format!("the server reset the HTTP/2 stream: {reason}"),
        Some(reason) if error.is_remote() => format!("the server ended the HTTP/2 connection: {reason}"),
        Some(reason) => format!("the answer breaks the rules of HTTP/2: {reason}"),
        None => format!("HTTP/2: {}", causes(error)),
    }
}
