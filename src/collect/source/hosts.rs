//! The hosts that a statement names: where what it sends goes, told by its text, whatever its language.

use std::ops::Range;

/// How many lines of a statement are looked at before a place, how many bytes of each, and how many hosts of it are told.
const MOST_LINES: usize = 6;
const LONGEST_LINE: usize = 600;
const MOST_HOSTS: usize = 4;
/// How a line ends whose statement goes on in the next one.
const GOES_ON: [char; 9] = [',', '(', '[', '{', '+', '.', '=', '&', '\\'];

/// The hosts of addresses in the statement around a place, in lower case, each once: `https://api.contoso.net/orders` names `api.contoso.net`.
///
/// Of a long line no more is looked at than what stands near the place.
pub(super) fn named_around(text: &str, place: &Range<usize>) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    let start = text.floor_char_boundary(place.start.min(text.len()));
    let before = text.get(..start).unwrap_or("");
    let own = before.rsplit('\n').next().unwrap_or("");
    let rest = text.get(start..).unwrap_or("");
    let end = rest.find('\n').unwrap_or(rest.len()).max(place.len().min(rest.len()));
    let after = rest.get(..rest.floor_char_boundary(end.min(LONGEST_LINE))).unwrap_or("");
    add(&mut hosts, own.get(own.ceil_char_boundary(own.len().saturating_sub(LONGEST_LINE))..).unwrap_or(""));
    add(&mut hosts, after);
    let mut below = own;
    for line in before.rsplit('\n').skip(1).take(MOST_LINES) {
        let line = line.trim_end();
        let is_chain = below.trim_start().starts_with(['.', '-', '?']);
        if line.len() > LONGEST_LINE || !(line.ends_with(GOES_ON) || is_chain) {
            break;
        }
        add(&mut hosts, line);
        below = line;
    }
    hosts
}

/// Takes in the hosts of the addresses in a text.
fn add(hosts: &mut Vec<String>, text: &str) {
    for (at, mark) in text.match_indices("://") {
        let rest = text.get(at + mark.len()..).unwrap_or("");
        let ends = |character: char| character.is_whitespace() || "/:?#\"'`<>,;)\\".contains(character);
        let host = rest.get(..rest.find(ends).unwrap_or(rest.len())).unwrap_or("").to_lowercase();
        let is_one = host.contains('.') || host == "localhost";
        if is_one && hosts.len() < MOST_HOSTS && !hosts.contains(&host) {
            hosts.push(host);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hosts(text: &str, word: &str) -> Vec<String> {
        let start = text.find(word).unwrap();
        named_around(text, &(start..start + word.len()))
    }

    #[test]
    fn the_hosts_of_a_statement_are_those_of_its_lines() {
        for (text, expected) in [
            ("axios.get('https://API.tripletex.no/v2', { auth: x })", &["api.tripletex.no"][..]),
            ("axios.get('https://api.tripletex.no/v2', {\n  headers: {\n    auth: x,\n  },\n})", &["api.tripletex.no"]),
            ("HttpRequest.newBuilder(URI.create(\"https://erp.aurora.fi/api\"))\n    .header(\"auth\", x)", &["erp.aurora.fi"]),
            ("const base = `https://${env}.superoffice.com/api`; call(base, auth)", &["${env}.superoffice.com"]),
            // A statement of its own, another one, a page's own address.
            ("var other = \"https://erp.aurora.fi\";\nclient.auth = x;", &[]),
            ("ERP = 'https://erp.aurora.fi'\nrequests.get(SO, auth=x)", &[]),
            ("call('https://' + host, auth)", &[]),
        ] {
            assert_eq!(hosts(text, "auth"), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[a-zæ:/.\n,('{]{0,200}", start in 0usize..220, length in 0usize..40) {
            prop_assert!(named_around(&text, &(start..start + length)).len() <= MOST_HOSTS);
        }
    }
}
