//! What the shipped rules say of what the web shows, over evidence of whole apps.

use std::sync::LazyLock;

use redflag::{
    evidence::{App, Evidence, Profile},
    rules::{Judgement, Outcome, Pack, Severity, evaluate, load},
};
use serde_json::{Value, json};
use time::macros::datetime;

/// Loaded once: every rule in it is compiled.
static PACK: LazyLock<Pack> = LazyLock::new(|| load("superoffice", &[]).unwrap_or_else(|error| panic!("{error}")));

/// An endpoint with `with` laid over it, visited and without anything to say.
fn endpoint(kind: &str, path: &str, with: Value) -> Value {
    let url = format!("https://app.example.com{path}");
    let mut endpoint = json!({ "id": kind, "url": url, "scheme": "https", "host": "app.example.com", "port": 443, "kind": kind, "error": null,
        "addresses": [], "visit": { "reached": true, "complete": true, "error": null }, "responses": [], "cookies": [] });
    lay(&mut endpoint, with);
    endpoint
}

fn lay(over: &mut Value, with: Value) {
    let Value::Object(with) = with else { panic!("facts are objects") };
    over.as_object_mut().expect("facts are objects").extend(with);
}

fn answer(question: &str, path: &str, status: u16, headers: &Value) -> Value {
    let url = format!("https://app.example.com{path}");
    let page = (status == 200).then(|| json!({ "complete": true }));
    json!({ "question": question, "method": "GET", "url": url, "reached": true, "error": null, "headers": headers, "page": page, "disclosure": null,
        "response": { "url": url, "ip": "192.0.2.1", "status": status, "location": null, "headers": [], "body_sha256": null, "body_bytes": 0, "body_truncated": false } })
}

fn cookie(with: Value) -> Value {
    let mut cookie = json!({ "name": "__Host-session", "domain": null, "path": "/", "secure": true, "http_only": true, "same_site": "None", "partitioned": true,
        "prefix": "__Host-", "deletion": false, "value_bytes": 32, "set_by": "https://app.example.com/panel", "value": "hexadecimal", "purpose": "session" });
    lay(&mut cookie, with);
    cookie
}

/// A page that is framed as a panel has to be, and careful otherwise.
fn careful(framing: &Value) -> Value {
    json!({ "content_type": "text/html", "nosniff": true, "referrer_is_private": true, "framing": framing, "cache": { "no_store": true },
        "content_security_policy": { "policies": 1, "restricts_scripts": true, "restricts_objects": true } })
}

fn authorize(with: Value) -> Value {
    let mut authorize = json!({ "url": "https://online.superoffice.com/login/Cust00000/oauth/authorize", "host": "online.superoffice.com", "secure": true,
        "environment": "production", "tenant": "Cust00000", "response_type": "code", "redirect_uri": "https://app.example.com/callback",
        "redirect_uri_matches": true, "client_id_matches": true, "scope": ["openid"], "state": { "present": true, "length": 43, "differs": true },
        "code_challenge": true, "code_challenge_method": "S256" });
    lay(&mut authorize, with);
    authorize
}

fn correct_app() -> Value {
    let panel = careful(&json!({ "allowed": "listed", "admits_platform": true, "ancestors": [["'self'", "https://*.superoffice.com"]] }));
    let forgeries =
        ["algorithm-none", "wrong-key", "embedded-key", "shared-secret", "wrong-issuer", "wrong-audience", "expired", "wrong-state"];
    let attempts: Vec<Value> = forgeries
        .into_iter()
        .map(|forgery| {
            json!({ "forgery": forgery, "url": "https://app.example.com/callback", "status": 302,
        "accepted": false, "reason": "sent to the error page, as nonsense is" })
        })
        .collect();
    json!([
        endpoint(
            "redirect",
            "/callback",
            json!({ "environment": "production", "answers": [answer("visit", "/callback", 400, &json!({}))], "attempts": attempts,
            "exposed_files": [{ "path": "/.git/config", "what": "git repository", "url": "https://app.example.com/.git/config", "exposed": false,
                "status": 404, "reason": "as every unknown path" }] })
        ),
        endpoint(
            "web-panel",
            "/panel",
            json!({ "environment": "production", "cookies": [cookie(json!({}))],
            "sign_in": { "outcome": "shell", "reason": "a page without data", "authorize": authorize(json!({})) },
            "panel": { "template": "https://app.example.com/panel?ctx=<uctx>&user=<usid>", "variables": ["uctx", "usid"] },
            "answers": [answer("visit", "/panel", 200, &panel), answer("framed", "/panel", 200, &panel), answer("foreign-origin", "/panel", 200, &json!({}))] })
        ),
    ])
}

