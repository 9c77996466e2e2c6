//! A TLS connection to whoever answers: the certificate is judged and never enforced, and nothing secret is sent.

use std::{io, sync::Arc};

use rustls::{
    ProtocolVersion,
    pki_types::ServerName,
    version::{TLS12, TLS13},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{fetch_error::FetchError, time_left::Deadline};
use crate::{
    collect::{
        network::Connection,
        tls::{self, Judge, recorder},
    },
    evidence::{HopTls, Reading},
};

/// The connection, and what it showed.
pub(super) struct Secured {
    pub(super) stream: TlsStream<Connection>,
    pub(super) facts: HopTls,
    /// Whether both sides agreed on HTTP/2 (RFC 7301).
    pub(super) is_http2: bool,
}

/// What is offered by ALPN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// What browsers offer.
    Both,
    /// HTTP/1.1 alone, where the server wants nothing else for what is asked.
    Http1,
}

/// Shakes hands with `host`.
///
/// # Errors
/// When the handshake fails or takes too long.
pub(super) async fn secure(
    connection: Connection,
    host: &str,
    offer: Offer,
    judge: Option<&Judge<'_>>,
    deadline: Deadline,
) -> Result<Secured, FetchError> {
    let name = ServerName::try_from(host.to_owned()).map_err(|error| FetchError::Tls(error.to_string()))?;
    let protocols: &[&[u8]] = if offer == Offer::Both { &[b"h2", b"http/1.1"] } else { &[b"http/1.1"] };
    let (config, seen) = recorder::client(&[&TLS13, &TLS12], protocols);
    let handshake = TlsConnector::from(Arc::new(config)).connect(name, connection);
    let stream = deadline.bound(handshake).await?.map_err(|error| FetchError::Tls(handshake_problem(&error)))?;
    let (trusted, reason) = match judge {
        Some(judge) => tls::verdict(&seen, host, judge),
        None => (Reading::Unknown, Some("the certificate was not judged".to_owned())),
    };
    let (_, session) = stream.get_ref();
    let suite = session.negotiated_cipher_suite().map(|suite| tls::suite_name(suite.suite().into()));
    let version = if session.protocol_version() == Some(ProtocolVersion::TLSv1_3) { "tls1.3" } else { "tls1.2" };
    let facts = HopTls { version: version.to_owned(), cipher_suite: suite.unwrap_or_default(), trusted, reason };
    let is_http2 = session.alpn_protocol() == Some(b"h2");
    Ok(Secured { stream, facts, is_http2 })
}

fn handshake_problem(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidMessage(_)) => "the answer is not TLS".to_owned(),
        Some(problem) => problem.to_string(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => "the server closed the connection in the handshake".to_owned(),
        None => error.to_string(),
    }
}
