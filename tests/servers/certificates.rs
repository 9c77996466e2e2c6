//! The tests' own certificate authority: a root, two intermediates, and leaves with one flaw each.
//!
//! A good leaf is valid for three months, as today's leaves are, so its dates lie around the time of the test; all other dates are fixed. Keys are
//! RSA because the oldest servers know nothing else; beside it lies a good chain with an elliptic curve for servers that take both.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    sync::OnceLock,
};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, PublicKeyData, RsaKeySize, SerialNumber,
    SignatureAlgorithm, date_time_ymd,
};
use serde::Deserialize;
use time::{Duration, OffsetDateTime, Time};

use super::{HOST, staple};

/// TLS features, status request (RFC 7633).
const MUST_STAPLE: (&[u64], &[u8]) = (&[1, 3, 6, 1, 5, 5, 7, 1, 24], &[0x30, 3, 2, 1, 5]);

/// What a server presents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Identity {
    /// Leaf and intermediate, valid, for the right names.
    #[default]
    Good,
    /// A leaf whose validity has ended.
    Expired,
    /// A leaf whose validity lies in the future.
    NotYetValid,
    /// A leaf for a hundred years.
    LongLived,
    /// A leaf for another host.
    OtherHost,
    /// A leaf that is its own issuer.
    SelfSigned,
    /// A good leaf, sent without the intermediate that leads to the root.
    WithoutIntermediate,
    /// A leaf under two intermediates, of which the upper one is sent first.
    WrongOrder,
    /// A good chain and an intermediate that nobody needs.
    Superfluous,
    /// A good chain and its root.
    WithRoot,
    /// A leaf for every name of the host's domain.
    Wildcard,
    /// A leaf that names the host in its subject only.
    NameInSubjectOnly,
    /// A leaf with an RSA key of 1024 bits.
    Rsa1024,
    /// A leaf with a key on P-384, and no other.
    P384,
    /// A leaf signed with SHA-1.
    Sha1,
    /// A leaf that demands a stapled OCSP response.
    MustStaple,
}

/// Keys are slow to make, so one set serves all servers of a test program.
struct Authority {
    root: Certificate,
    intermediate: Certificate,
    issuer: Issuer<'static, KeyPair>,
    lower: Certificate,
    lower_issuer: Issuer<'static, KeyPair>,
    leaf_key: KeyPair,
    curve_key: KeyPair,
    p384_key: KeyPair,
}

fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let root_key = key();
        let root_params = authority_params("Redflag Test Root");
        let root = root_params.self_signed(&root_key).expect("the root can be signed");
        let root_issuer = Issuer::new(root_params, root_key);
        let (intermediate, issuer) = below(&root_issuer, "Redflag Test Intermediate");
        let (lower, lower_issuer) = below(&issuer, "Redflag Test Lower Intermediate");
        let curve_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key on P-256 can be made");
        let p384_key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).expect("a key on P-384 can be made");
        Authority { root, intermediate, issuer, lower, lower_issuer, leaf_key: key(), curve_key, p384_key }
    })
}

fn below(upper: &Issuer<'static, KeyPair>, name: &str) -> (Certificate, Issuer<'static, KeyPair>) {
    let (params, key) = (authority_params(name), key());
    let certificate = params.signed_by(&key, upper).expect("an intermediate can be signed");
    (certificate, Issuer::new(params, key))
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

/// Midnight, which is the same for all certificates of a test.
#[expect(clippy::disallowed_methods, reason = "a certificate with a believable validity is valid around now")]
pub(super) fn today() -> OffsetDateTime {
    static TODAY: OnceLock<OffsetDateTime> = OnceLock::new();
    *TODAY.get_or_init(|| OffsetDateTime::now_utc().replace_time(Time::MIDNIGHT))
}

fn leaf_params(identity: Identity) -> CertificateParams {
    let names: &[&str] = match identity {
        Identity::OtherHost => &["other.redflag.test"],
        Identity::Wildcard => &["*.redflag.test"],
        Identity::NameInSubjectOnly => &[],
        _ => &[HOST, "localhost", "127.0.0.1", "::1"],
    };
    let mut params = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).expect("the names are well formed");
    params.distinguished_name.push(DnType::CommonName, names.first().copied().unwrap_or(HOST));
    params.serial_number = Some(SerialNumber::from(staple::SERIAL));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    (params.not_before, params.not_after) = match identity {
        Identity::Expired => (date_time_ymd(2020, 1, 1), date_time_ymd(2020, 3, 1)),
        Identity::NotYetValid => (date_time_ymd(2119, 1, 1), date_time_ymd(2119, 3, 1)),
        Identity::LongLived => (date_time_ymd(2020, 1, 1), date_time_ymd(2120, 1, 1)),
        _ => (today() - Duration::days(30), today() + Duration::days(60)),
    };
    if identity == Identity::MustStaple {
        let (oid, content) = MUST_STAPLE;
        params.custom_extensions.push(CustomExtension::from_oid_content(oid, content.to_vec()));
    }
    params
}

