//! Who may show a page in a frame: `frame-ancestors` (CSP Level 3, section 6.4.2) and `X-Frame-Options` (HTML, section 7.7) taken together.

use std::collections::BTreeSet;

use super::{
    Circumstances, lines,
    policy::Enforced,
    sources::{HostPart, HostSource, Source},
};
use crate::{
    collect::web::{headers::Head, masking},
    evidence::{Framing, FramingAllowed, Platform, PlatformEnvironment, Reading},
    wording::visible_within,
};

/// The most sources of one policy that are written down.
const SOURCES_SHOWN: usize = 200;

/// The longest source that is written down whole, in characters.
const SOURCE_LENGTH: usize = 200;

/// How much of a host pattern is let in. Later is more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Admitted {
    Not,
    /// Some numbers of a numbered host.
    InPart,
    Whole,
}

/// The sources of one policy, read.
type Ancestors = Vec<Source>;

pub(super) fn framing(head: &Head, enforced: &Enforced, circumstances: &Circumstances<'_>) -> Framing {
    let written = enforced.values("frame-ancestors");
    let x_frame_options = lines::joined(head, "X-Frame-Options").map(|value| shown(&value.to_ascii_lowercase()));
    let policies: Vec<Ancestors> = written.iter().map(|list| list.iter().map(|source| Source::parse(source)).collect()).collect();
    let own = Own { circumstances };
    let allowed = if policies.is_empty() { by_x_frame_options(head) } else { by_ancestors(&policies, &own) };
    let platform = admission(allowed, &policies, circumstances);
    Framing {
        ancestors: written.iter().map(|list| list.iter().take(SOURCES_SHOWN).map(|source| shown(source)).collect()).collect(),
        x_frame_options,
        allowed,
        admits_platform: platform.all,
        not_admitted: platform.not,
        admitted_in_part: platform.in_part,
        beyond_platform: beyond(&written, &own),
    }
}

/// HTML, section 7.7, "check a navigation response's adherence to `X-Frame-Options`".
fn by_x_frame_options(head: &Head) -> FramingAllowed {
    let values: BTreeSet<String> = lines::split(head, "X-Frame-Options").iter().map(|value| value.to_ascii_lowercase()).collect();
    let is_known = |value: &String| matches!(value.as_str(), "deny" | "allowall" | "sameorigin");
    match values.first().map(String::as_str) {
        None => FramingAllowed::Unrestricted,
        // Values that contradict each other block; several that browsers do not know say nothing.
        Some(_) if values.len() > 1 && values.iter().any(is_known) => FramingAllowed::Nobody,
        Some("deny") if values.len() == 1 => FramingAllowed::Nobody,
        Some("sameorigin") if values.len() == 1 => FramingAllowed::OwnOrigin,
        Some(_) => FramingAllowed::Everyone,
    }
}

/// Every policy has to let a page in.
fn by_ancestors(policies: &[Ancestors], own: &Own<'_>) -> FramingAllowed {
    let is_everyone = |policy: &Ancestors| policy.iter().any(Source::is_everyone);
    let narrow: Vec<&Ancestors> = policies.iter().filter(|policy| !is_everyone(policy)).collect();
    let lets_in = |policy: &&Ancestors, whom: &dyn Fn(&Source) -> bool| policy.iter().any(whom);
    let is_site = |source: &Source| matches!(source, Source::Host(_) | Source::Scheme(_)) || source.is_keyword("self");
    if narrow.is_empty() {
        FramingAllowed::Everyone
    } else if narrow.iter().any(|policy| !lets_in(policy, &is_site)) {
        FramingAllowed::Nobody
    } else if narrow.iter().all(|policy| lets_in(policy, &|source| is_site(source) && !own.is_own_origin(source))) {
        FramingAllowed::Listed
    } else if narrow.iter().all(|policy| lets_in(policy, &|source| own.is_own_origin(source) || own.covers_own_host(source))) {
        FramingAllowed::OwnOrigin
    } else {
        FramingAllowed::Nobody
    }
}

/// What is let in of the platform.
struct Admission {
    all: Reading<bool>,
    not: Vec<String>,
    in_part: Vec<String>,
}

