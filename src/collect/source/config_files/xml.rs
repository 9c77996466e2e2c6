//! .NET configuration in XML: `web.config`, `app.config`, what the build makes of them, and their transforms.
//!
//! The file is read tag by tag rather than as a whole: a broken file, a fragment inside a comment and a sound document then go the same way,
//! and there is nothing to expand, so no entity bomb.

use std::{borrow::Cow, ops::Range};

use crate::{
    collect::source::{
        names::{Match, segments},
        origins::Value,
        reading::{Document, Place, Reading},
        values,
    },
    evidence::FactKind,
};

/// Deeper elements keep their facts but share a path, so that a hostile file cannot make paths of quadratic size.
const DEEPEST: usize = 64;
/// An element's name is cut here, for the same reason.
const LONGEST_NAME: usize = 100;
/// The longest reference, `&#x10FFFF;`, with room for leading zeros.
const LONGEST_ENTITY: usize = 16;

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|extension| extension == "config")
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    let text = document.text;
    if !text.trim_start().starts_with('<') {
        return Reading { gap: Some("not XML".to_owned()), ..Reading::default() };
    }
    let mut finder = Finder { document, in_comment: false, open: Vec::new(), floor: 0, reading: Reading::default() };
    if let Some(offset) = finder.read(0..text.len()) {
        finder.reading.gap = Some(format!("the XML breaks off in line {}", document.lines.line(offset)));
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
                (Some(_), _) => {}
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
    key: Option<(&'static str, Cow<'a, str>)>,
    text: String,
    start: usize,
    has_children: bool,
}

struct Finder<'a, 'd> {
    document: &'a Document<'d>,
    in_comment: bool,
    open: Vec<Element<'d>>,
    /// How many of the open elements an end tag may not close, because they were opened outside the comment.
    floor: usize,
    reading: Reading,
}

impl<'d> Finder<'_, 'd> {
    fn slice(&self, range: &Range<usize>) -> &'d str {
        self.document.text.get(range.clone()).unwrap_or("")
    }

    /// Reads a stretch of the file. Gives back where it breaks off, if it does.
    fn read(&mut self, range: Range<usize>) -> Option<usize> {
        let mut lexer = Lexer { text: self.document.text, at: range.start, end: range.end };
        while let Some((token, range)) = lexer.next() {
            match token {
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
        (self.in_comment, self.floor) = (false, 0);
        self.open.truncate(depth);
        if let (Some(element), Some((length, has_children))) = (self.open.last_mut(), outside) {
            element.text.truncate(length);
            element.has_children = has_children;
        }
    }

    fn opened(&mut self, name: &Range<usize>, attributes: &[Attribute], closes: bool, range: &Range<usize>) {
        if let Some(parent) = self.open.last_mut() {
            parent.has_children = true;
        }
        let name = cut(self.slice(name));
        let attribute = |wanted: &str| {
            let wanted = attributes.iter().find(|attribute| self.slice(&attribute.name).eq_ignore_ascii_case(wanted))?;
            Some(unescaped(self.slice(&wanted.value)))
        };
        let keyed = |by: &'static str| Some((by, attribute(by)?));
        let key = keyed("key").or_else(|| keyed("name")).filter(|(_, key)| self.matching(&[key]).is_some());
        if let (Some((by, key)), Some(value)) = (&key, attribute("value")) {
            self.found(&[key], format!("{name}[@{by}='{key}']"), &value, range.clone());
        }
        for attribute in attributes {
            let attribute_name = self.slice(&attribute.name);
            let value = unescaped(self.slice(&attribute.value));
            self.found(&[name, attribute_name], format!("{name}/@{attribute_name}"), &value, attribute.name.start..attribute.value.end + 1);
        }
        if !closes {
            self.open.push(Element { name, key, text: String::new(), start: range.start, has_children: false });
        }
    }

    /// Closes the nearest element of that name; a stray end tag closes nothing.
    fn closed(&mut self, name: &str, end: usize) {
        let name = cut(name);
        let inner = self.open.iter().rev().take(DEEPEST).position(|element| element.name == name);
        let Some(kept) = inner.and_then(|inner| self.open.len().checked_sub(inner)).filter(|kept| *kept > self.floor) else { return };
        self.open.truncate(kept);
        let Some(element) = self.open.pop() else { return };
        if element.has_children || element.text.trim().is_empty() {
            return;
        }
        let value = element.text.trim().to_owned();
        let range = element.start..end;
        match (&element.key, element.name, self.open.last().and_then(|parent| parent.key.clone())) {
            (Some((by, key)), name, _) => self.found(&[key], format!("{name}[@{by}='{key}']"), &value, range),
            // `<setting name="X"><value>…`: the open elements already carry the key.
            (None, "value", Some((_, key))) => self.found(&[&key], "value".to_owned(), &value, range),
            (None, name, _) => self.found(&[name], name.to_owned(), &value, range),
        }
    }

    fn matching(&self, last: &[&str]) -> Option<Match<'d>> {
        if !last.last().and_then(|last| segments(last).last()).is_some_and(|last| self.document.watch.config_key.know(last)) {
            return None;
        }
        let skipped = self.open.len().saturating_sub(DEEPEST);
        let outer = self.open.iter().skip(skipped).map(|element| element.name);
        let path: Vec<&str> = outer.chain(last.iter().copied()).flat_map(segments).collect();
        self.document.watch.config_key.matching(&path)
    }

    fn found(&mut self, last: &[&str], tail: String, value: &str, range: Range<usize>) {
        let Some(found) = self.matching(last) else { return };
        if self.in_comment && !values::looks_real(value, self.document.watch) {
            return;
        }
        let watched = found.entry.to_owned();
        let steps = self.open.iter().take(DEEPEST).map(|element| match &element.key {
            Some((by, key)) => format!("{}[@{by}='{key}']", element.name),
            None => element.name.to_owned(),
        });
        let sink = steps.chain([tail]).collect::<Vec<_>>().join("/");
        let in_comment = self.in_comment;
        let value = Value::Written(value.to_owned());
        self.reading.add(Place { kind: FactKind::ConfigKey, sink, watched, in_comment, range, value, only_if_written: false });
    }
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
        match resolved {
            Some((character, after)) => {
                plain.push(character);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
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
