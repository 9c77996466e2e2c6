//! Where a result is: a region of a file, or a URL.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif;

use super::{message::message, properties};
use crate::{
    evidence::{CodeLine, SourceFact, Trace},
    reports::{
        origin::{Relation, way},
        words,
    },
    rules::Location,
    wording::{visible, visible_within},
};

/// The name that stands for the root of the repository. It has no address of its own: a report must not tell whose machine it was made on.
const ROOT: &str = "SRCROOT";

/// Steps of one flow that are written; consumers refuse longer ones.
const MOST_STEPS: usize = 100;

/// Characters of a line that are written.
const LONGEST_LINE: usize = 600;

/// The manifest's usual place in a repository.
const MANIFEST: &str = "redflag.yaml";

/// Who reads the log sets the root.
pub(super) fn base_ids() -> BTreeMap<String, sarif::ArtifactLocation> {
    let root = sarif::ArtifactLocation { description: Some(message("The root of the repository")), ..sarif::ArtifactLocation::default() };
    BTreeMap::from([(ROOT.to_owned(), root)])
}

/// The place of a finding.
pub(super) fn location(location: &Location) -> sarif::Location {
    match location {
        Location::Source { path, line, column, end_line, end_column, commit, .. } => sarif::Location {
            physical_location: Some(sarif::PhysicalLocation {
                artifact_location: Some(artifact(path)),
                region: Some(region((*line, *column), (*end_line, *end_column))),
                ..sarif::PhysicalLocation::default()
            }),
            logical_locations: words::subject(location).map(|subject| vec![logical(subject, subject, "member")]),
            properties: commit.as_ref().map(|commit| properties([("commit", commit.clone().into())])),
            ..sarif::Location::default()
        },
        Location::Network { .. } => {
            let place = words::place(location);
            let name = words::subject(location).unwrap_or(&place);
            let full = if name == place { place.clone() } else { format!("{place}#{name}") };
            sarif::Location { logical_locations: Some(vec![logical(name, &full, "resource")]), ..sarif::Location::default() }
        }
    }
}

/// The place of a finding for consumers that only know files: what was found at a URL stands in the manifest, which names the URL.
pub(super) fn in_a_file(location: sarif::Location) -> sarif::Location {
    let in_manifest = || sarif::PhysicalLocation {
        artifact_location: Some(artifact(MANIFEST)),
        region: Some(region((1, 1), (1, 1))),
        ..sarif::PhysicalLocation::default()
    };
    sarif::Location { physical_location: location.physical_location.clone().or_else(|| Some(in_manifest())), ..location }
}

/// The place of a finding with the lines that the fact behind it stands on.
pub(super) fn with_code(place: sarif::Location, fact: &SourceFact) -> sarif::Location {
    let Some(physical) = place.physical_location.clone() else { return place };
    let region = physical.region.clone().map(|region| sarif::Region { snippet: snippet(&fact.code), ..region });
    sarif::Location { physical_location: Some(sarif::PhysicalLocation { region, ..physical }), ..place }
}

/// Lines as they may be shown, secrets masked.
fn snippet(lines: &[CodeLine]) -> Option<sarif::ArtifactContent> {
    let text: Vec<String> = lines.iter().take(MOST_STEPS).map(|line| visible_within(&line.text, LONGEST_LINE)).collect();
    (!text.is_empty()).then(|| sarif::ArtifactContent { text: Some(text.join("\n")), ..sarif::ArtifactContent::default() })
}

/// The way of a value from its definition to where it is used; nothing where it is written out there.
pub(super) fn code_flows(found: &Location, fact: &SourceFact) -> Option<Vec<sarif::CodeFlow>> {
    let (after, mut before): (Vec<_>, Vec<_>) =
        way(fact).into_iter().take(MOST_STEPS).partition(|(relation, _)| *relation == Relation::Used);
    if before.is_empty() && after.is_empty() {
        return None;
    }
    before.reverse();
    let here = if after.is_empty() { format!("`{}` is set here", fact.sink) } else { "the value is written here".to_owned() };
    let here = sarif::Location { message: Some(message(&here)), ..with_code(location(found), fact) };
    let passed = |(_, step): (Relation, &Trace)| stop(step);
    let steps = before.into_iter().map(passed).chain([here]).chain(after.into_iter().map(passed));
    let steps = steps.zip(0_i64..).map(|(step, order)| sarif::ThreadFlowLocation {
        location: Some(step),
        execution_order: Some(order),
        importance: Some(json!(if order == 0 { "essential" } else { "important" })),
        ..sarif::ThreadFlowLocation::default()
    });
    let thread = sarif::ThreadFlow::builder().locations(steps.collect::<Vec<_>>()).build();
    Some(vec![sarif::CodeFlow::builder().thread_flows(vec![thread]).build()])
}

