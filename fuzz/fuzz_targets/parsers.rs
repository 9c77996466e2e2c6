//! The bytes of a file never make the reading of its encoding, its keys or of a git index panic.

#![no_main]

#[path = "../parsers.rs"]
mod collect;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| collect::source::read(bytes));
