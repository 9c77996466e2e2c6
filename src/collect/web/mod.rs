//! What a URL shows to an ordinary request: redirects, header lines, cookies.

mod alternative_services;
mod client;
mod cookie_date;
mod cookies;
mod headers;
mod masking;
mod pages;
mod panels;
mod platform_hosts;
mod recorder;
mod redirects;
mod sign_in;
#[cfg(test)]
mod tests;
mod time_left;

pub(in crate::collect) use masking::url as masked_url;
pub(in crate::collect) use redirects::visit;

use crate::evidence::{AlternativeService, Cookie, Reading, Response, Visit};

/// Whether the URL's own server says that it speaks HTTP/3.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::collect) struct Http3 {
    /// Everything that it offers elsewhere.
    pub alternatives: Vec<AlternativeService>,
    /// Whether HTTP/3 is among it.
    pub offered: Reading<bool>,
    /// Why that is unknown, or what is to be said of it.
    pub reason: Option<String>,
}

/// What a visit to a URL gave.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::collect) struct WebVisit {
    /// How it went.
    pub visit: Visit,
    /// Every response, first hop first.
    pub responses: Vec<Response>,
    /// Every cookie that any hop set, in the order sent.
    pub cookies: Vec<Cookie>,
    /// What the URL's own server says of HTTP/3.
    pub http3: Http3,
}

impl WebVisit {
    /// A visit that came to nothing.
    pub(in crate::collect) fn unreached(error: String) -> Self {
        let http3 = Http3 { reason: Some(format!("the web was not reached: {error}")), ..Http3::default() };
        let visit = Visit { reached: false, complete: false, error: Some(error) };
        Self { visit, responses: Vec::new(), cookies: Vec::new(), http3 }
    }
}
