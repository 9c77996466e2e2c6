//! Records in JSON, in scripts and in bodies that are no pages.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::{
    Found,
    addresses::{self, Whose},
    is_phone,
    keys::{self, Key},
};

/// The most values of one document that are looked at.
const VALUES_LIMIT: usize = 200_000;
/// The most places in one script where data may begin.
const STARTS_LIMIT: usize = 40;

/// Keys that only records of a customer system have, letters and digits in lower case.
const IDS: [&str; 14] = [
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
];
/// Keys beside an id that make a record of it.
const SAYS: [&str; 13] = [
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
    "personfullname",
    "orgnr",
    "department",
];

/// How many records a document holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::collect::web::pages) struct Counted {
    /// Of people and companies.
    pub(in crate::collect::web::pages) records: usize,
    /// Of a business, without anybody's name.
    pub(in crate::collect::web::pages) business: usize,
}

impl Counted {
    pub(super) fn add(&mut self, other: Self) {
        self.records = self.records.saturating_add(other.records);
        self.business = self.business.saturating_add(other.business);
    }
}

/// How many records a JSON document holds; none where it is no JSON.
pub(in crate::collect::web::pages) fn in_json(text: &str, site: &str) -> Counted {
    serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')).map_or_else(|_| Counted::default(), |value| records(&value, site))
}

/// How many records the attributes of an element hold: JSON as frameworks write it there, and `data-name` beside `data-email`.
pub(in crate::collect::web::pages) fn in_attributes<'a>(attributes: impl Iterator<Item = (&'a str, &'a str)>, site: &str) -> Counted {
    let (mut counted, mut fields) = (Counted::default(), Map::new());
    for (name, value) in attributes {
        let value = value.trim();
        if value.starts_with(['{', '[']) && value.len() > 2 {
            match serde_json::from_str::<Value>(value) {
                Ok(value) => counted.add(records(&value, site)),
                Err(_) => counted.add(in_script(&format!("={value}"), site)),
            }
        } else if let Some(name) = name.strip_prefix("data-") {
            fields.insert(name.to_owned(), Value::String(value.to_owned()));
        }
    }
    if fields.len() >= 2 {
        counted.records = counted.records.saturating_add(usize::from(Read::of(&fields, site).is_record(&fields)));
    }
    counted
}

fn records(value: &Value, site: &str) -> Counted {
    let mut found = Counted::default();
    each(value, |value| match value {
        Value::Array(values) => found.records = found.records.saturating_add(companies(values, site)),
        Value::Object(fields) => {
            let read = Read::of(fields, site);
            let is_record = read.is_record(fields);
            found.records = found.records.saturating_add(usize::from(is_record));
            found.business = found.business.saturating_add(usize::from(!is_record && read.is_business()));
        }
        Value::String(text) if text.starts_with(['{', '[']) && text.len() < 200_000 => {
            // JSON within JSON, as some frameworks keep their state.
            if let Ok(inner) = serde_json::from_str::<Value>(text) {
                found.add(shallow(&inner, site));
            }
        }
        _ => {}
    });
    found
}

/// Looks at a value and at all below it, up to a bound.
fn each<'v>(value: &'v Value, mut look: impl FnMut(&'v Value)) {
    let mut open = vec![value];
    for _ in 0..VALUES_LIMIT {
        let Some(value) = open.pop() else { break };
        look(value);
        match value {
            Value::Array(values) => open.extend(values),
            Value::Object(fields) => {
                open.extend(fields.iter().filter(|(name, value)| is_branch(value) && !keys::is_no_data(name)).map(|(_, value)| value));
            }
            _ => {}
        }
    }
}

/// Values with more below them, or with JSON in them.
fn is_branch(value: &Value) -> bool {
    value.is_array() || value.is_object() || value.as_str().is_some_and(|text| text.starts_with(['{', '[']))
}

/// The records of JSON within JSON, without going another level down.
fn shallow(value: &Value, site: &str) -> Counted {
    let mut found = Counted::default();
    each(value, |value| {
        if let Value::Object(fields) = value {
            found.records = found.records.saturating_add(usize::from(Read::of(fields, site).is_record(fields)));
        }
    });
    found
}

/// A list of companies with an address of their own each; the makers' addresses share one domain.
fn companies(values: &[Value], site: &str) -> usize {
    let named = |value: &&Value| {
        let Value::Object(fields) = value else { return false };
        let read = Read::of(fields, site);
        read.inbox.is_some() && read.name && !read.is_record(fields)
    };
    let inboxes: Vec<String> =
        values.iter().take(VALUES_LIMIT).filter(named).filter_map(|value| Read::of(value.as_object()?, site).inbox).collect();
    addresses::distinct_companies(inboxes.iter().map(String::as_str), site)
}

/// What the fields of an object say.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "a record is known by what it has")]
struct Read {
    name: bool,
    company: bool,
    person_address: bool,
    /// The address of a company, for everyone who writes to it.
    inbox: Option<String>,
    makers_address: bool,
    phone: bool,
    /// A number of its own.
    id: bool,
    /// The number that a record of a customer system has.
    own_id: bool,
    says: bool,
    business: usize,
    with_business: usize,
    about_others: bool,
}

impl Read {
    fn of(fields: &Map<String, Value>, site: &str) -> Self {
        let mut read = Self::default();
        for (key, value) in fields.iter().take(500) {
            let text = match value {
                Value::String(text) if !text.trim().is_empty() => text.trim().to_owned(),
                Value::Number(number) => number.to_string(),
                _ => continue,
            };
            // A label that stands for a value tells nothing of a customer.
            if !is_label(key, &text) {
                read.take(&keys::plain(key), &text, value.is_string(), site);
            }
        }
        read
    }

