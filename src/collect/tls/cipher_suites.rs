//! Which cipher suites a server has in each version, and in which order it prefers them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, join_all, pending},
};
use tokio::{sync::watch, time::timeout};

use super::{
    exchange::{Answered, CUT, Flight, Shown},
    likely_suites::{SINGLES, common_and_rare, groups, groups_by_hints, guess, in_safe_groups, parts},
    order::order,
    protocols::{Hello, Hellos, Survey, wire_version},
    registry,
    server::{Outcome, Server},
    wire::{Alert, Extension, Offer, RENEGOTIATION_SCSV, Version},
};
use crate::evidence::{CipherSuite, Gap, Protocol, ProtocolId, Reading};

/// The field of the evidence.
const FIELD: &str = "cipher_suites";

/// Why refusals are doubted afterwards.
const SHAKEN: &str = "the server refuses by closing the connection, and in the end closed connections to hellos that it takes, too";

/// What was found of the suites.
#[derive(Debug)]
pub(super) struct Suites {
    found: BTreeMap<ProtocolId, Found>,
}

/// What was found of the suites of one version.
#[derive(Clone, Debug, Default)]
struct Found {
    /// In the server's order where it has one, else by popularity.
    suites: Vec<u16>,
    /// The server's flight for each suite, from the first connection that chose it.
    flights: BTreeMap<u16, Flight>,
    preference: Option<Reading<bool>>,
    gaps: Vec<Gap>,
    contradictions: BTreeSet<String>,
    /// An agreement to the version, where the survey's hello was not agreed to.
    correction: Option<Flight>,
    /// Whether the suites are all that there are.
    searched: bool,
    /// Pairs offered together of which the first was chosen.
    preferred: BTreeSet<(u16, u16)>,
}

/// The questions for all suites of all versions from SSL 3.0 on, newest version first.
pub(super) struct Questions<'a> {
    each: Vec<Question<'a>>,
    hints: Hints,
    news: Arc<News>,
}

/// That more suites were found, or a version was searched.
type News = watch::Sender<()>;

impl<'a> Questions<'a> {
    pub(super) fn new(server: &'a Server<'a>, hellos: &Hellos<'a>) -> Self {
        use ProtocolId::{Ssl3, Tls10, Tls11, Tls12, Tls13};
        let news = Arc::new(News::new(()));
        let question = |id| Question { server, id, hello: hellos.of(id), found: Mutex::default(), news: Arc::clone(&news) };
        Self { each: [Tls13, Tls12, Tls11, Tls10, Ssl3].map(question).into(), hints: Hints::default(), news }
    }

    /// Newer versions are asked without waiting for the survey; the others only where the survey or a first short hello is agreed to.
    pub(super) async fn answer(&self) -> Suites {
        let answers = self.each.iter().map(|question| self.answer_in(question).boxed());
        Suites { found: join_all(answers).await.into_iter().collect() }
    }

    async fn answer_in(&self, question: &Question<'a>) -> (ProtocolId, Found) {
        let search = question.search_version(&self.hints).await;
        if let Some(Search { guess, surveyed }) = &search {
            tokio::join!(question.put_in_order(guess), question.ask_again(surveyed));
        }
        (question.id, question.finish(search.as_ref()))
    }

    /// All suites as soon as they are found, for those who need no order.
    pub(super) async fn unordered(&self) -> Suites {
        let _ = self.news.subscribe().wait_for(|()| self.each.iter().all(|question| question.found().searched)).await;
        Suites { found: self.each.iter().map(|question| (question.id, question.found().clone())).collect() }
    }
}

