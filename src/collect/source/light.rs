//! Large, minified and generated programs are read near the names that were seen in them, and nowhere else.
//!
//! A syntax tree takes a hundred times the memory of its text, and of a bundle of half a megabyte one line matters. What is far from such a line is
//! blanked out: offsets and lines stay as they are, and the tree is small.

use std::ops::Range;

/// A program of more bytes is not read whole.
const LARGE: usize = 128 * 1024;
/// One of more bytes than this may be minified.
const SMALL: usize = 8 * 1024;
/// A program whose lines are longer on average was not written by hand.
const LONG_LINES: usize = 300;
/// How far from a name a program is read, in bytes.
pub(super) const NEAR: usize = 2_000;
/// How much is read in all, in bytes.
pub(super) const MOST: usize = 2 * 1024 * 1024;

/// Whether a program is read only in part.
pub(super) fn is_light(bytes: &[u8]) -> bool {
    let is_minified = || bytes.len() > SMALL && bytes.len() / LONG_LINES > memchr::memchr_iter(b'\n', bytes).count();
    is_large(bytes) || is_minified()
}

/// Whether a program is too large to be read whole, however it was written.
pub(super) fn is_large(bytes: &[u8]) -> bool {
    bytes.len() > LARGE
}

/// What of a text is near some places.
pub(super) struct Near {
    /// The text with blanks for whatever is far from them.
    pub(super) text: String,
    /// What was not blanked out, in order.
    pub(super) parts: Vec<Range<usize>>,
    /// Whether all of the places are in it.
    pub(super) is_all: bool,
}

/// The text near some places, which are in order.
pub(super) fn near(text: &str, places: &[usize]) -> Near {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let (mut taken, mut is_all) = (0_usize, true);
    for place in places {
        let part = part(text, *place);
        let start = parts.last().map_or(part.start, |last| part.start.max(last.end));
        taken = taken.saturating_add(part.end.saturating_sub(start));
        if taken > MOST {
            is_all = false;
            break;
        }
        match parts.last_mut() {
            Some(last) if last.end == start => last.end = last.end.max(part.end),
            _ => parts.push(part),
        }
    }
    Near { text: dimmed(text, &parts), parts, is_all }
}

/// The text with blanks in place of some stretches, which are in order.
pub(super) fn without(text: &str, left_out: &[Range<usize>]) -> String {
    let starts = std::iter::once(0).chain(left_out.iter().map(|range| range.end));
    let ends = left_out.iter().map(|range| range.start).chain(std::iter::once(text.len()));
    let parts: Vec<Range<usize>> = starts.zip(ends).map(|(start, end)| start..end).collect();
    dimmed(text, &parts)
}

/// The text with blanks for whatever is not in one of the parts.
fn dimmed(text: &str, parts: &[Range<usize>]) -> String {
    let mut dimmed = String::with_capacity(text.len());
    let mut done = 0;
    for part in parts {
        blank(&mut dimmed, text.get(done..part.start).unwrap_or(""));
        dimmed.push_str(text.get(part.clone()).unwrap_or(""));
        done = part.end;
    }
    blank(&mut dimmed, text.get(done..).unwrap_or(""));
    dimmed
}

/// What is read around a place: whole lines where they are not too long.
fn part(text: &str, place: usize) -> Range<usize> {
    let (low, high) = (place.saturating_sub(NEAR), place.saturating_add(NEAR).min(text.len()));
    let bytes = text.as_bytes();
    let start =
        if low == 0 { 0 } else { bytes.get(low..place).and_then(|before| memchr::memchr(b'\n', before)).map_or(low, |at| low + at) };
    let after = bytes.get(place..high).unwrap_or(&[]);
    let end = if high == text.len() { high } else { memchr::memrchr(b'\n', after).map_or(high, |at| place + at) };
    let start = (start..=place).find(|at| text.is_char_boundary(*at)).unwrap_or(place);
    let end = (end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    start..end
}

/// Blanks in place of a text, with its line ends.
fn blank(dimmed: &mut String, text: &str) {
    let mut done = 0;
    for at in memchr::memchr2_iter(b'\n', b'\r', text.as_bytes()) {
        blanks(dimmed, at.saturating_sub(done));
        dimmed.push_str(text.get(at..=at).unwrap_or(""));
        done = at + 1;
    }
    blanks(dimmed, text.len().saturating_sub(done));
}

/// So many blanks, a stretch at a time.
fn blanks(dimmed: &mut String, mut left: usize) {
    const STRETCH: &str = "                                                                ";
    while let Some(part) = STRETCH.get(..left.min(STRETCH.len())).filter(|part| !part.is_empty()) {
        dimmed.push_str(part);
        left -= part.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_lines_stay() {
        let text = format!("{}\nclientSecret = 'æ';\r\n{}é", "ø".repeat(9_000), "y\n".repeat(6_000));
        let place = text.find("clientSecret").unwrap();
        let Near { text: dimmed, parts, is_all } = near(&text, &[place]);
        assert!(is_all && parts.len() == 1 && parts.iter().all(|part| part.contains(&place)));
        assert_eq!((dimmed.len(), dimmed.find("clientSecret")), (text.len(), Some(place)));
        assert_eq!(dimmed.matches('\n').count(), text.matches('\n').count());
        assert!(dimmed.starts_with("    ") && dimmed.ends_with("\n  ") && dimmed.contains("'æ';\r\n"));
    }

    #[test]
    fn so_much_is_read_and_no_more() {
        let text = "x ".repeat(4 * 1024 * 1024);
        let places: Vec<usize> = (0..text.len()).step_by(1_000).collect();
        let Near { text: dimmed, parts, is_all } = near(&text, &places);
        assert!(!is_all && parts.len() == 1);
        assert!(dimmed.trim_end().len() <= MOST);
    }

    #[test]
    fn what_nobody_wrote_by_hand_is_told_by_its_lines() {
        assert!(!is_light("let a = 1;\n".repeat(1_000).as_bytes()));
        assert!(is_light("let a = 1;".repeat(1_000).as_bytes()));
        assert!(is_light("let a = 1;\n".repeat(20_000).as_bytes()));
    }
}
