//! `Set-Cookie` lines, read as browsers read them (RFC 6265bis, section 5.6), from the raw line and not from a jar: jars drop what browsers reject.

mod date;
pub(super) mod jar;
pub(super) mod line;
mod owners;
mod reach;
mod rejection;
mod value;

use cookie::prefix::{Host, Prefix as _, Secure};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use url::Url;

use self::line::Line;
use super::masking;
use crate::evidence::{Cookie, CookieOwner, CookiePrefix, CookieScope, Platform, Question};

/// What the platform's own cookies are called in reports.
const PLATFORM: &str = "platform";

/// The cookie that a line sets, or would set if browsers took it; absent when nothing stands in the line.
///
/// `set_by` is the URL of the response, already masked.
pub(super) fn parse(line: &[u8], set_by: &str, now: OffsetDateTime) -> Option<Cookie> {
    if line.trim_ascii().is_empty() {
        return None;
    }
    let url = Url::parse(set_by).ok();
    let parts = Line::split(line);
    let rejected_because = rejection::reason(&parts, url.as_ref());
    let name = String::from_utf8_lossy(parts.name);
    let attributes = &parts.attributes;
    let host = url.as_ref().and_then(Url::host_str);
    let cookie = Cookie {
        prefix: prefix(&name),
        name: masking::text(&name),
        deletion: attributes.delete(now),
        domain: attributes.domain.as_deref().map(masking::attribute),
        path: attributes.path.as_deref().map(masking::attribute),
        secure: attributes.secure,
        http_only: attributes.http_only,
        same_site: attributes.same_site,
        partitioned: attributes.partitioned,
        value_bytes: u64::try_from(parts.value.len()).unwrap_or(u64::MAX),
        set_by: set_by.to_owned(),
        value: value::classify(&name, parts.value),
        line: masking::header("Set-Cookie", line),
        rejected_because,
        scope: host.map_or(CookieScope::Host, |host| reach::scope(attributes.domain.as_deref(), host)),
        lifetime: attributes.lifetime(now),
        ..Cookie::default()
    };
    Some(named(cookie, &name))
}

/// The cookie with what its name tells.
fn named(cookie: Cookie, name: &str) -> Cookie {
    let told = owners::told(name);
    Cookie { owner: told.owner, purpose: told.purpose, fix: told.fix, ..cookie }
}

/// Whether a host lies in a domain, both in lower case.
pub(super) fn covers(domain: &str, host: &str) -> bool {
    reach::domain_covers(domain, host)
}

/// The instant that a date in the form of cookies names.
pub(super) fn date(text: &str) -> Option<OffsetDateTime> {
    date::parse(text).or_else(|| OffsetDateTime::parse(text, &Rfc3339).ok())
}

/// Notes what was asked when the cookies were set, and which of them are the platform's: those that one of its hosts set, whatever their name.
pub(in crate::collect) fn attribute(cookies: &mut [Cookie], question: Question, platform: &Platform) {
    for cookie in cookies {
        cookie.question = Some(question);
        if Url::parse(&cookie.set_by).is_ok_and(|url| url.host_str().is_some_and(|host| is_of_platform(host, platform))) {
            let name = platform.names.first().map_or_else(|| PLATFORM.to_owned(), Clone::clone);
            cookie.owner = Some(CookieOwner { name, kind: PLATFORM.to_owned(), fix: None });
        }
    }
}

