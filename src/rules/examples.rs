//! The examples inside the rules: each rule passes and fails its own, and stays silent on those of the others.

use serde_json::{Map, Value as Json};
use time::{OffsetDateTime, macros::datetime};

use super::{
    Each, Judgement, Pack, Rule,
    expression::Facts,
    facts::Fact,
    rule::{Example, ExampleContent},
    subjects::{Shared, passed, watched},
    twice::same_value,
};
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
            let subjects = subjects(pack, rule.each, example, collect);
            let place = format!("{}:{}:{}", rule.file, example.line, example.column);
            if let Some(verdict) = contradiction(rule, &subjects, claim) {
                broken.push(format!("{place}: rule `{}` {verdict}", rule.id));
            }
            for other in pack.rules.iter().filter(|other| other.each == rule.each && other.id != rule.id) {
                let failure = failure(other, &subjects, rule);
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
    let judgements: Vec<Judgement> = judgements(rule, subjects).into_iter().map(|(_, judgement)| judgement).collect();
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

/// What a rule says against an example of another, unless that one tells of the same value itself.
fn failure(rule: &Rule, subjects: &[Subject], of: &Rule) -> Option<String> {
    let is_fault = |judged: &(&Subject, Judgement)| matches!(judged.1, Judgement::Fail(_));
    let tells = |fact: &SourceFact| {
        let faults = judgements(of, subjects).into_iter().filter(is_fault);
        faults.filter_map(|(subject, _)| subject.fact.as_ref()).any(|other| same_value(fact, other).or(same_value(other, fact)).is_some())
    };
    let is_told = |subject: &Subject| (rule.gives_way || rule.requirement == of.requirement) && subject.fact.as_ref().is_some_and(tells);
    judgements(rule, subjects).into_iter().find_map(|(subject, judgement)| match judgement {
        Judgement::Fail(message) if !is_told(subject) => Some(message),
        _ => None,
    })
}

/// The judgements on those subjects that the rule would see.
fn judgements<'s>(rule: &Rule, subjects: &'s [Subject]) -> Vec<(&'s Subject, Judgement)> {
    let seen = subjects.iter().filter(|subject| subject.fact.as_ref().is_none_or(|fact| watched(&rule.watch, fact)));
    let judged = |subject: &'s Subject| match &subject.fact {
        Some(fact) => {
            let facts = subject.facts.clone().into_iter().chain([passed(fact, &rule.watch)]).collect();
            (subject, rule.judge(&facts, subject.name))
        }
        None => (subject, rule.judge(&subject.facts, subject.name)),
    };
    seen.map(judged).collect()
}

fn subjects(pack: &Pack, each: Each, example: &Example, collect: &dyn Fn(&str, &str) -> Vec<SourceFact>) -> Vec<Subject> {
    match &example.content {
        ExampleContent::Facts(facts) => vec![Subject { facts: stated(pack, each, facts), name: subject_name(each), fact: None }],
        ExampleContent::Code { file, code } => {
            let shared = Shared::new(pack, &App::default(), Profile::default(), NOW);
            let subject = |fact| Subject { facts: shared.with([("fact", Fact::new("fact", &fact))]), name: "fact", fact: Some(fact) };
            collect(file, code).into_iter().map(subject).collect()
        }
    }
}

