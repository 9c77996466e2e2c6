use std::fs;

use super::*;
use crate::evidence::Profile;

const MANIFEST: &str = "name: sample\ntitle: Sample\nedition: '1'\n";
const CHAPTER: &str = "chapter: One\nrequirements:\n  - { id: R-1, sentence: 1, title: T, text: T, strength: must, source: S, \
                       applies_to: [standard, custom], verified_by: [rules] }\n";
const RULE: &str = "id: sample.area.rule
title: T
requirement: R-1
severity: high
each: protocol
expect: protocol.offered
message: '{{ protocol.id }} is not offered'
why: W
fix: F
references: [cwe-326]
examples:
  pass: [ { protocol: { offered: true } } ]
  fail: [ { protocol: { offered: false } } ]
";

fn refused_as(path: &str, rule: &str) -> Vec<String> {
    let error = from_texts([("pack.yaml", MANIFEST), ("requirements/1.yaml", CHAPTER), (path, rule)]).err();
    error.map(|error| error.problems.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

/// The problems of the sample rule with one part replaced.
fn refused(part: &str, replacement: &str) -> Vec<String> {
    assert!(RULE.contains(part), "{part}");
    refused_as("area/rule.yaml", &RULE.replacen(part, replacement, 1))
}

#[test]
fn a_sound_pack_is_loaded() {
    let pack = from_texts([("pack.yaml", MANIFEST), ("requirements/1.yaml", CHAPTER), ("area/rule.yaml", RULE)]).unwrap();
    assert_eq!((pack.name.as_str(), pack.rules.len(), pack.requirements[0].chapter.as_str()), ("sample", 1, "One"));
    assert_eq!(pack.sha256.len(), 64);
}

#[test]
fn the_hash_covers_every_byte_of_every_file() {
    let hash =
        |rule: &str| from_texts([("pack.yaml", MANIFEST), ("requirements/1.yaml", CHAPTER), ("area/rule.yaml", rule)]).unwrap().sha256;
    assert_eq!(hash(RULE), hash(RULE));
    assert_ne!(hash(RULE), hash(&RULE.replace("why: W", "why: V")));
    assert_ne!(hash(RULE), hash(&format!("{RULE}# a comment\n")));
}

#[test]
fn a_typo_in_a_fact_is_refused_with_line_column_and_suggestion() {
    assert_eq!(
        refused("expect: protocol.offered", "expect: protocol.offred"),
        ["area/rule.yaml:6:18: rule `sample.area.rule` reads unknown fact `protocol.offred`; did you mean `offered`?"]
    );
    assert_eq!(
        refused("'{{ protocol.id }} is", "'{{ protocol.idd }} is"),
        ["area/rule.yaml:7:23: rule `sample.area.rule` reads unknown fact `protocol.idd`; did you mean `id`?"]
    );
    assert_eq!(
        refused("expect: protocol.offered", "when: >-\n  true &&\n  protocol.id == 'tls12'\nexpect: protocol.offered")[0],
        "area/rule.yaml:8:19: `tls12` is no value of `protocol.id`, which has `ssl2`, `ssl3`, `tls1.0`, `tls1.1`, `tls1.2`, `tls1.3`; \
         did you mean `tls1.2`?"
    );
}

#[test]
fn keys_words_and_ids_that_do_not_exist_are_refused() {
    for (part, replacement, problem) in [
        ("severity:", "sevrity:", "area/rule.yaml:4:1: unknown key `sevrity`; did you mean `severity`?"),
        ("each: protocol", "each: protocl", "area/rule.yaml:5:7: unknown word `protocl`; did you mean `protocol`?"),
        ("requirement: R-1", "requirement: R-2", "area/rule.yaml:3:14: there is no requirement `R-2`; did you mean `R-1`?"),
        ("[cwe-326]", "[CWE 326]", "area/rule.yaml:10:14: `CWE 326` is no reference; references look like `cwe-326` and `owasp-2021-a02`"),
        ("expect: protocol.offered", "expect: protocol.id", "area/rule.yaml:6:9: `expect` must be true or false, and this is a word"),
        ("expect: protocol.offered", "expect: protocol.offered )", "area/rule.yaml:6:26: the expression is no CEL: extraneous input ')'"),
        ("offered: true", "offred: true", "area/rule.yaml:12:25: unknown fact `protocol.offred` in an example; did you mean `offered`?"),
        (
            "{ protocol: { offered: true",
            "{ protocl: { offered: true",
            "area/rule.yaml:12:13: there is no variable `protocl` for `each: protocol`; did you mean `protocol`?",
        ),
        (
            "offered: true } }",
            "offered: true }, also_fails: [sample.area.rul] }",
            "area/rule.yaml:12:11: `also_fails` names `sample.area.rul`, which is no rule; did you mean `sample.area.rule`?",
        ),
        ("why: W", "watch: { assignment: [Token] }\nwhy: W", "area/rule.yaml:8:8: `watch` goes with `each: source` only"),
    ] {
        assert_eq!(refused(part, replacement), [problem], "{replacement}");
    }
}

#[test]
fn a_rule_without_examples_is_refused() {
    let problems = refused("examples:\n  pass: [ { protocol: { offered: true } } ]\n  fail: [ { protocol: { offered: false } } ]\n", "");
    assert_eq!(problems.len(), 2);
    assert!(problems[1].starts_with("area/rule.yaml:1:5: rule `sample.area.rule` has no example under `examples: pass`"), "{problems:?}");
}

#[test]
fn the_id_agrees_with_the_path() {
    assert_eq!(
        refused_as("area/other.yaml", RULE),
        ["area/other.yaml:1:5: the id is `sample.area.rule`, and its path asks for another; call it `sample.area.other`, or move the file"]
    );
    assert_eq!(refused_as("rule.yaml", RULE), ["rule.yaml: a rule lies at AREA/NAME.yaml inside its pack"]);
}

#[test]
fn a_source_rule_must_watch_for_something() {
    let source = |watch: &str| {
        let rule = RULE
            .replace("each: protocol", "each: source")
            .replace("protocol.offered", "fact.in_comment")
            .replace("protocol.id", "fact.sink");
        let rule = rule
            .replace("{ protocol: { offered: true } }", "{ file: A.cs, code: x }")
            .replace("{ protocol: { offered: false } }", "{ fact: { in_comment: false } }");
        refused_as("area/rule.yaml", &format!("{rule}{watch}"))
    };
    assert_eq!(source("watch: { argument: [token] }\n"), Vec::<String>::new());
    assert!(source("")[0].contains("must say what to `watch` for"));
    assert!(source("watch: {}\n")[0].contains("`watch` names nothing"));
    assert!(source("watch: { argument: [''] }\n")[0].contains("is empty"));
    assert!(
        source("watch: { assignment: [token], in_place: [tokn] }\n")[0]
            .contains("`in_place` names `tokn`, which is under neither `assignment` nor `call`")
    );
    let limited = |setting: &str, texts: &str| {
        source(&format!("watch: {{ setting: [flow], holding: [{{ setting: {setting}, texts: {texts} }}] }}\n"))
    };
    assert_eq!(limited("flow", "[token]"), Vec::<String>::new());
    assert!(limited("flaw", "[token]")[0].contains("`holding` names `flaw`, which is not under `setting`"));
    assert!(limited("flow", "[]")[0].contains("no text that it must hold"));
}

#[test]
fn a_group_of_names_must_be_one_of_the_pack() {
    let manifest = format!("{MANIFEST}names: {{ password: ['*Password', '*Passord'] }}\n");
    let rule = |group: &str| {
        let source = RULE
            .replace("each: protocol", "each: source")
            .replace("protocol.offered\nmessage: '{{ protocol.id }}", "fact.in_comment\nmessage: '{{ fact.sink }}");
        let examples = "examples:\n  pass: [{ file: A.cs, code: clean }]\n  fail: [{ file: A.cs, code: literal }]\n";
        format!("{}watch: {{ value: ['{group}', Token] }}\n{examples}", source.split("examples:").next().unwrap())
    };
    let load =
        |group: &str| from_texts([("pack.yaml", manifest.as_str()), ("requirements/1.yaml", CHAPTER), ("area/rule.yaml", &rule(group))]);
    assert_eq!(load("$password").unwrap().rules[0].vocabulary().config_key, ["*Passord", "*Password", "Token"]);
    let problems: Vec<String> = load("$passwort").unwrap_err().problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, ["area/rule.yaml:11:8: the pack has no group of names `$passwort`; did you mean `$password`?"]);
}

#[test]
fn all_problems_of_all_files_are_reported_at_once() {
    let broken = RULE.replace("protocol.offered", "protocol.offred").replace("R-1", "R-9");
    let other = RULE.replace("severity", "sevrity");
    let error = from_texts([
        ("pack.yaml", "name: sample\ntitle: Sample\neditoin: '1'\n"),
        ("requirements/1.yaml", CHAPTER),
        ("area/other.yaml", other.as_str()),
        ("area/rule.yaml", broken.as_str()),
    ])
    .unwrap_err();
    assert_eq!(error.problems.len(), 4, "{error}");
    let frames: Vec<_> = error.frames().collect();
    assert!(frames.iter().any(|frame| frame.contains("expect: protocol.offred")), "{frames:?}");
}

#[test]
fn requirements_are_checked_too() {
    let twice = CHAPTER.replace("chapter: One\nrequirements:\n", "");
    let chapter = format!("{CHAPTER}{twice}").replacen("verified_by: [rules]", "verified_by: [attestation, roll-up], rolls_up: [R-3]", 1);
    let error = from_texts([("pack.yaml", MANIFEST), ("requirements/1.yaml", chapter.as_str())]).unwrap_err().to_string();
    for part in [
        "requirement `R-1` needs a `question`",
        "requirement `R-1` stands twice",
        "requirement `R-1` sums up `R-3`, which is no other requirement",
    ] {
        assert!(error.contains(part), "{part} is not in {error}");
    }
}

#[test]
fn a_folder_is_a_pack_or_more_rules() {
    let own = tempfile::tempdir().unwrap();
    for (path, text) in
        [("pack.yaml", MANIFEST), ("requirements/1.yaml", CHAPTER), ("area/rule.yaml", RULE), (".hidden.yaml", "["), ("README.md", "#")]
    {
        let path = own.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let more = tempfile::tempdir().unwrap();
    fs::write(more.path().join("second.yaml"), RULE.replace("area.rule", "extra.second")).unwrap();
    let folders = [own.path().to_owned(), more.path().to_owned()];
    let pack = load("sample", &folders).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(pack.rules.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>(), ["sample.area.rule", "sample.extra.second"]);
    fs::write(more.path().join("second.yaml"), RULE).unwrap();
    for load in [load, load_to_judge] {
        assert!(load("sample", &folders).unwrap_err().to_string().contains("rule `sample.area.rule` is also in"));
    }
    fs::write(more.path().join("second.yaml"), RULE.replace("area.rule", "extra.second").replace("protocol.offered", "protocol.offerd"))
        .unwrap();
    for load in [load, load_to_judge] {
        assert!(load("sample", &folders).unwrap_err().to_string().contains("did you mean `offered`?"));
    }
    let error = load("another", &folders[..1]).unwrap_err().to_string();
    assert!(error.contains("the folder holds the pack `sample`, and `another` was chosen"), "{error}");
}

#[test]
fn folders_that_are_not_there_and_files_that_are_no_text_are_problems_not_panics() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pack.yaml"), MANIFEST).unwrap();
    fs::write(folder.path().join("bytes.yaml"), [0xff, 0xfe]).unwrap();
    fs::write(folder.path().join("giant.yaml"), vec![b'x'; MAX_FILE_BYTES + 1]).unwrap();
    fs::write(folder.path().join("short.yml"), "").unwrap();
    let folders = [folder.path().to_owned(), folder.path().join("missing"), folder.path().join("bytes.yaml")];
    let error = load("sample", &folders).unwrap_err().to_string();
    for part in [
        "bytes.yaml: the file cannot be read",
        "giant.yaml: the file cannot be read: it is too large",
        "missing: the folder cannot be read",
        "bytes.yaml: this is a file, and rules are given as the folder that holds them",
        "ends in `.yaml`",
    ] {
        assert!(error.contains(part), "{part} is not in {error}");
    }
}

#[test]
fn a_pack_that_does_not_exist_is_named() {
    assert!(load("nonsense", &[]).unwrap_err().to_string().contains("there is no pack `nonsense`"));
}

#[test]
fn a_pack_that_is_loaded_to_judge_has_the_same_rules() {
    for name in shipped_packs() {
        let [whole, lean] = [load(&name, &[]), load_to_judge(&name, &[])].map(|pack| pack.unwrap_or_else(|error| panic!("{error}")));
        assert_eq!(lean.sha256, whole.sha256);
        assert_eq!(lean.vocabulary(), whole.vocabulary());
        let told = |pack: &Pack| -> Vec<_> {
            let told = |rule: &Rule| (rule.summary(Profile::Standard), rule.when().map(str::to_owned), rule.expect().to_owned());
            pack.rules.iter().map(told).collect()
        };
        assert_eq!(told(&lean), told(&whole));
    }
}
