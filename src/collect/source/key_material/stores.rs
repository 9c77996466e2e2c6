//! Files that are no text and hold keys: PKCS#12, key pairs of `CryptoAPI` (`.snk`, `.pvk`), Java keystores, bare DER.

use super::{Algorithm, Form, Key, der};

/// What the names of such files end with.
const ENDS: [&str; 11] = [".pfx", ".p12", ".snk", ".pvk", ".jks", ".keystore", ".bks", ".der", ".key", ".pk8", ".p8"];
/// `PRIVATEKEYBLOB`, version 2 (the `BLOBHEADER` of Windows' `CryptoAPI`).
const PRIVATE_BLOB: [u8; 2] = [0x07, 0x02];
/// `RSA2`: a key with its private numbers; `RSA1` is a public one.
const WITH_PRIVATE: &[u8] = b"RSA2";
const JAVA: [&[u8]; 2] = [&[0xFE, 0xED, 0xFE, 0xED], &[0xCE, 0xCE, 0xCE, 0xCE]];
/// Of the entries of a keystore, in each form: a key with its certificates, and a certificate.
const PRIVATE_ENTRY: u32 = 1;
const CERTIFICATE_ENTRY: u32 = 2;
/// More entries have no more to tell.
const MOST_ENTRIES: u32 = 1_000;

/// Whether a file is a store of keys by its name, in lower case.
pub(in crate::collect::source) fn is_store(name: &str) -> bool {
    ENDS.iter().any(|end| name.ends_with(end))
}

/// The private key in a file that is no text.
pub(in crate::collect::source) fn store(bytes: &[u8]) -> Option<Key> {
    der::key(bytes).or_else(|| blob(bytes)).or_else(|| private_file(bytes)).or_else(|| java(bytes))
}

/// A key pair of `CryptoAPI`; its length must fit its bits.
pub(super) fn blob(bytes: &[u8]) -> Option<Key> {
    let numbers = bytes.strip_prefix(&PRIVATE_BLOB)?.get(6..)?.strip_prefix(WITH_PRIVATE)?;
    let (bits, rest) = numbers.split_first_chunk::<4>()?;
    let bits = u32::from_le_bytes(*bits);
    // The exponent, modulus and private exponent of full length, and five numbers of half of it.
    let length = usize::try_from(bits / 16).ok()?.checked_mul(9)?.checked_add(4)?;
    (bits >= 384 && rest.len() >= length).then_some(Key { form: Form::Snk, algorithm: Algorithm::Rsa, bits: Some(bits) })
}

/// A `.pvk` file: a header of 24 bytes, a salt where it is encrypted, and the pair.
fn private_file(bytes: &[u8]) -> Option<Key> {
    let rest = bytes.strip_prefix(&[0x1E, 0xF1, 0xB5, 0xB0])?;
    let number = |at: usize| rest.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
    let (is_encrypted, salt) = (number(8)? != 0, usize::try_from(number(12)?).ok()?);
    let key = Key { form: Form::Snk, algorithm: Algorithm::Unknown, bits: None };
    if is_encrypted { Some(key) } else { blob(rest.get(20_usize.checked_add(salt)?..)?) }
}

/// A Java keystore that holds a key, and not certificates alone.
fn java(bytes: &[u8]) -> Option<Key> {
    let rest = JAVA.iter().find_map(|magic| bytes.strip_prefix(*magic))?;
    let mut reader = Reader { bytes: rest };
    let version = reader.number()?;
    let count = reader.number()?;
    for _ in 0..count.min(MOST_ENTRIES) {
        match reader.number()? {
            PRIVATE_ENTRY => return Some(Key { form: Form::JavaKeystore, algorithm: Algorithm::Unknown, bits: None }),
            CERTIFICATE_ENTRY => reader.certificate(version)?,
            _ => return None,
        }
    }
    None
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.bytes.split_first_chunk::<4>()?;
        self.bytes = rest;
        Some(u32::from_be_bytes(*number))
    }

    fn skip(&mut self, length: usize) -> Option<()> {
        self.bytes = self.bytes.get(length..)?;
        Some(())
    }

    fn skip_name(&mut self) -> Option<()> {
        let (length, rest) = self.bytes.split_first_chunk::<2>()?;
        self.bytes = rest;
        self.skip(usize::from(u16::from_be_bytes(*length)))
    }

    /// Its alias, its time, since version 2 its type, and itself.
    fn certificate(&mut self, version: u32) -> Option<()> {
        self.skip_name()?;
        self.skip(8)?;
        if version >= 2 {
            self.skip_name()?;
        }
        let length = self.number()?;
        self.skip(usize::try_from(length).ok()?)
    }
}
