//! Short names that one file gives to paths in all files, as `global using` does in C#.

use std::collections::BTreeMap;

use crate::{
    collect::source::{
        document::Place,
        names::segments,
        origins::{Reference, Value},
        sinks::dotted,
        watch::Watch,
    },
    evidence::FactKind,
};

/// The aliases of all files.
#[derive(Default)]
pub(super) struct Aliases {
    /// Nothing where two projects mean different things by one name.
    paths: BTreeMap<String, Option<Vec<String>>>,
}

impl Aliases {
    pub(super) fn add(&mut self, aliases: Vec<(String, Vec<String>)>) {
        for (alias, path) in aliases {
            let known = self.paths.entry(alias).or_insert_with(|| Some(path.clone()));
            if known.as_ref() != Some(&path) {
                *known = None;
            }
        }
    }

    /// Puts the paths of the aliases into a place: into its name, if more of that is watched then, and into what its value refers to.
    pub(super) fn resolve(&self, place: &mut Place, watch: &Watch) {
        if self.paths.is_empty() {
            return;
        }
        self.refer(&mut place.value);
        let path: Vec<String> = segments(&place.sink).map(str::to_owned).collect();
        let Some(full) = self.full(&path).filter(|_| place.kind == FactKind::Assignment) else { return };
        let segments_of = |path: &[String]| watch.assignment.matching(path).map_or(0, |found| found.segments);
        if let Some(found) = watch.assignment.matching(&full).filter(|found| found.segments > segments_of(&path)) {
            found.entry.clone_into(&mut place.watched);
            place.sink = dotted(&full);
        }
    }

    fn full(&self, path: &[String]) -> Option<Vec<String>> {
        let (head, rest) = path.split_first()?;
        let stands_for = self.paths.get(head)?.as_ref()?;
        Some([stands_for.as_slice(), rest].concat())
    }

    /// A loop rather than recursion, since values nest as deep as hostile code does.
    fn refer(&self, value: &mut Value) {
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            match value {
                Value::Named(Reference { candidates, .. }) => {
                    let more: Vec<Vec<String>> = candidates.iter().filter_map(|path| self.full(path)).collect();
                    candidates.extend(more);
                }
                Value::AnyOf(parts) | Value::Joined(parts) => open.extend(parts),
                Value::Via(inner, _) => open.push(inner),
                Value::Written(_) | Value::From(_) => {}
            }
        }
    }
}
