//! What makes a finding the same finding tomorrow, on another machine, and after the lines above it have moved.

use std::collections::BTreeMap;

use url::Url;

use crate::{
    rules::{Location, Outcome},
    wording::sha256,
};

/// Hexadecimal digits of a fingerprint.
const DIGITS: usize = 32;

/// Hands out fingerprints. Outcomes that agree in everything stable are told apart by their order.
#[derive(Debug, Default)]
pub(super) struct Fingerprints {
    seen: BTreeMap<String, u32>,
}

impl Fingerprints {
    pub(super) fn of(&mut self, outcome: &Outcome) -> String {
        let (place, subject) = (place(&outcome.location), subject(&outcome.location).unwrap_or_default());
        let key = [outcome.rule.as_str(), &outcome.requirement, &place, subject].join("\0");
        let ordinal = self.seen.entry(key.clone()).and_modify(|count| *count += 1).or_default();
        let mut fingerprint = sha256(format!("{key}\0{ordinal}").as_bytes());
        fingerprint.truncate(DIGITS);
        fingerprint
    }
}

/// The cookie, certificate, version or sink a location is about.
pub(super) fn subject(location: &Location) -> Option<&str> {
    match location {
        Location::Source { subject, .. } | Location::Network { subject, .. } => subject.as_deref(),
    }
}

/// The file, or the URL without what changes from request to request. The address is left out: hosts move.
fn place(location: &Location) -> String {
    match location {
        Location::Source { path, .. } => path.clone(),
        Location::Network { url: Some(url), .. } => Url::parse(url).map_or_else(
            |_| url.clone(),
            |mut url| {
                url.set_query(None);
                url.set_fragment(None);
                url.into()
            },
        ),
        Location::Network { url: None, .. } => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Judgement, Severity};

    fn outcome(path: &str, line: u32) -> Outcome {
        Outcome {
            rule: "pack.source.token".into(),
            requirement: "R-1".into(),
            severity: Severity::High,
            location: Location::Source {
                path: path.into(),
                line,
                column: 1,
                end_line: line,
                end_column: 9,
                subject: Some("ApplicationToken".into()),
                commit: None,
            },
            judgement: Judgement::Fail(String::new()),
        }
    }

    #[test]
    fn a_fingerprint_survives_a_move_of_lines() {
        assert_eq!(Fingerprints::default().of(&outcome("a.cs", 3)), Fingerprints::default().of(&outcome("a.cs", 300)));
    }

    #[test]
    fn two_findings_on_one_subject_are_told_apart() {
        let mut fingerprints = Fingerprints::default();
        assert_ne!(fingerprints.of(&outcome("a.cs", 3)), fingerprints.of(&outcome("a.cs", 9)));
    }

    #[test]
    fn another_file_is_another_finding() {
        assert_ne!(Fingerprints::default().of(&outcome("a.cs", 3)), Fingerprints::default().of(&outcome("b.cs", 3)));
    }
}
