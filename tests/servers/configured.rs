//! Servers set up in their own words: each takes settings in the language that its administrators know.
//!
//! `@ADDRESS@` in settings is where the server listens, `@FIXTURES@` the folder of this project's own files.

use std::{fs, net::SocketAddr, process::Command};

use serde::{Deserialize, Deserializer, de::Error};

use super::{Missing, Running, Site, certificates::Identity, downloaded, fixture, java, node, program};

/// A TLS implementation and the server around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stack {
    /// nginx; settings stand inside of `http { … }`.
    Nginx,
    /// Apache with `mod_ssl`; settings are directives.
    Apache,
    /// `HAProxy`; settings are options of `bind`.
    Haproxy,
    /// stunnel; settings are lines of its service.
    Stunnel,
    /// `openssl s_server`; settings are its arguments.
    Openssl,
    /// gnutls-serv; settings are its priority string.
    Gnutls,
    /// Java's JSSE; settings are `-D` properties and then versions.
    Java,
    /// Node of a version; settings are options of `https.createServer` as JSON.
    Node(String),
    /// tlslite-ng; settings are those of its `HandshakeSettings` as JSON.
    Tlslite,
}

impl<'de> Deserialize<'de> for Stack {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Ok(match name.as_str() {
            "nginx" => Self::Nginx,
            "apache" => Self::Apache,
            "haproxy" => Self::Haproxy,
            "stunnel" => Self::Stunnel,
            "openssl" => Self::Openssl,
            "gnutls" => Self::Gnutls,
            "java" => Self::Java,
            "tlslite" => Self::Tlslite,
            other => {
                let version = other.strip_prefix("node ").ok_or_else(|| D::Error::custom(format!("`{other}` is not a stack")))?;
                Self::Node(version.to_owned())
            }
        })
    }
}

impl Stack {
    /// Starts a server that presents an identity.
    pub(crate) fn start(&self, identity: Identity, settings: &str) -> Result<Running, Missing> {
        let settings = settings.replace("@FIXTURES@", &fixture("").display().to_string());
        let words: Vec<&str> = settings.split_whitespace().collect();
        match self {
            Self::Nginx => nginx(identity, &settings),
            Self::Apache => apache(identity, &settings),
            Self::Haproxy => haproxy(identity, &settings),
            Self::Stunnel => stunnel(identity, &settings),
            Self::Openssl => openssl(identity, &words),
            Self::Gnutls => gnutls(identity, settings.trim()),
            Self::Java => {
                let (properties, protocols): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.starts_with("-D"));
                java::with(identity, &properties, &protocols)
            }
            Self::Node(version) => node::with(version, identity, &settings),
            Self::Tlslite => tlslite(identity, &settings),
        }
    }
}

/// A load balancer that hands each connection to the next server in turn; settings are lines of its front end.
pub(crate) fn balancer(servers: &[SocketAddr], settings: &str) -> Result<Running, Missing> {
    let haproxy = program("haproxy", Missing { what: "HAProxy", remedy: "apt-get install haproxy" })?;
    let servers: Vec<String> = servers.iter().enumerate().map(|(number, address)| format!("server s{number} {address}")).collect();
    Ok(Running::start(on_loopback(Identity::Good), |site| {
        furnish(site, "haproxy-balancer.cfg", settings, &[("@SERVERS@", &servers.join("\n    "))]);
        haproxy_command(&haproxy, "haproxy-balancer.cfg")
    }))
}

fn on_loopback(identity: Identity) -> impl Fn() -> Site {
    move || Site::on_loopback(identity)
}

/// Writes a fixture into the server's folder with its names filled in.
fn furnish(site: &Site, name: &str, settings: &str, more: &[(&str, &str)]) {
    let template = fs::read_to_string(fixture(name)).expect("the fixture is there");
    let mut text = template.replace("@SETTINGS@", settings);
    for (marker, value) in more {
        text = text.replace(marker, value);
    }
    let text = text.replace("@ADDRESS@", &site.address.to_string()).replace("@CLEAR_TEXT@", &site.clear_text.to_string());
    fs::write(site.file(name), text).expect("a temporary folder can be written to");
}

/// The environment in which OpenSSL 3 still knows TLS 1.0 and small keys.
fn lenient(mut command: Command) -> Command {
    command.env("OPENSSL_CONF", fixture("openssl-old.cnf"));
    command
}

