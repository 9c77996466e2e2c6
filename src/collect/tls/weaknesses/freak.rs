//! Whether RSA export suites are offered (CVE-2015-0204).

use super::facts::{BEFORE_TLS13, WeakSuites};
use crate::evidence::{Tls, Weakness, WeaknessId};

pub(super) fn judge(tls: &Tls) -> Weakness {
    let weak = WeakSuites {
        id: WeaknessId::Freak,
        versions: &BEFORE_TLS13,
        name: "RSA export suites",
        is_weak: |suite| suite.export && suite.key_exchange == "RSA",
    };
    weak.judge(tls)
}
