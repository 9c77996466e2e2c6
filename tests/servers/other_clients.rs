//! What clients other than redflag make of a server: an independent witness that a test server is what it is taken for.

use std::{
    net::SocketAddr,
    process::{Command, Stdio},
};

use super::{Missing, fixture, node, program};

/// The versions that OpenSSL 3 and Node 0.10 reach the server with, oldest first, in redflag's words.
pub(crate) fn offered(server: SocketAddr) -> Result<Vec<&'static str>, Missing> {
    let forgotten = [("ssl2", "SSLv2_method"), ("ssl3", "SSLv3_method")];
    let known = [("tls1.0", "-tls1"), ("tls1.1", "-tls1_1"), ("tls1.2", "-tls1_2"), ("tls1.3", "-tls1_3")];
    let mut offered = Vec::new();
    for (version, method) in forgotten {
        offered.extend(old_node_agrees(server, method)?.then_some(version));
    }
    for (version, flag) in known {
        offered.extend(openssl_agrees(server, flag)?.then_some(version));
    }
    Ok(offered)
}

fn openssl_agrees(server: SocketAddr, flag: &str) -> Result<bool, Missing> {
    let openssl = program("openssl", Missing { what: "openssl", remedy: "apt-get install openssl" })?;
    let mut command = Command::new(openssl);
    command.args(["s_client", flag, "-cipher", "ALL:@SECLEVEL=0", "-connect"]).arg(server.to_string());
    command.env("OPENSSL_CONF", fixture("openssl-old.cnf"));
    let output = command.stdin(Stdio::null()).output().expect("openssl can be run");
    Ok(output.status.success())
}

fn old_node_agrees(server: SocketAddr, method: &str) -> Result<bool, Missing> {
    let mut command = Command::new(node::interpreter(node::LAST_WITH_SSL2)?);
    command.arg(fixture("old_node_client.js")).args([server.ip().to_string(), server.port().to_string(), method.to_owned()]);
    let output = command.stdin(Stdio::null()).output().expect("Node 0.10 can be run");
    match output.stdout.trim_ascii() {
        b"yes" => Ok(true),
        b"no" => Ok(false),
        _ => panic!("Node 0.10 neither agreed nor refused: {}", String::from_utf8_lossy(&output.stderr)),
    }
}
