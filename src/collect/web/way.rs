//! The connections to one address of one host and port.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex as StateMutex, MutexGuard, PoisonError, Weak},
};

use tokio::{
    sync::{Mutex, Semaphore, SemaphorePermit},
    time::Instant,
};

use super::{
    fetch_error::{Failure, FetchError},
    http1::Http1,
    http2::Http2,
    patience::Patience,
    secured::{self, Offer},
    time_left::{Deadline, Late, TimeLeft},
};
use crate::{
    collect::{
        network::{ConnectError, Connection, Network, Permits},
        tls::Judge,
    },
    evidence::HopTls,
};

/// How many requests may be under way to one address at once: what browsers allow over HTTP/1.1.
const AT_ONCE: usize = 6;

/// What it takes to open a connection.
#[derive(Clone, Copy)]
pub(super) struct Opener<'a> {
    pub(super) network: &'a Network,
    pub(super) judge: Option<&'a Judge<'a>>,
    pub(super) host: &'a str,
    pub(super) address: SocketAddr,
    pub(super) is_secure: bool,
}

/// The connections to one address, open or not.
pub(super) struct Way {
    room: Semaphore,
    /// Held by who opens the first connection: what it speaks decides whether there will be others.
    opening: Mutex<()>,
    state: StateMutex<State>,
    patience: Patience,
}

#[derive(Default)]
struct State {
    /// Whether the server is known to speak HTTP/1.1, so that several connections help.
    is_http1: bool,
    http1_only: bool,
    http2: Option<Arc<Kept<Http2>>>,
    idle: Vec<Kept<Http1>>,
    was_reached: bool,
    /// How many times it was tried, and the failure of the last time.
    tries: u64,
    failure: Option<FetchError>,
}

/// A connection and what is known of it.
pub(super) struct Kept<C> {
    pub(super) connection: C,
    tls: Option<HopTls>,
    /// The place in the budget that its requests share.
    place: Mutex<Weak<Permits>>,
}

/// A connection to send one request on, and its place in the budget.
pub(super) enum Lease {
    /// For this request alone.
    Http1 { connection: Kept<Http1>, was_kept: bool, _place: Arc<Permits> },
    /// Shared.
    Http2 { connection: Arc<Kept<Http2>>, was_kept: bool, _place: Arc<Permits> },
}

impl Lease {
    /// Whether a request was sent on it before.
    pub(super) fn was_kept(&self) -> bool {
        match self {
            Self::Http1 { was_kept, .. } | Self::Http2 { was_kept, .. } => *was_kept,
        }
    }

    /// What its TLS is; absent over plain http.
    pub(super) fn tls(&self) -> Option<&HopTls> {
        match self {
            Self::Http1 { connection, .. } => connection.tls.as_ref(),
            Self::Http2 { connection, .. } => connection.tls.as_ref(),
        }
    }
}

impl Default for Way {
    fn default() -> Self {
        Self { room: Semaphore::new(AT_ONCE), opening: Mutex::default(), state: StateMutex::default(), patience: Patience::default() }
    }
}

impl<C> Kept<C> {
    fn new(connection: C, tls: Option<HopTls>, place: &Arc<Permits>) -> Self {
        Self { connection, tls, place: Mutex::new(Arc::downgrade(place)) }
    }

    /// The place that others hold already, or one of its own.
    async fn place(&self, opener: &Opener<'_>) -> Arc<Permits> {
        let mut shared = self.place.lock().await;
        if let Some(place) = shared.upgrade() {
            return place;
        }
        let place = Arc::new(opener.network.place(opener.host).await);
        *shared = Arc::downgrade(&place);
        place
    }
}

