//! The first pass of a source scan alone, for `benches/source/run`: without folders the literals that it looks for, one on each line; with folders how many
//! of their files hold one.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use redflag::{
    collect::{holders, literals},
    rules::load,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let vocabulary = load("superoffice", &[])?.vocabulary();
    // Cargo says how it runs a benchmark.
    let folders: Vec<PathBuf> = std::env::args_os().skip(1).filter(|argument| argument != "--bench").map(PathBuf::from).collect();
    let mut output = io::stdout().lock();
    if folders.is_empty() {
        for literal in literals(&vocabulary) {
            writeln!(output, "{literal}")?;
        }
    } else {
        let (files, held) = holders(&folders, &vocabulary);
        writeln!(output, "{held} of {files} files")?;
    }
    Ok(())
}
