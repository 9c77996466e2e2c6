//! Keys between `-----BEGIN … PRIVATE KEY-----` and `-----END … PRIVATE KEY-----` (RFC 7468), and those of OpenSSH, PGP and `PuTTY`.

use memchr::memmem;

use super::{
    Algorithm, Form, Found, Key, LONGEST, MOST, at_most, der,
    encoding::{decoded, digits, inside_strings, unescaped},
};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
/// No label is longer.
const LONGEST_LABEL: usize = 40;
/// A bundle of the certificates of all authorities has a few hundred.
const MOST_ARMOURS: usize = 1_000;
/// Shorter numbers are no key.
const SHORTEST: usize = 40;
/// What begins every key in the form of OpenSSH itself (PROTOCOL.key).
const OPENSSH: &[u8] = b"openssh-key-v1\0";

pub(super) fn keys(text: &str) -> Vec<Found> {
    let armoured = memmem::find_iter(text.as_bytes(), BEGIN).take(MOST_ARMOURS).filter_map(|start| armoured(text, start));
    let mut found: Vec<Found> = armoured.take(MOST).collect();
    found.extend(memmem::find_iter(text.as_bytes(), "PuTTY-User-Key-File-").take(MOST).filter_map(|start| putty(text, start)));
    found
}

fn armoured(text: &str, start: usize) -> Option<Found> {
    let rest = at_most(text, start, LONGEST);
    let (label, body) = rest.get(BEGIN.len()..)?.split_once("-----")?;
    let is_private = label.len() <= LONGEST_LABEL && (label.ends_with("PRIVATE KEY") || label.ends_with("PRIVATE KEY BLOCK"));
    let end = body.find(END).filter(|_| is_private)?;
    let body = body.get(..end)?;
    // With its own end, for a second key may follow the one that was cut.
    let tail = rest.get(BEGIN.len() + label.len() + 5 + end..)?;
    let is_whole = tail.strip_prefix(END)?.starts_with(label);
    let (key, identity) = read(label, body).filter(|_| is_whole)?;
    let length = BEGIN.len() + label.len() + 5 + end + END.len() + label.len() + 5;
    let range = start..start.saturating_add(length).min(text.len());
    text.is_char_boundary(range.end).then_some(Found { key, range, identity })
}

/// The key between the armour, and its own characters.
fn read(label: &str, body: &str) -> Option<(Key, String)> {
    let plain = unescaped(body);
    let plain = inside_strings(&plain);
    let is_encrypted = plain.contains("ENCRYPTED") && plain.contains("Proc-Type");
    let digits = digits(without_headers(&plain).as_str());
    let bytes = decoded(&digits).filter(|bytes| bytes.len() >= SHORTEST)?;
    let key = match label {
        "OPENSSH PRIVATE KEY" => openssh(&bytes)?,
        _ if label.ends_with("BLOCK") => pgp(&bytes)?,
        // The numbers are under a password, so any could be right.
        _ if is_encrypted => Key { form: Form::EncryptedPem, algorithm: by_label(label), bits: None },
        _ => der::key(&bytes)?,
    };
    Some((key, digits))
}

/// Without lines such as `Proc-Type: 4,ENCRYPTED` (RFC 1421) and `Version: GnuPG`.
fn without_headers(body: &str) -> String {
    body.lines().filter(|line| !line.contains(": ")).collect::<Vec<_>>().join("\n")
}

fn by_label(label: &str) -> Algorithm {
    match label {
        "RSA PRIVATE KEY" => Algorithm::Rsa,
        "DSA PRIVATE KEY" => Algorithm::Dsa,
        "EC PRIVATE KEY" => Algorithm::Elliptic,
        _ => Algorithm::Unknown,
    }
}

/// The form of OpenSSH names the cipher, and then the public key in clear.
fn openssh(bytes: &[u8]) -> Option<Key> {
    let (cipher, rest) = field(bytes.strip_prefix(OPENSSH)?)?;
    let (_derivation, rest) = field(rest)?;
    let (_options, rest) = field(rest)?;
    let (public, private) = field(rest.get(4..)?)?;
    let (kind, numbers) = field(public)?;
    field(private).filter(|(private, _)| !private.is_empty())?;
    let form = if cipher == b"none" { Form::OpenSsh } else { Form::EncryptedOpenSsh };
    let (algorithm, bits) = match kind {
        b"ssh-rsa" => (Algorithm::Rsa, field(numbers).and_then(|(_exponent, rest)| field(rest)).map(|(modulus, _)| der::bits(modulus))),
        b"ssh-dss" => (Algorithm::Dsa, field(numbers).map(|(prime, _)| der::bits(prime))),
        _ => (Algorithm::Elliptic, None),
    };
    Some(Key { form, algorithm, bits })
}

/// A string of SSH (RFC 4251, section 5), and what follows.
fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// A packet with a secret key comes first (RFC 9580, section 4.2): tag 5, in the old or the new format.
fn pgp(bytes: &[u8]) -> Option<Key> {
    let first = *bytes.first()?;
    let tag = if first & 0x40 == 0 { (first & 0x3C) >> 2 } else { first & 0x3F };
    (first & 0x80 != 0 && tag == 5).then_some(Key { form: Form::Pgp, algorithm: Algorithm::Unknown, bits: None })
}

fn putty(text: &str, start: usize) -> Option<Found> {
    let rest = at_most(text, start, LONGEST);
    let private = rest.find("Private-Lines: ")?;
    let end = rest.find("Private-MAC:").or_else(|| rest.find("Private-Hash:")).filter(|end| *end > private)?;
    let body = rest.get(private..end)?;
    let digits = digits(without_headers(body).as_str());
    decoded(&digits).filter(|bytes| bytes.len() >= SHORTEST)?;
    let is_encrypted = rest.lines().find_map(|line| line.strip_prefix("Encryption: ")).is_some_and(|cipher| cipher.trim() != "none");
    let form = if is_encrypted { Form::EncryptedPutty } else { Form::Putty };
    Some(Found { key: Key { form, algorithm: Algorithm::Unknown, bits: None }, range: start..start + end, identity: digits })
}
