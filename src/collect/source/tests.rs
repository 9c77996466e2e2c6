//! Whole folders, and what holds for facts of every kind.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::evidence::{Language, Passed, PassedAt};

const SECRET: &str = "09d5a1b2c3d4e5f60718293a4b5c6dc1";

fn vocabulary() -> Vocabulary {
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    Vocabulary {
        assignment: names(&["ConfigFile.Services.ApplicationToken", "ClientSecret"]),
        in_place: names(&["ConfigFile.Services.ApplicationToken"]),
        argument: names(&["SO-AppToken", "applicationToken"]),
        config_key: names(&["ApplicationToken", "ClientSecret"]),
        ..Vocabulary::default()
    }
}

/// A folder of files, each given as its path and content.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files {
        write(folder.path(), path, content);
    }
    folder
}

fn write(folder: &Path, path: &str, content: &[u8]) {
    let file = folder.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, content).unwrap();
}

fn config() -> Vec<u8> {
    format!("<configuration><appSettings><add key=\"ApplicationToken\" value=\"{SECRET}\"/></appSettings></configuration>").into_bytes()
}

fn code(value: &str) -> Vec<u8> {
    format!("class A {{ void M() {{ ConfigFile.Services.ApplicationToken = {value}; }} }}").into_bytes()
}

fn scanned(roots: &[&Path]) -> Source {
    let roots: Vec<PathBuf> = roots.iter().map(|root| (*root).to_owned()).collect();
    scan(&roots, &Extent::default(), &vocabulary(), &AtomicBool::new(false))
}

fn paths(source: &Source) -> Vec<&str> {
    source.facts.iter().map(|fact| fact.path.as_str()).collect()
}

fn skipped(source: &Source) -> Vec<(&str, bool)> {
    source.files_skipped.iter().map(|file| (file.path.as_str(), file.matters)).collect()
}

/// Makes a folder a repository that tracks these files, as `git add --force` does.
fn track(root: &Path, files: &[&str]) {
    fs::create_dir_all(root.join(".git")).unwrap();
    fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    let mut sorted = files.to_vec();
    sorted.sort_unstable();
    let mut index = b"DIRC\0\0\0\x02".to_vec();
    index.extend(u32::try_from(sorted.len()).unwrap().to_be_bytes());
    for path in sorted {
        let mut entry = vec![0; 24];
        entry.extend(0o100_644_u32.to_be_bytes());
        entry.extend([0; 12 + 20]);
        entry.extend(u16::try_from(path.len()).unwrap().to_be_bytes());
        entry.extend(path.as_bytes());
        entry.extend(vec![0; 8 - entry.len() % 8]);
        index.extend(entry);
    }
    index.extend([0; 20]);
    fs::write(root.join(".git/index"), index).unwrap();
}

#[test]
fn a_global_alias_means_the_same_in_every_file() {
    let global = b"global using Conf = Vendor.Configuration.ConfigFile;\nglobal using Keys = N.Secrets;\n";
    let secrets = format!("namespace N {{ public static class Secrets {{ public const string Token = \"{SECRET}\"; }} }}");
    let using = b"class A { void M() { Conf.Services.ApplicationToken = Keys.Token; } }";
    let folder = folder(&[("GlobalUsings.cs", global), ("Secrets.cs", secrets.as_bytes()), ("A.cs", using)]);
    let mut vocabulary = vocabulary();
    vocabulary.assignment.push("Services.ApplicationToken".to_owned());
    let source = scan(&[folder.path().to_owned()], &Extent::default(), &vocabulary, &AtomicBool::new(false));
    let [fact] = source.facts.as_slice() else { panic!("{source:?}") };
    assert_eq!(fact.sink, "Vendor.Configuration.ConfigFile.Services.ApplicationToken");
    assert_eq!((fact.watched.as_str(), fact.origin), ("ConfigFile.Services.ApplicationToken", Origin::Constant));
}

