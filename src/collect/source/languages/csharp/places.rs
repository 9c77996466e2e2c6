//! The places of a C# file that set or pass something watched.

use std::sync::atomic::Ordering;

use tree_sitter::Node;

use crate::{
    collect::source::{
        document::{Counts, Document, More, Place, Reading},
        drawn,
        embedded::embedded,
        languages::csharp::{
            MOST_DEFINITIONS, Piece,
            expressions::{Expressions, arguments_of},
            scopes::{Binding, Scopes},
            text::literal,
            tree::{FAR, Walk, bare, children, field, initial_value, last_name, path_of, shown_by, text_of},
        },
        names::{Match, Names, segments},
        origins::{Definition, Value},
        program::known,
        sinks, values,
    },
    evidence::{FactKind, Origin},
};

/// How often an alias may stand for an alias.
const ALIAS_DEPTH: usize = 4;
/// How many earlier places are looked at for the assignment that an argument stands in.
const NEARBY: usize = 8;

/// Finds the places of one piece of source.
pub(super) struct Finder<'a, 'd, 't> {
    pub(super) document: &'a Document<'d>,
    pub(super) piece: &'a Piece<'t>,
    pub(super) scopes: &'a Scopes<'t>,
    pub(super) reading: &'a mut Reading,
}

impl<'a, 'd, 't> Finder<'a, 'd, 't> {
    pub(super) fn new(document: &'a Document<'d>, piece: &'a Piece<'t>, scopes: &'a Scopes<'t>, reading: &'a mut Reading) -> Self {
        Self { document, piece, scopes, reading }
    }

    /// Adds every place of a tree.
    pub(super) fn places(&mut self, walk: &Walk<'t>) {
        let stop = self.document.stop;
        walk.each(|node, ancestors| match node.kind() {
            _ if stop.load(Ordering::Relaxed) => {}
            "assignment_expression" => self.assignment(node, ancestors),
            "variable_declarator" | "parameter" => self.declaration(node, initial_value(node), Counts::Always),
            "property_declaration" => self.property(node),
            "method_declaration" | "local_function_statement" => self.method(node),
            "argument" | "attribute_argument" => self.named_argument(node, ancestors),
            "argument_list" => self.positional_arguments(node, ancestors),
            "binary_expression" => {
                self.stand_in(node);
                self.compared(node);
                self.joined(node, ancestors);
            }
            "interpolated_string_expression" => self.joined(node, ancestors),
            "invocation_expression" => self.equals(node),
            "switch_expression_arm" => self.arm(node),
            "initializer_expression" => self.pair(node, ancestors),
            "string_literal" | "verbatim_string_literal" | "raw_string_literal" | "string_content" => self.inside_text(node, ancestors),
            "with_initializer" | "anonymous_object_creation_expression" => self.bare_members(node, ancestors),
            _ => {}
        });
    }

    /// Adds every member of the piece that has a value, for this file and others to refer to.
    pub(super) fn definitions(&mut self) {
        for binding in self.scopes.bindings.iter().filter(|binding| binding.kind.is_member() && !binding.values.is_empty()) {
            if self.document.stop.load(Ordering::Relaxed) {
                return;
            }
            if self.reading.definitions.len() >= MOST_DEFINITIONS {
                self.reading.gap = Some(format!("more than {MOST_DEFINITIONS} members with a value; the rest was left out"));
                return;
            }
            let mut expressions = Expressions::new(self.piece, self.scopes, &self.document.lines);
            let path = binding.owner.iter().chain([&binding.name]).map(ToString::to_string).collect();
            let definition = Definition { path, value: expressions.of_binding(binding), step: expressions.step(binding) };
            self.reading.definitions.push(definition);
        }
    }

    pub(super) fn knows(&self, name: Node<'_>) -> bool {
        self.document.watch.assignment.know(text_of(name, self.piece.text))
    }

