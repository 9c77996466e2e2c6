//! `text.matches(pattern)` in rules: regular expressions in linear time, each compiled once.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use cel::{
    DeclarationError, Env, ExecutionError,
    common::{
        types::{CelBool, CelString, STRING_TYPE},
        value::CowVal,
    },
};
use regex::{Regex, RegexBuilder};

/// The largest compiled pattern, in bytes.
const MAX_PATTERN_BYTES: usize = 1 << 20;
/// The most patterns that are kept. Rules hold a few dozen; a pattern made from facts must not fill the memory.
const MAX_PATTERNS: usize = 256;

/// Those that were compiled, when a rule was read or a fact was made into one.
static PATTERNS: Mutex<BTreeMap<String, Arc<Regex>>> = Mutex::new(BTreeMap::new());

/// Adds `matches` to an environment.
pub(super) fn extension(environment: &mut Env) -> Result<(), DeclarationError> {
    environment.add_member_overload("matches", "string.matches(string)", STRING_TYPE, vec![STRING_TYPE], matches)
}

/// The pattern, compiled.
///
/// # Errors
///
/// In words, what is wrong with it.
pub(super) fn compiled(pattern: &str) -> Result<Arc<Regex>, String> {
    let known = || PATTERNS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(compiled) = known().get(pattern) {
        return Ok(Arc::clone(compiled));
    }
    let compiled = Arc::new(compile(pattern)?);
    let mut patterns = known();
    if patterns.len() >= MAX_PATTERNS {
        patterns.clear();
    }
    patterns.insert(pattern.to_owned(), Arc::clone(&compiled));
    Ok(compiled)
}

/// A pattern that matches what any of these does, without regard to case; of none, nothing.
pub(super) fn any_of<'p>(patterns: impl Iterator<Item = &'p str>) -> String {
    let any = patterns.collect::<Vec<_>>().join("|");
    if any.is_empty() { r"[^\s\S]".to_owned() } else { format!("(?i)(?:{any})") }
}

fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).size_limit(MAX_PATTERN_BYTES).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
        // The last line says what is wrong; those before it draw where.
        error => error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "this is the signature of a function of the library")]
fn matches<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let texts: Vec<&str> = arguments.iter().filter_map(|argument| argument.downcast_ref::<CelString>()).map(CelString::inner).collect();
    let [text, pattern] = texts.as_slice() else {
        return Err(ExecutionError::function_error("matches", "it needs two texts"));
    };
    match compiled(pattern) {
        Ok(pattern) => Ok(CowVal::owned(CelBool::from(pattern.is_match(text)))),
        Err(error) => Err(ExecutionError::function_error("matches", error)),
    }
}
