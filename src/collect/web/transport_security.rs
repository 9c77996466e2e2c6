//! What `Strict-Transport-Security` tells a browser (RFC 6797).

use super::headers::Head;
use crate::evidence::{HopTls, Reading, TransportSecurity};

/// What an answer tells, read as browsers do: over https with a certificate that they trust, the first line only; absent without a line.
///
/// `tls` is that of the answer's connection; absent over plain http.
pub(super) fn transport_security(head: &Head, tls: Option<&HopTls>) -> Option<TransportSecurity> {
    let mut lines = head.values("Strict-Transport-Security");
    let first = lines.next()?;
    let repeated = lines.next().is_some();
    let told = read(&String::from_utf8_lossy(first));
    let ignored_because = match (tls.map(|tls| tls.trusted), &told) {
        (None, _) => Some("it came over plain http"),
        (Some(Reading::Observed(false)), _) => Some("the certificate is not trusted"),
        // What could not be judged has a flaw that no browser gets past either.
        (Some(Reading::Unknown), _) => Some("it is not known whether the certificate is trusted"),
        (Some(Reading::Observed(true)), Err(why)) => Some(*why),
        (Some(Reading::Observed(true)), Ok(_)) => None,
    };
    let told = told.unwrap_or_default();
    Some(TransportSecurity { repeated, ignored_because: ignored_because.map(ToOwned::to_owned), ..told })
}

/// One line (section 6.1).
fn read(line: &str) -> Result<TransportSecurity, &'static str> {
    let mut told = TransportSecurity::default();
    let mut seen: Vec<String> = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if let Some(more) = rest.strip_prefix(';') {
            rest = more;
            continue;
        }
        if rest.is_empty() {
            break;
        }
        let (name, value, more) = directive(rest).ok_or("the line breaks its grammar")?;
        let name = name.to_ascii_lowercase();
        if seen.contains(&name) {
            return Err("a directive stands in it twice");
        }
        match name.as_str() {
            "max-age" => told.max_age = Some(value.as_deref().and_then(seconds).ok_or("`max-age` is no number")?),
            "includesubdomains" if value.is_none() => told.include_subdomains = true,
            "includesubdomains" => return Err("`includeSubDomains` has a value"),
            "preload" => told.preload = true,
            _ => {} // Unknown ones are passed over.
        }
        seen.push(name);
        rest = more;
    }
    if told.max_age.is_some() { Ok(told) } else { Err("it has no `max-age`") }
}

/// A name, its value, and what follows the directive.
fn directive(text: &str) -> Option<(&str, Option<String>, &str)> {
    let (name, rest) = token(text)?;
    let rest = rest.trim_start_matches([' ', '\t']);
    let (value, rest) = match rest.strip_prefix('=') {
        None => (None, rest),
        Some(rest) => {
            let rest = rest.trim_start_matches([' ', '\t']);
            let (value, rest) =
                if rest.starts_with('"') { quoted(rest)? } else { token(rest).map(|(value, rest)| (value.to_owned(), rest))? };
            (Some(value), rest)
        }
    };
    let rest = rest.trim_start_matches([' ', '\t']);
    (rest.is_empty() || rest.starts_with(';')).then_some((name, value, rest))
}

/// A token (RFC 9110, section 5.6.2).
fn token(text: &str) -> Option<(&str, &str)> {
    let is_other = |letter: char| !(letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter));
    let end = text.find(is_other).unwrap_or(text.len());
    text.split_at_checked(end).filter(|(token, _)| !token.is_empty())
}

/// A quoted string without its quotes and backslashes (RFC 9110, section 5.6.4).
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.strip_prefix('"')?.chars();
    loop {
        match letters.next()? {
            '"' => return Some((value, letters.as_str())),
            '\\' => value.push(letters.next()?),
            letter => value.push(letter),
        }
    }
}

/// Digits. More than fit are the most that fit.
fn seconds(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::collect::web::headers::HeadReader;

    fn head(lines: &[&str]) -> Head {
        let lines: String = lines.iter().map(|line| format!("strict-transport-security: {line}\r\n")).collect();
        HeadReader::default().push(format!("HTTP/1.1 200 OK\r\n{lines}\r\n").as_bytes()).unwrap().unwrap()
    }

    fn tls(trusted: Reading<bool>) -> HopTls {
        HopTls { version: "tls1.3".into(), cipher_suite: "TLS_AES_128_GCM_SHA256".into(), trusted, reason: None }
    }

    fn told(lines: &[&str]) -> Option<TransportSecurity> {
        transport_security(&head(lines), Some(&tls(Reading::Observed(true))))
    }

    #[test]
    fn a_line_is_read_as_browsers_read_it() {
        for (line, max_age, subdomains, preload) in [
            ("max-age=31536000", 31_536_000, false, false),
            ("includeSubDomains; Max-Age = \"15552000\" ; preload;", 15_552_000, true, true),
            ("max-age=0", 0, false, false),
            ("max-age=99999999999999999999999", u64::MAX, false, false),
            (";;max-age=1;unknown=\"a;b\\\"\";other", 1, false, false),
        ] {
            let expected =
                TransportSecurity { max_age: Some(max_age), include_subdomains: subdomains, preload, ..TransportSecurity::default() };
            assert_eq!(told(&[line]), Some(expected), "{line}");
        }
        assert_eq!(told(&[]), None);
    }

    #[test]
    fn a_broken_line_is_ignored_and_says_why() {
        for (line, words) in [
            ("", "no `max-age`"),
            ("includeSubDomains", "no `max-age`"),
            ("max-age", "no number"),
            ("max-age=-1", "no number"),
            ("max-age=\"\"", "no number"),
            ("max-age=", "grammar"),
            ("max-age=1 preload", "grammar"),
            ("max-age=1, max-age=2", "grammar"),
            ("max-age=\"1", "grammar"),
            ("max-age=1; MAX-AGE=1", "twice"),
            ("max-age=1; includeSubDomains=true", "has a value"),
        ] {
            let told = told(&[line]).unwrap();
            assert!(told.max_age.is_none() && told.ignored_because.as_deref().is_some_and(|why| why.contains(words)), "{line}: {told:?}");
        }
    }

    #[test]
    fn only_the_first_line_counts() {
        let two = told(&["max-age=1", "max-age=2; preload"]).unwrap();
        assert_eq!((two.max_age, two.preload, two.repeated, two.ignored_because), (Some(1), false, true, None));
        let broken = told(&["nonsense here", "max-age=2"]).unwrap();
        assert!(broken.max_age.is_none() && broken.ignored_because.is_some());
    }

    #[test]
    fn plain_http_and_an_untrusted_certificate_count_for_nothing() {
        let line = head(&["max-age=9"]);
        let plain = transport_security(&line, None).unwrap();
        assert!(plain.max_age == Some(9) && plain.ignored_because.unwrap().contains("plain http"));
        let untrusted = transport_security(&line, Some(&tls(Reading::Observed(false)))).unwrap();
        assert!(untrusted.ignored_because.unwrap().contains("not trusted"));
    }

    proptest! {
        #[test]
        fn no_line_is_too_strange(line in any::<String>()) {
            let _ = read(&line);
        }
    }
}
