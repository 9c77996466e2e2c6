//! The objects of a git repository: commits, trees and the contents of files. Nothing that the repository names is ever run: no hook, no
//! filter, no command of its configuration, and of configuration only its own file is read.

use std::path::Path;

use gix::{
    ObjectId,
    objs::{Kind, TreeRefIter},
    open,
};

/// A larger object is not read, in bytes: the largest file that is scanned, and more than any tree or commit has.
const LARGEST: u64 = 16 * 1024 * 1024;
/// Trees are read again and again, for one commit differs little from the next, in bytes.
const CACHE: usize = 16 * 1024 * 1024;

/// Why an object could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ObjectError {
    #[error("the repository cannot be opened: {0}")]
    Repository(String),
    #[error("`{0}` names no commit of the repository")]
    Revision(String),
    #[error("the object {0} is missing or broken")]
    Missing(ObjectId),
    #[error("the object {0} is larger than {most} MiB", most = LARGEST / 1024 / 1024)]
    TooLarge(ObjectId),
}

/// An entry of a tree.
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) id: ObjectId,
    pub(super) kind: EntryKind,
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
        let mut repository = gix::open_opts(folder, options).map_err(|problem| ObjectError::Repository(problem.to_string()))?;
        repository.object_cache_size(CACHE);
        Ok(Self { repository })
    }

    /// Every commit that a branch, a tag or `HEAD` names, and how many of the names lead nowhere.
    pub(super) fn tips(&self) -> Result<(Vec<ObjectId>, usize), ObjectError> {
        let unreadable = |problem: gix::Error| ObjectError::Repository(problem.to_string());
        let (mut tips, mut broken) = (Vec::new(), 0_usize);
        let references = self.repository.references().map_err(unreadable)?;
        for reference in references.all().map_err(unreadable)? {
            match reference.ok().and_then(|mut reference| reference.peel_to_id().map(gix::Id::detach).ok()) {
                Some(id) if self.kind(id).is_ok_and(|kind| kind == Kind::Commit) => tips.push(id),
                Some(id) if self.kind(id).is_ok() => {}
                _ => broken += 1,
            }
        }
        // Without a commit yet, there is none.
        tips.extend(self.repository.head_id().map(gix::Id::detach));
        tips.sort();
        tips.dedup();
        Ok((tips, broken))
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

    fn kind(&self, id: ObjectId) -> Result<Kind, ObjectError> {
        self.repository.find_header(id).map(|header| header.kind()).map_err(|_| ObjectError::Missing(id))
    }

    pub(super) fn commit(&self, id: ObjectId) -> Result<Commit, ObjectError> {
        let missing = || ObjectError::Missing(id);
        let commit = self.repository.find_commit(id).map_err(|_| missing())?;
        let decoded = commit.decode().map_err(|_| missing())?;
        Ok(Commit { tree: decoded.tree(), parents: decoded.parents().collect() })
    }

    pub(super) fn entries(&self, id: ObjectId) -> Result<Vec<Entry>, ObjectError> {
        let missing = || ObjectError::Missing(id);
        let tree = self.repository.find_tree(id).map_err(|_| missing())?;
        let entry = |entry: gix::Result<gix::objs::tree::EntryRef<'_>>| {
            let entry = entry.map_err(|_| missing())?;
            let kind = match entry.mode {
                mode if mode.is_tree() => EntryKind::Folder,
                mode if mode.is_commit() => EntryKind::Submodule,
                mode if mode.is_link() => EntryKind::Link,
                _ => EntryKind::File,
            };
            Ok(Entry { name: entry.filename.to_vec(), id: entry.oid.to_owned(), kind })
        };
        TreeRefIter::from_bytes(&tree.data, id.kind()).map(entry).collect()
    }

    /// The contents of a file, into the buffer.
    pub(super) fn file(&self, id: ObjectId, buffer: &mut Vec<u8>) -> Result<(), ObjectError> {
        let header = self.repository.find_header(id).map_err(|_| ObjectError::Missing(id))?;
        if header.size() > LARGEST {
            return Err(ObjectError::TooLarge(id));
        }
        let mut blob = self.repository.find_blob(id).map_err(|_| ObjectError::Missing(id))?;
        *buffer = blob.take_data();
        Ok(())
    }

    /// The name that git gives to the contents of a file.
    pub(super) fn name_of(&self, contents: &[u8]) -> Option<ObjectId> {
        gix::objs::compute_hash(self.repository.object_hash(), Kind::Blob, contents).ok()
    }
}

/// How deep folders may lie in each other, and how many entries are looked at in all: a few trees that name each other can be a forest.
pub(super) const DEEPEST: usize = 200;
pub(super) const MOST_ENTRIES: usize = 20_000_000;

/// The files of a tree by their paths, and its submodules. Beyond the bounds an error.
pub(super) fn files(objects: &Objects, tree: ObjectId) -> Result<Vec<(String, ObjectId)>, ObjectError> {
    let (mut files, mut open, mut seen) = (Vec::new(), vec![(String::new(), tree, 0_usize)], 0_usize);
    while let Some((folder, tree, depth)) = open.pop() {
        for entry in objects.entries(tree)? {
            seen += 1;
            let path = joined(&folder, &entry.name);
            match entry.kind {
                EntryKind::File => files.push((path, entry.id)),
                EntryKind::Folder if depth < DEEPEST && seen < MOST_ENTRIES => open.push((path, entry.id, depth + 1)),
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
