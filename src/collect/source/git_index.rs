//! Which files a git repository tracks, read from its index (git's `index-format` documentation, versions 2 to 4). Git itself is never run,
//! because a repository's own configuration can make git run other programs.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::SystemTime,
};

use crate::collect::source::regular::{self, ReadError};

/// A larger index belongs to no repository that is scanned here.
const LARGEST: u64 = 256 * 1024 * 1024;
/// A `.git` file holds one path.
const LARGEST_POINTER: u64 = 64 * 1024;
/// Bytes of an entry before the object id: times, device, inode, mode, owner and size.
const STAT: usize = 40;
/// Where the mode is within them.
const MODE: usize = 24;
/// What marks an entry that is not in the working tree, among the flags of later versions.
const SKIPPED: u16 = 0x4000;
/// Entries are padded to this in versions 2 and 3.
const ALIGNMENT: usize = 8;

/// What an index lists.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tracked {
    /// Files, relative to the root of the repository, with `/` between their parts.
    pub(super) files: Vec<PathBuf>,
    /// What each of them holds, by the name that git gives to it.
    pub(super) ids: Vec<Vec<u8>>,
    /// What each of them looked like when git saw last that it holds that.
    pub(super) stamps: Vec<Stamp>,
    /// When the index was written, as in [`Stamp::modified`].
    pub(super) written: Option<(u32, u32)>,
    /// Submodules, likewise.
    pub(super) submodules: Vec<String>,
    /// Files and whole folders that a sparse checkout leaves out, likewise. One that is there nevertheless is read as any other.
    pub(super) left_out: Vec<PathBuf>,
}

/// What a file looks like from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Seconds and nanoseconds of the last change of the file itself, where the system tells that; and of its contents.
    changed: Option<(u32, u32)>,
    modified: (u32, u32),
    /// Bytes, of which only the last four count.
    size: u32,
}

impl Stamp {
    fn of(metadata: &fs::Metadata) -> Option<Self> {
        let since = metadata.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let modified = (u32::try_from(since.as_secs()).ok()?, since.subsec_nanos());
        let size = u32::try_from(metadata.len() & u64::from(u32::MAX)).ok()?;
        Some(Self { changed: last_change(metadata), modified, size })
    }

    /// Whether a file looks as it did. One that was modified as late as the index was written may have been so afterwards.
    pub(super) fn is_still_of(&self, file: &Path, written: Option<(u32, u32)>) -> bool {
        let now = fs::symlink_metadata(file).ok().filter(fs::Metadata::is_file).as_ref().and_then(Self::of);
        let is_same = |now: Self| {
            let is_unchanged = now.changed.is_none() || now.changed == self.changed;
            is_unchanged && (now.modified, now.size) == (self.modified, self.size)
        };
        now.is_some_and(is_same) && written.is_some_and(|written| self.modified < written)
    }
}

#[cfg(unix)]
fn last_change(metadata: &fs::Metadata) -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((u32::try_from(metadata.ctime()).ok()?, u32::try_from(metadata.ctime_nsec()).ok()?))
}

#[cfg(not(unix))]
fn last_change(_: &fs::Metadata) -> Option<(u32, u32)> {
    None
}

/// A path as git writes it: on Unix any bytes are a name.
#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::OsStr::from_bytes(bytes).into()
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// Why an index could not be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum IndexError {
    #[error("the git index could not be read: {0}")]
    Unreadable(ReadError),
    #[error("the git index lists paths of more than {LARGEST} bytes in all")]
    TooLarge,
    #[error("interrupted while the git index was read")]
    Interrupted,
    #[error("the git index is not in a format that is understood")]
    Format,
    #[error("the git index is split over several files; `git update-index --no-split-index` joins them")]
    Split,
}

/// The folder with the index of the repository whose working tree begins at `root`; absent when no repository begins there.
///
/// In a worktree and in a submodule `.git` is a file that points to it.
pub(super) fn git_folder(root: &Path) -> Option<PathBuf> {
    let dot_git = root.join(".git");
    let kind = fs::symlink_metadata(&dot_git).ok()?.file_type();
    if kind.is_dir() {
        // An empty `.git` folder is no repository, to git either.
        return dot_git.join("HEAD").exists().then_some(dot_git);
    }
    if !kind.is_file() {
        return None;
    }
    let pointer = regular::text(&dot_git, LARGEST_POINTER)?;
    let target = pointer.strip_prefix("gitdir:")?.trim();
    Some(root.join(target)).filter(|folder| folder.is_dir())
}

/// Whether a folder is itself what `.git` is elsewhere: a repository of which nothing is checked out.
pub(super) fn is_bare(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
}

