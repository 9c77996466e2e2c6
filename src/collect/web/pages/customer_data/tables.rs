//! Tables of people and companies.

use std::collections::BTreeSet;

use super::{
    Found,
    addresses::{self, has_other, people},
    is_phone, is_plain_phone,
    keys::{self, Key},
};
use crate::collect::web::pages::markup::{Markup, Table};

/// Adds the rows of all tables. Tables that are said to be examples have none.
pub(super) fn add(markup: &Markup, site: &str, found: &mut Found) {
    for table in markup.tables.iter().filter(|table| !is_example(table, markup)) {
        add_table(table, site, found);
    }
}

/// Whether the lines before a table say that it holds examples.
fn is_example(table: &Table, markup: &Markup) -> bool {
    let before = markup.text.get(..table.text_at).unwrap_or_default();
    before.lines().rev().filter(|line| !line.trim().is_empty()).take(2).any(keys::announces_examples)
}

impl Table {
    /// The headers, and the rows below them. A table without header cells may say in its first row what the others are.
    pub(super) fn split(&self) -> (&[String], Vec<&Vec<String>>) {
        let (headers, heading) = match self.rows.iter().find(|row| !row.is_empty()) {
            Some(first) if self.headers.is_empty() => (first.as_slice(), 1),
            _ => (self.headers.as_slice(), 0),
        };
        let filled = |row: &&Vec<String>| row.iter().filter(|cell| !cell.is_empty()).count() >= 2;
        (headers, self.rows.iter().skip(heading).filter(filled).collect())
    }
}

/// Rows of people and companies. Tables of prices, cookies and settings have other headers.
fn add_table(table: &Table, site: &str, found: &mut Found) {
    let (headers, filled) = table.split();
    let keys: Vec<Option<Key>> = headers.iter().map(|header| keys::of(header)).collect();
    let elsewhere = headers.iter().any(|header| keys::speaks_of_other_things(header));
    let known: BTreeSet<Key> = keys.iter().flatten().copied().collect();
    let phone_at = keys.iter().position(|key| *key == Some(Key::Phone));
    // A first row that is data and no header counts too.
    let first = table.rows.iter().find(|row| !row.is_empty()).filter(|_| table.headers.is_empty() && known.is_empty());
    let mut people_rows = 0_usize;
    for row in filled.iter().copied().chain(first) {
        let own = row.iter().any(|cell| has_other(cell, site));
        let numbered = row.iter().enumerate().any(|(at, cell)| is_plain_phone(cell) || (Some(at) == phone_at && is_phone(cell)));
        let (phone, email) = (numbered && !own, row.iter().any(|cell| !people(cell, site).is_empty()));
        found.phones = found.phones.saturating_add(usize::from(phone));
        found.placed_emails = found.placed_emails.saturating_add(usize::from(email));
        people_rows = people_rows.saturating_add(usize::from(phone || email));
    }
    let companies = addresses::distinct_companies(filled.iter().flat_map(|row| row.iter().map(String::as_str)), site);
    let named = known.len() >= 2
        && (known.contains(&Key::Email) || known.contains(&Key::Phone) || known.iter().filter(|key| key.is_business()).count() >= 2);
    let own = companies == 0 && filled.iter().all(|row| row.iter().any(|cell| has_other(cell, site)));
    if named && !elsewhere && !own && !filled.is_empty() {
        found.table_rows = found.table_rows.saturating_add(filled.len());
    } else if people_rows >= 2 {
        found.table_rows = found.table_rows.saturating_add(people_rows);
    }
}
