//! The subjects of a rule in the evidence, and the gaps: where subjects should be and nobody could see them.
//!
//! A gap is an outcome of its own. Without it, a host that answers nothing would have no protocols, and so no failing protocol.

mod web;

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::{
    Each, Judgement, Location, Pack,
    expression::{Facts, clock},
    facts::Fact,
};
use crate::evidence::{
    Address, Answer, App, ChangeSet, Endpoint, Evidence, Origin, Profile, Reading, SkippedFile, Source, SourceFact, Tls, Visit, Vocabulary,
    Weakness, WeaknessId,
};

/// A place to judge.
pub(super) enum Case<'e> {
    /// A subject with its facts.
    Subject {
        location: Location,
        facts: Facts,
        /// The variable that is the subject.
        name: &'static str,
    },
    /// A fact of the source. What a rule reads of it is made when the rule is asked: of thousands at once it would take more memory than the scan.
    Fact(&'e SourceFact),
    /// A subject that nobody could see: the outcome is known, unless the rule is not about such a subject at all.
    Unseen { location: Location, facts: Facts, judgement: Judgement },
    /// A place where the outcome is known without asking the rule.
    Gap { location: Location, judgement: Judgement },
}

/// The facts that every rule shares.
pub(super) struct Shared {
    facts: Facts,
}

impl Shared {
    pub(super) fn new(pack: &Pack, app: &App, profile: Profile, now: OffsetDateTime) -> Self {
        let services = Fact::new("other_services", &pack.other_services);
        let facts = [
            ("app", Fact::new("app", app)),
            ("profile", Fact::new("profile", &profile)),
            ("now", clock(now)),
            ("other_services", services),
        ];
        Self { facts: BTreeMap::from(facts) }
    }

    pub(super) fn with(&self, more: impl IntoIterator<Item = (&'static str, Fact)>) -> Facts {
        let mut facts = self.facts.clone();
        facts.extend(more);
        facts
    }
}

/// All subjects of one kind, and all gaps, in the order of the evidence.
pub(super) fn cases<'e>(each: Each, evidence: &'e Evidence, shared: &Shared) -> Vec<Case<'e>> {
    let mut cases = Vec::new();
    match each {
        Each::App => cases.push(app(evidence, shared)),
        Each::Source => cases = source(evidence.source.as_ref()),
        _ if evidence.endpoints.is_empty() => cases.push(gap(nowhere(), Judgement::NotRun("no endpoint was given".into()))),
        _ => {
            for endpoint in &evidence.endpoints {
                let subject = EndpointCases { endpoint, fact: Fact::new("endpoint", endpoint), shared };
                subject.add(each, &mut cases);
            }
            if each == Each::ExposedFile && cases.is_empty() {
                cases.push(gap(nowhere(), Judgement::NotRun("no host was asked for files that must not be public".into())));
            }
        }
    }
    cases
}

fn app(evidence: &Evidence, shared: &Shared) -> Case<'static> {
    let facts = shared.with([("endpoints", Fact::new("endpoints", &evidence.endpoints))]);
    Case::Subject { location: nowhere(), facts, name: "app" }
}

/// Why a rule that asks for all URLs of the app cannot be judged; absent when it can.
pub(super) fn unlisted(evidence: &Evidence) -> Option<Judgement> {
    match evidence.left_out.as_slice() {
        [] if evidence.endpoints.is_empty() => Some(Judgement::NotRun("no endpoint was given".into())),
        [] => None,
        ids => Some(Judgement::NotRun(format!("endpoints were left out of the run: {}", ids.join(", ")))),
    }
}

/// The cases of one endpoint.
struct EndpointCases<'evidence> {
    endpoint: &'evidence Endpoint,
    fact: Fact,
    shared: &'evidence Shared,
}

