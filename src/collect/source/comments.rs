//! Where comments stand in a text, by a lexer that knows strings and the marks of comments and nothing else of a language.
//!
//! Readers with a grammar know their comments themselves. This is for what stands anywhere in any text: a token, a key.

use std::ops::Range;

/// How a family of languages writes comments and strings.
struct Style {
    /// What begins a comment that ends with the line.
    lines: &'static [&'static str],
    /// What begins and ends a longer one.
    blocks: &'static [(&'static str, &'static str)],
    /// What begins and ends a string.
    quotes: &'static [char],
    /// Whether a backslash takes the meaning from a quote.
    escapes: bool,
    /// Whether strings may have three quotes; one that is a statement of its own is a comment.
    triples: bool,
}

const C: Style = Style { lines: &["//"], blocks: &[("/*", "*/")], quotes: &['"', '\'', '`'], escapes: true, triples: false };
const PHP: Style =
    Style { lines: &["//", "#"], blocks: &[("/*", "*/"), ("<!--", "-->")], quotes: &['"', '\''], escapes: true, triples: false };
const HASH: Style = Style { lines: &["#"], blocks: &[], quotes: &['"', '\''], escapes: true, triples: false };
const PYTHON: Style = Style { lines: &["#"], blocks: &[], quotes: &['"', '\''], escapes: true, triples: true };
const POWERSHELL: Style = Style { lines: &["#"], blocks: &[("<#", "#>")], quotes: &['"', '\''], escapes: false, triples: false };
const MARKUP: Style =
    Style { lines: &[], blocks: &[("<!--", "-->"), ("@*", "*@"), ("<%--", "--%>")], quotes: &[], escapes: false, triples: false };
const BASIC: Style = Style { lines: &["'"], blocks: &[], quotes: &['"'], escapes: false, triples: false };
const SQL: Style = Style { lines: &["--"], blocks: &[("/*", "*/")], quotes: &['\''], escapes: false, triples: false };
const SETTINGS: Style = Style { lines: &["#", ";"], blocks: &[], quotes: &[], escapes: false, triples: false };
const REQUESTS: Style = Style { lines: &["#", "//"], blocks: &[], quotes: &[], escapes: false, triples: false };

/// By the end of a file's name.
const STYLES: [(&[&str], &Style); 10] = [
    (
        &[
            "cs",
            "csx",
            "js",
            "jsx",
            "mjs",
            "cjs",
            "ts",
            "tsx",
            "java",
            "kt",
            "swift",
            "go",
            "c",
            "cpp",
            "h",
            "dart",
            "scala",
            "groovy",
            "gradle",
            "json",
            "jsonc",
            "json5",
            "scss",
            "bicep",
            "crmscript",
            "rs",
            "kts",
            "cc",
            "cxx",
            "hpp",
            "m",
            "mm",
            "apex",
            "cls",
            "gs",
            "fs",
            "fsx",
        ],
        &C,
    ),
    (&["php", "phtml", "inc"], &PHP),
    (&["py", "pyi", "pyw"], &PYTHON),
    (
        &[
            "rb",
            "sh",
            "bash",
            "zsh",
            "yml",
            "yaml",
            "toml",
            "tf",
            "tfvars",
            "dockerfile",
            "makefile",
            "r",
            "pl",
            "pm",
            "ru",
            "rake",
            "ex",
            "exs",
            "cr",
            "coffee",
            "jl",
        ],
        &HASH,
    ),
    (&["ps1", "psm1", "psd1"], &POWERSHELL),
    (
        &[
            "xml", "config", "html", "htm", "cshtml", "vbhtml", "razor", "aspx", "ascx", "master", "xaml", "vue", "svelte", "md", "csproj",
            "vbproj", "resx", "plist", "props", "targets", "pubxml", "svg",
        ],
        &MARKUP,
    ),
    (&["vb", "vbs", "bas"], &BASIC),
    (&["sql", "lua", "hs"], &SQL),
    (&["env", "ini", "properties", "conf", "cfg", "npmrc", "editorconfig"], &SETTINGS),
    (&["http", "rest"], &REQUESTS),
];

/// The comments of a text, in order; none where the name of its file says nothing of how it writes them.
pub(super) fn comments(path: &str, text: &str) -> Vec<Range<usize>> {
    known(path, text).unwrap_or_default()
}

/// The same; absent where the name of the file says nothing of how it writes them.
pub(super) fn known(path: &str, text: &str) -> Option<Vec<Range<usize>>> {
    style(path).map(|style| style.comments(text))
}

/// Whether a place begins inside one of these.
pub(super) fn is_inside(comments: &[Range<usize>], offset: usize) -> bool {
    let next = comments.partition_point(|comment| comment.start <= offset);
    next.checked_sub(1).and_then(|before| comments.get(before)).is_some_and(|comment| comment.contains(&offset))
}

fn style(path: &str) -> Option<&'static Style> {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let end = name.rsplit('.').next().unwrap_or("").to_owned();
    let known = |end: &str| STYLES.iter().find(|(ends, _)| ends.contains(&end)).map(|(_, style)| *style);
    // `.env.local` is told by its beginning.
    known(&end).or_else(|| name.starts_with(".env").then_some(&SETTINGS)).or_else(|| name.starts_with("dockerfile").then_some(&HASH))
}

