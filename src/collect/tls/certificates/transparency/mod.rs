//! Which logs promised to publish a certificate (RFC 6962): in the certificate, in the TLS extension, in the stapled response.

mod logs;
mod precertificate;
#[cfg(test)]
mod tests;

use aws_lc_rs::digest::{SHA256, digest};
use time::{Duration, OffsetDateTime};
use x509_parser::{certificate::X509Certificate, x509::SubjectPublicKeyInfo};

use self::logs::Log;
use super::{
    authority::Authority,
    describe::instant,
    signature::{self, Signature},
};
use crate::{
    evidence::{
        CertificateTimestamp,
        Reading::{Observed, Unknown},
        TimestampSource,
    },
    wording::hexadecimal,
};

/// How many timestamps of one source are looked at. Honest servers send two or three.
const MOST_TIMESTAMPS: usize = 16;
/// The first version of timestamps, and the only one in use.
const VERSION: u8 = 0;
/// How far a log's clock may be ahead of ours.
const CLOCK_SKEW: Duration = Duration::HOUR;

/// Every timestamp of a certificate, each verified where its log is known.
pub(super) fn timestamps(
    leaf: &X509Certificate<'_>,
    issuer: Option<&Authority>,
    in_extension: Option<&[u8]>,
    in_response: Option<&[u8]>,
    now: OffsetDateTime,
) -> Vec<CertificateTimestamp> {
    let sources = [
        (TimestampSource::Certificate, precertificate::timestamp_list(leaf)),
        (TimestampSource::TlsExtension, in_extension),
        (TimestampSource::StapledResponse, in_response),
    ];
    let mut all = vec![];
    for (source, list) in sources {
        let Some(list) = list else { continue };
        let entry = match source {
            TimestampSource::Certificate => issuer.and_then(|issuer| precertificate::entry(leaf, issuer)),
            TimestampSource::TlsExtension | TimestampSource::StapledResponse => final_entry(leaf),
        };
        all.extend(of_list(list, source, entry.as_deref(), now));
    }
    all
}

/// A certificate as it stands, as a log signs it (RFC 6962, section 3.2: `x509_entry`).
fn final_entry(certificate: &X509Certificate<'_>) -> Option<Vec<u8>> {
    Some([&[0, 0][..], &with_length::<3>(certificate.as_raw())?].concat())
}

/// Bytes behind their length in as many bytes as asked for; absent when that is too long to be said.
fn with_length<const N: usize>(bytes: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(bytes.len()).ok()?.to_be_bytes();
    let (high, low) = length.split_at_checked(length.len().checked_sub(N)?)?;
    high.iter().all(|byte| *byte == 0).then(|| [low, bytes].concat())
}

/// The timestamps of one list (RFC 6962, section 3.3).
fn of_list(list: &[u8], source: TimestampSource, entry: Option<&[u8]>, now: OffsetDateTime) -> Vec<CertificateTimestamp> {
    let mut rest = List(list);
    let Some(inner) = rest.vector().filter(|_| rest.0.is_empty()) else { return vec![broken(source)] };
    let (mut rest, mut found) = (List(inner), vec![]);
    while !rest.0.is_empty() && found.len() < MOST_TIMESTAMPS {
        let Some(bytes) = rest.vector() else {
            found.push(broken(source));
            break;
        };
        found.push(match Timestamp::of(bytes) {
            Some(timestamp) => timestamp.judged(source, entry, now),
            None => broken(source),
        });
    }
    found
}

/// A timestamp that cannot be read.
fn broken(source: TimestampSource) -> CertificateTimestamp {
    let reason = Some("the timestamp cannot be read".into());
    CertificateTimestamp { log: None, log_id: String::new(), source, at: String::new(), valid: Observed(false), reason }
}

/// What is left of a list.
struct List<'a>(&'a [u8]);

impl<'a> List<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// A vector with a length of two bytes.
    fn vector(&mut self) -> Option<&'a [u8]> {
        let length = u16::from_be_bytes(self.array()?);
        self.take(length.into())
    }
}

/// A timestamp as a log made it (RFC 6962, section 3.2).
struct Timestamp<'a> {
    version: u8,
    log_id: [u8; 32],
    /// Milliseconds since 1970.
    milliseconds: u64,
    extensions: &'a [u8],
    /// The hash and the signature algorithm (RFC 5246, section 7.4.1.4.1).
    algorithm: [u8; 2],
    signature: &'a [u8],
}

impl<'a> Timestamp<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = List(bytes);
        let [version] = rest.array()?;
        let timestamp = Self {
            version,
            log_id: rest.array()?,
            milliseconds: u64::from_be_bytes(rest.array()?),
            extensions: rest.vector()?,
            algorithm: rest.array()?,
            signature: rest.vector()?,
        };
        rest.0.is_empty().then_some(timestamp)
    }

    fn judged(&self, source: TimestampSource, entry: Option<&[u8]>, now: OffsetDateTime) -> CertificateTimestamp {
        let log = logs::known(&self.log_id);
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.milliseconds) * 1_000_000).ok();
        let (valid, reason) = match (log, entry) {
            _ if self.version != VERSION => (Unknown, Some(format!("version {} is not known", u16::from(self.version) + 1))),
            (None, _) => (Unknown, Some("the log is not known".to_owned())),
            (_, None) => (Unknown, Some("the issuer, whose key the log signed too, is not known".into())),
            (Some(log), Some(entry)) => match self.fault(log, entry, at, now) {
                Some(fault) => (Observed(false), Some(fault.to_owned())),
                None => (Observed(true), None),
            },
        };
        CertificateTimestamp {
            log: log.map(Log::name),
            log_id: hexadecimal(&self.log_id),
            source,
            at: at.map(instant).unwrap_or_default(),
            valid,
            reason,
        }
    }

    /// Why it is not valid; absent when it is.
    fn fault(&self, log: &Log, entry: &[u8], at: Option<OffsetDateTime>, now: OffsetDateTime) -> Option<&'static str> {
        let is_past = |at| now.checked_add(CLOCK_SKEW).is_some_and(|latest| at <= latest);
        if !at.is_some_and(is_past) {
            return Some("it is from the future");
        }
        let is_signed = self.signed(entry).is_some_and(|signed| log.key().is_some_and(|key| self.verifies(&signed, &key)));
        (!is_signed).then_some("its signature is not the log's for this certificate")
    }

    fn signed(&self, entry: &[u8]) -> Option<Vec<u8>> {
        let head = [&[VERSION, 0][..], &self.milliseconds.to_be_bytes()].concat();
        Some([&head, entry, &with_length::<2>(self.extensions)?].concat())
    }

    /// Logs sign with ECDSA or RSA, and SHA-256 (RFC 6962, section 2.1.4).
    fn verifies(&self, signed: &[u8], key: &SubjectPublicKeyInfo<'_>) -> bool {
        let algorithm = match self.algorithm {
            [4, 3] => signature::ECDSA_SHA256,
            [4, 1] => signature::RSA_SHA256,
            _ => return false,
        };
        signature::on(signed, self.signature, algorithm, key) == Signature::Own
    }
}

/// The id of a log: the hash of its key.
fn log_id(key: &[u8]) -> Vec<u8> {
    digest(&SHA256, key).as_ref().to_vec()
}
