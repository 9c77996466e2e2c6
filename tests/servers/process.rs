//! Starting a server's process and stopping it.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{
    HOST,
    certificates::{self, Identity},
};

/// How long a server may take to open its port: a Java that compiles its source first, on a busy machine.
const SLOWEST_START: Duration = Duration::from_mins(1);

/// A free port can be taken by somebody else before the server opens it, so another is tried.
const TRIES: usize = 3;

/// What a server is given: a folder with its certificate, and the addresses to listen on.
pub(crate) struct Site {
    folder: TempDir,
    pub(crate) address: SocketAddr,
    /// A second address, for HTTP without TLS.
    pub(crate) clear_text: SocketAddr,
}

/// A server that answers; it ends when dropped.
pub(crate) struct Running {
    pub(crate) site: Site,
    child: Child,
    network: Network,
}

/// Where a server listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Network {
    /// On the loopback of this machine.
    Ours,
    /// In a network namespace that holds the server alone.
    ItsOwn,
}

impl Site {
    /// A folder with certificates, on the given address and port or a free one.
    pub(crate) fn new(identity: Identity, ip: IpAddr, port: Option<u16>) -> Self {
        let folder = TempDir::with_prefix("redflag test server ").expect("a temporary folder can be made");
        certificates::write(identity, folder.path());
        let port = port.unwrap_or_else(|| free_port(ip));
        Self { folder, address: SocketAddr::new(ip, port), clear_text: SocketAddr::new(ip, free_port(ip)) }
    }

    pub(crate) fn on_loopback(identity: Identity) -> Self {
        Self::new(identity, Ipv4Addr::LOCALHOST.into(), None)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Running {
    /// Starts a server, and waits until its port answers.
    ///
    /// # Panics
    /// When the server ends or stays silent, with its log: it is installed, so it has to work.
    pub(crate) fn start(site: impl Fn() -> Site, command: impl Fn(&Site) -> Command) -> Self {
        Self::start_in(Network::Ours, site, command)
    }

    /// The same in a network namespace of its own, for servers that listen on every address there is. Needs no root.
    ///
    /// # Panics
    /// As above.
    pub(crate) fn start_alone(site: impl Fn() -> Site, command: impl Fn(&Site) -> Command) -> Self {
        Self::start_in(Network::ItsOwn, site, |site| in_a_namespace(&command(site)))
    }

    fn start_in(network: Network, site: impl Fn() -> Site, command: impl Fn(&Site) -> Command) -> Self {
        let mut log = String::new();
        for _ in 0..TRIES {
            let site = site();
            let mut command = command(&site);
            let child = spawn(&mut command, &site);
            let mut running = Self { site, child, network };
            if running.answers() {
                return running;
            }
            log = format!("{command:?}\n{}", running.log());
        }
        panic!("a test server did not start: {log}");
    }

    /// Starts a server on a site that was made before, and waits until its port answers.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub(crate) fn start_on(site: Site, command: impl Fn(&Site) -> Command) -> Self {
        let mut command = command(&site);
        let child = spawn(&mut command, &site);
        let mut running = Self { site, child, network: Network::Ours };
        assert!(running.answers(), "a test server did not start: {command:?}\n{}", running.log());
        running
    }

    /// Starts a server that a connection without a request would block, and waits until it says that it is ready.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub(crate) fn start_saying(site: Site, words: &str, command: impl Fn(&Site) -> Command) -> Self {
        let mut command = command(&site);
        let child = spawn(&mut command, &site);
        let mut running = Self { site, child, network: Network::Ours };
        let began = Instant::now();
        while !running.log().contains(words) {
            let is_alive = matches!(running.child.try_wait(), Ok(None)) && began.elapsed() < SLOWEST_START;
            assert!(is_alive, "a test server did not start: {command:?}\n{}", running.log());
            thread::sleep(Duration::from_millis(20));
        }
        running
    }

    /// Whether the port opens while the process lives.
    fn answers(&mut self) -> bool {
        let began = Instant::now();
        while began.elapsed() < SLOWEST_START && matches!(self.child.try_wait(), Ok(None)) {
            if self.is_open() {
                // Another process may hold the port; then this one ends at once.
                thread::sleep(Duration::from_millis(20));
                return matches!(self.child.try_wait(), Ok(None));
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn is_open(&self) -> bool {
        match self.network {
            Network::Ours => TcpStream::connect_timeout(&self.site.address, Duration::from_secs(1)).is_ok(),
            Network::ItsOwn => {
                let (ip, port) = (self.site.address.ip(), self.site.address.port());
                let mut command = self.client("bash");
                command.args(["-c", &format!("exec 3<>/dev/tcp/{ip}/{port}")]).stderr(Stdio::null());
                command.status().is_ok_and(|status| status.success())
            }
        }
    }

    /// A program that reaches the server, wherever that is.
    pub(crate) fn client(&self, program: impl AsRef<OsStr>) -> Command {
        match self.network {
            Network::Ours => Command::new(program),
            Network::ItsOwn => {
                let mut command = Command::new("nsenter");
                command.args(["--user", "--net", "--preserve-credentials", "--target", &self.child.id().to_string()]).arg(program);
                command
            }
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.site.address
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.site.address)
    }

    /// A URL by the name that its certificate is made out to, and the `--resolve` that leads there.
    pub(crate) fn by_name(&self, path: &str) -> (String, String) {
        let (ip, port) = (self.site.address.ip(), self.site.address.port());
        (format!("https://{HOST}:{port}{path}"), format!("{HOST}:{port}:{ip}"))
    }

    /// The root that vouches for the server's certificate, as a PEM file.
    pub(crate) fn authority(&self) -> PathBuf {
        self.site.file("authority.pem")
    }

    /// What it has written so far.
    pub(crate) fn log(&self) -> String {
        let files = ["output.log", "error.log"].map(|name| fs::read(self.site.file(name)).unwrap_or_default());
        String::from_utf8_lossy(&files.concat()).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The command with nothing but a loopback of its own around it. Each program becomes the next one, so the process keeps its id.
fn in_a_namespace(command: &Command) -> Command {
    let mut alone = Command::new("unshare");
    alone.args(["--user", "--map-root-user", "--net", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"]);
    alone.arg(command.get_program()).args(command.get_args());
    alone
}

fn spawn(command: &mut Command, site: &Site) -> Child {
    let output = File::create(site.file("output.log")).expect("a temporary folder can be written to");
    let errors = output.try_clone().expect("a file handle can be shared");
    command.current_dir(site.folder()).stdin(Stdio::null()).stdout(output).stderr(errors);
    command.spawn().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"))
}

/// A port nobody listens on at the moment.
pub(crate) fn free_port(ip: IpAddr) -> u16 {
    let bound = TcpListener::bind((ip, 0)).and_then(|listener| listener.local_addr());
    bound.map_or_else(|error: io::Error| panic!("no free port on {ip}: {error}"), |address| address.port())
}
