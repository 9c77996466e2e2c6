//! Getting to a host: names to addresses, the scope guard, the connection budget, proxies. Shared by the TLS and the web probes.

mod budget;
mod connect;
mod scope;

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use budget::Budget;
pub(in crate::collect) use connect::{ConnectError, Connection, Permits};
use hyper::header::HeaderValue;
use hyper_util::client::proxy::matcher::Matcher;
use tokio::{
    net::lookup_host,
    sync::Semaphore,
    time::{Instant, timeout, timeout_at},
};

/// How many connections may be in flight over all hosts.
const CONNECTIONS_IN_ALL: usize = 128;

/// How to reach hosts.
#[derive(Debug)]
pub struct NetworkSettings {
    /// How long one probe may take from its first packet to its answer.
    pub timeout: Duration,
    /// Connections in flight to one host.
    pub connections_per_host: usize,
    /// Whether private, loopback, link-local and metadata addresses may be contacted.
    pub allow_private: bool,
    /// `--resolve HOST:PORT:ADDR`, as in curl.
    pub overrides: Vec<Override>,
    /// The proxy of the environment; absent when there is none.
    pub proxies: Option<Matcher>,
}

/// An address to use instead of asking DNS: curl's `--resolve HOST:PORT:ADDR[,ADDR]…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The host name, compared without regard to case.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The addresses.
    pub addresses: Vec<IpAddr>,
}

/// The way to every host, with its limits.
#[derive(Debug)]
pub struct Network {
    settings: NetworkSettings,
    in_all: Arc<Semaphore>,
    per_host: Mutex<BTreeMap<String, Arc<Budget>>>,
}

/// Why a host has no address.
#[derive(Debug, thiserror::Error)]
pub(in crate::collect) enum ResolveError {
    /// DNS has no such name, or did not answer.
    #[error("cannot resolve `{host}`: {cause}; check the spelling, the DNS server, or give the address with `--resolve`")]
    Lookup {
        /// The name.
        host: String,
        /// What the resolver said.
        cause: io::Error,
    },
    /// DNS answered with no address.
    #[error("`{0}` has no address")]
    Empty(String),
    /// DNS did not answer in time.
    #[error("cannot resolve `{host}`: no answer within {seconds} s")]
    TimedOut {
        /// The name.
        host: String,
        /// The limit.
        seconds: f32,
    },
}

impl Network {
    /// A network with its budget unspent.
    #[must_use]
    pub fn new(settings: NetworkSettings) -> Self {
        Self { settings, in_all: Arc::new(Semaphore::new(CONNECTIONS_IN_ALL)), per_host: Mutex::default() }
    }

    /// How long one probe may take.
    pub(in crate::collect) fn timeout(&self) -> Duration {
        self.settings.timeout
    }

    /// Whether [`Self::connect`] will refuse the address.
    pub(in crate::collect) fn forbids(&self, address: IpAddr) -> bool {
        !self.settings.allow_private && scope::is_private(address)
    }

    /// Whether an address is out of reach for the internet at large, permitted or not.
    pub(in crate::collect) fn is_private(address: IpAddr) -> bool {
        scope::is_private(address)
    }

    /// Whether an address is good on one wire only; those of cloud metadata services are among them.
    pub(in crate::collect) fn is_link_local(address: IpAddr) -> bool {
        scope::is_link_local(address)
    }

    /// Whether the host's addresses were given, so that DNS is not to be asked about it.
    pub(in crate::collect) fn is_fixed(&self, host: &str, port: u16) -> bool {
        self.overridden(host, port).is_some()
    }

    /// Every address of a host: IPv4 first, in numerical order, each once.
    ///
    /// # Errors
    /// When DNS knows no address or does not answer in time.
    pub(in crate::collect) async fn resolve(&self, host: &str, port: u16) -> Result<Vec<IpAddr>, ResolveError> {
        if let Some(fixed) = self.overridden(host, port) {
            return Ok(fixed);
        }
        if let Ok(literal) = host.parse() {
            return Ok(vec![literal]);
        }
        let mut addresses: Vec<IpAddr> = timeout(self.settings.timeout, lookup_host((host, port)))
            .await
            .map_err(|_| ResolveError::TimedOut { host: host.into(), seconds: self.settings.timeout.as_secs_f32() })?
            .map_err(|cause| ResolveError::Lookup { host: host.into(), cause })?
            .map(|address| address.ip())
            .collect();
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.is_empty() {
            return Err(ResolveError::Empty(host.into()));
        }
        Ok(addresses)
    }

