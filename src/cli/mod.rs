//! The command line: the only place that prints, reads the clock or the environment, or picks an exit code.

mod arguments;
mod check;
mod demo;
mod environment;
mod exit;
mod explain;
mod failure;
mod finish;
mod generate;
mod init;
mod list;
mod outputs;
mod packs;
mod permission;
mod reading;
mod saved;
mod terminal;

use std::{panic, process::ExitCode};

use arguments::{Arguments, Command, RequirementsCommand, RulesCommand};
use clap::Parser as _;
use environment::Environment;
pub use exit::Exit;
use failure::Failure;
use terminal::Terminal;

/// The pack that is used when none is named.
pub(crate) const DEFAULT_PACK: &str = "superoffice";

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    report_bugs_without_their_data();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return terminal::say_usage(&error),
    };
    let terminal = Terminal::new(arguments.quiet, arguments.verbose);
    let exit = match panic::catch_unwind(|| run(arguments.command, terminal)) {
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) => {
            terminal.error(&failure);
            failure.exit()
        }
        Err(_) => Exit::Bug,
    };
    ExitCode::from(exit.code())
}

fn run(command: Command, terminal: Terminal) -> Result<Exit, Failure> {
    let environment = Environment::read()?;
    match command {
        Command::Check(arguments) => check::check(&arguments, &environment, terminal),
        Command::Scan(arguments) => check::scan(*arguments, &environment, terminal),
        Command::Evaluate(arguments) => saved::evaluate(&arguments, &environment, terminal),
        Command::Report(arguments) => saved::report(&arguments, terminal),
        Command::Explain(arguments) => explain::explain(&arguments, terminal),
        Command::Rules(RulesCommand::List(arguments)) => list::rules(&arguments, terminal),
        Command::Rules(RulesCommand::Test(packs)) => packs::test(&packs, terminal),
        Command::Rules(RulesCommand::Validate { folders, packs }) => packs::validate(folders, packs, terminal),
        Command::Requirements(RequirementsCommand::List(packs)) => list::requirements(&packs, terminal),
        Command::Demo(arguments) => demo::demo(&arguments, &environment, terminal),
        Command::Init(arguments) => init::init(&arguments, terminal),
        Command::Schema(arguments) => generate::schema(arguments.of, terminal),
        Command::Completions { shell } => generate::completions(shell, terminal),
        Command::Man => generate::man(terminal),
    }
}

/// A panic names its place in the code, never the data that led there.
fn report_bugs_without_their_data() {
    panic::set_hook(Box::new(|bug| {
        let place = bug.location().map(|location| format!(" at {}:{}", location.file(), location.line())).unwrap_or_default();
        terminal::say_bug(&place);
    }));
}
