//! One endpoint: its addresses, TLS on each of them, and a visit; all side by side.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    future::Future,
    net::{IpAddr, SocketAddr},
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared, join_all},
};
use url::{Host, Url};

use super::{
    Area, Network, Plan, Stop,
    dns::{self, Dns},
    tls::{self, Lookup},
    web::{self, Attempts, Http3, Look, Reader, Session, Subject},
};
use crate::{
    evidence::{Address, Caa, Contact, Endpoint},
    manifest::Target,
};

/// How many addresses of one host are looked at: more than any host behind ordinary DNS has, and few enough that hostile DNS cannot
/// make a run last for hours.
const ADDRESSES_LOOKED_AT: usize = 16;

/// Why nothing of the web was seen in a run that does not look at it.
const LEFT_OUT: &str = "the web was left out of the run";

/// Why nobody looks at what is not the app's.
const OF_PLATFORM: &str = "the platform itself serves it, and nothing of it is the app's";

/// An endpoint that must not be contacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its URL.
    pub url: String,
    /// The private address it leads to.
    pub ip: IpAddr,
}

/// Work that several endpoints of one host and port wait for, and that is done once.
type Once<'a, T> = Shared<BoxFuture<'a, Result<T, String>>>;

/// Every endpoint of the plan.
pub(super) async fn all(plan: &Plan, stop: &Stop, progress: &(dyn Fn(&str) + Sync)) -> Vec<Endpoint> {
    let named = redirect_hosts(plan);
    let session = Session::new(&plan.network, Some(tls::Judge { trust: &plan.trust, now: plan.now, authorities: None }));
    let authorities = plan.revocation.then(|| Lookup::new(&plan.network, &plan.trust, &plan.off_limits, plan.now));
    let mut resolved: BTreeMap<(String, u16), Once<'_, Vec<IpAddr>>> = BTreeMap::new();
    let mut under_way: BTreeMap<(String, u16, bool), Once<'_, Vec<Address>>> = BTreeMap::new();
    let dns = Dns::of_system(plan.network.timeout());
    let mut issuance: BTreeMap<(String, u16, bool), Once<'_, Caa>> = BTreeMap::new();
    let reader = Reader::new(&plan.platform);
    let asker = Asker { plan, session: &session, reader: &reader, named: &named };
    let mut hosts = HashSet::new();
    let mut endpoints = Vec::new();
    for target in &plan.targets {
        let key = (host(target), port(target));
        let ips = resolved.entry(key.clone()).or_insert_with(|| unless_stopped(stop, resolve(plan, target)).boxed().shared()).clone();
        let probed = (key.0, key.1, is_probed(plan, target));
        let probe = under_way
            .entry(probed.clone())
            .or_insert_with(|| unless_stopped(stop, addresses(plan, target, ips.clone(), authorities.as_ref())).boxed().shared())
            .clone();
        let caa = issuance
            .entry(probed)
            .or_insert_with(|| unless_stopped(stop, authorization(plan, target, ips.clone(), &dns)).boxed().shared())
            .clone();
        // The files of a host are the same behind all of its endpoints.
        let with_files = hosts.insert(target.url.origin());
        let look = unless_stopped(stop, asker.look(target, ips.clone(), with_files)).boxed();
        let forge = unless_stopped(stop, asker.forge(target, ips)).boxed();
        endpoints.push(async move {
            let (addresses, web, caa) = tokio::join!(probe, look, caa);
            // Afterwards, so that what ordinary visitors see is not disturbed.
            let Attempts { attempts, reason: attempts_reason } = forge.await.unwrap_or_else(|error| Attempts::none(&error));
            progress(target.url.as_str());
            let caa_reason = caa.as_ref().err().cloned();
            let panel = web::panel(target, &plan.platform);
            let unseen = if is_of_platform(plan, target) { OF_PLATFORM } else { LEFT_OUT };
            Endpoint { caa: caa.ok().into(), caa_reason, panel, attempts, attempts_reason, ..endpoint(target, addresses, web, unseen) }
        });
    }
    let mut endpoints = join_all(endpoints).await;
    tls::fill_breach(&mut endpoints);
    endpoints
}

