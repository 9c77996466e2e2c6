//! What was observed: endpoints with their protocols, certificates, responses and cookies; the source scan.

use serde::Serialize;

use super::{
    answer::{Answer, judged, plain},
    fact::Fact,
    tls::{TlsView, endpoint_anchor, tls},
};
use crate::{
    assessment::{Assessment, Finding, Status},
    evidence::{
        Address, Contact, Cookie, Endpoint, EndpointKind, FactKind, Language, Protocol, Reading, Response, SameSite, Source, SourceFact,
    },
    reports::{
        json::is_clock,
        prose::{Span, spans},
        tls::same_servers,
        words,
    },
    rules::Location,
    wording::count,
};

/// Rows of one table that are shown; the others are counted.
const MOST_ROWS: usize = 500;

/// One URL.
#[derive(Serialize)]
pub(super) struct EndpointView {
    anchor: String,
    id: String,
    url: String,
    kind: &'static str,
    trouble: Vec<Vec<Span>>,
    /// The header cells of the table of protocols: one for each address.
    addresses: Vec<AddressView>,
    protocols: Vec<ProtocolRow>,
    tls: Vec<TlsView>,
    /// The endpoint above whose host showed the same.
    tls_above: Option<String>,
    hops: Vec<Hop>,
    cookies: Vec<CookieRow>,
}

/// One address and how it answered.
#[derive(Serialize)]
struct AddressView {
    ip: String,
    contact: String,
}

/// One protocol, over all addresses.
#[derive(Serialize)]
struct ProtocolRow {
    name: &'static str,
    cells: Vec<Answer>,
}

/// One response.
#[derive(Serialize)]
struct Hop {
    number: usize,
    url: String,
    ip: String,
    status: u16,
    location: Option<String>,
    headers: Vec<(String, String)>,
    body: String,
}

/// One cookie.
#[derive(Serialize)]
struct CookieRow {
    name: String,
    secure: Answer,
    http_only: Answer,
    same_site: &'static str,
    partitioned: Answer,
    scope: String,
    set_by: String,
}

/// The source scan.
#[derive(Serialize)]
pub(super) struct SourceView {
    numbers: Vec<Fact>,
    facts: Vec<FactRow>,
    hidden_facts: usize,
    skipped: Vec<SkippedRow>,
    hidden_skipped: usize,
}

/// One place where a watched name is set.
#[derive(Serialize)]
struct FactRow {
    place: String,
    kind: &'static str,
    sink: String,
    origin: &'static str,
    language: &'static str,
    value: String,
    trace: Vec<Vec<Span>>,
    commit: Option<String>,
    in_comment: bool,
}

/// One file that was not read.
#[derive(Serialize)]
struct SkippedRow {
    path: String,
    reason: String,
    matters: &'static str,
}

pub(super) fn endpoints(assessment: &Assessment) -> Vec<EndpointView> {
    let endpoints = &assessment.evidence.endpoints;
    let view = |(index, seen): (usize, &Endpoint)| {
        endpoint(endpoint_anchor(index), seen, endpoints.get(..index).unwrap_or_default(), &assessment.findings)
    };
    endpoints.iter().enumerate().map(view).collect()
}

fn endpoint(anchor: String, endpoint: &Endpoint, above: &[Endpoint], findings: &[Finding]) -> EndpointView {
    let tls_above = above.iter().find(|other| same_servers(other, endpoint)).map(|other| other.id.clone());
    let visit = endpoint.visit.as_ref().and_then(|visit| visit.error.as_ref());
    EndpointView {
        anchor,
        id: endpoint.id.clone(),
        url: endpoint.url.clone(),
        kind: match endpoint.kind {
            EndpointKind::Redirect => "redirect URL",
            EndpointKind::Install => "install URL",
            EndpointKind::Configure => "configuration URL",
            EndpointKind::Uninstall => "uninstall URL",
            EndpointKind::Error => "error URL",
            EndpointKind::PostLogout => "post-logout URL",
            EndpointKind::Cors => "CORS origin",
            EndpointKind::StateChange => "state change URL",
            EndpointKind::Webhook => "webhook",
            EndpointKind::Connector => "connector",
            EndpointKind::WebPanel => "web panel",
            EndpointKind::Page => "page",
            EndpointKind::Api => "API",
        },
        trouble: endpoint.error.iter().chain(visit).map(|trouble| spans(trouble)).collect(),
        addresses: endpoint.addresses.iter().map(address).collect(),
        protocols: protocols(endpoint, findings),
        tls: if tls_above.is_some() { Vec::new() } else { tls(endpoint) },
        tls_above,
        hops: endpoint.responses.iter().zip(1..).map(|(response, number)| hop(response, number)).collect(),
        cookies: endpoint.cookies.iter().map(cookie).collect(),
    }
}

