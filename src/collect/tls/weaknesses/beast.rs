//! Whether CBC is offered in SSL 3.0 or TLS 1.0, whose vectors can be foreseen (CVE-2011-3389).

use super::facts::WeakSuites;
use crate::evidence::{ProtocolId, Tls, Weakness, WeaknessId};

pub(super) fn judge(tls: &Tls) -> Weakness {
    let weak = WeakSuites {
        id: WeaknessId::Beast,
        versions: &[ProtocolId::Ssl3, ProtocolId::Tls10],
        name: "suites in CBC mode with SSL 3.0 or TLS 1.0",
        is_weak: |suite| suite.mode == "CBC",
    };
    weak.judge(tls)
}
