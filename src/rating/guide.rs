//! A rating guide: its numbers, its rules and its reference clients, read from data and checked as a whole.

use std::{collections::BTreeSet, sync::LazyLock};

use serde::Deserialize;

use super::{
    clients::{ClientProfile, ClientsFile},
    condition::Condition,
    letter::Letter,
    tables::{CategoryAdvice, KeyExchange, LetterStep, Protocols, Scale, Weights},
};
use crate::{
    evidence::ClientCertificate,
    yaml::{Problem, Spanned, read},
};

const SHIPPED_GUIDE: (&str, &str) = ("rules/ssl-labs/rating.yaml", include_str!("../../rules/ssl-labs/rating.yaml"));
const SHIPPED_CLIENTS: (&str, &str) = ("rules/ssl-labs/clients.yaml", include_str!("../../rules/ssl-labs/clients.yaml"));

/// What a sentence of a rule has in place of what was seen.
const SEEN: &str = "{seen}";

/// A rating guide.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Guide {
    /// The name used in reports.
    pub name: String,
    /// Its own title.
    pub title: String,
    /// Who publishes it.
    pub publisher: String,
    /// The edition.
    pub edition: String,
    /// The day of the edition, as `2025-05-16`.
    pub date: String,
    /// Where it is published.
    pub source: String,
    /// What the public guide leaves open, apart from single rules.
    pub doubts: Vec<String>,
    /// How much each category counts.
    pub weights: Spanned<Weights>,
    /// The scores of versions.
    pub protocols: Protocols,
    /// The scores of key exchange.
    pub key_exchange: KeyExchange,
    /// The scores of ciphers, by bits.
    pub cipher_strength: Scale,
    /// The letters by score, best first.
    pub letters: Vec<LetterStep>,
    /// What raises the scores.
    pub advice: CategoryAdvice,
    /// The rules that a score does not express.
    pub rules: Vec<GuideRule>,
    /// The reference clients.
    #[serde(skip)]
    pub clients: Vec<ClientProfile>,
}

/// A rule of the guide.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GuideRule {
    /// Its name, unique in the guide.
    pub id: Spanned<String>,
    /// When it applies.
    pub when: Condition,
    /// Without this it cannot apply, whatever is unknown.
    pub only_if: Option<Condition>,
    /// What it is about.
    #[serde(default)]
    pub about: About,
    /// The best letter that is left.
    pub cap: Letter,
    /// What becomes of the letter when nobody can say whether the rule applies.
    #[serde(default)]
    pub if_unknown: IfUnknown,
    /// Where nobody can say for this reason, it is as if the rule did not apply.
    pub passed_by_if: Option<Circumstance>,
    /// Since which edition, and when.
    pub since: String,
    /// Where that is said.
    pub source: String,
    /// What to say, with `{seen}` for what was seen.
    pub because: Spanned<String>,
    /// What to change, with `{seen}` likewise.
    pub advice: String,
    /// What the public guide leaves open; absent when it is clear.
    pub doubt: Option<String>,
    /// The letter that the other reading would leave.
    pub may_be: Option<Letter>,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// How the server is set up.
    #[default]
    Server,
    /// The certificate itself.
    Certificate,
    /// Whether the certificate is trusted; does not count when trust is ignored.
    Trust,
}

/// What becomes of the letter when nobody can say whether a rule applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IfUnknown {
    /// It is unknown, unless the rule could not change it.
    #[default]
    NoLetter,
    /// It is as if the rule applied.
    Withheld,
    /// It is as if the rule did not apply.
    PassedBy,
    /// So it is here, because of how the server is meant to be; the letter could still be that of the rule.
    #[serde(skip)]
    Excused,
}

/// How a server is meant to be, so that some of it shows to nobody outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Circumstance {
    /// What it asks of clients.
    pub client_certificate: ClientCertificate,
}

