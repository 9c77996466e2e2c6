//! What names mean in a file: usings, types, members, variables and parameters.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use tree_sitter::Node;

use crate::collect::source::{
    chains,
    languages::csharp::tree::{FAR, LONGEST_NAME, Walk, children, field, initial_value, is_type, path_of, text_of},
};

/// How many bindings of one name are looked at, and how many values one of them keeps: bounds on hostile files.
const MOST_BINDINGS: usize = 2_000;
const MOST_VALUES: usize = 32;

/// How many of the namespaces and types around a member are kept, the innermost.
const LONGEST_OWNER: usize = 12;
/// How many bindings are looked at for all names of a file.
const MOST_WORK: usize = 30_000_000;

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Variable,
    Parameter,
    Constant,
    Field,
    Property,
    Method,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Variable => "variable",
            Self::Parameter => "parameter",
            Self::Constant => "constant",
            Self::Field => "field",
            Self::Property => "property",
            Self::Method => "method",
        }
    }

    pub(super) fn is_member(self) -> bool {
        !matches!(self, Self::Variable | Self::Parameter)
    }
}

/// A name with what it may hold.
pub(super) struct Binding<'t> {
    pub(super) name: &'t str,
    pub(super) kind: Kind,
    /// Where the name means this.
    pub(super) scope: Range<usize>,
    /// The declared type, or the type that is created for it.
    pub(super) of_type: Option<Vec<&'t str>>,
    /// What is assigned to it, its initial value first; for a method what it returns.
    pub(super) values: Vec<Node<'t>>,
    /// Where it is declared.
    pub(super) offset: usize,
    /// Namespace and types around a member.
    pub(super) owner: Vec<&'t str>,
}

/// A type declaration.
pub(super) struct Type<'t> {
    pub(super) range: Range<usize>,
    pub(super) path: Vec<&'t str>,
    pub(super) bases: Vec<Vec<&'t str>>,
}

/// The names of a file.
#[derive(Default)]
pub(super) struct Scopes<'t> {
    /// `using CF = SuperOffice.Configuration.ConfigFile;`
    pub(super) aliases: BTreeMap<String, Vec<String>>,
    /// `using static SuperOffice.Configuration.ConfigFile;`
    pub(super) statics: Vec<Vec<String>>,
    /// Those of the aliases that are `global`.
    global: BTreeSet<String>,
    pub(super) types: Vec<Type<'t>>,
    pub(super) bindings: Vec<Binding<'t>>,
    by_name: BTreeMap<&'t str, Vec<usize>>,
    by_offset: BTreeMap<usize, usize>,
    /// The parameters of methods, constructors and records.
    signatures: BTreeMap<&'t str, Vec<Vec<&'t str>>>,
    /// How many bindings were looked at so far.
    work: Cell<usize>,
    /// Whether a chain of names was too long to be followed.
    is_chain_cut: Cell<bool>,
}

impl<'t> Scopes<'t> {
    pub(super) fn of(walk: &Walk<'t>, text: &'t str) -> Self {
        let mut builder = Builder {
            text,
            root: walk.root,
            namespace: Vec::new(),
            scopes: Self::default(),
            owners: BTreeMap::new(),
            assigned: Vec::new(),
            returned: Vec::new(),
        };
        walk.each(|node, ancestors| builder.node(node, ancestors));
        builder.finish()
    }

    /// The aliases that hold in other files too.
    pub(super) fn global_aliases(&self) -> impl Iterator<Item = (String, Vec<String>)> {
        self.global.iter().filter_map(|alias| Some((alias.clone(), self.aliases.get(alias)?.clone())))
    }

    /// The names of a piece of a file, with the usings of the file.
    pub(super) fn within(mut self, file: &Scopes<'_>) -> Self {
        self.aliases.extend(file.aliases.iter().map(|(alias, path)| (alias.clone(), path.clone())));
        self.statics.extend(file.statics.iter().cloned());
        self
    }

    /// Whether so many bindings were looked at that names now count as unknown.
    pub(super) fn is_worn_out(&self) -> bool {
        self.work.get() >= MOST_WORK
    }