impl EndpointCases<'_> {
    fn add(&self, each: Each, cases: &mut Vec<Case<'_>>) {
        match each {
            Each::Response | Each::Cookie => self.visit(each, cases),
            Each::Address | Each::Protocol | Each::Certificate | Each::Weakness => self.addresses(each, cases),
            Each::Answer | Each::SignIn | Each::Panel | Each::ExposedFile | Each::Attempt => self.web(each, cases),
            Each::Endpoint | Each::App | Each::Source => {
                cases.push(Case::Subject { location: self.place(None, None), facts: self.facts([]), name: "endpoint" });
            }
        }
    }

    fn facts<const COUNT: usize>(&self, more: [(&'static str, Fact); COUNT]) -> Facts {
        self.shared.with([("endpoint", self.fact.clone())].into_iter().chain(more))
    }

    fn place(&self, ip: Option<String>, subject: Option<String>) -> Location {
        Location::Network { url: Some(self.endpoint.url.clone()), ip, subject }
    }

    fn addresses(&self, each: Each, cases: &mut Vec<Case<'_>>) {
        let gap = |judgement| gap(self.place(None, None), judgement);
        let host = &self.endpoint.host;
        if self.is_of_platform() {
            return cases.push(gap(Judgement::NotApplicable(web::OF_PLATFORM.into())));
        }
        if self.endpoint.scheme == "http" {
            cases.push(gap(Judgement::NotApplicable("the endpoint is plain HTTP".into())));
        } else if let Some(error) = &self.endpoint.error {
            cases.push(gap(Judgement::Error(format!("no address of {host} is known: {error}"))));
        } else if self.endpoint.addresses.is_empty() {
            cases.push(gap(Judgement::NotRun(format!("no address of {host} was looked at"))));
        }
        if self.endpoint.scheme != "http" {
            self.endpoint.addresses.iter().for_each(|address| self.address(each, address, cases));
        }
    }

    fn address(&self, each: Each, address: &Address, cases: &mut Vec<Case<'_>>) {
        let ip = address.ip.to_string();
        let place = |subject: Option<&str>| self.place(Some(ip.clone()), subject.map(str::to_owned));
        let tls = match unseen(each, address) {
            Ok(tls) => tls,
            Err(judgement) => return cases.push(gap(place(None), judgement)),
        };
        let fact = Fact::new("address", address);
        match each {
            Each::Protocol => {
                for protocol in &tls.protocols {
                    let facts = self.facts([("address", fact.clone()), ("protocol", Fact::new("protocol", protocol))]);
                    cases.push(Case::Subject { location: place(Some(protocol.id.name())), facts, name: "protocol" });
                }
            }
            Each::Certificate => {
                for certificate in &tls.certificates {
                    let facts = self.facts([("address", fact.clone()), ("certificate", Fact::new("certificate", certificate))]);
                    let location = place(Some(&certificate.subject));
                    match &certificate.error {
                        // The other fields of such a certificate are empty, and emptiness proves nothing.
                        Some(error) => cases.push(gap(location, Judgement::Error(format!("the certificate cannot be read: {error}")))),
                        None => cases.push(Case::Subject { location, facts, name: "certificate" }),
                    }
                }
            }
            Each::Weakness => {
                for weakness in weaknesses(tls) {
                    let facts = self.facts([("address", fact.clone()), ("weakness", Fact::new("weakness", &weakness))]);
                    cases.push(Case::Subject { location: place(Some(weakness.id.name())), facts, name: "weakness" });
                }
            }
            _ => cases.push(Case::Subject { location: place(None), facts: self.facts([("address", fact)]), name: "address" }),
        }
    }

    fn visit(&self, each: Each, cases: &mut Vec<Case<'_>>) {
        let endpoint = self.endpoint;
        let before = cases.len();
        if each == Each::Response {
            for response in &endpoint.responses {
                let location = Location::Network { url: Some(response.url.clone()), ip: Some(response.ip.clone()), subject: None };
                let facts = self.facts([("response", Fact::new("response", response))]);
                cases.push(Case::Subject { location, facts, name: "response" });
            }
        } else {
            for cookie in &endpoint.cookies {
                let location = Location::Network { url: Some(cookie.set_by.clone()), ip: None, subject: Some(cookie.name.clone()) };
                let facts = self.facts([("cookie", Fact::new("cookie", cookie))]);
                cases.push(Case::Subject { location, facts, name: "cookie" });
            }
        }
        let seen = cases.len() > before;
        // What a recording showed is judged also where nothing was visited.
        let left = endpoint.visit.as_ref().map_or_else(|| Some(self.no_visit()), |visit| visit_gap(each, visit, seen));
        cases.extend(left.map(|judgement| gap(self.place(None, None), judgement)));
    }
}

/// What TLS showed at an address; or what is to be said when it showed nothing that could be judged.
fn unseen(each: Each, address: &Address) -> Result<&Tls, Judgement> {
    let because = |what: &str, reason: Option<&String>| match reason {
        Some(reason) => Judgement::Error(format!("{what}: {reason}")),
        None => Judgement::Error(what.to_owned()),
    };
    let tls = match &address.tls {
        _ if !address.reached => return Err(because(&format!("{} could not be reached", address.ip), address.error.as_ref())),
        Some(tls) => tls,
        None => return Err(Judgement::NotRun("TLS was left out of the run".into())),
    };
    match each {
        Each::Certificate if tls.certificates.is_empty() && tls.answer == Answer::PlainHttp => {
            Err(Judgement::NotApplicable("the port speaks plain HTTP".into()))
        }
        // Anonymous key exchange: that there is no certificate was seen, and is for a rule on the address to judge.
        Each::Certificate if tls.certificates.is_empty() && tls.answer == Answer::Tls && tls.chain.is_none() => {
            Err(Judgement::NotApplicable("the server sends no certificate".into()))
        }
        Each::Certificate if tls.certificates.is_empty() => {
            let error = tls.error.as_ref().or_else(|| tls.chain.as_ref()?.error.as_ref());
            Err(because("no certificate was seen", error))
        }
        Each::Weakness if !tls.reached && tls.answer == Answer::PlainHttp => {
            Err(Judgement::NotApplicable("the port speaks plain HTTP".into()))
        }
        // What a port in clear text offers is known; what hides behind silence or garbage is not.
        Each::Address | Each::Weakness if !tls.reached && tls.answer != Answer::PlainHttp => {
            Err(because("no TLS was seen", tls.error.as_ref()))
        }
        Each::Protocol if tls.protocols.is_empty() => Err(because("no protocol version was tried", tls.error.as_ref())),
        _ => Ok(tls),
    }
}

/// Every weakness there is. One that the evidence does not list was not looked for, and that proves nothing.
fn weaknesses(tls: &Tls) -> impl Iterator<Item = Weakness> {
    WeaknessId::ALL.into_iter().map(|id| {
        let seen = tls.weaknesses.iter().find(|weakness| weakness.id == id).cloned();
        let reason = || Some(format!("nobody looked for {}", id.name()));
        seen.unwrap_or_else(|| Weakness { id, vulnerable: Reading::Unknown, reason: reason() })
    })
}

/// What is to be said of a visit beside what was seen on it.
fn visit_gap(each: Each, visit: &Visit, seen: bool) -> Option<Judgement> {
    if !visit.complete || !visit.reached {
        let error = visit.error.as_deref().unwrap_or("the reason is not known");
        return Some(Judgement::Error(if visit.reached {
            format!("the visit ended early: {error}")
        } else {
            format!("no response was read: {error}")
        }));
    }
    let nothing = if each == Each::Cookie { "no response set a cookie" } else { "there was no response" };
    (!seen).then(|| Judgement::NotApplicable(nothing.into()))
}

/// Files that were not scanned and are told one by one. Every rule tells of each of them, and there may be a million.
const MOST_GAPS: usize = 40;

fn source(source: Option<&Source>) -> Vec<Case<'_>> {
    let Some(source) = source else {
        return vec![gap(nowhere(), Judgement::NotRun("no source folder was given; add `--source DIR`".into()))];
    };
    let is_whole = source.extent.changes == ChangeSet::Everything;
    // Of a change, nothing is an answer; that all is well with the rest, it is not.
    let rest = (!is_whole).then(|| gap(nowhere(), Judgement::NotRun("only what changed was scanned".into())));
    let gaps: Vec<&SkippedFile> = source.files_skipped.iter().filter(|file| file.matters).collect();
    if source.files_scanned == 0 && source.versions_scanned == 0 && is_whole && gaps.is_empty() {
        let nothing = "no file was read: the folder holds none that can be, or all are ignored".to_owned();
        return vec![gap(nowhere(), Judgement::Error(nothing))];
    }
    let facts = source.facts.iter().map(Case::Fact);
    let (told, counted) = gaps.split_at(gaps.len().min(MOST_GAPS));
    let skipped = told.iter().map(|file| {
        let location =
            Location::Source { path: file.path.clone(), line: 1, column: 1, end_line: 1, end_column: 1, subject: None, commit: None };
        gap(location, Judgement::Error(format!("the file was not scanned in full: {}", file.reason)))
    });
    let others = counted.first().map(|first| {
        let number = counted.len();
        gap(
            nowhere(),
            Judgement::Error(format!("{number} more files were not scanned, the first of them `{}`: {}", first.path, first.reason)),
        )
    });
    facts.chain(skipped).chain(others).chain(rest).collect()
}