fn outcomes(endpoints: &Value, profile: Profile) -> Vec<Outcome> {
    let evidence: Evidence = serde_json::from_value(json!({ "endpoints": endpoints })).expect("evidence of an app");
    evaluate(&PACK, &evidence, &App::default(), profile, datetime!(2026-11-21 12:00 UTC))
}

/// The findings about anything but TLS and certificates, which these apps say nothing of.
fn findings(endpoints: &Value) -> Vec<(String, Severity)> {
    let mut found: Vec<(String, Severity)> = outcomes(endpoints, Profile::Standard)
        .into_iter()
        .filter(|outcome| matches!(outcome.judgement, Judgement::Fail(_)) && !outcome.rule.contains(".tls."))
        .map(|outcome| (outcome.rule, outcome.severity))
        .collect();
    found.dedup();
    found
}

#[test]
fn a_correct_app_has_no_finding_and_nothing_open() {
    assert_eq!(findings(&correct_app()), []);
    let open: Vec<String> = outcomes(&correct_app(), Profile::Standard)
        .into_iter()
        .filter_map(|outcome| match outcome.judgement {
            Judgement::Error(reason) => Some(format!("{}: {reason}", outcome.rule)),
            _ => None,
        })
        .collect();
    assert!(open.is_empty(), "{open:#?}");
}

/// What is found when the facts at a place in the correct app are laid over.
fn found_with(place: &str, with: Value) -> Vec<String> {
    let mut app = correct_app();
    lay(app.pointer_mut(place).unwrap_or_else(|| panic!("nothing stands at {place}")), with);
    findings(&app).into_iter().map(|(rule, _)| rule.trim_start_matches("superoffice.").to_owned()).collect()
}

/// Flaws of sign-in, panels and cookies: where the facts stand, what they become, and the rule.
fn flaws_of_sign_in() -> Vec<(&'static str, Value, &'static str)> {
    const AUTHORIZE: &str = "/1/sign_in/authorize";
    vec![
        ("/1/sign_in", json!({ "outcome": "shows-data" }), "sign-in.panel-shows-data"),
        ("/1/sign_in", json!({ "outcome": "password-form" }), "sign-in.panel-asks-for-password"),
        ("/1/sign_in", json!({ "outcome": "other-sign-in" }), "sign-in.other-sign-in"),
        (AUTHORIZE, json!({ "legacy": true }), "sign-in.legacy"),
        (AUTHORIZE, json!({ "data_host": true }), "sign-in.not-a-sign-in-host"),
        (AUTHORIZE, json!({ "secure": false }), "sign-in.authorize-not-https"),
        (AUTHORIZE, json!({ "response_type": "token" }), "sign-in.implicit-flow"),
        (AUTHORIZE, json!({ "code_challenge": false, "state": { "present": false } }), "sign-in.state-missing"),
        (
            AUTHORIZE,
            json!({ "code_challenge": false, "state": { "present": true, "length": 32, "differs": false } }),
            "sign-in.state-constant",
        ),
        (AUTHORIZE, json!({ "code_challenge_method": null }), "sign-in.pkce-plain"),
        (AUTHORIZE, json!({ "secrets": ["client_secret"] }), "sign-in.secret-in-authorize-url"),
        (AUTHORIZE, json!({ "tenant": null }), "sign-in.tenant-not-passed"),
        (AUTHORIZE, json!({ "environment": "development" }), "sign-in.other-environment"),
        ("/1/panel", json!({ "missing": ["usid"] }), "panels.identity-missing"),
        ("/1/panel", json!({ "forbidden": ["usec"] }), "panels.ticket-in-address"),
        ("/1/cookies/0", json!({ "http_only": false }), "cookies.http-only-missing"),
        ("/1/cookies/0", json!({ "http_only": false, "purpose": "anti-forgery" }), "cookies.readable-on-purpose"),
        ("/1/cookies/0", json!({ "same_site": "Lax" }), "cookies.panel-same-site"),
        ("/1/cookies/0", json!({ "partitioned": false }), "cookies.panel-not-partitioned"),
        ("/1/cookies/0", json!({ "value": "credential" }), "cookies.credential-in-value"),
    ]
}

