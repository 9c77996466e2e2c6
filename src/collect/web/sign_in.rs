//! How an endpoint treats somebody who is not signed in, and the request for authorisation that the visitor is sent with.

mod authorize_request;
#[cfg(test)]
mod tests;

use url::Url;

use self::authorize_request::authorize_request;
use super::{
    contents::{listed, shows_data},
    pages::{Lead, LeadsTo, PageRead, leads_to, shown},
    platform_hosts,
};
use crate::evidence::{AppEnvironment, Platform, Reading, SignIn, SignInOutcome};

/// One response of a walk, its URLs as they were: nothing is masked.
// No `Debug`: secrets stand in URLs.
#[derive(Clone)]
pub(in crate::collect) struct Hop {
    /// What was asked.
    pub(in crate::collect) url: Url,
    pub(in crate::collect) status: u16,
    /// Where it redirects to, resolved; absent when it does not.
    pub(in crate::collect) location: Option<Url>,
}

/// A walk by somebody without a session.
pub(in crate::collect) struct Walk<'a> {
    /// Every response, first hop first; the last one may point to a host that is not followed.
    pub(in crate::collect) hops: &'a [Hop],
    /// Why it ended early; absent when it did not.
    pub(in crate::collect) error: Option<String>,
    /// What a redirect on the way holds of a customer; absent when none does.
    pub(in crate::collect) passed: Option<String>,
    /// The page of the last response; absent when it was none that can be read.
    pub(in crate::collect) page: Option<&'a PageRead>,
}

/// What the manifest and the pack know of the app's registration.
pub(in crate::collect) struct Registration<'a> {
    pub(in crate::collect) platform: &'a Platform,
    pub(in crate::collect) environments: &'a [AppEnvironment],
    /// The redirect URLs among the endpoints of the manifest.
    pub(in crate::collect) redirect_urls: &'a [Url],
    /// Whether what looks like records of a business has no place before sign-in, whoever it names.
    pub(in crate::collect) holds_records: bool,
}

/// An outcome with its reason.
type Judgement<'a> = (Reading<SignInOutcome>, String, Option<&'a Url>);

/// Where the visitor ends up. The second walk, where there is one, tells what is new in every request.
pub(in crate::collect) fn sign_in(first: &Walk<'_>, second: Option<&Walk<'_>>, registration: &Registration<'_>) -> SignIn {
    let (outcome, reason, leads) = judge(first, registration);
    let again = second.and_then(|walk| judge(walk, registration).2);
    SignIn { outcome, reason, authorize: leads.map(|url| authorize_request(url, again, registration)) }
}

/// The outcome that a frame may add to that of a visit. What only frames are shown counts where it opens something.
pub(in crate::collect) fn worse(visited: SignIn, framed: &SignIn, status: u16) -> SignIn {
    let shows = |found: &SignIn| found.outcome == Reading::Observed(SignInOutcome::ShowsData);
    let opens = (200..300).contains(&status);
    let is_undecided = framed.outcome == Reading::Unknown && visited.outcome != Reading::Unknown;
    let asks = framed.outcome == Reading::Observed(SignInOutcome::PasswordForm);
    if !shows(&visited) && (shows(framed) || (opens && (is_undecided || asks))) {
        return SignIn { outcome: framed.outcome, reason: format!("inside a frame it {}", framed.reason), authorize: visited.authorize };
    }
    visited
}

fn known(outcome: SignInOutcome, reason: impl Into<String>, url: Option<&Url>) -> Judgement<'_> {
    (Reading::Observed(outcome), reason.into(), url)
}

fn unknown<'a>(reason: impl Into<String>) -> Judgement<'a> {
    (Reading::Unknown, reason.into(), None)
}