    /// Whether a chain of names was too long to be followed.
    pub(super) fn is_chain_cut(&self) -> bool {
        self.is_chain_cut.get()
    }

    /// What a chain of names comes to, where each stands for the next and for nothing else.
    pub(super) fn end_of_chain<'b>(&'b self, first: &'b Binding<'t>, text: &str) -> &'b Binding<'t> {
        let next = |binding: &'b Binding<'t>| match binding.values.as_slice() {
            [only] if binding.kind != Kind::Parameter && only.kind() == "identifier" => self.find(text_of(*only, text), only.start_byte()),
            _ => None,
        };
        chains::end(first, |binding| binding.offset, next).unwrap_or_else(|| {
            self.is_chain_cut.set(true);
            first
        })
    }

    /// What a name means at an offset: the innermost binding whose scope holds it.
    pub(super) fn find(&self, name: &str, offset: usize) -> Option<&Binding<'t>> {
        self.index_of(name, offset, |_| true).and_then(|index| self.bindings.get(index))
    }

    /// What is declared at an offset.
    pub(super) fn declared_at(&self, offset: usize) -> Option<&Binding<'t>> {
        self.by_offset.get(&offset).and_then(|index| self.bindings.get(*index))
    }

    /// The member of this file that a path of type and member ends in.
    pub(super) fn member(&self, path: &[String]) -> Option<&Binding<'t>> {
        let [.., of, name] = path else { return None };
        let indexes = self.by_name.get(name.as_str())?.iter().take(MOST_BINDINGS);
        let mut members = indexes.filter_map(|index| self.bindings.get(*index)).filter(|binding| binding.kind.is_member());
        members.find(|binding| binding.owner.last() == Some(&of.as_str()))
    }

    /// The member of that name at an offset, whatever variable hides it.
    pub(super) fn find_member(&self, name: &str, offset: usize) -> Option<&Binding<'t>> {
        self.index_of(name, offset, Kind::is_member).and_then(|index| self.bindings.get(index))
    }

    fn index_of(&self, name: &str, offset: usize, accepts: fn(Kind) -> bool) -> Option<usize> {
        let indexes = self.by_name.get(name)?;
        let started = indexes.partition_point(|index| self.bindings.get(*index).is_some_and(|binding| binding.scope.start <= offset));
        // Scopes nest, so the last one that began before the offset and has not ended is the innermost.
        let before = indexes.get(..started)?.iter().rev().take(MOST_BINDINGS.min(MOST_WORK.saturating_sub(self.work.get())));
        before
            .copied()
            .inspect(|_| self.work.set(self.work.get().saturating_add(1)))
            .find(|index| self.bindings.get(*index).is_some_and(|binding| binding.scope.contains(&offset) && accepts(binding.kind)))
    }

    /// The parameters of the one method or constructor of that name that takes so many arguments; none when it is not declared here or not alone.
    pub(super) fn parameters_of(&self, name: &str, arguments: usize) -> Vec<&'t str> {
        let fitting: Vec<&Vec<&'t str>> =
            self.signatures.get(name).into_iter().flatten().take(MOST_VALUES).filter(|names| names.len() >= arguments).collect();
        match fitting.as_slice() {
            [only] => (*only).clone(),
            _ => Vec::new(),
        }
    }

    /// The types around an offset, the innermost first.
    pub(super) fn types_around(&self, offset: usize) -> Vec<&Type<'t>> {
        // Parents come before what is in them, so they are in order of where they begin.
        let started = self.types.partition_point(|of| of.range.start <= offset);
        let before = self.types.iter().take(started).rev().take(MOST_BINDINGS.min(MOST_WORK.saturating_sub(self.work.get())));
        let counted = before.inspect(|_| self.work.set(self.work.get().saturating_add(1)));
        counted.filter(|of| of.range.contains(&offset)).take(MOST_VALUES).collect()
    }
}

