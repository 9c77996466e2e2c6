//! Shell scripts, batch files and Dockerfiles: variables that are set, options that are passed, requests that `curl` sends.

mod said;
mod words;

use std::ops::Range;

use said::Heard;
use words::{Word, Words};

use super::{
    json,
    keys::Keys,
    references::{inside, value_of},
};
use crate::{
    collect::source::{
        document::{Document, Reading},
        in_clear::is_secretive,
        origins::Value,
    },
    evidence::Origin,
};

const ENDINGS: [&str; 13] =
    [".sh", ".bash", ".zsh", ".ksh", ".fish", ".bat", ".cmd", ".envrc", ".bashrc", ".zshrc", ".profile", ".dockerfile", ".mk"];
const WHOLE: [&str; 7] = ["dockerfile", "containerfile", "makefile", "gnumakefile", "procfile", "justfile", "jenkinsfile"];
/// Words before a name and its value: `setx NAME value`, `dotnet user-secrets set NAME value`.
const SETTERS: [&str; 7] = ["set", "setx", "add", "put", "config", "secret", "env"];
/// Options of `curl` and its like whose value is a header, a body, a name with a password.
const HEADERS: [&str; 2] = ["-H", "--header"];
const BODIES: [&str; 9] =
    ["-d", "--data", "--data-raw", "--data-binary", "--data-urlencode", "--data-ascii", "-F", "--form", "--form-string"];
const USERS: [&str; 3] = ["-u", "--user", "--proxy-user"];
/// How deep commands may stand within words of others.
const DEEPEST: usize = 8;

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    let is_docker = ["dockerfile.", "containerfile.", "dockerfile-"].iter().any(|start| name.starts_with(start));
    WHOLE.contains(&name) || is_docker || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    let mut keys = Keys::new(document, ".");
    let name = document.path.rsplit('/').next().unwrap_or("").to_lowercase();
    let is_docker = name.contains("dockerfile") || name.contains("containerfile");
    commands(&mut keys, 0..document.text.len(), is_docker, 0);
    keys.reading
}

/// Reads a stretch of a file of another format as a script.
pub(super) fn script(keys: &mut Keys<'_, '_>, range: Range<usize>) {
    commands(keys, range, false, 0);
}

/// `within` is how many brackets are around whose commands give a part of a word: what those say, the screen does not show.
fn commands(keys: &mut Keys<'_, '_>, range: Range<usize>, is_docker: bool, within: usize) {
    let text = keys.document.text;
    let mut words = Words::new(text, range);
    loop {
        let (command, comment) = words.command();
        if let Some(comment) = comment.filter(|_| !keys.in_comment) {
            keys.in_comment = true;
            commands(keys, comment, is_docker, within);
            keys.in_comment = false;
        }
        if command.is_empty() && words.at >= words.end || keys.is_over() {
            return;
        }
        if is_docker {
            instruction(keys, &command);
        } else {
            arguments(keys, &command);
        }
        if within == 0 {
            said::said(keys, if is_docker { command.get(1..).unwrap_or(&[]) } else { &command }, words.at, Heard::ByCaller);
        }
        for inner in words.inner_commands.drain(..).filter(|_| within < DEEPEST) {
            commands(keys, inner, false, within + 1);
        }
    }
}

/// What the commands of one line of a pipeline say to its log.
pub(super) fn said_in_log(keys: &mut Keys<'_, '_>, line: Range<usize>) {
    let mut words = Words::new(keys.document.text, line);
    while words.at < words.end && !keys.is_over() {
        let (command, _) = words.command();
        said::said(keys, &command, words.at, Heard::InLog);
    }
}

