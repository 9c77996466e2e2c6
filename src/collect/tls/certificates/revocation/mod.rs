//! Whether certificates were revoked, by the word of those who issued them: asked over the network, and only where `--revocation` was given.
//!
//! Each certificate of the path is asked for by OCSP (RFC 6960), and where that gives no answer, by its list of revoked certificates (RFC 5280,
//! section 5). An answer counts when its signature and dates are right, whoever brought it.

mod fetch;
mod list;

use std::sync::Arc;

use futures_util::future::join_all;
use time::OffsetDateTime;
use tokio::task::spawn_blocking;
use x509_parser::{
    certificate::X509Certificate,
    extensions::{DistributionPointName, GeneralName, ParsedExtension},
};

pub(in crate::collect) use self::fetch::Lookup;
use super::{
    authority::Authority,
    chain::Sent,
    describe::{is_self_signed, parse},
    names::distinguished_name,
    ocsp,
    trust::TrustStore,
};
use crate::{
    evidence::{
        Chain,
        Reading::{Observed, Unknown},
        RevocationStatus,
    },
    wording::{visible, visible_within},
};

/// How many addresses of one kind a certificate's authority is asked at.
const MOST_URLS: usize = 2;
/// The longest address that is asked, and the longest name in a report, in characters.
const LONGEST_URL: usize = 1024;
const LONGEST_NAME: usize = 120;
/// How an authority's OCSP responder is named in a certificate (RFC 5280, section 4.2.2.1).
const OCSP: &str = "1.3.6.1.5.5.7.48.1";

/// One certificate whose authority is asked.
#[derive(Debug)]
struct Question {
    name: String,
    der: Vec<u8>,
    issuer: Option<Authority>,
    responders: Vec<String>,
    lists: Vec<String>,
}

/// What was learnt of one certificate, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Finding {
    Good(String),
    Revoked(String),
    Unknown(String),
}

/// Adds to a judged chain whether its certificates were revoked. A valid stapled response is not asked for again.
pub(in crate::collect) async fn check(chain: Chain, certificates: &[Vec<u8>], lookup: &Lookup<'_>) -> Chain {
    let stapled = match (&chain.stapled, chain.revoked) {
        (Some(_), Observed(revoked)) => {
            let words = chain.revocation.clone().unwrap_or_default();
            Some(if revoked { Finding::Revoked(words) } else { Finding::Good(words) })
        }
        _ => None,
    };
    let questions = questions(certificates, lookup.trust(), lookup.now());
    let rest = questions.into_iter().skip(usize::from(stapled.is_some())).map(|question| asked(Arc::new(question), lookup));
    let findings: Vec<Finding> = stapled.into_iter().chain(join_all(rest).await).collect();
    let revoked = if findings.iter().any(|finding| matches!(finding, Finding::Revoked(_))) {
        Observed(true)
    } else if !findings.is_empty() && findings.iter().all(|finding| matches!(finding, Finding::Good(_))) {
        Observed(false)
    } else {
        Unknown
    };
    let words: Vec<String> = findings.into_iter().map(Finding::into_words).collect();
    let revocation = if words.is_empty() { chain.revocation } else { Some(words.join("; ")) };
    Chain { revoked, revocation, ..chain }
}

impl Finding {
    fn into_words(self) -> String {
        match self {
            Self::Good(words) | Self::Revoked(words) | Self::Unknown(words) => words,
        }
    }
}

/// The certificates of the path, the server's own first; none where one cannot be read.
fn questions(certificates: &[Vec<u8>], trust: &TrustStore, now: OffsetDateTime) -> Vec<Question> {
    let Ok(parsed) = certificates.iter().map(|der| parse(der)).collect::<Result<Vec<_>, _>>() else { return vec![] };
    let mut sent = Sent::new(certificates, &parsed, trust);
    let needed = if parsed.is_empty() { vec![] } else { sent.needed(now) };
    needed.into_iter().filter_map(|index| parsed.get(index).map(|one| question(one, index, sent.issuer_of(index)))).collect()
}

