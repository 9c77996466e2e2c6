//! One address under probe: the way to it, and what is known of it so far.

use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    time::Duration,
};

use aws_lc_rs::rand;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout_at},
};

use super::{
    exchange::{Answered, exchange},
    wire::{Alert, Entropy, Offer, Version},
};
use crate::{
    collect::network::{ConnectError, Connection, Network},
    evidence::Contact,
};

/// How long a refusal that may be passing is left alone before it is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// One address of a host.
#[derive(Debug)]
pub(super) struct Server<'a> {
    network: &'a Network,
    host: &'a str,
    address: SocketAddr,
    connections: AtomicU32,
    /// Whether any probe got more than silence.
    heard: AtomicBool,
    /// Set once a probe met silence before any other was answered: those still waiting for their place would meet the same.
    given_up: watch::Sender<bool>,
}

/// What one probe came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The connection was accepted.
    Answered(Answered),
    /// It was not.
    Unreached(Unreached),
}

/// Why a connection was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub(super) struct Unreached {
    pub contact: Contact,
    /// The reason in words.
    pub error: String,
}

impl Outcome {
    fn refuses_the_name(&self) -> bool {
        matches!(self, Self::Answered(Answered::Alert(alert)) if alert.description == Alert::UNRECOGNIZED_NAME)
    }
}

impl<'a> Server<'a> {
    pub(super) fn new(network: &'a Network, host: &'a str, address: SocketAddr) -> Self {
        Self { network, host, address, connections: AtomicU32::new(0), heard: AtomicBool::new(false), given_up: watch::Sender::new(false) }
    }

    /// The host as it was asked for.
    pub(super) fn host(&self) -> &'a str {
        self.host
    }

    /// How many connections were accepted.
    pub(super) fn connections(&self) -> u32 {
        self.connections.load(Relaxed)
    }

    /// How long one probe may take.
    pub(super) fn timeout(&self) -> Duration {
        self.network.timeout()
    }

    /// What silence is called in a report.
    pub(super) fn silence(&self) -> String {
        ConnectError::NoAnswer { seconds: self.timeout().as_secs_f32() }.to_string()
    }

    /// The name for SNI, which no IP address may be (RFC 6066, section 3).
    pub(super) fn name(&self) -> Option<&'a str> {
        let name = self.host.strip_suffix('.').unwrap_or(self.host);
        let literal = name.trim_start_matches('[').trim_end_matches(']');
        (literal.parse::<IpAddr>().is_err() && (1..=253).contains(&name.len())).then_some(name)
    }

    /// Everything that a hello of a version can offer, to the host by its name.
    pub(super) fn offer(&self, version: Version) -> Offer {
        Offer::of(version, self.name())
    }

    /// Makes an offer; a refusal that concerns the name alone is tried once more without it.
    /// Also gives when the time for this question is over.
    pub(super) async fn ask(&self, offer: &Offer) -> (Outcome, Instant) {
        let (first, deadline) = match self.attempt(offer).await {
            Ok((answered, deadline)) => (Outcome::Answered(answered), deadline),
            Err(unreached) => return (Outcome::Unreached(unreached), Instant::now() + self.timeout()),
        };
        if !(first.refuses_the_name() && offer.server_name.is_some()) {
            return (first, deadline);
        }
        let nameless = Offer { server_name: None, ..offer.clone() };
        match timeout_at(deadline, self.attempt(&nameless)).await {
            Ok(Ok((second, _))) => (Self::weigh(first, second), deadline),
            _ => (first, deadline),
        }
    }

    /// Offers a version again whose first answer may have been a passing failure; to be called when nothing else is under way.
    pub(super) async fn ask_again(&self, offer: &Offer, first: Outcome, deadline: Instant) -> Outcome {
        match timeout_at(deadline, self.ask(offer)).await {
            Ok((Outcome::Answered(second), _)) => Self::weigh(first, second),
            _ => first,
        }
    }

    /// Whether the connection failed rather than the hello, on an address that accepts connections: a dead one is not asked again.
    pub(super) fn may_be_passing(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Answered(answered) => *answered == Answered::Closed,
            Outcome::Unreached(unreached) => matches!(unreached.contact, Contact::Refused | Contact::Unreachable) && self.connections() > 0,
        }
    }

    /// Leaves the server alone for a moment.
    pub(super) async fn pause(&self) {
        sleep(PAUSE.min(self.timeout() / 10)).await;
    }

    /// Chooses between two answers to the same question.
    fn weigh(first: Outcome, second: Answered) -> Outcome {
        let refused_the_name = first.refuses_the_name();
        match second {
            Answered::Silence => first,
            // Without the name, only a word about the version is news.
            Answered::Hello(_) | Answered::Ssl2Hello(_) => Outcome::Answered(second),
            Answered::Alert(alert) if alert.description == Alert::PROTOCOL_VERSION => Outcome::Answered(second),
            _ if refused_the_name => first,
            _ => Outcome::Answered(second),
        }
    }

    /// One hello on a connection of its own, and when its time is over.
    async fn attempt(&self, offer: &Offer) -> Result<(Answered, Instant), Unreached> {
        let mut connection = self.dial().await?;
        let deadline = connection.deadline();
        let answered = exchange(&mut connection, &offer.write(&entropy())).await;
        if answered == Answered::Silence {
            self.give_up_unless_heard();
        } else {
            self.heard.store(true, Relaxed);
        }
        Ok((answered, deadline))
    }

    /// A connection, unless the address turns out to be silent while this one waits for its place.
    pub(super) async fn dial(&self) -> Result<Connection, Unreached> {
        let mut given_up = self.given_up.subscribe();
        let dialled = tokio::select! {
            biased;
            dialled = self.network.connect(self.host, self.address) => dialled,
            Ok(_) = given_up.wait_for(|&given_up| given_up) => return Err(Unreached { contact: Contact::NoAnswer, error: self.silence() }),
        };
        match dialled {
            Ok(connection) => {
                self.connections.fetch_add(1, Relaxed);
                Ok(connection)
            }
            Err(error) => {
                let contact = contact(&error);
                if contact == Contact::NoAnswer {
                    self.give_up_unless_heard();
                }
                Err(Unreached { contact, error: error.to_string() })
            }
        }
    }

    fn give_up_unless_heard(&self) {
        if !self.heard.load(Relaxed) {
            self.given_up.send_replace(true);
        }
    }
}

fn contact(error: &ConnectError) -> Contact {
    match error {
        ConnectError::Forbidden(_) => Contact::Forbidden,
        ConnectError::Refused => Contact::Refused,
        ConnectError::NoAnswer { .. } => Contact::NoAnswer,
        ConnectError::Unreachable(_) | ConnectError::Proxy { .. } => Contact::Unreachable,
    }
}

/// Random bytes for one hello.
pub(super) fn entropy() -> Entropy {
    let fresh = || {
        let mut bytes = [0; 32];
        rand::fill(&mut bytes).expect("the system has random bytes");
        bytes
    };
    Entropy::new(fresh(), fresh(), fresh())
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
