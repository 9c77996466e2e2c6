//! Cipher suites and their order, of servers that choose, refuse and fail in every way known.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tokio::{io::AsyncWriteExt as _, time::sleep};

use super::{BRIEF, LESS_THAN_TWO, TrustStore, answering, judged_by, known, network, probe, read_hello, serve};
use crate::{
    collect::{
        Depth,
        tls::{
            registry,
            wire::{ClientHello, ContentType, Extension, ServerHello, Ssl2ServerHello, Version, write_record},
        },
    },
    evidence::{ProtocolId, Reading::Observed, Tls},
};

const HOST: &str = "app.example.com";

/// A server with suites of its own, by its own preference.
#[derive(Clone)]
struct Scripted {
    has: BTreeMap<Version, Vec<u16>>,
    follows_client: bool,
    /// Prefers `ChaCha20` for a client that does.
    favours_chacha: bool,
    /// How it refuses; no bytes close the connection.
    refusal: Vec<u8>,
    /// The most suites of a hello that it understands.
    longest: usize,
}

fn scripted(has: &[(Version, &[u16])]) -> Scripted {
    let has = has.iter().map(|(version, suites)| (*version, suites.to_vec())).collect();
    let refusal = write_record(ContentType::Alert, Version::TLS10, &[2, 40]);
    Scripted { has, follows_client: false, favours_chacha: false, refusal, longest: usize::MAX }
}

impl Scripted {
    fn choose(&self, version: Version, offered: &[u16]) -> Option<u16> {
        let has = self.has.get(&version).filter(|_| offered.len() <= self.longest)?;
        let is_chacha = |suite: &u16| matches!(suite, 0xcca8..=0xccaa | 0x1303);
        let common = |suite: &&u16| offered.contains(suite);
        let chosen = if self.follows_client {
            offered.iter().find(|suite| has.contains(suite))
        } else if self.favours_chacha && offered.first().is_some_and(is_chacha) {
            has.iter().filter(common).find(|suite| is_chacha(suite)).or_else(|| has.iter().find(common))
        } else {
            has.iter().find(common)
        };
        chosen.copied()
    }

    fn answer(&self, version: Version, hello: &[u8]) -> Vec<u8> {
        let offered = ClientHello::parse(hello).map(|hello| hello.cipher_suites).unwrap_or_default();
        self.choose(version, &offered).map_or_else(|| self.refusal.clone(), |suite| agreement(version, suite))
    }

    async fn start(self) -> SocketAddr {
        answering(move |version, hello| self.answer(version, hello)).await
    }

    async fn tls(self) -> Tls {
        look(self.start().await).await
    }
}

/// A server's hello, and the end of its flight.
fn agreement(version: Version, cipher_suite: u16) -> Vec<u8> {
    let selected = Extension { kind: Extension::SUPPORTED_VERSIONS, body: version.0.to_be_bytes().to_vec() };
    let hello = ServerHello {
        legacy_version: version.min(Version::TLS12),
        random: [9; 32],
        session_id: vec![],
        cipher_suite,
        compression: 0,
        extensions: if version == Version::TLS13 { vec![selected] } else { vec![] },
    };
    write_record(ContentType::Handshake, Version::TLS12, &[hello.write(), vec![14, 0, 0, 0]].concat())
}

async fn look(server: SocketAddr) -> Tls {
    probe(&network(Duration::from_secs(5), 32), HOST, server, Depth::Full, &judged_by(&TrustStore::mozilla())).await.tls.unwrap()
}

/// The numbers of a version's suites, in the order of the evidence.
fn suites(tls: &Tls, id: ProtocolId) -> Vec<u16> {
    let of = tls.cipher_suites.iter().filter(|suite| suite.protocol == id);
    of.map(|suite| u16::from_str_radix(&suite.code[2..], 16).unwrap()).collect()
}

