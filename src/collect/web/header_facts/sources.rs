//! One source expression of a Content Security Policy (CSP Level 3, section 2.3.1).

/// Keywords that browsers know, without their quotes.
const KEYWORDS: [&str; 15] = [
    "self",
    "none",
    "unsafe-inline",
    "unsafe-eval",
    "strict-dynamic",
    "unsafe-hashes",
    "report-sample",
    "wasm-unsafe-eval",
    "trusted-types-eval",
    "unsafe-allow-redirects",
    "inline-speculation-rules",
    "unsafe-webtransport-hashes",
    "report-sha256",
    "report-sha384",
    "report-sha512",
];

const HASHES: [&str; 3] = ["sha256-", "sha384-", "sha512-"];

/// Who or what a directive lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A word in single quotes, in lower case and without them.
    Keyword(String),
    /// A nonce or a hash: `'nonce-…'`, `'sha256-…'`.
    NonceOrHash,
    /// Everything of a scheme, in lower case and without the colon.
    Scheme(String),
    /// A host or some hosts.
    Host(HostSource),
    /// Something that browsers pass over.
    Unknown,
}

/// A host or some hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostSource {
    /// In lower case; absent for that of the page, or a safer one.
    pub(super) scheme: Option<String>,
    pub(super) host: HostPart,
    /// Digits or `*`; absent for the scheme's own.
    pub(super) port: Option<String>,
    /// With its slash; empty where there is none.
    pub(super) path: String,
}

/// The host of a source, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HostPart {
    /// `*`
    Any,
    /// `*.example.com`, without star and dot.
    Below(String),
    /// A name or an IPv4 address.
    Exact(String),
}

impl Source {
    pub(super) fn parse(written: &str) -> Self {
        let lower = written.to_ascii_lowercase();
        if let Some(word) = lower.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            return quoted(word);
        }
        match lower.strip_suffix(':') {
            Some(scheme) if is_scheme(scheme) => Self::Scheme(scheme.to_owned()),
            _ => host_source(&lower).map_or(Self::Unknown, Self::Host),
        }
    }

    pub(super) fn is_keyword(&self, word: &str) -> bool {
        matches!(self, Self::Keyword(keyword) if keyword == word)
    }

    /// Whether it lets in every host of a scheme, or everything.
    pub(super) fn is_everyone(&self) -> bool {
        match self {
            Self::Scheme(scheme) => matches!(scheme.as_str(), "http" | "https" | "data"),
            Self::Host(source) => source.host == HostPart::Any,
            Self::Keyword(_) | Self::NonceOrHash | Self::Unknown => false,
        }
    }
}

impl HostSource {
    /// Whether it can mean pages of https on the usual port. `http` means https too (section 6.7.2.9).
    pub(super) fn means_https_pages(&self) -> bool {
        let scheme = self.scheme.as_deref().is_none_or(|scheme| matches!(scheme, "http" | "https"));
        let port = self.port.as_deref().is_none_or(|port| matches!(port, "*" | "443"));
        scheme && port && matches!(self.path.as_str(), "" | "/")
    }
}

fn quoted(word: &str) -> Source {
    let is_value =
        |value: &str| !value.is_empty() && value.chars().all(|letter| letter.is_ascii_alphanumeric() || "+/-_=".contains(letter));
    let coded = std::iter::once("nonce-").chain(HASHES).find_map(|start| word.strip_prefix(start));
    match coded {
        Some(value) if is_value(value) => Source::NonceOrHash,
        None if KEYWORDS.contains(&word) => Source::Keyword(word.to_owned()),
        _ => Source::Unknown,
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
}

fn host_source(text: &str) -> Option<HostSource> {
    let (scheme, rest) = text.split_once("://").map_or((None, text), |(scheme, rest)| (Some(scheme), rest));
    if scheme.is_some_and(|scheme| !is_scheme(scheme)) {
        return None;
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let is_port = |port: &str| port == "*" || (!port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    if port.is_some_and(|port| !is_port(port)) {
        return None;
    }
    Some(HostSource {
        scheme: scheme.map(ToOwned::to_owned),
        host: host_part(host)?,
        port: port.map(ToOwned::to_owned),
        path: path.to_owned(),
    })
}

fn host_part(host: &str) -> Option<HostPart> {
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
    let is_name = |name: &str| name.split('.').all(is_label);
    match (host, host.strip_prefix("*.")) {
        ("*", _) => Some(HostPart::Any),
        (_, Some(base)) => is_name(base).then(|| HostPart::Below(base.to_owned())),
        (name, None) => is_name(name).then(|| HostPart::Exact(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_kind_of_source_is_told_apart() {
        assert_eq!(Source::parse("'SELF'"), Source::Keyword("self".into()));
        for coded in ["'nonce-aB1+/_-=='", "'SHA256-abc='"] {
            assert_eq!(Source::parse(coded), Source::NonceOrHash, "{coded}");
        }
        assert_eq!(Source::parse("HTTPS:"), Source::Scheme("https".into()));
        for unknown in ["'selv'", "'nonce-'", "'nonce-a b'", "https://", "a..b", "*.*.example", "[::1]", "a:b", "''", "'", ""] {
            assert_eq!(Source::parse(unknown), Source::Unknown, "{unknown}");
        }
        let Source::Host(host) = Source::parse("https://*.Example.com:8443/a") else { panic!("it is a host") };
        assert_eq!(host.host, HostPart::Below("example.com".into()));
        assert_eq!((host.port.as_deref(), host.path.as_str()), (Some("8443"), "/a"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text: String) {
            let _ = Source::parse(&text);
        }
    }
}
