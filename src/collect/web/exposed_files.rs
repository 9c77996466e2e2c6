//! Files of a host that must not be public. The list is data: `rules/web/exposed-files.yaml`.
//!
//! A file counts as exposed only when its content is what such a file must hold, and when the site answers something else to a name that
//! cannot exist; so catch-all pages raise nothing.

use std::{collections::BTreeMap, net::IpAddr, sync::LazyLock};

use futures_util::{StreamExt as _, stream};
use regex::bytes::Regex;
use serde::{Deserialize, Deserializer, de::Error};
use url::Url;

use super::{
    client::{Answer, Ask, FetchError},
    masking,
    session::Session,
    stranger,
    time_left::TimeLeft,
};
use crate::{
    evidence::{ExposedFile, Reading},
    wording::visible,
    yaml,
};

const FILE: (&str, &str) = ("rules/web/exposed-files.yaml", include_str!("../../../rules/web/exposed-files.yaml"));

/// How many are asked for at once: few, because a host is to be looked at and not to be loaded.
const AT_ONCE: usize = 6;

/// The first bytes of a file, which are enough to know it by. Servers that do not know `Range` send more, and are cut off.
const FIRST_BYTES: &str = "bytes=0-16383";

static LIST: LazyLock<List> = LazyLock::new(|| yaml::read(FILE.0, FILE.1).expect("the shipped list is well-formed: a test reads it"));

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    contents: BTreeMap<String, Content>,
    files: Vec<File>,
}

/// How a kind of content is known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    what: String,
    holds: String,
    signature: Pattern,
    #[serde(default)]
    html: bool,
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests look at examples"))]
    yes: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests look at examples"))]
    no: Vec<String>,
}

/// A file and the content that it would have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    path: String,
    content: String,
}

#[derive(Debug)]
struct Pattern(Regex);

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Regex::new(&String::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

static PAGE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)<(?:!doctype html|html[\s>]|head[\s>]|body[\s>])").expect("a test matches it"));

impl Content {
    fn is_in(&self, body: &[u8]) -> bool {
        (self.html || !PAGE.is_match(body)) && self.signature.0.is_match(body)
    }
}

/// Asks the host of a URL for each file of the list.
///
/// # Errors
/// When the host does not even answer to a name that cannot exist, or only that it cannot answer now: then nothing is known of the others, and none is
/// asked for.
pub(in crate::collect) async fn exposed_files(session: &Session<'_>, url: &Url, addresses: &[IpAddr]) -> Result<Vec<ExposedFile>, String> {
    let root = root(url).ok_or("the URL has no host")?;
    let nowhere = root.join(&stranger::name(root.as_str())).map_err(|error| error.to_string())?;
    let unknown_path = fetch(session, &nowhere, addresses).await.map_err(|error| visible(&error.to_string()))?;
    if is_in_trouble(unknown_path.head.status) {
        return Err(format!("the server answers {} to any name", unknown_path.head.status));
    }
    let asked = LIST.files.iter().filter_map(|file| Some((file, LIST.contents.get(&file.content)?, root.join(&file.path).ok()?)));
    let asked = asked.map(|(file, content, url)| {
        let unknown_path = &unknown_path;
        async move {
            let answer = fetch(session, &url, addresses).await;
            exposed_file(file, content, &url, answer.as_ref(), unknown_path)
        }
    });
    Ok(stream::iter(asked.collect::<Vec<_>>()).buffered(AT_ONCE).collect().await)
}

/// Whether a server that answers so has no answer to anything, so that nothing can be told from it.
fn is_in_trouble(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 502..=504)
}

fn root(url: &Url) -> Option<Url> {
    url.host()?;
    url.join("/").ok()
}

async fn fetch(session: &Session<'_>, url: &Url, addresses: &[IpAddr]) -> Result<Answer, FetchError> {
    // Coded bytes of a range could not be read.
    let lines = vec![("Range", FIRST_BYTES.to_owned()), ("Accept", "*/*".to_owned()), ("Accept-Encoding", "identity".to_owned())];
    let mut time = TimeLeft::for_timeout(session.network().timeout());
    Box::pin(session.ask(&Ask { lines, ..Ask::get(url) }, addresses, &mut time)).await
}

fn exposed_file(file: &File, content: &Content, url: &Url, answer: Result<&Answer, &FetchError>, unknown_path: &Answer) -> ExposedFile {
    let (exposed, reason) = match answer {
        Ok(answer) => judge(
            content,
            (answer.head.status, &answer.body.content, answer.body.bytes),
            (unknown_path.head.status, &unknown_path.body.content),
        ),
        Err(error) => (Reading::Unknown, visible(&error.to_string())),
    };
    ExposedFile {
        path: file.path.clone(),
        what: content.what.clone(),
        url: masking::url(url.as_str()),
        exposed,
        status: answer.ok().map(|answer| answer.head.status),
        reason: Some(reason),
    }
}

