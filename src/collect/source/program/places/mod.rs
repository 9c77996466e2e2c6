//! The places of a file that set, pass, call or log something watched.

mod calls;
mod missing;

use std::{collections::BTreeSet, ops::Range, sync::atomic::Ordering};

use self::missing::collect_set_members;
use super::{
    Assignment, Declares, Expression, Field, Form, Scope, ScopeKind, Statement, Unit,
    bindings::{Bindings, is_own},
    evaluate::Evaluator,
};
use crate::{
    collect::source::{
        document::{Counts, Document, More, Place, Reading},
        embedded::embedded,
        names::{Match, Names, segments},
        origins::{Definition, Value},
        sinks, values,
    },
    evidence::FactKind,
};

/// More members with a value are data, and would cost memory.
const MOST_DEFINITIONS: usize = 20_000;
/// Longer comments are prose or data.
const LONGEST_COMMENT: usize = 16 * 1024;
/// How far around an error it is looked, in bytes.
const BESIDE: usize = 200;
/// How many parts of one joined value are looked at.
const MOST_PAIRS: usize = 200;
/// How many bytes that no grammar understands are looked at in one file.
const MOST_UNKNOWN: usize = 256 * 1024;

/// Finds the places of one file.
pub(super) struct Finder<'a, 'r> {
    document: &'a Document<'a>,
    unit: &'a Unit,
    bindings: &'a Bindings<'a>,
    reading: &'r mut Reading,
    /// Conditions around the statement at hand that are questions of the environment.
    guards: Vec<String>,
    /// Members of variables that are set somewhere in the file, so that a switch that is set later is not missing.
    set_later: BTreeSet<(&'a str, String)>,
}

impl<'a, 'r> Finder<'a, 'r> {
    pub(super) fn new(document: &'a Document<'a>, unit: &'a Unit, bindings: &'a Bindings<'a>, reading: &'r mut Reading) -> Self {
        if bindings.is_cut {
            reading.gap = Some("more names than can be followed".to_owned());
        }
        Self { document, unit, bindings, reading, guards: Vec::new(), set_later: BTreeSet::new() }
    }

    /// Every place of the file.
    pub(super) fn unit(&mut self) {
        let unit = self.unit;
        if !self.document.watch.missing.is_empty() {
            collect_set_members(&unit.body, &mut self.set_later);
        }
        self.statements(&unit.body, &[]);
    }

    /// What other files may refer to.
    pub(super) fn definitions(&mut self) {
        for binding in self.bindings.members().take(MOST_DEFINITIONS) {
            let mut evaluator = Evaluator::new(self.unit, self.bindings, &self.document.lines);
            let path: Vec<&str> = binding.owner.iter().copied().chain([binding.name]).collect();
            let step = evaluator.step(binding);
            match binding.values.as_slice() {
                [Expression { form: Form::Object(fields), .. }] => self.define_fields(&path, fields),
                [] => {}
                _ => {
                    let value = evaluator.of_binding(binding);
                    self.reading.definitions.push(Definition { path: owned(&path), value, step });
                }
            }
        }
        let module: Vec<&str> = self.unit.module.iter().map(String::as_str).collect();
        for statement in &self.unit.body {
            if let Statement::Return(Expression { form: Form::Object(fields), .. }) = statement {
                self.define_fields(&module, fields);
            }
        }
    }

    fn define_fields(&mut self, path: &[&str], fields: &'a [Field]) {
        for field in fields.iter().take(MOST_DEFINITIONS.saturating_sub(self.reading.definitions.len())) {
            let path: Vec<&str> = path.iter().copied().chain([field.name.as_str()]).collect();
            if let Form::Object(inner) = &field.value.form {
                self.define_fields(&path, inner);
            } else {
                let value = self.evaluator().value(&field.value);
                let line = self.document.lines.line(field.range.start);
                let step = crate::collect::source::origins::Step { line, what: format!("field {}", sinks::dotted(&path)) };
                self.reading.definitions.push(Definition { path: owned(&path), value, step });
            }
        }
    }

    /// Assignments that are commented out.
    pub(super) fn comments(&mut self) {
        let text = self.document.text;
        for comment in self.unit.comments.iter().filter(|comment| comment.len() <= LONGEST_COMMENT) {
            let Some(inside) = text.get(comment.clone()) else { continue };
            for pair in embedded(inside, &self.document.watch.assignment) {
                let range = comment.start.saturating_add(pair.range.start)..comment.start.saturating_add(pair.range.end);
                let value = Value::Written(pair.value.to_owned());
                let place = Place::new(FactKind::Assignment, sinks::segment(pair.name), pair.found.entry, range, value);
                self.reading.add(Place { in_comment: true, ..place });
            }
        }
    }

