//! The commits of a repository, parents first, and what each of them changed.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    sync::atomic::{AtomicBool, Ordering},
};

use gix::ObjectId;

use crate::collect::source::objects::{Commit, DEEPEST, Entry, EntryKind, MOST_ENTRIES, ObjectError, Objects, joined};

/// More commits and changes are not looked at.
const MOST_COMMITS: usize = 2_000_000;
const MOST_CHANGES: usize = 4_000_000;

/// A file that a commit changed.
pub(super) struct Change {
    pub(super) commit: ObjectId,
    pub(super) path: String,
    /// What the file held before; absent for a new one.
    pub(super) old: Option<ObjectId>,
    /// What it holds since; absent for one that was deleted.
    pub(super) new: Option<ObjectId>,
}

/// All changes, those of parents before those of their children.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) changes: Vec<Change>,
    /// What could not be looked at, in words.
    pub(super) gaps: Vec<String>,
    /// Submodules: their history is that of other repositories.
    pub(super) submodules: BTreeSet<String>,
    /// Entries of trees that were looked at.
    seen: usize,
}

/// Every change that any branch, tag or `HEAD` leads to.
pub(super) fn changes(objects: &Objects, stop: &AtomicBool) -> Result<Changes, ObjectError> {
    let (tips, broken) = objects.tips()?;
    let mut found = Changes::default();
    if broken > 0 {
        found.gaps.push(format!("{broken} branches or tags lead nowhere"));
    }
    let (commits, missing) = commits(objects, tips, stop);
    let shallow: BTreeSet<ObjectId> = objects.shallow().into_iter().collect();
    if !shallow.is_empty() {
        found.gaps.push(format!(
            "the history is shallow: what was before {} commits was not fetched; `git fetch --unshallow` brings it",
            shallow.len()
        ));
    }
    if let Some(first) = missing.first() {
        let count = missing.len();
        found.gaps.push(format!(
            "{count} commits are missing or broken, the first is {first}; what they and those before them held is not known"
        ));
    }
    for id in parents_first(&commits) {
        if stop.load(Ordering::Relaxed) || found.changes.len() >= MOST_CHANGES || found.seen >= MOST_ENTRIES {
            found.gaps.push("only part of the history was looked at".to_owned());
            break;
        }
        found.of(objects, &commits, id);
    }
    Ok(found)
}

/// The commits that these lead to, and those that should be there and are not.
fn commits(objects: &Objects, tips: Vec<ObjectId>, stop: &AtomicBool) -> (BTreeMap<ObjectId, Commit>, BTreeSet<ObjectId>) {
    let (mut known, mut missing) = (BTreeMap::new(), BTreeSet::new());
    let shallow: BTreeSet<ObjectId> = objects.shallow().into_iter().collect();
    let mut open = tips;
    while let Some(id) = open.pop() {
        if known.contains_key(&id) || missing.contains(&id) || known.len() >= MOST_COMMITS || stop.load(Ordering::Relaxed) {
            continue;
        }
        match objects.commit(id) {
            Ok(mut commit) => {
                if shallow.contains(&id) {
                    commit.parents.clear();
                }
                open.extend(commit.parents.iter().copied());
                known.insert(id, commit);
            }
            Err(_) => {
                missing.insert(id);
            }
        }
    }
    (known, missing)
}

/// The commits in an order in which each comes after its parents; among those that could come next, always the same.
fn parents_first(commits: &BTreeMap<ObjectId, Commit>) -> Vec<ObjectId> {
    let mut children: BTreeMap<ObjectId, Vec<ObjectId>> = BTreeMap::new();
    let mut waiting: BTreeMap<ObjectId, usize> = BTreeMap::new();
    for (id, commit) in commits {
        let parents: BTreeSet<&ObjectId> = commit.parents.iter().filter(|parent| commits.contains_key(*parent)).collect();
        waiting.insert(*id, parents.len());
        for parent in parents {
            children.entry(*parent).or_default().push(*id);
        }
    }
    let mut ready: BinaryHeap<Reverse<ObjectId>> = waiting.iter().filter(|(_, left)| **left == 0).map(|(id, _)| Reverse(*id)).collect();
    let mut order = Vec::with_capacity(commits.len());
    while let Some(Reverse(id)) = ready.pop() {
        order.push(id);
        for child in children.get(&id).into_iter().flatten() {
            if let Some(left) = waiting.get_mut(child) {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    ready.push(Reverse(*child));
                }
            }
        }
    }
    order
}

