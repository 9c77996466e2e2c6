//! One address under probe: the way to it, and what is known of it so far.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use aws_lc_rs::rand;
use tokio::{
    sync::Mutex,
    time::{Instant, sleep, timeout_at},
};

pub(super) use super::outcome::{Outcome, Unreached};
use super::{
    exchange::{Answered, exchange},
    pace::{ControlDue, InFlight, Pace},
    wire::{Alert, Entropy, Offer, Version},
};
use crate::{
    collect::network::{ConnectError, Connection, Network, Permits},
    evidence::Contact,
};

/// How often an offer is repeated that met with an internal error, which a server in trouble answers to what it takes at other times, or with
/// half an answer.
const INSISTENCE: usize = 2;

/// How long a refusal that may be passing is left alone before it is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// How far apart probes may end that began together.
const MOMENT: Duration = Duration::from_millis(50);

/// One address of a host.
#[derive(Debug)]
pub(super) struct Server<'a> {
    network: &'a Network,
    host: &'a str,
    address: SocketAddr,
    pub(super) pace: Pace,
    /// Held by the one who waits for a place at leisure.
    leisure: Mutex<()>,
}

impl<'a> Server<'a> {
    pub(super) fn new(network: &'a Network, host: &'a str, address: SocketAddr) -> Self {
        Self { network, host, address, pace: Pace::new(network.timeout()), leisure: Mutex::default() }
    }

