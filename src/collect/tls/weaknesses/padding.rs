//! What a server does about CBC records whose MAC or padding is wrong (RFC 5246, section 6.2.3.2).
//!
//! One crafted record on each connection, after a complete handshake. A sound server meets every one of them with the same answer.

use futures_util::future::join_all;

use super::{
    super::{
        registry::{Cipher, Hash, Mac, Mode, Suite, suite},
        session::{self, Line, Session, SessionError, patience},
        wire::{ContentType, Offer, Version},
    },
    Ground, Known, absent,
    reaction::Reaction,
    unknown,
};
use crate::evidence::{Weakness, WeaknessId};

/// What a crafted record would say, if it were accepted.
const REQUEST: &[u8] = b"HEAD / HTTP/1.0\r\n\r\n";

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// MAC and padding: what every other fault is compared with.
    Both,
    /// The MAC alone.
    Mac,
    /// The bytes of the padding alone; its length is right.
    Padding,
    /// The record is padding from end to end, and has no room for a MAC.
    NoMac,
    /// The MAC of a record without content.
    EmptyMac,
    /// The padding and the MAC of a record without content.
    EmptyBoth,
}

impl Fault {
    const ALL: [Self; 6] = [Self::Both, Self::Mac, Self::Padding, Self::NoMac, Self::EmptyMac, Self::EmptyBoth];

    fn content(self) -> &'static [u8] {
        if matches!(self, Self::NoMac | Self::EmptyMac | Self::EmptyBoth) { &[] } else { REQUEST }
    }

    /// Content, MAC and padding in whole blocks.
    fn craft(self, mac: &[u8], block: usize) -> Vec<u8> {
        if self == Self::NoMac {
            // The shortest that old OpenSSL takes for long enough.
            let length = (mac.len() + 1).next_multiple_of(block);
            return vec![byte(length - 1); length];
        }
        let mac_is_wrong = self != Self::Padding;
        let padding_is_wrong = !matches!(self, Self::Mac | Self::EmptyMac);
        let mut whole = self.content().to_vec();
        whole.extend(mac.iter().map(|byte| if mac_is_wrong { !byte } else { *byte }));
        // A block more than needed, so that there is padding to be wrong.
        let padding = (whole.len() + 1).next_multiple_of(block) + block - whole.len() - 1;
        whole.extend(vec![if padding_is_wrong { !byte(padding) } else { byte(padding) }; padding]);
        whole.push(byte(padding));
        whole
    }
}

fn byte(length: usize) -> u8 {
    u8::try_from(length).expect("two blocks and a MAC are shorter than 256 bytes")
}

/// What came of the records.
pub(super) enum Padding {
    /// No suite in CBC mode is offered in TLS 1.0 to 1.2.
    NoCbc,
    /// Nobody can say, for the reason in words.
    Unknown(String),
    /// What each fault met with.
    Seen(Seen),
}

/// What each fault met with, in two rounds where the first one showed a difference.
pub(super) struct Seen {
    first: Vec<Reaction>,
    second: Option<Vec<Reaction>>,
}

/// How a fault compares with another.
enum Comparison<'a> {
    Same,
    /// Twice the same difference.
    Differs(&'a Reaction, &'a Reaction),
    /// A difference that was not the same the second time.
    Unsteady,
}

impl Seen {
    /// Compares what two faults met with.
    fn compare(&self, fault: Fault, other: Fault) -> Comparison<'_> {
        let Some((one, other_one)) = pair(&self.first, fault, other) else { return Comparison::Unsteady };
        let again = self.second.as_ref().and_then(|second| pair(second, fault, other));
        match again {
            _ if one == other_one => Comparison::Same,
            Some(again) if again == (one, other_one) => Comparison::Differs(one, other_one),
            _ => Comparison::Unsteady,
        }
    }
}

fn pair(reactions: &[Reaction], fault: Fault, other: Fault) -> Option<(&Reaction, &Reaction)> {
    let of = |wanted| Fault::ALL.iter().zip(reactions).find(|(fault, _)| **fault == wanted).map(|(_, reaction)| reaction);
    Some((of(fault)?, of(other)?))
}

impl Padding {
    pub(super) fn is_unknown(&self) -> bool {
        match self {
            Self::NoCbc => false,
            Self::Unknown(_) => true,
            Self::Seen(seen) => seen.second.as_ref().is_some_and(|second| *second != seen.first),
        }
    }

    /// The verdict on one weakness: `tell` sees what two faults met with, where that is certain; nothing where both met with the same.
    pub(super) fn verdict(
        &self,
        id: WeaknessId,
        [fault, other]: [Fault; 2],
        tell: impl Fn(Option<(&Reaction, &Reaction)>) -> Weakness,
    ) -> Weakness {
        match self {
            Self::NoCbc => absent(id, "no suite in CBC mode is offered in TLS 1.0 to 1.2"),
            Self::Unknown(why) => unknown(id, why),
            Self::Seen(seen) => match seen.compare(fault, other) {
                Comparison::Same => tell(None),
                Comparison::Differs(one, other) => tell(Some((one, other))),
                Comparison::Unsteady => unknown(id, "the answers to the same record differ from one connection to the next"),
            },
        }
    }
}

