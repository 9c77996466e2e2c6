//! One hello and what comes back.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout_at,
};

use super::wire::{Alert, Extension, Incoming, Message, ServerHello, Ssl2ServerHello, Version, WireError};
use crate::collect::network::Connection;

/// The most that is read of one answer.
pub(super) const ANSWER_LIMIT: usize = 64 * 1024;

/// Handshake messages of the server's first flight.
const SERVER_KEY_EXCHANGE: u8 = 12;
const CERTIFICATE_REQUEST: u8 = 13;
const SERVER_HELLO_DONE: u8 = 14;
const CERTIFICATE_STATUS: u8 = 22;

/// What an answer is called in a report that was cut off.
pub(super) const CUT: &str = "the connection ended in the midst of the answer";

/// What a server answered to one hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// It agreed to a version from SSL 3.0 on.
    Hello(Box<Flight>),
    /// It agreed to SSL 2.0.
    Ssl2Hello(Box<Ssl2ServerHello>),
    /// It refused in TLS.
    Alert(Alert),
    /// It refused in SSL 2.0.
    Ssl2Error(u16),
    /// It answered in clear-text HTTP or HTML.
    PlainHttp,
    /// It answered in nothing we know.
    Garbage(String),
    /// It closed the connection without a byte.
    Closed,
    /// The connection ended in the midst of its answer.
    Cut,
    /// It kept the connection open without a byte until the deadline.
    Silence,
    /// It had not come to the end of its answer by the deadline.
    Slow,
}

impl Answered {
    /// The version that the server agreed to; absent where it agreed to none.
    pub(super) fn version(&self) -> Option<Version> {
        match self {
            Self::Hello(flight) => Some(flight.hello.version()),
            Self::Ssl2Hello(hello) => Some(hello.version),
            _ => None,
        }
    }

    /// The server's flight, from SSL 3.0 on.
    pub(super) fn flight(&self) -> Option<&Flight> {
        match self {
            Self::Hello(flight) => Some(flight),
            _ => None,
        }
    }

    /// Whether no complete answer came, so that it says nothing about the hello.
    pub(super) fn says_nothing(&self) -> bool {
        matches!(self, Self::Silence | Self::Slow | Self::Cut)
    }

    /// The certificates, where a version was agreed to.
    pub(super) fn shown(&self) -> Option<Shown> {
        match self {
            Self::Hello(flight) => Some(flight.shown.clone()),
            Self::Ssl2Hello(hello) if hello.certificate.is_empty() => Some(Shown::unseen()),
            Self::Ssl2Hello(hello) => Some(Shown::Chain(vec![hello.certificate.clone()])),
            _ => None,
        }
    }
}

/// What a server sends at once after a hello, as far as it travels in clear text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flight {
    /// Its hello, or its request for another one.
    pub hello: ServerHello,
    /// Its certificates.
    pub shown: Shown,
    /// The stapled OCSP response (RFC 6066, section 8), DER.
    pub stapled: Option<Vec<u8>>,
    /// The body of its key exchange message; absent where the suite has none.
    pub key_exchange: Option<Vec<u8>>,
    /// Whether it asks for a certificate of the client.
    pub wants_certificate: bool,
    /// Whether the flight came to its end.
    pub complete: bool,
}

impl Flight {
    fn new(hello: ServerHello) -> Self {
        // From TLS 1.3 on all but the hello is encrypted.
        let complete = hello.version() > Version::TLS12;
        Self { hello, shown: Shown::unseen(), stapled: None, key_exchange: None, wants_certificate: false, complete }
    }

    /// The content of an extension of the server's hello; absent when it did not send it.
    pub(super) fn extension(&self, kind: u16) -> Option<&[u8]> {
        self.hello.extension(kind)
    }

    /// The protocol that ALPN agreed on (RFC 7301, section 3.1), where it travels in clear text.
    pub(super) fn application_protocol(&self) -> Option<&[u8]> {
        self.extension(Extension::ALPN)?.get(3..)
    }
}

