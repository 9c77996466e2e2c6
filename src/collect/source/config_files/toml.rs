//! TOML: `config.toml`, `pyproject.toml`, `wrangler.toml`, `secrets.toml`.

use std::borrow::Cow;

use toml_parser::{
    Source,
    parser::{Event, EventKind, RecursionGuard, parse_document},
};

use super::{keys::Keys, properties};
use crate::collect::source::document::{Document, Reading};

/// Deeper nesting is no configuration, and would cost stack.
const DEEPEST: u32 = 200;
/// A larger file is none that people write, and its tokens would take many times its memory.
const LARGEST: usize = 1024 * 1024;

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    name == "pipfile" || std::path::Path::new(name).extension().is_some_and(|extension| extension == "toml")
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    if document.text.len() > LARGEST {
        let gap = format!("larger than {} MiB, which is too large to be understood as TOML", LARGEST / 1024 / 1024);
        return Reading { gap: Some(gap), ..Reading::default() };
    }
    let source = Source::new(document.text);
    let (mut events, mut problems): (Vec<Event>, Vec<_>) = (Vec::new(), Vec::new());
    let tokens = source.lex().into_vec();
    let mut keep = |event| events.push(event);
    parse_document(&tokens, &mut RecursionGuard::new(&mut keep, DEEPEST), &mut problems);
    let mut finder = Finder { keys: Keys::new(document, "."), source, table: 0, parts: Vec::new(), given: None, open: Vec::new() };
    for event in &events {
        if finder.keys.is_over() {
            break;
        }
        finder.event(event);
    }
    let mut reading = finder.keys.reading;
    if let Some(span) = problems.first().and_then(|problem| problem.unexpected().or(problem.context())) {
        let line = document.lines.line(span.start());
        reading.gap.get_or_insert(format!("not understood as TOML in line {line}; read around it"));
    }
    reading
}

struct Finder<'a, 'd> {
    keys: Keys<'a, 'd>,
    source: Source<'d>,
    /// How many keys the header of the present table entered.
    table: usize,
    /// The keys of the header or assignment at hand, and where each begins.
    parts: Vec<(Cow<'d, str>, usize)>,
    /// A key whose value is next.
    given: Option<Given>,
    open: Vec<Open>,
}

/// How many keys an assignment entered, and where it begins.
#[derive(Clone, Copy)]
struct Given {
    entered: usize,
    start: usize,
}

/// A list or inline table whose end has not come.
struct Open {
    entered: usize,
    /// Where a list is; absent for a table.
    index: Option<usize>,
}

impl Finder<'_, '_> {
    fn event(&mut self, event: &Event) {
        match event.kind() {
            EventKind::StdTableOpen | EventKind::ArrayTableOpen => self.header(),
            EventKind::StdTableClose | EventKind::ArrayTableClose => self.table = self.enter().entered,
            EventKind::SimpleKey => self.key(event),
            EventKind::KeyValSep => self.given = Some(self.enter()),
            EventKind::Scalar => self.scalar(event),
            EventKind::ArrayOpen => self.opens(event, Some(0)),
            EventKind::InlineTableOpen => self.opens(event, None),
            EventKind::ArrayClose | EventKind::InlineTableClose => self.closes(),
            EventKind::Comment => properties::lines(&mut self.keys, event.span().start()..event.span().end(), false),
            _ => {}
        }
    }

    fn leave(&mut self, count: usize) {
        (0..count).for_each(|_| self.keys.leave());
    }

    /// A header ends whatever an error left open.
    fn header(&mut self) {
        let entered = self.open.drain(..).map(|open| open.entered).sum::<usize>() + self.given.take().map_or(0, |given| given.entered);
        self.leave(entered.saturating_add(self.table));
        self.table = 0;
        self.parts.clear();
    }

    fn key(&mut self, event: &Event) {
        let mut name = Cow::Borrowed("");
        if let Some(raw) = self.source.get(event.span()) {
            toml_parser::Raw::new_unchecked(raw.as_str(), event.encoding(), event.span()).decode_key(&mut name, &mut ());
        }
        self.parts.push((name, event.span().start()));
    }

