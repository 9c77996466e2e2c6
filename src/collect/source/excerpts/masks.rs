//! What of a piece of source must not be shown: secrets that are known, the contents of strings, what follows a mark of equality, and whatever a
//! machine made.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::{
    collect::source::{
        drawn::ends_drawn,
        names::squeezed,
        sinks,
        values::{is_placeholder, masked},
        watch::Watch,
    },
    evidence::Language,
};

/// Strings as short as this are no secrets: a separator, a number of a port.
const SHORT: usize = 3;
/// A secret is looked for by its beginning, up to so many bytes.
const BEGINNING: usize = 64;
/// More secrets of one file are not looked for: strings are masked in any case.
const MOST_SECRETS: usize = 1_000;
/// What strings begin and end with: those of several lines, with quotes in them, before others.
const QUOTES: [&str; 5] = ["\"\"\"", "'''", "\"", "'", "`"];
/// Marks between words.
const BETWEEN: [char; 11] = [' ', '\t', '=', ':', ';', '&', '<', '>', ',', '@', '?'];

/// A range of a text, and what is shown in its place.
pub(super) type Mask = (Range<usize>, String);

/// Secrets that are known, looked for all at once.
pub(super) struct Secrets {
    /// The longest first.
    all: Vec<String>,
    beginnings: Option<AhoCorasick>,
}

impl Secrets {
    pub(super) fn new(all: impl Iterator<Item = String>, watch: &Watch) -> Self {
        let mut all: Vec<String> = all.filter(|secret| secret.chars().nth(SHORT - 1).is_some() && !is_placeholder(secret, watch)).collect();
        all.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        all.dedup();
        all.truncate(MOST_SECRETS);
        let beginnings = all.iter().map(|secret| secret.get(..secret.floor_char_boundary(BEGINNING)).unwrap_or(secret));
        let build = |beginnings| AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(beginnings).ok();
        let beginnings = if all.is_empty() { None } else { build(beginnings) };
        Self { all, beginnings }
    }

    /// Where they stand in a text, in order, none over another.
    fn places(&self, text: &str) -> Vec<Mask> {
        let mut places: Vec<Mask> = Vec::new();
        let mut open = 0;
        for found in self.beginnings.iter().flat_map(|beginnings| beginnings.find_iter(text)) {
            let Some(secret) = self.all.get(found.pattern().as_usize()).filter(|_| found.start() >= open) else { continue };
            let here = text.get(found.start()..).unwrap_or("");
            let alike = here.bytes().zip(secret.bytes()).take_while(|(one, other)| one == other).count();
            let end = found.start() + here.floor_char_boundary(alike);
            if is_whole(text, &(found.start()..end), secret) {
                places.push((found.start()..end, masked(secret)));
                open = end;
            }
        }
        places
    }
}

/// Whether letters alone are no part of a longer word, as `base` is of `Database`.
fn is_whole(text: &str, range: &Range<usize>, secret: &str) -> bool {
    let before = text.get(..range.start).and_then(|before| before.chars().next_back());
    let after = text.get(range.end..).and_then(|after| after.chars().next());
    !secret.chars().all(char::is_alphabetic) || ![before, after].into_iter().flatten().any(char::is_alphabetic)
}

/// What is around a piece of source.
#[derive(Clone, Copy)]
pub(super) struct Within<'a> {
    pub(super) secrets: &'a Secrets,
    /// Text that is shown anyway: what is set.
    pub(super) known: &'a str,
    pub(super) watch: &'a Watch,
    /// Whether words outside of strings are the words of a program, and no values.
    pub(super) is_program: bool,
}

/// Whether a language writes its values between quotes.
pub(super) fn is_program(language: Language) -> bool {
    matches!(
        language,
        Language::CSharp
            | Language::VisualBasic
            | Language::JavaScript
            | Language::TypeScript
            | Language::Php
            | Language::Python
            | Language::Java
            | Language::CrmScript
            | Language::Other
            | Language::PowerShell
    )
}

