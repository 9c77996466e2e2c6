//! The command line as other programs see it: exit codes, streams, files.

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
fn an_unknown_flag_is_refused_with_a_suggestion() {
    let output = run(folder().path(), &["check", "--sorce", "."]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("--source"), "{}", stderr(&output));
}

#[test]
fn an_unknown_format_is_refused_with_a_suggestion() {
    let output = run(folder().path(), &["scan", ".", "-o", "htlm=x"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("did you mean `html`?"), "{}", stderr(&output));
}

#[test]
fn nothing_to_check_is_a_mistake_that_is_explained() {
    let output = run(folder().path(), &["check"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("give a URL"), "{}", stderr(&output));
}

#[test]
fn a_missing_folder_is_named() {
    let output = run(folder().path(), &["scan", "no such folder"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("no such folder"), "{}", stderr(&output));
}

#[test]
fn a_path_that_cannot_be_written_is_found_before_the_scan() {
    let place = folder();
    for path in ["html=missing/report.html", "html=."] {
        let output = run(place.path(), &["scan", ".", "-o", path]);
        assert_eq!(code(&output), 2, "{path}");
        assert!(stderr(&output).contains("cannot write"), "{}", stderr(&output));
    }
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn a_private_address_is_refused_without_permission() {
    for url in ["https://127.0.0.1:9/", "https://[::1]:9/", "https://169.254.169.254/", "https://localhost:9/"] {
        let output = run(folder().path(), &["check", url]);
        assert_eq!(code(&output), 6, "{url}: {}", stderr(&output));
        assert!(stderr(&output).contains("--allow-private"), "{}", stderr(&output));
    }
}

#[test]
fn a_url_that_is_none_is_refused() {
    for url in ["ftp://app.example.com/", "https://", "https://kari:secret@app.example.com/"] {
        let output = run(folder().path(), &["check", url]);
        assert_eq!(code(&output), 2, "{url}");
        assert!(!stderr(&output).contains("secret@"), "{}", stderr(&output));
    }
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
fn a_broken_manifest_is_reported_with_line_and_column() {
    let place = folder();
    fs::write(place.path().join("redflag.yaml"), "name: x\r\nendpoins:\r\n  - url: app.example.com\r\n").unwrap();
    let output = run(place.path(), &["check"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("redflag.yaml:2:1: unknown key `endpoins`; did you mean `endpoints`?"), "{}", stderr(&output));
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
fn a_waiver_for_no_rule_is_a_mistake() {
    let place = folder();
    fs::write(place.path().join("decisions.yaml"), "waivers:\n  - rule: superoffice.source.application-token-litteral\n    reason: long enough a reason\n    by: Kari\n    role: partner\n    from: 2020-01-01\n    until: 2199-12-31\n").unwrap();
    let output = run(place.path(), &["scan", ".", "--decisions", "decisions.yaml"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("did you mean `superoffice.source.application-token-literal`?"), "{}", stderr(&output));
}

#[test]
fn a_saved_result_is_judged_and_rendered_again() {
    let (source, place) = (flawed_source(), folder());
    let path = source.path().to_str().unwrap();
    assert_eq!(code(&run(place.path(), &["scan", path, "-o", "json=saved.json", "-o", "html=first.html"])), 1);
    assert_eq!(code(&run(place.path(), &["evaluate", "saved.json", "-o", "json=again.json"])), 1);
    assert_eq!(code(&run(place.path(), &["report", "again.json", "-o", "html=second.html"])), 0);
    let [first, second] = ["first.html", "second.html"].map(|name| fs::read(place.path().join(name)).unwrap());
    assert!(first == second, "the same evidence and rules gave other bytes");
}

#[test]
fn a_file_that_is_no_result_is_refused() {
    let place = folder();
    for text in ["", "{}", "[1]", "{\"schema\": \"redflag-result-9\"}", &"[".repeat(100_000)] {
        fs::write(place.path().join("saved.json"), text).unwrap();
        let output = run(place.path(), &["report", "saved.json"]);
        assert_eq!(code(&output), 5, "{:.40}: {}", text, stderr(&output));
    }
}

#[test]
fn the_same_source_twice_gives_the_same_bytes() {
    let (source, place) = (flawed_source(), folder());
    for name in ["first", "second"] {
        let arguments = ["-o".to_owned(), format!("html={name}.html"), "-o".to_owned(), format!("sarif={name}.sarif")];
        redflag(place.path()).arg("scan").arg(source.path()).args(arguments).env("SOURCE_DATE_EPOCH", "1700000000").output().unwrap();
    }
    for extension in ["html", "sarif"] {
        let [first, second] = ["first", "second"].map(|name| fs::read(place.path().join(format!("{name}.{extension}"))).unwrap());
        assert!(first == second && !first.is_empty(), "{extension}");
    }
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
fn a_result_is_valid_against_its_own_schema() {
    let place = folder();
    let schema = json(&run(place.path(), &["schema", "result"]));
    let result = json(&run(place.path(), &["scan", flawed_source().path().to_str().unwrap(), "-o", "json"]));
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let problems: Vec<String> = validator.iter_errors(&result).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}");
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

/// What a scan of one of the fixture apps finds, as `rule path:line`, the path from the app's own folder.
fn found_in(app: &Path) -> Vec<String> {
    let output = run(app, &["scan", ".", "-o", "json"]);
    let result = json(&output);
    let within = format!("fixtures/apps/{}/", app.file_name().expect("an app has a name").to_string_lossy());
    let findings = result["findings"].as_array().expect("a result has findings");
    let name = |finding: &Value| {
        let path = finding["location"]["path"].as_str().expect("a source finding has a path");
        format!(
            "{} {}:{}",
            finding["rule"].as_str().expect("a rule"),
            path.strip_prefix(&within).unwrap_or(path),
            finding["location"]["line"]
        )
    };
    findings.iter().map(name).collect()
}

#[test]
fn every_fixture_app_shows_its_one_flaw_and_nothing_else() {
    let apps = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/apps");
    let text = fs::read_to_string(apps.join("expected.yaml")).unwrap();
    let expected: Value = redflag::yaml::read("expected.yaml", &text).expect("the list of flaws is sound");
    let listed = |flaw: &Value| format!("{} {}:{}", flaw["rule"].as_str().unwrap(), flaw["path"].as_str().unwrap(), flaw["line"]);
    let wrong: Vec<String> = expected
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(app, flaws)| {
            let (found, flaws) = (found_in(&apps.join(app)), flaws.as_array().unwrap().iter().map(listed).collect::<Vec<_>>());
            (found != flaws).then(|| format!("{app}: found {found:?}, expected {flaws:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
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
fn a_time_that_no_report_can_give_is_a_mistake_and_names_its_variable() {
    let (place, source) = (folder(), flawed_source());
    for wrong in ["-1", "-99999999999", "99999999999999", "253402300800", "tomorrow", "1e9", " "] {
        let output = redflag(place.path()).arg("scan").arg(source.path()).env("SOURCE_DATE_EPOCH", wrong).output().unwrap();
        assert_eq!(code(&output), 2, "{wrong}: {}", stderr(&output));
        assert!(stderr(&output).contains("SOURCE_DATE_EPOCH"), "{wrong}: {}", stderr(&output));
    }
    for right in ["0", "253402300799", ""] {
        let output = redflag(place.path()).arg("scan").arg(source.path()).env("SOURCE_DATE_EPOCH", right).output().unwrap();
        assert_eq!(code(&output), 1, "{right}: {}", stderr(&output));
    }
}

#[test]
fn a_secret_in_a_url_that_is_refused_shows_in_no_message() {
    let secret = "PassW0rdX";
    for url in [
        format!("https://user:{secret}@h:99999/"),
        format!("https://ho st/?access_token={secret}"),
        format!("ftp://app.example.com/?access_token={secret}"),
        format!("user:{secret}@app.example.com"),
        format!("https://user:a b/{secret}@h/"),
        format!("https://127.0.0.1/?access_token={secret}"),
    ] {
        let place = folder();
        let output = run(place.path(), &["check", &url]);
        assert!([2, 6].contains(&code(&output)), "{url}: {}", stderr(&output));
        assert!(!stderr(&output).contains(secret), "{url}: {}", stderr(&output));
        let quoted = serde_json::Value::from(url.as_str());
        for manifest in [
            format!("endpoints:\n  - url: {quoted}\n"),
            format!("endpoints: [ {quoted} ]\n"),
            format!("{quoted}: 1\n"),
            format!("endpoints:\n  - url: {quoted}\n    kind: {quoted}\n"),
        ] {
            fs::write(place.path().join("redflag.yaml"), &manifest).unwrap();
            let output = run(place.path(), &["check"]);
            assert!([2, 6].contains(&code(&output)), "{manifest}: {}", stderr(&output));
            assert!(!stderr(&output).contains(secret), "{manifest}: {}", stderr(&output));
        }
    }
}

#[test]
fn a_problem_is_one_line_where_no_terminal_is() {
    let place = folder();
    fs::write(place.path().join("redflag.yaml"), "name: x\nendpoins:\n  - url: app.example.com\n").unwrap();
    let output = run(place.path(), &["check"]);
    assert_eq!(stderr(&output), "redflag.yaml:2:1: unknown key `endpoins`; did you mean `endpoints`?\nerror: 1 problem\n");
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused_and_not_waited_for() {
    let place = folder();
    let made = std::process::Command::new("mkfifo").arg(place.path().join("pipe")).status().unwrap();
    assert!(made.success());
    for path in ["pipe", "/dev/zero", "."] {
        for arguments in [
            vec!["check", "--manifest", path],
            vec!["scan", ".", "--decisions", path],
            vec!["check", "https://127.0.0.1:1/", "--allow-private", "--ca", path],
            vec!["report", path],
            vec!["evaluate", path],
        ] {
            let output = redflag(place.path()).args(&arguments).timeout(std::time::Duration::from_secs(20)).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
            assert!(stderr(&output).contains(&format!("cannot read `{path}`")), "{arguments:?}: {}", stderr(&output));
        }
    }
}

#[test]
fn a_file_that_is_too_large_or_no_text_is_refused_in_words() {
    let place = folder();
    fs::write(place.path().join("binary.yaml"), b"name: x\n\xff\xfe").unwrap();
    fs::write(place.path().join("giant.yaml"), vec![b'#'; (1 << 20) + 1]).unwrap();
    for (path, says) in [("binary.yaml", "line 2 is not UTF-8"), ("giant.yaml", "larger than the 1 MiB")] {
        for arguments in [["check", "--manifest", path].as_slice(), &["scan", ".", "--decisions", path]] {
            let output = run(place.path(), arguments);
            assert_eq!(code(&output), 2);
            assert!(stderr(&output).contains(says), "{arguments:?}: {}", stderr(&output));
        }
    }
}

#[test]
fn an_empty_variable_is_none_and_roots_are_read_only_for_the_network() {
    let (place, source) = (folder(), flawed_source());
    let scan = |roots: &str| redflag(place.path()).arg("scan").arg(source.path()).env("SSL_CERT_FILE", roots).output().unwrap();
    assert_eq!(code(&scan("")), 1);
    assert_eq!(code(&scan("missing.pem")), 1);
    let check = |roots: &str| {
        let arguments = ["check", "https://127.0.0.1:1/", "--allow-private"];
        redflag(place.path()).args(arguments).env("SSL_CERT_FILE", roots).output().unwrap()
    };
    assert_eq!(code(&check("")), 4);
    assert_eq!(code(&check("missing.pem")), 2);
}

#[test]
fn a_proxy_that_cannot_be_read_is_a_mistake_and_its_password_stays_hidden() {
    let (place, source) = (folder(), flawed_source());
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"] {
        for proxy in [":::garbage", "http://user:PassW0rdX@:::", "ftp://user:PassW0rdX@h:1", "not a proxy", "http://h:99999"] {
            let mut check = redflag(place.path());
            let output = check.args(["check", "https://127.0.0.1:1/", "--allow-private"]).env(name, proxy).output().unwrap();
            assert_eq!(code(&output), 2, "{name}={proxy}: {}", stderr(&output));
            assert!(stderr(&output).contains(name) && !stderr(&output).contains("PassW0rdX"), "{}", stderr(&output));
        }
    }
    let scan = redflag(place.path()).arg("scan").arg(source.path()).env("HTTPS_PROXY", ":::garbage").output().unwrap();
    assert_eq!(code(&scan), 1, "a scan needs no proxy");
    for proxy in ["http://127.0.0.1:1", "127.0.0.1:1", "http://user:pw@[::1]:1/", ""] {
        let mut check = redflag(place.path());
        let output = check.args(["check", "https://127.0.0.1:1/", "--allow-private"]).env("HTTPS_PROXY", proxy).output().unwrap();
        assert_eq!(code(&output), 4, "{proxy}: {}", stderr(&output));
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

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_keeps_no_other_back() {
    let (source, place) = (flawed_source(), folder());
    let arguments = ["scan", source.path().to_str().unwrap(), "-o", "html=/dev/full", "-o", "json=result.json", "-o", "text"];
    let output = run(place.path(), &arguments);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(fs::read(place.path().join("result.json")).unwrap().len() > 1000);
    let says = "exit 2: the app was assessed, but not every report could be written";
    assert_eq!(stdout(&output).trim_end().lines().last(), Some(says));
    let error = stderr(&output);
    assert!(error.contains("cannot write `/dev/full`") && error.contains("written: `result.json`"), "{error}");
    assert!(!error.contains("nothing was assessed"), "{error}");
    let output = run(place.path(), &["report", "result.json", "-o", "html=/dev/full", "-o", "json=again.json"]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(place.path().join("again.json").exists());
}

#[test]
fn two_names_of_one_file_cannot_hold_two_reports() {
    let place = folder();
    fs::create_dir(place.path().join("o")).unwrap();
    fs::write(place.path().join("o/old"), "").unwrap();
    for (one, other) in [("o/a.json", "./o/a.json"), ("o/a.json", "o/../o//a.json"), ("o/old", "./o/old")] {
        let output = run(place.path(), &["scan", ".", "-o", &format!("json={one}"), "-o", &format!("html={other}")]);
        assert_eq!(code(&output), 2, "{one} {other}");
        assert!(stderr(&output).contains("is named by two reports"), "{}", stderr(&output));
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_its_target_is_written() {
    let (source, place) = (flawed_source(), folder());
    fs::create_dir(place.path().join("kept")).unwrap();
    fs::write(place.path().join("kept/old.json"), "old").unwrap();
    for (link, target) in [("link.json", "kept/old.json"), ("dangling.json", "kept/new.json")] {
        std::os::unix::fs::symlink(target, place.path().join(link)).unwrap();
        let output = run(place.path(), &["scan", source.path().to_str().unwrap(), "-o", &format!("json={link}")]);
        assert_eq!(code(&output), 1, "{}", stderr(&output));
        assert!(place.path().join(link).is_symlink(), "{link}");
        let target = place.path().join(target);
        assert!(!target.is_symlink() && fs::read(target).unwrap().len() > 1000, "{link}");
    }
    assert_eq!(fs::read_dir(place.path().join("kept")).unwrap().count(), 2, "nothing else is left there");
}

#[test]
fn the_longest_name_that_a_file_may_have_works_for_a_report() {
    let (source, place) = (flawed_source(), folder());
    let name = format!("{}.json", "n".repeat(250));
    let output = run(place.path(), &["scan", source.path().to_str().unwrap(), "-o", &format!("json={name}")]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(place.path().join(name).metadata().unwrap().len() > 1000);
}

#[test]
fn a_result_that_contradicts_itself_is_refused() {
    let (source, place) = (flawed_source(), folder());
    let saved = json(&run(place.path(), &["scan", source.path().to_str().unwrap(), "-o", "json"]));
    let requirement = |id: &str| saved["requirements"].as_array().unwrap().iter().position(|result| result["id"] == id).unwrap();
    let status = format!("/requirements/{}/status", requirement("SO-CRED-02"));
    for (place_in, value, says) in [
        ("/verdict", Value::from("ready"), "its verdict contradicts"),
        ("/counts/red_flags", Value::from(0), "its counts contradict"),
        ("/counts/attestations_missing", Value::from(0), "its counts contradict"),
        ("/findings/0/red_flag", Value::from(false), "is a red flag contradicts"),
        ("/findings/0/severity", Value::from("low"), "is a red flag contradicts"),
        ("/findings", Value::Array(Vec::new()), "its counts contradict"),
        (&status, Value::from("pass"), "the status of SO-CRED-02 contradicts"),
        ("/started_at", Value::from("yesterday"), "`started_at`"),
        ("/evidence/observed_at", Value::from("2026-13-01T00:00:00Z"), "`observed_at`"),
        ("/evidence/observed_at", Value::from("9999-12-31T23:59:59-23:59"), "`observed_at`"),
    ] {
        let mut changed = saved.clone();
        *changed.pointer_mut(place_in).expect("the result has it") = value;
        fs::write(place.path().join("changed.json"), changed.to_string()).unwrap();
        for command in ["report", "evaluate"] {
            let output = run(place.path(), &[command, "changed.json"]);
            assert_eq!(code(&output), 5, "{command} {place_in}: {}", stderr(&output));
            assert!(stderr(&output).contains(says), "{command} {place_in}: {}", stderr(&output));
        }
    }
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

#[test]
fn a_path_where_a_url_belongs_is_explained() {
    let place = folder();
    fs::create_dir(place.path().join("app")).unwrap();
    fs::create_dir(place.path().join("no-such-host.invalid")).unwrap();
    for path in [place.path().to_str().unwrap(), "./app", "app", "../x", "."] {
        let output = run(place.path(), &["check", path]);
        assert_eq!(code(&output), 2, "{path}: {}", stderr(&output));
        assert!(stderr(&output).contains(&format!("`--source {path}` scans it")), "{path}: {}", stderr(&output));
    }
    let output = run(place.path(), &["check", "no-such-host.invalid", "--timeout", "3"]);
    assert_eq!(code(&output), 4, "a folder may be called like a host: {}", stderr(&output));
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
    assert!(one.contains("looked at source: 1 files") && one.contains("looked at https://127.0.0.1:1/?token=<masked 9>"), "{one}");
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
