//! Which files a change is made of: what the next commit would take in, or what differs from a revision.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use gix::ObjectId;

use crate::{
    collect::source::{
        git_index::{self, Stamp, Tracked},
        objects::{self, ObjectError, Objects},
        regular,
        walk::{self, Blob, Candidate, is_left_alone},
    },
    evidence::{ChangeSet, SkippedFile},
};

/// A file as large as this differs from what it was for all that is known, in bytes: it is not read to find out.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Why nobody can tell what has changed: a mistake of who asks.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no git repository.
    #[error("`{}` is in no git repository, and only git knows what changed there", .0.display())]
    NoRepository(PathBuf),
    /// The revision is none.
    #[error("`{revision}` names no commit of the repository `{}`", .folder.display())]
    NoRevision {
        /// As it was given.
        revision: String,
        /// Where the repository begins.
        folder: PathBuf,
        /// The branches and tags that there are.
        names: Vec<String>,
        /// Whether only a part of the history was fetched.
        is_shallow: bool,
    },
}

/// Whether it can be told at all which files in some folders are meant.
///
/// # Errors
/// When a folder lies in no repository, or a revision is none of its repository. A repository that is broken is no mistake, but a gap in what is
/// found later.
pub fn can_be_told(changes: &ChangeSet, roots: &[PathBuf]) -> Result<(), ChangeError> {
    if *changes == ChangeSet::Everything {
        return Ok(());
    }
    for (folder, _) in walk::bases(roots) {
        if git_index::git_folder(&folder).is_none() {
            return Err(ChangeError::NoRepository(folder));
        }
        let (ChangeSet::Since(revision), Ok(objects)) = (changes, Objects::open(&folder)) else { continue };
        if let Err(ObjectError::Revision(_)) = objects.revision(revision) {
            let (revision, names, is_shallow) = (revision.clone(), objects.names(), !objects.shallow().is_empty());
            return Err(ChangeError::NoRevision { revision, folder, names, is_shallow });
        }
    }
    Ok(())
}

/// Files to read, and what could not be told.
#[derive(Default)]
pub(super) struct Chosen {
    pub(super) candidates: Vec<Candidate>,
    pub(super) skipped: Vec<SkippedFile>,
}

fn unknown(reason: String) -> SkippedFile {
    SkippedFile { path: ".".to_owned(), reason, matters: true }
}

/// The versions of files that the next commit would take in, as they lie in the index, and not as they stand in the folder.
pub(super) fn staged(roots: &[PathBuf], archives: bool, stop: &AtomicBool) -> Chosen {
    let mut chosen = Chosen::default();
    for (base, within) in walk::bases(roots) {
        match staged_in(&base, &within, archives, stop) {
            Ok(candidates) => chosen.candidates.extend(candidates),
            Err(reason) => chosen.skipped.push(unknown(reason)),
        }
    }
    chosen
}

fn staged_in(base: &Path, within: &str, archives: bool, stop: &AtomicBool) -> Result<Vec<Candidate>, String> {
    let folder = git_index::git_folder(base).ok_or_else(|| "no git repository begins here, so nothing can be staged".to_owned())?;
    let tracked = git_index::tracked(&folder, stop).map_err(|problem| problem.to_string())?;
    let objects = Objects::open(base).map_err(|problem| problem.to_string())?;
    let before = tree_of(&objects, objects.head().map_err(|problem| problem.to_string())?)?;
    let ids = tracked.files.iter().zip(&tracked.ids);
    let changed = ids.filter_map(|(path, id)| ObjectId::try_from(id.as_slice()).ok().map(|id| (path, id)));
    let candidate = |(file, id): (&PathBuf, ObjectId)| {
        let path = file.to_string_lossy();
        let is_new = before.get(&*path) != Some(&id) && !is_left_alone(&path, archives) && walk::is_below(&path, within);
        let blob = Blob { repository: base.to_owned(), id };
        is_new.then(|| Candidate::at(&path, base.join(file)).in_version(blob))
    };
    Ok(changed.filter_map(candidate).collect())
}

/// Of the files that would be read, those that differ from what a revision held.
pub(super) fn since(revision: &str, roots: &[PathBuf], candidates: Vec<Candidate>, stop: &AtomicBool) -> Chosen {
    let mut chosen = Chosen::default();
    let mut known: Vec<Known> = Vec::new();
    for (base, _) in walk::bases(roots) {
        match Known::of(revision, base, stop) {
            Ok(repository) => known.push(repository),
            Err(reason) => chosen.skipped.push(unknown(reason)),
        }
    }
    let mut buffer = Vec::new();
    // Where one repository lies in another, the inner one is the last of those that begin above a file.
    let repository = |candidate: &Candidate| known.iter().rfind(|repository| candidate.file().starts_with(&repository.base));
    let is_chosen = |candidate: &Candidate| repository(candidate).is_some_and(|repository| repository.differs(candidate, &mut buffer));
    chosen.candidates = candidates.into_iter().filter(is_chosen).collect();
    chosen
}

/// A repository, with what a revision held and what git noted of the files when it last looked at them.
struct Known {
    base: PathBuf,
    objects: Objects,
    before: BTreeMap<String, ObjectId>,
    noted: BTreeMap<PathBuf, (ObjectId, Stamp)>,
    /// When that was.
    written: Option<(u32, u32)>,
}

impl Known {
    fn of(revision: &str, base: PathBuf, stop: &AtomicBool) -> Result<Self, String> {
        let objects = Objects::open(&base).map_err(|problem| problem.to_string())?;
        let tree = objects.revision(revision).map_err(|problem| problem.to_string())?;
        let before = tree_of(&objects, Some(tree))?;
        // An index that cannot be read is told of elsewhere; without it, every file is read.
        let Tracked { files, ids, stamps, written, .. } =
            git_index::git_folder(&base).and_then(|folder| git_index::tracked(&folder, stop).ok()).unwrap_or_default();
        let ids = ids.iter().map(|id| ObjectId::try_from(id.as_slice()).ok());
        let noted = files.into_iter().zip(ids.zip(stamps)).filter_map(|(file, (id, stamp))| Some((file, (id?, stamp)))).collect();
        Ok(Self { base, objects, before, noted, written })
    }

    fn differs(&self, candidate: &Candidate, buffer: &mut Vec<u8>) -> bool {
        let file = candidate.file();
        let Some(before) = self.before.get(&walk::posix(&file, &self.base)) else { return true };
        let noted = file.strip_prefix(&self.base).ok().and_then(|file| self.noted.get(file));
        if let Some((id, _)) = noted.filter(|(_, stamp)| stamp.is_still_of(&file, self.written)) {
            return id != before;
        }
        // What cannot be read is said so when it is read.
        regular::read(&file, LARGEST, buffer).is_err() || self.objects.name_of(buffer) != Some(*before)
    }
}

fn tree_of(objects: &Objects, tree: Option<ObjectId>) -> Result<BTreeMap<String, ObjectId>, String> {
    let Some(tree) = tree else { return Ok(BTreeMap::new()) };
    objects::files(objects, tree).map(|files| files.into_iter().collect()).map_err(|problem| problem.to_string())
}
