//! What is true of a server, written by hand in `fixtures/servers/expected/`, and how it differs from what redflag saw.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::Value;

use crate::servers::{certificates::Identity, configured::Stack, relay::Change};

/// One file: a server and the truth about it. The folder's README.md explains the keys.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    /// The file's name.
    #[serde(skip)]
    pub(crate) name: String,
    /// What it stands for, in a sentence.
    pub(crate) about: String,
    pub(crate) stack: Stack,
    #[serde(default)]
    pub(crate) certificate: Identity,
    #[serde(default)]
    pub(crate) settings: String,
    /// Settings of a second server of the same stack; a load balancer stands before both.
    #[serde(default)]
    pub(crate) other_settings: Option<String>,
    /// Lines of the front end of a load balancer that stands before it.
    #[serde(default)]
    pub(crate) balancer: Option<String>,
    #[serde(default)]
    pub(crate) relay: Option<Change>,
    pub(crate) expected: Expected,
}

/// What redflag has to report.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// Whether its answers contradict each other: then nothing else is certain.
    #[serde(default)]
    contradictory: bool,
    #[serde(default)]
    protocols: Vec<String>,
    /// By version: all suites, in the server's order where it has one.
    #[serde(default)]
    cipher_suites: BTreeMap<String, Vec<String>>,
    /// By version; those that are left out are not looked at.
    #[serde(default)]
    server_preference: BTreeMap<String, bool>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    dh_bits: Option<u64>,
    /// Whether the prime is one that others use too.
    #[serde(default)]
    dh_prime_known: Option<bool>,
    /// The leaf's key, as in `RSA 2048`; absent for servers without certificates.
    key: Option<String>,
    /// The keys of the leaves that others are sent.
    #[serde(default)]
    other_keys: BTreeSet<String>,
    /// Where the chain differs from a good one; null where nobody can be certain.
    #[serde(default)]
    chain: BTreeMap<String, Value>,
    /// Those that are left out are not looked at.
    #[serde(default)]
    extensions: BTreeMap<String, Value>,
    #[serde(default)]
    vulnerable: BTreeSet<String>,
    /// Whether nobody can say that the groups are all, for the server has no handshake with groups.
    #[serde(default)]
    groups_may_be_hidden: bool,
    /// Weaknesses of which nobody can be certain here.
    #[serde(default)]
    in_doubt: BTreeSet<String>,
    /// The letter; several where the guide is in doubt.
    #[serde(default)]
    grade: Vec<String>,
}

impl Expected {
    /// The letter, where there is no doubt.
    pub(crate) fn only_grade(self) -> Option<String> {
        let [grade] = <[String; 1]>::try_from(self.grade).ok()?;
        Some(grade)
    }
}

/// What a good chain shows.
const GOOD_CHAIN: [(&str, Value); 9] = [
    ("trusted", Value::Bool(true)),
    ("complete", Value::Bool(true)),
    ("order_ok", Value::Bool(true)),
    ("host_matches", Value::Bool(true)),
    ("expired", Value::Bool(false)),
    ("not_yet_valid", Value::Bool(false)),
    ("self_signed", Value::Bool(false)),
    ("name_in_subject_only", Value::Bool(false)),
    ("root_sent", Value::Bool(false)),
];

/// Weaknesses that every server has or has not, and that can be told without `--active`.
const CERTAIN: [&str; 12] = [
    "heartbleed",
    "ccs-injection",
    "drown",
    "poodle",
    "freak",
    "logjam",
    "weak-dh",
    "sweet32",
    "rc4",
    "beast",
    "crime",
    "insecure-renegotiation",
];

/// All servers of a folder whose stack the reader wants, by name.
///
/// # Panics
/// When a file cannot be read: it is ours.
pub(crate) fn servers(wanted: impl Fn(&Stack) -> bool) -> Vec<Server> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/servers/expected");
    let entries = fs::read_dir(&folder).expect("the fixtures are there").map(|entry| entry.expect("a folder can be listed").path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect();
    files.sort();
    files.iter().map(|path| read(path)).filter(|server| wanted(&server.stack)).collect()
}

