//! A browser in miniature for forged requests: it keeps cookies, follows nothing by itself, and has only so much time.

use hyper::{Method, body::Bytes};
use url::Url;

use crate::collect::web::{
    client::{self, Answer, Ask},
    cookies::jar::Jar,
    questions::Subject,
    time_left::TimeLeft,
};
use crate::wording::visible;

/// The media type of forms.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// The media type of JSON.
pub(super) const JSON: &str = "application/json";

/// One answer, and what it did to the cookies.
// No `Debug`: a session stands in it.
pub(super) struct Seen {
    pub(super) status: u16,
    /// Where it sends the browser; absent when it is no redirect.
    pub(super) location: Option<Url>,
    pub(super) body: Vec<u8>,
    /// Whether it set a cookie that lives on.
    pub(super) sets_cookie: bool,
}

/// The browser; one for each endpoint, with a fresh jar for each attempt.
pub(super) struct Browser<'a> {
    subject: &'a Subject<'a>,
    time: TimeLeft,
}

impl<'a> Browser<'a> {
    pub(super) fn new(subject: &'a Subject<'a>) -> Self {
        Self { subject, time: TimeLeft::for_timeout(subject.plan.network.timeout()) }
    }

    /// Visits a page.
    pub(super) async fn get(&mut self, url: &Url, jar: &mut Jar) -> Result<Seen, String> {
        self.send(Ask::get(url), jar).await
    }

    /// Posts a body, with lines beside the usual ones.
    pub(super) async fn post(
        &mut self,
        url: &Url,
        lines: Vec<(&str, String)>,
        body: (&'static str, String),
        jar: &mut Jar,
    ) -> Result<Seen, String> {
        let (kind, content) = body;
        self.send(Ask { method: Method::POST, url, lines, body: Some((kind, Bytes::from(content))) }, jar).await
    }

    /// Sends a request to a host that the manifest names; no other is ever asked.
    async fn send(&mut self, mut ask: Ask<'_>, jar: &mut Jar) -> Result<Seen, String> {
        let url = ask.url.clone();
        let host = client::host(&url).filter(|host| self.subject.named.contains(host)).ok_or("its host is not named in the manifest")?;
        let port = url.port_or_known_default().ok_or("not a URL to visit")?;
        ask.lines.extend(jar.line(&url).map(|line| ("Cookie", line)));
        let network = &self.subject.plan.network;
        let resolved = self.time.spend(network.resolve(&host, port)).await.map_err(|error| error.to_string())?;
        let addresses = resolved.map_err(|error| visible(&error.to_string()))?;
        let answer = self.subject.session.ask(&ask, &addresses, &mut self.time).await.map_err(|error| visible(&error.to_string()))?;
        Ok(self.seen(&url, answer, jar))
    }

    fn seen(&self, url: &Url, answer: Answer, jar: &mut Jar) -> Seen {
        let now = self.subject.plan.now;
        let kept: Vec<bool> = answer.head.values("Set-Cookie").map(|line| jar.take(line, url, now)).collect();
        let is_redirect = matches!(answer.head.status, 301 | 302 | 303 | 307 | 308);
        let location = answer.head.values("Location").find(|value| is_redirect && !value.is_empty());
        Seen {
            status: answer.head.status,
            location: location.and_then(|location| url.join(&String::from_utf8_lossy(location)).ok()),
            sets_cookie: kept.contains(&true),
            body: answer.body.content,
        }
    }
}
