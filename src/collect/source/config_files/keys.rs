//! Keys with values, whatever the format: which of them a rule watches.
//!
//! A reader says where it is in the file ([`Keys::enter`], [`Keys::leave`]) and what stands there ([`Keys::value`]); all formats then give the
//! same facts for the same keys.

use std::{collections::BTreeSet, ops::Range, sync::atomic::Ordering};

use super::references::value_of;
use crate::{
    collect::source::{
        document::{Counts, Document, More, Place, Reading},
        drawn,
        embedded::embedded,
        in_clear::{is_secretive, switch},
        names::{self, Match, segments, words},
        origins::Value,
        program, sinks, values,
    },
    evidence::{FactKind, Origin},
};

/// So many of the innermost keys make a path, so that a hostile file cannot make paths of quadratic size.
const DEEPEST: usize = 64;
/// How many names are remembered as harmless.
const MOST_HARMLESS: usize = 10_000;
/// Keys that only wrap the value of the key before them.
const WRAPPERS: [&str; 6] = ["value", "default", "defaultvalue", "currentvalue", "stringvalue", "#text"];
/// What the manifests of package managers call the packages they need, in lower case: their keys are names of packages, their values versions.
const DEPENDENCIES: [&str; 9] = [
    "dependencies",
    "devdependencies",
    "peerdependencies",
    "optionaldependencies",
    "resolutions",
    "overrides",
    "require",
    "require-dev",
    "packages",
];
/// The manifests, in lower case.
const MANIFESTS: [&str; 6] = ["package.json", "package-lock.json", "composer.json", "composer.lock", "bower.json", "pyproject.toml"];
/// What holds the examples of a description.
const EXAMPLES: [&str; 2] = ["example", "examples"];
/// More words of one command are not looked at.
const MOST_WORDS: usize = 200;

/// Takes in the keys of one file.
pub(super) struct Keys<'a, 'd> {
    pub(super) document: &'a Document<'d>,
    pub(super) reading: Reading,
    /// Whether what comes stands in a comment.
    pub(super) in_comment: bool,
    /// Whether what comes was read by less than the format's grammar.
    pub(super) is_rough: bool,
    /// Whether parts of a path are what somebody calls the parts of a system, where `example` is a name as any other.
    pub(super) is_of_named_parts: bool,
    /// What stands between the parts of a path as it is shown.
    separator: &'static str,
    path: Vec<Key>,
    /// Names that no watched key path ends in; files of data repeat theirs.
    harmless: BTreeSet<String>,
}

/// One step of a path.
struct Key {
    /// The end of it, which is what matters to a rule.
    matched: String,
    shown: String,
}

impl<'a, 'd> Keys<'a, 'd> {
    pub(super) fn new(document: &'a Document<'d>, separator: &'static str) -> Self {
        let reading = Reading::default();
        let (path, harmless) = (Vec::new(), BTreeSet::new());
        Self { document, reading, in_comment: false, is_rough: false, is_of_named_parts: false, separator, path, harmless }
    }

    /// Whether to stop: the user interrupted, or there is no room for more.
    pub(super) fn is_over(&mut self) -> bool {
        self.document.stop.load(Ordering::Relaxed) || self.reading.is_full()
    }

    /// Goes into what a key holds.
    pub(super) fn enter(&mut self, name: &str) {
        self.path.push(Key { matched: sinks::tail(name).to_owned(), shown: sinks::segment(name) });
    }

    /// Comes out of it again.
    pub(super) fn leave(&mut self) {
        self.path.pop();
    }

    fn innermost(&self) -> impl Iterator<Item = &Key> {
        self.path.iter().skip(self.path.len().saturating_sub(DEEPEST))
    }

    /// A key with a value, below the present one. The range is that of both.
    pub(super) fn pair(&mut self, name: &str, text: &str, range: Range<usize>) {
        self.enter(name);
        self.value(text, range);
        self.leave();
    }

    /// The value of the present key. The range is what a fact about it points at.
    pub(super) fn value(&mut self, text: &str, range: Range<usize>) {
        self.value_from(text, value_of(text), range);
    }

