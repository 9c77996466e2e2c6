//! Certificates for tests.

use rcgen::{BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use time::{OffsetDateTime, macros::datetime};

use super::TrustStore;

pub(super) const BEGIN: OffsetDateTime = datetime!(2026-01-01 0:00 UTC);
pub(super) const END: OffsetDateTime = datetime!(2027-01-01 0:00 UTC);

/// An authority that issues certificates.
pub(super) struct Authority {
    pub der: Vec<u8>,
    pub issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its private key, both in DER.
pub(super) struct Issued {
    pub der: Vec<u8>,
    pub key: Vec<u8>,
}

fn params(common_name: &str, names: &[&str], validity: (OffsetDateTime, OffsetDateTime)) -> CertificateParams {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name.push(DnType::CommonName, common_name);
    (params.not_before, params.not_after) = validity;
    params
}

fn authority_params(name: &str, validity: (OffsetDateTime, OffsetDateTime)) -> CertificateParams {
    let mut params = params(name, &[], validity);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

impl Authority {
    pub(super) fn root(name: &str) -> Self {
        let (key, params) = (KeyPair::generate().unwrap(), authority_params(name, (BEGIN, END)));
        Self { der: params.self_signed(&key).unwrap().der().to_vec(), issuer: Issuer::new(params, key) }
    }

    pub(super) fn intermediate(&self, name: &str, validity: (OffsetDateTime, OffsetDateTime)) -> Self {
        let (key, params) = (KeyPair::generate().unwrap(), authority_params(name, validity));
        Self { der: params.signed_by(&key, &self.issuer).unwrap().der().to_vec(), issuer: Issuer::new(params, key) }
    }

    pub(super) fn leaf(&self, names: &[&str], validity: (OffsetDateTime, OffsetDateTime)) -> Issued {
        self.issue(&params("A server", names, validity))
    }

    pub(super) fn client_only(&self, names: &[&str]) -> Issued {
        let mut params = params("A client", names, (BEGIN, END));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(&params)
    }

    /// A leaf of a serial number, with extensions given in DER.
    pub(super) fn extended_leaf(&self, serial: u64, extensions: Vec<CustomExtension>) -> Issued {
        let mut params = params("A server", &["app.example.com"], (BEGIN, END));
        params.serial_number = Some(serial.into());
        params.custom_extensions = extensions;
        self.issue(&params)
    }

    /// A certificate that may answer for this authority, or may not.
    pub(super) fn responder(&self, purpose: ExtendedKeyUsagePurpose, validity: (OffsetDateTime, OffsetDateTime)) -> Self {
        let (key, mut params) = (KeyPair::generate().unwrap(), params("A responder", &[], validity));
        params.extended_key_usages = vec![purpose];
        Self { der: params.signed_by(&key, &self.issuer).unwrap().der().to_vec(), issuer: Issuer::new(params, key) }
    }

    fn issue(&self, params: &CertificateParams) -> Issued {
        let key = KeyPair::generate().unwrap();
        Issued { der: params.signed_by(&key, &self.issuer).unwrap().der().to_vec(), key: key.serialize_der() }
    }

    /// Mozilla's roots and this one.
    pub(super) fn trust(&self) -> TrustStore {
        let mut trust = mozilla();
        assert_eq!(trust.add_pem(&self.der).unwrap(), 1);
        trust
    }
}

/// Mozilla's roots, on a machine whose system has none of them.
pub(super) fn mozilla() -> TrustStore {
    TrustStore::mozilla().with_system(Ok(&[]))
}

/// A leaf that is its own issuer.
pub(super) fn self_signed(names: &[&str]) -> Issued {
    let key = KeyPair::generate().unwrap();
    Issued { der: params("Myself", names, (BEGIN, END)).self_signed(&key).unwrap().der().to_vec(), key: key.serialize_der() }
}
