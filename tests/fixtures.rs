//! The partner apps of `fixtures/apps/`: every rule runs on every app, finds what is planted, and nothing else.

#[path = "fixtures/scan.rs"]
mod scan;
#[path = "fixtures/stacks.rs"]
mod stacks;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use redflag::rules::{Each, Measured, load};
use scan::{Writing, found};
use stacks::{Case, Finding, cases};

/// How many rules may have a flaw in one language alone: those of one language or format by what they are about.
const OF_ONE_LANGUAGE: usize = 8;

/// What ought to be found and is not, and what is found and ought not to be; one line each.
fn faults(case: &Case, found: &[Finding]) -> Vec<String> {
    let named = |what: &str, (rule, (path, line)): &Finding| format!("{}: {what}: {rule} {path}:{line}", case.name);
    let due = |finding: &&Finding| !found.contains(finding) && !case.missed.contains(finding);
    let missing = case.expected.iter().filter(due).map(|finding| named("not found", finding));
    let mended = case.missed.iter().filter(|finding| found.contains(finding)).map(|finding| named("`missed`, and found", finding));
    let alarms = found.iter().filter(|finding| !case.expected.contains(finding)).map(|finding| named("found without reason", finding));
    let twice = found.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| named("found twice", &pair[0]));
    missing.chain(mended).chain(alarms).chain(twice).collect()
}

/// The faults of all cases. What is wrong with a clean app is told of it alone.
fn faults_of(cases: &[Case], found: &[Vec<Finding>]) -> Vec<String> {
    let alarms_of = |stack: &str| {
        let clean = cases.iter().zip(found).find(|(case, _)| case.stack() == stack && case.expected.is_empty());
        clean.map_or(&[][..], |(_, found)| found.as_slice())
    };
    let of_case = |(case, found): (&Case, &Vec<Finding>)| {
        let alarms = alarms_of(case.stack());
        let own = |finding: &&Finding| case.expected.is_empty() || case.expected.contains(finding) || !alarms.contains(finding);
        faults(case, &found.iter().filter(own).cloned().collect::<Vec<_>>())
    };
    cases.iter().zip(found).flat_map(of_case).collect()
}

#[test]
fn every_flaw_is_found_in_its_place_and_nothing_else_and_the_figures_say_so() {
    let cases = cases();
    let found = found(&cases, |_| Writing::AsTheyAre);
    let mut measured = Measured::default();
    for (case, found) in cases.iter().zip(&found) {
        measured.count(&case.expected, found);
    }
    // `tests/run` shows the first, and the second takes the place of the committed one.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let clean = cases.iter().filter(|case| case.expected.is_empty()).count();
    let head = format!("{} apps of fixtures/apps, {clean} of them clean\n", cases.len());
    fs::write(folder.join("measured.txt"), format!("{head}{measured}")).expect("the folder takes files");
    fs::write(folder.join("measured.yaml"), measured.to_yaml()).expect("the folder takes files");

    let faults = faults_of(&cases, &found);
    assert!(faults.is_empty(), "{faults:#?}");
    let committed = "fixtures/apps/measured.yaml";
    assert!(
        fs::read_to_string(committed).expect("tests run in the package's folder") == measured.to_yaml(),
        "{committed} is not up to date: cp {} {committed}",
        folder.join("measured.yaml").display()
    );
}

/// The name's last part: the format of a file, for which a reader is chosen.
fn format_of(path: &str) -> &str {
    path.rsplit(['.', '/']).next().unwrap_or_default()
}

/// For every format that a flaw is in, the first three flaws: one for each writing.
fn three_of_each_format(mut cases: Vec<Case>) -> Vec<Case> {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    cases.retain(|case| {
        let Some((_, (path, _))) = case.expected.first() else { return false };
        let count = taken.entry(format_of(path).to_owned()).or_default();
        *count += 1;
        *count <= 3
    });
    cases.sort_by_key(|case| case.expected.first().map(|(_, (path, _))| format_of(path).to_owned()));
    cases
}

#[test]
fn the_encoding_of_files_changes_no_finding() {
    const WRITINGS: [Writing; 3] = [Writing::WithMarkAndCrlf, Writing::Utf16, Writing::BigEndianUtf16WithCrlf];
    let cases = three_of_each_format(cases());
    let writing = |index: usize| WRITINGS[index % WRITINGS.len()];
    let found = found(&cases, writing);
    let of_case = |(index, (case, found)): (usize, (&Case, &Vec<Finding>))| {
        let written = move |fault| format!("{:?}: {fault}", writing(index));
        faults(case, found).into_iter().map(written).collect::<Vec<_>>()
    };
    let faults: Vec<String> = cases.iter().zip(&found).enumerate().flat_map(of_case).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The rules that judge the source.
fn source_rules() -> BTreeSet<String> {
    let pack = load("superoffice", &[]).unwrap_or_else(|error| panic!("{error}"));
    pack.rules.iter().filter(|rule| rule.each == Each::Source).map(|rule| rule.id.clone()).collect()
}

#[test]
fn every_rule_of_the_source_has_a_flaw_in_some_app() {
    let planted: BTreeSet<String> = cases().into_iter().flat_map(|case| case.expected).map(|(rule, _)| rule).collect();
    let rules = source_rules();
    let bare: Vec<&String> = rules.difference(&planted).collect();
    let unknown: Vec<&String> = planted.difference(&rules).collect();
    assert!(bare.is_empty() && unknown.is_empty(), "without a flaw: {bare:#?}\nno rule: {unknown:#?}");
}

#[test]
fn most_rules_have_flaws_in_several_languages() {
    let mut languages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (rule, (path, _)) in cases().into_iter().flat_map(|case| case.expected) {
        languages.entry(rule).or_default().insert(format_of(&path).to_owned());
    }
    let single: Vec<_> = languages.iter().filter(|(_, ends)| ends.len() < 2).collect();
    assert!(single.len() <= OF_ONE_LANGUAGE, "{}: {single:#?}", single.len());
}

#[test]
fn every_stack_has_a_clean_app_and_flaws_of_one_rule_each() {
    let cases = cases();
    let stacks: BTreeSet<&str> = cases.iter().map(Case::stack).collect();
    assert!(stacks.len() >= 8, "{stacks:?}");
    for stack in stacks {
        let of_stack = cases.iter().filter(|case| case.stack() == stack);
        assert!(of_stack.filter(|case| !case.expected.is_empty()).count() >= 2, "{stack} has hardly a flaw");
    }
}
