//! Switches that something should have, and has not.

use std::collections::BTreeSet;

use super::{
    Assignment, Call, Expression, Field, Form, Statement, known,
    places::{Finder, most_specific},
};
use crate::{
    collect::source::{document::Place, names::segments, origins::Value},
    evidence::FactKind,
};

impl<'a> Finder<'a, '_> {
    /// Members that are set anywhere in the file, as long as a rule asks for what is missing.
    pub(super) fn collect_what_is_set(&mut self) {
        if !self.document.watch.missing.is_empty() {
            collect_set_members(&self.unit.body, &mut self.set_later);
        }
    }

    /// A switch that what is called or created should have, and has not.
    pub(super) fn missing(&mut self, call: &'a Call, whole: &'a Expression, spellings: &[Vec<String>]) {
        let watch = self.document.watch;
        for (names, missing) in &watch.missing {
            let Some((sink, _)) = most_specific(names, spellings).filter(|(_, found)| found.exact) else { continue };
            if self.is_set(call, whole, &missing.setting) || is_emptied(call) {
                continue;
            }
            let watched = format!("{}.{}", missing.of, missing.setting);
            let value = Value::From(crate::evidence::Origin::Absent);
            let place = Place::new(FactKind::Setting, format!("{sink}.{}", missing.setting), &watched, self.place_of(call, whole), value);
            let more = self.more(None);
            self.reading.add(Place { more, ..place });
        }
    }

    /// Whether a call sets a switch: by name, in an object that is passed, or later on the variable that holds the outcome. Something that is passed and
    /// that cannot be looked into may set it too.
    fn is_set(&self, call: &'a Call, whole: &'a Expression, setting: &str) -> bool {
        let same = |name: &str| name.eq_ignore_ascii_case(setting);
        let in_fields = |fields: &[Field]| fields.iter().any(|field| segments(&field.name).last().is_some_and(same));
        let passes = call.arguments.iter().any(|argument| match (&argument.name, &argument.value.form) {
            (Some(name), _) => same(name),
            (None, Form::Object(fields)) => in_fields(fields),
            (None, Form::Name(_) | Form::Member(..) | Form::Call(_)) => {
                let value = self.object_of(&argument.value);
                value.map_or_else(|| self.may_hold_settings(&argument.value), in_fields)
            }
            (None, Form::Function(scope)) => sets_member(&scope.body, setting),
            (None, Form::AnyOf(_)) => true,
            _ => false,
        });
        let holder = self.set_later.iter().any(|(variable, member)| member.eq_ignore_ascii_case(setting) && self.holds(variable, whole));
        let callee = call.callee.path().and_then(|path| path.last().copied()).unwrap_or("");
        let by_position = |(position, name): &(usize, &str)| same(name) && call.arguments.len() > *position;
        passes || in_fields(&call.fields) || holder || known::positions(callee).iter().any(by_position)
    }

    /// Whether something that is passed may be an object of settings, by its name or its type.
    fn may_hold_settings(&self, expression: &Expression) -> bool {
        let path = expression.path().unwrap_or_default();
        let of_type = match path.as_slice() {
            [name] => self.bindings.find(name, expression.range.start).and_then(|binding| binding.of_type.as_ref()?.last()),
            _ => None,
        };
        path.last().into_iter().chain(of_type).any(|name| {
            let name = name.to_lowercase();
            ["option", "setting", "config", "param", "attribute", "flags"].iter().any(|part| name.contains(part))
        })
    }

    fn object_of(&self, expression: &'a Expression) -> Option<&'a [Field]> {
        let Form::Name(name) = &expression.form else { return None };
        match self.bindings.find(name, expression.range.start)?.values.as_slice() {
            [Expression { form: Form::Object(fields), .. }] => Some(fields),
            _ => None,
        }
    }

    /// Whether a variable holds what this expression gives.
    fn holds(&self, variable: &str, expression: &Expression) -> bool {
        let binding = self.bindings.find(variable, expression.range.start).or_else(|| self.bindings.find(variable, expression.range.end));
        binding.is_some_and(|binding| binding.values.iter().any(|value| value.range == expression.range))
    }
}

/// Members of variables that are set anywhere, so that `cookie.HttpOnly = true` counts for `var cookie = new HttpCookie(…)`.
fn collect_set_members<'a>(statements: &'a [Statement], set: &mut BTreeSet<(&'a str, String)>) {
    for statement in statements {
        match statement {
            Statement::Assign(assignment) => set.extend(set_member(assignment)),
            Statement::Evaluate(Expression { form: Form::Assigned(assignment), .. }) => set.extend(set_member(assignment)),
            // `cookie.setHttpOnly(true)`
            Statement::Evaluate(Expression { form: Form::Call(call), .. }) => set.extend(set_by_method(call)),
            Statement::Scope(scope) => collect_set_members(&scope.body, set),
            _ => {}
        }
    }
}

/// Whether a name is given no value, which takes away what it had: `setcookie("session", "", …)`.
fn is_emptied(call: &Call) -> bool {
    let value = call.arguments.get(1).filter(|argument| argument.name.is_none()).map(|argument| &argument.value.form);
    match value {
        Some(Form::Text(text)) => text.is_empty(),
        Some(Form::Nothing) => true,
        _ => false,
    }
}

fn set_member(assignment: &Assignment) -> Option<(&str, String)> {
    match &assignment.target.form {
        Form::Member(of, member) => match &of.form {
            Form::Name(variable) => Some((variable, member.clone())),
            _ => None,
        },
        _ => None,
    }
}

fn set_by_method(call: &Call) -> Option<(&str, String)> {
    match &call.callee.form {
        Form::Member(of, method) => match (&of.form, method.strip_prefix("set")) {
            (Form::Name(variable), Some(member)) => Some((variable, member.to_owned())),
            _ => None,
        },
        _ => None,
    }
}

/// Whether statements set a member of that name on anything.
fn sets_member(statements: &[Statement], setting: &str) -> bool {
    statements.iter().any(|statement| match statement {
        Statement::Assign(Assignment { target, .. }) => {
            target.path().and_then(|path| path.last().copied()).is_some_and(|name| name.eq_ignore_ascii_case(setting))
        }
        Statement::Scope(scope) => sets_member(&scope.body, setting),
        _ => false,
    })
}
