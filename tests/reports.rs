//! Every format, over a result as rich as they come and over one that means harm.

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
fn the_page_takes_no_markup_from_outside() {
    let report = in_format("html", &hostile_app());
    assert!(!report.contains("<script>"), "a script came in");
    assert!(!report.contains("<img"), "an element came in");
    assert_eq!(report.matches("</script>").count(), 1, "the data can be left early");
    assert!(report.contains("&lt;script&gt;alert(1)"), "the text is not shown at all");
    assert!(report.contains("{{ 9973*9949 }}") && !report.contains("99221377"), "a template in the data was run");
}

#[test]
fn an_attribute_is_never_left_early() {
    let report = in_format("html", &hostile_app());
    let broken: Vec<&str> = report.split("onerror").filter(|before| before.ends_with("<img src=x ")).collect();
    assert!(broken.is_empty(), "{broken:?}");
    assert!(!report.contains("\"'><"), "quotes are not escaped");
}

#[test]
fn messages_in_sarif_hold_no_link_and_no_placeholder() {
    let log: Value = serde_json::from_str(&in_format("sarif", &hostile_app())).unwrap();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let text = result["message"]["text"].as_str().unwrap();
        assert!(!text.contains("[x]("), "{text}");
        assert!(!text.replace("{{0}}", "").contains("{0}"), "{text}");
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
fn no_line_of_the_summary_is_wider_than_the_terminal() {
    for (app, width) in [40, 60, 80, 100, 200].into_iter().flat_map(|width| [(flawed_app(), width), (tls_alone(hostile_app()), width)]) {
        let mut bytes = Vec::new();
        text::write_styled(&app, false, width, &mut bytes).unwrap();
        let summary = String::from_utf8(bytes).unwrap();
        let wide: Vec<&str> = summary.lines().filter(|line| line.chars().count() > width).collect();
        // Commands are not broken, because people copy them.
        assert!(wide.iter().all(|line| line.starts_with("redflag ") || line.starts_with("-o ")), "{width}: {wide:#?}");
    }
}

#[test]
fn styles_are_all_that_colour_changes() {
    for app in [hostile_app(), tls_alone(hostile_app())] {
        let mut styled = Vec::new();
        text::write_styled(&app, true, text::WIDTH, &mut styled).unwrap();
        assert!(styled.contains(&0x1b));
        let plain = anstream::adapter::strip_bytes(&styled).into_vec();
        assert_eq!(String::from_utf8(plain).unwrap(), in_format("text", &app));
    }
}

#[test]
fn the_summary_of_tls_begins_with_the_letter_and_what_to_change_first() {
    let section = tls_section(&tls_of("callback"));
    let order = [
        "│  C  │",
        "Change first      Switch off SSL 3.0",
        "Protocol support   90  █",
        "Protocols ",
        "TLS 1.2 ",
        "Weaknesses ",
        "Why this grade",
    ];
    let places: Vec<Option<usize>> = order.iter().map(|words| section.find(words)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}\n{section}");
}

#[test]
fn the_summary_names_every_suite_in_the_order_of_the_server_and_marks_the_weak_ones_with_a_word() {
    let app = tls_of("callback");
    let section = tls_section(&app);
    let tls = app.evidence.endpoints[0].addresses[0].tls.as_ref().expect("the address showed TLS");
    let mut rest = section.as_str();
    for suite in tls.cipher_suites.iter().filter(|suite| suite.protocol == ProtocolId::Tls12) {
        let after = rest.split_once(suite.name.as_str());
        rest = after.unwrap_or_else(|| panic!("{} is missing or out of order in {section}", suite.name)).1;
    }
    for (suite, words) in [("TLS_RSA_WITH_RC4_128_SHA", "WEAK: RC4"), ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "WEAK: 64-bit block")] {
        let (_, after) = section.split_once(suite).expect("the suite is listed");
        assert!(after.trim_start().lines().take(2).any(|line| line.contains(words)), "{suite}: {after}");
    }
}

#[test]
fn a_good_server_is_summed_up_on_half_a_page_and_the_same_answer_of_two_addresses_is_said_once() {
    let section = tls_section(&tls_of("api"));
    assert!(section.contains("198.51.100.40, 2001:db8:24::40"), "{section}");
    assert_eq!(section.matches("│  A  │").count(), 1, "{section}");
    assert!(section.lines().count() <= 33, "{} lines\n{section}", section.lines().count());
}

