//! The bytes of a file never make the reading of its encoding, its keys, its inline decisions or of a git index panic.

#![no_main]

#[path = "../parsers.rs"]
mod collect;
#[path = "../../src/evidence/mod.rs"]
#[expect(dead_code, unused_imports, reason = "inline decisions are a part of the evidence")]
mod evidence;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| collect::source::read(bytes));
