//! Results: one for each finding, and one for each requirement that its findings do not speak for.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{self, ResultKind, ResultLevel};

use super::{
    descriptors::{RuleTable, Taxonomies, level, security_severity},
    message::message,
    places, properties,
};
use crate::{
    assessment::{ALLOWED_INLINE, Assessment, Finding, RequirementResult, Status},
    evidence::SourceFact,
    reports::origin::Facts,
    rules::{Location, Severity, Verification},
    wording::{sha256, visible},
};

/// Findings first, in their order; then requirements, in document order.
pub(super) fn results(assessment: &Assessment, rules: &RuleTable, taxonomies: &Taxonomies) -> Vec<sarif::Result> {
    let facts = Facts::of(assessment);
    let findings = assessment.findings.iter().map(|finding| of_finding(finding, &facts, rules, taxonomies));
    let requirements = assessment.requirements.iter().filter(|requirement| speaks_for_itself(requirement, assessment));
    findings.chain(requirements.map(|requirement| of_requirement(requirement, rules, taxonomies))).collect()
}

/// The findings that failed and that nobody waived, each in a file: GitHub accepts no other result.
pub(super) fn alerts(assessment: &Assessment, rules: &RuleTable, taxonomies: &Taxonomies) -> Vec<sarif::Result> {
    let failed = |finding: &&Finding| matches!(finding.status, Status::Fail | Status::Warn | Status::ExpiredDecision);
    let facts = Facts::of(assessment);
    let alert = |finding| {
        let result = of_finding(finding, &facts, rules, taxonomies);
        sarif::Result { locations: result.locations.map(|found| found.into_iter().map(places::in_a_file).collect()), ..result }
    };
    assessment.findings.iter().filter(failed).map(alert).collect()
}

fn of_finding(finding: &Finding, facts: &Facts<'_>, rules: &RuleTable, taxonomies: &Taxonomies) -> sarif::Result {
    let (kind, level) = match finding.status {
        Status::Error => (ResultKind::Open, ResultLevel::None),
        Status::Warn => (ResultKind::Fail, at_most_warning(level(finding.severity))),
        _ => (ResultKind::Fail, level(finding.severity)),
    };
    let fact = facts.behind(finding);
    sarif::Result {
        rule_id: Some(finding.rule.clone()),
        rule_index: rules.place(&finding.rule),
        kind: Some(kind),
        level: Some(level),
        locations: Some(vec![place_of(finding, fact)]),
        code_flows: fact.and_then(|fact| places::code_flows(&finding.location, fact)),
        related_locations: fact.and_then(places::related),
        partial_fingerprints: Some(fingerprints(finding)),
        suppressions: suppressions(finding.status, finding.decision.as_deref()),
        taxa: Some(taxonomies.taxa(&finding.rule, &finding.requirement)),
        web_request: places::web_request(&finding.location),
        properties: Some(properties([
            ("requirement", json!(finding.requirement)),
            ("status", json!(finding.status)),
            ("redFlag", json!(finding.red_flag)),
            ("security-severity", json!(security_severity(finding.severity))),
        ])),
        ..sarif::Result::builder().message(message(&finding.message)).build()
    }
}

fn place_of(finding: &Finding, fact: Option<&SourceFact>) -> sarif::Location {
    let place = places::location(&finding.location);
    match fact {
        Some(fact) => places::with_code(place, fact),
        None => place,
    }
}

fn at_most_warning(level: ResultLevel) -> ResultLevel {
    if level == ResultLevel::Error { ResultLevel::Warning } else { level }
}

/// Ours is stable across line moves; the other is the one key that GitHub reads, made from what stays when lines move.
fn fingerprints(finding: &Finding) -> BTreeMap<String, String> {
    let hash = sha256(format!("{}\n{}", finding.rule, finding.fingerprint).as_bytes());
    let short: String = hash.chars().take(16).collect();
    BTreeMap::from([("redflag/v1".to_owned(), finding.fingerprint.clone()), ("primaryLocationLineHash".to_owned(), format!("{short}:1"))])
}

fn suppressions(status: Status, justification: Option<&str>) -> Option<Vec<sarif::Suppression>> {
    let kind = if justification.is_some_and(|words| words.starts_with(ALLOWED_INLINE)) { "inSource" } else { "external" };
    (status == Status::Waived).then(|| {
        vec![sarif::Suppression {
            status: Some(json!("accepted")),
            justification: justification.map(visible),
            ..sarif::Suppression::builder().kind(json!(kind)).build()
        }]
    })
}

/// A requirement whose status one of its own findings already tells would only say the same again.
fn speaks_for_itself(requirement: &RequirementResult, assessment: &Assessment) -> bool {
    !assessment.findings.iter().any(|finding| finding.requirement == requirement.id && finding.status == requirement.status)
}

fn of_requirement(requirement: &RequirementResult, rules: &RuleTable, taxonomies: &Taxonomies) -> sarif::Result {
    let (kind, level) = kind_and_level(requirement);
    let reason = if requirement.reason.is_empty() { &requirement.title } else { &requirement.reason };
    let whole_app = Location::Network { url: None, ip: None, subject: Some(requirement.id.clone()) };
    sarif::Result {
        rule_id: Some(requirement.id.clone()),
        rule_index: rules.place(&requirement.id),
        kind: Some(kind),
        level: Some(level),
        // Consumers refuse results without a location, and a file that is not there even more.
        locations: Some(vec![places::location(&whole_app)]),
        partial_fingerprints: Some(BTreeMap::from([("redflag/v1".to_owned(), requirement.id.clone())])),
        suppressions: suppressions(requirement.status, Some(reason)),
        taxa: Some(taxonomies.taxa(&requirement.id, &requirement.id)),
        properties: Some(properties([
            ("requirement", json!(requirement.id)),
            ("status", json!(requirement.status)),
            ("verifiedBy", json!(requirement.verified_by)),
        ])),
        ..sarif::Result::builder().message(message(reason)).build()
    }
}

fn kind_and_level(requirement: &RequirementResult) -> (ResultKind, ResultLevel) {
    let sums_up = requirement.verification.contains(&Verification::RollUp);
    match requirement.status {
        Status::Fail | Status::ExpiredDecision | Status::Warn | Status::Waived if sums_up => (ResultKind::Informational, ResultLevel::None),
        Status::Fail | Status::ExpiredDecision => (ResultKind::Fail, level(Severity::High)),
        Status::Warn | Status::Waived => (ResultKind::Fail, ResultLevel::Warning),
        Status::Error | Status::NotRun => (ResultKind::Open, ResultLevel::None),
        Status::NeedsAttestation => (ResultKind::Review, ResultLevel::None),
        Status::Attested | Status::Pass => (ResultKind::Pass, ResultLevel::None),
        Status::NotApplicable => (ResultKind::NotApplicable, ResultLevel::None),
    }
}
