//! The names that a certificate is made out to, and whether the host's is one of them (RFC 9525).

use std::{fmt, net::IpAddr};

use x509_parser::{
    certificate::X509Certificate,
    der_parser::asn1_rs::{Any, Tag},
    extensions::{GeneralName, ParsedExtension, X509Extension},
    objects::{oid_registry, oid2abbrev},
    oid_registry::OID_X509_EXT_SUBJECT_ALT_NAME,
    x509::{AttributeTypeAndValue, RelativeDistinguishedName, X509Name},
};

use crate::{
    evidence::Reading::{self, Observed, Unknown},
    wording::{hexadecimal, visible},
};

/// A name of the subject alternative name extension that a server can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AlternativeName {
    Dns(String),
    Ip(IpAddr),
}

impl fmt::Display for AlternativeName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => formatter.write_str(name),
            Self::Ip(address) => address.fmt(formatter),
        }
    }
}

/// The DNS names and addresses of the subject alternative name extension.
pub(super) fn alternative_names(certificate: &X509Certificate<'_>) -> impl Iterator<Item = AlternativeName> {
    let names = certificate.extensions().iter().filter_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
        _ => None,
    });
    names.flatten().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(AlternativeName::Dns(visible(name))),
        GeneralName::IPAddress(bytes) => address(bytes).map(AlternativeName::Ip),
        _ => None,
    })
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// Whether a certificate names the host (RFC 9525, section 6): by its alternative names only, whatever the subject says. Unknown where they
/// cannot be read.
pub(super) fn is_for(host: &str, certificate: &X509Certificate<'_>) -> Reading<bool> {
    let is_named = alternative_names(certificate).any(|name| Host::of(host).is_named(&name));
    if !is_named && has_unreadable_names(certificate) { Unknown } else { Observed(is_named) }
}

/// Whether the subject alternative name extension is there, and cannot be read.
pub(super) fn has_unreadable_names(certificate: &X509Certificate<'_>) -> bool {
    let is_unreadable = |extension: &X509Extension<'_>| {
        extension.oid == OID_X509_EXT_SUBJECT_ALT_NAME
            && !matches!(extension.parsed_extension(), ParsedExtension::SubjectAlternativeName(_))
    };
    certificate.extensions().iter().any(is_unreadable)
}

/// Whether only a common name of the subject is that of the host.
pub(super) fn is_in_subject_only(host: &str, certificate: &X509Certificate<'_>) -> Reading<bool> {
    match is_for(host, certificate) {
        Observed(is_for) => Observed(!is_for && is_common_name(host, certificate)),
        Unknown => Unknown,
    }
}

/// A distinguished name for people to read: as its own text where it has one, else with the bytes that are no text escaped.
pub(super) fn distinguished_name(name: &X509Name<'_>) -> String {
    let one = |part: &AttributeTypeAndValue<'_>| {
        let kind = oid2abbrev(part.attr_type(), oid_registry()).map_or_else(|_| part.attr_type().to_id_string(), str::to_owned);
        format!("{kind}={}", attribute(part.attr_value()))
    };
    let together = |parts: &RelativeDistinguishedName<'_>| parts.iter().map(one).collect::<Vec<_>>().join(" + ");
    visible(&name.iter().map(together).collect::<Vec<_>>().join(", "))
}

fn attribute(value: &Any<'_>) -> String {
    const UTF16: u32 = Tag::BmpString.0;
    let is_text = matches!(
        value.tag(),
        Tag::NumericString
            | Tag::VisibleString
            | Tag::PrintableString
            | Tag::GeneralString
            | Tag::ObjectDescriptor
            | Tag::GraphicString
            | Tag::T61String
            | Tag::VideotexString
            | Tag::Utf8String
            | Tag::Ia5String
    );
    match std::str::from_utf8(value.data) {
        _ if value.tag().0 == UTF16 => {
            let (units, _) = value.data.as_chunks();
            String::from_utf16_lossy(&units.iter().map(|unit| u16::from_be_bytes(*unit)).collect::<Vec<_>>())
        }
        Ok(text) if is_text => text.to_owned(),
        Err(_) if is_text => value.data.escape_ascii().to_string(),
        _ => hexadecimal(value.data),
    }
}

