//! Asking the authorities, which are servers of our own on loopback.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration as Seconds};

use rcgen::{
    CertificateRevocationListParams, CrlDistributionPoint, CrlIssuingDistributionPoint, CrlScope, CustomExtension, KeyIdMethod,
    RevokedCertParams,
};
use time::{Duration, OffsetDateTime};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

use super::{
    NOW, network,
    ocsp::Script,
    pki::{Authority, BEGIN, END},
    serve,
};
use crate::{
    collect::{
        network::{Network, NetworkSettings},
        tls::certificates::{
            chain::{Served, judge},
            revocation::{Lookup, check},
        },
    },
    evidence::{
        Chain,
        Reading::{Observed, Unknown},
    },
};

const SERIAL: u64 = 0x7654_3210;

/// An HTTP server with an answer for each path, and the requests that came.
async fn authority(answers: BTreeMap<&'static str, Vec<u8>>) -> (SocketAddr, UnboundedReceiver<String>) {
    let (sent, received) = unbounded_channel();
    let answers = Arc::new(answers);
    let address = serve(move |mut stream| {
        let (sent, answers) = (sent.clone(), Arc::clone(&answers));
        async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap();
            let path = head.split(' ').nth(1).unwrap().to_owned();
            let _ = sent.send(head);
            let answer = match answers.get(path.as_str()) {
                Some(body) => {
                    [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len()).as_bytes(), body].concat()
                }
                None => b"HTTP/1.1 302 Found\r\nLocation: /ocsp\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
            };
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
    })
    .await;
    (address, received)
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
}

/// The extension that names an OCSP responder.
fn responder(url: &str) -> CustomExtension {
    let access = [element(6, &[0x2b, 6, 1, 5, 5, 7, 0x30, 1]), element(0x86, url.as_bytes())].concat();
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], element(0x30, &element(0x30, &access)))
}

/// The extension that names a list.
fn list_at(url: &str) -> CustomExtension {
    let names = element(0xa0, &element(0xa0, &element(0x86, url.as_bytes())));
    CustomExtension::from_oid_content(&[2, 5, 29, 31], element(0x30, &element(0x30, &names)))
}

fn list_params(serial: u64) -> CertificateRevocationListParams {
    let revoked = RevokedCertParams { serial_number: serial.into(), revocation_time: BEGIN, reason_code: None, invalidity_date: None };
    CertificateRevocationListParams {
        this_update: NOW - Duration::DAY,
        next_update: NOW + Duration::DAY,
        crl_number: 1.into(),
        issuing_distribution_point: None,
        revoked_certs: vec![revoked],
        key_identifier_method: KeyIdMethod::Sha256,
    }
}

fn list(issuer: &Authority, params: &CertificateRevocationListParams) -> Vec<u8> {
    params.signed_by(&issuer.issuer).unwrap().der().to_vec()
}

async fn asked_in(network: &Network, root: &Authority, certificates: &[Vec<u8>], off_limits: &[String]) -> Chain {
    let trust = root.trust();
    let chain = judge(&Served::certificates(certificates), "app.example.com", &trust, NOW);
    check(chain, certificates, &Lookup::new(network, &trust, off_limits, NOW)).await
}

async fn asked(root: &Authority, certificates: &[Vec<u8>]) -> Chain {
    asked_in(&network(Seconds::from_secs(5), 8), root, certificates, &[]).await
}

/// A leaf directly under a root, with these extensions.
async fn leaf_asked(root: &Authority, extensions: Vec<CustomExtension>) -> Chain {
    asked(root, &[root.extended_leaf(SERIAL, extensions).der]).await
}

#[tokio::test]
async fn a_responder_is_asked_and_believed() {
    let root = Authority::root("Test root");
    for is_revoked in [true, false] {
        let response = Script { is_revoked, ..Script::good(&root, SERIAL) }.response();
        let (address, mut requests) = authority(BTreeMap::from([("/ocsp", response)])).await;
        let chain = leaf_asked(&root, vec![responder(&format!("http://{address}/ocsp"))]).await;
        assert_eq!(chain.revoked, Observed(is_revoked), "{:?}", chain.revocation);
        let request = requests.recv().await.unwrap();
        assert!(request.starts_with("POST /ocsp HTTP/1.1\r\n") && request.contains("application/ocsp-request"), "{request}");
    }
}

