//! Whether suites are offered whose timing could show the padding (CVE-2013-0169). The timing itself is not measured.

use super::{
    absent,
    facts::{BEFORE_TLS13, WeakSuites},
};
use crate::evidence::{Reading, Tls, Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::Lucky13;

pub(super) fn judge(tls: &Tls) -> Weakness {
    let weak = WeakSuites { id: ID, versions: &BEFORE_TLS13, name: "suites in CBC mode", is_weak: |suite| suite.mode == "CBC" };
    let judged = weak.judge(tls);
    let encrypts_first = tls.extensions.encrypt_then_mac == Reading::Observed(true);
    if encrypts_first && judged.vulnerable == Reading::Observed(true) {
        return absent(ID, "suites in CBC mode are offered, and encrypted before the MAC for clients that can (RFC 7366)");
    }
    judged
}
