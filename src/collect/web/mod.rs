//! What a URL shows to an ordinary request: redirects, header lines, cookies.

mod client;
mod cookie_date;
mod cookies;
mod headers;
mod masking;
mod recorder;
mod redirects;
#[cfg(test)]
mod tests;
mod time_left;

pub(in crate::collect) use masking::url as masked_url;
pub(in crate::collect) use redirects::visit;

use crate::evidence::{Cookie, Response, Visit};

/// What a visit to a URL gave.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::collect) struct WebVisit {
    /// How it went.
    pub visit: Visit,
    /// Every response, first hop first.
    pub responses: Vec<Response>,
    /// Every cookie that any hop set, in the order sent.
    pub cookies: Vec<Cookie>,
}

impl WebVisit {
    /// A visit that came to nothing.
    pub(in crate::collect) fn unreached(error: String) -> Self {
        let visit = Visit { reached: false, complete: false, error: Some(error) };
        Self { visit, responses: Vec::new(), cookies: Vec::new() }
    }
}
