//! The vocabulary of facts: what was observed, as plain data without opinion.
//!
//! Every type here is written into the JSON result and read by the rules, so its field names are public. A field is one of three things:
//!
//! | in Rust | in JSON | meaning |
//! |---|---|---|
//! | `T` | a value | observed |
//! | `Option<T>` | a value or `null` | observed, or observed to be *absent* |
//! | [`Reading<T>`] | a value or `null` | observed, or *unknown*; the reason stands in the field beside it |
//!
//! A rule that touches an unknown reading becomes an error, never a pass.

mod app;
mod attestation;
mod platform;
mod reading;
mod source;
mod tls;
mod vocabulary;
mod web;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use app::{App, AppEnvironment, Authorisation, Context, Model, Profile};
pub use attestation::{Attestation, AttestationStatus};
pub use platform::{EnvironmentName, Forgeries, PanelSyntax, Platform, PlatformEnvironment, PlatformSignIn};
pub use reading::{Reading, UNKNOWN_KEYWORD};
pub use source::{
    ChangeSet, CodeLine, Confidence, Extent, FactKind, InlineDecision, Language, Marked, Origin, SkippedFile, Source, SourceArgument,
    SourceFact, Surface, Trace,
};
pub use tls::{
    Address, Answer, CategoryScores, Certificate, CertificateTimestamp, Chain, CipherSuite, Client, ClientCertificate, Contact,
    DhParameters, Extensions, Gap, Group, GroupKind, GroupOrder, OtherChain, Protocol, ProtocolId, Rating, RatingReason, RevocationStatus,
    SignatureAlgorithm, StapledResponse, Statistics, TimestampSource, Tls, Weakness, WeaknessId,
};
pub use vocabulary::{GROUP, HoldingSetting, LiteralPattern, MissingSetting, NamedEnvironment, Passed, PassedAt, Vocabulary};
pub use web::{
    AlternativeService, Attempt, AuthorizeRequest, Banner, Caa, CaaRecord, CacheControl, CallbackMethod, ContentSecurityPolicy, Cookie,
    CookieOwner, CookiePrefix, CookiePurpose, CookieScope, CookieValue, CrossOrigin, CustomerData, Disclosure, Endpoint, EndpointKind,
    ExposedFile, Forgery, Form, Framing, FramingAllowed, HeaderFacts, HopTls, MixedContent, NotFollowed, OneTimeValue, OpenRedirect, Page,
    PageRequest, Panel, Question, Recording, RecordingFormat, Response, SameSite, ScriptFinding, SignIn, SignInOutcome, TransportSecurity,
    Visit, WebAnswer,
};

/// Everything one run observed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Evidence {
    /// When the facts were seen, RFC 3339, UTC, by the real clock: validity is judged by it. Not part of a report that must be the same byte for byte.
    pub observed_at: String,
    /// The URLs that were visited, in the order of the manifest.
    pub endpoints: Vec<Endpoint>,
    /// The recordings of browser sessions that were handed in, in the order named.
    #[serde(default)]
    pub recordings: Vec<Recording>,
    /// The ids of URLs of the manifest that were left out of the run: what is not among the others may be among these.
    pub left_out: Vec<String>,
    /// The source scan; absent when no source folder was given or the source was left out of the run.
    pub source: Option<Source>,
    /// What the samples of log files showed.
    pub logs: Vec<serde_json::Value>,
    /// The statements people made where no machine can look.
    pub attestations: Vec<Attestation>,
}