fn address(address: &Address) -> AddressView {
    let contact = match address.contact {
        Contact::Accepted => "reached",
        Contact::Refused => "refused the connection",
        Contact::NoAnswer => "did not answer",
        Contact::Unreachable => "no way there",
        Contact::Forbidden => "private address, not tried",
        Contact::NotTried => "not tried",
    };
    let trouble = address.error.iter().chain(address.tls.iter().filter_map(|tls| tls.error.as_ref())).cloned();
    let all: Vec<String> = std::iter::once(contact.to_owned()).chain(trouble).collect();
    AddressView { ip: address.ip.to_string(), contact: all.join("; ") }
}

/// One row for each version, one cell for each address, empty where TLS was not asked.
fn protocols(endpoint: &Endpoint, findings: &[Finding]) -> Vec<ProtocolRow> {
    let addresses = &endpoint.addresses;
    if addresses.iter().all(|address| address.tls.is_none()) {
        return Vec::new();
    }
    let cell = |address: &Address, id| {
        let protocol = address.tls.as_ref().and_then(|tls| tls.protocols.iter().find(|protocol| protocol.id == id));
        protocol.map_or_else(not_asked, |protocol| offered(protocol, is_blamed(protocol, address, endpoint, findings)))
    };
    crate::evidence::ProtocolId::ALL
        .into_iter()
        .map(|id| ProtocolRow { name: id.name(), cells: addresses.iter().map(|address| cell(address, id)).collect() })
        .collect()
}

/// Whether an offer is good or bad is for the rules to say: only what a finding names has a colour.
fn offered(protocol: &Protocol, blamed: bool) -> Answer {
    let answer = plain(protocol.offered, "offered", "not offered");
    let reason = protocol.reason.clone().unwrap_or_default();
    if blamed { Answer { tone: "bad", icon: "fail", reason, ..answer } } else { Answer { reason, ..answer } }
}

fn is_blamed(protocol: &Protocol, address: &Address, endpoint: &Endpoint, findings: &[Finding]) -> bool {
    let place = Location::Network {
        url: Some(endpoint.url.clone()),
        ip: Some(address.ip.to_string()),
        subject: Some(protocol.id.name().to_owned()),
    };
    findings.iter().any(|finding| finding.location == place && !matches!(finding.status, Status::Error))
}

fn not_asked() -> Answer {
    Answer { word: "not asked", tone: "none", icon: "empty", reason: String::new() }
}

fn hop(response: &Response, number: usize) -> Hop {
    let cut = if response.body_truncated { ", then cut off" } else { "" };
    Hop {
        number,
        url: response.url.clone(),
        ip: response.ip.clone(),
        status: response.status,
        location: response.location.clone(),
        headers: response.headers.iter().map(header).collect(),
        body: format!("{} of body{cut}", bytes(response.body_bytes)),
    }
}

/// A header line; the server's clock is left to the JSON result, because the same app has to give the same page at any second.
fn header((name, value): &(String, String)) -> (String, String) {
    (name.clone(), if is_clock(name) { "(the time of the answer)".into() } else { value.clone() })
}