fn admission(allowed: FramingAllowed, policies: &[Ancestors], circumstances: &Circumstances<'_>) -> Admission {
    let none = |all| Admission { all, not: Vec::new(), in_part: Vec::new() };
    let known: Vec<&PlatformEnvironment> = circumstances.platform.environments.iter().collect();
    let in_use: Vec<&PlatformEnvironment> =
        known.iter().copied().filter(|environment| circumstances.environments.contains(&environment.name)).collect();
    let is_declared = !in_use.is_empty();
    match allowed {
        FramingAllowed::Unrestricted | FramingAllowed::Everyone => return none(Reading::Observed(true)),
        FramingAllowed::Listed if known.is_empty() => return none(Reading::Unknown),
        FramingAllowed::Listed | FramingAllowed::OwnOrigin | FramingAllowed::Nobody => {}
    }
    let hosts_of = |environments: &[&PlatformEnvironment]| -> BTreeSet<String> { hosts(environments).map(str::to_owned).collect() };
    let hosts = hosts_of(if is_declared { &in_use } else { &known });
    let admitted = |host: &str| {
        let by_all = policies.iter().map(|policy| policy.iter().map(|source| admits(source, host)).max().unwrap_or(Admitted::Not)).min();
        by_all.unwrap_or(Admitted::Not)
    };
    let of = |wanted| hosts.iter().filter(|host| admitted(host) == wanted).cloned().collect::<Vec<_>>();
    let (not, in_part) = (of(Admitted::Not), of(Admitted::InPart));
    // Which numbers there are nobody says, so a list with some of them is as good as lists get. An app that names no environment may use one alone.
    let is_whole = |environment: &&PlatformEnvironment| hosts_of(&[*environment]).iter().all(|host| admitted(host) != Admitted::Not);
    let all = match not.len() {
        0 => Reading::Observed(!matches!(allowed, FramingAllowed::Nobody | FramingAllowed::OwnOrigin)),
        refused if refused == hosts.len() || is_declared => Reading::Observed(false),
        _ if known.iter().any(is_whole) => Reading::Observed(true),
        _ => Reading::Unknown,
    };
    Admission { all, not, in_part }
}

fn hosts<'a>(environments: &'a [&PlatformEnvironment]) -> impl Iterator<Item = &'a str> {
    environments.iter().flat_map(|environment| std::iter::once(&environment.sign_in_host).chain(&environment.hosts)).map(String::as_str)
}

/// How much of a host of the platform, by name or pattern, a source lets in.
fn admits(source: &Source, pattern: &str) -> Admitted {
    let host = match source {
        Source::Scheme(scheme) if matches!(scheme.as_str(), "http" | "https") => return Admitted::Whole,
        Source::Host(host) if host.means_https_pages() => host,
        _ => return Admitted::Not,
    };
    match &host.host {
        HostPart::Any => Admitted::Whole,
        HostPart::Below(base) if is_below(pattern, base) => Admitted::Whole,
        HostPart::Exact(name) if name.eq_ignore_ascii_case(pattern) => Admitted::Whole,
        HostPart::Exact(name) if matches_pattern(name, pattern) => Admitted::InPart,
        HostPart::Below(_) | HostPart::Exact(_) => Admitted::Not,
    }
}

fn is_below(host: &str, base: &str) -> bool {
    host.to_ascii_lowercase().strip_suffix(base).is_some_and(|rest| rest.ends_with('.'))
}

/// Whether a name is one that the pattern means; `#` stands for digits.
fn matches_pattern(name: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split('#');
    let Some(mut rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else { return false };
    for piece in pieces {
        let behind = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
        match behind.strip_prefix(piece) {
            Some(after) if behind.len() < rest.len() => rest = after,
            _ => return false,
        }
    }
    rest.is_empty()
}

/// The page's own place, and the platform's.
struct Own<'a> {
    circumstances: &'a Circumstances<'a>,
}

