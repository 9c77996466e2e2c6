//! How one address takes being asked: whether it still answers, whether closing is its way to refuse, and when its time is over.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{oneshot, watch},
    time::{Instant, sleep_until, timeout},
};

use super::{outcome::Outcome, wire::Offer};

/// How many timeouts all questions to one address may take together; what is not answered by then is unknown.
const TIMEOUTS_IN_ALL: u32 = 6;

/// One in so many refusals by closing is checked against an offer that the server is known to take.
const CLOSES_PER_CONTROL: u32 = 8;

/// How many connections all questions to one address may take together: more than any honest server needs, which has a hundred suites at most.
const CONNECTIONS_IN_ALL: u32 = 2000;

/// So many connections refused in a row, on an address that accepted some before, are an address that wants no more of them.
const REFUSALS_IN_A_ROW: u32 = 64;

/// So often an address may have refused everything for longer than a second; then it wants no more connections.
const GIVING_UP: u32 = 2;

/// The longest that probes under way are waited for before doubtful answers are looked into.
const LONGEST_DRAIN: Duration = Duration::from_secs(1);

/// What all probes of one address know of it together.
#[derive(Debug)]
pub(super) struct Pace {
    timeout: Duration,
    ends: Instant,
    over: watch::Sender<bool>,
    /// Whether it is over because too many connections were made, or refused, rather than for silence.
    exhausted: watch::Sender<bool>,
    paused: watch::Sender<bool>,
    in_flight: Arc<watch::Sender<usize>>,
    state: Mutex<State>,
    /// Held by the one probe that looks into the doubtful answers of all.
    pub confirming: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    connections: u32,
    heard: Option<Instant>,
    silent_in_a_row: u32,
    refused_in_a_row: u32,
    control: Option<Offer>,
    doubts: Vec<Doubt>,
    closing: Closing,
    closes_taken: u32,
    is_shaken: bool,
    is_slow: bool,
    given_up: u32,
}

/// What it means that the server closes a connection without an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Closing {
    /// Not known; every case is looked into.
    #[default]
    Doubtful,
    /// It refuses the hello: the same hello was closed twice while others were answered.
    Refuses,
    /// It may be too many connections at a time; every case is looked into.
    Limits,
}

/// A connection that failed without an answer, and who waits to know what it means.
#[derive(Debug)]
pub(super) struct Doubt {
    pub offer: Offer,
    pub outcome: Outcome,
    pub settled: oneshot::Sender<Outcome>,
}

