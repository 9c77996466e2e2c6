//! What the OCSP response says that a server sent along (RFC 6066, section 8).

use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;

use super::{authority::Authority, ocsp};
use crate::evidence::StapledResponse;

/// A stapled response, and the certificate timestamps in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stapled {
    pub response: StapledResponse,
    /// The list, as RFC 6962, section 3.3 has it; absent when it carries none.
    pub timestamps: Option<Vec<u8>>,
}

/// Reads what was sent along with a certificate. It is believed only where `issuer` vouches for it.
pub(super) fn read(response: &[u8], certificate: &X509Certificate<'_>, issuer: Option<&Authority>, now: OffsetDateTime) -> Stapled {
    let ocsp::Answer { status, this_update, next_update, valid, reason, timestamps } = ocsp::read(response, certificate, issuer, now);
    Stapled { response: StapledResponse { status, this_update, next_update, valid, reason }, timestamps }
}
