//! The way of a value through the source: the fact behind a finding, and the places before it.

use std::collections::BTreeMap;

use crate::{
    assessment::{Assessment, Finding},
    evidence::{SourceFact, Trace},
    rules::Location,
};

/// The facts of the source by where they stand: a scan may have as many findings as facts, and to look through all for each would never end.
pub(super) struct Facts<'a> {
    by_place: BTreeMap<Place<'a>, &'a SourceFact>,
}

/// Path, line, column, commit and sink.
type Place<'a> = (&'a str, u32, u32, Option<&'a str>, &'a str);

impl<'a> Facts<'a> {
    pub(super) fn of(assessment: &'a Assessment) -> Self {
        let mut by_place = BTreeMap::new();
        for fact in assessment.evidence.source.iter().flat_map(|source| &source.facts) {
            // Of several at one place the first is meant.
            by_place.entry((fact.path.as_str(), fact.line, fact.column, fact.commit.as_deref(), fact.sink.as_str())).or_insert(fact);
        }
        Self { by_place }
    }

    /// The fact that a source finding is about.
    pub(super) fn behind(&self, finding: &Finding) -> Option<&'a SourceFact> {
        let Location::Source { path, line, column, subject, commit, .. } = &finding.location else { return None };
        self.by_place.get(&(path.as_str(), *line, *column, commit.as_deref(), subject.as_deref()?)).copied()
    }
}

/// How a place beside that of a fact has to do with it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// The value comes through there.
    Through,
    /// The value comes from there.
    From,
    /// The value goes there.
    Used,
}

/// The other places on the way of a value, nearest first: those it comes from, and where it goes from where it is written.
pub(super) fn way(fact: &SourceFact) -> Vec<(Relation, &Trace)> {
    let is_elsewhere = |step: &&Trace| (step.path.as_str(), step.line) != (fact.path.as_str(), fact.line);
    let mut way: Vec<(Relation, &Trace)> = fact.trace.iter().filter(is_elsewhere).map(|step| (Relation::Through, step)).collect();
    if let Some((relation, _)) = way.last_mut() {
        *relation = Relation::From;
    }
    way.extend(fact.uses.iter().filter(is_elsewhere).map(|step| (Relation::Used, step)));
    way
}