    fn take(&mut self, key: &str, text: &str, is_text: bool, site: &str) {
        let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
        let is_number = has_digit && text != "0" && !text.starts_with('-') && text.len() <= 64 && !text.contains(char::is_whitespace);
        self.own_id |= IDS.contains(&key) && is_number;
        self.id |= is_number && (key == "id" || key.ends_with("id") || key == "guid" || key == "uuid");
        self.says |= SAYS.contains(&key) && is_text;
        self.about_others |= keys::speaks_of_other_things(key);
        self.with_business = self.with_business.saturating_add(usize::from(keys::goes_with_business(key)));
        match keys::of(key) {
            Some(Key::Email) => match addresses::only(text) {
                Some(address) => match addresses::whose(&address, site) {
                    Whose::Person => self.person_address = true,
                    Whose::Inbox => self.inbox = Some(address),
                    Whose::Makers => self.makers_address = true,
                },
                None => self.makers_address |= addresses::has_other(text, site),
            },
            Some(Key::Phone) => self.phone |= is_phone(text),
            Some(Key::Name | Key::Person) => self.name |= is_text,
            Some(Key::Company) => {
                self.name |= is_text;
                self.company |= is_text && text.chars().any(char::is_uppercase);
            }
            // `order` is mostly the place in a list.
            Some(Key::Business) if key != "order" => self.business = self.business.saturating_add(usize::from(has_digit)),
            Some(Key::Address | Key::Business) | None => {}
        }
    }

    /// A person with an address or a number, or a thing with an id of the customer system and a name.
    fn is_record(&self, fields: &Map<String, Value>) -> bool {
        // Organisations say of themselves in structured data who they are.
        let described = fields.contains_key("@type") || fields.contains_key("@context");
        let reached = self.person_address || self.phone;
        let of_person = self.inbox.is_none() && ((self.name && reached) || (self.person_address && self.phone));
        let of_company = self.inbox.is_some() && self.id && self.name;
        let of_sale = self.company && self.business >= 2;
        !self.makers_address && !described && (of_person || of_company || of_sale || (self.own_id && self.says))
    }

    /// An invoice, an order or the like.
    fn is_business(&self) -> bool {
        self.business >= 1 && self.with_business >= 2 && !self.about_others && !self.makers_address
    }
}

/// Whether a value is a label: the same word as its key, or a word that announces a value.
fn is_label(key: &str, value: &str) -> bool {
    let value = keys::plain(value);
    value == keys::plain(key) || keys::of(&value).is_some()
}

static STARTS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:=|\(|,|:)\s*(?P<data>[\[{])\s*[\[{\x22]").expect("the pattern is fixed"));

static ADDRESSED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(?:e-?mail(?:address)?|epost|mail)\\*["']?\s*:\s*\\*["'](?P<email>[^"'\\\s@]{1,64}@[^"'\\\s]{3,200})\\*["']"#)
        .expect("the pattern is fixed")
});

/// How many records the text of a script holds: in JSON that it assigns, or written as a literal.
pub(in crate::collect::web::pages) fn in_script(script: &str, site: &str) -> Counted {
    let (mut found, mut from) = (Counted::default(), 0_usize);
    for start in STARTS.captures_iter(script).take(STARTS_LIMIT) {
        let Some(data) = start.name("data").filter(|data| data.start() >= from) else { continue };
        let Some(rest) = script.get(data.start()..) else { continue };
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        if let Some(Ok(value)) = stream.next() {
            let before = script.get(..data.start()).unwrap_or_default();
            if !keys::is_no_data(last_word(before)) {
                found.add(records(&value, site));
            }
            from = data.start().saturating_add(stream.byte_offset());
        }
    }
    if found.records > 0 {
        return found;
    }
    let named = |at: usize| {
        let near = script
            .get(script.floor_char_boundary(at.saturating_sub(300))..script.ceil_char_boundary(at.saturating_add(300).min(script.len())));
        near.is_some_and(|near| NAMED.is_match(near))
    };
    found.records = ADDRESSED
        .captures_iter(script)
        .filter_map(|found| found.name("email"))
        .filter(|email| !is_makers_own(script, email.start()))
        .filter(|email| addresses::whose(&email.as_str().to_lowercase(), site) == Whose::Person && named(email.start()))
        .count();
    found
}

/// Whether the object around a place is the maker's own, or an example.
fn is_makers_own(script: &str, at: usize) -> bool {
    let before = script.get(..at).and_then(|before| before.rfind('{').and_then(|open| before.get(..open)));
    before.is_some_and(|before| keys::is_no_data(last_word(before)))
}

/// The name that data is given: `window.i18n = ` is `i18n`.
fn last_word(before: &str) -> &str {
    let before = before.trim_end_matches(|letter: char| !letter.is_alphanumeric());
    let start = before.rfind(|letter: char| !letter.is_alphanumeric() && letter != '_').map_or(0, |at| at.saturating_add(1));
    before.get(start..).unwrap_or_default()
}

static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(?:full|first|last|display|contact|person)?-?_?name\\*["']?\s*:\s*\\*["'][^"'\\]{2,}"#)
        .expect("the pattern is fixed")
});

/// What a body of plain text, CSV, XML or a business card holds.
pub(in crate::collect::web::pages) fn in_text_body(text: &str, site: &str, found: &mut Found) {
    let cards = text.lines().filter(|line| line.trim().eq_ignore_ascii_case("BEGIN:VCARD")).count();
    let rows = text.lines().filter(|line| !addresses::people(line, site).is_empty()).count();
    let one = rows == 1 && text.lines().filter(|line| !line.trim().is_empty()).count() <= 40 && text.contains([',', ';', '<']);
    if cards > 0 || rows >= 2 || one {
        found.list(Counted { records: cards.max(rows), business: 0 });
    }
}
