//! The lines on which something stands, as they may be shown: what is or could be a secret is masked, and the part that matters is marked.

mod masks;

use std::ops::Range;

use self::masks::{Mask, Secrets, Within, is_program};
use crate::{
    collect::source::{document::Place, readers::any_reader, watch::Watch},
    evidence::{CodeLine, FactKind, Marked},
    wording::is_deceptive,
};

/// How far before and after a place its line is shown, in bytes; beyond, the line is cut at the place itself.
const REACH: usize = 1_000;
/// No more of a place is shown, in bytes.
const LONGEST_PLACE: usize = 2_000;
/// No more of a line is kept, in characters, and so many before what is marked.
const LONGEST_LINE: usize = 240;
const BEFORE_MARK: usize = 80;
/// Lines of one place that are shown: the first and what is marked come before others.
const MOST_LINES: usize = 5;
/// What a tab is shown as.
const TAB: &str = "    ";

/// A text, and what is secret in it.
pub(super) struct Excerpts<'a> {
    text: &'a str,
    watch: &'a Watch,
    secrets: Secrets,
    is_program: bool,
}

/// A piece of a text that is cut out, and the part of it that matters.
struct Cut {
    range: Range<usize>,
    mark: Range<usize>,
    /// The number of its first line.
    line: u32,
}

impl<'a> Excerpts<'a> {
    pub(super) fn new(path: &str, text: &'a str, watch: &'a Watch, secrets: impl Iterator<Item = String>) -> Self {
        Self { text, watch, secrets: Secrets::new(secrets, watch), is_program: is_program(any_reader(path).language) }
    }

    /// The lines of a place whose first has that number.
    pub(super) fn of(&self, place: &Place, line: u32) -> Vec<CodeLine> {
        let end = self.text.floor_char_boundary(place.range.end.min(place.range.start.saturating_add(LONGEST_PLACE)));
        let body = self.text.get(place.range.start..end).unwrap_or("");
        let is_secret = place.kind == FactKind::KeyMaterial || (place.kind == FactKind::Literal && place.more.plain.is_none());
        let mark = if is_secret || matches!(place.kind, FactKind::Call | FactKind::Log) {
            0..body.len()
        } else {
            let written = place.value.written();
            value_in(body, written.iter().chain(&place.more.plain).map(String::as_str))
        };
        let mark = place.range.start + mark.start..place.range.start + mark.end;
        let cut = Cut { range: self.around(place.range.start..end), mark, line };
        // A key is masked whole, however it is written.
        let whole = (place.kind == FactKind::KeyMaterial).then(|| {
            let length = self.text.get(place.range.clone()).map_or(0, |key| key.chars().count());
            (place.range.start..end, format!("({length})"))
        });
        let known = format!("{} {}", place.sink, place.more.plain.as_deref().unwrap_or(""));
        self.shown(&cut, &known, whole)
    }

    /// One line, whose number and beginning are known, for what it says of a value.
    pub(super) fn line(&self, line: u32, start: usize, known: &str, value: Option<&str>) -> Option<CodeLine> {
        let rest = self.text.get(start..)?;
        let reach = rest.floor_char_boundary(REACH);
        let body = rest.get(..reach)?.split(['\n', '\r']).next()?;
        let mark = value_in(body, value.into_iter());
        let cut = Cut { range: start..start + body.len(), mark: start + mark.start..start + mark.end, line };
        self.shown(&cut, known, None).into_iter().next()
    }

    /// A place with the rest of its lines, or without where they are long.
    fn around(&self, place: Range<usize>) -> Range<usize> {
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let bytes = self.text.as_bytes();
        let before = bytes.get(place.start.saturating_sub(REACH)..place.start).unwrap_or_default();
        let start = match before.iter().rposition(is_end) {
            Some(end) => place.start - before.len() + end + 1,
            None if before.len() == place.start => 0,
            None => place.start,
        };
        let after = bytes.get(place.end..place.end.saturating_add(REACH).min(bytes.len())).unwrap_or_default();
        let end = match after.iter().position(is_end) {
            Some(length) => place.end + length,
            None if place.end + after.len() == bytes.len() => bytes.len(),
            None => place.end,
        };
        start..end
    }

