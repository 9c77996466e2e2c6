//! Cookies as somebody keeps them: a browser, an extension, a test tool, curl. What such a jar does not tell is not guessed.

use std::fmt::Write as _;

use serde_json::Value;
use time::OffsetDateTime;
use url::Url;

use super::rows::{ROWS_LIMIT, Row};
use crate::{
    collect::web::cookies::{self, line},
    evidence::{Cookie, SameSite},
};

/// How a line of a cookie begins that has `HttpOnly`, in Netscape's format as curl extends it.
const HTTP_ONLY: &str = "#HttpOnly_";

/// What the first line of a file in Netscape's format says.
const NETSCAPE: &str = "HTTP Cookie File";

/// One cookie of a jar; absent attributes are those that the jar does not tell.
// No `Debug`: the value stands in it.
pub(super) struct Kept {
    name: String,
    value: String,
    /// The host, or the domain that covers it, without the leading dot.
    pub(super) domain: String,
    pub(super) host_only: bool,
    path: Option<String>,
    secure: Option<bool>,
    http_only: Option<bool>,
    same_site: Told,
    partitioned: Option<bool>,
    /// Seconds since 1970, of a cookie that outlives its session.
    expires: Option<i64>,
}

impl Row for Kept {
    fn of(row: &Value) -> Option<Self> {
        Self::with_domain(row, None)
    }
}

impl Kept {
    /// A cookie of an answer, which belongs to the host that answered where nothing else is said.
    pub(super) fn in_answer(row: &Value, url: &Url) -> Option<Self> {
        Self::with_domain(row, url.host_str())
    }

    fn with_domain(row: &Value, host: Option<&str>) -> Option<Self> {
        let word = |name: &str| row.get(name)?.as_str();
        let flag = |names: &[&str]| names.iter().find_map(|name| row.get(name)?.as_bool());
        let written = word("domain").filter(|domain| !domain.is_empty());
        let domain = written.or(host)?;
        let bare = domain.strip_prefix('.').unwrap_or(domain);
        let host_only = flag(&["hostOnly"]).unwrap_or(!domain.starts_with('.') && (host.is_none() || written.is_none()));
        Some(Self {
            name: word("name")?.to_owned(),
            value: word("value").unwrap_or_default().to_owned(),
            domain: bare.to_ascii_lowercase(),
            host_only,
            path: word("path").map(ToOwned::to_owned),
            secure: flag(&["secure", "isSecure"]),
            http_only: flag(&["httpOnly", "isHttpOnly", "http_only"]),
            same_site: word("sameSite").map_or(Told::Nothing, same_site),
            partitioned: flag(&["partitioned"]).or_else(|| row.get("partitionKey").map(|key| !key.is_null())),
            expires: ["expires", "expirationDate", "expiry"].iter().find_map(|name| instant(row.get(name)?)),
        })
    }

    /// The cookie as evidence. There was no line; where it came from is as much as the jar tells.
    pub(super) fn judged(&self, set_by: &str, now: OffsetDateTime) -> Option<Cookie> {
        let cookie = cookies::parse(self.line().as_bytes(), set_by, now)?;
        // A browser has taken it, so whatever is against it here is what the jar does not tell.
        Some(Cookie { line: String::new(), rejected_because: None, untold: self.untold(), ..cookie })
    }

    /// The line that would set it.
    fn line(&self) -> String {
        let mut line = format!("{}={}", self.name, self.value);
        if !self.host_only {
            line.push_str("; Domain=");
            line.push_str(&self.domain);
        }
        if let Some(path) = &self.path {
            line.push_str("; Path=");
            line.push_str(path);
        }
        for (flag, word) in [(self.secure, "; Secure"), (self.http_only, "; HttpOnly"), (self.partitioned, "; Partitioned")] {
            line.push_str(if flag == Some(true) { word } else { "" });
        }
        if let Told::Word(word) = self.same_site {
            let _ = write!(line, "; SameSite={word:?}");
        }
        if let Some(date) = self.expires.and_then(http_date) {
            line.push_str("; Expires=");
            line.push_str(&date);
        }
        line
    }

