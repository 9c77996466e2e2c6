//! Header blocks of HTTP/2 (HPACK, RFC 7541), decoded in the order in which the server wrote them.
//!
//! The HTTP library sorts them by name; which line came first, and between which others, only shows here.

use std::collections::VecDeque;

use super::huffman;

/// The most bytes that the table of one connection may hold: what a client allows that says nothing (RFC 9113, section 6.5.2).
const TABLE_LIMIT: usize = 4096;

/// What each entry counts beside its text (RFC 7541, section 4.1).
const ENTRY_OVERHEAD: usize = 32;

/// The lines that both sides know from the start (RFC 7541, appendix A).
const KNOWN: [(&str, &str); 61] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];

/// A header line: its name and its value.
pub(super) type Field = (Vec<u8>, Vec<u8>);

/// Why a block was not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockError {
    /// It breaks RFC 7541, after which nothing that follows on the connection can be read.
    Malformed,
    /// Its lines are longer than allowed, all together.
    TooLong,
    /// It has more lines than allowed.
    TooMany,
}

/// How much one block may unpack to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) bytes: usize,
    pub(super) lines: usize,
}

/// The state of one connection.
#[derive(Default)]
pub(super) struct Decoder {
    /// The newest entry first.
    table: VecDeque<Field>,
    size: usize,
    /// Set once the server has chosen a smaller table.
    chosen: Option<usize>,
}

impl Decoder {
    /// The lines of a whole block, in order.
    ///
    /// # Errors
    /// When it is malformed or past the limits; the decoder is of no use after that.
    pub(super) fn decode(&mut self, block: &[u8], limits: Limits) -> Result<Vec<Field>, BlockError> {
        let mut reader = Reader { rest: block };
        let (mut fields, mut bytes) = (Vec::new(), 0_usize);
        while let Some(first) = reader.rest.first().copied() {
            let Some(field) = self.representation(first, &mut reader).ok_or(BlockError::Malformed)? else { continue };
            bytes = bytes.saturating_add(weight(&field));
            if bytes > limits.bytes {
                return Err(BlockError::TooLong);
            }
            if fields.len() >= limits.lines {
                return Err(BlockError::TooMany);
            }
            fields.push(field);
        }
        Ok(fields)
    }

    /// One step of a block (RFC 7541, section 6); inner absence is a change of the table's size, outer absence a fault.
    #[expect(clippy::option_option, reason = "a fault, a change of the table, and a line are three things")]
    fn representation(&mut self, first: u8, reader: &mut Reader<'_>) -> Option<Option<Field>> {
        if first & 0x80 != 0 {
            return self.entry(reader.integer(7)?).map(Some);
        }
        if first & 0x40 != 0 {
            let field = self.literal(reader.integer(6)?, reader)?;
            self.remember(field.clone());
            return Some(Some(field));
        }
        if first & 0x20 != 0 {
            let size = reader.integer(5).filter(|size| *size <= TABLE_LIMIT)?;
            self.chosen = Some(size);
            self.shrink_to(size);
            return Some(None);
        }
        self.literal(reader.integer(4)?, reader).map(Some)
    }

    fn literal(&self, name: usize, reader: &mut Reader<'_>) -> Option<Field> {
        let name = if name == 0 { reader.text()? } else { self.entry(name)?.0 };
        Some((name, reader.text()?))
    }

    fn entry(&self, index: usize) -> Option<Field> {
        let place = index.checked_sub(1)?;
        match KNOWN.get(place) {
            Some((name, value)) => Some((name.as_bytes().to_vec(), value.as_bytes().to_vec())),
            None => self.table.get(place.checked_sub(KNOWN.len())?).cloned(),
        }
    }

    /// An entry that is larger than the table empties it (RFC 7541, section 4.4).
    fn remember(&mut self, field: Field) {
        let limit = self.chosen.unwrap_or(TABLE_LIMIT);
        let size = weight(&field);
        self.shrink_to(limit.saturating_sub(size));
        if size <= limit {
            self.size = self.size.saturating_add(size);
            self.table.push_front(field);
        }
    }

    fn shrink_to(&mut self, size: usize) {
        while self.size > size
            && let Some(oldest) = self.table.pop_back()
        {
            self.size = self.size.saturating_sub(weight(&oldest));
        }
    }
}

