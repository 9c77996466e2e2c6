//! Configuration in XML: `web.config` and its transforms, projects and resources of .NET, property lists, Android manifests and strings, `web.xml`.
//!
//! The file is read tag by tag rather than as a whole: a broken file, a fragment inside a comment and a sound document then go the same way,
//! and there is nothing to expand, so no entity bomb.

#[cfg(test)]
mod tests;

use std::{borrow::Cow, collections::BTreeSet, ops::Range, sync::atomic::Ordering};

use super::{keys, properties, references::value_of};
use crate::{
    collect::source::{
        document::{Counts, Document, More, Place, Reading},
        embedded::embedded,
        names::{Match, segments},
        origins::Value,
        program, sinks, values,
    },
    evidence::{FactKind, Origin},
};

/// Deeper elements keep their facts but share a path, so that a hostile file cannot make paths of quadratic size.
const DEEPEST: usize = 64;
/// No rule that asks for a switch names more elements than this.
const NEAREST: usize = 8;
/// No more elements are open at once; what lies deeper still is not read.
const MOST_OPEN: usize = 10_000;
/// An element's name is cut here, for the same reason.
const LONGEST_NAME: usize = 100;
/// How many names are remembered as harmless.
const MOST_HARMLESS: usize = 10_000;
/// The longest reference, `&#x10FFFF;`, with room for leading zeros.
const LONGEST_ENTITY: usize = 16;

const ENDINGS: [&str; 21] = [
    ".config",
    ".csproj",
    ".dist.xml",
    ".entitlements",
    ".fsproj",
    ".jmx",
    ".nuspec",
    ".plist",
    ".props",
    ".publishsettings",
    ".pubxml",
    ".resw",
    ".resx",
    ".runsettings",
    ".settings",
    ".targets",
    ".user",
    ".vbproj",
    ".wxs",
    ".xaml",
    ".xml",
];
/// Elements side by side of which one names the value of the other.
const NAMING: [(&str, &str); 5] =
    [("param-name", "param-value"), ("env-entry-name", "env-entry-value"), ("key", "value"), ("name", "value"), ("Name", "Value")];

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    let text = document.text;
    let is_config = document.path.to_lowercase().ends_with(".config");
    if !text.trim_start().starts_with('<') {
        if !is_config {
            return properties::read(document);
        }
        return Reading { gap: Some("not XML".to_owned()), ..Reading::default() };
    }
    let is_transform = text.contains("xdt:Transform");
    let mut finder = Finder {
        document,
        is_transform,
        in_comment: false,
        open: Vec::new(),
        floor: 0,
        reading: Reading::default(),
        harmless: BTreeSet::new(),
        unasked: BTreeSet::new(),
        deeper: 0,
    };
    if let Some(offset) = finder.read(0..text.len()) {
        finder.reading.gap.get_or_insert_with(|| format!("the XML breaks off in line {}", document.lines.line(offset)));
    }
    finder.reading
}

/// One piece of markup, with where it stands.
enum Token {
    Open {
        name: Range<usize>,
        attributes: Vec<Attribute>,
        closes: bool,
    },
    Close {
        name: Range<usize>,
    },
    Text,
    Literal {
        inside: Range<usize>,
    },
    Comment {
        inside: Range<usize>,
    },
    Other,
    /// The file ends in the middle of something.
    Broken,
}

struct Attribute {
    name: Range<usize>,
    value: Range<usize>,
}

