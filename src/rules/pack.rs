//! A pack: one vendor's requirements and rules, as loaded and checked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Rule;
use crate::evidence::{Profile, Vocabulary};

/// One vendor's requirements and rules.
#[derive(Debug, Default)]
pub struct Pack {
    /// Its folder's name.
    pub name: String,
    /// What it is called in reports.
    pub title: String,
    /// The edition of the requirements.
    pub edition: String,
    /// Where the requirements are published.
    pub source_url: Option<String>,
    /// Who audits.
    pub auditor: Option<String>,
    /// Domains that are never probed.
    pub off_limits: Vec<String>,
    /// SHA-256 over every file of the pack, lowercase hexadecimal.
    pub sha256: String,
    /// The requirements in document order.
    pub requirements: Vec<Requirement>,
    /// The rules in order of their ids.
    pub rules: Vec<Rule>,
}

impl Pack {
    /// The rule of this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The requirement of this id.
    #[must_use]
    pub fn requirement(&self, id: &str) -> Option<&Requirement> {
        self.requirements.iter().find(|requirement| requirement.id == id)
    }

    /// The ids of all rules and requirements.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let rules = self.rules.iter().map(|rule| rule.id.as_str());
        rules.chain(self.requirements.iter().map(|requirement| requirement.id.as_str()))
    }

    /// What the source collector has to look for on behalf of all rules.
    #[must_use]
    pub fn vocabulary(&self) -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        self.rules.iter().for_each(|rule| vocabulary.merge(rule.vocabulary()));
        vocabulary
    }
}

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
