//! The one reader of YAML: small, strict, and every mistake with its place in the file.

use std::{fmt, ops::Range};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::de::DeserializeOwned;
pub use serde_yaml::Spanned;
use serde_yaml::{Error, MergeKeyPolicy, MessageFormatter as _, Options, UserMessageFormatter};

use crate::wording::{nearest, visible};

/// The largest file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 1 << 20;
/// The most mappings, sequences and scalars in one file, aliases expanded.
const MAX_NODES: usize = 100_000;
/// The deepest nesting of mappings and sequences.
const MAX_DEPTH: usize = 48;
/// The most problems of one file that are reported at once.
const MAX_PROBLEMS: usize = 30;
/// A message quotes no more of a foreign text than this, in characters.
const MAX_QUOTED: usize = 400;

/// A mistake in a file that a person wrote, with its place.
///
/// `Display` is one line: ``rule.yaml:4:1: unknown key `sevrity`; did you mean `severity`?``
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, as named to the reader.
    pub file: String,
    /// Line, from 1; 0 when the problem concerns the file as a whole.
    pub line: usize,
    /// Column in characters, from 1; 0 when the problem concerns the file as a whole.
    pub column: usize,
    /// How many characters it covers on that line, at least 1.
    pub length: usize,
    /// What is wrong, without control characters and without a full stop.
    pub message: String,
    /// The word that was probably meant.
    pub suggestion: Option<String>,
    /// What to do about it, where that is not plain.
    pub help: Option<String>,
}

impl Problem {
    /// A problem with the file as a whole.
    #[must_use]
    pub fn in_file(file: &str, message: &str) -> Self {
        Self::at(file, 0, 0, message)
    }

    /// A problem at a line and column, both from 1.
    #[must_use]
    pub fn at(file: &str, line: usize, column: usize, message: &str) -> Self {
        Self { file: visible(file), line, column, length: 1, message: visible(message), suggestion: None, help: None }
    }

    /// A problem with a value that was read with its place.
    pub fn with<T>(file: &str, place: &Spanned<T>, message: &str) -> Self {
        let location = place.referenced;
        let length = usize::try_from(location.span().len()).unwrap_or(1).max(1);
        Self { length, ..Self::at(file, size(location.line()), size(location.column()), message) }
    }

    /// A problem inside a text that was read with its place: `offset` and `length` count characters of the text as read, `source` is the
    /// file. Exact for texts without backslash escapes, in whichever style they are written; else at least the right line.
    #[must_use]
    pub fn inside(file: &str, source: &str, text: &Spanned<String>, offset: usize, length: usize, message: &str) -> Self {
        let whole = Self::with(file, text, message);
        match whole.range(source).and_then(|range| source.get(range.start..)).and_then(|raw| place_in(raw, &text.value, offset)) {
            Some((0, column)) => Self { column: whole.column.saturating_add(column), length, ..whole },
            Some((lines, column)) => Self { line: whole.line.saturating_add(lines), column: column.saturating_add(1), length, ..whole },
            None => Self { length: 1, ..whole },
        }
    }

    /// Names the word that was probably meant.
    #[must_use]
    pub fn suggest(self, suggestion: Option<&str>) -> Self {
        Self { suggestion: suggestion.map(visible), ..self }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(self, help: &str) -> Self {
        Self { help: Some(visible(help)), ..self }
    }

    /// The problem as a code frame over the file's text, with ANSI colours: print it through `anstream`, which takes them out where they
    /// are not wanted.
    #[must_use]
    pub fn frame(&self, text: &str) -> String {
        let title = Level::ERROR.primary_title(self.message.as_str());
        let snippet = Snippet::source(text).path(self.file.as_str());
        let snippet = match self.range(text) {
            Some(range) => snippet.annotation(AnnotationKind::Primary.span(range)),
            None => snippet.fold(true),
        };
        let advice = self.advice();
        let mut group =
            if self.line == 0 { title.element(annotate_snippets::Origin::path(self.file.as_str())) } else { title.element(snippet) };
        if let Some(advice) = &advice {
            group = group.element(Level::HELP.message(advice.as_str()));
        }
        Renderer::styled().render(&[group])
    }

    /// The suggestion and the help as one sentence.
    fn advice(&self) -> Option<String> {
        let suggestion = self.suggestion.as_ref().map(|word| format!("did you mean `{word}`?"));
        match (suggestion, &self.help) {
            (Some(suggestion), Some(help)) => Some(format!("{suggestion} {help}")),
            (Some(suggestion), None) => Some(suggestion),
            (None, help) => help.clone(),
        }
    }

    /// The bytes of `text` that the problem covers; `None` when the place does not exist there.
    fn range(&self, text: &str) -> Option<Range<usize>> {
        let line_start = match self.line {
            0 => return None,
            1 => 0,
            line => text.match_indices('\n').nth(line - 2)?.0 + 1,
        };
        let line = text.get(line_start..)?.split('\n').next()?;
        let offset = |characters: usize| line.char_indices().nth(characters).map_or(line.len(), |(offset, _)| offset);
        let first = self.column.saturating_sub(1);
        Some(line_start + offset(first)..line_start + offset(first.saturating_add(self.length.max(1))))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(formatter, "{}: {}", self.file, self.message)?,
            line => write!(formatter, "{}:{line}:{}: {}", self.file, self.column, self.message)?,
        }
        self.advice().map_or(Ok(()), |advice| write!(formatter, "; {advice}"))
    }
}

