//! The Huffman code of header texts in HTTP/2 (RFC 7541, section 5.2 and appendix B).
//!
//! The code is canonical: the lengths alone tell it, since codes of one length are numbered in the order of their symbols.

use std::sync::LazyLock;

/// The length of each byte's code in bits. That of the end of the text, which must not occur, is 30 and the last one.
const LENGTHS: [u8; 256] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28, 6, 10,
    10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6,
    7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23,
    21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22,
    22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28,
    27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27,
    26,
];

/// The longest code.
const LONGEST: usize = 30;

/// The codes of one length: the first of them, and the symbols that they stand for in order.
#[derive(Default)]
struct OfLength {
    first: u32,
    symbols: Vec<u8>,
}

static CODES: LazyLock<Vec<OfLength>> = LazyLock::new(codes);

/// Numbers the codes, shortest first.
fn codes() -> Vec<OfLength> {
    let mut next = 0_u32;
    (0..=LONGEST)
        .map(|length| {
            next <<= 1;
            let symbols: Vec<u8> =
                (0..=u8::MAX).zip(LENGTHS).filter(|(_, own)| usize::from(*own) == length).map(|(symbol, _)| symbol).collect();
            let first = next;
            next += u32::try_from(symbols.len()).expect("there are 256 symbols");
            OfLength { first, symbols }
        })
        .collect()
}

/// The text; absent where the bits are none, or what fills the last byte is not the start of the end.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let (mut code, mut length) = (0_u32, 0_usize);
    for byte in bytes {
        for shift in (0..8).rev() {
            code = code << 1 | u32::from(byte >> shift & 1);
            length += 1;
            let of_length = CODES.get(length)?;
            let place = code.checked_sub(of_length.first).and_then(|place| usize::try_from(place).ok());
            if let Some(symbol) = place.and_then(|place| of_length.symbols.get(place)) {
                text.push(*symbol);
                (code, length) = (0, 0);
            }
        }
    }
    let is_padding = length < 8 && code == (1 << length) - 1;
    is_padding.then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The code of a byte and its length, from the same table.
    fn code(byte: u8) -> (u32, usize) {
        let length = usize::from(LENGTHS[usize::from(byte)]);
        let of_length = &CODES[length];
        let place = of_length.symbols.iter().position(|symbol| *symbol == byte).unwrap();
        (of_length.first + u32::try_from(place).unwrap(), length)
    }

    fn encode(text: &[u8]) -> Vec<u8> {
        let mut bits: Vec<bool> = Vec::new();
        for byte in text {
            let (code, length) = code(*byte);
            bits.extend((0..length).rev().map(|shift| code >> shift & 1 == 1));
        }
        while bits.len() % 8 != 0 {
            bits.push(true);
        }
        bits.chunks(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect()
    }

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        for (byte, expected) in [
            (b'0', (0x0, 5)),
            (b'z', (0x7b, 7)),
            (b'\\', (0x7fff0, 19)),
            (0, (0x1ff8, 13)),
            (255, (0x3ff_ffee, 26)),
            (b'\n', (0x3fff_fffc, 30)),
            (22, (0x3fff_fffe, 30)),
        ] {
            assert_eq!(code(byte), expected, "{byte}");
        }
        let example = [0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff];
        assert_eq!(decode(&example).as_deref(), Some(b"www.example.com".as_slice()));
    }

    #[test]
    fn the_end_and_wrong_padding_are_refused() {
        for broken in [&[0xff, 0xff, 0xff, 0xff][..], &[0xff], &[0b0000_0000], &[0xff, 0xff, 0xff, 0xfc]] {
            assert_eq!(decode(broken), None, "{broken:x?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(text: Vec<u8>) {
            prop_assert_eq!(decode(&encode(&text)), Some(text));
        }

        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }
}