    /// A TCP connection to an address of `host`, through the proxy where one is set for it, as soon as the budget allows.
    ///
    /// # Errors
    /// When the address is out of scope, refuses, does not answer within the timeout, or the proxy declines.
    pub(in crate::collect) async fn connect(&self, host: &str, address: SocketAddr) -> Result<Connection, ConnectError> {
        if self.forbids(address.ip()) {
            return Err(ConnectError::Forbidden(address.ip()));
        }
        self.connect_in(self.place(host).await, host, address).await
    }

    /// A place in the budget, as soon as there is one; only for callers that must not count the wait.
    pub(in crate::collect) async fn place(&self, host: &str) -> Permits {
        Permits::acquire(&self.in_all, &self.budget_of(host)).await
    }

    /// As [`Self::connect`], with a place that was waited for before.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub(in crate::collect) async fn connect_in(&self, place: Permits, host: &str, address: SocketAddr) -> Result<Connection, ConnectError> {
        if self.forbids(address.ip()) {
            return Err(ConnectError::Forbidden(address.ip()));
        }
        let dial = async {
            match self.proxy_for(host, address.port()) {
                Some(proxy) => connect::through(&proxy, host, address.port()).await,
                None => connect::direct(address).await,
            }
        };
        let deadline = Instant::now() + self.settings.timeout;
        let stream =
            timeout_at(deadline, dial).await.map_err(|_| ConnectError::NoAnswer { seconds: self.settings.timeout.as_secs_f32() })??;
        Ok(Connection::new(stream, deadline, place))
    }

    /// The proxy for a host, as `http://host:port`, and what it wants to be told of the user; absent when the host is reached directly.
    pub(in crate::collect) fn proxy(&self, host: &str, port: u16) -> Option<(String, Option<HeaderValue>)> {
        self.proxy_for(host, port).map(connect::Proxy::into_parts)
    }

    fn overridden(&self, host: &str, port: u16) -> Option<Vec<IpAddr>> {
        // A name with the root's dot is the same name, and URLs lose the dot on their way here.
        let bare = |name: &'_ str| name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        self.settings
            .overrides
            .iter()
            .find(|entry| entry.port == port && bare(&entry.host) == bare(host))
            .map(|entry| entry.addresses.clone())
    }

    /// How many connections to the host may be in flight now.
    pub(in crate::collect) fn limit(&self, host: &str) -> usize {
        self.budget_of(host).limit()
    }

    /// Halves the connections in flight to a host that refuses them when there are many.
    pub(in crate::collect) fn slow_down(&self, host: &str) {
        self.budget_of(host).slow_down();
    }

    /// Takes note of a good answer of the host; after enough of them it gets more connections again.
    pub(in crate::collect) fn ease(&self, host: &str) {
        self.budget_of(host).ease();
    }

    fn budget_of(&self, host: &str) -> Arc<Budget> {
        let mut budgets = self.per_host.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = self.settings.connections_per_host;
        Arc::clone(budgets.entry(host.to_ascii_lowercase()).or_insert_with(|| Arc::new(Budget::new(limit))))
    }

    fn proxy_for(&self, host: &str, port: u16) -> Option<connect::Proxy> {
        connect::Proxy::for_host(self.settings.proxies.as_ref()?, host, port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(allow_private: bool, overrides: Vec<Override>) -> Network {
        Network::new(NetworkSettings { timeout: Duration::from_secs(2), connections_per_host: 4, allow_private, overrides, proxies: None })
    }

    #[tokio::test]
    async fn an_override_replaces_dns_without_regard_to_case() {
        let overrides = vec![Override { host: "app.example.com".into(), port: 443, addresses: vec![[127, 0, 0, 9].into()] }];
        let found = network(true, overrides).resolve("App.Example.com", 443).await.unwrap();
        assert_eq!(found, vec![IpAddr::from([127, 0, 0, 9])]);
    }

    #[tokio::test]
    async fn the_dot_of_the_root_makes_no_difference_to_an_override() {
        for (given, asked) in [("app.example.com.", "app.example.com"), ("app.example.com", "app.example.com.")] {
            let overrides = vec![Override { host: given.into(), port: 443, addresses: vec![[127, 0, 0, 9].into()] }];
            let found = network(true, overrides).resolve(asked, 443).await.unwrap();
            assert_eq!(found, vec![IpAddr::from([127, 0, 0, 9])], "{given}");
        }
    }

    #[tokio::test]
    async fn a_private_address_is_refused_before_a_packet_is_sent() {
        let refused = network(false, vec![]).connect("127.0.0.1", "127.0.0.1:1".parse().unwrap()).await;
        assert!(matches!(refused, Err(ConnectError::Forbidden(_))));
    }

    #[tokio::test]
    async fn a_closed_port_is_refused_and_not_silent() {
        let refused = network(true, vec![]).connect("127.0.0.1", "127.0.0.1:1".parse().unwrap()).await;
        assert!(matches!(refused, Err(ConnectError::Refused)), "{:?}", refused.err());
    }
}
