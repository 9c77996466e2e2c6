//! What one address of a host shows to TLS hellos.

mod certificates;
mod chain;
mod cipher_suites;
mod doubts;
mod exchange;
mod groups;
mod key;
mod legacy;
mod order;
mod outcome;
mod pace;
mod protocols;
pub(in crate::collect) mod recorder;
mod registry;
mod server;
mod signature;
#[cfg(test)]
mod tests;
mod trust;
mod unasked;
mod wire;

use std::net::SocketAddr;

use futures_util::FutureExt as _;
use time::OffsetDateTime;
use tokio::time::Instant;

pub use trust::{TrustError, TrustStore};

use self::{
    cipher_suites::{Suites, cipher_suites},
    exchange::Shown,
    protocols::{Hellos, Survey},
    server::Server,
};
use super::{Depth, network::Network};
use crate::evidence::{Address, Answer, Contact, Extensions, Reading, Statistics, Tls};

/// Asks one address of `host` for every version and suite, and judges its certificates as of `now`.
///
/// Never fails: what could not be observed is unknown in the evidence, with the reason beside it.
pub(in crate::collect) async fn probe(
    network: &Network,
    host: &str,
    address: SocketAddr,
    trust: &TrustStore,
    now: OffsetDateTime,
    depth: Depth,
) -> Address {
    let started = Instant::now();
    let server = Server::new(network, host, address);
    let hellos = Hellos::new(&server);
    let (mut survey, suites) = tokio::join!(protocols::survey(&server, &hellos).boxed(), cipher_suites(&server, &hellos).boxed());
    for (id, flight) in suites.corrections() {
        survey.correct(id, flight.clone());
    }
    let mut tls = evidence(&server, &survey, &suites, trust, now);
    if depth == Depth::Quick {
        tls.gaps.extend(unasked::gaps());
        tls.extensions = unasked::extensions();
        tls.weaknesses = unasked::weaknesses();
    }
    tls.statistics.milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let contact = survey.contact();
    Address {
        ip: address.ip(),
        reached: contact == Contact::Accepted,
        contact,
        error: survey.refusal().map(|unreached| unreached.error.clone()),
        tls: Some(tls),
    }
}

fn evidence(server: &Server<'_>, survey: &Survey, suites: &Suites, trust: &TrustStore, now: OffsetDateTime) -> Tls {
    let answer = survey.answer();
    let reached = answer == Answer::Tls;
    let (sent, chain) = match survey.shown() {
        Shown::Chain(sent) => {
            let chain = chain::judge(&sent, server.host(), trust, now);
            (sent, Some(chain))
        }
        Shown::Unseen(why) if reached => (vec![], Some(chain::unknown(why))),
        Shown::Nothing | Shown::Unseen(_) => (vec![], None),
    };
    let protocols = survey.protocols(server);
    let gaps = suites.gaps(&protocols, server);
    Tls {
        reached,
        answer,
        error: survey.error(server),
        protocols,
        certificates: sent.iter().enumerate().map(|(position, der)| certificates::describe(position, der)).collect(),
        chain,
        cipher_suites: suites.evidence(survey),
        cipher_suites_complete: Suites::are_complete(&gaps),
        server_preference: suites.preference(),
        groups: vec![],
        groups_complete: Reading::Unknown,
        group_preference: Reading::Unknown,
        dh_bits: None,
        dh_parameters: vec![],
        signature_algorithms: vec![],
        other_chains: vec![],
        extensions: Extensions::default(),
        weaknesses: vec![],
        gaps,
        contradictions: suites.contradictions(),
        clients: vec![],
        rating: None,
        statistics: Statistics { connections: server.connections(), milliseconds: 0 },
    }
}
