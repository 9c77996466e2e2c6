//! The HTML page.

use super::*;

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
