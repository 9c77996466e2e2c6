//! `redflag check` against real servers: what it reports, and its exit code.

#[path = "end_to_end/active.rs"]
mod active;
#[path = "end_to_end/answers.rs"]
mod answers;
#[path = "end_to_end/assessment.rs"]
mod assessment;
#[path = "end_to_end/observatory.rs"]
mod observatory;
#[path = "end_to_end/truth.rs"]
mod truth;
#[path = "end_to_end/web.rs"]
mod web;

mod servers;

#[path = "end_to_end/revocation.rs"]
mod revocation;

use std::{
    fmt, fs,
    net::SocketAddr,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use assert_cmd::{
    Command,
    cargo::{cargo_bin, cargo_bin_cmd},
};
use serde_json::Value;

use servers::{
    HOST, Missing, Running,
    certificates::Identity,
    free_port, java,
    nginx::Nginx,
    node, openssl, or_left_out, other_clients,
    scripted::{Manner, Scripted},
};

/// Exit codes, as README.md lists them.
const NO_RED_FLAGS: i32 = 0;
const RED_FLAGS: i32 = 1;
const INCOMPLETE: i32 = 3;
const UNREACHABLE: i32 = 4;
const SCOPE_REFUSED: i32 = 6;
const INTERRUPTED: i32 = 130;

/// Enough for a real server on a machine that is busy with all the other tests.
const SECONDS: &str = "10";

/// Enough for a server that will not answer anyway.
const FEW_SECONDS: &str = "2";

/// No check of one URL may take longer, whatever the server does.
const PATIENCE: Duration = Duration::from_mins(1);

/// One run of the command.
struct Run {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit {:?}\n{}\n{}", self.code, self.stderr, String::from_utf8_lossy(&self.stdout))
    }
}

impl Run {
    fn of(mut command: Command) -> Self {
        let output = command.timeout(PATIENCE).output().expect("redflag can be run");
        Self { code: output.status.code(), stdout: output.stdout, stderr: String::from_utf8_lossy(&output.stderr).into_owned() }
    }

    /// The JSON result on standard output.
    #[track_caller]
    fn result(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("no JSON result: {error}\n{self}"))
    }

    #[track_caller]
    fn address(&self) -> Value {
        self.result()["evidence"]["endpoints"][0]["addresses"][0].clone()
    }

    #[track_caller]
    fn chain(&self) -> Value {
        self.address()["tls"]["chain"].clone()
    }

    /// The URLs and status codes of every hop.
    #[track_caller]
    fn hops(&self) -> Vec<(String, u64)> {
        let responses = self.result()["evidence"]["endpoints"][0]["responses"].as_array().cloned().unwrap_or_default();
        let path = |response: &Value| response["url"].as_str().and_then(|url| url.splitn(4, '/').nth(3)).unwrap_or_default().to_owned();
        responses.iter().map(|response| (path(response), response["status"].as_u64().unwrap_or_default())).collect()
    }

    /// Rules with a failed finding, each once, in order.
    #[track_caller]
    fn failed_rules(&self) -> Vec<String> {
        let findings = self.result()["findings"].as_array().cloned().unwrap_or_default();
        let failed = findings.iter().filter(|finding| finding["status"] == "fail");
        let mut rules: Vec<String> = failed.filter_map(|finding| finding["rule"].as_str().map(str::to_owned)).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }
}

/// `redflag` with nothing of the caller's environment.
fn redflag() -> Command {
    let mut command = cargo_bin_cmd!("redflag");
    command.env_clear().env("SOURCE_DATE_EPOCH", "1700000000");
    command
}

/// `redflag check URL` on this machine, with a JSON result.
fn check(url: &str) -> Command {
    let mut command = redflag();
    command.args(check_arguments(url, SECONDS));
    command
}

fn check_arguments<'a>(url: &'a str, timeout: &'a str) -> [&'a str; 7] {
    ["check", url, "--allow-private", "--timeout", timeout, "-o", "json"]
}

