//! `redflag explain`: a rule, a requirement or the rating guide, in its own words.

mod grade;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{arguments::ExplainArguments, exit::Exit, failure::Failure, list::verification, packs::load, terminal::Terminal};
use crate::{
    evidence::Profile,
    rating::Guide,
    rules::{Pack, Requirement, Rule},
    wording::nearest,
};

/// The most ids that are offered instead of an unknown one.
const ALIKE_SHOWN: usize = 5;

const TITLE: Style = Style::new().bold();
const LABEL: Style = AnsiColor::Cyan.on_default();

/// Shows a rule, a requirement or the rating guide.
pub(super) fn explain(arguments: &ExplainArguments, terminal: Terminal) -> Result<Exit, Failure> {
    let wanted = arguments.id.as_str();
    if wanted.eq_ignore_ascii_case(grade::WORD) {
        terminal.data(|out| grade::show(Guide::shipped(), out))?;
        return Ok(Exit::Clean);
    }
    let pack = load(&arguments.packs)?;
    let meant = meant(wanted, &pack);
    if let Some(rule) = pack.rules.iter().find(|rule| meant.contains(&rule.id.as_str())).filter(|_| meant.len() == 1) {
        terminal.data(|out| show_rule(rule, &pack, out))?;
    } else if let Some(requirement) = pack.requirements.iter().find(|requirement| requirement.id.eq_ignore_ascii_case(wanted)) {
        terminal.data(|out| show_requirement(requirement, &pack, out))?;
    } else {
        return Err(Failure::Usage(format!("no rule and no requirement has the id `{wanted}`; {}", hint(wanted, &meant, &pack))));
    }
    Ok(Exit::Clean)
}

/// The rules that a whole id means, or the last parts of one: `csp-missing`, `headers.csp-missing`.
fn meant<'a>(wanted: &str, pack: &'a Pack) -> Vec<&'a str> {
    let ids = || pack.rules.iter().map(|rule| rule.id.as_str());
    let wanted = wanted.to_ascii_lowercase();
    let is_end = |id: &&str| id.to_ascii_lowercase().strip_suffix(&wanted).is_some_and(|before| before.is_empty() || before.ends_with('.'));
    let whole: Vec<&str> = ids().filter(|id| id.eq_ignore_ascii_case(&wanted)).collect();
    if whole.is_empty() { ids().filter(is_end).collect() } else { whole }
}

/// What may have been meant instead: rules of that short name, the nearest id, or rules with the same words in their names.
fn hint(wanted: &str, meant: &[&str], pack: &Pack) -> String {
    let short = |id: &'_ str| id.rsplit('.').next().unwrap_or_default().to_owned();
    let names: Vec<(String, &str)> = pack.rules.iter().map(|rule| (short(&rule.id), rule.id.as_str())).collect();
    let near = nearest(wanted, pack.ids().chain([grade::WORD]))
        .or_else(|| nearest(wanted, names.iter().map(|(name, _)| name.as_str())))
        .map(ToOwned::to_owned);
    let words: Vec<&str> = wanted.split(|letter: char| !letter.is_alphanumeric()).filter(|word| word.len() > 2).collect();
    let has_words = |id: &str| !words.is_empty() && words.iter().all(|word| id.contains(word.to_ascii_lowercase().trim_end_matches('s')));
    let alike: Vec<&str> = match (meant, &near) {
        ([], Some(near)) => vec![near],
        ([], None) => names.iter().map(|(_, id)| *id).filter(|id| has_words(id)).take(ALIKE_SHOWN).collect(),
        (several, _) => several.to_vec(),
    };
    match alike.as_slice() {
        [] => "`redflag rules list` and `redflag requirements list` show them".to_owned(),
        alike => format!("did you mean `{}`?", alike.join("`, `")),
    }
}

fn show_rule(rule: &Rule, pack: &Pack, out: &mut dyn Write) -> io::Result<()> {
    let summary = rule.summary(Profile::Standard);
    let custom = rule.summary(Profile::Custom).severity;
    writeln!(out, "{TITLE}{}{TITLE:#}\n{}\n", summary.id, summary.title)?;
    field(
        out,
        "severity",
        &if custom == summary.severity {
            summary.severity.name().to_owned()
        } else {
            format!("{} for standard apps, {} for custom apps", summary.severity.name(), custom.name())
        },
    )?;
    if let Some(requirement) = pack.requirements.iter().find(|requirement| requirement.id == summary.requirement) {
        field(out, "requirement", &format!("{}: {}", requirement.id, requirement.title))?;
    }
    field(out, "each", rule.each.name())?;
    if let Some(when) = rule.when() {
        field(out, "when", when)?;
    }
    field(out, "expect", rule.expect())?;
    field(out, "references", &summary.references.join(", "))?;
    writeln!(out, "\n{LABEL}Why{LABEL:#}\n{}\n\n{LABEL}How to mend it{LABEL:#}\n{}", summary.why.trim(), summary.fix.trim())
}

fn show_requirement(requirement: &Requirement, pack: &Pack, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{TITLE}{}{TITLE:#}\n{}\n", requirement.id, requirement.title)?;
    field(out, "edition", &format!("{} {}", pack.title, pack.edition))?;
    field(out, "chapter", &requirement.chapter)?;
    field(out, "strength", requirement.strength.name())?;
    field(out, "source", &requirement.source)?;
    field(out, "binds", &requirement.applies_to.iter().map(|profile| profile.name()).collect::<Vec<_>>().join(" and "))?;
    field(out, "verified by", &verification(requirement))?;
    for rule in pack.rules.iter().filter(|rule| rule.requirement == requirement.id) {
        field(out, "rule", &format!("{}  {}", rule.id, rule.title))?;
    }
    if !requirement.rolls_up.is_empty() {
        field(out, "sums up", &requirement.rolls_up.join(", "))?;
    }
    writeln!(out, "\n{}", requirement.text.trim())?;
    if let Some(question) = &requirement.question {
        writeln!(out, "\n{LABEL}To be attested{LABEL:#}\n{}", question.trim())?;
    }
    Ok(())
}

fn field(out: &mut dyn Write, label: &str, text: &str) -> io::Result<()> {
    writeln!(out, "{LABEL}{label:<12}{LABEL:#} {text}")
}
