//! What only whole handshakes show, on servers that rustls plays.

use std::sync::Arc;

use rcgen::KeyPair;
use rustls::{
    RootCertStore, ServerConfig, SupportedProtocolVersion,
    crypto::aws_lc_rs::{Ticketer, default_provider, sign::any_supported_type},
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier, danger::ClientCertVerifier},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};

use super::{behaviour::ask, pki::Authority, serve_handshakes};
use crate::evidence::{
    ClientCertificate, ProtocolId,
    Reading::{Observed, Unknown},
};

const BOTH: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

fn certified(algorithm: &'static rcgen::SignatureAlgorithm, name: &str) -> Arc<CertifiedKey> {
    let key = KeyPair::generate_for(algorithm).unwrap();
    let certificate = rcgen::CertificateParams::new(vec![name.into()]).unwrap().self_signed(&key).unwrap();
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Arc::new(CertifiedKey::new(vec![CertificateDer::from(certificate.der().to_vec())], any_supported_type(&private).unwrap()))
}

/// Keys for clients that name a host, best first, and one for those that do not.
#[derive(Debug)]
struct Keys {
    named: Vec<Arc<CertifiedKey>>,
    nameless: Option<Arc<CertifiedKey>>,
}

impl ResolvesServerCert for Keys {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if hello.server_name().is_none() {
            return self.nameless.clone();
        }
        self.named.iter().find(|key| key.key.choose_scheme(hello.signature_schemes()).is_some()).cloned()
    }
}

fn one_key() -> Keys {
    let key = certified(&rcgen::PKCS_ECDSA_P256_SHA256, "app.example.com");
    Keys { named: vec![Arc::clone(&key)], nameless: Some(key) }
}

fn config(versions: &[&'static SupportedProtocolVersion], keys: Keys, client: Option<Arc<dyn ClientCertVerifier>>) -> ServerConfig {
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider())).with_protocol_versions(versions).unwrap();
    let builder = match client {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    builder.with_cert_resolver(Arc::new(keys))
}

fn client_verifier(optional: bool) -> Arc<dyn ClientCertVerifier> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(Authority::root("Clients").der)).unwrap();
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider()));
    if optional { builder.allow_unauthenticated().build().unwrap() } else { builder.build().unwrap() }
}

#[tokio::test]
async fn a_server_of_today_is_known_with_few_connections() {
    let mut config = config(&BOTH, one_key(), None);
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.ticketer = Ticketer::new().unwrap();
    let (behaviour, connections) = ask(serve_handshakes(config).await).await;
    let extensions = &behaviour.extensions.extensions;
    let yes = [
        extensions.secure_renegotiation,
        extensions.extended_master_secret,
        extensions.session_tickets,
        extensions.session_resumption,
        extensions.alpn_complete,
    ];
    assert_eq!(yes, [Observed(true); 5], "{extensions:#?}");
    let no = [
        extensions.ocsp_stapling,
        extensions.early_data,
        extensions.compression,
        extensions.heartbeat,
        extensions.sni_required,
        extensions.version_intolerance,
        extensions.extension_intolerance,
        extensions.long_hello_intolerance,
    ];
    assert_eq!(no, [Observed(false); 8], "{extensions:#?}");
    assert_eq!(extensions.alpn, ["h2"]);
    assert_eq!(extensions.client_certificate, Observed(ClientCertificate::NotRequested));
    assert_eq!(behaviour.signed.algorithms.get(&0x0403), Some(&vec![ProtocolId::Tls12, ProtocolId::Tls13]));
    assert_eq!(behaviour.chains.chains, []);
    assert!(connections <= 70, "{connections}");
}

#[tokio::test]
async fn early_data_shows_in_the_ticket() {
    let mut config = config(&[&TLS13], one_key(), None);
    config.max_early_data_size = 1024;
    let extensions = ask(serve_handshakes(config).await).await.0.extensions.extensions;
    assert_eq!((extensions.early_data, extensions.session_tickets), (Observed(true), Observed(true)));
}

#[tokio::test]
async fn a_server_without_tickets_has_none_and_resumes_nothing() {
    let mut config = config(&[&TLS13], one_key(), None);
    config.send_tls13_tickets = 0;
    let extensions = ask(serve_handshakes(config).await).await.0.extensions.extensions;
    let all = (extensions.session_tickets, extensions.session_resumption, extensions.early_data);
    assert_eq!(all, (Observed(false), Observed(false), Observed(false)));
}

#[tokio::test]
async fn a_client_certificate_is_requested_or_required() {
    for versions in [&BOTH[..], &[&TLS12], &[&TLS13]] {
        for (optional, expected) in [(true, ClientCertificate::Requested), (false, ClientCertificate::Required)] {
            let server = serve_handshakes(config(versions, one_key(), Some(client_verifier(optional)))).await;
            let extensions = ask(server).await.0.extensions.extensions;
            assert_eq!(extensions.client_certificate, Observed(expected), "{versions:?}");
            if expected == ClientCertificate::Required {
                assert_eq!((extensions.session_resumption, extensions.early_data == Observed(true)), (Unknown, false), "{versions:?}");
            }
        }
    }
}

#[tokio::test]
async fn every_key_of_a_server_shows_its_chain() {
    for versions in [&BOTH[..], &[&TLS12], &[&TLS13]] {
        let [first, second, third] = [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ED25519, &rcgen::PKCS_ECDSA_P384_SHA384]
            .map(|algorithm| certified(algorithm, "app.example.com"));
        let expected = [&second, &third].map(|key| vec![key.cert[0].to_vec()]);
        let keys = Keys { named: vec![first, second], nameless: Some(third) };
        let chains = ask(serve_handshakes(config(versions, keys, None)).await).await.0.chains;
        let sent: Vec<&str> = chains.chains.iter().map(|chain| chain.sent_to.as_str()).collect();
        assert_eq!(sent, ["clients that take Ed25519 and Ed448 keys only", "clients that name no host"], "{versions:?}");
        assert_eq!(chains.chains.into_iter().map(|chain| chain.certificates).collect::<Vec<_>>(), expected);
        assert_eq!(chains.gaps, []);
    }
}

#[tokio::test]
async fn a_stapled_response_is_seen_in_clear_text_and_encrypted() {
    for version in [&TLS12, &TLS13] {
        let keys = one_key();
        let stapling = |key: &Arc<CertifiedKey>| Arc::new(CertifiedKey { ocsp: Some(vec![1, 2, 3]), ..(**key).clone() });
        let keys = Keys { named: keys.named.iter().map(stapling).collect(), ..keys };
        let facts = ask(serve_handshakes(config(&[version], keys, None)).await).await.0.extensions;
        assert_eq!((facts.extensions.ocsp_stapling, facts.stapled.response), (Observed(true), Some(vec![1, 2, 3])), "{version:?}");
    }
}

#[tokio::test]
async fn tls_1_3_alone_may_refuse_clients_without_a_name() {
    let keys = Keys { nameless: None, ..one_key() };
    let extensions = ask(serve_handshakes(config(&[&TLS13], keys, None)).await).await.0.extensions.extensions;
    assert_eq!(extensions.sni_required, Observed(true));
}
