//! Where a value comes from: what stands at the place itself, followed through variables, constants and methods to where it is written or read.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    collect::source::{names::Watch, values},
    evidence::{Origin, Trace},
};

/// How far a value is followed before it counts as unknown, in steps and in steps within steps.
const STEPS: usize = 2_000;
const DEPTH: usize = 24;
/// A literal put together from parts is cut here; no credential is longer.
const LONGEST: usize = 64 * 1024;

/// A value as a reader of one file understands it. Never leaves the collector, for it holds secrets.
#[derive(Clone)]
pub(super) enum Value {
    /// A literal.
    Written(String),
    /// Something whose origin is known at sight: a look-up, a parameter, `null`.
    From(Origin),
    /// A member defined elsewhere, in this file or in another.
    Named(Reference),
    /// One of several: the branches of a condition, the assignments of a variable.
    AnyOf(Vec<Self>),
    /// One after the other: concatenation and interpolation.
    Joined(Vec<Self>),
    /// The value of a variable of the same file.
    Via(Box<Self>, Step),
}

/// A member that a value refers to.
#[derive(Clone)]
pub(super) struct Reference {
    /// Paths it may have, the likeliest first. All end in the type and the member.
    pub(super) candidates: Vec<Vec<String>>,
    /// What it counts as when no definition is found.
    pub(super) otherwise: Origin,
}

/// A stop on the way from use to definition.
#[derive(Clone)]
pub(super) struct Step {
    /// From 1, in the file of the value.
    pub(super) line: u32,
    /// In words: `constant Secrets.Token`.
    pub(super) what: String,
}

/// A member with a value, which other files may refer to.
pub(super) struct Definition {
    /// Namespace, types and member.
    pub(super) path: Vec<String>,
    pub(super) value: Value,
    pub(super) step: Step,
}

/// A type and a member.
pub(super) type Key = (String, String);

/// All definitions of the files read so far.
#[derive(Default)]
pub(super) struct Definitions {
    by_key: BTreeMap<Key, Vec<(String, Definition)>>,
}

impl Definitions {
    /// Takes in the definitions of a file.
    pub(super) fn add(&mut self, file: &str, definitions: Vec<Definition>) {
        for definition in definitions {
            if let Some(key) = key(&definition.path) {
                self.by_key.entry(key).or_default().push((file.to_owned(), definition));
            }
        }
    }

    /// Puts definitions of the same name in order of file, so that threads cannot change which one answers.
    pub(super) fn settle(&mut self) {
        for found in self.by_key.values_mut() {
            found.sort_by(|(one, first), (other, second)| one.cmp(other).then(first.step.line.cmp(&second.step.line)));
        }
    }

    /// The definition meant by a reference in a file: the first candidate that is defined at all, the same file before others.
    fn find(&self, reference: &Reference, file: &str) -> Option<&(String, Definition)> {
        reference.candidates.iter().find_map(|candidate| {
            let fitting: Vec<_> = self.by_key.get(&key(candidate)?)?.iter().filter(|(_, found)| agree(candidate, &found.path)).collect();
            fitting.iter().find(|(home, _)| home == file).or_else(|| fitting.first()).copied()
        })
    }

    /// What these values refer to, in one step or in several, that no file read so far defines.
    pub(super) fn missing<'v>(&'v self, values: impl Iterator<Item = &'v Value>) -> BTreeSet<Key> {
        let (mut seen, mut missing) = (BTreeSet::new(), BTreeSet::new());
        let mut open: Vec<&Value> = values.collect();
        while let Some(value) = open.pop() {
            match value {
                Value::Named(reference) => {
                    for key in reference.candidates.iter().filter_map(|path| key(path)).filter(|key| seen.insert(key.clone())) {
                        match self.by_key.get(&key) {
                            Some(found) => open.extend(found.iter().map(|(_, definition)| &definition.value)),
                            None => {
                                missing.insert(key);
                            }
                        }
                    }
                }
                Value::AnyOf(parts) | Value::Joined(parts) => open.extend(parts),
                Value::Via(inner, _) => open.push(inner),
                Value::Written(_) | Value::From(_) => {}
            }
        }
        missing
    }
}

fn key(path: &[String]) -> Option<Key> {
    match path {
        [.., of, member] => Some((of.clone(), member.clone())),
        _ => None,
    }
}

/// Whether the shorter of two paths is the end of the longer one.
fn agree(one: &[String], other: &[String]) -> bool {
    one.iter().rev().zip(other.iter().rev()).all(|(mine, theirs)| mine == theirs)
}

/// A value followed to its end.
pub(super) struct Followed {
    pub(super) origin: Origin,
    /// The literal at the end, a stand-in included.
    pub(super) literal: Option<String>,
    pub(super) trace: Vec<Trace>,
}

impl Followed {
    fn of(origin: Origin) -> Self {
        Self { origin, literal: None, trace: Vec::new() }
    }

    /// A literal reached through a name is a constant.
    fn behind(mut self, file: &str, step: &Step) -> Self {
        if self.origin == Origin::Literal {
            self.origin = Origin::Constant;
        }
        self.trace.insert(0, Trace { path: file.to_owned(), line: step.line, what: step.what.clone() });
        self
    }
}

/// Follows a value that stands in a file.
pub(super) fn follow(value: &Value, file: &str, definitions: &Definitions, watch: &Watch) -> Followed {
    Follower { definitions, watch, steps: STEPS }.follow(value, file, DEPTH)
}

struct Follower<'a> {
    definitions: &'a Definitions,
    watch: &'a Watch,
    steps: usize,
}

