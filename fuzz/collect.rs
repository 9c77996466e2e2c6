//! The codec itself, compiled into the fuzzer under the name that its visibility asks for: nothing of it needs to be public for that.

#[path = "../src/collect/tls/wire/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the fuzzer reads and never writes")]
mod wire;

use wire::{Incoming, Message, WireError};

/// Reads the bytes in pieces and as a whole.
pub(crate) fn compare(piece: usize, bytes: &[u8]) {
    assert_eq!(read(bytes, piece), read(bytes, usize::MAX));
}

fn read(bytes: &[u8], piece: usize) -> (Vec<Message>, Option<WireError>) {
    let mut incoming = Incoming::default();
    let mut messages = Vec::new();
    for piece in bytes.chunks(piece) {
        incoming.push(piece);
        loop {
            match incoming.next() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
        }
    }
    (messages, None)
}
