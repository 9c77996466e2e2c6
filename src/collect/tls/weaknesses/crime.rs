//! Whether TLS compresses what it encrypts (CVE-2012-4929).

use super::{absent, facts, present, unknown};
use crate::evidence::{Reading, Tls, Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::Crime;

pub(super) fn judge(tls: &Tls) -> Weakness {
    let concerned = |id| facts::offered(tls, id).0 != Reading::Observed(false);
    if !facts::BEFORE_TLS13.into_iter().any(concerned) {
        return absent(ID, "no version is offered that compresses");
    }
    match tls.extensions.compression {
        Reading::Observed(true) => present(ID, "the server compresses what it encrypts"),
        Reading::Observed(false) => absent(ID, "the server does not compress what it encrypts"),
        Reading::Unknown => {
            let why = tls.extensions.reasons.get("compression").or(tls.error.as_ref());
            unknown(ID, why.map_or("whether the server compresses was not asked", String::as_str))
        }
    }
}
