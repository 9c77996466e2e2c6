//! PHP, with the HTML around it left out.

use std::{collections::BTreeSet, path::Path};

use tree_sitter::Node;

use super::lowering::{self, Lowering, child_of_kind, children, field, fields_of, has_token, unescaped};
use crate::collect::source::{
    document::{Document, Reading},
    program::{self, Argument, Assignment, Call, Declares, Expression, Field, Form, Scope, Statement, Unit, declare_first},
};

pub(in crate::collect::source) fn claims(name: &str) -> bool {
    [".php", ".phtml", ".php5", ".php7", ".inc"].iter().any(|ending| name.ends_with(ending))
}

pub(in crate::collect::source) fn read(document: &Document<'_>) -> Reading {
    lowering::read(document, &tree_sitter_php::LANGUAGE_PHP.into(), unit)
}

/// A file with a namespace is known by it, and any other by its name, as `config/services.php` is.
fn unit(lowering: &mut Lowering<'_>, root: Node<'_>) -> Unit {
    let namespace = child_of_kind(root, "namespace_definition").and_then(|namespace| field(namespace, "name"));
    let module = namespace.map_or_else(|| vec![program::module_of(lowering.path)], |name| parts(lowering.text_of(name)));
    let mut body = statements(lowering, root);
    declare_first(&mut body, &mut BTreeSet::new());
    Unit { module, has_globals: true, body, ..Unit::default() }
}

/// The names of a qualified one.
fn parts(name: &str) -> Vec<String> {
    name.split('\\').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn statements(lowering: &mut Lowering<'_>, node: Node<'_>) -> Vec<Statement> {
    let mut body = Vec::new();
    for child in children(node) {
        lowering.deeper(child, |lowering| statement(lowering, child, &mut body));
    }
    body
}

fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    attributes(lowering, node, body);
    match node.kind() {
        "expression_statement" => {
            for child in children(node) {
                let statement = included(lowering, child).unwrap_or_else(|| evaluated(lowering, child));
                body.push(statement);
            }
        }
        "echo_statement" | "exit_statement" => {
            let name = if node.kind() == "echo_statement" { "echo" } else { "exit" };
            let form = spoken(lowering, name, node);
            body.push(Statement::Evaluate(Expression::new(form, node.byte_range())));
        }
        "return_statement" => {
            let value = children(node).first().map(|value| expression(lowering, *value));
            body.extend(value.map(Statement::Return));
        }
        "const_declaration" => constants(lowering, node, body),
        "property_declaration" => {
            for element in children(node).into_iter().filter(|child| child.kind() == "property_element") {
                declared(lowering, element, "default_value", Declares::Field, body);
            }
        }
        "static_variable_declaration" => declared(lowering, node, "value", Declares::Variable, body),
        "enum_case" => declared(lowering, node, "value", Declares::Constant, body),
        "class_declaration" | "interface_declaration" | "trait_declaration" | "enum_declaration" => {
            let class = class(lowering, node);
            body.push(Statement::Scope(class));
        }
        "function_definition" | "method_declaration" => {
            let function = function(lowering, node);
            body.push(Statement::Scope(function));
        }
        "namespace_use_declaration" => imported(lowering, node, body),
        "if_statement" => branches(lowering, node, body),
        "text" | "text_interpolation" | "php_tag" | "name" | "attribute_list" | "namespace_name" => {}
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
    kind.ends_with("_expression")
        || matches!(kind, "variable_name" | "string" | "encapsed_string" | "anonymous_function" | "print_intrinsic")
}

fn branches(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    let parts = std::iter::once(node).chain(fields_of(node, "alternative"));
    for part in parts.collect::<Vec<_>>() {
        let condition = field(part, "condition").map(|condition| expression(lowering, condition));
        let mut inner = Vec::new();
        if let Some(branch) = field(part, "body") {
            lowering.deeper(branch, |lowering| statement(lowering, branch, &mut inner));
        }
        body.push(Statement::Scope(Scope::block(inner, condition, part.byte_range())));
    }
}

/// `#[Route('/x', name: 'y')]` is a call as far as what is passed goes.
fn attributes(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    let Some(list) = field(node, "attributes") else { return };
    for attribute in children(list).into_iter().flat_map(children) {
        let Some(name) = children(attribute).first().copied() else { continue };
        let callee = expression(lowering, name);
        let arguments = arguments(lowering, field(attribute, "parameters"));
        let call = Call { callee, arguments, creates: true, fields: Vec::new() };
        body.push(Statement::Evaluate(Expression::new(Form::Call(Box::new(call)), attribute.byte_range())));
    }
}

/// An expression on its own; an assignment among them gives a value, and `define` makes a constant.
fn evaluated(lowering: &mut Lowering<'_>, node: Node<'_>) -> Statement {
    if let Some(constant) = defined(lowering, node) {
        return Statement::Scope(Scope::globals(vec![Statement::Assign(constant)], node.byte_range()));
    }
    let expression = expression(lowering, node);
    match expression.form {
        Form::Assigned(assignment) => Statement::Assign(*assignment),
        form => Statement::Evaluate(Expression::new(form, expression.range)),
    }
}

/// `$config = require __DIR__ . '/config.php'` names what another file gives back.
fn included(lowering: &Lowering<'_>, node: Node<'_>) -> Option<Statement> {
    let (name, value) = (field(node, "left")?, bare(field(node, "right")?));
    let is_included =
        matches!(value.kind(), "require_expression" | "require_once_expression" | "include_expression" | "include_once_expression");
    let file = value.byte_range().end.checked_sub(1).filter(|_| is_included && name.kind() == "variable_name")?;
    let file = value.named_descendant_for_byte_range(file.saturating_sub(1), file)?;
    let path = lowering.text_of(file).trim_matches(['\'', '"', ')', ' ']);
    let name = lowering.text_of(name).trim_start_matches('$').to_owned();
    let is_program = Path::new(path).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("php"));
    is_program.then(|| Statement::Alias { name, path: vec![program::module_of(path)] })
}

