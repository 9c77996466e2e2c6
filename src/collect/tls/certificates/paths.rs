//! Who issued whom among the certificates that were sent, and which ways lead from the server's own to a root.
//!
//! A server can send many certificates that share one name, so that every one of them may have issued every other: what is looked at is
//! bounded, and what was looked at once is remembered.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use x509_parser::{certificate::X509Certificate, x509::X509Name};

use super::signature::{self, Signature};

/// How many signatures are checked; after that, names alone tell who issued whom. An honest chain needs two or three.
const MOST_SIGNATURES: usize = 64;
/// How many beginnings of ways are followed.
const MOST_BEGINNINGS: usize = 512;
/// How many ways to a root are handed on, the shortest first.
const MOST_WAYS: usize = 12;
/// The longest way: more than the path builder takes, so that it can say so.
const LONGEST_WAY: usize = 9;

/// Who issued whom.
pub(super) struct Issuers<'a, 'der> {
    certificates: &'a [X509Certificate<'der>],
    /// Whether the first issued the second.
    known: BTreeMap<(usize, usize), bool>,
    signatures_left: usize,
}

/// Where the issuers lead, starting at the leaf, as far as names and signatures tell.
#[derive(Debug)]
pub(super) struct Path {
    /// The certificates that the leaf needs, itself included; a self-issued end is not needed.
    pub needed: Vec<usize>,
    pub end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A root that is known.
    KnownRoot,
    /// A certificate that is its own issuer.
    SelfIssued,
    /// An issuer that was not sent.
    Missing,
}

/// The ways from the leaf to certificates that a known root issued.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// Each from the leaf on, the shortest first.
    pub ways: Vec<Vec<usize>>,
    /// Whether there may be others.
    pub more: bool,
}

impl<'a, 'der> Issuers<'a, 'der> {
    pub(super) fn new(certificates: &'a [X509Certificate<'der>]) -> Self {
        Self { certificates, known: BTreeMap::new(), signatures_left: MOST_SIGNATURES }
    }

    /// Whether names and, where it can be checked, the signature say that one certificate issued another.
    pub(super) fn issued(&mut self, issuer: usize, subject: usize) -> bool {
        if let Some(answer) = self.known.get(&(issuer, subject)) {
            return *answer;
        }
        let (Some(one), Some(other)) = (self.certificates.get(issuer), self.certificates.get(subject)) else { return false };
        if other.issuer().as_raw() != one.subject().as_raw() {
            return false;
        }
        let answer = match self.signatures_left.checked_sub(1) {
            Some(left) => {
                self.signatures_left = left;
                signature::of(other, one) != Signature::Foreign
            }
            None => true,
        };
        self.known.insert((issuer, subject), answer);
        answer
    }

    /// The other certificates that issued one, each once however often it was sent.
    pub(super) fn of(&mut self, subject: usize) -> Vec<usize> {
        let found: Vec<usize> = (0..self.certificates.len()).filter(|one| *one != subject && self.issued(*one, subject)).collect();
        let mut seen = BTreeSet::new();
        found.into_iter().filter(|one| self.certificates.get(*one).is_some_and(|one| seen.insert(one.as_raw()))).collect()
    }

    /// Every certificate that the leaf leads to, itself included.
    pub(super) fn reachable(&mut self) -> BTreeSet<usize> {
        let (mut reached, mut waiting) = (BTreeSet::from([0]), vec![0]);
        while let Some(next) = waiting.pop() {
            waiting.extend(self.of(next).into_iter().filter(|issuer| reached.insert(*issuer)));
        }
        reached
    }

    /// Whether each certificate is followed by its issuer.
    pub(super) fn are_in_order(&mut self) -> bool {
        (1..self.certificates.len()).all(|next| self.issued(next, next - 1))
    }

    /// Follows the first issuer that was sent, and the first of that, to an end.
    pub(super) fn followed(&mut self, is_root: impl Fn(&X509Name<'_>) -> bool) -> Path {
        let mut needed = vec![0];
        let mut last = 0;
        while let Some(certificate) = self.certificates.get(last) {
            if certificate.issuer().as_raw() == certificate.subject().as_raw() {
                if needed.len() > 1 {
                    needed.pop();
                }
                return Path { needed, end: End::SelfIssued };
            }
            if is_root(certificate.issuer()) {
                return Path { needed, end: End::KnownRoot };
            }
            match self.of(last).into_iter().find(|next| !needed.contains(next)) {
                Some(next) => {
                    needed.push(next);
                    last = next;
                }
                None => break,
            }
        }
        Path { needed, end: End::Missing }
    }

    /// The ways to certificates that a root of a known name issued, the shortest first.
    pub(super) fn ways(&mut self, is_root: impl Fn(&X509Name<'_>) -> bool) -> Ways {
        let last: BTreeSet<usize> = self.reachable().into_iter().filter(|one| self.is_issued_by(*one, &is_root)).collect();
        let mut found = Ways::default();
        if last.is_empty() {
            return found;
        }
        let mut waiting = VecDeque::from([vec![0]]);
        for _ in 0..MOST_BEGINNINGS {
            let Some(way) = waiting.pop_front() else { return found };
            let Some(end) = way.last().copied() else { return found };
            if found.ways.len() == MOST_WAYS || way.len() > LONGEST_WAY {
                break;
            }
            if waiting.len() < MOST_BEGINNINGS {
                waiting.extend(self.of(end).into_iter().filter(|next| !way.contains(next)).map(|next| [way.as_slice(), &[next]].concat()));
            } else {
                found.more = true;
            }
            if last.contains(&end) {
                found.ways.push(way);
            }
        }
        found.more = true;
        found
    }

    fn is_issued_by(&self, subject: usize, is_root: impl Fn(&X509Name<'_>) -> bool) -> bool {
        self.certificates.get(subject).is_some_and(|certificate| is_root(certificate.issuer()))
    }
}
