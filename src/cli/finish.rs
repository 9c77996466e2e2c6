//! The end of every run: the exit code is picked, the reports are written, the summary is printed.

use super::{
    arguments::ReportingArguments,
    exit::{Exit, Gate},
    failure::Failure,
    outputs::Outputs,
    terminal::Terminal,
};
use crate::{
    assessment::{Assessment, Verdict},
    reports::text,
};

/// What makes a run fail, by the command line.
pub(super) fn gate(arguments: &ReportingArguments) -> Gate {
    Gate { fail_on: arguments.fail_on.severity(), require_ready: arguments.require_ready, allow_incomplete: arguments.allow_incomplete }
}

/// Picks the exit code, writes every report and says where they lie. The last line says what the exit code means.
pub(super) fn finish(mut assessment: Assessment, outputs: Outputs, gate: Gate, terminal: Terminal) -> Result<Exit, Failure> {
    let exit = gate.exit(&assessment);
    assessment.exit_code = exit.code();
    let last = last_line(exit, assessment.verdict);
    let standard = outputs.standard();
    for path in outputs.write(&assessment)? {
        terminal.line(format_args!("wrote {}", path.display()));
    }
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
    Ok(exit)
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
