//! What lies in archives, looked at when asked. Nothing is ever unpacked to a disk: one entry at a time is in memory, and no name in an archive is
//! the name of a file here.

use std::{
    io::{Cursor, Read, Seek},
    sync::atomic::{AtomicBool, Ordering},
};

use crate::collect::source::{
    Outcome, Scan, Wanted,
    decode::Encoding,
    objects,
    parallel::in_parallel,
    prefilter::Prefilter,
    read_bytes,
    readers::shared,
    regular,
    walk::{Blob, Candidate, is_archive, is_left_alone},
};

mod zip;

use zip::{Directory, Entry, ZipError};

/// Archives within an archive are opened, and those within these are not.
const DEEPEST: usize = 1;
/// Entries and bytes that are read of one archive, those within it included.
const MOST_ENTRIES: usize = 200_000;
const MOST_BYTES: u64 = 1024 * 1024 * 1024;
/// A larger entry is not read, as a file is not.
const LARGEST: u64 = super::LARGEST;

/// Takes the archives from the files to read, if any are to be opened.
pub(super) fn taken_from(candidates: &mut Vec<Candidate>, with_archives: bool) -> Vec<Candidate> {
    candidates.extract_if(.., |candidate| with_archives && is_archive(&candidate.path)).collect()
}

impl Scan<'_> {
    /// Reads what lies in archives, each file as if it lay in a folder.
    pub(super) fn read_archives(&mut self, archives: &[Candidate]) {
        if archives.is_empty() {
            return;
        }
        let prefilter = Prefilter::of(self.watch, &shared(), usize::MAX);
        let all: Vec<&Candidate> = archives.iter().collect();
        let (watch, stop) = (self.watch, self.stop);
        let outcomes = in_parallel(&all, stop, |archive, buffer| {
            let read = |inside: &Candidate, bytes: &[u8]| {
                read_bytes(inside, bytes, watch, stop, Wanted { large: None, seen: &|bytes| prefilter.seen(bytes, inside.reader.style) })
            };
            let mut visit = Visit::new(&read, stop);
            visit.open(archive, buffer);
            visit.found
        });
        for (archive, outcome) in all.into_iter().zip(outcomes) {
            match outcome {
                Some(inside) => inside.into_iter().for_each(|(inside, outcome)| self.take_in(&inside, Some(outcome), true)),
                None => self.take_in(archive, None, true),
            }
        }
    }
}

/// What lies in an archive that is in memory, each file with its path, in which that of the archive comes first.
pub(super) fn inside(
    path: &str,
    bytes: &[u8],
    read: &dyn Fn(&Candidate, &[u8]) -> Outcome,
    stop: &AtomicBool,
) -> Vec<(Candidate, Outcome)> {
    let mut visit = Visit::new(read, stop);
    visit.archive(path, &mut Cursor::new(bytes), 0);
    visit.found
}

/// One archive, with what may still be read of it.
struct Visit<'a> {
    read: &'a dyn Fn(&Candidate, &[u8]) -> Outcome,
    stop: &'a AtomicBool,
    bytes: u64,
    entries: usize,
    found: Vec<(Candidate, Outcome)>,
}

impl<'a> Visit<'a> {
    fn new(read: &'a dyn Fn(&Candidate, &[u8]) -> Outcome, stop: &'a AtomicBool) -> Self {
        Self { read, stop, bytes: MOST_BYTES, entries: MOST_ENTRIES, found: Vec::new() }
    }

    fn open(&mut self, archive: &Candidate, buffer: &mut Vec<u8>) {
        let path = &archive.path;
        match archive.blob.as_deref() {
            Some(Blob { repository, id }) => match objects::file_at(repository, *id, buffer) {
                Ok(()) => self.archive(path, &mut Cursor::new(buffer.as_slice()), 0),
                Err(problem) => self.skip(path, problem.to_string(), true),
            },
            None => match regular::open(&archive.file()) {
                Ok(mut file) => self.archive(path, &mut file, 0),
                Err(problem) => self.skip(path, problem.to_string(), true),
            },
        }
    }

    fn skip(&mut self, path: &str, reason: String, matters: bool) {
        self.found.push((Candidate::at(path, path.into()), Outcome::Skipped { reason, matters }));
    }

    /// Reads the files of an archive. In a path, `!/` stands between an archive and what lies in it, as in Java's `jar:` addresses.
    fn archive<F: Read + Seek>(&mut self, path: &str, file: &mut F, depth: usize) {
        let Directory { entries, damage } = match zip::directory(file, self.entries) {
            Ok(directory) => directory,
            Err(problem) => return self.skip(path, problem.to_string(), true),
        };
        if let Some(problem) = damage {
            self.skip(path, format!("{problem}; only the entries before that were looked at"), true);
        }
        self.entries = self.entries.saturating_sub(entries.len());
        for entry in entries.iter().filter(|entry| entry.is_file()) {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            self.entry(&format!("{path}!/{}", shown(&entry.name)), file, entry, depth);
        }
    }

    fn entry<F: Read + Seek>(&mut self, path: &str, file: &mut F, entry: &Entry, depth: usize) {
        if is_archive(path) && depth >= DEEPEST {
            return self.skip(path, "an archive within an archive within an archive; not opened".to_owned(), true);
        }
        if is_left_alone(path, true) {
            return self.skip(path, "no text by its name".to_owned(), false);
        }
        let mut bytes = Vec::new();
        let read = if entry.size > self.bytes { Err(ZipError::Enough) } else { zip::read(file, entry, LARGEST, &mut bytes) };
        self.bytes = self.bytes.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        match read {
            // As of a file that is too large: it matters unless it is of no known format, and no text.
            Err(problem @ ZipError::TooLarge(_)) if Candidate::at(path, path.into()).is_unclaimed() => {
                let begins = zip::unpack(file, entry, super::PROBE, &mut bytes);
                self.skip(path, problem.to_string(), begins.is_err() || Encoding::of(&bytes).is_some());
            }
            Err(problem) => self.skip(path, problem.to_string(), true),
            Ok(()) if is_archive(path) => self.archive(path, &mut Cursor::new(bytes.as_slice()), depth.saturating_add(1)),
            Ok(()) => {
                let inside = Candidate::at(path, path.into());
                let outcome = (self.read)(&inside, &bytes);
                self.found.push((inside, outcome));
            }
        }
    }
}

/// A name in an archive as it may be shown: no part of it leads out, whoever takes it for a path.
fn shown(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name).replace('\\', "/");
    let part = |part: &str| match part {
        ".." => "(..)".to_owned(),
        part => part.chars().map(|character| if character.is_control() { '\u{FFFD}' } else { character }).collect(),
    };
    let parts: Vec<String> = name.split('/').filter(|part| !part.is_empty() && *part != ".").map(part).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests;
