//! A written value is told once for each requirement, however many facts are about it.

use std::cmp::Reverse;

use super::Outcome;
use crate::evidence::SourceFact;

/// How many faults back one is looked for that says the same.
const MOST_AROUND: usize = 8;

/// What a rule says, and the fact in which it sees a fault.
pub(super) struct Judged<'e> {
    pub(super) fault: Option<&'e SourceFact>,
    pub(super) outcome: Outcome,
}

/// The faults that are told by another one of the same requirement already, each with the rule that tells it.
pub(super) fn told_twice(judged: &[Judged<'_>]) -> Vec<(usize, String)> {
    let all = judged.iter().enumerate();
    let mut faults: Vec<_> = all.filter_map(|(index, judged)| Some((&judged.outcome, judged.fault?, index))).collect();
    faults.sort_by_key(|(outcome, fact, index)| {
        (&outcome.requirement, &fact.commit, &fact.path, (fact.line, fact.column), Reverse((fact.end_line, fact.end_column)), *index)
    });
    let (mut told, mut again): (Vec<(&Outcome, &SourceFact, usize)>, _) = (Vec::new(), Vec::new());
    for (outcome, fact, index) in faults {
        let mut others = told.iter().rev().take(MOST_AROUND).filter(|(other, ..)| other.requirement == outcome.requirement);
        let mut is_told = None;
        for (other, around, other_index) in others.by_ref() {
            match same_value(fact, around) {
                Some(Told::Around) if other.rule == outcome.rule || !is_inside(around, fact) => is_told = Some(other.rule.clone()),
                Some(Told::Inside) => again.push((*other_index, outcome.rule.clone())),
                _ => {}
            }
        }
        match is_told {
            Some(by) => again.push((index, by)),
            None => told.push((outcome, fact, index)),
        }
    }
    again
}

/// By which of two facts a value is told that both are about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// By the outer one, whose name says more: `client_secret: env('CLIENT_SECRET', 'value')`.
    Around,
    /// By the inner one, which knows the value: `sign(configuration["Jwt:Key"] ?? "value")`.
    Inside,
}

/// Whether one fact stands within another and is about the same value.
pub(super) fn same_value(fact: &SourceFact, around: &SourceFact) -> Option<Told> {
    if !is_inside(fact, around) || fact.masked.is_none() || (&fact.path, &fact.commit) != (&around.path, &around.commit) {
        return None;
    }
    let is_passed = around.masked.is_none() && around.arguments.iter().any(|argument| argument.shape == fact.shape && fact.shape.is_some());
    if fact.masked == around.masked { Some(Told::Around) } else { is_passed.then_some(Told::Inside) }
}

fn is_inside(fact: &SourceFact, around: &SourceFact) -> bool {
    let end = |fact: &SourceFact| (fact.end_line, fact.end_column);
    (around.line, around.column) <= (fact.line, fact.column) && end(fact) <= end(around)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::{Judgement, Severity, subjects::nowhere};

    /// A fact of the first line between two columns.
    fn fact(columns: (u64, u64), masked: Option<&str>, passed: Option<&str>) -> SourceFact {
        let argument = |shape| json!({ "name": null, "position": 0, "origin": "literal", "value": null, "shape": shape, "fallback": null, "held_in": null });
        let arguments: Vec<_> = passed.map(argument).into_iter().collect();
        serde_json::from_value(json!({
            "kind": "call", "sink": "sign", "watched": "sign", "language": "csharp", "origin": "literal", "in_comment": false, "path": "A.cs",
            "line": 1, "column": columns.0, "end_line": 1, "end_column": columns.1, "masked": masked, "trace": [], "commit": null,
            "shape": masked.map(|_| "16 characters"), "arguments": arguments,
        }))
        .expect("a fact")
    }

    /// Which of two faults of these rules and requirements is told by the other.
    fn again(faults: [(&str, &str, &SourceFact); 2]) -> Vec<(usize, String)> {
        let judged = faults.map(|(rule, requirement, fact)| Judged {
            fault: Some(fact),
            outcome: Outcome {
                rule: rule.to_owned(),
                requirement: requirement.to_owned(),
                severity: Severity::High,
                location: nowhere(),
                judgement: Judgement::Fail("m".to_owned()),
            },
        });
        told_twice(&judged)
    }

    #[test]
    fn a_value_is_told_by_its_outer_name_and_a_call_by_the_value_that_it_is_passed() {
        let (outer, inner, call) =
            (fact((1, 60), Some("abc"), None), fact((20, 40), Some("abc"), None), fact((1, 60), None, Some("16 characters")));
        assert_eq!(again([("a", "R", &inner), ("b", "R", &outer)]), [(0, "b".to_owned())]);
        assert_eq!(again([("a", "R", &call), ("b", "R", &inner)]), [(0, "b".to_owned())]);
    }

    #[test]
    fn two_values_two_requirements_and_two_rules_on_one_fact_are_all_told() {
        let (outer, inner, call) =
            (fact((1, 60), Some("abc"), None), fact((20, 40), Some("abc"), None), fact((1, 60), None, Some("9 characters")));
        assert_eq!(again([("a", "R", &outer), ("b", "S", &inner)]), []);
        assert_eq!(again([("a", "R", &outer), ("b", "R", &fact((20, 40), Some("abd"), None))]), []);
        assert_eq!(again([("a", "R", &call), ("b", "R", &inner)]), []);
        assert_eq!(again([("a", "R", &outer), ("b", "R", &outer)]), []);
        assert_eq!(again([("a", "R", &outer), ("a", "R", &outer)]), [(1, "a".to_owned())]);
    }
}