/// The folder that a worktree shares with its main repository, which is where the rest of a repository is.
pub(super) fn common_folder(git_folder: &Path) -> PathBuf {
    let pointer = regular::text(&git_folder.join("commondir"), LARGEST_POINTER);
    pointer.map_or(git_folder.to_owned(), |pointer| git_folder.join(pointer.trim()))
}

/// What the repository tracks. A repository without an index tracks nothing yet.
pub(super) fn tracked(git_folder: &Path, stop: &AtomicBool) -> Result<Tracked, IndexError> {
    let mut bytes = Vec::new();
    let index = git_folder.join("index");
    match regular::read(&index, LARGEST, &mut bytes) {
        Ok(()) => {}
        Err(ReadError::Io(std::io::ErrorKind::NotFound)) => return Ok(Tracked::default()),
        Err(problem) => return Err(IndexError::Unreadable(problem)),
    }
    // The format does not say which hash the repository uses: an entry read with the wrong length soon makes no sense.
    let tracked = parse(&bytes, 20, stop).or_else(|problem| parse(&bytes, 32, stop).map_err(|_| problem))?;
    let written = fs::symlink_metadata(index).ok().as_ref().and_then(Stamp::of).map(|stamp| stamp.modified);
    Ok(Tracked { written, ..tracked })
}

pub(super) fn parse(bytes: &[u8], id_length: usize, stop: &AtomicBool) -> Result<Tracked, IndexError> {
    let mut reader = Reader { bytes, at: 0 };
    if reader.take(4)? != b"DIRC" {
        return Err(IndexError::Format);
    }
    let version = reader.number_32()?;
    let entries = reader.number_32()?;
    if !(2..=4).contains(&version) {
        return Err(IndexError::Format);
    }
    let mut tracked = Tracked::default();
    let mut path: Vec<u8> = Vec::new();
    let mut room = LARGEST;
    for _ in 0..entries {
        if stop.load(Ordering::Relaxed) {
            return Err(IndexError::Interrupted);
        }
        let Entry { mode, id, stamp, is_left_out } = reader.entry(version, id_length, &mut path)?;
        if is_left_out {
            tracked.left_out.push(path_of(&path));
        }
        // In version 4 a few bytes can repeat a long path.
        room = u64::try_from(path.len()).ok().and_then(|length| room.checked_sub(length)).ok_or(IndexError::TooLarge)?;
        match mode >> 12 {
            // A regular file, and a submodule; links are not followed, and the folder of a sparse index is left out.
            0o10 => {
                tracked.files.push(path_of(&path));
                tracked.ids.push(id.to_vec());
                tracked.stamps.push(stamp);
            }
            0o16 => tracked.submodules.push(String::from_utf8_lossy(&path).into_owned()),
            0o12 | 0o4 => {}
            _ => return Err(IndexError::Format),
        }
    }
    // The `link` extension, if any, is the first one.
    if reader.bytes.get(reader.at..).is_some_and(|rest| rest.starts_with(b"link")) {
        return Err(IndexError::Split);
    }
    Ok(tracked)
}

