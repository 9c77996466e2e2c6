//! A rule, compiled: what [`RuleSyntax`] says, checked against the evidence.

use serde_json::Value as Json;

use super::{
    RuleSummary, Severity,
    check::Purpose,
    expression::{Expression, Message},
    facts::{Kind, VARIABLES, misfits},
    fault::Fault,
    patterns::compiled,
    syntax::{Each, ExampleSyntax, RuleSyntax, SeveritySyntax},
};
use crate::{
    evidence::{HoldingSetting, Profile, Vocabulary},
    wording::nearest,
    yaml::{Problem, Spanned},
};

/// Shorter text is in every file.
const SHORTEST_NEED: usize = 3;

/// One rule, ready to judge.
#[derive(Debug)]
pub struct Rule {
    /// `PACK.AREA.NAME`.
    pub id: String,
    /// The fault it looks for, as a sentence.
    pub title: String,
    /// The requirement it serves.
    pub requirement: String,
    /// How bad a failure is.
    pub severity: SeveritySyntax,
    /// What it is judged on.
    pub each: Each,
    /// Why it matters.
    pub why: String,
    /// How to mend it.
    pub fix: String,
    /// CWE and OWASP references.
    pub references: Vec<String>,
    /// The file it comes from.
    pub file: String,
    pub(super) when: Option<Expression>,
    pub(super) expect: Expression,
    pub(super) message: Message,
    pub(super) watch: Vocabulary,
    pub(super) gives_way: bool,
    pub(super) passing: Vec<Example>,
    pub(super) failing: Vec<Example>,
}

/// An example of a rule.
#[derive(Debug)]
pub(super) struct Example {
    pub(super) content: ExampleContent,
    /// The other rules that fail on it.
    pub(super) also_fails: Vec<String>,
    /// Where it stands in the rule's file.
    pub(super) line: usize,
    pub(super) column: usize,
}

/// What an example shows.
#[derive(Debug)]
pub(super) enum ExampleContent {
    /// Facts by the names of their variables.
    Facts(ExampleSyntax),
    /// A file with code, from which the source collector makes facts.
    Code { file: String, code: String },
}

impl Rule {
    /// How bad a failure is under a profile.
    #[must_use]
    pub fn severity(&self, profile: Profile) -> Severity {
        self.severity.under(profile)
    }

    /// How many examples it carries.
    #[must_use]
    pub fn example_count(&self) -> usize {
        self.passing.len() + self.failing.len()
    }

    /// The text that reports show.
    #[must_use]
    pub fn summary(&self, profile: Profile) -> RuleSummary {
        RuleSummary {
            id: self.id.clone(),
            title: self.title.clone(),
            requirement: self.requirement.clone(),
            severity: self.severity(profile),
            why: self.why.clone(),
            fix: self.fix.clone(),
            references: self.references.clone(),
        }
    }

