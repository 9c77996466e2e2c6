//! Comments that allow what stands beside them: `redflag:allow RULE[,RULE] reason until=2026-12-31`.

use std::ops::Range;

use memchr::memmem;

use crate::{
    collect::source::{comments, document::Document, languages::remarks, readers::any_reader},
    evidence::{InlineDecision, Language},
};

/// What such a comment holds, whatever marks it as a comment.
const MARK: &str = "redflag:allow";
/// Marks that end a comment, and belong to no reason.
const ENDS: [&str; 7] = ["*/", "-->", "#>", "*@", "--%>", "--}}", "}}"];
/// More in one file are not read.
const MOST: usize = 1_000;
/// More that stand beside or above one place are not looked at.
const MOST_OF_ONE: usize = 16;
/// A longer reason is cut, in characters.
const LONGEST: usize = 300;
/// No more is looked at of what stands before and after the mark on its line.
const LONGEST_COMMENT: usize = 4_096;

/// What begins a comment in some language, or names what serves as one where there are none. After these a mark may be in one.
const BEGINS: [&str; 14] = ["//", "#", "/*", "<!--", "--", ";", "'", "rem", "%", "::", "{{", "@*", "*", "comment"];

/// The inline decisions of one file.
#[derive(Default)]
pub(super) struct Inline {
    /// In order of line; whether each has the line to itself.
    decisions: Vec<(InlineDecision, bool)>,
}

impl Inline {
    pub(super) fn of(document: &Document<'_>) -> Self {
        let marks: Vec<usize> = memmem::find_iter(document.text.as_bytes(), MARK).take(MOST).collect();
        if marks.is_empty() {
            return Self::default();
        }
        let marks = in_comments(document, marks).into_iter();
        Self { decisions: marks.filter_map(|at| decision(document.text, at, document.lines.line(at))).collect() }
    }

    /// The decisions about a place: those on its first and last line, and those that have the lines right before it to themselves.
    pub(super) fn about(&self, first: u32, last: u32) -> Vec<InlineDecision> {
        let (mut above, mut next) = (Vec::new(), first);
        for (decision, is_alone) in self.decisions.iter().rev().filter(|(decision, _)| decision.line < first) {
            if !is_alone || decision.line.checked_add(1) < Some(next) {
                break;
            }
            above.push(decision);
            next = decision.line;
        }
        let beside = self.decisions.iter().map(|(decision, _)| decision).filter(|decision| [first, last].contains(&decision.line));
        beside.chain(above).take(MOST_OF_ONE).cloned().collect()
    }
}

/// The marks without those that stand in a text or in code, where it is known how the file tells comments from these.
fn in_comments(document: &Document<'_>, mut marks: Vec<usize>) -> Vec<usize> {
    let is_in = |ranges: &[Range<usize>], at: usize| ranges.iter().any(|range| range.contains(&at));
    if let Some(known) = remarks(document, &marks) {
        marks.retain(|at| is_in(&known, *at));
    } else if any_reader(document.path).language != Language::Html
        // A page holds languages with comments of their own.
        && let Some(known) = comments::known(document.path, document.text)
    {
        // What begins a comment may as well stand in a text, which cannot always be told.
        marks.retain(|at| is_in(&known, *at) || begins_before(document.text, *at));
    }
    marks
}

/// Whether something that begins a comment in some language stands on the line before a mark.
fn begins_before(text: &str, at: usize) -> bool {
    let before = before(text, at).to_lowercase();
    BEGINS.iter().any(|begins| before.contains(begins))
}

/// What stands on the line before a mark, as far as it is looked at.
fn before(text: &str, at: usize) -> &str {
    let before = text.get(text.ceil_char_boundary(at.saturating_sub(LONGEST_COMMENT))..at).unwrap_or("");
    before.rsplit(['\n', '\r']).next().unwrap_or("")
}

