//! What stands within texts, comments and what no grammar understood: names with values.

use std::ops::Range;

use super::{
    Expression,
    evaluate::is_scheme,
    places::{Finder, pair_kind},
};
use crate::{
    collect::source::{
        document::{Counts, More, Place},
        drawn,
        embedded::embedded,
        joined::Joined,
        names::segments,
        origins::Value,
        sinks,
    },
    evidence::FactKind,
};

/// Longer comments are prose or data.
const LONGEST_COMMENT: usize = 16 * 1024;
/// How many bytes that no grammar understands are looked at in one file.
const MOST_UNKNOWN: usize = 256 * 1024;
/// How far around an error it is looked, in bytes.
const BESIDE: usize = 200;
/// How many parts of one joined value are looked at.
const MOST_PAIRS: usize = 200;

impl<'a> Finder<'a, '_> {
    /// Assignments that are commented out.
    pub(super) fn comments(&mut self) {
        let text = self.document.text;
        for comment in self.unit.comments.iter().filter(|comment| comment.len() <= LONGEST_COMMENT) {
            let Some(inside) = text.get(comment.clone()) else { continue };
            for pair in embedded(inside, &self.document.watch.assignment) {
                let range = comment.start.saturating_add(pair.range.start)..comment.start.saturating_add(pair.range.end);
                let value = Value::Written(pair.value.to_owned());
                let place = Place::new(FactKind::Assignment, sinks::segment(pair.name), pair.found.entry, range, value);
                self.reading.add(Place { in_comment: true, ..place });
            }
        }
    }

    /// What the grammar did not understand: names with values that look like credentials, which is all that can be told there.
    pub(super) fn errors(&mut self) {
        let (unit, text) = (self.unit, self.document.text);
        let (mut end, mut left) = (0, MOST_UNKNOWN);
        for error in &unit.errors {
            // What stands beside an error is often misunderstood with it.
            let start = text.floor_char_boundary(error.start.saturating_sub(BESIDE)).max(end);
            let range = start..text.floor_char_boundary(error.end.saturating_add(BESIDE)).max(start);
            end = range.end;
            let Some(rest) = left.checked_sub(range.len()) else {
                self.reading.gap = Some("too much of it is no valid syntax; some of that was left out".to_owned());
                return;
            };
            left = rest;
            let mut start = range.start;
            for line in text.get(range).unwrap_or("").split_inclusive('\n') {
                if !self.is_over() {
                    self.unknown_line(line, start);
                }
                start = start.saturating_add(line.len());
            }
        }
    }

    fn unknown_line(&mut self, line: &str, start: usize) {
        let watch = self.document.watch;
        // An arrow between a key and its value is as good as an equals sign.
        let line = &line.replace("=>", "= ");
        for (kind, names) in [(FactKind::Assignment, &watch.assignment), (FactKind::Argument, &watch.argument)] {
            for pair in embedded(line, names) {
                let range = start.saturating_add(pair.range.start)..start.saturating_add(pair.range.end);
                let touches = |other: &Range<usize>| other.start < range.end && range.start < other.end;
                let is_known = self.reading.places.iter().any(|place| touches(&place.range)) || self.unit.comments.iter().any(touches);
                if is_known {
                    continue;
                }
                let kind = if pair_kind(pair.name) == FactKind::Header { FactKind::Header } else { kind };
                let value = Value::Written(pair.value.to_owned());
                let place = Place::new(kind, sinks::segment(pair.name), pair.found.entry, range, value);
                let more = More { is_rough: true, ..More::default() };
                self.reading.add(Place { more, ..place });
            }
        }
    }

    /// Pairs within a text: `"client_secret=…&code=…"`, `"SO-AppToken: …"`.
    pub(super) fn inside_text(&mut self, text: &str, expression: &Expression) {
        if text.len() < drawn::RANDOM_FROM || !text.contains(['=', ':', '<']) {
            return;
        }
        self.whole_pair(text, expression);
        for pair in embedded(text, &self.document.watch.argument).into_iter().filter(|pair| !pair.name.contains('.')) {
            let value = Value::Written(pair.value.to_owned());
            let place = Place::new(pair_kind(pair.name), sinks::segment(pair.name), pair.found.entry, expression.range.clone(), value);
            let more = self.more(None);
            self.reading.add(Place { more, ..place });
        }
    }

    /// A name and all of the rest of a text, where that is a token with blanks in it: `"SuperOffice__SystemUserToken=Contoso Sync-k3Lm9QwZx1"`.
    fn whole_pair(&mut self, text: &str, expression: &Expression) {
        let is_name = |name: &&str| name.chars().all(|character| character.is_ascii_alphanumeric() || "_-:".contains(character));
        let Some((name, value)) = text.split_once('=').filter(|(name, value)| is_name(name) && value.contains(' ')) else { return };
        if let Some(found) = self.document.watch.of_key(name).filter(|_| drawn::ends_drawn(value)) {
            let value = Value::Written(value.to_owned());
            let place = Place::new(FactKind::Argument, sinks::segment(name), found.entry, expression.range.clone(), value);
            let more = self.more(None);
            self.reading.add(Place { more, ..place });
        }
    }

    /// `"Server=" + host + ";Password=…"`: only the whole shows that the password opens a database.
    pub(super) fn joined_connection(&mut self, parts: &'a [Expression]) {
        let mut joined = Joined::default();
        for part in parts {
            joined.add(part.text(), part.range.clone());
        }
        for found in joined.passwords(&self.document.watch.argument) {
            let place = Place::new(
                pair_kind(&found.name),
                sinks::segment(&found.name),
                found.found.entry,
                found.range,
                Value::Written(found.value),
            );
            let more = self.more(None);
            self.reading.add(Place { more, ..place });
        }
    }

    /// `"client_secret=" + value`, `"SO-AppToken: $value"`: the name ends one part, and the next one is the value.
    pub(super) fn joined_pairs(&mut self, parts: &'a [Expression]) {
        for (before, value) in parts.iter().zip(parts.iter().skip(1)).take(MOST_PAIRS) {
            let Some((name, scheme)) = before.text().and_then(name_at_end) else { continue };
            let path: Vec<&str> = segments(name).collect();
            let Some(found) = self.document.watch.argument.matching(&path).filter(|found| found.exact) else { continue };
            let range = before.range.start..value.range.end;
            // How somebody is authenticated says something, whatever the value is.
            let more = self.more(scheme.and_then(|scheme| self.evaluator().scheme(scheme, value)));
            let counts = if more.plain.is_some() { Counts::Always } else { Counts::IfWritten };
            let place = Place::new(pair_kind(name), sinks::segment(name), found.entry, range, self.evaluator().value(value));
            self.reading.add(Place { counts: counts.under(&found), more, ..place });
        }
    }
}

/// The name that a text ends in, before an `=` or `:`; and the scheme that may follow it, as in `Authorization: Basic`.
fn name_at_end(text: &str) -> Option<(&str, Option<&str>)> {
    let text = text.trim_end_matches([' ', '"', '\'']);
    let (text, scheme) = match text.rsplit_once(' ') {
        Some((rest, scheme)) if is_scheme(scheme) => (rest.trim_end(), Some(scheme)),
        _ => (text, None),
    };
    let before = text.strip_suffix(['=', ':'])?.trim_end_matches(['"', '\'', ' ']);
    let is_name = |character: char| character.is_alphanumeric() || "_-".contains(character);
    let start = before.char_indices().rev().take_while(|(_, character)| is_name(*character)).last()?.0;
    Some((before.get(start..)?, scheme))
}
