//! Where the source sets, passes or configures something that a rule watches, and where the value comes from.
//!
//! ```text
//! walk ─► prefilter ─► decode ─► reader (one for each language and format) ─► origins ─► facts
//! ```
//!
//! A file that holds no watched name is dropped after one pass over its bytes. Values are followed once all files are read; files that only define
//! what the others refer to are fetched then.

mod aliases;
mod archives;
mod chains;
mod changed;
mod comments;
mod commits;
mod comparisons;
mod config_files;
mod decode;
mod document;
mod drawn;
mod embedded;
mod excerpts;
mod forms;
mod git_index;
mod glance;
mod history;
#[cfg(test)]
mod hostile;
mod hosts;
mod idle;
mod ignored;
mod in_clear;
mod inline;
mod joined;
mod key_material;
mod languages;
mod letters;
mod light;
mod literals;
mod names;
mod needles;
mod objects;
mod origins;
mod parallel;
mod prefilter;
mod program;
mod readers;
mod regular;
mod sieve;
mod sinks;
mod sought;
mod surface;
#[cfg(test)]
mod tests;
mod told;
mod values;
mod walk;
mod watch;
mod ways;
mod written;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

pub use changed::{ChangeError, can_be_told};
pub use prefilter::{holders, literals};

use crate::{
    collect::source::{
        aliases::Aliases,
        comparisons::Values,
        decode::{Encoding, Lines, decode, without_mark},
        document::{Document, Place, Reading},
        glance::Style,
        history::{Mark, Past},
        light::Near,
        origins::{Definition, Definitions, Follower, Key},
        parallel::{in_parallel, with_room},
        prefilter::{Prefilter, Seen},
        readers::{Reader, any_reader, shared},
        regular::ReadError,
        sieve::Sieve,
        sought::Sought,
        told::{Told, checked},
        walk::{Blob, Candidate},
        watch::Watch,
        written::{Around, Surroundings},
    },
    evidence::{ChangeSet, Extent, FactKind, Language, Origin, SkippedFile, Source, SourceFact, Vocabulary},
};

/// A larger file is not read.
const LARGEST: u64 = 16 * 1024 * 1024;
/// Larger files are read one after the other, whatever the number of threads: each is held several times over, as bytes, as text, and in small letters.
const LARGE: usize = 1024 * 1024;
/// Whoever holds it may read a large file.
static LARGE_FILE: Mutex<()> = Mutex::new(());
/// How much of a file that is not read is looked at to tell whether it is text.
const PROBE: u64 = 8 * 1024;
/// How many facts away one is looked for that says the same.
const ECHOES: usize = 50;
/// How many files away from its use a constant is looked for.
const ROUNDS: usize = 4;

/// Scans source folders for what rules watch. Never fails: what could not be read is listed as such.
///
/// Setting `stop` ends the scan early; what was found until then comes back, with a note that it is not all.
pub(in crate::collect) fn scan(roots: &[PathBuf], extent: &Extent, vocabulary: &Vocabulary, stop: &AtomicBool) -> Source {
    let started = Instant::now();
    let watch = Watch::new(vocabulary);
    let (mut candidates, unreadable) = chosen(roots, extent, stop);
    let archives = archives::taken_from(&mut candidates, extent.archives);
    let (definitions, aliases) = (Definitions::default(), Aliases::default());
    let mut scan = Scan { watch: &watch, stop, definitions, aliases, source: Source::default(), places: Vec::new() };
    scan.source.files_skipped = unreadable;
    scan.source.extent = extent.clone();
    let dropped = scan.read_all(&candidates);
    scan.read_archives(&archives);
    scan.resolve_aliases();
    scan.fetch_definitions(dropped);
    let (present, sieve) = scan.follow_all(&candidates);
    if extent.history {
        scan.look_back(roots, &Watch::new(&history::of_secrets(vocabulary)), &present);
    }
    if stop.load(Ordering::Relaxed) {
        let reason = "interrupted before every file was read".to_owned();
        scan.source.files_skipped.push(SkippedFile { path: ".".to_owned(), reason, matters: true });
    }
    let mut source = scan.source;
    sieve.sift(&mut source);
    source.files_skipped.sort();
    source.files_skipped.dedup();
    source.milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    source
}

