//! The client's half of the key exchange (RFC 5246, section 7.4.7; RFC 8422, section 5.7).

use aws_lc_rs::{
    agreement::{self, EphemeralPrivateKey, UnparsedPublicKey},
    rand::{self, SystemRandom},
};
use num_bigint::BigUint;
use x509_parser::{parse_x509_certificate, public_key::PublicKey};

use super::{
    super::{
        registry,
        wire::{KeyExchange, KeyExchangeKind, ServerKeyExchange, Version},
    },
    SessionError,
};

/// The largest modulus and prime, in bytes, that powers are raised to: a server must not make us compute for long.
const NUMBER_LIMIT: usize = 1024;

/// The largest public exponent, in bytes, that is used; in practice it has three.
const EXPONENT_LIMIT: usize = 8;

/// Length of our own exponents, in bytes.
const OUR_EXPONENT: usize = 32;

/// What the client contributes: the body of its message, and the secret that both sides then share.
pub(super) struct Contribution {
    pub(super) body: Vec<u8>,
    pub(super) secret: Vec<u8>,
}

/// An RSA key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect::tls) struct RsaKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl RsaKey {
    /// The key of a certificate; absent where it is of another kind, or too large.
    pub(in crate::collect::tls) fn of(certificate: &[u8]) -> Option<Self> {
        let (_, certificate) = parse_x509_certificate(certificate).ok()?;
        let PublicKey::RSA(key) = certificate.public_key().parsed().ok()? else { return None };
        let [modulus, exponent] = [key.modulus, key.exponent].map(without_zeros);
        (within(&modulus, 64..=NUMBER_LIMIT) && within(&exponent, 1..=EXPONENT_LIMIT)).then_some(Self { modulus, exponent })
    }

    /// Length of the modulus, in bytes.
    pub(in crate::collect::tls) fn length(&self) -> usize {
        self.modulus.len()
    }

    /// The block raised to the public exponent, with no padding of its own.
    pub(in crate::collect::tls) fn encrypt(&self, block: &[u8]) -> Vec<u8> {
        power(block, &self.exponent, &self.modulus)
    }
}

/// A block of PKCS #1 v1.5 (RFC 8017, section 7.2.1) around a secret; absent where the key is too short for it.
pub(in crate::collect::tls) fn padded(secret: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut block = vec![0; length.checked_sub(secret.len() + 1).filter(|&filled| filled >= 10)?];
    rand::fill(&mut block).expect("the system has random bytes");
    for byte in &mut block {
        *byte = (*byte).max(1);
    }
    if let [zero, kind, ..] = block.as_mut_slice() {
        [*zero, *kind] = [0, 2];
    }
    block.push(0);
    block.extend_from_slice(secret);
    Some(block)
}

/// The secret that RSA carries: the version of the client's hello, and random bytes.
pub(in crate::collect::tls) fn premaster(version: Version) -> Vec<u8> {
    let mut secret = vec![0; 48];
    rand::fill(&mut secret).expect("the system has random bytes");
    if let Some(head) = secret.first_chunk_mut() {
        *head = version.0.to_be_bytes();
    }
    secret
}

/// The body around an encrypted secret, which SSL 3.0 leaves without a length.
pub(in crate::collect::tls) fn rsa_body(encrypted: &[u8], version: Version) -> Vec<u8> {
    if version <= Version::SSL3 { encrypted.to_vec() } else { with_length16(encrypted) }
}

/// Answers what a server brought to the exchange.
pub(super) fn contribute(
    exchange: registry::KeyExchange,
    version: Version,
    certificate: Option<&[u8]>,
    sent: Option<&[u8]>,
) -> Result<Contribution, SessionError> {
    let kind = match exchange {
        registry::KeyExchange::Rsa => return rsa(version, certificate),
        registry::KeyExchange::Dhe => KeyExchangeKind::Dhe,
        registry::KeyExchange::Ecdhe => KeyExchangeKind::Ecdhe,
        _ => return Err(SessionError::Malformed("the suite exchanges keys in a way that we do not know")),
    };
    let sent = sent.ok_or(SessionError::Malformed("the server's key exchange did not come"))?;
    let parsed = ServerKeyExchange::parse(sent, kind, false, version).map_err(|error| SessionError::Garbage(error.to_string()))?;
    match parsed.key_exchange {
        KeyExchange::Dhe { prime, generator, public } => finite_field(&prime, &generator, &public),
        KeyExchange::Ecdhe { group, public } => elliptic_curve(group, &public),
    }
}

