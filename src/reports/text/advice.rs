//! Why a rule of the source matters and how to mend what it found, said once for all that it found: with the steps for the languages at hand.

use std::{collections::BTreeSet, io};

use anstyle::Style;

use super::{FAINT, page::Page};
use crate::{
    evidence::Language,
    reports::prose::{Block, Step, blocks, plain},
    rules::RuleSummary,
};

/// Words in the label of a step that say for which stack it is.
const STACKS: [(Stack, &[&str]); 5] = [
    (Stack::DotNet, &[".net", "asp.net", "iis", "wcf", "kestrel"]),
    (Stack::Node, &["node", "express", "next.js", "react", "vue", "angular"]),
    (Stack::Php, &["php", "laravel", "symfony"]),
    (Stack::Python, &["python", "flask", "django"]),
    (Stack::Java, &["java", "spring"]),
];

/// What an app runs on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stack {
    DotNet,
    Node,
    Php,
    Python,
    Java,
}

impl Stack {
    /// The stack that a language tells; none where any may hold such a file.
    fn of(language: Language) -> Option<Self> {
        match language {
            Language::CSharp | Language::VisualBasic => Some(Self::DotNet),
            Language::JavaScript | Language::TypeScript => Some(Self::Node),
            Language::Php => Some(Self::Php),
            Language::Python => Some(Self::Python),
            Language::Java => Some(Self::Java),
            _ => None,
        }
    }
}

/// Writes why a rule matters and what to do, for findings in these languages.
pub(super) fn write(rule: &RuleSummary, languages: &BTreeSet<Language>, page: &mut Page) -> io::Result<()> {
    prose("  why", &blocks(&rule.why), None, page)?;
    prose("  fix", &blocks(&rule.fix), stacks(languages).as_ref(), page)
}

/// The stacks of all these languages; none where one of them tells nothing.
fn stacks(languages: &BTreeSet<Language>) -> Option<BTreeSet<Stack>> {
    let stacks: Option<BTreeSet<Stack>> = languages.iter().map(|language| Stack::of(*language)).collect();
    stacks.filter(|stacks| !stacks.is_empty())
}

fn prose(label: &str, blocks: &[Block], stacks: Option<&BTreeSet<Stack>>, page: &mut Page) -> io::Result<()> {
    let mut label = label;
    for block in blocks {
        match block {
            Block::Paragraph { spans } => page.labelled((std::mem::take(&mut label), FAINT), &plain(spans), Style::new())?,
            Block::Numbered { number, spans } => page.listed(&format!("{number} "), &plain(spans), 3)?,
            Block::List { items } => items.iter().try_for_each(|item| page.listed("- ", &plain(item), 2))?,
            Block::Steps { steps } => {
                let mut wanted = steps.iter().filter(|step| concerns(step, stacks));
                wanted.try_for_each(|step| page.listed(&format!("- {}: ", step.label), &plain(&step.spans), 2))?;
            }
            Block::Code { lines } => lines.iter().try_for_each(|line| page.verbatim(line))?,
        }
    }
    Ok(())
}

/// Whether a step is for one of the stacks, or for any.
fn concerns(step: &Step, stacks: Option<&BTreeSet<Stack>>) -> bool {
    let label = step.label.to_lowercase();
    let words: Vec<&str> = label.split([' ', ',', '/']).collect();
    let mut named = STACKS.iter().filter(|(_, names)| names.iter().any(|name| words.contains(name))).map(|(stack, _)| stack).peekable();
    named.peek().is_none() || stacks.is_none_or(|stacks| named.any(|stack| stacks.contains(stack)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_for_another_stack_is_left_out_and_one_for_any_is_not() {
        let step = |label: &str| Step { label: label.to_owned(), spans: Vec::new() };
        let of = |languages: &[Language]| stacks(&languages.iter().copied().collect());
        let (csharp, mixed, config) =
            (of(&[Language::CSharp]), of(&[Language::CSharp, Language::Php]), of(&[Language::CSharp, Language::Json]));
        for (label, expected) in [
            ("ASP.NET Core", [true, true, true]),
            ("nginx, Apache, Node and PHP hosting", [false, true, true]),
            ("Express behind a proxy", [false, false, true]),
            ("Azure App Service", [true, true, true]),
            ("On the developer's machine", [true, true, true]),
        ] {
            assert_eq!([&csharp, &mixed, &config].map(|stacks| concerns(&step(label), stacks.as_ref())), expected, "{label}");
        }
    }
}
