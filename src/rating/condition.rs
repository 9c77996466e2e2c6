//! When a rule of the guide applies: its conditions, one function each.

mod certificates;
mod clients;

use serde::Deserialize;

use super::{
    facts::{
        Facts,
        Finding::{self, Absent, Present},
    },
    simulate::offered,
    suites::{self, SuiteSelector},
};
use crate::evidence::{
    ProtocolId,
    Reading::{Observed, Unknown},
    WeaknessId,
};

/// What a rule waits for.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// One of these versions is offered.
    Offers(Vec<ProtocolId>),
    /// None of these versions is offered.
    Lacks(Vec<ProtocolId>),
    /// One of these weaknesses was found.
    Vulnerable(Vec<WeaknessId>),
    /// One such suite is offered.
    AnySuite(SuiteSelector),
    /// No such suite is offered.
    NoSuite(SuiteSelector),
    /// Nothing but such suites is offered.
    OnlySuites(SuiteSelector),
    /// Modern clients end with such a suite.
    Negotiates(Negotiation),
    /// A reference client gets no forward secrecy.
    NoForwardSecrecy,
    /// The chain has this flaw.
    Chain(ChainFlaw),
    /// A certificate that the path needs, the root aside, is signed with one of these hash functions.
    Signature(Vec<String>),
    /// The certificate's key is weaker than an RSA key of this many bits.
    KeyBelow(u32),
    /// An RSA key of a certificate that the path needs has an exponent with which it protects nothing.
    UnsoundRsaExponent,
    /// The Diffie-Hellman parameters have fewer bits than this, or protect nothing whatever their size.
    DhBelow(u32),
    /// The server lacks this behaviour.
    Without(Behaviour),
    /// Browsers insist on https for fewer seconds than this.
    HstsShorterThan(u64),
}

/// Suites that modern clients must not end with.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Negotiation {
    /// Which.
    pub suite: SuiteSelector,
    /// From this version on.
    pub from: ProtocolId,
}

/// What can be wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChainFlaw {
    /// The certificate is for another host.
    WrongHost,
    /// A certificate is past its end.
    Expired,
    /// A certificate is not valid yet.
    NotYetValid,
    /// The certificate is its own issuer, and nobody was told to trust it.
    SelfSigned,
    /// It leads to no root, although nothing is missing.
    Untrusted,
    /// A certificate was revoked.
    Revoked,
    /// An intermediate certificate was not sent.
    Incomplete,
}

/// What a server should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Behaviour {
    /// Take part in secure renegotiation (RFC 5746).
    SecureRenegotiation,
    /// Refuse clients that fell back (RFC 7507).
    FallbackScsv,
}

impl Condition {
    pub(super) fn judge(&self, facts: &Facts<'_>) -> Finding {
        match self {
            Self::Offers(protocols) => offers(facts, protocols),
            Self::Lacks(protocols) => lacks(facts, protocols),
            Self::Vulnerable(weaknesses) => Finding::any(weaknesses.iter().map(|weakness| vulnerable(facts, *weakness))),
            Self::AnySuite(selector) => any_suite(facts, selector),
            Self::NoSuite(selector) => no_suite(facts, selector),
            Self::OnlySuites(selector) => only_suites(facts, selector),
            Self::Negotiates(negotiation) => clients::negotiate(facts, negotiation),
            Self::NoForwardSecrecy => clients::lack_forward_secrecy(facts),
            Self::Chain(flaw) => certificates::chain(facts, *flaw),
            Self::Signature(hashes) => certificates::signature(facts, hashes),
            Self::KeyBelow(bits) => certificates::key(facts, *bits),
            Self::UnsoundRsaExponent => certificates::rsa_exponent(facts),
            Self::DhBelow(bits) => parameters(facts, *bits),
            Self::Without(behaviour) => without(facts, *behaviour),
            Self::HstsShorterThan(seconds) => hsts(facts, *seconds),
        }
    }
}

fn offers(facts: &Facts<'_>, protocols: &[ProtocolId]) -> Finding {
    let offered: Vec<&str> = protocols.iter().filter(|one| offered(facts.tls, **one) == Observed(true)).map(|one| one.name()).collect();
    if offered.is_empty() { undecided(facts, protocols).unwrap_or(Absent) } else { Present(suites::join(&offered)) }
}

fn lacks(facts: &Facts<'_>, protocols: &[ProtocolId]) -> Finding {
    if protocols.iter().any(|one| offered(facts.tls, *one) == Observed(true)) {
        return Absent;
    }
    undecided(facts, protocols).unwrap_or_else(|| Present(suites::join(&protocols.iter().map(|one| one.name()).collect::<Vec<_>>())))
}

