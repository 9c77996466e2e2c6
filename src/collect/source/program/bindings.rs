//! What names mean in a file: variables, parameters, members, functions, aliases.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{Argument, Assignment, Call, Declares, Expression, Field, Form, Scope, ScopeKind, Statement, Unit};
use crate::collect::source::chains;

/// What functions are called that make an object of the type around them.
const CONSTRUCTORS: [&str; 4] = ["constructor", "__init__", "__construct", "New"];
/// How many bindings of one name are looked at, and how many values one of them keeps: bounds on hostile files.
const MOST_ALIKE: usize = 500;
const MOST_VALUES: usize = 32;
const MOST_BINDINGS: usize = 50_000;
/// How many names are gone through to tell what one of them is made of.
const MOST_MAKERS: usize = 32;

/// What a name stands for.
#[derive(Debug)]
pub(super) struct Binding<'u> {
    pub(super) name: &'u str,
    pub(super) kind: Kind,
    /// Where the name holds.
    pub(super) scope: Range<usize>,
    /// The module, namespaces and types around a member.
    pub(super) owner: Vec<&'u str>,
    pub(super) values: Vec<&'u Expression>,
    /// The declared or created type.
    pub(super) of_type: Option<Vec<&'u str>>,
    /// Where it is declared.
    pub(super) offset: usize,
}

/// A member of a variable that is set somewhere in a file.
pub(super) struct SetMember<'a> {
    pub(super) variable: &'a str,
    pub(super) value: &'a Expression,
    /// Where it is set, which tells variables of one name apart.
    pub(super) offset: usize,
}

/// A name and a value of a form.
#[derive(Clone)]
pub(super) struct Pair<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a Expression,
    pub(super) range: Range<usize>,
}

/// A pair that a variable is filled with.
pub(super) struct Filled<'a> {
    /// The variable, and where it is declared; a member of the object itself has no such place.
    pub(super) of: (&'a str, Option<usize>),
    pub(super) pair: Pair<'a>,
}

/// A text that grows.
#[derive(Default)]
pub(super) struct Grown<'a> {
    /// Whether a query has begun in it.
    pub(super) asks: bool,
    /// Whether the name of a parameter comes next.
    pub(super) is_open: bool,
    /// The parameter whose value comes next, and whether the text that names it tells of it by itself.
    pub(super) key: Option<(&'a str, Range<usize>, bool)>,
}

/// A secret that is taken out of something.
pub(super) struct Taken<'a> {
    pub(super) entry: &'a str,
    /// What it is called where it is taken.
    pub(super) name: &'a str,
    /// Whether it is looked up by a key: then its holder shows all that is in it wherever it is turned into text.
    pub(super) by_key: bool,
    pub(super) holders: Vec<Holder<'a>>,
}

/// Something by the names on the way to it, without the members that all of it is in.
pub(super) struct Holder<'a> {
    /// Where its first name is declared; absent for what is declared elsewhere, and for members of the object itself.
    pub(super) declared: Option<usize>,
    /// Whether the same names mean the same thing wherever they stand.
    pub(super) is_one: bool,
    pub(super) path: Vec<&'a str>,
    /// How many such members were left out.
    pub(super) contents: usize,
    /// Whether it shows only through one of them: an object that stands for an answer does not print its body.
    pub(super) is_around: bool,
    /// Whether it is the text that something was read from.
    pub(super) is_text: bool,
}

/// What kind of name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Constant,
    Variable,
    Field,
    Property,
    Parameter,
    Function,
}

impl Kind {
    /// Whether it belongs to a type or module, so that other files may refer to it.
    pub(super) fn is_member(self) -> bool {
        matches!(self, Self::Constant | Self::Field | Self::Property | Self::Function)
    }

    /// In words, for a trace.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Variable => "variable",
            Self::Field => "field",
            Self::Property => "property",
            Self::Parameter => "parameter",
            Self::Function => "function",
        }
    }
}