#[test]
fn an_alias_that_two_projects_give_to_different_paths_is_none() {
    let folder = folder(&[
        ("one/Usings.cs", b"global using Conf = Vendor.Configuration.ConfigFile;"),
        ("two/Usings.cs", b"global using Conf = Other.Settings;"),
        ("two/A.cs", b"class A { void M() { Conf.Services.ApplicationToken = given; } }"),
    ]);
    let mut vocabulary = vocabulary();
    vocabulary.assignment.push("Services.ApplicationToken".to_owned());
    let source = scan(&[folder.path().to_owned()], &Extent::default(), &vocabulary, &AtomicBool::new(false));
    assert_eq!(source.facts.iter().map(|fact| fact.sink.as_str()).collect::<Vec<_>>(), ["Conf.Services.ApplicationToken"]);
}

#[test]
fn facts_of_all_languages_come_in_order_of_path_and_line() {
    let folder = folder(&[
        ("web/Web.Release.config", &config()),
        ("src/Program.cs", &code("\"x\"")),
        ("appsettings.json", b"{\"SuperOffice\": {\"ClientSecret\": \"abc\"}}"),
        ("readme.md", b"ConfigFile.Services.ApplicationToken = 1"),
        ("src/Other.cs", b"class B { }"),
    ]);
    let source = scanned(&[folder.path()]);
    let seen: Vec<_> = source.facts.iter().map(|fact| (fact.path.as_str(), fact.language)).collect();
    let expected = [("appsettings.json", Language::Json), ("src/Program.cs", Language::CSharp), ("web/Web.Release.config", Language::Xml)];
    assert_eq!(seen, expected);
    assert_eq!((source.files_scanned, source.files_skipped.len()), (5, 0));
}

#[test]
fn two_scans_of_one_folder_agree() {
    let files: Vec<(String, Vec<u8>)> = (0..60).map(|n| (format!("d{}/f{n}.cs", n % 7), code("Secrets.Token"))).collect();
    let mut files: Vec<(&str, &[u8])> = files.iter().map(|(path, content)| (path.as_str(), content.as_slice())).collect();
    let duplicate = format!("class Secrets {{ public const string Token = \"{SECRET}\"; }}");
    files.extend([("a/Secrets.cs", duplicate.as_bytes()), ("b/Secrets.cs", duplicate.as_bytes())]);
    let folder = folder(&files);
    let once = || Source { milliseconds: 0, ..scanned(&[folder.path()]) };
    assert_eq!(once(), once());
}

#[test]
fn a_constant_of_a_file_without_any_watched_name_is_found_over_several_files() {
    let first = code("Settings.Secrets.Token");
    let folder = folder(&[
        ("a.cs", &first),
        ("b.cs", b"namespace X.Settings { static class Secrets { public static string Token => Vault.Value; } }"),
        ("c.cs", format!("static class Vault {{ internal static readonly string Value = \"{SECRET}\"; }}").as_bytes()),
        ("d.cs", b"static class Vault2 { internal const string Value = \"no\"; }"),
    ]);
    let source = scanned(&[folder.path()]);
    let [fact] = source.facts.as_slice() else { panic!("{:?}", source.facts) };
    assert_eq!((fact.origin, fact.masked.as_deref()), (Origin::Constant, Some("09d…c1(32)")));
    let trace: Vec<_> = fact.trace.iter().map(|stop| (stop.path.as_str(), stop.what.as_str())).collect();
    assert_eq!(trace, [("b.cs", "property Secrets.Token"), ("c.cs", "constant Vault.Value")]);
    assert_eq!(source.files_scanned, 4);
}

