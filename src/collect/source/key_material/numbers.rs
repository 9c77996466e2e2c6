//! Keys written as named numbers: `<RSAKeyValue>` (XML Signature, section 4.5.2.2, with the private parts of .NET) and JWK (RFC 7517).

use memchr::memmem;

use super::{
    Algorithm, Form, Found, Key, LONGEST, MOST, at_most, der,
    encoding::{decoded, digits, inside_strings, unescaped},
};

/// As in [`super::NEEDS`].
pub(super) const NEEDS: [&str; 2] = ["RSAParameters", "kty"];
/// Shorter numbers belong to no RSA key, in bytes; keys of 512 bits can be broken by anyone, and yet are used.
const SHORTEST: usize = 32;
/// What stands before a key on its own line may hold the brace that begins it, in bytes.
const WITHIN: usize = 8 * 1024;

/// RSA keys in XML, escaped or not, with their private numbers.
pub(super) fn xml(text: &str) -> Vec<Found> {
    ["RSAKeyValue", "RSAParameters"].into_iter().flat_map(|element| xml_elements(text, element)).collect()
}

fn xml_elements(text: &str, element: &'static str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for start in memmem::find_iter(text.as_bytes(), element).take(MOST.saturating_mul(2)) {
        let is_open = found.last().is_none_or(|last| last.range.end <= start) && is_opening(text, start);
        found.extend(is_open.then(|| xml_element(text, start, element)).flatten());
    }
    found
}

/// Whether `<` stands before a name, written as such or escaped.
fn is_opening(text: &str, start: usize) -> bool {
    ["<", "&lt;", "\\u003c", "\\u003C", "%3C"].iter().any(|open| text.get(..start).is_some_and(|before| before.ends_with(open)))
}

fn xml_element(text: &str, start: usize, element: &str) -> Option<Found> {
    let rest = at_most(text, start, LONGEST);
    let end = rest.get(element.len()..)?.find(element)?.saturating_add(element.len());
    let plain = unescaped(rest.get(..end)?);
    let (key, identity) = rsa(&plain).or_else(|| rsa(&inside_strings(&plain)))?;
    Some(Found { key, range: start..start + end + element.len(), identity })
}

/// The key whose elements these are, if the private exponent or both primes are among them.
fn rsa(plain: &str) -> Option<(Key, String)> {
    let number = |name: &str| {
        let (_, rest) = plain.split_once(&format!("<{name}>"))?;
        let (written, _) = rest
            .split_once(&format!("</{name}>"))
            .filter(|(written, _)| !written.contains(['<', '{', '$', '…', '(']) && !written.contains("..."))?;
        let digits = digits(written);
        decoded(&digits).filter(|bytes| is_number(bytes)).map(|bytes| (digits, bytes))
    };
    let private = number("D").or_else(|| number("P").filter(|_| number("Q").is_some()));
    let (identity, exponent) = private?;
    let modulus = number("Modulus").map(|(_, modulus)| modulus);
    let bits = der::bits(&modulus.unwrap_or(exponent));
    Some((Key { form: Form::RsaXml, algorithm: Algorithm::Rsa, bits: Some(bits) }, identity))
}

/// Whether bytes are a number of a key: long enough, and not one byte over and over, as of `AAAA…`.
fn is_number(bytes: &[u8]) -> bool {
    let first = bytes.first();
    bytes.len() >= SHORTEST && bytes.iter().any(|byte| Some(byte) != first)
}

/// JSON web keys with a private number, in JSON, in strings of JSON, and as objects of a program.
pub(super) fn web_keys(text: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for at in memmem::find_iter(text.as_bytes(), "kty").take(MOST.saturating_mul(4)) {
        let is_new = found.last().is_none_or(|last| last.range.end <= at);
        found.extend(is_new.then(|| web_key(text, at)).flatten());
    }
    found
}

fn web_key(text: &str, at: usize) -> Option<Found> {
    let from = (at.saturating_sub(WITHIN)..=at).find(|from| text.is_char_boundary(*from))?;
    let before = text.get(from..at)?;
    let start = from + opening(before)?;
    let rest = at_most(text, at, LONGEST);
    let end = at + rest.find('}')? + 1;
    let members = unescaped(text.get(start..end)?);
    let kind = member(&members, "kty")?;
    let number = |name: &str| member(&members, name).and_then(|digits| decoded(digits).map(|bytes| (digits, bytes)));
    let (algorithm, private, bits) = match kind {
        "RSA" => (Algorithm::Rsa, number("d").filter(|(_, bytes)| is_number(bytes))?, number("n").map(|(_, modulus)| der::bits(&modulus))),
        "EC" | "OKP" => (Algorithm::Elliptic, number("d").filter(|(_, bytes)| bytes.len() >= 24 && is_varied(bytes))?, None),
        "oct" => (Algorithm::Symmetric, number("k").filter(|(_, bytes)| bytes.len() >= 16 && is_varied(bytes))?, None),
        _ => return None,
    };
    Some(Found { key: Key { form: Form::Jwk, algorithm, bits }, range: start..end, identity: private.0.to_owned() })
}

fn is_varied(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| Some(byte) != bytes.first())
}

/// The brace that is open at the end of a text.
fn opening(before: &str) -> Option<usize> {
    let mut closed = 0_usize;
    for (offset, byte) in before.bytes().enumerate().rev() {
        match byte {
            b'}' => closed += 1,
            b'{' if closed == 0 => return Some(offset),
            b'{' => closed -= 1,
            _ => {}
        }
    }
    None
}

/// The text that a member of an object has.
fn member<'a>(members: &'a str, name: &str) -> Option<&'a str> {
    members.match_indices(name).find_map(|(at, _)| {
        let before = members.get(..at)?.chars().next_back()?;
        let after = members.get(at + name.len()..)?.trim_start_matches(['"', '\'']).trim_start();
        let value = after.strip_prefix([':', '='])?.trim_start_matches(['>', ' ', '\t', '\n', '\r']).strip_prefix(['"', '\''])?;
        let (value, _) = value.split_once(['"', '\''])?;
        let is_whole = !before.is_alphanumeric() && !before.is_ascii_punctuation() || "\"'{,".contains(before);
        is_whole.then_some(value)
    })
}
