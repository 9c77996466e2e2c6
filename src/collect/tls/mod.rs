//! What one address of a host shows to TLS hellos.

mod certificates;
mod exchange;
mod groups;
mod protocols;
pub(in crate::collect) mod recorder;
mod server;
#[cfg(test)]
mod tests;
mod wire;

use std::{collections::BTreeMap, net::SocketAddr};

use time::OffsetDateTime;
use tokio::time::Instant;

pub(in crate::collect) use certificates::revocation::Lookup;
pub use certificates::{TrustError, TrustStore};

use self::{
    certificates::{
        chain::{self, Served},
        revocation,
    },
    exchange::Shown,
    protocols::Survey,
    server::Server,
};
use super::network::Network;
use crate::evidence::{Address, Answer, Contact, Extensions, Reading, Statistics, Tls};

/// Asks one address of `host` for every version, and judges its certificates as of `now`; by the word of the `authorities` too, where they may be
/// asked.
///
/// Never fails: what could not be observed is unknown in the evidence, with the reason beside it.
pub(in crate::collect) async fn probe(
    network: &Network,
    host: &str,
    address: SocketAddr,
    trust: &TrustStore,
    now: OffsetDateTime,
    authorities: Option<&Lookup<'_>>,
) -> Address {
    let started = Instant::now();
    let server = Server::new(network, host, address);
    let survey = protocols::survey(&server).await;
    let mut tls = evidence(&server, &survey, trust, now);
    if let (Some(authorities), Shown::Chain(sent)) = (authorities, survey.shown())
        && let Some(chain) = tls.chain.take()
    {
        tls.chain = Some(revocation::check(chain, &sent, authorities).await);
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

fn evidence(server: &Server<'_>, survey: &Survey, trust: &TrustStore, now: OffsetDateTime) -> Tls {
    let answer = survey.answer();
    let reached = answer == Answer::Tls;
    let (sent, chain) = match survey.shown() {
        Shown::Chain(sent) => {
            let chain = chain::judge(&Served::certificates(&sent), server.host(), trust, now);
            (sent, Some(chain))
        }
        Shown::Unseen(why) if reached => (vec![], Some(chain::unknown(why))),
        Shown::Nothing | Shown::Unseen(_) => (vec![], None),
    };
    Tls {
        reached,
        answer,
        error: survey.error(server),
        protocols: survey.protocols(server),
        certificates: sent.iter().enumerate().map(|(position, der)| certificates::describe(position, der)).collect(),
        chain,
        cipher_suites: vec![],
        cipher_suites_complete: Reading::Unknown,
        server_preference: BTreeMap::new(),
        groups: vec![],
        groups_complete: Reading::Unknown,
        group_preference: Reading::Unknown,
        dh_bits: None,
        dh_parameters: vec![],
        signature_algorithms: vec![],
        other_chains: vec![],
        extensions: Extensions::default(),
        weaknesses: vec![],
        gaps: vec![],
        contradictions: vec![],
        clients: vec![],
        rating: None,
        statistics: Statistics { connections: server.connections(), milliseconds: 0 },
    }
}
