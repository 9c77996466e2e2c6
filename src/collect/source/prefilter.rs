//! One pass over a file's bytes that drops the nine in ten files that cannot hold a fact, before anything is decoded into a tree.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read},
    path::PathBuf,
    sync::{Mutex, PoisonError, atomic::AtomicBool},
};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind};

use crate::{
    collect::source::{
        glance::{Glance, Memory, Style},
        key_material, light,
        parallel::in_parallel,
        readers::shared,
        regular,
        walk::{self, Candidate},
        watch::Watch,
    },
    evidence::{Extent, Vocabulary},
};

/// More literals than this would make too large a table.
const MOST_IN_TABLE: usize = 4_000;
/// For fewer files a table is not worth the time that it takes to make.
const FEW: usize = 500;

/// The literals of which a file must hold at least one.
pub(super) struct Prefilter<'w> {
    /// Absent when there is nothing to look for.
    automaton: Option<AhoCorasick>,
    /// What each literal is for, by its number in the automaton.
    purposes: Vec<Purpose>,
    /// Whose names they are.
    watch: &'w Watch,
    /// What threads remember between files, while none has it.
    memories: Mutex<Vec<Memory>>,
}

/// What a scan looks for in a file before anything else, in lower case: a file that holds none of it is not read any further.
#[must_use]
pub fn literals(vocabulary: &Vocabulary) -> BTreeSet<String> {
    let watch = Watch::new(vocabulary);
    let shared = shared();
    all(&watch, &shared).map(|(literal, _)| literal.to_lowercase()).collect()
}

/// How many files lie below some folders, and how many of them hold one of the [`literals`]: the first pass of a scan, and nothing else of it.
#[must_use]
pub fn holders(roots: &[PathBuf], vocabulary: &Vocabulary) -> (usize, usize) {
    let (watch, stop) = (Watch::new(vocabulary), AtomicBool::new(false));
    let (candidates, _) = walk::candidates(roots, &Extent::default(), &stop);
    let all: Vec<&Candidate> = candidates.iter().collect();
    let prefilter = Prefilter::of(&watch, &shared(), all.len());
    let holds = in_parallel(&all, &stop, |candidate, buffer| {
        let is_read = regular::read(&candidate.file(), u64::MAX, buffer).is_ok();
        is_read && prefilter.automaton.as_ref().is_some_and(|automaton| automaton.is_match(buffer.as_slice()))
    });
    (all.len(), holds.into_iter().flatten().filter(|holds| *holds).count())
}

/// What it means that a literal was seen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Purpose {
    /// A watched name: the file's reader is asked if a fact may come of where it stands.
    Name,
    /// What concerns other files: the file's reader is asked.
    Shared,
    /// A key may stand in the file.
    Key,
    /// The pattern of this number may match.
    Pattern(usize),
}

/// What of a file is worth a look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Where names stand of which a fact may come, in order: all of them in a program, else the first.
    pub(super) names: Vec<usize>,
    /// Whether a fact may come of what stands far from them, in other functions of the program.
    pub(super) is_spread: bool,
    /// In a program that is read whole, wherever something stands that may be part of a name, in order; absent where that was not looked for.
    pub(super) mentions: Option<Vec<usize>>,
    pub(super) keys: bool,
    /// By their number, where what they need stands.
    pub(super) patterns: BTreeMap<usize, Vec<usize>>,
}

/// Every literal, with what it is for.
fn all<'a>(watch: &'a Watch, shared: &'a [String]) -> impl Iterator<Item = (&'a str, Purpose)> {
    let shared = shared.iter().map(|word| (word.as_str(), Purpose::Shared));
    let names = watch.needles().map(|name| (name, Purpose::Name)).chain(shared);
    let keys = key_material::needs().filter(|_| !watch.key_material.is_empty()).map(|need| (need, Purpose::Key));
    let patterns = watch.literals.iter().enumerate();
    let needs = patterns.flat_map(|(number, pattern)| pattern.of.needs.iter().map(move |need| (need.as_str(), Purpose::Pattern(number))));
    names.chain(keys).chain(needs).filter(|(literal, _)| !literal.is_empty())
}

impl<'w> Prefilter<'w> {
    /// All that rules look for in so many files, and what languages share among them.
    pub(super) fn of(watch: &'w Watch, shared: &[String], files: usize) -> Self {
        let (literals, purposes): (Vec<&str>, Vec<Purpose>) = all(watch, shared).unzip();
        // A table of transitions is twice as fast as the automaton that is chosen for so many literals, and they are few enough for one.
        let kind = (files > FEW && literals.len() <= MOST_IN_TABLE).then_some(AhoCorasickKind::DFA);
        let builder = || AhoCorasickBuilder::new().ascii_case_insensitive(true).kind(kind).build(&literals).ok();
        let automaton = if literals.is_empty() { None } else { builder() };
        Self { automaton, purposes, watch, memories: Mutex::default() }
    }

