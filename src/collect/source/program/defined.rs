//! What other files may refer to: constants, fields, exports.

use super::{
    Expression, Field, Form, Statement,
    places::{Finder, owned},
};
use crate::collect::source::{
    origins::{Definition, Step},
    sinks,
};

/// More members with a value are data, and would cost memory.
const MOST_DEFINITIONS: usize = 20_000;

impl<'a> Finder<'a, '_> {
    /// What other files may refer to.
    pub(super) fn definitions(&mut self) {
        for binding in self.bindings.members().take(MOST_DEFINITIONS) {
            let mut evaluator = self.evaluator();
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
                let step = Step { line, what: format!("field {}", sinks::dotted(&path)) };
                self.reading.definitions.push(Definition { path: owned(&path), value, step });
            }
        }
    }
}