    fn shown(&self, cut: &Cut, known: &str, whole: Option<Mask>) -> Vec<CodeLine> {
        let Some(text) = self.text.get(cut.range.clone()) else { return Vec::new() };
        let within = Within { secrets: &self.secrets, known, watch: self.watch, is_program: self.is_program };
        let mut masks: Vec<Mask> = within
            .masks(text)
            .into_iter()
            .map(|(range, shown)| (cut.range.start + range.start..cut.range.start + range.end, shown))
            .collect();
        if let Some((range, shown)) = whole {
            masks.retain(|(masked, _)| masked.end <= range.start || masked.start >= range.end);
            masks.push((range, shown));
            masks.sort_by_key(|(range, _)| range.start);
        }
        let mut lines = Lines::new(cut.line);
        let mut at = cut.range.start;
        for (range, shown) in masks {
            lines.source(self.text.get(at..range.start).unwrap_or(""), at, &cut.mark);
            lines.masked(self.text.get(range.clone()).unwrap_or(""), &shown, overlaps(&range, &cut.mark));
            at = range.end;
        }
        lines.source(self.text.get(at..cut.range.end).unwrap_or(""), at, &cut.mark);
        let is_cut = |at: usize| !matches!(self.text.as_bytes().get(at), None | Some(b'\n' | b'\r'));
        lines.finished(cut.range.start.checked_sub(1).is_some_and(is_cut), is_cut(cut.range.end))
    }
}

fn overlaps(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// Where in a place its value stands: the text itself if it can be found, otherwise what follows the first mark of equality, otherwise all of it.
fn value_in<'v>(body: &str, written: impl Iterator<Item = &'v str>) -> Range<usize> {
    for value in written.filter(|value| !value.is_empty() && value.len() < LONGEST_PLACE) {
        if let Some(at) = body.rfind(value) {
            return at..at + value.len();
        }
    }
    let opens = |character: char| " \t=>:\"'`".contains(character);
    let from = body.find(['=', ':']).map_or(0, |at| body.len() - body.get(at..).unwrap_or("").trim_start_matches(opens).len());
    let value =
        body.get(from..).unwrap_or("").trim_end_matches(|character: char| character.is_whitespace() || ";,\"'`/>".contains(character));
    if value.trim().is_empty() { 0..body.len() } else { from..from + value.len() }
}

/// Lines being put together.
struct Lines {
    done: Vec<CodeLine>,
    line: u32,
    text: String,
    /// Characters of the text so far.
    length: u32,
    marked: Option<Marked>,
}

impl Lines {
    fn new(line: u32) -> Self {
        Self { done: Vec::new(), line, text: String::new(), length: 0, marked: None }
    }

