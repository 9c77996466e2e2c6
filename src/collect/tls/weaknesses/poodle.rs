//! Whether CBC padding of SSL 3.0 can be guessed (CVE-2014-3566).

use super::facts::WeakSuites;
use crate::evidence::{ProtocolId, Tls, Weakness, WeaknessId};

pub(super) fn judge(tls: &Tls) -> Weakness {
    let weak = WeakSuites {
        id: WeaknessId::Poodle,
        versions: &[ProtocolId::Ssl3],
        name: "suites in CBC mode with SSL 3.0",
        is_weak: |suite| suite.mode == "CBC",
    };
    weak.judge(tls)
}
