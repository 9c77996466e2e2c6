//! What the git history of the source holds and the source itself no longer does: every version of every file, each looked at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use gix::ObjectId;

use crate::{
    collect::source::{
        Outcome, Wanted, archives, commits,
        commits::{Change, Changes},
        git_index::{self, Tracked},
        objects::{ObjectError, Objects},
        origins::{Definitions, Follower},
        parallel::in_parallel_with,
        prefilter::Prefilter,
        readers::{any_reader, reader_for, shared},
        told::checked,
        walk::{Candidate, is_archive, is_below, is_left_alone},
        watch::Watch,
    },
    evidence::{FactKind, Origin, SkippedFile, SourceFact, Vocabulary},
    wording,
};

mod merges;

/// How many versions a thread takes at once: neighbours in a pack are written as differences from each other.
const SHARE: usize = 256;

/// A secret without being one.
pub(super) type Mark = u64;

/// What stands for a secret where two are compared.
pub(super) fn mark(secret: &str) -> Mark {
    let mut hasher = DefaultHasher::new();
    secret.hash(&mut hasher);
    hasher.finish()
}

/// What the history came to.
#[derive(Default)]
pub(super) struct Past {
    pub(super) facts: Vec<SourceFact>,
    pub(super) skipped: Vec<SkippedFile>,
    /// Versions of files that were read, and their bytes.
    pub(super) versions: u64,
    pub(super) bytes: u64,
}

/// The secrets in one version of a file. The path of each is what of it lies in the file: none but in archives.
type Secrets = Vec<(Mark, SourceFact)>;

/// What is looked for in the history: secrets. What a program once did is over.
pub(super) fn of_secrets(vocabulary: &Vocabulary) -> Vocabulary {
    Vocabulary {
        setting: Vec::new(),
        missing: Vec::new(),
        call: Vec::new(),
        logged: Vec::new(),
        query: Vec::new(),
        literal: vocabulary.literal.iter().filter(|pattern| pattern.secret).cloned().collect(),
        ..vocabulary.clone()
    }
}

/// Looks for written secrets in the history of the repository at `base`, below the folder `within`. Those in `present` are not told again.
pub(super) fn past(base: &Path, within: &str, watch: &Watch, present: &BTreeSet<Mark>, with_archives: bool, stop: &AtomicBool) -> Past {
    let mut past = Past::default();
    let skipped = |reason: String| SkippedFile { path: ".git".to_owned(), reason: format!("history: {reason}"), matters: true };
    let is_wanted = |path: &str| !is_left_alone(path, with_archives);
    let walked = |objects: Objects| commits::changes(&objects, within, &is_wanted, stop).map(|changes| (objects, changes));
    let found = Objects::open_to_walk(base).and_then(walked);
    let (objects, changes) = match found {
        Ok(found) => found,
        Err(problem) => {
            past.skipped.push(skipped(problem.to_string()));
            return past;
        }
    };
    let Changes { all: changes, gaps, submodules, merges } = changes;
    past.skipped.extend(gaps.into_iter().collect::<BTreeSet<_>>().into_iter().map(skipped));
    let apart = |path: String| SkippedFile { path, reason: "history: a submodule has its own".to_owned(), matters: false };
    past.skipped.extend(submodules.into_iter().map(apart));
    let mut names = names(&changes);
    without_read(&mut names, base, within, stop);
    let versions = past.read(base, &objects.in_pack_order(&names), watch, stop);
    let at_head = head_marks(&objects, &versions);
    let mut told = told(&changes, &versions, present, &at_head);
    merges::tell(&mut told, (&changes, &merges), &versions, &at_head, &objects, stop);
    past.facts = told.into_values().collect();
    past
}

