//! Which known weaknesses a server has, one file each.
//!
//! Most follow from the facts that other questions brought. The active ones send the least that proves the point: they ask for at most a few
//! bytes of memory, and a difference between answers counts only when it shows twice.

mod beast;
mod breach;
mod ccs_injection;
mod crime;
mod drown;
mod facts;
mod freak;
mod goldendoodle;
mod heartbleed;
mod logjam;
mod lucky13;
mod openssl_padding;
mod padding;
mod poodle;
mod poodle_tls;
mod rc4;
mod reaction;
mod renegotiation;
mod robot;
mod sweet32;
#[cfg(test)]
mod tests;
mod ticketbleed;
mod weak_dh;
mod zero_length_padding;
mod zombie_poodle;

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared, ready},
};
use tokio::{join, select};

pub(in crate::collect) use breach::fill as fill_breach;
pub(in crate::collect) use renegotiation::Renegotiation;

use super::{
    cipher_suites::{Extent, Questions},
    protocols::wire_version,
    registry,
    server::Server,
    session::{Line, Suite, usable},
    wire::Version,
};
use crate::evidence::{Reading, Tls, Weakness, WeaknessId};

/// What must be known of a server before the active probes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::collect) struct Known {
    /// The versions that it offers, with the numbers of their suites.
    pub(in crate::collect) offered: Vec<(Version, Vec<u16>)>,
    /// Whether that is all it offers.
    pub(in crate::collect) complete: bool,
}

/// What must be known, while it is still being found: most probes need but one suite of the newest version, and none waits for more.
pub(in crate::collect) struct Finding<'a, 'server> {
    questions: Option<&'a Questions<'server>>,
    all: Shared<BoxFuture<'a, Known>>,
}

impl<'a, 'server> Finding<'a, 'server> {
    /// Found by these questions; `all` is what they and the survey come to in the end.
    pub(in crate::collect) fn by(questions: &'a Questions<'server>, all: impl Future<Output = Known> + Send + 'a) -> Self {
        Self { questions: Some(questions), all: all.boxed().shared() }
    }

    /// Enough of it, or all.
    async fn enough(&self, extent: Extent, is_enough: impl Fn(&Known) -> bool) -> Known {
        let Some(questions) = self.questions else { return self.all.clone().await };
        let known = |seen: &[(_, Vec<u16>)]| {
            let offered = seen.iter().map(|(id, suites)| (wire_version(*id), suites.clone())).filter(|(_, suites)| !suites.is_empty());
            Known { offered: offered.collect(), complete: false }
        };
        select! {
            seen = questions.enough(extent, |seen| is_enough(&known(seen))) => known(&seen),
            all = self.all.clone() => all,
        }
    }

    /// As much as tells in which version a session can be completed, with a suite for it.
    async fn for_session(&self) -> Known {
        self.enough(Extent::Any, |known| known.for_session(Version::SSL3, |_| true).is_some()).await
    }

    /// As much as tells with which suites in CBC mode to probe.
    async fn for_padding(&self) -> Known {
        select! {
            known = self.enough(Extent::Any, padding::has_best_ground) => known,
            known = self.enough(Extent::All, padding::has_ground) => known,
        }
    }
}

impl From<Known> for Finding<'_, '_> {
    fn from(known: Known) -> Self {
        Self { questions: None, all: ready(known).boxed().shared() }
    }
}

/// What the active probes showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) struct Probed {
    /// One entry for each weakness that takes a probe.
    pub(in crate::collect) weaknesses: Vec<Weakness>,
    /// Fills three fields of the extensions.
    pub(in crate::collect) renegotiation: Renegotiation,
}

/// Where a probe can be made.
struct Ground {
    version: Version,
    suites: Vec<u16>,
}

impl Known {
    /// The newest version before TLS 1.3 with suites that are wanted.
    fn newest(&self, oldest: Version, wanted: impl Fn(u16) -> bool) -> Option<Ground> {
        let fitting = |(version, suites): &(Version, Vec<u16>)| {
            let suites: Vec<u16> = suites.iter().copied().filter(|&suite| wanted(suite)).collect();
            ((oldest..=Version::TLS12).contains(version) && !suites.is_empty()).then_some(Ground { version: *version, suites })
        };
        self.offered.iter().filter_map(fitting).max_by_key(|ground| ground.version)
    }