/// The hosts that a redirect may lead to: those of the endpoints, without those that must never be asked.
fn redirect_hosts(plan: &Plan) -> BTreeSet<String> {
    plan.targets.iter().map(host).filter(|host| off_limits(plan, host).is_none()).collect()
}

/// Whether any host is to be contacted; where none is, not even DNS is asked.
fn looks_at_hosts(plan: &Plan) -> bool {
    plan.areas.contains(&Area::Tls) || plan.areas.contains(&Area::Web)
}

/// The first private address of an endpoint that has no other; absent when it may be contacted, or will not be in any case.
pub(super) async fn refusal(plan: &Plan, target: &Target) -> Option<Refusal> {
    if !looks_at_hosts(plan) {
        return None;
    }
    let addresses = resolve(plan, target).await.ok()?;
    let refused = addresses.iter().all(|address| plan.network.forbids(*address));
    refused.then(|| addresses.first().map(|ip| Refusal { url: target.url.to_string(), ip: *ip })).flatten()
}

/// What was seen of an endpoint; `unseen` says why the web was not, where it was not.
fn endpoint(target: &Target, addresses: Result<Vec<Address>, String>, web: Result<Option<Look>, String>, unseen: &str) -> Endpoint {
    let error = addresses.as_ref().err().cloned();
    Endpoint {
        id: target.id.clone(),
        url: web::masked_url(target.url.as_str()),
        scheme: target.url.scheme().to_owned(),
        host: host(target),
        port: port(target),
        kind: target.kind,
        error,
        addresses: addresses.unwrap_or_default(),
        environment: target.environment,
        method: target.method,
        public: target.public,
        ..seen(web.unwrap_or_else(|error| Some(Look::unreached(target, error))), unseen)
    }
}

/// What the web showed; absent where nobody looked, for the reason `unseen`.
fn seen(look: Option<Look>, unseen: &str) -> Endpoint {
    let Some(look) = look else {
        let reason = Some(unseen.to_owned());
        return Endpoint { http3_reason: reason.clone(), exposed_files_reason: reason, ..Endpoint::default() };
    };
    let Http3 { alternatives, offered, reason } = look.http3;
    Endpoint {
        visit: Some(look.visit),
        responses: look.responses,
        cookies: look.cookies,
        alternative_services: alternatives,
        http3: offered,
        http3_reason: reason,
        answers: look.answers,
        exposed_files: look.exposed_files,
        exposed_files_reason: look.exposed_files_reason,
        open_redirect: look.open_redirect,
        sign_in: look.sign_in,
        ..Endpoint::default()
    }
}

/// The work's result, or the word that it was interrupted.
async fn unless_stopped<T>(stop: &Stop, work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    tokio::select! {
        biased;
        () = stop.rung() => Err("interrupted".into()),
        result = work => result,
    }
}

/// The addresses of the endpoint's host; none where no host is looked at.
async fn resolve(plan: &Plan, target: &Target) -> Result<Vec<IpAddr>, String> {
    if !looks_at_hosts(plan) || is_of_platform(plan, target) {
        return Ok(Vec::new());
    }
    let host = host(target);
    if let Some(domain) = off_limits(plan, &host) {
        return Err(format!("not contacted: hosts of `{domain}` are never probed"));
    }
    plan.network.resolve(&host, port(target)).await.map_err(|error| error.to_string())
}

async fn addresses(
    plan: &Plan,
    target: &Target,
    ips: Once<'_, Vec<IpAddr>>,
    authorities: Option<&Lookup<'_>>,
) -> Result<Vec<Address>, String> {
    let host = host(target);
    let mut ips = ips.await?;
    let beyond = ips.split_off(ips.len().min(ADDRESSES_LOOKED_AT));
    let probed = ips.into_iter().map(|ip| {
        let (host, address) = (&host, SocketAddr::new(ip, port(target)));
        async move {
            if is_probed(plan, target) {
                tls::probe(&plan.network, host, address, plan.depth, &tls::Judge { trust: &plan.trust, now: plan.now, authorities }).await
            } else {
                reach(plan, host, address).await
            }
        }
    });
    let mut addresses = join_all(probed).await;
    addresses.extend(beyond.into_iter().map(not_tried));
    Ok(addresses)
}