    /// The host as it was asked for.
    pub(super) fn host(&self) -> &'a str {
        self.host
    }

    /// How many connections were accepted.
    pub(super) fn connections(&self) -> u32 {
        self.pace.connections()
    }

    /// How long one probe may take.
    pub(super) fn timeout(&self) -> Duration {
        self.network.timeout()
    }

    /// What silence is called in a report.
    pub(super) fn silence(&self) -> String {
        ConnectError::NoAnswer { seconds: self.timeout().as_secs_f32() }.to_string()
    }

    /// What slowness is called in a report.
    pub(super) fn slowness(&self) -> String {
        format!("too slow: the answer began and did not come to its end within {} s", self.timeout().as_secs_f32())
    }

    /// The name for SNI, which no IP address may be (RFC 6066, section 3).
    pub(super) fn name(&self) -> Option<&'a str> {
        let name = self.host.strip_suffix('.').unwrap_or(self.host);
        let literal = name.trim_start_matches('[').trim_end_matches(']');
        (literal.parse::<IpAddr>().is_err() && (1..=253).contains(&name.len())).then_some(name)
    }

    /// Whether the server has agreed to a hello without the host's name, and to none before.
    pub(super) fn serves_the_nameless(&self) -> bool {
        self.name().is_some() && self.pace.control().is_some_and(|control| control.server_name.is_none())
    }

    /// Everything that a hello of a version can offer, to the host by its name.
    pub(super) fn offer(&self, version: Version) -> Offer {
        Offer::of(version, self.name())
    }

    /// Makes an offer; a refusal that concerns the name alone is tried once more without it, and a connection that ends without an answer
    /// until it is clear whether that is one. Also gives when the time for this question is over.
    pub(super) async fn ask(&self, offer: &Offer) -> (Outcome, Instant) {
        self.ask_in(offer, Turn::InOrder).await
    }

    /// The same for an answer on which no other question waits, behind those for which it is otherwise.
    pub(super) async fn ask_at_leisure(&self, offer: &Offer) -> (Outcome, Instant) {
        self.ask_in(offer, Turn::AtLeisure).await
    }

    async fn ask_in(&self, offer: &Offer, turn: Turn) -> (Outcome, Instant) {
        let (first, deadline) = self.settled(offer, turn).await;
        if !(first.refuses_the_name() && offer.server_name.is_some()) {
            return (first, deadline);
        }
        let nameless = Offer { server_name: None, ..offer.clone() };
        match timeout_at(deadline, self.attempt(&nameless, Turn::InOrder)).await {
            Ok((Outcome::Answered(second), _)) => (Self::weigh(first, second), deadline),
            _ => (first, deadline),
        }
    }

    async fn settled(&self, offer: &Offer, turn: Turn) -> (Outcome, Instant) {
        let (mut outcome, deadline) = self.attempt(offer, turn).await;
        for _ in 0..INSISTENCE {
            if !(outcome.is_overload() || outcome == Outcome::Answered(Answered::Cut)) || Instant::now() >= deadline {
                break;
            }
            self.pause().await;
            outcome = self.attempt(offer, Turn::InOrder).await.0;
        }
        if !self.may_be_passing(&outcome) {
            return (outcome, deadline);
        }
        if outcome == Outcome::Answered(Answered::Closed)
            && let Some(ControlDue(is_due)) = self.pace.takes_close()
            && !(is_due && self.control_fails().await)
        {
            return (outcome, deadline);
        }
        let outcome = self.confirmed(offer, outcome).await;
        (outcome, deadline.max(Instant::now() + self.timeout() / 4))
    }

    /// Whether even an offer fails that the server has agreed to before.
    async fn control_fails(&self) -> bool {
        let Some(control) = self.pace.control() else { return false };
        let (outcome, _) = self.attempt(&control, Turn::InOrder).await;
        let fails = self.may_be_passing(&outcome);
        if fails {
            self.pace.closing_limits();
        }
        fails
    }

    /// Whether the connection failed rather than the hello, on an address that accepts connections, or may be about to: of many that go out
    /// together, those that are refused can be heard of first. A dead address is not asked again.
    pub(super) fn may_be_passing(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Answered(answered) => *answered == Answered::Closed,
            Outcome::Unreached(unreached) => {
                matches!(unreached.contact, Contact::Refused | Contact::Unreachable) && (self.connections() > 0 || self.pace.is_in_flight())
            }
        }
    }

    /// Leaves the server alone for a moment.
    pub(super) async fn pause(&self) {
        sleep(PAUSE.min(self.timeout() / 10)).await;
    }

    /// How many connections to the host may be in flight now.
    pub(super) fn budget(&self) -> usize {
        self.network.limit(self.host)
    }

    /// Halves the connections in flight until there are no more than this.
    pub(super) fn slow_down_to(&self, most: usize) {
        while self.budget() > most.max(1) {
            self.network.slow_down(self.host);
        }
    }

    /// Chooses between two answers to the same question.
    fn weigh(first: Outcome, second: Answered) -> Outcome {
        let refused_the_name = first.refuses_the_name();
        match second {
            Answered::Silence | Answered::Slow | Answered::Cut => first,
            // Without the name, only a word about the version is news.
            Answered::Hello(_) | Answered::Ssl2Hello(_) => Outcome::Answered(second),
            Answered::Alert(alert) if alert.description == Alert::PROTOCOL_VERSION => Outcome::Answered(second),
            _ if refused_the_name => first,
            _ => Outcome::Answered(second),
        }
    }

    /// Makes an offer without waiting for those who wait while doubtful answers are looked into.
    pub(super) async fn attempt_at_once(&self, offer: &Offer) -> Outcome {
        self.attempt(offer, Turn::AtOnce).await.0
    }

    /// One hello on a connection of its own, and when its time is over.
    async fn attempt(&self, offer: &Offer, turn: Turn) -> (Outcome, Instant) {
        let dialled = self
            .unless_over(async {
                let (place, in_flight) = self.place(turn).await;
                Ok((self.connect(place).await?, in_flight))
            })
            .await;
        let (mut connection, _in_flight) = match dialled {
            Ok(dialled) => dialled,
            Err(unreached) => return (Outcome::Unreached(unreached), Instant::now() + self.timeout()),
        };
        let began = Instant::now();
        let deadline = connection.deadline();
        let answered = exchange(&mut connection, &offer.write(&entropy())).await;
        match &answered {
            Answered::Silence | Answered::Slow => {
                self.pace.silent(began, answered == Answered::Slow);
                // Others that began together end together: if all were silent, none that waits for this place should begin.
                sleep(MOMENT.min(self.timeout() / 20)).await;
            }
            Answered::Closed => self.pace.heard(None),
            _ => {
                self.network.ease(self.host);
                self.pace.heard(answered.version().map(|_| offer));
            }
        }
        (Outcome::Answered(answered), deadline)
    }

    /// A connection, unless the address turns out to be silent while this one waits for its place.
    pub(super) async fn dial(&self) -> Result<(Connection, InFlight), Unreached> {
        self.unless_over(async {
            let (place, in_flight) = self.place(Turn::InOrder).await;
            Ok((self.connect(place).await?, in_flight))
        })
        .await
    }

    /// A place in the host's budget. A probe that waits for its turn gives its place back meanwhile, so that others can come to their ends.
    async fn place(&self, turn: Turn) -> (Permits, InFlight) {
        loop {
            // The queue knows no ranks: those at leisure stand in it one at a time, so that others find at most one of them before them.
            let leisure = if turn == Turn::AtLeisure { Some(self.leisure.lock().await) } else { None };
            let place = self.network.place(self.host).await;
            drop(leisure);
            if turn == Turn::AtOnce || !self.pace.is_paused() {
                return (place, self.pace.take_off());
            }
            drop(place);
            self.pace.resumed().await;
        }
    }

    async fn connect(&self, place: Permits) -> Result<Connection, Unreached> {
        let began = Instant::now();
        match self.network.connect_in(place, self.host, self.address).await {
            Ok(connection) => {
                self.pace.connected();
                Ok(connection)
            }
            Err(error) => {
                let contact = error.contact();
                match error {
                    ConnectError::NoAnswer { .. } => self.pace.silent(began, false),
                    ConnectError::Refused => self.pace.refused(),
                    ConnectError::Reset => {
                        self.pace.connected();
                        self.pace.refused();
                    }
                    _ => {}
                }
                Err(Unreached { contact, error: error.to_string() })
            }
        }
    }

    async fn unless_over<T>(&self, work: impl Future<Output = Result<T, Unreached>>) -> Result<T, Unreached> {
        tokio::select! {
            biased;
            done = work => done,
            () = self.pace.over() => Err(Unreached { contact: Contact::NoAnswer, error: self.given_up() }),
        }
    }

    /// Why an address is not asked any more.
    fn given_up(&self) -> String {
        if self.pace.is_exhausted() {
            return format!("not asked: the address had {} connections, or refuses more of them", self.connections());
        }
        if self.pace.out_of_time() {
            return format!("not asked: the questions to this address took longer than {} s", self.pace.time_in_all().as_secs_f32());
        }
        if self.pace.is_slow() { self.slowness() } else { self.silence() }
    }
}

