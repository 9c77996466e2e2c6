//! Extensions, groups, parameters, signatures and other chains: what a server does with each is found out, whatever it is.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::io::AsyncWriteExt as _;

use super::{answering, network, pki::self_signed, read_hello, serve};
use crate::{
    collect::tls::{
        behaviour::{self, Behaviour},
        protocols,
        server::Server,
        wire::{ClientHello, ContentType, Extension, ServerHello, Version, write_certificates, write_record},
    },
    evidence::{
        ProtocolId,
        Reading::{self, Observed, Unknown},
    },
};

const HOST: &str = "app.example.com";

pub(super) async fn ask(address: SocketAddr) -> (Behaviour, u32) {
    ask_within(address, Duration::from_secs(10)).await
}

async fn ask_within(address: SocketAddr, timeout: Duration) -> (Behaviour, u32) {
    let network = network(timeout, 32);
    let server = Server::new(&network, HOST, address);
    let hellos = protocols::Hellos::new(&server);
    let known = protocols::survey(&server, &hellos).await.known(&server);
    let before = server.connections();
    let behaviour = behaviour::probe(&server, &known).await;
    (behaviour, server.connections() - before)
}

fn refusal(description: u8) -> Vec<u8> {
    write_record(ContentType::Alert, Version::TLS10, &[2, description])
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[kind][..], &length, body].concat()
}

/// A scripted server's flight.
struct Script {
    version: Version,
    suite: u16,
    compression: u8,
    extensions: Vec<(u16, Vec<u8>)>,
    certificate: Vec<u8>,
    key_exchange: Option<Vec<u8>>,
}

impl Script {
    fn plain() -> Self {
        Self { version: Version::TLS12, suite: 0x002f, compression: 0, extensions: vec![], certificate: vec![1], key_exchange: None }
    }

    fn write(&self) -> Vec<u8> {
        let extensions = self.extensions.iter().map(|(kind, body)| Extension { kind: *kind, body: body.clone() }).collect();
        let hello = ServerHello {
            legacy_version: self.version.min(Version::TLS12),
            random: [9; 32],
            session_id: vec![],
            cipher_suite: self.suite,
            compression: self.compression,
            extensions,
        };
        let mut messages = hello.write();
        if self.version < Version::TLS13 {
            messages.extend(write_certificates(std::slice::from_ref(&self.certificate)));
            messages.extend(self.key_exchange.iter().flat_map(|body| message(12, body)));
            messages.extend(message(14, &[]));
        }
        write_record(ContentType::Handshake, Version::TLS12, &messages)
    }
}

/// A server of one version that answers as `answer` makes up from the hello; anything else is refused.
async fn scripted(version: Version, answer: impl Fn(&ClientHello) -> Vec<u8> + Clone + Send + Sync + 'static) -> SocketAddr {
    answering(move |offered, bytes| match ClientHello::parse(bytes) {
        Ok(hello) if offered == version || hello.legacy_version > Version::TLS12 => answer(&hello),
        _ => refusal(70),
    })
    .await
}

fn offers(hello: &ClientHello, kind: u16) -> bool {
    hello.extensions.iter().any(|extension| extension.kind == kind)
}

/// The numbers of an extension that is a list with its length in front.
fn list(hello: &ClientHello, kind: u16) -> Vec<u16> {
    let body = hello.extensions.iter().find(|extension| extension.kind == kind).map_or(&[][..], |extension| &extension.body);
    body.get(2..).unwrap_or_default().chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}

