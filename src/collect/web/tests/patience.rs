//! Servers that keep everyone waiting: what one request suffers, the others learn from.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;

use super::*;
use crate::collect::web::{
    Session,
    client::{Answer, FetchError},
    request::Ask,
    time_left::TimeLeft,
};

/// What a server does with one connection after its request, and the number of that connection.
type Script = fn(TcpStream, usize) -> futures_util::future::BoxFuture<'static, ()>;

async fn scripted(script: Script) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                request(&mut stream).await;
                script(stream, count.fetch_add(1, Ordering::SeqCst)).await;
            });
        }
    });
    (address, asked)
}

/// Asks for so many pages of a server at once.
async fn asked_at_once(pages: usize, address: SocketAddr) -> (Vec<Result<Answer, FetchError>>, Duration) {
    let network = Network::new(NetworkSettings {
        timeout: TIMEOUT,
        connections_per_host: 32,
        allow_private: true,
        overrides: Vec::new(),
        proxies: None,
    });
    let session = Session::new(&network, None);
    let started = Instant::now();
    let urls: Vec<Url> = (0..pages).map(|page| format!("http://app.example:{}/{page}", address.port()).parse().unwrap()).collect();
    let answers = join_all(urls.iter().map(|url| {
        let session = &session;
        async move { session.ask(&Ask::get(url), &[address.ip()], &mut TimeLeft::for_timeout(TIMEOUT)).await }
    }))
    .await;
    (answers, started.elapsed())
}

fn drip(mut stream: TcpStream, _: usize) -> futures_util::future::BoxFuture<'static, ()> {
    Box::pin(async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-Frame-Options: DENY\r\nContent-Length: 100000\r\n\r\n").await;
        while stream.write_all(b"a").await.is_ok() {
            sleep(Duration::from_millis(100)).await;
        }
    })
}

fn silence(stream: TcpStream, _: usize) -> futures_util::future::BoxFuture<'static, ()> {
    Box::pin(async move {
        sleep(Duration::from_mins(1)).await;
        drop(stream);
    })
}

/// The first page never comes, all others do.
fn one_slow(mut stream: TcpStream, number: usize) -> futures_util::future::BoxFuture<'static, ()> {
    Box::pin(async move {
        if number == 0 {
            sleep(Duration::from_mins(1)).await;
        }
        let _ = stream.write_all(OK.as_bytes()).await;
    })
}

#[tokio::test]
async fn bodies_that_drip_cost_two_timeouts_in_all_and_every_head_is_still_read() {
    let (address, _) = scripted(drip).await;
    let (answers, took) = asked_at_once(40, address).await;
    assert!(took < TIMEOUT * 5 / 2, "{took:?}");
    let (mut whole_timeout, mut cut) = (0, 0);
    for answer in answers {
        let answer = answer.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(answer.head.values("X-Frame-Options").collect::<Vec<_>>(), [b"DENY"]);
        let why = answer.body.error.unwrap();
        whole_timeout += usize::from(why.ends_with("within 1.5 s"));
        cut += usize::from(why.ends_with("had kept other requests waiting before, so it got no more"));
    }
    assert_eq!((whole_timeout, cut), (6, 34));
}

#[tokio::test]
async fn a_silent_server_is_asked_no_more_after_two_timeouts_and_every_request_has_a_reason() {
    let (address, asked) = scripted(silence).await;
    let (answers, took) = asked_at_once(90, address).await;
    assert!(took < TIMEOUT * 5 / 2, "{took:?}");
    let reasons: Vec<String> = answers.into_iter().map(|answer| answer.err().unwrap().to_string()).collect();
    let given_up = reasons.iter().filter(|reason| *reason == "not asked any more: the server kept other requests waiting for 3 s").count();
    assert!(given_up > 20 && asked.load(Ordering::SeqCst) + given_up == 90, "{reasons:#?}");
    assert!(reasons.iter().all(|reason| reason.contains("no complete answer within") || reason.contains("not asked any more")));
}

#[tokio::test]
async fn one_slow_page_costs_the_others_nothing() {
    let (address, _) = scripted(one_slow).await;
    let (answers, took) = asked_at_once(40, address).await;
    assert!(took < TIMEOUT * 3 / 2, "{took:?}");
    let late = answers.iter().filter_map(|answer| answer.as_ref().err()).map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(late, ["no complete answer within 1.5 s"]);
}
