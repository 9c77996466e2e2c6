//! The roots that a chain may lead to.

use std::sync::OnceLock;

use rustls::pki_types::{CertificateDer, TrustAnchor, pem::PemObject as _};
use rustls_native_certs::load_native_certs;
use webpki::anchor_from_trusted_cert;
use x509_parser::{der_parser::asn1_rs::Any, prelude::FromDer as _, x509::X509Name};

use crate::wording::visible;

/// Roots of trust: Mozilla's and those given by the user; and, apart from them, those of this machine's system.
#[derive(Clone, Debug)]
pub struct TrustStore {
    roots: Roots,
    /// Instead of what the system has.
    system: Option<Result<Roots, String>>,
}

/// Roots that are trusted alike.
#[derive(Clone, Debug, Default)]
pub(super) struct Roots {
    anchors: Vec<TrustAnchor<'static>>,
    given: Vec<CertificateDer<'static>>,
    /// Why some of them may be missing here.
    unread: Option<String>,
}

/// The system's roots, read once and only when first needed; or why they cannot be read.
static SYSTEM: OnceLock<Result<Roots, String>> = OnceLock::new();

/// Why a file of certificates was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It is neither PEM nor DER.
    #[error("no certificate found; give a file in PEM or DER")]
    Nothing,
    /// A PEM section is broken.
    #[error("certificate {position} is no valid PEM: {problem}")]
    Pem {
        /// Counted from 1.
        position: usize,
        /// What the reader said.
        problem: String,
    },
    /// A certificate cannot serve as a root.
    #[error("certificate {position} cannot be read: {problem}")]
    Unreadable {
        /// Counted from 1.
        position: usize,
        /// What the reader said.
        problem: String,
    },
}

impl TrustStore {
    /// Mozilla's roots, as of the release of the `webpki-roots` crate in this build.
    #[must_use]
    pub fn mozilla() -> Self {
        Self { roots: Roots { anchors: webpki_roots::TLS_SERVER_ROOTS.to_vec(), given: vec![], unread: None }, system: None }
    }

    /// Adds every certificate of a PEM file, or the one of a DER file, and gives their number. All of them or, after an error, none.
    ///
    /// # Errors
    /// When there is no certificate, or one of them cannot be read.
    pub fn add_pem(&mut self, bytes: &[u8]) -> Result<usize, TrustError> {
        let certificates = certificates_in(bytes)?;
        let anchors = certificates.iter().enumerate().map(anchor).collect::<Result<Vec<_>, _>>()?;
        let count = certificates.len();
        self.roots.anchors.extend(anchors);
        self.roots.given.extend(certificates);
        Ok(count)
    }

    /// Mozilla's roots and those given by the user.
    pub(super) fn roots(&self) -> &Roots {
        &self.roots
    }

    /// The roots of this machine's system.
    ///
    /// # Errors
    /// In words, when they cannot be read.
    pub(super) fn system(&self) -> Result<&Roots, &str> {
        self.system.as_ref().unwrap_or_else(|| SYSTEM.get_or_init(of_system)).as_ref().map_err(String::as_str)
    }

    /// Reads the roots of this machine's system, which are kept.
    pub(in crate::collect::tls) fn read_system() {
        let _ = SYSTEM.get_or_init(of_system);
    }

    /// Replaces the roots of the system, so that what a test shows is the same on every machine.
    #[cfg(test)]
    pub(in crate::collect) fn with_system(mut self, roots: Result<&[Vec<u8>], String>) -> Self {
        self.system = Some(roots.map(|ders| Roots::from_ders(ders.iter().map(|der| CertificateDer::from(der.clone())))));
        self
    }

    /// The anchors of [`Self::roots`], for a client of our own.
    pub(super) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.roots.anchors
    }
}

impl Roots {
    /// The roots among some certificates; one that no client could use is left out.
    fn from_ders(ders: impl Iterator<Item = CertificateDer<'static>>) -> Self {
        let given: Vec<_> = ders.collect();
        let anchors = given.iter().filter_map(|der| anchor_from_trusted_cert(der).ok().map(|anchor| anchor.to_owned())).collect();
        Self { anchors, given, unread: None }
    }

    /// Why some roots may be missing, so that nobody can say of a chain that it leads to none.
    pub(super) fn unread(&self) -> Option<&str> {
        self.unread.as_deref()
    }

    pub(super) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.anchors
    }

    /// Whether this very certificate was given.
    pub(super) fn was_given(&self, der: &[u8]) -> bool {
        self.given.iter().any(|given| given.as_ref() == der)
    }

    /// The roots of a name.
    pub(super) fn named<'a>(&'a self, name: &X509Name<'_>) -> impl Iterator<Item = &'a TrustAnchor<'static>> {
        // An anchor holds the name without the header of its sequence.
        let name = Any::from_der(name.as_raw()).map(|(_, name)| name.data.to_vec()).ok();
        self.anchors.iter().filter(move |anchor| name.as_deref() == Some(anchor.subject.as_ref()))
    }
}

fn of_system() -> Result<Roots, String> {
    let found = load_native_certs();
    let problem = found.errors.first().map(|problem| visible(&format!("the system's roots cannot all be read: {problem}")));
    if found.certs.is_empty() {
        return Err(problem.unwrap_or_else(|| "this machine's system has no roots".into()));
    }
    Ok(Roots { unread: problem, ..Roots::from_ders(found.certs.into_iter()) })
}

fn certificates_in(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    // DER begins with a sequence, which no text does.
    if bytes.first() == Some(&0x30) && !bytes.starts_with(b"0\n") {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let certificates = CertificateDer::pem_slice_iter(bytes)
        .enumerate()
        .map(|(index, certificate)| certificate.map_err(|problem| TrustError::Pem { position: index + 1, problem: problem.to_string() }))
        .collect::<Result<Vec<_>, _>>()?;
    if certificates.is_empty() { Err(TrustError::Nothing) } else { Ok(certificates) }
}

fn anchor((index, certificate): (usize, &CertificateDer<'static>)) -> Result<TrustAnchor<'static>, TrustError> {
    let unreadable = |problem: webpki::Error| TrustError::Unreadable { position: index + 1, problem: problem.to_string() };
    anchor_from_trusted_cert(certificate).map(|anchor| anchor.to_owned()).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn certificate() -> rcgen::Certificate {
        let key = rcgen::KeyPair::generate().unwrap();
        rcgen::CertificateParams::new(vec!["root.example".into()]).unwrap().self_signed(&key).unwrap()
    }

    #[test]
    fn pem_with_two_certificates_and_der_with_one_are_counted() {
        let mut store = TrustStore::mozilla();
        let both = [certificate().pem(), certificate().pem()].concat();
        assert_eq!(store.add_pem(both.as_bytes()).unwrap(), 2);
        assert_eq!(store.add_pem(certificate().der()).unwrap(), 1);
    }

    #[test]
    fn a_file_without_a_certificate_is_an_error() {
        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        for bytes in [&b""[..], b"hello", key.as_bytes()] {
            assert!(matches!(TrustStore::mozilla().add_pem(bytes), Err(TrustError::Nothing)), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_file_with_one_bad_certificate_adds_none() {
        let mut store = TrustStore::mozilla();
        let before = store.anchors().len();
        let bad = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let error = store.add_pem([certificate().pem().as_str(), bad].concat().as_bytes()).unwrap_err();
        assert!(matches!(error, TrustError::Unreadable { position: 2, .. }), "{error}");
        assert_eq!(store.anchors().len(), before);
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = TrustStore::mozilla().add_pem(&bytes);
        }
    }
}
