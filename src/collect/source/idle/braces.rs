//! Functions of languages that put them in braces.

use std::ops::Range;

use super::Body;
use crate::evidence::Language;

/// What no function begins with, though parentheses and a brace may follow.
const OTHERS: [&str; 22] = [
    "class",
    "interface",
    "struct",
    "record",
    "enum",
    "namespace",
    "new",
    "if",
    "for",
    "foreach",
    "while",
    "switch",
    "catch",
    "using",
    "lock",
    "fixed",
    "synchronized",
    "try",
    "else",
    "do",
    "with",
    "delegate",
];
/// What is given a value is not longer, in bytes.
const LONGEST_TARGET: usize = 200;
/// So many bytes are searched in vain for the ends of texts before a file is given up.
const MOST_IN_VAIN: usize = 256 * 1024;
/// What makes something that is more than its parts: a client, a module.
const MAKERS: [&str; 3] = ["new", "require", "import"];

/// The bodies of the functions of a program, those of inner functions first; absent where brackets do not match.
pub(super) fn bodies(text: &str, language: Language) -> Option<Vec<Body>> {
    let scanner = Scanner {
        bytes: text.as_bytes(),
        language,
        at: 0,
        before: b';',
        frames: vec![Frame::default()],
        bodies: Vec::new(),
        left: MOST_IN_VAIN,
    };
    scanner.scanned()
}

/// What is known of an open bracket.
#[derive(Default)]
struct Frame {
    /// The bracket; of a part of a template its dollar sign.
    opened: u8,
    start: usize,
    /// Where the statement begins that it is part of.
    head: usize,
    /// Whether it is the body of a function, and what that is called.
    is_body: bool,
    name: Option<Range<usize>>,
    /// Whether something written is given to what lies outside of the function.
    gives: bool,
    statement: Statement,
}

/// What a statement came to latest.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Latest {
    /// What a list of parameters may be, so that a body may follow, with a type or a clause between them.
    Parameters,
    /// The arrow of a function, so that a body may follow.
    Arrow,
    #[default]
    Other,
}

/// What is known of a statement that has not ended.
#[derive(Clone, Default)]
struct Statement {
    start: usize,
    /// Whether it is something else than a function, whatever follows.
    is_other: bool,
    latest: Latest,
    /// The latest word, and those before the latest bracket of a type, parentheses and sign of equality.
    word: Range<usize>,
    generic: Range<usize>,
    called: Range<usize>,
    target: Range<usize>,
    /// Whether what is written now is given to what lies outside of the function.
    is_given: bool,
}

struct Scanner<'t> {
    bytes: &'t [u8],
    language: Language,
    at: usize,
    /// The last byte that is neither blank nor part of a comment.
    before: u8,
    /// The first is the file itself.
    frames: Vec<Frame>,
    bodies: Vec<Body>,
    /// How many bytes may still be searched in vain.
    left: usize,
}

