//! Real servers for the tests, each on free ports of loopback, each with a certificate of the tests' own authority, each stopped when dropped.
//!
//! A server whose program is not installed is [`Missing`]: the test that wanted it says on standard error that it was left out. With `CI=true`
//! that is a failure. `tests/run` installs all of them.
//!
//! | module | the server | what it is for |
//! |---|---|---|
//! | [`nginx`] | nginx on OpenSSL 3 | TLS 1.0 to 1.3, cookies, redirects, clear text |
//! | [`openssl`] | `openssl s_server` | one version alone |
//! | [`openssl_authority`] | `openssl ca` and `openssl ocsp` | an authority that revokes, and is asked |
//! | [`java`] | Java's JSSE | SSL 3.0, export, anonymous |
//! | [`node`] | Node from 0.10 to 26, on OpenSSL 1.0.1 to 3.5 | SSL 2.0, Heartbleed, weak primes, ML-KEM |
//! | [`configured`] | all of these, Apache, HAProxy, stunnel, gnutls-serv, tlslite-ng | every way to set up TLS |
//! | [`scripted`] | ours | what no real server does: silence, garbage, a flood |
//! | [`relay`] | ours, before a real one | the same handshake in crumbs, drop by drop, or without alerts |
//! | [`other_clients`] | | what clients other than redflag make of a server |

pub(crate) mod certificates;
pub(crate) mod configured;
pub(crate) mod java;
pub(crate) mod nginx;
pub(crate) mod node;
pub(crate) mod openssl;
pub(crate) mod openssl_authority;
pub(crate) mod other_clients;
mod process;
pub(crate) mod relay;
pub(crate) mod scripted;
mod staple;

use std::{
    env,
    io::Write,
    path::{Path, PathBuf},
    thread,
};

pub(crate) use process::{Running, Site, free_port};

/// The name that the servers' certificates are made out to, beside `localhost`, `127.0.0.1` and `::1`.
pub(crate) const HOST: &str = "app.redflag.test";

/// A program that is not installed here.
#[derive(Debug)]
pub(crate) struct Missing {
    pub(crate) what: &'static str,
    pub(crate) remedy: &'static str,
}

/// The server, or a visible word that the test was left out.
///
/// # Panics
/// With `CI=true`, when it is missing.
pub(crate) fn or_left_out<T>(wanted: Result<T, Missing>) -> Option<T> {
    let missing = match wanted {
        Ok(there) => return Some(there),
        Err(missing) => missing,
    };
    let current = thread::current();
    let test = current.name().unwrap_or("a test");
    let notice = format!("left out: {test}: {} is not there; {}, or run tests/run\n", missing.what, missing.remedy);
    assert!(variable("CI").as_deref() != Some("true"), "{notice}");
    // Not `eprintln!`: the test harness would keep it to itself.
    drop(std::io::stderr().write_all(notice.as_bytes()));
    None
}

#[expect(clippy::disallowed_methods, reason = "the tests are told by `tests/run` where things are")]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// A program on the PATH, or where Debian keeps servers.
fn program(name: &str, missing: Missing) -> Result<PathBuf, Missing> {
    let path = variable("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|candidate| candidate.is_file()).ok_or(missing)
}

/// Where `tests/run` puts the servers that no package manager installs.
fn downloaded(name: &str, missing: Missing) -> Result<PathBuf, Missing> {
    let beside_target_tmp = || Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("test-servers");
    let folder = variable("REDFLAG_TEST_SERVERS").map_or_else(beside_target_tmp, PathBuf::from);
    Some(folder.join(name)).filter(|path| path.is_file()).ok_or(missing)
}

/// A file of `fixtures/servers/`.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/servers").join(name)
}
