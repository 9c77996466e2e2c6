//! An OCSP response (RFC 6960) that says `good` of the tests' leaf, signed by its issuer.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rcgen::{Certificate, KeyPair, SigningKey};
use x509_parser::parse_x509_certificate;

/// The serial number of every leaf.
pub(crate) const SERIAL: u64 = 0x1122_3344_5566_7788;

/// Around the time at which redflag runs.
const THIS_UPDATE: &str = "20231114000000Z";
const NEXT_UPDATE: &str = "20231121000000Z";

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
    let hashes = [&name_hash, &key_hash].map(|hash| der(OCTET_STRING, &[hash.clone()]));
    let [name, public_key] = hashes;
    let certificate = der(SEQUENCE, &[algorithm, name, public_key, der(INTEGER, &[SERIAL.to_be_bytes().to_vec()])]);
    let status = vec![0x80, 0];
    let until = der(tagged(0), &[time(NEXT_UPDATE)]);
    let single = der(SEQUENCE, &[certificate, status, time(THIS_UPDATE), until]);
    let responder = der(tagged(2), &[der(OCTET_STRING, &[key_hash])]);
    let data = der(SEQUENCE, &[responder, time(THIS_UPDATE), der(SEQUENCE, &[single])]);
    let signature = key.sign(&data).expect("the issuer can sign");
    let algorithm = der(SEQUENCE, &[der(OBJECT_ID, &[SHA256_WITH_RSA.to_vec()]), der(NULL, &[])]);
    let basic = der(SEQUENCE, &[data, algorithm, der(BIT_STRING, &[vec![0], signature])]);
    let bytes = der(SEQUENCE, &[der(OBJECT_ID, &[BASIC_RESPONSE.to_vec()]), der(OCTET_STRING, &[basic])]);
    der(SEQUENCE, &[der(ENUMERATED, &[vec![0]]), der(tagged(0), &[bytes])])
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

fn time(text: &str) -> Vec<u8> {
    der(TIME, &[text.as_bytes().to_vec()])
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
