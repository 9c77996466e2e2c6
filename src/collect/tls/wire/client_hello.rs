//! The client's hello for SSL 3.0 to TLS 1.3 (RFC 8446, section 4.1.2; RFC 6101, section 5.6.1.2).

use super::{
    Extension, Version,
    bytes::{join16, put_vector8, put_vector16, put_vector24},
};

const HANDSHAKE_RECORD: u8 = 22;
const CLIENT_HELLO: u8 = 1;

/// A hello as it goes onto the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) struct ClientHello {
    /// The version of the record around it.
    pub record_version: Version,
    /// The version field of the hello itself, which TLS 1.3 leaves at TLS 1.2.
    pub legacy_version: Version,
    /// Random bytes.
    pub random: [u8; 32],
    /// At most 32 bytes.
    pub session_id: Vec<u8>,
    /// Numbers of IANA's registry, best first.
    pub cipher_suites: Vec<u16>,
    /// Compression methods, best first; 0 is none, and every hello must name it.
    pub compression: Vec<u8>,
    /// In the order as sent. Without any, the hello ends before them, as SSL 3.0 wants it.
    pub extensions: Vec<Extension>,
}

impl ClientHello {
    /// The handshake message, without a record around it.
    pub(in crate::collect) fn message(&self) -> Vec<u8> {
        let mut body = self.legacy_version.0.to_be_bytes().to_vec();
        body.extend_from_slice(&self.random);
        put_vector8(&mut body, &self.session_id);
        put_vector16(&mut body, &join16(&self.cipher_suites));
        put_vector8(&mut body, &self.compression);
        put_extensions(&mut body, &self.extensions);
        let mut message = vec![CLIENT_HELLO];
        put_vector24(&mut message, &body);
        message
    }

    /// The hello in one record.
    pub(in crate::collect) fn write(&self) -> Vec<u8> {
        let message = self.message();
        let mut record = vec![HANDSHAKE_RECORD];
        record.extend_from_slice(&self.record_version.0.to_be_bytes());
        put_vector16(&mut record, &message);
        record
    }
}

/// Appends an extension block, unless it is empty.
pub(super) fn put_extensions(out: &mut Vec<u8>, extensions: &[Extension]) {
    if extensions.is_empty() {
        return;
    }
    let mut block = Vec::new();
    for extension in extensions {
        block.extend_from_slice(&extension.kind.to_be_bytes());
        put_vector16(&mut block, &extension.body);
    }
    put_vector16(out, &block);
}

#[cfg(test)]
impl ClientHello {
    /// Reads a hello back from its record.
    pub(in crate::collect) fn parse(record: &[u8]) -> Result<Self, super::WireError> {
        use super::{WireError, bytes::Reader, server_hello::parse_extensions};

        let mut reader = Reader::new(record, "client hello");
        if reader.u8()? != HANDSHAKE_RECORD {
            return Err(WireError::NotTls);
        }
        let record_version = Version(reader.u16()?);
        let mut message = reader.vector16()?;
        if message.u8()? != CLIENT_HELLO {
            return Err(WireError::NotTls);
        }
        let mut body = message.vector24()?;
        let legacy_version = Version(body.u16()?);
        let random = body.array()?;
        let session_id = body.vector8()?.rest().to_vec();
        let mut suites = body.vector16()?;
        let mut cipher_suites = Vec::new();
        while !suites.is_empty() {
            cipher_suites.push(suites.u16()?);
        }
        let compression = body.vector8()?.rest().to_vec();
        let extensions = parse_extensions(&mut body)?;
        body.finish()?;
        Ok(Self { record_version, legacy_version, random, session_id, cipher_suites, compression, extensions })
    }
}
