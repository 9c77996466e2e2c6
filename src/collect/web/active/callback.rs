//! Forged answers of the sign-in, brought to the redirect URL as the platform brings genuine ones.
//!
//! A sign-in is started first, as anybody can: its `state`, its `nonce` and its cookies are the app's own, so that only the token is wrong.

use url::{Url, form_urlencoded};

use super::{
    Attempts,
    browser::{Browser, FORM, Seen},
    tokens::{self, Claims, Signature},
    verdict::{Proof, Signs, Verdict, is_same_answer, is_same_page},
};
use crate::{
    collect::web::{cookies::jar::Jar, masking, questions::Subject},
    evidence::{Attempt, CallbackMethod, EndpointKind, Forgery, PlatformEnvironment, Reading},
};

/// How many redirects lead from a page to the sign-in, at most.
const REDIRECTS: usize = 5;

/// A `state` that nobody issued.
const WRONG_STATE: &str = "redflag-wrong-state";

/// A token that no program can read.
const NONSENSE: &str = "redflag-nonsense";

/// Why one forgery is never sent.
const NO_SHARED_SECRET: &str =
    "a token signed with the public key as a shared secret was not sent: that key is the platform's, which gets no probe";

/// Why some are not sent where nothing is accepted.
const BEHIND_SIGNATURE: &str =
    "issuer, audience and expiry were not tried: they stand behind the signature, and no forged signature was accepted";

/// Why a wrong `state` proves nothing.
const STATE_UNTOLD: &str = "a wrong `state` was answered like the right one, both with a code that is none: without a token that is accepted, it cannot be told apart";

/// Why a wrong `state` has nothing to differ from.
const NO_STATE: &str = "a wrong `state` could not be told from the right one: no sign-in that carries one could be started";

/// A sign-in that was started.
#[derive(Default)]
struct Opening {
    jar: Jar,
    /// Absent where no sign-in could be started.
    request: Option<AuthorizeRequest>,
}

/// What the app asks the platform for.
struct AuthorizeRequest {
    host: String,
    state: Option<String>,
    nonce: Option<String>,
    client_id: Option<String>,
}

/// The token forgeries, then a wrong `state`.
pub(super) async fn attempts<'a>(subject: &'a Subject<'a>, browser: &mut Browser<'a>) -> Attempts {
    tokens::prepare().await;
    let mut callback = Callback { subject, browser, signs: signs(subject), attempts: Vec::new() };
    let reason = match callback.go().await {
        Ok(reason) => reason,
        Err(reason) => format!("the rest was not sent: {reason}"),
    };
    Attempts { attempts: callback.attempts, reason: Some(reason) }
}

/// What tells a refusal of this app.
pub(super) fn signs<'a>(subject: &'a Subject<'a>) -> Signs<'a> {
    let platform = &subject.plan.platform;
    let is_error = |target: &&'a crate::manifest::Target| target.kind == EndpointKind::Error;
    Signs {
        error_pages: subject.plan.targets.iter().filter(is_error).map(|target| &target.url).collect(),
        sign_in_hosts: platform
            .environments
            .iter()
            .map(|environment| &environment.sign_in_host)
            .chain(&platform.sign_in.password_hosts)
            .map(String::as_str)
            .collect(),
    }
}

struct Callback<'a, 'b> {
    subject: &'a Subject<'a>,
    browser: &'b mut Browser<'a>,
    signs: Signs<'a>,
    attempts: Vec<Attempt>,
}

impl Callback<'_, '_> {
    async fn go(&mut self) -> Result<String, String> {
        let gate = self.gate().await;
        let mut opening = self.open().await;
        let nonsense = self.bring(&mut opening, NONSENSE, None).await?;
        let mut accepted = None;
        for signature in [Signature::None, Signature::OwnKey, Signature::EmbeddedKey] {
            let is_taken = self.try_token(signature, None, &nonsense, gate.as_ref()).await?;
            accepted = accepted.or(is_taken.then_some(signature));
        }
        let Some(signature) = accepted else {
            let untold = self.try_state_alone().await?;
            return Ok([Some(NO_SHARED_SECRET), Some(BEHIND_SIGNATURE), untold].into_iter().flatten().collect::<Vec<_>>().join("; "));
        };
        for flaw in [Forgery::WrongIssuer, Forgery::WrongAudience, Forgery::Expired, Forgery::WrongState] {
            self.try_token(signature, Some(flaw), &nonsense, gate.as_ref()).await?;
        }
        Ok(NO_SHARED_SECRET.to_owned())
    }

