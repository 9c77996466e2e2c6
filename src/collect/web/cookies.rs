//! `Set-Cookie` lines, read as browsers read them (RFC 6265bis, section 5.6), from the raw line and not from a jar: jars drop what browsers reject.

use cookie::prefix::{Host, Prefix as _, Secure};
use time::OffsetDateTime;

use super::{cookie_date, masking};
use crate::evidence::{Cookie, CookiePrefix, SameSite};

/// An attribute whose value is longer than this many bytes is ignored.
const ATTRIBUTE_LIMIT: usize = 1024;

/// The cookie that a line sets; absent when browsers ignore the line: it has neither name nor value, or a control character anywhere.
///
/// `set_by` is the URL of the response, already masked. What browsers reject for its size is recorded all the same, since limits differ.
pub(super) fn parse(line: &[u8], set_by: &str, now: OffsetDateTime) -> Option<Cookie> {
    if line.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
        return None;
    }
    let mut parts = line.split(|byte| *byte == b';');
    let (name, value) = name_and_value(parts.next()?);
    if name.is_empty() && value.is_empty() {
        return None;
    }
    let mut attributes = Attributes::default();
    parts.for_each(|part| attributes.take(part));
    let name = String::from_utf8_lossy(name);
    Some(Cookie {
        prefix: prefix(&name),
        name: masking::text(&name),
        deletion: attributes.delete(now),
        domain: attributes.domain.map(|domain| masking::attribute(&domain)),
        path: attributes.path.map(|path| masking::attribute(&path)),
        secure: attributes.secure,
        http_only: attributes.http_only,
        same_site: attributes.same_site,
        partitioned: attributes.partitioned,
        value_bytes: u64::try_from(value.len()).unwrap_or(u64::MAX),
        set_by: set_by.to_owned(),
        ..Cookie::default()
    })
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

/// The prefix that browsers enforce, whatever its case.
fn prefix(name: &str) -> Option<CookiePrefix> {
    let starts_with = |prefix: &str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if starts_with(Host::PREFIX) {
        Some(CookiePrefix::Host)
    } else if starts_with(Secure::PREFIX) {
        Some(CookiePrefix::Secure)
    } else {
        None
    }
}

/// The attributes of a line; of duplicates the last one counts.
#[derive(Default)]
struct Attributes {
    domain: Option<String>,
    path: Option<String>,
    secure: bool,
    http_only: bool,
    same_site: Option<SameSite>,
    partitioned: bool,
    max_age: Option<MaxAge>,
    expires: Option<OffsetDateTime>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum MaxAge {
    AtOnce,
    Later,
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
            b"expires" => self.expires = cookie_date::parse(&value).or(self.expires),
            _ => {}
        }
    }

    /// Whether the cookie is gone as soon as it is set; `Max-Age` outweighs `Expires`.
    fn delete(&self, now: OffsetDateTime) -> bool {
        match self.max_age {
            Some(age) => age == MaxAge::AtOnce,
            None => self.expires.is_some_and(|expires| expires <= now),
        }
    }
}

/// In lower case, without the leading dot; an empty one makes a host-only cookie.
fn domain(value: &str) -> Option<String> {
    let domain = value.strip_prefix('.').unwrap_or(value);
    (!domain.is_empty()).then(|| domain.to_ascii_lowercase())
}

