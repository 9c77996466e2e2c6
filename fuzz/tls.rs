//! Certificates without handshakes.

use std::sync::LazyLock;

use time::OffsetDateTime;

#[path = "../src/collect/tls/certificates/mod.rs"]
#[expect(dead_code, unused_imports, unreachable_pub, reason = "the fuzzer asks nobody")]
mod certificates;

use self::certificates::{
    TrustStore,
    chain::{Served, judge},
    describe,
};

static TRUST: LazyLock<TrustStore> = LazyLock::new(TrustStore::mozilla);

/// Describes and judges what a server may send.
pub(crate) fn diagnose(certificates: &[Vec<u8>], stapled: Option<&[u8]>, timestamps: Option<&[u8]>) {
    for (position, der) in certificates.iter().enumerate() {
        let _ = describe(position, der);
    }
    let _ = judge(&Served { certificates, stapled, timestamps }, "app.example.com", &TRUST, OffsetDateTime::UNIX_EPOCH);
}
