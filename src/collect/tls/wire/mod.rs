//! The handshake codec: bytes to types and back, for SSL 2.0 to TLS 1.3, as far as a server answers in clear text.
//!
//! No input or output, no clock, no randomness. What comes from a server is bounded before it is kept: a record, a handshake message and the
//! number of certificates each have a limit, and whoever feeds [`Incoming`] bounds the whole.

mod alert;
mod bytes;
mod client_hello;
mod incoming;
mod key_exchange;
mod offer;
mod record;
mod server_hello;
mod ssl2;
#[cfg(test)]
mod tests;

pub(in crate::collect) use alert::Alert;
pub(in crate::collect) use incoming::{Incoming, Message};
pub(in crate::collect) use key_exchange::{KeyExchange, KeyExchangeKind, ServerKeyExchange};
pub(in crate::collect) use offer::{Entropy, Offer, RENEGOTIATION_SCSV, SIGNATURE_ALGORITHMS};

pub(in crate::collect) use client_hello::ClientHello;
pub(in crate::collect) use record::{ContentType, Record, RecordReader, write as write_record};
pub(in crate::collect) use server_hello::ServerHello;
pub(in crate::collect) use ssl2::Ssl2ServerHello;

use ssl2::Ssl2ClientHello;

#[cfg(test)]
pub(in crate::collect) use server_hello::write_certificates;

/// A protocol version as it is written on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::collect) struct Version(pub u16);

impl Version {
    pub(in crate::collect) const SSL2: Self = Self(0x0002);
    pub(in crate::collect) const SSL3: Self = Self(0x0300);
    pub(in crate::collect) const TLS10: Self = Self(0x0301);
    pub(in crate::collect) const TLS12: Self = Self(0x0303);
    pub(in crate::collect) const TLS11: Self = Self(0x0302);
    pub(in crate::collect) const TLS13: Self = Self(0x0304);
}

/// An extension of a hello (RFC 8446, section 4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) struct Extension {
    /// Its number in IANA's registry.
    pub kind: u16,
    /// Its content.
    pub body: Vec<u8>,
}

impl Extension {
    pub(in crate::collect) const MAX_FRAGMENT_LENGTH: u16 = 1;
    pub(in crate::collect) const STATUS_REQUEST: u16 = 5;
    pub(in crate::collect) const SUPPORTED_GROUPS: u16 = 10;
    pub(in crate::collect) const SRP: u16 = 12;
    pub(in crate::collect) const SIGNATURE_ALGORITHMS: u16 = 13;
    pub(in crate::collect) const HEARTBEAT: u16 = 15;
    pub(in crate::collect) const ALPN: u16 = 16;
    pub(in crate::collect) const CERTIFICATE_TIMESTAMP: u16 = 18;
    pub(in crate::collect) const ENCRYPT_THEN_MAC: u16 = 22;
    pub(in crate::collect) const EXTENDED_MASTER_SECRET: u16 = 23;
    pub(in crate::collect) const SESSION_TICKET: u16 = 35;
    pub(in crate::collect) const SUPPORTED_VERSIONS: u16 = 43;
    pub(in crate::collect) const KEY_SHARE: u16 = 51;
    pub(in crate::collect) const RENEGOTIATION_INFO: u16 = 0xff01;
}

/// Why bytes are not an answer in SSL or TLS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::collect) enum WireError {
    /// No record begins like this.
    #[error("the bytes are not a TLS record")]
    NotTls,
    /// More than the standards allow in one record.
    #[error("a record of {0} bytes is too long")]
    RecordTooLong(usize),
    /// More than any honest server sends.
    #[error("a handshake message of {0} bytes is too long")]
    MessageTooLong(usize),
    /// More certificates than any honest server sends.
    #[error("more than {0} certificates")]
    TooManyCertificates(usize),
    /// A structure whose lengths do not fit.
    #[error("malformed {0}")]
    Malformed(&'static str),
}
