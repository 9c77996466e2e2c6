//! Answers as they came, for those who read them, and as they may be written down.

use url::Url;

use super::{client::Answer, masking};
use crate::evidence::Response;

/// One stop of a walk over redirects, with nothing masked.
// No `Debug`: tokens stand in it.
pub(in crate::collect) struct Hop {
    /// The URL that was asked.
    pub(super) url: Url,
    /// Its answer; only the last stop keeps its body.
    pub(super) answer: Answer,
    /// Where it sends the browser; absent when it is no redirect, or a broken one.
    pub(super) next: Option<Url>,
}

/// The answer without its body and without secrets.
pub(super) fn response(url: &str, answer: &Answer, location: Option<String>) -> Response {
    Response {
        url: url.to_owned(),
        ip: answer.ip.to_string(),
        status: answer.head.status,
        location,
        headers: answer.head.recorded(),
        body_sha256: answer.body.sha256.clone(),
        body_bytes: answer.body.bytes,
        body_truncated: answer.body.truncated,
        body_error: answer.body.error.clone(),
        http_version: answer.http_version.clone(),
        tls: answer.tls.clone(),
    }
}

/// Where an answer sends the browser, masked; absent when it is no redirect.
pub(super) fn location(url: &Url, answer: &Answer) -> Option<String> {
    if !matches!(answer.head.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let first = answer.head.values("Location").find(|location| !location.is_empty())?;
    let written = String::from_utf8_lossy(first);
    Some(masking::url(url.join(&written).as_ref().map_or(&written, Url::as_str)))
}
