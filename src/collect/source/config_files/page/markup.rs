//! Where the programs, the tags and the comments of a page stand.

use std::{collections::VecDeque, ops::Range};

/// The language of a program in a page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    JavaScript,
    TypeScript,
    CSharp,
    VisualBasic,
    Java,
}

/// A part of a page that may hold something watched.
pub(super) enum Piece {
    Program(Program, Range<usize>),
    Json(Range<usize>),
    Tag { name: Range<usize>, attributes: Vec<Attribute>, in_comment: bool },
}

/// A name and a value, without the quotes.
pub(super) type Attribute = (Range<usize>, Range<usize>);

/// How code of the server begins and ends within an attribute.
const CODE: [(&str, &str); 4] = [("<%", "%>"), ("<?", "?>"), ("{%", "%}"), ("{{", "}}")];
/// How far the end of a block of code is looked for, in bytes.
const LONGEST_BLOCK: usize = 256 * 1024;
/// More attributes are data.
const MOST_ATTRIBUTES: usize = 200;
/// How many blocks without an end are looked through.
const MOST_UNENDED: usize = 10;

/// The parts of a page, in order. Always moves on.
pub(super) struct Pieces<'t> {
    text: &'t str,
    at: usize,
    is_razor: bool,
    /// The language of code on the server.
    server: Program,
    ready: VecDeque<Piece>,
    comment_end: usize,
    unended: usize,
    /// Stretches within scripts that the server fills in, and what stands for them.
    pub(super) filled: Vec<(Range<usize>, &'static str)>,
}

impl<'t> Pieces<'t> {
    /// `name` is the file's, in lower case.
    pub(super) fn new(text: &'t str, name: &str) -> Self {
        let is_razor = [".cshtml", ".razor", ".vbhtml"].iter().any(|ending| name.ends_with(ending));
        let head: String = text.chars().take(2_000).collect::<String>().to_lowercase();
        let says_basic = head.contains("language=\"vb\"")
            || head.contains("language='vb'")
            || [".vbhtml", ".asp"].iter().any(|ending| name.ends_with(ending));
        let is_foreign = [".ejs", ".erb"].iter().any(|ending| name.ends_with(ending));
        let server = if is_foreign {
            Program::JavaScript
        } else if [".jsp", ".jspf"].iter().any(|ending| name.ends_with(ending)) {
            Program::Java
        } else if says_basic {
            Program::VisualBasic
        } else {
            Program::CSharp
        };
        let (ready, filled) = (VecDeque::new(), Vec::new());
        Self { text, at: 0, is_razor, server, ready, comment_end: 0, unended: MOST_UNENDED, filled }
    }

