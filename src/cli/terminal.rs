//! Saying things: data on standard output, everything else on standard error. Colours only where they are wanted.

use std::{
    fmt::Display,
    io::{self, IsTerminal as _, Write},
    process::ExitCode,
};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use tracing::level_filters::LevelFilter;

use super::{Exit, Failure};
use crate::wording::visible;

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
        tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).with_ansi(colour).without_time().with_target(false).init();
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
                // The line first: that is what editors and other programs look for.
                let _ = writeln!(anstream::stderr(), "{problem}\n{}\n", problem.frame(text));
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