/// A type: where it stands, the names on the way to it, and what it builds on.
type Type<'u> = (Range<usize>, Vec<&'u str>, &'u [Vec<String>]);

/// All names of a file.
#[derive(Debug, Default)]
pub(super) struct Bindings<'u> {
    all: Vec<Binding<'u>>,
    by_name: BTreeMap<&'u str, Vec<usize>>,
    by_offset: BTreeMap<usize, usize>,
    /// Where functions end that have a name, by where they begin.
    bodies: BTreeMap<usize, usize>,
    aliases: BTreeMap<&'u str, &'u [String]>,
    signatures: BTreeMap<&'u str, Vec<Vec<&'u str>>>,
    /// Types with what they build on, by where they stand.
    types: Vec<Type<'u>>,
    /// Whether there were too many.
    pub(super) is_cut: bool,
    /// Whether a chain of names was too long to be followed.
    pub(super) is_chain_cut: Cell<bool>,
}

impl<'u> Bindings<'u> {
    pub(super) fn of(unit: &'u Unit) -> Self {
        let mut builder = Builder { bindings: Self::default(), changed: Vec::new() };
        let module: Vec<&str> = unit.module.iter().map(String::as_str).collect();
        let around = Around { scope: 0..usize::MAX, owner: module, function: None, in_function: false };
        builder.statements(&unit.body, &around);
        builder.finish()
    }

