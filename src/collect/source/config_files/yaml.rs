//! YAML: compose files, pipelines, values of charts, `application.yml`.
//!
//! The parser gives events, so aliases are never expanded and depth costs no stack. What it does not understand, templates of charts above all, is
//! read line by line.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span};

use super::{json, keys::Keys, programs::masked, properties, references::value_of};
use crate::{
    collect::source::{
        decode::Lines,
        document::{Document, Reading},
        languages::lexed::powershell,
        origins::{Step, Value},
    },
    evidence::Origin,
};

/// What names the value of a mapping of its own: `- name: SO_APP_TOKEN` above `value: …`, in lower case.
const LABELS: [&str; 3] = ["name", "key", "variable"];
/// Nested deeper, it is no configuration; the parser stops there.
const DEEPEST: usize = 200;
/// Commands that write what they are told to the screen.
const SAYING: [&str; 2] = ["echo ", "printf "];
/// Verbs that commands of PowerShell begin with.
const VERBS: [&str; 20] = [
    "Add",
    "Connect",
    "ConvertFrom",
    "ConvertTo",
    "Copy",
    "Export",
    "Get",
    "Import",
    "Install",
    "Invoke",
    "New",
    "Out",
    "Publish",
    "Remove",
    "Set",
    "Start",
    "Stop",
    "Test",
    "Update",
    "Write",
];
/// More anchors are an attack.
const MOST_ANCHORS: usize = 10_000;

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    [".yaml", ".yml", ".yaml.dist", ".yml.dist", ".yaml.example", ".yml.example"].iter().any(|ending| name.ends_with(ending))
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    let mut keys = Keys::new(document, ".");
    let masked = without_templates(document.text);
    let mut finder = Finder { keys: &mut keys, masked: &masked, open: Vec::new(), anchors: BTreeMap::new(), scripts: Vec::new() };
    let problem = finder.documents();
    let scripts = std::mem::take(&mut finder.scripts);
    if let Some(problem) = problem {
        let is_template = document.text.contains("{{");
        keys.is_rough = true;
        lines(&mut keys, problem..document.text.len());
        let line = document.lines.line(problem);
        if !is_template {
            keys.reading.gap.get_or_insert(format!("not understood as YAML from line {line} on; only read line by line"));
        }
    }
    let mut reading = keys.reading;
    if !scripts.is_empty() {
        reading.take_in(of_powershell(document, &scripts));
    }
    reading
}

/// The scripts of a pipeline that are PowerShell, as one program.
fn of_powershell(document: &Document<'_>, scripts: &[Range<usize>]) -> Reading {
    let text = masked(document.text, scripts, &[]);
    powershell::read(&Document { text: &text, lines: Lines::new(document.text), ..*document })
}

