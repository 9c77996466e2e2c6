//! The words that all formats share: statuses, verdicts, places, and why the verdict is what it is.

use crate::{
    assessment::{Assessment, Finding, RequirementResult, Status, Verdict},
    evidence::{Endpoint, FactKind, Origin, SourceFact},
    rules::{Location, RuleSummary, Severity, Strength, Verification},
    wording::count,
};

impl Verdict {
    /// The word at the top of a report.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::NotReady => "NOT READY",
            Self::Incomplete => "INCOMPLETE",
        }
    }
}

impl Status {
    /// All of them, in the order a reader wants them: what stops the app first.
    pub(super) const ALL: [Self; 10] = [
        Self::Fail,
        Self::ExpiredDecision,
        Self::Error,
        Self::NotRun,
        Self::NeedsAttestation,
        Self::Warn,
        Self::Waived,
        Self::Attested,
        Self::Pass,
        Self::NotApplicable,
    ];

    /// The word in reports.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Error => "unknown",
            Self::Fail => "fail",
            Self::ExpiredDecision => "expired decision",
            Self::NotRun => "not run",
            Self::NeedsAttestation => "needs attestation",
            Self::Warn => "warning",
            Self::Waived => "waived",
            Self::Attested => "attested",
            Self::Pass => "pass",
            Self::NotApplicable => "not applicable",
        }
    }

    /// What it means, as a sentence.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Error => "A fact could not be observed. Unknown is never a pass.",
            Self::Fail => "Facts were seen, and they break the requirement.",
            Self::ExpiredDecision => "A failure whose waiver or attestation has lapsed.",
            Self::NotRun => "This area was left out of the run.",
            Self::NeedsAttestation => "Nothing is missing but a person's statement.",
            Self::Warn => "Worth mending, but it does not stop certification.",
            Self::Waived => "A failure that an accepted decision covers; the original result stays.",
            Self::Attested => "A person states that it is met.",
            Self::Pass => "Facts were seen, and they satisfy it.",
            Self::NotApplicable => "It does not concern this app.",
        }
    }
}

/// The word for the strength of a requirement.
pub(super) fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::Must => "must",
        Strength::Should => "should",
        Strength::May => "may",
    }
}

/// How a requirement is verified, as a phrase.
pub(super) fn verification(verification: &[Verification]) -> String {
    let words: Vec<&str> = verification
        .iter()
        .map(|way| match way {
            Verification::Rules => "rules",
            Verification::Attestation => "attestation",
            Verification::RollUp => "other requirements",
        })
        .collect();
    if words.is_empty() { "nothing yet".to_owned() } else { words.join(" and ") }
}

/// Why the verdict is what it is, in one sentence.
pub(super) fn why(assessment: &Assessment) -> String {
    let reason = match assessment.verdict {
        Verdict::Ready => ready(assessment),
        Verdict::NotReady => not_ready(assessment),
        Verdict::Incomplete => incomplete(assessment),
    };
    if assessment.interrupted { format!("{reason} The run was interrupted: this result is partial.") } else { reason }
}

fn ready(assessment: &Assessment) -> String {
    let met = with_status(assessment, Status::Pass).count();
    let attested = with_status(assessment, Status::Attested).count();
    let elsewhere = with_status(assessment, Status::NotApplicable).count();
    let [met, attested, elsewhere] = [
        (met, "requirement passes", "requirements pass"),
        (attested, "is attested", "are attested"),
        (elsewhere, "does not apply", "do not apply"),
    ]
    .map(|(number, one, many)| count(number, one, many));
    format!("Nothing stands in the way: {met}, {attested}, {elsewhere}.")
}

