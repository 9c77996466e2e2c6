//! The TLS assessment of real servers against the truth about each, which `fixtures/servers/expected/` holds.

use std::{
    collections::BTreeSet,
    panic,
    sync::Mutex,
    thread::{self, ScopedJoinHandle},
};

use assert_cmd::{Command, cargo::cargo_bin};

use crate::{
    Run,
    servers::{
        HOST, Missing, Running,
        configured::{Stack, balancer},
        or_left_out,
        relay::Relay,
    },
    truth::{Server, differences, servers},
};

/// Servers of one test that are assessed at once. Each test of a stack runs beside those of the others.
const AT_ONCE: usize = 3;

/// What a server consists of; all of it ends when dropped.
struct Started {
    server: Running,
    /// Servers behind the first.
    _behind: Vec<Running>,
    relay: Option<Relay>,
}

impl Started {
    fn from(server: &Server) -> Result<Self, Missing> {
        let start = |settings: &str| server.stack.start(server.certificate, settings);
        let first = start(&server.settings)?;
        let second = server.other_settings.as_deref().map(start).transpose()?;
        let relay = server.relay.map(|change| Relay::start(first.address(), change));
        if second.is_none() && server.balancer.is_none() {
            return Ok(Self { server: first, _behind: Vec::new(), relay });
        }
        let behind: Vec<Running> = [first].into_iter().chain(second).collect();
        let addresses: Vec<_> = behind.iter().map(Running::address).collect();
        let front = balancer(&addresses, server.balancer.as_deref().unwrap_or_default())?;
        Ok(Self { server: front, _behind: behind, relay })
    }

    fn assess(&self) -> Run {
        let address = self.relay.as_ref().map_or_else(|| self.server.address(), |relay| relay.address);
        let (ip, port) = (address.ip(), address.port());
        let mut command = self.server.client(cargo_bin!("redflag"));
        command.args(["check", &format!("https://{HOST}:{port}/"), "--resolve", &format!("{HOST}:{port}:{ip}")]);
        command.args(["--only", "tls", "--allow-private", "--timeout", "10", "-o", "json"]).arg("--ca").arg(self.server.authority());
        // `nsenter` is looked for there.
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        Run::of(Command::from_std(command))
    }
}

/// What redflag saw otherwise, in words; nothing where the server cannot be had. A server that fails does not hide the others.
fn assess(server: &Server) -> Option<String> {
    let outcome = panic::catch_unwind(|| compare(server));
    outcome.unwrap_or_else(|_| Some(format!("{} ({})\n    was not assessed; the reason stands above\n", server.name, server.about)))
}

fn compare(server: &Server) -> Option<String> {
    let started = or_left_out(Started::from(server))?;
    let run = started.assess();
    differences(&server.expected, &run.address()["tls"]).under(server)
}

/// Assesses all servers of a stack, some at once.
#[track_caller]
fn assert_truth(stack: impl Fn(&Stack) -> bool) {
    let servers = servers(stack);
    assert!(!servers.is_empty(), "there is no such server");
    let waiting = Mutex::new(servers.iter());
    let next = || waiting.lock().expect("nobody panics while holding it").next();
    let work = || std::iter::from_fn(next).filter_map(assess).collect::<Vec<String>>();
    let mut found = thread::scope(|scope| {
        let workers: Vec<ScopedJoinHandle<'_, Vec<String>>> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        let outcomes =
            workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|_| vec!["a server was not assessed".to_owned()]));
        outcomes.collect::<Vec<String>>()
    });
    found.sort();
    assert!(found.is_empty(), "{} of {} servers are reported otherwise than they are:\n\n{}", found.len(), servers.len(), found.join("\n"));
}

#[test]
fn every_nginx_is_assessed_as_it_is() {
    assert_truth(|stack| *stack == Stack::Nginx);
}

#[test]
fn every_apache_is_assessed_as_it_is() {
    assert_truth(|stack| *stack == Stack::Apache);
}

#[test]
fn every_haproxy_is_assessed_as_it_is() {
    assert_truth(|stack| *stack == Stack::Haproxy);
}

#[test]
fn every_stunnel_is_assessed_as_it_is() {
    assert_truth(|stack| *stack == Stack::Stunnel);
}

#[test]
fn every_openssl_server_is_assessed_as_it_is() {
    assert_truth(|stack| *stack == Stack::Openssl);
}

#[test]
fn every_gnutls_server_is_assessed_as_it_is() {
    assert_truth(|stack| *stack == Stack::Gnutls);
}

#[test]
fn every_java_server_is_assessed_as_it_is() {
    assert_truth(|stack| *stack == Stack::Java);
}

#[test]
fn every_node_is_assessed_as_it_is() {
    assert_truth(|stack| matches!(stack, Stack::Node(_)));
}

#[test]
fn every_tlslite_server_is_assessed_as_it_is() {
    assert_truth(|stack| *stack == Stack::Tlslite);
}

#[test]
fn the_truth_is_told_of_servers_of_every_grade() {
    let letters = ["A", "A-", "B", "C", "F", "M", "T"].map(str::to_owned);
    let told: BTreeSet<String> = servers(|_| true).into_iter().filter_map(|server| server.expected.only_grade()).collect();
    assert_eq!(told, letters.into_iter().collect());
}