#[test]
fn a_grade_that_nobody_knows_says_why_on_the_line_of_the_letter() {
    let section = tls_section(&tls_of("callback"));
    let line = section.lines().find(|line| line.contains("│  ?  │")).expect("one address has no grade");
    assert!(line.contains("unknown: whether SSL 2.0 is offered is unknown: no answer within 10 s"), "{line}");
    assert!(!line.contains('…'), "the reason is wrapped, not cut: {line}");
    assert!(!section.contains("│  A"), "{section}");
}

#[test]
fn a_run_that_looked_at_more_than_tls_has_a_line_for_each_server() {
    let section = tls_section(&flawed_app());
    assert!(
        section.contains("  C         orders.northwind.example:443 (198.51.100.24)\n            change first: Switch off SSL 3.0"),
        "{section}"
    );
    assert!(!section.contains("TLS_RSA_WITH"), "{section}");
}

#[test]
fn a_run_of_one_area_lists_the_requirements_that_it_can_judge_and_counts_the_others() {
    let mut app = tls_of("callback");
    app.requirements.iter_mut().for_each(|requirement| {
        if !requirement.verified_by.iter().any(|by| by.starts_with("rule:superoffice.tls")) {
            requirement.status = Status::NotRun;
        }
    });
    let judged: Vec<&str> =
        app.requirements.iter().filter(|one| one.status != Status::NotRun).map(|requirement| requirement.id.as_str()).collect();
    let summary = in_format("text", &app);
    let (_, list) = summary.split_once("\nREQUIREMENTS").expect("there is a list");
    assert!(!judged.is_empty() && judged.iter().all(|id| list.contains(id)), "{judged:?}\n{list}");
    assert_eq!(list.matches("\n  SO-").count(), judged.len(), "{list}");
    assert!(list.contains(&format!("{} other requirements", app.requirements.len() - judged.len())), "{list}");
    assert!(!summary.contains("WAITING FOR ATTESTATION"), "{summary}");
}

#[test]
fn where_not_every_suite_fits_the_weak_ones_come_first() {
    let mut app = tls_of("api");
    let tls = app.evidence.endpoints[0].addresses[0].tls.as_mut().expect("the address showed TLS");
    let model = tls.cipher_suites.iter().find(|suite| suite.protocol == ProtocolId::Tls12).expect("it has TLS 1.2").clone();
    for number in 0..20 {
        tls.cipher_suites.push(CipherSuite { name: format!("SOUND_{number}"), code: format!("0x{number:04X}"), ..model.clone() });
    }
    tls.cipher_suites.push(CipherSuite { name: "NO_ENCRYPTION".into(), cipher: "NULL".into(), strength_bits: 0, ..model });
    let section = tls_section(&app);
    let (_, listed) = section.split_once("TLS 1.2 ").expect("it has TLS 1.2");
    assert!(listed.trim_start().starts_with("NO_ENCRYPTION"), "{listed}");
    assert!(listed.contains("more, none of them weak"), "{listed}");
}

#[test]
fn the_page_shows_the_grade_of_every_server_at_its_top_the_worst_first() {
    let page = in_format("html", &flawed_app());
    let (summary, _) = page.split_once("What stops certification").expect("there are red flags");
    let (_, grades) = summary.split_once("TLS, as SSL Labs grades it").expect("the grades stand before them");
    let letters: Vec<&str> =
        grades.split("Grade </span>").skip(1).map(|rest| rest.split_once('<').map_or(rest, |(letter, _)| letter)).collect();
    assert!(letters.len() > 2 && letters.first() == Some(&"C") && letters.last() == Some(&"A"), "{letters:?}");
    for target in grades.split("href=\"#").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0)) {
        assert!(page.contains(&format!("id=\"{target}\"")), "{target} leads nowhere");
    }
}

#[test]
fn a_silence_that_leaves_many_weaknesses_unknown_is_said_once_and_names_them() {
    let mut app = flawed_app();
    let model = app.findings.iter().find(|finding| finding.status == Status::Error).expect("the fixture has an unknown").clone();
    for name in ["Heartbleed", "ROBOT"] {
        app.findings.push(Finding {
            message: "`weakness.vulnerable` is unknown: no answer within 10 s".to_owned(),
            location: Location::Network { url: None, ip: Some("198.51.100.24".to_owned()), subject: Some(name.to_owned()) },
            ..model.clone()
        });
    }
    let summary = in_format("text", &app);
    assert_eq!(summary.matches("`weakness.vulnerable` is unknown").count(), 1);
    assert!(summary.contains("Heartbleed, ROBOT"), "{summary}");
}

