//! Which part of the vendor's platform a URL belongs to, and which other sign-in services there are.

use std::sync::LazyLock;

use serde::Deserialize;
use url::Url;

use crate::{
    evidence::{EnvironmentName, Platform},
    yaml,
};

/// What sign-in looks like on the web, whoever the vendor is.
pub(super) static SIGN_IN: LazyLock<SignInData> = LazyLock::new(|| {
    yaml::read("rules/web/sign_in.yaml", include_str!("../../../rules/web/sign_in.yaml")).expect("a test reads the data that ships")
});

/// The data file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignInData {
    brokers: Vec<Broker>,
    routes: Vec<String>,
    not_routes: Vec<String>,
    /// Calls that start sign-in.
    pub(super) calls: Vec<String>,
    /// Calls that start it in a window.
    pub(super) window_calls: Vec<String>,
    /// Names of anti-forgery fields.
    pub(super) anti_forgery: Vec<String>,
    /// Words in the names of scripts that every site has.
    pub(super) libraries: Vec<String>,
    /// Words in the paths of frameworks that ask nobody for data by themselves.
    pub(super) frameworks: Vec<String>,
    /// Endings of files that are parts of pages and no data.
    pub(super) parts_of_pages: Vec<String>,
    /// Words in paths that only asking for may change something.
    pub(super) changes: Vec<String>,
}

/// An identity provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Broker {
    name: String,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
}

/// What a host of the platform is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Sign-in.
    SignIn,
    /// Data and pages.
    Data,
    /// Where people enter their password, in any environment.
    Password,
}

/// What a host is to the platform; absent when it is none of its own.
pub(super) fn place(platform: &Platform, host: &str) -> Option<(Option<EnvironmentName>, Use)> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let signs_in = platform.environments.iter().find(|environment| environment.sign_in_host == host);
    let serves = || platform.environments.iter().find(|environment| environment.hosts.iter().any(|pattern| fits(pattern, &host)));
    if let Some(environment) = signs_in {
        Some((Some(environment.name), Use::SignIn))
    } else if let Some(environment) = serves() {
        Some((Some(environment.name), Use::Data))
    } else {
        platform.sign_in.password_hosts.contains(&host).then_some((None, Use::Password))
    }
}

/// Whether a host fits a pattern, in which `#` stands for one digit or more.
fn fits(pattern: &str, host: &str) -> bool {
    let Some((before, after)) = pattern.split_once('#') else { return pattern == host };
    let Some(rest) = host.strip_prefix(before) else { return false };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && rest.get(digits..) == Some(after)
}

/// What a path asks the platform for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Authorize {
    /// The tenant that the path names.
    pub(super) tenant: Option<String>,
    /// Whether it is the way from before OAuth 2.0.
    pub(super) legacy: bool,
}

/// Whether a URL on a host of the platform asks for authorisation.
pub(super) fn authorize(platform: &Platform, url: &Url) -> Option<Authorize> {
    let (_, purpose) = place(platform, url.host_str()?)?;
    if purpose == Use::Password {
        return None;
    }
    let paths = &platform.sign_in.authorize_paths;
    if let Some(tenant) = paths.iter().find_map(|pattern| path_fits(pattern, url.path())) {
        return Some(Authorize { tenant, legacy: false });
    }
    let is_old = |name: &str| {
        name.eq_ignore_ascii_case("SAMLRequest") || platform.sign_in.legacy_parameters.iter().any(|old| old.eq_ignore_ascii_case(name))
    };
    url.query_pairs().any(|(name, _)| is_old(&name)).then_some(Authorize { tenant: None, legacy: true })
}

/// The tenant of a path that fits; inner absence where the pattern has none.
#[expect(clippy::option_option, reason = "no fit, a fit without tenant, and a tenant are three things")]
fn path_fits(pattern: &str, path: &str) -> Option<Option<String>> {
    let mut tenant = None;
    let mut written = path.trim_end_matches('/').split('/');
    for expected in pattern.split('/') {
        let segment = written.next()?;
        if expected == "{tenant}" && !segment.is_empty() {
            tenant = Some(segment.to_owned());
        } else if !expected.eq_ignore_ascii_case(segment) {
            return None;
        }
    }
    written.next().is_none().then_some(tenant)
}

/// The identity provider that a URL belongs to; absent when it is none that is known.
pub(super) fn broker(url: &Url) -> Option<&'static str> {
    let host = url.host_str()?.to_ascii_lowercase();
    let below = |pattern: &str| match pattern.strip_prefix('*') {
        Some(ending) => host.ends_with(ending),
        None => host == pattern,
    };
    let path = url.path().to_ascii_lowercase();
    let is = |broker: &&Broker| {
        broker.hosts.iter().any(|pattern| below(pattern))
            || broker.paths.iter().any(|part| path.trim_end_matches('/').ends_with(part.as_str()))
    };
    SIGN_IN.brokers.iter().find(is).map(|broker| broker.name.as_str())
}