impl Guide {
    /// The guide inside the binary.
    ///
    /// # Panics
    ///
    /// Never in a binary whose tests have passed.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Guide> =
            LazyLock::new(|| Guide::load(SHIPPED_GUIDE, SHIPPED_CLIENTS).expect("tests load the guide that is shipped"));
        &SHIPPED
    }

    /// Reads a guide and its clients, each with the name of its file.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with one of them, with line and column.
    pub fn load((file, text): (&str, &str), (clients_file, clients): (&str, &str)) -> Result<Self, Vec<Problem>> {
        let mut guide: Self = read(file, text)?;
        let problems = guide.problems(file);
        if !problems.is_empty() {
            return Err(problems);
        }
        guide.clients = read::<ClientsFile>(clients_file, clients)?.checked(clients_file)?;
        Ok(guide)
    }

    /// The name and edition, as reports show them.
    #[must_use]
    pub fn edition_name(&self) -> String {
        format!("{} {}", self.name, self.edition)
    }

    /// The letter that a score gives.
    pub(super) fn letter(&self, score: u32) -> Letter {
        self.letters.iter().find(|step| step.from <= score).map_or(Letter::F, |step| step.letter)
    }

    fn problems(&self, file: &str) -> Vec<Problem> {
        let weights = self.weights.value;
        let sum = [weights.protocol, weights.key_exchange, weights.cipher_strength].into_iter().fold(0, u32::saturating_add);
        let mut problems = Vec::new();
        if sum != 100 {
            problems.push(Problem::with(file, &self.weights, &format!("the weights add up to {sum} and not to 100")));
        }
        problems.extend(self.table_problems().into_iter().map(|message| Problem::in_file(file, message)));
        let mut seen = BTreeSet::new();
        for rule in &self.rules {
            if !seen.insert(rule.id.value.as_str()) {
                problems.push(Problem::with(file, &rule.id, &format!("the id `{}` stands twice", rule.id.value)));
            }
            problems.extend(rule.problem(file));
        }
        problems
    }

    /// What is wrong with the numbers: scores are 0 to 100, and every size and score has a line.
    fn table_problems(&self) -> Vec<&'static str> {
        let scores = self.key_exchange.sizes.0.iter().chain(&self.cipher_strength.0).map(|step| step.score);
        let mut problems = Vec::new();
        if scores.chain([self.key_exchange.anonymous, self.key_exchange.export]).any(|score| score > 100) {
            problems.push("a score is more than 100");
        }
        if ![&self.key_exchange.sizes, &self.cipher_strength].into_iter().all(is_whole) {
            problems.push("a table of sizes is not in order, or has no last line without `below`");
        }
        if !self.letters.is_sorted_by(|one, next| one.from > next.from && one.letter < next.letter)
            || self.letters.last().is_none_or(|last| last.from != 0)
        {
            problems.push("the letters do not go from the best to a last one from 0");
        }
        if !self.key_exchange.curves.is_sorted_by(|one, next| one.from < next.from && one.equals < next.equals) {
            problems.push("the curves are not in order");
        }
        problems
    }
}

/// Whether a table goes up, and ends with an open line.
fn is_whole(scale: &Scale) -> bool {
    let Some((last, others)) = scale.0.split_last() else { return false };
    let bounds: Vec<u32> = others.iter().filter_map(|step| step.below).collect();
    last.below.is_none() && bounds.len() == others.len() && bounds.is_sorted_by(|one, next| one < next)
}

impl GuideRule {
    /// What was seen, in the rule's words.
    pub(super) fn sentence(&self, seen: &str) -> String {
        self.because.value.replace(SEEN, seen)
    }

    /// What to change, in the rule's words.
    pub(super) fn advice(&self, seen: &str) -> String {
        self.advice.replace(SEEN, seen)
    }

    fn problem(&self, file: &str) -> Option<Problem> {
        let unfilled = |text: &str| text.replace(SEEN, "").contains(['{', '}']);
        let message = if unfilled(&self.because.value) || unfilled(&self.advice) {
            "only `{seen}` can stand in braces"
        } else if self.may_be.is_some() && self.doubt.is_none() {
            "`may-be` needs a `doubt`"
        } else if [&self.since, &self.source].iter().any(|text| text.trim().is_empty()) {
            "`since` and `source` must say something"
        } else if self.passed_by_if.is_some() && self.if_unknown != IfUnknown::NoLetter {
            "`passed-by-if` says nothing where an unknown leaves a letter anyway"
        } else if self.cap == Letter::APlus {
            "a cap of A+ takes nothing away"
        } else {
            return None;
        };
        Some(Problem::with(file, &self.because, message))
    }
}
