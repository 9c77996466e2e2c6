//! What the certificates of a server amount to: trust, completeness, order, name, dates and revocation, each judged apart from the others.

use time::OffsetDateTime;
use x509_parser::{
    certificate::X509Certificate,
    extensions::{GeneralName, ParsedExtension},
    x509::X509Name,
};

use super::{
    authority::Authority,
    describe::{is_self_signed, parse},
    names::{distinguished_name, has_unreadable_names, is_for, is_in_subject_only},
    paths::{End, Issuers, Path},
    stapling, transparency,
    trust::{Roots, TrustStore},
    verdict::{self, Verdict, is_future, is_past},
};
use crate::{
    evidence::{
        Chain,
        Reading::{self, Observed, Unknown},
        RevocationStatus,
    },
    wording::visible_within,
};

/// The longest URL of a missing issuer that is written down, in characters.
const LONGEST_URL: usize = 300;

/// Why nobody can say whether a certificate is for the host.
const UNREADABLE_NAMES: &str = "the certificate's list of names (subject alternative name) cannot be read";

/// What a server sent to prove who it is.
#[derive(Clone, Copy, Debug)]
pub(in crate::collect) struct Served<'a> {
    /// The certificates in DER, leaf first as the server ordered them.
    pub(in crate::collect) certificates: &'a [Vec<u8>],
    /// The stapled OCSP response (RFC 6066, section 8); absent when none was sent.
    pub(in crate::collect) stapled: Option<&'a [u8]>,
    /// The list in the TLS extension `signed_certificate_timestamp` (RFC 6962, section 3.3); absent when none was sent.
    pub(in crate::collect) timestamps: Option<&'a [u8]>,
}

impl<'a> Served<'a> {
    /// Certificates alone.
    pub(in crate::collect) fn certificates(certificates: &'a [Vec<u8>]) -> Self {
        Self { certificates, stapled: None, timestamps: None }
    }
}

/// Judges what `host` served, as of the moment `now`.
pub(in crate::collect) fn judge(served: &Served<'_>, host: &str, trust: &TrustStore, now: OffsetDateTime) -> Chain {
    let parsed: Result<Vec<_>, _> = served.certificates.iter().map(|der| parse(der)).collect();
    let Some(leaf) = served.certificates.first().map(|der| parse(der)) else {
        return unknown("the server's certificates did not come".into());
    };
    match (leaf, parsed) {
        (Err(problem), _) => unknown(format!("the server's own certificate: {problem}")),
        (Ok(leaf), Err(problem)) => promised(leaf_alone(&leaf, host, now, &problem), &leaf, None, served, now),
        (Ok(leaf), Ok(parsed)) => {
            let mut sent = Sent::new(served.certificates, &parsed, trust);
            let chain = sent.judge(&leaf, host, now);
            promised(chain, &leaf, sent.issuer_of(0).as_ref(), served, now)
        }
    }
}

/// What the leaf tells, when a certificate behind it cannot be read.
fn leaf_alone(leaf: &X509Certificate<'_>, host: &str, now: OffsetDateTime, problem: &str) -> Chain {
    let known_if = |holds: bool| if holds { Observed(true) } else { Unknown };
    Chain {
        host_matches: is_for(host, leaf),
        name_in_subject_only: is_in_subject_only(host, leaf),
        self_signed: Observed(is_self_signed(leaf)),
        expired: known_if(is_past(leaf, now)),
        not_yet_valid: known_if(is_future(leaf, now)),
        ..unknown(format!("a certificate of the chain: {problem}"))
    }
}

/// A chain of which nothing is known, and why.
pub(in crate::collect) fn unknown(error: String) -> Chain {
    let revocation = Some("the certificates could not be judged".into());
    Chain { system_error: Some(error.clone()), error: Some(error), revocation, ..Chain::default() }
}

