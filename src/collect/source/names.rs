//! Whether a name found in a file is one that a rule watches.

#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::atomic::{AtomicUsize, Ordering},
};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};

/// The words of a name or value, in lower case, broken at punctuation and at capitals: `YOUR_ClientSecret` is `your`, `client`, `secret`.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for character in text.chars() {
        let starts_word = !character.is_alphanumeric() || (character.is_uppercase() && after_lower);
        if starts_word {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_lowercase());
        }
        after_lower = character.is_lowercase() || character.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The words of a name, each in the singular and without a number at its end; an abbreviation before a word is one: `SOClientSecret` is `so`, `client`,
/// `secret`.
fn singular(name: &str) -> Vec<String> {
    let mut words = words(&abbreviations_apart(name));
    for word in &mut words {
        let bare = without_digits(word);
        let length = bare.strip_suffix('s').unwrap_or(bare).len();
        word.truncate(length);
    }
    words
}

/// A name with a mark between abbreviations and the words that follow them.
fn abbreviations_apart(name: &str) -> Cow<'_, str> {
    let ends = |at: usize| matches!(name.as_bytes().get(at.saturating_sub(1)..), Some([before, first, second, ..]) if before.is_ascii_uppercase() && first.is_ascii_uppercase() && second.is_ascii_lowercase());
    if !(1..name.len()).any(ends) {
        return Cow::Borrowed(name);
    }
    let mut apart = String::with_capacity(name.len() + 2);
    for (at, character) in name.char_indices() {
        apart.extend((at > 0 && ends(at)).then_some('_'));
        apart.push(character);
    }
    Cow::Owned(apart)
}

/// A name without a number at its end.
fn without_digits(name: &str) -> &str {
    name.trim_end_matches(|character: char| character.is_ascii_digit())
}

/// Words that make a name one of something about a credential, which may look random too.
const DESCRIBING: [&str; 33] = [
    "checksum",
    "cipher",
    "claim",
    "count",
    "digest",
    "encrypted",
    "encryption",
    "expire",
    "expiry",
    "file",
    "fingerprint",
    "hash",
    "hashed",
    "header",
    "id",
    "identifier",
    "key",
    "length",
    "lifetime",
    "name",
    "nonce",
    "path",
    "protected",
    "ref",
    "reference",
    "salt",
    "size",
    "thumbprint",
    "timeout",
    "type",
    "uri",
    "url",
    "version",
];

/// Words that make a name that ends in `Password` one of a check, a page or a button, and one that ends in `Token` one of something else.
const ABOUT: [&str; 64] = [
    "bekreft",
    "bekräfta",
    "bestätige",
    "byt",
    "bytt",
    "endre",
    "falsches",
    "feil",
    "fel",
    "forkert",
    "gjenta",
    "glemt",
    "glömt",
    "har",
    "manglende",
    "nulstil",
    "ugyldig",
    "vergessen",
    "abort",
    "antiforgery",
    "cancel",
    "cancellation",
    "continuation",
    "csrf",
    "j",
    "next",
    "page",
    "xsrf",
    "allow",
    "change",
    "confirm",
    "confirmed",
    "confirmation",
    "encrypted",
    "forget",
    "forgot",
    "forgotten",
    "generate",
    "has",
    "hash",
    "hashed",
    "hide",
    "invalid",
    "is",
    "lost",
    "masked",
    "no",
    "protected",
    "remember",
    "repeat",
    "require",
    "required",
    "reset",
    "show",
    "shutdown",
    "stopping",
    "toggle",
    "use",
    "valid",
    "validate",
    "verify",
    "without",
    "wrong",
    "missing",
];

/// Words before `Token` that make it a mark of a place or of a version, and no credential.
const MARKING: [&str; 11] =
    ["cache", "concurrency", "cursor", "delta", "lock", "placeholder", "resume", "resumption", "skip", "snapshot", "sync"];

/// No watched key path has more segments.
const LONGEST_KEY: usize = 12;
/// Nor more letters.
const LONGEST_LETTERS: usize = 200;
/// Words at the end of a name that say in which environment it counts.
const ENVIRONMENTS: [&str; 12] =
    ["acc", "dev", "development", "live", "prod", "production", "qa", "sandbox", "stage", "staging", "test", "uat"];