#[test]
fn what_is_written_under_a_name_is_told_where_it_is_written_with_its_uses() {
    let keys =
        format!("static class Keys {{\n    internal const string One = \"{SECRET}\"; // redflag:allow secret-in-code of the sandbox\n}}");
    let other = "class B { void M() { x.ClientSecret = y ?? Keys.One; z.DefaultHeaders.Add(\"SO-AppToken\", \"Basic \" + Keys.One); } }";
    let folder = folder(&[
        ("a.cs", b"class A { void M() { x.ClientSecret = Keys.One; } }"),
        ("b.cs", other.as_bytes()),
        ("keys.cs", keys.as_bytes()),
        ("own.cs", b"class C {\n  void M() {\n    var s = \"5f60718293a4b5c6dc109d5a1b2c3d4e\";\n    x.ClientSecret = s;\n  }\n}"),
        ("tests/ATests.cs", b"class ATests { void M() { x.ClientSecret = Keys.One; } }"),
    ]);
    let facts = scanned(&[folder.path()]).facts;
    let uses = |fact: &SourceFact| fact.uses.iter().map(|used| used.path.clone()).collect::<Vec<_>>().join(" ");
    let place = |fact: &SourceFact| format!("{}:{}:{}-{} {}", fact.path, fact.line, fact.column, fact.end_column, uses(fact));
    let mut told: Vec<String> = facts.iter().map(place).collect();
    told.sort();
    told.dedup();
    // What a test calls a secret is told in the test.
    let expected = ["keys.cs:2:34-66 a.cs b.cs", "keys.cs:2:34-66 b.cs", "own.cs:3:14-46 own.cs", "tests/ATests.cs:1:27-52 "];
    assert_eq!(told, expected, "{facts:#?}");
    assert!(facts.iter().filter(|fact| fact.path == "keys.cs").all(|fact| fact.allowed.len() == 1), "{facts:#?}");
}

#[test]
fn a_value_that_is_put_together_from_names_is_told_where_it_is_used() {
    let keys = b"static class Keys { internal const string One = \"09d5a1b2c3d4e5f6\"; internal const string Two = \"0718293a4b5c6dc1\"; }";
    let folder = folder(&[("a.cs", b"class A { void M() { x.ClientSecret = Keys.One + Keys.Two; } }"), ("keys.cs", keys)]);
    assert_eq!(paths(&scanned(&[folder.path()])), ["a.cs"]);
}

#[test]
fn a_call_is_told_where_its_credential_is_written_unless_it_is_the_fault_itself() {
    let call = ["DriverManager.getConnection", "Session.authenticate", "storage.setItem", "signWith"].map(str::to_owned).to_vec();
    let passed = vec![Passed { at: PassedAt::Last, to: vec!["signWith".to_owned()] }];
    let watch = Vocabulary { in_place: vec!["Session.authenticate".to_owned()], call, passed, ..Vocabulary::default() };
    let code = b"class A {\n static final String USER = \"gran\", PASS =\n  \"gojo\";\n void m() {\n  DriverManager.getConnection(url, USER, PASS);\n  Session.authenticate(USER, PASS);\n  storage.setItem(PASS, value);\n  DriverManager.getConnection(url, USER, pass);\n  signWith(HS256, SEAL);\n }\n static final String SEAL = \"gran\"; }";
    let folder = folder(&[("A.java", code)]);
    let facts = scan(&[folder.path().to_owned()], &Extent::default(), &watch, &AtomicBool::new(false)).facts;
    let told: Vec<String> = facts.iter().map(|fact| format!("{} {} {}", fact.line, fact.watched, fact.uses.len())).collect();
    let expected = [
        "3 DriverManager.getConnection 1",
        "6 Session.authenticate 0",
        "7 storage.setItem 0",
        "8 DriverManager.getConnection 0",
        "11 signWith 1",
    ];
    assert_eq!(told, expected, "{facts:#?}");
}

#[test]
fn what_is_committed_decides_and_not_what_is_ignored() {
    let folder = folder(&[
        (".gitignore", b"bin/\nlocal.config\n"),
        ("bin/Debug/app.config", &config()),
        ("bin/Release/app.config", &config()),
        ("local.config", &config()),
        ("new.config", &config()),
        (".hidden/web.config", &config()),
    ]);
    track(folder.path(), &["bin/Debug/app.config", ".gitignore", "deleted.config"]);
    assert_eq!(paths(&scanned(&[folder.path()])), [".hidden/web.config", "bin/Debug/app.config", "new.config"]);
}

#[test]
fn ignore_rules_hold_as_git_reads_them() {
    let files = ["a/keep.config", "a/x.config", "b/obj/x.config", "b/x.config", "c/deep/only.config", "c/only.config", "excluded.config"];
    let folder = folder(&files.map(|file| (file, config())).iter().map(|(file, content)| (*file, content.as_slice())).collect::<Vec<_>>());
    write(folder.path(), ".gitignore", b"obj/\n*.config\n!keep.config\n!b/*.config\n# c\n!only.config\n!excluded.config\n[bad");
    write(folder.path(), "c/.gitignore", b"/only.config\n");
    track(folder.path(), &[]);
    assert_eq!(paths(&scanned(&[folder.path()])), ["a/keep.config", "b/x.config", "c/deep/only.config", "excluded.config"]);
    assert_eq!(paths(&scanned(&[&folder.path().join("b")])), ["b/x.config"]);
    write(folder.path(), ".gitignore", b"");
    write(folder.path(), ".git/info/exclude", b"excluded.config\nobj\n");
    assert_eq!(paths(&scanned(&[folder.path()])), ["a/keep.config", "a/x.config", "b/x.config", "c/deep/only.config"]);
}

