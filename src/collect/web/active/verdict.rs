//! What an answer to a forged request proves. Pure: answers in, a reading and its reason out.

use url::Url;

use super::browser::Seen;
use crate::{collect::web::masking, evidence::Reading};

/// As much of a body is read, in bytes.
const READ: usize = 64 * 1024;

/// Words of pages that refuse, in the languages of the platform's customers. A page with one of them proves no success.
const REFUSALS: [&str; 33] = [
    "error",
    "invalid",
    "fail",
    "denied",
    "deny",
    "unauthor",
    "forbidden",
    "expired",
    "not valid",
    "not allowed",
    "could not",
    "cannot",
    "exception",
    "reject",
    "missing",
    "wrong",
    "sorry",
    "problem",
    "try again",
    "sign in",
    "signin",
    "log in",
    "login",
    "type=\"password\"",
    "feil",
    "ugyldig",
    "beklager",
    "fejl",
    "ogiltig",
    "fehler",
    "ungültig",
    "fout",
    "ongeldig",
];

/// Words in the path of pages that people are sent to when they are not let in.
const SHUT_PATHS: [&str; 14] = [
    "error",
    "fail",
    "denied",
    "unauthor",
    "forbidden",
    "invalid",
    "login",
    "logon",
    "signin",
    "sign-in",
    "sign_in",
    "logout",
    "expired",
    "oauth",
];

/// Parameters of a redirect that tell of an error (RFC 6749, section 4.1.2.1, and habit).
const ERROR_PARAMETERS: [&str; 6] = ["error", "error_code", "errorcode", "error_description", "err", "failed"];

/// What became of the session behind a forged sign-in.
pub(super) enum Proof {
    /// It opens a page that strangers do not see.
    Opened(Url),
    /// It does not.
    Shut(Url),
    /// There is no page to try it on.
    Untried,
}

/// What is known of the app beside the answers.
pub(super) struct Signs<'a> {
    /// Pages that tell of errors, as the manifest names them.
    pub(super) error_pages: Vec<&'a Url>,
    /// Hosts where people sign in to the platform.
    pub(super) sign_in_hosts: Vec<&'a str>,
}

/// Whether the endpoint took it for genuine, and why.
pub(super) type Verdict = (Reading<bool>, String);

fn taken(reason: String) -> Verdict {
    (Reading::Observed(true), reason)
}

fn refused(reason: String) -> Verdict {
    (Reading::Observed(false), reason)
}

fn untold(reason: String) -> Verdict {
    (Reading::Unknown, reason)
}