/// Words beside a name that say when its value counts, and nothing about what it is.
const STANDING_IN: [&str; 2] = ["default", "fallback"];
/// Words at the end of a name that say what the credential is for: `PASSWORD_DB`.
const SIGNED_IN_TO: [&str; 7] = ["db", "ftp", "ldap", "mysql", "sftp", "smtp", "sql"];
/// More digits at the end of a name are no number of one among several.
const MOST_DIGITS: usize = 2;
/// Shorter words that are joined may spell another: `idtoken`.
const SHORTEST_JOINED: usize = 8;
/// Over how many keys a name may be split.
const MOST_SPLIT: usize = 3;
/// The names of one kind of place.
#[expect(clippy::struct_field_names, reason = "each says by what names are looked up")]
pub(super) struct Names {
    /// By the last segment, the longest name first, so that the most specific one answers.
    by_last: BTreeMap<String, Vec<Name>>,
    /// The same by the letters and digits of the whole entry.
    whole_names: BTreeMap<String, Vec<Name>>,
    /// Those letters and digits backwards: a key that none of them ends in is part of no entry.
    backwards: BTreeSet<String>,
    /// Entries that say only how a name ends: `*Password`. By their last letter, the longest first.
    by_ending: BTreeMap<char, Vec<Ending>>,
    /// The last words of entries of several: a name without any of them resembles none. Absent where there are none.
    words: Option<AhoCorasick>,
    /// Entries of one segment and several words, by the first word.
    of_words: BTreeMap<String, Vec<Name>>,
    /// The same by their words joined, where those are long enough to be told as one.
    joined: BTreeMap<String, Name>,
    /// By what these names go in what a thread remembers.
    number: usize,
}

/// More answers than this are forgotten, so that a hostile tree cannot fill the memory.
const MOST_REMEMBERED: usize = 8_000;
/// The numbers of all names made so far.
static NUMBERS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// What this thread was told of names: the same ones come again and again, and most are not watched.
    static REMEMBERED: RefCell<HashMap<Box<str>, Vec<Told>>> = RefCell::default();
}

/// What of a name is part of some entry, as far as that was asked.
struct Told {
    /// The number of the names that the entry is one of.
    by: usize,
    /// The last segment of one, or how one ends.
    is_known: Option<bool>,
    /// The end of the letters of one.
    ends_one: Option<bool>,
}

/// An entry that begins with an asterisk.
struct Ending {
    /// The letters and digits of the end.
    letters: String,
    entry: String,
}

#[derive(Clone)]
struct Name {
    /// In lower case, from the last segment to the first.
    reversed: Vec<String>,
    /// Of the last segment, in the singular.
    words: Vec<String>,
    entry: String,
}

impl Names {
    pub(super) fn new(entries: &[String]) -> Self {
        let mut by_last: BTreeMap<String, Vec<Name>> = BTreeMap::new();
        let mut by_ending: BTreeMap<char, Vec<Ending>> = BTreeMap::new();
        for entry in entries {
            if let Some(end) = entry.strip_prefix('*') {
                let letters = squeezed(end);
                if let Some(last) = letters.chars().next_back() {
                    by_ending.entry(last).or_default().push(Ending { letters, entry: entry.clone() });
                }
                continue;
            }
            let mut reversed: Vec<String> = segments(entry).map(plain).collect();
            reversed.reverse();
            if let Some(last) = reversed.first() {
                by_last.entry(last.clone()).or_default().push(Name {
                    reversed,
                    words: singular(segments(entry).last().unwrap_or("")),
                    entry: entry.clone(),
                });
            }
        }
        for names in by_last.values_mut() {
            names.sort_by(|one, other| other.reversed.len().cmp(&one.reversed.len()).then_with(|| one.entry.cmp(&other.entry)));
        }
        let mut whole_names: BTreeMap<String, Vec<Name>> = BTreeMap::new();
        for name in by_last.values().flatten() {
            whole_names.entry(squeezed(&name.entry)).or_default().push(name.clone());
        }
        for endings in by_ending.values_mut() {
            endings.sort_by(|one, other| other.letters.len().cmp(&one.letters.len()).then_with(|| one.entry.cmp(&other.entry)));
        }
        let last_words: BTreeSet<&String> =
            by_last.values().flatten().filter(|name| name.words.len() >= 2).filter_map(|name| name.words.last()).collect();
        let finder = |words| AhoCorasickBuilder::new().ascii_case_insensitive(true).build(words).ok();
        let words = if last_words.is_empty() { None } else { finder(last_words) };
        let several = || by_last.values().flatten().filter(|name| name.reversed.len() == 1 && name.words.len() >= 2);
        let mut of_words: BTreeMap<String, Vec<Name>> = BTreeMap::new();
        for name in several() {
            of_words.entry(name.words.first().cloned().unwrap_or_default()).or_default().push(name.clone());
        }
        let joined =
            several().map(|name| (name.words.concat(), name.clone())).filter(|(words, _)| words.len() >= SHORTEST_JOINED).collect();
        let backwards = whole_names.keys().map(|letters| letters.chars().rev().collect()).collect();
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        Self { by_last, whole_names, backwards, by_ending, words, of_words, joined, number }
    }