impl Questions<'_> {
    /// The suites of TLS 1.2 and older versions, newest first, as soon as there are enough of them; otherwise never. An older version counts
    /// once the newer ones are searched, so that nothing that is found later can come before it.
    pub(super) async fn enough(
        &self,
        extent: Extent,
        is_enough: impl Fn(&[(ProtocolId, Vec<u16>)]) -> bool,
    ) -> Vec<(ProtocolId, Vec<u16>)> {
        let mut seen = vec![];
        let mut news = self.news.subscribe();
        let enough = news.wait_for(|()| {
            seen = self.seen(extent);
            is_enough(&seen)
        });
        if enough.await.is_err() {
            pending::<()>().await;
        }
        seen
    }

    fn seen(&self, extent: Extent) -> Vec<(ProtocolId, Vec<u16>)> {
        let mut seen = vec![];
        for question in self.each.iter().filter(|question| question.id != ProtocolId::Tls13) {
            let found = question.found();
            match extent {
                _ if found.searched => seen.push((question.id, found.suites.clone())),
                Extent::Any => {
                    seen.push((question.id, found.flights.keys().copied().collect()));
                    break;
                }
                Extent::All => break,
            }
        }
        seen
    }
}

/// How many suites of a version are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// As many as are known.
    Any,
    /// All.
    All,
}

/// The suites of TLS 1.2, which older versions are likely to have too; absent until they are known.
#[derive(Debug, Default)]
struct Hints(watch::Sender<Option<Vec<u16>>>);

impl Hints {
    /// In their likely order.
    async fn heard(&self) -> Vec<u16> {
        let mut hints = self.0.subscribe();
        hints.wait_for(Option::is_some).await.ok().and_then(|hints| hints.clone()).unwrap_or_default()
    }
}

/// What the search in one version came to that is offered.
struct Search {
    /// The suites in their likely order.
    guess: Vec<u16>,
    surveyed: Outcome,
}

impl Suites {
    /// Whether the evidence holds all suites of all versions.
    pub(super) fn are_complete(gaps: &[Gap]) -> Reading<bool> {
        if gaps.iter().any(|gap| gap.field == FIELD) { Reading::Unknown } else { Reading::Observed(true) }
    }

    /// The suites that the server chose in a version, in its order where it has one.
    pub(super) fn chosen(&self, id: ProtocolId) -> &[u16] {
        self.found.get(&id).map(|found| found.suites.as_slice()).unwrap_or_default()
    }

    /// The certificates that came with a suite of a newer version before those of an older one: a server that prefers anonymous suites shows them
    /// to those who ask for others.
    pub(super) fn certificates(&self) -> Option<&Vec<Vec<u8>>> {
        let suites = ProtocolId::ALL.into_iter().rev().flat_map(|id| self.chosen(id).iter().map(move |suite| (id, *suite)));
        suites.filter_map(|(id, suite)| self.flight(id, suite)).find_map(|flight| match &flight.shown {
            Shown::Chain(chain) => Some(chain),
            _ => None,
        })
    }

    /// The server's flight when it chose a suite.
    pub(super) fn flight(&self, id: ProtocolId, suite: u16) -> Option<&Flight> {
        self.found.get(&id)?.flights.get(&suite)
    }

    /// For each version with at least two suites: whether the server enforces an order of its own.
    pub(super) fn preference(&self) -> BTreeMap<ProtocolId, Reading<bool>> {
        self.found.iter().filter_map(|(id, found)| Some((*id, found.preference?))).collect()
    }

    /// Every suite as evidence, oldest version first; those of SSL 2.0 stand in the survey.
    pub(super) fn evidence(&self, survey: &Survey) -> Vec<CipherSuite> {
        let later = self
            .found
            .iter()
            .flat_map(|(id, found)| found.suites.iter().filter_map(|suite| registry::suite(*suite)).map(|suite| suite.evidence(*id)));
        survey.ssl2_kinds().into_iter().filter_map(registry::ssl2_kind).map(registry::Ssl2Kind::evidence).chain(later).collect()
    }

    /// What was not answered, oldest version first; also where it is not known whether a version is offered at all.
    pub(super) fn gaps(&self, protocols: &[Protocol], server: &Server<'_>) -> Vec<Gap> {
        let gap = |id, reason: &str| Gap { field: FIELD.into(), protocol: id, reason: reason.to_owned() };
        let unknown = protocols.iter().filter_map(|protocol| Some(gap(Some(protocol.id), protocol.reason.as_deref()?)));
        let asked = self.found.values().flat_map(|found| found.gaps.iter().cloned());
        unknown.chain(server.pace.is_shaken().then(|| gap(None, SHAKEN))).chain(asked).collect()
    }

