//! The handshake of SSL 3.0 to TLS 1.2, whole and abbreviated (RFC 5246, section 7.3; RFC 5077, section 3.1).

use std::time::Duration;

use tokio::time::Instant;

use super::{
    super::{
        registry,
        server::entropy,
        wire::{ContentType, Extension, Offer, ServerHello, Version},
    },
    Channel, Heard, Resumption, SessionError, Suite,
    hash::{Side, derive, finished, summary},
    key_exchange::{self, Contribution},
    protection::{Keys, Protection},
};

/// Handshake messages (RFC 5246, section 7.4).
pub(in crate::collect::tls) struct Message;

impl Message {
    pub(in crate::collect::tls) const HELLO_REQUEST: u8 = 0;
    pub(in crate::collect::tls) const SERVER_HELLO: u8 = 2;
    pub(in crate::collect::tls) const NEW_SESSION_TICKET: u8 = 4;
    pub(in crate::collect::tls) const CERTIFICATE: u8 = 11;
    pub(in crate::collect::tls) const SERVER_KEY_EXCHANGE: u8 = 12;
    pub(in crate::collect::tls) const CERTIFICATE_REQUEST: u8 = 13;
    pub(in crate::collect::tls) const SERVER_HELLO_DONE: u8 = 14;
    pub(in crate::collect::tls) const CLIENT_KEY_EXCHANGE: u8 = 16;
    pub(in crate::collect::tls) const FINISHED: u8 = 20;

    /// A message with its head.
    pub(in crate::collect::tls) fn write(kind: u8, body: &[u8]) -> Vec<u8> {
        let [.., high, middle, low] = body.len().to_be_bytes();
        [&[kind, high, middle, low], body].concat()
    }
}

/// Said of a server that answered the request behind a hello rather than the hello.
pub(super) const ANSWERED_APPLICATION: &str = "the server answered the application";

/// Length of the master secret, in bytes.
const MASTER_LENGTH: usize = 48;

/// That the client has no certificate (RFC 6101, section 5.4.2).
const NO_CERTIFICATE: [u8; 2] = [1, 41];

/// More messages than this before the flight ends are an attack.
const FLIGHT_LIMIT: usize = 32;

/// The server's first flight.
pub(in crate::collect::tls) struct Greeting {
    /// Its hello.
    pub(in crate::collect::tls) hello: ServerHello,
    /// Its leaf; absent where it sent none.
    pub(in crate::collect::tls) leaf: Option<Vec<u8>>,
    /// How long it takes from our hello to its last byte, when the server is free.
    pub(in crate::collect::tls) took: Duration,
    key_exchange: Option<Vec<u8>>,
    wants_certificate: bool,
    ticket: Option<Vec<u8>>,
    /// Whether `ChangeCipherSpec` came instead of the flight's end: an old session goes on.
    abbreviated: bool,
    client_random: [u8; 32],
    offered: Version,
    messages: Vec<u8>,
}

/// What is sent behind the hello of a renegotiation.
pub(super) struct Request<'a> {
    pub(super) content: &'a [u8],
    /// How long the hello is left alone.
    pub(super) after: Duration,
}

/// A completed handshake.
pub(super) struct Completed {
    pub(super) hello: ServerHello,
    pub(super) secret: Vec<u8>,
    pub(super) client_finished: Vec<u8>,
    pub(super) ticket: Option<Vec<u8>>,
}

impl Greeting {
    /// The suite; absent where no session of ours can use it.
    pub(in crate::collect::tls) fn suite(&self) -> Option<Suite> {
        let known = (Version::SSL3..=Version::TLS12).contains(&self.hello.version());
        Suite::find(self.hello.cipher_suite).filter(|_| known)
    }

    /// The client's second flight in clear text as far as it goes: certificate, where one is wanted, and key exchange.
    pub(in crate::collect::tls) fn client_flight(&self) -> Result<Vec<u8>, SessionError> {
        self.contribution().map(|(_, flight, _)| flight)
    }