/// Whether it is known where to ask with the suites that are best for it, whatever else there is.
pub(super) fn has_best_ground(known: &Known) -> bool {
    known.for_session(Version::TLS10, is_cbc).is_some_and(|ground| ground.suites.into_iter().any(is_aes_with_sha1))
}

/// Whether it is known where to ask.
pub(super) fn has_ground(known: &Known) -> bool {
    known.for_session(Version::TLS10, is_cbc).is_some()
}

/// Sends every fault, and once more those where a difference showed.
pub(super) async fn probe(line: &Line<'_>, known: &Known) -> Padding {
    let Some(Ground { version, mut suites }) = known.for_session(Version::TLS10, is_cbc) else {
        return nowhere(known);
    };
    // The code of OpenSSL that CVE-2016-2107 is about serves these; the server's own order may prefer others.
    if suites.iter().any(|&code| is_aes_with_sha1(code)) {
        suites.retain(|&code| is_aes_with_sha1(code));
    }
    let offer = session::offer(line, version, &suites);
    match rounds(line, &offer).await {
        Ok(seen) => Padding::Seen(seen),
        Err(error) => Padding::Unknown(error.to_string()),
    }
}

fn is_aes_with_sha1(code: u16) -> bool {
    let is_aes = |suite: &Suite| matches!(suite.cipher, Cipher::Aes128 | Cipher::Aes256) && suite.mode == Mode::Cbc;
    suite(code).is_some_and(|suite| is_aes(suite) && suite.mac == Mac::Hmac(Hash::Sha1))
}

fn is_cbc(suite: &Suite) -> bool {
    suite.mode == Mode::Cbc
}

fn nowhere(known: &Known) -> Padding {
    const OURS_ARE_OTHERS: &str = "no suite in CBC mode is known to be offered in which we complete a handshake";
    // A number that the registry does not know may be one.
    let maybe_cbc = known.newest(Version::TLS10, |code| suite(code).is_none_or(is_cbc)).is_some();
    if maybe_cbc || !known.complete { Padding::Unknown(OURS_ARE_OTHERS.into()) } else { Padding::NoCbc }
}

async fn rounds(line: &Line<'_>, offer: &Offer) -> Result<Seen, SessionError> {
    let first = round(line, offer).await?;
    let uniform = first.windows(2).all(|pair| matches!(pair, [one, other] if one == other));
    let second = if uniform { None } else { Some(round(line, offer).await?) };
    Ok(Seen { first, second })
}

async fn round(line: &Line<'_>, offer: &Offer) -> Result<Vec<Reaction>, SessionError> {
    join_all(Fault::ALL.map(|fault| attempt(line, offer, fault))).await.into_iter().collect()
}

async fn attempt(line: &Line<'_>, offer: &Offer, fault: Fault) -> Result<Reaction, SessionError> {
    let mut session = Session::establish(line, offer).await?;
    let block = suite(session.hello.cipher_suite).and_then(Suite::cbc_block_bytes);
    let record = block
        .and_then(|block| session.channel.crafted_record(ContentType::ApplicationData, fault.content(), |mac| fault.craft(mac, block)));
    let record = record.ok_or(SessionError::Malformed("the server chose a suite that was not offered"))?;
    session.channel.send_raw(&record).await;
    Ok(Reaction::hear(&mut session.channel, patience(session.took)).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crafted_record_is_made_of_whole_blocks() {
        for (fault, block, mac) in
            Fault::ALL.into_iter().flat_map(|fault| [(fault, 8, 20), (fault, 16, 20), (fault, 16, 32), (fault, 16, 48)])
        {
            let whole = fault.craft(&vec![7; mac], block);
            assert_eq!(whole.len() % block, 0, "{fault:?}");
            let padding = usize::from(*whole.last().unwrap());
            assert!(padding >= block, "{fault:?}: there is no padding to be wrong");
            assert!(padding < whole.len(), "{fault:?}");
        }
    }

    #[test]
    fn the_record_without_a_mac_is_padding_that_leaves_no_room_for_one() {
        assert_eq!(Fault::NoMac.craft(&[7; 20], 16), [31; 32]);
        assert_eq!(Fault::NoMac.craft(&[7; 32], 16), [47; 48]);
    }

    #[test]
    fn suites_in_other_modes_are_not_taken_for_cbc_and_unknown_ones_may_be() {
        let padding = |code| nowhere(&Known { offered: vec![(Version::TLS12, vec![code])], complete: true });
        for code in [0x009c, 0xc02f, 0xcca8, 0xc09c, 0x0005, 0xc011, 0x003b, 0x0081] {
            assert!(matches!(padding(code), Padding::NoCbc), "{code:x}");
        }
        for code in [0x0096, 0x0008, 0x7f00] {
            assert!(matches!(padding(code), Padding::Unknown(_)), "{code:x}");
        }
    }
}
