//! The objects of a git repository: commits, trees and the contents of files. Nothing that the repository names is ever run: no hook, no
//! filter, no command of its configuration, and of configuration only its own file is read.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use gix::{
    ObjectId,
    objs::{Find as _, Kind, TreeRefIter, tree::EntryRef},
    odb::{pack::cache::lru::MemoryCappedHashmap, store::iter::Ordering::PackAscendingOffsetThenLooseLexicographical as InPackOrder},
    open,
};

use crate::collect::source::{git_index, walk::threads};

/// A larger object is not read, in bytes: the largest file that is scanned, and more than any tree or commit has.
const LARGEST: u64 = 16 * 1024 * 1024;
/// Trees are read again and again, for one commit differs little from the next, in bytes.
const TREES: usize = 16 * 1024 * 1024;
/// What objects are written as differences from is kept at hand, in bytes for all threads and for one of them: without it, the hundredth version of
/// a file would be put together from the first each time.
const BASES: usize = 64 * 1024 * 1024;
const BASES_OF_ONE: (usize, usize) = (4 * 1024 * 1024, 16 * 1024 * 1024);

/// Why an object could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ObjectError {
    #[error("there is no git repository")]
    NoRepository,
    #[error("the repository cannot be opened: {0}")]
    Repository(String),
    #[error(
        "its branches and tags are kept in the form `{0}`, which is not understood; `git refs migrate --ref-format=files` changes that"
    )]
    References(String),
    #[error("`{0}` names no commit of the repository")]
    Revision(String),
    #[error("the object {0} is missing or broken")]
    Missing(ObjectId),
    #[error("the object {0} is larger than {most} MiB", most = LARGEST / 1024 / 1024)]
    TooLarge(ObjectId),
}

/// Where the history is entered.
#[derive(Default)]
pub(super) struct Tips {
    pub(super) commits: Vec<ObjectId>,
    /// How many names lead nowhere, and how many to a file or a folder that no commit holds.
    pub(super) broken: usize,
    pub(super) others: usize,
}

/// What an entry of a tree is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    File,
    Folder,
    Submodule,
    Link,
}

/// A commit without its message.
pub(super) struct Commit {
    pub(super) tree: ObjectId,
    pub(super) parents: Vec<ObjectId>,
}

/// A repository, opened for its objects.
pub(super) struct Objects {
    repository: gix::Repository,
}

impl Objects {
    /// Opens the repository whose working tree begins at a folder, or a bare one that is the folder.
    pub(super) fn open(folder: &Path) -> Result<Self, ObjectError> {
        let options = open::Options::isolated().config_overrides([format!("gitoxide.objects.allocLimit={}", LARGEST.saturating_mul(4))]);
        if !folder.join(".git").exists() && !git_index::is_bare(folder) {
            return Err(ObjectError::NoRepository);
        }
        let mut repository = gix::open_opts(folder, options).map_err(|problem| ObjectError::Repository(problem.to_string()))?;
        // Where branches are kept in another form, it would seem as if there were none.
        if let Some(form) = repository.config_snapshot().string("extensions.refStorage").filter(|form| !form.eq_ignore_ascii_case(b"files"))
        {
            return Err(ObjectError::References(form.to_string()));
        }
        // What `git replace` puts in the place of an object hides it from git, and not from who has a copy.
        repository.objects.ignore_replacements = true;
        let bases = (BASES / threads().max(1)).clamp(BASES_OF_ONE.0, BASES_OF_ONE.1);
        repository.objects.set_pack_cache(move || Box::new(MemoryCappedHashmap::new(bases)));
        Ok(Self { repository })
    }

    /// The same, to go from commit to commit: the trees of one are most of the trees of the next.
    pub(super) fn open_to_walk(folder: &Path) -> Result<Self, ObjectError> {
        let mut objects = Self::open(folder)?;
        objects.repository.object_cache_size(TREES);
        Ok(objects)
    }