/// Writes what a server and its clients need:
///
/// | file | what it holds |
/// |---|---|
/// | `chain.pem`, `key.pem` | what the server presents |
/// | `server.pem` | both in one |
/// | `issuers.pem` | the chain without its leaf |
/// | `curve-chain.pem`, `curve-key.pem` | a good chain with a key on P-256 |
/// | `staple.der` | an OCSP response for the good leaf |
/// | `authority.pem` | the root, for clients |
pub(crate) fn write(identity: Identity, folder: &Path) {
    let authority = authority();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("a temporary folder can be written to");
    let key = match identity {
        Identity::Rsa1024 => small_key(),
        Identity::P384 => authority.p384_key.serialize_pem(),
        _ => authority.leaf_key.serialize_pem(),
    };
    let chain = chain(identity, authority, &key);
    put("chain.pem", chain.as_bytes());
    put("key.pem", key.as_bytes());
    put("issuers.pem", chain.split_inclusive("-----END CERTIFICATE-----").skip(1).collect::<String>().as_bytes());
    put("server.pem", (chain + &key).as_bytes());
    put("curve-chain.pem", (signed(Identity::Good, &authority.curve_key).pem() + &authority.intermediate.pem()).as_bytes());
    put("curve-key.pem", authority.curve_key.serialize_pem().as_bytes());
    put("staple.der", &staple::good(&authority.intermediate, authority.issuer.key()));
    put("authority.pem", authority.root.pem().as_bytes());
}

fn chain(identity: Identity, authority: &Authority, key: &str) -> String {
    let [root, intermediate, lower] = [&authority.root, &authority.intermediate, &authority.lower].map(Certificate::pem);
    let leaf = signed(identity, &authority.leaf_key).pem();
    match identity {
        Identity::SelfSigned => leaf_params(identity).self_signed(&authority.leaf_key).expect("a leaf can sign itself").pem(),
        Identity::WithoutIntermediate => leaf,
        Identity::WrongOrder => {
            let leaf = leaf_params(identity).signed_by(&authority.leaf_key, &authority.lower_issuer).expect("the leaf can be signed");
            leaf.pem() + &intermediate + &lower
        }
        Identity::Superfluous => leaf + &intermediate + &lower,
        Identity::WithRoot => leaf + &intermediate + &root,
        Identity::Rsa1024 => signed(identity, &public_half(key)).pem() + &intermediate,
        Identity::P384 => signed(identity, &authority.p384_key).pem() + &intermediate,
        Identity::Sha1 => signed_with_sha1(&signed(identity, &authority.leaf_key), authority.issuer.key()) + &intermediate,
        _ => leaf + &intermediate,
    }
}

fn signed(identity: Identity, key: &impl PublicKeyData) -> Certificate {
    leaf_params(identity).signed_by(key, &authority().issuer).expect("the leaf can be signed")
}

/// Runs `openssl` for what our own library refuses to do.
fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    use std::io::Write;

    let mut command = Command::new("openssl");
    let mut child =
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("there is openssl");
    child.stdin.take().expect("it is piped").write_all(input).expect("openssl reads");
    child.wait_with_output().expect("openssl ends").stdout
}

fn small_key() -> String {
    String::from_utf8(openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"], &[])).expect("PEM is text")
}

/// A public key that came from elsewhere, in the form of RFC 8017, appendix A.1.1.
struct PublicKey(Vec<u8>);

impl PublicKeyData for PublicKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

fn public_half(key: &str) -> PublicKey {
    PublicKey(openssl(&["rsa", "-RSAPublicKey_out", "-outform", "DER"], key.as_bytes()))
}

/// The same certificate with another signature. The names of the two algorithms differ in their last byte only, so nothing else moves.
fn signed_with_sha1(certificate: &Certificate, issuer: &KeyPair) -> String {
    const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
    const SHA1_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05];
    const SIGNATURE: usize = 256;

    let mut der = certificate.der().to_vec();
    while let Some(at) = der.windows(SHA256_WITH_RSA.len()).position(|window| window == SHA256_WITH_RSA) {
        der[at..at + SHA1_WITH_RSA.len()].copy_from_slice(SHA1_WITH_RSA);
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let key = folder.path().join("issuer.pem");
    fs::write(&key, issuer.serialize_pem()).expect("a temporary folder can be written to");
    // Outer header and the header of what is signed: both lengths take two bytes.
    let length = 4 + usize::from(u16::from_be_bytes([der[6], der[7]]));
    let signature = openssl(&["dgst", "-sha1", "-sign", &key.display().to_string()], &der[4..4 + length]);
    let start = der.len() - SIGNATURE;
    der[start..].copy_from_slice(&signature);
    let pem = openssl(&["x509", "-inform", "DER"], &der);
    String::from_utf8(pem).expect("PEM is text")
}
