//! `NAME=value` lines: `.env` files, INI, Java properties, and the server configurations that are written alike.

use std::{borrow::Cow, ops::Range};

use super::keys::Keys;
use crate::{
    collect::source::{
        document::{Document, Place, Reading},
        origins::Value,
    },
    evidence::{FactKind, Origin},
};

/// Names of files without a telling ending.
const WHOLE: [&str; 9] = [".env", ".flaskenv", ".htaccess", ".npmrc", ".pypirc", ".netrc", "env", "secrets", "credentials"];
const ENDINGS: [&str; 12] = [".bru", ".env", ".ini", ".cfg", ".conf", ".cnf", ".properties", ".prefs", ".service", ".inf", ".vars", ".reg"];
/// Directives whose name and value follow as words: Apache, nginx, PHP.
const DIRECTIVES: [&str; 12] = [
    "setenv",
    "passenv",
    "env",
    "php_value",
    "php_flag",
    "php_admin_value",
    "php_admin_flag",
    "fastcgi_param",
    "uwsgi_param",
    "proxy_set_header",
    "requestheader",
    "set",
];
/// A value in quotes may go on over so many bytes.
const LONGEST_QUOTED: usize = 64 * 1024;

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    let is_environment = [".env.", ".env_", ".env-"].iter().any(|start| name.starts_with(start) || name.contains(".env."));
    WHOLE.contains(&name) || is_environment || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    let name = document.path.rsplit('/').next().unwrap_or("").to_lowercase();
    let mut keys = Keys::new(document, ".");
    lines(&mut keys, 0..document.text.len(), name.ends_with(".properties"));
    missing(document, &mut keys.reading);
    keys.reading
}

/// Keys that should have company, and have none: PHP's sessions without `session.cookie_httponly`.
fn missing(document: &Document<'_>, reading: &mut Reading) {
    for (_, missing) in &document.watch.missing {
        let (mut of, mut at) = (None, 0);
        let mut is_set = false;
        for line in document.text.split_inclusive('\n') {
            let key = line.split_once('=').map_or("", |(key, _)| key.trim());
            if key.eq_ignore_ascii_case(&missing.of) {
                of.get_or_insert(at..at + line.trim_end().len());
            }
            is_set |= key.eq_ignore_ascii_case(&missing.setting);
            at += line.len();
        }
        if let Some(range) = of.filter(|_| !is_set) {
            let sink = format!("{}.{}", missing.of, missing.setting);
            reading.add(Place::new(FactKind::Setting, sink, &missing.watched(), range, Value::From(Origin::Absent)));
        }
    }
}

/// Reads the lines of a stretch. Only Java properties take `key value` and go on after a backslash.
pub(super) fn lines(keys: &mut Keys<'_, '_>, range: Range<usize>, is_java: bool) {
    let text = keys.document.text;
    let (mut at, mut in_section) = (range.start, false);
    while let Some(rest) = text.get(at..range.end).filter(|rest| !rest.is_empty()) {
        if keys.is_over() {
            break;
        }
        let length = rest.find('\n').map_or(rest.len(), |length| length + 1);
        let line = rest.get(..length).unwrap_or("");
        let bare = line.trim();
        at += length;
        if let Some(section) = bare.strip_prefix('[').and_then(|bare| bare.split_once(']')).filter(|(_, after)| !after.contains('=')) {
            if in_section {
                keys.leave();
            }
            keys.enter(section.0.trim_matches('"'));
            in_section = true;
            continue;
        }
        let start = at - length + (line.len() - line.trim_start().len());
        let commented = without_comment_mark(bare);
        let read = match commented {
            Some(inside) => {
                keys.in_comment = true;
                let offset = bare.len() - inside.len();
                let end = line_of(keys, start + offset, start + bare.len(), is_java);
                keys.in_comment = false;
                end
            }
            None => line_of(keys, start, range.end, is_java),
        };
        at = at.max(read);
    }
    if in_section {
        keys.leave();
    }
}

