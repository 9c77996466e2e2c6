//! A server that was never updated: it still says hello to SSL 3.0 (RFC 6101), beside TLS 1.2 and 1.3.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use rustls::{ServerConfig, pki_types::CertificateDer};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::app::answer;

/// The first bytes of a hello: record header, handshake header, version.
const HELLO_START: usize = 11;
const SSL3: [u8; 2] = [3, 0];
const HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SERVER_HELLO_DONE: u8 = 14;
/// `SSL_RSA_WITH_3DES_EDE_CBC_SHA`.
const TRIPLE_DES: [u8; 2] = [0, 10];

/// Serves the app on a free port, until the runtime ends.
pub(super) async fn listen(tls: Arc<ServerConfig>, leaf: CertificateDer<'static>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let acceptor = TlsAcceptor::from(tls);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, acceptor.clone(), leaf.clone()));
        }
    });
    Ok(address)
}

async fn serve(mut stream: TcpStream, acceptor: TlsAcceptor, leaf: CertificateDer<'static>) {
    let start = timeout(Duration::from_secs(2), hello_start(&stream)).await;
    // A probe that goes away early is no matter.
    let _ = match start {
        Ok(Ok(start)) if start[0] == HANDSHAKE && start[9..] == SSL3 => stream.write_all(&ssl3_flight(&leaf)).await,
        Ok(Ok(_)) => match acceptor.accept(stream).await {
            Ok(stream) => answer(stream).await,
            Err(refused) => Err(refused),
        },
        _ => Ok(()),
    };
}

/// The first bytes of the hello, left in the stream for whoever answers.
async fn hello_start(stream: &TcpStream) -> io::Result<[u8; HELLO_START]> {
    let mut start = [0; HELLO_START];
    while stream.peek(&mut start).await? < HELLO_START {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(start)
}

/// Server hello, certificate, done: the first flight of an SSL 3.0 server (RFC 6101, section 5.6).
fn ssl3_flight(leaf: &[u8]) -> Vec<u8> {
    let hello = [&SSL3[..], &[0x5a; 32], &[0], &TRIPLE_DES, &[0]].concat();
    let certificate = counted(&counted(leaf));
    let messages = [message(SERVER_HELLO, &hello), message(CERTIFICATE, &certificate), message(SERVER_HELLO_DONE, &[])].concat();
    let length = u16::try_from(messages.len()).expect("one short certificate fits into a record").to_be_bytes();
    [&[HANDSHAKE], &SSL3[..], &length, &messages].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], counted(body).as_slice()].concat()
}

/// Bytes behind their length in three bytes.
fn counted(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("certificates are shorter than 4 GiB").to_be_bytes();
    [&length[1..], bytes].concat()
}
