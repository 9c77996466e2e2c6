//! A summary to read in a terminal: the verdict first, then what to do about it.

mod advice;
mod frame;
mod page;
mod tls;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use self::page::Page;
use super::{
    line::header_line,
    origin::{Facts, Relation, way},
    prose, words,
};
use crate::{
    assessment::{Assessment, Finding, RequirementResult, Status, Verdict},
    evidence::SourceFact,
    rules::{Location, Severity},
    wording::count,
};

/// The word on the command line.
pub const NAME: &str = "text";

/// Columns of a page when nobody says how wide the terminal is.
pub const WIDTH: usize = 100;

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// Findings of one section that are written out; of every rule at least one is.
const MOST_FINDINGS: usize = 60;

/// Findings of one rule that are written out; of the others the places are told.
const MOST_ALIKE: usize = 10;

/// Places that a value came through that are written out.
const MOST_STEPS: usize = 8;

/// Writes the summary without colour.
pub(super) fn write(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    write_styled(assessment, false, WIDTH, out)
}

/// Writes the summary, with ANSI styles if asked for, wrapped to a width in columns.
///
/// Nothing that comes from outside can bring an escape sequence of its own: such characters are written out.
///
/// # Errors
///
/// When the writer fails.
pub fn write_styled(assessment: &Assessment, style: bool, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(style, width, out);
    verdict(assessment, &mut page)?;
    tls::write(assessment, &mut page)?;
    let facts = Facts::of(assessment);
    for section in sections(assessment) {
        section.write(assessment, &facts, &mut page)?;
    }
    unknown(assessment, &mut page)?;
    if words::is_one_area(assessment) {
        looked_at(assessment, &mut page)?;
    } else {
        waiting(assessment, &mut page)?;
        requirements(assessment, &mut page)?;
    }
    hints(assessment, &mut page)
}

/// The verdict in a word, and why.
fn verdict(assessment: &Assessment, page: &mut Page) -> io::Result<()> {
    let style = match assessment.verdict {
        Verdict::Ready => GREEN.bold(),
        Verdict::NotReady => RED,
        Verdict::Incomplete => YELLOW.bold(),
    };
    let app = if assessment.app.app.name.is_empty() { "This app" } else { &assessment.app.app.name };
    page.labelled((assessment.verdict.word(), style), &words::why(assessment), Style::new())?;
    let tool = &assessment.tool;
    let about = format!("{app} · {} app · {} {} · {}", assessment.profile.name(), tool.pack_title, tool.edition, assessment.started_at);
    page.labelled(("", style), &about, FAINT)?;
    if let Some(read) = words::source_read(assessment) {
        page.labelled(("", style), &format!("Source: {read}"), FAINT)?;
    }
    page.blank()
}

/// A heading with findings below it.
struct Section<'a> {
    title: &'static str,
    style: Style,
    /// Whether the fix belongs below each finding.
    with_fix: bool,
    findings: Vec<&'a Finding>,
}

/// Every finding but the unknown ones in exactly one section.
fn sections(assessment: &Assessment) -> [Section<'_>; 3] {
    let findings = |wanted: fn(&Finding) -> bool| assessment.findings.iter().filter(|finding| wanted(finding)).collect();
    [
        Section { title: "RED FLAGS", style: RED, with_fix: true, findings: findings(|finding| finding.red_flag) },
        Section {
            title: "WARNINGS",
            style: YELLOW.bold(),
            with_fix: true,
            findings: findings(|finding| !finding.red_flag && !matches!(finding.status, Status::Error | Status::Waived)),
        },
        Section {
            title: "WAIVED",
            style: CYAN.bold(),
            with_fix: false,
            findings: findings(|finding| !finding.red_flag && finding.status == Status::Waived),
        },
    ]
}

