//! A pack: one vendor's requirements and rules, as loaded and checked.

use super::{Requirement, Rule};
use crate::evidence::{Platform, Vocabulary};

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
    /// Who is to be told when a secret of the platform may be known to others.
    pub notified: Option<String>,
    /// Domains that are never probed.
    pub off_limits: Vec<String>,
    /// What the vendor's platform looks like from outside.
    pub platform: Platform,
    /// A regular expression that names of other services match.
    pub other_services: String,
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
