//! What the address of a web panel says before anybody visits it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::EnvironmentName;

/// The URL template of a web panel, with the platform's variables in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Panel {
    /// The template as written, values of secret parameters masked.
    pub template: String,
    /// The variables in it, in lower case, in order.
    pub variables: Vec<String>,
    /// Variables that every panel needs and this one lacks.
    pub missing: Vec<String>,
    /// Variables that must not be passed, and parameters that carry a secret.
    pub forbidden: Vec<String>,
    /// Variables about a person or their rights, which end up in logs and referrers.
    pub personal: Vec<String>,
    /// Variables that the platform does not have; near names may be typing mistakes.
    pub unknown: Vec<String>,
    /// The variable that was probably meant, for each unknown one that is near to one.
    pub meant: std::collections::BTreeMap<String, String>,
    /// A customer's id that is written out instead of a variable; absent when there is none.
    pub fixed_tenant: Option<String>,
    /// Other environments that the URL names than the one that the panel is for.
    pub other_environments: Vec<EnvironmentName>,
    /// Whether the platform itself serves it (its own scheme, or a variable for its base URL), so that nothing of it is the app's.
    pub served_by_platform: bool,
    /// Name of the window; absent when not declared.
    pub window_name: Option<String>,
    /// Description shown to administrators; absent when not declared.
    pub description: Option<String>,
}
