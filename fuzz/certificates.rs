//! The diagnosis itself, compiled into the fuzzer under the names that its visibility asks for: nothing of it needs to be public for that.

#[path = "../src/collect/network/mod.rs"]
#[expect(dead_code, unreachable_pub, reason = "the fuzzer asks nobody")]
mod network;

#[path = "tls.rs"]
pub(crate) mod tls;