/// The same in less memory than a gigabyte, where the system can hold a process to that.
fn check_in_little_memory(url: &str, timeout: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "ulimit -v 900000 2>/dev/null; exec \"$0\" \"$@\""]).arg(cargo_bin!("redflag")).args(check_arguments(url, timeout));
    // Threads reserve address space that they never use; with few of them the limit means what it says.
    command.env_clear().env("MALLOC_ARENA_MAX", "2").env("TOKIO_WORKER_THREADS", "2");
    command
}

/// `redflag check` on a path of a server whose authority is trusted.
fn check_on(server: &Running, path: &str) -> Command {
    let mut command = check(&server.url(path));
    command.arg("--ca").arg(server.authority());
    command
}

/// The versions that an address of the result offers, oldest first.
///
/// # Panics
/// When one is unknown: on these servers none may be.
#[track_caller]
fn offered(address: &Value) -> Vec<String> {
    let protocols = address["tls"]["protocols"].as_array().unwrap_or_else(|| panic!("no protocols in {address:#}"));
    assert_eq!(protocols.len(), 6, "one entry for each version: {address:#}");
    let known = protocols.iter().filter(|protocol| protocol["offered"].as_bool().unwrap_or_else(|| panic!("unknown: {protocol}")));
    known.map(|protocol| protocol["id"].as_str().unwrap_or_default().to_owned()).collect()
}

// Protocol versions

/// A server and the versions it offers.
struct Offer {
    server: &'static str,
    start: fn() -> Result<Running, Missing>,
    versions: &'static [&'static str],
    code: i32,
}

