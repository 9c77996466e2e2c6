//! Programming languages: a folder for each, with its grammar.

pub(super) mod csharp;