#[tokio::test]
async fn extensions_are_known_from_the_hello_and_compression_from_its_choice() {
    let server = scripted(Version::TLS12, |hello| {
        let echoed = [1, 15, 16, 18, 23, 35].into_iter().filter(|kind| offers(hello, *kind));
        let extensions = echoed.map(|kind| (kind, if kind == 16 { vec![0, 3, 2, b'h', b'2'] } else { vec![7] })).collect();
        let compression = u8::from(hello.compression.contains(&1));
        Script { compression, extensions, ..Script::plain() }.write()
    })
    .await;
    let (behaviour, _) = ask(server).await;
    let extensions = &behaviour.extensions.extensions;
    let known = [extensions.heartbeat, extensions.max_fragment_length, extensions.compression, extensions.extended_master_secret];
    assert_eq!(known, [Observed(true); 4], "{extensions:#?}");
    assert_eq!((extensions.session_tickets, extensions.secure_renegotiation), (Observed(true), Observed(false)));
    assert_eq!(
        (extensions.session_ids, extensions.ocsp_stapling, extensions.early_data),
        (Observed(false), Observed(false), Observed(false))
    );
    assert_eq!((extensions.alpn.as_slice(), extensions.alpn_complete), (&["h2".to_owned()][..], Observed(true)));
    assert_eq!(behaviour.extensions.stapled.timestamps, Some(vec![7]));
}

#[tokio::test]
async fn a_server_that_fails_on_one_extension_answers_for_the_others() {
    let server = scripted(Version::TLS12, |hello| {
        if offers(hello, 1) {
            return refusal(47);
        }
        let extensions = [15, 35].into_iter().filter(|kind| offers(hello, *kind)).map(|kind| (kind, vec![1])).collect();
        Script { extensions, ..Script::plain() }.write()
    })
    .await;
    let extensions = ask(server).await.0.extensions.extensions;
    assert_eq!((extensions.max_fragment_length, extensions.heartbeat), (Observed(false), Observed(true)));
    assert_eq!((extensions.session_tickets, extensions.compression), (Observed(true), Observed(false)));
}

#[tokio::test]
async fn a_stapled_response_is_kept_for_whoever_judges_it() {
    let server = scripted(Version::TLS12, |hello| {
        let mut flight = Script::plain().write();
        if offers(hello, 5) {
            let status = write_record(ContentType::Handshake, Version::TLS12, &message(22, &[1, 0, 0, 3, 4, 5, 6]));
            let end = flight.len() - 4;
            flight.truncate(end);
            let length = u16::try_from(end - 5).unwrap().to_be_bytes();
            flight[3..5].copy_from_slice(&length);
            flight.extend(status);
            flight.extend(write_record(ContentType::Handshake, Version::TLS12, &message(14, &[])));
        }
        flight
    })
    .await;
    let facts = ask(server).await.0.extensions;
    assert_eq!((facts.extensions.ocsp_stapling, facts.stapled.response), (Observed(true), Some(vec![4, 5, 6])));
}

/// The answers to the three questions of tolerance, of a server that refuses some hellos.
async fn intolerance(refused: fn(&ClientHello) -> bool) -> [Reading<bool>; 3] {
    let server = scripted(Version::TLS12, move |hello| if refused(hello) { vec![] } else { Script::plain().write() }).await;
    let extensions = ask(server).await.0.extensions.extensions;
    [extensions.version_intolerance, extensions.extension_intolerance, extensions.long_hello_intolerance]
}

#[tokio::test]
async fn each_intolerance_is_told_from_the_others() {
    assert_eq!(intolerance(|_| false).await, [Observed(false); 3]);
    assert_eq!(intolerance(|hello| hello.legacy_version > Version::TLS12).await, [Observed(true), Observed(false), Observed(false)]);
    assert_eq!(intolerance(|hello| hello.cipher_suites.contains(&0x0a0a)).await, [Observed(false), Observed(true), Observed(false)]);
    assert_eq!(intolerance(|hello| hello.write().len() > 1000).await, [Observed(false), Observed(false), Observed(true)]);
}

#[tokio::test]
async fn a_fallback_is_refused_or_taken() {
    for (refuses, description) in [(true, 86), (true, 40), (false, 0)] {
        let server = answering(move |version, bytes| {
            let fell_back = ClientHello::parse(bytes).is_ok_and(|hello| hello.cipher_suites.contains(&0x5600));
            match version {
                Version::TLS11 if fell_back && refuses => refusal(description),
                Version::TLS11 | Version::TLS12 => Script { version, ..Script::plain() }.write(),
                _ => refusal(70),
            }
        })
        .await;
        assert_eq!(ask(server).await.0.extensions.extensions.fallback_scsv, Observed(refuses), "alert {description}");
    }
}