impl Signs<'_> {
    /// Whether a redirect leads to where people land who are not let in.
    fn is_shut(&self, location: &Url) -> bool {
        let path = location.path().to_ascii_lowercase();
        let is_error_page = self.error_pages.iter().any(|page| page.origin() == location.origin() && page.path() == location.path());
        is_error_page
            || location.host_str().is_some_and(|host| self.sign_in_hosts.contains(&host))
            || SHUT_PATHS.iter().any(|word| path.contains(word))
            || location.query_pairs().any(|(name, _)| ERROR_PARAMETERS.contains(&name.to_ascii_lowercase().as_str()))
    }

    /// Whether an answer says no: by its status, or by where it leads.
    pub(super) fn refuses(&self, seen: &Seen) -> bool {
        is_refusal(seen.status) || seen.status == 500 || seen.location.as_ref().is_some_and(|location| self.is_shut(location))
    }

    /// What the answer to a forged sign-in proves. `nonsense` is the answer to one that no program can take for genuine.
    pub(super) fn sign_in(&self, forged: &Seen, nonsense: &Seen, proof: &Proof) -> Verdict {
        let status = forged.status;
        if let Proof::Opened(page) = proof {
            return taken(format!("the session that it gave opens `{}`, which strangers do not see", shown(page)));
        }
        if let Some(reason) = no_answer(status) {
            return untold(reason);
        }
        if is_refusal(status) {
            return refused(format!("answered {status}"));
        }
        if let Some(location) = &forged.location {
            return self.redirected(location, nonsense, proof);
        }
        match (status, proof) {
            (200..300, _) => self.succeeded(forged, nonsense, proof),
            (500, Proof::Shut(page)) => refused(format!("answered 500, and gave no session that opens `{}`", shown(page))),
            (500, _) if !forged.sets_cookie && nonsense.status == 500 => refused("answered 500 as to nonsense, and gave no session".into()),
            _ => untold(format!("answered {status}, which proves nothing")),
        }
    }

    fn redirected(&self, location: &Url, nonsense: &Seen, proof: &Proof) -> Verdict {
        let to = shown(location);
        if self.is_shut(location) {
            return refused(format!("redirects to `{to}`, where people land who are not let in"));
        }
        match proof {
            Proof::Shut(page) => refused(format!("redirects to `{to}`, and gave no session that opens `{}`", shown(page))),
            _ if nonsense.location.as_ref().is_some_and(|other| is_same_page(other, location)) => {
                untold(format!("redirects to `{to}`, as it does for nonsense; a `protected_page` in the manifest would tell"))
            }
            _ => untold(format!("redirects to `{to}`, which proves nothing; a `protected_page` in the manifest would tell")),
        }
    }

    fn succeeded(&self, forged: &Seen, nonsense: &Seen, proof: &Proof) -> Verdict {
        let status = forged.status;
        if has_refusing_words(&forged.body) {
            return match proof {
                Proof::Shut(page) => {
                    refused(format!("answered {status} with a page that refuses, and no session that opens `{}`", shown(page)))
                }
                _ if is_same_answer(forged, nonsense) && !forged.sets_cookie => {
                    refused("answered as to nonsense, with a page that refuses".into())
                }
                _ => untold(format!("answered {status} with a page that may refuse; a `protected_page` in the manifest would tell")),
            };
        }
        match proof {
            Proof::Shut(page) if is_same_answer(forged, nonsense) => {
                refused(format!("answered as to nonsense; no session opens `{}`", shown(page)))
            }
            Proof::Shut(page) => untold(format!("answered {status}, and yet gave no session that opens `{}`", shown(page))),
            _ if self.refuses(nonsense) => taken(format!("answered {status}, where nonsense is refused ({})", nonsense.status)),
            _ => untold(format!("answered {status}, as to nonsense; a `protected_page` in the manifest would tell")),
        }
    }

    /// What the answer to a call proves that only the platform should make. `nonsense` is the answer to an empty one.
    pub(super) fn call(&self, forged: &Seen, nonsense: &Seen) -> Verdict {
        let status = forged.status;
        if let Some(reason) = no_answer(status) {
            return untold(reason);
        }
        if is_refusal(status) {
            return refused(format!("answered {status}"));
        }
        if forged.location.as_ref().is_some_and(|location| self.is_shut(location)) {
            return refused("redirects to where those land who are not let in".into());
        }
        match status {
            200..300 if has_refusing_words(&forged.body) => untold(format!("answered {status} with words that may refuse")),
            200..300 if self.refuses(nonsense) => taken(format!("answered {status}, where an empty call is refused ({})", nonsense.status)),
            200..300 => untold(format!("answered {status} to an empty call too, so it says nothing about what it does with one")),
            _ => untold(format!("answered {status}, which proves nothing")),
        }
    }
}

/// Statuses that tell nothing of the request's content.
fn no_answer(status: u16) -> Option<String> {
    let why = match status {
        404 | 410 => "nothing is there",
        405 | 501 => "the method is not taken",
        408 | 425 | 429 => "it does not take requests at this pace",
        502..=504 => "the server is in trouble",
        _ => return None,
    };
    Some(format!("answered {status}: {why}"))
}

fn is_refusal(status: u16) -> bool {
    (400..500).contains(&status) && no_answer(status).is_none()
}

/// Whether two redirects lead to the same page, whatever its parameters.
pub(super) fn is_same_page(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin() && one.path() == other.path()
}

/// Whether two answers are alike, numbers and tokens in the body aside: lengths within a twentieth of each other.
pub(super) fn is_same_answer(one: &Seen, other: &Seen) -> bool {
    let (short, long) = (one.body.len().min(other.body.len()), one.body.len().max(other.body.len()));
    let same_place = match (&one.location, &other.location) {
        (Some(one), Some(other)) => is_same_page(one, other),
        (None, None) => true,
        _ => false,
    };
    one.status == other.status && same_place && long.saturating_sub(short) <= long / 20
}

fn has_refusing_words(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body.get(..READ).unwrap_or(body)).to_lowercase();
    REFUSALS.iter().any(|word| text.contains(word))
}