/// What a line counts in the table and towards the limit (RFC 7541, section 4.1; RFC 9113, section 6.5.2).
fn weight((name, value): &Field) -> usize {
    name.len().saturating_add(value.len()).saturating_add(ENTRY_OVERHEAD)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    /// An integer in the low bits of the next byte, and in those behind where they do not suffice (RFC 7541, section 5.1).
    fn integer(&mut self, bits: u32) -> Option<usize> {
        let most = (1_usize << bits).checked_sub(1)?;
        let first = usize::from(self.byte()?) & most;
        if first < most {
            return Some(first);
        }
        let mut value = most;
        for shift in [0, 7, 14, 21] {
            let byte = self.byte()?;
            value = value.checked_add(usize::from(byte & 0x7f) << shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// A text, packed or not (RFC 7541, section 5.2).
    fn text(&mut self) -> Option<Vec<u8>> {
        let is_packed = self.rest.first()? & 0x80 != 0;
        let length = self.integer(7)?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        if is_packed { huffman::decode(text) } else { Some(text.to_vec()) }
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: Limits = Limits { bytes: 64 * 1024, lines: 100 };

    fn texts(fields: &[Field]) -> Vec<String> {
        fields.iter().map(|(name, value)| format!("{}: {}", name.escape_ascii(), value.escape_ascii())).collect()
    }

    fn bytes(hexadecimal: &str) -> Vec<u8> {
        let digits: Vec<char> = hexadecimal.chars().filter(char::is_ascii_hexdigit).collect();
        digits.chunks(2).map(|pair| u8::from_str_radix(&String::from_iter(pair), 16).unwrap()).collect()
    }

    #[test]
    fn the_responses_of_the_rfc_are_decoded_packed_and_not() {
        // RFC 7541, sections C.5.1, C.5.2, C.6.1 and C.6.2, with a table of the usual size.
        let plain = [
            "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            "4803 3330 37c1 c0bf",
        ];
        let packed = [
            "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
            "4883 640e ffc1 c0bf",
        ];
        for blocks in [plain, packed] {
            let mut decoder = Decoder::default();
            let first = decoder.decode(&bytes(blocks[0]), LIMITS).unwrap();
            let rest = ["cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT", "location: https://www.example.com"];
            assert_eq!(texts(&first), [&[":status: 302"], &rest[..]].concat());
            let second = decoder.decode(&bytes(blocks[1]), LIMITS).unwrap();
            assert_eq!(texts(&second), [&[":status: 307"], &rest[..]].concat());
        }
    }

    #[test]
    fn order_and_duplicates_across_names_stay() {
        let mut block = Vec::new();
        for (name, value) in [("b", "1"), ("a", "2"), ("b", "3")] {
            block.extend([0, 1, name.as_bytes()[0], 1, value.as_bytes()[0]]);
        }
        assert_eq!(texts(&Decoder::default().decode(&block, LIMITS).unwrap()), ["b: 1", "a: 2", "b: 3"]);
    }

    #[test]
    fn what_breaks_the_rfc_is_refused() {
        for broken in ["80", "be", "3fe2 1f", "4003", "7f80 8080 8080 01", "00 83ff ffff 00", "c2", "ff"] {
            assert_eq!(Decoder::default().decode(&bytes(broken), LIMITS), Err(BlockError::Malformed), "{broken}");
        }
    }

    #[test]
    fn a_bomb_of_references_to_one_long_line_is_refused() {
        let mut block = bytes("4001 61 7f a1 1e");
        block.extend(vec![b'x'; 4000]);
        assert_eq!(Decoder::default().decode(&block, LIMITS).unwrap().len(), 1);
        block.extend(vec![0xbe; 1000]);
        assert_eq!(Decoder::default().decode(&block, LIMITS), Err(BlockError::TooLong));
        assert_eq!(Decoder::default().decode(&[0x88; 101], LIMITS), Err(BlockError::TooMany));
    }

    proptest! {
        #[test]
        fn any_blocks_are_read_or_refused_without_a_panic_and_the_table_stays_small(blocks: Vec<Vec<u8>>) {
            let mut decoder = Decoder::default();
            for block in &blocks {
                let _ = decoder.decode(block, LIMITS);
                prop_assert!(decoder.size <= TABLE_LIMIT);
                prop_assert_eq!(decoder.size, decoder.table.iter().map(weight).sum::<usize>());
            }
        }
    }
}
