//! A zip archive never makes its reading panic, run without end, or unpack more than it is allowed to.

#![no_main]

#[path = "../archives.rs"]
mod collect;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| collect::read(bytes));
