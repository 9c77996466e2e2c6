//! SSL 2.0 (the draft of 1995, sections 2.5 and 2.6; RFC 6101, appendix E).

use super::{
    Version, WireError,
    bytes::{Reader, put_length16},
};

const ERROR: u8 = 0;
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 4;

/// The cipher kinds of the draft, and the two with SHA that some servers added.
const CIPHER_KINDS: [u32; 10] =
    [0x01_0080, 0x02_0080, 0x03_0080, 0x04_0080, 0x05_0080, 0x06_0040, 0x06_0140, 0x07_00c0, 0x07_01c0, 0x08_0080];

/// A hello that offers SSL 2.0 and nothing newer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) struct Ssl2ClientHello {
    /// Cipher kinds, three bytes each.
    pub cipher_kinds: Vec<u32>,
    /// Random bytes.
    pub challenge: [u8; 16],
}

impl Ssl2ClientHello {
    /// Every cipher kind there is.
    pub(in crate::collect) fn probe(challenge: [u8; 16]) -> Self {
        Self { cipher_kinds: CIPHER_KINDS.to_vec(), challenge }
    }

    /// The hello in its record.
    pub(in crate::collect) fn write(&self) -> Vec<u8> {
        let kinds: Vec<u8> = self.cipher_kinds.iter().flat_map(|kind| kind.to_be_bytes().into_iter().skip(1)).collect();
        let mut message = vec![CLIENT_HELLO];
        message.extend_from_slice(&Version::SSL2.0.to_be_bytes());
        put_length16(&mut message, kinds.len());
        put_length16(&mut message, 0);
        put_length16(&mut message, self.challenge.len());
        message.extend_from_slice(&kinds);
        message.extend_from_slice(&self.challenge);
        in_record(&message)
    }
}

fn in_record(message: &[u8]) -> Vec<u8> {
    let mut record = Vec::new();
    put_length16(&mut record, message.len() | 0x8000);
    record.extend_from_slice(message);
    record
}

/// A server's agreement to speak SSL 2.0, even when it shares no cipher kind with the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) struct Ssl2ServerHello {
    /// The version it will speak.
    pub version: Version,
    /// The X.509 certificate; empty when an old session is resumed.
    pub certificate: Vec<u8>,
    /// The cipher kinds both sides know, three bytes each.
    pub cipher_kinds: Vec<u8>,
    /// What the server calls this connection.
    pub connection_id: Vec<u8>,
}

/// A clear-text message of an SSL 2.0 server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ssl2Message {
    Hello(Ssl2ServerHello),
    /// Section 2.7 of the draft: 1 is "no cipher".
    Error(u16),
}

impl Ssl2Message {
    /// Reads a record's body.
    pub(super) fn parse(body: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(body, "SSL 2.0 message");
        match reader.u8()? {
            ERROR => {
                let code = reader.u16()?;
                reader.finish()?;
                Ok(Self::Error(code))
            }
            SERVER_HELLO => parse_server_hello(reader).map(Self::Hello),
            _ => Err(WireError::NotTls),
        }
    }
}

fn parse_server_hello(mut reader: Reader<'_>) -> Result<Ssl2ServerHello, WireError> {
    let _session_id_hit = reader.u8()?;
    let _certificate_type = reader.u8()?;
    let version = Version(reader.u16()?);
    let [certificate, kinds, connection_id] = [reader.u16()?, reader.u16()?, reader.u16()?].map(usize::from);
    let hello = Ssl2ServerHello {
        version,
        certificate: reader.take(certificate)?.to_vec(),
        cipher_kinds: reader.take(kinds)?.to_vec(),
        connection_id: reader.take(connection_id)?.to_vec(),
    };
    reader.finish()?;
    Ok(hello)
}

#[cfg(test)]
impl Ssl2ServerHello {
    /// The hello in its record.
    pub(in crate::collect) fn write(&self) -> Vec<u8> {
        let mut message = vec![SERVER_HELLO, 0, 1];
        message.extend_from_slice(&self.version.0.to_be_bytes());
        for part in [&self.certificate, &self.cipher_kinds, &self.connection_id] {
            put_length16(&mut message, part.len());
        }
        message.extend([&self.certificate, &self.cipher_kinds, &self.connection_id].into_iter().flatten());
        in_record(&message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hello_is_the_one_the_draft_describes() {
        let hello = Ssl2ClientHello { cipher_kinds: vec![0x01_0080, 0x07_00c0], challenge: [7; 16] }.write();
        let (head, challenge) = hello.split_at(hello.len() - 16);
        assert_eq!(head, [0x80, 31, 1, 0, 2, 0, 6, 0, 0, 0, 16, 1, 0, 0x80, 7, 0, 0xc0]);
        assert_eq!(challenge, [7; 16]);
    }

    #[test]
    fn an_error_is_read_with_its_code() {
        assert_eq!(Ssl2Message::parse(&[0, 0, 1]), Ok(Ssl2Message::Error(1)));
    }
}
