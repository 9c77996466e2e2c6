//! From a URL along its redirects, hop by hop, as a browser would go that keeps no cookies.

use std::{collections::BTreeSet, net::IpAddr};

use time::OffsetDateTime;
use url::{Origin, Url};

use super::{
    Http3, WebVisit,
    alternative_services::{self, Statement},
    answered::{self, Hop},
    client::{self, Answer, Ask, FetchError},
    cookies,
    headers::Head,
    masking,
    time_left::{OutOfTime, TimeLeft},
};
use crate::{
    collect::network::{Network, ResolveError},
    evidence::{AlternativeService, Cookie, Reading, Response, Visit},
    wording::visible,
};

/// How many redirects are followed.
const REDIRECTS_LIMIT: usize = 10;

/// Why a walk ends before its last response.
#[derive(Debug, thiserror::Error)]
enum WalkError {
    /// A hop gave no response.
    #[error("`{url}`: {cause}")]
    Fetch {
        /// The hop, masked.
        url: String,
        /// What went wrong there.
        cause: FetchError,
    },
    /// The host of a hop has no address.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The time was over before the host of a hop was resolved.
    #[error("`{url}`: {cause}")]
    OutOfTime {
        /// The hop, masked.
        url: String,
        /// How much time there was.
        cause: OutOfTime,
    },
    /// A redirect points to no URL.
    #[error("`{url}` redirects to `{location}`, which is no URL: {cause}")]
    NoUrl {
        /// The hop, masked.
        url: String,
        /// What its `Location` says, masked.
        location: String,
        /// What is wrong with it.
        cause: url::ParseError,
    },
    /// A response has several `Location` lines that differ.
    #[error("`{0}` redirects to several places at once")]
    Ambiguous(String),
    /// A redirect leads back.
    #[error("`{0}` redirects back to where the walk has been; without cookies it does not end")]
    Loop(String),
    /// There is no end to them.
    #[error("more than {REDIRECTS_LIMIT} redirects")]
    TooMany,
}

/// Asks `url` and follows its redirects over hosts in `named`, which are in lower case; a redirect elsewhere is recorded and not followed.
///
/// The walk as a whole is bounded in time ([`TimeLeft`]); what was seen until then counts.
/// Beside what may be written down comes what was there, for those who read it. `addresses` are those of the first URL's host. `now` tells deletions of cookies from cookies.
pub(in crate::collect) async fn walk(
    network: &Network,
    named: &BTreeSet<String>,
    url: &Url,
    addresses: &[IpAddr],
    now: OffsetDateTime,
) -> (WebVisit, Vec<Hop>) {
    let time = TimeLeft::for_timeout(network.timeout());
    let origin = url.origin();
    let mut walk =
        Walk { network, named, now, time, origin, responses: Vec::new(), cookies: Vec::new(), hops: Vec::new(), said: Said::default() };
    let end = walk.go(url, addresses).await;
    let visit = Visit {
        reached: !walk.responses.is_empty(),
        complete: end.is_ok(),
        error: end.err().map(|error| visible(&error.to_string())),
        ..Visit::default()
    };
    let http3 = walk.said.http3(url.scheme() == "https");
    (WebVisit { visit, responses: walk.responses, cookies: walk.cookies, http3 }, walk.hops)
}

/// What the first URL's own server said of other ways to it.
#[derive(Default)]
struct Said {
    /// Whether it answered at all.
    heard: bool,
    /// The last statement holds (RFC 7838, section 3).
    alternatives: Vec<AlternativeService>,
    broken: bool,
}

impl Said {
    fn hear(&mut self, head: &Head) {
        self.heard = true;
        // A misdirected request says nothing of other ways (RFC 7838, section 6).
        if head.status == 421 {
            return;
        }
        match alternative_services::read(head.values("Alt-Svc")) {
            Statement::Silent => {}
            Statement::These(alternatives) => (self.alternatives, self.broken) = (alternatives, false),
            Statement::Broken => self.broken = true,
        }
    }

    /// An alternative that is stale at once is none.
    fn http3(self, https: bool) -> Http3 {
        let offered = self.alternatives.iter().any(|service| service.protocol == "h3" && service.max_age > 0);
        let (offered, reason) = match (https, self.heard) {
            (false, _) => (Reading::Unknown, Some("the URL is not https")),
            (true, false) => (Reading::Unknown, Some("no response was read")),
            (true, true) => {
                (Reading::Observed(offered), self.broken.then_some("an `Alt-Svc` line breaks its grammar, and was passed over"))
            }
        };
        Http3 { alternatives: self.alternatives, offered, reason: reason.map(ToOwned::to_owned) }
    }
}