impl Past {
    /// Reads every version of every file once.
    fn read(&mut self, base: &Path, all: &[(ObjectId, &str)], watch: &Watch, stop: &AtomicBool) -> BTreeMap<ObjectId, Secrets> {
        let shares: Vec<&[(ObjectId, &str)]> = all.chunks(SHARE).collect();
        let prefilter = Prefilter::of(watch, &shared(), all.len());
        let open = || (Objects::open(base), Vec::new());
        let outcomes = in_parallel_with(&shares, stop, open, |share, (objects, buffer)| {
            let read = |(id, path): &(ObjectId, &str)| {
                let objects = objects.as_ref().map_err(Clone::clone)?;
                version(objects, *id, path, buffer, watch, &prefilter, stop)
            };
            share.iter().take_while(|_| !stop.load(Ordering::Relaxed)).map(read).collect::<Vec<_>>()
        });
        let (mut versions, mut gaps): (BTreeMap<ObjectId, Secrets>, Gaps) = (BTreeMap::new(), Gaps::default());
        for ((id, path), outcome) in
            shares.iter().zip(outcomes).flat_map(|(share, outcomes)| share.iter().zip(outcomes.into_iter().flatten()))
        {
            match outcome {
                Ok(version) => {
                    self.versions += 1;
                    self.bytes = self.bytes.saturating_add(version.bytes);
                    version.gaps.into_iter().for_each(|(inside, reason)| gaps.note(&format!("{path}{inside}"), *id, reason, true));
                    if !version.secrets.is_empty() {
                        versions.insert(*id, version.secrets);
                    }
                }
                Err(problem @ ObjectError::TooLarge(_)) => {
                    gaps.note(path, *id, problem.to_string(), reader_for(path).is_some() || is_archive(path));
                }
                Err(problem) => gaps.broken.push(problem),
            }
        }
        self.skipped.extend(gaps.told());
        versions
    }
}

/// What each version of a file is read as: the first of its names that says in what language it is, or else the first.
fn names(changes: &[Change]) -> BTreeMap<ObjectId, &str> {
    let mut names: BTreeMap<ObjectId, &str> = BTreeMap::new();
    for change in changes {
        let Some(id) = change.new else { continue };
        let name = names.entry(id).or_insert(&change.path);
        if **name != *change.path && reader_for(name).is_none() && reader_for(&change.path).is_some() {
            *name = &change.path;
        }
    }
    names
}

/// Leaves out what lies in the folder as it was committed: it was read there, and its secrets are known.
fn without_read(names: &mut BTreeMap<ObjectId, &str>, base: &Path, within: &str, stop: &AtomicBool) {
    let Some(Ok(tracked)) = git_index::git_folder(base).map(|folder| git_index::tracked(&folder, stop)) else { return };
    let Tracked { files, ids, stamps, written, .. } = tracked;
    for ((file, id), stamp) in files.iter().zip(&ids).zip(stamps) {
        let (Ok(id), path) = (ObjectId::try_from(id.as_slice()), file.to_string_lossy()) else { continue };
        let is_read_alike = names.get(&id).is_some_and(|name| std::ptr::eq(any_reader(name), any_reader(&path)));
        if is_read_alike && is_below(&path, within) && stamp.is_still_of(&base.join(file), written) {
            names.remove(&id);
        }
    }
}

/// What could not be read of the history. A file may have had the same flaw in thousands of versions.
#[derive(Default)]
struct Gaps {
    /// By path, reason and whether it matters: how many versions, and the first of them.
    versions: BTreeMap<(String, String, bool), (usize, ObjectId)>,
    broken: Vec<ObjectError>,
}

impl Gaps {
    fn note(&mut self, path: &str, id: ObjectId, reason: String, matters: bool) {
        let (count, first) = self.versions.entry((path.to_owned(), reason, matters)).or_insert((0, id));
        *count += 1;
        *first = id.min(*first);
    }

    fn told(self) -> Vec<SkippedFile> {
        let in_words = |((path, reason, matters), (count, first)): ((String, String, bool), (usize, ObjectId))| {
            let (which, first) =
                (if count == 1 { "version".to_owned() } else { format!("{count} versions, the first") }, first.to_hex_with_len(10));
            SkippedFile { path, reason: format!("history, {which} {first}: {reason}"), matters }
        };
        let count = self.broken.len();
        let broken = self.broken.into_iter().map(|problem| problem.to_string()).min().map(|first| SkippedFile {
            path: ".git".to_owned(),
            reason: format!("history: {} cannot be read: {first}", wording::count(count, "version of a file", "versions of files")),
            matters: true,
        });
        self.versions.into_iter().map(in_words).chain(broken).collect()
    }
}

/// One version of a file, read.
struct Version {
    secrets: Secrets,
    /// What could not be read, by the path within the file: none but in archives.
    gaps: Vec<(String, String)>,
    bytes: u64,
}

