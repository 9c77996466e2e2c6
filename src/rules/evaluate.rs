//! Every rule on every subject: a pure function of pack, evidence, profile and clock.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use time::OffsetDateTime;

use super::{
    Each, Judgement, Location, Outcome, Pack, Rule,
    expression::{Facts, for_each},
    facts::Unknown,
    subjects::{Case, Shared, cases, nowhere, source_facts, source_place, unlisted, watched},
    twice::{Judged, told_twice},
};
use crate::{
    evidence::{App, Evidence, Profile},
    wording::visible,
};

/// A reason names no more unknown readings than this.
const MAX_NAMED: usize = 3;

/// Judges the evidence: one outcome for each rule and subject, in order of rule ids and then of the evidence.
///
/// Where subjects should be and could not be seen, there is one outcome on what they belong to, so that silence is never a pass.
#[must_use]
pub fn evaluate(pack: &Pack, evidence: &Evidence, app: &App, profile: Profile, now: OffsetDateTime) -> Vec<Outcome> {
    let shared = Shared::new(pack, app, profile, now);
    let kinds: BTreeSet<Each> = pack.rules.iter().map(|rule| rule.each).collect();
    let subjects: BTreeMap<Each, Vec<Case<'_>>> = kinds.into_iter().map(|each| (each, cases(each, evidence, &shared))).collect();
    let mut rules: Vec<&Rule> = pack.rules.iter().collect();
    rules.sort_by(|one, other| one.id.cmp(&other.id));
    let judged = for_each(&rules, |rule| {
        let cases = subjects.get(&rule.each).map_or(&[][..], Vec::as_slice);
        match unlisted(evidence).filter(|_| rule.reads_variable("endpoints")) {
            Some(judgement) => {
                vec![Judged { fault: None, gives_way: false, outcome: outcome(rule, profile, nowhere(), escaped(&judgement)) }]
            }
            None => outcomes_of(rule, profile, cases, &shared),
        }
    });
    let mut judged: Vec<Judged<'_>> = judged.into_iter().flatten().collect();
    for (index, by) in told_twice(&judged) {
        if let Some(judged) = judged.get_mut(index) {
            judged.outcome.judgement = Judgement::NotApplicable(format!("`{by}` tells of the same value"));
        }
    }
    judged.into_iter().map(|judged| judged.outcome).collect()
}

fn outcome(rule: &Rule, profile: Profile, location: Location, judgement: Judgement) -> Outcome {
    Outcome { rule: rule.id.clone(), requirement: rule.requirement.clone(), severity: rule.severity(profile), location, judgement }
}

fn outcomes_of<'e>(rule: &Rule, profile: Profile, cases: &[Case<'e>], shared: &Shared) -> Vec<Judged<'e>> {
    let outcome = |location: Location, judgement| outcome(rule, profile, location, judgement);
    let mut outcomes = Vec::new();
    for case in cases {
        let fact = if let Case::Fact(fact) = case { Some(*fact) } else { None };
        if fact.is_some_and(|fact| !watched(&rule.watch, fact)) {
            continue;
        }
        let outcome = match case {
            Case::Gap { location, judgement } => outcome(location.clone(), escaped(judgement)),
            Case::Unseen { location, facts, judgement } => {
                outcome(location.clone(), rule.exemption(facts).unwrap_or_else(|| escaped(judgement)))
            }
            Case::Subject { location, facts, name } => outcome(location.clone(), rule.judge(facts, name)),
            Case::Fact(fact) => outcome(source_place(fact), rule.judge(&source_facts(fact, &rule.watch, shared), "fact")),
        };
        let fault = fact.filter(|_| matches!(outcome.judgement, Judgement::Fail(_)));
        outcomes.push(Judged { fault, gives_way: rule.gives_way, outcome });
    }
    let is_clean = outcomes.iter().all(|judged| matches!(judged.outcome.judgement, Judgement::NotApplicable(_)));
    if rule.each == Each::Source && is_clean {
        // Everything was read, and nothing of the kind stands there: that is what the rule asks for.
        return vec![Judged { fault: None, gives_way: false, outcome: outcome(nowhere(), Judgement::Pass) }];
    }
    if outcomes.is_empty() {
        let judgement = Judgement::NotApplicable("there is nothing of the kind".into());
        outcomes.push(Judged { fault: None, gives_way: false, outcome: outcome(nowhere(), judgement) });
    }
    outcomes
}

