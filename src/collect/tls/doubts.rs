//! Connections that ended without an answer: a refusal of the hello, or of yet another connection.

use futures_util::stream::{self, StreamExt as _};
use tokio::sync::oneshot;

use super::{
    pace::Doubt,
    server::{Outcome, Server, Unreached},
    wire::Offer,
};
use crate::evidence::Contact;

/// How many doubtful offers are repeated at a time, at first.
const AT_ONCE: usize = 10;

/// The same while no offer is known that the server takes, against which to tell a refusal from a limit.
const AT_ONCE_WITHOUT_CONTROL: usize = 4;

/// How often a server is tried that refuses connections even one at a time, each time after twice the rest: longer than a second in all, by
/// which servers count that limit connections in a time.
const PATIENCE: u32 = 5;

/// What one repetition of doubtful offers came to.
struct Repeated {
    /// Those that failed again.
    open: Vec<Doubt>,
    /// How many were answered.
    settled: usize,
    /// Whether the server refuses connections rather than hellos: it answered what it had closed, or closed what it had answered.
    is_limited: bool,
}

impl Server<'_> {
    /// Finds out what it means that a connection failed without an answer, together with all others that failed.
    pub(super) async fn confirmed(&self, offer: &Offer, first: Outcome) -> Outcome {
        loop {
            let (settled, mut answer) = oneshot::channel();
            self.pace.doubt(Doubt { offer: offer.clone(), outcome: first.clone(), settled });
            tokio::select! {
                biased;
                outcome = &mut answer => {
                    if let Ok(outcome) = outcome { return outcome; }
                }
                _turn = self.pace.confirming.lock() => {
                    Box::pin(self.settle()).await;
                    if let Ok(outcome) = answer.try_recv() { return outcome; }
                }
            }
        }
    }

    /// Repeats the doubtful offers, fewer at a time until it is clear what their failure meant.
    async fn settle(&self) {
        let _paused = self.pace.pause();
        self.pace.landed().await;
        if self.connections() == 0 {
            return leave_as_they_are(self.pace.take_doubts());
        }
        self.pause().await;
        let mut doubts = self.pace.take_doubts();
        let most = if self.pace.control().is_some() { AT_ONCE } else { AT_ONCE_WITHOUT_CONTROL };
        let mut at_once = (self.budget() / 2).clamp(1, most);
        let (mut patience, mut rest, mut is_confirmed) = (PATIENCE, 1, !self.pace.closing_may_limit());
        while !doubts.is_empty() {
            let before = doubts.len();
            let Repeated { open, is_limited, .. } = self.repeat(doubts, at_once).await;
            if !is_limited && is_confirmed {
                return self.take_for_refusals(open);
            }
            is_confirmed = !is_limited;
            doubts = open;
            if is_limited {
                self.pace.closing_limits();
            }
            if is_limited && at_once == 1 && doubts.len() == before {
                patience -= 1;
                rest *= 2;
                if patience == 0 {
                    self.pace.gave_up();
                    return leave_unknown(doubts);
                }
            }
            at_once = (at_once / 2).max(1);
            self.slow_down_to(at_once);
            // A server that counts connections by the second counts those that it refuses as well.
            for _ in 0..rest {
                self.pause().await;
            }
        }
    }

    /// Makes doubtful offers again; those that are answered now are settled. First, as many connections as there will be at a time make an
    /// offer that the server is known to take: if all are answered, it takes so many. One that refuses even that is left alone.
    async fn repeat(&self, doubts: Vec<Doubt>, at_once: usize) -> Repeated {
        if at_once == 1 {
            return self.repeat_in_turn(doubts).await;
        }
        let controls = self.pace.control().into_iter().cycle().take(at_once).map(|control| (control, None));
        let again = doubts.into_iter().map(|doubt| (doubt.offer.clone(), Some(doubt)));
        let questions: Vec<_> = controls.chain(again).collect();
        let ask = |(offer, doubt): (Offer, Option<Doubt>)| async move { (self.attempt_at_once(&offer).await, doubt) };
        let mut answers = stream::iter(questions).map(ask).buffer_unordered(at_once);
        let mut repeated = Repeated { open: vec![], settled: 0, is_limited: false };
        while let Some((outcome, doubt)) = answers.next().await {
            match doubt {
                Some(doubt) => self.sort_out(outcome, doubt, &mut repeated),
                None => repeated.is_limited |= self.may_be_passing(&outcome),
            }
        }
        repeated
    }

    /// One after the other, each that fails followed by an offer that the server is known to take; where that fails too, it wants no more.
    async fn repeat_in_turn(&self, doubts: Vec<Doubt>) -> Repeated {
        let mut repeated = Repeated { open: vec![], settled: 0, is_limited: self.refuses_control().await };
        let mut waiting = doubts.into_iter();
        while !repeated.is_limited
            && let Some(doubt) = waiting.next()
        {
            let outcome = self.attempt_at_once(&doubt.offer).await;
            let is_answered = !self.may_be_passing(&outcome);
            self.sort_out(outcome, doubt, &mut repeated);
            // What was answered now shows a limit, but not that it is reached.
            repeated.is_limited = !is_answered && self.refuses_control().await;
        }
        repeated.is_limited |= repeated.settled > 0;
        repeated.open.extend(waiting);
        repeated
    }

    /// Whether even an offer fails that the server is known to take.
    async fn refuses_control(&self) -> bool {
        match self.pace.control() {
            Some(control) => self.may_be_passing(&self.attempt_at_once(&control).await),
            None => false,
        }
    }

    fn sort_out(&self, outcome: Outcome, doubt: Doubt, repeated: &mut Repeated) {
        if self.may_be_passing(&outcome) {
            // A connection that was not accepted brought no hello that could have been refused.
            repeated.is_limited |= matches!(outcome, Outcome::Unreached(_));
            repeated.open.push(Doubt { outcome, ..doubt });
        } else {
            repeated.is_limited = true;
            repeated.settled += 1;
            let _ = doubt.settled.send(outcome);
        }
    }

    fn take_for_refusals(&self, doubts: Vec<Doubt>) {
        if self.pace.control().is_some() && !doubts.is_empty() {
            self.pace.closing_refuses();
        }
        leave_as_they_are(doubts);
    }
}

fn leave_as_they_are(doubts: Vec<Doubt>) {
    for doubt in doubts {
        let _ = doubt.settled.send(doubt.outcome);
    }
}

fn leave_unknown(doubts: Vec<Doubt>) {
    let error = "the server closes or refuses connections, even one at a time, that it answers at other times";
    for doubt in doubts {
        let _ = doubt.settled.send(Outcome::Unreached(Unreached { contact: Contact::Refused, error: error.into() }));
    }
}