    /// Text that is shown as it is, from an offset on.
    fn source(&mut self, text: &str, from: usize, mark: &Range<usize>) {
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            match character {
                '\r' if characters.peek().is_some_and(|(_, next)| *next == '\n') => {}
                '\n' | '\r' => self.next_line(1),
                '\t' => self.push(TAB, mark.contains(&(from + at))),
                other if is_deceptive(other) => self.push(&other.escape_default().to_string(), mark.contains(&(from + at))),
                other => self.push(other.encode_utf8(&mut [0; 4]), mark.contains(&(from + at))),
            }
        }
    }

    /// Text in whose place something else is shown.
    fn masked(&mut self, text: &str, shown: &str, is_marked: bool) {
        let shown: String = shown.chars().map(|character| if is_deceptive(character) { '·' } else { character }).collect();
        self.push(&shown, is_marked);
        let ends = text.bytes().filter(|byte| *byte == b'\n').count().max(text.bytes().filter(|byte| *byte == b'\r').count());
        if ends > 0 {
            self.next_line(u32::try_from(ends).unwrap_or(u32::MAX));
        }
    }

    fn push(&mut self, text: &str, is_marked: bool) {
        let start = self.length;
        self.text.push_str(text);
        self.length = start.saturating_add(u32::try_from(text.chars().count()).unwrap_or(u32::MAX));
        if is_marked {
            self.marked = Some(Marked { start: self.marked.map_or(start, |marked| marked.start), end: self.length });
        }
    }

    fn next_line(&mut self, further: u32) {
        let (text, marked) = (std::mem::take(&mut self.text), self.marked.take());
        self.length = 0;
        self.done.push(CodeLine { line: self.line, text, marked });
        self.line = self.line.saturating_add(further);
    }

    /// The lines, without the blanks before all of them, and no more of each and in all than is shown.
    fn finished(mut self, is_cut_before: bool, is_cut_after: bool) -> Vec<CodeLine> {
        self.next_line(0);
        let is_blank = |line: &CodeLine| line.text.trim().is_empty();
        let blanks = |line: &CodeLine| line.text.chars().take_while(|character| *character == ' ').count();
        let common = self.done.iter().filter(|line| !is_blank(line)).map(blanks).min().unwrap_or(0);
        let last = self.done.len().saturating_sub(1);
        let lines = self.done.into_iter().enumerate().filter(|(_, line)| !is_blank(line));
        let lines = lines.map(|(index, line)| {
            let line = without_blanks(&line, if is_cut_before { 0 } else { common });
            cut_to_size(&line, is_cut_before && index == 0, is_cut_after && index == last)
        });
        few(lines.collect())
    }
}

fn without_blanks(line: &CodeLine, blanks: usize) -> CodeLine {
    let fewer = u32::try_from(blanks).unwrap_or(0);
    let marked = line.marked.map(|Marked { start, end }| Marked { start: start.saturating_sub(fewer), end: end.saturating_sub(fewer) });
    CodeLine { text: line.text.chars().skip(blanks).collect::<String>().trim_end().to_owned(), marked, line: line.line }
}

/// No more than is kept of a line, with a sign where it is cut.
fn cut_to_size(line: &CodeLine, is_cut_before: bool, is_cut_after: bool) -> CodeLine {
    let length = line.text.chars().count();
    let begins = line.marked.and_then(|marked| usize::try_from(marked.start).ok()).unwrap_or(0);
    let from = if length <= LONGEST_LINE { 0 } else { begins.saturating_sub(BEFORE_MARK).min(length - LONGEST_LINE) };
    let (before, after) = (is_cut_before || from > 0, is_cut_after || length > from + LONGEST_LINE);
    let kept = line.text.chars().skip(from).take(LONGEST_LINE);
    let text: String = before.then_some('…').into_iter().chain(kept).chain(after.then_some('…')).collect();
    let most = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let moved = |at: u32| at.saturating_sub(u32::try_from(from).unwrap_or(0)).saturating_add(u32::from(before)).min(most);
    let marked = line.marked.map(|marked| Marked { start: moved(marked.start), end: moved(marked.end) });
    CodeLine { line: line.line, text, marked: marked.filter(|marked| marked.start < marked.end) }
}

/// Not all lines of a long place, and where several are marked, the mark on the first.
fn few(mut lines: Vec<CodeLine>) -> Vec<CodeLine> {
    let first = lines.iter().position(|line| line.marked.is_some());
    lines.iter_mut().enumerate().filter(|(index, _)| Some(*index) != first).for_each(|(_, line)| line.marked = None);
    if lines.len() > MOST_LINES {
        let mut index = 0;
        lines.retain(|line| {
            index += 1;
            index < MOST_LINES || line.marked.is_some()
        });
    }
    lines
}

#[cfg(test)]
mod tests;
