//! The examples inside the rules: each rule passes and fails its own, and stays silent on those of the others.

use serde_json::{Map, Value as Json};
use time::OffsetDateTime;
use time::macros::datetime;

use super::expression::Facts;
use super::facts::Fact;
use super::rule::{Example, ExampleContent};
use super::subjects::{Case, Shared, source_case, watched};
use super::{Each, Judgement, Pack, Rule};
use crate::evidence::{App, Profile, SourceFact};

/// The clock of an example that does not set `now`.
const NOW: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);

/// Everything that is wrong with the examples of a pack, one line each, in order of rule ids.
///
/// `collect` makes facts from a file's name and code, looking for the vocabulary of the whole pack. A rule must pass or fail its own examples as
/// they claim; an example with code fails when any fact does, and passes when none fails. No other rule with the same `each` may fail on
/// an example, unless the example lists it under `also_fails`.
pub fn broken_examples(pack: &Pack, collect: &dyn Fn(&str, &str) -> Vec<SourceFact>) -> Vec<String> {
    let mut broken = Vec::new();
    for rule in &pack.rules {
        for (example, claim) in
            rule.passing.iter().map(|example| (example, Claim::Passes)).chain(rule.failing.iter().map(|example| (example, Claim::Fails)))
        {
            let subjects = subjects(rule.each, example, collect);
            let place = format!("{}:{}:{}", rule.file, example.line, example.column);
            if let Some(verdict) = contradiction(rule, &subjects, claim) {
                broken.push(format!("{place}: rule `{}` {verdict}", rule.id));
            }
            for other in pack.rules.iter().filter(|other| other.each == rule.each && other.id != rule.id) {
                let failure = failure(other, &subjects);
                match (failure, example.also_fails.contains(&other.id)) {
                    (Some(message), false) => {
                        broken.push(format!("{place}: rule `{}` fails on an example of `{}`: {message}", other.id, rule.id));
                    }
                    (None, true) => {
                        broken.push(format!("{place}: `also_fails` names `{}`, which does not fail", other.id));
                    }
                    _ => {}
                }
            }
        }
    }
    broken
}

/// What an example claims to show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Claim {
    Passes,
    Fails,
}

/// One subject that an example makes.
struct Subject {
    facts: Facts,
    name: &'static str,
    /// The fact, where it was collected from code.
    fact: Option<SourceFact>,
}

/// How a rule's judgements contradict the claim of its own example.
fn contradiction(rule: &Rule, subjects: &[Subject], claim: Claim) -> Option<String> {
    let judgements = judgements(rule, subjects);
    let described = |judgement: &Judgement| match judgement {
        Judgement::Pass => "passes".to_owned(),
        Judgement::Fail(message) => format!("fails: {message}"),
        Judgement::Error(reason) => format!("cannot judge it: {reason}"),
        Judgement::NotApplicable(reason) | Judgement::NotRun(reason) => format!("does not apply: {reason}"),
    };
    // Code that has nothing to report passes, and so may facts to which the rule does not apply; a passing example of plain facts has to pass.
    let from_code = subjects.iter().all(|subject| subject.fact.is_some());
    let contradicting = match claim {
        Claim::Fails if judgements.iter().any(|judgement| matches!(judgement, Judgement::Fail(_))) => return None,
        Claim::Fails if judgements.is_empty() => return Some("finds nothing to judge in an example that should fail".into()),
        Claim::Fails => judgements.first(),
        Claim::Passes => judgements.iter().find(|judgement| match judgement {
            Judgement::Pass => false,
            Judgement::NotApplicable(_) => !from_code,
            _ => true,
        }),
    };
    let should = if claim == Claim::Passes { "pass" } else { "fail" };
    contradicting.map(|judgement| format!("should {should} this example and {}", described(judgement)))
}

fn failure(rule: &Rule, subjects: &[Subject]) -> Option<String> {
    judgements(rule, subjects).into_iter().find_map(|judgement| match judgement {
        Judgement::Fail(message) => Some(message),
        _ => None,
    })
}

/// The judgements on those subjects that the rule would see.
fn judgements(rule: &Rule, subjects: &[Subject]) -> Vec<Judgement> {
    let seen = subjects.iter().filter(|subject| subject.fact.as_ref().is_none_or(|fact| watched(&rule.watch, fact)));
    seen.map(|subject| rule.judge(&subject.facts, subject.name)).collect()
}

fn subjects(each: Each, example: &Example, collect: &dyn Fn(&str, &str) -> Vec<SourceFact>) -> Vec<Subject> {
    match &example.content {
        ExampleContent::Facts(facts) => vec![Subject { facts: stated(each, facts), name: subject_name(each), fact: None }],
        ExampleContent::Code { file, code } => {
            let shared = Shared::new(&App::default(), Profile::default(), NOW);
            let facts = collect(file, code).into_iter();
            facts
                .filter_map(|fact| match source_case(&fact, &shared) {
                    Case::Subject { facts, name, .. } => Some(Subject { facts, name, fact: Some(fact) }),
                    Case::Gap { .. } => None,
                })
                .collect()
        }
    }
}

/// The facts of an example; what it does not state is missing, and asking for it is an error.
fn stated(each: Each, stated: &Map<String, Json>) -> Facts {
    let mut facts = Shared::new(&App::default(), Profile::default(), NOW).with([]);
    for name in each.variables() {
        match (*name, stated.get(*name)) {
            ("now", Some(Json::String(instant))) => {
                let instant = OffsetDateTime::parse(instant, &time::format_description::well_known::Rfc3339).unwrap_or(NOW);
                facts.insert(name, super::expression::clock(instant));
            }
            ("app" | "profile" | "now", None) => {}
            // What the app does not state is as for an app that states nothing.
            ("app", Some(Json::Object(own))) => {
                let mut app = serde_json::to_value(App::default()).unwrap_or_default();
                app.as_object_mut().into_iter().for_each(|app| app.extend(own.clone()));
                facts.insert(name, Fact::from_json(name, app));
            }
            (_, Some(json)) => {
                facts.insert(name, Fact::from_json(name, json.clone()));
            }
            (_, None) => {
                facts.insert(name, Fact::from_json(name, Json::Object(Map::new())));
            }
        }
    }
    facts
}

/// The variable that is the subject.
fn subject_name(each: Each) -> &'static str {
    match each {
        Each::Source => "fact",
        other => other.name(),
    }
}
