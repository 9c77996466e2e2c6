//! Bytes of a source file as text, and offsets in that text as the lines and columns an editor shows.

use std::{borrow::Cow, cell::OnceCell, ops::Range};

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How much of a file is looked at to tell its encoding: the distance git looks too.
const PROBE: usize = 8 * 1024;
/// Of the bytes of a text, one in so many at most is a control character.
const CONTROLS: usize = 10;
/// Of the units of a text in UTF-16, one in so many at least is ASCII or Latin: names, quotes and brackets, blanks.
const LATIN: usize = 4;

/// How the bytes of a file are read as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8 or, where it is none, windows-1252, in which every byte means something.
    Bytes,
    Utf16 {
        big_endian: bool,
    },
    Utf32 {
        big_endian: bool,
    },
}

/// Byte order marks; that of UTF-16 begins that of UTF-32.
const MARKS: [(&[u8], Encoding); 5] = [
    (&[0xFF, 0xFE, 0, 0], Encoding::Utf32 { big_endian: false }),
    (&[0, 0, 0xFE, 0xFF], Encoding::Utf32 { big_endian: true }),
    (&[0xFF, 0xFE], Encoding::Utf16 { big_endian: false }),
    (&[0xFE, 0xFF], Encoding::Utf16 { big_endian: true }),
    (&[0xEF, 0xBB, 0xBF], Encoding::Bytes),
];

impl Encoding {
    /// The encoding by the byte order mark or, without one, by where the NULs are, as readers of XML and JSON tell it (RFC 4627, section 3).
    /// Absent when the bytes are no text.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        if let Some((_, encoding)) = marked(bytes) {
            return Some(encoding);
        }
        let probe = bytes.get(..PROBE).unwrap_or(bytes);
        if !probe.contains(&0) {
            return Some(Self::Bytes);
        }
        let wide = [Self::Utf32 { big_endian: false }, Self::Utf32 { big_endian: true }]
            .into_iter()
            .chain([Self::Utf16 { big_endian: false }, Self::Utf16 { big_endian: true }]);
        wide.into_iter().find(|encoding| encoding.fits(probe)).or_else(|| is_mostly_text(probe).then_some(Self::Bytes))
    }

    /// Whether a name of ASCII letters stands in the bytes as such.
    pub(super) fn holds_ascii(self) -> bool {
        self == Self::Bytes
    }

    /// Whether the zeros of the bytes are where this puts them.
    fn fits(self, probe: &[u8]) -> bool {
        let zeros_at = |unit: &[u8], at: &[usize]| at.iter().all(|at| unit.get(*at) == Some(&0));
        let (width, high, low): (usize, &[usize], usize) = match self {
            Self::Bytes => return false,
            Self::Utf16 { big_endian: false } => (2, &[1], 0),
            Self::Utf16 { big_endian: true } => (2, &[0], 1),
            Self::Utf32 { big_endian: false } => (4, &[2, 3], 0),
            Self::Utf32 { big_endian: true } => (4, &[0, 1], 3),
        };
        let units = probe.chunks_exact(width);
        let (all, latin) = (units.len(), units.clone().filter(|unit| zeros_at(unit, high) && !zeros_at(unit, &[low])).count());
        let stray = units.filter(|unit| zeros_at(unit, &[low])).count();
        let enough = if width == 4 { latin.saturating_mul(10) >= all.saturating_mul(9) } else { latin.saturating_mul(LATIN) >= all };
        all > 0 && enough && stray.saturating_mul(CONTROLS) <= all
    }
}

fn marked(bytes: &[u8]) -> Option<(&[u8], Encoding)> {
    MARKS.iter().find_map(|(mark, encoding)| bytes.strip_prefix(*mark).map(|rest| (rest, *encoding)))
}

/// The bytes without a byte order mark.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    marked(bytes).map_or(bytes, |(rest, _)| rest)
}

/// Whether there are too few control characters, NULs among them, for anything but text with a flaw.
fn is_mostly_text(bytes: &[u8]) -> bool {
    let controls = bytes.iter().filter(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace()).count();
    controls.saturating_mul(CONTROLS) <= bytes.len()
}

/// The text without its byte order mark. A NUL becomes a blank, so that what reads the text does not end there.
pub(super) fn decode(bytes: &[u8], encoding: Encoding) -> Cow<'_, str> {
    let rest = without_mark(bytes);
    let text = match encoding {
        Encoding::Utf16 { big_endian: false } => UTF_16LE.decode_without_bom_handling(rest).0,
        Encoding::Utf16 { big_endian: true } => UTF_16BE.decode_without_bom_handling(rest).0,
        Encoding::Utf32 { big_endian } => Cow::Owned(rest.chunks(4).map(|unit| code_point(unit, big_endian)).collect()),
        Encoding::Bytes => match std::str::from_utf8(rest) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(rest).0,
        },
    };
    if text.as_bytes().contains(&0) { Cow::Owned(text.replace('\0', " ")) } else { text }
}

