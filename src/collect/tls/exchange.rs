//! One hello and what comes back.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout_at,
};

use super::wire::{Alert, Incoming, Message, Version, WireError};
use crate::collect::network::Connection;

/// The most that is read of one answer.
pub(super) const ANSWER_LIMIT: usize = 64 * 1024;

/// Handshake messages that can stand where the certificates would, when a server sends none.
const SERVER_KEY_EXCHANGE: u8 = 12;
const SERVER_HELLO_DONE: u8 = 14;

/// What a server answered to one hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// It agreed to a version.
    Hello {
        /// The one it chose.
        version: Version,
        /// What it showed in clear text.
        shown: Shown,
    },
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
    /// It kept the connection open without a complete answer until the deadline.
    Silence,
}

/// The certificates of a handshake in clear text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// The chain, leaf first.
    Chain(Vec<Vec<u8>>),
    /// None: the key exchange is anonymous.
    Nothing,
    /// Not known: they are encrypted, or did not come.
    Unseen,
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
    version: Option<Version>,
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
            let endless = Answered::Garbage(format!("the answer did not end after {ANSWER_LIMIT} bytes"));
            self.so_far().unwrap_or(endless)
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
            Message::Ssl2Hello(hello) => {
                let certificate = hello.certificate;
                let shown = if certificate.is_empty() { Shown::Unseen } else { Shown::Chain(vec![certificate]) };
                Some(Answered::Hello { version: hello.version, shown })
            }
            Message::Ssl2Error(code) => Some(Answered::Ssl2Error(code)),
            Message::Alert(alert) if alert.is_warning() => {
                self.warning = Some(alert);
                None
            }
            // After the hello an alert changes nothing: the version was agreed on.
            Message::Alert(alert) => Some(self.hello(Shown::Unseen).unwrap_or(Answered::Alert(alert))),
            Message::ServerHello(hello) => {
                self.version = Some(hello.version());
                // From TLS 1.3 on the rest is encrypted.
                (hello.version() > Version::TLS12).then(|| self.hello(Shown::Unseen)).flatten()
            }
            Message::Certificates(chain) => self.hello(if chain.is_empty() { Shown::Nothing } else { Shown::Chain(chain) }),
            Message::Handshake(SERVER_KEY_EXCHANGE | SERVER_HELLO_DONE) => self.hello(Shown::Nothing),
            Message::Handshake(_) => None,
            Message::Protected => {
                Some(self.hello(Shown::Unseen).unwrap_or_else(|| Answered::Garbage("a TLS record before any hello".into())))
            }
        }
    }

    /// The server's hello, when it has come.
    fn hello(&self, shown: Shown) -> Option<Answered> {
        self.version.map(|version| Answered::Hello { version, shown })
    }

    /// What bytes amount to that are not TLS; absent while more of them could tell.
    fn foreign(&self, failure: &WireError) -> Option<Answered> {
        match is_plain_http(&self.head) {
            _ if self.version.is_some() => self.hello(Shown::Unseen),
            _ if *failure != WireError::NotTls => Some(Answered::Garbage(failure.to_string())),
            Some(true) => Some(Answered::PlainHttp),
            Some(false) => Some(Answered::Garbage(failure.to_string())),
            None => None,
        }
    }

    /// The connection was closed or reset.
    fn at_end(&self) -> Answered {
        if self.length == 0 {
            return Answered::Closed;
        }
        self.so_far().unwrap_or(Answered::Garbage("the answer was cut off".into()))
    }

    fn at_deadline(&self) -> Answered {
        self.so_far().unwrap_or(Answered::Silence)
    }

    /// The best that can be made of an answer that will not be complete.
    fn so_far(&self) -> Option<Answered> {
        self.hello(Shown::Unseen)
            .or(self.warning.map(Answered::Alert))
            .or_else(|| self.failure.as_ref().map(|failure| Answered::Garbage(failure.to_string())))
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
