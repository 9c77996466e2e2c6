//! The suites of TLS 1.3 that the provider lacks: AES in the mode CCM (RFC 8446, appendix B.4). For evidence only.

use aes::Aes128;
use ccm::{
    AeadInOut as _, Ccm, Nonce as CcmNonce, Tag, TagSize,
    aead::{KeyInit as _, array::ArraySize},
    consts::{U8, U12, U16},
};
use rustls::{
    CipherSuite, CipherSuiteCommon, ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion, SupportedCipherSuite, Tls13CipherSuite,
    crypto::{
        aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256,
        cipher::{
            AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, MessageDecrypter, MessageEncrypter, Nonce, OutboundOpaqueMessage,
            OutboundPlainMessage, PrefixedPayload, Tls13AeadAlgorithm, UnsupportedOperationError, make_tls13_aad,
        },
    },
};

/// Both, the one with whole tags first.
pub(super) static SUITES: [SupportedCipherSuite; 2] = [SupportedCipherSuite::Tls13(&WHOLE), SupportedCipherSuite::Tls13(&SHORT)];

static WHOLE: Tls13CipherSuite = suite(CipherSuite::TLS13_AES_128_CCM_SHA256, &Algorithm::Whole);
static SHORT: Tls13CipherSuite = suite(CipherSuite::TLS13_AES_128_CCM_8_SHA256, &Algorithm::Short);

/// Everything but the protection of records is that of the suite with GCM.
const fn suite(suite: CipherSuite, protection: &'static dyn Tls13AeadAlgorithm) -> Tls13CipherSuite {
    let gcm = TLS13_AES_128_GCM_SHA256.tls13().expect("it is a suite of TLS 1.3");
    // RFC 9147, section 4.5.3
    let common = CipherSuiteCommon { suite, hash_provider: gcm.common.hash_provider, confidentiality_limit: 1 << 23 };
    Tls13CipherSuite { common, hkdf_provider: gcm.hkdf_provider, aead_alg: protection, quic: None }
}

/// How long the tags are.
#[derive(Clone, Copy)]
enum Algorithm {
    /// 16 bytes.
    Whole,
    /// 8 bytes.
    Short,
}

impl Tls13AeadAlgorithm for Algorithm {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        match self {
            Self::Whole => Box::new(Protection::<U16>::new(&key, iv)),
            Self::Short => Box::new(Protection::<U8>::new(&key, iv)),
        }
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        match self {
            Self::Whole => Box::new(Protection::<U16>::new(&key, iv)),
            Self::Short => Box::new(Protection::<U8>::new(&key, iv)),
        }
    }

    fn key_len(&self) -> usize {
        16
    }

    fn extract_keys(&self, _: AeadKey, _: Iv) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

/// One direction of a connection (RFC 8446, section 5.2).
struct Protection<T: ArraySize + TagSize> {
    cipher: Ccm<Aes128, T, U12>,
    iv: Iv,
}

impl<T: ArraySize + TagSize> Protection<T> {
    fn new(key: &AeadKey, iv: Iv) -> Self {
        Self { cipher: Ccm::new_from_slice(key.as_ref()).expect("rustls asks how long the key is"), iv }
    }

    fn nonce(&self, sequence: u64) -> CcmNonce<U12> {
        Nonce::new(&self.iv, sequence).0.into()
    }
}

impl<T: ArraySize + TagSize + Send + Sync> MessageEncrypter for Protection<T> {
    fn encrypt(&mut self, message: OutboundPlainMessage<'_>, sequence: u64) -> Result<OutboundOpaqueMessage, Error> {
        let length = self.encrypted_payload_len(message.payload.len());
        let mut payload = PrefixedPayload::with_capacity(length);
        payload.extend_from_chunks(&message.payload);
        payload.extend_from_slice(&[message.typ.into()]);
        let sealed = self.cipher.encrypt_inout_detached(&self.nonce(sequence), &make_tls13_aad(length), payload.as_mut().into());
        payload.extend_from_slice(&sealed.map_err(|_| Error::EncryptError)?);
        Ok(OutboundOpaqueMessage::new(ContentType::ApplicationData, ProtocolVersion::TLSv1_2, payload))
    }

    fn encrypted_payload_len(&self, length: usize) -> usize {
        length + 1 + T::USIZE
    }
}

impl<T: ArraySize + TagSize + Send + Sync> MessageDecrypter for Protection<T> {
    fn decrypt<'a>(&mut self, mut message: InboundOpaqueMessage<'a>, sequence: u64) -> Result<InboundPlainMessage<'a>, Error> {
        let (nonce, header) = (self.nonce(sequence), make_tls13_aad(message.payload.len()));
        let length = message.payload.len().checked_sub(T::USIZE).ok_or(Error::DecryptError)?;
        let (content, tag) = message.payload.split_at_mut_checked(length).ok_or(Error::DecryptError)?;
        let tag = Tag::<T>::try_from(&*tag).map_err(|_| Error::DecryptError)?;
        self.cipher.decrypt_inout_detached(&nonce, &header, content.into(), &tag).map_err(|_| Error::DecryptError)?;
        message.payload.truncate(length);
        message.into_tls13_unpadded_message()
    }
}
