//! The requirements, every one of them, in document order, and what people state about them.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    anchor::page_anchor,
    chip::{Chip, chip, group},
    findings::{Link, Sections},
};
use crate::{
    assessment::{Assessment, RequirementResult, Status},
    evidence::{Attestation, AttestationStatus},
    reports::{
        prose::{Span, spans},
        words,
    },
};

/// Findings of one requirement that its row links to.
const MOST_LINKS: usize = 12;

/// Requirements under one heading of the document.
#[derive(Serialize)]
pub(super) struct Chapter {
    title: String,
    rows: Vec<Row>,
}

/// One requirement.
#[derive(Serialize)]
struct Row {
    id: String,
    anchor: String,
    sentence: u32,
    title: String,
    text: Vec<Span>,
    strength: &'static str,
    source: String,
    verification: String,
    /// The rules that looked, each in the parts between which its id may break.
    rules: Vec<Vec<String>>,
    /// How many other requirements it is the sum of.
    sums_up: usize,
    chip: Chip,
    group: &'static str,
    reason: Vec<Span>,
    findings: Vec<Link>,
    hidden_findings: usize,
}

/// A statement that is still missing.
#[derive(Serialize)]
pub(super) struct StatementOpen {
    id: String,
    anchor: String,
    title: String,
    text: Vec<Span>,
}

/// A statement that someone made.
#[derive(Serialize)]
pub(super) struct StatementGiven {
    id: String,
    anchor: String,
    title: String,
    answer: &'static str,
    chip: Chip,
    explanation: String,
    by: String,
    role: String,
    from: String,
    until: String,
}

/// The requirements by chapter; a chapter ends where the next begins, so the order of the document stays.
pub(super) fn chapters(assessment: &Assessment, sections: &Sections) -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = Vec::new();
    let mut taken = BTreeSet::new();
    for requirement in &assessment.requirements {
        let row = row(requirement, sections, &mut taken);
        match chapters.last_mut() {
            Some(chapter) if chapter.title == requirement.chapter => chapter.rows.push(row),
            _ => chapters.push(Chapter { title: requirement.chapter.clone(), rows: vec![row] }),
        }
    }
    chapters
}

fn row(requirement: &RequirementResult, sections: &Sections, taken: &mut BTreeSet<String>) -> Row {
    let verified_by = requirement.verified_by.iter();
    let anchor = page_anchor(&requirement.id);
    Row {
        id: requirement.id.clone(),
        anchor: if taken.insert(anchor.clone()) { anchor } else { String::new() },
        sentence: requirement.sentence,
        title: requirement.title.clone(),
        text: spans(&requirement.text),
        strength: words::strength(requirement.strength),
        source: requirement.source.clone(),
        verification: words::verification(&requirement.verification),
        rules: verified_by.clone().filter_map(|way| way.strip_prefix("rule:")).map(parts).collect(),
        sums_up: verified_by.filter(|way| way.starts_with("requirement:")).count(),
        chip: chip(requirement.status),
        group: group(requirement.status),
        reason: spans(&requirement.reason),
        findings: requirement.findings.iter().filter_map(|fingerprint| sections.link(fingerprint)).take(MOST_LINKS).collect(),
        hidden_findings: requirement.findings.len().saturating_sub(MOST_LINKS),
    }
}

/// `pack.area.rule` in its parts.
fn parts(id: &str) -> Vec<String> {
    id.split('.').map(str::to_owned).collect()
}

pub(super) fn open(assessment: &Assessment) -> Vec<StatementOpen> {
    words::with_status(assessment, Status::NeedsAttestation)
        .map(|requirement| StatementOpen {
            id: requirement.id.clone(),
            anchor: page_anchor(&requirement.id),
            title: requirement.title.clone(),
            text: spans(requirement.question.as_ref().unwrap_or(&requirement.text)),
        })
        .collect()
}

pub(super) fn given(assessment: &Assessment) -> Vec<StatementGiven> {
    assessment.evidence.attestations.iter().map(|attestation| statement(attestation, assessment)).collect()
}

fn statement(attestation: &Attestation, assessment: &Assessment) -> StatementGiven {
    let requirement = words::requirement_of(assessment, &attestation.requirement);
    let (answer, status) = match attestation.status {
        AttestationStatus::Passed => ("It is met.", Status::Attested),
        AttestationStatus::Failed => ("It is not met.", Status::Fail),
    };
    StatementGiven {
        id: attestation.requirement.clone(),
        anchor: page_anchor(&attestation.requirement),
        title: requirement.map(|requirement| requirement.title.clone()).unwrap_or_default(),
        answer,
        chip: chip(status),
        explanation: attestation.explanation.clone(),
        by: attestation.by.clone(),
        role: attestation.role.clone(),
        from: attestation.from.clone(),
        until: attestation.until.clone(),
    }
}
