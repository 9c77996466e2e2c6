//! Saying things: data on standard output, everything else on standard error. Colours only where they are wanted.

use std::{
    fmt::Display,
    io::{self, IsTerminal as _, Write},
    process::ExitCode,
};

use anstream::{AutoStream, ColorChoice, adapter::strip_str};
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use super::{Exit, Failure, failure::may_hold_secret};
use crate::{wording::visible, yaml::Problem};

const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Width for output that goes to no terminal, in columns.
const WIDTH_WITHOUT_TERMINAL: usize = 100;

/// The two streams, and how much to say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    quiet: bool,
}

impl Terminal {
    /// A terminal that says as much as was asked for.
    pub(super) fn new(quiet: bool, verbose: u8) -> Self {
        let level = match verbose {
            _ if quiet => LevelFilter::OFF,
            0 => LevelFilter::WARN,
            1 => LevelFilter::INFO,
            _ => LevelFilter::DEBUG,
        };
        let colour = AutoStream::choice(&io::stderr()) != ColorChoice::Never;
        let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(colour).without_time().with_target(false);
        // What other crates say of the wire may be secret: header lines, tokens in URLs.
        let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), level);
        tracing_subscriber::registry().with(ours).with(lines).init();
        Self { quiet }
    }

    /// Writes data to standard output. A reader that has gone away is not an error.
    #[expect(clippy::unused_self, reason = "what is said is said through the terminal")]
    pub(super) fn data(self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let mut out = io::BufWriter::new(anstream::stdout().lock());
        match write(&mut out).and_then(|()| out.flush()) {
            Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::System { what: "cannot write to standard output", cause })
            }
            _ => Ok(()),
        }
    }

    /// A line on standard error, unless quiet.
    pub(super) fn line(self, text: impl Display) {
        if !self.quiet {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// Why a command could not do its work, with code frames where there is code.
    #[expect(clippy::unused_self, reason = "what is said is said through the terminal")]
    pub(super) fn error(self, failure: &Failure) {
        if let Failure::Problems { problems, texts } = failure {
            for problem in problems {
                let text = texts.iter().find(|(file, _)| visible(file) == problem.file).map_or("", |(_, text)| text);
                let _ = writeln!(anstream::stderr(), "{}", shown(problem, text, io::stderr().is_terminal()));
            }
        }
        say(ERROR, "error", lines_visible(&failure.to_string()));
    }

    /// The width to wrap text at, in columns.
    #[expect(clippy::unused_self, reason = "what is said is said through the terminal")]
    pub(super) fn width(self) -> usize {
        terminal_size::terminal_size().map_or(WIDTH_WITHOUT_TERMINAL, |(width, _)| usize::from(width.0).clamp(40, 140))
    }

    /// A spinner on standard error, when somebody is there to see it.
    pub(super) fn spinner(self) -> ProgressBar {
        if self.quiet || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}").expect("the template is well formed");
        let spinner = ProgressBar::new_spinner().with_style(style);
        spinner.enable_steady_tick(std::time::Duration::from_millis(120));
        spinner
    }
}

/// A problem as a code frame for people, or as the one line that editors and other programs look for. A frame repeats the line of the file,
/// which must not hold a secret.
fn shown(problem: &Problem, text: &str, is_terminal: bool) -> String {
    let frame = is_terminal.then(|| problem.frame(text)).filter(|frame| !may_hold_secret(&strip_str(frame).to_string()));
    match frame {
        Some(frame) => format!("{frame}\n"),
        None if may_hold_secret(&problem.message) => without_quotes(problem),
        None => problem.to_string(),
    }
}

/// The problem without what its message quotes from the file.
fn without_quotes(problem: &Problem) -> String {
    let message = problem.message.split(['`', '"', '\'']).step_by(2).collect::<Vec<_>>().join("…");
    let message = if may_hold_secret(&message) { "the value does not fit here".into() } else { message };
    Problem { message, suggestion: None, ..problem.clone() }.to_string()
}

fn say(style: Style, label: &str, text: impl Display) {
    let _ = writeln!(anstream::stderr(), "{style}{label}{style:#}: {text}");
}

fn lines_visible(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n       ")
}

/// What clap has to say about the arguments: help and version are no mistakes.
pub(super) fn say_usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    let exit = if error.use_stderr() { Exit::Usage } else { Exit::Clean };
    ExitCode::from(exit.code())
}

/// A bug, with its place.
pub(super) fn say_bug(place: &str) {
    say(ERROR, "bug", format!("redflag failed{place}; please report it with the command you ran"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_shown_to_people_unless_its_line_holds_a_url() {
        let problem = Problem::at("redflag.yaml", 1, 1, "unknown key");
        assert!(strip_str(&shown(&problem, "endpoins: 1\n", true)).to_string().contains("endpoins: 1"));
        for line in ["url: https://user:PassW0rd@h/", "url: user:PassW0rd@h", "url: h/?access_token=PassW0rd"] {
            assert_eq!(shown(&problem, line, true), "redflag.yaml:1:1: unknown key", "{line}");
        }
        assert_eq!(shown(&problem, "endpoins: 1\n", false), "redflag.yaml:1:1: unknown key");
    }
}
