//! Where a page leads: links, forms, refreshes and the addresses that its scripts go to.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::markup::Markup;
use crate::{
    collect::web::platform_hosts::{self, SIGN_IN},
    evidence::Platform,
};

/// The most leads of one page.
const LEADS_LIMIT: usize = 500;

/// One place that a page leads to.
// No `Debug`: secrets stand in URLs.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::collect) struct Lead {
    /// Where.
    pub(in crate::collect) url: Url,
    /// Whether the page goes there by itself.
    pub(in crate::collect) at_once: bool,
    /// Whether it opens a window or the whole tab.
    pub(in crate::collect) window: bool,
}

/// What kind of sign-in a URL leads to, as seen from a page of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::collect) enum LeadsTo {
    /// That of the platform.
    Platform,
    /// That of an identity provider.
    Broker(&'static str),
    /// A route of the app's own.
    OwnRoute,
}

/// Whether sign-in starts behind a URL.
pub(in crate::collect) fn leads_to(url: &Url, page: &Url, platform: &Platform) -> Option<LeadsTo> {
    if let Some((_, purpose)) = url.host_str().and_then(|host| platform_hosts::place(platform, host)) {
        let signs_in = purpose == platform_hosts::Use::Password
            || platform_hosts::authorize(platform, url).is_some()
            || (purpose == platform_hosts::Use::SignIn && platform_hosts::is_sign_in_route(url.path()));
        return signs_in.then_some(LeadsTo::Platform);
    }
    if let Some(name) = platform_hosts::broker(url) {
        return Some(LeadsTo::Broker(name));
    }
    let same = url.host_str().map(platform_hosts::site) == page.host_str().map(platform_hosts::site);
    (same && url.path() != page.path() && platform_hosts::is_sign_in_route(url.path())).then_some(LeadsTo::OwnRoute)
}

/// Everything that the markup leads to.
pub(super) fn of_markup(markup: &Markup, base: &Url) -> Vec<Lead> {
    let mut leads = Vec::new();
    for element in &markup.elements {
        let window = element.value("target").is_some_and(|target| !matches!(target.to_ascii_lowercase().as_str(), "" | "_self"));
        let attribute = match element.name.as_str() {
            "a" | "area" => "href",
            "form" => "action",
            "button" | "input" => "formaction",
            "meta" if element.value("http-equiv").is_some_and(|name| name.trim().eq_ignore_ascii_case("refresh")) => {
                let target = element.value("content").and_then(refresh).and_then(|target| base.join(target).ok());
                leads.extend(target.map(|url| Lead { url, at_once: true, window: false }));
                continue;
            }
            _ => continue,
        };
        let target = element.value(attribute).and_then(|target| base.join(target.trim()).ok());
        leads.extend(target.filter(|url| matches!(url.scheme(), "https" | "http")).map(|url| Lead { url, at_once: false, window }));
    }
    leads.truncate(LEADS_LIMIT);
    leads
}

/// The URL of a refresh (HTML, section 4.2.5.3): `0; url=/login`.
fn refresh(content: &str) -> Option<&str> {
    let (_, target) = content.split_once([';', ','])?;
    let target = target.trim();
    let has_name = target.get(..3).is_some_and(|name| name.eq_ignore_ascii_case("url"));
    let target = target.get(3..).filter(|_| has_name).map_or(target, |rest| rest.trim_start().trim_start_matches('=').trim_start());
    Some(target.trim_matches(['"', '\'']))
}

/// What links and buttons say from which sign-in starts, whatever their address.
static SAYS_SIGN_IN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W{0,4}(?:(?:sign|log)[ -]?in|logon|log on|logg inn|logg på|log ind|log på|logga in|anmelden|einloggen|inloggen|aanmelden|continue|connect|authenticate|fortsett|fortsätt|fortsæt|weiter|doorgaan)(?P<more>(?: (?:now|nå|nu|jetzt|again|igjen|igen|erneut|opnieuw|here|her|här|hier))?(?: (?:with|using|via|by|to|med|mit|met|til|till|på) [^\n]+)?)\W{0,4}$|^\W{0,4}(?:mit|met) \S+ (?:anmelden|einloggen|inloggen|aanmelden|verbinden)\W{0,4}$",
    )
});

/// The longest text of a link that is one and no sentence, in bytes.
const SAID_LIMIT: usize = 80;

/// Words that start sign-in only where it says with whom.
const NEEDS_MORE: [&str; 8] = ["continue", "connect", "authenticate", "fortsett", "fortsätt", "fortsæt", "weiter", "doorgaan"];

/// Whether a link or a button says that sign-in starts behind it.
pub(super) fn says_sign_in(markup: &Markup) -> bool {
    markup.elements.iter().filter(|element| matches!(element.name.as_str(), "a" | "button" | "input")).any(|element| {
        let text = markup.text.get(element.text_at..).and_then(|text| text.lines().next()).filter(|_| element.name != "input");
        let said = text
            .or_else(|| element.value("value").filter(|_| matches!(element.value("type"), Some("submit" | "button"))))
            .unwrap_or_default();
        let said = said.trim();
        said.len() <= SAID_LIMIT
            && SAYS_SIGN_IN.captures(said).is_some_and(|found| {
                let first = said.to_lowercase();
                let more = found.name("more").is_none_or(|more| !more.as_str().trim().is_empty());
                more || !NEEDS_MORE.iter().any(|word| first.starts_with(word))
            })
    })
}

