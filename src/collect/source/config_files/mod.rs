//! Configuration formats: a file for each.

pub(super) mod json;
mod keys;
mod references;
pub(super) mod xml;
