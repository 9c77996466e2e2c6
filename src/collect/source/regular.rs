//! Reading regular files and nothing else: whatever else bears a name that is looked for, a named pipe say, might never answer or never end.

#[cfg(not(unix))]
use std::fs;
use std::{
    fs::{File, FileType},
    io::{self, Read},
    path::Path,
};

/// How much room a buffer keeps from one file to the next, in bytes: most files need less.
const KEPT: usize = 1024 * 1024;

/// Why a file was not read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ReadError {
    #[error("{0}")]
    Io(io::ErrorKind),
    #[error("not a regular file")]
    NotRegular,
    #[error("larger than {} MiB", .0 / 1024 / 1024)]
    TooLarge(u64),
}

impl From<io::Error> for ReadError {
    fn from(problem: io::Error) -> Self {
        Self::Io(problem.kind())
    }
}

/// Reads a whole file into the buffer, if it is a regular one, no link, and of so many bytes at most.
pub(super) fn read(file: &Path, most: u64, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
    buffer.clear();
    buffer.shrink_to(KEPT);
    let (mut file, length) = opened(file)?;
    if length > most {
        return Err(ReadError::TooLarge(most));
    }
    // At once, and with no more room than that: a buffer that grows while it is filled ends up twice as large.
    let expected = usize::try_from(length).map_err(|_| ReadError::TooLarge(most))?;
    buffer.reserve_exact(expected);
    buffer.resize(expected, 0);
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(problem) if problem.kind() == io::ErrorKind::Interrupted => {}
            Err(problem) => return Err(problem.into()),
        }
    }
    buffer.truncate(filled);
    // It may grow while it is read.
    file.take(most.saturating_add(1).saturating_sub(length)).read_to_end(buffer)?;
    if u64::try_from(buffer.len()).is_ok_and(|length| length <= most) { Ok(()) } else { Err(ReadError::TooLarge(most)) }
}

/// A regular file, and no link, opened to be read bit by bit.
pub(super) fn open(file: &Path) -> Result<File, ReadError> {
    opened(file).map(|(file, _)| file)
}

/// The same, with its length in bytes.
fn opened(file: &Path) -> Result<(File, u64), ReadError> {
    let file = open_unfollowed(file)?;
    let metadata = file.metadata()?;
    if metadata.is_file() { Ok((file, metadata.len())) } else { Err(ReadError::NotRegular) }
}

/// Opens what bears a name itself, and not what it links to, without waiting for the other end of a pipe.
#[cfg(unix)]
fn open_unfollowed(file: &Path) -> Result<File, ReadError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let opened = File::options().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY).open(file);
    // How systems say that it is a link, or something that cannot be opened at all, as a socket is.
    let is_other =
        |problem: &io::Error| matches!(problem.raw_os_error(), Some(libc::ELOOP | libc::EMLINK | libc::ENXIO | libc::EOPNOTSUPP));
    opened.map_err(|problem| if is_other(&problem) { ReadError::NotRegular } else { problem.into() })
}

/// The same, where only its kind can be asked before.
#[cfg(not(unix))]
fn open_unfollowed(file: &Path) -> Result<File, ReadError> {
    if !fs::symlink_metadata(file)?.is_file() {
        return Err(ReadError::NotRegular);
    }
    Ok(File::open(file)?)
}

/// The text of a small file; absent when it cannot be had.
pub(super) fn text(file: &Path, most: u64) -> Option<String> {
    let mut buffer = Vec::new();
    read(file, most, &mut buffer).ok()?;
    Some(String::from_utf8_lossy(&buffer).into_owned())
}

/// Whether something in a folder is neither file nor folder nor link: a named pipe, a socket, a device.
pub(super) fn is_special(kind: FileType) -> bool {
    !kind.is_file() && !kind.is_dir() && !kind.is_symlink()
}
