//! A secret that is planted anywhere in a source tree stands in no report, neither whole nor in part nor encoded.

#[path = "secrets/contexts.rs"]
mod contexts;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::Arc,
    time::Duration,
};

use aho_corasick::AhoCorasick;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use contexts::{CONTEXTS, NAMES};
use proptest::{prelude::*, test_runner::FileFailurePersistence};
use redflag::{
    assess::{Standard, assess},
    assessment::Assessment,
    collect::{Area, Depth, Network, NetworkSettings, Plan, Stop, TrustStore},
    decisions::Decisions,
    evidence::{Extent, Platform, Profile},
    manifest::Manifest,
    reports::FORMATS,
    rules::{Pack, load},
};
use time::OffsetDateTime;

/// So many characters in a row of what a mask hides are too many.
const TELLING: usize = 10;

fn pack() -> Pack {
    load("superoffice", &[]).unwrap_or_else(|error| panic!("{error}"))
}

fn plan(folder: &Path, pack: &Pack) -> Plan {
    let settings = NetworkSettings {
        timeout: Duration::from_secs(1),
        connections_per_host: 1,
        allow_private: false,
        overrides: Vec::new(),
        proxies: None,
    };
    Plan {
        targets: Vec::new(),
        source: vec![folder.to_owned()],
        extent: Extent::default(),
        vocabulary: pack.vocabulary(),
        areas: BTreeSet::from([Area::Source]),
        depth: Depth::default(),
        network: Network::new(settings),
        trust: TrustStore::mozilla(),
        revocation: false,
        off_limits: Vec::new(),
        platform: Platform::default(),
        environments: Vec::new(),
        recordings: Vec::new(),
        authorisation: None,
        now: OffsetDateTime::UNIX_EPOCH,
    }
}

fn assessed(folder: &Path) -> Assessment {
    let pack = pack();
    let plan = Arc::new(plan(folder, &pack));
    let standard = Standard { pack, decisions: Decisions::default(), profile: Profile::Standard, today: OffsetDateTime::UNIX_EPOCH.date() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    let stop = Arc::new(Stop::default());
    runtime.block_on(assess(&Manifest::default(), plan, &standard, OffsetDateTime::UNIX_EPOCH, stop, &|_| {}))
}

/// Everything that can be written about an assessment, by the name of its format.
fn outputs(assessment: &Assessment) -> Vec<(&'static str, String)> {
    let written = FORMATS.iter().map(|format| {
        let mut bytes = Vec::new();
        (format.write)(assessment, &mut bytes).expect("memory takes it");
        (format.name, String::from_utf8(bytes).expect("reports are UTF-8"))
    });
    written.collect()
}

/// What of a secret must stand nowhere: its middle, piece by piece, and the whole of it in every encoding that a report might use.
fn telling(secret: &str) -> Vec<String> {
    let characters: Vec<char> = secret.chars().collect();
    let hidden = characters.get(3..characters.len() - 2).expect("it is long enough");
    let pieces = hidden.windows(TELLING.min(hidden.len())).map(|piece| piece.iter().collect::<String>());
    let percent = format!("%{}", secret.bytes().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join("%"));
    let sparing: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#x27;");
    let json = serde_json::to_string(secret).expect("text is JSON").trim_matches('"').to_owned();
    pieces.chain([secret.to_owned(), percent, sparing, html, json, STANDARD.encode(secret)]).collect()
}

/// What the outputs tell of the secrets: the number of each, with the words around it.
fn leaks(secrets: &[String], outputs: &[(&str, String)]) -> Vec<(usize, String)> {
    let told: Vec<(usize, String)> =
        secrets.iter().enumerate().flat_map(|(number, secret)| telling(secret).into_iter().map(move |piece| (number, piece))).collect();
    let automaton = AhoCorasick::new(told.iter().map(|(_, piece)| piece)).expect("the pieces are few");
    let shown = |text: &str, at: usize| {
        let (from, to) = (text.floor_char_boundary(at.saturating_sub(120)), text.floor_char_boundary((at + 160).min(text.len())));
        text.get(from..to).unwrap_or_default().to_owned()
    };
    let mut leaks = BTreeMap::new();
    for (name, text) in outputs {
        for found in automaton.find_iter(text) {
            let (number, piece) = &told[found.pattern().as_usize()];
            leaks.entry((*number, *name)).or_insert_with(|| format!("{name} tells `{piece}`: …{}…", shown(text, found.start())));
        }
    }
    leaks.into_iter().map(|((number, _), leak)| (number, leak)).collect()
}

/// A secret of one of the kinds that rules know. Those without a fixed form are made as machines make them.
fn secret() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[0-9a-f]{32}",
        2 => "[A-Za-z0-9]{20,40}",
        2 => "[A-Z][a-z]{3,8} [A-Z][a-z]{3,8}-[A-Za-z0-9]{10}",
        1 => "7T:[A-Za-z0-9]{20,40}==",
        1 => "8A:[A-Za-z0-9]{8}\\.[A-Za-z0-9]{24}",
        2 => "[a-z]{4}[0-9]{3}[!%+&<>#~]{2}[A-Za-z0-9]{6,12}[0-9]{2}",
        1 => "[a-z]{5,9}-[a-z]{5,9}-[0-9]{4}-[a-z]{5,9}",
        1 => "eyJ[A-Za-z0-9_-]{20,40}\\.eyJ[A-Za-z0-9_-]{20,60}\\.[A-Za-z0-9_-]{30,50}",
        1 => "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        1 => "[A-Za-z0-9+/]{43}=",
    ]
}

