//! Text of a known form, wherever it stands: tickets, tokens, the keys of other services, passwords in connection strings.

use std::sync::OnceLock;

use regex::{Captures, Regex, RegexBuilder};

use crate::{
    collect::source::{document::Place, origins::Value},
    evidence::{FactKind, LiteralPattern, Origin},
};

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

impl Pattern {
    pub(super) fn new(of: &LiteralPattern) -> Self {
        Self { of: of.clone(), expression: OnceLock::new(), unless: OnceLock::new() }
    }

    /// Every place of it in a text. A pattern that cannot be compiled, which no rule that was loaded has, is nowhere.
    pub(super) fn places(&self, text: &str) -> Vec<Place> {
        let compiled = self.expression.get_or_init(|| compiled(&self.of.pattern).ok());
        let found = compiled.iter().flat_map(|expression| expression.captures_iter(text)).take(MOST);
        found.filter_map(|captures| self.place(&captures)).collect()
    }

    fn place(&self, captures: &Captures<'_>) -> Option<Place> {
        let (whole, name) = (captures.get(0)?, self.of.name.clone());
        let value = captures.name(VALUE).unwrap_or(whole);
        let is_stand_in = self.unless().is_some_and(|unless| unless.is_match(whole.as_str()));
        let written = if is_stand_in { Value::From(Origin::Placeholder) } else { Value::Written(value.as_str().to_owned()) };
        let mut place = Place::new(FactKind::Literal, name, &self.of.name, value.range(), written);
        place.more.plain = (!self.of.secret).then(|| value.as_str().to_owned());
        Some(place)
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

    fn pattern(pattern: &str, secret: bool) -> Pattern {
        Pattern::new(&LiteralPattern {
            name: "a".to_owned(),
            pattern: pattern.to_owned(),
            needs: vec!["a".to_owned()],
            unless: Some("zz".to_owned()),
            secret,
        })
    }

    #[test]
    fn the_group_of_that_name_is_the_value() {
        let places = pattern("pwd=(?<value>[a-z]+)", true).places("x pwd=abc; pwd=de");
        assert_eq!(places.iter().map(|place| place.range.clone()).collect::<Vec<_>>(), [6..9, 15..17]);
        assert!(places.iter().all(|place| place.more.plain.is_none()));
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        let [place] = &pattern("Cust[0-9]+", false).places("in Cust12345")[..] else { panic!("one place") };
        assert_eq!(place.more.plain.as_deref(), Some("Cust12345"));
    }

    #[test]
    fn a_match_that_is_excepted_is_a_stand_in() {
        let [place, other] = &pattern("pwd=[a-z]+", true).places("pwd=zza pwd=abc")[..] else { panic!("two places") };
        assert!(matches!(place.value, Value::From(Origin::Placeholder)));
        assert!(matches!(other.value, Value::Written(_)));
    }

    #[test]
    fn a_file_full_of_them_gives_a_bounded_number() {
        assert_eq!(pattern("a", true).places(&"a".repeat(10_000)).len(), MOST);
    }
}