    pub(super) fn next(&mut self) -> Option<Piece> {
        while self.ready.is_empty() {
            let rest = self.text.get(self.at..)?;
            let length = rest.find(['<', '@']).filter(|_| !rest.is_empty())?;
            self.at += length;
            self.mark();
        }
        self.ready.pop_front()
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Reads what begins with the mark at hand; takes at least that.
    fn mark(&mut self) {
        let rest = self.rest();
        if rest.starts_with("<%--") {
            self.at = self.past(4, "--%>");
        } else if rest.starts_with("<%") {
            self.server_code();
        } else if rest.starts_with("<?") {
            // At the end of a file, PHP need not close.
            self.at += rest.find("?>").map_or(rest.len(), |length| length + 2);
        } else if rest.starts_with("<!--") {
            // What stands in a comment is read on, as such.
            self.comment_end = self.past(4, "-->");
            self.at += 4;
        } else if rest.starts_with('@') && self.is_razor {
            self.razor();
        } else if rest.starts_with('<') && rest.get(1..).is_some_and(|name| name.starts_with(|first: char| first.is_ascii_alphabetic())) {
            self.tag();
        } else {
            self.at += 1;
        }
    }

    /// Past a closing mark; without one, past the opening one.
    fn past(&mut self, skipped: usize, mark: &str) -> usize {
        if self.unended == 0 {
            return self.at + skipped;
        }
        let Some(length) = self.rest().get(skipped..).and_then(|inside| inside.find(mark)) else {
            self.unended -= 1;
            return self.at + skipped;
        };
        self.at + skipped + length + mark.len()
    }

    /// `<% … %>`; what is only written out is no statement, and may be part of a script.
    fn server_code(&mut self) {
        let start = self.at;
        let end = self.past(2, "%>");
        let is_statement =
            !self.rest().starts_with("<%@") && !self.rest().get(2..).is_some_and(|code| code.starts_with(['=', ':', '#', '$', '!', '-']));
        // In Java members are declared so: `<%! … %>`.
        let is_member = self.server == Program::Java && self.rest().starts_with("<%!");
        if (is_statement || is_member) && end > start + 4 && self.server != Program::JavaScript {
            self.ready.push_back(Piece::Program(self.server, start + 2 + usize::from(is_member)..end - 2));
        }
        self.at = end;
    }

    /// `@{ … }`, `@code { … }`, `@functions { … }`, `@inject Type name`, `@* … *@`.
    fn razor(&mut self) {
        let rest = self.rest();
        if rest.starts_with("@*") {
            self.at = self.past(2, "*@");
            return;
        }
        let word = rest.get(1..).map_or(0, |word| word.find(|next: char| !next.is_ascii_alphabetic()).unwrap_or(word.len()));
        let keyword = rest.get(1..=word).unwrap_or("");
        let blank = rest.get(1 + word..).map_or(0, |after| after.len() - after.trim_start().len());
        let open = self.at + 1 + word + blank;
        if keyword == "inject" {
            let line = rest.find(['\r', '\n']).unwrap_or(rest.len());
            self.ready.push_back(Piece::Program(self.server, self.at + 1 + word..self.at + line));
            self.at += line;
            return;
        }
        let is_block = ["", "code", "functions"].contains(&keyword) && self.text.get(open..).is_some_and(|block| block.starts_with('{'));
        if !is_block {
            self.at += 1 + word;
            return;
        }
        match self.block_end(open) {
            Some(end) if keyword.is_empty() => {
                self.ready.push_back(Piece::Program(self.server, open + 1..end - 1));
                self.at = end;
            }
            Some(end) => {
                self.ready.push_back(Piece::Program(self.server, open..end));
                self.at = end;
            }
            None => self.at = open + 1,
        }
    }

    /// Past the brace that closes the one at an offset; those in texts and comments do not count.
    fn block_end(&mut self, open: usize) -> Option<usize> {
        if self.unended == 0 {
            return None;
        }
        let bytes = self.text.as_bytes();
        let (mut depth, mut at) = (0_usize, open);
        let limit = open.saturating_add(LONGEST_BLOCK).min(bytes.len());
        while at < limit {
            let rest = bytes.get(at..limit)?;
            match rest.first()? {
                b'{' => depth += 1,
                b'}' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Some(at + 1);
                    }
                }
                b'"' => at += literal(rest),
                b'/' if rest.starts_with(b"//") => at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(0),
                _ => {}
            }
            at += 1;
        }
        self.unended -= 1;
        None
    }

    fn tag(&mut self) {
        let in_comment = self.at < self.comment_end;
        let name = self.at + 1..self.at + 1 + self.rest().get(1..).map_or(0, name_length);
        let (attributes, end) = self.attributes(name.end);
        self.at = end;
        let slice = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or("");
        let value_of = |wanted: &str| {
            attributes.iter().find(|(name, _)| slice(name).eq_ignore_ascii_case(wanted)).map(|(_, value)| slice(value).to_lowercase())
        };
        let element = slice(&name).to_ascii_lowercase();
        let (kind, language, runs) = (value_of("type"), value_of("lang"), value_of("runat"));
        self.ready.push_back(Piece::Tag { name, attributes, in_comment });
        if element != "script" && element != "style" || in_comment {
            return;
        }
        let close = if element == "script" { "</script" } else { "</style" };
        let Some(length) = (if self.unended > 0 { find_ignoring_case(self.rest(), close) } else { None }) else {
            self.unended = self.unended.saturating_sub(1);
            return;
        };
        let inside = end..end + length;
        self.at = inside.end;
        if element == "script" {
            self.script(inside, kind.as_deref().unwrap_or(""), language.as_deref().unwrap_or(""), runs.is_some());
        }
    }

    fn script(&mut self, inside: Range<usize>, kind: &str, language: &str, on_server: bool) {
        if on_server {
            self.ready.push_back(Piece::Program(self.server, inside));
        } else if kind.contains("json") {
            self.ready.push_back(Piece::Json(inside));
        } else if kind.is_empty()
            || kind.contains("javascript")
            || kind.contains("ecmascript")
            || ["module", "text/babel", "text/jsx"].contains(&kind)
        {
            self.fill(&inside);
            let program = if ["ts", "tsx", "typescript"].contains(&language) { Program::TypeScript } else { Program::JavaScript };
            self.ready.push_back(Piece::Program(program, inside));
        }
    }

    /// Notes what the server fills into a script.
    fn fill(&mut self, inside: &Range<usize>) {
        let mut at = inside.start;
        while let Some(rest) = self.text.get(at..inside.end) {
            let Some(offset) = rest.find(['<', '@']) else { return };
            let hole = rest.get(offset..).unwrap_or("");
            let close = if hole.starts_with("<%") {
                Some("%>")
            } else if hole.starts_with("<?") {
                Some("?>")
            } else {
                None
            };
            let length = match close {
                Some(close) => hole.find(close).map_or(1, |length| length + close.len()),
                None if hole.starts_with('@') && self.is_razor && !follows_word(self.text, at + offset) => expression_length(hole),
                None => 1,
            };
            if length > 1 {
                self.filled.push((at + offset..at + offset + length, "null"));
            }
            at += offset + length;
        }
    }

    /// The attributes of a tag, and where it ends.
    fn attributes(&self, from: usize) -> (Vec<Attribute>, usize) {
        let (mut attributes, mut at) = (Vec::new(), from);
        while let Some(rest) = self.text.get(at..) {
            let blank = rest.len() - rest.trim_start().len();
            let (start, rest) = (at + blank, rest.trim_start());
            let Some(first) = rest.chars().next() else { return (attributes, start) };
            if first == '>' || first == '<' || attributes.len() >= MOST_ATTRIBUTES {
                return (attributes, start + usize::from(first == '>'));
            }
            let length =
                rest.find(|next: char| next.is_whitespace() || "=>/<\"'".contains(next)).unwrap_or(rest.len()).max(first.len_utf8());
            let name = start..start + length;
            at = name.end;
            let after = self.text.get(at..).unwrap_or("");
            let Some(value) = after.trim_start().strip_prefix('=').map(str::trim_start) else { continue };
            let value_start = self.text.len() - value.len();
            let (inside, end) = if let Some(quote @ ('"' | '\'')) = value.chars().next() {
                let closed = value.get(1..).and_then(|inside| closing_quote(inside, quote));
                let Some(length) = closed else { return (attributes, value_start) };
                (value_start + 1..value_start + 1 + length, value_start + length + 2)
            } else {
                let length = value.find(|next: char| next.is_whitespace() || next == '>').unwrap_or(value.len());
                (value_start..value_start + length, value_start + length)
            };
            attributes.push((name, inside));
            at = end;
        }
        (attributes, self.text.len())
    }
}