/// What an answer (status, content, bytes as received) means beside the answer (status, content) to a name that cannot exist.
fn judge(content: &Content, (status, body, received): (u16, &[u8], u64), unknown_path: (u16, &[u8])) -> (Reading<bool>, String) {
    match status {
        200 | 206 if body.is_empty() && received > 0 => (Reading::Unknown, "the content could not be read".to_owned()),
        200 | 206 if !content.is_in(body) && (status, body) == unknown_path => {
            (Reading::Observed(false), "as every unknown path".to_owned())
        }
        200 | 206 if !content.is_in(body) => (Reading::Observed(false), "the answer is something else".to_owned()),
        200 | 206 if matches!(unknown_path.0, 200 | 206) && content.is_in(unknown_path.1) => {
            (Reading::Observed(false), "as every unknown path".to_owned())
        }
        200 | 206 => (Reading::Observed(true), format!("holds {}", content.holds)),
        // A program that fails on every name that it does not know fails on this one too.
        500.. if status == unknown_path.0 => (Reading::Observed(false), format!("the server answered {status}, as to every unknown path")),
        408 | 425 | 429 | 500.. => (Reading::Unknown, format!("the server answered {status}")),
        _ => (Reading::Observed(false), format!("the server answered {status}")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        text.chars().map(|letter| u8::try_from(letter).unwrap()).collect()
    }

    const NOT_FOUND: (u16, &[u8]) = (404, b"not found");

    fn judged(content: &str, status: u16, body: &[u8], unknown_path: (u16, &[u8])) -> Option<bool> {
        judge(&LIST.contents[content], (status, body, body.len() as u64), unknown_path).0.observed().copied()
    }

    #[test]
    fn every_content_is_known_by_its_examples_and_by_nothing_else() {
        let page = "<!doctype html><html><head><title>App</title></head><body><div id=root></div></body></html>";
        let mut wrong = Vec::new();
        for (name, content) in &LIST.contents {
            assert!(!content.yes.is_empty() && !content.no.is_empty(), "{name}");
            wrong.extend(content.yes.iter().filter(|yes| !content.is_in(&bytes(yes))).map(|yes| format!("{name} is not in {yes:?}")));
            let others = content.no.iter().map(String::as_str).chain([page, ""]);
            wrong.extend(others.filter(|no| content.is_in(&bytes(no))).map(|no| format!("{name} is in {no:?}")));
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn every_file_has_a_content_that_is_described_and_a_path_of_its_own() {
        let mut paths: Vec<&str> = LIST.files.iter().map(|file| file.path.as_str()).collect();
        assert!(LIST.files.iter().all(|file| LIST.contents.contains_key(&file.content) && file.path.starts_with('/')));
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), LIST.files.len());
        assert!(LIST.contents.keys().all(|name| LIST.files.iter().any(|file| file.content == *name)), "a content that no file has");
    }

    #[test]
    fn only_the_right_content_with_success_is_an_exposed_file() {
        let config = b"[core]\n\tbare = false\n";
        assert_eq!(judged("git-config", 200, config, NOT_FOUND), Some(true));
        assert_eq!(judged("git-config", 206, config, NOT_FOUND), Some(true));
        assert_eq!(judged("git-config", 200, b"hello", NOT_FOUND), Some(false));
        assert_eq!(judged("git-config", 403, config, NOT_FOUND), Some(false));
        assert_eq!(judged("git-config", 302, b"", NOT_FOUND), Some(false));
    }

    #[test]
    fn a_server_in_trouble_says_nothing() {
        for status in [408, 429, 500, 502, 503, 599] {
            assert_eq!(judged("git-config", status, b"", NOT_FOUND), None, "{status}");
        }
        assert_eq!(judge(&LIST.contents["git-config"], (200, b"", 90), NOT_FOUND).0, Reading::Unknown);
    }

    #[test]
    fn a_program_that_fails_on_every_unknown_name_exposes_nothing_by_failing() {
        assert_eq!(judged("git-config", 500, b"oops", (500, b"oops 2")), Some(false));
        assert_eq!(judged("git-config", 500, b"oops", NOT_FOUND), None);
        assert!(is_in_trouble(503) && is_in_trouble(429) && !is_in_trouble(500) && !is_in_trouble(404));
    }

    #[test]
    fn a_site_that_answers_everything_alike_exposes_nothing() {
        let everything = b"DB_PASSWORD=x\n[core]\n";
        for content in ["git-config", "environment"] {
            assert_eq!(judged(content, 200, everything, (200, everything)), Some(false));
            assert_eq!(judged(content, 200, everything, NOT_FOUND), Some(true));
        }
    }

    proptest! {
        #[test]
        fn a_page_of_a_single_page_app_is_no_file(before in "[ -~\\n]{0,200}", after in "[ -~\\n]{0,200}") {
            let body = format!("<!doctype html><html><body>{before}</body>{after}");
            for content in LIST.contents.values().filter(|content| !content.html) {
                prop_assert!(!content.is_in(body.as_bytes()), "{}", content.holds);
            }
        }
    }
}