    /// What a name means at an offset: the innermost binding whose scope holds it.
    pub(super) fn find(&self, name: &str, offset: usize) -> Option<&Binding<'u>> {
        self.index_of(name, offset, |_| true).and_then(|index| self.all.get(index))
    }

    /// The member of that name at an offset, whatever variable hides it.
    pub(super) fn find_member(&self, name: &str, offset: usize) -> Option<&Binding<'u>> {
        self.index_of(name, offset, Kind::is_member).and_then(|index| self.all.get(index))
    }

    /// What is declared at an offset.
    pub(super) fn declared_at(&self, offset: usize) -> Option<&Binding<'u>> {
        self.by_offset.get(&offset).and_then(|index| self.all.get(*index))
    }

    /// All of the function that begins at an offset.
    pub(super) fn body_at(&self, offset: usize) -> Option<Range<usize>> {
        self.bodies.get(&offset).map(|end| offset..*end)
    }

    /// The path that a name is short for.
    pub(super) fn alias(&self, name: &str) -> Option<&'u [String]> {
        self.aliases.get(name).copied()
    }

    /// What a chain of names comes to, where each stands for the next and for nothing else.
    pub(super) fn end_of_chain<'b>(&'b self, first: &'b Binding<'u>) -> &'b Binding<'u> {
        chains::end(first, |binding| binding.offset, |binding| self.stands_for(binding)).unwrap_or_else(|| {
            self.is_chain_cut.set(true);
            first
        })
    }

    /// What a name is only another name of.
    fn stands_for(&self, binding: &Binding<'u>) -> Option<&Binding<'u>> {
        match binding.values.as_slice() {
            [only] if binding.kind != Kind::Parameter => self.named(only),
            _ => None,
        }
    }

    /// The types that a name may be of: the declared one, and those of what it gets where it is given a value, through variables and functions of this
    /// file. As written, and as an alias stands for them.
    pub(super) fn types_of(&self, binding: &Binding<'u>) -> BTreeSet<Vec<&'u str>> {
        let (mut types, mut seen, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![binding.offset]);
        while let Some(binding) = open.pop().filter(|_| seen.len() < MOST_MAKERS).and_then(|offset| self.declared_at(offset)) {
            if seen.insert(binding.offset) {
                types.extend(binding.of_type.clone());
                binding.values.iter().for_each(|value| self.made(value, &mut types, &mut open));
            }
        }
        let behind = |path: &Vec<&'u str>| {
            let (head, rest) = path.split_first()?;
            Some(self.alias(head)?.iter().map(String::as_str).chain(rest.iter().copied()).collect())
        };
        let behind: Vec<Vec<&'u str>> = types.iter().filter_map(behind).collect();
        types.extend(behind);
        types
    }

    /// What a value is made of: a type, or names whose values it takes over.
    fn made(&self, value: &'u Expression, types: &mut BTreeSet<Vec<&'u str>>, open: &mut Vec<usize>) {
        match &value.form {
            Form::AnyOf(parts) => parts.iter().take(MOST_VALUES).for_each(|part| self.made(part, types, open)),
            Form::Assigned(assignment) => assignment.value.iter().for_each(|value| self.made(value, types, open)),
            Form::Name(_) | Form::Member(..) => open.extend(self.named(value).map(|binding| binding.offset)),
            Form::Call(call) => match self.named(&call.callee).filter(|binding| binding.kind == Kind::Function && !call.creates) {
                Some(function) => open.push(function.offset),
                // A type is told from a function by its capital.
                None => types.extend(call.callee.path().filter(|path| {
                    let last = path.last().copied().unwrap_or("");
                    call.creates || last.starts_with(char::is_uppercase)
                })),
            },
            _ => {}
        }
    }

    /// What a name, or a member of the object itself, stands for.
    fn named(&self, expression: &Expression) -> Option<&Binding<'u>> {
        match &expression.form {
            Form::Name(name) => self.find(name, expression.range.start),
            Form::Member(of, name) if is_own(of) => self.find_member(name, expression.range.start),
            _ => None,
        }
    }

    /// Every member with a value, which other files may refer to.
    pub(super) fn members(&self) -> impl Iterator<Item = &Binding<'u>> {
        self.all.iter().filter(|binding| binding.kind.is_member() && !binding.owner.is_empty())
    }

    /// The parameters of the one function of that name that takes so many arguments; none when it is not declared here or not alone.
    pub(super) fn parameters_of(&self, name: &str, arguments: usize) -> &[&'u str] {
        let mut fitting = self.signatures.get(name).into_iter().flatten().take(MOST_VALUES).filter(|names| names.len() >= arguments);
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => only,
            _ => &[],
        }
    }

    /// The types around an offset with what they build on, the innermost first.
    pub(super) fn types_around(&self, offset: usize) -> impl Iterator<Item = (&[&'u str], &'u [Vec<String>])> {
        let holds = move |(range, _, _): &&Type<'u>| range.contains(&offset);
        self.types.iter().rev().filter(holds).take(8).map(|(_, path, bases)| (path.as_slice(), *bases))
    }

    fn index_of(&self, name: &str, offset: usize, accepts: fn(Kind) -> bool) -> Option<usize> {
        let indexes = self.by_name.get(name)?;
        let fits = |index: &&usize| self.all.get(**index).is_some_and(|binding| binding.scope.contains(&offset) && accepts(binding.kind));
        // Scopes nest, so of those that hold the offset the one that began last is the innermost.
        let started = indexes.partition_point(|index| self.all.get(*index).is_some_and(|binding| binding.scope.start <= offset));
        let mut fitting = indexes.get(..started)?.iter().rev().take(MOST_ALIKE).filter(fits).copied();
        let last = fitting.next()?;
        let innermost = self.all.get(last).filter(|binding| binding.kind != Kind::Function && binding.offset > offset);
        // Of those in one function, as each of its blocks may declare its own, the one that was declared last on the way here.
        let is_before = |index: &usize| {
            let of_innermost = |found: &&Binding<'u>| innermost.is_some_and(|innermost| innermost.scope.start == found.scope.start);
            self.all.get(*index).filter(of_innermost).is_some_and(|found| found.offset <= offset)
        };
        Some(innermost.and_then(|_| fitting.find(is_before)).unwrap_or(last))
    }
}

/// What stands around a statement.
#[derive(Clone)]
struct Around<'u> {
    scope: Range<usize>,
    owner: Vec<&'u str>,
    /// The binding of the function around, which takes what is returned.
    function: Option<usize>,
    /// Whether names declared here are local.
    in_function: bool,
}

