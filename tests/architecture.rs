//! The house stays as it was drawn: which module may use which, no cycles, and what only `cli` may do.
//!
//! Reads the tokens of every file under `src/`, so text in comments and strings never counts, and paths inside macros do.
//! Code under `#[cfg(test)]` is left out, in a file of its own too: a test may look anywhere.

#[path = "architecture/modules.rs"]
mod modules;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use modules::{House, Reference, join};

/// What stands below everything else and knows nothing of the domain: every module but `evidence` may use it.
const GROUND: &[&str] = &["wording", "yaml"];

/// Which top-level module may use which, besides [`GROUND`]. `lib.rs` and `main.rs` are the crate's own and may name every module.
const MAY_USE: &[(&str, &[&str])] = &[
    ("wording", &[]),
    ("yaml", &[]),
    ("evidence", &[]),
    ("manifest", &["evidence"]),
    ("rating", &["evidence"]),
    ("collect", &["evidence", "manifest"]),
    ("rules", &["evidence", "rating"]),
    ("decisions", &["evidence"]),
    ("assessment", &["evidence", "rules", "decisions", "manifest", "rating"]),
    // An assessment exposes evidence, the manifest and what rules say about themselves.
    ("reports", &["assessment", "evidence", "manifest", "rules"]),
    ("assess", &["evidence", "manifest", "rating", "collect", "rules", "decisions", "assessment"]),
    ("cli", &["evidence", "manifest", "rating", "collect", "rules", "decisions", "assessment", "reports", "assess"]),
];

/// What only `cli` may do, by the last parts of the path.
const FOR_CLI_ALONE: &[(&str, &str)] = &[
    ("std::env", "reads the environment"),
    ("env::var", "reads the environment"),
    ("env::var_os", "reads the environment"),
    ("env::vars", "reads the environment"),
    ("env::args", "reads the command line"),
    ("env::args_os", "reads the command line"),
    ("env::current_dir", "reads the environment"),
    ("SystemTime::now", "reads the clock"),
    ("OffsetDateTime::now_utc", "reads the clock"),
    ("OffsetDateTime::now_local", "reads the clock"),
    ("UtcDateTime::now", "reads the clock"),
    ("Utc::now", "reads the clock"),
    ("process::exit", "ends the process"),
    ("process::abort", "ends the process"),
    ("io::stdout", "prints"),
    ("io::stderr", "prints"),
];

/// The macros that only `cli` may call.
const PRINTING_MACROS: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "prelude", "manager", "misc", "shared"];

const LONGEST_FILE: usize = 600;

/// Files that are tables, and may be longer.
const TABLES: &[&str] = &[];

/// The vendor whose pack ships: its name belongs into `rules/`.
const VENDOR: &str = "superoffice";

/// Where the vendor's name may stand all the same, by the start of the path.
const MAY_NAME_THE_VENDOR: &[(&str, &str)] = &[("cli", "the default of `--pack`, and texts for people")];

/// Every fault of the drawing, one sentence each.
fn faults(house: &House) -> Vec<String> {
    [
        strangers(house),
        forbidden_edges(house),
        cycles(house),
        duties_of_cli(house),
        empty_names(house),
        long_files(house),
        vendor_names(house),
        unreadable(house),
    ]
    .concat()
}

fn unreadable(house: &House) -> Vec<String> {
    house.files.iter().filter_map(|file| file.error.as_ref().map(|error| format!("{}: {error}", file.path))).collect()
}

/// Top-level modules that the table does not know.
fn strangers(house: &House) -> Vec<String> {
    let known: BTreeSet<&str> = MAY_USE.iter().map(|(name, _)| *name).collect();
    let modules: BTreeSet<&String> = house.modules().filter_map(|module| module.first()).collect();
    modules
        .into_iter()
        .filter(|module| !known.contains(module.as_str()))
        .map(|module| format!("module `{module}` is not in the table of tests/architecture.rs; say there what it may use"))
        .collect()
}

