//! What a page fetches from its own site: calls of its scripts, frames, and elements that fill themselves.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::{Captures, Regex};
use url::Url;

use super::{
    expressions::{self, address, balanced, expression, skip_blanks},
    markup::{Element, Markup},
};
use crate::collect::web::platform_hosts::{SIGN_IN, is_sign_in_route};

/// The most calls of one page that are kept.
const CALLS_LIMIT: usize = 100;
/// The most calls of one script that are looked at.
const MATCHES_LIMIT: usize = 3_000;

/// How sure it is that a page fetches something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::collect) enum Sureness {
    /// The address and the method are written.
    Written,
    /// A part of the address is not known, and a value that means nothing stands in its place.
    Guessed,
    /// The address is written, but not how it is used.
    Named,
}

/// Something that a page fetches by GET.
// No `Debug`: secrets stand in URLs.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::collect) struct Call {
    /// Where, on the page's own origin.
    pub(in crate::collect) url: Url,
    /// What asks: `script`, `frame`, `element`.
    pub(in crate::collect) by: &'static str,
    pub(in crate::collect) sureness: Sureness,
}

/// What is called.
#[derive(Default)]
pub(super) struct Calls {
    pub(super) list: Vec<Call>,
    /// Whether there are calls whose address or answer nobody can know from the text alone.
    pub(super) has_others: bool,
}

static CALL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?P<get>\.\s*(?:get|getJSON|load)(?:<[^>()]{0,80}>)?\(|\.\s*open\(\s*["'`](?i:get)["'`]\s*,)|(?P<fetch>(?:\bfetch|\baxios(?:\.request)?|\bky|\buseSWR|\buseFetch|\.ajax|\brequest)(?:<[^>()]{0,80}>)?\()|(?P<config>\b(?:url|ajax)["']?\s*:)|(?P<api>["'`]/?(?:[A-Za-z0-9_-]+/)?(?:api|odata|rest)/[A-Za-z0-9_./-]{1,200}["'`])"#,
    )
    .expect("the pattern is fixed and a test compiles it")
});

static BASE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\bbaseURL["']?\s*[:=]\s*["'`](?P<base>(?:https?:/)?/[^"'`\s$]{0,200})["'`]"#).expect("the pattern is fixed")
});

