//! What real servers answer when they are asked in different ways, and which files they give away.

use std::fs;

use serde_json::Value;

use crate::{
    Run, check_on, redflag,
    servers::{Running, certificates::Identity, configured::Stack, or_left_out},
};

/// A careful app behind nginx: it names who may frame it, and answers every path with its one page, as single-page apps do.
const CAREFUL: &str = r#"
server_tokens off;
default_type text/html;
server {
    listen @ADDRESS@ ssl;
    root www;
    add_header Content-Security-Policy "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self' https://*.superoffice.com" always;
    add_header X-Content-Type-Options nosniff always;
    add_header Referrer-Policy no-referrer always;
    add_header Cache-Control no-store always;
    add_header Strict-Transport-Security "max-age=31536000" always;
    location / { try_files /index.html =404; }
}
"#;

/// A careless one: it forgets its lines on error pages and in frames, trusts every origin, shows stack traces, and serves its whole folder.
const CARELESS: &str = r#"
default_type text/html;
map $http_sec_fetch_dest $framing { default "SAMEORIGIN"; iframe ""; }
server {
    listen @ADDRESS@ ssl;
    root www;
    location = /callback {
        add_header X-Frame-Options $framing;
        add_header Access-Control-Allow-Origin $http_origin;
        add_header Access-Control-Allow-Credentials true;
        add_header Set-Cookie "visited=1; Path=/";
        if ($request_method = POST) { return 500 "<pre>Error: invalid token<br> &nbsp; &nbsp;at verify (/app/node_modules/jwt/verify.js:12:5)</pre>"; }
        if ($args ~ "name=caf%E9") { return 400 "Traceback (most recent call last):\n  File \"/srv/app/login.py\", line 3, in callback\n"; }
        return 200 "<!doctype html><title>Callback</title>";
    }
    location /App_Data/ { autoindex on; }
    location = /.env.production { return 302 /callback; }
    location = /trace.axd { return 503; }
}
"#;

/// Starts nginx with files in its folder `www`.
fn nginx(settings: &str, files: &[(&str, &[u8])]) -> Option<Running> {
    let running = or_left_out(Stack::Nginx.start(Identity::Good, settings))?;
    place(&running, "www", files);
    Some(running)
}

fn place(running: &Running, folder: &str, files: &[(&str, &[u8])]) {
    for (path, content) in files {
        let path = running.site.file(folder).join(path);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("a temporary folder can be written to");
        fs::write(path, content).expect("a temporary folder can be written to");
    }
}

/// Checks one endpoint of a kind, over the web alone.
fn visit(server: &Running, kind: &str, path: &str) -> (Value, Run) {
    let manifest = server.site.file("redflag.yaml");
    let url = server.url(path);
    let text = format!(
        "name: App\nenvironments:\n  - name: production\nendpoints:\n  - url: '{url}'\n    kind: {kind}\n    environment: production\n"
    );
    fs::write(&manifest, text).expect("a temporary folder can be written to");
    let mut command = redflag();
    command.args(["check", "--allow-private", "--timeout", "10", "--only", "web", "-o", "json", "--manifest"]).arg(&manifest);
    command.arg("--ca").arg(server.authority());
    let run = Run::of(command);
    (run.result()["evidence"]["endpoints"][0].clone(), run)
}

#[track_caller]
fn answer(endpoint: &Value, question: &str) -> Value {
    let answers = endpoint["answers"].as_array().cloned().unwrap_or_default();
    let found = answers.iter().find(|answer| answer["question"] == question);
    found.unwrap_or_else(|| panic!("`{question}` is not among {answers:#?}")).clone()
}

fn questions(endpoint: &Value) -> Vec<String> {
    let answers = endpoint["answers"].as_array().cloned().unwrap_or_default();
    answers.iter().filter_map(|answer| answer["question"].as_str().map(ToOwned::to_owned)).collect()
}

/// The paths that are known to be exposed, those that are known not to be, and those that nobody can tell.
fn files(endpoint: &Value) -> (Vec<String>, usize, Vec<String>) {
    let files = endpoint["exposed_files"].as_array().cloned().unwrap_or_default();
    let paths = |wanted: Option<bool>| {
        files
            .iter()
            .filter(move |file| file["exposed"].as_bool() == wanted)
            .filter_map(|file| file["path"].as_str().map(ToOwned::to_owned))
            .collect::<Vec<_>>()
    };
    (paths(Some(true)), paths(Some(false)).len(), paths(None))
}

