//! The timestamps inside a certificate, and what the log signed when there were none in it yet (RFC 6962, section 3.2).

use x509_parser::{
    certificate::X509Certificate,
    der_parser::asn1_rs::{Any, FromDer as _, Tag},
    extensions::X509Extension,
};

use super::{
    super::authority::{Authority, element},
    with_length,
};

/// The extension that holds the timestamps (RFC 6962, section 3.3).
const TIMESTAMPS: &str = "1.3.6.1.4.1.11129.2.4.2";
const SEQUENCE: u8 = 0x30;
/// `[3] EXPLICIT`, behind which a certificate's extensions stand.
const EXTENSIONS: u8 = 0xa3;

/// The list of timestamps in a certificate; empty, and so not readable, where it is no octet string.
pub(super) fn timestamp_list<'a>(certificate: &'a X509Certificate<'_>) -> Option<&'a [u8]> {
    let extension = certificate.extensions().iter().find(|extension| is_timestamps(extension))?;
    let list = Any::from_der(extension.value).ok().filter(|(rest, list)| rest.is_empty() && list.tag() == Tag::OctetString);
    Some(list.map(|(_, list)| list.data).unwrap_or_default())
}

fn is_timestamps(extension: &X509Extension<'_>) -> bool {
    extension.oid.to_id_string() == TIMESTAMPS
}

/// What the log signed: the issuer's key and the certificate without its timestamps (`precert_entry`).
pub(super) fn entry(certificate: &X509Certificate<'_>, issuer: &Authority) -> Option<Vec<u8>> {
    let body = without_timestamps(certificate.tbs_certificate.as_ref())?;
    Some([&[0, 1][..], &issuer.key_hash(), &with_length::<3>(&body)?].concat())
}

/// The signed part of a certificate without its timestamps, all else byte for byte as it was.
fn without_timestamps(body: &[u8]) -> Option<Vec<u8>> {
    // The headers are written anew, so they must be what is written.
    let (_, body) = Any::from_der(body).ok().filter(|_| body.first() == Some(&SEQUENCE))?;
    let mut kept = Vec::with_capacity(body.data.len());
    for field in elements(body.data)? {
        if field.first() == Some(&EXTENSIONS) {
            kept.extend(element(EXTENSIONS, &element(SEQUENCE, &other_extensions(field)?)));
        } else {
            kept.extend_from_slice(field);
        }
    }
    Some(element(SEQUENCE, &kept))
}

fn other_extensions(field: &[u8]) -> Option<Vec<u8>> {
    let (_, tagged) = Any::from_der(field).ok()?;
    let (_, list) = Any::from_der(tagged.data).ok().filter(|(rest, _)| rest.is_empty() && tagged.data.first() == Some(&SEQUENCE))?;
    let mut kept = Vec::with_capacity(list.data.len());
    for extension in elements(list.data)? {
        let (_, parsed) = X509Extension::from_der(extension).ok()?;
        if !is_timestamps(&parsed) {
            kept.extend_from_slice(extension);
        }
    }
    Some(kept)
}

/// The DER elements that stand one after the other, each with its header.
fn elements(mut rest: &[u8]) -> Option<Vec<&[u8]>> {
    let mut all = vec![];
    while !rest.is_empty() {
        let (after, _) = Any::from_der(rest).ok()?;
        let (one, _) = rest.split_at_checked(rest.len().checked_sub(after.len())?)?;
        all.push(one);
        rest = after;
    }
    Some(all)
}
