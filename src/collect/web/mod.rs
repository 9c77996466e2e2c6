//! What a URL shows to an ordinary request: redirects, header lines, cookies.

mod active;
mod alternative_services;
mod beyond;
mod body;
mod client;
mod contents;
mod cookies;
mod decoding;
mod disclosure;
mod driver;
mod exposed_files;
mod fetch_error;
mod header_facts;
mod headers;
mod http1;
mod http2;
mod look;
mod masking;
mod open_redirect;
mod pages;
mod panels;
mod patience;
mod plain_http;
mod platform_hosts;
mod questions;
mod recorder;
mod recordings;
mod redirects;
mod request;
mod secured;
mod session;
mod sign_in;
mod source_maps;
mod stranger;
#[cfg(test)]
mod tests;
mod time_left;
mod transport_security;
mod way;

pub use active::Permission;
pub(in crate::collect) use active::{Attempts, attempts};
pub(in crate::collect) use look::{Look, look};
pub(in crate::collect) use masking::url as masked_url;
pub(in crate::collect) use pages::Reader;
pub(in crate::collect) use panels::{panel, visited};
pub(in crate::collect) use questions::Subject;
pub(in crate::collect) use recordings::judge as judge_recordings;
pub use recordings::{LARGEST_RECORDING, Recording, RecordingError};
use redirects::LastAnswer;
pub(in crate::collect) use session::Session;

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
#[derive(Debug)]
pub(in crate::collect) struct WebVisit {
    /// How it went.
    pub visit: Visit,
    /// Every response, first hop first.
    pub responses: Vec<Response>,
    /// Every cookie that any hop set, in the order sent.
    pub cookies: Vec<Cookie>,
    /// What the URL's own server says of HTTP/3.
    pub http3: Http3,
    /// The answers before the last one as they came, in memory only.
    pub passed: Vec<LastAnswer>,
    /// The last answer as it came, in memory only; absent when there was none.
    pub last: Option<LastAnswer>,
}

impl WebVisit {
    /// A visit that came to nothing.
    pub(in crate::collect) fn unreached(error: String) -> Self {
        let http3 = Http3 { reason: Some(format!("the web was not reached: {error}")), ..Http3::default() };
        let visit = Visit { reached: false, complete: false, error: Some(error), ..Visit::default() };
        Self { visit, responses: Vec::new(), cookies: Vec::new(), http3, passed: Vec::new(), last: None }
    }
}
