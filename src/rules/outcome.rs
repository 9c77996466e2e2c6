//! One rule on one subject.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Severity;

/// What one rule says about one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The rule's id.
    pub rule: String,
    /// The requirement it serves.
    pub requirement: String,
    /// How bad a failure is, under the profile in force.
    pub severity: Severity,
    /// The subject: where it was found.
    pub location: Location,
    /// The judgement.
    pub judgement: Judgement,
}

/// The judgement of a rule over one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The facts were seen and are as expected.
    Pass,
    /// The facts were seen and are not; the message says what was seen.
    Fail(String),
    /// A fact that the rule needs is unknown; the reason says which and why.
    Error(String),
    /// The rule's `when` is false for the subject, or there is no such subject; the text says so.
    NotApplicable(String),
    /// Nobody looked: the area was left out of the run.
    NotRun(String),
}

/// Where a subject is found: on the network or in the source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Location {
    /// A place in the source tree.
    Source {
        /// POSIX path relative to the root of the repository.
        path: String,
        /// First line, from 1.
        line: u32,
        /// First column, from 1, in UTF-16 code units.
        column: u32,
        /// Last line.
        end_line: u32,
        /// The column after the last character.
        end_column: u32,
        /// What is set there: the sink of the fact.
        subject: Option<String>,
        /// The commit that holds it; absent for the working tree.
        commit: Option<String>,
    },
    /// A place on the network, or the app as a whole when everything is absent.
    Network {
        /// The URL of the endpoint or response.
        url: Option<String>,
        /// The address.
        ip: Option<String>,
        /// The protocol version, certificate or cookie.
        subject: Option<String>,
    },
}
