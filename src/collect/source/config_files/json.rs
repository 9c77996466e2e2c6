//! JSON with comments and trailing commas, as .NET, Postman and editors read it: `appsettings*.json`, `launchSettings.json`, Postman collections and
//! environments, parameters of deployments, and any other.
//!
//! The file is read token by token: a broken one gives what stands before and after the flaw, and depth costs no stack.

use std::{borrow::Cow, ops::Range};

use super::keys::Keys;
use crate::collect::source::document::{Document, Reading};

/// What names the value of an object of its own: `{ "key": "SO-AppToken", "value": "…" }`, in lower case.
const LABELS: [&str; 4] = ["key", "name", "variable", "variablename"];
/// What such a value is called.
const VALUES: [&str; 3] = ["value", "currentvalue", "content"];
/// More brackets within each other are no data; what lies deeper is left out.
const DEEPEST: usize = 10_000;

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    let is_json = [".json", ".jsonc", ".json5", ".webmanifest"].iter().any(|ending| name.ends_with(ending));
    is_json && !["package-lock.json", "npm-shrinkwrap.json"].contains(&name)
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    let mut keys = Keys::new(document, ":");
    if let Some(problem) = members(&mut keys, 0..document.text.len()) {
        let line = document.lines.line(problem);
        keys.reading.gap.get_or_insert(format!("not understood as JSON from line {line} on"));
    }
    keys.reading
}

/// Reads a stretch of the file as JSON. Gives back where it breaks off, if it does.
pub(super) fn members(keys: &mut Keys<'_, '_>, range: Range<usize>) -> Option<usize> {
    let mut comments = Vec::new();
    let problem = Finder { keys, open: Vec::new(), skipped: 0 }.read(range, &mut comments);
    for comment in comments {
        if !keys.in_comment && !keys.is_over() {
            keys.in_comment = true;
            Finder { keys, open: Vec::new(), skipped: 0 }.read(comment, &mut Vec::new());
            keys.in_comment = false;
        }
    }
    problem
}

/// One piece of JSON.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token {
    Mark(u8),
    /// Text in quotes; the range is that of what stands between them.
    Text(Range<usize>),
    /// A number, a truth, `null`, a name without quotes.
    Word,
    Comment(Range<usize>),
    /// Quotes or a comment that never close.
    Broken,
}

/// The tokens of a stretch of text. Always moves on.
pub(super) struct Tokens<'t> {
    text: &'t str,
    at: usize,
    end: usize,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str, range: Range<usize>) -> Self {
        Self { text, at: range.start, end: range.end.min(text.len()) }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..self.end).unwrap_or("")
    }

    fn comment(&mut self) -> Token {
        let (start, rest) = (self.at + 2, self.rest().get(2..).unwrap_or(""));
        if self.rest().starts_with("//") {
            let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
            self.at = start + length;
            return Token::Comment(start..start + length);
        }
        let Some(length) = rest.find("*/") else {
            self.at = self.end;
            return Token::Broken;
        };
        self.at = start + length + 2;
        Token::Comment(start..start + length)
    }

    /// Quoted text ends on its line; where it does not, the line is broken, and the file goes on after it.
    fn text(&mut self, quote: u8) -> Token {
        let start = self.at + 1;
        let mut escaped = false;
        for (offset, byte) in self.text.as_bytes().get(start..self.end).unwrap_or(&[]).iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'\n' => break,
                _ if *byte == quote => {
                    self.at = start + offset + 1;
                    return Token::Text(start..start + offset);
                }
                _ => {}
            }
        }
        let rest = self.rest();
        self.at += rest.find('\n').map_or(rest.len(), |length| length.max(1));
        Token::Broken
    }
}

impl Iterator for Tokens<'_> {
    type Item = (Token, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(|character: char| character.is_whitespace() || character == '\u{feff}').len();
        let (start, rest) = (self.at, self.rest());
        let first = *rest.as_bytes().first()?;
        let token = match first {
            b'{' | b'}' | b'[' | b']' | b',' | b':' => {
                self.at += 1;
                Token::Mark(first)
            }
            b'"' | b'\'' => self.text(first),
            b'/' if rest.starts_with("//") || rest.starts_with("/*") => self.comment(),
            _ => {
                let ends = |character: char| character.is_whitespace() || "{}[],:\"'".contains(character);
                self.at += rest.find(ends).unwrap_or(rest.len()).max(1);
                Token::Word
            }
        };
        Some((token, start..self.at))
    }
}