    /// What branches, tags and `HEAD` name.
    pub(super) fn tips(&self) -> Result<Tips, ObjectError> {
        let unreadable = |problem: gix::Error| ObjectError::Repository(problem.to_string());
        let mut tips = Tips::default();
        let references = self.repository.references().map_err(unreadable)?;
        for reference in references.all().map_err(unreadable)? {
            let is_replacement = reference.as_ref().is_ok_and(|reference| reference.name().as_bstr().starts_with(b"refs/replace/"));
            match reference.ok().and_then(|mut reference| reference.peel_to_id().map(gix::Id::detach).ok()) {
                Some(id) if self.kind(id).is_ok_and(|kind| kind == Kind::Commit) => tips.commits.push(id),
                Some(id) if self.kind(id).is_ok() => tips.others += usize::from(!is_replacement),
                _ => tips.broken += 1,
            }
        }
        match self.repository.head_id() {
            Ok(id) => tips.commits.push(id.detach()),
            // Without a commit yet, there is none.
            Err(_) if self.repository.head().is_ok_and(|head| head.is_unborn()) => {}
            Err(_) => tips.broken += 1,
        }
        tips.commits.sort();
        tips.commits.dedup();
        Ok(tips)
    }

    /// The commits before which the history was cut off when it was fetched.
    pub(super) fn shallow(&self) -> Vec<ObjectId> {
        self.repository.shallow_commits().ok().flatten().map_or_else(Vec::new, |commits| commits.iter().copied().collect())
    }

    /// The tree of what is checked out; absent before the first commit.
    pub(super) fn head(&self) -> Result<Option<ObjectId>, ObjectError> {
        match self.repository.head_id() {
            Ok(id) => self.commit(id.detach()).map(|commit| Some(commit.tree)),
            Err(_) if self.repository.head().is_ok_and(|head| head.is_unborn()) => Ok(None),
            Err(_) => Err(ObjectError::Revision("HEAD".to_owned())),
        }
    }

    /// The tree of a revision, in any of git's ways to name one.
    pub(super) fn revision(&self, name: &str) -> Result<ObjectId, ObjectError> {
        let unknown = || ObjectError::Revision(name.to_owned());
        let id = self.repository.rev_parse_single(name).map_err(|_| unknown())?;
        let commit = id.object().ok().and_then(|object| object.peel_to_kind(Kind::Commit).ok()).ok_or_else(unknown)?;
        self.commit(commit.id).map(|commit| commit.tree)
    }

    /// The names of branches and tags, in order.
    pub(super) fn names(&self) -> Vec<String> {
        let references = self.repository.references();
        let all = references.as_ref().ok().and_then(|references| references.all().ok()).into_iter().flatten();
        let mut names: Vec<String> = all.filter_map(Result::ok).map(|reference| reference.name().shorten().to_string()).collect();
        names.sort();
        names
    }

    fn kind(&self, id: ObjectId) -> Result<Kind, ObjectError> {
        self.repository.find_header(id).map(|header| header.kind()).map_err(|_| ObjectError::Missing(id))
    }

    pub(super) fn commit(&self, id: ObjectId) -> Result<Commit, ObjectError> {
        let missing = || ObjectError::Missing(id);
        let commit = self.repository.find_commit(id).map_err(|_| missing())?;
        let decoded = commit.decode().map_err(|_| missing())?;
        Ok(Commit { tree: decoded.tree(), parents: decoded.parents().collect() })
    }

    /// A tree as it is written, into the buffer; [`entries`] are what it says.
    pub(super) fn tree(&self, id: ObjectId, buffer: &mut Vec<u8>) -> Result<(), ObjectError> {
        match self.repository.objects.try_find(&id, buffer) {
            Ok(Some(tree)) if tree.kind == Kind::Tree => Ok(()),
            _ => Err(ObjectError::Missing(id)),
        }
    }

