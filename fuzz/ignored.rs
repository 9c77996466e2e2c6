//! What is left out of a folder, compiled into the fuzzer under the name that its visibility asks for.

#[path = "ignore_files.rs"]
pub(crate) mod source;