/// What a comment says; absent for a line that is none.
fn without_comment_mark(line: &str) -> Option<&str> {
    // npm writes for which registry a setting is: `//npm.contoso.net/:_authToken=…`.
    let is_registry = line.split_once('=').is_some_and(|(name, _)| name.contains("/:_"));
    let inside = line.strip_prefix(['#', ';', '!']).or_else(|| line.strip_prefix("//").filter(|_| !is_registry))?;
    Some(inside.trim_start_matches(['#', ';', '/', '*', ' ', '\t']))
}

/// Reads the assignment that begins at an offset. Gives back where it ends.
fn line_of(keys: &mut Keys<'_, '_>, start: usize, end: usize, is_java: bool) -> usize {
    let text = keys.document.text;
    let rest = text.get(start..end).unwrap_or("");
    let line = rest.split(['\n', '\r']).next().unwrap_or("");
    let Some((name, value_at)) = name_of(line, is_java) else { return start + line.len() };
    let from = start + value_at;
    let (mut value, mut end) = if is_java { java_value(text, from, end) } else { plain_value(text, from, end) };
    // `Environment="NAME=value"`: the quotes are around both.
    let is_open = line.get(..value_at).is_some_and(|before| before.matches('"').count() % 2 == 1);
    if let Some(inside) = value.strip_suffix('"').filter(|_| is_open) {
        value = Cow::Owned(inside.to_owned());
        end -= 1;
    }
    let name: Cow<'_, str> = if is_java { java_unescaped(name) } else { Cow::Borrowed(name) };
    keys.pair(name.trim_start_matches("--"), &value, start..end);
    end
}

/// The name that a line begins with, and where its value begins.
fn name_of(line: &str, is_java: bool) -> Option<(&str, usize)> {
    if let Some(found) = directive(line) {
        return Some(found);
    }
    let skipped = ["export ", "set ", "setx ", "Environment=", "declare -x "].iter().find_map(|word| line.strip_prefix(word));
    let bare = skipped.unwrap_or(line).trim_start_matches([' ', '\t', '"']);
    let before = line.len() - bare.len();
    let separator = separator(bare, is_java)?;
    let name = bare.get(..separator)?.trim().trim_matches(['"', '\'', '`']);
    let name = name.strip_prefix("env[").and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    // More words before the sign are prose.
    let is_name = !name.is_empty() && name.len() <= 200 && (is_java || !name.contains([' ', '\t', '(', '{']));
    let after = bare.get(separator + 1..)?;
    let blank = after.len() - after.trim_start_matches([' ', '\t', '=']).len();
    is_name.then_some((name, before + separator + 1 + blank))
}

/// Where the name ends: at the first `=` or `:`, in Java also at a blank; not at one behind a backslash.
fn separator(line: &str, is_java: bool) -> Option<usize> {
    let mut escaped = false;
    let mut has_equals = None;
    for (offset, byte) in line.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'=' => return Some(offset),
            b':' if is_java
                || !*has_equals.get_or_insert_with(|| line.contains('='))
                || line.get(offset..).is_some_and(|rest| rest.starts_with(": ")) =>
            {
                return Some(offset);
            }
            b' ' | b'\t' if is_java => {
                let after = line.get(offset..).map_or("", str::trim_start);
                let is_sign = after.starts_with(['=', ':']);
                return Some(if is_sign { line.len() - after.len() } else { offset });
            }
            _ => {}
        }
    }
    None
}

/// `SetEnv NAME value`, `fastcgi_param NAME value;`
fn directive(line: &str) -> Option<(&str, usize)> {
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    let first = words.next()?.to_ascii_lowercase();
    let mut name = words.next()?;
    if !DIRECTIVES.contains(&first.as_str()) || name.contains('=') {
        return None;
    }
    if first == "requestheader" {
        name = words.next()?;
    }
    let after = name.as_ptr() as usize - line.as_ptr() as usize + name.len();
    let rest = line.get(after..)?;
    let blank = rest.len() - rest.trim_start().len();
    (!rest.trim().is_empty()).then_some((name.trim_matches(['"', '\'']), after + blank))
}