/// That one of the versions is unknown, if one is.
fn undecided(facts: &Facts<'_>, protocols: &[ProtocolId]) -> Option<Finding> {
    let unknown: Vec<&ProtocolId> = protocols.iter().filter(|one| offered(facts.tls, **one) == Unknown).collect();
    let names: Vec<&str> = unknown.iter().map(|one| one.name()).collect();
    let first = facts.tls.protocols.iter().find(|entry| unknown.first().is_some_and(|one| **one == entry.id));
    let reason = first.and_then(|entry| entry.reason.as_ref()).map(|reason| format!(" ({reason})")).unwrap_or_default();
    (!names.is_empty()).then(|| Finding::Unknown(format!("whether it offers {}{reason}", suites::join(&names))))
}

fn vulnerable(facts: &Facts<'_>, id: WeaknessId) -> Finding {
    let weakness = facts.tls.weaknesses.iter().find(|weakness| weakness.id == id);
    let reason = weakness.and_then(|weakness| weakness.reason.clone());
    Finding::of(
        weakness.map_or(Unknown, |weakness| weakness.vulnerable),
        || reason.clone().unwrap_or_else(|| "a probe showed it".into()),
        || {
            let reason = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            format!("whether it is vulnerable to `{}`{reason}", word(id))
        },
    )
}

/// The word that evidence and rules use.
fn word(id: WeaknessId) -> String {
    serde_json::to_value(id).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

const ALL_SUITES: &str = "all of its cipher suites";

fn any_suite(facts: &Facts<'_>, selector: &SuiteSelector) -> Finding {
    let mut found = facts.tls.cipher_suites.iter().filter(|suite| selector.matches(suite)).peekable();
    if found.peek().is_some() {
        return Present(suites::names(found));
    }
    let complete = match selector.protocols.as_slice() {
        [] => facts.suites_complete(),
        versions => versions.iter().all(|one| offered(facts.tls, *one) == Observed(false) || suites::complete_in(facts.tls, *one)),
    };
    if complete { Absent } else { Finding::Unknown(ALL_SUITES.into()) }
}

fn no_suite(facts: &Facts<'_>, selector: &SuiteSelector) -> Finding {
    match any_suite(facts, selector) {
        Present(_) => Absent,
        Absent => Present(String::new()),
        unknown @ Finding::Unknown(_) => unknown,
    }
}

fn only_suites(facts: &Facts<'_>, selector: &SuiteSelector) -> Finding {
    let suites = &facts.tls.cipher_suites;
    match (suites.iter().all(|suite| selector.matches(suite)), facts.suites_complete()) {
        (false, _) => Absent,
        (true, false) => Finding::Unknown(ALL_SUITES.into()),
        (true, true) if suites.is_empty() => Absent,
        (true, true) => Present(suites::names(suites)),
    }
}

fn parameters(facts: &Facts<'_>, limit: u32) -> Finding {
    let seen = facts.tls.dh_parameters.iter().map(|parameters| parameters.bits).chain(facts.tls.dh_bits).min();
    if let Some(flaw) = facts.tls.dh_parameters.iter().find_map(|parameters| parameters.flaw.as_ref()) {
        return Present(flaw.clone());
    }
    let uses_them = facts.tls.cipher_suites.iter().any(|suite| suite.key_exchange == "DHE");
    match seen {
        Some(bits) if bits < limit => Present(format!("{bits} bits")),
        Some(_) => Absent,
        None if uses_them => Finding::Unknown("the size of its Diffie-Hellman parameters".into()),
        None if facts.suites_complete() => Absent,
        None => Finding::Unknown(ALL_SUITES.into()),
    }
}

fn without(facts: &Facts<'_>, behaviour: Behaviour) -> Finding {
    let extensions = &facts.tls.extensions;
    let (reading, field, words) = match behaviour {
        Behaviour::SecureRenegotiation => (extensions.secure_renegotiation, "secure_renegotiation", "secure renegotiation (RFC 5746)"),
        Behaviour::FallbackScsv if has_one_version(facts) => return Absent,
        Behaviour::FallbackScsv => (extensions.fallback_scsv, "fallback_scsv", "TLS_FALLBACK_SCSV (RFC 7507)"),
    };
    let reason = extensions.reasons.get(field).map(|reason| format!(" ({reason})")).unwrap_or_default();
    let lacking = match reading {
        Observed(has) => Observed(!has),
        Unknown => Unknown,
    };
    Finding::of(lacking, String::new, || format!("whether it knows {words}{reason}"))
}

/// Whether there is nothing to fall back to.
fn has_one_version(facts: &Facts<'_>) -> bool {
    let refused = ProtocolId::ALL.into_iter().filter(|one| offered(facts.tls, *one) == Observed(false)).count();
    refused + 1 >= ProtocolId::ALL.len()
}

fn hsts(facts: &Facts<'_>, least: u64) -> Finding {
    match facts.hsts {
        Observed(Some(seconds)) if seconds >= least => Absent,
        Observed(Some(seconds)) => Present(format!("it holds for {seconds} seconds")),
        Observed(None) => Present("there is none".into()),
        Unknown => Finding::Unknown("how long Strict-Transport-Security holds, which was not looked at or could not be read".into()),
    }
}