/// A word that browsers do not know undoes an earlier one that they do.
fn same_site(word: &str) -> Option<SameSite> {
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
    Some(if at_once { MaxAge::AtOnce } else { MaxAge::Later })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-21 12:00 UTC);

    fn cookie(line: &str) -> Cookie {
        parse(line.as_bytes(), "https://a.example/", NOW).unwrap()
    }

    #[test]
    fn every_attribute_is_read_whatever_its_case() {
        let read = cookie("__Host-sid=abc; Path=/; sEcUrE; HTTPONLY; samesite=NONE; Partitioned; Domain=.App.Example");
        let expected = Cookie {
            name: "__Host-sid".into(),
            domain: Some("app.example".into()),
            path: Some("/".into()),
            secure: true,
            http_only: true,
            same_site: Some(SameSite::None),
            partitioned: true,
            prefix: Some(CookiePrefix::Host),
            deletion: false,
            value_bytes: 3,
            set_by: "https://a.example/".into(),
            ..Cookie::default()
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn of_duplicates_the_last_one_counts() {
        let read = cookie("a=b; Path=/x; Path=/; SameSite=Lax; SameSite=Strict; Domain=a.example; Domain=");
        assert_eq!((read.path.as_deref(), read.same_site, read.domain), (Some("/"), Some(SameSite::Strict), None));
    }

    #[test]
    fn an_unknown_same_site_word_is_none_even_behind_a_known_one() {
        assert_eq!(cookie("a=b; SameSite=Lax; SameSite=Sometimes").same_site, None);
    }

    #[test]
    fn prefixes_are_compared_as_browsers_do() {
        for (name, prefix) in
            [("__HOST-a", Some(CookiePrefix::Host)), ("__secure-a", Some(CookiePrefix::Secure)), ("__Host", None), ("x__Host-a", None)]
        {
            assert_eq!(cookie(&format!("{name}=1")).prefix, prefix, "{name}");
        }
    }

    #[test]
    fn names_and_values_are_split_at_the_first_equals_sign() {
        for (line, name, length) in
            [("a=b=c", "a", 3), (" a \t=\t b ; Secure", "a", 1), ("alone", "", 5), ("=x", "", 1), ("a=", "a", 0), ("a=\"q\"", "a", 3)]
        {
            let read = cookie(line);
            assert_eq!((read.name.as_str(), read.value_bytes), (name, length), "{line}");
        }
    }

    #[test]
    fn a_line_that_sets_nothing_is_ignored() {
        for line in ["", " ", "=", "; Secure", " = ; HttpOnly"] {
            assert_eq!(parse(line.as_bytes(), "", NOW), None, "{line:?}");
        }
    }

    #[test]
    fn a_line_with_a_control_character_sets_nothing_and_one_with_a_tab_does() {
        for control in (0..=0x1f).chain([0x7f]).map(char::from) {
            for line in [format!("a{control}b=c"), format!("a=b{control}c; Secure"), format!("a=b; Path=/{control}x")] {
                assert_eq!(parse(line.as_bytes(), "", NOW).is_some(), control == '\t', "{line:?}");
            }
        }
    }

    #[test]
    fn an_oversized_cookie_is_recorded_and_an_oversized_attribute_is_not() {
        let read = cookie(&format!("a={}; Path=/{}", "b".repeat(5000), "c".repeat(1024)));
        assert_eq!((read.value_bytes, read.path), (5000, None));
    }

    #[test]
    fn deletions_are_recognised_in_every_way_they_are_written() {
        for (attributes, deletion) in [
            ("Max-Age=0", true),
            ("Max-Age=-1", true),
            ("Max-Age=1", false),
            ("Max-Age=99999999999999999999999", false),
            ("Max-Age=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", true),
            ("Max-Age=-; Expires=Thu, 01 Jan 1970 00:00:00 GMT", true),
            ("Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", false),
            ("Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", false),
            ("Max-Age=0; Expires=Thu, 01 Jan 2099 00:00:00 GMT", true),
            ("Max-Age=0; Max-Age=5", false),
            ("Max-Age=0; Max-Age=soon", true),
            ("expires=Sat, 21 Nov 2026 12:00:00 GMT", true),
            ("expires=Sat, 21 Nov 2026 12:00:01 GMT", false),
            ("expires=never", false),
            ("", false),
        ] {
            assert_eq!(cookie(&format!("a=b; {attributes}")).deletion, deletion, "{attributes}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_read_without_a_panic(line: Vec<u8>) {
            let _ = parse(&line, "", NOW);
        }

        #[test]
        fn a_value_never_shows_in_any_field(value in "Q[!-~&&[^;]]{12,40}", name in "[A-Za-z_]{0,8}", attributes in "(; ?[A-Za-z]{1,9}(=[a-z/.]{0,9})?){0,4}") {
            let read = parse(format!("{name}={value}{attributes}").as_bytes(), "https://a.example/", NOW).unwrap();
            let written = format!("{read:?}");
            prop_assert!(!written.contains(&value), "{}", written);
            prop_assert_eq!(read.value_bytes, u64::try_from(value.len()).unwrap());
        }

        #[test]
        fn a_value_that_spills_into_the_attributes_never_shows(secret in "Q[A-Za-z0-9+/=]{12,40}", start in "[a-z]=(\"x; ?|x; Path=/, b=|x; Domain=c=|x, c=|\"; )", end in "(|\"|; Secure)") {
            let line = format!("{start}{secret}{end}");
            let written = format!("{:?} {}", parse(line.as_bytes(), "", NOW), masking::header("Set-Cookie", line.as_bytes()));
            prop_assert!(!written.contains(&secret), "{}", written);
        }

        #[test]
        fn what_a_framework_writes_is_read_as_it_meant_it(
            name in "[A-Za-z_-]{1,12}",
            value in "[A-Za-z0-9]{0,20}",
            flags: (bool, bool, bool),
            same_site in proptest::option::of(prop_oneof![Just(cookie::SameSite::Lax), Just(cookie::SameSite::Strict), Just(cookie::SameSite::None)]),
            path in proptest::option::of("/[a-z]{0,5}"),
            domain in proptest::option::of("[a-z]{1,5}\\.example"),
            seconds in proptest::option::of(-9i64..9),
            days in proptest::option::of(-900i64..900),
        ) {
            let mut written = cookie::Cookie::new(name.clone(), value.clone());
            written.set_secure(flags.0);
            written.set_http_only(flags.1);
            written.set_partitioned(flags.2);
            written.set_same_site(same_site);
            if let Some(path) = path { written.set_path(path) }
            if let Some(domain) = domain { written.set_domain(domain) }
            if let Some(seconds) = seconds { written.set_max_age(time::Duration::seconds(seconds)) }
            if let Some(days) = days { written.set_expires(NOW + time::Duration::days(days)) }
            let read = cookie(&written.to_string());
            let oracle = cookie::Cookie::parse(written.to_string()).unwrap();
            prop_assert_eq!(&read.name, oracle.name());
            prop_assert_eq!(read.value_bytes, u64::try_from(oracle.value().len()).unwrap());
            prop_assert_eq!(read.path.as_deref(), oracle.path());
            prop_assert_eq!(read.domain.as_deref(), oracle.domain());
            prop_assert_eq!(read.secure, oracle.secure().unwrap_or(false));
            prop_assert_eq!(read.http_only, oracle.http_only().unwrap_or(false));
            prop_assert_eq!(read.partitioned, oracle.partitioned().unwrap_or(false));
            prop_assert_eq!(read.same_site.map(|word| format!("{word:?}")), oracle.same_site().map(|word| word.to_string()));
            let gone = seconds.map_or(days.is_some_and(|days| days <= 0), |seconds| seconds <= 0);
            prop_assert_eq!(read.deletion, gone);
        }
    }
}
