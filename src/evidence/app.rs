//! What the partner declares about the app: the part of the manifest that rules may ask for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
