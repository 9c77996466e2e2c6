//! Asking an authority over HTTP, within the scope of the run: what a certificate says is somebody else's word, and must not lead us anywhere else.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use reqwest::{
    Client, ClientBuilder, Proxy, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
    redirect, retry,
};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use time::OffsetDateTime;
use tokio::sync::OnceCell;
use url::{Host, Url};

use super::super::trust::TrustStore;
use crate::{collect::network::Network, wording::visible};

/// The largest answer that is read, in bytes: the largest lists in use have about 10 MiB.
const LARGEST_ANSWER: usize = 16 << 20;
/// How many addresses of one authority are tried.
const MOST_ADDRESSES: usize = 4;

/// An address, and the OCSP request that goes there.
type Wanted = (String, Option<Vec<u8>>);

/// An answer that several certificates wait for, and that is fetched once.
type Answer = Arc<OnceCell<Result<Arc<[u8]>, String>>>;

/// The way to the authorities, and what they have answered: one for a whole run.
pub(in crate::collect) struct Lookup<'a> {
    network: &'a Network,
    trust: &'a TrustStore,
    off_limits: &'a [String],
    now: OffsetDateTime,
    answers: Mutex<BTreeMap<Wanted, Answer>>,
}

impl<'a> Lookup<'a> {
    /// A way that never leads to hosts of the domains in `off_limits`. What is answered is judged as of `now`.
    pub(in crate::collect) fn new(network: &'a Network, trust: &'a TrustStore, off_limits: &'a [String], now: OffsetDateTime) -> Self {
        Self { network, trust, off_limits, now, answers: Mutex::default() }
    }

    pub(super) fn trust(&self) -> &TrustStore {
        self.trust
    }

    pub(super) fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// The answer to an OCSP request, or what stands at an address where there is none; asked once, however often it is wanted.
    pub(super) async fn fetch(&self, url: &str, request: Option<Vec<u8>>) -> Result<Arc<[u8]>, String> {
        let answer = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answers.entry((url.to_owned(), request.clone())).or_default())
        };
        answer.get_or_init(|| self.ask(url, request)).await.clone()
    }

    async fn ask(&self, url: &str, request: Option<Vec<u8>>) -> Result<Arc<[u8]>, String> {
        let url = Url::parse(url).map_err(|problem| format!("not an address: {problem}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("an address that begins with `{}:` is not asked", visible(url.scheme())));
        }
        let (host, port) = (host(&url)?, url.port_or_known_default().unwrap_or(80));
        if let Some(domain) = self.off_limits.iter().find(|domain| is_within(&host, domain)) {
            return Err(format!("not asked: hosts of `{domain}` are never probed"));
        }
        let addresses = self.addresses(&host, port).await?;
        let client = self.client(&host, port, &addresses).map_err(|problem| in_words(&problem))?;
        let _place = self.network.place(&host).await;
        let asked = match request {
            Some(request) => client.post(url).header(CONTENT_TYPE, "application/ocsp-request").body(request),
            None => client.get(url),
        };
        let response = asked.send().await.map_err(|problem| in_words(&problem))?;
        body(response).await
    }

    /// The addresses of a host that are in scope.
    async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
        let all = self.network.resolve(host, port).await.map_err(|problem| problem.to_string())?;
        let (forbidden, open): (Vec<IpAddr>, Vec<IpAddr>) = all.into_iter().partition(|address| self.network.forbids(*address));
        match (open.is_empty(), forbidden.first()) {
            (true, Some(address)) => Err(format!("`{address}` is not a public address; `--allow-private` permits it")),
            (true, None) => Err("it has no address".into()),
            (false, _) => Ok(open.into_iter().take(MOST_ADDRESSES).map(|address| SocketAddr::new(address, port)).collect()),
        }
    }

    /// A client that reaches these addresses and no others: it follows no redirect, asks no name server, and tries nothing twice.
    fn client(&self, host: &str, port: u16, addresses: &[SocketAddr]) -> Result<Client, reqwest::Error> {
        let builder: ClientBuilder = Client::builder()
            .tls_backend_preconfigured(self.tls())
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .timeout(self.network.timeout())
            .http1_only()
            .no_proxy()
            .resolve_to_addrs(host, addresses);
        match self.network.proxy(host, port) {
            Some((proxy, authorization)) => builder.proxy(with_authorization(Proxy::all(proxy)?, authorization)).build(),
            None => builder.build(),
        }
    }

    fn tls(&self) -> ClientConfig {
        let roots = RootCertStore { roots: self.trust.anchors().to_vec() };
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().expect("the provider has suites for TLS 1.2 and 1.3");
        builder.with_root_certificates(roots).with_no_client_auth()
    }
}

fn with_authorization(proxy: Proxy, authorization: Option<HeaderValue>) -> Proxy {
    match authorization {
        Some(authorization) => proxy.custom_http_auth(authorization),
        None => proxy,
    }
}

/// The host as DNS knows it, an IPv6 address without its brackets.
fn host(url: &Url) -> Result<String, String> {
    match url.host() {
        Some(Host::Domain(name)) => Ok(name.to_owned()),
        Some(Host::Ipv4(address)) => Ok(address.to_string()),
        Some(Host::Ipv6(address)) => Ok(address.to_string()),
        None => Err("an address without a host".into()),
    }
}

fn is_within(host: &str, domain: &str) -> bool {
    let host = host.trim_end_matches('.');
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// The body of a good answer, up to a limit.
async fn body(mut response: Response) -> Result<Arc<[u8]>, String> {
    if response.status() != StatusCode::OK {
        return Err(format!("it answered with {}", response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|problem| in_words(&problem))? {
        if body.len().saturating_add(piece.len()) > LARGEST_ANSWER {
            return Err(format!("the answer has more than {LARGEST_ANSWER} bytes"));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.into())
}

/// A failure with its innermost cause, without the address, which stands before it.
fn in_words(problem: &reqwest::Error) -> String {
    if problem.is_timeout() {
        return "no answer in time".into();
    }
    let mut cause: &dyn std::error::Error = problem;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    visible(&cause.to_string())
}