    /// Answers that differ between connections, oldest version first.
    pub(super) fn contradictions(&self) -> Vec<String> {
        self.found.values().flat_map(|found| found.contradictions.iter().cloned()).collect()
    }

    /// Agreements to versions whose hello in the survey was not agreed to.
    pub(super) fn corrections(&self) -> impl Iterator<Item = (ProtocolId, &Flight)> {
        self.found.iter().filter_map(|(id, found)| Some((*id, found.correction.as_ref()?)))
    }
}

/// What a server makes of a list of suites.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Choice {
    /// It chooses this one.
    Suite(u16),
    /// It would choose one of those that need a password or a known key, had it been given one it knows.
    NeedsSecret,
    /// It has none of them.
    Nothing,
    /// Nobody can say.
    Unknown(String),
}

/// The question for the suites of one version.
struct Question<'a> {
    server: &'a Server<'a>,
    id: ProtocolId,
    hello: Hello<'a>,
    found: Mutex<Found>,
    news: Arc<News>,
}

impl Question<'_> {
    fn version(&self) -> Version {
        wire_version(self.id)
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All suites of the version; absent where it is not offered.
    async fn search_version(&self, hints: &Hints) -> Option<Search> {
        let all = registry::offers(self.id);
        let (surveyed, first) = tokio::join!(self.hello.clone(), self.search_first(all));
        let (surveyed, _) = surveyed;
        let agreed = surveyed.version() == Some(self.version());
        let mut has: BTreeSet<u16> = first.into_iter().chain(self.surveyed_suite(&surveyed, all)).collect();
        // Whether the version is offered is the survey's to say.
        let is_offered = agreed || !has.is_empty();
        if is_offered && !agreed {
            has.extend(self.search_all(&in_safe_groups(all, &has)).await);
        } else if is_offered && self.version() < Version::TLS12 {
            has.extend(self.search_by_hints(all, &has, hints).await);
        }
        let hinted = if self.version() < Version::TLS12 { hints.0.borrow().clone().unwrap_or_default() } else { vec![] };
        let favourite = surveyed.answered().and_then(Answered::flight).map(|flight| flight.hello.cipher_suite);
        let search = is_offered.then(|| Search { guess: guess(all, &has, favourite, &hinted, &self.found().preferred), surveyed });
        if self.version() == Version::TLS12 {
            hints.0.send_replace(Some(search.iter().flat_map(|search| search.guess.clone()).collect()));
        }
        {
            let mut found = self.found();
            found.suites = search.iter().flat_map(|search| search.guess.clone()).collect();
            found.searched = true;
        }
        self.news.send_replace(());
        search
    }

    /// What does not wait for the survey: in newer versions everything, in older ones a short hello where the survey's is not agreed to soon,
    /// in case that the server cannot read long ones.
    async fn search_first(&self, all: &[u16]) -> Vec<u16> {
        if self.version() >= Version::TLS12 {
            return self.search_all(&groups(self.version(), all)).await;
        }
        match timeout(self.server.timeout() / 4, self.hello.clone()).await {
            Ok((surveyed, _)) if surveyed.version() == Some(self.version()) => vec![],
            _ => self.search(all.iter().copied().take(SINGLES).collect()).await,
        }
    }

    /// Asks an older version for what TLS 1.2 has one by one, and for the rest in large groups, which then are likely to have nothing.
    async fn search_by_hints(&self, all: &[u16], has: &BTreeSet<u16>, hints: &Hints) -> Vec<u16> {
        let (common, rare) = common_and_rare(all);
        let common = async {
            let hints = hints.heard().await;
            let left: Vec<u16> = common.iter().copied().filter(|suite| !has.contains(suite)).collect();
            self.search_all(&groups_by_hints(&left, &hints)).await
        };
        let (common, rare) = tokio::join!(common, self.search_all(&rare));
        [common, rare].concat()
    }

    /// The suite of the survey's answer.
    fn surveyed_suite(&self, surveyed: &Outcome, all: &[u16]) -> Option<u16> {
        let flight = agreement(surveyed, self.version())?;
        let suite = flight.hello.cipher_suite;
        if !all.contains(&suite) {
            self.contradict(&format!("the server chose {}, which was not offered", name(suite)));
            return None;
        }
        self.keep(suite, flight);
        Some(suite)
    }

    async fn search_all(&self, groups: &[Vec<u16>]) -> Vec<u16> {
        join_all(groups.iter().map(|group| self.search(group.clone()))).await.concat()
    }

    /// Every suite of a group that the server has: its answer names its favourite, and the others are asked for again.
    fn search(&self, group: Vec<u16>) -> BoxFuture<'_, Vec<u16>> {
        async move {
            match self.choose(&group).await {
                Choice::Nothing => vec![],
                Choice::Unknown(why) => {
                    self.gap(FIELD, format!("no answer about {}: {why}", names(&group)));
                    vec![]
                }
                Choice::NeedsSecret if group.len() == 1 => group,
                Choice::NeedsSecret => self.search_all(&parts(&group)).await,
                Choice::Suite(favourite) => {
                    let others: Vec<u16> = group.into_iter().filter(|&suite| suite != favourite).collect();
                    let mut has = self.search_all(&parts(&others)).await;
                    self.found().preferred.extend(has.iter().map(|other| (favourite, *other)));
                    has.push(favourite);
                    has
                }
            }
        }
        .boxed()
    }

    /// Which of some suites the server chooses.
    async fn choose(&self, suites: &[u16]) -> Choice {
        let offer = self.offer(suites);
        let (mut outcome, _) = self.server.ask(&offer).await;
        // A server that refuses the name, and serves whoever names none, has been asked without it before.
        if outcome.refuses_the_name() && self.server.serves_the_nameless() {
            (outcome, _) = self.server.ask(&Offer { server_name: None, ..offer }).await;
        }
        let answered = match &outcome {
            Outcome::Unreached(unreached) => return Choice::Unknown(unreached.error.clone()),
            Outcome::Answered(answered) => answered,
        };
        match answered {
            Answered::Hello(flight) if flight.hello.version() == self.version() => self.chosen(suites, flight),
            Answered::Alert(alert) if alert.description == Alert::UNKNOWN_PSK_IDENTITY => Choice::NeedsSecret,
            Answered::Alert(alert) if alert.description == Alert::UNRECOGNIZED_NAME => {
                Choice::Unknown("the server does not know the host name (alert `unrecognized_name`)".into())
            }
            Answered::Silence => Choice::Unknown(self.server.silence()),
            Answered::Slow => Choice::Unknown(self.server.slowness()),
            Answered::Cut => Choice::Unknown(CUT.into()),
            Answered::Garbage(what) => Choice::Unknown(format!("the answer makes no sense: {what}")),
            _ => Choice::Nothing,
        }
    }

    fn chosen(&self, suites: &[u16], flight: &Flight) -> Choice {
        let suite = flight.hello.cipher_suite;
        if !suites.contains(&suite) {
            self.contradict(&format!("the server chose {}, which was not offered", name(suite)));
            return Choice::Nothing;
        }
        self.keep(suite, flight);
        Choice::Suite(suite)
    }

    /// Keeps the first flight of every suite.
    fn keep(&self, suite: u16, flight: &Flight) {
        let mut is_new = false;
        self.found().flights.entry(suite).or_insert_with(|| {
            is_new = true;
            flight.clone()
        });
        if is_new {
            self.news.send_replace(());
        }
    }

    fn offer(&self, suites: &[u16]) -> Offer {
        let offer = self.server.offer(self.version());
        let offer = if suites.iter().any(|suite| NEEDS_USER_NAME.contains(suite)) {
            offer.with(Extension::SRP, [&[4], &b"user"[..]].concat())
        } else {
            offer
        };
        // Without extensions, the signalling suite says that renegotiation is safe (RFC 5746); some servers insist.
        let signals = if self.version() == Version::SSL3 { &[RENEGOTIATION_SCSV][..] } else { &[] };
        offer.with_suites(&[suites, signals].concat())
    }

    /// Finds the order of the suites, and leaves them in it.
    async fn put_in_order(&self, guess: &[u16]) {
        if guess.len() < 2 {
            self.found().suites = guess.to_vec();
            return;
        }
        let order = order(guess, |offer| self.choose_known(offer)).await;
        if let Some(problem) = order.problem {
            self.gap("server_preference", problem);
        }
        let mut found = self.found();
        found.suites = order.suites;
        found.preference = Some(order.is_enforced);
    }

    /// Which of some suites the server chooses that has all of them: that it refuses them is a contradiction.
    async fn choose_known(&self, suites: Vec<u16>) -> Result<u16, String> {
        for _ in 0..2 {
            match self.choose(&suites).await {
                Choice::Suite(suite) => return Ok(suite),
                Choice::Unknown(why) => return Err(why),
                Choice::NeedsSecret => return Err("the server wants a password or a key that is known beforehand".into()),
                Choice::Nothing => self.contradict(&format!("{}: chosen once and refused once; {BALANCED}", names(&suites))),
            }
        }
        Err(format!("the server refuses {}, which it chose before", names(&suites)))
    }

    /// Makes the survey's offer once more: servers behind one load balancer may not agree.
    async fn ask_again(&self, surveyed: &Outcome) {
        let offer = self.server.offer(self.version());
        let (again, _) = self.server.ask(&offer).await;
        let (Some(before), Some(now)) = (surveyed.answered(), again.answered()) else { return };
        if before.says_nothing() || now.says_nothing() {
            return;
        }
        match (agreement(surveyed, self.version()), agreement(&again, self.version())) {
            (Some(before), Some(now)) => self.compare(before, now),
            (None, None) if !self.has_any_of(&offer.cipher_suites) => {}
            (None, None) => self.contradict(&format!(
                "a hello with {} suites was refused, and shorter ones were agreed to: the server cannot read long hellos",
                offer.cipher_suites.len()
            )),
            _ => self.contradict(&format!("the same hello was agreed to once and refused once; {BALANCED}")),
        }
    }

    fn has_any_of(&self, suites: &[u16]) -> bool {
        let found = self.found();
        suites.iter().any(|suite| found.flights.contains_key(suite))
    }

    fn compare(&self, before: &Flight, now: &Flight) {
        let [one, other] = [before, now].map(|flight| flight.hello.cipher_suite);
        if one != other {
            self.contradict(&format!("the same hello led to {} once and to {} once; {BALANCED}", name(one), name(other)));
        }
        if let (Shown::Chain(one), Shown::Chain(other)) = (&before.shown, &now.shown)
            && one.first() != other.first()
        {
            self.contradict(&format!("the same hello led to two different certificates; {BALANCED}"));
        }
    }

    fn gap(&self, field: &str, reason: String) {
        self.found().gaps.push(Gap { field: field.into(), protocol: Some(self.id), reason });
    }

    fn contradict(&self, what: &str) {
        self.found().contradictions.insert(format!("{}: {what}", self.id.name()));
    }

    fn finish(&self, search: Option<&Search>) -> Found {
        let version = self.version();
        let mut found = self.found().clone();
        if search.is_some_and(|search| search.surveyed.version() != Some(version)) {
            found.correction = found.suites.first().and_then(|suite| found.flights.get(suite)).cloned();
        }
        found
    }
}

/// What contradictions mean.
const BALANCED: &str = "servers behind one load balancer seem to differ";

/// The flight of an outcome that agrees to a version.
fn agreement(outcome: &Outcome, version: Version) -> Option<&Flight> {
    outcome.answered()?.flight().filter(|flight| flight.hello.version() == version)
}

/// Suites of SRP (RFC 5054), which only a client gets that names a user.
const NEEDS_USER_NAME: std::ops::RangeInclusive<u16> = 0xc01a..=0xc022;

/// So many suites are named in a sentence.
const NAMED: usize = 3;

fn names(suites: &[u16]) -> String {
    let mut named: Vec<String> = suites.iter().take(NAMED).map(|suite| name(*suite)).collect();
    if suites.len() > NAMED {
        named.push(format!("{} more", suites.len() - NAMED));
    }
    named.join(", ")
}

fn name(suite: u16) -> String {
    registry::suite(suite).map_or_else(|| format!("0x{suite:04X}"), |suite| suite.name.to_owned())
}