/// What stands between quotes, escapes undone.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(pieces(text).map(|(piece, _)| piece).collect())
}

/// The characters of a text, escapes undone, each with how many bytes it is written in. A pair of surrogates is one character.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = (char, usize)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, length) = piece(rest)?;
        rest = rest.get(length..)?;
        Some((piece, length))
    })
}

fn piece(text: &str) -> Option<(char, usize)> {
    let mut characters = text.chars();
    let first = characters.next()?;
    if first != '\\' {
        return Some((first, first.len_utf8()));
    }
    let simple = match characters.next() {
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('u') => return Some(unicode(text).unwrap_or(('\u{fffd}', 2))),
        Some(other) => other,
        None => '\\',
    };
    Some((simple, if text.len() == 1 { 1 } else { 1 + text.chars().nth(1).map_or(0, char::len_utf8) }))
}

/// `\uD83D\uDE00` or `\u0041`, and its length.
fn unicode(text: &str) -> Option<(char, usize)> {
    let unit = |from: usize| u32::from_str_radix(text.get(from..from + 4)?, 16).ok();
    let first = unit(2)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, 6));
    }
    let second = text.get(6..8).filter(|escape| *escape == "\\u").and_then(|_| unit(8))?;
    let both = char::decode_utf16([u16::try_from(first).ok()?, u16::try_from(second).ok()?]).next()?.ok()?;
    Some((both, 12))
}