/// The files to read, and what could not be looked into.
fn chosen(roots: &[PathBuf], extent: &Extent, stop: &AtomicBool) -> (Vec<Candidate>, Vec<SkippedFile>) {
    let mut chosen = match &extent.changes {
        ChangeSet::Everything => return walk::candidates(roots, extent, stop),
        ChangeSet::Staged => changed::staged(roots, extent.archives, stop),
        ChangeSet::Since(revision) => {
            let (candidates, unreadable) = walk::candidates(roots, extent, stop);
            let mut chosen = changed::since(revision, roots, candidates, stop);
            chosen.skipped.extend(unreadable.into_iter().filter(|file| file.matters));
            chosen
        }
    };
    chosen.candidates.sort_by(|one, other| one.path.cmp(&other.path));
    (chosen.candidates, chosen.skipped)
}

/// The facts in one text, read as the language or format that the path's last part names, if a glance at it tells that there may be any.
///
/// # Panics
/// When the system cannot start a thread.
#[must_use]
pub fn facts_in(path: &str, text: &str, vocabulary: &Vocabulary) -> Vec<SourceFact> {
    facts_by(path, text, vocabulary, false)
}

/// The same whatever a glance would tell: also the facts that no rule fails, because nothing is written there.
#[cfg(test)]
fn all_facts_in(path: &str, text: &str, vocabulary: &Vocabulary) -> Vec<SourceFact> {
    facts_by(path, text, vocabulary, true)
}

fn facts_by(path: &str, text: &str, vocabulary: &Vocabulary, is_read_anyway: bool) -> Vec<SourceFact> {
    std::thread::scope(|scope| {
        let read = with_room().spawn_scoped(scope, || facts_here(path, text, vocabulary, is_read_anyway));
        read.ok().and_then(|read| read.join().ok()).expect("a thread can be started, and reading does not panic")
    })
}

fn facts_here(path: &str, text: &str, vocabulary: &Vocabulary, is_read_anyway: bool) -> Vec<SourceFact> {
    let reader = any_reader(path);
    let watch = Watch::new(vocabulary);
    let document =
        Document { text, path, lines: Lines::new(text), parts: &[], mentions: None, watch: &watch, stop: &AtomicBool::new(false) };
    let mut seen = Prefilter::of(&watch, &shared(), 1).seen(text, reader.style).unwrap_or_default();
    if is_read_anyway && seen.names.is_empty() {
        seen.names.push(0);
    }
    let mut reading = read_as(reader, &document, &seen);
    let found = found(&document, reader, &seen, &mut reading).into_iter();
    let mut known = Definitions::default();
    known.add(path, reading.definitions);
    let never = AtomicBool::new(false);
    let mut follower = Follower::new(&known, &watch, &never);
    compared(found.filter_map(|found| checked(&found, &mut follower)), &watch)
}

/// The facts in order, with what only shows when they are compared.
fn compared(told: impl Iterator<Item = Told>, watch: &Watch) -> Vec<SourceFact> {
    let (mut facts, mut values) = (Vec::new(), Values::new(&watch.environment));
    for Told { fact, secret, .. } in told {
        values.add(&fact, secret.as_deref());
        facts.push(fact);
    }
    values.tell(&mut facts);
    comparisons::without_settled(&mut facts, &watch.missing);
    in_order(facts)
}

/// A place with its position, which outlives the text.
struct Found {
    path: String,
    reader: &'static Reader,
    place: Place,
    start: decode::Position,
    end: decode::Position,
    around: Surroundings,
    /// Whether of its file only what is near the names was read.
    is_light: bool,
}

/// Every place of a file: those of its reader, and what stands written in any text.
fn found(document: &Document<'_>, reader: &'static Reader, seen: &Seen, reading: &mut Reading) -> Vec<Found> {
    written::look(document, seen, reading);
    let places = std::mem::take(&mut reading.places);
    if places.is_empty() {
        return Vec::new();
    }
    let around = Around::new(document, &places);
    let is_light = reads_near(reader, document);
    let with_position = |place: Place| {
        let start = document.lines.position(place.range.start);
        let end = document.lines.position(place.range.end);
        let around = around.of(&place, start, end);
        Found { path: document.path.to_owned(), reader, place, start, end, around, is_light }
    };
    places.into_iter().map(with_position).collect()
}

