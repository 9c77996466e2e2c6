//! Lines on a terminal: labels in a column of their own, words wrapped beside them.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthChar as _;

use crate::wording::visible_within;

/// Columns of the label, the gap after it included.
const LABEL: usize = 12;

/// Columns of a status word in the table of requirements, the gap after it included.
const STATUS: usize = 19;

/// Columns of the label of an entry, the indent and the gap included.
const ENTRY: usize = 20;

/// The longest bar, in columns.
const LONGEST_BAR: usize = 50;

/// Narrower than this, words would break more often than not.
const NARROWEST: usize = 40;

/// Characters of one text from outside that are shown.
const MOST_CHARACTERS: usize = 600;

/// A page being written.
pub(super) struct Page<'a> {
    styled: bool,
    width: usize,
    out: &'a mut dyn Write,
}

impl<'a> Page<'a> {
    pub(super) fn new(styled: bool, width: usize, out: &'a mut dyn Write) -> Self {
        Self { styled, width: width.max(NARROWEST), out }
    }

    /// An empty line.
    pub(super) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A heading with the number of things below it.
    pub(super) fn heading(&mut self, title: &str, number: usize, style: Style) -> io::Result<()> {
        let title = self.paint(title, style);
        writeln!(self.out, "{title}  {number}\n")
    }

    /// A heading without a number.
    pub(super) fn title(&mut self, title: &str, style: Style) -> io::Result<()> {
        let title = self.paint(title, style);
        writeln!(self.out, "{title}\n")
    }

    /// Words beside a label; further lines stand under the first.
    pub(super) fn labelled(&mut self, (label, label_style): (&str, Style), words: &str, style: Style) -> io::Result<()> {
        let mut label = self.padded(label, LABEL, label_style);
        for line in wrap(&visible_within(words, MOST_CHARACTERS), self.width - LABEL) {
            let line = self.paint(&line, style);
            writeln!(self.out, "{}", format!("{label}{line}").trim_end())?;
            label = " ".repeat(LABEL);
        }
        Ok(())
    }

    /// Words beside a bar, and the number of their line before it.
    pub(super) fn framed_line(&mut self, number: &str, words: &str, style: Style) -> io::Result<()> {
        const BAR: usize = 2;
        let faint = Style::new().dimmed();
        let mut before = format!("{number:>width$} ", width = LABEL - 1);
        for line in wrap(&visible_within(words, MOST_CHARACTERS), self.width - LABEL - BAR) {
            writeln!(
                self.out,
                "{}",
                format!("{}{} {}", self.paint(&before, faint), self.paint("│", faint), self.paint(&line, style)).trim_end()
            )?;
            before = " ".repeat(LABEL);
        }
        Ok(())
    }

    /// Columns that are left for a line in a frame.
    pub(super) fn room_in_frame(&self) -> usize {
        self.width - LABEL - 2
    }

    /// A line beside a bar, and its number before it; nothing of it is moved or cut.
    pub(super) fn framed_as_is(&mut self, number: &str, line: &str, style: Style) -> io::Result<()> {
        let faint = Style::new().dimmed();
        let before = self.paint(&format!("{number:>width$} │", width = LABEL - 1), faint);
        writeln!(self.out, "{}", format!("{before} {}", self.paint(line, style)).trim_end())
    }

    /// Words below what is labelled, after a lead; further lines stand so much further in.
    pub(super) fn listed(&mut self, lead: &str, words: &str, indent: usize) -> io::Result<()> {
        let words = visible_within(&format!("{lead}{words}"), MOST_CHARACTERS);
        let mut before = " ".repeat(LABEL);
        for line in wrap(&words, self.width - LABEL - indent) {
            writeln!(self.out, "{before}{line}")?;
            before = " ".repeat(LABEL + indent);
        }
        Ok(())
    }