fn cookie(cookie: &Cookie) -> CookieRow {
    let path = cookie.path.as_deref().unwrap_or("no path");
    CookieRow {
        name: if cookie.deletion { format!("{} (deleted by this line)", cookie.name) } else { cookie.name.clone() },
        secure: judged(Reading::Observed(cookie.secure), true),
        http_only: judged(Reading::Observed(cookie.http_only), true),
        same_site: match cookie.same_site {
            Some(SameSite::Lax) => "Lax",
            Some(SameSite::Strict) => "Strict",
            Some(SameSite::None) => "None",
            None => "not set",
        },
        partitioned: plain(Reading::Observed(cookie.partitioned), "yes", "no"),
        scope: cookie.domain.as_ref().map_or_else(|| format!("this host, {path}"), |domain| format!("{domain}, {path}")),
        set_by: cookie.set_by.clone(),
    }
}

pub(super) fn source(source: &Source) -> SourceView {
    let number = |name, value: String| Fact { name, value };
    let left_open = source.files_skipped.iter().filter(|file| file.matters).count();
    SourceView {
        numbers: vec![
            number("Files read", source.files_scanned.to_string()),
            number("Bytes read", bytes(source.bytes)),
            number("Files not read", source.files_skipped.len().to_string()),
            number("Of these, files that leave a question open", left_open.to_string()),
            number("Places of interest", source.facts.len().to_string()),
        ],
        facts: source.facts.iter().take(MOST_ROWS).map(fact).collect(),
        hidden_facts: source.facts.len().saturating_sub(MOST_ROWS),
        skipped: skipped(source),
        hidden_skipped: source.files_skipped.len().saturating_sub(MOST_ROWS),
    }
}

/// The files that leave a question open come first.
fn skipped(source: &Source) -> Vec<SkippedRow> {
    let mut files: Vec<_> = source.files_skipped.iter().collect();
    files.sort_by_key(|file| !file.matters);
    files
        .into_iter()
        .take(MOST_ROWS)
        .map(|file| SkippedRow { path: file.path.clone(), reason: file.reason.clone(), matters: if file.matters { "yes" } else { "no" } })
        .collect()
}

fn fact(fact: &SourceFact) -> FactRow {
    let value = [fact.masked.as_deref(), fact.shape.as_deref()];
    FactRow {
        place: format!("{}:{}:{}", fact.path, fact.line, fact.column),
        kind: match fact.kind {
            FactKind::Assignment => "assignment",
            FactKind::Argument => "argument",
            FactKind::ConfigKey => "configuration key",
            FactKind::Header => "header",
            FactKind::Setting => "setting",
            FactKind::Call => "call",
            FactKind::Literal => "literal",
            FactKind::KeyMaterial => "key",
            FactKind::Log => "log",
            FactKind::Query => "query",
        },
        sink: fact.sink.clone(),
        origin: words::origin(fact.origin),
        language: match fact.language {
            Language::CSharp => "C#",
            Language::Xml => "XML",
            Language::Json => "JSON",
            Language::VisualBasic => "Visual Basic",
            Language::JavaScript => "JavaScript",
            Language::TypeScript => "TypeScript",
            Language::Php => "PHP",
            Language::Python => "Python",
            Language::Java => "Java",
            Language::PowerShell => "PowerShell",
            Language::CrmScript => "CRMScript",
            Language::Other => "another language",
            Language::Html => "HTML",
            Language::Yaml => "YAML",
            Language::Toml => "TOML",
            Language::Properties => "properties",
            Language::Shell => "shell",
            Language::Http => "HTTP requests",
            Language::Infrastructure => "infrastructure",
            Language::Text => "text",
            Language::Binary => "binary",
        },
        value: value.into_iter().flatten().collect::<Vec<_>>().join(", "),
        trace: fact.trace.iter().map(|step| spans(&format!("{}:{} {}", step.path, step.line, step.what))).collect(),
        commit: fact.commit.clone(),
        in_comment: fact.in_comment,
    }
}

/// A size in words.
fn bytes(bytes: u64) -> String {
    const KIBI: u64 = 1024;
    match bytes {
        0..KIBI => count(usize::try_from(bytes).unwrap_or(usize::MAX), "byte", "bytes"),
        _ if bytes < KIBI * KIBI => format!("{} KiB", bytes / KIBI),
        _ => format!("{} MiB", bytes / (KIBI * KIBI)),
    }
}
