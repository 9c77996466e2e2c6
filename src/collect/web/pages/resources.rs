//! What a page loads: plain http in an https page, scripts of others, scripts of its own worth reading, and the API paths that scripts call.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::Regex;
use url::{Host, Url};

use super::markup::{Element, Markup};
use crate::{
    collect::web::{
        masking,
        platform_hosts::{SIGN_IN, site},
    },
    evidence::MixedContent,
};

/// The most scripts of a page that are worth fetching.
const SCRIPTS_LIMIT: usize = 100;
/// The most entries of any list of a page.
const LIST_LIMIT: usize = 100;

/// Sub-resources and forms over plain http (Mixed Content Level 2, section 4); none in a page that is itself plain, or that has all upgraded.
pub(super) fn mixed_content(markup: &Markup, page: &Url, base: &Url) -> Vec<MixedContent> {
    if page.scheme() != "https" || upgrades(markup) {
        return Vec::new();
    }
    let mut found: Vec<MixedContent> = Vec::new();
    for element in &markup.elements {
        for (written, blockable) in loads(element) {
            let Some(url) = base.join(written.trim()).ok().filter(is_plain) else { continue };
            let mixed = MixedContent { element: element.name.clone(), url: masking::url(url.as_str()), blockable };
            if found.len() < LIST_LIMIT && !found.contains(&mixed) {
                found.push(mixed);
            }
        }
    }
    found
}

/// Whether the page tells the browser to upgrade everything.
fn upgrades(markup: &Markup) -> bool {
    markup.elements.iter().any(|element| {
        element.value("http-equiv").is_some_and(|name| name.eq_ignore_ascii_case("content-security-policy"))
            && element.value("content").is_some_and(|policy| policy.to_ascii_lowercase().contains("upgrade-insecure-requests"))
    })
}

/// The Content Security Policies that the page states of itself (CSP Level 3, section 3.3).
pub(super) fn policies(markup: &Markup) -> Vec<String> {
    let metas = markup.elements.iter().filter(|element| element.name == "meta");
    let stated =
        metas.filter(|meta| meta.value("http-equiv").is_some_and(|name| name.trim().eq_ignore_ascii_case("content-security-policy")));
    stated.filter_map(|meta| meta.value("content")).map(ToOwned::to_owned).take(LIST_LIMIT).collect()
}

/// Plain http, or a plain WebSocket, to another machine.
fn is_plain(url: &Url) -> bool {
    let own = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => true,
    };
    matches!(url.scheme(), "http" | "ws") && !own
}

/// What an element loads, and whether browsers block it rather than upgrade it.
fn loads(element: &Element) -> Vec<(&str, bool)> {
    let value = |name| element.value(name);
    let one = |name, blockable| value(name).map(|url| (url, blockable)).into_iter().collect();
    match element.name.as_str() {
        "script" | "iframe" | "frame" | "embed" | "track" => one("src", true),
        "object" => one("data", true),
        "form" => one("action", true),
        "button" | "input" if value("formaction").is_some() => one("formaction", true),
        "link" if loads_by_relation(value("rel").unwrap_or_default()) => one("href", !value("rel").unwrap_or_default().contains("icon")),
        "audio" | "video" => ["src", "poster"].into_iter().filter_map(value).map(|url| (url, false)).collect(),
        "img" | "source" => {
            let set = value("srcset").into_iter().flat_map(|set| set.split(',')).filter_map(|entry| entry.split_whitespace().next());
            value("src").map(|url| (url, false)).into_iter().chain(set.map(|url| (url, true))).collect()
        }
        _ => Vec::new(),
    }
}

fn loads_by_relation(relation: &str) -> bool {
    relation
        .to_ascii_lowercase()
        .split_whitespace()
        .any(|word| ["stylesheet", "preload", "modulepreload", "manifest", "icon", "prefetch"].contains(&word))
}

/// Scripts of other sites without Subresource Integrity, masked.
pub(super) fn foreign_scripts(markup: &Markup, page: &Url, base: &Url) -> Vec<String> {
    let home = page.host_str().map(site);
    let scripts = markup.elements.iter().filter(|element| element.name == "script");
    let unchecked = scripts.filter(|script| script.value("integrity").is_none_or(|hash| hash.trim().is_empty()));
    let urls = unchecked.filter_map(|script| base.join(script.value("src")?.trim()).ok());
    let foreign = urls.filter(|url| matches!(url.scheme(), "https" | "http") && url.host_str().map(site) != home);
    foreign.map(|url| masking::url(url.as_str())).collect::<BTreeSet<_>>().into_iter().take(LIST_LIMIT).collect()
}

/// The scripts of the page's own origin that are worth fetching: no library that every site has, in the page's order.
pub(super) fn own_scripts(markup: &Markup, page: &Url, base: &Url) -> Vec<Url> {
    let mut found: Vec<Url> = Vec::new();
    for element in &markup.elements {
        let written = match element.name.as_str() {
            "script" => element.value("src"),
            "link" if element.value("rel").is_some_and(|relation| relation.eq_ignore_ascii_case("modulepreload")) => element.value("href"),
            _ => None,
        };
        let Some(mut url) = written.and_then(|written| base.join(written.trim()).ok()) else { continue };
        url.set_fragment(None);
        let file = url.path().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let library = SIGN_IN.libraries.iter().any(|word| file.contains(word.as_str()));
        if url.origin() == page.origin() && !library && !found.contains(&url) && found.len() < SCRIPTS_LIMIT {
            found.push(url);
        }
    }
    found
}