/// Where an attribute's quote closes. Code of the server may hold the same quotes.
fn closing_quote(inside: &str, quote: char) -> Option<usize> {
    const FAR: usize = 64 * 1024;
    let inside = inside.get(..inside.floor_char_boundary(FAR)).unwrap_or(inside);
    let mut at = 0;
    loop {
        let rest = inside.get(at..)?;
        let close = rest.find(quote)?;
        let before = rest.get(..close)?;
        let opened = CODE.iter().filter_map(|(open, end)| Some((before.find(open)?, end))).min();
        // Without its end it is text.
        let ended = opened.and_then(|(open, end)| Some(open + rest.get(open..)?.find(end)? + end.len()));
        match ended {
            Some(after) => at += after,
            None => return Some(at + close),
        }
    }
}

fn name_length(text: &str) -> usize {
    text.find(|next: char| !(next.is_alphanumeric() || "-:._".contains(next))).unwrap_or(text.len())
}

/// The length of a text in quotes, its last quote left out; zero where it does not close on its line.
fn literal(bytes: &[u8]) -> usize {
    let mut escaped = false;
    for (offset, byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return offset,
            b'\n' => return 0,
            _ => {}
        }
    }
    0
}

fn follows_word(text: &str, at: usize) -> bool {
    text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(|before| before.is_alphanumeric() || before == '@')
}

/// How long a Razor expression is: `@Model.Name`, `@Html.Raw(x)[1]`, `@(a + b)`.
fn expression_length(text: &str) -> usize {
    const FAR: usize = 2_000;
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 1);
    while let Some(byte) = bytes.get(at).filter(|_| at < FAR) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' if depth == 0 => break,
            b')' | b']' => depth -= 1,
            _ if depth > 0 => {}
            b'.' if !bytes.get(at + 1).is_some_and(u8::is_ascii_alphabetic) => break,
            b'.' | b'?' | b'_' => {}
            byte if byte.is_ascii_alphanumeric() => {}
            _ => break,
        }
        at += 1;
    }
    if depth > 0 || !text.is_char_boundary(at) { 1 } else { at }
}

fn find_ignoring_case(text: &str, mark: &str) -> Option<usize> {
    text.as_bytes().windows(mark.len()).position(|window| window.eq_ignore_ascii_case(mark.as_bytes()))
}
