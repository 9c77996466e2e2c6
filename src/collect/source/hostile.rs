//! Files that were made to take long or to hide something: each is read in a time that grows with its size, and what is not read is told.

use std::{path::Path, sync::mpsc, thread, time::Duration};

use super::*;

const SECRET: &str = "09d5a1b2c3d4e5f60718293a4b5c6dc1";

fn vocabulary() -> Vocabulary {
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    Vocabulary {
        assignment: names(&["ClientSecret", "client_secret"]),
        argument: names(&["SO-AppToken", "setClientSecret", "Authorization"]),
        config_key: names(&["ClientSecret", "*Password"]),
        setting: names(&["verify_signature", "Set-Cookie"]),
        call: names(&["jwt.decode"]),
        ..Vocabulary::default()
    }
}

/// What a folder with one file comes to. The scan has a thread of its own, so that one that hangs fails the test rather than holding it up.
fn scanned(name: &str, text: &str) -> Source {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), text.replace('§', SECRET)).unwrap();
    let (sender, receiver) = mpsc::channel();
    let root = folder.path().to_owned();
    thread::spawn(move || sender.send(scan(&[root], &Extent::default(), &vocabulary(), &AtomicBool::new(false))));
    receiver.recv_timeout(Duration::from_mins(5)).unwrap_or_else(|_| panic!("{name}: the scan does not end"))
}

fn gaps(source: &Source) -> Vec<&str> {
    source.files_skipped.iter().filter(|file| file.matters).map(|file| file.reason.as_str()).collect()
}

/// Something within so many pairs of marks.
fn nested(open: &str, inside: &str, close: &str, levels: usize) -> String {
    format!("{}{inside}{}", open.repeat(levels), close.repeat(levels))
}

#[test]
fn what_is_nested_too_deep_is_found_or_told_as_a_gap() {
    let levels = 300;
    let cases = [
        ("a.cs", format!("class A {{ void M() {{ {} }} }}", nested("{", "jwt.decode(x);", "}", levels))),
        ("a.js", nested("{", "o.clientSecret = '§';", "}", levels)),
        ("b.js", format!("x = {};", nested("[", "{ clientSecret: '§' }", "]", levels))),
        ("a.ts", nested("f(() => {", "o.clientSecret = '§';", "});", levels)),
        ("a.php", format!("<?php {}", nested("if ($x) {", "$o->clientSecret = '§';", "}", levels))),
        ("a.py", format!("x = {}\n", nested("[", "{'client_secret': '§'}", "]", levels))),
        ("A.java", format!("class A {{ void m() {{ {} }} }}", nested("{", "o.setClientSecret(\"§\");", "}", levels))),
        ("a.vb", format!("Sub M()\n{}End Sub\n", nested("If x Then\n", "o.ClientSecret = \"§\"\n", "End If\n", levels))),
        ("b.vb", format!("x = {}\n", nested("(", "f(ClientSecret:=\"§\")", ")", levels))),
        ("a.ps1", nested("if ($x) {\n", "$o.ClientSecret = '§'\n", "}\n", levels)),
        ("b.ps1", format!("$x = {}", nested("(", "@{ ClientSecret = '§' }", ")", levels))),
        ("a.crmscript", nested("if (x) {\n", "o.clientSecret = \"§\";\n", "}\n", levels)),
        ("a.json", nested("[", "{ \"clientSecret\": \"§\" }", "]", 20_000)),
        ("b.json", nested("{\"a\":", "{ \"clientSecret\": \"§\" }", "}", 20_000)),
        ("a.yaml", format!("x: {}", nested("[", "{ clientSecret: \"§\" }", "]", levels))),
        ("b.yaml", format!("y: {{{{ .x }}}}\nx: {}", nested("[", "{ clientSecret: \"§\" }", "]", levels))),
        ("a.toml", format!("x = {}", nested("[", "{ clientSecret = \"§\" }", "]", levels))),
        ("a.xml", nested("<a>", "<clientSecret>§</clientSecret>", "</a>", 1_000_000)),
    ];
    let silent = |(name, text): &&(&str, String)| {
        let source = scanned(name, text);
        source.facts.is_empty() && gaps(&source).is_empty()
    };
    let silent: Vec<&str> = cases.iter().filter(silent).map(|(name, _)| *name).collect();
    assert_eq!(silent, [] as [&str; 0]);
}

#[test]
fn depth_alone_is_no_gap() {
    let cases = [
        ("a.js", format!("o.clientSecret = read();\n{}", nested("{", "f();", "}\n", 300))),
        ("a.py", format!("client_secret = read()\nx = {}\n", nested("[", "1", "]\n", 300))),
        ("A.java", format!("class A {{ void m() {{ o.setClientSecret(read()); {} }} }}", nested("{", "f();\n", "}", 300))),
        ("a.vb", format!("o.ClientSecret = Read()\n{}", nested("If x Then\n", "F()\n", "End If\n", 300))),
    ];
    for (name, text) in cases {
        assert_eq!(gaps(&scanned(name, &text)), [] as [&str; 0], "{name}");
    }
}

/// Each of these takes hours where a step looks back over the whole line or on to the end of the file.
#[test]
fn a_line_of_a_megabyte_is_read_in_no_time() {
    let megabyte = |part: &str| part.repeat(1_000_000 / part.len());
    let cases = [
        ("a.yaml", format!("clientSecret: \"§\"\nx: {}\n", megabyte("{{a}}"))),
        ("b.yaml", format!("clientSecret: \"§\"\n{}\n", megabyte("{{a}} "))),
        ("a.properties", format!("clientSecret=§\na{}=b\n", megabyte(" "))),
        ("a.ini", format!("clientSecret=§\na{}=\n", megabyte(":"))),
        (".env", format!("clientSecret=§\nA={}\n", megabyte("password="))),
        ("b.env", format!("clientSecret=§\nA=\"{}-----BEGIN{}", megabyte("x"), megabyte("\n"))),
        ("a.js", format!("o.clientSecret = '§'; {}", megabyte("/* redflag:allow a.b why */"))),
        ("b.js", format!("o.clientSecret = '§'; // {}", megabyte("redflag:allow"))),
        ("a.txt", format!("Server=db;Password=§;{}", megabyte("Password=a1"))),
    ];
    for (name, text) in cases {
        let source = scanned(name, &text);
        assert_eq!(source.files_scanned, 1, "{name}: {:?}", source.files_skipped);
        assert!(Path::new(name).extension().is_some_and(|end| end == "txt") || !source.facts.is_empty(), "{name}");
    }
}

#[test]
fn a_value_that_grows_with_every_name_is_put_together_in_no_time() {
    let sum = |number: usize| format!("const v{number} = {};", vec![format!("v{}", number + 1); 16].join(" + "));
    let sums = (0..8).map(sum).collect::<Vec<_>>().join("\n");
    let uses = "res.setHeader('Set-Cookie', v0); res.setHeader('Authorization', v0); o.clientSecret = v0;\n".repeat(500);
    let source = scanned("a.js", &format!("res.setHeader('Set-Cookie', `a=${{id}}; Path=/`);\n{sums}\nconst v8 = 'a=b; Path=/';\n{uses}"));
    assert!(source.facts.iter().any(|fact| fact.watched == "Set-Cookie" && fact.value.as_deref() == Some("bare")));
}
