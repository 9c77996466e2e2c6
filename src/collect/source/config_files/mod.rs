//! Configuration formats, and pages and notebooks that hold programs: a file for each.

pub(super) mod http;
pub(super) mod infrastructure;
pub(super) mod json;
mod keys;
pub(super) mod notebook;
pub(super) mod page;
mod programs;
pub(super) mod properties;
mod references;
#[cfg(test)]
mod samples;
pub(super) mod shell;
pub(super) mod toml;
pub(super) mod xml;
pub(super) mod yaml;