fn shown(url: &Url) -> String {
    masking::url(url.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(status: u16, location: Option<&str>, body: &str) -> Seen {
        let location = location.map(|location| location.parse().unwrap());
        Seen { status, location, body: body.as_bytes().to_vec(), sets_cookie: false }
    }

    fn page() -> Url {
        "https://app.example/account".parse().unwrap()
    }

    fn verdict(forged: &Seen, nonsense: &Seen, proof: &Proof) -> Reading<bool> {
        let error: Url = "https://app.example/oops".parse().unwrap();
        let signs = Signs { error_pages: vec![&error], sign_in_hosts: vec!["id.vendor.example"] };
        signs.sign_in(forged, nonsense, proof).0
    }

    #[test]
    fn only_proof_makes_an_acceptance() {
        let refusal = seen(400, None, "no");
        for (forged, nonsense, proof, expected) in [
            (seen(302, Some("https://app.example/"), ""), &refusal, Proof::Opened(page()), Reading::Observed(true)),
            (seen(200, None, "Welcome"), &refusal, Proof::Untried, Reading::Observed(true)),
            (seen(200, None, "Welcome"), &seen(200, None, "Hello"), Proof::Untried, Reading::Unknown),
            (seen(200, None, "Sign-in failed"), &refusal, Proof::Untried, Reading::Unknown),
            (seen(200, None, "Beklager, noe gikk galt"), &refusal, Proof::Untried, Reading::Unknown),
            (seen(302, Some("https://app.example/home"), ""), &refusal, Proof::Untried, Reading::Unknown),
            (seen(302, Some("https://app.example/home"), ""), &refusal, Proof::Shut(page()), Reading::Observed(false)),
            (seen(200, None, "Welcome"), &refusal, Proof::Shut(page()), Reading::Unknown),
        ] {
            assert_eq!(verdict(&forged, nonsense, &proof), expected, "{} {:?}", forged.status, forged.location);
        }
    }

    #[test]
    fn refusals_are_believed_however_they_are_put() {
        let nonsense = seen(302, Some("https://app.example/error"), "");
        for forged in [
            seen(400, None, ""),
            seen(401, None, ""),
            seen(403, None, ""),
            seen(422, None, ""),
            seen(302, Some("https://app.example/error?id=5"), ""),
            seen(303, Some("https://app.example/oops"), ""),
            seen(302, Some("https://app.example/?error=invalid_token"), ""),
            seen(302, Some("https://app.example/account/login"), ""),
            seen(302, Some("https://id.vendor.example/x"), ""),
        ] {
            assert_eq!(verdict(&forged, &nonsense, &Proof::Untried), Reading::Observed(false), "{} {:?}", forged.status, forged.location);
        }
        let page = seen(200, None, "<h1>Sign-in failed</h1>");
        assert_eq!(verdict(&page, &seen(200, None, "<h1>Sign-in failed</h1>"), &Proof::Untried), Reading::Observed(false));
    }

    #[test]
    fn trouble_and_absence_prove_nothing() {
        for status in [404, 405, 410, 429, 501, 502, 503, 504, 500, 304] {
            let nonsense = seen(400, None, "");
            assert_eq!(verdict(&seen(status, None, ""), &nonsense, &Proof::Untried), Reading::Unknown, "{status}");
        }
        assert_eq!(verdict(&seen(500, None, "x"), &seen(500, None, "x"), &Proof::Untried), Reading::Observed(false));
    }

    #[test]
    fn a_call_is_accepted_where_an_empty_one_is_not() {
        let signs = Signs { error_pages: vec![], sign_in_hosts: vec![] };
        for (forged, nonsense, expected) in [
            (seen(200, None, ""), seen(400, None, ""), Reading::Observed(true)),
            (seen(204, None, ""), seen(500, None, ""), Reading::Observed(true)),
            (seen(200, None, ""), seen(200, None, ""), Reading::Unknown),
            (seen(200, None, "{\"error\":\"bad signature\"}"), seen(400, None, ""), Reading::Unknown),
            (seen(401, None, ""), seen(200, None, ""), Reading::Observed(false)),
            (seen(500, None, ""), seen(500, None, ""), Reading::Unknown),
            (seen(404, None, ""), seen(404, None, ""), Reading::Unknown),
        ] {
            assert_eq!(signs.call(&forged, &nonsense).0, expected, "{} after {}", forged.status, nonsense.status);
        }
    }
}
