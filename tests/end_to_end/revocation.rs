//! `redflag check --revocation` against an authority that openssl plays.

use serde_json::{Value, json};

use super::{
    Run, check_on, or_left_out,
    servers::openssl_authority::{self, Way},
};

/// What the chain says of revocation, and why; none where the servers are not installed.
fn revoked(way: Way, is_revoked: bool, is_asked: bool) -> Option<(Value, String)> {
    let authority = or_left_out(openssl_authority::start(way, is_revoked))?;
    let mut command = check_on(&authority.server, "/");
    if is_asked {
        command.arg("--revocation");
    }
    let chain = Run::of(command).chain();
    assert_eq!(chain["trusted"], json!(true), "{chain}");
    assert_eq!(authority.was_asked(), is_asked && way == Way::Ocsp);
    Some((chain["revoked"].clone(), chain["revocation"].as_str().unwrap_or_default().to_owned()))
}

#[test]
fn a_certificate_is_known_to_be_revoked_or_not_by_ocsp_and_by_list() {
    for way in [Way::Ocsp, Way::List] {
        for is_revoked in [true, false] {
            let Some((revoked, words)) = revoked(way, is_revoked, true) else { return };
            assert_eq!(revoked, json!(is_revoked), "{way:?}: {words}");
            assert!(words.contains("says"), "{words}");
        }
    }
}

#[test]
fn nobody_is_asked_without_leave() {
    let Some((revoked, words)) = revoked(Way::Ocsp, true, false) else { return };
    assert_eq!(revoked, Value::Null);
    assert!(words.contains("--revocation"), "{words}");
}
