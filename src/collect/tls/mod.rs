//! What one address of a host shows to TLS hellos.

mod behaviour;
mod ccm;
mod certificates;
mod cipher_suites;
mod dh_parameters;
mod doubts;
mod exchange;
mod extensions;
mod families;
mod groups;
mod handshake;
mod known;
mod likely_suites;
mod named_groups;
mod order;
mod other_chains;
mod outcome;
mod pace;
mod protocols;
mod question;
pub(in crate::collect) mod recorder;
mod registry;
mod server;
mod session;
mod sessions;
mod signature_algorithms;
#[cfg(test)]
mod tests;
mod unasked;
mod weaknesses;
mod wire;

use std::net::SocketAddr;

use futures_util::FutureExt as _;
use time::OffsetDateTime;
use tokio::time::Instant;

pub(in crate::collect) use certificates::revocation::Lookup;
pub use certificates::{TrustError, TrustStore};
pub(in crate::collect) use weaknesses::fill_breach;

use self::{
    behaviour::Behaviour,
    certificates::{
        chain::{self, Served},
        revocation,
    },
    cipher_suites::{Questions, Suites},
    exchange::Shown,
    protocols::{Hellos, Survey, wire_version},
    server::Server,
    weaknesses::{Finding, Probed},
};
use super::{Depth, network::Network};
use crate::evidence::{Address, Answer, Chain, Contact, OtherChain, ProtocolId, Reading, Statistics, Tls};

/// By what certificates are judged.
#[derive(Clone, Copy)]
pub(in crate::collect) struct Judge<'a> {
    /// The roots.
    pub(in crate::collect) trust: &'a TrustStore,
    /// The moment.
    pub(in crate::collect) now: OffsetDateTime,
    /// How the authorities are asked, where they may be.
    pub(in crate::collect) authorities: Option<&'a Lookup<'a>>,
}

/// Gets ready what takes its time and every address needs, for a thread beside those that wait for it: the source of random numbers, which
/// gathers its first seed, and the system's roots.
pub fn prepare() {
    server::entropy();
    TrustStore::read_system();
}

/// Asks one address of `host` everything there is to know about its TLS, and judges its certificates.
///
/// Never fails: what could not be observed is unknown in the evidence, with the reason beside it.
pub(in crate::collect) async fn probe(network: &Network, host: &str, address: SocketAddr, depth: Depth, judge: &Judge<'_>) -> Address {
    let started = Instant::now();
    let server = Server::new(network, host, address);
    let answers = Answers::of(&server, depth).await;
    let mut tls = answers.evidence(&server, judge).await;
    tls.statistics.milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let contact = answers.survey.contact();
    Address {
        ip: address.ip(),
        reached: contact == Contact::Accepted,
        contact,
        error: answers.survey.refusal().map(|unreached| unreached.error.clone()),
        tls: Some(tls),
    }
}

/// Whether a browser would trust what one handshake with `host` showed, and why not; by the same judgement as [`probe`].
pub(in crate::collect) fn verdict(shown: &recorder::Recorder, host: &str, judge: &Judge<'_>) -> (Reading<bool>, Option<String>) {
    let certificates: Vec<Vec<u8>> = shown.certificates().iter().map(|certificate| certificate.to_vec()).collect();
    let served = Served { stapled: shown.stapled(), ..Served::certificates(&certificates) };
    let chain = chain::judge(&served, host, judge.trust, judge.now);
    let doubts = [
        (chain.host_matches, true, "it is for another host"),
        (chain.expired, false, "it has expired"),
        (chain.not_yet_valid, false, "it is not valid yet"),
        (chain.trusted, true, "no path leads from it to a trusted root"),
    ];
    let revoked = (chain.revoked == Reading::Observed(true)).then_some("it was revoked");
    let wrong = doubts.iter().find(|(reading, good, _)| *reading == Reading::Observed(!good)).map(|(_, _, why)| *why).or(revoked);
    let is_known = doubts.iter().all(|(reading, _, _)| *reading != Reading::Unknown);
    match wrong {
        Some(why) => (Reading::Observed(false), Some(chain.error.unwrap_or_else(|| why.to_owned()))),
        None if is_known => (Reading::Observed(true), None),
        None => (Reading::Unknown, Some(chain.error.unwrap_or_else(|| "the certificate could not be judged".to_owned()))),
    }
}

/// The name that IANA gives a cipher suite, or its number where there is none.
pub(in crate::collect) fn suite_name(code: u16) -> String {
    registry::suite(code).map_or_else(|| format!("0x{code:04X}"), |suite| suite.name.to_owned())
}

/// What all questions came to.
struct Answers {
    survey: Survey,
    suites: Suites,
    /// Absent where it was not asked for.
    more: Option<More>,
}

/// What a quick look leaves out.
struct More {
    behaviour: Behaviour,
    probed: Probed,
}