/// `ENV`, `ARG`, `RUN` and what else a Dockerfile says. Labels set nothing.
fn instruction(keys: &mut Keys<'_, '_>, words: &[Word]) {
    let Some((first, rest)) = words.split_first() else { return };
    match first.text.to_ascii_uppercase().as_str() {
        "LABEL" | "COPY" | "ADD" | "FROM" | "EXPOSE" | "MAINTAINER" => {}
        "ENV" | "ARG" => match rest {
            [name, value, ..] if !name.text.contains('=') => {
                let (text, read) = value.from(0);
                keys.enter(&name.text);
                keys.value_from(&text, read, name.range.start..value.range.end);
                keys.leave();
            }
            _ => arguments(keys, rest),
        },
        "CMD" | "ENTRYPOINT" | "RUN" | "SHELL" if rest.first().is_some_and(|word| word.text.starts_with('[')) => {
            let range = rest.first().map_or(0, |word| word.range.start)..rest.last().map_or(0, |word| word.range.end);
            json::members(keys, range);
        }
        _ => arguments(keys, if first.text.eq_ignore_ascii_case("HEALTHCHECK") { rest.get(1..).unwrap_or(&[]) } else { rest }),
    }
}

/// The variables and options of a command.
fn arguments(keys: &mut Keys<'_, '_>, words: &[Word]) {
    let command = words.first().map_or("", |word| word.text.rsplit('/').next().unwrap_or(""));
    let named = words.iter().zip(words.iter().skip(1)).find(|(option, _)| option.text == "--name").map(|(_, name)| name);
    for (index, word) in words.iter().enumerate() {
        if keys.is_over() {
            return;
        }
        let before = index.checked_sub(1).and_then(|before| words.get(before)).map_or("", |word| word.text.as_str());
        let next = words.get(index + 1);
        if HEADERS.contains(&before) {
            header(keys, word);
        } else if BODIES.contains(&before) {
            body(keys, word);
        } else if USERS.contains(&before) {
            user(keys, word);
        } else if let Some(equals) = name_length(&word.text) {
            let (text, value) = word.from(equals + 1);
            keys.enter(word.text.get(..equals).unwrap_or("").trim_start_matches('-').trim_end_matches([':', '?', '+']));
            keys.value_from(&text, value, word.range.clone());
            keys.leave();
        } else if word.text.starts_with('-') {
            option(keys, command, word, next, named);
        } else if word.text.contains("://") {
            query(keys, word);
        } else if SETTERS.contains(&before.to_ascii_lowercase().as_str())
            && let Some(next) = next.filter(|next| !next.text.starts_with('-'))
        {
            let (text, value) = next.from(0);
            keys.enter(&word.text);
            keys.value_from(&text, value, word.range.start..next.range.end);
            keys.leave();
        }
    }
}

/// How long the name is that a word begins with, in `NAME=value` and `--name=value`.
fn name_length(text: &str) -> Option<usize> {
    let equals = text.find('=')?;
    let name = text.get(..equals)?;
    let is_name = |character: char| character.is_alphanumeric() || "_-.:/?+".contains(character);
    (!name.is_empty() && name.len() <= 200 && !name.contains("://") && name.chars().all(is_name)).then_some(equals)
}

/// `--client-secret value`, `--name X --value y`, and a switch that is only named: `--insecure`.
fn option(keys: &mut Keys<'_, '_>, command: &str, word: &Word, next: Option<&Word>, named: Option<&Word>) {
    let name = word.text.trim_start_matches('-');
    // `-p"$PASSWORD" database` is an option with its value, and the next word is another.
    if name.contains('$') {
        return;
    }
    let is_request = [&HEADERS[..], &BODIES, &USERS].concat().contains(&word.text.as_str());
    let next = next.filter(|next| !next.text.starts_with('-') && !is_request && name_length(&next.text).is_none());
    let is_switch = next.is_none() || ["curl", "wget", "git", "npm"].contains(&command);
    if let Some(next) = next {
        let (text, value) = next.from(0);
        let name = named.filter(|_| name == "value").map_or(name, |named| named.text.as_str());
        keys.enter(name);
        keys.value_from(&text, value, word.range.start..next.range.end);
        keys.leave();
    }
    let long = if command == "curl" && word.text.starts_with('-') && !word.text.starts_with("--") && name.contains('k') {
        "insecure"
    } else {
        name
    };
    if is_switch && !is_secretive(long) {
        keys.enter(command);
        keys.pair(long, "true", word.range.clone());
        keys.leave();
    }
}

