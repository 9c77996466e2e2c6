//! Redirects, cookies and header lines of a visit.

use super::*;

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
