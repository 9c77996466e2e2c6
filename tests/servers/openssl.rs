//! `openssl s_server`: one version alone, one connection at a time.

use std::process::Command;

use super::{Missing, Running, Site, certificates::Identity, fixture, program};

/// Starts it with a flag such as `-tls1_2`.
pub(crate) fn start(version: &str, identity: Identity) -> Result<Running, Missing> {
    let openssl = program("openssl", Missing { what: "openssl", remedy: "apt-get install openssl" })?;
    Ok(Running::start(
        || Site::on_loopback(identity),
        |site| {
            let mut command = Command::new(&openssl);
            command.args(["s_server", "-quiet", "-www", version, "-cipher", "ALL:@SECLEVEL=0", "-accept"]);
            command.arg(site.address.to_string());
            command.args(["-cert", "chain.pem", "-cert_chain", "issuers.pem", "-key", "key.pem"]);
            command.env("OPENSSL_CONF", fixture("openssl-old.cnf"));
            command
        },
    ))
}
