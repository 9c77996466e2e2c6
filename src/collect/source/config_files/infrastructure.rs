//! Infrastructure as code: Terraform and other HCL, Bicep. What is assigned, in which blocks; expressions are not evaluated.

use std::ops::Range;

use super::keys::Keys;
use crate::{
    collect::source::{
        document::{Document, Reading},
        origins::Value,
    },
    evidence::Origin,
};

/// What names the value of a block of its own: `name = "SO_APP_TOKEN"` above `value = …`.
const LABELS: [&str; 2] = ["name", "key"];
/// Words before the name of what Bicep declares.
const DECLARING: [&str; 4] = ["param", "var", "output", "variable"];
/// Names of what a secret store gives.
const STORES: [&str; 6] = ["key_vault", "secretsmanager", "getsecret", "vault_", "ssm_parameter", "secret_manager"];
/// More words before a value are no name.
const MOST_WORDS: usize = 16;
/// So many texts over several lines may be without end.
const MOST_UNENDED: usize = 10;
/// Deeper blocks are left out.
const DEEPEST: usize = 10_000;

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    [".tf", ".tfvars", ".hcl", ".bicep", ".bicepparam", ".nomad"].iter().any(|ending| name.ends_with(ending))
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    let mut keys = Keys::new(document, ".");
    keys.is_of_named_parts = true;
    let mut comments = Vec::new();
    Finder { keys: &mut keys, words: Vec::new(), given: None, open: Vec::new() }.read(0..document.text.len(), &mut comments);
    for comment in comments {
        keys.in_comment = true;
        Finder { keys: &mut keys, words: Vec::new(), given: None, open: Vec::new() }.read(comment, &mut Vec::new());
        keys.in_comment = false;
    }
    keys.reading
}

enum Token {
    /// Text in quotes; the range is that of what stands between them.
    Text(Range<usize>),
    /// Names, numbers, and the calls and members that follow them.
    Word,
    Mark(u8),
    LineEnd,
    Comment(Range<usize>),
}

struct Tokens<'t> {
    text: &'t str,
    at: usize,
    end: usize,
    /// How many more texts over several lines are looked for; each that never ends costs a pass over the file.
    heredocs: usize,
}

impl<'t> Tokens<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..self.end).unwrap_or("")
    }

    /// Past a closing mark, and where what it closes ends; without one, to the end of the line.
    fn until(&mut self, skipped: usize, mark: &str) -> Range<usize> {
        let start = self.at + skipped;
        let inside = self.text.get(start..self.end).unwrap_or("");
        let length = inside.find(mark);
        let line = inside.find('\n').unwrap_or(inside.len());
        self.at = length.map_or(start + line, |length| start + length + mark.len());
        start..start + length.unwrap_or(line)
    }

    /// Text in quotes on one line; what `${…}` holds may have quotes of its own.
    fn quoted(&mut self, quote: u8) -> Range<usize> {
        let start = self.at + 1;
        let (mut depth, mut escaped) = (0_usize, false);
        let bytes = self.text.as_bytes().get(start..self.end).unwrap_or(&[]);
        for (offset, byte) in bytes.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'{' if offset > 0 && bytes.get(offset - 1) == Some(&b'$') => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                b'\n' => break,
                _ if *byte == quote && depth == 0 => {
                    self.at = start + offset + 1;
                    return start..start + offset;
                }
                _ => {}
            }
        }
        let line = self.rest().find('\n').unwrap_or(self.rest().len()).max(1);
        self.at += line;
        start.min(self.at)..self.at
    }

    /// `<<EOT`, `<<-EOT`: up to the line that repeats the word.
    fn heredoc(&mut self) -> Option<Range<usize>> {
        self.heredocs = self.heredocs.checked_sub(1)?;
        let rest = self.rest().strip_prefix("<<")?;
        let (first, body) = rest.split_once('\n')?;
        let word = first.trim().trim_start_matches('-').trim_matches('"');
        let start = self.end - body.len();
        let mut at = start;
        for line in body.split_inclusive('\n') {
            if line.trim() == word {
                self.at = at + line.len();
                self.heredocs += 1;
                return Some(start..at);
            }
            at += line.len();
        }
        None
    }
}

