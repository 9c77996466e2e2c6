//! `openssl ca` and `openssl ocsp`: an authority that issues, revokes, and answers who asks.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, TcpListener},
    path::Path,
    process::{Command, Stdio},
    thread,
};

use super::{HOST, Missing, Running, Site, certificates::Identity, fixture, free_port, program};

/// How a certificate says that its authority can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Ocsp,
    List,
}

/// A server with a certificate of this authority, and the responder.
pub(crate) struct Authority {
    pub(crate) server: Running,
    responder: Option<Running>,
}

impl Authority {
    /// Whether the responder was asked anything.
    pub(crate) fn was_asked(&self) -> bool {
        self.responder.as_ref().is_some_and(|responder| responder.log().contains("Received request"))
    }
}

/// Starts a server whose certificate is revoked, or is not.
pub(crate) fn start(way: Way, is_revoked: bool) -> Result<Authority, Missing> {
    let openssl = program("openssl", Missing { what: "openssl", remedy: "apt-get install openssl" })?;
    let port = free_port(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let site = Site::on_loopback(Identity::Good);
    issue(&openssl, site.folder(), way, port, is_revoked);
    let folder = site.folder().to_owned();
    let responder = match way {
        Way::Ocsp => Some(responder(&openssl, &folder, port)),
        Way::List => {
            serve_list(port, fs::read(folder.join("list.der")).expect("the list was made"));
            None
        }
    };
    Ok(Authority { server: server(&openssl, site), responder })
}

/// What `openssl ca` needs to know.
fn configuration(way: Way, port: u16) -> String {
    let place = match way {
        Way::Ocsp => format!("authorityInfoAccess = OCSP;URI:http://127.0.0.1:{port}/"),
        Way::List => format!("crlDistributionPoints = URI:http://127.0.0.1:{port}/list.crl"),
    };
    format!(
        "[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\nserial = serial\nnew_certs_dir = .\ncertificate = authority.pem\n\
         private_key = authority.key\ndefault_md = sha256\ndefault_days = 30\ndefault_crl_days = 7\npolicy = any\n\
         [any]\ncommonName = supplied\n\
         [leaf]\nbasicConstraints = critical,CA:false\nextendedKeyUsage = serverAuth\nsubjectAltName = DNS:{HOST},IP:127.0.0.1\n{place}\n\
         [req]\ndistinguished_name = name\n[name]\n\
         [root]\nbasicConstraints = critical,CA:true\nkeyUsage = keyCertSign,cRLSign,digitalSignature\n"
    )
}

/// Makes the authority, its one certificate, and the list.
fn issue(openssl: &Path, folder: &Path, way: Way, port: u16, is_revoked: bool) {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("a temporary folder can be written to");
    write("ca.cnf", &configuration(way, port));
    write("index.txt", "");
    write("serial", "7F01\n");
    let run = |arguments: &str| {
        let output = Command::new(openssl).args(arguments.split(' ')).current_dir(folder).stdin(Stdio::null()).output();
        let output = output.expect("openssl can be run");
        assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run(
        "req -x509 -config ca.cnf -extensions root -newkey rsa:2048 -nodes -keyout authority.key -out authority.pem -subj /CN=Revoking -days 30",
    );
    run("req -config ca.cnf -newkey rsa:2048 -nodes -keyout key.pem -out leaf.csr -subj /CN=leaf");
    run("ca -batch -config ca.cnf -extensions leaf -notext -in leaf.csr -out chain.pem");
    if is_revoked {
        run("ca -config ca.cnf -revoke chain.pem");
    }
    run("ca -config ca.cnf -gencrl -out list.pem");
    run("crl -in list.pem -outform DER -out list.der");
}

fn responder(openssl: &Path, folder: &Path, port: u16) -> Running {
    let site = Site::new(Identity::Good, Ipv4Addr::LOCALHOST.into(), Some(port));
    Running::start_saying(site, "waiting for OCSP client connections", |site| {
        let mut command = Command::new(openssl);
        let file = |name: &str| folder.join(name).display().to_string();
        command.args(["ocsp", "-port", &site.address.port().to_string(), "-index", &file("index.txt")]);
        command.args(["-CA", &file("authority.pem"), "-rsigner", &file("authority.pem"), "-rkey", &file("authority.key"), "-nmin", "60"]);
        command
    })
}

/// Hands out the list to whoever asks, until the test ends.
fn serve_list(port: u16, list: Vec<u8>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port was free a moment ago");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/pkix-crl\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                list.len()
            );
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&[head.as_bytes(), &list].concat());
        }
    });
}

fn server(openssl: &Path, site: Site) -> Running {
    Running::start_on(site, |site| {
        let mut command = Command::new(openssl);
        command.args([
            "s_server",
            "-quiet",
            "-www",
            "-tls1_2",
            "-accept",
            &site.address.to_string(),
            "-cert",
            "chain.pem",
            "-key",
            "key.pem",
        ]);
        command.env("OPENSSL_CONF", fixture("openssl-old.cnf"));
        command
    })
}