/// The certificates of a handshake in clear text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// The chain, leaf first.
    Chain(Vec<Vec<u8>>),
    /// None: the key exchange is anonymous.
    Nothing,
    /// Not known, for the reason in words: they are encrypted, or did not come.
    Unseen(String),
}

impl Shown {
    /// What a handshake shows that ends, or goes on encrypted, after the server's hello.
    fn unseen() -> Self {
        Self::Unseen("the server's certificates did not come".into())
    }
}

/// Sends a hello and reads on until the answer is clear, the connection ends or its deadline passes.
pub(super) async fn exchange(connection: &mut Connection, hello: &[u8]) -> Answered {
    let deadline = connection.deadline();
    let mut answer = Answer::default();
    // A server may refuse and reset before it has read the hello; what it said can still be read.
    let _ = timeout_at(deadline, connection.write_all(hello)).await;
    let mut buffer = vec![0; 8 * 1024];
    loop {
        let Ok(read) = timeout_at(deadline, connection.read(&mut buffer)).await else { return answer.at_deadline() };
        match read.ok().and_then(|length| buffer.get(..length)) {
            None | Some([]) => return answer.at_end(),
            Some(bytes) => {
                if let Some(answered) = answer.take(bytes) {
                    return answered;
                }
            }
        }
    }
}

/// An answer as far as it has come.
#[derive(Debug, Default)]
struct Answer {
    incoming: Incoming,
    /// The first bytes, in case they are not TLS.
    head: Vec<u8>,
    length: usize,
    flight: Option<Flight>,
    warning: Option<Alert>,
    failure: Option<WireError>,
}

impl Answer {
    /// Takes in bytes; gives the answer once it is clear.
    fn take(&mut self, bytes: &[u8]) -> Option<Answered> {
        self.length = self.length.saturating_add(bytes.len());
        self.head.extend(bytes.iter().take(HEAD_LIMIT.saturating_sub(self.head.len())));
        self.incoming.push(bytes);
        if self.failure.is_none()
            && let Some(answered) = self.read_messages()
        {
            return Some(answered);
        }
        if let Some(failure) = &self.failure {
            return self.foreign(failure);
        }
        (self.length > ANSWER_LIMIT).then(|| {
            let endless = format!("the answer did not end after {ANSWER_LIMIT} bytes");
            self.agreed_until(&endless).unwrap_or(Answered::Garbage(endless))
        })
    }

    fn read_messages(&mut self) -> Option<Answered> {
        loop {
            match self.incoming.next() {
                Ok(None) => return None,
                Ok(Some(message)) => {
                    if let Some(answered) = self.consider(message) {
                        return Some(answered);
                    }
                }
                Err(failure) => {
                    self.failure = Some(failure);
                    return None;
                }
            }
        }
    }

    fn consider(&mut self, message: Message) -> Option<Answered> {
        match message {
            Message::Ssl2Hello(hello) => Some(Answered::Ssl2Hello(Box::new(hello))),
            Message::Ssl2Error(code) => Some(Answered::Ssl2Error(code)),
            Message::Alert(alert) if alert.is_warning() => {
                self.warning = Some(alert);
                None
            }
            // After the hello an alert changes nothing: the version was agreed on.
            Message::Alert(alert) => Some(self.agreed().unwrap_or(Answered::Alert(alert))),
            Message::ServerHello(hello) => {
                let flight = self.flight.insert(Flight::new(hello));
                if flight.complete { self.agreed() } else { None }
            }
            Message::Certificates(chain) => {
                self.flight.as_mut()?.shown = if chain.is_empty() { Shown::Nothing } else { Shown::Chain(chain) };
                None
            }
            Message::Handshake { kind, body } => self.follow(kind, body),
            Message::Protected => Some(self.agreed().unwrap_or_else(|| Answered::Garbage("a TLS record before any hello".into()))),
        }
    }