impl Iterator for Tokens<'_> {
    type Item = (Token, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\u{feff}']).len();
        let (start, rest) = (self.at, self.rest());
        let first = *rest.as_bytes().first()?;
        let token = match first {
            b'\n' => {
                self.at += 1;
                Token::LineEnd
            }
            b'#' => Token::Comment(self.until(1, "\n")),
            b'/' if rest.starts_with("//") => Token::Comment(self.until(2, "\n")),
            b'/' if rest.starts_with("/*") => Token::Comment(self.until(2, "*/")),
            b'\'' if rest.starts_with("'''") => Token::Text(self.until(3, "'''")),
            b'"' | b'\'' => Token::Text(self.quoted(first)),
            b'<' if rest.starts_with("<<") => {
                if let Some(inside) = self.heredoc() {
                    Token::Text(inside)
                } else {
                    self.at += 2;
                    Token::Mark(first)
                }
            }
            b'{' | b'}' | b'[' | b']' | b'=' | b':' | b',' => {
                self.at += 1;
                Token::Mark(first)
            }
            _ => {
                let ends = |character: char| character.is_whitespace() || "{}[]=:,\"'#".contains(character);
                self.at += rest.find(ends).unwrap_or(rest.len()).max(rest.chars().next().map_or(1, char::len_utf8));
                Token::Word
            }
        };
        Some((token, start..self.at))
    }
}

/// A block or list whose end has not come.
struct Open {
    entered: usize,
    label: Option<(String, Range<usize>)>,
    value: Option<(String, Value, Range<usize>)>,
}

struct Finder<'k, 'a, 'd> {
    keys: &'k mut Keys<'a, 'd>,
    /// What stands before a sign or a bracket: the name of a block with its labels, or a key.
    words: Vec<(String, usize)>,
    /// A key whose value is next.
    given: Option<(String, usize)>,
    open: Vec<Open>,
}

