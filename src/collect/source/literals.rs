//! Text of a known form, wherever it stands: tickets, tokens, the keys of other services, passwords in connection strings.

mod claims;

use std::{ops::Range, sync::OnceLock};

use regex::bytes::{Captures, Regex, RegexBuilder};

use crate::evidence::LiteralPattern;

/// A pattern that needs more memory than this is refused, in bytes.
const LARGEST: usize = 2 * 1024 * 1024;
/// What a pattern may remember of the texts that a thread shows it, in bytes; there are a hundred patterns, and most see few texts.
const MOST_REMEMBERED: usize = 256 * 1024;
/// More places of one pattern in one file say no more.
const MOST: usize = 200;
/// How far from what a pattern needs it may begin and end, in bytes.
const NEAR: usize = 2_000;
/// The part of a match that is the value.
const VALUE: &str = "value";
/// The part of a match that cuts the claims out of a token.
const CLAIMS: &str = "claims";

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
    /// What is done with the claims of a token that it cuts out.
    pub(super) believed: Option<&'static str>,
}

impl Pattern {
    pub(super) fn new(of: &LiteralPattern) -> Self {
        Self { of: of.clone(), expression: OnceLock::new(), unless: OnceLock::new() }
    }

    /// Every place of it in a text, on the lines where what it needs stands. A pattern that cannot be compiled, which no rule that was loaded has, is
    /// nowhere.
    pub(super) fn places<'text>(&self, text: &'text str, needed: &[usize]) -> Vec<Found<'text>> {
        let Some(expression) = self.expression.get_or_init(|| compiled(&self.of.pattern).ok()) else { return Vec::new() };
        let lines = around(text, needed, self.goes_over_lines()).into_iter();
        let found = lines.flat_map(|line| {
            let part = text.get(line.clone()).unwrap_or("");
            expression.captures_iter(part.as_bytes()).filter_map(move |captures| self.place(&captures, part, line.start))
        });
        let with_claims = |found: Found<'text>| Found { believed: self.believed(text, &found.range), ..found };
        found.take(MOST).map(with_claims).collect()
    }

    /// Whether it finds where the claims of a token are cut out.
    pub(super) fn cuts_claims(&self) -> bool {
        self.of.pattern.contains("(?<claims>")
    }

    fn believed(&self, text: &str, place: &Range<usize>) -> Option<&'static str> {
        self.cuts_claims().then(|| claims::believed(text, place)).flatten()
    }

    /// Whether a match may go over several lines: the pattern speaks of where lines end.
    fn goes_over_lines(&self) -> bool {
        self.of.pattern.contains("\\n")
    }

    fn place<'text>(&self, captures: &Captures<'_>, part: &'text str, offset: usize) -> Option<Found<'text>> {
        let whole = captures.get(0)?;
        let value = captures.name(VALUE).or_else(|| captures.name(CLAIMS)).unwrap_or(whole);
        let is_stand_in = self.unless().is_some_and(|unless| unless.is_match(whole.as_bytes()));
        // A bounded repetition may end within a letter that takes several bytes.
        let (start, end) = (part.floor_char_boundary(value.start()), part.ceil_char_boundary(value.end()));
        Some(Found {
            value: part.get(start..end)?,
            range: start.saturating_add(offset)..end.saturating_add(offset),
            is_stand_in,
            believed: None,
        })
    }

    fn unless(&self) -> Option<&Regex> {
        self.unless.get_or_init(|| self.of.unless.as_deref().and_then(|pattern| compiled(pattern).ok())).as_ref()
    }
}

/// The lines of some offsets, and where it is asked for those around them, as far as they are near; each once and in order.
fn around(text: &str, needed: &[usize], with_more: bool) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut parts: Vec<Range<usize>> = Vec::new();
    for at in needed {
        let before = bytes.get(at.saturating_sub(NEAR)..*at).unwrap_or(&[]);
        let after = bytes.get(*at..at.saturating_add(NEAR).min(bytes.len())).unwrap_or(&[]);
        let start = at.saturating_sub(before.iter().rev().position(|byte| *byte == b'\n' && !with_more).unwrap_or(before.len()));
        let end = at.saturating_add(after.iter().position(|byte| *byte == b'\n' && !with_more).unwrap_or(after.len()));
        let start = (start..=*at).find(|start| text.is_char_boundary(*start)).unwrap_or(*at);
        let end = (*at..=end).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(*at);
        match parts.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => parts.push(start..end),
        }
    }
    parts
}

/// A pattern of ASCII alone means ASCII by `\w`, `\s`, `\b` and by letters of either case: with all that Unicode has of them, it takes many times the
/// memory. One that names a class of Unicode keeps it.
fn compiled(pattern: &str) -> Result<Regex, regex::Error> {
    let of = |unicode: bool| RegexBuilder::new(pattern).unicode(unicode).size_limit(LARGEST).dfa_size_limit(MOST_REMEMBERED).build();
    if pattern.is_ascii() { of(false).or_else(|_| of(true)) } else { of(true) }
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
            surfaces: Vec::new(),
        })
    }

    #[test]
    fn the_group_of_that_name_is_the_value() {
        let pattern = pattern("pwd=(?<value>[a-z]+)");
        let places = pattern.places("x pwd=abc; pwd=de", &[2]);
        assert_eq!(places.iter().map(|place| (place.value, place.range.clone())).collect::<Vec<_>>(), [("abc", 6..9), ("de", 15..17)]);
    }

    #[test]
    fn a_match_that_is_excepted_is_a_stand_in() {
        let pattern = pattern("pwd=[a-z]+");
        assert_eq!(pattern.places("pwd=zza pwd=abc", &[0]).iter().map(|place| place.is_stand_in).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn letters_of_several_bytes_stay_whole() {
        let found = |of: &str, text: &str| pattern(of).places(text, &[0]).iter().map(|place| place.value.to_owned()).collect::<Vec<_>>();
        assert_eq!(found("pwd=(?<value>[^;]{2})", "pwd=aåøb;"), ["aå"]);
        assert_eq!(found("pwd=(?<value>[^;]+)", "pwd=blåbær; x"), ["blåbær"]);
        assert_eq!(found("(?i)PÅ=(?<value>[^;]+)", "på=x"), ["x"]);
        assert_eq!(found(r"pwd=(?<value>\p{Lu}+)", "pwd=ÅÆ"), ["ÅÆ"]);
    }

    #[test]
    fn a_file_full_of_them_gives_a_bounded_number() {
        assert_eq!(pattern("a").places(&"a".repeat(10_000), &[0, 3_000, 6_000]).len(), MOST);
    }
}