    /// Lines of code below what is labelled; what is too long for a line is cut.
    pub(super) fn verbatim(&mut self, line: &str) -> io::Result<()> {
        const INDENT: usize = 2;
        let line = cut(&visible_within(line, MOST_CHARACTERS), self.width - LABEL - INDENT);
        writeln!(self.out, "{}", format!("{}{line}", " ".repeat(LABEL + INDENT)).trim_end())
    }

    /// Columns that are left for the words of an entry.
    pub(super) fn room(&self) -> usize {
        self.width - ENTRY
    }

    /// Words of several styles beside a wider label. Where they do not fit on a line, those after the lead are wrapped: beside a short lead,
    /// below a long one.
    pub(super) fn entry(&mut self, label: &str, lead: (&str, Style), rest: &[(&str, Style)]) -> io::Result<()> {
        let shown = |(text, style): &(&str, Style)| (visible_within(text, MOST_CHARACTERS), *style);
        let (lead, rest): ((String, Style), Vec<(String, Style)>) = (shown(&lead), rest.iter().map(shown).collect());
        let is_long = columns(label) > ENTRY - 4;
        if is_long {
            writeln!(self.out, "  {}", self.paint(label, Style::new().dimmed()))?;
        }
        let label = format!("  {}", self.padded(if is_long { "" } else { label }, ENTRY - 2, Style::new().dimmed()));
        let taken = columns(&lead.0);
        let whole = taken + rest.iter().map(|(text, _)| columns(text)).sum::<usize>();
        if whole <= self.room() {
            let painted: String = std::iter::once(&lead).chain(&rest).map(|(text, style)| self.paint(text, *style)).collect();
            return writeln!(self.out, "{}", format!("{label}{painted}").trim_end());
        }
        let beside = taken <= self.room() / 3;
        let (first, indent) = if beside { (format!("{label}{}", self.paint(&lead.0, lead.1)), taken) } else { (" ".repeat(ENTRY + 2), 2) };
        if !beside && taken <= self.room() {
            writeln!(self.out, "{}", format!("{label}{}", self.paint(&lead.0, lead.1)).trim_end())?;
        } else if !beside {
            self.wrapped(&label, &lead.0, 0, lead.1)?;
        }
        let style = rest.first().map_or(lead.1, |(_, style)| *style);
        let rest: String = rest.iter().map(|(text, _)| text.as_str()).collect();
        if rest.is_empty() { Ok(()) } else { self.wrapped(&first, &rest, indent, style) }
    }

    /// Wrapped words after a beginning; further lines stand under the first, so much further in than an entry.
    fn wrapped(&mut self, first: &str, words: &str, indent: usize, style: Style) -> io::Result<()> {
        let mut before = first.to_owned();
        for line in wrap(words, self.room().saturating_sub(indent).max(1)) {
            let line = self.paint(&line, style);
            writeln!(self.out, "{}", format!("{before}{line}").trim_end())?;
            before = " ".repeat(ENTRY + indent);
        }
        Ok(())
    }

    /// A number from 0 to 100, and a bar as long as it says.
    pub(super) fn bar(&mut self, label: &str, value: u32, style: Style) -> io::Result<()> {
        let value = value.min(100);
        let longest = self.room().saturating_sub(5).min(LONGEST_BAR);
        let filled = usize::try_from(value).unwrap_or(0) * longest / 100;
        let (number, full, empty) = (format!("{value:>3}  "), "█".repeat(filled), "░".repeat(longest - filled));
        self.entry(label, (&number, Style::new().bold()), &[(&full, style), (&empty, Style::new().dimmed())])
    }

    /// A word in a frame, and words beside it, of which the last are wrapped, below the frame if need be.
    pub(super) fn framed(&mut self, word: &str, style: Style, (first, rest): (&str, &str)) -> io::Result<()> {
        const MOST: usize = 4;
        let word = cut(&visible_within(word, MOST_CHARACTERS), MOST);
        let across = "─".repeat(columns(&word) + 4);
        let frame = [format!("╭{across}╮"), format!("│  {word}  │"), format!("╰{across}╯")];
        let room = self.width.saturating_sub(across.chars().count() + 7).max(1);
        let beside: Vec<String> = [first, rest].into_iter().flat_map(|words| wrap(&visible_within(words, MOST_CHARACTERS), room)).collect();
        let below = " ".repeat(across.chars().count() + 2);
        for at in 0..beside.len().max(frame.len()) {
            let edge = frame.get(at).map_or_else(|| below.clone(), |edge| self.paint(edge, style));
            let words = beside.get(at).map(String::as_str).unwrap_or_default();
            writeln!(self.out, "{}", format!("  {edge}   {words}").trim_end())?;
        }
        Ok(())
    }

