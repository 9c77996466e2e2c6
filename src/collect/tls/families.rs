//! Cipher suites that belong together, as far as a question needs them in one hello.

use super::registry::{Authentication, KeyExchange, Mode, Suite, offers, suite};
use crate::evidence::ProtocolId;

/// More suites than this do not go into one hello: old servers and middleboxes fail on long ones.
const LIMIT: usize = 64;

/// The suites of a version for which something holds, most popular first.
pub(super) fn suites(protocol: ProtocolId, holds: impl Fn(&Suite) -> bool) -> Vec<u16> {
    let known = offers(protocol).iter().filter_map(|code| suite(*code));
    known.filter(|suite| holds(suite)).map(|suite| suite.code).take(LIMIT).collect()
}

/// On curves with keys of this connection.
pub(super) fn is_ecdhe(suite: &Suite) -> bool {
    suite.key_exchange == KeyExchange::Ecdhe
}

/// With Diffie-Hellman parameters that somebody signs, and not weakened for export.
pub(super) fn is_signed_dhe(suite: &Suite) -> bool {
    is_dhe(suite) && !is_anonymous(suite) && !suite.export
}

/// With Diffie-Hellman parameters.
pub(super) fn is_dhe(suite: &Suite) -> bool {
    suite.key_exchange == KeyExchange::Dhe
}

/// Without a key of the server.
pub(super) fn is_anonymous(suite: &Suite) -> bool {
    suite.authentication == Authentication::Anonymous
}

/// Encrypted in blocks that hang together, and authenticated apart.
pub(super) fn is_cbc(suite: &Suite) -> bool {
    suite.mode == Mode::Cbc && !suite.key_exchange.needs_psk()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_has_the_suites_that_servers_have_and_fits_one_hello() {
        let version = ProtocolId::Tls12;
        for (name, family, members) in [
            ("ecdhe", suites(version, is_ecdhe), [0xc02f, 0xc02b, 0xc013, 0xc018]),
            ("dhe", suites(version, is_signed_dhe), [0x009e, 0x0033, 0x0032, 0xccaa]),
            ("export or anonymous", suites(version, |one| is_dhe(one) && !is_signed_dhe(one)), [0x0014, 0x0034, 0x00a6, 0x0011]),
            ("cbc", suites(version, is_cbc), [0x002f, 0xc014, 0x000a, 0xc027]),
        ] {
            assert!(members.iter().all(|member| family.contains(member)), "{name}: {family:04x?}");
            assert!(family.len() <= LIMIT, "{name}");
        }
    }
}
