//! A rule in the words that reports show.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Severity;

/// What a report says about a rule: the rule's own text, without its logic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleSummary {
    /// The rule's id.
    pub id: String,
    /// The fault it looks for, as a sentence.
    pub title: String,
    /// The requirement it serves.
    pub requirement: String,
    /// How bad a failure is, under the profile in force.
    pub severity: Severity,
    /// Why it matters.
    pub why: String,
    /// How to mend it.
    pub fix: String,
    /// CWE and OWASP references, as in `cwe-326` and `owasp-2021-a02`.
    pub references: Vec<String>,
}
