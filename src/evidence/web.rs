//! What a URL showed to an ordinary request: its redirects, header lines and cookies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Address, Reading};

/// One URL of the app and everything seen there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Endpoint {
    /// The name the manifest gives it, or one made from its kind.
    pub id: String,
    /// The URL as asked for.
    pub url: String,
    /// Its scheme: `https` or `http`.
    pub scheme: String,
    /// Host name or IP address, without brackets.
    pub host: String,
    /// Port number.
    pub port: u16,
    /// What the URL is for.
    pub kind: EndpointKind,
    /// Why no address is known; absent when the host was resolved.
    pub error: Option<String>,
    /// Every address of the host, IPv4 first, in numerical order.
    pub addresses: Vec<Address>,
    /// How the visit by HTTP went; absent when the web was left out of the run.
    pub visit: Option<Visit>,
    /// The responses of the visit, first hop first.
    pub responses: Vec<Response>,
    /// Every cookie that any hop set.
    pub cookies: Vec<Cookie>,
    /// Where else the responses of this scheme, host and port say that they can be had, by `Alt-Svc` over https (RFC 7838).
    #[serde(default)]
    pub alternative_services: Vec<AlternativeService>,
    /// Whether one of them speaks HTTP/3 (RFC 9114); unknown where no response over https was read. That it answers was not tried.
    #[serde(default)]
    pub http3: Reading<bool>,
    /// Why that is unknown, or what is to be said of it; absent where there is nothing to add.
    #[serde(default)]
    pub http3_reason: Option<String>,
    /// Which authorities may issue certificates for the host, as DNS says (Certification Authority Authorization, RFC 8659).
    #[serde(default)]
    pub caa: Reading<Caa>,
    /// Why that is unknown; absent otherwise.
    #[serde(default)]
    pub caa_reason: Option<String>,
}

/// One other place where a server says it can be reached (RFC 7838, section 3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlternativeService {
    /// The protocol, by its ALPN name as written: `h3` is HTTP/3.
    pub protocol: String,
    /// Its host; absent where it is the same one.
    pub host: Option<String>,
    /// Its port.
    pub port: u16,
    /// For how many seconds clients remember it: 86400 where nothing else is said.
    pub max_age: u64,
    /// Whether clients remember it in another network too.
    pub persist: bool,
}

/// The CAA records that count for a host name (RFC 8659).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Caa {
    /// The name that has them: the host's own, or the closest one above; absent where none has any, so that every authority may issue.
    pub name: Option<String>,
    /// The records, sorted, because DNS gives them in any order.
    pub records: Vec<CaaRecord>,
}

/// One CAA record (RFC 8659, section 4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct CaaRecord {
    /// What it is about, in lower case: `issue`, `issuewild`, `iodef` or another.
    pub tag: String,
    /// Whom it names; `;` is nobody.
    pub value: String,
    /// Whether an authority that does not understand the tag must not issue.
    pub critical: bool,
}

/// What a URL is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointKind {
    /// The redirect URL at which the app receives the user from SuperID (login callback).
    #[default]
    Redirect,
    /// A page shown inside the platform.
    WebPanel,
    /// Any other page or API of the app.
    Page,
}

impl EndpointKind {
    /// The word used in files and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::WebPanel => "web-panel",
            Self::Page => "page",
        }
    }
}

/// How the visit to a URL went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Visit {
    /// Whether at least one response was read.
    pub reached: bool,
    /// Whether the walk ended at a response that is not a followed redirect; what lies behind a broken hop is unknown.
    pub complete: bool,
    /// Why the visit ended early; absent when it is complete.
    pub error: Option<String>,
}

/// One response, without its body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Response {
    /// The URL that was asked, values of secret parameters masked.
    pub url: String,
    /// The address that answered.
    pub ip: String,
    /// HTTP status code.
    pub status: u16,
    /// Where a redirect points, values of secret parameters masked; absent when the response is none.
    pub location: Option<String>,
    /// Header lines as sent, in order, with the server's spelling and duplicates. Cookie values are masked.
    pub headers: Vec<(String, String)>,
    /// SHA-256 of the body as received, compressed where `Content-Encoding` says so; lowercase hexadecimal; absent when there was none to read.
    pub body_sha256: Option<String>,
    /// Bytes of body that were read.
    pub body_bytes: u64,
    /// Whether the body went on past the cap or broke off.
    pub body_truncated: bool,
}

/// One `Set-Cookie` line (RFC 6265bis). The value is never kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::struct_excessive_bools, reason = "a Set-Cookie line has that many flags")]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// The `Domain` attribute; absent for a host-only cookie.
    pub domain: Option<String>,
    /// The `Path` attribute; absent when the line has none.
    pub path: Option<String>,
    /// Whether the line has `Secure`.
    pub secure: bool,
    /// Whether the line has `HttpOnly`.
    pub http_only: bool,
    /// The `SameSite` attribute; absent when the line has none or a word that browsers do not know.
    pub same_site: Option<SameSite>,
    /// Whether the line has `Partitioned`.
    pub partitioned: bool,
    /// The prefix of the name that browsers enforce; absent when it has none.
    pub prefix: Option<CookiePrefix>,
    /// Whether the line deletes the cookie: it expires in the past or at once.
    pub deletion: bool,
    /// Length of the value in bytes.
    pub value_bytes: u64,
    /// The response that set it, as a URL with secret parameters masked.
    pub set_by: String,
}

/// The `SameSite` attribute of a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SameSite {
    /// Sent on top-level navigation only.
    Lax,
    /// Never sent across sites.
    Strict,
    /// Always sent; needs `Secure`.
    None,
}

/// A name prefix that browsers enforce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CookiePrefix {
    /// `__Host-`: Secure, no Domain, Path `/`.
    #[serde(rename = "__Host-")]
    Host,
    /// `__Secure-`: Secure.
    #[serde(rename = "__Secure-")]
    Secure,
}
