//! The one value that every report renders: a status for each requirement, the findings behind it, and a verdict.

mod findings;
mod fingerprint;
mod fold;
mod requirements;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    evidence::{Evidence, Profile},
    manifest::Manifest,
    rules::{Location, RuleSummary, Severity, Strength, Verification},
};

pub use findings::{ALLOWED_INLINE, ATTESTATION};
pub use fold::Ingredients;

/// The version of the JSON result, written into its `schema` key.
pub const SCHEMA: &str = "redflag-result-1";

/// The result of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Assessment {
    /// [`SCHEMA`].
    pub schema: String,
    /// What made the result.
    pub tool: Tool,
    /// When the run began, RFC 3339, UTC.
    pub started_at: String,
    /// The set of requirements the app is held to.
    pub profile: Profile,
    /// The manifest as read.
    pub app: Manifest,
    /// The verdict.
    pub verdict: Verdict,
    /// The exit code of the run; `cli` says what the codes mean.
    pub exit_code: u8,
    /// Whether the run was interrupted and the result is partial.
    pub interrupted: bool,
    /// How many of each.
    pub counts: Counts,
    /// Every requirement of the edition, in document order.
    pub requirements: Vec<RequirementResult>,
    /// What needs attention: red flags first, then by severity.
    pub findings: Vec<Finding>,
    /// The text of every rule that was evaluated, in order of id.
    pub rules: Vec<RuleSummary>,
    /// What was observed.
    pub evidence: Evidence,
}

/// What made a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `redflag`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The pack's name.
    pub pack: String,
    /// What the pack is called.
    pub pack_title: String,
    /// The edition of the requirements.
    pub edition: String,
    /// SHA-256 over the pack's files.
    pub pack_sha256: String,
}

/// The verdict in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every requirement is met.
    Ready,
    /// There are red flags.
    NotReady,
    /// Nothing failed, but something is unknown.
    Incomplete,
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Findings of medium severity or above that no accepted decision covers.
    pub red_flags: u32,
    /// Failed findings of critical severity.
    pub critical: u32,
    /// Failed findings of high severity.
    pub high: u32,
    /// Failed findings of medium severity.
    pub medium: u32,
    /// Failed findings of low severity.
    pub low: u32,
    /// Failed findings for information.
    pub info: u32,
    /// Findings that an accepted decision covers.
    pub waived: u32,
    /// Findings that say something is unknown.
    pub errors: u32,
    /// Requirements that wait for a person's statement.
    pub attestations_missing: u32,
}

/// One requirement and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RequirementResult {
    /// Stable id.
    pub id: String,
    /// The number of the sentence in the document.
    pub sentence: u32,
    /// The heading it stands under.
    pub chapter: String,
    /// A short name.
    pub title: String,
    /// What it asks for.
    pub text: String,
    /// How strongly it is worded.
    pub strength: Strength,
    /// Where it stands.
    pub source: String,
    /// The ways it is meant to be verified.
    pub verification: Vec<Verification>,
    /// The question a person answers; absent when no attestation is needed.
    pub question: Option<String>,
    /// What became of it.
    pub status: Status,
    /// What established the status: `rule:ID`, `attestation`, `requirement:ID`.
    pub verified_by: Vec<String>,
    /// Fingerprints of its findings.
    pub findings: Vec<String>,
    /// The status in words.
    pub reason: String,
}

impl RequirementResult {
    /// Whether it waits for a person's statement, whatever else is wrong with it.
    #[must_use]
    pub fn lacks_attestation(&self) -> bool {
        self.status != Status::NotApplicable
            && self.verification.contains(&Verification::Attestation)
            && !self.verified_by.iter().any(|by| by == ATTESTATION)
    }
}

/// What became of a requirement or a finding. The order is the precedence when several meet: the first wins. What is known to fail
/// stays failed, whatever else is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Facts were seen and break the requirement.
    Fail,
    /// A failure whose waiver or attestation has lapsed.
    ExpiredDecision,
    /// A fact could not be observed.
    Error,
    /// Nobody looked.
    NotRun,
    /// A person has to state it.
    NeedsAttestation,
    /// Facts were seen and are worth mending, but do not stop certification.
    Warn,
    /// A failure that an accepted decision covers.
    Waived,
    /// A person states that it is met.
    Attested,
    /// Facts were seen and satisfy it.
    Pass,
    /// It does not concern this app.
    NotApplicable,
}

/// An outcome that needs attention.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// The requirement it serves.
    pub requirement: String,
    /// How bad it is.
    pub severity: Severity,
    /// [`Status::Fail`], [`Status::Warn`], [`Status::Waived`], [`Status::ExpiredDecision`] or [`Status::Error`].
    pub status: Status,
    /// Whether it stops certification.
    pub red_flag: bool,
    /// What was seen, in one sentence.
    pub message: String,
    /// Where.
    pub location: Location,
    /// Stable across runs, line moves and machines.
    pub fingerprint: String,
    /// The decision that covers it, in words; absent when none does.
    pub decision: Option<String>,
}
