//! The lines that values come from, shown with the facts that they led to.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::AtomicBool,
};

use crate::{
    collect::source::{
        LARGEST,
        decode::{Encoding, Lines, decode},
        excerpts::Excerpts,
        parallel::in_parallel,
        regular,
        walk::Candidate,
        watch::Watch,
    },
    evidence::{CodeLine, SourceFact},
};

/// Files that are read again for their definitions; beyond, a step is named and not shown.
const MOST_FILES: usize = 2_000;

/// A fact, and the secret that is written where its value comes from.
pub(super) type Told = (SourceFact, Option<String>);

/// What is asked of one file: lines with what stands there, and the secrets that may stand anywhere in it.
#[derive(Default)]
struct Asked<'f> {
    lines: BTreeMap<u32, (&'f str, &'f str)>,
    secrets: BTreeSet<&'f str>,
}

/// Adds to every step of a way the line that it is about, where that is not the line of the fact itself.
pub(super) fn show(told: &mut [Told], candidates: &[Candidate], watch: &Watch, stop: &AtomicBool) {
    let shown = {
        let asked = asked(told);
        let files: Vec<(&Candidate, &Asked<'_>)> =
            asked.iter().filter_map(|(path, asked)| Some((candidate(path, candidates)?, asked))).collect();
        let outcomes = in_parallel(&files, stop, |(candidate, asked), buffer| lines(candidate, asked, watch, buffer));
        let by_file = files.iter().zip(outcomes).flat_map(|((candidate, _), lines)| {
            lines.unwrap_or_default().into_iter().map(|line| ((candidate.path.clone(), line.line), line))
        });
        by_file.collect::<BTreeMap<(String, u32), CodeLine>>()
    };
    for step in told.iter_mut().flat_map(|(fact, _)| &mut fact.trace) {
        step.code = shown.get(&(step.path.clone(), step.line)).cloned();
    }
}

fn asked(told: &[Told]) -> BTreeMap<&str, Asked<'_>> {
    let mut asked: BTreeMap<&str, Asked<'_>> = BTreeMap::new();
    for (fact, secret) in told {
        let away = fact.trace.iter().filter(|step| (step.path.as_str(), step.line) != (fact.path.as_str(), fact.line));
        for step in away {
            let is_new = !asked.contains_key(step.path.as_str());
            if is_new && asked.len() >= MOST_FILES {
                continue;
            }
            let of_file = asked.entry(&step.path).or_default();
            of_file.lines.entry(step.line).or_insert((&step.what, secret.as_deref().unwrap_or("")));
            of_file.secrets.extend(secret.as_deref());
        }
    }
    asked
}

/// The file of that path, as it is now; what git holds in its place is not read again.
fn candidate<'c>(path: &str, candidates: &'c [Candidate]) -> Option<&'c Candidate> {
    let at = candidates.binary_search_by(|candidate| candidate.path.as_str().cmp(path)).ok()?;
    candidates.get(at).filter(|candidate| candidate.blob.is_none())
}

fn lines(candidate: &Candidate, asked: &Asked<'_>, watch: &Watch, buffer: &mut Vec<u8>) -> Vec<CodeLine> {
    let read = regular::read(&candidate.file(), LARGEST, buffer);
    let Some(encoding) = read.ok().and_then(|()| Encoding::of(buffer)) else { return Vec::new() };
    let text = decode(buffer, encoding);
    let starts = Lines::new(&text);
    let excerpts = Excerpts::new(&candidate.path, &text, watch, asked.secrets.iter().map(ToString::to_string));
    let line = |(line, (what, secret)): (&u32, &(&str, &str))| excerpts.line(*line, starts.start(*line)?, what, Some(secret));
    asked.lines.iter().filter_map(line).collect()
}
