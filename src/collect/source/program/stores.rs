//! What keeps values under names: storage of a page, settings of a device; and how values are put into it.

use crate::collect::source::names::squeezed;

/// What keeps values under their names, by the last names on the way to it.
pub(in crate::collect::source) const STORES: [&str; 9] = [
    "localStorage",
    "sessionStorage",
    "ApplicationSettings",
    "LocalSettings.Values",
    "RoamingSettings.Values",
    "Settings.Default",
    "My.Settings",
    "Current.Properties",
    "ViewState",
];

/// Whether names lead to what keeps values under theirs.
pub(super) fn is_one(path: &[&str]) -> bool {
    STORES.iter().any(|store| {
        let names: Vec<&str> = store.split('.').collect();
        path.ends_with(&names)
    })
}

/// At which place a function that stores a value takes the key of it; the value may come before it.
pub(super) fn key_position(path: &[&str]) -> usize {
    match path {
        [.., "SaveSetting"] => 2,
        [.., "Registry", "SetValue"] | [.., "StandardUserDefaults" | "UserDefaults", _] | [.., "UserDefaults", "standard", _] => 1,
        _ => 0,
    }
}

/// Whether a word, in lower case, says of what is kept under it that it is a password.
pub(super) fn is_of_passwords(word: &str) -> bool {
    matches!(
        word,
        "password"
            | "passwd"
            | "pwd"
            | "passord"
            | "losenord"
            | "lösenord"
            | "kodeord"
            | "adgangskode"
            | "wachtwoord"
            | "passwort"
            | "kennwort"
            | "salasana"
    )
}

/// Whether a call gives a hash of what it is given.
pub(super) fn hashes(name: &str) -> bool {
    let name = squeezed(name);
    ["hash", "sha256", "sha512", "md5"].iter().any(|part| name.contains(part))
}