/// What is decided here; nothing where no rule is named.
fn decision(text: &str, at: usize, line: u32) -> Option<(InlineDecision, bool)> {
    let after = text.get(at + MARK.len()..)?;
    let after = after.get(..after.floor_char_boundary(LONGEST_COMMENT)).unwrap_or(after).split(['\n', '\r']).next().unwrap_or("");
    let after = after.split(MARK).next().unwrap_or(after);
    let after =
        ENDS.iter().filter_map(|end| after.split_once(end)).map(|(before, _)| before).min_by_key(|before| before.len()).unwrap_or(after);
    let mut words = after.trim_start_matches([':', ' ', '\t']).split_whitespace();
    let mut rule = words.next()?.to_owned();
    // `a, b` is a list as `a,b` is.
    while let Some(next) = rule.ends_with(',').then(|| words.next()).flatten() {
        rule.push_str(next);
    }
    let rule: String = rule.trim_end_matches([',', ';', ':']).chars().take(LONGEST).collect();
    let (mut reason, mut until) = (Vec::new(), None);
    while let Some(word) = words.next() {
        match word.strip_prefix("until=").or_else(|| word.strip_prefix("until:")) {
            Some(day) => until = Some(day.trim_end_matches(['.', ',', ';', ')']).to_owned()),
            // Said in a sentence, it need not be followed by a day.
            None if word == "until" => match words.next() {
                Some(day) if day.starts_with(|first: char| first.is_ascii_digit()) => until = Some(day.to_owned()),
                other => reason.extend(["until"].into_iter().chain(other)),
            },
            None => reason.push(word),
        }
    }
    let reason: String = reason.join(" ").chars().take(LONGEST).collect();
    let reason = Some(reason).filter(|reason| reason.chars().any(char::is_alphanumeric)).unwrap_or_default();
    let is_alone = without_remark(before(text, at)).chars().all(|character| !character.is_alphanumeric());
    let is_named = rule.chars().any(char::is_alphanumeric);
    is_named.then_some((InlineDecision { rule, reason, until, line }, is_alone))
}

