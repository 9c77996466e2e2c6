//! Lookups at a small DNS server on loopback, whose bytes are written by hand.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Instant,
};

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use tokio::net::UdpSocket;

use super::*;

/// What the server says of a name.
#[derive(Clone, Copy)]
pub(in crate::collect) enum Says {
    /// These records: flags, tag, value.
    Records(&'static [(u8, &'static str, &'static str)]),
    /// An alias of a name with one record, in one answer.
    Alias(&'static str, (u8, &'static str, &'static str)),
    /// There is no such record, or no such name.
    Code(u8),
    /// It sends other bytes behind the question than it announces.
    Garbage,
    /// Nothing.
    Silence,
}

/// The names that a server was asked about.
type Asked = Arc<Mutex<Vec<String>>>;

/// A server that says the first thing that fits, and of all other names that they do not exist.
pub(in crate::collect) async fn server(zone: &'static [(&'static str, Says)]) -> (Dns, Asked) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    let asked = Asked::default();
    let noted = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut buffer = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let (name, question_end) = question(&buffer[..length]);
            noted.lock().unwrap().push(name.clone());
            let says = zone.iter().find(|(known, _)| *known == name).map_or(Says::Code(3), |(_, says)| *says);
            if let Some(answer) = answer(&buffer[..question_end], says) {
                socket.send_to(&answer, from).await.unwrap();
            }
        }
    });
    (at(address), asked)
}

fn at(address: SocketAddr) -> Dns {
    let patience = Duration::from_millis(800);
    let mut connection = ConnectionConfig::udp();
    connection.port = address.port();
    let config = ResolverConfig::from_name_servers(vec![NameServerConfig::new(address.ip(), true, vec![connection])]);
    let resolver = built(TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()), patience).unwrap();
    Dns { patience, resolver: OnceLock::from(Ok(resolver)) }
}

/// The name of a query for CAA (type 257), and where the question ends.
fn question(query: &[u8]) -> (String, usize) {
    let (mut labels, mut at) = (Vec::new(), 12);
    while query[at] != 0 {
        let length = usize::from(query[at]);
        labels.push(String::from_utf8(query[at + 1..=at + length].to_vec()).unwrap().to_ascii_lowercase());
        at += length + 1;
    }
    assert_eq!(query[at + 1..at + 5], [1, 1, 0, 1], "CAA, class IN");
    (labels.join("."), at + 5)
}

fn answer(question: &[u8], says: Says) -> Option<Vec<u8>> {
    let (code, records) = match says {
        Says::Records(records) => (0, records.iter().map(|record| caa(&[0xc0, 12], *record)).collect()),
        Says::Alias(target, record) => (0, vec![record_of(&[0xc0, 12], 5, &wire(target)), caa(&wire(target), record)]),
        Says::Code(code) => (code, Vec::new()),
        Says::Garbage => (0, vec![record_of(&[0xc0, 12], 257, &[0, 200, b'x'])]),
        Says::Silence => return None,
    };
    let mut answer = question.to_vec();
    answer[2..4].copy_from_slice(&[0x81, 0x80 | code]); // a response, recursion was wanted and is there
    answer[4..12].copy_from_slice(&[0, 1, 0, u8::try_from(records.len()).unwrap(), 0, 0, 0, 0]);
    answer.extend(records.concat());
    Some(answer)
}

fn caa(owner: &[u8], (flags, tag, value): (u8, &str, &str)) -> Vec<u8> {
    let data = [&[flags, u8::try_from(tag.len()).unwrap()], tag.as_bytes(), value.as_bytes()].concat();
    record_of(owner, 257, &data)
}

fn record_of(owner: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    [owner, &kind.to_be_bytes(), &[0, 1, 0, 0, 0, 60], &length, data].concat()
}

fn wire(name: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = name.split('.').flat_map(|label| [&[u8::try_from(label.len()).unwrap()], label.as_bytes()].concat()).collect();
    bytes.push(0);
    bytes
}

fn record(tag: &str, value: &str, critical: bool) -> CaaRecord {
    CaaRecord { tag: tag.into(), value: value.into(), critical }
}

#[tokio::test]
async fn the_records_of_the_closest_name_count_and_nothing_above_is_asked() {
    let (dns, asked) = server(&[
        ("www.app.example", Says::Code(0)),
        ("app.example", Says::Records(&[(128, "ISSUE", "ca.example; account=7"), (0, "iodef", "mailto:a@app.example")])),
        ("example", Says::Records(&[(0, "issue", ";")])),
    ])
    .await;
    let found = dns.authorization("WWW.app.example").await.unwrap();
    assert_eq!(found.name.as_deref(), Some("app.example"));
    assert_eq!(found.records, [record("iodef", "mailto:a@app.example", false), record("issue", "ca.example; account=7", true)]);
    assert_eq!(*asked.lock().unwrap(), ["www.app.example", "app.example"]);
}

#[tokio::test]
async fn no_record_up_to_the_top_is_absent_and_not_unknown() {
    let (dns, asked) = server(&[("app.example", Says::Code(0))]).await;
    assert_eq!(dns.authorization("www.app.example").await, Ok(Caa::default()));
    assert_eq!(*asked.lock().unwrap(), ["www.app.example", "app.example", "example"]);
}

#[tokio::test]
async fn an_alias_has_the_records_of_its_target() {
    let (dns, _) = server(&[("app.example", Says::Alias("cdn.example.net", (0, "issue", ";")))]).await;
    let found = dns.authorization("app.example").await.unwrap();
    assert_eq!((found.name.as_deref(), found.records), (Some("app.example"), vec![record("issue", ";", false)]));
}

#[tokio::test]
async fn a_name_that_cannot_be_asked_leaves_all_unknown_whatever_stands_above() {
    const ABOVE: (&str, Says) = ("example", Says::Records(&[(0, "issue", "ca.example")]));
    for zone in [
        &[("app.example", Says::Code(2)), ABOVE],
        &[("app.example", Says::Code(5)), ABOVE],
        &[("app.example", Says::Garbage), ABOVE],
        &[("app.example", Says::Silence), ABOVE],
    ] {
        let (dns, _) = server(zone).await;
        let started = Instant::now();
        let found = dns.authorization("app.example").await;
        assert!(matches!(found, Err(DnsError::Failed { .. } | DnsError::TimedOut(_))), "{found:?}");
        assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    }
}

#[tokio::test]
async fn what_a_record_says_cannot_deceive_the_reader() {
    let (dns, _) = server(&[("app.example", Says::Records(&[(0, "issue", "ca\u{1b}[31m.example\n")]))]).await;
    assert_eq!(dns.authorization("app.example").await.unwrap().records, [record("issue", "ca\\u{1b}[31m.example\\n", false)]);
}

#[tokio::test]
async fn a_host_that_is_no_name_is_not_asked_about() {
    let (dns, asked) = server(&[]).await;
    let long = "a".repeat(64);
    assert_eq!(dns.authorization(&long).await, Err(DnsError::Name(long.clone())));
    assert!(asked.lock().unwrap().is_empty());
}

#[test]
fn addresses_and_names_of_private_networks_are_not_asked_about() {
    let (public, private): (IpAddr, IpAddr) = ([1, 1, 1, 1].into(), [10, 0, 0, 1].into());
    let is_private = |address| address == private;
    assert_eq!(unasked("app.example", &[public], is_private), None);
    assert_eq!(unasked("app.example", &[private, public], is_private), None);
    assert!(unasked("app.example", &[private], is_private).is_some());
    assert!(unasked("1.1.1.1", &[public], is_private).is_some() && unasked("2606:4700::1111", &[public], is_private).is_some());
}
