//! A server's bytes as messages, in whatever pieces they arrive.

use super::{
    Alert, WireError,
    bytes::Reader,
    record::{ContentType, Record, RecordReader},
    server_hello::{ServerHello, parse_certificates},
    ssl2::{Ssl2Message, Ssl2ServerHello},
};

pub(super) const SERVER_HELLO: u8 = 2;
pub(super) const CERTIFICATE: u8 = 11;

/// The longest handshake message that is kept; long chains of large certificates stay well below.
const MESSAGE_LIMIT: usize = 64 * 1024;

/// One message of a server, as far as it travels in clear text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) enum Message {
    /// The server agrees to a version.
    ServerHello(ServerHello),
    /// Its chain, up to TLS 1.2.
    Certificates(Vec<Vec<u8>>),
    /// Any other handshake message.
    Handshake {
        /// Its type.
        kind: u8,
        /// Its body.
        body: Vec<u8>,
    },
    /// A refusal or a warning.
    Alert(Alert),
    /// The server agrees to SSL 2.0.
    Ssl2Hello(Ssl2ServerHello),
    /// A refusal in SSL 2.0's own words.
    Ssl2Error(u16),
    /// From here on nothing is in clear text.
    Protected,
}

/// Puts messages together from bytes. After an error it gives the same error for ever.
#[derive(Debug, Default)]
pub(in crate::collect) struct Incoming {
    records: RecordReader,
    handshake: Vec<u8>,
    alert: Vec<u8>,
    failure: Option<WireError>,
}

impl Incoming {
    /// Takes in what arrived.
    pub(in crate::collect) fn push(&mut self, bytes: &[u8]) {
        if self.failure.is_none() {
            self.records.push(bytes);
        }
    }

    /// The next complete message; absent until more bytes come.
    pub(in crate::collect) fn next(&mut self) -> Result<Option<Message>, WireError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        self.advance().inspect_err(|failure| self.failure = Some(failure.clone()))
    }

    fn advance(&mut self) -> Result<Option<Message>, WireError> {
        loop {
            if let Some(message) = self.next_handshake()? {
                return Ok(Some(message));
            }
            if let Some(alert) = self.next_alert() {
                return Ok(Some(Message::Alert(alert)));
            }
            match self.records.next()? {
                None => return Ok(None),
                Some(Record::Ssl2(body)) => return Ssl2Message::parse(&body).map(|message| Some(message.into())),
                Some(Record::Tls { content: ContentType::Handshake, fragment }) => self.handshake.extend(fragment),
                Some(Record::Tls { content: ContentType::Alert, fragment }) => self.alert.extend(fragment),
                Some(Record::Tls { .. }) => return Ok(Some(Message::Protected)),
            }
        }
    }

    fn next_handshake(&mut self) -> Result<Option<Message>, WireError> {
        let mut reader = Reader::new(&self.handshake, "handshake message");
        let (Ok(kind), Ok(length)) = (reader.u8(), reader.u24()) else { return Ok(None) };
        if length > MESSAGE_LIMIT {
            return Err(WireError::MessageTooLong(length));
        }
        let Ok(body) = reader.take(length) else { return Ok(None) };
        let message = match kind {
            SERVER_HELLO => Message::ServerHello(ServerHello::parse(body)?),
            CERTIFICATE => Message::Certificates(parse_certificates(body)?),
            kind => Message::Handshake { kind, body: body.to_vec() },
        };
        self.handshake.drain(..4 + length);
        Ok(Some(message))
    }

    fn next_alert(&mut self) -> Option<Alert> {
        let &[level, description] = self.alert.first_chunk()?;
        self.alert.drain(..2);
        Some(Alert { level, description })
    }
}

impl From<Ssl2Message> for Message {
    fn from(message: Ssl2Message) -> Self {
        match message {
            Ssl2Message::Hello(hello) => Self::Ssl2Hello(hello),
            Ssl2Message::Error(code) => Self::Ssl2Error(code),
        }
    }
}

/// A handshake message, without a record around it.
#[cfg(test)]
pub(super) fn handshake_message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut message = vec![kind];
    super::bytes::put_vector24(&mut message, body);
    message
}
