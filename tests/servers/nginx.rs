//! nginx on the system's OpenSSL 3, with `fixtures/servers/nginx.conf`.

use std::{
    fs::{self, File},
    net::{IpAddr, Ipv4Addr, TcpListener},
    process::Command,
};

use super::{Missing, Running, Site, certificates::Identity, fixture, program};

/// A gibibyte, for clients that should not read it all.
const GIGABYTE: u64 = 1 << 30;

/// An nginx to be started.
#[derive(Clone, Copy)]
pub(crate) struct Nginx {
    /// `ssl_protocols`.
    pub(crate) protocols: &'static str,
    /// `ssl_ciphers`.
    pub(crate) ciphers: &'static str,
    pub(crate) identity: Identity,
    pub(crate) ip: IpAddr,
    /// A port of one's own; free where absent.
    pub(crate) port: Option<u16>,
}

impl Nginx {
    /// As one would set it up today: TLS 1.2 and 1.3.
    pub(crate) fn modern() -> Self {
        Self {
            protocols: "TLSv1.2 TLSv1.3",
            ciphers: "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384",
            identity: Identity::Good,
            ip: Ipv4Addr::LOCALHOST.into(),
            port: None,
        }
    }

    /// As it was set up long ago: TLS 1.0 and 1.1 too.
    pub(crate) fn old() -> Self {
        Self { protocols: "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", ciphers: "ALL:@SECLEVEL=0", ..Self::modern() }
    }

    pub(crate) fn start(self) -> Result<Running, Missing> {
        let nginx = program("nginx", Missing { what: "nginx", remedy: "apt-get install nginx" })?;
        let no_address = Missing { what: "the loopback address that the test asks for", remedy: "switch on IPv6, or all of 127.0.0.0/8" };
        TcpListener::bind((self.ip, 0)).map_err(|_| no_address)?;
        let site = || Site::new(self.identity, self.ip, self.port);
        Ok(Running::start(site, |site| {
            self.furnish(site);
            let mut command = Command::new(&nginx);
            command.arg("-p").arg(site.folder()).arg("-c").arg(site.file("nginx.conf")).arg("-e").arg(site.file("error.log"));
            // Read by OpenSSL; it lowers a bar and raises none, so a modern nginx does not mind.
            command.env("OPENSSL_CONF", fixture("openssl-old.cnf"));
            command
        }))
    }

    fn furnish(self, site: &Site) {
        let template = fs::read_to_string(fixture("nginx.conf")).expect("the fixture is there");
        let configuration = template
            .replace("@TLS@", &site.address.to_string())
            .replace("@CLEAR_TEXT@", &site.clear_text.to_string())
            .replace("@PROTOCOLS@", self.protocols)
            .replace("@CIPHERS@", self.ciphers);
        fs::write(site.file("nginx.conf"), configuration).expect("a temporary folder can be written to");
        fs::create_dir_all(site.file("www")).expect("a temporary folder can be written to");
        // A sparse file: it takes no room on the disk.
        File::create(site.file("www/gigabyte")).and_then(|file| file.set_len(GIGABYTE)).expect("a sparse file can be made");
    }
}
