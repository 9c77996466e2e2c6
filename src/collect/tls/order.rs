//! In which order a server prefers the suites that it has: found with few offers in few rounds, by verifying a guess.

use std::future::Future;

use futures_util::future::join_all;

use crate::evidence::Reading;

/// Up to so many suites, all pairs are asked at once: that is no more than verifying and then correcting a guess.
const FEW: usize = 4;

/// So many pairs may be asked in one round, whatever the number of suites.
const PAIRS_AT_LEAST: usize = 48;

/// More rounds than any sort takes that learns something in each.
const ROUNDS_LIMIT: usize = 24;

/// The order of a server's suites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// By the server's preference where it enforces one, else as guessed.
    pub suites: Vec<u16>,
    /// Whether the server chooses by its own order rather than the client's.
    pub is_enforced: Reading<bool>,
    /// Why something of it is not known; absent when all is.
    pub problem: Option<String>,
}

/// Finds the order of at least two suites that a server has. `ask` offers a list and gives the suite that the server chooses of it.
///
/// A pair is offered with the suite first that is guessed to be the lesser one, so that agreement proves the server's preference. A suite
/// with `ChaCha20` never stands first beside another: servers that see that in a hello prefer it for this client only.
pub(super) async fn order<F: Future<Output = Result<u16, String>>>(guess: &[u16], ask: impl Fn(Vec<u16>) -> F) -> Order {
    let mut relation = Relation::new(guess);
    let first = relation.first_pairs();
    let lists = [forward(guess), reversed(guess)];
    let offers = lists.iter().cloned().chain(first.iter().map(|pair| relation.adverse(*pair)));
    let answers = join_all(offers.map(|offer| async { (ask(offer.clone()).await, offer) })).await;
    let is_enforced = match is_enforced(&answers) {
        Ok(is_enforced) => is_enforced,
        Err(problem) => return Order { suites: guess.to_vec(), is_enforced: Reading::Unknown, problem: Some(problem) },
    };
    if is_enforced {
        relation.take_first(&answers);
        relation.complete(ask).await;
    }
    Order { suites: relation.sorted(), is_enforced: Reading::Observed(is_enforced), problem: relation.problem }
}

/// One choice that is not the client's first proves an order of the server's own; that all follow the client, in both directions, proves
/// that it has none.
fn is_enforced(answers: &[(Result<u16, String>, Vec<u16>)]) -> Result<bool, String> {
    if answers.iter().any(|(chosen, offer)| chosen.as_ref().is_ok_and(|chosen| offer.first() != Some(chosen))) {
        return Ok(true);
    }
    match answers.iter().find_map(|(chosen, _)| chosen.as_ref().err()) {
        Some(problem) => Err(problem.clone()),
        None => Ok(false),
    }
}

/// `ChaCha20` with Poly1305: the numbers of RFC 7905 and of the draft before it, and TLS 1.3's.
fn is_chacha(suite: u16) -> bool {
    matches!(suite, 0xcca8..=0xccae | 0xcc13..=0xcc15 | 0x1303)
}

/// The list as it is, but with another suite than one of `ChaCha20` first where there are two others.
fn forward(suites: &[u16]) -> Vec<u16> {
    let mut list = suites.to_vec();
    let mut others = suites.iter().enumerate().filter(|(_, suite)| !is_chacha(**suite)).map(|(index, _)| index);
    if let (Some(first), Some(_)) = (others.next(), others.next()) {
        let suite = list.remove(first);
        list.insert(0, suite);
    }
    list
}

fn reversed(suites: &[u16]) -> Vec<u16> {
    forward(&suites.iter().rev().copied().collect::<Vec<_>>())
}

/// Two places in the guess, the better one first.
type Pair = (usize, usize);

/// What is known of which suite is preferred to which, and everything that follows from it.
#[derive(Debug)]
struct Relation {
    guess: Vec<u16>,
    /// `beats[a][b]`: the suite at place `a` is preferred to the one at `b`.
    beats: Vec<Vec<bool>>,
    /// Pairs whose guess failed in the first round, to be offered in the other direction: the server may not care.
    doubted: Vec<Pair>,
    problem: Option<String>,
}

impl Relation {
    fn new(guess: &[u16]) -> Self {
        let size = guess.len();
        Self { guess: guess.to_vec(), beats: vec![vec![false; size]; size], doubted: vec![], problem: None }
    }

    /// Neighbours; of few suites, all pairs.
    fn first_pairs(&self) -> Vec<Pair> {
        if self.guess.len() <= FEW {
            return if self.guess.len() == 2 { vec![] } else { self.unknown() };
        }
        (1..self.guess.len()).map(|lesser| (lesser - 1, lesser)).collect()
    }

    /// A pair as it is offered: the lesser one first, unless that could change the server's mind.
    fn adverse(&self, (better, lesser): Pair) -> Vec<u16> {
        let (better, lesser) = (self.guess[better], self.guess[lesser]);
        if is_chacha(lesser) && !is_chacha(better) { vec![better, lesser] } else { vec![lesser, better] }
    }

    fn place(&self, suite: u16) -> Option<usize> {
        self.guess.iter().position(|&other| other == suite)
    }

