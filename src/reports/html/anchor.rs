//! Where a link inside the page leads.

/// The id itself, where it can be an id of the page; a space would break the link.
pub(super) fn page_anchor(id: &str) -> String {
    id.chars().map(|character| if character.is_ascii_alphanumeric() || "-._".contains(character) { character } else { '-' }).collect()
}
