//! `redflag evaluate` and `redflag report`: a saved result, judged again or rendered again.

use std::path::Path;

use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::{
    arguments::{EvaluateArguments, ReportArguments},
    check::decisions,
    environment::Environment,
    exit::Exit,
    failure::Failure,
    finish::{finish, gate, note_idle_waivers, say_written},
    outputs::Outputs,
    packs::{Judging, judging},
    reading,
    terminal::Terminal,
};
use crate::{
    assess::{Standard, judge},
    assessment::{Assessment, SCHEMA},
    decisions::Decisions,
    reports::text,
};

/// The largest result that is read, in bytes.
const LARGEST_RESULT: u64 = 512 << 20;

/// Judges saved evidence again: with other rules, another profile or other decisions. Decisions must hold today; facts are judged at the time they were seen.
pub(super) fn evaluate(arguments: &EvaluateArguments, environment: &Environment, terminal: Terminal) -> Result<Exit, Failure> {
    let saved = read(&arguments.result)?;
    let judging = judging(&arguments.judging, saved.profile)?;
    let decisions = match &arguments.judging.decisions {
        Some(path) => decisions(Some(path), &judging)?,
        None => Decisions { attestations: saved.evidence.attestations.clone(), ..Decisions::default() },
    };
    let outputs = Outputs::open(&arguments.reporting.outputs.output)?;
    let Judging { pack, profile, .. } = judging;
    let mut manifest = saved.app;
    manifest.app.kind = profile;
    let started_at = instant(&saved.started_at).expect("a result is read only with instants");
    let standard = Standard { pack, decisions, profile, today: environment.now.date() };
    let assessment = judge(&manifest, saved.evidence, &standard, started_at);
    let assessment = if saved.interrupted { assessment.interrupted() } else { assessment };
    note_idle_waivers(&assessment, &standard.decisions, terminal);
    finish(assessment, outputs, gate(&arguments.reporting), terminal)
}

/// Renders a saved result as it is.
pub(super) fn report(arguments: &ReportArguments, terminal: Terminal) -> Result<Exit, Failure> {
    let saved = read(&arguments.result)?;
    let outputs = Outputs::open(&arguments.outputs.output)?;
    let standard = outputs.standard();
    let written = outputs.write(&saved);
    say_written(&written, terminal);
    match standard {
        Some(format) if format.name == text::NAME => terminal.data(|out| text::write_styled(&saved, true, terminal.width(), out))?,
        Some(format) => terminal.data(|out| (format.write)(&saved, out))?,
        None => {}
    }
    if written.failures.is_empty() { Ok(Exit::Clean) } else { Err(Failure::Reports(written)) }
}

fn read(path: &Path) -> Result<Assessment, Failure> {
    let not_a_result = |why: String| Failure::NotAResult { path: path.to_owned(), why };
    let bytes = reading::bytes(path, LARGEST_RESULT)?;
    let assessment: Assessment = serde_json::from_slice(&bytes).map_err(|error| not_a_result(error.to_string()))?;
    if assessment.schema != SCHEMA {
        return Err(not_a_result(format!("its schema is `{}`, not `{SCHEMA}`", assessment.schema)));
    }
    for (key, text) in [("started_at", &assessment.started_at), ("observed_at", &assessment.evidence.observed_at)] {
        if instant(text).is_none() {
            return Err(not_a_result(format!("its `{key}` is `{text}`, which is no RFC 3339 instant")));
        }
    }
    match assessment.contradiction() {
        None => Ok(assessment),
        Some(contradiction) => Err(Failure::Tampered { path: path.to_owned(), contradiction }),
    }
}

/// An instant that has an RFC 3339 form in UTC too.
fn instant(text: &str) -> Option<OffsetDateTime> {
    let instant = OffsetDateTime::parse(text, &Rfc3339).ok()?.checked_to_offset(UtcOffset::UTC)?;
    (0..=9999).contains(&instant.year()).then_some(instant)
}
