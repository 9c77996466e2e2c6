//! The server's half of the clear-text handshake: its hello and, up to TLS 1.2, its certificates.

use super::{Extension, Version, WireError, bytes::Reader};

#[cfg(test)]
use super::bytes::{put_vector8, put_vector24};

/// What stands for "hello retry request" in a hello's random (RFC 8446, section 4.1.3).
#[cfg(test)]
pub(super) const RETRY_RANDOM: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
    0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// More certificates than this are an attack.
const CERTIFICATES_LIMIT: usize = 32;

/// A server hello (RFC 8446, section 4.1.3), or a hello retry request, which has the same shape and says as much about the version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) struct ServerHello {
    /// The version field, which TLS 1.3 leaves at TLS 1.2.
    pub legacy_version: Version,
    /// Random bytes.
    pub random: [u8; 32],
    /// At most 32 bytes.
    pub session_id: Vec<u8>,
    /// Its number in IANA's registry.
    pub cipher_suite: u16,
    /// 0 is none, 1 is DEFLATE.
    pub compression: u8,
    /// In the order as sent.
    pub extensions: Vec<Extension>,
}

impl ServerHello {
    /// Reads the body of a handshake message.
    pub(in crate::collect) fn parse(body: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(body, "server hello");
        let hello = Self {
            legacy_version: Version(reader.u16()?),
            random: reader.array()?,
            session_id: reader.vector8()?.rest().to_vec(),
            cipher_suite: reader.u16()?,
            compression: reader.u8()?,
            extensions: parse_extensions(&mut reader)?,
        };
        reader.finish()?;
        let selects = hello.extensions.iter().find(|extension| extension.kind == Extension::SUPPORTED_VERSIONS);
        if hello.session_id.len() > 32 || selects.is_some_and(|extension| extension.body.len() != 2) {
            return Err(WireError::Malformed("server hello"));
        }
        Ok(hello)
    }

    /// The content of an extension; absent when the server did not send it.
    pub(in crate::collect) fn extension(&self, kind: u16) -> Option<&[u8]> {
        self.extensions.iter().find(|extension| extension.kind == kind).map(|extension| extension.body.as_slice())
    }

    /// The group of TLS 1.3 that the server uses, or asks for (RFC 8446, section 4.2.8).
    pub(in crate::collect) fn group(&self) -> Option<u16> {
        self.extension(Extension::KEY_SHARE)?.first_chunk().map(|group| u16::from_be_bytes(*group))
    }

    /// The version that the server chose: that of `supported_versions` where it stands, else the legacy field.
    pub(in crate::collect) fn version(&self) -> Version {
        self.extensions
            .iter()
            .find(|extension| extension.kind == Extension::SUPPORTED_VERSIONS)
            .and_then(|extension| extension.body.first_chunk())
            .map_or(self.legacy_version, |bytes| Version(u16::from_be_bytes(*bytes)))
    }
}

/// The extensions at the end of a hello; none where an old hello ends before them.
pub(super) fn parse_extensions(reader: &mut Reader<'_>) -> Result<Vec<Extension>, WireError> {
    let mut extensions = Vec::new();
    if reader.is_empty() {
        return Ok(extensions);
    }
    let mut block = reader.vector16()?;
    while !block.is_empty() {
        extensions.push(Extension { kind: block.u16()?, body: block.vector16()?.rest().to_vec() });
    }
    Ok(extensions)
}

/// The chain of a certificate message up to TLS 1.2 (RFC 5246, section 7.4.2), in the order as sent.
pub(super) fn parse_certificates(body: &[u8]) -> Result<Vec<Vec<u8>>, WireError> {
    let mut reader = Reader::new(body, "certificate message");
    let mut list = reader.vector24()?;
    reader.finish()?;
    let mut certificates = Vec::new();
    while !list.is_empty() {
        if certificates.len() == CERTIFICATES_LIMIT {
            return Err(WireError::TooManyCertificates(CERTIFICATES_LIMIT));
        }
        certificates.push(list.vector24()?.rest().to_vec());
    }
    Ok(certificates)
}

#[cfg(test)]
impl ServerHello {
    /// The handshake message, without a record around it.
    pub(in crate::collect) fn write(&self) -> Vec<u8> {
        let mut body = self.legacy_version.0.to_be_bytes().to_vec();
        body.extend_from_slice(&self.random);
        put_vector8(&mut body, &self.session_id);
        body.extend_from_slice(&self.cipher_suite.to_be_bytes());
        body.push(self.compression);
        super::client_hello::put_extensions(&mut body, &self.extensions);
        super::incoming::handshake_message(super::incoming::SERVER_HELLO, &body)
    }
}

/// The handshake message, without a record around it.
#[cfg(test)]
pub(in crate::collect) fn write_certificates(certificates: &[Vec<u8>]) -> Vec<u8> {
    let mut list = Vec::new();
    for certificate in certificates {
        put_vector24(&mut list, certificate);
    }
    let mut body = Vec::new();
    put_vector24(&mut body, &list);
    super::incoming::handshake_message(super::incoming::CERTIFICATE, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(extensions: Vec<Extension>) -> ServerHello {
        ServerHello {
            legacy_version: Version::TLS12,
            random: RETRY_RANDOM,
            session_id: vec![],
            cipher_suite: 0x1301,
            compression: 0,
            extensions,
        }
    }

    #[test]
    fn a_hello_retry_request_speaks_the_version_it_selects() {
        let retry = hello(vec![Extension { kind: Extension::SUPPORTED_VERSIONS, body: vec![3, 4] }]);
        let read = ServerHello::parse(&retry.write()[4..]).unwrap();
        assert_eq!(read.version(), Version::TLS13);
    }

    #[test]
    fn a_hello_without_the_extension_speaks_its_legacy_version() {
        assert_eq!(hello(vec![]).version(), Version::TLS12);
    }

    #[test]
    fn a_selected_version_of_the_wrong_length_is_malformed() {
        let odd = hello(vec![Extension { kind: Extension::SUPPORTED_VERSIONS, body: vec![3] }]);
        assert_eq!(ServerHello::parse(&odd.write()[4..]), Err(WireError::Malformed("server hello")));
    }

    #[test]
    fn a_flood_of_certificates_is_refused() {
        let flood = write_certificates(&vec![vec![]; CERTIFICATES_LIMIT + 1]);
        assert_eq!(parse_certificates(&flood[4..]), Err(WireError::TooManyCertificates(CERTIFICATES_LIMIT)));
    }
}
