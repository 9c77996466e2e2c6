//! A certificate's public key in words: its algorithm and its size.

use x509_parser::{prelude::FromDer as _, public_key::RSAPublicKey, x509::SubjectPublicKeyInfo};

/// A public key in words.
#[derive(Debug)]
pub(in crate::collect) struct Key {
    pub(in crate::collect) name: String,
    pub(in crate::collect) algorithm: String,
    pub(in crate::collect) bits: Option<u32>,
    /// The public exponent of an RSA key, decimal where it fits into 64 bits; else its size.
    pub exponent: Option<String>,
}

impl Key {
    pub(in crate::collect) fn of(key: &SubjectPublicKeyInfo<'_>) -> Self {
        let oid = key.algorithm.algorithm.to_id_string();
        match oid.as_str() {
            "1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10" => Self::rsa(key),
            "1.2.840.10045.2.1" => Self::on_curve(key),
            "1.2.840.10040.4.1" => Self::sized("DSA", dsa_bits(key)),
            "1.3.101.112" => Self::named("Ed25519", Some(256)),
            "1.3.101.113" => Self::named("Ed448", Some(456)),
            "2.16.840.1.101.3.4.3.17" => Self::named("ML-DSA-44", None),
            "2.16.840.1.101.3.4.3.18" => Self::named("ML-DSA-65", None),
            "2.16.840.1.101.3.4.3.19" => Self::named("ML-DSA-87", None),
            other => Self::named(other, None),
        }
    }

    fn named(algorithm: &str, bits: Option<u32>) -> Self {
        Self { name: algorithm.into(), algorithm: algorithm.into(), bits, exponent: None }
    }

    fn sized(algorithm: &str, bits: Option<u32>) -> Self {
        let name = bits.map_or_else(|| algorithm.to_owned(), |bits| format!("{algorithm} {bits}"));
        Self { name, algorithm: algorithm.into(), bits, exponent: None }
    }

    fn rsa(key: &SubjectPublicKeyInfo<'_>) -> Self {
        let Ok((_, numbers)) = RSAPublicKey::from_der(&key.subject_public_key.data) else { return Self::sized("RSA", None) };
        Self { exponent: exponent(numbers.exponent), ..Self::sized("RSA", bits(numbers.modulus)) }
    }

    fn on_curve(key: &SubjectPublicKeyInfo<'_>) -> Self {
        let curve = key.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok()).map(|oid| oid.to_id_string());
        let (name, bits) = match curve.as_deref() {
            Some("1.2.840.10045.3.1.1") => ("P-192", Some(192)),
            Some("1.3.132.0.33") => ("P-224", Some(224)),
            Some("1.2.840.10045.3.1.7") => ("P-256", Some(256)),
            Some("1.3.132.0.34") => ("P-384", Some(384)),
            Some("1.3.132.0.35") => ("P-521", Some(521)),
            Some("1.3.132.0.10") => ("secp256k1", Some(256)),
            Some("1.3.36.3.3.2.8.1.1.7") => ("brainpoolP256r1", Some(256)),
            Some("1.3.36.3.3.2.8.1.1.11") => ("brainpoolP384r1", Some(384)),
            Some("1.3.36.3.3.2.8.1.1.13") => ("brainpoolP512r1", Some(512)),
            Some("1.2.156.10197.1.301") => ("SM2", Some(256)),
            Some(other) => (other, None),
            None => ("with parameters of its own", None),
        };
        Self { name: format!("ECDSA {name}"), algorithm: "ECDSA".into(), bits, exponent: None }
    }
}

/// An RSA exponent in words.
fn exponent(number: &[u8]) -> Option<String> {
    let size = bits(number).or_else(|| number.first().map(|_| 0))?;
    let start = number.len().saturating_sub(8);
    let low = number.get(start..)?.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let kind = if low.is_multiple_of(2) { "an even" } else { "a" };
    Some(if size <= u64::BITS { low.to_string() } else { format!("{kind} number of {size} bits") })
}

/// The size of the prime `p`, which stands first in the parameters (RFC 3279, section 2.3.2).
fn dsa_bits(key: &SubjectPublicKeyInfo<'_>) -> Option<u32> {
    let parameters = key.algorithm.parameters.as_ref()?;
    let (_, prime) = x509_parser::asn1_rs::Integer::from_der(parameters.data).ok()?;
    bits(prime.as_ref())
}

/// The size of a big-endian number.
fn bits(number: &[u8]) -> Option<u32> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let significant = number.get(zeros..)?;
    let first = significant.first()?;
    u32::try_from(significant.len()).ok()?.checked_mul(8)?.checked_sub(first.leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exponent_is_decimal_where_it_fits_and_told_by_its_size_where_not() {
        for (number, words) in [
            (&[1][..], "1"),
            (&[0, 0, 3], "3"),
            (&[1, 0, 1], "65537"),
            (&[0xff; 8], "18446744073709551615"),
            (&[1, 0, 0, 0, 0, 0, 0, 0, 1], "a number of 65 bits"),
            (&[1, 0, 0, 0, 0, 0, 0, 0, 0], "an even number of 65 bits"),
        ] {
            assert_eq!(exponent(number).as_deref(), Some(words));
        }
        assert_eq!(exponent(&[0]), Some("0".into()));
        assert_eq!(exponent(&[]), None);
    }
}
