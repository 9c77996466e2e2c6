//! Whether RC4 is offered (CVE-2013-2566, RFC 7465).

use super::facts::WeakSuites;
use crate::evidence::{ProtocolId, Tls, Weakness, WeaknessId};

pub(super) fn judge(tls: &Tls) -> Weakness {
    let weak = WeakSuites {
        id: WeaknessId::Rc4,
        versions: &ProtocolId::ALL,
        name: "suites with RC4",
        is_weak: |suite| suite.cipher.starts_with("RC4"),
    };
    weak.judge(tls)
}
