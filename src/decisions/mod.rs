//! What people decided: attestations where no machine can look, waivers for findings that are accepted for a while.

mod file;
mod standing;

use std::collections::BTreeSet;

use time::Date;

use crate::evidence::Attestation;

pub use file::{Decidable, DecisionsFile, Role, Waiver};
pub use standing::{Standing, day, standing};

/// The decisions in hand, read and checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    /// Statements that a requirement is met.
    pub attestations: Vec<Attestation>,
    /// Findings that somebody accepts.
    pub waivers: Vec<Waiver>,
}

/// What a waiver is asked to cover.
#[derive(Clone, Copy, Debug)]
pub struct Concern<'a> {
    /// The rule's id.
    pub rule: &'a str,
    /// The finding's fingerprint.
    pub fingerprint: &'a str,
    /// The cookie, certificate, version, file or sink it is about; absent when it is about the whole place.
    pub subject: Option<&'a str>,
}

impl Decisions {
    /// The statement about a requirement that counts on a day: one in force before a lapsed one, the latest first.
    #[must_use]
    pub fn attestation(&self, requirement: &str, today: Date) -> Option<(&Attestation, Standing)> {
        self.attestations
            .iter()
            .filter(|statement| statement.requirement == requirement)
            .map(|statement| (statement, standing(&statement.from, &statement.until, today)))
            .max_by_key(|(statement, standing)| (*standing == Standing::InForce, statement.until.as_str()))
    }

    /// The waiver that covers a finding on a day: one in force before a lapsed one.
    #[must_use]
    pub fn waiver(&self, concern: Concern<'_>, today: Date) -> Option<(&Waiver, Standing)> {
        self.waivers
            .iter()
            .filter(|waiver| waiver.covers(concern))
            .map(|waiver| (waiver, standing(&waiver.from, &waiver.until, today)))
            .max_by_key(|(waiver, standing)| (*standing == Standing::InForce, waiver.until.as_str()))
    }

    /// The waivers that cover none of these, in the order of the file.
    pub fn idle<'a>(&'a self, concerns: &'a [Concern<'_>]) -> impl Iterator<Item = &'a Waiver> {
        self.waivers.iter().filter(|waiver| !concerns.iter().any(|concern| waiver.covers(*concern)))
    }

    /// Ids of rules and requirements that decisions name.
    #[must_use]
    pub fn named(&self) -> BTreeSet<&str> {
        let rules = self.waivers.iter().map(|waiver| waiver.rule.as_str());
        rules.chain(self.attestations.iter().map(|statement| statement.requirement.as_str())).collect()
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn waiver(subject: Option<&str>, until: &str) -> Waiver {
        Waiver {
            rule: "pack.cookies.http-only".into(),
            finding: None,
            subject: subject.map(Into::into),
            reason: "the anti-forgery cookie is read by script".into(),
            by: "Kari".into(),
            role: Role::Partner,
            from: "2026-01-01".into(),
            until: until.into(),
        }
    }

    fn concern(subject: &str) -> Concern<'_> {
        Concern { rule: "pack.cookies.http-only", fingerprint: "f", subject: Some(subject) }
    }

    #[test]
    fn a_waiver_covers_its_subject_and_no_other() {
        let decisions = Decisions { waivers: vec![waiver(Some("XSRF-TOKEN"), "2026-12-31")], ..Decisions::default() };
        assert!(decisions.waiver(concern("XSRF-TOKEN"), date!(2026 - 06 - 01)).is_some());
        assert!(decisions.waiver(concern("session"), date!(2026 - 06 - 01)).is_none());
    }

    #[test]
    fn the_last_day_counts_and_the_next_does_not() {
        let decisions = Decisions { waivers: vec![waiver(None, "2026-12-31")], ..Decisions::default() };
        let on = |day| decisions.waiver(concern("a"), day).map(|(_, standing)| standing);
        assert_eq!(on(date!(2026 - 12 - 31)), Some(Standing::InForce));
        assert_eq!(on(date!(2027 - 01 - 01)), Some(Standing::Expired));
    }

    #[test]
    fn a_waiver_in_force_wins_over_a_lapsed_one() {
        let decisions = Decisions { waivers: vec![waiver(None, "2026-12-31"), waiver(None, "2026-02-01")], ..Decisions::default() };
        let found = decisions.waiver(concern("a"), date!(2026 - 06 - 01)).map(|(_, standing)| standing);
        assert_eq!(found, Some(Standing::InForce));
    }
}
