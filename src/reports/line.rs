//! The line of a response that a finding is about, as it was sent but for the values of cookies.

use crate::{
    assessment::{Assessment, Finding},
    rules::Location,
};

/// The header line that sets the cookie, or bears the name, that a finding is about.
pub(super) fn header_line(assessment: &Assessment, finding: &Finding) -> Option<String> {
    let Location::Network { url: Some(url), ip, subject: Some(subject) } = &finding.location else { return None };
    let endpoints = assessment.evidence.endpoints.iter().filter(|endpoint| endpoint.url == *url);
    let responses = endpoints.flat_map(|endpoint| &endpoint.responses).filter(|response| ip.as_ref().is_none_or(|ip| response.ip == *ip));
    let mut lines = responses.flat_map(|response| &response.headers);
    let (name, value) = lines.find(|(name, value)| name.eq_ignore_ascii_case(subject) || sets(name, value, subject))?;
    Some(format!("{name}: {value}"))
}

/// Whether a line sets the cookie of that name (RFC 6265bis, section 5.7).
fn sets(name: &str, value: &str, cookie: &str) -> bool {
    name.eq_ignore_ascii_case("set-cookie") && value.split_once('=').is_some_and(|(name, _)| name.trim() == cookie)
}