    /// Words without a label.
    pub(super) fn indented(&mut self, words: &str, style: Style) -> io::Result<()> {
        const INDENT: usize = 2;
        // Names that are separated by two spaces are a list of ids: long, but ours.
        for line in wrap(&visible_within(words, 8 * MOST_CHARACTERS), self.width - INDENT) {
            let line = self.paint(&line, style);
            writeln!(self.out, "  {line}")?;
        }
        Ok(())
    }

    /// One line of the table of requirements; what is too long for it is cut.
    pub(super) fn row(&mut self, id: &str, widest: usize, (status, style): (&str, Style), title: &str) -> io::Result<()> {
        let id = format!("{:widest$}", visible_within(id, MOST_CHARACTERS));
        let status = self.padded(status, STATUS, style);
        let room = self.width.saturating_sub(columns(&id) + STATUS + 4).max(1);
        let title = cut(&visible_within(title, MOST_CHARACTERS), room);
        writeln!(self.out, "  {id}  {status}{title}")
    }

    /// A command and what it is good for.
    pub(super) fn hint(&mut self, command: &str, purpose: &str) -> io::Result<()> {
        let command = self.paint(&visible_within(command, MOST_CHARACTERS), Style::new().bold());
        let purpose = self.paint(purpose, Style::new().dimmed());
        writeln!(self.out, "{command}  {purpose}")
    }

    /// The label in its column, or on a line of its own when it is too long.
    fn padded(&self, label: &str, width: usize, style: Style) -> String {
        let gap = width.saturating_sub(columns(label));
        format!("{}{}", self.paint(label, style), " ".repeat(gap))
    }

    fn paint(&self, text: &str, style: Style) -> String {
        if self.styled && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// Breaks text into lines of at most `width` columns, between words where it can. There is always at least one line.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = columns(word);
        if used > 0 && used + 1 + length > width {
            lines.push(String::new());
            used = 0;
        } else if used > 0 {
            append(&mut lines, " ");
            used += 1;
        }
        used = append_word(&mut lines, word, used, width);
    }
    lines
}

/// Appends a word, broken where it is longer than a line; gives back how full the last line is.
fn append_word(lines: &mut Vec<String>, word: &str, mut used: usize, width: usize) -> usize {
    for character in word.chars() {
        let columns = column(character);
        if used > 0 && used + columns > width {
            lines.push(String::new());
            used = 0;
        }
        append(lines, character.encode_utf8(&mut [0; 4]));
        used += columns;
    }
    used
}

fn append(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// At most `width` columns, the last a sign that more was there.
fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let fits = |character: &char| {
        let fits = column(*character) <= left;
        left = left.saturating_sub(column(*character));
        fits
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// Columns that a text takes: two for each wide character (Unicode UAX #11), none for one that joins another.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

/// Columns of a character.
pub(super) fn column(character: char) -> usize {
    character.width().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_stay_whole_where_they_fit() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_page(text in "[ a-zåø✓秘🔑]{0,200}", width in 1_usize..60) {
            for line in wrap(&text, width) {
                prop_assert!(columns(&line) <= width.max(2), "{line}");
            }
        }

        #[test]
        fn no_character_but_spaces_is_lost(text in "[ a-zåø✓秘🔑]{0,200}", width in 1_usize..60) {
            let kept: String = wrap(&text, width).concat().split(' ').collect();
            prop_assert_eq!(kept, text.replace(' ', ""));
        }
    }
}
