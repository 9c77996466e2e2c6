//! Everything that the web shows of one endpoint, asked side by side.

use futures_util::future::join_all;
use url::Url;

use super::{
    Http3, WebVisit, cookies,
    exposed_files::exposed_files,
    masking,
    open_redirect::open_redirect,
    pages::PageRead,
    questions::{Subject, add_new},
    sign_in::{self, Hop, Registration, Walk},
};
use crate::{
    evidence::{Cookie, EndpointKind, ExposedFile, OpenRedirect, Question, Reading, Response, SignIn, Visit, WebAnswer},
    manifest::Target,
};

/// How many scripts of a page are read. Pages with more of their own are seldom, and a page that was not read whole says so.
const SCRIPTS_READ: usize = 12;

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
    let page = page(subject, &web).await;
    let visit = subject.last_answer(Question::Visit, &web);
    answers.list.insert(0, WebAnswer { page: page.as_ref().map(|read| read.page.clone()), ..visit });
    let sign_in = signs_in(subject.target.kind).then(|| sign_in(subject, (&web, page.as_ref()), answers.again.as_ref()));
    cookies::attribute(&mut web.cookies, Question::Visit, &subject.plan.platform);
    add_new(&mut web.cookies, answers.cookies);
    let exposed_files_reason = files.as_ref().err().cloned();
    Look { answers: answers.list, exposed_files: files.unwrap_or_default(), exposed_files_reason, open_redirect, sign_in, ..Look::of(web) }
}

/// The page at the end of a visit with the scripts of its site; absent when it holds none.
async fn page(subject: &Subject<'_>, web: &WebVisit) -> Option<PageRead> {
    let last = web.last.as_ref()?;
    let mut page = subject.page(&last.url, &last.answer)?;
    let scripts: Vec<Url> = page.scripts.iter().take(SCRIPTS_READ).cloned().collect();
    let texts = join_all(scripts.iter().map(|url| subject.script(url))).await;
    if scripts.len() < page.scripts.len() {
        let reason = format!("only {SCRIPTS_READ} of its {} scripts were read", page.scripts.len());
        unread(&mut page, reason);
    }
    for (url, text) in scripts.iter().zip(texts) {
        match text {
            Ok(text) => subject.reader.add_script(&mut page, url, &text),
            Err(problem) => unread(&mut page, format!("the script `{}` was not read: {problem}", masking::url(url.as_str()))),
        }
    }
    Some(page)
}

/// What stands in the part that was not read is unknown.
fn unread(page: &mut PageRead, reason: String) {
    page.page.complete = Reading::Unknown;
    page.page.reason.get_or_insert(reason);
}

/// Whether anybody could sign in at an endpoint, or be turned away from it.
fn signs_in(kind: EndpointKind) -> bool {
    !kind.is_called_by_programs() || kind == EndpointKind::Api
}

fn sign_in(subject: &Subject<'_>, (web, page): (&WebVisit, Option<&PageRead>), again: Option<&WebVisit>) -> SignIn {
    let plan = subject.plan;
    let callbacks = plan.targets.iter().filter(|target| target.kind == EndpointKind::Redirect);
    let redirect_urls: Vec<Url> = callbacks.map(|target| target.url.clone()).collect();
    let registration = Registration { platform: &plan.platform, environments: &plan.environments, redirect_urls: &redirect_urls };
    let page_again = again.and_then(|web| web.last.as_ref()).and_then(|last| subject.page(&last.url, &last.answer));
    let (hops, hops_again) = (hops(web), again.map(hops));
    let first = Walk { hops: &hops, error: early_end(web), page };
    let second = again.zip(hops_again.as_deref()).map(|(web, hops)| Walk { hops, error: early_end(web), page: page_again.as_ref() });
    sign_in::sign_in(&first, second.as_ref(), &registration)
}

/// Why a walk ended before its last response, or with a redirect.
fn early_end(web: &WebVisit) -> Option<&str> {
    web.visit.error.as_deref().or_else(|| web.visit.not_followed.as_ref().map(|fact| fact.reason.as_str()))
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
