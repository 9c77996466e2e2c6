//! What the certificates of a server amount to: trust, completeness, order, name and dates, each judged apart from the others.

use std::{iter::once, net::IpAddr, time::Duration};

use rustls::pki_types::{CertificateDer, UnixTime};
use time::OffsetDateTime;
use webpki::{EndEntityCert, Error, KeyUsage};
use x509_parser::{certificate::X509Certificate, der_parser::asn1_rs::Any, prelude::FromDer as _, x509::X509Name};

use super::{
    certificates::{AlternativeName, alternative_names, is_self_signed, parse},
    legacy,
    signature::{self, Signature},
    trust::TrustStore,
};
use crate::{
    evidence::{
        Chain,
        Reading::{self, Observed, Unknown},
    },
    wording::visible,
};

/// Judges a chain, leaf first, as shown by `host` at the moment `now`.
pub(super) fn judge(chain: &[Vec<u8>], host: &str, trust: &TrustStore, now: OffsetDateTime) -> Chain {
    let parsed: Result<Vec<_>, _> = chain.iter().map(|der| parse(der)).collect();
    let Some(leaf) = chain.first().map(|der| parse(der)) else { return unknown("the server's certificates did not come".into()) };
    match (leaf, parsed) {
        (Err(problem), _) => unknown(format!("the server's own certificate: {problem}")),
        (Ok(leaf), Err(problem)) => leaf_alone(&leaf, host, now, &problem),
        (Ok(_), Ok(parsed)) => Sent { ders: chain, parsed }.judge(host, trust, now),
    }
}

/// What the leaf tells, when a certificate behind it cannot be read.
fn leaf_alone(leaf: &X509Certificate<'_>, host: &str, now: OffsetDateTime, problem: &str) -> Chain {
    let known_if = |holds: bool| if holds { Observed(true) } else { Unknown };
    Chain {
        host_matches: Observed(is_for(host, leaf)),
        self_signed: Observed(is_self_signed(leaf)),
        expired: known_if(is_past(leaf, now)),
        not_yet_valid: known_if(is_future(leaf, now)),
        ..unknown(format!("a certificate of the chain: {problem}"))
    }
}

/// A chain of which nothing is known, and why.
pub(super) fn unknown(error: String) -> Chain {
    Chain { error: Some(error), ..Chain::default() }
}

/// A chain that could be read; it has at least one certificate.
struct Sent<'a> {
    ders: &'a [Vec<u8>],
    parsed: Vec<X509Certificate<'a>>,
}

/// Whether a path leads to a root.
enum Trust {
    /// At the moment of the run.
    Now,
    /// At a moment when all certificates of the path were valid.
    Once,
    /// At no moment, for the reason in words.
    Never(String),
    /// Nobody can say, for the reason in words.
    Unknown(String),
}

/// Where the issuers lead, starting at the leaf, as far as names and signatures tell.
struct Path {
    /// The certificates that the leaf needs, itself included; a self-issued end is not needed.
    needed: Vec<usize>,
    end: End,
}

enum End {
    /// A root that is known.
    KnownRoot,
    /// A certificate that is its own issuer.
    SelfIssued,
    /// An issuer that was not sent.
    Missing,
}

impl<'a> Sent<'a> {
    fn judge(&self, host: &str, trust: &TrustStore, now: OffsetDateTime) -> Chain {
        let Some(leaf) = self.parsed.first() else { return unknown("no certificate".into()) };
        let path = self.path(leaf, trust);
        let verdict = self.trust(leaf, trust, now);
        let (expired, not_yet_valid) = match verdict {
            // Some path is valid now; what else was sent does not matter.
            Trust::Now => (is_past(leaf, now), is_future(leaf, now)),
            _ => (self.any_needed(&path, |one| is_past(one, now)), self.any_needed(&path, |one| is_future(one, now))),
        };
        Chain {
            trusted: match verdict {
                Trust::Now | Trust::Once => Observed(true),
                Trust::Never(_) => Observed(false),
                Trust::Unknown(_) => Unknown,
            },
            complete: complete(&verdict, &path),
            order_ok: Observed(self.is_in_order()),
            host_matches: Observed(is_for(host, leaf)),
            expired: Observed(expired),
            not_yet_valid: Observed(not_yet_valid),
            self_signed: Observed(is_self_signed(leaf)),
            error: self.reason(verdict, &path),
            ..Chain::default()
        }
    }

