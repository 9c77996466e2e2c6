//! Mistakes on the command line, in files and in the environment: each refused in words, with nothing assessed.

use std::fs;

use super::*;

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
fn a_broken_manifest_is_reported_with_line_and_column() {
    let place = folder();
    fs::write(place.path().join("redflag.yaml"), "name: x\r\nendpoins:\r\n  - url: app.example.com\r\n").unwrap();
    let output = run(place.path(), &["check"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("redflag.yaml:2:1: unknown key `endpoins`; did you mean `endpoints`?"), "{}", stderr(&output));
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
fn the_platforms_own_word_for_an_environment_is_known() {
    let place = folder();
    for (written, meant) in [("sod", "development"), ("SOD", "development"), ("qaonline", "stage"), ("online", "production")] {
        let manifest = format!("name: App\nenvironments:\n  - name: {written}\nendpoints: []\n");
        std::fs::write(place.path().join("redflag.yaml"), manifest).unwrap();
        let output = redflag(place.path()).args(["check", "--offline"]).output().unwrap();
        let expected = format!("redflag.yaml:3:11: unknown word `{written}`; did you mean `{meant}`?");
        assert!(stderr(&output).contains(&expected), "{written}: {}", stderr(&output));
    }
}

#[test]
fn a_manifest_that_is_not_there_points_to_the_command_that_writes_one() {
    let place = folder();
    for arguments in [&["check"][..], &["check", "--manifest", "other.yaml"], &["check", "--endpoint", "panel"]] {
        let output = redflag(place.path()).args(arguments).output().unwrap();
        assert!(output.status.code() == Some(2) && stderr(&output).contains("`redflag init` writes `redflag.yaml`"), "{}", stderr(&output));
    }
}

#[test]
fn a_rule_is_explained_by_the_end_of_its_id_and_a_word_for_it_leads_there() {
    let place = folder();
    let explain = |id: &str| redflag(place.path()).args(["explain", id]).output().unwrap();
    for id in ["csp-missing", "headers.csp-missing", "CSP-Missing"] {
        let shown = explain(id);
        assert!(String::from_utf8_lossy(&shown.stdout).contains("superoffice.headers.csp-missing"), "{id}: {}", stderr(&shown));
    }
    for (id, meant) in [
        ("cookie-secure", "superoffice.cookies.secure-missing"),
        ("csp-mising", "superoffice.headers.csp-missing"),
        // Two rules have this name.
        ("other-environment", "superoffice.sign-in.other-environment"),
    ] {
        let refused = explain(id);
        assert!(refused.status.code() == Some(2) && stderr(&refused).contains(meant), "{id}: {}", stderr(&refused));
    }
}
