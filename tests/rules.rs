//! Sweeps over every shipped rule: a rule file is proof of itself, and of its place in the pack.

#[path = "rules/web.rs"]
mod web;

use std::fs;

use redflag::{
    collect::facts_in,
    evidence::{App, Chain, Evidence, Profile, ProtocolId, WeaknessId},
    rules::{Judgement, Pack, Severity, Strength, Verification, broken_examples, evaluate, load, shipped_packs},
};
use serde_json::json;

fn packs() -> Vec<Pack> {
    let names = shipped_packs();
    assert!(!names.is_empty(), "no pack is shipped");
    names.iter().map(|name| load(name, &[]).unwrap_or_else(|error| panic!("{error}"))).collect()
}

/// What a claim about rules does not hold for.
fn culprits(claim: impl Fn(&Pack) -> Vec<String>) -> Vec<String> {
    packs().iter().flat_map(claim).collect()
}

#[test]
fn every_rule_passes_and_fails_its_own_examples_and_is_silent_on_those_of_the_others() {
    let broken = culprits(|pack| {
        let vocabulary = pack.vocabulary();
        broken_examples(pack, &|file, code| facts_in(file, code, &vocabulary))
    });
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_rule_serves_a_requirement_that_is_verified_by_rules() {
    let stray = culprits(|pack| {
        let serves = |id: &str| pack.requirement(id).is_some_and(|requirement| requirement.verified_by.contains(&Verification::Rules));
        pack.rules.iter().filter(|rule| !serves(&rule.requirement)).map(|rule| rule.id.clone()).collect()
    });
    assert!(stray.is_empty(), "{stray:#?}");
}

#[test]
fn every_binding_requirement_that_rules_verify_has_a_rule() {
    let bare = culprits(|pack| {
        let served = |id: &str| pack.rules.iter().any(|rule| rule.requirement == id);
        let verified = pack
            .requirements
            .iter()
            .filter(|requirement| requirement.strength == Strength::Must && requirement.verified_by.contains(&Verification::Rules));
        verified.filter(|requirement| !served(&requirement.id)).map(|requirement| requirement.id.clone()).collect()
    });
    assert!(bare.is_empty(), "{bare:#?}");
}

#[test]
fn every_requirement_is_in_document_order() {
    let unordered = culprits(|pack| {
        let sentences = pack.requirements.windows(2);
        sentences.filter(|pair| pair[0].sentence > pair[1].sentence).map(|pair| pair[1].id.clone()).collect()
    });
    assert!(unordered.is_empty(), "{unordered:#?}");
}

#[test]
fn ids_and_paths_agree() {
    let astray = culprits(|pack| {
        let path = |id: &str| format!("rules/{}.yaml", id.replace('.', "/"));
        pack.rules.iter().filter(|rule| rule.file != path(&rule.id)).map(|rule| rule.id.clone()).collect()
    });
    assert!(astray.is_empty(), "{astray:#?}");
}

#[test]
fn every_rule_says_why_it_matters_and_how_to_mend_it() {
    let mute = culprits(|pack| {
        let texts = |rule: &redflag::rules::Rule| [&rule.title, &rule.why, &rule.fix].iter().any(|text| text.trim().is_empty());
        pack.rules.iter().filter(|rule| texts(rule) || rule.references.is_empty()).map(|rule| rule.id.clone()).collect()
    });
    assert!(mute.is_empty(), "{mute:#?}");
}

/// Weaknesses that are reported and not judged: what remains of them is in every client of today, or in pages rather than in TLS.
const NOT_JUDGED: [&str; 3] = ["beast", "lucky13", "breach"];

#[test]
fn every_weakness_has_a_rule_or_is_known_to_have_none() {
    let wrong = culprits(|pack| {
        let judged = |id: &str| pack.rules.iter().any(|rule| rule.when().is_some_and(|when| when.contains(&format!("'{id}'"))));
        let words = WeaknessId::ALL.map(|id| serde_json::to_value(id).expect("a word").as_str().expect("a word").to_owned());
        words.into_iter().filter(|id| judged(id) == NOT_JUDGED.contains(&id.as_str())).collect()
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_fix_of_tls_speaks_to_every_stack() {
    const STACKS: [&str; 9] = ["nginx", "Apache", "IIS", "Kestrel", "Node", "HAProxy", "Azure App Service", "AWS ALB", "Cloudflare"];
    let silent = culprits(|pack| {
        let concerned = pack.rules.iter().filter(|rule| rule.id.contains(".tls.") || rule.id.contains(".certificates."));
        let missing = concerned
            .flat_map(|rule| STACKS.iter().filter(|stack| !rule.fix.contains(**stack)).map(|stack| format!("{}: {stack}", rule.id)));
        missing.collect()
    });
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn a_fact_that_is_only_advice_leaves_nothing_open() {
    // Whatever could not be told makes the run incomplete; that is for what the requirements need, not for what is good to have.
    let nothing: Evidence = serde_json::from_value(json!({ "endpoints": [{ "id": "callback", "url": "https://app.example/cb", "scheme": "https",
        "host": "app.example", "port": 443, "kind": "redirect", "error": null, "visit": null, "responses": [], "cookies": [], "addresses": [{
            "ip": "192.0.2.1", "reached": true, "contact": "accepted", "error": null, "tls": { "reached": true, "answer": "tls", "error": null,
                "protocols": ProtocolId::ALL.map(|id| json!({ "id": id, "offered": null, "reason": "no answer" })), "certificates": [],
                "chain": Chain::default(), "statistics": { "connections": 1, "milliseconds": 1 } } }] }] }))
    .expect("evidence of a server of which nothing is known");
    let open = culprits(|pack| {
        let now = time::OffsetDateTime::UNIX_EPOCH;
        let outcomes = evaluate(pack, &nothing, &App::default(), Profile::Standard, now).into_iter();
        let open = outcomes.filter(|outcome| outcome.severity > Severity::Medium && matches!(outcome.judgement, Judgement::Error(_)));
        // That there is a certificate to be seen is no advice.
        open.map(|outcome| outcome.rule).filter(|rule| !rule.contains(".certificates.")).collect()
    });
    assert!(open.is_empty(), "{open:#?}");
}

#[test]
fn a_shipped_rule_with_a_typo_in_a_fact_is_refused_with_line_column_and_suggestion() {
    let pack = packs().into_iter().next().expect("a pack is shipped");
    let rule = pack.rules.iter().find(|rule| rule.expect().contains("protocol.offered")).expect("a rule reads `protocol.offered`");
    let written = fs::read_to_string(&rule.file).expect("tests run in the package's folder");
    let expect = written.find("\nexpect:").expect("every rule has an expectation");
    let (head, tail) = written.split_at(expect);
    let typo = format!("{head}{}", tail.replacen("protocol.offered", "protocol.offred", 1)).replacen(
        &rule.id,
        &format!("{}.typo.offred", pack.name),
        1,
    );
    let line = typo.lines().position(|line| line.contains("offred") && line.starts_with("expect:")).expect("the typo is there") + 1;
    let column = typo.lines().nth(line - 1).and_then(|line| line.find("offred")).expect("the typo is there") + 1;

    let folder = tempfile::tempdir().expect("a folder for the rule");
    fs::create_dir(folder.path().join("typo")).expect("a folder for the rule");
    let file = folder.path().join("typo/offred.yaml");
    fs::write(&file, typo).expect("the rule is written");
    let problems = load(&pack.name, &[folder.path().to_owned()]).expect_err("the rule has a typo").to_string();
    let expected = format!(
        "{}:{line}:{column}: rule `{}.typo.offred` reads unknown fact `protocol.offred`; did you mean `offered`?",
        file.display(),
        pack.name
    );
    assert_eq!(problems, expected);
}

#[test]
fn the_hash_of_a_pack_is_that_of_its_files_alone() {
    let hashes = |packs: Vec<Pack>| packs.into_iter().map(|pack| pack.sha256).collect::<Vec<_>>();
    assert_eq!(hashes(packs()), hashes(packs()));
}
