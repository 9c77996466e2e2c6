//! What all rules together look for in the source.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};

use crate::{
    collect::source::{
        literals::Pattern,
        names::{Match, Names, segments, squeezed, words},
        needles::{Head, heads, needles},
        sinks,
    },
    evidence::{HoldingSetting, MissingSetting, NamedEnvironment, Passed, Vocabulary},
};

/// The vocabulary, made ready for matching.
pub(super) struct Watch {
    /// What is assigned or initialised.
    pub(super) assignment: Names,
    /// Entries of these that are told where they are set.
    pub(super) in_place: BTreeSet<String>,
    /// What is passed.
    pub(super) argument: Names,
    /// What is configured.
    pub(super) config_key: Names,
    /// Switches.
    pub(super) setting: Names,
    /// What of a switch's written values is of interest, by its last segment in lower case.
    holding: BTreeMap<String, Vec<String>>,
    /// What is called or created.
    pub(super) call: Names,
    /// Where among what those are passed a credential stands.
    passed: Vec<Passed>,
    /// What must not be logged.
    pub(super) logged: Names,
    /// What must not travel in the query of an address.
    pub(super) query: Names,
    /// Everything that is assigned, passed, switched or called: asked first, for most names in a program are none of it.
    pub(super) named: Names,
    /// Switches that are unsafe when left out, by what should have them.
    pub(super) missing: Vec<(Names, MissingSetting)>,
    /// All of those that should have such switches.
    pub(super) lacking: Names,
    /// Text of known forms.
    pub(super) literals: Vec<Pattern>,
    /// Kinds of private keys.
    pub(super) key_material: BTreeSet<String>,
    /// Words that say what a file is about.
    pub(super) context: Vec<String>,
    /// Environments whose values are compared.
    pub(super) environment: Vec<NamedEnvironment>,
    /// The letters and digits of the last segments of the names of credentials.
    credentials: BTreeSet<String>,
    /// The words that all names are made of.
    words: BTreeSet<String>,
    /// What of all names a file must hold one of, in lower case.
    needles: BTreeSet<String>,
    /// The segments by which entries are looked for whose last one is too common.
    heads: BTreeSet<Head>,
    /// Finds the needles.
    finder: OnceLock<Option<AhoCorasick>>,
    /// Finds the words that say what a file is about.
    context_finder: OnceLock<Option<AhoCorasick>>,
}

impl Watch {
    pub(super) fn new(vocabulary: &Vocabulary) -> Self {
        let entries = [&vocabulary.assignment, &vocabulary.argument, &vocabulary.config_key];
        let [assignment, argument, config_key] = entries.map(|entries| Names::new(entries));
        Self {
            credentials: [&assignment, &argument, &config_key].into_iter().flat_map(Names::last_segments).map(squeezed).collect(),
            words: whole(&entries.into_iter().flatten().flat_map(|entry| words(entry)).collect()),
            needles: needles(vocabulary),
            heads: heads(vocabulary),
            finder: OnceLock::new(),
            context_finder: OnceLock::new(),
            assignment,
            in_place: vocabulary.in_place.iter().cloned().collect(),
            argument,
            config_key,
            setting: Names::new(&vocabulary.setting),
            holding: holding(vocabulary),
            call: Names::new(&vocabulary.call),
            passed: vocabulary.passed.clone(),
            logged: Names::new(&vocabulary.logged),
            query: Names::new(&vocabulary.query),
            named: Names::new(&named(vocabulary)),
            literals: vocabulary.literal.iter().map(Pattern::new).collect(),
            key_material: vocabulary.key_material.iter().cloned().collect(),
            environment: vocabulary.environment.clone(),
            context: vocabulary.context.iter().map(|word| word.to_lowercase()).collect(),
            lacking: Names::new(&vocabulary.missing.iter().map(|missing| missing.of.clone()).collect::<Vec<_>>()),
            missing: vocabulary.missing.iter().map(|missing| (Names::new(std::slice::from_ref(&missing.of)), missing.clone())).collect(),
        }
    }

    /// What tells that a file may hold a watched name, mostly the name's last segment: a file that holds none of them cannot hold a fact.
    pub(super) fn needles(&self) -> impl Iterator<Item = &str> {
        self.needles.iter().map(String::as_str)
    }

