//! Servers of our own for what no real one does. They know nothing of TLS.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// How a server behaves towards everyone who connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Accepts, reads, and never answers.
    Tarpit,
    /// Accepts and hangs up at once.
    HangUp,
    /// Answers whatever comes with bytes that mean nothing.
    Garbage,
    /// Promises a TLS record of 16 KiB and then sends a byte now and then, so that no single wait is ever long.
    Drip,
    /// Sends zeros, a gigabyte of them.
    Flood,
    /// Sends well-formed TLS handshake records of nothing, a gigabyte of them.
    FloodOfRecords,
    /// A plain HTTP answer to whatever comes, as a web server gives on a port without TLS.
    PlainHttp,
}

/// A server that listens until it is dropped.
pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    stopping: Arc<AtomicBool>,
    visited: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

const GIGABYTE: usize = 1 << 30;
const PLAIN_ANSWER: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 11\r\nConnection: close\r\n\r\nBad Request";

impl Scripted {
    pub(crate) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let stopping = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&stopping);
        let visited = Arc::new(AtomicBool::new(false));
        let visit = Arc::clone(&visited);
        let listening = Some(thread::spawn(move || listen(&listener, manner, &until, &visit)));
        Self { address, stopping, visited, listening }
    }

    /// Returns once somebody has connected, or after a while without anybody.
    pub(crate) fn await_visitor(&self) {
        for _ in 0..300 {
            if self.visited.load(Ordering::SeqCst) {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // The listener sleeps in `accept`; a visitor wakes it.
        drop(TcpStream::connect(self.address));
        if let Some(listening) = self.listening.take() {
            drop(listening.join());
        }
    }
}

fn listen(listener: &TcpListener, manner: Manner, stopping: &Arc<AtomicBool>, visited: &AtomicBool) {
    while let Ok((visitor, _)) = listener.accept() {
        if stopping.load(Ordering::SeqCst) {
            return;
        }
        visited.store(true, Ordering::SeqCst);
        let until = Arc::clone(stopping);
        thread::spawn(move || drop(receive(visitor, manner, &until)));
    }
}

fn receive(mut visitor: TcpStream, manner: Manner, stopping: &AtomicBool) -> std::io::Result<()> {
    visitor.set_read_timeout(Some(Duration::from_secs(1)))?;
    if manner == Manner::HangUp {
        return Ok(());
    }
    let mut hello = [0; 4096];
    let _bytes = visitor.read(&mut hello)?;
    match manner {
        Manner::Tarpit => wait(stopping, || Ok(())),
        Manner::Drip => {
            visitor.write_all(&[0x16, 0x03, 0x03, 0x40, 0x00])?;
            wait(stopping, || visitor.write_all(&[0x02]))
        }
        Manner::Garbage => visitor.write_all(&[0xfe, 0xed, 0xfa, 0xce, 0x13, 0x37, 0x00, 0xff].repeat(64)),
        Manner::PlainHttp => visitor.write_all(PLAIN_ANSWER),
        Manner::Flood => flood(&mut visitor, &vec![0; 64 * 1024]),
        Manner::FloodOfRecords => flood(&mut visitor, &[&[0x16, 0x03, 0x03, 0x40, 0x00], [0; 0x4000].as_slice()].concat()),
        Manner::HangUp => Ok(()),
    }
}

/// Holds the connection until the server stops, a minute at most, and does something now and then.
fn wait(stopping: &AtomicBool, mut now_and_then: impl FnMut() -> std::io::Result<()>) -> std::io::Result<()> {
    for _ in 0..600 {
        if stopping.load(Ordering::SeqCst) {
            break;
        }
        thread::sleep(Duration::from_millis(100));
        now_and_then()?;
    }
    Ok(())
}

fn flood(visitor: &mut TcpStream, portion: &[u8]) -> std::io::Result<()> {
    for _ in 0..GIGABYTE / portion.len() {
        visitor.write_all(portion)?;
    }
    Ok(())
}