/// What stands before a comment, without the word that begins one in batch files and Basic.
fn without_remark(before: &str) -> &str {
    let (rest, word) = before.trim_end().rsplit_once([' ', '\t', '@']).unwrap_or(("", before.trim_end()));
    if word.eq_ignore_ascii_case("rem") { rest } else { before }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        collect::source::{decode::Lines, watch::Watch},
        evidence::Vocabulary,
    };

    fn inline(text: &str) -> Inline {
        inline_of("notes.unknown", text)
    }

    fn inline_of(path: &str, text: &str) -> Inline {
        let (watch, stop) = (Watch::new(&Vocabulary::default()), AtomicBool::new(false));
        Inline::of(&Document { text, path, lines: Lines::new(text), parts: &[], mentions: None, watch: &watch, stop: &stop })
    }

    #[test]
    fn a_text_that_says_it_is_no_comment() {
        let said = "redflag:allow a.b of the sandbox";
        for (path, text) in [
            ("a.cs", format!("class A {{ string B = \"// {said}\"; }}")),
            ("a.cs", format!("class A {{ string B = @\"C:\\\"; string C = \"{said}\"; }}")),
            ("a.js", format!("const b = `\n// {said}\n`")),
            ("a.tsx", format!("const b = <p title=\"# {said}\">{said}</p>")),
            ("a.py", format!("b = '''\n# {said}\n'''")),
            ("A.java", format!("class A {{ String b = \"/* {said} */\"; }}")),
            ("a.yml", format!("note: \"{said}\"")),
            ("a.ps1", format!("$note = \"{said}\"")),
            ("web.config", format!("<add key=\"note\" value=\"{said}\" />")),
        ] {
            assert!((1..=3).all(|line| inline_of(path, &text).about(line, line).is_empty()), "{path}: {text}");
        }
    }

    #[test]
    fn a_comment_of_the_language_says_it_whatever_stands_before_it() {
        let said = "redflag:allow a.b of the sandbox";
        for (path, text) in [
            ("a.cs", format!("class A {{ string B = @\"C:\\\"; /* {said} */ }}")),
            ("a.cs", format!("class A {{ string B = \"http://b\"; }} // {said}")),
            ("a.js", format!("b.replace(/[\"'`]/g, ''); // {said}")),
            ("a.tsx", format!("const b = <p>{{/* {said} */}}</p>")),
            ("a.py", format!("b = 'it is # none' # {said}")),
            ("A.java", format!("class A {{ /** {said} */ String b; }}")),
            ("a.php", format!("<p>it's</p> <!-- {said} -->")),
            ("a.php", format!("<?php $b = 'x'; # {said}")),
            ("a.yml", format!("note: it's # {said}")),
            ("a.vb", format!("Dim b = \"x\" ' {said}")),
            ("a.vb", format!("REM {said}")),
            ("a.json", format!("{{ \"_comment\": \"{said}\" }}")),
            ("web.config", format!("<!-- {said} -->")),
            ("a.cshtml", format!("<script>let b = 1; // {said}</script>")),
            ("a.html", format!("<script>/*{said}*/</script>")),
            ("a.tf", format!("/* {said} */")),
            ("a.cs", format!("class A {{ void M( {{ %% // {said}")),
        ] {
            assert_eq!(inline_of(path, &text).about(1, 1).len(), 1, "{path}: {text}");
        }
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
            "-- redflag:allow a.b of the sandbox until=2027-01-31",
            "% redflag:allow a.b of the sandbox until=2027-01-31",
            "{{!-- redflag:allow a.b of the sandbox until=2027-01-31 --}}",
            "<%-- redflag:allow a.b of the sandbox until=2027-01-31 --%>",
            "{/* redflag:allow a.b of the sandbox until=2027-01-31 */}",
            "/* redflag:allow a.b of the sandbox until=2027-01-31",
        ] {
            let text = format!("{comment}\nx = 1\n");
            let decision = inline(&text).about(2, 2);
            let expected =
                InlineDecision { rule: "a.b".into(), reason: "of the sandbox".into(), until: Some("2027-01-31".into()), line: 1 };
            assert_eq!(decision, [expected], "{comment}");
        }
    }

    #[test]
    fn without_a_rule_nothing_is_decided_and_without_a_reason_none_is_told() {
        assert_eq!(inline("// redflag:allow").about(1, 1), []);
        assert_eq!(inline("/* redflag:allow */").about(1, 1), []);
        for comment in
            ["// redflag:allow a.b", "// redflag:allow a.b until=2027-01-31", "/* redflag:allow a.b */", "<!-- redflag:allow a.b -->"]
        {
            let decisions = inline(comment).about(1, 1);
            assert_eq!(decisions.iter().map(|decision| decision.reason.as_str()).collect::<Vec<_>>(), [""], "{comment}");
        }
    }

    #[test]
    fn several_rules_are_listed_with_commas_or_in_comments_of_their_own() {
        let rules = |text: &str, line: u32| inline(text).about(line, line).into_iter().map(|decision| decision.rule).collect::<Vec<_>>();
        assert_eq!(rules("x # redflag:allow a,b why", 1), ["a,b"]);
        assert_eq!(rules("x # redflag:allow a, b, c why", 1), ["a,b,c"]);
        assert_eq!(rules("# redflag:allow a why\n# redflag:allow b why\nx # redflag:allow c why", 3), ["c", "b", "a"]);
        assert_eq!(rules("x /* redflag:allow a why */ /* redflag:allow b why */", 1), ["a", "b"]);
        assert_eq!(rules("# redflag:allow a why\n\nx", 3), Vec::<String>::new());
    }

    #[test]
    fn a_reason_may_say_until_without_a_day() {
        let decisions = inline("x // redflag:allow a kept until the sandbox is gone").about(1, 1);
        let said = decisions.first().map(|decision| (decision.reason.as_str(), decision.until.as_deref()));
        assert_eq!(said, Some(("kept until the sandbox is gone", None)));
    }

    #[test]
    fn a_comment_behind_code_is_about_its_own_line_only() {
        let decisions = inline("a = 1 // redflag:allow r why\nb = 2\n");
        assert_eq!(decisions.about(1, 1).len(), 1);
        assert_eq!(decisions.about(2, 2), []);
        assert_eq!(decisions.about(3, 3), []);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(redflag:allow|[ a/*\\n:=é-]|until=){0,30}") {
            let _ = inline(&text);
        }
    }
}
