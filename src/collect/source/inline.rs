//! Comments that allow what stands beside them: `redflag:allow RULE reason until=2026-12-31`.

use crate::{collect::source::decode::Lines, evidence::InlineDecision};

/// What such a comment holds, whatever marks it as a comment.
const MARK: &str = "redflag:allow";
/// Marks that end a comment, and belong to no reason.
const ENDS: [&str; 6] = ["*/", "-->", "#>", "*@", "--%>", "}}"];
/// More in one file are not read.
const MOST: usize = 1_000;
/// A longer reason is cut, in characters.
const LONGEST: usize = 300;
/// No more is looked at of what stands before and after the mark on its line.
const LONGEST_COMMENT: usize = 4_096;

/// The inline decisions of one file.
#[derive(Default)]
pub(super) struct Inline {
    /// In order of line; whether each has the line to itself.
    decisions: Vec<(InlineDecision, bool)>,
}

impl Inline {
    pub(super) fn of(text: &str, lines: &Lines) -> Self {
        let found = text.match_indices(MARK).take(MOST).filter_map(|(at, _)| decision(text, at, lines.line(at)));
        Self { decisions: found.collect() }
    }

    /// The decision about a place: one on its first or last line, or one that has the line before it to itself.
    pub(super) fn about(&self, first: u32, last: u32) -> Option<&InlineDecision> {
        let beside = self.decisions.iter().find(|(decision, _)| [first, last].contains(&decision.line));
        let above = || self.decisions.iter().find(|(decision, is_alone)| *is_alone && decision.line.checked_add(1) == Some(first));
        beside.or_else(above).map(|(decision, _)| decision)
    }
}

/// What is decided here; nothing without a rule and a reason.
fn decision(text: &str, at: usize, line: u32) -> Option<(InlineDecision, bool)> {
    let after = text.get(at + MARK.len()..)?;
    let after = after.get(..after.floor_char_boundary(LONGEST_COMMENT)).unwrap_or(after).split(['\n', '\r']).next().unwrap_or("");
    let after =
        ENDS.iter().filter_map(|end| after.split_once(end)).map(|(before, _)| before).min_by_key(|before| before.len()).unwrap_or(after);
    let mut words = after.trim_start_matches([':', ' ', '\t']).split_whitespace();
    let rule = words.next()?.trim_end_matches([',', ';']).to_owned();
    let (mut reason, mut until) = (Vec::new(), None);
    while let Some(word) = words.next() {
        match word.strip_prefix("until=").or_else(|| word.strip_prefix("until:")) {
            Some(day) => until = Some(day.to_owned()),
            None if word == "until" => until = words.next().map(str::to_owned),
            None => reason.push(word),
        }
    }
    let reason: String = reason.join(" ").chars().take(LONGEST).collect();
    let before = text.get(..at)?;
    let before = before.get(before.ceil_char_boundary(at.saturating_sub(LONGEST_COMMENT))..)?.rsplit(['\n', '\r']).next().unwrap_or("");
    let is_alone = without_remark(before).chars().all(|character| !character.is_alphanumeric());
    let has_reason = reason.chars().any(char::is_alphanumeric);
    has_reason.then_some((InlineDecision { rule, reason, until, line }, is_alone))
}

/// What stands before a comment, without the word that begins one in batch files and Basic.
fn without_remark(before: &str) -> &str {
    let (rest, word) = before.trim_end().rsplit_once([' ', '\t', '@']).unwrap_or(("", before.trim_end()));
    if word.eq_ignore_ascii_case("rem") { rest } else { before }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn inline(text: &str) -> Inline {
        Inline::of(text, &Lines::new(text))
    }

    #[test]
    fn any_kind_of_comment_says_it() {
        for comment in [
            "// redflag:allow a.b of the sandbox until=2027-01-31",
            "/* redflag:allow a.b of the sandbox until 2027-01-31 */",
            "<!-- redflag:allow a.b of the sandbox until=2027-01-31 -->",
            "# redflag:allow: a.b of the sandbox until:2027-01-31",
            "' redflag:allow a.b until=2027-01-31 of the sandbox",
            "REM redflag:allow a.b of the sandbox until=2027-01-31",
            "  @rem redflag:allow a.b of the sandbox until=2027-01-31",
            ":: redflag:allow a.b of the sandbox until=2027-01-31",
            "; redflag:allow a.b of the sandbox until=2027-01-31",
            "<# redflag:allow a.b of the sandbox until=2027-01-31 #>",
            "@* redflag:allow a.b of the sandbox until=2027-01-31 *@",
        ] {
            let text = format!("{comment}\nx = 1\n");
            let decision = inline(&text).about(2, 2).cloned();
            let expected =
                InlineDecision { rule: "a.b".into(), reason: "of the sandbox".into(), until: Some("2027-01-31".into()), line: 1 };
            assert_eq!(decision, Some(expected), "{comment}");
        }
    }

    #[test]
    fn without_a_reason_nothing_is_allowed() {
        for comment in ["// redflag:allow", "// redflag:allow a.b", "// redflag:allow a.b until=2027-01-31", "/* redflag:allow a.b */"] {
            assert_eq!(inline(comment).about(1, 1), None, "{comment}");
        }
    }

    #[test]
    fn a_comment_behind_code_is_about_its_own_line_only() {
        let decisions = inline("a = 1 // redflag:allow r why\nb = 2\n");
        assert!(decisions.about(1, 1).is_some());
        assert!(decisions.about(2, 2).is_none());
        assert!(decisions.about(3, 3).is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(redflag:allow|[ a/*\\n:=é-]|until=){0,30}") {
            let _ = inline(&text);
        }
    }
}