    /// The newest version with suites that a session can be completed in.
    fn for_session(&self, oldest: Version, wanted: impl Fn(&registry::Suite) -> bool) -> Option<Ground> {
        let ground = self.newest(oldest, |code| Suite::find(code).is_some_and(|suite| wanted(suite.parts)))?;
        Some(Ground { suites: usable(&ground.suites, &wanted), ..ground })
    }

    /// The verdict where there is nothing to probe: not vulnerable, if nothing can have been missed.
    fn without_ground(&self, id: WeaknessId, lacking: &str) -> Weakness {
        if self.complete {
            absent(id, lacking)
        } else {
            unknown(id, &format!("as far as is known, {lacking}; not all that it offers is known"))
        }
    }
}

/// Probes for every weakness that takes connections of its own: all at once, and what stayed unknown a second time, one connection after the
/// other, for a server that serves no two at once or was too busy.
pub(in crate::collect) async fn probe(server: &Server<'_>, finding: &Finding<'_, '_>) -> Probed {
    let line = Line::at_once(server);
    let (mut heartbleed, mut ccs_injection, mut robot, mut padding, mut renegotiation, known) = join!(
        async { heartbleed::probe(&line, &finding.for_session().await).await }.boxed(),
        async { ccs_injection::probe(&line, &finding.for_session().await).await }.boxed(),
        async { robot::probe(&line, &finding.enough(Extent::Any, robot::has_ground).await).await }.boxed(),
        async { padding::probe(&line, &finding.for_padding().await).await }.boxed(),
        async { renegotiation::probe(&line, &finding.for_session().await).await }.boxed(),
        finding.all.clone(),
    );
    let (line, known) = (Line::in_turn(server), &known);
    if heartbleed.vulnerable == Reading::Unknown {
        heartbleed = Box::pin(heartbleed::probe(&line, known)).await;
    }
    if ccs_injection.vulnerable == Reading::Unknown {
        ccs_injection = Box::pin(ccs_injection::probe(&line, known)).await;
    }
    if robot.vulnerable == Reading::Unknown {
        robot = Box::pin(robot::probe(&line, known)).await;
    }
    if padding.is_unknown() {
        padding = Box::pin(padding::probe(&line, known)).await;
    }
    if renegotiation.0.is_unknown() || renegotiation.1.vulnerable == Reading::Unknown {
        renegotiation = Box::pin(renegotiation::probe(&line, known)).await;
    }
    let (renegotiation, ticketbleed) = renegotiation;
    let mut weaknesses = vec![heartbleed, ccs_injection, robot, ticketbleed, renegotiation.weakness()];
    let judges = [poodle_tls::judge, zombie_poodle::judge, goldendoodle::judge, zero_length_padding::judge, openssl_padding::judge];
    weaknesses.extend(judges.map(|judge| judge(&padding)));
    weaknesses.sort_by_key(|weakness| weakness.id);
    Probed { weaknesses, renegotiation }
}

/// Every weakness, by probe or by facts, in the order of their ids.
pub(in crate::collect) fn all(tls: &Tls, probed: &Probed) -> Vec<Weakness> {
    let mut weaknesses = [from_facts(tls), probed.weaknesses.clone()].concat();
    weaknesses.sort_by_key(|weakness| weakness.id);
    weaknesses
}

/// Judges every weakness that follows from facts. Whether responses over HTTP are compressed is for the visits to tell ([`fill_breach`]).
pub(in crate::collect) fn from_facts(tls: &Tls) -> Vec<Weakness> {
    let mut weaknesses: Vec<Weakness> = [
        drown::judge,
        poodle::judge,
        freak::judge,
        logjam::judge,
        weak_dh::judge,
        sweet32::judge,
        rc4::judge,
        beast::judge,
        lucky13::judge,
        crime::judge,
    ]
    .map(|judge| judge(tls))
    .into();
    weaknesses.push(breach::unseen());
    weaknesses
}

fn present(id: WeaknessId, reason: &str) -> Weakness {
    Weakness { id, vulnerable: Reading::Observed(true), reason: Some(reason.into()) }
}

fn absent(id: WeaknessId, reason: &str) -> Weakness {
    Weakness { id, vulnerable: Reading::Observed(false), reason: Some(reason.into()) }
}

fn unknown(id: WeaknessId, reason: &str) -> Weakness {
    Weakness { id, vulnerable: Reading::Unknown, reason: Some(reason.into()) }
}
