//! The `redflag` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    redflag::cli::main()
}