#[test]
fn what_is_left_out_is_listed_with_the_file_that_says_so() {
    let files = ["a.config", "b.config", "obj/x.config", "keep/obj.config", "sub/c.config", "sub/d.config"];
    let folder = folder(&files.map(|file| (file, config())).iter().map(|(file, content)| (*file, content.as_slice())).collect::<Vec<_>>());
    write(folder.path(), ".gitignore", b"/a.config\nobj/\n/b.config\n");
    write(folder.path(), ".redflagignore", b"!b.config\n");
    write(folder.path(), "sub/.redflagignore", b"d.config\n");
    let by = |source: &Source| -> Vec<(String, String, bool)> {
        source.files_skipped.iter().map(|file| (file.path.clone(), file.reason.clone(), file.matters)).collect()
    };
    let expected = [("a.config", ".gitignore"), ("obj", ".gitignore"), ("sub/d.config", "sub/.redflagignore")]
        .map(|(path, file)| (path.to_owned(), format!("left out by `{file}`"), false));
    let source = scanned(&[folder.path()]);
    assert_eq!((paths(&source), by(&source).as_slice()), (vec!["b.config", "keep/obj.config", "sub/c.config"], expected.as_slice()));
    // What git tracks is read, whoever would leave it out.
    track(folder.path(), &["a.config", "sub/d.config"]);
    let source = scanned(&[folder.path()]);
    assert_eq!(paths(&source), ["a.config", "b.config", "keep/obj.config", "sub/c.config", "sub/d.config"]);
    assert_eq!(by(&source).as_slice(), expected.get(1..2).unwrap());
}

#[test]
fn a_bare_repository_is_a_gap_that_matters() {
    let folder =
        folder(&[("HEAD", b"ref: refs/heads/main\n"), ("objects/info/packs", b""), ("refs/heads/x", b""), ("a.config", &config())]);
    let source = scanned(&[folder.path()]);
    assert_eq!((paths(&source), skipped(&source)), (Vec::new(), vec![(".", true)]));
}

#[test]
fn paths_are_relative_to_the_repository_that_holds_the_folder() {
    let folder = folder(&[("app/web/web.config", &config()), ("other/web.config", &config())]);
    assert_eq!(paths(&scanned(&[&folder.path().join("app")])), ["web/web.config"]);
    track(folder.path(), &["app/web/web.config"]);
    assert_eq!(paths(&scanned(&[&folder.path().join("app")])), ["app/web/web.config"]);
    assert_eq!(paths(&scanned(&[&folder.path().join("app"), folder.path()])), ["app/web/web.config", "other/web.config"]);
}

#[test]
fn a_repository_inside_the_folder_is_read_by_its_own_index() {
    let folder = folder(&[("sub/bin/app.config", &config()), ("sub/.gitignore", b"bin/"), ("sub/bin/x.config", &config())]);
    track(&folder.path().join("sub"), &["bin/app.config"]);
    assert_eq!(paths(&scanned(&[folder.path()])), ["sub/bin/app.config"]);
}

#[test]
fn the_same_path_in_two_folders_is_told_apart() {
    let folder = folder(&[("one/web.config", &config()), ("one/a.config", &config()), ("two/web.config", &config())]);
    let source = scanned(&[&folder.path().join("one"), &folder.path().join("two")]);
    assert_eq!(paths(&source), ["a.config", "one/web.config", "two/web.config"]);
}

#[test]
fn a_file_that_is_too_large_is_skipped_and_matters() {
    let folder = folder(&[("web.config", &config())]);
    fs::File::create(folder.path().join("huge.cs")).unwrap().set_len(200 * 1024 * 1024).unwrap();
    let source = scanned(&[folder.path()]);
    let expected = SkippedFile { path: "huge.cs".to_owned(), reason: "larger than 16 MiB".to_owned(), matters: true };
    assert_eq!((source.files_skipped, source.facts.len()), (vec![expected], 1));
}