/// What one file came to. Most files hold nothing, and all of them wait for the last: so what few hold is kept apart.
enum Outcome {
    Read(Box<Holding>),
    /// Holds no watched name.
    Dropped {
        bytes: u64,
    },
    Skipped {
        reason: String,
        matters: bool,
    },
}

/// What a file holds.
struct Holding {
    found: Vec<Found>,
    reading: Reading,
    bytes: u64,
}

struct Scan<'a> {
    watch: &'a Watch,
    stop: &'a AtomicBool,
    definitions: Definitions,
    aliases: Aliases,
    source: Source,
    places: Vec<Found>,
}

impl<'a> Scan<'a> {
    /// Reads every candidate. Gives back those without a watched name, which may yet hold a definition.
    fn read_all<'c>(&mut self, candidates: &'c [Candidate]) -> Vec<&'c Candidate> {
        let shared = shared();
        let prefilter = Prefilter::of(self.watch, &shared, candidates.len());
        let all: Vec<&Candidate> = candidates.iter().collect();
        let outcomes = in_parallel(&all, self.stop, |candidate, buffer| {
            read_file(
                candidate,
                buffer,
                self.watch,
                self.stop,
                Wanted { large: Some(&prefilter), seen: &|bytes| prefilter.seen(bytes, candidate.reader.style) },
            )
        });
        let mut dropped = Vec::new();
        for (candidate, outcome) in all.into_iter().zip(outcomes) {
            if let Some(Outcome::Dropped { .. }) = outcome {
                dropped.extend([candidate].into_iter().filter(|candidate| candidate.reader.defines));
            }
            self.take_in(candidate, outcome, true);
        }
        dropped
    }

    fn take_in(&mut self, candidate: &Candidate, outcome: Option<Outcome>, is_first_time: bool) {
        let skipped = |reason, matters| SkippedFile { path: candidate.path.clone(), reason, matters };
        let bytes = match outcome {
            // An interrupt is told once, for the whole scan.
            None if self.stop.load(Ordering::Relaxed) => return,
            None => return self.source.files_skipped.push(skipped("not read, for the system could not start a thread".to_owned(), true)),
            Some(Outcome::Skipped { reason, matters }) => return self.source.files_skipped.push(skipped(reason, matters)),
            Some(Outcome::Dropped { bytes }) => bytes,
            Some(Outcome::Read(holding)) => {
                let Holding { found, reading, bytes } = *holding;
                self.source.files_skipped.extend(reading.gap.map(|reason| skipped(reason, true)));
                self.definitions.add(&candidate.path, reading.definitions);
                self.aliases.add(reading.aliases);
                self.places.extend(found);
                bytes
            }
        };
        if is_first_time {
            self.source.files_scanned += 1;
            self.source.bytes = self.source.bytes.saturating_add(bytes);
        }
    }

    fn resolve_aliases(&mut self) {
        let sharing = self.places.iter_mut().filter(|found| !found.reader.shares.is_empty());
        sharing.for_each(|found| self.aliases.resolve(&mut found.place, self.watch));
    }

    /// Reads, from the files that were dropped, those that define what the others refer to.
    fn fetch_definitions(&mut self, mut dropped: Vec<&Candidate>) {
        let languages: BTreeSet<Language> = dropped.iter().map(|candidate| candidate.reader.language).collect();
        let mut asked: BTreeSet<(Language, Key)> = BTreeSet::new();
        for _ in 0..ROUNDS {
            let sought: BTreeMap<Language, Sought> =
                languages.iter().filter_map(|language| Some((*language, self.sought(*language, &mut asked)?))).collect();
            let (open, mut left): (Vec<&Candidate>, Vec<&Candidate>) =
                dropped.into_iter().partition(|candidate| sought.contains_key(&candidate.reader.language));
            if open.is_empty() {
                break;
            }
            let outcomes = in_parallel(&open, self.stop, |candidate, buffer| {
                let seen = |bytes: &[u8]| sought.get(&candidate.reader.language)?.seen(&candidate.path, bytes);
                read_file(candidate, buffer, self.watch, self.stop, Wanted { large: None, seen: &seen })
            });
            for (candidate, outcome) in open.into_iter().zip(outcomes) {
                match outcome {
                    Some(Outcome::Dropped { .. }) => left.push(candidate),
                    outcome => self.take_in(candidate, outcome, false),
                }
            }
            dropped = left;
        }
    }

    /// What is to be looked for in the files of a language, apart from what was asked before; absent when that is nothing. What stands in a bundle has
    /// its definitions there, too.
    fn sought(&self, language: Language, asked: &mut BTreeSet<(Language, Key)>) -> Option<Sought> {
        let places = self.places.iter().filter(|found| !found.is_light && found.reader.refers_to(language));
        let missing = self.definitions.missing(places.map(|found| &found.place.value));
        Sought::new(&missing.into_iter().filter(|key| asked.insert((language, key.clone()))).collect())
    }

    /// Follows every value to its end. Gives back what stands for the secrets that are written, and what keeps them out of names.
    fn follow_all(&mut self, candidates: &[Candidate]) -> (BTreeSet<Mark>, Sieve<'a>) {
        self.definitions.settle();
        let mut follower = Follower::new(&self.definitions, self.watch, self.stop);
        // A place is done with once it was followed.
        let places = std::mem::take(&mut self.places).into_iter();
        let mut told: Vec<Told> = places.filter_map(|found| checked(&found, &mut follower)).collect();
        let present = told.iter().filter_map(|told| told.secret.as_deref().map(history::mark)).collect();
        ways::show(&mut told, candidates, self.watch, self.stop);
        let secrets = told.iter().filter(|told| told.fact.value.is_none()).filter_map(|told| told.secret.clone());
        let sieve = Sieve::new(secrets, self.watch);
        self.source.facts = compared(told.into_iter(), self.watch);
        (present, sieve)
    }

    /// Adds what the history holds and the source no longer does.
    fn look_back(&mut self, roots: &[PathBuf], watch: &Watch, present: &BTreeSet<Mark>) {
        for (base, within) in walk::bases(roots) {
            let Past { facts, skipped, versions, bytes } =
                history::past(&base, &within, watch, present, self.source.extent.archives, self.stop);
            self.source.files_skipped.extend(skipped);
            self.source.versions_scanned += versions;
            self.source.bytes = self.source.bytes.saturating_add(bytes);
            self.source.facts.extend(facts);
        }
        self.source.facts = in_order(std::mem::take(&mut self.source.facts));
    }
}

