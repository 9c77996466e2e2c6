//! The exit codes: documented constants, and the one place that picks among them.

use crate::{
    assessment::{Assessment, Status},
    evidence::{Contact, Endpoint},
    rules::Severity,
};

/// What the process says to its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// No red flags at or above the threshold.
    Clean = 0,
    /// Red flags.
    RedFlags = 1,
    /// A mistake in the arguments, the manifest, the decisions or the rules, where nothing was assessed; or a report that could not be written.
    Usage = 2,
    /// Something is unknown; with `--require-ready`, also something left out or not attested.
    Incomplete = 3,
    /// Nothing could be reached at all.
    Unreachable = 4,
    /// A result file is not what it says it is.
    Verification = 5,
    /// A target is out of scope; nothing was assessed.
    ScopeRefused = 6,
    /// A bug in redflag.
    Bug = 70,
    /// Ctrl-C; what was seen until then is in the reports.
    Interrupted = 130,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The number's meaning, as the last line of a run says it.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Clean => "no red flags at or above the threshold",
            Self::RedFlags => "red flags",
            Self::Usage => "usage, manifest, decisions or rules error; nothing was assessed",
            Self::Incomplete => "incomplete: something is unknown, left out or not attested",
            Self::Unreachable => "nothing could be reached",
            Self::Verification => "the result file cannot be trusted",
            Self::ScopeRefused => "scope refused; nothing was assessed",
            Self::Bug => "a bug in redflag",
            Self::Interrupted => "interrupted; the result is partial",
        }
    }
}

/// What makes a run fail.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate {
    /// The least severity that fails a run; absent for never.
    pub(super) fail_on: Option<Severity>,
    /// Whether missing attestations count as incomplete.
    pub(super) require_ready: bool,
    /// Whether unknown facts are tolerated.
    pub(super) allow_incomplete: bool,
}

impl Gate {
    /// The exit code of an assessment. Red flags win over incomplete.
    pub(super) fn exit(self, assessment: &Assessment) -> Exit {
        let incomplete = assessment.counts.errors > 0 && !self.allow_incomplete;
        let open = |status: Status| status <= Status::NeedsAttestation;
        let not_ready = self.require_ready && assessment.requirements.iter().any(|requirement| open(requirement.status));
        if assessment.interrupted {
            Exit::Interrupted
        } else if self.fails(assessment) {
            Exit::RedFlags
        } else if nothing_reached(assessment) {
            Exit::Unreachable
        } else if incomplete || not_ready {
            Exit::Incomplete
        } else {
            Exit::Clean
        }
    }

    fn fails(self, assessment: &Assessment) -> bool {
        let Some(threshold) = self.fail_on else { return false };
        assessment
            .findings
            .iter()
            .any(|finding| finding.severity <= threshold && matches!(finding.status, Status::Fail | Status::Warn | Status::ExpiredDecision))
    }
}

fn nothing_reached(assessment: &Assessment) -> bool {
    let evidence = &assessment.evidence;
    let scanned = evidence.source.as_ref().is_some_and(|source| source.files_scanned > 0);
    evidence.endpoints.iter().any(was_tried) && !scanned && !evidence.endpoints.iter().any(was_reached)
}

/// Whether somebody knocked at all: a run without the network does not.
fn was_tried(endpoint: &Endpoint) -> bool {
    endpoint.error.is_some() || !endpoint.addresses.is_empty() || endpoint.visit.is_some()
}

fn was_reached(endpoint: &Endpoint) -> bool {
    endpoint.addresses.iter().any(|address| address.contact == Contact::Accepted) || !endpoint.responses.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{EndpointKind, Visit};

    #[test]
    fn an_endpoint_that_nobody_asked_was_not_tried() {
        let left_out = Endpoint {
            id: "redirect".into(),
            url: "https://a.example/".into(),
            scheme: "https".into(),
            host: "a.example".into(),
            port: 443,
            kind: EndpointKind::Redirect,
            error: None,
            addresses: Vec::new(),
            visit: None,
            responses: Vec::new(),
            cookies: Vec::new(),
            ..Endpoint::default()
        };
        assert!(!was_tried(&left_out));
        assert!(was_tried(&Endpoint { error: Some("no such name".into()), ..left_out.clone() }));
        assert!(was_tried(&Endpoint {
            visit: Some(Visit { reached: false, complete: false, error: None, ..Visit::default() }),
            ..left_out
        }));
    }
}
