//! What looks like data of a customer: people's addresses and numbers, tables and records. A landing page has none of it, a shell neither.

mod addresses;
mod cards;
mod doubts;
mod keys;
mod records;
mod tables;

use std::{collections::BTreeSet, sync::LazyLock};

use regex::Regex;

pub(super) use self::records::{Counted, in_attributes, in_json, in_script, in_text_body};
use self::{
    addresses::{has_other, people},
    keys::Key,
};
use super::markup::Markup;
use crate::evidence::CustomerData;

/// So many addresses of people, in text and not in records, are no longer a contact line.
const LONE_ADDRESSES: usize = 3;

static PHONE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:\+|00|\()?\d[\d ()./\u{a0}-]{5,18}\d(?: ?(?:ext|x)\.? ?\d+)?$").expect("the pattern is fixed"));

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})(?:\D.*)?$|^\d{1,3}(?:\.\d{1,3}){3}$")
        .expect("the pattern is fixed")
});

/// What of a customer a page shows.
#[derive(Clone, Default)]
pub(super) struct Found {
    emails: BTreeSet<String>,
    /// Addresses that stand in a record, a table or a field.
    placed_emails: usize,
    phones: usize,
    table_rows: usize,
    records: usize,
    cards: usize,
    /// Records in JSON.
    json: Counted,
    /// Records in a body that is no page.
    listed: Counted,
    business_rows: usize,
    choices: usize,
    greetings: usize,
    amounts: usize,
    entries: usize,
}

impl Found {
    /// Adds what JSON within a page holds.
    pub(super) fn add(&mut self, counted: Counted) {
        self.json.add(counted);
    }

    /// Adds what a body that is JSON holds.
    pub(super) fn list(&mut self, counted: Counted) {
        self.listed.add(counted);
    }

    /// The facts.
    pub(super) fn facts(&self) -> Vec<CustomerData> {
        let many = self.emails.len() >= LONE_ADDRESSES || self.placed_emails > 0;
        data(&[
            ("e-mail addresses", if many { self.emails.len() } else { 0 }),
            ("phone numbers", self.phones),
            ("table of records", self.table_rows),
            ("record", self.records),
            ("contact cards", self.cards),
            ("embedded JSON records", self.json.records),
            ("list of records", self.listed.records),
        ])
    }

    /// What names nobody, and may be data all the same. What sentences say counts only where `with_text` says so.
    pub(super) fn doubts(&self, with_text: bool) -> Vec<CustomerData> {
        let text = |count: usize| if with_text { count } else { 0 };
        data(&[
            ("table of records", self.business_rows),
            ("list of records", self.listed.business.saturating_add(text(self.entries))),
            ("list to choose from", self.choices),
            ("amounts", text(self.amounts)),
            ("greeting by name", text(self.greetings)),
            ("embedded JSON records", self.json.business),
        ])
    }
}

fn data(kinds: &[(&str, usize)]) -> Vec<CustomerData> {
    let seen = kinds.iter().filter(|(_, count)| *count > 0);
    seen.map(|(kind, count)| CustomerData { kind: (*kind).to_owned(), count: u64::try_from(*count).unwrap_or(u64::MAX) }).collect()
}

/// What the markup shows. `site` is the registrable domain of the page, whose addresses are the maker's own.
pub(super) fn in_markup(markup: &Markup, site: &str) -> Found {
    let mut found = Found { emails: people(&markup.text, site), ..Found::default() };
    let links =
        markup.elements.iter().filter(|element| element.name == "a" && !element.in_footer).filter_map(|element| element.value("href"));
    for link in links.filter_map(|link| link.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).and_then(|_| link.get(7..))) {
        found.emails.extend(people(link, site));
    }
    tables::add(markup, site, &mut found);
    let makers = addresses::makers_domains(&markup.text, &markup.footer);
    found.cards = cards::cards(&markup.pieces, site, &makers);
    found.placed_emails = found.placed_emails.saturating_add(found.cards).saturating_add(options_with_people(markup, site));
    add_pairs(&pairs(markup), site, &mut found);
    for element in markup.elements.iter().filter(|element| !element.in_footer) {
        found.add(in_attributes(element.attributes(), site));
    }
    doubts::add_elements(markup, &mut found);
    doubts::add_text(&markup.text, &mut found);
    found
}

/// Entries of lists to choose from that name a person with an address.
fn options_with_people(markup: &Markup, site: &str) -> usize {
    let options = markup.elements.iter().filter(|element| element.name == "option" && !element.in_footer);
    let texts = options.filter_map(|option| markup.text.get(option.text_at..)?.lines().next());
    texts.filter(|text| !people(text, site).is_empty()).count()
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

/// A label and what stands for it.
type Pair = (Key, String);

/// So many lines before a label, no more, tell whose it is.
const NEAR: usize = 3;

/// Labelled values: `dt` and `dd`, two cells of a row, `Label: value` or a label on the line before, and fields that are filled in. What stands
/// at a heading for support is the maker's.
fn pairs(markup: &Markup) -> Vec<Pair> {
    let lines: Vec<&str> = markup.text.lines().map(str::trim).filter(|line| !line.is_empty()).take(20_000).collect();
    let support: BTreeSet<usize> = lines.iter().enumerate().filter(|(_, line)| keys::announces_support(line)).map(|(at, _)| at).collect();
    let is_support = |at: usize| support.range(at.saturating_sub(NEAR)..=at.saturating_add(1)).next().is_some();
    let mut pairs: Vec<Pair> = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(at, _)| !is_support(*at)) {
        let inline = line.split_once(':').and_then(|(label, value)| Some((keys::of(label)?, value.trim().to_owned())));
        let below = || Some((keys::of(line)?, (*lines.get(at.checked_add(1)?)?).to_owned()));
        pairs.extend(inline.filter(|(_, value)| !value.is_empty()).or_else(below).filter(|(_, value)| keys::of(value).is_none()));
    }
    let fields = markup.elements.iter().filter(|element| element.name == "input" && !element.in_footer);
    for field in fields
        .filter(|field| !field.value("type").is_some_and(|kind| ["submit", "button", "radio", "checkbox", "password"].contains(&kind)))
    {
        let key = [field.value("name"), field.value("id"), field.value("aria-label")].into_iter().flatten().find_map(keys::of);
        pairs.extend(key.zip(field.value("value").map(ToOwned::to_owned)).filter(|(_, value)| !value.is_empty()));
    }
    pairs
}

/// A single record: somebody's name beside an address or a number. Where the maker's own address stands beside it, it is the maker's own line.
fn add_pairs(pairs: &[Pair], site: &str, found: &mut Found) {
    if pairs.iter().any(|(key, value)| *key == Key::Email && has_other(value, site)) {
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
