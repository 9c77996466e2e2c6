//! The body of a response, read up to a cap and unpacked.

use std::{error::Error, iter};

use aws_lc_rs::digest;
use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};

use super::{decoding, headers::Head, http2, time_left::Deadline};
use crate::wording::hexadecimal;

/// The most of a body that is read.
pub(super) const BODY_LIMIT: u64 = 1024 * 1024;

/// What was read of a body.
// No `Debug`: whatever the server sent stands in it.
pub(super) struct Body {
    /// The bytes that were read, content codings undone; less of them, or none, where they cannot be.
    pub(super) content: Vec<u8>,
    /// Of the bytes as received, in hexadecimal; absent when not a byte was read.
    pub(super) sha256: Option<String>,
    /// How many were received.
    pub(super) bytes: u64,
    /// Whether it went on past [`BODY_LIMIT`] or the deadline, or broke off.
    pub(super) truncated: bool,
    /// Why it could not be read, or unpacked, to the end; absent when it could.
    pub(super) error: Option<String>,
}

/// Where a body comes from.
pub(super) enum Source {
    Http1(Incoming),
    Http2(h2::RecvStream),
}

impl Source {
    /// The next piece; absent at the end.
    async fn next(&mut self) -> Option<Result<Bytes, String>> {
        match self {
            Self::Http1(incoming) => {
                let frame = incoming.frame().await?;
                Some(frame.map(|frame| frame.into_data().unwrap_or_default()).map_err(|error| causes(&error)))
            }
            Self::Http2(stream) => {
                let data = stream.data().await?;
                // What is read makes room for more; a stream that is over needs none.
                let _ = data.as_ref().map(|data| stream.flow_control().release_capacity(data.len()));
                Some(data.map_err(|error| http2::words(&error)))
            }
        }
    }
}

/// An error with its causes, in one line.
pub(super) fn causes(error: &dyn Error) -> String {
    let causes = iter::successors(Some(error), |error: &&dyn Error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl Body {
    /// The body of a response of which only the head could be read.
    pub(super) fn unread(error: String) -> Self {
        Self { content: Vec::new(), sha256: None, bytes: 0, truncated: true, error: Some(error) }
    }

    /// Reads until the end, the limit or the deadline, whichever comes first; still packed.
    pub(super) async fn read(mut source: Source, deadline: Deadline) -> Self {
        let mut content = Vec::new();
        let limit = usize::try_from(BODY_LIMIT).unwrap_or(usize::MAX);
        let error = loop {
            let data = match deadline.bound(source.next()).await {
                Ok(None) => break None,
                Ok(Some(Ok(data))) => data,
                Ok(Some(Err(problem))) => break Some(format!("the body breaks off: {problem}")),
                Err(late) => break Some(format!("the body does not end: {late}")),
            };
            let (kept, beyond) = data.split_at(data.len().min(limit.saturating_sub(content.len())));
            content.extend_from_slice(kept);
            if !beyond.is_empty() {
                break Some(format!("the body is longer than {} KiB", BODY_LIMIT / 1024));
            }
        };
        let sha256 = (!content.is_empty()).then(|| hexadecimal(digest::digest(&digest::SHA256, &content).as_ref()));
        let bytes = u64::try_from(content.len()).unwrap_or(u64::MAX);
        Self { content, sha256, bytes, truncated: error.is_some(), error }
    }

    /// The same with the codings undone that the head names.
    pub(super) fn unpacked(self, head: &Head) -> Self {
        let content = decoding::undo(head.values("Content-Encoding"), &self.content);
        Self { content: content.bytes, error: self.error.or(content.error), ..self }
    }
}
