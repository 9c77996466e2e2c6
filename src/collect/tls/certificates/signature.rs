//! Whether one certificate's key made another's signature.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA1_ASN1, ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, ECDSA_P521_SHA1_ASN1, ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1,
    ECDSA_P521_SHA512_ASN1, ED25519, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA384, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use x509_parser::{certificate::X509Certificate, x509::SubjectPublicKeyInfo};

use super::key::Key;

/// Who made a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    /// The key that was asked about.
    Own,
    /// Another one.
    Foreign,
    /// Nobody can say: the algorithm or the size of the key is too old or too new for our library.
    Unknown,
}

const RSA_SHA384: &str = "1.2.840.113549.1.1.12";
const RSA_PSS: &str = "1.2.840.113549.1.1.10";
const ECDSA_SHA1: &str = "1.2.840.10045.4.1";
/// RSA with SHA-256, PKCS #1 v1.5.
pub(super) const RSA_SHA256: &str = "1.2.840.113549.1.1.11";
/// ECDSA with SHA-256.
pub(super) const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";

/// Whether `issuer`'s key made `certificate`'s signature.
pub(super) fn of(certificate: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> Signature {
    on_certificate(certificate, issuer.public_key())
}

/// Whether a key made `certificate`'s signature.
pub(super) fn on_certificate(certificate: &X509Certificate<'_>, key: &SubjectPublicKeyInfo<'_>) -> Signature {
    let algorithm = certificate.signature_algorithm.algorithm.to_id_string();
    on(certificate.tbs_certificate.as_ref(), &certificate.signature_value.data, &algorithm, key)
}

/// Whether a key made the signature on `signed` with an algorithm, which is named by its number.
pub(super) fn on(signed: &[u8], signature: &[u8], algorithm: &str, key: &SubjectPublicKeyInfo<'_>) -> Signature {
    let verifies = |algorithm: &'static dyn VerificationAlgorithm| {
        UnparsedPublicKey::new(algorithm, &key.subject_public_key.data).verify(signed, signature).is_ok()
    };
    if algorithms(algorithm).into_iter().any(verifies) {
        Signature::Own
    } else if is_within_reach(algorithm, &Key::of(key)) {
        Signature::Foreign
    } else {
        Signature::Unknown
    }
}

/// The ways to check a signature algorithm; none where the library has none.
fn algorithms(oid: &str) -> Vec<&'static dyn VerificationAlgorithm> {
    match oid {
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => vec![&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY],
        RSA_SHA256 => vec![&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY],
        RSA_SHA384 => vec![&RSA_PKCS1_2048_8192_SHA384],
        "1.2.840.113549.1.1.13" => vec![&RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY],
        RSA_PSS => vec![&RSA_PSS_2048_8192_SHA256, &RSA_PSS_2048_8192_SHA384, &RSA_PSS_2048_8192_SHA512],
        ECDSA_SHA1 => vec![&ECDSA_P256_SHA1_ASN1, &ECDSA_P521_SHA1_ASN1],
        ECDSA_SHA256 => vec![&ECDSA_P256_SHA256_ASN1, &ECDSA_P384_SHA256_ASN1, &ECDSA_P521_SHA256_ASN1],
        "1.2.840.10045.4.3.3" => vec![&ECDSA_P256_SHA384_ASN1, &ECDSA_P384_SHA384_ASN1, &ECDSA_P521_SHA384_ASN1],
        "1.2.840.10045.4.3.4" => vec![&ECDSA_P256_SHA512_ASN1, &ECDSA_P384_SHA512_ASN1, &ECDSA_P521_SHA512_ASN1],
        "1.3.101.112" => vec![&ED25519],
        _ => vec![],
    }
}

/// Whether a certificate is signed with MD2, MD4 or MD5, which no library of today checks.
pub(super) fn is_forgotten(certificate: &X509Certificate<'_>) -> bool {
    let algorithm = certificate.signature_algorithm.algorithm.to_id_string();
    matches!(algorithm.as_str(), "1.2.840.113549.1.1.2" | "1.2.840.113549.1.1.3" | "1.2.840.113549.1.1.4")
}

/// Whether the library would have verified a right signature, so that a failure proves a wrong one.
fn is_within_reach(oid: &str, key: &Key) -> bool {
    if algorithms(oid).is_empty() {
        return false;
    }
    let bits = key.bits.unwrap_or(0);
    match (oid, key.algorithm.as_str()) {
        // SHA-1 inside RSA-PSS is out of reach.
        (RSA_PSS, _) => false,
        (RSA_SHA384, "RSA") => (2048..=8192).contains(&bits),
        (_, "RSA") => (1024..=8192).contains(&bits),
        (ECDSA_SHA1, "ECDSA") => matches!(key.name.as_str(), "ECDSA P-256" | "ECDSA P-521"),
        (_, "ECDSA") => matches!(key.name.as_str(), "ECDSA P-256" | "ECDSA P-384" | "ECDSA P-521"),
        (_, algorithm) => algorithm == "Ed25519",
    }
}
