//! Python.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::lowering::{self, Lowering, child_of_kind, children, field, fields_of, has_token};
use crate::collect::source::{
    document::{Document, Reading},
    program::{self, Argument, Assignment, Call, Declares, Expression, Field, Form, Scope, Statement, Unit, declare_first},
};

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    [".py", ".pyw", ".pyi"].iter().any(|ending| name.ends_with(ending))
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    lowering::read(document, &tree_sitter_python::LANGUAGE.into(), unit)
}

fn unit(lowering: &mut Lowering<'_>, root: Node<'_>) -> Unit {
    let mut body = statements(lowering, root);
    declare_first(&mut body, &mut BTreeSet::new());
    Unit { module: vec![program::module_of(lowering.path)], body, ..Unit::default() }
}

fn statements(lowering: &mut Lowering<'_>, node: Node<'_>) -> Vec<Statement> {
    let mut body = Vec::new();
    for child in children(node) {
        lowering.deeper(child, |lowering| statement(lowering, child, &mut body));
    }
    body
}

fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    match node.kind() {
        "expression_statement" if lowering::is_remark(node) => {}
        "expression_statement" => {
            for child in children(node) {
                evaluated(lowering, child, body);
            }
        }
        "return_statement" => {
            let value = children(node).first().map(|value| expression(lowering, *value));
            body.extend(value.map(Statement::Return));
        }
        "print_statement" => {
            let callee = Expression::new(Form::Name("print".to_owned()), node.byte_range());
            let values = fields_of(node, "argument").into_iter().map(|value| Argument { name: None, value: expression(lowering, value) });
            let call = Call { callee, arguments: values.collect(), creates: false, fields: Vec::new() };
            body.push(Statement::Evaluate(Expression::new(Form::Call(Box::new(call)), node.byte_range())));
        }
        "function_definition" => {
            let function = function(lowering, node);
            body.push(Statement::Scope(function));
        }
        "class_definition" => {
            let class = class(lowering, node);
            body.push(Statement::Scope(class));
        }
        "decorated_definition" => {
            for part in children(node) {
                match part.kind() {
                    "decorator" => {
                        let decorator = children(part).first().map(|decorator| expression(lowering, *decorator));
                        body.extend(decorator.map(Statement::Evaluate));
                    }
                    _ => statement(lowering, part, body),
                }
            }
        }
        "import_statement" | "import_from_statement" => imported(lowering, node, body),
        "if_statement" => branches(lowering, node, body),
        "with_item" => held(lowering, node, body),
        "for_statement" | "global_statement" | "nonlocal_statement" => {
            let parts = [field(node, "right"), field(node, "value"), field(node, "body")].into_iter().flatten();
            parts.collect::<Vec<_>>().into_iter().for_each(|part| one_or_more(lowering, part, body));
        }
        kind if is_expression(kind) => evaluated(lowering, node, body),
        // Loops, try, with, match: what is in them counts, not how often it runs.
        _ => {
            let inner = statements(lowering, node);
            body.push(Statement::Scope(Scope::block(inner, None, node.byte_range())));
        }
    }
}

/// `with value as name`: the name is given the value, for what its own `__enter__` gives back is nearly always itself.
fn held(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    let Some(item) = field(node, "value") else { return };
    let name = field(item, "alias").filter(|_| item.kind() == "as_pattern").and_then(|alias| children(alias).first().copied());
    let value = if item.kind() == "as_pattern" { children(item).first().copied() } else { Some(item) };
    let value = value.map(|value| expression(lowering, value));
    body.extend(value.map(|value| match name {
        Some(name) => Statement::Assign(Assignment::changed(expression(lowering, name), value, item.byte_range())),
        None => Statement::Evaluate(value),
    }));
}

fn one_or_more(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    if node.kind() == "block" {
        let inner = statements(lowering, node);
        body.push(Statement::Scope(Scope::block(inner, None, node.byte_range())));
    } else {
        lowering.deeper(node, |lowering| statement(lowering, node, body));
    }
}

fn is_expression(kind: &str) -> bool {
    kind.ends_with("_expression")
        || kind.ends_with("_operator")
        || kind.ends_with("_comprehension")
        || matches!(
            kind,
            "call"
                | "attribute"
                | "subscript"
                | "identifier"
                | "string"
                | "concatenated_string"
                | "dictionary"
                | "list"
                | "tuple"
                | "set"
                | "await"
                | "lambda"
                | "yield"
        )
}

