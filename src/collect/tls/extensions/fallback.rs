//! Whether a server refuses a client that fell back to an older version than needed (RFC 7507).

use crate::{
    collect::tls::{
        known::Known,
        question::{Verdict, put},
        server::Server,
    },
    evidence::ProtocolId,
};

/// Not a suite: what a client says that fell back (RFC 7507, section 2).
const FALLBACK_SCSV: u16 = 0x5600;

/// Offers the newest version but one as a client does that has fallen back to it.
pub(super) async fn ask(server: &Server<'_>, known: &Known) -> Result<bool, String> {
    let Some(older) = known.all().get(1) else {
        const ALONE: &str = "fewer than two versions are offered, so that there is nothing to fall back to";
        return Err(known.doubt(&ProtocolId::ALL).unwrap_or_else(|| ALONE.into()));
    };
    let mut offer = older.narrow(server);
    offer.cipher_suites.push(FALLBACK_SCSV);
    match put(server, &offer).await {
        Verdict::Agreed(_) => Ok(false),
        // The survey saw the same version agreed to without the signal: whatever the alert, the signal is refused.
        Verdict::Refused(_) => Ok(true),
        Verdict::Unknown(why) => Err(why),
    }
}