impl Own<'_> {
    /// Whether a source means the page's own origin and no other.
    fn is_own_origin(&self, source: &Source) -> bool {
        match source {
            Source::Keyword(word) => word == "self",
            Source::Host(HostSource { host: HostPart::Exact(name), .. }) => Some(name.as_str()) == self.circumstances.url.host_str(),
            _ => false,
        }
    }

    fn covers_own_host(&self, source: &Source) -> bool {
        match (source, self.circumstances.url.host_str()) {
            (Source::Host(HostSource { host: HostPart::Below(base), .. }), Some(own)) => is_below(own, base),
            (Source::Scheme(scheme), _) => scheme == self.circumstances.url.scheme(),
            _ => false,
        }
    }

    /// Whether a source lets in somebody else than the platform and the app. Over plain http anybody on the way is somebody else.
    fn is_beyond(&self, source: &Source) -> bool {
        let host = match source {
            Source::Scheme(_) => return true,
            Source::Host(host) => host,
            Source::Keyword(_) | Source::NonceOrHash | Source::Unknown => return false,
        };
        if host.scheme.as_deref().is_some_and(|scheme| scheme != "https") && self.circumstances.url.scheme() == "https" {
            return true;
        }
        match &host.host {
            HostPart::Any => true,
            HostPart::Below(base) => !is_of_platform(base, self.circumstances.platform),
            HostPart::Exact(name) => {
                !self.circumstances.own_hosts.contains(name)
                    && !self.is_own_origin(source)
                    && !is_of_platform(name, self.circumstances.platform)
            }
        }
    }
}

/// Whether a name is the platform's: its registered domain, or something below.
fn is_of_platform(name: &str, platform: &Platform) -> bool {
    let environments: Vec<&PlatformEnvironment> = platform.environments.iter().collect();
    let domains: BTreeSet<&str> = hosts(&environments).filter_map(psl::domain_str).collect();
    domains.into_iter().any(|domain| name.eq_ignore_ascii_case(domain) || is_below(name, domain))
}

/// The sources that let in others; none where another policy lets in nobody else.
fn beyond(written: &[Vec<String>], own: &Own<'_>) -> Vec<String> {
    let foreign = |list: &Vec<String>| -> Vec<String> {
        list.iter().filter(|source| own.is_beyond(&Source::parse(source))).take(SOURCES_SHOWN).map(|source| shown(source)).collect()
    };
    written.iter().map(foreign).min_by_key(Vec::len).unwrap_or_default()
}

