//! What a URL answers when it is asked in different ways: again, in a frame, with a token that is none, in a way that careless programs stumble over.
//!
//! Everything asked here is what browsers and ordinary robots send. What is more than that waits for an authorisation.

use std::{collections::BTreeSet, net::IpAddr};

use futures_util::future::join_all;
use hyper::{Method, body::Bytes};
use url::Url;

use super::{
    WebVisit,
    client::{self, Answer, Ask},
    cookies, disclosure,
    header_facts::{Circumstances, header_facts},
    masking,
    pages::{PageRead, Reader},
    plain_http::plain_url,
    redirects,
    session::Session,
    stranger,
    time_left::TimeLeft,
};
use crate::{
    collect::Plan,
    evidence::{CallbackMethod, Cookie, EndpointKind, EnvironmentName, Question, Response, WebAnswer},
    manifest::Target,
    wording::visible,
};

/// A sign-in answer in which nothing is what it should be, so that no program can take it for one.
const INVALID_SIGN_IN: &str = "code=redflag-invalid&id_token=redflag.is.no-token&state=redflag-invalid";

const FORM: &str = "application/x-www-form-urlencoded";

/// A word in ISO 8859-1 instead of UTF-8, as old links have it. Careless decoders stumble over it, and it means nothing to anybody.
const OLD_ENCODING: &str = "name=caf%E9";

/// The port that people reach who leave out the scheme.
const HTTPS_PORT: u16 = 443;

/// Which kinds of endpoint are asked what, beside the visit, which all are.
///
/// Nobody frames a webhook, and no browser brings it a foreign origin. A token is only brought to where one is awaited.
const ASKED: [(Question, &[EndpointKind]); 8] = {
    use EndpointKind as Kind;
    const READ_BY_SCRIPTS: [Kind; 10] = [
        Kind::Redirect,
        Kind::Install,
        Kind::Configure,
        Kind::Uninstall,
        Kind::Error,
        Kind::PostLogout,
        Kind::Cors,
        Kind::WebPanel,
        Kind::Page,
        Kind::Api,
    ];
    // All but the last, for nobody looks at an API.
    const PAGES: &[Kind] = READ_BY_SCRIPTS.split_at(9).0;
    [
        (Question::VisitAgain, PAGES),
        (Question::PlainHttp, &Kind::ALL),
        (Question::Framed, &[Kind::WebPanel]),
        (Question::InvalidToken, &[Kind::Redirect]),
        (Question::NotFound, &Kind::ALL),
        (Question::BrokenRequest, &Kind::ALL),
        (Question::ForeignOrigin, &READ_BY_SCRIPTS),
        (Question::NullOrigin, &READ_BY_SCRIPTS),
    ]
};

/// An endpoint to be asked.
pub(in crate::collect) struct Subject<'a> {
    pub(in crate::collect) session: &'a Session<'a>,
    pub(in crate::collect) plan: &'a Plan,
    /// Who reads pages.
    pub(in crate::collect) reader: &'a Reader<'a>,
    pub(in crate::collect) target: &'a Target,
    /// The URL to ask: of a panel, its template with harmless values in it.
    pub(in crate::collect) url: &'a Url,
    /// The hosts that the manifest names and that may be asked, in lower case.
    pub(in crate::collect) named: &'a BTreeSet<String>,
    pub(in crate::collect) addresses: &'a [IpAddr],
}

/// What came of the questions.
pub(in crate::collect) struct Answers {
    /// In the order of [`Question`].
    pub(in crate::collect) list: Vec<WebAnswer>,
    /// What the answers set beside what the visit set.
    pub(in crate::collect) cookies: Vec<Cookie>,
    /// What it answers inside a frame, as it came; absent where that was not asked, or not answered.
    pub(super) framed: Option<Answer>,
    /// The second visit, without its cookies; absent where there was none.
    pub(in crate::collect) again: Option<WebVisit>,
}