impl Within<'_> {
    /// What of a text is masked, in order, none over another.
    pub(super) fn masks(&self, text: &str) -> Vec<Mask> {
        let secrets = self.secrets.places(text);
        let mut masks = Vec::new();
        for (piece, is_string) in pieces(text, &secrets) {
            let is_string = is_string && !is_name(text, &piece);
            let mut open = piece.start;
            let inside = secrets.iter().filter(|(range, _)| range.start >= piece.start && range.end <= piece.end);
            for (range, shown) in inside {
                self.between(text, open..range.start, is_string, &mut masks);
                masks.push((range.clone(), shown.clone()));
                open = range.end;
            }
            self.between(text, open..piece.end, is_string, &mut masks);
        }
        masks
    }

    /// Masks what stands beside secrets, in a string or outside.
    fn between(&self, text: &str, range: Range<usize>, is_string: bool, masks: &mut Vec<Mask>) {
        let Some(piece) = text.get(range.clone()).filter(|piece| !piece.is_empty()) else { return };
        if !is_string {
            let follows_secret = masks.last().is_some_and(|(masked, _)| masked.end == range.start);
            return self.words(piece, range.start, follows_secret, masks);
        }
        if !self.may_be_seen(piece) {
            masks.push((range, format!("({})", piece.chars().count())));
        }
    }

    /// Outside of strings: words that a person did not make up, and what a name without quotes is set to.
    fn words(&self, text: &str, start: usize, mut follows_secret: bool, masks: &mut Vec<Mask>) {
        let mut at = start;
        let mut is_value = false;
        let mut is_comment = !self.is_program;
        for part in text.split_inclusive(|mark: char| BETWEEN.contains(&mark) || mark == '\n' || mark == '\r') {
            let mark = part.chars().next_back().filter(|mark| BETWEEN.contains(mark) || matches!(mark, '\n' | '\r'));
            let word = mark.map_or(part, |mark| part.strip_suffix(mark).unwrap_or(part));
            is_comment |= ["//", "#", "/*", "*"].iter().any(|begins| word.starts_with(begins));
            // What follows the scheme of an address is masked, and not that an address follows.
            let bare = word.strip_prefix("//").unwrap_or(word);
            let from = at + word.len() - bare.len();
            let counts = is_value && is_comment && !bare.is_empty();
            // Without quotes a secret of two words seems to end at the blank.
            let goes_on = follows_secret && !matches!(mark, Some('=' | ':')) && is_no_prose(bare);
            let is_shown = if counts {
                self.may_be_seen(bare) || is_code(bare) || is_day(bare)
            } else {
                !(goes_on || is_random(bare) || is_value && is_drawn(bare))
            };
            if !is_shown {
                masks.push((from..from + bare.len(), format!("({})", bare.chars().count())));
            } else if !counts && sinks::segment(bare) != bare {
                masks.push((from..from + bare.len(), sinks::segment(bare)));
            }
            at += part.len();
            follows_secret = matches!(mark, Some(' ' | '\t')) && (!is_shown || (follows_secret && word.is_empty()));
            is_comment &= !self.is_program || !matches!(mark, Some('\n' | '\r'));
            is_value = match mark {
                // `redflag:allow` says what follows, and sets nothing.
                Some(':') if word == "redflag" => false,
                Some('=' | ':') => true,
                Some(' ' | '\t') if word.is_empty() => is_value,
                _ => false,
            };
        }
    }

    /// Whether a text is a stand-in, a switch, or part of what is shown anyway.
    fn may_be_seen(&self, text: &str) -> bool {
        let bare = text.trim();
        let is_short = bare.chars().nth(SHORT).is_none();
        let is_switch = ["true", "false", "null", "none"].iter().any(|switch| bare.eq_ignore_ascii_case(switch));
        let is_known = !squeezed(bare).is_empty() && squeezed(self.known).contains(&squeezed(bare));
        let is_stand_in = !bare.contains(char::is_whitespace) && is_placeholder(bare, self.watch);
        is_short || is_switch || is_known || is_stand_in
    }
}

