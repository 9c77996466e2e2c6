//! Pages: HTML, Razor, ASPX, JSP, Vue, Svelte, and PHP with HTML in it. Their scripts and code blocks are programs, their attributes are keys.
//!
//! Each program is read from a copy of the page in which everything else is blank, so that every place keeps its offset.

mod markup;

use std::ops::Range;

use self::markup::{Attribute, Piece, Pieces, Program};
use super::{json, keys::Keys, programs::masked};
use crate::{
    collect::source::{
        decode::Lines,
        document::{Document, Reading},
        languages::{csharp, java, javascript, lexed::visual_basic, php},
        origins::Value,
    },
    evidence::Origin,
};

/// Kinds of pages, by the ending of the file's name.
const ENDINGS: [&str; 21] = [
    ".ascx",
    ".ashx",
    ".asmx",
    ".asp",
    ".aspx",
    ".astro",
    ".cshtml",
    ".ejs",
    ".erb",
    ".hbs",
    ".htm",
    ".html",
    ".jsp",
    ".jspf",
    ".master",
    ".mustache",
    ".razor",
    ".svelte",
    ".twig",
    ".vbhtml",
    ".vue",
];
/// Attributes that name what the attribute beside them holds.
const LABELS: [&str; 3] = ["name", "id", "property"];
const VALUES: [&str; 2] = ["value", "content"];

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    page(document, Reading::default())
}

/// PHP, and the scripts and forms of the HTML around it.
pub(in crate::collect::source) fn read_php(document: &Document<'_>) -> Reading {
    let reading = php::read(document);
    let has_markup = ["<script", "<input", "<meta"].iter().any(|tag| document.text.contains(tag));
    if has_markup { page(document, reading) } else { reading }
}

fn page(document: &Document<'_>, reading: Reading) -> Reading {
    let name = document.path.to_lowercase();
    let mut pieces = Pieces::new(document.text, &name);
    let mut keys = Keys::new(document, "/");
    keys.reading = reading;
    let mut programs = [Program::JavaScript, Program::TypeScript, Program::CSharp, Program::VisualBasic, Program::Java]
        .map(|program| (program, Vec::new()));
    while let Some(piece) = pieces.next() {
        if keys.is_over() {
            break;
        }
        match piece {
            Piece::Program(program, range) => {
                programs.iter_mut().filter(|(known, _)| *known == program).for_each(|(_, ranges)| ranges.push(range.clone()));
            }
            Piece::Json(range) => {
                json::members(&mut keys, range);
            }
            Piece::Tag { name, attributes, in_comment } => {
                keys.in_comment = in_comment;
                tag(&mut keys, document.text, &name, &attributes);
                keys.in_comment = false;
            }
        }
    }
    let mut reading = keys.reading;
    for (program, ranges) in programs.iter().filter(|(_, ranges)| !ranges.is_empty()) {
        reading.take_in(program_of(document, *program, ranges, &pieces.filled));
    }
    reading
}

/// The attributes of an element.
fn tag(keys: &mut Keys<'_, '_>, text: &str, name: &Range<usize>, attributes: &[Attribute]) {
    let slice = |range: &Range<usize>| text.get(range.clone()).unwrap_or("");
    keys.enter(slice(name));
    let find = |wanted: &[&str]| attributes.iter().find(|(name, _)| wanted.iter().any(|wanted| slice(name).eq_ignore_ascii_case(wanted)));
    for (name, value) in attributes {
        let key = slice(name);
        // Bound to an expression: `:value`, `v-bind:value`, `@click`, `[value]`, `on:click`.
        if key.starts_with([':', '@', '[', '(', '*', '#']) || key.contains(':') {
            continue;
        }
        let key = key.strip_prefix("data-").or_else(|| key.strip_prefix("asp-")).unwrap_or(key);
        give(keys, key, slice(value), name.start..value.end);
    }
    if let (Some((named, label)), Some((valued, value))) = (find(&LABELS), find(&VALUES)) {
        give(keys, slice(label), slice(value), named.start.min(valued.start)..label.end.max(value.end));
    }
    keys.leave();
}

fn give(keys: &mut Keys<'_, '_>, key: &str, value: &str, range: Range<usize>) {
    // The quote that closes the value belongs to it.
    let range = range.start..(range.end + 1).min(keys.document.text.len());
    let range = if keys.document.text.is_char_boundary(range.end) { range } else { range.start..range.end - 1 };
    let is_expression = value.starts_with('@') || value.contains("<%") || value.contains("<?") || value.starts_with('{');
    keys.enter(key);
    if is_expression && !value.starts_with("{{") {
        keys.value_from("", Value::From(Origin::Unknown), range);
    } else {
        keys.value(value, range);
    }
    keys.leave();
}

