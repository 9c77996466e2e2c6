//! What a reader is given of one file, and what it makes of it, before values are followed across files.

use std::{ops::Range, sync::atomic::AtomicBool};

use crate::{
    collect::source::{
        decode::Lines,
        in_clear,
        names::Match,
        origins::{Definition, Step, Value},
        sinks::shortened,
        watch::Watch,
    },
    evidence::FactKind,
};

/// One decoded file, and what to look for in it.
pub(super) struct Document<'a> {
    pub(super) text: &'a str,
    /// POSIX path relative to the root of the scan.
    pub(super) path: &'a str,
    pub(super) lines: Lines<'a>,
    /// What of the text is not blanked out, in order; empty where nothing is.
    pub(super) parts: &'a [Range<usize>],
    /// Where something stands in the text that may be part of a watched name, in order; absent where that was not looked for.
    pub(super) mentions: Option<&'a [usize]>,
    pub(super) watch: &'a Watch,
    /// Set when the user interrupts.
    pub(super) stop: &'a AtomicBool,
}

impl Document<'_> {
    /// What is not blanked out.
    pub(super) fn stretches(&self) -> impl Iterator<Item = Range<usize>> {
        let whole = self.parts.is_empty().then_some(0..self.text.len());
        self.parts.iter().cloned().chain(whole)
    }

    /// How many bytes are no blanks, which is what a syntax tree grows with.
    pub(super) fn weight(&self) -> usize {
        let bytes = self.stretches().flat_map(|stretch| self.text.as_bytes().get(stretch).unwrap_or(&[]));
        bytes.filter(|byte| !byte.is_ascii_whitespace()).count()
    }
}

/// What one file showed.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) places: Vec<Place>,
    /// Members with a value, for this file and for others.
    pub(super) definitions: Vec<Definition>,
    /// Short names that this file gives to paths in every file.
    pub(super) aliases: Vec<(String, Vec<String>)>,
    /// Why the file was understood only in part; absent when it was understood.
    pub(super) gap: Option<String>,
}

/// More places in one file are no configuration but an attack on memory.
const MOST_PLACES: usize = 1_000;
/// How many places back it is looked for one that tells of a value already.
const LATEST: usize = 8;

impl Reading {
    /// Takes in a place; beyond a bound, only that there were more.
    pub(super) fn add(&mut self, mut place: Place) {
        if !self.is_full() {
            place.sink = shortened(place.sink);
            let is_hidden = |text: &String| place.hides(text) && place.value.written().contains(text);
            if place.more.plain.as_ref().is_some_and(is_hidden) {
                place.more.plain = None;
            }
            self.places.push(place);
        }
    }

    /// Takes in what another part of the file showed.
    pub(super) fn take_in(&mut self, more: Self) {
        for place in more.places {
            self.add(place);
        }
        self.definitions.extend(more.definitions);
        self.aliases.extend(more.aliases);
        self.gap = self.gap.take().or(more.gap);
    }

    /// Whether one of the latest places spans a stretch, and so tells of what is in it.
    pub(super) fn tells_of(&self, stretch: &Range<usize>) -> bool {
        let spans = |place: &Place| place.range.start <= stretch.start && stretch.end <= place.range.end;
        self.places.iter().rev().take(LATEST).any(spans)
    }

    /// Makes room for what says more of a stretch than its own name does; whether it was not told so already.
    pub(super) fn make_way(&mut self, stretch: &Range<usize>, watched: &str) -> bool {
        let is_of_stretch = |place: &Place| place.range == *stretch && place.kind == FactKind::Assignment;
        let is_new = !self.places.iter().any(|place| is_of_stretch(place) && place.watched == watched);
        self.places.retain(|place| !is_new || !is_of_stretch(place));
        is_new
    }

    /// Whether there is room for no other place; to be asked before one is worked out.
    pub(super) fn is_full(&mut self) -> bool {
        let is_full = self.places.len() >= MOST_PLACES;
        if is_full {
            self.gap = Some(format!("more than {MOST_PLACES} places; the rest was left out"));
        }
        is_full
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
    pub(super) counts: Counts,
    pub(super) more: More,
}

/// What only some kinds of places have.
#[derive(Default)]
pub(super) struct More {
    /// What a switch is set to, in clear.
    pub(super) plain: Option<String>,
    /// What is passed, of a call.
    pub(super) arguments: Vec<Passed>,
    /// What must hold for the place to be reached, where that is a question of the environment.
    pub(super) guard: Option<String>,
    /// Whether the place was read by less than a grammar.
    pub(super) is_rough: bool,
    /// Length of a key in bits.
    pub(super) key_bits: Option<u32>,
    /// What a secret is the same by wherever it stands, where that is not its value. Holds the secret.
    pub(super) identity: Option<String>,
}

/// What is passed in a call.
pub(super) struct Passed {
    pub(super) name: Option<String>,
    pub(super) position: usize,
    /// The last name of what is passed, where it is a variable or a member.
    pub(super) held_in: Option<String>,
    /// The field that holds it: a step on the way to its value that the value itself leaves out.
    pub(super) field: Option<Step>,
    pub(super) value: Value,
    pub(super) plain: Option<String>,
}

impl Passed {
    /// Where it stands, as facts say it.
    pub(super) fn place(&self) -> u32 {
        u32::try_from(self.position).unwrap_or(u32::MAX)
    }
}

impl Place {
    /// A place that counts, outside of comments.
    pub(super) fn new(kind: FactKind, sink: String, watched: &str, range: Range<usize>, value: Value) -> Self {
        let watched = watched.to_owned();
        Self { kind, sink, watched, in_comment: false, range, value, counts: Counts::Always, more: More::default() }
    }

    /// Whether a text that its name is given must not be shown. A pattern says itself whether what it finds is a secret.
    pub(super) fn hides(&self, text: &str) -> bool {
        matches!(self.kind, FactKind::Setting | FactKind::ConfigKey) && in_clear::is_hidden(&self.watched, text)
    }
}

/// When a place is a fact, once its value was followed to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    Always,
    /// When the value is written in the source: a getter is no assignment unless it holds the value.
    IfWritten,
    /// When the value is written in the source and looks random: the name only resembles a watched one.
    IfRandom,
}

impl Counts {
    /// The stricter of this and what a name asks for.
    pub(super) fn under(self, found: &Match<'_>) -> Self {
        if found.exact { self } else { Self::IfRandom }
    }
}
