//! One pass over a file's bytes that drops the nine in ten files that cannot hold a fact, before anything is decoded into a tree.

use std::{
    collections::BTreeSet,
    io::{self, Read},
};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};

use crate::collect::source::{key_material, names::Watch};

/// The literals of which a file must hold at least one.
pub(super) struct Prefilter {
    /// Absent when there is nothing to look for.
    automaton: Option<AhoCorasick>,
    /// What each literal is for, by its number in the automaton.
    purposes: Vec<Purpose>,
}

/// What it means that a literal was seen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Purpose {
    /// A watched name: the file's reader is asked.
    Name,
    /// A key may stand in the file.
    Key,
    /// The pattern of this number may match.
    Pattern(usize),
}

/// What of a file is worth a look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) names: bool,
    pub(super) keys: bool,
    /// By their number.
    pub(super) patterns: BTreeSet<usize>,
}

impl Prefilter {
    pub(super) fn new<'a>(literals: impl Iterator<Item = &'a str>) -> Self {
        Self::with(literals.map(|literal| (literal, Purpose::Name)))
    }

    /// All that rules look for, and what languages share among their files.
    pub(super) fn of(watch: &Watch, shared: &[String]) -> Self {
        let names = watch.needles().chain(shared.iter().map(String::as_str)).map(|name| (name, Purpose::Name));
        let keys = key_material::needs().filter(|_| !watch.key_material.is_empty()).map(|need| (need, Purpose::Key));
        let patterns = watch.literals.iter().enumerate();
        let needs =
            patterns.flat_map(|(number, pattern)| pattern.of.needs.iter().map(move |need| (need.as_str(), Purpose::Pattern(number))));
        Self::with(names.chain(keys).chain(needs))
    }

    fn with<'a>(literals: impl Iterator<Item = (&'a str, Purpose)>) -> Self {
        let (literals, purposes): (Vec<&str>, Vec<Purpose>) = literals.filter(|(literal, _)| !literal.is_empty()).unzip();
        let automaton =
            if literals.is_empty() { None } else { AhoCorasickBuilder::new().ascii_case_insensitive(true).build(&literals).ok() };
        Self { automaton, purposes }
    }

    pub(super) fn hits(&self, bytes: impl AsRef<[u8]>) -> bool {
        self.automaton.as_ref().is_some_and(|automaton| automaton.is_match(bytes.as_ref()))
    }

    /// What was seen in a file; nothing in most. Only a file that holds something is gone through to its end.
    pub(super) fn seen(&self, bytes: impl AsRef<[u8]>) -> Option<Seen> {
        let automaton = self.automaton.as_ref()?;
        let bytes = bytes.as_ref();
        // The match that ends first need not be the one that begins first.
        let first = automaton.find(bytes)?.end().saturating_sub(automaton.max_pattern_len());
        let mut purposes = BTreeSet::new();
        let left: BTreeSet<Purpose> = self.purposes.iter().copied().collect();
        for found in automaton.find_overlapping_iter(bytes.get(first..)?) {
            purposes.extend(self.purposes.get(found.pattern().as_usize()));
            if purposes.len() == left.len() {
                break;
            }
        }
        let pattern = |purpose: &Purpose| if let Purpose::Pattern(number) = purpose { Some(*number) } else { None };
        let patterns = purposes.iter().filter_map(pattern).collect();
        Some(Seen { names: purposes.contains(&Purpose::Name), keys: purposes.contains(&Purpose::Key), patterns })
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
    use crate::evidence::{LiteralPattern, Vocabulary};

    #[test]
    fn case_does_not_hide_a_name() {
        let prefilter = Prefilter::new(["applicationtoken"].into_iter());
        assert!(prefilter.hits("x.ApplicationToken = y"));
        assert!(!prefilter.hits("x.Application_Token = y"));
    }

    #[test]
    fn what_ends_early_hides_nothing_that_begins_earlier() {
        let pattern =
            |need: &str| LiteralPattern { name: need.into(), pattern: "x".into(), needs: vec![need.into()], unless: None, secret: true };
        let vocabulary = Vocabulary { literal: vec![pattern("postgresql://"), pattern("sql")], ..Vocabulary::default() };
        let watch = Watch::new(&vocabulary);
        let seen = Prefilter::of(&watch, &[]).seen("url = postgresql://db");
        assert_eq!(seen.map(|seen| seen.patterns.len()), Some(2));
    }

    #[test]
    fn an_empty_vocabulary_drops_every_file() {
        assert!(!Prefilter::new(std::iter::empty()).hits("anything"));
    }

    #[test]
    fn it_is_told_what_a_file_is_worth_a_look_for() {
        let pattern = |name: &str, need: &str| LiteralPattern {
            name: name.into(),
            pattern: "x".into(),
            needs: vec![need.into()],
            unless: None,
            secret: true,
        };
        let vocabulary = Vocabulary {
            assignment: vec!["ClientSecret".into()],
            literal: vec![pattern("a", "7T:"), pattern("b", "AKIA")],
            key_material: vec!["pem".into()],
            ..Vocabulary::default()
        };
        let watch = Watch::new(&vocabulary);
        let prefilter = Prefilter::of(&watch, &[]);
        let seen = |text: &str| prefilter.seen(text);
        assert_eq!(seen("nothing"), None);
        assert_eq!(seen("akia 7t:"), Some(Seen { patterns: [0, 1].into(), ..Seen::default() }));
        assert_eq!(seen("client clientsecret 7T:"), Some(Seen { names: true, patterns: [0].into(), ..Seen::default() }));
        assert_eq!(seen("-----BEGIN PRIVATE KEY-----"), Some(Seen { keys: true, ..Seen::default() }));
        assert!(prefilter.hits_within("x".repeat(100_000).as_bytes().chain(&b"AKIA"[..])).is_ok_and(|hits| hits));
    }
}
