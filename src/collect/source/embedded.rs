//! Names and values inside a piece of text: connection strings, form bodies, header lines, JSON in a string, prose in a comment.

use std::ops::Range;

use crate::collect::source::{
    drawn,
    names::{Match, Names, segments},
};

/// A longer name is nobody's, and a longer value no credential.
const LONGEST_NAME: usize = 200;
const LONGEST_VALUE: usize = 4_096;
/// How the value of a header begins that signs somebody in.
const SCHEMES: [&str; 3] = ["Bearer ", "Token ", "SOTicket "];
/// How many pairs of one text are looked at.
const MOST_PAIRS: usize = 2_000;

/// A watched name with a value that looks like a credential.
pub(super) struct Embedded<'a> {
    /// The name as written, with the path before it.
    pub(super) name: &'a str,
    /// The entry of the vocabulary.
    pub(super) found: Match<'a>,
    pub(super) value: &'a str,
    /// From the name to the value, in bytes.
    pub(super) range: Range<usize>,
}

/// Every watched name with a value that looks like a credential.
///
/// Text says anything, so a value must look random here: a sentence about a secret is none.
pub(super) fn embedded<'a>(text: &'a str, names: &'a Names) -> Vec<Embedded<'a>> {
    let separators = text.match_indices(['=', ':']).map(|(offset, _)| offset).filter(|offset| separates(text, *offset));
    let elements = text.match_indices('>').take(MOST_PAIRS).filter_map(|(offset, _)| element(text, offset, names));
    separators.take(MOST_PAIRS).filter_map(|separator| pair(text, separator, names)).chain(elements).collect()
}

/// An element with a watched name and a value: `<ApplicationToken>…</ApplicationToken>`.
fn element<'a>(text: &'a str, close: usize, names: &'a Names) -> Option<Embedded<'a>> {
    let (name, start) = name_before(text, close)?;
    let before = text.get(..start)?;
    let is_opened = before.ends_with('<') || before.rsplit_once('<').is_some_and(|(_, prefix)| is_prefix(prefix));
    let path: Vec<&str> = segments(name).collect();
    let found = names.matching(&path).filter(|_| is_opened)?;
    let from = close + 1;
    let length = front(text.get(from..)?).find(['<', '>', '\n'])?;
    let value = text.get(from..from + length)?;
    let is_closed = text.get(from + length..)?.starts_with("</");
    let real = drawn::looks_random(value) || (is_password(found.entry) && is_of_an_envelope(text, value));
    (is_closed && real).then(|| Embedded { name, found, value, range: start..from + length })
}

/// Whether a text is XML that signs somebody in, with a password that is no word: `<username>x</username><password>…</password>`.
fn is_of_an_envelope(text: &str, password: &str) -> bool {
    const LONGEST_ENVELOPE: usize = 4_000;
    // A label may end in a sign: `Password*`.
    let is_label = password.trim_end_matches(|last: char| last.is_ascii_punctuation()).chars().all(char::is_alphabetic);
    let is_one = text.len() <= LONGEST_ENVELOPE && is_made_up(password) && !is_label && !password.contains(char::is_whitespace);
    let lower = if is_one { text.to_ascii_lowercase() } else { String::new() };
    ["username>", "user>", "userid>", "login>"].iter().any(|end| lower.contains(end))
}

/// Whether a password is more than a word.
fn is_made_up(password: &str) -> bool {
    password.len() >= 6 && password.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_punctuation())
}