/// Adds what others promise of the leaf: its authority in a stapled response, and logs in timestamps.
fn promised(mut chain: Chain, leaf: &X509Certificate<'_>, issuer: Option<&Authority>, served: &Served<'_>, now: OffsetDateTime) -> Chain {
    let stapled = served.stapled.map(|response| stapling::read(response, leaf, issuer, now));
    let in_response = stapled.as_ref().and_then(|stapled| stapled.timestamps.as_deref());
    chain.timestamps = transparency::timestamps(leaf, issuer, served.timestamps, in_response, now);
    chain.stapled = stapled.map(|stapled| stapled.response);
    chain.revocation = Some("it was not asked for; `--revocation` asks the authorities".into());
    if let Some(stapled) = chain.stapled.as_ref().filter(|stapled| stapled.valid == Observed(true)) {
        let (revoked, words) = match stapled.status {
            RevocationStatus::Good => (Observed(false), "a stapled response says that the server's own certificate is not revoked"),
            RevocationStatus::Revoked => (Observed(true), "a stapled response says that the server's own certificate is revoked"),
            RevocationStatus::Unknown => (Unknown, "a stapled response says that the authority does not know the server's own certificate"),
        };
        (chain.revoked, chain.revocation) = (revoked, Some(words.into()));
    }
    chain
}

/// A chain that could be read; it has at least one certificate.
pub(super) struct Sent<'a, 'der> {
    ders: &'a [Vec<u8>],
    parsed: &'a [X509Certificate<'der>],
    issuers: Issuers<'a, 'der>,
    trust: &'a TrustStore,
}

