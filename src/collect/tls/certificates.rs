//! What a certificate says of itself (RFC 5280).

use std::{fmt, net::IpAddr};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use x509_parser::{
    certificate::X509Certificate,
    extensions::{GeneralName, ParsedExtension},
    objects::{oid_registry, oid2sn},
    prelude::FromDer as _,
    signature_algorithm::RsaSsaPssParams,
    x509::AlgorithmIdentifier,
};

use super::{
    key::Key,
    signature::{self, Signature},
};
use crate::{
    evidence::{Certificate, Reading},
    wording::{hexadecimal, sha256, visible},
};

/// Reads a certificate.
pub(super) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, String> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        Ok((rest, _)) => Err(format!("{} bytes too many after the certificate", rest.len())),
        Err(problem) => Err(visible(&format!("not a readable certificate: {problem}"))),
    }
}

/// The certificate at a place of the server's message, as evidence.
pub(super) fn describe(position: usize, der: &[u8]) -> Certificate {
    let position = u32::try_from(position).unwrap_or(u32::MAX);
    let sha256 = sha256(der);
    match parse(der) {
        Ok(certificate) => readable(position, sha256, &certificate),
        Err(error) => unreadable(position, sha256, error),
    }
}

fn readable(position: u32, sha256: String, certificate: &X509Certificate<'_>) -> Certificate {
    let key = Key::of(certificate.public_key());
    Certificate {
        position,
        subject: visible(&certificate.subject().to_string()),
        issuer: visible(&certificate.issuer().to_string()),
        sans: alternative_names(certificate).map(|name| name.to_string()).collect(),
        not_before: instant(certificate.validity().not_before.to_datetime()),
        not_after: instant(certificate.validity().not_after.to_datetime()),
        key: key.name,
        key_algorithm: key.algorithm,
        key_bits: key.bits.into(),
        signature_algorithm: signature_algorithm(&certificate.signature_algorithm),
        serial: hexadecimal(certificate.raw_serial()),
        self_signed: is_self_signed(certificate),
        sha256,
        must_staple: Reading::Unknown,
        validity_days: Reading::Unknown,
        error: None,
    }
}

fn unreadable(position: u32, sha256: String, error: String) -> Certificate {
    Certificate {
        position,
        subject: String::new(),
        issuer: String::new(),
        sans: vec![],
        not_before: String::new(),
        not_after: String::new(),
        key: String::new(),
        key_algorithm: String::new(),
        key_bits: Reading::Unknown,
        signature_algorithm: String::new(),
        serial: String::new(),
        self_signed: false,
        sha256,
        must_staple: Reading::Unknown,
        validity_days: Reading::Unknown,
        error: Some(error),
    }
}

/// Whether subject and issuer are equal and nothing speaks against its own key having made the signature.
pub(super) fn is_self_signed(certificate: &X509Certificate<'_>) -> bool {
    certificate.subject().as_raw() == certificate.issuer().as_raw() && signature::of(certificate, certificate) != Signature::Foreign
}

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

/// The algorithm's registered name; for RSA-PSS with the hash, which only the parameters tell; else its number.
fn signature_algorithm(algorithm: &AlgorithmIdentifier<'_>) -> String {
    let named = |oid| oid2sn(oid, oid_registry()).map_or_else(|_| oid.to_id_string(), str::to_owned);
    let name = match algorithm.algorithm.to_id_string().as_str() {
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1".into(),
        "2.16.840.1.101.3.4.3.2" => "dsa-with-SHA256".into(),
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44".into(),
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65".into(),
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87".into(),
        _ => named(&algorithm.algorithm),
    };
    match algorithm.parameters.as_ref().filter(|_| name == "rsassa-pss").map(RsaSsaPssParams::try_from) {
        Some(Ok(parameters)) => format!("{name} with {}", named(parameters.hash_algorithm_oid())),
        _ => name,
    }
}

fn instant(instant: OffsetDateTime) -> String {
    instant.format(&Rfc3339).unwrap_or_default()
}
