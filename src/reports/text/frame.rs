//! Lines of source in a frame: their numbers, what stands there, and below it a mark under the part that matters.

use std::io;

use anstyle::Style;

use super::page::{Page, column, columns};
use crate::{
    evidence::{CodeLine, Marked},
    wording::visible_within,
};

/// Characters of a line that are looked at.
const MOST_CHARACTERS: usize = 600;
/// Of a line that is cut, one part in so many stands before what is marked.
const BEFORE_MARK: usize = 4;

/// Writes lines, with a word beside the mark.
pub(super) fn write(lines: &[CodeLine], label: &str, style: Style, page: &mut Page) -> io::Result<()> {
    let mut last: Option<u32> = None;
    for line in lines {
        if last.is_some_and(|last| last.saturating_add(1) < line.line) {
            page.framed_as_is("…", "", Style::new())?;
        }
        last = Some(line.line);
        let Shown { text, before, marked } = shown(line, page.room_in_frame());
        page.framed_as_is(&line.line.to_string(), &text, Style::new())?;
        if marked > 0 {
            let underline = "^".repeat(marked);
            let fits = before + marked + 1 + columns(label) <= page.room_in_frame();
            let words = if fits { format!("{underline} {label}") } else { underline };
            page.framed_as_is("", &format!("{}{}", " ".repeat(before), words.trim_end()), style)?;
        }
    }
    Ok(())
}

/// A line as it fits, and the columns before and under its mark.
struct Shown {
    text: String,
    before: usize,
    marked: usize,
}

fn shown(line: &CodeLine, room: usize) -> Shown {
    let characters: Vec<char> = visible_within(&line.text, MOST_CHARACTERS).chars().collect();
    let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX).min(characters.len());
    let (start, end) = line.marked.map_or((0, 0), |Marked { start, end }| (place(start), place(end).max(place(start))));
    let width = |characters: &[char]| characters.iter().map(|character| column(*character)).sum::<usize>();
    let part = |from: usize, to: usize| characters.get(from..to).unwrap_or_default();
    if width(&characters) <= room {
        return Shown { text: characters.iter().collect(), before: width(part(0, start)), marked: width(part(start, end)) };
    }
    let from = if width(part(0, end)) < room { 0 } else { back_from(&characters, start, room / BEFORE_MARK) };
    let mut text: String = if from > 0 { "…".to_owned() } else { String::new() };
    let mut left = room.saturating_sub(1 + columns(&text));
    let mut to = from;
    while let Some(character) = characters.get(to).filter(|character| column(**character) <= left) {
        left -= column(*character);
        text.push(*character);
        to += 1;
    }
    let before = usize::from(from > 0) + width(part(from, start));
    let marked = width(part(start, end.min(to)));
    if to < characters.len() {
        text.push('…');
    }
    Shown { text, before, marked }
}

/// So many columns before a character.
fn back_from(characters: &[char], at: usize, room: usize) -> usize {
    let mut left = room;
    let before = characters.get(..at).unwrap_or_default().iter().rev();
    let taken = before.take_while(|character| {
        let fits = column(**character) <= left;
        left = left.saturating_sub(column(**character));
        fits
    });
    at.saturating_sub(taken.count())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(text: &str, start: u32, end: u32) -> CodeLine {
        CodeLine { line: 3, text: text.to_owned(), marked: Some(Marked { start, end }) }
    }

    fn framed(line: CodeLine, width: usize) -> String {
        let mut bytes = Vec::new();
        write(&[line], "here", Style::new(), &mut Page::new(false, width, &mut bytes)).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_mark_stands_under_wide_characters_too() {
        let shown = framed(line("var 秘密 = \"(12)\";", 10, 14), 60);
        assert_eq!(shown, "          3 │ var 秘密 = \"(12)\";\n            │             ^^^^ here\n");
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_around_its_mark() {
        let long = format!("{}VALUE{}", "a".repeat(100), "b".repeat(100));
        let shown = framed(line(&long, 100, 105), 60);
        assert_eq!(
            shown,
            format!("          3 │ …{}VALUE{}…\n            │ {}^^^^^ here\n", "a".repeat(11), "b".repeat(28), " ".repeat(12))
        );
    }

    proptest! {
        #[test]
        fn a_frame_is_never_wider_than_the_page(text in "[ a-z秘é🔑\u{301}\u{202e}]{0,200}", start in 0_u32..220, end in 0_u32..220, width in 40_usize..120) {
            for line in framed(line(&text, start, end), width).lines() {
                prop_assert!(columns(line) <= width, "{line}");
            }
        }
    }
}