impl<'a, 'der> Sent<'a, 'der> {
    pub(super) fn new(ders: &'a [Vec<u8>], parsed: &'a [X509Certificate<'der>], trust: &'a TrustStore) -> Self {
        Self { ders, parsed, issuers: Issuers::new(parsed), trust }
    }

    fn judge(&mut self, leaf: &X509Certificate<'_>, host: &str, now: OffsetDateTime) -> Chain {
        let path = self.path();
        let verdict = self.reached(self.trust.roots(), now);
        let (trusted_by_system, system_error) = self.by_system(now);
        let needed = needed(&verdict, &path);
        let complete = complete(&verdict, &path);
        let missing = self.missing(&path).filter(|_| complete != Observed(true));
        Chain {
            trusted: match verdict {
                Verdict::Now(_) | Verdict::Once(_) => Observed(true),
                Verdict::Never(_) => Observed(false),
                Verdict::Unknown(_) => Unknown,
            },
            trusted_by_system,
            system_error,
            complete,
            missing_issuer: missing.map(|last| distinguished_name(last.issuer())),
            missing_issuer_url: missing.and_then(issuer_url),
            order_ok: Observed(self.issuers.are_in_order()),
            superfluous: self.superfluous(),
            root_sent: Observed(self.parsed.iter().skip(1).any(is_self_signed)),
            host_matches: is_for(host, leaf),
            name_in_subject_only: is_in_subject_only(host, leaf),
            expired: Observed(self.any(needed, |one| is_past(one, now))),
            not_yet_valid: Observed(self.any(needed, |one| is_future(one, now))),
            self_signed: Observed(is_self_signed(leaf)),
            error: self.reason(&verdict, &path).or_else(|| has_unreadable_names(leaf).then(|| UNREADABLE_NAMES.to_owned())),
            ..Chain::default()
        }
    }

    fn any(&self, indexes: &[usize], test: impl Fn(&X509Certificate<'_>) -> bool) -> bool {
        indexes.iter().filter_map(|&index| self.parsed.get(index)).any(test)
    }

    fn path(&mut self) -> Path {
        let trust = self.trust;
        self.issuers.followed(|name| is_root(name, trust))
    }

    fn reached(&mut self, roots: &Roots, now: OffsetDateTime) -> Verdict {
        verdict::reached(self.ders, self.parsed, &mut self.issuers, roots, now)
    }

    /// The certificates that the leaf needs, itself included and a root left aside.
    pub(super) fn needed(&mut self, now: OffsetDateTime) -> Vec<usize> {
        let path = self.path();
        needed(&self.reached(self.trust.roots(), now), &path).to_vec()
    }

    fn by_system(&mut self, now: OffsetDateTime) -> (Reading<bool>, Option<String>) {
        let roots = match self.trust.system() {
            Ok(roots) => roots,
            Err(problem) => return (Unknown, Some(problem.to_owned())),
        };
        match (self.reached(roots, now), roots.unread()) {
            (Verdict::Now(_) | Verdict::Once(_), _) => (Observed(true), None),
            (Verdict::Never(_), None) => (Observed(false), None),
            (Verdict::Never(_), Some(problem)) => (Unknown, Some(problem.to_owned())),
            (Verdict::Unknown(words), _) => (Unknown, Some(words)),
        }
    }

    /// Positions of certificates that the leaf does not lead to, and of those that were sent before.
    fn superfluous(&mut self) -> Vec<u32> {
        let reached = self.issuers.reachable();
        let positions = self.ders.iter().enumerate().skip(1);
        let unused =
            positions.filter(|(index, der)| !reached.contains(index) || self.ders.get(..*index).is_some_and(|before| before.contains(der)));
        unused.filter_map(|(index, _)| u32::try_from(index).ok()).collect()
    }

    /// The last certificate of a path whose issuer was not sent.
    fn missing(&self, path: &Path) -> Option<&X509Certificate<'der>> {
        let last = path.needed.last().filter(|_| path.end == End::Missing)?;
        self.parsed.get(*last)
    }

    /// Who issued a certificate, by name and signature: one that was sent, or a root.
    pub(super) fn issuer_of(&mut self, index: usize) -> Option<Authority> {
        let certificate = self.parsed.get(index)?;
        if let Some(issuer) = self.issuers.of(index).first().and_then(|issuer| self.parsed.get(*issuer)) {
            return Some(Authority::of(issuer));
        }
        if is_self_signed(certificate) {
            return Some(Authority::of(certificate));
        }
        let of_system = self.trust.system().ok().into_iter();
        let mut roots = [self.trust.roots()].into_iter().chain(of_system).flat_map(|roots| roots.named(certificate.issuer()));
        roots.by_ref().map(Authority::root).find(|root| root.issued(certificate))
    }

    /// Why the chain is not trusted or could not be judged.
    fn reason(&self, verdict: &Verdict, path: &Path) -> Option<String> {
        let last = path.needed.last().and_then(|&index| self.parsed.get(index));
        let name = last.map(|last| last.issuer());
        let issuer = name.map(distinguished_name).unwrap_or_default();
        match (verdict, path.end) {
            (Verdict::Now(_) | Verdict::Once(_), _) => None,
            (Verdict::Never(_), End::SelfIssued) if path.needed.len() == 1 && self.parsed.first().is_some_and(is_self_signed) => {
                Some("the certificate is self-signed and was not given as trusted".into())
            }
            (Verdict::Never(_), End::SelfIssued) => Some(format!("the chain ends in `{issuer}`, which is no known root")),
            (Verdict::Never(_), End::Missing) => Some(format!("the issuer `{issuer}` was not sent and is no known root")),
            (Verdict::Never(_), End::KnownRoot) if name.is_some_and(|name| self.trust.roots().named(name).next().is_none()) => {
                Some(format!("the chain ends in `{issuer}`, which is a root of this machine's system only"))
            }
            (Verdict::Never(words), End::KnownRoot) | (Verdict::Unknown(words), _) => Some(words.clone()),
        }
    }
}

/// The certificates whose dates and revocation matter: those of the path that leads to a root, else those that the leaf leads to.
fn needed<'a>(verdict: &'a Verdict, path: &'a Path) -> &'a [usize] {
    match verdict {
        Verdict::Now(way) | Verdict::Once(way) => way,
        Verdict::Never(_) | Verdict::Unknown(_) => &path.needed,
    }
}

fn complete(verdict: &Verdict, path: &Path) -> Reading<bool> {
    match (verdict, path.end) {
        (Verdict::Now(_) | Verdict::Once(_), _) | (_, End::KnownRoot | End::SelfIssued) => Observed(true),
        (_, End::Missing) if path.needed.len() == 1 => Observed(false),
        // The issuer of an intermediate is a root more often than not, and a root need not be sent.
        (_, End::Missing) => Unknown,
    }
}

fn is_root(name: &X509Name<'_>, trust: &TrustStore) -> bool {
    trust.roots().named(name).next().is_some() || trust.system().is_ok_and(|roots| roots.named(name).next().is_some())
}

/// Where a certificate says that its issuer's can be had (RFC 5280, section 4.2.2.1).
fn issuer_url(certificate: &X509Certificate<'_>) -> Option<String> {
    let access = certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityInfoAccess(access) => Some(access),
        _ => None,
    })?;
    access.accessdescs.iter().find_map(|one| match one.access_location {
        GeneralName::URI(url) if one.access_method.to_id_string() == "1.3.6.1.5.5.7.48.2" => Some(visible_within(url, LONGEST_URL)),
        _ => None,
    })
}
