//! The scores of the three categories, as ranges where facts are missing.

use super::{
    facts::Facts,
    simulate::offered,
    tables::{KeyExchange, Protocols, Scale, Weights},
};
use crate::evidence::{
    GroupKind, ProtocolId,
    Reading::{Observed, Unknown},
};

/// The least and the most that a score can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) low: u32,
    pub(super) high: u32,
}

/// The three categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scores {
    pub(super) protocol: Range,
    pub(super) key_exchange: Range,
    pub(super) cipher_strength: Range,
}

impl Range {
    const ANY: Self = Self { low: 0, high: 100 };

    /// The score, where it is known.
    pub(super) fn exact(self) -> Option<u32> {
        (self.low == self.high).then_some(self.low)
    }
}

impl Scores {
    /// The weighted whole; a zero in one category makes it zero.
    pub(super) fn total(&self, weights: &Weights) -> Range {
        let whole = |pick: fn(&Range) -> u32| {
            let (protocol, key_exchange, cipher) = (pick(&self.protocol), pick(&self.key_exchange), pick(&self.cipher_strength));
            if protocol.min(key_exchange).min(cipher) == 0 {
                return 0;
            }
            (protocol * weights.protocol + key_exchange * weights.key_exchange + cipher * weights.cipher_strength) / 100
        };
        Range { low: whole(|range| range.low), high: whole(|range| range.high) }
    }
}

/// Half the best and half the worst version.
pub(super) fn protocol(facts: &Facts<'_>, table: &Protocols) -> Range {
    let scores = |wanted| ProtocolId::ALL.into_iter().filter(move |one| offered(facts.tls, *one) == wanted).map(|one| table.score(one));
    mean(&scores(Observed(true)).collect::<Vec<_>>(), &scores(Unknown).collect::<Vec<_>>())
}

/// Half the strongest and half the weakest cipher.
pub(super) fn cipher_strength(facts: &Facts<'_>, table: &Scale) -> Range {
    let known: Vec<u32> = facts.tls.cipher_suites.iter().map(|suite| table.score(suite.strength_bits)).collect();
    let unknown = if facts.suites_complete() { Vec::new() } else { vec![table.score(0), table.score(u32::MAX)] };
    mean(&known, &unknown)
}

/// Half the best and half the worst of what is there, and of what may be there besides.
fn mean(known: &[u32], unknown: &[u32]) -> Range {
    let (Some(&best), Some(&worst)) = (known.iter().max(), known.iter().min()) else { return Range::ANY };
    let lowest = unknown.iter().copied().min().map_or(worst, |one| one.min(worst));
    let highest = unknown.iter().copied().max().map_or(best, |one| one.max(best));
    Range { low: u32::midpoint(best, lowest), high: u32::midpoint(highest, worst) }
}

/// The weakest of the certificate's key, the Diffie-Hellman parameters and the groups.
pub(super) fn key_exchange(facts: &Facts<'_>, table: &KeyExchange) -> Range {
    let (mut high, mut low) = (100, 100);
    let mut known = |score: u32| high = high.min(score);
    let mut unknown = |score: u32| low = low.min(score);
    let suites = &facts.tls.cipher_suites;
    if suites.iter().any(|suite| suite.authentication == "anonymous") {
        known(table.anonymous);
    }
    if suites.iter().any(|suite| suite.export) {
        known(table.export);
    }
    for leaf in facts.leaves() {
        match facts.strength(leaf) {
            Observed(bits) => known(table.sizes.score(bits)),
            Unknown => unknown(table.sizes.score(0)),
        }
    }
    let parameters = facts.tls.dh_parameters.iter().map(|parameters| parameters.bits).chain(facts.tls.dh_bits).min();
    match parameters {
        Some(bits) => known(table.sizes.score(bits)),
        None if suites.iter().any(|suite| suite.key_exchange == "DHE") => unknown(table.sizes.score(0)),
        None => {}
    }
    for group in &facts.tls.groups {
        known(table.sizes.score(table.group(group.kind, group.bits)));
    }
    if facts.tls.groups_complete != Observed(true) && uses_groups(facts) {
        unknown(table.sizes.score(table.group(GroupKind::EllipticCurve, None)));
    }
    if !facts.suites_complete() || facts.leaves().next().is_none() {
        unknown(table.anonymous);
    }
    Range { low: low.min(high), high }
}

fn uses_groups(facts: &Facts<'_>) -> bool {
    facts.tls.cipher_suites.iter().any(|suite| suite.protocol == ProtocolId::Tls13 || suite.key_exchange.starts_with("ECDHE"))
}
