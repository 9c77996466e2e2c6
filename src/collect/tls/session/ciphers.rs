//! The ciphers that protect records, each made of its key: block by block, as a stream, or with authentication in one.

use aes::{
    Aes128, Aes256,
    cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit},
};
use aes_gcm::{
    AesGcm,
    aead::{
        Aead as _, AeadInOut, Nonce, Payload,
        array::typenum::Unsigned as _,
        consts::{U8, U12, U16},
    },
};
use aria::{Aria128, Aria256};
use aws_lc_rs::aead::{self, Aad, LessSafeKey, UnboundKey};
use camellia::{Camellia128, Camellia256};
use ccm::Ccm;
use des::{Des, TdesEde3};
use idea::Idea;

use super::super::registry::{Cipher, Mode};

/// A cipher that works on blocks.
pub(super) trait BlockCipher: Send {
    /// Encrypts one block in its place; nothing for bytes that are not one.
    fn encrypt(&self, block: &mut [u8]) -> Option<()>;
    /// Decrypts one block in its place; nothing for bytes that are not one.
    fn decrypt(&self, block: &mut [u8]) -> Option<()>;
}

impl<T: BlockCipherEncrypt + BlockCipherDecrypt + Send> BlockCipher for T {
    fn encrypt(&self, block: &mut [u8]) -> Option<()> {
        let block: &mut Block<T> = block.try_into().ok()?;
        self.encrypt_block(block);
        Some(())
    }

    fn decrypt(&self, block: &mut [u8]) -> Option<()> {
        let block: &mut Block<T> = block.try_into().ok()?;
        self.decrypt_block(block);
        Some(())
    }
}

/// A cipher that encrypts and authenticates in one (RFC 5116).
pub(super) trait AeadCipher: Send {
    /// Length of what it adds, in bytes.
    fn tag_length(&self) -> usize;
    /// What was encrypted, with its tag.
    fn seal(&self, nonce: [u8; 12], header: &[u8], plain: &[u8]) -> Option<Vec<u8>>;
    /// What was sealed; absent where it is not authentic.
    fn open(&self, nonce: [u8; 12], header: &[u8], sealed: &[u8]) -> Option<Vec<u8>>;
}

impl AeadCipher for LessSafeKey {
    fn tag_length(&self) -> usize {
        self.algorithm().tag_len()
    }

    fn seal(&self, nonce: [u8; 12], header: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = plain.to_vec();
        self.seal_in_place_append_tag(aead::Nonce::assume_unique_for_key(nonce), Aad::from(header), &mut bytes).ok()?;
        Some(bytes)
    }

    fn open(&self, nonce: [u8; 12], header: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = sealed.to_vec();
        let plain = self.open_in_place(aead::Nonce::assume_unique_for_key(nonce), Aad::from(header), &mut bytes).ok()?;
        Some(plain.to_vec())
    }
}

/// One that aws-lc-rs does not have.
struct Rare<T>(T);

impl<T: AeadInOut<NonceSize = U12> + Send> AeadCipher for Rare<T> {
    fn tag_length(&self) -> usize {
        T::TagSize::USIZE
    }

    fn seal(&self, nonce: [u8; 12], header: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        self.0.encrypt(&Nonce::<T>::from(nonce), Payload { msg: plain, aad: header }).ok()
    }

    fn open(&self, nonce: [u8; 12], header: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.decrypt(&Nonce::<T>::from(nonce), Payload { msg: sealed, aad: header }).ok()
    }
}

/// Makes a cipher of a key; absent where the key has another length.
pub(super) type Make<T> = fn(&[u8]) -> Option<Box<T>>;

/// How a block cipher is made; absent where we have it not.
pub(super) fn block_cipher(cipher: Cipher) -> Option<Make<dyn BlockCipher>> {
    Some(match cipher {
        Cipher::Aes128 => block::<Aes128>,
        Cipher::Aes256 => block::<Aes256>,
        Cipher::Camellia128 => block::<Camellia128>,
        Cipher::Camellia256 => block::<Camellia256>,
        Cipher::Aria128 => block::<Aria128>,
        Cipher::Aria256 => block::<Aria256>,
        Cipher::TripleDes => block::<TdesEde3>,
        Cipher::Des => block::<Des>,
        Cipher::Idea => block::<Idea>,
        _ => return None,
    })
}

/// How a cipher that authenticates too is made; absent where we have it not.
pub(super) fn aead_cipher(cipher: Cipher, mode: Mode) -> Option<Make<dyn AeadCipher>> {
    Some(match (cipher, mode) {
        (Cipher::Aes128, Mode::Gcm) => |key| common(&aead::AES_128_GCM, key),
        (Cipher::Aes256, Mode::Gcm) => |key| common(&aead::AES_256_GCM, key),
        (Cipher::ChaCha20, Mode::Poly1305) => |key| common(&aead::CHACHA20_POLY1305, key),
        (Cipher::Camellia128, Mode::Gcm) => rare::<AesGcm<Camellia128, U12>>,
        (Cipher::Camellia256, Mode::Gcm) => rare::<AesGcm<Camellia256, U12>>,
        (Cipher::Aria128, Mode::Gcm) => rare::<AesGcm<Aria128, U12>>,
        (Cipher::Aria256, Mode::Gcm) => rare::<AesGcm<Aria256, U12>>,
        (Cipher::Aes128, Mode::Ccm) => rare::<Ccm<Aes128, U16, U12>>,
        (Cipher::Aes256, Mode::Ccm) => rare::<Ccm<Aes256, U16, U12>>,
        (Cipher::Aes128, Mode::Ccm8) => rare::<Ccm<Aes128, U8, U12>>,
        (Cipher::Aes256, Mode::Ccm8) => rare::<Ccm<Aes256, U8, U12>>,
        _ => return None,
    })
}

fn block<T: KeyInit + BlockCipher + 'static>(key: &[u8]) -> Option<Box<dyn BlockCipher>> {
    Some(Box::new(T::new_from_slice(key).ok()?))
}

fn common(algorithm: &'static aead::Algorithm, key: &[u8]) -> Option<Box<dyn AeadCipher>> {
    Some(Box::new(LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?)))
}

fn rare<T: KeyInit + AeadInOut<NonceSize = U12> + Send + 'static>(key: &[u8]) -> Option<Box<dyn AeadCipher>> {
    Some(Box::new(Rare(T::new_from_slice(key).ok()?)))
}
