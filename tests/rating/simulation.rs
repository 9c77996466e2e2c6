//! What clients would agree on, computed.

use redflag::{
    evidence::{
        Client, GroupOrder,
        Reading::{Observed, Unknown},
    },
    rating::Guide,
};

use super::sites::{Site, Tls10, Tls11, Tls12, Tls13};

fn client(site: &Site, name: &str) -> Client {
    let clients = Guide::shipped().simulate(&site.tls);
    clients.into_iter().find(|client| client.name == name).unwrap_or_else(|| panic!("no client `{name}`"))
}

fn agreement(site: &Site, name: &str) -> (Option<redflag::evidence::ProtocolId>, Option<String>, Option<String>) {
    let client = client(site, name);
    (client.protocol, client.cipher_suite, client.group)
}

/// A name, as `Client` has it.
macro_rules! some {
    ($text:literal) => {
        Some($text.to_owned())
    };
}

#[test]
fn the_newest_version_in_common_is_spoken() {
    let site = Site::best();
    let new = agreement(&site, "Firefox 140 / Windows 11");
    assert_eq!(new, (Some(Tls13), some!("TLS_AES_256_GCM_SHA384"), some!("x25519")));
    let old = agreement(&site, "Firefox 47 / Windows 7");
    assert_eq!(old, (Some(Tls12), some!("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), some!("secp256r1")));
    assert_eq!(client(&site, "IE 8 / Windows XP").error, some!("no version in common"));
}

#[test]
fn the_order_is_the_servers_or_the_clients() {
    let site = Site::best().offer(&[(Tls12, &["0x0035", "0xC02F"])]);
    assert_eq!(agreement(&site, "Chrome 49 / Windows 7").1, some!("TLS_RSA_WITH_AES_256_CBC_SHA"));
    let site = site.no_preference();
    assert_eq!(agreement(&site, "Chrome 49 / Windows 7").1, some!("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
}

#[test]
fn groups_decide_whether_a_suite_can_be_used() {
    let mut site = Site::best().offer(&[(Tls12, &["0xC02F", "0x009C"])]);
    site.tls.groups.retain(|group| group.name == "x25519");
    assert_eq!(agreement(&site, "Firefox 47 / Windows 7").1, None, "it has neither x25519 nor RSA with GCM");
    assert_eq!(agreement(&site, "Android 8.1"), (Some(Tls12), some!("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), some!("x25519")));
    assert_eq!(agreement(&site, "Android 7.0"), (Some(Tls12), some!("TLS_RSA_WITH_AES_128_GCM_SHA256"), None));
}

#[test]
fn the_group_is_chosen_by_the_order_of_its_version() {
    let mut site = Site::best();
    let codes = |codes: [&str; 2]| codes.map(str::to_owned).to_vec();
    let by_server = GroupOrder { by_server: Observed(true), codes: codes(["0x0018", "0x0017"]) };
    let by_client = GroupOrder { by_server: Observed(false), codes: codes(["0x0017", "0x0018"]) };
    site.tls.groups.retain(|group| group.name != "x25519");
    for (new, old, expected) in [(&by_server, &by_client, ["secp384r1", "secp256r1"]), (&by_client, &by_server, ["secp256r1", "secp384r1"])]
    {
        site.tls.group_orders = [(Tls13, new.clone()), (Tls12, old.clone())].into();
        let groups = ["Firefox 140 / Windows 11", "Firefox 47 / Windows 7"].map(|name| client(&site, name).group.unwrap());
        assert_eq!(groups, expected);
    }
}

#[test]
fn a_prime_too_large_ends_the_handshake_after_the_choice() {
    let site = Site::best().offer(&[(Tls10, &["0x0033", "0x002F"])]).dh(2048);
    let java = client(&site, "Java 7u25");
    assert!(java.cipher_suite.is_none() && java.error.is_some_and(|error| error.contains("1024")), "no second choice is made");
    assert_eq!(agreement(&site, "OpenSSL 0.9.8y").1, some!("TLS_DHE_RSA_WITH_AES_128_CBC_SHA"));
    let site = site.dh(1024);
    assert_eq!(agreement(&site, "Java 7u25").1, some!("TLS_DHE_RSA_WITH_AES_128_CBC_SHA"));
}

#[test]
fn a_client_that_names_no_host_fails_where_that_is_demanded() {
    let site = Site::best().offer(&[(Tls10, &["0x002F", "0x0005"])]);
    assert_eq!(agreement(&site, "Java 6u45").1, some!("TLS_RSA_WITH_AES_128_CBC_SHA"));
    let site = site.extensions(|known| known.sni_required = Observed(true));
    assert!(client(&site, "Java 6u45").error.is_some_and(|error| error.contains("name the host")));
    assert!(client(&site, "Java 7u25").error.is_none());
}

#[test]
fn a_key_that_the_client_does_not_take_is_of_no_use() {
    let site = Site::best().offer(&[(Tls12, &["0xC02B"]), (Tls13, &["0x1301"])]).leaf("ECDSA", 521, "ecdsa-with-SHA256");
    assert!(client(&site, "Chrome 140 / Windows 11").error.is_some(), "it takes no key on P-521");
    assert_eq!(client(&site, "OpenSSL 3.0").protocol, Some(Tls13));
    let site = site.leaf("Ed25519", 256, "Ed25519");
    assert!(client(&site, "Chrome 140 / Windows 11").error.is_some());
    assert_eq!(client(&site, "Java 17.0.15").protocol, Some(Tls13));
}

#[test]
fn what_is_unknown_is_said_and_never_guessed() {
    let versions = Site::best().unsure_of(Tls13);
    let new = client(&versions, "Firefox 140 / Windows 11");
    assert!(new.protocol.is_none() && new.error.is_some_and(|error| error.contains("TLS 1.3")));
    assert!(client(&versions, "Firefox 47 / Windows 7").protocol.is_some(), "TLS 1.3 is nothing to this one");

    let mut order = Site::best();
    order.tls.server_preference.insert(Tls12, Unknown);
    let old = client(&order, "Firefox 47 / Windows 7");
    assert_eq!(
        (old.protocol, old.cipher_suite, old.forward_secrecy),
        (Some(Tls12), some!("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), Some(true))
    );
    let two = client(&order, "Android 9");
    assert_eq!(two.protocol, Some(Tls13));
    let two = client(&order, "IE 11 / Windows 10");
    assert_eq!((two.protocol, two.cipher_suite, two.forward_secrecy), (Some(Tls12), None, Some(true)));
    assert!(two.error.is_some_and(|error| error.contains("order")));

    let mut list = Site::best();
    list.tls.cipher_suites_complete = Unknown;
    assert!(client(&list, "Firefox 47 / Windows 7").error.is_some_and(|error| error.contains("not complete")));
}

#[test]
fn a_gap_in_one_version_leaves_the_others_whole() {
    let mut site = Site::best().offer(&[(Tls11, &["0xC014"]), (Tls12, &["0xC030"]), (Tls13, &["0x1301"])]);
    site.tls.cipher_suites_complete = Unknown;
    site.tls.gaps = vec![redflag::evidence::Gap { field: "cipher_suites".into(), protocol: Some(Tls11), reason: "no answer".into() }];
    assert_eq!(agreement(&site, "OpenSSL 1.0.2e").1, some!("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"));
}
