//! Why the letter is what it is, and what to change for a better one.

use super::{
    facts::Finding::{Absent, Present, Unknown},
    guide::{Guide, IfUnknown},
    letter::Letter,
    scores::{Range, Scores},
    verdict::{Judged, Verdict},
};
use crate::evidence::RatingReason;

/// Everything that takes something from the letter, heaviest first; then what was given the benefit of the doubt.
pub(super) fn reasons(guide: &Guide, judged: &[Judged<'_>], scores: &Scores, verdict: &Verdict) -> Vec<RatingReason> {
    let mut reasons: Vec<(Letter, RatingReason)> = judged.iter().filter_map(|one| Some((one.rule.cap, reason(one, verdict)?))).collect();
    reasons.extend(score_reason(guide, scores));
    reasons.sort_by_key(|(cap, reason)| (reason.cap.is_none(), std::cmp::Reverse(*cap)));
    reasons.into_iter().map(|(_, reason)| reason).collect()
}

/// What keeps from A+ alone says nothing to those who are far from it.
fn reason(Judged { rule, finding, if_unknown }: &Judged<'_>, verdict: &Verdict) -> Option<RatingReason> {
    if rule.cap == Letter::A && verdict.letter > Letter::A {
        return None;
    }
    let because = match (finding, *if_unknown) {
        (Present(seen), _) => rule.sentence(seen),
        (Unknown(missing), IfUnknown::Withheld) => format!("A+ is not given without knowing {missing}"),
        (Unknown(missing), IfUnknown::PassedBy) => format!("it is not known {missing}; the grade assumes that this fault is absent"),
        (Unknown(missing), IfUnknown::Excused) => {
            format!(
                "it is not known {missing}, because the server talks only to clients with a certificate; the grade assumes that this fault is absent"
            )
        }
        (Unknown(_), IfUnknown::NoLetter) | (Absent, _) => return None,
    };
    let counts = matches!(finding, Present(_)) && rule.cap != Letter::A;
    Some(RatingReason {
        id: rule.id.value.clone(),
        cap: counts.then(|| rule.cap.name().to_owned()),
        because,
        assumed: matches!(finding, Unknown(_)) && *if_unknown != IfUnknown::Withheld,
        doubt: rule.doubt.clone().filter(|_| matches!(finding, Present(_))),
    })
}

/// That the score itself leaves no A.
fn score_reason(guide: &Guide, scores: &Scores) -> Option<(Letter, RatingReason)> {
    let score = scores.total(&guide.weights.value).exact()?;
    let letter = Some(guide.letter(score)).filter(|letter| *letter > Letter::A)?;
    let part = |range: Range| range.exact().map_or_else(|| "unknown".to_owned(), |score| score.to_string());
    let because = format!(
        "the weighted score is {score} of 100: protocol support {}, key exchange {}, cipher strength {}",
        part(scores.protocol),
        part(scores.key_exchange),
        part(scores.cipher_strength)
    );
    Some((letter, RatingReason { id: "score".into(), cap: Some(letter.name().to_owned()), because, assumed: false, doubt: None }))
}

/// What to change.
pub(super) struct Advice {
    /// What holds the letter where it is: all of that before the next better one.
    pub(super) first: Vec<String>,
    /// What would hold it then, down to what keeps from an A.
    pub(super) after: Vec<String>,
}

/// What to change, heaviest first, each thing once. Nothing for what nobody has seen.
pub(super) fn advice(guide: &Guide, judged: &[Judged<'_>], scores: &Scores, verdict: &Verdict) -> Advice {
    let mut present: Vec<(Letter, String)> = judged.iter().filter_map(advice_of).collect();
    present.sort_by_key(|(cap, _)| std::cmp::Reverse(*cap));
    let (holding, lighter): (Vec<_>, Vec<_>) = present.into_iter().partition(|(cap, _)| holds(*cap, verdict.letter));
    let by_score = score_advice(guide, scores, verdict, !holding.is_empty());
    let first = once(holding.into_iter().map(|(_, one)| one).chain(by_score), &[]);
    let counts = |cap: Letter| cap != Letter::A || verdict.letter <= Letter::A;
    let after = once(lighter.into_iter().filter(|(cap, _)| counts(*cap)).map(|(_, one)| one), &first);
    Advice { first, after }
}

fn advice_of(one: &Judged<'_>) -> Option<(Letter, String)> {
    match &one.finding {
        Present(seen) => Some((one.rule.cap, one.rule.advice(seen))),
        Absent | Unknown(_) => None,
    }
}

/// Several rules ask for the same change; it is said once.
fn once(all: impl Iterator<Item = String>, said: &[String]) -> Vec<String> {
    let mut advice: Vec<String> = Vec::new();
    for one in all {
        if !advice.contains(&one) && !said.contains(&one) {
            advice.push(one);
        }
    }
    advice
}

/// Whether a cap keeps from a better letter. `T` and `M` go together: without the one, the other would show.
fn holds(cap: Letter, letter: Letter) -> bool {
    let outside = |letter| matches!(letter, Letter::M | Letter::T);
    cap == letter || (outside(cap) && outside(letter))
}

/// What raises the lowest score, when it is the score that decides. Nothing at all comes of suites that a rule has named already.
fn score_advice(guide: &Guide, scores: &Scores, verdict: &Verdict, is_named: bool) -> Option<String> {
    let total = scores.total(&guide.weights.value).exact()?;
    let categories = [
        (scores.protocol.exact()?, &guide.advice.protocol),
        (scores.key_exchange.exact()?, &guide.advice.key_exchange),
        (scores.cipher_strength.exact()?, &guide.advice.cipher_strength),
    ];
    let lowest = categories.into_iter().min_by_key(|(score, _)| *score).filter(|(score, _)| *score > 0 || !is_named);
    lowest.map(|(_, advice)| advice.clone()).filter(|_| verdict.letter > Letter::A && guide.letter(total) == verdict.letter)
}
