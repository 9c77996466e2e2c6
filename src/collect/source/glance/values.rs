//! Whether what follows the name of a credential may be a value that is written in the source.

use std::ops::Range;

use super::{
    CLOSE, Glance,
    around::{self, LONGEST, Next, ends_line, is_name, is_quote},
    markup, texts,
};
use crate::collect::source::{drawn, letters, names::squeezed, needles::is_common, program::known, values};

/// No written value that matters is longer; a longer one is not taken apart.
const LONGEST_TEXT: usize = 4_000;
/// So many places are looked at for the value of a name, and for what is passed to a function.
pub(super) const MOST_PLACES: usize = 2_000;
/// From how many names to the next one a value is followed; what is behind them may be written.
const MOST_STEPS: usize = 8;
/// How far before the name of a part of a form what it holds begins, in bytes.
const LONGEST_PART: usize = 400;
/// No name of an option of the command line is longer, in bytes.
const LONGEST_OPTION: usize = 60;
/// A number that may be a password, in digits.
const DIGITS: usize = 4;

/// Names that hold what comes from elsewhere.
const OUTSIDE: [&str; 40] = [
    "this",
    "self",
    "base",
    "super",
    "req",
    "request",
    "res",
    "response",
    "result",
    "model",
    "input",
    "data",
    "event",
    "e",
    "user",
    "dto",
    "form",
    "props",
    "state",
    "options",
    "opts",
    "config",
    "settings",
    "args",
    "argv",
    "params",
    "context",
    "ctx",
    "row",
    "item",
    "body",
    "command",
    "cmd",
    "account",
    "credentials",
    "entity",
    "query",
    "value",
    "x",
    "obj",
];
/// Types of the platforms, which hold no constant of an app.
const PLATFORM: [&str; 24] = [
    "Array",
    "BitConverter",
    "Boolean",
    "Buffer",
    "Console",
    "Convert",
    "Date",
    "DateTime",
    "Debug",
    "Encoding",
    "Guid",
    "Int32",
    "IntPtr",
    "JSON",
    "Marshal",
    "Math",
    "Number",
    "Object",
    "Path",
    "Promise",
    "Reflect",
    "String",
    "StringComparison",
    "Task",
];
/// Words that begin no constant.
pub(super) const WORDS: [&str; 34] = [
    "if",
    "while",
    "for",
    "foreach",
    "switch",
    "catch",
    "elseif",
    "elif",
    "using",
    "lock",
    "new",
    "await",
    "typeof",
    "nameof",
    "null",
    "None",
    "nil",
    "true",
    "false",
    "True",
    "False",
    "undefined",
    "Nothing",
    "string",
    "String",
    "str",
    "return",
    "get",
    "set",
    "var",
    "let",
    "const",
    "public",
    "private",
];

/// Whether a name stands among others that are given values side by side: `(user, password) = ("a", "b")`, `(string User, string Password) Erp = (…)`.
fn is_side_by_side(bytes: &[u8], name: &Range<usize>) -> bool {
    let rest = bytes.get(name.end..name.end.saturating_add(LONGEST_PART).min(bytes.len())).unwrap_or(&[]);
    let names = rest.iter().position(|byte| *byte == b')').filter(|close| !rest.iter().take(*close).any(|byte| b"(;{=".contains(byte)));
    let after = names.and_then(|close| rest.get(close + 1..)).unwrap_or(&[]);
    let equals =
        after.iter().position(|byte| *byte == b'=').filter(|at| after.iter().take(*at).all(|byte| is_name(*byte) || *byte == b' '));
    equals.and_then(|at| after.get(at + 1..)).is_some_and(|value| value.trim_ascii_start().starts_with(b"("))
}

/// Whether what stands before a text makes it the value that is taken where a look-up gives none: `process.env.X || '…'`, `getenv("X", "…")`.
fn falls_back(before: &[u8]) -> bool {
    let ends = [&b"||"[..], b"??", b"?:", b" or"].into_iter().any(|sign| before.ends_with(sign));
    ends || (before.ends_with(b",") && memchr::memmem::find(&before.to_ascii_lowercase(), b"env").is_some())
}