    /// What is said of a name; remembered, for to work it out takes far longer than to look it up.
    fn told(&self, last: &str, of: fn(&mut Told) -> &mut Option<bool>, work_out: impl FnOnce() -> bool) -> bool {
        REMEMBERED.with_borrow_mut(|remembered| {
            let unknown = || Told { by: self.number, is_known: None, ends_one: None };
            if let Some(all) = remembered.get_mut(last) {
                let index = all.iter().position(|told| told.by == self.number).unwrap_or_else(|| {
                    all.push(unknown());
                    all.len() - 1
                });
                return all.get_mut(index).is_some_and(|told| *of(told).get_or_insert_with(work_out));
            }
            let mut told = unknown();
            let answer = *of(&mut told).insert(work_out());
            if remembered.len() >= MOST_REMEMBERED {
                remembered.clear();
            }
            if last.len() <= LONGEST_LETTERS {
                remembered.insert(last.into(), vec![told]);
            }
            answer
        })
    }

    /// Whether there is nothing to look for.
    pub(super) fn is_empty(&self) -> bool {
        self.by_last.is_empty() && self.by_ending.is_empty()
    }

    /// The last segments of all entries, in lower case.
    pub(super) fn last_segments(&self) -> impl Iterator<Item = &str> {
        self.by_last.keys().map(String::as_str)
    }

    /// Whether some entry ends in this segment; cheap, to be asked before a whole path is worked out.
    pub(super) fn know(&self, last: &str) -> bool {
        let is_known = || self.by_last.contains_key(&plain(last)) || self.end_or_resemble(last);
        self.told(last, |told| &mut told.is_known, is_known)
    }

    /// Whether some entry ends in the letters of this segment, to be asked once for each name of a large file.
    fn ends_one(&self, last: &str) -> bool {
        self.told(last, |told| &mut told.ends_one, || self.is_end_of_one(last))
    }

    /// Whether an entry says how this segment ends, or is part of it.
    pub(super) fn end_or_resemble(&self, last: &str) -> bool {
        self.ending(last).is_some() || self.resembling(last).is_some()
    }

    /// What stands before this last segment, given [`plain`], in each entry that has it, in lower case, from the end to the start.
    pub(super) fn before(&self, last: &str) -> impl Iterator<Item = &[String]> {
        self.by_last.get(last).into_iter().flatten().map(|name| name.reversed.get(1..).unwrap_or(&[]))
    }

