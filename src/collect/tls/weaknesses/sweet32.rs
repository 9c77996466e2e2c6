//! Whether ciphers with blocks of 64 bits are offered (CVE-2016-2183).

use super::facts::WeakSuites;
use crate::evidence::{CipherSuite, ProtocolId, Tls, Weakness, WeaknessId};

pub(super) fn judge(tls: &Tls) -> Weakness {
    let weak = WeakSuites {
        id: WeaknessId::Sweet32,
        versions: &ProtocolId::ALL,
        name: "suites with blocks of 64 bits",
        is_weak: has_short_blocks,
    };
    weak.judge(tls)
}

fn has_short_blocks(suite: &CipherSuite) -> bool {
    const BLOCKS_OF_64_BITS: [&str; 7] = ["3DES", "DES", "IDEA", "RC2", "GOST28147", "GOST 28147", "Magma"];
    BLOCKS_OF_64_BITS.iter().any(|cipher| suite.cipher.starts_with(cipher)) || suite.cipher.contains("28147")
}
