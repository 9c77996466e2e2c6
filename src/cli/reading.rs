//! Files that somebody names: regular, of bounded size, and read once.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

use super::failure::Failure;
use crate::yaml::MAX_FILE_BYTES;

/// The bytes of a file. What is no regular file is not even opened: a pipe might never end, or never begin.
pub(super) fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let unreadable = |cause| Failure::Unreadable { path: path.to_owned(), cause };
    bounded(path, most).map_err(unreadable)
}

/// The text of a file that a person wrote.
pub(super) fn text(path: &Path) -> Result<String, Failure> {
    let bytes = bytes(path, MAX_FILE_BYTES as u64)?;
    String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes().iter().take(error.utf8_error().valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
        let cause = io::Error::other(format!("line {line} is not UTF-8; save the file as UTF-8"));
        Failure::Unreadable { path: path.to_owned(), cause }
    })
}

fn bounded(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let known = fs::metadata(path)?;
    if known.is_dir() {
        return Err(io::Error::other("it is a folder; name a file in it"));
    }
    if !known.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    // A file can grow between the two looks.
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("it is larger than the {} MiB that are read", most >> 20)));
    }
    Ok(bytes)
}
