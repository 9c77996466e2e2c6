//! A server's certificates, stapled response and timestamps never make their diagnosis panic, and never cost more than a moment.

#![no_main]

#[path = "../certificates.rs"]
mod collect;
#[path = "../../src/evidence/mod.rs"]
#[expect(dead_code, unused_imports, reason = "certificates are a part of the evidence")]
mod evidence;
#[path = "../../src/wording.rs"]
#[expect(dead_code, reason = "certificates need a part of it")]
mod wording;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|served: (Vec<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>)| {
    let (certificates, stapled, timestamps) = served;
    collect::tls::diagnose(&certificates, stapled.as_deref(), timestamps.as_deref());
});
