//! What is shown of lines, and what never is.

use proptest::prelude::*;

use super::*;
use crate::{collect::source::origins::Value, evidence::Vocabulary};

const SECRET: &str = "09d5a1b2c3d4e5f60718293a4b5c6dc1";

fn watch() -> Watch {
    Watch::new(&Vocabulary { assignment: vec!["ClientSecret".to_owned()], ..Vocabulary::default() })
}

/// What is shown of a place in a file, with brackets around what is marked.
fn excerpt(path: &str, text: &str, range: Range<usize>, value: &str) -> Vec<String> {
    let place =
        Place::new(FactKind::Assignment, "options.ClientSecret".to_owned(), "ClientSecret", range, Value::Written(value.to_owned()));
    let line = u32::try_from(text[..place.range.start].matches('\n').count()).unwrap() + 1;
    let watch = watch();
    let excerpts = Excerpts::new(path, text, &watch, [value.to_owned()].into_iter());
    excerpts.of(&place, line).iter().map(in_brackets).collect()
}

fn in_brackets(line: &CodeLine) -> String {
    let Some(Marked { start, end }) = line.marked else { return format!("{}|{}", line.line, line.text) };
    let part = |from: u32, to: u32| line.text.chars().skip(from as usize).take((to - from) as usize).collect::<String>();
    format!("{}|{}[{}]{}", line.line, part(0, start), part(start, end), part(end, u32::MAX))
}

fn whole(path: &str, text: &str, value: &str) -> Vec<String> {
    excerpt(path, text, 0..text.len(), value)
}

#[test]
fn a_line_keeps_its_names_and_loses_its_values() {
    for (path, line, expected) in [
        ("a.cs", "  options.ClientSecret = \"09d5a1b2c3d4e5f60718293a4b5c6dc1\";", "1|options.ClientSecret = \"[09d…c1(32)]\";"),
        (
            "a.xml",
            "<add key=\"ClientSecret\" value=\"09d5a1b2c3d4e5f60718293a4b5c6dc1\" password=\"correct horse\" />",
            "1|<add key=\"ClientSecret\" value=\"[09d…c1(32)]\" password=\"(13)\" />",
        ),
        (".env", "CLIENT_SECRET=hunter2hunter2", "1|CLIENT_SECRET=[(14)]"),
        ("a.yaml", "password: \"correct horse\"", "1|password: \"[(13)]\""),
        ("a.md", "CLIENT_SECRET=Fjordgate Portal-kRwPzQxAbc of Fjord", "1|CLIENT_SECRET=[(9) (17) of Fjord]"),
        ("a.md", "CLIENT_SECRET=hunter2hunter2 CLIENT_ID=fjordPortal npm start", "1|CLIENT_SECRET=[(14) CLIENT_ID=(11) npm start]"),
        ("a.yaml", "requireSsl: false", "1|requireSsl: [false]"),
        ("a.txt", "https://admin:tiger42@host/", "1|https:[//(5):(7)@host]/"),
        ("a.cs", "options.ClientSecret = Partner.Key;", "1|options.ClientSecret = [Partner.Key];"),
        (
            "a.cs",
            "options.ClientSecret = \"09d5a1b2c3d4e5f60718293a4b5c6dc1\"; // redflag:allow a.b why until=2027-01-31",
            "1|options.ClientSecret = \"[09d…c1(32)]\"; // redflag:allow a.b why until=2027-01-31",
        ),
        ("a.cs", "x.Y(); // don't: old one was hunter22hunter22", "1|x.Y(); // don't: [old one was (16)]"),
    ] {
        assert_eq!(whole(path, line, SECRET), [expected]);
    }
}

#[test]
fn tabs_are_blanks_and_what_is_invisible_is_written_out() {
    let text = "\tif (x) {\r\n\t\tClientSecret = \u{1b}\u{202e}\"09d5a1b2c3d4e5f60718293a4b5c6dc1\";\r\n\t}\r\n";
    assert_eq!(whole("a.cs", text, SECRET), ["1|if (x) {", "2|    ClientSecret = \\u{1b}\\u{202e}\"[09d…c1(32)]\";", "3|}"]);
}

#[test]
fn of_a_long_line_the_place_is_shown() {
    let text = format!("{}ClientSecret:\"{SECRET}\",{}", "a=1,".repeat(25_000), "b=2,".repeat(25_000));
    let start = text.find("ClientSecret").unwrap();
    let shown = excerpt("a.js", &text, start..start + 47, SECRET);
    assert_eq!(shown, ["1|…ClientSecret:\"[09d…c1(32)]\"…"]);
    let shown = whole("a.js", &text, SECRET);
    assert!(shown.concat().chars().count() < 300, "{shown:?}");
}

