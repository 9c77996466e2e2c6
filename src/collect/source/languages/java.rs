//! Java.

use tree_sitter::Node;

use super::lowering::{self, Lowering, child_of_kind, children, field, fields_of, has_token, unescaped};
use crate::collect::source::{
    document::{Document, Reading},
    program::{Argument, Assignment, Call, Declares, Expression, Form, Scope, Statement, Unit},
};

/// How the member is called that holds the only one of a type.
const ONLY_ONE: &str = "INSTANCE";

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    [".java"].iter().any(|ending| name.ends_with(ending))
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    lowering::read(document, &tree_sitter_java::LANGUAGE.into(), unit)
}

fn unit(lowering: &mut Lowering<'_>, root: Node<'_>) -> Unit {
    let package = child_of_kind(root, "package_declaration").and_then(|package| children(package).last().copied());
    let module = package.map(|name| parts(lowering.text_of(name))).unwrap_or_default();
    let body = statements(lowering, root);
    Unit { module, body, ..Unit::default() }
}

fn parts(name: &str) -> Vec<String> {
    name.split('.').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn statements(lowering: &mut Lowering<'_>, node: Node<'_>) -> Vec<Statement> {
    let mut body = Vec::new();
    for child in children(node) {
        lowering.deeper(child, |lowering| statement(lowering, child, &mut body));
    }
    body
}

fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    if let Some(modifiers) = child_of_kind(node, "modifiers") {
        annotations(lowering, modifiers, body);
    }
    match node.kind() {
        "expression_statement" => {
            for child in children(node) {
                let evaluated = evaluated(lowering, child);
                body.push(evaluated);
            }
        }
        "import_declaration" => imported(lowering, node, body),
        "package_declaration" | "modifiers" => {}
        "field_declaration" | "constant_declaration" => {
            let is_constant = node.kind() == "constant_declaration" || is_final(node);
            declared(lowering, node, if is_constant { Declares::Constant } else { Declares::Field }, body);
        }
        "local_variable_declaration" => {
            declared(lowering, node, if is_final(node) { Declares::Constant } else { Declares::Variable }, body);
        }
        "class_declaration" | "interface_declaration" | "enum_declaration" | "record_declaration" | "annotation_type_declaration" => {
            let class = class(lowering, node);
            body.push(Statement::Scope(class));
        }
        "method_declaration" | "constructor_declaration" | "compact_constructor_declaration" => {
            let function = function(lowering, node);
            body.push(Statement::Scope(function));
        }
        "enum_constant" => enum_constant(lowering, node, body),
        "resource" => declarator(lowering, node, node, Declares::Variable, body),
        "return_statement" => {
            let value = children(node).first().map(|value| expression(lowering, *value));
            body.extend(value.map(Statement::Return));
        }
        "if_statement" => {
            let condition = field(node, "condition").map(|condition| expression(lowering, condition));
            branch(lowering, field(node, "consequence"), condition, body);
            branch(lowering, field(node, "alternative"), None, body);
        }
        "explicit_constructor_invocation" => {
            let callee = field(node, "constructor").map_or(Expression::other(node.byte_range()), |callee| expression(lowering, callee));
            let arguments = arguments(lowering, field(node, "arguments"));
            let call = Call { callee, arguments, creates: true, fields: Vec::new() };
            body.push(Statement::Evaluate(Expression::new(Form::Call(Box::new(call)), node.byte_range())));
        }
        kind if is_expression(kind) => {
            let evaluated = evaluated(lowering, node);
            body.push(evaluated);
        }
        // Loops, try, switch, blocks: what is in them counts, not how often it runs.
        _ => {
            let inner = statements(lowering, node);
            body.push(Statement::Scope(Scope::block(inner, None, node.byte_range())));
        }
    }
}

fn is_expression(kind: &str) -> bool {
    (kind.ends_with("_expression") && kind != "switch_expression")
        || kind.ends_with("_literal")
        || matches!(kind, "method_invocation" | "identifier" | "field_access" | "array_access")
}

/// Whether the last name of a path is that of a type.
fn names_type(path: &str) -> bool {
    path.rsplit('.').next().is_some_and(|name| name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase))
}

fn is_final(node: Node<'_>) -> bool {
    child_of_kind(node, "modifiers").is_some_and(|modifiers| has_token(modifiers, "final"))
}

fn branch(lowering: &mut Lowering<'_>, node: Option<Node<'_>>, condition: Option<Expression>, body: &mut Vec<Statement>) {
    let Some(node) = node else { return };
    let mut inner = Vec::new();
    lowering.deeper(node, |lowering| statement(lowering, node, &mut inner));
    body.push(Statement::Scope(Scope::block(inner, condition, node.byte_range())));
}