    /// Goes into the keys that were read.
    fn enter(&mut self) -> Given {
        let parts = std::mem::take(&mut self.parts);
        for (name, _) in &parts {
            self.keys.enter(name);
        }
        Given { entered: parts.len(), start: parts.first().map_or(0, |(_, start)| *start) }
    }

    /// The key that a value belongs to; an item of a list goes by its number.
    fn take_key(&mut self, start: usize) -> Given {
        if let Some(given) = self.given.take() {
            return given;
        }
        match self.open.last_mut().and_then(|open| open.index.as_mut()) {
            Some(index) => {
                let name = index.to_string();
                *index = index.saturating_add(1);
                self.keys.enter(&name);
                Given { entered: 1, start }
            }
            None => Given { entered: 0, start },
        }
    }

    fn opens(&mut self, event: &Event, index: Option<usize>) {
        let Given { entered, .. } = self.take_key(event.span().start());
        self.open.push(Open { entered, index });
    }

    fn closes(&mut self) {
        if let Some(open) = self.open.pop() {
            self.leave(open.entered);
        }
    }

    fn scalar(&mut self, event: &Event) {
        let given = self.take_key(event.span().start());
        let mut text = Cow::Borrowed("");
        if let Some(raw) = self.source.get(event.span()) {
            let raw = toml_parser::Raw::new_unchecked(raw.as_str(), event.encoding(), event.span());
            let _kind = raw.decode_scalar(&mut text, &mut ());
        }
        let end = event.span().end();
        self.keys.value(&text, given.start.min(end)..end);
        self.leave(given.entered);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{Watched, assert_secret};
    use crate::evidence::{FactKind, Origin, SourceFact};

    fn facts(text: &str) -> Vec<SourceFact> {
        let watched = Watched { config_key: &["AppToken", "ClientSecret"], setting: &["cookie.secure"], ..Watched::default() };
        watched.facts("config.toml", text)
    }

    #[test]
    fn every_way_to_write_a_key_is_found_where_it_stands() {
        for (text, sink, place) in [
            ("[superoffice]\r\napp_token = \"§\"\r\n", "superoffice.app_token", (2, 1, 47)),
            ("superoffice.\"client-secret\" = '§'", "superoffice.client-secret", (1, 1, 65)),
            ("a = { b = 1, client_secret = \"§\" }", "a.client_secret", (1, 14, 64)),
            ("[[apps]]\nname = 1\n[apps.x]\nclient_secret = \"\"\"\n§\"\"\"", "apps.x.client_secret", (4, 1, 36)),
            ("client_secret = [\"§\"]", "client_secret.0", (1, 18, 52)),
            ("env = [\"CLIENT_SECRET=§\"]", "env.0.CLIENT_SECRET", (1, 8, 56)),
            ("a = b = c\n[d]\nclient_secret = \"§\"", "d.client_secret", (3, 1, 51)),
            ("a = [1,\n[d]\nb = 1\nclient_secret = \"§\"", "", (0, 0, 0)),
        ] {
            let found = facts(text);
            if sink.is_empty() {
                assert!(found.len() <= 1);
                continue;
            }
            assert_secret(&found, text, sink, place);
        }
    }

    #[test]
    fn comments_switches_and_stand_ins_are_told_apart() {
        let found = facts("# client_secret = \"§\"\napp_token = \"${APP_TOKEN}\"\n[cookie]\nsecure = false");
        let seen: Vec<_> = found.iter().map(|fact| (fact.kind, fact.in_comment, fact.origin, fact.value.as_deref())).collect();
        let expected = [
            (FactKind::ConfigKey, true, Origin::Literal, None),
            (FactKind::ConfigKey, false, Origin::Placeholder, None),
            (FactKind::Setting, false, Origin::Literal, Some("false")),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn hostile_files_cost_little() {
        let started = std::time::Instant::now();
        for text in ["[", "a=[", "a={b=", "[[a]]\n", "a.b=1\n", "\"", "#\n"] {
            facts(&format!("{}\nclient_secret = \"§\"", text.repeat(100_000)));
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(30), "{:?}", started.elapsed());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[client_secret=\\[\\]{}.,\"'# \r\né0-9]{0,160}") {
            for fact in facts(&text) {
                prop_assert!((fact.line, fact.column) <= (fact.end_line, fact.end_column));
            }
        }
    }
}
