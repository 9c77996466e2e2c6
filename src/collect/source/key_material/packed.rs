//! Keys in base64 as a whole: a file in a secret of a pipeline, a certificate in a setting, PKCS#8 without its armour.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::{
    Found, LONGEST, MOST, at_most, der,
    encoding::{decoded, digits},
    in_clear, stores,
};

/// As in [`super::NEEDS`]: what base64 makes of the beginnings of keys.
pub(super) const NEEDS: [&str; 16] = [
    // `-----BEGIN `, at the beginning or after the mark of UTF-8.
    "LS0tLS1CRUdJTi",
    // `RSAKeyValue`, wherever it begins.
    "UlNBS2V5VmFsdW",
    "JTQUtleVZhbHVl",
    "SU0FLZXlWYWx1Z",
    // PKCS#8 with RSA, PKCS#1 of the usual lengths.
    "ADANBgkqhkiG9w0BAQEFAASC",
    "IBADALBgkqhkiG9w0BAQowg",
    "IBAAKCAQEA",
    "IBAAKCAgEA",
    "IBAAKCAYEA",
    "IBAAKBgQ",
    // Elliptic curves, in PKCS#8 and in SEC 1.
    "AgEAMBMGByqGSM49AgEG",
    "AgEAMBAGByqGSM49AgEG",
    "MHcCAQEEI",
    // PKCS#12.
    "IBAzCC",
    // Key pairs of CryptoAPI, for signatures and for exchange.
    "BwIAAAAkAABSU0Ey",
    "BwIAAACkAABSU0Ey",
];
/// Finds all of them in one pass; never absent, for they are few and short.
static BEGINNINGS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(NEEDS).ok());
/// So many of them are looked at in one text.
const MOST_BEGINNINGS: usize = MOST.saturating_mul(16);
/// What stands before the part that is looked for, at most.
const BEFORE: usize = 128;

/// Keys in base64, apart from what lies within those already found.
pub(super) fn keys(text: &str, known: &[Found]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let Some(beginnings) = BEGINNINGS.as_ref() else { return found };
    for at in beginnings.find_iter(text).take(MOST_BEGINNINGS).map(|beginning| beginning.start()) {
        let is_new = !known.iter().chain(&found).any(|key| key.range.contains(&at));
        found.extend(is_new.then(|| packed(text, at)).flatten());
    }
    found
}

fn packed(text: &str, at: usize) -> Option<Found> {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    let before = text.as_bytes().get(at.saturating_sub(BEFORE)..at)?;
    let start = at - before.iter().rev().take_while(|byte| is_digit(**byte)).count();
    let run = written(at_most(text, start, LONGEST));
    let digits = digits(run);
    let whole = digits.len() - digits.trim_end_matches('=').len();
    // What follows on the same line may be none of it; the numbers say where they end.
    let kept = digits.get(..digits.len() - if whole > 0 { 0 } else { usize::from(digits.len() % 4 == 1) })?;
    let bytes = decoded(kept)?;
    let key = match std::str::from_utf8(&bytes) {
        Ok(text) => in_clear(text).into_iter().next().map(|found| found.key),
        Err(_) => der::key(&bytes).or_else(|| stores::blob(&bytes)),
    };
    Some(Found { key: key?, range: start..start + run.len(), identity: kept.to_owned() })
}

/// The base64 at the beginning of a text, over several lines where they are as long as lines of base64 are.
fn written(text: &str) -> &str {
    let is_digit = |character: char| character.is_ascii_alphanumeric() || "+/=-_".contains(character);
    let length = |from: usize| text.get(from..).map_or(0, |rest| rest.find(|character| !is_digit(character)).unwrap_or(rest.len()));
    let first = length(0);
    let mut end = first;
    while (60..=80).contains(&first) || end == 0 {
        let rest = text.get(end..).unwrap_or("");
        let gap = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        let more = length(end + gap);
        if gap == 0 || more == 0 || more > first {
            break;
        }
        end += gap + more;
        if more < first {
            break;
        }
    }
    text.get(..end).unwrap_or("")
}