/// `Name: value`, as `curl -H` takes it.
fn header(keys: &mut Keys<'_, '_>, word: &Word) {
    let Some((name, value)) = word.text.split_once(':') else { return };
    let skipped = word.text.len() - value.trim_start().len();
    let (text, value) = word.from(skipped);
    keys.enter(name.trim());
    keys.value_from(&text, value, word.range.clone());
    keys.leave();
}

/// `name=value&name=value`, or JSON.
fn body(keys: &mut Keys<'_, '_>, word: &Word) {
    if word.text.trim_start().starts_with(['{', '[']) {
        let before = keys.reading.places.len();
        let written = keys.document.text.get(word.range.clone()).unwrap_or("");
        let (first, last) = (written.find(['{', '[']).unwrap_or(0), written.rfind(['}', ']']).map_or(0, |last| last + 1));
        json::members(keys, word.range.start + first..word.range.start + last.max(first));
        // Quotes within quotes are escaped; then the pairs are all that can be told.
        if keys.reading.places.len() == before {
            keys.pair("", &word.text, word.range.clone());
        }
        return;
    }
    pairs(keys, word, 0);
}

fn query(keys: &mut Keys<'_, '_>, word: &Word) {
    if let Some(mark) = word.text.find('?') {
        pairs(keys, word, mark + 1);
    }
}

fn pairs(keys: &mut Keys<'_, '_>, word: &Word, from: usize) {
    let mut at = from;
    for pair in word.text.get(from..).unwrap_or("").split('&') {
        if let Some((name, rest)) = pair.split_once('=') {
            // What comes after this pair is cut off by its own text, where it is written out.
            let (_, value) = word.from(at + name.len() + 1);
            let value = match (&value, rest.contains(['$', '`'])) {
                (_, true) => value_of(rest),
                _ => Value::Written(rest.to_owned()),
            };
            let value = if rest.starts_with('$') && matches!(value, Value::Written(_)) { Value::From(Origin::Environment) } else { value };
            keys.enter(name);
            keys.value_from(rest, value, word.range.clone());
            keys.leave();
        }
        at += pair.len() + 1;
    }
}