    /// What the grammar did not understand: names with values that look like credentials, which is all that can be told there.
    pub(super) fn errors(&mut self) {
        let (unit, text) = (self.unit, self.document.text);
        let (mut end, mut left) = (0, MOST_UNKNOWN);
        for error in &unit.errors {
            // What stands beside an error is often misunderstood with it.
            let start = text.floor_char_boundary(error.start.saturating_sub(BESIDE)).max(end);
            let range = start..text.floor_char_boundary(error.end.saturating_add(BESIDE)).max(start);
            end = range.end;
            let Some(rest) = left.checked_sub(range.len()) else {
                self.reading.gap = Some("too much of it is no valid syntax; some of that was left out".to_owned());
                return;
            };
            left = rest;
            let mut start = range.start;
            for line in text.get(range).unwrap_or("").split_inclusive('\n') {
                if !self.is_over() {
                    self.unknown_line(line, start);
                }
                start = start.saturating_add(line.len());
            }
        }
    }

    fn unknown_line(&mut self, line: &str, start: usize) {
        let watch = self.document.watch;
        // An arrow between a key and its value is as good as an equals sign.
        let line = &line.replace("=>", "= ");
        for (kind, names) in [(FactKind::Assignment, &watch.assignment), (FactKind::Argument, &watch.argument)] {
            for pair in embedded(line, names) {
                let range = start.saturating_add(pair.range.start)..start.saturating_add(pair.range.end);
                let touches = |other: &Range<usize>| other.start < range.end && range.start < other.end;
                let is_known = self.reading.places.iter().any(|place| touches(&place.range)) || self.unit.comments.iter().any(touches);
                if is_known {
                    continue;
                }
                let kind = if pair_kind(pair.name) == FactKind::Header { FactKind::Header } else { kind };
                let value = Value::Written(pair.value.to_owned());
                let place = Place::new(kind, sinks::segment(pair.name), pair.found.entry, range, value);
                let more = More { is_rough: true, ..More::default() };
                self.reading.add(Place { more, ..place });
            }
        }
    }

    fn evaluator(&self) -> Evaluator<'a> {
        Evaluator::new(self.unit, self.bindings, &self.document.lines)
    }

    fn is_over(&mut self) -> bool {
        self.document.stop.load(Ordering::Relaxed) || self.reading.is_full()
    }

