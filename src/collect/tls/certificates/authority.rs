//! One who issues certificates: a name and a key, whether they come from a certificate that was sent or from a root that is known.

use aws_lc_rs::digest::{SHA256, digest};
use rustls::pki_types::TrustAnchor;
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _, x509::SubjectPublicKeyInfo};

use super::signature::{self, Signature};

/// The header of a DER sequence.
const SEQUENCE: u8 = 0x30;

/// An issuer, as far as revocation and transparency need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) struct Authority {
    /// Its distinguished name, in DER.
    name: Vec<u8>,
    /// Its `SubjectPublicKeyInfo`, in DER.
    key: Vec<u8>,
}

impl Authority {
    pub(super) fn of(certificate: &X509Certificate<'_>) -> Self {
        Self { name: certificate.subject().as_raw().to_vec(), key: certificate.public_key().raw.to_vec() }
    }

    /// A root, which `webpki` holds without the headers of its sequences.
    pub(super) fn root(anchor: &TrustAnchor<'_>) -> Self {
        Self { name: element(SEQUENCE, &anchor.subject), key: element(SEQUENCE, &anchor.subject_public_key_info) }
    }

    pub(super) fn name(&self) -> &[u8] {
        &self.name
    }

    pub(super) fn key(&self) -> Option<SubjectPublicKeyInfo<'_>> {
        SubjectPublicKeyInfo::from_der(&self.key).ok().map(|(_, key)| key)
    }

    /// SHA-256 of the key, by which a log knows the issuer (RFC 6962, section 3.2).
    pub(super) fn key_hash(&self) -> Vec<u8> {
        digest(&SHA256, &self.key).as_ref().to_vec()
    }

    /// Whether names and, where it can be checked, the signature say that it issued a certificate.
    pub(super) fn issued(&self, certificate: &X509Certificate<'_>) -> bool {
        certificate.issuer().as_raw() == self.name
            && self.key().is_some_and(|key| signature::on_certificate(certificate, &key) != Signature::Foreign)
    }
}

/// A DER element of one tag byte (X.690, section 8.1).
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut der = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => der.push(short),
        _ => {
            let length = content.len().to_be_bytes();
            let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
            // The length of a length is at most eight bytes.
            der.push(0x80 | u8::try_from(significant.len()).unwrap_or(0));
            der.extend(significant);
        }
    }
    der.extend_from_slice(content);
    der
}
