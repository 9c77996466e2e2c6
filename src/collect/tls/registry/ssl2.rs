//! The cipher kinds of SSL 2.0 (draft-hickman-netscape-ssl-00, appendix C.4), with those that only `SSLeay` knew.

use super::cipher::{Cipher, Mode};
use crate::evidence::{CipherSuite, ProtocolId};

/// A cipher kind; all exchange their key by RSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collect) struct Ssl2Kind {
    /// Its number, of three bytes.
    pub code: u32,
    /// Its name in the draft.
    pub name: &'static str,
    /// The cipher with its key size.
    pub cipher: Cipher,
    /// How the cipher is used.
    pub mode: Mode,
    /// Effective strength of the cipher in bits.
    pub strength_bits: u32,
    /// Whether it was weakened for export.
    pub export: bool,
}

impl Ssl2Kind {
    const fn new(code: u32, name: &'static str, cipher: Cipher, mode: Mode, strength_bits: u32) -> Self {
        Self { code, name, cipher, mode, strength_bits, export: strength_bits == 40 }
    }

    /// As evidence that a server accepts it.
    pub(in crate::collect) fn evidence(&self) -> CipherSuite {
        CipherSuite {
            protocol: ProtocolId::Ssl2,
            code: format!("0x{:06X}", self.code),
            name: self.name.to_owned(),
            strength_bits: self.strength_bits,
            key_exchange: "RSA".to_owned(),
            authentication: "RSA".to_owned(),
            cipher: self.cipher.name().to_owned(),
            mode: self.mode.name().to_owned(),
            aead: false,
            forward_secrecy: false,
            export: self.export,
        }
    }
}

/// Every kind, the most popular first.
#[cfg(test)]
pub(in crate::collect) fn ssl2_kinds() -> &'static [Ssl2Kind] {
    KINDS
}

/// The kind of a number.
pub(in crate::collect) fn ssl2_kind(code: u32) -> Option<&'static Ssl2Kind> {
    KINDS.iter().find(|kind| kind.code == code)
}

const KINDS: &[Ssl2Kind] = &[
    Ssl2Kind::new(0x07_00C0, "SSL_CK_DES_192_EDE3_CBC_WITH_MD5", Cipher::TripleDes, Mode::Cbc, 112),
    Ssl2Kind::new(0x01_0080, "SSL_CK_RC4_128_WITH_MD5", Cipher::Rc4_128, Mode::Stream, 128),
    Ssl2Kind::new(0x03_0080, "SSL_CK_RC2_128_CBC_WITH_MD5", Cipher::Rc2_128, Mode::Cbc, 128),
    Ssl2Kind::new(0x05_0080, "SSL_CK_IDEA_128_CBC_WITH_MD5", Cipher::Idea, Mode::Cbc, 128),
    Ssl2Kind::new(0x06_0040, "SSL_CK_DES_64_CBC_WITH_MD5", Cipher::Des, Mode::Cbc, 56),
    Ssl2Kind::new(0x02_0080, "SSL_CK_RC4_128_EXPORT40_WITH_MD5", Cipher::Rc4_40, Mode::Stream, 40),
    Ssl2Kind::new(0x04_0080, "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5", Cipher::Rc2_40, Mode::Cbc, 40),
    Ssl2Kind::new(0x08_0080, "SSL_CK_RC4_64_WITH_MD5", Cipher::Rc4_64, Mode::Stream, 64),
    Ssl2Kind::new(0x07_01C0, "SSL_CK_DES_192_EDE3_CBC_WITH_SHA", Cipher::TripleDes, Mode::Cbc, 112),
    Ssl2Kind::new(0x06_0140, "SSL_CK_DES_64_CBC_WITH_SHA", Cipher::Des, Mode::Cbc, 56),
    Ssl2Kind::new(0xFF_0800, "SSL_CK_DES_64_CFB64_WITH_MD5_1", Cipher::Des, Mode::Cfb, 56),
    Ssl2Kind::new(0x00_0000, "SSL_CK_NULL_WITH_MD5", Cipher::Null, Mode::None, 0),
    Ssl2Kind::new(0xFF_0810, "SSL_CK_NULL", Cipher::Null, Mode::None, 0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_and_export_follow_from_cipher_and_name() {
        for kind in ssl2_kinds() {
            assert_eq!(kind.strength_bits, kind.cipher.strength_bits(), "{}", kind.name);
            assert_eq!(kind.export, kind.name.contains("EXPORT"), "{}", kind.name);
            assert_eq!(ssl2_kind(kind.code), Some(kind));
        }
    }
}
