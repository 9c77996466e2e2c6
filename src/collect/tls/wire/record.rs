//! The record layer: SSL 3.0 and TLS (RFC 8446, section 5.1) and SSL 2.0 (its draft, section 1.1), told apart by the first bytes.

use super::WireError;

/// The longest fragment that a record may hold: 2^14 bytes and what protection adds (RFC 5246, section 6.2.3).
const RECORD_LIMIT: usize = (1 << 14) + 2048;

/// What a TLS record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collect) enum ContentType {
    /// 20.
    ChangeCipherSpec,
    /// 21.
    Alert,
    /// 22.
    Handshake,
    /// 23.
    ApplicationData,
    /// 24 (RFC 6520).
    Heartbeat,
}

impl ContentType {
    /// Its number.
    pub(in crate::collect) fn byte(self) -> u8 {
        match self {
            Self::ChangeCipherSpec => 20,
            Self::Alert => 21,
            Self::Handshake => 22,
            Self::ApplicationData => 23,
            Self::Heartbeat => 24,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            20 => Some(Self::ChangeCipherSpec),
            21 => Some(Self::Alert),
            22 => Some(Self::Handshake),
            23 => Some(Self::ApplicationData),
            24 => Some(Self::Heartbeat),
            _ => None,
        }
    }
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) enum Record {
    /// SSL 3.0 to TLS 1.3.
    Tls {
        /// What it holds.
        content: ContentType,
        /// The content, protected or not.
        fragment: Vec<u8>,
    },
    /// SSL 2.0: the message without its header.
    Ssl2(Vec<u8>),
}

/// Cuts a stream of bytes into records.
#[derive(Debug, Default)]
pub(in crate::collect) struct RecordReader {
    unread: Vec<u8>,
}

impl RecordReader {
    pub(in crate::collect) fn push(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
    }

    /// The next complete record; absent until more bytes come.
    pub(in crate::collect) fn next(&mut self) -> Result<Option<Record>, WireError> {
        match *self.unread.as_slice() {
            [] => Ok(None),
            // The high bit marks SSL 2.0's header of two bytes, the only one a server's clear-text messages have.
            [first, ..] if first & 0x80 != 0 => self.next_ssl2(),
            [first, ..] => self.next_tls(ContentType::from_byte(first).ok_or(WireError::NotTls)?),
        }
    }

    fn next_tls(&mut self, content: ContentType) -> Result<Option<Record>, WireError> {
        if self.unread.get(1).is_some_and(|&major| major != 3) {
            return Err(WireError::NotTls);
        }
        let Some(&[_, _, _, high, low]) = self.unread.first_chunk() else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length > RECORD_LIMIT {
            return Err(WireError::RecordTooLong(length));
        }
        Ok(self.cut(5, length).map(|fragment| Record::Tls { content, fragment }))
    }

    fn next_ssl2(&mut self) -> Result<Option<Record>, WireError> {
        // Only an error (0) and a server hello (4) may come in clear text; anything else is no SSL 2.0.
        if self.unread.get(2).is_some_and(|&kind| kind != 0 && kind != 4) {
            return Err(WireError::NotTls);
        }
        let Some(&[high, low]) = self.unread.first_chunk() else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes([high & 0x7f, low]));
        if length == 0 {
            return Err(WireError::NotTls);
        }
        Ok(self.cut(2, length).map(Record::Ssl2))
    }

    /// Takes a header and the body behind it off the stream, once both are there.
    fn cut(&mut self, header: usize, length: usize) -> Option<Vec<u8>> {
        let end = header + length;
        let body = self.unread.get(header..end)?.to_vec();
        self.unread.drain(..end);
        Some(body)
    }
}

/// A record of SSL 3.0 to TLS 1.3.
pub(in crate::collect) fn write(content: ContentType, version: super::Version, fragment: &[u8]) -> Vec<u8> {
    let mut record = vec![content.byte()];
    record.extend_from_slice(&version.0.to_be_bytes());
    super::bytes::put_vector16(&mut record, fragment);
    record
}
