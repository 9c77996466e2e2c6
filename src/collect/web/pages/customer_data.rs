//! What looks like data of a customer: people's addresses and numbers, tables and records. A landing page has none of it, a shell neither.

mod keys;
mod records;

use std::{collections::BTreeSet, sync::LazyLock};

use regex::Regex;

use self::keys::Key;
pub(super) use self::records::{in_json, in_script, in_text_body};
use super::markup::{Markup, Table};
use crate::evidence::CustomerData;

/// So many addresses of people, in text and not in records, are no longer a contact line.
const LONE_ADDRESSES: usize = 3;

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24}")
        .expect("the pattern is fixed")
});

static PHONE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:\+|00|\()?\d[\d ()./\u{a0}-]{5,18}\d(?: ?(?:ext|x)\.? ?\d+)?$").expect("the pattern is fixed"));

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})(?:\D.*)?$|^\d{1,3}(?:\.\d{1,3}){3}$")
        .expect("the pattern is fixed")
});

/// What of a customer a page shows.
#[derive(Default)]
pub(super) struct Found {
    emails: BTreeSet<String>,
    /// Addresses that stand in a record, a table or a field.
    placed_emails: usize,
    phones: usize,
    table_rows: usize,
    records: usize,
    /// Records in JSON.
    pub(super) json_records: usize,
    /// Records in a body that is no page.
    pub(super) listed: usize,
}

impl Found {
    /// The facts.
    pub(super) fn facts(&self) -> Vec<CustomerData> {
        let many = self.emails.len() >= LONE_ADDRESSES || self.placed_emails > 0;
        [
            ("e-mail addresses", if many { self.emails.len() } else { 0 }),
            ("phone numbers", self.phones),
            ("table of records", self.table_rows),
            ("record", self.records),
            ("embedded JSON records", self.json_records),
            ("list of records", self.listed),
        ]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| CustomerData { kind: kind.to_owned(), count: u64::try_from(count).unwrap_or(u64::MAX) })
        .collect()
    }
}

/// What the markup shows. `site` is the registrable domain of the page, whose addresses are the maker's own.
pub(super) fn in_markup(markup: &Markup, site: &str) -> Found {
    let mut found = Found { emails: people(&markup.text, site), ..Found::default() };
    let links =
        markup.elements.iter().filter(|element| element.name == "a" && !element.in_footer).filter_map(|element| element.value("href"));
    for link in links.filter_map(|link| link.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).and_then(|_| link.get(7..))) {
        found.emails.extend(people(link, site));
    }
    for table in &markup.tables {
        add_table(table, site, &mut found);
    }
    add_pairs(&pairs(markup), site, &mut found);
    found
}

/// The addresses of people in a text: no role's, no example's, none of the page's own site.
fn people(text: &str, site: &str) -> BTreeSet<String> {
    EMAIL.find_iter(text).map(|found| found.as_str().to_ascii_lowercase()).filter(|address| is_person(address, site)).take(10_000).collect()
}

/// Whether an address is that of a person elsewhere.
pub(super) fn is_person(address: &str, site: &str) -> bool {
    let Some((local, domain)) = address.split_once('@') else { return false };
    let registrable = crate::collect::web::platform_hosts::site(domain);
    let role = local.split(['.', '-', '_', '+']).any(|word| keys::ROLES.contains(&word)) || keys::ROLES.contains(&local);
    let sample = keys::SAMPLE_DOMAINS.contains(&registrable) || matches!(domain.rsplit('.').next(), Some("example" | "test" | "invalid"));
    // `image@2x.png` is a file.
    let file = ["png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css"].iter().any(|ending| domain.rsplit('.').next() == Some(*ending));
    !role && !sample && !file && registrable != site
}

/// Whether a text is some address that is not a customer's: a role's, or one of the page's own site.
fn is_makers_own(text: &str, site: &str) -> bool {
    EMAIL.find_iter(text).any(|found| !is_person(&found.as_str().to_ascii_lowercase(), site))
}

fn is_phone(text: &str) -> bool {
    let text = text.trim();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (7..=16).contains(&digits) && PHONE.is_match(text) && !DATE.is_match(text)
}

/// Whether a number is one without being named so: with its country, or in groups.
fn is_plain_phone(text: &str) -> bool {
    is_phone(text) && (text.starts_with('+') || text.starts_with("00"))
}

