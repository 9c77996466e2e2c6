//! What no rustls server does: silence, rubbish, floods, old versions, odd alerts.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    time::sleep,
};

use super::{
    BRIEF, LESS_THAN_TWO, TrustStore, answering, judged_by, known, look, look_briefly, network, pki::self_signed, probe, read_hello,
    reasons, serve,
};
use crate::{
    collect::Depth,
    collect::tls::wire::{ContentType, ServerHello, Ssl2ServerHello, Version, write_certificates, write_record},
    evidence::{Answer, Contact, ProtocolId, Reading},
};

const HOST: &str = "app.example.com";
const ALL: [ProtocolId; 6] = ProtocolId::ALL;

fn server_hello(version: Version) -> Vec<u8> {
    ServerHello { legacy_version: version, random: [9; 32], session_id: vec![], cipher_suite: 0x000a, compression: 0, extensions: vec![] }
        .write()
}

/// Hello and certificates of an old server, in one record.
fn greeting(version: Version) -> Vec<u8> {
    let messages = [server_hello(version), write_certificates(&[self_signed(&[HOST]).der])].concat();
    write_record(ContentType::Handshake, version, &messages)
}

fn alert(level: u8, description: u8) -> Vec<u8> {
    write_record(ContentType::Alert, Version::TLS10, &[level, description])
}

fn without(missing: ProtocolId) -> Vec<ProtocolId> {
    ALL.into_iter().filter(|&id| id != missing).collect()
}

#[tokio::test]
async fn silence_is_unknown_and_costs_one_timeout_in_all() {
    let server = serve(|stream| async move {
        sleep(Duration::from_mins(1)).await;
        drop(stream);
    })
    .await;
    for connections in [8, 1] {
        let started = Instant::now();
        let address = probe(&network(BRIEF, connections), HOST, server, Depth::Full, &judged_by(&TrustStore::mozilla())).await;
        assert!(started.elapsed() < LESS_THAN_TWO, "{connections}: {:?}", started.elapsed());
        assert_eq!((address.contact, address.reached), (Contact::Accepted, true));
        assert_eq!(known(&address), (vec![], vec![]));
        let tls = address.tls.unwrap();
        assert_eq!((tls.answer, tls.reached, tls.error.as_deref()), (Answer::NoAnswer, false, Some("no answer within 2 s")));
    }
}

#[tokio::test]
async fn a_closed_port_is_refused_and_every_version_unknown() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let address = look_briefly(address).await;
    assert_eq!((address.contact, address.reached, address.error.as_deref()), (Contact::Refused, false, Some("connection refused")));
    assert_eq!(reasons(&address), ["connection refused"; 6]);
    let tls = address.tls.unwrap();
    assert_eq!((tls.reached, tls.chain, tls.statistics.connections), (false, None, 0));
}

#[tokio::test]
async fn a_private_address_is_forbidden_without_permission() {
    let settings = crate::collect::network::NetworkSettings {
        timeout: Duration::from_secs(1),
        connections_per_host: 8,
        allow_private: false,
        overrides: vec![],
        proxies: None,
    };
    let network = crate::collect::Network::new(settings);
    let address = probe(&network, HOST, ([127, 0, 0, 1], 9).into(), Depth::Full, &judged_by(&TrustStore::mozilla())).await;
    assert_eq!((address.contact, address.reached), (Contact::Forbidden, false));
    assert_eq!(known(&address), (vec![], vec![]));
}

#[tokio::test]
async fn closing_every_connection_says_nothing_of_any_version() {
    let address = look_briefly(answering(|_, _| vec![]).await).await;
    assert_eq!(reasons(&address), ["the server closed every connection without an answer"; 6]);
    assert_eq!(address.tls.unwrap().answer, Answer::Closed);
}

#[tokio::test]
async fn closing_is_a_refusal_where_another_version_is_spoken() {
    let server = answering(|version, _| if version == Version::TLS12 { greeting(version) } else { vec![] }).await;
    let address = look_briefly(server).await;
    assert_eq!(known(&address), (vec![ProtocolId::Tls12], without(ProtocolId::Tls12)));
}

#[tokio::test]
async fn closing_is_no_refusal_where_only_older_versions_are_refused_in_words() {
    let old = [Version::TLS10, Version::TLS11];
    let address = look_briefly(answering(move |version, _| if old.contains(&version) { alert(2, 70) } else { vec![] }).await).await;
    assert_eq!(known(&address), (vec![], vec![ProtocolId::Ssl2, ProtocolId::Tls10, ProtocolId::Tls11]));
}