    /// The contents of a file, into the buffer.
    pub(super) fn file(&self, id: ObjectId, buffer: &mut Vec<u8>) -> Result<(), ObjectError> {
        let is_too_large = |size: u64| size > LARGEST;
        match self.repository.objects.try_find(&id, buffer).map(|found| found.map(|blob| blob.kind)) {
            Ok(Some(Kind::Blob)) if !is_too_large(u64::try_from(buffer.len()).unwrap_or(u64::MAX)) => Ok(()),
            Ok(Some(Kind::Blob)) => Err(ObjectError::TooLarge(id)),
            // What would take too much memory was not read, and its header tells so.
            Err(_) if self.repository.find_header(id).is_ok_and(|header| is_too_large(header.size())) => Err(ObjectError::TooLarge(id)),
            _ => Err(ObjectError::Missing(id)),
        }
    }

    /// The objects in the order in which they lie in the packs, where each is near what it is written as a difference from; those that are in none
    /// come last.
    pub(super) fn in_pack_order<T: Copy>(&self, wanted: &BTreeMap<ObjectId, T>) -> Vec<(ObjectId, T)> {
        let mut left = wanted.clone();
        let all = self.repository.objects.iter().ok().into_iter().flat_map(|all| all.with_ordering(InPackOrder));
        let mut ordered: Vec<(ObjectId, T)> = all.filter_map(|id| left.remove_entry(&id.ok()?)).collect();
        ordered.extend(left);
        ordered
    }

    /// The name that git gives to the contents of a file.
    pub(super) fn name_of(&self, contents: &[u8]) -> Option<ObjectId> {
        gix::objs::compute_hash(self.repository.object_hash(), Kind::Blob, contents).ok()
    }
}

/// How deep folders may lie in each other, and how many entries are looked at in all: a few trees that name each other can be a forest.
pub(super) const DEEPEST: usize = 200;
pub(super) const MOST_ENTRIES: usize = 20_000_000;

/// The contents of a file of the repository at a folder, into the buffer. Each thread keeps the repository that it opened last.
pub(super) fn file_at(folder: &Path, id: ObjectId, buffer: &mut Vec<u8>) -> Result<(), ObjectError> {
    thread_local! {
        static LAST: RefCell<Option<(PathBuf, Result<Objects, ObjectError>)>> = const { RefCell::new(None) };
    }
    LAST.with_borrow_mut(|last| {
        let kept = last.take().filter(|(of, _)| of == folder);
        let (_, objects) = last.insert(kept.unwrap_or_else(|| (folder.to_owned(), Objects::open(folder))));
        objects.as_ref().map_err(Clone::clone)?.file(id, buffer)
    })
}

/// The entries of a tree, until one that is broken, if any, whose place an error takes.
pub(super) fn entries(tree: &[u8], id: ObjectId) -> impl Iterator<Item = Result<EntryRef<'_>, ObjectError>> {
    TreeRefIter::from_bytes(tree, id.kind()).map(move |entry| entry.map_err(|_| ObjectError::Missing(id)))
}

impl EntryKind {
    pub(super) fn of(entry: &EntryRef<'_>) -> Self {
        match entry.mode {
            mode if mode.is_tree() => Self::Folder,
            mode if mode.is_commit() => Self::Submodule,
            mode if mode.is_link() => Self::Link,
            _ => Self::File,
        }
    }
}

/// The files of a tree by their paths. Beyond the bounds an error.
pub(super) fn files(objects: &Objects, tree: ObjectId) -> Result<Vec<(String, ObjectId)>, ObjectError> {
    let (mut files, mut open, mut seen) = (Vec::new(), vec![(String::new(), tree, 0_usize)], 0_usize);
    let mut buffer = Vec::new();
    while let Some((folder, tree, depth)) = open.pop() {
        objects.tree(tree, &mut buffer)?;
        for entry in entries(&buffer, tree) {
            let entry = entry?;
            seen += 1;
            let path = joined(&folder, entry.filename);
            match EntryKind::of(&entry) {
                EntryKind::File => files.push((path, entry.oid.to_owned())),
                EntryKind::Folder if depth < DEEPEST && seen < MOST_ENTRIES => open.push((path, entry.oid.to_owned(), depth + 1)),
                EntryKind::Folder => return Err(ObjectError::TooLarge(tree)),
                EntryKind::Submodule | EntryKind::Link => {}
            }
        }
    }
    Ok(files)
}

/// The path of an entry of a folder.
pub(super) fn joined(folder: &str, name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") }
}
