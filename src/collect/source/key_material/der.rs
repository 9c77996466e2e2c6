//! Private keys in DER: PKCS#1 (RFC 8017, appendix A.1.2), PKCS#8 (RFC 5958), SEC 1 (RFC 5915) and the outside of PKCS#12 (RFC 7292).

use super::{Algorithm, Form, Key};

/// What an element of DER is, by its first byte.
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const PARAMETERS: u8 = 0xA0;

const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
const RSA_PSS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A];
const DSA: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x38, 0x04, 0x01];
const ELLIPTIC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
/// Curves by their object identifiers, with the bits of their fields.
const CURVES: [(&[u8], u32); 8] = [
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], 256),
    (&[0x2B, 0x81, 0x04, 0x00, 0x0A], 256),
    (&[0x2B, 0x81, 0x04, 0x00, 0x22], 384),
    (&[0x2B, 0x81, 0x04, 0x00, 0x23], 521),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x01], 192),
    (&[0x2B, 0x65, 0x6E], 255),
    (&[0x2B, 0x65, 0x70], 255),
    (&[0x2B, 0x65, 0x71], 448),
];
/// PBES2 and the family of PKCS#12 and PKCS#5 ciphers: what an encrypted key names.
const ENCRYPTIONS: [&[u8]; 2] =
    [&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05], &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x01]];
/// Bags of PKCS#12 that hold a key: in clear, and under a password.
const KEY_BAGS: [&[u8]; 2] = [
    &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x0A, 0x01, 0x01],
    &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x0A, 0x01, 0x02],
];

/// The private key that these bytes are, whatever the form; none when they are none.
pub(super) fn key(bytes: &[u8]) -> Option<Key> {
    let mut inside = Elements { bytes: Elements { bytes }.take(SEQUENCE)? };
    let is_encrypted = |algorithm: &[u8]| ENCRYPTIONS.iter().any(|family| algorithm.starts_with(family));
    if inside.next_is(SEQUENCE) {
        let mut algorithm = Elements { bytes: inside.take(SEQUENCE)? };
        let named = is_encrypted(algorithm.take(OBJECT_IDENTIFIER)?) && !inside.take(OCTET_STRING)?.is_empty();
        return named.then_some(Key { form: Form::EncryptedPem, algorithm: Algorithm::Unknown, bits: None });
    }
    match inside.take(INTEGER)? {
        [3] => personal_exchange(inside),
        [0 | 1] if inside.next_is(SEQUENCE) => pkcs8(inside),
        [1] => elliptic(inside),
        [0] => numbers(inside),
        _ => None,
    }
}

/// After the version: the algorithm, and the key in its own form.
fn pkcs8(mut inside: Elements<'_>) -> Option<Key> {
    let mut algorithm = Elements { bytes: inside.take(SEQUENCE)? };
    let identifier = algorithm.take(OBJECT_IDENTIFIER)?;
    let private = inside.take(OCTET_STRING)?;
    let plain = |algorithm, bits| Some(Key { form: Form::Pem, algorithm, bits });
    match identifier {
        RSA | RSA_PSS => key(private).filter(|key| key.algorithm == Algorithm::Rsa),
        DSA => {
            let mut parameters = Elements { bytes: algorithm.take(SEQUENCE)? };
            plain(Algorithm::Dsa, Some(bits(parameters.take(INTEGER)?)))
        }
        ELLIPTIC => plain(Algorithm::Elliptic, algorithm.take(OBJECT_IDENTIFIER).and_then(curve)),
        other => curve(other).filter(|_| private.len() >= 32).and_then(|bits| plain(Algorithm::Elliptic, Some(bits))),
    }
}

/// RSA after its version has eight numbers, DSA five.
fn numbers(mut inside: Elements<'_>) -> Option<Key> {
    let first = inside.take(INTEGER)?;
    let mut more = 0_usize;
    while inside.next_is(INTEGER) && more < 9 {
        inside.take(INTEGER)?;
        more += 1;
    }
    let algorithm = match more {
        7 => Algorithm::Rsa,
        4 => Algorithm::Dsa,
        _ => return None,
    };
    Some(Key { form: Form::Pem, algorithm, bits: Some(bits(first)) })
}

