//! Where redirects lead: up to https and down again, elsewhere, round in circles, and wherever a parameter says.

use super::*;
use crate::{
    collect::web::{Session, open_redirect::open_redirect, plain_http::plain_url},
    evidence::OpenRedirect,
};

#[tokio::test]
async fn the_way_up_to_https_and_down_again_is_noted() {
    let (landing, _) = serve(|_| OK.to_owned()).await;
    let back = format!("http://app.example:{}/end", landing.port());
    let secure = serve_tls(true, move |_| to(&back)).await;
    let (plain, _) = serve(move |_| to(&format!("https://app.example:{}/", secure.port()))).await;
    let hosts = [("app.example", plain), ("app.example", secure), ("app.example", landing)];
    let web = visited(&format!("http://app.example:{}/", plain.port()), &hosts).await;
    assert!(web.visit.upgraded && web.visit.downgraded && web.visit.complete && web.responses.len() == 3, "{web:?}");
    let up = visited(&format!("http://app.example:{}/", landing.port()), &hosts).await;
    assert!(!up.visit.upgraded && !up.visit.downgraded);
}

#[tokio::test]
async fn a_host_that_is_not_named_is_noted_with_what_leads_there() {
    let (address, _) = serve(|_| to("https://Login.Example.org/authorize?client_id=a&state=verysecretvalue")).await;
    let web = visited_in_time("http", address).await;
    assert_eq!(web.visit.unnamed_hosts, ["login.example.org"]);
    assert!(web.visit.upgraded && web.visit.complete);
    let last = web.last.as_ref().unwrap();
    assert!(last.leads_to.as_ref().unwrap().as_str().ends_with("&state=verysecretvalue") && last.answer.head.status == 302);
    assert!(!format!("{web:?}").contains("verysecretvalue"));
    let told = web.visit.not_followed.as_ref().unwrap();
    assert!(
        told.url.starts_with("https://login.example.org/authorize?") && told.reason == "the manifest does not name its host",
        "{told:?}"
    );
}

#[tokio::test]
async fn an_unnamed_private_address_and_what_is_no_page_are_noted_with_the_reason() {
    for (location, address, words) in [
        ("http://169.254.169.254/latest/meta-data/?x=1", Some("169.254.169.254"), "is link-local"),
        ("javascript:alert(1)", None, "no browser follows a redirect to `javascript:`"),
        ("data:text/html,hi", None, "no browser follows a redirect to `data:`"),
    ] {
        let (server, _) = serve(move |_| to(location)).await;
        let web = visited_in_time("http", server).await;
        let told = web.visit.not_followed.as_ref().unwrap();
        assert!(told.url == location && told.reason.contains(words), "{told:?}");
        assert_eq!(web.visit.private_address.as_deref(), address, "{web:?}");
    }
}

#[tokio::test]
async fn a_private_address_behind_a_redirect_is_noted() {
    let fixed = |host: &str, address: [u8; 4]| Override { host: host.to_owned(), port: 8080, addresses: vec![address.into()] };
    let (proxy, _) = serve(|_| format!("HTTP/1.1 200 Connected\r\n\r\n{}", to("http://intern.example:8080/"))).await;
    let network = Network::new(NetworkSettings {
        timeout: TIMEOUT,
        connections_per_host: 1,
        allow_private: false,
        overrides: vec![fixed("app.example", [1, 1, 1, 1]), fixed("intern.example", [169, 254, 169, 254])],
        proxies: Some(hyper_util::client::proxy::matcher::Matcher::builder().all(format!("http://{proxy}")).build()),
    });
    let named = ["app.example", "intern.example"].map(str::to_owned).into();
    let web = visit(&network, &named, &"http://app.example:8080/".parse().unwrap(), &[IpAddr::from([1, 1, 1, 1])], NOW).await;
    assert_eq!(web.visit.private_address.as_deref(), Some("169.254.169.254"), "{web:?}");
    let told = web.visit.not_followed.as_ref().unwrap();
    assert_eq!(told.url, "http://intern.example:8080/");
    assert!(told.reason.starts_with("`intern.example`, that is `169.254.169.254`, is link-local"), "{told:?}");
    let first = visit(&network, &named, &"http://app.example:8080/".parse().unwrap(), &[IpAddr::from([10, 0, 0, 1])], NOW).await;
    assert!(first.visit.private_address.is_none() && !first.visit.reached);
}

