//! Findings, in a card for each rule: what was seen and where, why it matters, how to mend it, how to look again.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    anchor::page_anchor,
    chip::{Chip, chip},
    frame::{Frame, frames},
};
use crate::{
    assessment::{Assessment, Finding, Status},
    reports::{
        line::header_line,
        origin::Facts,
        prose::{Block, Span, blocks, spans},
        words,
    },
    rules::Location,
};

/// Findings of one rule that are shown; the others are counted.
const MOST_SEEN: usize = 200;

/// Characters of a fingerprint that go into an id of the page.
const LONGEST_ANCHOR: usize = 64;

/// Every finding, in exactly one section.
pub(super) struct Sections {
    pub(super) red_flags: Vec<Card>,
    pub(super) warnings: Vec<Card>,
    pub(super) unknown: Vec<Card>,
    pub(super) decided: Vec<Card>,
    links: BTreeMap<String, Link>,
}

/// A rule and what it found.
#[derive(Serialize)]
pub(super) struct Card {
    severity: &'static str,
    title: String,
    rule: String,
    requirement: String,
    requirement_anchor: String,
    requirement_title: String,
    why: Vec<Block>,
    fix: Vec<Block>,
    references: Vec<Named>,
    pub(super) seen: Vec<Seen>,
    /// How many more it found than are shown.
    hidden: usize,
}

/// One finding.
#[derive(Serialize)]
pub(super) struct Seen {
    pub(super) anchor: String,
    pub(super) message: Vec<Span>,
    pub(super) place: String,
    /// Whether the message names the place.
    pub(super) says_where: bool,
    pub(super) severity: &'static str,
    chip: Chip,
    subject: Option<String>,
    /// The header line, as it was sent but for the values of cookies.
    line: Option<String>,
    /// The lines that it is about, then those that its value comes from.
    frames: Vec<Frame>,
    commit: Option<String>,
    decision: Vec<Span>,
    fingerprint: String,
    command: String,
}

/// A link to a finding.
#[derive(Clone, Serialize)]
pub(super) struct Link {
    anchor: String,
    spans: Vec<Span>,
}

/// A reference into a public catalogue: its name, and where it can be read.
#[derive(Serialize)]
struct Named {
    name: String,
    address: Option<String>,
}

impl Sections {
    pub(super) fn of(assessment: &Assessment) -> Self {
        let mut sections =
            Self { red_flags: Vec::new(), warnings: Vec::new(), unknown: Vec::new(), decided: Vec::new(), links: BTreeMap::new() };
        let mut taken = BTreeMap::new();
        let facts = Facts::of(assessment);
        for finding in &assessment.findings {
            sections.take(finding, unique_anchor(&finding.fingerprint, &mut taken), assessment, &facts);
        }
        sections
    }

    /// Puts a finding into the card of its rule, which is made for the first one.
    fn take(&mut self, finding: &Finding, anchor: String, assessment: &Assessment, facts: &Facts<'_>) {
        let section = self.section_of(finding);
        match section.iter_mut().find(|card| card.rule == finding.rule) {
            Some(card) if card.seen.len() == MOST_SEEN => return card.hidden = card.hidden.saturating_add(1),
            Some(card) => card.seen.push(seen(finding, anchor.clone(), assessment, facts)),
            None => section.push(card(finding, seen(finding, anchor.clone(), assessment, facts), assessment)),
        }
        self.links.entry(finding.fingerprint.clone()).or_insert_with(|| Link { anchor, spans: spans(&finding.message) });
    }

    fn section_of(&mut self, finding: &Finding) -> &mut Vec<Card> {
        match finding.status {
            _ if finding.red_flag => &mut self.red_flags,
            Status::Error => &mut self.unknown,
            Status::Waived => &mut self.decided,
            _ => &mut self.warnings,
        }
    }

    /// A link to the finding with that fingerprint.
    pub(super) fn link(&self, fingerprint: &str) -> Option<Link> {
        self.links.get(fingerprint).cloned()
    }
}

/// How many findings the cards hold.
pub(super) fn number_of_findings(cards: &[Card]) -> usize {
    cards.iter().map(|card| card.seen.len().saturating_add(card.hidden)).sum()
}