    /// The longest entry whose segments are the last ones of a path, without regard to case.
    pub(super) fn matching<S: AsRef<str>>(&self, path: &[S]) -> Option<Match<'_>> {
        let last = path.last().map(AsRef::as_ref).filter(|last| self.know(last))?;
        let otherwise = || if self.by_last.contains_key(&plain(last)) { None } else { self.resembling(last) };
        self.whole(path).or_else(otherwise).or_else(|| self.ending(last))
    }

    /// The longest entry that a path ends in, name for name.
    fn whole<S: AsRef<str>>(&self, path: &[S]) -> Option<Match<'_>> {
        let fits = |name: &&Name| {
            name.reversed.len() <= path.len()
                && name.reversed.iter().zip(path.iter().rev()).all(|(mine, theirs)| *mine == plain(theirs.as_ref()))
        };
        let name = self.by_last.get(&plain(path.last()?.as_ref()))?.iter().find(fits)?;
        Some(Match { entry: &name.entry, segments: name.reversed.len(), exact: true })
    }

    /// The entry that says how a name ends, unless the name says that it is about something else.
    fn ending(&self, name: &str) -> Option<Match<'_>> {
        let ends = |name: &str| self.by_ending.get(&backwards(name).next()?)?.iter().find(|ending| ends_in(name, &ending.letters));
        let found = ends(name).or_else(|| ends(without_environment(name)?))?;
        let words = words(name);
        // What is compared with a valid key is that key; `ValidPassword` says how one looks.
        let is_valid_key = |word: &str| word == "valid" && words.last().is_some_and(|last| ["key", "secret"].contains(&last.as_str()));
        let is_about = words.iter().any(|word| ABOUT.contains(&word.as_str()) && !is_valid_key(word));
        let marks = || matches!(words.as_slice(), [.., before, last] if last == "token" && MARKING.contains(&before.as_str()));
        (!is_about && !marks()).then_some(Match { entry: &found.entry, segments: 1, exact: true })
    }

    /// The entry that a key path of a configuration file ends in. There a name is the same however its words are joined: `session.cookie.secure` is
    /// `session.cookie_secure`, `SESSION_COOKIE_SECURE` and `sessionCookieSecure`; but a single word that is split over keys, `ClientSecret` as
    /// `client.secret`, only resembles it.
    pub(super) fn matching_key<S: AsRef<str>>(&self, path: &[S]) -> Option<Match<'_>> {
        let last = path.last().map(AsRef::as_ref).filter(|last| self.may_end_in(last))?;
        if let Some(found) = self.whole(path) {
            return Some(found);
        }
        let (mut letters, mut split) = (String::new(), None);
        let mut whole: Option<Match<'_>> = None;
        let joined = if self.ends_one(last) { LONGEST_KEY } else { 0 };
        for (count, segment) in path.iter().rev().take(joined).enumerate() {
            letters.insert_str(0, &squeezed(segment.as_ref()));
            if letters.len() > LONGEST_LETTERS {
                break;
            }
            for name in self.whole_names.get(&letters).into_iter().flatten() {
                let exact = count == 0 || name.reversed.len() > 1;
                let found = Match { entry: &name.entry, segments: if exact { name.reversed.len() } else { 0 }, exact };
                if exact {
                    whole = Some(found);
                } else if count < MOST_SPLIT {
                    split = split.or(Some(found));
                }
            }
            // What no entry ends in, no entry is with more before it.
            if !self.is_end_of_one(&letters) {
                break;
            }
        }
        whole.or_else(|| self.resembling(last)).or_else(|| self.ending(last)).or(split)
    }

    /// Whether some key path that ends in this segment may match: to be asked once for each name of a large file.
    pub(super) fn may_end_in(&self, last: &str) -> bool {
        self.know(last) || self.ends_one(last)
    }

    /// Whether the letters and digits of some entry end in those of a segment.
    fn is_end_of_one(&self, segment: &str) -> bool {
        let letters: String = segment.chars().rev().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        self.backwards.range(letters.clone()..).next().is_some_and(|first| first.starts_with(&letters))
    }

    /// The longest entry of one segment that a name holds among other words: `soClientSecretProd` holds `ClientSecret`.
    fn resembling(&self, name: &str) -> Option<Match<'_>> {
        if self.words.as_ref().is_none_or(|words| !words.is_match(name)) {
            return None;
        }
        let words = singular(name);
        if words.len() < 2 || words.iter().any(|word| DESCRIBING.contains(&word.as_str())) {
            return None;
        }
        // `SO_APPTOKEN` holds the words of `AppToken` as one.
        let as_one = words.iter().filter_map(|word| self.joined.get(word));
        let apart = (0..words.len()).filter_map(|first| words.get(first..)).flat_map(|rest| {
            let begin = rest.first().and_then(|first| self.of_words.get(first)).into_iter().flatten();
            begin.filter(|entry| rest.starts_with(&entry.words))
        });
        let longest = apart.chain(as_one).max_by_key(|entry| (entry.entry.len(), &entry.entry))?;
        let beside = words.iter().filter(|word| !longest.words.contains(*word));
        let is_all = words.len() > longest.words.len() && beside.clone().count() + longest.words.len() == words.len();
        let exact = is_all && beside.clone().all(|word| STANDING_IN.contains(&word.as_str()));
        Some(Match { entry: &longest.entry, segments: 0, exact })
    }
}