/// Which authorities may issue certificates for the host, where DNS is the one to ask.
async fn authorization(plan: &Plan, target: &Target, ips: Once<'_, Vec<IpAddr>>, dns: &Dns) -> Result<Caa, String> {
    let (host, port) = (host(target), port(target));
    if !is_probed(plan, target) {
        return Err("TLS was not looked at".to_owned());
    }
    let ips = ips.await?;
    // CAA is about the name, whatever machine answers to it; but who fixes the address keeps DNS out of the run, or tests under a name that is not live.
    if plan.network.is_fixed(&host, port) {
        return Err("the address was given with `--resolve`, so DNS was not asked".to_owned());
    }
    if plan.network.proxy(&host, port).is_some() {
        return Err("the host is reached through a proxy, whose DNS may know other names than this machine's".to_owned());
    }
    match dns::unasked(&host, &ips, Network::is_private) {
        Some(reason) => Err(reason.to_owned()),
        None => dns.authorization(&host).await.map_err(|error| error.to_string()),
    }
}

/// An address beyond [`ADDRESSES_LOOKED_AT`], which stays unknown.
fn not_tried(ip: IpAddr) -> Address {
    let error = format!("not tried: the host has more than {ADDRESSES_LOOKED_AT} addresses");
    Address { ip, reached: false, contact: Contact::NotTried, error: Some(error), tls: None }
}

/// Whether an address accepts connections, where nothing more is asked of it.
async fn reach(plan: &Plan, host: &str, address: SocketAddr) -> Address {
    let result = plan.network.connect(host, address).await;
    let (contact, error) = match &result {
        Ok(_) => (Contact::Accepted, None),
        Err(error) => (error.contact(), Some(error.to_string())),
    };
    Address { ip: address.ip(), reached: result.is_ok(), contact, error, tls: None }
}

/// Who asks the endpoints over the web.
struct Asker<'a> {
    plan: &'a Plan,
    session: &'a Session<'a>,
    reader: &'a Reader<'a>,
    named: &'a BTreeSet<String>,
}

impl Asker<'_> {
    /// What the web shows; absent where it was left out of the run, and for what the platform itself serves.
    async fn look(&self, target: &Target, ips: Once<'_, Vec<IpAddr>>, with_files: bool) -> Result<Option<Look>, String> {
        if !self.looks_at_the_web() {
            return Ok(None);
        }
        let addresses = ips.await?;
        match web::visited(target, &self.plan.platform).map_err(|error| error.to_string())? {
            Some(url) => Ok(Some(web::look(&self.subject(target, &url, &addresses), with_files).await)),
            None => Ok(None),
        }
    }

    /// What came of forged requests.
    async fn forge(&self, target: &Target, ips: Once<'_, Vec<IpAddr>>) -> Result<Attempts, String> {
        if !self.looks_at_the_web() {
            return Err(LEFT_OUT.to_owned());
        }
        if is_of_platform(self.plan, target) {
            return Err(OF_PLATFORM.to_owned());
        }
        let addresses = ips.await?;
        Ok(web::attempts(&self.subject(target, &target.url, &addresses)).boxed().await)
    }

    fn looks_at_the_web(&self) -> bool {
        self.plan.areas.contains(&Area::Web)
    }

    fn subject<'a>(&'a self, target: &'a Target, url: &'a Url, addresses: &'a [IpAddr]) -> Subject<'a> {
        Subject { session: self.session, plan: self.plan, reader: self.reader, target, url, named: self.named, addresses }
    }
}

/// Whether a target is a panel that the platform itself serves: nothing of it is the app's, and nobody is asked anything.
fn is_of_platform(plan: &Plan, target: &Target) -> bool {
    matches!(web::visited(target, &plan.platform), Ok(None))
}

fn is_probed(plan: &Plan, target: &Target) -> bool {
    plan.areas.contains(&Area::Tls) && target.url.scheme() == "https"
}

