//! What was found, without the secrets that were found with it: one may be part of a file's name, of a key's or of the reason of a comment.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::{
    collect::source::{
        values::{is_jwt, masked},
        watch::Watch,
    },
    evidence::{CodeLine, SkippedFile, Source, SourceFact},
};

/// A shorter secret may be a word that stands in many places.
const FROM: usize = 8;
/// A secret without any digit, from so many bytes on, is told from a word by its letters.
const LETTERS_FROM: usize = 16;
/// A longer one, in bytes, is part of no name.
const TO: usize = 255;

/// Secrets, looked for in whatever is reported.
pub(super) struct Sieve<'a> {
    /// What is shown in place of each secret.
    masks: Vec<String>,
    automaton: Option<AhoCorasick>,
    watch: &'a Watch,
}

impl<'a> Sieve<'a> {
    pub(super) fn new(secrets: impl Iterator<Item = String>, watch: &'a Watch) -> Self {
        let mut secrets: Vec<String> = secrets.flat_map(|secret| parts(&secret)).collect();
        secrets.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        secrets.dedup();
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&secrets).ok();
        let masks: Vec<String> = secrets.iter().map(|secret| masked(secret)).collect();
        Self { automaton: automaton.filter(|_| !masks.is_empty()), masks, watch }
    }

    /// Masks the secrets in everything that is told of the source.
    pub(super) fn sift(&self, source: &mut Source) {
        source.facts.iter_mut().for_each(|fact| self.fact(fact));
        for SkippedFile { path, reason, .. } in &mut source.files_skipped {
            self.path(path);
            self.text(reason);
        }
    }

    fn fact(&self, fact: &mut SourceFact) {
        self.path(&mut fact.path);
        self.text(&mut fact.sink);
        for step in fact.trace.iter_mut().chain(&mut fact.uses) {
            self.path(&mut step.path);
            self.text(&mut step.what);
        }
        let steps = fact.trace.iter_mut().chain(&mut fact.uses).filter_map(|step| step.code.as_mut());
        let lines = fact.code.iter_mut().chain(steps);
        lines.for_each(|line| self.line(line));
        fact.arguments.iter_mut().filter_map(|argument| argument.name.as_mut()).for_each(|name| self.text(name));
        for allowed in &mut fact.allowed {
            self.text(&mut allowed.rule);
            self.text(&mut allowed.reason);
        }
    }

    /// A name may also be a secret of a known form that stands nowhere else. A folder is often called what a secret was lazily made of: `net4client`
    /// stays, or nobody would find the file.
    fn path(&self, path: &mut String) {
        if let Some(automaton) = &self.automaton {
            let mut shown = String::new();
            automaton.replace_all_with(path, &mut shown, |found, secret, shown| {
                let mask = self.masks.get(found.pattern().as_usize()).filter(|_| is_telling(secret));
                shown.push_str(mask.map_or(secret, String::as_str));
                true
            });
            *path = shown;
        }
        for pattern in self.watch.literals.iter().filter(|pattern| pattern.of.secret) {
            if !pattern.of.needs.iter().any(|needs| contains(path, needs)) {
                continue;
            }
            let found: Vec<_> =
                pattern.places(path, &[0]).into_iter().filter(|found| !found.is_stand_in).map(|found| found.range).collect();
            for range in found.into_iter().rev() {
                let shown = masked(path.get(range.clone()).unwrap_or(""));
                path.replace_range(range, &shown);
            }
        }
    }

    fn line(&self, line: &mut CodeLine) {
        let before = line.text.len();
        self.text(&mut line.text);
        if line.text.len() != before {
            line.marked = None;
        }
    }

    fn text(&self, text: &mut String) {
        let Some(automaton) = self.automaton.as_ref().filter(|automaton| automaton.is_match(text.as_str())) else { return };
        *text = automaton.replace_all(text, &self.masks);
    }
}