impl Section<'_> {
    fn write(&self, assessment: &Assessment, facts: &Facts<'_>, page: &mut Page) -> io::Result<()> {
        if self.findings.is_empty() {
            return Ok(());
        }
        page.heading(self.title, self.findings.len(), self.style)?;
        let mut left = MOST_FINDINGS;
        // Findings of one rule stand together; why they matter and how to mend them is said once, below the last.
        for group in self.findings.chunk_by(|one, other| one.rule == other.rule) {
            let most = left.clamp(1, MOST_ALIKE);
            let (shown, others) = group.split_at(most.min(group.len()));
            left = left.saturating_sub(shown.len());
            for (index, finding) in shown.iter().enumerate() {
                if index > 0 && matches!(finding.location, Location::Source { .. }) {
                    page.blank()?;
                }
                Self::finding(finding, assessment, facts, page)?;
            }
            also(others, page)?;
            self.advice(group, assessment, facts, page)?;
        }
        Ok(())
    }

    fn finding(finding: &Finding, assessment: &Assessment, facts: &Facts<'_>, page: &mut Page) -> io::Result<()> {
        let severity = finding.severity.name().to_uppercase();
        page.labelled((&severity, severity_style(finding.severity)), &finding.message, BOLD)?;
        let place = words::place(&finding.location);
        if !finding.message.contains(&place) {
            page.labelled(("  where", FAINT), &place, Style::new())?;
        }
        if let Some(fact) = facts.behind(finding) {
            code(fact, severity_style(finding.severity), page)?;
        } else if let Some(subject) = words::subject(&finding.location).filter(|subject| !finding.message.contains(subject)) {
            page.labelled(("  what", FAINT), subject, Style::new())?;
        }
        if let Some(line) = header_line(assessment, finding) {
            page.labelled(("  line", FAINT), &line, Style::new())?;
        }
        if let Some(decision) = &finding.decision {
            page.labelled(("  decision", FAINT), decision, Style::new())?;
        }
        Ok(())
    }

    /// What is the same for all findings of a rule.
    fn advice(&self, group: &[&Finding], assessment: &Assessment, facts: &Facts<'_>, page: &mut Page) -> io::Result<()> {
        let Some(finding) = group.first() else { return Ok(()) };
        if self.with_fix
            && let Some(rule) = words::rule_of(assessment, finding)
        {
            if matches!(finding.location, Location::Source { .. }) {
                let facts = group.iter().filter_map(|finding| facts.behind(finding));
                advice::write(rule, &facts.map(|fact| fact.language).collect(), page)?;
            } else {
                page.labelled(("  fix", FAINT), &prose::first_sentence(&rule.fix), Style::new())?;
            }
        }
        let title = words::requirement_of(assessment, &finding.requirement).map_or("", |requirement| requirement.title.as_str());
        page.labelled(("  rule", FAINT), &format!("{} · {} {title}", finding.rule, finding.requirement), FAINT)?;
        page.blank()
    }
}

/// Where else a rule found something, in short.
fn also(findings: &[&Finding], page: &mut Page) -> io::Result<()> {
    const MOST_PLACES: usize = 10;
    if findings.is_empty() {
        return Ok(());
    }
    let places: Vec<String> = findings.iter().take(MOST_PLACES).map(|finding| words::place(&finding.location)).collect();
    let hidden = findings.len().saturating_sub(MOST_PLACES);
    let rest = if hidden > 0 { format!(", and {hidden} more, in the other formats") } else { String::new() };
    page.labelled(("  also", FAINT), &format!("{}{rest}", places.join(", ")), Style::new())
}

/// The lines that a finding is about, and below them those that the value comes from. The value is masked.
fn code(fact: &SourceFact, style: Style, page: &mut Page) -> io::Result<()> {
    let label = words::label(fact);
    if fact.code.is_empty() {
        let value = fact.masked.as_ref().map(|masked| format!(": {masked}")).unwrap_or_default();
        page.framed_line(&fact.line.to_string(), &format!("{} ← {}{value}", fact.sink, label), Style::new())?;
    } else {
        frame::write(&fact.code, &label, style, page)?;
    }
    for (relation, step) in way(fact).into_iter().take(MOST_STEPS) {
        let label = match relation {
            Relation::Through => "  through",
            Relation::From => "  from",
            Relation::Used => "  used",
        };
        page.labelled((label, FAINT), &format!("{}:{}", step.path, step.line), Style::new())?;
        match &step.code {
            Some(line) => frame::write(std::slice::from_ref(line), &step.what, style, page)?,
            None => page.framed_line("", &step.what, Style::new())?,
        }
    }
    Ok(())
}

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High | Severity::Medium => RED,
        Severity::Low => YELLOW,
        Severity::Info => CYAN,
    }
}

/// Something that nobody can tell, and the requirements it leaves open.
struct Silence<'a> {
    message: &'a str,
    place: String,
    /// The versions, weaknesses or certificates that it leaves unknown.
    subjects: Vec<&'a str>,
    open: Vec<&'a str>,
}

/// What could not be told: one silence leaves many rules without an answer, and is said once.
fn silences(assessment: &Assessment) -> Vec<Silence<'_>> {
    let mut silences: Vec<Silence<'_>> = Vec::new();
    for finding in assessment.findings.iter().filter(|finding| finding.status == Status::Error) {
        let place = words::place(&finding.location);
        let full = silences.len() == MOST_FINDINGS;
        let subject = words::subject(&finding.location);
        match silences.iter_mut().find(|silence| silence.message == finding.message && silence.place == place) {
            Some(silence) => {
                silence.subjects.extend(subject.filter(|subject| !silence.subjects.contains(subject)));
                silence.open.extend(Some(finding.requirement.as_str()).filter(|open| !silence.open.contains(open)));
            }
            None if full => {}
            None => silences.push(Silence {
                message: &finding.message,
                place,
                subjects: subject.into_iter().collect(),
                open: vec![&finding.requirement],
            }),
        }
    }
    silences
}

