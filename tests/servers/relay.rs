//! Stands before a real server and changes how its bytes come, never what they say.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use serde::Deserialize;

/// What the relay does to the server's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Change {
    /// Handshake messages come in many small records (RFC 8446, section 5.1 lets a server do that).
    SmallRecords,
    /// The first bytes come one at a time.
    Drip,
    /// Where the server sends an alert in clear, the connection is closed instead.
    NoAlerts,
}

/// Bytes of a handshake message in one record of [`Change::SmallRecords`].
const SMALL: usize = 50;

/// Bytes that drip before the rest flows: more than a hello, less than a chain.
const DRIPPING: usize = 150;

const DROP: Duration = Duration::from_millis(1);

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

/// A relay that listens until it is dropped.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    stopping: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl Relay {
    pub(crate) fn start(target: SocketAddr, change: Change) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let stopping = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&stopping);
        let listening = Some(thread::spawn(move || listen(&listener, target, change, &until)));
        Self { address, stopping, listening }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // The listener sleeps in `accept`; a visitor wakes it.
        drop(TcpStream::connect(self.address));
        if let Some(listening) = self.listening.take() {
            drop(listening.join());
        }
    }
}

fn listen(listener: &TcpListener, target: SocketAddr, change: Change, stopping: &AtomicBool) {
    while let Ok((client, _)) = listener.accept() {
        if stopping.load(Ordering::SeqCst) {
            return;
        }
        thread::spawn(move || drop(connect(client, target, change)));
    }
}

/// Both directions end when either side hangs up.
fn connect(mut client: TcpStream, target: SocketAddr, change: Change) -> io::Result<()> {
    let mut server = TcpStream::connect(target)?;
    client.set_nodelay(true)?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    let forward = thread::spawn(move || {
        drop(io::copy(&mut from_client, &mut to_server));
        drop(to_server.shutdown(Shutdown::Write));
    });
    drop(answer(&mut server, &mut client, change));
    drop(client.shutdown(Shutdown::Both));
    drop(server.shutdown(Shutdown::Both));
    drop(forward.join());
    Ok(())
}

fn answer(server: &mut TcpStream, client: &mut TcpStream, change: Change) -> io::Result<()> {
    match change {
        Change::Drip => {
            for _ in 0..DRIPPING {
                let mut byte = [0];
                server.read_exact(&mut byte)?;
                client.write_all(&byte)?;
                thread::sleep(DROP);
            }
        }
        Change::SmallRecords => in_clear(server, client, |header, content, client| {
            let chunks = if header[0] == HANDSHAKE { content.chunks(SMALL) } else { content.chunks(content.len().max(1)) };
            for chunk in chunks {
                client.write_all(&[&header[..3], &u16::try_from(chunk.len()).unwrap_or_default().to_be_bytes(), chunk].concat())?;
            }
            Ok(())
        })?,
        Change::NoAlerts => in_clear(server, client, |header, content, client| {
            if header[0] == ALERT {
                return Err(io::Error::other("an alert, which is not passed on"));
            }
            client.write_all(&[&header[..], content].concat())
        })?,
    }
    io::copy(server, client).map(|_| ())
}

/// Hands on the records before encryption, each in its way; returns with the first that is or starts something else.
fn in_clear(
    server: &mut TcpStream,
    client: &mut TcpStream,
    pass: impl Fn(&[u8; 5], &[u8], &mut TcpStream) -> io::Result<()>,
) -> io::Result<()> {
    loop {
        let mut header = [0; 5];
        server.read_exact(&mut header)?;
        let is_record = matches!(header[0], ALERT | HANDSHAKE) && header[1] == 3;
        if !is_record {
            return client.write_all(&header);
        }
        let mut content = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
        server.read_exact(&mut content)?;
        pass(&header, &content, client)?;
    }
}