fn assert_complete(tls: &Tls) {
    let gaps: Vec<_> = tls.gaps.iter().filter(|gap| gap.field == "cipher_suites").collect();
    assert_eq!((tls.cipher_suites_complete, gaps, &tls.contradictions), (Observed(true), vec![], &vec![]));
}

/// In an order that no guess hits.
fn shuffled(suites: &[u16]) -> Vec<u16> {
    let mut shuffled = suites.to_vec();
    shuffled.sort_by_key(|suite| u32::from(*suite) * 7919 % 1009);
    shuffled
}

#[tokio::test]
async fn one_suite_is_found_wherever_it_stands_and_has_no_order() {
    let all = registry::offers(ProtocolId::Tls12);
    for suite in [all[0], all[7], all[20], all[60], all[all.len() - 1]] {
        let tls = scripted(&[(Version::TLS12, &[suite])]).tls().await;
        assert_eq!(suites(&tls, ProtocolId::Tls12), [suite]);
        assert!(tls.server_preference.is_empty());
        assert_complete(&tls);
    }
}

#[tokio::test]
async fn eighty_suites_are_found_in_the_server_s_order() {
    let all = registry::offers(ProtocolId::Tls12);
    let has = shuffled(&all.iter().copied().step_by(all.len() / 80).collect::<Vec<_>>());
    let tls = scripted(&[(Version::TLS12, &has)]).tls().await;
    assert_eq!(suites(&tls, ProtocolId::Tls12), has);
    assert_eq!(tls.server_preference.get(&ProtocolId::Tls12), Some(&Observed(true)));
    assert_complete(&tls);
}

#[tokio::test]
async fn every_version_has_suites_and_an_order_of_its_own() {
    let [ssl3, tls10, tls12, tls13] =
        [&[0x000a_u16, 0x0005, 0x0004][..], &[0x002f, 0x000a, 0xc013], &[0xc02f, 0xc030, 0x009c, 0x002f], &[0x1301, 0x1302]];
    let has = [(Version::SSL3, ssl3), (Version::TLS10, tls10), (Version::TLS12, tls12), (Version::TLS13, tls13)];
    let tls = scripted(&has).tls().await;
    let found = [ProtocolId::Ssl3, ProtocolId::Tls10, ProtocolId::Tls11, ProtocolId::Tls12, ProtocolId::Tls13].map(|id| suites(&tls, id));
    assert_eq!(found.each_ref().map(Vec::as_slice), [ssl3, tls10, &[], tls12, tls13]);
    assert!(tls.server_preference.values().all(|enforced| *enforced == Observed(true)) && tls.server_preference.len() == 4);
    assert!(tls.cipher_suites.is_sorted_by_key(|suite| suite.protocol));
    assert_complete(&tls);
}

#[tokio::test]
async fn a_server_that_follows_its_clients_has_no_order() {
    let has = [0x002f, 0xc02f, 0x0035];
    let tls = Scripted { follows_client: true, ..scripted(&[(Version::TLS12, &has)]) }.tls().await;
    assert_eq!(tls.server_preference.get(&ProtocolId::Tls12), Some(&Observed(false)));
    assert_eq!(suites(&tls, ProtocolId::Tls12), [0xc02f, 0x0035, 0x002f]);
}

#[tokio::test]
async fn favouring_chacha_for_phones_does_not_hide_the_order() {
    let (tls12, tls13) = ([0xc030, 0xc02f, 0xcca8, 0xcca9, 0x009c], [0x1301, 0x1302, 0x1303]);
    let tls = Scripted { favours_chacha: true, ..scripted(&[(Version::TLS12, &tls12), (Version::TLS13, &tls13)]) }.tls().await;
    assert_eq!((suites(&tls, ProtocolId::Tls12), suites(&tls, ProtocolId::Tls13)), (tls12.to_vec(), tls13.to_vec()));
    assert!(tls.server_preference.values().all(|enforced| *enforced == Observed(true)));
}

