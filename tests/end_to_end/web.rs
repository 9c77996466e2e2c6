//! Two apps of our own, one that does everything right and one that does nothing right: what the web's rules say of them.

use std::{collections::BTreeSet, path::PathBuf};

use super::*;

/// Rules that speak of where the test runs, not of the app: it has a port of its own, and production's hosts are not on loopback.
const OF_THE_PLACE: [&str; 1] = ["superoffice.urls.port-not-reachable"];

const ALLOWED: [&str; 3] = ["--active", "--authorised-by", "Kari Nordmann"];

const CORRECT: &str = include_str!("../../fixtures/apps/web-correct/redflag.yaml");
const CARELESS: &str = include_str!("../../fixtures/apps/web-careless/redflag.yaml");

/// Writes a manifest, `<app>` filled with the name under which the app is found.
fn manifest(app: &Running, text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("redflag.yaml");
    fs::write(&path, text.replace("<app>", &app.by_name("").0)).expect("a file");
    (folder, path)
}

fn run(app: &Running, text: &str, arguments: &[&str]) -> Run {
    let (_folder, path) = manifest(app, text);
    let mut command = redflag();
    command.args(["check", "--only", "web", "--allow-private", "--timeout", SECONDS, "-o", "json", "--manifest"]).arg(path);
    command.arg("--ca").arg(app.authority()).args(["--resolve", &app.by_name("").1]).args(arguments);
    Run::of(command)
}

/// Findings of every severity; the light ones are warnings.
fn failed(run: &Run) -> Vec<Value> {
    let findings = run.result()["findings"].as_array().cloned().unwrap_or_default();
    findings
        .into_iter()
        .filter(|finding| finding["status"] == "fail" || finding["status"] == "warn")
        .filter(|finding| !OF_THE_PLACE.contains(&finding["rule"].as_str().unwrap_or_default()))
        .collect()
}

/// A manifest of one panel at a path.
fn one_panel(path: &str) -> String {
    format!(
        "name: App\nenvironments:\n  - {{ name: development, client_id: 0123456789abcdef0123456789abcdef }}\nendpoints:\n  \
         - {{ url: '<app>/callback', kind: redirect, environment: development, method: post }}\n  \
         - {{ id: panel, url: '<app>{path}?ctx=<uctx>&user=<usid>', kind: web-panel, environment: development }}\n"
    )
}

/// Red flags about who may see the panel: all rules of the sign-in but the advice to keep it out of the frame.
fn red_flags(run: &Run) -> BTreeSet<String> {
    let grave = |finding: &Value| ["critical", "high"].contains(&finding["severity"].as_str().unwrap_or_default());
    let about_sign_in = |rule: &String| rule.starts_with("superoffice.sign-in.");
    failed(run)
        .iter()
        .filter(|finding| grave(finding))
        .filter_map(|finding| finding["rule"].as_str().map(str::to_owned))
        .filter(about_sign_in)
        .collect()
}

#[test]
fn nothing_is_found_in_the_correct_app() {
    let Some(app) = or_left_out(node::app("web-correct")) else { return };
    for arguments in [&[][..], &ALLOWED] {
        let run = run(&app, CORRECT, arguments);
        let failed: Vec<String> = failed(&run).iter().map(|finding| format!("{}: {}", finding["rule"], finding["message"])).collect();
        assert!(failed.is_empty(), "{failed:#?}\n{}", run.stderr);
    }
}

#[test]
fn the_correct_app_lets_in_whoever_signs_in_and_nobody_twice_by_the_same_answer() {
    let Some(app) = or_left_out(node::app("web-correct")) else { return };
    let platform = fs::read_to_string(app.site.file("platform.origin")).expect("the app says where its platform is");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/apps/web-correct/genuine.js");
    let mut command = Command::new("node");
    command.arg(script).arg(app.url("")).arg(app.authority()).arg(platform);
    let run = Run::of(command);
    assert_eq!(String::from_utf8_lossy(&run.stdout), "302 200 302", "{}\n{}", run.stderr, app.log());
}

