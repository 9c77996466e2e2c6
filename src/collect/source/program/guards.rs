//! What conditions ask of the environment.

use super::{Expression, Form};

/// How deep a condition is looked into.
const DEEPEST: usize = 12;

/// What must hold of the environment for a condition to hold, in one word; absent where it asks something else, or for production.
pub(super) fn guard(condition: &Expression) -> Option<String> {
    (development(condition, DEEPEST) == Some(true)).then(|| "development".to_owned())
}

/// What a stretch that is run in want of something depends on, by the condition of what is run otherwise: whether a check is asked for.
pub(super) fn otherwise(condition: &Expression) -> Option<String> {
    const CHECKS: [&str; 4] = ["verify", "validate", "check", "strict"];
    let last = condition.path().filter(|_| condition.is_of_names())?.last()?.to_lowercase();
    CHECKS.iter().any(|check| last.contains(check)).then(|| "option".to_owned())
}

/// Whether a condition holds in production; absent where it does not ask for that.
pub(super) fn in_production(condition: &Expression) -> Option<bool> {
    development(condition, DEEPEST).map(|is_development| !is_development)
}

/// Whether a condition holds in development, or only outside of it; absent where it does not ask for that.
fn development(expression: &Expression, depth: usize) -> Option<bool> {
    let depth = depth.checked_sub(1)?;
    match &expression.form {
        Form::Not(denied) => development(denied, depth).map(|is_development| !is_development),
        Form::Text(text) => environment(text),
        Form::Compared(parts) => {
            let is_denied = parts.iter().any(|part| matches!(part.form, Form::Truth(false)));
            agreed(parts.iter().map(|part| development(part, depth))).map(|is_development| is_development != is_denied)
        }
        Form::AnyOf(parts) | Form::List(parts) | Form::Other(parts) => agreed(parts.iter().map(|part| development(part, depth))),
        Form::Call(call) => {
            let path = call.callee.path().unwrap_or_default();
            let arguments = call.arguments.iter().map(|argument| development(&argument.value, depth));
            agreed(path.into_iter().map(environment).chain(arguments))
        }
        _ => agreed(expression.path()?.into_iter().map(environment)),
    }
}

/// What all say that say anything.
fn agreed(told: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut told = told.flatten();
    let first = told.next()?;
    told.all(|other| other == first).then_some(first)
}

/// Whether a word names development, or production.
fn environment(word: &str) -> Option<bool> {
    let word = word.to_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| word.contains(part));
    if says(&["development", "isdev", "debug"]) || word == "dev" {
        return Some(true);
    }
    // What is not production may be anything else, a stage right before it too.
    let is_other = says(&["preprod", "pre-prod", "pre_prod", "nonprod", "non_prod", "notprod", "not_prod"]);
    ((says(&["production", "isprod"]) || word == "prod") && !is_other).then_some(false)
}