    /// The value of the present key where the text alone does not say what it comes to.
    pub(super) fn value_from(&mut self, text: &str, value: Value, range: Range<usize>) {
        if self.is_over() || self.is_package() {
            return;
        }
        let value = if self.is_sealed() { Value::From(Origin::SecretStore) } else { value };
        let value = if self.is_of_an_example() { Value::From(Origin::Placeholder) } else { value };
        if self.is_harmless() {
            return self.inside(text, &range);
        }
        let watch = self.document.watch;
        let path = self.segments();
        let setting = watch.setting.matching_key(&path).filter(|found| found.exact && !self.in_comment);
        let found = watch.config_key.matching_key(&path);
        // What a rule asks of configuration by name is not told twice.
        let is_key = found.is_some_and(|found| found.exact);
        let header = path.last().filter(|name| is_header(name)).and_then(|name| watch.argument.matching(&[*name]));
        if let Some(found) = setting.filter(|found| is_telling(found.entry) && !is_key) {
            let plain = Some(text.trim()).filter(|text| program::is_plain(text)).map(str::to_owned);
            self.add(FactKind::Setting, &found, value.clone(), range.clone(), plain);
        }
        let counts = !self.in_comment || values::looks_real(text, watch);
        let header = header.filter(|found| found.exact);
        match (found.filter(|found| found.exact || header.is_none()), header) {
            (Some(found), _) if counts => self.add(FactKind::ConfigKey, &found, value, range, plain(found.entry, text)),
            (None, Some(found)) if counts => self.add(FactKind::Header, &found, value, range, None),
            (None, None) => self.inside(text, &range),
            _ => {}
        }
    }

    /// Whether the present key stands in a sealed secret, which its cluster alone can open.
    fn is_sealed(&self) -> bool {
        self.path.split_last().is_some_and(|(_, above)| above.iter().any(|key| key.matched.eq_ignore_ascii_case("encryptedData")))
    }

    /// Whether the present key stands in an example, as descriptions of an interface give them (`OpenAPI` 3.1, section 4.8.19).
    fn is_of_an_example(&self) -> bool {
        !self.is_of_named_parts && self.path.iter().any(|key| EXAMPLES.iter().any(|example| key.matched.eq_ignore_ascii_case(example)))
    }

    /// Whether what is at hand is one of several to choose from, and its value what the choice is called: `options: [{ name: "Password", value: "password" }]`.
    pub(super) fn is_choice(&self, value: &str) -> bool {
        let [.., list, _] = self.path.as_slice() else { return false };
        ["options", "choices", "enum"].iter().any(|name| list.matched.eq_ignore_ascii_case(name)) && values::reads_as_text(value)
    }

    /// Whether the present key is the name of a package.
    fn is_package(&self) -> bool {
        let is_among = |key: &Key| DEPENDENCIES.contains(&key.matched.to_lowercase().as_str());
        let (_, above) = self.path.split_last().unzip();
        above.is_some_and(|above| above.iter().any(is_among)) && {
            let name = self.document.path.rsplit('/').next().unwrap_or_default().to_lowercase();
            MANIFESTS.contains(&name.as_str())
        }
    }

    /// Whether the last segment of the present path alone tells that nothing watches it.
    fn is_harmless(&mut self) -> bool {
        let watch = self.document.watch;
        let Some(last) = self.segments().last().map(|last| (*last).to_owned()) else { return true };
        if self.harmless.contains(&last) {
            return true;
        }
        let is_harmless = ![&watch.config_key, &watch.setting].iter().any(|names| names.may_end_in(&last)) && !is_header(&last);
        if is_harmless && self.harmless.len() < MOST_HARMLESS {
            self.harmless.insert(last);
        }
        is_harmless
    }

    /// Whether a rule watches the present key.
    pub(super) fn is_watched(&self) -> bool {
        let watch = self.document.watch;
        let path = self.segments();
        [&watch.config_key, &watch.setting].iter().any(|names| names.matching_key(&path).is_some())
    }

    /// The present path as it is shown.
    fn sink(&self) -> String {
        self.innermost().map(|key| key.shown.as_str()).collect::<Vec<_>>().join(self.separator)
    }

    /// The path as rules match it. `ClientSecrets: ["…"]` is a list of what its key names, and `clientSecret: { value: "…" }` says no more than
    /// without the braces.
    fn segments(&self) -> Vec<&str> {
        let mut path: Vec<&str> = self.innermost().flat_map(|key| segments(&key.matched)).collect();
        let says_nothing = |last: &str| {
            last.bytes().all(|byte| byte.is_ascii_digit())
                || WRAPPERS.contains(&last.to_ascii_lowercase().as_str())
                || names::is_environment(last)
        };
        while path.len() > 1 && path.last().is_some_and(|last| says_nothing(last)) {
            path.pop();
        }
        path
    }