fn contains(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

/// A secret, and the parts of it that a language might take for a name: what stands between its points and hyphens.
fn parts(secret: &str) -> Vec<String> {
    let runs = secret.split(|character: char| !character.is_alphanumeric()).filter(|run| is_telling(run));
    // Of a token nothing is a word, and an underscore parts no name.
    let of_token = if is_jwt(secret) { secret } else { "" };
    let runs = runs.chain(of_token.split(['.', '-']).filter(|run| run.len() >= FROM));
    std::iter::once(secret.to_owned()).filter(|secret| is_no_word(secret)).chain(runs.map(str::to_owned)).collect()
}

/// Whether nobody would have given a folder or a program that name, even one who numbers them.
fn is_telling(name: &str) -> bool {
    is_no_word(name) && (name.chars().filter(char::is_ascii_digit).count() >= 2 || name.len() >= LETTERS_FROM || is_shuffled(name))
}

/// Whether nobody would have named anything like that: letters and digits, and not few; or letters alone that no name would hold in that order.
fn is_no_word(secret: &str) -> bool {
    let has = |accepts: fn(char) -> bool| secret.chars().any(accepts);
    let is_mixed = || has(char::is_numeric) || (secret.len() >= LETTERS_FROM && (is_no_name(secret) || is_shuffled(secret)));
    (FROM..=TO).contains(&secret.len()) && has(char::is_alphabetic) && is_mixed()
}

/// Whether letters of both cases stand beside marks that the names of programs and folders do not hold together.
fn is_no_name(secret: &str) -> bool {
    let marks: BTreeSet<char> = secret.chars().filter(|character| !character.is_alphanumeric()).collect();
    let is_plain = marks.len() < 2 || marks.iter().all(|mark| "._/\\".contains(*mark));
    !is_plain && secret.chars().any(char::is_uppercase) && secret.chars().any(char::is_lowercase)
}

/// Whether upper and lower case change more often than in names: in `QyErTz` five times out of six.
fn is_shuffled(secret: &str) -> bool {
    let letters: Vec<char> = secret.chars().filter(|character| character.is_alphabetic()).collect();
    let changes = letters.windows(2).filter(|pair| matches!(pair, [one, other] if one.is_uppercase() != other.is_uppercase())).count();
    3 * changes > letters.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Vocabulary;

    #[test]
    fn a_part_of_a_secret_that_became_a_name_is_masked_too() {
        let watch = Watch::new(&Vocabulary::default());
        let sieve = Sieve::new(["8A:b1ARr2pP.UeMzeWCW5vMCbB8NvqvikSfF".to_owned()].into_iter(), &watch);
        let mut name = "b1ARr2pP.ClientSecret".to_owned();
        sieve.text(&mut name);
        assert_eq!(name, "(8).ClientSecret");
        let mut name = "RPYog0HbREHrb.Services".to_owned();
        Sieve::new(["Zh8fC/d3GC+A2A1fwc++6E+RPYog0HbREHrb++KSt++=".to_owned()].into_iter(), &watch).text(&mut name);
        assert_eq!(name, "RPY…rb(13).Services");
        let token = "eyJu-9_LBO5u-7_g-W4fg-_0w_qrSDEi-8RvXp--E-y.eyJ_qB9WHv6DPq_93P8B9TQx-1M_ZR.--v__c-xb3Y_-PH_I_-_Ekf4Qn___k--0E71__A";
        let mut name = "_Ekf4Qn___k.Services".to_owned();
        Sieve::new([token.to_owned()].into_iter(), &watch).text(&mut name);
        assert_eq!(name, "(11).Services");
        let token = "eyJO02u_w-GC-Vp--6--fRR-vKU.eyJ4Mp--3P___h-p_-v-k.P3obQXevp-aV-lM-n_-QbCoXSkmuQ_Dj--0X_9f__F_Y";
        let mut name = "QbCoXSkmuQ_Dj.Services".to_owned();
        Sieve::new([token.to_owned()].into_iter(), &watch).text(&mut name);
        assert_eq!(name, "QbC…Dj(13).Services");
    }

    #[test]
    fn a_secret_without_digits_is_told_from_names() {
        assert!(["Contoso Sync-GNVvFTUYju", "qYwErTzUiOpAsDfGhJkL"].into_iter().all(is_no_word));
        let names = [
            "SuperOfficeClientSecretProvider",
            "Contoso.Crm.Integration",
            "contoso-crm-integration",
            "Contoso-Integration",
            "Sales Documents",
        ];
        assert_eq!(names.into_iter().find(|name| is_no_word(name)), None);
    }

    #[test]
    fn a_secret_in_the_name_of_a_file_is_masked_and_a_word_is_not() {
        let watch = Watch::new(&Vocabulary::default());
        let sieve = Sieve::new(["09d5a1b2c3d4e5f60718293a4b5c6dc1", "SuperOffice", "net4client"].map(str::to_owned).into_iter(), &watch);
        let path = |path: &str| SkippedFile { path: path.to_owned(), reason: String::new(), matters: true };
        let files_skipped = vec![path("SuperOffice/net4client/09d5a1b2c3d4e5f60718293a4b5c6dc1.txt")];
        let mut source = Source { files_skipped, ..Source::default() };
        sieve.sift(&mut source);
        assert_eq!(source.files_skipped, [path("SuperOffice/net4client/09d…c1(32).txt")]);
    }
}
