//! A rustls client that accepts any certificate and writes down what it was shown.
//!
//! For evidence only. The chain is judged elsewhere, and nothing that must be trusted may travel over such a connection.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme, SupportedProtocolVersion,
    client::{
        ResolvesClientCert, Resumption, Tls12Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, UnixTime},
    sign::CertifiedKey,
};

use super::{ccm, groups, sessions::Sessions, wire::SIGNATURE_ALGORITHMS};

/// What the server showed in the handshake.
#[derive(Debug, Default)]
pub(in crate::collect) struct Recorder {
    shown: OnceLock<Vec<CertificateDer<'static>>>,
    stapled: OnceLock<Vec<u8>>,
    signed_with: OnceLock<u16>,
    wants_certificate: AtomicBool,
    /// The sessions that the server handed out.
    pub(super) sessions: Arc<Sessions>,
}

impl Recorder {
    /// The certificates as sent, leaf first; empty before the handshake came that far.
    pub(in crate::collect) fn certificates(&self) -> &[CertificateDer<'static>] {
        self.shown.get().map_or(&[], Vec::as_slice)
    }

    /// The stapled OCSP response, DER; absent where none came.
    pub(super) fn stapled(&self) -> Option<&[u8]> {
        self.stapled.get().map(Vec::as_slice)
    }

    /// The signature algorithm with which the server proved that it has the key.
    pub(super) fn signed_with(&self) -> Option<u16> {
        self.signed_with.get().copied()
    }

    /// Whether the server asked for a certificate of the client.
    pub(super) fn wants_certificate(&self) -> bool {
        self.wants_certificate.load(Relaxed)
    }
}

/// A client for one connection, and the recorder that its handshake fills.
pub(in crate::collect) fn client(versions: &[&'static SupportedProtocolVersion], alpn: &[&[u8]]) -> (ClientConfig, Arc<Recorder>) {
    // A server whose key we cannot check must not for that reason keep its certificate to itself.
    client_taking(&SIGNATURE_ALGORITHMS, versions, alpn)
}

/// The same for a client that takes these signature algorithms only.
pub(super) fn client_taking(
    signature_algorithms: &[u16],
    versions: &[&'static SupportedProtocolVersion],
    alpn: &[&[u8]],
) -> (ClientConfig, Arc<Recorder>) {
    let recorder = Arc::new(Recorder::default());
    let provider = Arc::new(provider());
    let schemes = signature_algorithms.iter().copied().map(SignatureScheme::from).collect();
    let verifier = Arc::new(Lenient { recorder: Arc::clone(&recorder), schemes });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("the provider has suites for TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(Arc::new(Empty { recorder: Arc::clone(&recorder) }));
    config.resumption = Resumption::store(Arc::clone(&recorder.sessions) as _).tls12_resumption(Tls12Resumption::SessionIdOrTickets);
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    (config, recorder)
}

/// All that we can do, the most common first, so that only a server that takes nothing else is served with the rest.
fn provider() -> CryptoProvider {
    let usual = aws_lc_rs::default_provider();
    let cipher_suites = usual.cipher_suites.iter().copied().chain(ccm::SUITES).collect();
    CryptoProvider { kx_groups: groups::all(), cipher_suites, ..usual }
}

/// A client without a certificate, who notes that one was asked for.
#[derive(Debug)]
struct Empty {
    recorder: Arc<Recorder>,
}

impl ResolvesClientCert for Empty {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.recorder.wants_certificate.store(true, Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

#[derive(Debug)]
struct Lenient {
    recorder: Arc<Recorder>,
    schemes: Vec<SignatureScheme>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(leaf).chain(others).map(|certificate| certificate.clone().into_owned()).collect();
        // A second handshake on the same recorder keeps the first chain.
        let _ = self.recorder.shown.set(chain);
        if !ocsp.is_empty() {
            let _ = self.recorder.stapled.set(ocsp.to_vec());
        }
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
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let _ = self.recorder.signed_with.set(signature.scheme.into());
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}
