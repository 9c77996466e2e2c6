//! The way of a value through the source: the lines that it comes from are shown, and what is written under a name is told where it is written.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::atomic::AtomicBool,
};

use crate::{
    collect::source::{
        LARGEST,
        decode::{Encoding, Lines, Position, decode},
        document::Document,
        excerpts::Excerpts,
        inline::Inline,
        objects,
        origins::Home,
        parallel::in_parallel,
        regular,
        told::Told,
        walk::{Blob, Candidate},
        watch::Watch,
    },
    evidence::{CodeLine, InlineDecision, Language, SourceFact, Surface, Trace},
};

/// Files that are read again for their definitions; beyond, a step is named and not shown.
const MOST_FILES: usize = 2_000;
/// How far from the beginning of a definition its value is looked for, in bytes.
const REACH: usize = 1_000;
/// So many uses of one value are told.
const MOST_USES: usize = 20;

/// A line of a file, and the secret that is said to be written there.
type Written<'s> = (u32, &'s str);

/// What is asked of one file: lines with what stands there, values that are written there, and the secrets that may stand anywhere in it.
#[derive(Default)]
struct Asked<'f, 's> {
    lines: BTreeMap<u32, (&'f str, &'s str)>,
    homes: BTreeSet<Written<'s>>,
    secrets: BTreeSet<&'s str>,
}

/// What one file shows.
#[derive(Default)]
struct Shown<'s> {
    lines: BTreeMap<u32, CodeLine>,
    homes: BTreeMap<Written<'s>, Place>,
}

/// The place where a value is written.
struct Place {
    start: Position,
    end: Position,
    language: Language,
    code: Option<CodeLine>,
    allowed: Vec<InlineDecision>,
}

/// Adds to every step of a way the line that it is about, where that is not the line of the fact itself; then tells what is written under a name where
/// it is written.
pub(super) fn show(told: &mut [Told], candidates: &[Candidate], watch: &Watch, stop: &AtomicBool) {
    let written = |told: &mut Told| {
        let home = told.home.take().filter(|home| is_told_there(&told.fact, home));
        (told.secret.clone().unwrap_or_default(), home)
    };
    let written: Vec<(String, Option<Home>)> = told.iter_mut().map(written).collect();
    let mut shown = BTreeMap::new();
    {
        let asked = asked(told, &written);
        let files: Vec<(&Candidate, &Asked<'_, '_>)> =
            asked.iter().filter_map(|(path, asked)| Some((candidate(path, candidates)?, asked))).collect();
        let outcomes = in_parallel(&files, stop, |(candidate, asked), buffer| shown_by(candidate, asked, watch, buffer));
        for ((candidate, _), of_file) in files.iter().zip(outcomes) {
            shown.insert(candidate.path.as_str(), of_file.unwrap_or_default());
        }
    }
    for (told, (_, home)) in told.iter_mut().zip(&written) {
        for step in &mut told.fact.trace {
            step.code = shown.get(step.path.as_str()).and_then(|of_file| of_file.lines.get(&step.line)).cloned();
        }
        let Some(Home { step: at, literal }) = home else { continue };
        let place = told.fact.trace.get(*at).and_then(|step| shown.get(step.path.as_str())?.homes.get(&(step.line, literal.as_str())));
        if let Some(place) = place {
            bring_home(&mut told.fact, *at, place);
        }
    }
}

fn asked<'f, 's>(told: &'f [Told], written: &'s [(String, Option<Home>)]) -> BTreeMap<&'f str, Asked<'f, 's>> {
    let mut asked: BTreeMap<&str, Asked<'_, '_>> = BTreeMap::new();
    for (Told { fact, .. }, (secret, home)) in told.iter().zip(written) {
        for (at, step) in fact.trace.iter().enumerate().filter(|(_, step)| is_away(fact, step)) {
            let is_new = !asked.contains_key(step.path.as_str());
            if is_new && asked.len() >= MOST_FILES {
                continue;
            }
            let of_file = asked.entry(&step.path).or_default();
            of_file.lines.entry(step.line).or_insert((&step.what, secret));
            of_file.secrets.extend(Some(secret.as_str()).filter(|secret| !secret.is_empty()));
            if let Some(home) = home.as_ref().filter(|home| home.step == at) {
                of_file.homes.insert((step.line, &home.literal));
            }
        }
    }
    asked
}

