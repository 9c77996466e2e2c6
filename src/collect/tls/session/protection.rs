//! Records under protection: in CBC mode and as a stream with a MAC, or authenticated in one (RFC 5246, section 6.2.3; RFC 5288; RFC 6101,
//! section 5.2.3; RFC 6655; RFC 7905).

use aes::cipher::{KeyInit as _, StreamCipher as _};
use aws_lc_rs::rand;
use rc4::Rc4;

use super::{
    super::{
        registry::Mode,
        wire::{ContentType, Version},
    },
    ciphers::{AeadCipher, BlockCipher, aead_cipher, block_cipher},
    hash::Hash,
    suites::Suite,
};

/// The keys of one direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys<'a> {
    pub(super) mac: &'a [u8],
    pub(super) cipher: &'a [u8],
    pub(super) vector: &'a [u8],
}

/// One direction of a connection under protection.
pub(super) struct Protection {
    version: Version,
    sequence: u64,
    kind: Kind,
}

enum Kind {
    Cbc(Cbc, Authenticator),
    /// RC4, or nothing at all.
    Stream(Option<Box<Rc4>>, Authenticator),
    Aead(Box<dyn AeadCipher>, NonceBase),
}

/// What the key block says of nonces.
enum NonceBase {
    /// Its head; the rest travels with each record (RFC 5288, section 3; RFC 6655, section 3).
    Salt([u8; 4]),
    /// What the number of the record is laid over (RFC 7905, section 2).
    Mask([u8; 12]),
}

struct Cbc {
    cipher: Box<dyn BlockCipher>,
    /// Length of a block, in bytes.
    block: usize,
    /// The vector of the next record up to TLS 1.0, which is the last block of the one before.
    chained: Vec<u8>,
}

struct Authenticator {
    hash: Hash,
    key: Vec<u8>,
    /// Length of a MAC, in bytes.
    length: usize,
}

impl Protection {
    /// Absent where the keys have not the lengths that the suite wants.
    pub(super) fn new(version: Version, suite: Suite, keys: Keys<'_>) -> Option<Self> {
        let parts = suite.parts;
        let authenticator = || Some(Authenticator { hash: suite.mac?, key: keys.mac.to_vec(), length: parts.mac.bytes()? });
        let kind = match parts.mode {
            Mode::Cbc => {
                let (block, chained) = (parts.cbc_block_bytes()?, keys.vector.to_vec());
                Kind::Cbc(Cbc { cipher: block_cipher(parts.cipher)?(keys.cipher)?, block, chained }, authenticator()?)
            }
            Mode::Stream => Kind::Stream(Some(Box::new(Rc4::new_from_slice(keys.cipher).ok()?)), authenticator()?),
            Mode::None => Kind::Stream(None, authenticator()?),
            mode => Kind::Aead(aead_cipher(parts.cipher, mode)?(keys.cipher)?, NonceBase::of(keys.vector)?),
        };
        Some(Self { version, sequence: 0, kind })
    }

    /// A fragment as it goes onto the wire.
    pub(super) fn seal(&mut self, content: ContentType, plain: &[u8]) -> Option<Vec<u8>> {
        let (sequence, version) = (self.next_sequence(), self.version);
        match &mut self.kind {
            Kind::Cbc(cbc, authenticator) => {
                let mut whole = [plain, &authenticator.mac(sequence, content, version, plain)].concat();
                let padding = cbc.block.checked_sub(1 + whole.len() % cbc.block)?;
                whole.extend(std::iter::repeat_n(u8::try_from(padding).ok()?, padding + 1));
                cbc.encrypt(version, whole)
            }
            Kind::Stream(cipher, authenticator) => {
                let mut whole = [plain, &authenticator.mac(sequence, content, version, plain)].concat();
                apply(cipher, &mut whole);
                Some(whole)
            }
            Kind::Aead(cipher, base) => {
                let explicit = sequence.to_be_bytes();
                let sealed = cipher.seal(base.nonce(explicit), &header(sequence, content, version, plain.len()), plain)?;
                Some(match base {
                    NonceBase::Salt(_) => [&explicit[..], &sealed].concat(),
                    NonceBase::Mask(_) => sealed,
                })
            }
        }
    }

    /// In CBC mode, a fragment whose MAC and padding are whatever `craft` makes of the right MAC; absent in other modes, or where the
    /// length is not one of whole blocks.
    pub(super) fn seal_crafted(&mut self, content: ContentType, plain: &[u8], craft: impl FnOnce(&[u8]) -> Vec<u8>) -> Option<Vec<u8>> {
        let (sequence, version) = (self.next_sequence(), self.version);
        let Kind::Cbc(cbc, authenticator) = &mut self.kind else { return None };
        let mac = authenticator.mac(sequence, content, version, plain);
        cbc.encrypt(version, craft(&mac))
    }