/// Cuts text into tokens. Always moves on, so it ends after at most as many steps as there are bytes.
struct Lexer<'a> {
    text: &'a str,
    at: usize,
    end: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..self.end).unwrap_or("")
    }

    fn next(&mut self) -> Option<(Token, Range<usize>)> {
        let start = self.at;
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        let token = if rest.starts_with("<!--") {
            self.until(4, "-->", |inside| Token::Comment { inside })
        } else if rest.starts_with("<![CDATA[") {
            self.until(9, "]]>", |inside| Token::Literal { inside })
        } else if rest.starts_with("<?") {
            self.until(2, "?>", |_| Token::Other)
        } else if rest.starts_with("<!") {
            self.declaration()
        } else if rest.starts_with("</") {
            self.close()
        } else if rest.get(1..).is_some_and(|after| rest.starts_with('<') && after.starts_with(is_name)) {
            self.open()
        } else {
            let length = rest.char_indices().skip(1).find(|(_, character)| *character == '<').map_or(rest.len(), |(offset, _)| offset);
            self.at += length;
            Token::Text
        };
        Some((token, start..self.at))
    }

    fn until(&mut self, skip: usize, mark: &str, token: fn(Range<usize>) -> Token) -> Token {
        let start = self.at + skip;
        match self.text.get(start..self.end).and_then(|rest| rest.find(mark)) {
            Some(length) => {
                self.at = start + length + mark.len();
                token(start..start + length)
            }
            None => self.broken(),
        }
    }

    fn broken(&mut self) -> Token {
        self.at = self.end;
        Token::Broken
    }

    /// `<!DOCTYPE …>`, with the brackets of an internal subset; passed over unread.
    fn declaration(&mut self) -> Token {
        let (mut brackets, mut quote) = (0_usize, None);
        for (offset, character) in self.rest().char_indices() {
            match (quote, character) {
                (Some(mark), _) if mark == character => quote = None,
                (None, '"' | '\'') => quote = Some(character),
                (None, '[') => brackets = brackets.saturating_add(1),
                (None, ']') => brackets = brackets.saturating_sub(1),
                (None, '>') if brackets == 0 => {
                    self.at += offset + 1;
                    return Token::Other;
                }
                _ => {}
            }
        }
        self.broken()
    }

    fn close(&mut self) -> Token {
        let start = self.at + 2;
        match self.rest().find('>') {
            Some(length) => {
                self.at += length + 1;
                let name = self.text.get(start..).map_or("", |rest| name_of(rest));
                Token::Close { name: start..start + name.len() }
            }
            None => self.broken(),
        }
    }

    fn open(&mut self) -> Token {
        let name = self.name(1);
        let mut attributes = Vec::new();
        loop {
            self.skip_blank();
            let rest = self.rest();
            if rest.starts_with('>') {
                self.at += 1;
                return Token::Open { name, attributes, closes: false };
            }
            if rest.starts_with("/>") {
                self.at += 2;
                return Token::Open { name, attributes, closes: true };
            }
            // A tag that the next one interrupts: what it held so far counts.
            if rest.starts_with('<') {
                return Token::Open { name, attributes, closes: true };
            }
            let Some(first) = rest.chars().next() else { return self.broken() };
            if is_name(first) {
                let Ok(attribute) = self.attribute() else { return self.broken() };
                attributes.extend(attribute);
            } else {
                self.at += first.len_utf8();
            }
        }
    }

    /// A name with a quoted value; nothing when there is no value, an error when its quote never closes.
    fn attribute(&mut self) -> Result<Option<Attribute>, ()> {
        let name = self.name(0);
        self.skip_blank();
        if !self.rest().starts_with('=') {
            return Ok(None);
        }
        self.at += 1;
        self.skip_blank();
        let Some(quote @ ('"' | '\'')) = self.rest().chars().next() else { return Ok(None) };
        let start = self.at + 1;
        let length = self.text.get(start..self.end).and_then(|rest| rest.find(quote)).ok_or(())?;
        self.at = start + length + 1;
        Ok(Some(Attribute { name, value: start..start + length }))
    }

    fn name(&mut self, skip: usize) -> Range<usize> {
        let start = self.at + skip;
        let length = self.text.get(start..self.end).map_or(0, |rest| name_of(rest).len());
        self.at = start + length;
        start..start + length
    }

    fn skip_blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || "_:.-".contains(character)
}

fn name_of(text: &str) -> &str {
    text.find(|character| !is_name(character)).and_then(|end| text.get(..end)).unwrap_or(text)
}

