//! What `Strict-Transport-Security` tells a browser (RFC 6797, section 8.1).

use std::collections::BTreeMap;

use super::{Circumstances, lines};
use crate::{
    collect::web::headers::Head,
    evidence::{Reading, TransportSecurity},
};

/// The first line alone counts; absent when there is none.
pub(super) fn transport_security(head: &Head, circumstances: &Circumstances<'_>) -> Option<TransportSecurity> {
    let mut values = head.values("Strict-Transport-Security");
    let directives = directives(&lines::text(values.next()?));
    let max_age = directives.as_ref().and_then(|found| max_age(found.get("max-age")?));
    let has = |name| directives.as_ref().is_some_and(|found| found.contains_key(name));
    let broken = max_age.is_none().then(|| "the line has no `max-age` in digits, or names a directive twice".to_owned());
    Some(TransportSecurity {
        max_age,
        include_subdomains: has("includesubdomains"),
        preload: has("preload"),
        repeated: values.next().is_some(),
        ignored_because: not_secure(circumstances).or(broken),
    })
}

/// Over plain http, or without a certificate that the browser trusts, the line says nothing.
fn not_secure(circumstances: &Circumstances<'_>) -> Option<String> {
    if circumstances.url.scheme() != "https" {
        return Some("it came over plain http".to_owned());
    }
    let tls = circumstances.tls.filter(|tls| tls.trusted == Reading::Observed(false))?;
    Some(
        tls.reason
            .as_ref()
            .map_or_else(|| "the certificate is not trusted".to_owned(), |why| format!("the certificate is not trusted: {why}")),
    )
}

/// By name in lower case; absent when one stands twice, which breaks the line (section 6.1).
fn directives(line: &str) -> Option<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for directive in lines::split_outside_quotes(line, ';').into_iter().filter(|directive| !directive.is_empty()) {
        let (name, value) = directive.split_once('=').unwrap_or((&directive, ""));
        let name = name.trim_ascii().to_ascii_lowercase();
        if found.insert(name, value.trim_ascii().to_owned()).is_some() {
            return None;
        }
    }
    Some(found)
}

/// Digits, in quotes or not; more than fit are as good as for ever.
fn max_age(value: &String) -> Option<u64> {
    let digits = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}
