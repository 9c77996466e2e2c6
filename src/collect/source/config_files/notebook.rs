//! Jupyter notebooks: cells of Python within JSON, and what they printed.

use std::{borrow::Cow, ops::Range};

use super::{
    json::{self, Token, Tokens},
    keys::Keys,
};
use crate::collect::source::{
    decode::Lines,
    document::{Document, Reading},
    languages::python,
    origins::{Step, Value},
};

/// Values within values are looked through so deep for the lines they name.
const DEEPEST: usize = 200;

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|extension| extension == "ipynb")
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    let code = code(document.text);
    let mut reading = if is_python(document.text) { program(document, &code) } else { Reading::default() };
    // The rest is JSON: what was printed, texts, the commands that are no Python.
    let rest = without(document.text, &code.lines);
    let others = Document {
        text: &rest,
        path: document.path,
        lines: Lines::new(document.text),
        parts: &[],
        mentions: None,
        watch: document.watch,
        stop: document.stop,
    };
    let mut keys = Keys::new(&others, ":");
    if let Some(problem) = json::members(&mut keys, 0..rest.len()) {
        let line = document.lines.line(problem);
        reading.gap.get_or_insert(format!("not understood as JSON from line {line} on"));
    }
    reading.gap = reading.gap.take().or(keys.reading.gap);
    for place in keys.reading.places {
        reading.add(place);
    }
    reading
}

/// Whether the cells are Python, as they are unless the notebook says otherwise.
fn is_python(text: &str) -> bool {
    let language = ["\"language\":", "\"language\" :"].iter().find_map(|key| text.split_once(key)).map(|(_, after)| after.trim_start());
    language.is_none_or(|language| language.to_ascii_lowercase().starts_with("\"python"))
}

/// The lines of all cells as one program.
#[derive(Default)]
struct Code {
    text: String,
    /// Where stretches of the program stand in the notebook: both begin there, and go on byte by byte.
    map: Vec<(usize, usize)>,
    /// The lines that are part of the program, between their quotes.
    lines: Vec<Range<usize>>,
}

impl Code {
    /// Takes in a line or a whole cell as it stands between its quotes.
    fn add(&mut self, text: &str, inside: Range<usize>) {
        let written = text.get(inside.clone()).unwrap_or("");
        let is_command = json::unescaped(written).trim_start().starts_with(['%', '!']);
        if is_command {
            return;
        }
        let mut at = inside.start;
        for (character, length) in json::pieces(written) {
            self.write(character, at);
            at = at.saturating_add(length);
        }
        self.lines.push(inside);
    }

    fn write(&mut self, character: char, at: usize) {
        let expected = self.map.last().map(|(here, there)| there + (self.text.len() - here));
        if expected != Some(at) {
            self.map.push((self.text.len(), at));
        }
        self.text.push(character);
    }

    /// Where something of the program stands in the notebook.
    fn place(&self, offset: usize) -> usize {
        let run = self.map.partition_point(|(here, _)| *here <= offset).checked_sub(1).and_then(|run| self.map.get(run));
        run.map_or(0, |(here, there)| there.saturating_add(offset.saturating_sub(*here)))
    }
}

/// The code of a notebook: what `source` holds in the cells that are code.
fn code(text: &str) -> Code {
    let mut code = Code::default();
    let mut key = "";
    let mut is_code = false;
    let mut pending: Vec<Range<usize>> = Vec::new();
    let mut depth = 0_usize;
    let mut source_depth = None;
    let mut tokens = Tokens::new(text, 0..text.len()).peekable();
    while let Some((token, range)) = tokens.next() {
        match token {
            Token::Text(inside) => {
                let is_key = source_depth.is_none() && matches!(tokens.peek(), Some((Token::Mark(b':'), _)));
                let written = text.get(inside.clone()).unwrap_or("");
                if is_key {
                    key = written;
                } else if key == "cell_type" {
                    is_code = written == "code";
                } else if key == "source" {
                    pending.push(inside);
                }
            }
            Token::Mark(b'[' | b'{') => {
                if key == "source" && text.as_bytes().get(range.start) == Some(&b'[') && source_depth.is_none() {
                    source_depth = Some(depth);
                }
                depth = depth.saturating_add(1);
            }
            Token::Mark(b']' | b'}') => {
                depth = depth.saturating_sub(1);
                if source_depth == Some(depth) {
                    source_depth = None;
                    key = "";
                }
                // A cell ends: its kind may stand after its lines.
                if text.as_bytes().get(range.start) == Some(&b'}') && !pending.is_empty() && source_depth.is_none() {
                    take_cell(&mut code, text, std::mem::take(&mut pending), is_code);
                }
            }
            _ => {}
        }
    }
    take_cell(&mut code, text, pending, is_code);
    code
}

fn take_cell(code: &mut Code, text: &str, lines: Vec<Range<usize>>, is_code: bool) {
    if !is_code || lines.is_empty() {
        return;
    }
    // `%%bash` makes the whole cell a program of another language.
    let first = lines.first().and_then(|line| text.get(line.clone())).unwrap_or("");
    if first.trim_start().starts_with("%%") && !first.contains("%%time") {
        return;
    }
    let end = lines.last().map_or(0, |line| line.end);
    for line in lines {
        code.add(text, line);
    }
    if !code.text.ends_with('\n') {
        code.write('\n', end);
    }
}