/// A server that sends back whoever brings no cookie, with one; `answer` is for those who do.
async fn testing_cookies(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let head = request(&mut stream).await;
            let tested = if head.contains("\r\nCookie: test=1\r\n") {
                answer.to_owned()
            } else {
                "HTTP/1.1 302 Found\r\nSet-Cookie: test=1; HttpOnly\r\nLocation: /\r\nContent-Length: 0\r\n\r\n".to_owned()
            };
            let _ = stream.write_all(tested.as_bytes()).await;
        }
    });
    address
}

#[tokio::test]
async fn a_cookie_test_ends_as_in_a_browser() {
    let web = visited_in_time("http", testing_cookies(OK).await).await;
    assert_eq!((web.visit.complete, web.visit.looped, web.responses.len(), web.cookies.len()), (true, false, 2, 1), "{web:?}");
}

#[tokio::test]
async fn a_loop_says_whether_cookies_were_given_back() {
    let again = "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n";
    let web = visited_in_time("http", testing_cookies(again).await).await;
    assert!(web.visit.looped && error(&web).contains("though it gave back the cookie that it was given"), "{web:?}");
    let (address, _) = serve(|_| to("/")).await;
    let web = visited_in_time("http", address).await;
    assert!(web.visit.looped && error(&web).contains("no hop set a cookie"), "{web:?}");
}

#[tokio::test]
async fn a_cookie_that_changes_at_every_hop_does_not_keep_the_walk() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let (address, requests) = serve(move |_| {
        let count = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        format!("HTTP/1.1 302 F\r\nSet-Cookie: n={count}\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")
    })
    .await;
    let web = visited_in_time("http", address).await;
    assert_eq!((error(&web), requests.lock().unwrap().len()), ("more than 10 redirects", 11));
}

/// What is told of a parameter `next` of a server that answers like this to whoever is sent to `/FOREIGN`.
async fn asked(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> (OpenRedirect, Vec<String>) {
    let (address, requests) = serve(answer).await;
    let network = network(&[]);
    let url: Url = format!("http://app.example:{}/go?a=b&next=%2Fhome", address.port()).parse().unwrap();
    let told = open_redirect(&Session::new(&network, None), &url, "next", &[LOOPBACK]).await;
    let asked = requests.lock().unwrap().iter().map(|head| head.split(' ').nth(1).unwrap().to_owned()).collect();
    (told, asked)
}

#[tokio::test]
async fn a_parameter_that_leads_anywhere_is_found_and_one_that_does_not_is_not_blamed() {
    let foreign = "https://redflag.invalid/";
    let page = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let answers: [(String, Reading<bool>); 11] = [
        (to(foreign), Reading::Observed(true)),
        (to("//redflag.invalid/x"), Reading::Observed(true)),
        (format!("HTTP/1.1 200 OK\r\nRefresh: 0; URL='{foreign}'\r\nContent-Length: 0\r\n\r\n"), Reading::Observed(true)),
        (to("/home"), Reading::Observed(false)),
        (to("https://redflag.invalid.app.example/home"), Reading::Unknown),
        (to("/login?next=https%3A%2F%2Fredflag.invalid%2F"), Reading::Unknown),
        (page("hello"), Reading::Observed(false)),
        (page("<script>location = 'https://redflag.invalid/'</script>"), Reading::Unknown),
        ("HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n".to_owned(), Reading::Observed(false)),
        ("HTTP/1.1 500 Bad\r\nContent-Length: 0\r\n\r\n".to_owned(), Reading::Unknown),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello".to_owned(), Reading::Unknown),
    ];
    for (answer, expected) in answers {
        let shown = answer.clone();
        let (told, asked) = asked(move |_| answer.clone()).await;
        assert_eq!((told.open, told.parameter.as_str(), told.reason.is_empty()), (expected, "next", false), "{shown}: {told:?}");
        assert_eq!(asked, ["/go?a=b&next=https%3A%2F%2Fredflag.invalid%2F"]);
    }
    let (told, _) = asked(|_| String::new()).await;
    assert!(told.open == Reading::Unknown && told.reason.contains("without an answer"), "{told:?}");
}

#[test]
fn the_plain_url_keeps_the_path_and_no_secret() {
    let plain = |url: &str| plain_url(&url.parse().unwrap()).map(String::from);
    assert_eq!(plain("https://app.example:8443/a/b?code=c#d").as_deref(), Some("http://app.example/a/b"));
    assert_eq!(plain("mailto:a@b"), None);
}
