//! Outcomes that need attention, each with the decision that covers it.

use std::{cmp::Reverse, collections::BTreeMap};

use time::Date;

use super::{
    Finding, Status,
    fingerprint::{Fingerprints, subject},
};
use crate::{
    decisions::{Concern, Decisions, Standing, Waiver, day},
    evidence::{Attestation, AttestationStatus, InlineDecision, Source, SourceFact},
    rules::{Judgement, Location, Outcome, Severity},
};

/// The rule name of a finding that a person reported by attesting that a requirement is not met.
pub const ATTESTATION: &str = "attestation";

/// How the decision of a finding begins that a comment in the source allows.
pub const ALLOWED_INLINE: &str = "allowed by a comment";

/// The findings, worst first: red flags, then by severity, rule and place.
pub(super) fn findings(
    outcomes: &[Outcome],
    decisions: &Decisions,
    source: Option<&Source>,
    notified: Option<&str>,
    today: Date,
) -> Vec<Finding> {
    let mut fingerprints = Fingerprints::default();
    let facts = Facts::of(source, notified);
    let judged = outcomes
        .iter()
        .filter_map(|outcome| finding(outcome, decisions, today, &mut fingerprints).map(|found| facts.applied(found, today)));
    let mut findings: Vec<Finding> = judged.collect();
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

/// The facts behind findings in the source: what comments allow, and what only the history holds.
struct Facts<'a> {
    /// Who is to be told of a secret that is known to others.
    notified: Option<&'a str>,
    by_place: BTreeMap<(&'a str, u32, u32, &'a str, Option<&'a str>), &'a SourceFact>,
}

impl<'a> Facts<'a> {
    fn of(source: Option<&'a Source>, notified: Option<&'a str>) -> Self {
        let place = |fact: &'a SourceFact| ((fact.path.as_str(), fact.line, fact.column, fact.sink.as_str(), fact.commit.as_deref()), fact);
        let telling = |fact: &&SourceFact| fact.allowed.is_some() || fact.commit.is_some();
        Self { notified, by_place: source.into_iter().flat_map(|source| &source.facts).filter(telling).map(place).collect() }
    }

    fn applied(&self, finding: Finding, today: Date) -> Finding {
        let Location::Source { path, line, column, subject: Some(sink), commit, .. } = &finding.location else { return finding };
        match self.by_place.get(&(path.as_str(), *line, *column, sink.as_str(), commit.as_deref())) {
            // What was taken out of the source is not allowed by a comment that was taken out with it.
            Some(fact) if fact.commit.is_some() => {
                Finding { message: format!("{}; {}", finding.message, in_history(fact, self.notified)), ..finding }
            }
            Some(SourceFact { allowed: Some(inline), .. }) => allowed(finding, inline, today),
            _ => finding,
        }
    }
}

/// That a value is known to others, though it is no longer in the source.
fn in_history(fact: &SourceFact, notified: Option<&str>) -> String {
    let short = |commit: &str| commit.chars().take(12).collect::<String>();
    let removed = fact
        .removed_in
        .as_deref()
        .map_or_else(|| "on a branch that still holds it".to_owned(), |commit| format!("removed in {}", short(commit)));
    let brought = fact.commit.as_deref().map(short).unwrap_or_default();
    let remedy = notified.map_or_else(|| "replace it".to_owned(), |notified| format!("notify {notified} and replace it"));
    format!(
        "it is in the git history since {brought}, {removed}: every copy of the repository has it, so treat it as compromised: {remedy}"
    )
}

/// The finding as it stands when a comment beside it allows it; a decision of the decisions' file comes first.
fn allowed(finding: Finding, inline: &InlineDecision, today: Date) -> Finding {
    let is_failure = matches!(finding.status, Status::Fail | Status::Warn);
    let names = |rule: &str| rule == finding.rule || finding.rule.strip_suffix(rule).is_some_and(|before| before.ends_with('.'));
    if !is_failure || !inline.rule.split(',').any(names) {
        return finding;
    }
    // A day that cannot be read never makes a decision hold.
    let holds = inline.until.as_deref().is_none_or(|until| day(until).is_some_and(|until| today <= until));
    let until = inline.until.as_ref().map(|until| format!(", until {until}")).unwrap_or_default();
    let (status, state) =
        if holds { (Status::Waived, ALLOWED_INLINE) } else { (Status::ExpiredDecision, "no longer allowed by a comment") };
    let decision = format!("{state} in line {}: {}{until}", inline.line, inline.reason);
    Finding { status, red_flag: is_red_flag(status, finding.severity), decision: Some(decision), ..finding }
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

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn finding() -> Finding {
        let place = serde_json::json!({ "path": "a.cs", "line": 3, "column": 5, "end_line": 3, "end_column": 9, "subject": "Token", "commit": null });
        Finding {
            rule: "pack.source.secret-in-code".into(),
            requirement: "R-1".into(),
            severity: Severity::High,
            status: Status::Fail,
            red_flag: true,
            message: "written".into(),
            location: serde_json::from_value(place).unwrap(),
            fingerprint: "0".into(),
            decision: None,
        }
    }

    fn judged(rule: &str, until: Option<&str>) -> Finding {
        let inline = InlineDecision { rule: rule.into(), reason: "of the sandbox".into(), until: until.map(str::to_owned), line: 2 };
        allowed(finding(), &inline, date!(2026 - 06 - 01))
    }

    #[test]
    fn a_comment_allows_what_it_names_and_stays_visible() {
        for rule in ["secret-in-code", "source.secret-in-code", "pack.source.secret-in-code", "other,secret-in-code"] {
            let found = judged(rule, Some("2026-06-01"));
            assert_eq!((found.status, found.red_flag), (Status::Waived, false), "{rule}");
            assert_eq!(found.decision.as_deref(), Some("allowed by a comment in line 2: of the sandbox, until 2026-06-01"));
        }
    }

    #[test]
    fn a_comment_about_another_rule_or_after_its_day_allows_nothing() {
        assert_eq!(judged("in-code", None), finding());
        assert_eq!(judged("*", None), finding());
        for until in ["2026-05-31", "soon"] {
            let found = judged("secret-in-code", Some(until));
            assert_eq!((found.status, found.red_flag), (Status::ExpiredDecision, true), "{until}");
        }
    }
}
