//! The signature schemes: IANA's, and the pairs of hash and signature that TLS 1.2 had before (RFC 5246, section 7.4.1.4.1).

use std::sync::LazyLock;

use super::csv;
use crate::evidence::{ProtocolId, SignatureAlgorithm};

/// A signature scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collect) struct SignatureScheme {
    /// Its number.
    pub code: u16,
    /// IANA's name, or one made like it.
    pub name: &'static str,
}

impl SignatureScheme {
    /// As evidence that a server used it in these versions.
    pub(in crate::collect) fn evidence(&self, protocols: Vec<ProtocolId>) -> SignatureAlgorithm {
        SignatureAlgorithm { code: format!("0x{:04X}", self.code), name: self.name.to_owned(), protocols }
    }
}

/// Every scheme, the most popular first.
#[cfg(test)]
pub(in crate::collect) fn signature_schemes() -> &'static [SignatureScheme] {
    &SCHEMES
}

/// The scheme of a number.
pub(in crate::collect) fn signature_scheme(code: u16) -> Option<&'static SignatureScheme> {
    SCHEMES.iter().find(|scheme| scheme.code == code)
}

static SCHEMES: LazyLock<Vec<SignatureScheme>> = LazyLock::new(|| {
    let assigned = csv::assignments(include_str!("tls-signaturescheme.csv")).filter_map(|(value, name)| Some((csv::number(value)?, name)));
    let all = assigned.chain(BEYOND_IANA.iter().copied());
    let mut schemes: Vec<SignatureScheme> = all.map(|(code, name)| SignatureScheme { code, name }).collect();
    schemes.sort_by_key(|scheme| POPULAR.iter().position(|code| *code == scheme.code).unwrap_or(POPULAR.len()));
    schemes
});

const BEYOND_IANA: &[(u16, &str)] = &[
    // Pairs of hash and signature (RFC 5246, section 7.4.1.4.1).
    (0x0101, "rsa_pkcs1_md5"),
    (0x0102, "dsa_md5"),
    (0x0103, "ecdsa_md5"),
    (0x0202, "dsa_sha1"),
    (0x0301, "rsa_pkcs1_sha224"),
    (0x0302, "dsa_sha224"),
    (0x0303, "ecdsa_sha224"),
    (0x0402, "dsa_sha256"),
    (0x0502, "dsa_sha384"),
    (0x0602, "dsa_sha512"),
    // RFC 9189, and what OpenSSL's GOST engine had before.
    (0x0840, "gostr34102012_256"),
    (0x0841, "gostr34102012_512"),
    (0xEDED, "gostr34102001_gostr3411"),
    (0xEEEE, "gostr34102012_256_gostr34112012_256"),
    (0xEFEF, "gostr34102012_512_gostr34112012_512"),
];

const POPULAR: &[u16] = &[
    0x0804, 0x0403, 0x0401, 0x0805, 0x0503, 0x0501, 0x0806, 0x0603, 0x0601, 0x0807, 0x0808, 0x0809, 0x080A, 0x080B, 0x0201, 0x0203, 0x0301,
    0x0303, 0x0402, 0x0202, 0x0302, 0x0502, 0x0602, 0x0904, 0x0905, 0x0906, 0x081A, 0x081B, 0x081C, 0x0101,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_pair_of_rfc_5246_has_one_name() {
        for hash in 1..=6 {
            for signature in 1..=3 {
                assert!(signature_scheme(u16::from_be_bytes([hash, signature])).is_some(), "{hash} {signature}");
            }
        }
        let codes: BTreeSet<u16> = signature_schemes().iter().map(|scheme| scheme.code).collect();
        assert_eq!(codes.len(), signature_schemes().len());
    }

    #[test]
    fn names_are_those_of_iana() {
        let named = |code| signature_scheme(code).map(|scheme| scheme.name);
        assert_eq!(named(0x0804), Some("rsa_pss_rsae_sha256"));
        assert_eq!(named(0x0403), Some("ecdsa_secp256r1_sha256"));
        assert_eq!(named(0x0807), Some("ed25519"));
        assert_eq!(named(0x0905), Some("mldsa65"));
        assert!(POPULAR.iter().all(|code| signature_scheme(*code).is_some()));
    }
}