fn off_limits<'a>(plan: &'a Plan, host: &str) -> Option<&'a str> {
    let within = |domain: &&String| host == domain.as_str() || host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('.'));
    plan.off_limits.iter().find(within).map(String::as_str)
}

/// The host in lower case, without brackets and without the dot that ends an absolute name.
fn host(target: &Target) -> String {
    match target.url.host() {
        Some(Host::Domain(name)) => name.trim_end_matches('.').to_ascii_lowercase(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => String::new(),
    }
}

fn port(target: &Target) -> u16 {
    target.url.port_or_known_default().unwrap_or(443)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::OffsetDateTime;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
        sync::mpsc::{UnboundedReceiver, unbounded_channel},
    };

    use hyper_util::client::proxy::matcher::Matcher;

    use super::*;
    use crate::{
        collect::{
            Depth, NetworkSettings, Override, TrustStore,
            dns::tests::{Says, server},
        },
        evidence::{EndpointKind, Platform, Vocabulary},
    };

    /// A server on loopback that sends everyone to `location`, and the request heads that it was sent.
    async fn redirecting(location: impl Fn(u16) -> String) -> (u16, UnboundedReceiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", location(port));
        let (sent, received) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    match stream.read_u8().await {
                        Ok(byte) => head.push(byte),
                        Err(_) => break,
                    }
                }
                let _ = sent.send(String::from_utf8(head).unwrap());
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        (port, received)
    }

    /// A plan for plain http endpoints on these hosts, each with these addresses.
    fn plan(hosts: &[&str], port: u16, areas: &[Area], addresses: &[IpAddr]) -> Plan {
        let fixed = |host: &&str| Override { host: host.trim_end_matches('.').to_owned(), port, addresses: addresses.to_vec() };
        let target = |host: &&str| Target::new((*host).to_owned(), format!("http://{host}:{port}/").parse().unwrap(), EndpointKind::Page);
        Plan {
            revocation: false,
            targets: hosts.iter().map(target).collect(),
            source: Vec::new(),
            extent: crate::evidence::Extent::default(),
            vocabulary: Vocabulary::default(),
            areas: areas.iter().copied().collect(),
            depth: Depth::Full,
            network: Network::new(NetworkSettings {
                timeout: Duration::from_secs(2),
                connections_per_host: 4,
                allow_private: true,
                overrides: hosts.iter().map(fixed).collect(),
                proxies: None,
            }),
            trust: TrustStore::mozilla(),
            off_limits: vec!["superoffice.com".to_owned()],
            platform: Platform::default(),
            environments: Vec::new(),
            recordings: Vec::new(),
            authorisation: None,
            now: OffsetDateTime::UNIX_EPOCH,
        }
    }

    const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    async fn looked_at(plan: &Plan) -> Vec<Endpoint> {
        all(plan, &Stop::default(), &|_| ()).await
    }

    #[tokio::test]
    async fn a_host_that_is_off_limits_is_not_asked_behind_a_redirect_either() {
        for host in ["superoffice.com", "crm.superoffice.com", "CRM.SuperOffice.com."] {
            let (port, mut requests) = redirecting(|port| format!("http://{host}:{port}/next")).await;
            let endpoints = looked_at(&plan(&["app.example", host], port, &[Area::Web], &[LOOPBACK])).await;
            assert_eq!((endpoints[0].responses.len(), endpoints[0].visit.as_ref().unwrap().complete), (1, true), "{host}");
            assert!(endpoints[1].responses.is_empty() && endpoints[1].error.as_deref().unwrap().starts_with("not contacted"), "{host}");
            let mut asked = Vec::new();
            while let Ok(request) = requests.try_recv() {
                asked.extend(request.contains("Host: ").then_some(request));
            }
            assert!(!asked.is_empty() && asked.iter().all(|request| request.contains("\r\nHost: app.example:")), "{host}: {asked:?}");
        }
    }

    #[tokio::test]
    async fn a_redirect_to_another_endpoint_is_followed() {
        let (port, _requests) = redirecting(|port| format!("http://other.example:{port}/")).await;
        let endpoints = looked_at(&plan(&["app.example", "other.example"], port, &[Area::Web], &[LOOPBACK])).await;
        assert_eq!(endpoints[0].responses.len(), 2);
    }

    #[tokio::test]
    async fn without_tls_and_web_nothing_is_resolved_or_connected_to() {
        let (port, mut requests) = redirecting(|_| "/".to_owned()).await;
        let plan = plan(&["app.example", "crm.superoffice.com"], port, &[Area::Source], &[LOOPBACK]);
        assert_eq!(refusal(&plan, &plan.targets[0]).await, None);
        for endpoint in looked_at(&plan).await {
            assert_eq!((endpoint.error, endpoint.addresses, endpoint.visit), (None, vec![], None), "{}", endpoint.host);
        }
        assert!(requests.try_recv().is_err());
    }

    #[tokio::test]
    async fn addresses_beyond_the_sixteenth_are_named_and_not_tried() {
        let (port, _requests) = redirecting(|_| "/".to_owned()).await;
        let addresses: Vec<IpAddr> = (1..=18).map(|last| IpAddr::from([127, 0, 0, last])).collect();
        let endpoints = looked_at(&plan(&["app.example"], port, &[Area::Tls], &addresses)).await;
        let seen = &endpoints[0].addresses;
        assert_eq!(seen.iter().map(|address| address.ip).collect::<Vec<_>>(), addresses);
        let not_tried: Vec<bool> = seen.iter().map(|address| address.contact == Contact::NotTried).collect();
        assert_eq!(not_tried, (1..=18).map(|last| last > 16).collect::<Vec<_>>());
        assert!(!seen[17].reached && seen[17].error.as_deref() == Some("not tried: the host has more than 16 addresses"));
    }

    /// What is told of the host's CAA when it has this address, and whether DNS was asked.
    async fn issuance(plan: &Plan, url: &str, address: &str) -> (Result<Caa, String>, bool) {
        let (dns, asked) = server(&[("app.test", Says::Records(&[(0, "issue", "ca.example")]))]).await;
        let target = Target::new("redirect".into(), url.parse().unwrap(), EndpointKind::Redirect);
        let ips = async { Ok(vec![address.parse().unwrap()]) }.boxed().shared();
        let told = authorization(plan, &target, ips, &dns).await;
        let was_asked = !asked.lock().unwrap().is_empty();
        (told, was_asked)
    }

    #[tokio::test]
    async fn dns_is_asked_for_caa_where_a_public_host_is_probed_and_nowhere_else() {
        let probing = plan(&[], 443, &[Area::Tls], &[]);
        let (told, asked) = issuance(&probing, "https://app.test/", "1.1.1.1").await;
        assert!(asked && told.unwrap().name.as_deref() == Some("app.test"));
        let proxied = |plan: Plan| Plan {
            network: Network::new(NetworkSettings {
                timeout: Duration::from_secs(2),
                connections_per_host: 4,
                allow_private: true,
                overrides: vec![],
                proxies: Some(Matcher::builder().all("http://127.0.0.1:1").build()),
            }),
            ..plan
        };
        for (plan, url, address, reason) in [
            (plan(&[], 443, &[Area::Web], &[]), "https://app.test/", "1.1.1.1", "TLS was not"),
            (plan(&[], 443, &[Area::Tls], &[]), "http://app.test/", "1.1.1.1", "TLS was not"),
            (plan(&["app.test"], 443, &[Area::Tls], &[LOOPBACK]), "https://app.test/", "1.1.1.1", "`--resolve`"),
            (plan(&[], 443, &[Area::Tls], &[]), "https://app.test/", "10.0.0.1", "no address of the host is public"),
            (plan(&[], 443, &[Area::Tls], &[]), "https://1.1.1.1/", "1.1.1.1", "an address"),
            (proxied(plan(&[], 443, &[Area::Tls], &[])), "https://app.test/", "1.1.1.1", "proxy"),
        ] {
            let (told, asked) = issuance(&plan, url, address).await;
            assert!(!asked && told.as_ref().is_err_and(|why| why.contains(reason)), "{reason}: {told:?}");
        }
    }
}