#[tokio::test]
async fn a_server_that_cannot_read_long_hellos_is_found_out_and_assessed() {
    let (tls10, tls12) = ([0xc014, 0x002f], [0xc030, 0x009c, 0x0019]);
    let tls = Scripted { longest: 20, ..scripted(&[(Version::TLS10, &tls10), (Version::TLS12, &tls12)]) }.tls().await;
    let offered: Vec<ProtocolId> = tls.protocols.iter().filter(|one| one.offered == Observed(true)).map(|one| one.id).collect();
    assert_eq!(offered, [ProtocolId::Tls10, ProtocolId::Tls12]);
    assert_eq!((suites(&tls, ProtocolId::Tls10), suites(&tls, ProtocolId::Tls12)), (tls10.to_vec(), tls12.to_vec()));
    assert!(
        tls.contradictions.iter().all(|said| said.contains("long hellos")) && tls.contradictions.len() == 2,
        "{:?}",
        tls.contradictions
    );
}

#[tokio::test]
async fn refusing_by_closing_is_understood_and_does_not_take_long() {
    let has = [0xc030, 0xc02f, 0x009c, 0x0035];
    let server = Scripted { refusal: vec![], ..scripted(&[(Version::TLS12, &has)]) }.start().await;
    let started = Instant::now();
    let tls = look(server).await;
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert_eq!(suites(&tls, ProtocolId::Tls12), has);
    assert_complete(&tls);
}

#[tokio::test]
async fn a_server_that_limits_connections_is_asked_more_slowly_and_fully_known() {
    let has = [0xc02f, 0xc030, 0x0035, 0x0005];
    for (limit, refusal) in [(3, vec![]), (10, vec![]), (10, write_record(ContentType::Alert, Version::TLS10, &[2, 40]))] {
        let busy = Arc::new(AtomicUsize::new(0));
        let answers = Scripted { refusal, ..scripted(&[(Version::TLS12, &has)]) };
        let server = serve(move |mut stream| {
            let (busy, answers) = (Arc::clone(&busy), answers.clone());
            async move {
                if busy.fetch_add(1, Relaxed) < limit {
                    let (hello, version) = read_hello(&mut stream).await;
                    sleep(Duration::from_millis(5)).await;
                    let _ = stream.write_all(&answers.answer(version, &hello)).await;
                }
                busy.fetch_sub(1, Relaxed);
            }
        });
        let tls = look(server.await).await;
        assert_eq!(suites(&tls, ProtocolId::Tls12), has, "{limit}: {:?}", tls.gaps);
        assert_complete(&tls);
    }
}

/// A server on a thread of its own whose places are taken at first: it resets so many connections before it answers any.
fn full_at_first(resets: usize, answers: Scripted) -> SocketAddr {
    let (tell, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let seen = Arc::new(AtomicUsize::new(0));
            let listening = serve(move |mut stream| {
                let (seen, answers) = (Arc::clone(&seen), answers.clone());
                async move {
                    if seen.fetch_add(1, Relaxed) < resets {
                        return stream.set_zero_linger().unwrap();
                    }
                    let (hello, version) = read_hello(&mut stream).await;
                    let _ = stream.write_all(&answers.answer(version, &hello)).await;
                }
            });
            tell.send(listening.await).unwrap();
            std::future::pending::<()>().await;
        });
    });
    address.recv().unwrap()
}

#[tokio::test]
async fn connections_that_are_reset_before_any_is_answered_leave_nothing_unknown() {
    let has = [0xc02f, 0xc030];
    let server = full_at_first(5, scripted(&[(Version::TLS12, &has)]));
    // Busy elsewhere while the server resets: that the connections were accepted is heard of together with their end.
    let busy = async { std::thread::sleep(Duration::from_millis(200)) };
    let (tls, ()) = tokio::join!(look(server), busy);
    assert_eq!(suites(&tls, ProtocolId::Tls12), has, "{:?}", tls.gaps);
    assert_complete(&tls);
}