#[tokio::test]
async fn with_one_version_there_is_no_fallback() {
    let extensions = ask(scripted(Version::TLS12, |_| Script::plain().write()).await).await.0.extensions.extensions;
    assert_eq!(extensions.fallback_scsv, Unknown);
    assert!(extensions.reasons["fallback_scsv"].contains("fewer than two"));
}

#[tokio::test]
async fn a_server_may_refuse_clients_without_a_name_or_show_them_another_chain() {
    for (refuses, required) in [(true, true), (false, false)] {
        let server = scripted(Version::TLS12, move |hello| match offers(hello, 0) {
            true => Script::plain().write(),
            false if refuses => vec![],
            false => Script { certificate: vec![2], ..Script::plain() }.write(),
        })
        .await;
        let behaviour = ask(server).await.0;
        assert_eq!(behaviour.extensions.extensions.sni_required, Observed(required));
        let sent: Vec<(&str, &[Vec<u8>])> =
            behaviour.chains.chains.iter().map(|chain| (chain.sent_to.as_str(), chain.certificates.as_slice())).collect();
        let other: &[(&str, &[Vec<u8>])] = &[("clients that name no host", &[vec![2]])];
        assert_eq!(sent, if required { &[] } else { other });
    }
}

#[tokio::test]
async fn silence_after_the_survey_leaves_everything_unknown_with_its_reason() {
    let answered = Arc::new(AtomicUsize::new(0));
    let server = serve(move |mut stream| {
        let answered = Arc::clone(&answered);
        async move {
            let (_, version) = read_hello(&mut stream).await;
            if answered.fetch_add(1, Relaxed) < 6 {
                let spoken = version == Version::TLS12 || version == Version::TLS11;
                let _ = stream.write_all(&if spoken { Script { version, ..Script::plain() }.write() } else { refusal(70) }).await;
            } else {
                tokio::time::sleep(Duration::from_mins(1)).await;
            }
        }
    })
    .await;
    let behaviour = ask_within(server, Duration::from_millis(500)).await.0;
    let extensions = serde_json::to_value(&behaviour.extensions.extensions).unwrap();
    let fields = extensions.as_object().unwrap();
    for (field, value) in fields {
        // Renegotiation is asked elsewhere, and what the survey's hello says needs no question.
        if value.is_null() && !field.ends_with("client_renegotiation") && field != "insecure_renegotiation" {
            assert!(extensions["reasons"][field].is_string(), "{field}: {extensions:#}");
        }
        let asked =
            !["secure_renegotiation", "extended_master_secret", "session_ids", "early_data", "alpn", "reasons"].contains(&field.as_str());
        let from_survey = field == "client_certificate";
        assert!(!asked || from_survey || value.is_null(), "{field}: {extensions:#}");
    }
    assert_eq!(behaviour.groups.complete, Unknown);
    assert!(!behaviour.groups.gaps.is_empty() && !behaviour.primes.gaps.is_empty() && !behaviour.chains.gaps.is_empty());
}

/// A server of TLS 1.3 that has these groups, and chooses by its own order or the client's.
async fn with_groups(own: &'static [u16], by_own_order: bool) -> Behaviour {
    let server = scripted(Version::TLS13, move |hello| {
        let offered = list(hello, 10);
        let (first, second) = if by_own_order { (own.to_vec(), offered) } else { (offered, own.to_vec()) };
        match first.into_iter().find(|group| second.contains(group)) {
            Some(group) => {
                let extensions = vec![(43, vec![3, 4]), (51, group.to_be_bytes().to_vec())];
                Script { version: Version::TLS13, suite: 0x1301, extensions, ..Script::plain() }.write()
            }
            None => refusal(40),
        }
    })
    .await;
    ask(server).await.0
}

