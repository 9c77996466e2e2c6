//! The prober against servers: real ones where rustls can play them, scripted bytes for what no rustls server does.

mod answers;
mod behaviour;
mod chains;
mod handshakes;
mod hostile_chains;
mod ocsp;
mod pki;
mod revocation;
mod stapling;
mod suites;
mod whole;

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use time::{OffsetDateTime, macros::datetime};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

use super::{Judge, TrustStore, probe, wire::Version};
use crate::{
    collect::{
        Depth,
        network::{Network, NetworkSettings},
    },
    evidence::{Address, ProtocolId, Reading},
};

const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

fn network(timeout: Duration, connections_per_host: usize) -> Network {
    Network::new(NetworkSettings { timeout, connections_per_host, allow_private: true, overrides: vec![], proxies: None })
}

/// Judges by these roots, with nobody else to ask.
fn judged_by(trust: &TrustStore) -> Judge<'_> {
    Judge { trust, now: NOW, authorities: None }
}

/// Probes an address with a timeout that no honest loopback server needs.
async fn look(address: SocketAddr, host: &str, trust: &TrustStore) -> Address {
    probe(&network(Duration::from_secs(5), 8), host, address, Depth::Full, &judged_by(trust)).await
}

/// A timeout that tests wait for. Machines that do much else at the same time are late by a second.
const BRIEF: Duration = Duration::from_secs(2);
/// Longer than one such timeout, and shorter than two.
const LESS_THAN_TWO: Duration = Duration::from_millis(3900);

/// Probes an address as `app.example.com` with a [`BRIEF`] time for each answer.
async fn look_briefly(address: SocketAddr) -> Address {
    probe(&network(BRIEF, 8), "app.example.com", address, Depth::Full, &judged_by(&TrustStore::mozilla())).await
}

/// A server that does one thing with every connection.
pub(in crate::collect::tls) async fn serve<F: Future<Output = ()> + Send>(
    each: impl Fn(TcpStream) -> F + Clone + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let each = each.clone();
            tokio::spawn(async move { each(stream).await });
        }
    });
    address
}

/// A server that completes handshakes, and hears what the client says then.
pub(in crate::collect::tls) async fn serve_handshakes(config: ServerConfig) -> SocketAddr {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.read(&mut [0; 16]).await;
            }
        }
    })
    .await
}

/// Reads a client hello, and the version it offers.
async fn read_hello(stream: &mut TcpStream) -> (Vec<u8>, Version) {
    let mut hello = vec![0; 5];
    stream.read_exact(&mut hello).await.unwrap();
    let length = match hello[0] & 0x80 {
        0 => usize::from(u16::from_be_bytes([hello[3], hello[4]])),
        _ => usize::from(u16::from_be_bytes([hello[0] & 0x7f, hello[1]])) - 3,
    };
    hello.resize(5 + length, 0);
    stream.read_exact(&mut hello[5..]).await.unwrap();
    if hello[0] & 0x80 != 0 {
        return (hello, Version::SSL2);
    }
    let parsed = super::wire::ClientHello::parse(&hello).unwrap();
    let version = if parsed.extensions.iter().any(|extension| extension.kind == 43) { Version::TLS13 } else { parsed.legacy_version };
    (hello, version)
}

/// A server that answers a hello by the version it offers; no bytes close the connection.
async fn answering(answer: impl Fn(Version, &[u8]) -> Vec<u8> + Clone + Send + Sync + 'static) -> SocketAddr {
    serve(move |mut stream| {
        let answer = answer.clone();
        async move {
            let (hello, version) = read_hello(&mut stream).await;
            let _ = stream.write_all(&answer(version, &hello)).await;
        }
    })
    .await
}

/// The versions whose offer is known, as `(offered, not offered)`.
fn known(address: &Address) -> (Vec<ProtocolId>, Vec<ProtocolId>) {
    let protocols = &address.tls.as_ref().unwrap().protocols;
    assert_eq!(protocols.iter().map(|protocol| protocol.id).collect::<Vec<_>>(), ProtocolId::ALL);
    for protocol in protocols {
        assert_eq!(protocol.reason.is_some(), protocol.offered == Reading::Unknown, "{protocol:?}");
    }
    let those = |offered| protocols.iter().filter(|one| one.offered == Reading::Observed(offered)).map(|one| one.id).collect();
    (those(true), those(false))
}

/// The reasons for what is unknown.
fn reasons(address: &Address) -> Vec<&str> {
    address.tls.as_ref().unwrap().protocols.iter().filter_map(|protocol| protocol.reason.as_deref()).collect()
}
