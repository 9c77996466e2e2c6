//! How well the rules do on the apps of `fixtures/apps/`: what they find of what is there, and what they find besides.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;

use crate::yaml::{Problem, read};

/// The figures that belong to the rules inside the binary; `tests/fixtures.rs` makes them, and fails when they are not those of today.
const SHIPPED: &str = include_str!("../../fixtures/apps/measured.yaml");

/// How many findings there ought to be, are, and are where they ought to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// The findings that there ought to be.
    pub expected: usize,
    /// The findings that there are.
    pub found: usize,
    /// Those of them that ought to be.
    pub right: usize,
}

impl Score {
    /// How much of what was found is right, as in `98.7 %`; `-` where nothing was found.
    #[must_use]
    pub fn precision(self) -> String {
        percentage(self.right, self.found)
    }

    /// How much of what is there was found, as in `98.7 %`; `-` where nothing is there.
    #[must_use]
    pub fn recall(self) -> String {
        percentage(self.right, self.expected)
    }
}

/// Rounded down, so that only all is 100 %.
fn percentage(part: usize, whole: usize) -> String {
    match part.saturating_mul(1000).checked_div(whole) {
        None => "-".to_owned(),
        Some(tenths) if tenths % 10 == 0 => format!("{} %", tenths / 10),
        Some(tenths) => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

/// The scores by the ids of the rules. `Display` is a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Measured {
    scores: BTreeMap<String, Score>,
}

impl Measured {
    /// The figures of the rules inside the binary.
    ///
    /// # Errors
    /// Every mistake in the file, which a test of ours would have found.
    pub fn shipped() -> Result<Self, Vec<Problem>> {
        read("measured.yaml", SHIPPED)
    }

    /// Counts one app: the rules that ought to speak and those that do, each with its place.
    pub fn count<Place: Ord>(&mut self, expected: &[(String, Place)], found: &[(String, Place)]) {
        let mut open: Vec<&(String, Place)> = expected.iter().collect();
        for (rule, _) in expected {
            self.of_mut(rule).expected += 1;
        }
        for finding in found {
            let match_of = open.iter().position(|due| *due == finding);
            let score = self.of_mut(&finding.0);
            score.found += 1;
            if let Some(index) = match_of {
                score.right += 1;
                open.swap_remove(index);
            }
        }
    }

    fn of_mut(&mut self, rule: &str) -> &mut Score {
        self.scores.entry(rule.to_owned()).or_default()
    }

    /// What a rule does; absent where no app concerns it.
    #[must_use]
    pub fn of(&self, rule: &str) -> Option<Score> {
        self.scores.get(rule).copied()
    }

    /// All rules together.
    #[must_use]
    pub fn overall(&self) -> Score {
        let add = |sum: Score, one: &Score| Score {
            expected: sum.expected + one.expected,
            found: sum.found + one.found,
            right: sum.right + one.right,
        };
        self.scores.values().fold(Score::default(), add)
    }

    /// The file from which [`Self::shipped`] reads.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let line = |(rule, score): (&String, &Score)| {
            format!("{rule}: {{ expected: {}, found: {}, right: {} }}\n", score.expected, score.found, score.right)
        };
        let head = "# Counted by tests/fixtures.rs, not written by hand; the test says how to bring it up to date.\n";
        std::iter::once(head.to_owned()).chain(self.scores.iter().map(line)).collect()
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = self.scores.keys().map(String::len).max().unwrap_or_default();
        writeln!(formatter, "{:<widest$}  expected  found  right  precision  recall", "rule")?;
        let all = self.overall();
        for (rule, score) in self.scores.iter().map(|(rule, score)| (rule.as_str(), *score)).chain([("all", all)]) {
            let Score { expected, found, right } = score;
            let (precision, recall) = (score.precision(), score.recall());
            writeln!(formatter, "{rule:<widest$}  {expected:>8}  {found:>5}  {right:>5}  {precision:>9}  {recall:>6}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(found: &[(&str, u32)]) -> Vec<(String, u32)> {
        found.iter().map(|(rule, line)| ((*rule).to_owned(), *line)).collect()
    }

    #[test]
    fn what_is_at_another_place_is_neither_right_nor_found() {
        let mut measured = Measured::default();
        measured.count(&findings(&[("a", 1), ("a", 2), ("b", 3)]), &findings(&[("a", 1), ("a", 4), ("c", 3)]));
        assert_eq!(measured.of("a"), Some(Score { expected: 2, found: 2, right: 1 }));
        assert_eq!(measured.of("b").map(|score| (score.precision(), score.recall())), Some(("-".into(), "0 %".into())));
        assert_eq!(measured.of("c").map(|score| (score.precision(), score.recall())), Some(("0 %".into(), "-".into())));
        assert_eq!(measured.overall(), Score { expected: 3, found: 3, right: 1 });
    }

    #[test]
    fn a_finding_counts_once_for_each_time_it_is_expected() {
        let mut measured = Measured::default();
        measured.count(&findings(&[("a", 1)]), &findings(&[("a", 1), ("a", 1)]));
        assert_eq!(measured.of("a"), Some(Score { expected: 1, found: 2, right: 1 }));
    }

    #[test]
    fn only_all_is_a_hundred_per_cent() {
        assert_eq!([percentage(9999, 10_000), percentage(7, 7), percentage(0, 0)], ["99.9 %", "100 %", "-"]);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut measured = Measured::default();
        measured.count(&findings(&[("p.a.b", 1)]), &findings(&[]));
        assert_eq!(read::<Measured>("measured.yaml", &measured.to_yaml()).unwrap(), measured);
        assert!(Measured::shipped().is_ok());
    }
}
