//! The command line, as a definition: clap makes parsing, help, man page and completions of it.

use std::{net::IpAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum, builder::styling};

use super::outputs::Output;
use crate::{
    collect::Override,
    evidence::{ChangeSet, Extent, Profile},
    rules::Severity,
};

const STYLES: styling::Styles = styling::Styles::styled()
    .header(styling::AnsiColor::Yellow.on_default().bold())
    .usage(styling::AnsiColor::Yellow.on_default().bold())
    .literal(styling::AnsiColor::Green.on_default())
    .placeholder(styling::AnsiColor::Cyan.on_default());

const EXIT_CODES: &str = "\
Exit codes:
  0  no red flags at or above --fail-on      5  a result file cannot be trusted
  1  red flags                               6  scope refused (private address)
  2  a mistake in arguments or files        70  a bug in redflag
  3  incomplete: unknown, or not ready     130  interrupted; a partial result was written
  4  nothing could be reached";

/// Finds what would stop a SuperOffice CRM Online app from being certified, before the auditor does.
#[derive(Debug, Parser)]
#[command(name = "redflag", version, styles = STYLES, max_term_width = 110, after_help = EXIT_CODES, propagate_version = true)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
    /// Say less: no progress, no notes
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Say more on standard error: what was looked at; twice for every address and answer
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check an app: its URLs, its TLS, its cookies, its source
    Check(Box<CheckArguments>),
    /// Check source folders only, without any network
    Scan(Box<ScanArguments>),
    /// Judge a saved result again; no network, no source needed
    Evaluate(EvaluateArguments),
    /// Render a saved result in other formats
    Report(ReportArguments),
    /// Show a rule or a requirement: what it asks, why, and how to meet it; or the guide by which servers are rated
    Explain(ExplainArguments),
    /// List, test or validate rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// List the requirements
    #[command(subcommand)]
    Requirements(RequirementsCommand),
    /// Check a deliberately flawed app on this machine: the first thing to run
    Demo(DemoArguments),
    /// Write a redflag.yaml to start from
    Init(InitArguments),
    /// Print a JSON Schema
    Schema(SchemaArguments),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Where to look, and how.
#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// URLs of the app: its redirect URL (login callback) first; https:// is added where the scheme is missing
    #[arg(value_name = "URL")]
    pub(super) urls: Vec<String>,
    /// Source folder to scan; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(super) source: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) extent: ExtentArguments,
    /// The manifest; redflag.yaml of the working folder when nothing else is given
    #[arg(long, value_name = "FILE", env = "REDFLAG_MANIFEST")]
    pub(super) manifest: Option<PathBuf>,
    /// Look only at these areas; may be repeated
    #[arg(long, value_name = "AREA")]
    pub(super) only: Vec<OnlyArea>,
    /// Check only these endpoints of the manifest; may be repeated
    #[arg(long, value_name = "ID")]
    pub(super) endpoint: Vec<String>,
    /// A recording of a browser session, whose cookies and headers are judged too: a HAR, or a cookie jar (JSON, Netscape); may be repeated
    #[arg(long, value_name = "FILE")]
    pub(super) har: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) forging: ForgingArguments,
    #[command(flatten)]
    pub(super) judging: JudgingArguments,
    #[command(flatten)]
    pub(super) reporting: ReportingArguments,
    #[command(flatten)]
    pub(super) network: NetworkArguments,
}

/// How much of the source to scan.
#[derive(Debug, Args)]
#[command(next_help_heading = "Source")]
pub(super) struct ExtentArguments {
    /// Scan the git history too: every version of every file, on every branch; a secret that was removed is still known to whoever has a copy
    #[arg(long)]
    pub(super) history: bool,
    /// Scan only what the next commit would take in (for a pre-commit hook)
    #[arg(long, conflicts_with_all = ["since", "history"])]
    pub(super) staged: bool,
    /// Scan only the files that differ from a revision (for a pull request): a branch, a tag, a commit, as in main or HEAD~3
    #[arg(long, value_name = "REV", conflicts_with = "history")]
    pub(super) since: Option<String>,
    /// Look into archives too (.zip, .nupkg, .war, .jar and such); what lies in them is read in memory and never unpacked to a disk
    #[arg(long)]
    pub(super) archives: bool,
}

impl ExtentArguments {
    pub(super) fn extent(&self) -> Extent {
        let changes = match &self.since {
            _ if self.staged => ChangeSet::Staged,
            Some(revision) => ChangeSet::Since(revision.clone()),
            None => ChangeSet::Everything,
        };
        Extent { changes, history: self.history, archives: self.archives }
    }
}

/// Whether to send what only an owner may allow.
#[derive(Debug, Args)]
#[command(next_help_heading = "Forged requests")]
pub(super) struct ForgingArguments {
    /// Send forged tokens, notifications and webhook calls to the app; its owner must allow it
    #[arg(long, conflicts_with = "offline")]
    pub(super) active: bool,
    /// Who allows that, for this run; a manifest can say it too (authorised)
    #[arg(long, value_name = "NAME", requires = "active")]
    pub(super) authorised_by: Option<String>,
}