#[tokio::test]
async fn a_list_is_read_where_there_is_no_responder_or_it_gives_no_answer() {
    let root = Authority::root("Test root");
    for (serial, is_revoked) in [(SERIAL, true), (SERIAL + 1, false)] {
        let answers = BTreeMap::from([("/list", list(&root, &list_params(serial))), ("/ocsp", b"rubbish".to_vec())]);
        let (address, _requests) = authority(answers).await;
        let list_only = vec![list_at(&format!("http://{address}/list"))];
        let both = [vec![responder(&format!("http://{address}/ocsp"))], list_only.clone()].concat();
        for extensions in [list_only, both] {
            let chain = leaf_asked(&root, extensions).await;
            assert_eq!(chain.revoked, Observed(is_revoked), "{:?}", chain.revocation);
        }
    }
}

#[tokio::test]
async fn a_list_that_is_forged_old_or_for_others_says_nothing() {
    let (root, namesake, stranger) = (Authority::root("Test root"), Authority::root("Test root"), Authority::root("Stranger"));
    let point =
        |uri: &str, scope| CrlIssuingDistributionPoint { distribution_point: CrlDistributionPoint { uris: vec![uri.into()] }, scope };
    let limited = |point| CertificateRevocationListParams { issuing_distribution_point: Some(point), ..list_params(1) };
    let dated = |from: OffsetDateTime, until| CertificateRevocationListParams { this_update: from, next_update: until, ..list_params(1) };
    for (body, words) in [
        (list(&namesake, &list_params(1)), "signature is wrong"),
        (list(&stranger, &list_params(1)), "not the issuer's"),
        (list(&root, &dated(BEGIN, NOW - Duration::DAY)), "out of date"),
        (list(&root, &dated(NOW + Duration::DAY, END)), "from the future"),
        (list(&root, &limited(point("http://elsewhere.example/list", None))), "not for this certificate"),
        (b"rubbish".to_vec(), "not a readable list"),
    ] {
        let (address, _requests) = authority(BTreeMap::from([("/list", body)])).await;
        let chain = leaf_asked(&root, vec![list_at(&format!("http://{address}/list"))]).await;
        let said = chain.revocation.unwrap();
        assert!(chain.revoked == Unknown && said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn a_list_for_one_kind_of_certificate_counts_for_that_kind() {
    let root = Authority::root("Test root");
    for (scope, expected) in [(CrlScope::UserCertsOnly, Observed(false)), (CrlScope::CaCertsOnly, Unknown)] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/list", listener.local_addr().unwrap());
        let distribution_point = CrlDistributionPoint { uris: vec![url.clone()] };
        let point = CrlIssuingDistributionPoint { distribution_point, scope: Some(scope) };
        let body = list(&root, &CertificateRevocationListParams { issuing_distribution_point: Some(point), ..list_params(1) });
        let answer = [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes(), body].concat();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            std::io::Read::read(&mut stream, &mut [0; 2048]).unwrap();
            std::io::Write::write_all(&mut stream, &answer).unwrap();
        });
        let chain = leaf_asked(&root, vec![list_at(&url)]).await;
        assert_eq!(chain.revoked, expected, "{:?}", chain.revocation);
        server.join().unwrap();
    }
}

#[tokio::test]
async fn every_certificate_of_the_path_must_be_answered_for() {
    let root = Authority::root("Test root");
    let intermediate = root.intermediate("Test intermediate", (BEGIN, END));
    let (address, _requests) = authority(BTreeMap::from([("/ocsp", Script::good(&intermediate, SERIAL).response())])).await;
    let leaf = intermediate.extended_leaf(SERIAL, vec![responder(&format!("http://{address}/ocsp"))]);
    let chain = asked(&root, &[leaf.der, intermediate.der]).await;
    let said = chain.revocation.unwrap();
    assert_eq!(chain.revoked, Unknown, "{said}");
    assert!(
        said.contains("the server's own certificate is not revoked") && said.contains("`CN=Test intermediate` does not say where"),
        "{said}"
    );
}

