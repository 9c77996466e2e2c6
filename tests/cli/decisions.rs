//! What people decide: waivers and attestations.

use std::fs;

use serde_json::Value;

use super::*;

#[test]
fn a_waiver_stays_in_the_report_and_takes_the_flag_down() {
    let source = flawed_source();
    let waiver = "waivers:\n  - rule: superoffice.source.application-token-literal\n    reason: the key was revoked last week\n    by: Kari\n    role: reviewer\n    from: 2020-01-01\n    until: 2199-12-31\n";
    let place = folder();
    fs::write(place.path().join("decisions.yaml"), waiver).unwrap();
    let output = run(place.path(), &["scan", source.path().to_str().unwrap(), "--decisions", "decisions.yaml", "-o", "json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let result = json(&output);
    assert_eq!((&result["findings"][0]["status"], &result["counts"]["waived"]), (&Value::from("waived"), &Value::from(1)));
}

#[test]
fn a_comment_allows_what_it_names_with_a_reason_until_its_day_and_else_says_why_not() {
    let place = folder();
    let set = "ConfigFile.Services.ApplicationToken = \"9c1f7a3e5b2d4860917e3c5a7f1b2d46\";";
    for (comment, exit, says) in [
        ("application-token-literal the key was revoked until=2199-12-31", 0, "allowed by a comment in line 3"),
        ("application-token-literal, secret-in-code the key was revoked", 0, "allowed by a comment in line 3"),
        ("application-token-literal the key was revoked until=2020-01-31", 1, "no longer allowed by a comment in line 3"),
        ("application-token-literal the key was revoked until=soon", 1, "`soon` is no day"),
        ("application-token-literal until=2199-12-31", 1, "it gives no reason"),
        ("application-token-litteral the key was revoked", 1, "did you mean `application-token-literal`?"),
    ] {
        let above = format!("class A {{\n void B() {{\n /* redflag:allow {comment} */\n {set}\n }}\n}}\n");
        let beside = format!("class A {{\n void B() {{\n {set} // redflag:allow {comment}\n }}\n}}\n");
        for code_with_comment in [above, beside] {
            fs::write(place.path().join("Login.cs"), &code_with_comment).unwrap();
            let output = run(place.path(), &["scan", ".", "--rule", "superoffice.source.application-token-literal", "-o", "json"]);
            assert_eq!(code(&output), exit, "{code_with_comment}{}", stderr(&output));
            let decision = json(&output)["findings"][0]["decision"].clone();
            assert!(decision.as_str().is_some_and(|decision| decision.contains(says)), "{code_with_comment}{decision}");
        }
    }
}

#[test]
fn a_waiver_for_no_rule_is_a_mistake() {
    let place = folder();
    fs::write(place.path().join("decisions.yaml"), "waivers:\n  - rule: superoffice.source.application-token-litteral\n    reason: long enough a reason\n    by: Kari\n    role: partner\n    from: 2020-01-01\n    until: 2199-12-31\n").unwrap();
    let output = run(place.path(), &["scan", ".", "--decisions", "decisions.yaml"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("did you mean `superoffice.source.application-token-literal`?"), "{}", stderr(&output));
}

const IDLE_WAIVER: &str =
    "    reason: long enough a reason\n    by: Kari\n    role: partner\n    from: 2020-01-01\n    until: 2199-12-31\n";

#[test]
fn a_waiver_that_matches_nothing_is_named() {
    let (source, place) = (flawed_source(), folder());
    let rule = "superoffice.source.application-token-literal";
    let notes = |waiver: &str, more: &[&str]| {
        fs::write(place.path().join("decisions.yaml"), format!("waivers:\n  - rule: {waiver}\n{IDLE_WAIVER}")).unwrap();
        let output = redflag(place.path()).args(["scan", "--decisions", "decisions.yaml"]).arg(source.path()).args(more).output().unwrap();
        assert!(code(&output) <= 1, "{}", stderr(&output));
        stderr(&output).lines().filter(|line| line.starts_with("note: ")).map(str::to_owned).collect::<Vec<_>>()
    };
    let expected = format!("note: the waiver for {rule} (subject Other.Token) matched nothing");
    assert_eq!(notes(&format!("{rule}\n    subject: Other.Token"), &[]), [expected]);
    assert!(notes(rule, &[]).is_empty(), "it covers the finding");
    assert!(notes(&format!("{rule}\n    subject: Other.Token"), &["--skip-rule", rule]).is_empty(), "the rule was left out");
    assert!(notes("superoffice.tls.tls12-missing", &[]).is_empty(), "nobody looked at TLS");
}

#[test]
fn a_decision_on_what_cannot_be_decided_is_a_mistake_with_its_place() {
    let place = clean_source();
    let attestation = |id: &str| {
        format!(
            "attestations:\n  - requirement: {id}\n    status: passed\n    explanation: long enough a reason\n    by: Kari\n    role: partner\n    from: 2020-01-01\n    until: 2199-12-31\n"
        )
    };
    for (text, says) in [
        (attestation("SO-TLS-03"), "decisions.yaml:2:5: requirement `SO-TLS-03` is not verified by attestation"),
        (attestation("SO-PROC-0l"), "decisions.yaml:2:5: no requirement has the id `SO-PROC-0l`; did you mean"),
        (
            format!("waivers:\n  - rule: SO-TLS-03\n{IDLE_WAIVER}"),
            "decisions.yaml:2:5: `SO-TLS-03` is a requirement; a waiver names a rule",
        ),
    ] {
        fs::write(place.path().join("decisions.yaml"), text).unwrap();
        let output = run(place.path(), &["scan", ".", "--decisions", "decisions.yaml"]);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains(says), "{says}: {}", stderr(&output));
    }
    fs::write(place.path().join("decisions.yaml"), attestation("SO-PROC-01")).unwrap();
    assert_eq!(code(&run(place.path(), &["scan", ".", "--decisions", "decisions.yaml"])), 0);
}