#[test]
fn every_encoding_is_read_and_what_is_no_text_is_a_gap_that_matters() {
    let text = String::from_utf8(config()).unwrap();
    let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let code = String::from_utf8(code("\"x\"")).unwrap().encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let folder = folder(&[
        ("a.cs", &code),
        ("bom.config", &[b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat()),
        ("utf16.config", &[b"\xFF\xFE".as_slice(), &utf_16].concat()),
        ("bare16.config", &utf_16),
        ("utf32.config", &text.chars().flat_map(|character| u32::from(character).to_le_bytes()).collect::<Vec<u8>>()),
        ("latin.config", &[b"<!-- \xE9 -->".as_slice(), text.as_bytes()].concat()),
        ("nul.config", &[b"\0".as_slice(), text.as_bytes(), b"\0"].concat()),
        ("binary.config", &[[0_u8; 1000].as_slice(), text.as_bytes()].concat()),
        ("binary.png", &[0; 1000]),
    ]);
    let source = scanned(&[folder.path()]);
    assert_eq!(paths(&source), ["a.cs", "bare16.config", "bom.config", "latin.config", "nul.config", "utf16.config", "utf32.config"]);
    let gaps: Vec<_> = source.files_skipped.iter().map(|file| (file.path.as_str(), file.matters)).collect();
    assert_eq!(gaps, [("binary.config", true), ("binary.png", false)]);
}

#[test]
fn a_file_that_is_not_understood_is_a_gap_that_matters() {
    let folder =
        folder(&[("appsettings.json", format!("{{\"ClientSecret\": \"{SECRET}\" ]").as_bytes()), ("appsettings.Other.json", b"{{{")]);
    let source = scanned(&[folder.path()]);
    assert_eq!(
        source.files_skipped.iter().map(|file| (file.path.as_str(), file.matters)).collect::<Vec<_>>(),
        [("appsettings.json", true)]
    );
    assert!(!format!("{source:?}").contains(SECRET));
}

#[test]
fn a_missing_folder_is_a_gap_and_no_panic() {
    let source = scanned(&[Path::new("/no/such/folder")]);
    assert!(source.files_skipped.iter().all(|file| file.matters) && source.files_skipped.len() == 1, "{source:?}");
}

#[test]
fn an_interrupted_scan_says_so() {
    let folder = folder(&[("web.config", &config())]);
    let source = scan(&[folder.path().to_owned()], &Extent::default(), &vocabulary(), &AtomicBool::new(true));
    assert!(source.files_skipped.iter().any(|file| file.matters && file.reason.contains("interrupted")), "{source:?}");
}

#[test]
fn a_file_name_without_a_reader_has_no_facts() {
    assert_eq!(all_facts_in("notes.txt", "ConfigFile.Services.ApplicationToken = \"x\";", &vocabulary()), []);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::{ffi::OsStrExt, fs::PermissionsExt, fs::symlink};

    use super::*;

    #[test]
    fn links_are_not_followed_out_of_the_folder_or_round_in_it() {
        let outside = folder(&[("web.config", &config())]);
        let inside = folder(&[("a/x.cs", b"")]);
        symlink(outside.path(), inside.path().join("linked")).unwrap();
        symlink(outside.path().join("web.config"), inside.path().join("web.config")).unwrap();
        symlink(inside.path(), inside.path().join("a/round")).unwrap();
        track(inside.path(), &["linked/web.config", "web.config", "../../etc/x.config"]);
        let source = scanned(&[inside.path()]);
        assert_eq!(paths(&source), Vec::<&str>::new());
        assert_eq!(skipped(&source), [("a/round", false), ("linked", false), ("web.config", false)]);
    }

    #[test]
    fn every_link_is_listed_with_whether_it_leads_out() {
        let folder = folder(&[("a/x.cs", b""), ("b/y.cs", b"")]);
        let links = [("../../shared", "a/shared", true), ("../b/y.cs", "a/y.cs", false), ("//host/share/z.cs", "a/z.cs", true)];
        for (target, link, _) in links {
            symlink(target, folder.path().join(link)).unwrap();
        }
        let out = |roots: &[&Path]| -> Vec<(String, bool)> {
            let skipped = scanned(roots).files_skipped.into_iter();
            skipped.map(|file| (file.path, file.reason.contains("leads out"))).collect()
        };
        assert_eq!(out(&[folder.path()]), links.map(|(_, link, leads_out)| (link.to_owned(), leads_out)));
        // What lies in another folder that is scanned too is read there.
        let (one, other) = (folder.path().join("a"), folder.path().join("b"));
        assert!(out(&[&one]).contains(&("y.cs".to_owned(), true)));
        assert!(out(&[&one, &other]).contains(&("y.cs".to_owned(), false)));
    }

    fn pipe(folder: &Path, path: &str) {
        let file = folder.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    }

    /// Scans on a thread of its own, so that a scan that hangs fails the test rather than holding it up.
    fn scanned_in_time(root: &Path) -> Source {
        let root = root.to_owned();
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(scanned(&[&root])));
        receiver.recv_timeout(std::time::Duration::from_secs(20)).expect("the scan ends")
    }

    #[test]
    fn a_pipe_or_a_device_in_place_of_an_ignore_file_leaves_nothing_out() {
        for name in [".gitignore", ".redflagignore", ".ignore", ".git/info/exclude", "sub/.gitignore", ".jj"] {
            for is_pipe in [true, false] {
                let folder = folder(&[("web.config", &config()), ("sub/app.config", &config())]);
                track(folder.path(), &[]);
                fs::create_dir_all(folder.path().join(".git/info")).unwrap();
                if is_pipe {
                    pipe(folder.path(), name);
                } else {
                    symlink("/dev/zero", folder.path().join(name)).unwrap();
                }
                assert_eq!(paths(&scanned_in_time(folder.path())), ["sub/app.config", "web.config"], "{name}");
                assert_eq!(paths(&scanned_in_time(&folder.path().join("sub"))), ["sub/app.config"], "{name}");
            }
        }
    }

    #[test]
    fn an_ignore_file_that_is_a_link_is_not_followed() {
        let outside = folder(&[("rules", b"*.config\n")]);
        let inside = folder(&[("web.config", &config())]);
        track(inside.path(), &[]);
        symlink(outside.path().join("rules"), inside.path().join(".gitignore")).unwrap();
        assert_eq!(paths(&scanned(&[inside.path()])), ["web.config"]);
    }

    #[test]
    fn a_git_index_that_is_no_regular_file_is_a_gap_that_matters() {
        for is_pipe in [true, false] {
            let folder = folder(&[("web.config", &config())]);
            track(folder.path(), &[]);
            fs::remove_file(folder.path().join(".git/index")).unwrap();
            if is_pipe {
                pipe(folder.path(), ".git/index");
            } else {
                symlink("/dev/zero", folder.path().join(".git/index")).unwrap();
            }
            let source = scanned_in_time(folder.path());
            let gaps: Vec<_> = source.files_skipped.iter().map(|file| (file.path.as_str(), file.matters)).collect();
            assert_eq!((gaps.as_slice(), paths(&source)), ([(".git/index", true)].as_slice(), vec!["web.config"]));
        }
    }

    #[test]
    fn a_pipe_or_socket_with_a_claimed_name_is_a_gap_that_matters_and_a_folder_is_none() {
        let folder = folder(&[(".gitignore", b"secret.config"), ("d.config/web.config", &config())]);
        pipe(folder.path(), "a.cs");
        pipe(folder.path(), "secret.config");
        pipe(folder.path(), "notes.txt");
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("app.config")).unwrap();
        track(folder.path(), &["secret.config"]);
        let source = scanned_in_time(folder.path());
        let gaps: Vec<_> = source.files_skipped.iter().map(|file| (file.path.as_str(), file.matters)).collect();
        assert_eq!(gaps, [("a.cs", true), ("app.config", true), ("secret.config", true)]);
        assert_eq!(paths(&source), ["d.config/web.config"]);
    }

    #[test]
    fn a_name_that_is_no_unicode_is_shown_with_a_stand_in() {
        let folder = folder(&[]);
        fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"w\xFFb.config")), config()).unwrap();
        assert_eq!(paths(&scanned(&[folder.path()])), ["w\u{FFFD}b.config"]);
    }

    #[test]
    fn an_unreadable_file_is_a_gap_that_matters() {
        let folder = folder(&[("web.config", &config()), ("closed/app.config", &config())]);
        for path in ["web.config", "closed"] {
            fs::set_permissions(folder.path().join(path), fs::Permissions::from_mode(0o000)).unwrap();
        }
        // To root nothing is unreadable.
        let is_root = fs::read(folder.path().join("web.config")).is_ok();
        let source = scanned(&[folder.path()]);
        fs::set_permissions(folder.path().join("closed"), fs::Permissions::from_mode(0o755)).unwrap();
        let skipped: Vec<_> = source.files_skipped.iter().map(|file| (file.path.as_str(), file.matters)).collect();
        let expected: &[_] = if is_root { &[] } else { &[("closed", true), ("web.config", true)] };
        assert_eq!(skipped, expected);
    }
}

