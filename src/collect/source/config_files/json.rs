//! JSON configuration with comments and trailing commas, as ASP.NET Core reads it: `appsettings*.json`.

use jsonc_parser::{
    CollectOptions, CommentCollectionStrategy, ParseOptions,
    ast::{ObjectProp, Value as Node},
    common::Ranged,
    errors::ParseError,
    parse_to_ast,
};

use crate::{
    collect::source::{
        names::segments,
        origins::Value,
        reading::{Document, Place, Reading},
        values,
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
    path: Vec<String>,
    reading: Reading,
}

impl Finder<'_, '_> {
    fn value(&mut self, value: &Node<'_>) {
        match value {
            Node::Object(object) => object.properties.iter().for_each(|property| self.property(property)),
            Node::Array(array) => {
                for (index, element) in array.elements.iter().enumerate() {
                    self.path.push(index.to_string());
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
        self.path.push(property.name.as_str().to_owned());
        match &property.value {
            Node::StringLit(text) => self.text(&text.value, property.range.start, property.range.end),
            other => self.value(other),
        }
        self.path.pop();
    }

    fn text(&mut self, text: &str, start: usize, end: usize) {
        let watch = self.document.watch;
        let mut path: Vec<&str> = self.path.iter().flat_map(|key| segments(key)).collect();
        // `ClientSecrets: ["…"]` is a list of what its key names.
        while path.last().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
            path.pop();
        }
        let Some(found) = watch.config_key.matching(&path) else { return };
        if self.in_comment && !values::looks_real(text, watch) {
            return;
        }
        self.reading.add(Place {
            kind: FactKind::ConfigKey,
            sink: self.path.join(":"),
            watched: found.entry.to_owned(),
            in_comment: self.in_comment,
            range: self.base.saturating_add(start)..self.base.saturating_add(end),
            value: Value::Written(text.to_owned()),
            only_if_written: false,
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
