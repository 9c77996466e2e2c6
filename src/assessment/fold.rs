//! Outcomes and decisions, folded into one assessment. Pure: the same input gives the same value.

use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Assessment, Counts, Finding, RequirementResult, SCHEMA, Status, Tool, Verdict,
    findings::{findings, is_red_flag},
    requirements::{Basis, results},
};
use crate::{
    decisions::Decisions,
    evidence::{Evidence, Profile},
    manifest::Manifest,
    rules::{Outcome, Pack, Severity},
};

/// Everything that goes into an assessment.
#[derive(Debug)]
pub struct Ingredients<'a> {
    /// The requirements and rules that were applied.
    pub pack: &'a Pack,
    /// What the rules said.
    pub outcomes: &'a [Outcome],
    /// What people decided.
    pub decisions: &'a Decisions,
    /// What was asked for.
    pub manifest: &'a Manifest,
    /// The set of requirements the app is held to.
    pub profile: Profile,
    /// The day on which decisions must hold.
    pub today: Date,
    /// When the run began.
    pub started_at: OffsetDateTime,
    /// What was observed.
    pub evidence: Evidence,
}

impl Assessment {
    /// Folds outcomes and decisions. The exit code is left at 0: picking it is up to the caller.
    ///
    /// # Panics
    /// Never: every instant has an RFC 3339 form.
    #[must_use]
    pub fn fold(ingredients: Ingredients<'_>) -> Self {
        let Ingredients { pack, outcomes, decisions, manifest, profile, today, started_at, evidence } = ingredients;
        let findings = findings(outcomes, decisions, evidence.source.as_ref(), pack, today);
        let requirements = results(&Basis { pack, outcomes, findings: &findings, decisions, profile, today });
        let counts = counts(&findings, &requirements);
        Self {
            schema: SCHEMA.into(),
            tool: Tool::of(pack),
            started_at: started_at.format(&Rfc3339).expect("every instant has an RFC 3339 form"),
            profile,
            app: manifest.clone(),
            verdict: verdict(&counts, &requirements),
            exit_code: 0,
            interrupted: false,
            counts,
            requirements,
            findings,
            rules: pack.rules.iter().map(|rule| rule.summary(profile)).collect(),
            evidence,
        }
    }

    /// The same, marked as the partial result of an interrupted run: nothing that was not seen counts as ready.
    #[must_use]
    pub fn interrupted(self) -> Self {
        let verdict = if self.verdict == Verdict::Ready { Verdict::Incomplete } else { self.verdict };
        Self { interrupted: true, verdict, ..self }
    }

    /// What in a result that was read does not follow from the rest of it; absent when it agrees with itself.
    #[must_use]
    pub fn contradiction(&self) -> Option<String> {
        let counts = counts(&self.findings, &self.requirements);
        let verdict = match verdict(&counts, &self.requirements) {
            Verdict::Ready if self.interrupted => Verdict::Incomplete,
            verdict => verdict,
        };
        let wrong_flag = self.findings.iter().find(|finding| finding.red_flag != is_red_flag(finding.status, finding.severity));
        let denied = self.findings.iter().find(|finding| self.requirements.iter().any(|requirement| requirement.denies(finding)));
        if let Some(Finding { rule, fingerprint, .. }) = wrong_flag {
            Some(format!("whether the finding {fingerprint} of `{rule}` is a red flag contradicts its own severity and status"))
        } else if let Some(Finding { rule, requirement, .. }) = denied {
            Some(format!("the status of {requirement} contradicts its finding of `{rule}`"))
        } else if counts != self.counts {
            Some("its counts contradict its own findings and requirements".into())
        } else if verdict != self.verdict {
            Some("its verdict contradicts its own findings and requirements".into())
        } else {
            None
        }
    }
}

impl RequirementResult {
    /// Whether its status is better than one of its findings lets it be.
    fn denies(&self, finding: &Finding) -> bool {
        self.id == finding.requirement && self.status != Status::NotApplicable && self.status > finding.status
    }
}

impl Tool {
    fn of(pack: &Pack) -> Self {
        Self {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            pack: pack.name.clone(),
            pack_title: pack.title.clone(),
            edition: pack.edition.clone(),
            pack_sha256: pack.sha256.clone(),
        }
    }
}

fn counts(findings: &[Finding], requirements: &[RequirementResult]) -> Counts {
    let number =
        |wanted: &dyn Fn(&Finding) -> bool| u32::try_from(findings.iter().filter(|finding| wanted(finding)).count()).unwrap_or(u32::MAX);
    let failed = |severity| {
        number(&|finding: &Finding| {
            finding.severity == severity && matches!(finding.status, Status::Fail | Status::Warn | Status::ExpiredDecision)
        })
    };
    let missing = requirements.iter().filter(|requirement| requirement.lacks_attestation()).count();
    Counts {
        red_flags: number(&|finding| finding.red_flag),
        critical: failed(Severity::Critical),
        high: failed(Severity::High),
        medium: failed(Severity::Medium),
        low: failed(Severity::Low),
        info: failed(Severity::Info),
        waived: number(&|finding| finding.status == Status::Waived),
        errors: number(&|finding| finding.status == Status::Error),
        attestations_missing: u32::try_from(missing).unwrap_or(u32::MAX),
    }
}

fn verdict(counts: &Counts, requirements: &[RequirementResult]) -> Verdict {
    let open = |requirement: &RequirementResult| requirement.status <= Status::NeedsAttestation;
    if counts.red_flags > 0 {
        Verdict::NotReady
    } else if requirements.iter().any(open) {
        Verdict::Incomplete
    } else {
        Verdict::Ready
    }
}