    /// What the source collector has to look for.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.watch
    }

    /// The condition under which it applies, as written.
    pub fn when(&self) -> Option<&str> {
        self.when.as_ref().map(Expression::text)
    }

    /// What it expects, as written.
    #[must_use]
    pub fn expect(&self) -> &str {
        self.expect.text()
    }

    /// Whether it reads a field of this name.
    pub(super) fn reads(&self, field: &str) -> bool {
        let expressions = [Some(&self.expect), self.when.as_ref()];
        expressions.into_iter().flatten().any(|expression| expression.reads_field(field))
    }

    /// Whether it reads this variable.
    pub(super) fn reads_variable(&self, name: &str) -> bool {
        let expressions = [Some(&self.expect), self.when.as_ref()];
        expressions.into_iter().flatten().any(|expression| expression.reads_variable(name))
    }

    /// Compiles a rule as written; `None` when anything in it is wrong, which `problems` then tells.
    pub(super) fn compile(file: &str, source: &str, syntax: RuleSyntax, problems: &mut Vec<Problem>) -> Option<Self> {
        let mut compiler = Compiler { file, source, each: syntax.each, problems, id: &syntax.id.value };
        let when = syntax.when.as_ref().map(|when| compiler.predicate("when", when, Purpose::Circumstance));
        let expect = compiler.predicate("expect", &syntax.expect, Purpose::Expectation);
        let message = compiler.message(&syntax.message);
        compiler.references(&syntax.references);
        let watch = compiler.watch(syntax.watch.as_ref(), &syntax.id);
        let passing = compiler.examples("pass", &syntax.examples.pass, &syntax.id);
        let failing = compiler.examples("fail", &syntax.examples.fail, &syntax.id);
        let when = match when {
            None => None,
            Some(when) => Some(when?),
        };
        Some(Self { passing, failing, ..Self::of(file, syntax, when, expect?, message?, watch) })
    }

    /// A rule that is known to be sound, for judging: nothing is compiled before it is needed, and its examples are left out.
    pub(super) fn sound(file: &str, syntax: RuleSyntax) -> Self {
        let scope = syntax.each.variables();
        let when = syntax.when.as_ref().map(|when| Expression::sound(&when.value, scope, Purpose::Circumstance));
        let expect = Expression::sound(&syntax.expect.value, scope, Purpose::Expectation);
        let message = Message::sound(&syntax.message.value, scope);
        let watch = vocabulary(syntax.watch.as_ref());
        Self::of(file, syntax, when, expect, message, watch)
    }

    /// A rule without examples.
    fn of(file: &str, syntax: RuleSyntax, when: Option<Expression>, expect: Expression, message: Message, watch: Vocabulary) -> Self {
        Self {
            file: file.to_owned(),
            title: syntax.title,
            requirement: syntax.requirement.value,
            severity: syntax.severity,
            each: syntax.each,
            why: syntax.why,
            fix: syntax.fix,
            references: syntax.references.into_iter().map(|reference| reference.value).collect(),
            when,
            expect,
            message,
            watch,
            gives_way: syntax.gives_way,
            passing: Vec::new(),
            failing: Vec::new(),
            id: syntax.id.value,
        }
    }
}

/// The work of [`Rule::compile`].
struct Compiler<'rule> {
    file: &'rule str,
    source: &'rule str,
    id: &'rule str,
    each: Each,
    problems: &'rule mut Vec<Problem>,
}

