//! Forms of values that only hold the place of a real one, wherever they stand.

/// Characters left out: dots, asterisks, a run of `x`.
pub(super) fn is_elided(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    ["...", "…", "***", "•••", "xxxx"].iter().any(|run| lower.contains(run))
}

/// One character over and over, punctuation aside: `00000000-0000-0000-0000-000000000000`.
pub(super) fn is_one_character(value: &str) -> bool {
    let mut characters = value.chars().filter(|character| character.is_alphanumeric());
    let first = characters.next();
    characters.all(|character| Some(character) == first)
}

/// Characters counted up or down, punctuation aside: `1234567-1234-9876`, `0123456789abcdef`.
pub(super) fn is_counted(value: &str) -> bool {
    let next = |one: u8, other: u8| other == one.saturating_add(1) || (one == b'9' && matches!(other, b'0' | b'a' | b'A'));
    let groups: Vec<&[u8]> = value.as_bytes().split(|byte| !byte.is_ascii_alphanumeric()).filter(|group| !group.is_empty()).collect();
    let steps: Vec<bool> = groups
        .iter()
        .flat_map(|group| group.windows(2))
        .map(|pair| matches!(pair, [one, other] if next(*one, *other) || next(*other, *one)))
        .collect();
    let counted = steps.iter().filter(|step| **step).count();
    // Starting over breaks the count once in ten characters; random characters follow each other once in ten.
    steps.len() >= 5 && counted.saturating_mul(10) >= steps.len().saturating_mul(8) && value.is_ascii()
}
