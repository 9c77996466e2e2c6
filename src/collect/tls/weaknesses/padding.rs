//! What a server does about CBC records whose MAC or padding is wrong (RFC 5246, section 6.2.3.2).
//!
//! One crafted record on each connection, after a complete handshake. A sound server meets every one of them with the same answer.

use futures_util::future::join_all;

use super::{
    super::{
        session::{self, Line, Session, SessionError, Suite, patience},
        wire::{ContentType, Offer},
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
pub(super) enum Comparison<'a> {
    Same,
    /// Twice the same difference.
    Differs(&'a Reaction, &'a Reaction),
    /// A difference that was not the same the second time.
    Unsteady,
}

impl Seen {
    /// Compares what two faults met with.
    pub(super) fn compare(&self, fault: Fault, other: Fault) -> Comparison<'_> {
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

    /// The verdict on one weakness: `tell` sees the comparison where there is one.
    pub(super) fn verdict(&self, id: WeaknessId, tell: impl Fn(&Seen) -> Weakness) -> Weakness {
        match self {
            Self::NoCbc => absent(id, "no suite in CBC mode is offered in TLS 1.0 to 1.2"),
            Self::Unknown(why) => unknown(id, why),
            Self::Seen(seen) => tell(seen),
        }
    }
}

/// Sends every fault, and once more those where a difference showed.
pub(super) async fn probe(line: &Line<'_>, known: &Known) -> Padding {
    let Some(Ground { version, mut suites }) = known.for_session(Suite::is_cbc) else {
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
    Suite::find(code).is_some_and(Suite::is_aes_with_sha1)
}

fn nowhere(known: &Known) -> Padding {
    use super::super::wire::Version;

    const OURS_ARE_OTHERS: &str = "no suite in CBC mode is known to be offered in which we complete a handshake";
    let maybe_cbc = known.newest(Version::TLS10, may_be_cbc).is_some();
    if maybe_cbc || !known.complete { Padding::Unknown(OURS_ARE_OTHERS.into()) } else { Padding::NoCbc }
}

/// Whether a suite that no session of ours can use may be in CBC mode: all but those known to be in another mode.
#[rustfmt::skip]
fn may_be_cbc(code: u16) -> bool {
    let other_modes = [0x0001, 0x0002, 0x0004, 0x0005, 0x0003, 0x0017, 0x0018, 0x002c, 0x002d, 0x002e, 0x003b, 0xc001, 0xc002, 0xc006, 0xc007, 0xc00b,
        0xc00c, 0xc010, 0xc011, 0xc015, 0xc016, 0xc033, 0xc039, 0xc03a, 0xc03b, 0x0080, 0x0081, 0x0082, 0x0083, 0x00ff, 0x5600];
    let by_range = matches!(code, 0x009c..=0x00ad | 0x008a | 0x008e | 0x0092 | 0x00b0..=0x00b1 | 0x00b4..=0x00b5 | 0x00b8..=0x00b9
        | 0x1301..=0x1307 | 0xc02b..=0xc032 | 0xc050..=0xc063 | 0xc06a..=0xc06f | 0xc07a..=0xc093 | 0xc09c..=0xc0af | 0xc100..=0xc106
        | 0xcc13..=0xcc15 | 0xcca8..=0xccae | 0xd001..=0xd005 | 0xff80..=0xff87);
    !by_range && !other_modes.contains(&code) && Suite::find(code).is_none_or(Suite::is_cbc)
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
    let block = Suite::find(session.hello.cipher_suite).and_then(Suite::block_length);
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
    fn suites_in_other_modes_are_not_taken_for_cbc() {
        for code in [0x009c, 0xc02f, 0xcca8, 0xc09c, 0x0005, 0xc011, 0x1301, 0x003b] {
            assert!(!may_be_cbc(code), "{code:x}");
        }
        for code in [0x0041, 0x0096, 0x00be, 0xc072, 0xc03c, 0x0007] {
            assert!(may_be_cbc(code), "{code:x}");
        }
    }
}
