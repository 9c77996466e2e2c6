//! How long a walk over redirects may take in all.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, timeout, timeout_at};

use super::patience::Allowance;

/// How many timeouts a whole walk may take. A sign-in has a handful of hops that each answer in a small part of one; a walk that needs
/// more than three is either stuck or made to keep us.
const TIMEOUTS_IN_ALL: u32 = 3;

/// What is left of a walk's time. Waiting for a place in the connection budget is not counted: the server has no part in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeLeft {
    left: Duration,
    limit: Duration,
}

/// The walk has used up its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no time was left: a visit may take {} s in all", .limit.as_secs_f32())]
pub(super) struct OutOfTime {
    limit: Duration,
}

impl TimeLeft {
    /// All the time of a walk whose single probes may each take `timeout`.
    pub(super) fn for_timeout(timeout: Duration) -> Self {
        let limit = timeout.saturating_mul(TIMEOUTS_IN_ALL);
        Self { left: limit, limit }
    }

    /// Does the work, and gives it up when the time is over.
    pub(super) async fn spend<T>(&mut self, work: impl Future<Output = T>) -> Result<T, OutOfTime> {
        let started = Instant::now();
        let done = timeout(self.left, work).await;
        self.charge(started);
        done.map_err(|_| self.over())
    }

    /// Counts the time since `started`.
    pub(super) fn charge(&mut self, started: Instant) {
        self.left = self.left.saturating_sub(started.elapsed());
    }

    /// How much there is.
    pub(super) fn left(self) -> Duration {
        self.left
    }

    /// The word that nothing is left.
    pub(super) fn over(self) -> OutOfTime {
        OutOfTime { limit: self.limit }
    }
}

/// What did not come in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Late {
    /// One exchange took more than one may.
    #[error("no complete answer within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// One exchange took more than a server gets that was slow before.
    #[error("no complete answer within {} s; the server had kept other requests waiting before, so it got no more", .0.as_secs_f32())]
    Impatient(Duration),
    /// The walk took its time already, or takes it here.
    #[error(transparent)]
    OutOfTime(#[from] OutOfTime),
}

/// When an exchange must be over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    at: Instant,
    allowance: Allowance,
    /// Set where the walk's time ends sooner than the exchange's own.
    walk: Option<OutOfTime>,
}

impl Deadline {
    /// As long from now as an answer may take, or when no time is left, whichever comes first.
    pub(super) fn after(now: Instant, allowance: Allowance, time: TimeLeft) -> Self {
        let walk = (time.left() < allowance.limit).then(|| time.over());
        Self { at: now + allowance.limit.min(time.left()), allowance, walk }
    }

    /// Whether it has passed.
    pub(super) fn is_over(self, now: Instant) -> bool {
        now >= self.at
    }

    /// Whether it is the walk's and not the exchange's own.
    pub(super) fn is_of_one_walk(self) -> bool {
        self.walk.is_some()
    }

    /// Does the work, and gives it up when the time is over.
    pub(super) async fn bound<T>(self, work: impl Future<Output = T>) -> Result<T, Late> {
        timeout_at(self.at, work).await.map_err(|_| self.walk.map_or_else(|| self.own_end(), Late::OutOfTime))
    }

    fn own_end(self) -> Late {
        let Allowance { limit, is_cut } = self.allowance;
        if is_cut { Late::Impatient(limit) } else { Late::TimedOut(limit) }
    }
}
