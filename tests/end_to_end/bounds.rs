//! Servers that do not answer, answer wrongly or without end; interrupts; addresses that are off limits.

use super::*;

fn check_scripted(manner: Manner) -> Run {
    let server = Scripted::start(manner);
    Run::of(check_in_little_memory(&server.url("/callback"), FEW_SECONDS))
}

/// The port was reached, and its answer has a name.
#[track_caller]
fn assert_answer(manner: Manner, answer: &str) -> Run {
    let run = check_scripted(manner);
    let address = run.address();
    assert_eq!(address["reached"], true, "{run}");
    assert_eq!((&address["tls"]["reached"], &address["tls"]["answer"]), (&false.into(), &answer.into()), "{run}");
    assert!(address["tls"]["error"].is_string(), "no reason is given: {run}");
    assert_ne!(run.result()["verdict"], "ready", "{run}");
    assert_ne!(run.code, Some(NO_RED_FLAGS), "{run}");
    run
}

#[test]
fn silence_is_unknown_and_never_a_pass() {
    let run = assert_answer(Manner::Tarpit, "no-answer");
    let protocols = run.address()["tls"]["protocols"].clone();
    let unknown =
        protocols.as_array().into_iter().flatten().all(|protocol| protocol["offered"].is_null() && protocol["reason"].is_string());
    assert!(unknown, "{protocols:#}");
    assert_eq!(run.code, Some(INCOMPLETE), "{run}");
}

#[test]
fn a_server_that_hangs_up_is_told_apart_from_one_that_is_silent() {
    assert_answer(Manner::HangUp, "closed");
}

#[test]
fn plain_http_on_the_port_is_told_apart_from_garbage() {
    assert_answer(Manner::PlainHttp, "plain-http");
    assert_answer(Manner::Garbage, "garbage");
}

#[test]
fn plain_http_of_a_real_server_is_recognised() {
    let Some(server) = or_left_out(Nginx::modern().start()) else { return };
    let run = Run::of(check(&format!("https://{}/callback", server.site.clear_text)));
    assert_eq!(run.address()["tls"]["answer"], "plain-http", "{run}");
    assert_ne!(run.code, Some(NO_RED_FLAGS), "{run}");
}

#[test]
fn a_flood_or_a_drip_ends_within_bounds_and_passes_nothing() {
    for manner in [Manner::Flood, Manner::FloodOfRecords, Manner::Drip] {
        let run = check_scripted(manner);
        assert_ne!(run.result()["verdict"], "ready", "{manner:?}\n{run}");
        assert!(run.code.is_some_and(|code| code == RED_FLAGS || code == INCOMPLETE), "{manner:?}\n{run}");
    }
}

#[test]
fn a_body_of_a_gigabyte_is_read_up_to_a_cap() {
    let Some(server) = or_left_out(Nginx::modern().start()) else { return };
    let mut command = check_in_little_memory(&server.url("/gigabyte"), SECONDS);
    command.arg("--ca").arg(server.authority());
    let run = Run::of(command);
    let response = run.result()["evidence"]["endpoints"][0]["responses"][0].clone();
    assert_eq!((&response["status"], &response["body_truncated"]), (&200.into(), &true.into()), "{run}");
    assert!(response["body_bytes"].as_u64().is_some_and(|bytes| bytes < 64 << 20), "{response:#}");
}

/// Starts a check of a silent server, interrupts it as Ctrl-C does, and gives its exit code and the result it left.
#[cfg(unix)]
fn interrupted(seconds: &str) -> (Option<i32>, Duration, Value) {
    let server = Scripted::start(Manner::Tarpit);
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("result.json");
    let started = Instant::now();
    let url = server.url("/");
    let mut child = std::process::Command::new(cargo_bin("redflag"))
        .args(check_arguments(&url, seconds))
        .args(["-o", &format!("json={}", path.display())])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("redflag can be run");
    // In the middle of the visit, however long the program took to start.
    server.await_visitor();
    let interrupt = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("there is `kill`");
    assert!(interrupt.success());
    let code = child.wait().expect("it ends").code();
    (code, started.elapsed(), serde_json::from_slice(&fs::read(path).expect("a partial result")).expect("it is JSON"))
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_the_run_and_leaves_a_partial_result() {
    let (code, took, result) = interrupted("60");
    assert_eq!(code, Some(INTERRUPTED));
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert_eq!((&result["interrupted"], &result["verdict"]), (&Value::from(true), &Value::from("incomplete")));
    assert_eq!(result["evidence"]["endpoints"][0]["visit"]["reached"], false);
}

#[test]
fn a_closed_port_is_unreachable() {
    let port = free_port([127, 0, 0, 1].into());
    let run = Run::of(check(&format!("https://127.0.0.1:{port}/callback")));
    assert_eq!(run.address()["contact"], "refused", "{run}");
    assert_eq!(run.code, Some(UNREACHABLE), "{run}");
}

#[test]
fn a_private_address_is_refused_unless_allowed() {
    let server = Scripted::start(Manner::Tarpit);
    let mut command = redflag();
    command.args(["check", &server.url("/callback"), "-o", "json"]);
    let run = Run::of(command);
    assert_eq!(run.code, Some(SCOPE_REFUSED), "{run}");
    assert!(run.stderr.contains("--allow-private"), "the remedy is not named: {run}");
}

#[test]
fn a_name_that_leads_to_a_private_address_is_refused_too() {
    let server = Scripted::start(Manner::Tarpit);
    let SocketAddr::V4(address) = server.address else { unreachable!("it listens on IPv4") };
    let port = address.port();
    let mut command = redflag();
    command.args(["check", &format!("https://{HOST}:{port}/callback"), "--resolve", &format!("{HOST}:{port}:127.0.0.1"), "-o", "json"]);
    let run = Run::of(command);
    assert_eq!(run.code, Some(SCOPE_REFUSED), "{run}");
}