/// Where a fact of the source stands.
pub(super) fn source_place(fact: &SourceFact) -> Location {
    Location::Source {
        path: fact.path.clone(),
        line: fact.line,
        column: fact.column,
        end_line: fact.end_line,
        end_column: fact.end_column,
        subject: Some(fact.sink.clone()),
        commit: fact.commit.clone(),
    }
}

/// What a rule may read of a fact of the source: the fact, and what a call is passed in the place that the rule watches.
pub(super) fn source_facts(fact: &SourceFact, watch: &Vocabulary, shared: &Shared) -> Facts {
    shared.with([("fact", Fact::new("fact", fact)), passed(fact, watch)])
}

/// What a call is passed in the place in which a rule watches for a credential, which is the variable `passed`; `null` where there is none.
pub(super) fn passed(fact: &SourceFact, watch: &Vocabulary) -> (&'static str, Fact) {
    ("passed", Fact::new("passed", &watch.passed(fact)))
}

/// Whether a fact is one that a rule watches for: one of its names is the last part of what was matched, or of the whole sink.
pub(super) fn watched(vocabulary: &Vocabulary, fact: &SourceFact) -> bool {
    use crate::evidence::FactKind::{Argument, Assignment, Call, ConfigKey, Header, KeyMaterial, Literal, Log, Query, Setting};
    let is_whole = |name: &str| fact.watched == name;
    let names = match fact.kind {
        Assignment => &vocabulary.assignment,
        Argument | Header => &vocabulary.argument,
        ConfigKey => &vocabulary.config_key,
        Call => &vocabulary.call,
        Log => &vocabulary.logged,
        Query => &vocabulary.query,
        KeyMaterial => return vocabulary.key_material.iter().any(|kind| is_whole(kind)),
        Literal => return vocabulary.literal.iter().any(|pattern| is_whole(&pattern.name)),
        Setting if fact.origin == Origin::Absent => {
            return vocabulary.missing.iter().any(|missing| is_whole(&format!("{}.{}", missing.of, missing.setting)));
        }
        Setting => &vocabulary.setting,
    };
    // In configuration a name is the same however its words are joined. A name that may begin with anything covers one that does not, and not the other way round.
    let is_open = |name: &str| name.starts_with('*');
    let is_same = |name: &str| {
        matches!(fact.kind, ConfigKey | Setting) && (is_open(name) || !is_open(&fact.watched)) && letters(&fact.watched).eq(letters(name))
    };
    names.iter().any(|name| ends_with(&fact.watched, name) || ends_with(&fact.sink, name) || is_same(name))
}

