//! The rules in force: loaded, selected, and proved.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::{
    arguments::{JudgingArguments, PackArguments},
    exit::Exit,
    failure::Failure,
    terminal::Terminal,
};
use crate::{
    collect::facts_in,
    decisions::Decidable,
    evidence::{EnvironmentName, PlatformEnvironment, Profile},
    rules::{self, LoadError, Pack, Requirement, Verification},
    wording::{count, nearest},
    yaml::Problem,
};

/// What the evidence is judged by, as far as the command line says.
pub(super) struct Judging {
    pub(super) pack: Pack,
    pub(super) profile: Profile,
    /// The ids of all rules, those that were left out among them.
    pub(super) rule_ids: BTreeSet<String>,
}

impl Judging {
    /// What decisions may name.
    pub(super) fn decidable(&self) -> Decidable<'_> {
        let is_attestable = |requirement: &&Requirement| requirement.verified_by.contains(&Verification::Attestation);
        let (attestable, others): (Vec<_>, Vec<_>) = self.pack.requirements.iter().partition(is_attestable);
        Decidable {
            rules: self.rule_ids.iter().map(String::as_str).collect(),
            attestable: attestable.into_iter().map(|requirement| requirement.id.as_str()).collect(),
            verified_otherwise: others.into_iter().map(|requirement| requirement.id.as_str()).collect(),
        }
    }
}

/// Loads the pack and leaves only the rules that were asked for. `declared` is the profile of the manifest.
pub(super) fn judging(arguments: &JudgingArguments, declared: Profile) -> Result<Judging, Failure> {
    let mut pack = loaded(&arguments.packs, rules::load_to_judge)?;
    for id in arguments.rule.iter().chain(&arguments.skip_rule) {
        require_rule(&pack, id)?;
    }
    let rule_ids = pack.rules.iter().map(|rule| rule.id.clone()).collect();
    pack.rules.retain(|rule| {
        let asked = arguments.rule.is_empty() || arguments.rule.contains(&rule.id);
        asked && !arguments.skip_rule.contains(&rule.id)
    });
    Ok(Judging { pack, profile: arguments.profile.map_or(declared, Profile::from), rule_ids })
}

/// Loads the pack, every file of it checked.
pub(super) fn load(arguments: &PackArguments) -> Result<Pack, Failure> {
    loaded(arguments, rules::load)
}

fn loaded(arguments: &PackArguments, load: impl FnOnce(&str, &[PathBuf]) -> Result<Pack, LoadError>) -> Result<Pack, Failure> {
    let pack = load(&arguments.pack, &arguments.rules)
        .map_err(|refused| Failure::Problems { problems: refused.problems, texts: refused.texts.into_iter().collect() })?;
    match arguments.rules.iter().find(|folder| !holds_rules(&pack, folder)) {
        None => Ok(pack),
        Some(folder) => Err(Failure::Usage(format!("`{}` holds no rule file; rules end in `.yaml`", folder.display()))),
    }
}

/// A manifest's mistakes, with the right word where somebody wrote the platform's own one for an environment: the first part of the host that
/// signs in there.
pub(super) fn in_words_of_platform(failure: Failure, arguments: &PackArguments) -> Failure {
    let Failure::Problems { problems, texts } = failure else { return failure };
    let environments = rules::load(&arguments.pack, &arguments.rules).map(|pack| pack.platform.environments).unwrap_or_default();
    let named = |problem: Problem| {
        let written = problem.message.strip_prefix("unknown word `").and_then(|rest| rest.strip_suffix('`')).map(str::to_lowercase);
        let is_meant = |environment: &&PlatformEnvironment| environment.sign_in_host.split('.').next() == written.as_deref();
        let is_about_environments = problem.help.as_ref().is_some_and(|help| help.contains(EnvironmentName::Development.name()));
        match environments.iter().find(is_meant).filter(|_| is_about_environments) {
            Some(environment) => Problem { help: None, ..problem.suggest(Some(environment.name.name())) },
            None => problem,
        }
    };
    Failure::Problems { problems: problems.into_iter().map(named).collect(), texts }
}

/// Whether a rule, or the pack itself, came from a folder.
fn holds_rules(pack: &Pack, folder: &Path) -> bool {
    pack.rules.iter().any(|rule| Path::new(&rule.file).starts_with(folder)) || folder.join("pack.yaml").is_file()
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
    let (rules, requirements) = (count(pack.rules.len(), "rule", "rules"), count(pack.requirements.len(), "requirement", "requirements"));
    terminal.data(|out| writeln!(out, "pack `{}`, edition {}: {rules} and {requirements} are sound", pack.name, pack.edition))?;
    Ok(Exit::Clean)
}
