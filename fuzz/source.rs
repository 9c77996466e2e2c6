//! What is read of a source tree before any language is known, and what is the same in all of them.

use std::sync::atomic::AtomicBool;

#[path = "../src/collect/source/decode.rs"]
#[expect(dead_code, reason = "the fuzzer asks for less than the scan")]
mod decode;
#[path = "../src/collect/source/git_index.rs"]
#[expect(dead_code, reason = "the fuzzer asks for less than the scan")]
mod git_index;
#[path = "../src/collect/source/key_material/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the fuzzer asks for less than the scan")]
mod key_material;
#[path = "../src/collect/source/regular.rs"]
#[expect(dead_code, reason = "the fuzzer asks for less than the scan")]
mod regular;

use self::decode::{Encoding, Lines, decode};

/// Reads bytes as everything that they might be.
pub(crate) fn read(bytes: &[u8]) {
    let never = AtomicBool::new(false);
    for id_length in [20, 32] {
        let _ = git_index::parse(bytes, id_length, &never);
    }
    let _ = key_material::store(bytes);
    let Some(encoding) = Encoding::of(bytes) else { return };
    let text = decode(bytes, encoding);
    let lines = Lines::new(&text);
    let last = lines.position(text.len());
    for found in key_material::keys(&text) {
        assert!(text.get(found.range.clone()).is_some(), "{:?}", found.range);
        assert!(lines.position(found.range.end) <= last);
    }
}
