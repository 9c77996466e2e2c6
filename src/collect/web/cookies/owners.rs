//! Whose a cookie is and what it is for, as far as its name tells. The names are data: `rules/web/cookie-owners.yaml`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::{
    evidence::{CookieOwner, CookiePurpose},
    yaml,
};

const SHIPPED: (&str, &str) = ("rules/web/cookie-owners.yaml", include_str!("../../../../rules/web/cookie-owners.yaml"));

static KNOWN: LazyLock<Known> =
    LazyLock::new(|| yaml::read(SHIPPED.0, SHIPPED.1).expect("the shipped names of cookies are read by a test"));

/// Everything that is known of names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    owners: Vec<Owner>,
    purposes: Vec<Purpose>,
}

/// Somebody who sets cookies in the app's name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Owner {
    name: String,
    kind: String,
    #[serde(default)]
    purpose: Option<CookiePurpose>,
    cookies: Vec<String>,
    #[serde(default)]
    fix: Option<String>,
}

/// Cookies of the app itself that are for the same thing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Purpose {
    #[serde(rename = "purpose")]
    what: CookiePurpose,
    cookies: Vec<String>,
    /// How the framework that uses these names mends them.
    #[serde(default)]
    fix: Option<String>,
}

/// What a name tells.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Told {
    pub(super) owner: Option<CookieOwner>,
    pub(super) purpose: Option<CookiePurpose>,
    pub(super) fix: Option<String>,
}

/// What is known of a name, its prefix aside. An owner outweighs a purpose.
pub(super) fn told(name: &str) -> Told {
    let plain = ["__host-", "__secure-"]
        .into_iter()
        .find_map(|prefix| name.split_at_checked(prefix.len()).filter(|(start, _)| start.eq_ignore_ascii_case(prefix)))
        .map_or(name, |(_, rest)| rest);
    let has = |cookies: &[String]| cookies.iter().any(|pattern| matches(pattern, plain));
    if let Some(owner) = KNOWN.owners.iter().find(|owner| has(&owner.cookies)) {
        let shown = CookieOwner { name: owner.name.clone(), kind: owner.kind.clone(), fix: owner.fix.clone() };
        return Told { owner: Some(shown), purpose: owner.purpose, fix: owner.fix.clone() };
    }
    KNOWN.purposes.iter().find(|entry| has(&entry.cookies)).map_or_else(Told::default, |entry| Told {
        owner: None,
        purpose: Some(entry.what),
        fix: entry.fix.clone(),
    })
}

/// Whether a name fits a pattern, whatever the case: `*` stands for any letters, everything else for itself.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_ascii_lowercase(), name.to_ascii_lowercase());
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut tail) = name.strip_prefix(start) else { return false };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in middle.split('*') {
        match tail.split_once(piece) {
            Some((_, behind)) => tail = behind,
            None => return false,
        }
    }
    tail.ends_with(end)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn owner(name: &str) -> Option<String> {
        told(name).owner.map(|owner| owner.name)
    }

    #[test]
    fn the_shipped_data_is_sound() {
        let known: Known = yaml::read(SHIPPED.0, SHIPPED.1).unwrap();
        let mut seen = BTreeSet::new();
        for pattern in known.owners.iter().flat_map(|owner| &owner.cookies).chain(known.purposes.iter().flat_map(|entry| &entry.cookies)) {
            assert!(pattern.trim_matches('*').len() >= 2, "`{pattern}` would fit nearly everything");
            assert!(seen.insert(pattern.to_ascii_lowercase()), "`{pattern}` stands twice");
        }
        for owner in &known.owners {
            assert!(!owner.cookies.is_empty() && !owner.name.is_empty() && !owner.kind.is_empty(), "{owner:?}");
            assert_eq!(told(&owner.cookies[0].replace('*', "x")).owner.map(|told| told.name).as_ref(), Some(&owner.name), "{owner:?}");
        }
    }

    #[test]
    fn infrastructure_is_known_by_its_cookies() {
        for (cookie, name) in [
            ("AWSALBCORS", "AWS Application Load Balancer"),
            ("AWSELB", "AWS Classic Load Balancer"),
            ("ARRAffinity", "Azure App Service"),
            ("ARRAffinitySameSite", "Azure App Service"),
            ("__cf_bm", "Cloudflare"),
            ("BIGipServerpool_app", "F5 BIG-IP"),
            ("TS01a2b3c4", "F5 BIG-IP"),
            ("incap_ses_1_2", "Imperva"),
            ("visid_incap_2", "Imperva"),
            ("_ga_ABC123", "Google Analytics"),
            ("ai_user", "Azure Application Insights"),
            ("CookieConsent", "Cookiebot"),
        ] {
            assert_eq!(owner(cookie).as_deref(), Some(name), "{cookie}");
        }
    }

    #[test]
    fn the_app_owns_its_session_whatever_its_framework() {
        for (cookie, purpose) in [
            ("ASP.NET_SessionId", Some(CookiePurpose::Session)),
            (".AspNetCore.Cookies", Some(CookiePurpose::Session)),
            ("__Host-session", Some(CookiePurpose::Session)),
            ("__Secure-next-auth.session-token", Some(CookiePurpose::Session)),
            ("PHPSESSID", Some(CookiePurpose::Session)),
            ("XSRF-TOKEN", Some(CookiePurpose::AntiForgery)),
            (".AspNetCore.Antiforgery.abc", Some(CookiePurpose::AntiForgery)),
            (".AspNetCore.Correlation.OpenIdConnect.xyz", Some(CookiePurpose::Correlation)),
            ("PartnerAuth", None),
            ("TSX", None),
        ] {
            assert_eq!((owner(cookie), told(cookie).purpose), (None, purpose), "{cookie}");
        }
    }

    #[test]
    fn a_star_stands_for_any_letters() {
        for (pattern, name, fits) in [
            ("a", "A", true),
            ("a", "ab", false),
            ("a*", "a", true),
            ("a*", "abc", true),
            ("a*", "ba", false),
            ("*_session", "app_session", true),
            ("*_session", "app_session2", false),
            ("a*b", "aXb", true),
            ("a*b", "ab", true),
            ("a*a", "a", false),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "a1c2b", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    proptest! {
        #[test]
        fn a_pattern_fits_what_its_stars_are_filled_with(parts in proptest::collection::vec("[a-z]{0,4}", 1..5), fill in "[a-z]{0,3}") {
            prop_assert!(matches(&parts.join("*"), &parts.join(&fill)));
        }
    }
}
