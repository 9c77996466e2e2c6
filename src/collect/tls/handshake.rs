//! A whole handshake by rustls, for what TLS 1.3 encrypts and what only a finished handshake shows.

use std::{io, net::IpAddr, sync::Arc, time::Duration};

use rustls::{ClientConfig, Error, HandshakeKind, ProtocolVersion, pki_types::ServerName};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, Join, ReadHalf, Take, WriteHalf, join, split},
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    exchange::ANSWER_LIMIT,
    recorder::Recorder,
    server::{Outcome, Server},
};
use crate::{collect::network::Connection, wording::visible};

/// The least time that a server has for what it sends after a handshake. Nearly all send a ticket or end the connection at once, so that it costs
/// nothing; a busy one whose ticket was not waited for would seem to have none.
const PATIENCE: Duration = Duration::from_secs(1);

/// What became of a handshake.
#[derive(Debug)]
pub(super) enum Handshake {
    /// It came to its end.
    Finished(Finished),
    /// The server ended it with an alert, or closed the connection.
    Refused(String),
    /// It came to nothing that says anything about the server.
    Failed(String),
}

/// A handshake that came to its end.
#[derive(Debug)]
pub(super) struct Finished {
    /// The protocol that ALPN agreed on.
    pub application_protocol: Option<Vec<u8>>,
    /// Whether a session was resumed.
    pub resumed: bool,
    /// How the server took the client that has no certificate.
    pub afterwards: Afterwards,
}

/// What the server did after the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Afterwards {
    /// It went on: it sent a ticket or data, waited, or said good-bye in order.
    WentOn,
    /// It ended the connection with an alert.
    Alert,
    /// It ended the connection without a word.
    Ended,
    /// It cut the connection off.
    CutOff,
}

/// Goes through a handshake, then waits for the tickets of TLS 1.3, or for the end of the connection.
/// Twice where the connection failed before the server said anything: it may be one that limits connections.
pub(super) async fn complete(server: &Server<'_>, config: &Arc<ClientConfig>, recorder: &Recorder) -> Handshake {
    let first = attempt(server, config, recorder).await;
    let Err(Problem::Passing(_)) = first else { return outcome(first) };
    server.pause().await;
    outcome(attempt(server, config, recorder).await)
}

fn outcome(attempt: Result<Finished, Problem>) -> Handshake {
    match attempt {
        Ok(finished) => Handshake::Finished(finished),
        Err(Problem::Refused(why) | Problem::Passing(Some(why))) => Handshake::Refused(why),
        Err(Problem::Passing(None)) => Handshake::Failed("the connection is not accepted any more".into()),
        Err(Problem::Other(why)) => Handshake::Failed(why),
    }
}

async fn attempt(server: &Server<'_>, config: &Arc<ClientConfig>, recorder: &Recorder) -> Result<Finished, Problem> {
    let (connection, _in_flight) = server.dial().await.map_err(|unreached| {
        let why = unreached.error.clone();
        if server.may_be_passing(&Outcome::Unreached(unreached)) { Problem::Passing(None) } else { Problem::Other(why) }
    })?;
    let (started, deadline) = (Instant::now(), connection.deadline());
    let connected = timeout_at(deadline, connect(server, config, connection)).await;
    let mut stream = connected.map_err(|_| Problem::Other(server.silence()))?.map_err(|error| problem(&error, recorder))?;
    let patience = (started.elapsed() * 4).max(PATIENCE).min(deadline.saturating_duration_since(Instant::now()));
    let afterwards = timeout(patience, settle(&mut stream, recorder)).await.unwrap_or(Afterwards::WentOn);
    Ok(Finished::of(&stream, afterwards))
}

type Stream = TlsStream<Join<Take<ReadHalf<Connection>>, WriteHalf<Connection>>>;

/// Why a handshake did not come to its end.
enum Problem {
    /// The server said so, or closed the connection in the midst of it.
    Refused(String),
    /// The connection was closed, or not accepted, before the server said anything.
    Passing(Option<String>),
    /// Anything else, which says nothing about the server.
    Other(String),
}

async fn connect(server: &Server<'_>, config: &Arc<ClientConfig>, connection: Connection) -> io::Result<Stream> {
    let (reader, writer) = split(connection);
    let stream = join(reader.take(ANSWER_LIMIT as u64), writer);
    TlsConnector::from(Arc::clone(config)).connect(server_name(server.host()), stream).await
}

/// What the server refused is told from what rustls refused.
fn problem(error: &io::Error, recorder: &Recorder) -> Problem {
    const CLOSED: &str = "the server closed the connection";
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::AlertReceived(alert)) => Problem::Refused(format!("alert `{alert:?}`")),
        Some(_) => Problem::Other(visible(&error.to_string())),
        None if recorder.certificates().is_empty() => Problem::Passing(Some(CLOSED.into())),
        None => Problem::Refused(CLOSED.into()),
    }
}

fn is_alert(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    matches!(inner, Some(Error::AlertReceived(_)))
}

impl Finished {
    fn of(stream: &Stream, afterwards: Afterwards) -> Self {
        let (_, connection) = stream.get_ref();
        Self {
            application_protocol: connection.alpn_protocol().map(<[u8]>::to_vec),
            resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
            afterwards,
        }
    }
}

/// Reads until a ticket comes, or the connection ends.
async fn settle(stream: &mut Stream, recorder: &Recorder) -> Afterwards {
    // A server that is done with us need not be waited for; one that wants a certificate must not find bytes it has not read,
    // for they would make its system throw away the alert.
    if !recorder.wants_certificate() || stream.get_ref().1.protocol_version() == Some(ProtocolVersion::TLSv1_2) {
        stream.get_mut().1.send_close_notify();
        if stream.flush().await.is_err() {
            return Afterwards::CutOff;
        }
    }
    // Up to TLS 1.2 nothing comes after the handshake that is not asked for.
    if stream.get_ref().1.protocol_version() == Some(ProtocolVersion::TLSv1_2) {
        return Afterwards::WentOn;
    }
    let mut buffer = [0; 1024];
    tokio::select! {
        biased;
        () = recorder.sessions.ticket() => Afterwards::WentOn,
        read = stream.read(&mut buffer) => match read {
            Ok(_) => Afterwards::WentOn,
            Err(error) if is_alert(&error) => Afterwards::Alert,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Afterwards::Ended,
            Err(_) => Afterwards::CutOff,
        },
    }
}

/// A name that rustls takes; for one it refuses, an address, which it does not send.
fn server_name(host: &str) -> ServerName<'static> {
    let host = host.strip_suffix('.').unwrap_or(host).trim_start_matches('[').trim_end_matches(']');
    ServerName::try_from(host.to_owned()).unwrap_or_else(|_| ServerName::from(IpAddr::from([0, 0, 0, 0])))
}