/// Whether a text at an offset names a part of a form after what the part holds: `Add(new StringContent(value), "name")`.
fn names_part_of_form(bytes: &[u8], start: usize) -> bool {
    let before = bytes.get(start.saturating_sub(LONGEST_PART)..start).unwrap_or(&[]);
    let held = before.strip_suffix(b"\"").and_then(|rest| rest.trim_ascii_end().strip_suffix(b","));
    held.is_some_and(|held| held.trim_ascii_end().ends_with(b")") && memchr::memmem::find(held, b"Content(").is_some())
}

/// Whether a name is that of an option of the command line for which a default may be said: `("--app-token", default="…")`.
fn is_option_with_default(bytes: &[u8], name: &Range<usize>) -> bool {
    let rest = bytes.get(name.end..name.end.saturating_add(LONGEST_PART).min(bytes.len())).unwrap_or(&[]);
    let before = bytes.get(name.start.saturating_sub(LONGEST_OPTION)..name.start).unwrap_or(&[]);
    let begun = before.iter().rev().take_while(|byte| is_name(**byte) || **byte == b'-').count();
    before.get(before.len() - begun..).is_some_and(|option| option.starts_with(b"--")) && memchr::memmem::find(rest, b"default").is_some()
}

impl Glance<'_> {
    /// Whether a value that is written somewhere may follow a name.
    pub(super) fn has_value(&mut self, name: &Range<usize>) -> bool {
        let bytes = self.bytes;
        if names_part_of_form(bytes, name.start) || texts::is_filled_element(bytes, name) || is_option_with_default(bytes, name) {
            return true;
        }
        if let Some(quote) = texts::quote_around(self.bytes, name) {
            return self.has_value_in_text(name, quote);
        }
        match around::next(self.bytes, name) {
            Next::Value(at) | Next::Comma(at) if self.is_echo(name, at) => false,
            Next::Comma(at) if self.is_alone(at) || self.is_listed(name, at) => false,
            Next::Text(_) if around::is_in_comment(self.bytes, name) => false,
            Next::Value(at) => self.is_written(at) || (self.at(at.wrapping_sub(1)) == b':' && self.is_parameter(name)),
            Next::Arguments(at) => self.is_written(at) || (around::is_definition(self.bytes, at) && self.gives_back(at)),
            Next::Comma(at) | Next::Text(at) => self.is_written(at),
            Next::Block(_) if around::is_of_type(self.bytes, name) => false,
            Next::Block(at) => {
                let follows = around::value_after_block(self.bytes, at);
                follows.is_some_and(|at| self.is_written(at) || self.gives_back(at)) || around::has_default(self.bytes, name)
            }
            Next::Name(at) => {
                (around::is_option(self.bytes, name) && self.is_written(at))
                    || (around::is_of_basic(self.bytes, at) && (self.gives_back(at) || self.is_parameter(name)))
            }
            Next::Nothing => {
                self.is_parameter(name)
                    || is_side_by_side(bytes, name)
                    || self.has_stand_in(name)
                    || texts::is_initial_state(self.bytes, name)
            }
        }
    }

    /// Whether something is written that stands in for what is looked up by a name: `("NAME") ?? "value"`.
    fn has_stand_in(&mut self, name: &Range<usize>) -> bool {
        let close = name.end.saturating_add(1);
        if !is_quote(self.at(name.end)) || !matches!(self.at(close), b')' | b']') {
            return false;
        }
        let sign = self.past_blanks(close.saturating_add(1));
        let is_or = matches!((self.at(sign), self.at(sign.saturating_add(1))), (b'?', b'?' | b':') | (b'|', b'|'));
        is_or && self.is_written(sign.saturating_add(2))
    }

    /// Whether a name is given its own name, as tables of names do: `accesskey: 'accessKey'`.
    fn is_echo(&self, name: &Range<usize>, at: usize) -> bool {
        let open = self.past_blanks(at);
        let letters = |range: Range<usize>| squeezed(&String::from_utf8_lossy(self.bytes.get(range).unwrap_or(&[])));
        is_quote(self.at(open)) && letters(self.text_at(open)) == letters(name.clone())
    }

    /// Whether a name is given words, which stand for no secret where one is to be filled in, and work where any text does.
    pub(super) fn is_given_a_word(&self, name: &Range<usize>) -> bool {
        let Next::Value(at) = around::next(self.bytes, name) else { return false };
        let open = self.past_blanks(at);
        let word = || String::from_utf8_lossy(self.bytes.get(self.text_at(open)).unwrap_or(&[]));
        is_quote(self.at(open)) && ["naming ", "spoken "].contains(&letters::kind(&word()))
    }

    /// Whether what follows a text is the next name with its own value, so that the text is one itself: `type: 'password', name: 'x'`.
    fn is_alone(&self, comma: usize) -> bool {
        let start = self.past_blanks(comma);
        let end = if is_quote(self.at(start)) { self.text_at(start).end.saturating_add(1) } else { self.path_at(start).end };
        let sign = self.past_blanks(end);
        let is_sign = matches!(self.at(sign), b':' | b'=') && self.at(sign) != self.at(sign.saturating_add(1));
        // An argument may be named as what it is.
        let is_value = self.bytes.get(start..end).is_some_and(|name| name.eq_ignore_ascii_case(b"value"));
        is_sign && !is_value
    }

    /// Whether a text is one of many, of which none names another: texts stand before it and behind the next one.
    fn is_listed(&self, name: &Range<usize>, comma: usize) -> bool {
        let before = self.bytes.get(..name.start.saturating_sub(1)).unwrap_or(&[]).trim_ascii_end();
        let has_text_before =
            before.strip_suffix(b",").is_some_and(|before| before.trim_ascii_end().last().is_some_and(|last| is_quote(*last)));
        let next = self.past_blanks(comma);
        let after = self.past_blanks(self.text_at(next).end.saturating_add(1));
        let has_text_after =
            is_quote(self.at(next)) && self.at(after) == b',' && is_quote(self.at(self.past_blanks(after.saturating_add(1))));
        has_text_before && has_text_after
    }

    /// Where the blanks end that begin here, as far as they are looked at.
    fn past_blanks(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..from.saturating_add(LONGEST).min(self.bytes.len())).unwrap_or(&[]);
        from.saturating_add(rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count())
    }

    /// Whether an element only describes what it is named for, in the words of a sentence: `<param name="token">The token of a user.</param>`. No
    /// function is called in markup either.
    pub(super) fn is_described(&self, name: &Range<usize>) -> bool {
        let is_markup = || markup::is_markup(self.bytes);
        match around::next(self.bytes, name) {
            Next::Arguments(_) => is_markup(),
            Next::Text(_) if markup::is_documented(self.bytes, name) => true,
            Next::Text(at) if is_markup() => {
                let rest = self.bytes.get(at..at.saturating_add(LONGEST).min(self.bytes.len())).unwrap_or(&[]);
                let (text, after) = rest.split_at(memchr::memchr(b'<', rest).unwrap_or(rest.len()));
                let text = String::from_utf8_lossy(text);
                let own = String::from_utf8_lossy(self.bytes.get(name.clone()).unwrap_or(&[]));
                let is_sentence = text.split_whitespace().count() > around::SENTENCE && !text.contains(['=', ':', '"', '\'']);
                // Words with an element among them, as documentation has references.
                let is_mixed = !text.trim().is_empty() && after.get(1).is_some_and(u8::is_ascii_alphabetic);
                is_sentence || is_mixed || squeezed(&text) == squeezed(&own)
            }
            _ => false,
        }
    }

    /// The same of a name within a text: a connection string, a query, JSON.
    fn has_value_in_text(&mut self, name: &Range<usize>, quote: u8) -> bool {
        let at = match around::next(self.bytes, name) {
            Next::Value(at) => at,
            // The end of a key: `setProperty("hibernate.connection.password", "…")`.
            Next::Comma(at) if texts::ends_text(self.bytes, name) => return !self.is_alone(at) && self.is_written(at),
            _ => return false,
        };
        let rest = self.bytes.get(at..at.saturating_add(LONGEST).min(self.bytes.len())).unwrap_or(&[]);
        let is_mark = |at: usize| match rest.get(at) {
            Some(b' ' | b'\\') => true,
            Some(byte) => is_quote(*byte) && (*byte != quote || at.checked_sub(1).and_then(|at| rest.get(at)) == Some(&b'\\')),
            None => false,
        };
        let marks = (0..rest.len()).take_while(|at| is_mark(*at)).count();
        match rest.get(marks) {
            // The end of a key with a path: `settings["mail:password"] = "…"`.
            Some(_) if texts::ends_text(self.bytes, name) => self.is_written(at),
            // What is put behind the text.
            Some(first) if *first == quote => self.is_written(at.saturating_add(marks).saturating_add(1)),
            Some(first) => !b"{$%<#*.+&;,)]}\n\r".contains(first),
            None => false,
        }
    }

    /// Whether a value that begins here may be written in the source, here or where a name leads.
    pub(super) fn is_written(&mut self, from: usize) -> bool {
        let end = from.saturating_add(LONGEST).min(self.bytes.len());
        let (mut offset, mut depth, mut last) = (from, 0_usize, b' ');
        while offset < end {
            let byte = self.at(offset);
            match byte {
                b'"' | b'\'' | b'`' => {
                    let text = self.text_at(offset);
                    if self.may_be_one(&text, from) {
                        return true;
                    }
                    offset = text.end;
                    last = byte;
                }
                b'(' | b'[' | b'{' => depth += 1,
                b';' => return false,
                b')' | b']' | b'}' | b',' if depth == 0 => return false,
                b')' | b']' | b'}' => depth -= 1,
                b'\n' if depth == 0 && ends_line(self.bytes, offset, last) => return false,
                _ if byte.is_ascii_digit() && !is_name(self.at(offset.wrapping_sub(1))) => {
                    let length = self.run(offset);
                    if depth == 0 && length >= DIGITS {
                        return true;
                    }
                    offset = offset.saturating_add(length).saturating_sub(1);
                }
                _ if is_name(byte) && last == b' ' && around::is_sentence(self.bytes, offset) => return false,
                _ if is_name(byte) => {
                    let path = self.path_at(offset);
                    if self.leads_to_one(&path) {
                        return true;
                    }
                    offset = path.end.saturating_sub(1);
                    last = b'x';
                }
                _ => {}
            }
            if !byte.is_ascii_whitespace() && !is_name(byte) {
                last = byte;
            }
            offset += 1;
        }
        // A value that has no end is one for whoever reads the whole file.
        end < self.bytes.len() && depth > 0
    }

    pub(super) fn at(&self, offset: usize) -> u8 {
        self.bytes.get(offset).copied().unwrap_or(0)
    }

    /// How long a name or number is.
    fn run(&self, offset: usize) -> usize {
        self.bytes.get(offset..).unwrap_or(&[]).iter().take(LONGEST).take_while(|byte| is_name(**byte)).count()
    }

    /// The text that begins with the quote here, without its quotes.
    fn text_at(&self, open: usize) -> Range<usize> {
        let quote = self.at(open);
        let triple = self.at(open + 1) == quote && self.at(open + 2) == quote;
        let start = open.saturating_add(if triple { 3 } else { 1 });
        let mut offset = start;
        let end = start.saturating_add(LONGEST_TEXT).min(self.bytes.len());
        while offset < end {
            match self.at(offset) {
                b'\\' => offset += 1,
                byte if byte == quote => break,
                b'\n' if !triple && quote != b'`' && offset.saturating_sub(start) > 400 => break,
                _ => {}
            }
            offset += 1;
        }
        start..offset.min(end)
    }

    /// Whether a text may be the value, and not the name of something that is looked up, nor a stand-in.
    fn may_be_one(&self, text: &Range<usize>, from: usize) -> bool {
        let Some(content) = self.bytes.get(text.clone()).filter(|content| !content.is_empty()) else { return false };
        let before = self.bytes.get(from..text.start.saturating_sub(1)).unwrap_or(&[]);
        // What marks a text: `@"…"`, `b'…'`, `u8"…"`.
        let marks = before.iter().rev().take(3).take_while(|byte| byte.is_ascii_alphanumeric() || b"@$\"'".contains(byte)).count();
        let before = before.get(..before.len().saturating_sub(marks)).unwrap_or(&[]).trim_ascii_end();
        let is_key = match before.last() {
            Some(b'[') => {
                before.len().checked_sub(2).and_then(|at| before.get(at)).is_some_and(|byte| is_name(*byte) || b"])?".contains(byte))
            }
            Some(b'(') => {
                let open = from.saturating_add(before.len()).saturating_sub(1);
                let path = around::path_before(self.bytes, open);
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                looks_up(&path)
            }
            _ => false,
        };
        let content = String::from_utf8_lossy(content);
        !is_key && (values::is_hash(&content) || falls_back(before) || !values::is_placeholder(&content, self.watch))
    }

    /// The names of a path that begins here: `a.b.c`, `a->b`, `A::B`.
    fn path_at(&self, start: usize) -> Range<usize> {
        let rest = self.bytes.get(start..start.saturating_add(LONGEST).min(self.bytes.len())).unwrap_or(&[]);
        let mut length = 0;
        while length < rest.len() {
            let tail = rest.get(length..).unwrap_or(&[]);
            let name = tail.iter().take_while(|byte| is_name(**byte)).count();
            length += name;
            let tail = rest.get(length..).unwrap_or(&[]);
            let joint = [&b"?."[..], b"!.", b"->", b"::", b"."].into_iter().find(|joint| tail.starts_with(joint));
            match joint {
                Some(joint) if tail.get(joint.len()).is_some_and(|byte| is_name(*byte)) => length += joint.len(),
                _ => break,
            }
            if name == 0 {
                break;
            }
        }
        start..start.saturating_add(length.max(1))
    }

    /// Whether a path may lead to a written value: a constant of this file or of another.
    fn leads_to_one(&mut self, path: &Range<usize>) -> bool {
        let text = self.bytes.get(path.clone()).unwrap_or(&[]);
        let names: Vec<String> = text
            .split(|byte| !is_name(*byte))
            .filter(|name| !name.is_empty())
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        let Some((last, before)) = names.split_last() else { return false };
        let is_call = self.bytes.get(path.end..).unwrap_or(&[]).iter().find(|byte| **byte != b' ') == Some(&b'(');
        if is_call || (before.is_empty() && WORDS.contains(&last.as_str())) {
            // What is passed is looked at as it comes.
            return is_call && before.is_empty() && !WORDS.contains(&last.as_str()) && !looks_up(&[last]) && self.returns_one(last);
        }
        let is_constant = last.starts_with(|first: char| first.is_ascii_uppercase()) && !last.bytes().any(|byte| byte.is_ascii_lowercase());
        let whole: Vec<&str> = names.iter().map(String::as_str).collect();
        let is_looked_up = known::origin(&whole).is_some();
        if drawn::looks_random(last) || (is_constant && !is_looked_up) {
            return true;
        }
        let start = path.end.saturating_sub(last.len());
        if self.is_written_elsewhere(last, start) {
            return true;
        }
        // A constant of another file bears its type's or module's name; one with the name of a credential is told where it is defined.
        let head = before.first().map_or("", String::as_str);
        let is_credential = self.watch.assignment.know(last);
        let is_outside =
            PLATFORM.contains(&head) || OUTSIDE.iter().any(|outside| head.trim_start_matches(['_', '$']).eq_ignore_ascii_case(outside));
        !before.is_empty() && !is_credential && !is_outside && !is_looked_up && head.starts_with(char::is_uppercase)
    }

    /// Whether a name is given a written value somewhere in the file.
    fn is_written_elsewhere(&mut self, name: &str, own: usize) -> bool {
        let near = self.near(own);
        let key = (near.start, name.as_bytes().to_vec());
        if let Some(known) = self.written.get(&key) {
            return *known;
        }
        if self.depth >= MOST_STEPS {
            return true;
        }
        self.depth += 1;
        // A name that leads to itself leads nowhere.
        self.written.insert(key.clone(), false);
        let bytes = self.bytes;
        let found = memchr::memmem::find_iter(bytes.get(near.clone()).unwrap_or(&[]), name.as_bytes())
            .map(|at| near.start.saturating_add(at))
            .filter(|at| *at != own)
            .take(MOST_PLACES)
            .any(|at| {
                let place = at..at.saturating_add(name.len());
                is_defined(bytes, place.clone()) && given(bytes, &place).is_some_and(|from| self.is_written(from))
            });
        self.depth -= 1;
        self.written.insert(key, found);
        found
    }

    /// Whether a switch may be set to what a rule fails: to something written, to a constant, to a function; or to whatever it is.
    pub(super) fn is_switched(&self, name: &Range<usize>, by_any_value: bool) -> bool {
        match around::next(self.bytes, name) {
            Next::Value(at) | Next::Comma(at) | Next::Text(at) => by_any_value || self.may_switch(name, at),
            Next::Block(at) => around::value_after_block(self.bytes, at).is_some(),
            Next::Arguments(at) => self.is_setter(name, at),
            Next::Name(_) | Next::Nothing => around::is_option(self.bytes, name) || around::is_element(self.bytes, name),
        }
    }

    /// Whether a switch is set to what is of interest, or to what cannot be told here: anything but a text, or a text that is only part of the value.
    pub(super) fn may_hold(&self, name: &Range<usize>) -> bool {
        let own = String::from_utf8_lossy(self.bytes.get(name.clone()).unwrap_or(&[]));
        let texts = self.watch.held_by(own.trim_start_matches('$'));
        let (Next::Value(at) | Next::Comma(at), false) = (around::next(self.bytes, name), texts.is_empty()) else { return true };
        let open = self.past_blanks(at);
        if !is_quote(self.at(open)) {
            return true;
        }
        let text = self.text_at(open);
        let after = self.bytes.get(text.end.saturating_add(1)..).unwrap_or(&[]).iter().find(|byte| !matches!(byte, b' ' | b'\t'));
        let is_all = after.is_none_or(|next| b",;)}]\r\n".contains(next));
        let written = String::from_utf8_lossy(self.bytes.get(text).unwrap_or(&[])).to_lowercase();
        !is_all || written.contains("${") || texts.iter().any(|held| written.contains(held))
    }

    fn may_switch(&self, name: &Range<usize>, at: usize) -> bool {
        let start = self.past_blanks(at);
        if !is_name(self.at(start)) {
            // What is the contrary of something is nothing that is written.
            let is_contrary = self.at(start) == b'!' && self.at(start.saturating_add(1)).is_ascii_alphabetic();
            return !is_contrary;
        }
        let path = self.path_at(start);
        let names: Vec<&[u8]> = self.bytes.get(path).unwrap_or(&[]).split(|byte| !is_name(*byte)).filter(|name| !name.is_empty()).collect();
        let own = self.bytes.get(name.clone()).unwrap_or(&[]);
        let is_copy = names.last().is_some_and(|last| last.eq_ignore_ascii_case(own));
        let is_own_function = || matches!(names.as_slice(), [b"this" | b"self", last] if self.defines_function(last));
        let is_outside = names.len() > 1
            && !is_own_function()
            && names.first().is_some_and(|head| {
                let head = String::from_utf8_lossy(head).to_lowercase();
                OUTSIDE.contains(&head.trim_start_matches(['_', '$']))
            });
        !is_copy && !is_outside
    }

    /// Whether the file defines a function of this name.
    fn defines_function(&self, name: &[u8]) -> bool {
        let mut found = memchr::memmem::find_iter(self.bytes, name).take(MOST_PLACES).map(|at| at..at.saturating_add(name.len()));
        found.any(|mention| around::is_whole(self.bytes, &mention) && around::is_definition_of(self.bytes, &mention))
    }

    /// Whether a method sets a switch, or a function bears the name of one and says what it does.
    fn is_setter(&self, name: &Range<usize>, at: usize) -> bool {
        let own = String::from_utf8_lossy(self.bytes.get(name.clone()).unwrap_or(&[]));
        let rest = self.bytes.get(at..at.saturating_add(8).min(self.bytes.len())).unwrap_or(&[]).trim_ascii_start();
        let is_truth =
            [&b"true"[..], b"false"].iter().any(|truth| rest.get(..truth.len()).is_some_and(|rest| rest.eq_ignore_ascii_case(truth)));
        // A function is what the switch is set to: `hostnameVerifier((host, session) -> true)`.
        let passed = self.bytes.get(at..at.saturating_add(CLOSE).min(self.bytes.len())).unwrap_or(&[]);
        let passed = passed.split(|byte| *byte == b';').next().unwrap_or(&[]);
        let is_function = [&b"->"[..], b"=>"].iter().any(|arrow| memchr::memmem::find(passed, arrow).is_some());
        is_truth
            || is_function
            || known::without_setter(&own).len() < own.len()
            || (!is_common(&own) && around::is_definition(self.bytes, at))
            || !known::positions(&[&own]).is_empty()
    }
}

