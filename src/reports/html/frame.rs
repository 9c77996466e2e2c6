//! Lines of source in a frame: their numbers, what stands there, and the part that matters marked.

use serde::Serialize;

use crate::{
    evidence::{CodeLine, Marked, SourceFact, Trace},
    reports::{
        origin::{Relation, way},
        words,
    },
};

/// Places that a value came through that are shown.
const MOST_STEPS: usize = 20;

/// One place and its lines.
#[derive(Serialize)]
pub(super) struct Frame {
    /// Where it is; none for the place of the finding, which is named above.
    place: Option<String>,
    /// How it is told where the value of the finding comes from.
    lead: &'static str,
    lines: Vec<Line>,
    /// What is marked, in words.
    label: String,
}

/// One line, cut at what is marked.
#[derive(Serialize)]
struct Line {
    number: u32,
    /// Whether lines before it are left out.
    gap: bool,
    before: String,
    marked: String,
    after: String,
}

/// The lines of a fact, then those that its value comes from and goes to, nearest first.
pub(super) fn frames(fact: &SourceFact) -> Vec<Frame> {
    let own = Frame { place: None, lead: "", lines: lines(&fact.code), label: words::label(fact) };
    let step = |(relation, step): (Relation, &Trace)| Frame {
        place: Some(format!("{}:{}", step.path, step.line)),
        lead: match relation {
            Relation::Through => "The value comes through",
            Relation::From => "The value comes from",
            Relation::Used => "The value is used in",
        },
        lines: lines(step.code.as_slice()),
        label: step.what.clone(),
    };
    let has_lines = |own: &Frame| !own.lines.is_empty();
    Some(own).filter(has_lines).into_iter().chain(way(fact).into_iter().take(MOST_STEPS).map(step)).collect()
}

fn lines(code: &[CodeLine]) -> Vec<Line> {
    let mut last: Option<u32> = None;
    let line = |line: &CodeLine| {
        let gap = last.replace(line.line).is_some_and(|last| last.saturating_add(1) < line.line);
        let (start, end) = line.marked.map_or((u32::MAX, u32::MAX), |Marked { start, end }| (start, end.max(start)));
        let place =
            |at: u32| usize::try_from(at).ok().and_then(|at| line.text.char_indices().nth(at)).map_or(line.text.len(), |(at, _)| at);
        let (before, rest) = line.text.split_at(place(start));
        let (marked, after) = rest.split_at(place(end).saturating_sub(before.len()));
        Line { number: line.line, gap, before: before.to_owned(), marked: marked.to_owned(), after: after.to_owned() }
    };
    code.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_is_cut_and_nothing_of_it_lost(text in "\\PC{0,40}", start in 0_u32..60, end in 0_u32..60) {
            let shown = lines(&[CodeLine { line: 1, text: text.clone(), marked: Some(Marked { start, end }) }]);
            let joined: String = shown.iter().flat_map(|line| [line.before.as_str(), &line.marked, &line.after]).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
