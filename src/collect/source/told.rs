//! Places as they are told: each with its value followed to its end.

use crate::{
    collect::source::{
        Found,
        document::{Counts, Passed, Place},
        drawn, names,
        origins::{Followed, Follower, Home},
        program::known,
        surface, values,
        watch::Watch,
    },
    evidence::{Confidence, FactKind, Origin, SourceArgument, SourceFact},
};

/// Last words of the names of passwords, in small letters.
const PASSWORDS: [&str; 19] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "pswd",
    "pass",
    "pw",
    "passord",
    "losenord",
    "lösenord",
    "kodeord",
    "adgangskode",
    "wachtwoord",
    "passwort",
    "kennwort",
    "salasana",
    "contrasena",
    "contraseña",
    "senha",
];

/// A fact, with what of it never leaves the collector.
pub(super) struct Told {
    pub(super) fact: SourceFact,
    /// The secret that is written where its value comes from.
    pub(super) secret: Option<String>,
    /// Where to tell it, when that is a step of its trace.
    pub(super) home: Option<Home>,
}

/// A place with its value followed to its end; absent where only a written value would have made it a fact.
pub(super) fn checked(found: &Found, follower: &mut Follower<'_>) -> Option<Told> {
    let Found { path, reader, place, start, end, around, .. } = found;
    let mut reached = follower.value(&place.value, path);
    let holds_words = || surface::holds_texts(path) || surface::is_sample(path);
    let stands_in =
        |text: &str| (place.kind != FactKind::Setting && values::is_truth(text)) || (holds_words() && values::reads_as_text(text));
    if reached.origin == Origin::Literal && reached.literal.as_deref().is_some_and(stands_in) {
        reached.origin = Origin::Placeholder;
    }
    let is_key = || names::segments(&place.sink).last().is_some_and(names::is_of_key);
    if reached.origin == Origin::Placeholder && reached.literal.as_deref().is_some_and(values::is_hash) && is_key() {
        reached.origin = Origin::Literal;
    }
    let is_written = matches!(reached.origin, Origin::Literal | Origin::Constant);
    if !counts(place.counts, is_written, reached.literal.as_deref()) {
        return None;
    }
    let passed: Vec<Followed> = place.more.arguments.iter().map(|passed| follower.value(&passed.value, path)).collect();
    let held = held_credential(place, &passed, path, follower.watch());
    let secret = place.more.identity.clone().or_else(|| reached.literal.clone()).filter(|_| is_written);
    let secret = secret.or_else(|| held.as_ref().and_then(|held| held.literal.clone()));
    let home = reached.home.filter(|_| is_told_at_home(found, reached.origin, follower.watch()));
    let fact = SourceFact {
        kind: place.kind,
        sink: place.sink.clone(),
        watched: place.watched.clone(),
        language: reader.language,
        origin: reached.origin,
        in_comment: place.in_comment,
        path: path.clone(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        shape: reached.literal.as_deref().map(values::shape),
        masked: reached.literal.as_deref().map(values::masked),
        fallback: reached.fallback,
        trace: held.as_ref().map_or(reached.trace, |held| held.trace.clone()),
        uses: Vec::new(),
        commit: None,
        value: place.more.plain.clone().filter(|text| reached.literal.as_ref() != Some(text) || !place.hides(text)),
        arguments: place.more.arguments.iter().zip(&passed).map(|(passed, reached)| passed_on(passed, reached)).collect(),
        context: around.context.to_vec(),
        hosts: around.hosts.clone(),
        confidence: if place.more.is_rough { Confidence::Low } else { Confidence::High },
        surface: around.surface,
        guard: place.more.guard.clone(),
        key_bits: place.more.key_bits,
        removed_in: None,
        code: around.code.clone(),
        allowed: around.allowed.clone(),
        environment: None,
        also_in: Vec::new(),
    };
    Some(Told { fact, secret, home: home.or_else(|| held.and_then(|held| held.home)) })
}

/// Whether a place counts with what stands there.
fn counts(counts: Counts, is_written: bool, literal: Option<&str>) -> bool {
    match counts {
        Counts::Always => true,
        Counts::IfWritten => is_written,
        Counts::IfRandom => is_written && literal.is_some_and(|value| drawn::looks_random(value) || drawn::ends_drawn(value)),
    }
}

/// What a call is given as a credential, where it stands or by its name, and what is written elsewhere: `connect(url, user, PASSWORD)`. Absent where there
/// are several; what things are kept under is no credential, whatever it is called.
fn held_credential(place: &Place, passed: &[Followed], path: &str, watch: &Watch) -> Option<Followed> {
    let is_kept = || names::segments(&place.sink).last().is_some_and(known::stores_pairs);
    if place.kind != FactKind::Call || place.in_comment || watch.in_place.contains(&place.watched) || is_kept() {
        return None;
    }
    let says = |name: &String| is_of_password(name) || names::is_of_key(name);
    let last = place.more.arguments.iter().map(Passed::place).max().unwrap_or(0);
    let stands = |given: &Passed| watch.is_credential_at(&place.watched, given.place(), last);
    let is_there = place.more.arguments.iter().any(|given| stands(given) && given.held_in.is_some());
    let is_one = |given: &Passed| if is_there { stands(given) } else { given.held_in.as_ref().is_some_and(says) };
    let given = place.more.arguments.iter().zip(passed).filter(|(given, _)| is_one(given));
    let mut held = given
        .map(|(given, reached)| given.field.as_ref().map_or(reached.clone(), |field| reached.clone().behind(path, field)))
        .filter(|reached| reached.home.is_some() && matches!(reached.origin, Origin::Constant | Origin::Placeholder));
    held.next().filter(|_| held.next().is_none())
}

/// Whether what a place says is told where the value is written. What must not be set at all is told where it is set.
fn is_told_at_home(found: &Found, origin: Origin, watch: &Watch) -> bool {
    let Found { place, .. } = found;
    let is_value = matches!(place.kind, FactKind::Assignment | FactKind::Argument | FactKind::ConfigKey | FactKind::Header);
    origin == Origin::Constant && is_value && !place.in_comment && !watch.in_place.contains(&place.watched)
}

fn is_of_password(name: &str) -> bool {
    names::words(name).last().is_some_and(|last| PASSWORDS.contains(&last.as_str()))
}

/// What is passed in a call, followed to its end.
fn passed_on(passed: &Passed, reached: &Followed) -> SourceArgument {
    SourceArgument {
        name: passed.name.clone(),
        position: passed.place(),
        origin: reached.origin,
        value: passed.plain.clone(),
        shape: reached.literal.as_deref().map(values::shape),
        fallback: reached.fallback.clone().filter(|_| reached.trace.is_empty()),
        held_in: passed.held_in.clone().filter(|_| matches!(reached.origin, Origin::Literal | Origin::Constant)),
    }
}
