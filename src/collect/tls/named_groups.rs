//! Which groups for key exchange a server has, and whether it has an order of its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use futures_util::future::join_all;

use super::{
    certificates::Key,
    exchange::CUT,
    families::{is_ecdhe, suites},
    known::{Greeting, Known},
    question::{key_exchange, put},
    registry::group,
    server::Server,
    wire::{KeyExchange, Offer, Version},
};
use crate::evidence::{
    Gap, Group, GroupKind, GroupOrder, ProtocolId,
    Reading::{self, Observed, Unknown},
};

/// Groups in the order in which they are offered: those that are asked for alone at once, and those that are first asked for together.
struct Universe {
    common: &'static [u16],
    together: &'static [&'static [u16]],
}

/// Elliptic curves and the hybrid of browsers; then finite fields, post-quantum mechanisms, and what few have.
const TLS13: Universe = Universe {
    common: &[0x11ec, 0x001d, 0x0017, 0x001e, 0x0018, 0x0019],
    together: &[
        &[0x0100, 0x0101, 0x0102, 0x0103, 0x0104],
        &[0x11eb, 0x11ed, 0x0200, 0x0201, 0x0202, 0x6399, 0x639a, 0x11ee],
        &[0x001f, 0x0020, 0x0021, 0x0029, 0x0022, 0x0023, 0x0024, 0x0025, 0x0026, 0x0027, 0x0028],
    ],
};

/// Stands for every curve with parameters of its own over a prime field (RFC 4492, section 5.1.1).
const EXPLICIT_CURVE: u16 = 0xff01;

/// Elliptic curves; then those that few have, down to the small ones of RFC 4492.
const UP_TO_TLS12: Universe = Universe {
    common: &[0x001d, 0x0017, 0x001e, 0x0018, 0x0019],
    together: &[&[
        0x001a,
        0x001b,
        0x001c,
        0x0016,
        0x0015,
        0x0014,
        0x0013,
        0x0012,
        0x0011,
        0x0010,
        0x000f,
        0x000e,
        0x000d,
        0x000c,
        0x000b,
        0x000a,
        0x0009,
        0x0008,
        0x0007,
        0x0006,
        0x0005,
        0x0004,
        0x0003,
        0x0002,
        0x0001,
        0x0029,
        EXPLICIT_CURVE,
        0xff02,
    ]],
};

/// The order that most servers have which have one: verified by a comparison of neighbours, never taken for granted.
const USUAL_ORDER: [u16; 14] =
    [0x11ec, 0x11ed, 0x11eb, 0x001d, 0x0017, 0x001e, 0x0019, 0x0018, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104, 0x0200];

/// How often neighbours are swapped before every pair is asked for.
const SWAPS: usize = 2;

/// With more groups than this, an unusual order is not asked for to the end.
const PAIRS_LIMIT: usize = 9;

/// Why there is no order.
const REFUSED: &str = "the server refuses a hello with all its groups";

/// A group that the server has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoundGroup {
    /// Its number in IANA's registry.
    pub code: u16,
    /// The versions in which it was chosen, oldest first.
    pub protocols: Vec<ProtocolId>,
}

/// The groups of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoundGroups {
    /// In the server's order where it has one of its own, that of the newer version first.
    pub groups: Vec<FoundGroup>,
    /// Whether these are all.
    pub complete: Reading<bool>,
    /// For each version that was asked: its groups, and whether the server has an order of its own; unknown with fewer than two.
    pub orders: BTreeMap<ProtocolId, (Vec<u16>, Reading<bool>)>,
    pub gaps: Vec<Gap>,
}

/// What one version showed.
#[derive(Default)]
struct Found {
    /// In the server's order where it has one of its own.
    groups: Vec<u16>,
    problem: Option<String>,
    preference: Option<bool>,
    order_problem: Option<String>,
}

/// Asks in TLS 1.3, and in the newest version before it.
pub(super) async fn probe(server: &Server<'_>, known: &Known) -> FoundGroups {
    let own_curve = known.key().and_then(|key| own_curve(&key));
    let (new, old) = tokio::join!(
        of(known.tls13(), |greeting| Chooser::new(server, greeting, None).find(&TLS13)),
        of(known.extensible(), |greeting| Chooser::new(server, greeting, own_curve).find(&UP_TO_TLS12)),
    );
    merge(known, new.as_ref(), old.as_ref())
}

async fn of<'a, F: Future<Output = Found>>(
    greeting: Option<&'a Greeting>,
    find: impl FnOnce(&'a Greeting) -> F,
) -> Option<(ProtocolId, Found)> {
    let greeting = greeting?;
    Some((greeting.protocol, find(greeting).await))
}