impl Rule {
    /// Judges one subject, which is the variable `name` among its facts.
    pub(super) fn judge(&self, facts: &Facts, name: &str) -> Judgement {
        match self.when.as_ref().map(|when| when.truth(facts)) {
            Some(Ok(false)) => return self.inapplicable(),
            Some(Err(reason)) => return self.error(facts, name, &reason),
            Some(Ok(true)) | None => {}
        }
        match self.expect.truth(facts) {
            Ok(true) => Judgement::Pass,
            Ok(false) => Judgement::Fail(self.message.render(facts)),
            Err(reason) => self.error(facts, name, &reason),
        }
    }

    /// That the rule does not apply to a subject that nobody saw, as far as that much is known of it.
    fn exemption(&self, facts: &Facts) -> Option<Judgement> {
        let when = self.when.as_ref()?;
        (when.truth(facts) == Ok(false)).then(|| self.inapplicable())
    }

    fn inapplicable(&self) -> Judgement {
        let when = self.when.as_ref().map(|when| one_line(when.text())).unwrap_or_default();
        Judgement::NotApplicable(format!("applies only when `{when}`"))
    }

    /// Names the unknown readings that the rule wanted to read, each with its reason; else what the expression stumbled over.
    fn error(&self, facts: &Facts, name: &str, reason: &str) -> Judgement {
        // What belongs to the subject says it best; what the subject belongs to comes after.
        let unknown =
            [name, "address", "endpoint", "endpoints"].into_iter().map(|name| self.unread(facts, name)).find(|unknown| !unknown.is_empty());
        let unknown = unknown.unwrap_or_default();
        let mut named: Vec<String> = Vec::new();
        for reading in &unknown {
            let text = match &reading.reason {
                Some(reason) => format!("could not be told: {reason}"),
                None => format!("could not be told: {}", in_words(&reading.path)),
            };
            // Readings of one probe share its reason.
            if !named.contains(&text) {
                named.push(text);
            }
        }
        let more = named.len().saturating_sub(MAX_NAMED);
        named.truncate(MAX_NAMED);
        let mut text = if named.is_empty() { reason.to_owned() } else { named.join("; ") };
        if more > 0 {
            let _ = write!(text, "; and {more} more");
        }
        Judgement::Error(visible(&text))
    }

    /// The unknown readings below a variable whose names this rule reads.
    fn unread(&self, facts: &Facts, name: &str) -> Vec<Unknown> {
        let unknown = facts.get(name).filter(|_| self.reads_variable(name)).map(|fact| fact.unknown(name));
        unknown.unwrap_or_default().into_iter().filter(|reading| self.reads(&reading.field)).collect()
    }
}

/// The path of a fact as people say it: the language of rules is for those who write them.
fn in_words(path: &str) -> String {
    path.split_once('.').map_or(path, |(_, rest)| rest).replace(['.', '_'], " ")
}

