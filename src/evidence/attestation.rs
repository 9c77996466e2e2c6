//! What a person states where no machine can look.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A statement that a requirement is met, or is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// The id of the requirement.
    pub requirement: String,
    /// What is stated.
    pub status: AttestationStatus,
    /// In words: how the requirement is met, where the proof lies.
    pub explanation: String,
    /// Who states it.
    pub by: String,
    /// In which role: partner, reviewer, auditor.
    pub role: String,
    /// First day it holds, `YYYY-MM-DD`, UTC.
    pub from: String,
    /// Last day it holds, `YYYY-MM-DD`, UTC, inclusive.
    pub until: String,
}

/// What an attestation states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AttestationStatus {
    /// The requirement is met.
    Passed,
    /// It is not.
    Failed,
}