    /// `within` are the names on the way to an object that is being filled.
    fn statements(&mut self, statements: &'a [Statement], within: &[&'a str]) {
        for statement in statements {
            if self.is_over() {
                return;
            }
            match statement {
                Statement::Assign(assignment) => self.assignment(assignment, within),
                Statement::Evaluate(expression) | Statement::Return(expression) => self.expression(expression, within),
                Statement::Scope(scope) => self.scope(scope, within),
                Statement::Alias { .. } => {}
            }
        }
    }

    fn scope(&mut self, scope: &'a Scope, within: &[&'a str]) {
        let guard = scope.condition.as_ref().and_then(guard);
        let guarded = guard.is_some();
        self.guards.extend(guard);
        scope.parameters.iter().for_each(|parameter| self.assignment(parameter, within));
        if let Some(condition) = &scope.condition {
            self.expression(condition, within);
        }
        // A getter or function that bears a watched name holds the value only when it is written there.
        if let (ScopeKind::Function, Some(name)) = (scope.kind, &scope.name) {
            self.answers(scope, name);
        }
        self.statements(&scope.body, within);
        if guarded {
            self.guards.pop();
        }
    }

    fn answers(&mut self, scope: &'a Scope, name: &'a str) {
        let Some(found) = self.document.watch.assignment.matching(&[name]) else { return };
        for statement in &scope.body {
            if let Statement::Return(value) = statement {
                self.add(FactKind::Assignment, sinks::segment(name), found, value.range.clone(), value, Counts::IfWritten);
            }
        }
    }

    fn assignment(&mut self, assignment: &'a Assignment, within: &[&'a str]) {
        let Assignment { target, value, range, declares, .. } = assignment;
        let spellings = self.spellings(target);
        if let Some(value) = value {
            let counts = if *declares == Some(Declares::Property) { Counts::IfWritten } else { Counts::Always };
            self.set(target, &spellings, value, range, counts);
            let inside: Vec<&str> = target.path().unwrap_or_default();
            self.expression(value, &inside);
        }
        if let Form::Index(of, key) = &target.form {
            self.expression(of, within);
            self.expression(key, within);
        } else if let Form::Member(of, _) = &target.form {
            self.expression(of, within);
        }
    }

    /// A value under a name: of a variable, a member, a key.
    fn set(&mut self, target: &'a Expression, spellings: &[Vec<String>], value: &'a Expression, range: &Range<usize>, counts: Counts) {
        if let Some((sink, found)) = most_specific(&self.document.watch.setting, spellings).filter(|(_, found)| found.exact) {
            self.add_setting(sink, found, range.clone(), value);
        }
        if matches!(value.form, Form::Object(_) | Form::Function(_)) {
            return;
        }
        let keyed = matches!(target.form, Form::Index(..));
        if keyed && let Some((sink, found)) = most_specific(&self.document.watch.argument, spellings) {
            return self.add(pair_kind(&sink), sink, found, range.clone(), value, counts);
        }
        if let Some((sink, found)) = most_specific(&self.document.watch.assignment, spellings) {
            self.add(FactKind::Assignment, sink, found, range.clone(), value, counts);
        }
    }

    /// The paths that a target may have: as written, with an alias or a variable's type in place of its head, with the type around a member.
    fn spellings(&self, target: &'a Expression) -> Vec<Vec<String>> {
        let Some(path) = target.path() else { return Vec::new() };
        let mut spellings = vec![owned(&path)];
        let offset = target.range.start;
        let Some((head, rest)) = path.split_first() else { return spellings };
        let more = |start: Vec<String>| start.into_iter().chain(owned(rest)).collect::<Vec<String>>();
        if let Some(alias) = self.bindings.alias(head) {
            spellings.push(more(alias.to_vec()));
        }
        if rest.is_empty() || matches!(&target.form, Form::Member(of, _) if is_own(of)) {
            let binding = self.bindings.declared_at(offset).or_else(|| self.bindings.find(head, offset));
            if let Some(owner) = binding.filter(|binding| binding.kind.is_member()).and_then(|binding| binding.owner.last()) {
                spellings.push(vec![(*owner).to_owned(), path.last().map(ToString::to_string).unwrap_or_default()]);
            }
        } else if let Some(binding) = self.bindings.find(head, offset) {
            if let Some(of_type) = &binding.of_type {
                spellings.push(more(owned(of_type)));
            }
            if let [only] = binding.values.as_slice()
                && let (Form::Name(_) | Form::Member(..), Some(stands_for)) = (&only.form, only.path())
            {
                spellings.push(more(owned(&stands_for)));
            }
        }
        spellings
    }

    fn expression(&mut self, expression: &'a Expression, within: &[&'a str]) {
        if self.is_over() {
            return;
        }
        match &expression.form {
            Form::Function(scope) => self.scope(scope, within),
            Form::Assigned(assignment) => self.assignment(assignment, within),
            Form::Member(of, _) => self.expression(of, within),
            Form::Index(of, key) => [of, key].into_iter().for_each(|part| self.expression(part, within)),
            Form::Call(call) => self.call(call, expression, within),
            Form::Joined(parts) => {
                self.joined_pairs(parts);
                self.expressions(parts, within);
            }
            Form::AnyOf(parts) | Form::List(parts) | Form::Other(parts) => self.expressions(parts, within),
            // What is compared with something sets nothing, whatever stands in it.
            Form::Compared(parts) => {
                parts.iter().filter(|part| part.text().is_none()).for_each(|part| self.expression(part, within));
            }
            Form::Object(fields) => self.fields(fields, within),
            Form::Text(text) => self.inside_text(text, expression),
            Form::Number(_) | Form::Truth(_) | Form::Nothing | Form::Name(_) => {}
        }
    }

    fn expressions(&mut self, parts: &'a [Expression], within: &[&'a str]) {
        for part in parts {
            self.expression(part, within);
        }
    }

    fn fields(&mut self, fields: &'a [Field], within: &[&'a str]) {
        for field in fields {
            let path: Vec<&'a str> = within.iter().copied().chain(segments(&field.name)).collect();
            let spelling = vec![owned(&path)];
            if let Some((sink, found)) = most_specific(&self.document.watch.setting, &spelling).filter(|(_, found)| found.exact) {
                self.add_setting(sink, found, field.range.clone(), &field.value);
            }
            if !matches!(field.value.form, Form::Object(_) | Form::Function(_)) {
                self.credential(&spelling, &field.value, &field.range);
            }
            self.expression(&field.value, &path);
        }
    }

    /// A value under a key: a header where the name is one, else a member.
    fn credential(&mut self, spelling: &[Vec<String>], value: &'a Expression, range: &Range<usize>) {
        let watch = self.document.watch;
        if let Some((sink, found)) = most_specific(&watch.argument, spelling).filter(|(sink, _)| sink.contains('-')) {
            return self.add(pair_kind(&sink), sink, found, range.clone(), value, Counts::Always);
        }
        if let Some((sink, found)) = most_specific(&watch.assignment, spelling) {
            self.add(FactKind::Assignment, sink, found, range.clone(), value, Counts::Always);
        } else if let Some((sink, found)) = most_specific(&watch.argument, spelling) {
            self.add(FactKind::Argument, sink, found, range.clone(), value, Counts::Always);
        }
    }

    /// Pairs within a text: `"client_secret=…&code=…"`, `"SO-AppToken: …"`.
    fn inside_text(&mut self, text: &str, expression: &Expression) {
        if text.len() < values::RANDOM_FROM || !text.contains(['=', ':']) {
            return;
        }
        for pair in embedded(text, &self.document.watch.argument).into_iter().filter(|pair| !pair.name.contains('.')) {
            let value = Value::Written(pair.value.to_owned());
            let place = Place::new(pair_kind(pair.name), sinks::segment(pair.name), pair.found.entry, expression.range.clone(), value);
            let more = self.more(None);
            self.reading.add(Place { more, ..place });
        }
    }

    /// `"client_secret=" + value`, `"SO-AppToken: $value"`: the name ends one part, and the next one is the value.
    fn joined_pairs(&mut self, parts: &'a [Expression]) {
        for (before, value) in parts.iter().zip(parts.iter().skip(1)).take(MOST_PAIRS) {
            let Some(name) = before.text().and_then(name_at_end) else { continue };
            let path: Vec<&str> = segments(name).collect();
            if let Some(found) = self.document.watch.argument.matching(&path).filter(|found| found.exact) {
                let range = before.range.start..value.range.end;
                self.add(pair_kind(name), sinks::segment(name), found, range, value, Counts::IfWritten);
            }
        }
    }

    fn add_setting(&mut self, sink: String, found: Match<'_>, range: Range<usize>, value: &'a Expression) {
        let mut evaluator = self.evaluator();
        let plain = evaluator.plain(value);
        let value = match &value.form {
            // A switch that is written out is a literal, whatever its type.
            Form::Truth(_) | Form::Number(_) | Form::Nothing => Value::Written(plain.clone().unwrap_or_default()),
            _ => evaluator.value(value),
        };
        let place = Place::new(FactKind::Setting, sink, found.entry, range, value);
        let more = self.more(plain);
        self.reading.add(Place { more, ..place });
    }

    fn add(&mut self, kind: FactKind, sink: String, found: Match<'_>, range: Range<usize>, value: &'a Expression, counts: Counts) {
        let value = self.evaluator().value(value);
        let place = Place::new(kind, sink, found.entry, range, value);
        let more = self.more(None);
        self.reading.add(Place { counts: counts.under(&found), more, ..place });
    }

    fn more(&self, plain: Option<String>) -> More {
        More { plain, guard: self.guards.last().cloned(), is_rough: self.unit.is_rough, ..More::default() }
    }
}

