//! What a recording says of the endpoints.

use std::collections::BTreeSet;

use time::OffsetDateTime;
use url::Url;

use super::{Content, Recording, har::Entry, jar::Kept};
use crate::{
    collect::{
        Plan,
        web::{
            cookies,
            header_facts::{Circumstances, header_facts},
            headers::Head,
            masking,
        },
    },
    evidence::{
        self, Cookie, Endpoint, EnvironmentName, HeaderFacts, HopTls, Platform, Question, Reading, RecordingFormat, Response, WebAnswer,
    },
};

/// The most recorded answers that are kept of one endpoint.
const ANSWERS_LIMIT: usize = 10;

/// The most cookies of one recording that are looked at: a long session sets some hundreds.
const COOKIES_LIMIT: u64 = 20_000;

/// What browsers do unless they are told otherwise.
const WITHOUT_COOKIES: &str = "the recording holds no Set-Cookie lines; export it with sensitive data";

/// Adds to each endpoint what the recordings of the plan show of its host; the rest of them is counted.
pub(in crate::collect) fn judge(plan: &Plan, endpoints: &mut [Endpoint]) -> Vec<evidence::Recording> {
    let surroundings = Surroundings {
        platform: &plan.platform,
        environments: plan.environments.iter().map(|environment| environment.name).collect(),
        own_hosts: endpoints.iter().map(|endpoint| endpoint.host.clone()).collect(),
        now: plan.now,
    };
    judge_in(&surroundings, &plan.recordings, endpoints)
}

/// What recordings are read against.
struct Surroundings<'a> {
    platform: &'a Platform,
    environments: Vec<EnvironmentName>,
    own_hosts: BTreeSet<String>,
    now: OffsetDateTime,
}

fn judge_in(surroundings: &Surroundings<'_>, recordings: &[Recording], endpoints: &mut [Endpoint]) -> Vec<evidence::Recording> {
    let mut seen = BTreeSet::new();
    let mut judge = |recording: &Recording| {
        Judge { endpoints: &mut *endpoints, surroundings, told: told(recording), seen: &mut seen }.judge(&recording.content)
    };
    recordings.iter().map(&mut judge).collect()
}

fn told(recording: &Recording) -> evidence::Recording {
    let Recording { file, format, unread, .. } = recording;
    evidence::Recording { file: file.clone(), format: *format, judged: 0, ignored: 0, unread: *unread, cookies: 0, reason: None }
}

struct Judge<'a> {
    endpoints: &'a mut [Endpoint],
    surroundings: &'a Surroundings<'a>,
    told: evidence::Recording,
    /// Every cookie of an endpoint so far, by what matters of it.
    seen: &'a mut BTreeSet<(String, String)>,
}

impl Judge<'_> {
    fn judge(mut self, content: &Content) -> evidence::Recording {
        match content {
            Content::Answers(entries) => entries.iter().for_each(|entry| self.answer(entry)),
            Content::Cookies(kept) => kept.iter().for_each(|cookie| self.kept(cookie)),
        }
        let is_stripped = self.told.format == RecordingFormat::Har && self.told.cookies == 0 && self.told.judged > 0;
        self.told.reason = is_stripped.then(|| WITHOUT_COOKIES.to_owned());
        self.told
    }

    fn answer(&mut self, entry: &Entry) {
        let Some(position) = nearest(self.endpoints, &entry.url) else {
            self.told.ignored = self.told.ignored.saturating_add(1);
            return;
        };
        self.told.judged = self.told.judged.saturating_add(1);
        let set_by = masking::url(entry.url.as_str());
        let now = self.surroundings.now;
        let lines = || entry.values("Set-Cookie").filter_map(|line| cookies::parse(line.as_bytes(), &set_by, now));
        let is_stripped = entry.values("Set-Cookie").next().is_none();
        self.add(position, lines());
        if is_stripped {
            self.add(position, entry.cookies.iter().filter_map(|cookie| cookie.judged(&set_by, now)));
        }
        let Some(endpoint) = self.endpoints.get_mut(position) else { return };
        let recorded = endpoint.answers.iter().filter(|answer| answer.question == Question::Recorded).count();
        if recorded < ANSWERS_LIMIT && is_page(entry, endpoint) {
            let headers = self.surroundings.header_facts(entry, endpoint);
            endpoint.answers.push(web_answer(entry, set_by.clone(), headers));
        }
    }

    fn kept(&mut self, kept: &Kept) {
        let covers = |endpoint: &Endpoint| {
            let host = endpoint.host.as_str();
            host == kept.domain || (!kept.host_only && cookies::covers(&kept.domain, host))
        };
        let Some((position, endpoint)) = self.endpoints.iter().enumerate().find(|(_, endpoint)| covers(endpoint)) else {
            self.told.ignored = self.told.ignored.saturating_add(1);
            return;
        };
        self.told.judged = self.told.judged.saturating_add(1);
        let set_by = format!("{}/", origin(endpoint));
        self.add(position, kept.judged(&set_by, self.surroundings.now).into_iter());
    }

    /// Every cookie once, however often a session sets it anew in the same way.
    fn add(&mut self, position: usize, found: impl Iterator<Item = Cookie>) {
        let Some(endpoint) = self.endpoints.get_mut(position) else { return };
        for cookie in found {
            if self.told.cookies >= COOKIES_LIMIT {
                self.told.unread = self.told.unread.saturating_add(1);
                return;
            }
            self.told.cookies = self.told.cookies.saturating_add(1);
            let mut found = [cookie];
            cookies::attribute(&mut found, Question::Recorded, self.surroundings.platform);
            let [cookie] = found;
            if self.seen.insert((endpoint.url.clone(), essence(&cookie))) {
                endpoint.cookies.push(cookie);
            }
        }
    }
}

