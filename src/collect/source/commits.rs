//! The commits of a repository, parents first, and what each of them changed.

use std::{
    cmp::{Ordering as Order, Reverse},
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use gix::{ObjectId, objs::tree::EntryRef};

use crate::{
    collect::source::{
        objects::{Commit, DEEPEST, EntryKind, MOST_ENTRIES, ObjectError, Objects, Tips, entries, joined},
        walk::is_below,
    },
    wording::count,
};

/// More commits and changes are not looked at.
const MOST_COMMITS: usize = 2_000_000;
const MOST_CHANGES: usize = 4_000_000;

/// A file that a commit changed.
pub(super) struct Change {
    pub(super) commit: ObjectId,
    pub(super) path: Arc<str>,
    /// What the file held before; absent for a new one.
    pub(super) old: Option<ObjectId>,
    /// What it holds since; absent for one that was deleted.
    pub(super) new: Option<ObjectId>,
}

/// All changes, those of parents before those of their children.
pub(super) struct Changes {
    pub(super) all: Vec<Change>,
    /// What could not be looked at, in words.
    pub(super) gaps: Vec<String>,
    /// Submodules: their history is that of other repositories.
    pub(super) submodules: BTreeSet<String>,
    /// Those of parents before those of their children.
    pub(super) merges: Vec<Merge>,
}

/// A commit of several parents.
pub(super) struct Merge {
    pub(super) commit: ObjectId,
    pub(super) tree: ObjectId,
    /// The trees of its parents.
    pub(super) parents: Vec<ObjectId>,
}

/// Every change that any branch, tag or `HEAD` leads to, of the files in a folder that are wanted.
pub(super) fn changes(
    objects: &Objects,
    within: &str,
    is_wanted: &dyn Fn(&str) -> bool,
    stop: &AtomicBool,
) -> Result<Changes, ObjectError> {
    let Tips { commits: tips, broken, others } = objects.tips()?;
    let mut gaps = Vec::new();
    if others > 0 {
        gaps.push(format!(
            "{} a file or a folder that need be in no commit; what is in there was not looked at",
            count(others, "tag names", "tags name")
        ));
    }
    if broken > 0 {
        gaps.push(format!("{} nowhere", count(broken, "branch or tag leads", "branches or tags lead")));
    }
    let (commits, missing) = commits(objects, tips, stop);
    let shallow: BTreeSet<ObjectId> = objects.shallow().into_iter().collect();
    if !shallow.is_empty() {
        gaps.push(format!(
            "the history is shallow: what was before {} was not fetched; `git fetch --unshallow` brings it",
            count(shallow.len(), "commit", "commits")
        ));
    }
    if let Some(first) = missing.first() {
        let many = format!("commits are missing or broken, the first is {first}; what they and those before them held is not known");
        let one = format!("commit is missing or broken, {first}; what it and those before it held is not known");
        gaps.push(count(missing.len(), &one, &many));
    }
    let mut walk = Walk { objects, commits: &commits, within, is_wanted, found: Found::default(), buffers: Vec::new() };
    // Newest first, as objects lie in the packs: there the older is written as what differs from the newer.
    let mut is_part = commits.len() >= MOST_COMMITS;
    let order = parents_first(&commits);
    let merges = order.iter().filter_map(|id| merge(*id, &commits)).collect();
    for id in order.into_iter().rev() {
        if stop.load(Ordering::Relaxed) || walk.found.is_full() {
            is_part = true;
            break;
        }
        walk.commit(id);
    }
    let Found { mut all, submodules, broken, too_deep, .. } = walk.found;
    all.reverse();
    if is_part {
        gaps.push("only part of the history was looked at".to_owned());
    }
    if let Some(first) = broken.first() {
        let many = format!("folders are missing or broken, the first is {first}; what was in them is not known");
        let one = format!("folder is missing or broken, {first}; what was in it is not known");
        gaps.push(count(broken.len(), &one, &many));
    }
    if too_deep {
        gaps.push("folders lie too deep in each other, or too many".to_owned());
    }
    Ok(Changes { all, gaps, submodules, merges })
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

fn merge(commit: ObjectId, commits: &BTreeMap<ObjectId, Commit>) -> Option<Merge> {
    let Commit { tree, parents } = commits.get(&commit)?;
    let parents: Vec<ObjectId> = parents.iter().filter_map(|parent| Some(commits.get(parent)?.tree)).collect();
    (parents.len() > 1).then_some(Merge { commit, tree: *tree, parents })
}

/// What stands at one path: in the commit, and in each of its parents.
struct Step {
    path: String,
    new: Option<ObjectId>,
    old: Vec<Option<ObjectId>>,
    depth: usize,
}

/// What the walk came across.
#[derive(Default)]
struct Found {
    /// The changes, those of children first.
    all: Vec<Change>,
    submodules: BTreeSet<String>,
    /// Trees that cannot be read.
    broken: BTreeSet<ObjectId>,
    too_deep: bool,
    /// Entries of trees that were looked at.
    seen: usize,
    /// Every path once.
    paths: BTreeSet<Arc<str>>,
}

impl Found {
    fn is_full(&self) -> bool {
        self.all.len() >= MOST_CHANGES || self.seen >= MOST_ENTRIES
    }

    fn path(&mut self, path: &str) -> Arc<str> {
        if let Some(known) = self.paths.get(path) {
            return Arc::clone(known);
        }
        let new: Arc<str> = path.into();
        self.paths.insert(Arc::clone(&new));
        new
    }
}

/// Goes through commits.
struct Walk<'a> {
    objects: &'a Objects,
    commits: &'a BTreeMap<ObjectId, Commit>,
    within: &'a str,
    is_wanted: &'a dyn Fn(&str) -> bool,
    found: Found,
    /// Room for trees.
    buffers: Vec<Vec<u8>>,
}

impl Walk<'_> {
    /// Takes in what a commit changed: what none of its parents has.
    fn commit(&mut self, id: ObjectId) {
        let Some(commit) = self.commits.get(&id) else { return };
        let parents = commit.parents.iter().filter_map(|parent| self.commits.get(parent));
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
            if step.depth > DEEPEST || self.found.is_full() {
                self.found.too_deep = true;
                return;
            }
            self.folder(id, &step, &mut open);
        }
    }

    fn folder(&mut self, commit: ObjectId, step: &Step, open: &mut Vec<Step>) {
        let trees: Vec<Option<ObjectId>> = std::iter::once(step.new).chain(step.old.iter().copied()).collect();
        let mut buffers = std::mem::take(&mut self.buffers);
        buffers.resize_with(trees.len().max(buffers.len()), Vec::new);
        let read = trees
            .iter()
            .zip(&mut buffers)
            .map(|(tree, buffer)| tree.map_or_else(Vec::new, |tree| self.found.read(self.objects, tree, buffer)));
        let lists: Vec<Vec<EntryRef<'_>>> = read.collect();
        for entries in differing(&lists) {
            if let Some((now, before)) = entries.split_first() {
                self.entry(commit, step, *now, before, open);
            }
        }
        drop(lists);
        self.buffers = buffers;
    }

    /// Takes in an entry that differs, and opens folders below the wanted one.
    fn entry(&mut self, commit: ObjectId, step: &Step, now: Option<EntryRef<'_>>, before: &[Option<EntryRef<'_>>], open: &mut Vec<Step>) {
        let Some(name) = now.or_else(|| before.iter().find_map(|entry| *entry)).map(|entry| entry.filename) else { return };
        let path = joined(&step.path, name);
        let (is_inside, leads_there) = (is_below(&path, self.within), path == self.within || is_below(self.within, &path));
        if !is_inside && !leads_there {
            return;
        }
        let ids = |kind: EntryKind| {
            let id =
                move |entry: &Option<EntryRef<'_>>| entry.filter(|entry| EntryKind::of(entry) == kind).map(|entry| entry.oid.to_owned());
            (id(&now), before.iter().map(id).collect::<Vec<_>>())
        };
        let (file, files) = ids(EntryKind::File);
        if is_inside && !files.contains(&file) && (self.is_wanted)(&path) {
            let path = self.found.path(&path);
            self.found.all.push(Change { commit, path, old: files.into_iter().flatten().next(), new: file });
        }
        if is_inside && ids(EntryKind::Submodule).0.is_some() {
            self.found.submodules.insert(path.clone());
        }
        let (tree, trees) = ids(EntryKind::Folder);
        if !trees.contains(&tree) {
            open.push(Step { path, new: tree, old: trees, depth: step.depth.saturating_add(1) });
        }
    }
}