/// `user:password`, which becomes a header of its own.
fn user(keys: &mut Keys<'_, '_>, word: &Word) {
    if let Some((name, _)) = word.text.split_once(':') {
        let (text, value) = word.from(name.len() + 1);
        keys.enter("curl");
        keys.enter("user-password");
        keys.value_from(&text, value, word.range.clone());
        keys.leave();
        keys.leave();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{Watched, assert_secret};
    use crate::evidence::{FactKind, Origin, SourceFact};

    fn facts(path: &str, text: &str) -> Vec<SourceFact> {
        let watched = Watched {
            config_key: &["AppToken", "ClientSecret"],
            setting: &["curl.insecure", "NODE_TLS_REJECT_UNAUTHORIZED"],
            argument: &["SO-AppToken"],
            logged: &["app_token"],
            ..Watched::default()
        };
        watched.facts(path, text)
    }

    #[test]
    fn every_way_to_give_a_value_is_found_where_it_stands() {
        for (path, text, sink, place) in [
            ("a.sh", "#!/bin/sh\nexport APP_TOKEN=§\n", "APP_TOKEN", (2, 8, 50)),
            ("a.sh", "APP_TOKEN='§' node a.js", "APP_TOKEN", (1, 1, 45)),
            ("a.sh", "readonly CLIENT_SECRET=\"${CLIENT_SECRET:-§}\"", "CLIENT_SECRET", (1, 10, 76)),
            ("a.sh", "curl -s \\\n  -H \"SO-AppToken: §\" https://a/b", "SO-AppToken", (2, 6, 53)),
            ("a.sh", "curl -d 'a=b&client_secret=§&c=d' https://a", "client_secret", (1, 9, 65)),
            ("a.sh", "curl -d '{\"client_secret\": \"§\"}' https://a", "client_secret", (1, 11, 62)),
            ("a.sh", "curl \"https://a/b?client_secret=§\"", "client_secret", (1, 6, 66)),
            ("a.sh", "T=$(curl -s -d \"client_secret=§\" https://a | jq -r .t)", "client_secret", (1, 16, 64)),
            ("a.sh", "local t=\"$(curl -H \"SO-AppToken: §\" $(url))\"", "SO-AppToken", (1, 20, 67)),
            ("a.sh", "docker run -e CLIENT_SECRET=§ app", "CLIENT_SECRET", (1, 15, 61)),
            ("a.sh", "app --client-secret §;", "client-secret", (1, 5, 53)),
            ("a.sh", "kubectl create secret generic a --from-literal=client-secret=§", "from-literal.client-secret", (1, 33, 94)),
            ("a.sh", "dotnet user-secrets set \"SuperOffice:ClientSecret\" \"§\"", "SuperOffice:ClientSecret", (1, 25, 86)),
            ("a.sh", "cat > .env <<EOF\nCLIENT_SECRET=§\nEOF", "CLIENT_SECRET", (2, 1, 47)),
            ("run.cmd", "@echo off\r\nset CLIENT_SECRET=§\r\n", "CLIENT_SECRET", (2, 5, 51)),
            ("run.bat", "setx CLIENT_SECRET §", "CLIENT_SECRET", (1, 6, 52)),
            ("Dockerfile", "FROM a\nENV A=b \\\n    CLIENT_SECRET=\"§\"\n", "CLIENT_SECRET", (3, 5, 53)),
            ("Dockerfile.prod", "ENV CLIENT_SECRET §", "CLIENT_SECRET", (1, 5, 51)),
            ("web.Dockerfile", "ARG CLIENT_SECRET=§", "CLIENT_SECRET", (1, 5, 51)),
            ("Dockerfile", "CMD [\"app\", \"--client-secret\", \"§\"]", "client-secret", (1, 32, 66)),
            ("Dockerfile", "RUN CLIENT_SECRET=§ npm run build", "CLIENT_SECRET", (1, 5, 51)),
        ] {
            assert_secret(&facts(path, text), text, sink, place);
        }
    }

    #[test]
    fn what_comes_from_elsewhere_is_no_literal() {
        for (text, origin) in [
            ("APP_TOKEN=$OTHER", Origin::Environment),
            ("APP_TOKEN=\"$(cat token)\"", Origin::Environment),
            ("APP_TOKEN=`cat token`", Origin::Environment),
            ("curl -H \"SO-AppToken: $APP\" https://a", Origin::Environment),
            ("curl -d \"client_secret=$secret&a=b\" https://a", Origin::Environment),
            ("curl -d \"client_secret=${S}\" https://a", Origin::Environment),
            ("APP_TOKEN=", Origin::Placeholder),
            ("APP_TOKEN=your-token", Origin::Placeholder),
            ("APP_TOKEN=${APP_TOKEN:-changeme}", Origin::Environment),
        ] {
            assert_eq!(facts("a.sh", text).iter().map(|fact| fact.origin).collect::<Vec<_>>(), [origin], "{text}");
        }
        for text in ["echo \"set APP_TOKEN first\"", "[ -z \"$APP_TOKEN\" ] && exit", "LABEL=§", "echo $APP_TOKEN"] {
            assert_eq!(facts("a.sh", text), [], "{text}");
        }
        assert_eq!(facts("Dockerfile", "LABEL app_token=§"), []);
    }

    #[test]
    fn a_secret_among_words_is_said_and_one_that_goes_on_is_not() {
        for (path, text) in [
            ("a.sh", "echo \"Token: $APP_TOKEN\""),
            ("a.sh", "if true; then\n  echo token is ${APP_TOKEN}\nfi"),
            ("a.sh", "echo \"Token: $APP_TOKEN\"\n{\n  echo done\n} > .log"),
            ("a.sh", "printf 'Token: %s\\n' \"$APP_TOKEN\" || exit 1"),
            ("a.sh", "#!/bin/sh\necho $APP_TOKEN\ncurl https://a"),
            ("a.yml", "steps:\n  - run: |\n      echo \"Token: $APP_TOKEN\"\n"),
            ("a.yml", "steps:\n  - run: echo \"Token $APP_TOKEN\"\n"),
            ("a.yml", "steps:\n- script: echo using $(APP_TOKEN)\n"),
            ("a.yml", "job:\n  script:\n    - 'echo $APP_TOKEN'\n    - make\n"),
        ] {
            let said: Vec<_> = facts(path, text).into_iter().filter(|fact| fact.kind == FactKind::Log).collect();
            assert_eq!(said.iter().map(|fact| fact.value.as_deref()).collect::<Vec<_>>(), [Some("APP_TOKEN")], "{text}");
        }
        for text in [
            "echo \"$APP_TOKEN\"",
            "printf '%s\\n' \"$APP_TOKEN\"",
            "echo \"token $APP_TOKEN\" > .npmrc",
            "echo \"token $APP_TOKEN\" | docker login",
            "echo \"token: ${APP_TOKEN:0:4}\"",
            "echo \"token: ${APP_TOKEN:+set}\"",
            "echo \"token: ${#APP_TOKEN}\"",
            "echo \"APP_TOKEN=$APP_TOKEN\"",
            "echo \"::add-mask::$APP_TOKEN\"",
            "{\n  echo \"token $APP_TOKEN\"\n  echo done\n} > .netrc",
            "for a in b; do\n  echo \"token $APP_TOKEN\"\ndone | sort",
            "# echo \"token $APP_TOKEN\"",
            "echo 'Set APP_TOKEN first'",
            "token() {\n  echo $APP_TOKEN\n}\nrun",
            "run\necho $APP_TOKEN\n# over\n",
            "echo $APP_TOKEN > token.txt\nrun",
        ] {
            let said = facts("a.sh", text).iter().filter(|fact| fact.kind == FactKind::Log).count();
            assert_eq!(said, 0, "{text}");
        }
    }

    #[test]
    fn comments_and_switches_are_told_apart() {
        let found =
            facts("a.sh", "true # APP_TOKEN=§\nexport NODE_TLS_REJECT_UNAUTHORIZED=0\ncurl -sk https://a\ncurl --insecure https://a");
        let seen: Vec<_> = found.iter().map(|fact| (fact.kind, fact.in_comment, fact.line, fact.value.as_deref())).collect();
        let expected = [
            (FactKind::ConfigKey, true, 1, None),
            (FactKind::Setting, false, 2, Some("0")),
            (FactKind::Setting, false, 3, Some("true")),
            (FactKind::Setting, false, 4, Some("true")),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn hostile_files_cost_little() {
        let started = std::time::Instant::now();
        for text in ["'", "\"", "$(", "${", "a ", "# ", "\\\n", "`", "APP_TOKEN=", "-H ", "a&b=", "((", "'a"] {
            facts("a.sh", &text.repeat(30_000));
            facts("Dockerfile", &format!("ENV {}", text.repeat(20_000)));
        }
        assert!(started.elapsed() < std::time::Duration::from_mins(1), "{:?}", started.elapsed());
    }

    #[test]
    fn what_a_command_within_a_word_says_is_taken_by_the_word() {
        for text in ["APP_TOKEN=$(cat token)", "x=$(echo \"token: $APP_TOKEN\")", "export APP_TOKEN=`vault read -field=token so`"] {
            let found = facts("a.sh", &format!("{text}\ncurl https://a"));
            assert!(found.iter().all(|fact| fact.kind != FactKind::Log && fact.origin != Origin::Literal), "{text}: {found:?}");
        }
        let nested = format!("x={}echo{}", "$(".repeat(2_000), ")".repeat(2_000));
        facts("a.sh", &nested);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[APP_TOKEN= $(){}`'\"\\\\#;&|a-z:?\r\né-]{0,160}", docker in any::<bool>()) {
            for fact in facts(if docker { "Dockerfile" } else { "a.sh" }, &text) {
                prop_assert!((fact.line, fact.column) <= (fact.end_line, fact.end_column));
            }
        }
    }
}