/// The facts in order of path and place, each once: in broken code the same statement may be understood twice, and then the longer way.
fn in_order(mut facts: Vec<SourceFact>) -> Vec<SourceFact> {
    let start = |fact: &SourceFact| (fact.line, fact.column, fact.kind);
    let end = |fact: &SourceFact| (fact.end_line, fact.end_column);
    facts.sort_by(|one, other| {
        let by_place = one.path.cmp(&other.path).then_with(|| start(one).cmp(&start(other))).then_with(|| one.sink.cmp(&other.sink));
        by_place.then_with(|| (&one.watched, &one.masked).cmp(&(&other.watched, &other.masked))).then_with(|| end(other).cmp(&end(one)))
    });
    let same = |one: &SourceFact, other: &SourceFact| {
        one.path == other.path
            && start(one) == start(other)
            && (&one.sink, &one.watched, &one.masked) == (&other.sink, &other.watched, &other.masked)
    };
    facts.dedup_by(|one, kept| {
        let is_same = same(one, kept);
        if is_same {
            ways::join(kept, one);
        }
        is_same
    });
    without_echoes(facts)
}

/// Without facts that say again what another says better: a name that is set to a key or to text of a known form. A key says what it is; of
/// other text the name does.
fn without_echoes(facts: Vec<SourceFact>) -> Vec<SourceFact> {
    let is_value = |fact: &&SourceFact| {
        matches!(fact.kind, FactKind::Assignment | FactKind::Argument | FactKind::ConfigKey | FactKind::Header)
            && matches!(fact.origin, Origin::Literal | Origin::Constant)
    };
    let mut echoes = BTreeSet::new();
    for (index, fact) in facts.iter().enumerate().filter(|(_, fact)| matches!(fact.kind, FactKind::KeyMaterial | FactKind::Literal)) {
        let near = facts.iter().enumerate().skip(index.saturating_sub(ECHOES)).take(ECHOES.saturating_mul(2));
        for (other, value) in near.filter(|(other, value)| *other != index && value.path == fact.path && overlap(value, fact)) {
            match fact.kind {
                FactKind::KeyMaterial if is_value(&value) || value.kind == FactKind::Literal => echoes.insert(other),
                // How a name ends says less than a form that is known, and so does the header that takes any.
                FactKind::Literal if is_value(&value) && value.masked == fact.masked => {
                    let says_less = value.watched.starts_with('*') || (value.kind == FactKind::Header && value.watched == "Authorization");
                    echoes.insert(if says_less { other } else { index })
                }
                _ => false,
            };
        }
    }
    facts.into_iter().enumerate().filter(|(index, _)| !echoes.contains(index)).map(|(_, fact)| fact).collect()
}

