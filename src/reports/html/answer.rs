//! Yes, no or unknown as the page shows it: a word, a shape and a colour.

use serde::Serialize;

use crate::evidence::Reading;

/// Yes, no or unknown, with the reason.
#[derive(Clone, Serialize)]
pub(super) struct Answer {
    pub(super) word: &'static str,
    pub(super) tone: &'static str,
    pub(super) icon: &'static str,
    pub(super) reason: String,
}

impl Answer {
    /// The same with its reason.
    pub(super) fn because(self, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..self }
    }
}

/// A reading whose answer is neither good nor bad.
pub(super) fn plain(reading: Reading<bool>, yes: &'static str, no: &'static str) -> Answer {
    let (word, tone, icon) = match reading {
        Reading::Observed(true) => (yes, "plain", "dot"),
        Reading::Observed(false) => (no, "none", "empty"),
        Reading::Unknown => ("unknown", "open", "unknown"),
    };
    Answer { word, tone, icon, reason: String::new() }
}

/// A reading with a wished answer.
pub(super) fn judged(reading: Reading<bool>, wished: bool) -> Answer {
    judged_as(reading, wished, "yes", "no")
}

/// A reading with a wished answer, in words of its own.
pub(super) fn judged_as(reading: Reading<bool>, wished: bool, yes: &'static str, no: &'static str) -> Answer {
    let (tone, icon) = match reading {
        Reading::Observed(seen) if seen == wished => ("good", "pass"),
        Reading::Observed(_) => ("bad", "fail"),
        Reading::Unknown => ("open", "unknown"),
    };
    Answer { tone, icon, ..plain(reading, yes, no) }
}