impl Way {
    /// Room for one more request, as soon as there is some.
    pub(super) async fn room(&self) -> SemaphorePermit<'_> {
        self.room.acquire().await.expect("the semaphore is never closed")
    }

    /// What its requests know of how long it lets them wait.
    pub(super) fn patience(&self) -> &Patience {
        &self.patience
    }

    /// Whether a connection to it came about before.
    pub(super) fn was_reached(&self) -> bool {
        self.state().was_reached
    }

    /// From now on HTTP/1.1 alone is offered.
    pub(super) fn speak_http1(&self) {
        let mut state = self.state();
        (state.http1_only, state.is_http1, state.http2) = (true, true, None);
    }

    /// A connection that is there already, or a new one. What must not be sent twice never goes out on an idle HTTP/1.1 connection, which the
    /// server may be closing just then.
    ///
    /// # Errors
    /// When there is none and none can be opened.
    pub(super) async fn lease(&self, opener: &Opener<'_>, is_idempotent: bool, time: &mut TimeLeft) -> Result<Lease, FetchError> {
        let seen = self.state().tries;
        if let Some(lease) = self.kept(opener, is_idempotent).await {
            return Ok(lease);
        }
        if self.state().is_http1 {
            return self.open(opener, time).await;
        }
        let _alone = self.opening.lock().await;
        if let Some(lease) = self.kept(opener, is_idempotent).await {
            return Ok(lease);
        }
        // What failed for another request while this one waited would fail again.
        if let Some(failure) = self.failure_since(seen) {
            return Err(failure);
        }
        self.open(opener, time).await
    }

    /// Takes a connection back, and keeps it where it is still good.
    pub(super) fn give_back(&self, lease: Lease, failure: Option<&Failure>) {
        let went_well = failure.is_none();
        let is_spent = failure.is_some_and(|failure| failure.spent);
        let mut state = self.state();
        match lease {
            Lease::Http1 { connection, .. } if went_well && connection.connection.is_open() && state.idle.len() < AT_ONCE => {
                connection.connection.rewind();
                state.idle.push(connection);
            }
            // If one of them was closed meanwhile, so were the others.
            Lease::Http1 { was_kept: true, .. } if !went_well => state.idle.clear(),
            Lease::Http2 { connection, .. } if is_spent || !connection.connection.is_open() => {
                state.http2 = state.http2.take().filter(|current| !Arc::ptr_eq(current, &connection));
            }
            Lease::Http1 { .. } | Lease::Http2 { .. } => {}
        }
    }

    async fn kept(&self, opener: &Opener<'_>, is_idempotent: bool) -> Option<Lease> {
        let http2 = self.state().http2.clone().filter(|kept| kept.connection.is_open());
        if let Some(connection) = http2 {
            let place = connection.place(opener).await;
            return Some(Lease::Http2 { connection, was_kept: true, _place: place });
        }
        let connection = is_idempotent.then(|| self.idle()).flatten()?;
        let place = connection.place(opener).await;
        Some(Lease::Http1 { connection, was_kept: true, _place: place })
    }

    fn idle(&self) -> Option<Kept<Http1>> {
        let mut state = self.state();
        while let Some(kept) = state.idle.pop() {
            if kept.connection.is_open() {
                return Some(kept);
            }
        }
        None
    }

    fn failure_since(&self, seen: u64) -> Option<FetchError> {
        let state = self.state();
        state.failure.clone().filter(|failure| state.tries > seen && !failure.is_of_one_walk())
    }

    async fn open(&self, opener: &Opener<'_>, time: &mut TimeLeft) -> Result<Lease, FetchError> {
        let place = opener.network.place(opener.host).await;
        let started = Instant::now();
        let deadline = Deadline::after(started, self.patience.allowance(opener.network.timeout())?, *time);
        let outcome = self.connect(opener, place, deadline).await;
        if outcome.is_err() && deadline.is_over(Instant::now()) && !deadline.is_of_one_walk() {
            self.patience.late(started, Instant::now());
        }
        time.charge(started);
        let mut state = self.state();
        state.tries = state.tries.saturating_add(1);
        state.failure = outcome.as_ref().err().cloned();
        state.was_reached |= outcome.is_ok();
        match &outcome {
            Ok(Lease::Http2 { connection, .. }) => state.http2 = Some(Arc::clone(connection)),
            Ok(Lease::Http1 { .. }) => state.is_http1 = true,
            Err(_) => {}
        }
        outcome
    }

    async fn connect(&self, opener: &Opener<'_>, place: Permits, deadline: Deadline) -> Result<Lease, FetchError> {
        let mut connection = dial(opener, place, deadline).await?;
        let place = Arc::new(connection.take_place().expect("a new connection holds its place"));
        if !opener.is_secure {
            let connection = Kept::new(Http1::open(connection).await?, None, &place);
            return Ok(Lease::Http1 { connection, was_kept: false, _place: place });
        }
        let offer = if self.state().http1_only { Offer::Http1 } else { Offer::Both };
        let secured = secured::secure(connection, opener.host, offer, opener.judge, deadline).await?;
        if secured.is_http2 {
            let http2 = deadline.bound(Http2::open(secured.stream)).await??;
            let connection = Arc::new(Kept::new(http2, Some(secured.facts), &place));
            return Ok(Lease::Http2 { connection, was_kept: false, _place: place });
        }
        let connection = Kept::new(Http1::open(secured.stream).await?, Some(secured.facts), &place);
        Ok(Lease::Http1 { connection, was_kept: false, _place: place })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A TCP connection. Where it is only the server that is slow, another address may do better.
async fn dial(opener: &Opener<'_>, place: Permits, deadline: Deadline) -> Result<Connection, FetchError> {
    let failed = |problem: ConnectError| FetchError::Connect(vec![(opener.address.ip(), Arc::new(problem))]);
    match deadline.bound(opener.network.connect_in(place, opener.host, opener.address)).await {
        Ok(connected) => connected.map_err(failed),
        Err(Late::OutOfTime(error)) => Err(error.into()),
        Err(Late::TimedOut(limit) | Late::Impatient(limit)) => Err(failed(ConnectError::NoAnswer { seconds: limit.as_secs_f32() })),
    }
}
