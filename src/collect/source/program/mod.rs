//! A program as the analysis sees it, whatever its language: statements, expressions and scopes, and nothing of their spelling.
//!
//! A language is a *lowering* from its syntax tree, or from its tokens, to a [`Unit`]; [`read`] does the rest: what names mean ([`bindings`]), what
//! expressions come to ([`evaluate`]), and which of the rules' words they set, pass, call or log ([`places`]). So a rule is written once.
//!
//! Lowerings bound the depth of what they build ([`DEPTH`]), so that what walks it may recurse.

mod answers;
mod appended;
mod arguments;
mod believed;
mod bindings;
mod compared;
mod cookies;
mod defined;
pub(super) mod evaluate;
pub(in crate::collect::source) mod files;
mod guards;
mod headers;
mod held;
mod kept;
pub(in crate::collect::source) mod known;
mod labels;
mod logged;
mod loggers;
mod missing;
mod objects;
mod places;
pub(in crate::collect::source) mod queries;
mod scopes;
mod shortened;
mod stores;
#[cfg(test)]
mod tests;
mod texts;

pub(in crate::collect::source) use compared::{ANDS, asked_for, is_from_outside};
pub(in crate::collect::source) use evaluate::{GLOBAL, is_plain};
pub(in crate::collect::source) use stores::STORES;

use std::{collections::BTreeSet, ops::Range, path::Path};

use crate::collect::source::document::{Document, Reading};

/// How deep expressions and scopes may nest; what lies deeper is [`Form::Other`].
pub(in crate::collect::source) const DEPTH: usize = 100;

/// One file.
#[derive(Debug, Default)]
pub(in crate::collect::source) struct Unit {
    /// What other files call the file when they import it: the stem of a module, a package and class. Empty where files have no name.
    pub(in crate::collect::source) module: Vec<String>,
    /// Whether a bare name may be that of a constant which every file knows.
    pub(in crate::collect::source) has_globals: bool,
    /// Whether a log shows the members of any object that it is given.
    pub(in crate::collect::source) shows_members: bool,
    pub(in crate::collect::source) body: Vec<Statement>,
    /// Where comments stand, in order.
    pub(in crate::collect::source) comments: Vec<Range<usize>>,
    /// What the grammar did not understand, in order.
    pub(in crate::collect::source) errors: Vec<Range<usize>>,
    /// Whether a hand-written lexer made it, which knows less than a grammar.
    pub(in crate::collect::source) is_rough: bool,
}

/// One step of a program.
#[derive(Debug)]
pub(in crate::collect::source) enum Statement {
    /// Something gets a value, or is declared without one.
    Assign(Assignment),
    /// An expression on its own, or a part of a statement that only counts as such: a condition, what is thrown.
    Evaluate(Expression),
    /// What the function around gives back; of a file, what whoever includes it gets.
    Return(Expression),
    /// A stretch with names of its own.
    Scope(Scope),
    /// A short name for a path: `import x from './y'`, `using X = A.B`, `use A\B as X`.
    Alias { name: String, path: Vec<String> },
}

/// Something gets a value.
#[derive(Debug)]
pub(in crate::collect::source) struct Assignment {
    pub(in crate::collect::source) target: Expression,
    /// Absent for a declaration without one.
    pub(in crate::collect::source) value: Option<Expression>,
    /// What it declares; absent where it changes something that is declared elsewhere.
    pub(in crate::collect::source) declares: Option<Declares>,
    /// The declared type; absent where none is.
    pub(in crate::collect::source) of_type: Option<Vec<String>>,
    pub(in crate::collect::source) range: Range<usize>,
}

/// What an assignment declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collect::source) enum Declares {
    /// A name that keeps its first value.
    Constant,
    /// A local variable.
    Variable,
    /// A member of a type, or a global.
    Field,
    /// A member whose value a getter gives.
    Property,
    /// A parameter, with its default value.
    Parameter,
}

/// A stretch of a program with names of its own.
#[derive(Debug)]
pub(in crate::collect::source) struct Scope {
    pub(in crate::collect::source) kind: ScopeKind,
    /// Absent for a block and for a function without a name.
    pub(in crate::collect::source) name: Option<String>,
    /// Types that a type builds on.
    pub(in crate::collect::source) bases: Vec<Vec<String>>,
    /// Of a function.
    pub(in crate::collect::source) parameters: Vec<Assignment>,
    pub(in crate::collect::source) body: Vec<Statement>,
    /// What a block depends on: the condition of an `if`.
    pub(in crate::collect::source) condition: Option<Expression>,
    pub(in crate::collect::source) range: Range<usize>,
}

/// What kind of stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collect::source) enum ScopeKind {
    Namespace,
    Type,
    Function,
    Block,
}

