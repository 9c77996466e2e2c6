//! Node 0.10, whose OpenSSL 1.0.1 was built with SSL 2.0.

use std::{path::PathBuf, process::Command};

use super::{Missing, Running, Site, certificates::Identity, downloaded, fixture};

/// Starts it with every version from SSL 2.0 to TLS 1.2, or with one method such as `SSLv2_method`.
pub(crate) fn start(method: Option<&str>) -> Result<Running, Missing> {
    let node = interpreter()?;
    // SSL 2.0 has no room for a chain, and this OpenSSL refuses one.
    let identity = if method == Some("SSLv2_method") { Identity::WithoutIntermediate } else { Identity::Good };
    Ok(Running::start(
        || Site::on_loopback(identity),
        |site| {
            let mut command = Command::new(&node);
            command.arg(fixture("old_node_server.js"));
            command.args([site.address.ip().to_string(), site.address.port().to_string()]);
            command.args(["chain.pem", "key.pem"]).args(method);
            command
        },
    ))
}

pub(super) fn interpreter() -> Result<PathBuf, Missing> {
    downloaded("node-0.10/bin/node", Missing { what: "Node 0.10", remedy: "it comes from npm" })
}
