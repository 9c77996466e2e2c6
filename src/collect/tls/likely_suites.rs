//! What servers are likely to have: which suites are worth a question of their own, and in which order they probably stand.

use std::collections::BTreeSet;

use super::wire::Version;

/// So many of the suites that servers like best are asked for one by one, or in TLS 1.3, which has few.
pub(super) const SINGLES: usize = 8;
const TLS13_SINGLES: usize = 3;

/// After them come groups of this size, as far as servers are likely to have one of their suites.
const SMALL_GROUP: usize = 8;
const LIKELY: usize = 48;

/// What is left of a group is asked for one by one when it is no more than this.
const SINGLY: usize = 3;

/// The rest, which hardly anybody has, comes in groups of this size: old servers and middleboxes fail on much longer ones.
const LARGE_GROUP: usize = 64;

/// The size of groups for a server that refused the long hello of the survey and took a shorter one.
const SAFE_GROUP: usize = 16;

/// The order that Mozilla's generator of server configurations gives out ("intermediate" and "old", version 5).
#[rustfmt::skip]
const SHORT_KEYS_FIRST: [u16; 30] = [
    0x1301, 0x1302, 0x1303,
    0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0x009e, 0x009f, 0xccaa,
    0xc023, 0xc027, 0xc009, 0xc013, 0xc024, 0xc028, 0xc00a, 0xc014, 0x0067, 0x006b,
    0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035, 0x0041, 0x000a,
];

/// The groups to ask for at once in a version from TLS 1.2 on.
pub(super) fn groups(version: Version, all: &[u16]) -> Vec<Vec<u16>> {
    let singles = if version == Version::TLS13 { TLS13_SINGLES } else { SINGLES };
    let (popular, rest) = all.split_at(singles.min(all.len()));
    let (likely, unlikely) = rest.split_at(LIKELY.min(rest.len()));
    in_order(popular.chunks(1).chain(likely.chunks(SMALL_GROUP)).chain(unlikely.chunks(LARGE_GROUP)))
}

/// The suites of an older version that servers have, and the others in large groups. Whatever is left over of these finds room among the
/// common ones.
pub(super) fn common_and_rare(all: &[u16]) -> (&[u16], Vec<Vec<u16>>) {
    let rest = all.len().saturating_sub(SINGLES + LIKELY) % LARGE_GROUP;
    let common = SINGLES + LIKELY + if rest <= SINGLES { rest } else { 0 };
    let (common, rare) = all.split_at(common.min(all.len()));
    (common, in_order(rare.chunks(LARGE_GROUP)))
}

/// The suites that a newer version has one by one, and the others together, which then are likely to have nothing.
pub(super) fn groups_by_hints(suites: &[u16], hints: &[u16]) -> Vec<Vec<u16>> {
    let (hinted, others): (Vec<u16>, Vec<u16>) = suites.iter().copied().partition(|suite| hints.contains(suite));
    let size = if hints.is_empty() { SMALL_GROUP } else { LARGE_GROUP };
    in_order(hinted.chunks(1).chain(others.chunks(size)))
}

/// A group that has been hit, in parts that tell more: a small one in halves, for most servers have one or two suites of it, and these
/// one by one.
pub(super) fn parts(group: &[u16]) -> Vec<Vec<u16>> {
    let size = match group.len() {
        ..=SINGLY => 1,
        length @ ..=SMALL_GROUP => length.div_ceil(2),
        _ => SMALL_GROUP,
    };
    in_order(group.chunks(size))
}

/// Everything that is not known to be there, in groups that no server is too old for.
pub(super) fn in_safe_groups(all: &[u16], has: &BTreeSet<u16>) -> Vec<Vec<u16>> {
    let left: Vec<u16> = all.iter().copied().filter(|suite| !has.contains(suite)).collect();
    in_order(left.chunks(SAFE_GROUP))
}

fn in_order<'a>(groups: impl Iterator<Item = &'a [u16]>) -> Vec<Vec<u16>> {
    groups.map(<[u16]>::to_vec).collect()
}

/// The likely order of the suites that a server has: as OpenSSL sorts them, or with the shorter keys first where the server's favourite says so;
/// as in the newer version as far as that is known, and in any case as the server chose when it was searched.
pub(super) fn guess(
    all: &[u16],
    has: &BTreeSet<u16>,
    favourite: Option<u16>,
    hinted: &[u16],
    preferred: &BTreeSet<(u16, u16)>,
) -> Vec<u16> {
    let mut guess = by_favourite(all, has, favourite);
    let mut in_hinted_order = hinted.iter().copied().filter(|suite| has.contains(suite));
    for suite in guess.iter_mut().filter(|suite| hinted.contains(suite)) {
        *suite = in_hinted_order.next().unwrap_or(*suite);
    }
    guess = respecting(preferred, guess);
    if let Some(place) = guess.iter().position(|suite| Some(*suite) == favourite) {
        let favourite = guess.remove(place);
        guess.insert(0, favourite);
    }
    guess
}

