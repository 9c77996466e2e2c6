//! Where else a server says that it can be reached: `Alt-Svc` (RFC 7838).
//!
//! A value that breaks the grammar counts for nothing as a whole, as in Chromium.

use crate::evidence::AlternativeService;

/// How long an alternative holds where nothing is said, in seconds (RFC 7838, section 3.1).
const FRESH_BY_DEFAULT: u64 = 24 * 60 * 60;

/// The most alternatives of one response that are kept.
const ALTERNATIVES_LIMIT: usize = 64;

/// What one response says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    /// Nothing: what was said before holds.
    Silent,
    /// These, in place of all that was said before; none where the response clears them.
    These(Vec<AlternativeService>),
    /// Nothing that can be read.
    Broken,
}

/// Reads all lines of one response, which are one list (RFC 9110, section 5.3).
pub(super) fn read<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Statement {
    let lines: Vec<&[u8]> = lines.collect();
    if lines.is_empty() {
        return Statement::Silent;
    }
    let text = lines.join(&b","[..]);
    match list(&mut Reader { rest: &text }) {
        Some(alternatives) => Statement::These(alternatives),
        None => Statement::Broken,
    }
}

/// The whole list; `clear` anywhere in it takes everything away (section 3).
fn list(reader: &mut Reader<'_>) -> Option<Vec<AlternativeService>> {
    let (mut found, mut cleared) = (Vec::new(), false);
    loop {
        reader.skip_space();
        // Empty elements are forgiven (RFC 9110, section 5.6.1.2).
        if reader.takes(b',') {
            continue;
        }
        if reader.rest.is_empty() {
            break;
        }
        match alternative(reader)? {
            Some(alternative) if found.len() < ALTERNATIVES_LIMIT => found.push(alternative),
            Some(_) => {}
            None => cleared = true,
        }
        reader.skip_space();
        if !reader.rest.is_empty() && !reader.takes(b',') {
            return None;
        }
    }
    Some(if cleared { Vec::new() } else { found })
}

/// One element; inner absence is `clear`, outer absence a fault.
#[expect(clippy::option_option, reason = "a fault, the word `clear`, and a service are three things")]
fn alternative(reader: &mut Reader<'_>) -> Option<Option<AlternativeService>> {
    let protocol = reader.token()?;
    if protocol == "clear" && !reader.rest.starts_with(b"=") {
        return Some(None);
    }
    if !reader.takes(b'=') {
        return None;
    }
    let (host, port) = authority(&reader.quoted()?)?;
    let mut service = AlternativeService { protocol, host, port, max_age: FRESH_BY_DEFAULT, persist: false };
    loop {
        reader.skip_space();
        if !reader.takes(b';') {
            return Some(Some(service));
        }
        reader.skip_space();
        let (name, value) = reader.parameter()?;
        match name.to_ascii_lowercase().as_str() {
            "ma" => service.max_age = seconds(&value)?,
            "persist" => service.persist = value == "1",
            _ => {} // Unknown ones are passed over (section 3.1).
        }
    }
}

/// `[host]:port`, the host in brackets where it is an IPv6 address.
fn authority(text: &str) -> Option<(Option<String>, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let port: u16 = port.parse().ok().filter(|port| digits && *port > 0)?;
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%[]:".contains(&byte));
    let bracketed = host.starts_with('[') && host.ends_with(']');
    (plain && (bracketed || !host.contains(':'))).then(|| ((!host.is_empty()).then(|| host.to_owned()), port))
}

