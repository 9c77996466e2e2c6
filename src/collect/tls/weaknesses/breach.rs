//! Whether responses over HTTP are compressed, without which BREACH cannot be (CVE-2013-3587).

use super::{absent, present, unknown};
use crate::evidence::{Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::Breach;

pub(super) fn judge(http_compression: Option<bool>) -> Weakness {
    match http_compression {
        Some(true) => present(ID, "responses over HTTP are compressed: a page that repeats input beside a secret gives the secret away"),
        Some(false) => absent(ID, "responses over HTTP are not compressed"),
        None => unknown(ID, "whether responses over HTTP are compressed was not looked at"),
    }
}
