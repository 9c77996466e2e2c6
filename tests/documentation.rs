//! What the guides teach works.

use std::{fs, path::Path};

use assert_cmd::cargo::cargo_bin_cmd;

/// The fenced YAML of a guide that begins with a rule's id.
fn rule_in(guide: &str) -> &str {
    let (_, rest) = guide.split_once("```yaml\nid: ").expect("the guide shows a whole rule");
    rest.split_once("```").expect("the block ends").0
}

#[test]
fn the_rule_that_contributing_teaches_holds_in_its_examples() {
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("CONTRIBUTING.md")).unwrap();
    let rule = rule_in(&guide);
    let id: Vec<&str> = rule.lines().next().unwrap().split('.').collect();
    let [pack, area, name] = id[..] else { panic!("`{id:?}` is not a rule's id") };
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(pack).join(area)).unwrap();
    fs::write(folder.path().join(pack).join(area).join(format!("{name}.yaml")), format!("id: {rule}")).unwrap();
    let redflag = || cargo_bin_cmd!("redflag");
    let listed = redflag().args(["rules", "list", "--rules"]).arg(folder.path()).assert().success();
    assert!(String::from_utf8_lossy(&listed.get_output().stdout).contains(&id.join(".")), "the rule is not among those that were read");
    redflag().args(["rules", "test", "--rules"]).arg(folder.path()).assert().success();
}