fn unknown(assessment: &Assessment, page: &mut Page) -> io::Result<()> {
    let silences = silences(assessment);
    if silences.is_empty() {
        return Ok(());
    }
    page.heading("COULD NOT BE TOLD", silences.len(), YELLOW.bold())?;
    for Silence { message, place, subjects, open } in silences {
        page.labelled(("UNKNOWN", YELLOW), message, BOLD)?;
        if !message.contains(&place) {
            page.labelled(("  where", FAINT), &place, Style::new())?;
        }
        if subjects.iter().any(|subject| !message.contains(subject)) {
            page.labelled(("  what", FAINT), &subjects.join(", "), Style::new())?;
        }
        page.labelled(("  open", FAINT), &open.join("  "), FAINT)?;
        page.blank()?;
    }
    Ok(())
}

/// The requirements that a run of one area can say something about; the others in a line.
fn looked_at(assessment: &Assessment, page: &mut Page) -> io::Result<()> {
    let (shown, others): (Vec<_>, Vec<_>) = assessment.requirements.iter().partition(|requirement| words::is_looked_at(requirement));
    page.heading("REQUIREMENTS", shown.len(), BOLD)?;
    let widest = widest_id(assessment);
    shown.into_iter().try_for_each(|requirement| row(requirement, widest, page))?;
    if others.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let missing = usize::try_from(assessment.counts.attestations_missing).unwrap_or(usize::MAX);
    let statements = if missing > 0 {
        format!("; for the certification, {} missing in all", count(missing, "attestation is", "attestations are"))
    } else {
        String::new()
    };
    let of = |statuses: &[Status]| others.iter().filter(|requirement| statuses.contains(&requirement.status)).count();
    let (unseen, stated) = (of(&[Status::NotRun]), of(&[Status::NeedsAttestation, Status::Attested]));
    let elsewhere = others.len().saturating_sub(unseen).saturating_sub(stated);
    let parts = [(unseen, "not looked at"), (stated, "for people to attest"), (elsewhere, "not applicable")];
    let became: Vec<String> =
        parts.into_iter().filter(|(number, _)| *number > 0).map(|(number, words)| format!("{number} {words}")).collect();
    let all = count(others.len(), "other requirement", "other requirements");
    page.indented(&format!("{all}: {}{statements}", became.join(", ")), FAINT)
}

/// Columns that the ids of requirements take.
fn widest_id(assessment: &Assessment) -> usize {
    assessment.requirements.iter().map(|requirement| requirement.id.chars().count()).max().unwrap_or(0).min(24)
}

/// What a person has to state.
fn waiting(assessment: &Assessment, page: &mut Page) -> io::Result<()> {
    let lacks = |requirement: &&RequirementResult| requirement.lacks_attestation();
    let lacking = assessment.requirements.iter().filter(lacks);
    let ids: Vec<&str> = lacking.map(|requirement| requirement.id.as_str()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    page.heading("WAITING FOR ATTESTATION", ids.len(), CYAN.bold())?;
    page.indented(&ids.join("  "), Style::new())?;
    let unsettled = ids.len().saturating_sub(words::with_status(assessment, Status::NeedsAttestation).filter(lacks).count());
    if unsettled > 0 {
        let words =
            count(unsettled, "of them has another status below, which counts more", "of them have another status below, which counts more");
        page.indented(&words, FAINT)?;
    }
    page.blank()
}

/// The requirements in document order, on a line each; those that only wait for attestation stand above already.
fn requirements(assessment: &Assessment, page: &mut Page) -> io::Result<()> {
    page.heading("REQUIREMENTS", assessment.requirements.len(), BOLD)?;
    page.indented(&totals(assessment), Style::new())?;
    page.blank()?;
    let widest = widest_id(assessment);
    let waits = |requirement: &&RequirementResult| requirement.status == Status::NeedsAttestation && requirement.lacks_attestation();
    assessment.requirements.iter().filter(|requirement| !waits(requirement)).try_for_each(|requirement| row(requirement, widest, page))
}

fn row(requirement: &RequirementResult, widest: usize, page: &mut Page) -> io::Result<()> {
    let style = match requirement.status {
        Status::Fail | Status::ExpiredDecision => RED,
        Status::Error | Status::NotRun | Status::Warn => YELLOW,
        Status::NeedsAttestation | Status::Waived => CYAN,
        Status::Attested | Status::Pass => GREEN,
        Status::NotApplicable => FAINT,
    };
    page.row(&requirement.id, widest, (requirement.status.word(), style), &requirement.title)
}

/// How many requirements have which status.
fn totals(assessment: &Assessment) -> String {
    let totals: Vec<String> = Status::ALL
        .into_iter()
        .map(|status| (words::with_status(assessment, status).count(), status.word()))
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    totals.join(" · ")
}

/// Where to read on.
fn hints(assessment: &Assessment, page: &mut Page) -> io::Result<()> {
    page.blank()?;
    let explained = assessment.findings.iter().find(|finding| words::rule_of(assessment, finding).is_some());
    explained.map_or(Ok(()), |finding| page.hint(&format!("redflag explain {}", finding.rule), "why it matters and how to mend it"))
}
