//! From the bytes of a body to what the page says: its forms, where it leads, what of a customer it shows, what its scripts give away.
//!
//! Nothing is run and nothing is fetched. What a script does later is known only as far as its text tells.

mod calls;
mod customer_data;
mod expressions;
mod forms;
mod leads;
mod markup;
mod resources;
mod script_scan;
mod stand_ins;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};
use url::Url;

use self::{
    calls::Calls,
    customer_data::{Counted, Found},
    script_scan::Scanner,
};
pub(in crate::collect) use self::{
    calls::{Call, Sureness},
    leads::{Lead, LeadsTo, leads_to},
};
use super::{masking, platform_hosts};
use crate::{
    evidence::{Page, Platform, Reading},
    wording::{visible, visible_within},
};

/// The longest title that is kept, in characters.
const TITLE_LIMIT: usize = 200;
/// The most API paths that are kept.
const PATHS_LIMIT: usize = 100;

/// What else has to be known to read a page. One serves all pages of a run.
pub(in crate::collect) struct Reader<'a> {
    platform: &'a Platform,
    scanner: Scanner,
}

/// A page that was read, with what may not be written down.
// No `Debug`: secrets stand in URLs.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "a page answers that many questions")]
pub(in crate::collect) struct PageRead {
    /// The facts.
    pub(in crate::collect) page: Page,
    /// Everything that it leads to, links and scripts alike.
    pub(in crate::collect) leads: Vec<Lead>,
    /// The scripts of its own origin that are worth fetching, for [`Reader::add_script`].
    pub(in crate::collect) scripts: Vec<Url>,
    /// The maps to their source that its scripts name.
    pub(in crate::collect) source_maps: Vec<Url>,
    /// What it fetches from its own origin.
    pub(in crate::collect) calls: Vec<Call>,
    /// Whether its scripts ask for more than that, so that the list of calls does not tell what they show.
    pub(in crate::collect) has_other_calls: bool,
    /// Whether its scripts were read and what it fetches was asked for, as far as they can be.
    pub(in crate::collect) is_filled: bool,
    /// Content Security Policies that stand in the page, as written.
    pub(in crate::collect) policies: Vec<String>,
    /// Whether nearly nothing of it is there before scripts run.
    pub(in crate::collect) built_by_scripts: bool,
    /// Whether the body was empty.
    pub(in crate::collect) empty: bool,
    url: Url,
    base: Url,
    /// What its data looks like, for the time when all of it was read.
    found: Found,
}

/// What a body is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Markup,
    Json,
    Text,
}

/// The text of a page without scripts may be this long and still be no page: `Loading…`.
const SHELL_TEXT: usize = 160;

impl<'a> Reader<'a> {
    /// A reader for pages of apps on a platform.
    pub(in crate::collect) fn new(platform: &'a Platform) -> Self {
        Self { platform, scanner: Scanner::new(&platform.secret_names) }
    }

    /// Reads a body with the `Content-Type` it came with; absent where it is nothing that people or scripts read, such as a picture.
    pub(in crate::collect) fn read(&self, body: &[u8], content_type: Option<&str>, url: &Url, truncated: bool) -> Option<PageRead> {
        let text = decoded(body, content_type);
        let kind = kind(content_type, &text)?;
        let mut read = match kind {
            Kind::Markup => self.markup(&text, url),
            Kind::Json | Kind::Text => data(&text, kind, url),
        };
        read.empty = text.trim().is_empty();
        if truncated {
            read.page.complete = Reading::Unknown;
        }
        if read.page.complete == Reading::Unknown {
            read.page.reason = Some("the page was not read to its end".into());
        }
        Some(read)
    }