    fn any_needed(&self, path: &Path, test: impl Fn(&X509Certificate<'_>) -> bool) -> bool {
        path.needed.iter().filter_map(|&index| self.parsed.get(index)).any(test)
    }

    /// Follows the issuers by name and signature.
    fn path(&self, leaf: &X509Certificate<'a>, trust: &TrustStore) -> Path {
        let mut needed = vec![0];
        let mut last = leaf;
        loop {
            if last.issuer().as_raw() == last.subject().as_raw() {
                if needed.len() > 1 {
                    needed.pop();
                }
                return Path { needed, end: End::SelfIssued };
            }
            if is_root(last.issuer(), trust) {
                return Path { needed, end: End::KnownRoot };
            }
            let next = self.parsed.iter().enumerate().find(|(index, one)| !needed.contains(index) && issued(one, last));
            let Some((index, issuer)) = next else { return Path { needed, end: End::Missing } };
            needed.push(index);
            last = issuer;
        }
    }

    fn is_in_order(&self) -> bool {
        self.parsed.iter().zip(self.parsed.iter().skip(1)).all(|(one, next)| issued(next, one))
    }

    /// Looks for a path at `now` and, dates being another matter, at every moment when more certificates become valid.
    fn trust(&self, leaf: &X509Certificate<'_>, trust: &TrustStore, now: OffsetDateTime) -> Trust {
        let Some((leaf_der, others)) = self.ders.split_first() else { return Trust::Unknown("no certificate".into()) };
        if trust.was_given(leaf_der) {
            return if is_past(leaf, now) || is_future(leaf, now) { Trust::Once } else { Trust::Now };
        }
        let others: Vec<CertificateDer<'_>> = others.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let leaf_der = CertificateDer::from(leaf_der.as_slice());
        let mut never = None;
        for (moment, found) in once((now, Trust::Now)).chain(self.beginnings(leaf).map(|moment| (moment, Trust::Once))) {
            match verify(&leaf_der, &others, trust, moment) {
                Ok(()) => return found,
                Err(Error::CertExpired { .. } | Error::CertNotValidYet { .. }) => {}
                Err(error) => never = Some(error),
            }
        }
        match never {
            None => Trust::Unknown("the certificates of the chain were never valid at the same time".into()),
            Some(error) if is_unsupported(&error) && self.parsed.iter().any(signature::is_forgotten) => {
                Trust::Unknown("a signature in the chain is made with MD5 or older, which proves nothing and is not checked".into())
            }
            Some(error) => Trust::Never(in_words(&error)),
        }
    }

    /// The moments within the leaf's validity at which a certificate's validity begins: where any moment suits all, one of these does.
    fn beginnings(&self, leaf: &X509Certificate<'_>) -> impl Iterator<Item = OffsetDateTime> {
        let validity = leaf.validity().clone();
        let within =
            move |moment: &OffsetDateTime| validity.not_before.to_datetime() <= *moment && *moment <= validity.not_after.to_datetime();
        self.parsed.iter().map(|one| one.validity().not_before.to_datetime()).filter(within)
    }

    /// Why the chain is not trusted or could not be judged.
    fn reason(&self, verdict: Trust, path: &Path) -> Option<String> {
        let last = path.needed.last().and_then(|&index| self.parsed.get(index));
        let issuer = last.map(|last| visible(&last.issuer().to_string())).unwrap_or_default();
        match (verdict, &path.end) {
            (Trust::Now | Trust::Once, _) => None,
            (Trust::Never(_), End::SelfIssued) if path.needed.len() == 1 && self.parsed.first().is_some_and(is_self_signed) => {
                Some("the certificate is self-signed and was not given as trusted".into())
            }
            (Trust::Never(_), End::SelfIssued) => Some(format!("the chain ends in `{issuer}`, which is no known root")),
            (Trust::Never(_), End::Missing) => Some(format!("the issuer `{issuer}` was not sent and is no known root")),
            (Trust::Never(words), End::KnownRoot) | (Trust::Unknown(words), _) => Some(words),
        }
    }
}

fn complete(verdict: &Trust, path: &Path) -> Reading<bool> {
    match (verdict, &path.end) {
        (Trust::Now | Trust::Once, _) | (_, End::KnownRoot | End::SelfIssued) => Observed(true),
        (_, End::Missing) if path.needed.len() == 1 => Observed(false),
        // The issuer of an intermediate is a root more often than not, and a root need not be sent.
        (_, End::Missing) => Unknown,
    }
}

fn verify(leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>], trust: &TrustStore, moment: OffsetDateTime) -> Result<(), Error> {
    let seconds = u64::try_from(moment.unix_timestamp()).unwrap_or(0);
    let moment = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    EndEntityCert::try_from(leaf)?
        .verify_for_usage(&legacy::ALGORITHMS, trust.anchors(), others, moment, KeyUsage::server_auth(), None, None)
        .map(drop)
}

fn is_unsupported(error: &Error) -> bool {
    matches!(error, Error::UnsupportedSignatureAlgorithmContext(_) | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_))
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

/// Whether names and, where it can be checked, the signature say that `issuer` issued `certificate`.
fn issued(issuer: &X509Certificate<'_>, certificate: &X509Certificate<'_>) -> bool {
    certificate.issuer().as_raw() == issuer.subject().as_raw() && signature::of(certificate, issuer) != Signature::Foreign
}

fn is_root(name: &X509Name<'_>, trust: &TrustStore) -> bool {
    // A trust anchor holds the name without the header of its sequence.
    let Ok((_, name)) = Any::from_der(name.as_raw()) else { return false };
    trust.anchors().iter().any(|anchor| anchor.subject.as_ref() == name.data)
}

fn is_past(certificate: &X509Certificate<'_>, now: OffsetDateTime) -> bool {
    certificate.validity().not_after.to_datetime() < now
}

fn is_future(certificate: &X509Certificate<'_>, now: OffsetDateTime) -> bool {
    certificate.validity().not_before.to_datetime() > now
}

/// Whether a certificate names the host (RFC 9525, section 6): by its alternative names only, whatever the subject says.
fn is_for(host: &str, certificate: &X509Certificate<'_>) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let literal: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    alternative_names(certificate).any(|name| match (name, literal) {
        (AlternativeName::Ip(address), Some(literal)) => address == literal,
        (AlternativeName::Dns(name), None) => name_matches(&name, host),
        _ => false,
    })
}

/// A wildcard stands for the whole left-most label, and for one label only (RFC 9525, section 6.3).
fn name_matches(presented: &str, host: &str) -> bool {
    let presented = presented.strip_suffix('.').unwrap_or(presented);
    match (presented.strip_prefix("*."), host.split_once('.')) {
        (Some(domain), Some((label, parent))) => !label.is_empty() && !domain.contains('*') && domain.eq_ignore_ascii_case(parent),
        (Some(_), None) => false,
        (None, _) => !presented.is_empty() && !presented.contains('*') && presented.eq_ignore_ascii_case(host),
    }
}