impl Scanner<'_> {
    fn scanned(mut self) -> Option<Vec<Body>> {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            if byte.is_ascii_whitespace() {
                self.at += 1;
            } else if !self.comment(byte)? {
                self.token(byte)?;
                self.before = *self.bytes.get(self.at.checked_sub(1)?)?;
            }
        }
        (self.frames.len() == 1).then_some(self.bodies)
    }

    /// Goes past a comment or a line for the preprocessor, if one begins here; absent where it does not end.
    fn comment(&mut self, byte: u8) -> Option<bool> {
        let rest = self.bytes.get(self.at..)?;
        if rest.starts_with(b"//") || (byte == b'#' && self.language == Language::CSharp && self.begins_line()) {
            self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        } else if rest.starts_with(b"/*") {
            self.at += 4 + memchr::memmem::find(rest.get(2..)?, b"*/")?;
        } else {
            return Some(false);
        }
        Some(true)
    }

    fn begins_line(&self) -> bool {
        let before = self.bytes.get(..self.at).unwrap_or(&[]);
        before.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t')).is_none_or(|byte| *byte == b'\n')
    }

    fn token(&mut self, byte: u8) -> Option<()> {
        match byte {
            b'/' if self.is_script() && self.may_be_pattern() => self.pattern()?,
            b'"' | b'\'' | b'`' => self.string(byte)?,
            b'{' | b'(' | b'[' => self.open(byte),
            b'}' | b')' | b']' => self.close(byte)?,
            b';' => {
                self.at += 1;
                self.begin_statement();
            }
            b'=' => self.equals(),
            _ if is_of_word(byte) => self.word(),
            _ => self.mark(byte),
        }
        Some(())
    }

    fn mark(&mut self, byte: u8) {
        self.at += 1;
        let Some(Frame { statement, .. }) = self.frames.last_mut() else { return };
        match byte {
            b',' => statement.latest = Latest::Other,
            // `F<T>(…)` is called `F`.
            b'<' => statement.generic = statement.word.clone(),
            b'>' if !statement.generic.is_empty() => statement.word = std::mem::take(&mut statement.generic),
            _ => {}
        }
    }

    fn is_script(&self) -> bool {
        matches!(self.language, Language::JavaScript | Language::TypeScript)
    }

    fn text(&self, range: &Range<usize>) -> &str {
        self.bytes.get(range.clone()).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or("")
    }

    fn begin_statement(&mut self) {
        let start = self.at;
        if let Some(frame) = self.frames.last_mut() {
            frame.statement = Statement { start, ..Statement::default() };
        }
    }

    /// Whether a slash begins a regular expression: no value stands before it that could be divided.
    fn may_be_pattern(&self) -> bool {
        if !is_of_word(self.before) {
            return !matches!(self.before, b')' | b']' | b'}' | b'"' | b'\'' | b'`');
        }
        let word = self.frames.last().map_or("", |frame| self.text(&frame.statement.word));
        ["return", "typeof", "case", "in", "of"].contains(&word)
    }

    fn pattern(&mut self) -> Option<()> {
        let (mut at, mut is_class) = (self.at + 1, false);
        while let Some(byte) = self.bytes.get(at) {
            match byte {
                b'\\' => at += 1,
                b'[' => is_class = true,
                b']' => is_class = false,
                b'\n' => break,
                b'/' if !is_class => {
                    self.at = at + 1;
                    return Some(());
                }
                _ => {}
            }
            at += 1;
        }
        self.in_vain(at - self.at)
    }

    /// What seemed to begin here did not end, and so did not begin.
    fn in_vain(&mut self, searched: usize) -> Option<()> {
        self.at += 1;
        self.left = self.left.checked_sub(searched)?;
        Some(())
    }

    /// Goes past a text. A quote that nobody closes on its line begins none: it may be an apostrophe.
    fn string(&mut self, quote: u8) -> Option<()> {
        self.give();
        let rest = self.bytes.get(self.at..)?;
        let before = self.bytes.get(..self.at)?;
        if quote == b'`' {
            self.at += 1;
            return if self.is_script() { self.template() } else { Some(()) };
        }
        if quote == b'"' && self.language == Language::CSharp && (before.ends_with(b"@") || before.ends_with(b"@$")) {
            let mut length = 1;
            loop {
                length += memchr::memchr(b'"', rest.get(length..)?)? + 1;
                if rest.get(length) != Some(&b'"') {
                    break;
                }
                length += 1;
            }
            self.at += length;
            return Some(());
        }
        if !self.is_script() && rest.starts_with(b"\"\"\"") {
            let count = rest.iter().take_while(|byte| **byte == b'"').count();
            self.at += 2 * count + memchr::memmem::find(rest.get(count..)?, rest.get(..count)?)?;
            return Some(());
        }
        let mut length = 1;
        while let Some(byte) = rest.get(length).filter(|byte| **byte != b'\n') {
            length += 1 + usize::from(*byte == b'\\');
            if *byte == quote {
                self.at += length;
                return Some(());
            }
        }
        self.in_vain(length)
    }

    /// Goes on in a template, up to its end or to the next expression in it.
    fn template(&mut self) -> Option<()> {
        loop {
            match self.bytes.get(self.at)? {
                b'\\' => self.at += 2,
                b'`' => {
                    self.at += 1;
                    return Some(());
                }
                b'$' if self.bytes.get(self.at + 1) == Some(&b'{') => {
                    self.at += 1;
                    self.open(b'$');
                    return Some(());
                }
                _ => self.at += 1,
            }
        }
    }

    fn open(&mut self, bracket: u8) {
        // `A(…) : base(…)` is called `A`.
        let is_constructed = self.frames.last().is_some_and(|frame| matches!(self.text(&frame.statement.word), "base" | "this"));
        self.at += 1;
        let start = self.at;
        let Some(frame) = self.frames.last_mut() else { return };
        let is_passed = matches!(frame.opened, b'(' | b'[' | b'$');
        let head = if is_passed { frame.head } else { frame.statement.start };
        let statement = &mut frame.statement;
        let is_body = bracket == b'{' && !statement.is_other && statement.latest != Latest::Other;
        let is_given = statement.is_given && !is_body;
        let (called, target, is_arrow) = (statement.called.clone(), statement.target.clone(), statement.latest == Latest::Arrow);
        if bracket == b'(' && !is_constructed {
            statement.called = std::mem::take(&mut statement.word);
        }
        statement.latest = Latest::Other;
        let is_nameless = is_arrow || matches!(self.text(&called), "" | "function" | "async");
        let name = Some(if is_nameless { target } else { called }).filter(|name| !name.is_empty() && !is_passed);
        self.frames.push(Frame {
            opened: bracket,
            start,
            head,
            is_body,
            name,
            gives: false,
            statement: Statement { start, is_given, ..Statement::default() },
        });
    }

    fn close(&mut self, bracket: u8) -> Option<()> {
        let frame = self.frames.pop()?;
        if !matches!((frame.opened, bracket), (b'{' | b'$', b'}') | (b'(', b')') | (b'[', b']')) {
            return None;
        }
        let outer = self.frames.last_mut()?;
        if frame.is_body {
            self.bodies.push(Body { range: frame.start..self.at, head: frame.head, name: frame.name, gives: frame.gives });
        } else {
            outer.gives |= frame.gives;
        }
        self.at += 1;
        if frame.opened == b'$' {
            return self.template();
        }
        match bracket {
            b')' => outer.statement.latest = Latest::Parameters,
            // An object goes on in the statement that it is part of; after anything else another one begins.
            b'}' if outer.opened == b'{' || self.frames.len() == 1 => {
                let is_given = self.frames.last()?.statement.is_given;
                self.begin_statement();
                self.frames.last_mut()?.statement.is_given = is_given;
            }
            _ => {}
        }
        Some(())
    }

    /// An assignment, an arrow, or the end of a comparison.
    fn equals(&mut self) {
        let before = self.at.checked_sub(1).and_then(|at| self.bytes.get(at)).copied().unwrap_or(0);
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let is_script = self.is_script();
        let Some(frame) = self.frames.last_mut() else { return };
        let statement = &mut frame.statement;
        if rest.starts_with(b"=>") {
            self.at += 2;
            statement.latest = Latest::Arrow;
        } else if rest.starts_with(b"==") {
            self.at += if rest.starts_with(b"===") { 3 } else { 2 };
        } else {
            self.at += 1;
            if matches!(before, b'!' | b'<' | b'>') {
                return;
            }
            statement.latest = Latest::Other;
            statement.target = statement.word.clone();
            let start = statement.start.max(self.at.saturating_sub(LONGEST_TARGET));
            let target = self.bytes.get(start..self.at - 1).unwrap_or(&[]).trim_ascii();
            // A script need not end its statements but by the line.
            let line = memchr::memrchr(b'\n', target).filter(|_| is_script).and_then(|end| target.get(end..));
            // `var x = …`, `string x = …` are the function's own.
            let is_given = frame.opened != b'(' && !line.unwrap_or(target).trim_ascii().iter().any(u8::is_ascii_whitespace);
            statement.is_given = is_given || (statement.is_given && line.is_none());
        }
    }

    /// Something is written that may be given to what lies outside.
    fn give(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.gives |= frame.statement.is_given;
        }
    }

    fn word(&mut self) {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or(&[]);
        self.at += rest.iter().take_while(|byte| is_of_word(**byte)).count();
        let range = start..self.at;
        let is_member = self.before == b'.';
        let (is_other, is_returned, is_made) = {
            let word = if is_member { "" } else { self.text(&range) };
            (OTHERS.contains(&word), word == "return", MAKERS.contains(&word) && self.is_script())
        };
        let Some(statement) = self.frames.last_mut().map(|frame| &mut frame.statement) else { return };
        statement.is_other |= is_other;
        statement.is_given |= is_returned;
        if statement.latest == Latest::Arrow {
            statement.latest = Latest::Other;
        }
        statement.word = range;
        if is_made {
            self.give();
        }
    }
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LANGUAGES: [Language; 4] = [Language::CSharp, Language::Java, Language::JavaScript, Language::TypeScript];

    /// What each body is called, and whether it gives anything.
    fn of(language: Language, text: &str) -> Vec<(&str, bool)> {
        let mut bodies = bodies(text, language).expect("brackets that match");
        bodies.sort_by_key(|body| body.range.start);
        bodies.iter().map(|body| (body.name.clone().map_or("", |name| &text[name]), body.gives)).collect()
    }

    #[test]
    fn functions_are_told_from_types_and_branches() {
        let sharp =
            "namespace A { [Serializable(\"a\")] class B : C { int[] x = new int[] { 1 }; public B(int a) : base(a) { if (a) { D(); } }
            bool E<T>() where T : F { return new G { H = 1 }; } } }";
        assert_eq!(of(Language::CSharp, sharp), [("B", false), ("E", false)]);
        let script = "class A { async b(c) { for (;;) { d() } } get e() { return 1 } }
            const f = async (g) => { h() };\nk.l = function () { m() };\nn(function () { o() });\nfunction p({ q } = {}) { try { r() } catch (s) { t() } }";
        let names: Vec<&str> = of(Language::JavaScript, script).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["b", "e", "f", "l", "", "p"]);
    }

    #[test]
    fn what_is_made_to_take_long_is_given_up() {
        for hostile in ["'\\", "/[\\", "(", "a=", "{", "#", "@\"\"", "<"] {
            let text = hostile.repeat(100_000 / hostile.len());
            let found = bodies(&text, Language::JavaScript);
            assert!(found.is_none_or(|bodies| bodies.is_empty()), "{hostile}");
        }
        assert!(bodies(&"'\\".repeat(50_000), Language::CSharp).is_none());
    }

    #[test]
    fn quotes_and_comments_hide_brackets() {
        let sharp =
            "#region don't {\nvoid A() { var a = \"}\\\"{\" + @\"\\\" + '{' + $@\"{b}\"; /* { */ // {\n var c = \"\"\"{\"{\"\"\"; }";
        assert_eq!(of(Language::CSharp, sharp), [("A", false)]);
        let script = "function a() { return b / 2 + /[/}]{/.test(c) + `{${d({ e: `}` })}{` + <p>Don't</p> }";
        assert_eq!(of(Language::TypeScript, script), [("a", true)]);
        assert_eq!(of(Language::Java, "void a() { b(\"\"\"\n { \"c\" \"\"\", '\\''); }"), [("a", false)]);
        for text in ["void a() {", "}", "a ( }", "/* {", "`${"] {
            assert!(bodies(text, Language::JavaScript).is_none());
        }
    }

    #[test]
    fn what_a_function_gives_is_told_from_what_it_holds() {
        let gives = |language, line: &str| of(language, &format!("void F() {{\n{line}\n}}")).iter().any(|(_, gives)| *gives);
        let outer = ["this.key = \"a\";", "key = Bytes(\"a\");", "return b ?? \"a\";", "if (a) { key = \"b\"; }", "x.y = { z: \"a\" };"];
        assert_eq!(LANGUAGES.map(|language| outer.map(|line| gives(language, line))), [[true; 5]; 4]);
        let own = ["var key = \"a\";", "Log(\"a\");", "this.key = key;", "return key;", "if (key == \"a\") { B(); }"];
        assert_eq!(LANGUAGES.map(|language| own.map(|line| gives(language, line))), [[false; 5]; 4]);
        assert!(gives(Language::JavaScript, "this.jwt = require(jwt)") && !gives(Language::CSharp, "this.jwt = new Jwt();"));
        // What ends by its line has ended.
        assert!(!gives(Language::JavaScript, "this.a = b\nconst c = 'd'") && gives(Language::JavaScript, "const c = d\nthis.a = 'b'"));
    }

    proptest! {
        #[test]
        fn a_body_lies_in_its_braces(parts in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "(", ")", "[", "]", "\"", "'", "`", "${", "\\", "/", "/*", "*/", "//", "\n", ";", "=", "=>", "==", " ", "æ", "function", "return", "@", "#if", ",", "a.b",
        ]), 0..60)) {
            let text = parts.concat();
            for language in LANGUAGES {
                for body in bodies(&text, language).unwrap_or_default() {
                    let (before, after) = (text.get(..body.range.start), text.get(body.range.end..));
                    let is_between = before.is_some_and(|before| before.ends_with('{')) && after.is_some_and(|after| after.starts_with('}'));
                    prop_assert!(is_between);
                    prop_assert!(body.head <= body.range.start && body.name.is_none_or(|name| text.get(name).is_some()));
                }
            }
        }
    }
}