/// Each flaw of the careless app, and the rule that has to speak of it.
const FLAWS: &[(&str, &str)] = &[
    ("customer data without a session", "sign-in.panel-shows-data"),
    ("a form for the platform's password", "sign-in.panel-asks-for-password"),
    ("a token in the answer to the browser", "sign-in.implicit-flow"),
    ("no state", "sign-in.state-missing"),
    ("a constant state", "sign-in.state-constant"),
    ("a host for data as sign-in", "sign-in.not-a-sign-in-host"),
    ("the sign-in of production", "sign-in.other-environment"),
    ("the sign-in of ten years ago", "sign-in.legacy"),
    ("a redirect_uri that nobody registered", "sign-in.redirect-uri-not-registered"),
    ("a client id that nobody registered", "sign-in.client-id-not-registered"),
    ("the client secret in the address", "sign-in.secret-in-authorize-url"),
    ("the tenant is dropped", "sign-in.tenant-not-passed"),
    ("a session cookie without Secure", "cookies.secure-missing"),
    ("a session cookie for scripts", "cookies.http-only-missing"),
    ("a readable anti-forgery cookie", "cookies.readable-on-purpose"),
    ("a session cookie that frames never send", "cookies.panel-same-site"),
    ("a panel's cookie without Partitioned", "cookies.panel-not-partitioned"),
    ("a script that writes cookies", "cookies.written-by-script"),
    ("a panel for every frame", "headers.panel-framed-by-anyone"),
    ("a panel with DENY", "headers.panel-shuts-out-superoffice"),
    ("a page for every frame", "headers.page-framed-by-anyone"),
    ("a referrer for everyone", "headers.panel-referrer"),
    ("a panel in every cache", "headers.panel-cacheable"),
    ("no policy for scripts", "headers.csp-missing"),
    ("a policy that lets scripts in", "headers.csp-lets-scripts-in"),
    ("every origin with credentials", "headers.cors-opens-to-strangers"),
    ("guessing of content types", "headers.nosniff-missing"),
    ("a stack trace", "headers.error-page-shows-code"),
    ("the server's version", "headers.software-version"),
    ("the application token in a script", "pages.secret-in-script"),
    ("tokens in the browser's storage", "pages.token-in-browser-storage"),
    ("a script over http", "pages.mixed-content"),
    ("a form over http", "pages.form-posts-in-clear"),
    ("a foreign script without integrity", "pages.foreign-script-without-integrity"),
    (".env and .git", "exposure.file-public"),
    ("a redirect to anywhere", "urls.open-redirect"),
    ("an id token that is posted", "sign-in.id-token-posted"),
    ("no nonce for an id token", "sign-in.nonce-missing"),
    ("a constant nonce", "sign-in.nonce-constant"),
    ("a PKCE challenge that is the verifier", "sign-in.pkce-plain"),
    ("no state beside PKCE", "sign-in.state-left-to-pkce"),
    ("a cookie that browsers reject", "cookies.rejected"),
    ("a session for a year", "cookies.long-session"),
    ("a ticket in a cookie", "cookies.credential-in-value"),
    ("a token in a cookie", "cookies.readable-token-in-value"),
    ("an e-mail address in a cookie", "cookies.personal-data-in-value"),
    ("an e-mail address in the panel's address", "panels.personal-data"),
    ("a window without a prefix", "panels.window-name"),
    ("a description that names nobody", "panels.description"),
    ("a private key on the server", "exposure.private-key-public"),
    ("the description of the API, and the source of a script", "exposure.description-public"),
    ("a token in a script", "pages.token-in-script"),
    ("a line that browsers ignore", "headers.hsts-ignored"),
    ("usec in the panel's address", "panels.ticket-in-address"),
    ("no usid in the panel's address", "panels.identity-missing"),
    ("a customer in the panel's address", "panels.fixed-tenant"),
    ("alg: none, and a key in the token", "tokens.algorithm-of-the-sender-accepted"),
    ("the issuer is not looked at", "tokens.wrong-issuer-accepted"),
    ("the audience is not looked at", "tokens.wrong-audience-accepted"),
    ("the end is not looked at", "tokens.expired-token-accepted"),
    ("the state is not looked at", "tokens.wrong-state-accepted"),
    ("a notification without a signature", "tokens.unsigned-notification-accepted"),
    ("a webhook without a signature", "tokens.webhook-signature-not-checked"),
];

#[test]
fn every_flaw_of_the_careless_app_is_found_and_says_what_would_make_it_pass() {
    let Some(app) = or_left_out(node::app("web-careless")) else { return };
    let run = run(&app, CARELESS, &ALLOWED);
    let failed = failed(&run);
    let found: BTreeSet<&str> =
        failed.iter().filter_map(|finding| finding["rule"].as_str()).filter_map(|rule| rule.strip_prefix("superoffice.")).collect();
    let missed: Vec<_> = FLAWS.iter().filter(|(_, rule)| !found.contains(rule)).collect();
    assert!(missed.is_empty(), "missed: {missed:#?}\nfound: {found:#?}\n{}", run.stderr);
    let rules = run.result()["rules"].as_array().cloned().unwrap_or_default();
    for rule in found {
        let id = format!("superoffice.{rule}");
        let fix = rules.iter().find(|rule| rule["id"] == id.as_str()).and_then(|rule| rule["fix"].as_str()).map(str::trim);
        assert!(fix.is_some_and(|fix| !fix.is_empty()), "`{id}` says nothing of what would make it pass");
    }
    assert_eq!(run.code, Some(RED_FLAGS), "{}", run.stderr);
    assert!(!String::from_utf8_lossy(&run.stdout).contains("c4ca4238a0b923820dcc509a6f75849b"), "secrets stay in memory");
}

