//! How long a server is waited for: what one request suffered, the others learn from.
//!
//! A page that is slow is a fact about the page. A server on which nothing else was answered meanwhile is slow itself: from then on each request gets a
//! small part of the timeout, enough for a head, and all of them together get no more than a few timeouts.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How many timeouts may be lost on one server in all, however many requests are late on it.
const TIMEOUTS_IN_ALL: u32 = 2;

/// So many late answers in a row, none in time between them, are a server that is slow.
const LATE_IN_A_ROW: u32 = 2;

/// The part of the timeout that a slow server gets for one answer.
const PART_FOR_SLOW: u32 = 8;

/// What all requests to one address know of it together.
#[derive(Debug, Default)]
pub(super) struct Patience(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When the last answer came in time.
    heard: Option<Instant>,
    late_in_a_row: u32,
    is_slow: bool,
    /// The time in which something was waited for that did not come, each moment counted once.
    lost: Duration,
    lost_until: Option<Instant>,
}

/// How long the next answer may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowance {
    pub(super) limit: Duration,
    /// Whether it is less than others get.
    pub(super) is_cut: bool,
}

/// Nothing more is asked of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not asked any more: the server kept other requests waiting for {} s", .lost.as_secs_f32())]
pub(super) struct GivenUp {
    lost: Duration,
}

impl Patience {
    /// How long an answer may take whose single probes may each take `timeout`.
    ///
    /// # Errors
    /// When too much time was lost already.
    pub(super) fn allowance(&self, timeout: Duration) -> Result<Allowance, GivenUp> {
        let state = self.state();
        let lost = timeout.saturating_mul(TIMEOUTS_IN_ALL);
        if state.lost >= lost {
            return Err(GivenUp { lost });
        }
        let limit = if state.is_slow { timeout / PART_FOR_SLOW } else { timeout };
        Ok(Allowance { limit, is_cut: state.is_slow })
    }

    /// Takes note of an answer that ended in time, whatever it says.
    pub(super) fn answered(&self, now: Instant) {
        let mut state = self.state();
        (state.heard, state.late_in_a_row, state.is_slow) = (Some(now), 0, false);
    }

    /// Takes note of one that was asked for at `began` and had not ended by `now`.
    pub(super) fn late(&self, began: Instant, now: Instant) {
        let mut state = self.state();
        let uncounted = state.lost_until.map_or(began, |until| until.max(began));
        state.lost = state.lost.saturating_add(now.saturating_duration_since(uncounted));
        state.lost_until = Some(now);
        match state.heard {
            None => state.is_slow = true,
            Some(heard) if heard > began => {}
            Some(_) => {
                state.late_in_a_row = state.late_in_a_row.saturating_add(1);
                state.is_slow |= state.late_in_a_row >= LATE_IN_A_ROW;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(8);

    fn seconds(patience: &Patience) -> Option<u64> {
        patience.allowance(TIMEOUT).ok().map(|allowance| allowance.limit.as_secs())
    }

    /// A clock that starts now.
    fn clock() -> impl Fn(u64) -> Instant {
        let start = Instant::now();
        move |seconds| start + Duration::from_secs(seconds)
    }

    #[test]
    fn a_slow_page_beside_others_that_answer_costs_nobody_else_anything() {
        let (patience, at) = (Patience::default(), clock());
        patience.answered(at(1));
        patience.late(at(0), at(8));
        assert_eq!(seconds(&patience), Some(8));
    }

    #[test]
    fn a_server_that_answers_nothing_gets_little_time_after_its_first_silence() {
        let (patience, at) = (Patience::default(), clock());
        patience.late(at(0), at(8));
        assert_eq!(patience.allowance(TIMEOUT), Ok(Allowance { limit: Duration::from_secs(1), is_cut: true }));
    }

    #[test]
    fn a_server_that_fell_silent_is_slow_after_two_late_answers_and_recovers_by_one_in_time() {
        let (patience, at) = (Patience::default(), clock());
        patience.answered(at(1));
        patience.late(at(1), at(2));
        assert_eq!(seconds(&patience), Some(8));
        patience.late(at(1), at(2));
        assert_eq!(seconds(&patience), Some(1));
        patience.answered(at(3));
        assert_eq!(seconds(&patience), Some(8));
    }

    #[test]
    fn time_is_lost_once_however_many_wait_and_when_it_is_lost_nothing_more_is_asked() {
        let (patience, at) = (Patience::default(), clock());
        (0..6).for_each(|_| patience.late(at(0), at(8)));
        assert_eq!(seconds(&patience), Some(1));
        patience.late(at(10), at(15));
        patience.answered(at(15));
        assert_eq!(seconds(&patience), Some(8));
        patience.late(at(14), at(18));
        let problem = patience.allowance(TIMEOUT).unwrap_err().to_string();
        assert_eq!(problem, "not asked any more: the server kept other requests waiting for 16 s");
    }
}
