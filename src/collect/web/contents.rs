//! What a page brings along: its scripts, what it fetches from its own site, and the maps that lead from its scripts to their source.

use futures_util::future::join_all;
use url::Url;

use super::{
    client::Answer,
    cookies::jar::Jar,
    masking,
    pages::{Call, LeadsTo, PageRead, Sureness, leads_to, shown},
    questions::Subject,
    redirects, source_maps,
};
use crate::evidence::{CustomerData, ExposedFile, PageRequest, Reading};

/// How many scripts of a page are read. Pages with more of their own are seldom, and a page that was not read whole says so.
const SCRIPTS_READ: usize = 24;

/// How many addresses that a page fetches are asked for.
const CALLS_ASKED: usize = 16;

/// How many redirects of such an address are followed.
const REDIRECTS_FOLLOWED: usize = 3;

/// Fills a page with what it brings along. `jar` holds what the visit was given, as a browser would.
pub(super) async fn fill(subject: &Subject<'_>, page: &mut PageRead, jar: &Jar) -> Vec<ExposedFile> {
    take_scripts(subject, page, jar).await;
    let (requests, maps) = tokio::join!(requests(subject, page, jar), source_maps::ask(subject, &page.source_maps));
    page.page.requests = requests;
    page.is_filled = true;
    maps.into_iter()
        .map(|map| {
            map.sources.iter().for_each(|source| subject.reader.scan_source(page, &map.url, source));
            map.file
        })
        .collect()
}

/// What came of asking for a script.
enum Script {
    Text(String),
    /// The rest of it is not known.
    Cut(String, String),
    /// Strangers do not get it, and so it does nothing for them.
    NotServed,
    Unread(String),
}

async fn take_scripts(subject: &Subject<'_>, page: &mut PageRead, jar: &Jar) {
    let scripts: Vec<Url> = page.scripts.iter().take(SCRIPTS_READ).cloned().collect();
    if scripts.len() < page.scripts.len() {
        unread(page, format!("only {SCRIPTS_READ} of its {} scripts were read", page.scripts.len()));
    }
    let texts = join_all(scripts.iter().map(|url| script(subject, url, jar))).await;
    for (url, text) in scripts.iter().zip(texts) {
        let not_read = |problem: &str| format!("the script `{}` was not read: {problem}", shown(url));
        match text {
            Script::Text(text) => subject.reader.add_script(page, url, &text),
            Script::Cut(text, problem) => {
                subject.reader.add_script(page, url, &text);
                unread(page, not_read(&problem));
            }
            Script::NotServed => {}
            Script::Unread(problem) => unread(page, not_read(&problem)),
        }
    }
}

/// What stands in the part that was not read is unknown.
fn unread(page: &mut PageRead, reason: String) {
    page.page.complete = Reading::Unknown;
    page.page.reason.get_or_insert(reason);
}

async fn script(subject: &Subject<'_>, url: &Url, jar: &Jar) -> Script {
    let landed = match follow(subject, url, &[("Accept", "*/*"), ("Sec-Fetch-Dest", "script"), ("Sec-Fetch-Mode", "no-cors")], jar).await {
        Ok(landed) => landed,
        Err(error) => return Script::Unread(error),
    };
    let body = landed.answer.body;
    let text = || String::from_utf8_lossy(&body.content).into_owned();
    match (landed.answer.head.status, &body.error) {
        (200..=299, Some(error)) => Script::Cut(text(), error.clone()),
        (200..=299, None) if body.truncated => Script::Cut(text(), "it is too long".to_owned()),
        (200..=299, None) => Script::Text(text()),
        (408 | 425 | 429 | 500.., _) => Script::Unread(format!("the server answered {}", landed.answer.head.status)),
        _ => Script::NotServed,
    }
}

/// Where a request came to.
struct Landed {
    url: Url,
    answer: Answer,
    /// Where the answer leads that was not followed.
    leads: Option<Url>,
}

/// Asks as a browser does, and follows redirects as long as they stay on the origin and lead to no sign-in.
async fn follow(subject: &Subject<'_>, url: &Url, lines: &[(&'static str, &str)], jar: &Jar) -> Result<Landed, String> {
    let (mut url, mut followed) = (url.clone(), 0_usize);
    loop {
        let cookies = jar.line(&url).map(|line| ("Cookie", line));
        let lines = lines.iter().map(|(name, value)| (*name, (*value).to_owned())).chain(cookies);
        let answer = subject.get(&url, lines.collect()).await?;
        match redirects::leads_to(&url, &answer.head) {
            Some(next) if followed < REDIRECTS_FOLLOWED && stays(&url, &next, subject) => {
                (url, followed) = (next, followed.saturating_add(1));
            }
            leads => return Ok(Landed { url, answer, leads }),
        }
    }
}

fn stays(url: &Url, next: &Url, subject: &Subject<'_>) -> bool {
    next.origin() == url.origin() && leads_to(next, url, &subject.plan.platform).is_none()
}

/// Asks for everything that the page fetches, what is sure first.
async fn requests(subject: &Subject<'_>, page: &PageRead, jar: &Jar) -> Vec<PageRequest> {
    let mut calls: Vec<&Call> = page.calls.iter().collect();
    calls.sort_by_key(|call| call.sureness);
    let (asked, left) = calls.split_at(CALLS_ASKED.min(calls.len()));
    let answered = join_all(asked.iter().map(|call| request(subject, call, jar))).await;
    let too_many =
        || format!("it was not asked for: a page is asked for {CALLS_ASKED} of what it fetches, and this one fetches {}", calls.len());
    let left = left.iter().filter(|call| call.sureness == Sureness::Written).map(|call| unknown(call, None, too_many()));
    answered.into_iter().flatten().chain(left).collect()
}