    /// What a fragment of the other side holds; absent where it is not authentic.
    pub(super) fn open(&mut self, content: ContentType, fragment: &[u8]) -> Option<Vec<u8>> {
        let (sequence, version) = (self.next_sequence(), self.version);
        match &mut self.kind {
            Kind::Cbc(cbc, authenticator) => {
                let mut plain = cbc.decrypt(version, fragment)?;
                let padding = usize::from(*plain.last()?);
                plain.truncate(plain.len().checked_sub(padding + 1)?);
                authenticator.open(sequence, content, version, plain)
            }
            Kind::Stream(cipher, authenticator) => {
                let mut plain = fragment.to_vec();
                apply(cipher, &mut plain);
                authenticator.open(sequence, content, version, plain)
            }
            Kind::Aead(cipher, base) => {
                let (explicit, sealed) = match base {
                    NonceBase::Salt(_) => fragment.split_first_chunk()?,
                    NonceBase::Mask(_) => (&sequence.to_be_bytes(), fragment),
                };
                let length = sealed.len().checked_sub(cipher.tag_length())?;
                cipher.open(base.nonce(*explicit), &header(sequence, content, version, length), sealed)
            }
        }
    }

    fn next_sequence(&mut self) -> u64 {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        sequence
    }
}

fn apply(cipher: &mut Option<Box<Rc4>>, bytes: &mut [u8]) {
    if let Some(cipher) = cipher {
        cipher.apply_keystream(bytes);
    }
}

impl NonceBase {
    fn of(vector: &[u8]) -> Option<Self> {
        vector.try_into().map(Self::Salt).or_else(|_| vector.try_into().map(Self::Mask)).ok()
    }

    /// The nonce of a record, of its number or of what travels with it.
    fn nonce(&self, explicit: [u8; 8]) -> [u8; 12] {
        let mut nonce = match self {
            Self::Salt([first, second, third, fourth]) => [*first, *second, *third, *fourth, 0, 0, 0, 0, 0, 0, 0, 0],
            Self::Mask(mask) => *mask,
        };
        nonce.iter_mut().skip(4).zip(explicit).for_each(|(out, byte)| *out ^= byte);
        nonce
    }
}

impl Authenticator {
    fn mac(&self, sequence: u64, content: ContentType, version: Version, plain: &[u8]) -> Vec<u8> {
        let message = [&header(sequence, content, version, plain.len()), plain].concat();
        if version <= Version::SSL3 { self.hash.mac_of_ssl3(&self.key, &message) } else { self.hash.mac(&self.key, &message) }
    }

    /// What stands before the MAC; absent where the MAC is wrong.
    fn open(&self, sequence: u64, content: ContentType, version: Version, mut plain: Vec<u8>) -> Option<Vec<u8>> {
        let mac = plain.split_off(plain.len().checked_sub(self.length)?);
        (self.mac(sequence, content, version, &plain) == mac).then_some(plain)
    }
}

impl Cbc {
    fn encrypt(&mut self, version: Version, mut whole: Vec<u8>) -> Option<Vec<u8>> {
        let explicit = version >= Version::TLS11;
        let mut vector = self.chained.clone();
        if explicit {
            rand::fill(&mut vector).ok()?;
        }
        let mut previous = vector.clone();
        for block in self.blocks(&mut whole)? {
            block.iter_mut().zip(&previous).for_each(|(byte, mask)| *byte ^= mask);
            self.cipher.encrypt(block)?;
            previous.copy_from_slice(block);
        }
        self.chained = previous;
        Some(if explicit { [vector, whole].concat() } else { whole })
    }

    fn decrypt(&mut self, version: Version, fragment: &[u8]) -> Option<Vec<u8>> {
        let implicit = (self.chained.as_slice(), fragment);
        let (vector, sealed) = if version >= Version::TLS11 { fragment.split_at_checked(self.block)? } else { implicit };
        let (mut previous, mut plain) = (vector.to_vec(), sealed.to_vec());
        for block in self.blocks(&mut plain)? {
            let received = block.to_vec();
            self.cipher.decrypt(block)?;
            block.iter_mut().zip(&previous).for_each(|(byte, mask)| *byte ^= mask);
            previous = received;
        }
        self.chained = previous;
        Some(plain)
    }

