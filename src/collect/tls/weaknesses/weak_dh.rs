//! Whether Diffie-Hellman primes below 2048 bits, or numbers that protect nothing, are offered.

use super::{
    absent,
    facts::{BEFORE_TLS13, doubt},
    present, unknown,
};
use crate::evidence::{Tls, Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::WeakDh;

/// What every guide of today asks for.
const ENOUGH: u32 = 2048;

pub(super) fn judge(tls: &Tls) -> Weakness {
    if let Some(flaw) = tls.dh_parameters.iter().find_map(|parameters| parameters.flaw.as_ref()) {
        return present(ID, &format!("Diffie-Hellman is offered with numbers that protect nothing: {flaw}"));
    }
    match smallest(tls) {
        Some(bits) if bits < ENOUGH => present(ID, &format!("Diffie-Hellman is offered with a prime of {bits} bits")),
        Some(bits) => match doubt(tls, &BEFORE_TLS13) {
            Some(why) => unknown(ID, &why),
            None => absent(ID, &format!("the smallest Diffie-Hellman prime has {bits} bits")),
        },
        None => where_no_prime_was_seen(tls, ID).unwrap_or_else(|| absent(ID, "no suite with Diffie-Hellman on numbers is offered")),
    }
}

/// The smallest prime that was seen, in bits.
pub(super) fn smallest(tls: &Tls) -> Option<u32> {
    tls.dh_parameters.iter().map(|parameters| parameters.bits).chain(tls.dh_bits).min()
}

/// The verdict where no prime was seen though there is, or may be, one; absent where there is none.
pub(super) fn where_no_prime_was_seen(tls: &Tls, id: WeaknessId) -> Option<Weakness> {
    let uses_primes = |key_exchange: &str| key_exchange.starts_with("DHE") || key_exchange == "DH";
    if tls.cipher_suites.iter().any(|suite| BEFORE_TLS13.contains(&suite.protocol) && uses_primes(&suite.key_exchange)) {
        return Some(unknown(id, "suites with Diffie-Hellman are offered, but their parameters were not seen"));
    }
    doubt(tls, &BEFORE_TLS13).map(|why| unknown(id, &why))
}