struct Builder<'t> {
    text: &'t str,
    root: Node<'t>,
    /// `namespace X;`, which holds for the rest of the file.
    namespace: Vec<&'t str>,
    scopes: Scopes<'t>,
    /// Bindings of properties and methods, by the node that declares them.
    owners: BTreeMap<usize, usize>,
    /// `name = value` with its offset and whether it says `this`.
    assigned: Vec<(&'t str, usize, bool, Node<'t>)>,
    /// What a property or method gives back, by the node that declares it.
    returned: Vec<(usize, Node<'t>)>,
}

impl<'t> Builder<'t> {
    fn node(&mut self, node: Node<'t>, ancestors: &[Node<'t>]) {
        match node.kind() {
            "using_directive" => self.using(node),
            "file_scoped_namespace_declaration" => {
                self.namespace = field(node, "name").and_then(|name| path_of(name, self.text)).unwrap_or_default();
            }
            "variable_declarator" => self.declarator(node, ancestors),
            "property_declaration" => self.member(node, Kind::Property, field(node, "type"), ancestors),
            "method_declaration" | "local_function_statement" => self.member(node, Kind::Method, None, ancestors),
            "parameter" | "implicit_parameter" => self.parameter(node, ancestors),
            "parameter_list" => self.signature(node, ancestors),
            "foreach_statement" => self.unassigned(field(node, "left"), None, Some(node)),
            "catch_declaration" | "declaration_expression" | "declaration_pattern" | "var_pattern" => {
                self.unassigned(field(node, "name"), field(node, "type"), scope_of(ancestors));
            }
            "assignment_expression" => self.assignment(node, ancestors),
            "return_statement" | "arrow_expression_clause" => self.returns(node, ancestors),
            kind if is_type(kind) => self.of_type(node, ancestors),
            _ => {}
        }
    }

    fn owned(path: Vec<&str>) -> Vec<String> {
        path.into_iter().map(str::to_owned).collect()
    }

    fn using(&mut self, node: Node<'t>) {
        let alias = field(node, "name");
        let Some(path) = children(node).into_iter().filter(|child| Some(*child) != alias).find_map(|child| path_of(child, self.text))
        else {
            return;
        };
        let is_static = node.children(&mut node.walk()).any(|child| child.kind() == "static");
        match alias {
            Some(alias) => {
                if text_of(node, self.text).starts_with("global") {
                    self.scopes.global.insert(text_of(alias, self.text).to_owned());
                }
                self.scopes.aliases.insert(text_of(alias, self.text).to_owned(), Self::owned(path));
            }
            None if is_static => self.scopes.statics.push(Self::owned(path)),
            None => {}
        }
    }

    /// Namespaces and types around a node.
    fn owner_of(&self, ancestors: &[Node<'t>]) -> Vec<&'t str> {
        let is_named = |node: &&Node<'t>| is_type(node.kind()) || node.kind() == "namespace_declaration";
        let names = ancestors.iter().take(FAR).filter(is_named).filter_map(|node| path_of(field(*node, "name")?, self.text)).flatten();
        let mut owner: Vec<&'t str> = self.namespace.iter().copied().chain(names).collect();
        owner.drain(..owner.len().saturating_sub(LONGEST_OWNER));
        owner
    }

    fn of_type(&mut self, node: Node<'t>, ancestors: &[Node<'t>]) {
        let mut path = self.owner_of(ancestors);
        path.extend(field(node, "name").map(|name| text_of(name, self.text)));
        let base_list = children(node).into_iter().find(|child| child.kind() == "base_list");
        let bases = base_list.into_iter().flat_map(children).filter_map(|base| path_of(base, self.text)).collect();
        self.scopes.types.push(Type { range: node.byte_range(), path, bases });
    }

    fn declarator(&mut self, node: Node<'t>, ancestors: &[Node<'t>]) {
        let mut above = ancestors.iter().rev();
        let declaration = above.next();
        let statement = above.next();
        let kind = match statement {
            Some(statement) if statement.kind() == "field_declaration" => {
                let says = |word| children(*statement).iter().any(|child| child.kind() == "modifier" && text_of(*child, self.text) == word);
                if says("const") || says("readonly") { Kind::Constant } else { Kind::Field }
            }
            _ => Kind::Variable,
        };
        let of_type = declaration.and_then(|declaration| field(*declaration, "type"));
        let scope = if kind.is_member() { type_around(ancestors) } else { scope_of(ancestors) };
        let owner = if kind.is_member() { self.owner_of(ancestors) } else { Vec::new() };
        if let Some(name) = field(node, "name") {
            self.bind(name, kind, scope, of_type, initial_value(node), owner);
        }
    }

    fn member(&mut self, node: Node<'t>, kind: Kind, of_type: Option<Node<'t>>, ancestors: &[Node<'t>]) {
        let Some(name) = field(node, "name") else { return };
        let initial =
            if kind == Kind::Property { field(node, "value").filter(|value| value.kind() != "arrow_expression_clause") } else { None };
        let index = self.bind(name, kind, type_around(ancestors), of_type, initial, self.owner_of(ancestors));
        self.owners.insert(node.id(), index);
    }

    fn parameter(&mut self, node: Node<'t>, ancestors: &[Node<'t>]) {
        let holder = ancestors.iter().rev().find(|ancestor| !ancestor.kind().ends_with("parameter_list")).copied();
        let name = if node.kind() == "parameter" { field(node, "name") } else { Some(node) };
        if let Some(name) = name {
            let index = self.bind(name, Kind::Parameter, holder, field(node, "type"), initial_value(node), Vec::new());
            let configured = self.configured(ancestors);
            if let Some(binding) = self.scopes.bindings.get_mut(index).filter(|binding| binding.of_type.is_none()) {
                binding.of_type = configured;
            }
        }
    }

    /// What a lambda's parameter is when it is given to a method that configures something: the options of `Configure<TokenOptions>(o => …)`;
    /// for `AddOAuth("Contoso", o => …)` the method and the name say whose they are.
    fn configured(&self, ancestors: &[Node<'t>]) -> Option<Vec<&'t str>> {
        let mut above = ancestors.iter().rev().skip_while(|ancestor| ancestor.kind().ends_with("parameter_list"));
        above.next().filter(|lambda| lambda.kind() == "lambda_expression")?;
        let list = above.find(|ancestor| ancestor.kind() != "argument").filter(|list| list.kind() == "argument_list")?;
        let function = field(*above.next()?, "function")?;
        let name = field(function, "name").unwrap_or(function);
        if let [_, types] = children(name).as_slice()
            && name.kind() == "generic_name"
        {
            return path_of(*children(*types).first()?, self.text);
        }
        let method = text_of(name, self.text);
        let first = children(*list).first().copied().and_then(|argument| children(argument).first().copied());
        let label = first.filter(|first| first.kind() == "string_literal").and_then(|first| children(first).first().copied());
        let path = [method].into_iter().chain(label.map(|label| text_of(label, self.text)));
        method.starts_with("Add").then(|| path.collect())
    }

    fn signature(&mut self, node: Node<'t>, ancestors: &[Node<'t>]) {
        let Some(name) = ancestors.last().filter(|holder| holder.kind() != "lambda_expression").and_then(|holder| field(*holder, "name"))
        else {
            return;
        };
        let parameters = children(node).into_iter().filter_map(|parameter| field(parameter, "name")).map(|name| text_of(name, self.text));
        self.scopes.signatures.entry(text_of(name, self.text)).or_default().push(parameters.collect());
    }

    fn unassigned(&mut self, name: Option<Node<'t>>, of_type: Option<Node<'t>>, scope: Option<Node<'t>>) {
        if let Some(name) = name.filter(|name| name.kind() == "identifier") {
            self.bind(name, Kind::Variable, scope, of_type, None, Vec::new());
        }
    }

    fn bind(
        &mut self,
        name: Node<'t>,
        kind: Kind,
        scope: Option<Node<'t>>,
        of_type: Option<Node<'t>>,
        value: Option<Node<'t>>,
        owner: Vec<&'t str>,
    ) -> usize {
        let created = value.filter(|value| value.kind() == "object_creation_expression");
        let declared = of_type.filter(|of_type| !matches!(of_type.kind(), "implicit_type" | "predefined_type"));
        let index = self.scopes.bindings.len();
        let scope = scope.unwrap_or(self.root).byte_range();
        let of_type = declared.or(created).and_then(|of_type| path_of(of_type, self.text));
        let name_text = Some(text_of(name, self.text).trim_start_matches('@')).filter(|name| name.len() <= LONGEST_NAME).unwrap_or("");
        let values = value.into_iter().collect();
        self.scopes.bindings.push(Binding { name: name_text, kind, scope, of_type, values, offset: name.start_byte(), owner });
        self.scopes.by_offset.insert(name.start_byte(), index);
        self.scopes.by_name.entry(name_text).or_default().push(index);
        index
    }

    fn assignment(&mut self, node: Node<'t>, ancestors: &[Node<'t>]) {
        // `new X { Name = value }` sets a member of X, not the name.
        if ancestors.last().is_some_and(|parent| parent.kind() == "initializer_expression") {
            return;
        }
        let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else { return };
        let of_this = field(left, "expression").is_some_and(|expression| expression.kind() == "this");
        if (left.kind() == "identifier" || of_this)
            && let Some([name]) = path_of(left, self.text).as_deref()
        {
            self.assigned.push((name, node.start_byte(), of_this, right));
        }
    }

    fn returns(&mut self, node: Node<'t>, ancestors: &[Node<'t>]) {
        const HOLDERS: [&str; 7] = [
            "accessor_declaration",
            "method_declaration",
            "local_function_statement",
            "lambda_expression",
            "anonymous_method_expression",
            "property_declaration",
            "indexer_declaration",
        ];
        let Some(value) = children(node).first().copied() else { return };
        let mut above = ancestors.iter().rev().take(FAR).skip_while(|ancestor| !HOLDERS.contains(&ancestor.kind()));
        match above.next() {
            Some(holder) if holder.kind() == "accessor_declaration" => {
                let is_getter = field(*holder, "name").is_some_and(|name| name.kind() == "get");
                let property = above.find(|ancestor| ancestor.kind() == "property_declaration").filter(|_| is_getter);
                self.returned.extend(property.map(|property| (property.id(), value)));
            }
            Some(holder) => self.returned.push((holder.id(), value)),
            None => {}
        }
    }

    fn finish(mut self) -> Scopes<'t> {
        let Scopes { bindings, by_name, .. } = &mut self.scopes;
        for indexes in by_name.values_mut() {
            indexes.sort_by_key(|index| bindings.get(*index).map(|binding| binding.scope.start));
        }
        for (name, offset, of_this, value) in std::mem::take(&mut self.assigned) {
            let accepts = if of_this { Kind::is_member } else { |_| true };
            let index = self.scopes.index_of(name, offset, accepts);
            self.give(index, value);
        }
        for (node, value) in std::mem::take(&mut self.returned) {
            let index = self.owners.get(&node).copied();
            self.give(index, value);
        }
        self.scopes
    }

    fn give(&mut self, index: Option<usize>, value: Node<'t>) {
        let binding = index.and_then(|index| self.scopes.bindings.get_mut(index));
        if let Some(binding) = binding.filter(|binding| binding.values.len() < MOST_VALUES) {
            binding.values.push(value);
        }
    }
}

fn type_around<'t>(ancestors: &[Node<'t>]) -> Option<Node<'t>> {
    ancestors.iter().rev().take(FAR).find(|ancestor| is_type(ancestor.kind())).copied()
}

/// The block or statement that a variable declared in it lives as long as.
fn scope_of<'t>(ancestors: &[Node<'t>]) -> Option<Node<'t>> {
    const HOLDERS: [&str; 9] = [
        "block",
        "for_statement",
        "foreach_statement",
        "using_statement",
        "fixed_statement",
        "switch_section",
        "lambda_expression",
        "method_declaration",
        "property_declaration",
    ];
    ancestors.iter().rev().take(FAR).find(|ancestor| HOLDERS.contains(&ancestor.kind())).copied()
}
