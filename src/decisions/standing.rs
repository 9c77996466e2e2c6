//! Whether a decision holds on a day. Days are UTC; the first and the last both count.

use time::{Date, format_description::well_known::Iso8601};

/// Whether a decision holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It holds.
    InForce,
    /// Its last day is over.
    Expired,
    /// Its first day is to come.
    NotYet,
}

/// Whether a decision with these first and last days holds today. A day that cannot be read never makes a decision hold.
#[must_use]
pub fn standing(from: &str, until: &str, today: Date) -> Standing {
    match (day(from), day(until)) {
        (Some(from), Some(until)) if today > until || until < from => Standing::Expired,
        (Some(from), Some(_)) if today < from => Standing::NotYet,
        (Some(_), Some(_)) => Standing::InForce,
        _ => Standing::Expired,
    }
}

/// A calendar day in the form `YYYY-MM-DD`.
#[must_use]
pub fn day(text: &str) -> Option<Date> {
    Date::parse(text, &Iso8601::DATE).ok().filter(|_| text.len() == "YYYY-MM-DD".len())
}
