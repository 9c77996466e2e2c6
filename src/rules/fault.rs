//! A mistake in an expression, with its place in it.

/// A mistake in an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where it begins, in characters from the start of the expression.
    pub(super) offset: usize,
    /// How many characters it covers.
    pub(super) length: usize,
    /// What is wrong.
    pub(super) message: String,
    /// What was probably meant.
    pub(super) suggestion: Option<String>,
    /// What to do about it.
    pub(super) help: Option<&'static str>,
}

impl Fault {
    pub(super) fn new(offset: usize, length: usize, message: String) -> Self {
        Self { offset, length: length.max(1), message, suggestion: None, help: None }
    }
}