impl Answers {
    /// Asks in rounds that wait for nothing but what they need: the behaviour for the versions, the weaknesses for suites to be probed with.
    async fn of(server: &Server<'_>, depth: Depth) -> Self {
        let is_full = depth == Depth::Full;
        let hellos = Hellos::new(server);
        let questions = Questions::new(server, &hellos);
        let survey = protocols::survey(server, &hellos).boxed().shared();
        let behaviour = async {
            let survey = survey.clone().await;
            if is_full { Some(behaviour::probe(server, &survey.known(server)).await) } else { None }
        };
        let probed = async {
            if !is_full {
                return None;
            }
            let known = async {
                let (survey, suites) = tokio::join!(survey.clone(), questions.unordered());
                ground(server, &survey, &suites)
            };
            Some(weaknesses::probe(server, &Finding::by(&questions, known)).await)
        };
        let (mut survey, behaviour, suites, probed) =
            tokio::join!(survey.clone(), behaviour.boxed(), questions.answer().boxed(), probed.boxed());
        for (id, flight) in suites.corrections() {
            survey.correct(id, flight.clone());
        }
        let more = behaviour.zip(probed).map(|(behaviour, probed)| More { behaviour, probed });
        Self { survey, suites, more }
    }

    async fn evidence(&self, server: &Server<'_>, judge: &Judge<'_>) -> Tls {
        let answer = self.survey.answer();
        let protocols = self.survey.protocols(server);
        let gaps = self.suites.gaps(&protocols, server);
        let (certificates, chain) = self.chain(server, judge).await;
        let mut tls = Tls {
            reached: answer == Answer::Tls,
            answer,
            error: self.survey.error(server),
            protocols,
            cipher_suites: self.suites.evidence(&self.survey),
            cipher_suites_complete: Suites::are_complete(&gaps),
            server_preference: self.suites.preference(),
            certificates: described(&certificates),
            chain,
            other_chains: self.other_chains(server, judge),
            gaps,
            contradictions: self.suites.contradictions(),
            statistics: Statistics { connections: server.connections(), milliseconds: 0 },
            ..Tls::unasked()
        };
        match &self.more {
            Some(more) if tls.reached => more.record(&mut tls),
            Some(_) => {}
            None => unasked::record(&mut tls),
        }
        if !tls.contradictions.is_empty() {
            doubt(&mut tls);
        }
        tls
    }

    /// The certificates that a client of today is sent, and what they amount to.
    async fn chain(&self, server: &Server<'_>, judge: &Judge<'_>) -> (Vec<Vec<u8>>, Option<Chain>) {
        let sent = match self.survey.shown() {
            Shown::Chain(sent) => sent,
            Shown::Unseen(why) if self.survey.answer() == Answer::Tls => return (vec![], Some(chain::unknown(why))),
            Shown::Nothing | Shown::Unseen(_) => match self.suites.certificates() {
                Some(sent) => sent.clone(),
                None => return (vec![], None),
            },
        };
        let beside = self.more.as_ref().map(|more| &more.behaviour.extensions.stapled);
        let stapled = beside.and_then(|beside| beside.response.as_deref());
        let proof = Served { certificates: &sent, stapled, timestamps: beside.and_then(|beside| beside.timestamps.as_deref()) };
        let mut judged = chain::judge(&proof, server.host(), judge.trust, judge.now);
        if let Some(authorities) = judge.authorities {
            judged = revocation::check(judged, &sent, authorities).await;
        }
        (sent, Some(judged))
    }

    fn other_chains(&self, server: &Server<'_>, judge: &Judge<'_>) -> Vec<OtherChain> {
        let judged = |sent: &other_chains::SentChain| OtherChain {
            sent_to: sent.sent_to.clone(),
            certificates: described(&sent.certificates),
            chain: chain::judge(&Served::certificates(&sent.certificates), server.host(), judge.trust, judge.now),
        };
        self.more.iter().flat_map(|more| &more.behaviour.chains.chains).map(judged).collect()
    }
}

impl More {
    /// Writes down everything but the certificates.
    fn record(&self, tls: &mut Tls) {
        self.behaviour.record(tls);
        self.probed.renegotiation.fill(&mut tls.extensions);
        tls.weaknesses = weaknesses::all(tls, &self.probed);
    }
}

/// Takes back what rests on refusals alone, where the server refuses what it takes at other times.
fn doubt(tls: &mut Tls) {
    const WHY: &str = "the server answers the same question differently from one connection to the next";
    let extensions = &mut tls.extensions;
    for (name, field) in [
        ("version_intolerance", &mut extensions.version_intolerance),
        ("extension_intolerance", &mut extensions.extension_intolerance),
        ("long_hello_intolerance", &mut extensions.long_hello_intolerance),
    ] {
        if *field == Reading::Observed(true) {
            *field = Reading::Unknown;
            extensions.reasons.insert(name.into(), WHY.into());
        }
    }
}

/// What the active probes may build on.
fn ground(server: &Server<'_>, survey: &Survey, suites: &Suites) -> weaknesses::Known {
    let with_suites = |id: ProtocolId| (wire_version(id), suites.chosen(id).to_vec());
    let gaps = suites.gaps(&survey.protocols(server), server);
    weaknesses::Known {
        offered: ProtocolId::ALL.into_iter().map(with_suites).filter(|(_, suites)| !suites.is_empty()).collect(),
        complete: Suites::are_complete(&gaps) == Reading::Observed(true),
    }
}

fn described(certificates: &[Vec<u8>]) -> Vec<crate::evidence::Certificate> {
    certificates.iter().enumerate().map(|(position, der)| certificates::describe(position, der)).collect()
}
