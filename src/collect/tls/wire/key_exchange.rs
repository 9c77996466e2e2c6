//! The server's key exchange up to TLS 1.2 (RFC 5246, section 7.4.3; RFC 8422, section 5.4; RFC 4279).

use super::{Version, WireError, bytes::Reader};

/// What shape the message has, which the cipher suite tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collect) enum KeyExchangeKind {
    /// Finite-field Diffie-Hellman.
    Dhe,
    /// On elliptic curves.
    Ecdhe,
}

/// What a server brings to the key exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) enum KeyExchange {
    /// Finite-field Diffie-Hellman: big-endian numbers.
    Dhe {
        /// The prime.
        prime: Vec<u8>,
        /// The generator.
        generator: Vec<u8>,
        /// The server's share.
        public: Vec<u8>,
    },
    /// On a named curve.
    Ecdhe {
        /// Its number in IANA's registry; absent for a curve with parameters of its own.
        group: Option<u16>,
        /// The server's point; empty for a curve with parameters of its own.
        public: Vec<u8>,
    },
}

/// A key exchange and how it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) struct ServerKeyExchange {
    /// What the server brings.
    pub key_exchange: KeyExchange,
    /// The signature algorithm, which only TLS 1.2 names; absent also where nothing is signed.
    pub signature_algorithm: Option<u16>,
}

const NAMED_CURVE: u8 = 3;

impl ServerKeyExchange {
    /// Reads the body of the message. With a pre-shared key a hint stands first (RFC 4279, section 3).
    pub(in crate::collect) fn parse(body: &[u8], kind: KeyExchangeKind, with_hint: bool, version: Version) -> Result<Self, WireError> {
        let mut reader = Reader::new(body, "server key exchange");
        if with_hint {
            reader.vector16()?;
        }
        let key_exchange = match kind {
            KeyExchangeKind::Dhe => {
                KeyExchange::Dhe { prime: number(&mut reader)?, generator: number(&mut reader)?, public: number(&mut reader)? }
            }
            KeyExchangeKind::Ecdhe if reader.u8()? == NAMED_CURVE => {
                KeyExchange::Ecdhe { group: Some(reader.u16()?), public: reader.vector8()?.rest().to_vec() }
            }
            // Where parameters of its own end is not worth knowing.
            KeyExchangeKind::Ecdhe => {
                return Ok(Self { key_exchange: KeyExchange::Ecdhe { group: None, public: vec![] }, signature_algorithm: None });
            }
        };
        let signed = version == Version::TLS12 && !reader.is_empty();
        Ok(Self { key_exchange, signature_algorithm: if signed { Some(reader.u16()?) } else { None } })
    }
}

fn number(reader: &mut Reader<'_>) -> Result<Vec<u8>, WireError> {
    Ok(reader.vector16()?.rest().to_vec())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_signed_curve_is_read_with_its_algorithm() {
        let body = [3, 0, 0x1d, 2, 7, 7, 8, 4, 0, 1, 9];
        let read = ServerKeyExchange::parse(&body, KeyExchangeKind::Ecdhe, false, Version::TLS12).unwrap();
        assert_eq!(read.key_exchange, KeyExchange::Ecdhe { group: Some(0x1d), public: vec![7, 7] });
        assert_eq!(read.signature_algorithm, Some(0x0804));
    }

    #[test]
    fn an_anonymous_exchange_has_no_algorithm() {
        let body = [0, 1, 23, 0, 1, 5, 0, 1, 8];
        let read = ServerKeyExchange::parse(&body, KeyExchangeKind::Dhe, false, Version::TLS12).unwrap();
        assert_eq!(read.key_exchange, KeyExchange::Dhe { prime: vec![23], generator: vec![5], public: vec![8] });
        assert_eq!(read.signature_algorithm, None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..80), hint: bool) {
            for kind in [KeyExchangeKind::Dhe, KeyExchangeKind::Ecdhe] {
                let _ = ServerKeyExchange::parse(&body, kind, hint, Version::TLS12);
            }
        }
    }
}