/// Flaws of answers, files and forged requests.
fn flaws_of_answers() -> Vec<(&'static str, Value, &'static str)> {
    const HEADERS: &str = "/1/answers/1/headers";
    vec![
        (HEADERS, json!({ "framing": { "allowed": "unrestricted" } }), "headers.panel-framed-by-anyone"),
        (
            HEADERS,
            json!({ "framing": { "allowed": "nobody", "admits_platform": false, "x_frame_options": "deny" } }),
            "headers.panel-shuts-out-superoffice",
        ),
        (
            "/1/answers/2/headers",
            json!({ "cross_origin": { "allow_origin": "https://stranger.example", "allow_credentials": true, "reflects": true } }),
            "headers.cors-opens-to-strangers",
        ),
        (
            "/1/answers/0/page",
            json!({ "script_findings": [{ "kind": "application-token", "url": "https://app.example.com/a.js", "line": 1, "masked": null }] }),
            "pages.secret-in-script",
        ),
        (
            "/1/answers/0",
            json!({ "disclosure": { "framework": "ASP.NET", "shows": "stack trace", "signature": "s" } }),
            "headers.error-page-shows-code",
        ),
        ("/0/answers/0/response", json!({ "status": 500 }), "headers.redirect-url-does-not-answer"),
        ("/0/exposed_files/0", json!({ "exposed": true }), "exposure.file-public"),
        ("/0/exposed_files/0", json!({ "exposed": true, "what": "private key" }), "exposure.private-key-public"),
        ("/0/attempts/0", json!({ "accepted": true }), "tokens.algorithm-of-the-sender-accepted"),
        ("/0/attempts/1", json!({ "accepted": true }), "tokens.wrong-key-accepted"),
        ("/0/attempts/4", json!({ "accepted": true }), "tokens.wrong-issuer-accepted"),
        ("/0/attempts/7", json!({ "accepted": true }), "tokens.wrong-state-accepted"),
        ("/0", json!({ "kind": "configure" }), "endpoints.redirect-url-missing"),
        ("/0", json!({ "host": "contoso.ngrok.io" }), "urls.development-host"),
        ("/0", json!({ "open_redirect": { "parameter": "next", "open": true, "reason": "Location" } }), "urls.open-redirect"),
    ]
}

#[test]
fn each_flaw_is_found_by_its_own_rule_and_by_no_other() {
    for (place, with, rule) in flaws_of_sign_in().into_iter().chain(flaws_of_answers()) {
        let place_and_flaw = format!("{place} {with}");
        assert_eq!(found_with(place, with), [rule], "{place_and_flaw}");
    }
}

#[test]
fn a_panel_that_holds_no_data_is_no_red_flag_however_it_sends_to_sign_in() {
    for outcome in ["shell", "platform-sign-in", "turned-away", "refused"] {
        let mut app = correct_app();
        app[1]["sign_in"]["outcome"] = json!(outcome);
        let flags: Vec<_> = findings(&app).into_iter().filter(|(_, severity)| *severity <= Severity::Medium).collect();
        assert!(flags.is_empty(), "{outcome}: {flags:?}");
    }
}

