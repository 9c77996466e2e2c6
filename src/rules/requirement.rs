//! The certification text, sentence by sentence.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::Profile;

/// One sentence of the certification text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Stable id.
    pub id: String,
    /// The number of the sentence in the document.
    pub sentence: u32,
    /// The heading it stands under.
    #[serde(skip)]
    pub chapter: String,
    /// A short name.
    pub title: String,
    /// What it asks for, in our words.
    pub text: String,
    /// How strongly it is worded.
    pub strength: Strength,
    /// Where it stands.
    pub source: String,
    /// The kinds of app it binds.
    pub applies_to: Vec<Profile>,
    /// How it is verified. With both rules and attestation, both are needed.
    pub verified_by: Vec<Verification>,
    /// The question a person answers; absent when no attestation is needed.
    #[serde(default)]
    pub question: Option<String>,
    /// The requirements whose status it sums up.
    #[serde(default)]
    pub rolls_up: Vec<String>,
}

/// The strength of a requirement's wording (RFC 2119).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// Binding.
    Must,
    /// Recommended.
    Should,
    /// Allowed, or said for information.
    May,
}

impl Strength {
    /// The word used in files and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::May => "may",
        }
    }
}

/// A way to verify a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verification {
    /// By the rules that name it.
    Rules,
    /// By a person's statement.
    Attestation,
    /// By the requirements it sums up.
    RollUp,
}