/// Absent where an address that is only named gives away nothing: it may never be asked for like this.
async fn request(subject: &Subject<'_>, call: &Call, jar: &Jar) -> Option<PageRequest> {
    let by_script = [("Accept", "application/json, text/plain, */*"), ("X-Requested-With", "XMLHttpRequest"), ("Sec-Fetch-Dest", "empty")];
    let by_element = [("Accept", "text/html, */*"), ("HX-Request", "true"), ("Sec-Fetch-Dest", "empty")];
    let by_frame = [("Accept", "text/html,*/*;q=0.8"), ("Upgrade-Insecure-Requests", "1"), ("Sec-Fetch-Dest", "iframe")];
    let lines = match call.by {
        "script" => by_script,
        "element" => by_element,
        _ => by_frame,
    };
    let lines: Vec<(&'static str, &str)> = lines.into_iter().chain([("Sec-Fetch-Site", "same-origin")]).collect();
    let request = match follow(subject, &call.url, &lines, jar).await {
        Ok(landed) => judged(subject, call, &landed),
        Err(error) => unknown(call, None, format!("nobody answered: {error}")),
    };
    let says_nothing = call.sureness == Sureness::Named && !request.turned_away && request.shows_data != Reading::Observed(true);
    (!says_nothing).then_some(request)
}

fn known(call: &Call, status: u16, shows_data: bool, reason: String) -> PageRequest {
    PageRequest { shows_data: Reading::Observed(shows_data), ..unknown(call, Some(status), reason) }
}

fn unknown(call: &Call, status: Option<u16>, reason: String) -> PageRequest {
    PageRequest { url: masking::url(call.url.as_str()), by: call.by.to_owned(), status, reason, ..PageRequest::default() }
}

fn judged(subject: &Subject<'_>, call: &Call, landed: &Landed) -> PageRequest {
    let status = landed.answer.head.status;
    let read = subject.page(&landed.url, &landed.answer);
    let page = read.as_ref().map(|read| &read.page);
    if let Some(page) = page.filter(|page| shows_data(status, &page.data)) {
        let reason = format!("answers {status} and shows {}", listed(&page.data));
        return PageRequest { data: page.data.clone(), ..known(call, status, true, reason) };
    }
    if let Some(next) = &landed.leads {
        let reason = format!("redirects to `{}`", shown(next));
        let signs_in = leads_to(next, &landed.url, &subject.plan.platform)
            .is_some_and(|place| matches!(place, LeadsTo::Platform | LeadsTo::Broker(_) | LeadsTo::OwnRoute));
        return if signs_in { turned_away(call, status, reason) } else { unknown(call, Some(status), reason) };
    }
    match status {
        401 | 403 | 407 => turned_away(call, status, format!("answers {status}")),
        200..=299 => opened(call, landed, read.as_ref()),
        408 | 425 | 429 | 500.. => unknown(call, Some(status), format!("answers {status}")),
        _ if call.sureness == Sureness::Guessed => {
            unknown(call, Some(status), format!("answers {status}, with 0 for the part of the address that only the script knows"))
        }
        _ => known(call, status, false, format!("answers {status}")),
    }
}

fn turned_away(call: &Call, status: u16, reason: String) -> PageRequest {
    PageRequest { turned_away: true, ..known(call, status, false, reason) }
}

/// What an answer shows that lets strangers in.
fn opened(call: &Call, landed: &Landed, read: Option<&PageRead>) -> PageRequest {
    let status = landed.answer.head.status;
    let body = &landed.answer.body;
    let undecided = |reason: &str| unknown(call, Some(status), format!("answers {status} {reason}"));
    let Some(read) = read else {
        let content_type = landed.answer.head.values("Content-Type").last().map(String::from_utf8_lossy).unwrap_or_default();
        let is_part = ["image/", "font/", "audio/", "video/", "text/css", "text/javascript", "application/javascript"];
        let harmless = body.bytes == 0 || is_part.iter().any(|start| content_type.trim_start().starts_with(start));
        return if harmless {
            known(call, status, false, format!("answers {status} without data"))
        } else {
            undecided("with something that is no text")
        };
    };
    if read.page.complete == Reading::Unknown {
        undecided("with more than could be read")
    } else if !read.page.records.is_empty() {
        undecided(&format!("with what may be a customer's: {}", listed(&read.page.records)))
    } else if read.built_by_scripts && !read.page.leads_to_sign_in {
        undecided("with a page that scripts fill")
    } else if call.sureness == Sureness::Guessed {
        undecided("without data, with 0 for the part of the address that only the script knows")
    } else {
        known(call, status, false, format!("answers {status} without data"))
    }
}

/// Whether data in an answer counts: a program's failure and a closed door may quote an address; only records do not stand there by chance.
pub(super) fn shows_data(status: u16, data: &[CustomerData]) -> bool {
    !data.is_empty() && (status < 400 || data.iter().any(|data| data.kind.contains("records") || data.kind.contains("cards")))
}

/// What there is, for a sentence.
pub(super) fn listed(data: &[CustomerData]) -> String {
    data.iter().map(|data| format!("{} ({})", data.kind, data.count)).collect::<Vec<_>>().join(", ")
}
