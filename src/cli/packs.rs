//! The rules in force: loaded, selected, and proved.

use std::path::PathBuf;

use super::{
    arguments::{JudgingArguments, PackArguments},
    exit::Exit,
    failure::Failure,
    terminal::Terminal,
};
use crate::{
    collect::facts_in,
    evidence::Profile,
    rules::{self, Pack},
    wording::nearest,
};

/// What the evidence is judged by, as far as the command line says.
pub(super) struct Judging {
    pub(super) pack: Pack,
    pub(super) profile: Profile,
}

/// Loads the pack and leaves only the rules that were asked for. `declared` is the profile of the manifest.
pub(super) fn judging(arguments: &JudgingArguments, declared: Profile) -> Result<Judging, Failure> {
    let mut pack = load(&arguments.packs)?;
    for id in arguments.rule.iter().chain(&arguments.skip_rule) {
        require_rule(&pack, id)?;
    }
    pack.rules.retain(|rule| {
        let asked = arguments.rule.is_empty() || arguments.rule.contains(&rule.id);
        asked && !arguments.skip_rule.contains(&rule.id)
    });
    Ok(Judging { pack, profile: arguments.profile.map_or(declared, Profile::from) })
}

/// Loads the pack.
pub(super) fn load(arguments: &PackArguments) -> Result<Pack, Failure> {
    rules::load(&arguments.pack, &arguments.rules)
        .map_err(|refused| Failure::Problems { problems: refused.problems, texts: refused.texts.into_iter().collect() })
}

fn require_rule(pack: &Pack, id: &str) -> Result<(), Failure> {
    let ids = || pack.rules.iter().map(|rule| rule.id.as_str());
    if ids().any(|known| known == id) {
        return Ok(());
    }
    let hint = match nearest(id, ids()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`redflag rules list` shows them".into(),
    };
    Err(Failure::Usage(format!("no rule has the id `{id}`; {hint}")))
}

/// `redflag rules test`: every rule against its own examples.
pub(super) fn test(arguments: &PackArguments, terminal: Terminal) -> Result<Exit, Failure> {
    let pack = load(arguments)?;
    let facts = |file: &str, code: &str| facts_in(file, code, &pack.vocabulary());
    let broken = rules::broken_examples(&pack, &facts);
    if !broken.is_empty() {
        return Err(Failure::BrokenExamples(broken));
    }
    let examples: usize = pack.rules.iter().map(rules::Rule::example_count).sum();
    terminal.data(|out| writeln!(out, "{} rules hold in all of their {examples} examples", pack.rules.len()))?;
    Ok(Exit::Clean)
}

/// `redflag rules validate`: every mistake in every file.
pub(super) fn validate(folders: Vec<PathBuf>, mut arguments: PackArguments, terminal: Terminal) -> Result<Exit, Failure> {
    arguments.rules.extend(folders);
    let pack = load(&arguments)?;
    let (rules, requirements) = (pack.rules.len(), pack.requirements.len());
    terminal.data(|out| {
        writeln!(out, "pack `{}`, edition {}: {rules} rules and {requirements} requirements are sound", pack.name, pack.edition)
    })?;
    Ok(Exit::Clean)
}