#[test]
fn a_secret_that_is_a_key_or_a_name_is_not_shown() {
    let files = [
        ("a.json.cs", format!("class T{SECRET} {{ string ClientSecret = T; string T = \"x1y2z3w4v5u6t7s8\"; }}")),
        ("b.cs", format!("h.Add(\"{SECRET}:SO-AppToken\", \"x1y2z3w4v5u6t7s8\"); a{SECRET}.ClientSecret = \"x1y2z3w4v5u6t7s8\";")),
        (
            "appsettings.json",
            format!("{{\"k {SECRET}\": {{\"ClientSecret\": \"x1y2z3w4v5u6t7s8\", \"c\": \"{SECRET}.ClientSecret=x1y2z3w4v5u6t7s8\"}}}}"),
        ),
        (
            "web.config",
            format!(
                "<a{SECRET}><add key='{SECRET}:ClientSecret' value='x1y2z3w4v5u6t7s8'/><b name='{SECRET}' c='ClientSecret=x1y2z3w4v5u6t7s8'/>\
                 <c ClientSecret='x1y2z3w4v5u6t7s8'/></a{SECRET}>"
            ),
        ),
    ];
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, content)| (*path, content.as_bytes())).collect();
    let source = scanned(&[folder(&files).path()]);
    assert!(source.facts.len() >= 7, "{:?}", source.facts);
    for fact in &source.facts {
        assert!(!format!("{fact:?}").contains("d5a1b2c3"), "{fact:?}");
    }
}