/// Whether a string is the name of what follows or of what is looked up: the key of an entry, of an index.
fn is_name(text: &str, string: &Range<usize>) -> bool {
    let content = text.get(string.clone()).unwrap_or("");
    let is_word = content.chars().all(|character| character.is_ascii_alphabetic() || "_-.:".contains(character));
    if content.is_empty() || !is_word {
        return false;
    }
    let (before, after) = (text.get(..string.start.saturating_sub(1)).unwrap_or(""), text.get(string.end + 1..).unwrap_or(""));
    let (begins, follows) = (before.trim_end().chars().next_back(), after.trim_start());
    let is_key = follows.starts_with("=>") || (follows.starts_with(':') && !follows.starts_with("::"));
    let is_index = follows.starts_with(']')
        && before.strip_suffix('[').is_some_and(|of| of.ends_with(|last: char| last.is_alphanumeric() || "_)]".contains(last)));
    // After a question mark it is one of two values, after `case` a value.
    (is_key && begins.is_none_or(|begins| "{,([".contains(begins))) || is_index
}

/// Whether a word calls or looks into a name of the language.
fn is_code(word: &str) -> bool {
    word.contains(['(', ')', '[', ']', '{', '}']) && !word.chars().any(|character| character.is_ascii_digit())
}

/// Whether a word is a day, as after `until=`: no value of use to anybody.
fn is_day(word: &str) -> bool {
    let is_like = |(given, pattern): (u8, u8)| if pattern == b'0' { given.is_ascii_digit() } else { given == pattern };
    word.len() == 10 && word.bytes().zip(*b"0000-00-00").all(is_like)
}

/// Whether a word holds a digit, or a capital after a small letter.
fn is_no_prose(word: &str) -> bool {
    let is_hump = |pair: &[u8]| matches!(pair, [one, other] if one.is_ascii_lowercase() && other.is_ascii_uppercase());
    word.bytes().any(|byte| byte.is_ascii_digit()) || word.as_bytes().windows(2).any(is_hump)
}

/// Whether a machine made a word, whatever is around it.
fn is_random(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    digits >= 2 && word.chars().count() >= 8 && word.chars().any(char::is_alphabetic)
}

/// Whether a machine may have made a part of what something is set to, by how its letters take turns.
fn is_drawn(value: &str) -> bool {
    value.split(|character: char| !character.is_ascii_alphanumeric()).any(ends_drawn)
}

/// A text cut at its quotes: each piece, and whether it is the content of a string. Quotes within secrets are none.
fn pieces(text: &str, secrets: &[Mask]) -> Vec<(Range<usize>, bool)> {
    let mut pieces = Vec::new();
    let (mut open, mut quote): (usize, Option<&str>) = (0, None);
    let mut passed = 0;
    let mut secrets = secrets.iter().map(|(range, _)| range).peekable();
    let mut is_escaped = false;
    for (at, character) in text.char_indices() {
        if at < passed {
            continue;
        }
        while secrets.next_if(|secret| secret.end <= at).is_some() {}
        if secrets.peek().is_some_and(|secret| secret.contains(&at)) {
            is_escaped = false;
            continue;
        }
        let rest = text.get(at..).unwrap_or("");
        match quote {
            Some(begun) if rest.starts_with(begun) && !is_escaped => {
                pieces.push((open..at, true));
                (open, quote, passed) = (at, None, at + begun.len());
            }
            None if !is_apostrophe(text, at) => {
                if let Some(begun) = QUOTES.into_iter().find(|begun| rest.starts_with(begun)) {
                    passed = at + begun.len();
                    pieces.push((open..passed, false));
                    (open, quote) = (passed, Some(begun));
                }
            }
            _ => {}
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    pieces.push((open..text.len(), quote.is_some()));
    pieces
}

/// Whether a quote stands within a word, as in "don't"; a letter or two before it may also say of what kind a string is.
fn is_apostrophe(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or("");
    let length = before.chars().rev().take(3).take_while(|character| character.is_alphabetic()).count();
    text.get(at..).is_some_and(|rest| rest.starts_with('\'') && rest.chars().nth(1).is_some_and(char::is_alphabetic)) && length >= 3
}