/// Reasons quote errors that quote the other side.
fn escaped(judgement: &Judgement) -> Judgement {
    match judgement {
        Judgement::Pass => Judgement::Pass,
        Judgement::Fail(text) => Judgement::Fail(visible(text)),
        Judgement::Error(text) => Judgement::Error(visible(text)),
        Judgement::NotApplicable(text) => Judgement::NotApplicable(visible(text)),
        Judgement::NotRun(text) => Judgement::NotRun(visible(text)),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use time::macros::datetime;

    use super::{super::from_texts, *};

    const MANIFEST: &str = "name: sample\ntitle: Sample\nedition: '1'\n";
    const CHAPTER: &str = "chapter: One\nrequirements:\n  - { id: R-1, sentence: 1, title: T, text: T, strength: must, source: S, applies_to: [standard, custom], verified_by: [rules] }\n";

    /// A pack with one rule; the examples only have to be there.
    fn pack(each: &str, body: &str) -> Pack {
        let variable = if each == "source" { "fact" } else { each };
        let rule = format!(
            "id: sample.area.rule\ntitle: T\nrequirement: R-1\nseverity: {{ standard: high, custom: low }}\neach: {each}\nwhy: w\nfix: f\n\
             examples: {{ pass: [{{ {variable}: {{}} }}], fail: [{{ {variable}: {{}} }}] }}\n{body}"
        );
        let texts = [("pack.yaml", MANIFEST), ("requirements/1.yaml", CHAPTER), ("area/rule.yaml", rule.as_str())];
        from_texts(texts).unwrap_or_else(|error| panic!("{error}"))
    }

    fn judged(pack: &Pack, evidence: Json) -> Vec<Outcome> {
        let evidence: Evidence = serde_json::from_value(evidence).unwrap();
        evaluate(pack, &evidence, &App::default(), Profile::Standard, datetime!(2026-11-21 12:00 UTC))
    }

    fn judgements(pack: &Pack, evidence: Json) -> Vec<Judgement> {
        judged(pack, evidence).into_iter().map(|outcome| outcome.judgement).collect()
    }

    /// An https endpoint with `with` laid over it.
    fn endpoint(with: &Json) -> Json {
        let mut endpoint = json!({ "id": "callback", "url": "https://app.example/cb", "scheme": "https", "host": "app.example", "port": 443,
            "kind": "redirect", "error": null, "addresses": [], "visit": null, "responses": [], "cookies": [] });
        endpoint.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        json!({ "endpoints": [endpoint] })
    }

    fn address(with: &Json) -> Json {
        let mut address = json!({ "ip": "192.0.2.1", "reached": true, "contact": "accepted", "error": null, "tls": null });
        address.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        endpoint(&json!({ "addresses": [address] }))
    }

    fn tls(with: &Json) -> Json {
        let mut tls = json!({ "reached": true, "answer": "tls", "error": null, "protocols": [], "certificates": [], "chain": null,
            "statistics": { "connections": 1, "milliseconds": 1 } });
        tls.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        address(&json!({ "tls": tls }))
    }

    fn protocol_pack() -> Pack {
        pack(
            "protocol",
            "when: protocol.id in ['ssl3', 'tls1.2']\nexpect: \"protocol.id == 'tls1.2' || !protocol.offered\"\nmessage: '{{ address.ip }} offers it'\n",
        )
    }

    fn certificate_pack() -> Pack {
        pack("certificate", "expect: certificate.key_bits >= 2048\nmessage: weak\n")
    }

    fn cookie_pack() -> Pack {
        pack("cookie", "expect: cookie.secure\nmessage: 'careless {{ cookie.name }}'\n")
    }

    #[test]
    fn each_subject_gets_one_outcome_with_its_place() {
        let outcomes = judged(
            &protocol_pack(),
            tls(&json!({ "protocols": [
                { "id": "ssl2", "offered": true, "reason": null },
                { "id": "ssl3", "offered": true, "reason": null },
                { "id": "tls1.2", "offered": true, "reason": null },
            ] })),
        );
        let found: Vec<_> = outcomes.iter().map(|outcome| outcome.judgement.clone()).collect();
        assert_eq!(
            found,
            [
                Judgement::NotApplicable("applies only when `protocol.id in ['ssl3', 'tls1.2']`".into()),
                Judgement::Fail("192.0.2.1 offers it".into()),
                Judgement::Pass,
            ]
        );
        let place = |name: &str| Location::Network {
            url: Some("https://app.example/cb".into()),
            ip: Some("192.0.2.1".into()),
            subject: Some(name.into()),
        };
        assert_eq!(outcomes[1].location, place("SSL 3.0"));
        assert_eq!((outcomes[1].rule.as_str(), outcomes[1].requirement.as_str()), ("sample.area.rule", "R-1"));
    }

    #[test]
    fn the_severity_follows_the_profile() {
        let pack = protocol_pack();
        let under = |profile| evaluate(&pack, &Evidence::default(), &App::default(), profile, datetime!(2026-11-21 12:00 UTC))[0].severity;
        assert_eq!((under(Profile::Standard), under(Profile::Custom)), (crate::rules::Severity::High, crate::rules::Severity::Low));
    }

    #[test]
    fn an_unknown_reading_is_an_error_that_names_it_and_its_reason() {
        let evidence = tls(&json!({ "protocols": [{ "id": "ssl3", "offered": null, "reason": "no answer within 5 s\u{1b}[2J" }] }));
        assert_eq!(judgements(&protocol_pack(), evidence), [Judgement::Error("could not be told: no answer within 5 s\\u{1b}[2J".into())]);
    }

    #[test]
    fn a_host_that_nobody_can_resolve_is_an_error_for_all_that_should_be_seen_there() {
        for pack in [protocol_pack(), certificate_pack(), cookie_pack(), pack("address", "expect: address.reached\nmessage: m\n")] {
            let found = judgements(&pack, endpoint(&json!({ "error": "no such host" })));
            assert_eq!(found, [Judgement::Error("no address of app.example is known: no such host".into())]);
        }
    }

    #[test]
    fn an_address_that_was_not_reached_is_an_error() {
        for pack in [protocol_pack(), certificate_pack()] {
            let found = judgements(&pack, address(&json!({ "reached": false, "contact": "refused", "error": "connection refused" })));
            assert_eq!(found, [Judgement::Error("192.0.2.1 could not be reached: connection refused".into())]);
        }
    }

    #[test]
    fn a_certificate_that_was_not_seen_is_no_good_certificate() {
        let found = |with| judgements(&certificate_pack(), tls(&with));
        assert_eq!(
            found(json!({ "reached": false, "answer": "closed", "error": "closed" })),
            [Judgement::Error("no certificate was seen: closed".into())]
        );
        assert_eq!(
            found(json!({ "reached": false, "answer": "plain-http" })),
            [Judgement::NotApplicable("the port speaks plain HTTP".into())]
        );
    }

    #[test]
    fn what_was_left_out_of_the_run_was_not_run() {
        let not_run = |pack: &Pack, evidence, text: &str| assert_eq!(judgements(pack, evidence), [Judgement::NotRun(text.into())]);
        not_run(&protocol_pack(), address(&json!({})), "TLS was left out of the run");
        not_run(&protocol_pack(), endpoint(&json!({})), "no address of app.example was looked at");
        not_run(&cookie_pack(), endpoint(&json!({})), "the web was left out of the run");
        not_run(&cookie_pack(), json!({}), "no endpoint was given");
        let source = pack("source", "watch: { assignment: [Token] }\nexpect: fact.in_comment\nmessage: m\n");
        not_run(&source, json!({}), "no source folder was given; add `--source DIR`");
    }

    #[test]
    fn plain_http_has_no_certificate_to_judge() {
        let found = judgements(&certificate_pack(), endpoint(&json!({ "scheme": "http" })));
        assert_eq!(found, [Judgement::NotApplicable("the endpoint is plain HTTP".into())]);
    }

    fn cookie(name: &str, secure: bool) -> Json {
        json!({ "name": name, "domain": null, "path": null, "secure": secure, "http_only": true, "same_site": null, "partitioned": false,
            "prefix": null, "deletion": false, "value_bytes": 3, "set_by": "https://app.example/cb" })
    }

    #[test]
    fn a_visit_that_broke_off_is_judged_as_far_as_it_came_and_is_an_error_too() {
        let visit = json!({ "reached": true, "complete": false, "error": "the next hop timed out" });
        let found = judgements(&cookie_pack(), endpoint(&json!({ "visit": visit, "cookies": [cookie("a", true), cookie("b", false)] })));
        assert_eq!(
            found,
            [
                Judgement::Pass,
                Judgement::Fail("careless b".into()),
                Judgement::Error("the visit ended early: the next hop timed out".into()),
            ]
        );
    }

    #[test]
    fn no_cookie_is_nothing_to_judge_once_the_visit_is_complete() {
        let visit = |reached, error: Json| json!({ "visit": { "reached": reached, "complete": reached, "error": error } });
        assert_eq!(
            judgements(&cookie_pack(), endpoint(&visit(true, json!(null)))),
            [Judgement::NotApplicable("no response set a cookie".into())]
        );
        assert_eq!(
            judgements(&cookie_pack(), endpoint(&visit(false, json!("refused")))),
            [Judgement::Error("no response was read: refused".into())]
        );
    }

    fn source(facts: &[(&str, &str)], skipped: &Json) -> Json {
        let facts: Vec<Json> = facts
            .iter()
            .map(|(sink, origin)| {
                json!({ "kind": "assignment", "sink": sink, "watched": sink, "language": "csharp", "origin": origin, "in_comment": false, "path": "A.cs",
                    "line": 3, "column": 5, "end_line": 3, "end_column": 9, "shape": null, "masked": null, "trace": [], "commit": null })
            })
            .collect();
        json!({ "source": { "files_scanned": 1, "files_skipped": skipped, "bytes": 1, "milliseconds": 1, "facts": facts } })
    }

    #[test]
    fn a_source_rule_judges_what_it_watches_for_and_every_file_that_nobody_could_read() {
        let pack =
            pack("source", "watch: { assignment: [Services.Token] }\nexpect: fact.origin != 'literal'\nmessage: '{{ fact.sink }}'\n");
        let skipped = json!([{ "path": "B.cs", "reason": "no permission", "matters": true }, { "path": "logo.png", "reason": "an image", "matters": false }]);
        let facts = [
            ("Config.services.token", "literal"),
            ("MyServices.Token", "literal"),
            ("Services.Other", "literal"),
            ("Services.Token", "environment"),
        ];
        let outcomes = judged(&pack, source(&facts, &skipped));
        let found: Vec<_> = outcomes.iter().map(|outcome| outcome.judgement.clone()).collect();
        assert_eq!(
            found,
            [
                Judgement::Fail("Config.services.token".into()),
                Judgement::Pass,
                Judgement::Error("the file was not scanned in full: no permission".into()),
            ]
        );
        assert!(
            matches!(&outcomes[0].location, Location::Source { path, line: 3, column: 5, subject: Some(sink), .. } if path == "A.cs" && sink == "Config.services.token")
        );
        assert!(matches!(&outcomes[2].location, Location::Source { path, .. } if path == "B.cs"));
        let nothing = judgements(&pack, source(&[("Other", "literal")], &json!([])));
        assert_eq!(nothing, [Judgement::Pass], "the source was read and nothing stands there");
    }

    #[test]
    fn a_source_of_which_nothing_was_read_is_no_clean_source() {
        let pack = pack("source", "watch: { assignment: [Token] }\nexpect: fact.in_comment\nmessage: m\n");
        let mut evidence = source(&[], &json!([]));
        evidence["source"]["files_scanned"] = json!(0);
        assert!(matches!(judgements(&pack, evidence)[..], [Judgement::Error(_)]));
    }

    #[test]
    fn of_many_files_that_nobody_could_read_some_are_named_and_the_others_counted() {
        let pack = pack("source", "watch: { assignment: [Token] }\nexpect: fact.in_comment\nmessage: m\n");
        let skipped: Vec<Json> =
            (0..1_000).map(|number| json!({ "path": format!("{number:04}.cs"), "reason": "no permission", "matters": true })).collect();
        let mut evidence = source(&[], &json!(skipped));
        evidence["source"]["files_scanned"] = json!(0);
        let found = judgements(&pack, evidence);
        assert!(found.len() < 100, "{}", found.len());
        let rest = "960 more files were not scanned, the first of them `0040.cs`: no permission";
        assert_eq!(found.last(), Some(&Judgement::Error(rest.into())));
    }

    #[test]
    fn a_port_without_tls_is_an_error_for_what_is_asked_of_an_address_unless_it_speaks_in_clear() {
        let pack = pack("address", "when: address.tls.chain != null\nexpect: address.tls.chain.trusted\nmessage: m\n");
        let found = |answer: &str| judgements(&pack, tls(&json!({ "reached": false, "answer": answer, "error": "closed" })));
        assert_eq!(found("closed"), [Judgement::Error("no TLS was seen: closed".into())]);
        assert!(matches!(found("plain-http")[..], [Judgement::NotApplicable(_)]));
    }

    #[test]
    fn an_unknown_reading_of_what_the_subject_belongs_to_is_named_too() {
        let pack = pack("certificate", "expect: address.tls.chain.trusted\nmessage: m\n");
        let chain = json!({ "trusted": null, "complete": true, "order_ok": true, "host_matches": true, "expired": false, "not_yet_valid": false,
            "self_signed": false, "error": "the root is not known" });
        let leaf = json!({ "position": 0, "subject": "CN=a", "issuer": "CN=b", "sans": [], "not_before": "", "not_after": "", "key": "", "key_algorithm": "",
            "key_bits": null, "signature_algorithm": "", "serial": "", "self_signed": false, "sha256": "", "error": null });
        let found = judgements(&pack, tls(&json!({ "chain": chain, "certificates": [leaf] })));
        assert_eq!(found, [Judgement::Error("could not be told: the root is not known".into())]);
    }

    #[test]
    fn a_certificate_that_cannot_be_read_is_an_error() {
        let broken = json!({ "position": 0, "subject": "", "issuer": "", "sans": [], "not_before": "", "not_after": "", "key": "", "key_algorithm": "",
            "key_bits": null, "signature_algorithm": "", "serial": "", "self_signed": false, "sha256": "", "error": "the DER is cut off" });
        let found = judgements(&certificate_pack(), tls(&json!({ "certificates": [broken] })));
        assert_eq!(found, [Judgement::Error("the certificate cannot be read: the DER is cut off".into())]);
    }

    fn weakness_pack() -> Pack {
        pack("weakness", "when: weakness.id in ['heartbleed', 'robot']\nexpect: '!weakness.vulnerable'\nmessage: '{{ weakness.id }}'\n")
    }

    #[test]
    fn a_weakness_that_nobody_looked_for_is_unknown_and_never_a_pass() {
        let outcomes = judged(&weakness_pack(), tls(&json!({ "weaknesses": [{ "id": "robot", "vulnerable": false, "reason": null }] })));
        let judged: Vec<_> = outcomes.iter().filter(|outcome| !matches!(outcome.judgement, Judgement::NotApplicable(_))).collect();
        assert_eq!(
            judged.iter().map(|outcome| outcome.judgement.clone()).collect::<Vec<_>>(),
            [Judgement::Error("could not be told: nobody looked for Heartbleed".into()), Judgement::Pass]
        );
        assert!(matches!(&judged[0].location, Location::Network { subject: Some(name), .. } if name == "Heartbleed"));
        assert_eq!(outcomes.len(), crate::evidence::WeaknessId::ALL.len());
    }

    #[test]
    fn silence_is_no_server_without_weaknesses_and_plain_http_has_none_to_judge() {
        let found = |answer: &str| judgements(&weakness_pack(), tls(&json!({ "reached": false, "answer": answer, "error": "closed" })));
        assert_eq!(found("closed"), [Judgement::Error("no TLS was seen: closed".into())]);
        assert_eq!(found("plain-http"), [Judgement::NotApplicable("the port speaks plain HTTP".into())]);
    }

    fn answer_pack() -> Pack {
        pack("answer", "when: answer.question == 'visit'\nexpect: answer.headers.nosniff\nmessage: '{{ answer.url }}'\n")
    }

    fn answer(question: &str, reached: bool) -> Json {
        json!({ "question": question, "method": "GET", "url": "https://app.example/cb", "reached": reached, "error": if reached { None } else { Some("closed") },
            "response": null, "headers": if reached { Some(json!({ "nosniff": true })) } else { None }, "page": null, "disclosure": null })
    }

    const VISITED: &str = r#"{ "reached": true, "complete": true, "error": null }"#;

    /// What is judged of a visited endpoint with `with` laid over it.
    fn visited(pack: &Pack, with: &Json) -> Vec<Judgement> {
        let mut all = json!({ "visit": serde_json::from_str::<Json>(VISITED).unwrap() });
        all.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        judgements(pack, endpoint(&all))
    }

    #[test]
    fn an_answer_that_was_not_read_is_an_error_for_the_rules_that_need_it() {
        let found = visited(&answer_pack(), &json!({ "answers": [answer("visit", false), answer("not-found", false)] }));
        let other = Judgement::NotApplicable("applies only when `answer.question == 'visit'`".into());
        assert_eq!(found, [Judgement::Error("no response was read: closed".into()), other]);
        assert_eq!(visited(&answer_pack(), &json!({ "answers": [answer("visit", true)] })), [Judgement::Pass]);
    }

    #[test]
    fn what_nobody_asked_was_not_run() {
        let not_run = |found: Vec<Judgement>, part: &str| {
            assert!(matches!(&found[..], [Judgement::NotRun(text)] if text.contains(part)), "{found:?}");
        };
        not_run(visited(&answer_pack(), &json!({})), "no question was asked");
        not_run(judgements(&answer_pack(), endpoint(&json!({}))), "the web was left out");
        let panel = pack("panel", "expect: size(panel.missing) == 0\nmessage: m\n");
        not_run(visited(&panel, &json!({ "kind": "web-panel" })), "template");
        not_run(judgements(&panel, endpoint(&json!({ "kind": "web-panel" }))), "the web was left out");
        assert!(matches!(visited(&panel, &json!({}))[..], [Judgement::NotApplicable(_)]), "a redirect URL is no panel");
        let file = pack("exposed_file", "expect: '!exposed_file.exposed'\nmessage: m\n");
        not_run(visited(&file, &json!({})), "no host was asked");
        assert!(matches!(visited(&file, &json!({ "exposed_files_reason": "timed out" }))[..], [Judgement::Error(_)]));
        let sign_in = pack("sign_in", "expect: sign_in.outcome != 'shows-data'\nmessage: m\n");
        not_run(judgements(&sign_in, endpoint(&json!({}))), "the web was left out");
        assert!(matches!(visited(&sign_in, &json!({}))[..], [Judgement::NotApplicable(_)]));
        let silent = json!({ "reached": false, "complete": false, "error": "refused" });
        assert_eq!(judgements(&sign_in, endpoint(&json!({ "visit": silent }))), [Judgement::Error("no response was read: refused".into())]);
    }

    #[test]
    fn how_strangers_are_treated_is_unknown_with_its_reason() {
        let sign_in = pack("sign_in", "expect: sign_in.outcome != 'shows-data'\nmessage: m\n");
        let found = visited(&sign_in, &json!({ "sign_in": { "outcome": null, "reason": "the walk ended at another host" } }));
        assert_eq!(found, [Judgement::Error("could not be told: the walk ended at another host".into())]);
    }

    #[test]
    fn a_forged_request_that_was_not_sent_was_not_run_and_only_where_it_belongs() {
        let webhook = pack("attempt", "when: attempt.forgery == 'wrong-signature'\nexpect: '!attempt.accepted'\nmessage: m\n");
        let found = visited(&webhook, &json!({ "kind": "webhook" }));
        assert!(matches!(&found[..], [Judgement::NotRun(text), Judgement::NotApplicable(_)] if text.contains("--active")), "{found:?}");
        let found = visited(&webhook, &json!({ "kind": "redirect" }));
        assert!(found.iter().all(|judgement| matches!(judgement, Judgement::NotApplicable(_))), "{found:?}");
        let attempt = |accepted: Json| {
            json!({ "kind": "webhook", "attempts": [{ "forgery": "wrong-signature", "url": "https://app.example/cb",
            "status": 200, "accepted": accepted, "reason": "the answer proves neither" }] })
        };
        assert_eq!(visited(&webhook, &attempt(json!(false)))[0], Judgement::Pass);
        assert_eq!(visited(&webhook, &attempt(json!(true)))[0], Judgement::Fail("m".into()));
        let unknown = Judgement::Error("could not be told: the answer proves neither".into());
        assert_eq!(visited(&webhook, &attempt(json!(null)))[0], unknown);
    }

    #[test]
    fn a_rule_that_asks_for_all_urls_of_the_app_needs_all_of_them() {
        let pack = pack("app", "expect: endpoints.exists(e, e.kind == 'redirect')\nmessage: none\n");
        let panel = endpoint(&json!({ "kind": "web-panel" }));
        assert_eq!(judgements(&pack, panel.clone()), [Judgement::Fail("none".into())]);
        assert_eq!(judgements(&pack, endpoint(&json!({}))), [Judgement::Pass]);
        assert_eq!(judgements(&pack, json!({})), [Judgement::NotRun("no endpoint was given".into())]);
        let mut some = panel;
        some["left_out"] = json!(["callback"]);
        assert_eq!(judgements(&pack, some), [Judgement::NotRun("endpoints were left out of the run: callback".into())]);
    }

    #[test]
    fn the_same_evidence_gives_the_same_outcomes() {
        let evidence = tls(&json!({ "protocols": [{ "id": "ssl3", "offered": true, "reason": null }] }));
        assert_eq!(judged(&protocol_pack(), evidence.clone()), judged(&protocol_pack(), evidence));
    }
}