    fn contribution(&self) -> Result<(Suite, Vec<u8>, Contribution), SessionError> {
        let version = self.hello.version();
        let suite = self.suite().ok_or(SessionError::Unsupported { version, suite: self.hello.cipher_suite })?;
        // The secret of RSA names the version of the hello, against downgrades.
        let named = if suite.parts.key_exchange == registry::KeyExchange::Rsa { self.offered } else { version };
        let contribution = key_exchange::contribute(suite.parts.key_exchange, named, self.leaf.as_deref(), self.key_exchange.as_deref())?;
        let mut flight = Vec::new();
        // SSL 3.0 says with an alert that there is none.
        if self.wants_certificate && version > Version::SSL3 {
            flight.extend(Message::write(Message::CERTIFICATE, &[0, 0, 0]));
        }
        flight.extend(Message::write(Message::CLIENT_KEY_EXCHANGE, &contribution.body));
        Ok((suite, flight, contribution))
    }

    fn randoms(&self, server_first: bool) -> Vec<u8> {
        let (client, server) = (self.client_random, self.hello.random);
        if server_first { [server, client].concat() } else { [client, server].concat() }
    }

    /// The master secret (RFC 5246, section 8.1; RFC 7627, section 4). All messages up to the client's key exchange must be there.
    fn master(&self, suite: Suite, secret: &[u8]) -> Vec<u8> {
        let version = self.hello.version();
        let (label, seed) = match self.hello.extension(Extension::EXTENDED_MASTER_SECRET) {
            Some(_) => ("extended master secret", summary(version, suite.prf, &self.messages)),
            None => ("master secret", self.randoms(false)),
        };
        derive(version, suite.prf, secret, label, &seed, MASTER_LENGTH)
    }

    /// The protection of both directions, the client's first.
    fn protections(&self, suite: Suite, master: &[u8]) -> Option<(Protection, Protection)> {
        let version = self.hello.version();
        let (mac, key, vector) = (suite.parts.mac.bytes().unwrap_or_default(), suite.parts.cipher.key_bytes(), suite.vector_length());
        let block = derive(version, suite.prf, master, "key expansion", &self.randoms(true), 2 * (mac + key + vector));
        let (macs, rest) = block.split_at_checked(2 * mac)?;
        let (keys, vectors) = rest.split_at_checked(2 * key)?;
        let [macs, keys, vectors] = [(macs, mac), (keys, key), (vectors, vector)].map(|(both, length)| both.split_at(length));
        let client = Protection::new(version, suite, Keys { mac: macs.0, cipher: keys.0, vector: vectors.0 })?;
        let server = Protection::new(version, suite, Keys { mac: macs.1, cipher: keys.1, vector: vectors.1 })?;
        Some((client, server))
    }

    fn finished(&self, suite: Suite, master: &[u8], side: Side) -> Vec<u8> {
        finished(self.hello.version(), suite.prf, master, side, &self.messages)
    }
}

/// Sends a hello, and reads the flight that answers it.
pub(super) async fn greet(channel: &mut Channel, offer: &Offer, silence: &str) -> Result<Greeting, SessionError> {
    let hello = offer.hello(&entropy());
    channel.send_raw(&hello.write()).await;
    let named = |error| if matches!(error, SessionError::Silence(_)) { SessionError::Silence(silence.to_owned()) } else { error };
    hear_greeting(channel, hello.message(), hello.legacy_version, None).await.map_err(named)
}