/// What an index says of one path.
struct Entry<'a> {
    mode: u32,
    /// The name of what it holds.
    id: &'a [u8],
    stamp: Stamp,
    /// Whether a sparse checkout leaves it out.
    is_left_out: bool,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], IndexError> {
        let end = self.at.checked_add(length).ok_or(IndexError::Format)?;
        let taken = self.bytes.get(self.at..end).ok_or(IndexError::Format)?;
        self.at = end;
        Ok(taken)
    }

    fn number_16(&mut self) -> Result<u16, IndexError> {
        self.take(2)?.try_into().map(u16::from_be_bytes).map_err(|_| IndexError::Format)
    }

    fn number_32(&mut self) -> Result<u32, IndexError> {
        self.take(4)?.try_into().map(u32::from_be_bytes).map_err(|_| IndexError::Format)
    }

    /// Reads an entry, and its path into `path`, which holds that of the entry before: version 4 names only where they differ.
    fn entry(&mut self, version: u32, id_length: usize, path: &mut Vec<u8>) -> Result<Entry<'a>, IndexError> {
        let start = self.at;
        let stamp = Reader { bytes: self.bytes, at: start }.stamp()?;
        let status = self.take(STAT)?;
        let mode = status.get(MODE..MODE + 4).and_then(|mode| mode.try_into().ok()).map(u32::from_be_bytes).ok_or(IndexError::Format)?;
        let id = self.take(id_length)?;
        let flags = self.number_16()?;
        let is_extended = flags & 0x4000 != 0;
        let is_left_out = is_extended && self.number_16()? & SKIPPED != 0;
        if version == 4 {
            let dropped = self.variable_number()?;
            let kept = path.len().checked_sub(dropped).ok_or(IndexError::Format)?;
            path.truncate(kept);
        } else {
            path.clear();
        }
        let rest = self.bytes.get(self.at..).ok_or(IndexError::Format)?;
        let length = rest.iter().position(|byte| *byte == 0).ok_or(IndexError::Format)?;
        path.extend_from_slice(self.take(length)?);
        if path.is_empty() {
            return Err(IndexError::Format);
        }
        // One NUL at least; in versions 2 and 3 as many as fill the entry up.
        let written = self.at - start;
        let padding = if version == 4 { 1 } else { ALIGNMENT - written % ALIGNMENT };
        if self.take(padding)?.iter().any(|byte| *byte != 0) {
            return Err(IndexError::Format);
        }
        Ok(Entry { mode, id, stamp, is_left_out })
    }

    /// Times and size of an entry, which are among the bytes before its id.
    fn stamp(&mut self) -> Result<Stamp, IndexError> {
        let changed = (self.number_32()?, self.number_32()?);
        let modified = (self.number_32()?, self.number_32()?);
        self.take(STAT - 20)?;
        Ok(Stamp { changed: Some(changed), modified, size: self.number_32()? })
    }

    /// The offset encoding of pack files.
    fn variable_number(&mut self) -> Result<usize, IndexError> {
        let mut number = 0_usize;
        for index in 0..9 {
            let byte = *self.take(1)?.first().ok_or(IndexError::Format)?;
            if index > 0 {
                number = number.checked_add(1).ok_or(IndexError::Format)?;
            }
            number = number.checked_mul(128).and_then(|shifted| shifted.checked_add(usize::from(byte & 0x7F))).ok_or(IndexError::Format)?;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(IndexError::Format)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An index as git writes it, from paths with their modes.
    fn index(version: u32, id_length: usize, entries: &[(&str, u32)]) -> Vec<u8> {
        let mut bytes = b"DIRC".to_vec();
        bytes.extend(version.to_be_bytes());
        bytes.extend(u32::try_from(entries.len()).unwrap().to_be_bytes());
        let mut before = "";
        for (path, mode) in entries {
            let start = bytes.len();
            bytes.extend([0; MODE]);
            bytes.extend(mode.to_be_bytes());
            bytes.extend([0; STAT - MODE - 4]);
            bytes.extend(vec![0xAB; id_length]);
            bytes.extend(u16::try_from(path.len()).unwrap().to_be_bytes());
            if version == 4 {
                let common = before.bytes().zip(path.bytes()).take_while(|(one, other)| one == other).count();
                bytes.push(u8::try_from(before.len() - common).unwrap());
                bytes.extend(&path.as_bytes()[common..]);
                bytes.push(0);
            } else {
                bytes.extend(path.as_bytes());
                bytes.extend(vec![0; ALIGNMENT - (bytes.len() - start) % ALIGNMENT]);
            }
            before = path;
        }
        bytes.extend(vec![0xCD; id_length]);
        bytes
    }

    const ENTRIES: [(&str, u32); 4] =
        [("a.cs", 0o100_644), ("app/bin/Debug/app.config", 0o100_755), ("app/link.cs", 0o120_000), ("lib/module", 0o160_000)];

    #[test]
    fn all_versions_and_both_hashes_list_the_same_files() {
        for version in 2..=4 {
            for id_length in [20, 32] {
                let folder = tempfile::tempdir().unwrap();
                fs::write(folder.path().join("index"), index(version, id_length, &ENTRIES)).unwrap();
                let tracked = tracked(folder.path(), &AtomicBool::new(false)).unwrap();
                let files: Vec<PathBuf> = ["a.cs", "app/bin/Debug/app.config"].map(PathBuf::from).to_vec();
                assert_eq!(tracked.files, files, "version {version}, id of {id_length} bytes");
                assert_eq!((tracked.ids, tracked.submodules), (vec![vec![0xAB; id_length]; 2], vec!["lib/module".to_owned()]));
                assert_eq!(tracked.stamps, [Stamp { changed: Some((0, 0)), modified: (0, 0), size: 0 }; 2]);
            }
        }
    }

    #[test]
    fn a_truncated_index_is_an_error_and_not_a_shorter_list() {
        let whole = index(2, 20, &ENTRIES);
        for length in 0..whole.len() - 20 {
            assert!(parse(&whole[..length], 20, &AtomicBool::new(false)).is_err(), "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_an_answer(version in 0_u8..6, tail in proptest::collection::vec(any::<u8>(), 0..400)) {
            let bytes = [b"DIRC\0\0\0".as_slice(), &[version], &[0, 0, 0, 9], &tail].concat();
            let _ = parse(&bytes, 20, &AtomicBool::new(false));
            let _ = parse(&tail, 20, &AtomicBool::new(false));
        }
    }
}
