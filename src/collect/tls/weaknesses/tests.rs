//! The probes against a sound server and scripted unsound ones, and the verdicts from facts.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    version::TLS12,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsAcceptor;

use super::{
    super::{
        server::Server,
        session::{GROUPS, Line, Session, offer},
        tests::serve,
        wire::{ContentType, Extension, ServerHello, Version, write_certificates, write_record},
    },
    Known, Probed, from_facts, probe,
};
use crate::{
    collect::network::{Network, NetworkSettings},
    evidence::{
        Answer, CipherSuite, Extensions, Protocol, ProtocolId,
        Reading::{self, Observed, Unknown},
        Statistics, Tls, WeaknessId,
    },
};

const HOST: &str = "app.example.com";

fn network() -> Network {
    let timeout = Duration::from_secs(5);
    Network::new(NetworkSettings { timeout, connections_per_host: 16, allow_private: true, overrides: vec![], proxies: None })
}

/// A server of TLS 1.2 that rustls plays.
async fn sound_server() -> SocketAddr {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![HOST.into()]).unwrap().self_signed(&key).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(certificate.der().to_vec())],
            PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    config.ticketer = aws_lc_rs::Ticketer::new().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                while let Ok(1..) = stream.read(&mut [0; 64]).await {
                    let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").await;
                }
            }
        }
    })
    .await
}

/// What of a server offers ECDHE with ECDSA alone.
fn modern() -> Known {
    Known { offered: vec![(Version::TLS12, vec![0xc02b, 0xc02c, 0xcca9])], complete: true }
}

fn verdict(probed: &Probed, id: WeaknessId) -> Reading<bool> {
    probed.weaknesses.iter().find(|weakness| weakness.id == id).unwrap().vulnerable
}

#[tokio::test]
async fn a_session_is_completed_in_every_suite_and_group_of_the_server() {
    let (address, network) = (sound_server().await, network());
    let server = Server::new(&network, HOST, address);
    let line = Line::at_once(&server);
    for suite in [0xc02b, 0xc02c, 0xcca9] {
        for group in GROUPS.into_iter().take(3) {
            let offer = offer(&line, Version::TLS12, &[suite]).with_groups(&[group]);
            let session = Session::establish(&line, &offer).await.unwrap_or_else(|error| panic!("{suite:x} {group:x}: {error}"));
            assert_eq!(session.hello.cipher_suite, suite);
        }
    }
}

#[tokio::test]
async fn a_sound_server_has_no_weakness_and_pays_six_connections_at_most() {
    let (address, network) = (sound_server().await, network());
    let server = Server::new(&network, HOST, address);
    let probed = probe(&server, &modern().into()).await;
    let faults: Vec<_> = probed.weaknesses.iter().filter(|weakness| weakness.vulnerable != Observed(false)).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    assert_eq!((probed.renegotiation.secure.reading, probed.renegotiation.by_client.reading), (Observed(true), Observed(false)));
    assert!(server.connections() <= 6, "{}", server.connections());
}

/// The first flight of a server that knows heartbeats and speaks a suite in which no session of ours goes on.
fn flight() -> Vec<u8> {
    let hello = ServerHello {
        legacy_version: Version::TLS12,
        random: [9; 32],
        session_id: vec![],
        cipher_suite: 0x0081,
        compression: 0,
        extensions: vec![Extension { kind: Extension::HEARTBEAT, body: vec![1] }],
    };
    write_record(ContentType::Handshake, Version::TLS12, &[hello.write(), vec![14, 0, 0, 0]].concat())
}

/// A server that gives its first flight, and answers each record after it.
async fn scripted(answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Clone + Send + Sync + 'static) -> SocketAddr {
    serve(move |mut stream| {
        let answer = answer.clone();
        async move {
            let _ = record(&mut stream).await;
            let _ = stream.write_all(&flight()).await;
            while let Some(record) = record(&mut stream).await {
                match answer(&record) {
                    Some(bytes) => stream.write_all(&bytes).await.unwrap(),
                    None => return,
                }
            }
        }
    })
    .await
}