fn rsa(version: Version, certificate: Option<&[u8]>) -> Result<Contribution, SessionError> {
    let key = certificate.and_then(RsaKey::of).ok_or(SessionError::Malformed("the certificate has no RSA key to encrypt to"))?;
    let secret = premaster(version);
    let block = padded(&secret, key.length()).ok_or(SessionError::Malformed("the RSA key is too short to encrypt to"))?;
    Ok(Contribution { body: rsa_body(&key.encrypt(&block), version), secret })
}

fn finite_field(prime: &[u8], generator: &[u8], public: &[u8]) -> Result<Contribution, SessionError> {
    let [prime, generator, public] = [prime, generator, public].map(without_zeros);
    if !within(&prime, 16..=NUMBER_LIMIT) || generator.len() > prime.len() || public.len() > prime.len() {
        return Err(SessionError::Malformed("the Diffie-Hellman parameters are of a size that we do not compute with"));
    }
    let mut exponent = [0; OUR_EXPONENT];
    rand::fill(&mut exponent).expect("the system has random bytes");
    let share = power(&generator, &exponent, &prime);
    // The secret loses its leading zeros (RFC 5246, section 8.1.2).
    Ok(Contribution { body: with_length16(&share), secret: without_zeros(&power(&public, &exponent, &prime)) })
}

fn elliptic_curve(group: Option<u16>, public: &[u8]) -> Result<Contribution, SessionError> {
    let algorithm = match group {
        Some(0x1d) => &agreement::X25519,
        Some(0x17) => &agreement::ECDH_P256,
        Some(0x18) => &agreement::ECDH_P384,
        Some(0x19) => &agreement::ECDH_P521,
        _ => return Err(SessionError::Malformed("the server chose a curve that was not offered")),
    };
    let failed = || SessionError::Malformed("the server's share is not a point on the curve");
    let ours = EphemeralPrivateKey::generate(algorithm, &SystemRandom::new()).map_err(|_| failed())?;
    let share = ours.compute_public_key().map_err(|_| failed())?;
    let theirs = UnparsedPublicKey::new(algorithm, public);
    let secret = agreement::agree_ephemeral(ours, theirs, (), |secret| Ok(secret.to_vec())).map_err(|()| failed())?;
    let length = u8::try_from(share.as_ref().len()).map_err(|_| failed())?;
    Ok(Contribution { body: [&[length][..], share.as_ref()].concat(), secret })
}

/// A power as long as its modulus.
fn power(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let [number, exponent, prime] = [base, exponent, modulus].map(BigUint::from_bytes_be);
    if prime == BigUint::ZERO {
        return vec![];
    }
    let power = number.modpow(&exponent, &prime).to_bytes_be();
    [vec![0; modulus.len().saturating_sub(power.len())], power].concat()
}

fn without_zeros(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|&byte| byte == 0).collect()
}

fn within(number: &[u8], lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&number.len())
}

fn with_length16(body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).expect("no number is that long");
    [&length.to_be_bytes()[..], body].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_power_is_as_long_as_its_modulus() {
        assert_eq!(power(&[2], &[3], &[1, 0]), [0, 8]);
        assert_eq!(power(&[5], &[1], &[0]), Vec::<u8>::new());
    }

    #[test]
    fn a_block_has_no_zero_inside_its_padding() {
        let block = padded(&[7; 48], 256).unwrap();
        assert_eq!((block.len(), &block[..2], block[207], &block[208..]), (256, &[0, 2][..], 0, &[7; 48][..]));
        assert!(block[2..207].iter().all(|&byte| byte != 0));
        assert_eq!(padded(&[7; 48], 58), None);
    }

    proptest! {
        #[test]
        fn no_server_key_exchange_makes_it_panic(sent in proptest::collection::vec(any::<u8>(), 0..80)) {
            for exchange in [registry::KeyExchange::Dhe, registry::KeyExchange::Ecdhe, registry::KeyExchange::Rsa] {
                let _ = contribute(exchange, Version::TLS12, Some(&sent), Some(&sent));
            }
        }
    }
}
