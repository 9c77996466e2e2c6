//! Every requirement of the edition, each with a status and what established it.

use std::collections::BTreeMap;

use time::Date;

use super::{Finding, RequirementResult, Status, findings::ATTESTATION};
use crate::{
    decisions::{Decisions, Standing},
    evidence::{AttestationStatus, Profile},
    rules::{Judgement, Outcome, Pack, Requirement, Verification},
};

/// What the requirements are judged by.
pub(super) struct Basis<'a> {
    pub(super) pack: &'a Pack,
    pub(super) outcomes: &'a [Outcome],
    pub(super) findings: &'a [Finding],
    pub(super) decisions: &'a Decisions,
    pub(super) profile: Profile,
    pub(super) today: Date,
}

/// A status, and why.
#[derive(Clone, Debug)]
struct Standpoint {
    status: Status,
    verified_by: Vec<String>,
    reason: String,
}

impl Standpoint {
    fn new(status: Status, reason: impl Into<String>) -> Self {
        Self { status, verified_by: Vec::new(), reason: reason.into() }
    }

    fn by(mut self, verified_by: impl IntoIterator<Item = String>) -> Self {
        self.verified_by.extend(verified_by);
        self
    }
}

/// One result for each requirement, in document order.
pub(super) fn results(basis: &Basis<'_>) -> Vec<RequirementResult> {
    let mut known: BTreeMap<&str, Standpoint> = BTreeMap::new();
    let (sums, singles): (Vec<_>, Vec<_>) =
        basis.pack.requirements.iter().partition(|requirement| requirement.verified_by.contains(&Verification::RollUp));
    for requirement in singles.into_iter().chain(sums) {
        let standpoint = basis.standpoint(requirement, &known);
        known.insert(&requirement.id, standpoint);
    }
    basis
        .pack
        .requirements
        .iter()
        .filter_map(|requirement| Some(basis.result(requirement, known.remove(requirement.id.as_str())?)))
        .collect()
}

impl Basis<'_> {
    fn result(&self, requirement: &Requirement, standpoint: Standpoint) -> RequirementResult {
        RequirementResult {
            id: requirement.id.clone(),
            sentence: requirement.sentence,
            chapter: requirement.chapter.clone(),
            title: requirement.title.clone(),
            text: requirement.text.clone(),
            strength: requirement.strength,
            source: requirement.source.clone(),
            verification: requirement.verified_by.clone(),
            question: requirement.question.clone(),
            status: standpoint.status,
            verified_by: standpoint.verified_by,
            findings: self.findings_of(requirement).map(|finding| finding.fingerprint.clone()).collect(),
            reason: standpoint.reason,
        }
    }

    fn findings_of(&self, requirement: &Requirement) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.requirement == requirement.id)
    }

    /// The worst of the ways a requirement is verified; each of them has to hold.
    fn standpoint(&self, requirement: &Requirement, known: &BTreeMap<&str, Standpoint>) -> Standpoint {
        if !requirement.applies_to.contains(&self.profile) {
            return Standpoint::new(Status::NotApplicable, format!("does not bind {} apps", self.profile.name()));
        }
        let ways: Vec<Standpoint> = requirement
            .verified_by
            .iter()
            .map(|way| match way {
                Verification::Rules => self.by_rules(requirement),
                Verification::Attestation => self.by_attestation(requirement),
                Verification::RollUp => roll_up(requirement, known),
            })
            .collect();
        let verified_by: Vec<String> = ways.iter().flat_map(|way| way.verified_by.clone()).collect();
        let worst = ways.into_iter().min_by_key(|way| way.status);
        worst.map_or_else(
            || Standpoint::new(Status::NotApplicable, "said for information; nothing to verify"),
            |worst| Standpoint { verified_by, ..worst },
        )
    }

    fn by_rules(&self, requirement: &Requirement) -> Standpoint {
        let outcomes: Vec<&Outcome> = self.outcomes.iter().filter(|outcome| outcome.requirement == requirement.id).collect();
        let mut rules: Vec<String> =
            outcomes.iter().filter(|outcome| was_judged(outcome)).map(|outcome| format!("rule:{}", outcome.rule)).collect();
        rules.dedup();
        let findings: Vec<&Finding> = self.findings_of(requirement).filter(|finding| finding.rule != ATTESTATION).collect();
        if let Some(worst) = findings.iter().map(|finding| finding.status).min() {
            return Standpoint::new(worst, first_of(&findings, worst)).by(rules);
        }
        let passed = outcomes.iter().filter(|outcome| outcome.judgement == Judgement::Pass).count();
        let unseen = outcomes.iter().find_map(|outcome| match &outcome.judgement {
            Judgement::NotRun(because) => Some(because.clone()),
            _ => None,
        });
        match (unseen, passed) {
            (Some(because), _) => Standpoint::new(Status::NotRun, because).by(rules),
            (None, 0) => nothing_judged(&outcomes),
            (None, 1) => Standpoint::new(Status::Pass, "1 check passed").by(rules),
            (None, passed) => Standpoint::new(Status::Pass, format!("{passed} checks passed")).by(rules),
        }
    }

    fn by_attestation(&self, requirement: &Requirement) -> Standpoint {
        let Some((statement, standing)) = self.decisions.attestation(&requirement.id, self.today) else {
            return Standpoint::new(Status::NeedsAttestation, "waits for a statement by the people who know");
        };
        let who = format!("{} ({}), {} to {}", statement.by, statement.role, statement.from, statement.until);
        let said = statement.explanation.trim();
        match (standing, statement.status) {
            (Standing::InForce, AttestationStatus::Passed) => {
                Standpoint::new(Status::Attested, format!("{who}: {said}")).by([ATTESTATION.to_owned()])
            }
            (Standing::InForce, AttestationStatus::Failed) => {
                Standpoint::new(Status::Fail, format!("stated as not met by {who}: {said}")).by([ATTESTATION.to_owned()])
            }
            (Standing::Expired, _) => Standpoint::new(Status::ExpiredDecision, format!("the statement has expired: {who}")),
            (Standing::NotYet, _) => Standpoint::new(Status::NeedsAttestation, format!("the statement does not hold yet: {who}")),
        }
    }
}

