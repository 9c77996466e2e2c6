//! Node, each version on the OpenSSL of its time: 1.0.1e with SSL 2.0 and Heartbleed in 0.10.0, up to 3.5 with ML-KEM in 26.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::{Missing, Running, Site, certificates::Identity, downloaded, fixture, program};

const MISSING: Missing = Missing { what: "a Node from npm", remedy: "it has to be fetched" };

/// The last one with SSL 2.0.
pub(super) const LAST_WITH_SSL2: &str = "0.10.32";

/// Starts Node 0.10 with every version from SSL 2.0 to TLS 1.2, or with one method such as `SSLv2_method`.
pub(crate) fn start(method: Option<&str>) -> Result<Running, Missing> {
    // SSL 2.0 has no room for a chain, and this OpenSSL refuses one.
    let identity = if method == Some("SSLv2_method") { Identity::WithoutIntermediate } else { Identity::Good };
    let method = method.map(|method| format!(r#", "secureProtocol": "{method}""#)).unwrap_or_default();
    with(LAST_WITH_SSL2, identity, &format!(r#"{{ "ciphers": "ALL:COMPLEMENTOFALL"{method} }}"#))
}

/// Starts a version with options of `https.createServer` as JSON.
pub(crate) fn with(version: &str, identity: Identity, options: &str) -> Result<Running, Missing> {
    let node = interpreter(version)?;
    Ok(Running::start(
        || Site::on_loopback(identity),
        |site| {
            let mut command = Command::new(&node);
            command.arg(fixture("node_server.js"));
            command.args([site.address.ip().to_string(), site.address.port().to_string()]);
            command.args(["chain.pem", "key.pem", options]);
            command
        },
    ))
}

/// Starts an app of `fixtures/apps/` on the Node of this system.
pub(crate) fn app(name: &str) -> Result<Running, Missing> {
    let node = program("node", Missing { what: "node", remedy: "it has to be installed" })?;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/apps").join(name).join("server.js");
    Ok(Running::start(
        || Site::on_loopback(Identity::Good),
        |site| {
            let mut command = Command::new(&node);
            command.arg(&source).args([site.address.ip().to_string(), site.address.port().to_string()]).args(["chain.pem", "key.pem"]);
            command
        },
    ))
}

/// The same in a network of its own, where it also listens on the ports that people reach who name none: 443 with TLS, 80 without.
pub(crate) fn app_on_usual_ports(name: &str) -> Result<Running, Missing> {
    let node = program("node", Missing { what: "node", remedy: "it has to be installed" })?;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/apps").join(name).join("server.js");
    Ok(Running::start_alone(
        || Site::on_loopback(Identity::Good),
        |site| {
            let mut command = Command::new(&node);
            command.arg(&source).args([site.address.ip().to_string(), site.address.port().to_string()]).args([
                "chain.pem",
                "key.pem",
                "443",
                "80",
            ]);
            command
        },
    ))
}

/// Serves the header lines of `tests/observatory/cases.json`, and gives the packages beside it that judge them.
pub(crate) fn observatory() -> Result<(Running, PathBuf), Missing> {
    let node = program("node", Missing { what: "node", remedy: "it has to be installed" })?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/observatory");
    if !folder.join("node_modules/@mdn/mdn-http-observatory").is_dir() {
        return Err(Missing { what: "Mozilla's HTTP Observatory", remedy: "it has to be fetched from npm" });
    }
    let running = Running::start(
        || Site::on_loopback(Identity::Good),
        |site| {
            let mut command = Command::new(&node);
            command.arg(folder.join("serve.mjs")).args([site.address.ip().to_string(), site.address.port().to_string()]);
            command.args(["chain.pem", "key.pem"]);
            command
        },
    );
    Ok((running, folder.join("judge.mjs")))
}

pub(super) fn interpreter(version: &str) -> Result<PathBuf, Missing> {
    downloaded(&format!("node-{version}/bin/node"), MISSING)
}
