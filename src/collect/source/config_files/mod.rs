//! Configuration formats: a file for each.

pub(super) mod json;
pub(super) mod xml;