/// Whether something is what stands before the name of an element that belongs to a namespace: `so:`.
fn is_prefix(text: &str) -> bool {
    text.len() <= LONGEST_NAME
        && text.strip_suffix(':').is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Whether a name ends and a value begins here, unlike at a comparison or an arrow.
fn separates(text: &str, separator: usize) -> bool {
    let before = text.get(..separator).and_then(|before| before.bytes().next_back());
    let after = text.get(separator + 1..).and_then(|after| after.bytes().next());
    !matches!(before, Some(b'=' | b'!' | b'<' | b'>' | b':')) && !matches!(after, Some(b'=' | b'>' | b':'))
}

fn pair<'a>(text: &'a str, separator: usize, names: &'a Names) -> Option<Embedded<'a>> {
    let (name, start) = name_before(text, separator)?;
    let path: Vec<&str> = segments(name).collect();
    let found = names.matching(&path)?;
    let value = value_after(text, separator + 1)?;
    let written = text.get(value.clone())?.rsplit(' ').next()?;
    let is_password = is_password(found.entry);
    let real = drawn::looks_random(written)
        || (found.exact && !is_password && !found.entry.starts_with('*') && drawn::ends_drawn(written))
        || (is_password && !written.is_empty() && (is_connection(text, written) || is_sign_in(text, written)));
    real.then(|| Embedded { name, found, value: text.get(value.clone()).unwrap_or(""), range: start..value.end })
}

/// Whether an entry names a password, which a person made up, so that it seldom looks random.
pub(super) fn is_password(entry: &str) -> bool {
    let entry = entry.to_ascii_lowercase();
    ["password", "pwd", "passwd"].iter().any(|word| entry.ends_with(word))
}

/// What names a database, or how it is signed in to, in the list of what a connection needs.
const OPENED: [&str; 11] = [
    "server=",
    "data source=",
    "host=",
    "datasource=",
    "dsn=",
    "driver=",
    "address=",
    "initial catalog=",
    "database=",
    "dbname=",
    "authtype=",
];

/// Whether a text lists what a connection to a database needs, where a password is one for sure.
fn is_connection(text: &str, password: &str) -> bool {
    const LONGEST_CONNECTION: usize = 2_000;
    let list = text.len() <= LONGEST_CONNECTION && text.contains(';') && text.contains('=');
    let lower = if list { text.to_ascii_lowercase() } else { String::new() };
    // On a developer's own machine nothing is lost by a password that stands for one; what a person thought up may be in force elsewhere, too.
    let is_local = ["localhost", "127.0.0.1", "(local", "=.;", "=.\\"].iter().any(|host| lower.contains(host));
    let says = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    // A service that is signed in to is named in ways of its own: `Url=…;Username=x;Password=…`.
    let signs_in = is_made_up(password) && says(&["username=", "user id=", "userid=", "uid="]);
    (!is_local || is_thought_up(password)) && (signs_in || says(&OPENED))
}

/// Whether a person thought up a password: letters with digits or signs, and no word of those that stand for a password, whatever signs spell it.
fn is_thought_up(password: &str) -> bool {
    const SHORTEST: usize = 8;
    const WORDS: [&str; 26] = [
        "pass", "pwd", "word", "secret", "admin", "root", "user", "guest", "test", "demo", "dev", "local", "docker", "sql", "postgres",
        "mysql", "oracle", "mongo", "redis", "strong", "your", "change", "example", "default", "qwer", "asdf",
    ];
    let as_letter = |character: char| match character {
        '@' | '4' => 'a',
        '0' => 'o',
        '$' | '5' => 's',
        '3' => 'e',
        '1' | '!' => 'i',
        '7' => 't',
        other => other,
    };
    let lower = password.to_lowercase();
    let spelled: String = lower.chars().map(as_letter).collect();
    let has = |accepts: fn(char) -> bool| password.chars().any(accepts);
    let is_mixed =
        has(char::is_alphabetic) && (has(|character| character.is_ascii_digit()) || has(|character| character.is_ascii_punctuation()));
    let is_counted = ["123", "abc", "xyz"].iter().any(|row| lower.contains(row));
    let is_word = WORDS.iter().any(|word| spelled.contains(word) || lower.contains(word));
    password.chars().count() >= SHORTEST && is_mixed && !is_counted && !is_word
}

/// Whether a text is what signs somebody in, as JSON or as a form, with a password that is no word: `{"username": "x", "password": "…"}`.
fn is_sign_in(text: &str, password: &str) -> bool {
    const LONGEST_BODY: usize = 500;
    let text = text.trim();
    let is_body = text.len() <= LONGEST_BODY && (text.starts_with('{') && text.ends_with('}') || text.contains('&') && !text.contains(' '));
    let is_made_up = is_made_up(password);
    let lower = if is_body && is_made_up { text.to_ascii_lowercase() } else { String::new() };
    let names = ["username", "user_name", "userid", "user", "email", "login"];
    is_body && is_made_up && names.iter().any(|name| lower.contains(&format!("{name}\"")) || lower.contains(&format!("{name}=")))
}

fn name_before(text: &str, separator: usize) -> Option<(&str, usize)> {
    let before = text.get(..separator)?.trim_end_matches([' ', '\t', '"', '\'', '\\', ']']);
    let is_name = |character: &char| character.is_alphanumeric() || "_-.".contains(*character);
    let length: usize = before.chars().rev().take(LONGEST_NAME).take_while(is_name).map(char::len_utf8).sum();
    let start = before.len().checked_sub(length)?;
    before.get(start..).filter(|name| !name.is_empty()).map(|name| (name, start))
}

/// Up to the closing quote or, without quotes, to where a value in a list ends. Looks no further than a value may be long.
fn value_after(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let quoted = rest.trim_start().trim_start_matches(['@', '\\']);
    let (start, length) = if let quote @ ('"' | '\'') = quoted.chars().next()? {
        (text.len() - quoted.len() + 1, front(quoted.get(1..)?).find([quote, '\\', '\n'])?)
    } else {
        let bare = rest.trim_start_matches([' ', '\t']);
        let ends = |character: char| character.is_whitespace() || "&;,\"'<>{}()".contains(character);
        let bare_value = front(bare);
        // The scheme of a header belongs to what it carries: `Bearer …`.
        let scheme = SCHEMES.iter().find(|scheme| bare_value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
        let carried = bare_value.get(scheme.map_or(0, |scheme| scheme.len())..).unwrap_or("");
        let before = bare_value.len() - carried.len();
        (text.len() - bare.len(), carried.find(ends).map_or(bare_value.len(), |end| before + end))
    };
    (length <= LONGEST_VALUE).then(|| start..start.saturating_add(length))
}

/// As much of a text as shows whether a value in it is too long.
fn front(text: &str) -> &str {
    text.get(..text.ceil_char_boundary(LONGEST_VALUE + 1)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "09d5a1b2c3d4e5f60718293a4b5c6dc1";

    fn names() -> Names {
        Names::new(&["ClientSecret".to_owned(), "client_secret".to_owned(), "SO-AppToken".to_owned()])
    }

    fn values(text: &str) -> Vec<(String, String)> {
        let names = names();
        embedded(text, &names).into_iter().map(|pair| (pair.name.to_owned(), pair.value.to_owned())).collect()
    }

    #[test]
    fn a_value_is_found_in_any_list_of_names_and_values() {
        for (text, name) in [
            ("grant_type=refresh_token&client_secret=SECRET&refresh_token=", "client_secret"),
            ("ClientId=a;ClientSecret=SECRET;Environment=sod", "ClientSecret"),
            ("SO-AppToken: SECRET", "SO-AppToken"),
            (r#"{ "client_secret": "SECRET" }"#, "client_secret"),
            (r#"{ \"client_secret\": \"SECRET\" }"#, "client_secret"),
            ("options.ClientSecret =\n    \"SECRET\";", "options.ClientSecret"),
            ("update Tenant set ClientSecret='SECRET' where Id=1", "ClientSecret"),
        ] {
            assert_eq!(
                values(&text.replace("SECRET", SECRET).replace("Client09d5a1b2c3d4e5f60718293a4b5c6dc1", "ClientSecret")).len(),
                1,
                "{name}: {text}"
            );
        }
    }

    #[test]
    fn a_short_value_counts_under_the_very_name_where_a_machine_drew_it() {
        let found = |text: &str| values(text).into_iter().map(|(_, value)| value).collect::<Vec<_>>();
        assert_eq!(found("curl -H \"SO-AppToken: Sync-8fh2kd93ms\" https://a.example"), ["Sync-8fh2kd93ms"]);
        for harmless in ["SO-AppToken: see the portal", "client_secret=the-new-secret", "MyClientSecretNote=Sync-8fh2kd93ms"] {
            assert_eq!(found(harmless), Vec::<String>::new(), "{harmless}");
        }
    }

    #[test]
    fn a_password_of_an_envelope_that_signs_in_needs_not_look_random() {
        let names = Names::new(&["*Password".to_owned()]);
        let found = |text: &str| embedded(text, &names).into_iter().map(|pair| pair.value.to_owned()).collect::<Vec<_>>();
        let envelope = |password: &str| format!("<s:Body><n1:username>svc</n1:username><n1:password>{password}</n1:password></s:Body>");
        assert_eq!(found(&envelope("Fjord!2021")), ["Fjord!2021"]);
        for harmless in
            [envelope("password"), envelope("Password*"), envelope(""), "<page><password>Fjord!2021</password></page>".to_owned()]
        {
            assert_eq!(found(&harmless), Vec::<String>::new(), "{harmless}");
        }
    }

    #[test]
    fn a_password_of_a_body_that_signs_in_needs_not_look_random() {
        let names = Names::new(&["*Password".to_owned()]);
        let found = |text: &str| embedded(text, &names).into_iter().map(|pair| pair.value.to_owned()).collect::<Vec<_>>();
        assert_eq!(found(r#"{"username":"svc","password":"Fjord!2021"}"#), ["Fjord!2021"]);
        assert_eq!(found("grant_type=password&username=svc&password=Fjord!2021"), ["Fjord!2021"]);
        for harmless in [
            r#"{"username":"svc","password":"password"}"#,
            "The username and the password: Fjord!2021",
            r#"{"error":"password: at least 8"}"#,
        ] {
            assert_eq!(found(harmless), Vec::<String>::new(), "{harmless}");
        }
    }

    #[test]
    fn a_password_of_a_connection_needs_not_look_random() {
        let names = Names::new(&["*Password".to_owned(), "*Pwd".to_owned()]);
        let found = |text: &str| embedded(text, &names).into_iter().map(|pair| pair.value.to_owned()).collect::<Vec<_>>();
        assert_eq!(found("Server=db;Database=app;User Id=app;Password=Lofoten#2021"), ["Lofoten#2021"]);
        assert_eq!(found("DRIVER={ODBC Driver 17 for SQL Server};SERVER=sql;UID=crm7;PWD=Berlevaag"), ["Berlevaag"]);
        assert_eq!(found("Url=https://crm7.contoso.net;Username=app@contoso.net;Password=Lofoten#2021"), ["Lofoten#2021"]);
        assert_eq!(found("Server=db;Database=app;User Id=app;Password="), [] as [&str; 0]);
        assert_eq!(found("Url=https://crm7.contoso.net;Username=app;Password=required"), [] as [&str; 0]);
        assert_eq!(found("Password=required; see the documentation"), [] as [&str; 0]);
    }

    #[test]
    fn an_element_holds_a_value() {
        for text in ["<ClientSecret>SECRET</ClientSecret>", "<so:ClientSecret>SECRET</so:ClientSecret>"] {
            assert_eq!(
                values(&text.replace("SECRET", SECRET).replace("Client09d5a1b2c3d4e5f60718293a4b5c6dc1", "ClientSecret")).len(),
                1,
                "{text}"
            );
        }
        for text in
            ["<ClientSecret>{0}</ClientSecret>", "<ClientSecret>required</ClientSecret>", "a < b && ClientSecret > 9f02e4c8b1a750d6ab < c"]
        {
            assert_eq!(values(text), [], "{text}");
        }
    }

    #[test]
    fn beside_a_database_on_the_same_machine_a_password_counts_that_a_person_thought_up() {
        let names = Names::new(&["*Password".to_owned()]);
        let count = |password: &str| embedded(&format!("Data Source=.\\SQLEXPRESS;User ID=app;Password={password}"), &names).len();
        for password in ["Kr1stiansand!88", "Fjord_Fjell2023"] {
            assert_eq!(count(password), 1, "{password}");
        }
        for password in ["root", "postgres", "Y0ur_P@ssw0rd", "Str0ngPa$$w0rd!", "Dev#2023!", "abcd1234", "Sup3rS3cr3t!", "zonnebloem"] {
            assert_eq!(count(password), 0, "{password}");
        }
    }

    #[test]
    fn words_about_a_secret_are_none() {
        for text in [
            "client_secret={clientSecret}&x=1",
            "The client_secret=value in appsettings.json",
            "ClientSecret: required, see the documentation",
            "client_secret == 09d5a1b2c3d4e5f60718293a4b5c6dc1",
            "ClientSecret => 09d5a1b2c3d4e5f60718293a4b5c6dc1",
            "client_secret=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "ClientSecret: https://contoso.vault.azure.net/secrets/9f02e4c8b1a750d6",
            "client_secret=",
            "id=09d5a1b2c3d4e5f60718293a4b5c6dc1",
        ] {
            assert_eq!(values(text), [], "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[=:\"'\\\\ &;a-zé\nClientSecret0-9]{0,160}") {
            for pair in embedded(&text, &names()) {
                prop_assert!(text.get(pair.range).is_some_and(|whole| whole.ends_with(pair.value)));
            }
        }
    }
}
