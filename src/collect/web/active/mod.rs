//! Requests that only the owner of an app may allow: forged id tokens, a wrong `state`, notifications and webhook calls without a valid signature.
//!
//! Few requests, one after the other, each saying who asks. An endpoint is called careless only on proof: a session that opens a protected page, or a
//! success where nonsense is refused. A refusal is believed, and everything else is told as unknown.
//!
//! Issuer, audience and expiry stand behind the signature, and ours is never genuine. So they can only be told apart, and are only tried, where a
//! forged signature was accepted. A signature made with the platform's public key as if it were a shared secret is not tried: that key is not ours to
//! fetch, since the platform's hosts get no probe.

mod browser;
mod callback;
mod calls;
mod tokens;
mod verdict;

use self::browser::Browser;
use super::questions::Subject;
use crate::evidence::{Attempt, Authorisation, EndpointKind, EnvironmentName};

/// The word of an owner that forged requests may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Who gave it.
    pub statement: Authorisation,
    /// Whether it holds for endpoints that serve customers.
    pub production: bool,
}

impl Permission {
    /// Whether it holds for an endpoint that serves an environment of the platform.
    pub(in crate::collect) fn holds_for(&self, environment: Option<EnvironmentName>) -> bool {
        self.production || environment != Some(EnvironmentName::Production)
    }
}

/// What came of the forged requests.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::collect) struct Attempts {
    /// Each one that was sent.
    pub(in crate::collect) attempts: Vec<Attempt>,
    /// Which were not sent, and why; absent when all were.
    pub(in crate::collect) reason: Option<String>,
}

impl Attempts {
    /// Nothing was sent.
    pub(in crate::collect) fn none(reason: &str) -> Self {
        Self { attempts: Vec::new(), reason: Some(reason.to_owned()) }
    }
}

/// Sends the forged requests that fit the kind of the endpoint, where its owner allowed it.
pub(in crate::collect) async fn attempts(subject: &Subject<'_>) -> Attempts {
    let Some(permission) = &subject.plan.authorisation else {
        return Attempts::none("forged requests are sent only with `--active`");
    };
    if !permission.holds_for(subject.target.environment) {
        return Attempts::none("it serves customers; name it with `--endpoint` to have forged requests sent there");
    }
    let mut browser = Browser::new(subject);
    match subject.target.kind {
        EndpointKind::Redirect => callback::attempts(subject, &mut browser).await,
        EndpointKind::StateChange => calls::notification(subject, &mut browser).await,
        EndpointKind::Webhook => calls::webhook(subject, &mut browser).await,
        _ => Attempts::none("nothing is forged for endpoints of this kind"),
    }
}