    /// The page that proves a session, when it sends strangers away.
    async fn gate(&mut self) -> Option<Url> {
        let page = self.subject.target.protected_page.clone()?;
        let seen = self.browser.get(&page, &mut Jar::default()).await.ok()?;
        is_shut(&seen).then_some(page)
    }

    /// Starts a sign-in from the protected page, or from the redirect URL itself, and stops before the platform.
    async fn open(&mut self) -> Opening {
        let mut opening = Opening::default();
        let target = self.subject.target;
        let mut url = target.protected_page.clone().unwrap_or_else(|| target.url.clone());
        for _ in 0..=REDIRECTS {
            let Ok(Seen { location: Some(location), .. }) = self.browser.get(&url, &mut opening.jar).await else { break };
            if let Some(request) = authorize_request(&location, &self.signs) {
                opening.request = Some(request);
                break;
            }
            url = location;
        }
        opening
    }

    /// Brings a token to the callback, as the platform would, with the `state` of the sign-in or another.
    async fn bring(&mut self, opening: &mut Opening, token: &str, state: Option<&str>) -> Result<Seen, String> {
        let issued = opening.request.as_ref().and_then(|request| request.state.clone());
        let state = state.map(ToOwned::to_owned).or(issued).unwrap_or_else(|| WRONG_STATE.to_owned());
        self.answer(opening, &[("id_token", token), ("state", &state)]).await
    }

    async fn answer(&mut self, opening: &mut Opening, parameters: &[(&str, &str)]) -> Result<Seen, String> {
        let url = self.subject.target.url.clone();
        if self.subject.target.method == Some(CallbackMethod::Get) {
            let mut url = url;
            url.query_pairs_mut().extend_pairs(parameters);
            return self.browser.get(&url, &mut opening.jar).await;
        }
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let lines = self.environment(opening).map(|environment| ("Origin", format!("https://{}", environment.sign_in_host)));
        self.browser.post(&url, lines.into_iter().collect(), (FORM, form), &mut opening.jar).await
    }

    /// Sends one forged token behind a sign-in of its own, and notes what came of it. Whether it was accepted.
    async fn try_token(
        &mut self,
        signature: Signature,
        flaw: Option<Forgery>,
        nonsense: &Seen,
        gate: Option<&Url>,
    ) -> Result<bool, String> {
        let mut opening = self.open().await;
        let token = tokens::forged(&self.claims(&opening), signature, flaw);
        let state = (flaw == Some(Forgery::WrongState)).then_some(WRONG_STATE);
        let seen = self.bring(&mut opening, &token, state).await?;
        let proof = self.prove(&seen, nonsense, gate, &mut opening.jar).await;
        let (accepted, mut reason) = self.signs.sign_in(&seen, nonsense, &proof);
        if accepted == Reading::Observed(false) && opening.request.is_none() {
            reason.push_str("; no sign-in could be started before, so the missing `state` may be why");
        }
        let is_taken = accepted == Reading::Observed(true);
        self.note(flaw.unwrap_or(signature.forgery()), seen.status, (accepted, reason));
        Ok(is_taken)
    }

