//! Visits to scripted servers on loopback, the friendly and the hostile.

mod http2;
mod patience;
mod sessions;
mod walks;

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use time::{OffsetDateTime, macros::datetime};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::sleep,
};
use url::Url;

use super::{WebVisit, client::BODY_LIMIT, redirects::visit};
use crate::{
    collect::network::{Network, NetworkSettings, Override},
    evidence::Reading,
};

const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const TIMEOUT: Duration = Duration::from_millis(1500);

/// Every request head that a server was sent.
type Requests = Arc<Mutex<Vec<String>>>;

async fn request<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

/// A server that answers each request for a path with what `answer` gives for it, and closes.
async fn serve(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> (SocketAddr, Requests) {
    serve_at(LOOPBACK, answer).await
}

async fn serve_at(ip: IpAddr, answer: impl Fn(&str) -> String + Send + Sync + 'static) -> (SocketAddr, Requests) {
    let listener = TcpListener::bind((ip, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Requests::default();
    let seen = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            reply(stream, &answer, &seen).await;
        }
    });
    (address, requests)
}

async fn reply<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, answer: impl Fn(&str) -> String, requests: &Requests) {
    let head = request(&mut stream).await;
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    requests.lock().unwrap().push(head);
    let _ = stream.write_all(answer(&path).as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// A server that reads one request and then does as it likes with the connection.
async fn misbehave<F: Future<Output = ()> + Send>(script: impl FnOnce(TcpStream) -> F + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await;
        script(stream).await;
    });
    address
}

/// As [`serve`], over TLS with a certificate that expired long ago and was made for another name; `tidy` servers end with `close_notify`.
async fn serve_tls(tidy: bool, answer: impl Fn(&str) -> String + Send + Sync + 'static) -> SocketAddr {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(vec!["other.example".to_owned()]).unwrap();
    parameters.not_after = datetime!(2001-01-01 0:00 UTC);
    let chain = vec![parameters.self_signed(&key).unwrap().der().clone()];
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            if tidy {
                reply(stream, &answer, &Requests::default()).await;
            } else {
                let path = request(&mut stream).await.split(' ').nth(1).unwrap_or_default().to_owned();
                let _ = stream.write_all(answer(&path).as_bytes()).await;
                let _ = stream.flush().await;
                let _ = stream.get_mut().0.shutdown().await;
            }
        }
    });
    address
}

/// A network on which the given hosts have the given addresses.
fn network(hosts: &[(&str, SocketAddr)]) -> Network {
    let resolve =
        |(host, address): &(&str, SocketAddr)| Override { host: (*host).to_owned(), port: address.port(), addresses: vec![address.ip()] };
    Network::new(NetworkSettings {
        timeout: TIMEOUT,
        connections_per_host: 1,
        allow_private: true,
        overrides: hosts.iter().map(resolve).collect(),
        proxies: None,
    })
}

fn names(hosts: &[(&str, SocketAddr)]) -> BTreeSet<String> {
    hosts.iter().map(|(host, _)| (*host).to_owned()).collect()
}

/// Visits a URL of the first of the hosts.
async fn visited(url: &str, hosts: &[(&str, SocketAddr)]) -> WebVisit {
    visit(&network(hosts), &names(hosts), &url.parse().unwrap(), &[hosts[0].1.ip()], NOW).await
}

/// Visits `app.example` on a server, which must end soon.
async fn visited_in_time(scheme: &str, address: SocketAddr) -> WebVisit {
    let started = Instant::now();
    let url = format!("{scheme}://app.example:{}/", address.port());
    let web = visited(&url, &[("app.example", address)]).await;
    assert!(started.elapsed() < TIMEOUT * 3, "{:?}", started.elapsed());
    web
}

fn error(web: &WebVisit) -> &str {
    web.visit.error.as_deref().unwrap_or_default()
}

