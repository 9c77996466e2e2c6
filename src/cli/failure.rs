//! Why a command could not do its work. These are people's mistakes and the system's refusals; a target's silence is a fact, not a failure.

use std::{fmt::Write as _, io, path::PathBuf};

use super::{
    exit::Exit,
    outputs::{OutputError, Written},
};
use crate::{
    collect::{RecordingError, Refusal, TrustError, masked_url},
    manifest::UrlError,
    wording::visible,
    yaml::Problem,
};

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Something on the command line does not fit.
    #[error("{0}")]
    Usage(String),
    /// A file that a person wrote has mistakes.
    #[error("{}", count(problems.len()))]
    Problems {
        /// Each with its place.
        problems: Vec<Problem>,
        /// The texts of the files, by name, for the code frames.
        texts: Vec<(String, String)>,
    },
    /// A file cannot be read.
    #[error("cannot read `{}`: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A report cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Some reports cannot be written; everything else was done.
    #[error("{}", unwritten(.0))]
    Reports(Written),
    /// A URL cannot be visited.
    #[error("{url}: {cause}")]
    Url {
        /// The URL, as it may be shown.
        url: String,
        /// Why not.
        cause: UrlError,
    },
    /// A file with roots holds none.
    #[error("`{}`: {cause}", path.display())]
    Trust {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: TrustError,
    },
    /// A recording that cannot be judged.
    #[error("`{}`: {cause}", path.display())]
    Recording {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: RecordingError,
    },
    /// Targets that must not be contacted.
    #[error("{}", refused(.0))]
    Scope(Vec<Refusal>),
    /// A result file is not what it says it is.
    #[error("`{}` is not a result of redflag: {why}", path.display())]
    NotAResult {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// A result file contradicts itself.
    #[error("`{}` was changed after it was written: {contradiction}; make the result again", path.display())]
    Tampered {
        /// The file.
        path: PathBuf,
        /// In what.
        contradiction: String,
    },
    /// Examples of rules that do not hold.
    #[error("{}", .0.join("\n       "))]
    BrokenExamples(Vec<String>),
    /// The system refuses something that every run needs.
    #[error("{what}: {cause}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        cause: io::Error,
    },
}

impl Failure {
    /// A URL of the command line that cannot be visited.
    pub(super) fn url(raw: &str, cause: UrlError) -> Self {
        match cause {
            UrlError::Credentials { .. } => Self::Usage(cause.to_string()),
            cause => Self::Url { url: in_words(raw), cause },
        }
    }

    /// What the process says to its caller.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Scope(_) => Exit::ScopeRefused,
            Self::NotAResult { .. } | Self::Tampered { .. } => Exit::Verification,
            _ => Exit::Usage,
        }
    }
}

fn count(problems: usize) -> String {
    match problems {
        1 => "1 problem".into(),
        problems => format!("{problems} problems"),
    }
}

fn unwritten(written: &Written) -> String {
    let failures: Vec<String> = written.failures.iter().map(ToString::to_string).collect();
    let others = match written.paths.as_slice() {
        [] => String::new(),
        paths => format!("; written: {}", paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")),
    };
    format!("{}\nthe rest of the run was done{others}", failures.join("\n"))
}

fn refused(refusals: &[Refusal]) -> String {
    let mut text = String::new();
    for Refusal { url, ip } in refusals {
        let url = in_words(url);
        let _ = writeln!(text, "{url} leads to {ip}, which is not a public address");
    }
    text + "nothing was contacted; `--allow-private` permits private addresses"
}

/// What a URL may be called in a message. Where a password may begin and end in a broken one is anyone's guess, so it is not shown at all.
pub(super) fn in_words(url: &str) -> String {
    if url.contains('@') {
        "the URL (not shown: a password may stand before its `@`)".into()
    } else {
        format!("`{}`", masked_url(url.trim()))
    }
}

/// Whether a URL or a secret parameter may stand in a text, so that it is better not repeated.
pub(super) fn may_hold_secret(text: &str) -> bool {
    text.contains("://") || text.contains('@') || text.lines().any(|line| masked_url(line) != visible(line))
}
