//! Which files a git repository tracks, read from its index (git's `index-format` documentation, versions 2 to 4). Git itself is never run,
//! because a repository's own configuration can make git run other programs.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
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
/// Entries are padded to this in versions 2 and 3.
const ALIGNMENT: usize = 8;

/// What an index lists.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tracked {
    /// Files, relative to the root of the repository, with `/` between their parts.
    pub(super) files: Vec<String>,
    /// What each of them holds, by the name that git gives to it.
    pub(super) ids: Vec<Vec<u8>>,
    /// Submodules, likewise.
    pub(super) submodules: Vec<String>,
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

/// The folder that a worktree shares with its main repository, which is where the rest of a repository is.
pub(super) fn common_folder(git_folder: &Path) -> PathBuf {
    let pointer = regular::text(&git_folder.join("commondir"), LARGEST_POINTER);
    pointer.map_or(git_folder.to_owned(), |pointer| git_folder.join(pointer.trim()))
}

/// What the repository tracks. A repository without an index tracks nothing yet.
pub(super) fn tracked(git_folder: &Path, stop: &AtomicBool) -> Result<Tracked, IndexError> {
    let mut bytes = Vec::new();
    match regular::read(&git_folder.join("index"), LARGEST, &mut bytes) {
        Ok(()) => {}
        Err(ReadError::Io(std::io::ErrorKind::NotFound)) => return Ok(Tracked::default()),
        Err(problem) => return Err(IndexError::Unreadable(problem)),
    }
    // The format does not say which hash the repository uses: an entry read with the wrong length soon makes no sense.
    parse(&bytes, 20, stop).or_else(|problem| parse(&bytes, 32, stop).map_err(|_| problem))
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
        let (mode, id) = reader.entry(version, id_length, &mut path)?;
        // In version 4 a few bytes can repeat a long path.
        room = u64::try_from(path.len()).ok().and_then(|length| room.checked_sub(length)).ok_or(IndexError::TooLarge)?;
        let name = String::from_utf8_lossy(&path).into_owned();
        match mode >> 12 {
            // A regular file, and a submodule; links are not followed, and a sparse folder is not there.
            0o10 => {
                tracked.files.push(name);
                tracked.ids.push(id.to_vec());
            }
            0o16 => tracked.submodules.push(name),
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

    /// Reads an entry's mode and the name of what it holds, and its path into `path`, which holds that of the entry before: version 4 names only where they differ.
    fn entry(&mut self, version: u32, id_length: usize, path: &mut Vec<u8>) -> Result<(u32, &'a [u8]), IndexError> {
        let start = self.at;
        let status = self.take(STAT)?;
        let mode = status.get(MODE..MODE + 4).and_then(|mode| mode.try_into().ok()).map(u32::from_be_bytes).ok_or(IndexError::Format)?;
        let id = self.take(id_length)?;
        let flags = self.number_16()?;
        let is_extended = flags & 0x4000 != 0;
        if is_extended {
            self.take(2)?;
        }
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
        Ok((mode, id))
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
                let expected = Tracked {
                    files: vec!["a.cs".to_owned(), "app/bin/Debug/app.config".to_owned()],
                    ids: vec![vec![0xAB; id_length]; 2],
                    submodules: vec!["lib/module".to_owned()],
                };
                let folder = tempfile::tempdir().unwrap();
                fs::write(folder.path().join("index"), index(version, id_length, &ENTRIES)).unwrap();
                assert_eq!(
                    tracked(folder.path(), &AtomicBool::new(false)).as_ref(),
                    Ok(&expected),
                    "version {version}, id of {id_length} bytes"
                );
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