fn code_point(unit: &[u8], big_endian: bool) -> char {
    let number = unit.try_into().map(if big_endian { u32::from_be_bytes } else { u32::from_le_bytes });
    number.ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Where the lines of a text begin, found when that is first asked: of most texts it never is. A line ends with LF, CR LF or a lone CR.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: OnceCell<Vec<usize>>,
}

/// A place in a text, both parts from 1; the column in UTF-16 code units (SARIF 2.1.0, section 3.30.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl<'t> Lines<'t> {
    /// A part of the text; empty where it ends before it begins.
    pub(super) fn part(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or("")
    }

    pub(super) fn new(text: &'t str) -> Self {
        Self { text, starts: OnceCell::new() }
    }

    fn starts(&self) -> &[usize] {
        self.starts.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let ends_line = |offset: &usize| bytes.get(*offset) == Some(&b'\n') || bytes.get(offset + 1) != Some(&b'\n');
            let ends = memchr::memchr2_iter(b'\n', b'\r', bytes).filter(ends_line);
            std::iter::once(0).chain(ends.map(|offset| offset + 1)).collect()
        })
    }

    /// The line of an offset, from 1.
    pub(super) fn line(&self, offset: usize) -> u32 {
        let line = self.starts().partition_point(|start| *start <= offset);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// Where a line begins, counted from 1.
    pub(super) fn start(&self, line: u32) -> Option<usize> {
        self.starts().get(usize::try_from(line).ok()?.checked_sub(1)?).copied()
    }

    /// The position of an offset.
    pub(super) fn position(&self, offset: usize) -> Position {
        let line = self.starts().partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| self.starts().get(index)).copied().unwrap_or(0);
        let units = self.text.get(start..offset).map_or(0, utf_16_units);
        Position { line: u32::try_from(line).unwrap_or(u32::MAX), column: u32::try_from(units).unwrap_or(u32::MAX - 1).saturating_add(1) }
    }
}

/// How many code units a text has in UTF-16: one for each character, and another for each of four bytes. Counted by the byte, for lines may be long.
fn utf_16_units(text: &str) -> usize {
    let counts = |accepts: fn(&&u8) -> bool| text.as_bytes().iter().filter(accepts).count();
    counts(|byte| **byte & 0xC0 != 0x80).saturating_add(counts(|byte| **byte >= 0xF0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The text of bytes whose encoding is to be told.
    fn decoded(bytes: &[u8]) -> Option<String> {
        Encoding::of(bytes).map(|encoding| decode(bytes, encoding).into_owned())
    }

    #[test]
    fn every_encoding_gives_the_same_text_with_or_without_its_mark() {
        let text = "token = \"é\u{4E2D}\u{6587}\u{4E2D}\"\r\n<add key='ApplicationToken'/>";
        let utf_16 = |to_bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
        let utf_32 = |to_bytes: fn(u32) -> [u8; 4]| text.chars().flat_map(|character| to_bytes(u32::from(character))).collect::<Vec<u8>>();
        for (mark, bytes) in [
            ([0xEF, 0xBB, 0xBF].as_slice(), text.as_bytes().to_vec()),
            (&[0xFF, 0xFE], utf_16(u16::to_le_bytes)),
            (&[0xFE, 0xFF], utf_16(u16::to_be_bytes)),
            (&[0xFF, 0xFE, 0, 0], utf_32(u32::to_le_bytes)),
            (&[0, 0, 0xFE, 0xFF], utf_32(u32::to_be_bytes)),
        ] {
            assert_eq!(decoded(&[mark, &bytes].concat()).as_deref(), Some(text));
            assert_eq!(decoded(&bytes).as_deref(), Some(text), "{mark:?}");
        }
        assert_eq!(decoded(b"token = \"\xE9\"\r\n").as_deref(), Some("token = \"é\"\r\n"));
    }

    #[test]
    fn a_stray_nul_leaves_a_text_a_text_and_a_program_is_none() {
        assert_eq!(decoded(b"class A { }\0 // b").as_deref(), Some("class A { }  // b"));
        assert_eq!(Encoding::of(b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xFF\xFF\0\0\xB8\0\0\0"), None);
        assert_eq!(Encoding::of(&[0; 64]), None);
    }

    #[test]
    fn columns_count_utf_16_units_and_lines_end_in_any_way() {
        let text = "a\r\n\u{1F511}b\rc\nd";
        let lines = Lines::new(text);
        let at = |needle| lines.position(text.find(needle).unwrap());
        assert_eq!(at('b'), Position { line: 2, column: 3 });
        assert_eq!(at('c'), Position { line: 3, column: 1 });
        assert_eq!(at('d'), Position { line: 4, column: 1 });
        assert_eq!(lines.position(text.len()), Position { line: 4, column: 2 });
    }

    proptest! {
        #[test]
        fn any_bytes_decode_and_any_offset_has_a_position(bytes in proptest::collection::vec(any::<u8>(), 0..200), offset in 0_usize..300) {
            let Some(text) = decoded(&bytes) else { return Ok(()) };
            let position = Lines::new(&text).position(offset);
            prop_assert!(position.line >= 1 && position.column >= 1);
        }
    }
}