/// One list of both versions: the order of the newer one first.
fn merge(known: &Known, new: Option<&(ProtocolId, Found)>, old: Option<&(ProtocolId, Found)>) -> FoundGroups {
    let mut all = FoundGroups { groups: vec![], complete: Unknown, orders: BTreeMap::new(), gaps: vec![] };
    let both = [new, old].into_iter().flatten();
    for (protocol, found) in both.clone() {
        all.orders.insert(*protocol, (found.groups.clone(), found.preference.into()));
        if let Some(reason) = found.order_problem.clone() {
            all.gap("group_preference", *protocol, reason);
        }
    }
    for (protocol, group) in both.clone().flat_map(|(protocol, found)| found.groups.iter().map(move |group| (*protocol, *group))) {
        match all.groups.iter_mut().find(|known| known.code == group) {
            Some(known) => known.protocols.insert(0, protocol),
            None => all.groups.push(FoundGroup { code: group, protocols: vec![protocol] }),
        }
    }
    // What hides behind the curve of the certificate, which all clients must name and the server prefers, nobody can ever end with.
    for (protocol, found) in both {
        if let Some(reason) = found.problem.clone() {
            all.gap("groups", *protocol, reason);
        }
    }
    let is_known = !known.all().is_empty() && !all.gaps.iter().any(|gap| gap.field == "groups");
    all.complete = if is_known { Observed(true) } else { Unknown };
    all
}

impl FoundGroup {
    fn evidence(&self) -> Group {
        let protocols = self.protocols.clone();
        if let Some(group) = group(self.code) {
            return group.evidence(protocols);
        }
        let name = if self.code == EXPLICIT_CURVE { "a curve with parameters of its own" } else { "unknown" };
        Group { code: code(self.code), name: name.to_owned(), kind: GroupKind::EllipticCurve, bits: None, protocols }
    }
}

/// A number as evidence has it.
fn code(group: u16) -> String {
    format!("0x{group:04X}")
}

impl FoundGroups {
    /// As evidence.
    pub(super) fn evidence(&self) -> Vec<Group> {
        self.groups.iter().map(FoundGroup::evidence).collect()
    }

    /// The order in each version, as evidence.
    pub(super) fn order_evidence(&self) -> BTreeMap<ProtocolId, GroupOrder> {
        let order = |(groups, by_server): &(Vec<u16>, Reading<bool>)| GroupOrder {
            by_server: *by_server,
            codes: groups.iter().map(|group| code(*group)).collect(),
        };
        self.orders.iter().map(|(protocol, found)| (*protocol, order(found))).collect()
    }

    /// Whether the server has an order of its own in the newest version.
    pub(super) fn preference(&self) -> Reading<bool> {
        self.orders.last_key_value().map_or(Unknown, |(_, (_, preference))| *preference)
    }

    fn gap(&mut self, field: &str, protocol: ProtocolId, reason: String) {
        self.gaps.push(Gap { field: field.into(), protocol: Some(protocol), reason });
    }
}

impl Universe {
    fn all(&self) -> Vec<u16> {
        self.common.iter().chain(self.together.iter().copied().flatten()).copied().collect()
    }

    /// The questions of the first round.
    fn questions(&self) -> Vec<&[u16]> {
        self.common.iter().map(std::slice::from_ref).chain(self.together.iter().copied()).collect()
    }
}

/// The curve that a server's own key lies on, which clients up to TLS 1.2 must name to be shown the certificate (RFC 8422, section 5.1).
fn own_curve(key: &Key) -> Option<u16> {
    Some(match key.name.as_str() {
        "ECDSA P-256" => 0x0017,
        "ECDSA P-384" => 0x0018,
        "ECDSA P-521" => 0x0019,
        "ECDSA brainpoolP256r1" => 0x001a,
        "ECDSA brainpoolP384r1" => 0x001b,
        "ECDSA brainpoolP512r1" => 0x001c,
        "ECDSA secp256k1" => 0x0016,
        "ECDSA P-224" => 0x0015,
        "ECDSA P-192" => 0x0013,
        _ => return None,
    })
}

/// Lets the server choose among groups, in one version.
struct Chooser<'a> {
    server: &'a Server<'a>,
    greeting: &'a Greeting,
    own_curve: Option<u16>,
    /// Whether the server chooses a curve only beside the certificate's own.
    needs_own_curve: AtomicBool,
    /// Whether the server chose a group that it was not offered.
    has_strayed: AtomicBool,
}

type Choice = Result<Option<u16>, String>;

impl<'a> Chooser<'a> {
    fn new(server: &'a Server<'a>, greeting: &'a Greeting, own_curve: Option<u16>) -> Self {
        Self { server, greeting, own_curve, needs_own_curve: AtomicBool::default(), has_strayed: AtomicBool::default() }
    }