impl Pace {
    pub(super) fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            ends: Instant::now() + timeout * TIMEOUTS_IN_ALL,
            over: watch::Sender::new(false),
            exhausted: watch::Sender::new(false),
            paused: watch::Sender::new(false),
            in_flight: Arc::new(watch::Sender::new(0)),
            state: Mutex::default(),
            confirming: tokio::sync::Mutex::default(),
        }
    }

    /// Comes back once nothing more is worth asking: the address has fallen silent, or its time is over.
    pub(super) async fn over(&self) {
        let mut over = self.over.subscribe();
        tokio::select! {
            _ = over.wait_for(|&over| over) => {}
            () = sleep_until(self.ends) => {}
        }
    }

    /// Whether the address was given up because its time is over rather than for its silence.
    pub(super) fn out_of_time(&self) -> bool {
        !*self.over.borrow() && Instant::now() >= self.ends
    }

    /// Whether it was given up because of the connections that it took, or refused.
    pub(super) fn is_exhausted(&self) -> bool {
        *self.exhausted.borrow()
    }

    /// How long all questions may take.
    pub(super) fn time_in_all(&self) -> Duration {
        self.timeout * TIMEOUTS_IN_ALL
    }

    pub(super) fn connected(&self) {
        let mut state = self.state();
        state.connections = state.connections.saturating_add(1);
        if state.connections >= CONNECTIONS_IN_ALL {
            self.exhaust();
        }
    }

    /// Takes note of a connection that was refused where others were accepted.
    pub(super) fn refused(&self) {
        let mut state = self.state();
        state.refused_in_a_row += 1;
        if state.connections > 0 && state.refused_in_a_row > REFUSALS_IN_A_ROW {
            self.exhaust();
        }
    }

    /// Takes note that the address refused everything for so long that what was asked is left unknown.
    pub(super) fn gave_up(&self) {
        let mut state = self.state();
        state.given_up += 1;
        if state.given_up >= GIVING_UP {
            self.exhaust();
        }
    }

    /// Whether the server was seen to close what it answers at other times.
    pub(super) fn closing_may_limit(&self) -> bool {
        self.state().closing == Closing::Limits
    }

    /// Ends all questions, as their time would.
    fn exhaust(&self) {
        self.exhausted.send_replace(true);
        self.over.send_replace(true);
    }

    pub(super) fn connections(&self) -> u32 {
        self.state().connections
    }

    /// Takes note of an answer, whatever it says; `offer` is the one that was agreed to, if it was.
    pub(super) fn heard(&self, agreed: Option<&Offer>) {
        let mut state = self.state();
        state.heard = Some(Instant::now());
        state.silent_in_a_row = 0;
        state.refused_in_a_row = 0;
        if state.control.is_none() {
            state.control = agreed.cloned();
        }
    }

    /// Takes note of a probe that was never answered, or not to the end. Nobody else being answered meanwhile, those still waiting would meet the same.
    pub(super) fn silent(&self, began: Instant, is_slow: bool) {
        let mut state = self.state();
        state.is_slow |= is_slow;
        let gives_up = match state.heard {
            None => true,
            Some(heard) if heard > began => false,
            // One hello that is swallowed is a fact about the hello; two in a row are about the address.
            Some(_) => {
                state.silent_in_a_row += 1;
                state.silent_in_a_row > 1
            }
        };
        if gives_up {
            self.over.send_replace(true);
        }
    }

    /// Whether an answer began that did not end in time.
    pub(super) fn is_slow(&self) -> bool {
        self.state().is_slow
    }

    /// Holds back new probes until the guard is dropped.
    pub(super) fn pause(&self) -> Paused<'_> {
        self.paused.send_replace(true);
        Paused(self)
    }

    pub(super) fn is_paused(&self) -> bool {
        *self.paused.borrow()
    }

    pub(super) async fn resumed(&self) {
        let _ = self.paused.subscribe().wait_for(|&paused| !paused).await;
    }

    pub(super) fn take_off(&self) -> InFlight {
        self.in_flight.send_modify(|count| *count += 1);
        InFlight(Arc::clone(&self.in_flight))
    }

    /// Whether any probe is under way.
    pub(super) fn is_in_flight(&self) -> bool {
        *self.in_flight.borrow() > 0
    }

    /// Waits until the probes under way have ended, as far as they end soon.
    pub(super) async fn landed(&self) {
        let mut in_flight = self.in_flight.subscribe();
        let _ = timeout(LONGEST_DRAIN.min(self.timeout / 4), in_flight.wait_for(|&count| count == 0)).await;
    }

    pub(super) fn doubt(&self, doubt: Doubt) {
        self.state().doubts.push(doubt);
    }

    pub(super) fn take_doubts(&self) -> Vec<Doubt> {
        std::mem::take(&mut self.state().doubts)
    }

    /// An offer that the server has agreed to.
    pub(super) fn control(&self) -> Option<Offer> {
        self.state().control.clone()
    }

    /// Whether closing can be taken for a refusal without looking into it, and whether it is time for a control.
    pub(super) fn takes_close(&self) -> Option<ControlDue> {
        let mut state = self.state();
        (state.closing == Closing::Refuses).then(|| {
            state.closes_taken += 1;
            ControlDue(state.closes_taken.is_multiple_of(CLOSES_PER_CONTROL))
        })
    }

    /// Closing was seen to be a refusal.
    pub(super) fn closing_refuses(&self) {
        let mut state = self.state();
        if state.closing == Closing::Doubtful {
            state.closing = Closing::Refuses;
        }
    }

    /// The server was seen to close what it answers at other times.
    pub(super) fn closing_limits(&self) {
        let mut state = self.state();
        state.closing = Closing::Limits;
        state.is_shaken |= state.closes_taken > 0;
    }

    /// Whether refusals by closing were taken as answers that turned out to be doubtful.
    pub(super) fn is_shaken(&self) -> bool {
        self.state().is_shaken
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a refusal by closing is the one in several that is checked.
pub(super) struct ControlDue(pub bool);

/// Holds back new probes.
pub(super) struct Paused<'a>(&'a Pace);

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        self.0.paused.send_replace(false);
    }
}

/// A probe under way.
#[derive(Debug)]
pub(super) struct InFlight(Arc<watch::Sender<usize>>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