/// An entry of the vocabulary that a path ends in.
#[derive(Clone, Copy)]
pub(super) struct Match<'a> {
    /// The entry as the rule wrote it.
    pub(super) entry: &'a str,
    /// How many segments agree.
    pub(super) segments: usize,
    /// Whether the last segment is the entry's own, and not one that holds it among other words.
    pub(super) exact: bool,
}

/// The parts of a name: C# and JSON paths, environment-style keys (`SuperOffice__ClientSecret`) and XML paths alike.
pub(super) fn segments(name: &str) -> impl Iterator<Item = &str> {
    name.split(['.', ':', '/']).flat_map(|part| part.split("__")).filter(|part| !part.is_empty())
}

/// Whether a name is that of a key or token, and not of a password, of which databases keep the hash.
pub(super) fn is_of_key(name: &str) -> bool {
    let words = words(name);
    let says = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    says(&["key", "token", "secret", "apikey"]) && !says(&["password", "passwd", "pwd", "pass", "hash", "user"])
}

/// A segment without what only marks its scope: `_clientSecret`, `m_clientSecret` and `@clientSecret` are all `clientsecret`.
pub(super) fn plain(segment: &str) -> String {
    let lower = segment.trim_start_matches('@').to_lowercase();
    let bare = lower.strip_prefix("m_").or_else(|| lower.strip_prefix("s_")).unwrap_or(&lower).trim_start_matches('_');
    if bare.is_empty() || bare.len() == lower.len() { lower } else { bare.to_owned() }
}

/// The letters and digits of a name from its end, in lower case, without the number of one among several: of `secret2` those of `secret`.
fn backwards(name: &str) -> impl Iterator<Item = char> {
    let bare = without_digits(name);
    let name = if name.len() - bare.len() <= MOST_DIGITS { bare } else { name };
    name.chars().rev().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// A name without the environment that it counts in, and without the word for what counts in want of another: `secret_dev`, `SECRET_FALLBACK`. Absent where it names none.
fn without_environment(name: &str) -> Option<&str> {
    let of_word = |word: &&str| {
        let start = name.len().checked_sub(word.len())?;
        let (before, last) = name.split_at_checked(start)?;
        let is_apart = before.ends_with(['_', '-', '.']) || last.starts_with(char::is_uppercase);
        (is_apart && last.eq_ignore_ascii_case(word)).then(|| before.trim_end_matches(['_', '-', '.']))
    };
    ENVIRONMENTS.iter().chain(&STANDING_IN).chain(&SIGNED_IN_TO).find_map(of_word).filter(|before| !before.is_empty())
}

/// Whether a name is that of an environment, so that what holds it says what its value is: `clientSecret: { production: "…" }`.
pub(super) fn is_environment(name: &str) -> bool {
    ENVIRONMENTS.iter().any(|environment| environment.eq_ignore_ascii_case(name))
}

/// Whether the letters and digits of a name end in these.
fn ends_in(name: &str, letters: &str) -> bool {
    let mut theirs = backwards(name);
    letters.chars().rev().all(|letter| theirs.next() == Some(letter))
}

/// The letters and digits alone, in lower case.
pub(super) fn squeezed(text: &str) -> String {
    let mut letters = String::with_capacity(text.len());
    letters.extend(text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase));
    letters
}