fn program_of(document: &Document<'_>, program: Program, ranges: &[Range<usize>], filled: &[(Range<usize>, &'static str)]) -> Reading {
    let holes: &[(Range<usize>, &'static str)] = if matches!(program, Program::JavaScript | Program::TypeScript) { filled } else { &[] };
    let mut text = masked(document.text, ranges, holes);
    if program == Program::CSharp {
        members_of_a_class(&mut text, document.text, ranges);
    }
    let path = match program {
        Program::JavaScript => format!("{}.js", document.path),
        Program::TypeScript => format!("{}.ts", document.path),
        Program::CSharp => format!("{}.cs", document.path),
        Program::VisualBasic => format!("{}.vb", document.path),
        Program::Java => format!("{}.java", document.path),
    };
    let copy = Document { text: &text, path: &path, lines: Lines::new(document.text), ..*document };
    let mut reading = match program {
        Program::JavaScript => javascript::read(&copy),
        Program::TypeScript => javascript::read_typescript(&copy),
        // Markup stands among the statements, so a stretch that is no C# says nothing.
        Program::CSharp => Reading { gap: None, ..csharp::read(&copy) },
        Program::VisualBasic => visual_basic::read(&copy),
        Program::Java => Reading { gap: None, ..java::read(&copy) },
    };
    // The class is none of the page's.
    for place in &mut reading.places {
        if let Some(sink) = place.sink.strip_prefix("A.").map(str::to_owned) {
            place.sink = sink;
        }
    }
    reading
}

/// `@code { … }` holds the members of a class: a head for one is written into the blanks before it. `@inject Type name` declares one, and is ended as such.
fn members_of_a_class(text: &mut String, page: &str, ranges: &[Range<usize>]) {
    const HEAD: &str = "class A";
    let mut bytes = std::mem::take(text).into_bytes();
    for range in ranges.iter().filter(|range| page.get(range.start..).is_some_and(|rest| rest.starts_with('{'))) {
        let blank = range.start.checked_sub(HEAD.len()).and_then(|start| bytes.get_mut(start..range.start));
        if let Some(blank) = blank.filter(|blank| blank.iter().all(u8::is_ascii_whitespace)) {
            blank.copy_from_slice(HEAD.as_bytes());
        }
    }
    for range in ranges.iter().filter(|range| page.get(..range.start).is_some_and(|before| before.ends_with("@inject"))) {
        if let Some(declared) = bytes.get_mut(range.clone()).filter(|declared| declared.starts_with(b" ")) {
            // What follows is needed for the head of the class.
            declared.rotate_left(1);
            declared.iter_mut().last().into_iter().for_each(|last| *last = b';');
        }
    }
    *text = String::from_utf8(bytes).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::Watched;
    use crate::evidence::{FactKind, Origin, SourceFact};

    fn facts(path: &str, text: &str) -> Vec<SourceFact> {
        let watched = Watched {
            assignment: &["ClientSecret"],
            argument: &["SO-AppToken", "ClientSecret"],
            config_key: &["ClientSecret", "AppToken"],
            ..Watched::default()
        };
        watched.facts(path, text)
    }

    #[test]
    fn a_picture_on_one_line_hides_nothing_behind_it() {
        let picture = "a".repeat(20_000);
        for (path, text) in [
            ("a.php", format!("<?php\n$x = \"{picture}\";\n$client_secret = \"§\";\n")),
            ("a.html", format!("<script>var x = \"{picture}\";\nvar clientSecret = \"§\";</script>")),
        ] {
            assert_eq!(facts(path, &text).len(), 1, "{path}");
        }
    }

    #[test]
    fn every_part_of_a_page_is_found_where_it_stands() {
        for (path, text, kind, place) in [
            ("a.html", "<p>\r\n<script>\r\n  const clientSecret = \"§\";\r\n</script>", FactKind::Assignment, (3, 9)),
            ("a.html", "<div data-client-secret='§'></div>", FactKind::ConfigKey, (1, 6)),
            ("a.html", "<input type=\"hidden\" name=\"client_secret\" value=\"§\" />", FactKind::ConfigKey, (1, 22)),
            ("a.html", "<meta content='§' name='app-token'>", FactKind::ConfigKey, (1, 7)),
            ("a.html", "<a href=\"https://a/b?client_secret=§\">x</a>", FactKind::ConfigKey, (1, 4)),
            ("a.html", "<script type=\"application/json\">{\"clientSecret\": \"§\"}</script>", FactKind::ConfigKey, (1, 34)),
            (
                "a.vue",
                "<template><p>{{ a }}</p></template>\n<script setup lang=\"ts\">\nconst clientSecret: string = '§'\n</script>",
                FactKind::Assignment,
                (3, 7),
            ),
            ("a.svelte", "<script>\n  let clientSecret = '§';\n</script>\n<p>{clientSecret}</p>", FactKind::Assignment, (2, 7)),
            ("a.cshtml", "@model A\n@{\n  var clientSecret = \"§\";\n}\n<p>@clientSecret</p>", FactKind::Assignment, (3, 7)),
            ("a.jsp", "<%@ page %>\n<% if (a) { %>\n<p><%= b %></p>\n<% String clientSecret = \"§\"; } %>", FactKind::Assignment, (4, 11)),
            ("a.jsp", "<p></p>\n<%! static final String clientSecret = \"§\"; %>", FactKind::Assignment, (2, 25)),
            ("a.razor", "<p>a</p>\n@code {\n  private const string ClientSecret = \"§\";\n}", FactKind::Assignment, (3, 24)),
            ("a.cshtml", "@functions{ string ClientSecret { get { return \"§\"; } } }", FactKind::Assignment, (1, 13)),
            (
                "a.aspx",
                "<%@ Page Language=\"C#\" %>\n<script runat=\"server\">\n  string clientSecret = \"§\";\n</script>",
                FactKind::Assignment,
                (3, 10),
            ),
            ("a.aspx", "<% var clientSecret = \"§\"; if (a) { %><p><%= b %></p><% } %>", FactKind::Assignment, (1, 8)),
            ("a.aspx", "<%@ Page Language=\"VB\" %>\n<% Dim clientSecret As String = \"§\" %>", FactKind::Assignment, (2, 8)),
            (
                "a.cshtml",
                "<script>\n  const clientSecret = \"§\", b = \"@Model.B\", c = @Html.Raw(Json.Serialize(Model));\n</script>",
                FactKind::Assignment,
                (2, 9),
            ),
            ("a.php", "<?php $a = 1; ?>\n<script>\n  var clientSecret = '§', b = <?= $b ?>;\n</script>", FactKind::Assignment, (3, 7)),
        ] {
            let found = facts(path, text);
            let [fact] = found.as_slice() else { panic!("{text}: {found:?}") };
            assert!(matches!(fact.origin, Origin::Literal), "{text}: {fact:?}");
            assert_eq!((fact.kind, fact.line), (kind, place.0), "{text}");
            assert_eq!(fact.column, place.1, "{text}");
        }
    }

    #[test]
    fn what_the_server_fills_in_is_no_literal() {
        for (path, text) in [
            ("a.cshtml", "<script>const clientSecret = \"@Model.ClientSecret\";</script>"),
            ("a.cshtml", "<script>const clientSecret = @Html.Raw(Model.ClientSecret);</script>"),
            ("a.aspx", "<script>var clientSecret = '<%= Settings.ClientSecret %>';</script>"),
            ("a.php", "<script>var clientSecret = '<?= $clientSecret ?>';</script>"),
            ("a.html", "<div data-client-secret=\"{{ clientSecret }}\"></div>"),
            ("a.html", "<a href=\"{% url \"crm:order\" client_secret=order.q9x7_secret code=order.code %}\">"),
            ("a.html", "<a title='{{ order | named('x') }}' href='{% url 'crm:order' client_secret=order.q9x7_secret %}'>"),
            ("a.cshtml", "<input name=\"client_secret\" value=\"@Model.ClientSecret\" />"),
            ("a.aspx", "<input name=\"client_secret\" value=\"<%= ClientSecret %>\" />"),
            ("a.vue", "<input name=\"client_secret\" :value=\"clientSecret\" /><p :client-secret=\"a09d5a1b2c3d4e5f60718293a4b5c6dc1\"/>"),
            ("a.html", "<label for=\"client_secret\">Client secret</label><input name=\"client_secret\" value=\"\">"),
            ("a.html", "<p>clientSecret = §</p><style>.client-secret { color: red }</style>"),
        ] {
            let literal: Vec<SourceFact> = facts(path, text).into_iter().filter(|fact| fact.origin == Origin::Literal).collect();
            assert_eq!(literal, [], "{text}");
        }
    }

    #[test]
    fn comments_are_comments() {
        let found = facts("a.html", "<!-- <div data-client-secret='§'></div> -->\n<script>\n// clientSecret = \"§\"\n</script>");
        assert_eq!(found.iter().map(|fact| (fact.in_comment, fact.line)).collect::<Vec<_>>(), [(true, 1), (true, 3)]);
    }

    #[test]
    fn hostile_files_cost_little() {
        let started = std::time::Instant::now();
        for text in ["<script>", "<a b=", "<!--", "<%", "@{", "@code {", "<a ", "{", "<script", "@(", "<a b='"] {
            for path in ["a.cshtml", "a.aspx", "a.vue"] {
                facts(path, &format!("{} clientSecret", text.repeat(30_000)));
            }
        }
        assert!(started.elapsed() < std::time::Duration::from_mins(1), "{:?}", started.elapsed());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(<script>|</script>|<%|%>|@\\{|@code \\{|<a |<!--|-->|[clientSecret=\"'{}@<> \r\né0-9]){0,60}", kind in 0_usize..4) {
            let path = ["a.cshtml", "a.aspx", "a.vue", "a.php"][kind];
            for fact in facts(path, &text) {
                prop_assert!((fact.line, fact.column) <= (fact.end_line, fact.end_column));
            }
        }
    }
}
