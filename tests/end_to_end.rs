//! `redflag check` against real servers: what it reports, and its exit code.

#[path = "end_to_end/active.rs"]
mod active;
#[path = "end_to_end/answers.rs"]
mod answers;
#[path = "end_to_end/assessment.rs"]
mod assessment;
#[path = "end_to_end/bounds.rs"]
mod bounds;
#[path = "end_to_end/chains.rs"]
mod chains;
#[path = "end_to_end/observatory.rs"]
mod observatory;
#[path = "end_to_end/revocation.rs"]
mod revocation;
#[path = "end_to_end/source.rs"]
mod source;
#[path = "end_to_end/truth.rs"]
mod truth;
#[path = "end_to_end/versions.rs"]
mod versions;
#[path = "end_to_end/visits.rs"]
mod visits;
#[path = "end_to_end/web.rs"]
mod web;

mod servers;

use std::{
    fmt, fs,
    net::SocketAddr,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use assert_cmd::{
    Command,
    cargo::{cargo_bin, cargo_bin_cmd},
};
use serde_json::Value;

use servers::{
    HOST, Missing, Running,
    certificates::Identity,
    free_port, java,
    nginx::Nginx,
    node, openssl, or_left_out, other_clients,
    scripted::{Manner, Scripted},
};

/// Exit codes, as README.md lists them.
const NO_RED_FLAGS: i32 = 0;
const RED_FLAGS: i32 = 1;
const INCOMPLETE: i32 = 3;
const UNREACHABLE: i32 = 4;
const SCOPE_REFUSED: i32 = 6;
const INTERRUPTED: i32 = 130;

/// Enough for a real server on a machine that is busy with all the other tests.
const SECONDS: &str = "10";

/// Enough for a server that will not answer anyway.
const FEW_SECONDS: &str = "2";

/// No check of one URL may take longer, whatever the server does.
const PATIENCE: Duration = Duration::from_mins(1);

/// One run of the command.
struct Run {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit {:?}\n{}\n{}", self.code, self.stderr, String::from_utf8_lossy(&self.stdout))
    }
}

impl Run {
    fn of(mut command: Command) -> Self {
        let output = command.timeout(PATIENCE).output().expect("redflag can be run");
        Self { code: output.status.code(), stdout: output.stdout, stderr: String::from_utf8_lossy(&output.stderr).into_owned() }
    }

    /// The JSON result on standard output.
    #[track_caller]
    fn result(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("no JSON result: {error}\n{self}"))
    }

    #[track_caller]
    fn address(&self) -> Value {
        self.result()["evidence"]["endpoints"][0]["addresses"][0].clone()
    }

    #[track_caller]
    fn chain(&self) -> Value {
        self.address()["tls"]["chain"].clone()
    }

    /// The URLs and status codes of every hop.
    #[track_caller]
    fn hops(&self) -> Vec<(String, u64)> {
        let responses = self.result()["evidence"]["endpoints"][0]["responses"].as_array().cloned().unwrap_or_default();
        let path = |response: &Value| response["url"].as_str().and_then(|url| url.splitn(4, '/').nth(3)).unwrap_or_default().to_owned();
        responses.iter().map(|response| (path(response), response["status"].as_u64().unwrap_or_default())).collect()
    }

    /// Rules with a failed finding, each once, in order.
    #[track_caller]
    fn failed_rules(&self) -> Vec<String> {
        let findings = self.result()["findings"].as_array().cloned().unwrap_or_default();
        let failed = findings.iter().filter(|finding| finding["status"] == "fail");
        let mut rules: Vec<String> = failed.filter_map(|finding| finding["rule"].as_str().map(str::to_owned)).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }
}

/// `redflag` with nothing of the caller's environment.
fn redflag() -> Command {
    let mut command = cargo_bin_cmd!("redflag");
    command.env_clear().env("SOURCE_DATE_EPOCH", "1700000000");
    command
}

/// `redflag check URL` on this machine, with a JSON result.
fn check(url: &str) -> Command {
    let mut command = redflag();
    command.args(check_arguments(url, SECONDS));
    command
}

fn check_arguments<'a>(url: &'a str, timeout: &'a str) -> [&'a str; 7] {
    ["check", url, "--allow-private", "--timeout", timeout, "-o", "json"]
}

/// The same in less memory than a gigabyte, where the system can hold a process to that.
fn check_in_little_memory(url: &str, timeout: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "ulimit -v 900000 2>/dev/null; exec \"$0\" \"$@\""]).arg(cargo_bin!("redflag")).args(check_arguments(url, timeout));
    // Threads reserve address space that they never use; with few of them the limit means what it says.
    command.env_clear().env("MALLOC_ARENA_MAX", "2").env("TOKIO_WORKER_THREADS", "2");
    command
}

/// `redflag check` on a path of a server whose authority is trusted.
fn check_on(server: &Running, path: &str) -> Command {
    let mut command = check(&server.url(path));
    command.arg("--ca").arg(server.authority());
    command
}

/// The versions that an address of the result offers, oldest first.
///
/// # Panics
/// When one is unknown: on these servers none may be.
#[track_caller]
fn offered(address: &Value) -> Vec<String> {
    let protocols = address["tls"]["protocols"].as_array().unwrap_or_else(|| panic!("no protocols in {address:#}"));
    assert_eq!(protocols.len(), 6, "one entry for each version: {address:#}");
    let known = protocols.iter().filter(|protocol| protocol["offered"].as_bool().unwrap_or_else(|| panic!("unknown: {protocol}")));
    known.map(|protocol| protocol["id"].as_str().unwrap_or_default().to_owned()).collect()
}

// Protocol versions