static CALLS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?:\bfetch\(\s*|\b(?:axios|\$|jQuery|http|client|api)\s*(?:\.\s*(?:get|post|put|patch|ajax|getJSON|request)(?:<[^>]{0,60}>)?)?\(\s*|\.open\(\s*["'][A-Za-z]+["']\s*,\s*|\b(?:url|baseURL|endpoint)\s*:\s*)["'`](?P<path>[^"'`\s]{2,300})["'`]|["'`](?P<api>/?(?:[A-Za-z0-9_-]+/)?(?:api|odata|graphql|rest)/[A-Za-z0-9_./${}-]{1,200})["'`]"#,
    )
    .expect("the pattern is fixed and a test compiles it")
});

/// The paths of the same origin that a script calls; what a script puts in between is cut off.
pub(super) fn api_paths(script: &str, page: &Url, base: &Url) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for call in CALLS.captures_iter(script).take(2_000) {
        let Some(written) = call.name("path").or_else(|| call.name("api")) else { continue };
        let fixed = written.as_str().split("${").next().unwrap_or_default();
        let Some(url) = base.join(fixed).ok().filter(|url| url.origin() == page.origin()) else { continue };
        let is_file = url.path().rsplit('.').next().is_some_and(|ending| ["js", "css", "svg", "png", "html", "woff2"].contains(&ending));
        if url.path().len() > 1 && !is_file && !fixed.is_empty() && found.len() < LIST_LIMIT {
            found.insert(masking::url(url.path()));
        }
    }
    found
}

static SOURCE_MAP: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^\s*(?://|/\*)[#@]\s*sourceMappingURL=(?P<map>[^\s'\x22*]{1,500})").expect("the pattern is fixed"));

/// The map to the source that a script names, where it lies on the script's own origin (ECMA-426, section 10).
pub(super) fn source_map(script: &str, url: &Url) -> Option<Url> {
    // The last one counts; it stands at the end.
    let named = SOURCE_MAP.captures_iter(script).last()?.name("map")?;
    url.join(named.as_str()).ok().filter(|map| map.origin() == url.origin())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::web::pages::markup;

    fn page() -> Url {
        Url::parse("https://app.vendor.no/panel/").unwrap()
    }

    fn mixed(html: &str) -> Vec<(String, bool)> {
        mixed_content(&markup::read(html), &page(), &page()).into_iter().map(|mixed| (mixed.element, mixed.blockable)).collect()
    }

    #[test]
    fn mixed_content_is_blocked_or_upgraded_as_the_standard_says() {
        for (html, expected) in [
            ("<script src=http://a.no/x.js></script>", vec![("script", true)]),
            ("<img src=http://a.no/x.png>", vec![("img", false)]),
            ("<img srcset='http://a.no/x.png 2x'>", vec![("img", true)]),
            ("<link rel=stylesheet href=http://a.no/x.css>", vec![("link", true)]),
            ("<link rel=canonical href=http://a.no/>", vec![]),
            ("<a href=http://a.no/>x</a>", vec![]),
            ("<form action=http://a.no/>", vec![("form", true)]),
            ("<video src=http://a.no/x.mp4></video>", vec![("video", false)]),
            ("<iframe src=http://localhost/></iframe>", vec![]),
            ("<meta http-equiv=Content-Security-Policy content='upgrade-insecure-requests'><script src=http://a.no/x.js></script>", vec![]),
        ] {
            let expected: Vec<(String, bool)> = expected.into_iter().map(|(element, blockable)| (element.to_owned(), blockable)).collect();
            assert_eq!(mixed(html), expected, "{html}");
        }
    }

    #[test]
    fn own_scripts_are_fetched_and_foreign_ones_need_integrity() {
        let markup = markup::read(
            "<script src=/js/jquery.min.js></script><script src=main.js#x></script><script src=https://cdn.other.no/a.js></script>\
             <script src=https://cdn.other.no/b.js integrity=sha384-x></script><script src=https://cdn.vendor.no/c.js></script>",
        );
        let own: Vec<String> = own_scripts(&markup, &page(), &page()).iter().map(ToString::to_string).collect();
        assert_eq!(own, ["https://app.vendor.no/panel/main.js"]);
        assert_eq!(foreign_scripts(&markup, &page(), &page()), ["https://cdn.other.no/a.js"]);
    }

    #[test]
    fn paths_that_scripts_call_are_found() {
        for (script, expected) in [
            ("fetch('/api/contacts?x=1')", "/api/contacts"),
            ("axios.get(`/api/sales/${id}`)", "/api/sales/"),
            ("xhr.open('GET', \"data/list\")", "/panel/data/list"),
            ("$.ajax({ url: '/Home/Data' })", "/Home/Data"),
            ("const a = \"/v1/api/persons\"", "/v1/api/persons"),
        ] {
            assert!(api_paths(script, &page(), &page()).contains(expected), "{script}: {:?}", api_paths(script, &page(), &page()));
        }
        assert!(api_paths("fetch('https://other.no/api/x')", &page(), &page()).is_empty());
    }
}