/// What is passed to annotations, as to calls.
fn annotations(lowering: &mut Lowering<'_>, modifiers: Node<'_>, body: &mut Vec<Statement>) {
    for annotation in children(modifiers).into_iter().filter(|child| child.kind() == "annotation") {
        let form = lowering.expression(annotation, annotated);
        body.push(Statement::Evaluate(form));
    }
}

fn annotated(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let Some(name) = field(node, "name") else { return Form::Other(Vec::new()) };
    let callee = Expression::of_path(&parts(lowering.text_of(name)), name.byte_range());
    let mut arguments = Vec::new();
    for part in field(node, "arguments").map(children).unwrap_or_default() {
        let name = field(part, "key").map(|key| lowering.text_of(key).to_owned());
        let value = field(part, "value").unwrap_or(part);
        arguments.push(Argument { name, value: expression(lowering, value) });
    }
    Form::Call(Box::new(Call { callee, arguments, creates: false, fields: Vec::new() }))
}

/// `@Value("${key:default}")` on a field or parameter: configuration gives the value, or the default.
fn injected(lowering: &Lowering<'_>, node: Node<'_>) -> Option<Expression> {
    let annotation = children(child_of_kind(node, "modifiers")?).into_iter().find(|child| {
        let name = field(*child, "name").map(|name| lowering.text_of(name)).unwrap_or_default();
        child.kind() == "annotation" && matches!(name.rsplit('.').next(), Some("Value" | "ConfigProperty" | "Property"))
    })?;
    let literal = children(field(annotation, "arguments")?).first().copied()?;
    let literal = field(literal, "value").unwrap_or(literal);
    let text = lowering.text_of(literal).trim_matches('"');
    let range = literal.byte_range();
    let Some(inside) = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else {
        return Some(Expression::new(Form::Text(text.to_owned()), range));
    };
    let (key, default) = inside.split_once(':').map_or((inside, None), |(key, default)| (key, Some(default)));
    let new = |form| Expression::new(form, range.clone());
    let read = new(Form::Index(Box::new(new(Form::Name("config".to_owned()))), Box::new(new(Form::Text(key.to_owned())))));
    Some(match default.filter(|default| !default.is_empty()) {
        Some(default) => new(Form::AnyOf(vec![read, new(Form::Text(default.to_owned()))])),
        None => read,
    })
}

/// An expression on its own; an assignment among them gives a value.
fn evaluated(lowering: &mut Lowering<'_>, node: Node<'_>) -> Statement {
    let expression = expression(lowering, node);
    match expression.form {
        Form::Assigned(assignment) => Statement::Assign(*assignment),
        form => Statement::Evaluate(Expression::new(form, expression.range)),
    }
}

fn declared(lowering: &mut Lowering<'_>, node: Node<'_>, declares: Declares, body: &mut Vec<Statement>) {
    for one in fields_of(node, "declarator") {
        declarator(lowering, one, node, declares, body);
    }
}

/// `whole` bears the type and the annotations.
fn declarator(lowering: &mut Lowering<'_>, node: Node<'_>, whole: Node<'_>, declares: Declares, body: &mut Vec<Statement>) {
    let Some(name) = field(node, "name") else { return };
    let value = field(node, "value").map(|value| expression(lowering, value)).or_else(|| injected(lowering, whole));
    let mut assignment = Assignment::declared(lowering.text_of(name), name.byte_range(), None, declares);
    assignment.range = node.byte_range();
    assignment.value = value;
    assignment.of_type = field(whole, "type").and_then(|of| of_type(lowering, of));
    body.push(Statement::Assign(assignment));
}

fn enum_constant(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    let Some(name) = field(node, "name") else { return };
    let value = field(node, "arguments").map(|list| {
        let callee = Expression::new(Form::Name("enum".to_owned()), name.byte_range());
        let call = Call { callee, arguments: arguments(lowering, Some(list)), creates: true, fields: Vec::new() };
        Expression::new(Form::Call(Box::new(call)), list.byte_range())
    });
    body.push(Statement::Assign(Assignment::declared(lowering.text_of(name), name.byte_range(), value, Declares::Constant)));
    if let Some(inner) = field(node, "body") {
        let inner = statements(lowering, inner);
        body.push(Statement::Scope(Scope::of_type(None, Vec::new(), inner, node.byte_range())));
    }
}

fn imported(lowering: &Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    let Some(name) = children(node).first().copied().filter(|_| child_of_kind(node, "asterisk").is_none()) else { return };
    let path = parts(lowering.text_of(name));
    body.extend(path.last().cloned().map(|name| Statement::Alias { name, path }));
}