impl Surroundings<'_> {
    /// What the header lines tell a browser; absent where no HTTP could have carried them.
    fn header_facts(&self, entry: &Entry, endpoint: &Endpoint) -> Option<HeaderFacts> {
        let status = (":status".to_owned(), entry.status.to_string());
        let fields =
            std::iter::once(&status).chain(&entry.lines).map(|(name, value)| (name.clone().into_bytes(), value.clone().into_bytes()));
        let head = Head::of_fields(fields.collect()).ok()?;
        let environments = endpoint.environment.map_or_else(|| self.environments.clone(), |own| vec![own]);
        let tls = satisfying(&entry.url);
        let circumstances = Circumstances {
            url: &entry.url,
            own_hosts: &self.own_hosts,
            platform: self.platform,
            environments: &environments,
            tls: tls.as_ref(),
            origin: None,
            stated: &[],
        };
        Some(header_facts(&head, &circumstances))
    }
}

/// The TLS of a browser's own session: it was satisfied with the certificate. What else it was is not recorded. Absent over plain http.
fn satisfying(url: &Url) -> Option<HopTls> {
    let tls = HopTls { version: String::new(), cipher_suite: String::new(), trusted: Reading::Observed(true), reason: None };
    (url.scheme() == "https").then_some(tls)
}

/// The endpoint that an answer is about: of those on its host and port the one with the same path, or else the first.
fn nearest(endpoints: &[Endpoint], url: &Url) -> Option<usize> {
    let host = url.host_str()?.trim_matches(['[', ']']).trim_end_matches('.');
    let port = url.port_or_known_default()?;
    let is_there = |endpoint: &Endpoint| endpoint.host == host && endpoint.port == port && endpoint.scheme == url.scheme();
    let has_path = |endpoint: &Endpoint| Url::parse(&endpoint.url).is_ok_and(|own| own.path() == url.path());
    let there = |fits: &dyn Fn(&Endpoint) -> bool| endpoints.iter().position(fits);
    there(&|endpoint| is_there(endpoint) && has_path(endpoint))
        .or_else(|| there(&is_there))
        .or_else(|| there(&|endpoint| endpoint.host == host))
}

/// Whether an answer is something that people see, or the endpoint's own: scripts and pictures say nothing of it.
fn is_page(entry: &Entry, endpoint: &Endpoint) -> bool {
    entry.media_type == "text/html" || Url::parse(&endpoint.url).is_ok_and(|own| own.path() == entry.url.path())
}

/// What matters of a cookie: not the length of its value, or the moment it was set.
fn essence(cookie: &Cookie) -> String {
    let lifetime = cookie.lifetime.map(|_| 0);
    let plain = Cookie { value_bytes: 0, line: String::new(), set_by: String::new(), lifetime, ..cookie.clone() };
    format!("{plain:?}")
}

