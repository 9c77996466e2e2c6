//! Every format, over a result as rich as they come and over one that means harm.

#[path = "reports/page.rs"]
mod page;
#[path = "reports/sarif.rs"]
mod sarif;
#[path = "reports/summary.rs"]
mod summary;

use std::{collections::BTreeSet, time::Instant};

use redflag::{
    assessment::{Assessment, Finding, Status, Verdict},
    evidence::{Attestation, AttestationStatus, CipherSuite, Evidence, ProtocolId, Reading},
    reports::{FORMATS, Format, find, text},
    rules::Location,
};
use serde_json::Value;

/// What a stranger might put where a header, a path or a statement is expected.
const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 9973*9949 }}{% raw %}\u{1b}[31m\u{9b}2J\u{202e}\u{2066}\u{200b}\u{0}\r\n[x](https://evil.example) {0} ]]></script><!--";

/// A rich result: every kind of finding and status, two endpoints, a source scan, statements.
fn flawed_app() -> Assessment {
    serde_json::from_str(include_str!("../fixtures/results/flawed-app.json")).expect("the fixture is a result")
}

/// The same with text that means harm wherever text comes from outside.
fn hostile_app() -> Assessment {
    let mut value = serde_json::to_value(flawed_app()).expect("a result is JSON");
    let words = [
        "name",
        "message",
        "reason",
        "title",
        "text",
        "chapter",
        "source",
        "url",
        "subject",
        "path",
        "masked",
        "shape",
        "sink",
        "what",
        "why",
        "fix",
        "explanation",
        "by",
        "role",
        "issuer",
        "location",
        "decision",
        "set_by",
        "domain",
        "host",
        "pack_title",
        "rule",
        "key",
        "error",
        "because",
        "doubt",
        "advice",
        "alpn",
        "contradictions",
        "sans",
        "log",
        "revocation",
        "missing_issuer",
        "sent_to",
        "known_as",
        "guide",
        "grade",
        "grade_if_trusted",
        "grade_may_be",
        "cipher_suite",
        "cipher",
        "mode",
        "key_exchange",
        "authentication",
        "signature_algorithm",
        "group",
        "not_after",
        "this_update",
        "at",
        "field",
    ];
    poison(&mut value, &words);
    serde_json::from_value(value).expect("only free text was changed")
}

/// Appends [`HOSTILE`] to the strings under these keys, alone or in a list, and to header lines. What is one of a few words stays so.
fn poison(value: &mut Value, keys: &[&str]) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                match field {
                    Value::String(text) if key == "source" && !text.contains(' ') => {}
                    Value::String(text) if keys.contains(&key.as_str()) && url::Url::parse(text).is_err() => text.push_str(HOSTILE),
                    Value::Array(texts) if keys.contains(&key.as_str()) && texts.iter().all(Value::is_string) => {
                        for text in texts {
                            *text = format!("{}{HOSTILE}", text.as_str().unwrap_or_default()).into();
                        }
                    }
                    Value::Array(lines) if key == "headers" => lines.iter_mut().for_each(|line| line[1] = HOSTILE.into()),
                    other => poison(other, keys),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| poison(value, keys)),
        _ => {}
    }
}

/// Nothing was found, nothing was observed, and everything is met.
fn ready_app() -> Assessment {
    let mut app = flawed_app();
    app.verdict = Verdict::Ready;
    app.findings.clear();
    app.rules.clear();
    app.evidence = Evidence::default();
    for requirement in &mut app.requirements {
        requirement.status = Status::Pass;
        requirement.findings.clear();
    }
    app
}

/// A run that looked at nothing but TLS.
fn tls_alone(mut app: Assessment) -> Assessment {
    app.evidence.source = None;
    for endpoint in &mut app.evidence.endpoints {
        endpoint.visit = None;
        endpoint.responses.clear();
        endpoint.cookies.clear();
    }
    app
}

/// The same with one endpoint alone.
fn tls_of(id: &str) -> Assessment {
    let mut app = tls_alone(flawed_app());
    app.evidence.endpoints.retain(|endpoint| endpoint.id == id);
    assert_eq!(app.evidence.endpoints.len(), 1, "the fixture has `{id}`");
    app
}

/// The part of the summary on TLS, without the verdict above it and the findings below it.
fn tls_section(app: &Assessment) -> String {
    let summary = in_format("text", app);
    let (_, rest) = summary.split_once("\nTLS").expect("there is a section on TLS");
    rest.split_once("\nRED FLAGS").map_or(rest, |(section, _)| section).to_owned()
}

/// As many red flags as asked for.
fn much_flawed_app(findings: u32) -> Assessment {
    let mut app = flawed_app();
    let model = app.findings[0].clone();
    let finding = |number: u32| Finding {
        fingerprint: format!("{number:032x}"),
        location: Location::Network {
            url: Some(format!("https://orders.northwind.example/page/{number}")),
            ip: Some("198.51.100.24".to_owned()),
            subject: None,
        },
        ..model.clone()
    };
    app.findings = (0..findings).map(finding).collect();
    app
}

fn written(format: &Format, assessment: &Assessment) -> String {
    let mut bytes = Vec::new();
    (format.write)(assessment, &mut bytes).unwrap_or_else(|error| panic!("{}: {error}", format.name));
    String::from_utf8(bytes).unwrap_or_else(|error| panic!("{}: {error}", format.name))
}

fn in_format(name: &str, assessment: &Assessment) -> String {
    written(find(name).unwrap_or_else(|| panic!("no format {name}")), assessment)
}

#[test]
fn no_two_formats_share_a_name() {
    let names: BTreeSet<&str> = FORMATS.iter().map(|format| format.name).collect();
    assert_eq!(names.len(), FORMATS.len());
}