/// An expression and where it stands, in bytes of the decoded text.
#[derive(Debug)]
pub(in crate::collect::source) struct Expression {
    pub(in crate::collect::source) form: Form,
    pub(in crate::collect::source) range: Range<usize>,
}

/// What an expression is.
#[derive(Debug)]
pub(in crate::collect::source) enum Form {
    /// Text, escapes undone.
    Text(String),
    /// A number, as written.
    Number(String),
    /// `true` or `false`.
    Truth(bool),
    /// `null`, `None`, `nil`.
    Nothing,
    /// A name: `x`, `$x`, without the marks of the language.
    Name(String),
    /// A member: `x.y`, `x->y`, `X::Y`.
    Member(Box<Expression>, String),
    /// Something looked up: `x[y]`.
    Index(Box<Expression>, Box<Expression>),
    /// A call or a creation.
    Call(Box<Call>),
    /// One after the other: concatenation and interpolation.
    Joined(Vec<Expression>),
    /// One of several: `a ? b : c`, `a ?? b`, `a || b`.
    AnyOf(Vec<Expression>),
    /// Names with values: an object literal, a dictionary, an associative array.
    Object(Vec<Field>),
    /// Values in a row.
    List(Vec<Expression>),
    /// A function without a name.
    Function(Box<Scope>),
    /// An assignment within an expression.
    Assigned(Box<Assignment>),
    /// Compares, and so sets nothing; holds where they are the same. Where they must differ it is denied.
    Compared(Vec<Expression>),
    /// The contrary: `!x`.
    Not(Box<Expression>),
    /// Anything else, and what is in it.
    Other(Vec<Expression>),
}

/// A call or a creation.
#[derive(Debug)]
pub(in crate::collect::source) struct Call {
    /// What is called; of a creation, the type.
    pub(in crate::collect::source) callee: Expression,
    pub(in crate::collect::source) arguments: Vec<Argument>,
    /// Whether it makes an object: `new X(…)`.
    pub(in crate::collect::source) creates: bool,
    /// Members that are set at once: `new X { Y = z }`.
    pub(in crate::collect::source) fields: Vec<Field>,
}

/// What is passed.
#[derive(Debug)]
pub(in crate::collect::source) struct Argument {
    /// Absent for one by position.
    pub(in crate::collect::source) name: Option<String>,
    pub(in crate::collect::source) value: Expression,
}

/// A name with a value.
#[derive(Debug)]
pub(in crate::collect::source) struct Field {
    pub(in crate::collect::source) name: String,
    pub(in crate::collect::source) value: Expression,
    /// From the name to the value.
    pub(in crate::collect::source) range: Range<usize>,
}

impl Expression {
    pub(in crate::collect::source) fn new(form: Form, range: Range<usize>) -> Self {
        Self { form, range }
    }

    /// Something of which only its place is known.
    pub(in crate::collect::source) fn other(range: Range<usize>) -> Self {
        Self { form: Form::Other(Vec::new()), range }
    }

    /// The names on the way: `a.b("x")["c"].d` is `a`, `b`, `c`, `d`; a leading `this` is left out. Absent where something else stands at the head.
    pub(in crate::collect::source) fn path(&self) -> Option<Vec<&str>> {
        let mut reversed = Vec::new();
        let mut next = Some(self);
        while let Some(expression) = next {
            next = match &expression.form {
                Form::Name(name) => {
                    reversed.push(name.as_str());
                    None
                }
                Form::Member(of, name) => {
                    reversed.push(name.as_str());
                    Some(of.as_ref())
                }
                Form::Index(of, key) => {
                    if let Form::Text(key) = &key.form {
                        reversed.push(key.as_str());
                    }
                    Some(of.as_ref())
                }
                Form::Call(call) => Some(&call.callee),
                _ => return None,
            };
        }
        reversed.reverse();
        if reversed.len() > 1 && matches!(reversed.first(), Some(&("this" | "self" | "base" | "super" | "static" | "parent" | "Me"))) {
            reversed.remove(0);
        }
        Some(reversed)
    }

    /// Whether it is a path of names and of keys that are written: `a.b["c"]`.
    pub(in crate::collect::source) fn is_of_names(&self) -> bool {
        let mut next = self;
        loop {
            next = match &next.form {
                Form::Name(_) => return true,
                Form::Member(of, _) => of,
                Form::Index(of, key) if key.text().is_some() => of,
                _ => return false,
            };
        }
    }

    /// The contrary of something.
    pub(in crate::collect::source) fn denied(self) -> Form {
        Form::Not(Box::new(self))
    }

    /// One of two, by a condition. A switch that a condition decides is that condition, or its contrary: `isProduction ? false : true`.
    pub(in crate::collect::source) fn either(condition: Option<Self>, branches: Vec<Self>) -> Form {
        match (condition, branches.as_slice()) {
            (Some(condition), [Self { form: Form::Truth(true), .. }, Self { form: Form::Truth(false), .. }]) => condition.form,
            (Some(condition), [Self { form: Form::Truth(false), .. }, Self { form: Form::Truth(true), .. }]) => condition.denied(),
            _ => Form::AnyOf(branches),
        }
    }

