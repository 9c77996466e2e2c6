//! The one HTTP client: a request over a connection of its own, without cookies or credentials; certificates are judged, never enforced.

use std::{
    error::Error,
    io, iter,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use aws_lc_rs::digest;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request,
    body::{Bytes, Incoming},
    client::conn::http1,
    header,
};
use hyper_util::rt::TokioIo;
use rustls::{
    pki_types::ServerName,
    version::{TLS12, TLS13},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, timeout_at},
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use url::{Host, Position, Url};

use super::{
    headers::{HEAD_LIMIT, Head, HeadError, LINES_LIMIT},
    recorder::Recorder,
    time_left::{OutOfTime, TimeLeft},
};
use crate::{
    collect::{
        network::{ConnectError, Connection, Network},
        tls::recorder,
    },
    evidence::HopTls,
    wording::hexadecimal,
};

/// Who asks, so that the owner of a server can tell.
const USER_AGENT: &str = concat!("redflag/", env!("CARGO_PKG_VERSION"), " (+certification self-check)");

/// What browsers offer: only so does a server show whether it compresses. Bodies are hashed as received, so nothing has to undo it.
const ACCEPT_ENCODING: &str = "gzip, deflate, br, zstd";

/// The most of a body that is read.
pub(super) const BODY_LIMIT: u64 = 1024 * 1024;

/// What the HTTP library may hold at once: a whole head and the read that completed it.
const BUFFER_LIMIT: usize = 2 * HEAD_LIMIT;

/// How many addresses of a host are tried before giving up.
const ADDRESSES_TRIED: usize = 8;

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// The URL is none that a GET can be sent to.
    #[error("not a URL to visit; use http or https")]
    Url,
    /// The host has no address.
    #[error("no address to connect to")]
    NoAddress,
    /// No address could be connected to.
    #[error("{}", each(.0))]
    Connect(Vec<(IpAddr, ConnectError)>),
    /// The TLS handshake failed.
    #[error("TLS: {0}")]
    Tls(String),
    /// The answer has no head that can be read.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The connection failed before the head.
    #[error("{0}")]
    Broken(String),
    /// The head did not come in time.
    #[error("no complete answer within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The walk took its time already, or takes it here.
    #[error(transparent)]
    OutOfTime(#[from] OutOfTime),
}

fn each(failures: &[(IpAddr, ConnectError)]) -> String {
    failures.iter().map(|(address, problem)| format!("`{address}`: {problem}")).collect::<Vec<_>>().join(", ")
}

/// One request. What every request carries (`Host`, `User-Agent`, `Accept`, `Accept-Encoding`) is added when it is sent.
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    pub(super) url: &'a Url,
    /// Lines beside the usual ones; one of the same name takes the place of the usual one.
    pub(super) lines: Vec<(&'static str, String)>,
    /// The body with its media type; absent for none.
    pub(super) body: Option<(&'static str, Bytes)>,
}

impl<'a> Ask<'a> {
    /// An ordinary GET.
    pub(super) fn get(url: &'a Url) -> Self {
        Self { method: Method::GET, url, lines: Vec::new(), body: None }
    }
}

/// One response.
pub(super) struct Answer {
    /// The address that answered.
    pub(super) ip: IpAddr,
    pub(super) head: Head,
    pub(super) body: Body,
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
    pub(super) http_version: String,
    /// The TLS connection; absent over plain http.
    pub(super) tls: Option<HopTls>,
}

/// What was read of a body.
// No `Debug`: whatever the server sent stands in it.
pub(super) struct Body {
    /// The bytes that were read, content codings undone; empty where they cannot be.
    pub(super) content: Vec<u8>,
    /// In hexadecimal; absent when not a byte was read.
    pub(super) sha256: Option<String>,
    pub(super) bytes: u64,
    /// Whether it went on past [`BODY_LIMIT`] or the deadline, or broke off.
    pub(super) truncated: bool,
}

/// Sends the request to the first of the addresses that can be connected to.
///
/// # Errors
/// When none can, or no head of a response comes within the timeout and the time that is left. A body that fails is cut, not an error.
pub(super) async fn ask(network: &Network, ask: &Ask<'_>, addresses: &[IpAddr], time: &mut TimeLeft) -> Result<Answer, FetchError> {
    let url = ask.url;
    let host = host(url).ok_or(FetchError::Url)?;
    let port = url.port_or_known_default().ok_or(FetchError::Url)?;
    let request = request(ask).ok_or(FetchError::Url)?;
    let (ip, connection) = connect(network, &host, port, addresses, time).await?;
    let started = Instant::now();
    let deadline = Deadline::after(started, network.timeout(), *time);
    let answer = match url.scheme() {
        "http" => exchange(connection, request, deadline).await,
        "https" => match secured(connection, host, deadline).await {
            Ok(stream) => exchange(stream, request, deadline).await,
            Err(problem) => Err(problem),
        },
        _ => Err(FetchError::Url),
    };
    time.charge(started);
    let (head, body) = answer?;
    Ok(Answer { ip, head, body, http_version: "HTTP/1.1".to_owned(), tls: None })
}

/// When an exchange must be over.
#[derive(Clone, Copy)]
struct Deadline {
    at: Instant,
    limit: Duration,
    /// Set where the walk's time ends sooner than the exchange's own.
    walk: Option<OutOfTime>,
}

impl Deadline {
    /// One timeout from now, or when no time is left, whichever comes first.
    fn after(now: Instant, limit: Duration, time: TimeLeft) -> Self {
        let walk = (time.left() < limit).then(|| time.over());
        Self { at: now + limit.min(time.left()), limit, walk }
    }

    async fn bound<T>(self, work: impl Future<Output = T>) -> Result<T, FetchError> {
        timeout_at(self.at, work).await.map_err(|_| self.walk.map_or(FetchError::TimedOut(self.limit), FetchError::OutOfTime))
    }
}

/// The host of a URL: without the brackets of an IPv6 address or the dot that ends a name.
pub(super) fn host(url: &Url) -> Option<String> {
    match url.host()? {
        Host::Domain(name) => Some(name.strip_suffix('.').unwrap_or(name).to_owned()),
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(address.to_string()),
    }
}

async fn connect(
    network: &Network,
    host: &str,
    port: u16,
    addresses: &[IpAddr],
    time: &mut TimeLeft,
) -> Result<(IpAddr, Connection), FetchError> {
    let mut failures = Vec::new();
    for ip in addresses.iter().copied().take(ADDRESSES_TRIED) {
        let place = network.place(host).await;
        match time.spend(network.connect_in(place, host, SocketAddr::new(ip, port))).await? {
            Ok(connection) => return Ok((ip, connection)),
            Err(problem) => failures.push((ip, problem)),
        }
    }
    Err(if failures.is_empty() { FetchError::NoAddress } else { FetchError::Connect(failures) })
}

/// A TLS connection to whoever answers; the certificate is judged elsewhere, and nothing secret is sent.
async fn secured(connection: Connection, host: String, deadline: Deadline) -> Result<TlsStream<Connection>, FetchError> {
    let name = ServerName::try_from(host).map_err(|error| FetchError::Tls(error.to_string()))?;
    let (config, _) = recorder::client(&[&TLS13, &TLS12], &[b"http/1.1"]);
    let handshake = TlsConnector::from(Arc::new(config)).connect(name, connection);
    deadline.bound(handshake).await?.map_err(|error| FetchError::Tls(handshake_problem(&error)))
}

fn handshake_problem(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidMessage(_)) => "the answer is not TLS".to_owned(),
        Some(problem) => problem.to_string(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => "the server closed the connection in the handshake".to_owned(),
        None => error.to_string(),
    }
}