async fn record(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut record = vec![0; 5];
    stream.read_exact(&mut record).await.ok()?;
    record.resize(5 + usize::from(u16::from_be_bytes([record[3], record[4]])), 0);
    stream.read_exact(&mut record[5..]).await.ok()?;
    Some(record)
}

async fn probed(address: SocketAddr) -> Probed {
    let network = network();
    let server = Server::new(&network, HOST, address);
    probe(&server, &Known { offered: vec![(Version::TLS12, vec![0x0081])], complete: true }.into()).await
}

#[tokio::test]
async fn a_heartbeat_that_gives_memory_away_is_heartbleed() {
    let leaking = scripted(|record| match record[0] {
        24 => {
            let answer = [&[2, 0, record[7]][..], &record[8..], &[0; 4], &[0; 16]].concat();
            Some(write_record(ContentType::Heartbeat, Version::TLS12, &answer))
        }
        _ => None,
    })
    .await;
    assert_eq!(verdict(&probed(leaking).await, WeaknessId::Heartbleed), Observed(true));
}

#[tokio::test]
async fn a_heartbeat_that_is_dropped_is_no_heartbleed_and_one_that_is_echoed_is_none_either() {
    let dropping = scripted(|record| if record[0] == 24 { Some(vec![]) } else { None }).await;
    assert_eq!(verdict(&probed(dropping).await, WeaknessId::Heartbleed), Observed(false));
    let echoing = scripted(|record| match record[0] {
        24 => Some(write_record(ContentType::Heartbeat, Version::TLS12, &[&[2, 0, 16][..], &record[8..], &[0; 16]].concat())),
        _ => None,
    })
    .await;
    assert_eq!(verdict(&probed(echoing).await, WeaknessId::Heartbleed), Observed(false));
}

#[tokio::test]
async fn an_early_change_of_keys_that_meets_with_a_word_or_the_end_is_refused() {
    for answer in [None, Some(write_record(ContentType::Alert, Version::TLS12, &[2, 10]))] {
        let address = scripted(move |record| if record[0] == 20 { answer.clone() } else { Some(vec![]) }).await;
        assert_eq!(verdict(&probed(address).await, WeaknessId::CcsInjection), Observed(false));
    }
}

#[tokio::test]
async fn an_early_change_of_keys_after_which_nothing_can_be_read_was_accepted() {
    let alert = write_record(ContentType::Alert, Version::TLS12, &[2, 20]);
    let address = scripted(move |record| Some(if record[0] == 20 { vec![] } else { alert.clone() })).await;
    assert_eq!(verdict(&probed(address).await, WeaknessId::CcsInjection), Observed(true));
}

fn suite(protocol: ProtocolId, cipher: &str, mode: &str, key_exchange: &str, export: bool) -> CipherSuite {
    CipherSuite {
        protocol,
        code: String::new(),
        name: format!("{key_exchange} {cipher} {mode}"),
        strength_bits: 128,
        key_exchange: key_exchange.into(),
        authentication: "RSA".into(),
        cipher: cipher.into(),
        mode: mode.into(),
        aead: false,
        forward_secrecy: false,
        export,
    }
}

/// A server that offers these suites and their versions.
fn offering(suites: Vec<CipherSuite>, complete: Reading<bool>) -> Tls {
    let offered = |id| suites.iter().any(|suite| suite.protocol == id);
    Tls {
        reached: true,
        answer: Answer::Tls,
        error: None,
        protocols: ProtocolId::ALL.map(|id| Protocol { id, offered: Observed(offered(id)), reason: None }).to_vec(),
        cipher_suites: suites,
        cipher_suites_complete: complete,
        server_preference: std::collections::BTreeMap::new(),
        groups: vec![],
        groups_complete: Unknown,
        group_preference: Unknown,
        group_orders: std::collections::BTreeMap::new(),
        dh_bits: None,
        dh_parameters: vec![],
        signature_algorithms: vec![],
        certificates: vec![],
        chain: None,
        other_chains: vec![],
        extensions: Extensions::default(),
        weaknesses: vec![],
        gaps: vec![],
        contradictions: vec![],
        clients: vec![],
        rating: None,
        statistics: Statistics { connections: 0, milliseconds: 0 },
    }
}

