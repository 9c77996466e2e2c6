//! A stream that holds back what it reads until the head of the response is whole, and keeps that head.
//!
//! The HTTP library behind it sees the bytes only then: what it refuses, drops or rewrites is no longer lost, and how long a head may be is decided here.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::headers::{Head, HeadError, HeadReader};

/// How much is read at once.
const READ_SIZE: usize = 8 * 1024;

/// What is seen of the answer to the request under way, and when the next one begins.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Answer>>);

#[derive(Default)]
struct Answer {
    /// Absent while it is not whole.
    head: Option<Result<Head, HeadError>>,
    /// Whether a byte came.
    begun: bool,
    /// Whether another request is sent, so that what comes now is another head.
    again: bool,
}

impl Seen {
    /// The head, or why there is none; absent while it is not whole.
    pub(super) fn take(&self) -> Option<Result<Head, HeadError>> {
        self.answer().head.take()
    }

    /// Whether a byte of the answer came.
    pub(super) fn begun(&self) -> bool {
        self.answer().begun
    }

    /// To be called before another request is sent on a connection whose last answer is over.
    pub(super) fn expect_another(&self) {
        *self.answer() = Answer { again: true, ..Answer::default() };
    }

    fn answer(&self) -> MutexGuard<'_, Answer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The stream.
pub(super) struct Recorder<S> {
    stream: S,
    seen: Seen,
    state: State,
}

enum State {
    /// The head is not whole yet.
    Head(HeadReader),
    /// It is, or will never be: what was held back is handed on, then the rest as it comes.
    Beyond { held: Vec<u8>, given: usize },
}

impl State {
    fn beyond(reader: HeadReader) -> Self {
        Self::Beyond { held: reader.into_bytes(), given: 0 }
    }
}

impl<S: AsyncRead + Unpin> Recorder<S> {
    /// A recorder around a stream, and the place where its head will be found.
    pub(super) fn new(stream: S) -> (Self, Seen) {
        let seen = Seen::default();
        (Self { stream, seen: seen.clone(), state: State::Head(HeadReader::default()) }, seen)
    }

    /// Holds back what comes once more, when another request is sent.
    fn begin_again(&mut self) {
        let is_given = matches!(&self.state, State::Beyond { held, given } if *given >= held.len());
        if is_given && std::mem::take(&mut self.seen.answer().again) {
            self.state = State::Head(HeadReader::default());
        }
    }

    /// Reads until the head is whole or cannot be.
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let State::Head(reader) = &mut self.state {
            let mut piece = [0; READ_SIZE];
            let mut buffer = ReadBuf::new(&mut piece);
            ready!(poll_lenient(&mut self.stream, cx, &mut buffer))?;
            let outcome = match buffer.filled() {
                [] => Err(reader.cut_short()),
                more => {
                    self.seen.answer().begun = true;
                    match reader.push(more) {
                        Ok(None) => continue,
                        Ok(Some(head)) => Ok(head),
                        Err(error) => Err(error),
                    }
                }
            };
            self.state = State::beyond(std::mem::take(reader));
            let failure = outcome.as_ref().err().map(|error| io::Error::other(error.clone()));
            self.seen.answer().head = Some(outcome);
            if let Some(failure) = failure {
                return Poll::Ready(Err(failure));
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Recorder<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.begin_again();
        ready!(this.poll_head(cx))?;
        if let State::Beyond { held, given } = &mut this.state {
            let rest = held.get(*given..).unwrap_or_default();
            let (now, _) = rest.split_at(rest.len().min(buffer.remaining()));
            if !now.is_empty() {
                buffer.put_slice(now);
                *given = given.saturating_add(now.len());
                return Poll::Ready(Ok(()));
            }
        }
        poll_lenient(&mut this.stream, cx, buffer)
    }
}

/// A TLS stream that ends without `close_notify` just ends, as in browsers; whether the body is whole is for its framing to say.
pub(super) fn poll_lenient<S: AsyncRead + Unpin>(stream: &mut S, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
    match ready!(Pin::new(stream).poll_read(cx, buffer)) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
        outcome => Poll::Ready(outcome),
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Recorder<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
