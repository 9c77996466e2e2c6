//! One pass over a file's bytes that drops the nine in ten files that cannot hold a fact, before anything is decoded into a tree.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};

/// The literals of which a file must hold at least one.
pub(super) struct Prefilter {
    /// Absent when there is nothing to look for.
    automaton: Option<AhoCorasick>,
}

impl Prefilter {
    pub(super) fn new<'a>(literals: impl Iterator<Item = &'a str>) -> Self {
        let literals: Vec<&str> = literals.filter(|literal| !literal.is_empty()).collect();
        let automaton =
            if literals.is_empty() { None } else { AhoCorasickBuilder::new().ascii_case_insensitive(true).build(&literals).ok() };
        Self { automaton }
    }

    pub(super) fn hits(&self, bytes: impl AsRef<[u8]>) -> bool {
        self.automaton.as_ref().is_some_and(|automaton| automaton.is_match(bytes.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_hide_a_name() {
        let prefilter = Prefilter::new(["applicationtoken"].into_iter());
        assert!(prefilter.hits("x.ApplicationToken = y"));
        assert!(!prefilter.hits("x.Application_Token = y"));
    }

    #[test]
    fn an_empty_vocabulary_drops_every_file() {
        assert!(!Prefilter::new(std::iter::empty()).hits("anything"));
    }
}