impl Found {
    /// The entries of a tree; those before the first broken one, where there is one.
    fn read<'a>(&mut self, objects: &Objects, tree: ObjectId, buffer: &'a mut Vec<u8>) -> Vec<EntryRef<'a>> {
        if objects.tree(tree, buffer).is_err() {
            self.broken.insert(tree);
            return Vec::new();
        }
        let mut read = Vec::new();
        for entry in entries(buffer, tree) {
            if let Ok(entry) = entry {
                read.push(entry);
            } else {
                self.broken.insert(tree);
                break;
            }
        }
        self.seen = self.seen.saturating_add(read.len());
        read
    }
}

/// What stands under the same name in several trees, for every name under which the first has something else than each of the others, or nothing.
///
/// Trees are in order of name. Those that a stranger wrote may not be, and then more is said to differ than does, never less.
fn differing<'a>(lists: &[Vec<EntryRef<'a>>]) -> Vec<Vec<Option<EntryRef<'a>>>> {
    let mut at = vec![0_usize; lists.len()];
    let mut differing = Vec::new();
    loop {
        // Most entries are the same in all.
        if lists
            .first()
            .zip(at.first())
            .and_then(|(list, at)| list.get(*at))
            .is_some_and(|first| lists.iter().zip(&at).all(|(list, at)| list.get(*at) == Some(first)))
        {
            for at in &mut at {
                *at = at.saturating_add(1);
            }
            continue;
        }
        let heads = || lists.iter().zip(&at).map(|(list, at)| list.get(*at));
        let Some(next) = heads().flatten().min_by(|one, other| in_order(one, other)).copied() else { return differing };
        let is_next = |entry: &&EntryRef<'a>| in_order(entry, &next) == Order::Equal;
        let same = |one: Option<&EntryRef<'a>>, other: Option<&EntryRef<'a>>| match (one, other) {
            (Some(one), Some(other)) => one.oid == other.oid && EntryKind::of(one) == EntryKind::of(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        let now = heads().next().flatten().filter(is_next);
        let is_old = heads().skip(1).any(|before| same(now, before.filter(is_next)));
        if !is_old {
            differing.push(heads().map(|head| head.filter(is_next).copied()).collect());
        }
        for (list, at) in lists.iter().zip(&mut at) {
            *at = at.saturating_add(usize::from(list.get(*at).as_ref().is_some_and(is_next)));
        }
    }
}

/// The order of entries in a tree: by name, that of a folder as if it ended with a slash.
fn in_order(one: &EntryRef<'_>, other: &EntryRef<'_>) -> Order {
    let (name, of) = (one.filename.as_ref() as &[u8], other.filename.as_ref() as &[u8]);
    let common = name.len().min(of.len());
    let end = |entry: &EntryRef<'_>, name: &[u8]| name.get(common).copied().unwrap_or(if entry.mode.is_tree() { b'/' } else { 0 });
    name.get(..common).cmp(&of.get(..common)).then_with(|| end(one, name).cmp(&end(other, of))).then_with(|| name.len().cmp(&of.len()))
}

#[cfg(test)]
mod tests {
    use gix::objs::tree::{EntryKind as Mode, EntryMode};
    use proptest::prelude::*;

    use super::*;

    /// A name, whether it is a folder, and one of a few ids.
    type Written = (String, bool, u8);

    fn written() -> impl Strategy<Value = Written> {
        ("[ab./-]{1,3}", any::<bool>(), 0_u8..3)
    }

    fn mode(is_folder: bool) -> EntryMode {
        if is_folder { Mode::Tree.into() } else { Mode::Blob.into() }
    }

    fn ids(lists: &[Vec<Written>]) -> Vec<Vec<ObjectId>> {
        let id = |(_, _, id): &Written| ObjectId::from_bytes_or_panic(&[*id; 20]);
        lists.iter().map(|list| list.iter().map(id).collect()).collect()
    }

    fn entries<'a>(lists: &'a [Vec<Written>], ids: &'a [Vec<ObjectId>]) -> Vec<Vec<EntryRef<'a>>> {
        let entry = |((name, is_folder, _), id): (&'a Written, &'a ObjectId)| EntryRef {
            mode: mode(*is_folder),
            filename: name.as_bytes().into(),
            oid: id,
        };
        lists.iter().zip(ids).map(|(list, ids)| list.iter().zip(ids).map(entry).collect()).collect()
    }

    proptest! {
        #[test]
        fn what_is_new_is_never_missed_in_whatever_order_it_stands(lists in proptest::collection::vec(proptest::collection::vec(written(), 0..8), 2..4)) {
            let ids = ids(&lists);
            let lists = entries(&lists, &ids);
            let told: Vec<EntryRef<'_>> = differing(&lists).iter().filter_map(|entries| entries[0]).collect();
            for entry in &lists[0] {
                let is_old = lists[1..].iter().any(|list| list.contains(entry));
                prop_assert!(is_old || told.contains(entry), "{entry:?} of {lists:?}");
            }
        }

        #[test]
        fn in_order_what_differs_is_told_and_nothing_else(mut lists in proptest::collection::vec(proptest::collection::vec(written(), 0..8), 2..4)) {
            for list in &mut lists {
                list.sort_by_key(|(name, is_folder, _)| if *is_folder { format!("{name}/") } else { format!("{name}\0") });
                list.dedup_by_key(|(name, is_folder, _)| (name.clone(), *is_folder));
            }
            let ids = ids(&lists);
            let lists = entries(&lists, &ids);
            let key = |entry: &EntryRef<'_>| (entry.filename.to_string(), entry.mode.is_tree());
            let all: BTreeSet<_> = lists.iter().flatten().map(key).collect();
            let under = |list: &[EntryRef<'_>], of: &(String, bool)| list.iter().find(|entry| key(entry) == *of).map(|entry| entry.oid.to_owned());
            let differs = |of: &&(String, bool)| lists[1..].iter().all(|list| under(list, of) != under(&lists[0], of));
            let expected: BTreeSet<_> = all.iter().filter(differs).cloned().collect();
            let told: BTreeSet<_> = differing(&lists).iter().filter_map(|entries| entries.iter().flatten().next().map(key)).collect();
            prop_assert_eq!(told, expected);
        }
    }
}
