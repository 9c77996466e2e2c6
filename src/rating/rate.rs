//! From facts to a letter: every rule judged, the scores weighed, and what is unknown resolved both ways.

use std::collections::BTreeSet;

use super::{
    condition::Condition,
    facts::{
        Facts,
        Finding::{self, Absent, Present, Unknown},
    },
    guide::{About, Guide, GuideRule, IfUnknown},
    letter::Letter,
    reasons,
    scores::{self, Range, Scores},
    simulate::Handshake,
};
use crate::evidence::{CategoryScores, Client, Rating, Reading, Tls};

/// A rule and whether it applies.
pub(super) struct Judged<'a> {
    pub(super) rule: &'a GuideRule,
    pub(super) finding: Finding,
}

/// The letter, as far as it is known.
pub(super) struct Verdict {
    /// The best that it can be; it is the letter when nothing worse is possible.
    pub(super) letter: Letter,
    /// Whether it can be no other.
    pub(super) known: bool,
    /// The other letters: those that are possible while it is unknown, else those that another reading of the guide would give.
    others: BTreeSet<Letter>,
    /// What one would have to know.
    missing: Vec<String>,
}

impl Guide {
    /// What each reference client would agree on with the server.
    #[must_use]
    pub fn simulate(&self, tls: &Tls) -> Vec<Client> {
        self.handshakes(tls).iter().map(Handshake::evidence).collect()
    }

    /// The rating of one address. `hsts` is the `max-age` in seconds that browsers remember of the host.
    #[must_use]
    pub fn rate(&self, tls: &Tls, hsts: Reading<Option<u64>>) -> Rating {
        let handshakes = self.handshakes(tls);
        let facts = Facts { tls, handshakes: &handshakes, hsts, keys: &self.key_exchange };
        let judged: Vec<Judged<'_>> = self.rules.iter().map(|rule| Judged { rule, finding: rule.judge(&facts) }).collect();
        let scores = Scores {
            protocol: scores::protocol(&facts, &self.protocols),
            key_exchange: scores::key_exchange(&facts, &self.key_exchange),
            cipher_strength: scores::cipher_strength(&facts, &self.cipher_strength),
        };
        let total = scores.total(&self.weights.value);
        let verdict = self.verdict(&judged, total);
        let if_trusted = self.verdict_if_trusted(&judged, total);
        Rating {
            guide: self.edition_name(),
            grade: verdict.grade(),
            grade_if_trusted: if_trusted.grade(),
            grade_may_be: verdict.others.iter().map(|letter| letter.name().to_owned()).collect(),
            score: total.exact().into(),
            scores: category_scores(&scores, &judged),
            reasons: reasons::reasons(self, &judged, &scores, &verdict),
            advice: reasons::advice(self, &judged, &scores, &verdict),
            error: verdict.error(),
        }
    }

    fn handshakes<'a>(&'a self, tls: &'a Tls) -> Vec<Handshake<'a>> {
        self.clients.iter().map(|client| Handshake::simulate(client, tls)).collect()
    }

    fn verdict(&self, judged: &[Judged<'_>], total: Range) -> Verdict {
        let all: Vec<&Judged<'_>> = judged.iter().collect();
        self.weigh(&all, total, Letter::APlus)
    }

    /// Without the rules about trust. Whoever fails one of them is given no A+.
    fn verdict_if_trusted(&self, judged: &[Judged<'_>], total: Range) -> Verdict {
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
    fn judge(&self, facts: &Facts<'_>) -> Finding {
        let possible = self.only_if.as_ref().is_none_or(|condition: &Condition| condition.judge(facts) != Absent);
        if possible { self.when.judge(facts) } else { Absent }
    }
}

impl Judged<'_> {
    fn is_present(&self) -> bool {
        matches!(self.finding, Present(_))
    }

    /// Whether nobody can say, and the guide deals with that in this way.
    fn is_unknown(&self, policy: IfUnknown) -> bool {
        matches!(self.finding, Unknown(_)) && self.rule.if_unknown == policy
    }

    /// What one would have to know.
    fn missing(&self) -> Option<&str> {
        if let Unknown(what) = &self.finding { Some(what) } else { None }
    }
}

impl Verdict {
    fn grade(&self) -> Reading<String> {
        self.known.then(|| self.letter.name().to_owned()).into()
    }

    fn error(&self) -> Option<String> {
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

/// The bars; none where one of them is not known.
fn category_scores(scores: &Scores, judged: &[Judged<'_>]) -> Option<CategoryScores> {
    Some(CategoryScores {
        certificate: certificate(judged)?,
        protocol: scores.protocol.exact()?,
        key_exchange: scores.key_exchange.exact()?,
        cipher_strength: scores.cipher_strength.exact()?,
    })
}

/// All or nothing. An intermediate that was not sent is the server's fault, not the certificate's.
fn certificate(judged: &[Judged<'_>]) -> Option<u32> {
    let mut score = Some(100);
    for Judged { rule, finding } in judged {
        if rule.about == About::Server || (rule.about == About::Trust && rule.cap < Letter::M) {
            continue;
        }
        match finding {
            Present(_) => return Some(0),
            Unknown(_) if rule.if_unknown == IfUnknown::NoLetter => score = None,
            _ => {}
        }
    }
    score
}
