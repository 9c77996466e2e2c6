//! What a server's hello says in clear text: its extensions, its session id, its compression.

use crate::{
    collect::tls::{
        exchange::Flight,
        families::{is_cbc, suites},
        known::{Greeting, IN_CLEAR, Known},
        question::{Verdict, put},
        server::Server,
        wire::{Extension, Offer, RENEGOTIATION_SCSV, Version},
    },
    evidence::Extensions,
};

/// What the clear text says; each answer absent where the newest version has no clear text, or its hello no extensions.
#[derive(Default)]
pub(super) struct Clear {
    /// Whether TLS 1.3 is all there is.
    only_tls13: bool,
    /// Why no version in clear text was asked, where one may be offered or none is.
    unasked: Option<String>,
    secure_renegotiation: Option<Result<bool, String>>,
    extended_master_secret: Option<Result<bool, String>>,
    encrypt_then_mac: Option<Result<bool, String>>,
    session_ids: Option<bool>,
    pub session_tickets: Option<Result<bool, String>>,
    compression: Option<Result<bool, String>>,
    max_fragment_length: Option<Result<bool, String>>,
    heartbeat: Option<Result<bool, String>>,
    pub stapled: Option<Result<Option<Vec<u8>>, String>>,
    pub timestamps: Option<Vec<u8>>,
    pub wants_certificate: Option<bool>,
}

/// Asks for all extensions in one hello, and for each of the delicate ones alone when the server refuses that.
pub(super) async fn ask(server: &Server<'_>, known: &Known) -> Clear {
    let Some(greeting) = known.clear() else {
        let only_tls13 = known.tls13().is_some();
        let unasked = known.doubt(&IN_CLEAR).or_else(|| (!only_tls13).then(|| known.no_version()));
        return Clear { only_tls13, unasked, ..Clear::default() };
    };
    let flight = &greeting.flight;
    let mut clear = Clear {
        session_ids: Some(!flight.hello.session_id.is_empty()),
        wants_certificate: (flight.wants_certificate || flight.complete).then_some(flight.wants_certificate),
        ..Clear::default()
    };
    if greeting.version == Version::SSL3 {
        let (renegotiation, compression) = tokio::join!(secure_renegotiation(server, greeting), compresses(server, greeting));
        clear.secure_renegotiation = Some(renegotiation);
        clear.compression = Some(compression);
        return clear;
    }
    clear.secure_renegotiation = Some(Ok(flight.extension(Extension::RENEGOTIATION_INFO).is_some()));
    clear.extended_master_secret = Some(Ok(flight.extension(Extension::EXTENDED_MASTER_SECRET).is_some()));
    let old = known.all().iter().find(|older| older.version == Version::TLS10 && older.version != greeting.version);
    let (all, encrypt_then_mac, old_compression) =
        tokio::join!(everything(server, greeting), encrypts_then_macs(server, greeting), async {
            match old {
                Some(old) => Some(compresses(server, old).await),
                None => None,
            }
        });
    clear.encrypt_then_mac = Some(encrypt_then_mac);
    clear.take(all);
    // Old versions may compress where new ones do not.
    if let Some(older) = old_compression
        && !matches!((&clear.compression, &older), (Some(Ok(true)), _) | (Some(Err(_)), Ok(false)))
    {
        clear.compression = Some(older);
    }
    clear
}

/// The answers to what is asked in one hello.
struct Everything {
    max_fragment_length: Result<bool, String>,
    heartbeat: Result<bool, String>,
    compression: Result<bool, String>,
    session_tickets: Result<bool, String>,
    stapled: Result<Option<Vec<u8>>, String>,
    timestamps: Option<Vec<u8>>,
}

async fn everything(server: &Server<'_>, greeting: &Greeting) -> Everything {
    let offer = Offer { compression: vec![1, 0], ..fragments(heartbeats(harmless(greeting.narrow(server)))) };
    if let Verdict::Agreed(flight) = put(server, &offer).await {
        return Everything {
            max_fragment_length: Ok(has(&flight, Extension::MAX_FRAGMENT_LENGTH)),
            heartbeat: Ok(has(&flight, Extension::HEARTBEAT)),
            compression: Ok(compressed(&flight)),
            ..harmless_answers(Verdict::Agreed(flight))
        };
    }
    let narrow = || greeting.narrow(server);
    let (harmless_offer, fragments_offer, heartbeats_offer) = (harmless(narrow()), fragments(narrow()), heartbeats(narrow()));
    let (harmless, fragments, heartbeats, compression) = tokio::join!(
        put(server, &harmless_offer),
        put(server, &fragments_offer),
        put(server, &heartbeats_offer),
        compresses(server, greeting)
    );
    Everything {
        max_fragment_length: present(fragments, Extension::MAX_FRAGMENT_LENGTH),
        heartbeat: present(heartbeats, Extension::HEARTBEAT),
        compression,
        ..harmless_answers(harmless)
    }
}

/// Stapling (RFC 6066, section 8), timestamps (RFC 6962, section 3.3.1) and tickets (RFC 5077, section 3.2).
fn harmless(offer: Offer) -> Offer {
    offer
        .with(Extension::STATUS_REQUEST, vec![1, 0, 0, 0, 0])
        .with(Extension::CERTIFICATE_TIMESTAMP, vec![])
        .with(Extension::SESSION_TICKET, vec![])
}

/// RFC 6066, section 4: 4096 bytes, the most that can be asked for.
fn fragments(offer: Offer) -> Offer {
    offer.with(Extension::MAX_FRAGMENT_LENGTH, vec![4])
}

