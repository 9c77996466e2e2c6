//! Visits over HTTP/2: to scripted servers for what no real one does, to the `h2` crate's server, and to nginx.

use std::{
    fs,
    process::{Child, Command},
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
};

use futures_util::{FutureExt as _, future::BoxFuture};
use hyper::{Method, body::Bytes};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::*;
use crate::{
    collect::{
        TrustStore,
        tls::Judge,
        web::{Session, redirects::walk, request::Ask, time_left::TimeLeft},
    },
    evidence::Response,
};

/// A TLS stream of the server.
type Stream = TlsStream<TcpStream>;

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header line, unpacked and not put into the table.
fn line(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).unwrap();
    [&[0, length(name)], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
}

/// The first answer, to the first stream, of which more follows.
fn ok() -> Vec<u8> {
    frame(HEADERS, END_HEADERS, 1, &[0x88])
}

/// A certificate for `app.example`, its key, and the authority in PEM that signed it.
fn identity() -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    parameters.distinguished_name.push(rcgen::DnType::CommonName, "authority");
    let authority = parameters.self_signed(&key).unwrap();
    let pem = authority.pem();
    let issuer = rcgen::Issuer::new(parameters, key);
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(vec!["app.example".to_owned()]).unwrap();
    parameters.not_before = datetime!(2026-11-01 0:00 UTC);
    parameters.not_after = datetime!(2026-12-01 0:00 UTC);
    let leaf = parameters.signed_by(&key, &issuer).unwrap();
    (vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap(), pem)
}

fn acceptor(protocols: &[&str]) -> (TlsAcceptor, String) {
    let (chain, key, authority) = identity();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    (TlsAcceptor::from(Arc::new(config)), authority)
}

/// Reads the client's frames until one that asks for something.
async fn asked(stream: &mut Stream) -> Option<()> {
    let mut frame = [0; 9];
    loop {
        stream.read_exact(&mut frame).await.ok()?;
        let length = usize::from(frame[1]) << 8 | usize::from(frame[2]);
        stream.read_exact(&mut vec![0; length]).await.ok()?;
        if frame[3] == HEADERS {
            return Some(());
        }
    }
}

/// A server that speaks HTTP/2 up to the first request on each connection, and then does as it likes.
async fn scripted(script: impl Fn(Stream, usize) -> BoxFuture<'static, ()> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (acceptor, _) = acceptor(&["h2", "http/1.1"]);
    tokio::spawn(async move {
        for count in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                let preface = [&mut [0; 24][..]];
                for part in preface {
                    stream.read_exact(part).await.unwrap();
                }
                let _ = stream.write_all(&frame(SETTINGS, 0, 0, &[])).await;
                asked(&mut stream).await;
            }
            tokio::spawn(script(stream, count));
        }
    });
    address
}

/// A server that sends `once`, then `again` for ever; with neither left it holds the connection, or closes it.
async fn sending(once: Vec<u8>, again: Vec<u8>, holds: bool) -> SocketAddr {
    scripted(move |mut stream, _| {
        let (once, again) = (once.clone(), again.clone());
        async move {
            let _ = stream.write_all(&once).await;
            let _ = stream.flush().await;
            while !again.is_empty() && stream.write_all(&again).await.is_ok() {}
            if holds {
                sleep(TIMEOUT * 4).await;
            }
            let _ = stream.shutdown().await;
        }
        .boxed()
    })
    .await
}

