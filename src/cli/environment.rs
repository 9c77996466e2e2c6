//! What the environment says. Read once, here, and handed down.
#![expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock and the environment")]

use std::{
    env,
    ffi::{OsStr, OsString},
    path::PathBuf,
};

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use time::OffsetDateTime;
use url::Url;

use super::failure::{Failure, in_words};

/// The time that reports give, in seconds since 1970.
const EPOCH: &str = "SOURCE_DATE_EPOCH";

/// Where a proxy may be named.
const PROXIES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"];

/// The last second that has an RFC 3339 form: the end of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// The clock and the variables that redflag honours.
#[derive(Debug)]
pub(super) struct Environment {
    /// The time by which validity is judged.
    pub(super) now: OffsetDateTime,
    /// What reports say of their own time: `SOURCE_DATE_EPOCH` (reproducible-builds.org), or else now.
    pub(super) started_at: OffsetDateTime,
    /// More roots, as OpenSSL reads them.
    pub(super) ssl_cert_file: Option<PathBuf>,
}

impl Environment {
    /// Reads the clock and the variables.
    pub(super) fn read() -> Result<Self, Failure> {
        let now = OffsetDateTime::now_utc();
        let now = now.replace_nanosecond(0).unwrap_or(now);
        let started_at = match set(EPOCH) {
            Some(seconds) => instant(&seconds)?,
            None => now,
        };
        Ok(Self { now, started_at, ssl_cert_file: set("SSL_CERT_FILE").map(PathBuf::from) })
    }

    /// The proxies of `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, as curl reads them; none where no network is used.
    #[expect(clippy::unused_self, reason = "the environment is asked through this value alone")]
    pub(super) fn proxies_if(&self, is_networked: bool) -> Result<Option<Matcher>, Failure> {
        if !is_networked {
            return Ok(None);
        }
        PROXIES.into_iter().try_for_each(require_proxy)?;
        Ok(Some(Matcher::from_env()))
    }
}

/// A variable's value; an empty one counts as none.
fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// A proxy that is named but cannot be read would be passed over in silence, and the run would go past it.
fn require_proxy(name: &str) -> Result<(), Failure> {
    let Some(value) = set(name) else { return Ok(()) };
    let shown = value.to_string_lossy();
    let is_url = |proxy: &Uri| Url::parse(&proxy.to_string()).is_ok_and(|url| url.has_host());
    let is_known = value.to_str().and_then(|value| {
        let target = Uri::from_static("https://redflag.invalid/");
        Matcher::builder().https(value).build().intercept(&target).filter(|proxy| is_url(proxy.uri()))
    });
    is_known
        .map(|_| ())
        .ok_or_else(|| Failure::Usage(format!("`{name}` names no proxy: {}; write it as http://HOST:PORT", in_words(&shown))))
}

/// Seconds since 1970, as the reproducible-builds specification writes them.
fn instant(seconds: &OsStr) -> Result<OffsetDateTime, Failure> {
    let number = seconds.to_str().and_then(|text| text.trim().parse().ok()).filter(|number| (0..=LAST_SECOND).contains(number));
    number.and_then(|number| OffsetDateTime::from_unix_timestamp(number).ok()).ok_or_else(|| {
        let shown = seconds.to_string_lossy();
        Failure::Usage(format!("`{EPOCH}` is `{shown}`; it takes the seconds since 1970, from 0 to {LAST_SECOND}"))
    })
}
