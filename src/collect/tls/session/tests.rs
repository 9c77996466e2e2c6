//! Sessions with OpenSSL in every suite that it still has.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rcgen::{CertificateParams, KeyPair};

use super::{
    super::{registry, server::Server, wire::Version},
    Line, Session, SessionError, Suite, offer,
};
use crate::collect::network::{Network, NetworkSettings};

const HOST: &str = "app.example.com";

/// `openssl s_server`, until it is dropped.
struct OpenSsl {
    child: Child,
    address: SocketAddr,
    _files: tempfile::TempDir,
}

impl OpenSsl {
    fn start() -> Self {
        let key = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let certificate = CertificateParams::new(vec![HOST.into()]).unwrap().self_signed(&key).unwrap();
        let files = tempfile::tempdir().unwrap();
        let file = files.path().join("server.pem");
        fs::write(&file, certificate.pem() + &key.serialize_pem()).unwrap();
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-cipher", "ALL:eNULL:@SECLEVEL=0", "-cert"])
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl is installed; tests/run installs it");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut spoken = lines.filter_map(|line| line.strip_prefix("ACCEPT ").map(str::to_owned));
        let address = spoken.next().expect("it says where it listens").parse().unwrap();
        // Whoever stops listening breaks its pipe.
        std::thread::spawn(move || spoken.count());
        Self { child, address, _files: files }
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_session_is_completed_in_every_suite_that_openssl_has() {
    let openssl = OpenSsl::start();
    let timeout = Duration::from_secs(10);
    let network = Network::new(NetworkSettings { timeout, connections_per_host: 4, allow_private: true, overrides: vec![], proxies: None });
    let server = Server::new(&network, HOST, openssl.address);
    let line = Line::in_turn(&server);
    let mut completed = Vec::new();
    for version in [Version::TLS10, Version::TLS12] {
        for suite in registry::suites().iter().filter(|suite| Suite::find(suite.code).is_some()) {
            match Session::establish(&line, &offer(&line, version, &[suite.code])).await {
                Ok(_) => completed.push((version, suite.code)),
                Err(SessionError::Refused(_)) => {}
                Err(error) => panic!("{} in {version:?}: {error}", suite.name),
            }
        }
    }
    let known: [(Version, &[u16]); 2] = [
        (Version::TLS10, &[0x0002, 0x002f, 0x0035, 0x0041, 0x0084, 0xc010, 0x0033]),
        // AES in every mode, ChaCha20, Camellia, ARIA, both kinds of CCM, and nothing at all.
        (
            Version::TLS12,
            &[
                0x003b, 0x003d, 0x009d, 0xc028, 0xcca8, 0xccaa, 0x00ba, 0xc077, 0xc050, 0xc051, 0xc061, 0xc09c, 0xc09d, 0xc0a0, 0xc0a1,
                0xc09f,
            ],
        ),
    ];
    for (version, suites) in known {
        let missing: Vec<_> = suites.iter().filter(|&&suite| !completed.contains(&(version, suite))).collect();
        assert!(missing.is_empty(), "{version:?}: {missing:04x?} of {completed:04x?}");
    }
}