#[tokio::test]
async fn a_server_that_takes_one_connection_at_a_time_is_known_for_all_versions() {
    let busy = Arc::new(AtomicUsize::new(0));
    let server = serve(move |mut stream| {
        let busy = Arc::clone(&busy);
        async move {
            if busy.fetch_add(1, Relaxed) == 0 {
                let (_, version) = read_hello(&mut stream).await;
                sleep(Duration::from_millis(20)).await;
                let spoken = version >= Version::TLS11 && version <= Version::TLS12;
                let _ = stream.write_all(&if spoken { greeting(version) } else { alert(2, 70) }).await;
                drop(stream);
            }
            busy.fetch_sub(1, Relaxed);
        }
    })
    .await;
    let address = look(server, HOST, &TrustStore::mozilla()).await;
    assert_eq!(known(&address).0, [ProtocolId::Tls11, ProtocolId::Tls12]);
    assert_eq!(known(&address).1.len(), 4);
}

#[tokio::test]
async fn silence_for_one_version_leaves_that_one_unknown() {
    let server = serve(|mut stream| async move {
        let (_, version) = read_hello(&mut stream).await;
        if version == Version::SSL2 {
            sleep(Duration::from_mins(1)).await;
        }
        let _ = stream.write_all(&if version == Version::TLS12 { greeting(version) } else { alert(2, 70) }).await;
    })
    .await;
    let address = look_briefly(server).await;
    assert_eq!(known(&address).0, [ProtocolId::Tls12]);
    assert_eq!(reasons(&address), ["no answer within 2 s"]);
}

#[tokio::test]
async fn a_passing_failure_is_tried_again() {
    let seen = Arc::new(AtomicUsize::new(0));
    let server = answering(move |version, _| match version {
        Version::TLS12 if seen.fetch_add(1, Relaxed) == 0 => vec![],
        Version::TLS12 => greeting(version),
        _ => alert(2, 70),
    });
    assert_eq!(known(&look_briefly(server.await).await).0, [ProtocolId::Tls12]);
}

#[tokio::test]
async fn a_server_that_stops_after_its_tls_1_3_hello_offers_it_and_leaves_the_chain_unknown() {
    let server = serve(|mut stream| async move {
        let (_, version) = read_hello(&mut stream).await;
        if version != Version::TLS13 {
            let _ = stream.write_all(&alert(2, 70)).await;
            return;
        }
        let _ = stream.write_all(&write_record(ContentType::Handshake, Version::TLS12, &server_hello(version))).await;
        sleep(Duration::from_mins(1)).await;
    })
    .await;
    let started = Instant::now();
    let address = look_briefly(server).await;
    assert!(started.elapsed() < LESS_THAN_TWO, "{:?}", started.elapsed());
    assert_eq!(known(&address), (vec![ProtocolId::Tls13], without(ProtocolId::Tls13)));
    let chain = address.tls.unwrap().chain.unwrap();
    assert_eq!(chain.trusted, Reading::Unknown);
    assert!(chain.error.is_some());
}

#[test]
fn a_probe_can_be_spawned() {
    fn is_send<T: Send>(_: T) {}
    let (network, trust) = (network(Duration::from_secs(1), 1), TrustStore::mozilla());
    is_send(probe(&network, HOST, ([127, 0, 0, 1], 1).into(), Depth::Full, &judged_by(&trust)));
}

#[tokio::test]
async fn plain_http_offers_no_version() {
    for page in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b"<!DOCTYPE HTML PUBLIC>\n<html>no</html>"] {
        let address = look_briefly(answering(|_, _| page.to_vec()).await).await;
        assert_eq!(known(&address), (vec![], ALL.to_vec()));
        let tls = address.tls.unwrap();
        assert_eq!((tls.answer, tls.reached), (Answer::PlainHttp, false));
        assert_eq!(tls.error.as_deref(), Some("the port speaks plain HTTP, not TLS"));
    }
}

#[tokio::test]
async fn a_plain_http_server_that_waits_for_the_end_of_a_line_is_recognised() {
    let server = serve(|mut stream| async move {
        while stream.read_u8().await.unwrap() != b'\n' {}
        let _ = stream.write_all(b"HTTP/1.0 400 Bad request syntax\r\n\r\n").await;
    })
    .await;
    assert_eq!(look_briefly(server).await.tls.unwrap().answer, Answer::PlainHttp);
}

