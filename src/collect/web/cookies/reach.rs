//! Where a cookie goes: which hosts its domain covers, and which paths (RFC 6265bis, section 5.1).

use std::net::IpAddr;

use crate::evidence::CookieScope;

/// Whether a host lies in a cookie's domain, both in lower case (section 5.1.3): the same name, or one below it that is no address.
pub(super) fn domain_covers(domain: &str, host: &str) -> bool {
    host == domain || (host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')) && !is_address(host))
}

/// Whether a request for `path` carries a cookie of `cookie_path` (section 5.1.4).
pub(super) fn path_covers(cookie_path: &str, path: &str) -> bool {
    path.strip_prefix(cookie_path).is_some_and(|rest| rest.is_empty() || cookie_path.ends_with('/') || rest.starts_with('/'))
}

/// The path of a cookie that names none: the folder of the path that set it (section 5.1.4).
pub(super) fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        Some(slash) if slash > 0 && path.starts_with('/') => path.get(..slash).unwrap_or("/"),
        _ => "/",
    }
}

/// How wide the domain of a cookie reaches that `host` sets.
///
/// A public suffix that is the host itself makes a host-only cookie, so that sites on it work (section 5.6.3).
pub(super) fn scope(domain: Option<&str>, host: &str) -> CookieScope {
    match domain {
        None => CookieScope::Host,
        Some(domain) if domain == host && (is_public_suffix(domain) || is_address(host)) => CookieScope::Host,
        Some(domain) if is_public_suffix(domain) || !domain_covers(domain, host) => CookieScope::Foreign,
        Some(domain) if domain == host => CookieScope::Subdomains,
        Some(_) => CookieScope::Parent,
    }
}

/// Whether people register names under it, as under `com`, `co.uk` or `azurewebsites.net`; every unknown top-level domain counts.
pub(super) fn is_public_suffix(domain: &str) -> bool {
    !is_address(domain) && psl::suffix_str(domain) == Some(domain)
}

/// Whether a host is an IP address, in brackets or without.
pub(super) fn is_address(host: &str) -> bool {
    host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_domain_covers_itself_and_the_names_below_it() {
        for (domain, host, covered) in [
            ("app.example", "app.example", true),
            ("app.example", "www.app.example", true),
            ("app.example", "a.b.app.example", true),
            ("app.example", "myapp.example", false),
            ("app.example", "example", false),
            ("www.app.example", "app.example", false),
            ("0.0.1", "127.0.0.1", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("app.example.", "app.example", false),
        ] {
            assert_eq!(domain_covers(domain, host), covered, "{domain} {host}");
        }
    }

    #[test]
    fn a_path_covers_itself_and_what_lies_in_its_folder() {
        for (cookie, path, covered) in [
            ("/", "/", true),
            ("/", "/anything", true),
            ("/a", "/a", true),
            ("/a", "/a/", true),
            ("/a", "/a/b", true),
            ("/a", "/ab", false),
            ("/a/", "/a", false),
            ("/a/", "/a/b", true),
            ("/A", "/a", false),
            ("/a/b", "/a", false),
        ] {
            assert_eq!(path_covers(cookie, path), covered, "{cookie} {path}");
        }
    }

    #[test]
    fn without_a_path_the_folder_counts() {
        for (path, folder) in [("", "/"), ("x", "/"), ("/", "/"), ("/a", "/"), ("/a/", "/a"), ("/a/b", "/a"), ("/a/b/c", "/a/b")] {
            assert_eq!(default_path(path), folder, "{path}");
        }
    }

    #[test]
    fn the_reach_of_a_domain_is_told() {
        for (domain, host, expected) in [
            (None, "app.example.com", CookieScope::Host),
            (Some("app.example.com"), "app.example.com", CookieScope::Subdomains),
            (Some("example.com"), "app.example.com", CookieScope::Parent),
            (Some("com"), "app.example.com", CookieScope::Foreign),
            (Some("co.uk"), "app.co.uk", CookieScope::Foreign),
            (Some("azurewebsites.net"), "app.azurewebsites.net", CookieScope::Foreign),
            (Some("azurewebsites.net"), "azurewebsites.net", CookieScope::Host),
            (Some("test"), "app.test", CookieScope::Foreign),
            (Some("localhost"), "localhost", CookieScope::Host),
            (Some("other.example.com"), "app.example.com", CookieScope::Foreign),
            (Some("a.app.example.com"), "app.example.com", CookieScope::Foreign),
            (Some("127.0.0.1"), "127.0.0.1", CookieScope::Host),
            (Some("0.0.1"), "127.0.0.1", CookieScope::Foreign),
        ] {
            assert_eq!(scope(domain, host), expected, "{domain:?} {host}");
        }
    }

    proptest! {
        #[test]
        fn a_path_is_covered_by_exactly_its_folders(segments in proptest::collection::vec("[a-z]{1,3}", 1..5), depth in 0_usize..5, slash: bool) {
            let path = format!("/{}", segments.join("/"));
            let depth = depth.min(segments.len());
            let folder = format!("/{}{}", segments[..depth].join("/"), if slash && depth > 0 { "/" } else { "" });
            let is_deeper = depth < segments.len() || !slash || depth == 0;
            prop_assert_eq!(path_covers(&folder, &path), is_deeper);
            let longer = path.clone() + "x";
            prop_assert!(!path_covers(&longer, &path) && !path_covers(&path, &longer));
        }

        #[test]
        fn a_domain_is_covered_by_exactly_its_parents(labels in proptest::collection::vec("[a-z]{1,3}", 2..6), from in 0_usize..6, letter in "[a-z]") {
            let host = labels.join(".");
            let parent = labels[from.min(labels.len() - 1)..].join(".");
            prop_assert!(domain_covers(&parent, &host));
            let glued = format!("{letter}{parent}");
            prop_assert_eq!(domain_covers(&parent, &glued), false);
            let below = format!("{letter}.{host}");
            prop_assert!(!domain_covers(&below, &host));
        }

        #[test]
        fn a_cookie_reaches_the_path_that_set_it(path in "/[a-z/]{0,12}") {
            prop_assert!(path_covers(default_path(&path), &path));
        }

        #[test]
        fn any_names_are_compared_without_a_panic(domain in ".{0,20}", host in ".{0,20}") {
            let _ = (scope(Some(&domain), &host), path_covers(&domain, &host), default_path(&host).len());
        }
    }
}
