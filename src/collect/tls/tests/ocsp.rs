//! An OCSP responder for tests, which can do everything wrong.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rcgen::{PublicKeyData as _, SigningKey as _};
use time::{Duration, OffsetDateTime};
use x509_cert::{
    Certificate,
    der::{
        Any, DateTime, Decode as _, Encode as _,
        asn1::{BitString, GeneralizedTime, OctetString},
    },
    name::Name,
    serial_number::SerialNumber,
    spki::{AlgorithmIdentifierOwned, ObjectIdentifier},
};
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspResponse, ResponderId, ResponseData, RevokedInfo, SingleResponse,
    Version,
};
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _};

use super::{NOW, pki::Authority};

/// What to answer.
pub(super) struct Script<'a> {
    /// Whose certificates are asked about.
    pub issuer: &'a Authority,
    /// Who signs: the issuer, or a responder whose certificate comes along.
    pub signer: &'a Authority,
    pub serial: u64,
    pub is_revoked: bool,
    pub this_update: OffsetDateTime,
    pub next_update: Option<OffsetDateTime>,
    /// Whether the responder names itself by its key rather than its name.
    pub by_key: bool,
}

impl<'a> Script<'a> {
    /// An answer of the issuer itself that is good in every way.
    pub(super) fn good(issuer: &'a Authority, serial: u64) -> Self {
        let (this_update, next_update) = (NOW - Duration::DAY, Some(NOW + Duration::DAY));
        Self { issuer, signer: issuer, serial, is_revoked: false, this_update, next_update, by_key: false }
    }

    pub(super) fn response(&self) -> Vec<u8> {
        let tbs_response_data = self.data();
        let signature = self.signer.issuer.key().sign(&tbs_response_data.to_der().unwrap()).unwrap();
        let is_delegated = self.signer.der != self.issuer.der;
        let basic = BasicOcspResponse {
            tbs_response_data,
            signature_algorithm: AlgorithmIdentifierOwned { oid: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"), parameters: None },
            signature: BitString::from_bytes(&signature).unwrap(),
            certs: is_delegated.then(|| vec![Certificate::from_der(&self.signer.der).unwrap()]),
        };
        OcspResponse::successful(basic).unwrap().to_der().unwrap()
    }

    fn data(&self) -> ResponseData {
        let (_, signer) = X509Certificate::from_der(&self.signer.der).unwrap();
        let responder_id = if self.by_key {
            ResponderId::ByKey(sha1(self.signer.issuer.key().der_bytes()))
        } else {
            ResponderId::ByName(Name::from_der(signer.subject().as_raw()).unwrap())
        };
        let cert_status = if self.is_revoked {
            CertStatus::Revoked(RevokedInfo { revocation_time: at(self.this_update), revocation_reason: None })
        } else {
            CertStatus::good()
        };
        let single = SingleResponse {
            cert_id: self.id(),
            cert_status,
            this_update: at(self.this_update),
            next_update: self.next_update.map(at),
            single_extensions: None,
        };
        ResponseData {
            version: Version::default(),
            responder_id,
            produced_at: at(self.this_update),
            responses: vec![single],
            response_extensions: None,
        }
    }

    fn id(&self) -> CertId {
        let (_, issuer) = X509Certificate::from_der(&self.issuer.der).unwrap();
        CertId {
            hash_algorithm: AlgorithmIdentifierOwned { oid: ObjectIdentifier::new_unwrap("1.3.14.3.2.26"), parameters: Some(Any::null()) },
            issuer_name_hash: sha1(issuer.subject().as_raw()),
            issuer_key_hash: sha1(&issuer.public_key().subject_public_key.data),
            serial_number: SerialNumber::new(&self.serial.to_be_bytes()).unwrap(),
        }
    }
}

fn sha1(bytes: &[u8]) -> OctetString {
    OctetString::new(digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref()).unwrap()
}

fn at(moment: OffsetDateTime) -> OcspGeneralizedTime {
    let seconds = std::time::Duration::from_secs(moment.unix_timestamp().try_into().unwrap());
    OcspGeneralizedTime(GeneralizedTime::from_date_time(DateTime::from_unix_duration(seconds).unwrap()))
}
