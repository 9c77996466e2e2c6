//! What the environment says. Read once, here, and handed down.
#![expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock and the environment")]

use std::{env, path::PathBuf};

use hyper_util::client::proxy::matcher::Matcher;
use time::OffsetDateTime;

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
    pub(super) fn read() -> Self {
        let now = OffsetDateTime::now_utc();
        let now = now.replace_nanosecond(0).unwrap_or(now);
        let epoch = env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.trim().parse().ok());
        let started_at = epoch.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
        Self { now, started_at: started_at.unwrap_or(now), ssl_cert_file: env::var_os("SSL_CERT_FILE").map(PathBuf::from) }
    }

    /// The proxies of `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, as curl reads them.
    #[expect(clippy::unused_self, reason = "the environment is asked through this value alone")]
    pub(super) fn proxies(&self) -> Matcher {
        Matcher::from_env()
    }
}
