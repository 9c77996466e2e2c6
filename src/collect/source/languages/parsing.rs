//! From text to a syntax tree, in bounded time and memory.

use std::{
    ops::{ControlFlow, Range},
    sync::{Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use tree_sitter::{Language, ParseOptions, Parser, Point, Tree};

use crate::collect::source::document::Document;

/// How long one file may be parsed: at 7 MB/s, several times what the largest file within the size limit needs.
pub(super) const LIMIT: Duration = Duration::from_secs(10);
/// A larger file is not parsed as a whole: a tree may take three hundred times the memory of its text.
pub(super) const LARGEST: usize = 2 * 1024 * 1024;
/// Larger files are parsed one after the other, whatever the number of threads, for the same reason.
const LARGE: usize = 48 * 1024;
/// Whoever holds it may have the tree of a large file.
static LARGE_TREE: Mutex<()> = Mutex::new(());

/// What has to be held for as long as the tree of a large file is; absent for other files.
pub(super) fn alone(document: &Document<'_>) -> Option<MutexGuard<'static, ()>> {
    (document.weight() > LARGE).then(|| LARGE_TREE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The tree of a whole file, of what of it is not blanked out; absent where that took too long.
pub(super) fn parse(document: &Document<'_>, language: &Language) -> Option<Tree> {
    parse_parts(document, document.text, document.parts, language, LIMIT)
}

/// The same for a language in which more ends a line than its grammar knows (C# 12, section 6.3.2): what follows such a mark in a comment is none. A line's
/// end and blanks stand in place of the mark, so that everything stays where it is.
pub(super) fn parse_all_lines(document: &Document<'_>, language: &Language) -> Option<Tree> {
    const MARKS: [(&str, &str); 3] = [("\u{2028}", "\n  "), ("\u{2029}", "\n  "), ("\u{85}", "\n ")];
    if !MARKS.iter().any(|(mark, _)| document.text.contains(mark)) {
        return parse(document, language);
    }
    let text = MARKS.iter().fold(document.text.to_owned(), |text, (mark, end)| text.replace(mark, end));
    parse_parts(document, &text, document.parts, language, LIMIT)
}

/// The tree of a text that stands alone, as a line of a comment does.
pub(super) fn parse_piece(document: &Document<'_>, text: &str, language: &Language, limit: Duration) -> Option<Tree> {
    parse_parts(document, text, &[], language, limit)
}

fn parse_parts(document: &Document<'_>, text: &str, parts: &[Range<usize>], language: &Language, limit: Duration) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(language).ok()?;
    parser.set_included_ranges(&ranges(text, parts)).ok()?;
    let started = Instant::now();
    let mut progress = |_: &_| {
        let is_over = started.elapsed() > limit || document.stop.load(Ordering::Relaxed);
        if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let bytes = text.as_bytes();
    let options = ParseOptions::new().progress_callback(&mut progress);
    parser.parse_with_options(&mut |offset, _| bytes.get(offset..).unwrap_or(&[]), None, Some(options))
}

/// The parts as the parser wants them. Each begins with the blank before it, where there is one, so that no token goes from one into the next.
fn ranges(text: &str, parts: &[Range<usize>]) -> Vec<tree_sitter::Range> {
    let (mut row, mut line, mut done) = (0, 0, 0);
    let mut point = |offset: usize| {
        for newline in memchr::memchr_iter(b'\n', text.as_bytes().get(done..offset).unwrap_or(&[])) {
            (row, line) = (row + 1, done + newline + 1);
        }
        done = offset;
        Point { row, column: offset.saturating_sub(line) }
    };
    let range = |part: &Range<usize>| {
        let start_byte = part.start.saturating_sub(1);
        let start_point = point(start_byte);
        tree_sitter::Range { start_byte, end_byte: part.end, start_point, end_point: point(part.end) }
    };
    parts.iter().map(range).collect()
}
