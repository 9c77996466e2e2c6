//! Text of a known form, wherever it stands: tickets, tokens, the keys of other services, passwords in connection strings.

use std::{ops::Range, sync::OnceLock};

use regex::{Captures, Regex, RegexBuilder};

use crate::evidence::LiteralPattern;

/// A pattern that needs more memory than this is refused, in bytes.
const LARGEST: usize = 2 * 1024 * 1024;
/// More places of one pattern in one file say no more.
const MOST: usize = 200;
/// The part of a match that is the value.
const VALUE: &str = "value";

/// A pattern, compiled when a file first needs it.
pub(super) struct Pattern {
    pub(super) of: LiteralPattern,
    expression: OnceLock<Option<Regex>>,
    unless: OnceLock<Option<Regex>>,
}

/// One place of a pattern in a text.
pub(super) struct Found<'text> {
    /// What the pattern calls the value, or else the whole match.
    pub(super) value: &'text str,
    /// Where the value stands, in bytes.
    pub(super) range: Range<usize>,
    /// Whether it is one of those that the pattern excepts.
    pub(super) is_stand_in: bool,
}

impl Pattern {
    pub(super) fn new(of: &LiteralPattern) -> Self {
        Self { of: of.clone(), expression: OnceLock::new(), unless: OnceLock::new() }
    }

    /// Every place of it in a text. A pattern that cannot be compiled, which no rule that was loaded has, is nowhere.
    pub(super) fn places<'text>(&self, text: &'text str) -> Vec<Found<'text>> {
        let compiled = self.expression.get_or_init(|| compiled(&self.of.pattern).ok());
        let found = compiled.iter().flat_map(|expression| expression.captures_iter(text)).take(MOST);
        found.filter_map(|captures| self.place(&captures)).collect()
    }

    fn place<'text>(&self, captures: &Captures<'text>) -> Option<Found<'text>> {
        let whole = captures.get(0)?;
        let value = captures.name(VALUE).unwrap_or(whole);
        let is_stand_in = self.unless().is_some_and(|unless| unless.is_match(whole.as_str()));
        Some(Found { value: value.as_str(), range: value.range(), is_stand_in })
    }

    fn unless(&self) -> Option<&Regex> {
        self.unless.get_or_init(|| self.of.unless.as_deref().and_then(|pattern| compiled(pattern).ok())).as_ref()
    }
}

fn compiled(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(LARGEST).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(pattern: &str) -> Pattern {
        Pattern::new(&LiteralPattern {
            name: "a".to_owned(),
            pattern: pattern.to_owned(),
            needs: vec!["a".to_owned()],
            unless: Some("zz".to_owned()),
            secret: true,
        })
    }

    #[test]
    fn the_group_of_that_name_is_the_value() {
        let pattern = pattern("pwd=(?<value>[a-z]+)");
        let places = pattern.places("x pwd=abc; pwd=de");
        assert_eq!(places.iter().map(|place| (place.value, place.range.clone())).collect::<Vec<_>>(), [("abc", 6..9), ("de", 15..17)]);
    }

    #[test]
    fn a_match_that_is_excepted_is_a_stand_in() {
        let pattern = pattern("pwd=[a-z]+");
        assert_eq!(pattern.places("pwd=zza pwd=abc").iter().map(|place| place.is_stand_in).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn a_file_full_of_them_gives_a_bounded_number() {
        assert_eq!(pattern("a").places(&"a".repeat(10_000)).len(), MOST);
    }
}