/// Rows of people and companies. Tables of prices, cookies and settings have other headers.
fn add_table(table: &Table, site: &str, found: &mut Found) {
    let (headers, heading) = match table.rows.iter().find(|row| !row.is_empty()) {
        // A table without header cells may say in its first row what the others are.
        Some(first) if table.headers.is_empty() => (first.as_slice(), 1),
        _ => (table.headers.as_slice(), 0),
    };
    let rows = table.rows.iter().skip(heading);
    let keys: Vec<Option<Key>> = headers.iter().map(|header| keys::of(header)).collect();
    let elsewhere = headers.iter().any(|header| keys::speaks_of_other_things(header));
    let known: BTreeSet<Key> = keys.iter().flatten().copied().collect();
    let phone_at = keys.iter().position(|key| *key == Some(Key::Phone));
    let filled: Vec<&Vec<String>> = rows.filter(|row| row.iter().filter(|cell| !cell.is_empty()).count() >= 2).collect();
    // A first row that is data and no header counts too.
    let first = table.rows.iter().find(|row| !row.is_empty()).filter(|_| table.headers.is_empty() && known.is_empty());
    let of_people: Vec<bool> = filled
        .iter()
        .copied()
        .chain(first)
        .map(|row| {
            let phone = row.iter().enumerate().any(|(at, cell)| is_plain_phone(cell) || (Some(at) == phone_at && is_phone(cell)));
            let email = row.iter().any(|cell| !people(cell, site).is_empty());
            let own = row.iter().any(|cell| is_makers_own(cell, site));
            found.phones = found.phones.saturating_add(usize::from(phone && !own));
            found.placed_emails = found.placed_emails.saturating_add(usize::from(email));
            (phone && !own) || email
        })
        .collect();
    let people_rows = of_people.iter().filter(|row| **row).count();
    let named = known.len() >= 2
        && (known.contains(&Key::Email) || known.contains(&Key::Phone) || known.iter().filter(|key| key.is_business()).count() >= 2);
    let own = filled.iter().all(|row| row.iter().any(|cell| is_makers_own(cell, site)));
    if named && !elsewhere && !own && !filled.is_empty() {
        found.table_rows = found.table_rows.saturating_add(filled.len());
    } else if people_rows >= 2 {
        found.table_rows = found.table_rows.saturating_add(people_rows);
    }
}

/// A label and what stands for it.
type Pair = (Key, String);

/// Labelled values: `dt` and `dd`, two cells of a row, `Label: value` or a label on the line before, and fields that are filled in.
fn pairs(markup: &Markup) -> Vec<Pair> {
    let lines: Vec<&str> = markup.text.lines().map(str::trim).filter(|line| !line.is_empty()).take(20_000).collect();
    let mut pairs: Vec<Pair> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let inline = line.split_once(':').and_then(|(label, value)| Some((keys::of(label)?, value.trim().to_owned())));
        let below = || Some((keys::of(line)?, (*lines.get(at.checked_add(1)?)?).to_owned()));
        pairs.extend(inline.filter(|(_, value)| !value.is_empty()).or_else(below).filter(|(_, value)| keys::of(value).is_none()));
    }
    let fields = markup.elements.iter().filter(|element| element.name == "input" && !element.in_footer);
    for field in fields.filter(|field| {
        !field.value("type").is_some_and(|kind| ["hidden", "submit", "button", "radio", "checkbox", "password"].contains(&kind))
    }) {
        let key = [field.value("name"), field.value("id"), field.value("aria-label")].into_iter().flatten().find_map(keys::of);
        pairs.extend(key.zip(field.value("value").map(ToOwned::to_owned)).filter(|(_, value)| !value.is_empty()));
    }
    pairs
}

/// A single record: somebody's name beside an address or a number. Where the maker's own address stands beside it, it is the maker's own line.
fn add_pairs(pairs: &[Pair], site: &str, found: &mut Found) {
    if pairs.iter().any(|(key, value)| *key == Key::Email && is_makers_own(value, site)) {
        return;
    }
    let holds = |wanted: Key, fits: &dyn Fn(&str) -> bool| pairs.iter().any(|(key, value)| *key == wanted && fits(value));
    let email = holds(Key::Email, &|value| !people(value, site).is_empty());
    let phone = holds(Key::Phone, &is_phone);
    let person = holds(Key::Person, &is_name) || holds(Key::Name, &is_name);
    let company = holds(Key::Company, &|value| !value.is_empty());
    let address = holds(Key::Address, &|value| value.bytes().any(|byte| byte.is_ascii_digit()));
    let amount = holds(Key::Business, &|value| value.bytes().any(|byte| byte.is_ascii_digit()));
    let strong = usize::from(email) + usize::from(phone);
    let weak = usize::from(person) + usize::from(company) + usize::from(address) + usize::from(amount);
    if (strong >= 1 && person) || strong == 2 || (email && weak >= 1) || (person && address) || (company && amount && weak >= 3) {
        found.records = found.records.saturating_add(1);
        found.phones = found.phones.saturating_add(usize::from(phone));
        found.placed_emails = found.placed_emails.saturating_add(usize::from(email));
    }
}

/// Two to five words that begin with capitals.
fn is_name(value: &str) -> bool {
    let words: Vec<&str> = value.split_whitespace().collect();
    let capital = |word: &&&str| {
        word.chars().next().is_some_and(char::is_uppercase) && word.chars().all(|letter| letter.is_alphabetic() || "'’-.".contains(letter))
    };
    (2..=5).contains(&words.len())
        && words.iter().filter(capital).count() >= 2
        && words.iter().all(|word| !word.bytes().any(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests;
