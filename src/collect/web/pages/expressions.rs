//! Addresses as scripts write them: text, variables and sums of both.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;
use url::Url;

/// The longest operand, in bytes.
const OPERAND_LIMIT: usize = 2_000;
/// The most operands of one sum.
const OPERANDS_LIMIT: usize = 20;

/// One part of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// The sum that begins at a place of a script, and where it ends.
pub(super) fn expression(script: &str, from: usize) -> (Vec<Part<'_>>, usize) {
    let (mut parts, mut at) = (Vec::new(), from);
    for _ in 0..OPERANDS_LIMIT {
        at = skip_blanks(script, at);
        at = operand(script, at, &mut parts);
        let next = skip_blanks(script, at);
        if script.as_bytes().get(next) != Some(&b'+') {
            break;
        }
        at = next.saturating_add(1);
    }
    (parts, at)
}

pub(super) fn skip_blanks(script: &str, from: usize) -> usize {
    let rest = script.get(from..).unwrap_or_default();
    from.saturating_add(rest.len().saturating_sub(rest.trim_start().len()))
}

fn operand<'a>(script: &'a str, from: usize, parts: &mut Vec<Part<'a>>) -> usize {
    match script.as_bytes().get(from) {
        Some(quote @ (b'"' | b'\'')) => {
            let start = from.saturating_add(1);
            let end = closing(script, start, *quote);
            parts.extend(script.get(start..end).map(Part::Text));
            end.saturating_add(1)
        }
        Some(b'`') => template(script, from.saturating_add(1), parts),
        _ => {
            let end = end_of_operand(script, from);
            parts.extend(script.get(from..end).map(str::trim).filter(|variable| !variable.is_empty()).map(Part::Variable));
            end
        }
    }
}

/// Where a string ends whose first letter stands at `from`.
fn closing(script: &str, from: usize, quote: u8) -> usize {
    let bytes = script.as_bytes();
    let mut at = from;
    while let Some(byte) = bytes.get(at).filter(|_| at.saturating_sub(from) < OPERAND_LIMIT) {
        match byte {
            b'\\' => at = at.saturating_add(1),
            b'\n' => break,
            byte if *byte == quote => return at,
            _ => {}
        }
        at = at.saturating_add(1);
    }
    script.floor_char_boundary(at.min(script.len()))
}

fn template<'a>(script: &'a str, from: usize, parts: &mut Vec<Part<'a>>) -> usize {
    let bytes = script.as_bytes();
    let (mut at, mut text) = (from, from);
    while at.saturating_sub(from) < OPERAND_LIMIT {
        match bytes.get(at) {
            None => break,
            Some(b'`') => {
                parts.extend(script.get(text..at).filter(|text| !text.is_empty()).map(Part::Text));
                return at.saturating_add(1);
            }
            Some(b'$') if bytes.get(at.saturating_add(1)) == Some(&b'{') => {
                parts.extend(script.get(text..at).filter(|text| !text.is_empty()).map(Part::Text));
                let start = at.saturating_add(2);
                let end = balanced(script, start, b"}");
                parts.extend(script.get(start..end).map(str::trim).map(Part::Variable));
                at = end.saturating_add(1);
                text = at;
            }
            Some(_) => at = at.saturating_add(1),
        }
    }
    at
}

fn end_of_operand(script: &str, from: usize) -> usize {
    balanced(script, from, b"+,);}\n")
}

