//! What the vendor's platform looks like from outside. Data of a pack: the code knows no vendor.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of the places where the platform runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EnvironmentName {
    /// For development.
    Development,
    /// For tests before release.
    Stage,
    /// For customers.
    Production,
}

impl EnvironmentName {
    /// The word used in files and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Stage => "stage",
            Self::Production => "production",
        }
    }
}

/// What collectors need to know of the platform.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Platform {
    /// The words that people know it by, in lower case.
    pub names: Vec<String>,
    /// Where it runs.
    pub environments: Vec<PlatformEnvironment>,
    /// How its sign-in is asked for.
    pub sign_in: PlatformSignIn,
    /// What a tenant's id looks like: a regular expression.
    pub tenant_id: String,
    /// A tenant id that no customer has, for visits.
    pub harmless_tenant: String,
    /// How web panels are addressed.
    pub panels: PanelSyntax,
    /// What forged requests say, so that they look like the platform's own and do no harm.
    pub forgeries: Forgeries,
    /// Names of headers and settings that carry a secret and have no place in a browser.
    pub secret_names: Vec<String>,
}

/// One place where the platform runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformEnvironment {
    /// Which one.
    pub name: EnvironmentName,
    /// The host that users sign in at.
    pub sign_in_host: String,
    /// Hosts that serve data or pages and frame panels, but are not for sign-in: names, or patterns where `#` stands for digits.
    pub hosts: Vec<String>,
    /// The `iss` of its id tokens.
    pub issuer: String,
}

/// How the platform's sign-in is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlatformSignIn {
    /// Paths of the authorization endpoint; `{tenant}` stands for a tenant's id.
    pub authorize_paths: Vec<String>,
    /// Query parameters of the sign-in from before OAuth 2.0.
    pub legacy_parameters: Vec<String>,
    /// Hosts beside the environments' where users of the platform enter their password.
    pub password_hosts: Vec<String>,
}

/// How web panels are addressed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PanelSyntax {
    /// Every variable there is, with a harmless value for visits.
    pub variables: std::collections::BTreeMap<String, String>,
    /// Those that every panel must pass.
    pub required: Vec<String>,
    /// Those that no panel may pass.
    pub forbidden: Vec<String>,
    /// Parameters that carry a secret, whatever variable fills them.
    pub secret_parameters: Vec<String>,
    /// Those about a person or their rights.
    pub personal: Vec<String>,
    /// Schemes that the platform itself serves.
    pub own_schemes: Vec<String>,
    /// Variables that stand for the platform's own base URL.
    pub own_bases: Vec<String>,
}

/// What forged requests say, so that they look like the platform's own and do no harm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Forgeries {
    /// The claims of id tokens beside the standard's, with the values of nobody.
    pub claims: std::collections::BTreeMap<String, String>,
    /// The body of a notification about a tenant, in JSON; `<token>` stands for its token, `<now>` for the time.
    pub notification: String,
    /// The body of a webhook call, in JSON; `<now>` stands for the time.
    pub webhook: String,
    /// The header lines of a webhook call.
    pub webhook_lines: std::collections::BTreeMap<String, String>,
    /// The header that carries the HMAC of a webhook call.
    pub webhook_signature: String,
}
