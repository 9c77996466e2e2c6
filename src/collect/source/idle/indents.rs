//! Functions of a language that marks them by how far their lines are indented.

use std::ops::Range;

use super::Body;

/// A function whose lines are being read.
struct Open {
    indent: usize,
    /// Absent until the line with its head has ended.
    body: Option<usize>,
    head: usize,
    name: Range<usize>,
    gives: bool,
}

/// The lines of the functions of a program in Python.
pub(super) fn bodies(text: &str) -> Vec<Body> {
    let bytes = text.as_bytes();
    let (mut open, mut bodies): (Vec<Open>, Vec<Body>) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < bytes.len() {
        let line = logical_line(bytes, at);
        let content = bytes.get(line.clone()).unwrap_or(&[]);
        let indent = content.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let statement = content.trim_ascii();
        at = line.end;
        if statement.is_empty() || statement.starts_with(b"#") {
            continue;
        }
        while let Some(function) = open.pop_if(|function| indent <= function.indent) {
            bodies.extend(closed(function, line.start));
        }
        if let Some(function) = open.last_mut() {
            function.body.get_or_insert(line.start);
            function.gives |= gives(statement);
        }
        let start = line.start + indent;
        if let Some(name) = name(bytes, start) {
            open.push(Open { indent, body: None, head: start, name, gives: false });
        }
    }
    bodies.extend(open.into_iter().rev().filter_map(|function| closed(function, bytes.len())));
    bodies
}

fn closed(function: Open, end: usize) -> Option<Body> {
    function.body.map(|start| Body { range: start..end, head: function.head, name: Some(function.name), gives: function.gives })
}

/// Where the name of a function stands whose head begins here.
fn name(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let head = bytes.get(start..)?;
    let head = head.strip_prefix(b"async ").unwrap_or(head);
    let name = head.strip_prefix(b"def ")?.trim_ascii_start();
    let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_' || **byte >= 0x80).count();
    let start = bytes.len() - name.len();
    Some(start..start + length)
}

/// Whether a statement returns something that is written, or gives it to what the function does not hold itself.
fn gives(statement: &[u8]) -> bool {
    if statement.starts_with(b"global ") || statement.starts_with(b"nonlocal ") {
        return true;
    }
    let is_written = |value: &[u8]| value.iter().any(|byte| matches!(byte, b'"' | b'\''));
    if let Some(value) = statement.strip_prefix(b"return") {
        return is_written(value);
    }
    let Some(at) = memchr::memchr(b'=', statement) else { return false };
    let (target, value) = statement.split_at(at);
    // A variable is the function's own; a member is not.
    target.contains(&b'.') && !target.contains(&b'(') && (is_written(value) || value.contains(&b'('))
}

/// A line with those on which it goes on: within brackets, within a text of several lines, after a backslash.
fn logical_line(bytes: &[u8], start: usize) -> Range<usize> {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'#' => {
                at = memchr::memchr(b'\n', bytes.get(at..).unwrap_or(&[])).map_or(bytes.len(), |end| at + end);
                continue;
            }
            b'"' | b'\'' => {
                at = text_end(bytes, at);
                continue;
            }
            b'\\' => at += 1,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'\n' if depth == 0 => return start..at + 1,
            _ => {}
        }
        at += 1;
    }
    start..bytes.len()
}

/// Where a text ends whose first quote stands here; one of a single line that nobody closes, with the line.
fn text_end(bytes: &[u8], start: usize) -> usize {
    let quote = bytes.get(start..=start).unwrap_or(&[]);
    let three = quote.repeat(3);
    let is_long = bytes.get(start..).is_some_and(|rest| rest.starts_with(&three));
    let mut at = start + if is_long { 3 } else { 1 };
    while let Some(byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or(&[]);
        match byte {
            b'\\' => at += 1,
            b'\n' if !is_long => return at,
            _ if is_long && rest.starts_with(&three) => return at + 3,
            _ if !is_long && rest.starts_with(quote) => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(&str, &str, bool)> {
        bodies(text).into_iter().map(|body| (&text[body.name.unwrap()], &text[body.range], body.gives)).collect()
    }

    #[test]
    fn a_body_goes_on_as_long_as_its_lines_are_indented() {
        let text = "class A:\n    def one(self):\n        '''Doc\nof it'''\n        x = [\n1,\n]\n\n    # about two\n    async def two(\n        a,\n    ): \n        pass\ny = 1\n";
        let found = of(text);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].0, found[1].0), ("one", "two"));
        assert!(found[0].1.starts_with("        '''Doc") && found[0].1.ends_with("# about two\n"), "{found:?}");
        assert_eq!(found[1].1, "        pass\n");
    }

    #[test]
    fn what_a_function_gives_is_told_from_what_it_holds() {
        let gives = |line: &str| of(&format!("def f():\n    {line}\n")).iter().any(|(.., gives)| *gives);
        assert!(["self.key = 'a'", "self.jwt = make()", "return 'a'", "global key", "return {'a': key}"].into_iter().all(gives));
        assert!(!["key = 'a'", "self.key = key", "return key", "print('a')", "call(a.b='c')"].into_iter().any(gives));
    }

    #[test]
    fn what_nobody_closed_ends_somewhere() {
        for text in ["def f():\n  '''", "def f(:\n  x = (", "def", "def f():", "\\", "def f():\n x = 'a\ny = 1"] {
            assert!(of(text).len() <= 1);
        }
    }
}