/// A value up to the end of its line or of its quotes; a `#` or `;` after a blank begins a comment.
fn plain_value(text: &str, from: usize, end: usize) -> (Cow<'_, str>, usize) {
    let rest = text.get(from..end).unwrap_or("");
    if let Some(quote @ ('"' | '\'' | '`')) = rest.chars().next()
        && let Some(length) = closing(rest, quote)
    {
        let inside = rest.get(1..length).unwrap_or("");
        let value = if quote == '"' { Cow::Owned(inside.replace("\\n", "\n").replace("\\\"", "\"")) } else { Cow::Borrowed(inside) };
        return (value, from + length + 1);
    }
    let line = rest.split(['\n', '\r']).next().unwrap_or("");
    let comment = [" #", "\t#", " ;", "\t;"].iter().filter_map(|mark| line.find(mark)).min();
    let value = line.get(..comment.unwrap_or(line.len())).unwrap_or(line).trim_end();
    let value = value.strip_suffix(';').unwrap_or(value);
    (Cow::Borrowed(value), from + value.len())
}

/// Where quotes close, over several lines if need be: a key in PEM form has many.
fn closing(text: &str, quote: char) -> Option<usize> {
    let (mut escaped, mut is_key) = (false, None);
    for (offset, character) in text.char_indices().skip(1).take(LONGEST_QUOTED) {
        match character {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            _ if character == quote => return Some(offset),
            // The next assignment in quotes: these were never closed.
            '\n' if !*is_key.get_or_insert_with(|| text.get(..offset).is_some_and(|line| line.contains("-----BEGIN"))) => return None,
            _ => {}
        }
    }
    None
}

/// A value that goes on over lines that end in a backslash (`java.util.Properties`).
fn java_value(text: &str, from: usize, end: usize) -> (Cow<'_, str>, usize) {
    let mut whole = String::new();
    let mut at = from;
    while let Some(rest) = text.get(at..end) {
        let line = rest.split(['\n', '\r']).next().unwrap_or("");
        let slashes = line.len() - line.trim_end_matches('\\').len();
        let skipped = if at == from { 0 } else { line.len() - line.trim_start().len() };
        if slashes % 2 == 0 || rest.len() == line.len() || whole.len() > LONGEST_QUOTED {
            whole.push_str(line.get(skipped..).unwrap_or(""));
            return (Cow::Owned(java_unescaped(whole.trim_end()).into_owned()), at + line.trim_end().len());
        }
        whole.push_str(line.get(skipped..line.len() - 1).unwrap_or(""));
        let ends = if rest.get(line.len()..).is_some_and(|rest| rest.starts_with("\r\n")) { 2 } else { 1 };
        at += line.len() + ends;
    }
    (Cow::Owned(java_unescaped(&whole).into_owned()), end)
}

