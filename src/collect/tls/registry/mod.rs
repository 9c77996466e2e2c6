//! The tables of TLS parameters: what the numbers of cipher suites, groups and signature schemes mean, and which of them servers like best.
//!
//! The three CSV files beside this are IANA's registries, read when first asked; README.md tells their dates and how to refresh them.
//! What servers have really used beyond IANA (drafts, Netscape's and vendors' own numbers) is listed in the code, each with its source.

mod cipher;
mod csv;
mod groups;
mod name;
mod offers;
mod primes;
mod signatures;
mod ssl2;
mod suite;

pub(in crate::collect) use cipher::{Authentication, Cipher, Hash, KeyExchange, Mac, Mode};
pub(in crate::collect) use groups::group;
pub(in crate::collect) use offers::offers;
pub(in crate::collect) use primes::known_prime;
pub(in crate::collect) use signatures::signature_scheme;
pub(in crate::collect) use ssl2::{Ssl2Kind, ssl2_kind};
#[cfg(test)]
pub(in crate::collect) use suite::suites;
pub(in crate::collect) use suite::{Suite, suite};

/// The signal that a client understands secure renegotiation (RFC 5746, section 3.3); stands among the suites and is none.
pub(in crate::collect) const EMPTY_RENEGOTIATION_INFO_SCSV: u16 = 0x00FF;

/// The signal that a client fell back to an older version (RFC 7507, section 2); stands among the suites and is none.
pub(in crate::collect) const FALLBACK_SCSV: u16 = 0x5600;

/// Whether a number is kept for exercising tolerance of the unknown (RFC 8701), as suite, group, signature scheme, extension or version.
#[cfg(test)]
pub(in crate::collect) fn is_grease(code: u16) -> bool {
    let [high, low] = code.to_be_bytes();
    high == low && low & 0x0F == 0x0A
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixteen_values_of_grease_are_recognised() {
        let grease: Vec<u16> = (0..=u16::MAX).filter(|code| is_grease(*code)).collect();
        assert_eq!(grease.len(), 16);
        assert_eq!(grease.first(), Some(&0x0A0A));
        assert_eq!(grease.last(), Some(&0xFAFA));
    }

    #[test]
    fn no_value_of_grease_has_a_meaning() {
        let known: Vec<u16> = (0..=u16::MAX)
            .filter(|code| is_grease(*code))
            .filter(|code| suite(*code).is_some() || group(*code).is_some() || signature_scheme(*code).is_some())
            .collect();
        assert!(known.is_empty(), "{known:04X?}");
    }
}
