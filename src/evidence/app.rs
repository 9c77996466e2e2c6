//! What the partner declares about the app: the part of the manifest that rules may ask for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::EnvironmentName;

/// The app under assessment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct App {
    /// Its name.
    pub name: String,
    /// Standard (App Store) or custom (one customer).
    pub kind: Profile,
    /// Where it runs as seen from the platform; absent when not declared.
    pub model: Option<Model>,
    /// In whose name it calls the web services.
    pub contexts: Vec<Context>,
    /// The platform's environments that it uses; empty when not declared.
    #[serde(default)]
    pub environments: Vec<AppEnvironment>,
    /// Who allowed requests beyond ordinary ones; absent when nobody did.
    #[serde(default)]
    pub authorised: Option<Authorisation>,
}

/// What the app is registered with in one of the platform's environments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppEnvironment {
    /// Which one.
    pub name: EnvironmentName,
    /// The client id there; absent when not declared.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Redirect URLs that are registered beside the endpoints of the manifest; regular expressions where they begin with `^`.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Origins that are registered for cross-origin calls.
    #[serde(default)]
    pub cors_origins: Vec<String>,
}

/// Who allowed requests beyond ordinary ones, such as forged tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Authorisation {
    /// The person.
    pub by: String,
    /// The last day on which it holds, as in `2026-12-31`; absent when it was given for this run alone.
    #[serde(default)]
    pub until: Option<String>,
}

/// The kind of app, and with it the set of requirements it is held to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Offered to every customer; certified by the vendor and audited from outside.
    #[default]
    Standard,
    /// Made for one customer; validated by the vendor.
    Custom,
}

impl Profile {
    /// The word used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Custom => "custom",
        }
    }
}

/// How the app meets its users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// Shown inside the platform.
    Internal,
    /// Outside the platform.
    External,
    /// Both.
    Hybrid,
}

/// In whose name the app calls the web services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    /// The signed-in user.
    Interactive,
    /// The system user.
    SystemUser,
    /// A native or mobile client.
    Native,
}