/// Whether two places share a character.
fn overlap(one: &SourceFact, other: &SourceFact) -> bool {
    (one.line, one.column) < (other.end_line, other.end_column) && (other.line, other.column) < (one.end_line, one.end_column)
}

/// How it is told what of a file is worth a look.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    /// Asked about files of no known format that are too large to be read; without it they are left alone.
    large: Option<&'a Prefilter<'a>>,
    seen: &'a dyn Fn(&[u8]) -> Option<Seen>,
}

/// Reads a file into the buffer and, if its bytes are wanted, further into facts and definitions.
fn read_file(candidate: &Candidate, buffer: &mut Vec<u8>, watch: &Watch, stop: &AtomicBool, wanted: Wanted<'_>) -> Outcome {
    if let Some(Blob { repository, id }) = candidate.blob.as_deref() {
        return match objects::file_at(repository, *id, buffer) {
            Ok(()) => read_bytes(candidate, buffer, watch, stop, wanted),
            Err(problem) => Outcome::Skipped { reason: problem.to_string(), matters: true },
        };
    }
    match regular::read(&candidate.file(), LARGEST, buffer) {
        Ok(()) => read_bytes(candidate, buffer, watch, stop, wanted),
        Err(ReadError::TooLarge(_)) if candidate.is_unclaimed() => large(candidate, buffer, wanted),
        Err(problem) => Outcome::Skipped { reason: problem.to_string(), matters: true },
    }
}

/// A file of no known format that is too large to be read whole: it matters if it holds anything that is looked for.
fn large(candidate: &Candidate, buffer: &mut Vec<u8>, wanted: Wanted<'_>) -> Outcome {
    let hits = regular::open(&candidate.file()).and_then(|file| {
        buffer.clear();
        (&file).take(PROBE).read_to_end(buffer)?;
        if Encoding::of(buffer).is_none() {
            return Ok(None);
        }
        let rest = buffer.as_slice().chain(file);
        wanted.large.map(|prefilter| prefilter.hits_within(rest)).transpose().map_err(ReadError::from)
    });
    let reason = ReadError::TooLarge(LARGEST).to_string();
    match hits {
        Ok(Some(true)) => Outcome::Skipped { reason: format!("{reason}, and holds words that are looked for"), matters: true },
        Ok(_) => Outcome::Skipped { reason, matters: false },
        Err(problem) => Outcome::Skipped { reason: problem.to_string(), matters: true },
    }
}

