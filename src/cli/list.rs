//! `redflag rules list` and `redflag requirements list`.

use super::{arguments::PackArguments, exit::Exit, failure::Failure, packs::load, terminal::Terminal};
use crate::{
    evidence::Profile,
    rules::{Requirement, Verification},
};

/// Every rule, a line each.
pub(super) fn rules(arguments: &PackArguments, terminal: Terminal) -> Result<Exit, Failure> {
    let pack = load(arguments)?;
    let summaries: Vec<_> = pack.rules.iter().map(|rule| rule.summary(Profile::Standard)).collect();
    let widest = summaries.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    terminal.data(|out| {
        for rule in &summaries {
            writeln!(out, "{:<widest$}  {:<8}  {:<11}  {}", rule.id, rule.severity.name(), rule.requirement, rule.title)?;
        }
        Ok(())
    })?;
    terminal.line(format_args!("{} rules; `redflag explain RULE` shows one", summaries.len()));
    Ok(Exit::Clean)
}

/// Every requirement in document order, a line each.
pub(super) fn requirements(arguments: &PackArguments, terminal: Terminal) -> Result<Exit, Failure> {
    let pack = load(arguments)?;
    terminal.data(|out| {
        let mut chapter = "";
        for requirement in &pack.requirements {
            if requirement.chapter != chapter {
                chapter = &requirement.chapter;
                writeln!(out, "\n{chapter}")?;
            }
            let (id, how, title) = (&requirement.id, verification(requirement), &requirement.title);
            writeln!(out, "  {:>2}  {id:<12}  {:<6}  {how:<19}  {title}", requirement.sentence, requirement.strength.name())?;
        }
        Ok(())
    })?;
    terminal.line(format_args!("\n{} requirements, {}, edition {}", pack.requirements.len(), pack.title, pack.edition));
    Ok(Exit::Clean)
}

/// The ways a requirement is verified, in words.
pub(super) fn verification(requirement: &Requirement) -> String {
    let word = |way: &Verification| match way {
        Verification::Rules => "rules",
        Verification::Attestation => "attestation",
        Verification::RollUp => "roll-up",
    };
    requirement.verified_by.iter().map(word).collect::<Vec<_>>().join(" + ")
}
