//! Entries of an HTTP archive (HAR 1.2), read as tolerantly as exporters write them.

use serde_json::Value;
use url::Url;

use super::{jar::Kept, rows::Row};
use crate::collect::web::headers::LINES_LIMIT;

/// One answer that a browser received.
// No `Debug`: whatever the server sent stands in it.
pub(super) struct Entry {
    pub(super) method: String,
    pub(super) url: Url,
    pub(super) status: u16,
    /// `HTTP/1.1`, `HTTP/2`; empty where it is not told.
    pub(super) http_version: String,
    /// The address that answered; empty where it is not told.
    pub(super) ip: String,
    /// Header lines, one for each line that was sent.
    pub(super) lines: Vec<(String, String)>,
    /// What the exporter made of the cookies.
    pub(super) cookies: Vec<Kept>,
    /// The media type of the body, without parameters.
    pub(super) media_type: String,
    /// The length of the body, content codings undone; 0 where it is not told.
    pub(super) body_bytes: u64,
}

impl Row for Entry {
    /// Absent without a URL, or without an answer: exporters give 0 for one that was blocked or broken off.
    fn of(row: &Value) -> Option<Self> {
        let (request, response) = (row.get("request")?, row.get("response")?);
        let url = Url::parse(word(request, "url")?).ok()?;
        let status = number(response.get("status")?).and_then(|status| u16::try_from(status).ok()).filter(|status| *status >= 100)?;
        let content = response.get("content").unwrap_or(&Value::Null);
        let media_type = word(content, "mimeType").unwrap_or_default().split(';').next().unwrap_or_default();
        Some(Self {
            method: word(request, "method").unwrap_or("GET").to_owned(),
            status,
            http_version: version(word(response, "httpVersion").unwrap_or_default()),
            ip: word(row, "serverIPAddress").unwrap_or_default().trim_matches(['[', ']']).to_owned(),
            lines: list(response, "headers").iter().flat_map(lines).take(LINES_LIMIT).collect(),
            cookies: list(response, "cookies").iter().take(LINES_LIMIT).filter_map(|cookie| Kept::in_answer(cookie, &url)).collect(),
            media_type: media_type.trim().to_ascii_lowercase(),
            body_bytes: content.get("size").and_then(number).unwrap_or(0),
            url,
        })
    }
}

impl Entry {
    /// The values of every line of a name.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.lines.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn word<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

/// A number, also where it is written as text.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A header as lines: browsers join several of a name by line feeds (Chromium over HTTP/1.1), and HTTP/2 adds names with a colon, which are none.
fn lines(header: &Value) -> Vec<(String, String)> {
    let Some((name, value)) = word(header, "name").zip(word(header, "value")) else { return Vec::new() };
    if name.is_empty() || name.starts_with(':') {
        return Vec::new();
    }
    value.split('\n').map(|line| (name.to_owned(), line.trim_end_matches('\r').to_owned())).collect()
}

fn version(written: &str) -> String {
    match written.to_ascii_lowercase().as_str() {
        "h2" | "http/2" | "http/2.0" => "HTTP/2".to_owned(),
        "h3" | "http/3" | "http/3.0" => "HTTP/3".to_owned(),
        "http/1.1" | "http/1.0" => written.to_ascii_uppercase(),
        _ => String::new(),
    }
}