/// Reads the flight that answers a hello. In a renegotiation the request follows once the server has kept silent for a while: a server that
/// ignores the hello answers that.
pub(super) async fn hear_greeting(
    channel: &mut Channel,
    sent: Vec<u8>,
    offered: Version,
    mut request: Option<Request<'_>>,
) -> Result<Greeting, SessionError> {
    let started = Instant::now();
    let client_random = sent.get(6..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
    let mut messages = sent;
    let renegotiating = request.is_some();
    let hello = loop {
        let end = request.as_ref().map_or(channel.deadline(), |request| started + request.after);
        match channel.next_until(end).await {
            Heard::Silence if let Some(request) = request.take() => {
                let record = channel.record(ContentType::ApplicationData, request.content);
                channel.send_raw(&record).await;
            }
            Heard::Handshake { kind: Message::HELLO_REQUEST, .. } => {}
            Heard::Handshake { kind: Message::SERVER_HELLO, body } => {
                messages.extend(Message::write(Message::SERVER_HELLO, &body));
                break ServerHello::parse(&body).map_err(|error| SessionError::Garbage(error.to_string()))?;
            }
            heard => not_a_message(heard, renegotiating)?,
        }
    };
    if !(Version::SSL3..=offered).contains(&hello.version()) {
        return Err(SessionError::Unsupported { version: hello.version(), suite: hello.cipher_suite });
    }
    channel.version = hello.version();
    let mut greeting = Greeting {
        hello,
        leaf: None,
        took: Duration::ZERO,
        key_exchange: None,
        wants_certificate: false,
        ticket: None,
        abbreviated: false,
        client_random,
        offered,
        messages,
    };
    hear_flight(channel, &mut greeting, renegotiating).await?;
    greeting.took = started.elapsed();
    Ok(greeting)
}

async fn hear_flight(channel: &mut Channel, greeting: &mut Greeting, renegotiating: bool) -> Result<(), SessionError> {
    for _ in 0..FLIGHT_LIMIT {
        match channel.next().await {
            Heard::Handshake { kind: Message::HELLO_REQUEST, .. } => {}
            Heard::Handshake { kind, body } => {
                greeting.messages.extend(Message::write(kind, &body));
                match kind {
                    Message::CERTIFICATE => greeting.leaf = leaf(&body),
                    Message::SERVER_KEY_EXCHANGE => greeting.key_exchange = Some(body),
                    Message::CERTIFICATE_REQUEST => greeting.wants_certificate = true,
                    Message::NEW_SESSION_TICKET => greeting.ticket = ticket(&body),
                    Message::SERVER_HELLO_DONE => return Ok(()),
                    _ => {}
                }
            }
            Heard::ChangeCipherSpec => {
                greeting.abbreviated = true;
                return Ok(());
            }
            heard => not_a_message(heard, renegotiating)?,
        }
    }
    Err(SessionError::Malformed("the server's flight does not end"))
}

/// What ends a handshake; a warning does not, save the one that declines a renegotiation.
fn not_a_message(heard: Heard, renegotiating: bool) -> Result<(), SessionError> {
    const NO_RENEGOTIATION: u8 = 100;
    match heard {
        Heard::Alert(alert) if alert.is_warning() && !(renegotiating && alert.description == NO_RENEGOTIATION) => Ok(()),
        Heard::Alert(alert) => Err(SessionError::Refused(alert)),
        Heard::Closed => Err(SessionError::Closed),
        Heard::Silence => Err(SessionError::Silence("the server did not answer".into())),
        Heard::Garbage(why) => Err(SessionError::Garbage(why)),
        Heard::ApplicationData(_) if renegotiating => Err(SessionError::Malformed(ANSWERED_APPLICATION)),
        _ => Err(SessionError::Malformed("the server sent something else in the middle of a handshake")),
    }
}

/// The first certificate of the message.
fn leaf(body: &[u8]) -> Option<Vec<u8>> {
    let &[_, _, _, high, middle, low] = body.first_chunk()?;
    let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
    body.get(6..6 + length).map(<[u8]>::to_vec)
}

/// The ticket of the message, behind its lifetime; absent where it is empty.
fn ticket(body: &[u8]) -> Option<Vec<u8>> {
    let ticket = body.get(6..)?;
    (!ticket.is_empty()).then(|| ticket.to_vec())
}

/// Goes through with a handshake whose first flight has come.
pub(super) async fn complete(channel: &mut Channel, greeting: Greeting, old: Option<&Resumption>) -> Result<Completed, SessionError> {
    match (greeting.abbreviated, old) {
        (false, _) => complete_whole(channel, greeting).await,
        (true, Some(old)) => complete_abbreviated(channel, greeting, old).await,
        (true, None) => Err(SessionError::Malformed("the server resumed a session that was not offered")),
    }
}

async fn complete_whole(channel: &mut Channel, mut greeting: Greeting) -> Result<Completed, SessionError> {
    let (suite, flight, contribution) = greeting.contribution()?;
    greeting.messages.extend_from_slice(&flight);
    let master = greeting.master(suite, &contribution.secret);
    let (outgoing, incoming) = greeting.protections(suite, &master).ok_or(SessionError::Malformed("the keys do not fit the suite"))?;
    let client_finished = greeting.finished(suite, &master, Side::Client);
    let mut bytes = Vec::new();
    if greeting.wants_certificate && greeting.hello.version() <= Version::SSL3 {
        bytes.extend(channel.record(ContentType::Alert, &NO_CERTIFICATE));
    }
    bytes.extend(channel.record(ContentType::Handshake, &flight));
    bytes.extend(channel.record(ContentType::ChangeCipherSpec, &[1]));
    channel.outgoing = Some(outgoing);
    bytes.extend(finish(channel, &mut greeting, &client_finished));
    channel.send_raw(&bytes).await;
    hear_change(channel, &mut greeting).await?;
    channel.incoming = Some(incoming);
    hear_finished(channel, &mut greeting, suite, &master).await?;
    Ok(Completed { hello: greeting.hello, secret: master, client_finished, ticket: greeting.ticket })
}

async fn complete_abbreviated(channel: &mut Channel, mut greeting: Greeting, old: &Resumption) -> Result<Completed, SessionError> {
    let (version, code) = (greeting.hello.version(), greeting.hello.cipher_suite);
    let suite = greeting.suite().filter(|_| old.suite == code && old.version == version);
    let suite = suite.ok_or(SessionError::Unsupported { version, suite: code })?;
    let (outgoing, incoming) = greeting.protections(suite, &old.secret).ok_or(SessionError::Malformed("the keys do not fit the suite"))?;
    channel.incoming = Some(incoming);
    hear_finished(channel, &mut greeting, suite, &old.secret).await?;
    let client_finished = greeting.finished(suite, &old.secret, Side::Client);
    let mut bytes = channel.record(ContentType::ChangeCipherSpec, &[1]);
    channel.outgoing = Some(outgoing);
    bytes.extend(finish(channel, &mut greeting, &client_finished));
    channel.send_raw(&bytes).await;
    let ticket = greeting.ticket.or_else(|| old.ticket.clone());
    Ok(Completed { hello: greeting.hello, secret: old.secret.clone(), client_finished, ticket })
}

/// Our `Finished` in its record.
fn finish(channel: &mut Channel, greeting: &mut Greeting, finished: &[u8]) -> Vec<u8> {
    let message = Message::write(Message::FINISHED, finished);
    greeting.messages.extend_from_slice(&message);
    channel.record(ContentType::Handshake, &message)
}

/// Waits for the server's `ChangeCipherSpec`, before which a ticket may come.
async fn hear_change(channel: &mut Channel, greeting: &mut Greeting) -> Result<(), SessionError> {
    for _ in 0..FLIGHT_LIMIT {
        match channel.next().await {
            Heard::Handshake { kind, body } => {
                greeting.messages.extend(Message::write(kind, &body));
                if kind == Message::NEW_SESSION_TICKET {
                    greeting.ticket = ticket(&body);
                }
            }
            Heard::ChangeCipherSpec => return Ok(()),
            heard => not_a_message(heard, false)?,
        }
    }
    Err(SessionError::Malformed("the server's flight does not end"))
}

async fn hear_finished(channel: &mut Channel, greeting: &mut Greeting, suite: Suite, master: &[u8]) -> Result<(), SessionError> {
    let expected = greeting.finished(suite, master, Side::Server);
    loop {
        match channel.next().await {
            Heard::Handshake { kind: Message::FINISHED, body } if body == expected => {
                greeting.messages.extend(Message::write(Message::FINISHED, &body));
                return Ok(());
            }
            Heard::Handshake { .. } => return Err(SessionError::WrongFinished),
            heard => not_a_message(heard, false)?,
        }
    }
}
