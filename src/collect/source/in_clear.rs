//! What may be shown of a value as it is: what a switch says, whatever it is called, and nothing that a name calls a secret.

use super::names::{segments, words};

/// Words of names whose values are secrets.
const SECRETIVE: [&str; 22] = [
    "auth",
    "certificate",
    "code",
    "connection",
    "cookie",
    "credential",
    "credentials",
    "iv",
    "key",
    "keys",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "pin",
    "private",
    "pwd",
    "salt",
    "secret",
    "secrets",
    "ticket",
    "token",
];
/// Those among them that end a name that is written in one word: `PGPASSWORD`, `USERPWD`.
const ENDINGS: [&str; 6] = ["passphrase", "passwd", "password", "pwd", "secret", "token"];
/// What a switch of a configuration file says, in lower case.
const SWITCHES: [&str; 26] = [
    "true",
    "false",
    "on",
    "off",
    "yes",
    "no",
    "enabled",
    "disabled",
    "enable",
    "disable",
    "none",
    "null",
    "lax",
    "strict",
    "always",
    "never",
    "auto",
    "required",
    "optional",
    "remoteonly",
    "sameasrequest",
    "unspecified",
    "development",
    "production",
    "debug",
    "info",
];
/// A longer number is no switch.
const LONGEST_NUMBER: usize = 5;

/// Whether a name is one of a secret.
pub(super) fn is_secretive(name: &str) -> bool {
    let says = |word: &String| SECRETIVE.contains(&word.as_str()) || ENDINGS.iter().any(|ending| word.ends_with(ending));
    words(segments(name).last().unwrap_or("")).iter().any(says)
}

/// What a switch is set to, where that can be no secret: a truth, a small number, one of the words that switches know.
pub(super) fn switch(text: &str) -> Option<String> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let is_number = !text.is_empty() && text.len() <= LONGEST_NUMBER && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number || SWITCHES.contains(&lower.as_str())).then(|| text.to_owned())
}

/// Whether a text that a name is given must not be shown.
pub(super) fn is_hidden(name: &str, text: &str) -> bool {
    is_secretive(name) && switch(text).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_however_they_are_joined() {
        assert!(["PGPASSWORD", "CURLOPT_USERPWD", "clientSecret", "db.accessToken", "MYSQL_PWD"].into_iter().all(is_secretive));
        assert!(["ASPNETCORE_ENVIRONMENT", "debug", "passive", "secretary"].into_iter().all(|name| !is_secretive(name)));
        assert!(is_hidden("PGPASSWORD", "Elv-2044-bru") && !is_hidden("cookie", "lax") && !is_hidden("LogLevel", "Elv-2044-bru"));
    }
}