fn forbidden_edges(house: &House) -> Vec<String> {
    house.references().filter_map(forbidden_edge).collect()
}

fn forbidden_edge(reference: &Reference) -> Option<String> {
    let from = reference.from.first()?;
    let Some(to) = reference.to.first() else {
        return Some(format!(
            "{}: `{}` lives in the crate's root, which every module would then depend on",
            reference.place, reference.text
        ));
    };
    let allowed = MAY_USE.iter().find(|(module, _)| module == from).map_or(&[] as &[&str], |(_, allowed)| allowed);
    let grounded = GROUND.contains(&to.as_str()) && from != "evidence";
    let fine = from == to || grounded || allowed.contains(&to.as_str());
    (!fine).then(|| format!("{}: `{from}` may not use `{to}` (`{}`)", reference.place, reference.text))
}

/// Cycles between the children of one parent, at every level. A module and the files it is divided into count as one.
fn cycles(house: &House) -> Vec<String> {
    let mut levels: BTreeMap<Vec<String>, BTreeMap<String, BTreeMap<String, String>>> = BTreeMap::new();
    for reference in house.references() {
        let level = reference.from.iter().zip(&reference.to).take_while(|(from, to)| from == to).count();
        if let (Some(from), Some(to)) = (reference.from.get(level), reference.to.get(level)) {
            let edges = levels.entry(reference.from[..level].to_vec()).or_default().entry(from.clone()).or_default();
            edges.entry(to.clone()).or_insert_with(|| format!("{} (`{}`)", reference.place, reference.text));
        }
    }
    levels.iter().filter_map(|(parent, edges)| cycle(edges).map(|cycle| describe(parent, edges, &cycle))).collect()
}

/// One way round, when there is one.
fn cycle(edges: &BTreeMap<String, BTreeMap<String, String>>) -> Option<Vec<String>> {
    edges.keys().find_map(|start| way_back(start, edges))
}

/// The shortest way from a module back to itself, breadth first.
fn way_back(start: &String, edges: &BTreeMap<String, BTreeMap<String, String>>) -> Option<Vec<String>> {
    let mut ways = vec![vec![start.clone()]];
    let mut seen = BTreeSet::new();
    let mut next = 0;
    while let Some(way) = ways.get(next).cloned() {
        next += 1;
        for to in edges.get(way.last()?).into_iter().flat_map(BTreeMap::keys) {
            let longer = [way.as_slice(), std::slice::from_ref(to)].concat();
            if to == start {
                return Some(longer);
            }
            if seen.insert(to) {
                ways.push(longer);
            }
        }
    }
    None
}

fn describe(parent: &[String], edges: &BTreeMap<String, BTreeMap<String, String>>, cycle: &[String]) -> String {
    let steps = cycle.windows(2).map(|pair| format!("`{}` uses `{}` at {}", pair[0], pair[1], edges[&pair[0]][&pair[1]]));
    format!("cycle in `{}`: {}", join(parent), steps.collect::<Vec<_>>().join("; "))
}

/// Printing, the clock, the environment and the exit code, anywhere but in `cli`.
fn duties_of_cli(house: &House) -> Vec<String> {
    let elsewhere = || house.files.iter().filter(|file| file.module.first().is_some_and(|top| top != "cli"));
    let paths = elsewhere().flat_map(|file| &file.foreign_paths).filter_map(|foreign| {
        let path = join(&foreign.segments);
        let (_, what) =
            FOR_CLI_ALONE.iter().find(|(duty, _)| path == *duty || path.ends_with(&format!("::{duty}")) || is_below(&path, duty))?;
        Some(format!("{}: `{path}` {what}; only `cli` may", foreign.place))
    });
    let macros = elsewhere()
        .flat_map(|file| &file.macros)
        .filter(|called| PRINTING_MACROS.contains(&called.segments.last().map_or("", String::as_str)))
        .map(|called| format!("{}: `{}!` prints; only `cli` may", called.place, join(&called.segments)));
    paths.chain(macros).collect()
}

