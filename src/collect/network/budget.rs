//! How many connections to one host may be in flight: fewer once the host turns out to limit them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Good answers in a row after which one more connection is allowed, beside as many as there are connections.
const ANSWERS_BEFORE_MORE: usize = 16;

/// The places of one host, handed out in the order in which they were asked for.
#[derive(Debug)]
pub(super) struct Budget {
    places: Arc<Semaphore>,
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    limit: usize,
    /// Places to be withdrawn as soon as they are given back.
    owed: usize,
    answers: usize,
}

/// A place in a budget, given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    budget: Arc<Budget>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Budget {
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { places: Arc::new(Semaphore::new(most)), most, state: Mutex::new(State { limit: most, owed: 0, answers: 0 }) }
    }

    pub(super) async fn place(self: &Arc<Self>) -> Place {
        let permit = Arc::clone(&self.places).acquire_owned().await.expect("the semaphore is never closed");
        Place { budget: Arc::clone(self), permit: Some(permit) }
    }

    /// How many connections may be in flight now.
    pub(super) fn limit(&self) -> usize {
        self.state().limit
    }

    /// Halves the connections in flight.
    pub(super) fn slow_down(&self) {
        let mut state = self.state();
        let withdrawn = state.limit / 2;
        state.limit -= withdrawn;
        state.answers = 0;
        state.owed += withdrawn - self.places.forget_permits(withdrawn);
    }

    /// Takes note of a good answer; enough of them allow one connection more.
    pub(super) fn ease(&self) {
        let mut state = self.state();
        if state.limit >= self.most {
            return;
        }
        state.answers += 1;
        if state.answers < ANSWERS_BEFORE_MORE + state.limit {
            return;
        }
        state.answers = 0;
        state.limit += 1;
        if state.owed > 0 {
            state.owed -= 1;
        } else {
            self.places.add_permits(1);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.budget.state();
        if state.owed > 0
            && let Some(permit) = self.permit.take()
        {
            state.owed -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// Takes all places that can be had at once.
    fn take_all(budget: &Arc<Budget>) -> Vec<Place> {
        std::iter::from_fn(|| budget.place().now_or_never()).collect()
    }

    #[test]
    fn slowing_down_halves_the_places_even_when_all_are_taken() {
        for taken_first in [true, false] {
            let budget = Arc::new(Budget::new(32));
            let taken = taken_first.then(|| take_all(&budget));
            budget.slow_down();
            budget.slow_down();
            drop(taken);
            assert_eq!((take_all(&budget).len(), budget.limit()), (8, 8), "{taken_first}");
        }
    }

    #[test]
    fn one_place_is_always_left() {
        let budget = Arc::new(Budget::new(3));
        (0..10).for_each(|_| budget.slow_down());
        assert_eq!(take_all(&budget).len(), 1);
    }

    #[test]
    fn good_answers_give_the_places_back_one_by_one_and_no_more_than_there_were() {
        let budget = Arc::new(Budget::new(4));
        budget.slow_down();
        (0..ANSWERS_BEFORE_MORE + 2).for_each(|_| budget.ease());
        assert_eq!(take_all(&budget).len(), 3);
        (0..1000).for_each(|_| budget.ease());
        assert_eq!(take_all(&budget).len(), 4);
    }
}
