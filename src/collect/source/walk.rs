//! Which files of the source folders are read.
//!
//! In a git repository what is committed decides: a tracked file counts even where `.gitignore` names it, an ignored one that is not tracked
//! does not. Links are never followed, so nothing outside the folders is read. What is left out is listed, each with its reason.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::{
    collect::source::{
        git_index::{self, Tracked},
        ignored::Ignored,
        key_material,
        readers::{self, Reader, any_reader, reader_for},
        regular::is_special,
    },
    evidence::{Extent, SkippedFile},
};

/// Submodules within submodules are followed this far.
const DEEPEST_SUBMODULE: usize = 8;

/// Why something is not opened whose name some reader claims.
const SPECIAL: &str = "a named pipe, a socket or a device; not opened";

/// Why nothing of a submodule is read.
const NO_SUBMODULE: &str = "a submodule that is not checked out; `git submodule update --init` fetches it";

/// Why nothing of a bare repository is read.
const BARE: &str = "a bare repository: no file is checked out, and only `--history` looks at what it holds";

/// Why a link is listed.
const LINK: &str = "a link to another place of what is scanned, where it is read; not followed";
const LINK_OUT: &str = "a link that leads out of what is scanned; not followed";

/// Why an archive is listed that nobody asked to look into.
const ARCHIVE: &str = "an archive; `--archives` looks into it";

/// A file that some reader claims.
pub(super) struct Candidate {
    /// As reported: POSIX, relative.
    pub(super) path: String,
    opened: Opened,
    pub(super) reader: &'static Reader,
    /// The version of it that counts; absent where that is the file itself.
    pub(super) blob: Option<Box<Blob>>,
}

/// What is opened to read a file. A tree has many, and most are called as they are reported.
enum Opened {
    /// The path as it is reported, below a folder.
    Below(Arc<Path>),
    Other(Box<Path>),
}

/// A version of a file, as a repository holds it.
pub(super) struct Blob {
    pub(super) repository: PathBuf,
    pub(super) id: gix::ObjectId,
}

/// What holds neither code nor text, by the end of its name.
const MEDIA: [&str; 48] = [
    "png", "jpg", "jpeg", "gif", "ico", "bmp", "webp", "tif", "tiff", "psd", "ai", "eps", "woff", "woff2", "ttf", "otf", "eot", "mp3",
    "mp4", "avi", "mov", "webm", "wav", "ogg", "zip", "gz", "tgz", "bz2", "7z", "rar", "tar", "nupkg", "jar", "war", "dll", "exe", "pdb",
    "so", "dylib", "lib", "o", "class", "pdf", "docx", "xlsx", "pptx", "msi", "cab",
];

/// What is a zip archive, by the end of its name.
const ARCHIVES: [&str; 11] = ["zip", "nupkg", "snupkg", "war", "jar", "ear", "aar", "apk", "ipa", "vsix", "whl"];

/// Whether a file is opened as an archive.
pub(super) fn is_archive(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| ARCHIVES.contains(&end.to_lowercase().as_str()))
}

/// Whether a file is left alone for what it is.
pub(super) fn is_left_alone(name: &str, with_archives: bool) -> bool {
    is_media(name) && !(with_archives && is_archive(name))
}

/// Whether a file is not opened for what it is.
pub(super) fn is_media(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| MEDIA.contains(&end.to_lowercase().as_str()))
}

impl Candidate {
    /// A file that is reported under a path.
    pub(super) fn at(path: &str, file: PathBuf) -> Self {
        Self { path: path.to_owned(), opened: Opened::Other(file.into()), reader: any_reader(path), blob: None }
    }

    /// The same in the version that a repository holds.
    pub(super) fn in_version(self, blob: Blob) -> Self {
        Self { blob: Some(Box::new(blob)), ..self }
    }

    /// The same of one that lies below a folder.
    fn below(base: &Arc<Path>, path: String, file: PathBuf) -> Self {
        let opened = if base.join(&path) == file { Opened::Below(Arc::clone(base)) } else { Opened::Other(file.into()) };
        Self { reader: any_reader(&path), path, opened, blob: None }
    }

