//! The decisions file, as written.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Concern, Decisions, standing::day};
use crate::{
    evidence::Attestation,
    wording::nearest,
    yaml::{self, Problem, Spanned},
};

/// The shortest reason that says anything.
const SHORTEST_REASON: usize = 10;

/// The decisions file: who decided what, why, and for how long.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DecisionsFile {
    /// Statements that a requirement is met, where no machine can look.
    #[schemars(with = "Vec<Attestation>")]
    attestations: Vec<Spanned<Attestation>>,
    /// Findings that somebody accepts.
    #[schemars(with = "Vec<Waiver>")]
    waivers: Vec<Spanned<Waiver>>,
}

/// A finding that somebody accepts, for a reason and for a while. It stays in every report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The id of the rule.
    pub rule: String,
    /// The fingerprint of the one finding it covers; absent for all findings of the rule.
    #[serde(default)]
    pub finding: Option<String>,
    /// The cookie, certificate, version or sink it covers; absent for all.
    #[serde(default)]
    pub subject: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Who accepts it.
    pub by: String,
    /// In which role.
    pub role: Role,
    /// First day it holds, `YYYY-MM-DD`, UTC.
    pub from: String,
    /// Last day it holds, `YYYY-MM-DD`, UTC, inclusive.
    pub until: String,
}

/// The role in which somebody decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The app's maker.
    Partner,
    /// The vendor's reviewer.
    Reviewer,
    /// The outside auditor.
    Auditor,
}

impl Role {
    /// The word used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::Reviewer => "reviewer",
            Self::Auditor => "auditor",
        }
    }
}

impl Waiver {
    pub(super) fn covers(&self, concern: Concern<'_>) -> bool {
        self.rule == concern.rule
            && self.finding.as_deref().is_none_or(|fingerprint| fingerprint == concern.fingerprint)
            && self.subject.as_deref().is_none_or(|subject| concern.subject == Some(subject))
    }
}

impl Decisions {
    /// Reads a decisions file.
    ///
    /// # Errors
    /// Everything wrong with the file, with line and column: syntax, unknown keys, ids that cannot be decided on, unreadable days, empty reasons.
    pub fn read(file: &str, text: &str, decidable: &Decidable<'_>) -> Result<Self, Vec<Problem>> {
        let written: DecisionsFile = yaml::read(file, text)?;
        let mut problems = Vec::new();
        for entry in &written.attestations {
            let statement = &entry.value;
            let checked =
                Checked { id: &statement.requirement, why: &statement.explanation, from: &statement.from, until: &statement.until };
            let unknown = decidable.not_attestable(checked.id);
            problems.extend(unknown.into_iter().chain(checked.complaints()).map(|complaint| complaint.at(file, entry)));
        }
        for entry in &written.waivers {
            let waiver = &entry.value;
            let checked = Checked { id: &waiver.rule, why: &waiver.reason, from: &waiver.from, until: &waiver.until };
            let unknown = decidable.not_waivable(checked.id);
            problems.extend(unknown.into_iter().chain(checked.complaints()).map(|complaint| complaint.at(file, entry)));
        }
        if problems.is_empty() { Ok(Self::from(written)) } else { Err(problems) }
    }
}

impl From<DecisionsFile> for Decisions {
    fn from(written: DecisionsFile) -> Self {
        Self {
            attestations: written.attestations.into_iter().map(|entry| entry.value).collect(),
            waivers: written.waivers.into_iter().map(|entry| entry.value).collect(),
        }
    }
}

/// What can be decided on.
#[derive(Clone, Debug, Default)]
pub struct Decidable<'a> {
    /// The ids of all rules, those left out of the run among them: their findings can be waived.
    pub rules: BTreeSet<&'a str>,
    /// The ids of the requirements that are verified by attestation.
    pub attestable: BTreeSet<&'a str>,
    /// The ids of the other requirements.
    pub verified_otherwise: BTreeSet<&'a str>,
}

impl Decidable<'_> {
    fn not_waivable(&self, id: &str) -> Option<Complaint> {
        let is_requirement = self.attestable.contains(id) || self.verified_otherwise.contains(id);
        let message = match is_requirement {
            _ if self.rules.contains(id) => return None,
            true => format!("`{id}` is a requirement; a waiver names a rule"),
            false => format!("no rule has the id `{id}`"),
        };
        Some(Complaint { message, nearest: nearest(id, self.rules.iter().copied()).filter(|_| !is_requirement).map(str::to_owned) })
    }

    fn not_attestable(&self, id: &str) -> Option<Complaint> {
        if self.attestable.contains(id) {
            return None;
        }
        if self.verified_otherwise.contains(id) {
            return Some(Complaint { message: format!("requirement `{id}` is not verified by attestation"), nearest: None });
        }
        let nearest = nearest(id, self.attestable.iter().copied()).map(str::to_owned);
        Some(Complaint { message: format!("no requirement has the id `{id}`"), nearest })
    }
}

/// What every decision has in common.
struct Checked<'a> {
    id: &'a str,
    why: &'a str,
    from: &'a str,
    until: &'a str,
}

/// What is wrong with a decision.
struct Complaint {
    message: String,
    nearest: Option<String>,
}

impl Complaint {
    fn at<T>(self, file: &str, place: &Spanned<T>) -> Problem {
        Problem::with(file, place, &self.message).suggest(self.nearest.as_deref())
    }
}

impl Checked<'_> {
    fn complaints(&self) -> Vec<Complaint> {
        let plain = |message: String| Complaint { message, nearest: None };
        let mut complaints = Vec::new();
        if self.why.trim().chars().count() < SHORTEST_REASON {
            complaints.push(plain(format!("the reason for `{}` says too little; write at least {SHORTEST_REASON} characters", self.id)));
        }
        let unreadable = [self.from, self.until].into_iter().filter(|text| day(text).is_none());
        complaints.extend(unreadable.map(|text| plain(format!("`{text}` is not a day; write it as YYYY-MM-DD"))));
        if matches!((day(self.from), day(self.until)), (Some(from), Some(until)) if until < from) {
            complaints.push(plain(format!("the decision on `{}` ends before it begins", self.id)));
        }
        complaints
    }
}