impl Compiler<'_> {
    fn predicate(&mut self, key: &str, text: &Spanned<String>, purpose: Purpose) -> Option<Expression> {
        match Expression::compile(&text.value, self.each.variables(), purpose) {
            Ok((expression, kind)) if matches!(kind.present(), Kind::Boolean | Kind::Any) => Some(expression),
            Ok((_, kind)) => {
                let message = format!("`{key}` must be true or false, and this is {}", kind.name());
                self.problems.push(Problem::with(self.file, text, &message));
                None
            }
            Err(faults) => self.faults(text, faults),
        }
    }

    fn message(&mut self, text: &Spanned<String>) -> Option<Message> {
        Message::compile(&text.value, self.each.variables()).map_or_else(|faults| self.faults(text, faults), Some)
    }

    fn faults<T>(&mut self, text: &Spanned<String>, faults: Vec<Fault>) -> Option<T> {
        for fault in faults {
            // The rule is named where the fault is one of meaning, not of writing.
            let message = match fault.message.strip_prefix("unknown fact ") {
                Some(fact) => format!("rule `{}` reads unknown fact {fact}", self.id),
                None => fault.message,
            };
            let problem = Problem::inside(self.file, self.source, text, fault.offset, fault.length, &message);
            let problem = problem.suggest(fault.suggestion.as_deref());
            self.problems.push(match fault.help {
                Some(help) => problem.help(help),
                None => problem,
            });
        }
        None
    }

    fn references(&mut self, references: &[Spanned<String>]) {
        for reference in references.iter().filter(|reference| !is_reference(&reference.value)) {
            let message = format!("`{}` is no reference", reference.value);
            let problem = Problem::with(self.file, reference, &message);
            self.problems.push(problem.help("references look like `cwe-326` and `owasp-2021-a02`"));
        }
    }

    fn watch(&mut self, watch: Option<&Spanned<Vocabulary>>, id: &Spanned<String>) -> Vocabulary {
        let watched = vocabulary(watch);
        let names =
            [&watched.assignment, &watched.argument, &watched.config_key, &watched.setting, &watched.call, &watched.logged, &watched.query];
        let is_source = self.each == Each::Source;
        match watch {
            Some(place) if !is_source => {
                self.problems.push(Problem::with(self.file, place, "`watch` goes with `each: source` only"));
            }
            Some(place) if names.iter().any(|names| names.iter().any(|name| name.trim().is_empty())) => {
                self.problems.push(Problem::with(self.file, place, "a name to watch for is empty"));
            }
            Some(place) if unfit_literal(&watched).is_some() => {
                let problem = unfit_literal(&watched).unwrap_or_default();
                self.problems.push(Problem::with(self.file, place, &problem));
            }
            Some(place) if unwatched_limit(&watched).is_some() => {
                let name = unwatched_limit(&watched).unwrap_or_default();
                let message = format!("`holding` names `{name}`, which is not under `setting`, or no text that it must hold");
                let problem = Problem::with(self.file, place, &message);
                self.problems.push(problem.suggest(nearest(name, watched.setting.iter().map(String::as_str))));
            }
            Some(place) if out_of_place(&watched).is_some() => {
                let name = out_of_place(&watched).unwrap_or_default();
                let message = format!("`in_place` names `{name}`, which is under neither `assignment` nor `call`");
                let known = watched.assignment.iter().chain(&watched.call).map(String::as_str);
                self.problems.push(Problem::with(self.file, place, &message).suggest(nearest(name, known)));
            }
            Some(place) if watched == Vocabulary::default() => {
                self.problems.push(Problem::with(self.file, place, "`watch` names nothing"));
            }
            None if is_source => {
                let problem = Problem::with(self.file, id, "a rule with `each: source` must say what to `watch` for");
                self.problems
                    .push(problem.help("add `watch: { assignment: [...] }`, `argument` or `config_key`, or `value` for all three"));
            }
            _ => {}
        }
        watched
    }

    fn examples(&mut self, key: &str, examples: &[Spanned<ExampleSyntax>], id: &Spanned<String>) -> Vec<Example> {
        if examples.is_empty() {
            let message = format!("rule `{}` has no example under `examples: {key}`", id.value);
            self.problems.push(Problem::with(self.file, id, &message).help("give at least one that passes and one that fails"));
        }
        examples.iter().filter_map(|example| self.example(example)).collect()
    }

    fn example(&mut self, example: &Spanned<ExampleSyntax>) -> Option<Example> {
        let mut content = example.value.clone();
        let also_fails = match content.remove("also_fails") {
            None => Vec::new(),
            Some(list) => match serde_json::from_value(list) {
                Ok(list) => list,
                Err(_) => return self.misplaced(example, "also_fails", "`also_fails` must be a list of rule ids"),
            },
        };
        let Problem { line, column, .. } = Problem::with(self.file, example, "");
        match (content.remove("file"), content.remove("code")) {
            (None, None) => {
                self.facts(example, &content);
                Some(Example { content: ExampleContent::Facts(content), also_fails, line, column })
            }
            (Some(Json::String(file)), Some(Json::String(code))) if content.is_empty() && self.each == Each::Source => {
                Some(Example { content: ExampleContent::Code { file, code }, also_fails, line, column })
            }
            _ if self.each != Each::Source => {
                self.misplaced(example, "code", "only a rule with `each: source` can have code as an example")
            }
            _ => self.misplaced(example, "code", "an example with code has `file` and `code`, both texts, and no facts"),
        }
    }

    fn facts(&mut self, example: &Spanned<ExampleSyntax>, facts: &ExampleSyntax) {
        let scope = self.each.variables();
        for (name, json) in facts {
            if !scope.contains(&name.as_str()) {
                let message = format!("there is no variable `{name}` for `each: {}`", self.each.name());
                let problem = self.at_key(example, name, &message).suggest(nearest(name, scope.iter().copied()));
                self.problems.push(problem);
                continue;
            }
            debug_assert!(VARIABLES.contains_key(name.as_str()), "every variable in scope has a kind");
            for misfit in misfits(name, json) {
                let problem = self.at_key(example, &misfit.key, &misfit.message).suggest(misfit.suggestion.as_deref());
                self.problems.push(problem);
            }
        }
    }

    fn misplaced<T>(&mut self, example: &Spanned<ExampleSyntax>, key: &str, message: &str) -> Option<T> {
        let problem = self.at_key(example, key, message);
        self.problems.push(problem);
        None
    }

    /// The place of a key of an example: the first of that name after the example begins, or else the example.
    fn at_key(&self, example: &Spanned<ExampleSyntax>, key: &str, message: &str) -> Problem {
        let whole = Problem { length: 1, ..Problem::with(self.file, example, message) };
        let lines = self.source.lines().enumerate().skip(whole.line.saturating_sub(1));
        for (index, line) in lines {
            let from = if index + 1 == whole.line { whole.column.saturating_sub(1) } else { 0 };
            let start = line.char_indices().nth(from).map_or(line.len(), |(at, _)| at);
            let Some((at, length)) = key_in(line.get(start..).unwrap_or_default(), key) else { continue };
            return Problem { line: index + 1, column: from + at + 1, length, ..whole };
        }
        whole
    }
}

