//! A written value is told once for each requirement, however many facts are about it.

use std::cmp::Reverse;

use super::Outcome;
use crate::evidence::{FactKind, SourceFact};

/// How many faults back one is looked for that says the same.
const MOST_AROUND: usize = 16;

/// What a rule says, and the fact in which it sees a fault.
pub(super) struct Judged<'e> {
    pub(super) fault: Option<&'e SourceFact>,
    /// Whether it is not told where another rule tells of the same value.
    pub(super) gives_way: bool,
    pub(super) outcome: Outcome,
}

/// A fault among all that is judged.
#[derive(Clone, Copy)]
struct Fault<'j> {
    index: usize,
    fact: &'j SourceFact,
    judged: &'j Judged<'j>,
}

/// The faults that are told by another one already, each with the rule that tells it.
pub(super) fn told_twice(judged: &[Judged<'_>]) -> Vec<(usize, String)> {
    let all = judged.iter().enumerate();
    let mut faults: Vec<Fault<'_>> = all.filter_map(|(index, judged)| Some(Fault { index, fact: judged.fault?, judged })).collect();
    faults.sort_by_key(|Fault { index, fact, .. }| {
        (&fact.commit, &fact.path, (fact.line, fact.column), Reverse((fact.end_line, fact.end_column)), *index)
    });
    let (mut told, mut again): (Vec<Fault<'_>>, Vec<(usize, String)>) = (Vec::new(), Vec::new());
    for fault in faults {
        let mut by = None;
        for other in told.iter().rev().take(MOST_AROUND) {
            match fault.told_once_with(other) {
                Some(Told::Around) => by = Some(other.judged.outcome.rule.clone()),
                Some(Told::Inside) => again.push((other.index, fault.judged.outcome.rule.clone())),
                None => {}
            }
        }
        match by {
            Some(by) => again.push((fault.index, by)),
            None => told.push(fault),
        }
    }
    again
}

impl Fault<'_> {
    /// By which of the two the value is told that both are about; absent where each is told. The other one begins no later, and ends no earlier where
    /// it begins at the same place.
    fn told_once_with(&self, other: &Self) -> Option<Told> {
        let (rule, other_rule) = (&self.judged.outcome, &other.judged.outcome);
        if rule.rule == other_rule.rule && is_same_switch(self.fact, other.fact) {
            return Some(Told::Around);
        }
        if rule.rule == other_rule.rule && are_forms_of_one(self.fact, other.fact) {
            return Some(Told::Around);
        }
        let told = same_value(self.fact, other.fact)?;
        let gives_way = (self.judged.gives_way, other.judged.gives_way);
        let is_one_requirement = rule.requirement == other_rule.requirement;
        // Two rules on one fact know of each other, unless one of them gives way.
        let is_one_fact = || rule.rule != other_rule.rule && self.fact.kind == other.fact.kind && is_inside(other.fact, self.fact);
        if is_one_requirement && !(told == Told::Around && is_one_fact()) {
            return Some(told);
        }
        // Who passes a token on, to a log or a store, does something else than who writes it.
        let is_written_in_both = self.fact.masked.is_some() && other.fact.masked.is_some();
        match gives_way {
            _ if !is_written_in_both => None,
            (false, true) => Some(Told::Inside),
            (true, _) => Some(Told::Around),
            (false, false) => None,
        }
    }
}

/// By which of two facts a value is told that both are about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// By the outer one, whose name says more: `client_secret: env('CLIENT_SECRET', 'value')`.
    Around,
    /// By the inner one, which knows the value or what form of text it is: `sign(configuration["Jwt:Key"] ?? "value")`.
    Inside,
}

/// Whether one fact stands within another and is about the same value.
pub(super) fn same_value(fact: &SourceFact, around: &SourceFact) -> Option<Told> {
    if !is_inside(fact, around) || (&fact.path, &fact.commit) != (&around.path, &around.commit) {
        return None;
    }
    let is_passed_to = |call: &SourceFact, value: &SourceFact| {
        let shape = || call.arguments.iter().any(|argument| argument.shape == value.shape && value.shape.is_some());
        call.masked.is_none() && value.masked.is_some() && shape()
    };
    // `"Bearer eyJ…"`: a form of text in what a name holds.
    let is_part = || fact.kind == FactKind::Literal && around.kind != FactKind::Literal && around.masked.is_some();
    if fact.masked.is_some() && fact.masked == around.masked || is_passed_to(fact, around) {
        return Some(Told::Around);
    }
    (fact.masked.is_some() && is_part() || is_passed_to(around, fact)).then_some(Told::Inside)
}