static NAVIGATION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"\b(?:location(?:\s*\.\s*href)?\s*=|location\s*\.\s*(?:replace|assign)\(|(?P<open>\bopen)\(|\bredirect\()\s*(?:[\w$.]+\s*=\s*)?["'`](?P<url>[^"'`\s]+)["'`]"#,
    )
});

static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"["'`](?P<url>(?:https:)?//[^"'`\s<>\\]{4,}|/[A-Za-z0-9._~/?=&%-]{2,})["'`]"#));

static FUNCTION: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bfunction\b|=>|addEventListener|\bon[a-z]+\s*="));

static OPENS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\bwindow\s*\.\s*open\(|\b(?:top|parent)\s*\.\s*location\b|\bpopup\s*=\s*open\("));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is fixed and a test compiles it")
}

/// What a script leads to.
#[derive(Default)]
pub(super) struct ScriptLeads {
    pub(super) leads: Vec<Lead>,
    /// Whether it calls a library that starts sign-in.
    pub(super) calls: bool,
    /// Whether it opens a window.
    pub(super) opens_window: bool,
}

/// Everything that a script goes to or names. `inline` ones without functions run at once.
pub(super) fn of_script(script: &str, base: &Url, inline: bool) -> ScriptLeads {
    let plain = script.replace("\\/", "/").replace("\\u0026", "&");
    let mut found = ScriptLeads {
        calls: SIGN_IN.calls.iter().any(|call| plain.contains(call.as_str())),
        opens_window: OPENS.is_match(&plain) || SIGN_IN.window_calls.iter().any(|call| plain.contains(call.as_str())),
        ..ScriptLeads::default()
    };
    for navigation in NAVIGATION.captures_iter(&plain).take(LEADS_LIMIT) {
        let before = navigation.get(0).and_then(|whole| plain.get(..whole.start())).unwrap_or_default();
        let window = navigation.name("open").is_some();
        let at_once = inline && !window && !FUNCTION.is_match(before);
        if let Some(url) = navigation.name("url").and_then(|url| base.join(url.as_str()).ok()) {
            found.leads.push(Lead { url, at_once, window });
        }
    }
    for address in ADDRESS.captures_iter(&plain).take(LEADS_LIMIT) {
        if let Some(url) = address.name("url").and_then(|url| base.join(url.as_str()).ok()) {
            found.leads.push(Lead { url, at_once: false, window: false });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::web::{pages::markup, platform_hosts::sample};

    fn base() -> Url {
        Url::parse("https://app.example.com/panel").unwrap()
    }

    #[test]
    fn addresses_are_known_for_what_is_behind_them() {
        let of = |url: &str| leads_to(&base().join(url).unwrap(), &base(), &sample());
        assert_eq!(of("https://sod.platform.example/login/common/oauth/authorize?x=1"), Some(LeadsTo::Platform));
        assert_eq!(of("https://acme.auth0.com/authorize"), Some(LeadsTo::Broker("Auth0")));
        assert_eq!(of("/account/login"), Some(LeadsTo::OwnRoute));
        assert_eq!(of("https://login.example.com/login"), Some(LeadsTo::OwnRoute));
        assert_eq!(of("https://elsewhere.example/login"), None);
        assert_eq!(of("/prices"), None);
        assert_eq!(of("https://sod.platform.example/"), None);
    }

    #[test]
    fn links_and_buttons_say_where_sign_in_starts() {
        for (html, says) in [
            ("<a href=/start>Sign in with Platform</a>", true),
            ("<button>Logg inn</button>", true),
            ("<a href=/start>Mit Platform anmelden</a>", true),
            ("<input type=submit value='Log in'>", true),
            ("<a href=/x>Continue with Platform</a>", true),
            ("<button>Continue</button>", false),
            ("<a href=/x>Sign in problems and how to solve them</a>", false),
            ("<p>Sign in</p>", false),
        ] {
            assert_eq!(says_sign_in(&markup::read(html)), says, "{html}");
        }
    }

    #[test]
    fn refreshes_lead_away_at_once() {
        for content in ["0;url=/login", "0; URL='/login'", "3, /login", "0;url = /login"] {
            let leads = of_markup(&markup::read(&format!("<meta http-equiv=Refresh content=\"{content}\">")), &base());
            assert!(leads.len() == 1 && leads[0].at_once && leads[0].url.path() == "/login", "{content}");
        }
    }

    #[test]
    fn scripts_lead_where_they_go() {
        for (script, path, at_once, window) in [
            ("window.location.href = '/login?x=1';", "/login", true, false),
            ("location.replace(\"/auth/start\")", "/auth/start", true, false),
            ("$('#b').on('click', function(){ location = '/login' })", "/login", false, false),
            ("window.open('/signin', 'popup', 'width=500')", "/signin", false, true),
            ("top.location.href='/sso'", "/sso", true, false),
        ] {
            let found = of_script(script, &base(), true);
            let lead = &found.leads[0];
            assert_eq!((lead.url.path(), lead.at_once, lead.window), (path, at_once, window), "{script}");
        }
        assert!(of_script("msal.loginPopup({})", &base(), false).calls);
        let escaped = of_script(r#"{"url":"https:\/\/sod.platform.example\/login\/common\/oauth\/authorize?a=1\u0026b=2"}"#, &base(), true);
        assert!(escaped.leads.iter().any(|lead| leads_to(&lead.url, &base(), &sample()) == Some(LeadsTo::Platform)));
    }
}
