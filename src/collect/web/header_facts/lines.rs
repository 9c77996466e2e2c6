//! Header lines taken together and apart again, as the Fetch standard does it.

use crate::collect::web::headers::Head;

/// The text of a value: bytes beyond ASCII become the characters of the same numbers (isomorphic decoding).
pub(super) fn text(value: &[u8]) -> String {
    value.iter().map(|byte| char::from(*byte)).collect()
}

/// All lines of a name as one value; absent when there is none (Fetch, section 2.2.2, "get").
pub(super) fn joined(head: &Head, name: &str) -> Option<String> {
    let lines: Vec<String> = head.values(name).map(text).collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

/// All lines of a name, split at commas that stand in no quoted string (Fetch, section 2.2.2, "get, decode, and split").
pub(super) fn split(head: &Head, name: &str) -> Vec<String> {
    joined(head, name).map(|value| split_outside_quotes(&value, ',')).unwrap_or_default()
}

/// The parts between separators, trimmed; a separator inside of double quotes is none.
pub(super) fn split_outside_quotes(value: &str, separator: char) -> Vec<String> {
    let (mut parts, mut part, mut quoted, mut escaped) = (Vec::new(), String::new(), false, false);
    for character in value.chars() {
        if character == separator && !quoted {
            parts.push(std::mem::take(&mut part));
            continue;
        }
        if character == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && character == '\\' && !escaped;
        part.push(character);
    }
    parts.push(part);
    parts.iter().map(|part| part.trim_matches([' ', '\t']).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_in_quotes_separates_nothing() {
        assert_eq!(split_outside_quotes(r#"a, "b,\"c" ,d,"#, ','), ["a", r#""b,\"c""#, "d", ""]);
    }
}
