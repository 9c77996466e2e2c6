//! The command line as other programs see it: exit codes, streams, files.

#[path = "cli/decisions.rs"]
mod decisions;
#[path = "cli/files.rs"]
mod files;
#[path = "cli/git.rs"]
mod git;
#[path = "cli/mistakes.rs"]
mod mistakes;

use std::{fs, net::TcpListener, path::Path, process::Output};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// The binary in a folder of its own, with nothing of the caller's environment that it reads.
fn redflag(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redflag"));
    command.current_dir(folder);
    for name in [
        "REDFLAG_MANIFEST",
        "REDFLAG_PROFILE",
        "SOURCE_DATE_EPOCH",
        "SSL_CERT_FILE",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
        "HTTP_PROXY",
        "http_proxy",
    ] {
        command.env_remove(name);
    }
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    redflag(folder).args(arguments).output().expect("the binary runs")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("the process was not killed")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("standard output is UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("standard error is UTF-8")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", stdout(output), stderr(output)))
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("there is room for a folder")
}

/// A folder with one C# file that sets the token in code.
fn flawed_source() -> TempDir {
    let folder = folder();
    let code = "class A { void B() { ConfigFile.Services.ApplicationToken = \"9c1f7a3e5b2d4860917e3c5a7f1b2d46\"; } }\n";
    fs::write(folder.path().join("Login.cs"), code).expect("the folder takes files");
    folder
}

/// A folder with one C# file that says nothing of secrets.
fn clean_source() -> TempDir {
    let folder = folder();
    fs::write(folder.path().join("Clean.cs"), "class Clean { }\n").expect("the folder takes files");
    folder
}

#[test]
fn a_secret_in_a_url_shows_nowhere() {
    let secret = "q8Zp3vXn4Lk2";
    let url = format!("https://127.0.0.1:1/panel?usec={secret}&access_token={secret}");
    for format in ["json", "html", "sarif", "text"] {
        let output = run(folder().path(), &["check", &url, "--allow-private", "-o", format]);
        assert!(output.stdout.len() > 500, "{}", stderr(&output));
        assert!(!stdout(&output).contains(secret) && !stderr(&output).contains(secret), "{format}");
    }
}

#[test]
fn a_closed_port_is_a_fact_and_nothing_was_reached() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let output = run(folder().path(), &["check", &format!("https://127.0.0.1:{port}/"), "--allow-private", "-o", "json"]);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    let result = json(&output);
    let address = &result["evidence"]["endpoints"][0]["addresses"][0];
    assert_eq!((&address["reached"], &address["contact"]), (&Value::from(false), &Value::from("refused")));
    assert_eq!(result["verdict"], "incomplete");
    assert!(
        result["requirements"]
            .as_array()
            .unwrap()
            .iter()
            .all(|requirement| requirement["status"] != "pass" || requirement["id"] == "SO-TLS-07")
    );
}

#[test]
fn a_host_without_address_is_a_fact_and_nothing_was_reached() {
    let arguments = ["check", "https://no-such-host.invalid/", "--timeout", "3", "-o", "json"];
    let output = run(folder().path(), &arguments);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    let error = json(&output)["evidence"]["endpoints"][0]["error"].to_string();
    assert!(error.contains("no-such-host.invalid"), "{error}");
}

