//! From a URL along its redirects, hop by hop, as a browser would go that starts without cookies and keeps what it is given on the way.

use std::{collections::BTreeSet, net::IpAddr};

use time::OffsetDateTime;
use url::{Origin, Url};

use super::{
    Http3, WebVisit,
    alternative_services::{self, Statement},
    beyond::{Beyond, beyond, private_reason},
    client::{self, Answer, Ask, FetchError},
    cookies::{self, jar::Jar},
    headers::Head,
    masking,
    session::Session,
    time_left::{OutOfTime, TimeLeft},
};
use crate::{
    collect::network::ResolveError,
    evidence::{AlternativeService, Cookie, NotFollowed, Reading, Response, Visit},
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
    /// A redirect leads back to where nothing changed meanwhile.
    #[error("`{url}` redirects back to where the walk has been, {}; it does not end", with(*.cookies))]
    Loop {
        /// The hop, masked.
        url: String,
        /// How many cookies the walk was given, and gave back.
        cookies: usize,
    },
    /// There is no end to them.
    #[error("more than {REDIRECTS_LIMIT} redirects")]
    TooMany,
}

impl WalkError {
    /// The hop at a private address that was held back, and the address; absent for any other error.
    fn held_back(&self) -> Option<(NotFollowed, IpAddr)> {
        let Self::Fetch { url, cause } = self else { return None };
        let address = cause.forbidden()?;
        let host = Url::parse(url).ok().as_ref().and_then(client::host).unwrap_or_default();
        Some((NotFollowed { url: url.clone(), reason: private_reason(&host, address) }, address))
    }
}

/// What the walk had to give back.
fn with(cookies: usize) -> String {
    match cookies {
        0 => "and no hop set a cookie that it could give back".to_owned(),
        1 => "though it gave back the cookie that it was given".to_owned(),
        several => format!("though it gave back the {several} cookies that it was given"),
    }
}

/// As [`walk`], over connections of its own and without a word on certificates.
#[cfg(test)]
pub(super) async fn visit(
    network: &crate::collect::Network,
    named: &BTreeSet<String>,
    url: &Url,
    addresses: &[IpAddr],
    now: OffsetDateTime,
) -> WebVisit {
    walk(&Session::new(network, None), named, url, addresses, now).await
}

/// Asks `url` and follows its redirects over hosts in `named`, which are in lower case; a redirect elsewhere is recorded and not followed.
///
/// The walk as a whole is bounded in time ([`TimeLeft`]); what was seen until then counts.
/// `addresses` are those of the first URL's host. `now` tells deletions of cookies from cookies.
pub(in crate::collect) async fn walk(
    session: &Session<'_>,
    named: &BTreeSet<String>,
    url: &Url,
    addresses: &[IpAddr],
    now: OffsetDateTime,
) -> WebVisit {
    let mut walk = Walk {
        session,
        named,
        now,
        time: TimeLeft::for_timeout(session.network().timeout()),
        origin: url.origin(),
        jar: Jar::default(),
        visit: Visit::default(),
        unnamed: BTreeSet::new(),
        responses: Vec::new(),
        cookies: Vec::new(),
        said: Said::default(),
        passed: Vec::new(),
        last: None,
    };
    let end = walk.go(url, addresses).await;
    walk.ended(url, end)
}

/// The last answer of a walk, in memory only: what stands in it may be secret.
pub(in crate::collect) struct LastAnswer {
    /// The URL that was asked, with all its values.
    pub(super) url: Url,
    /// The answer.
    pub(super) answer: Answer,
    /// Where it leads, with all its values; absent when it is no redirect, or one to no URL. Where the walk is complete it was not followed.
    pub(super) leads_to: Option<Url>,
}

impl std::fmt::Debug for LastAnswer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "LastAnswer({})", self.answer.head.status)
    }
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
    session: &'a Session<'a>,
    named: &'a BTreeSet<String>,
    now: OffsetDateTime,
    time: TimeLeft,
    /// Scheme, host and port of the first URL.
    origin: Origin,
    jar: Jar,
    visit: Visit,
    unnamed: BTreeSet<String>,
    responses: Vec<Response>,
    cookies: Vec<Cookie>,
    said: Said,
    passed: Vec<LastAnswer>,
    last: Option<LastAnswer>,
}

