//! Values that are something else than a secret, by how they are built: numbers that are registered, names of variables, paths, checks of an input.

/// A value this short is no credential, whatever its name.
pub(super) const REAL_FROM: usize = 8;
/// No name of a variable has a part with more digits at its end.
const MOST_DIGITS_OF_A_NAME: usize = 4;

/// Whether a value is the number of something that is registered, as kinds of certificates and their parts are (X.660): `1.2.840.113549.1.9.7`.
pub(super) fn is_object_identifier(value: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(value.split_once('.'), Some(("0" | "1" | "2", rest)) if rest.split('.').count() >= 4 && rest.split('.').all(is_number))
}

/// Whether a value is a name within a name, as programs tell their own things apart: `plugins:mail2:send`.
pub(super) fn is_namespaced(value: &str) -> bool {
    const FEWEST: usize = 3;
    let is_name = |part: &str| {
        let letters = part.strip_suffix(|character: char| character.is_ascii_digit()).unwrap_or(part);
        letters.len() >= FEWEST && letters.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    value.split(':').count() >= FEWEST && value.split(':').all(is_name)
}

/// Whether a value is the name of an environment variable that keeps one, whatever else it says: `GATEWAY_E2E_CLIENT_SECRET`.
pub(super) fn is_variable(value: &str) -> bool {
    const KEPT: [&str; 9] = ["SECRET", "KEY", "TOKEN", "PASSWORD", "PASS", "PWD", "CREDENTIAL", "CREDENTIALS", "SECRETS"];
    let is_word = |part: &str| {
        let letters = part.trim_end_matches(|character: char| character.is_ascii_digit());
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        // `CS410` is what a course or a project goes by.
        let is_numbered = letters.len() + digits == part.len() && !letters.is_empty() && digits <= MOST_DIGITS_OF_A_NAME;
        part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) && (digits <= 1 || part.len() <= 3 || is_numbered)
    };
    value.contains('_') && value.split('_').all(is_word) && value.rsplit('_').take(2).any(|part| KEPT.contains(&part))
}

/// Whether a value is the path of a file that holds one: `/app/credentials.json`, `App_Data\\private.key`.
pub(super) fn is_file(value: &str) -> bool {
    const ENDS: [&str; 16] =
        ["cer", "cert", "conf", "config", "crt", "env", "ini", "json", "key", "p12", "pem", "pfx", "txt", "xml", "yaml", "yml"];
    let Some((stem, end)) = value.rsplit_once('.') else { return false };
    let is_path = |character: char| character.is_ascii_alphanumeric() || "_-./\\:~ ".contains(character);
    if ["./", "../"].iter().any(|start| value.starts_with(start)) && value.chars().all(is_path) {
        return true;
    }
    ENDS.contains(&end.to_ascii_lowercase().as_str()) && stem.contains(['/', '\\']) && stem.chars().all(is_path)
}

/// How a framework writes what it checks of an input, as in `required|string|min:8`: the name beside it is that of a field.
pub(super) fn is_check(value: &str) -> bool {
    const CHECKS: [&str; 14] = [
        "bail",
        "confirmed",
        "current_password",
        "filled",
        "max",
        "min",
        "nullable",
        "present",
        "regex",
        "required",
        "same",
        "size",
        "sometimes",
        "string",
    ];
    let mut checks = value.split('|').map(|check| check.split(':').next().unwrap_or_default());
    let is_word = |check: &str| {
        !check.is_empty() && check.chars().all(|character| character.is_ascii_lowercase() || "_0123456789".contains(character))
    };
    value.contains('|') && checks.clone().all(is_word) && checks.any(|check| CHECKS.contains(&check))
}

/// Whether a value is the file of a resource of .NET with its type: `..\Icons\Key.png;System.Drawing.Bitmap, System.Drawing, Version=4.0.0.0, …`.
pub(super) fn is_resource(value: &str) -> bool {
    value.split_once(';').is_some_and(|(_, of_type)| of_type.contains(", Version=") && of_type.contains("PublicKeyToken="))
}

/// Brackets that a template engine, a deployment tool or a reader fills in: `${x}`, `#{x}#`, `{{x}}`, `$(x)`, `<x>`, `[@x]`, `{0}`, `%X%`, `__X__`, `##X##`.
pub(super) fn is_template(value: &str) -> bool {
    const PAIRS: [(&str, &str); 12] = [
        ("${", "}"),
        ("#{", "}"),
        ("{{", "}}"),
        ("$(", ")"),
        ("<%", "%>"),
        ("@Microsoft.KeyVault(", ")"),
        ("$SECRET(", ")"),
        ("<", ">"),
        ("[", "]"),
        ("{", "}"),
        ("__", "__"),
        ("##", "##"),
    ];
    if value.contains("<RSAKeyValue>") || value.contains("-----BEGIN") || value.starts_with("eyJ") {
        return false;
    }
    // Percent signs also encode characters, so here the name between them must be all there is.
    let is_name = |name: &str| name.len() >= 2 && name.chars().all(|character| character.is_alphanumeric() || "_.-".contains(character));
    let is_variable = value.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')).is_some_and(is_name);
    is_variable
        || has_named_format(value)
        || PAIRS.iter().any(|(open, close)| around(value, open, close).is_some_and(|left| left < REAL_FROM))
}

/// Whether a text has a place that is filled in by name, as Python writes it: `%(password)s`.
fn has_named_format(value: &str) -> bool {
    let is_named = |rest: &str| {
        let name = rest.chars().take_while(|character| character.is_ascii_alphanumeric() || *character == '_').count();
        name > 0 && [")s", ")d", ")r"].iter().any(|end| rest.get(name..).is_some_and(|rest| rest.starts_with(end)))
    };
    value.split("%(").skip(1).any(is_named)
}

/// How many letters and digits are left of a value when what stands between two marks is taken out.
fn around(value: &str, open: &str, close: &str) -> Option<usize> {
    let (before, rest) = value.split_once(open)?;
    let (inside, after) = rest.split_once(close)?;
    let named = !inside.is_empty() && inside.len() <= 200;
    named.then(|| before.chars().chain(after.chars()).filter(|character| character.is_alphanumeric()).count())
}