#[test]
fn the_grade_if_trust_is_ignored_is_shown_where_it_is_another_one() {
    let mut app = tls_of("api");
    for tls in app.evidence.endpoints[0].addresses.iter_mut().filter_map(|address| address.tls.as_mut()) {
        tls.rating.as_mut().expect("it is rated").grade = Reading::Observed("T".to_owned());
    }
    assert!(tls_section(&app).contains("A if trust is ignored"));
    assert!(in_format("html", &app).contains("A if trust is ignored"));
    assert!(!in_format("text", &tls_of("api")).contains("if trust is ignored"));
}

#[test]
fn the_page_has_every_fact_of_tls_that_people_ask_for() {
    let page = in_format("html", &flawed_app());
    for words in [
        "Grade </span>C",
        "What to change first",
        "In doubt: whether the fallback signal",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "weak: RC4, no forward secrecy",
        "X25519MLKEM768 (post-quantum)",
        "1024 bits, RFC 2409 Oakley group 2",
        "good, from 2026-11-19 12:00 UTC until 2026-11-26 11:59 UTC, valid",
        "Argon2027h1",
        "Certificates for clients that name no host",
        "Extended master secret",
        "GOLDENDOODLE",
        "Internet Explorer 8 / Windows XP",
        "fails: no version in common",
        "Answers differ: TLS 1.3 was refused",
    ] {
        assert!(page.contains(words), "{words} is missing");
    }
}

#[test]
fn the_page_shows_the_same_server_of_two_urls_once() {
    let mut app = flawed_app();
    let mut twin = app.evidence.endpoints[0].clone();
    twin.id = "twin".to_owned();
    app.evidence.endpoints.push(twin);
    let (page, _) = in_format("html", &app)
        .split_once("application/json")
        .map(|(page, data)| (page.to_owned(), data.len()))
        .expect("the page has its data");
    assert_eq!(page.matches("TLS of 198.51.100.24</h4>").count(), 1);
    assert!(page.contains("are the same as of callback, above"));
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
fn a_statement_that_a_requirement_is_not_met_is_an_error_in_sarif() {
    let mut app = ready_app();
    app.requirements[5].status = Status::Fail;
    app.requirements[5].reason = "the partner states that it is not met".to_owned();
    app.evidence.attestations.push(Attestation {
        requirement: app.requirements[5].id.clone(),
        status: AttestationStatus::Failed,
        explanation: "we do not".to_owned(),
        by: "Ole Berg".to_owned(),
        role: "partner".to_owned(),
        from: "2026-11-01".to_owned(),
        until: "2027-10-31".to_owned(),
    });
    let log: Value = serde_json::from_str(&in_format("sarif", &app)).unwrap();
    let errors: Vec<&Value> = log["runs"][0]["results"].as_array().unwrap().iter().filter(|result| result["level"] == "error").collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["ruleId"], Value::from(app.requirements[5].id.clone()));
    assert!(in_format("html", &app).contains("It is not met. we do not"));
}

#[test]
fn the_page_carries_its_data_and_their_hash() {
    let page = in_format("html", &hostile_app());
    let (_, rest) = page.split_once("<script type=\"application/json\" id=\"result\">").unwrap();
    let (data, _) = rest.split_once("</script>").unwrap();
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, data.as_bytes());
    let hash: Vec<String> = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(page.contains(&hash.concat()), "the hash is not that of the data");
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["findings"], serde_json::to_value(hostile_app().findings).unwrap());
}

#[test]
fn the_page_asks_the_network_for_nothing() {
    let page = in_format("html", &flawed_app());
    assert!(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\""));
    for loading in ["src=\"http", "@import", "url(", "<iframe", "<object", "<form"] {
        let (read, _) = page.split_once("application/json").unwrap();
        assert!(!read.contains(loading), "{loading}");
    }
}

