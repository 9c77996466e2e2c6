//! What a URL showed: its redirects, header lines and cookies, its pages, and how it treats strangers.

mod answers;
mod attempts;
mod headers;
mod pages;
mod panels;
mod recordings;
mod sign_in;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::{
    answers::{Disclosure, ExposedFile, Question, WebAnswer},
    attempts::{Attempt, Forgery},
    headers::{Banner, CacheControl, ContentSecurityPolicy, CrossOrigin, Framing, FramingAllowed, HeaderFacts, TransportSecurity},
    pages::{CustomerData, Form, MixedContent, Page, PageRequest, ScriptFinding},
    panels::Panel,
    recordings::{Recording, RecordingFormat},
    sign_in::{AuthorizeRequest, OneTimeValue, SignIn, SignInOutcome},
};
use super::{Address, EnvironmentName, Reading};

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
    /// The platform's environment that it serves; absent when the manifest does not say.
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
    /// How the platform calls it back; absent when the manifest does not say.
    #[serde(default)]
    pub method: Option<CallbackMethod>,
    /// Whether everyone may see it, as the manifest states.
    #[serde(default)]
    pub public: bool,
    /// The URL template, of a web panel.
    #[serde(default)]
    pub panel: Option<Panel>,
    /// What it answered to each question, in the order of [`Question`]; empty when the web was left out of the run.
    #[serde(default)]
    pub answers: Vec<WebAnswer>,
    /// How it treats somebody who is not signed in; absent where that was not asked.
    #[serde(default)]
    pub sign_in: Option<SignIn>,
    /// Whether its redirect parameter leads anywhere; absent when the manifest names no such parameter.
    #[serde(default)]
    pub open_redirect: Option<OpenRedirect>,
    /// Files of its host that must not be public; empty where nobody asked.
    #[serde(default)]
    pub exposed_files: Vec<ExposedFile>,
    /// Why it is not known whether there are such files; absent when it is.
    #[serde(default)]
    pub exposed_files_reason: Option<String>,
    /// What came of forged requests; empty without `--active`.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// Which forged requests were not sent, and why; absent when all were.
    #[serde(default)]
    pub attempts_reason: Option<String>,
}

/// How the platform calls an endpoint back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CallbackMethod {
    /// With the answer in the URL.
    Get,
    /// With the answer in a form (`response_mode=form_post`).
    Post,
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
    /// The redirect URL at which the app receives the user from sign-in (login callback).
    #[default]
    #[serde(alias = "login-callback")]
    Redirect,
    /// Where administrators land when they install the app.
    Install,
    /// Where administrators configure the app.
    Configure,
    /// Where administrators land when they remove the app.
    Uninstall,
    /// Where users land when sign-in fails.
    Error,
    /// Where users land after sign-out.
    PostLogout,
    /// An origin whose scripts call the platform.
    Cors,
    /// Where the platform tells about changes of a tenant.
    StateChange,
    /// Where the platform sends events.
    Webhook,
    /// Where the platform calls a connector.
    Connector,
    /// A page shown inside the platform.
    WebPanel,
    /// Any other page of the app.
    #[serde(alias = "public-page")]
    Page,
    /// An API of the app.
    Api,
}

impl EndpointKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Redirect,
        Self::Install,
        Self::Configure,
        Self::Uninstall,
        Self::Error,
        Self::PostLogout,
        Self::Cors,
        Self::StateChange,
        Self::Webhook,
        Self::Connector,
        Self::WebPanel,
        Self::Page,
        Self::Api,
    ];

    /// The word used in files and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::Install => "install",
            Self::Configure => "configure",
            Self::Uninstall => "uninstall",
            Self::Error => "error",
            Self::PostLogout => "post-logout",
            Self::Cors => "cors",
            Self::StateChange => "state-change",
            Self::Webhook => "webhook",
            Self::Connector => "connector",
            Self::WebPanel => "web-panel",
            Self::Page => "page",
            Self::Api => "api",
        }
    }

    /// Whether programs call it and no person ever sees it.
    #[must_use]
    pub fn is_called_by_programs(self) -> bool {
        matches!(self, Self::StateChange | Self::Webhook | Self::Connector | Self::Api)
    }
}

/// How the visit to a URL went. It keeps the cookies that it is given until it ends, as a browser does, and starts without any.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::struct_excessive_bools, reason = "a walk answers that many questions")]
pub struct Visit {
    /// Whether at least one response was read.
    pub reached: bool,
    /// Whether the walk ended at a response that is not a followed redirect; what lies behind a broken hop is unknown.
    pub complete: bool,
    /// Why the visit ended early; absent when it is complete.
    pub error: Option<String>,
    /// Whether a redirect led from http to https, followed or not.
    #[serde(default)]
    pub upgraded: bool,
    /// Whether a redirect led from https back to http, followed or not.
    #[serde(default)]
    pub downgraded: bool,
    /// Hosts to which redirects led and that the manifest does not name, so that they were not asked; sorted.
    #[serde(default)]
    pub unnamed_hosts: Vec<String>,
    /// Where the last redirect leads that was not followed, and why; absent when the visit ended otherwise.
    #[serde(default)]
    pub not_followed: Option<NotFollowed>,
    /// The address that a redirect led to, that is out of reach for those whom it was sent to, and that was not contacted: a private one, this
    /// machine's own, or that of a cloud's metadata service; absent when there is none.
    #[serde(default)]
    pub private_address: Option<String>,
    /// Whether the walk came back to where it had been with nothing changed, so that it would never have ended.
    #[serde(default)]
    pub looped: bool,
}