/// SEC 1, after its version.
fn elliptic(mut inside: Elements<'_>) -> Option<Key> {
    let private = inside.take(OCTET_STRING)?;
    let named = inside.take(PARAMETERS).and_then(|parameters| Elements { bytes: parameters }.take(OBJECT_IDENTIFIER));
    let by_length = u32::try_from(private.len()).ok().and_then(|length| length.checked_mul(8)).filter(|bits| (160..=528).contains(bits))?;
    Some(Key { form: Form::Pem, algorithm: Algorithm::Elliptic, bits: Some(named.and_then(curve).unwrap_or(by_length)) })
}

/// PKCS#12 after its version, if a bag with a key can be seen in it. A store of certificates alone has none.
fn personal_exchange(mut inside: Elements<'_>) -> Option<Key> {
    let content = inside.take(SEQUENCE)?;
    let bag = KEY_BAGS.iter().find(|identifier| holds(content, identifier));
    bag.map(|_| Key { form: Form::Pkcs12, algorithm: Algorithm::Unknown, bits: None })
}

/// Whether bytes stand somewhere in others.
fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn curve(identifier: &[u8]) -> Option<u32> {
    CURVES.iter().find(|(known, _)| *known == identifier).map(|(_, bits)| *bits)
}

/// The length of a number, leading zeros aside.
pub(super) fn bits(number: &[u8]) -> u32 {
    let significant: &[u8] = number.iter().position(|byte| *byte != 0).and_then(|first| number.get(first..)).unwrap_or(&[]);
    let whole = u32::try_from(significant.len()).unwrap_or(u32::MAX).saturating_mul(8);
    whole.saturating_sub(significant.first().map_or(0, |first| first.leading_zeros()))
}

/// Elements one after the other.
struct Elements<'a> {
    bytes: &'a [u8],
}

impl<'a> Elements<'a> {
    fn next_is(&self, kind: u8) -> bool {
        self.bytes.first() == Some(&kind)
    }

    /// The contents of the next element, if it is of this kind and whole.
    fn take(&mut self, kind: u8) -> Option<&'a [u8]> {
        let (first, rest) = self.bytes.split_first()?;
        let (length, rest) = length(rest)?;
        let contents = rest.get(..length)?;
        if *first != kind {
            return None;
        }
        self.bytes = rest.get(length..)?;
        Some(contents)
    }
}

/// The length that is written here, and what follows; four bytes of it at most.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first < 0x80 {
        return Some((usize::from(*first), rest));
    }
    let count = usize::from(*first & 0x7F);
    let (digits, rest) = rest.split_at_checked(count).filter(|_| (1..=4).contains(&count))?;
    let length = digits.iter().fold(0_usize, |length, digit| length << 8 | usize::from(*digit));
    Some((length, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_bits_of_a_number_do_not_count_its_leading_zeros() {
        assert_eq!((bits(&[0, 0x80]), bits(&[1, 0]), bits(&[]), bits(&[0, 0])), (8, 9, 0, 0));
    }

    #[test]
    fn a_cut_key_is_none() {
        let whole = [&[0x30, 0x1A, 0x02, 0x01, 0x00][..], &[0x02, 0x01, 0x05].repeat(8)[..21]].concat();
        assert_eq!(key(&whole), None);
        let numbers = [0x02, 0x01, 0x05].repeat(8);
        let whole = [&[0x30, 0x1B, 0x02, 0x01, 0x00][..], &numbers].concat();
        assert!(key(&whole).is_some());
        for length in 0..whole.len() {
            assert_eq!(key(&whole[..length]), None, "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = key(&bytes);
            let _ = key(&[&[0x30, 0x82, 0, u8::try_from(bytes.len()).unwrap_or(0), 2, 1, 0], bytes.as_slice()].concat());
        }
    }
}