    /// What was seen in a file; nothing in most.
    pub(super) fn seen(&self, bytes: impl AsRef<[u8]>, style: Style) -> Option<Seen> {
        let automaton = self.automaton.as_ref()?;
        let bytes = bytes.as_ref();
        let mut found = automaton.find_overlapping_iter(bytes).peekable();
        found.peek()?;
        let memories = || self.memories.lock().unwrap_or_else(PoisonError::into_inner);
        let mut memory = memories().pop().unwrap_or_default();
        let mut glance = Glance::new(self.watch, &mut memory, style, bytes);
        let (mut seen, mut mentions) = (Seen::default(), Vec::new());
        for found in found {
            let purpose = self.purposes.get(found.pattern().as_usize());
            mentions.extend((style == Style::Program && purpose == Some(&Purpose::Name)).then_some(found.start()));
            match purpose {
                Some(Purpose::Name) if seen.names.is_empty() || style == Style::Program => {
                    let tells = glance.tells(found.range());
                    seen.names.extend(tells.then_some(found.start()));
                }
                Some(Purpose::Shared) => seen.names.push(found.start()),
                Some(Purpose::Key) => seen.keys = true,
                Some(Purpose::Pattern(number)) => seen.patterns.entry(*number).or_default().push(found.start()),
                Some(Purpose::Name) | None => {}
            }
        }
        // Of two that overlap, the one that ends first was found first.
        seen.names.sort_unstable();
        if style == Style::Program && !seen.names.is_empty() && !light::is_light(bytes) {
            mentions.sort_unstable();
            seen.mentions = Some(mentions);
        }
        seen.is_spread = glance.is_spread();
        drop(glance);
        memories().push(memory);
        (seen != Seen::default()).then_some(seen)
    }

    /// Whether anything is seen in what is too large to be held in memory.
    pub(super) fn hits_within(&self, stream: impl Read) -> io::Result<bool> {
        let Some(automaton) = &self.automaton else { return Ok(false) };
        automaton.stream_find_iter(stream).next().transpose().map(|found| found.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::LiteralPattern;

    #[test]
    fn case_does_not_hide_a_name() {
        let watch = Watch::new(&Vocabulary { assignment: vec!["ApplicationToken".into()], ..Vocabulary::default() });
        let prefilter = Prefilter::of(&watch, &[], 1);
        assert!(prefilter.seen("x.applicationTOKEN = 'y1'", Style::Program).is_some());
        assert!(prefilter.seen("x.Application_Token = 'y1'", Style::Program).is_none());
    }

    #[test]
    fn what_ends_early_hides_nothing_that_begins_earlier() {
        let pattern = |need: &str| LiteralPattern {
            name: need.into(),
            pattern: "x".into(),
            needs: vec![need.into()],
            unless: None,
            secret: true,
            surfaces: Vec::new(),
        };
        let vocabulary = Vocabulary { literal: vec![pattern("postgresql://"), pattern("sql")], ..Vocabulary::default() };
        let watch = Watch::new(&vocabulary);
        let seen = Prefilter::of(&watch, &[], 1).seen("url = postgresql://db", Style::Prose);
        assert_eq!(seen.map(|seen| seen.patterns.len()), Some(2));
    }

    #[test]
    fn an_empty_vocabulary_drops_every_file() {
        assert!(Prefilter::of(&Watch::new(&Vocabulary::default()), &[], 1).seen("anything", Style::Program).is_none());
    }

    #[test]
    fn it_is_told_what_a_file_is_worth_a_look_for() {
        let pattern = |name: &str, need: &str| LiteralPattern {
            name: name.into(),
            pattern: "x".into(),
            needs: vec![need.into()],
            unless: None,
            secret: true,
            surfaces: Vec::new(),
        };
        let vocabulary = Vocabulary {
            assignment: vec!["ClientSecret".into()],
            literal: vec![pattern("a", "7T:"), pattern("b", "AKIA")],
            key_material: vec!["pem".into()],
            ..Vocabulary::default()
        };
        let watch = Watch::new(&vocabulary);
        let prefilter = Prefilter::of(&watch, &[], 1);
        let seen = |text: &str| prefilter.seen(text, Style::Program);
        assert_eq!(seen("nothing"), None);
        assert_eq!(seen("akia 7t:"), Some(Seen { patterns: [(0, vec![5]), (1, vec![0])].into(), ..Seen::default() }));
        let both = "client clientsecret = 'x9' 7T:";
        assert_eq!(seen(both), Some(Seen { names: vec![7], mentions: Some(vec![7]), patterns: [(0, vec![27])].into(), ..Seen::default() }));
        assert_eq!(seen("the client's clientsecret is asked for"), None);
        assert_eq!(seen("-----BEGIN PRIVATE KEY-----"), Some(Seen { keys: true, ..Seen::default() }));
        assert!(prefilter.hits_within("x".repeat(100_000).as_bytes().chain(&b"AKIA"[..])).is_ok_and(|hits| hits));
    }
}
