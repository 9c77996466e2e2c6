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
    rules::{Judgement, Location, Outcome, Pack, Severity},
    wording::{nearest, visible_within},
};

/// The rule name of a finding that a person reported by attesting that a requirement is not met.
pub const ATTESTATION: &str = "attestation";

/// How the decision of a finding begins that a comment in the source allows.
pub const ALLOWED_INLINE: &str = "allowed by a comment";

/// The findings, worst first: red flags, then by severity, rule and place.
pub(super) fn findings(outcomes: &[Outcome], decisions: &Decisions, source: Option<&Source>, pack: &Pack, today: Date) -> Vec<Finding> {
    let mut fingerprints = Fingerprints::default();
    let facts = Facts::of(source, pack);
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
    pack: &'a Pack,
    by_place: BTreeMap<(&'a str, u32, u32, &'a str, Option<&'a str>), &'a SourceFact>,
}

impl<'a> Facts<'a> {
    fn of(source: Option<&'a Source>, pack: &'a Pack) -> Self {
        let place = |fact: &'a SourceFact| ((fact.path.as_str(), fact.line, fact.column, fact.sink.as_str(), fact.commit.as_deref()), fact);
        let telling = |fact: &&SourceFact| !fact.allowed.is_empty() || fact.commit.is_some();
        Self { pack, by_place: source.into_iter().flat_map(|source| &source.facts).filter(telling).map(place).collect() }
    }

    fn applied(&self, finding: Finding, today: Date) -> Finding {
        let Location::Source { path, line, column, subject: Some(sink), commit, .. } = &finding.location else { return finding };
        match self.by_place.get(&(path.as_str(), *line, *column, sink.as_str(), commit.as_deref())) {
            // What was taken out of the source is not allowed by a comment that was taken out with it.
            Some(fact) if fact.commit.is_some() => {
                Finding { message: format!("{}; {}", finding.message, in_history(fact, self.pack.notified.as_deref())), ..finding }
            }
            Some(fact) => {
                let ids: Vec<&str> = self.pack.rules.iter().map(|rule| rule.id.as_str()).collect();
                let comments = fact.allowed.clone();
                allowed(finding, &comments, &ids, today)
            }
            None => finding,
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

/// The finding as it stands when comments beside it allow it; a decision of the decisions' file comes first.
///
/// A comment that means to allow something and does not says so in the report: it gives no reason, its day is over or none, or no rule is called so.
fn allowed(finding: Finding, inline: &[InlineDecision], rules: &[&str], today: Date) -> Finding {
    if !matches!(finding.status, Status::Fail | Status::Warn) {
        return finding;
    }
    let about = |inline: &&InlineDecision| inline.rule.split(',').any(|rule| names(rule, &finding.rule));
    // A day that cannot be read never makes a decision hold.
    let ends_before = |inline: &InlineDecision| inline.until.as_deref().is_some_and(|until| day(until).is_none_or(|end| today > end));
    let holds = |inline: &&InlineDecision| !inline.reason.is_empty() && !ends_before(inline);
    let named = || inline.iter().filter(about);
    let (status, decision) = if let Some(inline) = named().find(holds) {
        (Status::Waived, format!("{ALLOWED_INLINE} {}", in_line(inline)))
    } else if let Some(inline) = named().find(|inline| !inline.reason.is_empty()) {
        let until = inline.until.as_deref().unwrap_or_default();
        let none = format!(
            "not allowed by the comment {}: `{}` is no day; write it as in until=2026-12-31",
            in_line_alone(inline),
            visible_within(until, 80)
        );
        let over = format!("no longer allowed by a comment {}", in_line(inline));
        (Status::ExpiredDecision, if day(until).is_some() { over } else { none })
    } else if let Some(inline) = named().next() {
        (finding.status, format!("not allowed by the comment {}: it gives no reason", in_line_alone(inline)))
    } else if let Some(strange) = inline.iter().find_map(|inline| unknown(inline, rules)) {
        (finding.status, strange)
    } else {
        return finding;
    };
    Finding { status, red_flag: is_red_flag(status, finding.severity), decision: Some(decision), ..finding }
}

/// Whether a rule is meant by a name: its id, or the last parts of it.
fn names(name: &str, rule: &str) -> bool {
    name == rule || rule.strip_suffix(name).is_some_and(|before| !name.is_empty() && before.ends_with('.'))
}

fn in_line(inline: &InlineDecision) -> String {
    let until = inline.until.as_ref().map(|until| format!(", until {until}")).unwrap_or_default();
    format!("{}: {}{until}", in_line_alone(inline), inline.reason)
}

fn in_line_alone(inline: &InlineDecision) -> String {
    format!("in line {}", inline.line)
}

/// That a comment names a rule that there is not, and which one may be meant.
fn unknown(inline: &InlineDecision, rules: &[&str]) -> Option<String> {
    let name = inline.rule.split(',').find(|name| !rules.iter().any(|rule| names(name, rule)))?;
    let parts = name.split('.').count();
    let as_long = |rule: &&str| rule.rsplitn(parts.saturating_add(1), '.').take(parts).map(str::len).sum::<usize>() + parts - 1;
    let ends = rules.iter().filter_map(|rule| rule.get(rule.len().checked_sub(as_long(rule))?..));
    let meant = nearest(name, ends).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Some(format!(
        "not allowed by the comment {}: no rule that was applied is called `{}`{meant}",
        in_line_alone(inline),
        visible_within(name, 80)
    ))
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

    const RULES: [&str; 2] = ["pack.source.secret-in-code", "pack.source.secret-in-comment"];

    fn comment(rule: &str, reason: &str, until: Option<&str>) -> InlineDecision {
        InlineDecision { rule: rule.into(), reason: reason.into(), until: until.map(str::to_owned), line: 2 }
    }

    fn judged(rule: &str, until: Option<&str>) -> Finding {
        allowed(finding(), &[comment(rule, "of the sandbox", until)], &RULES, date!(2026 - 06 - 01))
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
        assert_eq!(judged("secret-in-comment", None), finding());
        for until in ["2026-05-31", "soon", "2026-02-30"] {
            let found = judged("secret-in-code", Some(until));
            assert_eq!((found.status, found.red_flag), (Status::ExpiredDecision, true), "{until}");
        }
    }

    #[test]
    fn a_comment_that_allows_nothing_says_why() {
        for (rule, reason, until, expected) in [
            (
                "secret-in-code",
                "of the sandbox",
                Some("2026-05-31"),
                "no longer allowed by a comment in line 2: of the sandbox, until 2026-05-31",
            ),
            (
                "secret-in-code",
                "of the sandbox",
                Some("soon"),
                "not allowed by the comment in line 2: `soon` is no day; write it as in until=2026-12-31",
            ),
            ("secret-in-code", "", None, "not allowed by the comment in line 2: it gives no reason"),
            (
                "secret-in-kode",
                "of the sandbox",
                None,
                "not allowed by the comment in line 2: no rule that was applied is called `secret-in-kode`; did you mean `secret-in-code`?",
            ),
            (
                "source.secret-in-kode",
                "of the sandbox",
                None,
                "not allowed by the comment in line 2: no rule that was applied is called `source.secret-in-kode`; did you mean `source.secret-in-code`?",
            ),
            ("*", "of the sandbox", None, "not allowed by the comment in line 2: no rule that was applied is called `*`"),
        ] {
            let found = allowed(finding(), &[comment(rule, reason, until)], &RULES, date!(2026 - 06 - 01));
            assert_eq!((found.red_flag, found.decision.as_deref()), (true, Some(expected)));
        }
    }

    #[test]
    fn of_several_comments_the_one_that_holds_counts() {
        let over = comment("secret-in-code", "of the sandbox", Some("2026-05-31"));
        let comments =
            [comment("secret-in-comment", "shown to readers", None), over, comment("secret-in-code", "renewed", Some("2026-07-31"))];
        let found = allowed(finding(), &comments, &RULES, date!(2026 - 06 - 01));
        assert_eq!(found.decision.as_deref(), Some("allowed by a comment in line 2: renewed, until 2026-07-31"));
    }
}