/// An element whose end has not come.
struct Element<'a> {
    name: &'a str,
    /// Its `key` or `name` attribute, when what that says is watched: `<setting name="ApplicationToken">`.
    key: Option<(&'static str, String)>,
    text: String,
    start: usize,
    has_children: bool,
    /// What the last child said, if it was one that names the next: its element, its text, where it begins.
    naming: Option<(&'a str, String, usize)>,
    /// Switches that it should have and has not had so far, by their place among those that rules ask for.
    lacks: Vec<usize>,
}

struct Finder<'a, 'd> {
    document: &'a Document<'d>,
    /// Whether it only changes another file, which may have what this one lacks.
    is_transform: bool,
    in_comment: bool,
    open: Vec<Element<'d>>,
    /// How many of the open elements an end tag may not close, because they were opened outside the comment.
    floor: usize,
    reading: Reading,
    /// Names that nothing watched ends in; files of data repeat theirs.
    harmless: BTreeSet<&'d str>,
    /// Names of elements of which no switch is asked.
    unasked: BTreeSet<&'d str>,
    /// How many elements are open beyond those that are kept.
    deeper: usize,
}

impl<'d> Finder<'_, 'd> {
    fn slice(&self, range: &Range<usize>) -> &'d str {
        self.document.text.get(range.clone()).unwrap_or("")
    }

    /// Reads a stretch of the file. Gives back where it breaks off, if it does.
    fn read(&mut self, range: Range<usize>) -> Option<usize> {
        let mut lexer = Lexer { text: self.document.text, at: range.start, end: range.end };
        while let Some((token, range)) = lexer.next() {
            if self.document.stop.load(Ordering::Relaxed) || self.reading.is_full() {
                return None;
            }
            match token {
                Token::Open { closes, .. } if self.is_too_deep() => self.deeper += usize::from(!closes),
                Token::Close { .. } if self.deeper > 0 => self.deeper -= 1,
                Token::Text | Token::Literal { .. } | Token::Comment { .. } if self.deeper > 0 => {}
                Token::Open { name, attributes, closes } => self.opened(&name, &attributes, closes, &range),
                Token::Close { name } => self.closed(self.slice(&name), range.end),
                Token::Text => self.text(&unescaped(self.slice(&range))),
                Token::Literal { inside } => self.text(self.slice(&inside)),
                Token::Comment { inside } if !self.in_comment => self.comment(inside),
                Token::Comment { .. } | Token::Other => {}
                Token::Broken => return Some(range.start),
            }
        }
        None
    }

    /// Whether so many elements are open that no more is read until one is closed.
    fn is_too_deep(&mut self) -> bool {
        let is_so = self.open.len() >= MOST_OPEN;
        if is_so {
            self.reading.gap.get_or_insert_with(|| format!("nested more than {MOST_OPEN} levels deep; what lies deeper was not read"));
        }
        is_so
    }

    fn text(&mut self, text: &str) {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
    }

    /// Reads what is commented out as if it stood where the comment stands.
    fn comment(&mut self, inside: Range<usize>) {
        let depth = self.open.len();
        let outside = self.open.last().map(|element| (element.text.len(), element.has_children));
        (self.in_comment, self.floor) = (true, depth);
        self.read(inside);
        (self.in_comment, self.floor, self.deeper) = (false, 0, 0);
        self.open.truncate(depth);
        if let (Some(element), Some((length, has_children))) = (self.open.last_mut(), outside) {
            element.text.truncate(length);
            element.has_children = has_children;
        }
    }

    fn opened(&mut self, name: &Range<usize>, attributes: &[Attribute], closes: bool, range: &Range<usize>) {
        let name = cut(self.slice(name));
        let asked = &self.document.watch.missing;
        let is_of =
            |index: &usize, setting: &str| asked.get(*index).is_some_and(|(_, missing)| missing.setting.eq_ignore_ascii_case(setting));
        if let Some(parent) = self.open.last_mut() {
            parent.has_children = true;
            parent.lacks.retain(|index| !is_of(index, name));
        }
        let attribute = |wanted: &str| {
            let local = |attribute: &&Attribute| {
                self.slice(&attribute.name).rsplit(':').next().is_some_and(|name| name.eq_ignore_ascii_case(wanted))
            };
            let wanted = attributes.iter().find(local)?;
            Some(unescaped(self.slice(&wanted.value)))
        };
        let keyed = |by: &'static str| Some((by, sinks::tail(&attribute(by)?).to_owned()));
        let label = attribute("name").map(Cow::into_owned);
        let is_watched = |key: &str| {
            let path: Vec<&str> = segments(key).collect();
            let watch = self.document.watch;
            self.matching(&[key]).is_some() || watch.setting.matching_key(&path).is_some_and(|found| found.exact)
        };
        let key = keyed("key").or_else(|| keyed("name")).filter(|(_, key)| is_watched(key));
        if let (Some((by, key)), Some(value)) = (&key, attribute("value")) {
            self.found(&[key], || keyed_step(name, by, key), &value, range.clone());
        }
        for attribute in attributes {
            let attribute_name = self.slice(&attribute.name);
            let value = unescaped(self.slice(&attribute.value));
            let range = attribute.name.start..attribute.value.end + 1;
            self.embedded((name, label.as_deref()), attribute_name, &value, &range);
            if !self.is_harmless(attribute_name) {
                let tail = || format!("{}/@{}", sinks::segment(name), sinks::segment(attribute_name));
                self.found(&[name, attribute_name], tail, &value, range);
            }
        }
        let mut lacks = self.asked_of(name);
        lacks.retain(|index| !attributes.iter().any(|attribute| is_of(index, self.slice(&attribute.name))));
        if closes {
            self.missing(name, &lacks, range);
            // `<key>X</key><true/>` in a property list: the element is the value.
            let naming = self.open.last_mut().filter(|_| values::is_truth(name)).and_then(|parent| parent.naming.take());
            if let Some((by, key, start)) = naming {
                self.found(&[&key], || keyed_step(name, by, &key), name, start..range.end);
            }
        } else {
            let (text, has_children, naming) = (String::new(), false, None);
            self.open.push(Element { name, key, text, start: range.start, has_children, naming, lacks });
        }
    }

    /// Switches that rules ask of an element.
    fn asked_of(&mut self, name: &'d str) -> Vec<usize> {
        if self.in_comment || self.is_transform || self.document.watch.missing.is_empty() || self.unasked.contains(name) {
            return Vec::new();
        }
        if !self.document.watch.missing.iter().any(|(names, _)| names.know(name)) {
            if self.unasked.len() < MOST_HARMLESS {
                self.unasked.insert(name);
            }
            return Vec::new();
        }
        let outer = self.open.iter().skip(self.open.len().saturating_sub(NEAREST)).map(|element| element.name);
        let path: Vec<&str> = outer.chain([name]).collect();
        let asked = self.document.watch.missing.iter().enumerate();
        asked.filter(|(_, (names, _))| names.matching(&path).is_some_and(|found| found.exact)).map(|(index, _)| index).collect()
    }

    /// Tells of the switches that an element lacks.
    fn missing(&mut self, name: &str, lacks: &[usize], range: &Range<usize>) {
        for (_, missing) in lacks.iter().filter_map(|index| self.document.watch.missing.get(*index)) {
            let sink = self.sink(format!("{}/@{}", sinks::segment(name), missing.setting));
            let watched = missing.watched();
            self.reading.add(Place::new(FactKind::Setting, sink, &watched, range.clone(), Value::From(Origin::Absent)));
        }
    }

    fn outer(&self) -> impl Iterator<Item = &'d str> {
        self.open.iter().skip(self.open.len().saturating_sub(DEEPEST)).map(|element| element.name)
    }

    /// Closes the nearest element of that name; a stray end tag closes nothing.
    fn closed(&mut self, name: &str, end: usize) {
        let name = cut(name);
        let inner = self.open.iter().rev().take(DEEPEST).position(|element| element.name == name);
        let Some(kept) = inner.and_then(|inner| self.open.len().checked_sub(inner)).filter(|kept| *kept > self.floor) else { return };
        self.open.truncate(kept);
        let Some(element) = self.open.pop() else { return };
        self.missing(element.name, &element.lacks, &(element.start..end));
        let naming = self.open.last_mut().and_then(|parent| parent.naming.take());
        if element.has_children || element.text.trim().is_empty() {
            return;
        }
        let value = element.text.trim().to_owned();
        let range = element.start..end;
        if let Some(parent) = self.open.last_mut().filter(|_| NAMING.iter().any(|(naming, _)| *naming == element.name)) {
            parent.naming = Some((element.name, sinks::tail(&value).to_owned(), element.start));
        }
        // `<key>X</key><string>…</string>` in a property list, `<param-name>X</param-name><param-value>…` in `web.xml`.
        if let Some((by, key, start)) = naming
            && (by == "key" || NAMING.contains(&(by, element.name)))
        {
            self.found(&[&key], || keyed_step(element.name, by, &key), &value, start..end);
            return;
        }
        match (&element.key, element.name, self.open.last().and_then(|parent| parent.key.clone())) {
            (Some((by, key)), name, _) => self.found(&[key], || keyed_step(name, by, key), &value, range),
            // `<setting name="X"><value>…`: the open elements already carry the key.
            (None, "value" | "Value", Some((_, key))) => self.found(&[&key], || element.name.to_owned(), &value, range),
            (None, name, _) if !self.is_harmless(name) => self.found(&[name], || sinks::segment(name), &value, range),
            (None, ..) => {}
        }
    }

    /// Whether a name alone tells that no path which ends in it is watched.
    fn is_harmless(&mut self, name: &'d str) -> bool {
        if self.harmless.contains(name) {
            return true;
        }
        let watch = self.document.watch;
        let may_end = |last: &str| watch.config_key.may_end_in(last) || watch.setting.may_end_in(last);
        let is_harmless = !segments(name).last().is_none_or(may_end);
        if is_harmless && self.harmless.len() < MOST_HARMLESS {
            self.harmless.insert(name);
        }
        is_harmless
    }

    fn matching(&self, last: &[&str]) -> Option<Match<'d>> {
        let path: Vec<&str> = self.outer().chain(last.iter().copied()).flat_map(segments).collect();
        self.document.watch.config_key.matching_key(&path)
    }

    /// The path to something in the innermost element.
    fn sink(&self, tail: String) -> String {
        let steps = self.open.iter().take(DEEPEST).map(|element| match &element.key {
            Some((by, key)) => keyed_step(element.name, by, key),
            None => sinks::segment(element.name),
        });
        steps.chain([tail]).collect::<Vec<_>>().join("/")
    }

    fn found(&mut self, last: &[&str], tail: impl Fn() -> String, value: &str, range: Range<usize>) {
        let watch = self.document.watch;
        let may_end_in = |end: &str| watch.setting.may_end_in(end) || watch.config_key.may_end_in(end);
        if !last.last().and_then(|last| segments(last).last()).is_some_and(may_end_in) {
            return;
        }
        let path: Vec<&str> = self.outer().chain(last.iter().copied()).flat_map(segments).collect();
        let setting = watch.setting.matching_key(&path).filter(|found| found.exact && !self.in_comment && keys::is_telling(found.entry));
        let key = watch.config_key.matching_key(&path);
        if let Some(found) = setting.filter(|_| !key.as_ref().is_some_and(|found| found.exact)) {
            let plain = Some(value.trim()).filter(|value| program::is_plain(value)).map(str::to_owned);
            let place = Place::new(FactKind::Setting, self.sink(tail()), found.entry, range.clone(), value_of(value));
            self.reading.add(Place { more: More { plain, ..More::default() }, ..place });
        }
        let Some(found) = key else { return };
        if self.in_comment && !values::looks_real(value, watch) {
            return;
        }
        let place = Place::new(FactKind::ConfigKey, self.sink(tail()), found.entry, range, value_of(value));
        let (counts, more) = (Counts::Always.under(&found), More { plain: keys::plain(found.entry, value), ..More::default() });
        self.reading.add(Place { in_comment: self.in_comment, counts, more, ..place });
    }

    /// What a value holds in turn, as a connection string does, by its element and what that is called.
    fn embedded(&mut self, (name, label): (&str, Option<&str>), attribute: &str, value: &str, range: &Range<usize>) {
        if !value.contains(['=', ':']) {
            return;
        }
        for pair in embedded(value, &self.document.watch.config_key) {
            let steps = self.open.iter().take(DEEPEST).map(|element| sinks::segment(element.name));
            let element = label.map_or_else(|| sinks::segment(name), |label| format!("{name}[@name='{}']", sinks::segment(label)));
            let tail = format!("{element}/@{}", sinks::segment(attribute));
            let sink = steps.chain([tail, sinks::segment(pair.name)]).collect::<Vec<_>>().join("/");
            self.reading.add(Place {
                kind: FactKind::ConfigKey,
                sink,
                watched: pair.found.entry.to_owned(),
                in_comment: self.in_comment,
                range: range.clone(),
                value: Value::Written(pair.value.to_owned()),
                counts: Counts::Always,
                more: More::default(),
            });
        }
    }
}

/// An element with what tells it from others of its name.
fn keyed_step(name: &str, by: &str, key: &str) -> String {
    format!("{}[@{by}='{}']", sinks::segment(name), sinks::segment(key))
}

/// A name short enough for a path.
fn cut(name: &str) -> &str {
    name.char_indices().nth(LONGEST_NAME).and_then(|(end, _)| name.get(..end)).unwrap_or(name)
}

/// Text with the five entities of XML and character references resolved; others stay as they are.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let name_end = after.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';');
        let resolved = name_end.and_then(|end| Some((entity(after.get(..end)?)?, after.get(end + 1..)?)));
        let (character, after) = resolved.unwrap_or(('&', after));
        plain.push(character);
        rest = after;
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}