fn owned(path: &[impl AsRef<str>]) -> Vec<String> {
    path.iter().map(|part| part.as_ref().to_owned()).collect()
}

/// The name that a text ends in, before an `=` or `:`.
fn name_at_end(text: &str) -> Option<&str> {
    let before = text.trim_end_matches([' ', '"', '\'']).strip_suffix(['=', ':'])?.trim_end_matches(['"', '\'', ' ']);
    let is_name = |character: char| character.is_alphanumeric() || "_-".contains(character);
    let start = before.char_indices().rev().take_while(|(_, character)| is_name(*character)).last()?.0;
    before.get(start..)
}

/// Names with a hyphen are those of headers.
fn pair_kind(name: &str) -> FactKind {
    let is_header = name.contains('-') || name.eq_ignore_ascii_case("authorization") || name.eq_ignore_ascii_case("cookie");
    if is_header { FactKind::Header } else { FactKind::Argument }
}

/// The spelling that matches the longest entry, and that entry.
fn most_specific<'w>(names: &'w Names, spellings: &[Vec<String>]) -> Option<(String, Match<'w>)> {
    let mut best: Option<(String, Match<'w>)> = None;
    for path in spellings {
        if let Some(found) = names.matching(path)
            && best.as_ref().is_none_or(|(_, known)| found.segments > known.segments)
        {
            best = Some((sinks::dotted(path), found));
        }
    }
    best
}

/// What a condition asks of the environment, in one word; absent where it asks something else.
fn guard(condition: &Expression) -> Option<String> {
    fn words(expression: &Expression, all: &mut Vec<String>, depth: usize) {
        if depth > 12 {
            return;
        }
        if let Some(path) = expression.path() {
            all.extend(path.iter().map(|name| name.to_lowercase()));
        }
        match &expression.form {
            Form::Text(text) => all.push(text.to_lowercase()),
            Form::Call(call) => call.arguments.iter().for_each(|argument| words(&argument.value, all, depth + 1)),
            Form::Compared(parts) | Form::AnyOf(parts) | Form::Other(parts) => parts.iter().for_each(|part| words(part, all, depth + 1)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    words(condition, &mut all, 0);
    let says = |word: &str| all.iter().any(|name| name.contains(word));
    (says("development") || says("isdev") || says("debug") || all.iter().any(|name| name == "dev")).then(|| "development".to_owned())
}