#[test]
fn what_could_not_be_told_is_never_a_pass_and_advice_leaves_nothing_open() {
    let questions =
        ["visit", "visit-again", "plain-http", "framed", "invalid-token", "not-found", "broken-request", "foreign-origin", "null-origin"];
    let silent: Vec<Value> = questions
        .into_iter()
        .map(|question| {
            json!({ "question": question, "method": "GET", "url": "https://app.example.com/", "reached": false,
        "error": "timed out", "response": null, "headers": null, "page": null, "disclosure": null })
        })
        .collect();
    let unknown = json!({ "answers": silent, "sign_in": { "outcome": null, "reason": "timed out", "authorize": null },
        "exposed_files": [{ "path": "/x", "what": "git repository", "url": "https://app.example.com/x", "exposed": null, "status": null, "reason": "timed out" },
            { "path": "/y", "what": "API documentation", "url": "https://app.example.com/y", "exposed": null, "status": null, "reason": "timed out" }],
        "attempts_reason": "timed out" });
    let kinds = ["redirect", "configure", "state-change", "webhook", "connector", "web-panel", "page", "api"];
    let endpoints: Vec<Value> = kinds.into_iter().map(|kind| endpoint(kind, "/", unknown.clone())).collect();
    let outcomes = outcomes(&Value::from(endpoints), Profile::Standard);
    let open = |outcome: &&Outcome| matches!(outcome.judgement, Judgement::Error(_)) && outcome.severity > Severity::Medium;
    let advice: Vec<&String> = outcomes.iter().filter(open).map(|outcome| &outcome.rule).collect();
    assert!(advice.is_empty(), "{advice:#?}");
    for rule in [
        "sign-in.panel-shows-data",
        "headers.panel-framed-by-anyone",
        "headers.cors-opens-to-strangers",
        "pages.secret-in-script",
        "exposure.file-public",
    ] {
        let errors = outcomes
            .iter()
            .filter(|outcome| outcome.rule.ends_with(rule))
            .filter(|outcome| matches!(outcome.judgement, Judgement::Error(_)))
            .count();
        assert!(errors > 0, "{rule} is silent about what nobody could tell");
    }
    let passed: Vec<&String> = outcomes
        .iter()
        .filter(|outcome| {
            outcome.judgement == Judgement::Pass
                && [".headers.", ".pages.", ".sign-in.", ".exposure.", ".tokens."].iter().any(|area| outcome.rule.contains(area))
        })
        .map(|outcome| &outcome.rule)
        .collect();
    assert!(passed.is_empty(), "{passed:#?}");
}

#[test]
fn every_rule_names_a_weakness_and_both_editions_of_the_top_ten() {
    let names = |rule: &redflag::rules::Rule, start: &str| rule.references.iter().any(|reference| reference.starts_with(start));
    let bare: Vec<&String> = PACK
        .rules
        .iter()
        .filter(|rule| !(names(rule, "cwe-") && names(rule, "owasp-2021-") && names(rule, "owasp-2025-")))
        .map(|rule| &rule.id)
        .collect();
    assert!(bare.is_empty(), "{bare:#?}");
}

#[test]
fn every_fix_of_the_web_speaks_to_the_stacks_that_apps_are_made_with() {
    const AREAS: [&str; 5] = [".sign-in.", ".cookies.", ".headers.", ".pages.", ".tokens."];
    const STACKS: [&str; 4] = ["ASP.NET", "Node", "PHP", "Java"];
    let concerned = PACK
        .rules
        .iter()
        .filter(|rule| AREAS.iter().any(|area| rule.id.contains(area)) && !rule.id.ends_with("infrastructure-cookie-flags"));
    let silent: Vec<String> = concerned
        .flat_map(|rule| STACKS.iter().filter(|stack| !rule.fix.contains(**stack)).map(|stack| format!("{}: {stack}", rule.id)))
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}