fn branches(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    for part in std::iter::once(node).chain(fields_of(node, "alternative")).collect::<Vec<_>>() {
        let condition = field(part, "condition").map(|condition| expression(lowering, condition));
        let branch = field(part, "consequence").or_else(|| field(part, "body"));
        let inner = branch.map_or_else(Vec::new, |branch| statements(lowering, branch));
        body.push(Statement::Scope(Scope::block(inner, condition, part.byte_range())));
    }
}

/// An expression on its own; an assignment gives values, to several names at once if it has several.
fn evaluated(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    if !matches!(node.kind(), "assignment" | "augmented_assignment") {
        let value = expression(lowering, node);
        return body.push(match value.form {
            Form::Assigned(assignment) => Statement::Assign(*assignment),
            form => Statement::Evaluate(Expression::new(form, value.range)),
        });
    }
    let (Some(left), right) = (field(node, "left"), field(node, "right")) else { return };
    let targets = sequence(left);
    let values = right.map(sequence).unwrap_or_default();
    if targets.len() > 1 && targets.len() == values.len() {
        for (target, value) in targets.into_iter().zip(values) {
            let range = target.start_byte()..value.end_byte();
            let (target, value) = (expression(lowering, target), expression(lowering, value));
            body.push(Statement::Assign(Assignment::changed(target, value, range)));
        }
        return;
    }
    let target = expression(lowering, left);
    // In `a = b = c` the value is an assignment itself.
    let value = right.map(|value| expression(lowering, value));
    let mut assignment = Assignment { target, value, declares: None, of_type: None, range: node.byte_range() };
    if let Some(of) = field(node, "type") {
        assignment.of_type = of_type(lowering, of);
        assignment.value = assignment.value.map(default_of);
        let is_name = matches!(assignment.target.form, Form::Name(_));
        assignment.declares = (is_name && assignment.value.is_none()).then_some(Declares::Variable);
    }
    body.push(Statement::Assign(assignment));
}

/// `Field("x", env="Y")` of a model holds the default value of the field it declares.
fn default_of(value: Expression) -> Expression {
    const FIELDS: [&str; 6] = ["Field", "field", "mapped_column", "Column", "attrib", "ib"];
    let Form::Call(call) = value.form else { return value };
    let is_field = call.callee.path().and_then(|path| path.last().copied()).is_some_and(|name| FIELDS.contains(&name));
    let named = call.arguments.iter().position(|argument| argument.name.as_deref() == Some("default"));
    let first = call.arguments.first().filter(|argument| argument.name.is_none()).map(|_| 0);
    match named.or(first).filter(|_| is_field) {
        Some(index) => call.arguments.into_iter().nth(index).map_or(Expression::other(value.range), |argument| argument.value),
        None => Expression::new(Form::Call(call), value.range),
    }
}

