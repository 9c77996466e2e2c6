use std::{
    fs,
    io::{Cursor, Write as _},
    sync::atomic::AtomicBool,
};

use flate2::{Compression, Crc, write::DeflateEncoder};
use proptest::prelude::*;

use super::zip::{self, ZipError};
use crate::{
    collect::source::scan,
    evidence::{ChangeSet, Extent, Source, Vocabulary},
};

const SECRET: &str = "4e8b06d7c2f94a1385e0b9d16f7a3c52";

/// A file to be packed.
#[derive(Clone)]
struct Packed {
    name: String,
    bytes: Vec<u8>,
    flags: u16,
    method: u16,
    /// Of the Unix mode.
    kind: u32,
}

fn packed(name: &str, bytes: &[u8]) -> Packed {
    Packed { name: name.to_owned(), bytes: bytes.to_vec(), flags: 0, method: 8, kind: 0o10 }
}

/// An archive as other programs write it.
fn archive(files: &[Packed]) -> Vec<u8> {
    let (mut whole, mut directory) = (Vec::new(), Vec::new());
    for Packed { name, bytes, flags, method, kind } in files {
        let mut checksum = Crc::new();
        checksum.update(bytes);
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        let data = if *method == 8 { encoder.finish().unwrap() } else { bytes.clone() };
        let number = |length: usize| u32::try_from(length).unwrap().to_le_bytes();
        let (length, at) = (u16::try_from(name.len()).unwrap().to_le_bytes(), number(whole.len()));
        let sizes = [checksum.sum().to_le_bytes(), number(data.len()), number(bytes.len())].concat();
        let same = [flags.to_le_bytes().as_slice(), &method.to_le_bytes(), &[0; 4], &sizes, &length, &[0, 0]].concat();
        whole.extend([b"PK\x03\x04\x14\0".as_slice(), &same, name.as_bytes(), &data].concat());
        let mode = (kind << 28).to_le_bytes();
        directory.extend([b"PK\x01\x02\x14\x03\x14\0".as_slice(), &same, &[0; 6], &mode, &at, name.as_bytes()].concat());
    }
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    let (size, said) = (u32::try_from(directory.len()).unwrap().to_le_bytes(), u32::try_from(whole.len()).unwrap().to_le_bytes());
    [whole, directory, [b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count, &size, &said, &[0, 0]].concat()].concat()
}

fn settings(secret: &str) -> Vec<u8> {
    format!("{{ \"App\": {{ \"ClientSecret\": \"{secret}\" }} }}\n").into_bytes()
}

fn scanned(name: &str, bytes: &[u8], archives: bool) -> Source {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    let vocabulary = Vocabulary { config_key: vec!["ClientSecret".to_owned()], ..Vocabulary::default() };
    let extent = Extent { changes: ChangeSet::Everything, history: false, archives };
    scan(&[folder.path().to_owned()], &extent, &vocabulary, &AtomicBool::new(false))
}

/// The paths of the facts, and of what was left out and matters.
fn told(source: &Source) -> (Vec<&str>, Vec<(&str, &str)>) {
    let gaps = source.files_skipped.iter().filter(|gap| gap.matters).map(|gap| (gap.path.as_str(), gap.reason.as_str()));
    (source.facts.iter().map(|fact| fact.path.as_str()).collect(), gaps.collect())
}

#[test]
fn what_lies_in_an_archive_is_read_when_asked() {
    let bytes = archive(&[packed("lib/logo.png", b"x"), packed("content/appsettings.json", &settings(SECRET))]);
    for name in ["app.zip", "App.1.0.0.NUPKG", "app.war"] {
        let source = scanned(name, &bytes, true);
        assert_eq!(told(&source), (vec![format!("{name}!/content/appsettings.json").as_str()], vec![]));
        assert!(source.files_skipped.iter().any(|gap| gap.path == format!("{name}!/lib/logo.png")), "{source:?}");
        let source = scanned(name, &bytes, false);
        assert_eq!(told(&source), (vec![], vec![]));
        assert!(source.files_skipped.iter().any(|gap| gap.path == name), "{source:?}");
    }
}

#[test]
fn an_archive_in_an_archive_is_opened_and_one_in_that_is_told() {
    let inner = archive(&[packed("a.json", &settings(SECRET))]);
    let middle = archive(&[packed("WEB-INF/lib/inner.jar", &inner)]);
    assert_eq!(told(&scanned("a.war", &middle, true)), (vec!["a.war!/WEB-INF/lib/inner.jar!/a.json"], vec![]));
    let source = scanned("a.zip", &archive(&[packed("b.war", &middle)]), true);
    let (facts, gaps) = told(&source);
    assert_eq!((facts.len(), gaps.first().map(|(path, _)| *path)), (0, Some("a.zip!/b.war!/WEB-INF/lib/inner.jar")));
}

