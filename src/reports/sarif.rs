//! SARIF 2.1.0 (OASIS), in two dialects.
//!
//! For keeping: every requirement and every finding, with its kind, its suppression and its taxonomy. For GitHub code scanning, which shows every result as
//! an alert whatever its kind, honours no suppression and wants a file for each: the failed findings alone.
//!
//! | status | kind | level |
//! |---|---|---|
//! | fail, expired decision | `fail` | by severity: medium and above `error`, low `warning`, info `note` |
//! | warn | `fail` | the same, `warning` at most |
//! | waived | `fail`, with an accepted suppression | by severity |
//! | error | `open`, and a notification of the invocation | `none` |
//! | not run | `open` | `none` |
//! | needs attestation | `review` | `none` |
//! | pass, attested | `pass` | `none` |
//! | not applicable | `notApplicable` | `none` |
//!
//! A requirement has a result of its own where its findings do not already speak for it. One that only sums up others is `informational` when it fails, so
//! that nothing is counted twice.

mod descriptors;
mod message;
mod places;
mod results;

use std::io::{self, Write};

use serde_json::json;
use serde_sarif::sarif;

use self::{
    descriptors::{RuleTable, Taxonomies},
    message::message,
};
use super::visible::json_visible;
use crate::assessment::{Assessment, Status};

/// Where the schema of SARIF 2.1.0 is published.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Whom a log is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    /// Whoever keeps it.
    Archive,
    /// GitHub code scanning.
    GitHub,
}

/// Writes one log with one run, indented, with a newline at the end.
pub(super) fn write(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    write_in(Dialect::Archive, assessment, out)
}

/// The same with what GitHub code scanning should show, and nothing else.
pub(super) fn write_for_github(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    write_in(Dialect::GitHub, assessment, out)
}

fn write_in(dialect: Dialect, assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let log = sarif::Sarif {
        schema: Some(SCHEMA.to_owned()),
        ..sarif::Sarif::builder().version(json!("2.1.0")).runs(vec![run(dialect, assessment)]).build()
    };
    let json = serde_json::to_string_pretty(&log)?;
    writeln!(out, "{}", json_visible(&json))
}

fn run(dialect: Dialect, assessment: &Assessment) -> sarif::Run {
    let taxonomies = Taxonomies::of(assessment);
    let rules = RuleTable::of(assessment);
    let results = match dialect {
        Dialect::Archive => results::results(assessment, &rules, &taxonomies),
        Dialect::GitHub => results::alerts(assessment, &rules, &taxonomies),
    };
    let invocation = invocation(assessment, &rules);
    let tool = sarif::Tool::builder().driver(driver(assessment, rules, &taxonomies)).build();
    sarif::Run {
        automation_details: Some(sarif::RunAutomationDetails {
            // All before the last slash names the kind of run; what would follow names the run itself.
            id: Some(format!("{}/{}/{}/", assessment.tool.name, assessment.tool.pack, assessment.profile.name())),
            ..sarif::RunAutomationDetails::default()
        }),
        column_kind: Some(json!("utf16CodeUnits")),
        invocations: Some(vec![invocation]),
        original_uri_base_ids: Some(places::base_ids()),
        // What masks a secret in messages and snippets.
        redaction_tokens: Some(vec!["…".to_owned()]),
        results: Some(results),
        taxonomies: Some(taxonomies.components()),
        properties: Some(properties([
            ("verdict", json!(assessment.verdict)),
            ("edition", json!(assessment.tool.edition)),
            ("packSha256", json!(assessment.tool.pack_sha256)),
        ])),
        ..sarif::Run::builder().tool(tool).build()
    }
}

fn driver(assessment: &Assessment, rules: RuleTable, taxonomies: &Taxonomies) -> sarif::ToolComponent {
    let tool = &assessment.tool;
    sarif::ToolComponent {
        full_name: Some(format!("{} {} with {} {}", tool.name, tool.version, tool.pack_title, tool.edition)),
        version: Some(tool.version.clone()),
        semantic_version: Some(tool.version.clone()),
        rules: Some(rules.descriptors()),
        supported_taxonomies: Some(taxonomies.references()),
        ..sarif::ToolComponent::builder().name(tool.name.clone()).build()
    }
}

/// How the run went: what could not be observed stands here too, where consumers look for the tool's own troubles.
fn invocation(assessment: &Assessment, rules: &RuleTable) -> sarif::Invocation {
    let notifications: Vec<sarif::Notification> = assessment
        .findings
        .iter()
        .filter(|finding| finding.status == Status::Error)
        .map(|finding| sarif::Notification {
            associated_rule: Some(rules.reference(&finding.rule)),
            level: Some(json!("error")),
            locations: Some(vec![places::location(&finding.location)]),
            ..sarif::Notification::builder().message(message(&finding.message)).build()
        })
        .collect();
    sarif::Invocation {
        exit_code: Some(i64::from(assessment.exit_code)),
        start_time_utc: Some(assessment.started_at.clone()),
        tool_execution_notifications: Some(notifications),
        ..sarif::Invocation::builder().execution_successful(!assessment.interrupted).build()
    }
}

/// A property bag without tags.
fn properties<const N: usize>(entries: [(&str, serde_json::Value); N]) -> sarif::PropertyBag {
    sarif::PropertyBag { tags: None, additional_properties: entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect() }
}
