//! What a reader makes of one file, before values are followed across files; and the table of readers.

use std::{ops::Range, sync::atomic::AtomicBool};

use crate::{
    collect::source::{
        config_files::{json, xml},
        decode::Lines,
        languages::csharp,
        names::Watch,
        origins::{Definition, Value},
    },
    evidence::{FactKind, Language},
};

/// A language or format that the collector reads. A new one is a module with such a function, and its line in [`READERS`].
pub(super) struct Reader {
    /// What its facts are marked with.
    pub(super) language: Language,
    /// Whether a file is its to read, by the file's name in lower case.
    pub(super) claims: fn(&str) -> bool,
    /// Reads one file.
    pub(super) read: fn(&Document<'_>) -> Reading,
    /// Whether its files define members that other files of the language refer to.
    pub(super) defines: bool,
}

/// Every language and format, the first that claims a file reads it.
pub(super) static READERS: [Reader; 3] = [
    Reader { language: Language::CSharp, claims: csharp::claims, read: csharp::read, defines: true },
    Reader { language: Language::Xml, claims: xml::claims, read: xml::read, defines: false },
    Reader { language: Language::Json, claims: json::claims, read: json::read, defines: false },
];

/// The reader of a file, by the last part of its path.
pub(super) fn reader_for(path: &str) -> Option<&'static Reader> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_lowercase();
    READERS.iter().find(|reader| (reader.claims)(&name))
}

/// One decoded file, and what to look for in it.
pub(super) struct Document<'a> {
    pub(super) text: &'a str,
    pub(super) lines: Lines,
    pub(super) watch: &'a Watch,
    /// Set when the user interrupts.
    pub(super) stop: &'a AtomicBool,
}

/// What one file showed.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) places: Vec<Place>,
    /// Members with a value, for this file and for others.
    pub(super) definitions: Vec<Definition>,
    /// Why the file was understood only in part; absent when it was understood.
    pub(super) gap: Option<String>,
}

/// More places in one file are no configuration but an attack on memory.
const MOST_PLACES: usize = 10_000;

impl Reading {
    /// Takes in a place; beyond a bound, only that there were more.
    pub(super) fn add(&mut self, place: Place) {
        if self.places.len() < MOST_PLACES {
            self.places.push(place);
        } else {
            self.gap = Some(format!("more than {MOST_PLACES} places; the rest was left out"));
        }
    }
}

/// A place where a watched name is set, passed or configured.
pub(super) struct Place {
    pub(super) kind: FactKind,
    /// The member path, callee or key path.
    pub(super) sink: String,
    /// The entry of the vocabulary.
    pub(super) watched: String,
    pub(super) in_comment: bool,
    /// Where it stands, in bytes of the decoded text.
    pub(super) range: Range<usize>,
    pub(super) value: Value,
    /// Whether it is a fact only when the value turns out to be written in the source: a getter is no assignment unless it holds the value.
    pub(super) only_if_written: bool,
}
