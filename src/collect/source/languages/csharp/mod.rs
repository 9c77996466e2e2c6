//! C#.

mod asked;
mod expressions;
mod joined;
mod mended;
mod picked;
mod places;
mod program;
mod scopes;
#[cfg(test)]
mod tests;
mod text;
mod tree;

use std::{ops::Range, sync::atomic::Ordering, time::Duration};

use tree_sitter::Tree;

use crate::{
    collect::source::{
        decode::Lines,
        document::{Counts, Document, More, Place, Reading},
        embedded::embedded,
        glance,
        languages::{
            csharp::{
                places::Finder,
                scopes::Scopes,
                tree::{Outline, Walk},
            },
            debug_builds, parsing,
        },
        origins::Value,
        program::evaluate::has_scheme,
        sinks,
    },
    evidence::FactKind,
};

/// `global using X = N.Y;` holds in every file of the project.
pub(in crate::collect::source) const SHARED: &[&str] = &["global using"];

/// More members with a value are data, and would cost memory.
const MOST_DEFINITIONS: usize = 20_000;
/// How long one commented-out or unparsable stretch may be parsed.
const PIECE_LIMIT: Duration = Duration::from_secs(1);
/// Longer stretches of comment are prose or data.
const LONGEST_PIECE: usize = 16 * 1024;
/// How many such stretches of one file are read.
const MOST_PIECES: usize = 500;

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|extension| extension == "cs" || extension == "csx")
}

/// A stretch of source that was parsed on its own: the whole file, a comment, a line that the grammar did not understand.
struct Piece<'t> {
    text: &'t str,
    /// Where it begins in the file.
    base: usize,
    in_comment: bool,
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    let mut reading = read_text(document);
    debug_builds::guard(document.text, &mut reading);
    reading
}

fn read_text(document: &Document<'_>) -> Reading {
    let mut reading = Reading::default();
    if document.weight() > parsing::LARGEST {
        read_pieces(document, &Outline::unknown(document.text), &Scopes::default(), &mut reading);
        let size = parsing::LARGEST / 1024 / 1024;
        reading.gap = Some(format!("larger than {size} MiB, which is too large to be understood as C#; only read line by line"));
        return reading;
    }
    let _alone = parsing::alone(document);
    let language = tree_sitter_c_sharp::LANGUAGE.into();
    let Some(tree) = parsing::parse_all_lines(document, &language) else {
        reading.gap = Some(format!("the C# parser did not end within {} s", parsing::LIMIT.as_secs()));
        return reading;
    };
    let Some(mended) = mended::mended(document, &tree) else { return read_tree(document, &tree, reading) };
    drop(tree);
    let own = Document { text: &mended.text, lines: Lines::new(document.text), ..*document };
    reading = read_tree(&own, &mended.tree, reading);
    // What was closed behind the end stands nowhere.
    for place in &mut reading.places {
        place.range.end = place.range.end.min(document.text.len());
    }
    let left_out = Outline { comments: Vec::new(), errors: mended.left_out };
    read_pieces(document, &left_out, &Scopes::default(), &mut reading);
    reading
}

fn read_tree(document: &Document<'_>, tree: &Tree, mut reading: Reading) -> Reading {
    let walk = Walk::of(tree.root_node());
    let outline = Outline::of(&walk);
    let piece = Piece { text: document.text, base: 0, in_comment: false };
    let scopes = Scopes::of(&walk, document.text);
    let mut finder = Finder::new(document, &piece, &scopes, &mut reading);
    finder.places(&walk);
    finder.definitions();
    if scopes.is_worn_out() {
        reading.gap = Some("more names than can be followed".to_owned());
    } else if scopes.is_chain_cut() {
        reading.gap = Some("a chain of names that is too long to be followed".to_owned());
    }
    reading.aliases = scopes.global_aliases().collect();
    read_pieces(document, &outline, &scopes, &mut reading);
    read_prose(document, &outline, &mut reading);
    let (places, gap) = if is_program(document, &reading) { program::places(document, tree.root_node()) } else { (Vec::new(), None) };
    for place in places {
        if program::is_of_programs(&place) {
            reading.add(place);
        } else if let Some(own) = reading.places.iter_mut().find(|own| is_same(own, &place)) {
            own.more.plain = own.more.plain.take().or(place.more.plain);
        } else if place.kind == FactKind::Header {
            // A header that is one text with its value: `"Authorization: Basic " + value`.
            reading.add(place);
        }
    }
    reading.gap = reading.gap.or(gap).or_else(|| not_understood(document, &outline));
    reading
}

/// Whether there may be more in a file than what it sets and passes: a switch, a call, a log, or what else is passed beside an argument.
fn is_program(document: &Document<'_>, reading: &Reading) -> bool {
    reading.places.iter().any(|place| place.kind == FactKind::Argument)
        || glance::tells_of_programs(document.watch, document.text)
        || has_scheme(document.text)
}

/// Whether two ways to read a file came upon the same argument. Of what is assigned a call tells more, as `new AuthenticationHeaderValue("Basic", …)` does.
fn is_same(one: &Place, other: &Place) -> bool {
    one.kind == FactKind::Argument && one.watched == other.watched && one.range.start < other.range.end && other.range.start < one.range.end
}

