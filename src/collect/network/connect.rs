//! One TCP connection, direct or through an HTTP proxy's `CONNECT` (RFC 9110, section 9.3.6), counted against the budget while it lives.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use hyper::header::HeaderValue;
use hyper_util::client::proxy::matcher::Matcher;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::budget::{Budget, Place};
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
    /// It was accepted, and reset before anything could be said: what answers a SYN with a reset is refused instead.
    #[error("the connection was accepted and reset at once")]
    Reset,
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
            Self::Refused | Self::Reset => Contact::Refused,
            Self::NoAnswer { .. } => Contact::NoAnswer,
            Self::Unreachable(_) | Self::Proxy { .. } => Contact::Unreachable,
        }
    }
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::ConnectionReset => Self::Reset,
            _ => Self::Unreachable(error),
        }
    }
}

/// A share of the budget.
#[derive(Debug)]
pub(in crate::collect) struct Permits {
    _in_all: OwnedSemaphorePermit,
    _of_host: Place,
}

impl Permits {
    /// Waits for a place, the host's first so that one slow host cannot starve the others.
    pub(super) async fn acquire(in_all: &Arc<Semaphore>, of_host: &Arc<Budget>) -> Self {
        let of_host = of_host.place().await;
        let in_all = Arc::clone(in_all).acquire_owned().await.expect("the semaphore is never closed");
        Self { _in_all: in_all, _of_host: of_host }
    }
}

/// A TCP connection that gives its place back when dropped.
#[derive(Debug)]
pub(in crate::collect) struct Connection {
    stream: TcpStream,
    deadline: Instant,
    permits: Option<Permits>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, deadline: Instant, permits: Permits) -> Self {
        Self { stream, deadline, permits: Some(permits) }
    }

    /// When the probe on this connection must be over: one timeout after its first packet, however long it waited for its place.
    pub(in crate::collect) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Takes its place out of it, for a connection that is kept: its owner holds a place only while something is under way on it.
    pub(in crate::collect) fn take_place(&mut self) -> Option<Permits> {
        self.permits.take()
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
// No `Debug`: a password stands in it.
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

    /// Its URL, and the value of `Proxy-Authorization`.
    pub(super) fn into_parts(self) -> (String, Option<HeaderValue>) {
        let authorization = self.authorization.and_then(|value| HeaderValue::from_bytes(&value).ok());
        let hidden = authorization.map(|mut value| {
            value.set_sensitive(true);
            value
        });
        (format!("{}://{}", self.scheme, self.authority), hidden)
    }

    fn problem(&self, problem: &impl ToString) -> ConnectError {
        ConnectError::Proxy { proxy: self.authority.clone(), problem: problem.to_string() }
    }
}

