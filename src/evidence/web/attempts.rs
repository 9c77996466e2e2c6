//! What came of requests that only an owner may send: forged tokens, wrong signatures.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::EndpointKind;
use crate::evidence::Reading;

/// One forged request and what became of it. Sent only with `--active` and a statement of authorisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attempt {
    /// What was forged.
    pub forgery: Forgery,
    /// The URL it was sent to, masked.
    pub url: String,
    /// HTTP status code of the answer; absent without one.
    pub status: Option<u16>,
    /// Whether the endpoint took it for genuine. `true` needs proof: a session that opens a protected page, or a success that differs from the answer to
    /// nonsense. Unknown when the answer proves neither.
    pub accepted: Reading<bool>,
    /// Why, in words.
    pub reason: String,
}

/// What is wrong with a forged request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Forgery {
    /// An id token without a signature (`alg: none`; RFC 8725, section 2.1).
    AlgorithmNone,
    /// An id token signed with a key of our own.
    WrongKey,
    /// An id token signed with a key of our own that names itself in the header (`jwk`; RFC 8725, section 2.8).
    EmbeddedKey,
    /// An id token signed with the public key as if it were a shared secret (HS256; RFC 8725, section 2.1).
    SharedSecret,
    /// An id token of another issuer.
    WrongIssuer,
    /// An id token for another audience.
    WrongAudience,
    /// An id token that has expired.
    Expired,
    /// A callback whose `state` nobody issued.
    WrongState,
    /// A notification about a tenant without a valid token.
    UnsignedNotification,
    /// A webhook call with a wrong HMAC.
    WrongSignature,
    /// A webhook call without an HMAC.
    NoSignature,
}

impl Forgery {
    /// Every one.
    pub const ALL: [Self; 11] = [
        Self::AlgorithmNone,
        Self::WrongKey,
        Self::EmbeddedKey,
        Self::SharedSecret,
        Self::WrongIssuer,
        Self::WrongAudience,
        Self::Expired,
        Self::WrongState,
        Self::UnsignedNotification,
        Self::WrongSignature,
        Self::NoSignature,
    ];

    /// Whether an endpoint of this kind receives what is forged.
    #[must_use]
    pub fn concerns(self, kind: EndpointKind) -> bool {
        match self {
            Self::UnsignedNotification => kind == EndpointKind::StateChange,
            Self::WrongSignature | Self::NoSignature => kind == EndpointKind::Webhook,
            _ => kind == EndpointKind::Redirect,
        }
    }

    /// The word used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AlgorithmNone => "algorithm-none",
            Self::WrongKey => "wrong-key",
            Self::EmbeddedKey => "embedded-key",
            Self::SharedSecret => "shared-secret",
            Self::WrongIssuer => "wrong-issuer",
            Self::WrongAudience => "wrong-audience",
            Self::Expired => "expired",
            Self::WrongState => "wrong-state",
            Self::UnsignedNotification => "unsigned-notification",
            Self::WrongSignature => "wrong-signature",
            Self::NoSignature => "no-signature",
        }
    }
}
