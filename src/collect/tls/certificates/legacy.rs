//! Signatures that are too weak for today and still tell who issued a certificate.
//!
//! A chain is judged by where it leads; that a signature on the way is weak is a fault of its own, which the certificates show.

use std::sync::LazyLock;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA1_ASN1, ECDSA_P521_SHA1_ASN1, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, UnparsedPublicKey,
    VerificationAlgorithm,
};
use rustls::pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};
use webpki::ALL_VERIFICATION_ALGS;

/// Every way to verify a certificate's signature. The weak ones come first, since those for RSA also take the keys of today.
pub(super) static ALGORITHMS: LazyLock<Vec<&'static dyn SignatureVerificationAlgorithm>> =
    LazyLock::new(|| WEAK.into_iter().chain(ALL_VERIFICATION_ALGS.iter().copied()).collect());

static WEAK: [&dyn SignatureVerificationAlgorithm; 5] = [
    &Weak { key: alg_id::RSA_ENCRYPTION, signature: RSA_SHA1, verification: &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY },
    &Weak {
        key: alg_id::RSA_ENCRYPTION,
        signature: alg_id::RSA_PKCS1_SHA256,
        verification: &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    },
    &Weak {
        key: alg_id::RSA_ENCRYPTION,
        signature: alg_id::RSA_PKCS1_SHA512,
        verification: &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    },
    &Weak { key: alg_id::ECDSA_P256, signature: ECDSA_SHA1, verification: &ECDSA_P256_SHA1_ASN1 },
    &Weak { key: alg_id::ECDSA_P521, signature: ECDSA_SHA1, verification: &ECDSA_P521_SHA1_ASN1 },
];

/// 1.2.840.113549.1.1.5 and the null that stands for its parameters (RFC 3279, section 2.2.1).
const RSA_SHA1: AlgorithmIdentifier =
    AlgorithmIdentifier::from_slice(&[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05, 0x05, 0x00]);
/// 1.2.840.10045.4.1 (RFC 3279, section 2.2.3).
const ECDSA_SHA1: AlgorithmIdentifier = AlgorithmIdentifier::from_slice(&[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01]);

#[derive(Debug)]
struct Weak {
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
    verification: &'static dyn VerificationAlgorithm,
}

impl SignatureVerificationAlgorithm for Weak {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        UnparsedPublicKey::new(self.verification, key).verify(message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}
