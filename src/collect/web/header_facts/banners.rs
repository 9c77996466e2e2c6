//! Header lines that tell which software answers.

use std::net::Ipv4Addr;

use super::lines;
use crate::{
    collect::web::{headers::Head, masking},
    evidence::Banner,
};

/// The lines that do.
const NAMES: [&str; 13] = [
    "Server",
    "X-Powered-By",
    "X-AspNet-Version",
    "X-AspNetMvc-Version",
    "X-Generator",
    "X-Powered-By-Plesk",
    "X-Backend-Server",
    "X-Runtime-Version",
    "X-Jenkins",
    "X-OWA-Version",
    "X-Drupal-Version",
    "MicrosoftSharePointTeamServices",
    "Via",
];

pub(super) fn banners(head: &Head) -> Vec<Banner> {
    let recorded = head.recorded();
    let spelling = |name: &str| recorded.iter().find(|(written, _)| written.eq_ignore_ascii_case(name)).map(|(written, _)| written.clone());
    let of_name = |name: &'static str| {
        let header = spelling(name).unwrap_or_else(|| name.to_owned());
        head.values(name).filter(|value| !value.is_empty()).map(move |value| Banner {
            header: header.clone(),
            value: masking::header(name, value),
            has_version: has_version(name, &lines::text(value)),
        })
    };
    NAMES.into_iter().flat_map(of_name).collect()
}

fn has_version(name: &str, value: &str) -> bool {
    if !name.eq_ignore_ascii_case("Via") {
        return holds_version(value);
    }
    // Each entry begins with the version of HTTP and a host, which say nothing of the software (RFC 9110, section 7.6.3); comments may.
    value.split('(').skip(1).filter_map(|comment| comment.split(')').next()).any(holds_version)
}

/// Whether there is a number with dots (`1.18.0`), or one behind a slash (`PHP/8`).
fn holds_version(value: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_' | '/');
    let after_slash = |word: &str| word.split('/').skip(1).any(is_number);
    let words = value.split(|letter: char| !is_part(letter));
    words.into_iter().any(|word| after_slash(word) || word.split('/').any(is_dotted))
}

fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    digits.len() < text.len() && !digits.starts_with(|letter: char| letter.is_ascii_alphanumeric())
}

/// `1.18.0`, `v2.4`, `1.1.1k`; not `10.0.0.7`, which is an address.
fn is_dotted(text: &str) -> bool {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let mut numbers = text.split('.');
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let first = numbers.next().is_some_and(is_digits);
    let second = numbers.next().is_some_and(|part| part.starts_with(|letter: char| letter.is_ascii_digit()));
    first && second && text.parse::<Ipv4Addr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::web::header_facts::tests::head;

    #[test]
    fn versions_are_told_from_other_numbers() {
        for value in [
            "nginx/1.18.0",
            "Apache/2.4.41 (Ubuntu)",
            "PHP/8",
            "Microsoft-IIS/10.0",
            "4.0.30319",
            "OpenSSL/1.1.1k",
            "Drupal 10.2 (https://d)",
            "mod_wsgi/5-x",
            "v2.1",
        ] {
            assert!(holds_version(value), "{value}");
        }
        for value in
            ["nginx", "cloudflare", "AmazonS3", "ECS (nyb/1D2E)", "Kestrel", "ASP.NET", "10.0.0.7", "Drupal 10", "gws", "web-02.example"]
        {
            assert!(!holds_version(value), "{value}");
        }
        assert!(!has_version("Via", "1.1 abc.cloudfront.net (CloudFront), HTTP/2.0 edge"));
        assert!(has_version("Via", "1.1 varnish (Varnish/6.0)"));
    }

    #[test]
    fn every_line_counts_in_the_servers_spelling() {
        let found = banners(&head(&[("SERVER", "a/1.0"), ("server", "b"), ("x-powered-by", "Express"), ("Server", "")]));
        let short: Vec<_> = found.iter().map(|banner| (banner.header.as_str(), banner.value.as_str(), banner.has_version)).collect();
        assert_eq!(short, [("SERVER", "a/1.0", true), ("SERVER", "b", false), ("x-powered-by", "Express", false)]);
    }
}