    /// Where no token is accepted, a wrong `state` can only be told by how an unknown code is refused with it and with the right one. Why it
    /// cannot, where both are refused alike.
    async fn try_state_alone(&mut self) -> Result<Option<&'static str>, String> {
        let mut opening = self.open().await;
        let wrong = self.answer(&mut opening, &[("code", NONSENSE), ("state", WRONG_STATE)]).await?;
        let mut opening = self.open().await;
        let Some(state) = opening.request.as_ref().and_then(|request| request.state.clone()) else { return Ok(Some(NO_STATE)) };
        let right = self.answer(&mut opening, &[("code", NONSENSE), ("state", &state)]).await?;
        if !self.signs.refuses(&wrong) || is_same_answer(&wrong, &right) {
            return Ok(Some(STATE_UNTOLD));
        }
        let reason = format!("answered {}, other than with the right `state`", wrong.status);
        self.note(Forgery::WrongState, wrong.status, (Reading::Observed(false), reason));
        Ok(None)
    }

    /// Tries the session on the protected page, or on the page that the answer leads to where that sends strangers away.
    async fn prove(&mut self, seen: &Seen, nonsense: &Seen, gate: Option<&Url>, jar: &mut Jar) -> Proof {
        if let Some(page) = gate {
            return self.try_session(page, jar).await;
        }
        let leads_elsewhere = |location: &&Url| !nonsense.location.as_ref().is_some_and(|other| is_same_page(other, location));
        let Some(page) = seen.location.as_ref().filter(leads_elsewhere) else { return Proof::Untried };
        match self.browser.get(page, &mut Jar::default()).await {
            Ok(stranger) if is_shut(&stranger) => self.try_session(page, jar).await,
            _ => Proof::Untried,
        }
    }

    async fn try_session(&mut self, page: &Url, jar: &mut Jar) -> Proof {
        match self.browser.get(page, jar).await {
            Ok(Seen { status: 200, .. }) => Proof::Opened(page.clone()),
            Ok(seen) if is_shut(&seen) => Proof::Shut(page.clone()),
            _ => Proof::Untried,
        }
    }

    fn claims(&self, opening: &Opening) -> Claims {
        let plan = self.subject.plan;
        let environment = self.environment(opening);
        let declared = environment.and_then(|environment| plan.environments.iter().find(|app| app.name == environment.name));
        let asked = opening.request.as_ref();
        let client_id = asked.and_then(|request| request.client_id.clone());
        Claims {
            issuer: environment.map(|environment| environment.issuer.clone()).unwrap_or_default(),
            audience: client_id.or_else(|| declared?.client_id.clone()).unwrap_or_else(|| "redflag-unknown-client".to_owned()),
            nonce: asked.and_then(|request| request.nonce.clone()),
            others: plan.platform.forgeries.claims.clone(),
            now: plan.now,
        }
    }

    /// The environment that the sign-in leads to, or that the manifest names, or the first.
    fn environment(&self, opening: &Opening) -> Option<&PlatformEnvironment> {
        let known = &self.subject.plan.platform.environments;
        let by_host = |host: &str| known.iter().find(|environment| environment.sign_in_host == host);
        let declared = || {
            let name = self.subject.target.environment.or_else(|| self.subject.plan.environments.first().map(|app| app.name))?;
            known.iter().find(|environment| environment.name == name)
        };
        opening.request.as_ref().and_then(|request| by_host(&request.host)).or_else(declared).or_else(|| known.first())
    }

    fn note(&mut self, forgery: Forgery, status: u16, verdict: Verdict) {
        let (accepted, reason) = verdict;
        let url = masking::url(self.subject.target.url.as_str());
        self.attempts.push(Attempt { forgery, url, status: Some(status), accepted, reason });
    }
}

/// Whether a page sends strangers away: anything but showing itself.
fn is_shut(seen: &Seen) -> bool {
    seen.location.is_some() || matches!(seen.status, 401 | 403)
}

/// The request for a sign-in that a redirect carries; absent when it is none.
fn authorize_request(location: &Url, signs: &Signs<'_>) -> Option<AuthorizeRequest> {
    let host = location.host_str()?;
    let parameter = |name: &str| location.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    let (client_id, redirect) = (parameter("client_id"), parameter("redirect_uri"));
    let is_request = signs.sign_in_hosts.contains(&host) || (client_id.is_some() && redirect.is_some());
    is_request.then(|| AuthorizeRequest { host: host.to_owned(), state: parameter("state"), nonce: parameter("nonce"), client_id })
}