fn read_bytes(candidate: &Candidate, buffer: &[u8], watch: &Watch, stop: &AtomicBool, wanted: Wanted<'_>) -> Outcome {
    let _alone = (buffer.len() > LARGE).then(|| LARGE_FILE.lock().unwrap_or_else(PoisonError::into_inner));
    let bytes = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
    let Some(encoding) = Encoding::of(buffer) else { return not_text(candidate, buffer, watch) };
    let text = if encoding.holds_ascii() { None } else { Some(decode(buffer, encoding)) };
    let seen = (wanted.seen)(text.as_ref().map_or(without_mark(buffer), |text| text.as_bytes()));
    let Some(seen) = seen else {
        return if candidate.is_store() { not_text(candidate, buffer, watch) } else { Outcome::Dropped { bytes } };
    };
    let text = text.unwrap_or_else(|| decode(buffer, encoding));
    // Where something stands is told of the text, which is longer than its bytes where they were no UTF-8.
    let seen =
        if text.len() == without_mark(buffer).len() || !encoding.holds_ascii() { Some(seen) } else { (wanted.seen)(text.as_bytes()) };
    let Some(seen) = seen else { return Outcome::Dropped { bytes } };
    let document = Document { text: &text, path: &candidate.path, lines: Lines::new(&text), parts: &[], mentions: None, watch, stop };
    let mut reading = read_as(candidate.reader, &document, &seen);
    let found = found(&document, candidate.reader, &seen, &mut reading);
    reading.definitions.retain(Definition::says_something);
    reading.definitions.shrink_to_fit();
    Outcome::Read(Box::new(Holding { found, reading, bytes }))
}

/// Whether of a file only what is near the names is read.
fn reads_near(reader: &Reader, document: &Document<'_>) -> bool {
    let bytes = document.text.as_bytes();
    // The mark at which a page's program begins may be far from all names, and a picture on one line makes no minified program.
    let is_page = matches!(reader.language, Language::Php | Language::Html);
    reader.style == Style::Program && if is_page { light::is_large(bytes) } else { light::is_light(bytes) }
}

/// What a reader makes of a text, but for functions that nothing can be told of.
fn read_whole(reader: &Reader, document: &Document<'_>, seen: &Seen) -> Reading {
    let idle = if seen.is_spread { Vec::new() } else { idle::bodies(document.text, reader.language, &seen.names) };
    if idle.is_empty() {
        return (reader.read)(&Document { mentions: seen.mentions.as_deref(), lines: Lines::new(document.text), ..*document });
    }
    let text = light::without(document.text, &idle);
    let is_read = |at: &usize| idle.get(idle.partition_point(|body| body.end <= *at)).is_none_or(|body| *at < body.start);
    let mentions: Option<Vec<usize>> = seen.mentions.as_ref().map(|mentions| mentions.iter().copied().filter(is_read).collect());
    (reader.read)(&Document { text: &text, mentions: mentions.as_deref(), lines: Lines::new(&text), ..*document })
}

/// What a reader makes of a text in which names were seen; of a program that is large or not written by hand, of what is near them.
fn read_as(reader: &Reader, document: &Document<'_>, seen: &Seen) -> Reading {
    if seen.names.is_empty() {
        return Reading::default();
    }
    if !reads_near(reader, document) {
        return read_whole(reader, document, seen);
    }
    let Near { text, parts, is_all } = light::near(document.text, &seen.names);
    let mut reading = (reader.read)(&Document { text: &text, lines: Lines::new(&text), parts: &parts, ..*document });
    let gap = || format!("large, and read only near the first names that are looked for, {} MiB in all", light::MOST / 1024 / 1024);
    reading.gap = reading.gap.or_else(|| (!is_all).then(gap));
    reading
}

/// A file that is no text: a store of keys, or nothing that is understood.
fn not_text(candidate: &Candidate, buffer: &[u8], watch: &Watch) -> Outcome {
    let bytes = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
    let reason = || "no text in an encoding that is understood".to_owned();
    if !candidate.is_store() {
        return Outcome::Skipped { reason: reason(), matters: !candidate.is_unclaimed() };
    }
    let Some(key) = key_material::store(buffer) else { return Outcome::Dropped { bytes } };
    let identity = String::from_utf8_lossy(buffer).into_owned();
    let Some(place) = written::key_place(&key, 0..0, identity, watch) else { return Outcome::Dropped { bytes } };
    let (start, end) = (decode::Position { line: 1, column: 1 }, decode::Position { line: 1, column: 1 });
    let around = Surroundings { surface: surface::surface(&candidate.path), ..Surroundings::default() };
    let found = Found { path: candidate.path.clone(), reader: &readers::BINARY, place, start, end, around, is_light: false };
    Outcome::Read(Box::new(Holding { found: vec![found], reading: Reading::default(), bytes }))
}
