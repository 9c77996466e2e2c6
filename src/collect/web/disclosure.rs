//! What the body of an answer gives away about the program behind it. The signatures are data: `rules/web/error-pages.yaml`.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Deserializer, de::Error};

use crate::{evidence::Disclosure, yaml};

const FILE: (&str, &str) = ("rules/web/error-pages.yaml", include_str!("../../../rules/web/error-pages.yaml"));

/// How much of a body is looked at, in bytes. Error pages say what they have to say in less.
const LOOKED_AT: usize = 256 * 1024;

/// From here on, a status is an error (RFC 9110, section 15.5).
const FIRST_ERROR: u16 = 400;

static SIGNATURES: LazyLock<SignatureFile> =
    LazyLock::new(|| yaml::read(FILE.0, FILE.1).expect("the shipped signatures are well-formed: a test reads them"));

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureFile {
    signatures: Vec<Signature>,
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests look at what must match nothing"))]
    harmless: Vec<Harmless>,
}

/// How one kind of page is known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    id: String,
    framework: String,
    shows: String,
    at: At,
    marks: Vec<Mark>,
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests look at examples"))]
    examples: Vec<String>,
}

/// At which status codes a signature counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum At {
    Any,
    Errors,
}

/// An answer that must match nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(test), expect(dead_code, reason = "only tests look at what must match nothing"))]
struct Harmless {
    status: u16,
    why: String,
    body: String,
}

/// Something that stands in such a page.
#[derive(Debug)]
struct Mark(Regex);

impl<'de> Deserialize<'de> for Mark {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pattern = String::deserialize(deserializer)?;
        RegexBuilder::new(&pattern).build().map(Self).map_err(D::Error::custom)
    }
}

/// What a body shows that is for developers only; absent when it shows nothing of the kind.
pub(super) fn disclosure(status: u16, body: &[u8]) -> Option<Disclosure> {
    let (start, _) = body.split_at(body.len().min(LOOKED_AT));
    if start.is_empty() || start.contains(&0) {
        return None;
    }
    let text = String::from_utf8_lossy(start);
    let found = SIGNATURES.signatures.iter().find(|signature| signature.matches(status, &text))?;
    Some(Disclosure { framework: found.framework.clone(), shows: found.shows.clone(), signature: found.id.clone() })
}

impl Signature {
    fn matches(&self, status: u16, text: &str) -> bool {
        (self.at == At::Any || status >= FIRST_ERROR) && self.marks.iter().all(|Mark(mark)| mark.is_match(text))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_signature_recognises_its_own_examples() {
        let mut wrong = Vec::new();
        for signature in &SIGNATURES.signatures {
            assert!(!signature.examples.is_empty() && !signature.marks.is_empty(), "{}", signature.id);
            for example in &signature.examples {
                let found = disclosure(500, example.as_bytes()).map(|found| found.signature);
                if found.as_ref() != Some(&signature.id) {
                    wrong.push(format!("{}: {found:?}: {example}", signature.id));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn harmless_answers_match_nothing() {
        let found: Vec<_> = SIGNATURES
            .harmless
            .iter()
            .filter_map(|answer| disclosure(answer.status, answer.body.as_bytes()).map(|found| (&answer.why, found.signature)))
            .collect();
        assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    fn signatures_that_an_article_could_match_count_for_errors_only() {
        let examples = |signature: &'static Signature| signature.examples.iter().map(move |example| (signature, example));
        for (signature, example) in SIGNATURES.signatures.iter().flat_map(examples) {
            let found = disclosure(200, example.as_bytes());
            assert_eq!(found.is_some(), signature.at == At::Any, "{}", signature.id);
        }
    }

    #[test]
    fn every_signature_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = SIGNATURES.signatures.iter().map(|signature| signature.id.as_str()).collect();
        assert_eq!(names.len(), SIGNATURES.signatures.len());
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at_without_a_panic(status in 100_u16..600, body: Vec<u8>) {
            let _ = disclosure(status, &body);
        }
    }
}