fn read(path: &Path) -> Server {
    let text = fs::read_to_string(path).expect("a fixture can be read");
    let mut server: Server = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    server.name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    server
}

/// Lines that say what redflag saw otherwise.
#[derive(Default)]
pub(crate) struct Differences(Vec<String>);

impl Differences {
    fn compare(&mut self, what: &str, expected: &Value, seen: &Value) {
        if expected != seen {
            self.0.push(format!("{what}\n      expected  {expected}\n      seen      {seen}"));
        }
    }

    /// Two lists whose order does not count.
    fn compare_sets(&mut self, what: &str, expected: &BTreeSet<String>, seen: &BTreeSet<String>) {
        let mut line = format!("{what} ({} expected, {} seen)", expected.len(), seen.len());
        let words = |names: Vec<&String>| names.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        for (word, names) in [("missing   ", expected.difference(seen).collect()), ("unexpected", seen.difference(expected).collect())] {
            let names: Vec<&String> = names;
            if !names.is_empty() {
                let _ = write!(line, "\n      {word} {}", words(names));
            }
        }
        if expected != seen {
            self.0.push(line);
        }
    }

    /// The lines under the server's name, or nothing.
    pub(crate) fn under(&self, server: &Server) -> Option<String> {
        (!self.0.is_empty()).then(|| format!("{} ({})\n    {}\n", server.name, server.about, self.0.join("\n    ")))
    }
}

/// Compares all that is expected with the `tls` of one address.
pub(crate) fn differences(expected: &Expected, tls: &Value) -> Differences {
    let mut found = Differences::default();
    let contradictory = list(&tls["contradictions"]).next().is_some();
    found.compare(&format!("contradictions {}", tls["contradictions"]), &expected.contradictory.into(), &contradictory.into());
    if expected.contradictory {
        return found;
    }
    protocols(&mut found, expected, tls);
    cipher_suites(&mut found, expected, tls);
    groups(&mut found, expected, tls);
    certificates(&mut found, expected, tls);
    for (name, value) in &expected.extensions {
        let mut seen = tls["extensions"][name].clone();
        sort(&mut seen);
        found.compare(&format!("extensions.{name} ({})", tls["extensions"]["reasons"][name]), value, &seen);
    }
    weaknesses(&mut found, expected, tls);
    grade(&mut found, expected, &tls["rating"]);
    found
}

fn sort(value: &mut Value) {
    if let Some(list) = value.as_array_mut() {
        list.sort_by_key(ToString::to_string);
    }
}

fn protocols(found: &mut Differences, expected: &Expected, tls: &Value) {
    let all = ["ssl2", "ssl3", "tls1.0", "tls1.1", "tls1.2", "tls1.3"];
    for id in all {
        let entry = list(&tls["protocols"]).find(|protocol| protocol["id"] == id).cloned().unwrap_or_default();
        let what = format!("protocols: {id} ({})", entry["reason"]);
        found.compare(&what, &expected.protocols.iter().any(|offered| offered == id).into(), &entry["offered"]);
    }
}

fn cipher_suites(found: &mut Differences, expected: &Expected, tls: &Value) {
    found.compare(&format!("cipher_suites_complete {}", tls["gaps"]), &true.into(), &tls["cipher_suites_complete"]);
    for (version, preferred) in &expected.server_preference {
        found.compare(&format!("server_preference of {version}"), &(*preferred).into(), &tls["server_preference"][version]);
    }
    let versions: BTreeSet<&str> = list(&tls["cipher_suites"]).filter_map(|suite| suite["protocol"].as_str()).collect();
    for version in versions.into_iter().chain(expected.cipher_suites.keys().map(String::as_str)).collect::<BTreeSet<_>>() {
        let seen: Vec<String> =
            list(&tls["cipher_suites"]).filter(|suite| suite["protocol"] == version).map(|suite| text(&suite["name"])).collect();
        let wanted = expected.cipher_suites.get(version).cloned().unwrap_or_default();
        let sets = [&wanted, &seen].map(|names| names.iter().cloned().collect::<BTreeSet<_>>());
        let [wanted_set, seen_set] = sets;
        found.compare_sets(&format!("cipher_suites of {version}"), &wanted_set, &seen_set);
        let is_ordered = expected.server_preference.get(version) == Some(&true);
        if is_ordered && wanted_set == seen_set {
            found.compare(&format!("order of the cipher suites of {version}"), &wanted.into(), &seen.into());
        }
    }
}

