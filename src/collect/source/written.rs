//! What stands written in a text whatever its language: keys, and literals of known forms. And of every place, what is around it.

use std::{ops::Range, sync::Arc};

use crate::{
    collect::source::{
        comments::{comments, is_inside},
        decode::Position,
        document::{Document, Place, Reading},
        excerpts::Excerpts,
        hosts,
        inline::Inline,
        key_material,
        literals::Found,
        origins::Value,
        prefilter::Seen,
        surface::surface,
        values,
        watch::Watch,
    },
    evidence::{CodeLine, FactKind, InlineDecision, LiteralPattern, Origin, Surface},
};

/// Adds the keys and literals of a text to what its reader found.
pub(super) fn look(document: &Document<'_>, seen: &Seen, reading: &mut Reading) {
    let mut places = if seen.keys { keys(document) } else { Vec::new() };
    let surface = surface(document.path);
    let mut claims: Vec<Range<usize>> = Vec::new();
    for (number, needed) in &seen.patterns {
        let is_here = |of: &LiteralPattern| of.surfaces.is_empty() || of.surfaces.contains(&surface);
        let Some(pattern) = document.watch.literals.get(*number).filter(|pattern| is_here(&pattern.of)) else { continue };
        for found in pattern.places(document.text, needed) {
            // One token is taken apart once, whichever pattern says so first.
            let is_other =
                !pattern.cuts_claims() || !claims.iter().any(|told| told.start < found.range.end && found.range.start < told.end);
            claims.extend(pattern.cuts_claims().then(|| found.range.clone()));
            places.extend(is_other.then(|| literal_place(&pattern.of, found)));
        }
    }
    if places.is_empty() {
        return;
    }
    let comments = comments(document.path, document.text);
    for mut place in places {
        place.in_comment = is_inside(&comments, place.range.start);
        reading.add(place);
    }
}

/// The place of a text of a known form; where the form is no secret's, with the text.
fn literal_place(of: &LiteralPattern, found: Found<'_>) -> Place {
    let written = if found.is_stand_in { Value::From(Origin::Placeholder) } else { Value::Written(found.value.to_owned()) };
    let mut place = Place::new(FactKind::Literal, of.name.clone(), &of.name, found.range, written);
    place.more.plain = found.believed.map(str::to_owned).or_else(|| (!of.secret).then(|| without_parameters(found.value)));
    place
}

/// A text as it may be shown: what is written as the value of a parameter in the query of an address is masked, whatever the parameter is called.
fn without_parameters(text: &str) -> String {
    let Some((before, query)) = text.split_once('?') else { return text.to_owned() };
    let is_written = |character: char| character.is_alphanumeric() || "_-.~%/:@!*;,".contains(character);
    let shown = query.split('&').map(|pair| {
        let Some((name, value)) = pair.split_once('=') else { return pair.to_owned() };
        let (written, rest) = value.split_at(value.find(|character| !is_written(character)).unwrap_or(value.len()));
        if written.is_empty() { pair.to_owned() } else { format!("{name}={}{rest}", values::masked(written)) }
    });
    format!("{before}?{}", shown.collect::<Vec<_>>().join("&"))
}

fn keys(document: &Document<'_>) -> Vec<Place> {
    let found = key_material::keys(document.text).into_iter();
    found.filter_map(|found| key_place(&found.key, found.range, found.identity, document.watch)).collect()
}

/// The place of a key, if its form is watched.
pub(super) fn key_place(key: &key_material::Key, range: Range<usize>, identity: String, watch: &Watch) -> Option<Place> {
    let name = key.form.name();
    let mut place = Place::new(FactKind::KeyMaterial, key.words(), name, range, Value::From(Origin::Literal));
    place.more.key_bits = key.comparable_bits();
    place.more.identity = Some(identity);
    watch.key_material.contains(name).then_some(place)
}

/// What is around the places of one file.
pub(super) struct Around<'a> {
    inline: Inline,
    excerpts: Excerpts<'a>,
    context: Arc<[String]>,
    surface: Surface,
    text: &'a str,
}

/// What is around one place.
#[derive(Clone, Default)]
pub(super) struct Surroundings {
    pub(super) context: Arc<[String]>,
    pub(super) hosts: Vec<String>,
    pub(super) surface: Surface,
    pub(super) code: Vec<CodeLine>,
    pub(super) allowed: Vec<InlineDecision>,
}

impl<'a> Around<'a> {
    pub(super) fn new(document: &'a Document<'a>, places: &[Place]) -> Self {
        let secrets = places.iter().filter(|place| place.more.plain.is_none()).flat_map(|place| place.value.written());
        let excerpts = Excerpts::new(document.path, document.text, document.watch, secrets);
        Self {
            inline: Inline::of(document),
            excerpts,
            context: context(document).into(),
            surface: surface(document.path),
            text: document.text,
        }
    }

    pub(super) fn of(&self, place: &Place, start: Position, end: Position) -> Surroundings {
        Surroundings {
            context: Arc::clone(&self.context),
            hosts: hosts::named_around(self.text, &place.range),
            surface: self.surface,
            code: self.excerpts.of(place, start.line),
            allowed: self.inline.about(start.line, end.line),
        }
    }
}

/// The words of the rules that a file holds, its path included, in order.
fn context(document: &Document<'_>) -> Vec<String> {
    let words = &document.watch.context;
    let Some(finder) = document.watch.context_finder() else { return Vec::new() };
    let mut seen = vec![false; words.len()];
    for text in [document.path, document.text] {
        for found in finder.find_overlapping_iter(text) {
            seen.get_mut(found.pattern().as_usize()).into_iter().for_each(|seen| *seen = true);
            if seen.iter().all(|seen| *seen) {
                break;
            }
        }
    }
    let mut held: Vec<String> = words.iter().zip(&seen).filter(|(_, seen)| **seen).map(|(word, _)| word.clone()).collect();
    held.sort();
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_a_query_is_masked_whatever_it_is_called() {
        for (text, shown) in [
            ("?api_key=PLnt9xKq31&client_secret={c", "?api_key=(10)&client_secret={c"),
            ("redirect('/a?code=PLnt9xKq31&token=' + token", "redirect('/a?code=(10)&token=' + token"),
            ("grant_type=password", "grant_type=password"),
            ("?$select=name&access_token=${", "?$select=(4)&access_token=${"),
        ] {
            assert_eq!(without_parameters(text), shown, "{text}");
        }
    }
}