fn not_ready(assessment: &Assessment) -> String {
    let flags: Vec<&Finding> = assessment.findings.iter().filter(|finding| finding.red_flag).collect();
    if flags.is_empty() {
        let failing: Vec<&str> = with_status(assessment, Status::Fail).map(|requirement| requirement.id.as_str()).collect();
        return format!("{} not met: {}.", count(failing.len(), "requirement is", "requirements are"), failing.join(", "));
    }
    let by_severity: Vec<String> = Severity::ALL
        .into_iter()
        .map(|severity| (flags.iter().filter(|finding| finding.severity == severity).count(), severity.name()))
        .filter(|(number, _)| *number > 0)
        .map(|(number, name)| format!("{number} {name}"))
        .collect();
    let unknown = with_status(assessment, Status::Error).count();
    let unknown = count(unknown, "requirement could not be judged", "requirements could not be judged");
    let rest = if unknown.starts_with("0 ") { String::new() } else { format!("; {unknown}") };
    format!("{} certification: {}{rest}.", count(flags.len(), "red flag stops", "red flags stop"), by_severity.join(", "))
}

fn incomplete(assessment: &Assessment) -> String {
    let unknown = with_status(assessment, Status::Error).count();
    let skipped = with_status(assessment, Status::NotRun).count();
    let waiting = assessment.requirements.iter().filter(|requirement| requirement.lacks_attestation()).count();
    let missing: Vec<String> = [
        (unknown, count(unknown, "requirement could not be judged", "requirements could not be judged")),
        (skipped, count(skipped, "requirement was not looked at", "requirements were not looked at")),
        (waiting, count(waiting, "attestation is missing", "attestations are missing")),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(_, words)| words)
    .collect();
    if missing.is_empty() {
        "No red flag was found, but the run is not complete.".to_owned()
    } else {
        format!("No red flag was found, but {}.", listed(&missing))
    }
}

/// Several things in a sentence, the last with an `and`.
fn listed(parts: &[String]) -> String {
    match parts {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        parts => parts.concat(),
    }
}

/// How much of the source was read, and how much was not; absent where no source was looked at.
pub(super) fn source_read(assessment: &Assessment) -> Option<String> {
    let source = assessment.evidence.source.as_ref()?;
    let read = |number: u64, one: &str, many: &str| count(usize::try_from(number).unwrap_or(usize::MAX), one, many);
    let versions = source.versions_scanned;
    let open = source.files_skipped.iter().filter(|file| file.matters).count();
    let left_out = source.files_skipped.len().saturating_sub(open);
    let parts = [
        Some(read(source.files_scanned, "file read", "files read")),
        (versions > 0).then(|| read(versions, "version from the history", "versions from the history")),
        (left_out > 0).then(|| count(left_out, "left out", "left out")),
        (open > 0).then(|| count(open, "that could not be read", "that could not be read")),
    ];
    Some(listed(&parts.into_iter().flatten().collect::<Vec<_>>()))
}

/// Whether a run looked at nothing but TLS, nothing but the web, or nothing but source: most requirements are then none of its business.
pub(super) fn is_one_area(assessment: &Assessment) -> bool {
    let endpoints = &assessment.evidence.endpoints;
    if assessment.evidence.source.is_some() {
        return endpoints.is_empty();
    }
    let only_tls = !endpoints.is_empty() && endpoints.iter().all(|endpoint| endpoint.visit.is_none());
    // An address that took a connection would have shown TLS, had anybody asked for it.
    let unasked = |endpoint: &Endpoint| endpoint.scheme == "https" && endpoint.addresses.iter().any(|address| address.reached);
    let shows_tls = |endpoint: &Endpoint| endpoint.addresses.iter().any(|address| address.tls.is_some());
    let only_web = endpoints.iter().any(unasked) && !endpoints.iter().any(shows_tls);
    only_tls || only_web
}

/// Whether the run looked at something that the requirement is about.
pub(super) fn is_looked_at(requirement: &RequirementResult) -> bool {
    match requirement.status {
        Status::NotRun | Status::NotApplicable => false,
        Status::NeedsAttestation | Status::Attested => requirement.verified_by.iter().any(|by| by.starts_with("rule:")),
        _ => true,
    }
}