fn to(location: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

/// Only compiles while visits may run on any thread of the runtime.
#[expect(dead_code, reason = "the compiler is the test")]
fn visits_may_run_in_parallel(network: &Network, named: &BTreeSet<String>, url: &Url) -> impl Future<Output = WebVisit> + Send {
    visit(network, named, url, &[], NOW)
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test]
async fn a_response_is_recorded_as_sent() {
    let answer = "HTTP/1.1 200 Fine\r\nserver: X\r\nSET-cookie: sid=secretvalue; HttpOnly\r\nServer: y\r\nContent-Length: 3\r\n\r\nabc";
    let (address, requests) = serve(move |_| answer.to_owned()).await;
    let web = visited(&format!("http://app.example:{}/cb?code=abc#frag", address.port()), &[("app.example", address)]).await;
    let [response] = web.responses.as_slice() else { panic!("{web:?}") };
    let headers: Vec<_> = response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let expected = [("server", "X"), ("SET-cookie", "sid=<masked 11>; HttpOnly"), ("Server", "y"), ("Content-Length", "3")];
    assert_eq!(headers, expected);
    assert_eq!((response.status, response.body_bytes, response.body_truncated), (200, 3, false));
    assert_eq!(response.body_sha256.as_deref(), Some("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assert_eq!(
        (response.url.as_str(), response.ip.as_str()),
        (&*format!("http://app.example:{}/cb?code=<masked 3>", address.port()), "127.0.0.1")
    );
    assert_eq!((web.visit.reached, web.visit.complete, web.visit.error), (true, true, None));
    let sent = requests.lock().unwrap()[0].clone();
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        "GET /cb?code=abc HTTP/1.1\r\nHost: app.example:{}\r\nUser-Agent: redflag/{version} (+certification self-check)\r\nAccept: text/html,*/*;q=0.8\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n\r\n",
        address.port()
    );
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn every_hop_and_its_cookies_are_recorded() {
    let (address, _) = serve(|path| match path {
        "/a/b" => "HTTP/1.1 301 M\r\nLocation: c?x=1#f\r\nSet-Cookie: one=1\r\n\r\n".to_owned(),
        "/a/c?x=1" => "HTTP/1.1 303 S\r\nlocation: ../d\r\nSet-Cookie: two=2\r\nSet-Cookie:\r\nSet-Cookie: three=3\r\n\r\n".to_owned(),
        "/d" => "HTTP/1.1 307 T\r\nLocation: //app.example:PORT/e\r\n\r\n".to_owned(),
        "/e" => "HTTP/1.1 308 P\r\nLocation:\r\nLocation: ?\r\n\r\n".to_owned(),
        _ => OK.to_owned(),
    })
    .await;
    let port = address.port();
    let hosts = [("app.example", address)];
    let web = visited(&format!("http://app.example:{port}/a/b"), &hosts).await;
    // The third hop names a port that is none: the walk ends there, with what it has.
    assert_eq!(web.responses.iter().map(|response| response.status).collect::<Vec<_>>(), [301, 303, 307]);
    assert_eq!(web.responses[0].location, Some(format!("http://app.example:{port}/a/c?x=1#f")));
    let cookies: Vec<_> = web.cookies.iter().map(|cookie| (cookie.name.as_str(), cookie.set_by.rsplit('/').next().unwrap())).collect();
    assert_eq!(cookies, [("one", "b"), ("two", "c?x=1"), ("three", "c?x=1")]);
    assert!(web.visit.reached && !web.visit.complete && error(&web).contains("which is no URL"), "{web:?}");
    assert_eq!(visited(&format!("http://app.example:{port}/e"), &hosts).await.responses.len(), 2);
}

#[tokio::test]
async fn a_loop_ends_with_an_error_and_its_hops() {
    let (address, _) = serve(|path| to(if path == "/a" { "/b" } else { "/a#again" })).await;
    let web = visited(&format!("http://app.example:{}/a", address.port()), &[("app.example", address)]).await;
    assert_eq!(web.responses.len(), 2);
    assert!(!web.visit.complete && error(&web).contains("redirects back"), "{web:?}");
}

#[tokio::test]
async fn ten_redirects_are_followed_and_the_eleventh_is_not() {
    let (address, _) = serve(|path| {
        let left: u32 = path.trim_start_matches('/').parse().unwrap();
        if left == 0 { OK.to_owned() } else { to(&format!("/{}", left - 1)) }
    })
    .await;
    let hosts = [("app.example", address)];
    let ten = visited(&format!("http://app.example:{}/10", address.port()), &hosts).await;
    assert_eq!((ten.responses.len(), ten.visit.complete), (11, true));
    let eleven = visited(&format!("http://app.example:{}/11", address.port()), &hosts).await;
    assert_eq!((eleven.responses.len(), eleven.visit.complete, error(&eleven)), (11, false, "more than 10 redirects"));
}

#[tokio::test]
async fn a_walk_of_slow_hops_ends_when_its_time_is_over() {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for hop in 1.. {
            let (stream, _) = listener.accept().await.unwrap();
            sleep(TIMEOUT / 2).await;
            reply(stream, |_| to(&format!("/{hop}")), &Requests::default()).await;
        }
    });
    let started = Instant::now();
    let web = visited(&format!("http://app.example:{}/", address.port()), &[("app.example", address)]).await;
    assert!(started.elapsed() < TIMEOUT * 4, "{:?}", started.elapsed());
    assert!((2..=6).contains(&web.responses.len()), "{web:?}");
    assert!(web.visit.reached && !web.visit.complete && error(&web).contains("no time was left: a visit may take 4.5 s in all"), "{web:?}");
}

