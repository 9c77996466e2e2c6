//! Whether the parameter that the manifest names sends visitors anywhere (CWE-601): asked once, and judged by where the answer leads.

use std::net::IpAddr;

use url::Url;

use super::{
    client::{self, Answer, Ask},
    masking,
    redirects::leads_to,
    session::Session,
    time_left::TimeLeft,
};
use crate::{
    evidence::{OpenRedirect, Reading},
    wording::visible,
};

/// A site that cannot exist (RFC 6761, section 6.4), so that nobody has a reason to be sent there.
const NOBODYS_HOST: &str = "redflag.invalid";

/// Asks `url` with the parameter set to a site that nobody has a reason to trust. Nothing is asked of that site.
pub(in crate::collect) async fn open_redirect(session: &Session<'_>, url: &Url, parameter: &str, addresses: &[IpAddr]) -> OpenRedirect {
    let asked = with_parameter(url, parameter);
    let mut time = TimeLeft::for_timeout(session.network().timeout());
    let told = match session.ask(&Ask::get(&asked), addresses, &mut time).await {
        Ok(answer) => told(&asked, &answer),
        Err(error) => OpenRedirect { reason: visible(&error.to_string()), ..OpenRedirect::default() },
    };
    OpenRedirect { parameter: parameter.to_owned(), ..told }
}

/// The URL with the parameter leading elsewhere, in place of the value that it may have.
fn with_parameter(url: &Url, parameter: &str) -> Url {
    let others: Vec<(String, String)> =
        url.query_pairs().filter(|(name, _)| name != parameter).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let mut asked = url.clone();
    asked.set_fragment(None);
    asked.query_pairs_mut().clear().extend_pairs(others).append_pair(parameter, &format!("https://{NOBODYS_HOST}/"));
    asked
}

fn told(asked: &Url, answer: &Answer) -> OpenRedirect {
    let next = leads_to(asked, &answer.head);
    let refreshed = answer.head.values("Refresh").find_map(|line| refreshed_to(asked, &String::from_utf8_lossy(line)));
    let (open, reason) = judged(answer, next.as_ref(), refreshed.as_ref());
    let location = next.or(refreshed).map(|next| masking::url(next.as_str()));
    OpenRedirect { parameter: String::new(), open, status: Some(answer.head.status), location, reason: reason.to_owned() }
}

fn judged(answer: &Answer, next: Option<&Url>, refreshed: Option<&Url>) -> (Reading<bool>, &'static str) {
    let is_nobodys = |url: &&Url| client::host(url).as_deref() == Some(NOBODYS_HOST);
    let carries = |url: &Url| url.as_str().contains(NOBODYS_HOST);
    let mut ways = next.into_iter().chain(refreshed);
    if ways.clone().any(|url| is_nobodys(&url)) {
        return (Reading::Observed(true), "the answer leads to the site that the parameter names");
    }
    let is_redirect = (300..400).contains(&answer.head.status) && answer.head.status != 304;
    match answer.head.status {
        _ if ways.any(carries) => {
            (Reading::Unknown, "the answer carries the parameter along, and what happens to it there was not followed")
        }
        _ if next.is_some() || refreshed.is_some() => {
            (Reading::Observed(false), "the answer leads elsewhere, whatever the parameter names")
        }
        _ if is_redirect => (Reading::Unknown, "the answer is a redirect that leads to no one place"),
        500.. => (Reading::Unknown, "the server failed"),
        400.. => (Reading::Observed(false), "the server refuses such a parameter"),
        _ if mentions(&answer.body.content) => (Reading::Unknown, "the page repeats the parameter, and its scripts may follow it"),
        _ if answer.body.error.is_some() => (Reading::Unknown, "the page was not read to its end"),
        _ => (Reading::Observed(false), "the answer is no redirect, and does not repeat the parameter"),
    }
}

fn mentions(content: &[u8]) -> bool {
    content.windows(NOBODYS_HOST.len()).any(|window| window == NOBODYS_HOST.as_bytes())
}

/// Where a `Refresh` line leads, which browsers follow like a redirect (HTML, section "Refresh").
fn refreshed_to(asked: &Url, line: &str) -> Option<Url> {
    let (_, rest) = line.split_once([';', ','])?;
    let rest = rest.trim();
    let target = match rest.get(..3) {
        Some(name) if name.eq_ignore_ascii_case("url") => rest.get(3..)?.trim_start().strip_prefix('=')?.trim_start(),
        _ => rest,
    };
    asked.join(target.trim_matches(['"', '\''])).ok()
}