/// `define('NAME', value)`, also as in `defined('NAME') or define('NAME', value)`.
fn defined(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Assignment> {
    let node = bare(node);
    let call = match node.kind() {
        "binary_expression" => bare(field(node, "right")?),
        _ => node,
    };
    let is_define = call.kind() == "function_call_expression"
        && parts(lowering.text_of(field(call, "function")?)).last().is_some_and(|name| name.eq_ignore_ascii_case("define"));
    let list = field(call, "arguments").filter(|_| is_define)?;
    let [name, value, ..] = arguments(lowering, Some(list)).try_into().map_or_else(|_| None, |pair: [Argument; 2]| Some(pair))?;
    let mut constant = Assignment::declared(name.value.text()?, name.value.range.clone(), Some(value.value), Declares::Field);
    constant.range = call.byte_range();
    Some(constant)
}

/// Of a class, or of every file.
fn constants(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    let mut constants = Vec::new();
    for element in children(node).into_iter().filter(|child| child.kind() == "const_element") {
        if let [name, value] = children(element).as_slice() {
            let value = expression(lowering, *value);
            let assignment = Assignment::declared(lowering.text_of(*name), name.byte_range(), Some(value), Declares::Constant);
            constants.push(Statement::Assign(assignment));
        }
    }
    if node.parent().is_some_and(|parent| parent.kind().ends_with("declaration_list")) {
        body.extend(constants);
    } else {
        body.push(Statement::Scope(Scope::globals(constants, node.byte_range())));
    }
}

fn declared(lowering: &mut Lowering<'_>, node: Node<'_>, of_value: &str, declares: Declares, body: &mut Vec<Statement>) {
    let Some(name) = field(node, "name") else { return };
    let value = field(node, of_value).map(|value| expression(lowering, value));
    body.push(Statement::Assign(Assignment::declared(variable(lowering.text_of(name)), name.byte_range(), value, declares)));
}

fn variable(text: &str) -> &str {
    text.trim_start_matches(['&', '.', '$'])
}

fn class(lowering: &mut Lowering<'_>, node: Node<'_>) -> Scope {
    let name = field(node, "name").map(|name| lowering.text_of(name).to_owned());
    let clauses = children(node).into_iter().filter(|child| matches!(child.kind(), "base_clause" | "class_interface_clause"));
    let bases = clauses.flat_map(children).map(|base| parts(lowering.text_of(base))).collect();
    let body = field(node, "body").map_or_else(Vec::new, |body| statements(lowering, body));
    Scope::of_type(name, bases, body, node.byte_range())
}

fn function(lowering: &mut Lowering<'_>, node: Node<'_>) -> Scope {
    let name = field(node, "name").map(|name| lowering.text_of(name).to_owned());
    let mut parameters = Vec::new();
    for part in field(node, "parameters").map(children).unwrap_or_default() {
        let Some(name) = field(part, "name") else { continue };
        let default = field(part, "default_value").map(|default| expression(lowering, default));
        let mut parameter = Assignment::declared(variable(lowering.text_of(name)), name.byte_range(), default, Declares::Parameter);
        parameter.of_type = field(part, "type").and_then(|of| of_type(lowering, of));
        parameters.push(parameter);
    }
    let mut body = match field(node, "body") {
        Some(block) if block.kind() == "compound_statement" => statements(lowering, block),
        Some(value) => vec![Statement::Return(expression(lowering, value))],
        None => Vec::new(),
    };
    // Names of the module that a function changes are named first, by `global`.
    let outer = field(node, "body").map(children).unwrap_or_default().into_iter().filter(|child| child.kind() == "global_declaration");
    let shared = outer.flat_map(children).map(|name| variable(lowering.text_of(name)).to_owned());
    let used = child_of_kind(node, "anonymous_function_use_clause").map(children).unwrap_or_default().into_iter();
    let used = used.map(|name| variable(lowering.text_of(name)).to_owned());
    let own = parameters.iter().filter_map(|parameter| parameter.target.path()?.first().map(ToString::to_string));
    declare_first(&mut body, &mut shared.chain(used).chain(own).collect());
    Scope::function(name, parameters, body, node.byte_range())
}

fn of_type(lowering: &Lowering<'_>, node: Node<'_>) -> Option<Vec<String>> {
    let path = parts(lowering.text_of(node).trim_start_matches('?'));
    let is_primitive = path.first().is_some_and(|name| {
        matches!(
            name.as_str(),
            "string" | "int" | "bool" | "array" | "mixed" | "float" | "callable" | "iterable" | "object" | "self" | "static"
        )
    });
    (!path.is_empty() && !is_primitive).then_some(path)
}

fn imported(lowering: &Lowering<'_>, node: Node<'_>, body: &mut Vec<Statement>) {
    let prefix = child_of_kind(node, "namespace_name").map(|prefix| parts(lowering.text_of(prefix))).unwrap_or_default();
    let group = field(node, "body").map(children).unwrap_or_default();
    let group = group.into_iter().map(|clause| (clause, prefix.as_slice()));
    let alone = children(node).into_iter().filter(|child| child.kind() == "namespace_use_clause").map(|clause| (clause, &[][..]));
    for (clause, prefix) in group.chain(alone) {
        let Some(path) = children(clause).first().map(|path| [prefix, &parts(lowering.text_of(*path))].concat()) else { continue };
        let name = field(clause, "alias").map(|alias| lowering.text_of(alias).to_owned()).or_else(|| path.last().cloned());
        body.extend(name.map(|name| Statement::Alias { name, path }));
    }
}

fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> Expression {
    lowering.expression(bare(node), form)
}

/// Without parentheses, `@`, casts, `clone`.
fn bare(mut node: Node<'_>) -> Node<'_> {
    loop {
        let inner = match node.kind() {
            "parenthesized_expression" | "error_suppression_expression" | "clone_expression" => children(node).first().copied(),
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
        "string" | "encapsed_string" | "heredoc_body" | "nowdoc_body" | "shell_command_expression" => text(lowering, node),
        "heredoc" | "nowdoc" => field(node, "value").map_or(Form::Text(String::new()), |value| form(lowering, value)),
        "integer" | "float" => Form::Number(lowering.text_of(node).to_owned()),
        "boolean" => Form::Truth(lowering.text_of(node).eq_ignore_ascii_case("true")),
        "null" => Form::Nothing,
        "variable_name" | "name" | "relative_scope" => Form::Name(variable(lowering.text_of(node)).to_owned()),
        "qualified_name" | "relative_name" => Expression::of_path(&parts(lowering.text_of(node)), node.byte_range()).form,
        "member_access_expression" | "nullsafe_member_access_expression" => member(lowering, field(node, "object"), field(node, "name")),
        "scoped_property_access_expression" => member(lowering, field(node, "scope"), field(node, "name")),
        "class_constant_access_expression" => {
            let parts = children(node);
            member(lowering, parts.first().copied(), parts.get(1).copied())
        }
        "subscript_expression" => match children(node).as_slice() {
            [of, index] => Form::Index(Box::new(expression(lowering, *of)), Box::new(expression(lowering, *index))),
            parts => Form::Other(parts.iter().map(|part| expression(lowering, *part)).collect()),
        },
        "function_call_expression" | "member_call_expression" | "nullsafe_member_call_expression" | "scoped_call_expression" => {
            call(lowering, node)
        }
        "object_creation_expression" => creation(lowering, node),
        "assignment_expression" | "reference_assignment_expression" | "augmented_assignment_expression" => assigned(lowering, node),
        "binary_expression" => {
            let (operator, parts) = lowering::chain(lowering, node, bare, expression);
            match operator {
                "." => Form::Joined(parts),
                "??" | "||" | "or" => Form::AnyOf(parts),
                "==" | "===" | "!=" | "!==" | "<>" | "<=>" => lowering::compared(operator, parts, node),
                _ => Form::Other(parts),
            }
        }
        "unary_op_expression" => {
            let operand = children(node).first().map(|operand| expression(lowering, *operand));
            lowering::signed(has_token(node, "!"), operand)
        }
        "conditional_expression" => {
            // `a ?: b` gives `a` itself.
            let first = field(node, "body").or_else(|| field(node, "condition"));
            let branches = [first, field(node, "alternative")].into_iter().flatten();
            let condition = field(node, "condition").map(|condition| expression(lowering, condition));
            Expression::either(condition, branches.map(|branch| expression(lowering, branch)).collect())
        }
        "match_expression" => {
            let arms = field(node, "body").map(children).unwrap_or_default();
            let values = arms.into_iter().filter_map(|arm| field(arm, "return_expression"));
            Form::AnyOf(values.map(|value| expression(lowering, value)).collect())
        }
        "array_creation_expression" => array(lowering, node),
        "anonymous_function" | "arrow_function" => Form::Function(Box::new(function(lowering, node))),
        "anonymous_class" => Form::Function(Box::new(class(lowering, node))),
        "print_intrinsic" => spoken(lowering, "print", node),
        _ => Form::Other(children(node).into_iter().map(|child| expression(lowering, child)).collect()),
    }
}

/// What is part of the language but works as a function: `echo`, `print`, `exit`.
fn spoken(lowering: &mut Lowering<'_>, name: &str, node: Node<'_>) -> Form {
    let callee = Expression::new(Form::Name(name.to_owned()), node.byte_range());
    let values = children(node).into_iter().map(|value| Argument { name: None, value: expression(lowering, value) });
    Form::Call(Box::new(Call { callee, arguments: values.collect(), creates: false, fields: Vec::new() }))
}

fn member(lowering: &mut Lowering<'_>, of: Option<Node<'_>>, name: Option<Node<'_>>) -> Form {
    let (Some(of), Some(name)) = (of, name) else { return Form::Other(Vec::new()) };
    let name = variable(lowering.text_of(name)).to_owned();
    Form::Member(Box::new(expression(lowering, of)), name)
}

fn call(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let of = field(node, "object").or_else(|| field(node, "scope"));
    let callee = match (of, field(node, "function").or_else(|| field(node, "name"))) {
        (None, Some(function)) => expression(lowering, function),
        (of, name) => {
            let range = of.map_or(node.start_byte(), |of| of.start_byte())..name.map_or(node.end_byte(), |name| name.end_byte());
            Expression::new(member(lowering, of, name), range)
        }
    };
    let mut arguments = arguments(lowering, field(node, "arguments"));
    if let Form::Name(name) = &callee.form {
        name_by_position(name, &mut arguments);
    }
    Form::Call(Box::new(Call { callee, arguments, creates: false, fields: Vec::new() }))
}

/// Functions of the language whose switches stand at a place rather than under a name.
fn name_by_position(function: &str, arguments: &mut [Argument]) {
    let names: &[&str] = match function.to_ascii_lowercase().as_str() {
        "setcookie" | "setrawcookie" => &["", "", "expires", "path", "domain", "secure", "httponly"],
        "session_set_cookie_params" => &["lifetime", "path", "domain", "secure", "httponly"],
        _ => &[],
    };
    for (argument, name) in arguments.iter_mut().zip(names) {
        let is_options = matches!(argument.value.form, Form::Object(_) | Form::Name(_));
        if argument.name.is_none() && !name.is_empty() && !(is_options && matches!(*name, "expires" | "lifetime")) {
            argument.name = Some((*name).to_owned());
        }
    }
}

fn arguments(lowering: &mut Lowering<'_>, list: Option<Node<'_>>) -> Vec<Argument> {
    let mut arguments = Vec::new();
    for argument in list.map(children).unwrap_or_default() {
        let name = field(argument, "name").map(|name| lowering.text_of(name).to_owned());
        if let Some(value) = children(argument).last() {
            arguments.push(Argument { name, value: expression(lowering, *value) });
        }
    }
    arguments
}

fn creation(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let Some(of) = children(node).into_iter().find(|child| child.kind() != "arguments") else { return Form::Other(Vec::new()) };
    let callee = expression(lowering, of);
    let arguments = arguments(lowering, child_of_kind(node, "arguments"));
    Form::Call(Box::new(Call { callee, arguments, creates: true, fields: Vec::new() }))
}

fn assigned(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else { return Form::Other(Vec::new()) };
    let (target, value) = (expression(lowering, left), expression(lowering, right));
    Form::Assigned(Box::new(Assignment::changed(target, value, node.byte_range())))
}

/// With keys it is an object, and values without one have no name.
fn array(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let elements: Vec<Vec<Node<'_>>> = children(node).into_iter().map(children).collect();
    if !elements.iter().any(|element| element.len() == 2) {
        return Form::List(elements.iter().filter_map(|element| element.last()).map(|value| expression(lowering, *value)).collect());
    }
    let mut fields = Vec::new();
    for element in elements {
        let (key, value) = match element.as_slice() {
            [key, value] => (Some(*key), *value),
            [value] => (None, *value),
            _ => continue,
        };
        let name = key.map(|key| key_of(lowering, key)).unwrap_or_default();
        let range = key.unwrap_or(value).start_byte()..value.end_byte();
        fields.push(Field { name, value: expression(lowering, value), range });
    }
    Form::Object(fields)
}

fn key_of(lowering: &mut Lowering<'_>, key: Node<'_>) -> String {
    let key = expression(lowering, key);
    match (key.text(), key.path()) {
        (Some(text), _) => text.to_owned(),
        (_, Some(path)) => path.last().map(ToString::to_string).unwrap_or_default(),
        _ => String::new(),
    }
}

fn text(lowering: &mut Lowering<'_>, node: Node<'_>) -> Form {
    let mut parts = Vec::new();
    let is_plain = node.kind() == "string";
    for child in children(node) {
        let written = lowering.text_of(child);
        match child.kind() {
            "string_content" | "nowdoc_string" => parts.push(Expression::new(Form::Text(written.to_owned()), child.byte_range())),
            // Single quotes know two escapes only.
            "escape_sequence" if is_plain => {
                let text = written.strip_prefix('\\').unwrap_or(written).to_owned();
                parts.push(Expression::new(Form::Text(text), child.byte_range()));
            }
            "escape_sequence" => parts.push(Expression::new(Form::Text(unescaped(written)), child.byte_range())),
            _ => parts.push(expression(lowering, child)),
        }
    }
    lowering::joined(parts)
}
