//! Where a value comes from: what stands at the place itself, followed through variables, constants and methods to where it is written or read.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    collect::source::{values, watch::Watch},
    evidence::{Origin, Trace},
};

/// How far a value is followed before it counts as unknown, in steps and in steps within steps.
const STEPS: usize = 2_000;
const DEPTH: usize = 64;
/// How many steps the values of one file may take together; what is left then counts as unknown.
const STEPS_IN_FILE: usize = 200_000;
/// How many definitions of one name are looked at.
const MOST_ALIKE: usize = 64;
/// A longer trace says no more.
const LONGEST_TRACE: usize = 32;
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

impl Value {
    /// The same by way of a variable.
    pub(super) fn via(self, step: Step) -> Self {
        Self::Via(Box::new(self), step)
    }

    /// Every literal that is part of it, as far as it is written on the spot.
    pub(super) fn written(&self) -> Vec<String> {
        let (mut found, mut open, mut left) = (Vec::new(), vec![self], STEPS);
        while let Some(value) = open.pop() {
            let Some(fewer) = left.checked_sub(1) else { break };
            left = fewer;
            match value {
                Self::Written(text) => found.push(text.clone()),
                Self::AnyOf(parts) | Self::Joined(parts) => open.extend(parts),
                Self::Via(inner, _) => open.push(inner),
                Self::From(_) | Self::Named(_) => {}
            }
        }
        found
    }
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

impl Definition {
    /// Whether anything is known of its value: without, it says no more than a member that is defined nowhere.
    pub(super) fn says_something(&self) -> bool {
        !matches!(self.value, Value::From(Origin::Unknown))
    }
}

/// A type and a member.
pub(super) type Key = (String, String);

/// All definitions of the files read so far.
#[derive(Default)]
pub(super) struct Definitions {
    /// With the file of each.
    by_key: BTreeMap<Key, Vec<(Arc<str>, Definition)>>,
}

impl Definitions {
    /// Takes in the definitions of a file.
    pub(super) fn add(&mut self, file: &str, definitions: Vec<Definition>) {
        let file: Arc<str> = file.into();
        for definition in definitions.into_iter().filter(Definition::says_something) {
            if let Some(key) = key(&definition.path) {
                self.by_key.entry(key).or_insert_with(|| Vec::with_capacity(1)).push((Arc::clone(&file), definition));
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
    fn find(&self, reference: &Reference, file: &str) -> Option<&(Arc<str>, Definition)> {
        reference.candidates.iter().find_map(|candidate| {
            let alike = self.by_key.get(&key(candidate)?)?;
            let fits = |(_, found): &&(Arc<str>, Definition)| agree(candidate, &found.path);
            // They are in order of file.
            let here = alike.partition_point(|(home, _)| &**home < file);
            let of_this_file = alike.iter().skip(here).take(MOST_ALIKE).take_while(|(home, _)| &**home == file).find(fits);
            of_this_file.or_else(|| alike.iter().take(MOST_ALIKE).find(fits))
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

/// The place where a value is written under a name, all of it or what of it is no plain word before or after: `TOKEN` of `"Bearer " + TOKEN`.
#[derive(Clone)]
pub(super) struct Home {
    /// Which step of the trace it is.
    pub(super) step: usize,
    /// What is written there.
    pub(super) literal: String,
}

/// A value followed to its end.
#[derive(Clone)]
pub(super) struct Followed {
    pub(super) origin: Origin,
    /// The literal at the end, a stand-in included.
    pub(super) literal: Option<String>,
    pub(super) trace: Vec<Trace>,
    /// Where it is written, when that is under a name and in one place.
    pub(super) home: Option<Home>,
    /// Of a look-up, the form of the stand-in that is taken where it gives nothing: `process.env.SECRET || 'secret'`.
    pub(super) fallback: Option<String>,
}

impl Followed {
    fn of(origin: Origin) -> Self {
        Self { origin, literal: None, trace: Vec::new(), home: None, fallback: None }
    }

    /// The form of a stand-in that would do as a value: words, and no mark that something is to be filled in.
    fn stand_in(&self) -> Option<String> {
        let shape = self.literal.as_deref().filter(|_| self.origin == Origin::Placeholder).map(values::shape);
        shape.filter(|shape| shape.ends_with("letters") || shape == "well-known default")
    }

    /// The likeliest of several origins, with what is taken where it gives nothing.
    fn of_any(several: Vec<Self>) -> Self {
        let stand_in = several.iter().find_map(Self::stand_in);
        let chosen = several.into_iter().min_by_key(weight).unwrap_or(Self::of(Origin::Unknown));
        let is_look_up = matches!(chosen.origin, Origin::Configuration | Origin::Environment | Origin::SecretStore);
        Self { fallback: chosen.fallback.or(stand_in.filter(|_| is_look_up)), ..chosen }
    }

    /// A literal reached through a name is a constant.
    pub(super) fn behind(mut self, file: &str, step: &Step) -> Self {
        if self.origin == Origin::Literal {
            self.origin = Origin::Constant;
        }
        let is_written_here = self.trace.is_empty();
        let here = self.literal.clone().filter(|_| is_written_here).map(|literal| Home { step: 0, literal });
        self.home = self.home.map(|home| Home { step: home.step.saturating_add(1), ..home }).or(here);
        self.trace.insert(0, Trace { path: file.to_owned(), line: step.line, what: step.what.clone(), code: None });
        self
    }
}

/// Follows the values of a scan, and remembers where names led.
pub(super) struct Follower<'a> {
    definitions: &'a Definitions,
    watch: &'a Watch,
    stop: &'a AtomicBool,
    /// The file whose values are followed, and the steps left for it.
    file: String,
    left_in_file: usize,
    /// The steps left for the value at hand.
    steps: usize,
    /// Whether a bound was met, so that the outcome holds for the value at hand alone.
    cut: bool,
    /// What definitions came to, by their address.
    known: BTreeMap<*const Definition, Followed>,
}

impl<'a> Follower<'a> {
    pub(super) fn new(definitions: &'a Definitions, watch: &'a Watch, stop: &'a AtomicBool) -> Self {
        let known = BTreeMap::new();
        Self { definitions, watch, stop, file: String::new(), left_in_file: STEPS_IN_FILE, steps: 0, cut: false, known }
    }

    /// What is looked for.
    pub(super) fn watch(&self) -> &'a Watch {
        self.watch
    }

    /// Follows a value that stands in a file. Once the user interrupts, only what is written on the spot is told.
    pub(super) fn value(&mut self, value: &Value, file: &str) -> Followed {
        if self.file != file {
            file.clone_into(&mut self.file);
            self.left_in_file = STEPS_IN_FILE;
        }
        let granted = if self.stop.load(Ordering::Relaxed) { 0 } else { STEPS.min(self.left_in_file) };
        self.steps = granted;
        let followed = self.follow(value, file, DEPTH);
        self.left_in_file = self.left_in_file.saturating_sub(granted.saturating_sub(self.steps));
        followed
    }

    fn follow(&mut self, value: &Value, file: &str, depth: usize) -> Followed {
        match value {
            Value::Written(text) if self.file == file && depth == DEPTH => return self.written(text.clone()),
            Value::From(origin) => return Followed::of(*origin),
            _ => {}
        }
        let (Some(steps), Some(depth)) = (self.steps.checked_sub(1), depth.checked_sub(1)) else {
            self.cut = true;
            return Followed::of(Origin::Unknown);
        };
        self.steps = steps;
        match value {
            Value::Written(text) => self.written(text.clone()),
            Value::From(origin) => Followed::of(*origin),
            Value::Via(inner, step) => self.follow(inner, file, depth).behind(file, step),
            Value::AnyOf(values) => Followed::of_any(values.iter().map(|value| self.follow(value, file, depth)).collect()),
            Value::Joined(values) => self.joined(values, file, depth),
            Value::Named(reference) => self.named(reference, file, depth),
        }
    }

    fn named(&mut self, reference: &Reference, file: &str, depth: usize) -> Followed {
        let Some((home, definition)) = self.definitions.find(reference, file) else { return Followed::of(reference.otherwise) };
        if let Some(known) = self.known.get(&std::ptr::from_ref(definition)) {
            return known.clone();
        }
        let cut_before = std::mem::replace(&mut self.cut, false);
        let followed = self.follow(&definition.value, home, depth).behind(home, &definition.step);
        if !self.cut {
            self.known.insert(std::ptr::from_ref(definition), followed.clone());
        }
        self.cut |= cut_before;
        followed
    }

    fn written(&self, text: String) -> Followed {
        let origin = if values::is_placeholder(&text, self.watch) { Origin::Placeholder } else { Origin::Literal };
        Followed { literal: Some(text), ..Followed::of(origin) }
    }

    /// Literals joined are a literal; with anything else between them, that decides.
    fn joined(&mut self, values: &[Value], file: &str, depth: usize) -> Followed {
        let parts: Vec<Followed> = values.iter().map(|value| self.follow(value, file, depth)).collect();
        if parts.iter().any(|part| part.literal.is_none()) {
            return parts.into_iter().filter(|part| part.literal.is_none()).min_by_key(weight).unwrap_or(Followed::of(Origin::Unknown));
        }
        let mut whole = self.written(String::new());
        let through_a_name = parts.iter().any(|part| part.origin == Origin::Constant || !part.trace.is_empty());
        // Beside what stands on the spot, one name may hold all that is secret: `"Bearer " + TOKEN`.
        let mut named = parts.iter().filter(|part| !part.trace.is_empty());
        whole.home = named.next().and_then(|part| part.home.clone()).filter(|_| named.next().is_none());
        let mut text = String::new();
        for part in parts {
            text.extend(part.literal.iter().filter(|more| text.len() + more.len() <= LONGEST).map(String::as_str).collect::<Vec<_>>());
            whole.trace.extend(part.trace);
            whole.trace.truncate(LONGEST_TRACE);
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
        Origin::SecretStore => 4,
        Origin::Parameter => 5,
        Origin::Unknown => 6,
        Origin::Placeholder => 7,
        Origin::Absent => 8,
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
        Follower::new(definitions, &Watch::new(&Vocabulary::default()), &AtomicBool::new(false)).value(value, "a.cs")
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
    fn a_stand_in_is_told_where_it_is_what_a_look_up_falls_back_to() {
        let either = |origin, text: &str| followed(&Value::AnyOf(vec![Value::From(origin), written(text)]), &Definitions::default());
        for (text, expected) in
            [("change-me", Some("9 letters")), ("changeme", Some("well-known default")), ("", None), ("${SECRET}", None)]
        {
            let followed = either(Origin::Environment, text);
            assert_eq!((followed.origin, followed.fallback.as_deref()), (Origin::Environment, expected), "{text}");
        }
        assert_eq!(either(Origin::Parameter, "change-me").fallback, None);
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
    fn values_that_grow_without_end_take_bounded_steps_and_an_interrupt_takes_none() {
        let mut value = written("a");
        for _ in 0..7 {
            value = Value::Joined(vec![value.clone(), value.clone(), Value::AnyOf(vec![value.clone(), value])]);
        }
        let (definitions, watch, stop) = (Definitions::default(), Watch::new(&Vocabulary::default()), AtomicBool::new(false));
        let mut follower = Follower::new(&definitions, &watch, &stop);
        for _ in 0..1_000 {
            assert_eq!(follower.value(&value, "a.cs").origin, Origin::Unknown);
        }
        assert_eq!(follower.left_in_file, 0);
        let small = Value::AnyOf(vec![written(SECRET)]);
        assert_eq!(follower.value(&small, "a.cs").origin, Origin::Unknown);
        assert_eq!(follower.value(&written(SECRET), "a.cs").origin, Origin::Literal);
        assert_eq!(follower.value(&small, "b.cs").origin, Origin::Literal);
        stop.store(true, Ordering::Relaxed);
        assert_eq!(follower.value(&small, "c.cs").origin, Origin::Unknown);
    }

    #[test]
    fn parts_that_are_all_written_make_a_literal() {
        let value = Value::Joined(vec![written("09d5a1b2c3d4e5f6"), written("0718293a4b5c6dc1")]);
        let end = followed(&value, &Definitions::default());
        assert_eq!((end.origin, end.literal.as_deref()), (Origin::Literal, Some(SECRET)));
    }
}