/// Whether a block of text is a script of PowerShell: it gives variables their values under the mark that a shell only reads them by, or calls commands
/// of a verb and a noun.
fn is_powershell(block: &str) -> bool {
    let is_name = |character: char| character.is_ascii_alphanumeric() || "_:".contains(character);
    let gives = |line: &str| line.strip_prefix('$').is_some_and(|rest| rest.trim_start_matches(is_name).trim_start().starts_with("= "));
    let calls = |line: &str| {
        let (verb, noun) = line.split([' ', '`']).next().and_then(|word| word.split_once('-')).unwrap_or_default();
        VERBS.contains(&verb)
            && noun.starts_with(|first: char| first.is_ascii_uppercase())
            && noun.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    block.lines().map(str::trim_start).any(|line| gives(line) || calls(line))
}

/// The text with what a template engine replaces masked, byte for byte, so that the rest can be understood: lines of its own become blank, and
/// anything else a word.
fn without_templates(text: &str) -> Cow<'_, str> {
    if !text.contains("{{") {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let (mut rest, mut starts_line) = (text, true);
    while let Some((before, from)) = rest.split_once("{{") {
        let Some(length) = from.find("}}") else { break };
        let inside = from.get(..length).unwrap_or("");
        masked.push_str(before);
        let (line, is_whole) = before.rsplit_once('\n').map_or((before, false), |(_, line)| (line, true));
        starts_line = (starts_line || is_whole) && line.trim().is_empty();
        let after = from.get(length + 2..).unwrap_or("");
        let ends_line = after.chars().find(|character| *character == '\n' || !character.is_whitespace()).is_none_or(|next| next == '\n');
        starts_line = starts_line && ends_line;
        let fill = if starts_line { ' ' } else { '_' };
        let mark = |mark: &str| if fill == ' ' { "  ".to_owned() } else { mark.to_owned() };
        masked.push_str(&mark("<_"));
        masked.extend(inside.chars().flat_map(|character| {
            let shown = if matches!(character, '\n' | '\r') && fill == ' ' { character } else { fill };
            std::iter::repeat_n(shown, character.len_utf8())
        }));
        masked.push_str(&mark("_>"));
        rest = after;
    }
    masked.push_str(rest);
    Cow::Owned(masked)
}

/// A mapping or list whose end has not come.
struct Open<'d> {
    is_list: bool,
    index: usize,
    /// The key whose value is next, and where it begins. A key that is no scalar is empty.
    key: Option<(Cow<'d, str>, usize)>,
    label: Option<(String, Range<usize>)>,
    value: Option<(String, Value, Range<usize>)>,
    option: Option<String>,
    /// How many collections are open that stand where a key should.
    is_key: bool,
}

struct Finder<'k, 'a, 'd, 'm> {
    keys: &'k mut Keys<'a, 'd>,
    masked: &'m str,
    open: Vec<Open<'m>>,
    /// Scalars that aliases may refer to, each with its line.
    anchors: BTreeMap<usize, (String, u32)>,
    /// Where scripts of PowerShell stand.
    scripts: Vec<Range<usize>>,
}

impl Finder<'_, '_, '_, '_> {
    /// Reads every document. Gives back where one breaks off.
    fn documents(&mut self) -> Option<usize> {
        let options = granit_parser::options! {
            emit_unresolved_aliases: true,
            flow_nesting_limit: DEEPEST,
            block_nesting_limit: DEEPEST,
            max_buffered_comment_events: usize::MAX,
        };
        let mut parser = Parser::new_from_str_with_options(self.masked, options);
        let mut read_to = 0;
        let mut comment: Option<Range<usize>> = None;
        while let Some(next) = parser.next_event() {
            if self.keys.is_over() {
                return None;
            }
            let (event, span) = match next {
                Ok(next) => next,
                Err(problem) => {
                    self.commented_out(comment.take());
                    return Some(self.breaks_off(&problem, read_to));
                }
            };
            let range = span.byte_range().unwrap_or(read_to..read_to);
            read_to = read_to.max(range.end);
            if let Event::Comment(..) = event {
                comment = Some(self.comment(comment, range));
                continue;
            }
            self.commented_out(comment.take());
            self.event(event, &span, range);
        }
        self.commented_out(comment);
        None
    }

    /// Closes whatever is open. Gives back the start of the line where the file breaks off.
    fn breaks_off(&mut self, problem: &ScanError, read_to: usize) -> usize {
        while !self.open.is_empty() {
            self.closes();
        }
        let start = self.masked.get(..read_to).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
        if matches!(problem.kind(), ErrorKind::RecursionLimitExceeded) {
            let line = self.keys.document.lines.line(start);
            let gap = format!("nested more than {DEEPEST} levels deep from line {line} on; only read line by line");
            self.keys.reading.gap.get_or_insert(gap);
        }
        start
    }

    /// Comments with only blanks between them are read as one.
    fn comment(&mut self, before: Option<Range<usize>>, range: Range<usize>) -> Range<usize> {
        match before {
            Some(before) if self.masked.get(before.end..range.start).is_some_and(|between| between.trim().is_empty()) => {
                before.start..range.end
            }
            before => {
                self.commented_out(before);
                range
            }
        }
    }

    fn commented_out(&mut self, comment: Option<Range<usize>>) {
        if let Some(comment) = comment {
            lines(self.keys, comment);
        }
    }

    fn event(&mut self, event: Event<'_>, span: &Span, range: Range<usize>) {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_stored = tag.is_some_and(|tag| tag.suffix().eq_ignore_ascii_case("vault"));
                if anchor > 0 && self.anchors.len() < MOST_ANCHORS {
                    let line = self.keys.document.lines.line(range.start);
                    self.anchors.insert(anchor, (text.clone().into_owned(), line));
                }
                self.scalar(&text, style, is_stored, range);
            }
            Event::Alias(anchor) => {
                if let Some((text, line)) = self.anchors.get(&anchor).cloned() {
                    let step = Step { line, what: "an anchor".to_owned() };
                    self.give(&text, Value::Via(Box::new(value_of(&text)), step), range, false);
                } else {
                    self.give("", Value::From(Origin::Unknown), range, false);
                }
            }
            Event::UnresolvedAlias(_) => self.give("", Value::From(Origin::Unknown), range, false),
            Event::MappingStart(..) => self.opens(false, span),
            Event::SequenceStart(..) => self.opens(true, span),
            Event::MappingEnd | Event::SequenceEnd => self.closes(),
            Event::DocumentStart(..) => {
                while !self.open.is_empty() {
                    self.closes();
                }
            }
            _ => {}
        }
    }

    fn opens(&mut self, is_list: bool, span: &Span) {
        let start = span.byte_range().map_or(0, |range| range.start);
        let is_key = self.open.last().is_some_and(|open| !open.is_list && open.key.is_none());
        if let Some(open) = self.open.last_mut() {
            if open.is_list {
                self.keys.enter(&open.index.to_string());
            } else {
                self.keys.enter(open.key.as_ref().map_or("", |(name, _)| name));
            }
            if is_key {
                open.key = Some((Cow::Borrowed(""), start));
            }
        }
        self.open.push(Open { is_list, index: 0, key: None, label: None, value: None, option: None, is_key });
    }

    fn closes(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if let (Some((name, named)), Some((text, value, valued))) = (open.label, open.value) {
            self.keys.enter(&name);
            self.keys.value_from(&text, value, named.start.min(valued.start)..named.end.max(valued.end));
            self.keys.leave();
        }
        if let Some(parent) = self.open.last_mut() {
            self.keys.leave();
            parent.index = parent.index.saturating_add(1);
            if !open.is_key {
                parent.key = None;
            }
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, is_stored: bool, range: Range<usize>) {
        // What a template fills in is looked at as it was written.
        let written = self.keys.document.text.get(range.clone()).unwrap_or("");
        let is_masked = self.masked.len() == self.keys.document.text.len() && self.masked.get(range.clone()) != Some(written);
        let text = if is_masked { written.trim_matches(['"', '\'']) } else { text };
        let value = if is_stored { Value::From(Origin::SecretStore) } else { value_of(text) };
        // The span of a block goes on to the line break before what follows.
        let end = range.start + self.masked.get(range.clone()).map_or(0, |written| written.trim_end().len());
        self.give(text, value, range.start..end, matches!(style, ScalarStyle::Literal | ScalarStyle::Folded));
    }

    /// A scalar where the parser stands: a key or a value.
    fn give(&mut self, text: &str, value: Value, range: Range<usize>, is_block: bool) {
        let Some(open) = self.open.last_mut() else { return };
        let (name, start) = match &open.key {
            _ if open.is_list => (open.index.to_string(), range.start),
            None => {
                open.key = Some((Cow::Owned(text.to_owned()), range.start));
                return;
            }
            Some((name, start)) => (name.clone().into_owned(), *start),
        };
        let own = range.clone();
        let range = start..range.end.max(start);
        // What begins with an open quote goes on beyond the colon: `curl --header "PRIVATE-TOKEN: $TOKEN" …` is a command, and no key.
        if !open.is_list && name.contains(' ') && name.matches('"').count() % 2 == 1 {
            open.key = None;
            return super::shell::script(self.keys, range);
        }
        let lower = name.to_ascii_lowercase();
        if LABELS.contains(&lower.as_str()) && !open.is_list {
            open.label = Some((text.to_owned(), range.clone()));
        } else if lower == "value" && !open.is_list {
            open.value = Some((text.to_owned(), value.clone(), range.clone()));
        }
        let option = open.option.take().filter(|_| open.is_list);
        if open.is_list && text.starts_with("--") && !text.contains('=') {
            open.option = Some(text.trim_start_matches('-').to_owned());
        }
        open.index = open.index.saturating_add(1);
        open.key = None;
        if let Some(option) = option {
            self.keys.pair(&option, text, range.clone());
        }
        self.keys.enter(&name);
        if is_block && !self.keys.is_watched() && is_powershell(text) {
            self.scripts.push(after_mark(self.keys.document.text, range));
        } else if is_block && text.contains('\n') && !self.keys.is_watched() {
            // A script or a file within the file: its lines count, at their own places.
            block(self.keys, range);
        } else {
            self.keys.value_from(text, value, range);
            if SAYING.iter().any(|command| text.starts_with(command)) {
                super::shell::said_in_log(self.keys, without_quotes(self.keys.document.text, own));
            } else if text.starts_with("curl ") {
                super::shell::script(self.keys, without_quotes(self.keys.document.text, own));
            }
        }
        self.keys.leave();
    }
}