fn is_below(path: &str, duty: &str) -> bool {
    path.strip_prefix(duty).is_some_and(|rest| rest.starts_with("::"))
}

fn empty_names(house: &House) -> Vec<String> {
    house
        .modules()
        .filter(|module| module.last().is_some_and(|name| EMPTY_NAMES.contains(&name.as_str())))
        .map(|module| format!("module `{}` has a name that says nothing about what is inside", join(module)))
        .collect()
}

fn long_files(house: &House) -> Vec<String> {
    house
        .files
        .iter()
        .filter(|file| file.lines > LONGEST_FILE && !TABLES.contains(&file.path.as_str()))
        .map(|file| format!("{}: {} lines, more than {LONGEST_FILE}; divide it by what it does", file.path, file.lines))
        .collect()
}

fn vendor_names(house: &House) -> Vec<String> {
    house
        .files
        .iter()
        .filter(|file| !MAY_NAME_THE_VENDOR.iter().any(|(start, _)| Path::new(&file.path).starts_with(start)))
        .flat_map(|file| &file.words)
        .filter(|word| word.segments.iter().any(|text| text.to_lowercase().contains(VENDOR)))
        .map(|word| format!("{}: names the vendor; that belongs into its pack under rules/", word.place))
        .collect()
}

/// Every Rust file under a folder, by its path from there.
fn sources(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("src can be listed") {
            let path = entry.expect("src can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).expect("found below src").to_string_lossy().replace('\\', "/");
                found.insert(name, fs::read_to_string(&path).expect("a source file is UTF-8"));
            }
        }
    }
    found
}

