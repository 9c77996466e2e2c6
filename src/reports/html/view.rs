//! What the page shows: the assessment, as words and lists.

use serde::Serialize;

use super::{
    appendix::{EndpointView, SourceView, endpoints, source},
    chip::{Chip, chip, group},
    fact::{Fact, readable_instant},
    findings::{Card, Sections, Seen, number_of_findings},
    requirements::{Chapter, StatementGiven, StatementOpen, chapters, given, open},
    tls::{GradeView, grades},
};
use crate::{
    assessment::{Assessment, Status, Verdict},
    evidence::{Context, Model},
    reports::{prose::Span, words},
    wording::count,
};

/// Red flags that the first screen names one by one.
const MOST_REASONS: usize = 7;

/// Units that the bar is wide.
const BAR: u64 = 1000;

/// The page, section by section.
#[derive(Serialize)]
pub(super) struct Page {
    title: String,
    verdict: Banner,
    facts: Vec<Fact>,
    reasons: Vec<Reason>,
    /// How many red flags the first screen leaves out; empty when none.
    more_reasons: String,
    grades: Vec<GradeView>,
    segments: Vec<Segment>,
    totals: Vec<Total>,
    numbers: Vec<Fact>,
    filters: Vec<Filter>,
    chapters: Vec<Chapter>,
    requirement_count: usize,
    parts: Parts,
    red_flags: Vec<Card>,
    warnings: Vec<Card>,
    unknown: Vec<Card>,
    decided: Vec<Card>,
    statements_open: Vec<StatementOpen>,
    statements_given: Vec<StatementGiven>,
    endpoints: Vec<EndpointView>,
    source: Option<SourceView>,
    limits: Vec<String>,
    tool: Vec<Fact>,
}

/// How many findings each section holds.
#[derive(Serialize)]
struct Parts {
    red_flags: usize,
    warnings: usize,
    unknown: usize,
    decided: usize,
}

/// The verdict, in a word, a shape and a colour.
#[derive(Serialize)]
struct Banner {
    word: &'static str,
    tone: &'static str,
    icon: &'static str,
    why: String,
    app: String,
}

/// A line of "why".
#[derive(Serialize)]
struct Reason {
    severity: &'static str,
    spans: Vec<Span>,
    /// Where, unless the text says so.
    place: String,
    anchor: String,
}

/// A part of the bar.
#[derive(Serialize)]
struct Segment {
    x: u64,
    width: u64,
    tone: &'static str,
    icon: &'static str,
    word: &'static str,
    count: usize,
}

/// How many requirements have a status.
#[derive(Serialize)]
struct Total {
    chip: Chip,
    count: usize,
    meaning: &'static str,
}

/// A choice of rows in the table of requirements.
#[derive(Serialize)]
struct Filter {
    key: &'static str,
    label: &'static str,
    count: usize,
}

impl Page {
    pub(super) fn of(assessment: &Assessment) -> Self {
        let sections = Sections::of(assessment);
        let app = app_name(assessment);
        Self {
            title: format!("{} – {}", assessment.verdict.word(), app),
            verdict: banner(assessment, app),
            facts: facts(assessment),
            reasons: reasons(&sections.red_flags),
            more_reasons: more(number_of_findings(&sections.red_flags)),
            grades: grades(&assessment.evidence.endpoints),
            segments: segments(assessment),
            totals: totals(assessment),
            numbers: numbers(assessment),
            filters: filters(assessment),
            chapters: chapters(assessment, &sections),
            requirement_count: assessment.requirements.len(),
            parts: parts(&sections),
            red_flags: sections.red_flags,
            warnings: sections.warnings,
            unknown: sections.unknown,
            decided: sections.decided,
            statements_open: open(assessment),
            statements_given: given(assessment),
            endpoints: endpoints(assessment),
            source: assessment.evidence.source.as_ref().map(source),
            limits: limits(assessment),
            tool: tool(assessment),
        }
    }
}

fn parts(sections: &Sections) -> Parts {
    Parts {
        red_flags: number_of_findings(&sections.red_flags),
        warnings: number_of_findings(&sections.warnings),
        unknown: number_of_findings(&sections.unknown),
        decided: number_of_findings(&sections.decided),
    }
}

fn app_name(assessment: &Assessment) -> String {
    let name = &assessment.app.app.name;
    let first_host = || assessment.evidence.endpoints.first().map(|endpoint| endpoint.host.clone());
    if name.is_empty() { first_host().unwrap_or_else(|| "Unnamed app".to_owned()) } else { name.clone() }
}

fn banner(assessment: &Assessment, app: String) -> Banner {
    let (tone, icon) = match assessment.verdict {
        Verdict::Ready => ("good", "pass"),
        Verdict::NotReady => ("bad", "fail"),
        Verdict::Incomplete => ("open", "unknown"),
    };
    Banner { word: assessment.verdict.word(), tone, icon, why: words::why(assessment), app }
}

