//! Java's own TLS stack, which still speaks SSL 3.0 when asked to.

use std::process::Command;

use super::{Missing, Running, Site, certificates::Identity, fixture, program};

const MISSING: Missing = Missing { what: "a Java development kit", remedy: "apt-get install default-jdk-headless" };

/// Starts it with every suite it has, and with JSSE's names for versions: `SSLv3`, `TLSv1` …; `SSLv2Hello` takes the old form of hello and still refuses SSL 2.0.
pub(crate) fn start(protocols: &[&str]) -> Result<Running, Missing> {
    with(Identity::Good, &[], protocols)
}

/// Starts it with settings of the virtual machine as well, as in `-Dsuites=TLS_DH_anon_WITH_AES_128_CBC_SHA` for the suites.
pub(crate) fn with(identity: Identity, settings: &[&str], protocols: &[&str]) -> Result<Running, Missing> {
    // Running a source file takes the compiler, which a runtime alone does not have.
    program("javac", MISSING)?;
    let java = program("java", MISSING)?;
    Ok(Running::start(
        || Site::on_loopback(identity),
        |site| {
            let mut command = Command::new(&java);
            command.arg(format!("-Djava.security.properties={}", fixture("java.security").display()));
            command.args(["-Xshare:auto", "-XX:TieredStopAtLevel=1"]).args(settings).arg(fixture("JsseServer.java"));
            command.args([site.address.ip().to_string(), site.address.port().to_string()]);
            command.args(["chain.pem", "key.pem"]).args(protocols);
            command
        },
    ))
}
