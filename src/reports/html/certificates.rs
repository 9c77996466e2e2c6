//! Certificates as sent, what they amount to, and what others say of them.

use serde::Serialize;

use super::{
    answer::{Answer, judged, plain},
    fact::readable_instant,
};
use crate::{
    evidence::{Certificate, CertificateTimestamp, Chain, Reading, RevocationStatus, StapledResponse, TimestampSource, Tls},
    reports::{
        prose::{Span, spans},
        tls::properties,
    },
};

/// Certificates or timestamps of one chain that are shown.
const MOST_ROWS: usize = 100;

/// One chain.
#[derive(Serialize)]
pub(super) struct ChainView {
    title: String,
    facts: Vec<ChainFact>,
    error: Vec<Span>,
    more: Vec<Detail>,
    certificates: Vec<CertificateRow>,
    timestamps: Vec<TimestampRow>,
}

/// One property of a chain.
#[derive(Serialize)]
struct ChainFact {
    name: &'static str,
    answer: Answer,
}

/// What is known of a chain, in words.
#[derive(Serialize)]
struct Detail {
    name: &'static str,
    value: Vec<Span>,
}

/// One certificate.
#[derive(Serialize)]
struct CertificateRow {
    position: u32,
    subject: String,
    issuer: String,
    names: String,
    valid: String,
    key: String,
    signature: String,
    serial: String,
    sha256: String,
    error: Option<String>,
}

/// One promise of a log.
#[derive(Serialize)]
struct TimestampRow {
    log: String,
    source: &'static str,
    at: String,
    valid: Answer,
}

/// The chain that clients of today are sent, and the others.
pub(super) fn chains(tls: &Tls) -> Vec<ChainView> {
    let first = (!tls.certificates.is_empty()).then(|| chain("Certificates", &tls.certificates, tls.chain.as_ref()));
    let others = tls.other_chains.iter().take(MOST_ROWS);
    let others = others.map(|other| chain(&format!("Certificates for {}", other.sent_to), &other.certificates, Some(&other.chain)));
    first.into_iter().chain(others).collect()
}

fn chain(title: &str, certificates: &[Certificate], chain: Option<&Chain>) -> ChainView {
    ChainView {
        title: title.to_owned(),
        facts: chain.map(facts).unwrap_or_default(),
        error: chain.and_then(|chain| chain.error.as_deref()).map(spans).unwrap_or_default(),
        more: chain.map(more).unwrap_or_default(),
        certificates: certificates.iter().take(MOST_ROWS).map(certificate).collect(),
        timestamps: chain.map(|chain| chain.timestamps.iter().take(MOST_ROWS).map(timestamp).collect()).unwrap_or_default(),
    }
}

fn facts(chain: &Chain) -> Vec<ChainFact> {
    let own = ChainFact { name: "Trusted by the system that looked", answer: plain(chain.trusted_by_system, "yes", "no") };
    let all = properties(chain).into_iter();
    all.map(|property| ChainFact { name: property.name, answer: judged(property.reading, property.wished) }).chain([own]).collect()
}

/// What takes more than a yes or a no.
fn more(chain: &Chain) -> Vec<Detail> {
    let superfluous: Vec<String> = chain.superfluous.iter().map(u32::to_string).collect();
    [
        ("Missing issuer", chain.missing_issuer.clone()),
        ("It can be had at", chain.missing_issuer_url.clone()),
        ("Superfluous", (!superfluous.is_empty()).then(|| format!("certificate {}", superfluous.join(", ")))),
        ("Revocation", chain.revocation.clone()),
        ("Stapled response", Some(chain.stapled.as_ref().map_or_else(|| "none".to_owned(), stapled))),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(Detail { name, value: spans(&value?) }))
    .collect()
}

fn stapled(response: &StapledResponse) -> String {
    let status = match response.status {
        RevocationStatus::Good => "good",
        RevocationStatus::Revoked => "revoked",
        RevocationStatus::Unknown => "the authority does not know the certificate",
    };
    let valid = match response.valid {
        Reading::Observed(true) => "valid",
        Reading::Observed(false) => "not valid",
        Reading::Unknown => "not verified",
    };
    let from = response.this_update.as_deref().map(|at| format!(", from {}", readable_instant(at)));
    let until = response.next_update.as_deref().map(|at| format!(" until {}", readable_instant(at)));
    let reason = response.reason.as_ref().map(|reason| format!(": {reason}"));
    [Some(status.to_owned()), from, until, Some(format!(", {valid}")), reason].into_iter().flatten().collect()
}

fn certificate(certificate: &Certificate) -> CertificateRow {
    let days = certificate.validity_days.observed().map(|days| format!(", {days} days")).unwrap_or_default();
    let staple = if certificate.must_staple == Reading::Observed(true) { ", demands a stapled response" } else { "" };
    CertificateRow {
        position: certificate.position,
        subject: certificate.subject.clone(),
        issuer: certificate.issuer.clone(),
        names: certificate.sans.join(", "),
        valid: format!("{} to {}{days}", readable_instant(&certificate.not_before), readable_instant(&certificate.not_after)),
        key: certificate.key.clone(),
        signature: format!("{}{staple}", certificate.signature_algorithm),
        serial: certificate.serial.clone(),
        sha256: certificate.sha256.clone(),
        error: certificate.error.clone(),
    }
}

fn timestamp(timestamp: &CertificateTimestamp) -> TimestampRow {
    TimestampRow {
        log: timestamp.log.clone().unwrap_or_else(|| "a log that is not known".to_owned()),
        source: match timestamp.source {
            TimestampSource::Certificate => "certificate",
            TimestampSource::TlsExtension => "TLS extension",
            TimestampSource::StapledResponse => "stapled response",
        },
        at: readable_instant(&timestamp.at),
        valid: judged(timestamp.valid, true).because(timestamp.reason.clone().unwrap_or_default()),
    }
}
