//! A `Set-Cookie` line in its parts (RFC 6265bis, section 5.6), whatever browsers make of them afterwards.

use time::OffsetDateTime;

use super::date;
use crate::evidence::SameSite;

/// An attribute whose value is longer than this many bytes is ignored.
const ATTRIBUTE_LIMIT: usize = 1024;

/// Browsers let no cookie live longer, in seconds: 400 days (RFC 6265bis, section 5.5).
const LONGEST_LIFE: u64 = 400 * 24 * 60 * 60;

/// The parts of a line.
// No `Debug`: the value stands in it.
pub(in crate::collect::web) struct Line<'a> {
    pub(in crate::collect::web) name: &'a [u8],
    pub(in crate::collect::web) value: &'a [u8],
    pub(in crate::collect::web) attributes: Attributes,
    /// Whether a control character other than a tab stands anywhere in it.
    pub(super) has_control: bool,
}

impl<'a> Line<'a> {
    pub(in crate::collect::web) fn split(line: &'a [u8]) -> Self {
        let mut parts = line.split(|byte| *byte == b';');
        let (name, value) = name_and_value(parts.next().unwrap_or_default());
        let mut attributes = Attributes::default();
        parts.for_each(|part| attributes.take(part));
        let has_control = line.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t');
        Self { name, value, attributes, has_control }
    }
}

/// Without `=` all of it is the value of a nameless cookie.
fn name_and_value(pair: &[u8]) -> (&[u8], &[u8]) {
    let (name, value) = halves(pair);
    value.map_or((&[], name), |value| (name, value))
}

/// What stands before and behind the first `=`, without the blanks around.
fn halves(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut halves = text.splitn(2, |byte| *byte == b'=');
    (trimmed(halves.next().unwrap_or_default()), halves.next().map(trimmed))
}

/// Without the spaces and tabs around it; other white space is part of the text.
fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// The attributes of a line; of duplicates the last one counts.
#[derive(Clone, Default)]
pub(in crate::collect::web) struct Attributes {
    /// In lower case, without the leading dot; absent for a host-only cookie.
    pub(super) domain: Option<String>,
    /// As written.
    pub(super) path: Option<String>,
    pub(super) secure: bool,
    pub(super) http_only: bool,
    pub(super) same_site: Option<SameSite>,
    pub(super) partitioned: bool,
    max_age: Option<MaxAge>,
    expires: Option<OffsetDateTime>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum MaxAge {
    AtOnce,
    Later(u64),
}

impl Attributes {
    fn take(&mut self, part: &[u8]) {
        let (name, value) = halves(part);
        let value = value.unwrap_or_default();
        if value.len() > ATTRIBUTE_LIMIT {
            return;
        }
        let value = String::from_utf8_lossy(value);
        match name.to_ascii_lowercase().as_slice() {
            b"domain" => self.domain = domain(&value),
            b"path" => self.path = Some(value.into_owned()),
            b"secure" => self.secure = true,
            b"httponly" => self.http_only = true,
            b"samesite" => self.same_site = same_site(&value),
            b"partitioned" => self.partitioned = true,
            b"max-age" => self.max_age = max_age(&value).or(self.max_age),
            b"expires" => self.expires = date::parse(&value).or(self.expires),
            _ => {}
        }
    }

    /// Whether the cookie is gone as soon as it is set; `Max-Age` outweighs `Expires`.
    pub(super) fn delete(&self, now: OffsetDateTime) -> bool {
        self.lifetime(now) == Some(0)
    }

    /// For how many seconds the cookie lives, [`LONGEST_LIFE`] at most; absent for a session cookie.
    pub(super) fn lifetime(&self, now: OffsetDateTime) -> Option<u64> {
        let seconds = match (self.max_age, self.expires) {
            (Some(MaxAge::AtOnce), _) => 0,
            (Some(MaxAge::Later(seconds)), _) => seconds,
            (None, Some(expires)) => life(expires, now),
            (None, None) => return None,
        };
        Some(seconds.min(LONGEST_LIFE))
    }
}

/// The seconds until a cookie expires; a part of one counts as one, so that none is taken for a deletion.
fn life(expires: OffsetDateTime, now: OffsetDateTime) -> u64 {
    let left = (expires - now).max(time::Duration::ZERO);
    let rest = u64::from(left.subsec_nanoseconds() > 0);
    u64::try_from(left.whole_seconds()).unwrap_or(0).saturating_add(rest)
}

/// In lower case, without the leading dot; an empty one makes a host-only cookie.
fn domain(value: &str) -> Option<String> {
    let domain = value.strip_prefix('.').unwrap_or(value);
    (!domain.is_empty()).then(|| domain.to_ascii_lowercase())
}

/// A word that browsers do not know undoes an earlier one that they do.
pub(in crate::collect::web) fn same_site(word: &str) -> Option<SameSite> {
    [("lax", SameSite::Lax), ("strict", SameSite::Strict), ("none", SameSite::None)]
        .into_iter()
        .find_map(|(known, meaning)| word.eq_ignore_ascii_case(known).then_some(meaning))
}

/// Absent when it is no whole number, and then ignored.
fn max_age(value: &str) -> Option<MaxAge> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let at_once = value.starts_with('-') || digits.bytes().all(|digit| digit == b'0');
    // What does not fit is longer than any cookie lives.
    Some(if at_once { MaxAge::AtOnce } else { MaxAge::Later(digits.parse().unwrap_or(u64::MAX)) })
}
