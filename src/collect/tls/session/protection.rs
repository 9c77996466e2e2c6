//! Records under protection: CBC with a MAC before the padding, AES-GCM and `ChaCha20` (RFC 5246, section 6.2.3; RFC 5288; RFC 7905).

use aws_lc_rs::{
    aead,
    cipher::{AES_128, AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey},
    iv::FixedLength,
    rand,
};
use des::{
    TdesEde3,
    cipher::{Block, BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _},
};

use super::{
    super::wire::{ContentType, Version},
    hash::Hash,
    suites::{Cipher, Suite},
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
    Cbc(Cbc),
    Gcm { key: aead::LessSafeKey, salt: [u8; 4] },
    ChaCha { key: aead::LessSafeKey, mask: [u8; 12] },
}

struct Cbc {
    cipher: Cipher,
    key: Vec<u8>,
    mac: Hash,
    mac_key: Vec<u8>,
    /// The vector of the next record in TLS 1.0, which is the last block of the one before.
    chained: Vec<u8>,
}

impl Protection {
    /// Absent where the keys have not the lengths that the suite wants.
    pub(super) fn new(version: Version, suite: Suite, keys: Keys<'_>) -> Option<Self> {
        let kind = match suite.cipher {
            Cipher::Aes128Gcm => Kind::Gcm { key: aead_key(&aead::AES_128_GCM, keys.cipher)?, salt: keys.vector.try_into().ok()? },
            Cipher::Aes256Gcm => Kind::Gcm { key: aead_key(&aead::AES_256_GCM, keys.cipher)?, salt: keys.vector.try_into().ok()? },
            Cipher::ChaCha20Poly1305 => {
                Kind::ChaCha { key: aead_key(&aead::CHACHA20_POLY1305, keys.cipher)?, mask: keys.vector.try_into().ok()? }
            }
            cipher => Kind::Cbc(Cbc {
                cipher,
                key: keys.cipher.to_vec(),
                mac: suite.mac,
                mac_key: keys.mac.to_vec(),
                chained: keys.vector.to_vec(),
            }),
        };
        Some(Self { version, sequence: 0, kind })
    }

    /// A fragment as it goes onto the wire.
    pub(super) fn seal(&mut self, content: ContentType, plain: &[u8]) -> Option<Vec<u8>> {
        let sequence = self.next_sequence();
        match &mut self.kind {
            Kind::Cbc(cbc) => {
                let mut whole = [plain, &cbc.authenticate(sequence, content, self.version, plain)].concat();
                let block = cbc.cipher.block_length()?;
                let padding = block - 1 - whole.len() % block;
                whole.extend(std::iter::repeat_n(u8::try_from(padding).ok()?, padding + 1));
                cbc.encrypt(self.version, whole)
            }
            Kind::Gcm { key, salt } => {
                let nonce = gcm_nonce(*salt, sequence.to_be_bytes());
                let sealed = seal_aead(key, nonce, header(sequence, content, self.version, plain.len()), plain)?;
                Some([&sequence.to_be_bytes()[..], &sealed].concat())
            }
            Kind::ChaCha { key, mask } => {
                seal_aead(key, chacha_nonce(*mask, sequence), header(sequence, content, self.version, plain.len()), plain)
            }
        }
    }

    /// In CBC mode, a fragment whose MAC and padding are whatever `craft` makes of the right MAC; absent in other modes, or where the
    /// length is not one of whole blocks.
    pub(super) fn seal_crafted(&mut self, content: ContentType, plain: &[u8], craft: impl FnOnce(&[u8]) -> Vec<u8>) -> Option<Vec<u8>> {
        let sequence = self.next_sequence();
        let Kind::Cbc(cbc) = &mut self.kind else { return None };
        let mac = cbc.authenticate(sequence, content, self.version, plain);
        cbc.encrypt(self.version, craft(&mac))
    }

    /// What a fragment of the other side holds; absent where it is not authentic.
    pub(super) fn open(&mut self, content: ContentType, fragment: &[u8]) -> Option<Vec<u8>> {
        let sequence = self.next_sequence();
        match &mut self.kind {
            Kind::Cbc(cbc) => {
                let mut plain = cbc.decrypt(self.version, fragment)?;
                let padding = usize::from(*plain.last()?);
                let length = plain.len().checked_sub(padding + 1)?.checked_sub(cbc.mac.length())?;
                let mac = plain.get(length..length + cbc.mac.length())?.to_vec();
                plain.truncate(length);
                (cbc.authenticate(sequence, content, self.version, &plain) == mac).then_some(plain)
            }
            Kind::Gcm { key, salt } => {
                let (explicit, sealed) = fragment.split_first_chunk()?;
                open_aead(key, gcm_nonce(*salt, *explicit), sequence, content, self.version, sealed)
            }
            Kind::ChaCha { key, mask } => open_aead(key, chacha_nonce(*mask, sequence), sequence, content, self.version, fragment),
        }
    }

    fn next_sequence(&mut self) -> u64 {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        sequence
    }
}

impl Cbc {
    fn authenticate(&self, sequence: u64, content: ContentType, version: Version, plain: &[u8]) -> Vec<u8> {
        self.mac.mac(&self.mac_key, &[&header(sequence, content, version, plain.len()), plain].concat())
    }

    fn encrypt(&mut self, version: Version, mut whole: Vec<u8>) -> Option<Vec<u8>> {
        let block = self.cipher.block_length()?;
        let explicit = version >= Version::TLS11;
        let mut vector = self.chained.clone();
        if explicit {
            rand::fill(&mut vector).ok()?;
        }
        self.run(&mut whole, &vector, true)?;
        self.chained = whole.get(whole.len().checked_sub(block)?..)?.to_vec();
        Some(if explicit { [vector, whole].concat() } else { whole })
    }

