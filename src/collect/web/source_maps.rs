//! Maps that lead from a script to its source (ECMA-426). A public one that holds the source shows the code as it was written, comments and all.

use std::sync::LazyLock;

use futures_util::future::join_all;
use regex::bytes::Regex;
use serde::Deserialize;
use url::Url;

use super::{masking, questions::Subject};
use crate::{
    evidence::{ExposedFile, Reading},
    wording::visible,
};

/// How many maps of one page are asked for.
const MAPS_ASKED: usize = 8;

/// A map that was asked for.
pub(super) struct SourceMap {
    pub(super) url: Url,
    pub(super) file: ExposedFile,
    /// The sources in it that are not those of packages.
    pub(super) sources: Vec<String>,
}

/// What of a map matters.
#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    sources: Vec<Option<String>>,
    #[serde(default, rename = "sourcesContent")]
    contents: Vec<Option<String>>,
}

/// Asks for maps.
pub(super) async fn ask(subject: &Subject<'_>, urls: &[Url]) -> Vec<SourceMap> {
    join_all(urls.iter().take(MAPS_ASKED).map(|url| map(subject, url))).await
}

async fn map(subject: &Subject<'_>, url: &Url) -> SourceMap {
    let file = |exposed, status, reason| ExposedFile {
        path: url.path().to_owned(),
        what: "source map".to_owned(),
        url: masking::url(url.as_str()),
        exposed,
        status,
        reason: Some(reason),
    };
    let answer = match subject.get(url, vec![("Accept", "*/*".to_owned())]).await {
        Ok(answer) => answer,
        Err(error) => return SourceMap { url: url.clone(), file: file(Reading::Unknown, None, visible(&error)), sources: Vec::new() },
    };
    let status = answer.head.status;
    let sources = sources(&answer.body.content);
    let (exposed, reason) = match status {
        200 if holds_source(&answer.body.content) => (Reading::Observed(true), "holds the source of the script".to_owned()),
        200 => (Reading::Observed(false), "holds no source".to_owned()),
        408 | 425 | 429 | 500.. => (Reading::Unknown, format!("the server answered {status}")),
        _ => (Reading::Observed(false), format!("the server answered {status}")),
    };
    SourceMap { url: url.clone(), file: file(exposed, Some(status), reason), sources: if status == 200 { sources } else { Vec::new() } }
}

/// Whether a map holds source; one that is too long to be read whole says so in its beginning or not at all.
fn holds_source(body: &[u8]) -> bool {
    static CONTENT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"\A(?s-u:\s*\{.*"sourcesContent"\s*:\s*\[\s*(?:null\s*,\s*)*"[^"])"#).expect("a test matches it"));
    CONTENT.is_match(body)
}

/// The sources in a map that the app's maker wrote.
fn sources(body: &[u8]) -> Vec<String> {
    let Ok(written) = serde_json::from_slice::<Written>(body) else { return Vec::new() };
    let names = written.sources.into_iter().map(Option::unwrap_or_default).chain(std::iter::repeat_with(String::new));
    let own = written.contents.into_iter().zip(names).filter(|(_, name)| !name.contains("node_modules/") && !name.contains("webpack/"));
    own.filter_map(|(content, _)| content).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_map_with_source_in_it_holds_source() {
        for (body, holds) in [
            (r#"{"version":3,"sources":["a.ts"],"sourcesContent":["let a = 1"],"mappings":"AAAA"}"#, true),
            (r#"{"version":3,"sourcesContent": [null, "let a"#, true),
            (r#"{"version":3,"sources":["a.ts"],"mappings":"AAAA"}"#, false),
            (r#"{"version":3,"sources":["a.ts"],"sourcesContent":[null],"mappings":"AAAA"}"#, false),
            ("<!doctype html><p>\"sourcesContent\":[\"x\"]", false),
        ] {
            assert_eq!(holds_source(body.as_bytes()), holds, "{body}");
        }
    }

    #[test]
    fn packages_are_not_the_makers_own() {
        let map = r#"{"sources":["webpack:///node_modules/x/y.js","src/a.ts",null],"sourcesContent":["x","y","z"]}"#;
        assert_eq!(sources(map.as_bytes()), ["y", "z"]);
        assert!(sources(b"nonsense").is_empty());
    }
}
