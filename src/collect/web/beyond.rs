//! Redirects that nobody follows, and why.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
};

use url::{Host, Url};

use super::{client, masking};
use crate::{collect::network::Network, evidence::NotFollowed, wording::visible_within};

/// The longest scheme that is written down, in characters.
const SCHEME_LENGTH: usize = 20;

/// The longest host that is written down, in characters.
const HOST_LENGTH: usize = 253;

/// Schemes to which no browser follows a redirect, because whoever sends it would act in the name of somebody else.
const NEVER_FOLLOWED: [&str; 8] = ["about", "blob", "data", "file", "filesystem", "javascript", "vbscript", "view-source"];

/// A redirect that is not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Beyond {
    pub(super) fact: NotFollowed,
    /// The host that the manifest does not name; absent for another reason.
    pub(super) unnamed: Option<String>,
    /// The address that is out of reach for whom it was sent to.
    pub(super) private: Option<IpAddr>,
}

/// Why a redirect to `url`, which the server at `from` sent, is not followed; absent when it may be: its host is among the `named`.
pub(super) fn beyond(url: &Url, from: IpAddr, named: &BTreeSet<String>) -> Option<Beyond> {
    let fact = |reason: String| NotFollowed { url: masking::url(url.as_str()), reason };
    let scheme = visible_within(url.scheme(), SCHEME_LENGTH);
    if !matches!(url.scheme(), "http" | "https") {
        let reason = if NEVER_FOLLOWED.contains(&url.scheme()) {
            format!("no browser follows a redirect to `{scheme}:`")
        } else {
            format!("`{scheme}:` opens a program of the visitor's, and no page")
        };
        return Some(Beyond { fact: fact(reason), unnamed: None, private: None });
    }
    let host = client::host(url)?;
    if named.contains(&host) {
        return None;
    }
    let private = address(url).filter(|address| is_out_of_reach(*address, from));
    let reason = private.map_or_else(|| "the manifest does not name its host".to_owned(), |address| private_reason(&host, address));
    Some(Beyond { fact: fact(reason), unnamed: Some(host), private })
}

/// Why an address that only some machines reach is not asked.
pub(super) fn private_reason(host: &str, address: IpAddr) -> String {
    let what = if Network::is_link_local(address) {
        "is link-local, where cloud servers find their metadata"
    } else if address.is_loopback() {
        "is whatever machine asks for it"
    } else {
        "is not a public address"
    };
    if host == address.to_string() {
        return format!("`{address}` {what}");
    }
    format!("`{}`, that is `{address}`, {what}", visible_within(host, HOST_LENGTH))
}

/// The address that a URL names without anybody being asked for it (`localhost`: RFC 6761, section 6.3).
fn address(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            (name == "localhost" || name.ends_with(".localhost")).then(|| Ipv4Addr::LOCALHOST.into())
        }
    }
}

/// Whether an address is none that those can reach who were answered from `from`. Within a private network others are near; nobody is to be led to
/// link-local ones.
fn is_out_of_reach(address: IpAddr, from: IpAddr) -> bool {
    Network::is_private(address) && (!Network::is_private(from) || Network::is_link_local(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: [u8; 4] = [1, 1, 1, 1];

    fn told(url: &str, from: [u8; 4]) -> Option<(String, Option<String>)> {
        let named = ["app.example".to_owned(), "10.0.0.9".to_owned()].into();
        let beyond = beyond(&url.parse().unwrap(), from.into(), &named)?;
        Some((beyond.fact.reason, beyond.private.map(|address| address.to_string())))
    }

    #[test]
    fn a_redirect_to_an_address_that_is_out_of_reach_says_which_and_why() {
        for (url, address, words) in [
            ("http://169.254.169.254/latest/meta-data", "169.254.169.254", "`169.254.169.254` is link-local, where cloud servers find"),
            ("http://2852039166/x", "169.254.169.254", "is link-local"),
            ("http://0xa9.254.0251.254/", "169.254.169.254", "is link-local"),
            ("http://[::ffff:169.254.169.254]/", "::ffff:169.254.169.254", "is link-local"),
            ("http://[fe80::1]/", "fe80::1", "is link-local"),
            ("http://[fd00:ec2::254]/", "fd00:ec2::254", "is not a public address"),
            ("https://10.0.0.1/x", "10.0.0.1", "`10.0.0.1` is not a public address"),
            ("https://127.1/", "127.0.0.1", "is whatever machine asks for it"),
            ("https://localhost./", "127.0.0.1", "`localhost`, that is `127.0.0.1`, is whatever machine asks for it"),
            ("https://x.localhost/", "127.0.0.1", "`x.localhost`, that is `127.0.0.1`"),
        ] {
            let (reason, private) = told(url, PUBLIC).unwrap();
            assert!(reason.contains(words) && private.as_deref() == Some(address), "{url}: {reason} {private:?}");
        }
    }

    #[test]
    fn a_named_host_is_followed_and_any_other_is_not() {
        assert_eq!(told("https://app.example/x", PUBLIC), None);
        assert_eq!(told("https://10.0.0.9/x", PUBLIC), None);
        for url in ["https://login.example/", "https://1.1.1.1/", "https://[2606:4700::1111]/"] {
            assert_eq!(told(url, PUBLIC), Some(("the manifest does not name its host".to_owned(), None)), "{url}");
        }
    }

    #[test]
    fn within_a_private_network_only_link_local_addresses_are_out_of_reach() {
        assert_eq!(told("http://10.0.0.1/", [10, 0, 0, 2]).unwrap().1, None);
        assert_eq!(told("http://localhost:5000/", [127, 0, 0, 1]).unwrap().1, None);
        assert_eq!(told("http://169.254.169.254/", [127, 0, 0, 1]).unwrap().1.as_deref(), Some("169.254.169.254"));
    }

    #[test]
    fn what_is_no_page_says_so_and_not_that_a_host_is_not_named() {
        assert_eq!(told("javascript:alert(1)", PUBLIC).unwrap().0, "no browser follows a redirect to `javascript:`");
        assert_eq!(told("data:text/html,hi", PUBLIC).unwrap().0, "no browser follows a redirect to `data:`");
        assert_eq!(told("file:///etc/passwd", PUBLIC).unwrap().0, "no browser follows a redirect to `file:`");
        assert_eq!(told("mailto:a@b.example", PUBLIC).unwrap().0, "`mailto:` opens a program of the visitor's, and no page");
    }
}