    /// Takes in the answers of the first round.
    fn take_first(&mut self, answers: &[(Result<u16, String>, Vec<u16>)]) {
        for (chosen, offer) in answers {
            match (chosen, offer.as_slice()) {
                (Err(problem), _) => self.problem = Some(problem.clone()),
                // The guess failed here, or the server holds both for equal and follows the client.
                (Ok(chosen), [first, second]) if chosen == first && self.guess.len() > 2 && !is_chacha(*second) => {
                    self.doubted.extend(self.place(*second).zip(self.place(*first)));
                }
                (Ok(chosen), offer) => {
                    for loser in offer {
                        self.learn(*chosen, *loser);
                    }
                }
            }
        }
    }

    /// Asks until every pair is known.
    async fn complete<F: Future<Output = Result<u16, String>>>(&mut self, ask: impl Fn(Vec<u16>) -> F) {
        for _ in 0..ROUNDS_LIMIT {
            let pairs = self.next_pairs();
            if pairs.is_empty() {
                return;
            }
            let offers = pairs.iter().map(|pair| {
                let mut offer = self.adverse(*pair);
                if self.doubted.contains(pair) {
                    offer.reverse();
                }
                offer
            });
            let answers = join_all(offers.map(&ask)).await;
            self.doubted.clear();
            for ((better, lesser), chosen) in pairs.into_iter().zip(answers) {
                let (better, lesser) = (self.guess[better], self.guess[lesser]);
                match chosen {
                    Ok(chosen) if chosen == lesser => self.learn(lesser, better),
                    Ok(_) => self.learn(better, lesser),
                    Err(problem) => {
                        self.problem = Some(problem);
                        self.learn(better, lesser);
                    }
                }
            }
        }
    }

    /// Takes in one preference and what follows from it, unless it contradicts what is known.
    fn learn(&mut self, winner: u16, loser: u16) {
        let (Some(winner), Some(loser)) = (self.place(winner), self.place(loser)) else { return };
        if winner == loser || self.beats[loser][winner] || self.beats[winner][loser] {
            return;
        }
        let size = self.guess.len();
        let above: Vec<usize> = (0..size).filter(|&one| one == winner || self.beats[one][winner]).collect();
        let below: Vec<usize> = (0..size).filter(|&one| one == loser || self.beats[loser][one]).collect();
        for &one in &above {
            for &other in &below {
                self.beats[one][other] = true;
            }
        }
    }

    fn is_known(&self, (one, other): Pair) -> bool {
        self.beats[one][other] || self.beats[other][one]
    }

    fn unknown(&self) -> Vec<Pair> {
        let size = self.guess.len();
        let pairs = (0..size).flat_map(|better| (better + 1..size).map(move |lesser| (better, lesser)));
        pairs.filter(|&pair| !self.is_known(pair)).collect()
    }

    /// All pairs that are not known when they are few; else those of the suites of which least is known, as quicksort takes pivots.
    fn next_pairs(&self) -> Vec<Pair> {
        let unknown = self.unknown();
        let most = PAIRS_AT_LEAST.max(2 * self.guess.len());
        if unknown.len() <= most {
            return unknown;
        }
        let mut left = unknown;
        let mut chosen = Vec::new();
        while chosen.len() < most && !left.is_empty() {
            let count = |place: usize| left.iter().filter(|(one, other)| *one == place || *other == place).count();
            let Some(pivot) = (0..self.guess.len()).max_by_key(|&place| count(place)) else { break };
            let (with, without): (Vec<Pair>, Vec<Pair>) = left.into_iter().partition(|(one, other)| *one == pivot || *other == pivot);
            // Two pivots that are not told apart yet would split the same suites twice.
            let neighbours: Vec<usize> = with.iter().map(|(one, other)| if *one == pivot { *other } else { *one }).collect();
            left = without.into_iter().filter(|(one, other)| !(neighbours.contains(one) && neighbours.contains(other))).collect();
            chosen.extend(with);
        }
        chosen
    }

    /// Best first.
    fn sorted(&self) -> Vec<u16> {
        let mut places: Vec<usize> = (0..self.guess.len()).collect();
        // In a complete order the best suite beats all others, the next all but one, and so on.
        places.sort_by_key(|&place| std::cmp::Reverse(self.beats[place].iter().filter(|beaten| **beaten).count()));
        places.into_iter().map(|place| self.guess[place]).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, future::ready};

    use futures_util::FutureExt as _;
    use proptest::prelude::*;

    use super::*;

