//! Which versions each server offers, as reported and as other clients see them.

use super::*;

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