fn shown(text: &str) -> String {
    visible_within(&masking::text(text), SOURCE_LENGTH)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::{
        collect::web::header_facts::tests::{head, platform},
        evidence::EnvironmentName,
    };

    fn framed(lines: &[(&str, &str)], environments: &[EnvironmentName]) -> Framing {
        let head = head(lines);
        let circumstances = Circumstances {
            url: &Url::parse("https://app.partner.example/panel").unwrap(),
            own_hosts: &BTreeSet::from(["app.partner.example".to_owned(), "login.partner.example".to_owned()]),
            platform: &platform(),
            environments,
            tls: None,
            origin: None,
            stated: &[],
        };
        framing(&head, &Enforced::read(&head, &[]), &circumstances)
    }

    fn ancestors(sources: &str, environments: &[EnvironmentName]) -> Framing {
        framed(&[("Content-Security-Policy", &format!("frame-ancestors {sources}"))], environments)
    }

    const PRODUCTION: &[EnvironmentName] = &[EnvironmentName::Production];

    #[test]
    fn nothing_said_lets_everyone_in_and_default_src_does_not_speak_of_frames() {
        for lines in [
            &[][..],
            &[("Content-Security-Policy", "default-src 'none'")],
            &[("Content-Security-Policy-Report-Only", "frame-ancestors 'none'")],
        ] {
            let framing = framed(lines, PRODUCTION);
            assert_eq!((framing.allowed, framing.admits_platform), (FramingAllowed::Unrestricted, Reading::Observed(true)), "{lines:?}");
        }
    }

    #[test]
    fn x_frame_options_are_read_as_the_html_standard_says() {
        for (values, expected) in [
            (&["DENY"][..], FramingAllowed::Nobody),
            (&["SameOrigin"], FramingAllowed::OwnOrigin),
            (&["SAMEORIGIN", "sameorigin"], FramingAllowed::OwnOrigin),
            (&["SAMEORIGIN, DENY"], FramingAllowed::Nobody),
            (&["SAMEORIGIN", "ALLOW-FROM https://a.example"], FramingAllowed::Nobody),
            (&["ALLOW-FROM https://online.platform.example"], FramingAllowed::Everyone),
            (&["ALLOWALL"], FramingAllowed::Everyone),
            (&["no", "nonsense"], FramingAllowed::Everyone),
            (&[""], FramingAllowed::Everyone),
        ] {
            let lines: Vec<(&str, &str)> = values.iter().map(|value| ("X-Frame-Options", *value)).collect();
            let framing = framed(&lines, PRODUCTION);
            assert_eq!(framing.allowed, expected, "{values:?}");
            assert_eq!(framing.admits_platform, Reading::Observed(expected == FramingAllowed::Everyone), "{values:?}");
        }
    }

    #[test]
    fn frame_ancestors_overrule_x_frame_options() {
        let framing =
            framed(&[("X-Frame-Options", "DENY"), ("Content-Security-Policy", "frame-ancestors https://*.platform.example")], PRODUCTION);
        assert_eq!((framing.allowed, framing.admits_platform), (FramingAllowed::Listed, Reading::Observed(true)));
        assert_eq!(framing.x_frame_options.as_deref(), Some("deny"));
    }

    #[test]
    fn the_platform_is_admitted_when_every_host_of_the_environments_in_use_is() {
        for (sources, expected) in [
            ("https://*.platform.example", Reading::Observed(true)),
            ("*.platform.example 'self'", Reading::Observed(true)),
            ("https://*.PLATFORM.example:443/", Reading::Observed(true)),
            ("*", Reading::Observed(true)),
            ("https:", Reading::Observed(true)),
            ("https://online.platform.example https://online2.platform.example https://online3.platform.example", Reading::Observed(true)),
            ("https://online.platform.example", Reading::Observed(false)),
            ("https://*.platform.example:8443", Reading::Observed(false)),
            ("ftp://*.platform.example", Reading::Observed(false)),
            ("https://platform.example", Reading::Observed(false)),
            ("https://*.evilplatform.example", Reading::Observed(false)),
            ("'self'", Reading::Observed(false)),
            ("'none'", Reading::Observed(false)),
            ("", Reading::Observed(false)),
        ] {
            assert_eq!(ancestors(sources, PRODUCTION).admits_platform, expected, "{sources}");
        }
    }

    #[test]
    fn what_is_not_admitted_is_named() {
        let framing = ancestors("https://online.platform.example", PRODUCTION);
        assert_eq!((framing.not_admitted, framing.admitted_in_part), (vec!["online#.platform.example".to_owned()], vec![]));
        let framing = ancestors("https://online.platform.example https://online4.platform.example", PRODUCTION);
        assert_eq!((framing.not_admitted, framing.admitted_in_part), (vec![], vec!["online#.platform.example".to_owned()]));
    }

    #[test]
    fn without_a_declared_environment_only_what_holds_for_all_or_none_is_said() {
        assert_eq!(ancestors("https://*.platform.example", &[]).admits_platform, Reading::Observed(true));
        assert_eq!(ancestors("https://sod.platform.example", &[]).admits_platform, Reading::Unknown);
        assert_eq!(ancestors("https://elsewhere.example", &[]).admits_platform, Reading::Observed(false));
    }

    #[test]
    fn policies_let_in_together_whom_each_of_them_lets_in() {
        let both = ancestors("https://*.platform.example *.other.example, frame-ancestors 'self'", PRODUCTION);
        assert_eq!((both.allowed, both.admits_platform), (FramingAllowed::Nobody, Reading::Observed(false)));
        assert!(both.beyond_platform.is_empty(), "{both:?}");
        let own = ancestors("https://*.partner.example, frame-ancestors 'self'", PRODUCTION);
        assert_eq!(own.allowed, FramingAllowed::OwnOrigin);
        let everyone = ancestors("*, frame-ancestors 'self'", PRODUCTION);
        assert_eq!(everyone.allowed, FramingAllowed::OwnOrigin);
    }

    #[test]
    fn sources_for_others_are_named_and_the_apps_own_are_not() {
        for (sources, expected) in [
            ("'self' https://*.platform.example https://app.partner.example login.partner.example", &[][..]),
            ("https://crm7.platform.example", &[]),
            ("*", &["*"]),
            ("https: 'self'", &["https:"]),
            ("https://*.example", &["https://*.example"]),
            ("https://*.partner.example", &["https://*.partner.example"]),
            ("http://*.platform.example", &["http://*.platform.example"]),
            ("https://other.example", &["https://other.example"]),
        ] {
            assert_eq!(ancestors(sources, PRODUCTION).beyond_platform, expected, "{sources}");
        }
    }

    #[test]
    fn a_number_sign_stands_for_digits_and_nothing_else() {
        for (name, expected) in
            [("online3.p", true), ("online31.p", true), ("online.p", false), ("onlinex.p", false), ("online3.p.q", false)]
        {
            assert_eq!(matches_pattern(name, "online#.p"), expected, "{name}");
        }
    }
}