    /// Whole blocks, of which there is one at least.
    fn blocks<'a>(&self, bytes: &'a mut [u8]) -> Option<std::slice::ChunksExactMut<'a, u8>> {
        (!bytes.is_empty() && bytes.len().is_multiple_of(self.block)).then(|| bytes.chunks_exact_mut(self.block))
    }
}

/// What is authenticated beside the content (RFC 5246, section 6.2.3.3); SSL 3.0 leaves the version out.
fn header(sequence: u64, content: ContentType, version: Version, length: usize) -> Vec<u8> {
    let [.., high, low] = length.to_be_bytes();
    let version = version.0.to_be_bytes();
    let named: &[u8] = if version == Version::SSL3.0.to_be_bytes() { &[] } else { &version };
    [&sequence.to_be_bytes()[..], &[content.byte()], named, &[high, low]].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::super::registry, *};

    const VERSIONS: [Version; 4] = [Version::SSL3, Version::TLS10, Version::TLS11, Version::TLS12];

    fn protection(version: Version, code: u16) -> Protection {
        let suite = Suite::find(code).unwrap();
        let key: Vec<u8> = (0..suite.parts.cipher.key_bytes()).map(|index| u8::try_from(index * 7 + 1).unwrap()).collect();
        let mac = vec![7; suite.parts.mac.bytes().unwrap_or_default()];
        let keys = Keys { mac: &mac, cipher: &key, vector: &vec![9; suite.vector_length()] };
        Protection::new(version, suite, keys).unwrap_or_else(|| panic!("{}", suite.parts.name))
    }

    /// Every suite that a session can be completed in.
    fn ours() -> Vec<u16> {
        registry::suites().iter().map(|suite| suite.code).filter(|&code| Suite::find(code).is_some()).collect()
    }

    #[test]
    fn every_suite_of_ours_seals_what_it_opens() {
        assert!(ours().len() > 120, "{}", ours().len());
        for (version, code) in VERSIONS.into_iter().flat_map(|version| ours().into_iter().map(move |code| (version, code))) {
            let [mut ours, mut theirs] = [protection(version, code), protection(version, code)];
            for plain in [b"first".as_slice(), b"", b"a longer one, of more than a single block of sixteen bytes"] {
                let sealed = ours.seal(ContentType::Handshake, plain).unwrap();
                assert_eq!(theirs.open(ContentType::Handshake, &sealed).as_deref(), Some(plain), "{code:x}");
                let mut changed = ours.seal(ContentType::Handshake, plain).unwrap();
                *changed.first_mut().unwrap() ^= 1;
                assert_eq!(theirs.open(ContentType::Handshake, &changed), None, "{code:x}");
                // What was changed has broken the chain.
                [ours, theirs] = [protection(version, code), protection(version, code)];
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_opened_again_in_its_order(first in proptest::collection::vec(any::<u8>(), 0..200), second: Vec<u8>) {
            for (version, code) in VERSIONS.into_iter().flat_map(|version| [0x2f, 0x0a, 0xc028, 0xc02f, 0xcca8, 0x05, 0x02, 0x41, 0xc0a0].map(|code| (version, code))) {
                let [mut ours, mut theirs] = [protection(version, code), protection(version, code)];
                for plain in [&first, &second] {
                    let sealed = ours.seal(ContentType::Handshake, plain).unwrap();
                    prop_assert_eq!(&theirs.open(ContentType::Handshake, &sealed).unwrap(), plain, "{:x}", code);
                }
            }
        }

        #[test]
        fn no_bytes_from_outside_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            for code in [0x2f, 0x0a, 0xc02f, 0xcca8, 0x05, 0x02, 0xc0a0, 0xc050] {
                prop_assert_eq!(protection(Version::TLS12, code).open(ContentType::Alert, &bytes), None);
                let _ = protection(Version::TLS10, code).open(ContentType::Alert, &bytes);
            }
        }
    }

    #[test]
    fn a_crafted_record_is_sealed_as_it_was_made() {
        let mut ours = protection(Version::TLS12, 0x2f);
        let right = ours.seal_crafted(ContentType::ApplicationData, b"0123456789a", |mac| [b"0123456789a", mac, &[0]].concat());
        let wrong = ours.seal_crafted(ContentType::ApplicationData, b"0123456789a", |_| vec![1; 32]);
        let mut theirs = protection(Version::TLS12, 0x2f);
        assert_eq!(theirs.open(ContentType::ApplicationData, &right.unwrap()).as_deref(), Some(&b"0123456789a"[..]));
        assert_eq!(theirs.open(ContentType::ApplicationData, &wrong.unwrap()), None);
    }
}