fn recorded(response: &Response) -> Vec<(&str, &str)> {
    response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn spelling_order_and_duplicates_stay_as_sent_across_names() {
    let lines = [line("x-b", "1"), line("set-cookie", "a=b; Secure"), line("x-a", "2"), line("x-b", "3")].concat();
    let head = frame(HEADERS, END_HEADERS, 1, &[vec![0x88], lines].concat());
    let interim = frame(HEADERS, END_HEADERS, 1, &line(":status", "103"));
    let trailers = frame(HEADERS, END_HEADERS | END_STREAM, 1, &line("x-late", "4"));
    let address = sending([interim, head, frame(0, 0, 1, b"body"), trailers].concat(), vec![], true).await;
    let web = visited_in_time("https", address).await;
    let [response] = web.responses.as_slice() else { panic!("{web:?}") };
    assert_eq!(recorded(response), [("x-b", "1"), ("set-cookie", "a=<masked 1>; Secure"), ("x-a", "2"), ("x-b", "3")]);
    assert_eq!((response.http_version.as_str(), response.body_bytes, response.body_truncated), ("HTTP/2", 4, false));
    let tls = response.tls.as_ref().unwrap();
    assert!(tls.version == "tls1.3" && tls.cipher_suite.starts_with("TLS_AES_"), "{tls:?}");
    assert_eq!(web.cookies.len(), 1);
}

#[tokio::test]
async fn what_gives_no_head_is_an_error_in_words_and_in_time() {
    let start = |payload: &[u8]| frame(HEADERS, 0, 1, payload);
    let bomb = {
        let entry = [&[0x40, 1, b'a', 0x7f, 0xa1, 0x1e][..], &[b'x'; 4000]].concat();
        [entry, vec![0xbe; 9000]].concat()
    };
    let goaway = frame(GOAWAY, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 11]);
    // The HTTP library has limits of its own for frames without content, some of them lower.
    for (words, once, again, holds) in [
        ("not HTTP/2", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec(), vec![], true),
        ("without content|excessive load", vec![], frame(SETTINGS, 0, 0, &[]).repeat(99), true),
        ("without content|excessive load", vec![], frame(PING, 0, 0, &[0; 8]).repeat(99), true),
        ("without content|excessive load", start(&[0x88]), frame(CONTINUATION, 0, 1, &[]).repeat(99), true),
        ("longer than 256 KiB", start(&[0x88]), frame(CONTINUATION, 0, 1, &[0; 16_000]), true),
        ("longer than 256 KiB", frame(HEADERS, END_HEADERS, 1, &bomb), vec![], true),
        ("more than 500 lines", frame(HEADERS, END_HEADERS, 1, &[0x88; 502]), vec![], true),
        ("breaks the rules of HTTP/2", frame(HEADERS, END_HEADERS, 1, &line("a", "b")), vec![], true),
        ("breaks the rules of HTTP/2", frame(HEADERS, END_HEADERS, 1, &[0x80]), vec![], true),
        ("reset the HTTP/2 stream", frame(RST_STREAM, 0, 1, &[0, 0, 0, 2]), vec![], true),
        ("ended the HTTP/2 connection", goaway, vec![], true),
        ("HTTP/2", vec![], vec![], false),
        ("no complete answer within 1.5 s", vec![], vec![], true),
        ("no complete answer within 1.5 s", start(&[0x88]), vec![], true),
    ] {
        let web = visited_in_time("https", sending(once, again, holds).await).await;
        let is_told = words.split('|').any(|words| error(&web).contains(words));
        assert!(!web.visit.reached && is_told, "{words}: {web:?}");
    }
}

#[tokio::test]
async fn a_body_that_fails_keeps_its_head_and_says_why() {
    let data = frame(0, 0, 1, &[b'x'; 1000]);
    let refused = frame(HEADERS, END_HEADERS, 1, &[&[0x88][..], &[0, 1, b'a', 3, b'b', b'\r', b'c']].concat());
    for (words, once, again, holds, most) in [
        ("reset the HTTP/2 stream", [ok(), data.clone(), frame(RST_STREAM, 0, 1, &[0, 0, 0, 2])].concat(), vec![], true, 1000),
        ("reset the HTTP/2 stream", [ok(), data.clone(), frame(RST_STREAM, 0, 1, &[0; 4])].concat(), vec![], true, 1000),
        ("breaks off", [ok(), data.clone()].concat(), vec![], false, 1000),
        ("does not end", [ok(), data.clone()].concat(), vec![], true, 1000),
        ("FLOW_CONTROL_ERROR", ok(), data.clone(), true, 1024 * 1024),
        ("HTTP/2", refused, vec![], true, 0),
    ] {
        let web = visited_in_time("https", sending(once, again, holds).await).await;
        let [response] = web.responses.as_slice() else { panic!("{words}: {web:?}") };
        assert!(web.visit.complete && response.body_truncated && response.body_bytes <= most, "{words}: {response:?}");
        assert!(response.body_error.as_deref().is_some_and(|error| error.contains(words)), "{words}: {response:?}");
    }
}

#[tokio::test]
async fn a_body_that_drips_is_given_up_in_time() {
    let address = scripted(|mut stream, _| {
        async move {
            let _ = stream.write_all(&ok()).await;
            while stream.write_all(&frame(0, 0, 1, b"x")).await.is_ok() && stream.flush().await.is_ok() {
                sleep(Duration::from_millis(50)).await;
            }
        }
        .boxed()
    });
    let web = visited_in_time("https", address.await).await;
    assert!(web.responses[0].body_error.as_deref().unwrap().contains("does not end"), "{web:?}");
}

