//! Programming languages: one module each, from its syntax to what the analysis reads.

pub(in crate::collect::source) mod csharp;
mod debug_builds;
pub(in crate::collect::source) mod java;
pub(in crate::collect::source) mod javascript;
pub(in crate::collect::source) mod lexed;
mod lowering;
mod parsing;
pub(in crate::collect::source) mod php;
pub(in crate::collect::source) mod python;
mod remarks;
#[cfg(test)]
mod tests;

pub(in crate::collect::source) use remarks::remarks;