/// The weaknesses with a verdict.
fn with(tls: &Tls, verdict: Reading<bool>) -> Vec<WeaknessId> {
    from_facts(tls).into_iter().filter(|weakness| weakness.vulnerable == verdict).map(|weakness| weakness.id).collect()
}

#[test]
fn every_weak_suite_is_its_weakness_and_no_other() {
    use ProtocolId::{Ssl2, Ssl3, Tls10, Tls12};
    use WeaknessId::{Beast, Drown, Freak, Logjam, Lucky13, Poodle, Rc4, Sweet32};

    for (offered, expected) in [
        (suite(Ssl2, "RC4-128", "stream", "RSA", false), vec![Drown, Rc4]),
        (suite(Ssl2, "RC2-40", "CBC", "RSA", true), vec![Drown, Sweet32]),
        (suite(Ssl3, "AES-128", "CBC", "RSA", false), vec![Poodle, Beast, Lucky13]),
        (suite(Ssl3, "RC4-128", "stream", "RSA", false), vec![Rc4]),
        (suite(Tls10, "AES-128", "CBC", "ECDHE", false), vec![Beast, Lucky13]),
        (suite(Tls10, "RC4-40", "stream", "RSA", true), vec![Freak, Rc4]),
        (suite(Tls12, "3DES", "CBC", "RSA", false), vec![Sweet32, Lucky13]),
        (suite(Tls12, "DES", "CBC", "DHE", true), vec![Logjam, Sweet32, Lucky13]),
        (suite(Tls12, "AES-128", "GCM", "ECDHE", false), vec![]),
    ] {
        let name = format!("{:?} {}", offered.protocol, offered.name);
        assert_eq!(with(&offering(vec![offered], Observed(true)), Observed(true)), expected, "{name}");
    }
}

#[test]
fn what_was_seen_counts_and_what_may_have_been_missed_is_unknown() {
    let tls = offering(vec![suite(ProtocolId::Tls12, "AES-128", "CBC", "RSA", false)], Unknown);
    assert_eq!(with(&tls, Observed(true)), [WeaknessId::Lucky13]);
    let unknown = with(&tls, Unknown);
    assert!(
        [WeaknessId::Rc4, WeaknessId::Sweet32, WeaknessId::Freak, WeaknessId::Logjam, WeaknessId::WeakDh]
            .iter()
            .all(|id| unknown.contains(id))
    );
    // SSL 3.0 and TLS 1.0 are not offered at all.
    assert_eq!(with(&tls, Observed(false)), [WeaknessId::Drown, WeaknessId::Poodle, WeaknessId::Beast]);
}

#[test]
fn a_prime_is_weak_below_2048_bits_and_logjam_below_1024() {
    for (bits, expected) in [(512, vec![WeaknessId::Logjam, WeaknessId::WeakDh]), (1024, vec![WeaknessId::WeakDh]), (2048, vec![])] {
        let dhe = suite(ProtocolId::Tls12, "AES-128", "GCM", "DHE", false);
        let tls = Tls { dh_bits: Some(bits), ..offering(vec![dhe], Observed(true)) };
        assert_eq!(with(&tls, Observed(true)), expected, "{bits}");
    }
    let unseen = offering(vec![suite(ProtocolId::Tls12, "AES-128", "GCM", "DHE", false)], Observed(true));
    assert!(with(&unseen, Unknown).contains(&WeaknessId::WeakDh) && with(&unseen, Unknown).contains(&WeaknessId::Logjam));
}