#[tokio::test]
async fn every_group_is_found_in_the_servers_own_order() {
    let usual: &[u16] = &[0x11ec, 0x001d, 0x0017, 0x001e, 0x0019, 0x0018, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104];
    let swapped: &[u16] = &[0x11ec, 0x001d, 0x0017, 0x001e, 0x0018, 0x0019, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104];
    for own in [usual, swapped, &[0x0019, 0x001d, 0x0100, 0x11ec, 0x0020], &[0x0104, 0x0017], &[0x0201]] {
        let groups = with_groups(own, true).await.groups;
        assert_eq!(groups.groups.iter().map(|group| group.code).collect::<Vec<_>>(), own);
        assert_eq!(groups.complete, Observed(true));
        assert_eq!(groups.preference(), if own.len() > 1 { Observed(true) } else { Unknown });
        assert_eq!(groups.gaps, []);
    }
}

#[tokio::test]
async fn a_server_that_follows_the_client_has_no_order_of_its_own() {
    for own in [&[0x0019, 0x001d, 0x11ec, 0x0100][..], &[0x0017, 0x0018]] {
        let groups = with_groups(own, false).await.groups;
        assert_eq!((groups.preference(), groups.complete, groups.groups.len()), (Observed(false), Observed(true), own.len()));
    }
}

/// A server that chooses its group by its own order in one version, and by the client's in the other.
async fn with_an_order_in(by_own_order: Version, own: &'static [u16]) -> Behaviour {
    let server = answering(move |version, bytes| {
        let Ok(hello) = ClientHello::parse(bytes) else { return refusal(70) };
        let offered = list(&hello, 10);
        let (first, second) = if version == by_own_order { (own.to_vec(), offered) } else { (offered, own.to_vec()) };
        let Some(group) = first.into_iter().find(|group| second.contains(group)) else { return refusal(40) };
        if version == Version::TLS13 {
            let extensions = vec![(43, vec![3, 4]), (51, group.to_be_bytes().to_vec())];
            return Script { version, suite: 0x1301, extensions, ..Script::plain() }.write();
        }
        if version != Version::TLS12 || !hello.cipher_suites.contains(&0xc02f) {
            return refusal(70);
        }
        let [high, low] = group.to_be_bytes();
        let key_exchange = Some([&[3, high, low, 1, 4][..], &[4, 3, 0, 1, 0]].concat());
        Script { suite: 0xc02f, key_exchange, ..Script::plain() }.write()
    })
    .await;
    ask(server).await.0
}

#[tokio::test]
async fn each_version_has_an_order_of_its_own() {
    let own: &[u16] = &[0x0019, 0x001d, 0x0018];
    let by_popularity = vec![0x001d, 0x0018, 0x0019];
    for (ordered, other) in [(ProtocolId::Tls13, ProtocolId::Tls12), (ProtocolId::Tls12, ProtocolId::Tls13)] {
        let groups = with_an_order_in(protocols::wire_version(ordered), own).await.groups;
        assert_eq!(groups.orders[&ordered], (own.to_vec(), Observed(true)), "{ordered:?}");
        assert_eq!(groups.orders[&other], (by_popularity.clone(), Observed(false)), "{ordered:?}");
        assert_eq!(groups.preference(), Observed(ordered == ProtocolId::Tls13));
        assert_eq!((groups.complete, groups.gaps), (Observed(true), vec![]));
    }
}

/// A server of TLS 1.2 with a key on P-256, which it shows only to clients that name that curve.
async fn bound_to_its_curve(own: &'static [u16], by_own_order: bool) -> Behaviour {
    let certificate = self_signed(&[HOST]).der;
    let server = scripted(Version::TLS12, move |hello| {
        let offered = list(hello, 10);
        let (first, second) = if by_own_order { (own.to_vec(), offered.clone()) } else { (offered.clone(), own.to_vec()) };
        let suite = [0xc02b, 0xc009].into_iter().find(|suite| hello.cipher_suites.contains(suite));
        let (Some(group), Some(suite)) = (first.into_iter().find(|group| second.contains(group)), suite) else { return refusal(40) };
        if !offered.contains(&0x0017) {
            return refusal(40);
        }
        let [high, low] = group.to_be_bytes();
        let key_exchange = Some([&[3, high, low, 1, 4][..], &[4, 3, 0, 1, 0]].concat());
        Script { suite, certificate: certificate.clone(), key_exchange, ..Script::plain() }.write()
    })
    .await;
    ask(server).await.0
}