#[test]
fn a_careful_panel_admits_the_platform_and_exposes_nothing() {
    let Some(server) = nginx(CAREFUL, &[("index.html", b"<!doctype html><html><body><div id=root></div></body></html>")]) else { return };
    let (endpoint, run) = visit(&server, "web-panel", "/panel");
    let expected = ["visit", "visit-again", "framed", "not-found", "broken-request", "foreign-origin", "null-origin"];
    assert_eq!(questions(&endpoint), expected, "{run}");
    for question in expected {
        let headers = &answer(&endpoint, question)["headers"];
        assert_eq!(headers["framing"]["allowed"], "listed", "{question}: {headers:#}");
        assert_eq!(headers["framing"]["admits_platform"], true, "{question}: {headers:#}");
        assert_eq!(headers["framing"]["beyond_platform"].as_array().map(Vec::len), Some(0), "{question}: {headers:#}");
        assert_eq!(headers["content_security_policy"]["inline_scripts"], false, "{question}: {headers:#}");
        assert_eq!((&headers["nosniff"], &headers["cache"]["no_store"]), (&true.into(), &true.into()), "{question}: {headers:#}");
        assert_eq!(headers["transport_security"]["max_age"], 31_536_000, "{question}: {headers:#}");
        assert_eq!(headers["transport_security"]["ignored_because"], Value::Null, "{question}: {headers:#}");
        assert_eq!(headers["banners"][0]["has_version"], false, "{question}: {headers:#}");
        assert_eq!(answer(&endpoint, question)["disclosure"], Value::Null, "{question}");
    }
    let (exposed, not_exposed, unknown) = files(&endpoint);
    assert_eq!((exposed, unknown), (vec![], vec![]), "a page for every path is no file\n{run}");
    assert!(not_exposed > 20, "{run}");
}

#[test]
fn a_careless_callback_shows_its_flaws_where_they_are() {
    let planted: [(&str, &[u8]); 5] = [
        (".git/HEAD", b"ref: refs/heads/main\n"),
        (".env", b"DB_PASSWORD=hunter2\n"),
        ("App_Data/notes.txt", b"notes"),
        ("App_Data/PrivateKey.xml", b"<RSAKeyValue><Modulus>x</Modulus><D>y</D></RSAKeyValue>"),
        ("web.config", b"<p>not the file</p>"),
    ];
    let Some(server) = nginx(CARELESS, &planted) else { return };
    let (endpoint, run) = visit(&server, "redirect", "/callback");
    assert_eq!(answer(&endpoint, "visit")["headers"]["framing"]["allowed"], "own-origin", "{run}");
    let rejected = answer(&endpoint, "invalid-token");
    assert_eq!((&rejected["method"], &rejected["response"]["status"]), (&"POST".into(), &500.into()), "{run}");
    assert_eq!(rejected["headers"]["framing"]["allowed"], "unrestricted", "the line is lost on the error page\n{run}");
    assert_eq!(rejected["disclosure"]["framework"], "Express", "{run}");
    assert_eq!(answer(&endpoint, "broken-request")["disclosure"]["framework"], "Python", "{run}");
    let missing = answer(&endpoint, "not-found");
    assert_eq!((&missing["response"]["status"], &missing["disclosure"]["shows"]), (&404.into(), &"version".into()), "{run}");
    assert_eq!(missing["headers"]["banners"][0]["has_version"], true, "{run}");
    for question in ["foreign-origin", "null-origin"] {
        let cors = &answer(&endpoint, question)["headers"]["cross_origin"];
        assert_eq!((&cors["reflects"], &cors["allow_credentials"]), (&true.into(), &true.into()), "{question}: {cors}");
    }
    let (exposed, _, unknown) = files(&endpoint);
    assert_eq!(exposed, ["/.git/HEAD", "/.env", "/App_Data/", "/App_Data/PrivateKey.xml"], "{run}");
    assert_eq!(unknown, ["/trace.axd"], "a server in trouble says nothing\n{run}");
    assert!(!String::from_utf8_lossy(&run.stdout).contains("hunter2"), "secrets stay in memory");
    let cookies: Vec<&Value> = endpoint["cookies"].as_array().into_iter().flatten().map(|cookie| &cookie["question"]).collect();
    assert_eq!(cookies, ["visit"], "the same cookie in every answer is one fact\n{run}");
}

#[test]
fn a_panel_that_relaxes_in_a_frame_is_seen_in_one() {
    let Some(server) = nginx(CARELESS, &[]) else { return };
    let (endpoint, run) = visit(&server, "web-panel", "/callback");
    assert_eq!(answer(&endpoint, "visit")["headers"]["framing"]["allowed"], "own-origin", "{run}");
    assert_eq!(answer(&endpoint, "framed")["headers"]["framing"]["allowed"], "unrestricted", "{run}");
}