    /// What is opened.
    pub(super) fn file(&self) -> Cow<'_, Path> {
        match &self.opened {
            Opened::Below(base) => Cow::Owned(base.join(&self.path)),
            Opened::Other(file) => Cow::Borrowed(file),
        }
    }

    /// Whether it is of no format that is known.
    pub(super) fn is_unclaimed(&self) -> bool {
        std::ptr::eq(self.reader, &raw const readers::TEXT)
    }

    /// Whether it is a store of keys by its name.
    pub(super) fn is_store(&self) -> bool {
        key_material::is_store(&self.path.to_lowercase())
    }
}

/// The files to read, in order of path, and what could not be looked into.
pub(super) fn candidates(roots: &[PathBuf], extent: &Extent, stop: &AtomicBool) -> (Vec<Candidate>, Vec<SkippedFile>) {
    let mut found = Found { roots: roots.iter().filter_map(|root| root.canonicalize().ok()).collect(), ..Found::default() };
    for root in roots {
        match root.canonicalize() {
            Ok(root) if git_index::is_bare(&root) => found.skip(&root, root.clone(), BARE.to_owned(), !extent.history),
            Ok(root) => found.under(&root, stop),
            Err(problem) => found.skip(root, root.clone(), problem.kind().to_string(), true),
        }
    }
    found.named(extent.archives)
}

#[derive(Default)]
struct Found {
    /// Every file once, with the folder that its path is relative to.
    files: BTreeMap<PathBuf, Arc<Path>>,
    /// The folders that are scanned.
    roots: Vec<PathBuf>,
    skipped: Vec<Skipped>,
}

/// Something that is not read.
struct Skipped {
    base: PathBuf,
    place: PathBuf,
    reason: String,
    matters: bool,
}

impl Found {
    fn under(&mut self, root: &Path, stop: &AtomicBool) {
        let base = base(root);
        let walked = walked(root, &base, &self.roots, stop);
        let mut repositories: BTreeSet<PathBuf> = walked.repositories;
        if git_index::git_folder(&base).is_some() {
            repositories.insert(base.clone());
        }
        let shared: Arc<Path> = Arc::from(base.as_path());
        for file in walked.files {
            self.files.entry(file).or_insert_with(|| Arc::clone(&shared));
        }
        for (place, reason, matters) in walked.problems {
            self.skip(&base, place, reason, matters);
        }
        for repository in repositories {
            self.tracked(&repository, root, &base, DEEPEST_SUBMODULE, stop);
        }
    }

    fn skip(&mut self, base: &Path, place: PathBuf, reason: String, matters: bool) {
        self.skipped.push(Skipped { base: base.to_owned(), place, reason, matters });
    }

    /// Adds what a repository tracks under a root, its submodules included.
    fn tracked(&mut self, repository: &Path, root: &Path, base: &Path, depth: usize, stop: &AtomicBool) {
        let (Some(folder), Some(depth)) = (git_index::git_folder(repository), depth.checked_sub(1)) else { return };
        let Tracked { files, submodules, left_out, .. } = match git_index::tracked(&folder, stop) {
            Ok(tracked) => tracked,
            Err(problem) => return self.skip(base, repository.join(".git/index"), problem.to_string(), true),
        };
        let shared: Arc<Path> = Arc::from(base);
        for file in files.iter().map(|file| repository.join(file)) {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let is_claimed = file.to_str().is_some_and(|file| reader_for(file).is_some());
            if is_claimed && file.starts_with(root) && fs::symlink_metadata(&file).is_ok_and(|metadata| is_special(metadata.file_type())) {
                self.skip(base, file.clone(), SPECIAL.to_owned(), true);
            }
            if !self.files.contains_key(&file) && file.starts_with(root) && is_file_without_links(&file) {
                self.files.insert(file, Arc::clone(&shared));
            }
        }
        self.not_checked_out(left_out.iter().map(|place| repository.join(place)).filter(|place| place.starts_with(root)), base);
        for submodule in submodules.iter().map(|submodule| repository.join(submodule)).filter(|submodule| submodule.starts_with(root)) {
            if submodule.canonicalize().is_ok_and(|real| real == submodule) && git_index::git_folder(&submodule).is_some() {
                self.tracked(&submodule, root, base, depth, stop);
            } else if fs::read_dir(&submodule).is_ok_and(|mut inside| inside.next().is_none()) {
                self.skip(base, submodule, NO_SUBMODULE.to_owned(), true);
            }
        }
    }

