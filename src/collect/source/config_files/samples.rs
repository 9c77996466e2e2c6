//! What the tests of all formats share: a secret, and a reading of a text that holds it.

use crate::{
    collect::source::all_facts_in,
    evidence::{Origin, SourceFact, Vocabulary},
};

/// A secret as the platform makes them; `§` stands for it in a text.
pub(super) const SECRET: &str = "09d5a1b2c3d4e5f60718293a4b5c6dc1";

/// The names that a test watches for.
#[derive(Clone, Copy, Default)]
pub(super) struct Watched {
    pub(super) assignment: &'static [&'static str],
    pub(super) argument: &'static [&'static str],
    pub(super) config_key: &'static [&'static str],
    pub(super) setting: &'static [&'static str],
    pub(super) logged: &'static [&'static str],
}

impl Watched {
    /// The facts in a text.
    pub(super) fn facts(self, path: &str, text: &str) -> Vec<SourceFact> {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let vocabulary = Vocabulary {
            assignment: names(self.assignment),
            argument: names(self.argument),
            config_key: names(self.config_key),
            setting: names(self.setting),
            logged: names(self.logged),
            ..Vocabulary::default()
        };
        all_facts_in(path, &text.replace('§', SECRET), &vocabulary)
    }
}

/// That the secret is the one fact, and where: line, column, and the column behind it.
pub(super) fn assert_secret(found: &[SourceFact], text: &str, sink: &str, place: (u32, u32, u32)) {
    let [fact] = found else { panic!("{text}: {found:?}") };
    assert_eq!((fact.sink.as_str(), fact.masked.as_deref()), (sink, Some("09d…c1(32)")), "{text}");
    assert!(matches!(fact.origin, Origin::Literal | Origin::Constant), "{text}: {fact:?}");
    assert_eq!((fact.line, fact.column, fact.end_column), place, "{text}");
}
