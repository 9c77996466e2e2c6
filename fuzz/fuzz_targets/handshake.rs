//! A server's bytes never make the handshake codec panic, and mean the same in whatever pieces they arrive.

#![no_main]

#[path = "../collect.rs"]
mod collect;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, Vec<u8>)| {
    let (piece, bytes) = input;
    collect::compare(usize::from(piece).max(1), &bytes);
});
