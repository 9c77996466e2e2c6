//! What an endpoint answers when it is asked in different ways.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HeaderFacts, Page, Response};

/// One answer of an endpoint to one question. The visit itself, with its redirects, stands in the endpoint's `responses`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WebAnswer {
    /// What was asked, and why.
    pub question: Question,
    /// The method of the request.
    pub method: String,
    /// The URL that was asked, values of secret parameters masked.
    pub url: String,
    /// Whether a response was read.
    pub reached: bool,
    /// Why there is none; absent when there is one.
    pub error: Option<String>,
    /// The response: of a visit, the last one.
    pub response: Option<Response>,
    /// Its header lines as a browser reads them; absent without a response.
    pub headers: Option<HeaderFacts>,
    /// Its page; absent when the response is none.
    pub page: Option<Page>,
    /// What the body gives away about the program behind it; absent when nothing is.
    pub disclosure: Option<Disclosure>,
}

/// What is asked of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// A visit as a browser makes it, redirects followed.
    Visit,
    /// The same once more, to see what is different every time.
    VisitAgain,
    /// The same over plain http on port 80.
    PlainHttp,
    /// As a frame inside another site (`Sec-Fetch-Dest: iframe`, `Sec-Fetch-Site: cross-site`).
    Framed,
    /// A sign-in answer with a token that is none.
    InvalidToken,
    /// A path that does not exist.
    NotFound,
    /// A request that a careless program stumbles over, and that does no harm.
    BrokenRequest,
    /// With the `Origin` of a site that nobody has a reason to trust.
    ForeignOrigin,
    /// With `Origin: null`, as sandboxed frames send it.
    NullOrigin,
    /// Recorded by a browser and handed in.
    Recorded,
}

impl Question {
    /// The word used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::VisitAgain => "visit-again",
            Self::PlainHttp => "plain-http",
            Self::Framed => "framed",
            Self::InvalidToken => "invalid-token",
            Self::NotFound => "not-found",
            Self::BrokenRequest => "broken-request",
            Self::ForeignOrigin => "foreign-origin",
            Self::NullOrigin => "null-origin",
            Self::Recorded => "recorded",
        }
    }
}

/// What a body gives away about the program behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Disclosure {
    /// Whose page it is: `ASP.NET`, `Django`.
    pub framework: String,
    /// What is shown: `stack trace`, `source code`, `settings`, `version`.
    pub shows: String,
    /// The signature that matched, by its name in the data file.
    pub signature: String,
}

/// A file that must not be public, and was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExposedFile {
    /// Its path.
    pub path: String,
    /// What it is: `git repository`, `private key`.
    pub what: String,
    /// The URL asked.
    pub url: String,
    /// Whether its content is served, judged by what such a file must hold and by what the site answers to a name that cannot exist;
    /// absent when the answer decides neither way.
    pub exposed: crate::evidence::Reading<bool>,
    /// HTTP status code; absent without a response.
    pub status: Option<u16>,
    /// Why it is known or not: `holds [core]`, `as every unknown path`.
    pub reason: Option<String>,
}
