//! What is compiled for debugging alone, in C# and Visual Basic: what stands between `#if DEBUG` and its end. Told from the lines, for the directives may
//! part an expression, which no grammar understands.

use std::ops::Range;

use crate::collect::source::document::Reading;

/// Guards what stands there as what is run in development alone is guarded, unless something else guards it.
pub(super) fn guard(text: &str, reading: &mut Reading) {
    let ranges = ranges(text);
    for place in &mut reading.places {
        let at = ranges.partition_point(|range| range.end <= place.range.start);
        if ranges.get(at).is_some_and(|range| range.contains(&place.range.start)) {
            place.more.guard.get_or_insert_with(|| "development".to_owned());
        }
    }
}

/// Which builds a branch is part of, as far as it says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Builds {
    Debug,
    /// All but those for debugging.
    Release,
    Any,
}

/// What only builds for debugging hold, in order; none of it overlaps.
fn ranges(text: &str) -> Vec<Range<usize>> {
    let (mut ranges, mut levels): (Vec<Range<usize>>, Vec<Builds>) = (Vec::new(), Vec::new());
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        match Directive::of(line) {
            Some(Directive::If(builds)) => levels.push(builds),
            Some(Directive::ElseIf(builds)) => {
                levels.pop();
                levels.push(builds);
            }
            Some(Directive::Else) => {
                let is_for_debugging = levels.pop() == Some(Builds::Release);
                levels.push(if is_for_debugging { Builds::Debug } else { Builds::Any });
            }
            Some(Directive::End) => drop(levels.pop()),
            None if levels.contains(&Builds::Debug) => match ranges.last_mut() {
                Some(last) if last.end == start => last.end = end,
                _ => ranges.push(start..end),
            },
            None => {}
        }
        start = end;
    }
    ranges
}

enum Directive {
    If(Builds),
    ElseIf(Builds),
    Else,
    End,
}

impl Directive {
    /// The directive that is all of a line: `# if DEBUG`, `#If DEBUG Then`.
    fn of(line: &str) -> Option<Self> {
        let said = line.trim_start().strip_prefix('#')?.trim().to_lowercase();
        let (word, condition) = said.split_once(|character: char| !character.is_alphanumeric()).unwrap_or((&said, ""));
        match (word, condition.trim_start()) {
            ("if", condition) => Some(Self::If(builds(condition))),
            ("elif" | "elseif", condition) => Some(Self::ElseIf(builds(condition))),
            ("else", _) => Some(Self::Else),
            ("endif", _) => Some(Self::End),
            ("end", rest) if rest.starts_with("if") => Some(Self::End),
            _ => None,
        }
    }
}

/// Which builds a condition, in small letters, asks for. One of several alternatives says nothing.
fn builds(condition: &str) -> Builds {
    let condition = condition.split("//").next().unwrap_or("").trim_end().trim_end_matches("then");
    let words: Vec<&str> = condition.split_whitespace().collect();
    if condition.contains("||") || words.contains(&"or") || words.contains(&"orelse") {
        return Builds::Any;
    }
    let terms = condition.split("&&").flat_map(|term| term.split(" and ")).flat_map(|term| term.split(" andalso "));
    let kinds: Vec<Builds> = terms.map(of_term).collect();
    match kinds.as_slice() {
        [only] => *only,
        // `#if !DEBUG && X` leaves more than builds for debugging to its `#else`.
        _ if kinds.contains(&Builds::Debug) => Builds::Debug,
        _ => Builds::Any,
    }
}

fn of_term(term: &str) -> Builds {
    let term = term.trim();
    let denied = term.strip_prefix('!').or_else(|| term.strip_prefix("not "));
    let is_debug = denied.unwrap_or(term).trim_matches([' ', '(', ')']) == "debug";
    match denied {
        Some(_) if is_debug => Builds::Release,
        None if is_debug => Builds::Debug,
        _ => Builds::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_other_build_holds_is_for_debugging() {
        for (condition, expected) in [
            ("#if DEBUG", "a"),
            ("  #  if DEBUG // as on my machine", "a"),
            ("#if (DEBUG)", "a"),
            ("#if DEBUG && NET48", "a"),
            ("#If DEBUG Then", "a"),
            ("#if !DEBUG", "b"),
            ("#If Not DEBUG Then", "b"),
            ("#if DEBUG || STAGING", ""),
            ("#if !DEBUG && NET48", ""),
            ("#if NET48", ""),
            ("#if DEBUGGER", ""),
            ("#region DEBUG", ""),
        ] {
            for end in ["#endif", "#End If"] {
                let text = format!("x\n{condition}\r\na\n#else\nb\n{end}\ny\n");
                let found: String = ranges(&text).into_iter().map(|range| text[range].trim_end().to_owned()).collect();
                assert_eq!(found, expected, "{text}");
            }
        }
    }

    #[test]
    fn branches_lie_in_each_other_and_end_with_the_file() {
        let text = "#if DEBUG\na\n#if NET48\nb\n#else\nc\n#endif\nd\n#elif TRACE\ne\n#endif\n#endif\nf\n#if DEBUG\ng";
        let found: String = ranges(text).into_iter().map(|range| text[range].replace('\n', "")).collect();
        assert_eq!(found, "abcdg");
    }
}
