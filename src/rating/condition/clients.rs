//! Conditions on what the reference clients would agree on with the server.

use super::{
    super::{
        facts::{
            Facts,
            Finding::{self, Absent, Present},
        },
        simulate::{Agreement, Handshake, Obstacle, offered},
        suites::{complete_in, join, names},
    },
    ALL_SUITES, Negotiation,
};
use crate::evidence::{
    ProtocolId,
    Reading::{Observed, Unknown},
};

/// The outcomes of the reference clients, those of whom nobody can say apart.
fn outcomes<'a>(facts: &'a Facts<'a>) -> (Vec<(&'a Handshake<'a>, &'a Agreement<'a>)>, Option<&'a str>) {
    let reference = || facts.handshakes.iter().filter(|handshake| handshake.client.reference);
    let agreed = reference().filter_map(|handshake| Some((handshake, handshake.outcome.as_ref().ok()?))).collect();
    let unknown = reference().find_map(|handshake| match &handshake.outcome {
        Err(Obstacle::Unknown(why)) => Some(why.as_str()),
        _ => None,
    });
    (agreed, unknown)
}

fn what_clients_do(why: &str) -> Finding {
    Finding::Unknown(format!("what the reference clients would agree on ({why})"))
}

pub(super) fn lack_forward_secrecy(facts: &Facts<'_>) -> Finding {
    let suites = &facts.tls.cipher_suites;
    let complete = facts.suites_complete();
    if suites.iter().all(|suite| !suite.forward_secrecy) {
        return if complete { Present("no suite has it".into()) } else { Finding::Unknown(ALL_SUITES.into()) };
    }
    if complete && suites.iter().all(|suite| suite.forward_secrecy) {
        return Absent;
    }
    let (agreed, unknown) = outcomes(facts);
    let without: Vec<&str> = agreed
        .iter()
        .filter(|(_, agreement)| agreement.forward_secrecy() == Some(false))
        .map(|(handshake, _)| handshake.client.name.as_str())
        .collect();
    let open = agreed.iter().any(|(_, agreement)| agreement.forward_secrecy().is_none());
    match unknown {
        _ if !without.is_empty() => Present(format!("{} would go without", join(&without))),
        Some(why) => what_clients_do(why),
        None if open => what_clients_do("whether the server chooses by its own order is not known"),
        None => Absent,
    }
}

/// Whether clients of today end with such a suite: one of the reference clients, or every client, because the server prefers it.
pub(super) fn negotiate(facts: &Facts<'_>, negotiation: &Negotiation) -> Finding {
    let versions: Vec<ProtocolId> = ProtocolId::ALL.into_iter().filter(|one| *one >= negotiation.from).collect();
    let is_modern = |protocol: ProtocolId| protocol >= negotiation.from;
    let is_offered = facts.tls.cipher_suites.iter().any(|suite| is_modern(suite.protocol) && negotiation.suite.matches(suite));
    if !is_offered {
        let known = versions.iter().all(|one| offered(facts.tls, *one) == Observed(false) || complete_in(facts.tls, *one));
        return if known { Absent } else { Finding::Unknown(ALL_SUITES.into()) };
    }
    let (agreed, unknown) = outcomes(facts);
    let modern = || agreed.iter().filter(|(_, agreement)| is_modern(agreement.protocol));
    let ends = |agreement: &Agreement<'_>| agreement.candidates.iter().all(|suite| negotiation.suite.matches(suite));
    let may_end = |agreement: &Agreement<'_>| agreement.candidates.iter().any(|suite| negotiation.suite.matches(suite));
    if let Some((handshake, agreement)) = modern().find(|(_, agreement)| ends(agreement)) {
        return Present(format!("{} gets {}", handshake.client.name, names(agreement.candidates.iter().copied())));
    }
    // No client of today stops short of the newest version.
    let newest = versions.iter().rev().find(|one| offered(facts.tls, **one) == Observed(true));
    if let Some(seen) = newest.and_then(|one| preferred(facts, negotiation, *one)) {
        return Present(seen);
    }
    match unknown {
        Some(why) => what_clients_do(why),
        None if modern().any(|(_, agreement)| may_end(agreement)) => {
            what_clients_do("whether the server chooses by its own order is not known")
        }
        None => Absent,
    }
}

/// That the server prefers such a suite in one version, or offers nothing else there.
fn preferred(facts: &Facts<'_>, negotiation: &Negotiation, protocol: ProtocolId) -> Option<String> {
    let mut suites = facts.tls.cipher_suites.iter().filter(|suite| suite.protocol == protocol);
    let first = suites.next().filter(|suite| negotiation.suite.matches(suite))?;
    let by_order = facts.tls.server_preference.get(&protocol).copied().unwrap_or(Unknown) == Observed(true);
    let nothing_else = complete_in(facts.tls, protocol) && suites.all(|suite| negotiation.suite.matches(suite));
    (by_order || nothing_else).then(|| format!("the server prefers {} in {}", first.name, protocol.name()))
}
