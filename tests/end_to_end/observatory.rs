//! The same header lines, shown to Mozilla's HTTP Observatory and to redflag: where the two disagree, a table says who is right and why.
//!
//! The cases are data: `tests/observatory/cases.json`. `tests/run` fetches the Observatory from npm; it runs on loopback alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    process,
};

use super::*;

/// Half a year, as both understand it.
const HALF_A_YEAR: u64 = 15_552_000;

/// Whether redflag's facts say of a topic that all is well.
type IsWell = fn(&Seen<'_>) -> bool;

/// What the Observatory calls a topic, and what redflag's facts say of it.
const TOPICS: [(&str, IsWell); 10] = [
    ("content-security-policy", |seen| {
        let policy = &seen.headers()["content_security_policy"];
        let forbids = ["inline_scripts", "eval", "any_script_host"].iter().all(|what| policy[what] == false);
        forbids && policy["restricts_scripts"] == true && policy["restricts_objects"] == true
    }),
    ("cookies", |seen| {
        let cookies = seen.endpoint["cookies"].as_array().cloned().unwrap_or_default();
        let is_well = |cookie: &Value| cookie["secure"] == true && cookie["http_only"] == true && cookie["rejected_because"].is_null();
        cookies.iter().filter(|cookie| cookie["deletion"] == false).all(is_well)
    }),
    ("cross-origin-resource-sharing", |seen| {
        let sharing = &seen.answer("foreign-origin")["headers"]["cross_origin"];
        !(sharing["reflects"] == true && sharing["allow_credentials"] == true)
    }),
    ("redirection", |seen| {
        let hops = seen.in_clear["responses"].as_array().cloned().unwrap_or_default();
        let leads = hops.first().and_then(|hop| hop["location"].as_str()).unwrap_or_default();
        seen.in_clear["visit"]["upgraded"] == true && leads.starts_with("https://localhost:")
    }),
    ("referrer-policy", |seen| seen.headers()["referrer_is_private"] == true),
    ("strict-transport-security", |seen| {
        let told = &seen.headers()["transport_security"];
        told["ignored_because"].is_null() && told["max_age"].as_u64().is_some_and(|seconds| seconds >= HALF_A_YEAR)
    }),
    ("subresource-integrity", |seen| {
        let page = &seen.answer("visit")["page"];
        let is_empty = |list: &Value| list.as_array().is_some_and(Vec::is_empty);
        is_empty(&page["foreign_scripts"]) && is_empty(&page["mixed_content"])
    }),
    ("x-content-type-options", |seen| seen.headers()["nosniff"] == true),
    ("x-frame-options", |seen| ["nobody", "own-origin", "listed"].iter().any(|allowed| seen.headers()["framing"]["allowed"] == *allowed)),
    ("cross-origin-resource-policy", |seen| {
        let policy = &seen.headers()["resource_policy"];
        policy.is_null() || ["same-origin", "same-site", "cross-origin"].iter().any(|known| policy == known)
    }),
];

/// The case, the topic, whether redflag says that all is well where the Observatory says the opposite, and why.
const EXPLAINED: &[(&str, &str, bool, &str)] = &[
    (
        "csp over http hosts",
        "content-security-policy",
        true,
        "browsers block what an https page asks for over http, whatever the policy allows; the page's mixed content is judged instead",
    ),
    (
        "csp directive twice",
        "content-security-policy",
        true,
        "browsers take the first of two and pass over the second; redflag names it among the faults",
    ),
    (
        "cookie of no session without HttpOnly",
        "cookies",
        false,
        "the certification wants every cookie HttpOnly, whatever its name; the Observatory guesses by the name",
    ),
    (
        "cookie against forgery without SameSite",
        "cookies",
        true,
        "browsers treat it as Lax; the Observatory asks for the attribute by the cookie's name",
    ),
    ("cookie with a broken SameSite", "cookies", true, "browsers treat an unknown word as Lax; the Observatory asks for a known one"),
    ("cookie with a broken prefix", "cookies", false, "browsers reject it; the Observatory's jar drops it and sees no cookie"),
    ("cookie that is deleted", "cookies", true, "nothing is set; the Observatory reads the flags of the line that deletes"),
    ("cookie of another site", "cookies", false, "browsers reject it; the Observatory's jar drops it and sees no cookie"),
    ("cookie of a public suffix", "cookies", false, "browsers reject it; the Observatory's jar drops it and sees no cookie"),
    (
        "cookie of a balancer",
        "cookies",
        false,
        "the certification exempts no platform's cookie; the Observatory leaves this one out by its name",
    ),
    (
        "hsts with spaces",
        "strict-transport-security",
        true,
        "RFC 6797 allows blanks around the equals sign; the Observatory looks for `max-age=` as it stands",
    ),
    (
        "hsts with a broken directive",
        "strict-transport-security",
        false,
        "the line breaks the grammar, so browsers pass it over; the Observatory reads the digits and stops",
    ),
    (
        "hsts without a number",
        "strict-transport-security",
        false,
        "`max-age` is no number, so browsers pass the line over; to the Observatory no number is less than none",
    ),
    (
        "hsts two lines",
        "strict-transport-security",
        true,
        "the first line counts (RFC 6797, section 8.1); the Observatory sees them joined by a comma",
    ),
    (
        "referrer origin",
        "referrer-policy",
        true,
        "the origin alone is sent, without the query that holds the context; the Observatory counts only policies without a downgrade",
    ),
    (
        "referrer origin-when-cross-origin",
        "referrer-policy",
        true,
        "other sites get the origin alone; the Observatory counts only policies without a downgrade",
    ),
    (
        "referrer that nobody knows",
        "referrer-policy",
        true,
        "browsers fall back to strict-origin-when-cross-origin, as without the line; the Observatory faults the word",
    ),
    ("nosniff twice", "x-content-type-options", true, "browsers take the first of several; the Observatory sees them joined by a comma"),
    (
        "framing ALLOW-FROM https://app.example",
        "x-frame-options",
        false,
        "no browser knows the word any more, so everyone may; the Observatory lets it pass",
    ),
    (
        "framing two lines",
        "x-frame-options",
        true,
        "browsers refuse every frame when two lines contradict each other; the Observatory sees them joined by a comma",
    ),
    (
        "framing by everyone",
        "x-frame-options",
        false,
        "`frame-ancestors *` lets everyone in; the Observatory asks only whether the directive is there",
    ),
    (
        "framing by everyone in spite of DENY",
        "x-frame-options",
        false,
        "`frame-ancestors` overrides DENY, and this one lets everyone in; the Observatory asks only whether the directive is there",
    ),
    (
        "cors reflected with credentials",
        "cross-origin-resource-sharing",
        false,
        "any site reads answers with the visitor's cookies; this edition of the Observatory loses sight of the origin that it sent",
    ),
];

/// What redflag saw of one case.
struct Seen<'a> {
    endpoint: &'a Value,
    /// The same over plain http.
    in_clear: &'a Value,
}

