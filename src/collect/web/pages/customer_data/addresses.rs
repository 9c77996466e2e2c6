//! Whose an e-mail address is: a person's, a company's, or the maker's own.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use regex::Regex;

use super::keys;
use crate::collect::web::platform_hosts;

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}").expect("the pattern is fixed")
});

/// The most addresses of one page.
const ADDRESSES_LIMIT: usize = 10_000;

/// Whose an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// A person's.
    Person,
    /// A company's, for everyone who writes to it.
    Inbox,
    /// A role's that no list of customers has, an example's, or one of the page's own site.
    Makers,
}

/// Whose an address in lower case is. `site` is the registrable domain of the page, whose addresses are the maker's own.
pub(super) fn whose(address: &str, site: &str) -> Whose {
    let Some((local, domain)) = address.split_once('@') else { return Whose::Makers };
    let registrable = platform_hosts::site(domain);
    let ending = domain.rsplit('.').next().unwrap_or_default();
    let sample = registrable.split('.').next().is_some_and(|name| keys::SAMPLE_NAMES.contains(&name));
    // `image@2x.png` is a file.
    let file = ["png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css"].contains(&ending);
    if sample || file || registrable == site || ["example", "test", "invalid"].contains(&ending) {
        return Whose::Makers;
    }
    let words = || local.split(['.', '-', '_', '+']).chain([local]);
    if keys::INBOXES.contains(&local) {
        Whose::Inbox
    } else if words().any(keys::is_role) {
        Whose::Makers
    } else {
        Whose::Person
    }
}

/// Every address in a text, in lower case.
pub(super) fn every(text: &str) -> impl Iterator<Item = String> + '_ {
    EMAIL.find_iter(text).map(|found| found.as_str().to_lowercase()).take(ADDRESSES_LIMIT)
}

/// The address that a value is, in lower case: alone, or behind a name in angle brackets; absent where it is a sentence or anything else.
pub(super) fn only(value: &str) -> Option<String> {
    let value = value.trim();
    let value = value.split_once('<').and_then(|(_, rest)| rest.strip_suffix('>')).unwrap_or(value);
    let value =
        value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).map_or(value, |_| value.get(7..).unwrap_or_default());
    EMAIL.find(value).filter(|found| found.len() == value.len()).map(|found| found.as_str().to_lowercase())
}

/// The addresses of people in a text.
pub(super) fn people(text: &str, site: &str) -> BTreeSet<String> {
    every(text).filter(|address| whose(address, site) == Whose::Person).collect()
}

/// Whether a text holds an address that is not a person's: a role's, or one of the page's own site.
pub(super) fn has_other(text: &str, site: &str) -> bool {
    every(text).any(|address| whose(&address, site) != Whose::Person)
}

/// The registrable domains of the addresses of companies in a text.
pub(super) fn companies(text: &str, site: &str) -> BTreeSet<String> {
    let inboxes = every(text).filter(|address| whose(address, site) == Whose::Inbox);
    inboxes.filter_map(|address| address.split_once('@').map(|(_, domain)| platform_hosts::site(domain).to_owned())).collect()
}

/// The domains at which a page says that its maker is reached: of addresses for support, and of those in its footer.
pub(super) fn makers_domains(text: &str, footer: &str) -> BTreeSet<String> {
    const DESKS: &[&str] = &[
        "support",
        "help",
        "helpdesk",
        "servicedesk",
        "hjelp",
        "hjælp",
        "hjälp",
        "hilfe",
        "kundeservice",
        "kundservice",
        "kundenservice",
        "klantenservice",
    ];
    let domain = |address: &str| address.split_once('@').map(|(_, domain)| platform_hosts::site(domain).to_owned());
    let desks = every(text).filter(|address| address.split_once('@').is_some_and(|(local, _)| DESKS.contains(&local)));
    desks.chain(every(footer)).filter_map(|address| domain(&address)).collect()
}

/// How many of the texts have an address of a company of their own: a list of companies, where the makers' addresses share one domain.
pub(super) fn distinct_companies<'a>(texts: impl Iterator<Item = &'a str>, site: &str) -> usize {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for domain in texts.flat_map(|text| companies(text, site)) {
        let count = seen.entry(domain).or_default();
        *count = count.saturating_add(1);
    }
    if seen.len() >= 2 { seen.values().copied().fold(0, usize::saturating_add) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_known_by_whose_they_are() {
        for (address, expected) in [
            ("kari@fjordfisk.no", Whose::Person),
            ("jens@oslorør.no", Whose::Person),
            ("post@fjordfisk.no", Whose::Inbox),
            ("support@fjordfisk.no", Whose::Makers),
            ("hjelp@sync.no", Whose::Makers),
            ("kari@vendor.no", Whose::Makers),
            ("name@example.com", Whose::Makers),
            ("jane@contoso.com", Whose::Makers),
            ("logo@2x.png", Whose::Makers),
            ("jane.doe@mycompany.co.uk", Whose::Makers),
        ] {
            assert_eq!(whose(address, "vendor.no"), expected, "{address}");
        }
    }

    #[test]
    fn a_sentence_with_an_address_is_no_address() {
        assert_eq!(only(" Kari Moen <Kari@Fjordfisk.no>").as_deref(), Some("kari@fjordfisk.no"));
        for text in ["Mail kari@fjordfisk.no or call", "kari@fjordfisk.no, ola@fjordfisk.no", "Please enter your email", ""] {
            assert_eq!(only(text), None, "{text}");
        }
    }
}
