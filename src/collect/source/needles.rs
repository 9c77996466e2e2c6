//! The words of which a file must hold at least one before anything else is asked of it.

use std::collections::BTreeSet;

use crate::{
    collect::source::names::{plain, segments, squeezed, words},
    evidence::Vocabulary,
};

/// More words than this are joined in one way throughout.
const MOST_JOINED: usize = 4;

/// Words that half of all files hold, so that they tell nothing alone; sorted.
const COMMON: [&str; 26] = [
    "algorithm",
    "algorithms",
    "append",
    "auth",
    "cookie",
    "cookies",
    "debug",
    "decode",
    "enabled",
    "encode",
    "end",
    "get",
    "json",
    "key",
    "keys",
    "mode",
    "request",
    "response",
    "run",
    "secret",
    "secure",
    "send",
    "session",
    "set",
    "sign",
    "verify",
];

/// Words that are part of many others, or stand in every file for something else.
const EVERYWHERE: [&str; 3] = ["from", "res", "set"];
/// What follows them where they are called, or something of theirs is.
const USED: [&str; 6] = ["(", " (", ".", "?.", "->", "::"];

/// Whether half of all files hold a word.
pub(super) fn is_common(word: &str) -> bool {
    COMMON.binary_search(&plain(word).as_str()).is_ok()
}

/// A segment by which an entry is looked for, because its last one is too common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Head {
    pub(super) name: String,
    /// The other segments, in order, from the one that follows it.
    pub(super) beside: Vec<String>,
    pub(super) of: HeadOf,
}

/// What the entry of a head is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum HeadOf {
    /// A credential, which may stand in an object of that name.
    Value,
    /// A function or a switch of a known object.
    Member,
    /// A key of a configuration file.
    Key,
}

/// The heads of all entries that are looked for by one.
pub(super) fn heads(vocabulary: &Vocabulary) -> BTreeSet<Head> {
    let Vocabulary { assignment, argument, config_key, setting, missing, call, .. } = vocabulary;
    let values = assignment.iter().chain(argument).map(|entry| (entry, HeadOf::Value));
    let keys = config_key.iter().map(|entry| (entry, HeadOf::Key));
    let members = setting.iter().chain(call).chain(missing.iter().map(|missing| &missing.of)).map(|entry| (entry, HeadOf::Member));
    values.chain(keys).chain(members).filter_map(|(entry, of)| head(entry, of)).collect()
}

fn head(entry: &str, of: HeadOf) -> Option<Head> {
    let path: Vec<String> = segments(entry).map(plain).collect();
    let name = needle(entry);
    let at = path.iter().position(|segment| *segment == name).filter(|at| at + 1 < path.len())?;
    let beside = path.iter().skip(at + 1).chain(path.iter().take(at)).cloned().collect();
    Some(Head { name, beside, of })
}

/// What of all names a file must hold one of.
pub(super) fn needles(vocabulary: &Vocabulary) -> BTreeSet<String> {
    let Vocabulary { assignment, argument, config_key, setting, missing, call, logged, query, .. } = vocabulary;
    let named = [assignment, argument, config_key, logged, query].into_iter().flatten();
    let mut all: BTreeSet<String> = named.map(|entry| needle(entry)).collect();
    for needle in call.iter().chain(missing.iter().map(|missing| &missing.of)).map(|entry| needle(entry)) {
        if EVERYWHERE.contains(&needle.as_str()) {
            all.extend(USED.map(|after| format!("{needle}{after}")));
        } else {
            all.insert(needle);
        }
    }
    for entry in setting {
        let needle = needle(entry);
        if is_common(&needle) {
            // A switch is set: what follows it tells it from the word.
            all.extend(["=", " =", "'", "\"", ":", " :", "(", "]"].map(|after| format!("{needle}{after}")));
        } else {
            all.insert(needle);
        }
    }
    // `client_secret`, `client-secret` and `client.secret` are the same key.
    all.extend(config_key.iter().chain(setting).flat_map(|entry| spellings(entry)).filter(|spelling| spelling.contains(['_', '-', '.'])));
    all
}

/// The last segment of an entry; where that is a common word, the longest that is none.
fn needle(entry: &str) -> String {
    if let Some(end) = entry.strip_prefix('*') {
        return squeezed(end);
    }
    let path: Vec<String> = segments(entry).map(plain).collect();
    let last = path.last().cloned().unwrap_or_default();
    if !is_common(&last) {
        return last;
    }
    path.into_iter().filter(|segment| !is_common(segment)).max_by_key(String::len).unwrap_or(last)
}

/// How the last segment of a name may be spelled in a configuration file, in lower case, other than as one word.
fn spellings(entry: &str) -> BTreeSet<String> {
    let words = words(segments(entry).last().unwrap_or(""));
    let mut all = BTreeSet::new();
    for separator in ["_", "-", "."] {
        all.insert(words.join(separator));
        if words.len() <= MOST_JOINED {
            let choices = words.split_first().map_or_else(Vec::new, |(first, rest)| {
                rest.iter().fold(vec![first.clone()], |begun, word| {
                    begun.iter().flat_map(|start| [format!("{start}{word}"), format!("{start}{separator}{word}")]).collect()
                })
            });
            all.extend(choices);
        }
    }
    all
}