/// The requirements of one status, in document order.
pub(super) fn with_status(assessment: &Assessment, status: Status) -> impl Iterator<Item = &RequirementResult> {
    assessment.requirements.iter().filter(move |requirement| requirement.status == status)
}

/// Where something is, on one line.
pub(super) fn place(location: &Location) -> String {
    match location {
        Location::Source { path, line, column, commit, .. } => {
            let commit = commit.as_ref().map(|commit| format!(" in commit {commit}"));
            format!("{path}:{line}:{column}{}", commit.unwrap_or_default())
        }
        Location::Network { url, ip, .. } => match (url, ip) {
            (Some(url), Some(ip)) => format!("{url} ({ip})"),
            (Some(only), None) | (None, Some(only)) => only.clone(),
            (None, None) => "the app as a whole".to_owned(),
        },
    }
}

/// What is there: the cookie, the protocol, the member that is set.
pub(super) fn subject(location: &Location) -> Option<&str> {
    match location {
        Location::Source { subject, .. } | Location::Network { subject, .. } => subject.as_deref(),
    }
}

/// The command that looks at just this finding again. Source findings are looked for from the root of the repository.
pub(super) fn command_to_check_again(assessment: &Assessment, finding: &Finding) -> String {
    let rule = shell_word(&finding.rule);
    match &finding.location {
        Location::Source { .. } => format!("redflag scan . --rule {rule}"),
        Location::Network { url, .. } => {
            let url = url.as_deref().or_else(|| assessment.evidence.endpoints.first().map(|endpoint| endpoint.url.as_str()));
            let url = url.map(|url| format!(" {}", shell_word(url)));
            format!("redflag check{} --rule {rule}", url.unwrap_or_default())
        }
    }
}

/// A word as a POSIX shell reads it.
fn shell_word(word: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-._:/@%+=,".contains(character);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// Where a value comes from, in a word.
pub(super) fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Literal => "literal",
        Origin::Constant => "constant",
        Origin::Configuration => "configuration",
        Origin::Environment => "environment",
        Origin::Parameter => "parameter",
        Origin::Placeholder => "placeholder",
        Origin::SecretStore => "secret store",
        Origin::Absent => "left out",
        Origin::Unknown => "unknown",
    }
}

/// What to say beside the marked part of a line: where a value comes from, or what it is.
pub(super) fn label(fact: &SourceFact) -> String {
    let what = match fact.kind {
        FactKind::Call | FactKind::Log => "",
        FactKind::KeyMaterial | FactKind::Literal => &fact.sink,
        // What is shown in clear needs no other word.
        _ if fact.value.is_some() => "",
        _ => origin(fact.origin),
    };
    let comment = if fact.in_comment { "in a comment" } else { "" };
    [what, comment].into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The text of the rule behind a finding.
pub(super) fn rule_of<'a>(assessment: &'a Assessment, finding: &Finding) -> Option<&'a RuleSummary> {
    assessment.rules.iter().find(|rule| rule.id == finding.rule)
}

/// The title of a requirement.
pub(super) fn requirement_of<'a>(assessment: &'a Assessment, id: &str) -> Option<&'a RequirementResult> {
    assessment.requirements.iter().find(|requirement| requirement.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_several_things_comes_with_an_and() {
        let said = |parts: &[&str]| listed(&parts.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!([said(&[]), said(&["a"]), said(&["a", "b"]), said(&["a", "b", "c"])], ["", "a", "a and b", "a, b and c"]);
    }

    #[test]
    fn a_hostile_url_stays_one_word_of_the_command() {
        assert_eq!(shell_word("https://a.example/cb"), "https://a.example/cb");
        assert_eq!(shell_word("https://a.example/?a=1&b=$(x)'"), r"'https://a.example/?a=1&b=$(x)'\'''");
    }
}
