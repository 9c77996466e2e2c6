//! Records over one connection, protected or not, and what comes back.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::OwnedSemaphorePermit,
    time::{Instant, timeout_at},
};

use super::{
    super::{
        pace::InFlight,
        wire::{Alert, ContentType, Record, RecordReader, Version, write_record},
    },
    protection::Protection,
};
use crate::collect::network::Connection;

/// The most that is read over one connection.
const READ_LIMIT: usize = 256 * 1024;

/// The longest handshake message that is kept.
const MESSAGE_LIMIT: usize = 64 * 1024;

/// What a server sent next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect::tls) enum Heard {
    /// A handshake message.
    Handshake {
        /// Its type.
        kind: u8,
        /// Its body.
        body: Vec<u8>,
    },
    ChangeCipherSpec,
    ApplicationData(Vec<u8>),
    /// A heartbeat message (RFC 6520, section 4).
    Heartbeat(Vec<u8>),
    Alert(Alert),
    /// The connection was closed or reset.
    Closed,
    /// Nothing until the time was over.
    Silence,
    /// Bytes that mean nothing here, for the reason in words.
    Garbage(String),
}

/// A connection and its protection in both directions.
pub(in crate::collect::tls) struct Channel {
    connection: Connection,
    records: RecordReader,
    handshake: Vec<u8>,
    read: usize,
    _in_flight: InFlight,
    _turn: OwnedSemaphorePermit,
    /// The version in the header of records that are sent.
    pub(super) version: Version,
    pub(super) outgoing: Option<Protection>,
    pub(super) incoming: Option<Protection>,
}

impl Channel {
    pub(super) fn new(connection: Connection, in_flight: InFlight, turn: OwnedSemaphorePermit) -> Self {
        Self {
            connection,
            records: RecordReader::default(),
            handshake: vec![],
            read: 0,
            _in_flight: in_flight,
            _turn: turn,
            version: Version::TLS10,
            outgoing: None,
            incoming: None,
        }
    }

    /// When the connection's time is over.
    pub(in crate::collect::tls) fn deadline(&self) -> Instant {
        self.connection.deadline()
    }

    /// A record with its header, under the protection of the moment.
    pub(in crate::collect::tls) fn record(&mut self, content: ContentType, plain: &[u8]) -> Vec<u8> {
        let sealed = self.outgoing.as_mut().and_then(|protection| protection.seal(content, plain));
        write_record(content, self.version, sealed.as_deref().unwrap_or(plain))
    }

    /// A CBC record whose MAC and padding are made of the right MAC by `craft`; absent where the protection is another, or the length no
    /// multiple of the block.
    pub(in crate::collect::tls) fn crafted_record(
        &mut self,
        content: ContentType,
        plain: &[u8],
        craft: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> Option<Vec<u8>> {
        let sealed = self.outgoing.as_mut()?.seal_crafted(content, plain, craft)?;
        Some(write_record(content, self.version, &sealed))
    }

    /// Sends bytes as they are. A server may have closed already; what it said before can still be read.
    pub(in crate::collect::tls) async fn send_raw(&mut self, bytes: &[u8]) {
        let _ = timeout_at(self.connection.deadline(), self.connection.write_all(bytes)).await;
    }

    /// What the server sends next, until `end` or the connection's deadline, whichever is first.
    pub(in crate::collect::tls) async fn next_until(&mut self, end: Instant) -> Heard {
        let end = end.min(self.connection.deadline());
        let mut buffer = vec![0; 8 * 1024];
        loop {
            match self.take() {
                Ok(Some(heard)) => return heard,
                Ok(None) => {}
                Err(why) => return Heard::Garbage(why),
            }
            if self.read > READ_LIMIT {
                return Heard::Garbage(format!("the answer did not end after {READ_LIMIT} bytes"));
            }
            let Ok(read) = timeout_at(end, self.connection.read(&mut buffer)).await else { return Heard::Silence };
            match read.ok().and_then(|length| buffer.get(..length)) {
                None | Some([]) => return Heard::Closed,
                Some(bytes) => {
                    self.read = self.read.saturating_add(bytes.len());
                    self.records.push(bytes);
                }
            }
        }
    }

    /// What the server sends next, until the connection's deadline.
    pub(in crate::collect::tls) async fn next(&mut self) -> Heard {
        self.next_until(self.connection.deadline()).await
    }

    /// The next message out of what has arrived.
    fn take(&mut self) -> Result<Option<Heard>, String> {
        loop {
            if let Some(heard) = self.next_handshake()? {
                return Ok(Some(heard));
            }
            let Some(record) = self.records.next().map_err(|error| error.to_string())? else { return Ok(None) };
            let Record::Tls { content, fragment } = record else { return Err("a record of SSL 2.0".into()) };
            let plain = self.open(content, fragment)?;
            match content {
                ContentType::Handshake => self.handshake.extend(plain),
                // Against BEAST, servers of TLS 1.0 send an empty record first.
                ContentType::ApplicationData if plain.is_empty() => {}
                ContentType::ApplicationData => return Ok(Some(Heard::ApplicationData(plain))),
                ContentType::ChangeCipherSpec => return Ok(Some(Heard::ChangeCipherSpec)),
                ContentType::Heartbeat => return Ok(Some(Heard::Heartbeat(plain))),
                ContentType::Alert => {
                    let &[level, description] = plain.first_chunk().ok_or("an alert cut short")?;
                    return Ok(Some(Heard::Alert(Alert { level, description })));
                }
            }
        }
    }

    fn open(&mut self, content: ContentType, fragment: Vec<u8>) -> Result<Vec<u8>, String> {
        match &mut self.incoming {
            None => Ok(fragment),
            Some(protection) => protection.open(content, &fragment).ok_or_else(|| "a record that is not authentic".into()),
        }
    }

    fn next_handshake(&mut self) -> Result<Option<Heard>, String> {
        let Some(&[kind, high, middle, low]) = self.handshake.first_chunk() else { return Ok(None) };
        let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        if length > MESSAGE_LIMIT {
            return Err(format!("a handshake message of {length} bytes is too long"));
        }
        let Some(body) = self.handshake.get(4..4 + length).map(<[u8]>::to_vec) else { return Ok(None) };
        self.handshake.drain(..4 + length);
        Ok(Some(Heard::Handshake { kind, body }))
    }
}
