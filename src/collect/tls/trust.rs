//! The roots that a chain may lead to.

use rustls::pki_types::{CertificateDer, TrustAnchor, pem::PemObject as _};
use webpki::anchor_from_trusted_cert;

/// Roots of trust: Mozilla's, and those given by the user.
#[derive(Clone, Debug)]
pub struct TrustStore {
    anchors: Vec<TrustAnchor<'static>>,
    given: Vec<CertificateDer<'static>>,
}

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
        Self { anchors: webpki_roots::TLS_SERVER_ROOTS.to_vec(), given: vec![] }
    }

    /// Adds every certificate of a PEM file, or the one of a DER file, and gives their number. All of them or, after an error, none.
    ///
    /// # Errors
    /// When there is no certificate, or one of them cannot be read.
    pub fn add_pem(&mut self, bytes: &[u8]) -> Result<usize, TrustError> {
        let certificates = certificates_in(bytes)?;
        let anchors = certificates.iter().enumerate().map(anchor).collect::<Result<Vec<_>, _>>()?;
        let count = certificates.len();
        self.anchors.extend(anchors);
        self.given.extend(certificates);
        Ok(count)
    }

    pub(super) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.anchors
    }

    /// Whether the user gave this very certificate.
    pub(super) fn was_given(&self, der: &[u8]) -> bool {
        self.given.iter().any(|given| given.as_ref() == der)
    }
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