fn sequence(node: Node<'_>) -> Vec<Node<'_>> {
    match node.kind() {
        "pattern_list" | "expression_list" | "tuple" | "tuple_pattern" => children(node),
        _ => vec![node],
    }
}

/// Modules are known by the last part of their path, as their files are.
fn imported(lowering: &Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    let dotted = |node: Node<'_>| -> Vec<String> {
        lowering.text_of(node).split('.').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let module = field(node, "module_name").map(dotted);
    for part in fields_of(node, "name") {
        let (path, alias) = match part.kind() {
            "aliased_import" => (field(part, "name").map(dotted), field(part, "alias").map(|alias| lowering.text_of(alias).to_owned())),
            _ => (Some(dotted(part)), None),
        };
        let Some(path) = path else { continue };
        let Some(last) = path.last().cloned() else { continue };
        let full = module.as_ref().and_then(|module| module.last()).into_iter().cloned().chain([last.clone()]).collect();
        // `import a.b` gives the name `a`, and the way to what is meant stays as it is written.
        if alias.is_some() || module.is_some() || path.len() == 1 {
            body.push(Statement::Alias { name: alias.unwrap_or(last), path: full });
        }
    }
}

fn class(lowering: &mut Lowering<'_>, node: Node<'_>) -> Scope {
    let name = field(node, "name").map(|name| lowering.text_of(name).to_owned());
    let listed = field(node, "superclasses").map(children).unwrap_or_default();
    let bases = listed.into_iter().filter(|base| matches!(base.kind(), "identifier" | "attribute"));
    let bases = bases.map(|base| lowering.text_of(base).split('.').map(str::to_owned).collect()).collect();
    let mut body = field(node, "body").map_or_else(Vec::new, |body| statements(lowering, body));
    declare_first(&mut body, &mut BTreeSet::new());
    Scope::of_type(name, bases, body, node.byte_range())
}

fn function(lowering: &mut Lowering<'_>, node: Node<'_>) -> Scope {
    let name = field(node, "name").map(|name| lowering.text_of(name).to_owned());
    let mut parameters = Vec::new();
    for part in field(node, "parameters").map(children).unwrap_or_default() {
        let Some(name) = field(part, "name").or_else(|| parameter_name(part)) else { continue };
        let default = field(part, "value").map(|default| default_of(expression(lowering, default)));
        let mut parameter = Assignment::declared(lowering.text_of(name), name.byte_range(), default, Declares::Parameter);
        parameter.of_type = field(part, "type").and_then(|of| of_type(lowering, of));
        parameters.push(parameter);
    }
    let block = field(node, "body");
    let mut body = match block {
        Some(block) if block.kind() == "block" => statements(lowering, block),
        Some(value) => vec![Statement::Return(expression(lowering, value))],
        None => Vec::new(),
    };
    // What stands first in a function and is text says what it does.
    let outer = block.map(children).unwrap_or_default().into_iter();
    let outer = outer.filter(|child| matches!(child.kind(), "global_statement" | "nonlocal_statement")).flat_map(children);
    let own = parameters.iter().filter_map(|parameter| parameter.target.path()?.first().map(ToString::to_string));
    declare_first(&mut body, &mut outer.map(|name| lowering.text_of(name).to_owned()).chain(own).collect());
    Scope::function(name, parameters, body, node.byte_range())
}

fn parameter_name(part: Node<'_>) -> Option<Node<'_>> {
    match part.kind() {
        "identifier" => Some(part),
        "typed_parameter" => child_of_kind(part, "identifier"),
        _ => None,
    }
}

fn of_type(lowering: &Lowering<'_>, node: Node<'_>) -> Option<Vec<String>> {
    let name = lowering.text_of(node).trim_matches(['"', '\'']).split(['[', '|', ' ']).next()?;
    let path: Vec<String> = name.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let is_primitive = matches!(
        name,
        "str" | "int" | "bool" | "float" | "bytes" | "dict" | "list" | "Any" | "Optional" | "SecretStr" | "ClassVar" | "Final"
    );
    (!path.is_empty() && !is_primitive).then_some(path)
}

fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> Expression {
    lowering.expression(bare(node), form)
}

/// Without parentheses and `await`.
fn bare(mut node: Node<'_>) -> Node<'_> {
    while matches!(node.kind(), "parenthesized_expression" | "await") {
        match children(node).first() {
            Some(inner) => node = *inner,
            None => break,
        }
    }
    node
}

fn form(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    match node.kind() {
        "string" => string(lowering, node),
        "concatenated_string" => {
            let parts = children(node).into_iter().map(|part| expression(lowering, part)).collect();
            lowering::joined(parts)
        }
        "integer" | "float" => Form::Number(lowering.text_of(node).to_owned()),
        "true" => Form::Truth(true),
        "false" => Form::Truth(false),
        "none" => Form::Nothing,
        "identifier" => Form::Name(lowering.text_of(node).to_owned()),
        "attribute" => match (field(node, "object"), field(node, "attribute")) {
            (Some(of), Some(name)) => Form::Member(Box::new(expression(lowering, of)), lowering.text_of(name).to_owned()),
            _ => Form::Other(Vec::new()),
        },
        "subscript" => match (field(node, "value"), field(node, "subscript")) {
            (Some(of), Some(index)) => Form::Index(Box::new(expression(lowering, of)), Box::new(expression(lowering, index))),
            _ => Form::Other(Vec::new()),
        },
        "call" => call(lowering, node),
        "binary_operator" | "boolean_operator" => {
            let (operator, parts) = lowering::chain(lowering, node, bare, expression);
            match operator {
                "+" => lowering::joined(parts),
                "or" => Form::AnyOf(parts),
                _ => Form::Other(parts),
            }
        }
        "comparison_operator" => {
            let parts = children(node).into_iter().map(|part| expression(lowering, part)).collect();
            let differs = ["!=", "<>", "is not", "not in"].iter().any(|operator| has_token(node, operator));
            lowering::compared(if differs { "!=" } else { "==" }, parts, node)
        }
        "not_operator" => {
            let operand = field(node, "argument").map(|operand| expression(lowering, operand));
            lowering::signed(true, operand)
        }
        "conditional_expression" => {
            let parts = children(node);
            let branches = [parts.first(), parts.get(2)].into_iter().flatten();
            let condition = parts.get(1).map(|condition| expression(lowering, *condition));
            Expression::either(condition, branches.map(|branch| expression(lowering, *branch)).collect())
        }
        "dictionary" => dictionary(lowering, node),
        "list" | "tuple" | "set" | "expression_list" => {
            Form::List(children(node).into_iter().map(|part| expression(lowering, part)).collect())
        }
        "lambda" => Form::Function(Box::new(function(lowering, node))),
        "named_expression" => assigned(lowering, field(node, "name"), field(node, "value"), node),
        "assignment" => assigned(lowering, field(node, "left"), field(node, "right"), node),
        "dictionary_splat" | "list_splat" => {
            children(node).first().map_or(Form::Other(Vec::new()), |inner| expression(lowering, *inner).form)
        }
        _ => Form::Other(children(node).into_iter().map(|child| expression(lowering, child)).collect()),
    }
}

fn assigned(lowering: &mut Lowering<'_>, left: Option<Node<'_>>, right: Option<Node<'_>>, node: Node<'_>) -> Form {
    let (Some(left), Some(right)) = (left, right) else { return Form::Other(Vec::new()) };
    let (target, value) = (expression(lowering, left), expression(lowering, right));
    Form::Assigned(Box::new(Assignment::changed(target, value, node.byte_range())))
}

fn call(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let Some(function) = field(node, "function") else { return Form::Other(Vec::new()) };
    let callee = expression(lowering, function);
    let mut arguments = Vec::new();
    for part in field(node, "arguments").map(children).unwrap_or_default() {
        let (name, value) = match part.kind() {
            "keyword_argument" => (field(part, "name").map(|name| lowering.text_of(name).to_owned()), field(part, "value")),
            // `**options` brings arguments that stand elsewhere.
            "dictionary_splat" | "list_splat" => (Some(String::new()), Some(part)),
            _ => (None, Some(part)),
        };
        arguments.extend(value.map(|value| Argument { name, value: expression(lowering, value) }));
    }
    // `SystemUser(client_secret=…)` creates; a type is told from a function by its capital.
    let last = callee.path().and_then(|path| path.last().copied()).unwrap_or("");
    let creates =
        last.starts_with(char::is_uppercase) && last.contains(char::is_lowercase) && arguments.iter().all(|one| one.name.is_some());
    Form::Call(Box::new(Call { callee, arguments, creates, fields: Vec::new() }))
}

fn dictionary(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let mut fields = Vec::new();
    for part in children(node) {
        match (field(part, "key"), field(part, "value")) {
            (Some(key), Some(value)) => {
                let key = expression(lowering, key);
                let path = key.path().and_then(|path| path.last().map(ToString::to_string));
                let name = key.text().map(str::to_owned).or(path).unwrap_or_default();
                fields.push(Field { name, value: expression(lowering, value), range: part.byte_range() });
            }
            // `**defaults` brings fields that stand elsewhere.
            _ => fields.push(Field { name: String::new(), value: expression(lowering, part), range: part.byte_range() }),
        }
    }
    Form::Object(fields)
}

/// Plain, raw, of bytes, formatted; with one quote or three.
fn string(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let is_raw = child_of_kind(node, "string_start").is_some_and(|start| lowering.text_of(start).contains(['r', 'R']));
    let mut parts = Vec::new();
    for child in children(node) {
        match child.kind() {
            "string_content" => {
                let text = content(lowering.text_of(child), is_raw);
                parts.push(Expression::new(Form::Text(text), child.byte_range()));
            }
            "interpolation" => parts.extend(field(child, "expression").map(|inner| expression(lowering, inner))),
            _ => {}
        }
    }
    lowering::joined(parts)
}

/// Text with its escapes undone; the grammar leaves what stands between them without nodes of its own.
fn content(written: &str, is_raw: bool) -> String {
    if is_raw || !written.contains('\\') {
        return written.to_owned();
    }
    let (mut text, mut rest) = (String::new(), written);
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let digits = match after.chars().next() {
            Some('x') => 3,
            Some('u') => 5,
            Some('U') => 9,
            Some(character) => character.len_utf8(),
            None => 0,
        };
        let (escape, left) = after.split_at_checked(digits).unwrap_or((after, ""));
        text.push_str(&lowering::unescaped(&format!("\\{escape}")));
        rest = left;
    }
    text.push_str(rest);
    text
}