/// The notebook with the lines of its program blank.
fn without<'t>(text: &'t str, lines: &[Range<usize>]) -> Cow<'t, str> {
    let mut bytes = text.as_bytes().to_vec();
    for line in lines {
        if let Some(line) = bytes.get_mut(line.clone()) {
            line.fill(b' ');
        }
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Reads the program, and puts what it shows where it stands in the notebook.
fn program(document: &Document<'_>, code: &Code) -> Reading {
    let lines = Lines::new(&code.text);
    let copy =
        Document { text: &code.text, path: document.path, lines, parts: &[], mentions: None, watch: document.watch, stop: document.stop };
    let mut reading = python::read(&copy);
    let starts: Vec<usize> =
        std::iter::once(0).chain(code.text.match_indices('\n').map(|(offset, _)| offset + 1)).map(|start| code.place(start)).collect();
    let moved = |step: &mut Step| {
        let index = usize::try_from(step.line).unwrap_or(0).saturating_sub(1);
        step.line = starts.get(index).map_or(step.line, |start| document.lines.line(*start));
    };
    for place in &mut reading.places {
        let last = place.range.end.saturating_sub(1).max(place.range.start);
        let end = if place.range.is_empty() { code.place(last) } else { code.place(last).saturating_add(1) };
        let end = document.text.ceil_char_boundary(end);
        place.range = code.place(place.range.start)..end;
        move_steps(&mut place.value, &moved, DEEPEST);
    }
    for definition in &mut reading.definitions {
        moved(&mut definition.step);
        move_steps(&mut definition.value, &moved, DEEPEST);
    }
    reading
}

fn move_steps(value: &mut Value, moved: &dyn Fn(&mut Step), depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::Via(inner, step) => {
            moved(step);
            move_steps(inner, moved, depth);
        }
        Value::AnyOf(parts) | Value::Joined(parts) => parts.iter_mut().for_each(|part| move_steps(part, moved, depth)),
        Value::Written(_) | Value::From(_) | Value::Named(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::Watched;
    use crate::evidence::{FactKind, Origin, SourceFact};

    fn facts(text: &str) -> Vec<SourceFact> {
        let watched = Watched {
            assignment: &["client_secret"],
            argument: &["SO-AppToken"],
            config_key: &["client_secret", "SO-AppToken"],
            ..Watched::default()
        };
        watched.facts("demo.ipynb", text)
    }

    fn notebook(source: &str, outputs: &str) -> String {
        let cell = format!(
            "  {{\n   \"cell_type\": \"code\",\n   \"metadata\": {{}},\n   \"outputs\": [{outputs}],\n   \"source\": {source}\n  }}\n"
        );
        format!("{{\n \"cells\": [\n{cell} ],\n \"metadata\": {{\"kernelspec\": {{\"language\": \"python\"}}}}\n}}")
    }

    #[test]
    fn code_is_found_where_it_stands_in_the_file() {
        let text = notebook(
            "[\n    \"import os\\n\",\n    \"é = 1\\n\",\n    \"client_secret = \\\"§\\\"\\n\",\n    \"x = os.environ[\\\"A\\\"]\"\n   ]",
            "",
        );
        let found = facts(&text);
        let [fact] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((fact.kind, fact.origin, fact.masked.as_deref()), (FactKind::Assignment, Origin::Literal, Some("09d…c1(32)")));
        assert_eq!((fact.line, fact.column, fact.end_line, fact.end_column), (10, 6, 10, 57));
        let found = facts(&notebook("\"a = 1\\nclient_secret = '§'\\n\"", ""));
        assert_eq!(found.iter().map(|fact| (fact.line, fact.column)).collect::<Vec<_>>(), [(7, 22)]);
    }

    #[test]
    fn a_constant_of_another_cell_is_followed_to_its_line() {
        let text = notebook("[\"SECRET = '§'\\n\",\n \"headers = {'SO-AppToken': SECRET}\\n\"]", "");
        let found = facts(&text);
        let [fact] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((fact.kind, fact.origin, fact.line), (FactKind::Header, Origin::Constant, 8));
        assert_eq!(fact.trace.iter().map(|step| step.line).collect::<Vec<_>>(), [7]);
    }

    #[test]
    fn what_was_printed_and_commands_are_read_too() {
        let found = facts(&notebook("[\"print(client_secret)\\n\"]", "{\"text\": [\"client_secret=§\\n\"]}"));
        assert_eq!(found.iter().map(|fact| (fact.kind, fact.line)).collect::<Vec<_>>(), [(FactKind::ConfigKey, 6)]);
        let found = facts(&notebook("[\"!curl -H 'SO-AppToken: §' https://a\\n\"]", ""));
        assert_eq!(found.len(), 1);
        assert_eq!(
            facts(&notebook("[\"client_secret = os.environ['A']\\n\"]", "")).iter().filter(|fact| fact.origin == Origin::Literal).count(),
            0
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[\\[\\]{}:,\"\\\\nclient_secret='0-9é]{0,120}") {
            for fact in facts(&notebook(&format!("[\"{text}\"]"), &text)) {
                prop_assert!((fact.line, fact.column) <= (fact.end_line, fact.end_column));
            }
        }
    }
}
