//! One connection that speaks HTTP/2 (RFC 9113), on which any number of requests are under way at once.
//!
//! The `h2` crate speaks the protocol; the heads are read off the wire beside it, because it keeps no order across names.

mod frames;
mod hpack;
mod huffman;
mod tap;

use h2::{Reason, client};
use hyper::{Request, body::Bytes};
use tokio::io::{AsyncRead, AsyncWrite};

use self::tap::{Heads, Tap};
use super::{
    body::{Body, Source, causes},
    driver::Driver,
    fetch_error::{Failure, FetchError},
    headers::{HEAD_LIMIT, Head, HeadError},
    time_left::Deadline,
};

/// How much of one body may be under way unread.
const STREAM_WINDOW: u32 = 256 * 1024;

/// How much of all bodies of a connection may be.
const CONNECTION_WINDOW: u32 = 2 * 1024 * 1024;

/// The connection.
pub(super) struct Http2 {
    sender: client::SendRequest<Bytes>,
    heads: Heads,
    driver: Driver,
}

impl Http2 {
    /// Takes a stream on which both sides agreed to speak HTTP/2.
    ///
    /// # Errors
    /// When it fails at once.
    pub(super) async fn open<S>(stream: S) -> Result<Self, FetchError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (tap, heads) = Tap::new(stream);
        let mut builder = client::Builder::new();
        builder
            .enable_push(false)
            .max_header_list_size(u32::try_from(HEAD_LIMIT).unwrap_or(u32::MAX))
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW);
        let (sender, connection) = builder.handshake(tap).await.map_err(|error| FetchError::Broken(words(&error)))?;
        Ok(Self { sender, heads, driver: Driver::start(connection) })
    }

    /// Whether another request may be sent on it.
    pub(super) fn is_open(&self) -> bool {
        !self.driver.is_over()
    }

    /// Sends a request and reads the answer. The head counts as it came, also when the library refuses it.
    ///
    /// # Errors
    /// When no head comes in time.
    pub(super) async fn exchange(&self, request: Request<()>, content: Bytes, deadline: Deadline) -> Result<(Head, Body), Failure> {
        let late = |late| Failure::from(FetchError::Late(late));
        let mut sender = deadline.bound(self.sender.clone().ready()).await.map_err(late)?.map_err(|error| self.failure(&error, None))?;
        let (response, mut stream) = sender.send_request(request, content.is_empty()).map_err(|error| self.failure(&error, None))?;
        let id = response.stream_id().as_u32();
        let forget = self.heads.forgetting(id);
        if !content.is_empty() {
            stream.send_data(content, true).map_err(|error| self.failure(&error, Some(id)))?;
        }
        let outcome = match deadline.bound(response).await {
            Ok(Ok(response)) => Ok(Body::read(Source::Http2(response.into_body()), deadline).await),
            Ok(Err(error)) => Err(self.failure(&error, Some(id))),
            Err(error) => Err(late(error)),
        };
        let head = self.heads.take(id);
        drop(forget);
        match (head, outcome) {
            (Some(Ok(head)), Ok(body)) => Ok((head, body)),
            (Some(Ok(head)), Err(failure)) => Ok((head, Body::unread(failure.error.to_string()))),
            (Some(Err(error)), _) => Err(Failure::from(FetchError::Head(error))),
            (None, Err(failure)) => Err(failure),
            (None, Ok(_)) => Err(Failure::from(FetchError::Head(HeadError::Malformed))),
        }
    }

    fn failure(&self, error: &h2::Error, id: Option<u32>) -> Failure {
        if let Some(problem) = self.heads.problem() {
            return Failure { unheard: problem == HeadError::Nothing, ..Failure::from(FetchError::Head(problem)) };
        }
        let unheard = error.is_go_away() || error.is_io() || id.is_none();
        let refused = error.is_reset() && error.reason() == Some(Reason::REFUSED_STREAM);
        let wants_http1 = error.reason() == Some(Reason::HTTP_1_1_REQUIRED);
        Failure { error: FetchError::Broken(words(error)), unheard, refused, wants_http1 }
    }
}

/// What ended the stream or the connection.
pub(super) fn words(error: &h2::Error) -> String {
    let reason = error.reason().map(|reason| format!("{} ({reason:?})", reason.description()));
    match reason {
        Some(reason) if error.is_remote() && error.is_reset() => format!("the server reset the HTTP/2 stream: {reason}"),
        Some(reason) if error.is_remote() => format!("the server ended the HTTP/2 connection: {reason}"),
        Some(reason) => format!("the answer breaks the rules of HTTP/2: {reason}"),
        None => format!("HTTP/2: {}", causes(error)),
    }
}
