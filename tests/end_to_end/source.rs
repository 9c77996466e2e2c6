//! A server and its source, checked in one run.

use super::*;

/// Not a token of anyone: made for this test.
const TOKEN: &str = "7c1e0f9d3b5a4826a1b2c3d4e5f60718";

fn source_tree(folder: &Path) {
    let program = format!(
        "using SuperOffice;\n\npublic static class Startup\n{{\n    public static void Configure()\n    {{\n        \
         ConfigFile.Services.ApplicationToken = \"{TOKEN}\";\n    }}\n}}\n"
    );
    fs::write(folder.join("Startup.cs"), program).expect("a temporary folder can be written to");
}

/// The first line of a report that differs in another, with its counterpart.
fn first_difference(one: &[u8], other: &[u8]) -> Option<(String, String)> {
    let (one, other) = (String::from_utf8_lossy(one), String::from_utf8_lossy(other));
    let differing = one.lines().zip(other.lines()).find(|(left, right)| left != right);
    let lengths = || (one != other).then(|| (format!("{} bytes", one.len()), format!("{} bytes", other.len())));
    differing.map(|(left, right)| (left.to_owned(), right.to_owned())).or_else(lengths)
}

#[test]
fn one_command_checks_a_server_and_its_source_and_writes_every_report() {
    let Some(server) = or_left_out(Nginx::old().start()) else { return };
    let source = tempfile::tempdir().expect("a temporary folder can be made");
    source_tree(source.path());
    let reports = || {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut command = check_on(&server, "/careless");
        command.arg("--source").arg(source.path());
        for format in ["html", "sarif"] {
            command.arg("-o").arg(format!("{format}={}", folder.path().join(format).display()));
        }
        let run = Run::of(command);
        assert_eq!(run.code, Some(RED_FLAGS), "{run}");
        let read = |format: &str| fs::read(folder.path().join(format)).unwrap_or_else(|error| panic!("no {format}: {error}\n{run}"));
        (read("html"), read("sarif"), run)
    };
    let (html, sarif, run) = reports();
    let (same_html, same_sarif, _) = reports();
    for (report, same) in [(&html, &same_html), (&sarif, &same_sarif)] {
        assert_eq!(first_difference(report, same), None, "the same run twice gives other bytes");
    }
    for report in [&html, &sarif, &run.stdout] {
        assert!(!String::from_utf8_lossy(report).contains(TOKEN), "a report shows the token");
    }
    let result = run.result();
    assert_eq!(result["schema"], "redflag-result-1");
    assert_eq!(result["verdict"], "not-ready");
    assert_eq!(result["exit_code"], RED_FLAGS);
    let fact = &result["evidence"]["source"]["facts"][0];
    assert_eq!((&fact["path"], &fact["line"], &fact["origin"]), (&"Startup.cs".into(), &7.into(), &"literal".into()), "{fact:#}");
}

// Bad targets: a clear answer within bounded time, never a pass