fn facts(assessment: &Assessment) -> Vec<Fact> {
    let declared = &assessment.app.app;
    let mut facts = vec![
        Fact { name: "Held to", value: format!("{}, edition {}", assessment.tool.pack_title, assessment.tool.edition) },
        Fact { name: "Profile", value: format!("{} app", assessment.profile.name()) },
        Fact { name: "Run on", value: readable_instant(&assessment.started_at) },
    ];
    if let Some(model) = declared.model {
        facts.push(Fact { name: "Model", value: model_word(model).to_owned() });
    }
    if !declared.contexts.is_empty() {
        let contexts: Vec<&str> = declared.contexts.iter().map(|context| context_word(*context)).collect();
        facts.push(Fact { name: "Works as", value: contexts.join(", ") });
    }
    facts.push(Fact { name: "Made by", value: format!("{} {}, unsigned self-check", assessment.tool.name, assessment.tool.version) });
    facts
}

fn model_word(model: Model) -> &'static str {
    match model {
        Model::Internal => "inside the product",
        Model::External => "outside the product",
        Model::Hybrid => "inside and outside the product",
    }
}

fn context_word(context: Context) -> &'static str {
    match context {
        Context::Interactive => "the signed-in user",
        Context::SystemUser => "the system user",
        Context::Native => "a native client",
    }
}

fn reasons(red_flags: &[Card]) -> Vec<Reason> {
    let reason = |seen: &Seen| Reason {
        severity: seen.severity,
        spans: seen.message.clone(),
        place: if seen.says_where { String::new() } else { seen.place.clone() },
        anchor: seen.anchor.clone(),
    };
    red_flags.iter().flat_map(|card| &card.seen).take(MOST_REASONS).map(reason).collect()
}

fn more(red_flags: usize) -> String {
    match red_flags.saturating_sub(MOST_REASONS) {
        0 => String::new(),
        hidden => format!("and {}", count(hidden, "more red flag", "more red flags")),
    }
}

/// The statuses that occur, with their numbers.
fn occurring(assessment: &Assessment) -> Vec<(Status, usize)> {
    let count = |status| (status, words::with_status(assessment, status).count());
    Status::ALL.into_iter().map(count).filter(|(_, number)| *number > 0).collect()
}

fn segments(assessment: &Assessment) -> Vec<Segment> {
    let all = u64::try_from(assessment.requirements.len()).unwrap_or(u64::MAX).max(1);
    let mut before = 0_u64;
    let mut segments = Vec::new();
    for (status, count) in occurring(assessment) {
        let after = before.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        let (x, end) = (before.saturating_mul(BAR) / all, after.saturating_mul(BAR) / all);
        let chip = chip(status);
        segments.push(Segment {
            x,
            width: end.saturating_sub(x).saturating_sub(3).max(1),
            tone: chip.tone,
            icon: chip.icon,
            word: chip.word,
            count,
        });
        before = after;
    }
    segments
}

fn totals(assessment: &Assessment) -> Vec<Total> {
    occurring(assessment).into_iter().map(|(status, count)| Total { chip: chip(status), count, meaning: status.meaning() }).collect()
}

fn numbers(assessment: &Assessment) -> Vec<Fact> {
    let counts = &assessment.counts;
    let failed =
        u64::from(counts.critical) + u64::from(counts.high) + u64::from(counts.medium) + u64::from(counts.low) + u64::from(counts.info);
    [
        ("Red flags", counts.red_flags.to_string()),
        ("Failed checks", failed.to_string()),
        ("Waived", counts.waived.to_string()),
        ("Could not be told", counts.errors.to_string()),
        ("Attestations missing, in all", counts.attestations_missing.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| Fact { name, value })
    .collect()
}

fn filters(assessment: &Assessment) -> Vec<Filter> {
    let count = |key| assessment.requirements.iter().filter(|requirement| group(requirement.status) == key).count();
    vec![
        Filter { key: "all", label: "All", count: assessment.requirements.len() },
        Filter { key: "work", label: "Needs work", count: count("work") },
        Filter { key: "ask", label: "Needs attestation", count: count("ask") },
        Filter { key: "done", label: "Settled", count: count("done") },
    ]
}

/// What the result does not say.
fn limits(assessment: &Assessment) -> Vec<String> {
    let evidence = &assessment.evidence;
    let mut limits = Vec::new();
    if assessment.interrupted {
        limits.push("The run was interrupted. What is missing here was not looked at.".to_owned());
    }
    limits.push(if evidence.endpoints.is_empty() {
        "No URL was visited in this run.".to_owned()
    } else {
        "Each URL was asked for once, without signing in, from the machine that ran the tool. Pages behind the sign-in were not seen."
            .to_owned()
    });
    limits.push(if evidence.source.is_none() {
        "No source code was read in this run.".to_owned()
    } else {
        "Source code was read, not run. A value that is put together at run time can escape a reader.".to_owned()
    });
    limits.push("What is unknown is never counted as met.".to_owned());
    limits.push("Values of secrets are not kept: where one was seen, its form and length are shown.".to_owned());
    limits.push("This is a prediction made before the audit, not the auditor's opinion, and it is not signed.".to_owned());
    limits
}

fn tool(assessment: &Assessment) -> Vec<Fact> {
    let tool = &assessment.tool;
    vec![
        Fact { name: "Tool", value: format!("{} {}", tool.name, tool.version) },
        Fact { name: "Rule pack", value: format!("{} ({}), edition {}", tool.pack, tool.pack_title, tool.edition) },
        Fact { name: "SHA-256 of the rule pack", value: tool.pack_sha256.clone() },
        Fact { name: "Began", value: assessment.started_at.clone() },
        Fact { name: "Exit code", value: assessment.exit_code.to_string() },
    ]
}
