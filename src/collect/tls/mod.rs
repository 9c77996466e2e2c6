//! What one address of a host shows to TLS hellos.

pub(in crate::collect) mod recorder;
mod wire;
