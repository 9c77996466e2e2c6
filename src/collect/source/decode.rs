//! Bytes of a source file as text, and offsets in that text as the lines and columns an editor shows.

use std::borrow::Cow;

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};

const UTF_8_BOM: &[u8] = &[0xEF, 0xBB, 0xBF];
/// How much of a file is looked at for a NUL: the distance git looks too.
const BINARY_PROBE: usize = 8 * 1024;

/// Whether the bytes are no text: a NUL near the start, unless a byte order mark says UTF-16.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    !is_utf_16(bytes) && bytes.iter().take(BINARY_PROBE).any(|byte| *byte == 0)
}

/// Whether the bytes begin with the byte order mark of UTF-16.
pub(super) fn is_utf_16(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF])
}

/// The text without its byte order mark: UTF-8, UTF-16 where the mark says so, else windows-1252, in which every byte means something.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE]) {
        return UTF_16LE.decode_without_bom_handling(rest).0;
    }
    if let Some(rest) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        return UTF_16BE.decode_without_bom_handling(rest).0;
    }
    let bytes = bytes.strip_prefix(UTF_8_BOM).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// Where the lines of a text begin. A line ends with LF, CR LF or a lone CR.
pub(super) struct Lines {
    starts: Vec<usize>,
}

/// A place in a text, both parts from 1; the column in UTF-16 code units (SARIF 2.1.0, section 3.30.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends_line = |(offset, byte): &(usize, &u8)| **byte == b'\n' || (**byte == b'\r' && bytes.get(offset + 1) != Some(&b'\n'));
        let starts = std::iter::once(0).chain(bytes.iter().enumerate().filter(ends_line).map(|(offset, _)| offset + 1)).collect();
        Self { starts }
    }

    /// The line of an offset, from 1.
    pub(super) fn line(&self, offset: usize) -> u32 {
        let line = self.starts.partition_point(|start| *start <= offset);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// The position of an offset into the text that the lines were made from.
    pub(super) fn position(&self, text: &str, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or(0);
        let units = text.get(start..offset).map_or(0, |before| before.encode_utf16().count());
        Position { line: u32::try_from(line).unwrap_or(u32::MAX), column: u32::try_from(units).unwrap_or(u32::MAX - 1).saturating_add(1) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "token = \"é\"\r\n";
        let utf_16 = |to_bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
        assert_eq!(decode(text.as_bytes()), text);
        assert_eq!(decode(&[UTF_8_BOM, text.as_bytes()].concat()), text);
        assert_eq!(decode(&[&[0xFF, 0xFE][..], &utf_16(u16::to_le_bytes)].concat()), text);
        assert_eq!(decode(&[&[0xFE, 0xFF][..], &utf_16(u16::to_be_bytes)].concat()), text);
        assert_eq!(decode(b"token = \"\xE9\"\r\n"), text);
    }

    #[test]
    fn utf_16_is_text_and_a_nul_is_not() {
        assert!(!is_binary(&[0xFF, 0xFE, b'a', 0]));
        assert!(is_binary(b"MZ\0\0"));
        assert!(!is_binary(b"class A { }"));
    }

    #[test]
    fn columns_count_utf_16_units_and_lines_end_in_any_way() {
        let text = "a\r\n\u{1F511}b\rc\nd";
        let lines = Lines::new(text);
        let at = |needle| lines.position(text, text.find(needle).unwrap());
        assert_eq!(at('b'), Position { line: 2, column: 3 });
        assert_eq!(at('c'), Position { line: 3, column: 1 });
        assert_eq!(at('d'), Position { line: 4, column: 1 });
        assert_eq!(lines.position(text, text.len()), Position { line: 4, column: 2 });
    }

    proptest! {
        #[test]
        fn any_bytes_decode_and_any_offset_has_a_position(bytes in proptest::collection::vec(any::<u8>(), 0..200), offset in 0_usize..300) {
            let text = decode(&bytes);
            let position = Lines::new(&text).position(&text, offset);
            prop_assert!(position.line >= 1 && position.column >= 1);
        }
    }
}
