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
    /// How much of the source was looked at.
    #[serde(default)]
    pub extent: Extent,
    /// Versions of files in the git history whose bytes were read.
    #[serde(default)]
    pub versions_scanned: u64,
}

/// How much of the source is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Extent {
    /// Which files.
    pub changes: ChangeSet,
    /// Whether what they once held counts too, as far as git knows.
    pub history: bool,
    /// Whether archives are opened.
    #[serde(default)]
    pub archives: bool,
}

/// Which files of the source are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeSet {
    /// All of them.
    #[default]
    Everything,
    /// What the next commit would take in.
    Staged,
    /// What differs from a revision.
    Since(String),
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
    /// Of a look-up, the form of the stand-in that is taken where it gives nothing, as in `6 naming letters`; absent where none is written.
    #[serde(default)]
    pub fallback: Option<String>,
    /// The places the value came through, from use to definition.
    pub trace: Vec<Trace>,
    /// Of a value that is told where it is written, the places where its name is used for what the sink says, nearest file first; empty for what is told
    /// where it is used.
    #[serde(default)]
    pub uses: Vec<Trace>,
    /// The commit that holds it; absent for the working tree.
    pub commit: Option<String>,
    /// What a switch is set to, in clear: a boolean, a number, the last words of a name, a short word. Absent for anything that could be a secret.
    #[serde(default)]
    pub value: Option<String>,
    /// What is passed, of a call.
    #[serde(default)]
    pub arguments: Vec<SourceArgument>,
    /// Words of the rules' `context` that the file holds, in lower case, in order.
    #[serde(default)]
    pub context: Vec<String>,
    /// Hosts that the statement around it names in addresses, in lower case: where what it sends goes.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// How sure it is that the place is what it looks like.
    #[serde(default)]
    pub confidence: Confidence,
    /// What the file is for, by its name and folders.
    #[serde(default)]
    pub surface: Surface,
    /// What must hold for the place to be reached, in one word: `development`; `asked`, an option that whoever runs the app sets asks for it; `option`, it is
    /// what is done where an option does not ask for a check. Absent otherwise.
    #[serde(default)]
    pub guard: Option<String>,
    /// Length of a key in bits; absent for anything else.
    #[serde(default)]
    pub key_bits: Option<u32>,
    /// The commit that took it out again; absent where it is still there, or never was in the history that was read.
    #[serde(default)]
    pub removed_in: Option<String>,
    /// The lines it stands on, or some of them, as they may be shown.
    #[serde(default)]
    pub code: Vec<CodeLine>,
    /// The inline comments beside it that allow something, or mean to.
    #[serde(default)]
    pub allowed: Vec<InlineDecision>,
    /// The environment that a written value is for, by the name of its file or key, as in `production`; absent where a rule names none.
    #[serde(default)]
    pub environment: Option<String>,
    /// The other environments for which the very same value is written, in order.
    #[serde(default)]
    pub also_in: Vec<String>,
}

/// What is passed in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceArgument {
    /// The parameter's name, or the key of an object that is passed; absent for one by position alone.
    pub name: Option<String>,
    /// Where it stands, from 0.
    pub position: u32,
    /// Where its value comes from.
    pub origin: Origin,
    /// As in [`SourceFact::value`].
    pub value: Option<String>,
    /// As in [`SourceFact::shape`].
    pub shape: Option<String>,
    /// As in [`SourceFact::fallback`], where it is written in the call itself.
    #[serde(default)]
    pub fallback: Option<String>,
    /// The name of what holds it, where it is written elsewhere: `apiKey`.
    #[serde(default)]
    pub held_in: Option<String>,
}

/// A comment in the source that allows what stands beside it: `redflag:allow RULE reason until=2026-12-31`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InlineDecision {
    /// The rules it is about, with commas between them.
    pub rule: String,
    /// Why; empty when it does not say, and then it allows nothing.
    pub reason: String,
    /// The last day on which it holds; absent when it names none.
    pub until: Option<String>,
    /// Its line.
    pub line: u32,
}

/// How sure it is that a place is what it looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// A grammar understood it, and the value looks like none of the stand-ins.
    #[default]
    High,
    /// A hand-written lexer read it, the grammar did not understand the place, or the value looks made up though it is used.
    Low,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Surface {
    /// A program or its configuration.
    #[default]
    App,
    /// Code that runs in a browser.
    Browser,
    /// Code of a mobile or desktop client.
    Client,
    /// Tests and their data.
    Test,
    /// Documentation and examples for readers.
    Documentation,
    /// Build and deployment.
    Pipeline,
    /// Code of others that came with the app, or that a tool wrote.
    Vendored,
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
    /// The line, as it may be shown; absent where it cannot be had any more.
    #[serde(default)]
    pub code: Option<CodeLine>,
}

/// A line of the source as it may be shown: secrets masked, blanks for tabs, what is invisible written out, long lines cut.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CodeLine {
    /// Its number, from 1.
    pub line: u32,
    /// What of it is shown.
    pub text: String,
    /// The part of the text that it is about: the value where there is one. Absent in lines that are shown for their neighbours.
    #[serde(default)]
    pub marked: Option<Marked>,
}

/// A part of a text, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Marked {
    /// The first, from 0.
    pub start: u32,
    /// The one after the last.
    pub end: u32,
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
    /// A header of a request has a value.
    Header,
    /// A switch has a value, or is left at its default ([`Origin::Absent`]).
    Setting,
    /// Something watched is called or created.
    Call,
    /// Text of a known form stands anywhere: a ticket, a token, a tenant's id, a host.
    Literal,
    /// A private key, whole.
    KeyMaterial,
    /// Something watched is written to a log or to the screen.
    Log,
    /// A parameter in the query of an address has a value.
    Query,
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
    /// Read from a secret store.
    SecretStore,
    /// Given by the caller.
    Parameter,
    /// Written out, but a stand-in: empty, `YOUR_…`, `${…}`, elided.
    Placeholder,
    /// Nothing is written: the default holds.
    Absent,
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
    /// Visual Basic.
    #[serde(rename = "vb")]
    VisualBasic,
    /// JavaScript, with JSX.
    #[serde(rename = "javascript")]
    JavaScript,
    /// TypeScript, with TSX.
    #[serde(rename = "typescript")]
    TypeScript,
    /// PHP.
    Php,
    /// Python.
    Python,
    /// Java.
    Java,
    /// PowerShell.
    #[serde(rename = "powershell")]
    PowerShell,
    /// The script language of the platform.
    #[serde(rename = "crmscript")]
    CrmScript,
    /// A program in another language: Go, Kotlin, Swift, Dart, Ruby, Rust, C.
    Other,
    /// Pages with scripts and forms in them: HTML, Razor, ASPX, Vue, Svelte.
    Html,
    /// YAML.
    Yaml,
    /// TOML.
    Toml,
    /// `KEY=value` lines: `.env`, INI, `.properties`.
    Properties,
    /// Shell scripts and Dockerfiles.
    Shell,
    /// Requests to be sent from an editor: `.http`, `.rest`.
    Http,
    /// Infrastructure as code: Terraform, Bicep.
    Infrastructure,
    /// Anything else that is text.
    Text,
    /// Key stores and other files that are no text.
    Binary,
}
