//! Blocks and functions: what they depend on, and what a function answers and does.

use std::ops::Range;

use super::{
    Expression, Scope, ScopeKind, Statement,
    answers::answer,
    guards::{guard, option},
    known,
    places::{Finder, most_specific},
};
use crate::{
    collect::source::{
        document::{Counts, Place},
        origins::Value,
        sinks,
    },
    evidence::FactKind,
};

impl<'a> Finder<'a, '_> {
    pub(super) fn scope(&mut self, scope: &'a Scope, within: &[&'a str]) {
        self.guarded(scope, scope.condition.as_ref().and_then(|condition| self.guard(condition)), within);
    }

    /// What a condition asks for, in one word. An option that the file itself switches on is none.
    pub(super) fn guard(&self, condition: &'a Expression) -> Option<String> {
        let is_open = |asked: &&'a Expression| self.evaluator().plain(asked).is_none_or(|plain| !plain.eq_ignore_ascii_case("true"));
        guard(condition).or_else(|| option(condition, self.document.text).filter(is_open).map(|_| "asked".to_owned()))
    }

    /// Whether a block is what is run otherwise: `else`.
    pub(super) fn is_otherwise(&self, block: &Range<usize>) -> bool {
        let text = self.document.text;
        let before = text.get(..block.start).unwrap_or("").trim_end_matches([' ', '\n', '\t', '\r', ':', '{']);
        text.get(block.start..).is_some_and(|block| block.starts_with("else")) || before.ends_with("else")
    }

    pub(super) fn guarded(&mut self, scope: &'a Scope, guard: Option<String>, within: &[&'a str]) {
        let guarded = guard.is_some();
        self.guards.extend(guard);
        scope.parameters.iter().for_each(|parameter| self.assignment(parameter, within));
        if let Some(condition) = &scope.condition {
            self.expression(condition, within);
        }
        // A getter or function that bears a watched name holds the value only when it is written there.
        let around = (self.function.clone(), self.takes_away);
        if let (ScopeKind::Function, Some(name)) = (scope.kind, &scope.name) {
            self.answers(scope, name);
            self.does(scope, name);
            self.function = Some(scope.range.clone());
            self.takes_away = known::takes_cookies_away(name);
        }
        self.blocks.push((scope.condition.as_ref().map(|condition| condition.range.clone()), scope.range.clone()));
        self.statements(&scope.body, within);
        self.blocks.pop();
        (self.function, self.takes_away) = around;
        if guarded {
            self.guards.pop();
        }
    }

    pub(super) fn answers(&mut self, scope: &'a Scope, name: &'a str) {
        let watched = &self.document.watch.assignment;
        let given = known::without_getter(name).and_then(|given| watched.matching(&[given]));
        let Some(found) = watched.matching(&[name]).or(given) else { return };
        for statement in &scope.body {
            if let Statement::Return(value) = statement {
                self.add(FactKind::Assignment, sinks::segment(name), found, value.range.clone(), value, Counts::IfWritten);
            }
        }
    }

    /// A function that bears the name of a switch, as when an interface asks for a check: what it does is what the switch is set to.
    pub(super) fn does(&mut self, scope: &'a Scope, name: &'a str) {
        let bases = self.bindings.types_around(scope.range.start).next().map_or(&[][..], |(_, bases)| bases);
        let of_base = bases.iter().filter_map(|base| Some(vec![base.last()?.clone(), name.to_owned()]));
        let spellings: Vec<Vec<String>> = std::iter::once(vec![name.to_owned()]).chain(of_base).collect();
        let Some((sink, found)) = most_specific(&self.document.watch.setting, &spellings).filter(|(_, found)| found.exact) else { return };
        let text = self.document.text.get(scope.range.clone()).unwrap_or("");
        let Some(answer) = answer(scope, text) else { return };
        let place = Place::new(FactKind::Setting, sink, found.entry, scope.range.clone(), Value::Written(answer.clone()));
        let more = self.more(Some(answer));
        self.reading.add(Place { more, ..place });
    }
}