#[tokio::test]
async fn hostile_answers_are_unknown_or_refused_and_never_a_panic_or_a_finding() {
    let answers: [&[u8]; 7] = [
        b"SSH-2.0-OpenSSH",
        &[22, 3, 3, 0, 4, 2, 0, 0, 0],
        &[22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff],
        &[22, 3, 3, 0, 8, 11, 0, 0, 4, 0, 0, 1, 0],
        &[0x80, 3, 0, 0, 1],
        &[20, 3, 3, 0, 1, 1],
        &[21, 3, 3, 0, 1, 2],
    ];
    for answer in answers {
        let address = serve(move |mut stream| async move {
            let _ = record(&mut stream).await;
            let _ = stream.write_all(answer).await;
        })
        .await;
        let network = network();
        let server = Server::new(&network, HOST, address);
        let known = Known { offered: vec![(Version::TLS12, vec![0xc013, 0x002f])], complete: true };
        let probed = probe(&server, &known.into()).await;
        let unexpected: Vec<_> = probed.weaknesses.iter().filter(|weakness| weakness.vulnerable != Unknown).collect();
        assert!(unexpected.is_empty(), "{answer:?}: {unexpected:#?}");
    }
}

/// The first flight of a server whose RSA key has the exponent 1: what is encrypted to it stays readable.
fn readable_flight() -> Vec<u8> {
    const EXPONENT: [u8; 5] = [2, 3, 1, 0, 1];
    let key = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let mut certificate = CertificateParams::new(vec![HOST.into()]).unwrap().self_signed(&key).unwrap().der().to_vec();
    let place = certificate.windows(5).position(|window| window == EXPONENT).unwrap();
    certificate.splice(place..place + 5, [2, 1, 1]);
    // Certificate, its content, the key's frame, the bit string in it and the key itself are two bytes shorter now.
    for length in [2, 6, place - 287, place - 268, place - 263] {
        let shorter = u16::from_be_bytes([certificate[length], certificate[length + 1]]) - 2;
        certificate[length..length + 2].copy_from_slice(&shorter.to_be_bytes());
    }
    let hello = ServerHello {
        legacy_version: Version::TLS12,
        random: [9; 32],
        session_id: vec![],
        cipher_suite: 0x002f,
        compression: 0,
        extensions: vec![],
    };
    let messages = [hello.write(), write_certificates(&[certificate]), vec![14, 0, 0, 0]].concat();
    write_record(ContentType::Handshake, Version::TLS12, &messages)
}

/// What ROBOT says of a server that ends the handshake where `tells` is true of the block, and else at what follows.
async fn robot(tells: impl Fn(&[u8]) -> bool + Clone + Send + Sync + 'static) -> Reading<bool> {
    let flight = readable_flight();
    let address = serve(move |mut stream| {
        let (tells, flight) = (tells.clone(), flight.clone());
        async move {
            let _ = record(&mut stream).await;
            let _ = stream.write_all(&flight).await;
            let mut keys_changed = false;
            while let Some(record) = record(&mut stream).await {
                let told = record[0] == 22 && !keys_changed && tells(&record[11..]);
                if told || (keys_changed && record[0] == 22) {
                    let _ = stream.write_all(&write_record(ContentType::Alert, Version::TLS12, &[2, if told { 40 } else { 20 }])).await;
                    // A reset would overtake the alert.
                    while stream.read(&mut [0; 256]).await.is_ok_and(|length| length > 0) {}
                    return;
                }
                keys_changed = record[0] == 20;
            }
        }
    })
    .await;
    let network = network();
    let server = Server::new(&network, HOST, address);
    let known = Known { offered: vec![(Version::TLS12, vec![0x002f])], complete: true };
    super::robot::probe(&Line::at_once(&server), &known).await.vulnerable
}

#[tokio::test]
async fn a_server_that_tells_any_wrong_padding_from_the_right_one_is_an_oracle() {
    assert_eq!(robot(|block| block[..2] != [0, 2]).await, Observed(true));
    assert_eq!(robot(|block| !block[2..].contains(&0)).await, Observed(true));
    assert_eq!(robot(|block| block[block.len() - 2] == 0).await, Observed(true));
    assert_eq!(robot(|block| block[block.len() - 48..block.len() - 46] != [3, 3]).await, Observed(true));
}

#[tokio::test]
async fn a_server_that_treats_all_paddings_alike_is_no_oracle() {
    assert_eq!(robot(|_| false).await, Observed(false));
    assert_eq!(robot(|_| true).await, Observed(false));
}