impl std::error::Error for Problem {}

/// Reads one YAML document into a type.
///
/// Only `true` and `false` are booleans, a key may stand once, unknown tags and merge keys are refused, and size, nesting and aliases are
/// bounded. A first byte-order mark is skipped.
///
/// # Errors
///
/// Every unknown key, and the first problem of another kind that the reader meets. The list leaves room for the callers' own checks, which
/// report all of theirs.
pub fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Vec<Problem>> {
    if text.len() > MAX_FILE_BYTES {
        let message = format!("the file has {} bytes, more than the {MAX_FILE_BYTES} that are read", text.len());
        return Err(vec![Problem::in_file(file, &message)]);
    }
    let mut text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    let mut problems: Vec<Problem> = Vec::new();
    loop {
        let error = match serde_yaml::from_str_with_options(&text, options()) {
            Ok(value) if problems.is_empty() => return Ok(value),
            Ok(_) => return Err(problems),
            Err(error) => error,
        };
        let error = error.without_snippet();
        if !follows_from(error, &problems) {
            problems.push(problem(file, error));
        }
        // The reader stops at an unknown key. Without the key it goes on, and finds the next.
        let place = problems.last().filter(|_| matches!(error, Error::SerdeUnknownField { .. }) && problems.len() < MAX_PROBLEMS);
        match place.and_then(|place| without_entry(&text, place.line, place.column)) {
            Some(rest) => text = rest,
            None => return Err(problems),
        }
    }
}

/// Whether a key is missing only because it was mistyped, which has been said already.
fn follows_from(error: &Error, problems: &[Problem]) -> bool {
    let Error::SerdeMissingField { field, .. } = error else { return false };
    problems.iter().any(|problem| problem.suggestion.as_deref() == Some(field))
}

/// The text with the entry of a block mapping blanked out that begins at a line and column, so that all other places stay where they are;
/// `None` when the entry stands in braces, where its end is not plain to see.
fn without_entry(text: &str, line: usize, column: usize) -> Option<String> {
    let indent = column.checked_sub(1)?;
    let first = line.checked_sub(1)?;
    let leads = |line: &str| line.chars().take(indent).all(|character| matches!(character, ' ' | '-'));
    text.lines().nth(first).filter(|line| leads(line))?;
    let depth = |line: &str| line.chars().take_while(|character| *character == ' ').count();
    let belongs =
        |line: &&str| line.trim().is_empty() || depth(line) > indent || (depth(line) == indent && line.trim_start().starts_with("- "));
    let more = text.lines().skip(line).take_while(belongs).count();
    let blanked = text.lines().enumerate().map(|(index, line)| match index {
        index if index == first => line.chars().take(indent).collect::<String>(),
        index if index > first && index <= first.saturating_add(more) => String::new(),
        _ => line.to_owned(),
    });
    Some(blanked.collect::<Vec<_>>().join("\n")).filter(|rest| !rest.trim().is_empty())
}

fn options() -> Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_events: MAX_NODES * 3,
            max_nodes: MAX_NODES,
            max_depth: MAX_DEPTH,
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_documents: 2,
            max_total_scalar_bytes: MAX_FILE_BYTES * 2,
            max_recorded_anchor_events: MAX_NODES,
            max_recorded_anchor_bytes: MAX_FILE_BYTES * 2,
        },
        alias_limits: serde_yaml::alias_limits! { max_total_replayed_events: MAX_NODES },
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    }
}