impl Walk<'_> {
    async fn go(&mut self, url: &Url, addresses: &[IpAddr]) -> Result<(), WalkError> {
        let mut url = without_fragment(url.clone());
        let mut addresses = addresses.to_vec();
        // The same URL with other cookies is another request.
        let mut visited = BTreeSet::new();
        loop {
            let line = self.jar.line(&url);
            let Some(next) = self.hop(&url, line.as_deref(), &addresses).await? else { return Ok(()) };
            let Some((host, port)) = self.in_scope(&next) else { return Ok(()) };
            let shown = masking::url(url.as_str());
            visited.insert((url, line));
            let line = self.jar.line(&next);
            let given = line.as_deref().map_or(0, |line| line.split("; ").count());
            if visited.contains(&(next.clone(), line)) {
                self.visit.looped = true;
                return Err(WalkError::Loop { url: shown, cookies: given });
            }
            if visited.len() > REDIRECTS_LIMIT {
                return Err(WalkError::TooMany);
            }
            let resolved = self.time.spend(self.session.network().resolve(&host, port)).await;
            addresses = resolved.map_err(|cause| WalkError::OutOfTime { url: masking::url(next.as_str()), cause })??;
            url = next;
        }
    }

    /// Asks one URL, and gives the one that the answer leads to; absent where it leads nowhere.
    async fn hop(&mut self, url: &Url, cookies: Option<&str>, addresses: &[IpAddr]) -> Result<Option<Url>, WalkError> {
        let shown = masking::url(url.as_str());
        let lines = cookies.map(|line| ("Cookie", line.to_owned())).into_iter().collect();
        let fetched = self.session.ask(&Ask { lines, ..Ask::get(url) }, addresses, &mut self.time).await;
        let answer = fetched.map_err(|cause| WalkError::Fetch { url: shown.clone(), cause })?;
        let target = target(url, &answer.head);
        self.record(&shown, &answer, &target);
        for line in answer.head.values("Set-Cookie") {
            self.jar.take(line, url, self.now);
        }
        if url.scheme() == "https" && url.origin() == self.origin {
            self.said.hear(&answer.head);
        }
        let (next, end) = match target {
            Target::Stays => (None, Ok(())),
            Target::Lost { location, cause } => (None, Err(WalkError::NoUrl { url: shown, location, cause })),
            Target::Ambiguous { .. } => (None, Err(WalkError::Ambiguous(shown))),
            Target::Leads(next) => (Some(next), Ok(())),
        };
        if let Some(next) = &next {
            self.visit.upgraded |= (url.scheme(), next.scheme()) == ("http", "https");
            self.visit.downgraded |= (url.scheme(), next.scheme()) == ("https", "http");
        }
        self.passed.extend(self.last.take());
        self.last = Some(LastAnswer { url: url.clone(), answer, leads_to: next.clone() });
        end.map(|()| next.map(without_fragment))
    }

    /// The host and port of a URL that may be asked; absent for another scheme or a host that is not named.
    fn in_scope(&mut self, url: &Url) -> Option<(String, u16)> {
        let from = self.last.as_ref()?.answer.ip;
        let Some(Beyond { fact, unnamed, private }) = beyond(url, from, self.named) else {
            return Some((client::host(url)?, url.port_or_known_default()?));
        };
        self.unnamed.extend(unnamed);
        self.visit.private_address = private.map(|address| address.to_string());
        self.visit.not_followed = Some(fact);
        None
    }

    fn record(&mut self, url: &str, answer: &Answer, target: &Target) {
        let set = answer.head.values("Set-Cookie").filter_map(|line| cookies::parse(line, url, self.now));
        self.cookies.extend(set);
        self.responses.push(Response { location: target.location(), ..answer.recorded(url) });
    }

    fn ended(self, url: &Url, end: Result<(), WalkError>) -> WebVisit {
        let is_redirect = self.last.is_some();
        let held_back = end.as_ref().err().filter(|_| is_redirect).and_then(WalkError::held_back);
        let (not_followed, private_address) = held_back.map(|(hop, address)| (hop, address.to_string())).unzip();
        let visit = Visit {
            reached: !self.responses.is_empty(),
            complete: end.is_ok(),
            not_followed: not_followed.or(self.visit.not_followed),
            private_address: private_address.or(self.visit.private_address),
            error: end.err().map(|error| visible(&error.to_string())),
            unnamed_hosts: self.unnamed.into_iter().collect(),
            ..self.visit
        };
        let http3 = self.said.http3(url.scheme() == "https");
        WebVisit { visit, responses: self.responses, cookies: self.cookies, http3, passed: self.passed, last: self.last }
    }
}

/// Where an answer to `url` leads a browser by its `Location`, followed or not; absent when nowhere.
pub(super) fn leads_to(url: &Url, head: &Head) -> Option<Url> {
    match target(url, head) {
        Target::Leads(next) => Some(next),
        Target::Stays | Target::Lost { .. } | Target::Ambiguous { .. } => None,
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
