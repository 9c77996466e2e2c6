//! The connections of one run to the servers that it asks: kept, shared and bounded.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::time::Instant;

use super::{
    body::Body,
    fetch_error::{Failure, FetchError},
    headers::Head,
    request::{Answer, Ask, host},
    time_left::{Deadline, TimeLeft},
    way::{Lease, Opener, Way},
};
use crate::collect::{network::Network, tls::Judge};

/// How many addresses of a host are tried before giving up.
const ADDRESSES_TRIED: usize = 8;

/// Asks servers, over connections that are kept between requests.
///
/// Any number of requests may be under way at once: those to one address share its connections, one where it speaks HTTP/2 and a few where it
/// does not. While something is under way on a connection it holds a place in the host's budget; what is idle holds none, so that nobody waits for it.
/// It keeps no cookies and no credentials.
pub(in crate::collect) struct Session<'a> {
    network: &'a Network,
    judge: Option<Judge<'a>>,
    ways: Mutex<BTreeMap<Destination, Arc<Way>>>,
}

/// Where a connection leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Destination {
    is_secure: bool,
    host: String,
    port: u16,
    ip: IpAddr,
}

impl<'a> Session<'a> {
    /// A session that has no connection yet. Certificates are judged as those of the TLS probes are; without a judge that stays unknown.
    pub(in crate::collect) fn new(network: &'a Network, judge: Option<Judge<'a>>) -> Self {
        Self { network, judge, ways: Mutex::default() }
    }

    /// The way to every host.
    pub(in crate::collect) fn network(&self) -> &'a Network {
        self.network
    }

    /// Sends the request to the first of the addresses that can be connected to; those that could be before come first.
    ///
    /// # Errors
    /// When none can, or no head of a response comes within the timeout and the time that is left. A body that fails is cut, not an error.
    pub(super) async fn ask(&self, ask: &Ask<'_>, addresses: &[IpAddr], time: &mut TimeLeft) -> Result<Answer, FetchError> {
        let is_secure = match ask.url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(FetchError::Url),
        };
        let host = host(ask.url).ok_or(FetchError::Url)?;
        let port = ask.url.port_or_known_default().ok_or(FetchError::Url)?;
        let mut ways: Vec<_> = addresses
            .iter()
            .take(ADDRESSES_TRIED)
            .map(|ip| (*ip, self.way(Destination { is_secure, host: host.clone(), port, ip: *ip })))
            .collect();
        ways.sort_by_key(|(_, way)| !way.was_reached());
        let (mut failures, mut given_up) = (Vec::new(), None);
        for (ip, way) in ways {
            let opener =
                Opener { network: self.network, judge: self.judge.as_ref(), host: &host, address: SocketAddr::new(ip, port), is_secure };
            let exchange = Exchange { ask, opener, way: &way };
            match exchange.run(time).await {
                Err(FetchError::Connect(more)) => failures.extend(more),
                Err(error @ FetchError::GivenUp(_)) if !way.was_reached() => given_up = Some(error),
                other => return other,
            }
        }
        Err(if failures.is_empty() { given_up.unwrap_or(FetchError::NoAddress) } else { FetchError::Connect(failures) })
    }

    fn way(&self, destination: Destination) -> Arc<Way> {
        let mut ways = self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(ways.entry(destination).or_default())
    }
}

/// One request to one address.
struct Exchange<'a> {
    ask: &'a Ask<'a>,
    opener: Opener<'a>,
    way: &'a Way,
}

impl Exchange<'_> {
    /// Sends it, and once more where the first time told nothing about the server's answer.
    async fn run(&self, time: &mut TimeLeft) -> Result<Answer, FetchError> {
        let _room = self.way.room().await;
        let mut is_retry = false;
        loop {
            let lease = self.way.lease(&self.opener, self.ask.method.is_idempotent(), time).await?;
            let was_kept = lease.was_kept();
            match self.once(lease, time).await {
                Ok(answer) => return Ok(answer),
                Err(failure) if !is_retry && self.may_retry(&failure, was_kept) => is_retry = true,
                Err(failure) => return Err(failure.error),
            }
        }
    }

    /// A kept connection may have been closed meanwhile; what the server did nothing about can be sent again (RFC 9110, section 9.2.2).
    fn may_retry(&self, failure: &Failure, was_kept: bool) -> bool {
        if failure.wants_http1 {
            self.way.speak_http1();
        }
        failure.refused || failure.wants_http1 || (failure.unheard && was_kept && self.ask.method.is_idempotent())
    }

    async fn once(&self, mut lease: Lease, time: &mut TimeLeft) -> Result<Answer, Failure> {
        let started = Instant::now();
        let patience = self.way.patience();
        let allowance = patience.allowance(self.opener.network.timeout()).map_err(FetchError::from)?;
        let deadline = Deadline::after(started, allowance, *time);
        let outcome = self.exchange(&mut lease, deadline).await;
        let now = Instant::now();
        if !deadline.is_over(now) {
            patience.answered(now);
        } else if !deadline.is_of_one_walk() {
            patience.late(started, now);
        }
        time.charge(started);
        let tls = lease.tls().cloned();
        self.way.give_back(lease, outcome.as_ref().err());
        let (head, body) = outcome?;
        let body = body.unpacked(&head);
        Ok(Answer { ip: self.opener.address.ip(), http_version: head.version.to_owned(), head, body, tls })
    }

    async fn exchange(&self, lease: &mut Lease, deadline: Deadline) -> Result<(Head, Body), Failure> {
        let unfit = || Failure::from(FetchError::Url);
        match lease {
            Lease::Http1 { connection, .. } => connection.connection.exchange(self.ask.in_http1().ok_or_else(unfit)?, deadline).await,
            Lease::Http2 { connection, .. } => {
                connection.connection.exchange(self.ask.in_http2().ok_or_else(unfit)?, self.ask.content(), deadline).await
            }
        }
    }
}