/// A redirect that was recorded and not followed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotFollowed {
    /// Where it leads, values of secret parameters masked.
    pub url: String,
    /// Why nobody went there.
    pub reason: String,
}

/// Whether a parameter of the URL decides where the visitor is sent (CWE-601).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct OpenRedirect {
    /// The parameter, as the manifest names it.
    pub parameter: String,
    /// Whether it sends the visitor to a site that nobody has a reason to trust; unknown where the answer decides neither way.
    pub open: Reading<bool>,
    /// HTTP status code; absent without a response.
    pub status: Option<u16>,
    /// Where the answer points, values of secret parameters masked; absent when it is no redirect.
    pub location: Option<String>,
    /// Why it is known or not.
    pub reason: String,
}

/// One response, without its body.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// Why the body could not be read, or its compression not be undone, to the end; absent when it could.
    #[serde(default)]
    pub body_error: Option<String>,
    /// The version of HTTP: `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
    #[serde(default)]
    pub http_version: String,
    /// What the TLS connection of this hop was; absent over plain http.
    #[serde(default)]
    pub tls: Option<HopTls>,
    /// What its `Strict-Transport-Security` tells browsers (RFC 6797); absent when the line is missing.
    #[serde(default)]
    pub transport_security: Option<TransportSecurity>,
}

/// The TLS connection that a response came over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HopTls {
    /// The version: `tls1.2`, `tls1.3`.
    pub version: String,
    /// The suite, by its IANA name.
    pub cipher_suite: String,
    /// Whether a browser would trust the certificate for this host, now; unknown where that could not be judged.
    pub trusted: Reading<bool>,
    /// Why not; absent when it would.
    pub reason: Option<String>,
}

/// One `Set-Cookie` line (RFC 6265bis). The value is never kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// What the value is made of: see [`CookieValue`].
    #[serde(default)]
    pub value: CookieValue,
    /// The `Set-Cookie` line as sent, its value masked.
    #[serde(default)]
    pub line: String,
    /// Why browsers reject the line: a broken prefix rule, `SameSite=None` without `Secure`, a foreign or public-suffix domain, its size; absent when they
    /// take it.
    #[serde(default)]
    pub rejected_because: Option<String>,
    /// How wide the `Domain` attribute reaches.
    #[serde(default)]
    pub scope: CookieScope,
    /// For how many seconds it lives, from when it was set; absent for a session cookie. Never more than 400 days, whatever the line says (RFC 6265bis,
    /// section 5.5).
    #[serde(default)]
    pub lifetime: Option<u64>,
    /// Whose cookie it is, when it is not the app's own: a load balancer's, a content network's, the platform's.
    #[serde(default)]
    pub owner: Option<CookieOwner>,
    /// What it is for, as far as its name tells; absent when it does not.
    #[serde(default)]
    pub purpose: Option<CookiePurpose>,
    /// How to give it its flags, where its name tells who makes it: a framework, or its owner.
    #[serde(default)]
    pub fix: Option<String>,
    /// The attributes that are not known, by their names here: of a cookie jar that does not tell `same_site`.
    #[serde(default)]
    pub untold: Vec<String>,
    /// What was asked when it was set.
    #[serde(default)]
    pub question: Option<Question>,
}

/// What the value of a cookie is made of. Never the value itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CookieValue {
    /// Nothing.
    Empty,
    /// Digits.
    Number,
    /// Hexadecimal digits.
    Hexadecimal,
    /// A UUID.
    Uuid,
    /// A JSON Web Token.
    Jwt,
    /// A token or ticket of the platform, or another credential in clear.
    Credential,
    /// An e-mail address or another datum of a person in clear.
    Personal,
    /// Base64, encrypted or not.
    Base64,
    /// Something else.
    #[default]
    Other,
}

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CookiePurpose {
    /// Who the user is.
    Session,
    /// That a form is the app's own.
    AntiForgery,
    /// That the answer of a sign-in belongs to its question.
    Correlation,
    /// What the user agreed to.
    Consent,
    /// What the user likes: a language, a time zone, a colour.
    Preference,
    /// Who comes back, for statistics and advertisements.
    Analytics,
}

/// How wide a cookie's `Domain` reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CookieScope {
    /// The host alone.
    #[default]
    Host,
    /// The host and hosts below it.
    Subdomains,
    /// A wider domain that the host is part of.
    Parent,
    /// Another domain, or a public suffix: browsers reject it.
    Foreign,
}

/// Who sets a cookie that is not the app's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CookieOwner {
    /// The name: `AWS Application Load Balancer`.
    pub name: String,
    /// What it is: `load balancer`, `firewall`, `analytics`, `platform`.
    pub kind: String,
    /// How to give the cookie its flags, or to do without it; absent when nothing can be done.
    pub fix: Option<String>,
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