fn judge<'a>(walk: &Walk<'a>, registration: &Registration<'_>) -> Judgement<'a> {
    let Some(last) = walk.hops.last() else {
        return unknown(format!("no response was read: {}", walk.error.as_deref().unwrap_or("nobody asked")));
    };
    if let Some(reason) = shown_data(walk, last) {
        return known(SignInOutcome::ShowsData, reason, None);
    }
    if let Some(location) = &last.location
        && (300..400).contains(&last.status)
    {
        // An early end matters only where the last redirect does not say enough.
        return redirected(walk, location, registration.platform);
    }
    if let Some(error) = &walk.error {
        return unknown(format!("the walk ended early: {error}"));
    }
    let page = walk.page;
    match last.status {
        200..=299 => opened(last, page, registration),
        401 | 403 if page.is_some_and(|page| page.page.password_field) => password(last.status),
        401 | 403 => known(SignInOutcome::TurnedAway, format!("answers {}", last.status), at_once(page, registration.platform)),
        400 | 404..=406 | 410..=415 | 421 | 422 => known(SignInOutcome::Refused, format!("answers {}", last.status), None),
        500..=599 => known(SignInOutcome::Failed, format!("answers {}", last.status), None),
        status => unknown(format!("answers {status}, which decides neither way")),
    }
}

/// What of a customer came without a session: in the last answer, in a redirect before it, or in what its page fetches.
fn shown_data(walk: &Walk<'_>, last: &Hop) -> Option<String> {
    let page = walk.page.map(|read| &read.page);
    if let Some(page) = page.filter(|page| shows_data(last.status, &page.data)) {
        return Some(format!("answers {} and shows {}", last.status, listed(&page.data)));
    }
    if let Some(passed) = &walk.passed {
        return Some(passed.clone());
    }
    let request = page?.requests.iter().find(|request| request.shows_data == Reading::Observed(true))?;
    Some(format!("answers {} with a page whose {} fetches `{}`, which {}", last.status, request.by, request.url, request.reason))
}

fn password<'a>(status: u16) -> Judgement<'a> {
    known(SignInOutcome::PasswordForm, format!("answers {status} with a field for a password"), None)
}

/// The way of a walk through routes of the app's own, for the reason.
fn by_way_of(walk: &Walk<'_>) -> String {
    let routes: Vec<&str> = walk.hops.iter().skip(1).map(|hop| hop.url.path()).take(5).collect();
    if routes.is_empty() { String::new() } else { format!(" by way of `{}`", routes.join("`, `")) }
}

fn redirected<'a>(walk: &Walk<'a>, location: &'a Url, platform: &Platform) -> Judgement<'a> {
    let (host, way) = (location.host_str().unwrap_or_default(), by_way_of(walk));
    let from = walk.hops.last().map_or(location, |hop| &hop.url);
    if platform_hosts::authorize(platform, location).is_some() {
        return known(SignInOutcome::PlatformSignIn, format!("redirects to `{host}` to ask for authorisation{way}"), Some(location));
    }
    match (leads_to(location, from, platform), platform_hosts::place(platform, host)) {
        (Some(LeadsTo::Platform), _) => known(SignInOutcome::PlatformSignIn, format!("redirects to `{host}` to sign in{way}"), None),
        (_, Some(_)) => unknown(format!("redirects to `{host}`, which is the platform's, but to no sign-in that is known")),
        (Some(LeadsTo::Broker(name)), _) => known(
            SignInOutcome::OtherSignIn,
            format!("redirects to `{host}` ({name}){way}; where it goes on to is not visible from here"),
            None,
        ),
        _ if asks_for_authorisation(location) => known(SignInOutcome::OtherSignIn, format!("redirects to `{host}` to sign in{way}"), None),
        _ => unknown(match &walk.error {
            Some(error) => format!("redirects to `{}`, and the walk ended there: {error}", shown(location)),
            None => format!("redirects to `{}`, which was not followed because the manifest does not name its host", shown(location)),
        }),
    }
}