struct Builder<'u> {
    bindings: Bindings<'u>,
    /// Changes of names, given to what they mean once all names are known.
    changed: Vec<(&'u str, usize, bool, Around<'u>, &'u Expression)>,
}

impl<'u> Builder<'u> {
    fn statements(&mut self, statements: &'u [Statement], around: &Around<'u>) {
        for statement in statements {
            match statement {
                Statement::Assign(assignment) => self.assignment(assignment, around),
                Statement::Evaluate(expression) => self.expression(expression, around),
                Statement::Return(expression) => {
                    self.give(around.function, expression);
                    self.expression(expression, around);
                }
                Statement::Scope(scope) => self.scope(scope, around),
                Statement::Alias { name, path } => {
                    self.bindings.aliases.insert(name, path);
                }
            }
        }
    }

    fn scope(&mut self, scope: &'u Scope, around: &Around<'u>) {
        let mut inside = around.clone();
        let name = scope.name.as_deref();
        match scope.kind {
            ScopeKind::Block => {}
            ScopeKind::Namespace => inside.owner.extend(name),
            ScopeKind::Type => {
                inside.owner.extend(name);
                inside.scope = scope.range.clone();
                inside.in_function = false;
                self.bindings.types.push((scope.range.clone(), inside.owner.clone(), &scope.bases));
            }
            ScopeKind::Function => {
                inside.function = name.and_then(|name| self.bind(name, Kind::Function, around, None, scope.range.start));
                self.bindings.bodies.extend(inside.function.map(|_| (scope.range.start, scope.range.end)));
                inside.scope = scope.range.clone();
                inside.in_function = true;
                if let Some(name) = name {
                    let names = scope.parameters.iter().map(|parameter| match &parameter.target.form {
                        Form::Name(name) => name.as_str(),
                        _ => "",
                    });
                    let names: Vec<&str> = names.collect();
                    // A constructor is called by the name of its type, and is not given the object itself.
                    if let Some(made) = around.owner.last().filter(|_| !around.in_function && CONSTRUCTORS.contains(&name)) {
                        let own = names.iter().copied().skip_while(|first| *first == "self").collect();
                        self.bindings.signatures.entry(made).or_default().push(own);
                    }
                    self.bindings.signatures.entry(name).or_default().push(names);
                }
                scope.parameters.iter().for_each(|parameter| self.assignment(parameter, &inside));
            }
        }
        if let Some(condition) = &scope.condition {
            self.expression(condition, &inside);
        }
        self.statements(&scope.body, &inside);
    }

    fn assignment(&mut self, assignment: &'u Assignment, around: &Around<'u>) {
        if let Some(value) = &assignment.value {
            self.expression(value, around);
        }
        let offset = assignment.target.range.start;
        match (&assignment.target.form, assignment.declares) {
            (Form::Name(name), Some(declares)) => {
                let index = self.bind(name, kind(declares, around), around, assignment.of_type.as_deref(), offset);
                if let Some(value) = &assignment.value {
                    self.give(index, value);
                }
            }
            (Form::Name(name), None) => {
                self.changed.extend(assignment.value.as_ref().map(|value| (name.as_str(), offset, false, around.clone(), value)));
            }
            (Form::Member(of, name), _) if is_own(of) => {
                self.changed.extend(assignment.value.as_ref().map(|value| (name.as_str(), offset, true, around.clone(), value)));
            }
            _ => self.expression(&assignment.target, around),
        }
    }

    fn expression(&mut self, expression: &'u Expression, around: &Around<'u>) {
        match &expression.form {
            Form::Function(scope) => self.scope(scope, around),
            Form::Assigned(assignment) => self.assignment(assignment, around),
            Form::Member(of, _) | Form::Not(of) => self.expression(of, around),
            Form::Index(of, key) => [of, key].into_iter().for_each(|part| self.expression(part, around)),
            Form::Call(call) => self.call(call, around),
            Form::Joined(parts) | Form::AnyOf(parts) | Form::List(parts) | Form::Compared(parts) | Form::Other(parts) => {
                for part in parts {
                    self.expression(part, around);
                }
            }
            Form::Object(fields) => self.fields(fields, around),
            Form::Text(_) | Form::Number(_) | Form::Truth(_) | Form::Nothing | Form::Name(_) => {}
        }
    }