/// By popularity, or with the shorter keys first where the favourite is the first of these alone.
fn by_favourite(all: &[u16], has: &BTreeSet<u16>, favourite: Option<u16>) -> Vec<u16> {
    let by_popularity: Vec<u16> = all.iter().copied().filter(|suite| has.contains(suite)).collect();
    let mut short_keys_first: Vec<u16> = SHORT_KEYS_FIRST.into_iter().filter(|suite| has.contains(suite)).collect();
    if favourite.is_none() || by_popularity.first() == favourite.as_ref() || short_keys_first.first() != favourite.as_ref() {
        return by_popularity;
    }
    short_keys_first.extend(by_popularity.iter().filter(|suite| !SHORT_KEYS_FIRST.contains(suite)));
    short_keys_first
}

/// The same suites, with the preferred one of every pair first: each time the next that comes behind none of those that are left.
fn respecting(preferred: &BTreeSet<(u16, u16)>, mut suites: Vec<u16>) -> Vec<u16> {
    let mut sorted = Vec::with_capacity(suites.len());
    while !suites.is_empty() {
        let is_next = |suite: &u16| !suites.iter().any(|other| preferred.contains(&(*other, *suite)));
        // Servers behind one address may differ, and then there may be none.
        let next = suites.iter().position(is_next).unwrap_or(0);
        sorted.push(suites.remove(next));
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{collect::tls::registry, evidence::ProtocolId};

    #[test]
    fn a_suite_comes_behind_those_that_the_server_chose_before_it_and_else_stays() {
        assert_eq!(respecting(&[(3, 1), (4, 3)].into(), vec![1, 2, 3, 4, 5]), [2, 4, 3, 1, 5]);
        assert_eq!(respecting(&BTreeSet::new(), vec![3, 1, 2]), [3, 1, 2]);
    }

    #[test]
    fn preferences_that_contradict_each_other_lose_no_suite() {
        assert_eq!(respecting(&[(1, 2), (2, 3), (3, 1)].into(), vec![1, 2, 3]), [1, 2, 3]);
    }

    #[test]
    fn an_older_version_is_expected_to_have_the_order_of_the_newer_one() {
        let has = [0xc013, 0xc014, 0x002f, 0x0035, 0x000a].into();
        let all = registry::offers(ProtocolId::Tls10);
        let hinted = [0xc02f, 0x002f, 0xc013, 0x0035, 0xc014];
        assert_eq!(guess(all, &has, None, &hinted, &BTreeSet::new()), [0x002f, 0xc013, 0x0035, 0xc014, 0x000a]);
    }

    #[test]
    fn the_favourite_tells_whether_the_shorter_keys_come_first() {
        let has = [0xc02f, 0xc030, 0xc027, 0xc028].into();
        let all = registry::offers(ProtocolId::Tls12);
        let guessed = |favourite| guess(all, &has, Some(favourite), &[], &BTreeSet::new());
        assert_eq!(guessed(0xc030).first(), Some(&0xc030));
        assert_eq!(guessed(0xc02f), [0xc02f, 0xc030, 0xc027, 0xc028]);
    }

    #[test]
    fn what_is_left_of_a_group_is_asked_for_in_parts_that_hold_all_of_it() {
        for length in 1..40 {
            let group: Vec<u16> = (0..length).collect();
            assert_eq!(parts(&group).concat(), group);
        }
        assert_eq!(parts(&[1, 2, 3, 4, 5, 6, 7]).len(), 2);
        assert_eq!(parts(&[1, 2, 3]).len(), 3);
    }

    #[test]
    fn every_suite_of_a_version_is_asked_for_once() {
        for id in [ProtocolId::Tls10, ProtocolId::Tls12, ProtocolId::Tls13] {
            let all = registry::offers(id);
            assert_eq!(groups(Version::TLS12, all).concat(), all);
            let (common, rare) = common_and_rare(all);
            let hinted = groups_by_hints(common, &[0xc02f, 0x002f]);
            let mut asked = [hinted.concat(), rare.concat()].concat();
            asked.sort_unstable();
            let mut expected = all.to_vec();
            expected.sort_unstable();
            assert_eq!(asked, expected);
        }
    }
}