/// Whether a URL carries a request as OAuth 2.0, SAML or WS-Federation make it.
fn asks_for_authorisation(url: &Url) -> bool {
    let has = |wanted: &str| url.query_pairs().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    (has("client_id") && (has("redirect_uri") || has("response_type"))) || has("SAMLRequest") || (has("wa") && has("wtrealm"))
}

/// The authorisation that a page asks for by itself.
fn at_once<'a>(page: Option<&'a PageRead>, platform: &Platform) -> Option<&'a Url> {
    let asks = |lead: &&Lead| platform_hosts::authorize(platform, &lead.url).is_some();
    page.and_then(|page| page.leads.iter().filter(asks).max_by_key(|lead| lead.at_once)).map(|lead| &lead.url)
}

/// What an open door shows.
fn opened<'a>(last: &Hop, page: Option<&'a PageRead>, registration: &Registration<'_>) -> Judgement<'a> {
    let (status, platform) = (last.status, registration.platform);
    let Some(read) = page else {
        return unknown(format!("answers {status} with something that is no page and no text"));
    };
    let page = &read.page;
    let goes = |lead: &&Lead| lead.at_once;
    let places = read.leads.iter().filter(goes).filter_map(|lead| Some((lead, leads_to(&lead.url, &last.url, platform)?)));
    let going = places.min_by_key(|(_, place)| *place);
    let asked = at_once(Some(read), platform);
    if page.password_field {
        return password(status);
    }
    match going {
        Some((lead, LeadsTo::Platform)) => {
            let host = lead.url.host_str().unwrap_or_default();
            return known(SignInOutcome::PlatformSignIn, format!("answers {status} with a page that goes on to `{host}`"), asked);
        }
        Some((lead, LeadsTo::Broker(name))) => {
            let host = lead.url.host_str().unwrap_or_default();
            return known(SignInOutcome::OtherSignIn, format!("answers {status} with a page that goes on to `{host}` ({name})"), None);
        }
        _ => {}
    }
    if let Some(reason) = undecided(read, registration.holds_records) {
        return unknown(format!("answers {status}{reason}"));
    }
    let asks = !page.requests.is_empty() && page.requests.iter().all(|request| request.turned_away);
    if page.leads_to_sign_in {
        known(SignInOutcome::Shell, format!("answers {status} with a page that holds no data and from which sign-in starts"), asked)
    } else if read.built_by_scripts && (read.has_other_calls || !is_known(read)) {
        unknown(format!("answers {status} with an empty page that scripts fill; what they show is not visible from here"))
    } else if read.built_by_scripts && asks {
        let paths: Vec<&str> = page.requests.iter().map(|request| request.url.as_str()).take(5).collect();
        let reason = format!("answers {status} with an empty page, and turns away what its scripts ask for: `{}`", paths.join("`, `"));
        known(SignInOutcome::TurnedAway, reason, asked)
    } else if read.empty {
        known(SignInOutcome::PublicPage, format!("answers {status} with nothing"), None)
    } else {
        known(SignInOutcome::PublicPage, format!("answers {status} with a page that holds no data and starts no sign-in"), None)
    }
}

/// Whether everything that its scripts can show is known.
fn is_known(read: &PageRead) -> bool {
    read.is_filled || (read.scripts.is_empty() && read.calls.is_empty())
}

/// Why it cannot be told whether a page shows data; absent when it can.
fn undecided(read: &PageRead, holds_records: bool) -> Option<String> {
    let page = &read.page;
    if page.complete.observed().is_none() {
        let reason = page.reason.as_deref().unwrap_or("the page was not read to its end");
        return Some(format!(", and not all of it could be read: {reason}"));
    }
    if let Some(request) = page.requests.iter().find(|request| request.shows_data == Reading::Unknown) {
        return Some(format!(
            " with a page whose {} fetches `{}`, which does not tell whether it shows data: {}",
            request.by, request.url, request.reason
        ));
    }
    (holds_records && !page.records.is_empty())
        .then(|| format!(" and shows what may be a customer's, without a name that would prove it: {}; look at it", listed(&page.records)))
}
