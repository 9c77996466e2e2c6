//! A stream that reads along, and keeps the heads of responses.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frames::{Found, Frames};
use crate::collect::web::{
    headers::{Head, HeadError},
    recorder::poll_lenient,
};

/// The most heads that wait for who asked for them.
const HEADS_LIMIT: usize = 256;

/// The heads of one connection, by stream.
#[derive(Clone, Default)]
pub(super) struct Heads(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    heads: BTreeMap<u32, Result<Head, HeadError>>,
    begun: bool,
    problem: Option<HeadError>,
}

impl Heads {
    /// The head of a stream, or why it is none; absent when none came.
    pub(super) fn take(&self, stream: u32) -> Option<Result<Head, HeadError>> {
        self.seen().heads.remove(&stream)
    }

    /// Why the connection is of no use any more; absent when it is, or nothing is wrong with what came.
    pub(super) fn problem(&self) -> Option<HeadError> {
        self.seen().problem.clone()
    }

    /// Drops what comes for a stream when it is dropped itself.
    pub(super) fn forgetting(&self, stream: u32) -> Forget {
        Forget { heads: self.clone(), stream }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Heads::forgetting`].
pub(super) struct Forget {
    heads: Heads,
    stream: u32,
}

impl Drop for Forget {
    fn drop(&mut self) {
        self.heads.seen().heads.remove(&self.stream);
    }
}

impl Seen {
    /// The first head that is no interim one counts; trailers come behind it.
    fn put(&mut self, found: Found) {
        let is_interim = found.head.as_ref().is_ok_and(Head::is_interim);
        if is_interim || self.heads.len() >= HEADS_LIMIT {
            return;
        }
        if let Entry::Vacant(place) = self.heads.entry(found.stream) {
            place.insert(found.head);
        }
    }
}

/// The stream.
pub(super) struct Tap<S> {
    stream: S,
    frames: Frames,
    heads: Heads,
}

impl<S> Tap<S> {
    /// A tap on a stream, and where its heads will be found.
    pub(super) fn new(stream: S) -> (Self, Heads) {
        let heads = Heads::default();
        (Self { stream, frames: Frames::default(), heads: heads.clone() }, heads)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        ready!(poll_lenient(&mut this.stream, cx, buffer))?;
        let more = buffer.filled().get(before..).unwrap_or_default();
        let outcome = this.frames.push(more);
        let mut seen = this.heads.seen();
        match outcome {
            Ok(_) if more.is_empty() && !seen.begun => seen.problem = Some(HeadError::Nothing),
            Ok(found) => found.into_iter().for_each(|found| seen.put(found)),
            Err(problem) => {
                seen.problem = Some(problem.clone());
                return Poll::Ready(Err(io::Error::other(problem)));
            }
        }
        seen.begun |= !more.is_empty();
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
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