/// Where a script of one line stands, without the quotes around it.
fn without_quotes(text: &str, range: Range<usize>) -> Range<usize> {
    let written = text.get(range.clone()).unwrap_or("");
    let quotes = usize::from(written.len() > 1 && ["'", "\""].iter().any(|quote| written.starts_with(quote) && written.ends_with(quote)));
    range.start + quotes..range.end - quotes
}

/// Where the lines of a block stand, without the key and the mark that it begins with.
fn after_mark(text: &str, range: Range<usize>) -> Range<usize> {
    let first = text.get(range.clone()).and_then(|written| written.find('\n')).map_or(range.end, |newline| range.start + newline + 1);
    first..range.end
}

/// The lines of a block of text: JSON, a script, a property file.
fn block(keys: &mut Keys<'_, '_>, range: Range<usize>) {
    let text = keys.document.text;
    let written = text.get(range.clone()).unwrap_or("");
    let first = after_mark(text, range.clone()).start;
    let lines_of_block = text.get(first..range.end).unwrap_or("").trim();
    if [('[', ']'), ('{', '}')].iter().any(|(open, close)| lines_of_block.starts_with(*open) && lines_of_block.ends_with(*close)) {
        json::members(keys, first..range.end);
    } else if written.contains("#!/") || written.contains("echo \"") || written.contains("curl ") || written.contains("export ") {
        super::shell::script(keys, first..range.end);
    } else {
        lines(keys, first..range.end);
    }
}

