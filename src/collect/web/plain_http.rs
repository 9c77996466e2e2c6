//! What a host that serves https answers on plain http.

use std::net::IpAddr;

use url::Url;

use super::{
    client::{Answer, Ask, FetchError, host},
    redirects::leads_to,
    session::Session,
    time_left::TimeLeft,
};
use crate::collect::network::ConnectError;

/// What port 80 does with a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlainHttp {
    /// It refuses connections, so that nothing can be said in clear text.
    Closed,
    /// Nobody answers there: a firewall drops what is sent.
    Silent,
    /// It sends everyone to https on the same host.
    Upgrades,
    /// It sends visitors to https on another host, where nothing makes a browser remember to come to this one by https.
    UpgradesElsewhere,
    /// It sends visitors to another plain http URL.
    StaysPlain,
    /// It gives an answer of its own.
    Serves,
    /// It answers with an error, and nothing else.
    Refuses,
    /// What it does could not be seen.
    Unknown,
}

/// The URL of plain http that a visitor would type: the same host and path on port 80, without the query, which may hold secrets.
pub(super) fn plain_url(url: &Url) -> Option<Url> {
    let mut plain = url.clone();
    plain.set_query(None);
    plain.set_fragment(None);
    plain.set_port(None).ok()?;
    plain.set_scheme("http").ok()?;
    Some(plain)
}

/// Asks for [`plain_url`], follows nothing, and says what it amounts to.
pub(super) async fn plain_http(
    session: &Session<'_>,
    plain: &Url,
    addresses: &[IpAddr],
    time: &mut TimeLeft,
) -> (PlainHttp, Result<Answer, FetchError>) {
    let outcome = session.ask(&Ask::get(plain), addresses, time).await;
    let amounts_to = match &outcome {
        Ok(answer) => answered(plain, answer),
        Err(error) => unanswered(error),
    };
    (amounts_to, outcome)
}

fn answered(plain: &Url, answer: &Answer) -> PlainHttp {
    let Some(next) = leads_to(plain, &answer.head) else {
        return if answer.head.status >= 400 { PlainHttp::Refuses } else { PlainHttp::Serves };
    };
    match next.scheme() {
        "https" if host(&next) == host(plain) => PlainHttp::Upgrades,
        "https" => PlainHttp::UpgradesElsewhere,
        _ => PlainHttp::StaysPlain,
    }
}

fn unanswered(error: &FetchError) -> PlainHttp {
    let FetchError::Connect(failures) = error else { return PlainHttp::Unknown };
    let all = |is: fn(&ConnectError) -> bool| failures.iter().all(|(_, problem)| is(problem));
    if all(|problem| matches!(problem, ConnectError::Refused)) {
        PlainHttp::Closed
    } else if all(|problem| matches!(problem, ConnectError::Refused | ConnectError::NoAnswer { .. })) {
        PlainHttp::Silent
    } else {
        PlainHttp::Unknown
    }
}
