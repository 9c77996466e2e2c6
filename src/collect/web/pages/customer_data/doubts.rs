//! What may be data of a customer and names no person that could prove it: invoices, orders, lists to choose from, a greeting by name.
//! Somebody has to look at it.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    Found, is_name,
    keys::{self, Key},
};
use crate::collect::web::pages::markup::{Element, Markup, Table};

/// So many names among the entries of a list to choose from are no list of a program's own.
const CHOICES: usize = 5;

/// So many lines that begin with a number are a list.
const ENTRIES: usize = 2;

/// Adds what the elements show.
pub(super) fn add_elements(markup: &Markup, found: &mut Found) {
    found.business_rows = markup.tables.iter().map(business_rows).fold(0, usize::saturating_add);
    found.choices = choices(markup);
}

/// Rows under headers of a business: invoices, orders, amounts and when they are due.
fn business_rows(table: &Table) -> usize {
    let (headers, rows) = table.split();
    let about_others = headers.iter().any(|header| keys::speaks_of_other_things(header));
    let strong = headers.iter().filter(|header| keys::of(header) == Some(Key::Business)).count();
    let all = headers.iter().filter(|header| keys::goes_with_business(header)).count();
    let has_figures = |row: &&Vec<String>| row.iter().filter(|cell| cell.bytes().any(|byte| byte.is_ascii_digit())).count() >= 2;
    if about_others || strong == 0 || all < 2 { 0 } else { rows.into_iter().filter(has_figures).count() }
}

static COMPANY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\p{Lu}[\p{L}\p{N}&.' -]+ (?:AS|ASA|A/S|ApS|AB|Oy|Oyj|GmbH|AG|KG|UG|Ltd|Limited|LLC|Inc|B\.?V|N\.?V|S\.?A|SAS|SARL|SpA|PLC|plc|HF|ehf)\.?$")
        .expect("the pattern is fixed")
});

/// Names of people and companies to choose from. Countries and languages are mostly one word.
fn choices(markup: &Markup) -> usize {
    let options: Vec<&Element> = markup.elements.iter().filter(|element| element.name == "option" && !element.in_footer).collect();
    let has_number =
        |option: &Element| option.value("value").is_some_and(|value| value.trim().parse::<u64>().is_ok_and(|number| number > 0));
    let text = |option: &Element| markup.text.get(option.text_at..).and_then(|text| text.lines().next()).unwrap_or_default().trim();
    let is_named = |option: &&&Element| COMPANY.is_match(text(option)) || (has_number(option) && is_name(text(option)));
    let named = options.iter().filter(is_named).count();
    if named >= CHOICES && named.saturating_mul(10) >= options.len().saturating_mul(6) { named } else { 0 }
}

static GREETING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:welcome(?: back)?|hello|hi|hei|hej|hallo|velkommen(?: tilbake)?|välkommen(?: tillbaka)?|willkommen(?: zurück)?|welkom(?: terug)?|(?:signed|logged) in as|inn?logge[td] som|inloggad som|(?:angemeldet|eingeloggt) als|ingelogd als)[ ,:!]{1,3}(?P<name>[^!.,:;()\n]+)",
    )
    .expect("the pattern is fixed")
});

static MONEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\b(?:NOK|SEK|DKK|EUR|USD|GBP|CHF|kr)\.?|[€$£]) ?\d|\d(?:[\d ., \u{a0}]*\d)?(?:,-)? ?(?:(?:NOK|SEK|DKK|EUR|USD|GBP|CHF|kr)\b|€)").expect("the pattern is fixed")
});

static OF_BUSINESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:turnover|revenue|omsetning|omsättning|omsætning|umsatz|omzet|invoices?|fakturae?r?|rechnung(?:en)?|(?:open|pending) orders?|orders?|ordrer?|bestilling(?:er)?|beställningar|bestellungen|outstanding|overdue|utestående|forfalt|balance|saldo|pipeline|opportunit(?:y|ies)|customer since|kunde siden|kund sedan|kunde seit)\b")
        .expect("the pattern is fixed")
});

static OF_PRICES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:prices?|pricing|from|per|plans?|month(?:ly)?|priser?|fra|från|mnd|måned|månad|preise?|ab|monat|prijs|vanaf|maand|license|lisens|abonnement|subscription)\b|/")
        .expect("the pattern is fixed")
});

static ENTRY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:#|(?:No|Nr|Sak|Case|Ticket|Order|Ordre|Faktura|Invoice)\.? ?#?|[A-Z]{2,5}-)\d{2,}\b.{4,}")
        .expect("the pattern is fixed")
});

static DATED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})\b").expect("the pattern is fixed"));

/// Adds what sentences and lines show. Where sign-in starts on the page, they are mostly the maker's.
pub(super) fn add_text(text: &str, found: &mut Found) {
    let lines = || text.lines().map(str::trim).filter(|line| line.len() <= 1_000).take(20_000);
    // Neither an amount nor a number of an entry goes without digits, and most lines have none.
    let figures = || lines().filter(|line| line.bytes().any(|byte| byte.is_ascii_digit()));
    found.greetings = lines().filter_map(|line| GREETING.captures(line)?.name("name")).filter(|name| is_name(name.as_str().trim())).count();
    found.amounts = figures().filter(|line| MONEY.is_match(line) && OF_BUSINESS.is_match(line) && !OF_PRICES.is_match(line)).count();
    let entries = figures().filter(|line| ENTRY.is_match(line) && DATED.is_match(line)).count();
    found.entries = if entries >= ENTRIES { entries } else { 0 };
}