const OFFERS: &[Offer] = &[
    Offer { server: "modern nginx", start: || Nginx::modern().start(), versions: &["tls1.2", "tls1.3"], code: NO_RED_FLAGS },
    Offer { server: "old nginx", start: || Nginx::old().start(), versions: &["tls1.0", "tls1.1", "tls1.2", "tls1.3"], code: RED_FLAGS },
    Offer {
        server: "nginx without TLS 1.2",
        start: || Nginx { protocols: "TLSv1 TLSv1.1", ..Nginx::old() }.start(),
        versions: &["tls1.0", "tls1.1"],
        code: RED_FLAGS,
    },
    Offer {
        server: "Java with SSL 3.0 and the old form of hello",
        start: || java::start(&["SSLv2Hello", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2"]),
        versions: &["ssl3", "tls1.0", "tls1.1", "tls1.2"],
        code: RED_FLAGS,
    },
    Offer { server: "Java with SSL 3.0 alone", start: || java::start(&["SSLv3"]), versions: &["ssl3"], code: RED_FLAGS },
    Offer {
        server: "Node 0.10 with everything",
        start: || node::start(None),
        versions: &["ssl2", "ssl3", "tls1.0", "tls1.1", "tls1.2"],
        code: RED_FLAGS,
    },
    Offer { server: "Node 0.10 with SSL 2.0 alone", start: || node::start(Some("SSLv2_method")), versions: &["ssl2"], code: RED_FLAGS },
    Offer { server: "Node 0.10 with TLS 1.0 alone", start: || node::start(Some("TLSv1_method")), versions: &["tls1.0"], code: RED_FLAGS },
    Offer {
        server: "openssl with TLS 1.2 alone",
        start: || openssl::start("-tls1_2", Identity::Good),
        versions: &["tls1.2"],
        // With every suite that openssl has, the anonymous ones among them.
        code: RED_FLAGS,
    },
    Offer {
        server: "openssl with TLS 1.3 alone",
        start: || openssl::start("-tls1_3", Identity::Good),
        versions: &["tls1.3"],
        code: RED_FLAGS,
    },
];

/// Every server that can be had here.
fn servers() -> impl Iterator<Item = (&'static Offer, Running)> {
    OFFERS.iter().filter_map(|offer| Some((offer, or_left_out((offer.start)())?)))
}

#[test]
fn other_clients_agree_about_what_every_server_offers() {
    for (offer, running) in servers() {
        let Some(seen) = or_left_out(other_clients::offered(running.address())) else { return };
        assert_eq!(seen, offer.versions, "{}", offer.server);
    }
}

#[test]
fn the_versions_of_every_server_are_reported_exactly() {
    for (offer, running) in servers() {
        let run = Run::of(check_on(&running, "/home"));
        assert_eq!(offered(&run.address()), offer.versions, "{}\n{}", offer.server, run.stderr);
        assert_eq!(run.code, Some(offer.code), "{}\n{run}", offer.server);
    }
}

#[test]
fn every_address_of_a_host_is_reported_for_itself() {
    let Some(modern) = or_left_out(Nginx::modern().start()) else { return };
    let port = modern.address().port();
    let other = Nginx { ip: [127, 0, 0, 2].into(), port: Some(port), ..Nginx::old() };
    let Some(_old) = or_left_out(other.start()) else { return };
    let mut command = check(&format!("https://{HOST}:{port}/home"));
    command.arg("--ca").arg(modern.authority()).args(["--resolve", &format!("{HOST}:{port}:127.0.0.1,127.0.0.2")]);
    let run = Run::of(command);
    let addresses = run.result()["evidence"]["endpoints"][0]["addresses"].as_array().cloned().unwrap_or_default();
    let seen: Vec<(&str, Vec<String>)> = addresses.iter().map(|one| (one["ip"].as_str().unwrap_or_default(), offered(one))).collect();
    let words = |versions: &[&str]| versions.iter().map(ToString::to_string).collect::<Vec<_>>();
    let expected = [("127.0.0.1", words(&["tls1.2", "tls1.3"])), ("127.0.0.2", words(&["tls1.0", "tls1.1", "tls1.2", "tls1.3"]))];
    assert_eq!(seen, expected, "{run}");
}

#[test]
fn a_server_on_ipv6_is_reported_like_any_other() {
    let Some(server) = or_left_out(Nginx { ip: std::net::Ipv6Addr::LOCALHOST.into(), ..Nginx::modern() }.start()) else { return };
    let run = Run::of(check_on(&server, "/home"));
    assert_eq!(run.address()["ip"], "::1", "{run}");
    assert_eq!(offered(&run.address()), ["tls1.2", "tls1.3"]);
    assert_eq!(run.code, Some(NO_RED_FLAGS), "{run}");
}

// Certificates

/// Checks a modern nginx that presents an identity.
fn chain_of(identity: Identity) -> Option<Run> {
    let server = or_left_out(Nginx { identity, ..Nginx::modern() }.start())?;
    Some(Run::of(check_on(&server, "/home")))
}

/// One fact of the chain differs from what a good one shows, and the rule about it fails.
#[track_caller]
fn assert_flaw(identity: Identity, flaws: &[(&str, bool)], rule: &str) {
    let good = [
        ("trusted", true),
        ("complete", true),
        ("order_ok", true),
        ("host_matches", true),
        ("expired", false),
        ("not_yet_valid", false),
        ("self_signed", false),
    ];
    let Some(run) = chain_of(identity) else { return };
    let chain = run.chain();
    for (fact, usual) in good {
        let expected = flaws.iter().find(|(flawed, _)| *flawed == fact).map_or(usual, |(_, value)| *value);
        assert_eq!(chain[fact], expected, "{identity:?}: {fact} in {chain:#}");
    }
    assert!(run.failed_rules().iter().any(|failed| failed == rule), "{rule} is not among {:?}", run.failed_rules());
    assert_eq!(run.code, Some(RED_FLAGS), "{run}");
}

#[test]
fn a_good_chain_is_reported_as_good_and_as_sent() {
    let Some(run) = chain_of(Identity::Good) else { return };
    let certificates = run.address()["tls"]["certificates"].as_array().cloned().unwrap_or_default();
    let keys: Vec<&str> = certificates.iter().filter_map(|certificate| certificate["key"].as_str()).collect();
    assert_eq!(keys, ["RSA 2048", "RSA 2048"], "{run}");
    assert_eq!(certificates[0]["sans"].as_array().map(Vec::len), Some(4), "{run}");
    assert_eq!(run.chain()["trusted"], true, "{run}");
    assert_eq!(run.failed_rules(), [""; 0], "{run}");
}

#[test]
fn an_expired_certificate_is_a_red_flag() {
    assert_flaw(Identity::Expired, &[("expired", true)], "superoffice.certificates.expired");
}

#[test]
fn a_certificate_of_the_future_is_a_red_flag() {
    assert_flaw(Identity::NotYetValid, &[("not_yet_valid", true)], "superoffice.certificates.not-yet-valid");
}

#[test]
fn a_certificate_for_another_host_is_a_red_flag() {
    assert_flaw(Identity::OtherHost, &[("host_matches", false)], "superoffice.certificates.wrong-host");
}

#[test]
fn a_self_signed_certificate_is_a_red_flag() {
    let Some(run) = chain_of(Identity::SelfSigned) else { return };
    assert_eq!(run.chain()["self_signed"], true, "{run}");
    assert_eq!(run.chain()["trusted"], false, "{run}");
    assert!(run.failed_rules().contains(&"superoffice.certificates.untrusted".to_owned()), "{run}");
}

#[test]
fn a_chain_without_its_intermediate_is_a_red_flag() {
    let Some(run) = chain_of(Identity::WithoutIntermediate) else { return };
    assert_eq!(run.chain()["complete"], false, "{run}");
    assert_eq!(run.code, Some(RED_FLAGS), "{run}");
}

#[test]
fn an_authority_is_trusted_only_when_it_is_named() {
    let Some(server) = or_left_out(Nginx::modern().start()) else { return };
    let run = Run::of(check(&server.url("/home")));
    assert_eq!(run.chain()["trusted"], false, "{run}");
    assert_eq!(run.failed_rules(), ["superoffice.certificates.untrusted", "superoffice.tls.ssl-labs-failed"], "{run}");
    assert_eq!(run.code, Some(RED_FLAGS), "{run}");
}

// Redirects and cookies

#[test]
fn every_hop_and_every_cookie_of_a_login_is_reported() {
    let Some(server) = or_left_out(Nginx::modern().start()) else { return };
    let run = Run::of(check_on(&server, "/careless"));
    let hops = [("careless", 302), ("careless/second", 307), ("home", 200)].map(|(path, status)| (path.to_owned(), status));
    assert_eq!(run.hops(), hops, "{run}");
    let cookies = run.result()["evidence"]["endpoints"][0]["cookies"].clone();
    let seen: Vec<String> = cookies.as_array().into_iter().flatten().map(cookie_in_words).collect();
    assert_eq!(seen, ["session secure", "tracking http_only", "embedded secure http_only partitioned SameSite=None"], "{run}");
    assert_eq!(run.code, Some(RED_FLAGS), "{run}");
}

fn cookie_in_words(cookie: &Value) -> String {
    let flags = ["secure", "http_only", "partitioned"].into_iter().filter(|flag| cookie[*flag] == true).map(str::to_owned);
    let same_site = cookie["same_site"].as_str().map(|value| format!("SameSite={value}"));
    let name = cookie["name"].as_str().unwrap_or_default().to_owned();
    [name].into_iter().chain(flags).chain(same_site).collect::<Vec<_>>().join(" ")
}

#[test]
fn header_lines_are_kept_as_the_server_spelled_them() {
    let Some(server) = or_left_out(Nginx::modern().start()) else { return };
    let run = Run::of(check_on(&server, "/careless"));
    let headers = run.result()["evidence"]["endpoints"][0]["responses"][1]["headers"].clone();
    let names: Vec<&str> = headers.as_array().into_iter().flatten().filter_map(|header| header[0].as_str()).collect();
    let cookies: Vec<&str> = names.into_iter().filter(|name| name.eq_ignore_ascii_case("set-cookie")).collect();
    assert_eq!(cookies, ["SET-COOKIE", "Set-Cookie"], "{run}");
}

#[test]
fn the_value_of_a_cookie_is_in_no_report() {
    let Some(server) = or_left_out(Nginx::modern().start()) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut command = check_on(&server, "/careless");
    for format in ["html", "sarif", "text"] {
        command.arg("-o").arg(format!("{format}={}", folder.path().join(format).display()));
    }
    let run = Run::of(command);
    for format in ["html", "sarif", "text"] {
        let report = fs::read_to_string(folder.path().join(format)).unwrap_or_else(|error| panic!("no {format}: {error}\n{run}"));
        assert!(!report.contains("0a1b2c3d4e5f6a7b8c9d"), "the {format} report shows the cookie's value");
    }
    assert!(!run.to_string().contains("0a1b2c3d4e5f6a7b8c9d"), "{run}");
}

#[test]
fn redirects_that_never_end_are_followed_ten_times_and_no_further() {
    let Some(server) = or_left_out(Nginx::modern().start()) else { return };
    let run = Run::of(check_on(&server, "/onward/"));
    assert_eq!(run.hops().len(), 11, "{run}");
    assert_eq!(run.result()["evidence"]["endpoints"][0]["visit"]["complete"], false, "{run}");
    assert_eq!(run.code, Some(INCOMPLETE), "{run}");
}

#[test]
fn a_redirect_to_itself_leaves_the_visit_incomplete() {
    let Some(server) = or_left_out(Nginx::modern().start()) else { return };
    let run = Run::of(check_on(&server, "/round"));
    assert_eq!(run.result()["evidence"]["endpoints"][0]["visit"]["complete"], false, "{run}");
    assert_eq!(run.code, Some(INCOMPLETE), "{run}");
}

#[test]
fn a_redirect_out_of_tls_is_a_red_flag() {
    let Some(server) = or_left_out(Nginx::modern().start()) else { return };
    let run = Run::of(check_on(&server, "/downgrade"));
    assert!(run.failed_rules().contains(&"superoffice.endpoints.redirects-to-plain-http".to_owned()), "{run}");
    assert_eq!(run.code, Some(RED_FLAGS), "{run}");
}

#[test]
fn a_redirect_to_a_host_that_nobody_named_is_recorded_and_not_probed() {
    let Some(server) = or_left_out(Nginx::modern().start()) else { return };
    let run = Run::of(check_on(&server, "/elsewhere"));
    let endpoints = run.result()["evidence"]["endpoints"].clone();
    assert_eq!(endpoints[0]["responses"][0]["location"], "https://elsewhere.redflag.test/callback", "{run}");
    assert_eq!(endpoints.as_array().map(Vec::len), Some(1), "{run}");
}

#[test]
fn a_plain_http_redirect_url_is_a_red_flag() {
    let Some(server) = or_left_out(Nginx::modern().start()) else { return };
    let run = Run::of(check(&format!("http://{}/callback", server.site.clear_text)));
    assert_eq!(run.code, Some(RED_FLAGS), "{run}");
    assert_eq!(run.hops(), [("callback".to_owned(), 200)], "{run}");
}

// One command, end to end

/// Not a token of anyone: made for this test.
const TOKEN: &str = "7c1e0f9d3b5a4826a1b2c3d4e5f60718";

fn source_tree(folder: &Path) {
    let program = format!(
        "using SuperOffice;\n\npublic static class Startup\n{{\n    public static void Configure()\n    {{\n        \
         ConfigFile.Services.ApplicationToken = \"{TOKEN}\";\n    }}\n}}\n"
    );
    fs::write(folder.join("Startup.cs"), program).expect("a temporary folder can be written to");
}

/// The first line of a report that differs in another, with its counterpart.
fn first_difference(one: &[u8], other: &[u8]) -> Option<(String, String)> {
    let (one, other) = (String::from_utf8_lossy(one), String::from_utf8_lossy(other));
    let differing = one.lines().zip(other.lines()).find(|(left, right)| left != right);
    let lengths = || (one != other).then(|| (format!("{} bytes", one.len()), format!("{} bytes", other.len())));
    differing.map(|(left, right)| (left.to_owned(), right.to_owned())).or_else(lengths)
}

#[test]
fn one_command_checks_a_server_and_its_source_and_writes_every_report() {
    let Some(server) = or_left_out(Nginx::old().start()) else { return };
    let source = tempfile::tempdir().expect("a temporary folder can be made");
    source_tree(source.path());
    let reports = || {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut command = check_on(&server, "/careless");
        command.arg("--source").arg(source.path());
        for format in ["html", "sarif"] {
            command.arg("-o").arg(format!("{format}={}", folder.path().join(format).display()));
        }
        let run = Run::of(command);
        assert_eq!(run.code, Some(RED_FLAGS), "{run}");
        let read = |format: &str| fs::read(folder.path().join(format)).unwrap_or_else(|error| panic!("no {format}: {error}\n{run}"));
        (read("html"), read("sarif"), run)
    };
    let (html, sarif, run) = reports();
    let (same_html, same_sarif, _) = reports();
    for (report, same) in [(&html, &same_html), (&sarif, &same_sarif)] {
        assert_eq!(first_difference(report, same), None, "the same run twice gives other bytes");
    }
    for report in [&html, &sarif, &run.stdout] {
        assert!(!String::from_utf8_lossy(report).contains(TOKEN), "a report shows the token");
    }
    let result = run.result();
    assert_eq!(result["schema"], "redflag-result-1");
    assert_eq!(result["verdict"], "not-ready");
    assert_eq!(result["exit_code"], RED_FLAGS);
    let fact = &result["evidence"]["source"]["facts"][0];
    assert_eq!((&fact["path"], &fact["line"], &fact["origin"]), (&"Startup.cs".into(), &7.into(), &"literal".into()), "{fact:#}");
}

// Bad targets: a clear answer within bounded time, never a pass

fn check_scripted(manner: Manner) -> Run {
    let server = Scripted::start(manner);
    Run::of(check_in_little_memory(&server.url("/callback"), FEW_SECONDS))
}

/// The port was reached, and its answer has a name.
#[track_caller]
fn assert_answer(manner: Manner, answer: &str) -> Run {
    let run = check_scripted(manner);
    let address = run.address();
    assert_eq!(address["reached"], true, "{run}");
    assert_eq!((&address["tls"]["reached"], &address["tls"]["answer"]), (&false.into(), &answer.into()), "{run}");
    assert!(address["tls"]["error"].is_string(), "no reason is given: {run}");
    assert_ne!(run.result()["verdict"], "ready", "{run}");
    assert_ne!(run.code, Some(NO_RED_FLAGS), "{run}");
    run
}

#[test]
fn silence_is_unknown_and_never_a_pass() {
    let run = assert_answer(Manner::Tarpit, "no-answer");
    let protocols = run.address()["tls"]["protocols"].clone();
    let unknown =
        protocols.as_array().into_iter().flatten().all(|protocol| protocol["offered"].is_null() && protocol["reason"].is_string());
    assert!(unknown, "{protocols:#}");
    assert_eq!(run.code, Some(INCOMPLETE), "{run}");
}

#[test]
fn a_server_that_hangs_up_is_told_apart_from_one_that_is_silent() {
    assert_answer(Manner::HangUp, "closed");
}

#[test]
fn plain_http_on_the_port_is_told_apart_from_garbage() {
    assert_answer(Manner::PlainHttp, "plain-http");
    assert_answer(Manner::Garbage, "garbage");
}

#[test]
fn plain_http_of_a_real_server_is_recognised() {
    let Some(server) = or_left_out(Nginx::modern().start()) else { return };
    let run = Run::of(check(&format!("https://{}/callback", server.site.clear_text)));
    assert_eq!(run.address()["tls"]["answer"], "plain-http", "{run}");
    assert_ne!(run.code, Some(NO_RED_FLAGS), "{run}");
}

#[test]
fn a_flood_or_a_drip_ends_within_bounds_and_passes_nothing() {
    for manner in [Manner::Flood, Manner::FloodOfRecords, Manner::Drip] {
        let run = check_scripted(manner);
        assert_ne!(run.result()["verdict"], "ready", "{manner:?}\n{run}");
        assert!(run.code.is_some_and(|code| code == RED_FLAGS || code == INCOMPLETE), "{manner:?}\n{run}");
    }
}

#[test]
fn a_body_of_a_gigabyte_is_read_up_to_a_cap() {
    let Some(server) = or_left_out(Nginx::modern().start()) else { return };
    let mut command = check_in_little_memory(&server.url("/gigabyte"), SECONDS);
    command.arg("--ca").arg(server.authority());
    let run = Run::of(command);
    let response = run.result()["evidence"]["endpoints"][0]["responses"][0].clone();
    assert_eq!((&response["status"], &response["body_truncated"]), (&200.into(), &true.into()), "{run}");
    assert!(response["body_bytes"].as_u64().is_some_and(|bytes| bytes < 64 << 20), "{response:#}");
}

/// Starts a check of a silent server, interrupts it as Ctrl-C does, and gives its exit code and the result it left.
#[cfg(unix)]
fn interrupted(seconds: &str) -> (Option<i32>, Duration, Value) {
    let server = Scripted::start(Manner::Tarpit);
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("result.json");
    let started = Instant::now();
    let url = server.url("/");
    let mut child = std::process::Command::new(cargo_bin("redflag"))
        .args(check_arguments(&url, seconds))
        .args(["-o", &format!("json={}", path.display())])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("redflag can be run");
    // In the middle of the visit, however long the program took to start.
    server.await_visitor();
    let interrupt = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("there is `kill`");
    assert!(interrupt.success());
    let code = child.wait().expect("it ends").code();
    (code, started.elapsed(), serde_json::from_slice(&fs::read(path).expect("a partial result")).expect("it is JSON"))
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_the_run_and_leaves_a_partial_result() {
    let (code, took, result) = interrupted("60");
    assert_eq!(code, Some(INTERRUPTED));
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert_eq!((&result["interrupted"], &result["verdict"]), (&Value::from(true), &Value::from("incomplete")));
    assert_eq!(result["evidence"]["endpoints"][0]["visit"]["reached"], false);
}

#[test]
fn a_closed_port_is_unreachable() {
    let port = free_port([127, 0, 0, 1].into());
    let run = Run::of(check(&format!("https://127.0.0.1:{port}/callback")));
    assert_eq!(run.address()["contact"], "refused", "{run}");
    assert_eq!(run.code, Some(UNREACHABLE), "{run}");
}

#[test]
fn a_private_address_is_refused_unless_allowed() {
    let server = Scripted::start(Manner::Tarpit);
    let mut command = redflag();
    command.args(["check", &server.url("/callback"), "-o", "json"]);
    let run = Run::of(command);
    assert_eq!(run.code, Some(SCOPE_REFUSED), "{run}");
    assert!(run.stderr.contains("--allow-private"), "the remedy is not named: {run}");
}

#[test]
fn a_name_that_leads_to_a_private_address_is_refused_too() {
    let server = Scripted::start(Manner::Tarpit);
    let SocketAddr::V4(address) = server.address else { unreachable!("it listens on IPv4") };
    let port = address.port();
    let mut command = redflag();
    command.args(["check", &format!("https://{HOST}:{port}/callback"), "--resolve", &format!("{HOST}:{port}:127.0.0.1"), "-o", "json"]);
    let run = Run::of(command);
    assert_eq!(run.code, Some(SCOPE_REFUSED), "{run}");
}