/// Whether sign-in starts behind a path.
pub(super) fn is_sign_in_route(path: &str) -> bool {
    let segments: Vec<String> = path.to_ascii_lowercase().split('/').map(|segment| stem(segment).to_owned()).collect();
    let any = |words: &[String]| segments.iter().any(|segment| words.contains(segment));
    any(&SIGN_IN.routes) && !any(&SIGN_IN.not_routes)
}

/// A file name without the ending of a program.
fn stem(segment: &str) -> &str {
    [".aspx", ".php", ".html", ".htm", ".jsp", ".do", ".ashx", ".cshtml"]
        .iter()
        .find_map(|ending| segment.strip_suffix(ending))
        .unwrap_or(segment)
}

/// The site of a host: its registrable domain, or the host itself where it has none.
pub(super) fn site(host: &str) -> &str {
    psl::domain_str(host).unwrap_or(host)
}

/// The shipped kind of platform, for tests.
#[cfg(test)]
pub(super) fn sample() -> Platform {
    let environment = |name, root: &str, others: &[&str]| crate::evidence::PlatformEnvironment {
        name,
        sign_in_host: format!("{root}.platform.example"),
        hosts: others.iter().map(|host| format!("{host}.platform.example")).collect(),
        issuer: format!("https://{root}.platform.example"),
    };
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<String>>();
    Platform {
        names: words(&["platform", "platformid"]),
        environments: vec![
            environment(EnvironmentName::Development, "sod", &["sod#", "app-sod"]),
            environment(EnvironmentName::Stage, "qa", &["qa#", "stage", "stage#"]),
            environment(EnvironmentName::Production, "online", &["online#", "app"]),
        ],
        sign_in: crate::evidence::PlatformSignIn {
            authorize_paths: words(&["/login/common/oauth/authorize", "/login/{tenant}/oauth/authorize"]),
            legacy_parameters: words(&["app_id"]),
            password_hosts: words(&["id.platform.example"]),
        },
        tenant_id: "(?i)cust[0-9]{3,7}".into(),
        harmless_tenant: "Cust00000".into(),
        secret_names: words(&["XY-AppToken", "ApplicationToken", "client_secret"]),
        panels: crate::evidence::PanelSyntax {
            variables: [
                ("uctx", "Cust00000"),
                ("usid", "0"),
                ("usem", "nobody@example.com"),
                ("usec", ""),
                ("ver#", "10"),
                ("adm?", "0"),
                ("csbl", ""),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
            required: words(&["uctx", "usid"]),
            forbidden: words(&["usec"]),
            secret_parameters: words(&["usec", "ticket", "login_secret"]),
            personal: words(&["usem"]),
            own_schemes: words(&["ownprotocol"]),
            own_bases: words(&["csbl"]),
        },
        ..Platform::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_tells_environment_and_use() {
        for (host, expected) in [
            ("sod.platform.example", Some((Some(EnvironmentName::Development), Use::SignIn))),
            ("SOD.platform.example.", Some((Some(EnvironmentName::Development), Use::SignIn))),
            ("sod2.platform.example", Some((Some(EnvironmentName::Development), Use::Data))),
            ("online12.platform.example", Some((Some(EnvironmentName::Production), Use::Data))),
            ("onlinex.platform.example", None),
            ("sod.platform.example.evil.example", None),
            ("id.platform.example", Some((None, Use::Password))),
        ] {
            assert_eq!(place(&sample(), host), expected, "{host}");
        }
    }

    #[test]
    fn the_way_to_authorisation_is_known_by_path_or_old_parameter() {
        let of = |url: &str| authorize(&sample(), &Url::parse(url).unwrap()).map(|found| (found.tenant, found.legacy));
        assert_eq!(of("https://sod.platform.example/login/common/oauth/authorize?client_id=1"), Some((None, false)));
        assert_eq!(of("https://sod.platform.example/Login/Cust12345/oauth/authorize/"), Some((Some("Cust12345".into()), false)));
        assert_eq!(of("https://sod.platform.example/login/?app_id=1"), Some((None, true)));
        assert_eq!(of("https://sod.platform.example/login/"), None);
        assert_eq!(of("https://evil.example/login/common/oauth/authorize"), None);
        assert_eq!(of("https://sod.platform.example/login//oauth/authorize"), None);
    }

    #[test]
    fn brokers_are_told_by_host_or_path() {
        let of = |url: &str| broker(&Url::parse(url).unwrap());
        assert_eq!(of("https://acme.eu.auth0.com/authorize"), Some("Auth0"));
        assert_eq!(of("https://id.acme.example/realms/crm/protocol/openid-connect/auth?x"), Some("Keycloak"));
        assert_eq!(of("https://notauth0.com/"), None);
    }

    #[test]
    fn routes_of_sign_in_are_whole_segments() {
        for (path, expected) in [
            ("/login", true),
            ("/Account/Login.aspx", true),
            ("/.auth/login/aad", true),
            ("/author/list", false),
            ("/auth/callback", false),
            ("/static/login/app.js", false),
            ("/account/logout", false),
        ] {
            assert_eq!(is_sign_in_route(path), expected, "{path}");
        }
    }
}
