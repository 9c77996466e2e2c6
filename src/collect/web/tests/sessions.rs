//! Connections of HTTP/1.1 that are kept, and what is done when one of them is closed meanwhile; bodies that are packed.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use futures_util::future::join_all;
use hyper::{Method, body::Bytes};

use super::*;
use crate::collect::web::{
    Session,
    client::{Answer, FetchError},
    request::Ask,
    time_left::TimeLeft,
};

/// A server that answers as many requests on each connection as `answers` says, then closes at the next one, and says on which connection each came.
async fn keeping(answers: usize) -> (SocketAddr, Arc<Mutex<Vec<usize>>>) {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    tokio::spawn(async move {
        for connection in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let seen = Arc::clone(&seen);
            tokio::spawn(async move {
                for _ in 0..answers {
                    if request(&mut stream).await.is_empty() {
                        return;
                    }
                    seen.lock().unwrap().push(connection);
                    let _ = stream.write_all(OK.as_bytes()).await;
                }
                request(&mut stream).await;
            });
        }
    });
    (address, asked)
}

async fn get(session: &Session<'_>, method: Method, address: SocketAddr) -> Result<Answer, FetchError> {
    let url: Url = format!("http://app.example:{}/", address.port()).parse().unwrap();
    let body = (method == Method::POST).then(|| ("text/plain", Bytes::new()));
    let ask = Ask { method, body, ..Ask::get(&url) };
    session.ask(&ask, &[address.ip()], &mut TimeLeft::for_timeout(TIMEOUT)).await
}

#[tokio::test]
async fn one_connection_is_kept_for_one_request_after_another() {
    let (address, asked) = keeping(9).await;
    let network = network(&[]);
    let session = Session::new(&network, None);
    for _ in 0..3 {
        let answer = get(&session, Method::GET, address).await.unwrap();
        assert_eq!((answer.body.content.as_slice(), answer.http_version.as_str()), (b"ok".as_slice(), "HTTP/1.1"));
    }
    assert_eq!(*asked.lock().unwrap(), [0, 0, 0]);
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_replaced_once() {
    let (address, asked) = keeping(1).await;
    let network = network(&[]);
    let session = Session::new(&network, None);
    for _ in 0..3 {
        get(&session, Method::GET, address).await.unwrap();
    }
    assert_eq!(*asked.lock().unwrap(), [0, 1, 2]);
}

#[tokio::test]
async fn what_must_not_be_sent_twice_goes_out_on_a_new_connection() {
    let (address, asked) = keeping(9).await;
    let network = network(&[]);
    let session = Session::new(&network, None);
    for method in [Method::GET, Method::POST, Method::GET] {
        get(&session, method, address).await.unwrap();
    }
    assert_eq!(asked.lock().unwrap()[..2], [0, 1]);
    // A server that never answers is asked once, even for what may be repeated.
    let (address, asked) = keeping(0).await;
    assert!(get(&session, Method::GET, address).await.is_err() && asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn requests_at_once_get_along_with_one_place() {
    let (address, asked) = keeping(2).await;
    let network = network(&[]);
    let session = Session::new(&network, None);
    let answers = join_all((0..10).map(|_| get(&session, Method::GET, address))).await;
    assert!(answers.iter().all(Result::is_ok) && asked.lock().unwrap().len() == 10);
}

#[tokio::test]
async fn an_address_that_does_not_answer_costs_requests_at_once_one_timeout() {
    let network = network(&[]);
    let session = Session::new(&network, None);
    let silent = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let url: Url = format!("https://app.example:{}/", silent.local_addr().unwrap().port()).parse().unwrap();
    let started = Instant::now();
    let asks = (0..6)
        .map(|_| async { session.ask(&Ask::get(&url), &[LOOPBACK], &mut TimeLeft::for_timeout(TIMEOUT)).await.err().unwrap().to_string() });
    for error in join_all(asks).await {
        assert!(error.contains("no complete answer"), "{error}");
    }
    assert!(started.elapsed() < TIMEOUT * 2, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_packed_page_is_unpacked_and_a_bomb_is_cut_with_a_reason() {
    for (size, words) in [(5000, None), (50 * 1024 * 1024, Some("unpacks to more than 1024 KiB"))] {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![b'x'; size]).unwrap();
        let packed = encoder.finish().unwrap();
        let length = packed.len();
        let address = misbehave(move |mut stream| async move {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", packed.len());
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&packed).await;
            sleep(TIMEOUT).await;
        })
        .await;
        let web = visited_in_time("http", address).await;
        let response = &web.responses[0];
        assert_eq!((response.body_bytes, response.body_truncated), (u64::try_from(length).unwrap(), false));
        assert_eq!(response.body_error.as_deref().map(|error| error.contains(words.unwrap())), words.map(|_| true), "{response:?}");
        assert_eq!(web.last.as_ref().unwrap().answer.body.content.len(), size.min(1024 * 1024));
    }
}