/// The facts of an example; what it does not state is missing, and asking for it is an error.
fn stated(pack: &Pack, each: Each, stated: &Map<String, Json>) -> Facts {
    let mut facts = Shared::new(pack, &App::default(), Profile::default(), NOW).with([]);
    for name in each.variables() {
        match (*name, stated.get(*name)) {
            ("now", Some(Json::String(instant))) => {
                let instant = OffsetDateTime::parse(instant, &time::format_description::well_known::Rfc3339).unwrap_or(NOW);
                facts.insert(name, super::expression::clock(instant));
            }
            // An object without members stands for a fact of which nothing is said; a list has no such thing.
            ("app" | "profile" | "now" | "other_services" | "endpoints", None) => {}
            ("passed", None) => {
                facts.insert(name, Fact::from_json(name, Json::Null));
            }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::from_texts, *};

    const MANIFEST: &str = "name: p\ntitle: P\nedition: '1'\n";
    const CHAPTER: &str = "chapter: One\nrequirements:\n  - { id: R-1, sentence: 1, title: T, text: T, strength: must, source: S, \
                           applies_to: [standard], verified_by: [rules] }\n";

    /// What is broken in a pack of cookie rules, each with its expectation and its two examples.
    fn broken(rules: &[(&str, &str, &str, &str)]) -> Vec<String> {
        let texts: Vec<(String, String)> = rules
            .iter()
            .map(|(name, expect, pass, fail)| {
                let rule = format!(
                    "id: p.a.{name}\ntitle: T\nrequirement: R-1\nseverity: low\neach: cookie\nexpect: {expect}\n\
                     message: bad\nwhy: W\nfix: F\nexamples:\n  pass: [{pass}]\n  fail: [{fail}]\n"
                );
                (format!("a/{name}.yaml"), rule)
            })
            .collect();
        let pack = [("pack.yaml", MANIFEST), ("requirements/1.yaml", CHAPTER)].into_iter();
        let pack = from_texts(pack.chain(texts.iter().map(|(path, text)| (path.as_str(), text.as_str()))));
        broken_examples(&pack.unwrap_or_else(|error| panic!("{error}")), &|_, _| Vec::new())
    }

    const GOOD: &str = "{ cookie: { secure: true, http_only: true } }";

    #[test]
    fn examples_that_hold_are_not_reported() {
        let secure = ("secure", "cookie.secure", GOOD, "{ cookie: { secure: false, http_only: true } }");
        let hidden = ("hidden", "cookie.http_only", GOOD, "{ cookie: { secure: true, http_only: false } }");
        assert_eq!(broken(&[secure, hidden]), Vec::<String>::new());
    }

    #[test]
    fn an_example_that_shows_the_contrary_is_reported_with_its_place() {
        assert_eq!(
            broken(&[("secure", "'!cookie.secure'", "{ cookie: { secure: true } }", "{ cookie: { secure: false } }")]),
            [
                "a/secure.yaml:11:10: rule `p.a.secure` should pass this example and fails: bad",
                "a/secure.yaml:12:10: rule `p.a.secure` should fail this example and passes",
            ]
        );
    }

    #[test]
    fn an_example_that_leaves_out_what_the_rule_reads_is_reported() {
        let found = broken(&[("secure", "cookie.secure", GOOD, "{ cookie: { http_only: true } }")]);
        assert_eq!(found, ["a/secure.yaml:12:10: rule `p.a.secure` should fail this example and cannot judge it: `secure` is unknown"]);
    }

    #[test]
    fn another_rule_is_silent_unless_it_is_listed() {
        let hidden = ("hidden", "cookie.http_only", GOOD, "{ cookie: { secure: true, http_only: false } }");
        let both = |also: &str| format!("{{ cookie: {{ secure: false, http_only: false }}{also} }}");
        assert_eq!(
            broken(&[hidden, ("secure", "cookie.secure", GOOD, &both(""))]),
            ["a/secure.yaml:12:10: rule `p.a.hidden` fails on an example of `p.a.secure`: bad"]
        );
        assert_eq!(broken(&[hidden, ("secure", "cookie.secure", GOOD, &both(", also_fails: [p.a.hidden]"))]), Vec::<String>::new());
        let idle = "{ cookie: { secure: false, http_only: true }, also_fails: [p.a.hidden] }";
        assert_eq!(
            broken(&[hidden, ("secure", "cookie.secure", GOOD, idle)]),
            ["a/secure.yaml:12:10: `also_fails` names `p.a.hidden`, which does not fail"]
        );
    }

    #[test]
    fn code_is_judged_by_the_facts_that_are_collected_from_it() {
        let rule = "id: p.a.token\ntitle: T\nrequirement: R-1\nseverity: low\neach: source\nexpect: fact.origin != 'literal'\nmessage: bad\n\
                    why: W\nfix: F\nwatch: { assignment: [Token] }\nexamples:\n  pass: [{ file: A.cs, code: clean }]\n  fail: [{ file: A.cs, code: literal }]\n";
        let pack = from_texts([("pack.yaml", MANIFEST), ("requirements/1.yaml", CHAPTER), ("a/token.yaml", rule)]).unwrap();
        let fact = |origin: &str| -> Vec<SourceFact> {
            let fact = json!({ "kind": "assignment", "sink": "Token", "watched": "Token", "language": "csharp", "origin": origin, "in_comment": false,
                "path": "A.cs", "line": 1, "column": 1, "end_line": 1, "end_column": 2, "shape": null, "masked": null, "trace": [], "commit": null });
            vec![serde_json::from_value(fact).unwrap()]
        };
        assert_eq!(broken_examples(&pack, &|_, code| if code == "literal" { fact("literal") } else { Vec::new() }), Vec::<String>::new());
        assert_eq!(broken_examples(&pack, &|_, _| fact("literal")).len(), 1);
        assert_eq!(
            broken_examples(&pack, &|_, _| Vec::new()),
            ["a/token.yaml:13:10: rule `p.a.token` finds nothing to judge in an example that should fail"]
        );
    }
}
