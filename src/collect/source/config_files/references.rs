//! Whether the value of a configuration key is the value itself, or says where to fetch it.

use crate::{collect::source::origins::Value, evidence::Origin};

/// Beginnings of values that a secret store resolves, or that only its key opens.
const STORES: [&str; 25] = [
    "@microsoft.keyvault(",
    "akv:",
    "arn:aws:",
    "awssm:",
    "azurekeyvault:",
    "bao:",
    "berglas://",
    "doppler://",
    "enc(",
    "enc[",
    "gcpsm:",
    "keyvault:",
    "op://",
    "ref+",
    "secret://",
    "secretmanager:",
    "secretref:",
    "sm://",
    "ssm:",
    "vault:",
    "vault+",
    "{cipher}",
    "{{resolve:",
    "$ansible_vault",
    "projects/",
];

/// How many defaults may stand within each other: `${A:${B:c}}`.
const NESTED: usize = 4;
/// No reference is longer, in bytes.
const LONGEST: usize = 4_096;

/// What a value says: itself, or where it comes from; with a default that is written out, either.
pub(super) fn value_of(text: &str) -> Value {
    within(text, NESTED)
}

fn within(text: &str, depth: usize) -> Value {
    let written = || Value::Written(text.to_owned());
    let bare = text.trim();
    let Some(depth) = depth.checked_sub(1).filter(|_| bare.len() <= LONGEST) else { return written() };
    if is_stored(bare) {
        return Value::From(Origin::SecretStore);
    }
    if let Some(default) = default_of(bare) {
        return Value::AnyOf(vec![Value::From(Origin::Environment), within(default, depth)]);
    }
    if is_variable(bare) { Value::From(Origin::Environment) } else { written() }
}

fn is_stored(text: &str) -> bool {
    let lower: String = text.chars().take(24).flat_map(char::to_lowercase).collect();
    let is_secret = |inside: &str| inside.trim_start().starts_with("secrets.") && !inside.contains("||");
    STORES.iter().any(|store| lower.starts_with(store)) || inside(text, "${{", "}}").is_some_and(is_secret)
}

/// `$NAME`, `$env:NAME`, `$Env:NAME`. In lower case it may as well be a password.
fn is_variable(text: &str) -> bool {
    let Some(name) = text.strip_prefix('$') else { return false };
    if let Some(name) = name.strip_prefix("env:").or_else(|| name.strip_prefix("Env:")) {
        return name.chars().all(is_name);
    }
    name.starts_with(|first: char| first.is_ascii_uppercase() || first == '_')
        && name.chars().all(|character| is_name(character) && !character.is_lowercase())
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// What stands between two marks that are the first and the last of a text.
pub(super) fn inside<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    text.strip_prefix(open)?.strip_suffix(close)
}

/// What a reference falls back on: `${X:-default}`, `${x.y:default}`, `{{ x | default "y" }}`, `${{ x || 'y' }}`.
fn default_of(text: &str) -> Option<&str> {
    if let Some(expression) = inside(text, "${{", "}}").or_else(|| inside(text, "{{", "}}")).or_else(|| inside(text, "<%=", "%>")) {
        let after = ["||", "default(", "default ", ", "].iter().find_map(|mark| expression.split_once(mark))?.1;
        return quoted(after);
    }
    let reference = inside(text, "${", "}")?;
    let (name, default) = match reference.split_once(":-").or_else(|| reference.split_once(":=")).or_else(|| reference.split_once(':')) {
        Some(parts) => parts,
        None => reference.split_once('-')?,
    };
    let is_path = |character: char| is_name(character) || ".-[]".contains(character);
    let named = !name.is_empty() && name.chars().all(is_path);
    // `${X:?message}` and `${X:+other}` have no default, and `${env:X}` names where to look.
    let is_message = default.starts_with(['?', '+']) && !reference.contains(":-");
    let is_scheme = ["env", "sys", "secret", "ssm", "file", "opt", "self", "param", "cf"].contains(&name);
    (named && !is_message && !is_scheme).then_some(default)
}

/// The first quoted stretch.
fn quoted(text: &str) -> Option<&str> {
    let start = text.find(['"', '\''])?;
    let quote = text.get(start..)?.chars().next()?;
    text.get(start + 1..)?.split_once(quote).map(|(inside, _)| inside)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        collect::source::{
            origins::{Definitions, Follower},
            watch::Watch,
        },
        evidence::Vocabulary,
    };

    fn origin(text: &str) -> Origin {
        let (definitions, watch, stop) =
            (Definitions::default(), Watch::new(&Vocabulary::default()), std::sync::atomic::AtomicBool::new(false));
        Follower::new(&definitions, &watch, &stop).value(&value_of(text), "a").origin
    }

    #[test]
    fn what_a_store_or_the_environment_gives_is_no_literal() {
        for (text, expected) in [
            ("@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/a/09d5a1b2c3d4e5f60718293a4b5c6dc1)", Origin::SecretStore),
            ("vault:secret/data/app#token", Origin::SecretStore),
            ("ref+awssecrets://prod/app#/token", Origin::SecretStore),
            ("${{ secrets.SO_APP_TOKEN }}", Origin::SecretStore),
            ("op://vault/item/field", Origin::SecretStore),
            ("ENC[AES256_GCM,data:09d5a1b2c3d4e5f6,type:str]", Origin::SecretStore),
            ("$SO_APP_TOKEN", Origin::Environment),
            ("$env:SO_APP_TOKEN", Origin::Environment),
            ("${SO_APP_TOKEN:-}", Origin::Environment),
            ("${SO_APP_TOKEN:?must be set}", Origin::Placeholder),
            ("${SO_APP_TOKEN}", Origin::Placeholder),
            ("$(SoAppToken)", Origin::Placeholder),
            ("{{ .Values.superoffice.appToken }}", Origin::Placeholder),
            ("#{Token}#", Origin::Placeholder),
            ("%SO_APP_TOKEN%", Origin::Placeholder),
            ("<your-token>", Origin::Placeholder),
            ("changeme", Origin::Placeholder),
            ("${env:SO_APP_TOKEN}", Origin::Placeholder),
        ] {
            assert_eq!(origin(text), expected, "{text}");
        }
    }

    #[test]
    fn a_default_that_is_written_out_is_a_literal() {
        for text in [
            "${SO_APP_TOKEN:-09d5a1b2c3d4e5f60718293a4b5c6dc1}",
            "${so.app-token:09d5a1b2c3d4e5f60718293a4b5c6dc1}",
            "${SO_APP_TOKEN-09d5a1b2c3d4e5f60718293a4b5c6dc1}",
            "${SO_APP_TOKEN:${OLD_TOKEN:09d5a1b2c3d4e5f60718293a4b5c6dc1}}",
            "{{ .Values.token | default \"09d5a1b2c3d4e5f60718293a4b5c6dc1\" }}",
            "${{ secrets.TOKEN || '09d5a1b2c3d4e5f60718293a4b5c6dc1' }}",
            "<%= ENV.fetch('TOKEN', '09d5a1b2c3d4e5f60718293a4b5c6dc1') %>",
            "09d5a1b2c3d4e5f60718293a4b5c6dc1",
            "$ecret4711",
        ] {
            assert_eq!(origin(text), Origin::Literal, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_an_origin(text in "[${}:\\-|'\"a-z%<>= ]{0,80}") {
            origin(&text);
        }
    }
}