fn codes(behaviour: &Behaviour) -> Vec<u16> {
    behaviour.groups.groups.iter().map(|group| group.code).collect()
}

#[tokio::test]
async fn curves_are_found_behind_a_certificate_that_needs_its_own() {
    let behaviour = bound_to_its_curve(&[0x0018, 0x0017], true).await;
    assert_eq!(codes(&behaviour), [0x0018, 0x0017]);
    assert_eq!(behaviour.groups.groups[0].protocols, [ProtocolId::Tls12]);
    let behaviour = bound_to_its_curve(&[0x0017, 0x0018, 0x001d], false).await;
    assert_eq!((codes(&behaviour), behaviour.groups.complete), (vec![0x001d, 0x0017, 0x0018], Observed(true)));
}

#[tokio::test]
async fn the_order_is_found_of_curves_that_the_certificates_own_must_stand_beside() {
    for own in [&[0x0019, 0x001d][..], &[0x001d, 0x0019], &[0x0018, 0x0019, 0x001d, 0x0017]] {
        for by_own_order in [true, false] {
            let groups = bound_to_its_curve(own, by_own_order).await.groups;
            let (found, preference) = &groups.orders[&ProtocolId::Tls12];
            assert_eq!((*preference, &groups.gaps), (Observed(by_own_order), &vec![]), "{own:x?}");
            assert!(!by_own_order || found == own, "{found:x?} instead of {own:x?}");
        }
    }
}

#[tokio::test]
async fn a_curve_that_nobody_can_end_with_is_not_missed() {
    let behaviour = bound_to_its_curve(&[0x0017, 0x0018], true).await;
    assert_eq!((codes(&behaviour), behaviour.groups.complete), (vec![0x0017], Observed(true)));
    assert!(behaviour.groups.gaps.is_empty(), "{:?}", behaviour.groups.gaps);
}

#[tokio::test]
async fn the_algorithm_that_a_server_signs_with_is_read_even_when_it_was_not_offered() {
    let algorithms = bound_to_its_curve(&[0x0017], true).await.signed.algorithms;
    assert_eq!(algorithms.into_iter().collect::<Vec<_>>(), [(0x0403, vec![ProtocolId::Tls12])]);
}

#[tokio::test]
async fn weak_parameters_are_measured_and_told_from_those_for_export() {
    let server = answering(|version, bytes| {
        let Ok(hello) = ClientHello::parse(bytes) else { return vec![] };
        let number = |length: u8, first: u8| [&[0, length, first][..], &vec![1; usize::from(length) - 1]].concat();
        let answer = |suite, length, first| {
            let key_exchange = Some([number(length, first), number(1, 2), number(4, 3)].concat());
            Script { version, suite, key_exchange, ..Script::plain() }.write()
        };
        match version {
            Version::TLS10 | Version::TLS12 if hello.cipher_suites.contains(&0x002f) => Script { version, ..Script::plain() }.write(),
            Version::TLS10 | Version::TLS12 if hello.cipher_suites.contains(&0x0033) => answer(0x0033, 128, 0x80),
            Version::TLS10 if hello.cipher_suites.contains(&0x0014) => answer(0x0014, 65, 0),
            _ => refusal(40),
        }
    })
    .await;
    let behaviour = ask(server).await.0;
    let primes: Vec<_> = behaviour.primes.evidence().into_iter().map(|one| (one.bits, one.export, one.known_as, one.protocols)).collect();
    let both = vec![ProtocolId::Tls10, ProtocolId::Tls12];
    assert_eq!(primes, [(1024, false, None, both), (505, true, None, vec![ProtocolId::Tls10])]);
    assert_eq!(behaviour.primes.smallest(), Some(505));
}