/// The other places on the way of the value, nearest first; nothing where there is none.
pub(super) fn related(fact: &SourceFact) -> Option<Vec<sarif::Location>> {
    let steps = way(fact).into_iter().take(MOST_STEPS).zip(1..);
    let steps: Vec<sarif::Location> = steps.map(|((_, step), id)| sarif::Location { id: Some(id), ..stop(step) }).collect();
    (!steps.is_empty()).then_some(steps)
}

fn stop(step: &Trace) -> sarif::Location {
    sarif::Location {
        physical_location: Some(sarif::PhysicalLocation {
            artifact_location: Some(artifact(&step.path)),
            region: Some(sarif::Region {
                start_line: Some(step.line.max(1).into()),
                snippet: snippet(step.code.as_slice()),
                ..sarif::Region::default()
            }),
            ..sarif::PhysicalLocation::default()
        }),
        message: Some(message(&step.what)),
        ..sarif::Location::default()
    }
}

/// What was asked for, where that was a URL.
pub(super) fn web_request(location: &Location) -> Option<sarif::WebRequest> {
    match location {
        Location::Network { url: Some(url), .. } => Some(sarif::WebRequest { target: Some(visible(url)), ..sarif::WebRequest::default() }),
        Location::Network { .. } | Location::Source { .. } => None,
    }
}

fn logical(name: &str, full: &str, kind: &str) -> sarif::LogicalLocation {
    sarif::LogicalLocation {
        name: Some(visible(name)),
        fully_qualified_name: Some(visible(full)),
        kind: Some(kind.to_owned()),
        ..sarif::LogicalLocation::default()
    }
}

fn artifact(path: &str) -> sarif::ArtifactLocation {
    sarif::ArtifactLocation { uri: Some(relative_uri(path)), uri_base_id: Some(ROOT.to_owned()), ..sarif::ArtifactLocation::default() }
}

/// Lines and columns begin at 1 and never run backwards, whatever a saved result says.
fn region((line, column): (u32, u32), (end_line, end_column): (u32, u32)) -> sarif::Region {
    let (line, column) = (line.max(1), column.max(1));
    let (end_line, end_column) = (end_line.max(1), end_column.max(1)).max((line, column));
    sarif::Region {
        start_line: Some(line.into()),
        start_column: Some(column.into()),
        end_line: Some(end_line.into()),
        end_column: Some(end_column.into()),
        ..sarif::Region::default()
    }
}

/// A path as a relative reference (RFC 3986, section 4.2): everything but unreserved characters and slashes is percent-encoded, so nothing in it can be
/// read as a scheme, a query or an authority, and `..` leads nowhere.
fn relative_uri(path: &str) -> String {
    let segments = path.split('/').filter(|segment| !matches!(*segment, "" | "." | ".."));
    let encoded: Vec<String> = segments.map(encoded_segment).collect();
    encoded.join("/")
}

fn encoded_segment(segment: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    segment.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_is_never_read_as_anything_else() {
        assert_eq!(relative_uri("src/Åpen fil #1.cs"), "src/%C3%85pen%20fil%20%231.cs");
        assert_eq!(relative_uri("//evil.example/../x"), "evil.example/x");
        assert_eq!(relative_uri("C:/x?y"), "C%3A/x%3Fy");
    }

    #[test]
    fn a_region_never_runs_backwards() {
        let region = region((3, 5), (2, 9));
        assert_eq!((region.start_line, region.end_line, region.end_column), (Some(3), Some(3), Some(5)));
    }

    proptest! {
        #[test]
        fn any_path_stays_below_the_root(path in any::<String>()) {
            let root = url::Url::parse("file:///base/").unwrap();
            let joined = root.join(&relative_uri(&path)).unwrap();
            prop_assert!(joined.as_str().starts_with("file:///base/"), "{}", joined);
        }
    }
}
