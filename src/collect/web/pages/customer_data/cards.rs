//! Contact cards: a name, an address and a number, each in an element of its own and near each other.

use std::collections::BTreeSet;

use super::{
    addresses::{self, Whose},
    is_name, is_phone, keys,
};
use crate::collect::web::platform_hosts;

/// How many pieces of text a card reaches over, before and after the address.
const REACH: usize = 5;

/// How many cards of people there are. `makers` are the domains at which the page's maker is reached.
pub(super) fn cards(pieces: &[String], site: &str, makers: &BTreeSet<String>) -> usize {
    let is_card = |(at, piece): (usize, &String)| {
        let address = addresses::only(after_label(piece)).filter(|address| addresses::whose(address, site) == Whose::Person)?;
        let domain = address.split_once('@').map(|(_, domain)| platform_hosts::site(domain))?;
        let around = pieces.get(at.saturating_sub(REACH)..at.saturating_add(REACH).saturating_add(1).min(pieces.len()))?;
        let has_number = around.iter().any(|piece| is_phone(after_label(piece)));
        let has_name = around.iter().any(|piece| is_name(after_label(piece)) && keys::of(piece).is_none());
        let is_makers = makers.contains(domain) || around.iter().any(|piece| keys::announces_support(piece));
        (has_number && has_name && !is_makers).then_some(address)
    };
    // One address twice, as a link and as its text, is one card.
    pieces.iter().enumerate().filter_map(is_card).collect::<BTreeSet<String>>().len()
}

/// What follows `E-mail:` or `Tel.`; the whole where there is no such label.
fn after_label(piece: &str) -> &str {
    let labelled = piece.split_once(':').filter(|(label, _)| keys::of(label).is_some() || label.chars().count() <= 2);
    labelled.map_or(piece, |(_, value)| value).trim()
}