/// Whether a fact is told where its value is written. What tests and documents call a secret is no reason to tell of another file.
fn is_told_there(fact: &SourceFact, home: &Home) -> bool {
    let is_for_readers = matches!(fact.surface, Surface::Test | Surface::Documentation);
    fact.trace.get(home.step).is_some_and(|step| !is_for_readers || step.path == fact.path)
}

/// Whether a step lies on another line than the fact.
fn is_away(fact: &SourceFact, step: &Trace) -> bool {
    (step.path.as_str(), step.line) != (fact.path.as_str(), fact.line)
}

/// The file of that path, as it was read.
fn candidate<'c>(path: &str, candidates: &'c [Candidate]) -> Option<&'c Candidate> {
    let at = candidates.binary_search_by(|candidate| candidate.path.as_str().cmp(path)).ok()?;
    candidates.get(at)
}

fn shown_by<'s>(candidate: &Candidate, asked: &Asked<'_, 's>, watch: &Watch, buffer: &mut Vec<u8>) -> Shown<'s> {
    let is_read = match candidate.blob.as_deref() {
        Some(Blob { repository, id }) => objects::file_at(repository, *id, buffer).is_ok(),
        None => regular::read(&candidate.file(), LARGEST, buffer).is_ok(),
    };
    let Some(encoding) = Some(&*buffer).filter(|_| is_read).and_then(|bytes| Encoding::of(bytes)) else { return Shown::default() };
    let text = decode(buffer, encoding);
    let never = AtomicBool::new(false);
    let document =
        Document { text: &text, path: &candidate.path, lines: Lines::new(&text), parts: &[], mentions: None, watch, stop: &never };
    let excerpts = Excerpts::new(&candidate.path, &text, watch, asked.secrets.iter().map(ToString::to_string));
    let line = |line: u32, what: &str, secret: &str| excerpts.line(line, document.lines.start(line)?, what, Some(secret));
    let lines = asked.lines.iter().filter_map(|(number, (what, secret))| Some((*number, line(*number, what, secret)?))).collect();
    let inline = Inline::of(&document);
    let home = |(number, secret): &Written<'s>| {
        let range = written_at(&text, document.lines.start(*number)?, secret)?;
        let (start, end) = (document.lines.position(range.start), document.lines.position(range.end));
        let what = asked.lines.get(number).map_or("", |(what, _)| what);
        let code = line(start.line, what, secret);
        let allowed = inline.about(*number, end.line);
        Some(((*number, *secret), Place { start, end, language: candidate.reader.language, code, allowed }))
    };
    Shown { lines, homes: asked.homes.iter().filter_map(home).collect() }
}

/// Where a value stands that is defined in the line that begins there: the text itself, or all of the line where the text is put together.
fn written_at(text: &str, start: usize, value: &str) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    let near = rest.get(..rest.floor_char_boundary(REACH.saturating_add(value.len())))?;
    if let Some(at) = near.find(value).filter(|_| !value.is_empty()) {
        return Some(start + at..start + at + value.len());
    }
    let line = near.split(['\n', '\r']).next()?;
    let indent = line.len() - line.trim_start().len();
    Some(start + indent..start + indent + line.trim().len())
}

/// Tells a fact at the step of its trace where the value is written. The steps before it, and where it was, are the way from there.
fn bring_home(fact: &mut SourceFact, at: usize, home: &Place) {
    let sources = fact.trace.split_off(at.saturating_add(1).min(fact.trace.len()));
    let Some(definition) = fact.trace.pop() else { return };
    let marked = fact.code.iter().find(|line| line.marked.is_some()).or(fact.code.first());
    let used = Trace { path: fact.path.clone(), line: fact.line, what: format!("`{}` gets it", fact.sink), code: marked.cloned() };
    let passed = std::mem::replace(&mut fact.trace, sources);
    fact.uses = passed.into_iter().rev().chain([used]).collect();
    fact.path = definition.path;
    (fact.line, fact.column) = (home.start.line, home.start.column);
    (fact.end_line, fact.end_column) = (home.end.line, home.end.column);
    fact.code = home.code.iter().cloned().collect();
    fact.language = home.language;
    fact.allowed.extend(home.allowed.iter().filter(|decision| !fact.allowed.contains(decision)).cloned().collect::<Vec<_>>());
}

/// Adds the uses of a fact to those of another about the same value at the same place.
pub(super) fn join(kept: &mut SourceFact, other: &mut SourceFact) {
    let more = std::mem::take(&mut other.uses).into_iter().filter(|used| !kept.uses.contains(used)).collect::<Vec<_>>();
    kept.uses.extend(more);
    kept.uses.truncate(MOST_USES);
}