#[test]
fn sarif_is_valid_by_the_official_schema() {
    let schema: Value = serde_json::from_str(include_str!("schemas/sarif-2.1.0.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for app in [flawed_app(), hostile_app(), much_flawed_app(500), ready_app()] {
        for dialect in ["sarif", "sarif-github"] {
            let log: Value = serde_json::from_str(&in_format(dialect, &app)).unwrap();
            let errors: Vec<String> = validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(errors.is_empty(), "{dialect}: {errors:#?}");
        }
    }
}

#[test]
fn github_gets_the_failed_findings_alone_each_in_a_file() {
    let app = flawed_app();
    let log: Value = serde_json::from_str(&in_format("sarif-github", &app)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let failed = app.findings.iter().filter(|finding| matches!(finding.status, Status::Fail | Status::Warn | Status::ExpiredDecision));
    assert_eq!(results.len(), failed.count());
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!((&result["kind"], result["locations"].as_array().unwrap().len()), (&Value::from("fail"), 1));
        assert!(place["artifactLocation"]["uri"].is_string() && place["region"]["startLine"].is_u64(), "{place}");
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string() && result["suppressions"].is_null());
    }
}

#[test]
fn sarif_says_of_every_finding_and_requirement_what_became_of_it() {
    let app = flawed_app();
    let log: Value = serde_json::from_str(&in_format("sarif", &app)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let kinds = |kind: &str| results.iter().filter(|result| result["kind"] == kind).count();
    let with =
        |status: &str| app.requirements.iter().filter(|requirement| serde_json::to_value(requirement.status).unwrap() == status).count();
    assert_eq!(kinds("open"), 2, "two facts are unknown");
    assert_eq!(kinds("review"), with("needs_attestation"));
    assert_eq!(kinds("pass"), with("pass") + with("attested"));
    assert_eq!(kinds("notApplicable"), with("not_applicable"));
    let suppressed: Vec<&Value> = results.iter().filter(|result| result["suppressions"][0]["status"] == "accepted").collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0]["kind"], "fail", "the original result stays");
    assert_eq!(log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len(), 2);
    let errors = results.iter().filter(|result| result["level"] == "error").count();
    assert_eq!(errors, app.findings.iter().filter(|finding| finding.red_flag).count() + suppressed.len(), "a red flag is an error, once");
}

#[test]
fn every_result_in_sarif_points_at_its_rule_and_its_requirement() {
    let log: Value = serde_json::from_str(&in_format("sarif", &hostile_app())).unwrap();
    let run = &log["runs"][0];
    for result in run["results"].as_array().unwrap() {
        let place = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][place]["id"], result["ruleId"]);
        assert_eq!(result["taxa"][0]["toolComponent"]["name"], run["taxonomies"][0]["name"]);
        assert!(result["locations"][0].is_object());
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

#[test]
fn the_way_of_a_value_is_a_code_flow_in_sarif_that_ends_where_it_is_used() {
    for dialect in ["sarif", "sarif-github"] {
        let log: Value = serde_json::from_str(&in_format(dialect, &flawed_app())).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        let flows: Vec<&Value> = results.iter().filter(|result| result.get("codeFlows").is_some()).collect();
        assert_eq!(flows.len(), 1, "one value of the fixture comes from elsewhere");
        let steps = flows[0]["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
        let places: Vec<String> = steps
            .iter()
            .map(|step| &step["location"]["physicalLocation"])
            .map(|place| format!("{}:{}", place["artifactLocation"]["uri"].as_str().unwrap(), place["region"]["startLine"]))
            .collect();
        assert_eq!(places, ["src/Orders.Core/Secrets.cs:7", "src/Orders.Web/Startup.cs:42"]);
        assert_eq!(flows[0]["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 7);
    }
}

#[test]
fn a_source_finding_shows_what_is_set_where_the_value_comes_from_and_why_it_matters() {
    let summary = in_format("text", &flawed_app());
    let (_, after) = summary.split_once("src/Orders.Web/Startup.cs:42:13").expect("the place is named");
    let order = [
        "42 │ ConfigFile.Services.ApplicationToken ← constant `09d…c1(32)`",
        "│ the value comes from src/Orders.Core/Secrets.cs:7, constant `Secrets.Token`",
        "  why ",
        "  fix ",
    ];
    let places: Vec<Option<usize>> = order.iter().map(|words| after.find(words)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}\n{after}");
}

#[test]
fn a_finding_about_a_cookie_shows_the_line_that_sets_it() {
    let line = "Set-Cookie: OrdersSession=…(180); Path=/; Secure; SameSite=None";
    let summary = in_format("text", &flawed_app());
    let (_, after) = summary.split_once("The cookie `OrdersSession` is set without HttpOnly").expect("the fixture has a careless cookie");
    assert!(after.lines().take(5).any(|shown| shown == format!("  line      {line}")), "{after}");
    assert!(in_format("html", &flawed_app()).contains("<code>Set-Cookie: OrdersSession=…(180);"));
}