/// One request beside the visits.
struct Request {
    question: Question,
    method: Method,
    url: Url,
    lines: Vec<(&'static str, String)>,
    body: Option<(&'static str, Bytes)>,
    /// The `Origin` that it names.
    origin: Option<&'static str>,
}

impl Subject<'_> {
    /// Asks everything that an endpoint of its kind is asked, all of it at once. A question that fails is an answer too.
    pub(in crate::collect) async fn ask_all(&self) -> Answers {
        let requests: Vec<Request> = ASKED
            .iter()
            .filter(|(_, kinds)| kinds.contains(&self.target.kind))
            .flat_map(|(question, _)| self.requests(*question))
            .collect();
        let is_visited_again = ASKED.iter().any(|(question, kinds)| *question == Question::VisitAgain && kinds.contains(&self.target.kind));
        let visit_again = async { if is_visited_again { Some(self.visit().await) } else { None } };
        let (again, answered) = tokio::join!(visit_again, join_all(requests.iter().map(|request| self.put(request))));
        let mut answers = Answers { list: Vec::new(), cookies: Vec::new(), framed: None, again: None };
        if let Some(mut web) = again {
            answers.list.push(self.last_answer(Question::VisitAgain, &web));
            answers.take_cookies(self.attributed(std::mem::take(&mut web.cookies), Question::VisitAgain));
            answers.again = Some(web);
        }
        for (answer, cookies, raw) in answered {
            let question = answer.question;
            answers.framed = answers.framed.or(raw.filter(|_| question == Question::Framed));
            answers.list.push(answer);
            answers.take_cookies(self.attributed(cookies, question));
        }
        answers
    }

    /// A visit as a browser makes it.
    pub(in crate::collect) async fn visit(&self) -> WebVisit {
        Box::pin(redirects::walk(self.session, self.named, self.url, self.addresses, self.plan.now)).await
    }

    /// The last answer of a visit.
    pub(in crate::collect) fn last_answer(&self, question: Question, web: &WebVisit) -> WebAnswer {
        let url = web.last.as_ref().map_or(self.url, |last| &last.url);
        let silent = WebAnswer { error: web.visit.error.clone(), ..silent(question, &Method::GET, url) };
        match (&web.last, web.responses.last()) {
            (Some(last), Some(response)) => {
                WebAnswer { response: Some(response.clone()), ..self.read(silent, &last.url, &last.answer, None) }
            }
            _ => silent,
        }
    }

    fn requests(&self, question: Question) -> Vec<Request> {
        let get = |url: Url| Request { question, method: Method::GET, url, lines: Vec::new(), body: None, origin: None };
        let here = || get(self.url.clone());
        let from = |origin: &'static str| Request { lines: vec![("Origin", origin.to_owned())], origin: Some(origin), ..here() };
        match question {
            Question::Visit | Question::VisitAgain | Question::Recorded => Vec::new(),
            Question::PlainHttp => plain_http(self.url).map(get).into_iter().collect(),
            Question::Framed => vec![Request { lines: framed(), ..here() }],
            Question::InvalidToken => vec![self.invalid_token(here())],
            Question::NotFound => beside(self.url).map(get).into_iter().collect(),
            Question::BrokenRequest => self.broken(here),
            Question::ForeignOrigin => vec![from(stranger::ORIGIN)],
            Question::NullOrigin => vec![from("null")],
        }
    }

    /// By the method that the callback is declared to take; a form where nothing is declared.
    fn invalid_token(&self, request: Request) -> Request {
        if self.target.method == Some(CallbackMethod::Get) {
            return Request { url: with_query(&request.url, INVALID_SIGN_IN), ..request };
        }
        Request { method: Method::POST, body: Some((FORM, Bytes::from_static(INVALID_SIGN_IN.as_bytes()))), ..request }
    }

    /// What an old link sends; and where somebody allowed more, JSON that ends too soon.
    fn broken(&self, request: impl Fn() -> Request) -> Vec<Request> {
        let old = Request { url: with_query(self.url, OLD_ENCODING), ..request() };
        let cut = || Request { method: Method::POST, body: Some(("application/json", Bytes::from_static(b"{\"redflag\":"))), ..request() };
        let is_allowed = self.plan.authorisation.as_ref().is_some_and(|permission| permission.holds_for(self.target.environment));
        std::iter::once(old).chain(is_allowed.then(cut)).collect()
    }

    async fn put(&self, request: &Request) -> (WebAnswer, Vec<Cookie>, Option<Answer>) {
        let silent = silent(request.question, &request.method, &request.url);
        match self.fetch(request).await {
            Ok(answer) => {
                let set_by = masking::url(request.url.as_str());
                let cookies = answer.head.values("Set-Cookie").filter_map(|line| cookies::parse(line, &set_by, self.plan.now)).collect();
                let location = redirects::leads_to(&request.url, &answer.head).map(|next| masking::url(next.as_str()));
                let response = Some(Response { location, ..answer.recorded(&set_by) });
                (WebAnswer { response, ..self.read(silent, &request.url, &answer, request.origin) }, cookies, Some(answer))
            }
            Err(error) => (WebAnswer { error: Some(visible(&error)), ..silent }, Vec::new(), None),
        }
    }

    async fn fetch(&self, request: &Request) -> Result<Answer, String> {
        let network = self.session.network();
        let ask = Ask { method: request.method.clone(), url: &request.url, lines: request.lines.clone(), body: request.body.clone() };
        let mut time = TimeLeft::for_timeout(network.timeout());
        let addresses = match (client::host(&request.url), request.url.port_or_known_default()) {
            // Another host has other addresses, and another port may be given others.
            (Some(host), Some(port))
                if (Some(&host), Some(port)) != (client::host(self.url).as_ref(), self.url.port_or_known_default()) =>
            {
                if !self.named.contains(&host) {
                    return Err("its host is not named in the manifest".to_owned());
                }
                network.resolve(&host, port).await.map_err(|error| error.to_string())?
            }
            _ => self.addresses.to_vec(),
        };
        Box::pin(self.session.ask(&ask, &addresses, &mut time)).await.map_err(|error| error.to_string())
    }

    /// What the lines and the body of an answer say.
    fn read(&self, silent: WebAnswer, url: &Url, answer: &Answer, origin: Option<&str>) -> WebAnswer {
        let page = self.page(url, answer);
        let circumstances = Circumstances {
            stated: page.as_ref().map(|read| read.policies.as_slice()).unwrap_or_default(),
            url,
            own_hosts: self.named,
            platform: &self.plan.platform,
            environments: &self.environments(),
            tls: answer.tls.as_ref(),
            origin,
        };
        WebAnswer {
            reached: true,
            headers: Some(header_facts(&answer.head, &circumstances)),
            page: page.map(|read| read.page),
            disclosure: disclosure::disclosure(answer.head.status, &answer.body.content),
            ..silent
        }
    }

    /// The page that an answer holds; absent when it holds none.
    pub(super) fn page(&self, url: &Url, answer: &Answer) -> Option<PageRead> {
        let content_type = answer.head.values("Content-Type").last().map(String::from_utf8_lossy);
        let is_cut = answer.body.truncated || answer.body.error.is_some();
        self.reader.read(&answer.body.content, content_type.as_deref(), url, is_cut)
    }

    /// What a URL of a named host answers to a GET with these lines.
    pub(super) async fn get(&self, url: &Url, lines: Vec<(&'static str, String)>) -> Result<Answer, String> {
        self.fetch(&Request { question: Question::Visit, method: Method::GET, url: url.clone(), lines, body: None, origin: None }).await
    }

    /// The platform's environments that the endpoint serves: its own one where it has one, else all that the app uses.
    fn environments(&self) -> Vec<EnvironmentName> {
        let of_app = || self.plan.environments.iter().map(|environment| environment.name).collect();
        self.target.environment.map_or_else(of_app, |own| vec![own])
    }

    fn attributed(&self, mut cookies: Vec<Cookie>, question: Question) -> Vec<Cookie> {
        cookies::attribute(&mut cookies, question, &self.plan.platform);
        cookies
    }
}

impl Answers {
    fn take_cookies(&mut self, cookies: Vec<Cookie>) {
        add_new(&mut self.cookies, cookies);
    }
}

/// Adds the cookies that are not there yet. The same cookie in every answer is one fact and not eight.
pub(in crate::collect) fn add_new(known: &mut Vec<Cookie>, cookies: Vec<Cookie>) {
    let key = |cookie: &Cookie| {
        let place = (cookie.name.clone(), cookie.domain.clone(), cookie.path.clone(), cookie.deletion);
        (place, cookie.secure, cookie.http_only, cookie.same_site, cookie.partitioned, cookie.rejected_because.clone())
    };
    for cookie in cookies {
        if !known.iter().any(|other| key(other) == key(&cookie)) {
            known.push(cookie);
        }
    }
}

/// An answer of which nothing has come yet.
fn silent(question: Question, method: &Method, url: &Url) -> WebAnswer {
    WebAnswer {
        question,
        method: method.to_string(),
        url: masking::url(url.as_str()),
        reached: false,
        error: None,
        response: None,
        headers: None,
        page: None,
        disclosure: None,
    }
}

/// The URL over plain http; absent where it is not https on its own port, because then nobody gets there by leaving out the scheme.
fn plain_http(url: &Url) -> Option<Url> {
    let is_usual = url.scheme() == "https" && url.port_or_known_default() == Some(HTTPS_PORT);
    plain_url(url).filter(|_| is_usual)
}

/// What browsers say of a page that they load into a frame of another site (Fetch Metadata Request Headers).
fn framed() -> Vec<(&'static str, String)> {
    let lines = [
        ("Sec-Fetch-Dest", "iframe"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Upgrade-Insecure-Requests", "1"),
    ];
    lines.map(|(name, value)| (name, value.to_owned())).to_vec()
}

/// A name in the same folder that cannot exist.
fn beside(url: &Url) -> Option<Url> {
    let folder = url.join(".").ok()?;
    folder.join(&stranger::name(folder.as_str())).ok()
}

/// The URL with more in its query.
fn with_query(url: &Url, more: &str) -> Url {
    let query = url.query().filter(|query| !query.is_empty()).map_or_else(|| more.to_owned(), |query| format!("{query}&{more}"));
    let mut url = url.clone();
    url.set_query(Some(&query));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn asked(kind: EndpointKind) -> Vec<&'static str> {
        ASKED.iter().filter(|(_, kinds)| kinds.contains(&kind)).map(|(question, _)| question.name()).collect()
    }

    #[test]
    fn every_kind_is_asked_what_fits_it() {
        assert_eq!(asked(EndpointKind::Webhook), ["plain-http", "not-found", "broken-request"]);
        assert!(asked(EndpointKind::WebPanel).contains(&"framed"));
        for kind in EndpointKind::ALL {
            assert_eq!(asked(kind).contains(&"invalid-token"), kind == EndpointKind::Redirect, "{kind:?}");
            assert_eq!(asked(kind).contains(&"framed"), kind == EndpointKind::WebPanel, "{kind:?}");
            assert!(!kind.is_called_by_programs() || !asked(kind).contains(&"visit-again"), "{kind:?}");
        }
    }

    #[test]
    fn questions_stand_in_the_order_in_which_their_answers_are_listed() {
        assert!(ASKED.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn plain_http_is_asked_only_where_people_get_to_it() {
        assert_eq!(plain_http(&url("https://a.example/cb?x=1")), Some(url("http://a.example/cb")));
        assert_eq!(plain_http(&url("https://a.example:8443/cb")), None);
        assert_eq!(plain_http(&url("http://a.example/cb")), None);
    }

    #[test]
    fn the_unknown_path_lies_in_the_same_folder_and_brings_no_query() {
        let beside = beside(&url("https://a.example/app/cb?code=1#x")).unwrap();
        assert!(beside.as_str().starts_with("https://a.example/app/redflag-no-such-page-"), "{beside}");
        assert_eq!((beside.query(), beside.fragment()), (None, None));
        assert_eq!(masking::url(beside.as_str()), beside.as_str(), "its name is shown");
    }

    #[test]
    fn a_query_is_added_to_and_not_replaced() {
        assert_eq!(with_query(&url("https://a.example/cb?x=1"), "y=2").as_str(), "https://a.example/cb?x=1&y=2");
        assert_eq!(with_query(&url("https://a.example/cb?"), "y=2").as_str(), "https://a.example/cb?y=2");
    }

    #[test]
    fn the_same_cookie_is_one_fact_and_another_flag_makes_another() {
        let cookie = |name: &str, secure| Cookie { name: name.into(), secure, ..Cookie::default() };
        let mut known = vec![cookie("a", true)];
        add_new(&mut known, vec![cookie("a", true), cookie("a", false), cookie("b", true), cookie("b", true)]);
        assert_eq!(known.len(), 3);
    }
}
