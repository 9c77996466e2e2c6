//! Values of letters alone: words for a password, words that say what something is, and words that people choose as passwords.

use crate::collect::stand_ins::says_none;

/// Words for a password, which stand on labels and in samples.
const WORDS_FOR_PASSWORD: [&str; 22] = [
    "adgangskode",
    "clave",
    "contrasena",
    "contraseña",
    "geheim",
    "haslo",
    "hasło",
    "heslo",
    "hemmelig",
    "kennwort",
    "lösenord",
    "losenord",
    "parola",
    "passord",
    "passwd",
    "password",
    "passwort",
    "pwd",
    "salasana",
    "secret",
    "senha",
    "wachtwoord",
];

/// Parts of words, in small letters, that say what something is or what is done with it, so that the word is no password.
const SAYING: [&str; 66] = [
    "auth",
    "bcrypt",
    "change",
    "clave",
    "code",
    "column",
    "confirm",
    "contra",
    "credential",
    "default",
    "demo",
    "digest",
    "disabled",
    "dummy",
    "empty",
    "enabled",
    "encrypt",
    "error",
    "example",
    "false",
    "field",
    "forgot",
    "geheim",
    "grant",
    "hash",
    "haslo",
    "hemmel",
    "heslo",
    "hidden",
    "input",
    "invalid",
    "kennwort",
    "key",
    "kode",
    "label",
    "local",
    "login",
    "losen",
    "mask",
    "missing",
    "name",
    "none",
    "null",
    "optional",
    "parola",
    "pass",
    "plain",
    "prompt",
    "pwd",
    "random",
    "repeat",
    "required",
    "reset",
    "salasana",
    "sample",
    "secret",
    "senha",
    "string",
    "test",
    "text",
    "token",
    "true",
    "type",
    "user",
    "value",
    "woord",
];

/// A shorter word is seldom chosen as a password, and a longer one is none.
const SHORTEST: usize = 6;
const LONGEST: usize = 20;

/// How many letters a password has that Google makes for one program.
const LETTERS_FOR_ONE_PROGRAM: usize = 16;
/// Shorter letters may be anybody's initials.
const SHORTEST_RANDOM: usize = 16;

/// Whether a value is letters that a machine drew: small and capital ones take turns as in no words, `vUQxTbmNdaKeRwLoPizH`.
pub(super) fn are_no_words(value: &str) -> bool {
    let is_small_next = |at: usize| value.as_bytes().get(at + 1).is_some_and(u8::is_ascii_lowercase);
    // A word begins with a capital after a small letter; capitals in a row are short for something.
    let begins = |at: usize| at == 0 || value.as_bytes().get(at - 1).is_some_and(u8::is_ascii_lowercase);
    let words = value.bytes().enumerate().filter(|(at, byte)| *at == 0 || (byte.is_ascii_uppercase() && begins(*at))).count();
    let ends = value.bytes().enumerate().any(|(at, byte)| byte.is_ascii_uppercase() && is_small_next(at));
    let is_letters = value.len() >= SHORTEST_RANDOM && value.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_letters && ends && words * 8 > value.len() * 3
}

/// Whether a value is a password that Google makes for one program: sixteen letters in groups of four, or one by one, which are no words.
pub(super) fn are_for_one_program(value: &str) -> bool {
    let groups: Vec<&str> = value.split(' ').take(LETTERS_FOR_ONE_PROGRAM + 1).collect();
    let is_group =
        |group: &&str| group.len() * groups.len() == LETTERS_FOR_ONE_PROGRAM && group.bytes().all(|byte| byte.is_ascii_lowercase());
    [4, LETTERS_FOR_ONE_PROGRAM].contains(&groups.len()) && groups.iter().all(is_group) && !groups.iter().all(|group| may_be_a_word(group))
}