    fn markup(&self, text: &str, url: &Url) -> PageRead {
        let markup = markup::read(text);
        let base = markup.elements.iter().filter(|element| element.name == "base").find_map(|element| element.value("href"));
        let base = base.and_then(|written| url.join(written.trim()).ok()).unwrap_or_else(|| url.clone());
        let home = platform_hosts::site(url.host_str().unwrap_or_default());
        let mut data = customer_data::in_markup(&markup, home);
        for script in &markup.scripts {
            data.add(match (script.kind.as_str(), script.is_data()) {
                // Search engines are told who the maker is.
                ("application/ld+json", _) => Counted::default(),
                (_, true) => customer_data::in_json(&script.text, home),
                (_, false) => customer_data::in_script(&script.text, home),
            });
        }
        let page = Page {
            title: markup.title.as_deref().map(|title| visible_within(&masking::text(title), TITLE_LIMIT)),
            forms: forms::forms(&markup, &base),
            password_field: markup.elements.iter().any(forms::is_password),
            speaks_of: forms::speaks_of(&markup, &self.platform.names),
            data: data.facts(),
            text_length: characters(&markup.text).saturating_add(characters(&markup.footer)),
            mixed_content: resources::mixed_content(&markup, url, &base),
            foreign_scripts: resources::foreign_scripts(&markup, url, &base),
            complete: markup.complete.then_some(true).into(),
            ..Page::default()
        };
        let has_scripts = markup.elements.iter().any(|element| element.name == "script");
        let mut read = PageRead {
            built_by_scripts: has_scripts && markup.text.trim().chars().count() <= SHELL_TEXT && page.data.is_empty(),
            leads: leads::of_markup(&markup, &base),
            scripts: resources::own_scripts(&markup, url, &base),
            source_maps: Vec::new(),
            calls: Vec::new(),
            has_other_calls: false,
            is_filled: false,
            policies: resources::policies(&markup),
            empty: false,
            url: url.clone(),
            found: data,
            base,
            page,
        };
        let calls = calls::of_markup(&markup, url, &read.base);
        read.take_calls(calls);
        read.page.leads_to_sign_in = leads::says_sign_in(&markup);
        for script in markup.scripts.iter().filter(|script| script.kind != "application/ld+json") {
            self.take_script(&mut read, &script.text, url, script.line, true);
        }
        self.take_attributes(&mut read, &markup);
        self.conclude(&mut read);
        read
    }

    /// Scripts in attributes: handlers of events, and `javascript:` links.
    fn take_attributes(&self, read: &mut PageRead, markup: &markup::Markup) {
        let url = read.url.clone();
        for element in &markup.elements {
            for (name, value) in element.attributes() {
                let is_script = value.trim_start().get(..11).is_some_and(|scheme| scheme.eq_ignore_ascii_case("javascript:"));
                if (name.starts_with("on") && name.len() > 3) || is_script {
                    // A handler waits for its event, except where loading is it.
                    self.take_script(read, value, &url, element.line, name == "onload");
                }
            }
        }
    }

    /// Adds the text of a script of the same site, which somebody fetched.
    pub(in crate::collect) fn add_script(&self, read: &mut PageRead, url: &Url, text: &str) {
        self.take_script(read, text, url, 1, false);
        read.source_maps.extend(resources::source_map(text, url));
        self.conclude(read);
    }

    fn take_script(&self, read: &mut PageRead, text: &str, url: &Url, line: u64, inline: bool) {
        let found = leads::of_script(text, &read.base, inline);
        self.scanner.scan(text, url, line, &mut read.page.script_findings);
        read.page.leads_to_sign_in |= found.calls;
        read.page.opens_window |= found.opens_window;
        read.page.scripted_password_field |= forms::makes_password_field(text);
        read.leads.extend(found.leads);
        read.take_calls(calls::of_script(text, &read.url, &read.base));
        for path in resources::api_paths(text, &read.url, &read.base) {
            if read.page.api_paths.len() < PATHS_LIMIT && !read.page.api_paths.contains(&path) {
                read.page.api_paths.push(path);
            }
        }
    }

    /// What follows from all leads together. A window counts only where there is sign-in for it.
    fn conclude(&self, read: &mut PageRead) {
        let ways: Vec<&Lead> = read.leads.iter().filter(|lead| leads_to(&lead.url, &read.url, self.platform).is_some()).collect();
        let window = ways.iter().any(|lead| lead.window);
        read.page.leads_to_sign_in |= !ways.is_empty();
        read.page.opens_window = read.page.leads_to_sign_in && (read.page.opens_window || window);
        // Sentences of a page from which sign-in starts are mostly the maker's.
        read.page.records = read.found.doubts(!read.page.leads_to_sign_in);
    }

