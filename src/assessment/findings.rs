//! Outcomes that need attention, each with the decision that covers it.

use std::cmp::Reverse;

use time::Date;

use super::{
    Finding, Status,
    fingerprint::{Fingerprints, subject},
};
use crate::{
    decisions::{Concern, Decisions, Standing, Waiver},
    evidence::{Attestation, AttestationStatus},
    rules::{Judgement, Location, Outcome, Severity},
};

/// The rule name of a finding that a person reported by attesting that a requirement is not met.
pub const ATTESTATION: &str = "attestation";

/// The findings, worst first: red flags, then by severity, rule and place.
pub(super) fn findings(outcomes: &[Outcome], decisions: &Decisions, today: Date) -> Vec<Finding> {
    let mut fingerprints = Fingerprints::default();
    let mut findings: Vec<Finding> = outcomes.iter().filter_map(|outcome| finding(outcome, decisions, today, &mut fingerprints)).collect();
    findings.extend(decisions.attestations.iter().filter_map(|statement| confession(statement, decisions, today, &mut fingerprints)));
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    findings
}

fn order(finding: &Finding) -> impl Ord + '_ {
    let unknown = finding.status == Status::Error;
    (Reverse(finding.red_flag), unknown, finding.severity, &finding.rule, &finding.location, &finding.fingerprint)
}

fn finding(outcome: &Outcome, decisions: &Decisions, today: Date, fingerprints: &mut Fingerprints) -> Option<Finding> {
    let (failed, message) = match &outcome.judgement {
        Judgement::Fail(message) => (true, message),
        Judgement::Error(reason) => (false, reason),
        Judgement::Pass | Judgement::NotApplicable(_) | Judgement::NotRun(_) => return None,
    };
    let fingerprint = fingerprints.of(outcome);
    let concern = Concern { rule: &outcome.rule, fingerprint: &fingerprint, subject: subject(&outcome.location) };
    let covered = decisions.waiver(concern, today).filter(|_| failed);
    let status = match covered {
        _ if !failed => Status::Error,
        Some((_, Standing::InForce)) => Status::Waived,
        Some((_, Standing::Expired)) => Status::ExpiredDecision,
        Some((_, Standing::NotYet)) | None => failure(outcome.severity),
    };
    Some(Finding {
        rule: outcome.rule.clone(),
        requirement: outcome.requirement.clone(),
        severity: outcome.severity,
        status,
        red_flag: is_red_flag(status, outcome.severity),
        message: message.clone(),
        location: outcome.location.clone(),
        fingerprint,
        decision: covered.map(|(waiver, standing)| in_words(waiver, standing)),
    })
}

/// A failure below medium is worth mending, but does not stop certification.
fn failure(severity: Severity) -> Status {
    if severity <= Severity::Medium { Status::Fail } else { Status::Warn }
}

pub(super) fn is_red_flag(status: Status, severity: Severity) -> bool {
    severity <= Severity::Medium && matches!(status, Status::Fail | Status::ExpiredDecision)
}

fn in_words(waiver: &Waiver, standing: Standing) -> String {
    let state = match standing {
        Standing::InForce => "waived",
        Standing::Expired => "waiver expired",
        Standing::NotYet => "waiver not yet in force",
    };
    format!("{state}: {} ({}, {}, {} to {})", waiver.reason.trim(), waiver.by, waiver.role.name(), waiver.from, waiver.until)
}

/// A person's statement that a requirement is not met counts like a failed rule.
fn confession(statement: &Attestation, decisions: &Decisions, today: Date, fingerprints: &mut Fingerprints) -> Option<Finding> {
    let (counts, standing) = decisions.attestation(&statement.requirement, today)?;
    let confessed = std::ptr::eq(counts, statement) && standing == Standing::InForce && statement.status == AttestationStatus::Failed;
    confessed.then(|| {
        let outcome = Outcome {
            rule: ATTESTATION.into(),
            requirement: statement.requirement.clone(),
            severity: Severity::High,
            location: Location::Network { url: None, ip: None, subject: None },
            judgement: Judgement::Fail(format!("{} states that it is not met: {}", statement.by, statement.explanation.trim())),
        };
        finding(&outcome, &Decisions::default(), today, fingerprints).expect("a failure is always a finding")
    })
}