/// The letters and digits of a name, in lower case.
fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// Whether a path ends with a name, whole segments only and without regard to the case of ASCII letters, as names are looked for.
fn ends_with(path: &str, name: &str) -> bool {
    let path = path.trim_end_matches(['\'', '"', ']', ')']);
    let within = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-');
    let parts = path.len().checked_sub(name.len()).and_then(|before| path.split_at_checked(before));
    // `__` parts the segments of an environment-style key: `SuperOffice__ClientSecret`.
    parts.is_some_and(|(before, end)| end.eq_ignore_ascii_case(name) && (!before.ends_with(within) || before.ends_with("__")))
}

fn gap(location: Location, judgement: Judgement) -> Case<'static> {
    Case::Gap { location, judgement }
}

/// The app as a whole.
pub(super) fn nowhere() -> Location {
    Location::Network { url: None, ip: None, subject: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_last_part_of_a_path_and_never_a_part_of_a_segment() {
        for path in
            ["ClientSecret", "options.clientsecret", "SuperOffice:ClientSecret", "SuperOffice__ClientSecret", "a/add[@key='ClientSecret']"]
        {
            assert!(ends_with(path, "ClientSecret"), "{path}");
        }
        for path in ["MyClientSecret", "ClientSecretName", "my-ClientSecret", "my_ClientSecret", ""] {
            assert!(!ends_with(path, "ClientSecret"), "{path}");
        }
    }
}
