//! What may be said of a written value without saying the value: its form, its masked ends, and whether it is a stand-in.

pub(super) use crate::collect::stand_ins::masked;
use crate::collect::{
    source::{drawn, forms, letters, names::squeezed, watch::Watch},
    stand_ins::{self, is_counted, is_elided, is_one_character},
};

/// No more of a value is looked at to tell whether it is a stand-in, in bytes: the longest key is shorter.
const LOOKED_AT: usize = 16 * 1024;

/// Passwords that products come with, in lower case: they are known to everyone, so that nothing is lost by saying that it is one.
const DEFAULTS: [&str; 26] = [
    "123",
    "123123",
    "1234",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "abc123",
    "admin",
    "admin123",
    "changeit",
    "changeme",
    "guest",
    "hello",
    "letmein",
    "nimda",
    "p@ssw0rd",
    "passw0rd",
    "password1",
    "password123",
    "postgres",
    "qwerty",
    "root",
    "sa",
    "toor",
];

/// Values of well-known samples that read like words, and that are in force wherever they were copied.
const SAMPLES: [&str; 2] = ["keyboard cat", "keyboardcat"];

/// The form of a value in words: `32 hex`, `36 uuid`, `JWT`, `18 characters`.
pub(super) fn shape(value: &str) -> String {
    let length = value.chars().count();
    let all = |accepts: fn(char) -> bool| value.chars().all(accepts);
    let is_said = value.contains(' ');
    if value.trim().is_empty() {
        "empty".to_owned()
    } else if value.contains("PRIVATE KEY-----") {
        "PEM private key".to_owned()
    } else if value.contains("<RSAKeyValue>") {
        "RSA XML key".to_owned()
    } else if is_jwt(value) {
        "JWT".to_owned()
    } else if is_uuid(value) {
        format!("{length} uuid")
    } else if value.contains("PUBLIC KEY-----") || value.contains("BEGIN CERTIFICATE-----") {
        "public key".to_owned()
    } else if length >= 16 && all(|character| character.is_ascii_hexdigit()) {
        format!("{length} hex")
    } else if DEFAULTS.contains(&value) {
        "well-known default".to_owned()
    } else if letters::are_for_one_program(value) || letters::are_no_words(value) || drawn::ends_drawn(value) {
        format!("{length} characters")
    } else if without_version(without_rank(value)).chars().all(|character| {
        character.is_alphabetic() || !character.is_ascii() || "-_./#:?,' ".contains(character) || (is_said && character == '!')
    }) {
        format!("{length} {}letters", letters::kind(without_rank(value).trim_start()))
    } else {
        format!("{length} characters")
    }
}

/// A value without its number in a list, as the keys of fields bear it: `#2:Password`, `3. Passord`.
fn without_rank(value: &str) -> &str {
    let bare = value.trim_start_matches('#');
    let digits = bare.len() - bare.trim_start_matches(|character: char| character.is_ascii_digit()).len();
    let rest = bare.get(digits..).filter(|_| (1..=2).contains(&digits));
    rest.and_then(|rest| rest.strip_prefix([':', '.', ')'])).filter(|rest| !rest.is_empty()).unwrap_or(value)
}

/// A value without the number of a version at its end, as labels bear it: `panel-lock-v1`.
fn without_version(value: &str) -> &str {
    let bare = value.trim_end_matches(|character: char| character.is_ascii_digit());
    let is_short = (1..=2).contains(&(value.len() - bare.len()));
    ["-v", "_v", ":v", "/v", ".v"].iter().find_map(|mark| bare.strip_suffix(mark)).filter(|_| is_short).unwrap_or(value)
}

/// Whether a value in a comment is worth a fact: no stand-in, and formed like a credential rather than like prose.
pub(super) fn looks_real(value: &str, watch: &Watch) -> bool {
    value.chars().count() >= forms::REAL_FROM
        && !is_placeholder(value, watch)
        && (value.contains("PRIVATE KEY-----") || !value.contains(char::is_whitespace))
}

/// Whether a value reads as something said to people: words without digits, or with blanks between them.
pub(super) fn reads_as_text(value: &str) -> bool {
    let value = value.trim();
    !drawn::looks_random(value)
        && !letters::are_for_one_program(value)
        && (value.contains(char::is_whitespace) || !value.contains(|character: char| character.is_ascii_digit()))
}