/// Each context in a file of its own, with a secret of its own.
fn plant(folder: &Path, secrets: &[String]) {
    for (index, (context, secret)) in CONTEXTS.iter().zip(secrets).enumerate() {
        context.plant(folder, index, secret);
    }
    for (index, ((name, text), secret)) in NAMES.iter().zip(secrets.iter().rev()).enumerate() {
        let plain: String = secret.chars().filter(|character| *character != '/').collect();
        let file = folder.join(format!("n{index}")).join(name.replace("{S}", &plain));
        fs::create_dir_all(file.parent().expect("it is in a folder")).expect("folders can be made");
        fs::write(file, text.replace("{S}", &plain)).expect("files can be written");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 6,
        max_shrink_iters: 0,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_planted_secret_stands_in_no_report(secrets in proptest::collection::vec(secret(), CONTEXTS.len())) {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        plant(folder.path(), &secrets);
        let assessment = assessed(folder.path());
        let found = assessment.evidence.source.as_ref().map_or(0, |source| source.facts.len());
        prop_assert!(found >= CONTEXTS.len() / 2, "only {found} facts in {} contexts", CONTEXTS.len());
        let outputs = outputs(&assessment);
        let leaks: Vec<String> = leaks(&secrets, &outputs).into_iter().map(|(number, leak)| format!("{}: {leak}", CONTEXTS[number].file)).collect();
        prop_assert!(leaks.is_empty(), "{leaks:#?}");
    }
}

#[test]
fn the_command_line_tells_no_secret_either() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let secrets: Vec<String> =
        (0..CONTEXTS.len()).map(|index| format!("{index:02}c0ffee{index:02}a1b2c3d4e5f6{index:02}bead{index:02}9f8e")).collect();
    plant(folder.path(), &secrets);
    let reports = tempfile::tempdir().expect("there is room for a folder");
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_redflag"));
    command.current_dir(reports.path()).args(["scan", "-vv"]).arg(folder.path());
    for format in FORMATS.iter().filter(|format| format.name != "text") {
        command.arg("-o").arg(format!("{}={}.out", format.name, format.name));
    }
    let run = command.args(["-o", "text"]).output().expect("the binary runs");
    assert_eq!(run.status.code(), Some(1), "{}", String::from_utf8_lossy(&run.stderr));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut said = vec![("standard output", text(&run.stdout)), ("standard error", text(&run.stderr))];
    for format in FORMATS.iter().filter(|format| format.name != "text") {
        let report = fs::read(reports.path().join(format!("{}.out", format.name))).expect("the report was written");
        said.push((format.name, text(&report)));
    }
    let leaks = leaks(&secrets, &said);
    assert!(leaks.is_empty(), "{leaks:#?}");
}