#[test]
fn a_panel_is_a_red_flag_only_when_a_stranger_sees_data() {
    let Some(app) = or_left_out(node::app("web-careless")) else { return };
    let shows = run(&app, &one_panel("/panel"), &[]);
    assert_eq!(red_flags(&shows), BTreeSet::from(["superoffice.sign-in.panel-shows-data".to_owned()]), "{shows}");
    drop(app);
    let Some(app) = or_left_out(node::app("web-correct")) else { return };
    for (path, outcome) in [("/panel", "shell"), ("/panel-redirect", "platform-sign-in"), ("/panel-refuses", "turned-away")] {
        let run = run(&app, &one_panel(path), &[]);
        assert_eq!(run.result()["evidence"]["endpoints"][1]["sign_in"]["outcome"], outcome, "{path}\n{run}");
        assert_eq!(red_flags(&run), BTreeSet::new(), "{path}\n{run}");
    }
}

/// Panels that show data in ways that the panel's own text does not tell, and what is known of each.
const HIDDEN: [(&str, Option<&str>, &str); 7] = [
    ("panel-script", Some("shows-data"), "/api/contacts?ctx=Cust00000"),
    ("panel-frame", Some("shows-data"), "frame fetches"),
    ("panel-attribute", Some("shows-data"), "embedded JSON records (2)"),
    ("panel-card", Some("shows-data"), "contact cards (1)"),
    ("panel-redirect", Some("shows-data"), "the redirect from"),
    ("panel-framed", Some("shows-data"), "inside a frame"),
    // Nobody is named there, so somebody has to look.
    ("panel-invoices", None, "look at it"),
];

#[test]
fn data_that_a_panel_fetches_or_hides_is_found_as_well() {
    let Some(app) = or_left_out(node::app("web-careless")) else { return };
    let run = run(&app, CARELESS, &[]);
    let result = run.result();
    let endpoints = result["evidence"]["endpoints"].as_array().cloned().unwrap_or_default();
    for (id, outcome, says) in HIDDEN {
        let sign_in =
            endpoints.iter().find(|endpoint| endpoint["id"] == id).map(|endpoint| endpoint["sign_in"].clone()).unwrap_or_default();
        assert_eq!(sign_in["outcome"].as_str(), outcome, "{id}: {sign_in:#}");
        assert!(sign_in["reason"].as_str().is_some_and(|reason| reason.contains(says)), "{id}: {sign_in:#}");
    }
    let files: Vec<Value> =
        endpoints.iter().flat_map(|endpoint| endpoint["exposed_files"].as_array().cloned().unwrap_or_default()).collect();
    assert!(files.iter().any(|file| file["what"] == "source map" && file["exposed"] == true), "{files:#?}");
}

/// Flaws that show only under a name and on the usual ports.
const FLAWS_UNDER_A_NAME: [(&str, &str); 3] = [
    ("a session for every host of the domain", "cookies.wide-domain"),
    ("clear text that shows the page", "headers.plain-http-shows-content"),
    ("clear text that leads to more clear text", "headers.plain-http-stays"),
];

#[test]
fn flaws_of_a_name_and_of_clear_text_are_found_on_the_usual_ports() {
    let Some(app) = or_left_out(node::app_on_usual_ports("web-careless")) else { return };
    let path = app.site.file("redflag.yaml");
    fs::write(&path, CARELESS.replace("<app>", &format!("https://{HOST}"))).expect("a file");
    let mut command = app.client(cargo_bin!("redflag"));
    command.env_clear().env("PATH", "/usr/bin:/bin").args([
        "check",
        "--only",
        "web",
        "--allow-private",
        "--timeout",
        SECONDS,
        "-o",
        "json",
    ]);
    let ip = app.address().ip();
    command.args(["--resolve", &format!("{HOST}:443:{ip}"), "--resolve", &format!("{HOST}:80:{ip}")]);
    command.arg("--manifest").arg(&path).arg("--ca").arg(app.authority());
    let run = Run::of(Command::from_std(command));
    let failed = failed(&run);
    let found: BTreeSet<&str> = failed.iter().filter_map(|finding| finding["rule"].as_str()?.strip_prefix("superoffice.")).collect();
    let missed: Vec<_> = FLAWS_UNDER_A_NAME.iter().filter(|(_, rule)| !found.contains(rule)).collect();
    assert!(missed.is_empty(), "missed: {missed:#?}\nfound: {found:#?}\n{}", run.stderr);
}

/// What the careless app was asked with a forged token, by its own count.
fn forgeries(app: &Running) -> usize {
    let log = fs::read_to_string(app.site.file("forged.log")).unwrap_or_default();
    log.lines().count()
}

#[test]
fn without_active_nothing_forged_reaches_the_app() {
    let Some(app) = or_left_out(node::app("web-careless")) else { return };
    let quiet = run(&app, CARELESS, &[]);
    let tokens = quiet.failed_rules().into_iter().filter(|rule| rule.starts_with("superoffice.tokens.")).count();
    assert_eq!((forgeries(&app), tokens), (0, 0), "{quiet}");
    let active = run(&app, CARELESS, &ALLOWED);
    assert!(forgeries(&app) >= 8, "the app counts what it gets\n{active}");
}