    /// Tells of what a sparse checkout leaves out: the first path of it, and how many more there are.
    fn not_checked_out(&mut self, places: impl Iterator<Item = PathBuf>, base: &Path) {
        let mut missing = places.filter(|place| fs::symlink_metadata(place).is_err());
        let Some(first) = missing.next() else { return };
        let more = match missing.count() {
            0 => String::new(),
            1 => ", nor is 1 other path".to_owned(),
            more => format!(", nor are {more} other paths"),
        };
        let reason = format!("not checked out{more}; `git sparse-checkout disable` brings back what is left out");
        self.skip(base, first, reason, true);
    }

    /// Gives every file its reported path. Where roots lie in different repositories and both hold the same path, the name of the
    /// repository's folder goes before it; a number too, where even those are the same.
    fn named(self, archives: bool) -> (Vec<Candidate>, Vec<SkippedFile>) {
        let prefixes = prefixes(self.files.values().map(AsRef::as_ref).collect());
        let mut holders: BTreeMap<String, usize> = BTreeMap::new();
        if prefixes.len() > 1 {
            for (file, base) in &self.files {
                *holders.entry(posix(file, base)).or_default() += 1;
            }
        }
        let name = |file: &Path, base: &Path| {
            let path = posix(file, base);
            let is_shared = holders.get(&path).is_some_and(|holders| *holders > 1);
            prefixes.get(base).filter(|_| is_shared).map_or(path.clone(), |prefix| format!("{prefix}/{path}"))
        };
        // What an ignore file names may be tracked all the same.
        let unknown: BTreeSet<&PathBuf> = self.skipped.iter().filter(|skipped| skipped.matters).map(|skipped| &skipped.place).collect();
        let is_told = |place: &PathBuf| self.files.contains_key(place) || unknown.contains(place);
        let is_skipped = |skipped: &&Skipped| skipped.matters || !is_told(&skipped.place);
        let mut left_out: Vec<SkippedFile> = self
            .skipped
            .iter()
            .filter(is_skipped)
            .map(|Skipped { base, place, reason, matters }| SkippedFile {
                path: name(place, base),
                reason: reason.clone(),
                matters: *matters,
            })
            .collect();
        let mut candidates = Vec::new();
        for (file, base) in self.files {
            let path = name(&file, &base);
            let written = file.to_string_lossy();
            if is_left_alone(&written, archives) {
                let reason = if is_archive(&written) { ARCHIVE } else { "no text by its name" };
                left_out.push(SkippedFile { path, reason: reason.to_owned(), matters: false });
            } else {
                candidates.push(Candidate::below(&base, path, file));
            }
        }
        candidates.sort_by(|one, other| one.path.cmp(&other.path).then_with(|| one.file().cmp(&other.file())));
        (candidates, left_out)
    }
}

/// The folder that paths below a root are relative to: where the repository around it begins, or else the root.
fn base(root: &Path) -> PathBuf {
    root.ancestors().find(|folder| git_index::git_folder(folder).is_some()).unwrap_or(root).to_owned()
}

/// The repositories around some roots, each with the folder in it that is meant, as a path; empty where all of it is.
pub(super) fn bases(roots: &[PathBuf]) -> BTreeSet<(PathBuf, String)> {
    let roots = roots.iter().filter_map(|root| root.canonicalize().ok());
    let place = |root: PathBuf| {
        let base = base(&root);
        let within = if base == root { String::new() } else { posix(&root, &base) };
        (base, within)
    };
    roots.map(place).collect()
}

/// Whether a path lies in a folder; all do in an empty one.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// A name for each base, no two the same.
fn prefixes(bases: BTreeSet<&Path>) -> BTreeMap<PathBuf, String> {
    let mut taken = BTreeSet::new();
    let mut prefixes = BTreeMap::new();
    for base in bases {
        let name = base.file_name().map_or("root".to_owned(), |name| name.to_string_lossy().into_owned());
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or(name);
        taken.insert(free.clone());
        prefixes.insert(base.to_owned(), free);
    }
    prefixes
}

