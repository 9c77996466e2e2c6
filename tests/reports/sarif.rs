//! SARIF in both dialects.

use redflag::{evidence::Trace, rules::Location};

use super::*;

#[test]
fn messages_in_sarif_hold_no_link_and_no_placeholder() {
    let log: Value = serde_json::from_str(&in_format("sarif", &hostile_app())).unwrap();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let text = result["message"]["text"].as_str().unwrap();
        assert!(!text.contains("[x]("), "{text}");
        assert!(!text.replace("{{0}}", "").contains("{0}"), "{text}");
    }
}

#[test]
fn a_statement_that_a_requirement_is_not_met_is_an_error_in_sarif() {
    let mut app = ready_app();
    app.requirements[5].status = Status::Fail;
    app.requirements[5].reason = "the partner states that it is not met".to_owned();
    app.evidence.attestations.push(Attestation {
        requirement: app.requirements[5].id.clone(),
        status: AttestationStatus::Failed,
        explanation: "we do not".to_owned(),
        by: "Ole Berg".to_owned(),
        role: "partner".to_owned(),
        from: "2026-11-01".to_owned(),
        until: "2027-10-31".to_owned(),
    });
    let log: Value = serde_json::from_str(&in_format("sarif", &app)).unwrap();
    let errors: Vec<&Value> = log["runs"][0]["results"].as_array().unwrap().iter().filter(|result| result["level"] == "error").collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["ruleId"], Value::from(app.requirements[5].id.clone()));
    assert!(in_format("html", &app).contains("It is not met. we do not"));
}

#[test]
fn sarif_is_valid_by_the_official_schema() {
    let schema: Value = serde_json::from_str(include_str!("../schemas/sarif-2.1.0.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for app in [flawed_app(), hostile_app(), much_flawed_app(500), ready_app()] {
        for dialect in ["sarif", "sarif-github"] {
            let log: Value = serde_json::from_str(&in_format(dialect, &app)).unwrap();
            let errors: Vec<String> = validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(errors.is_empty(), "{dialect}: {errors:#?}");
        }
    }
}

#[test]
fn github_gets_the_failed_findings_alone_each_in_a_file() {
    let app = flawed_app();
    let log: Value = serde_json::from_str(&in_format("sarif-github", &app)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let failed = app.findings.iter().filter(|finding| matches!(finding.status, Status::Fail | Status::Warn | Status::ExpiredDecision));
    assert_eq!(results.len(), failed.count());
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!((&result["kind"], result["locations"].as_array().unwrap().len()), (&Value::from("fail"), 1));
        assert!(place["artifactLocation"]["uri"].is_string() && place["region"]["startLine"].is_u64(), "{place}");
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string() && result["suppressions"].is_null());
    }
}

#[test]
fn sarif_says_of_every_finding_and_requirement_what_became_of_it() {
    let app = flawed_app();
    let log: Value = serde_json::from_str(&in_format("sarif", &app)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let kinds = |kind: &str| results.iter().filter(|result| result["kind"] == kind).count();
    let with =
        |status: &str| app.requirements.iter().filter(|requirement| serde_json::to_value(requirement.status).unwrap() == status).count();
    assert_eq!(kinds("open"), 2, "two facts are unknown");
    assert_eq!(kinds("review"), with("needs_attestation"));
    assert_eq!(kinds("pass"), with("pass") + with("attested"));
    assert_eq!(kinds("notApplicable"), with("not_applicable"));
    let suppressed: Vec<&Value> = results.iter().filter(|result| result["suppressions"][0]["status"] == "accepted").collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0]["kind"], "fail", "the original result stays");
    assert_eq!(log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len(), 2);
    let errors = results.iter().filter(|result| result["level"] == "error").count();
    assert_eq!(errors, app.findings.iter().filter(|finding| finding.red_flag).count() + suppressed.len(), "a red flag is an error, once");
}

#[test]
fn every_result_in_sarif_points_at_its_rule_and_its_requirement() {
    let log: Value = serde_json::from_str(&in_format("sarif", &hostile_app())).unwrap();
    let run = &log["runs"][0];
    for result in run["results"].as_array().unwrap() {
        let place = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][place]["id"], result["ruleId"]);
        assert_eq!(result["taxa"][0]["toolComponent"]["name"], run["taxonomies"][0]["name"]);
        assert!(result["locations"][0].is_object());
    }
}

#[test]
fn the_way_of_a_value_is_a_code_flow_in_sarif_that_ends_where_it_is_used() {
    for dialect in ["sarif", "sarif-github"] {
        let log: Value = serde_json::from_str(&in_format(dialect, &flawed_app())).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        let flows: Vec<&Value> = results.iter().filter(|result| result.get("codeFlows").is_some()).collect();
        assert_eq!(flows.len(), 1, "one value of the fixture comes from elsewhere");
        let steps = flows[0]["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
        let places: Vec<String> = steps
            .iter()
            .map(|step| &step["location"]["physicalLocation"])
            .map(|place| format!("{}:{}", place["artifactLocation"]["uri"].as_str().unwrap(), place["region"]["startLine"]))
            .collect();
        assert_eq!(places, ["src/Orders.Core/Secrets.cs:7", "src/Orders.Web/Startup.cs:42"]);
        assert_eq!(flows[0]["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 7);
        let snippets: Vec<&Value> = steps.iter().map(|step| &step["location"]["physicalLocation"]["region"]["snippet"]["text"]).collect();
        assert_eq!(
            snippets,
            ["public const string Token = \"09d…c1(32)\";", "ConfigFile.Services.ApplicationToken = Secrets.Token; // 本番"]
        );
        assert_eq!(steps[0]["location"]["message"]["text"], "constant `Secrets.Token`");
        assert_eq!(flows[0]["locations"][0]["physicalLocation"]["region"]["snippet"]["text"], *snippets[1]);
        assert_eq!(log["runs"][0]["columnKind"], "utf16CodeUnits");
        assert_eq!(log["runs"][0]["redactionTokens"][0], "…");
    }
}

#[test]
fn what_is_told_where_it_is_written_leads_to_its_uses_in_sarif() {
    let mut app = flawed_app();
    let facts = app.evidence.source.as_mut().map(|source| source.facts.iter_mut()).unwrap();
    let fact = facts.into_iter().find(|fact| !fact.trace.is_empty()).unwrap();
    let used_in = (fact.path.clone(), fact.line);
    let definition = fact.trace.pop().unwrap();
    fact.trace.clear();
    fact.uses = vec![Trace { path: used_in.0.clone(), line: used_in.1, what: "`ApplicationToken` gets it".into(), code: None }];
    (fact.path, fact.line) = (definition.path.clone(), definition.line);
    for finding in &mut app.findings {
        if let Location::Source { path, line, .. } = &mut finding.location
            && (path.as_str(), *line) == (used_in.0.as_str(), used_in.1)
        {
            (*path, *line) = (definition.path.clone(), definition.line);
        }
    }
    let log: Value = serde_json::from_str(&in_format("sarif", &app)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let result = results.iter().find(|result| result.get("codeFlows").is_some()).unwrap();
    let steps = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    let lines: Vec<&Value> = steps.iter().map(|step| &step["location"]["physicalLocation"]["region"]["startLine"]).collect();
    assert_eq!(lines, [definition.line, used_in.1]);
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], definition.line);
    assert_eq!(result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], used_in.1);
}