/// How to reach hosts.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct NetworkArguments {
    /// Permit private, loopback and link-local addresses
    #[arg(long)]
    pub(super) allow_private: bool,
    /// Use this address for a host and port, as curl does; may be repeated
    #[arg(long, value_name = "HOST:PORT:ADDR", value_parser = parse_override)]
    pub(super) resolve: Vec<Override>,
    /// Trust these root certificates too (PEM or DER); may be repeated
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Vec<PathBuf>,
    /// Ask the authorities whether certificates were revoked (OCSP, CRL): contacts the hosts that the certificates name
    #[arg(long)]
    pub(super) revocation: bool,
    /// How long one probe may take, in seconds
    #[arg(long, value_name = "SECS", default_value = "10", env = "REDFLAG_TIMEOUT", value_parser = parse_seconds)]
    pub(super) timeout: f32,
    /// Connections in flight to one host
    #[arg(long, value_name = "N", default_value = "32", env = "REDFLAG_MAX_CONNECTIONS", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) max_connections: u16,
    /// Ask TLS servers for versions, cipher suites and certificates only; the rest stays unknown
    #[arg(long)]
    pub(super) quick: bool,
    /// Contact nothing: source and attestations only
    #[arg(long)]
    pub(super) offline: bool,
}

/// Which folders to scan, and how to judge them.
#[derive(Debug, Args)]
pub(super) struct ScanArguments {
    /// Folders to scan
    #[arg(value_name = "DIR", required = true)]
    pub(super) source: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) extent: ExtentArguments,
    #[command(flatten)]
    pub(super) judging: JudgingArguments,
    #[command(flatten)]
    pub(super) reporting: ReportingArguments,
}

/// What to judge again.
#[derive(Debug, Args)]
pub(super) struct EvaluateArguments {
    /// A result saved with -o json=FILE
    #[arg(value_name = "RESULT")]
    pub(super) result: PathBuf,
    #[command(flatten)]
    pub(super) judging: JudgingArguments,
    #[command(flatten)]
    pub(super) reporting: ReportingArguments,
}

/// By which rules and decisions to judge.
#[derive(Debug, Args)]
#[command(next_help_heading = "Judging")]
pub(super) struct JudgingArguments {
    /// A file with waivers and attestations
    #[arg(long, value_name = "FILE", env = "REDFLAG_DECISIONS")]
    pub(super) decisions: Option<PathBuf>,
    #[command(flatten)]
    pub(super) packs: PackArguments,
    /// Hold the app to these requirements
    #[arg(long, value_name = "PROFILE", env = "REDFLAG_PROFILE", value_enum)]
    pub(super) profile: Option<ProfileWord>,
    /// Apply only this rule; may be repeated
    #[arg(long, value_name = "ID")]
    pub(super) rule: Vec<String>,
    /// Leave this rule out; may be repeated, and shows in the report
    #[arg(long, value_name = "ID")]
    pub(super) skip_rule: Vec<String>,
}

/// Where the rules come from.
#[derive(Clone, Debug, Args)]
pub(super) struct PackArguments {
    /// The pack of requirements and rules
    #[arg(long, value_name = "NAME", default_value = super::DEFAULT_PACK, env = "REDFLAG_PACK")]
    pub(super) pack: String,
    /// A folder with more rules, or with a pack of its own; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(super) rules: Vec<PathBuf>,
}

/// What to write, and when to fail.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct ReportingArguments {
    #[command(flatten)]
    pub(super) outputs: OutputArguments,
    /// The least severity that makes the exit code 1
    #[arg(long, value_name = "SEVERITY", default_value = "medium", env = "REDFLAG_FAIL_ON", value_enum)]
    pub(super) fail_on: FailOn,
    /// Exit with 3 unless every requirement is met, attestations included
    #[arg(long)]
    pub(super) require_ready: bool,
    /// Do not exit with 3 for what could not be observed
    #[arg(long, conflicts_with = "require_ready")]
    pub(super) allow_incomplete: bool,
}

/// What to write.
#[derive(Debug, Args)]
pub(super) struct OutputArguments {
    /// Write a report (text, json, html, sarif, sarif-github) to a file or to standard output (-); may be repeated
    #[arg(short, long, value_name = "FORMAT[=PATH]", value_parser = Output::parse)]
    pub(super) output: Vec<Output>,
}

/// What to render.
#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// A result saved with -o json=FILE
    #[arg(value_name = "RESULT")]
    pub(super) result: PathBuf,
    #[command(flatten)]
    pub(super) outputs: OutputArguments,
}

