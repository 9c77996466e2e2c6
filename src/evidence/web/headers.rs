//! What the header lines of one answer tell a browser to do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::Reading;

/// The security-relevant header lines of one answer, read as browsers read them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HeaderFacts {
    /// The media type of the body, in lower case and without parameters; absent when the answer names none.
    pub content_type: Option<String>,
    /// What enforced Content Security Policies allow together (CSP Level 3); absent when there is none. `Report-Only` never counts.
    pub content_security_policy: Option<ContentSecurityPolicy>,
    /// Whether a `Content-Security-Policy-Report-Only` is sent.
    pub report_only_policy: bool,
    /// Who may show the page in a frame, `frame-ancestors` and `X-Frame-Options` taken together.
    pub framing: Framing,
    /// Whether `X-Content-Type-Options` is `nosniff` (Fetch, section 3.6).
    pub nosniff: bool,
    /// The referrer policy that counts: the last known word of all lines (Referrer Policy, section 8.1); absent when none is known.
    pub referrer_policy: Option<String>,
    /// Whether a page with a query in its URL keeps that query from other sites: by one of the policies that cut or drop it. Where no policy is
    /// set, browsers use `strict-origin-when-cross-origin`.
    pub referrer_is_private: bool,
    /// The value of `Permissions-Policy`; absent when it is not sent.
    pub permissions_policy: Option<String>,
    /// What caches may do with the answer.
    pub cache: CacheControl,
    /// What scripts of other sites may read (CORS); absent when no such header is sent.
    pub cross_origin: Option<CrossOrigin>,
    /// The value of `Cross-Origin-Opener-Policy`, without parameters; absent when it is not sent.
    pub opener_policy: Option<String>,
    /// The value of `Cross-Origin-Resource-Policy`; absent when it is not sent.
    pub resource_policy: Option<String>,
    /// The value of `Cross-Origin-Embedder-Policy`, without parameters; absent when it is not sent.
    pub embedder_policy: Option<String>,
    /// What `Strict-Transport-Security` tells browsers (RFC 6797); absent when the line is missing.
    pub transport_security: Option<TransportSecurity>,
    /// Header lines that tell which software answers, and its version where they do.
    pub banners: Vec<Banner>,
}

/// What all enforced policies of an answer allow together. A directive that one of them forbids is forbidden.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "a policy answers that many questions")]
pub struct ContentSecurityPolicy {
    /// How many policies there are.
    pub policies: u32,
    /// Whether scripts are restricted at all, by `script-src` or `default-src`.
    pub restricts_scripts: bool,
    /// Whether inline scripts run: `'unsafe-inline'` without nonce, hash or `'strict-dynamic'`.
    pub inline_scripts: bool,
    /// Whether `eval` runs.
    pub eval: bool,
    /// Whether scripts may come from any host of a scheme: `*`, `https:`, `http:`, `data:`, without `'strict-dynamic'`.
    pub any_script_host: bool,
    /// Whether plug-ins (`object-src`) are restricted.
    pub restricts_objects: bool,
    /// Whether `base-uri` is restricted.
    pub restricts_base: bool,
    /// Whether `form-action` is restricted.
    pub restricts_forms: bool,
    /// Parts that a browser does not understand.
    pub faults: Vec<String>,
}

/// Who may show a page in a frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Framing {
    /// The sources of every enforced `frame-ancestors`, one list for each policy; empty when there is none. It does not fall back to `default-src`.
    pub ancestors: Vec<Vec<String>>,
    /// The value of `X-Frame-Options` in lower case; absent when it is not sent. Where `frame-ancestors` is enforced, browsers ignore it.
    pub x_frame_options: Option<String>,
    /// Whether somebody may: nobody, the own site only, some sites, or everyone.
    pub allowed: FramingAllowed,
    /// Whether every page of the platform, in the environments that the app uses, may frame it; unknown where the platform's origins are not known.
    pub admits_platform: Reading<bool>,
    /// Hosts of the platform, by name or pattern, that may not; empty where all may, or where the platform's hosts are not known.
    pub not_admitted: Vec<String>,
    /// Patterns of numbered hosts of which some numbers may.
    pub admitted_in_part: Vec<String>,
    /// Sources that let in others than the platform and the app itself.
    pub beyond_platform: Vec<String>,
}

/// How far framing is allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FramingAllowed {
    /// Nothing is said, so everyone may.
    #[default]
    Unrestricted,
    /// Something is said, but it lets in everyone, or all of a scheme.
    Everyone,
    /// A list of sites.
    Listed,
    /// The own origin only.
    OwnOrigin,
    /// Nobody.
    Nobody,
}

/// What caches may do with an answer (RFC 9111).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CacheControl {
    /// The directives as sent, in lower case; absent when there is no such line.
    pub value: Option<String>,
    /// Whether nothing of it may be stored.
    pub no_store: bool,
    /// Whether shared caches must not store it.
    pub private: bool,
}

/// What scripts of other sites may read (Fetch, section 3.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CrossOrigin {
    /// The value of `Access-Control-Allow-Origin`; absent when it is not sent.
    pub allow_origin: Option<String>,
    /// Whether `Access-Control-Allow-Credentials` is `true`.
    pub allow_credentials: bool,
    /// Whether the origin that was sent, which nobody has a reason to trust, comes back as the allowed one.
    pub reflects: bool,
}

/// What `Strict-Transport-Security` tells a browser: the first line only, and only over https with a valid chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TransportSecurity {
    /// For how many seconds; `0` takes an earlier one back; absent when the line is broken.
    pub max_age: Option<u64>,
    /// Whether it covers hosts below.
    pub include_subdomains: bool,
    /// Whether it asks to be put on the list that browsers are shipped with.
    pub preload: bool,
    /// Whether more than one line was sent, of which only the first counts.
    pub repeated: bool,
    /// Why browsers ignore it: plain http, an untrusted certificate, a broken line; absent when they do not.
    pub ignored_because: Option<String>,
}

/// A header line that tells which software answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Banner {
    /// The header's name as sent.
    pub header: String,
    /// Its value.
    pub value: String,
    /// Whether a version number stands in it.
    pub has_version: bool,
}