/// Connects to `host` through a proxy.
pub(super) async fn through(proxy: &Proxy, host: &str, port: u16) -> Result<TcpStream, ConnectError> {
    if proxy.scheme != "http" {
        return Err(proxy.problem(&format!("scheme `{}` is not supported; use an http proxy", proxy.scheme)));
    }
    let mut stream = TcpStream::connect(&proxy.authority).await.map_err(|cause| proxy.problem(&cause))?;
    stream.set_nodelay(true)?;
    stream.write_all(&connect_request(proxy, host, port)).await.map_err(|cause| proxy.problem(&cause))?;
    match connect_status(&mut stream).await.map_err(|cause| proxy.problem(&cause))? {
        200..=299 => Ok(stream),
        407 => Err(proxy.problem(&"it asks for a user name and password (407); put them into the proxy's URL")),
        status => Err(proxy.problem(&format!("it answered CONNECT with {status}"))),
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
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(io::Error::other("it closed the connection instead of answering CONNECT"));
            }
            Err(error) => return Err(error),
        }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{net::TcpListener, time::sleep};

    use super::*;
    use crate::collect::network::{Network, NetworkSettings};

    const TIMEOUT: Duration = Duration::from_millis(500);

    /// A proxy on loopback that answers every request with the same bytes and then closes, or holds the connection; and what it was sent.
    async fn proxy(answer: &'static [u8], holds: bool) -> (SocketAddr, tokio::sync::mpsc::UnboundedReceiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sent, received) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(stream.read_u8().await.unwrap());
                }
                let _ = sent.send(String::from_utf8(request).unwrap());
                let _ = stream.write_all(answer).await;
                if holds {
                    sleep(TIMEOUT * 4).await;
                }
            }
        });
        (address, received)
    }

    /// Connects by way of a proxy to an address that is never contacted itself.
    async fn connected(proxy: &str, no_proxy: &str, host: &str, target: &str) -> Result<Connection, ConnectError> {
        let proxies = Some(Matcher::builder().all(proxy.to_owned()).no(no_proxy.to_owned()).build());
        let settings = NetworkSettings { timeout: TIMEOUT, connections_per_host: 1, allow_private: true, overrides: vec![], proxies };
        Network::new(settings).connect(host, target.parse().unwrap()).await
    }

    async fn problem(answer: &'static [u8], holds: bool) -> String {
        let (address, _) = proxy(answer, holds).await;
        connected(&format!("http://me:p4ss@{address}"), "", "app.example", "192.88.99.1:443").await.err().unwrap().to_string()
    }

    #[tokio::test]
    async fn what_follows_the_proxys_answer_belongs_to_the_target() {
        let (address, mut sent) = proxy(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\nhello", false).await;
        let mut connection = connected(&format!("http://me:p%40ss@{address}"), "", "app.example", "192.88.99.1:443").await.unwrap();
        let mut greeting = String::new();
        connection.read_to_string(&mut greeting).await.unwrap();
        assert_eq!(greeting, "hello");
        let expected = "CONNECT app.example:443 HTTP/1.1\r\nHost: app.example:443\r\nProxy-Authorization: Basic bWU6cEBzcw==\r\n\r\n";
        assert_eq!(sent.recv().await.unwrap(), expected);
    }

    #[tokio::test]
    async fn an_ipv6_target_is_named_in_brackets() {
        let (address, mut sent) = proxy(b"HTTP/1.0 200 OK\r\n\r\n", false).await;
        connected(&format!("http://{address}"), "", "2001:4860::1", "[2001:4860::1]:80").await.unwrap();
        assert!(sent.recv().await.unwrap().starts_with("CONNECT [2001:4860::1]:80 HTTP/1.1\r\nHost: [2001:4860::1]:80\r\n"));
    }

    #[tokio::test]
    async fn a_host_that_needs_no_proxy_is_reached_directly() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap().to_string();
        let (address, mut sent) = proxy(b"", false).await;
        connected(&format!("http://{address}"), "app.example", "app.example", &target).await.unwrap();
        assert!(sent.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_proxy_that_declines_says_why_and_never_shows_its_password() {
        for (answer, holds, words) in [
            (&b"HTTP/1.1 407 Who are you\r\n\r\n"[..], false, "(407); put them into the proxy's URL"),
            (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", false, "it answered CONNECT with 502"),
            (b"HTTP/1.1 200 OK\r\n", false, "it closed the connection instead"),
            (b"", false, "it closed the connection instead"),
            (b"garbage\r\n\r\n", false, "invalid HTTP version"),
            (&[b'a'; 9000], true, "its answer to CONNECT is too long"),
            (b"HTTP/1.1 200", true, "no answer within 0.5 s"),
        ] {
            let problem = problem(answer, holds).await;
            assert!(problem.contains(words) && !problem.contains("p4ss"), "{}: {problem}", answer.escape_ascii());
        }
    }

    #[tokio::test]
    async fn a_proxy_of_another_kind_or_on_a_closed_port_is_named() {
        for (proxy, words) in [
            ("socks5://127.0.0.1:1", "proxy `127.0.0.1:1`: scheme `socks5` is not supported; use an http proxy"),
            ("http://127.0.0.1:1", "proxy `127.0.0.1:1`: Connection refused"),
        ] {
            let problem = connected(proxy, "", "app.example", "192.88.99.1:443").await.err().unwrap().to_string();
            assert!(problem.starts_with(words), "{problem}");
        }
    }
}
