//! `--history`, `--staged` and `--since` on repositories that git itself makes: what is found, what is told as unknown, and the exit code.

use std::path::PathBuf;

use super::*;

const SECRET: &str = "4e8b06d7c2f94a1385e0b9d16f7a3c52";
const OTHER: &str = "91c7e05b3fd2486aa4f81b6c0d2e7935";

/// A working folder of a repository.
struct Repository {
    folder: TempDir,
    name: &'static str,
}

impl Repository {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(options: &[&str]) -> Self {
        let repository = Self { folder: folder(), name: "app" };
        fs::create_dir(repository.path()).expect("the folder takes folders");
        repository.git(&[["init", "-q", "-b", "main"].as_slice(), options].concat());
        repository
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(self.name)
    }

    /// Another folder beside it, which git will make.
    fn beside(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("temporary folders have plain names").to_owned()
    }

    fn git(&self, arguments: &[&str]) -> String {
        git(&self.path(), arguments)
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.path().join(path);
        fs::create_dir_all(file.parent().expect("it lies in the repository")).expect("the folder takes folders");
        fs::write(file, text).expect("the folder takes files");
    }

    /// Writes a file and commits everything; gives back the commit.
    fn commit(&self, path: &str, text: &str) -> String {
        self.write(path, text);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "a change"]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Brings a secret, takes it out again, and gives back both commits.
    fn leak(&self) -> (String, String) {
        self.commit("README.md", "An app.\n");
        let brought = self.commit("appsettings.json", &settings(SECRET));
        (brought, self.commit("appsettings.json", &settings("")))
    }

    fn scan(&self, arguments: &[&str]) -> Scanned {
        scan(&self.path(), arguments)
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = std::process::Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git is installed");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn settings(secret: &str) -> String {
    format!("{{ \"SuperOffice\": {{ \"ClientSecret\": \"{secret}\" }} }}\n")
}

/// What a scan said.
struct Scanned {
    code: i32,
    result: Value,
}

fn scan(folder: &Path, arguments: &[&str]) -> Scanned {
    // Two of the rules are enough to tell a secret, and take less time than all.
    let rules = ["--rule", "superoffice.source.secret-in-appsettings", "--rule", "superoffice.source.secret-in-config-file"];
    let output = run(folder, &[["scan", "-q", ".", "-o", "json"].as_slice(), &rules, arguments].concat());
    let text = [stdout(&output), stderr(&output)].concat();
    assert!(!text.contains(SECRET) && !text.contains(OTHER), "a secret shows: {text}");
    Scanned { code: code(&output), result: json(&output) }
}

impl Scanned {
    /// Path and commit of every leaked secret that was found.
    fn leaks(&self) -> Vec<(&str, Option<&str>)> {
        let findings = self.result["findings"].as_array().expect("a list").iter().filter(|finding| finding["red_flag"] == true);
        findings.map(|finding| (finding["location"]["path"].as_str().expect("text"), finding["location"]["commit"].as_str())).collect()
    }

    /// The facts of the history.
    fn past(&self) -> Vec<&Value> {
        self.result["evidence"]["source"]["facts"].as_array().expect("a list").iter().filter(|fact| !fact["commit"].is_null()).collect()
    }

    /// The commit that took the only secret of the history away.
    fn removed_in(&self) -> Option<&str> {
        let past = self.past();
        assert_eq!(past.len(), 1, "{past:#?}");
        past[0]["removed_in"].as_str()
    }

    /// What was left out and matters, with the reason.
    fn gaps(&self) -> Vec<String> {
        let skipped =
            self.result["evidence"]["source"]["files_skipped"].as_array().expect("a list").iter().filter(|file| file["matters"] == true);
        skipped.map(|file| format!("{}: {}", file["path"].as_str().expect("text"), file["reason"].as_str().expect("text"))).collect()
    }

