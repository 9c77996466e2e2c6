//! Records in JSON, in scripts and in bodies that are no pages.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{
    Found, is_person, is_phone,
    keys::{self, Key},
    people,
};

/// The most values of one document that are looked at.
const VALUES_LIMIT: usize = 200_000;
/// The most places in one script where data may begin.
const STARTS_LIMIT: usize = 40;

/// Keys that only records of a customer system have, letters and digits in lower case.
const IDS: [&str; 16] = [
    "contactid",
    "personid",
    "saleid",
    "associateid",
    "projectid",
    "documentid",
    "appointmentid",
    "customerid",
    "ticketid",
    "ejticketid",
    "companyid",
    "leadid",
    "opportunityid",
    "selectionid",
    "contactname",
    "personfullname",
];
/// Keys beside an id that make a record of it.
const SAYS: [&str; 12] = [
    "name",
    "fullname",
    "heading",
    "title",
    "firstname",
    "lastname",
    "amount",
    "description",
    "company",
    "contactname",
    "orgnr",
    "department",
];

/// How many records a JSON document holds.
pub(in crate::collect::web::pages) fn in_json(text: &str, site: &str) -> usize {
    serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')).map_or(0, |value| records(&value, site))
}

fn records(value: &Value, site: &str) -> usize {
    let (mut open, mut looked, mut found) = (vec![value], 0_usize, 0_usize);
    while let Some(value) = open.pop() {
        looked = looked.saturating_add(1);
        if looked > VALUES_LIMIT {
            break;
        }
        match value {
            Value::Array(values) => open.extend(values),
            Value::Object(fields) => {
                found = found.saturating_add(usize::from(is_record(fields, site)));
                open.extend(fields.values().filter(|value| value.is_array() || value.is_object()));
            }
            _ => {}
        }
    }
    found
}

/// A person with an address or a number, or a thing with an id of the customer system and a name.
fn is_record(fields: &serde_json::Map<String, Value>, site: &str) -> bool {
    let (mut name, mut email, mut phone, mut id, mut says, mut own) = (false, false, false, false, false, false);
    for (key, value) in fields {
        let text = match value {
            Value::String(text) if !text.trim().is_empty() => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => continue,
        };
        let plain: String = key.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        id |= IDS.contains(&plain.as_str()) && text != "0" && !text.starts_with('-');
        says |= SAYS.contains(&plain.as_str()) && value.is_string();
        match keys::of(&plain) {
            Some(Key::Email) => {
                email |= is_person(&text.to_ascii_lowercase(), site) && text.contains('.');
                own |= text.contains('@') && !is_person(&text.to_ascii_lowercase(), site);
            }
            Some(Key::Phone) => phone |= is_phone(&text),
            Some(Key::Name | Key::Person | Key::Company) => name |= value.is_string(),
            _ => {}
        }
    }
    // Organisations say of themselves in structured data who they are.
    let described = fields.contains_key("@type") || fields.contains_key("@context");
    !own && !described && ((name && (email || phone)) || (email && phone) || (id && says))
}

static STARTS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:=|\(|,|:)\s*(?P<data>[\[{])\s*[\[{\x22]").expect("the pattern is fixed"));

static ADDRESSED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(?:e-?mail(?:address)?|epost|mail)\\*["']?\s*:\s*\\*["'](?P<email>[^"'\\\s@]{1,64}@[^"'\\\s]{3,200})\\*["']"#)
        .expect("the pattern is fixed")
});

/// How many records the text of a script holds: in JSON that it assigns, or written as a literal.
pub(in crate::collect::web::pages) fn in_script(script: &str, site: &str) -> usize {
    let (mut found, mut from) = (0_usize, 0_usize);
    for start in STARTS.captures_iter(script).take(STARTS_LIMIT) {
        let Some(data) = start.name("data").filter(|data| data.start() >= from) else { continue };
        let Some(rest) = script.get(data.start()..) else { continue };
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        if let Some(Ok(value)) = stream.next() {
            found = found.saturating_add(records(&value, site));
            from = data.start().saturating_add(stream.byte_offset());
        }
    }
    if found > 0 {
        return found;
    }
    let named = |at: usize| {
        let near = script
            .get(script.floor_char_boundary(at.saturating_sub(300))..script.ceil_char_boundary(at.saturating_add(300).min(script.len())));
        near.is_some_and(|near| NAMED.is_match(near))
    };
    ADDRESSED
        .captures_iter(script)
        .filter_map(|found| found.name("email"))
        .filter(|email| is_person(&email.as_str().to_ascii_lowercase(), site) && named(email.start()))
        .count()
}

static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(?:full|first|last|display|contact|person)?-?_?name\\*["']?\s*:\s*\\*["'][^"'\\]{2,}"#)
        .expect("the pattern is fixed")
});

/// What a body of plain text, CSV, XML or a business card holds.
pub(in crate::collect::web::pages) fn in_text_body(text: &str, site: &str, found: &mut Found) {
    let cards = text.lines().filter(|line| line.trim().eq_ignore_ascii_case("BEGIN:VCARD")).count();
    let rows = text.lines().filter(|line| !people(line, site).is_empty()).count();
    let one = rows == 1 && text.lines().filter(|line| !line.trim().is_empty()).count() <= 40 && text.contains([',', ';', '<']);
    if cards > 0 || rows >= 2 || one {
        found.listed = cards.max(rows);
    }
}
