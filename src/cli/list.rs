//! `redflag rules list` and `redflag requirements list`.

use std::io::{self, Write};

use super::{
    arguments::{ListArguments, PackArguments},
    exit::Exit,
    failure::Failure,
    packs::load,
    terminal::Terminal,
};
use crate::{
    evidence::Profile,
    rules::{Each, Measured, Pack, Requirement, Rule, Score, Verification},
};

/// Every rule, a line each.
pub(super) fn rules(arguments: &ListArguments, terminal: Terminal) -> Result<Exit, Failure> {
    let pack = load(&arguments.packs)?;
    if arguments.long {
        return in_detail(&pack, terminal);
    }
    let summaries: Vec<_> = pack.rules.iter().map(|rule| rule.summary(Profile::Standard)).collect();
    let widest = widest_id(&pack);
    terminal.data(|out| {
        for rule in &summaries {
            writeln!(out, "{:<widest$}  {:<8}  {:<11}  {}", rule.id, rule.severity.name(), rule.requirement, rule.title)?;
        }
        Ok(())
    })?;
    terminal.line(format_args!("{} rules; `redflag explain RULE` shows one", summaries.len()));
    Ok(Exit::Clean)
}

fn widest_id(pack: &Pack) -> usize {
    pack.rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default()
}

/// Every rule with what it needs and how well it does.
fn in_detail(pack: &Pack, terminal: Terminal) -> Result<Exit, Failure> {
    let measured = Measured::shipped().expect("a test reads the figures");
    let widest = widest_id(pack);
    terminal.data(|out| {
        let (severity, requirement, needs, title) = ("severity", "requirement", "needs", "title");
        write!(out, "{:<widest$}  {severity:<8}  {requirement:<11}  {needs:<15}  examples  cases  precision  recall  {title}", "rule")?;
        writeln!(out)?;
        pack.rules.iter().try_for_each(|rule| detail(out, rule, measured.of(&rule.id), widest))
    })?;
    let all = measured.overall();
    terminal.line(format_args!(
        "{} rules; on {} flaws of partner apps: precision {}, recall {}",
        pack.rules.len(),
        all.expected,
        all.precision(),
        all.recall()
    ));
    Ok(Exit::Clean)
}

fn detail(out: &mut dyn Write, rule: &Rule, score: Option<Score>, widest: usize) -> io::Result<()> {
    let (severity, needs, examples) = (rule.severity(Profile::Standard).name(), needed_for(rule.each), rule.example_count());
    // Nobody measured what has no case.
    let measured = score.map(|score| (score.expected.to_string(), score.precision(), score.recall()));
    let (cases, precision, recall) = measured.unwrap_or_else(|| ("-".into(), "-".into(), "-".into()));
    let (id, requirement, title) = (&rule.id, &rule.requirement, &rule.title);
    write!(out, "{id:<widest$}  {severity:<8}  {requirement:<11}  {needs:<15}  {examples:>8}  {cases:>5}  {precision:>9}  {recall:>6}  ")?;
    writeln!(out, "{title}")
}

/// What must be given for a rule to judge, and what of it is judged.
fn needed_for(each: Each) -> &'static str {
    match each {
        Each::App => "manifest",
        Each::Endpoint => "URL",
        Each::Address => "TLS address",
        Each::Protocol => "TLS version",
        Each::Certificate => "TLS certificate",
        Each::Weakness => "TLS weakness",
        Each::Response => "web response",
        Each::Cookie => "web cookie",
        Each::Answer => "web answer",
        Each::SignIn => "web sign-in",
        Each::Panel => "web panel",
        Each::ExposedFile => "web file",
        Each::Attempt => "web --active",
        Each::Source => "source",
    }
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
