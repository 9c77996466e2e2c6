//! Everything that the web shows of one endpoint, asked side by side.

use super::{
    Http3, WebVisit, cookies,
    exposed_files::exposed_files,
    open_redirect::open_redirect,
    questions::{Subject, add_new},
};
use crate::{
    evidence::{Cookie, ExposedFile, OpenRedirect, Question, Response, Visit, WebAnswer},
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
    answers.answers.insert(0, subject.last_answer(Question::Visit, &web));
    cookies::attribute(&mut web.cookies, Question::Visit, &subject.plan.platform);
    add_new(&mut web.cookies, answers.cookies);
    let exposed_files_reason = files.as_ref().err().cloned();
    Look { answers: answers.answers, exposed_files: files.unwrap_or_default(), exposed_files_reason, open_redirect, ..Look::of(web) }
}