/// Where a response sends the browser.
enum Target {
    /// Nowhere: it is no redirect.
    Stays,
    /// To a URL.
    Leads(Url),
    /// To something that is none, masked.
    Lost { location: String, cause: url::ParseError },
    /// To different places at once, the first of them masked.
    Ambiguous { location: String },
}

struct Walk<'a> {
    network: &'a Network,
    named: &'a BTreeSet<String>,
    now: OffsetDateTime,
    time: TimeLeft,
    /// Scheme, host and port of the first URL.
    origin: Origin,
    responses: Vec<Response>,
    cookies: Vec<Cookie>,
    hops: Vec<Hop>,
    said: Said,
}

impl Walk<'_> {
    async fn go(&mut self, url: &Url, addresses: &[IpAddr]) -> Result<(), WalkError> {
        let mut url = without_fragment(url.clone());
        let mut addresses = addresses.to_vec();
        let mut visited = BTreeSet::new();
        loop {
            let shown = masking::url(url.as_str());
            let fetched = client::ask(self.network, &Ask::get(&url), &addresses, &mut self.time).await;
            let answer = fetched.map_err(|cause| WalkError::Fetch { url: shown.clone(), cause })?;
            let target = target(&url, &answer.head);
            self.record(&shown, &answer, &target);
            if url.scheme() == "https" && url.origin() == self.origin {
                self.said.hear(&answer.head);
            }
            self.keep(&url, answer, &target);
            let next = match target {
                Target::Stays => return Ok(()),
                Target::Lost { location, cause } => return Err(WalkError::NoUrl { url: shown, location, cause }),
                Target::Ambiguous { .. } => return Err(WalkError::Ambiguous(shown)),
                Target::Leads(next) => without_fragment(next),
            };
            let Some((host, port)) = self.in_scope(&next) else { return Ok(()) };
            visited.insert(url);
            if visited.contains(&next) {
                return Err(WalkError::Loop(shown));
            }
            if visited.len() > REDIRECTS_LIMIT {
                return Err(WalkError::TooMany);
            }
            let resolved = self.time.spend(self.network.resolve(&host, port)).await;
            addresses = resolved.map_err(|cause| WalkError::OutOfTime { url: masking::url(next.as_str()), cause })??;
            url = next;
        }
    }

    /// Keeps what came, and of bodies only this one.
    fn keep(&mut self, url: &Url, answer: Answer, target: &Target) {
        if let Some(last) = self.hops.last_mut() {
            last.answer.body.content = Vec::new();
        }
        let next = if let Target::Leads(next) = target { Some(next.clone()) } else { None };
        self.hops.push(Hop { url: url.clone(), answer, next });
    }

    /// The host and port of a URL that may be asked; absent for another scheme or a host that is not named.
    fn in_scope(&self, url: &Url) -> Option<(String, u16)> {
        let host = client::host(url).filter(|host| self.named.contains(host))?;
        matches!(url.scheme(), "http" | "https").then_some((host, url.port_or_known_default()?))
    }

    fn record(&mut self, url: &str, answer: &Answer, target: &Target) {
        let set = answer.head.values("Set-Cookie").filter_map(|line| cookies::parse(line, url, self.now));
        self.cookies.extend(set);
        self.responses.push(answered::response(url, answer, target.location()));
    }
}

impl Target {
    fn location(&self) -> Option<String> {
        match self {
            Self::Leads(url) => Some(masking::url(url.as_str())),
            Self::Lost { location, .. } | Self::Ambiguous { location } => Some(location.clone()),
            Self::Stays => None,
        }
    }
}

/// Empty `Location` lines count for nothing, as in Chromium.
fn target(url: &Url, head: &Head) -> Target {
    if !matches!(head.status, 301 | 302 | 303 | 307 | 308) {
        return Target::Stays;
    }
    let mut locations = head.values("Location").filter(|location| !location.is_empty());
    let Some(first) = locations.next() else { return Target::Stays };
    let location = String::from_utf8_lossy(first);
    if locations.any(|other| other != first) {
        return Target::Ambiguous { location: masking::url(&location) };
    }
    url.join(&location).map_or_else(|cause| Target::Lost { location: masking::url(&location), cause }, Target::Leads)
}

/// A server never sees the fragment.
fn without_fragment(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}
