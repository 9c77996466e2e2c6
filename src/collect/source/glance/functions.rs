//! Functions of a file by their names: what they give back, and what they are given where they are called.

use std::ops::Range;

use super::{
    Glance,
    around::{self, LONGEST, LONGEST_NAME, Next, is_name, is_quote},
    values::{MOST_PLACES, WORDS},
};

/// What functions are called that make an object of the type around them.
const CONSTRUCTORS: [&str; 4] = ["constructor", "__init__", "__construct", "New"];
/// So many values are looked at that a function may give back.
const MOST_RETURNED: usize = 8;
/// So far before a constructor its type is looked for, in bytes.
const LONGEST_TYPE: usize = 1 << 15;
/// What ends a function in languages without braces, or begins the next one.
const ENDS: [&[u8]; 7] = [b"End Function", b"End Property", b"End Sub", b"\ndef ", b"    def ", b"\nclass ", b"\tdef "];

impl Glance<'_> {
    /// Whether a function of the file returns a written value.
    pub(super) fn returns_one(&mut self, function: &str) -> bool {
        let key = (0, [function.as_bytes(), b"("].concat());
        if let Some(known) = self.written.get(&key) {
            return *known;
        }
        let finder = memchr::memmem::Finder::new(&key.1);
        let is_definition = |at: &usize| around::is_definition_of(self.bytes, &(*at..at.saturating_add(function.len())));
        let is_text = |from: usize| {
            let rest = self.bytes.get(from..from.saturating_add(LONGEST).min(self.bytes.len())).unwrap_or(&[]);
            rest.iter().take_while(|byte| **byte != b';').any(|byte| is_quote(*byte))
        };
        let mut definitions = finder.find_iter(self.bytes).take(MOST_PLACES).filter(is_definition);
        let found = definitions.any(|at| returned(self.bytes, at).into_iter().any(is_text));
        self.written.insert(key, found);
        found
    }

    /// Whether a function, whose body begins somewhere behind this, or the getter of a property may give back what is written.
    pub(super) fn gives_back(&mut self, from: usize) -> bool {
        let returned = returned(self.bytes, from);
        returned.into_iter().any(|at| self.is_written(at))
    }

    /// Whether a name is that of a parameter, and a text is passed where its function is called.
    pub(super) fn is_parameter(&mut self, name: &Range<usize>) -> bool {
        let Some(open) = around::open_before(self.bytes, name.start) else { return false };
        let callee = around::callee_before(self.bytes, open);
        if !around::is_definition(self.bytes, name.end) && !is_said_to_be_one(self.bytes, open, callee) {
            return false;
        }
        let path = around::names_of(callee);
        let own = path.last().filter(|function| !WORDS.contains(&function.as_str()));
        let of_type = own.filter(|own| CONSTRUCTORS.contains(&own.as_str())).and_then(|_| type_around(self.bytes, open));
        let Some(function) = of_type.as_ref().or(own) else { return false };
        let key = (0, [function.as_bytes(), b"(\""].concat());
        if let Some(known) = self.written.get(&key) {
            return *known;
        }
        let finder = memchr::memmem::Finder::new(function.as_bytes());
        let found = finder.find_iter(self.bytes).take(MOST_PLACES).any(|at| {
            let range = at..at.saturating_add(function.len());
            let is_whole = around::is_whole(self.bytes, &range);
            let Next::Arguments(from) = around::next(self.bytes, &range) else { return false };
            let passed = self.bytes.get(from..from.saturating_add(400).min(self.bytes.len())).unwrap_or(&[]);
            is_whole && passed.iter().take_while(|byte| !b");{".contains(byte)).any(|byte| is_quote(*byte))
        });
        // What is made says its type only where it is declared: `static readonly Settings Sandbox = new("sod", …)`.
        let of_types = function.starts_with(|first: char| first.is_ascii_uppercase());
        let found = found || of_types && memchr::memmem::find(self.bytes, b"= new(\"").is_some();
        self.written.insert(key, found);
        found
    }
}

/// Where the values begin that a function gives back whose body begins somewhere behind this: `=> x`, `return x`.
fn returned(bytes: &[u8], from: usize) -> Vec<usize> {
    let rest = bytes.get(from..from.saturating_add(LONGEST).min(bytes.len())).unwrap_or(&[]);
    let body = rest.get(..end_of_body(rest)).unwrap_or(rest);
    let arrow = memchr::memmem::find(body, b"=>").filter(|at| !body.get(..*at).is_some_and(|before| before.contains(&b'{')));
    let is_word = |at: &usize| at.checked_sub(1).and_then(|before| body.get(before)).is_none_or(|byte| !is_name(*byte));
    let words = memchr::memmem::find_iter(body, b"eturn ").filter_map(|at| at.checked_sub(1));
    let said = words.filter(|at| body.get(*at).is_some_and(|first| b"rR".contains(first)) && is_word(at)).map(|at| at + "return ".len());
    arrow.map(|at| at + "=>".len()).into_iter().chain(said).take(MOST_RETURNED).map(|at| from + at).collect()
}

/// Where the body of a function or property ends that is open here, or opens not far from here.
fn end_of_body(rest: &[u8]) -> usize {
    let said = ENDS.into_iter().filter_map(|end| memchr::memmem::find(rest, end)).min().unwrap_or(rest.len());
    let mut depth = 0_usize;
    for (at, byte) in rest.iter().enumerate().take(said) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return at,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    said
}

/// Whether a word before what stands before a bracket says that it is a function that is written here: `Sub Open(`.
fn is_said_to_be_one(bytes: &[u8], open: usize, callee: &[u8]) -> bool {
    let length = callee.iter().rev().take_while(|byte| is_name(**byte)).count();
    let name = open.saturating_sub(length)..open;
    around::follows_word(bytes, &name, &[b"sub", b"function"])
}

/// The name of the type around an offset, as far as the last one that is declared before it tells.
fn type_around(bytes: &[u8], at: usize) -> Option<String> {
    let before = bytes.get(at.saturating_sub(LONGEST_TYPE)..at)?;
    let mut from = before.len();
    loop {
        from = memchr::memmem::rfind(before.get(..from)?, b"lass ")?;
        let is_word = matches!(before.get(from.checked_sub(1)?), Some(b'c' | b'C'));
        let rest = before.get(from + "lass ".len()..)?.trim_ascii_start();
        let length = rest.iter().take(LONGEST_NAME).take_while(|byte| is_name(**byte)).count();
        if is_word && length > 0 {
            return Some(String::from_utf8_lossy(rest.get(..length)?).into_owned());
        }
    }
}
