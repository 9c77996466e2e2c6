//! The way of a value through the source: the fact behind a finding, and the places before it.

use crate::{
    assessment::{Assessment, Finding},
    evidence::{SourceFact, Trace},
    rules::Location,
};

/// The fact that a source finding is about.
pub(super) fn fact_of<'a>(assessment: &'a Assessment, finding: &Finding) -> Option<&'a SourceFact> {
    let Location::Source { path, line, column, subject, commit, .. } = &finding.location else { return None };
    let facts = &assessment.evidence.source.as_ref()?.facts;
    facts.iter().find(|fact| {
        (&fact.path, fact.line, fact.column) == (path, *line, *column) && &fact.commit == commit && subject.as_ref() == Some(&fact.sink)
    })
}

/// The places that the value came through, from use to definition; not the place of the fact itself.
pub(super) fn way(fact: &SourceFact) -> impl DoubleEndedIterator<Item = &Trace> {
    fact.trace.iter().filter(|step| (step.path.as_str(), step.line) != (fact.path.as_str(), fact.line))
}
