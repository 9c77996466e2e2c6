//! Secrets that a merge itself took away: of a file it has what one of its parents has, so that it changed nothing, and yet another parent had the secret.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, Ordering},
};

use gix::ObjectId;

use super::{Mark, Secrets};
use crate::{
    collect::source::{
        commits::{Change, Merge},
        objects::{EntryKind, Objects, entries},
    },
    evidence::SourceFact,
};

/// So many names are looked up in trees, and so many trees read: a merge may have any number of files, and a history of merges.
const MOST_NAMES: usize = 4_000_000;
const MOST_TREES: usize = 100_000;

/// Says of every secret that no commit of its own took away which merge did, the last of several.
pub(super) fn tell(
    told: &mut BTreeMap<Mark, SourceFact>,
    (changes, merges): (&[Change], &[Merge]),
    versions: &BTreeMap<ObjectId, Secrets>,
    at_head: &BTreeSet<Mark>,
    objects: &Objects,
    stop: &AtomicBool,
) {
    let open: BTreeSet<Mark> =
        told.iter().filter(|(mark, fact)| fact.removed_in.is_none() && !at_head.contains(mark)).map(|(mark, _)| *mark).collect();
    if open.is_empty() || merges.is_empty() {
        return;
    }
    let holds = |id: ObjectId, mark: Mark| versions.get(&id).is_some_and(|secrets| secrets.iter().any(|(other, _)| *other == mark));
    let mut places: BTreeMap<Mark, BTreeSet<&str>> = BTreeMap::new();
    for Change { path, new, .. } in changes {
        let secrets = new.and_then(|id| versions.get(&id)).into_iter().flatten();
        for (mark, _) in secrets.filter(|(mark, _)| open.contains(mark)) {
            places.entry(*mark).or_default().insert(path);
        }
    }
    let mut trees = Trees { objects, known: BTreeMap::new(), names: MOST_NAMES, read: MOST_TREES, buffer: Vec::new() };
    for Merge { commit, tree, parents } in merges {
        for (mark, paths) in &places {
            if trees.is_worn_out() || stop.load(Ordering::Relaxed) {
                return;
            }
            let mut has = |tree: ObjectId| paths.iter().any(|path| trees.file(tree, path).is_some_and(|id| holds(id, *mark)));
            if !has(*tree)
                && parents.iter().any(|parent| has(*parent))
                && let Some(fact) = told.get_mut(mark)
            {
                fact.removed_in = Some(commit.to_string());
            }
        }
    }
}

/// Trees, in which paths are looked up.
struct Trees<'a> {
    objects: &'a Objects,
    /// What stands under a name in a tree, for every name that was asked for.
    known: BTreeMap<(ObjectId, String), Option<ObjectId>>,
    /// How many more may be looked up, and read.
    names: usize,
    read: usize,
    buffer: Vec<u8>,
}

impl Trees<'_> {
    fn is_worn_out(&self) -> bool {
        self.names == 0 || self.read == 0
    }

    /// The file at a path.
    fn file(&mut self, tree: ObjectId, path: &str) -> Option<ObjectId> {
        path.split('/').try_fold(tree, |tree, name| self.entry(tree, name))
    }

    fn entry(&mut self, tree: ObjectId, name: &str) -> Option<ObjectId> {
        self.names = self.names.saturating_sub(1);
        let key = (tree, name.to_owned());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        self.read = self.read.saturating_sub(1);
        let is_read = self.read > 0 && self.objects.tree(tree, &mut self.buffer).is_ok();
        let is_one = |kind| matches!(kind, EntryKind::File | EntryKind::Folder);
        let mut all = entries(if is_read { &self.buffer } else { &[] }, tree).map_while(Result::ok);
        let found = all.find(|entry| entry.filename == name.as_bytes() && is_one(EntryKind::of(entry))).map(|entry| entry.oid.to_owned());
        self.known.insert(key, found);
        found
    }
}
