//! Parsers of the source scan, compiled into the fuzzer under the names that their visibility asks for: nothing of them needs to be public for that.

#[path = "source.rs"]
pub(crate) mod source;
