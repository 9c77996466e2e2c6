use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::AtomicBool,
};

use tempfile::TempDir;

use crate::{
    collect::source::scan,
    evidence::{ChangeSet, Extent, LiteralPattern, Source, SourceFact, Vocabulary},
};

const SECRET: &str = "4e8b06d7c2f94a1385e0b9d16f7a3c52";
const OTHER: &str = "91c7e05b3fd2486aa4f81b6c0d2e7935";

/// A repository that git itself makes.
struct Repository {
    folder: TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Self { folder: tempfile::tempdir().unwrap() };
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    fn git(&self, arguments: &[&str]) -> String {
        git(&self.path(), arguments)
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Writes files and commits them; gives back the commit.
    fn commit(&self, files: &[(&str, &str)]) -> String {
        for (path, text) in files {
            self.write(path, text);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "a change"]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    fn scan(&self, changes: ChangeSet, history: bool) -> Source {
        scan(&[self.path()], &Extent { changes, history, archives: false }, &vocabulary(), &AtomicBool::new(false))
    }

    fn past(&self) -> Source {
        self.scan(ChangeSet::Everything, true)
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
        .env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")
        .output()
        .expect("git is installed");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn vocabulary() -> Vocabulary {
    let token = LiteralPattern {
        name: "token".to_owned(),
        pattern: r"\bTOK-(?<value>[0-9a-f]{32})".to_owned(),
        needs: vec!["TOK-".to_owned()],
        unless: None,
        secret: true,
        surfaces: Vec::new(),
    };
    Vocabulary {
        assignment: vec!["ClientSecret".to_owned()],
        config_key: vec!["ClientSecret".to_owned()],
        key_material: vec!["pem".to_owned(), "pkcs12".to_owned()],
        literal: vec![token],
        ..Vocabulary::default()
    }
}

fn settings(secret: &str) -> String {
    format!("{{ \"App\": {{ \"ClientSecret\": \"{secret}\" }} }}\n")
}

fn code(secret: &str) -> String {
    format!("class A {{ void M(O o) {{ o.ClientSecret = {secret}; }} }}\n")
}

/// Path, commit and end of every fact.
fn told(source: &Source) -> Vec<(&str, Option<&str>, Option<&str>)> {
    source.facts.iter().map(|fact| (fact.path.as_str(), fact.commit.as_deref(), fact.removed_in.as_deref())).collect()
}

#[test]
fn a_secret_that_was_removed_is_told_with_the_commits_that_brought_it_and_took_it_away() {
    let repository = Repository::new();
    repository.commit(&[("README", "nothing")]);
    let brought = repository.commit(&[("src/appsettings.json", &settings(SECRET))]);
    repository.commit(&[("src/appsettings.json", &format!("// more\n{}", settings(SECRET)))]);
    let removed = repository.commit(&[("src/appsettings.json", &settings("#{ClientSecret}#"))]);
    repository.commit(&[("README", "more")]);
    let source = repository.past();
    let past: Vec<&SourceFact> = source.facts.iter().filter(|fact| fact.commit.is_some()).collect();
    let [fact] = past.as_slice() else { panic!("{source:#?}") };
    assert_eq!((fact.path.as_str(), fact.line), ("src/appsettings.json", 1));
    assert_eq!((fact.commit.as_deref(), fact.removed_in.as_deref()), (Some(brought.as_str()), Some(removed.as_str())));
    assert!(!serde_json::to_string(&source).unwrap().contains(SECRET));
    assert_eq!(source.files_skipped, []);
    assert!(repository.scan(ChangeSet::Everything, false).facts.iter().all(|fact| fact.commit.is_none()));
}

#[test]
fn a_secret_that_is_still_there_is_told_once_even_where_it_moved() {
    let repository = Repository::new();
    repository.commit(&[("old.json", ""), ("a.cs", &code(&format!("\"{SECRET}\"")))]);
    fs::remove_file(repository.path().join("a.cs")).unwrap();
    repository.commit(&[("b/appsettings.json", &settings(SECRET))]);
    assert_eq!(told(&repository.past()), [("b/appsettings.json", None, None)]);
}

#[test]
fn what_lies_in_the_folder_as_it_was_committed_is_not_read_again() {
    let repository = Repository::new();
    let brought = repository.commit(&[("old.json", &settings(SECRET)), ("kept.json", &settings(OTHER))]);
    let removed = repository.commit(&[("old.json", &settings(""))]);
    let expected = |source: &Source| {
        let past = told(source).into_iter().filter(|(_, commit, _)| commit.is_some()).collect::<Vec<_>>();
        assert_eq!(past, [("old.json", Some(brought.as_str()), Some(removed.as_str()))]);
    };
    // What looks otherwise than git noted is read.
    for name in ["old.json", "kept.json"] {
        let file = fs::File::options().write(true).open(repository.path().join(name)).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000)).unwrap();
    }
    let source = repository.past();
    expected(&source);
    assert_eq!(source.versions_scanned, 3);
    repository.git(&["update-index", "--refresh"]);
    let source = repository.past();
    expected(&source);
    assert_eq!(source.versions_scanned, 1);
    repository.write("kept.json", &settings("#{ClientSecret}#"));
    let source = repository.past();
    assert_eq!(
        told(&source).iter().filter(|(path, commit, removed)| *path == "kept.json" && commit.is_some() && removed.is_none()).count(),
        1
    );
}

#[test]
fn a_secret_on_a_branch_that_was_never_merged_is_told_and_nothing_removed_it() {
    let repository = Repository::new();
    repository.commit(&[("README", "nothing")]);
    repository.git(&["checkout", "-q", "-b", "trial"]);
    let brought = repository.commit(&[("a.cs", &code(&format!("\"{SECRET}\"")))]);
    repository.git(&["checkout", "-q", "main"]);
    assert_eq!(told(&repository.past()), [("a.cs", Some(brought.as_str()), None)]);
}

#[test]
fn a_merge_brings_nothing_of_its_own_unless_it_does() {
    let repository = Repository::new();
    repository.commit(&[("README", "nothing")]);
    repository.git(&["checkout", "-q", "-b", "side"]);
    let brought = repository.commit(&[("appsettings.json", &settings(SECRET))]);
    repository.git(&["checkout", "-q", "main"]);
    repository.commit(&[("README", "more")]);
    repository.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    fs::remove_file(repository.path().join("appsettings.json")).unwrap();
    let removed = repository.commit(&[]);
    assert_eq!(told(&repository.past()), [("appsettings.json", Some(brought.as_str()), Some(removed.as_str()))]);
    repository.git(&["checkout", "-q", "-b", "late"]);
    repository.git(&["merge", "-q", "-s", "ours", "--no-commit", "side"]);
    repository.write("token.txt", &format!("TOK-{OTHER}"));
    let evil = repository.commit(&[]);
    repository.git(&["rm", "-q", "token.txt"]);
    let clean = repository.commit(&[]);
    let source = repository.past();
    assert!(told(&source).contains(&("token.txt", Some(evil.as_str()), Some(clean.as_str()))), "{:?}", told(&source));
}

#[test]
fn a_merge_that_drops_what_a_branch_brought_took_it_away() {
    let repository = Repository::new();
    repository.commit(&[("a/appsettings.json", &settings("")), ("b.json", "{}")]);
    repository.git(&["switch", "-q", "-c", "side"]);
    repository.commit(&[("a/appsettings.json", &settings(SECRET)), ("b.json", &settings(OTHER))]);
    repository.git(&["switch", "-q", "main"]);
    repository.commit(&[("README", "more")]);
    repository.git(&["merge", "-q", "-s", "ours", "-m", "ours", "side"]);
    let merged = repository.git(&["rev-parse", "HEAD"]).trim().to_owned();
    repository.commit(&[("README", "and more")]);
    let source = repository.past();
    let past = told(&source).into_iter().filter(|(_, commit, _)| commit.is_some());
    let ends: Vec<_> = past.map(|(path, _, removed)| (path, removed)).collect();
    assert_eq!(ends, [("a/appsettings.json", Some(merged.as_str())), ("b.json", Some(merged.as_str()))]);
}

#[test]
fn a_merge_takes_nothing_away_that_stands_elsewhere_after_it() {
    let repository = Repository::new();
    repository.commit(&[("a.json", "{}")]);
    repository.git(&["switch", "-q", "-c", "side"]);
    repository.commit(&[("a.json", &settings(SECRET))]);
    repository.git(&["switch", "-q", "main"]);
    repository.commit(&[("README", "more")]);
    repository.git(&["merge", "-q", "-s", "ours", "--no-commit", "side"]);
    let moved = repository.commit(&[("b.json", &settings(SECRET))]);
    let removed = repository.commit(&[("b.json", "{}")]);
    assert_ne!(moved, removed);
    let source = repository.past();
    let ends: Vec<_> = told(&source).into_iter().filter(|(_, commit, _)| commit.is_some()).map(|(_, _, removed)| removed).collect();
    assert_eq!(ends, [Some(removed.as_str())]);
}

#[test]
fn keys_and_stores_of_keys_are_found_in_the_history() {
    let repository = Repository::new();
    let sample = |name: &str| fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys").join(name)).unwrap();
    fs::write(repository.path().join("a.pfx"), sample("key-and-certificate.pfx")).unwrap();
    fs::write(repository.path().join("private.pem"), sample("rsa-2048.pem")).unwrap();
    let brought = repository.commit(&[]);
    repository.git(&["rm", "-q", "a.pfx", "private.pem"]);
    let removed = repository.commit(&[("README", "")]);
    let (brought, removed) = (Some(brought.as_str()), Some(removed.as_str()));
    assert_eq!(told(&repository.past()), [("a.pfx", brought, removed), ("private.pem", brought, removed)]);
}

#[test]
fn packed_objects_tags_worktrees_and_bare_repositories_are_read() {
    let repository = Repository::new();
    let brought = repository.commit(&[("a.txt", &format!("TOK-{SECRET}"))]);
    let removed = repository.commit(&[("a.txt", "TOK-none")]);
    repository.git(&["tag", "-a", "v1", "-m", "one", "HEAD~1"]);
    repository.git(&["gc", "-q", "--aggressive", "--prune=now"]);
    repository.git(&["pack-refs", "--all"]);
    let expected = [("a.txt", Some(brought.as_str()), Some(removed.as_str()))];
    assert_eq!(told(&repository.past()), expected);

    let elsewhere = tempfile::tempdir().unwrap();
    let worktree = elsewhere.path().canonicalize().unwrap().join("tree");
    repository.git(&["worktree", "add", "-q", worktree.to_str().unwrap(), "-b", "other"]);
    let history = Extent { history: true, ..Extent::default() };
    let of = |folder: PathBuf| scan(&[folder], &history, &vocabulary(), &AtomicBool::new(false));
    assert_eq!(told(&of(worktree)), expected);

    let bare = elsewhere.path().canonicalize().unwrap().join("bare.git");
    repository.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    let source = of(bare);
    assert!(told(&source).contains(&expected[0]), "{source:?}");
}

#[test]
fn a_shallow_clone_is_a_gap_and_not_clean() {
    let repository = Repository::new();
    repository.commit(&[("a.txt", &format!("TOK-{SECRET}"))]);
    repository.commit(&[("a.txt", "TOK-none")]);
    let elsewhere = tempfile::tempdir().unwrap();
    let clone = elsewhere.path().canonicalize().unwrap().join("clone");
    let url = format!("file://{}", repository.path().display());
    repository.git(&["clone", "-q", "--depth", "1", &url, clone.to_str().unwrap()]);
    let source = scan(&[clone], &Extent { history: true, ..Extent::default() }, &vocabulary(), &AtomicBool::new(false));
    assert_eq!(source.facts, []);
    assert!(source.files_skipped.iter().any(|gap| gap.matters && gap.reason.contains("shallow")), "{:?}", source.files_skipped);
}

#[test]
fn missing_and_broken_objects_are_gaps_and_the_rest_is_read() {
    for kind in ["HEAD~1", "HEAD~1^{tree}", "HEAD~1:a.txt"] {
        for broken in [None, Some("no object")] {
            let repository = Repository::new();
            repository.commit(&[("b.txt", &format!("TOK-{OTHER}"))]);
            repository.commit(&[("a.txt", &format!("TOK-{SECRET}"))]);
            repository.git(&["rm", "-q", "b.txt"]);
            repository.commit(&[("a.txt", "TOK-none")]);
            let id = repository.git(&["rev-parse", kind]);
            let (folder, name) = id.trim().split_at(2);
            let object = repository.path().join(".git/objects").join(folder).join(name);
            fs::remove_file(&object).unwrap();
            if let Some(text) = broken {
                fs::write(&object, text).unwrap();
            }
            let source = repository.past();
            assert!(source.files_skipped.iter().any(|gap| gap.matters && gap.reason.contains("history")), "{kind} {broken:?}: {source:?}");
            if kind == "HEAD~1:a.txt" {
                assert!(told(&source).iter().any(|(path, ..)| *path == "b.txt"), "{source:?}");
            }
        }
    }
}

/// An archive with one file, stored as it is.
fn archive(name: &str, text: &str) -> Vec<u8> {
    let mut checksum = flate2::Crc::new();
    checksum.update(text.as_bytes());
    let number = |length: usize| u32::try_from(length).unwrap().to_le_bytes();
    let (sum, size, length) = (checksum.sum().to_le_bytes(), number(text.len()), u16::try_from(name.len()).unwrap().to_le_bytes());
    let same = [[0_u8; 8].as_slice(), &sum, &size, &size, &length, &[0, 0]].concat();
    let entry = [b"PK\x03\x04\x14\0".as_slice(), &same, name.as_bytes(), text.as_bytes()].concat();
    let directory = [b"PK\x01\x02\x14\0\x14\0".as_slice(), &same, &[0; 14], name.as_bytes()].concat();
    let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0".as_slice(), &number(directory.len()), &number(entry.len()), &[0, 0]].concat();
    [entry, directory, end].concat()
}

#[test]
fn archives_in_the_history_are_read_when_asked_and_what_is_none_is_a_gap() {
    let repository = Repository::new();
    fs::write(repository.path().join("app.war"), archive("WEB-INF/appsettings.json", &settings(SECRET))).unwrap();
    let brought = repository.commit(&[("broken.zip", "no archive")]);
    fs::remove_file(repository.path().join("app.war")).unwrap();
    fs::remove_file(repository.path().join("broken.zip")).unwrap();
    let removed = repository.commit(&[]);
    let past = |archives: bool| {
        let extent = Extent { changes: ChangeSet::Everything, history: true, archives };
        scan(&[repository.path()], &extent, &vocabulary(), &AtomicBool::new(false))
    };
    let source = past(true);
    assert_eq!(told(&source), [("app.war!/WEB-INF/appsettings.json", Some(brought.as_str()), Some(removed.as_str()))]);
    let gaps: Vec<_> = source.files_skipped.iter().filter(|file| file.matters).map(|file| (file.path.as_str(), &file.reason)).collect();
    assert!(matches!(gaps.as_slice(), [("broken.zip", reason)] if reason.contains("no zip archive")), "{gaps:?}");
    assert_eq!(past(false).facts, []);
}

#[test]
fn a_folder_that_is_no_repository_has_no_history_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), "x").unwrap();
    let extent = Extent { history: true, ..Extent::default() };
    let source = scan(&[folder.path().to_owned()], &extent, &vocabulary(), &AtomicBool::new(false));
    assert!(source.files_skipped.iter().any(|gap| gap.matters && gap.reason.contains("repository")), "{source:?}");
}