    /// Takes in what follows the hello and the certificates.
    fn follow(&mut self, kind: u8, body: Vec<u8>) -> Option<Answered> {
        let flight = self.flight.as_mut()?;
        if matches!(kind, SERVER_KEY_EXCHANGE | SERVER_HELLO_DONE) && flight.shown == Shown::unseen() {
            flight.shown = Shown::Nothing;
        }
        match kind {
            SERVER_KEY_EXCHANGE => flight.key_exchange = Some(body),
            CERTIFICATE_REQUEST => flight.wants_certificate = true,
            // One byte for the kind of response, three for its length.
            CERTIFICATE_STATUS => flight.stapled = body.get(4..).map(<[u8]>::to_vec),
            SERVER_HELLO_DONE => {
                flight.complete = true;
                return self.agreed();
            }
            _ => {}
        }
        None
    }

    /// The server's agreement, when its hello has come.
    fn agreed(&self) -> Option<Answered> {
        self.flight.clone().map(|flight| Answered::Hello(Box::new(flight)))
    }

    /// What bytes amount to that are not TLS; absent while more of them could tell.
    fn foreign(&self, failure: &WireError) -> Option<Answered> {
        match is_plain_http(&self.head) {
            _ if self.flight.is_some() => self.agreed_until(&failure.to_string()),
            _ if *failure != WireError::NotTls => Some(Answered::Garbage(failure.to_string())),
            Some(true) => Some(Answered::PlainHttp),
            Some(false) => Some(Answered::Garbage(failure.to_string())),
            None => None,
        }
    }

    /// The connection was closed or reset.
    fn at_end(&self) -> Answered {
        let warned = || self.warning.map(Answered::Alert);
        match self.length {
            0 => Answered::Closed,
            // Some servers refuse with a warning, and then close.
            _ => self.agreed_until(CUT).or_else(warned).or_else(|| self.failed()).unwrap_or(Answered::Cut),
        }
    }

    fn at_deadline(&self) -> Answered {
        let unfinished = if self.length == 0 { Answered::Silence } else { Answered::Slow };
        self.agreed_until("the answer did not come to its end in time").or_else(|| self.failed()).unwrap_or(unfinished)
    }

    /// The server's agreement, of which no more will come for this reason.
    fn agreed_until(&self, why: &str) -> Option<Answered> {
        let mut flight = self.flight.clone()?;
        if flight.shown == Shown::unseen() {
            flight.shown = Shown::Unseen(format!("the server's certificates did not come: {why}"));
        }
        Some(Answered::Hello(Box::new(flight)))
    }

    fn failed(&self) -> Option<Answered> {
        self.failure.as_ref().map(|failure| Answered::Garbage(failure.to_string()))
    }
}

/// As much of an answer as tells HTTP from other text.
const HEAD_LIMIT: usize = 256;

/// Whether an answer begins as HTTP or, from a server that took the hello for HTTP 0.9, as HTML; absent while too little of it came.
fn is_plain_http(head: &[u8]) -> Option<bool> {
    const BEGINNINGS: [&[u8]; 8] = [b"HTTP/", b"<!DOCTYPE", b"<HTML", b"<HEAD", b"<BODY", b"<TITLE", b"<?XML", b"400 BAD REQUEST"];
    let start = head.trim_ascii_start();
    let begins = |beginning: &&[u8]| start.get(..beginning.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(beginning));
    let may_begin = |beginning: &&[u8]| beginning.get(..start.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(start));
    if BEGINNINGS.iter().any(begins) {
        return Some(true);
    }
    (head.len() >= HEAD_LIMIT || !BEGINNINGS.iter().any(may_begin)).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_and_bare_html_are_told_from_other_text_as_soon_as_possible() {
        for (head, expected) in [
            (&b"HTTP/1.1 400 Bad Request\r\n"[..], Some(true)),
            (b"<!doctype html>", Some(true)),
            (b"\r\n<html>", Some(true)),
            (b"HTT", None),
            (b"", None),
            (b"SSH-2.0-OpenSSH", Some(false)),
            (b"HTTQ", Some(false)),
        ] {
            assert_eq!(is_plain_http(head), expected, "{}", head.escape_ascii());
        }
    }

    #[test]
    fn endless_white_space_is_given_up() {
        assert_eq!(is_plain_http(&[b' '; HEAD_LIMIT]), Some(false));
    }
}