/// Whether a value only holds the place of a real one.
///
/// A placeholder never vanishes, it only weighs less; so a doubtful value counts as real.
pub(super) fn is_placeholder(value: &str, watch: &Watch) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let value = value.get(..value.floor_char_boundary(LOOKED_AT)).unwrap_or(value);
    let is_form = is_elided(value)
        || is_one_character(value)
        || (is_counted(value) && !DEFAULTS.contains(&value))
        || forms::is_template(value)
        || is_hash(value)
        || forms::is_check(value)
        || forms::is_resource(value)
        || forms::is_object_identifier(value)
        || forms::is_namespaced(value)
        || is_published_example(value)
        || forms::is_variable(value)
        || (letters::are_of_a_text(value) && !holds_random_run(value, watch))
        || forms::is_file(value);
    // Whatever a token spells, it does by chance.
    let speaks = || speaks_as_one(value, watch) && !SAMPLES.contains(&value) && !is_jwt(value);
    value.is_empty() || is_form || watch.is_a_name(without_article(value)) || is_path_of_name(value, watch) || speaks()
}

/// Whether a value is the path of a setting that is called like something watched: `auth0:clientSecret`.
fn is_path_of_name(value: &str, watch: &Watch) -> bool {
    let is_part = |part: &str| {
        part.len() >= 2
            && part.starts_with(|character: char| character.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
            && part.bytes().filter(u8::is_ascii_digit).count() <= 2
    };
    let Some((_, last)) = value.rsplit_once(':') else { return false };
    value.split(':').all(is_part) && watch.is_a_name(last)
}

/// Whether a value is what a switch is set to, whatever its name: `SavePassword` is on or off, and no password.
pub(super) fn is_truth(value: &str) -> bool {
    ["true", "false"].iter().any(|truth| value.eq_ignore_ascii_case(truth))
}

/// A value without the word that a reader is spoken to with: `yourclientsecret`, `theClientSecret`.
fn without_article(value: &str) -> &str {
    let cut = |article: &&str| {
        let (head, rest) = value.split_at_checked(article.len())?;
        head.eq_ignore_ascii_case(article).then_some(rest)
    };
    ["the", "your", "our", "aws", "aws_"].iter().find_map(cut).unwrap_or(value)
}

/// Whether a value says in capitals that it is the example of some documentation: `wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY`.
fn is_published_example(value: &str) -> bool {
    value.ends_with("EXAMPLEKEY") || value.ends_with("EXAMPLE")
}

/// Whether a value is the hash of a password, as databases are filled with: it lets nobody in. Under the name of a key it may be the key itself.
pub(super) fn is_hash(value: &str) -> bool {
    const STARTS: [&str; 19] = [
        "$2a$",
        "$2b$",
        "$2y$",
        "$argon2",
        "$5$",
        "$6$",
        "$1$",
        "$P$",
        "$H$",
        "$apr1$",
        "{bcrypt}",
        "pbkdf2_sha",
        "pbkdf2:",
        "scrypt:",
        "argon2$",
        "bcrypt$",
        "md5$",
        "scrypt$",
        "sha1$",
    ];
    STARTS.iter().any(|start| value.starts_with(start)) || (value.starts_with("AQAAAA") && value.len() > 60)
}

/// More words that say "put the value here", that the value is kept elsewhere, or that it is one for tests.
const STAND_INS: [&str; 37] = [
    "add",
    "added",
    "anonymous",
    "any",
    "bar",
    "bogus",
    "changeit",
    "configured",
    "demonstration",
    "environment",
    "expected",
    "fill",
    "foo",
    "from",
    "keyvault",
    "missing",
    "mocked",
    "needed",
    "overridden",
    "override",
    "paste",
    "provide",
    "put",
    "replaced",
    "required",
    "see",
    "set",
    "some",
    "stored",
    "stub",
    "tbd",
    "tests",
    "unittest",
    "update",
    "use",
    "wrong",
    "yours",
];

/// So many words are a sentence.
const SENTENCE: usize = 5;
/// So many words explain something.
const EXPLAINED: usize = 12;
/// So many words name something, and a name has so many letters.
const NAMED: usize = 3;
/// Words as short as this are spelled by chance.
const SHORT_WORD: usize = 3;
/// A longer run of letters between blanks is no word of a sentence, in bytes.
const LONGEST_WORD: usize = 20;

/// More words that surround the names of credentials. A value made of these and of the words of watched names is a name.
const NAMING: [&str; 9] = ["demo", "dev", "development", "goes", "here", "local", "private", "secrets", "vault"];

/// Whether a word says that a value is none.
fn says_none(word: &str) -> bool {
    stand_ins::says_none(word) || STAND_INS.contains(&word)
}

/// Whether a word is one of those that surround the names of credentials.
fn is_naming(word: &str) -> bool {
    stand_ins::is_naming(word) || NAMING.contains(&word)
}

/// Whether the words of a value say that it is a stand-in.
fn speaks_as_one(value: &str, watch: &Watch) -> bool {
    let words = watch.words(value);
    let names = |word: &String| is_naming(word) || watch.says(word);
    // `PasswordHere1` holds what the form of a password asks for.
    let is_here = |word: &String| word.strip_prefix("here").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    let naming = words.len() >= 2 && words.iter().all(|word| names(word) || is_here(word));
    // `StrongPasswordHere` says where one goes.
    let naming = naming || matches!(words.as_slice(), [_, .., before, last] if last == "here" && names(before));
    let naming = naming || is_run_together(value, watch);
    let standing_in = words.iter().any(|word| says_none(word) && !is_chance(word, value)) || says_none(&squeezed(value));
    let standing_in = standing_in && !is_typed(value);
    naming || (is_prose(value) && !says_that_it_is_one(&words, standing_in)) || (standing_in && !holds_random_run(value, watch))
}

/// Whether a value is a word, a sign and a number, as people type where a password has to hold all three: `Test@123` lets them in, whatever it says.
fn is_typed(value: &str) -> bool {
    let word = value.trim_end_matches(|character: char| character.is_ascii_digit());
    let is_numbered = (1..=4).contains(&value.len().saturating_sub(word.len()));
    let word = word.strip_suffix(['@', '#', '!', '$', '&', '*']).unwrap_or("");
    is_numbered && ["test", "tests", "testing", "tester"].iter().any(|typed| word.eq_ignore_ascii_case(typed))
}

/// Whether a short word stands only where digits and letters take turns, as in `b6UseW92`: chance spells it there.
fn is_chance(word: &str, value: &str) -> bool {
    let takes_turns =
        |run: &str| run.as_bytes().windows(2).any(|pair| matches!(pair, [one, next] if one.is_ascii_digit() && next.is_ascii_alphabetic()));
    let mut runs = value.split(|character: char| !character.is_ascii_alphanumeric());
    word.len() <= SHORT_WORD && runs.all(|run| takes_turns(run) || !run.to_ascii_lowercase().contains(word))
}

/// Whether a sentence says of itself that it is a secret key, as many an app signs its tokens with: `this is my super secret key for jwt`.
fn says_that_it_is_one(words: &[String], standing_in: bool) -> bool {
    let says = |part: &str| words.iter().any(|word| word.contains(part));
    let begins = matches!(words, [first, ..] if ["this", "my", "its", "super"].contains(&first.as_str()));
    words.len() >= 5 && begins && says("secret") && says("key") && !standing_in
}

/// Whether a value is a name whose three words or more are not told apart: `mysecretkey`.
fn is_run_together(value: &str, watch: &Watch) -> bool {
    const STARTS: [&str; 5] = ["my", "your", "the", "this", "our"];
    let Some(rest) = STARTS.iter().find_map(|start| value.strip_prefix(start)).filter(|rest| rest.len() <= LONGEST_WORD) else {
        return false;
    };
    let is_known = |word: &str| word.len() >= 3 && (is_naming(word) || watch.says(word));
    // The beginnings of the rest that are made of known words, and of how many at most.
    let mut reached = vec![(0, 0)];
    for end in 1..=rest.len() {
        let known = reached.iter().filter(|(start, _)| rest.get(*start..end).is_some_and(is_known));
        if let Some(words) = known.map(|(_, words)| words + 1).max() {
            reached.push((end, words));
        }
    }
    // Whose it is, is said to a reader: `yourpassword`. A person's own may be called `mypassword`.
    let least = if value.starts_with("your") { 1 } else { 2 };
    reached.last().is_some_and(|(end, words)| *end == rest.len() && *words >= least)
}

/// Two or more words and nothing else.
fn is_prose(value: &str) -> bool {
    if value.contains("-----BEGIN") || letters::are_for_one_program(value) {
        return false;
    }
    let bare = |word: &str| word.trim_matches(|character: char| character.is_ascii_punctuation() || "–—…’".contains(character)).to_owned();
    // A system user token may hold blanks too; but after its hyphen come capitals and digits.
    let is_word = |word: &str| {
        let lower = word.chars().all(|character| !character.is_uppercase());
        word.len() <= LONGEST_WORD
            && word.chars().all(|character| character.is_alphabetic() || "'’".contains(character) || (lower && character == '-'))
    };
    let written: Vec<String> = value.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect();
    // One word again and again makes a key long enough, and says nothing.
    if written.len() >= NAMED && written.windows(2).all(|pair| matches!(pair, [one, next] if one == next)) {
        return false;
    }
    // So may a name in it: `OAuth2 Client Secret`.
    let is_numbered = |word: &str| {
        let name = word.trim_end_matches(|character: char| character.is_ascii_digit());
        written.len() >= NAMED && word.len() == name.len() + 1 && name.len() >= NAMED && is_word(name)
    };
    // A sentence may hold a number: `Password must be at least 10 characters long.`
    let is_number = |word: &str| written.len() >= SENTENCE && word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    let others = written.iter().filter(|word| !(is_word(word) || is_number(word) || is_numbered(word))).count();
    // A long one may hold an address or an example: `You get the key on https://… and it looks like …`.
    written.len() >= 2 && (others == 0 || (written.len() >= EXPLAINED && others.saturating_mul(5) <= written.len()))
}

/// Whether some unbroken run mixes digits or capitals with other letters as random characters do, so that a word beside it proves nothing:
/// an app may well be called `Sample Sync`, and its system user token begins with that name.
fn holds_random_run(value: &str, watch: &Watch) -> bool {
    // A slash also divides a path, whose parts are words; beside `+` or a final `=` it is a digit of Base64.
    let is_base64 = value.contains('+') || value.ends_with('=');
    let is_digit = |character: char| character.is_ascii_alphanumeric() || (is_base64 && "+/".contains(character));
    value.split(|character: char| !is_digit(character)).filter(|run| run.len() >= 10).any(|run| {
        let words = watch.words(run);
        let digits = run.chars().filter(char::is_ascii_digit).count();
        // Three random letters may well spell `Add`; seven do not spell `Example`.
        let says_so = words.iter().any(|word| word.len() >= 5 && says_none(word));
        let known = |word: &&String| says_none(word) || is_naming(word) || watch.says(word);
        let said: usize = words.iter().filter(known).map(String::len).sum();
        let jumbled = words.len() >= 4 && said.saturating_mul(2) < run.len();
        !says_so && (jumbled || drawn::are_drawn_letters(run) || (digits >= 2 && digits < run.len()))
    })
}

fn is_uuid(value: &str) -> bool {
    let lengths: Vec<usize> = value.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && value.chars().all(|character| character == '-' || character.is_ascii_hexdigit())
}

/// Whether a value has the three parts of a signed token (RFC 7519).
pub(super) fn is_jwt(value: &str) -> bool {
    let is_part =
        |part: &str| part.len() >= 10 && part.chars().all(|character| character.is_ascii_alphanumeric() || "-_".contains(character));
    value.starts_with("eyJ") && value.split('.').count() == 3 && value.split('.').all(is_part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evidence::Vocabulary;

    fn watch() -> Watch {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Watch::new(&Vocabulary {
            assignment: names(&["ClientSecret", "SuperOfficeSecret", "SUPEROFFICE_SECRET"]),
            argument: names(&["SO-AppToken"]),
            config_key: names(&["ApplicationToken"]),
            ..Vocabulary::default()
        })
    }

    #[test]
    fn values_of_tests_counts_and_hints_where_the_value_is_kept_are_placeholders() {
        let stand_ins = [
            "1234567-1234-9876",
            "0123456789abcdef0123456789abcdef",
            "-- from key vault --",
            "not configured",
            "test-token",
            "invalid-secret",
            "mock-system-user-token",
            "SomeTestToken",
            "my-application-token",
            "SuperOfficeToken",
            "from-keyvault",
            "env:SO_CLIENT_SECRET",
            "OVERRIDE_IN_ENVIRONMENT",
            "see dotnet user-secrets",
            "required|string|min:8|confirmed",
            "required|current_password:web",
            "my superoffice secret",
            "required|min:8|confirmed",
            "md5$seasalt$1e9bf2bf5606aa5c39852cc30f0f6f22",
            "./dist/fields-types-password.js",
            "Password must be at least 10 characters long.",
            "$2y$10$c5.Md.ZOCYFv70pPv/3nAeNSsXzV3ttFguIu.GzEFYhaijHh988sf",
            "dev-secret",
            "mysecretkey",
            "GATEWAY_E2E_CLIENT_SECRET",
            "/app/google-credentials.json",
            "..\\App_Data\\privatekey.xml",
            "theclientsecret",
            "YourClientSecret",
            "not-needed",
            "secret-key-missing!",
            "anonymous@",
            "OAuth2 Client Secret",
            "plugins:paypal2:pay",
            "请输入6位密码",
            "用于登录$1的新密码是$2",
        ];
        let missed: Vec<&str> = stand_ins.into_iter().filter(|value| !is_placeholder(value, &watch())).collect();
        assert!(missed.is_empty(), "{missed:?}");
    }

    #[test]
    fn what_people_type_where_a_password_asks_for_signs_is_no_placeholder() {
        assert!(!["Test@123", "Testing#2020", "123123", "123456789"].into_iter().any(|value| is_placeholder(value, &watch())));
        assert!(["Test@Here", "StrongPasswordHere", "Example@123"].into_iter().all(|value| is_placeholder(value, &watch())));
    }

    #[test]
    fn labels_read_as_text_and_secrets_do_not() {
        assert!(["Passord", "Bekreft passord 2", "Klienthemmelighet", "API-nøkkel"].into_iter().all(reads_as_text));
        let secrets = ["qzwk tmdc hvga ukcd", "Fjelltur2019", "Contoso Mail Sync-k7Rw2PzQ9x", "b7c91f0a4de2485396cf1b0d8e7a5243"];
        assert_eq!(secrets.into_iter().filter(|value| reads_as_text(value)).count(), 0);
    }

    #[test]
    fn stand_ins_are_placeholders() {
        let stand_ins = [
            "",
            "   ",
            "ADD",
            "YOUR_CLIENT_SECRET",
            "YourClientSecret",
            "your-secret-here",
            "yourpassword",
            "##Automation--LoginPassword--##",
            "CHANGE_ME",
            "changeme",
            "ChangeMe!",
            "TODO",
            "xxxx",
            "xxxx-xxxx-xx",
            "XXXXXXXXXXXXXXXX",
            "<secret>",
            "<your secret>",
            "${CLIENT_SECRET}",
            "#{ClientSecret}#",
            "{{ client_secret }}",
            "%CLIENT_SECRET%",
            "ALTER USER %(user)s IDENTIFIED BY '%(password)s'",
            "__ClientSecret__",
            "{0}",
            "$(ClientSecret)",
            "[@ClientSecret]",
            "[ClientSecret]",
            "09d5c1...",
            "09d5********c1",
            "****",
            "ClientSecret",
            "client_secret",
            "SO-AppToken",
            "applicationToken",
            "00000000-0000-0000-0000-000000000000",
            "aaaaaaaaaaaaaaaa",
            "1234abcxyzExample",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "aws_client_secret",
            "1.2.840.113549.1.9.7",
            "dummy-secret",
            "insert token here",
            "my-client-secret",
            "Get this from the developer portal",
            "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/a)",
            "$SECRET(token)",
            "null",
            "add-your-own",
        ];
        let missed: Vec<&str> = stand_ins.into_iter().filter(|value| !is_placeholder(value, &watch())).collect();
        assert!(missed.is_empty(), "{missed:?}");
    }

    #[test]
    fn a_password_that_everyone_tries_is_none_and_neither_is_one_word_again_and_again() {
        for value in ["123456", "12345678", "FjellPortal FjellPortal FjellPortal"] {
            assert!(!is_placeholder(value, &watch()), "{value}");
        }
        for value in ["1234567890", "Fjell Portal Fjell", "no no"] {
            assert!(is_placeholder(value, &watch()), "{value}");
        }
    }

    #[test]
    fn real_values_are_not_placeholders() {
        let real = [
            "09d5a1b2c3d4e5f60718293a4b5c6dc1",
            "SuperSecret",
            "SuperSecretValue",
            "mysecret",
            "OfficePassword",
            "hunter2hunter2",
            "密码是Kq7Rw2PzQ9xL4",
            "Summer2 rain",
            "crm:kv7:q2w",
            "kv7pq:x2w",
            "Sample Sync-Ab3dEf9hIj",
            "Your Company App-x7Yt2Qm9Lp",
            "Test Sync-kRwPzQxAbc",
            "Unit Tests-k7Rw2PzQ9x",
            "12349f02e4c8b1a750d6e3f98a7c5b41",
            "P@ssw0rd",
            "kqz{rvf8263901457ghx}jwl9412765",
            "7T:MQA2ADMAOAA0ADEAMAAxAA==",
            "x7SetQm2Lp9AddKs4",
            "0M+wL/Boh//n1w+nF+k+++M0my2V+anyP0Nq+5s+26P=",
            "eyJ1D1R__xS_oAG-V7_j8N-M-t_gVt6_sAddJwS-.eyJ_d7jYfZ-01-LZ-r48fn9Pv.-o4-whczqP-__og-kq2",
            "eyJuf___v74_46Rt_-O-dc_E8QLf.eyJk_0_bPec8ofk6_st-P1U2l5-qp4hd.-tI_-D-KdhK7r-_06ZA2k_0t-U-eaF__-",
            "%3aAbcdefghijklmnop%2bxy",
            "bogs362!+b6UseW92",
            "aykh1B7FxXxxk2mLAvOfy5FWd1zHPhahcSqNUqBF",
            "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            "<RSAKeyValue><Modulus>abc</Modulus><D>abc</D></RSAKeyValue>",
            "secret",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----",
        ];
        let lost: Vec<&str> = real.into_iter().filter(|value| is_placeholder(value, &watch())).collect();
        assert!(lost.is_empty(), "{lost:?}");
    }

    #[test]
    fn shapes_are_said_in_words() {
        for (value, expected) in [
            ("09d5a1b2c3d4e5f60718293a4b5c6dc1", "32 hex"),
            ("f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "36 uuid"),
            ("Sample Sync-Ab3dEf", "18 characters"),
            ("-----BEGIN PRIVATE KEY-----\nMIIB", "PEM private key"),
            ("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlc2lnbmF0dXJl", "JWT"),
            ("", "empty"),
            ("Zonnebloem", "10 plain letters"),
            ("Password", "8 naming letters"),
            ("forgotten", "9 letters"),
            ("Bekreft passord", "15 spoken letters"),
            ("Nå må dere signere !", "20 spoken letters"),
            ("Zonnebloem!", "11 characters"),
            ("#2:Passord", "10 naming letters"),
            ("3. Passord", "10 naming letters"),
            ("1:4711Kaffe", "11 characters"),
            ("panel-maillock-v1", "17 letters"),
            ("panel-maillock-71", "17 characters"),
            ("q w k r t z b n f h a l m c x v", "31 characters"),
        ] {
            assert_eq!(shape(value), expected);
        }
    }

    #[test]
    fn a_mask_shows_the_ends_of_long_values_only() {
        assert_eq!(masked("09d5a1b2c3d4e5f60718293a4b5c6dc1"), "09d…c1(32)");
        assert_eq!(masked("hunter22"), "(8)");
        assert_eq!(masked("12345678901"), "(11)");
        assert_eq!(masked("a\nb456789012"), "a·b…12(12)");
    }

    proptest! {
        #[test]
        fn a_mask_never_holds_more_than_five_characters_of_the_value(value in "\\PC{6,60}") {
            let shown = masked(&value);
            prop_assert!(!shown.contains(&value));
            prop_assert!(shown.chars().count() <= 6 + 2 + value.chars().count().to_string().len());
        }

        #[test]
        fn any_text_is_classified(value in any::<String>()) {
            is_placeholder(&value, &watch());
            shape(&value);
        }
    }
}
