//! The request for authorisation, read from the URL that carries it.

use regex::RegexBuilder;
use url::Url;

use super::Registration;
use crate::{
    collect::web::{
        masking,
        platform_hosts::{self, Use},
    },
    evidence::{AppEnvironment, AuthorizeRequest, OneTimeValue, Reading},
};

/// Parameters that must not stand in a URL, beside those that the pack names: letters and digits in lower case.
const SECRETS: [&str; 8] =
    ["clientsecret", "clientassertion", "codeverifier", "password", "idtoken", "accesstoken", "refreshtoken", "ticket"];

/// A pattern of a redirect URL may take so much memory when it is compiled.
const PATTERN_LIMIT: usize = 1 << 20;

/// What the request says, and how it fits what is registered.
pub(super) fn authorize_request(url: &Url, again: Option<&Url>, registration: &Registration<'_>) -> AuthorizeRequest {
    let platform = registration.platform;
    let host = url.host_str().unwrap_or_default();
    let place = platform_hosts::place(platform, host);
    let environment = place.and_then(|(environment, _)| environment);
    let asked = platform_hosts::authorize(platform, url);
    let value = |name: &str| value(url, name);
    let declared: Vec<&AppEnvironment> =
        registration.environments.iter().filter(|declared| environment.is_none_or(|environment| declared.name == environment)).collect();
    let (client_id, redirect_uri) = (value("client_id"), value("redirect_uri"));
    let in_values = || {
        value("acr_values")
            .and_then(|values| values.split_whitespace().find_map(|word| word.strip_prefix("tenant:").map(ToOwned::to_owned)))
    };
    AuthorizeRequest {
        url: masking::url(url.as_str()),
        host: host.to_owned(),
        secure: url.scheme() == "https",
        environment,
        data_host: place.is_some_and(|(_, purpose)| purpose == Use::Data),
        legacy: asked.as_ref().is_some_and(|asked| asked.legacy),
        tenant: asked.and_then(|asked| asked.tenant).or_else(in_values),
        client_id_matches: client_id.as_deref().and_then(|id| client_id_matches(id, &declared)),
        client_id,
        response_type: value("response_type"),
        response_mode: value("response_mode"),
        redirect_uri_matches: redirect_uri.as_deref().and_then(|uri| redirect_uri_matches(uri, &declared, registration.redirect_urls)),
        redirect_uri: redirect_uri.map(|uri| masking::url(&uri)),
        scope: value("scope").map(|scope| scope.split_whitespace().map(ToOwned::to_owned).collect()).unwrap_or_default(),
        state: one_time(url, again, "state"),
        nonce: one_time(url, again, "nonce"),
        code_challenge: value("code_challenge").is_some(),
        code_challenge_method: value("code_challenge_method"),
        secrets: secrets(url, &platform.secret_names),
    }
}

/// A parameter that is not empty.
fn value(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.into_owned())
}

fn client_id_matches(id: &str, declared: &[&AppEnvironment]) -> Option<bool> {
    let mut ids = declared.iter().filter_map(|environment| environment.client_id.as_deref()).peekable();
    ids.peek()?;
    Some(ids.any(|declared| declared == id))
}

/// Exactly one of the registered ones, or fitting a registered pattern. A pattern that cannot be read fits nothing and proves nothing.
fn redirect_uri_matches(uri: &str, declared: &[&AppEnvironment], endpoints: &[Url]) -> Option<bool> {
    let mut compared = false;
    for endpoint in endpoints {
        compared = true;
        // A URL without a path is read as one with `/`; the manifest keeps only that form.
        let bare = endpoint.as_str().strip_suffix('/').filter(|_| endpoint.path() == "/");
        if endpoint.as_str() == uri || bare == Some(uri) {
            return Some(true);
        }
    }
    let mut broken = false;
    for written in declared.iter().flat_map(|environment| &environment.redirect_uris) {
        if !written.starts_with('^') {
            compared = true;
            if written == uri {
                return Some(true);
            }
            continue;
        }
        match RegexBuilder::new(written).size_limit(PATTERN_LIMIT).build() {
            Ok(pattern) if pattern.is_match(uri) => return Some(true),
            Ok(_) => compared = true,
            Err(_) => broken = true,
        }
    }
    (compared && !broken).then_some(false)
}

fn one_time(url: &Url, again: Option<&Url>, name: &str) -> OneTimeValue {
    let first = value(url, name);
    let second = again.map(|again| value(again, name));
    let differs = match (&first, second) {
        (Some(first), Some(Some(second))) => Reading::Observed(*first != second),
        _ => Reading::Unknown,
    };
    let length = first.as_ref().map_or(0, |value| u64::try_from(value.chars().count()).unwrap_or(u64::MAX));
    OneTimeValue { present: first.is_some(), length, differs }
}

/// The names of parameters that carry a secret, by name or by the form of their value.
fn secrets(url: &Url, names: &[String]) -> Vec<String> {
    let plain = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect::<String>();
    let secret_names: Vec<String> = names.iter().map(|name| plain(name)).collect();
    let mut found: Vec<String> = Vec::new();
    for (name, value) in url.query_pairs() {
        let key = plain(&name);
        let shaped = ["7T:", "7A:", "8A:"].iter().any(|start| value.starts_with(start) && value.len() >= 12);
        if !value.is_empty()
            && (SECRETS.contains(&key.as_str()) || secret_names.contains(&key) || shaped)
            && !found.iter().any(|known| *known == name)
        {
            found.push(crate::wording::visible_within(&name, 100));
        }
    }
    found
}