/// Why what was found may not be all: most of the file is no C# that the grammar knows, or a watched name stands on a line too long to be read alone.
fn not_understood(document: &Document<'_>, outline: &Outline) -> Option<String> {
    let text = document.text;
    let stretches = stretches(text, outline);
    let length: usize = outline.errors.iter().map(Range::len).sum();
    let is_watched = |range: Range<usize>| text.get(range).is_some_and(|part| glance::tells(document.watch, part));
    let is_mostly = length.saturating_mul(2) > text.len() && is_watched(0..text.len());
    let is_long = |range: &Range<usize>| range.len() > LONGEST_PIECE && is_watched(range.clone());
    let has_long = stretches.into_iter().flat_map(|stretch| lines(text, stretch)).any(|line| is_long(&line));
    (is_mostly || has_long).then(|| "not understood as C# where a watched name stands; only read line by line".to_owned())
}

/// The lines that the grammar did not understand, each once.
fn stretches(text: &str, outline: &Outline) -> Vec<Range<usize>> {
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for error in &outline.errors {
        let read_to = stretches.last().map_or(0, |last| last.end);
        if error.end > read_to {
            let whole = whole_lines(text, error);
            stretches.push(whole.start.max(read_to)..whole.end);
        }
    }
    stretches
}

/// Reads comments as text, for what no line of them shows by itself: a statement over several lines, or one within a sentence.
fn read_prose(document: &Document<'_>, outline: &Outline, reading: &mut Reading) {
    let text = document.text;
    for comment in joined(text, &outline.comments).into_iter().filter(|comment| comment.len() <= LONGEST_PIECE) {
        let bare: String = lines(text, comment.clone()).map(|line| without_marks(text.get(line).unwrap_or(""))).collect();
        for pair in embedded(&bare, &document.watch.assignment) {
            let at = |offset: usize| comment.start.saturating_add(offset);
            let range = at(pair.range.start)..at(pair.range.end);
            let is_known = |place: &Place| place.range.start < range.end && range.start < place.range.end;
            if !reading.places.iter().any(is_known) {
                reading.add(Place {
                    kind: FactKind::Assignment,
                    sink: sinks::segment(pair.name),
                    watched: pair.found.entry.to_owned(),
                    in_comment: true,
                    range,
                    value: Value::Written(pair.value.to_owned()),
                    counts: Counts::Always,
                    more: More::default(),
                });
            }
        }
    }
}

/// Comments with only blanks between them as one, as a statement that is commented out line by line is.
fn joined(text: &str, comments: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for comment in comments {
        match joined.last_mut() {
            Some(last) if text.get(last.end..comment.start).is_some_and(|between| between.trim().is_empty()) => last.end = comment.end,
            _ => joined.push(comment.clone()),
        }
    }
    joined
}

/// Reads what the tree of the file does not show: assignments that are commented out, and lines inside stretches the grammar did not understand.
///
/// Line by line, because the prose around a commented-out line would spoil its tree.
fn read_pieces(document: &Document<'_>, outline: &Outline, scopes: &Scopes<'_>, reading: &mut Reading) {
    let text = document.text;
    let language = tree_sitter_c_sharp::LANGUAGE.into();
    let comments = outline.comments.iter().flat_map(|comment| lines(text, comment.clone())).map(|line| (line, true));
    let errors = stretches(text, outline).into_iter().flat_map(|stretch| lines(text, stretch)).map(|line| (line, false));
    let worth_it = |range: &Range<usize>| {
        range.len() <= LONGEST_PIECE && text.get(range.clone()).is_some_and(|line| glance::tells(document.watch, line))
    };
    for (count, (range, in_comment)) in comments.chain(errors).filter(|(range, _)| worth_it(range)).enumerate() {
        if document.stop.load(Ordering::Relaxed) || reading.is_full() {
            break;
        }
        if count >= MOST_PIECES {
            reading.gap =
                Some(format!("more than {MOST_PIECES} lines of comments or unknown syntax hold a watched name; the rest was left out"));
            break;
        }
        let line = text.get(range.clone()).unwrap_or("");
        let bare = if in_comment { without_marks(line) } else { line.to_owned() };
        let Some(tree) = parsing::parse_piece(document, &bare, &language, PIECE_LIMIT) else { continue };
        let piece = Piece { text: &bare, base: range.start, in_comment };
        let walk = Walk::of(tree.root_node());
        let own = Scopes::of(&walk, &bare).within(scopes);
        Finder::new(document, &piece, &own, reading).places(&walk);
    }
}

/// A stretch, extended to whole lines.
fn whole_lines(text: &str, range: &Range<usize>) -> Range<usize> {
    let start = text.get(..range.start).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let end = text.get(range.end..).and_then(|after| after.find('\n')).map_or(text.len(), |length| range.end + length);
    start..end
}

/// The lines of a stretch.
fn lines(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = range.start;
    text.get(range).unwrap_or("").split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        start..at
    })
}

/// A line of a comment with spaces where its marks are, so that offsets stay.
fn without_marks(line: &str) -> String {
    let inside = line.trim_end().strip_suffix("*/").unwrap_or(line);
    let text = inside.trim_start().trim_start_matches(['/', '*']);
    format!("{:before$}{text}{:after$}", "", "", before = inside.len() - text.len(), after = line.len() - inside.len())
}
