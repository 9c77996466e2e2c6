//! Whether an early `ChangeCipherSpec` is accepted (CVE-2014-0224).

use std::time::Duration;

use super::{
    super::{
        session::{self, Line, Session, SessionError, greet, patience},
        wire::{Alert, ContentType, Offer, Version},
    },
    Ground, Known, absent, present,
    reaction::Reaction,
    unknown,
};
use crate::evidence::{Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::CcsInjection;

const UNEXPECTED_MESSAGE: u8 = 10;
const BAD_RECORD_MAC: u8 = 20;
const DECRYPTION_FAILED: u8 = 21;

/// What the server made of it.
enum Seen {
    /// It took offence at once, for this reason in words.
    Refused(String),
    /// It said nothing, and went on with the handshake as if nothing had come.
    Ignored,
    /// It said nothing, and could not read the handshake any more: it had changed its keys.
    Accepted(String),
}

pub(super) async fn probe(line: &Line<'_>, known: &Known) -> Weakness {
    let ground = known.for_session(Version::SSL3, |_| true).or_else(|| known.newest(Version::SSL3, |_| true));
    let Some(Ground { version, suites }) = ground else {
        return known.without_ground(ID, "only TLS 1.3 or SSL 2.0 is offered, which this does not concern");
    };
    let offer = session::offer(line, version, &suites);
    match attempt(line, &offer, 1).await {
        // A busy server may have been slow to refuse.
        Ok(Seen::Accepted(_)) => verdict(attempt(line, &offer, 4).await),
        first => verdict(first),
    }
}

fn verdict(seen: Result<Seen, SessionError>) -> Weakness {
    match seen {
        Ok(Seen::Refused(how)) => absent(ID, &format!("an early `ChangeCipherSpec` was refused with {how}")),
        Ok(Seen::Ignored) => absent(ID, "an early `ChangeCipherSpec` was ignored"),
        Ok(Seen::Accepted(how)) => present(
            ID,
            &format!(
                "an early `ChangeCipherSpec` was accepted, and the rest of the handshake, which it no longer could read, met with {how}"
            ),
        ),
        Err(error) => unknown(ID, &error.to_string()),
    }
}

/// Sends the early message; where nothing comes back, goes through with the handshake as if it had not been sent.
async fn attempt(line: &Line<'_>, offer: &Offer, times: u32) -> Result<Seen, SessionError> {
    let (mut channel, greeting) = greet(line, offer).await?;
    let patience: Duration = patience(greeting.took).saturating_mul(times);
    let early = channel.record(ContentType::ChangeCipherSpec, &[1]);
    channel.send_raw(&early).await;
    let reaction = Reaction::hear(&mut channel, patience).await;
    if reaction.closed || reaction.alert.is_some_and(|alert| !alert.is_warning()) {
        return Ok(Seen::Refused(reaction.to_string()));
    }
    if greeting.client_flight().is_err() {
        return unreadable(&mut channel, patience).await;
    }
    match Session::complete(channel, greeting, offer, None).await {
        Ok(_) => Ok(Seen::Ignored),
        Err(SessionError::Refused(alert)) => Ok(by_alert(alert)),
        Err(SessionError::Closed) => Ok(Seen::Accepted("the end without a word".into())),
        Err(error) => Err(error),
    }
}

/// Where we cannot go through with the handshake, only an alert about the protection tells.
async fn unreadable(channel: &mut session::Channel, patience: Duration) -> Result<Seen, SessionError> {
    let record = channel.record(ContentType::Handshake, &session::Message::write(session::Message::FINISHED, &[0; 36]));
    channel.send_raw(&record).await;
    match Reaction::hear(channel, patience).await.alert {
        Some(alert) if [BAD_RECORD_MAC, DECRYPTION_FAILED].contains(&alert.description) => Ok(by_alert(alert)),
        Some(_) => Ok(Seen::Ignored),
        None => Err(SessionError::Malformed("no handshake of ours can go on after an early `ChangeCipherSpec`")),
    }
}

fn by_alert(alert: Alert) -> Seen {
    let how = format!("the alert `{alert}`");
    if alert.description == UNEXPECTED_MESSAGE { Seen::Refused(how) } else { Seen::Accepted(how) }
}
