//! A certificate authority that lives as long as the demo.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer},
};

/// A root, and a certificate for this machine that it signed.
pub(super) struct Authority {
    root: String,
    leaf: CertificateDer<'static>,
    key: KeyPair,
}

impl Authority {
    /// A new authority with new keys.
    pub(super) fn new() -> Self {
        let sound = "rcgen makes keys and certificates from sound parameters";
        let root_key = KeyPair::generate().expect(sound);
        let mut root = CertificateParams::default();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        root.distinguished_name.push(DnType::CommonName, "redflag demo root");
        let root_certificate = root.self_signed(&root_key).expect(sound);
        let key = KeyPair::generate().expect(sound);
        let mut leaf = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).expect(sound);
        leaf.distinguished_name.push(DnType::CommonName, "careless app");
        let leaf = leaf.signed_by(&key, &Issuer::new(root, root_key)).expect(sound);
        Self { root: root_certificate.pem(), leaf: leaf.der().clone(), key }
    }

    /// The root, as PEM.
    pub(super) fn root(&self) -> &str {
        &self.root
    }

    /// The certificates that the servers send.
    pub(super) fn chain(&self) -> CertificateDer<'static> {
        self.leaf.clone()
    }

    /// TLS 1.2 and 1.3 with the leaf.
    pub(super) fn server_config(&self) -> Arc<ServerConfig> {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).expect("rcgen writes PKCS #8");
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has suites for TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(vec![self.leaf.clone()], key)
            .expect("the key belongs to the certificate");
        Arc::new(config)
    }
}