    /// What a value holds in turn: `NAME=value`, a connection string, a form body, the headers of a request.
    fn inside(&mut self, text: &str, range: &Range<usize>) {
        if !text.contains(['=', ':']) {
            return;
        }
        if let Some((name, value)) = assignment(text) {
            self.enter(name);
            let is_watched = self.is_watched();
            // Its own value may hold an `=` again, so only a name that is known ends the search.
            if is_watched {
                self.value(value, range.clone());
            }
            self.leave();
            if is_watched {
                return;
            }
        }
        self.switches(text, range);
        let watch = self.document.watch;
        for (kind, names) in [(FactKind::ConfigKey, &watch.config_key), (FactKind::Header, &watch.argument)] {
            for pair in embedded(text, names) {
                if kind == FactKind::Header && (!is_header(pair.name) || watch.config_key.matching_key(&[pair.name]).is_some()) {
                    continue;
                }
                self.enter(pair.name.trim_start_matches('-'));
                self.add(kind, &pair.found, Value::Written(pair.value.to_owned()), range.clone(), None);
                self.leave();
            }
        }
    }

    /// The variables that a command sets before it runs, as scripts of a package do: `cross-env NAME=0 node server.js`.
    fn switches(&mut self, text: &str, range: &Range<usize>) {
        let set = text.split_whitespace().take(MOST_WORDS).filter_map(|word| word.split_once('='));
        for (name, value) in set.filter(|(_, value)| switch(value).is_some()) {
            self.enter(name);
            if self.is_watched() {
                self.value(value, range.clone());
            }
            self.leave();
        }
    }

    fn add(&mut self, kind: FactKind, found: &Match<'_>, value: Value, range: Range<usize>, plain: Option<String>) {
        let more = More { plain, is_rough: self.is_rough, ..More::default() };
        let place = Place::new(kind, self.sink(), found.entry, range, value);
        self.reading.add(Place { in_comment: self.in_comment, counts: Counts::Always.under(found), more, ..place });
    }
}

/// Names with a hyphen are those of headers.
fn is_header(name: &str) -> bool {
    name.contains('-') || name.eq_ignore_ascii_case("authorization") || name.eq_ignore_ascii_case("cookie")
}

/// Whether the name of a switch in code also tells what it is in a file that may be about anything: `verify` does not, `verify_ssl` does.
pub(super) fn is_telling(entry: &str) -> bool {
    words(entry).len() > 1
}

/// What a key is set to, in clear: a short word where its name is none of a secret's, else only what a switch says.
pub(super) fn plain(entry: &str, text: &str) -> Option<String> {
    let word = Some(text.trim()).filter(|text| !is_secretive(entry) && !text.is_empty() && program::is_plain(text));
    switch(text).or_else(|| word.map(str::to_owned))
}

/// `NAME=value` and `--name=value`, as lists of environment variables and arguments hold them.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.trim().split_once('=')?;
    let name = name.trim_start_matches('-');
    let is_name = |character: char| character.is_alphanumeric() || "_-.:".contains(character);
    // In a command, a value that a machine made ends with its word.
    let is_end = |word: &&str| *word != value && (drawn::looks_random(word) || switch(word).is_some() || precedes_command(value, word));
    let word = value.split_whitespace().next().filter(is_end);
    let value = word.unwrap_or(value).trim_matches(['"', '\'']);
    (!name.is_empty() && name.len() <= 200 && name.chars().all(is_name)).then_some((name, value))
}

/// Whether what follows the first word of a value is a command, for which the variable is set: `NAME=value node server.js`.
fn precedes_command(value: &str, word: &str) -> bool {
    const COMMANDS: [&str; 30] = [
        "bash",
        "bun",
        "cargo",
        "cross-env",
        "curl",
        "deno",
        "docker",
        "dotnet",
        "env",
        "exec",
        "flask",
        "go",
        "gradle",
        "java",
        "make",
        "mvn",
        "mysql",
        "next",
        "node",
        "nodemon",
        "npm",
        "npx",
        "php",
        "pnpm",
        "psql",
        "python",
        "python3",
        "sh",
        "ts-node",
        "yarn",
    ];
    let next = value.get(word.len()..).unwrap_or("").split_whitespace().next().unwrap_or("");
    !value.starts_with(['"', '\'']) && (COMMANDS.contains(&next) || next.starts_with("./"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_no_part_of_the_variable_before_it() {
        for (text, value) in [
            ("DB_PASSWORD=Elv-2044-bru node server.js", "Elv-2044-bru"),
            ("DB_PASSWORD=Elv-2044-bru ./run.sh", "Elv-2044-bru"),
            ("DB_PASSWORD=elv and bru", "elv and bru"),
        ] {
            assert_eq!(assignment(text), Some(("DB_PASSWORD", value)), "{text}");
        }
    }
}
