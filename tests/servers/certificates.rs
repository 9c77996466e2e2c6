//! The tests' own certificate authority: a root, an intermediate, and leaves with one flaw each.
//!
//! The dates are fixed and far away, so that no test reads the clock. Keys are RSA because the oldest servers know nothing else.

use std::{fs, path::Path, sync::OnceLock};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_RSA_SHA256, RsaKeySize, date_time_ymd,
};

use super::HOST;

/// What a server presents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Leaf and intermediate, valid, for the right names.
    #[default]
    Good,
    /// A leaf whose validity has ended.
    Expired,
    /// A leaf whose validity lies in the future.
    NotYetValid,
    /// A leaf for another host.
    OtherHost,
    /// A leaf that is its own issuer.
    SelfSigned,
    /// A good leaf, sent without the intermediate that leads to the root.
    WithoutIntermediate,
}

/// Keys are slow to make, so one set serves all servers of a test program.
struct Authority {
    root: Certificate,
    intermediate: Certificate,
    issuer: Issuer<'static, KeyPair>,
    leaf_key: KeyPair,
}

fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let root_key = key();
        let root_params = authority_params("Redflag Test Root");
        let root = root_params.self_signed(&root_key).expect("the root can be signed");
        let root_issuer = Issuer::new(root_params, root_key);
        let intermediate_key = key();
        let intermediate_params = authority_params("Redflag Test Intermediate");
        let intermediate = intermediate_params.signed_by(&intermediate_key, &root_issuer).expect("the intermediate can be signed");
        Authority { root, intermediate, issuer: Issuer::new(intermediate_params, intermediate_key), leaf_key: key() }
    })
}

fn key() -> KeyPair {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("an RSA key can be made")
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2120, 1, 1));
    params
}

fn leaf_params(identity: Identity) -> CertificateParams {
    let names: &[&str] = match identity {
        Identity::OtherHost => &["other.redflag.test"],
        _ => &[HOST, "localhost", "127.0.0.1", "::1"],
    };
    let mut params = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).expect("the names are well formed");
    params.distinguished_name.push(DnType::CommonName, names[0]);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    (params.not_before, params.not_after) = match identity {
        Identity::Expired => (date_time_ymd(2020, 1, 1), date_time_ymd(2020, 6, 1)),
        Identity::NotYetValid => (date_time_ymd(2119, 1, 1), date_time_ymd(2120, 1, 1)),
        _ => (date_time_ymd(2020, 1, 1), date_time_ymd(2120, 1, 1)),
    };
    params
}

/// Writes `chain.pem` and `key.pem` for a server, and `authority.pem` for its clients.
pub(crate) fn write(identity: Identity, folder: &Path) {
    let authority = authority();
    let params = leaf_params(identity);
    let leaf = match identity {
        Identity::SelfSigned => params.self_signed(&authority.leaf_key),
        _ => params.signed_by(&authority.leaf_key, &authority.issuer),
    };
    let leaf = leaf.expect("the leaf can be signed").pem();
    let chain = match identity {
        Identity::SelfSigned | Identity::WithoutIntermediate => leaf,
        _ => leaf + &authority.intermediate.pem(),
    };
    let files = [("chain.pem", chain), ("key.pem", authority.leaf_key.serialize_pem()), ("authority.pem", authority.root.pem())];
    for (name, text) in files {
        fs::write(folder.join(name), text).expect("a temporary folder can be written to");
    }
}
