//! One connection that speaks HTTP/1.1 (RFC 9112), and is kept between requests where the server lets it.

use http_body_util::Full;
use hyper::{Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    body::{Body, Source, causes},
    driver::Driver,
    fetch_error::{Failure, FetchError},
    headers::{HEAD_LIMIT, Head, HeadError, LINES_LIMIT},
    recorder::{Recorder, Seen},
    time_left::Deadline,
};

/// What the HTTP library may hold at once: a whole head and the read that completed it.
const BUFFER_LIMIT: usize = 2 * HEAD_LIMIT;

/// The connection.
pub(super) struct Http1 {
    sender: http1::SendRequest<Full<Bytes>>,
    seen: Seen,
    driver: Driver,
    /// Whether the server can be sent another request after the last answer.
    reusable: bool,
}

impl Http1 {
    /// Takes a stream on which nothing was sent yet.
    ///
    /// # Errors
    /// When the HTTP library will not have it.
    pub(super) async fn open<S>(stream: S) -> Result<Self, FetchError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (stream, seen) = Recorder::new(stream);
        let (sender, connection) = reader().handshake(TokioIo::new(stream)).await.map_err(|error| FetchError::Broken(causes(&error)))?;
        Ok(Self { sender, seen, driver: Driver::start(connection), reusable: true })
    }

    /// Whether another request may be sent on it.
    pub(super) fn is_open(&self) -> bool {
        self.reusable && !self.driver.is_over() && !self.sender.is_closed()
    }

    /// Sends a request and reads the answer. The recorded head counts, also when the HTTP library refuses it.
    ///
    /// # Errors
    /// When no head comes in time.
    pub(super) async fn exchange(&mut self, request: Request<Full<Bytes>>, deadline: Deadline) -> Result<(Head, Body), Failure> {
        // Until all went well it is not to be used again.
        self.reusable = false;
        let outcome = self.answer(request, deadline).await;
        match self.seen.take() {
            Some(Ok(head)) => {
                let body = outcome.unwrap_or_else(|error| Body::unread(error.to_string()));
                self.reusable = !body.truncated && head.status != 101 && head.version == "HTTP/1.1";
                Ok((head, body))
            }
            Some(Err(error)) => Err(self.failure(error.into())),
            None => Err(self.failure(outcome.err().unwrap_or(FetchError::Head(HeadError::Nothing)))),
        }
    }

    async fn answer(&mut self, request: Request<Full<Bytes>>, deadline: Deadline) -> Result<Body, FetchError> {
        deadline.bound(self.sender.ready()).await?.map_err(|error| FetchError::Broken(causes(&error)))?;
        let response = deadline.bound(self.sender.send_request(request)).await?.map_err(|error| FetchError::Broken(causes(&error)))?;
        Ok(Body::read(Source::Http1(response.into_body()), deadline).await)
    }

    /// To be called between two exchanges.
    pub(super) fn rewind(&self) {
        self.seen.expect_another();
    }

    fn failure(&self, error: FetchError) -> Failure {
        Failure { unheard: !self.seen.begun() && !error.is_late(), ..Failure::from(error) }
    }
}

/// An HTTP/1 client as tolerant as browsers are.
fn reader() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .title_case_headers(true)
        .max_headers(LINES_LIMIT)
        .max_buf_size(BUFFER_LIMIT)
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true);
    builder
}
