//! How an endpoint treats somebody who is not signed in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::{EnvironmentName, Reading};

/// Where a visitor without a session ends up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SignIn {
    /// The outcome; unknown when the walk ended early or the answer decides neither way.
    pub outcome: Reading<SignInOutcome>,
    /// Why, in words.
    pub reason: String,
    /// The request for authorisation that the visitor is sent with; absent when there is none.
    pub authorize: Option<AuthorizeRequest>,
}

/// What happens to a visitor without a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignInOutcome {
    /// Sent to the sign-in of the platform.
    PlatformSignIn,
    /// Sent to some other site's sign-in.
    OtherSignIn,
    /// Turned away: 401 or 403, or a page whose every request for data ends so; and no data with it.
    TurnedAway,
    /// Shown a page without data, from which sign-in starts.
    Shell,
    /// Shown a form that asks for a password.
    PasswordForm,
    /// Shown data.
    ShowsData,
    /// Shown a page that holds no data and starts no sign-in.
    PublicPage,
    /// Told that something is wrong with the request: 400, 404 or 405.
    Refused,
    /// The server failed: 5xx.
    Failed,
}

/// A request for authorisation (RFC 6749, section 4.1.1; `OpenID` Connect Core, section 3.1.2.1), as the browser is sent with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "a request answers that many questions")]
pub struct AuthorizeRequest {
    /// The URL, values of secret parameters masked.
    pub url: String,
    /// Its host.
    pub host: String,
    /// Whether it is https.
    pub secure: bool,
    /// The platform's environment that the host belongs to; absent when it is none of the platform's sign-in hosts.
    pub environment: Option<EnvironmentName>,
    /// Whether the host is one of the platform's that are for data and not for sign-in.
    pub data_host: bool,
    /// Whether it is the sign-in from before OAuth 2.0 (`app_id`, SAML).
    pub legacy: bool,
    /// The tenant in the path or in `acr_values`; absent when the request is for any.
    pub tenant: Option<String>,
    /// The client id; absent when there is none.
    pub client_id: Option<String>,
    /// Whether it is the one that the manifest names for the environment; absent when the manifest names none.
    pub client_id_matches: Option<bool>,
    /// `response_type`; absent when there is none.
    pub response_type: Option<String>,
    /// `response_mode`; absent when there is none.
    pub response_mode: Option<String>,
    /// `redirect_uri`; absent when there is none.
    pub redirect_uri: Option<String>,
    /// Whether it is exactly one of the redirect URLs of the manifest; absent when the manifest names none.
    pub redirect_uri_matches: Option<bool>,
    /// `scope`, in its words.
    pub scope: Vec<String>,
    /// `state`.
    pub state: OneTimeValue,
    /// `nonce`.
    pub nonce: OneTimeValue,
    /// Whether a PKCE challenge is sent (RFC 7636).
    pub code_challenge: bool,
    /// Its method: `S256`, `plain`; absent when it is not sent, which means `plain`.
    pub code_challenge_method: Option<String>,
    /// Parameters that must not stand in a URL, such as a client secret.
    pub secrets: Vec<String>,
}

/// A value that has to be new and unpredictable in every request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct OneTimeValue {
    /// Whether it is sent.
    pub present: bool,
    /// Its length in characters.
    pub length: u64,
    /// Whether it differs between two requests; unknown when only one was seen.
    pub differs: Reading<bool>,
}