/// `key: value` and `KEY=value`, line by line, with the keys of lesser indentation around them.
fn lines(keys: &mut Keys<'_, '_>, range: Range<usize>) {
    let text = keys.document.text;
    let mut outer: Vec<usize> = Vec::new();
    let mut at = range.start;
    for line in text.get(range).unwrap_or("").split_inclusive('\n') {
        let start = at;
        at += line.len();
        if keys.is_over() {
            break;
        }
        let bare = line.trim_start().trim_start_matches(['#', ' ', '\t']).trim_start_matches("- ").trim();
        if bare.is_empty() {
            continue;
        }
        let was_in_comment = keys.in_comment;
        keys.in_comment |= line.trim_start().starts_with('#');
        let indent = bare.as_ptr() as usize - line.as_ptr() as usize;
        while outer.last().is_some_and(|column| *column >= indent) {
            outer.pop();
            keys.leave();
        }
        if let Some((name, "")) = bare.split_once(':').filter(|(name, _)| !name.contains([' ', '"'])) {
            keys.enter(name);
            outer.push(indent);
        } else {
            properties::lines(keys, start + indent..start + indent + bare.len(), false);
        }
        keys.in_comment = was_in_comment;
    }
    for _ in outer {
        keys.leave();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{Watched, assert_secret};
    use crate::evidence::{FactKind, Origin, SourceFact};

    fn facts(text: &str) -> Vec<SourceFact> {
        let watched = Watched {
            config_key: &["AppToken", "ClientSecret", "PrivateKey"],
            setting: &["session.cookie.secure", "APP_DEBUG"],
            argument: &["SO-AppToken"],
            ..Watched::default()
        };
        watched.facts("deploy/app.yaml", text)
    }

    #[test]
    fn every_way_to_write_a_key_is_found_where_it_stands() {
        for (text, sink, place) in [
            ("services:\r\n  web:\r\n    environment:\r\n      SO_APP_TOKEN: §\r\n", "services.web.environment.SO_APP_TOKEN", (4, 7, 53)),
            ("services:\n  web:\n    environment:\n      - APP_TOKEN=§\n", "services.web.environment.0.APP_TOKEN", (4, 9, 51)),
            ("env:\n  - name: CLIENT_SECRET\n    value: \"§\"\n", "env.0.CLIENT_SECRET", (2, 5, 46)),
            ("superoffice:\n  client-secret: '§'", "superoffice.client-secret", (2, 3, 52)),
            ("superoffice: { clientSecret: § }", "superoffice.clientSecret", (1, 16, 62)),
            ("args: [--client-secret, \"§\"]", "args.client-secret", (1, 25, 59)),
            ("command: app --client-secret=§", "command.client-secret", (1, 1, 62)),
            ("client_secret:\n  §", "client_secret", (1, 1, 35)),
            ("a: &x §\nclient_secret: *x", "client_secret", (2, 1, 18)),
            ("variables:\n- name: clientSecret\n  value: §\n- group: a", "variables.0.clientSecret", (2, 3, 42)),
            (
                "inputs:\n  settings: |\n    [\n      { \"name\": \"app__token\", \"value\": \"§\" }\n    ]\n",
                "inputs.settings.0.app__token",
                (4, 9, 74),
            ),
            ("data:\n  app.properties: |\n    a=b\n    app.token=§\n  c: d\n", "data.app.properties.app.token", (4, 5, 47)),
            ("script: |\n  a\n  curl -H \"SO-AppToken: §\" https://a\nb: c", "script.SO-AppToken", (3, 11, 58)),
            ("{{- if .Values.a }}\nclientSecret: §\n{{- end }}\nb: {{ .Values.b }}\n", "clientSecret", (2, 1, 47)),
            ("b: {{ .Values.b }}\nclientSecret: {{ .Values.c | default \"§\" }}\n", "clientSecret", (2, 1, 75)),
            ("a: [b\n---\nc: d\nclientSecret: §\n", "clientSecret", (4, 1, 47)),
        ] {
            assert_secret(&facts(text), text, sink, place);
        }
    }

    #[test]
    fn what_is_filled_in_later_is_no_literal() {
        for (value, origin) in [
            ("${{ secrets.CLIENT_SECRET }}", Origin::SecretStore),
            ("${CLIENT_SECRET}", Origin::Placeholder),
            ("$(ClientSecret)", Origin::Placeholder),
            ("{{ .Values.clientSecret }}", Origin::Placeholder),
            ("\"{{ clientSecret }}\"", Origin::Placeholder),
            ("!vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6233", Origin::SecretStore),
            ("changeme", Origin::Placeholder),
            ("<client-secret>", Origin::Placeholder),
            ("", Origin::Placeholder),
            ("*unknown", Origin::Unknown),
        ] {
            let found = facts(&format!("a: b\nclientSecret: {value}\nc: d\n"));
            assert_eq!(found.iter().map(|fact| fact.origin).collect::<Vec<_>>(), [origin], "{value}");
        }
        for text in [
            "clientSecretName: §",
            "clientSecret:\n  secretKeyRef:\n    name: app\n    key: clientSecret\n",
            "a: clientSecret",
            "- clientSecret",
        ] {
            assert_eq!(facts(text), [], "{text}");
        }
    }

    #[test]
    fn a_commented_out_value_is_found_where_it_stands() {
        let found = facts("a:\n  # was\n  # clientSecret: §\n  # clientSecret: your-secret\n  b: c # clientSecret: §\n");
        let seen: Vec<_> = found.iter().map(|fact| (fact.in_comment, fact.line, fact.column)).collect();
        assert_eq!(seen, [(true, 3, 5), (true, 5, 10)]);
    }

    #[test]
    fn switches_are_settings_in_clear() {
        for text in [
            "server:\n  servlet:\n    session:\n      cookie:\n        secure: false\n",
            "session: {cookie_secure: off}",
            "- APP_DEBUG=true",
        ] {
            let found = facts(text);
            let [fact] = found.as_slice() else { panic!("{text}: {found:?}") };
            assert!(fact.kind == FactKind::Setting && fact.value.is_some(), "{fact:?}");
        }
    }

    #[test]
    fn a_script_of_powershell_is_told_from_other_blocks() {
        for block in
            ["$token = $answer.token", "  # a\n$env:STAGE = 'test'", "Write-Host \"done\"\n", "if ($a) {\n  Invoke-RestMethod -Uri $b\n}"]
        {
            assert!(super::is_powershell(block), "{block}");
        }
        let others = [
            "echo $TOKEN",
            "token=$ANSWER",
            "Pre-Release of May",
            "Content-Type: text/html",
            "Set-Cookie: a=b",
            "{{ $a := .Values.b }}",
            "$PATH",
        ];
        for block in others {
            assert!(!super::is_powershell(block), "{block}");
        }
    }

    #[test]
    fn hostile_files_cost_little() {
        let started = std::time::Instant::now();
        let bomb: Vec<String> = (1..60).map(|n| format!("a{n}: &a{n} [*a{m}, *a{m}, *a{m}, *a{m}]\n", m = n - 1)).collect();
        let texts = [
            "[".repeat(500_000),
            "- ".repeat(300_000),
            "a: ".repeat(300_000),
            "? ".repeat(200_000),
            "{{".repeat(300_000),
            "#\n".repeat(300_000),
            "- a: |\n    $b = @'\n".repeat(50_000),
        ];
        let deep: Vec<String> = (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
        for text in texts.into_iter().chain([
            bomb.concat(),
            deep.concat(),
            format!("clientSecret: {}", "x".repeat(4_000_000)),
            "\"a\\".repeat(300_000),
        ]) {
            facts(&format!("{text}\nclientSecret: §"));
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(30), "{:?}", started.elapsed());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[clientSecret:{}\\[\\],&*!|>'\"#%\\-\r\n é0-9]{0,160}") {
            for fact in facts(&text) {
                prop_assert!((fact.line, fact.column) <= (fact.end_line, fact.end_column));
            }
        }
    }
}
