//! Requests to be sent from an editor: `.http`, `.rest`.

use std::ops::Range;

use super::{json, keys::Keys};
use crate::collect::source::document::{Document, Reading};

const METHODS: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"];

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    [".http", ".rest", ".hurl"].iter().any(|ending| name.ends_with(ending))
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    let mut keys = Keys::new(document, ".");
    let mut request = Request { keys: &mut keys, part: Part::Start };
    let mut at = 0;
    while let Some(rest) = document.text.get(at..).filter(|rest| !rest.is_empty()) {
        if request.keys.is_over() {
            break;
        }
        let length = rest.find('\n').map_or(rest.len(), |length| length + 1);
        at += request.line(at, rest.get(..length).unwrap_or("")).max(length);
    }
    keys.reading
}

/// Which part of a request comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Start,
    Headers,
    Body,
}

struct Request<'k, 'a, 'd> {
    keys: &'k mut Keys<'a, 'd>,
    part: Part,
}

impl Request<'_, '_, '_> {
    /// Reads the line that begins at an offset. Gives back how much was read.
    fn line(&mut self, at: usize, line: &str) -> usize {
        let bare = line.trim();
        let start = at + (line.len() - line.trim_start().len());
        if bare.starts_with("###") {
            self.part = Part::Start;
        } else if bare.starts_with('#') || bare.starts_with("//") {
            self.comment(start, bare);
        } else if bare.is_empty() {
            self.part = if self.part == Part::Headers { Part::Body } else { self.part };
        } else if let Some(variable) = bare.strip_prefix('@') {
            self.named(start, variable, start + 1, '=');
        } else {
            match self.part {
                Part::Start => self.request_line(start, bare),
                Part::Headers if bare.starts_with(['?', '&']) => self.pairs(start, bare.get(1..).unwrap_or(""), start + 1),
                Part::Headers => self.named(start, bare, start, ':'),
                Part::Body => return self.body(start).saturating_sub(at),
            }
        }
        line.len()
    }

    fn comment(&mut self, start: usize, line: &str) {
        let inside = line.trim_start_matches(['#', '/', ' ', '\t']);
        let from = start + (line.len() - inside.len());
        self.keys.in_comment = true;
        match inside.strip_prefix('@') {
            Some(variable) => self.named(from, variable, from + 1, '='),
            None => self.named(from, inside, from, ':'),
        }
        self.keys.in_comment = false;
    }

    /// A name, a sign and a value.
    fn named(&mut self, start: usize, text: &str, from: usize, sign: char) {
        if let Some((name, value)) = text.split_once(sign).filter(|(name, _)| !name.trim().contains(' ')) {
            self.keys.pair(name.trim(), value.trim().trim_matches('"'), start..from + text.trim_end().len());
        }
    }

    fn request_line(&mut self, start: usize, line: &str) {
        let starts_request = METHODS.iter().any(|method| line.split(' ').next() == Some(method)) || line.starts_with("http");
        if !starts_request {
            // Settings of the file, as some editors have them.
            return self.named(start, line, start, '=');
        }
        self.part = Part::Headers;
        if let Some(mark) = line.find('?') {
            let query = line.get(mark + 1..).unwrap_or("").split(' ').next().unwrap_or("");
            self.pairs(start + mark + 1, query, start + mark + 1);
        }
    }

    /// `name=value&name=value`, each at its own place.
    fn pairs(&mut self, _start: usize, text: &str, from: usize) {
        let mut at = from;
        for pair in text.split('&') {
            if let Some((name, value)) = pair.trim_end().split_once('=') {
                self.keys.pair(name.trim(), value.trim(), at..at + pair.trim_end().len());
            }
            at += pair.len() + 1;
        }
    }

    /// A body is JSON or a form; whatever it is, it ends with the request. Gives back where.
    fn body(&mut self, start: usize) -> usize {
        let text = self.keys.document.text;
        let rest = text.get(start..).unwrap_or("");
        let length = rest.find("\n###").map_or(rest.len(), |length| length + 1);
        let range = start..start + length;
        if rest.starts_with(['{', '[']) {
            json::members(self.keys, range.clone());
        } else {
            self.form(range.clone());
        }
        self.part = Part::Start;
        range.end
    }

    fn form(&mut self, range: Range<usize>) {
        let mut at = range.start;
        for line in self.keys.document.text.get(range).unwrap_or("").split_inclusive('\n') {
            let bare = line.trim_start().trim_start_matches('&');
            self.pairs(at, bare.trim_end(), at + (line.len() - bare.len()));
            if bare.trim_start().starts_with('<') || bare.contains(": ") {
                self.named(at, bare, at, ':');
            }
            at += line.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::Watched;
    use crate::evidence::{FactKind, Origin, SourceFact};

    fn facts(text: &str) -> Vec<SourceFact> {
        let watched =
            Watched { config_key: &["ClientSecret", "AppToken"], argument: &["SO-AppToken", "Authorization"], ..Watched::default() };
        watched.facts("api/calls.http", text)
    }

    #[test]
    fn every_part_of_a_request_is_found_where_it_stands() {
        for (text, kind, sink, place) in [
            ("@host = a\r\n@clientSecret = §\r\n", FactKind::ConfigKey, "clientSecret", (2, 1, 49)),
            ("GET https://a/b HTTP/1.1\nSO-AppToken: §\nAccept: x", FactKind::Header, "SO-AppToken", (2, 1, 46)),
            ("GET https://a/b\nAuthorization: Basic §", FactKind::Header, "Authorization", (2, 1, 54)),
            ("GET https://a/b?c=d&client_secret=§ HTTP/1.1", FactKind::ConfigKey, "client_secret", (1, 21, 67)),
            ("GET https://a/b\n  ?c=d\n  &client_secret=§", FactKind::ConfigKey, "client_secret", (3, 4, 50)),
            ("POST https://a/b\nA: b\n\na=b&client_secret=§&c=d\n", FactKind::ConfigKey, "client_secret", (4, 5, 51)),
            ("POST https://a/b\n\na=b\n&client_secret=§\n", FactKind::ConfigKey, "client_secret", (4, 2, 48)),
            (
                "POST https://a/b\nA: b\n\n{\n \"client_secret\": \"§\"\n}\n\n### next\nGET https://c",
                FactKind::ConfigKey,
                "client_secret",
                (5, 2, 53),
            ),
        ] {
            let found = facts(text);
            let [fact] = found.as_slice() else { panic!("{text}: {found:?}") };
            assert_eq!((fact.kind, fact.sink.as_str(), fact.origin), (kind, sink, Origin::Literal), "{text}");
            assert_eq!((fact.line, fact.column, fact.end_column), place, "{text}");
        }
    }

    #[test]
    fn variables_are_no_literals_and_comments_are_comments() {
        for (text, origin) in [
            ("GET https://a\nSO-AppToken: {{appToken}}", Origin::Placeholder),
            ("GET https://a?client_secret={{secret}}", Origin::Placeholder),
            ("@clientSecret = {{$processEnv CLIENT_SECRET}}", Origin::Placeholder),
            ("@clientSecret = YOUR_SECRET", Origin::Placeholder),
        ] {
            assert_eq!(facts(text).iter().map(|fact| fact.origin).collect::<Vec<_>>(), [origin], "{text}");
        }
        let found = facts("# @clientSecret = §\n# SO-AppToken: §\n### SO-AppToken: §\nGET https://a\n");
        assert_eq!(found.iter().map(|fact| (fact.in_comment, fact.line)).collect::<Vec<_>>(), [(true, 1), (true, 2)]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[GET @client_secret=&?:#{}\"/\r\né0-9]{0,160}") {
            for fact in facts(&text) {
                prop_assert!((fact.line, fact.column) <= (fact.end_line, fact.end_column));
            }
        }
    }
}
