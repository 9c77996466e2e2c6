//! Whether a heartbeat answers with memory (CVE-2014-0160; RFC 6520, section 4).

use std::time::Duration;

use tokio::time::Instant;

use super::{
    super::{
        session::{self, Channel, Greeting, Heard, Line, Session, SessionError, greet, patience},
        wire::{Alert, ContentType, Extension, Offer, Version},
    },
    Known, absent, present, unknown,
};
use crate::evidence::{Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::Heartbleed;

/// What the heartbeat carries.
const PAYLOAD: &[u8; 16] = b"redflag-evidence";

/// How many bytes more than that it claims to carry: all the memory that a vulnerable server gives away to us.
const MORE: u8 = 4;

/// Enough suites to be answered, and not so many that old servers stop reading.
const SUITES: usize = 64;

pub(super) async fn probe(line: &Line<'_>, known: &Known) -> Weakness {
    let Some(mut ground) = known.for_session(Version::SSL3, |_| true).or_else(|| known.newest(Version::SSL3, |_| true)) else {
        return known.without_ground(ID, "only TLS 1.3 or SSL 2.0 is offered, which have no heartbeats");
    };
    ground.suites.truncate(SUITES);
    let offer = session::offer(line, ground.version, &ground.suites).with(Extension::HEARTBEAT, vec![1]);
    match greet(line, &offer).await {
        Err(error) => unknown(ID, &error.to_string()),
        Ok((_, greeting)) if greeting.hello.extension(Extension::HEARTBEAT).is_none() => absent(ID, "it does not take part in heartbeats"),
        Ok((channel, greeting)) => provoke(channel, greeting, &offer).await.unwrap_or_else(|error| unknown(ID, &error.to_string())),
    }
}

/// What is sent behind a heartbeat that was not answered, so that silence ends.
struct Follower {
    content: ContentType,
    plain: &'static [u8],
}

/// After the handshake where we can go through with it, for in the middle of one old OpenSSL keeps short answers back; else right there.
async fn provoke(mut channel: Channel, greeting: Greeting, offer: &Offer) -> Result<Weakness, SessionError> {
    let patience = patience(greeting.took);
    if greeting.client_flight().is_err() {
        // No server takes application data in the middle of a handshake.
        return beat(&mut channel, patience, Follower { content: ContentType::ApplicationData, plain: &[0; 16] }).await;
    }
    let mut session = Session::complete(channel, greeting, offer, None).await?;
    beat(&mut session.channel, patience, Follower { content: ContentType::Alert, plain: &[1, Alert::CLOSE_NOTIFY] }).await
}

/// Sends the heartbeat, and where nothing comes back, for a sound server drops it without a word, what must have an answer: it shows that the
/// heartbeat was dealt with. Not together in one go: old OpenSSL stops reading after a heartbeat until more bytes arrive.
async fn beat(channel: &mut Channel, patience: Duration, follower: Follower) -> Result<Weakness, SessionError> {
    let claimed = PAYLOAD.len().to_be_bytes().last().copied().unwrap_or_default() + MORE;
    let heartbeat = [&[1, 0, claimed][..], PAYLOAD].concat();
    let record = channel.record(ContentType::Heartbeat, &heartbeat);
    channel.send_raw(&record).await;
    let mut end = Instant::now() + patience;
    loop {
        match channel.next_until(end).await {
            Heard::Heartbeat(answer) if answer.get(..3) == Some(&[2, 0, claimed]) && answer.get(3..19) == Some(PAYLOAD) => {
                return Ok(present(
                    ID,
                    &format!("a heartbeat that claims {MORE} bytes more than it has was answered with {MORE} bytes of memory"),
                ));
            }
            Heard::Alert(alert) if alert.is_warning() => {}
            Heard::Alert(_) | Heard::Closed => return Ok(absent(ID, "a heartbeat that claims more bytes than it has was dropped")),
            Heard::Silence if end < channel.deadline() => {
                let record = channel.record(follower.content, follower.plain);
                channel.send_raw(&record).await;
                end = channel.deadline();
            }
            Heard::Silence => {
                return Err(SessionError::Silence("neither the heartbeat nor what followed it was answered in time".into()));
            }
            Heard::Garbage(why) => return Err(SessionError::Garbage(why)),
            Heard::Heartbeat(_) | Heard::Handshake { .. } | Heard::ChangeCipherSpec | Heard::ApplicationData(_) => {}
        }
    }
}
