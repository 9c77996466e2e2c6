//! Whether Diffie-Hellman export suites, or primes below 1024 bits, are offered (CVE-2015-4000).

use super::{
    facts::{BEFORE_TLS13, WeakSuites},
    present, weak_dh,
};
use crate::evidence::{Reading, Tls, Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::Logjam;

/// A prime of fewer bits can be broken for all who use it.
const ENOUGH: u32 = 1024;

pub(super) fn judge(tls: &Tls) -> Weakness {
    let is_weak = |suite: &crate::evidence::CipherSuite| suite.export && suite.key_exchange.starts_with("DH");
    let suites = WeakSuites { id: ID, versions: &BEFORE_TLS13, name: "Diffie-Hellman export suites", is_weak }.judge(tls);
    if suites.vulnerable == Reading::Observed(true) {
        return suites;
    }
    match weak_dh::smallest(tls) {
        Some(bits) if bits < ENOUGH => present(ID, &format!("Diffie-Hellman is offered with a prime of {bits} bits")),
        Some(_) if suites.vulnerable == Reading::Observed(false) => suites,
        _ => weak_dh::where_no_prime_was_seen(tls, ID).filter(|_| suites.vulnerable == Reading::Observed(false)).unwrap_or(suites),
    }
}