#[test]
fn of_many_lines_the_first_and_the_marked_one_are_shown() {
    let text = format!("new Options {{\n{}  ClientSecret = \"{SECRET}\"\n}}", "  A = 1,\n".repeat(40));
    let shown = whole("a.cs", &text, SECRET);
    assert_eq!(shown.first().map(String::as_str), Some("1|new Options {"));
    assert_eq!(shown.last().map(String::as_str), Some("42|  ClientSecret = \"[09d…c1(32)]\""));
    assert_eq!(shown.len(), 5);
}

#[test]
fn a_string_over_several_lines_is_masked_whole_and_the_lines_after_it_keep_their_numbers() {
    let text = "ClientSecret = @\"correct\nhorse\nbattery\";\nX = 1;";
    assert_eq!(whole("a.cs", text, "correct\nhorse\nbattery"), ["1|ClientSecret = @\"[(21)]", "3|\";", "4|X = 1;"]);
}

#[test]
fn a_key_is_its_length() {
    let text = "  key: -----BEGIN PRIVATE KEY-----\n  MIIB\n  -----END PRIVATE KEY-----\nnext: 1";
    let start = text.find("-----").unwrap();
    let end = text.rfind("\nnext").unwrap();
    let place =
        Place::new(FactKind::KeyMaterial, "private key".to_owned(), "pem", start..end, Value::From(crate::evidence::Origin::Literal));
    let watch = watch();
    let shown = Excerpts::new("a.yaml", text, &watch, std::iter::empty()).of(&place, 1);
    assert_eq!(shown.iter().map(in_brackets).collect::<Vec<_>>(), ["1|key: [(62)]"]);
}

proptest! {
    #[test]
    fn a_known_secret_is_never_shown(secret in "[A-Za-z0-9!?_/+\"' -]{6,60}", before in "[a-zA-Z =:\"'<>\\n]{0,30}", after in "[a-zA-Z =:\"'<>\\n]{0,30}", program in any::<bool>()) {
        prop_assume!(secret.chars().any(|character| character.is_ascii_digit()) && !crate::collect::source::values::is_placeholder(&secret, &watch()));
        let text = format!("{before}{secret}{after}");
        let shown = whole(if program { "a.cs" } else { "a.txt" }, &text, &secret).concat().replace(['[', ']'], "");
        prop_assert!(!shown.contains(&secret), "{shown}");
    }

    #[test]
    fn what_is_quoted_is_never_shown(secret in "[a-z]{4,12}[0-9]{3,8}[a-z]{2,4}", name in "[a-z]{3,8}") {
        prop_assume!(!crate::collect::source::values::is_placeholder(&secret, &watch()));
        let line = format!("{name} = \"{secret}\"");
        prop_assert!(!whole("a.cs", &line, "").concat().contains(&secret));
    }

    #[test]
    fn any_part_of_any_text_can_be_shown(text in "\\PC{0,80}[\\n\\r\\t\"'= ]{0,3}\\PC{0,80}", from in 0_usize..200, to in 0_usize..200, value in "\\PC{0,10}") {
        let from = text.floor_char_boundary(from.min(text.len()));
        let to = text.floor_char_boundary(to.min(text.len())).max(from);
        for line in excerpt("a.cs", &text, from..to, &value) {
            prop_assert!(!line.chars().any(is_deceptive), "{line}");
        }
    }
}

#[test]
fn what_stands_beside_a_secret_in_a_text_of_several_lines_is_not_shown() {
    let raw =
        "string r = \"\"\"\n  { \"client_secret\": \"09d5a1b2c3d4e5f60718293a4b5c6dc1\", \"password\": \"kibjPF@jR6QGU\" }\n  \"\"\";";
    let heredoc = "$x = <<<EOT\nclient_secret=09d5a1b2c3d4e5f60718293a4b5c6dc1\npassword: gjBVAJzyC4GDxy\nEOT;";
    for (path, text, hidden) in [("A.cs", raw, ["kibjPF", "jR6QGU"]), ("a.php", heredoc, ["gjBV", "GDxy"])] {
        let shown = whole(path, text, SECRET).join("\n");
        assert!(hidden.iter().all(|hidden| !shown.contains(hidden)), "{shown}");
        assert!(shown.contains("client_secret") || path == "A.cs", "{shown}");
    }
}