    fn untold(&self) -> Vec<String> {
        let told = [
            ("secure", self.secure.is_some()),
            ("http_only", self.http_only.is_some()),
            ("same_site", self.same_site != Told::Nothing),
            ("partitioned", self.partitioned.is_some()),
        ];
        told.into_iter().filter(|(_, told)| !told).map(|(name, _)| name.to_owned()).collect()
    }
}

/// What a jar tells of `SameSite`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Nothing.
    Nothing,
    /// That the cookie has none.
    Absent,
    /// Which it has.
    Word(SameSite),
}

/// The words of browsers' own interfaces beside those of the attribute.
fn same_site(word: &str) -> Told {
    match word.to_ascii_lowercase().as_str() {
        "no_restriction" => Told::Word(SameSite::None),
        "unspecified" | "" => Told::Absent,
        word => line::same_site(word).map_or(Told::Nothing, Told::Word),
    }
}

/// Seconds since 1970 as a number, or a date as text; absent for a session cookie, which tools give as -1 or 0.
fn instant(value: &Value) -> Option<i64> {
    let seconds = match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => cookies::date(text).map(OffsetDateTime::unix_timestamp),
        _ => None,
    };
    seconds.filter(|seconds| *seconds > 0)
}

/// Exporters give parts of a second.
fn whole(seconds: f64) -> Option<i64> {
    format!("{:.0}", seconds.trunc()).parse().ok()
}

/// As `Expires` is written (RFC 9110, section 5.6.7). What lies beyond the year 9999 is as good as its end.
fn http_date(seconds: i64) -> Option<String> {
    const END: i64 = 253_402_300_799;
    let date = OffsetDateTime::from_unix_timestamp(seconds.min(END)).ok()?;
    let month = date.month().to_string();
    let (hour, minute, second) = date.to_hms();
    Some(format!("{} {} {} {hour:02}:{minute:02}:{second:02} GMT", date.day(), month.get(..3)?, date.year()))
}

/// The cookies of a file in Netscape's format, and how many lines are none; absent when it is no such file.
pub(super) fn netscape(text: &str) -> Option<(Vec<Kept>, u64)> {
    let (mut kept, mut unread) = (Vec::new(), 0_u64);
    for line in text.lines().map(|line| line.strip_suffix('\r').unwrap_or(line)) {
        let is_comment = line.starts_with('#') && !line.starts_with(HTTP_ONLY);
        if is_comment || line.trim().is_empty() {
            continue;
        }
        match netscape_line(line).filter(|_| kept.len() < ROWS_LIMIT) {
            Some(cookie) => kept.push(cookie),
            None => unread = unread.saturating_add(1),
        }
    }
    let says_so = text.lines().next().is_some_and(|line| line.starts_with('#') && line.contains(NETSCAPE));
    (says_so || !kept.is_empty()).then_some((kept, unread))
}

/// Domain, whether it covers other hosts, path, whether secure, expiry, name, value; divided by tabs.
fn netscape_line(line: &str) -> Option<Kept> {
    let (line, http_only) = line.strip_prefix(HTTP_ONLY).map_or((line, false), |line| (line, true));
    let mut fields = line.splitn(7, '\t');
    let domain = fields.next()?.trim_start_matches('.');
    let host_only = !flag(fields.next()?)?;
    let path = fields.next()?;
    let secure = flag(fields.next()?)?;
    let expires: i64 = fields.next()?.split('.').next()?.parse().ok()?;
    Some(Kept {
        name: fields.next()?.to_owned(),
        value: fields.next().unwrap_or_default().to_owned(),
        domain: domain.to_ascii_lowercase(),
        host_only,
        path: Some(path.to_owned()),
        secure: Some(secure),
        http_only: Some(http_only),
        same_site: Told::Nothing,
        partitioned: None,
        expires: (expires > 0).then_some(expires),
    })
    .filter(|cookie| !cookie.domain.is_empty())
}

fn flag(word: &str) -> Option<bool> {
    match word.to_ascii_uppercase().as_str() {
        "TRUE" => Some(true),
        "FALSE" => Some(false),
        _ => None,
    }
}
