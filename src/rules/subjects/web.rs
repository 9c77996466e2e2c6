//! What the web shows beside responses and cookies: answers, sign-in, panels, files, forged requests.

use super::{Case, EndpointCases, Fact, Location, gap, visit_gap};
use crate::{
    evidence::{Attempt, EndpointKind, Forgery, Reading, WebAnswer},
    rules::{Each, Judgement},
};

/// Why nobody looks at a panel that the platform serves.
pub(super) const OF_PLATFORM: &str = "the platform itself serves it, and nothing of it is the app's";

impl EndpointCases<'_> {
    pub(super) fn web(&self, each: Each, cases: &mut Vec<Case<'_>>) {
        let is_panel = self.endpoint.kind == EndpointKind::WebPanel;
        match each {
            // What a template says is known without a visit; what is no panel has none.
            Each::Panel if self.endpoint.panel.is_some() => self.panel(cases),
            Each::Panel if !is_panel => {}
            Each::Attempt if self.endpoint.visit.is_some() || !self.endpoint.attempts.is_empty() => self.attempts(cases),
            Each::Attempt if !Forgery::ALL.into_iter().any(|forgery| forgery.concerns(self.endpoint.kind)) => {}
            _ if self.endpoint.visit.is_none() => cases.push(gap(self.place(None, None), self.no_visit())),
            Each::Panel => cases.push(self.not_run("the URL template of the panel was not read")),
            Each::Answer if self.endpoint.answers.is_empty() => cases.push(self.unvisited("no question was asked of it")),
            Each::Answer => self.endpoint.answers.iter().for_each(|answer| cases.push(self.answer(answer))),
            Each::SignIn => self.sign_in(cases),
            _ => self.exposed_files(cases),
        }
    }

    /// Whether the platform itself serves it, so that nothing of it is the app's.
    pub(super) fn is_of_platform(&self) -> bool {
        self.endpoint.panel.as_ref().is_some_and(|panel| panel.served_by_platform)
    }

    /// Why there was no visit.
    pub(super) fn no_visit(&self) -> Judgement {
        if self.is_of_platform() {
            return Judgement::NotApplicable(OF_PLATFORM.into());
        }
        match &self.endpoint.error {
            Some(error) => Judgement::Error(format!("no address of {} is known: {error}", self.endpoint.host)),
            None => Judgement::NotRun("the web was left out of the run".into()),
        }
    }

    /// A visit that showed nothing is the reason for whatever should have followed; else the reason is `otherwise`.
    fn unvisited(&self, otherwise: &str) -> Case<'static> {
        let silent = self.endpoint.visit.as_ref().filter(|visit| !visit.reached);
        let because = silent.and_then(|visit| visit_gap(Each::Answer, visit, false));
        because.map_or_else(|| self.not_run(otherwise), |judgement| gap(self.place(None, None), judgement))
    }

    fn not_run(&self, reason: &str) -> Case<'static> {
        gap(self.place(None, None), Judgement::NotRun(reason.into()))
    }

    fn answer(&self, answer: &WebAnswer) -> Case<'static> {
        let ip = answer.response.as_ref().map(|response| response.ip.clone());
        let location = Location::Network { url: Some(answer.url.clone()), ip, subject: Some(answer.question.name().into()) };
        let facts = self.facts([("answer", Fact::new("answer", answer))]);
        if answer.reached {
            return Case::Subject { location, facts, name: "answer" };
        }
        let error = answer.error.as_deref().unwrap_or("the reason is not known");
        Case::Unseen { location, facts, judgement: Judgement::Error(format!("no response was read: {error}")) }
    }

    fn sign_in(&self, cases: &mut Vec<Case<'_>>) {
        cases.push(match &self.endpoint.sign_in {
            Some(sign_in) => {
                let facts = self.facts([("sign_in", Fact::new("sign_in", sign_in))]);
                Case::Subject { location: self.place(None, None), facts, name: "sign_in" }
            }
            None => match self.unvisited("") {
                Case::Gap { location, judgement: Judgement::NotRun(_) } => {
                    gap(location, Judgement::NotApplicable("nobody signs in there".into()))
                }
                unvisited => unvisited,
            },
        });
    }

    fn panel(&self, cases: &mut Vec<Case<'_>>) {
        if let Some(panel) = &self.endpoint.panel {
            let facts = self.facts([("panel", Fact::new("panel", panel))]);
            cases.push(Case::Subject { location: self.place(None, None), facts, name: "panel" });
        }
    }

    fn exposed_files(&self, cases: &mut Vec<Case<'_>>) {
        for file in &self.endpoint.exposed_files {
            let location = Location::Network { url: Some(file.url.clone()), ip: None, subject: Some(file.path.clone()) };
            cases.push(Case::Subject {
                location,
                facts: self.facts([("exposed_file", Fact::new("exposed_file", file))]),
                name: "exposed_file",
            });
        }
        if let Some(reason) = &self.endpoint.exposed_files_reason {
            let unknown = format!("it is not known whether files are public that must not be: {reason}");
            cases.push(gap(self.place(None, None), Judgement::Error(unknown)));
        }
    }

    /// Every forged request that was sent, and every one that should be and was not.
    fn attempts(&self, cases: &mut Vec<Case<'_>>) {
        let endpoint = self.endpoint;
        let case = |attempt: &Attempt, sent: Result<(), String>| {
            let location = Location::Network { url: Some(attempt.url.clone()), ip: None, subject: Some(attempt.forgery.name().into()) };
            let facts = self.facts([("attempt", Fact::new("attempt", attempt))]);
            match sent {
                Ok(()) => Case::Subject { location, facts, name: "attempt" },
                Err(reason) => Case::Unseen { location, facts, judgement: Judgement::NotRun(reason) },
            }
        };
        cases.extend(endpoint.attempts.iter().map(|attempt| case(attempt, Ok(()))));
        let missing = Forgery::ALL
            .into_iter()
            .filter(|forgery| forgery.concerns(endpoint.kind) && !endpoint.attempts.iter().any(|attempt| attempt.forgery == *forgery));
        for forgery in missing {
            let reason = endpoint.attempts_reason.clone().unwrap_or_else(|| {
                if endpoint.attempts.is_empty() {
                    "no forged request was sent; add `--active` and say who allows it".into()
                } else {
                    format!("the forgery `{}` was not tried", forgery.name())
                }
            });
            let attempt = Attempt { forgery, url: endpoint.url.clone(), status: None, accepted: Reading::Unknown, reason: reason.clone() };
            cases.push(case(&attempt, Err(reason)));
        }
    }
}