    /// A path of names: `a.b.c`.
    pub(in crate::collect::source) fn of_path(path: &[impl AsRef<str>], range: Range<usize>) -> Self {
        let mut names = path.iter().map(|name| name.as_ref().to_owned());
        let head = Self::new(Form::Name(names.next().unwrap_or_default()), range.clone());
        names.fold(head, |of, name| Self::new(Form::Member(Box::new(of), name), range.clone()))
    }

    /// The text, where it is a literal one.
    pub(in crate::collect::source) fn text(&self) -> Option<&str> {
        match &self.form {
            Form::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Assignment {
    /// A declaration.
    pub(in crate::collect::source) fn declared(name: &str, at: Range<usize>, value: Option<Expression>, declares: Declares) -> Self {
        let range = at.start..value.as_ref().map_or(at.end, |value| value.range.end.max(at.end));
        let target = Expression::new(Form::Name(name.to_owned()), at);
        Self { target, value, declares: Some(declares), of_type: None, range }
    }

    /// A change of something that is declared elsewhere.
    pub(in crate::collect::source) fn changed(target: Expression, value: Expression, range: Range<usize>) -> Self {
        Self { target, value: Some(value), declares: None, of_type: None, range }
    }
}

impl Scope {
    /// A block.
    pub(in crate::collect::source) fn block(body: Vec<Statement>, condition: Option<Expression>, range: Range<usize>) -> Self {
        Self { kind: ScopeKind::Block, name: None, bases: Vec::new(), parameters: Vec::new(), body, condition, range }
    }

    /// A function, with or without a name.
    pub(in crate::collect::source) fn function(
        name: Option<String>,
        parameters: Vec<Assignment>,
        body: Vec<Statement>,
        range: Range<usize>,
    ) -> Self {
        Self { kind: ScopeKind::Function, name, bases: Vec::new(), parameters, body, condition: None, range }
    }

    /// A type and what it builds on.
    pub(in crate::collect::source) fn of_type(
        name: Option<String>,
        bases: Vec<Vec<String>>,
        body: Vec<Statement>,
        range: Range<usize>,
    ) -> Self {
        Self { kind: ScopeKind::Type, name, bases, parameters: Vec::new(), body, condition: None, range }
    }

    /// Constants that every file knows by their bare name.
    pub(in crate::collect::source) fn globals(body: Vec<Statement>, range: Range<usize>) -> Self {
        let name = Some(GLOBAL.to_owned());
        Self { kind: ScopeKind::Namespace, name, bases: Vec::new(), parameters: Vec::new(), body, condition: None, range }
    }
}

/// In languages without declarations the first assignment to a name declares it, for the function around it or for the module.
pub(in crate::collect::source) fn declare_first(body: &mut [Statement], known: &mut BTreeSet<String>) {
    for statement in body {
        match statement {
            Statement::Assign(assignment) => declare_new(assignment, known),
            Statement::Evaluate(Expression { form: Form::Assigned(assignment), .. }) => declare_new(assignment, known),
            Statement::Scope(scope) if scope.kind == ScopeKind::Block => declare_first(&mut scope.body, known),
            _ => {}
        }
    }
}

fn declare_new(assignment: &mut Assignment, known: &mut BTreeSet<String>) {
    let Form::Name(name) = &assignment.target.form else { return };
    if assignment.declares.is_none() && known.insert(name.clone()) {
        let is_constant = !name.chars().any(char::is_lowercase) && name.chars().any(char::is_uppercase);
        assignment.declares = Some(if is_constant { Declares::Constant } else { Declares::Variable });
    }
}

/// What other files call a file when they import it: its name without the ending; of an `index` or `__init__`, its folder's.
pub(in crate::collect::source) fn module_of(path: &str) -> String {
    let path = Path::new(path);
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("");
    let folder = || path.parent()?.file_name()?.to_str();
    match stem {
        "index" | "__init__" => folder().unwrap_or(stem).to_owned(),
        _ => stem.to_owned(),
    }
}

/// What a file shows of what rules watch.
pub(in crate::collect::source) fn read(document: &Document<'_>, unit: &Unit) -> Reading {
    let mut reading = Reading::default();
    let bindings = bindings::Bindings::of(unit);
    let mut finder = places::Finder::new(document, unit, &bindings, &mut reading);
    finder.unit();
    finder.definitions();
    finder.comments();
    finder.errors();
    if bindings.is_chain_cut.get() {
        reading.gap.get_or_insert_with(|| "a chain of names that is too long to be followed".to_owned());
    }
    reading
}