    fn assignment(&mut self, node: Node<'t>, ancestors: &[Node<'t>]) {
        let (Some(left), Some(right)) = (field(node, "left").map(bare), field(node, "right")) else { return };
        match left.kind() {
            "element_access_expression" | "element_binding_expression" => self.keyed(node, left, right),
            "tuple_expression" if bare(right).kind() == "tuple_expression" => {
                let element = |argument: Node<'t>| children(argument).last().copied();
                for (target, value) in children(left).into_iter().zip(children(bare(right))) {
                    if let (Some(target), Some(value)) = (element(target), element(value)) {
                        self.target(node, target, value, &[]);
                    }
                }
            }
            _ => self.target(node, left, right, ancestors),
        }
    }

    /// `path = value`, on its own or inside an initialiser.
    fn target(&mut self, node: Node<'t>, left: Node<'t>, value: Node<'t>, ancestors: &[Node<'t>]) {
        let last = if left.kind() == "conditional_access_expression" { children(left).last().copied() } else { Some(left) };
        if let Some(control) = last.and_then(|last| shown_by(last, self.piece.text)).filter(|control| self.knows(last_name(*control))) {
            return self.assigned(node, value, &self.spellings(control));
        }
        let Some(name) = last.map(|last| field(last, "name").unwrap_or(last)).filter(|name| self.knows(*name)) else { return };
        let inside = ancestors.last().is_some_and(|parent| parent.kind() == "initializer_expression");
        let spellings = if inside {
            let mut path = self.created_type(ancestors);
            path.push(text_of(name, self.piece.text).to_owned());
            vec![path]
        } else {
            self.spellings(left)
        };
        self.assigned(node, value, &spellings);
    }

    fn assigned(&mut self, node: Node<'t>, value: Node<'t>, spellings: &[Vec<String>]) {
        if let Some((sink, found)) = most_specific(&self.document.watch.assignment, spellings) {
            self.add(FactKind::Assignment, sink, found, node, value, Counts::Always);
        }
    }

    /// The type or member path that an initialiser around a node fills in.
    fn created_type(&self, ancestors: &[Node<'t>]) -> Vec<String> {
        let mut inner = Vec::new();
        for ancestor in ancestors.iter().rev().take(FAR) {
            let path = match ancestor.kind() {
                "initializer_expression" | "implicit_object_creation_expression" | "variable_declarator" => continue,
                "object_creation_expression" | "variable_declaration" | "property_declaration" => field(*ancestor, "type"),
                "assignment_expression" => field(*ancestor, "left"),
                _ => None,
            };
            let path = path.and_then(|path| path_of(path, self.piece.text)).unwrap_or_default();
            inner.splice(0..0, path.into_iter().map(str::to_owned));
            // `Services = { ApplicationToken = … }` is filled in by what is around it.
            let nested = ancestor.kind() == "assignment_expression";
            if !nested {
                break;
            }
        }
        inner
    }

    /// The paths that a target may have: aliases resolved, by its variable's type, as written, and under each `using static`.
    fn spellings(&self, left: Node<'t>) -> Vec<Vec<String>> {
        let Some(path) = path_of(left, self.piece.text) else { return Vec::new() };
        let raw: Vec<String> = path.iter().map(ToString::to_string).collect();
        let Some((head, rest)) = path.split_first() else { return Vec::new() };
        let owned = |path: &[&str]| path.iter().map(ToString::to_string).collect::<Vec<String>>();
        let mut spellings: Vec<Vec<String>> = self.resolved(left, ALIAS_DEPTH).filter(|_| !rest.is_empty()).into_iter().collect();
        match self.binding_of(head, left) {
            Some(binding) if rest.is_empty() => {
                spellings.push([owned(binding.owner.last().map_or(&[], std::slice::from_ref)), raw].concat());
            }
            Some(binding) => {
                spellings.extend(binding.of_type.as_deref().map(|of_type| [owned(of_type), owned(rest)].concat()));
                spellings.push(raw);
            }
            None => {
                let members_of = self.scopes.statics.iter().filter(|of| of.last() != raw.first());
                spellings.extend(members_of.map(|of| [of.clone(), raw.clone()].concat()));
                spellings.push(raw);
            }
        }
        spellings
    }

    fn binding_of(&self, head: &str, node: Node<'t>) -> Option<&'a Binding<'t>> {
        self.scopes.find(head, node.start_byte())
    }

    /// A path whose head is an alias or a variable that stands for a member path, with that path in its place.
    fn resolved(&self, node: Node<'t>, depth: usize) -> Option<Vec<String>> {
        let depth = depth.checked_sub(1)?;
        let path = path_of(node, self.piece.text)?;
        let (head, rest) = path.split_first()?;
        let rest = rest.iter().map(ToString::to_string);
        if let Some(alias) = self.scopes.aliases.get(*head) {
            return Some(alias.iter().cloned().chain(rest).collect());
        }
        let value = match self.binding_of(head, node)?.values.as_slice() {
            [value] => bare(*value),
            _ => return None,
        };
        if !matches!(value.kind(), "identifier" | "member_access_expression") {
            return None;
        }
        let stands_for =
            self.resolved(value, depth).or_else(|| Some(path_of(value, self.piece.text)?.into_iter().map(str::to_owned).collect()))?;
        Some(stands_for.into_iter().chain(rest).collect())
    }

    /// A field, variable or parameter with an initial value.
    fn declaration(&mut self, node: Node<'t>, value: Option<Node<'t>>, counts: Counts) {
        if let Some(value) = value.filter(|value| bare(*value).kind() == "tuple_expression") {
            return self.side_by_side(node, value);
        }
        if let Some(value) = value {
            self.declared(node, node, value, counts);
        }
    }

    /// What is declared, and where it is given its value.
    fn declared(&mut self, node: Node<'t>, place: Node<'t>, value: Node<'t>, counts: Counts) {
        let Some(name) = field(node, "name").filter(|name| self.knows(*name)) else { return };
        let binding = self.scopes.declared_at(name.start_byte());
        let owner = binding.and_then(|binding| binding.owner.last()).map(ToString::to_string);
        let spelling: Vec<String> = owner.into_iter().chain([text_of(name, self.piece.text).to_owned()]).collect();
        if let Some((sink, found)) = most_specific(&self.document.watch.assignment, &[spelling]) {
            self.add(FactKind::Assignment, sink, found, place, value, counts);
        }
    }

    /// A property is set by its initial value; what its getter gives back counts only when it is written there.
    fn property(&mut self, node: Node<'t>) {
        if let Some(value) = field(node, "value").filter(|value| value.kind() != "arrow_expression_clause") {
            return self.declaration(node, Some(value), Counts::Always);
        }
        if let Some((attribute, value)) = default_of_setting(node, self.piece.text) {
            return self.declared(node, attribute, value, Counts::Always);
        }
        let Some(name) = field(node, "name") else { return };
        let binding = self.scopes.declared_at(name.start_byte());
        for value in binding.map(|binding| binding.values.clone()).unwrap_or_default() {
            if node.byte_range().contains(&value.start_byte()) {
                self.declaration(node, Some(value), Counts::IfWritten);
            }
        }
    }

    /// What a method gives back is what its name says: `string GetClientSecret() => "…"`. Of one whose name only ends in such a word nobody knows.
    fn method(&mut self, node: Node<'t>) {
        let Some(name) = field(node, "name") else { return };
        let (own, watched) = (text_of(name, self.piece.text), &self.document.watch.assignment);
        let asked_for = known::without_getter(own).and_then(|given| watched.matching(&[given]));
        let of_name = || watched.matching(&[own]).filter(|found| found.exact && !found.entry.starts_with('*'));
        let Some(found) = asked_for.or_else(of_name) else { return };
        let binding = self.scopes.declared_at(name.start_byte());
        for value in binding.map(|binding| binding.values.clone()).unwrap_or_default() {
            self.add(FactKind::Assignment, sinks::segment(own), found, value, value, Counts::IfWritten);
        }
    }

    /// `headers["SO-AppToken"] = value`, in an initialiser too.
    fn keyed(&mut self, node: Node<'t>, left: Node<'t>, value: Node<'t>) {
        let holder = field(left, "subscript").unwrap_or(left);
        let key = children(holder).first().and_then(|argument| children(*argument).last().copied());
        self.passed(node, key, value);
    }

    /// `{ "SO-AppToken", value }` among the elements of a dictionary.
    fn pair(&mut self, node: Node<'t>, ancestors: &[Node<'t>]) {
        let inside = ancestors.last().is_some_and(|parent| parent.kind() == "initializer_expression");
        if let ([key, value], true) = (children(node).as_slice(), inside) {
            let (key, value) = self.part_of_form(*key, *value).unwrap_or((*key, *value));
            self.passed(node, Some(key), value);
        }
    }

    /// The name of a part of a form and what the part holds, which stands first: `Add(new StringContent(value), "client_secret")`.
    fn part_of_form(&self, held: Node<'t>, name: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        let of_type = field(held, "type").filter(|_| held.kind() == "object_creation_expression")?;
        let is_content = path_of(of_type, self.piece.text)?.last()?.ends_with("Content");
        literal(name, self.piece.text).filter(|_| is_content)?;
        Some((name, arguments_of(held).first().copied()?))
    }

    /// A value under a key that is watched, by the key's literal or a constant of the same file.
    fn passed(&mut self, node: Node<'t>, key: Option<Node<'t>>, value: Node<'t>) {
        let Some(key) = key.and_then(|key| self.key_text(key).or_else(|| self.name_of_constant(key))) else { return };
        if let Some(found) = self.document.watch.argument.matching(&segments(sinks::tail(&key)).collect::<Vec<_>>()) {
            self.add(FactKind::Argument, sinks::segment(&key), found, node, value, Counts::Always);
        }
    }

    fn key_text(&self, key: Node<'t>) -> Option<String> {
        let mut value = Expressions::new(self.piece, self.scopes, &self.document.lines).value(key);
        while let Value::Via(inner, _) = value {
            value = *inner;
        }
        match value {
            Value::Written(text) => Some(text),
            Value::Named(reference) => {
                let binding = reference.candidates.iter().find_map(|path| self.scopes.member(path))?;
                binding.values.first().and_then(|value| literal(bare(*value), self.piece.text))
            }
            _ => None,
        }
    }

    /// `HeaderNames.AppToken`, defined in another file: a constant that bears a watched name holds a key of that name.
    fn name_of_constant(&self, key: Node<'t>) -> Option<String> {
        let path = path_of(key, self.piece.text).filter(|_| key.kind() == "member_access_expression")?;
        let of_type = path.first()?.starts_with(char::is_uppercase) && self.binding_of(path.first()?, key).is_none();
        self.document.watch.argument.matching(&path).filter(|found| of_type && found.exact)?;
        path.last().map(ToString::to_string)
    }

    /// Pairs within a text: `"client_secret=…&code=…"`, `"SO-AppToken: …"`. A text that is compared sets nothing, nor does one that quotes code.
    fn inside_text(&mut self, node: Node<'t>, ancestors: &[Node<'t>]) {
        let written = text_of(node, self.piece.text);
        if written.len() < drawn::RANDOM_FROM || !written.contains(['=', ':', '<']) || is_compared(ancestors, self.piece.text) {
            return;
        }
        let text = literal(node, self.piece.text).unwrap_or_else(|| written.to_owned());
        for pair in embedded(&text, &self.document.watch.argument).into_iter().filter(|pair| !pair.name.contains('.')) {
            let at = |offset: usize| self.piece.base.saturating_add(offset);
            self.add_place(Place {
                kind: FactKind::Argument,
                sink: sinks::segment(pair.name),
                watched: pair.found.entry.to_owned(),
                in_comment: self.piece.in_comment,
                range: at(node.start_byte())..at(node.end_byte()),
                value: Value::Written(pair.value.to_owned()),
                counts: Counts::Always,
                more: More::default(),
            });
        }
    }

    /// `name: value` in a call, and `Name = value` in an attribute.
    fn named_argument(&mut self, node: Node<'t>, ancestors: &[Node<'t>]) {
        let (Some(name), Some(value)) = (field(node, "name"), children(node).last().copied()) else { return };
        let name_text = text_of(name, self.piece.text).to_owned();
        if name == value || !self.document.watch.argument.know(&name_text) {
            return;
        }
        let path = [self.callee(ancestors), vec![name_text]].concat();
        if let Some(found) = self.document.watch.argument.matching(&path) {
            self.add(FactKind::Argument, sinks::dotted(&path), found, node, value, Counts::Always);
        }
    }

    /// What the arguments under these ancestors are passed to.
    fn callee(&self, ancestors: &[Node<'t>]) -> Vec<String> {
        let callee = ancestors.iter().rev().nth(1).and_then(|call| match call.kind() {
            "invocation_expression" => field(*call, "function"),
            "object_creation_expression" => field(*call, "type"),
            "attribute" => field(*call, "name"),
            _ => None,
        });
        callee.and_then(|callee| path_of(callee, self.piece.text)).unwrap_or_default().into_iter().map(str::to_owned).collect()
    }

    /// `Add("SO-AppToken", value)`, and arguments by position where the method or constructor is declared in the same file.
    fn positional_arguments(&mut self, node: Node<'t>, ancestors: &[Node<'t>]) {
        let arguments: Vec<Node<'t>> = children(node);
        let value_of = |argument: &Node<'t>| children(*argument).last().copied().filter(|_| field(*argument, "name").is_none());
        let text = self.piece.text;
        let named = |names: &[&str]| {
            let is_named = |argument: &&Node<'t>| field(**argument, "name").is_some_and(|name| names.contains(&text_of(name, text)));
            arguments.iter().find(is_named).and_then(|argument| children(*argument).last().copied())
        };
        let callee = ancestors.last().map(Node::kind);
        let name =
            self.callee(&[ancestors.get(ancestors.len().saturating_sub(2)..).unwrap_or(&[]), &[node]].concat()).pop().unwrap_or_default();
        // What a text is asked to do: `"https://…".WithHeader(name, value)`.
        let asked = || field(field(*ancestors.last()?, "function")?, "name").map(|name| text_of(name, text).to_owned());
        // `static readonly Settings Sandbox = new("sod", …)`
        let made = || self.created_type(ancestors).pop().filter(|_| callee == Some("implicit_object_creation_expression"));
        let name = if name.is_empty() { asked().or_else(made).unwrap_or_default() } else { name };
        let takes_pairs = callee != Some("invocation_expression") || SETTERS.iter().any(|start| name.starts_with(start));
        let key = arguments.first().and_then(value_of).or_else(|| named(&["name", "key", "header"])).filter(|key| self.is_text(*key));
        let is_in = |given: &&Node<'t>| !text_of(**given, text).starts_with("out ");
        // A name in XML may have its namespace beside it.
        let is_namespace =
            |given: &&Node<'t>| value_of(given).and_then(|given| literal(given, text)).is_some_and(|text| text.contains("://"));
        let given = arguments.iter().skip(1).filter(is_in).find(|given| !is_namespace(given));
        let given = given.and_then(value_of).or_else(|| named(&["value", "values"]));
        let part = arguments.first().and_then(value_of).zip(arguments.get(1).and_then(value_of));
        if let Some((key, held)) = part.and_then(|(held, name)| self.part_of_form(held, name)) {
            self.passed(ancestors.last().copied().unwrap_or(node), Some(key), held);
        } else if let (Some(key), Some(given), true) = (key, given, takes_pairs) {
            self.passed(ancestors.last().copied().unwrap_or(node), Some(key), given);
        }
        if let ([only], Some("invocation_expression")) = (arguments.as_slice(), callee) {
            self.told_to_setter(node, ancestors, value_of(only));
        }
        for (parameter, argument) in self.scopes.parameters_of(&name, arguments.len()).into_iter().zip(&arguments) {
            let path = [name.clone(), parameter.to_owned()];
            let found = self.document.watch.argument.matching(&path);
            if let (Some(found), Some(value)) = (found, value_of(argument)) {
                self.add(FactKind::Argument, sinks::dotted(&path), found, *argument, value, Counts::Always);
            }
        }
    }

    /// `.WithClientSecret(value)`, `.Password(value)`: what a builder is told is as good as assigned. What a type is asked by its name may do anything with it.
    fn told_to_setter(&mut self, node: Node<'t>, ancestors: &[Node<'t>], value: Option<Node<'t>>) {
        let callee = ancestors.last().and_then(|call| field(*call, "function"));
        let method = callee.and_then(|callee| field(callee, "name")).map_or("", |name| text_of(name, self.piece.text));
        let bare = known::without_setter(method);
        let watch = self.document.watch;
        let found = watch.assignment.matching(&[bare]).or_else(|| watch.argument.matching(&[bare]));
        let on = callee.and_then(|callee| path_of(callee, self.piece.text)).unwrap_or_default();
        let is_of_variable = on.len() > 1 && on.first().is_some_and(|head| !head.starts_with(char::is_uppercase));
        let found = found.filter(|found| bare != method || (found.exact && is_of_variable));
        if let (Some(found), Some(value)) = (found, value) {
            let path: Vec<&str> = on.into_iter().rev().skip(1).rev().chain([bare]).collect();
            self.add(FactKind::Assignment, sinks::dotted(&path), found, node, value, Counts::IfWritten);
        }
    }

    /// What stands in for something that is looked up by its name: `Environment.GetEnvironmentVariable("NAME") ?? "value"`.
    fn stand_in(&mut self, node: Node<'t>) {
        let is_either = field(node, "operator").is_some_and(|operator| operator.kind() == "??");
        let (Some(looked_up), Some(value), true) = (field(node, "left").map(bare), field(node, "right").map(bare), is_either) else {
            return;
        };
        let keys = match looked_up.kind() {
            "invocation_expression" => arguments_of(looked_up),
            "element_access_expression" => children(field(looked_up, "subscript").unwrap_or(looked_up)),
            _ => return,
        };
        let key =
            keys.iter().find_map(|key| literal(bare(*key), self.piece.text).or_else(|| literal(*children(*key).last()?, self.piece.text)));
        let is_written = literal(value, self.piece.text).is_some();
        let Some(name) = key.filter(|_| is_written) else { return };
        let found = Expressions::new(self.piece, self.scopes, &self.document.lines).value(looked_up);
        let is_outside = matches!(found, Value::From(Origin::Environment | Origin::Configuration | Origin::SecretStore));
        let whole = self.piece.base.saturating_add(node.start_byte())..self.piece.base.saturating_add(node.end_byte());
        // Under a name of its own it is told already.
        if !is_outside || self.reading.tells_of(&whole) {
            return;
        }
        if let Some(found) = self.document.watch.of_key(&name) {
            self.add(FactKind::Argument, sinks::segment(&name), found, node, value, Counts::IfWritten);
        }
    }

    /// Whether a key may be text: a literal or a name, no call.
    fn is_text(&self, node: Node<'t>) -> bool {
        literal(node, self.piece.text).is_some() || matches!(node.kind(), "identifier" | "member_access_expression")
    }

    /// `x with { Name = value }` and `new { Name = value }`, which the grammar leaves as names and values side by side.
    fn bare_members(&mut self, node: Node<'t>, ancestors: &[Node<'t>]) {
        let mut cursor = node.walk();
        let parts: Vec<Node<'t>> = node.children(&mut cursor).filter(|child| !child.is_extra()).collect();
        for window in parts.windows(3) {
            if let [name, equals, value] = window
                && equals.kind() == "="
                && name.kind() == "identifier"
                && self.knows(*name)
            {
                let of =
                    ancestors.last().filter(|parent| parent.kind() == "with_expression").and_then(|with| children(*with).first().copied());
                let mut spellings = of.map(|of| self.spellings(of)).unwrap_or_default();
                spellings.push(Vec::new());
                for path in &mut spellings {
                    path.push(text_of(*name, self.piece.text).to_owned());
                }
                let whole = name.start_byte()..value.end_byte();
                if let Some((sink, found)) = most_specific(&self.document.watch.assignment, &spellings) {
                    self.add_range(FactKind::Assignment, sink, found, whole, *value, Counts::Always);
                }
            }
        }
    }

    pub(super) fn add(&mut self, kind: FactKind, sink: String, found: Match<'_>, node: Node<'t>, value: Node<'t>, counts: Counts) {
        self.add_range(kind, sink, found, node.byte_range(), value, counts);
    }

    fn add_range(
        &mut self,
        kind: FactKind,
        sink: String,
        found: Match<'_>,
        range: std::ops::Range<usize>,
        value: Node<'t>,
        counts: Counts,
    ) {
        if self.reading.is_full() {
            return;
        }
        let value = Expressions::new(self.piece, self.scopes, &self.document.lines).value(value);
        let in_comment = self.piece.in_comment;
        let real = |value: &Value| matches!(value, Value::Written(text) if values::looks_real(text, self.document.watch));
        if in_comment && !real(&value) {
            return;
        }
        let at = |offset: usize| self.piece.base.saturating_add(offset);
        let range = at(range.start)..at(range.end);
        let counts = counts.under(&found);
        self.add_place(Place { kind, sink, watched: found.entry.to_owned(), in_comment, range, value, counts, more: More::default() });
    }

    pub(super) fn add_place(&mut self, place: Place) {
        // A look-up with a written default, right under the assignment of what it looked up, is one place.
        let under = |outer: &Place| {
            outer.range.start <= place.range.start
                && place.range.end <= outer.range.end
                && outer.range != place.range
                && same_name(&outer.watched, &place.watched)
        };
        if place.kind == FactKind::Argument && self.reading.places.iter().rev().take(NEARBY).any(under) {
            return;
        }
        let is_known = self.piece.base > 0
            && self.reading.places.iter().any(|known| known.kind == place.kind && known.range.start == place.range.start);
        if !is_known {
            self.reading.add(place);
        }
    }
}

