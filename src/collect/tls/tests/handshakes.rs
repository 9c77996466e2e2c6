//! Servers that rustls plays.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rustls::{
    NamedGroup, RootCertStore, ServerConfig, SupportedProtocolVersion,
    crypto::{CryptoProvider, KeyExchangeAlgorithm, SupportedKxGroup, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};

use super::{
    known, network,
    pki::{Authority, BEGIN, END, Issued},
    serve_handshakes,
};
use crate::{
    collect::Depth,
    collect::tls::{groups, probe},
    evidence::{Answer, Contact, ProtocolId, Reading::Observed},
};

const HOST: &str = "app.example.com";

struct Setup {
    root: Authority,
    leaf: Issued,
    provider: CryptoProvider,
    versions: Vec<&'static SupportedProtocolVersion>,
    demands_certificate: bool,
}

fn setup(versions: &[&'static SupportedProtocolVersion]) -> Setup {
    let root = Authority::root("Test root");
    let leaf = root.leaf(&[HOST], (BEGIN, END));
    Setup { root, leaf, provider: aws_lc_rs::default_provider(), versions: versions.to_vec(), demands_certificate: false }
}

impl Setup {
    fn with_groups(mut self, groups: &[&'static dyn SupportedKxGroup]) -> Self {
        self.provider.kx_groups = groups.to_vec();
        self
    }

    async fn start(&self) -> SocketAddr {
        let provider = Arc::new(self.provider.clone());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(&self.versions).unwrap();
        let builder = if self.demands_certificate {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from(self.root.der.clone())).unwrap();
            builder.with_client_cert_verifier(WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.leaf.key.clone()));
        let chain = [&self.leaf.der, &self.root.der].map(|der| CertificateDer::from(der.clone()));
        serve_handshakes(builder.with_single_cert(chain.to_vec(), key).unwrap()).await
    }
}

/// The two certificates were seen, and nothing is wrong with them.
async fn assert_shows_its_chain(setup: &Setup, offered: &[ProtocolId]) {
    let (trust, network) = (setup.root.trust(), network(Duration::from_secs(20), 8));
    let address = probe(&network, HOST, setup.start().await, Depth::Quick, &super::judged_by(&trust)).await;
    let (yes, no) = known(&address);
    assert_eq!(yes, offered);
    assert_eq!(yes.len() + no.len(), 6, "{address:#?}");
    let tls = address.tls.unwrap();
    assert_eq!((tls.answer, tls.reached, tls.error), (Answer::Tls, true, None));
    assert_eq!(tls.certificates.iter().map(|one| one.subject.as_str()).collect::<Vec<_>>(), ["CN=A server", "CN=Test root"]);
    let chain = tls.chain.unwrap();
    assert_eq!((chain.trusted, chain.host_matches, chain.order_ok, chain.error), (Observed(true), Observed(true), Observed(true), None));
}

#[tokio::test]
async fn a_server_of_today_offers_two_versions_and_its_chain() {
    assert_shows_its_chain(&setup(&[&TLS12, &TLS13]), &[ProtocolId::Tls12, ProtocolId::Tls13]).await;
}

#[tokio::test]
async fn tls_1_2_alone_shows_the_chain_in_clear_text() {
    assert_shows_its_chain(&setup(&[&TLS12]), &[ProtocolId::Tls12]).await;
}

#[tokio::test]
async fn tls_1_3_alone_shows_the_chain_in_a_whole_handshake() {
    assert_shows_its_chain(&setup(&[&TLS13]), &[ProtocolId::Tls13]).await;
}

#[tokio::test]
async fn a_server_that_demands_a_certificate_shows_its_own_first() {
    let setup = Setup { demands_certificate: true, ..setup(&[&TLS13]) };
    assert_shows_its_chain(&setup, &[ProtocolId::Tls13]).await;
}

#[tokio::test]
async fn a_server_with_one_post_quantum_group_still_speaks_tls_1_3() {
    let setup = setup(&[&TLS13]).with_groups(&[aws_lc_rs::kx_group::X25519MLKEM768]);
    assert_shows_its_chain(&setup, &[ProtocolId::Tls13]).await;
}

#[tokio::test]
async fn a_server_with_one_uncommon_group_shows_its_chain() {
    // ML-KEM-512 is ours as a client's alone, and rustls serves no finite field; openssl plays those elsewhere.
    let played = |name: NamedGroup| name != NamedGroup::MLKEM512 && name.key_exchange_algorithm() != KeyExchangeAlgorithm::DHE;
    for group in groups::all().into_iter().filter(|group| played(group.name())) {
        assert_shows_its_chain(&setup(&[&TLS13]).with_groups(&[group]), &[ProtocolId::Tls13]).await;
    }
}

#[tokio::test]
async fn a_server_without_our_first_group_answers_all_the_same() {
    let setup = setup(&[&TLS12, &TLS13]).with_groups(&[aws_lc_rs::kx_group::SECP384R1]);
    assert_shows_its_chain(&setup, &[ProtocolId::Tls12, ProtocolId::Tls13]).await;
}

#[tokio::test]
async fn one_connection_at_a_time_is_enough() {
    let setup = setup(&[&TLS13]);
    let address = setup.start().await;
    let address = probe(&network(Duration::from_secs(5), 1), HOST, address, Depth::Full, &super::judged_by(&setup.root.trust())).await;
    assert_eq!(address.contact, Contact::Accepted);
    assert_eq!(known(&address).0, [ProtocolId::Tls13]);
    assert_eq!(address.tls.unwrap().certificates.len(), 2);
}