#[test]
fn long_names_cost_no_memory_and_many_places_are_a_gap_that_matters() {
    let name = "A".repeat(50_000);
    let strings = |one: &str, between: &str| vec![one; 1_100].join(between);
    let (json, xml) = (strings(&format!("\"{SECRET}\""), ","), strings(&format!("<value>{SECRET}</value>"), ""));
    let folder = folder(&[
        ("appsettings.json", format!("{{\"{name}\": {{\"ApplicationToken\": [{json}]}}}}").as_bytes()),
        ("web.config", format!("<c><setting name=\"{name}:ApplicationToken\">{xml}</setting></c>").as_bytes()),
        ("a.cs", format!("class {name} {{ void M() {{ {} }} }}", strings(&format!("ClientSecret = \"{SECRET}\";"), "")).as_bytes()),
    ]);
    let source = scanned(&[folder.path()]);
    assert_eq!(
        source.files_skipped.iter().filter(|file| file.matters && file.reason.contains("places")).count(),
        3,
        "{:?}",
        source.files_skipped
    );
    assert_eq!(source.facts.len(), 3_000);
    assert!(source.facts.iter().all(|fact| fact.sink.chars().count() <= 400), "{:?}", source.facts.first());
}

/// Ways to write a secret down, as a file name and its content.
fn planted(secret: &str) -> [(&'static str, String); 9] {
    [
        ("a.cs", format!("ConfigFile.Services.ApplicationToken = \"{secret}\";")),
        ("b.cs", format!("class A {{ const string T = \"{secret}\"; void M(O o) {{ o.ClientSecret = T; }} }}")),
        ("c.cs", format!("// o.ClientSecret = \"{secret}\";")),
        ("d.cs", format!("h[\"SO-AppToken\"] = x[\"{secret}\"].{secret}(\"{secret}\") ?? $\"{secret}\";")),
        ("e.cs", format!("d[\"{secret}\"].ClientSecret = \"{secret}\"; class ( {{ x.ClientSecret = \"{secret}")),
        (
            "web.config",
            format!("<a x=\"{secret}\"><!-- <add key='ClientSecret' value='{secret}'/> --><b ClientSecret=\"{secret}\">{secret}</b></a>"),
        ),
        ("app.config", format!("<a><ClientSecret>{secret}</ClientSecret><add key='ApplicationToken' value='{secret}' /><c d='{secret}")),
        ("appsettings.json", format!("{{\"ClientSecret\": \"{secret}\", // \"ClientSecret\": \"{secret}\"\n }}")),
        ("secrets.json", format!("{{\"ClientSecret\": \"{secret}\" {secret}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_secret_is_in_no_field_of_the_evidence(secret in "[A-Za-z][A-Za-z0-9]{5,40}") {
        let files = planted(&secret);
        let files: Vec<(&str, &[u8])> = files.iter().map(|(path, content)| (*path, content.as_bytes())).collect();
        let folder = folder(&files);
        let source = scanned(&[folder.path()]);
        prop_assert!(source.facts.len() >= 5, "{:?}", source.facts);
        // The values alone, for field names and paths may hold any short word.
        let fields: Vec<String> = source.facts.iter().flat_map(|fact| [
            Some(fact.sink.clone()), fact.shape.clone(), fact.masked.clone(), Some(fact.watched.clone()),
        ].into_iter().flatten().chain(fact.trace.iter().map(|stop| stop.what.clone()))).chain(source.files_skipped.iter().map(|file| file.reason.clone())).collect();
        for field in fields {
            prop_assert!(!field.contains(&secret), "{field} holds {secret}");
        }
    }

    #[test]
    fn any_csharp_like_text_is_read(text in "[a-z ClientSecret=\"'{}();.$@+?:/*\\[\\]<>#\\n\\\\]{0,200}") {
        let _ = all_facts_in("a.cs", &text, &vocabulary());
    }
}

#[test]
fn every_format_is_read_in_every_encoding_and_gives_the_same_key() {
    let files = [
        (".env", "# é\r\nCLIENT_SECRET=§\r\n"),
        ("app.yml", "# é\r\nsuperoffice:\r\n  client-secret: §\r\n"),
        ("app.json", "// é\r\n{\"superoffice\":\r\n {\"clientSecret\": \"§\"}}"),
        ("app.toml", "# é\r\n[superoffice]\r\nclient_secret = \"§\"\r\n"),
        ("app.properties", "# é\r\nsuperoffice.client-secret=§\r\n"),
        ("Strings.resx", "<!-- é -->\r\n<root><data name=\"Client_Secret\"><value>§</value></data></root>"),
        ("calls.http", "# é\r\n@clientSecret = §\r\n"),
        ("run.sh", "# é\r\nexport CLIENT_SECRET=§\r\n"),
        ("main.tf", "# é\r\nclient_secret = \"§\"\r\n"),
        ("index.html", "<!-- é -->\r\n<p data-client-secret=\"§\">"),
    ];
    for (name, text) in files {
        let text = text.replace('§', SECRET);
        let utf_16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let with_mark = [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat();
        let latin: Vec<u8> = text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
        let folder = folder(&[
            (&format!("a/{name}"), text.as_bytes()),
            (&format!("b/{name}"), &with_mark),
            (&format!("c/{name}"), &utf_16),
            (&format!("d/{name}"), &latin),
        ]);
        let source = scanned(&[folder.path()]);
        let seen: Vec<_> =
            source.facts.iter().map(|fact| (fact.watched.as_str(), fact.line, fact.column, fact.end_line, fact.end_column)).collect();
        let [first, rest @ ..] = seen.as_slice() else { panic!("{name}: {source:?}") };
        assert!(rest.len() == 3 && rest.iter().all(|other| other == first), "{name}: {seen:?}");
        assert_eq!((first.0, source.files_skipped.len()), ("ClientSecret", 0), "{name}");
    }
}