/// A path below a base, with `/` between its parts; a name that is no Unicode with stand-ins in it.
pub(super) fn posix(file: &Path, base: &Path) -> String {
    let relative = file.strip_prefix(base).unwrap_or(file);
    let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// Whether a tracked path is a regular file that no link leads to.
fn is_file_without_links(file: &Path) -> bool {
    fs::symlink_metadata(file).is_ok_and(|metadata| metadata.is_file()) && file.canonicalize().is_ok_and(|real| real == file)
}

#[derive(Default)]
struct Walked {
    files: Vec<PathBuf>,
    /// Roots of repositories that lie inside the folder.
    repositories: BTreeSet<PathBuf>,
    /// What is not read, why, and whether it leaves something unknown.
    problems: Vec<(PathBuf, String, bool)>,
}

/// Walks a folder as git sees it: its ignore rules hold, hidden files do not hide, and no setting of this machine matters.
fn walked(root: &Path, base: &Path, roots: &[PathBuf], stop: &AtomicBool) -> Walked {
    let walked = Mutex::new(Walked::default());
    let record = |write: &dyn Fn(&mut Walked)| write(&mut walked.lock().unwrap_or_else(PoisonError::into_inner));
    let skip = |place: &Path, reason: &str, matters: bool| {
        record(&|walked| walked.problems.push((place.to_owned(), reason.to_owned(), matters)));
    };
    let mut builder = WalkBuilder::new(root);
    builder.standard_filters(false).follow_links(false).threads(threads());
    let ignored = Ignored::below(root);
    builder.build_parallel().run(|| {
        Box::new(|entry| {
            if stop.load(Ordering::Relaxed) {
                return WalkState::Quit;
            }
            match entry {
                Ok(entry) if entry.depth() > 0 && entry.file_name() == ".git" => return WalkState::Skip,
                Ok(entry) => match entry.file_type() {
                    Some(kind) if let Some(by) = left_out_by(&entry, kind.is_dir(), &ignored) => {
                        skip(entry.path(), &format!("left out by `{}`", posix(&by, base)), false);
                        return WalkState::Skip;
                    }
                    // What lies elsewhere is none of what is to be scanned.
                    Some(kind) if kind.is_symlink() => skip(entry.path(), link(entry.path(), roots), false),
                    Some(kind) if kind.is_file() => {
                        record(&|walked| walked.files.push(entry.path().to_owned()));
                    }
                    Some(kind) if kind.is_dir() && entry.path().join(".git").exists() => {
                        record(&|walked| walked.repositories.extend([entry.path().to_owned()]));
                    }
                    Some(kind) if is_special(kind) && reader_for(&entry.file_name().to_string_lossy()).is_some() => {
                        skip(entry.path(), SPECIAL, true);
                    }
                    _ => {}
                },
                Err(problem) => {
                    if let Some((place, reason)) = unreadable(&problem) {
                        skip(place.unwrap_or(root), &reason, true);
                    }
                }
            }
            WalkState::Continue
        })
    });
    let mut walked = walked.into_inner().unwrap_or_else(PoisonError::into_inner);
    walked.problems.sort();
    walked
}

/// The file that leaves out something below a root, if one does.
fn left_out_by(entry: &DirEntry, is_folder: bool, ignored: &Ignored) -> Option<PathBuf> {
    if entry.depth() > 0 { ignored.left_out_by(entry.path(), is_folder) } else { None }
}

/// Why a link is not followed.
///
/// Where it leads is worked out from what it says: to look there may already reach another machine.
fn link(place: &Path, roots: &[PathBuf]) -> &'static str {
    let Some(target) = fs::read_link(place).ok().zip(place.parent()).map(|(target, folder)| folder.join(target)) else {
        return LINK_OUT;
    };
    let mut end = PathBuf::new();
    for part in target.components() {
        match part {
            Component::ParentDir => drop(end.pop()),
            part => end.push(part),
        }
    }
    if roots.iter().any(|root| end.starts_with(root)) { LINK } else { LINK_OUT }
}

/// The folder that could not be read, and why.
fn unreadable(problem: &ignore::Error) -> Option<(Option<&Path>, String)> {
    match problem {
        ignore::Error::WithPath { path, err } => unreadable(err).map(|(inner, reason)| (inner.or(Some(path)), reason)),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => unreadable(err),
        ignore::Error::Io(problem) => Some((None, problem.kind().to_string())),
        _ => None,
    }
}

/// As many threads as there are processors.
pub(super) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