/// RFC 6520, section 2: the server may send some.
fn heartbeats(offer: Offer) -> Offer {
    offer.with(Extension::HEARTBEAT, vec![1])
}

fn harmless_answers(verdict: Verdict) -> Everything {
    let refused = || "the server refuses a hello that asks for it".to_owned();
    let unanswered = Err(refused());
    let blank = |why: String| Everything {
        max_fragment_length: unanswered.clone(),
        heartbeat: unanswered.clone(),
        compression: unanswered.clone(),
        session_tickets: Err(why.clone()),
        stapled: Err(why),
        timestamps: None,
    };
    match verdict {
        Verdict::Agreed(flight) => Everything {
            session_tickets: Ok(has(&flight, Extension::SESSION_TICKET)),
            stapled: if flight.complete || flight.stapled.is_some() {
                Ok(flight.stapled.clone())
            } else {
                Err("the server's flight did not come to its end".into())
            },
            timestamps: flight.extension(Extension::CERTIFICATE_TIMESTAMP).map(<[u8]>::to_vec),
            ..blank(String::new())
        },
        Verdict::Refused(_) => blank(refused()),
        Verdict::Unknown(why) => blank(why),
    }
}

fn has(flight: &Flight, extension: u16) -> bool {
    flight.extension(extension).is_some()
}

/// A server that refuses a hello for what it asks does not have it.
fn present(verdict: Verdict, extension: u16) -> Result<bool, String> {
    verdict.read(|flight| has(flight, extension)).map(|has| has.unwrap_or(false))
}

/// Offers DEFLATE (RFC 3749) before no compression.
async fn compresses(server: &Server<'_>, greeting: &Greeting) -> Result<bool, String> {
    let offer = Offer { compression: vec![1, 0], ..greeting.narrow(server) };
    put(server, &offer).await.read(compressed).map(|compressed| compressed.unwrap_or(false))
}

fn compressed(flight: &Flight) -> bool {
    flight.hello.compression != 0
}

/// Only CBC suites use it (RFC 7366, section 3), so no other is offered.
async fn encrypts_then_macs(server: &Server<'_>, greeting: &Greeting) -> Result<bool, String> {
    let offer = greeting.widest(server).with_suites(&suites(greeting.protocol, is_cbc)).with(Extension::ENCRYPT_THEN_MAC, vec![]);
    match put(server, &offer).await {
        Verdict::Agreed(flight) => Ok(has(&flight, Extension::ENCRYPT_THEN_MAC)),
        Verdict::Refused(_) => Err("the server takes no CBC suite, and only those use it".into()),
        Verdict::Unknown(why) => Err(why),
    }
}

/// Without extensions the signal asks, and the extension answers (RFC 5746, section 3.6).
async fn secure_renegotiation(server: &Server<'_>, greeting: &Greeting) -> Result<bool, String> {
    if has(&greeting.flight, Extension::RENEGOTIATION_INFO) {
        return Ok(true);
    }
    let mut offer = greeting.narrow(server);
    if !offer.cipher_suites.contains(&RENEGOTIATION_SCSV) {
        offer.cipher_suites.push(RENEGOTIATION_SCSV);
    }
    present(put(server, &offer).await, Extension::RENEGOTIATION_INFO)
}

impl Clear {
    fn take(&mut self, all: Everything) {
        self.max_fragment_length = Some(all.max_fragment_length);
        self.heartbeat = Some(all.heartbeat);
        self.compression = Some(all.compression);
        self.session_tickets = Some(all.session_tickets);
        self.stapled = Some(all.stapled);
        self.timestamps = all.timestamps;
    }

    /// An answer, or what stands for it where it was not asked.
    fn or(&self, answer: Option<Result<bool, String>>, in_tls13: Result<bool, String>) -> Result<bool, String> {
        match (answer, &self.unasked) {
            (Some(answer), _) => answer,
            (None, Some(why)) => Err(why.clone()),
            (None, None) if self.only_tls13 => in_tls13,
            // A version without extensions has none.
            (None, None) => Ok(false),
        }
    }

    pub(super) fn record(&self, extensions: &mut Extensions) {
        let tls13 = |what: &str| Err(format!("only TLS 1.3 is offered, {what}"));
        let note = |extensions: &mut Extensions, name: &str, answer, field: fn(&mut Extensions) -> &mut _| {
            extensions.note(name, answer, field);
        };
        let of = |answer: &Option<Result<bool, String>>, in_tls13| self.or(answer.clone(), in_tls13);
        note(extensions, "secure_renegotiation", of(&self.secure_renegotiation, Ok(true)), |all| &mut all.secure_renegotiation);
        note(extensions, "extended_master_secret", of(&self.extended_master_secret, Ok(true)), |all| &mut all.extended_master_secret);
        let no_cbc = tls13("which has no CBC suite, and only those use it");
        note(extensions, "encrypt_then_mac", of(&self.encrypt_then_mac, no_cbc), |all| &mut all.encrypt_then_mac);
        note(extensions, "compression", of(&self.compression, Ok(false)), |all| &mut all.compression);
        let encrypted = || tls13("which answers this in encrypted words only");
        note(extensions, "max_fragment_length", of(&self.max_fragment_length, encrypted()), |all| &mut all.max_fragment_length);
        note(extensions, "heartbeat", of(&self.heartbeat, encrypted()), |all| &mut all.heartbeat);
        let ids = self.session_ids.map(Ok);
        note(extensions, "session_ids", of(&ids, Ok(false)), |all| &mut all.session_ids);
    }
}
