//! The careless app itself: a login callback whose cookies any script can read.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// The longest request that is read, in bytes.
const LONGEST_REQUEST: usize = 16 * 1024;

/// The redirect to the sign-in, with a session cookie that lacks everything.
const CALLBACK: &str = "HTTP/1.1 302 Found\r\n\
    Location: https://sod.superoffice.com/login/common/oauth/authorize?client_id=demo&response_type=code&scope=openid\r\n\
    Set-Cookie: CarelessSession=demo-0123456789; Path=/\r\n\
    Set-Cookie: XSRF-TOKEN=demo-abcdef; Path=/; Secure; SameSite=None\r\n\
    Server: Careless/1.0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A page without data, with a cookie as it should be.
const PANEL: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\
    Set-Cookie: __Host-Panel=demo-0123456789; Path=/; Secure; HttpOnly; SameSite=None; Partitioned\r\n\
    Content-Length: 42\r\nConnection: close\r\n\r\n<!doctype html><title>Careless app</title>";

const NOT_FOUND: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Serves the app over TLS 1.2 and 1.3 on a free port, until the runtime ends.
pub(super) async fn listen(tls: Arc<ServerConfig>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let acceptor = TlsAcceptor::from(tls);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    // A probe that goes away early is no matter.
                    let _ = answer(stream).await;
                }
            });
        }
    });
    Ok(address)
}

/// Answers one request.
pub(super) async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < LONGEST_REQUEST {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let response = match request.split(|byte| *byte == b' ').nth(1) {
        Some(b"/callback") => CALLBACK,
        Some(b"/panel") => PANEL,
        _ => NOT_FOUND,
    };
    stream.write_all(response.as_bytes()).await?;
    stream.shutdown().await
}