/// What stands at one path: in the commit, and in each of its parents.
struct Step {
    path: String,
    new: Option<ObjectId>,
    old: Vec<Option<ObjectId>>,
    depth: usize,
}

impl Changes {
    /// Takes in what a commit changed: what none of its parents has.
    fn of(&mut self, objects: &Objects, commits: &BTreeMap<ObjectId, Commit>, id: ObjectId) {
        let Some(commit) = commits.get(&id) else { return };
        let parents = commit.parents.iter().filter_map(|parent| commits.get(parent));
        let mut old: Vec<Option<ObjectId>> = parents.map(|parent| Some(parent.tree)).collect();
        if old.is_empty() {
            old.push(None);
        }
        let mut open = vec![Step { path: String::new(), new: Some(commit.tree), old, depth: 0 }];
        while let Some(step) = open.pop() {
            // What one parent has was changed, if at all, before.
            if step.old.contains(&step.new) {
                continue;
            }
            if step.depth > DEEPEST || self.seen > MOST_ENTRIES || self.changes.len() >= MOST_CHANGES {
                self.gaps.push("folders lie too deep in each other, or too many".to_owned());
                return;
            }
            self.folder(objects, id, &step, &mut open);
        }
    }

    fn folder(&mut self, objects: &Objects, commit: ObjectId, step: &Step, open: &mut Vec<Step>) {
        let mut entries = |tree: Option<ObjectId>| -> BTreeMap<Vec<u8>, Entry> {
            let Some(tree) = tree else { return BTreeMap::new() };
            let entries = objects.entries(tree).unwrap_or_else(|problem| {
                self.gaps.push(format!("{problem}; the files of a folder are not known"));
                Vec::new()
            });
            self.seen = self.seen.saturating_add(entries.len());
            entries.into_iter().map(|entry| (entry.name.clone(), entry)).collect()
        };
        let new = entries(step.new);
        let old: Vec<BTreeMap<Vec<u8>, Entry>> = step.old.iter().map(|tree| entries(*tree)).collect();
        let names: BTreeSet<&Vec<u8>> = new.keys().chain(old.iter().flat_map(BTreeMap::keys)).collect();
        for name in names {
            let (now, before): (Option<&Entry>, Vec<Option<&Entry>>) =
                (new.get(name), old.iter().map(|entries| entries.get(name)).collect());
            let id_of = |entry: Option<&Entry>, kind: EntryKind| entry.filter(|entry| entry.kind == kind).map(|entry| entry.id);
            if before.iter().any(|entry| entry.map(|entry| entry.id) == now.map(|entry| entry.id)) {
                continue;
            }
            let path = || joined(&step.path, name);
            let (file, files): (_, Vec<_>) =
                (id_of(now, EntryKind::File), before.iter().map(|entry| id_of(*entry, EntryKind::File)).collect());
            if !files.contains(&file) {
                self.changes.push(Change { commit, path: path(), old: files.into_iter().flatten().next(), new: file });
            }
            let (tree, trees): (_, Vec<_>) =
                (id_of(now, EntryKind::Folder), before.iter().map(|entry| id_of(*entry, EntryKind::Folder)).collect());
            if !trees.contains(&tree) {
                open.push(Step { path: path(), new: tree, old: trees, depth: step.depth + 1 });
            }
            if id_of(now, EntryKind::Submodule).is_some() {
                self.submodules.insert(path());
            }
        }
    }
}