fn problem(file: &str, error: &Error) -> Problem {
    let (line, column, length) = error.location().map_or((0, 0, 1), |location| {
        (size(location.line()), size(location.column()), usize::try_from(location.span().len()).unwrap_or(1).max(1))
    });
    let place = |message: &str| Problem { length, ..Problem::at(file, line, column, message) };
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            place(&format!("unknown key `{}`", quoted(field))).choose(field, expected, "the keys are")
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            place(&format!("unknown word `{}`", quoted(variant))).choose(variant, expected, "the words are")
        }
        Error::SerdeMissingField { field, .. } => place(&format!("the key `{field}` is missing")),
        Error::DuplicateMappingKey { key: Some(key), .. } => place(&format!("the key `{}` stands twice", quoted(key))),
        Error::DuplicateMappingKey { key: None, .. } => place("a key stands twice"),
        Error::Budget { .. } => place("the file is too large or too deeply nested"),
        Error::AliasError { error, .. } => Problem { file: file.to_owned(), ..problem(file, error) },
        other => place(&quoted(&UserMessageFormatter.format_message(other))),
    }
}

impl Problem {
    /// The nearest word, or else all of them.
    fn choose(self, word: &str, expected: &[&str], introduction: &str) -> Self {
        match nearest(word, expected.iter().copied()) {
            Some(found) => self.suggest(Some(found)),
            None if expected.is_empty() => self,
            None => self.help(&format!("{introduction} `{}`", expected.join("`, `"))),
        }
    }
}

/// How many lines and columns after the start of the raw scalar its character number `offset` stands.
///
/// A scalar is written plain, in quotes or as a block, folded or not; in all of these the characters other than white space stand in the
/// same order in the file as in the value, so they are followed one by one.
fn place_in(raw: &str, value: &str, offset: usize) -> Option<(usize, usize)> {
    let skipped = match raw.chars().next()? {
        '|' | '>' => raw.find('\n')? + 1,
        '\'' | '"' => 1,
        _ => 0,
    };
    let mut rest = raw.char_indices().skip_while(|(at, _)| *at < skipped);
    let mut after = skipped;
    for (index, wanted) in value.chars().enumerate() {
        let visible = !wanted.is_whitespace();
        if visible {
            let (at, found) = rest.find(|(_, character)| *character == wanted)?;
            if index == offset {
                after = at;
                break;
            }
            after = at + found.len_utf8();
        } else if index >= offset {
            break;
        }
    }
    let before = raw.get(..after)?;
    let line = before.rsplit('\n').next()?;
    Some((before.matches('\n').count(), line.chars().count()))
}