/// Whether four letters may be a word: there is a vowel, and no consonants stand together that words do not begin with or hold.
fn may_be_a_word(group: &str) -> bool {
    const BEGINNINGS: [&str; 28] = [
        "bl", "br", "ch", "cl", "cr", "dr", "fl", "fr", "gl", "gr", "kn", "ph", "pl", "pr", "sc", "sh", "sk", "sl", "sm", "sn", "sp", "st",
        "sw", "th", "tr", "tw", "wh", "wr",
    ];
    let is_vowel = |letter: char| "aeiouy".contains(letter);
    let mut runs = group.split(is_vowel);
    let begins = runs.next().is_some_and(|run| run.len() < 2 || BEGINNINGS.contains(&run));
    group.contains(is_vowel) && begins && runs.all(|run| run.len() < 3) && (!group.contains('q') || group.contains("qu"))
}

/// Whether a value is written in letters that are for reading alone: no keyboard takes them in a password, `请输入6位密码`.
pub(super) fn are_of_a_text(value: &str) -> bool {
    let is_for_reading = |letter: &char| matches!(letter, '\u{0590}'..='\u{0eff}' | '\u{1100}'..='\u{11ff}' | '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3ffff}');
    !value.is_ascii() && value.chars().filter(is_for_reading).take(2).count() == 2
}

/// Whether a value is a word for a password.
fn is_for_password(value: &str) -> bool {
    WORDS_FOR_PASSWORD.contains(&value.to_lowercase().as_str())
}

/// What a value of letters is, as a word before `letters`: a word for a password, one that says nothing of what it is for, some words, or none of these.
pub(super) fn kind(value: &str) -> &'static str {
    if is_for_password(value) {
        "naming "
    } else if names_nothing(value) {
        "plain "
    } else if is_spoken(value) {
        "spoken "
    } else {
        ""
    }
}

/// Whether a value is words, as people make up a key, none of which says that it is to be replaced: `my secret`, `session-key`.
fn is_spoken(value: &str) -> bool {
    let words: Vec<&str> = value.split([' ', '-', '_', '!']).filter(|word| !word.is_empty()).collect();
    let is_word = |word: &&str| word.chars().all(char::is_alphabetic) && !says_none(&word.to_lowercase());
    words.len() >= 2 && words.iter().all(is_word)
}

/// Whether a value is one word that says nothing of what it is for, as people choose passwords.
fn names_nothing(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_word = (SHORTEST..=LONGEST).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_word && !SAYING.iter().any(|part| lower.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_a_machine_drew_are_told_from_words() {
        for value in ["vUQxTbmNdaKeRwLoPizH", "aKdPqLzXvBnMwErTyUiO", "HqWeRtYuIoPaSdFgHjKl"] {
            assert!(are_no_words(value), "{value}");
        }
        for value in [
            "superOfficeClientSecret",
            "getURLForHTTPAPIKeyOfIT",
            "ABCDEFGHIJKLMNOPQRST",
            "RegnbueForetrekkerSolskinn",
            "HowToGoOnAsWeDo",
            "xoxoxoxoxoxoxoxo",
        ] {
            assert!(!are_no_words(value), "{value}");
        }
    }

    #[test]
    fn passwords_for_one_program_are_told_from_four_words() {
        for value in ["qzwk tmdc hvga ukcd", "umrq jboi gokt lxza"] {
            assert!(are_for_one_program(value), "{value}");
        }
        for value in ["have some more food", "four blue true cats", "have some more"] {
            assert!(!are_for_one_program(value), "{value}");
        }
    }

    #[test]
    fn letters_for_reading_are_told_from_those_of_passwords() {
        for value in ["请输入6位密码", "\"%1\"のパスワードを編集中", "비밀번호 8자", "รหัสผ่าน1"] {
            assert!(are_of_a_text(value), "{value}");
        }
        for value in ["Blåbær2019", "Größe#1", "Zürich密7", "qzwk tmdc"] {
            assert!(!are_of_a_text(value), "{value}");
        }
    }

    #[test]
    fn words_for_a_password_and_labels_are_told_from_words_that_are_chosen_as_one() {
        for (value, expected) in [
            ("Password", "naming "),
            ("contraseña", "naming "),
            ("zonnebloem", "plain "),
            ("tekkanad", "plain "),
            ("forgotten", ""),
            ("UserPassword", ""),
            ("Bekreft passord", "spoken "),
            ("my-secret", "spoken "),
            ("change me", ""),
            ("abc", ""),
        ] {
            assert_eq!(kind(value), expected, "{value}");
        }
    }
}