    fn decrypt(&mut self, version: Version, fragment: &[u8]) -> Option<Vec<u8>> {
        let block = self.cipher.block_length()?;
        let implicit = (self.chained.as_slice(), fragment);
        let (vector, sealed) = if version >= Version::TLS11 { fragment.split_at_checked(block)? } else { implicit };
        let mut plain = sealed.to_vec();
        let last = sealed.get(sealed.len().checked_sub(block)?..)?.to_vec();
        self.run(&mut plain, vector, false)?;
        self.chained = last;
        Some(plain)
    }

    /// CBC itself, without padding.
    fn run(&self, bytes: &mut [u8], vector: &[u8], encrypting: bool) -> Option<()> {
        let algorithm = match self.cipher {
            Cipher::TripleDesCbc => return triple_des(&self.key, bytes, vector, encrypting),
            Cipher::Aes128Cbc => &AES_128,
            _ => &AES_256,
        };
        let vector = FixedLength::<16>::try_from(vector).ok()?;
        let key = UnboundCipherKey::new(algorithm, &self.key).ok()?;
        if encrypting {
            let context = EncryptionContext::Iv128(vector);
            EncryptingKey::cbc(key).ok()?.less_safe_encrypt(bytes, context).ok()?;
        } else {
            DecryptingKey::cbc(key).ok()?.decrypt(bytes, DecryptionContext::Iv128(vector)).ok()?;
        }
        Some(())
    }
}

fn triple_des(key: &[u8], bytes: &mut [u8], vector: &[u8], encrypting: bool) -> Option<()> {
    let cipher = TdesEde3::new_from_slice(key).ok()?;
    let mut previous: [u8; 8] = vector.try_into().ok()?;
    let (blocks, []) = bytes.as_chunks_mut::<8>() else { return None };
    for bytes in blocks {
        let received = *bytes;
        let mut block = Block::<TdesEde3>::from(received);
        if encrypting {
            block.iter_mut().zip(previous).for_each(|(byte, mask)| *byte ^= mask);
            cipher.encrypt_block(&mut block);
            previous = block.into();
        } else {
            cipher.decrypt_block(&mut block);
            block.iter_mut().zip(previous).for_each(|(byte, mask)| *byte ^= mask);
            previous = received;
        }
        *bytes = block.into();
    }
    Some(())
}

/// What is authenticated beside the content (RFC 5246, section 6.2.3.3).
fn header(sequence: u64, content: ContentType, version: Version, length: usize) -> Vec<u8> {
    let [_, _, .., high, low] = length.to_be_bytes();
    [&sequence.to_be_bytes()[..], &[content.byte()], &version.0.to_be_bytes(), &[high, low]].concat()
}

fn gcm_nonce(salt: [u8; 4], explicit: [u8; 8]) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce.iter_mut().zip(salt.into_iter().chain(explicit)).for_each(|(out, byte)| *out = byte);
    nonce
}

fn chacha_nonce(mask: [u8; 12], sequence: u64) -> [u8; 12] {
    let mut nonce = mask;
    nonce.iter_mut().skip(4).zip(sequence.to_be_bytes()).for_each(|(out, byte)| *out ^= byte);
    nonce
}

fn aead_key(algorithm: &'static aead::Algorithm, key: &[u8]) -> Option<aead::LessSafeKey> {
    aead::UnboundKey::new(algorithm, key).ok().map(aead::LessSafeKey::new)
}

fn seal_aead(key: &aead::LessSafeKey, nonce: [u8; 12], header: Vec<u8>, plain: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = plain.to_vec();
    key.seal_in_place_append_tag(aead::Nonce::assume_unique_for_key(nonce), aead::Aad::from(header), &mut bytes).ok()?;
    Some(bytes)
}

fn open_aead(
    key: &aead::LessSafeKey,
    nonce: [u8; 12],
    sequence: u64,
    content: ContentType,
    version: Version,
    sealed: &[u8],
) -> Option<Vec<u8>> {
    let length = sealed.len().checked_sub(key.algorithm().tag_len())?;
    let header = aead::Aad::from(header(sequence, content, version, length));
    let mut bytes = sealed.to_vec();
    key.open_in_place(aead::Nonce::assume_unique_for_key(nonce), header, &mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VERSIONS: [Version; 3] = [Version::TLS10, Version::TLS11, Version::TLS12];

    fn protection(version: Version, code: u16) -> Protection {
        let suite = Suite::find(code).unwrap();
        // Triple DES wants three keys that differ.
        let key: Vec<u8> = (0..suite.cipher.key_length()).map(|index| u8::try_from(index * 7 + 1).unwrap()).collect();
        let keys = Keys { mac: &vec![7; suite.mac.length()], cipher: &key, vector: &vec![9; suite.cipher.vector_length()] };
        Protection::new(version, suite, keys).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_opened_again_in_its_order(first in proptest::collection::vec(any::<u8>(), 0..200), second: Vec<u8>) {
            for (version, code) in VERSIONS.into_iter().flat_map(|version| [0x2f, 0x35, 0x0a, 0xc028, 0xc02f, 0xcca8].map(|code| (version, code))) {
                let [mut ours, mut theirs] = [protection(version, code), protection(version, code)];
                for plain in [&first, &second] {
                    let sealed = ours.seal(ContentType::Handshake, plain).unwrap();
                    prop_assert_eq!(&theirs.open(ContentType::Handshake, &sealed).unwrap(), plain, "{:x}", code);
                }
            }
        }

        #[test]
        fn no_bytes_from_outside_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            for code in [0x2f, 0x0a, 0xc02f, 0xcca8] {
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