/// A foreign text, cut to a length that fits a message.
fn quoted(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        severity: Word,
        #[serde(default)]
        ready: bool,
        #[serde(default)]
        names: Vec<Spanned<String>>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    enum Word {
        High,
        Low,
    }

    fn refused(text: &str) -> String {
        let problems = read::<Sample>("rule.yaml", text).expect_err("the text is wrong");
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place_and_a_suggestion() {
        assert_eq!(refused("ready: true\nsevrity: high\n"), "rule.yaml:2:1: unknown key `sevrity`; did you mean `severity`?");
    }

    #[test]
    fn every_unknown_key_is_reported_at_once_and_no_key_is_missed_that_was_only_mistyped() {
        let text = "sevrity: high\r\nnames:\r\n  - a\r\nraedy:\r\n  - deeper: 1\r\n    still: 2\r\nnmaes: [x]\r\n";
        let expected = [
            "rule.yaml:1:1: unknown key `sevrity`; did you mean `severity`?",
            "rule.yaml:4:1: unknown key `raedy`; did you mean `ready`?",
            "rule.yaml:7:1: unknown key `nmaes`; did you mean `names`?",
        ];
        assert_eq!(refused(text), expected.join("\n"));
    }

    #[test]
    fn a_key_that_resembles_none_gets_the_list_of_keys() {
        assert_eq!(refused("xyzzy: 1\n"), "rule.yaml:1:1: unknown key `xyzzy`; the keys are `severity`, `ready`, `names`");
    }

    #[test]
    fn an_unknown_word_is_refused_with_its_place_and_a_suggestion() {
        assert_eq!(refused("severity: hihg\n"), "rule.yaml:1:11: unknown word `hihg`; did you mean `high`?");
    }

    #[test]
    fn a_missing_key_and_a_key_given_twice_are_named() {
        assert!(refused("ready: true\n").contains("the key `severity` is missing"));
        assert!(refused("severity: low\nseverity: low\n").starts_with("rule.yaml:2:1: the key `severity` stands twice"));
    }

    #[test]
    fn yes_is_no_boolean() {
        assert_eq!(refused("severity: low\nready: yes\n"), "rule.yaml:2:8: invalid boolean (true or false expected)");
    }

    #[test]
    fn control_characters_in_a_message_are_escaped() {
        assert_eq!(refused("\"\\e[2J\": 1\n"), "rule.yaml:1:1: unknown key `\\u{1b}[2J`; the keys are `severity`, `ready`, `names`");
    }

    #[test]
    fn places_count_from_one_in_characters() {
        let sample: Sample = read("f", "severity: low\nnames: [ é, \"b\" ]\n").unwrap();
        let second = Problem::with("f", &sample.names[1], "here");
        assert_eq!((second.line, second.column), (2, 13));
        assert_eq!(sample.severity, Word::Low);
        assert!(!sample.ready);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_key() {
        assert!(read::<Sample>("f", "\u{feff}severity: low\n").is_ok());
    }

    #[test]
    fn empty_files_second_documents_and_broken_syntax_are_refused_in_one_line() {
        for text in ["", "severity: low\n---\nseverity: low\n", "severity: [", "\t- x", "- 1", "severity: low\n<<: {ready: true}\n"] {
            let message = refused(text);
            assert!(message.starts_with("rule.yaml:") && !message.contains('\n'), "{text:?}: {message}");
        }
    }

    #[test]
    fn alias_bombs_deep_nesting_and_giants_are_refused() {
        let mut bomb = String::from("a0: &a0 [x]\n");
        for level in 1..12 {
            let item = format!("*a{}, ", level - 1);
            let _ = writeln!(bomb, "a{level}: &a{level} [{}]", item.repeat(9));
        }
        for text in [bomb, "[".repeat(100_000), "x".repeat(MAX_FILE_BYTES + 1)] {
            assert!(read::<serde_json::Value>("f", &text).is_err(), "{text:.40}");
        }
    }

    #[test]
    fn a_frame_shows_the_line_and_the_advice() {
        let text = "ready: true\nsevrity: high\n";
        let frame = read::<Sample>("rule.yaml", text).expect_err("the key is unknown")[0].frame(text);
        for part in ["unknown key `sevrity`", "rule.yaml:2:1", "sevrity: high", "did you mean `severity`?"] {
            assert!(anstream::adapter::strip_str(&frame).to_string().contains(part), "{part} is not in {frame}");
        }
    }

    #[test]
    fn a_place_inside_a_text_is_found_in_every_style() {
        #[derive(Deserialize)]
        struct Text {
            text: Spanned<String>,
        }
        for (source, line, column) in [
            ("text: a && bad", 1, 12),
            ("text: 'a && bad'", 1, 13),
            ("text: \"a && bad\" # bad", 1, 13),
            ("text: é && bad == bad\n", 1, 12),
            ("text: '''x'' == bad'", 1, 17),
            ("text: a\n  && bad\n", 2, 6),
            ("text: |\n  a\n  && bad\n", 3, 6),
            ("text: >-\n\n  a &&\n  bad\n", 4, 3),
            ("{ text: 'a ||\n    bad' }", 2, 5),
        ] {
            let read: Text = read("f", source).unwrap();
            let offset = read.text.value.chars().collect::<String>().find("bad").unwrap();
            let offset = read.text.value.char_indices().position(|(at, _)| at == offset).unwrap();
            let problem = Problem::inside("f", source, &read.text, offset, 3, "here");
            assert_eq!((problem.line, problem.column, problem.length), (line, column, 3), "{source:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_brings_the_reader_or_a_frame_down(text in "[\\[\\]{}:,&*!|>'\"%@`#\\- \\n\\ta-zé\u{0}-\u{20}]{0,200}", line in 0..9_usize, column in 0..300_usize) {
            for problem in read::<Sample>("f", &text).err().into_iter().flatten() {
                prop_assert!(!problem.frame(&text).is_empty());
                prop_assert!(!problem.to_string().contains('\n'));
            }
            prop_assert!(!Problem::at("f", line, column, "x").frame(&text).is_empty());
            place_in(&text, "a b", column);
        }
    }
}
