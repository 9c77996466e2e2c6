//! Calls that only the platform should make, made by somebody else: about a tenant that no customer has, and events that mean nothing.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Attempts,
    browser::{Browser, JSON, Seen},
    callback::signs,
    tokens::{self, Claims, Signature},
};
use crate::{
    collect::web::{cookies::jar::Jar, masking, questions::Subject},
    evidence::{Attempt, Forgery, PlatformEnvironment},
};

/// What stands for the token in the body of a notification.
const TOKEN: &str = "<token>";

/// What stands for the time.
const NOW: &str = "<now>";

/// A notification about a tenant, its token unsigned.
pub(super) async fn notification(subject: &Subject<'_>, browser: &mut Browser<'_>) -> Attempts {
    let body = &subject.plan.platform.forgeries.notification;
    if body.is_empty() {
        return Attempts::none("what the platform's notifications look like is not known");
    }
    let token = tokens::forged(&claims(subject), Signature::None, None);
    let body = body.replace(TOKEN, &token).replace(NOW, &instant(subject.plan.now));
    calls(subject, browser, &[(Forgery::UnsignedNotification, Vec::new(), body)]).await
}

/// An event with a wrong signature, and one without any.
pub(super) async fn webhook(subject: &Subject<'_>, browser: &mut Browser<'_>) -> Attempts {
    let known = &subject.plan.platform.forgeries;
    if known.webhook.is_empty() || known.webhook_signature.is_empty() {
        return Attempts::none("what the platform's webhooks look like is not known");
    }
    let body = known.webhook.replace(NOW, &instant(subject.plan.now));
    let unsigned: Vec<(&str, String)> = known.webhook_lines.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    // As long as a genuine one (HMAC-SHA256), and made with no secret.
    let signature = (known.webhook_signature.as_str(), STANDARD.encode([0_u8; 32]));
    let signed = unsigned.iter().cloned().chain([signature]).collect();
    calls(subject, browser, &[(Forgery::WrongSignature, signed, body.clone()), (Forgery::NoSignature, unsigned, body)]).await
}

/// A call: what is forged, its lines and its body.
type Call<'a> = (Forgery, Vec<(&'a str, String)>, String);

/// Sends an empty call first, to see what a refusal looks like.
async fn calls(subject: &Subject<'_>, browser: &mut Browser<'_>, calls: &[Call<'_>]) -> Attempts {
    let mut sent = Attempts::default();
    let nonsense = match post(subject, browser, Vec::new(), "{}").await {
        Ok(seen) => seen,
        Err(reason) => return Attempts::none(&reason),
    };
    for (forgery, lines, body) in calls {
        match post(subject, browser, lines.clone(), body).await {
            Ok(seen) => {
                let (accepted, reason) = signs(subject).call(&seen, &nonsense);
                let url = masking::url(subject.target.url.as_str());
                sent.attempts.push(Attempt { forgery: *forgery, url, status: Some(seen.status), accepted, reason });
            }
            Err(reason) => sent.reason = Some(format!("the rest was not sent: {reason}")),
        }
    }
    sent
}

async fn post(subject: &Subject<'_>, browser: &mut Browser<'_>, lines: Vec<(&str, String)>, body: &str) -> Result<Seen, String> {
    browser.post(&subject.target.url, lines, (JSON, body.to_owned()), &mut Jar::default()).await
}

/// What the platform would say, of the environment that the manifest names, or else of the first.
fn claims(subject: &Subject<'_>) -> Claims {
    let known = &subject.plan.platform.environments;
    let is_declared = |environment: &&PlatformEnvironment| Some(environment.name) == subject.target.environment;
    let environment = known.iter().find(is_declared).or_else(|| known.first());
    let declared = subject.plan.environments.iter().find(|app| environment.is_some_and(|environment| environment.name == app.name));
    Claims {
        issuer: environment.map(|environment| environment.issuer.clone()).unwrap_or_default(),
        audience: declared.and_then(|app| app.client_id.clone()).unwrap_or_default(),
        nonce: None,
        others: subject.plan.platform.forgeries.claims.clone(),
        now: subject.plan.now,
    }
}

fn instant(now: OffsetDateTime) -> String {
    now.format(&Rfc3339).unwrap_or_default()
}
