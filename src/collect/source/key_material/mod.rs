//! Private keys, whole, wherever they stand: in files of their own, in strings, in configuration, in base64.
//!
//! A key counts once its numbers were read. Armour around words, public keys and certificates are none.

mod armour;
mod der;
mod encoding;
mod numbers;
mod packed;
mod stores;

use std::ops::Range;

pub(super) use stores::{is_store, store};

/// Text of which a file must hold one before a key is looked for, without regard to case.
pub(super) const NEEDS: [&str; 3] = ["PRIVATE KEY", "RSAKeyValue", "PuTTY-User-Key-File"];
/// More keys in one text are no keys but an attack.
const MOST: usize = 200;
/// No key is written with more characters.
const LONGEST: usize = 64 * 1024;

/// How a key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// PKCS#1, PKCS#8 or SEC 1, in PEM or bare base64.
    Pem,
    /// The same under a password.
    EncryptedPem,
    OpenSsh,
    EncryptedOpenSsh,
    RsaXml,
    Jwk,
    Pkcs12,
    /// The key pair that signs assemblies, and other blobs of Windows' `CryptoAPI`.
    Snk,
    JavaKeystore,
    Putty,
    EncryptedPutty,
    Pgp,
}

impl Form {
    /// The word that rules watch for.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pem => "pem",
            Self::EncryptedPem => "pem-encrypted",
            Self::OpenSsh => "openssh",
            Self::EncryptedOpenSsh => "openssh-encrypted",
            Self::RsaXml => "rsa-xml",
            Self::Jwk => "jwk",
            Self::Pkcs12 => "pkcs12",
            Self::Snk => "snk",
            Self::JavaKeystore => "java-keystore",
            Self::Putty => "putty",
            Self::EncryptedPutty => "putty-encrypted",
            Self::Pgp => "pgp",
        }
    }

    /// What a reader calls it.
    fn words(self) -> &'static str {
        match self {
            Self::Pem => "private key",
            Self::EncryptedPem => "encrypted private key",
            Self::OpenSsh => "OpenSSH private key",
            Self::EncryptedOpenSsh => "encrypted OpenSSH private key",
            Self::RsaXml => "private key in XML",
            Self::Jwk => "private key as a JWK",
            Self::Pkcs12 => "PKCS#12 store with a private key",
            Self::Snk => "key pair of CryptoAPI",
            Self::JavaKeystore => "Java keystore with a private key",
            Self::Putty => "PuTTY private key",
            Self::EncryptedPutty => "encrypted PuTTY private key",
            Self::Pgp => "PGP private key",
        }
    }
}

/// What kind of numbers a key is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rsa,
    Dsa,
    Elliptic,
    /// A secret of as many bytes as it likes, for signatures that both sides can make.
    Symmetric,
    /// Under a password, or not looked into.
    Unknown,
}

/// A private key, without its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) form: Form,
    pub(super) algorithm: Algorithm,
    /// Of the modulus or the field.
    pub(super) bits: Option<u32>,
}

impl Key {
    /// In words: `RSA private key`.
    pub(super) fn words(&self) -> String {
        let kind = match self.algorithm {
            Algorithm::Rsa => "RSA ",
            Algorithm::Dsa => "DSA ",
            Algorithm::Elliptic => "elliptic-curve ",
            Algorithm::Symmetric => "symmetric ",
            Algorithm::Unknown => "",
        };
        format!("{kind}{}", self.form.words())
    }

    /// The bits that say how weak it is: those of RSA and DSA, which cannot be compared with those of a curve.
    pub(super) fn comparable_bits(&self) -> Option<u32> {
        self.bits.filter(|_| matches!(self.algorithm, Algorithm::Rsa | Algorithm::Dsa))
    }
}

/// A key in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) key: Key,
    pub(super) range: Range<usize>,
    /// What the key is the same by, wherever it stands: its own characters, without what is around them. Holds the secret.
    pub(super) identity: String,
}

/// The private keys in a text, in order.
pub(super) fn keys(text: &str) -> Vec<Found> {
    let mut found = in_clear(text);
    for packed in packed::keys(text, &found) {
        found.push(packed);
    }
    found.truncate(MOST);
    found.sort_by_key(|found| found.range.start);
    found
}

/// The keys that are not in base64 as a whole.
fn in_clear(text: &str) -> Vec<Found> {
    let mut found = armour::keys(text);
    found.extend(numbers::xml(text));
    found.extend(numbers::web_keys(text));
    found
}

/// Everything that a file must hold one of before keys are looked for in it.
pub(super) fn needs() -> impl Iterator<Item = &'static str> {
    NEEDS.into_iter().chain(packed::NEEDS).chain(numbers::NEEDS)
}

/// Where a text begins that is so many bytes long at most and ends with a whole character.
fn at_most(text: &str, from: usize, length: usize) -> &str {
    let end = (from..=from.saturating_add(length).min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(from..end)).unwrap_or("")
}

#[cfg(test)]
mod tests;