#[tokio::test]
async fn the_wait_for_a_place_costs_a_walk_no_time() {
    let (address, _) = serve(|_| OK.to_owned()).await;
    let network = network(&[]);
    let place = network.place("app.example").await;
    let url: Url = format!("http://app.example:{}/", address.port()).parse().unwrap();
    let (names, addresses) = (BTreeSet::new(), [LOOPBACK]);
    let (web, ()) = tokio::join!(visit(&network, &names, &url, &addresses, NOW), async {
        sleep(TIMEOUT * 4).await;
        drop(place);
    });
    assert!(web.visit.complete, "{web:?}");
}

#[tokio::test]
async fn a_redirect_elsewhere_is_recorded_and_not_followed() {
    let (other, requests) = serve(|_| OK.to_owned()).await;
    for location in [format!("http://127.0.0.1:{}/?code=abc", other.port()), "soprotocol:contact.main".into(), "mailto:a@b.example".into()]
    {
        let (address, _) = serve({
            let location = location.clone();
            move |_| to(&location)
        })
        .await;
        let web = visited_in_time("http", address).await;
        assert!(web.visit.complete && web.responses[0].location.is_some(), "{web:?}");
        assert_eq!(web.responses.len(), 1, "{location}");
    }
    assert!(requests.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_redirect_to_several_places_or_to_none_is_an_error_in_words() {
    for (location, words) in [("/a\r\nLocation: /b", "several places"), ("http://[", "which is no URL"), ("https://", "which is no URL")] {
        let (address, _) = serve(move |_| to(location)).await;
        let web = visited_in_time("http", address).await;
        assert!(web.visit.reached && !web.visit.complete && error(&web).contains(words), "{location}: {web:?}");
    }
}

#[tokio::test]
async fn http_leads_to_https_whatever_the_certificate() {
    let secure = serve_tls(true, |_| "HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Secure\r\nContent-Length: 2\r\n\r\nok".to_owned()).await;
    let (plain, _) = serve(move |_| to(&format!("https://APP.example:{}/", secure.port()))).await;
    let web = visited(&format!("http://app.example:{}/", plain.port()), &[("app.example", plain), ("app.example", secure)]).await;
    assert!(web.visit.complete, "{web:?}");
    assert_eq!((web.responses.len(), web.responses[1].body_bytes, web.cookies.len()), (2, 2, 1));
}

#[tokio::test]
async fn a_tls_server_that_ends_without_close_notify_is_read() {
    let address = serve_tls(false, |_| "HTTP/1.1 200 OK\r\n\r\nuntil the end".to_owned()).await;
    let web = visited_in_time("https", address).await;
    assert_eq!((web.responses[0].body_bytes, web.responses[0].body_truncated), (13, false), "{web:?}");
}

#[tokio::test]
async fn an_ipv6_literal_is_visited() {
    let (address, requests) = serve_at("::1".parse().unwrap(), |_| OK.to_owned()).await;
    let web = visited(&format!("http://[::1]:{}/", address.port()), &[("::1", address)]).await;
    assert!(web.visit.complete && web.responses[0].ip == "::1", "{web:?}");
    assert!(requests.lock().unwrap()[0].contains(&format!("\r\nHost: [::1]:{}\r\n", address.port())));
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_refuses() {
    let (address, _) = serve_at("127.0.0.2".parse().unwrap(), |_| OK.to_owned()).await;
    let url: Url = format!("http://app.example:{}/", address.port()).parse().unwrap();
    let web = visit(&network(&[]), &BTreeSet::new(), &url, &[LOOPBACK, address.ip()], NOW).await;
    assert_eq!(web.responses[0].ip, "127.0.0.2");
    let refused = visit(&network(&[]), &BTreeSet::new(), &url, &[LOOPBACK, "127.0.0.3".parse().unwrap()], NOW).await;
    assert!(!refused.visit.reached && error(&refused).contains("`127.0.0.1`: connection refused, `127.0.0.3`: "), "{refused:?}");
}

#[tokio::test]
async fn a_server_that_gives_no_head_is_an_error_in_words() {
    type Script = (&'static str, &'static [u8], bool);
    let scripts: [Script; 9] = [
        ("without an answer", b"", false),
        ("no complete answer within 1.5 s", b"", true),
        ("no complete answer within 1.5 s", b"HTTP/1.1 200 OK\r\nA: b\r\n", true),
        ("in the middle of the response head", b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n", false),
        ("in the middle of the response head", b"HTTP/1.1 103 Hints\r\n\r\n", false),
        ("the answer is not HTTP/1", b"<html>an answer of HTTP/0.9</html>", false),
        ("the answer is not HTTP/1", b"\0\0\x12\x04\0\0\0\0\0", true),
        ("the answer is not HTTP/1", b"HTTP/1.1 2x0 OK\r\n\r\n", true),
        ("the answer is not HTTP/1", b"SSH-2.0-OpenSSH\r\n", true),
    ];
    for (words, bytes, holds) in scripts {
        let address = misbehave(move |mut stream| async move {
            stream.write_all(bytes).await.unwrap();
            if holds {
                sleep(TIMEOUT * 4).await;
            }
        })
        .await;
        let web = visited_in_time("http", address).await;
        assert!(!web.visit.reached && !web.visit.complete && error(&web).contains(words), "{}: {web:?}", bytes.escape_ascii());
    }
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    for (words, start, unit) in [
        ("longer than 256 KiB", "HTTP/1.1 200 OK\r\nA: ", "a".repeat(1024)),
        ("longer than 256 KiB", "HTTP/1.1 200 OK\r\n", "A: b\r\n".repeat(99)),
        ("longer than 256 KiB", "", "HTTP/1.1 100 Continue\r\n\r\n".repeat(99)),
        ("longer than 256 KiB", "", "\r\n".repeat(99)),
    ] {
        let address = misbehave(move |mut stream| async move {
            let _ = stream.write_all(start.as_bytes()).await;
            while stream.write_all(unit.as_bytes()).await.is_ok() {}
        })
        .await;
        let web = visited_in_time("http", address).await;
        assert!(!web.visit.reached && error(&web).contains(words), "{web:?}");
    }
}

#[tokio::test]
async fn a_head_of_too_many_lines_is_refused() {
    let (address, _) = serve(|_| format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(501))).await;
    assert!(error(&visited_in_time("http", address).await).contains("more than 500 lines"));
    let (address, _) = serve(|_| format!("HTTP/1.1 200 OK\r\n{}\r\nbody", "A: b\r\n".repeat(500))).await;
    let web = visited_in_time("http", address).await;
    assert_eq!((web.responses[0].headers.len(), web.responses[0].body_bytes), (500, 4));
}

#[tokio::test]
async fn a_head_just_short_of_the_limit_is_read_with_its_body() {
    let (address, _) = serve(|_| format!("HTTP/1.1 200 OK\r\nA: {}\r\nB: c\r\n\r\nbody", "a".repeat(255 * 1024))).await;
    let web = visited_in_time("http", address).await;
    let response = &web.responses[0];
    assert!(response.headers[0].1.ends_with("a…") && response.headers[0].1.len() < 17 * 1024);
    assert_eq!((response.headers[1].1.as_str(), response.body_bytes, response.body_truncated), ("c", 4, false));
}

#[tokio::test]
async fn a_head_that_drips_is_given_up_in_time() {
    for drop in ["HTTP/1.1 102 Processing\r\n\r\n", "H"] {
        let address = misbehave(move |mut stream| async move {
            let _ = stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await;
            let rest = if drop == "H" { "TTP/1.1 200 OK\r\nA: b" } else { "" };
            let _ = stream.write_all(drop.as_bytes()).await;
            for piece in rest.as_bytes().chunks(1).chain(std::iter::repeat(drop.as_bytes())) {
                sleep(Duration::from_millis(20)).await;
                if stream.write_all(piece).await.is_err() {
                    break;
                }
            }
        })
        .await;
        let web = visited_in_time("http", address).await;
        assert!(error(&web).contains("no complete answer"), "{web:?}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_kept_and_marked() {
    let scripts: [(&[u8], u64, bool); 5] = [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nSet-Cookie: a=b\r\n\r\nabc", 3, false),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=b\r\n\r\n3\r\nabc\r\nZZ\r\n", 3, false),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=b\r\n\r\n3\r\nabc\r\n", 3, true),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nSet-Cookie: a=b\r\n\r\nabc", 3, true),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\nContent-Length: 3\r\nSet-Cookie: a=b\r\n\r\nabc", 0, true),
    ];
    for (bytes, length, holds) in scripts {
        let address = misbehave(move |mut stream| async move {
            stream.write_all(bytes).await.unwrap();
            if holds {
                sleep(TIMEOUT * 4).await;
            }
        })
        .await;
        let web = visited_in_time("http", address).await;
        assert!(web.visit.complete && web.cookies.len() == 1, "{web:?}");
        let response = &web.responses[0];
        assert_eq!((response.body_bytes, response.body_truncated), (length, true), "{}", bytes.escape_ascii());
    }
}

#[tokio::test]
async fn a_body_is_read_up_to_the_cap() {
    for (length, truncated) in [(BODY_LIMIT, false), (BODY_LIMIT + 1, true)] {
        let (address, _) = serve(move |_| format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(usize::try_from(length).unwrap()))).await;
        let web = visited_in_time("http", address).await;
        assert_eq!((web.responses[0].body_bytes, web.responses[0].body_truncated), (BODY_LIMIT, truncated));
    }
    let endless = misbehave(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
        while stream.write_all(b"4\r\naaaa\r\n").await.is_ok() {}
    })
    .await;
    let web = visited_in_time("http", endless).await;
    assert!(web.visit.complete && web.responses[0].body_truncated && web.responses[0].body_bytes <= BODY_LIMIT);
}

#[tokio::test]
async fn odd_heads_lose_no_line() {
    let odd = "HTTP/1.1  200\r\nA : 1\r\nno colon here\r\nB: x\u{0}y\r\nBad Name: 1\r\nSet-Cookie: a=b\x01; HttpOnly\r\nSet-Cookie: c=d; HttpOnly\r\nC:\tz\r\n\r\nbody";
    let (address, _) = serve(move |_| odd.to_owned()).await;
    let web = visited_in_time("http", address).await;
    let headers: Vec<_> = web.responses[0].headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let malformed = ("<malformed>", "<13 bytes>");
    let expected = [
        ("A", "1"),
        malformed,
        ("B", "x\\u{0}y"),
        ("<malformed>", "<11 bytes>"),
        ("Set-Cookie", "a=<masked 2>; HttpOnly"),
        ("Set-Cookie", "c=<masked 1>; HttpOnly"),
        ("C", "z"),
    ];
    assert_eq!(headers, expected);
    // Browsers ignore the first of the cookies for its control character (RFC 6265bis, section 5.6).
    let taken: Vec<_> = web.cookies.iter().map(|cookie| (cookie.name.as_str(), cookie.rejected_because.is_none())).collect();
    assert_eq!(taken, [("a", false), ("c", true)]);
}

#[tokio::test]
async fn what_is_no_tls_is_an_error_in_words() {
    let closing = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let closed = closing.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = closing.accept().await.unwrap();
        let mut hello = [0; 8 * 1024];
        let _ = stream.read(&mut hello).await;
    });
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let silent = listener.local_addr().unwrap();
    let banner = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let garbage = banner.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = banner.accept().await.unwrap();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        sleep(TIMEOUT * 4).await;
    });
    for (address, words) in [
        (closed, "TLS: the server closed the connection in the handshake"),
        (silent, "no complete answer"),
        (garbage, "TLS: the answer is not TLS"),
    ] {
        let web = visited_in_time("https", address).await;
        assert!(!web.visit.reached && error(&web).contains(words), "{web:?}");
    }
}

