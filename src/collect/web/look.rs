//! Everything that the web shows of one endpoint, asked side by side.

use url::Url;

use super::{
    Http3, WebVisit,
    client::Answer,
    contents::{self, fill},
    cookies::{self, jar::Jar},
    exposed_files::exposed_files,
    open_redirect::open_redirect,
    pages::{PageRead, shown},
    questions::{Answers, Subject, add_new},
    redirects::leads_to,
    sign_in::{self, Hop, Registration, Walk},
};
use crate::{
    evidence::{Cookie, EndpointKind, ExposedFile, OpenRedirect, Question, Response, SignIn, Visit, WebAnswer},
    manifest::Target,
};

/// What there was to see.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::collect) struct Look {
    /// How the visit went.
    pub visit: Visit,
    /// Every response of the visit, first hop first.
    pub responses: Vec<Response>,
    /// Every cookie that any answer set, those of the visit first.
    pub cookies: Vec<Cookie>,
    /// What the URL's own server says of HTTP/3.
    pub http3: Http3,
    /// What it answered to each question.
    pub answers: Vec<WebAnswer>,
    /// Files of its host that must not be public.
    pub exposed_files: Vec<ExposedFile>,
    /// Why those are not known.
    pub exposed_files_reason: Option<String>,
    /// Whether its redirect parameter leads anywhere; absent where it has none.
    pub open_redirect: Option<OpenRedirect>,
    /// How it treats somebody who is not signed in; absent where nobody signs in.
    pub sign_in: Option<SignIn>,
}

impl Look {
    /// A look that came to nothing.
    pub(in crate::collect) fn unreached(target: &Target, error: String) -> Self {
        let unasked = |parameter: &String| OpenRedirect { parameter: parameter.clone(), reason: error.clone(), ..OpenRedirect::default() };
        Self {
            open_redirect: target.redirect_parameter.as_ref().map(unasked),
            exposed_files_reason: Some(error.clone()),
            ..Self::of(WebVisit::unreached(error))
        }
    }

    fn of(web: WebVisit) -> Self {
        let WebVisit { visit, responses, cookies, http3, .. } = web;
        Self {
            visit,
            responses,
            cookies,
            http3,
            answers: Vec::new(),
            exposed_files: Vec::new(),
            exposed_files_reason: None,
            open_redirect: None,
            sign_in: None,
        }
    }
}

/// Visits an endpoint and asks it everything that endpoints of its kind are asked. Its host is asked for files too where `with_files` says so: once
/// for all of its endpoints.
pub(in crate::collect) async fn look(subject: &Subject<'_>, with_files: bool) -> Look {
    let files = async { if with_files { exposed_files(subject.session, subject.url, subject.addresses).await } else { Ok(Vec::new()) } };
    let redirect = async {
        let parameter = subject.target.redirect_parameter.as_deref()?;
        Some(open_redirect(subject.session, subject.url, parameter, subject.addresses).await)
    };
    let (mut web, mut answers, files, open_redirect) =
        tokio::join!(subject.visit(), Box::pin(subject.ask_all()), Box::pin(files), Box::pin(redirect));
    let jar = jar(subject, &web);
    let (page, framed) = tokio::join!(Box::pin(page(subject, &web, &jar)), Box::pin(framed(subject, &web, &answers, &jar)));
    let (page, maps) = page.unzip();
    let (framed, maps_framed) = framed.unzip();
    let visit = subject.last_answer(Question::Visit, &web);
    answers.list.insert(0, WebAnswer { page: page.as_ref().map(|read| read.page.clone()), ..visit });
    if let (Some(framed), Some(answer)) = (&framed, answers.list.iter_mut().find(|answer| answer.question == Question::Framed)) {
        answer.page = Some(framed.page.clone());
    }
    let strangers =
        Strangers { web: &web, page: page.as_ref(), again: answers.again.as_ref(), framed: framed.as_ref().zip(answers.framed.as_ref()) };
    let sign_in = signs_in(subject.target.kind).then(|| sign_in(subject, &strangers));
    cookies::attribute(&mut web.cookies, Question::Visit, &subject.plan.platform);
    add_new(&mut web.cookies, answers.cookies);
    let exposed_files_reason = files.as_ref().err().cloned();
    let mut exposed_files = files.unwrap_or_default();
    exposed_files.extend(maps.into_iter().chain(maps_framed).flatten());
    Look { answers: answers.list, exposed_files, exposed_files_reason, open_redirect, sign_in, ..Look::of(web) }
}

/// What a browser holds at the end of a visit.
fn jar(subject: &Subject<'_>, web: &WebVisit) -> Jar {
    let mut jar = Jar::default();
    for answer in web.passed.iter().chain(&web.last) {
        for line in answer.answer.head.values("Set-Cookie") {
            jar.take(line, &answer.url, subject.plan.now);
        }
    }
    jar
}