/// An id for the page made from a fingerprint; two findings never share one. `taken` counts how often each was wished for.
fn unique_anchor(fingerprint: &str, taken: &mut BTreeMap<String, u32>) -> String {
    let plain: String = fingerprint.chars().filter(char::is_ascii_alphanumeric).take(LONGEST_ANCHOR).collect();
    let wished = format!("finding-{plain}");
    let times = taken.entry(wished.clone()).or_insert(0);
    *times = times.saturating_add(1);
    if *times == 1 { wished } else { format!("{wished}-{times}") }
}

fn card(finding: &Finding, seen: Seen, assessment: &Assessment) -> Card {
    let rule = words::rule_of(assessment, finding);
    let prose = |text: Option<&String>| text.map(|text| blocks(text)).unwrap_or_default();
    let requirement = words::requirement_of(assessment, &finding.requirement);
    Card {
        severity: finding.severity.name(),
        title: rule.map_or_else(|| finding.rule.clone(), |rule| rule.title.clone()),
        rule: finding.rule.clone(),
        requirement: finding.requirement.clone(),
        requirement_anchor: page_anchor(&finding.requirement),
        requirement_title: requirement.map(|requirement| requirement.title.clone()).unwrap_or_default(),
        why: prose(rule.map(|rule| &rule.why)),
        fix: prose(rule.map(|rule| &rule.fix)),
        references: rule.map(|rule| rule.references.iter().map(|name| named(name)).collect()).unwrap_or_default(),
        seen: vec![seen],
        hidden: 0,
    }
}

fn seen(finding: &Finding, anchor: String, assessment: &Assessment, facts: &Facts<'_>) -> Seen {
    Seen {
        anchor,
        message: spans(&finding.message),
        says_where: finding.message.contains(&place(&finding.location)),
        place: place(&finding.location),
        severity: finding.severity.name(),
        chip: chip(finding.status),
        subject: words::subject(&finding.location).map(str::to_owned),
        line: header_line(assessment, finding),
        frames: facts.behind(finding).map(frames).unwrap_or_default(),
        commit: commit(&finding.location),
        decision: finding.decision.as_deref().map(spans).unwrap_or_default(),
        fingerprint: finding.fingerprint.clone(),
        command: words::command_to_check_again(assessment, finding),
    }
}

/// The place without the commit, which has a line of its own.
fn place(location: &Location) -> String {
    match location {
        Location::Source { path, line, column, .. } => format!("{path}:{line}:{column}"),
        Location::Network { .. } => words::place(location),
    }
}

fn commit(location: &Location) -> Option<String> {
    match location {
        Location::Source { commit, .. } => commit.clone(),
        Location::Network { .. } => None,
    }
}

/// `cwe-326` as `CWE-326`, `owasp-2021-a02` as `OWASP Top 10 2021, A02`. Addresses are made from numbers alone.
fn named(reference: &str) -> Named {
    if let Some(number) = reference.strip_prefix("cwe-").filter(|number| is_number(number)) {
        let address = format!("https://cwe.mitre.org/data/definitions/{number}.html");
        return Named { name: format!("CWE-{number}"), address: Some(address) };
    }
    match reference.strip_prefix("owasp-").and_then(|rest| rest.split_once('-')) {
        Some((year, category)) if is_number(year) => Named {
            name: format!("OWASP Top 10 {year}, {}", category.to_uppercase()),
            address: Some(format!("https://owasp.org/Top10/{year}/")),
        },
        _ => Named { name: reference.to_owned(), address: None },
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_findings_never_share_an_anchor() {
        let mut taken = BTreeMap::new();
        assert_eq!(unique_anchor("ab\"><cd", &mut taken), "finding-abcd");
        assert_eq!(unique_anchor("abcd", &mut taken), "finding-abcd-2");
    }

    #[test]
    fn a_reference_becomes_an_address_only_when_it_is_a_number() {
        assert_eq!(named("cwe-326").name, "CWE-326");
        assert_eq!(named("owasp-2021-a02").name, "OWASP Top 10 2021, A02");
        assert!(named("cwe-326/../..").address.is_none());
        assert!(named("javascript:alert(1)").address.is_none());
    }
}
