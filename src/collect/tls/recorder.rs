//! A rustls client that accepts any certificate and writes down what it was shown.
//!
//! For evidence only. The chain is judged elsewhere, and nothing that must be trusted may travel over such a connection.

use std::sync::{Arc, OnceLock};

use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme, SupportedProtocolVersion,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, UnixTime},
};

use super::{groups, wire::SIGNATURE_ALGORITHMS};

/// What the server showed in the handshake.
#[derive(Debug, Default)]
pub(in crate::collect) struct Recorder {
    shown: OnceLock<Vec<CertificateDer<'static>>>,
}

impl Recorder {
    /// The certificates as sent, leaf first; empty before the handshake came that far.
    pub(in crate::collect) fn certificates(&self) -> &[CertificateDer<'static>] {
        self.shown.get().map_or(&[], Vec::as_slice)
    }
}

/// A client for one connection, and the recorder that its handshake fills.
pub(in crate::collect) fn client(versions: &[&'static SupportedProtocolVersion], alpn: &[&[u8]]) -> (ClientConfig, Arc<Recorder>) {
    let recorder = Arc::new(Recorder::default());
    let provider = Arc::new(CryptoProvider { kx_groups: groups::all(), ..aws_lc_rs::default_provider() });
    let verifier = Arc::new(Lenient { recorder: Arc::clone(&recorder) });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("the provider has suites for TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    (config, recorder)
}

#[derive(Debug)]
struct Lenient {
    recorder: Arc<Recorder>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(leaf).chain(others).map(|certificate| certificate.clone().into_owned()).collect();
        // A second handshake on the same recorder keeps the first chain.
        let _ = self.recorder.shown.set(chain);
        Ok(ServerCertVerified::assertion())
    }

    // The key may be of a kind that rustls refuses; the certificate is evidence all the same.
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        // A server whose key we cannot check must not for that reason keep its certificate to itself.
        SIGNATURE_ALGORITHMS.into_iter().map(SignatureScheme::from).collect()
    }
}