    /// The group that the server chooses among these; absent when it has none of them.
    async fn choice(&self, groups: &[u16]) -> Choice {
        let verdict = put(self.server, &self.offer(groups)).await;
        let tls13 = self.greeting.version == Version::TLS13;
        let chosen = verdict.read(|flight| match key_exchange(flight).map(|sent| sent.key_exchange) {
            // An answer that names none wants none of these.
            _ if tls13 => Ok(flight.hello.group()),
            Some(KeyExchange::Ecdhe { group, .. }) => Ok(Some(group.unwrap_or(EXPLICIT_CURVE))),
            _ if !flight.complete => Err(CUT),
            _ => Err("the server agreed to a suite on curves, and sent none"),
        })?;
        match chosen.transpose()?.flatten() {
            Some(chosen) if groups.contains(&chosen) => Ok(Some(chosen)),
            // Some servers answer with the only group they have, whatever the client names: they have none of these.
            Some(stray) if group(stray).is_some() => {
                self.has_strayed.store(true, Relaxed);
                Ok(None)
            }
            Some(stray) => Err(format!("the server chose the group 0x{stray:04X}, which was not offered")),
            None => Ok(None),
        }
    }

    /// In TLS 1.3 without a key share, so that the server must name the group that it wants.
    fn offer(&self, groups: &[u16]) -> Offer {
        if self.greeting.version == Version::TLS13 {
            return Offer { with_key_share: false, ..self.greeting.narrow(self.server).with_groups(groups) };
        }
        let suites = suites(self.greeting.protocol, is_ecdhe);
        self.greeting.widest(self.server).with_suites(&suites).with_groups(groups)
    }

    async fn choices(&self, questions: &[Vec<u16>]) -> Vec<Choice> {
        join_all(questions.iter().map(|question| self.choice(question))).await
    }

    /// The group that the server chooses among these of its own. The certificate's curve stands behind them where it must be named: the server
    /// likes every group better that was found beside it.
    async fn favourite(&self, groups: &[u16]) -> Choice {
        match self.own_curve.filter(|own| self.needs_own_curve.load(Relaxed) && !groups.contains(own)) {
            Some(own) => self.choice(&beside(groups, own)).await,
            None => self.choice(groups).await,
        }
    }

    async fn favourites(&self, questions: &[Vec<u16>]) -> Vec<Choice> {
        join_all(questions.iter().map(|question| self.favourite(question))).await
    }

    async fn find(self, universe: &Universe) -> Found {
        let mut found = Found::default();
        let (questions, mut backwards) = (universe.questions(), universe.all());
        backwards.reverse();
        let alone: Vec<Vec<u16>> = questions.iter().map(|question| question.to_vec()).collect();
        let beside: Vec<Vec<u16>> = self
            .own_curve
            .map_or(vec![], |own| questions.iter().filter(|question| **question != [own]).map(|question| beside(question, own)).collect());
        let (alone, beside, last) = tokio::join!(self.choices(&alone), self.choices(&beside), self.choice(&backwards));
        let mut met = found.take(&alone);
        // Where no other curve does alone, the certificate's own must stand beside it.
        if self.own_curve.is_some_and(|own| found.groups.iter().all(|group| *group == own)) {
            let others = found.take(&beside);
            self.needs_own_curve.store(!others.is_empty(), Relaxed);
            met.extend(others);
        }
        self.search(universe, &met, &mut found).await;
        if found.groups.is_empty() && self.has_strayed.load(Relaxed) {
            found.problem = Some("the server chose groups that were not offered, and none that was".into());
        }
        found.groups.sort_by_key(|group| universe.all().iter().position(|one| one == group));
        self.find_order(&backwards, last, &mut found).await;
        found
    }

    /// Asks for each of those that were first asked for together, where one of them was met.
    async fn search(&self, universe: &Universe, met: &BTreeSet<u16>, found: &mut Found) {
        let hit = universe.together.iter().filter(|group| group.iter().any(|one| met.contains(one)));
        let left: Vec<Vec<u16>> = hit.copied().flatten().filter(|group| !found.groups.contains(group)).map(|group| vec![*group]).collect();
        let mut choices = self.choices(&left).await;
        if let Some(own) = self.own_curve
            && !left.is_empty()
            && choices.iter().all(|choice| *choice == Ok(None))
        {
            choices = self.choices(&left.iter().map(|group| beside(group, own)).collect::<Vec<_>>()).await;
            if choices.iter().any(|choice| matches!(choice, Ok(Some(group)) if *group != own)) {
                self.needs_own_curve.store(true, Relaxed);
            }
        }
        found.take(&choices);
    }