#[test]
fn submodules_are_left_out_of_the_history_and_said() {
    let inner = Repository::new();
    inner.commit(&[("a.txt", &format!("TOK-{SECRET}"))]);
    inner.commit(&[("a.txt", "TOK-none")]);
    let repository = Repository::new();
    repository.commit(&[("README", "x")]);
    repository.git(&["submodule", "--quiet", "add", inner.path().to_str().unwrap(), "lib/inner"]);
    repository.commit(&[]);
    let source = repository.past();
    assert!(source.facts.iter().all(|fact| fact.commit.is_none()));
    assert!(source.files_skipped.iter().any(|gap| gap.path == "lib/inner" && !gap.matters), "{source:?}");
}

#[test]
fn only_what_is_staged_is_looked_at_and_as_it_was_staged() {
    let repository = Repository::new();
    repository.commit(&[("old.txt", &format!("TOK-{OTHER}")), ("a.cs", &code("Read()"))]);
    assert_eq!(repository.scan(ChangeSet::Staged, false).facts, []);
    repository.write("a.cs", &code(&format!("\"{SECRET}\"")));
    repository.git(&["add", "a.cs"]);
    repository.write("a.cs", &code("Read()"));
    repository.write("unstaged.txt", &format!("TOK-{OTHER}"));
    let source = repository.scan(ChangeSet::Staged, false);
    assert_eq!(told(&source), [("a.cs", None, None)]);
    assert_eq!((source.files_scanned, source.files_skipped.len()), (1, 0));
}

