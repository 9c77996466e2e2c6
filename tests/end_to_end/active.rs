//! Forged requests and recorded sessions, against apps that run.

use std::{collections::BTreeMap, path::PathBuf};

use super::*;

/// A manifest for an app, in a folder of its own.
fn manifest(app: &Running, endpoints: &str, more: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("redflag.yaml");
    let endpoints = endpoints.replace("<app>", &app.url(""));
    fs::write(&path, format!("name: app\nenvironments:\n  - {{ name: development, client_id: 0123456789abcdef0123456789abcdef }}\n{more}endpoints:\n{endpoints}")).expect("a file");
    (folder, path)
}

const EVERYTHING: &str = "
  - { id: callback, url: '<app>/callback', kind: redirect, environment: development, method: post, protected_page: '<app>/account' }
  - { id: state, url: '<app>/state-change', kind: state-change, environment: development }
  - { id: hook, url: '<app>/webhook', kind: webhook, environment: development }
";

fn run(app: &Running, manifest: &Path, arguments: &[&str]) -> Run {
    let mut command = redflag();
    command.args(["check", "--only", "web", "--allow-private", "--timeout", SECONDS, "-o", "json", "--manifest"]).arg(manifest);
    command.arg("--ca").arg(app.authority()).args(arguments);
    Run::of(command)
}

/// What became of each forgery: accepted, rejected, or neither.
fn attempts(run: &Run) -> BTreeMap<String, Option<bool>> {
    let result = run.result();
    let endpoints = result["evidence"]["endpoints"].as_array().unwrap_or_else(|| panic!("{run}"));
    let all = endpoints.iter().flat_map(|endpoint| endpoint["attempts"].as_array().expect("a list"));
    all.map(|attempt| (attempt["forgery"].as_str().expect("a word").to_owned(), attempt["accepted"].as_bool())).collect()
}

fn expected(attempts: &[(&str, Option<bool>)]) -> BTreeMap<String, Option<bool>> {
    attempts.iter().map(|(name, accepted)| ((*name).to_owned(), *accepted)).collect()
}

const ALLOWED: [&str; 3] = ["--active", "--authorised-by", "Kari Nordmann"];

#[test]
fn a_careless_app_is_found_to_accept_what_it_accepts_and_nothing_else() {
    let Some(app) = or_left_out(node::app("web-careless")) else { return };
    let (_folder, path) = manifest(&app, EVERYTHING, "");
    let run = run(&app, &path, &ALLOWED);
    let accepted = [
        "algorithm-none",
        "embedded-key",
        "wrong-issuer",
        "wrong-audience",
        "expired",
        "wrong-state",
        "unsigned-notification",
        "wrong-signature",
        "no-signature",
    ];
    let mut outcomes = accepted.map(|name| (name, Some(true))).to_vec();
    outcomes.push(("wrong-key", Some(false)));
    assert_eq!(attempts(&run), expected(&outcomes), "{run}");
    assert_eq!(run.result()["app"]["authorised"]["by"], "Kari Nordmann");
}

#[test]
fn a_correct_app_that_redirects_to_its_error_page_is_not_blamed() {
    let Some(app) = or_left_out(node::app("web-correct")) else { return };
    let (_folder, path) = manifest(&app, EVERYTHING, "");
    let run = run(&app, &path, &ALLOWED);
    let rejected = ["algorithm-none", "wrong-key", "embedded-key", "unsigned-notification", "wrong-signature", "no-signature"];
    assert_eq!(attempts(&run), expected(&rejected.map(|name| (name, Some(false)))), "{run}");
    // An unknown code is refused like a wrong `state`: which of them was at fault does not show.
    let reason = run.result()["evidence"]["endpoints"][0]["attempts_reason"].clone();
    assert!(reason.as_str().unwrap().contains("a wrong `state`"), "{run}");
}

