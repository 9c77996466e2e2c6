//! What the source tree showed: where a watched name is set, and where the value comes from. Never the value itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The outcome of scanning the source folders.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// Files whose bytes were read.
    pub files_scanned: u64,
    /// Files that were not read or only in part, each with its reason, in order of path.
    pub files_skipped: Vec<SkippedFile>,
    /// Bytes read.
    pub bytes: u64,
    /// Wall time in milliseconds. Not part of a report that must be the same byte for byte.
    pub milliseconds: u64,
    /// The facts, in order of path, line and column.
    pub facts: Vec<SourceFact>,
}

/// A file that was not scanned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct SkippedFile {
    /// Path as in [`SourceFact::path`].
    pub path: String,
    /// Why.
    pub reason: String,
    /// Whether it may hold something that a rule looks for: an unreadable source file, unlike an image, leaves a question open.
    pub matters: bool,
}

/// One place where a watched name is set, passed or configured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SourceFact {
    /// What kind of place it is.
    pub kind: FactKind,
    /// The member path, callee or key path, aliases resolved: `ConfigFile.Services.ApplicationToken`, `Platform:ClientSecret`, `configuration/appSettings/add[@key='SoAppToken']`.
    pub sink: String,
    /// The entry of the vocabulary that it matched.
    pub watched: String,
    /// The language of the file.
    pub language: Language,
    /// Where the value comes from.
    pub origin: Origin,
    /// Whether it stands inside a comment.
    pub in_comment: bool,
    /// POSIX path relative to the root of the repository, or to the folder given where there is none.
    pub path: String,
    /// First line, from 1.
    pub line: u32,
    /// First column, from 1, in UTF-16 code units as SARIF counts them.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// The column after the last character.
    pub end_column: u32,
    /// The form of the value, as in `32 hex`; absent when there is no literal to describe.
    pub shape: Option<String>,
    /// The value with everything but its ends masked, as in `09d…c1(32)`; absent when there is no literal.
    pub masked: Option<String>,
    /// The places the value came through, from use to definition.
    pub trace: Vec<Trace>,
    /// The commit that holds it; absent for the working tree.
    pub commit: Option<String>,
}

/// One step on the way of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trace {
    /// Path as in [`SourceFact::path`].
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// What stands there, in words: `constant Secrets.Token`.
    pub what: String,
}

/// What kind of place a fact was found at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// A member, variable, field or property is assigned or initialised.
    Assignment,
    /// A value is passed to a parameter of a watched name.
    Argument,
    /// A key of a configuration file has a value.
    ConfigKey,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Written out on the spot.
    Literal,
    /// A constant, or a field that only ever holds a literal, defined elsewhere in the source.
    Constant,
    /// Read from configuration.
    Configuration,
    /// Read from the environment.
    Environment,
    /// Given by the caller.
    Parameter,
    /// Written out, but a stand-in: empty, `YOUR_…`, `${…}`, elided.
    Placeholder,
    /// Something the scan cannot follow.
    Unknown,
}

/// The language or format of a scanned file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// C#.
    #[serde(rename = "csharp")]
    CSharp,
    /// XML configuration: `web.config`, `app.config` and their transforms.
    Xml,
    /// JSON, with comments: `appsettings*.json`.
    Json,
}

/// What the source collector looks for: the union of the `watch` sections of all rules.
///
/// A name matches a sink by its last segments, without regard to case: `Services.ApplicationToken` matches `ConfigFile.Services.ApplicationToken`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Vocabulary {
    /// Member paths, field and variable names that are assigned or initialised.
    pub assignment: Vec<String>,
    /// Parameter names that values are passed to.
    pub argument: Vec<String>,
    /// Keys of configuration files.
    pub config_key: Vec<String>,
}

impl Vocabulary {
    /// Takes in what another rule watches, each name once.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in
            [(&mut self.assignment, &other.assignment), (&mut self.argument, &other.argument), (&mut self.config_key, &other.config_key)]
        {
            mine.extend(theirs.iter().cloned());
            mine.sort();
            mine.dedup();
        }
    }
}