fn groups(found: &mut Differences, expected: &Expected, tls: &Value) {
    let seen = list(&tls["groups"]).map(|group| text(&group["name"])).collect();
    found.compare_sets("groups", &expected.groups.iter().cloned().collect(), &seen);
    found.compare(
        &format!("groups_complete {}", tls["gaps"]),
        &if expected.groups_may_be_hidden { Value::Null } else { true.into() },
        &tls["groups_complete"],
    );
    found.compare("dh_bits", &expected.dh_bits.into(), &tls["dh_bits"]);
    if let Some(known) = expected.dh_prime_known {
        let seen: BTreeSet<bool> = list(&tls["dh_parameters"]).map(|parameters| !parameters["known_as"].is_null()).collect();
        found.compare("dh_parameters that are known", &vec![known].into(), &seen.into_iter().collect());
    }
}

fn certificates(found: &mut Differences, expected: &Expected, tls: &Value) {
    let leaf = |certificates: &Value| certificates[0]["key"].clone();
    found.compare("the leaf's key", &expected.key.clone().into(), &leaf(&tls["certificates"]));
    let others = list(&tls["other_chains"]).map(|other| text(&leaf(&other["certificates"]))).collect();
    found.compare_sets("keys of other chains", &expected.other_keys, &others);
    if expected.key.is_none() {
        found.compare("chain", &Value::Null, &tls["chain"]);
        return;
    }
    let usual: BTreeMap<String, Value> = GOOD_CHAIN.into_iter().map(|(fact, value)| (fact.to_owned(), value)).collect();
    for (fact, value) in usual.iter().filter(|(fact, _)| !expected.chain.contains_key(*fact)).chain(&expected.chain) {
        if !value.is_null() {
            found.compare(&format!("chain.{fact} ({})", tls["chain"]["error"]), value, &tls["chain"][fact]);
        }
    }
}

fn weaknesses(found: &mut Differences, expected: &Expected, tls: &Value) {
    let known: BTreeSet<String> = list(&tls["weaknesses"]).map(|weakness| text(&weakness["id"])).collect();
    let certain = CERTAIN.iter().map(ToString::to_string);
    for id in known.iter().cloned().chain(certain).chain(expected.vulnerable.iter().cloned()).collect::<BTreeSet<_>>() {
        if expected.in_doubt.contains(&id) {
            continue;
        }
        let entry = list(&tls["weaknesses"]).find(|weakness| weakness["id"] == id.as_str()).cloned().unwrap_or_default();
        let (seen, wanted) = (&entry["vulnerable"], expected.vulnerable.contains(&id));
        // The others may stay unknown, with a reason, but nobody is accused of them.
        let may_be_unknown = !wanted && !CERTAIN.contains(&id.as_str()) && seen.is_null() && entry["reason"].is_string();
        if !may_be_unknown {
            found.compare(&format!("{id} ({})", entry["reason"]), &wanted.into(), seen);
        }
    }
}

fn grade(found: &mut Differences, expected: &Expected, rating: &Value) {
    let seen = text(&rating["grade"]);
    if !expected.grade.contains(&seen) {
        let reasons: Vec<String> = list(&rating["reasons"]).map(|reason| format!("{} {}", reason["id"], reason["cap"])).collect();
        found.0.push(format!(
            "grade\n      expected  {}\n      seen      {seen} ({})\n      because   {}",
            expected.grade.join(" or "),
            rating["error"],
            reasons.join(", ")
        ));
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
