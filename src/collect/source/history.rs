//! What the git history of the source holds and the source itself no longer does: every version of every file, each looked at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::Path,
    sync::atomic::AtomicBool,
};

use gix::ObjectId;

use crate::{
    collect::source::{
        Outcome, Wanted, checked, commits,
        commits::{Change, Changes},
        in_parallel_with,
        names::Watch,
        objects::{ObjectError, Objects},
        origins::{Definitions, Follower},
        prefilter::Prefilter,
        readers::{reader_for, shared},
        walk::{Candidate, is_below, is_media},
    },
    evidence::{FactKind, Origin, SkippedFile, SourceFact},
};

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

/// The secrets in one version of a file.
type Secrets = Vec<(Mark, SourceFact)>;

/// Looks for written secrets in the history of the repository at `base`, below the folder `within`. Those in `present` are not told again.
pub(super) fn past(base: &Path, within: &str, watch: &Watch, present: &BTreeSet<Mark>, stop: &AtomicBool) -> Past {
    let mut past = Past::default();
    let skipped = |reason: String| SkippedFile { path: ".git".to_owned(), reason: format!("history: {reason}"), matters: true };
    let found = Objects::open(base).and_then(|objects| commits::changes(&objects, stop).map(|changes| (objects, changes)));
    let (objects, changes) = match found {
        Ok(found) => found,
        Err(problem) => {
            past.skipped.push(skipped(problem.to_string()));
            return past;
        }
    };
    let Changes { all: mut changes, gaps, submodules, .. } = changes;
    past.skipped.extend(gaps.into_iter().collect::<BTreeSet<_>>().into_iter().map(skipped));
    let apart = |path: String| SkippedFile { path, reason: "history: a submodule has its own".to_owned(), matters: false };
    past.skipped.extend(submodules.into_iter().map(apart));
    changes.retain(|change| is_below(&change.path, within) && !is_media(&change.path));
    let versions = past.read(base, &changes, watch, stop);
    let at_head = head_marks(&objects, &versions);
    past.facts = told(&changes, &versions, present, &at_head);
    past
}

impl Past {
    /// Reads every version of every file once.
    fn read(&mut self, base: &Path, changes: &[Change], watch: &Watch, stop: &AtomicBool) -> BTreeMap<ObjectId, Secrets> {
        let mut first: BTreeMap<ObjectId, &str> = BTreeMap::new();
        for change in changes {
            first.extend(change.new.filter(|id| !first.contains_key(id)).map(|id| (id, change.path.as_str())));
        }
        let all: Vec<(ObjectId, &str)> = first.into_iter().collect();
        let prefilter = Prefilter::of(watch, &shared());
        let open = || (Objects::open(base), Vec::new());
        let outcomes = in_parallel_with(&all, stop, open, |(id, path), (objects, buffer)| {
            let objects = objects.as_ref().map_err(Clone::clone)?;
            version(objects, id, path, buffer, watch, &prefilter, stop)
        });
        let (mut versions, mut broken): (BTreeMap<ObjectId, Secrets>, Vec<ObjectError>) = (BTreeMap::new(), Vec::new());
        for ((id, path), outcome) in all.into_iter().zip(outcomes) {
            match outcome {
                Some(Ok(version)) => {
                    self.versions += 1;
                    self.bytes = self.bytes.saturating_add(version.bytes);
                    self.skipped.extend(version.gap.map(|reason| skipped(path, id, &reason)));
                    if !version.secrets.is_empty() {
                        versions.insert(id, version.secrets);
                    }
                }
                Some(Err(problem @ ObjectError::TooLarge(_))) => {
                    let matters = reader_for(path).is_some();
                    self.skipped.push(SkippedFile { matters, ..skipped(path, id, &problem.to_string()) });
                }
                Some(Err(problem)) => broken.push(problem),
                None => {}
            }
        }
        if let Some(first) = broken.first() {
            let reason = format!("history: {} versions of files cannot be read: {first}", broken.len());
            self.skipped.push(SkippedFile { path: ".git".to_owned(), reason, matters: true });
        }
        versions
    }
}

fn skipped(path: &str, id: ObjectId, reason: &str) -> SkippedFile {
    SkippedFile { path: path.to_owned(), reason: format!("history, version {}: {reason}", id.to_hex_with_len(10)), matters: true }
}

/// One version of a file, read.
struct Version {
    secrets: Secrets,
    gap: Option<String>,
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
    let candidate = Candidate::at(path, Path::new("").to_owned());
    let wanted = Wanted { large: None, seen: &|bytes| prefilter.seen(bytes, candidate.reader.style) };
    let outcome = crate::collect::source::read_bytes(&candidate, buffer, watch, stop, wanted);
    let bytes = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
    let Outcome::Read { found, reading, .. } = outcome else {
        let gap = if let Outcome::Skipped { reason, matters: true } = outcome { Some(reason) } else { None };
        return Ok(Version { secrets: Vec::new(), gap, bytes });
    };
    let mut known = Definitions::default();
    known.add(path, reading.definitions);
    let mut follower = Follower::new(&known, watch, stop);
    let facts = found.iter().filter_map(|found| checked(found, &mut follower));
    let secrets = facts.filter(|(fact, _)| is_secret(fact)).filter_map(|(fact, secret)| secret.map(|secret| (mark(&secret), fact)));
    Ok(Version { secrets: secrets.collect(), gap: reading.gap, bytes })
}

/// Whether a fact is about a value that was written, and not about what a program did.
fn is_secret(fact: &SourceFact) -> bool {
    let is_value = match fact.kind {
        FactKind::Assignment | FactKind::Argument | FactKind::ConfigKey | FactKind::Header | FactKind::KeyMaterial => true,
        FactKind::Literal => fact.value.is_none(),
        FactKind::Setting | FactKind::Call | FactKind::Log => false,
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
fn told(changes: &[Change], versions: &BTreeMap<ObjectId, Secrets>, present: &BTreeSet<Mark>, at_head: &BTreeSet<Mark>) -> Vec<SourceFact> {
    let none = Secrets::new();
    let held = |id: Option<ObjectId>| id.and_then(|id| versions.get(&id)).unwrap_or(&none);
    let mut told: BTreeMap<Mark, SourceFact> = BTreeMap::new();
    for Change { commit, path, old, new } in changes {
        let (before, after) = (held(*old), held(*new));
        for (mark, fact) in after.iter().filter(|(mark, _)| !present.contains(mark)) {
            let first = || SourceFact { commit: Some(commit.to_string()), path: path.clone(), ..fact.clone() };
            told.entry(*mark).or_insert_with(first).removed_in = None;
        }
        for (mark, _) in before.iter().filter(|(mark, _)| !after.iter().any(|(other, _)| other == mark)) {
            if let Some(fact) = told.get_mut(mark).filter(|_| !at_head.contains(mark)) {
                fact.removed_in = Some(commit.to_string());
            }
        }
    }
    told.into_values().collect()
}

#[cfg(test)]
mod tests;
