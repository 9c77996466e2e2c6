//! `redflag.yaml`: what is to be assessed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::{App, EndpointKind};

/// The app under assessment and where to look.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// What the partner declares about the app.
    #[serde(flatten)]
    pub app: App,
    /// The URLs to visit.
    pub endpoints: Vec<Target>,
    /// Source folders, as given.
    pub source: Vec<String>,
    /// The file with waivers and attestations; absent when there is none.
    pub decisions: Option<String>,
}

/// A URL to visit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// A name for it, unique in the manifest.
    pub id: String,
    /// The URL, with scheme.
    #[schemars(with = "String")]
    pub url: url::Url,
    /// What the URL is for.
    pub kind: EndpointKind,
}
