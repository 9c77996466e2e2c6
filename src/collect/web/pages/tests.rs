use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::collect::web::platform_hosts::sample;

static PLATFORM: LazyLock<Platform> = LazyLock::new(sample);
static READER: LazyLock<Reader<'static>> = LazyLock::new(|| Reader::new(&PLATFORM));

fn read(html: &str) -> PageRead {
    READER
        .read(html.as_bytes(), Some("text/html; charset=utf-8"), &Url::parse("https://app.vendor.no/panel?uctx=Cust00000").unwrap(), false)
        .unwrap()
}

#[test]
fn a_razor_login_page_asks_for_a_password_and_leads_nowhere_else() {
    let page = read(
        "<!DOCTYPE html><html><head><title>Log in - Acme</title></head><body><h1>Log in</h1><form id=account method=post>\
         <label for=Input_Email>Email</label><input class=form-control type=email id=Input_Email name=Input.Email value=''>\
         <input class=form-control type=password id=Input_Password name=Input.Password autocomplete=current-password>\
         <button type=submit>Log in</button><input name=__RequestVerificationToken type=hidden value=CfDJ8 /></form></body></html>",
    )
    .page;
    assert!(page.password_field && page.forms[0].user_name && page.forms[0].anti_forgery && page.data.is_empty());
    assert!(page.speaks_of.is_empty() && page.complete == Reading::Observed(true));
}

#[test]
fn a_shell_of_a_script_app_has_no_data_and_scripts_to_read() {
    for html in [
        "<!doctype html><html><head><title>App</title><script defer src=/static/js/main.4f2.js></script></head><body><noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div></body></html>",
        "<!doctype html><html><head><base href=/></head><body><app-root>Loading…</app-root><script src=main.js type=module></script></body></html>",
    ] {
        let read = read(html);
        assert!(read.built_by_scripts && read.page.data.is_empty() && !read.page.leads_to_sign_in);
        assert_eq!(read.scripts.len(), 1);
    }
}

#[test]
fn a_fetched_script_can_tell_that_a_shell_leads_to_sign_in() {
    let reader = &*READER;
    let mut page = read("<div id=root></div><script src=/main.js></script>");
    let script = page.scripts[0].clone();
    reader.add_script(&mut page, &script, "const u=\"https://sod.platform.example/login/common/oauth/authorize?client_id=1\";fetch('/api/persons');localStorage.setItem('access_token',t)");
    assert!(page.page.leads_to_sign_in && !page.page.opens_window);
    assert_eq!(page.page.api_paths, ["/api/persons"]);
    assert_eq!(page.page.script_findings[0].kind, "token-storage");
}

#[test]
fn a_pop_up_page_opens_sign_in_in_a_window() {
    for html in [
        "<p>Please sign in.</p><button onclick=\"window.open('/auth/start','login','width=600')\">Sign in</button>",
        "<a target=_blank href='https://online.platform.example/login/common/oauth/authorize?client_id=1'>Sign in</a>",
        "<a href=/login target=_top>Sign in</a>",
    ] {
        let page = read(html).page;
        assert!(page.leads_to_sign_in && page.opens_window, "{html}");
    }
    assert!(!read("<a href=/help target=_blank>Help</a><script>window.open('/help')</script>").page.opens_window);
}

#[test]
fn bodies_of_data_are_read_by_their_type() {
    let reader = &*READER;
    let url = Url::parse("https://app.vendor.no/panel").unwrap();
    let of = |body: &str, kind: Option<&str>| reader.read(body.as_bytes(), kind, &url, false).map(|read| read.page.data.len());
    assert_eq!(of("[{\"name\":\"Kari Nordmann\",\"email\":\"kari@fjordfisk.no\"}]", Some("application/json")), Some(1));
    assert_eq!(of("{\"error\":\"sign in\"}", Some("application/problem+json")), Some(0));
    assert_eq!(of("name;email\nKari;kari@fjordfisk.no\nOla;ola@fjordfisk.no", Some("text/csv")), Some(1));
    assert_eq!(of("\u{89}PNG", Some("image/png")), None);
    assert_eq!(of("<p>x</p>", None), Some(0));
}

#[test]
fn a_page_that_was_cut_is_not_complete() {
    let url = Url::parse("https://app.vendor.no/").unwrap();
    let cut = READER.read(b"<p>x", Some("text/html"), &url, true).unwrap().page;
    assert!(cut.complete == Reading::Unknown && cut.reason.is_some());
}

#[test]
fn pages_in_other_encodings_are_read() {
    let url = Url::parse("https://app.vendor.no/").unwrap();
    let read = READER.read(b"<meta charset=windows-1252><title>Bl\xe5b\xe6r</title>", Some("text/html"), &url, false).unwrap();
    assert_eq!(read.page.title.as_deref(), Some("Blåbær"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_are_read(body: Vec<u8>, kind in prop::option::of(prop::sample::select(vec!["text/html", "application/json", "text/csv", "text/html; charset=utf-16le"]))) {
            let url = Url::parse("https://app.vendor.no/").unwrap();
        let _ = READER.read(&body, kind, &url, false);
    }
}