fn origin(endpoint: &Endpoint) -> String {
    Url::parse(&endpoint.url).map_or_else(|_| endpoint.url.clone(), |url| url.origin().ascii_serialization())
}

fn web_answer(entry: &Entry, url: String, headers: Option<HeaderFacts>) -> WebAnswer {
    let location = entry.values("Location").next().filter(|_| (300..400).contains(&entry.status)).map(masking::url);
    let lines = entry.lines.iter().map(|(name, value)| (masking::text(name), masking::header(name, value.as_bytes()))).collect();
    let response = Response {
        url: url.clone(),
        ip: masking::text(&entry.ip),
        status: entry.status,
        location,
        headers: lines,
        body_sha256: None,
        body_bytes: entry.body_bytes,
        body_truncated: false,
        body_error: None,
        http_version: entry.http_version.clone(),
        tls: None,
        transport_security: headers.as_ref().and_then(|headers| headers.transport_security.clone()),
    };
    WebAnswer {
        question: Question::Recorded,
        method: masking::text(&entry.method),
        url,
        reached: true,
        error: None,
        response: Some(response),
        headers,
        page: None,
        disclosure: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::evidence::{CookieValue, SameSite};

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-21 12:00 UTC);

    fn endpoints() -> Vec<Endpoint> {
        ["https://app.example.com/callback", "https://app.example.com/panel"]
            .map(|url| Endpoint {
                url: url.into(),
                scheme: "https".into(),
                host: "app.example.com".into(),
                port: 443,
                ..Endpoint::default()
            })
            .into()
    }

    fn judged(text: &str) -> (Vec<Endpoint>, evidence::Recording) {
        let mut endpoints = endpoints();
        let recording = Recording::read("session", text.as_bytes()).unwrap();
        let platform = Platform::default();
        let surroundings = Surroundings { platform: &platform, environments: Vec::new(), own_hosts: BTreeSet::new(), now: NOW };
        let mut told = judge_in(&surroundings, &[recording], &mut endpoints);
        (endpoints, told.remove(0))
    }

    fn har(entries: &[Value]) -> String {
        json!({ "log": { "version": "1.2", "entries": entries } }).to_string()
    }

    fn entry(url: &str, headers: &Value, cookies: &Value) -> Value {
        let response = json!({ "status": 200, "httpVersion": "h2", "headers": headers, "cookies": cookies, "content": { "size": 5, "mimeType": "text/html; charset=utf-8", "text": "aGVsbG8=", "encoding": "base64" } });
        json!({ "serverIPAddress": "[::1]", "request": { "method": "GET", "url": url }, "response": response })
    }

    #[test]
    fn set_cookie_lines_and_headers_of_named_hosts_are_judged_and_others_counted() {
        let headers = json!([
            { "name": "set-cookie", "value": "sid=S3cretS3cretS3cret; Path=/; Secure\nlang=en; HttpOnly" },
            { "name": "Location", "value": "/next?code=S3cretS3cretS3cret" },
            { "name": ":status", "value": "200" },
            { "name": "X-Content-Type-Options", "value": "nosniff" },
        ]);
        let text = har(&[
            entry("https://app.example.com/panel?token=S3cretS3cretS3cret", &headers, &json!([])),
            entry("https://elsewhere.example.com/", &headers, &json!([])),
            json!({ "request": 5 }),
            json!("nothing"),
        ]);
        let (endpoints, told) = judged(&text);
        assert_eq!((told.judged, told.ignored, told.unread, told.cookies, told.reason.as_deref()), (1, 1, 2, 2, None));
        assert!(endpoints[0].cookies.is_empty() && endpoints[0].answers.is_empty());
        let cookies = &endpoints[1].cookies;
        assert_eq!(
            cookies.iter().map(|cookie| (cookie.name.as_str(), cookie.secure, cookie.http_only)).collect::<Vec<_>>(),
            [("sid", true, false), ("lang", false, true)]
        );
        assert!(cookies.iter().all(|cookie| cookie.question == Some(Question::Recorded) && cookie.untold.is_empty()));
        let response = endpoints[1].answers[0].response.as_ref().unwrap();
        assert_eq!((response.status, response.http_version.as_str(), response.ip.as_str()), (200, "HTTP/2", "::1"));
        assert_eq!(response.headers.len(), 4);
        assert!(endpoints[1].answers[0].headers.as_ref().unwrap().nosniff);
        assert!(!format!("{endpoints:?}{told:?}").contains("S3cret"));
    }

    #[test]
    fn a_recording_from_which_the_cookies_were_stripped_says_so() {
        let (endpoints, told) =
            judged(&har(&[entry("https://app.example.com/", &json!([{ "name": "server", "value": "x" }]), &json!([]))]));
        assert!(endpoints[0].cookies.is_empty());
        assert_eq!(told.reason.as_deref(), Some(WITHOUT_COOKIES));
    }

    #[test]
    fn cookies_that_an_exporter_took_apart_are_judged_where_their_lines_are_missing() {
        let cookies = json!([{ "name": "sid", "value": "abc", "path": "/", "httpOnly": true, "secure": true, "sameSite": "None" }, { "name": "old", "value": "1" }]);
        let (endpoints, told) = judged(&har(&[entry("https://app.example.com/", &json!([]), &cookies)]));
        let [sid, old] = endpoints[0].cookies.as_slice() else { panic!("{endpoints:?}") };
        assert!(sid.http_only && sid.secure && sid.same_site == Some(SameSite::None) && sid.domain.is_none() && sid.line.is_empty());
        assert_eq!(sid.untold, ["partitioned"]);
        assert_eq!(old.untold, ["secure", "http_only", "same_site", "partitioned"]);
        assert_eq!(told.cookies, 2);
    }

    #[test]
    fn a_cookie_that_is_set_in_every_answer_is_told_once() {
        let set = |value: &str| entry("https://app.example.com/", &json!([{ "name": "Set-Cookie", "value": value }]), &json!([]));
        let (endpoints, told) = judged(&har(&[set("a=1; Max-Age=60"), set("a=22; Max-Age=59"), set("a=1"), set("a=1; Secure")]));
        assert_eq!((endpoints[0].cookies.len(), told.cookies), (3, 4));
    }

    #[test]
    fn a_jar_of_curl_is_judged_without_guessing_what_it_does_not_tell() {
        let jar = format!(
            "# Netscape HTTP Cookie File\n\
            #HttpOnly_app.example.com\tFALSE\t/\tTRUE\t{}\tsid\tS3cretS3cretS3cret\n\
            .example.com\tTRUE\t/in\tFALSE\t0\twide\t7T:MQAxADEANQA5ADkAMQA=\n\
            other.example.com\tFALSE\t/\tFALSE\t0\tx\ty\n\
            broken line\n",
            NOW.unix_timestamp() + 3600
        );
        let (endpoints, told) = judged(&jar);
        assert_eq!((told.format, told.judged, told.ignored, told.unread), (RecordingFormat::NetscapeCookies, 2, 1, 1));
        let [sid, wide] = endpoints[0].cookies.as_slice() else { panic!("{endpoints:?}") };
        assert!(sid.http_only && sid.secure && sid.domain.is_none() && sid.lifetime == Some(3600));
        assert_eq!((wide.domain.as_deref(), wide.path.as_deref(), wide.value), (Some("example.com"), Some("/in"), CookieValue::Credential));
        assert_eq!(wide.untold, ["same_site", "partitioned"]);
        assert!(!format!("{endpoints:?}").contains("S3cret"));
    }

    #[test]
    fn exports_of_extensions_and_test_tools_are_judged() {
        let extension = json!([{ "domain": ".example.com", "hostOnly": false, "name": "a", "value": "1", "path": "/", "secure": true, "httpOnly": false, "sameSite": "no_restriction", "expirationDate": 1_900_000_000.75, "session": false }]);
        let tool = json!({ "cookies": [{ "name": "b", "value": "2", "domain": "app.example.com", "path": "/", "expires": -1, "httpOnly": true, "secure": true, "sameSite": "Lax" }], "origins": [] });
        let (extension, _) = judged(&extension.to_string());
        let (tool, _) = judged(&tool.to_string());
        let (a, b) = (&extension[0].cookies[0], &tool[0].cookies[0]);
        assert_eq!(
            (a.domain.as_deref(), a.same_site, a.secure, a.lifetime.is_some()),
            (Some("example.com"), Some(SameSite::None), true, true)
        );
        assert_eq!((b.domain.as_deref(), b.same_site, b.http_only, b.lifetime), (None, Some(SameSite::Lax), true, None));
    }
}
