//! Whether a session ticket answers with memory (CVE-2016-9244).

use aws_lc_rs::rand;

use super::{
    super::{
        session::{Line, Resumption, greet},
        wire::{Extension, Offer},
    },
    absent, present, unknown,
};
use crate::evidence::{Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::Ticketbleed;

/// A vulnerable server fills the session's id up to 32 bytes with its memory: of this one it gives away a single byte.
const ID_LENGTH: usize = 31;

/// Offers the ticket of a session under an id of our own, and looks whether it comes back longer than it went.
pub(super) async fn probe(line: &Line<'_>, offer: &Offer, session: &Resumption) -> Weakness {
    let Some(ticket) = &session.ticket else { return absent(ID, "it hands out no tickets") };
    let mut id = vec![0; ID_LENGTH];
    rand::fill(&mut id).expect("the system has random bytes");
    let mut offer = Offer { session_id: Some(id.clone()), ..offer.clone() };
    offer.more.retain(|extension| extension.kind != Extension::SESSION_TICKET);
    match greet(line, &offer.with(Extension::SESSION_TICKET, ticket.clone())).await {
        Err(error) => unknown(ID, &error.to_string()),
        Ok((_, greeting)) if greeting.hello.session_id.len() > ID_LENGTH && greeting.hello.session_id.starts_with(&id) => {
            present(ID, "the id of a session came back longer than it was sent")
        }
        Ok(_) => absent(ID, "the id of a session did not come back longer than it was sent"),
    }
}
