//! What a server does about something wrong.

use std::{fmt, time::Duration};

use tokio::time::Instant;

use super::super::{
    session::{Channel, Heard},
    wire::Alert,
};

/// The whole of a server's answer to something wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reaction {
    /// The alert that it sent; absent where it sent none.
    pub(super) alert: Option<Alert>,
    /// Whether the application answered.
    pub(super) answered: bool,
    /// Whether it closed the connection.
    pub(super) closed: bool,
}

impl Reaction {
    /// Listens until the connection is closed, or nothing more comes for as long as the server may take.
    pub(super) async fn hear(channel: &mut Channel, patience: Duration) -> Self {
        const LIMIT: usize = 32;
        let mut reaction = Self::default();
        for _ in 0..LIMIT {
            match channel.next_until(Instant::now() + patience).await {
                // The last word, if any, is a farewell.
                Heard::Alert(alert) => reaction.alert = reaction.alert.or(Some(alert)),
                Heard::ApplicationData(_) => reaction.answered = true,
                Heard::Closed => {
                    reaction.closed = true;
                    return reaction;
                }
                Heard::Silence | Heard::Garbage(_) => return reaction,
                Heard::Handshake { .. } | Heard::ChangeCipherSpec | Heard::Heartbeat(_) => {}
            }
        }
        reaction
    }

    /// Whether it took no offence.
    pub(super) fn is_acceptance(&self) -> bool {
        self.answered || (self.alert.is_none() && !self.closed)
    }
}

impl fmt::Display for Reaction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.alert, self.answered, self.closed) {
            (_, true, _) => formatter.write_str("an answer of the application"),
            (Some(alert), _, true) => write!(formatter, "the alert `{alert}` and the end"),
            (Some(alert), _, false) => write!(formatter, "the alert `{alert}`"),
            (None, _, true) => formatter.write_str("the end without a word"),
            (None, _, false) => formatter.write_str("silence"),
        }
    }
}