/// Whether two forms of text that hold no secret themselves tell of one place: the second begins within the first.
fn are_forms_of_one(fact: &SourceFact, other: &SourceFact) -> bool {
    let is_form = |fact: &SourceFact| fact.kind == FactKind::Literal && fact.value.is_some();
    let (start, end) = ((fact.line, fact.column), (other.end_line, other.end_column));
    let begins_within = (other.line, other.column) < start && start < end;
    is_form(fact) && is_form(other) && begins_within && (&fact.path, &fact.commit) == (&other.path, &other.commit)
}

/// Whether both are about one switch in one place, which has two names there: `res.cookie` and the `cookie` of a `Response`.
fn is_same_switch(fact: &SourceFact, other: &SourceFact) -> bool {
    let switch = |fact: &SourceFact| fact.sink.rsplit('.').next().map(str::to_ascii_lowercase);
    let is_of_both = fact.kind == FactKind::Setting && other.kind == FactKind::Setting;
    is_of_both && is_inside(fact, other) && is_inside(other, fact) && fact.path == other.path && switch(fact) == switch(other)
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
            gives_way: rule.starts_with("some"),
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

    #[test]
    fn a_rule_that_gives_way_is_silent_where_another_one_tells_of_the_value() {
        let (outer, inner) = (fact((1, 60), Some("abc"), None), fact((20, 40), Some("abc"), None));
        assert_eq!(again([("some", "R", &outer), ("a", "S", &inner)]), [(0, "a".to_owned())]);
        assert_eq!(again([("a", "R", &outer), ("some", "S", &inner)]), [(1, "a".to_owned())]);
        assert_eq!(again([("a", "R", &outer), ("some", "S", &outer)]), [(1, "a".to_owned())]);
        assert_eq!(again([("some", "R", &outer), ("some more", "S", &inner)]), [(1, "some".to_owned())]);
        // What is done with it is something else.
        let call = fact((1, 60), None, Some("16 characters"));
        assert_eq!(again([("a", "R", &call), ("some", "S", &inner)]), []);
        assert_eq!(again([("a", "R", &outer), ("some", "S", &fact((20, 40), Some("abd"), None))]), []);
    }

    #[test]
    fn a_value_is_told_by_the_form_of_text_in_it_and_a_call_by_the_value_that_it_takes_from_beside_it() {
        let named = SourceFact { kind: FactKind::Assignment, ..fact((1, 60), Some("Bea…Q="), None) };
        let form = SourceFact { kind: FactKind::Literal, ..fact((10, 59), Some("ZWM…Q="), None) };
        assert_eq!(again([("a", "R", &named), ("b", "R", &form)]), [(0, "b".to_owned())]);
        assert_eq!(again([("a", "R", &named), ("a", "S", &form)]), []);
        let call = fact((10, 59), None, Some("16 characters"));
        assert_eq!(again([("a", "R", &named), ("b", "R", &call)]), [(1, "a".to_owned())]);
        assert_eq!(again([("a", "R", &named), ("b", "R", &fact((10, 59), None, Some("9 characters")))]), []);
    }

    #[test]
    fn a_switch_with_two_names_is_told_once() {
        let switch = |sink: &str| SourceFact { kind: FactKind::Setting, sink: sink.to_owned(), ..fact((1, 60), None, None) };
        assert_eq!(
            again([("a", "R", &switch("res.cookie.httpOnly")), ("a", "R", &switch("Response.cookie.HttpOnly"))]),
            [(1, "a".to_owned())]
        );
        assert_eq!(again([("a", "R", &switch("res.cookie.httpOnly")), ("a", "R", &switch("res.cookie.secure"))]), []);
    }
}