impl Seen<'_> {
    fn answer(&self, question: &str) -> Value {
        let answers = self.endpoint["answers"].as_array().cloned().unwrap_or_default();
        answers.into_iter().find(|answer| answer["question"] == question).unwrap_or_default()
    }

    fn headers(&self) -> Value {
        self.answer("visit")["headers"].clone()
    }
}

/// The name of every case, and whether it does over plain http what all do that say nothing of it.
fn cases() -> Vec<(String, bool)> {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../observatory/cases.json")).expect("the cases are JSON");
    let name = |case: &Value| case["name"].as_str().expect("every case has a name").to_owned();
    cases.iter().map(|case| (name(case), case["plain"] == "follows")).collect()
}

/// The Observatory's verdicts, case by case.
fn theirs(server: &Running, judge: &Path) -> Vec<Value> {
    let mut command = process::Command::new("node");
    // The tests' own authority is trusted, and no other host is asked anything.
    command.arg(judge).arg(server.address().port().to_string()).env("NODE_EXTRA_CA_CERTS", server.authority());
    let output = command.output().expect("node was there a moment ago");
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("no verdicts: {error}\n{said}"))
}

/// redflag's facts, by the ids of the endpoints: every case over https, and over plain http the first and those that do there as they like.
fn ours(server: &Running, cases: &[(String, bool)]) -> BTreeMap<String, Value> {
    let port = server.address().port();
    let mut manifest = "name: App\nenvironments:\n  - name: development\nendpoints:\n".to_owned();
    for (case, (_, follows)) in cases.iter().enumerate() {
        for scheme in ["https", "http"].iter().take(if case == 0 || !follows { 2 } else { 1 }) {
            writeln!(
                manifest,
                "  - {{ id: {scheme}-{case}, url: '{scheme}://localhost:{port}/{case}/', kind: page, environment: development }}"
            )
            .expect("a string takes all");
        }
    }
    let file = server.site.file("redflag.yaml");
    fs::write(&file, manifest).expect("a temporary folder can be written to");
    let mut command = redflag();
    command.args(["check", "--only", "web", "--allow-private", "--timeout", SECONDS, "-o", "json", "--manifest"]).arg(&file);
    command.arg("--ca").arg(server.authority()).args(["--resolve", &format!("localhost:{port}:127.0.0.1")]);
    let run = Run::of(command);
    let endpoints = run.result()["evidence"]["endpoints"].as_array().cloned().unwrap_or_default();
    endpoints.into_iter().map(|endpoint| (endpoint["id"].as_str().unwrap_or_default().to_owned(), endpoint)).collect()
}

#[test]
fn every_difference_from_mozillas_observatory_is_explained() {
    let Some((server, judge)) = or_left_out(node::observatory()) else { return };
    let cases = cases();
    let theirs = theirs(&server, &judge);
    assert_eq!(theirs.len(), cases.len());
    let ours = ours(&server, &cases);
    let mut problems = Vec::new();
    let mut used = BTreeSet::new();
    for (case, ((name, _), theirs)) in cases.iter().zip(&theirs).enumerate() {
        let in_clear = ours.get(&format!("http-{case}")).unwrap_or_else(|| &ours["http-0"]);
        let seen = Seen { endpoint: &ours[&format!("https-{case}")], in_clear };
        for (topic, is_well) in TOPICS {
            let (is_well, verdict) = (is_well(&seen), &theirs[topic]);
            let row = EXPLAINED.iter().position(|(case, about, ..)| (case, about) == (&name.as_str(), &topic));
            used.extend(row);
            let explained = row.and_then(|row| EXPLAINED.get(row)).map(|(_, _, is_well, _)| *is_well);
            let differs = verdict["pass"] != is_well;
            if explained != differs.then_some(is_well) {
                problems.push(format!("{name}: {topic}: redflag {is_well}, Observatory {verdict}, the table {explained:?}"));
            }
        }
    }
    assert!(problems.is_empty(), "{} differences: {problems:#?}", problems.len());
    assert_eq!(used.len(), EXPLAINED.len(), "a row of the table speaks of no case");
}