fn question(certificate: &X509Certificate<'_>, index: usize, issuer: Option<Authority>) -> Question {
    Question {
        name: match index {
            0 => "the server's own certificate".into(),
            _ => format!("`{}`", visible_within(&distinguished_name(certificate.subject()), LONGEST_NAME)),
        },
        der: certificate.as_raw().to_vec(),
        issuer: issuer.filter(|_| !is_self_signed(certificate)),
        responders: responders(certificate).take(MOST_URLS).collect(),
        lists: list_urls(certificate).take(MOST_URLS).collect(),
    }
}

fn responders(certificate: &X509Certificate<'_>) -> impl Iterator<Item = String> {
    let accesses = certificate.extensions().iter().filter_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityInfoAccess(access) => Some(&access.accessdescs),
        _ => None,
    });
    accesses.flatten().filter(|one| one.access_method.to_id_string() == OCSP).filter_map(|one| url(&one.access_location))
}

/// Where the lists of revoked certificates are (RFC 5280, section 4.2.1.13), those for some reasons and of other issuers left aside.
fn list_urls(certificate: &X509Certificate<'_>) -> impl Iterator<Item = String> {
    let points = certificate.extensions().iter().filter_map(|extension| match extension.parsed_extension() {
        ParsedExtension::CRLDistributionPoints(points) => Some(&points.points),
        _ => None,
    });
    let points = points.flatten().filter(|point| point.reasons.is_none() && point.crl_issuer.is_none());
    let names = points.filter_map(|point| match &point.distribution_point {
        Some(DistributionPointName::FullName(names)) => Some(names),
        _ => None,
    });
    names.flatten().filter_map(url)
}

fn url(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(url) if url.len() <= LONGEST_URL => Some((*url).to_owned()),
        _ => None,
    }
}

/// Asks the responders, and where they do not answer, the lists.
async fn asked(question: Arc<Question>, lookup: &Lookup<'_>) -> Finding {
    let name = &question.name;
    let Some(issuer) = question.issuer.as_ref() else {
        return Finding::Unknown(format!("{name} has no known issuer that could revoke it"));
    };
    let mut problems = vec![];
    for url in &question.responders {
        match by_ocsp(&question, issuer, url, lookup).await {
            Ok(finding) => return finding,
            Err(problem) => problems.push(format!("{}: {problem}", visible(url))),
        }
    }
    for url in &question.lists {
        match by_list(&question, url, lookup).await {
            Ok(true) => return Finding::Revoked(format!("{name} is revoked, says the list at {}", visible(url))),
            Ok(false) => return Finding::Good(format!("{name} is not revoked, says the list at {}", visible(url))),
            Err(problem) => problems.push(format!("{}: {problem}", visible(url))),
        }
    }
    Finding::Unknown(if problems.is_empty() {
        format!("{name} does not say where its authority can be asked")
    } else {
        format!("nobody can say whether {name} is revoked: {}", problems.join(", "))
    })
}

async fn by_ocsp(question: &Question, issuer: &Authority, url: &str, lookup: &Lookup<'_>) -> Result<Finding, String> {
    let request = parse(&question.der).ok().and_then(|certificate| ocsp::request(&certificate, issuer));
    let request = request.ok_or("the certificate cannot be asked for, since its serial number is not valid")?;
    let response = lookup.fetch(url, Some(request)).await?;
    let certificate = parse(&question.der)?;
    let answer = ocsp::read(&response, &certificate, Some(issuer), lookup.now());
    if answer.valid != Observed(true) {
        return Err(answer.reason.unwrap_or_default());
    }
    let (name, url) = (&question.name, visible(url));
    match answer.status {
        RevocationStatus::Good => Ok(Finding::Good(format!("{name} is not revoked, says {url}"))),
        RevocationStatus::Revoked => Ok(Finding::Revoked(format!("{name} is revoked, says {url}"))),
        RevocationStatus::Unknown => Err("the authority does not know the certificate".into()),
    }
}

/// Whether the list at an address names the certificate.
async fn by_list(question: &Arc<Question>, url: &str, lookup: &Lookup<'_>) -> Result<bool, String> {
    let bytes = lookup.fetch(url, None).await?;
    let (question, now) = (Arc::clone(question), lookup.now());
    // A list can have half a million entries.
    let reading = spawn_blocking(move || {
        let issuer = question.issuer.as_ref().ok_or("no issuer")?;
        list::names(&bytes, &parse(&question.der)?, issuer, now)
    });
    reading.await.unwrap_or_else(|_| Err("the list was not read to the end".into()))
}