/// What to explain.
#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// The id of a rule or a requirement, or `grade` for the guide by which servers are rated
    #[arg(value_name = "RULE|REQUIREMENT|grade")]
    pub(super) id: String,
    #[command(flatten)]
    pub(super) packs: PackArguments,
}

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// List the rules
    List(ListArguments),
    /// Run every rule against its own examples; exits with 2 when one does not hold
    Test(PackArguments),
    /// Load rules, and report every mistake in them with line and column
    Validate {
        /// Folders with rules or packs
        #[arg(value_name = "DIR")]
        folders: Vec<PathBuf>,
        #[command(flatten)]
        packs: PackArguments,
    },
}

/// How to list rules.
#[derive(Debug, Args)]
pub(super) struct ListArguments {
    /// Say of each rule what it needs, and how well it does on the partner apps that redflag is tested with
    #[arg(long)]
    pub(super) long: bool,
    #[command(flatten)]
    pub(super) packs: PackArguments,
}

/// What to do with requirements.
#[derive(Debug, Subcommand)]
pub(super) enum RequirementsCommand {
    /// List the requirements in document order, and how each is verified
    List(PackArguments),
}

/// Where the demo's reports go.
#[derive(Debug, Args)]
pub(super) struct DemoArguments {
    /// The folder for the reports
    #[arg(long, value_name = "DIR", default_value = "redflag-report")]
    pub(super) output_dir: PathBuf,
}

/// What to start from.
#[derive(Debug, Args)]
pub(super) struct InitArguments {
    /// The redirect URL (login callback) of the app
    #[arg(long, value_name = "URL")]
    pub(super) url: Option<String>,
    /// The app's name
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// Overwrite a file that exists
    #[arg(long)]
    pub(super) force: bool,
}

/// Which schema.
#[derive(Debug, Args)]
pub(super) struct SchemaArguments {
    /// What the schema describes
    #[arg(value_enum)]
    pub(super) of: SchemaOf,
}

/// What a schema describes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum SchemaOf {
    /// redflag.yaml
    Manifest,
    /// A rule file
    Rule,
    /// The JSON result
    Result,
    /// The decisions file
    Decisions,
}

/// A part of the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OnlyArea {
    /// TLS handshakes
    Tls,
    /// Requests
    Web,
    /// Source folders
    Source,
    /// Statements by people
    Attestations,
}

/// A profile on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ProfileWord {
    /// App Store apps
    Standard,
    /// Apps for one customer
    Custom,
}

impl From<ProfileWord> for Profile {
    fn from(word: ProfileWord) -> Self {
        match word {
            ProfileWord::Standard => Self::Standard,
            ProfileWord::Custom => Self::Custom,
        }
    }
}

/// A threshold on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum FailOn {
    /// Critical only
    Critical,
    /// High and above
    High,
    /// Medium and above: what the auditor does not approve
    Medium,
    /// Low and above
    Low,
    /// Whatever is found, do not fail for it
    Never,
}

impl FailOn {
    /// The least severity that fails a run; absent for never.
    pub(super) fn severity(self) -> Option<Severity> {
        match self {
            Self::Critical => Some(Severity::Critical),
            Self::High => Some(Severity::High),
            Self::Medium => Some(Severity::Medium),
            Self::Low => Some(Severity::Low),
            Self::Never => None,
        }
    }
}

/// `HOST:PORT:ADDR[,ADDR]…`, addresses in brackets or not, as curl takes it.
fn parse_override(text: &str) -> Result<Override, String> {
    let expected = || format!("`{text}` is not HOST:PORT:ADDR, as in app.example.com:443:127.0.0.1");
    let plain = text.strip_prefix('+').unwrap_or(text);
    let (host, rest) = match plain.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once("]:").ok_or_else(expected)?,
        None => plain.split_once(':').ok_or_else(expected)?,
    };
    let (port, addresses) = rest.split_once(':').ok_or_else(expected)?;
    let parse_address = |address: &str| address.trim_matches(['[', ']']).parse::<IpAddr>().map_err(|_| expected());
    Ok(Override {
        host: host.to_owned(),
        port: port.parse().map_err(|_| expected())?,
        addresses: addresses.split(',').map(parse_address).collect::<Result<_, _>>()?,
    })
}

fn parse_seconds(text: &str) -> Result<f32, String> {
    let seconds: f32 = text.parse().map_err(|_| format!("`{text}` is not a number of seconds"))?;
    if (0.1..=600.0).contains(&seconds) { Ok(seconds) } else { Err("a timeout lies between 0.1 and 600 seconds".into()) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn resolve_reads_what_curl_reads() {
        let v4 = parse_override("app.example.com:443:127.0.0.1").unwrap();
        assert_eq!((v4.host.as_str(), v4.port, v4.addresses.len()), ("app.example.com", 443, 1));
        assert_eq!(parse_override("a.example:443:[::1],127.0.0.1").unwrap().addresses.len(), 2);
        assert_eq!(parse_override("[::1]:443:127.0.0.1").unwrap().host, "::1");
        assert!(parse_override("a.example:443").is_err());
        assert!(parse_override("a.example:443:b.example").is_err());
    }
}