/// Calls that are no GET, that never end, or that bring more scripts.
static OTHERS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\bnew\s+(?:WebSocket|EventSource|XDomainRequest)\(|\bimport\(|HubConnection|sendBeacon\(|\.post\(|\.\s*open\(\s*(?:["'`](?i:post|put|patch)|(?:[A-Za-z]|method|type|verb|\w{1,20}\.(?:method|type))\s*,)|createElement\(\s*["']script"#)
        .expect("the pattern is fixed")
});

static METHOD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\b(?:method|type)["']?\s*:\s*["'`](?P<method>(?i:get|post|put|patch|delete|head|options))["'`]"#)
        .expect("the pattern is fixed")
});

static UNSAID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\.\.\.|\bmethod\s*[,}]|\bmethod\s*:").expect("the pattern is fixed"));

/// What a call asks with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Get,
    Unknown,
    Other,
}

/// What a script calls on the origin of its page.
pub(super) fn of_script(script: &str, page: &Url, base: &Url) -> Calls {
    let mut calls = Calls { has_others: OTHERS.is_match(script), ..Calls::default() };
    let constants = expressions::constants(script);
    let bases: BTreeSet<&str> = BASE.captures_iter(script).filter_map(|found| Some(found.name("base")?.as_str())).take(4).collect();
    for found in CALL.captures_iter(script).take(MATCHES_LIMIT) {
        let Some(whole) = found.get(0) else { continue };
        let start = if found.name("api").is_some() { whole.start() } else { whole.end() };
        let (parts, end) = expression(script, start);
        let method = method(&found, script, end);
        let address = address(&parts, &constants, page).filter(|address| found.name("get").is_none() || address.text.contains('/'));
        let Some(address) = address.filter(|_| method != Method::Other) else {
            let begins_with_object = script.as_bytes().get(skip_blanks(script, start)) == Some(&b'{');
            calls.has_others |= method == Method::Other || (found.name("fetch").is_some() && !begins_with_object);
            continue;
        };
        let sureness = match method {
            Method::Get if !address.guessed => Sureness::Written,
            Method::Get => Sureness::Guessed,
            _ => Sureness::Named,
        };
        let is_below_base = !bases.is_empty() && found.name("config").is_none() && !address.text.contains("://");
        for written in bases.iter().filter(|_| is_below_base) {
            let text = format!("{}/{}", written.trim_end_matches('/'), address.text.trim_start_matches('/'));
            calls.add(&text, "script", sureness, page, base);
        }
        calls.add(&address.text, "script", if is_below_base { Sureness::Named } else { sureness }, page, base);
    }
    calls
}

/// With which method a call asks.
fn method(found: &Captures<'_>, script: &str, end: usize) -> Method {
    let said = |options: &str| {
        METHOD.captures(options).and_then(|found| found.name("method")).map(|method| method.as_str().eq_ignore_ascii_case("get"))
    };
    if found.name("get").is_some() {
        return Method::Get;
    }
    if found.name("api").is_some() {
        return Method::Unknown;
    }
    if found.name("config").is_some() {
        let (before, object) = around(script, found.get(0).map_or(end, |whole| whole.start()));
        let is_call = ["ajax(", "axios(", "request(", "ajax:"].iter().any(|call| before.trim_end().ends_with(call));
        let is_short = found.get(0).is_some_and(|whole| whole.as_str().starts_with("ajax"));
        return match said(object) {
            Some(true) => Method::Get,
            Some(false) => Method::Other,
            None if is_call || is_short => Method::Get,
            None => Method::Unknown,
        };
    }
    let next = skip_blanks(script, end);
    if script.as_bytes().get(next) != Some(&b',') {
        return Method::Get;
    }
    let start = skip_blanks(script, next.saturating_add(1));
    let options = script.get(start..balanced(script, start, b")")).unwrap_or_default();
    match said(options) {
        Some(true) => Method::Get,
        Some(false) => Method::Other,
        None if options.starts_with('{') && !UNSAID.is_match(options) => Method::Get,
        None if found.get(0).is_some_and(|whole| whole.as_str().contains("useSWR")) => Method::Get,
        None => Method::Unknown,
    }
}

/// The object that a place of a script lies in, and what stands before it.
fn around(script: &str, at: usize) -> (&str, &str) {
    let before = script.get(script.floor_char_boundary(at.saturating_sub(800))..at).unwrap_or_default();
    let mut depth = 0_usize;
    for (back, byte) in before.bytes().enumerate().rev() {
        match byte {
            b'}' => depth = depth.saturating_add(1),
            b'{' if depth == 0 => {
                let inside = at.saturating_sub(before.len().saturating_sub(back)).saturating_add(1);
                let object = script.get(inside..balanced(script, inside, b"}")).unwrap_or_default();
                return (before.get(..back).unwrap_or_default(), object);
            }
            b'{' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    ("", script.get(at..balanced(script, at, b"}")).unwrap_or_default())
}

impl Calls {
    fn add(&mut self, written: &str, by: &'static str, sureness: Sureness, page: &Url, base: &Url) {
        let Ok(mut url) = base.join(written.trim()) else { return };
        url.set_fragment(None);
        if url.origin() != page.origin() {
            self.has_others |= matches!(url.scheme(), "https" | "http" | "ws" | "wss");
        } else if is_asked(&url, page) {
            self.take(Call { url, by, sureness });
        }
    }

    fn take(&mut self, call: Call) {
        if let Some(known) = self.list.iter_mut().find(|known| known.url == call.url) {
            known.sureness = known.sureness.min(call.sureness);
        } else if self.list.len() < CALLS_LIMIT {
            self.list.push(call);
        } else {
            self.has_others = true;
        }
    }

    pub(super) fn join(&mut self, other: Self) {
        self.has_others |= other.has_others;
        other.list.into_iter().for_each(|call| self.take(call));
    }
}

/// Whether an address may be asked for what it holds: no part of the page itself, no sign-in, and nothing that only asking for changes something.
fn is_asked(url: &Url, page: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    let ending = path.rsplit('/').next().and_then(|file| file.rsplit_once('.')).map_or("", |(_, ending)| ending);
    let is_part = SIGN_IN.parts_of_pages.iter().any(|known| known == ending);
    let changes = path.split(['/', '.', '-', '_']).any(|word| SIGN_IN.changes.iter().any(|known| known == word));
    let is_page = path == page.path().to_ascii_lowercase() && url.query() == page.query();
    path.len() > 1 && !is_part && !changes && !is_page && !is_sign_in_route(&path)
}

/// What the elements of a page load from its origin.
pub(super) fn of_markup(markup: &Markup, page: &Url, base: &Url) -> Calls {
    let mut calls = Calls::default();
    for element in &markup.elements {
        for (written, by, sureness) in loads(element) {
            calls.add(written, by, sureness, page, base);
        }
    }
    // A frame of another site and a picture are no call of the page.
    calls.has_others = has_foreign_programs(markup, page, base);
    calls
}

fn loads(element: &Element) -> Vec<(&str, &'static str, Sureness)> {
    let value = |name: &str| element.value(name).filter(|written| !written.trim().is_empty());
    let mut found = Vec::new();
    let own = match element.name.as_str() {
        "iframe" | "frame" | "embed" => value("src").map(|written| (written, "frame", Sureness::Written)),
        "object" => value("data").map(|written| (written, "frame", Sureness::Written)),
        "turbo-frame" | "include-fragment" => value("src").map(|written| (written, "element", Sureness::Written)),
        "link" if value("as") == Some("fetch") => value("href").map(|written| (written, "element", Sureness::Written)),
        _ => None,
    };
    found.extend(own);
    found.extend(["hx-get", "data-hx-get"].into_iter().filter_map(value).map(|written| (written, "element", Sureness::Written)));
    let named = ["data-url", "data-src", "data-ajax", "data-ajax-url", "data-source", "data-endpoint", "data-api"];
    found.extend(
        named.into_iter().filter_map(value).filter(|written| written.starts_with('/')).map(|written| (written, "element", Sureness::Named)),
    );
    found
}

/// Whether programs of other origins run in the page, those aside that every site has.
fn has_foreign_programs(markup: &Markup, page: &Url, base: &Url) -> bool {
    let scripts = markup.elements.iter().filter(|element| element.name == "script");
    let sources = scripts.filter_map(|script| base.join(script.value("src")?.trim()).ok());
    let is_library = |url: &Url| {
        let path = url.path().to_ascii_lowercase();
        SIGN_IN.libraries.iter().chain(&SIGN_IN.frameworks).any(|word| path.contains(word.as_str()))
    };
    sources.into_iter().any(|url| url.origin() != page.origin() && !is_library(&url))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::collect::web::pages::markup;

    fn page() -> Url {
        Url::parse("https://app.vendor.no/panel?ctx=Cust00000").unwrap()
    }

    fn of(script: &str) -> (Vec<(String, Sureness)>, bool) {
        let calls = of_script(script, &page(), &page());
        let list = calls.list.into_iter().map(|call| (call.url[url::Position::BeforePath..].to_owned(), call.sureness));
        (list.collect(), calls.has_others)
    }

    #[test]
    fn every_way_to_get_something_is_seen() {
        use Sureness::{Guessed, Named, Written};
        for (script, path, sureness) in [
            ("fetch('/api/c').then(r=>r.json())", "/api/c", Written),
            ("fetch(`/api/c?ctx=${p.get('ctx')}`)", "/api/c?ctx=Cust00000", Written),
            ("fetch('/api/c',{credentials:'include',headers:{a:'b'}})", "/api/c", Written),
            ("fetch('/api/c', options)", "/api/c", Named),
            ("await fetch(`/api/c/${id}`)", "/api/c/0", Guessed),
            ("axios.get('/api/c')", "/api/c", Written),
            ("axios('/api/c')", "/api/c", Written),
            ("axios({ method: 'get', url: '/data/c' })", "/data/c", Written),
            ("$.getJSON('/data/c', function(d){})", "/data/c", Written),
            ("$('#x').load('/parts/c')", "/parts/c", Written),
            ("$.ajax({ url: '/data/c', success: f })", "/data/c", Written),
            ("$.ajax('/data/c', { dataType: 'json' })", "/data/c", Written),
            ("var x=new XMLHttpRequest();x.open('GET','/data/c');x.send()", "/data/c", Written),
            ("this.http.get<Contact[]>('/data/c')", "/data/c", Written),
            ("const h=axios.create({baseURL:\"/api/v2\"});h.get(\"/companies\")", "/api/v2/companies", Written),
            ("const API='/data/v1';fetch(API+'/c')", "/data/v1/c", Written),
            ("useSWR('/data/c', fetcher)", "/data/c", Written),
            ("$('#t').DataTable({ ajax: '/data/c' })", "/data/c", Written),
            ("const u = '/api/c';", "/api/c", Named),
        ] {
            let (list, _) = of(script);
            assert!(list.contains(&(path.to_owned(), sureness)), "{script}: {list:?}");
        }
    }

    #[test]
    fn only_what_a_get_brings_from_the_own_origin_is_asked() {
        for script in [
            "fetch('/data/c', { method: 'POST' })",
            "$.ajax({ type: 'POST', url: '/data/c' })",
            "$.post('/data/c')",
            "axios.post('/data/c')",
            "fetch('https://other.no/data/c')",
            "fetch('/account/logout')",
            "fetch('/contacts/delete?id=1')",
            "fetch('/auth/login')",
            "fetch('/img/x.svg')",
            "new URLSearchParams(location.search).get('ctx')",
            "map.get('a')",
            "x.open('POST', '/data/c')",
        ] {
            assert!(of(script).0.is_empty(), "{script}: {:?}", of(script).0);
        }
    }

    #[test]
    fn calls_that_cannot_be_read_are_known_to_be_there() {
        for (script, others) in [
            ("fetch('/api/c')", false),
            ("document.title='x'", false),
            ("window.open('/auth/login','login','width=500')", false),
            ("fetch(url)", true),
            ("import('./x.js')", true),
            ("new WebSocket('wss://a.no/')", true),
            ("fetch('/data/c',{method:'POST'})", true),
            ("x.open(m,u)", true),
        ] {
            assert_eq!(of(script).1, others, "{script}");
        }
    }

    #[test]
    fn frames_and_elements_that_fill_themselves_are_asked_for() {
        let html = "<iframe src=/frame></iframe><div hx-get='/part' hx-trigger=load></div><iframe src='https://other.no/'></iframe>\
                    <table data-url=/rows></table><turbo-frame src=/turbo></turbo-frame><iframe src='about:blank'></iframe>";
        let calls = of_markup(&markup::read(html), &page(), &page());
        let paths: Vec<(&str, &str)> = calls.list.iter().map(|call| (call.url.path(), call.by)).collect();
        assert_eq!(paths, [("/frame", "frame"), ("/part", "element"), ("/rows", "element"), ("/turbo", "element")]);
        assert!(!calls.has_others);
    }

    proptest! {
        #[test]
        fn any_script_is_looked_at(script in "(fetch\\(|\\.get\\(|url: |ajax\\(\\{|['\"`/a{}(),é]){0,30}") {
            of(&script);
        }
    }
}