#[test]
fn the_first_commit_can_be_looked_at_before_it_is_made() {
    let repository = Repository::new();
    repository.write("a.txt", &format!("TOK-{SECRET}"));
    repository.git(&["add", "-A"]);
    assert_eq!(told(&repository.scan(ChangeSet::Staged, false)), [("a.txt", None, None)]);
}

#[test]
fn only_what_differs_from_a_revision_is_looked_at() {
    let repository = Repository::new();
    repository.commit(&[("old.txt", &format!("TOK-{OTHER}"))]);
    repository.git(&["tag", "base"]);
    repository.commit(&[("committed.txt", &format!("TOK-{SECRET}"))]);
    repository.write("new.txt", &format!("TOK-{SECRET}"));
    for revision in ["base", "main~1", "HEAD^"] {
        let source = repository.scan(ChangeSet::Since(revision.to_owned()), false);
        assert_eq!(told(&source), [("committed.txt", None, None), ("new.txt", None, None)], "{revision}");
    }
    let source = repository.scan(ChangeSet::Since("nonsense".to_owned()), false);
    assert!(source.files_skipped.iter().any(|gap| gap.matters && gap.reason.contains("nonsense")), "{source:?}");
}

#[test]
fn nothing_that_a_repository_names_is_run() {
    let repository = Repository::new();
    let witness = repository.path().join("ran");
    let command = format!("touch {}", witness.display());
    repository.commit(&[("a.txt", "x"), (".gitattributes", "*.txt filter=evil\n")]);
    for name in ["core.fsmonitor", "core.sshCommand", "filter.evil.clean", "filter.evil.smudge", "core.pager", "core.hooksPath"] {
        repository.git(&["config", name, &command]);
    }
    for changes in [ChangeSet::Everything, ChangeSet::Staged, ChangeSet::Since("HEAD".to_owned())] {
        repository.scan(changes.clone(), changes == ChangeSet::Everything);
    }
    assert!(!witness.exists());
}
