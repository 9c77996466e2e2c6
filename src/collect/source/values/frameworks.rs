//! What frameworks write where a value might stand.

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