#[test]
fn without_a_page_that_proves_a_session_only_the_answer_itself_can() {
    let Some(app) = or_left_out(node::app("web-careless")) else { return };
    let callback = "  - { url: '<app>/callback', kind: redirect, environment: development, method: post }\n";
    let (_folder, path) = manifest(&app, callback, "");
    // The page that the app sends its users on to proves it, too.
    assert_eq!(attempts(&run(&app, &path, &ALLOWED))["algorithm-none"], Some(true));
}

#[test]
fn without_permission_nothing_is_forged() {
    let Some(app) = or_left_out(node::app("web-careless")) else { return };
    let (_folder, path) = manifest(&app, EVERYTHING, "");
    let quiet = run(&app, &path, &[]);
    assert!(attempts(&quiet).is_empty(), "{quiet}");
    for (statement, why) in [
        ("", "--authorised-by NAME"),
        ("authorised: { by: Kari }\n", "no last day"),
        ("authorised: { by: Kari, until: 2020-01-01 }\n", "ended on 2020-01-01"),
        ("authorised: { by: Kari, until: soon }\n", "write the day"),
    ] {
        let (_folder, path) = manifest(&app, EVERYTHING, statement);
        let refused = run(&app, &path, &["--active"]);
        assert_eq!(refused.code, Some(2), "{refused}");
        assert!(refused.stderr.contains(why), "{refused}");
    }
    let (_folder, path) = manifest(&app, EVERYTHING, "authorised: { by: Kari, until: 2999-12-31 }\n");
    assert_eq!(attempts(&run(&app, &path, &["--active"])).len(), 10);
}

#[test]
fn production_gets_forged_requests_only_by_name() {
    let Some(app) = or_left_out(node::app("web-careless")) else { return };
    let live = EVERYTHING.replace("environment: development", "environment: production");
    let (_folder, path) = manifest(&app, &live, "");
    assert!(attempts(&run(&app, &path, &ALLOWED)).is_empty());
    let named = run(&app, &path, &[&ALLOWED[..], &["--endpoint", "hook"]].concat());
    assert_eq!(attempts(&named), expected(&[("wrong-signature", Some(true)), ("no-signature", Some(true))]), "{named}");
}

#[test]
fn cookies_of_a_recorded_session_are_judged_and_their_values_never_shown() {
    let Some(app) = or_left_out(node::app("web-correct")) else { return };
    let (folder, path) = manifest(&app, EVERYTHING, "recordings: [session.har]\n");
    let har = serde_json::json!({ "log": { "version": "1.2", "entries": [{
        "request": { "method": "GET", "url": app.url("/account") },
        "response": { "status": 200, "headers": [{ "name": "Set-Cookie", "value": "late=S3cretS3cretS3cret; Path=/" }], "content": {} }
    }, { "request": { "method": "GET", "url": "https://elsewhere.example/" }, "response": { "status": 200, "headers": [], "content": {} } }] } });
    fs::write(folder.path().join("session.har"), har.to_string()).unwrap();
    let run = run(&app, &path, &[]);
    let result = run.result();
    assert_eq!(result["evidence"]["recordings"][0]["ignored"], 1, "{run}");
    let findings = result["findings"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .any(|finding| finding["location"]["subject"].as_str() == Some("late")
                || finding["message"].as_str().unwrap().contains("`late`")),
        "{run}"
    );
    assert!(!run.to_string().contains("S3cret"));
}

#[test]
fn a_broken_recording_is_the_users_mistake() {
    let folder = tempfile::tempdir().expect("a folder");
    for (content, why) in [("{\"log\": {\n  \"entries\": [ hunter2 ] } }", "line 2, column"), ("hunter2", "neither a HAR")] {
        let file = folder.path().join("session.har");
        fs::write(&file, content).unwrap();
        let mut command = redflag();
        command.args(["check", "https://127.0.0.1:1/", "--har"]).arg(&file);
        let run = Run::of(command);
        assert_eq!(run.code, Some(2), "{run}");
        assert!(run.stderr.contains(why) && !run.stderr.contains("hunter2"), "{run}");
    }
    let mut command = redflag();
    command.args(["check", "https://127.0.0.1:1/", "--har"]).arg(folder.path().join("missing.har"));
    assert_eq!(Run::of(command).code, Some(2));
}