    /// What a key is watched as that a value goes by, as a path of its own: `client_secret`, `SuperOffice:ClientSecret`.
    pub(super) fn of_key(&self, key: &str) -> Option<Match<'_>> {
        let found = |key: &str| {
            let path: Vec<&str> = segments(key).collect();
            self.argument.matching(&path).or_else(|| self.assignment.matching(&path))
        };
        // Names of headers are watched with their hyphens; elsewhere `signing-key` is `signing_key`.
        let key = sinks::tail(key);
        found(key).or_else(|| if key.contains('-') { found(&key.replace('-', "_")) } else { None })
    }

    /// Whether a call that is watched is passed a credential at a position, when `last` is its last one.
    pub(super) fn is_credential_at(&self, watched: &str, position: u32, last: u32) -> bool {
        self.passed.iter().any(|Passed { at, to }| to.iter().any(|name| name == watched) && at.is_at(position, last))
    }

    /// Finds the needles in a part of a text; absent when there are none.
    pub(super) fn finder(&self) -> Option<&AhoCorasick> {
        let build = || AhoCorasickBuilder::new().ascii_case_insensitive(true).build(&self.needles).ok();
        self.finder.get_or_init(|| if self.needles.is_empty() { None } else { build() }).as_ref()
    }

    /// Finds the words of [`Self::context`], by their numbers; absent when there are none.
    pub(super) fn context_finder(&self) -> Option<&AhoCorasick> {
        let build = || AhoCorasickBuilder::new().ascii_case_insensitive(true).build(&self.context).ok();
        self.context_finder.get_or_init(|| if self.context.is_empty() { None } else { build() }).as_ref()
    }

    /// The segments by which entries are looked for whose last one is too common.
    pub(super) fn heads(&self) -> impl Iterator<Item = &Head> {
        self.heads.iter()
    }

    /// In lower case, text of which a written value of a switch must hold one to be of interest; none where all of its values are.
    pub(super) fn held_by(&self, setting: &str) -> &[String] {
        self.holding.get(&setting.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Whether a word is part of a watched name, as `client` is of `ClientSecret`.
    pub(super) fn says(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    /// The words of a value, in lower case; two that a watched name writes as one are one here too.
    pub(super) fn words(&self, value: &str) -> Vec<String> {
        let mut joined: Vec<String> = Vec::new();
        for word in words(value) {
            match joined.last_mut() {
                Some(last) if self.says(&format!("{last}{word}")) => last.push_str(&word),
                _ => joined.push(word),
            }
        }
        joined
    }

    /// Whether a value is only the name of something watched, as in `clientSecret: "client_secret"`.
    pub(super) fn is_a_name(&self, value: &str) -> bool {
        let letters = squeezed(value);
        !letters.is_empty() && self.credentials.contains(&letters)
    }
}

/// What limits the values of a switch holds for its last segment, where no other switch ends in the same.
fn holding(vocabulary: &Vocabulary) -> BTreeMap<String, Vec<String>> {
    let last = |name: &str| segments(name).last().map(str::to_lowercase);
    let mut holding: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for HoldingSetting { setting, texts } in &vocabulary.holding {
        let is_other = |name: &&String| last(name) == last(setting) && !name.eq_ignore_ascii_case(setting);
        if let Some(name) = last(setting).filter(|_| !vocabulary.setting.iter().any(|name| is_other(&name))) {
            holding.entry(name).or_default().extend(texts.iter().map(|text| text.to_lowercase()));
        }
    }
    holding
}

/// The entries of everything that is assigned, passed, switched or called.
fn named(vocabulary: &Vocabulary) -> Vec<String> {
    let Vocabulary { assignment, argument, setting, call, missing, .. } = vocabulary;
    let named: BTreeSet<&String> =
        [assignment, argument, setting, call].into_iter().flatten().chain(missing.iter().map(|missing| &missing.of)).collect();
    named.into_iter().cloned().collect()
}

/// Words without the halves of others: the two halves of a brand say nothing alone.
fn whole(words: &BTreeSet<String>) -> BTreeSet<String> {
    let halves: BTreeSet<String> = words
        .iter()
        .flat_map(|word| word.char_indices().skip(1).map(move |(middle, _)| word.split_at(middle)))
        .filter(|(first, second)| words.contains(*first) && words.contains(*second))
        .flat_map(|(first, second)| [first.to_owned(), second.to_owned()])
        .collect();
    words.difference(&halves).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_key_passes_the_filter() {
        let config_key = vec!["SuperOffice.SoAppToken".to_owned()];
        let watch = Watch::new(&Vocabulary { config_key, ..Vocabulary::default() });
        let spellings: Vec<&str> = watch.needles().collect();
        for spelling in ["soapptoken", "so_app_token", "so-app-token", "so-apptoken", "so_apptoken", "so.app.token"] {
            assert!(spellings.contains(&spelling), "{spelling}: {spellings:?}");
        }
    }

    #[test]
    fn a_common_word_is_looked_for_with_what_stands_beside_it() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let call = names(&["jwt.sign", "res.cookie", "cookies.set"]);
        let vocabulary = Vocabulary { setting: names(&["verify"]), call, ..Vocabulary::default() };
        let watch = Watch::new(&vocabulary);
        let needles: Vec<&str> = watch.needles().collect();
        assert!(["verify=", "verify'", "jwt", "res.", "set("].iter().all(|needle| needles.contains(needle)), "{needles:?}");
        assert!(["verify", "sign", "cookie", "res", "set"].iter().all(|needle| !needles.contains(needle)), "{needles:?}");
    }
}
