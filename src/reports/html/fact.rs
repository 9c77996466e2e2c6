//! A name and a value, as the page lists them.

use serde::Serialize;

/// A name and a value.
#[derive(Serialize)]
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
}

/// `2026-11-21T03:40:56Z` as `2026-11-21 03:40 UTC`; anything else as it is.
pub(super) fn readable_instant(instant: &str) -> String {
    let Some((date, time)) = instant.strip_suffix('Z').and_then(|rest| rest.split_once('T')) else { return instant.to_owned() };
    time.get(..5).map_or_else(|| instant.to_owned(), |minutes| format!("{date} {minutes} UTC"))
}