impl Finder<'_, '_, '_> {
    fn read(mut self, range: Range<usize>, comments: &mut Vec<Range<usize>>) {
        let text = self.keys.document.text;
        for (token, range) in (Tokens { text, at: range.start, end: range.end, heredocs: MOST_UNENDED }) {
            if self.keys.is_over() {
                break;
            }
            match token {
                Token::Text(inside) => self.text(text.get(inside).unwrap_or(""), range),
                Token::Word => self.word(text.get(range.clone()).unwrap_or(""), range),
                Token::Mark(b'=' | b':') => self.sign(),
                Token::Mark(b'{' | b'[') => self.opens(),
                Token::Mark(b'}' | b']') => self.closes(),
                Token::Mark(_) | Token::LineEnd => {
                    self.words.clear();
                    self.given = None;
                }
                Token::Comment(inside) => comments.push(inside),
            }
        }
        while !self.open.is_empty() {
            self.closes();
        }
    }

    fn sign(&mut self) {
        // `param name type = value`
        let is_declared = self.words.first().is_some_and(|(first, _)| DECLARING.contains(&first.as_str()));
        let name = if is_declared { self.words.get(1) } else { self.words.last() };
        if self.given.is_none() {
            self.given = name.cloned();
        }
        self.words.clear();
    }

    fn opens(&mut self) {
        let names: Vec<String> = match self.given.take() {
            Some((name, _)) => vec![name],
            None => self.words.drain(..).map(|(word, _)| word).collect(),
        };
        self.words.clear();
        let entered = if self.open.len() < DEEPEST { names.len() } else { 0 };
        names.iter().take(entered).for_each(|name| self.keys.enter(name));
        self.open.push(Open { entered, label: None, value: None });
    }

    fn closes(&mut self) {
        self.words.clear();
        self.given = None;
        let Some(open) = self.open.pop() else { return };
        if let (Some((name, named)), Some((text, value, valued))) = (open.label, open.value) {
            self.keys.enter(&name);
            self.keys.value_from(&text, value, named.start.min(valued.start)..named.end.max(valued.end));
            self.keys.leave();
        }
        (0..open.entered).for_each(|_| self.keys.leave());
    }

    fn text(&mut self, text: &str, range: Range<usize>) {
        if let Some((name, start)) = self.given.take() {
            return self.value(&name, text, super::references::value_of(text), start..range.end);
        }
        // An item of a list may hold a pair; the label of a block does not.
        if self.open.last().is_some_and(|open| open.entered > 0) && text.contains('=') {
            self.keys.pair("", text, range.clone());
        }
        self.push(text, range.start);
    }

    fn word(&mut self, word: &str, range: Range<usize>) {
        let Some((name, start)) = self.given.take() else { return self.push(word, range.start) };
        let lower = word.to_ascii_lowercase();
        let is_plain = ["true", "false", "null"].contains(&lower.as_str()) || word.bytes().all(|byte| byte.is_ascii_digit());
        let value = if is_plain {
            Value::Written(word.to_owned())
        } else if STORES.iter().any(|store| lower.contains(store)) {
            Value::From(Origin::SecretStore)
        } else if lower.starts_with("var.") || lower.starts_with("local.") {
            Value::From(Origin::Parameter)
        } else {
            Value::From(Origin::Unknown)
        };
        self.value(&name, if is_plain { word } else { "" }, value, start..range.end);
    }

    fn push(&mut self, word: &str, start: usize) {
        if self.words.len() < MOST_WORDS {
            self.words.push((word.to_owned(), start));
        }
    }

    fn value(&mut self, name: &str, text: &str, value: Value, range: Range<usize>) {
        if let Some(open) = self.open.last_mut() {
            if LABELS.contains(&name) {
                open.label = Some((text.to_owned(), range.clone()));
            } else if name == "value" {
                open.value = Some((text.to_owned(), value.clone(), range.clone()));
            }
        }
        self.keys.enter(name);
        self.keys.value_from(text, value, range);
        self.keys.leave();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{Watched, assert_secret};
    use crate::evidence::{FactKind, Origin, SourceFact};

    fn facts(path: &str, text: &str) -> Vec<SourceFact> {
        let watched = Watched { config_key: &["ClientSecret", "AppToken"], setting: &["https_only"], ..Watched::default() };
        watched.facts(path, text)
    }

    #[test]
    fn every_way_to_write_a_value_is_found_where_it_stands() {
        for (path, text, sink, place) in [
            ("main.tf", "variable \"client_secret\" {\r\n  default = \"§\"\r\n}", "variable.client_secret.default", (2, 3, 47)),
            ("prod.tfvars", "client_secret = \"§\"", "client_secret", (1, 1, 51)),
            (
                "main.tf",
                "resource \"server\" \"example\" {\n  client_secret = \"§\"\n}",
                "resource.server.example.client_secret",
                (2, 3, 53),
            ),
            (
                "main.tf",
                "resource \"a\" \"b\" {\n  app_settings = {\n    \"SO_APP_TOKEN\" = \"§\"\n  }\n}",
                "resource.a.b.app_settings.SO_APP_TOKEN",
                (3, 5, 56),
            ),
            ("main.tf", "env {\n  name  = \"CLIENT_SECRET\"\n  value = \"§\"\n}", "env.CLIENT_SECRET", (2, 3, 45)),
            ("main.bicep", "param clientSecret string = '§'", "clientSecret", (1, 7, 63)),
            (
                "main.bicep",
                "properties: {\n  siteConfig: {\n    appSettings: [\n      {\n        name: 'CLIENT_SECRET'\n        value: '§'\n      }\n    ]\n  }\n}",
                "properties.siteConfig.appSettings.CLIENT_SECRET",
                (5, 9, 50),
            ),
            ("a.tf", "a = [\"CLIENT_SECRET=§\"]", "a..CLIENT_SECRET", (1, 6, 54)),
        ] {
            assert_secret(&facts(path, text), text, sink, place);
        }
    }

    #[test]
    fn references_comments_and_switches_are_told_apart() {
        for (text, origin) in [
            ("client_secret = var.client_secret", Origin::Parameter),
            ("client_secret = data.azurerm_key_vault_secret.a.value", Origin::SecretStore),
            ("client_secret = \"${var.client_secret}\"", Origin::Placeholder),
            ("client_secret = \"\"", Origin::Placeholder),
            ("client_secret = \"@Microsoft.KeyVault(SecretUri=${a.b.id})\"", Origin::SecretStore),
        ] {
            assert_eq!(facts("a.tf", text).iter().map(|fact| fact.origin).collect::<Vec<_>>(), [origin], "{text}");
        }
        let found = facts("a.tf", "# client_secret = \"§\"\nhttps_only = false\nclient_secret_name = \"§\"\n");
        let seen: Vec<_> = found.iter().map(|fact| (fact.kind, fact.in_comment, fact.value.as_deref())).collect();
        assert_eq!(seen, [(FactKind::ConfigKey, true, None), (FactKind::Setting, false, Some("false"))]);
    }

    #[test]
    fn hostile_files_cost_little() {
        let started = std::time::Instant::now();
        for text in ["{", "a {", "\"", "<<A\n", "a = [", "/*", "'''", "}", "a "] {
            facts("a.tf", &format!("{}\nclient_secret = \"§\"", text.repeat(30_000)));
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(30), "{:?}", started.elapsed());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[client_secret= {}\\[\\]:,\"'#/*<$\r\né0-9]{0,160}") {
            for fact in facts("a.tf", &text) {
                prop_assert!((fact.line, fact.column) <= (fact.end_line, fact.end_column));
            }
        }
    }
}