#[tokio::test]
async fn garbage_is_unknown() {
    for garbage in [&b"SSH-2.0-OpenSSH_9.2\r\n"[..], &[0xff; 100], b"\x16\x03\x03\x00\x04\x02\x00\x00\x00"] {
        let address = look_briefly(answering(|_, _| garbage.to_vec()).await).await;
        assert_eq!(known(&address), (vec![], vec![]), "{}", garbage.escape_ascii());
        assert_eq!(address.tls.unwrap().answer, Answer::Garbage);
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_short() {
    // Records that TLS allows, without ever a hello among them.
    let server = serve(|mut stream| async move {
        let flood = write_record(ContentType::Handshake, Version::TLS12, &[0; 400]).repeat(100);
        while stream.write_all(&flood).await.is_ok() {}
    })
    .await;
    let started = Instant::now();
    let address = probe(&network(Duration::from_secs(20), 8), HOST, server, Depth::Full, &judged_by(&TrustStore::mozilla())).await;
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert_eq!(known(&address), (vec![], vec![]));
    assert!(reasons(&address)[0].contains("did not end"), "{:?}", reasons(&address));
}

#[tokio::test]
async fn a_slow_drip_ends_with_the_timeout() {
    let server = serve(|mut stream| async move {
        for byte in greeting(Version::TLS12) {
            sleep(Duration::from_millis(100)).await;
            if stream.write_all(&[byte]).await.is_err() {
                return;
            }
        }
    })
    .await;
    let started = Instant::now();
    assert_eq!(known(&look_briefly(server).await), (vec![], vec![]));
    assert!(started.elapsed() < LESS_THAN_TWO, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_hello_in_pieces_of_one_byte_is_read() {
    let server = answering(|version, _| {
        let messages = [server_hello(Version::TLS12), write_certificates(&[self_signed(&[HOST]).der])].concat();
        if version != Version::TLS12 {
            return alert(2, 70);
        }
        messages.iter().flat_map(|byte| write_record(ContentType::Handshake, version, &[*byte])).collect()
    })
    .await;
    let address = look_briefly(server).await;
    assert_eq!(known(&address).0, [ProtocolId::Tls12]);
    assert_eq!(address.tls.unwrap().certificates.len(), 1);
}

#[tokio::test]
async fn a_warning_before_the_hello_is_read_past() {
    let server = answering(|version, _| match version {
        Version::TLS12 => [alert(1, 112), greeting(version)].concat(),
        _ => alert(2, 70),
    })
    .await;
    assert_eq!(known(&look_briefly(server).await).0, [ProtocolId::Tls12]);
}

#[tokio::test]
async fn warnings_without_end_say_nothing_about_any_version() {
    let server = serve(|mut stream| async move {
        let _ = read_hello(&mut stream).await;
        while stream.write_all(&alert(1, 112).repeat(100)).await.is_ok() {}
    })
    .await;
    let address = look_briefly(server).await;
    assert_eq!(known(&address), (vec![], vec![]));
    assert!(reasons(&address).iter().all(|reason| reason.contains("did not end after")), "{:?}", reasons(&address));
}

#[tokio::test]
async fn an_answer_in_slow_drops_is_called_slow_and_not_silent() {
    let server = serve(|mut stream| async move {
        let (_, version) = read_hello(&mut stream).await;
        for byte in greeting(version.max(Version::SSL3)) {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if stream.write_all(&[byte]).await.is_err() {
                return;
            }
        }
    })
    .await;
    let address = look_briefly(server).await;
    assert_eq!(known(&address), (vec![], vec![]));
    assert!(reasons(&address).iter().all(|reason| reason.contains("too slow")), "{:?}", reasons(&address));
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_unknown_and_asked_again() {
    let server = answering(|version, _| greeting(version.max(Version::SSL3)).into_iter().take(30).collect()).await;
    let address = look_briefly(server).await;
    assert_eq!(known(&address), (vec![], vec![]));
    assert_eq!(address.tls.unwrap().answer, crate::evidence::Answer::Closed);
}

#[tokio::test]
async fn certificates_that_are_too_long_are_called_so() {
    let server = answering(|version, _| match version {
        Version::TLS12 => {
            let messages = [server_hello(version), write_certificates(&[vec![0x30; 200_000]])].concat();
            messages.chunks(16_000).flat_map(|part| write_record(ContentType::Handshake, version, part)).collect()
        }
        _ => alert(2, 70),
    })
    .await;
    let error = look_briefly(server).await.tls.unwrap().chain.unwrap().error.unwrap();
    assert!(error.contains("200006 bytes is too long"), "{error}");
}

#[tokio::test]
async fn an_answer_in_a_lower_version_is_a_no() {
    let server = answering(|version, _| if version == Version::SSL2 { vec![] } else { greeting(version.min(Version::TLS10)) }).await;
    let address = look_briefly(server).await;
    assert_eq!(known(&address).0, [ProtocolId::Ssl3, ProtocolId::Tls10]);
    assert_eq!(known(&address).1.len(), 4);
}

#[tokio::test]
async fn ssl_3_0_alone_is_still_a_tls_server_with_a_chain() {
    let server = answering(|version, _| if version == Version::SSL3 { greeting(version) } else { alert(2, 40) }).await;
    let address = look_briefly(server).await;
    assert_eq!(known(&address), (vec![ProtocolId::Ssl3], without(ProtocolId::Ssl3)));
    assert_eq!(address.tls.unwrap().certificates.len(), 1);
}

#[tokio::test]
async fn ssl_2_0_is_offered_even_without_a_common_cipher() {
    let certificate = self_signed(&[HOST]).der;
    let server = answering(move |version, _| match version {
        Version::SSL2 => {
            let hello = Ssl2ServerHello { version, certificate: certificate.clone(), cipher_kinds: vec![], connection_id: vec![7; 16] };
            hello.write()
        }
        _ => vec![],
    })
    .await;
    let address = look_briefly(server).await;
    assert_eq!(known(&address), (vec![ProtocolId::Ssl2], without(ProtocolId::Ssl2)));
    assert_eq!(address.tls.unwrap().certificates.len(), 1);
}

#[tokio::test]
async fn an_ssl_2_0_error_is_a_refusal() {
    let server = answering(|version, _| if version == Version::SSL2 { vec![0x80, 3, 0, 0, 1] } else { greeting(Version::TLS12) }).await;
    assert!(known(&look_briefly(server).await).1.contains(&ProtocolId::Ssl2));
}

#[tokio::test]
async fn a_server_that_refuses_the_name_is_asked_without_it() {
    let names = |hello: &[u8]| hello.windows(HOST.len()).any(|window| window == HOST.as_bytes());
    let server = answering(move |version, hello| match version {
        _ if names(hello) => alert(2, 112),
        Version::TLS12 => greeting(version),
        _ => alert(2, 70),
    })
    .await;
    assert_eq!(known(&look_briefly(server).await), (vec![ProtocolId::Tls12], without(ProtocolId::Tls12)));
}

#[tokio::test]
async fn a_server_that_knows_no_name_of_ours_leaves_the_versions_unknown() {
    let address = look_briefly(answering(|_, _| alert(2, 112)).await).await;
    assert_eq!(known(&address), (vec![], vec![ProtocolId::Ssl2]));
    let tls = address.tls.unwrap();
    assert!(tls.reached);
    assert_eq!(tls.chain.unwrap().trusted, Reading::Unknown);
}

#[tokio::test]
async fn an_alert_for_every_hello_refuses_no_version_unless_it_speaks_of_versions() {
    let unsaid = without(ProtocolId::Ssl2);
    for (description, refused) in [(40, vec![]), (80, vec![]), (0, vec![]), (50, vec![]), (120, vec![]), (70, unsaid.clone())] {
        let address = look_briefly(answering(move |_, _| alert(2, description)).await).await;
        let (yes, no) = known(&address);
        assert_eq!((yes, &no[1..]), (vec![], refused.as_slice()), "alert {description}");
        assert!(address.tls.unwrap().reached);
    }
}

#[tokio::test]
async fn an_ip_address_is_never_sent_as_a_name() {
    let server = answering(|version, hello| match version {
        _ if hello.windows(9).any(|window| window == b"127.0.0.1") => alert(2, 112),
        Version::TLS12 => greeting(version),
        _ => alert(2, 70),
    })
    .await;
    assert_eq!(known(&look(server, "127.0.0.1", &TrustStore::mozilla()).await).0, [ProtocolId::Tls12]);
}