fn class(lowering: &mut Lowering<'_>, node: Node<'_>) -> Scope {
    let name = field(node, "name").map(|name| lowering.text_of(name).to_owned());
    let listed = [field(node, "superclass"), field(node, "interfaces"), child_of_kind(node, "extends_interfaces")].into_iter().flatten();
    let types = listed.flat_map(children).flat_map(|of| if of.kind() == "type_list" { children(of) } else { vec![of] });
    let bases = types.filter_map(|of| of_type(lowering, of)).collect();
    let mut body = Vec::new();
    for part in parameters(lowering, node) {
        body.push(Statement::Assign(Assignment { declares: Some(Declares::Field), ..part }));
    }
    body.extend(field(node, "body").map_or_else(Vec::new, |inner| members(lowering, inner)));
    Scope::of_type(name, bases, body, node.byte_range())
}

/// The members of a class; those of an enumeration after its constants stand one level deeper, but are the same kind of thing.
fn members(lowering: &mut Lowering<'_>, body: Node<'_>) -> Vec<Statement> {
    let mut members = Vec::new();
    for child in children(body) {
        let inner = if child.kind() == "enum_body_declarations" { children(child) } else { vec![child] };
        for member in inner {
            lowering.deeper(member, |lowering| statement(lowering, member, &mut members));
        }
    }
    members
}

fn parameters(lowering: &mut Lowering<'_>, node: Node<'_>) -> Vec<Assignment> {
    let list = field(node, "parameters");
    let listed = match list {
        Some(list) if list.kind() == "identifier" => vec![list],
        list => list.map(children).unwrap_or_default(),
    };
    let mut parameters = Vec::new();
    for part in listed {
        let name = field(part, "name").or_else(|| (part.kind() == "identifier").then_some(part));
        let name = name.or_else(|| field(child_of_kind(part, "variable_declarator")?, "name"));
        let Some(name) = name else { continue };
        let mut parameter = Assignment::declared(lowering.text_of(name), name.byte_range(), None, Declares::Parameter);
        parameter.value = injected(lowering, part);
        parameter.of_type = field(part, "type").and_then(|of| of_type(lowering, of));
        parameters.push(parameter);
    }
    parameters
}

fn function(lowering: &mut Lowering<'_>, node: Node<'_>) -> Scope {
    let name = field(node, "name").map(|name| lowering.text_of(name).to_owned());
    let parameters = parameters(lowering, node);
    let body = match field(node, "body") {
        Some(block) if matches!(block.kind(), "block" | "constructor_body") => statements(lowering, block),
        Some(value) => vec![Statement::Return(expression(lowering, value))],
        // Declared only: whoever implements it says what it does.
        None => vec![Statement::Evaluate(Expression::other(node.byte_range()))],
    };
    // What is said of a method stands beside its name, not beside its annotations.
    let start = field(node, "name").map_or(node.start_byte(), |name| name.start_byte());
    Scope::function(name, parameters, body, start..node.end_byte())
}

/// A type without its arguments.
fn of_type(lowering: &Lowering<'_>, node: Node<'_>) -> Option<Vec<String>> {
    let name = lowering.text_of(node).split(['<', '[', ' ', '@']).next()?;
    let is_primitive = matches!(name, "String" | "int" | "long" | "boolean" | "char" | "byte" | "double" | "var" | "void" | "Object");
    let path = parts(name);
    (!path.is_empty() && !is_primitive).then_some(path)
}

fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> Expression {
    lowering.expression(bare(node), form)
}