/// Whether the name here is given a text or a number, or as a constant anything: in a declaration, a property, an object.
pub(super) fn is_defined(bytes: &[u8], name: Range<usize>) -> bool {
    if !around::is_whole(bytes, &name) {
        return false;
    }
    let Some(from) = given(bytes, &name) else { return false };
    around::value(bytes, from).iter().any(|byte| is_quote(*byte) || byte.is_ascii_digit()) || is_constant(bytes, &name)
}

/// Where the value begins that a name is given.
fn given(bytes: &[u8], name: &Range<usize>) -> Option<usize> {
    match around::next(bytes, name) {
        Next::Value(from) | Next::Comma(from) | Next::Text(from) => Some(from),
        Next::Block(from) => around::value_after_block(bytes, from),
        // A member of an enumeration.
        Next::Arguments(from) => bytes.get(name.clone()).filter(|name| !name.iter().any(u8::is_ascii_lowercase)).map(|_| from),
        Next::Name(_) | Next::Nothing => None,
    }
}

/// Whether a line says before a name that it is a constant.
fn is_constant(bytes: &[u8], name: &Range<usize>) -> bool {
    const SAYS: [&[u8]; 7] = [b"const", b"static", b"final", b"readonly", b"define", b"export", b"Const"];
    let line = around::line(bytes, name.start);
    line.split(|byte| !is_name(*byte)).any(|word| SAYS.contains(&word))
}

/// Whether a call looks something up by the name that it is given, so that the text is no value.
fn looks_up(path: &[&str]) -> bool {
    const STARTS: [&str; 12] =
        ["get", "find", "query", "read", "load", "require", "translate", "localize", "lookup", "fetch", "contains", "has"];
    let Some(last) = path.last() else { return false };
    let lower = last.to_ascii_lowercase();
    // It may give back what it is given, in another form.
    let converts = known::converts(last) || known::keeps(last);
    known::origin_of_call(path).is_some()
        || (!converts
            && (matches!(lower.as_str(), "t" | "_" | "__" | "$" | "i18n" | "nameof")
                || STARTS.iter().any(|start| lower.starts_with(start))))
}