fn version(
    objects: &Objects,
    id: ObjectId,
    path: &str,
    buffer: &mut Vec<u8>,
    watch: &Watch,
    prefilter: &Prefilter<'_>,
    stop: &AtomicBool,
) -> Result<Version, ObjectError> {
    objects.file(id, buffer)?;
    let read = |inside: &Candidate, bytes: &[u8]| {
        let wanted = Wanted { large: None, seen: &|bytes| prefilter.seen(bytes, inside.reader.style) };
        crate::collect::source::read_bytes(inside, bytes, watch, stop, wanted)
    };
    let outcomes = if is_archive(path) {
        archives::inside(path, buffer, &read, stop)
    } else {
        let whole = Candidate::at(path, Path::new("").to_owned());
        let outcome = read(&whole, buffer);
        vec![(whole, outcome)]
    };
    let mut version = Version { secrets: Vec::new(), gaps: Vec::new(), bytes: 0 };
    for (candidate, outcome) in outcomes {
        version.take_in(&candidate.path, candidate.path.strip_prefix(path).unwrap_or_default(), outcome, watch, stop);
    }
    Ok(version)
}

impl Version {
    /// Takes in what one file came to: the version itself, or what lies in it.
    fn take_in(&mut self, path: &str, inside: &str, outcome: Outcome, watch: &Watch, stop: &AtomicBool) {
        let (found, reading, bytes) = match outcome {
            Outcome::Read(holding) => (holding.found, holding.reading, holding.bytes),
            Outcome::Dropped { bytes } => return self.bytes = self.bytes.saturating_add(bytes),
            Outcome::Skipped { reason, matters } => return self.gaps.extend(matters.then(|| (inside.to_owned(), reason))),
        };
        self.bytes = self.bytes.saturating_add(bytes);
        self.gaps.extend(reading.gap.map(|reason| (inside.to_owned(), reason)));
        let mut known = Definitions::default();
        known.add(path, reading.definitions);
        let mut follower = Follower::new(&known, watch, stop);
        let told = found.iter().filter_map(|found| checked(found, &mut follower)).filter(|told| is_secret(&told.fact));
        let secrets = told.filter_map(|told| Some((mark(&told.secret?), SourceFact { path: inside.to_owned(), ..told.fact })));
        self.secrets.extend(secrets);
    }
}

/// Whether a fact is about a value that was written, and not about what a program did.
fn is_secret(fact: &SourceFact) -> bool {
    let is_value = match fact.kind {
        FactKind::Assignment | FactKind::Argument | FactKind::ConfigKey | FactKind::Header | FactKind::KeyMaterial => true,
        FactKind::Literal => fact.value.is_none(),
        FactKind::Setting | FactKind::Call | FactKind::Log | FactKind::Query => false,
    };
    is_value && matches!(fact.origin, Origin::Literal | Origin::Constant)
}

/// The secrets in what is checked out, as it was committed.
fn head_marks(objects: &Objects, versions: &BTreeMap<ObjectId, Secrets>) -> BTreeSet<Mark> {
    let head = objects.head().ok().flatten().and_then(|tree| crate::collect::source::objects::files(objects, tree).ok());
    let secrets = head.into_iter().flatten().filter_map(|(_, id)| versions.get(&id));
    secrets.flatten().map(|(mark, _)| *mark).collect()
}

/// One fact for every secret that is no longer in the source, at the commit that brought it, with the one that took it away last.
fn told(
    changes: &[Change],
    versions: &BTreeMap<ObjectId, Secrets>,
    present: &BTreeSet<Mark>,
    at_head: &BTreeSet<Mark>,
) -> BTreeMap<Mark, SourceFact> {
    let none = Secrets::new();
    let held = |id: Option<ObjectId>| id.and_then(|id| versions.get(&id)).unwrap_or(&none);
    let mut told: BTreeMap<Mark, SourceFact> = BTreeMap::new();
    for Change { commit, path, old, new } in changes {
        let (before, after) = (held(*old), held(*new));
        for (mark, fact) in after.iter().filter(|(mark, _)| !present.contains(mark)) {
            let path = || format!("{path}{}", fact.path);
            let first = || SourceFact { commit: Some(commit.to_string()), path: path(), ..fact.clone() };
            told.entry(*mark).or_insert_with(first).removed_in = None;
        }
        for (mark, _) in before.iter().filter(|(mark, _)| !after.iter().any(|(other, _)| other == mark)) {
            if let Some(fact) = told.get_mut(mark).filter(|_| !at_head.contains(mark)) {
                fact.removed_in = Some(commit.to_string());
            }
        }
    }
    told
}

#[cfg(test)]
mod tests;