/// The request as sent, closing the connection behind it; absent where the URL does not fit into one.
fn request(ask: &Ask<'_>) -> Option<Request<Full<Bytes>>> {
    let url = ask.url;
    let target = &url[Position::BeforePath..Position::AfterQuery];
    let host = &url[Position::BeforeHost..Position::AfterPort];
    let usual = [
        ("Host", host),
        ("User-Agent", USER_AGENT),
        ("Accept", "text/html,*/*;q=0.8"),
        ("Accept-Encoding", ACCEPT_ENCODING),
        ("Connection", "close"),
    ];
    let is_replaced = |name: &str| ask.lines.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
    let mut request = Request::builder().method(ask.method.clone()).uri(target);
    for (name, value) in usual.into_iter().filter(|(name, _)| !is_replaced(name)) {
        request = request.header(name, value);
    }
    for (name, value) in &ask.lines {
        request = request.header(*name, value);
    }
    let (kind, body) = ask.body.clone().unzip();
    if let Some(kind) = kind {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    request.body(Full::new(body.unwrap_or_default())).ok()
}

/// Sends the request and reads the response. The recorded head counts, also when the HTTP library refuses it.
async fn exchange<S>(stream: S, request: Request<Full<Bytes>>, deadline: Deadline) -> Result<(Head, Body), FetchError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (stream, seen) = Recorder::new(stream);
    let (mut sender, connection) = reader().handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    let ask = async {
        let response = deadline.bound(sender.send_request(request)).await?.map_err(|error| broken(&error))?;
        Ok(Body::read(response.into_body(), deadline).await)
    };
    let drive = async {
        // Its errors reach `ask` too, and there they count.
        let _ = connection.await;
        std::future::pending().await
    };
    let outcome = tokio::select! { biased; outcome = ask => outcome, outcome = drive => outcome };
    match seen.take() {
        Some(head) => Ok((head?, outcome.unwrap_or(Body::UNREAD))),
        None => Err(outcome.err().unwrap_or(FetchError::Head(HeadError::Nothing))),
    }
}

/// An HTTP/1 client as tolerant as browsers are.
fn reader() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .title_case_headers(true)
        .max_headers(LINES_LIMIT)
        .max_buf_size(BUFFER_LIMIT)
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true);
    builder
}

/// An error with its causes, in one line.
fn broken(error: &dyn Error) -> FetchError {
    let causes = iter::successors(Some(error), |error: &&dyn Error| (*error).source());
    FetchError::Broken(causes.map(ToString::to_string).collect::<Vec<_>>().join(": "))
}

impl Body {
    /// The body of a response whose head only the recorder could read.
    const UNREAD: Self = Self { content: Vec::new(), sha256: None, bytes: 0, truncated: true };

    /// Reads until the end, the limit or the deadline, whichever comes first.
    async fn read(mut incoming: Incoming, deadline: Deadline) -> Self {
        let mut hash = digest::Context::new(&digest::SHA256);
        let (mut bytes, mut truncated, mut content) = (0_u64, false, Vec::new());
        while !truncated {
            let data = match deadline.bound(incoming.frame()).await {
                Ok(None) => break,
                Ok(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
                Ok(Some(Err(_))) | Err(_) => {
                    truncated = true;
                    break;
                }
            };
            let room = usize::try_from(BODY_LIMIT.saturating_sub(bytes)).unwrap_or(usize::MAX);
            let (kept, beyond) = data.split_at(data.len().min(room));
            hash.update(kept);
            content.extend_from_slice(kept);
            bytes = bytes.saturating_add(kept.len() as u64);
            truncated = !beyond.is_empty();
        }
        let sha256 = (bytes > 0).then(|| hexadecimal(hash.finish().as_ref()));
        Self { content, sha256, bytes, truncated }
    }
}