    fn call(&mut self, call: &'u Call, around: &Around<'u>) {
        self.expression(&call.callee, around);
        for Argument { value, .. } in &call.arguments {
            self.expression(value, around);
        }
        self.fields(&call.fields, around);
    }

    fn fields(&mut self, fields: &'u [Field], around: &Around<'u>) {
        for field in fields {
            self.expression(&field.value, around);
        }
    }

    fn bind(&mut self, name: &'u str, kind: Kind, around: &Around<'u>, of_type: Option<&'u [String]>, offset: usize) -> Option<usize> {
        let bindings = &mut self.bindings;
        if bindings.all.len() >= MOST_BINDINGS {
            bindings.is_cut = true;
            return None;
        }
        let index = bindings.all.len();
        let owner = if kind.is_member() { around.owner.clone() } else { Vec::new() };
        let of_type = of_type.map(|path| path.iter().map(String::as_str).collect());
        bindings.all.push(Binding { name, kind, scope: around.scope.clone(), owner, values: Vec::new(), of_type, offset });
        bindings.by_offset.insert(offset, index);
        bindings.by_name.entry(name).or_default().push(index);
        Some(index)
    }

    fn give(&mut self, index: Option<usize>, value: &'u Expression) {
        let Some(binding) = index.and_then(|index| self.bindings.all.get_mut(index)) else { return };
        if binding.values.len() < MOST_VALUES {
            binding.values.push(value);
        }
        if binding.of_type.is_none()
            && let Form::Call(call) = &value.form
            && call.creates
        {
            binding.of_type = call.callee.path();
        }
    }

    /// Languages without declarations declare by the first change.
    fn finish(mut self) -> Bindings<'u> {
        self.sort();
        let mut fresh: BTreeMap<(&'u str, usize), usize> = BTreeMap::new();
        for (name, offset, of_this, around, value) in std::mem::take(&mut self.changed) {
            let accepts = if of_this { Kind::is_member } else { |_: Kind| true };
            let key = (name, around.scope.start);
            let known = self.bindings.index_of(name, offset, accepts).or_else(|| fresh.get(&key).copied());
            let index = known.or_else(|| {
                let kind = if of_this || !around.in_function { Kind::Field } else { Kind::Variable };
                let around = if of_this { self.type_around(&around, offset) } else { around };
                self.bind(name, kind, &around, None, offset)
            });
            fresh.extend(index.map(|index| (key, index)));
            self.give(index, value);
        }
        self.sort();
        self.bindings
    }

    fn type_around(&self, around: &Around<'u>, offset: usize) -> Around<'u> {
        let found = self.bindings.types.iter().rev().find(|(range, _, _)| range.contains(&offset));
        found.map_or_else(
            || around.clone(),
            |(range, owner, _)| Around { scope: range.clone(), owner: owner.clone(), function: None, in_function: false },
        )
    }

    fn sort(&mut self) {
        let all = &self.bindings.all;
        for indexes in self.bindings.by_name.values_mut() {
            indexes.sort_by_key(|index| all.get(*index).map(|binding| binding.scope.start));
        }
    }
}

/// A variable outside of functions belongs to the module.
fn kind(declares: Declares, around: &Around<'_>) -> Kind {
    match declares {
        Declares::Constant | Declares::Variable if around.in_function => Kind::Variable,
        Declares::Constant => Kind::Constant,
        Declares::Variable | Declares::Field => Kind::Field,
        Declares::Property => Kind::Property,
        Declares::Parameter => Kind::Parameter,
    }
}

/// Whether an expression is the object itself.
pub(super) fn is_own(expression: &Expression) -> bool {
    matches!(&expression.form, Form::Name(name) if matches!(name.as_str(), "this" | "self" | "static" | "Me" | "cls"))
}