#[test]
fn a_token_in_code_is_a_red_flag_with_file_and_line() {
    let source = flawed_source();
    let output = run(folder().path(), &["scan", source.path().to_str().unwrap(), "-o", "json"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let result = json(&output);
    let finding = &result["findings"][0];
    assert_eq!((&finding["location"]["path"], &finding["location"]["line"]), (&Value::from("Login.cs"), &Value::from(1)));
    assert_eq!((&finding["red_flag"], &finding["severity"]), (&Value::from(true), &Value::from("critical")));
    assert!(!stdout(&output).contains("9c1f7a3e5b2d4860917e3c5a7f1b2d46"), "the secret shows");
    let failed = |requirement: &&Value| requirement["status"] == "fail" && requirement["verification"][0] == "rules";
    let failed: Vec<&Value> =
        result["requirements"].as_array().unwrap().iter().filter(failed).map(|requirement| &requirement["id"]).collect();
    assert_eq!(failed, ["SO-CRED-02"]);
}

#[test]
fn the_threshold_decides_the_exit_code_and_not_the_verdict() {
    let source = flawed_source();
    let output = run(folder().path(), &["scan", source.path().to_str().unwrap(), "--fail-on", "never", "-o", "json"]);
    assert_eq!(code(&output), 0);
    assert_eq!(json(&output)["verdict"], "not-ready");
}

#[test]
fn the_last_line_of_the_summary_says_what_the_exit_code_means() {
    let output = run(folder().path(), &["scan", flawed_source().path().to_str().unwrap()]);
    assert_eq!(stdout(&output).trim_end().lines().last(), Some("exit 1: red flags"));
    assert!(!stdout(&output).contains('\u{1b}'), "colours in a pipe");
}

#[test]
fn a_rule_of_a_partner_is_applied() {
    let (source, place) = (flawed_source(), folder());
    let rule = r#"
id: superoffice.local.no-login-class
title: A file called Login.cs
requirement: SO-CRED-02
severity: low
each: source
watch: { assignment: [ConfigFile.Services.ApplicationToken] }
expect: "!fact.path.endsWith('Login.cs')"
message: "{{ fact.path }} is called Login.cs"
why: it is an example
fix: rename it
references: [cwe-1]
also_fails: []
examples:
  pass: [ { file: A.cs, code: "class A { void B() { ConfigFile.Services.ApplicationToken = Read(); } }" } ]
  fail: [ { file: Login.cs, code: "class A { void B() { ConfigFile.Services.ApplicationToken = Read(); } }" } ]
"#;
    let rule = rule.replace("also_fails: []\n", "");
    fs::create_dir_all(place.path().join("rules/local")).unwrap();
    fs::write(place.path().join("rules/local/no-login-class.yaml"), rule).unwrap();
    let output = run(place.path(), &["scan", source.path().to_str().unwrap(), "--rules", "rules", "-o", "json"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let result = json(&output);
    let rules: Vec<&Value> = result["findings"].as_array().unwrap().iter().map(|finding| &finding["rule"]).collect();
    assert!(rules.contains(&&Value::from("superoffice.local.no-login-class")), "{rules:?}");
}

#[test]
fn schemas_completions_and_the_manual_come_from_the_definitions() {
    let place = folder();
    for of in ["manifest", "rule", "result", "decisions"] {
        let output = run(place.path(), &["schema", of]);
        assert!(json(&output)["properties"].is_object(), "{of}");
    }
    assert!(stdout(&run(place.path(), &["completions", "bash"])).contains("redflag"));
    assert!(stdout(&run(place.path(), &["man"])).contains(".TH"));
}

#[test]
fn init_writes_a_manifest_that_check_reads_and_overwrites_nothing() {
    let place = folder();
    assert_eq!(code(&run(place.path(), &["init", "--name", "Kari's \"app\"", "--url", "app.example.com/callback"])), 0);
    assert_eq!(code(&run(place.path(), &["init"])), 2);
    let output = run(place.path(), &["check", "--offline", "-o", "json"]);
    assert_eq!(json(&output)["app"]["name"], "Kari's \"app\"");
}

#[test]
fn explain_shows_rules_and_requirements_and_suggests_near_ones() {
    let place = folder();
    assert!(stdout(&run(place.path(), &["explain", "SO-TLS-03"])).contains("TLS 1.2"));
    assert!(stdout(&run(place.path(), &["explain", "superoffice.tls.tls12-missing"])).contains("SO-TLS-03"));
    let output = run(place.path(), &["explain", "superoffice.tls.tls12-mising"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("did you mean `superoffice.tls.tls12-missing`?"), "{}", stderr(&output));
}

#[test]
fn the_long_list_says_what_each_rule_needs_and_how_well_it_does() {
    let output = run(folder().path(), &["rules", "list", "--long"]);
    let list = stdout(&output);
    let line = |rule: &str| list.lines().find(|line| line.starts_with(rule)).unwrap_or_else(|| panic!("no {rule} in\n{list}"));
    let words = |rule: &str| line(rule).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words("superoffice.source.secret-in-code ")[1..4], ["critical", "SO-CRED-07", "source"]);
    assert!(line("superoffice.source.secret-in-code ").matches(" %").count() == 2, "{list}");
    assert!(line("superoffice.tls.tls12-missing").contains("  -  "), "{list}");
    assert!(stderr(&output).contains("precision"), "{}", stderr(&output));
}

#[test]
fn the_demo_finds_what_is_planted_in_it() {
    let place = folder();
    let output = run(place.path(), &["demo"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let text = stdout(&output);
    for planted in ["NOT READY", "SSL 3.0", "CarelessSession", "App_Code/SuperOfficeLogin.cs:12"] {
        assert!(text.contains(planted), "{planted} is not in\n{text}");
    }
    for report in ["report.html", "report.sarif", "report.json"] {
        assert!(place.path().join("redflag-report").join(report).metadata().unwrap().len() > 1000, "{report}");
    }
}

#[test]
fn a_clean_exit_says_when_the_verdict_is_another() {
    let (source, place) = (flawed_source(), clean_source());
    let last = |arguments: &[&str]| {
        let output = redflag(place.path()).arg("scan").args(arguments).output().unwrap();
        stdout(&output).trim_end().lines().last().map(str::to_owned)
    };
    let clean = "exit 0: no red flags at or above the threshold; the verdict is";
    assert_eq!(last(&["."]), Some(format!("{clean} INCOMPLETE")));
    assert_eq!(last(&[source.path().to_str().unwrap(), "--fail-on", "never"]), Some(format!("{clean} NOT READY")));
    assert_eq!(last(&[".", "--require-ready"]), Some("exit 3: incomplete: something is unknown, left out or not attested".into()));
}

#[test]
fn more_words_say_what_was_looked_at() {
    let (source, place) = (flawed_source(), folder());
    let check = |more: &str| {
        let arguments = ["check", "https://127.0.0.1:1/?token=PassW0rdX", "--allow-private", "-o", "json=r.json", "--source"];
        stderr(&redflag(place.path()).args(arguments).arg(source.path()).args(Some(more).filter(|more| !more.is_empty())).output().unwrap())
    };
    let (none, one, two) = (check(""), check("-v"), check("-vv"));
    assert!(!none.contains("looked at"), "{none}");
    assert!(one.contains("looked at source: 1 file") && one.contains("looked at https://127.0.0.1:1/?token=<masked 9>"), "{one}");
    assert!(!one.contains("127.0.0.1 at") && two.contains("127.0.0.1 at 127.0.0.1: connection refused"), "{two}");
}

#[test]
fn rules_that_do_not_hold_or_are_not_there_are_a_mistake() {
    let (place, empty) = (folder(), folder());
    fs::write(empty.path().join("notes.txt"), "no rule").unwrap();
    let output = redflag(place.path()).args(["rules", "validate"]).arg(empty.path()).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("holds no rule file"), "{}", stderr(&output));
    fs::write(place.path().join("broken.yaml"), "id: 1\n").unwrap();
    let output = run(place.path(), &["rules", "validate", "."]);
    assert_eq!(code(&output), 2);
    assert!(!stderr(&output).contains("nothing was assessed"), "{}", stderr(&output));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/superoffice/tls/tls12-missing.yaml");
    let rule = fs::read_to_string(source).unwrap().replace("superoffice.tls.tls12-missing", "superoffice.tls.backwards");
    let examples = rule.replace("\n  fail:", "\n  swapped:").replace("\n  pass:", "\n  fail:").replace("\n  swapped:", "\n  pass:");
    fs::remove_file(place.path().join("broken.yaml")).unwrap();
    fs::create_dir(place.path().join("tls")).unwrap();
    fs::write(place.path().join("tls/backwards.yaml"), examples).unwrap();
    let output = run(place.path(), &["rules", "test", "--rules", "."]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("superoffice.tls.backwards"), "{}", stderr(&output));
}

#[test]
fn what_was_meant_is_said_where_a_file_stands_for_a_format_and_a_url_for_a_folder() {
    let place = folder();
    let output = run(place.path(), &["scan", "-o", "out.html", "."]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("did you mean `-o html=out.html`?"), "{}", stderr(&output));
    let output = run(place.path(), &["scan", "https://app.example.com"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("`redflag check https://app.example.com`"), "{}", stderr(&output));
}