fn house_of(files: &[(&str, &str)]) -> House {
    House::read(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
}

#[track_caller]
fn assert_one_fault(files: &[(&str, &str)], expected: &str) {
    let found = faults(&house_of(files));
    assert!(found.len() == 1 && found[0].contains(expected), "expected one fault with `{expected}`, found {found:#?}");
}

#[track_caller]
fn assert_no_fault(files: &[(&str, &str)]) {
    let found = faults(&house_of(files));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_house_is_as_it_was_drawn() {
    let house = House::read(sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")));
    let found = faults(&house);
    assert!(house.references().count() > 0, "nothing was read: the test would pass whatever the source says");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_table_itself_has_no_cycle() {
    let edges =
        MAY_USE.iter().map(|(from, to)| ((*from).to_owned(), to.iter().map(|to| ((*to).to_owned(), String::new())).collect())).collect();
    assert_eq!(cycle(&edges), None);
}

#[test]
fn a_forbidden_edge_is_named_with_file_line_and_modules() {
    let files = [("evidence/mod.rs", "//! Facts.\n\nuse crate::rules::Severity;"), ("rules/mod.rs", "pub enum Severity {}")];
    assert_one_fault(&files, "evidence/mod.rs:3: `evidence` may not use `rules` (`crate::rules::Severity`)");
}

#[test]
fn a_forbidden_edge_is_found_in_every_way_to_write_a_path() {
    let ways = [
        "use crate::{evidence::App, collect::{self, tls::Probe}};",
        "use crate::collect as looking;",
        "fn f() -> crate::collect::tls::Probe { todo() }",
        "fn f() { let text = format!(\"{}\", crate::collect::NAME); }",
        "fn f() { <() as crate::collect::Look>::look(); }",
        "mod inner { use super::super::collect::NAME; }",
        "pub(crate) use super::collect::*;",
        "macro_rules! look { () => { $crate::collect::NAME } }",
    ];
    for way in ways {
        let files = [("rules/mod.rs", way), ("collect/mod.rs", ""), ("collect/tls.rs", ""), ("evidence/mod.rs", "")];
        let found = faults(&house_of(&files));
        assert!(!found.is_empty() && found.iter().all(|fault| fault.contains("`rules` may not use `collect`")), "{way}: {found:#?}");
    }
}

#[test]
fn a_name_taken_over_from_elsewhere_leads_to_where_it_lives() {
    let files = [
        ("assessment/mod.rs", "pub use crate::evidence::App;"),
        ("evidence/mod.rs", "mod app; mod tls; pub use app::App; pub use tls::Tls;"),
        ("evidence/app.rs", "pub struct App;"),
        ("evidence/tls.rs", "use super::App; pub struct Tls(App);"),
    ];
    assert_no_fault(&files);
}

#[test]
fn comments_strings_visibility_and_tests_are_not_edges() {
    let text = r##"
        // use crate::collect::Probe;
        /// As [`crate::collect::Probe`] does.
        pub(in crate::rules) fn f() -> &'static str { r#"crate::collect::Probe"# }
        #[cfg(test)]
        mod tests { use crate::collect::Probe; fn f() { println!("{}", std::env::var("HOME")); } }
    "##;
    assert_no_fault(&[("rules/mod.rs", text), ("collect/mod.rs", "")]);
    let apart = "#[cfg(test)]\nmod tests;";
    assert_no_fault(&[("rules/mod.rs", apart), ("rules/tests.rs", "use crate::collect::Probe;"), ("collect/mod.rs", "")]);
}

#[test]
fn a_cycle_between_siblings_is_named_with_both_its_edges() {
    let files = [
        ("collect/mod.rs", "mod tls; mod web;"),
        ("collect/tls.rs", "use super::web::Client;"),
        ("collect/web/mod.rs", "mod client; pub use client::Client;"),
        ("collect/web/client.rs", "use crate::collect::tls::Hello; pub struct Client;"),
    ];
    assert_one_fault(&files, "cycle in `collect`: `tls` uses `web` at collect/tls.rs:1");
}

#[test]
fn a_module_that_the_table_does_not_know_is_a_fault() {
    assert_one_fault(&[("extras.rs", "")], "module `extras` is not in the table");
}

#[test]
fn what_lives_in_the_root_may_not_be_used_by_modules() {
    assert_one_fault(
        &[("lib.rs", "pub const LIMIT: u8 = 1;"), ("rules/mod.rs", "use crate::LIMIT;")],
        "`crate::LIMIT` lives in the crate's root",
    );
}

#[test]
fn printing_the_clock_the_environment_and_the_exit_code_belong_to_cli() {
    let ways = [
        "fn f() { println!(\"\"); }",
        "fn f() { anstream::eprintln!(\"\"); }",
        "use std::{env, fs};",
        "fn f() { std::env::var(\"HOME\"); }",
        "use std::time::SystemTime; fn f() { SystemTime::now(); }",
        "fn f() { std::process::exit(1); }",
        "use std::io::{Write, stdout};",
    ];
    for way in ways {
        assert_one_fault(&[("rules/mod.rs", way)], "only `cli` may");
        assert_no_fault(&[("cli/mod.rs", way)]);
    }
}

#[test]
fn empty_names_long_files_and_vendor_names_are_faults() {
    assert_one_fault(&[("rules/mod.rs", "mod utils;"), ("rules/utils.rs", "")], "module `rules::utils` has a name");
    assert_one_fault(&[("rules/mod.rs", "mod helpers {}")], "module `rules::helpers` has a name");
    assert_one_fault(&[("rules/mod.rs", &"//\n".repeat(LONGEST_FILE + 1))], "601 lines");
    assert_one_fault(&[("rules/mod.rs", "const PACK: &str = \"SuperOffice\";")], "names the vendor");
    assert_one_fault(&[("rules/mod.rs", "/// An example may.\nstruct SuperofficeRule;")], "rules/mod.rs:2: names the vendor");
    assert_no_fault(&[("rules/mod.rs", "/// As in `superoffice.tls.ssl3-offered`.\nconst A: u8 = 1;")]);
}