/// An object or list whose end has not come.
struct Open<'d> {
    is_list: bool,
    /// Of a list, where it is; of an object, how many members it had.
    index: usize,
    /// The key whose value is next, and where it begins.
    key: Option<(Cow<'d, str>, usize)>,
    /// Of an object, what it is called, and its value, if that stands beside the name.
    label: Option<(Cow<'d, str>, Range<usize>)>,
    value: Option<(Cow<'d, str>, Range<usize>)>,
    /// Whether it says that the value is a secret, as environments of Postman do.
    is_secret: bool,
    /// An argument that takes the next one as its value: `"--client-secret", "…"`.
    option: Option<Cow<'d, str>>,
}

struct Finder<'k, 'a, 'd> {
    keys: &'k mut Keys<'a, 'd>,
    open: Vec<Open<'d>>,
    /// Brackets that were not gone into.
    skipped: usize,
}

impl Finder<'_, '_, '_> {
    /// A commented-out stretch need not be in braces.
    fn read(&mut self, range: Range<usize>, comments: &mut Vec<Range<usize>>) -> Option<usize> {
        let text = self.keys.document.text;
        let mut problem = None;
        if self.keys.in_comment {
            self.opens(b'{');
        }
        for (token, range) in Tokens::new(text, range) {
            if self.keys.is_over() {
                break;
            }
            match token {
                Token::Mark(mark @ (b'{' | b'[')) => self.opens(mark),
                Token::Mark(mark @ (b'}' | b']')) => {
                    let fits = self.skipped > 0 || self.open.last().is_some_and(|open| open.is_list == (mark == b']'));
                    problem = problem.or((!fits).then_some(range.start));
                    self.closes(range.end);
                }
                Token::Mark(b',') => self.next_member(),
                Token::Mark(_) => {}
                Token::Text(inside) => self.scalar(&unescaped(text.get(inside).unwrap_or("")), range, true),
                Token::Word => self.scalar(text.get(range.clone()).unwrap_or(""), range, false),
                Token::Comment(inside) => comments.push(inside),
                Token::Broken => {
                    problem = problem.or(Some(range.start));
                    self.next_member();
                }
            }
        }
        let unclosed = !self.open.is_empty() && !self.keys.in_comment;
        while !self.open.is_empty() {
            self.closes(text.len());
        }
        problem.or(unclosed.then_some(text.len()))
    }

    fn opens(&mut self, mark: u8) {
        if self.open.len() >= DEEPEST {
            self.skipped = self.skipped.saturating_add(1);
            self.keys.reading.gap.get_or_insert_with(|| format!("nested more than {DEEPEST} levels deep; what lies deeper was not read"));
            return;
        }
        self.enter();
        self.open.push(Open { is_list: mark == b'[', index: 0, key: None, label: None, value: None, is_secret: false, option: None });
    }

    /// Goes into the member that a value is about to be given of.
    fn enter(&mut self) {
        match self.open.last() {
            Some(Open { is_list: true, index, .. }) => self.keys.enter(&index.to_string()),
            Some(Open { key, .. }) => self.keys.enter(key.as_ref().map_or("", |(name, _)| name)),
            None => {}
        }
    }

    fn closes(&mut self, end: usize) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        let Some(open) = self.open.pop() else { return };
        if let (Some((name, named)), Some((value, valued))) = (open.label, open.value) {
            let range = named.start.min(valued.start)..named.end.max(valued.end).min(end);
            let is_told = open.is_secret && !self.keys.document.watch.config_key.may_end_in(&name);
            let name = if is_told { Cow::Owned(format!("{name}:secret")) } else { name };
            if !self.keys.is_choice(&value) {
                self.keys.pair(&name, &value, range);
            }
        }
        if self.open.is_empty() {
            return;
        }
        self.keys.leave();
        if let Some(parent) = self.open.last_mut() {
            parent.key = None;
        }
    }

    fn next_member(&mut self) {
        if let Some(open) = self.open.last_mut().filter(|_| self.skipped == 0) {
            open.index = open.index.saturating_add(1);
            open.key = None;
        }
    }

    fn scalar(&mut self, text: &str, range: Range<usize>, is_text: bool) {
        let Some(open) = self.open.last_mut().filter(|_| self.skipped == 0) else { return };
        let name = match &open.key {
            _ if open.is_list => None,
            None => {
                open.key = Some((Cow::Owned(text.to_owned()), range.start));
                return;
            }
            Some((name, start)) => Some((name.clone(), *start)),
        };
        let range = name.as_ref().map_or(range.start, |(_, start)| *start)..range.end;
        if let Some((name, _)) = &name {
            let lower = name.to_ascii_lowercase();
            if is_text && open.label.is_none() && LABELS.contains(&lower.as_str()) {
                open.label = Some((Cow::Owned(text.to_owned()), range.clone()));
            } else if VALUES.contains(&lower.as_str()) {
                open.value = Some((Cow::Owned(text.to_owned()), range.clone()));
            } else if is_text && lower == "type" {
                open.is_secret = text == "secret";
            }
            open.key = None;
        }
        let option = if open.is_list { open.option.take() } else { None };
        if open.is_list && text.starts_with("--") && !text.contains('=') {
            open.option = Some(Cow::Owned(text.trim_start_matches('-').to_owned()));
        }
        let name = name.map_or_else(|| Cow::Owned(open.index.to_string()), |(name, _)| name);
        if let Some(option) = option {
            self.keys.pair(&option, text, range.clone());
        }
        self.keys.pair(&name, text, range);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::Watched;
    use crate::{
        collect::source::all_facts_in,
        evidence::{FactKind, Origin, SourceFact, Vocabulary},
    };

    const SECRET: &str = "09d5a1b2c3d4e5f60718293a4b5c6dc1";

    fn facts(text: &str) -> Vec<SourceFact> {
        let config_key = vec!["ClientSecret".to_owned(), "SuperOffice:PrivateKey".to_owned(), "tracker:secret".to_owned()];
        all_facts_in(
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
    fn the_name_of_a_package_is_no_key() {
        let watched = Watched { config_key: &["*Password"], ..Watched::default() };
        let text = r#"{"devDependencies": {"pbkdf2-password": "1.2.1-x"}, "config": {"db-password": "fjelltur!2021"}}"#;
        let sinks = |path: &str| watched.facts(path, text).into_iter().map(|fact| fact.sink).collect::<Vec<_>>();
        assert_eq!(sinks("web/package.json"), ["config:db-password"]);
        assert_eq!(sinks("web/settings.json").len(), 2);
    }

    #[test]
    fn stand_ins_are_placeholders_and_other_keys_are_nothing() {
        for stand_in in ["", "YOUR_CLIENT_SECRET", "#{ClientSecret}#", "ADD", "..."] {
            let found = facts(&format!(r#"{{"ClientSecret": "{stand_in}"}}"#));
            assert_eq!(found.iter().map(|fact| fact.origin).collect::<Vec<_>>(), [Origin::Placeholder], "{stand_in}");
        }
        for harmless in [
            r#"{"ClientSecretName": "SECRET"}"#,
            r#"{"PrivateKey": "SECRET"}"#,
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
    fn hostile_files_cost_little() {
        let started = std::time::Instant::now();
        let text = format!(r#"{}{{"ClientSecret": "SECRET""#, r#"{"a":"#.repeat(1_000));
        assert_eq!(facts(&text).len(), 1);
        for text in ["[", r#"{"ClientSecret":"#, r#"{"a":["#, "\"", "/*", "}", r#"{"ClientSecret":"SECRET","#] {
            facts(&text.repeat(50_000));
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(30), "{:?}", started.elapsed());
    }

    #[test]
    fn a_name_beside_its_value_is_a_key() {
        for (text, sink, column) in [
            (r#"{"header": [{"key": "ClientSecret", "value": "SECRET"}]}"#, "header:0:ClientSecret", 14),
            (r#"{"values": [{"enabled": true, "value": "SECRET", "key": "ClientSecret"}]}"#, "values:0:ClientSecret", 31),
            (r#"[{"name": "SuperOffice__ClientSecret", "value": "SECRET", "slotSetting": false}]"#, "0:SuperOffice__ClientSecret", 3),
            (r#"{"parameters": {"clientSecret": {"value": "SECRET"}}}"#, "parameters:clientSecret:value", 34),
            (r#"{"values": [{"key": "tracker", "value": "SECRET", "type": "secret"}]}"#, "values:0:tracker:secret", 14),
            (r#"{"args": ["--client-secret", "SECRET"]}"#, "args:client-secret", 30),
            (r#"{"args": ["--client-secret=SECRET"]}"#, "args:0:client-secret", 11),
            (r#"{"scripts": {"start": "CLIENT_SECRET=SECRET node index.js"}}"#, "scripts:start:CLIENT_SECRET", 14),
        ] {
            let found = facts(text);
            let [fact] = found.as_slice() else { panic!("{text}: {found:?}") };
            assert_eq!((fact.sink.as_str(), fact.origin, fact.column), (sink, Origin::Literal, column), "{text}");
        }
    }

    #[test]
    fn a_broken_file_is_read_around_its_flaw() {
        let found = facts("{ \"a\": \"b\n \"ClientSecret\": \"SECRET\" ]");
        assert_eq!(found.len(), 1);
        let found = facts("{ \"a\": \"\\u00e9\\ud83d\\ude00\", \"Client\\u0053ecret\": \"09d5a1b2c3d4e5f60718293a4b5c6d\\u0063\\u0031\" }");
        assert_eq!(found.iter().map(|fact| fact.masked.as_deref()).collect::<Vec<_>>(), [Some("09d…c1(32)")]);
    }

    #[test]
    fn a_switch_is_shown_in_clear_and_a_secret_is_not() {
        let vocabulary = Vocabulary {
            setting: vec!["Cookie.HttpOnly".to_owned()],
            config_key: vec!["DetailedErrors".to_owned(), "ClientSecret".to_owned()],
            ..Vocabulary::default()
        };
        let text = r#"{"Cookie": {"http-only": false}, "DetailedErrors": true, "ClientSecret": "hunter2"}"#;
        let found = all_facts_in("appsettings.json", text, &vocabulary);
        let seen: Vec<_> = found.iter().map(|fact| (fact.kind, fact.watched.as_str(), fact.value.as_deref())).collect();
        let expected = [
            (FactKind::Setting, "Cookie.HttpOnly", Some("false")),
            (FactKind::ConfigKey, "DetailedErrors", Some("true")),
            (FactKind::ConfigKey, "ClientSecret", None),
        ];
        assert_eq!(seen, expected);
    }

    proptest! {
        #[test]
        fn escapes_count_as_many_bytes_as_they_have(text in "[\\\\u0-9a-fD\"né]{0,40}") {
            prop_assert_eq!(super::pieces(&text).map(|(_, length)| length).sum::<usize>(), text.len());
        }

        #[test]
        fn any_text_is_read(text in "[\\[\\]{}:,\"'/*a-zClientSecret0-9 \\n\\\\]{0,120}") {
            facts(&text);
        }
    }
}