impl Style {
    fn comments(&self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let Some(first) = rest.chars().next() else { break };
            let end = if let Some(end) = self.comment(text, at, rest) {
                found.push(at..end);
                end
            } else if let Some((end, is_remark)) = self.triple(text, at, rest) {
                found.extend(is_remark.then_some(at..end));
                end
            } else if self.quotes.contains(&first) {
                self.string(text, at, first)
            } else {
                at + first.len_utf8()
            };
            at = end;
        }
        found
    }

    /// Where the comment that begins here ends.
    fn comment(&self, text: &str, at: usize, rest: &str) -> Option<usize> {
        for (open, close) in self.blocks {
            if let Some(inside) = rest.strip_prefix(open) {
                return Some(inside.find(close).map_or(text.len(), |length| at + open.len() + length + close.len()));
            }
        }
        let starts = self.lines.iter().any(|mark| rest.starts_with(mark)) && self.is_apart(text, at);
        // Some languages end a line with more than others.
        starts.then(|| rest.find(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).map_or(text.len(), |length| at + length))
    }

    /// Where the string of three quotes that begins here ends, and whether it is a statement of its own.
    fn triple(&self, text: &str, at: usize, rest: &str) -> Option<(usize, bool)> {
        let quotes = ["\"\"\"", "\'\'\'"].into_iter().find(|quotes| self.triples && rest.starts_with(quotes))?;
        let end = rest.get(quotes.len()..)?.find(quotes).map_or(text.len(), |length| at + length + quotes.len().saturating_mul(2));
        let before = text.get(..at)?;
        let is_first = before.trim_end_matches([' ', '\t']).chars().next_back().is_none_or(|before| matches!(before, '\n' | '\r'));
        let goes_on = before.trim_end().ends_with(['(', '[', '{', ',', '=', '+', '%', '\\']);
        Some((end, is_first && !goes_on))
    }

    /// Whether a mark stands where a comment can begin: `http://host#part` holds none, where nothing tells strings from the rest.
    fn is_apart(&self, text: &str, at: usize) -> bool {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        match (before, self.quotes.is_empty()) {
            (None | Some('\n' | '\r'), _) => true,
            // In settings a mark within a line belongs to the value, unless a blank parts them.
            (Some(before), true) => {
                before.is_whitespace() && text.get(..at).is_some_and(|before| before.trim_end_matches([' ', '\t']).ends_with('\n'))
            }
            (Some(before), false) => before != ':' && before != '\\' && (before.is_whitespace() || !before.is_alphanumeric()),
        }
    }

    /// Where the string that begins here ends; at the end of the line at the latest, unless it is one that goes on.
    fn string(&self, text: &str, at: usize, quote: char) -> usize {
        let mut escaped = false;
        for (offset, character) in text.get(at + 1..).unwrap_or("").char_indices() {
            match character {
                '\n' if quote != '`' => return at + 1 + offset,
                '\\' if self.escapes => escaped = !escaped,
                _ if character == quote && !escaped => return at + 1 + offset + 1,
                _ => escaped = false,
            }
        }
        text.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The comments of a text with `^` before what should be in one and `~` before what should not.
    fn wrong(path: &str, text: &str) -> Vec<String> {
        let found = comments(path, text);
        let told = |mark: char, inside: bool| {
            let at = text.match_indices(mark).filter(|(offset, _)| is_inside(&found, *offset) != inside);
            at.map(|(offset, _)| text.get(offset..).unwrap_or("").to_owned()).collect::<Vec<_>>()
        };
        [told('^', true), told('~', false)].concat()
    }

    #[test]
    fn comments_are_told_from_code_and_from_strings() {
        for (path, text) in [
            ("a.cs", "var a = \"https://~host\"; // ^token\nx = ~1; /* ^a\n^b */ ~c"),
            ("a.js", "glob('src/**/~*.js'); x = `a\n// ~b`; // ^c"),
            ("a.py", "a = '# ~b' # ^c\n~d"),
            ("a.py", "def f():\n    \"\"\"Gives ^a.\n    ^b\n    \"\"\"\n    return \"\"\"~c # ~d\"\"\""),
            ("a.py", "f(\n  \"\"\"~a\"\"\")"),
            ("web.config", "<add key=\"~a\" /> <!-- <add ^b\n ^c --> <add value=\"//~d\" />"),
            (".env.local", "A=b#~c\n# ^d\n  # ^e\nB=~f"),
            ("a.vb", "x = \"'~a\" ' ^b"),
            ("a.sql", "select '--~a' -- ^b"),
            ("a.ps1", "<# ^a\n^b #> ~c # ^d"),
            ("appsettings.json", "{ // ^a\n \"b\": \"http://~c\" }"),
            ("a.yml", "url: https://~a#~b # ^c"),
            ("notes.unknown", "# ~a // ~b"),
        ] {
            assert_eq!(wrong(path, text), Vec::<String>::new(), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_comments_come_in_order(text in "[/*#'\"`\\\\<!\\-> a\\né;]{0,80}", end in "(cs|php|py|ps1|xml|vb|sql|env|http)") {
            let found = comments(&format!("a.{end}"), &text);
            prop_assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start));
            prop_assert!(found.iter().all(|comment| text.get(comment.clone()).is_some()));
        }
    }
}
