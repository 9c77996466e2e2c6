//! JSON configuration with comments and trailing commas, as ASP.NET Core reads it: `appsettings*.json`.

use std::{ops::Range, sync::atomic::Ordering};

use jsonc_parser::{
    CollectOptions, CommentCollectionStrategy, ParseOptions,
    ast::{ObjectProp, Value as Node},
    common::Ranged,
    errors::ParseError,
    parse_to_ast,
};

use crate::{
    collect::source::{
        document::{Counts, Document, More, Place, Reading},
        embedded::embedded,
        names::{Match, segments},
        origins::Value,
        sinks, values,
    },
    evidence::FactKind,
};

/// Deeper nesting is no configuration, and would cost stack.
const DEEPEST: usize = 256;

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    let is_json = std::path::Path::new(name).extension().is_some_and(|extension| extension == "json");
    is_json && (name.starts_with("appsettings") || ["secrets.json", "launchsettings.json", "local.settings.json"].contains(&name))
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    if nesting(document.text) > DEEPEST {
        return Reading { gap: Some(format!("JSON nested more than {DEEPEST} deep")), ..Reading::default() };
    }
    match places(document) {
        Ok(reading) => reading,
        // The message may quote the text, which may be a secret.
        Err(problem) => {
            let line = document.lines.line(problem.range().start);
            Reading { gap: Some(format!("not understood as JSON from line {line} on")), ..Reading::default() }
        }
    }
}

/// The deepest the brackets go, those in strings and comments included: at least the depth of the tree.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn places(document: &Document<'_>) -> Result<Reading, ParseError> {
    let collect = CollectOptions { comments: CommentCollectionStrategy::Separate, tokens: false };
    let parsed = parse_to_ast(document.text, &collect, &ParseOptions::default())?;
    let mut found = Finder { document, base: 0, in_comment: false, path: Vec::new(), reading: Reading::default() };
    if let Some(root) = &parsed.value {
        found.value(root);
    }
    // The map files every comment under two keys.
    let mut comments: Vec<(usize, &str)> = Vec::new();
    for comment in parsed.comments.iter().flat_map(|map| map.values()).flat_map(|group| group.iter()) {
        comments.push((comment.range().start + 2, comment.text()));
    }
    comments.sort_unstable();
    comments.dedup();
    for (start, text) in comments {
        found.commented_out(start, text);
    }
    Ok(found.reading)
}

struct Finder<'a, 'd> {
    document: &'a Document<'d>,
    /// Where the parsed text begins in the document.
    base: usize,
    in_comment: bool,
    path: Vec<Key>,
    reading: Reading,
}

/// One step of a path.
struct Key {
    /// The end of it, which is what matters to a rule.
    matched: String,
    shown: String,
}

impl Key {
    fn new(name: &str) -> Self {
        Self { matched: sinks::tail(name).to_owned(), shown: sinks::segment(name) }
    }
}

impl Finder<'_, '_> {
    fn value(&mut self, value: &Node<'_>) {
        if self.document.stop.load(Ordering::Relaxed) || self.reading.is_full() {
            return;
        }
        match value {
            Node::Object(object) => object.properties.iter().for_each(|property| self.property(property)),
            Node::Array(array) => {
                for (index, element) in array.elements.iter().enumerate() {
                    self.path.push(Key::new(&index.to_string()));
                    if let Node::StringLit(text) = element {
                        self.text(&text.value, element.range().start, element.range().end);
                    }
                    self.value(element);
                    self.path.pop();
                }
            }
            _ => {}
        }
    }

    fn property(&mut self, property: &ObjectProp<'_>) {
        self.path.push(Key::new(property.name.as_str()));
        match &property.value {
            Node::StringLit(text) => self.text(&text.value, property.range.start, property.range.end),
            other => self.value(other),
        }
        self.path.pop();
    }