    /// What the server chose from the list turned round tells whether it follows the client.
    async fn find_order(&self, backwards: &[u16], last: Choice, found: &mut Found) {
        if found.groups.len() < 2 {
            return;
        }
        let wanted = backwards.iter().copied().find(|group| found.groups.contains(group));
        let forwards: Vec<u16> = found.groups.iter().copied().filter(|group| Some(*group) != wanted).chain(wanted).collect();
        let top = match last {
            // It is either the client's first or the server's.
            Ok(Some(top)) if Some(top) == wanted => match self.favourite(&forwards).await {
                Ok(Some(top)) => Ok(Some(top).filter(|top| Some(*top) == wanted)),
                Ok(None) => Err(REFUSED.to_owned()),
                Err(why) => Err(why),
            },
            Ok(Some(top)) => Ok(Some(top)),
            Ok(None) => Err(REFUSED.to_owned()),
            Err(why) => Err(why),
        };
        match top {
            Err(why) => found.order_problem = Some(why),
            Ok(None) => found.preference = Some(false),
            Ok(Some(top)) => {
                found.preference = Some(true);
                self.sort(top, found).await;
            }
        }
    }

    /// Supposes the usual order, asks for every pair of neighbours with the lesser one first, and swaps those that are wrong.
    async fn sort(&self, top: u16, found: &mut Found) {
        let mut order = found.groups.clone();
        let usual = |group: &u16| USUAL_ORDER.iter().position(|one| one == group).unwrap_or(USUAL_ORDER.len());
        order.sort_by_key(|group| (*group != top, usual(group)));
        let mut proven = BTreeSet::new();
        for _ in 0..SWAPS {
            let doubtful: Vec<(u16, u16)> = neighbours(&order).into_iter().filter(|pair| !proven.contains(pair)).collect();
            let questions: Vec<Vec<u16>> = doubtful.iter().map(|(better, lesser)| vec![*lesser, *better]).collect();
            let choices = self.favourites(&questions).await;
            for ((better, lesser), choice) in doubtful.into_iter().zip(choices) {
                match choice {
                    Ok(Some(group)) if group == better => drop(proven.insert((better, lesser))),
                    Ok(Some(group)) if group == lesser => drop(proven.insert((lesser, better))),
                    Ok(_) => found.order_problem = Some("the server refuses a pair of its groups".into()),
                    Err(why) => found.order_problem = Some(why),
                }
            }
            if found.order_problem.is_some() || neighbours(&order).iter().all(|pair| proven.contains(pair)) {
                found.groups = order;
                return;
            }
            swap_wrong(&mut order, &proven);
        }
        if order.len() <= PAIRS_LIMIT {
            self.sort_by_pairs(top, found).await;
        } else {
            found.groups.sort_by_key(|group| *group != top);
            found.order_problem = Some("the server's order is unusual and long, and was not asked for beyond the first".into());
        }
    }

    async fn sort_by_pairs(&self, top: u16, found: &mut Found) {
        let rest: Vec<u16> = found.groups.iter().copied().filter(|group| *group != top).collect();
        let pairs: Vec<Vec<u16>> =
            rest.iter().enumerate().flat_map(|(index, one)| rest.iter().skip(index + 1).map(|other| vec![*other, *one])).collect();
        let mut wins: BTreeMap<u16, usize> = BTreeMap::from([(top, usize::MAX)]);
        for choice in self.favourites(&pairs).await {
            match choice {
                Ok(Some(group)) => {
                    let won = wins.entry(group).or_default();
                    *won = won.saturating_add(1);
                }
                Ok(None) => found.order_problem = Some("the server refuses a pair of its groups".into()),
                Err(why) => found.order_problem = Some(why),
            }
        }
        found.groups.sort_by_key(|group| std::cmp::Reverse(wins.get(group).copied().unwrap_or(0)));
    }
}

/// Every pair behind the first group, whose place is known.
fn neighbours(order: &[u16]) -> Vec<(u16, u16)> {
    order.iter().skip(1).zip(order.iter().skip(2)).map(|(better, lesser)| (*better, *lesser)).collect()
}

/// Swaps neighbours that are known to stand the other way round.
fn swap_wrong(order: &mut [u16], proven: &BTreeSet<(u16, u16)>) {
    let rest = order.get_mut(1..).unwrap_or_default();
    for index in 1..rest.len() {
        if let Some([better, lesser]) = rest.get_mut(index - 1..=index)
            && proven.contains(&(*lesser, *better))
        {
            std::mem::swap(better, lesser);
        }
    }
}

fn beside(question: &[u16], own: u16) -> Vec<u16> {
    question.iter().copied().filter(|group| *group != own).chain([own]).collect()
}

impl Found {
    /// Takes in what was chosen, whatever was asked; gives what is new.
    fn take(&mut self, choices: &[Choice]) -> BTreeSet<u16> {
        let mut new = BTreeSet::new();
        for choice in choices {
            match choice {
                Ok(Some(group)) if !self.groups.contains(group) => {
                    self.groups.push(*group);
                    new.insert(*group);
                }
                Ok(_) => {}
                Err(why) => self.problem = Some(why.clone()),
            }
        }
        new
    }
}
