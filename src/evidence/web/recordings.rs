//! What came of recordings that a browser made and somebody handed in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One recording. What it showed of an endpoint stands there, with the question `recorded`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recording {
    /// The file, as named.
    pub file: String,
    /// What kind of file it is.
    pub format: RecordingFormat,
    /// Answers of endpoints' hosts, or cookies for them, that were judged.
    pub judged: u64,
    /// Those of hosts that are no endpoint's, which were passed over.
    pub ignored: u64,
    /// Those that could not be read, or are beyond the number that is.
    pub unread: u64,
    /// How many cookies they set.
    pub cookies: u64,
    /// Why the recording does not show which cookies were set; absent when it does.
    pub reason: Option<String>,
}

/// What kind of file a recording is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RecordingFormat {
    /// An HTTP archive (HAR 1.2).
    Har,
    /// The cookies of a browser in JSON, as extensions and test tools export them.
    JsonCookies,
    /// The cookies of a browser in Netscape's format, as curl keeps them.
    NetscapeCookies,
}