/// Where a mapping key stands in a line, in characters.
fn key_in(line: &str, key: &str) -> Option<(usize, usize)> {
    line.match_indices(key).find_map(|(at, _)| {
        let before = line.get(..at)?;
        let after = line.get(at + key.len()..)?.trim_start_matches(['\'', '"']).trim_start();
        let starts =
            before.chars().next_back().is_none_or(|character| !character.is_alphanumeric() && character != '_' && character != '.');
        (starts && after.starts_with(':')).then(|| (before.chars().count(), key.chars().count()))
    })
}

/// What is wrong with the first literal that cannot be looked for: each needs text that a file must hold, or it would be tried on every file.
fn unfit_literal(watched: &Vocabulary) -> Option<String> {
    watched.literal.iter().find_map(|literal| {
        let name = &literal.name;
        if literal.needs.is_empty() || literal.needs.iter().any(|need| need.trim().len() < SHORTEST_NEED || !need.is_ascii()) {
            return Some(format!("the literal `{name}` must need text of {SHORTEST_NEED} ASCII characters or more"));
        }
        let patterns = [Some(&literal.pattern), literal.unless.as_ref()];
        patterns
            .into_iter()
            .flatten()
            .find_map(|pattern| compiled(pattern).err())
            .map(|problem| format!("the literal `{name}` has no pattern that can be used: {problem}"))
    })
}

/// What a rule watches for, with every name where it counts.
fn vocabulary(watch: Option<&Spanned<Vocabulary>>) -> Vocabulary {
    watch.map(|watch| watch.value.clone().spread()).unwrap_or_default()
}

/// The first switch whose values are limited that is not watched, or whose values need hold nothing.
fn unwatched_limit(watched: &Vocabulary) -> Option<&str> {
    let is_unfit = |limit: &&HoldingSetting| {
        !watched.setting.contains(&limit.setting) || limit.texts.is_empty() || limit.texts.iter().any(String::is_empty)
    };
    watched.holding.iter().find(is_unfit).map(|limit| limit.setting.as_str())
}

/// The first name that is to be told in place and is that of no assignment and of no call.
fn out_of_place(watched: &Vocabulary) -> Option<&str> {
    watched.in_place.iter().find(|name| !watched.assignment.contains(name) && !watched.call.contains(name)).map(String::as_str)
}

fn is_reference(text: &str) -> bool {
    let allowed = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-' || character == '.';
    text.len() <= 60 && text.contains('-') && text.starts_with(|first: char| first.is_ascii_lowercase()) && text.chars().all(allowed)
}
