//! What is made from the definitions: JSON Schemas, shell completions, the manual page.

use clap::CommandFactory as _;
use schemars::schema_for;

use super::{
    arguments::{Arguments, SchemaOf},
    exit::Exit,
    failure::Failure,
    terminal::Terminal,
};
use crate::{assessment::Assessment, decisions::DecisionsFile, manifest::ManifestFile, rules::RuleSyntax};

/// `redflag schema`.
pub(super) fn schema(of: SchemaOf, terminal: Terminal) -> Result<Exit, Failure> {
    let schema = match of {
        SchemaOf::Manifest => schema_for!(ManifestFile),
        SchemaOf::Rule => schema_for!(RuleSyntax),
        SchemaOf::Result => schema_for!(Assessment),
        SchemaOf::Decisions => schema_for!(DecisionsFile),
    };
    terminal.data(|out| {
        serde_json::to_writer_pretty(&mut *out, &schema)?;
        writeln!(out)
    })?;
    Ok(Exit::Clean)
}

/// `redflag completions`.
pub(super) fn completions(shell: clap_complete::Shell, terminal: Terminal) -> Result<Exit, Failure> {
    let mut command = Arguments::command();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, env!("CARGO_PKG_NAME"), &mut script);
    terminal.data(|out| out.write_all(&script))?;
    Ok(Exit::Clean)
}

/// `redflag man`.
pub(super) fn man(terminal: Terminal) -> Result<Exit, Failure> {
    terminal.data(|out| clap_mangen::Man::new(Arguments::command()).render(out))?;
    Ok(Exit::Clean)
}
