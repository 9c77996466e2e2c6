//! Whether a way leads to a root, by the rules of RFC 5280, at the moment of the run or at another.

use std::time::Duration;

use rustls::pki_types::{CertificateDer, UnixTime};
use time::OffsetDateTime;
use webpki::{EndEntityCert, Error, KeyUsage};
use x509_parser::certificate::X509Certificate;

use super::{
    legacy,
    paths::{Issuers, Ways},
    signature,
    trust::Roots,
};
use crate::wording::visible;

/// Whether a path leads to a root.
#[derive(Debug)]
pub(super) enum Verdict {
    /// At the moment of the run, through these certificates.
    Now(Vec<usize>),
    /// At a moment when all certificates of the path were valid: these.
    Once(Vec<usize>),
    /// At no moment, for the reason in words.
    Never(String),
    /// Nobody can say, for the reason in words.
    Unknown(String),
}

/// Looks for a path at `now` and, dates being another matter, at a moment when all its certificates are valid.
pub(super) fn reached(
    ders: &[Vec<u8>],
    certificates: &[X509Certificate<'_>],
    issuers: &mut Issuers<'_, '_>,
    roots: &Roots,
    now: OffsetDateTime,
) -> Verdict {
    let (Some(leaf), Some(leaf_der)) = (certificates.first(), ders.first()) else { return Verdict::Unknown("no certificate".into()) };
    if roots.was_given(leaf_der) {
        return if is_past(leaf, now) || is_future(leaf, now) { Verdict::Once(vec![0]) } else { Verdict::Now(vec![0]) };
    }
    let Ways { ways, more } = issuers.ways(|name| roots.named(name).next().is_some());
    let mut attempts: Vec<_> = ways.into_iter().map(|way| (moment(&way, certificates, now), way)).collect();
    attempts.sort_by_key(|(moment, _)| *moment != Some(now));
    let mut failure = attempts.is_empty().then_some(Error::UnknownIssuer);
    for (moment, way) in attempts {
        let Some(moment) = moment else { continue };
        match verify(&way, ders, roots, moment) {
            Ok(()) if moment == now => return Verdict::Now(way),
            Ok(()) => return Verdict::Once(way),
            Err(error) => failure = Some(error),
        }
        // Such a chain was made to cost time.
        if failure.as_ref().is_some_and(is_beyond_limits) {
            break;
        }
    }
    failed(failure, more, certificates)
}

fn failed(failure: Option<Error>, more: bool, certificates: &[X509Certificate<'_>]) -> Verdict {
    match failure {
        None => Verdict::Unknown("the certificates of the chain were never valid at the same time".into()),
        Some(error) if is_unsupported(&error) && certificates.iter().any(signature::is_forgotten) => {
            Verdict::Unknown("a signature in the chain is made with MD5 or older, which proves nothing and is not checked".into())
        }
        Some(error) if is_beyond_limits(&error) => {
            Verdict::Unknown("the certificates lead to a root in more ways, or a longer one, than are followed".into())
        }
        Some(_) if more => Verdict::Unknown("the certificates lead to a root in more ways than are followed".into()),
        Some(error) => Verdict::Never(in_words(&error)),
    }
}

/// When to ask for a way: now where all its certificates are valid now, else when they first are; absent when they never are together.
fn moment(way: &[usize], certificates: &[X509Certificate<'_>], now: OffsetDateTime) -> Option<OffsetDateTime> {
    let validities = || way.iter().filter_map(|index| certificates.get(*index)).map(|one| one.validity());
    let from = validities().map(|validity| validity.not_before.to_datetime()).max()?;
    let until = validities().map(|validity| validity.not_after.to_datetime()).min()?;
    match from <= until {
        true if from <= now && now <= until => Some(now),
        true => Some(from),
        false => None,
    }
}

fn verify(way: &[usize], ders: &[Vec<u8>], roots: &Roots, moment: OffsetDateTime) -> Result<(), Error> {
    let mut ders = way.iter().filter_map(|index| ders.get(*index)).map(|der| CertificateDer::from(der.as_slice()));
    let leaf = ders.next().ok_or(Error::UnknownIssuer)?;
    let others: Vec<CertificateDer<'_>> = ders.collect();
    let seconds = u64::try_from(moment.unix_timestamp()).unwrap_or(0);
    let moment = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    EndEntityCert::try_from(&leaf)?
        .verify_for_usage(&legacy::ALGORITHMS, roots.anchors(), &others, moment, KeyUsage::server_auth(), None, None)
        .map(drop)
}

fn is_unsupported(error: &Error) -> bool {
    matches!(error, Error::UnsupportedSignatureAlgorithmContext(_) | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_))
}

/// Whether the path builder gave up rather than found a fault.
fn is_beyond_limits(error: &Error) -> bool {
    matches!(
        error,
        Error::MaximumSignatureChecksExceeded
            | Error::MaximumPathBuildCallsExceeded
            | Error::MaximumPathDepthExceeded
            | Error::MaximumNameConstraintComparisonsExceeded
    )
}

fn in_words(error: &Error) -> String {
    match error {
        Error::UnknownIssuer => "no path leads to a known root".into(),
        Error::InvalidSignatureForPublicKey => "a signature in the chain is wrong, or made by a key too small to be accepted".into(),
        error if is_unsupported(error) => "a signature in the chain uses an algorithm that is no longer, or not yet, accepted".into(),
        Error::RequiredEkuNotFoundContext(_) => "a certificate of the chain is not meant for servers".into(),
        Error::CaUsedAsEndEntity => "the server's own certificate is that of an authority".into(),
        Error::EndEntityUsedAsCa => "a certificate that is not that of an authority issued another".into(),
        Error::NameConstraintViolation => "an authority issued the certificate for a name outside of its limits".into(),
        Error::PathLenConstraintViolated => "an authority stands deeper in the chain than its issuer permits".into(),
        other => visible(&format!("the chain breaks a rule of RFC 5280: {other:?}")),
    }
}

pub(super) fn is_past(certificate: &X509Certificate<'_>, now: OffsetDateTime) -> bool {
    certificate.validity().not_after.to_datetime() < now
}

pub(super) fn is_future(certificate: &X509Certificate<'_>, now: OffsetDateTime) -> bool {
    certificate.validity().not_before.to_datetime() > now
}
