//! Diffie-Hellman exchanges that aws-lc-rs lacks, computed with plain large numbers.
//!
//! For evidence only: the time they take tells of the secret, so that nothing that must stay secret may depend on them.

use aws_lc_rs::rand;
use num_bigint::BigUint;
use rustls::{
    Error, NamedGroup, ProtocolVersion,
    crypto::{ActiveKeyExchange, GetRandomFailed, SharedSecret, SupportedKxGroup},
    ffdhe_groups::{FFDHE2048, FFDHE3072, FFDHE4096, FFDHE6144, FFDHE8192, FfdheGroup},
};

use super::INVALID_SHARE;

/// Those of this module.
pub(super) static GROUPS: [&dyn SupportedKxGroup; 6] = [
    &Group::X448,
    &Group::FiniteField(NamedGroup::FFDHE2048, FFDHE2048),
    &Group::FiniteField(NamedGroup::FFDHE3072, FFDHE3072),
    &Group::FiniteField(NamedGroup::FFDHE4096, FFDHE4096),
    &Group::FiniteField(NamedGroup::FFDHE6144, FFDHE6144),
    &Group::FiniteField(NamedGroup::FFDHE8192, FFDHE8192),
];

/// Length of our exponents in finite fields, in bytes: enough for the largest group (RFC 7919, section 5.2), and cheap.
const EXPONENT: usize = 50;

/// Length of a scalar and of a coordinate of Curve448, in bytes (RFC 7748, section 5).
const X448_LENGTH: usize = 56;

#[derive(Clone, Copy, Debug)]
enum Group {
    /// Curve448 (RFC 7748).
    X448,
    /// A group of RFC 7919.
    FiniteField(NamedGroup, FfdheGroup<'static>),
}

impl Group {
    fn secret(self) -> Result<Vec<u8>, Error> {
        let length = match self {
            Self::X448 => X448_LENGTH,
            Self::FiniteField(..) => EXPONENT,
        };
        let mut secret = vec![0; length];
        rand::fill(&mut secret).map_err(|_| GetRandomFailed)?;
        Ok(secret)
    }

    fn public(self, secret: &[u8]) -> Vec<u8> {
        match self {
            Self::X448 => x448(secret, &BigUint::from(5_u8)),
            Self::FiniteField(_, FfdheGroup { p: prime, g: generator }) => power(&BigUint::from_bytes_be(generator), secret, prime),
        }
    }

    /// What both sides know; absent where the other's share is none (RFC 8446, sections 4.2.8 and 7.4).
    fn shared(self, secret: &[u8], theirs: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::X448 if theirs.len() == X448_LENGTH => {
                let shared = x448(secret, &BigUint::from_bytes_le(theirs));
                shared.iter().any(|&byte| byte != 0).then_some(shared)
            }
            Self::FiniteField(_, FfdheGroup { p: prime, .. }) if theirs.len() == prime.len() => {
                let (number, one) = (BigUint::from_bytes_be(theirs), BigUint::from(1_u8));
                let is_inside = number > one && &number + &one < BigUint::from_bytes_be(prime);
                is_inside.then(|| power(&number, secret, prime))
            }
            _ => None,
        }
    }
}

impl SupportedKxGroup for Group {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let secret = self.secret()?;
        let public = self.public(&secret);
        Ok(Box::new(Active { group: *self, secret, public }))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        match self {
            Self::X448 => None,
            Self::FiniteField(_, group) => Some(*group),
        }
    }

    fn name(&self) -> NamedGroup {
        match self {
            Self::X448 => NamedGroup::X448,
            Self::FiniteField(name, _) => *name,
        }
    }

    // No suite of rustls for TLS 1.2 uses finite fields. A curve may be chosen in either version of a hello that offers both.
    fn usable_for_version(&self, version: ProtocolVersion) -> bool {
        matches!(self, Self::X448) || version == ProtocolVersion::TLSv1_3
    }
}

struct Active {
    group: Group,
    secret: Vec<u8>,
    public: Vec<u8>,
}

impl ActiveKeyExchange for Active {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        self.group.shared(&self.secret, peer).map(SharedSecret::from).ok_or(INVALID_SHARE)
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        SupportedKxGroup::ffdhe_group(&self.group)
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn group(&self) -> NamedGroup {
        self.group.name()
    }
}

/// A power as long as its prime, as TLS 1.3 wants both shares and secrets.
fn power(base: &BigUint, exponent: &[u8], prime: &[u8]) -> Vec<u8> {
    let power = base.modpow(&BigUint::from_bytes_be(exponent), &BigUint::from_bytes_be(prime)).to_bytes_be();
    [vec![0; prime.len().saturating_sub(power.len())], power].concat()
}