    /// Adds the secrets that a source holds which a map gives away.
    pub(in crate::collect) fn scan_source(&self, read: &mut PageRead, url: &Url, source: &str) {
        let mut found = Vec::new();
        self.scanner.scan(source, url, 1, &mut found);
        // What programs do is seen in the script itself; what they hold may stand in a comment that it lacks.
        let values = found.into_iter().filter(|finding| finding.masked.is_some());
        let known: std::collections::BTreeSet<Option<String>> =
            read.page.script_findings.iter().map(|finding| finding.masked.clone()).collect();
        read.page.script_findings.extend(values.filter(|finding| !known.contains(&finding.masked)));
    }
}

impl PageRead {
    fn take_calls(&mut self, calls: Calls) {
        let mut all = Calls { list: std::mem::take(&mut self.calls), has_others: self.has_other_calls };
        all.join(calls);
        (self.calls, self.has_other_calls) = (all.list, all.has_others);
    }
}

/// A body that is data.
fn data(text: &str, kind: Kind, url: &Url) -> PageRead {
    let home = platform_hosts::site(url.host_str().unwrap_or_default());
    let mut found = Found::default();
    if kind == Kind::Json {
        found.list(customer_data::in_json(text, home));
    } else {
        customer_data::in_text_body(text, home, &mut found);
    }
    let page = Page {
        data: found.facts(),
        records: found.doubts(true),
        text_length: characters(text),
        complete: Reading::Observed(true),
        ..Page::default()
    };
    PageRead {
        page,
        leads: Vec::new(),
        scripts: Vec::new(),
        source_maps: Vec::new(),
        calls: Vec::new(),
        has_other_calls: false,
        is_filled: false,
        policies: Vec::new(),
        built_by_scripts: false,
        empty: false,
        url: url.clone(),
        base: url.clone(),
        found,
    }
}

fn characters(text: &str) -> u64 {
    u64::try_from(text.trim().chars().count()).unwrap_or(u64::MAX)
}

/// The media type decides; where it is missing, the first letters do, as browsers sniff.
fn kind(content_type: Option<&str>, text: &str) -> Option<Kind> {
    let media = content_type.and_then(|line| line.split(';').next()).map(|media| media.trim().to_ascii_lowercase()).unwrap_or_default();
    let start = text.trim_start_matches('\u{feff}').trim_start();
    match media.as_str() {
        // Programs that name no type for their JSON send it as a page.
        "text/html" if start.starts_with(['{', '[']) && serde_json::from_str::<serde_json::Value>(start).is_ok() => Some(Kind::Json),
        "text/html" | "application/xhtml+xml" => Some(Kind::Markup),
        media if media.ends_with("/json") || media.ends_with("+json") => Some(Kind::Json),
        "text/javascript" | "application/javascript" | "text/css" => None,
        media if media.starts_with("text/") || media.ends_with("/xml") || media.ends_with("+xml") || media == "application/csv" => {
            Some(if start.starts_with(['{', '[']) { Kind::Json } else { Kind::Text })
        }
        "" if start.starts_with('<') || start.is_empty() => Some(Kind::Markup),
        "" if start.starts_with(['{', '[']) => Some(Kind::Json),
        _ => None,
    }
}

/// The text of a body: by byte order mark, the type's `charset`, or the page's own statement in its first 1024 bytes; else UTF-8.
fn decoded<'a>(body: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    let start = body.get(..body.len().min(1024)).unwrap_or_default();
    let start = String::from_utf8_lossy(start).to_ascii_lowercase();
    let label = |text: &str| {
        let (_, rest) = text.split_once("charset")?;
        let rest = rest.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
        let label = rest.split(|letter: char| !(letter.is_ascii_alphanumeric() || "-_:".contains(letter))).next()?;
        Encoding::for_label(label.as_bytes())
    };
    let stated = content_type.and_then(|line| label(&line.to_ascii_lowercase())).or_else(|| label(&start));
    stated.unwrap_or(UTF_8).decode(body).0
}

/// A URL as it may be said in a reason.
pub(in crate::collect) fn shown(url: &Url) -> String {
    visible(&masking::url(url.as_str()))
}