#[tokio::test]
async fn a_refused_stream_is_asked_again_and_only_once() {
    let refusal = |stream| frame(RST_STREAM, 0, stream, &[0, 0, 0, 7]);
    for (second, reached) in [(frame(HEADERS, END_HEADERS | END_STREAM, 3, &[0x88]), true), (refusal(3), false)] {
        let first = refusal(1);
        let address = scripted(move |mut stream, _| {
            let (first, second) = (first.clone(), second.clone());
            async move {
                let _ = stream.write_all(&first).await;
                let _ = stream.flush().await;
                asked(&mut stream).await;
                let _ = stream.write_all(&second).await;
                let _ = stream.flush().await;
                sleep(TIMEOUT * 4).await;
            }
            .boxed()
        })
        .await;
        let web = visited_in_time("https", address).await;
        assert!(web.visit.reached == reached && (reached || error(&web).contains("reset the HTTP/2 stream")), "{web:?}");
    }
}

#[tokio::test]
async fn a_server_that_leaves_in_peace_is_asked_again_on_a_new_connection() {
    let address = scripted(|mut stream, count| {
        async move {
            let goaway = frame(GOAWAY, 0, 0, &[0; 8]);
            let end = frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0x88]);
            let _ = stream.write_all(if count == 0 { &goaway } else { &end }).await;
            let _ = stream.flush().await;
            sleep(TIMEOUT * 4).await;
        }
        .boxed()
    })
    .await;
    let web = visited_in_time("https", address).await;
    assert!(web.visit.complete && web.responses[0].status == 200, "{web:?}");
}

#[tokio::test]
async fn a_server_that_wants_http1_is_asked_so() {
    let address = scripted(|mut stream, _| {
        async move {
            if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                let _ = stream.write_all(&frame(RST_STREAM, 0, 1, &[0, 0, 0, 13])).await;
                let _ = stream.flush().await;
                sleep(TIMEOUT * 4).await;
            } else {
                reply(stream, |_| OK.to_owned(), &Requests::default()).await;
            }
        }
        .boxed()
    })
    .await;
    let web = visited_in_time("https", address).await;
    assert!(web.visit.complete && web.responses[0].http_version == "HTTP/1.1", "{web:?}");
}

/// A server of the `h2` crate that answers every request with its method, its path and its body, and counts connections.
async fn echo() -> (SocketAddr, String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (acceptor, authority) = acceptor(&["h2"]);
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, SeqCst);
            let stream = acceptor.accept(stream).await.unwrap();
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    tokio::spawn(async move {
                        let (parts, mut body) = request.into_parts();
                        let mut text = format!("{} {} ", parts.method, parts.uri).into_bytes();
                        while let Some(Ok(data)) = body.data().await {
                            text.extend_from_slice(&data);
                        }
                        sleep(Duration::from_millis(100)).await;
                        let response = hyper::Response::builder().status(200).header("x-kind", "echo").body(()).unwrap();
                        respond.send_response(response, false).unwrap().send_data(Bytes::from(text), true).unwrap();
                    });
                }
            });
        }
    });
    (address, authority, connections)
}

#[tokio::test]
async fn many_requests_at_once_share_one_connection_and_one_place() {
    let (address, authority, connections) = echo().await;
    let network = network(&[]);
    let mut trust = TrustStore::mozilla();
    trust.add_pem(authority.as_bytes()).unwrap();
    let session = Session::new(&network, Some(Judge { trust: &trust, now: NOW, authorities: None }));
    let started = Instant::now();
    let answers = (0..12).map(|number| {
        let session = &session;
        async move {
            let url: Url = format!("https://app.example:{}/{number}?a=b#c", address.port()).parse().unwrap();
            let body = (number % 2 == 0).then(|| ("text/plain", Bytes::from("body")));
            let method = if body.is_some() { Method::POST } else { Method::GET };
            let ask = Ask { method, body, lines: vec![("Connection", "close".into()), ("X-Own", "1".into())], url: &url };
            let answer = session.ask(&ask, &[LOOPBACK], &mut TimeLeft::for_timeout(TIMEOUT)).await.unwrap();
            (number, answer)
        }
    });
    for (number, answer) in futures_util::future::join_all(answers).await {
        let (method, body) = if number % 2 == 0 { ("POST", "body") } else { ("GET", "") };
        let expected = format!("{method} https://app.example:{}/{number}?a=b {body}", address.port());
        assert_eq!(String::from_utf8(answer.body.content).unwrap(), expected);
        assert_eq!(answer.tls.unwrap().trusted, Reading::Observed(true));
    }
    assert_eq!(connections.load(SeqCst), 1);
    assert!(started.elapsed() < TIMEOUT, "{:?}", started.elapsed());
    // What is idle holds no place: there is only one here.
    assert!(network.place("app.example").now_or_never().is_some());
}

