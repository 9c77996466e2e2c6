//! An OCSP response (RFC 6960) that says `good` of the tests' leaf, signed by its issuer.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rcgen::{Certificate, KeyPair, SigningKey};
use time::{Duration, OffsetDateTime};
use x509_parser::parse_x509_certificate;

use super::certificates::today;

/// The serial number of every leaf.
pub(crate) const SERIAL: u64 = 0x1122_3344_5566_7788;

const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const BASIC_RESPONSE: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const NULL: u8 = 0x05;
const OBJECT_ID: u8 = 0x06;
const ENUMERATED: u8 = 0x0a;
const TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;

/// A context-specific tag, constructed.
const fn tagged(number: u8) -> u8 {
    0xa0 | number
}

/// The response in DER.
pub(super) fn good(issuer: &Certificate, key: &KeyPair) -> Vec<u8> {
    let (_, parsed) = parse_x509_certificate(issuer.der()).expect("rcgen writes certificates");
    let name_hash = sha1(parsed.subject().as_raw());
    let key_hash = sha1(&parsed.public_key().subject_public_key.data);
    let algorithm = der(SEQUENCE, &[der(OBJECT_ID, &[SHA1.to_vec()]), der(NULL, &[])]);
    let [name, public_key] = [&name_hash, &key_hash].map(|hash| der(OCTET_STRING, std::slice::from_ref(hash)));
    let certificate = der(SEQUENCE, &[algorithm, name, public_key, der(INTEGER, &[SERIAL.to_be_bytes().to_vec()])]);
    let status = vec![0x80, 0];
    let (looked, until) = (time(today() - Duration::days(1)), time(today() + Duration::days(6)));
    let single = der(SEQUENCE, &[certificate, status, looked.clone(), der(tagged(0), &[until])]);
    let responder = der(tagged(2), &[der(OCTET_STRING, &[key_hash])]);
    let data = der(SEQUENCE, &[responder, looked, der(SEQUENCE, &[single])]);
    let signature = key.sign(&data).expect("the issuer can sign");
    let algorithm = der(SEQUENCE, &[der(OBJECT_ID, &[SHA256_WITH_RSA.to_vec()]), der(NULL, &[])]);
    let basic = der(SEQUENCE, &[data, algorithm, der(BIT_STRING, &[vec![0], signature])]);
    let bytes = der(SEQUENCE, &[der(OBJECT_ID, &[BASIC_RESPONSE.to_vec()]), der(OCTET_STRING, &[basic])]);
    der(SEQUENCE, &[der(ENUMERATED, &[vec![0]]), der(tagged(0), &[bytes])])
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

/// Midnight of a day.
fn time(day: OffsetDateTime) -> Vec<u8> {
    let text = format!("{:04}{:02}{:02}000000Z", day.year(), u8::from(day.month()), day.day());
    der(TIME, &[text.into_bytes()])
}

/// A tag, the length of its parts, and the parts.
fn der(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).expect("a response is small").to_be_bytes();
    let header = match (content.len(), length) {
        (0..=0x7f, [_, low]) => vec![tag, low],
        (0x80..=0xff, [_, low]) => vec![tag, 0x81, low],
        (_, [high, low]) => vec![tag, 0x82, high, low],
    };
    [header, content].concat()
}
