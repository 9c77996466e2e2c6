//! Which files a change is made of: what the next commit would take in, or what differs from a revision.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use gix::ObjectId;

use crate::{
    collect::source::{
        git_index,
        objects::{self, Objects},
        regular,
        walk::{self, Candidate, is_media},
    },
    evidence::SkippedFile,
};

/// A file as large as this differs from what it was for all that is known, in bytes: it is not read to find out.
const LARGEST: u64 = 16 * 1024 * 1024;

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
pub(super) fn staged(roots: &[PathBuf], stop: &AtomicBool) -> Chosen {
    let mut chosen = Chosen::default();
    for (base, within) in walk::bases(roots) {
        match staged_in(&base, &within, stop) {
            Ok(candidates) => chosen.candidates.extend(candidates),
            Err(reason) => chosen.skipped.push(unknown(reason)),
        }
    }
    chosen
}

fn staged_in(base: &Path, within: &str, stop: &AtomicBool) -> Result<Vec<Candidate>, String> {
    let folder = git_index::git_folder(base).ok_or_else(|| "no git repository begins here, so nothing can be staged".to_owned())?;
    let tracked = git_index::tracked(&folder, stop).map_err(|problem| problem.to_string())?;
    let objects = Objects::open(base).map_err(|problem| problem.to_string())?;
    let before = tree_of(&objects, objects.head().map_err(|problem| problem.to_string())?)?;
    let ids = tracked.files.iter().zip(&tracked.ids);
    let changed = ids.filter_map(|(path, id)| ObjectId::try_from(id.as_slice()).ok().map(|id| (path, id)));
    let candidate = |(path, id): (&String, ObjectId)| {
        let is_new = before.get(path) != Some(&id) && !is_media(path) && walk::is_below(path, within);
        is_new.then(|| Candidate { blob: Some((base.to_owned(), id)), ..Candidate::at(path, base.join(path)) })
    };
    Ok(changed.filter_map(candidate).collect())
}

/// Of the files that would be read, those that differ from what a revision held.
pub(super) fn since(revision: &str, roots: &[PathBuf], candidates: Vec<Candidate>) -> Chosen {
    let mut chosen = Chosen::default();
    let mut known: Vec<(PathBuf, Objects, BTreeMap<String, ObjectId>)> = Vec::new();
    for (base, _) in walk::bases(roots) {
        let opened = Objects::open(&base).map_err(|problem| problem.to_string()).and_then(|objects| {
            let tree = objects.revision(revision).map_err(|problem| problem.to_string())?;
            tree_of(&objects, Some(tree)).map(|files| (objects, files))
        });
        match opened {
            Ok((objects, files)) => known.push((base, objects, files)),
            Err(reason) => chosen.skipped.push(unknown(reason)),
        }
    }
    let mut buffer = Vec::new();
    for candidate in candidates {
        let of = known.iter().find(|(base, ..)| candidate.file.starts_with(base));
        if of.is_some_and(|(base, objects, files)| differs(&candidate, base, objects, files, &mut buffer)) {
            chosen.candidates.push(candidate);
        }
    }
    chosen
}

fn differs(candidate: &Candidate, base: &Path, objects: &Objects, files: &BTreeMap<String, ObjectId>, buffer: &mut Vec<u8>) -> bool {
    let path = walk::posix(&candidate.file, base);
    let Some(before) = files.get(&path) else { return true };
    // What cannot be read is said so when it is read.
    regular::read(&candidate.file, LARGEST, buffer).is_err() || objects.name_of(buffer) != Some(*before)
}

fn tree_of(objects: &Objects, tree: Option<ObjectId>) -> Result<BTreeMap<String, ObjectId>, String> {
    let Some(tree) = tree else { return Ok(BTreeMap::new()) };
    objects::files(objects, tree).map(|files| files.into_iter().collect()).map_err(|problem| problem.to_string())
}