fn java_unescaped(text: &str) -> Cow<'_, str> {
    super::json::unescaped(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{Watched, assert_secret};
    use crate::evidence::{FactKind, Origin, SourceFact};

    fn facts(path: &str, text: &str) -> Vec<SourceFact> {
        let watched = Watched {
            config_key: &["AppToken", "SUPEROFFICE_CLIENT_SECRET", "PrivateKey"],
            setting: &["session.cookie_secure", "APP_DEBUG"],
            argument: &["SO-AppToken"],
            ..Watched::default()
        };
        watched.facts(path, &text.replace("SECRET=", "S_E_C=").replace("=SECRET", "=§").replace("S_E_C=", "SECRET="))
    }

    #[test]
    fn every_way_to_write_a_line_is_found_where_it_stands() {
        for (path, text, sink, place) in [
            (".env", "A=1\r\nSUPEROFFICE_CLIENT_SECRET=§\r\nB=2", "SUPEROFFICE_CLIENT_SECRET", (2, 1, 59)),
            (".env.local", "export APP_TOKEN=\"§\" # mine", "APP_TOKEN", (1, 1, 52)),
            (".env.production", "SUPEROFFICE_CLIENT_SECRET='§'", "SUPEROFFICE_CLIENT_SECRET", (1, 1, 61)),
            ("app.ini", "[superoffice]\napp_token = §   ; mine", "superoffice.app_token", (2, 1, 45)),
            ("application.properties", "superoffice.app-token=§", "superoffice.app-token", (1, 1, 55)),
            ("application.properties", "so.app.token : §", "so.app.token", (1, 1, 48)),
            ("application.properties", "app.token 09d5a1b2c3d4e5f6\\\r\n   0718293a4b5c6dc1", "app.token", (1, 1, 20)),
            ("a.properties", "app\\u0054oken=§", "appToken", (1, 1, 47)),
            (".htaccess", "  SetEnv SO_APP_TOKEN §", "SO_APP_TOKEN", (1, 3, 55)),
            ("site.conf", "  fastcgi_param APP_TOKEN \"§\";", "APP_TOKEN", (1, 3, 61)),
            ("site.conf", "proxy_set_header SO-AppToken §;", "SO-AppToken", (1, 1, 62)),
            ("php-fpm.conf", "env[APP_TOKEN] = §", "APP_TOKEN", (1, 1, 50)),
            ("app.service", "Environment=\"APP_TOKEN=§\"", "APP_TOKEN", (1, 1, 56)),
        ] {
            assert_secret(&facts(path, text), text, sink, place);
        }
    }

    #[test]
    fn a_commented_out_value_and_a_key_over_lines_are_found() {
        let found = facts(".env", "# APP_TOKEN=§\n#APP_TOKEN=your-token\n# The APP_TOKEN=value comes later");
        assert_eq!(found.iter().map(|fact| (fact.in_comment, fact.line, fact.column)).collect::<Vec<_>>(), [(true, 1, 3)]);
        let found =
            facts(".env", "PRIVATE_KEY=\"-----BEGIN PRIVATE KEY-----\nMIIBVQIBADANBgkqhkiG9w0B\n-----END PRIVATE KEY-----\"\nAPP_TOKEN=§");
        let seen: Vec<_> = found.iter().map(|fact| (fact.line, fact.end_line, fact.shape.as_deref())).collect();
        assert_eq!(seen, [(1, 3, Some("PEM private key")), (4, 4, Some("32 hex"))]);
    }

    #[test]
    fn what_is_no_value_is_no_literal() {
        for (text, origin) in [
            ("APP_TOKEN=", Origin::Placeholder),
            ("APP_TOKEN=your-token-here", Origin::Placeholder),
            ("APP_TOKEN=${OTHER}", Origin::Placeholder),
            ("APP_TOKEN=$OTHER", Origin::Environment),
            ("APP_TOKEN=op://vault/app/token", Origin::SecretStore),
        ] {
            assert_eq!(facts(".env", text).iter().map(|fact| fact.origin).collect::<Vec<_>>(), [origin], "{text}");
        }
        for text in ["# set APP_TOKEN to the token", "APP_TOKEN_FILE=§", "the APP_TOKEN is = §", "[app_token]\nname=x"] {
            assert_eq!(facts(".env", text), [], "{text}");
        }
    }

    #[test]
    fn switches_are_settings_in_clear() {
        let found = facts("php.ini", "session.cookie_secure = 0 ; later\n;session.cookie_secure = 0\n");
        let seen: Vec<_> = found.iter().map(|fact| (fact.kind, fact.value.as_deref(), fact.line)).collect();
        assert_eq!(seen, [(FactKind::Setting, Some("0"), 1)]);
        let found = facts(".env", "APP_DEBUG=true\n");
        assert_eq!(found.iter().map(|fact| fact.value.as_deref()).collect::<Vec<_>>(), [Some("true")]);
        assert_eq!(facts(".htaccess", "php_flag session.cookie_secure off").len(), 1);
        assert_eq!(facts("a.properties", "server.servlet.session.cookie.secure=false").len(), 1);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[APP_TOKEN=: \\\\\"'#;\\[\\]a-zé\r\n]{0,160}", java in any::<bool>()) {
            let path = if java { "a.properties" } else { ".env" };
            for fact in facts(path, &text) {
                prop_assert!((fact.line, fact.column) <= (fact.end_line, fact.end_column));
            }
        }
    }
}