/// The first of the marks that stands outside of all brackets and strings.
pub(super) fn balanced(script: &str, from: usize, marks: &[u8]) -> usize {
    let bytes = script.as_bytes();
    let (mut at, mut depth, mut quote) = (from, 0_usize, None);
    while let Some(byte) = bytes.get(at).copied().filter(|_| at.saturating_sub(from) < OPERAND_LIMIT) {
        match (quote, byte) {
            (_, b'\\') => at = at.saturating_add(1),
            (Some(open), byte) if open == byte => quote = None,
            (None, byte) if depth == 0 && marks.contains(&byte) => break,
            (None, b'"' | b'\'' | b'`') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth = depth.saturating_add(1),
            (None, b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        at = at.saturating_add(1);
    }
    script.floor_char_boundary(at.min(script.len()))
}

static CONSTANT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:^|[^\w$.])(?P<name>[A-Za-z_$][\w$]{0,60})\s*=\s*["'`](?P<value>(?:https?:)?/[^"'`\s$]{0,200})["'`]"#)
        .expect("the pattern is fixed and a test compiles it")
});

/// The variables of a script that hold one address or one beginning of addresses.
pub(super) fn constants(script: &str) -> BTreeMap<&str, &str> {
    let mut known: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for found in CONSTANT.captures_iter(script).take(2_000) {
        if let (Some(name), Some(value)) = (found.name("name"), found.name("value")) {
            // Two values are none, for it is not known which one holds where.
            known
                .entry(name.as_str())
                .and_modify(|known| *known = known.filter(|known| *known == value.as_str()))
                .or_insert(Some(value.as_str()));
        }
    }
    known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// An address with a value for every variable.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) text: String,
    /// Whether a variable was given a value that means nothing.
    pub(super) guessed: bool,
}

static ASKED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"\bget\(\s*["'`](?P<name>[\w-]{1,60})["'`]"#).expect("the pattern is fixed"));

/// The address that the parts make on a page: constants and the parameters of the page's own address are known, other variables are 0.
/// Absent where it begins with something that is not known.
pub(super) fn address(parts: &[Part<'_>], constants: &BTreeMap<&str, &str>, page: &Url) -> Option<Address> {
    let mut address = Address { text: String::new(), guessed: false };
    for part in parts {
        match part {
            Part::Text(text) => address.text.push_str(text),
            Part::Variable(name) => match constants.get(name) {
                Some(value) => address.text.push_str(value),
                None if address.text.is_empty() => return None,
                None => fill(&mut address, name, page),
            },
        }
    }
    (!address.text.is_empty()).then_some(address)
}

fn fill(address: &mut Address, variable: &str, page: &Url) {
    if variable.ends_with("location.search") {
        address.text.push_str(&page.query().map(|query| format!("?{query}")).unwrap_or_default());
        return;
    }
    let parameter = address.text.rsplit_once(['?', '&']).and_then(|(_, rest)| rest.strip_suffix('='));
    let asked = ASKED.captures(variable).and_then(|found| found.name("name")).map(|name| name.as_str());
    let value = |wanted: &str| page.query_pairs().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.into_owned());
    let known = asked.and_then(value).or_else(|| parameter.and_then(value));
    if let Some(value) = known {
        address.text.extend(url::form_urlencoded::byte_serialize(value.as_bytes()));
        return;
    }
    address.guessed = true;
    // Behind a whole word it is more likely an ending of its own, such as a query.
    if address.text.ends_with(['/', '=', '-', '_', ',']) {
        address.text.push('0');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(script: &str) -> Option<(String, bool)> {
        let page = Url::parse("https://app.vendor.no/panel?ctx=Cust00000&user=0").unwrap();
        address(&expression(script, 0).0, &constants("const API = '/api/v2', q=\"x\""), &page)
            .map(|address| (address.text, address.guessed))
    }

    #[test]
    fn addresses_are_put_together_as_the_script_would() {
        for (script, expected) in [
            ("'/api/c')", Some(("/api/c", false))),
            ("`/api/c?ctx=${p.get('ctx')}`)", Some(("/api/c?ctx=Cust00000", false))),
            ("\"/api/c?user=\" + encodeURIComponent(u) + '&x=1', {})", Some(("/api/c?user=0&x=1", false))),
            ("`/api/c/${id}/sales`", Some(("/api/c/0/sales", true))),
            ("'/api/c' + location.search", Some(("/api/c?ctx=Cust00000&user=0", false))),
            ("API + '/companies')", Some(("/api/v2/companies", false))),
            ("`${API}/companies`", Some(("/api/v2/companies", false))),
            ("url + '/companies')", None),
            ("`${base}/x`", None),
            ("f('a)', \"b\") + '/x'", None),
        ] {
            assert_eq!(of(script), expected.map(|(text, guessed)| (text.to_owned(), guessed)), "{script}");
        }
    }

    proptest! {
        #[test]
        fn any_script_is_read(script in any::<String>(), from in 0_usize..40) {
            let page = Url::parse("https://app.vendor.no/").unwrap();
            let from = script.floor_char_boundary(from.min(script.len()));
            let _ = address(&expression(&script, from).0, &constants(&script), &page);
        }

        #[test]
        fn any_soup_of_marks_is_read(parts in proptest::collection::vec(prop::sample::select(vec!["`", "${", "}", "'", "\"", "\\", "+", "(", ")", "/a", "é", ","]), 0..60)) {
            let script = parts.concat();
            let page = Url::parse("https://app.vendor.no/").unwrap();
            let _ = address(&expression(&script, 0).0, &constants(&script), &page);
        }
    }
}