#[test]
fn an_entry_that_cannot_be_read_is_a_gap_and_the_others_are_read() {
    let good = packed("good.json", &settings(SECRET));
    let stored = Packed { method: 0, ..packed("bad.json", b"stored as it is") };
    let mut damaged = archive(&[stored, good.clone()]);
    let at = damaged.windows(6).position(|bytes| bytes == b"stored").unwrap();
    damaged[at] ^= 1;
    for (bytes, reason) in [
        (damaged, "damaged"),
        (archive(&[Packed { flags: 1, ..packed("bad.json", b"{}") }, good.clone()]), "encrypted"),
        (archive(&[Packed { method: 99, ..packed("bad.json", b"{}") }, good.clone()]), "method 99"),
        (archive(&[packed("bad.json", &vec![b' '; 8 << 20]), good.clone()]), "which no source is"),
        (archive(&[Packed { method: 0, ..packed("bad.json", &vec![b' '; 17 << 20]) }, good.clone()]), "larger than 16 MiB"),
    ] {
        let source = scanned("a.zip", &bytes, true);
        let (facts, gaps) = told(&source);
        assert_eq!(facts, ["a.zip!/good.json"], "{reason}");
        assert!(matches!(gaps.as_slice(), [("a.zip!/bad.json", said)] if said.contains(reason)), "{reason}: {gaps:?}");
    }
}

#[test]
fn what_is_too_large_matters_unless_it_is_no_text_and_of_no_known_format() {
    let large = |name: &str, byte: u8| Packed { method: 0, ..packed(name, &vec![byte; 17 << 20]) };
    let gaps = |packed: Packed| {
        let source = scanned("a.zip", &archive(&[packed]), true);
        source.files_skipped.iter().map(|gap| gap.matters).collect::<Vec<_>>()
    };
    assert_eq!(gaps(large("model.bin", 0)), [false]);
    assert_eq!(gaps(large("dump.txt", b'a')), [true]);
    assert_eq!(gaps(large("data.json", 0)), [true]);
}

#[test]
fn what_is_no_archive_and_one_that_is_cut_off_are_gaps() {
    let whole = archive(&[packed("a.json", &settings(SECRET))]);
    for bytes in [b"Rar!".as_slice(), b"", &whole[..whole.len() - 30]] {
        let source = scanned("a.zip", bytes, true);
        let (facts, gaps) = told(&source);
        assert_eq!((facts.len(), gaps.len()), (0, 1), "{gaps:?}");
    }
    let mut fewer = whole.clone();
    let end = fewer.len() - 12;
    fewer[end] = 2;
    let source = scanned("a.zip", &fewer, true);
    let (facts, gaps) = told(&source);
    assert_eq!((facts.len(), gaps.len()), (1, 1), "{gaps:?}");
}

#[test]
fn a_name_leads_nowhere_and_a_link_is_not_followed() {
    let link = Packed { kind: 0o12, ..packed("link.json", &settings("5e8b06d7c2f94a1385e0b9d16f7a3c52")) };
    let source = scanned("a.zip", &archive(&[packed("../..\\/etc/./\u{1B}a.json", &settings(SECRET)), link]), true);
    assert_eq!(told(&source), (vec!["a.zip!/(..)/(..)/etc/\u{FFFD}a.json"], vec![]));
}

#[test]
fn a_program_before_the_archive_and_a_comment_behind_it_do_not_hide_it() {
    let mut bytes = [b"#!/bin/sh\n".as_slice(), &archive(&[packed("a.json", &settings(SECRET))])].concat();
    let length = bytes.len();
    bytes[length - 2] = 3;
    bytes.extend(b"PK\x05");
    assert_eq!(told(&scanned("a.jar", &bytes, true)), (vec!["a.jar!/a.json"], vec![]));
}

#[test]
fn no_more_entries_are_read_than_asked_for() {
    let bytes = archive(&[packed("a", b"1"), packed("b", b"2"), packed("c", b"3")]);
    let directory = zip::directory(&mut Cursor::new(&bytes), 2).unwrap();
    assert_eq!((directory.entries.len(), directory.damage), (2, Some(ZipError::TooMany)));
}

proptest! {
    #[test]
    fn any_bytes_give_an_answer(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = archive(&[packed("a.json", &settings(SECRET)), packed("b/c.cs", b"class A { }")]);
        let index = at.index(bytes.len());
        bytes[index] = byte;
        bytes.truncate(cut.index(bytes.len()).max(index));
        let mut file = Cursor::new(&bytes);
        if let Ok(directory) = zip::directory(&mut file, 100) {
            for entry in &directory.entries {
                let mut buffer = Vec::new();
                let _ = zip::read(&mut file, entry, 1 << 20, &mut buffer);
                prop_assert!(buffer.len() <= 1 << 20);
            }
        }
    }

    #[test]
    fn what_is_packed_comes_back(files in proptest::collection::vec(("[a-z/]{1,20}[a-z]", proptest::collection::vec(any::<u8>(), 0..300), any::<bool>()), 0..8)) {
        let files: Vec<Packed> = files.into_iter().map(|(name, bytes, is_stored)| Packed { method: if is_stored { 0 } else { 8 }, ..packed(&name, &bytes) }).collect();
        let mut file = Cursor::new(archive(&files));
        let directory = zip::directory(&mut file, 100).unwrap();
        prop_assert!(directory.damage.is_none() && directory.entries.len() == files.len());
        for (entry, packed) in directory.entries.iter().zip(&files) {
            let mut buffer = Vec::new();
            zip::read(&mut file, entry, 1 << 20, &mut buffer).unwrap();
            prop_assert_eq!((&entry.name, &buffer), (&packed.name.clone().into_bytes(), &packed.bytes));
        }
    }
}
