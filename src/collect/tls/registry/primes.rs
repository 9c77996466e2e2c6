//! Diffie-Hellman primes that standards and products share.

use std::{collections::BTreeMap, sync::LazyLock};

/// The standard or product that a prime is known from, as in `RFC 7919 ffdhe2048`.
pub(in crate::collect) fn known_prime(prime_big_endian: &[u8]) -> Option<&'static str> {
    let zeros = prime_big_endian.iter().take_while(|byte| **byte == 0).count();
    PRIMES.get(prime_big_endian.get(zeros..)?).copied()
}

static PRIMES: LazyLock<BTreeMap<Vec<u8>, &'static str>> =
    LazyLock::new(|| lines().filter_map(|(name, _, digits)| Some((decode(digits)?, name))).collect());

/// Name, size in bits and hexadecimal digits.
fn lines() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    include_str!("primes.txt").lines().filter_map(|line| {
        let (name, rest) = line.split_once('\t')?;
        let (bits, digits) = rest.split_once('\t')?;
        Some((name, bits, digits))
    })
}

fn decode(digits: &str) -> Option<Vec<u8>> {
    digits.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::*;

    #[test]
    fn every_line_is_read_and_has_the_size_it_claims() {
        for (name, bits, digits) in lines() {
            let bytes = decode(digits).unwrap();
            assert_eq!(BigUint::from_bytes_be(&bytes).bits().to_string(), bits, "{name}");
            assert_eq!(known_prime(&bytes), Some(name));
            assert_eq!(known_prime(&[&[0, 0], bytes.as_slice()].concat()), Some(name));
        }
        assert_eq!(lines().count(), include_str!("primes.txt").lines().count());
        assert_eq!(PRIMES.len(), lines().count());
    }

    /// Fermat's test: a digit that is wrong leaves a number that fails it.
    #[test]
    fn every_number_is_prime() {
        let two = BigUint::from(2_u8);
        for (name, _, digits) in lines() {
            let prime = BigUint::parse_bytes(digits.as_bytes(), 16).unwrap();
            assert_eq!(two.modpow(&(&prime - 1_u8), &prime), BigUint::from(1_u8), "{name}");
        }
    }

    #[test]
    fn the_groups_of_the_provider_are_known() {
        use rustls::ffdhe_groups::{FFDHE2048, FFDHE8192};
        assert_eq!(known_prime(FFDHE2048.p), Some("RFC 7919 ffdhe2048"));
        assert_eq!(known_prime(FFDHE8192.p), Some("RFC 7919 ffdhe8192"));
    }

    #[test]
    fn another_number_is_not_known() {
        assert_eq!(known_prime(&[]), None);
        assert_eq!(known_prime(&[0; 300]), None);
        assert_eq!(known_prime(&[0xFF; 128]), None);
    }
}