/// When a probe goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// As the next, but behind those that ask in order.
    AtLeisure,
    /// After those that asked before it, and not while doubtful answers are looked into.
    InOrder,
    /// As soon as there is a place.
    AtOnce,
}

/// Random bytes for one hello.
pub(super) fn entropy() -> Entropy {
    let mut bytes = [0; 96];
    rand::fill(&mut bytes).expect("the system has random bytes");
    let [random, session_id, key_share] = [0, 32, 64].map(|start| std::array::from_fn(|index| bytes[start + index]));
    Entropy::new(random, session_id, key_share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::network::NetworkSettings;

    fn name_for(host: &str) -> Option<String> {
        let settings = NetworkSettings {
            timeout: Duration::from_secs(1),
            connections_per_host: 1,
            allow_private: true,
            overrides: vec![],
            proxies: None,
        };
        let network = Network::new(settings);
        Server::new(&network, host, ([127, 0, 0, 1], 1).into()).name().map(str::to_owned)
    }

    #[test]
    fn only_host_names_are_sent_as_server_name() {
        for (host, expected) in [
            ("app.example.com", Some("app.example.com")),
            ("app.example.com.", Some("app.example.com")),
            ("192.0.2.1", None),
            ("2001:db8::1", None),
            ("[2001:db8::1]", None),
        ] {
            assert_eq!(name_for(host).as_deref(), expected, "{host}");
        }
    }
}