    fn assert_clean(&self) {
        assert_eq!((self.code, self.leaks(), self.gaps()), (0, vec![], vec![]));
    }

    /// Never clean: neither by its exit code nor by its verdict, and the reason is there.
    fn assert_gap(&self, reason: &str) {
        assert!(self.gaps().iter().any(|gap| gap.contains(reason)), "{reason}: {:?}", self.gaps());
        assert!(self.code == 3 || (self.code == 1 && !self.leaks().is_empty()), "{reason}: exit code {}", self.code);
        assert_ne!(self.result["verdict"], "ready");
        assert!(self.result["counts"]["errors"].as_u64().expect("a number") > 0, "{reason}");
    }
}

#[test]
fn a_secret_that_was_removed_is_told_with_both_commits_and_what_to_do() {
    let repository = Repository::new();
    let (brought, removed) = repository.leak();
    repository.scan(&[]).assert_clean();
    let scanned = repository.scan(&["--history"]);
    assert_eq!((scanned.code, scanned.leaks()), (1, vec![("appsettings.json", Some(brought.as_str()))]));
    assert_eq!(scanned.removed_in(), Some(removed.as_str()));
    let text = stdout(&run(&repository.path(), &["scan", ".", "--history"])).split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [&brought[..12], &removed[..12], "treat it as compromised: notify SuperOffice Online Operations and replace it"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_secret_is_found_on_a_branch_a_tag_a_remote_and_a_detached_head_and_not_told_twice() {
    for how in [["checkout", "-q", "-b", "trial"].as_slice(), &["checkout", "-q", "--detach"]] {
        let repository = Repository::new();
        repository.commit("README.md", "An app.\n");
        repository.git(how);
        let brought = repository.commit("appsettings.json", &settings(SECRET));
        repository.git(&["tag", "-a", "-m", "a tag", "v1"]);
        repository.git(&["update-ref", "refs/remotes/origin/trial", "HEAD"]);
        repository.git(&["checkout", "-q", "main"]);
        let scanned = repository.scan(&["--history"]);
        assert_eq!(scanned.leaks(), [("appsettings.json", Some(brought.as_str()))], "{how:?}");
        assert_eq!((scanned.removed_in(), scanned.gaps()), (None, vec![]));
    }
    let repository = Repository::new();
    repository.commit("README.md", "An app.\n");
    repository.git(&["checkout", "-q", "--detach"]);
    let brought = repository.commit("appsettings.json", &settings(SECRET));
    let removed = repository.commit("appsettings.json", &settings(""));
    let scanned = repository.scan(&["--history"]);
    assert_eq!(scanned.leaks(), [("appsettings.json", Some(brought.as_str()))]);
    assert_eq!(scanned.removed_in(), Some(removed.as_str()));
}

#[test]
fn a_secret_that_only_a_merge_brought_is_told() {
    let repository = Repository::new();
    repository.commit("README.md", "An app.\n");
    repository.git(&["checkout", "-q", "-b", "side"]);
    repository.commit("side.txt", "x");
    repository.git(&["checkout", "-q", "main"]);
    repository.commit("main.txt", "x");
    repository.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    let merge = repository.commit("appsettings.json", &settings(SECRET));
    repository.commit("appsettings.json", &settings(""));
    assert_eq!(repository.scan(&["--history"]).leaks(), [("appsettings.json", Some(merge.as_str()))]);
}

#[test]
fn a_secret_in_a_renamed_file_is_told_where_it_came_from() {
    let repository = Repository::new();
    let brought = repository.commit("old name/appsettings.json", &settings(SECRET));
    repository.git(&["mv", "old name", "ny mappe æøå"]);
    repository.commit("README.md", "x");
    let removed = repository.commit("ny mappe æøå/appsettings.json", &settings(""));
    let scanned = repository.scan(&["--history"]);
    assert_eq!(scanned.leaks(), [("old name/appsettings.json", Some(brought.as_str()))]);
    assert_eq!(scanned.removed_in(), Some(removed.as_str()));
}

#[test]
fn packed_objects_worktrees_bare_repositories_and_alternates_are_read() {
    let repository = Repository::new();
    let (brought, _) = repository.leak();
    let expected = [("appsettings.json", Some(brought.as_str()))];
    for number in 0..30 {
        repository.commit("appsettings.json", &format!("{}// {number}\n", settings("")));
    }
    repository.git(&["gc", "-q", "--prune=now"]);
    repository.git(&["repack", "-q", "-a", "-d", "--depth=50", "--write-midx"]);
    repository.git(&["pack-refs", "--all"]);
    repository.git(&["commit-graph", "write", "--reachable"]);
    assert_eq!(repository.scan(&["--history"]).leaks(), expected);
    let (worktree, bare, shared) = (repository.beside("tree"), repository.beside("bare.git"), repository.beside("shared"));
    repository.git(&["worktree", "add", "-q", &worktree]);
    repository.git(&["clone", "-q", "--bare", ".", &bare]);
    repository.git(&["clone", "-q", "--shared", ".", &shared]);
    for folder in [worktree, bare, shared] {
        let scanned = scan(Path::new(&folder), &["--history"]);
        assert_eq!((scanned.leaks(), scanned.gaps()), (expected.to_vec(), vec![]), "{folder}");
    }
}

#[test]
fn a_repository_with_sha_256_is_read_like_any_other() {
    let repository = Repository::with(&["--object-format=sha256"]);
    let (brought, removed) = repository.leak();
    assert_eq!(brought.len(), 64);
    repository.git(&["gc", "-q"]);
    let scanned = repository.scan(&["--history"]);
    assert_eq!((scanned.leaks(), scanned.gaps()), (vec![("appsettings.json", Some(brought.as_str()))], vec![]));
    assert_eq!(scanned.removed_in(), Some(removed.as_str()));
    repository.write("web.json", &settings(SECRET));
    repository.git(&["add", "-A"]);
    assert_eq!(repository.scan(&["--staged"]).leaks(), [("web.json", None)]);
    assert_eq!(repository.scan(&["--since", "HEAD~1"]).leaks(), [("web.json", None)]);
}

#[test]
fn a_shallow_clone_is_told_and_never_clean() {
    let repository = Repository::new();
    repository.leak();
    let clone = repository.beside("clone");
    let source = format!("file://{}", repository.path().display());
    repository.git(&["clone", "-q", "--depth=1", &source, &clone]);
    let scanned = scan(Path::new(&clone), &["--history"]);
    assert_eq!(scanned.leaks(), []);
    scanned.assert_gap("git fetch --unshallow");
}

#[test]
fn a_partial_clone_is_told_and_never_clean() {
    let repository = Repository::new();
    repository.leak();
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    for filter in ["blob:none", "tree:0"] {
        let clone = repository.beside(filter.split(':').next().unwrap());
        let source = format!("file://{}", repository.path().display());
        repository.git(&["clone", "-q", "--no-checkout", &format!("--filter={filter}"), &source, &clone]);
        let scanned = scan(Path::new(&clone), &["--history"]);
        assert_eq!(scanned.leaks(), []);
        scanned.assert_gap("history: ");
    }
}

#[test]
fn a_missing_or_broken_object_is_told_and_never_clean() {
    for (what, text) in [("HEAD~1:appsettings.json", None), ("HEAD~1", None), ("HEAD~1^{tree}", Some("no object"))] {
        let repository = Repository::new();
        repository.leak();
        let id = repository.git(&["rev-parse", what]);
        let (start, rest) = id.trim().split_at(2);
        let object = repository.path().join(".git/objects").join(start).join(rest);
        fs::remove_file(&object).unwrap();
        if let Some(text) = text {
            fs::write(&object, text).unwrap();
        }
        repository.scan(&["--history"]).assert_gap("history: ");
    }
}

#[test]
fn a_broken_pack_is_told_and_never_clean() {
    // Cut off in the middle, or with every byte from there on turned over.
    for (end, is_cut) in [("pack", true), ("pack", false), ("idx", true), ("idx", false)] {
        let repository = Repository::new();
        repository.leak();
        repository.git(&["gc", "-q", "--prune=now"]);
        let mut packs = fs::read_dir(repository.path().join(".git/objects/pack")).unwrap().map(|file| file.unwrap().path());
        let file = packs.find(|file| file.extension().is_some_and(|extension| extension == end)).unwrap();
        let mut bytes = fs::read(&file).unwrap();
        let half = bytes.len() / 2;
        if is_cut {
            bytes.truncate(half);
        } else {
            for byte in &mut bytes[half..] {
                *byte = !*byte;
            }
        }
        fs::remove_file(&file).unwrap();
        fs::write(&file, bytes).unwrap();
        repository.scan(&["--history"]).assert_gap("history: ");
    }
}

#[test]
fn a_broken_index_is_told_and_never_clean() {
    let repository = Repository::new();
    repository.commit("a.json", &settings(""));
    repository.write("a.json", &settings(SECRET));
    repository.git(&["add", "-A"]);
    let index = repository.path().join(".git/index");
    let bytes = fs::read(&index).unwrap();
    for (broken, arguments) in [(&bytes[..bytes.len() / 2], ["--staged"].as_slice()), (b"no index", &["--staged"]), (b"", &[])] {
        fs::write(&index, broken).unwrap();
        repository.scan(arguments).assert_gap("index");
    }
}

#[test]
fn a_tag_of_a_file_and_branches_in_a_form_that_is_not_understood_are_told_and_never_clean() {
    let repository = Repository::new();
    repository.commit("a.json", &settings(""));
    repository.write("b.json", &settings(SECRET));
    let id = repository.git(&["hash-object", "-w", "b.json"]);
    fs::remove_file(repository.path().join("b.json")).unwrap();
    repository.scan(&["--history"]).assert_clean();
    repository.git(&["tag", "key", id.trim()]);
    repository.scan(&["--history"]).assert_gap("history: 1 tag names a file");
    let repository = Repository::with(&["--ref-format=reftable"]);
    repository.leak();
    repository.scan(&["--history"]).assert_gap("`reftable`");
    repository.scan(&["--staged"]).assert_gap("`reftable`");
    repository.scan(&["--since", "HEAD~1"]).assert_gap("`reftable`");
}

#[test]
fn what_git_replaces_is_read_as_it_was_written() {
    let repository = Repository::new();
    let (brought, _) = repository.leak();
    repository.git(&["replace", &format!("{brought}:appsettings.json"), "HEAD:appsettings.json"]);
    assert_eq!(repository.scan(&["--history"]).leaks(), [("appsettings.json", Some(brought.as_str()))]);
}

#[test]
fn what_is_not_checked_out_is_told_and_not_taken_for_clean() {
    let repository = Repository::new();
    repository.write("secret/appsettings.json", &settings(SECRET));
    repository.write("secret/more.json", "{}");
    repository.commit("app/Program.cs", "class A { }\n");
    let told = || repository.scan(&[]).result["evidence"]["source"]["files_skipped"].to_string();
    assert!(!told().contains("not checked out"), "{}", told());
    for sparse_index in ["--no-sparse-index", "--sparse-index"] {
        repository.git(&["sparse-checkout", "set", "--cone", sparse_index, "app"]);
        let told = told();
        assert!(told.contains("secret") && told.contains("not checked out") && told.contains("\"matters\":true"), "{sparse_index}: {told}");
    }
    let outer = Repository::new();
    outer.commit("README.md", "An app.\n");
    outer.git(&["submodule", "--quiet", "add", repository.path().to_str().unwrap(), "lib/inner"]);
    outer.git(&["commit", "-q", "-m", "a submodule"]);
    outer.git(&["submodule", "--quiet", "deinit", "-f", "--all"]);
    let told = outer.scan(&[]).result["evidence"]["source"]["files_skipped"].to_string();
    assert!(told.contains("lib/inner") && told.contains("a submodule that is not checked out"), "{told}");
}

#[test]
fn submodules_and_repositories_within_have_their_own_history_and_their_files_count() {
    let inner = Repository::new();
    inner.leak();
    inner.commit("now.json", &settings(OTHER));
    let repository = Repository::new();
    repository.commit("README.md", "An app.\n");
    repository.git(&["submodule", "--quiet", "add", inner.path().to_str().unwrap(), "lib/inner"]);
    repository.commit("README.md", "x");
    let nested = repository.path().join("tools");
    git(&repository.path(), &["clone", "-q", inner.path().to_str().unwrap(), nested.to_str().unwrap()]);
    let scanned = repository.scan(&["--history"]);
    assert_eq!(scanned.leaks(), [("lib/inner/now.json", None), ("tools/now.json", None)]);
    let told = scanned.result["evidence"]["source"]["files_skipped"].to_string();
    assert!(told.contains("lib/inner") && told.contains("submodule"), "{told}");
    let within = scan(&repository.path().join("lib/inner"), &["--history"]);
    assert_eq!(within.leaks().len(), 2, "{:?}", within.leaks());
}

#[test]
fn a_folder_of_a_repository_has_its_part_of_the_history() {
    let repository = Repository::new();
    repository.commit("api/appsettings.json", &settings(SECRET));
    repository.commit("web/appsettings.json", &settings(OTHER));
    repository.git(&["rm", "-q", "-r", "api", "web"]);
    repository.commit("web/README.md", "x");
    let leaks = scan(&repository.path().join("web"), &["--history"]);
    assert_eq!(leaks.leaks().iter().map(|(path, _)| *path).collect::<Vec<_>>(), ["web/appsettings.json"]);
}

#[test]
fn a_repository_without_a_commit_is_scanned_in_every_way() {
    let repository = Repository::new();
    repository.write("a.txt", "x");
    repository.scan(&["--history"]).assert_clean();
    repository.scan(&["--staged"]).assert_clean();
    repository.write("b.json", &settings(SECRET));
    repository.git(&["add", "-A"]);
    assert_eq!(repository.scan(&["--staged"]).leaks(), [("b.json", None)]);
}

#[test]
fn a_hook_sees_what_is_staged_and_not_what_stands_in_the_folder() {
    let repository = Repository::new();
    repository.commit("old.json", &settings(OTHER));
    repository.commit("deleted.json", &settings(SECRET));
    repository.write("a b.json", &settings(SECRET));
    repository.git(&["add", "a b.json"]);
    repository.write("a b.json", &settings(""));
    repository.write("harmless.json", &settings(""));
    repository.git(&["add", "harmless.json"]);
    repository.write("harmless.json", &settings(SECRET));
    repository.git(&["rm", "-q", "deleted.json"]);
    repository.write("untracked.json", &settings(SECRET));
    let scanned = repository.scan(&["--staged"]);
    assert_eq!((scanned.code, scanned.leaks(), scanned.gaps()), (1, vec![("a b.json", None)], vec![]));
    assert_eq!(scanned.result["evidence"]["source"]["files_scanned"], 2);
    repository.git(&["reset", "-q", "--hard"]);
    repository.git(&["mv", "old.json", "new.json"]);
    assert_eq!(repository.scan(&["--staged"]).leaks(), [("new.json", None)]);
    let nothing = Repository::new();
    nothing.commit("old.json", &settings(OTHER));
    nothing.scan(&["--staged"]).assert_clean();
}

#[test]
fn a_pull_request_sees_what_differs_from_its_base() {
    let repository = Repository::new();
    repository.commit("old.json", &settings(OTHER));
    repository.commit("edited.json", &settings(""));
    repository.git(&["tag", "base"]);
    repository.scan(&["--since", "base"]).assert_clean();
    repository.commit("committed.json", &settings(SECRET));
    repository.write("edited.json", &settings(SECRET));
    repository.write("new.json", &settings(SECRET));
    repository.git(&["mv", "old.json", "renamed.json"]);
    let expected = ["committed.json", "edited.json", "new.json", "renamed.json"];
    for revision in ["base", "HEAD^", &repository.git(&["rev-parse", "--short", "base"])] {
        let scanned = repository.scan(&["--since", revision.trim()]);
        let mut paths: Vec<&str> = scanned.leaks().iter().map(|(path, _)| *path).collect();
        paths.sort_unstable();
        assert_eq!((scanned.code, paths.as_slice(), scanned.gaps()), (1, expected.as_slice(), vec![]), "{revision}");
    }
}

#[test]
fn a_file_of_the_same_size_and_time_is_seen_to_differ() {
    let repository = Repository::new();
    repository.commit("a.json", &settings(OTHER));
    let file = repository.path().join("a.json");
    let hour = std::time::Duration::from_hours(1);
    let time = fs::metadata(&file).unwrap().modified().unwrap() - hour;
    let set = |time| fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
    set(time);
    repository.git(&["update-index", "--refresh"]);
    repository.scan(&["--since", "HEAD"]).assert_clean();
    repository.write("a.json", &settings(SECRET));
    set(time);
    assert_eq!(repository.scan(&["--since", "HEAD"]).leaks(), [("a.json", None)]);
}

#[test]
fn a_revision_that_is_none_is_a_mistake_with_a_suggestion() {
    let repository = Repository::new();
    repository.commit("a.txt", "x");
    repository.git(&["branch", "develop"]);
    for (revision, said) in [
        ("mian", "did you mean `main`?"),
        ("devlop", "did you mean `develop`?"),
        ("0123456789012345678901234567890123456789", "give a branch, a tag or a commit"),
        ("", "names no commit"),
        ("HEAD:a.txt", "names no commit"),
    ] {
        let output = run(&repository.path(), &["scan", ".", &format!("--since={revision}")]);
        assert_eq!(code(&output), 2, "{revision}: {}", stdout(&output));
        assert!(stderr(&output).contains(said), "{revision}: {}", stderr(&output));
    }
    let clone = repository.beside("clone");
    repository.commit("a.txt", "y");
    repository.git(&["clone", "-q", "--depth=1", &format!("file://{}", repository.path().display()), &clone]);
    let output = run(Path::new(&clone), &["scan", ".", "--since", "HEAD~1"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("git fetch --unshallow"), "{}", stderr(&output));
}

#[test]
fn without_a_repository_changes_are_a_mistake_and_a_history_is_a_gap() {
    let place = folder();
    fs::write(place.path().join("a.txt"), "x").unwrap();
    for arguments in [["--staged"].as_slice(), &["--since", "main"]] {
        let output = run(place.path(), &[["scan", "."].as_slice(), arguments].concat());
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(stderr(&output).contains("is in no git repository"), "{}", stderr(&output));
    }
    scan(place.path(), &["--history"]).assert_gap("history: ");
}

#[test]
fn git_itself_and_what_a_repository_names_are_never_run() {
    let repository = Repository::new();
    let witness = repository.path().join("ran");
    let command = format!("touch {}", witness.display());
    repository.leak();
    repository.write(".gitattributes", "*.json filter=evil diff=evil\n");
    repository.write("a.json", &settings(SECRET));
    repository.git(&["add", "-A"]);
    for name in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "core.hooksPath",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.textconv",
        "alias.status",
        "credential.helper",
    ] {
        repository.git(&["config", name, &command]);
    }
    for arguments in [["--history"].as_slice(), &["--staged"], &["--since", "HEAD"], &[]] {
        let nowhere = repository.folder.path();
        let mut redflag = redflag(&repository.path());
        let output = redflag.args(["scan", "-q", ".", "-o", "json"]).args(arguments).env("PATH", nowhere).output().unwrap();
        assert_eq!(code(&output), 1, "{arguments:?}: {}", stderr(&output));
        assert!(!witness.exists(), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn names_of_any_bytes_are_read_and_links_are_not_followed() {
    use std::os::unix::{ffi::OsStrExt as _, fs::symlink};
    let repository = Repository::new();
    let outside = Path::new(&repository.beside("outside.json")).to_owned();
    fs::write(&outside, settings(OTHER)).unwrap();
    repository.commit("README.md", "An app.\n");
    let name = |bytes: &[u8]| repository.path().join(std::ffi::OsStr::from_bytes(bytes));
    fs::write(name(b"caf\xE9.json"), settings(SECRET)).unwrap();
    fs::write(name(b"a\nb.json"), settings(SECRET)).unwrap();
    fs::create_dir(name(b"ignor\xE9")).unwrap();
    fs::write(name(b"ignor\xE9/c.json"), settings(SECRET)).unwrap();
    symlink(&outside, name(b"link.json")).unwrap();
    repository.git(&["add", "-A"]);
    assert_eq!(repository.scan(&["--staged"]).leaks().len(), 3);
    fs::write(name(b".gitignore"), b"ignor*\n").unwrap();
    repository.git(&["add", ".gitignore"]);
    assert_eq!(repository.scan(&[]).leaks().len(), 3);
    assert_eq!(repository.scan(&["--since", "HEAD"]).leaks().len(), 3);
    repository.git(&["commit", "-q", "-m", "names"]);
    repository.git(&["rm", "-q", "-r", "--cached", "."]);
    let history = repository.scan(&["--history"]);
    assert!(history.past().iter().all(|fact| !fact["path"].to_string().contains("link")), "{:?}", history.past());
    assert!(!history.leaks().is_empty() && history.gaps().is_empty(), "{:?}", history.gaps());
}

#[test]
fn archives_are_opened_when_asked_and_also_when_staged() {
    let repository = Repository::new();
    repository.commit("README.md", "An app.\n");
    // `git archive` writes a zip file that has a comment.
    repository.git(&["checkout", "-q", "-b", "packed"]);
    repository.commit("deploy/appsettings.json", &settings(SECRET));
    let zip = repository.beside("app.zip");
    repository.git(&["archive", "--format=zip", "-o", &zip, "HEAD"]);
    repository.git(&["checkout", "-q", "main"]);
    repository.git(&["branch", "-q", "-D", "packed"]);
    fs::copy(&zip, repository.path().join("app.zip")).unwrap();
    repository.scan(&[]).assert_clean();
    let expected = [("app.zip!/deploy/appsettings.json", None)];
    assert_eq!(repository.scan(&["--archives"]).leaks(), expected);
    repository.git(&["add", "-A"]);
    assert_eq!(repository.scan(&["--staged", "--archives"]).leaks(), expected);
    assert_eq!(repository.scan(&["--since", "HEAD", "--archives"]).leaks(), expected);
    repository.git(&["commit", "-q", "-m", "an archive"]);
    fs::remove_file(repository.path().join("app.zip")).unwrap();
    let commit = repository.git(&["rev-parse", "HEAD"]);
    let past = repository.scan(&["--history", "--archives"]);
    assert_eq!(past.leaks(), [("app.zip!/deploy/appsettings.json", Some(commit.trim()))]);
    assert!(past.gaps().is_empty(), "{:?}", past.gaps());
    fs::write(repository.path().join("app.zip"), "no archive").unwrap();
    repository.scan(&["--archives"]).assert_gap("app.zip: no zip archive");
}
