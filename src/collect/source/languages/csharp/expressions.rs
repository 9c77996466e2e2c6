//! What a C# expression comes to, as far as it can be told from the file it stands in.

use tree_sitter::Node;

use crate::{
    collect::source::{
        decode::Lines,
        languages::csharp::{
            Piece,
            scopes::{Binding, Kind, Scopes},
            text::{literal, unescaped},
            tree::{bare, children, field, path_of, text_of},
        },
        origins::{Reference, Step, Value},
        program::known,
        sinks,
    },
    evidence::Origin,
};

/// How many expressions are looked at for one value, and how deep: bounds on hostile files.
const STEPS: usize = 400;
const DEPTH: usize = 32;
/// How many parts of one concatenation are looked at.
const MOST_PARTS: usize = 1_000;

/// Methods that give back what they are called on, in another form.
const KEEPING: [&str; 16] = [
    "ToString",
    "Trim",
    "TrimEnd",
    "TrimStart",
    "ToLower",
    "ToUpper",
    "ToLowerInvariant",
    "ToUpperInvariant",
    "ToCharArray",
    "AsSpan",
    "Sha256",
    "ToSha256",
    "ConfigureAwait",
    "GetAwaiter",
    "GetResult",
    "Normalize",
];
/// Methods that give back their only argument, in another form.
const CONVERTING: [&str; 9] = [
    "ToBase64String",
    "FromBase64String",
    "GetString",
    "GetBytes",
    "UrlEncode",
    "UrlDecode",
    "EscapeDataString",
    "UnescapeDataString",
    "Intern",
];

/// Evaluates the expressions of one piece of source.
pub(super) struct Expressions<'a, 't> {
    piece: &'a Piece<'t>,
    scopes: &'a Scopes<'t>,
    lines: &'a Lines<'a>,
    steps: usize,
    depth: usize,
    /// Declarations whose values are being worked out, so that `x = x.Trim()` ends.
    open: Vec<usize>,
}

impl<'a, 't> Expressions<'a, 't> {
    pub(super) fn new(piece: &'a Piece<'t>, scopes: &'a Scopes<'t>, lines: &'a Lines<'a>) -> Self {
        Self { piece, scopes, lines, steps: STEPS, depth: DEPTH, open: Vec::new() }
    }

    /// What an expression comes to.
    pub(super) fn value(&mut self, node: Node<'t>) -> Value {
        self.evaluate(node).unwrap_or(Value::From(Origin::Unknown))
    }

    /// What a member comes to: any of its values, without the step from name to value.
    pub(super) fn of_binding(&mut self, binding: &Binding<'t>) -> Value {
        self.any_of(&binding.values).unwrap_or(Value::From(Origin::Unknown))
    }

    /// Absent where there is no value: `throw`, or a variable within its own definition.
    fn evaluate(&mut self, node: Node<'t>) -> Option<Value> {
        let (Some(steps), Some(depth)) = (self.steps.checked_sub(1), self.depth.checked_sub(1)) else {
            return Some(Value::From(Origin::Unknown));
        };
        (self.steps, self.depth) = (steps, depth);
        let value = self.expression(bare(node));
        self.depth += 1;
        value
    }

    fn expression(&mut self, node: Node<'t>) -> Option<Value> {
        if let Some(text) = literal(node, self.piece.text) {
            return Some(Value::Written(text));
        }
        match node.kind() {
            "null_literal" | "default_expression" => Some(Value::From(Origin::Placeholder)),
            "interpolated_string_expression" => Some(self.interpolated(node)),
            "binary_expression" => self.binary(node),
            "conditional_expression" => self.any_of(&[field(node, "consequence")?, field(node, "alternative")?]),
            "switch_expression" => {
                let arms = children(node).into_iter().filter(|child| child.kind() == "switch_expression_arm");
                self.any_of(&arms.filter_map(|arm| children(arm).last().copied()).collect::<Vec<_>>())
            }
            "assignment_expression" => self.evaluate(field(node, "right")?),
            "identifier" => self.identifier(node),
            "member_access_expression" => self.member(node),
            "conditional_access_expression" | "element_access_expression" => Some(self.looked_up(node)),
            "invocation_expression" => self.call(node),
            "object_creation_expression" | "implicit_object_creation_expression" => self.created(node),
            "lambda_expression" => self.evaluate(field(node, "body")?),
            "initializer_expression" | "array_creation_expression" | "implicit_array_creation_expression" | "collection_expression" => {
                self.elements(node)
            }
            "collection_element" | "expression_element" => self.evaluate(children(node).first().copied()?),
            "throw_expression" => None,
            _ => Some(Value::From(Origin::Unknown)),
        }
    }