#[tokio::test]
async fn a_hop_says_whether_its_certificate_is_trusted_and_why_not() {
    let (address, authority, _) = echo().await;
    let mut given = TrustStore::mozilla();
    given.add_pem(authority.as_bytes()).unwrap();
    for (trust, host, now, expected) in [
        (&given, "app.example", NOW, Reading::Observed(true)),
        (&given, "other.example", NOW, Reading::Observed(false)),
        (&given, "app.example", NOW + time::Duration::days(90), Reading::Observed(false)),
        (&TrustStore::mozilla(), "app.example", NOW, Reading::Observed(false)),
    ] {
        let network = network(&[]);
        let session = Session::new(&network, Some(Judge { trust, now, authorities: None }));
        let url: Url = format!("https://{host}:{}/", address.port()).parse().unwrap();
        let web = walk(&session, &BTreeSet::new(), &url, &[LOOPBACK], now).await;
        let tls = web.responses[0].tls.as_ref().unwrap();
        assert_eq!((tls.trusted, tls.reason.is_none()), (expected, expected == Reading::Observed(true)), "{tls:?}");
    }
}

/// An nginx that is stopped when dropped.
struct Nginx {
    process: Child,
    _folder: tempfile::TempDir,
    address: SocketAddr,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// nginx as it comes with the system, over HTTP/2.
async fn nginx() -> Nginx {
    let folder = tempfile::tempdir().unwrap();
    let address = std::net::TcpListener::bind((LOOPBACK, 0)).unwrap().local_addr().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["app.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
    fs::write(folder.path().join("chain.pem"), certificate.pem()).unwrap();
    fs::create_dir(folder.path().join("www")).unwrap();
    fs::write(folder.path().join("www/long"), vec![b'x'; 3 * 1024 * 1024]).unwrap();
    fs::write(folder.path().join("www/page.html"), "<html>".to_owned() + &"hello ".repeat(500)).unwrap();
    let configuration = format!(
        "daemon off; master_process off; pid nginx.pid; error_log error.log;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
            types {{ text/html html; }}
            server {{
                listen {address} ssl http2;
                ssl_certificate chain.pem; ssl_certificate_key key.pem;
                root www; gzip on; gzip_min_length 1;
                location = / {{
                    add_header Set-Cookie 'a=1; Secure'; add_header X-Between 1; add_header Set-Cookie 'b=2; HttpOnly';
                    return 302 /page.html;
                }}
            }}
        }}"
    );
    let file = folder.path().join("nginx.conf");
    fs::write(&file, configuration).unwrap();
    let process = Command::new("nginx").arg("-p").arg(folder.path()).arg("-c").arg(&file).arg("-e").arg("error.log").spawn().unwrap();
    let nginx = Nginx { process, _folder: folder, address };
    for _ in 0..200 {
        if TcpStream::connect(address).await.is_ok() {
            return nginx;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("nginx did not start");
}

#[tokio::test]
async fn nginx_is_visited_over_http2_with_its_lines_in_order_and_its_page_unpacked() {
    let nginx = nginx().await;
    let web = visited_in_time("https", nginx.address).await;
    let [redirect, page] = web.responses.as_slice() else { panic!("{web:?}") };
    let own: Vec<_> = recorded(redirect).into_iter().filter(|(name, _)| ["set-cookie", "x-between"].contains(name)).collect();
    assert_eq!(own, [("set-cookie", "a=<masked 1>; Secure"), ("x-between", "1"), ("set-cookie", "b=<masked 1>; HttpOnly")]);
    assert_eq!((redirect.http_version.as_str(), page.http_version.as_str(), page.status), ("HTTP/2", "HTTP/2", 200));
    let last = web.last.unwrap();
    assert!(page.body_bytes < 500 && last.answer.body.content == ("<html>".to_owned() + &"hello ".repeat(500)).into_bytes());
    assert!(last.leads_to.is_none() && last.url.path() == "/page.html");
}

#[tokio::test]
async fn a_long_body_over_http2_is_read_up_to_the_cap() {
    let nginx = nginx().await;
    let web = visited(&format!("https://app.example:{}/long", nginx.address.port()), &[("app.example", nginx.address)]).await;
    let [response] = web.responses.as_slice() else { panic!("{web:?}") };
    assert_eq!((response.body_bytes, response.body_error.as_deref()), (BODY_LIMIT, Some("the body is longer than 1024 KiB")));
}
