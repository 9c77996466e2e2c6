//! What an app keeps under a name: in a page's storage, in the settings of a device.

use std::ops::Range;

use super::{Expression, Form, logged::is_encrypted, places::Finder, stores};
use crate::{
    collect::source::{
        document::{More, Passed, Place},
        origins::Value,
        sinks,
    },
    evidence::{FactKind, Origin},
};

/// What is said of a value that only those can read who have a key, or that cannot be turned back.
const ENCRYPTED: &str = "encrypted";

impl<'a> Finder<'a, '_> {
    /// `localStorage.name = value`, which is `localStorage.setItem("name", value)`.
    pub(super) fn kept(&mut self, target: &'a Expression, value: &'a Expression, range: &Range<usize>) {
        let (store, key) = match &target.form {
            Form::Member(of, key) => (of.path(), Some(key.as_str())),
            Form::Index(of, key) => (of.path(), key.text()),
            _ => return,
        };
        // A library of AngularJS marks its own: `$localStorage`.
        let Some(store) = store.map(|path| path.into_iter().map(|name| name.trim_start_matches('$')).collect::<Vec<_>>()) else { return };
        if !stores::is_one(&store) {
            return;
        }
        let Some(found) = self.document.watch.call.matching(&[store.as_slice(), &["setItem"]].concat()) else { return };
        let told = key.filter(|key| self.names_something(key)).map(str::to_owned);
        let key = Passed { name: None, position: 0, held_in: None, field: None, plain: told, value: Value::From(Origin::Unknown) };
        let sink = sinks::dotted(&target.path().unwrap_or_default());
        let place = Place::new(FactKind::Call, sink, found.entry, range.clone(), Value::From(Origin::Unknown));
        let mut kept = self.passed(None, 1, value);
        kept.plain = self.told_if_unreadable(value).or(kept.plain);
        let more = More { arguments: vec![key, kept], ..self.more(None) };
        self.reading.add(Place { more, ..place });
    }

    /// Says of what is passed that nobody can read it who has no key.
    pub(super) fn told_if_unreadable(&self, value: &'a Expression) -> Option<String> {
        self.is_unreadable(value).then(|| ENCRYPTED.to_owned())
    }

    /// Whether a value is encrypted or a hash, also by way of a variable.
    fn is_unreadable(&self, value: &Expression) -> bool {
        let hashes = |value: &Expression| match &value.form {
            Form::Call(call) => call.callee.path().is_some_and(|path| path.last().is_some_and(|name| stores::hashes(name))),
            _ => false,
        };
        let is_one = |value: &Expression| is_encrypted(value, 0) || hashes(value);
        let held = match &value.form {
            Form::Name(name) => self.bindings.find(name, value.range.start).map_or(&[][..], |binding| binding.values.as_slice()),
            _ => &[],
        };
        is_one(value) || (!held.is_empty() && held.iter().all(|value| is_one(value)))
    }
}
