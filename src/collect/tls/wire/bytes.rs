//! Big-endian numbers and length-prefixed vectors (RFC 8446, section 3), read without trust and written without overflow.

use super::WireError;

/// What is left to read of one structure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    name: &'static str,
}

impl<'a> Reader<'a> {
    /// A reader whose errors name the structure.
    pub(super) fn new(bytes: &'a [u8], name: &'static str) -> Self {
        Self { rest: bytes, name }
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let (head, rest) = self.rest.split_at_checked(length).ok_or(WireError::Malformed(self.name))?;
        self.rest = rest;
        Ok(head)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (head, rest) = self.rest.split_first_chunk().ok_or(WireError::Malformed(self.name))?;
        self.rest = rest;
        Ok(*head)
    }

    pub(super) fn u8(&mut self) -> Result<u8, WireError> {
        self.array().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, WireError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u24(&mut self) -> Result<usize, WireError> {
        let [high, middle, low] = self.array()?;
        Ok(usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low))
    }

    /// A vector with a length of one byte.
    pub(super) fn vector8(&mut self) -> Result<Self, WireError> {
        let length = self.u8()?.into();
        self.nested(length)
    }

    /// A vector with a length of two bytes.
    pub(super) fn vector16(&mut self) -> Result<Self, WireError> {
        let length = self.u16()?.into();
        self.nested(length)
    }

    /// A vector with a length of three bytes.
    pub(super) fn vector24(&mut self) -> Result<Self, WireError> {
        let length = self.u24()?;
        self.nested(length)
    }

    fn nested(&mut self, length: usize) -> Result<Self, WireError> {
        Ok(Self { rest: self.take(length)?, name: self.name })
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn is_empty(self) -> bool {
        self.rest.is_empty()
    }

    /// Refuses what nobody read.
    pub(super) fn finish(self) -> Result<(), WireError> {
        if self.rest.is_empty() { Ok(()) } else { Err(WireError::Malformed(self.name)) }
    }
}

/// Appends a vector with a length of one byte.
pub(super) fn put_vector8(out: &mut Vec<u8>, body: &[u8]) {
    out.push(u8::try_from(body.len()).expect("what we send fits its length field"));
    out.extend_from_slice(body);
}

/// Appends a vector with a length of two bytes.
pub(super) fn put_vector16(out: &mut Vec<u8>, body: &[u8]) {
    put_length16(out, body.len());
    out.extend_from_slice(body);
}

/// Appends a vector with a length of three bytes.
pub(super) fn put_vector24(out: &mut Vec<u8>, body: &[u8]) {
    let length = u32::try_from(body.len()).expect("what we send fits its length field");
    let [zero, length @ ..] = length.to_be_bytes();
    assert_eq!(zero, 0, "what we send fits its length field");
    out.extend_from_slice(&length);
    out.extend_from_slice(body);
}

/// Appends a length of two bytes.
pub(super) fn put_length16(out: &mut Vec<u8>, length: usize) {
    out.extend_from_slice(&u16::try_from(length).expect("what we send fits its length field").to_be_bytes());
}

/// Numbers of two bytes, one after the other.
pub(super) fn join16(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}
