//! What the fields of an object say of each other.

use super::{Field, Form};
use crate::collect::source::names::Match;

/// So many numbers side by side are a table.
const FEWEST_NUMBERS: usize = 3;
/// The switch without which nothing in a token is checked.
const SIGNATURE: &str = "verify_signature";

/// Whether all of several values are numbers: how long what bears the name of a credential lasts, or which of many it is.
pub(super) fn are_numbers(fields: &[Field]) -> bool {
    fields.len() >= FEWEST_NUMBERS && fields.iter().all(|field| matches!(field.value.form, Form::Number(_)))
}

/// Whether another field says already what a switch says: where the signature of a token is not checked, nothing in it is.
pub(super) fn is_said_before(fields: &[Field], found: &Match<'_>) -> bool {
    let is_off = |field: &Field| field.name == SIGNATURE && matches!(field.value.form, Form::Truth(false));
    found.entry.starts_with("verify_") && found.entry != SIGNATURE && fields.iter().any(is_off)
}