/// Digits. More than fit are the most that fit.
fn seconds(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    fn takes(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// A token (RFC 9110, section 5.6.2).
    fn token(&mut self) -> Option<String> {
        let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
        let length = self.rest.iter().take_while(|byte| is_token(byte)).count();
        let (token, rest) = self.rest.split_at_checked(length).filter(|(token, _)| !token.is_empty())?;
        self.rest = rest;
        Some(String::from_utf8_lossy(token).into_owned())
    }

    /// A quoted string without its quotes and backslashes (RFC 9110, section 5.6.4).
    fn quoted(&mut self) -> Option<String> {
        if !self.takes(b'"') {
            return None;
        }
        let mut text = Vec::new();
        loop {
            let (first, rest) = self.rest.split_first()?;
            let (byte, rest) = match first {
                b'"' => {
                    self.rest = rest;
                    return Some(String::from_utf8_lossy(&text).into_owned());
                }
                b'\\' => rest.split_first()?,
                _ => (first, rest),
            };
            text.push(*byte);
            self.rest = rest;
        }
    }

    fn parameter(&mut self) -> Option<(String, String)> {
        let name = self.token()?;
        if !self.takes(b'=') {
            return None;
        }
        let value = if self.rest.starts_with(b"\"") { self.quoted() } else { self.token() };
        Some((name, value?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn service(protocol: &str, host: Option<&str>, port: u16) -> AlternativeService {
        AlternativeService { protocol: protocol.into(), host: host.map(Into::into), port, max_age: FRESH_BY_DEFAULT, persist: false }
    }

    fn of(lines: &[&str]) -> Statement {
        read(lines.iter().map(|line| line.as_bytes()))
    }

    #[test]
    fn the_examples_of_the_rfc_are_read_as_it_says() {
        assert_eq!(of(&["h2=\":8000\""]), Statement::These(vec![service("h2", None, 8000)]));
        assert_eq!(of(&["h2=\"new.example.org:80\""]), Statement::These(vec![service("h2", Some("new.example.org"), 80)]));
        assert_eq!(of(&["w%3Dx%3Ay=\":1\""]), Statement::These(vec![service("w%3Dx%3Ay", None, 1)]));
        let two = [service("h2", Some("alt.example.com"), 8000), service("h2", None, 443)];
        assert_eq!(of(&["h2=\"alt.example.com:8000\", h2=\":443\""]), Statement::These(two.to_vec()));
        let remembered = AlternativeService { max_age: 2_592_000, persist: true, ..service("h2", None, 443) };
        assert_eq!(of(&["h2=\":443\"; ma=2592000; persist=1"]), Statement::These(vec![remembered]));
        assert_eq!(of(&["clear"]), Statement::These(vec![]));
    }

    #[test]
    fn several_lines_are_one_list_and_clear_takes_all_of_it_away() {
        let both = vec![service("h3", None, 443), service("h3-29", None, 8443)];
        assert_eq!(of(&["h3=\":443\"", "h3-29=\":8443\""]), Statement::These(both));
        assert_eq!(of(&["h3=\":443\"", "clear"]), Statement::These(vec![]));
        assert_eq!(of(&["clear=\":443\""]), Statement::These(vec![service("clear", None, 443)]));
        assert_eq!(of(&[]), Statement::Silent);
    }

    #[test]
    fn commas_semicolons_and_backslashes_in_quotes_divide_nothing() {
        let expected = AlternativeService { max_age: 60, ..service("h3", Some("[2001:db8::1]"), 443) };
        assert_eq!(of(&["h3=\"[2001:db8::\\1]:443\" ;\tx=\"a,b;\\\"c\"; MA=\"60\",, "]), Statement::These(vec![expected]));
    }

    #[test]
    fn what_breaks_the_grammar_counts_for_nothing_as_a_whole() {
        for broken in [
            "h3",
            "h3=:443",
            "h3=\":443",
            "h3=\"443\"",
            "h3=\":0\"",
            "h3=\":65536\"",
            "h3=\":+443\"",
            "h3=\":443\" h2=\":1\"",
            "=\":443\"",
            "h3=\":443\"; ma",
            "h3=\":443\"; ma=-1",
            "h3=\":443\"; ma=\"\"",
            "h3=\":443\";",
            "Clear",
            "h3=\"a b:443\"",
            "h3=\"::1:443\"",
            "h3=\":443\", h2",
        ] {
            assert_eq!(of(&[broken]), Statement::Broken, "{broken}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(lines: Vec<Vec<u8>>) {
            let _ = read(lines.iter().map(Vec::as_slice));
        }

        #[test]
        fn what_is_written_is_read(
            services in proptest::collection::vec(("[a-z][a-z0-9-]{0,6}", "([a-z]{1,9}\\.example)?", 1..=u16::MAX, any::<u64>(), any::<bool>()), 1..9),
            in_lines: bool,
        ) {
            let services: Vec<AlternativeService> = services
                .into_iter()
                .map(|(protocol, host, port, max_age, persist)| {
                    AlternativeService { protocol, host: (!host.is_empty()).then_some(host), port, max_age, persist }
                })
                .collect();
            let write = |service: &AlternativeService| {
                let persist = if service.persist { "; persist=1" } else { "" };
                let host = service.host.as_deref().unwrap_or_default();
                format!("{}=\"{host}:{}\"; ma={}{persist}", service.protocol, service.port, service.max_age)
            };
            let written: Vec<String> = services.iter().map(write).collect();
            let lines = if in_lines { written } else { vec![written.join(" , ")] };
            prop_assert_eq!(read(lines.iter().map(String::as_bytes)), Statement::These(services));
        }
    }
}