/// The function X448 (RFC 7748, section 5): a scalar, of which some bits are fixed, times the point with this coordinate.
fn x448(scalar: &[u8], coordinate: &BigUint) -> Vec<u8> {
    let one = BigUint::from(1_u8);
    let prime = (&one << 448) - (&one << 224) - &one;
    let plus = |a: &BigUint, b: &BigUint| (a + b) % &prime;
    let minus = |a: &BigUint, b: &BigUint| (a + &prime - b) % &prime;
    let times = |a: &BigUint, b: &BigUint| a * b % &prime;
    let square = |a: &BigUint| a * a % &prime;
    let mut scalar = BigUint::from_bytes_le(scalar);
    for (bit, value) in [(0, false), (1, false), (447, true)] {
        scalar.set_bit(bit, value);
    }
    let base: BigUint = coordinate % &prime;
    // Two points, always apart by the base, each as a fraction.
    let (mut low, mut high) = ((one.clone(), BigUint::ZERO), (base.clone(), one));
    for bit in (0..448).rev() {
        let is_set = scalar.bit(bit);
        if is_set {
            std::mem::swap(&mut low, &mut high);
        }
        let (sum, difference) = (plus(&low.0, &low.1), minus(&low.0, &low.1));
        let crossed = (times(&minus(&high.0, &high.1), &sum), times(&plus(&high.0, &high.1), &difference));
        let squares = (square(&sum), square(&difference));
        let gap = minus(&squares.0, &squares.1);
        high = (square(&plus(&crossed.0, &crossed.1)), times(&base, &square(&minus(&crossed.0, &crossed.1))));
        low = (times(&squares.0, &squares.1), times(&gap, &plus(&squares.0, &times(&BigUint::from(39081_u32), &gap))));
        if is_set {
            std::mem::swap(&mut low, &mut high);
        }
    }
    let mut product = times(&low.0, &low.1.modpow(&(&prime - 2_u8), &prime)).to_bytes_le();
    product.resize(X448_LENGTH, 0);
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(digits: &str) -> Vec<u8> {
        digits.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    #[test]
    fn x448_gives_what_rfc_7748_gives() {
        let scalar = "3d262fddf9ec8e88495266fea19a34d28882acef045104d0d1aae121700a779c984c24f8cdd78fbff44943eba368f54b29259a4f1c600ad3";
        let point = "06fce640fa3487bfda5f6cf2d5263f8aad88334cbd07437f020f08f9814dc031ddbdc38c19c6da2583fa5429db94ada18aa7a7fb4ef8a086";
        let product = "ce3e4ff95a60dc6697da1db1d85e6afbdf79b50a2412d7546d5f239fe14fbaadeb445fc66a01b0779d98223961111e21766282f73dd96b6f";
        assert_eq!(x448(&bytes(scalar), &BigUint::from_bytes_le(&bytes(point))), bytes(product));
    }

    #[test]
    fn both_sides_of_every_group_agree() {
        for group in GROUPS {
            let (ours, theirs) = (group.start().unwrap(), group.start().unwrap());
            let [our_share, their_share] = [&ours, &theirs].map(|side| side.pub_key().to_vec());
            assert_ne!(our_share, their_share);
            let secrets = (ours.complete(&their_share).unwrap(), theirs.complete(&our_share).unwrap());
            assert_eq!(secrets.0.secret_bytes(), secrets.1.secret_bytes(), "{group:?}");
            assert_eq!(secrets.0.secret_bytes().len(), our_share.len(), "{group:?}");
        }
    }

    #[test]
    fn a_power_with_leading_zeros_keeps_them() {
        assert_eq!(power(&BigUint::from(2_u8), &[3], &[1, 1]), [0, 8]);
    }

    #[test]
    fn a_share_that_gives_the_secret_away_is_refused() {
        let finite = Group::FiniteField(NamedGroup::FFDHE2048, FFDHE2048);
        let last = [&FFDHE2048.p[..255], &[0xFE]].concat();
        let one = [vec![0; 255], vec![1]].concat();
        for share in [vec![], vec![2], vec![0; 256], one, last, FFDHE2048.p.to_vec(), vec![2; 257]] {
            assert_eq!(finite.shared(&[3; EXPONENT], &share), None, "{share:?}");
        }
        for share in [vec![], vec![0; X448_LENGTH], vec![5; 55], vec![5; 57]] {
            assert_eq!(Group::X448.shared(&[3; X448_LENGTH], &share), None, "{share:?}");
        }
    }
}