    fn text(&mut self, text: &str, start: usize, end: usize) {
        let watch = self.document.watch;
        let mut path: Vec<&str> = self.path.iter().flat_map(|key| segments(&key.matched)).collect();
        // `ClientSecrets: ["…"]` is a list of what its key names.
        while path.last().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
            path.pop();
        }
        let range = self.base.saturating_add(start)..self.base.saturating_add(end);
        let Some(found) = watch.config_key.matching(&path) else {
            for pair in embedded(text, &watch.config_key) {
                self.found(format!("{}:{}", self.sink(), sinks::segment(pair.name)), pair.found, pair.value, range.clone());
            }
            return;
        };
        if !self.in_comment || values::looks_real(text, watch) {
            self.found(self.sink(), found, text, range);
        }
    }

    fn sink(&self) -> String {
        self.path.iter().map(|key| key.shown.as_str()).collect::<Vec<_>>().join(":")
    }

    fn found(&mut self, sink: String, found: Match<'_>, value: &str, range: Range<usize>) {
        self.reading.add(Place {
            kind: FactKind::ConfigKey,
            sink,
            watched: found.entry.to_owned(),
            in_comment: self.in_comment,
            range,
            value: Value::Written(value.to_owned()),
            counts: Counts::Always.under(&found),
            more: More::default(),
        });
    }

    /// A comment that reads as properties once it stands in braces.
    fn commented_out(&mut self, start: usize, text: &str) {
        let braced = format!("{{{}}}", text.trim_end().trim_end_matches(['{', '[', '}', ']', ',']));
        let Ok(parsed) = parse_to_ast(&braced, &CollectOptions::default(), &ParseOptions::default()) else { return };
        self.in_comment = true;
        self.base = start.saturating_sub(1);
        if let Some(root) = &parsed.value {
            self.value(root);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{
        collect::source::facts_in,
        evidence::{Origin, SourceFact, Vocabulary},
    };

    const SECRET: &str = "09d5a1b2c3d4e5f60718293a4b5c6dc1";

    fn facts(text: &str) -> Vec<SourceFact> {
        let config_key = vec!["ClientSecret".to_owned(), "SuperOffice:PrivateKey".to_owned()];
        facts_in(
            "appsettings.Production.json",
            &text.replace("SECRET", SECRET).replace(&format!("_{SECRET}"), "_SECRET"),
            &Vocabulary { config_key, ..Vocabulary::default() },
        )
    }

    #[test]
    fn a_key_matches_however_its_path_is_written() {
        for (text, sink) in [
            (r#"{"ClientSecret": "SECRET"}"#, "ClientSecret"),
            (r#"{"SuperOffice": {"ClientSecret": "SECRET"}}"#, "SuperOffice:ClientSecret"),
            (r#"{"SuperOffice:clientSecret": "SECRET"}"#, "SuperOffice:clientSecret"),
            (
                r#"{"profiles": {"web": {"environmentVariables": {"SuperOffice__ClientSecret": "SECRET"}}}}"#,
                "profiles:web:environmentVariables:SuperOffice__ClientSecret",
            ),
            (r#"{"Apps": [{"ClientSecret": "SECRET"}]}"#, "Apps:0:ClientSecret"),
            (r#"{"ClientSecret": ["SECRET"]}"#, "ClientSecret:0"),
            (r#"{"SuperOffice": {"PrivateKey": "SECRET"}}"#, "SuperOffice:PrivateKey"),
            ("{ // the app\n 'ClientSecret': /* now */ \"SECRET\", }", "ClientSecret"),
        ] {
            let found = facts(text);
            let [fact] = found.as_slice() else { panic!("{text}: {found:?}") };
            assert_eq!((fact.sink.as_str(), fact.origin, fact.masked.as_deref()), (sink, Origin::Literal, Some("09d…c1(32)")), "{text}");
        }
    }

    #[test]
    fn stand_ins_are_placeholders_and_other_keys_are_nothing() {
        for stand_in in ["", "YOUR_CLIENT_SECRET", "#{ClientSecret}#", "ADD", "..."] {
            let found = facts(&format!(r#"{{"ClientSecret": "{stand_in}"}}"#));
            assert_eq!(found.iter().map(|fact| fact.origin).collect::<Vec<_>>(), [Origin::Placeholder], "{stand_in}");
        }
        for harmless in [
            r#"{"ClientSecretName": "SECRET"}"#,
            r#"{"ClientSecret": 5, "PrivateKey": "SECRET"}"#,
            r#"{"x": "ClientSecret"}"#,
            r#"{"ClientSecret": {"Name": "SECRET"}}"#,
            "{ // \"ClientSecret\": \"YOUR_SECRET_HERE\"\n }",
        ] {
            assert_eq!(facts(harmless), [], "{harmless}");
        }
    }

    #[test]
    fn a_real_value_that_is_commented_out_is_found_where_it_stands() {
        for text in ["{\n  // \"ClientSecret\": \"SECRET\",\n \"a\": 1 }", "{\n  /* \"ClientSecret\": \"SECRET\" */ }"] {
            let found = facts(text);
            let [fact] = found.as_slice() else { panic!("{text}: {found:?}") };
            assert_eq!((fact.in_comment, fact.line, fact.column, fact.end_column), (true, 2, 6, 56), "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_before_it_costs_stack() {
        let text = format!(r#"{}"ClientSecret": "SECRET""#, r#"{"a":"#.repeat(1_000_000));
        assert_eq!(facts(&text), []);
        assert_eq!(facts(&"[".repeat(1_000_000)), []);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[\\[\\]{}:,\"'/*a-zClientSecret0-9 \\n\\\\]{0,120}") {
            facts(&text);
        }
    }
}