fn was_judged(outcome: &Outcome) -> bool {
    matches!(outcome.judgement, Judgement::Pass | Judgement::Fail(_) | Judgement::Error(_))
}

fn first_of(findings: &[&Finding], status: Status) -> String {
    let mut same = findings.iter().filter(|finding| finding.status == status);
    let first = same.next().map(|finding| finding.message.clone()).unwrap_or_default();
    match same.count() {
        0 => first,
        more => format!("{first} (and {more} more)"),
    }
}

fn nothing_judged(outcomes: &[&Outcome]) -> Standpoint {
    let because = outcomes.iter().find_map(|outcome| match &outcome.judgement {
        Judgement::NotApplicable(because) => Some(because.clone()),
        _ => None,
    });
    because.map_or_else(
        || Standpoint::new(Status::NotRun, "its rules were left out of the run"),
        |because| Standpoint::new(Status::NotApplicable, because),
    )
}

/// The first few of a list, and how many more there are.
fn listed(names: &[&str]) -> String {
    match names {
        [first, second, third, rest @ ..] if rest.len() > 1 => format!("{first}, {second}, {third} and {} more", rest.len()),
        names => names.join(", "),
    }
}

/// The worst of the requirements it sums up; those that do not concern the app do not count.
fn roll_up(requirement: &Requirement, known: &BTreeMap<&str, Standpoint>) -> Standpoint {
    let parts = || requirement.rolls_up.iter().filter_map(|id| Some((id, known.get(id.as_str())?)));
    let worst = parts().map(|(_, part)| part.status).min();
    let verified_by = parts().map(|(id, _)| format!("requirement:{id}"));
    match worst {
        Some(Status::Pass) => Standpoint::new(Status::Pass, "everything it sums up passed"),
        Some(status) => {
            let causes: Vec<&str> = parts().filter(|(_, part)| part.status == status).map(|(id, _)| id.as_str()).collect();
            Standpoint::new(status, format!("because of {}", listed(&causes)))
        }
        None => Standpoint::new(Status::NotRun, "nothing of what it sums up was looked at"),
    }
    .by(verified_by)
}