    /// How a server chooses.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Manner {
        /// The first of the client's that it has.
        Client,
        /// The best of its own that the client has.
        Server,
        /// The same, but with the `ChaCha20` ones first for a client that names one first.
        PrioritisesChaCha,
    }

    fn choose(manner: Manner, preferences: &[u16], offer: &[u16]) -> u16 {
        let has = |suite: &&u16| offer.contains(suite);
        let chacha_first = manner == Manner::PrioritisesChaCha && is_chacha(offer[0]);
        let chosen = match manner {
            Manner::Client => offer.first(),
            _ if chacha_first => preferences.iter().filter(has).find(|suite| is_chacha(**suite)),
            _ => preferences.iter().find(has),
        };
        *chosen.unwrap()
    }

    /// The order found, and how many offers it took in how many rounds.
    fn find(manner: Manner, preferences: &[u16], guess: &[u16]) -> (Order, usize, usize) {
        let (offers, rounds, round_is_open) = (Cell::new(0), Cell::new(0), Cell::new(false));
        let ask = |offer: Vec<u16>| {
            offers.set(offers.get() + 1);
            round_is_open.set(true);
            let (rounds, round_is_open) = (&rounds, &round_is_open);
            async move {
                // All offers of a round are made before the first is answered.
                tokio::task::yield_now().await;
                if round_is_open.replace(false) {
                    rounds.set(rounds.get() + 1);
                }
                Ok(choose(manner, preferences, &offer))
            }
        };
        let found = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(order(guess, ask));
        (found, offers.get(), rounds.get())
    }

    const SOME: [u16; 9] = [0xc02f, 0xc030, 0xcca8, 0xc02b, 0xc02c, 0xcca9, 0x009c, 0x002f, 0x0035];

    #[test]
    fn a_right_guess_takes_one_round_and_one_offer_for_each_suite() {
        let (order, offers, rounds) = find(Manner::Server, &SOME, &SOME);
        assert_eq!((order.suites.as_slice(), order.is_enforced, order.problem), (&SOME[..], Reading::Observed(true), None));
        assert_eq!((offers, rounds), (SOME.len() + 1, 1));
    }

    #[test]
    fn a_client_s_order_is_told_in_one_round_and_leaves_the_guess() {
        for length in 2..SOME.len() {
            let (order, _, rounds) = find(Manner::Client, &SOME[..length], &SOME[..length]);
            assert_eq!((order.suites.as_slice(), order.is_enforced, rounds), (&SOME[..length], Reading::Observed(false), 1), "{length}");
        }
    }

    #[test]
    fn a_server_that_favours_chacha_for_phones_still_has_an_order_of_its_own() {
        let preferences = [0x1302, 0x1301, 0x1303];
        let (order, ..) = find(Manner::PrioritisesChaCha, &preferences, &[0x1301, 0x1302, 0x1303]);
        assert_eq!((order.suites, order.is_enforced), (preferences.to_vec(), Reading::Observed(true)));
    }

    #[test]
    fn equal_suites_keep_the_order_of_the_guess() {
        // The first two are equal to this server: it takes the client's first of them.
        let ask = |offer: Vec<u16>| {
            let equal: Vec<u16> = offer.iter().copied().filter(|suite| *suite < 3).collect();
            ready(Ok(equal.first().or(offer.iter().min()).copied().unwrap()))
        };
        let found = order(&[1, 2, 3, 4, 5, 6], ask).now_or_never().unwrap();
        assert_eq!((found.suites, found.is_enforced), (vec![1, 2, 3, 4, 5, 6], Reading::Observed(true)));
    }

    #[test]
    fn silence_leaves_the_preference_unknown() {
        let found = order(&[1, 2, 3], |_| ready(Err("no answer".to_owned()))).now_or_never().unwrap();
        assert_eq!((found.is_enforced, found.problem.as_deref()), (Reading::Unknown, Some("no answer")));
    }

    #[test]
    fn answers_without_any_logic_come_to_an_end() {
        let count = Cell::new(0_usize);
        let guess: Vec<u16> = (0..60).collect();
        let found = order(&guess, |offer| {
            count.set(count.get().wrapping_mul(31).wrapping_add(17));
            ready(Ok(offer[count.get() % offer.len()]))
        });
        assert_eq!(found.now_or_never().unwrap().suites.len(), 60);
    }

    #[test]
    fn eighty_suites_in_any_order_cost_little_more_than_a_sort() {
        let guess: Vec<u16> = (0..80).collect();
        let shuffled: Vec<u16> = (0..80).map(|index| (index * 37 + 11) % 80).collect();
        let (order, offers, rounds) = find(Manner::Server, &shuffled, &guess);
        assert_eq!(order.suites, shuffled);
        assert!(offers <= 1000 && rounds <= 12, "{offers} in {rounds}");
    }

    proptest! {
        #[test]
        fn the_order_is_exact_whatever_was_guessed(
            (preferences, guess) in (2..=SOME.len()).prop_flat_map(|length| {
                let suites = SOME[..length].to_vec();
                (Just(suites.clone()).prop_shuffle(), Just(suites).prop_shuffle())
            }),
        ) {
            let (order, offers, rounds) = find(Manner::Server, &preferences, &guess);
            prop_assert_eq!((&order.suites, order.is_enforced), (&preferences, Reading::Observed(true)));
            prop_assert!(offers <= guess.len() * guess.len() && rounds <= 3, "{} in {}", offers, rounds);
            let others = guess.iter().filter(|suite| !is_chacha(**suite)).count();
            if others > 1 {
                let (order, ..) = find(Manner::PrioritisesChaCha, &preferences, &guess);
                prop_assert_eq!((order.suites, order.is_enforced), (preferences, Reading::Observed(true)));
            }
        }
    }
}
