//! One request, and its form in each version of HTTP.

use std::net::IpAddr;

use http_body_util::Full;
use hyper::{Method, Request, body::Bytes, header};
use url::{Host, Position, Url};

use super::{body::Body, headers::Head, transport_security::transport_security};
use crate::{
    evidence::{HopTls, Response},
    wording::visible,
};

/// Who asks, so that the owner of a server can tell.
const USER_AGENT: &str = concat!("redflag/", env!("CARGO_PKG_VERSION"), " (+certification self-check)");

/// What browsers offer: only so does a server show whether it compresses.
const ACCEPT_ENCODING: &str = "gzip, deflate, br, zstd";

/// One request. What every request carries (`Host`, `User-Agent`, `Accept`, `Accept-Encoding`) is added when it is sent.
#[derive(Clone)]
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    pub(super) url: &'a Url,
    /// Lines beside the usual ones; one of the same name takes the place of the usual one.
    pub(super) lines: Vec<(&'a str, String)>,
    /// The body with its media type; absent for none.
    pub(super) body: Option<(&'static str, Bytes)>,
}

/// One response.
// No `Debug`: cookies, tokens and pages stand in it.
pub(super) struct Answer {
    /// The address that answered.
    pub(super) ip: IpAddr,
    pub(super) head: Head,
    pub(super) body: Body,
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
    pub(super) http_version: String,
    /// The TLS connection; absent over plain http.
    pub(super) tls: Option<HopTls>,
}

impl Answer {
    /// The answer to `url`, which is masked already, as it may be written down; where it leads is for others to add.
    pub(super) fn recorded(&self, url: &str) -> Response {
        Response {
            url: url.to_owned(),
            ip: self.ip.to_string(),
            status: self.head.status,
            location: None,
            headers: self.head.recorded(),
            body_sha256: self.body.sha256.clone(),
            body_bytes: self.body.bytes,
            body_truncated: self.body.truncated,
            body_error: self.body.error.as_deref().map(visible),
            http_version: self.http_version.clone(),
            tls: self.tls.clone(),
            transport_security: transport_security(&self.head, self.tls.as_ref()),
        }
    }
}

impl<'a> Ask<'a> {
    /// An ordinary GET.
    pub(super) fn get(url: &'a Url) -> Self {
        Self { method: Method::GET, url, lines: Vec::new(), body: None }
    }

    /// The bytes of the body; none for none.
    pub(super) fn content(&self) -> Bytes {
        self.body.as_ref().map(|(_, bytes)| bytes.clone()).unwrap_or_default()
    }

    /// As HTTP/1.1 sends it; absent where the URL or a line does not fit into one.
    pub(super) fn in_http1(&self) -> Option<Request<Full<Bytes>>> {
        let target = &self.url[Position::BeforePath..Position::AfterQuery];
        let host = ("Host", self.authority());
        let request = Request::builder().method(self.method.clone()).uri(target);
        self.with_lines(request, Some(host)).body(Full::new(self.content())).ok()
    }

    /// As HTTP/2 sends it (RFC 9113, section 8.3.1), the body apart.
    pub(super) fn in_http2(&self) -> Option<Request<()>> {
        let target = &self.url[Position::BeforePath..Position::AfterQuery];
        let authority = self.own("Host").unwrap_or_else(|| self.authority());
        let request = Request::builder().method(self.method.clone()).uri(format!("{}://{authority}{target}", self.url.scheme()));
        self.with_lines(request, None).body(()).ok()
    }

    fn authority(&self) -> &str {
        &self.url[Position::BeforeHost..Position::AfterPort]
    }

    fn own(&self, name: &str) -> Option<&str> {
        self.lines.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn with_lines(&self, mut request: hyper::http::request::Builder, host: Option<(&str, &str)>) -> hyper::http::request::Builder {
        let usual = [("User-Agent", USER_AGENT), ("Accept", "text/html,*/*;q=0.8"), ("Accept-Encoding", ACCEPT_ENCODING)];
        for (name, value) in host.into_iter().chain(usual).filter(|(name, _)| self.own(name).is_none()) {
            request = request.header(name, value);
        }
        // HTTP/2 has neither of these (RFC 9113, section 8.2.2).
        let is_of_connection = |name: &str| {
            ["Host", "Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade"].iter().any(|own| own.eq_ignore_ascii_case(name))
        };
        for (name, value) in self.lines.iter().filter(|(name, _)| host.is_some() || !is_of_connection(name)) {
            request = request.header(*name, value);
        }
        match &self.body {
            Some((kind, _)) => request.header(header::CONTENT_TYPE, *kind),
            None => request,
        }
    }
}

/// The host of a URL: without the brackets of an IPv6 address or the dot that ends a name.
pub(super) fn host(url: &Url) -> Option<String> {
    match url.host()? {
        Host::Domain(name) => Some(name.strip_suffix('.').unwrap_or(name).to_owned()),
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(address.to_string()),
    }
}