    fn any_of(&mut self, nodes: &[Node<'t>]) -> Option<Value> {
        let mut values: Vec<Value> = nodes.iter().filter_map(|node| self.evaluate(*node)).collect();
        if values.len() > 1 { Some(Value::AnyOf(values)) } else { values.pop() }
    }

    fn interpolated(&mut self, node: Node<'t>) -> Value {
        let parts = children(node).into_iter().take(MOST_PARTS).filter_map(|child| match child.kind() {
            "string_content" | "interpolation_text" => Some(Value::Written(text_of(child, self.piece.text).to_owned())),
            "escape_sequence" => Some(Value::Written(unescaped(text_of(child, self.piece.text)))),
            "interpolation" => {
                let hole = children(child).into_iter().find(|inner| inner.kind() != "interpolation_brace")?;
                Some(self.value(hole))
            }
            _ => None,
        });
        Value::Joined(parts.collect())
    }

    fn binary(&mut self, node: Node<'t>) -> Option<Value> {
        match field(node, "operator")?.kind() {
            "+" => Some(self.concatenated(node)),
            "??" => self.any_of(&[field(node, "left")?, field(node, "right")?]),
            "as" => self.evaluate(field(node, "left")?),
            _ => Some(Value::From(Origin::Unknown)),
        }
    }

    /// A chain of `+` leans to the left, as deep as it is long; hence the loop.
    fn concatenated(&mut self, node: Node<'t>) -> Value {
        let mut parts = Vec::new();
        let mut next = node;
        while let (Some(left), Some(right)) = (field(next, "left"), field(next, "right")) {
            if parts.len() >= MOST_PARTS || field(next, "operator").is_none_or(|operator| operator.kind() != "+") {
                break;
            }
            parts.push(right);
            next = bare(left);
        }
        parts.push(next);
        parts.reverse();
        self.steps = self.steps.saturating_add(parts.len());
        Value::Joined(parts.into_iter().map(|part| self.value(part)).collect())
    }

    fn identifier(&mut self, node: Node<'t>) -> Option<Value> {
        let name = text_of(node, self.piece.text).trim_start_matches('@');
        match self.scopes.find(name, node.start_byte()) {
            Some(binding) => self.bound(binding),
            // What an accessor that sets is given.
            None if name == "value" => Some(Value::From(Origin::Parameter)),
            None => Some(self.named(&[name], node.start_byte())),
        }
    }

    /// The value of a variable, parameter or member of this file.
    fn bound(&mut self, binding: &'a Binding<'t>) -> Option<Value> {
        if self.open.contains(&binding.offset) {
            return None;
        }
        self.open.push(binding.offset);
        let end = self.scopes.end_of_chain(binding, self.piece.text);
        let written = self.any_of(&end.values).map(|value| if end.offset == binding.offset { value } else { value.via(self.step(end)) });
        self.open.pop();
        if binding.kind == Kind::Parameter {
            let given = Value::From(if of_configuration(binding) { Origin::Configuration } else { Origin::Parameter });
            return Some(Value::AnyOf(std::iter::once(given).chain(written).collect()));
        }
        let value = match written {
            Some(value) => value,
            // Set elsewhere, if at all: in another file, by a framework.
            None if binding.values.is_empty() => Value::From(Origin::Unknown),
            None => return None,
        };
        Some(Value::Via(Box::new(value), self.step(binding)))
    }

    pub(super) fn step(&self, binding: &Binding<'_>) -> Step {
        let owner = binding.owner.last().map_or(String::new(), |of| format!("{}.", sinks::segment(of)));
        let line = self.lines.line(self.piece.base.saturating_add(binding.offset));
        Step { line, what: format!("{} {owner}{}", binding.kind.word(), sinks::segment(binding.name)) }
    }

    fn member(&mut self, node: Node<'t>) -> Option<Value> {
        let receiver = bare(field(node, "expression")?);
        let name = text_of(field(node, "name")?, self.piece.text);
        if receiver.kind() == "this" {
            return match self.scopes.find_member(name, node.start_byte()) {
                Some(binding) => self.bound(binding),
                None => Some(self.named(&[name], node.start_byte())),
            };
        }
        // `task.Result` and `secret.Value` are what they wrap; a plain member named so is looked up below.
        if matches!(name, "Result" | "Value") && receiver.kind() == "invocation_expression" {
            return self.evaluate(receiver);
        }
        if name == "Value" && self.is_lazy(receiver) {
            return self.evaluate(receiver);
        }
        match path_of(node, self.piece.text) {
            Some(path) if path == ["string", "Empty"] || path == ["String", "Empty"] => Some(Value::Written(String::new())),
            Some(path) => Some(self.named(&path, node.start_byte())),
            None => Some(Value::From(Origin::Unknown)),
        }
    }

    /// Whether a name is one of a `Lazy<…>`, which holds what its function gives back.
    fn is_lazy(&self, receiver: Node<'t>) -> bool {
        let binding = self.scopes.find(text_of(receiver, self.piece.text), receiver.start_byte());
        binding.and_then(|binding| binding.of_type.as_deref()).and_then(<[&str]>::last) == Some(&"Lazy")
    }

    /// A member that is defined elsewhere: every path it may have.
    fn named(&self, path: &[&'t str], offset: usize) -> Value {
        let owned = |path: &[&str]| path.iter().map(ToString::to_string).collect::<Vec<String>>();
        let Some((head, rest)) = path.split_first() else { return Value::From(Origin::Unknown) };
        let binding = self.scopes.find(head, offset);
        let otherwise = origin_by_name(path, binding);
        let mut candidates = Vec::new();
        if let Some(alias) = self.scopes.aliases.get(*head) {
            candidates.push(alias.iter().cloned().chain(owned(rest)).collect());
        } else if let Some(of_type) = binding.and_then(|binding| binding.of_type.as_deref()) {
            candidates.push(owned(of_type).into_iter().chain(owned(rest)).collect());
        } else if rest.is_empty() {
            let types = self.scopes.types_around(offset);
            candidates.extend(types.iter().map(|of| [owned(&of.path), owned(path)].concat()));
            candidates.extend(types.iter().flat_map(|of| &of.bases).map(|base| [owned(base), owned(path)].concat()));
        } else if binding.is_none_or(|binding| binding.kind.is_member()) {
            candidates.push(owned(path));
        }
        candidates.extend(self.scopes.statics.iter().map(|of| [of.clone(), owned(path)].concat()));
        Value::Named(Reference { candidates, otherwise })
    }

    /// `configuration["key"]`, `ConfigurationManager.AppSettings["key"]`, `configuration?["key"]`: the literal is a key, not a value.
    fn looked_up(&mut self, node: Node<'t>) -> Value {
        let receiver = field(node, "expression").or_else(|| field(node, "condition"));
        let path = receiver.and_then(|receiver| path_of(receiver, self.piece.text)).unwrap_or_default();
        let head = path.first().and_then(|head| self.scopes.find(head, node.start_byte()));
        if path.contains(&"GetEnvironmentVariables") {
            Value::From(Origin::Environment)
        } else if path.iter().any(|name| names_configuration(name)) || head.is_some_and(of_configuration) {
            Value::From(Origin::Configuration)
        } else {
            let origin = receiver.and_then(|receiver| self.evaluate(receiver)).and_then(|value| read_from(&value));
            Value::From(origin.unwrap_or(Origin::Unknown))
        }
    }

    fn call(&mut self, node: Node<'t>) -> Option<Value> {
        let function = field(node, "function")?;
        let receiver = field(function, "expression").or_else(|| field(function, "condition")).map(bare);
        let path = path_of(function, self.piece.text).unwrap_or_default();
        let name = path.last().copied().or_else(|| Some(text_of(field(function, "name")?, self.piece.text))).unwrap_or("");
        let arguments = arguments_of(node);
        let head = path.first().and_then(|head| self.scopes.find(head, node.start_byte()));
        let configured = path.iter().any(|name| names_configuration(name)) || head.is_some_and(of_configuration);
        match (name, receiver, arguments.as_slice()) {
            ("GetEnvironmentVariable" | "ExpandEnvironmentVariables", ..) => Some(Value::From(Origin::Environment)),
            ("GetConnectionString" | "GetSection" | "GetRequiredSection" | "GetSecret" | "GetSecretAsync", ..) => {
                Some(Value::From(Origin::Configuration))
            }
            ("GetValue", _, [_, default]) if configured => {
                let default = self.evaluate(*default);
                Some(Value::AnyOf(std::iter::once(Value::From(Origin::Configuration)).chain(default).collect()))
            }
            (_, Some(receiver), _) if literal(receiver, self.piece.text).is_some() => self.evaluate(receiver),
            (name, Some(receiver), _) if KEEPING.contains(&name) => self.evaluate(receiver),
            (name, _, [argument]) if CONVERTING.contains(&name) => self.evaluate(*argument),
            ("Concat", _, parts) => Some(Value::Joined(parts.iter().map(|part| self.value(*part)).collect())),
            ("Parse", _, [header]) if path.ends_with(&["AuthenticationHeaderValue", "Parse"]) => self.evaluate(*header),
            (name, None, _) => match self.scopes.find(name, node.start_byte()) {
                Some(binding) => self.given_back(binding, &arguments),
                None => Some(self.named(&path, node.start_byte())),
            },
            _ if configured => Some(Value::From(Origin::Configuration)),
            _ => Some(if path.is_empty() { Value::From(Origin::Unknown) } else { self.named(&path, node.start_byte()) }),
        }
    }

    /// What a function of the file gives back, with what it was given where it gives back that: `Read("Secret", "value")` of
    /// `Read(key, otherwise) => settings[key] ?? otherwise`.
    fn given_back(&mut self, function: &'a Binding<'t>, arguments: &[Node<'t>]) -> Option<Value> {
        let parameters = self.scopes.parameters_of(function.name, arguments.len());
        let is_given = |parameter: &str| function.values.iter().any(|value| gives_back(*value, parameter, self.piece.text));
        let given: Vec<Node<'t>> =
            parameters.iter().zip(arguments).filter(|(parameter, _)| is_given(parameter)).map(|(_, argument)| *argument).collect();
        let own = self.bound(function);
        let mut values: Vec<Value> = own.into_iter().collect();
        values.extend(given.into_iter().filter_map(|argument| self.evaluate(argument)));
        if values.len() > 1 { Some(Value::AnyOf(values)) } else { values.pop() }
    }

    /// `new Secret("…")` holds its only argument.
    fn created(&mut self, node: Node<'t>) -> Option<Value> {
        match arguments_of(node).as_slice() {
            [_] if field(node, "type").is_some_and(|of| known::is_of_file(text_of(of, self.piece.text))) => {
                Some(Value::From(Origin::Unknown))
            }
            [argument] => self.evaluate(*argument),
            _ => children(node)
                .into_iter()
                .find(|child| child.kind() == "initializer_expression")
                .map_or(Some(Value::From(Origin::Unknown)), |list| self.elements(list)),
        }
    }

    /// `new[] { "…" }` may be any of its elements; members that are set inside are places of their own.
    fn elements(&mut self, node: Node<'t>) -> Option<Value> {
        let list = if matches!(node.kind(), "initializer_expression" | "collection_expression") {
            Some(node)
        } else {
            children(node).into_iter().find(|child| child.kind() == "initializer_expression")
        };
        let elements: Vec<Node<'t>> =
            list.map(children)?.into_iter().filter(|element| element.kind() != "assignment_expression").take(MOST_PARTS).collect();
        if elements.is_empty() { Some(Value::From(Origin::Unknown)) } else { self.any_of(&elements) }
    }
}

/// The values of the arguments of a call or creation.
pub(super) fn arguments_of(node: Node<'_>) -> Vec<Node<'_>> {
    let list = field(node, "arguments").or_else(|| children(node).into_iter().find(|child| child.kind() == "argument_list"));
    list.map(children).unwrap_or_default().into_iter().filter_map(|argument| children(argument).last().copied()).collect()
}

/// Whether a value that a function gives back may be a parameter as it came: it is one of two, or the only one.
fn gives_back(value: Node<'_>, parameter: &str, text: &str) -> bool {
    let value = bare(value);
    match value.kind() {
        "identifier" => text_of(value, text) == parameter,
        "binary_expression" if field(value, "operator").is_some_and(|operator| operator.kind() == "??") => {
            field(value, "right").is_some_and(|right| gives_back(right, parameter, text))
        }
        "conditional_expression" => {
            ["consequence", "alternative"].iter().any(|branch| field(value, branch).is_some_and(|of| gives_back(of, parameter, text)))
        }
        _ => false,
    }
}

/// What a member counts as by the names on the way to it.
fn origin_by_name(path: &[&str], head: Option<&Binding<'_>>) -> Origin {
    let (_, holders) = path.split_last().unwrap_or((&"", &[]));
    if holders.iter().any(|holder| names_configuration(holder)) || head.is_some_and(of_configuration) {
        Origin::Configuration
    } else if head.is_some_and(|binding| binding.kind == Kind::Parameter) {
        Origin::Parameter
    } else {
        Origin::Unknown
    }
}

fn read_from(value: &Value) -> Option<Origin> {
    match value {
        Value::From(origin) if matches!(origin, Origin::Configuration | Origin::Environment) => Some(*origin),
        Value::Named(reference) if reference.otherwise == Origin::Configuration => Some(Origin::Configuration),
        Value::Via(inner, _) => read_from(inner),
        _ => None,
    }
}

/// Whether a name is one that configuration goes by: `_configuration`, `AppSettings`, `ConfigFile`, `options`.
fn names_configuration(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["config", "configuration", "configurationmanager", "configfile", "settings", "options", "section", "configurationroot"]
        .iter()
        .any(|end| lower.ends_with(end))
}

fn of_configuration(binding: &Binding<'_>) -> bool {
    let of_type = binding.of_type.as_deref().and_then(<[&str]>::last).copied().unwrap_or("");
    let known = ["IOptions", "IOptionsMonitor", "IOptionsSnapshot"].contains(&of_type);
    known || names_configuration(of_type) || names_configuration(binding.name)
}
