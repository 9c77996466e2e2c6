//! The letter: what the score and each rule leave, and what is unknown resolved both ways.

use std::collections::BTreeSet;

use super::{
    facts::{
        Facts,
        Finding::{self, Absent, Present, Unknown},
    },
    guide::{About, Circumstance, Guide, GuideRule, IfUnknown},
    letter::Letter,
    scores::Range,
};
use crate::evidence::Reading;

/// A rule and whether it applies.
pub(super) struct Judged<'a> {
    pub(super) rule: &'a GuideRule,
    pub(super) finding: Finding,
    /// What becomes of the letter when nobody can say, at this server.
    pub(super) if_unknown: IfUnknown,
}

/// The letter, as far as it is known.
pub(super) struct Verdict {
    /// The best that it can be; it is the letter when nothing worse is possible.
    pub(super) letter: Letter,
    /// Whether it can be no other.
    known: bool,
    /// The other letters: those that are possible while it is unknown, else those that another reading of the guide would give.
    pub(super) others: BTreeSet<Letter>,
    /// What one would have to know.
    missing: Vec<String>,
}

impl Guide {
    /// The letter of everything together.
    pub(super) fn verdict(&self, judged: &[Judged<'_>], total: Range) -> Verdict {
        let all: Vec<&Judged<'_>> = judged.iter().collect();
        self.weigh(&all, total, Letter::APlus)
    }

    /// Without the rules about trust. Whoever fails one of them is given no A+.
    pub(super) fn verdict_if_trusted(&self, judged: &[Judged<'_>], total: Range) -> Verdict {
        let (trust, others): (Vec<_>, Vec<_>) = judged.iter().partition(|one| one.rule.about == About::Trust);
        let is_trusted = trust.iter().all(|one| one.finding == Absent || one.is_unknown(IfUnknown::PassedBy));
        self.weigh(&others, total, if is_trusted { Letter::APlus } else { Letter::A })
    }

    /// The letter is the greatest of what the score and each rule leave. What is unknown can only make it greater.
    fn weigh(&self, judged: &[&Judged<'_>], total: Range, best: Letter) -> Verdict {
        let floor = self.cap_of_score(total.high).max(best);
        let seen = greatest(floor, judged.iter().filter(|one| one.is_present()));
        let letter = greatest(seen, judged.iter().filter(|one| one.is_unknown(IfUnknown::Withheld)));
        let worst = self.cap_of_score(total.low);
        let open = || judged.iter().filter(|one| one.is_unknown(IfUnknown::NoLetter) && one.rule.cap > letter);
        let by_score = self.letters.iter().map(|step| step.letter).filter(|one| letter < *one && *one <= worst);
        let mut others: BTreeSet<Letter> = open().map(|one| one.rule.cap).chain(by_score).collect();
        let known = others.is_empty();
        if known {
            others.extend(other_readings(floor, judged));
            let excused = judged.iter().filter(|one| one.is_unknown(IfUnknown::Excused)).map(|one| one.rule.cap);
            others.extend(excused.filter(|cap| *cap > letter));
        }
        others.extend([letter, seen]);
        if known {
            others.remove(&letter);
        }
        Verdict { letter, known, others, missing: open().filter_map(|one| one.missing()).map(str::to_owned).collect() }
    }

    /// The best letter that a score leaves.
    fn cap_of_score(&self, score: u32) -> Letter {
        Some(self.letter(score)).filter(|letter| *letter > Letter::A).unwrap_or(Letter::APlus)
    }
}

fn greatest<'a>(letter: Letter, rules: impl Iterator<Item = &'a &'a Judged<'a>>) -> Letter {
    rules.fold(letter, |letter, one| letter.max(one.rule.cap))
}

/// The letters that come out where the guide is read the other way in one of its doubts.
fn other_readings(floor: Letter, judged: &[&Judged<'_>]) -> Vec<Letter> {
    let present = || judged.iter().filter(|one| one.is_present());
    let doubtful = present().filter_map(|one| Some((&one.rule.id.value, one.rule.may_be?)));
    doubtful.map(|(id, other)| greatest(floor.max(other), present().filter(|rest| rest.rule.id.value != *id))).collect()
}

impl GuideRule {
    /// Whether the rule applies, and what it means if nobody can say.
    pub(super) fn judge(&self, facts: &Facts<'_>) -> Judged<'_> {
        let possible = self.only_if.as_ref().is_none_or(|condition| condition.judge(facts) != Absent);
        let finding = if possible { self.when.judge(facts) } else { Absent };
        let is_excused = self.passed_by_if.is_some_and(|circumstance| circumstance.holds(facts));
        Judged { rule: self, finding, if_unknown: if is_excused { IfUnknown::Excused } else { self.if_unknown } }
    }
}

impl Circumstance {
    /// Whether the server was seen to be so.
    fn holds(self, facts: &Facts<'_>) -> bool {
        facts.tls.extensions.client_certificate == Reading::Observed(self.client_certificate)
    }
}

impl Judged<'_> {
    fn is_present(&self) -> bool {
        matches!(self.finding, Present(_))
    }

    /// Whether nobody can say, and the guide deals with that in this way.
    fn is_unknown(&self, policy: IfUnknown) -> bool {
        matches!(self.finding, Unknown(_)) && self.if_unknown == policy
    }

    /// What one would have to know.
    fn missing(&self) -> Option<&str> {
        if let Unknown(what) = &self.finding { Some(what) } else { None }
    }
}

impl Verdict {
    /// The letter, when it can be no other.
    pub(super) fn grade(&self) -> Reading<String> {
        self.known.then(|| self.letter.name().to_owned()).into()
    }

    /// Why there is no letter; absent when there is.
    pub(super) fn error(&self) -> Option<String> {
        let mut missing: Vec<&str> = Vec::new();
        for what in &self.missing {
            if !missing.contains(&what.as_str()) {
                missing.push(what);
            }
        }
        let what = if missing.is_empty() { "all that the scores are made of".to_owned() } else { missing.join("; ") };
        (!self.known).then(|| format!("the letter depends on what is not known: {what}"))
    }
}