#[tokio::test]
async fn a_private_address_is_refused_also_behind_a_redirect() {
    let (proxy, requests) = serve(|_| format!("HTTP/1.1 200 Connected\r\n\r\n{}", to("http://intern.example:8080/"))).await;
    let proxies = hyper_util::client::proxy::matcher::Matcher::builder().all(format!("http://{proxy}")).build();
    let fixed = |host: &str, address: [u8; 4]| Override { host: host.to_owned(), port: 8080, addresses: vec![address.into()] };
    let network = Network::new(NetworkSettings {
        timeout: TIMEOUT,
        connections_per_host: 1,
        allow_private: false,
        overrides: vec![fixed("app.example", [1, 1, 1, 1]), fixed("intern.example", [10, 0, 0, 1])],
        proxies: Some(proxies),
    });
    let named = ["app.example", "intern.example"].map(str::to_owned).into();
    let public = [IpAddr::from([1, 1, 1, 1])];
    let web = visit(&network, &named, &"http://app.example:8080/".parse().unwrap(), &public, NOW).await;
    assert_eq!((web.responses.len(), web.visit.complete), (1, false), "{web:?}");
    assert!(error(&web).contains("`10.0.0.1` is not a public address; `--allow-private` permits it"), "{web:?}");
    assert_eq!(requests.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_secret_of_the_server_never_leaves_memory() {
    let secret = "Qw3rty0123456789Zz";
    let answer = move |path: &str| match path {
        "/" => format!(
            "HTTP/1.1 302 F\r\nLocation: /next?code={secret}&state={secret}#id_token={secret}\r\nSet-Cookie: a={secret}; Path=/\r\nSet-Cookie: {secret}\r\nSet-Cookie {secret}: x\r\n {secret}\r\nRefresh: 0; url=/?access_token={secret}\r\nSO-AppToken: {secret}\r\nX-T: 7T:{secret}==\r\nX-J: eyJ{secret}.{secret}.{secret}\r\nLink: <//u:{secret}@h/>; rel=x\r\n\r\n"
        ),
        _ => format!("HTTP/1.1 302 F\r\nLocation: http://u:{secret}@[?token={secret}\r\n\r\n{secret}"),
    };
    let (address, _) = serve(answer).await;
    let web = visited_in_time("http", address).await;
    assert_eq!(web.responses.len(), 2, "{web:?}");
    assert!(!format!("{web:?}").contains(secret), "{web:#?}");
}

#[tokio::test]
async fn http3_is_what_the_urls_own_server_said_last_over_https() {
    let page = |lines: &str| format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 2\r\n\r\nok");
    let stated = "Alt-Svc: h3=\":443\"; ma=86400, h3-29=\":443\"\r\n";
    for (lines, expected, count) in [
        (stated, Reading::Observed(true), 2),
        ("", Reading::Observed(false), 0),
        ("Alt-Svc: h3-29=\":443\"\r\n", Reading::Observed(false), 1),
        ("Alt-Svc: h3=\":443\"; ma=0\r\n", Reading::Observed(false), 1),
        ("Alt-Svc: h3=\":443\"\r\nAlt-Svc: clear\r\n", Reading::Observed(false), 0),
    ] {
        let answer = page(lines);
        let web = visited_in_time("https", serve_tls(true, move |_| answer.clone()).await).await;
        assert_eq!((web.http3.offered, web.http3.alternatives.len(), web.http3.reason), (expected, count, None), "{lines}");
    }
    let broken = page("Alt-Svc: h3\r\n");
    let web = visited_in_time("https", serve_tls(true, move |_| broken.clone()).await).await;
    assert!(web.http3.offered == Reading::Observed(false) && web.http3.reason.unwrap().contains("grammar"));
    let plain = page(stated);
    let (address, _) = serve(move |_| plain.clone()).await;
    let web = visited_in_time("http", address).await;
    assert!(web.http3.offered == Reading::Unknown && web.http3.reason.is_some());
}

#[tokio::test]
async fn http3_stays_as_stated_behind_a_redirect_and_a_later_clear_takes_it_away() {
    for (second, expected) in [("", true), ("Alt-Svc: clear\r\n", false)] {
        let address = serve_tls(true, move |path| match path {
            "/" => "HTTP/1.1 302 Found\r\nAlt-Svc: h3=\":443\"\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n".to_owned(),
            _ => format!("HTTP/1.1 200 OK\r\n{second}Content-Length: 2\r\n\r\nok"),
        });
        let web = visited_in_time("https", address.await).await;
        assert_eq!((web.responses.len(), web.http3.offered), (2, Reading::Observed(expected)), "{second}");
    }
}