impl Follower<'_> {
    fn follow(&mut self, value: &Value, file: &str, depth: usize) -> Followed {
        let (Some(steps), Some(depth)) = (self.steps.checked_sub(1), depth.checked_sub(1)) else {
            return Followed::of(Origin::Unknown);
        };
        self.steps = steps;
        match value {
            Value::Written(text) => self.written(text.clone()),
            Value::From(origin) => Followed::of(*origin),
            Value::Via(inner, step) => self.follow(inner, file, depth).behind(file, step),
            Value::AnyOf(values) => {
                values.iter().map(|value| self.follow(value, file, depth)).min_by_key(weight).unwrap_or(Followed::of(Origin::Unknown))
            }
            Value::Joined(values) => self.joined(values, file, depth),
            Value::Named(reference) => match self.definitions.find(reference, file) {
                Some((home, definition)) => self.follow(&definition.value, home, depth).behind(home, &definition.step),
                None => Followed::of(reference.otherwise),
            },
        }
    }

    fn written(&self, text: String) -> Followed {
        let origin = if values::is_placeholder(&text, self.watch) { Origin::Placeholder } else { Origin::Literal };
        Followed { origin, literal: Some(text), trace: Vec::new() }
    }

    /// Literals joined are a literal; with anything else between them, that decides.
    fn joined(&mut self, values: &[Value], file: &str, depth: usize) -> Followed {
        let parts: Vec<Followed> = values.iter().map(|value| self.follow(value, file, depth)).collect();
        if parts.iter().any(|part| part.literal.is_none()) {
            return parts.into_iter().filter(|part| part.literal.is_none()).min_by_key(weight).unwrap_or(Followed::of(Origin::Unknown));
        }
        let mut whole = self.written(String::new());
        let through_a_name = parts.iter().any(|part| part.origin == Origin::Constant || !part.trace.is_empty());
        let mut text = String::new();
        for part in parts {
            text.extend(part.literal.iter().filter(|more| text.len() + more.len() <= LONGEST).map(String::as_str).collect::<Vec<_>>());
            whole.trace.extend(part.trace);
        }
        let Followed { origin, literal, .. } = self.written(text);
        whole.origin = if origin == Origin::Literal && through_a_name { Origin::Constant } else { origin };
        whole.literal = literal;
        whole
    }
}

/// Which of several possible origins speaks for all: a written value outweighs everything, for a fallback that is written out is a leak;
/// a stand-in outweighs nothing.
fn weight(followed: &Followed) -> u8 {
    match followed.origin {
        Origin::Literal => 0,
        Origin::Constant => 1,
        Origin::Configuration => 2,
        Origin::Environment => 3,
        Origin::Parameter => 4,
        Origin::Unknown => 5,
        Origin::Placeholder => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Vocabulary;

    const SECRET: &str = "09d5a1b2c3d4e5f60718293a4b5c6dc1";

    fn written(text: &str) -> Value {
        Value::Written(text.to_owned())
    }

    fn followed(value: &Value, definitions: &Definitions) -> Followed {
        follow(value, "a.cs", definitions, &Watch::new(&Vocabulary::default()))
    }

    fn named(path: &[&str]) -> Value {
        Value::Named(Reference { candidates: vec![path.iter().map(ToString::to_string).collect()], otherwise: Origin::Unknown })
    }

    fn definition(path: &[&str], value: Value) -> Definition {
        Definition { path: path.iter().map(ToString::to_string).collect(), value, step: Step { line: 3, what: path.join(".") } }
    }

    #[test]
    fn a_written_fallback_outweighs_the_look_up_before_it() {
        let value = Value::AnyOf(vec![Value::From(Origin::Environment), written(SECRET)]);
        assert_eq!(followed(&value, &Definitions::default()).origin, Origin::Literal);
    }

    #[test]
    fn an_empty_fallback_changes_nothing() {
        let value = Value::AnyOf(vec![Value::From(Origin::Environment), written("")]);
        assert_eq!(followed(&value, &Definitions::default()).origin, Origin::Environment);
    }

    #[test]
    fn a_chain_over_files_is_traced_from_use_to_definition() {
        let mut definitions = Definitions::default();
        definitions.add("b.cs", vec![definition(&["N", "B", "Token"], named(&["C", "Token"]))]);
        definitions.add("c.cs", vec![definition(&["N", "C", "Token"], written(SECRET))]);
        let end = followed(&named(&["B", "Token"]), &definitions);
        assert_eq!(end.origin, Origin::Constant);
        assert_eq!(end.trace.iter().map(|stop| stop.path.as_str()).collect::<Vec<_>>(), ["b.cs", "c.cs"]);
    }

    #[test]
    fn constants_that_define_each_other_end_as_unknown() {
        let mut definitions = Definitions::default();
        let doubled = |path: &[&str]| Value::Joined(vec![named(path), named(path)]);
        definitions.add("b.cs", vec![definition(&["B", "X"], doubled(&["C", "X"]))]);
        definitions.add("c.cs", vec![definition(&["C", "X"], doubled(&["B", "X"]))]);
        assert_eq!(followed(&named(&["B", "X"]), &definitions).origin, Origin::Unknown);
    }

    #[test]
    fn parts_that_are_all_written_make_a_literal() {
        let value = Value::Joined(vec![written("09d5a1b2c3d4e5f6"), written("0718293a4b5c6dc1")]);
        let end = followed(&value, &Definitions::default());
        assert_eq!((end.origin, end.literal.as_deref()), (Origin::Literal, Some(SECRET)));
    }
}