/// Whether a host is one of the platform's, or lies beside one of them under the same registrable domain.
fn is_of_platform(host: &str, platform: &Platform) -> bool {
    let named = platform.environments.iter().flat_map(|environment| environment.hosts.iter().chain([&environment.sign_in_host]));
    let mut hosts = named.chain(&platform.sign_in.password_hosts).map(String::as_str);
    let site = psl::domain_str(host);
    hosts.any(|known| known == host || (site.is_some() && psl::domain_str(known) == site))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evidence::{CookiePurpose, CookieValue, EnvironmentName, PlatformEnvironment, SameSite};

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-21 12:00 UTC);

    fn cookie(line: &str) -> Cookie {
        parse(line.as_bytes(), "https://a.example/", NOW).unwrap()
    }

    #[test]
    fn every_attribute_is_read_whatever_its_case() {
        let read = cookie("__Secure-sid=abc; Path=/; sEcUrE; HTTPONLY; samesite=NONE; Partitioned; Domain=.A.Example; MAX-AGE=60");
        let expected = Cookie {
            name: "__Secure-sid".into(),
            domain: Some("a.example".into()),
            path: Some("/".into()),
            secure: true,
            http_only: true,
            same_site: Some(SameSite::None),
            partitioned: true,
            prefix: Some(CookiePrefix::Secure),
            deletion: false,
            value_bytes: 3,
            set_by: "https://a.example/".into(),
            value: CookieValue::Other,
            line: "__Secure-sid=<masked 3>; Path=/; sEcUrE; HTTPONLY; samesite=NONE; Partitioned; Domain=.A.Example; MAX-AGE=60".into(),
            rejected_because: None,
            scope: CookieScope::Subdomains,
            lifetime: Some(60),
            owner: None,
            purpose: Some(CookiePurpose::Session),
            fix: cookie("sid=x").fix,
            untold: Vec::new(),
            question: None,
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
    fn an_empty_line_is_no_cookie_and_one_that_sets_nothing_is_a_rejected_one() {
        for line in ["", " ", "\t"] {
            assert_eq!(parse(line.as_bytes(), "", NOW), None, "{line:?}");
        }
        for line in ["=", "; Secure", " = ; HttpOnly"] {
            assert!(cookie(line).rejected_because.is_some(), "{line:?}");
        }
    }

    #[test]
    fn a_line_with_a_control_character_is_rejected_and_one_with_a_tab_is_not() {
        for control in (0..=0x1f).chain([0x7f]).map(char::from) {
            for line in [format!("a{control}b=c"), format!("a=b{control}c; HttpOnly"), format!("a=b; Path=/{control}x")] {
                assert_eq!(cookie(&line).rejected_because.is_none(), control == '\t', "{line:?}");
            }
        }
    }

    #[test]
    fn a_lifetime_is_counted_from_now_and_capped_as_browsers_do() {
        const CAP: u64 = 400 * 86_400;
        for (attributes, lifetime) in [
            ("", None),
            ("Expires=soon", None),
            ("Max-Age=60", Some(60)),
            ("Max-Age=60; Expires=Thu, 01 Jan 2099 00:00:00 GMT", Some(60)),
            ("Max-Age=0", Some(0)),
            ("Max-Age=-7", Some(0)),
            ("Max-Age=34560001", Some(CAP)),
            ("Max-Age=99999999999999999999999", Some(CAP)),
            ("Expires=Sat, 21 Nov 2026 12:01:00 GMT", Some(60)),
            ("Expires=Thu, 01 Jan 2099 00:00:00 GMT", Some(CAP)),
            ("Expires=Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        ] {
            assert_eq!(cookie(&format!("a=b; {attributes}")).lifetime, lifetime, "{attributes}");
        }
    }

    #[test]
    fn what_a_platform_host_sets_is_the_platforms_and_nothing_else_is() {
        let environment = PlatformEnvironment {
            name: EnvironmentName::Production,
            sign_in_host: "online.vendor.com".into(),
            hosts: vec!["online#.vendor.com".into()],
            issuer: "https://online.vendor.com".into(),
        };
        let platform = Platform { names: vec!["vendor".into()], environments: vec![environment], ..Platform::default() };
        for (host, owned) in
            [("online.vendor.com", true), ("online3.vendor.com", true), ("app.partner.com", false), ("vendor.com.partner.com", false)]
        {
            let mut cookies = vec![parse(b"Login=1", &format!("https://{host}/"), NOW).unwrap()];
            attribute(&mut cookies, Question::Visit, &platform);
            assert_eq!(cookies[0].question, Some(Question::Visit));
            assert_eq!(
                cookies[0].owner.as_ref().map(|owner| (owner.name.as_str(), owner.kind.as_str())),
                owned.then_some(("vendor", PLATFORM)),
                "{host}"
            );
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
