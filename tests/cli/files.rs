//! Files that are written and read again: reports and saved results.

use std::fs;

use serde_json::Value;

use super::*;

#[test]
fn a_path_that_cannot_be_written_is_found_before_the_scan() {
    let place = folder();
    for path in ["html=missing/report.html", "html=."] {
        let output = run(place.path(), &["scan", ".", "-o", path]);
        assert_eq!(code(&output), 2, "{path}");
        assert!(stderr(&output).contains("cannot write"), "{}", stderr(&output));
    }
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn a_saved_result_is_judged_and_rendered_again() {
    let (source, place) = (flawed_source(), folder());
    let path = source.path().to_str().unwrap();
    assert_eq!(code(&run(place.path(), &["scan", path, "-o", "json=saved.json", "-o", "html=first.html"])), 1);
    assert_eq!(code(&run(place.path(), &["evaluate", "saved.json", "-o", "json=again.json"])), 1);
    assert_eq!(code(&run(place.path(), &["report", "again.json", "-o", "html=second.html"])), 0);
    let [first, second] = ["first.html", "second.html"].map(|name| fs::read(place.path().join(name)).unwrap());
    assert!(first == second, "the same evidence and rules gave other bytes");
}

#[test]
fn the_result_that_the_repository_shows_is_rendered() {
    let (saved, place) = (concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/results/flawed-app.json"), folder());
    let output = run(place.path(), &["report", saved, "-o", "html=report.html", "-o", "text=report.txt"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(fs::read_to_string(place.path().join("report.txt")).unwrap().contains("Northwind Orders"));
}

#[test]
fn a_file_that_is_no_result_is_refused() {
    let place = folder();
    for text in ["", "{}", "[1]", "{\"schema\": \"redflag-result-9\"}", &"[".repeat(100_000)] {
        fs::write(place.path().join("saved.json"), text).unwrap();
        let output = run(place.path(), &["report", "saved.json"]);
        assert_eq!(code(&output), 5, "{:.40}: {}", text, stderr(&output));
    }
}

#[test]
fn the_same_source_twice_gives_the_same_bytes() {
    let (source, place) = (flawed_source(), folder());
    for name in ["first", "second"] {
        let arguments = ["-o".to_owned(), format!("html={name}.html"), "-o".to_owned(), format!("sarif={name}.sarif")];
        redflag(place.path()).arg("scan").arg(source.path()).args(arguments).env("SOURCE_DATE_EPOCH", "1700000000").output().unwrap();
    }
    for extension in ["html", "sarif"] {
        let [first, second] = ["first", "second"].map(|name| fs::read(place.path().join(format!("{name}.{extension}"))).unwrap());
        assert!(first == second && !first.is_empty(), "{extension}");
    }
}

#[test]
fn a_result_is_valid_against_its_own_schema() {
    let place = folder();
    let schema = json(&run(place.path(), &["schema", "result"]));
    let result = json(&run(place.path(), &["scan", flawed_source().path().to_str().unwrap(), "-o", "json"]));
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let problems: Vec<String> = validator.iter_errors(&result).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_keeps_no_other_back() {
    let (source, place) = (flawed_source(), folder());
    let arguments = ["scan", source.path().to_str().unwrap(), "-o", "html=/dev/full", "-o", "json=result.json", "-o", "text"];
    let output = run(place.path(), &arguments);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(fs::read(place.path().join("result.json")).unwrap().len() > 1000);
    let says = "exit 2: the app was assessed, but not every report could be written";
    assert_eq!(stdout(&output).trim_end().lines().last(), Some(says));
    let error = stderr(&output);
    assert!(error.contains("cannot write `/dev/full`") && error.contains("written: `result.json`"), "{error}");
    assert!(!error.contains("nothing was assessed"), "{error}");
    let output = run(place.path(), &["report", "result.json", "-o", "html=/dev/full", "-o", "json=again.json"]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(place.path().join("again.json").exists());
}

#[test]
fn two_names_of_one_file_cannot_hold_two_reports() {
    let place = folder();
    fs::create_dir(place.path().join("o")).unwrap();
    fs::write(place.path().join("o/old"), "").unwrap();
    for (one, other) in [("o/a.json", "./o/a.json"), ("o/a.json", "o/../o//a.json"), ("o/old", "./o/old")] {
        let output = run(place.path(), &["scan", ".", "-o", &format!("json={one}"), "-o", &format!("html={other}")]);
        assert_eq!(code(&output), 2, "{one} {other}");
        assert!(stderr(&output).contains("is named by two reports"), "{}", stderr(&output));
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_its_target_is_written() {
    let (source, place) = (flawed_source(), folder());
    fs::create_dir(place.path().join("kept")).unwrap();
    fs::write(place.path().join("kept/old.json"), "old").unwrap();
    for (link, target) in [("link.json", "kept/old.json"), ("dangling.json", "kept/new.json")] {
        std::os::unix::fs::symlink(target, place.path().join(link)).unwrap();
        let output = run(place.path(), &["scan", source.path().to_str().unwrap(), "-o", &format!("json={link}")]);
        assert_eq!(code(&output), 1, "{}", stderr(&output));
        assert!(place.path().join(link).is_symlink(), "{link}");
        let target = place.path().join(target);
        assert!(!target.is_symlink() && fs::read(target).unwrap().len() > 1000, "{link}");
    }
    assert_eq!(fs::read_dir(place.path().join("kept")).unwrap().count(), 2, "nothing else is left there");
}

#[test]
fn the_longest_name_that_a_file_may_have_works_for_a_report() {
    let (source, place) = (flawed_source(), folder());
    let name = format!("{}.json", "n".repeat(250));
    let output = run(place.path(), &["scan", source.path().to_str().unwrap(), "-o", &format!("json={name}")]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(place.path().join(name).metadata().unwrap().len() > 1000);
}

#[test]
fn a_result_that_contradicts_itself_is_refused() {
    let (source, place) = (flawed_source(), folder());
    let saved = json(&run(place.path(), &["scan", source.path().to_str().unwrap(), "-o", "json"]));
    let requirement = |id: &str| saved["requirements"].as_array().unwrap().iter().position(|result| result["id"] == id).unwrap();
    let status = format!("/requirements/{}/status", requirement("SO-CRED-02"));
    for (place_in, value, says) in [
        ("/verdict", Value::from("ready"), "its verdict contradicts"),
        ("/counts/red_flags", Value::from(0), "its counts contradict"),
        ("/counts/attestations_missing", Value::from(0), "its counts contradict"),
        ("/findings/0/red_flag", Value::from(false), "is a red flag contradicts"),
        ("/findings/0/severity", Value::from("low"), "is a red flag contradicts"),
        ("/findings", Value::Array(Vec::new()), "its counts contradict"),
        (&status, Value::from("pass"), "the status of SO-CRED-02 contradicts"),
        ("/started_at", Value::from("yesterday"), "`started_at`"),
        ("/evidence/observed_at", Value::from("2026-13-01T00:00:00Z"), "`observed_at`"),
        ("/evidence/observed_at", Value::from("9999-12-31T23:59:59-23:59"), "`observed_at`"),
    ] {
        let mut changed = saved.clone();
        *changed.pointer_mut(place_in).expect("the result has it") = value;
        fs::write(place.path().join("changed.json"), changed.to_string()).unwrap();
        for command in ["report", "evaluate"] {
            let output = run(place.path(), &[command, "changed.json"]);
            assert_eq!(code(&output), 5, "{command} {place_in}: {}", stderr(&output));
            assert!(stderr(&output).contains(says), "{command} {place_in}: {}", stderr(&output));
        }
    }
}