/// A page with what it brings along, and the maps to its source.
type Whole = (PageRead, Vec<ExposedFile>);

/// The page at the end of a visit; absent when it holds none.
async fn page(subject: &Subject<'_>, web: &WebVisit, jar: &Jar) -> Option<Whole> {
    let last = web.last.as_ref()?;
    let mut page = subject.page(&last.url, &last.answer)?;
    let maps = fill(subject, &mut page, jar).await;
    Some((page, maps))
}

/// The page that only a frame is shown; absent where frames are shown the same as everyone.
async fn framed(subject: &Subject<'_>, web: &WebVisit, answers: &Answers, jar: &Jar) -> Option<Whole> {
    let answer = answers.framed.as_ref()?;
    let first = web.passed.first().or(web.last.as_ref());
    if first.is_some_and(|first| first.answer.head.status == answer.head.status && first.answer.body.content == answer.body.content) {
        return None;
    }
    let mut page = subject.page(subject.url, answer)?;
    let maps = if (200..300).contains(&answer.head.status) { fill(subject, &mut page, jar).await } else { Vec::new() };
    Some((page, maps))
}

/// Whether anybody could sign in at an endpoint, or be turned away from it.
fn signs_in(kind: EndpointKind) -> bool {
    !kind.is_called_by_programs() || kind == EndpointKind::Api
}

/// What strangers are shown.
struct Strangers<'a> {
    web: &'a WebVisit,
    page: Option<&'a PageRead>,
    again: Option<&'a WebVisit>,
    /// What only a frame is shown.
    framed: Option<(&'a PageRead, &'a Answer)>,
}

fn sign_in(subject: &Subject<'_>, strangers: &Strangers<'_>) -> SignIn {
    let plan = subject.plan;
    let callbacks = plan.targets.iter().filter(|target| target.kind == EndpointKind::Redirect);
    let redirect_urls: Vec<Url> = callbacks.map(|target| target.url.clone()).collect();
    let registration = Registration {
        platform: &plan.platform,
        environments: &plan.environments,
        redirect_urls: &redirect_urls,
        // Elsewhere a table of amounts may well be for everyone.
        holds_records: matches!(subject.target.kind, EndpointKind::WebPanel | EndpointKind::Api) && !subject.target.public,
    };
    let Strangers { web, again, .. } = strangers;
    let page_again = again.and_then(|web| web.last.as_ref()).and_then(|last| subject.page(&last.url, &last.answer));
    let (hops, hops_again) = (hops(web), again.map(hops));
    let passed = passed(subject, web);
    let walk = |hops, web: &'_ WebVisit, page, passed| Walk { hops, error: early_end(web), page, passed };
    let first = walk(&hops[..], web, strangers.page, passed);
    let second = again.zip(hops_again.as_deref()).map(|(web, hops)| walk(hops, web, page_again.as_ref(), None));
    let found = sign_in::sign_in(&first, second.as_ref(), &registration);
    let Some((page, answer)) = strangers.framed else { return found };
    let hops = [Hop { url: subject.url.clone(), status: answer.head.status, location: leads_to(subject.url, &answer.head) }];
    let framed = Walk { hops: &hops, error: None, page: Some(page), passed: None };
    sign_in::worse(found, &sign_in::sign_in(&framed, None, &registration), answer.head.status)
}

/// What a redirect on the way holds of a customer: browsers do not show it, but it was sent.
fn passed(subject: &Subject<'_>, web: &WebVisit) -> Option<String> {
    web.passed.iter().find_map(|passed| {
        let read = subject.page(&passed.url, &passed.answer).filter(|read| !read.page.data.is_empty())?;
        let listed = contents::listed(&read.page.data);
        Some(format!("the redirect from `{}` ({}) holds {listed}", shown(&passed.url), passed.answer.head.status))
    })
}

/// Why a walk ended before its last response, or with a redirect.
fn early_end(web: &WebVisit) -> Option<String> {
    web.visit.error.clone().or_else(|| web.visit.not_followed.as_ref().map(|fact| fact.reason.clone()))
}

/// The stops of a walk. Only the last one is looked at closely, and only that one is whole: of the others, secrets are masked.
fn hops(web: &WebVisit) -> Vec<Hop> {
    let Some(last) = &web.last else { return Vec::new() };
    let before = web.responses.split_last().map_or(&[][..], |(_, before)| before);
    let masked = before.iter().filter_map(|response| {
        let location = response.location.as_deref().and_then(|location| location.parse().ok());
        Some(Hop { url: response.url.parse().ok()?, status: response.status, location })
    });
    let whole = Hop { url: last.url.clone(), status: last.answer.head.status, location: last.leads_to.clone() };
    masked.chain([whole]).collect()
}
