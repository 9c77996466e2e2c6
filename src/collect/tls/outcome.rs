//! What asking a server once came to.

use super::{
    exchange::Answered,
    wire::{Alert, Version},
};
use crate::evidence::Contact;

/// What one probe came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The connection was accepted.
    Answered(Answered),
    /// It was not.
    Unreached(Unreached),
}

/// Why a connection was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub(super) struct Unreached {
    pub contact: Contact,
    /// The reason in words.
    pub error: String,
}

impl Outcome {
    /// The answer, where the connection was accepted.
    pub(super) fn answered(&self) -> Option<&Answered> {
        match self {
            Self::Answered(answered) => Some(answered),
            Self::Unreached(_) => None,
        }
    }

    /// The version that the server agreed to; absent where it agreed to none.
    pub(super) fn version(&self) -> Option<Version> {
        self.answered()?.version()
    }

    /// Whether the server says that it is in trouble rather than what it thinks of the offer.
    pub(super) fn is_overload(&self) -> bool {
        matches!(self, Self::Answered(Answered::Alert(alert)) if alert.description == Alert::INTERNAL_ERROR)
    }

    /// Whether the server agreed, and the rest of its flight did not come.
    pub(super) fn is_cut_short(&self) -> bool {
        self.answered().and_then(Answered::flight).is_some_and(|flight| !flight.complete)
    }

    /// Whether the refusal concerns the host's name alone.
    pub(super) fn refuses_the_name(&self) -> bool {
        matches!(self, Self::Answered(Answered::Alert(alert)) if alert.description == Alert::UNRECOGNIZED_NAME)
    }
}