fn nginx(identity: Identity, settings: &str) -> Result<Running, Missing> {
    let nginx = program("nginx", Missing { what: "nginx", remedy: "apt-get install nginx" })?;
    Ok(Running::start(on_loopback(identity), |site| {
        furnish(site, "nginx-settings.conf", settings, &[]);
        let mut command = Command::new(&nginx);
        command.arg("-p").arg(site.folder()).arg("-c").arg(site.file("nginx-settings.conf")).arg("-e").arg(site.file("error.log"));
        lenient(command)
    }))
}

fn apache(identity: Identity, settings: &str) -> Result<Running, Missing> {
    let apache = program("apache2", Missing { what: "Apache", remedy: "apt-get install apache2-bin" })?;
    Ok(Running::start(on_loopback(identity), |site| {
        furnish(site, "apache.conf", settings, &[]);
        let mut command = Command::new(&apache);
        // One process, which ends when it is told to.
        command.arg("-X").arg("-d").arg(site.folder()).arg("-f").arg(site.file("apache.conf"));
        lenient(command)
    }))
}

fn haproxy(identity: Identity, settings: &str) -> Result<Running, Missing> {
    let haproxy = program("haproxy", Missing { what: "HAProxy", remedy: "apt-get install haproxy" })?;
    Ok(Running::start(on_loopback(identity), |site| {
        furnish(site, "haproxy.cfg", settings.trim(), &[]);
        haproxy_command(&haproxy, "haproxy.cfg")
    }))
}

fn haproxy_command(haproxy: &std::path::Path, configuration: &str) -> Command {
    let mut command = Command::new(haproxy);
    command.args(["-db", "-f", configuration]);
    lenient(command)
}

fn stunnel(identity: Identity, settings: &str) -> Result<Running, Missing> {
    let stunnel = program("stunnel4", Missing { what: "stunnel", remedy: "apt-get install stunnel4" })?;
    Ok(Running::start(on_loopback(identity), |site| {
        furnish(site, "stunnel.conf", settings, &[]);
        let mut command = Command::new(&stunnel);
        command.arg("stunnel.conf");
        lenient(command)
    }))
}

fn openssl(identity: Identity, arguments: &[&str]) -> Result<Running, Missing> {
    let openssl = program("openssl", Missing { what: "openssl", remedy: "apt-get install openssl" })?;
    Ok(Running::start(on_loopback(identity), |site| {
        let mut command = Command::new(&openssl);
        command.args(["s_server", "-quiet", "-www", "-accept", &site.address.to_string()]);
        command.args(["-cert", "chain.pem", "-cert_chain", "issuers.pem", "-key", "key.pem"]).args(arguments);
        lenient(command)
    }))
}

/// It listens on every address there is, so it gets a network of its own.
fn gnutls(identity: Identity, priority: &str) -> Result<Running, Missing> {
    let gnutls = program("gnutls-serv", Missing { what: "gnutls-serv", remedy: "apt-get install gnutls-bin" })?;
    namespaces()?;
    Ok(Running::start_alone(on_loopback(identity), |site| {
        let mut command = Command::new(&gnutls);
        command.args(["--http", "--quiet", "--x509certfile", "chain.pem", "--x509keyfile", "key.pem"]);
        command.args(["--port", &site.address.port().to_string(), "--priority", priority]);
        command
    }))
}

/// Whether this user may have a network namespace.
fn namespaces() -> Result<(), Missing> {
    let missing = || Missing { what: "a network namespace of one's own", remedy: "allow user namespaces" };
    let arguments = ["--user", "--map-root-user", "--net", "ip", "link", "set", "lo", "up"];
    let made = Command::new("unshare").args(arguments).output().map_err(|_| missing())?;
    made.status.success().then_some(()).ok_or_else(missing)
}

fn tlslite(identity: Identity, settings: &str) -> Result<Running, Missing> {
    let python = program("python3", Missing { what: "Python", remedy: "apt-get install python3" })?;
    let packages = downloaded("python/installed.txt", Missing { what: "tlslite-ng", remedy: "it comes from PyPI" })?;
    Ok(Running::start(on_loopback(identity), |site| {
        let mut command = Command::new(&python);
        command.arg(fixture("tlslite_server.py")).args([site.address.ip().to_string(), site.address.port().to_string()]);
        command.args(["chain.pem", "key.pem", settings]).env("PYTHONPATH", packages.with_file_name(""));
        command
    }))
}