#[tokio::test]
async fn an_answer_is_fetched_once_for_all_addresses_of_a_host() {
    let root = Authority::root("Test root");
    let (address, mut requests) = authority(BTreeMap::from([("/ocsp", Script::good(&root, SERIAL).response())])).await;
    let certificates = [root.extended_leaf(SERIAL, vec![responder(&format!("http://{address}/ocsp"))]).der];
    let (network, trust) = (network(Seconds::from_secs(5), 8), root.trust());
    let lookup = Lookup::new(&network, &trust, &[], NOW);
    let chain = judge(&Served::certificates(&certificates), "app.example.com", &trust, NOW);
    let (one, other) = tokio::join!(check(chain.clone(), &certificates, &lookup), check(chain, &certificates, &lookup));
    assert_eq!((one.revoked, other.revoked), (Observed(false), Observed(false)));
    assert!(requests.recv().await.is_some() && requests.try_recv().is_err());
}

#[tokio::test]
async fn a_certificate_cannot_lead_us_to_private_addresses_nor_to_hosts_that_are_off_limits() {
    let root = Authority::root("Test root");
    let (address, mut requests) = authority(BTreeMap::from([("/ocsp", Script::good(&root, SERIAL).response())])).await;
    let port = address.port();
    let settings = NetworkSettings {
        timeout: Seconds::from_secs(2),
        connections_per_host: 4,
        allow_private: false,
        overrides: vec![crate::collect::Override { host: "ocsp.example".into(), port, addresses: vec![address.ip()] }],
        proxies: None,
    };
    let guarded = Network::new(settings);
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "ocsp.example", "169.254.169.254"] {
        let leaf = root.extended_leaf(SERIAL, vec![responder(&format!("http://{host}:{port}/ocsp"))]);
        let chain = asked_in(&guarded, &root, &[leaf.der], &[]).await;
        assert!(chain.revocation.as_ref().unwrap().contains("is not a public address"), "{host}: {:?}", chain.revocation);
        assert_eq!(chain.revoked, Unknown);
    }
    for url in [format!("http://ocsp.superoffice.example:{port}/"), format!("http://SuperOffice.example.:{port}/")] {
        let leaf = root.extended_leaf(SERIAL, vec![responder(&url)]);
        let off_limits = ["superoffice.example".to_owned()];
        let chain = asked_in(&network(Seconds::from_secs(2), 4), &root, &[leaf.der], &off_limits).await;
        assert!(chain.revocation.as_ref().unwrap().contains("are never probed"), "{:?}", chain.revocation);
    }
    assert!(requests.try_recv().is_err());
}

#[tokio::test]
async fn redirects_silence_and_other_schemes_leave_revocation_unknown() {
    let root = Authority::root("Test root");
    let (address, mut requests) = authority(BTreeMap::from([("/ocsp", Script::good(&root, SERIAL).response())])).await;
    let silent = serve(|stream| async move {
        tokio::time::sleep(Seconds::from_secs(20)).await;
        drop(stream);
    })
    .await;
    for (url, words) in [
        (format!("http://{address}/elsewhere"), "it answered with 302"),
        ("http://127.0.0.1:1/".into(), "refused"),
        (format!("http://{silent}/"), "no answer in time"),
        ("ldap://127.0.0.1/".into(), "`ldap:` is not asked"),
        ("file:///etc/passwd".into(), "`file:` is not asked"),
        ("rubbish".into(), "not an address"),
    ] {
        let leaf = root.extended_leaf(SERIAL, vec![responder(&url)]);
        let chain = asked_in(&network(Seconds::from_millis(500), 4), &root, &[leaf.der], &[]).await;
        let said = chain.revocation.unwrap();
        assert!(chain.revoked == Unknown && said.contains(words), "{url}: {said}");
    }
    assert!(requests.recv().await.unwrap().contains("/elsewhere") && requests.try_recv().is_err());
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let root = Authority::root("Test root");
    let endless = serve(|mut stream| async move {
        let mut request = [0; 2048];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(&[0; 1 << 12]).await.is_ok() {}
    })
    .await;
    let chain = leaf_asked(&root, vec![list_at(&format!("http://{endless}/"))]).await;
    assert!(chain.revocation.as_ref().unwrap().contains("the answer has more than 16777216 bytes"), "{:?}", chain.revocation);
}
