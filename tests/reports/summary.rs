//! What the terminal says.

use super::*;

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
fn a_finding_about_a_cookie_shows_the_line_that_sets_it() {
    let line = "Set-Cookie: OrdersSession=…(180); Path=/; Secure; SameSite=None";
    let summary = in_format("text", &flawed_app());
    let (_, after) = summary.split_once("The cookie `OrdersSession` is set without HttpOnly").expect("the fixture has a careless cookie");
    assert!(after.lines().take(5).any(|shown| shown == format!("  line      {line}")), "{after}");
    assert!(in_format("html", &flawed_app()).contains("<code>Set-Cookie: OrdersSession=…(180);"));
}

#[test]
fn a_finding_in_the_source_shows_its_line_and_those_that_the_value_comes_from() {
    let summary = in_format("text", &flawed_app());
    let frame = "
  where     src/Orders.Web/Startup.cs:42:13
         42 │ ConfigFile.Services.ApplicationToken = Secrets.Token; // 本番
            │                                        ^^^^^^^^^^^^^ constant
  from      src/Orders.Core/Secrets.cs:7
          7 │ public const string Token = \"09d…c1(32)\";
            │                              ^^^^^^^^^^ constant `Secrets.Token`
  why       ";
    assert!(summary.contains(frame), "{summary}");
}

#[test]
fn of_many_findings_of_one_rule_some_are_shown_and_how_to_mend_them_is_said_once() {
    let mut app = flawed_app();
    let found = |finding: &&Finding| matches!(finding.location, Location::Source { .. }) && finding.red_flag;
    let model = app.findings.iter().find(found).expect("the fixture has a red flag in the source").clone();
    let alike = (100_u32..130).map(|line| {
        let mut finding = model.clone();
        let Location::Source { line: place, .. } = &mut finding.location else { panic!("it is in the source") };
        *place = line;
        finding.fingerprint = format!("{line}");
        finding
    });
    let at = app.findings.iter().position(|finding| finding.fingerprint == model.fingerprint).expect("it is there");
    app.findings.splice(at..=at, alike.collect::<Vec<_>>());
    let summary = in_format("text", &app);
    assert_eq!(summary.matches(&format!("  rule      {} ", model.rule)).count(), 1, "{summary}");
    let words = summary.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(" also src/Orders.Web/Startup.cs:110:13, "), "{summary}");
    assert!(words.contains(" src/Orders.Web/Startup.cs:119:13, and 10 more, in the other formats"), "{summary}");
}