/// The default that an attribute gives a property, as Visual Studio writes it for settings: `[DefaultSettingValue("…")]`.
fn default_of_setting<'t>(property: Node<'t>, text: &str) -> Option<(Node<'t>, Node<'t>)> {
    let is_default = |attribute: &Node<'t>| {
        let path = field(*attribute, "name").and_then(|name| path_of(name, text)).unwrap_or_default();
        path.last().is_some_and(|name| matches!(name.trim_end_matches("Attribute"), "DefaultSettingValue" | "DefaultValue"))
    };
    let lists = children(property).into_iter().filter(|child| child.kind() == "attribute_list");
    let attribute = lists.flat_map(children).find(is_default)?;
    let arguments = children(attribute).into_iter().find(|child| child.kind() == "attribute_argument_list")?;
    let value = children(arguments).first().and_then(|argument| children(*argument).last().copied())?;
    Some((attribute, value))
}

/// Whether the nearest call or operator around a node compares: `==`, `Assert.Equal`, `x.Should().Be`.
fn is_compared(ancestors: &[Node<'_>], text: &str) -> bool {
    const COMPARING: [&str; 10] =
        ["Equals", "Equal", "AreEqual", "Contains", "Contain", "StartsWith", "EndsWith", "IndexOf", "Be", "Matches"];
    ancestors.iter().rev().take(4).any(|ancestor| match ancestor.kind() {
        "binary_expression" => field(*ancestor, "operator").is_some_and(|operator| matches!(operator.kind(), "==" | "!=")),
        "invocation_expression" => {
            let path = field(*ancestor, "function").and_then(|function| path_of(function, text)).unwrap_or_default();
            path.last().is_some_and(|name| COMPARING.contains(name))
        }
        _ => false,
    })
}

/// Whether two entries of the vocabulary end alike.
fn same_name(one: &str, other: &str) -> bool {
    segments(one).last().zip(segments(other).last()).is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
}

/// How the names of methods begin that store a value under a key.
const SETTERS: [&str; 13] = [
    "WriteElement",
    "WriteAttribute",
    "Add",
    "Set",
    "TryAdd",
    "With",
    "Append",
    "Insert",
    "Put",
    "Create",
    "Header",
    "GetValue",
    "Default",
];

/// The spelling that matches the longest entry, and that entry.
pub(super) fn most_specific<'w>(names: &'w Names, spellings: &[Vec<String>]) -> Option<(String, Match<'w>)> {
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
