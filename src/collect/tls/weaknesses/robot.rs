//! Whether the padding of an RSA key exchange shows (Return Of Bleichenbacher's Oracle Threat, CVE-2017-13099 and others).

use aws_lc_rs::rand;
use futures_util::future::join_all;
use tokio::join;

use super::{
    super::{
        registry::{KeyExchange, suite},
        session::{Line, Message, RsaKey, SessionError, greet, padded, patience, premaster, rsa_body},
        wire::{ContentType, Offer, Version},
    },
    Ground, Known, absent, present,
    reaction::Reaction,
    unknown,
};
use crate::evidence::{Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::Robot;

/// More suites than this do not go into one hello.
const SUITES: usize = 64;

/// Whether the secret is encrypted to the key of the certificate, export left aside.
fn is_encrypted(code: u16) -> bool {
    suite(code).is_some_and(|suite| suite.key_exchange == KeyExchange::Rsa && !suite.export)
}

/// How a block is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Right,
    WrongFirstBytes,
    ZeroTooEarly,
    NoZero,
    WrongVersion,
}

impl Form {
    const ALL: [Self; 5] = [Self::Right, Self::WrongFirstBytes, Self::ZeroTooEarly, Self::NoZero, Self::WrongVersion];

    fn name(self) -> &'static str {
        match self {
            Self::Right => "the right padding",
            Self::WrongFirstBytes => "wrong first bytes",
            Self::ZeroTooEarly => "a zero in the wrong place",
            Self::NoZero => "no zero",
            Self::WrongVersion => "a wrong version",
        }
    }

    /// The block to encrypt; absent where the key is too short for one.
    fn block(self, version: Version, length: usize) -> Option<Vec<u8>> {
        let named = if self == Self::WrongVersion { Version(0x0202) } else { version };
        let mut block = padded(&premaster(named), length)?;
        let separator = length.checked_sub(49)?;
        match self {
            Self::Right | Self::WrongVersion => {}
            Self::WrongFirstBytes => *block.first_chunk_mut()? = [0x41, 0x17],
            Self::ZeroTooEarly => {
                *block.get_mut(separator)? = 0x11;
                *block.get_mut(length.checked_sub(2)?)? = 0;
            }
            Self::NoZero => block.iter_mut().skip(2).for_each(|byte| *byte = (*byte).max(1)),
        }
        Some(block)
    }
}

/// How far the handshake goes on: some servers tell their mind only while they wait for the rest of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Whole,
    Short,
}

/// Whether it is known where to ask.
pub(super) fn has_ground(known: &Known) -> bool {
    known.newest(Version::SSL3, is_encrypted).is_some()
}

pub(super) async fn probe(line: &Line<'_>, known: &Known) -> Weakness {
    let Some(Ground { version, mut suites }) = known.newest(Version::SSL3, is_encrypted) else {
        return known.without_ground(ID, "no suite is offered whose secret is encrypted with RSA");
    };
    suites.truncate(SUITES);
    let offer = line.server.offer(version).with_suites(&suites);
    let (whole, short) = join!(ask(line, &offer, Flow::Whole), ask(line, &offer, Flow::Short));
    match (judge(line, &offer, Flow::Whole, whole).await, judge(line, &offer, Flow::Short, short).await) {
        (Ok(Some(difference)), _) | (_, Ok(Some(difference))) => present(ID, &difference),
        // Such suites cannot be used, whatever the server agrees to.
        (Err(NO_RSA_KEY), Err(NO_RSA_KEY)) => absent(ID, "the certificate has no RSA key, so nothing is decrypted with one"),
        (Err(error), _) | (_, Err(error)) => unknown(ID, &error.to_string()),
        (Ok(None), Ok(None)) => absent(ID, "rightly and wrongly padded secrets met with the same answer"),
    }
}

/// What each form met with, on a connection each.
async fn ask(line: &Line<'_>, offer: &Offer, flow: Flow) -> Result<Vec<Reaction>, SessionError> {
    join_all(Form::ALL.map(|form| attempt(line, offer, flow, form))).await.into_iter().collect()
}

async fn attempt(line: &Line<'_>, offer: &Offer, flow: Flow, form: Form) -> Result<Reaction, SessionError> {
    let (mut channel, greeting) = greet(line, offer).await?;
    let key = greeting.leaf.as_deref().and_then(RsaKey::of).ok_or(NO_RSA_KEY)?;
    let block = form.block(offer.version, key.length()).ok_or(SessionError::Malformed("the RSA key is too short to encrypt to"))?;
    let body = rsa_body(&key.encrypt(&block), greeting.hello.version());
    let mut bytes = channel.record(ContentType::Handshake, &Message::write(Message::CLIENT_KEY_EXCHANGE, &body));
    if flow == Flow::Whole {
        let mut finished = [0; 64];
        rand::fill(&mut finished).expect("the system has random bytes");
        bytes.extend(channel.record(ContentType::ChangeCipherSpec, &[1]));
        bytes.extend(channel.record(ContentType::Handshake, &finished));
    }
    channel.send_raw(&bytes).await;
    Ok(Reaction::hear(&mut channel, patience(greeting.took)).await)
}

/// The difference in words; absent where there is none. One that does not come again is no oracle.
async fn judge(
    line: &Line<'_>,
    offer: &Offer,
    flow: Flow,
    first: Result<Vec<Reaction>, SessionError>,
) -> Result<Option<String>, SessionError> {
    let first = first?;
    if is_uniform(&first) {
        return Ok(None);
    }
    let second = ask(line, offer, flow).await?;
    if is_uniform(&second) {
        // Once more: chance is on the side of a difference, not of five times the same.
        return if is_uniform(&ask(line, offer, flow).await?) { Ok(None) } else { Err(UNSTEADY) };
    }
    if first == second { Ok(Some(describe(&first))) } else { Err(UNSTEADY) }
}

const NO_RSA_KEY: SessionError = SessionError::Malformed("the certificate has no RSA key");

const UNSTEADY: SessionError = SessionError::Malformed("the answers to the same key exchange differ from one connection to the next");

fn is_uniform(reactions: &[Reaction]) -> bool {
    reactions.windows(2).all(|pair| matches!(pair, [one, other] if one == other))
}

fn describe(reactions: &[Reaction]) -> String {
    let told: Vec<String> =
        Form::ALL.iter().zip(reactions).map(|(form, reaction)| format!("{} met with {reaction}", form.name())).collect();
    format!("the padding of the secret shows: {}", told.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_wrong_in_its_own_way_only() {
        for form in Form::ALL {
            let block = form.block(Version::TLS12, 256).unwrap();
            assert_eq!(block.len(), 256);
            let head_is_right = block[..2] == [0, 2];
            let zero = block[2..].iter().position(|&byte| byte == 0).map(|place| place + 2);
            let version_is_right = block[208..210] == [3, 3];
            let expected = match form {
                Form::Right => (true, true, true),
                Form::WrongFirstBytes => (false, true, true),
                Form::ZeroTooEarly | Form::NoZero => (true, false, true),
                Form::WrongVersion => (true, true, false),
            };
            assert_eq!((head_is_right, zero == Some(207), version_is_right), expected, "{form:?}");
            assert_eq!(zero.is_none(), form == Form::NoZero, "{form:?}");
        }
    }
}
