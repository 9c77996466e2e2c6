//! One TCP connection, direct or through an HTTP proxy's `CONNECT` (RFC 9110, section 9.3.6), counted against the budget while it lives.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use hyper_util::client::proxy::matcher::Matcher;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use crate::evidence::Contact;

/// The longest answer to `CONNECT` that is read.
const PROXY_HEAD_LIMIT: usize = 8 * 1024;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(in crate::collect) enum ConnectError {
    /// The scope guard holds it back.
    #[error("`{0}` is not a public address; `--allow-private` permits it")]
    Forbidden(IpAddr),
    /// Nothing listens there.
    #[error("connection refused")]
    Refused,
    /// No answer in time.
    #[error("no answer within {seconds} s")]
    NoAnswer {
        /// The limit.
        seconds: f32,
    },
    /// The network has no way there, or failed on the way.
    #[error("{0}")]
    Unreachable(io::Error),
    /// The proxy would not, or could not, connect.
    #[error("proxy `{proxy}`: {problem}")]
    Proxy {
        /// Its host and port.
        proxy: String,
        /// What it said.
        problem: String,
    },
}

impl ConnectError {
    /// The failure as a fact about the address.
    pub(in crate::collect) fn contact(&self) -> Contact {
        match self {
            Self::Forbidden(_) => Contact::Forbidden,
            Self::Refused => Contact::Refused,
            Self::NoAnswer { .. } => Contact::NoAnswer,
            Self::Unreachable(_) | Self::Proxy { .. } => Contact::Unreachable,
        }
    }
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            _ => Self::Unreachable(error),
        }
    }
}

/// A share of the budget.
#[derive(Debug)]
pub(super) struct Permits {
    _in_all: OwnedSemaphorePermit,
    _of_host: OwnedSemaphorePermit,
}

impl Permits {
    /// Waits for a place, the host's first so that one slow host cannot starve the others.
    pub(super) async fn acquire(in_all: &Arc<Semaphore>, of_host: &Arc<Semaphore>) -> Self {
        let never_closed = "the semaphores are never closed";
        let of_host = Arc::clone(of_host).acquire_owned().await.expect(never_closed);
        let in_all = Arc::clone(in_all).acquire_owned().await.expect(never_closed);
        Self { _in_all: in_all, _of_host: of_host }
    }
}

/// A TCP connection that gives its place back when dropped.
#[derive(Debug)]
pub(in crate::collect) struct Connection {
    stream: TcpStream,
    deadline: Instant,
    _permits: Permits,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, deadline: Instant, permits: Permits) -> Self {
        Self { stream, deadline, _permits: permits }
    }

    /// When the probe on this connection must be over: one timeout after its first packet, however long it waited for its place.
    pub(in crate::collect) fn deadline(&self) -> Instant {
        self.deadline
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Connects to an address itself.
pub(super) async fn direct(address: SocketAddr) -> Result<TcpStream, ConnectError> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A proxy that takes `CONNECT`.
#[derive(Debug)]
pub(super) struct Proxy {
    scheme: String,
    authority: String,
    authorization: Option<Vec<u8>>,
}

impl Proxy {
    /// The proxy that the environment sets for a host; absent when the host is reached directly.
    pub(super) fn for_host(proxies: &Matcher, host: &str, port: u16) -> Option<Self> {
        let scheme = if port == 80 { "http" } else { "https" };
        let bracketed = bracketed(host);
        let target = format!("{scheme}://{bracketed}:{port}/").parse().ok()?;
        let intercept = proxies.intercept(&target)?;
        let uri = intercept.uri();
        let port = uri.port_u16().unwrap_or(80);
        Some(Self {
            scheme: uri.scheme_str().unwrap_or("http").to_owned(),
            authority: format!("{}:{port}", uri.host()?),
            authorization: intercept.basic_auth().map(|value| value.as_bytes().to_vec()),
        })
    }

    fn problem(&self, problem: impl ToString) -> ConnectError {
        ConnectError::Proxy { proxy: self.authority.clone(), problem: problem.to_string() }
    }
}

/// Connects to `host` through a proxy.
pub(super) async fn through(proxy: &Proxy, host: &str, port: u16) -> Result<TcpStream, ConnectError> {
    if proxy.scheme != "http" {
        return Err(proxy.problem(format!("scheme `{}` is not supported; use an http proxy", proxy.scheme)));
    }
    let mut stream = TcpStream::connect(&proxy.authority).await.map_err(|cause| proxy.problem(cause))?;
    stream.set_nodelay(true)?;
    stream.write_all(&connect_request(proxy, host, port)).await.map_err(|cause| proxy.problem(cause))?;
    match connect_status(&mut stream).await.map_err(|cause| proxy.problem(cause))? {
        200..=299 => Ok(stream),
        407 => Err(proxy.problem("it asks for a user name and password (407); put them into the proxy's URL")),
        status => Err(proxy.problem(format!("it answered CONNECT with {status}"))),
    }
}

fn connect_request(proxy: &Proxy, host: &str, port: u16) -> Vec<u8> {
    let target = format!("{}:{port}", bracketed(host));
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").into_bytes();
    if let Some(authorization) = &proxy.authorization {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(authorization);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    request
}

/// Reads the answer's head byte by byte, since what follows it already belongs to the target.
async fn connect_status(stream: &mut TcpStream) -> io::Result<u16> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= PROXY_HEAD_LIMIT {
            return Err(io::Error::other("its answer to CONNECT is too long"));
        }
        head.push(stream.read_u8().await?);
    }
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    response.parse(&head).map_err(io::Error::other)?;
    response.code.ok_or_else(|| io::Error::other("its answer to CONNECT has no status"))
}

/// An IPv6 address in the brackets that a URL needs; anything else as it is.
fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}