#[test]
fn a_webhook_is_not_asked_what_only_browsers_ask() {
    let Some(server) = nginx(CARELESS, &[]) else { return };
    let (endpoint, run) = visit(&server, "webhook", "/callback");
    assert_eq!(questions(&endpoint), ["visit", "not-found", "broken-request"], "{run}");
}

#[test]
fn a_listing_and_a_version_of_apache_are_found() {
    let settings = "
        LoadModule autoindex_module /usr/lib/apache2/modules/mod_autoindex.so
        LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
        ServerTokens Full
        ServerSignature On
        DocumentRoot .
        <Directory .>
            Options Indexes
            Require all granted
        </Directory>";
    let Some(server) = or_left_out(Stack::Apache.start(Identity::Good, settings)) else { return };
    place(&server, "", &[("App_Data/notes.txt", b"notes"), ("backup.zip", b"PK\x03\x04\x14\0"), ("index.html", b"<title>App</title>")]);
    let (endpoint, run) = visit(&server, "page", "/");
    assert_eq!(files(&endpoint).0, ["/App_Data/", "/backup.zip"], "{run}");
    let missing = answer(&endpoint, "not-found");
    assert_eq!((&missing["disclosure"]["framework"], &missing["disclosure"]["shows"]), (&"Apache".into(), &"version".into()), "{run}");
}

#[test]
fn a_full_check_asks_all_of_it_beside_the_handshakes() {
    let Some(server) = nginx(CARELESS, &[(".git/HEAD", b"ref: refs/heads/main\n")]) else { return };
    let run = Run::of(check_on(&server, "/callback"));
    let endpoint = &run.result()["evidence"]["endpoints"][0];
    assert_eq!(files(endpoint).0, ["/.git/HEAD"], "{run}");
    assert_eq!(answer(endpoint, "visit")["response"]["tls"]["trusted"], true, "{run}");
    assert!(run.address()["tls"]["reached"].as_bool().unwrap_or_default(), "{run}");
}

/// Two sites on one address: whoever names no host, or another one, is sent away.
const BY_NAME: &str = r#"
default_type text/html;
server {
    listen @ADDRESS@ ssl default_server;
    return 421;
}
server {
    listen @ADDRESS@ ssl;
    server_name app.redflag.test;
    add_header Strict-Transport-Security "max-age=31536000" always;
    location /callback {
        add_header Set-Cookie "own=1; Secure; HttpOnly";
        add_header Set-Cookie "site=1; Domain=redflag.test; Secure; HttpOnly";
        add_header Set-Cookie "suffix=1; Domain=test; Secure; HttpOnly";
        add_header Set-Cookie "below=1; Domain=www.app.redflag.test; Secure; HttpOnly";
        add_header Set-Cookie "foreign=1; Domain=other.example; Secure; HttpOnly";
        add_header Set-Cookie "__Host-bound=1; Path=/; Secure; HttpOnly";
        return 200 "<!doctype html><title>Callback</title>";
    }
}
"#;

#[test]
fn a_name_picks_the_site_its_certificate_and_the_domains_of_its_cookies() {
    let Some(server) = nginx(BY_NAME, &[]) else { return };
    let (url, address) = server.by_name("/callback");
    let mut command = redflag();
    command.args(["check", &url, "--allow-private", "--timeout", "10", "-o", "json", "--resolve", &address, "--quick"]);
    command.arg("--ca").arg(server.authority());
    let run = Run::of(command);
    let endpoint = run.result()["evidence"]["endpoints"][0].clone();
    assert_eq!(answer(&endpoint, "visit")["response"]["status"], 200, "{run}");
    let chain = &endpoint["addresses"][0]["tls"]["chain"];
    assert_eq!((&chain["host_matches"], &chain["trusted"]), (&true.into(), &true.into()), "{run}");
    assert_eq!(endpoint["responses"][0]["transport_security"]["ignored_because"], Value::Null, "{run}");
    let cookie = |name: &str| {
        let cookies = endpoint["cookies"].as_array().cloned().unwrap_or_default();
        cookies.into_iter().find(|cookie| cookie["name"] == name).unwrap_or_else(|| panic!("`{name}` is not there\n{run}"))
    };
    for (name, is_rejected) in
        [("own", false), ("site", false), ("suffix", true), ("below", true), ("foreign", true), ("__Host-bound", false)]
    {
        assert_eq!(cookie(name)["rejected_because"].is_string(), is_rejected, "{name}: {}", cookie(name));
    }
    assert_ne!(cookie("site")["scope"], cookie("own")["scope"], "{run}");
}