/// Whether a common name of the subject is that of the host, as clients read it before RFC 6125.
fn is_common_name(host: &str, certificate: &X509Certificate<'_>) -> bool {
    let host = Host::of(host);
    let names = certificate.subject().iter_common_name().filter_map(|name| name.as_str().ok());
    names.into_iter().any(|name| match name.parse() {
        Ok(address) => host.is_named(&AlternativeName::Ip(address)),
        Err(_) => host.is_named(&AlternativeName::Dns(name.to_owned())),
    })
}

/// The host that was asked for.
enum Host<'a> {
    Ip(IpAddr),
    Dns(&'a str),
}

impl<'a> Host<'a> {
    fn of(host: &'a str) -> Self {
        let host = host.strip_suffix('.').unwrap_or(host);
        match host.trim_start_matches('[').trim_end_matches(']').parse() {
            Ok(address) => Self::Ip(address),
            Err(_) => Self::Dns(host),
        }
    }

    fn is_named(&self, name: &AlternativeName) -> bool {
        match (self, name) {
            (Self::Ip(host), AlternativeName::Ip(name)) => host == name,
            (Self::Dns(host), AlternativeName::Dns(name)) => matches(name, host),
            _ => false,
        }
    }
}

/// A wildcard stands for the whole left-most label, and for one label only (RFC 9525, section 6.3). What it stands before has at least two
/// labels, as every client demands that does not know the public suffixes. Names in other scripts come as A-labels (RFC 5890).
fn matches(presented: &str, host: &str) -> bool {
    let presented = presented.strip_suffix('.').unwrap_or(presented);
    match (presented.strip_prefix("*."), host.split_once('.')) {
        (Some(domain), Some((label, parent))) => {
            let is_domain = domain.contains('.') && !domain.contains('*') && !domain.split('.').any(str::is_empty);
            !label.is_empty() && is_domain && domain.eq_ignore_ascii_case(parent)
        }
        (Some(_), None) => false,
        (None, _) => !presented.is_empty() && !presented.contains('*') && presented.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn label() -> impl Strategy<Value = String> {
        "[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?"
    }

    fn name() -> impl Strategy<Value = String> {
        proptest::collection::vec(label(), 2..5).prop_map(|labels| labels.join("."))
    }

    proptest! {
        #[test]
        fn a_name_matches_itself_in_any_case_and_with_the_roots_dot(name in name()) {
            prop_assert!(matches(&name, &name.to_uppercase()));
            prop_assert!(matches(&name.to_uppercase(), &name));
            let with_dot = format!("{name}.");
            prop_assert!(matches(&with_dot, &name));
        }

        #[test]
        fn a_wildcard_stands_for_exactly_one_label(domain in name(), label in label(), more in label()) {
            let wildcard = format!("*.{domain}");
            let (one, two) = (format!("{label}.{domain}"), format!("{more}.{label}.{domain}"));
            prop_assert!(matches(&wildcard, &one));
            prop_assert!(!matches(&wildcard, &two));
            prop_assert!(!matches(&wildcard, &domain));
        }

        #[test]
        fn a_wildcard_elsewhere_matches_nothing(name in name(), host in name(), place in any::<prop::sample::Index>()) {
            let mut broken = name;
            broken.insert(1 + place.index(broken.len()), '*');
            prop_assert!(!matches(&broken, &host));
        }

        #[test]
        fn no_text_makes_it_panic(presented in ".{0,20}", host in ".{0,20}") {
            let _ = (matches(&presented, &host), Host::of(&host).is_named(&AlternativeName::Dns(presented)));
        }
    }

    #[test]
    fn a_wildcard_before_a_single_label_matches_nothing() {
        assert!(!matches("*.com", "example.com"));
        assert!(!matches("*.", "example."));
        assert!(!matches("*..com", "example..com"));
    }
}
