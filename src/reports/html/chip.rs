//! A status as the page shows it: a word, a shape and a colour.

use serde::Serialize;

use crate::assessment::Status;

/// A status, in a word, a shape and a colour.
#[derive(Clone, Serialize)]
pub(super) struct Chip {
    pub(super) word: &'static str,
    pub(super) tone: &'static str,
    pub(super) icon: &'static str,
}

/// The chip of a status.
pub(super) fn chip(status: Status) -> Chip {
    let (tone, icon) = match status {
        Status::Fail => ("bad", "fail"),
        Status::ExpiredDecision => ("bad", "clock"),
        Status::Error => ("open", "unknown"),
        Status::NotRun => ("open", "empty"),
        Status::NeedsAttestation => ("ask", "person"),
        Status::Warn => ("warn", "warn"),
        Status::Waived => ("ask", "waived"),
        Status::Attested => ("good", "signed"),
        Status::Pass => ("good", "pass"),
        Status::NotApplicable => ("none", "dash"),
    };
    Chip { word: status.word(), tone, icon }
}

/// The group of rows that a status belongs to.
pub(super) fn group(status: Status) -> &'static str {
    match status {
        Status::Fail | Status::ExpiredDecision | Status::Error | Status::NotRun | Status::Warn | Status::Waived => "work",
        Status::NeedsAttestation => "ask",
        Status::Attested | Status::Pass | Status::NotApplicable => "done",
    }
}