/// Without parentheses and casts.
fn bare(mut node: Node<'_>) -> Node<'_> {
    loop {
        let inner = match node.kind() {
            "parenthesized_expression" => children(node).first().copied(),
            "cast_expression" => field(node, "value"),
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => return node,
        }
    }
}

fn form(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    match node.kind() {
        "string_literal" => string(lowering, node),
        "character_literal" => Form::Text(lowering.text_of(node).trim_matches('\'').to_owned()),
        "true" => Form::Truth(true),
        "false" => Form::Truth(false),
        "null_literal" => Form::Nothing,
        "identifier" | "this" | "super" => Form::Name(lowering.text_of(node).to_owned()),
        "type_identifier" | "scoped_type_identifier" | "generic_type" => {
            let name = lowering.text_of(node).split('<').next().unwrap_or("");
            Expression::of_path(&parts(name), node.byte_range()).form
        }
        "field_access" => match (field(node, "object"), field(node, "field")) {
            // The only one of a type is one of it: `X.INSTANCE` is as good as `new X()`.
            (Some(of), Some(name)) if lowering.text_of(name) == ONLY_ONE && names_type(lowering.text_of(of)) => {
                let callee = expression(lowering, of);
                Form::Call(Box::new(Call { callee, arguments: Vec::new(), creates: true, fields: Vec::new() }))
            }
            (Some(of), Some(name)) => Form::Member(Box::new(expression(lowering, of)), lowering.text_of(name).to_owned()),
            _ => Form::Other(Vec::new()),
        },
        "array_access" => match (field(node, "array"), field(node, "index")) {
            (Some(of), Some(index)) => Form::Index(Box::new(expression(lowering, of)), Box::new(expression(lowering, index))),
            _ => Form::Other(Vec::new()),
        },
        "method_invocation" => call(lowering, node),
        "object_creation_expression" => creation(lowering, node),
        "annotation" => annotated(lowering, node),
        "array_creation_expression" => field(node, "value").map_or(Form::Other(Vec::new()), |value| form(lowering, value)),
        "array_initializer" | "element_value_array_initializer" => {
            Form::List(children(node).into_iter().map(|value| expression(lowering, value)).collect())
        }
        "assignment_expression" => match (field(node, "left"), field(node, "right")) {
            (Some(left), Some(right)) => {
                let (target, value) = (expression(lowering, left), expression(lowering, right));
                Form::Assigned(Box::new(Assignment::changed(target, value, node.byte_range())))
            }
            _ => Form::Other(Vec::new()),
        },
        "binary_expression" => {
            let (operator, parts) = lowering::chain(lowering, node, bare, expression);
            match operator {
                "+" => lowering::joined(parts),
                "==" | "!=" => lowering::compared(operator, parts, node),
                _ => Form::Other(parts),
            }
        }
        "unary_expression" => {
            let operand = field(node, "operand").map(|operand| expression(lowering, operand));
            lowering::signed(has_token(node, "!"), operand)
        }
        "ternary_expression" => {
            let branches = [field(node, "consequence"), field(node, "alternative")].into_iter().flatten();
            let condition = field(node, "condition").map(|condition| expression(lowering, condition));
            Expression::either(condition, branches.map(|branch| expression(lowering, branch)).collect())
        }
        "lambda_expression" => Form::Function(Box::new(function(lowering, node))),
        kind if kind.ends_with("integer_literal") || kind.ends_with("point_literal") => Form::Number(lowering.text_of(node).to_owned()),
        _ => Form::Other(children(node).into_iter().map(|child| expression(lowering, child)).collect()),
    }
}

fn call(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let Some(name) = field(node, "name") else { return Form::Other(Vec::new()) };
    let text = lowering.text_of(name).to_owned();
    let callee = match field(node, "object") {
        Some(of) => {
            let range = of.start_byte()..name.end_byte();
            Expression::new(Form::Member(Box::new(expression(lowering, of)), text), range)
        }
        None => Expression::new(Form::Name(text), name.byte_range()),
    };
    let arguments = arguments(lowering, field(node, "arguments"));
    Form::Call(Box::new(Call { callee, arguments, creates: false, fields: Vec::new() }))
}

fn arguments(lowering: &mut Lowering<'_>, list: Option<Node<'_>>) -> Vec<Argument> {
    let listed = list.map(children).unwrap_or_default();
    listed.into_iter().map(|value| Argument { name: None, value: expression(lowering, value) }).collect()
}

/// `new X(…)`, and with it what a class without a name overrides.
fn creation(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let Some(of) = field(node, "type") else { return Form::Other(Vec::new()) };
    let callee = expression(lowering, of);
    let mut arguments = arguments(lowering, field(node, "arguments"));
    if let Some(inner) = child_of_kind(node, "class_body") {
        let body = members(lowering, inner);
        let base = callee.path().unwrap_or_default().into_iter().map(str::to_owned).collect();
        let scope = Scope::of_type(None, vec![base], body, inner.byte_range());
        arguments.push(Argument { name: None, value: Expression::new(Form::Function(Box::new(scope)), inner.byte_range()) });
    }
    Form::Call(Box::new(Call { callee, arguments, creates: true, fields: Vec::new() }))
}

/// With one quote or, over several lines, with three (JLS, section 3.10.6).
fn string(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let is_block = lowering.text_of(node).starts_with("\"\"\"");
    let mut parts = Vec::new();
    for child in children(node) {
        let written = lowering.text_of(child);
        match child.kind() {
            "escape_sequence" => parts.push(Expression::new(Form::Text(unescaped(written)), child.byte_range())),
            "string_interpolation" => parts.extend(children(child).first().map(|inner| expression(lowering, *inner))),
            _ => parts.push(Expression::new(Form::Text(written.to_owned()), child.byte_range())),
        }
    }
    match lowering::joined(parts) {
        Form::Text(text) if is_block => Form::Text(text.lines().map(str::trim).collect::<Vec<_>>().join("\n").trim().to_owned()),
        form => form,
    }
}
