//! A proxy on loopback that adds a round-trip time and counts connections: the network between a scanner and a server.
//!
//!     delay_proxy LISTEN TARGET ROUND_TRIP_MILLISECONDS
//!
//! Prints `{"listening":"127.0.0.1:40123"}` when it is ready and, when its standard input closes or it is told to terminate,
//! `{"connections":93,"peak":7}`. LISTEN and TARGET are addresses with a port, IPv4 or IPv6; port 0 takes a free one.
//!
//! Each direction holds every chunk for half of the round-trip time, counted from its arrival, so that what is sent in one go arrives in one
//! go and nothing queues behind anything. Loopback opens a connection at once, which a network does not: so the first bytes of a client are
//! held for one round trip more. A hello and its answer then cost two round trips together, as they do in a network.

use std::{
    env,
    io::{self, Write},
    net::SocketAddr,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{Instant, sleep_until},
};

/// Chunks under way in one direction; a sender waits beyond that, as it would for a full window.
const UNDER_WAY: usize = 256;

const CHUNK: usize = 16 * 1024;

const USAGE: &str = "usage: delay_proxy LISTEN TARGET ROUND_TRIP_MILLISECONDS";

/// Where to listen, whom to call, and how far away it is.
#[derive(Clone, Copy)]
struct Route {
    listen: SocketAddr,
    target: SocketAddr,
    round_trip: Duration,
}

impl Route {
    fn of(arguments: &[String]) -> Option<Self> {
        let [listen, target, milliseconds] = arguments else { return None };
        let round_trip = Duration::from_millis(milliseconds.parse().ok()?);
        Some(Self { listen: listen.parse().ok()?, target: target.parse().ok()?, round_trip })
    }
}

/// How many connections there were, and how many at once.
#[derive(Default)]
struct Counts {
    all: AtomicU32,
    open: AtomicU32,
    peak: AtomicU32,
}

impl Counts {
    fn opened(&self) {
        self.all.fetch_add(1, Ordering::Relaxed);
        let open = self.open.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak.fetch_max(open, Ordering::Relaxed);
    }

    fn closed(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Bytes and when they arrive; no bytes are the end.
struct Chunk {
    due: Instant,
    bytes: Vec<u8>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    // `cargo bench` runs every benchmark; this one is only a part of one.
    if arguments == ["--bench"] {
        return ExitCode::SUCCESS;
    }
    let Some(route) = Route::of(&arguments) else {
        say(USAGE);
        return ExitCode::from(2);
    };
    match serve(route) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("delay_proxy: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn say(line: &str) {
    // A reader that has gone away needs no word.
    drop(writeln!(io::stdout(), "{line}"));
}

#[tokio::main(flavor = "current_thread")]
async fn serve(route: Route) -> io::Result<()> {
    let listener = TcpListener::bind(route.listen).await?;
    say(&format!(r#"{{"listening":"{}"}}"#, listener.local_addr()?));
    let counts = Arc::new(Counts::default());
    tokio::select! {
        never = accept(&listener, route, &counts) => never?,
        () = told_to_end() => {}
    }
    let (connections, peak) = (counts.all.load(Ordering::Relaxed), counts.peak.load(Ordering::Relaxed));
    say(&format!(r#"{{"connections":{connections},"peak":{peak}}}"#));
    Ok(())
}

/// Returns when standard input closes or the process is told to terminate.
async fn told_to_end() {
    let (closed, input_ends) = tokio::sync::oneshot::channel();
    // A thread, because standard input cannot be awaited without one.
    std::thread::spawn(move || {
        drop(io::copy(&mut io::stdin(), &mut io::sink()));
        closed.send(())
    });
    tokio::select! {
        _ = input_ends => {}
        () = terminated() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};

    match signal(SignalKind::terminate()) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

async fn accept(listener: &TcpListener, route: Route, counts: &Arc<Counts>) -> io::Result<()> {
    loop {
        let (client, _) = listener.accept().await?;
        let counts = Arc::clone(counts);
        tokio::spawn(async move {
            counts.opened();
            // A server that is not there shows as a connection that closes.
            drop(connect(client, route).await);
            counts.closed();
        });
    }
}

async fn connect(client: TcpStream, route: Route) -> io::Result<()> {
    let server = TcpStream::connect(route.target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::join!(
        carry(from_client, to_server, route.round_trip / 2, route.round_trip),
        carry(from_server, to_client, route.round_trip / 2, Duration::ZERO),
    );
    Ok(())
}

/// Carries one direction, each chunk `delay` after it came, and the first one `connect` later still.
async fn carry(from: impl AsyncRead + Unpin, to: impl AsyncWrite + Unpin, delay: Duration, connect: Duration) {
    let (sender, receiver) = mpsc::channel(UNDER_WAY);
    tokio::join!(receive(from, sender, delay, connect), deliver(receiver, to));
}

async fn receive(mut from: impl AsyncRead + Unpin, sender: mpsc::Sender<Chunk>, delay: Duration, connect: Duration) {
    let mut buffer = vec![0; CHUNK];
    let mut extra = connect;
    let mut due = Instant::now();
    loop {
        // An error is an end like any other: nothing more comes.
        let length = from.read(&mut buffer).await.unwrap_or(0);
        // Nothing overtakes what was sent before it.
        due = due.max(Instant::now() + delay + extra);
        extra = Duration::ZERO;
        let bytes = buffer[..length].to_vec();
        if sender.send(Chunk { due, bytes }).await.is_err() || length == 0 {
            return;
        }
    }
}

async fn deliver(mut receiver: mpsc::Receiver<Chunk>, mut to: impl AsyncWrite + Unpin) {
    while let Some(Chunk { due, bytes }) = receiver.recv().await {
        if due > Instant::now() {
            sleep_until(due).await;
        }
        if bytes.is_empty() || to.write_all(&bytes).await.is_err() {
            break;
        }
    }
    drop(to.shutdown().await);
}
