//! What has no place in a script that browsers receive: secrets, tokens, and where tokens are kept.

use std::sync::{LazyLock, OnceLock};

use regex::{Captures, Regex};
use serde::Deserialize;
use url::Url;

use super::stand_ins::{is_stand_in, masked};
use crate::{collect::web::masking, evidence::ScriptFinding, yaml};

/// The most findings of one page.
const FINDINGS_LIMIT: usize = 100;

static DATA: LazyLock<Data> = LazyLock::new(|| {
    yaml::read("rules/web/scripts.yaml", include_str!("../../../../rules/web/scripts.yaml")).expect("a test reads the data that ships")
});

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    patterns: Vec<Pattern>,
    harmless_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pattern {
    kind: String,
    #[serde(rename = "pattern")]
    expression: String,
    #[serde(default)]
    names: bool,
    #[cfg_attr(not(test), expect(dead_code, reason = "the examples are for readers and tests"))]
    examples: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "the examples are for readers and tests"))]
    harmless: Vec<String>,
}

/// The patterns, ready for use from the first script on: to compile them takes longer than many a run without one.
pub(super) struct Scanner {
    /// The names that a pack calls secret, in any spelling, as alternatives of a pattern.
    names: String,
    patterns: OnceLock<Vec<(&'static str, Regex)>>,
}

impl Scanner {
    /// For the names that a pack calls secret.
    pub(super) fn new(secret_names: &[String]) -> Self {
        let names = secret_names.iter().filter(|name| !name.is_empty()).map(|name| any_spelling(name)).collect::<Vec<_>>().join("|");
        Self { names, patterns: OnceLock::new() }
    }

    fn patterns(&self) -> &[(&'static str, Regex)] {
        self.patterns.get_or_init(|| {
            let used = DATA.patterns.iter().filter(|pattern| !pattern.names || !self.names.is_empty());
            let compile = |pattern: &'static Pattern| {
                let regex = Regex::new(&pattern.expression.replace("NAMES", &self.names)).expect("a test compiles the patterns that ship");
                (pattern.kind.as_str(), regex)
            };
            used.map(compile).collect()
        })
    }

    /// Adds what stands in one script whose first line is `line`.
    pub(super) fn scan(&self, script: &str, url: &Url, line: u64, findings: &mut Vec<ScriptFinding>) {
        let shown = masking::url(url.as_str());
        for (kind, regex) in self.patterns() {
            for found in regex.captures_iter(script) {
                if findings.len() >= FINDINGS_LIMIT {
                    return;
                }
                let Some(finding) = finding(kind, &found, script, line) else { continue };
                let finding = ScriptFinding { url: shown.clone(), ..finding };
                let known = |other: &ScriptFinding| {
                    other.url == finding.url
                        && other.line == finding.line
                        && other.masked == finding.masked
                        && (other.masked.is_some() || other.kind == finding.kind)
                };
                if !findings.iter().any(known) {
                    findings.push(finding);
                }
            }
        }
    }
}

/// A name with its words joined in any way: `Secret-Name`, `secret_name`, `secretName`.
fn any_spelling(name: &str) -> String {
    let mut spelling = String::new();
    let mut small = false;
    for character in name.chars() {
        let divides = !character.is_alphanumeric();
        if divides || (small && character.is_uppercase()) {
            spelling.push_str("[-_]?");
        }
        if !divides {
            spelling.push_str(&regex::escape(&character.to_string()));
        }
        small = character.is_lowercase();
    }
    spelling
}

fn finding(kind: &str, found: &Captures<'_>, script: &str, first: u64) -> Option<ScriptFinding> {
    let value = found.name("value").map(|value| value.as_str());
    if value.is_some_and(is_stand_in) {
        return None;
    }
    let key = found.name("key").map(|key| key.as_str().to_ascii_lowercase()).unwrap_or_default();
    if DATA.harmless_keys.iter().any(|word| key.contains(word.as_str())) {
        return None;
    }
    let before = script.get(..found.get(0)?.start())?;
    let line = first.saturating_add(u64::try_from(before.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u64::MAX));
    let named = found.name("name").map(|name| name.as_str().to_ascii_lowercase());
    let kind = match named {
        Some(name) if name.contains("secret") => "client-secret",
        Some(_) => "application-token",
        None => kind,
    };
    Some(ScriptFinding { kind: kind.to_owned(), url: String::new(), line, masked: value.map(masked) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    static SCANNER: LazyLock<Scanner> = LazyLock::new(|| Scanner::new(&["Secret-Name".to_owned(), "XY-AppToken".to_owned()]));

    fn scan(script: &str) -> Vec<ScriptFinding> {
        let mut findings = Vec::new();
        SCANNER.scan(script, &Url::parse("https://a.example/app.js").unwrap(), 1, &mut findings);
        findings
    }

    #[test]
    fn every_pattern_finds_its_examples_and_leaves_harmless_lines_alone() {
        let wrong: Vec<&String> = DATA
            .patterns
            .iter()
            .flat_map(|pattern| {
                let missed = pattern.examples.iter().filter(|line| scan(line).is_empty());
                missed.chain(pattern.harmless.iter().filter(|line| !scan(line).is_empty()))
            })
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn a_finding_says_what_and_where_and_never_the_value() {
        let found = scan("let a;\nx.headers.set('xy-apptoken', '09d5a1b2c3d4e5f60718293a4b5c6dc1')");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].kind.as_str(), found[0].line, found[0].masked.as_deref()), ("application-token", 2, Some("09d…c1(32)")));
    }

    proptest! {
        #[test]
        fn any_script_is_scanned(script in any::<String>()) {
            scan(&script);
        }
    }
}