#[test]
fn the_same_result_gives_the_same_bytes() {
    for format in FORMATS {
        assert!(written(format, &flawed_app()) == written(format, &flawed_app()), "{} differs", format.name);
    }
}

#[test]
fn every_requirement_is_in_every_format() {
    let app = flawed_app();
    assert!(app.requirements.len() >= 39, "the fixture holds the whole document");
    for format in FORMATS {
        let report = written(format, &app);
        let missing: Vec<&str> =
            app.requirements.iter().map(|requirement| requirement.id.as_str()).filter(|id| !report.contains(id)).collect();
        assert!(missing.is_empty(), "{} leaves out {missing:?}", format.name);
    }
}

#[test]
fn every_finding_is_in_every_format() {
    let app = flawed_app();
    for format in FORMATS {
        let report = written(format, &app);
        // The summary names the requirements that a silence leaves open, rather than every rule that met it.
        let gathers = |finding: &Finding| format.name == "text" && finding.status == Status::Error;
        let mark = |finding: &Finding| -> String { if gathers(finding) { finding.requirement.clone() } else { finding.rule.clone() } };
        let missing: Vec<String> = app.findings.iter().map(mark).filter(|mark| !report.contains(mark.as_str())).collect();
        assert!(missing.is_empty(), "{} leaves out {missing:?}", format.name);
    }
}

#[test]
fn the_json_result_can_be_read_again() {
    for app in [flawed_app(), hostile_app()] {
        let again: Assessment = serde_json::from_str(&in_format("json", &app)).unwrap();
        assert!(again == app);
    }
}

#[test]
fn no_format_lets_a_deceptive_character_through() {
    let deceptive = ['\u{1b}', '\u{9b}', '\u{202e}', '\u{2066}', '\u{200b}', '\u{0}', '\r'];
    for format in FORMATS {
        let report = written(format, &hostile_app());
        let through: Vec<char> = deceptive.into_iter().filter(|character| report.contains(*character)).collect();
        assert!(through.is_empty(), "{} lets through {through:?}", format.name);
    }
}

#[test]
fn times_taken_are_in_json_alone() {
    // The fixture's milliseconds and connections occur nowhere else in it.
    for format in FORMATS {
        let report = written(format, &flawed_app());
        let found = report.contains("987654321") || report.contains("135792468");
        assert_eq!(found, format.name == "json", "{}", format.name);
    }
}

#[test]
fn no_format_names_the_machine() {
    let mut app = flawed_app();
    app.app.source = vec!["/home/somebody/app".to_owned()];
    for name in ["text", "sarif"] {
        assert!(!in_format(name, &app).contains("/home/somebody"), "{name}");
    }
}

#[test]
fn five_hundred_findings_make_a_small_report_in_a_short_time() {
    let app = much_flawed_app(500);
    for format in FORMATS {
        let start = Instant::now();
        let size = written(format, &app).len();
        assert!(size < 2_000_000, "{}: {size} bytes", format.name);
        assert!(start.elapsed().as_secs() < 10, "{}: {:?}", format.name, start.elapsed());
    }
}

#[test]
fn twenty_thousand_findings_are_counted_where_they_cannot_be_read() {
    let page = in_format("html", &much_flawed_app(20_000));
    assert!(page.contains("and 19800 more of the same"), "they are left out in silence");
    assert!(page.contains("Red flags <span>20000</span>"), "they are not counted");
    let (read, _) = page.split_once("application/json").expect("the page has its data");
    assert!(read.len() < 1_000_000, "{} bytes", read.len());
}

#[test]
fn a_writer_that_fails_keeps_its_reason() {
    /// A pipe whose reader has gone.
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for format in FORMATS {
        let error = (format.write)(&flawed_app(), &mut Closed).expect_err("nothing can be written");
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe, "{}", format.name);
    }
}

#[test]
fn a_text_of_a_megabyte_is_cut_where_people_read() {
    let mut app = flawed_app();
    app.findings[0].message = "x".repeat(1_000_000);
    app.requirements[0].reason = "y".repeat(1_000_000);
    for name in ["text", "sarif"] {
        let size = in_format(name, &app).len();
        assert!(size < 1_000_000, "{name}: {size} bytes");
    }
    let page = in_format("html", &app);
    let (read, _) = page.split_once("application/json").expect("the page has its data");
    assert!(read.len() < 1_000_000, "{} bytes", read.len());
}

#[test]
fn the_verdict_comes_first() {
    assert!(in_format("text", &flawed_app()).starts_with("NOT READY"));
    assert!(in_format("html", &flawed_app()).contains("<span>NOT READY</span></h1>"));
}

#[test]
fn a_result_with_nothing_in_it_is_a_report_too() {
    for format in FORMATS {
        let report = written(format, &ready_app());
        assert!(report.contains("READY") || report.contains("\"ready\""), "{}", format.name);
        assert!(!report.contains("NOT READY"), "{}", format.name);
    }
}

#[test]
fn a_source_finding_has_a_region_below_the_root_of_the_repository() {
    let log: Value = serde_json::from_str(&in_format("sarif", &flawed_app())).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let place = results.iter().find_map(|result| result["locations"][0].get("physicalLocation")).expect("the fixture has a source finding");
    assert_eq!(place["artifactLocation"]["uri"], "src/Orders.Web/Startup.cs");
    assert_eq!(place["artifactLocation"]["uriBaseId"], "SRCROOT");
    assert_eq!(place["region"]["startLine"], 42);
    assert!(log["runs"][0]["originalUriBaseIds"]["SRCROOT"].get("uri").is_none(), "the machine's path is nobody's business");
}
