//! What a certificate says of itself (RFC 5280).

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use x509_parser::{
    certificate::X509Certificate,
    der_parser::asn1_rs::{FromDer as _, Integer, Sequence},
    objects::{oid_registry, oid2sn},
    signature_algorithm::RsaSsaPssParams,
    x509::AlgorithmIdentifier,
};

use super::{
    key::Key,
    names::{alternative_names, distinguished_name},
    signature::{self, Signature},
};
use crate::{
    evidence::{
        Certificate,
        Reading::{self, Observed},
    },
    wording::{hexadecimal, sha256, visible},
};

/// The extension that demands TLS features (RFC 7633).
const TLS_FEATURE: &str = "1.3.6.1.5.5.7.1.24";
/// The TLS extension `status_request`, by which a response is stapled (RFC 6066, section 8).
const STATUS_REQUEST: u64 = 5;
const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// Reads a certificate.
pub(in crate::collect) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, String> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        Ok((rest, _)) => Err(format!("{} bytes too many after the certificate", rest.len())),
        Err(problem) => Err(visible(&format!("not a readable certificate: {problem}"))),
    }
}

/// The certificate at a place of the server's message, as evidence.
pub(in crate::collect) fn describe(position: usize, der: &[u8]) -> Certificate {
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
        subject: distinguished_name(certificate.subject()),
        issuer: distinguished_name(certificate.issuer()),
        sans: alternative_names(certificate).map(|name| name.to_string()).collect(),
        not_before: instant(certificate.validity().not_before.to_datetime()),
        not_after: instant(certificate.validity().not_after.to_datetime()),
        key: key.name,
        key_algorithm: key.algorithm,
        key_bits: key.bits.into(),
        rsa_exponent: key.exponent,
        signature_algorithm: signature_algorithm(&certificate.signature_algorithm),
        serial: hexadecimal(certificate.raw_serial()),
        self_signed: is_self_signed(certificate),
        sha256,
        must_staple: Observed(must_staple(certificate)),
        validity_days: Observed(validity_days(certificate)),
        authority: certificate.basic_constraints().map(|limits| limits.is_some_and(|limits| limits.value.ca)).ok().into(),
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
        rsa_exponent: None,
        signature_algorithm: String::new(),
        serial: String::new(),
        self_signed: false,
        sha256,
        must_staple: Reading::Unknown,
        validity_days: Reading::Unknown,
        authority: Reading::Unknown,
        error: Some(error),
    }
}

/// Whether subject and issuer are equal and nothing speaks against its own key having made the signature.
pub(super) fn is_self_signed(certificate: &X509Certificate<'_>) -> bool {
    certificate.subject().as_raw() == certificate.issuer().as_raw() && signature::of(certificate, certificate) != Signature::Foreign
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

/// Whether it demands a stapled response with every handshake (RFC 7633).
fn must_staple(certificate: &X509Certificate<'_>) -> bool {
    let mut demands = certificate.extensions().iter().filter(|extension| extension.oid.to_id_string() == TLS_FEATURE);
    demands.any(|extension| tls_features(extension.value).contains(&STATUS_REQUEST))
}

/// The numbers in a sequence of integers, as far as it can be read.
fn tls_features(value: &[u8]) -> Vec<u64> {
    let Ok((_, sequence)) = Sequence::from_der(value) else { return vec![] };
    let (mut rest, mut features) = (sequence.content.as_ref(), vec![]);
    while let Ok((after, number)) = Integer::from_der(rest) {
        features.extend(number.as_u64());
        rest = after;
    }
    features
}

/// Both ends belong to the validity (RFC 5280, section 4.1.2.5), and a second of a day counts as a day (CA/Browser Forum BR 6.3.2).
fn validity_days(certificate: &X509Certificate<'_>) -> u32 {
    let validity = certificate.validity();
    let seconds = validity.not_after.timestamp().saturating_sub(validity.not_before.timestamp()).saturating_add(1);
    let days = seconds.max(0).saturating_add(SECONDS_PER_DAY - 1).div_euclid(SECONDS_PER_DAY);
    u32::try_from(days).unwrap_or(u32::MAX)
}

/// An instant in RFC 3339; empty for a year that it has no form for.
pub(super) fn instant(instant: OffsetDateTime) -> String {
    instant.format(&Rfc3339).unwrap_or_default()
}
