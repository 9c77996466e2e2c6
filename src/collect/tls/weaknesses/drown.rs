//! Whether SSL 2.0 decrypts TLS (CVE-2016-0800), as far as this host tells: another one with the same key does the same harm.

use super::{absent, facts, present, unknown};
use crate::evidence::{ProtocolId, Reading, Tls, Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::Drown;

pub(super) fn judge(tls: &Tls) -> Weakness {
    match facts::offered(tls, ProtocolId::Ssl2) {
        (Reading::Observed(true), _) => present(ID, "SSL 2.0 is offered"),
        (Reading::Observed(false), _) => absent(ID, "SSL 2.0 is not offered; other hosts with the same key are not looked at"),
        (Reading::Unknown, why) => unknown(ID, &why),
    }
}
