//! The end of every run: the exit code is picked, the reports are written, the summary is printed.

use super::{
    arguments::ReportingArguments,
    exit::{Exit, Gate},
    failure::Failure,
    outputs::{Outputs, Written},
    terminal::Terminal,
};
use crate::{
    assessment::{Assessment, Finding, Verdict},
    decisions::{Concern, Decisions, Waiver},
    reports::text,
    rules::Location,
    wording::visible,
};

/// The last line of a run whose reports are not all there.
const UNWRITTEN: &str = "exit 2: the app was assessed, but not every report could be written";

/// What makes a run fail, by the command line.
pub(super) fn gate(arguments: &ReportingArguments) -> Gate {
    Gate { fail_on: arguments.fail_on.severity(), require_ready: arguments.require_ready, allow_incomplete: arguments.allow_incomplete }
}

/// Picks the exit code, writes every report and says where they lie. The last line says what the exit code means.
pub(super) fn finish(mut assessment: Assessment, outputs: Outputs, gate: Gate, terminal: Terminal) -> Result<Exit, Failure> {
    let exit = gate.exit(&assessment);
    assessment.exit_code = exit.code();
    let standard = outputs.standard();
    let written = outputs.write(&assessment);
    say_written(&written, terminal);
    let last = if written.failures.is_empty() { last_line(exit, assessment.verdict) } else { UNWRITTEN.to_owned() };
    match standard {
        Some(format) if format.name == text::NAME => terminal.data(|out| {
            text::write_styled(&assessment, true, terminal.width(), out)?;
            writeln!(out, "{last}")
        })?,
        Some(format) => {
            terminal.data(|out| (format.write)(&assessment, out))?;
            terminal.line(format_args!("{}; {last}", in_a_word(&assessment)));
        }
        None => terminal.line(format_args!("{}; {last}", in_a_word(&assessment))),
    }
    if written.failures.is_empty() { Ok(exit) } else { Err(Failure::Reports(written)) }
}

/// Says where the reports lie.
pub(super) fn say_written(written: &Written, terminal: Terminal) {
    for path in &written.paths {
        terminal.line(format_args!("wrote {}", path.display()));
    }
}

/// Names the waivers that cover nothing, though their rule was applied: somebody expected them to.
pub(super) fn note_idle_waivers(assessment: &Assessment, decisions: &Decisions, terminal: Terminal) {
    let concerns: Vec<Concern<'_>> = assessment.findings.iter().map(concern).collect();
    let was_judged = |waiver: &&Waiver| {
        let name = format!("rule:{}", waiver.rule);
        assessment.requirements.iter().any(|requirement| requirement.verified_by.contains(&name))
    };
    for waiver in decisions.idle(&concerns).filter(was_judged) {
        let subject = waiver.subject.as_ref().map(|subject| format!(" (subject {})", visible(subject))).unwrap_or_default();
        let finding = waiver.finding.as_ref().map(|finding| format!(" (finding {})", visible(finding))).unwrap_or_default();
        terminal.line(format_args!("note: the waiver for {}{subject}{finding} matched nothing", waiver.rule));
    }
}

fn concern(finding: &Finding) -> Concern<'_> {
    let (Location::Source { subject, .. } | Location::Network { subject, .. }) = &finding.location;
    Concern { rule: &finding.rule, fingerprint: &finding.fingerprint, subject: subject.as_deref() }
}

/// What the exit code means. A threshold can let pass what the verdict does not.
fn last_line(exit: Exit, verdict: Verdict) -> String {
    let (code, meaning) = (exit.code(), exit.meaning());
    match verdict {
        Verdict::Incomplete if exit == Exit::Clean => format!("exit {code}: {meaning}; the verdict is INCOMPLETE"),
        Verdict::NotReady if exit == Exit::Clean => format!("exit {code}: {meaning}; the verdict is NOT READY"),
        _ => format!("exit {code}: {meaning}"),
    }
}

/// The verdict, and what it is about.
fn in_a_word(assessment: &Assessment) -> String {
    let counts = &assessment.counts;
    match assessment.verdict {
        Verdict::Ready => "READY".into(),
        Verdict::NotReady => format!("NOT READY: {} red flags", counts.red_flags),
        Verdict::Incomplete => {
            format!("INCOMPLETE: {} unknown, {} statements missing", counts.errors, counts.attestations_missing)
        }
    }
}