#[tokio::test]
async fn servers_that_differ_behind_one_address_are_reported() {
    let seen = Arc::new(AtomicUsize::new(0));
    let [one, other] = [&[0xc02f, 0xc030, 0x009c][..], &[0x0035, 0x002f]].map(|has| scripted(&[(Version::TLS12, has)]));
    let server = answering(move |version, hello| {
        let next = if (seen.fetch_add(1, Relaxed) * 7919 % 1009).is_multiple_of(2) { &one } else { &other };
        next.answer(version, hello)
    });
    let tls = look(server.await).await;
    assert!(tls.contradictions.iter().any(|said| said.contains("load balancer")), "{:?}", tls.contradictions);
}

/// A server that answers a few hellos and then no more.
async fn falling_silent() -> SocketAddr {
    let count = Arc::new(AtomicUsize::new(0));
    let answers = scripted(&[(Version::TLS12, &[0xc02f, 0xc030])]);
    serve(move |mut stream| {
        let (count, answers) = (Arc::clone(&count), answers.clone());
        async move {
            let (hello, version) = read_hello(&mut stream).await;
            if count.fetch_add(1, Relaxed) > 10 {
                sleep(Duration::from_mins(1)).await;
            }
            let _ = stream.write_all(&answers.answer(version, &hello)).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_server_that_falls_silent_leaves_the_rest_unknown_after_two_timeouts_at_most() {
    for depth in [Depth::Quick, Depth::Full] {
        let server = falling_silent().await;
        let started = Instant::now();
        let network = network(BRIEF, 8);
        let tls = probe(&network, HOST, server, depth, &judged_by(&TrustStore::mozilla())).await.tls.unwrap();
        assert!(started.elapsed() < BRIEF + LESS_THAN_TWO, "{:?}", started.elapsed());
        assert_eq!(tls.cipher_suites_complete, crate::evidence::Reading::Unknown);
        assert!(tls.gaps.iter().any(|gap| gap.field == "cipher_suites" && gap.protocol == Some(ProtocolId::Tls12)), "{:?}", tls.gaps);
    }
}

#[tokio::test]
async fn a_suite_that_was_not_offered_is_no_answer_but_a_contradiction() {
    let server = answering(|version, _| if version == Version::TLS12 { agreement(version, 0xffee) } else { vec![] }).await;
    let tls = look(server).await;
    assert!(tls.cipher_suites.is_empty());
    assert_eq!(tls.contradictions, ["TLS 1.2: the server chose 0xFFEE, which was not offered"]);
}

#[tokio::test]
async fn the_kinds_of_ssl_2_0_are_those_that_the_server_lists() {
    let server = answering(|version, _| match version {
        Version::SSL2 => {
            let cipher_kinds = vec![1, 0, 0x80, 7, 0, 0xc0];
            Ssl2ServerHello { version, certificate: vec![], cipher_kinds, connection_id: vec![7; 16] }.write()
        }
        _ => vec![],
    })
    .await;
    let tls = look(server).await;
    let names: Vec<&str> = tls.cipher_suites.iter().map(|suite| suite.name.as_str()).collect();
    assert_eq!(names, ["SSL_CK_RC4_128_WITH_MD5", "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"]);
}

#[tokio::test]
async fn a_quick_look_names_what_it_did_not_ask() {
    let server = scripted(&[(Version::TLS12, &[0xc02f])]).start().await;
    let network = network(Duration::from_secs(5), 32);
    let address = probe(&network, HOST, server, Depth::Quick, &judged_by(&TrustStore::mozilla())).await;
    assert_eq!(known(&address).0, [ProtocolId::Tls12]);
    let tls = address.tls.unwrap();
    assert_eq!((tls.cipher_suites.len(), tls.cipher_suites_complete), (1, Observed(true)));
    assert!(tls.gaps.iter().any(|gap| gap.field == "groups" && gap.reason.contains("--quick")));
    assert_eq!(tls.weaknesses.len(), 21);
}
